package work_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// logged are the lines of a board's log, the newest first: event and item.
func logged(rows []*work.Activity) []string {
	out := []string{}
	for _, a := range rows {
		out = append(out, fmt.Sprintf("%s %d", a.Event, a.Item))
	}
	return out
}

func (d *desk) log(f work.ActivityFilter) []*work.Activity {
	d.t.Helper()
	if f.Page == (work.Page{}) {
		f.Page = work.All
	}
	v := d.view()
	return must(v.BoardActivity(v.Board(d.board), f))
}

func TestActivity(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	d.column(column.Text, "text", "")
	d.column(column.Text, "hidden", "")
	one, two := d.item("one", "", ""), d.as(peer).item("two", "", "")
	d.ok(d.set(one, `{"text":"a"}`))
	d.ok(d.set(one, `{"hidden":"b"}`))
	change := fmt.Sprintf("update_column_value %d", one)
	all := d.log(work.ActivityFilter{})
	if !slices.IsSortedFunc(all, func(a, b *work.Activity) int { return int(b.At - a.At) }) || logged(all)[0] != change {
		t.Errorf("the newest are not first: %v", logged(all))
	}
	if at := all[0].At; at < 1e16 || at >= 1e17 {
		t.Errorf("%d is no moment of 17 digits", at)
	}
	same(t, "of an item", logged(d.log(work.ActivityFilter{Items: []work.ItemID{two}})), []string{fmt.Sprintf("create_pulse %d", two)})
	same(t, "of a column", logged(d.log(work.ActivityFilter{Columns: []string{"text"}})[:1]), []string{change})
	same(t, "of a user", logged(d.log(work.ActivityFilter{Users: []work.UserID{peer}})), []string{fmt.Sprintf("create_pulse %d", two)})
	same(t, "of no group", logged(d.log(work.ActivityFilter{Groups: []string{"none"}})), []string{})
	same(t, "of none", logged(d.log(work.ActivityFilter{Users: []work.UserID{}})), []string{})
	same(t, "page 2", logged(d.log(work.ActivityFilter{Page: work.Page{Limit: 2, Number: 2}})), logged(all[2:4]))
	same(t, "nothing", logged(d.log(work.ActivityFilter{Page: work.Page{Limit: 0}, From: day.AddDate(1, 0, 0)})), []string{})
	at := func(a *work.Activity) time.Time { return time.Unix(0, a.At*100) }
	same(t, "from and to", logged(d.log(work.ActivityFilter{From: at(all[2]), To: at(all[1])})), logged(all[1:3]))
	if _, err := d.view().BoardActivity(d.view().Board(d.board), work.ActivityFilter{Page: work.Page{Number: -1}}); codeOf(err) != work.CodeInvalid {
		t.Errorf("page -1: %v", err)
	}

	d.ok(d.s.RestrictColumn(t.Context(), d.by, d.board, "hidden", work.Restriction{Hidden: true}))
	for _, a := range d.as(peer).log(work.ActivityFilter{}) {
		if a.Column == "hidden" {
			t.Errorf("peer reads of the hidden column: %+v", a)
		}
	}
	if n := len(d.log(work.ActivityFilter{Columns: []string{"hidden"}})); n < 2 {
		t.Errorf("the owner reads %d lines of it", n)
	}
}

func TestUserActivity(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	public := d.as(peer).item("one", "", "")
	own := d.as(peer)
	own.board = own.newBoard("own", work.Private)
	private := own.item("two", "", "")
	creates := func(by *desk, of work.UserID) (out []string) {
		t.Helper()
		for _, l := range logged(must(by.view().UserActivity(&work.User{ID: of}, work.ActivityFilter{Page: work.All}))) {
			if l == fmt.Sprintf("create_pulse %d", public) || l == fmt.Sprintf("create_pulse %d", private) {
				out = append(out, l)
			}
		}
		return out
	}
	same(t, "one's own", creates(own, peer), []string{fmt.Sprintf("create_pulse %d", private), fmt.Sprintf("create_pulse %d", public)})
	same(t, "an admin's view of it", creates(d, peer), []string{fmt.Sprintf("create_pulse %d", public)})
	same(t, "somebody else", creates(d, far), []string(nil))
	_, err := own.view().UserActivity(&work.User{ID: me}, work.ActivityFilter{})
	wantCode(t, "of an admin", err, work.CodeDenied)
}

// Who sees only the items assigned to it reads only of them.
func TestActivityOfHiddenItems(t *testing.T) {
	t.Parallel()
	w, _ := contentWorld(1, 300)
	w.user(peer, work.Member, work.Active)
	w.BoardUsers = append(w.BoardUsers, work.BoardUser{Board: 100, User: me, Owner: true}, work.BoardUser{Board: 100, User: peer})
	w.Boards[0].OnlyAssigned = true
	w.Columns = append(w.Columns, &work.Column{Board: 100, ID: "who", Title: "Who", Type: column.People, State: work.StateActive})
	seen := w.Items[7]
	seen.Cells = append(seen.Cells, work.Cell{Column: "who", Value: column.Value{JSON: fmt.Sprintf(`{"personsAndTeams":[{"id":%d,"kind":"person"}]}`, peer)}})
	for i, it := range w.Items {
		w.Activity = append(w.Activity, &work.Activity{ID: fmt.Sprintf("%036d", i), Board: 100, Item: it.ID, User: me, Event: "create_pulse", Entity: "pulse", Data: "{}", At: day.UnixMicro()*10 + int64(i/50)*10})
	}
	s, _ := w.open(t)
	read := func(id work.UserID, p work.Page) []string {
		v := view(t, s, as(t, s, id))
		return logged(must(v.BoardActivity(v.Board(100), work.ActivityFilter{Page: p})))
	}
	same(t, "one's own", read(peer, work.All), []string{fmt.Sprintf("create_pulse %d", seen.ID)})
	if n := len(read(me, work.All)); n != 300 {
		t.Errorf("the owner reads %d", n)
	}
	if got := read(me, work.Page{Limit: 1 << 40}); len(got) != 300 || len(slices.Compact(got)) != 300 {
		t.Errorf("the owner reads %d", len(got))
	}
}
