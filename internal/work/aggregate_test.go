package work_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// sel reads an element of select as tests write it: a column, or FUNCTION(of, others). Its name is what is
// written, unless that begins with "name=".
func sel(s string) work.Selected {
	as, rest, named := strings.Cut(s, "=")
	if !named {
		as, rest = s, s
	}
	out, left := parseSel(rest)
	if left != "" {
		panic("left over in " + s + ": " + left)
	}
	out.As = as
	return out
}

func parseSel(s string) (out work.Selected, rest string) {
	s = strings.TrimLeft(s, " ")
	end := strings.IndexAny(s, "(,)")
	if end < 0 {
		end = len(s)
	}
	out.As, rest = s[:end], s[end:]
	if !strings.HasPrefix(rest, "(") {
		out.Column = out.As
		return out, rest
	}
	out.Function = column.Function(out.As)
	for rest = rest[1:]; rest[0] != ')'; rest = strings.TrimPrefix(rest, ",") {
		var p work.Selected
		p, rest = parseSel(rest)
		out.Params = append(out.Params, p)
	}
	return out, rest[1:]
}

func aggregateOf(selected []string, by ...string) work.AggregateQuery {
	var q work.AggregateQuery
	for _, s := range selected {
		q.Select = append(q.Select, sel(s))
	}
	for _, g := range by {
		q.Groups = append(q.Groups, work.GroupedBy{As: g})
	}
	return q
}

func (d *desk) aggregate(q work.AggregateQuery) ([][]work.Aggregated, error) {
	v := d.view()
	return v.Aggregate(v.Board(d.board), q)
}

// rows are the results of a query, a line each.
func (d *desk) rows(q work.AggregateQuery) []string {
	d.t.Helper()
	sets, err := d.aggregate(q)
	d.ok(err)
	out := []string{}
	for _, set := range sets {
		values := make([]any, len(set))
		for i, e := range set {
			values[i] = e.Value.Basic()
			if e.Most != nil {
				values[i] = []any{values[i], e.Most.Basic()}
			}
		}
		line, err := json.Marshal(values)
		d.ok(err)
		out = append(out, strings.Trim(string(line), "[]"))
	}
	return out
}

func (d *desk) wantRows(what string, q work.AggregateQuery, want ...string) {
	d.t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, d.rows(q)); diff != "" {
		d.t.Errorf("%s: -want +got\n%s", what, diff)
	}
}

// ledger is a board with a few items of most kinds, and an empty one.
func ledger(t *testing.T) *desk {
	d := newDesk(t)
	d.column(column.Numbers, "num", "")
	d.column(column.Status, "status", `{"labels":[{"id":1,"color":1,"label":"Done","is_done":true,"index":1},{"id":0,"color":0,"label":"Busy","index":0}]}`)
	d.column(column.People, "who", "")
	d.column(column.Date, "day", "")
	d.column(column.Timeline, "line", "")
	d.column(column.Checkbox, "check", "")
	d.column(column.Text, "text", "")
	d.column(column.Formula, "twice", `{"formula":"{num} * 2"}`)
	b := d.group("Later")
	person := func(ids ...work.UserID) string {
		var list []string
		for _, id := range ids {
			list = append(list, fmt.Sprintf(`{"id":%d,"kind":"person"}`, id))
		}
		return `"who":{"personsAndTeams":[` + strings.Join(list, ",") + `]}`
	}
	d.item("one", b, `{"num":0.1,"status":{"index":1},"day":{"date":"2026-02-03"},"text":" Ab ","check":{"checked":"true"},`+person(me)+`}`)
	d.item("two", b, `{"num":0.2,"status":{"index":0},"day":{"date":"2026-03-31","time":"10:00:00"},"line":{"from":"2026-01-05","to":"2026-04-01"},`+person(peer, me)+`}`)
	d.item("three", "topics", `{"num":5,"status":{"index":1},"text":"ab",`+person(me, peer)+`}`)
	d.item("four", "topics", "")
	return d
}

