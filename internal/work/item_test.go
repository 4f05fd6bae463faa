package work_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// desk is a board and somebody who works on it.
type desk struct {
	t     *testing.T
	s     *work.Service
	store *worktest.Store
	by    work.Caller
	board work.BoardID
}

// newDesk is an account of me (an admin), peer (a member), far (a member in no team) and a guest, 14, with
// a main board that me owns and that is empty but for its group.
func newDesk(t *testing.T, edit ...func(*work.Config)) *desk {
	t.Helper()
	w := newWorld()
	w.user(me, work.Admin, work.Active)
	w.user(peer, work.Member, work.Active)
	w.user(far, work.Member, work.Active)
	w.user(visitor, work.Guest, work.Active)
	w.team(mine, false, work.Subscriber{User: me}, work.Subscriber{User: peer})
	s, store := w.open(t, edit...)
	d := &desk{t: t, s: s, store: store, by: as(t, s, me)}
	d.board = d.newBoard("Desk", work.Public)
	return d
}

const visitor work.UserID = 14

func (d *desk) newBoard(name string, kind work.BoardKind) work.BoardID {
	d.t.Helper()
	id, err := d.s.CreateBoard(d.t.Context(), d.by, work.BoardInput{Name: name, Kind: kind, Empty: true})
	d.ok(err)
	return id
}

// as is the desk with somebody else at it.
func (d *desk) as(id work.UserID) *desk {
	d.t.Helper()
	c := *d
	c.by = as(d.t, d.s, id)
	return &c
}

// on is the desk with another board on it.
func (d *desk) on(id work.BoardID) *desk {
	c := *d
	c.board = id
	return &c
}

func (d *desk) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) view() *work.View { d.t.Helper(); return view(d.t, d.s, d.by) }

func (d *desk) column(typ column.Type, id, settings string) {
	d.t.Helper()
	got, err := d.s.CreateColumn(d.t.Context(), d.by, d.board, work.ColumnInput{ID: id, Title: strings.ToUpper(id), Type: typ, Settings: settings})
	d.ok(err)
	if id != "" && got != id {
		d.t.Fatalf("column %q became %q", id, got)
	}
}

func (d *desk) group(title string) string {
	d.t.Helper()
	id, err := d.s.CreateGroup(d.t.Context(), d.by, d.board, work.GroupInput{Title: title})
	d.ok(err)
	return id
}

func (d *desk) item(name, group, values string) work.ItemID {
	d.t.Helper()
	id, err := d.s.CreateItem(d.t.Context(), d.by, d.board, work.ItemInput{Name: name, Group: group, Values: work.Values{JSON: values}})
	d.ok(err)
	return id
}

func (d *desk) set(item work.ItemID, values string) error {
	return d.s.ChangeValues(d.t.Context(), d.by, d.board, item, work.Values{JSON: values})
}

func (d *desk) get(item work.ItemID) *work.Item {
	d.t.Helper()
	it, err := d.view().Item(item)
	d.ok(err)
	return it
}

// text is what a cell reads as.
func (d *desk) text(item work.ItemID, col string) string {
	d.t.Helper()
	v := d.view()
	it, err := v.Item(item)
	d.ok(err)
	if it == nil {
		d.t.Fatalf("item %d is not there", item)
	}
	cells, err := v.Cells(it, []string{col}, nil)
	d.ok(err)
	if len(cells) != 1 {
		d.t.Fatalf("%d cells in column %q", len(cells), col)
	}
	return cells[0].Column.Def.DisplayValue(cells[0].Value, *cells[0].Env)
}

// names are the board's items in order.
func (d *desk) names(q work.ItemQuery) []string {
	d.t.Helper()
	v := d.view()
	page, err := v.ItemsPage(v.Board(d.board), q, work.ItemsMax)
	d.ok(err)
	return names(page.Items)
}

func names(items []*work.Item) []string {
	out := []string{}
	for _, it := range items {
		out = append(out, it.Name)
	}
	return out
}

func (d *desk) groups() []string {
	d.t.Helper()
	v := d.view()
	groups, err := v.Groups(v.Board(d.board), nil)
	d.ok(err)
	out := []string{}
	for _, g := range groups {
		out = append(out, g.Title)
	}
	return out
}

