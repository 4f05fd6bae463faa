package column

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

// cells are values by a name, written the way clients write them; "-" is an empty cell.
func cells(t *testing.T, c *Column, in map[string]string) map[string]Value {
	t.Helper()
	out := map[string]Value{"-": {}}
	for name, raw := range in {
		w, err := c.Parse(raw, Write{Env: env})
		if err != nil {
			t.Fatalf("%s %s: %v", c.Kind.Name, raw, err)
		}
		out[name] = w.Value
	}
	return out
}

type ruleCase struct {
	op    Operator
	val   any
	attr  string
	found string // names of the cells, in order
}

func list(v ...any) []any { return v }

func TestRules(t *testing.T) {
	for _, group := range []struct {
		typ      Type
		settings string
		cells    map[string]string
		rules    []ruleCase
	}{
		{Text, "", map[string]string{"a": `"Hello World"`, "b": `"other"`}, []ruleCase{
			{AnyOf, list("hello world"), "", "a"}, {"", "other", "", "b"}, {AnyOf, list(""), "", "-"}, {NotAnyOf, list(""), "", "a b"},
			{IsEmpty, list(), "", "-"}, {IsNotEmpty, nil, "", "a b"}, {ContainsText, list("WORLD"), "", "a"}, {NotContainsText, "o w", "", "- b"},
			{ContainsTerms, "world hel", "", "a"}, {StartsWith, "he", "", "a"}, {EndsWith, list("her", "ld"), "", "a b"}}},
		{Numbers, "", map[string]string{"a": `"-1"`, "b": `"5"`, "c": `"5.0"`, "d": `"10"`}, []ruleCase{
			{AnyOf, list(5), "", "b c"}, {AnyOf, list("10", blankCode), "", "- d"}, {NotAnyOf, list(5), "", "- a d"}, {GreaterThan, list(5), "", "d"},
			{GreaterThanOrEquals, 5, "", "b c d"}, {"greater_than_or_equal", "5", "", "b c d"}, {LowerThan, list(5.0), "", "a"}, {"lower_than_or_equals", list(5), "", "a b c"},
			{Between, list(0, 9), "", "b c"}, {IsEmpty, nil, "", "-"}}},
		{Status, "", map[string]string{"work": `{"index":0}`, "done": `{"index":1}`, "stuck": `{"index":2}`}, []ruleCase{
			{AnyOf, list(1, 2), "", "done stuck"}, {AnyOf, list("Done"), "", "done"}, {AnyOf, list(5), "", "-"}, {NotAnyOf, list(5), "", "done stuck work"},
			{ContainsTerms, "it working", "", "work"}, {IsEmpty, list(), "", "-"}, {AnyOf, list("no such"), "", ""}}},
		{Dropdown, threeLabels, map[string]string{"m": `{"ids":[1]}`, "ms": `{"ids":[1,2]}`}, []ruleCase{
			{AnyOf, list(2), "", "ms"}, {AnyOf, list("1"), "", "m ms"}, {AnyOf, list(""), "", "-"}, {ContainsText, list("Sal"), "", "ms"},
			{NotContainsText, "sales", "", "- m"}, {AnyOf, "Marketing", "", "m ms"}}},
		{Checkbox, "", map[string]string{"on": `{"checked":true}`}, []ruleCase{{IsEmpty, nil, "", "-"}, {IsNotEmpty, list(), "", "on"}}},
		{Rating, "", map[string]string{"1": `{"rating":1}`, "5": `{"rating":5}`}, []ruleCase{{AnyOf, list(0), "", "-"}, {NotAnyOf, list(0, 1), "", "5"}, {AnyOf, list(5), "", "5"}}},
		{People, "", map[string]string{"ada": `"1"`, "both": `"1,2"`, "team": `{"personsAndTeams":[{"id":1,"kind":"team"}]}`}, []ruleCase{
			{AnyOf, list("person-2"), "", "both"}, {AnyOf, list("assigned_to_me"), "", "ada both"}, {NotAnyOf, list("assigned_to_me"), "", "- team"},
			{AnyOf, list("team-1"), "", "team"}, {AnyOf, list("person-0"), "", "-"}, {ContainsText, "grace", "", "both"}, {ContainsTerms, "hopper grace", "", "both"},
			{StartsWith, "eng", "", "team"}, {EndsWith, "lace", "", "ada both"}}},
		{Tags, "", map[string]string{"u": `{"tag_ids":[1]}`, "l": `{"tag_ids":[1,2]}`}, []ruleCase{{AnyOf, list(2), "", "l"}, {AnyOf, list(-1), "", "-"}, {NotAnyOf, list(2), "", "- u"}}},
		{Email, "", map[string]string{"bare": `{"email":"a@gmail.com"}`, "text": `{"email":"b@gmail.com","text":"Bob"}`}, []ruleCase{
			{ContainsText, "@gmail", "", "bare"}, {AnyOf, list("Bob"), "", "text"}, {NotContainsText, "@gmail", "", "- text"}}},
		{Phone, "", map[string]string{"us": `{"phone":"+12025550169","countryShortName":"US"}`, "it": `{"phone":"+3902","countryShortName":"IT"}`}, []ruleCase{
			{AnyOf, list("US"), "", "us"}, {ContainsText, "390", "", "it"}, {NotAnyOf, list("US"), "", "- it"}}},
		{Country, "", map[string]string{"uy": `{"countryCode":"UY"}`, "it": `{"countryCode":"IT"}`}, []ruleCase{{AnyOf, list("UY"), "", "uy"}, {AnyOf, list(""), "", "-"}, {ContainsText, "tal", "", "it"}}},
		{WorldClock, "", map[string]string{"ny": `{"timezone":"America/New_York"}`, "lon": `{"timezone":"Europe/London"}`}, []ruleCase{{AnyOf, list("New York"), "", "ny"}, {NotAnyOf, list("London"), "", "- ny"}, {IsEmpty, nil, "", "-"}}},
		{Hour, "", map[string]string{"dawn": `{"hour":4}`, "noon": `{"hour":12}`, "late": `{"hour":23,"minute":30}`, "small": `{"hour":3}`}, []ruleCase{
			{AnyOf, list("Early morning"), "", "dawn"}, {AnyOf, list("Afternoon"), "", "noon"}, {AnyOf, list("Night"), "", "late small"}}},
		{Week, "", map[string]string{"this": `{"week":{"startDate":"2026-06-15","endDate":"2026-06-21"}}`, "past": `{"week":{"startDate":"2026-06-01","endDate":"2026-06-07"}}`, "next": `{"week":{"startDate":"2026-06-22","endDate":"2026-06-28"}}`}, []ruleCase{
			{AnyOf, list("THIS_WEEK"), "", "this"}, {AnyOf, list("past_weeks"), "", "past"}, {NotAnyOf, list("NEXT_WEEKS"), "", "- past this"}}},
		{BoardRelation, "", map[string]string{"a": `{"item_ids":[10]}`, "ab": `{"item_ids":[10,11]}`}, []ruleCase{{AnyOf, list(11), "", "ab"}, {ContainsText, list("task b"), "", "ab"}, {NotContainsText, "B", "", "- a"}, {IsEmpty, nil, "", "-"}}},
		{Vote, "", map[string]string{"me": `{"votersIds":[1]}`, "you": `{"votersIds":[2]}`}, []ruleCase{{AnyOf, list("assigned_to_me"), "", "me"}, {AnyOf, list(2), "", "you"}}},
		{Date, "", map[string]string{
			"yesterday": `{"date":"2026-06-16"}`, "today": `{"date":"2026-06-17"}`, "tomorrow": `{"date":"2026-06-18"}`,
			"late":   `{"date":"2026-06-17","time":"22:30:00"}`, // 00:30 of the 18th in Rome
			"lastwk": `{"date":"2026-06-14"}`, "nextwk": `{"date":"2026-06-22"}`, "may": `{"date":"2026-05-31"}`, "july": `{"date":"2026-07-01"}`}, []ruleCase{
			{AnyOf, list("TODAY"), "", "today"}, {AnyOf, list("TOMORROW"), "", "late tomorrow"}, {AnyOf, list("YESTERDAY"), "", "yesterday"},
			{AnyOf, list("THIS_WEEK"), "", "late today tomorrow yesterday"}, {AnyOf, list("ONE_WEEK_AGO"), "", "lastwk"}, {AnyOf, list("ONE_WEEK_FROM_NOW"), "", "nextwk"},
			{AnyOf, list("ONE_MONTH_AGO", "ONE_MONTH_FROM_NOW"), "", "july may"}, {NotAnyOf, list("THIS_MONTH"), "", "- july may"},
			{AnyOf, list("EXACT", "2026-06-14", "TODAY", "EXACT", "2026-07-01"), "", "july lastwk today"}, {AnyOf, list("2026-05-31"), "", "may"},
			{GreaterThan, list("THIS_WEEK"), "", "july nextwk"}, {GreaterThanOrEquals, "TODAY", "", "july late nextwk today tomorrow"},
			{LowerThan, list("EXACT", "2026-06-14"), "", "may"}, {LowerThanOrEqual, list("EXACT", "2026-06-14"), "", "lastwk may"},
			{Between, list("2026-06-14", "2026-06-16"), "", "lastwk yesterday"}, {AnyOf, list(blankCode), "", "-"},
			{AnyOf, list("PAST_DATETIME"), "", "lastwk may yesterday"}, {AnyOf, list("FUTURE_DATETIME"), "", "july late nextwk tomorrow"},
			{WithinTheNext, list(1), "", "late today tomorrow"}, {WithinTheNext, list(1, "weeks"), "", "late nextwk today tomorrow"}, {WithinTheLast, 3, "", "lastwk today yesterday"},
			{IsEmpty, nil, "", "-"}}},
		{Timeline, "", map[string]string{"now": `{"from":"2026-06-10","to":"2026-06-20"}`, "due": `{"from":"2026-06-17","to":"2026-06-17","visualization_type":"milestone"}`,
			"past": `{"from":"2026-06-01","to":"2026-06-05"}`, "soon": `{"from":"2026-06-18","to":"2026-06-19"}`}, []ruleCase{
			{AnyOf, list("CURRENT"), "", "due now"}, {AnyOf, list("DUE_TODAY"), "", "due"}, {AnyOf, list("PAST_TIMELINE", "FUTURE_TIMELINE"), "", "past soon"},
			{AnyOf, list("MILESTONE"), "", "due"}, {AnyOf, list(blankCode), "", "-"}, {GreaterThan, "TODAY", "END_DATE", "now soon"},
			{LowerThanOrEqual, list("EXACT", "2026-06-10"), "START_DATE", "now past"}, {Between, list("2026-06-17", "2026-06-19"), "START_DATE", "due soon"}}},
	} {
		c := column(t, group.typ, group.settings)
		values := cells(t, c, group.cells)
		for _, r := range group.rules {
			m, err := c.CompileRule(Rule{r.op, r.val, r.attr}, env)
			if err != nil {
				t.Errorf("%s %s %v: %v", group.typ, r.op, r.val, err)
				continue
			}
			var found []string
			for name, v := range values {
				if m.Has(v, Done{}) {
					found = append(found, name)
				}
			}
			sort.Strings(found)
			if got := strings.Join(found, " "); got != r.found {
				t.Errorf("%s %s %v %s: found %q, want %q", group.typ, r.op, r.val, r.attr, got, r.found)
			}
		}
	}
}

