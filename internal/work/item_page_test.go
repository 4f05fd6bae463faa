package work_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// sack is a board of random items, and what is on it as a test may ask of it.
func sack(t *testing.T, r *rand.Rand, n int) *desk {
	d := newDesk(t)
	d.column(column.Text, "text", "")
	d.column(column.Numbers, "num", "")
	d.column(column.Status, "status", "")
	d.column(column.People, "who", "")
	d.column(column.Date, "day", "")
	d.column(column.Formula, "twice", `{"formula":"{num} * 2"}`)
	groups := []string{"topics", d.group("B"), d.group("C")}
	for i := range n {
		var values []string
		put := func(format string, args ...any) { values = append(values, fmt.Sprintf(format, args...)) }
		if r.IntN(3) > 0 {
			put(`"text":"%s"`, []string{"Alpha", "beta", "gamma ray", "ALPHABET"}[r.IntN(4)])
		}
		if r.IntN(3) > 0 {
			put(`"num":%d`, r.IntN(6))
		}
		if r.IntN(3) > 0 {
			put(`"status":{"index":%d}`, r.IntN(3))
		}
		if r.IntN(2) > 0 {
			put(`"who":{"personsAndTeams":[{"id":%d,"kind":"person"}]}`, []work.UserID{me, peer}[r.IntN(2)])
		}
		if r.IntN(2) > 0 {
			put(`"day":{"date":"2026-03-%02d"}`, 1+r.IntN(9))
		}
		d.item(fmt.Sprintf("%c %d", 'a'+rune(r.IntN(4)), i), groups[r.IntN(3)], "{"+strings.Join(values, ",")+"}")
	}
	return d
}

// condition is a rule, and what it means, said another way.
type condition struct {
	rule work.Rule
	is   func(d *desk, it *work.Item) bool
}

func conditions() []condition {
	cell := func(it *work.Item, id string) column.Value { return it.Cells.Get(id).Value }
	num := func(it *work.Item) (float64, bool) { return column.Number(cell(it, "num")) }
	return []condition{
		{work.Rule{Column: "text", Rule: column.Rule{Operator: column.ContainsText, Value: "alpha"}},
			func(_ *desk, it *work.Item) bool {
				return strings.Contains(strings.ToLower(cell(it, "text").Text), "alpha")
			}},
		{work.Rule{Column: "text", Rule: column.Rule{Operator: column.IsEmpty}}, func(_ *desk, it *work.Item) bool { return cell(it, "text").Empty() }},
		{work.Rule{Column: "num", Rule: column.Rule{Operator: column.GreaterThan, Value: []any{2.0}}},
			func(_ *desk, it *work.Item) bool { n, ok := num(it); return ok && n > 2 }},
		{work.Rule{Column: "status", Rule: column.Rule{Value: []any{1.0, 2.0}}},
			func(_ *desk, it *work.Item) bool {
				js := cell(it, "status").JSON
				return strings.Contains(js, `"index":1`) || strings.Contains(js, `"index":2`)
			}},
		{work.Rule{Column: "who", Rule: column.Rule{Value: []any{"assigned_to_me"}}},
			func(_ *desk, it *work.Item) bool { return strings.Contains(cell(it, "who").JSON, `"id":10,`) }},
		{work.Rule{Column: "name", Rule: column.Rule{Operator: column.StartsWith, Value: "b "}},
			func(_ *desk, it *work.Item) bool { return strings.HasPrefix(it.Name, "b ") }},
		{work.Rule{Column: "group", Rule: column.Rule{Operator: column.NotAnyOf, Value: []any{"topics"}}},
			func(_ *desk, it *work.Item) bool { return it.Group != "topics" }},
		{work.Rule{Column: "__creation_log__", Rule: column.Rule{Value: []any{"person-10"}}}, func(_ *desk, it *work.Item) bool { return it.Creator == me }},
	}
}

// query makes a random query and a test for the items it selects.
func query(r *rand.Rand, deep int) (g work.RuleGroup, is func(d *desk, it *work.Item) bool) {
	all := conditions()
	g.Any = r.IntN(2) == 0
	var tests []func(d *desk, it *work.Item) bool
	for range r.IntN(3) {
		c := all[r.IntN(len(all))]
		g.Rules = append(g.Rules, c.rule)
		tests = append(tests, c.is)
	}
	if deep > 0 {
		for range r.IntN(3) {
			inner, test := query(r, deep-1)
			g.Groups = append(g.Groups, inner)
			tests = append(tests, test)
		}
	}
	return g, func(d *desk, it *work.Item) bool {
		for _, test := range tests {
			if test(d, it) == g.Any {
				return g.Any
			}
		}
		return !g.Any || len(tests) == 0
	}
}