// events are what the log says of the board, the oldest first as far as it tells.
func (d *desk) events() (out []string) {
	d.t.Helper()
	d.ok(d.store.Activity(d.t.Context(), acct, work.ActivityQuery{Board: d.board}, func(a *work.Activity) bool {
		out = append(out, a.Event)
		return true
	}))
	slices.Sort(out)
	return out
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestNewBoardHasWhatTheRealOneHas(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id, err := d.s.CreateBoard(t.Context(), d.by, work.BoardInput{Name: "Test Board", Kind: work.Private})
	d.ok(err)
	d = d.on(id)
	same(t, "items", d.names(work.ItemQuery{}), []string{"Task 1"})
	v := d.view()
	groups, err := v.Groups(v.Board(id), nil)
	d.ok(err)
	if len(groups) != 1 || groups[0].ID != "topics" || groups[0].Title != "Group Title" || groups[0].Color != "#037f4c" {
		t.Errorf("groups %+v", groups)
	}
	cols, err := v.Columns(v.Board(id), nil, nil)
	d.ok(err)
	if len(cols) != 1 || cols[0].ID != "name" || cols[0].Title != "Name" {
		t.Errorf("columns %+v", cols)
	}
	same(t, "events", d.events(), []string{"board_workspace_id_changed", "create_column", "create_group", "create_pulse", "update_board_name"})
	n, err := v.ItemsCount(v.Board(id))
	d.ok(err)
	if n != 1 {
		t.Errorf("%d items", n)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	a := d.group("A")
	b := d.group("B")
	same(t, "new ones come to the top", d.groups(), []string{"B", "A", "Group Title"})
	if !strings.HasPrefix(a, "group_mk") || len(a) != len("group_mkx14de5") || a == b {
		t.Errorf("ids %q, %q", a, b)
	}
	for _, in := range []work.GroupInput{{Title: "after A", RelativeTo: a}, {Title: "before A", RelativeTo: a, Before: true}, {Title: "last", Position: "99999999999"}} {
		_, err := d.s.CreateGroup(ctx, d.by, d.board, in)
		d.ok(err)
	}
	same(t, "placed", d.groups(), []string{"B", "before A", "A", "after A", "Group Title", "last"})
	// There is only so much room between two neighbours; then others move apart.
	for i := range 60 {
		_, err := d.s.CreateGroup(ctx, d.by, d.board, work.GroupInput{Title: fmt.Sprint(i), RelativeTo: a})
		d.ok(err)
	}
	got := d.groups()
	for i := range 60 {
		if got[3+i] != fmt.Sprint(59-i) {
			t.Fatalf("after many between two: %q", got)
		}
	}

	for _, bad := range []work.GroupInput{{Title: ""}, {Title: strings.Repeat("x", 256)}, {Title: "x", Color: "#123456"}, {Title: "x", Position: "top"}} {
		_, err := d.s.CreateGroup(ctx, d.by, d.board, bad)
		wantCode(t, fmt.Sprint(bad), err, work.CodeInvalid)
	}
	_, err := d.s.CreateGroup(ctx, d.by, d.board, work.GroupInput{Title: "x", RelativeTo: "gone"})
	var e *work.Error
	if !errors.As(err, &e) || e.Code != work.CodeNotFound || e.Kind != "group" || e.Key != "gone" || e.ID != int64(d.board) {
		t.Errorf("unknown neighbour: %+v", e)
	}

	for _, tc := range []struct{ attribute, value, want string }{
		{"title", "Alpha", "#00c875"}, {"color", "#00C875", "#00c875"}, {"color", "dark-green", "#037f4c"}, {"color", "ff642e", "#ff642e"},
	} {
		d.ok(d.s.UpdateGroup(ctx, d.by, d.board, a, tc.attribute, tc.value))
		if g, _ := d.view().Group(d.view().Board(d.board), a); g.Title != "Alpha" || tc.attribute == "color" && g.Color != tc.want {
			t.Errorf("%s %s: %+v", tc.attribute, tc.value, g)
		}
	}
	d.ok(d.s.UpdateGroup(ctx, d.by, d.board, a, "relative_position_before", b))
	if got := d.groups(); got[0] != "Alpha" || got[1] != "B" {
		t.Errorf("moved: %q", got[:3])
	}
	wantCode(t, "attribute", d.s.UpdateGroup(ctx, d.by, d.board, a, "size", "1"), work.CodeInvalid)
	wantCode(t, "next to itself", d.s.UpdateGroup(ctx, d.by, d.board, a, "relative_position_after", a), work.CodeNotFound)
}

func TestGroupsGoWithTheirItems(t *testing.T) {
	t.Parallel()
	for _, delete := range []bool{false, true} {
		d := newDesk(t)
		ctx, put, state := t.Context(), d.s.ArchiveGroup, work.StateArchived
		if delete {
			put, state = d.s.DeleteGroup, work.StateDeleted
		}
		g := d.group("G")
		one, kept := d.item("one", g, ""), d.item("kept", "topics", "")
		sub, err := d.s.CreateSubitem(ctx, d.by, one, work.ItemInput{Name: "sub"})
		d.ok(err)
		d.ok(put(ctx, d.by, d.board, g))
		same(t, "items", d.names(work.ItemQuery{}), []string{"kept"})
		for _, id := range []work.ItemID{one, sub} {
			if it := d.get(id); it.State != state {
				t.Errorf("%s: item %s is %s", state, it.Name, it.State)
			}
		}
		if it := d.get(kept); it.State != work.StateActive {
			t.Error("an item of another group went too")
		}
		if n, _ := d.view().ItemsCount(d.view().Board(d.board)); n != 1 {
			t.Errorf("%d items are counted", n)
		}
		var e *work.Error
		if err := put(ctx, d.by, d.board, "topics"); !errors.As(err, &e) || e.Kind != work.KindLastGroup {
			t.Errorf("the last group: %v", err)
		}
		_, err = d.s.CreateItem(ctx, d.by, d.board, work.ItemInput{Name: "x", Group: g})
		wantCode(t, "item in a group that went", err, work.CodeNotFound)
		wantCode(t, "unknown group", put(ctx, d.by, d.board, "invalid_group_id"), work.CodeNotFound)
	}
}

func TestDuplicateGroup(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.column(column.Text, "note", "")
	g := d.group("G")
	for _, name := range []string{"one", "two", "three"} {
		d.item(name, g, fmt.Sprintf(`{"note":"of %s"}`, name))
	}
	id, err := d.s.DuplicateGroup(t.Context(), d.by, d.board, g, "", false)
	d.ok(err)
	same(t, "groups", d.groups(), []string{"G", "Duplicate of G", "Group Title"})
	same(t, "items", d.names(work.ItemQuery{Group: id}), []string{"one", "two", "three"})
	v := d.view()
	page, err := v.ItemsPage(v.Board(d.board), work.ItemQuery{}, 10)
	d.ok(err)
	seen := map[int64]bool{}
	for _, it := range page.Items {
		if seen[it.Number] {
			t.Errorf("number %d twice", it.Number)
		}
		seen[it.Number] = true
		if d.text(it.ID, "note") != "of "+it.Name {
			t.Errorf("item %d has note %q", it.ID, d.text(it.ID, "note"))
		}
	}
	_, err = d.s.DuplicateGroup(t.Context(), d.by, d.board, g, "Top", true)
	d.ok(err)
	same(t, "groups", d.groups(), []string{"Top", "G", "Duplicate of G", "Group Title"})
}

func TestColumns(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	id, err := d.s.CreateColumn(ctx, d.by, d.board, work.ColumnInput{Title: "Status", Type: column.Status})
	d.ok(err)
	if !strings.HasPrefix(id, "color_mk") || len(id) != len("color_mkx45erj") {
		t.Errorf("id %q", id)
	}
	d.column(column.Text, "first", "")
	_, err = d.s.CreateColumn(ctx, d.by, d.board, work.ColumnInput{ID: "between", Title: "Between", Type: column.Text, After: id})
	d.ok(err)
	order := func() (out []string) {
		cols, err := d.view().Columns(d.view().Board(d.board), nil, nil)
		d.ok(err)
		for _, c := range cols {
			out = append(out, c.ID)
		}
		return out
	}
	same(t, "order", order(), []string{"name", id, "between", "first"})

	for _, tc := range []struct {
		what string
		in   work.ColumnInput
		want work.Code
	}{
		{"taken", work.ColumnInput{ID: "first", Title: "x", Type: column.Text}, work.CodeInvalid},
		{"capitals", work.ColumnInput{ID: "First", Title: "x", Type: column.Text}, work.CodeInvalid},
		{"digit first", work.ColumnInput{ID: "1st", Title: "x", Type: column.Text}, work.CodeInvalid},
		{"too long", work.ColumnInput{ID: strings.Repeat("x", 21), Title: "x", Type: column.Text}, work.CodeInvalid},
		{"pseudo", work.ColumnInput{ID: "group", Title: "x", Type: column.Text}, work.CodeInvalid},
		{"type", work.ColumnInput{Title: "x", Type: "spreadsheet"}, work.CodeInvalid},
		{"name", work.ColumnInput{Title: "x", Type: column.Name}, work.CodeInvalid},
		{"settings", work.ColumnInput{Title: "x", Type: column.Status, Settings: `{"labels":5}`}, work.CodeInvalid},
		{"board that is not there", work.ColumnInput{Title: "x", Type: column.BoardRelation, Settings: `{"boardIds":[999]}`}, work.CodeNotFound},
		{"after nothing", work.ColumnInput{Title: "x", Type: column.Text, After: "gone"}, work.CodeNotFound},
	} {
		_, err := d.s.CreateColumn(ctx, d.by, d.board, tc.in)
		wantCode(t, tc.what, err, tc.want)
	}

	title, wide := "State", 200
	d.ok(d.s.EditColumn(ctx, d.by, d.board, id, work.ColumnEdit{Title: &title, Width: &wide, Revision: "1", Type: column.Status}))
	cols, err := d.view().Columns(d.view().Board(d.board), []string{id}, nil)
	d.ok(err)
	if c := cols[0]; c.Title != "State" || c.Width != 200 || c.Revision != 2 || c.Def.Title != "State" {
		t.Errorf("edited: %+v", c)
	}
	wantCode(t, "stale revision", d.s.EditColumn(ctx, d.by, d.board, id, work.ColumnEdit{Title: &title, Revision: "1"}), work.CodeInvalid)
	wantCode(t, "another type", d.s.EditColumn(ctx, d.by, d.board, id, work.ColumnEdit{Title: &title, Type: column.Text}), work.CodeInvalid)

	item := d.item("i", "", fmt.Sprintf(`{%q:{"label":"Done"}}`, id))
	fewer := `{"labels":[{"id":0,"label":"Working on it","color":"working_orange","index":0}]}`
	wantCode(t, "label in use", d.s.EditColumn(ctx, d.by, d.board, id, work.ColumnEdit{Settings: &fewer}), work.CodeInvalid)
	d.ok(d.set(item, fmt.Sprintf(`{%q:null}`, id)))
	d.ok(d.s.EditColumn(ctx, d.by, d.board, id, work.ColumnEdit{Settings: &fewer}))
	wantCode(t, "label that went", d.set(item, fmt.Sprintf(`{%q:{"label":"Done"}}`, id)), work.CodeInvalid)

	d.ok(d.set(item, `{"first":"text"}`))
	gone, err := d.s.DeleteColumn(ctx, d.by, d.board, "first")
	d.ok(err)
	if gone.ID != "first" || gone.State != work.StateActive {
		t.Errorf("deleted: %+v", gone)
	}
	same(t, "order", order(), []string{"name", id, "between"})
	cells, err := d.view().Cells(d.get(item), nil, nil)
	d.ok(err)
	if len(cells) != 2 {
		t.Errorf("%d cells", len(cells))
	}
	wantCode(t, "value for it", d.set(item, `{"first":"text"}`), work.CodeNotFound)
	_, err = d.s.CreateColumn(ctx, d.by, d.board, work.ColumnInput{ID: "first", Title: "x", Type: column.Text})
	wantCode(t, "its id again", err, work.CodeInvalid)
	_, err = d.s.DeleteColumn(ctx, d.by, d.board, "name")
	wantCode(t, "the name", err, work.CodeInvalid)
}

// Every type that can be written takes the shapes it says it takes, and gives them back after a restart.
func TestEveryShapeIsTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	other := d.on(d.newBoard("Other", work.Public))
	linked := other.item("linked", "", "")
	changed := 0
	for _, typ := range column.Types() {
		kind, _ := column.ByName(string(typ))
		if !kind.Writable || !kind.Creatable || typ == column.Tags || typ == column.Dependency {
			continue
		}
		id, settings := "c_"+string(typ), ""
		switch typ {
		case column.Dropdown:
			settings = `{"labels":[{"id":1,"label":"Marketing"},{"id":2,"label":"Sales"}]}`
		case column.BoardRelation:
			settings = fmt.Sprintf(`{"boardIds":[%d]}`, other.board)
		}
		d.column(typ, id[:min(20, len(id))], settings)
		id = id[:min(20, len(id))]
		for _, shape := range kind.Shapes {
			shape = strings.NewReplacer("1234567890,9876543210", linked.String(), "123456", me.String(), "51166", mine.String()).Replace(shape)
			item := d.item("i", "", "")
			if err := d.set(item, fmt.Sprintf(`{%q:%s}`, id, shape)); err != nil {
				t.Errorf("%s %s: %v", typ, shape, err)
				continue
			}
			cell := d.get(item).Cells.Get(id)
			if cell.Value.Empty() != strings.Contains(shape, "clear_all") {
				t.Errorf("%s %s: cell %+v", typ, shape, cell)
				continue
			}
			again := serve(t, d.store)
			it, err := view(t, again, as(t, again, me)).Item(item)
			d.ok(err)
			if diff := cmp.Diff(cell, it.Cells.Get(id)); diff != "" {
				t.Errorf("%s %s after a restart: %s", typ, shape, diff)
			}
			changed++
			d.ok(d.set(item, fmt.Sprintf(`{%q:null}`, id)))
			if !d.get(item).Cells.Get(id).Value.Empty() {
				t.Errorf("%s is not cleared", typ)
			}
		}
		if err := d.set(d.item("i", "", ""), fmt.Sprintf(`{%q:{"no":"such"}}`, id)); err == nil {
			t.Errorf("%s takes anything", typ)
		} else if e := work.ErrorOf(err); e.Code != work.CodeInvalid || !strings.Contains(e.Msg, "Accepted: ") || !errors.As(err, new(*column.Error)) {
			t.Errorf("%s refuses with %v", typ, err)
		}
	}
	if changed < 20 {
		t.Errorf("only %d shapes were tried", changed)
	}
	d.column(column.Tags, "tags", "")
	wantCode(t, "unknown tag", d.set(d.item("i", "", ""), `{"tags":{"tag_ids":[77]}}`), work.CodeNotFound)
}

func TestValuesAreAllOrNone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	d.column(column.Text, "a", "")
	d.column(column.Numbers, "n", "")
	d.column(column.Status, "s", "")
	d.column(column.ItemID, "id", "")
	item := d.item("before", "", `{"a":"old"}`)
	events := len(d.events())
	for values, want := range map[string]work.Code{
		`{"a":"new","n":"not a number"}`: work.CodeInvalid,
		`{"a":"new","gone":"x"}`:         work.CodeNotFound,
		`{"a":"new","id":"5"}`:           work.CodeInvalid,
		`{"a":"new","s":"no such"}`:      work.CodeInvalid,
		`{"a":"new","name":""}`:          work.CodeInvalid,
		`["a"]`:                          work.CodeInvalid,
		`{"a":`:                          work.CodeInvalid,
		`{"a":"x"} extra`:                work.CodeInvalid,
	} {
		wantCode(t, values, d.set(item, values), want)
	}
	if d.text(item, "a") != "old" || d.get(item).Name != "before" || len(d.events()) != events {
		t.Error("a refused change left something behind")
	}
	d.ok(d.set(item, `{"a":"old"}`))
	if len(d.events()) != events || !d.get(item).UpdatedAt.Equal(d.get(item).CreatedAt) {
		t.Error("a change that changes nothing was recorded")
	}
	d.ok(d.set(item, `{"a":"new","n":4.5,"name":"after"}`))
	if it := d.get(item); it.Name != "after" || d.text(item, "a") != "new" || d.text(item, "n") != "4.5" {
		t.Errorf("changed: %+v", it)
	}
	if got := len(d.events()); got != events+3 {
		t.Errorf("%d events", got-events)
	}
	d.ok(d.s.ChangeValues(ctx, d.by, d.board, item, work.Values{Simple: map[string]string{"s": "Done", "n": ""}}))
	if d.text(item, "s") != "Done" || d.text(item, "n") != "" {
		t.Error("simple values")
	}
	wantCode(t, "labels are not made unless asked for", d.set(item, `{"s":"New one"}`), work.CodeInvalid)
	d.ok(d.s.ChangeValues(ctx, d.by, d.board, item, work.Values{JSON: `{"s":"New one"}`, CreateLabels: true}))
	if d.text(item, "s") != "New one" {
		t.Errorf("new label: %q", d.text(item, "s"))
	}
	d.ok(d.set(d.item("other", "", ""), `{"s":"New one"}`)) // it is there for all now
	wantCode(t, "the wrong board", d.on(d.newBoard("Other", work.Public)).set(item, `{}`), work.CodeNotFound)
	wantCode(t, "no board", d.on(999_999).set(item, `{}`), work.CodeNotFound)

	var e *work.Error
	for _, name := range []string{"", "  ", strings.Repeat("ü", 256)} {
		if _, err := d.s.CreateItem(ctx, d.by, d.board, work.ItemInput{Name: name}); !errors.As(err, &e) || e.Kind != work.KindItemName {
			t.Errorf("name %q: %v", name, err)
		}
	}
	d.item(strings.Repeat("ü", 255), "", "")
}

