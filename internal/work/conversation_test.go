package work_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

func (d *desk) say(item work.ItemID, body string) *work.Update {
	d.t.Helper()
	u, err := d.s.CreateUpdate(d.t.Context(), d.by, work.UpdateInput{Item: item, Body: body})
	d.ok(err)
	return u
}

func (d *desk) reply(to work.UpdateID, body string) *work.Update {
	d.t.Helper()
	u, err := d.s.CreateUpdate(d.t.Context(), d.by, work.UpdateInput{Parent: to, Body: body})
	d.ok(err)
	return u
}

// bodies are what updates say.
func bodies(updates []*work.Update) []string {
	out := []string{}
	for _, u := range updates {
		out = append(out, u.Body)
	}
	return out
}

// read is an update as it is stored.
func (d *desk) read(id work.UpdateID) *work.Update {
	d.t.Helper()
	var found *work.Update
	d.ok(d.store.Updates(d.t.Context(), acct, work.UpdateQuery{IDs: []work.UpdateID{id}}, func(u *work.Update) bool {
		found = u
		return true
	}))
	return found
}

// ticking is a clock that moves on by a second whenever it is asked.
func ticking() func(*work.Config) {
	c := &clock{at: day}
	return func(cfg *work.Config) {
		cfg.Now = func() time.Time { c.add(time.Second); return c.now() }
	}
}

func TestUpdates(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	one, two := d.item("one", "", ""), d.item("two", "", "")
	before := d.get(one)
	first := d.as(peer).say(one, "<p>first</p><script>alert(1)</script>")
	same(t, "body", first.Body, "<p>first</p>")
	second, other := d.say(one, "second"), d.say(two, "other")
	now := d.get(one)
	if !now.UpdatedAt.After(before.UpdatedAt) || now.UpdatedBy != me || !slices.Contains(now.Subscribers, peer) {
		t.Errorf("the item: changed %v by %d, subscribers %v", now.UpdatedAt, now.UpdatedBy, now.Subscribers)
	}
	r1 := d.reply(first.ID, "r1")
	r2 := d.reply(r1.ID, "r2") // to a reply
	if r2.Parent != first.ID || r2.Item != one {
		t.Errorf("the reply to a reply is to %d, of item %d", r2.Parent, r2.Item)
	}
	if got := d.read(first.ID); !got.UpdatedAt.Equal(r2.CreatedAt) || !got.EditedAt.Equal(first.EditedAt) {
		t.Errorf("a reply moves its update to %v, edited %v", got.UpdatedAt, got.EditedAt)
	}
	v := d.view()
	list := func(f work.UpdateFilter) []string {
		t.Helper()
		f.Page.Limit = max(f.Page.Limit, -1)
		if f.Page == (work.Page{}) {
			f.Page = work.All
		}
		rows, err := v.Updates(f)
		d.ok(err)
		return bodies(rows)
	}
	same(t, "all", list(work.UpdateFilter{}), []string{"other", "second", "<p>first</p>"})
	same(t, "of the item", list(work.UpdateFilter{Item: now}), []string{"second", "<p>first</p>"})
	same(t, "of the board", list(work.UpdateFilter{Board: v.Board(d.board)}), []string{"other", "second", "<p>first</p>"})
	same(t, "of the board alone", list(work.UpdateFilter{Board: v.Board(d.board), BoardOnly: true}), []string{})
	same(t, "by id", list(work.UpdateFilter{IDs: []work.UpdateID{first.ID, r1.ID, 999_999}}), []string{"r1", "<p>first</p>"})
	same(t, "by no id", list(work.UpdateFilter{IDs: []work.UpdateID{}}), []string{})
	same(t, "of the item by id", list(work.UpdateFilter{Item: now, IDs: []work.UpdateID{first.ID, other.ID}}), []string{"<p>first</p>"})
	same(t, "page 2", list(work.UpdateFilter{Page: work.Page{Limit: 2, Number: 2}}), []string{"<p>first</p>"})
	same(t, "page 9", list(work.UpdateFilter{Page: work.Page{Limit: 2, Number: 9}}), []string{})
	same(t, "page without end", list(work.UpdateFilter{Page: work.Page{Limit: 1 << 40, Number: 1 << 40}}), []string{})
	same(t, "from", list(work.UpdateFilter{From: second.CreatedAt}), []string{"other", "second"})
	same(t, "to", list(work.UpdateFilter{To: second.CreatedAt}), []string{"second", "<p>first</p>"})
	if _, err := v.Updates(work.UpdateFilter{Page: work.Page{Number: -1}}); codeOf(err) != work.CodeInvalid {
		t.Errorf("page -1: %v", err)
	}
	it2, err := v.Item(two)
	d.ok(err)
	pages, err := v.ItemUpdates([]*work.Item{it2, now, it2}, work.Page{Limit: 1})
	d.ok(err)
	if got := fmt.Sprint(bodies(pages[0]), bodies(pages[1]), bodies(pages[2])); got != "[other] [second] [other]" {
		t.Errorf("one of each item: %s", got)
	}
	replies, err := v.Replies([]*work.Update{second, first})
	d.ok(err)
	if got := fmt.Sprint(bodies(replies[0]), bodies(replies[1])); got != "[] [r1 r2]" {
		t.Errorf("replies: %s", got)
	}
	all, err := v.AllReplies([]work.BoardID{d.board}, time.Time{}, time.Time{}, work.Page{Limit: 1})
	d.ok(err)
	same(t, "all replies", bodies(all), []string{"r2"})
	if it, err := v.UpdateItem(other); err != nil || it.ID != two {
		t.Errorf("the item of an update: %v, %v", it, err)
	}
}