func TestAggregateTotals(t *testing.T) {
	t.Parallel()
	d := ledger(t)
	sub := func(parent string) {
		v := d.view()
		page, err := v.ItemsPage(v.Board(d.board), work.ItemQuery{Where: work.RuleGroup{Rules: []work.Rule{{Column: "name", Rule: column.Rule{Value: parent}}}}}, 1)
		d.ok(err)
		_, err = d.s.CreateSubitem(t.Context(), d.by, page.Items[0].ID, work.ItemInput{Name: "sub"})
		d.ok(err)
	}
	d.wantRows("no subitems", aggregateOf([]string{"COUNT_SUBITEMS()"}), "0")
	sub("one")
	sub("one")
	sub("four")
	for f, want := range map[string]string{
		"COUNT_ITEMS()":                "4",
		"COUNT_SUBITEMS()":             "3",
		"COUNT_SUBITEMS(name)":         "3",
		"COUNT(num)":                   "3",
		"COUNT(check)":                 "1",
		"COUNT(IS_DONE(status))":       "2",
		"COUNT(name)":                  "4",
		"COUNT_DISTINCT(status)":       "2",
		"COUNT_DISTINCT(who)":          "2",
		"COUNT_DISTINCT(FLATTEN(who))": "2",
		"COUNT(FLATTEN(who))":          "5",
		"COUNT_KEYS(who)":              "5",
		"SUM(num)":                     "5.3",
		"SUM(NONE(num))":               "5.3",
		"SUM(twice)":                   "10.6",
		"SUM(LENGTH(text))":            "6",
		"AVERAGE(num)":                 "1.76666666666667",
		"MEDIAN(num)":                  "0.2",
		"MEDIAN(ORDER(status))":        "1",
		"MIN(num)":                     "0.1",
		"MAX(num)":                     "5",
		"MIN_MAX(num)":                 "0.1,5",
		"MIN(day)":                     "1770076800000",
		"MAX(day)":                     "1774951200000",
		"MAX(DATE_TRUNC_MONTH(day))":   "1772323200000",
		"MAX(END_DATE(line))":          "1775001600000",
		"FIRST(LABEL(status))":         `"Done"`,
		"FIRST(line)":                  `"2026-01-05 - 2026-04-01"`,
	} {
		d.wantRows(f, aggregateOf([]string{f}), want)
	}
	q := aggregateOf([]string{"FIRST(name)", "MEDIAN(num)"})
	q.Items.Order = []work.OrderBy{{Column: "num", Desc: true}}
	d.wantRows("first in order", q, `"three",0.2`)
	q.Items = work.ItemQuery{Group: "topics"}
	d.wantRows("of one group", q, `"three",5`)
	q.Items = work.ItemQuery{Where: work.RuleGroup{Rules: []work.Rule{{Column: "num", Rule: column.Rule{Operator: column.GreaterThan, Value: []any{0.15}}}}}}
	d.wantRows("filtered", q, `"two",2.6`)
}