func TestPlacesOfItems(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	a, b := d.item("a", "", ""), d.item("b", "", "")
	for _, in := range []work.ItemInput{{Name: "above a", RelativeTo: a, Before: true}, {Name: "below a", RelativeTo: a}, {Name: "below b", RelativeTo: b}} {
		_, err := d.s.CreateItem(ctx, d.by, d.board, in)
		d.ok(err)
	}
	c := d.item("c", "", "")
	same(t, "order", d.names(work.ItemQuery{}), []string{"above a", "a", "below a", "b", "below b", "c"})
	d.ok(d.s.MoveItem(ctx, d.by, c, work.ItemPosition{RelativeTo: a, Before: true}))
	d.ok(d.s.MoveItem(ctx, d.by, a, work.ItemPosition{Group: "topics", Top: true}))
	d.ok(d.s.MoveItem(ctx, d.by, b, work.ItemPosition{Group: "topics"}))
	same(t, "moved", d.names(work.ItemQuery{}), []string{"a", "above a", "c", "below a", "below b", "b"})
	want := []string{"a"}
	for i := range 80 { // more than there is room for at once
		_, err := d.s.CreateItem(ctx, d.by, d.board, work.ItemInput{Name: fmt.Sprint(i), RelativeTo: a})
		d.ok(err)
		want = slices.Insert(want, 1, fmt.Sprint(i))
	}
	same(t, "squeezed in", d.names(work.ItemQuery{}), append(want, "above a", "c", "below a", "below b", "b"))

	g := d.group("G")
	events := len(d.events())
	d.ok(d.s.MoveItemToGroup(ctx, d.by, a, g))
	d.ok(d.s.MoveItemToGroup(ctx, d.by, b, g))
	d.ok(d.s.MoveItemToGroup(ctx, d.by, b, g))
	same(t, "in the group", d.names(work.ItemQuery{Group: g}), []string{"a", "b"})
	if n := len(d.events()) - events; n != 2 {
		t.Errorf("%d events", n)
	}
	wantCode(t, "unknown group", d.s.MoveItemToGroup(ctx, d.by, a, "invalid_group_id"), work.CodeNotFound)
	wantCode(t, "unknown item", d.s.MoveItemToGroup(ctx, d.by, 123, g), work.CodeNotFound)
	wantCode(t, "nowhere", d.s.MoveItem(ctx, d.by, a, work.ItemPosition{}), work.CodeInvalid)
	wantCode(t, "next to itself", d.s.MoveItem(ctx, d.by, a, work.ItemPosition{RelativeTo: a}), work.CodeInvalid)
	wantCode(t, "another group than the neighbour's", d.s.MoveItem(ctx, d.by, a, work.ItemPosition{RelativeTo: c, Group: g}), work.CodeInvalid)
	foreign := d.on(d.newBoard("Other", work.Public)).item("x", "", "")
	wantCode(t, "another board", d.s.MoveItem(ctx, d.by, a, work.ItemPosition{RelativeTo: foreign}), work.CodeInvalid)

	d.ok(d.s.ArchiveItem(ctx, d.by, a))
	d.ok(d.s.ArchiveItem(ctx, d.by, a))
	if it := d.get(a); it.State != work.StateArchived {
		t.Errorf("archived: %s", it.State)
	}
	wantCode(t, "change an archived one", d.set(a, `{"name":"x"}`), work.CodeInvalid)
	d.ok(d.s.DeleteItem(ctx, d.by, a))
	wantCode(t, "delete again", d.s.DeleteItem(ctx, d.by, a), work.CodeNotFound)
	same(t, "in the group", d.names(work.ItemQuery{Group: g}), []string{"b"})
}