// pages reads a whole list, a page at a time.
func (d *desk) pages(q work.ItemQuery, limit func() int, between func()) (out []*work.Item) {
	d.t.Helper()
	v := d.view()
	page, err := v.ItemsPage(v.Board(d.board), q, limit())
	for {
		d.ok(err)
		out = append(out, page.Items...)
		if page.Cursor == "" {
			return out
		}
		if len(page.Items) == 0 {
			d.t.Fatal("a page without items has a cursor")
		}
		between()
		page, err = d.view().NextItems(page.Cursor, limit())
	}
}

// Whatever a query says, it selects what its rules mean, in the order it says, and the same whether the
// board fits into memory or not, all at once or a page at a time.
func TestItemsPageSelects(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			d := sack(t, r, 70)
			small := serve(t, d.store)
			small.ContentBudget(1)
			unloaded := &desk{t: t, s: small, store: d.store, by: as(t, small, me), board: d.board}
			every := d.pages(work.ItemQuery{}, func() int { return work.ItemsMax }, func() {})
			if len(every) != 70 {
				t.Fatalf("%d items", len(every))
			}
			for n := range 25 {
				where, is := query(r, 2)
				q := work.ItemQuery{Where: where}
				for _, id := range []string{"num", "text", "status", "name", "day", "who", "twice", "group", "__last_updated__"} {
					if r.IntN(6) == 0 {
						q.Order = append(q.Order, work.OrderBy{Column: id, Desc: r.IntN(2) == 0})
					}
				}
				if r.IntN(4) == 0 {
					q.Group = "topics"
				}
				if r.IntN(4) == 0 {
					for range 20 {
						q.IDs = append(q.IDs, every[r.IntN(len(every))].ID)
					}
				}
				var want []work.ItemID
				for _, it := range every {
					if is(d, it) && (q.Group == "" || it.Group == q.Group) && (q.IDs == nil || slices.Contains(q.IDs, it.ID)) {
						want = append(want, it.ID)
					}
				}
				once := d.pages(q, func() int { return work.ItemsMax }, func() {})
				got := itemIDs(once)
				if len(q.Order) > 0 {
					d.inOrder(once, q)
					slices.SortFunc(want, func(a, b work.ItemID) int { return cmp.Compare(slices.Index(got, a), slices.Index(got, b)) })
				}
				if !slices.Equal(got, want) {
					t.Fatalf("query %d %+v:\ngot  %v\nwant %v", n, q, got, want)
				}
				few := func() int { return 1 + r.IntN(17) }
				if paged := itemIDs(d.pages(q, few, func() {})); !slices.Equal(paged, got) {
					t.Fatalf("query %d %+v, paged:\ngot  %v\nwant %v", n, q, paged, got)
				}
				if other := itemIDs(unloaded.pages(q, few, func() {})); !slices.Equal(other, got) {
					t.Fatalf("query %d %+v, not loaded:\ngot  %v\nwant %v", n, q, other, got)
				}
			}
			if _, boards := small.ContentCache(); boards > 0 {
				if _, loaded, err := view(t, small, unloaded.by).ScanBoard(d.board); err != nil || loaded {
					t.Errorf("the board was loaded after all: %v, %v", loaded, err)
				}
			}
		})
	}
}

func itemIDs(items []*work.Item) []work.ItemID {
	var out []work.ItemID
	for _, it := range items {
		out = append(out, it.ID)
	}
	return out
}

// inOrder checks numbers, the only thing here whose order can be said in one line, wherever they come first.
func (d *desk) inOrder(items []*work.Item, q work.ItemQuery) {
	d.t.Helper()
	if q.Order[0].Column != "num" {
		return
	}
	last, blank := 0.0, false
	for i, it := range items {
		n, ok := column.Number(it.Cells.Get("num").Value)
		if ok && blank {
			d.t.Errorf("an empty cell comes before %v", n)
		}
		if blank = !ok; blank {
			continue
		}
		if i > 0 && (q.Order[0].Desc && n > last || !q.Order[0].Desc && n < last) {
			d.t.Errorf("%v comes after %v in %+v", n, last, q.Order)
		}
		last = n
	}
}