func TestAggregateGroups(t *testing.T) {
	t.Parallel()
	d := ledger(t)
	by := func(s ...string) work.AggregateQuery {
		selected := slices.Clone(s)
		return aggregateOf(append(selected, "COUNT_ITEMS()", "n=SUM(num)"), s...)
	}
	d.wantRows("column", by("status"), `"#00c875",2,5.1`, `"#fdab3d",1,0.2`, `null,1,null`)
	d.wantRows("label", by("LABEL(status)"), `"Done",2,5.1`, `"Busy",1,0.2`, `"",1,null`)
	d.wantRows("people, whatever their order", by("PERSON(who)"), `"person-10",1,0.1`, `"person-10,person-12",2,5.2`, `null,1,null`)
	d.wantRows("each of the people", by("FLATTEN(LABEL(who))"), `"admin 10",3,5.3`, `"member 12",2,5.2`, `"",1,null`)
	d.wantRows("groups", by("LABEL(group)", "ORDER(group)"), `"Later",0,2,0.3`, `"Group Title",1,2,5`)
	d.wantRows("two columns", by("LABEL(group)", "IS_DONE(status)"), `"Later",true,1,0.1`, `"Later",false,1,0.2`, `"Group Title",true,1,5`, `"Group Title",false,1,null`)
	d.wantRows("months", by("DATE_TRUNC_MONTH(day)"), `1769904000000,1,0.1`, `1772323200000,1,0.2`, `null,2,5`)
	d.wantRows("quarters", by("DATE_TRUNC_QUARTER(day)"), `1767225600000,2,0.3`, `null,2,5`)
	d.wantRows("texts", by("LOWER(TRIM(text))"), `"ab",2,5.1`, `"",2,0.2`)
	d.wantRows("case", by("CASE(IS_DONE(status), LABEL(status), name)"), `"Done",2,5.1`, `"two",1,0.2`, `"four",1,null`)
	d.wantRows("equals", by("EQUALS(text, LOWER(TRIM(text)))"), `false,1,0.1`, `true,3,5.2`)
	d.wantRows("between", by("BETWEEN(day, START_DATE(line), END_DATE(line))"), `false,3,5.1`, `true,1,0.2`)
	d.wantRows("named by its column", aggregateOf([]string{"a=text", "COUNT_ITEMS()"}, "text"), `" Ab ",1`, `null,2`, `"ab",1`)
}

func TestAggregateLimits(t *testing.T) {
	t.Parallel()
	d := ledger(t)
	q := aggregateOf([]string{"LABEL(group)", "name", "COUNT_ITEMS()"}, "LABEL(group)", "name")
	q.Groups[1].Limit = 1
	d.wantRows("one name of each group", q, `"Later","one",1`, `"Group Title","three",1`)
	q = aggregateOf([]string{"name"}, "name")
	q.Limit = 3
	d.wantRows("three", q, `"one"`, `"two"`, `"three"`)
	q.Items.Order = []work.OrderBy{{Column: "num", Desc: true}}
	d.wantRows("three in order", q, `"three"`, `"two"`, `"one"`)
	q.Items = work.ItemQuery{IDs: itemIDs(d.pages(work.ItemQuery{}, func() int { return 10 }, func() {}))[1:3]}
	slices.Reverse(q.Items.IDs)
	d.wantRows("by id, in the board's order", q, `"two"`, `"three"`)

	many := d.on(d.newBoard("Many", work.Public))
	for i := range work.GroupsLimit + 1 {
		many.item(fmt.Sprint(i), "", "")
	}
	if n := len(many.rows(aggregateOf([]string{"name"}, "name"))); n != work.GroupsLimit {
		t.Errorf("%d groups without a limit", n)
	}
	q = aggregateOf([]string{"name"}, "name")
	q.Groups[0].Limit = work.GroupsLimit + 5
	if n := len(many.rows(q)); n != work.GroupsLimit+1 {
		t.Errorf("%d groups with a greater limit", n)
	}
}

// A few items of which FLATTEN makes more groups than anybody can use are refused.
func TestAggregateTooManyGroups(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var labels, ids []string
	for i := range 70 {
		labels = append(labels, fmt.Sprintf(`{"id":%d,"name":"label %d"}`, i+1, i))
		ids = append(ids, fmt.Sprint(i+1))
	}
	var by, values []string
	for _, id := range []string{"a", "b", "c"} {
		d.column(column.Dropdown, id, `{"labels":[`+strings.Join(labels, ",")+`]}`)
		by = append(by, "FLATTEN("+id+")")
		values = append(values, fmt.Sprintf(`%q:{"ids":[%s]}`, id, strings.Join(ids, ",")))
	}
	d.item("all", "", "{"+strings.Join(values, ",")+"}")
	if _, err := d.aggregate(aggregateOf(by, by...)); codeOf(err) != work.CodeLimit {
		t.Errorf("70 by 70 by 70 groups: %v", err)
	}
	if n := len(d.rows(aggregateOf(by[:2], by[:2]...))); n != 70*70 {
		t.Errorf("%d groups of two columns", n)
	}
}

