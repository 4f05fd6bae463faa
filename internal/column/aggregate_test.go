package column

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func shown(o Operand) string {
	switch v := o.Basic().(type) {
	case nil:
		return "nothing"
	case float64:
		if o.kind == isDate {
			return "@" + time.UnixMilli(int64(v)).UTC().Format("2006-01-02T15:04")
		}
		return fmt.Sprint(v)
	case string:
		return fmt.Sprintf("%q", v)
	default:
		return fmt.Sprint(v)
	}
}

const statusLabels = `{"labels":[{"id":1,"color":1,"label":"Done","is_done":true,"index":1},{"id":0,"color":0,"label":"Busy","index":0}]}`

// TestReadings: what each function makes of a value of each type that it takes, and of an empty cell.
func TestReadings(t *testing.T) {
	t.Parallel()
	people := `{"personsAndTeams":[{"id":2,"kind":"person"},{"id":1,"kind":"team"},{"id":1,"kind":"person"},{"id":99,"kind":"person"}]}`
	links := LinkTo([]int64{11, 10, 12}).JSON
	for _, tc := range []struct {
		typ      Type
		settings string
		f        Function
		json     string
		want     string
		empty    string
	}{
		{Numbers, "", Plain, `"42.50"`, "42.5", "nothing"},
		{Numbers, "", AsLabel, `"42.50"`, `"42.50"`, `""`},
		{Rating, "", Plain, `{"rating":4}`, "4", "nothing"},
		{Vote, "", Plain, `{"votersIds":[1,2]}`, "2", "nothing"},
		{Vote, "", "PERSON", `{"votersIds":[2,1]}`, `"person-1,person-2"`, "nothing"},
		{Vote, "", CountKeys, `{"votersIds":[2,1]}`, "2", "0"},
		{Progress, "", Plain, `"50"`, "50", "nothing"},
		{TimeTracking, "", Plain, `{"running":"true","duration":60,"startDate":1781731740}`, "60", "nothing"},
		{TimeTracking, "", DurationRunning, `{"running":"true","duration":60,"startDate":1781731740}`, "120", "nothing"},
		{TimeTracking, "", DurationRunning, `{"running":"false","duration":60}`, "60", "nothing"},
		{Text, "", Plain, `"Sample"`, `"Sample"`, "nothing"},
		{Text, "", "RAW", `"Sample"`, `"\"Sample\""`, "nothing"},
		{Text, "", CountKeys, `"Sample"`, "1", "0"},
		{Checkbox, "", Plain, `{"checked":true}`, "true", "false"},
		{Status, statusLabels, Plain, `{"index":1,"post_id":null}`, `"#00c875"`, "nothing"},
		{Status, statusLabels, AsLabel, `{"index":1,"post_id":null}`, `"Done"`, `""`},
		{Status, statusLabels, "COLOR", `{"index":0,"post_id":null}`, `"#fdab3d"`, "nothing"},
		{Status, statusLabels, "ID", `{"index":1,"post_id":null}`, `"1"`, "nothing"},
		{Status, statusLabels, AsOrder, `{"index":1,"post_id":null}`, "1", "nothing"},
		{Status, statusLabels, "IS_DONE", `{"index":1,"post_id":null}`, "true", "false"},
		{Status, statusLabels, AsLabel, `{"index":7,"post_id":null}`, `""`, `""`}, // the label is gone
		{Dropdown, threeLabels, Plain, `{"ids":[2,1]}`, `"1,2"`, "nothing"},
		{Dropdown, threeLabels, AsLabel, `{"ids":[2,1]}`, `"Marketing, Sales"`, `""`},
		{Dropdown, threeLabels, CountKeys, `{"ids":[2,1]}`, "2", "0"},
		{People, "", Plain, people, `"person-1,person-2,team-1"`, "nothing"},
		{People, "", AsLabel, people, `"Ada Lovelace, Grace Hopper, Engines"`, `""`},
		{People, "", "ID", `{"personsAndTeams":[{"id":2,"kind":"person"}]}`, `"2"`, "nothing"},
		{People, "", "PERSON", `{"personsAndTeams":[{"id":2,"kind":"person"}]}`, `"person-2"`, "nothing"},
		{Team, "", "PERSON", `{"team_id":1}`, `"team-1"`, "nothing"},
		{Tags, "", AsLabel, `{"tag_ids":[2,1]}`, `"urgent, later"`, `""`},
		{BoardRelation, "", Plain, links, `"10,11"`, "nothing"}, // 12 is not for the caller
		{BoardRelation, "", AsLabel, links, `"Task A, Task B"`, `""`},
		{Date, "", Plain, `{"date":"2026-06-15","time":"22:30:00"}`, "@2026-06-15T22:30", "nothing"},
		{Date, "", Calendar, `{"date":"2026-06-15","time":"22:30:00"}`, "@2026-06-16T00:30", "nothing"}, // where the caller is
		{Date, "", "START_DATE", `{"date":"2026-06-15","time":"22:30:00"}`, "@2026-06-16T00:00", "nothing"},
		{Date, "", "HOUR", `{"date":"2026-06-15","time":"20:30:00"}`, "22", "nothing"},
		{Date, "", "HOUR", `{"date":"2026-06-15","time":null}`, "nothing", "nothing"},
		{Hour, "", "HOUR", `{"hour":16,"minute":42}`, "16", "nothing"},
		{Timeline, "", "START_DATE", `{"to":"2026-03-15","from":"2026-03-01"}`, "@2026-03-01T00:00", "nothing"},
		{Timeline, "", "END_DATE", `{"to":"2026-03-15","from":"2026-03-01"}`, "@2026-03-15T00:00", "nothing"},
		{Week, "", "END_DATE", `{"week":{"startDate":"2026-06-15","endDate":"2026-06-21"}}`, "@2026-06-21T00:00", "nothing"},
		{CreationLog, "", Plain, `{"created_at":"2026-06-15T08:00:00Z","creator_id":"2"}`, "@2026-06-15T08:00", "nothing"},
		{CreationLog, "", "PERSON", `{"created_at":"2026-06-15T08:00:00Z","creator_id":"2"}`, `"person-2"`, "nothing"},
		{Phone, "", "PHONE_COUNTRY_SHORT_NAME", `{"phone":"+12025550169","countryShortName":"US"}`, `"US"`, "nothing"},
		{Country, "", Plain, `{"countryCode":"US","countryName":"United States"}`, `"United States"`, "nothing"},
		{ColorPicker, "", "COLOR", `{"color":{"hex":"#0086c0"}}`, `"#0086c0"`, "nothing"},
		{ItemID, "", "ID", `"123"`, `"123"`, "nothing"},
		{Group, "", Plain, `"topics"`, `"topics"`, "nothing"},
		{File, "", CountKeys, `{"files":[{"name":"a","assetId":7,"fileType":"ASSET"},{"name":"b","assetId":8,"fileType":"ASSET"}]}`, "2", "0"},
	} {
		c := column(t, tc.typ, tc.settings)
		r, err := c.CompileReading(tc.f, tc.f, anySort, &env)
		if err != nil {
			t.Errorf("%s of %s: %v", tc.f, tc.typ, err)
			continue
		}
		v := c.Kind.Restore(tc.json)
		if got := shown(r.One(v)); got != tc.want {
			t.Errorf("%s of %s %s: got %s, want %s", tc.f, tc.typ, tc.json, got, tc.want)
		}
		if got := shown(r.One(Value{})); got != tc.empty {
			t.Errorf("%s of an empty %s: got %s, want %s", tc.f, tc.typ, got, tc.empty)
		}
	}
}