// While a list is read, others make, move and delete items: what nobody touches comes exactly once.
func TestCursorsSurviveChanges(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 2))
			d := sack(t, r, 60)
			g := d.group("Goes")
			for i := range 10 {
				d.item(fmt.Sprint("going ", i), g, "")
			}
			every := d.pages(work.ItemQuery{}, func() int { return work.ItemsMax }, func() {})
			for _, q := range []work.ItemQuery{{}, {Order: []work.OrderBy{{Column: "num"}, {Column: "text", Desc: true}}}, {Order: []work.OrderBy{{Column: "group", Desc: true}}},
				{Where: work.RuleGroup{Rules: []work.Rule{{"group", column.Rule{Operator: column.AnyOf, Value: []any{"topics", g}}}}}}} {
				touched := map[work.ItemID]bool{}
				change := func() {
					it := every[r.IntN(len(every))]
					if d.get(it.ID).State != work.StateActive {
						return
					}
					touched[it.ID] = true
					switch r.IntN(5) {
					case 0:
						d.ok(d.s.DeleteItem(t.Context(), d.by, it.ID))
					case 1:
						d.ok(d.set(it.ID, fmt.Sprintf(`{"num":%d}`, r.IntN(6))))
					case 2:
						d.ok(d.s.MoveItemToGroup(t.Context(), d.by, it.ID, "topics"))
					case 3:
						_, err := d.s.CreateItem(t.Context(), d.by, d.board, work.ItemInput{Name: "new", RelativeTo: it.ID, Before: r.IntN(2) == 0})
						d.ok(err)
					case 4:
						d.ok(d.s.MoveItem(t.Context(), d.by, it.ID, work.ItemPosition{Group: "topics", Top: true}))
					}
				}
				seen := map[work.ItemID]int{}
				before := itemIDs(d.pages(q, func() int { return work.ItemsMax }, func() {}))
				for _, it := range d.pages(q, func() int { return 1 + r.IntN(9) }, change) {
					seen[it.ID]++
				}
				for _, id := range before {
					if !touched[id] && seen[id] != 1 {
						t.Errorf("%+v: item %d comes %d times", q, id, seen[id])
					}
				}
			}
			// A group that goes takes its items along, and the list goes on after it.
			v := d.view()
			page, err := v.ItemsPage(v.Board(d.board), work.ItemQuery{}, 1)
			d.ok(err)
			rest := itemIDs(d.pages(work.ItemQuery{}, func() int { return work.ItemsMax }, func() {}))
			if it := page.Items[0]; it.Group != g {
				t.Fatal("the last of the group went before: take another seed")
			}
			d.ok(d.s.DeleteGroup(t.Context(), d.by, d.board, g))
			next, err := d.view().NextItems(page.Cursor, work.ItemsMax)
			d.ok(err)
			for _, id := range rest {
				if got := slices.Contains(itemIDs(next.Items), id); got != (d.get(id).State == work.StateActive) {
					t.Errorf("item %d: there %v", id, got)
				}
			}
		})
	}
}