func TestSubitems(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	parent := d.item("parent", "", "")
	sub := func(of work.ItemID, name, values string) work.ItemID {
		id, err := d.s.CreateSubitem(ctx, d.by, of, work.ItemInput{Name: name, Values: work.Values{JSON: values}})
		d.ok(err)
		return id
	}
	one := sub(parent, "one", fmt.Sprintf(`{"status":{"label":"Done"},"person":{"personsAndTeams":[{"id":%d,"kind":"person"}]}}`, peer))
	two := sub(parent, "two", "")
	v := d.view()
	below := v.ItemBoard(d.get(one))
	if below.Type != work.SubitemsBoard || below.Parent != d.board || below.Name != "Subitems of Desk" {
		t.Errorf("board %+v", below)
	}
	same(t, "groups", d.on(below.ID).groups(), []string{"Subitems"})
	subs, err := v.Subitems(d.get(parent))
	d.ok(err)
	same(t, "subitems", names(subs), []string{"one", "two"})
	if subs[0].Parent != parent || subs[0].Board != subs[1].Board {
		t.Errorf("subitem %+v", subs[0])
	}
	same(t, "shown", d.text(parent, columnOf(d, column.Subtasks)), "one, two")
	same(t, "status", d.text(one, "status"), "Done")
	if got := d.get(one).Subscribers; !slices.Contains(got, peer) {
		t.Errorf("subscribers %v", got)
	}
	_, err = d.s.CreateSubitem(ctx, d.by, one, work.ItemInput{Name: "deeper"})
	wantCode(t, "of a subitem", err, work.CodeInvalid)
	_, err = d.s.CreateSubitem(ctx, d.by, 123, work.ItemInput{Name: "x"})
	wantCode(t, "of nothing", err, work.CodeNotFound)
	_, err = d.s.CreateItem(ctx, d.by, below.ID, work.ItemInput{Name: "x"})
	wantCode(t, "as an item", err, work.CodeInvalid)

	// Another parent shares the board; what a board is called does not matter.
	other := d.item("other", "", "")
	three := sub(other, "three", "")
	if d.get(three).Board != below.ID {
		t.Error("a board for each parent")
	}
	// Who may what on subitems is what it is on the board of their items.
	wantCode(t, "a guest", d.as(visitor).set(one, `{"name":"x"}`), work.CodeNotFound)
	d.ok(d.as(far).on(below.ID).set(one, `{"name":"uno"}`))
	d.ok(d.s.SetBoardPermission(ctx, d.by, d.board, work.PermOwners))
	wantCode(t, "not an owner", d.as(far).on(below.ID).set(one, `{"name":"x"}`), work.CodeDenied)

	copied, err := d.s.DuplicateItem(ctx, d.by, d.board, parent, false)
	d.ok(err)
	subs, err = d.view().Subitems(d.get(copied))
	d.ok(err)
	same(t, "copied", names(subs), []string{"uno", "two"})
	if subs[0].ID == one || subs[0].Parent != copied || d.text(subs[0].ID, "status") != "Done" {
		t.Errorf("copy %+v", subs[0])
	}
	same(t, "below the original", d.names(work.ItemQuery{}), []string{"parent", "parent (copy)", "other"})

	d.ok(d.s.DeleteItem(ctx, d.by, two))
	subs, err = d.view().Subitems(d.get(parent))
	d.ok(err)
	same(t, "one went", names(subs), []string{"uno"})
	d.ok(d.s.ArchiveItem(ctx, d.by, parent))
	if it := d.get(one); it.State != work.StateArchived {
		t.Errorf("the subitem is %s", it.State)
	}
	_, err = d.s.DeleteBoard(ctx, d.by, d.board)
	d.ok(err)
	if it := d.get(three); it != nil {
		t.Error("a subitem is seen whose board was deleted")
	}
}