// Nobody waits any more: nothing is answered.
func TestAggregateStops(t *testing.T) {
	t.Parallel()
	d := ledger(t)
	ctx, cancel := context.WithCancel(t.Context())
	v, err := d.s.View(ctx, d.by)
	d.ok(err)
	cancel()
	if _, err := v.Aggregate(v.Board(d.board), aggregateOf([]string{"COUNT_ITEMS()"})); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAggregateEmptyBoard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.column(column.Numbers, "num", "")
	d.wantRows("totals", aggregateOf([]string{
		"COUNT_ITEMS()", "COUNT_SUBITEMS()", "COUNT(num)", "COUNT_DISTINCT(num)", "COUNT_KEYS(num)",
		"SUM(num)", "AVERAGE(num)", "MEDIAN(num)", "MIN(num)", "MAX(num)", "MIN_MAX(num)", "FIRST(num)",
	}), "0,0,0,0,0,null,null,null,null,null,null,null")
	d.wantRows("groups", aggregateOf([]string{"num", "COUNT_ITEMS()"}, "num"))
}

func TestAggregateRefuses(t *testing.T) {
	t.Parallel()
	d := ledger(t)
	deep := strings.Repeat("UPPER(", 250) + "text" + strings.Repeat(")", 250)
	for _, tc := range []struct {
		selected []string
		by       string
		code     work.Code
		says     string
	}{
		{nil, "", work.CodeInvalid, "names nothing"},
		{[]string{"SUM(nope)"}, "", work.CodeNotFound, `"nope"`},
		{[]string{"nope"}, "nope", work.CodeNotFound, `"nope"`},
		{[]string{"COUNT_ITEMS(nope)"}, "", work.CodeNotFound, `"nope"`},
		{[]string{"SUM(text)"}, "", work.CodeInvalid, "SUM is not supported for this column type. Accepted: auto_number,"},
		{[]string{"AVERAGE(day)"}, "", work.CodeInvalid, "AVERAGE is not supported"},
		{[]string{"MIN(status)"}, "", work.CodeInvalid, "MIN is not supported"},
		{[]string{"COUNT(COLOR(num))"}, "", work.CodeInvalid, "COLOR is not supported for this column type. Accepted: status or color_picker"},
		{[]string{"DATE_TRUNC_DAY(num)"}, "DATE_TRUNC_DAY(num)", work.CodeInvalid, "DATE_TRUNC_DAY is not supported"},
		{[]string{"DURATION_RUNNING(num)"}, "", work.CodeInvalid, "Accepted: time_tracking"},
		{[]string{"SUM(LABEL(num))"}, "", work.CodeInvalid, "takes numbers, and LABEL"},
		{[]string{"MIN(IS_DONE(status))"}, "", work.CodeInvalid, "takes numbers or dates"},
		{[]string{"DATE(LABEL(day))"}, "DATE(LABEL(day))", work.CodeInvalid, "takes dates"},
		{[]string{"COUNT(SUM(num))"}, "", work.CodeInvalid, "worked out of whole groups"},
		{[]string{"COUNT(COUNT_ITEMS())"}, "", work.CodeInvalid, "worked out of whole groups"},
		{[]string{"COUNT()"}, "", work.CodeInvalid, "takes 1 in params, not 0"},
		{[]string{"SUM(num,num)"}, "", work.CodeInvalid, "takes 1 in params, not 2"},
		{[]string{"COUNT(BETWEEN(num))"}, "", work.CodeInvalid, "takes 3 in params, not 1"},
		{[]string{"COUNT(LEFT(text,num,num))"}, "", work.CodeInvalid, "takes 1 or 2 in params"},
		{[]string{"COUNT(CASE(text))"}, "", work.CodeInvalid, "takes 2 or more in params"},
		{[]string{"COUNT(LABEL(UPPER(text)))"}, "", work.CodeInvalid, "reads a column"},
		{[]string{"COUNT(UPPER(FLATTEN(who)))"}, "", work.CodeInvalid, "FLATTEN"},
		{[]string{"COUNT(FLATTEN(UPPER(text)))"}, "", work.CodeInvalid, "FLATTEN"},
		{[]string{"status"}, "", work.CodeInvalid, "in group_by"},
		{[]string{"LABEL(status)"}, "", work.CodeInvalid, "in group_by"},
		{[]string{"COUNT_ITEMS()"}, "COUNT_ITEMS()", work.CodeInvalid, "whole groups"},
		{[]string{"COUNT_ITEMS()"}, "status", work.CodeInvalid, "Failed to find a matching select elements for groupBy elements"},
		{[]string{"a=COUNT_ITEMS()", "a=COUNT(num)"}, "", work.CodeInvalid, "twice"},
		{[]string{deep}, deep, work.CodeLimit, "more than 200"},
	} {
		q := aggregateOf(tc.selected)
		if tc.by != "" {
			q.Groups = []work.GroupedBy{{As: tc.by}}
		}
		_, err := d.aggregate(q)
		if codeOf(err) != tc.code || !strings.Contains(work.ErrorOf(err).Msg, tc.says) {
			t.Errorf("%v by %q: %v", tc.selected, tc.by, err)
		}
	}
	q := aggregateOf([]string{"name"}, "name", "name")
	if _, err := d.aggregate(q); codeOf(err) != work.CodeInvalid {
		t.Errorf("grouped twice by one name: %v", err)
	}
}