func TestReadingsEach(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typ  Type
		f    Function
		json string
		want []string
	}{
		{People, Plain, `{"personsAndTeams":[{"id":2,"kind":"person"},{"id":1,"kind":"team"}]}`, []string{`"person-2"`, `"team-1"`}},
		{People, AsLabel, `{"personsAndTeams":[{"id":2,"kind":"person"},{"id":1,"kind":"team"}]}`, []string{`"Grace Hopper"`, `"Engines"`}},
		{Tags, "ID", `{"tag_ids":[2,1,9]}`, []string{`"2"`, `"1"`}},
		{Text, Plain, `"one"`, []string{`"one"`}},
		{People, Plain, "", nil},
	} {
		c := column(t, tc.typ, "")
		r, err := c.CompileReading(tc.f, tc.f, anySort, &env)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range r.Each(nil, c.Kind.Restore(tc.json)) {
			got = append(got, shown(o))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("each of %s %s: got %v, want %v", tc.typ, tc.json, got, tc.want)
		}
	}
}

// TestReadingsOfAllTypes: every function takes every type, or says which it does; none breaks on what it takes.
func TestReadingsOfAllTypes(t *testing.T) {
	t.Parallel()
	for f, r := range readings {
		for _, typ := range Types() {
			c := column(t, typ, "")
			got, err := c.CompileReading(f, f, anySort, &env)
			if fits := r.types == nil || slices.Contains(r.types, typ); fits != (err == nil) {
				t.Errorf("%s of %s: %v", f, typ, err)
			}
			if err != nil {
				if e := err.(*Error); len(e.Shapes) != len(r.types) || e.Type != typ {
					t.Errorf("%s of %s does not say what it takes: %v", f, typ, e)
				}
				continue
			}
			for _, js := range []string{"", "{}", "[]", `""`, `"x"`, "7"} {
				v := Value{JSON: js}
				got.One(v)
				got.Each(nil, v)
			}
		}
	}
	if _, err := column(t, Text, "").CompileReading(Plain, "SUM", SortNumber, &env); err == nil || err.Error() != "the function SUM is not supported for this column type" {
		t.Errorf("the sum of texts: %v", err)
	}
}

