package work_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// A hidden column is not there for who may not see it, in whatever way it is asked for.
func TestHiddenColumns(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	d.column(column.Text, "secret", "")
	d.column(column.Text, "open", "")
	item := d.item("i", "", `{"secret":"treasure","open":"o"}`)
	restrict := func(r work.Restriction) error { return d.s.RestrictColumn(ctx, d.by, d.board, "secret", r) }
	d.ok(restrict(work.Restriction{Hidden: true, Readers: []work.Principal{{Team: mine}}}))

	rule := work.ItemQuery{Where: work.RuleGroup{Rules: []work.Rule{{"secret", column.Rule{Operator: column.ContainsText, Value: "treasure"}}}}}
	order := work.ItemQuery{Order: []work.OrderBy{{Column: "secret"}}}
	for _, tc := range []struct {
		who  work.UserID
		sees bool
	}{{me, true}, {peer, true}, {far, false}} { // the owner, one of the team, another member
		w := d.as(tc.who)
		v := w.view()
		b := v.Board(d.board)
		cols, err := v.Columns(b, []string{"secret"}, nil)
		d.ok(err)
		cells, err := v.Cells(w.get(item), []string{"secret"}, nil)
		d.ok(err)
		if len(cols) != len(cells) || (len(cells) == 1) != tc.sees {
			t.Errorf("%d: %d columns, %d cells", tc.who, len(cols), len(cells))
		}
		want := work.CodeNotFound
		if tc.sees {
			want = ok
		}
		title := "x"
		for what, err := range map[string]error{
			"rule":     errOf(v.ItemsPage(b, rule, 10)),
			"order":    errOf(v.ItemsPage(b, order, 10)),
			"write":    w.set(item, `{"secret":"mine now"}`),
			"create":   errOf(w.s.CreateItem(ctx, w.by, d.board, work.ItemInput{Name: "n", Values: work.Values{JSON: `{"secret":"x"}`}})),
			"rename":   w.s.EditColumn(ctx, w.by, d.board, "secret", work.ColumnEdit{Title: &title}),
			"links":    errOf(v.LinkedFrom(w.get(item), b, "secret")),
			"open one": map[bool]error{true: w.set(item, `{"open":"x"}`), false: &work.Error{Code: want}}[tc.sees],
		} {
			wantCode(t, fmt.Sprint(tc.who, " ", what), err, want)
		}
	}
	// Nor does it come out through a copy, or a move to where it is not hidden.
	f := d.as(far)
	copied, err := f.s.DuplicateBoard(ctx, f.by, d.board, work.DuplicateInput{Kind: work.DuplicateItems})
	d.ok(err)
	if cols, _ := f.view().Columns(f.view().Board(copied), []string{"secret"}, nil); len(cols) != 0 {
		t.Error("the copy shows the hidden column")
	}
	there := f.on(f.newBoard("There", work.Public))
	there.column(column.Text, "secret", "")
	d.ok(f.s.MoveItemToBoard(ctx, f.by, item, there.board, "topics", nil, nil))
	if got := there.text(item, "secret"); got != "" {
		t.Errorf("moved along: %q", got)
	}
	wantCode(t, "not an owner", f.s.RestrictColumn(ctx, f.by, d.board, "open", work.Restriction{}), work.CodeDenied)
	wantCode(t, "nobody there", restrict(work.Restriction{Hidden: true, Readers: []work.Principal{{User: 999}}}), work.CodeNotFound)
	wantCode(t, "the name", d.s.RestrictColumn(ctx, d.by, d.board, "name", work.Restriction{Hidden: true}), work.CodeInvalid)
}

// A locked column is there to be read; only some may write, whatever way they try.
func TestLockedColumns(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	d.column(column.Text, "budget", "")
	item := d.item("i", "", `{"budget":"100"}`)
	d.ok(d.s.RestrictColumn(ctx, d.by, d.board, "budget", work.Restriction{Locked: true, Writers: []work.Principal{{User: peer}}}))
	for who, want := range map[work.UserID]work.Code{me: ok, peer: ok, far: work.CodeDenied} {
		w := d.as(who)
		wantCode(t, fmt.Sprint(who, " writes"), w.set(item, fmt.Sprintf(`{"budget":"of %d"}`, who)), want)
		wantCode(t, fmt.Sprint(who, " clears"), w.s.ChangeValues(ctx, w.by, d.board, item, work.Values{Simple: map[string]string{"budget": ""}}), want)
		_, err := w.s.CreateItem(ctx, w.by, d.board, work.ItemInput{Name: "n", Values: work.Values{JSON: `{"budget":"x"}`}})
		wantCode(t, fmt.Sprint(who, " creates"), err, want)
		if w.text(item, "budget") != d.text(item, "budget") {
			t.Errorf("%d reads something else", who)
		}
	}
	d.ok(d.s.RestrictColumn(ctx, d.by, d.board, "name", work.Restriction{Locked: true}))
	wantCode(t, "a locked name", d.as(far).set(item, `{"name":"x"}`), work.CodeDenied)
}

