package work

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// need is what a decision lacks of what is on boards. It is thrown, caught by run, loaded outside the
// writer, and the decision begins anew: decisions read as if everything were in memory.
type need struct {
	board BoardID
	whole bool
	items []ItemID
}

func (n *need) Error() string {
	return fmt.Sprintf("board %d, items %v are not in memory", n.board, n.items)
}

// content is what is on a board: its structure, and those of its items that happen to be loaded.
func (t *tx) content(id BoardID) *content {
	c, ok := t.contents.get(id)
	if !ok {
		b, known := t.boards.get(id)
		if !known || !t.fresh(b) {
			panic(need{board: id})
		}
		// A board that this very transaction has made: there is nothing to load.
		c = &content{board: id, seq: t.Seq, whole: true, bytes: contentBytes, loaded: &loaded{a: t.acct, board: id}, orders: new(orders)}
		t.contents = t.contents.put(id, c)
	}
	return c
}

// fresh reports whether a board was made by the transaction being decided.
func (t *tx) fresh(b *Board) bool { return int64(b.ID) > t.base.Account.LastID }

// whole is content with all active items of the board.
func (t *tx) whole(id BoardID) *content {
	c := t.content(id)
	if !c.whole {
		panic(need{board: id, whole: true})
	}
	return c
}

// item finds an item of whatever state on any board; nil where there is none.
func (t *tx) item(id ItemID) *Item {
	if it, _ := t.acct.findItem(&t.contents, id); it != nil {
		return it
	}
	if !t.lacks[id] {
		panic(need{items: []ItemID{id}})
	}
	return nil
}

// preload makes sure that items are loaded, at once instead of one by one.
func (t *tx) preload(ids []ItemID) {
	var missing []ItemID
	for _, id := range ids {
		if it, _ := t.acct.findItem(&t.contents, id); it == nil && !t.lacks[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		panic(need{items: missing})
	}
}

// itemFor finds an item, not deleted, that the caller sees, with its board, and checks the action.
func (t *tx) itemFor(id ItemID, a perm.Action) (*Item, *Board, error) {
	it := t.item(id)
	if it == nil || it.State == StateDeleted {
		return nil, nil, notFound("item", id)
	}
	b, ok := t.boards.get(it.Board)
	if !ok || b.State == StateDeleted {
		return nil, nil, notFound("item", id)
	}
	c := t.content(b.ID)
	if it.Parent != 0 && asksAssigned(t.overBoard(b)) {
		t.item(it.Parent) // who is assigned to it counts
	}
	f := t.itemFacts(t.by, b, it, c)
	if !perm.Allow(t.by.role(), perm.ItemRead, f) {
		return nil, nil, notFound("item", id)
	}
	return it, b, t.check(a, f)
}

// itemFacts describes an item to the permission table. c is the content of its board; it may be nil
// where the board does not ask who is assigned (see asksAssigned).
func (img *Image) itemFacts(u *User, b *Board, it *Item, c *content) perm.Facts {
	over := img.overBoard(b)
	f := img.boardFacts(u, b)
	if f&perm.Owner != 0 || !asksAssigned(over) {
		return f
	}
	assigned := c != nil && img.assigned(u, it, c)
	switch {
	case assigned && over.Permission == PermAssignee:
		f |= perm.Assigned
	case !assigned && over.OnlyAssigned:
		f &^= perm.Open | perm.Joined
	}
	return f
}

// asksAssigned reports whether rights on the board's items depend on who is assigned to them.
func asksAssigned(b *Board) bool { return b.OnlyAssigned || b.Permission == PermAssignee }

// overBoard is the board whose rights count: that of the items for a board of subitems.
func (img *Image) overBoard(b *Board) *Board {
	if b.Type == SubitemsBoard {
		if over, ok := img.boards.get(b.Parent); ok {
			return over
		}
	}
	return b
}

// assigned reports whether the user is in one of the item's people columns, or a team of the user's is,
// or they are in those of the item that it is a subitem of.
func (img *Image) assigned(u *User, it *Item, c *content) bool {
	for _, col := range c.columns {
		if (col.Type != column.People && col.Type != column.Person) || col.State == StateDeleted {
			continue
		}
		for _, p := range column.PeopleOf(it.Cells.Get(col.ID).Value) {
			if p.Kind == "team" {
				if slices.Contains(u.Teams, TeamID(p.ID)) {
					return true
				}
			} else if UserID(p.ID) == u.ID {
				return true
			}
		}
	}
	if it.Parent == 0 {
		return false
	}
	for over := range img.contents.all() {
		if parent, ok := over.items.get(it.Parent); ok {
			return img.assigned(u, parent, over)
		}
	}
	return false
}

// putItem puts an item in place of old (nil for a new one), with the counts that go with it. The
// caller sets UpdatedAt and UpdatedBy.
func (t *tx) putItem(old, it *Item) {
	active := func(it *Item) int {
		if it != nil && it.State == StateActive {
			return 1
		}
		return 0
	}
	c := Change{Item: it, Active: active(it) - active(old)}
	if old != nil && old.Board != it.Board {
		c.From, c.Active = old.Board, active(it)
	}
	t.content(it.Board) // loaded before anything is changed
	t.put(c)
	t.acct.whereIs(it.ID, it.Board)
}

// event is something that happened, for the log and for webhooks.
type event struct {
	Activity            // Board, Item, Group, Column, Event, Entity; Data is made of data, the rest is filled in
	data     any        // becomes Activity.Data; nil is {}
	hooks    []hookCall // the webhook events it stands for
}

// hookCall is a webhook event: its name as WebhookEventType spells it, and the payload's event member
// (userId, originalTriggerUuid, boardId, triggerTime, subscriptionId, triggerUuid are filled in).
type hookCall struct {
	name    string
	payload map[string]any
}

// record puts an event into the log and sends it to the webhooks that ask for it.
func (t *tx) record(e event) {
	a := e.Activity
	a.ID, a.At, a.Data = newUUID(), ticks(t.now)+t.events, "{}"
	t.events++
	if t.by != nil {
		a.User = t.by.ID
	}
	if e.data != nil {
		if data, err := json.Marshal(e.data); err == nil {
			a.Data = string(data)
		}
	}
	t.put(Change{Activity: &a})
	if len(e.hooks) > 0 && a.Board != 0 {
		if b, ok := t.boards.get(a.Board); ok {
			t.deliver(b, &e)
		}
	}
}

// ticks is a moment as the activity log counts: 10⁻⁷ s since 1970.
func ticks(at time.Time) int64 { return at.UnixMicro() * 10 }

// newUUID is a random UUID (version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