func TestUpdateIsEdited(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	u := d.say(d.item("one", "", ""), "first")
	got, err := d.s.EditUpdate(t.Context(), d.by, u.ID, "<b onclick=x>second")
	d.ok(err)
	if got.Body != "<b>second</b>" || !got.EditedAt.After(u.EditedAt) || !got.CreatedAt.Equal(u.CreatedAt) || got.Text() != "second" {
		t.Errorf("edited: %+v", got)
	}
	same(t, "stored", d.read(u.ID), got)
	for name, call := range map[string]func() error{
		"empty":      func() error { _, err := d.s.EditUpdate(t.Context(), d.by, u.ID, " \n"); return err },
		"only tags":  func() error { _, err := d.s.EditUpdate(t.Context(), d.by, u.ID, "<p><br></p>"); return err },
		"only alert": func() error { _, err := d.s.EditUpdate(t.Context(), d.by, u.ID, "<script>x</script>"); return err },
		"long": func() error {
			_, err := d.s.EditUpdate(t.Context(), d.by, u.ID, strings.Repeat("ä", work.UpdateMax+1))
			return err
		},
		"NUL":     func() error { _, err := d.s.EditUpdate(t.Context(), d.by, u.ID, "a\x00b"); return err },
		"no item": func() error { _, err := d.s.CreateUpdate(t.Context(), d.by, work.UpdateInput{Body: "b"}); return err },
		"other item": func() error {
			_, err := d.s.CreateUpdate(t.Context(), d.by, work.UpdateInput{Body: "b", Item: 77, Parent: u.ID})
			return err
		},
		"pinned reply": func() error { _, err := d.s.PinUpdate(t.Context(), d.by, d.reply(u.ID, "r").ID, true); return err },
	} {
		wantCode(t, name, call(), work.CodeInvalid)
	}
	for name, call := range map[string]func() error{
		"edit": func() error { _, err := d.s.EditUpdate(t.Context(), d.by, 1<<40, "b"); return err },
		"reply": func() error {
			_, err := d.s.CreateUpdate(t.Context(), d.by, work.UpdateInput{Body: "b", Parent: 1 << 40})
			return err
		},
		"mention": func() error { return d.mention(u.Item, work.Principal{User: 1 << 40}) },
		"team":    func() error { return d.mention(u.Item, work.Principal{Team: 1 << 40}) },
		"update": func() error {
			_, err := d.s.CreateUpdate(t.Context(), d.by, work.UpdateInput{Body: "b", Item: 1 << 40})
			return err
		},
		"clear": func() error { return d.s.ClearUpdates(t.Context(), d.by, 1<<40) },
	} {
		wantCode(t, name, call(), work.CodeNotFound)
	}
}

func (d *desk) mention(item work.ItemID, who ...work.Principal) error {
	_, err := d.s.CreateUpdate(d.t.Context(), d.by, work.UpdateInput{Item: item, Body: "<p>look, <b>you</b></p>", Mentions: who})
	return err
}