// On a board whose items only those see who are assigned to them, nothing else tells of the others.
func TestOnlyAssigned(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, id := range []work.UserID{me, peer, far} {
		w.user(id, work.Member, work.Active)
	}
	w.team(mine, false, work.Subscriber{User: peer})
	b := w.board(100, work.Public, mainWS, me)
	b.OnlyAssigned = true
	w.BoardUsers = append(w.BoardUsers, work.BoardUser{Board: 100, User: me, Owner: true})
	s, store := w.open(t)
	d := &desk{t: t, s: s, store: store, by: as(t, s, me), board: 100}
	d.group("G")
	d.column(column.People, "who", "")
	d.column(column.Text, "name_of_board", "")
	assign := func(p string) string { return fmt.Sprintf(`{"who":{"personsAndTeams":[%s]}}`, p) }
	direct := d.item("direct", "", assign(fmt.Sprintf(`{"id":%d,"kind":"person"}`, peer)))
	team := d.item("team", "", assign(fmt.Sprintf(`{"id":%d,"kind":"team"}`, mine)))
	nobody := d.item("nobody", "", "")
	sub, err := d.s.CreateSubitem(t.Context(), d.by, direct, work.ItemInput{Name: "sub"})
	d.ok(err)
	other, err := d.s.CreateSubitem(t.Context(), d.by, nobody, work.ItemInput{Name: "other sub"})
	d.ok(err)
	for _, tc := range []struct {
		who  work.UserID
		want []string
	}{{me, []string{"direct", "team", "nobody"}}, {peer, []string{"direct", "team"}}, {far, []string{}}} {
		p := d.as(tc.who)
		same(t, fmt.Sprint(tc.who), p.names(work.ItemQuery{}), tc.want)
		same(t, "ordered", p.names(work.ItemQuery{Order: []work.OrderBy{{Column: "__creation_log__"}}}), tc.want)
		same(t, "by id", p.names(work.ItemQuery{IDs: []work.ItemID{direct, team, nobody}}), tc.want)
		v := p.view()
		if n, err := v.ItemsCount(v.Board(100)); err != nil || n != len(tc.want) {
			t.Errorf("%d counts %d, %v", tc.who, n, err)
		}
		for id, name := range map[work.ItemID]string{direct: "direct", team: "team", nobody: "nobody"} {
			seen := slices.Contains(tc.want, name)
			if it, err := v.Item(id); err != nil || (it != nil) != seen {
				t.Errorf("%d item %s: %v, %v", tc.who, name, it != nil, err)
			}
			want := work.CodeNotFound
			if seen {
				want = ok
			}
			wantCode(t, fmt.Sprint(tc.who, " changes ", name), p.set(id, `{"name_of_board":"x"}`), want)
			if !seen {
				wantCode(t, fmt.Sprint(tc.who, " deletes ", name), p.s.DeleteItem(t.Context(), p.by, id), want)
				_, err := p.s.DuplicateItem(t.Context(), p.by, 100, id, true)
				wantCode(t, fmt.Sprint(tc.who, " copies ", name), err, want)
				_, err = p.s.CreateItem(t.Context(), p.by, 100, work.ItemInput{Name: "near", RelativeTo: id})
				wantCode(t, fmt.Sprint(tc.who, " puts one beside ", name), err, want)
			}
		}
		for id, parent := range map[work.ItemID]string{sub: "direct", other: "nobody"} {
			if it, err := v.Item(id); err != nil || (it != nil) != slices.Contains(tc.want, parent) {
				t.Errorf("%d subitem of %s: %v, %v", tc.who, parent, it != nil, err)
			}
		}
		id, err := p.s.DuplicateBoard(t.Context(), p.by, 100, work.DuplicateInput{Kind: work.DuplicateItems})
		d.ok(err)
		same(t, "copied", p.on(id).names(work.ItemQuery{}), tc.want)
	}
}

// A board that is edited by those assigned: they change their items and no others.
func TestAssigneePermission(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	d.column(column.People, "who", "")
	own := d.item("own", "", fmt.Sprintf(`{"who":{"personsAndTeams":[{"id":%d,"kind":"person"}]}}`, far))
	other := d.item("other", "", "")
	d.ok(d.s.SetBoardPermission(ctx, d.by, d.board, work.PermAssignee))
	f := d.as(far)
	d.ok(f.set(own, `{"name":"changed"}`))
	wantCode(t, "another's", f.set(other, `{"name":"changed"}`), work.CodeDenied)
	wantCode(t, "grabs it", f.set(other, fmt.Sprintf(`{"who":{"personsAndTeams":[{"id":%d,"kind":"person"}]}}`, far)), work.CodeDenied)
	wantCode(t, "structure", errOf(f.s.CreateGroup(ctx, f.by, d.board, work.GroupInput{Title: "x"})), work.CodeDenied)
	wantCode(t, "labels are structure", f.s.SetBoardPermission(ctx, f.by, d.board, work.PermEveryone), work.CodeDenied)

	// Collaborators fill in, and that is all.
	d.column(column.Status, "s", "")
	d.ok(d.s.SetBoardPermission(ctx, d.by, d.board, work.PermCollaborators))
	d.ok(f.set(other, `{"s":{"label":"Done"}}`))
	wantCode(t, "a new label", f.s.ChangeValues(ctx, f.by, d.board, other, work.Values{JSON: `{"s":{"label":"New"}}`, CreateLabels: true}), work.CodeDenied)
	wantCode(t, "a column", errOf(f.s.CreateColumn(ctx, f.by, d.board, work.ColumnInput{Title: "x", Type: column.Text})), work.CodeDenied)
	wantCode(t, "word", d.s.SetBoardPermission(ctx, d.by, d.board, "anarchy"), work.CodeInvalid)

	// Who does not see the board cannot be made responsible for what is on it.
	private := d.on(d.newBoard("Private", work.Private))
	private.column(column.People, "who", "")
	item := private.item("i", "", "")
	err := private.set(item, fmt.Sprintf(`{"who":{"personsAndTeams":[{"id":%d,"kind":"person"}]}}`, far))
	wantCode(t, "a stranger", err, work.CodeNotFound)
	wantCode(t, "nobody", private.set(item, `{"who":"999"}`), work.CodeNotFound)
}