// columnOf is the id of the board's column of a type.
func columnOf(d *desk, typ column.Type) string {
	d.t.Helper()
	cols, err := d.view().Columns(d.view().Board(d.board), nil, []column.Type{typ})
	d.ok(err)
	if len(cols) != 1 {
		d.t.Fatalf("%d columns of type %s", len(cols), typ)
	}
	return cols[0].ID
}

func TestMoveItemToBoard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	d.column(column.Text, "note", "")
	d.column(column.Status, "state", "")
	d.column(column.Numbers, "cost", "")
	d.column(column.Text, "lost", "")
	there := d.on(d.newBoard("There", work.Public))
	there.column(column.Text, "remark", "")
	there.column(column.Status, "status", `{"labels":{"3":"Stuck","7":"Done"}}`)
	there.column(column.Text, "cost", "") // another type
	g := there.group("Target")
	item := d.item("mover", "", `{"note":"n","state":{"label":"Done"},"cost":5,"lost":"x"}`)
	_, err := d.s.CreateSubitem(ctx, d.by, item, work.ItemInput{Name: "sub", Values: work.Values{JSON: `{"status":{"label":"Stuck"}}`}})
	d.ok(err)

	wantCode(t, "unknown source", d.s.MoveItemToBoard(ctx, d.by, item, there.board, g, []work.ColumnMapping{{"gone", "remark"}}, nil), work.CodeNotFound)
	wantCode(t, "other type", d.s.MoveItemToBoard(ctx, d.by, item, there.board, g, []work.ColumnMapping{{"cost", "cost"}}, nil), work.CodeInvalid)
	wantCode(t, "unknown group", d.s.MoveItemToBoard(ctx, d.by, item, there.board, "gone", nil, nil), work.CodeNotFound)
	d.ok(d.s.MoveItemToBoard(ctx, d.by, item, there.board, g, []work.ColumnMapping{{"note", "remark"}, {"state", "status"}, {"lost", ""}}, nil))
	same(t, "left", d.names(work.ItemQuery{}), []string{})
	same(t, "arrived", there.names(work.ItemQuery{Group: g}), []string{"mover"})
	same(t, "mapped", []string{there.text(item, "remark"), there.text(item, "status"), there.text(item, "cost")}, []string{"n", "Done", ""})
	if label := there.get(item).Cells.Get("status").Value.JSON; !strings.Contains(label, `"index":7`) {
		t.Errorf("label %s", label)
	}
	subs, err := d.view().Subitems(there.get(item))
	d.ok(err)
	if len(subs) != 1 || d.view().ItemBoard(subs[0]).Parent != there.board || there.text(subs[0].ID, "status") != "Stuck" {
		t.Errorf("subitems %+v", subs)
	}
	for _, b := range []*desk{d, there} {
		n, err := b.view().ItemsCount(b.view().Board(b.board))
		d.ok(err)
		if want := len(b.names(work.ItemQuery{})); n != want {
			t.Errorf("board %d counts %d, has %d", b.board, n, want)
		}
	}
	// Back without a mapping: columns of the same type and id, or title.
	d.ok(d.s.MoveItemToBoard(ctx, d.by, item, d.board, "topics", nil, nil))
	same(t, "back", d.names(work.ItemQuery{}), []string{"mover"})
}