func TestMentions(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	item := d.item("one", "", "")
	d.ok(d.mention(item, work.Principal{User: peer}, work.Principal{Team: mine}, work.Principal{User: visitor}, work.Principal{User: me}))
	bell := func(who work.UserID) []*work.Notification {
		t.Helper()
		rows, err := d.s.Notifications(t.Context(), as(t, d.s, who), 10)
		d.ok(err)
		return rows
	}
	if got := bell(peer); len(got) != 1 || got[0].Text != "look, you" || got[0].TargetType != work.TargetUpdate || got[0].From != me {
		t.Errorf("the one mentioned, also through a team, is told %+v", got)
	}
	if got := slices.Concat(bell(visitor), bell(me), bell(far)); len(got) > 0 {
		t.Errorf("those who do not see the board, oneself, and others are told %+v", got)
	}
	if got := d.get(item).Subscribers; !slices.Contains(got, peer) || slices.Contains(got, visitor) {
		t.Errorf("subscribers %v", got)
	}
}

// What goes with an update goes with it, and nothing else.
func TestUpdatesAreDeleted(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	d.column(column.File, "files", "")
	one := d.item("one", "", "")
	keep, gone := d.say(one, "keep"), d.say(one, "gone")
	reply := d.reply(gone.ID, "gone too")
	with := d.attach(work.AssetInput{Update: reply.ID})
	kept := d.attach(work.AssetInput{Update: keep.ID})
	cell := d.attach(work.AssetInput{Item: one, Column: "files"})
	was, err := d.s.DeleteUpdate(t.Context(), d.by, gone.ID)
	d.ok(err)
	same(t, "what was deleted", was.Body, "gone")
	if d.read(gone.ID) != nil || d.read(reply.ID) != nil || d.read(keep.ID) == nil {
		t.Error("the update and its reply are to go, the other to stay")
	}
	assets := func() (ids []work.AssetID) {
		rows, err := d.view().Assets([]work.AssetID{with.ID, kept.ID, cell.ID})
		d.ok(err)
		for _, a := range rows {
			ids = append(ids, a.ID)
		}
		return ids
	}
	same(t, "files", assets(), []work.AssetID{kept.ID, cell.ID})
	d.reply(keep.ID, "r")
	d.ok(d.s.ClearUpdates(t.Context(), d.by, one))
	rows, err := d.view().Updates(work.UpdateFilter{Item: d.get(one), Page: work.All})
	d.ok(err)
	same(t, "cleared", bodies(rows), []string{})
	same(t, "files", assets(), []work.AssetID{cell.ID})
	_, err = d.s.LikeUpdate(t.Context(), d.by, keep.ID, "")
	wantCode(t, "like of what is gone", err, work.CodeNotFound)
}

// What happens to updates is in the log under the names that webhooks have for it.
func TestUpdatesAreLogged(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	before := len(d.events())
	item := d.item("one", "", "")
	u := d.say(item, "u")
	d.reply(u.ID, "r")
	for _, call := range []func() error{
		func() error { _, err := d.s.EditUpdate(t.Context(), d.by, u.ID, "v"); return err },
		func() error { _, err := d.s.LikeUpdate(t.Context(), d.by, u.ID, "love"); return err },
		func() error { _, err := d.s.UnlikeUpdate(t.Context(), d.by, u.ID); return err },
		func() error { _, err := d.s.PinUpdate(t.Context(), d.by, u.ID, true); return err },
		func() error { _, err := d.s.PinUpdate(t.Context(), d.by, u.ID, false); return err },
		func() error { _, err := d.s.DeleteUpdate(t.Context(), d.by, u.ID); return err },
		func() error { return d.s.ClearUpdates(t.Context(), d.by, item) },
	} {
		d.ok(call())
	}
	v := d.view()
	rows, err := v.BoardActivity(v.Board(d.board), work.ActivityFilter{Items: []work.ItemID{item}, Page: work.All})
	d.ok(err)
	var got []string
	for _, a := range slices.Backward(rows) {
		got = append(got, a.Event)
		if a.User != me || a.Entity != "pulse" || !strings.Contains(a.Data, fmt.Sprintf(`"pulse_id":%d`, item)) {
			t.Errorf("line %+v", a)
		}
	}
	same(t, "events", got, []string{"create_pulse", "create_update", "create_update", "edit_update", "like_update", "unlike_update",
		"pin_to_top", "unpin_from_top", "delete_update", "clear_item_updates"})
	if before+len(got) != len(d.events()) {
		t.Errorf("%d lines of the item, %d in all, %d before", len(got), len(d.events()), before)
	}
}