// What one may not see counts for nothing: columns, items, and items that cells link to.
func TestAggregateRestricted(t *testing.T) {
	t.Parallel()
	d := ledger(t)
	d.ok(d.s.RestrictColumn(t.Context(), d.by, d.board, "num", work.Restriction{Hidden: true, Readers: []work.Principal{{User: peer}}}))
	hidden := []work.AggregateQuery{
		aggregateOf([]string{"SUM(num)"}), aggregateOf([]string{"num"}, "num"), aggregateOf([]string{"COUNT(EQUALS(name,num))"}), aggregateOf([]string{"COUNT_ITEMS(num)"}),
		{Select: []work.Selected{sel("COUNT_ITEMS()")}, Items: work.ItemQuery{Where: work.RuleGroup{Rules: []work.Rule{{Column: "num", Rule: column.Rule{Operator: column.IsEmpty}}}}}},
		{Select: []work.Selected{sel("COUNT_ITEMS()")}, Items: work.ItemQuery{Order: []work.OrderBy{{Column: "num"}}}},
	}
	for i, q := range hidden {
		for who, want := range map[work.UserID]work.Code{me: ok, peer: ok, far: work.CodeNotFound} {
			_, err := d.as(who).aggregate(q)
			wantCode(t, fmt.Sprint(who, " asks ", i), err, want)
		}
	}
	secret := d.on(d.newBoard("Secret", work.Private))
	there := secret.item("hidden thing", "", "")
	open := d.on(d.newBoard("Open", work.Public))
	seen := open.item("seen thing", "", "")
	d.column(column.BoardRelation, "links", fmt.Sprintf(`{"boardIds":[%d,%d]}`, secret.board, open.board))
	d.item("linking", "", fmt.Sprintf(`{"links":{"item_ids":[%d,%d]}}`, there, seen))
	q := aggregateOf([]string{"COUNT_KEYS(links)", "FIRST(LABEL(links))", "FIRST(ID(links))"})
	d.wantRows("who sees both", q, fmt.Sprintf(`2,"hidden thing, seen thing","%d,%d"`, there, seen))
	d.as(far).wantRows("who sees one", q, fmt.Sprintf(`1,"seen thing","%d"`, seen))
	if v := d.as(far).view(); v.Board(secret.board) != nil {
		t.Error("the private board is there")
	}
}