func TestDuplicateBoard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	d.column(column.Dependency, "needs", "")
	d.column(column.Text, "note", "")
	d.group("Second")
	first := d.item("first", "topics", `{"note":"n"}`)
	second := d.item("second", "", fmt.Sprintf(`{"needs":{"item_ids":[%d]}}`, first))
	_, err := d.s.CreateSubitem(ctx, d.by, second, work.ItemInput{Name: "sub"})
	d.ok(err)
	gone := d.item("gone", "", "")
	d.ok(d.s.DeleteItem(ctx, d.by, gone))
	d.ok(d.s.AddBoardUsers(ctx, d.by, d.board, []work.UserID{peer}, false))

	for kind, want := range map[work.DuplicateKind][]string{
		work.DuplicateStructure: {}, work.DuplicateItems: {"second", "first"}, work.DuplicateAll: {"second", "first"},
	} {
		id, err := d.s.DuplicateBoard(ctx, d.by, d.board, work.DuplicateInput{Kind: kind, KeepSubscribers: kind == work.DuplicateAll})
		d.ok(err)
		c := d.on(id)
		v := c.view()
		b := v.Board(id)
		if b.Name != "Duplicate of Desk" || b.CreatedFrom != d.board || b.Creator != me {
			t.Errorf("%s: %+v", kind, b)
		}
		if n := len(v.BoardUsers(b, false)); n != map[bool]int{false: 1, true: 2}[kind == work.DuplicateAll] {
			t.Errorf("%s: %d subscribers", kind, n)
		}
		same(t, "groups", c.groups(), []string{"Second", "Group Title"})
		same(t, string(kind), c.names(work.ItemQuery{}), want)
		if len(want) == 0 {
			continue
		}
		page, err := v.ItemsPage(b, work.ItemQuery{}, 10)
		d.ok(err)
		cells, err := v.Cells(page.Items[0], []string{"needs"}, nil)
		d.ok(err)
		linked, err := v.Linked(&cells[0])
		d.ok(err)
		if len(linked) != 1 || linked[0].ID != page.Items[1].ID {
			t.Errorf("the copy needs %v", names(linked))
		}
		subs, err := v.Subitems(page.Items[0])
		d.ok(err)
		if len(subs) != 1 || v.ItemBoard(subs[0]).Parent != id {
			t.Errorf("subitems of the copy: %+v", subs)
		}
		if c.text(page.Items[1].ID, "note") != "n" {
			t.Error("a value was lost")
		}
	}
	if _, err := d.s.DuplicateBoard(ctx, d.as(visitor).by, d.board, work.DuplicateInput{Kind: work.DuplicateItems}); codeOf(err) != work.CodeNotFound {
		t.Errorf("by who does not see it: %v", err)
	}
}