// likers is many users on a board with one update.
func likers(t *testing.T, n int) (world, []work.UserID) {
	w, _ := contentWorld(1, 1)
	w.Updates = append(w.Updates, &work.Update{ID: 50_000, Item: 10_000, Board: 100, Creator: me, Body: "like me", CreatedAt: day, EditedAt: day, UpdatedAt: day})
	var ids []work.UserID
	for i := range n {
		id := work.UserID(1000 + i)
		w.user(id, work.Member, work.Active)
		ids = append(ids, id)
	}
	return w, ids
}

// However many like, edit and take back at once, through whichever process, nobody's like is lost.
func TestLikesAreNotLost(t *testing.T) {
	t.Parallel()
	for _, processes := range []int{1, 3} {
		t.Run(fmt.Sprint(processes), func(t *testing.T) {
			t.Parallel()
			w, users := likers(t, 40)
			store := new(worktest.Store)
			if processes > 1 {
				store.Share()
			}
			services, _ := openContent(t, store, w, processes)
			var wg sync.WaitGroup
			for i, id := range users {
				wg.Go(func() {
					s := services[i%processes]
					by, err := s.As(t.Context(), acct, id)
					if err != nil {
						t.Error(err)
						return
					}
					for round, call := range []func() error{
						func() error { _, err := s.LikeUpdate(t.Context(), by, 50_000, "like"); return err },
						func() error { _, err := s.UnlikeUpdate(t.Context(), by, 50_000); return err },
						func() error { _, err := s.LikeUpdate(t.Context(), by, 50_000, "love"); return err },
						func() error { _, err := s.LikeUpdate(t.Context(), by, 50_000, fmt.Sprint("love ", id)); return err },
					} {
						if err := call(); err != nil && codeOf(err) != work.CodeUnavailable {
							t.Errorf("user %d, round %d: %v", id, round, err)
							return
						} else if err != nil {
							t.Logf("user %d, round %d: %v", id, round, err)
						}
					}
				})
			}
			wg.Wait()
			var got *work.Update
			if err := store.Updates(t.Context(), acct, work.UpdateQuery{IDs: []work.UpdateID{50_000}}, func(u *work.Update) bool { got = u; return false }); err != nil {
				t.Fatal(err)
			}
			seen := map[work.UserID]string{}
			ids := map[int64]bool{}
			for _, l := range got.Likes {
				if _, twice := seen[l.User]; twice || ids[l.ID] {
					t.Errorf("like %+v is there twice", l)
				}
				seen[l.User], ids[l.ID] = l.Reaction, true
			}
			for _, id := range users {
				if seen[id] != fmt.Sprint("love ", id) {
					t.Errorf("user %d: %q", id, seen[id])
				}
			}
		})
	}
}