func TestCursorsAreOnesOwn(t *testing.T) {
	t.Parallel()
	at := &clock{at: day}
	d := newDesk(t, func(c *work.Config) { c.Now = at.now })
	for i := range 5 {
		d.item(fmt.Sprint(i), "", "")
	}
	v := d.view()
	page, err := v.ItemsPage(v.Board(d.board), work.ItemQuery{}, 2)
	d.ok(err)
	next := func(d *desk, cursor string) error {
		_, err := d.view().NextItems(cursor, 2)
		return err
	}
	d.ok(next(d, page.Cursor))
	d.ok(next(d, page.Cursor)) // as often as one likes
	for what, err := range map[string]error{
		"another user's": next(d.as(far), page.Cursor), "empty": next(d, ""), "nonsense": next(d, "MSwxODI2NTkwODQ0OQ"),
		"cut short": next(d, page.Cursor[:len(page.Cursor)-2]), "not base64": next(d, "%%%"),
	} {
		if e := work.ErrorOf(err); e.Code != work.CodeInvalid || e.Field != "cursor" || e.Kind != "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(page.Cursor)
	d.ok(err)
	for i := range raw {
		bent := slices.Clone(raw)
		bent[i] ^= 1
		if next(d, base64.RawURLEncoding.EncodeToString(bent)) == nil {
			t.Fatalf("byte %d can be changed", i)
		}
	}
	// Other nodes, and this one after a restart, know it; an hour after the first page nobody does.
	again := serve(t, d.store, func(c *work.Config) { c.Now = at.now })
	d.ok(next(&desk{t: t, s: again, by: as(t, again, me)}, page.Cursor))
	at.add(59 * time.Minute)
	second, err := d.view().NextItems(page.Cursor, 2)
	d.ok(err)
	at.add(time.Minute)
	for _, cursor := range []string{page.Cursor, second.Cursor} {
		var e *work.Error
		if err := next(d, cursor); !errors.As(err, &e) || e.Kind != work.KindCursor || !strings.HasPrefix(e.Msg, "CursorExpiredError: ") {
			t.Errorf("after an hour: %v", err)
		}
	}
	_, err = d.s.DeleteBoard(t.Context(), d.by, d.board)
	d.ok(err)
	wantCode(t, "limit", errOf(v.ItemsPage(v.Board(d.board), work.ItemQuery{}, 501)), work.CodeInvalid)
}

func errOf[T any](_ T, err error) error { return err }

func TestItemsByID(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	hidden := d.on(d.newBoard("Hidden", work.Private))
	a, b, c, x := d.item("a", "", ""), d.item("b", "", ""), d.item("c", "", ""), hidden.item("x", "", "")
	d.ok(d.s.ArchiveItem(t.Context(), d.by, b))
	for _, tc := range []struct {
		what string
		by   work.UserID
		f    work.ItemFilter
		want []string
	}{
		{"in the order asked for", me, work.ItemFilter{IDs: []work.ItemID{c, 123, a, c, b, x}, Page: work.All}, []string{"c", "a", "b", "x"}},
		{"only active", me, work.ItemFilter{IDs: []work.ItemID{c, a, b}, OnlyActive: true, Page: work.All}, []string{"c", "a"}},
		{"newest first", me, work.ItemFilter{IDs: []work.ItemID{a, c, b}, NewestFirst: true, Page: work.All}, []string{"c", "b", "a"}},
		{"a page", me, work.ItemFilter{IDs: []work.ItemID{a, b, c}, Page: work.Page{Limit: 2, Number: 2}}, []string{"c"}},
		{"not those of others", far, work.ItemFilter{IDs: []work.ItemID{a, x}, Page: work.All}, []string{"a"}},
		{"a guest", visitor, work.ItemFilter{IDs: []work.ItemID{a, x}, Page: work.All}, []string{}},
		{"any", me, work.ItemFilter{Page: work.All}, []string{"a", "c", "x"}},
		{"any, a page", me, work.ItemFilter{Page: work.Page{Limit: 2}}, []string{"a", "c"}},
		{"any, the newest first", me, work.ItemFilter{NewestFirst: true, Page: work.Page{Limit: 2}}, []string{"x", "c"}},
		{"any, of far", far, work.ItemFilter{Page: work.All}, []string{"a", "c"}},
	} {
		items, err := d.as(tc.by).view().Items(tc.f)
		d.ok(err)
		same(t, tc.what, names(items), tc.want)
	}
}

// TestPageNobodyWaitsFor: a search through many items ends soon after its request, found or ordered.
func TestPageNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	d := sack(t, rand.New(rand.NewPCG(1, 2)), 300)
	none := []work.Rule{{Column: "name", Rule: column.Rule{Operator: column.ContainsText, Value: []any{"nowhere"}}}}
	byNumber := []work.OrderBy{{Column: "num"}}
	for range 3 { // an order is remembered when it is asked for again
		d.names(work.ItemQuery{Order: byNumber})
	}
	for name, q := range map[string]work.ItemQuery{
		"found":   {Where: work.RuleGroup{Rules: none}},
		"ordered": {Where: work.RuleGroup{Rules: none}, Order: byNumber},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		v, err := d.s.View(ctx, d.by)
		d.ok(err)
		if page, err := v.ItemsPage(v.Board(d.board), q, 1); err != nil || len(page.Items) != 0 {
			t.Fatal(name, page, err)
		}
		cancel()
		if _, err := v.ItemsPage(v.Board(d.board), q, 1); !errors.Is(err, context.Canceled) {
			t.Error(name, err)
		}
	}
}