func TestShapings(t *testing.T) {
	t.Parallel()
	at := func(s string) Operand {
		m, err := time.Parse("2006-01-02T15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return dateOperand(float64(m.Unix()))
	}
	text, yes, no := textOperand, truthOperand(true), truthOperand(false)
	for _, tc := range []struct {
		f    Function
		args []Operand
		want string
	}{
		{"UPPER", []Operand{text("aä")}, `"AÄ"`},
		{"LOWER", []Operand{text("ÄB")}, `"äb"`},
		{"TRIM", []Operand{text(" a b ")}, `"a b"`},
		{"LENGTH", []Operand{text("äöü")}, "3"},
		{"LENGTH", []Operand{{}}, "0"},
		{"LEFT", []Operand{text("äöü")}, `"ä"`},
		{"LEFT", []Operand{text("äöü"), number(2)}, `"äö"`},
		{"LEFT", []Operand{text("äöü"), number(9)}, `"äöü"`},
		{"LEFT", []Operand{text("äöü"), number(-1)}, `""`},
		{"EQUALS", []Operand{text("a"), text("a")}, "true"},
		{"EQUALS", []Operand{text("5"), number(5)}, "true"},
		{"EQUALS", []Operand{{}, number(0)}, "false"},
		{"EQUALS", []Operand{{}, {}}, "true"},
		{"EQUALS", []Operand{{}, text("")}, "true"},
		{"BETWEEN", []Operand{number(2), number(2), number(3)}, "true"},
		{"BETWEEN", []Operand{number(4), number(2), number(3)}, "false"},
		{"BETWEEN", []Operand{{}, number(-1), number(3)}, "false"},
		{"CASE", []Operand{no, text("a"), yes, text("b"), text("c")}, `"b"`},
		{"CASE", []Operand{no, text("a"), text("c")}, `"c"`},
		{"CASE", []Operand{no, text("a")}, "nothing"},
		{"DATE", []Operand{at("2026-05-17T13:00")}, "@2026-05-17T00:00"},
		{"DATE_TRUNC_DAY", []Operand{at("2026-05-17T13:00")}, "@2026-05-17T00:00"},
		{"DATE_TRUNC_DAY", []Operand{at("1969-12-31T13:00")}, "@1969-12-31T00:00"},
		{"DATE_TRUNC_WEEK", []Operand{at("2026-05-17T13:00")}, "@2026-05-11T00:00"}, // a Sunday, of weeks that begin on Monday
		{"DATE_TRUNC_MONTH", []Operand{at("2026-05-17T13:00")}, "@2026-05-01T00:00"},
		{"DATE_TRUNC_QUARTER", []Operand{at("2026-05-17T13:00")}, "@2026-04-01T00:00"},
		{"DATE_TRUNC_QUARTER", []Operand{at("2026-01-01T00:00")}, "@2026-01-01T00:00"},
		{"DATE_TRUNC_QUARTER", []Operand{at("2026-12-31T00:00")}, "@2026-10-01T00:00"},
		{"DATE_TRUNC_YEAR", []Operand{at("2026-12-31T23:59")}, "@2026-01-01T00:00"},
		{"DATE_TRUNC_YEAR", []Operand{{}}, "nothing"},
	} {
		s, ok := tc.f.Shaping()
		if !ok || len(tc.args) < s.Least || s.Most >= 0 && len(tc.args) > s.Most {
			t.Errorf("%s does not take %d", tc.f, len(tc.args))
			continue
		}
		if got := shown(s.Of(tc.args, env)); got != tc.want {
			t.Errorf("%s of %v: got %s, want %s", tc.f, tc.args, got, tc.want)
		}
	}
}