func TestRulesOnDone(t *testing.T) {
	c := column(t, Date, "")
	v := c.Kind.Restore(`{"date":"2026-06-16","time":null}`)
	for word, want := range map[string]string{"OVERDUE": "open", "UPCOMING": "", "DONE_ON_TIME": "early", "DONE_OVERDUE": "late"} {
		m, err := c.CompileRule(Rule{Value: list(word)}, env)
		if err != nil || !m.NeedsDone {
			t.Fatalf("%s: %v", word, err)
		}
		got := ""
		for name, d := range map[string]Done{"open": {}, "early": {true, env.Now.AddDate(0, 0, -3)}, "late": {true, env.Now}} {
			if m.Has(v, d) {
				got += name
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func TestRulesOnComputed(t *testing.T) {
	at := time.Date(2026, 6, 17, 5, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		typ  Type
		v    Value
		rule Rule
		want bool
	}{
		{LastUpdated, LastUpdatedOf(at, 1), Rule{AnyOf, list("TODAY"), "UPDATED_AT"}, true},
		{LastUpdated, LastUpdatedOf(at, 1), Rule{AnyOf, list("LAST_WEEK"), "UPDATED_AT"}, false},
		{LastUpdated, LastUpdatedOf(at, 1), Rule{AnyOf, list("assigned_to_me"), ""}, true},
		{LastUpdated, LastUpdatedOf(at, 1), Rule{NotAnyOf, list("person-2"), ""}, true},
		{LastUpdated, LastUpdatedOf(at, 1), Rule{GreaterThanOrEquals, list("EXACT", "2026-06-17T05:00:00Z"), "UPDATED_AT"}, true},
		{LastUpdated, LastUpdatedOf(at, 1), Rule{GreaterThanOrEquals, list("EXACT", "2026-06-17T05:00:01Z"), "UPDATED_AT"}, false},
		{LastUpdated, LastUpdatedOf(at, 1), Rule{Between, list("2026-06-17T04:00:00Z", "2026-06-17T06:00:00Z"), "UPDATED_AT"}, true},
		{CreationLog, CreationLogOf(at, 2), Rule{AnyOf, list(2), "CREATED_BY"}, true},
		{CreationLog, CreationLogOf(at, 2), Rule{NotAnyOf, list(2), "CREATED_BY"}, false},
		{ItemID, ItemIDOf(1234567890), Rule{AnyOf, list("1234567890"), ""}, true},
		{ItemID, ItemIDOf(5), Rule{GreaterThan, list(4), ""}, true},
		{Name, NameOf("Test Item 1"), Rule{AnyOf, list("Test Item 1"), ""}, true},
		{Group, GroupOf("topics"), Rule{AnyOf, list("topics"), ""}, true},
		{TimeTracking, TimerValue(Timer{Running: true, StartedAt: at}), Rule{AnyOf, list(2), ""}, true},
		{TimeTracking, Value{}, Rule{AnyOf, list(1), ""}, true},
		{Progress, ProgressOf(85), Rule{AnyOf, list("80"), ""}, true},
		{Progress, ProgressOf(19), Rule{AnyOf, list(0), ""}, true},
		{Mirror, MirrorOf([]string{"Done", "", "Stuck"}), Rule{ContainsText, "stuck", ""}, true},
	} {
		m, err := column(t, tt.typ, "").CompileRule(tt.rule, env)
		if err != nil || m.Has(tt.v, Done{}) != tt.want {
			t.Errorf("%s %+v of %s: %v, %v", tt.typ, tt.rule, tt.v.JSON, !tt.want, err)
		}
	}
}

func TestRefusedRules(t *testing.T) {
	for _, tt := range []struct {
		typ  Type
		rule Rule
	}{
		{Checkbox, Rule{Operator: AnyOf, Value: list(true)}}, {Formula, Rule{Operator: IsEmpty}}, {Button, Rule{}}, {Text, Rule{Operator: GreaterThan, Value: "a"}},
		{Date, Rule{Value: list("SOMEDAY")}}, {Date, Rule{Operator: Between, Value: list("2026-01-01")}}, {Timeline, Rule{Operator: GreaterThan, Value: "TODAY"}},
		{Numbers, Rule{Operator: GreaterThan, Value: "many"}}, {Numbers, Rule{Operator: GreaterThan}}, {People, Rule{Value: list("48202303")}}, {People, Rule{Value: list(map[string]any{})}},
		{Hour, Rule{Value: "Teatime"}}, {Text, Rule{Operator: ContainsText}}, {Status, Rule{Operator: "resembles", Value: 1}}, {Date, Rule{Operator: WithinTheNext, Value: list(1, "eons")}},
		{TimeTracking, Rule{Value: list(3)}},
	} {
		_, err := column(t, tt.typ, "").CompileRule(tt.rule, env)
		var e *Error
		if !errors.As(err, &e) || e.Code != BadRule || e.Message == "" {
			t.Errorf("%s %+v: %v", tt.typ, tt.rule, err)
		}
	}
}

func TestEveryOperatorCompiles(t *testing.T) {
	sample := map[Type]any{Date: "TODAY", Timeline: "CURRENT", Week: "THIS_WEEK", Hour: "Night", People: "person-1", Person: "person-1", ItemAssignees: "person-1", Team: "team-1",
		CreationLog: "person-1", LastUpdated: "person-1", Progress: "20"}
	for _, typ := range Types() {
		c := column(t, typ, "")
		for _, op := range c.Kind.Operators {
			val := any(1)
			if s := sample[typ]; s != nil {
				val = s
			}
			rule := Rule{Operator: op, Value: val}
			if c.Kind.date != nil && op != AnyOf && op != NotAnyOf {
				rule.Value, rule.Attribute = "TODAY", "START_DATE"
			}
			switch op {
			case Between:
				rule.Value = []any{rule.Value, rule.Value}
			case WithinTheNext, WithinTheLast:
				rule.Value = 3
			}
			m, err := c.CompileRule(rule, env)
			if err != nil {
				t.Errorf("%s %s: %v", typ, op, err)
				continue
			}
			m.Has(Value{}, Done{})
		}
	}
}

func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		typ   Type
		cells []string
		want  string
	}{
		{Numbers, []string{`"10"`, `"9"`, `null`, `"-1"`, `"9.5"`}, `"-1" "9" "9.5" "10" -`},
		{Text, []string{`"b"`, `"A"`, `null`, `"C"`}, `"A" "b" "C" -`},
		{Status, []string{`{"index":1}`, `null`, `{"index":0}`, `{"index":2}`}, `{"index":0,"post_id":null} {"index":2,"post_id":null} {"index":1,"post_id":null} -`},
		{Date, []string{`{"date":"2026-01-02"}`, `{"date":"2026-01-01","time":"10:00:00"}`, `{"date":"2026-01-01"}`, `null`}, `{"date":"2026-01-01","time":null} {"date":"2026-01-01","time":"10:00:00"} {"date":"2026-01-02","time":null} -`},
		{People, []string{`"2"`, `"1"`, `null`}, `{"personsAndTeams":[{"id":1,"kind":"person"}]} {"personsAndTeams":[{"id":2,"kind":"person"}]} -`},
	} {
		c := column(t, tt.typ, "")
		var values []Value
		for _, in := range tt.cells {
			w, err := c.Parse(in, Write{})
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, w.Value)
		}
		for _, desc := range []bool{false, true} {
			slices.SortStableFunc(values, c.Order(env, desc))
			var got []string
			for _, v := range values {
				got = append(got, cmp.Or(v.JSON, "-"))
			}
			want := strings.Split(tt.want, " ")
			if desc {
				slices.Reverse(want[:len(want)-1])
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s desc %v: %v, want %v", tt.typ, desc, got, want)
			}
		}
	}
}

// TestOrderIsStrictWeak checks, on random cells of every type, what sorts rely on.
func TestOrderIsStrictWeak(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, typ := range Types() {
		c := column(t, typ, map[Type]string{Dropdown: threeLabels}[typ])
		values := []Value{{}, c.Kind.Restore("{}"), c.Kind.Restore(`"x"`), c.Kind.Restore("[]")}
		for _, w := range written {
			values = append(values, c.Kind.Restore(w.json))
		}
		for i := range 10 {
			values = append(values, c.Kind.Restore(fmt.Sprintf(`"%d"`, random.IntN(5)-i)))
		}
		order := c.Order(env, random.IntN(2) == 0)
		for range 3000 {
			a, b, d := values[random.IntN(len(values))], values[random.IntN(len(values))], values[random.IntN(len(values))]
			if order(a, a) != 0 || order(a, b) != -order(b, a) {
				t.Fatalf("%s: %v and %v are not in an order", typ, a, b)
			}
			if order(a, b) < 0 && order(b, d) < 0 && order(a, d) >= 0 || order(a, b) == 0 && order(b, d) == 0 && order(a, d) != 0 {
				t.Fatalf("%s: %v, %v, %v go in a circle", typ, a, b, d)
			}
		}
	}
}