func TestWorkedOutValues(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	other := d.on(d.newBoard("Prices", work.Private))
	other.column(column.Numbers, "price", "")
	other.column(column.Status, "status", "")
	apple := other.item("apple", "", `{"price":3,"status":"Done"}`)
	pear := other.item("pear", "", `{"price":4}`)

	d.column(column.BoardRelation, "link", fmt.Sprintf(`{"boardIds":[%d]}`, other.board))
	d.column(column.Mirror, "mirror", fmt.Sprintf(`{"relation_column":{"link":true},"displayed_linked_columns":[{"board_id":"%d","column_ids":["price"]}]}`, other.board))
	d.column(column.Numbers, "n", "")
	d.column(column.Formula, "f", `{"formula":"{n} * 2"}`)
	d.column(column.Formula, "g", `{"formula":"{f} + 1"}`)
	d.column(column.AutoNumber, "auto", "")
	d.column(column.ItemID, "id", "")
	d.column(column.CreationLog, "made", "")
	item := d.item("i", "", fmt.Sprintf(`{"link":{"item_ids":[%d,%d]},"n":21}`, apple, pear))
	for col, want := range map[string]string{"link": "apple, pear", "mirror": "3, 4", "f": "42", "g": "43", "auto": "1", "id": item.String()} {
		same(t, col, d.text(item, col), want)
	}
	if made := d.text(item, "made"); !strings.HasSuffix(made, " UTC") {
		t.Errorf("creation log %q", made)
	}
	wantCode(t, "a computed column", d.set(item, `{"f":"5"}`), work.CodeInvalid)
	wantCode(t, "an item of another board", d.set(item, fmt.Sprintf(`{"link":{"item_ids":[%d]}}`, item)), work.CodeInvalid)
	wantCode(t, "an item there is not", d.set(item, `{"link":{"item_ids":[123]}}`), work.CodeNotFound)

	// Who does not see the other board sees nothing of it, and cannot link to it.
	f := d.as(far)
	same(t, "link", f.text(item, "link"), "")
	same(t, "mirror", f.text(item, "mirror"), "")
	theirs := f.item("theirs", "", "")
	wantCode(t, "a link into the dark", f.set(theirs, fmt.Sprintf(`{"link":{"item_ids":[%d]}}`, apple)), work.CodeNotFound)
	v := f.view()
	cells, err := v.Cells(f.get(item), []string{"link", "mirror"}, nil)
	d.ok(err)
	for i := range cells {
		linked, err := v.Linked(&cells[i])
		d.ok(err)
		shown, err := v.Mirrored(&cells[i])
		d.ok(err)
		if len(linked)+len(shown) != 0 {
			t.Errorf("sees %v, %v", linked, shown)
		}
	}
	// What is deleted is linked to no more.
	d.ok(d.s.DeleteItem(ctx, d.by, apple))
	same(t, "link", d.text(item, "link"), "pear")
	from, err := d.view().LinkedFrom(other.get(pear), d.view().Board(d.board), "link")
	d.ok(err)
	same(t, "linked from", names(from), []string{"i"})
	// Rules and orders work on what is worked out.
	same(t, "by formula", d.names(work.ItemQuery{Order: []work.OrderBy{{Column: "f", Desc: true}}}), []string{"i", "theirs"})
	same(t, "by mirror", d.names(work.ItemQuery{Where: work.RuleGroup{Rules: []work.Rule{{"mirror", column.Rule{Operator: column.ContainsText, Value: "4"}}}}}), []string{"i"})
}