func TestAggregateOnlyAssigned(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, id := range []work.UserID{me, peer, far} {
		w.user(id, work.Member, work.Active)
	}
	b := w.board(100, work.Public, mainWS, me)
	b.OnlyAssigned = true
	w.BoardUsers = append(w.BoardUsers, work.BoardUser{Board: 100, User: me, Owner: true})
	s, store := w.open(t)
	d := &desk{t: t, s: s, store: store, by: as(t, s, me), board: 100}
	d.group("G")
	d.column(column.People, "who", "")
	assigned := d.item("assigned", "", fmt.Sprintf(`{"who":{"personsAndTeams":[{"id":%d,"kind":"person"}]}}`, peer))
	nobody := d.item("nobody", "", "")
	for _, parent := range []work.ItemID{assigned, nobody} {
		_, err := s.CreateSubitem(t.Context(), d.by, parent, work.ItemInput{Name: "sub"})
		d.ok(err)
	}
	q := aggregateOf([]string{"COUNT_ITEMS()", "COUNT_SUBITEMS()"})
	for who, want := range map[work.UserID]string{me: "2,2", peer: "1,1", far: "0,0"} {
		d.as(who).wantRows(fmt.Sprint(who), q, want)
		by := q
		by.Items.IDs = []work.ItemID{assigned, nobody}
		d.as(who).wantRows(fmt.Sprint(who, " by id"), by, want)
	}
}

// Whatever is grouped by, the groups' counts and sums come to those of all, the greatest of the groups' is
// that of all, and a board that does not fit into memory says the same.
func TestAggregateGroupsAreTheWhole(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	d := sack(t, r, 120)
	small := serve(t, d.store)
	small.ContentBudget(1)
	unloaded := &desk{t: t, s: small, store: d.store, by: as(t, small, me), board: d.board}
	keys := []string{"status", "LABEL(status)", "who", "text", "LOWER(text)", "num", "DATE_TRUNC_WEEK(day)", "twice", "LABEL(group)", "LEFT(name)", "CASE(IS_DONE(status),text)"}
	totals := []string{"COUNT_ITEMS()", "COUNT(num)", "COUNT_KEYS(who)", "SUM(num)", "SUM(twice)", "MAX(num)"}
	number := func(e work.Aggregated) float64 { f, _ := e.Value.Basic().(float64); return f }
	for n := range 40 {
		where, _ := query(r, 1)
		q := aggregateOf(totals)
		q.Items.Where = where
		all, err := d.aggregate(q)
		d.ok(err)
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		by := keys[:1+r.IntN(3)]
		q = aggregateOf(append(slices.Clone(totals), by...), by...)
		q.Items.Where = where
		if r.IntN(2) == 0 {
			q.Items.Order = []work.OrderBy{{Column: "day", Desc: r.IntN(2) == 0}}
		}
		groups, err := d.aggregate(q)
		d.ok(err)
		seen := map[string]bool{}
		for i, name := range totals {
			whole := 0.0
			for _, g := range groups {
				if name == "MAX(num)" {
					whole = max(whole, number(g[i]))
				} else {
					whole += number(g[i])
				}
			}
			if want := number(all[0][i]); whole != want {
				t.Errorf("query %d by %v: %s is %v in the groups and %v of all", n, by, name, whole, want)
			}
		}
		for _, g := range groups {
			key := fmt.Sprint(g[len(totals):])
			if seen[key] || number(g[0]) == 0 {
				t.Errorf("query %d by %v: the group %s is empty or there twice", n, by, key)
			}
			seen[key] = true
		}
		if diff := cmp.Diff(d.rows(q), unloaded.rows(q)); diff != "" {
			t.Errorf("query %d by %v, loaded and not:\n%s", n, by, diff)
		}
	}
}