// Replies, likes and a deletion at once leave either the update with all of them or nothing at all.
func TestDeletedUpdateStaysDeleted(t *testing.T) {
	t.Parallel()
	for range 20 {
		w, users := likers(t, 6)
		store := new(worktest.Store).Share()
		services, _ := openContent(t, store, w, 2)
		var wg sync.WaitGroup
		for i, id := range users {
			wg.Go(func() {
				s := services[i%2]
				by, err := s.As(t.Context(), acct, id)
				if err != nil {
					t.Error(err)
					return
				}
				switch i % 3 {
				case 0:
					_, err = s.LikeUpdate(t.Context(), by, 50_000, "")
				case 1:
					_, err = s.CreateUpdate(t.Context(), by, work.UpdateInput{Parent: 50_000, Body: "reply"})
				default:
					_, err = s.AddAsset(t.Context(), by, work.AssetInput{Update: 50_000, Name: "a.txt", Key: "k"})
				}
				if c := codeOf(err); c != ok && c != work.CodeNotFound && c != work.CodeDenied {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			by, err := services[0].As(t.Context(), acct, me)
			if err == nil {
				_, err = services[0].DeleteUpdate(t.Context(), by, 50_000)
			}
			if err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		left := 0
		for _, q := range []work.UpdateQuery{{}, {Replies: true}} {
			if err := store.Updates(t.Context(), acct, q, func(u *work.Update) bool { left++; return true }); err != nil {
				t.Fatal(err)
			}
		}
		assets, err := store.Assets(t.Context(), acct, work.AssetQuery{Updates: []work.UpdateID{50_000}})
		if err != nil || left > 0 || len(assets) > 0 {
			t.Fatalf("%d updates and %d files are left, %v", left, len(assets), err)
		}
	}
}

// Updates of items that the caller does not see are not among those it lists, however many there are of them.
func TestUpdatesOfHiddenItems(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	item := d.item("one", "", "")
	hidden := d.on(d.newBoard("Hidden", work.Private))
	secret := hidden.item("secret", "", "")
	first := d.say(item, "seen 1")
	for i := range 300 {
		hidden.say(secret, fmt.Sprint("hidden ", i))
	}
	d.say(item, "seen 2")
	seen := func(d *desk, p work.Page) []string {
		rows, err := d.view().Updates(work.UpdateFilter{Page: p})
		d.ok(err)
		return bodies(rows)
	}
	same(t, "what peer lists", seen(d.as(peer), work.Page{Limit: 2}), []string{"seen 2", "seen 1"})
	same(t, "page 2", seen(d.as(peer), work.Page{Limit: 1, Number: 2}), []string{"seen 1"})
	if n := len(seen(d, work.All)); n != 302 {
		t.Errorf("the owner lists %d", n)
	}
	if n := len(seen(d.as(visitor), work.All)); n != 0 {
		t.Errorf("a guest lists %d", n)
	}
	_, err := d.s.LikeUpdate(t.Context(), as(t, d.s, visitor), first.ID, "")
	wantCode(t, "a guest likes", err, work.CodeNotFound)
	d.ok(d.s.DeleteItem(t.Context(), d.by, item))
	same(t, "of a deleted item", seen(d.as(peer), work.All), []string{})
	_, err = d.s.EditUpdate(t.Context(), d.by, first.ID, "b")
	wantCode(t, "edit of a deleted item's", err, work.CodeNotFound)
}

// Updates of one moment, more of them than are read at a time, are listed once each.
func TestUpdatesOfOneMoment(t *testing.T) {
	t.Parallel()
	w, _ := contentWorld(1, 2)
	for i := range 750 {
		at := day.Add(time.Duration(i/250) * time.Second)
		w.Updates = append(w.Updates, &work.Update{ID: work.UpdateID(50_000 + i), Item: work.ItemID(10_000 + i%2), Board: 100, Creator: me,
			Body: fmt.Sprint(i), CreatedAt: at, EditedAt: at, UpdatedAt: at})
	}
	s, _ := w.open(t)
	rows, err := view(t, s, as(t, s, me)).Updates(work.UpdateFilter{Page: work.All})
	if err != nil || len(rows) != 750 {
		t.Fatalf("%d updates, %v", len(rows), err)
	}
	for i, u := range rows {
		if u.ID != work.UpdateID(50_749-i) {
			t.Fatalf("place %d: update %d", i, u.ID)
		}
	}
}

func TestConversationWithoutDatabase(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	item := d.item("one", "", "")
	u := d.say(item, "u")
	for _, method := range []string{"Updates", "Assets"} {
		d.store.OnRead(func(m string) error {
			if m == method {
				return errDisk
			}
			return nil
		})
		v := d.view()
		for name, call := range map[string]func() error{
			"Updates": func() error { _, err := v.Updates(work.UpdateFilter{Page: work.All}); return err },
			"Assets":  func() error { _, err := v.Assets([]work.AssetID{1}); return err },
		} {
			if name == method {
				wantCode(t, name, call(), work.CodeUnavailable)
			}
		}
		_, err := d.s.DeleteUpdate(t.Context(), d.by, u.ID)
		if wantCode(t, "delete", err, work.CodeUnavailable); !errors.Is(err, errDisk) {
			t.Errorf("delete: %v", err)
		}
	}
	d.store.OnRead(nil)
	if d.read(u.ID) == nil {
		t.Error("the update is gone")
	}
}
