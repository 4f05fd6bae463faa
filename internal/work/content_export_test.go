package work

import (
	"context"
	"fmt"
	"slices"
)

// ContentBudget sets how much memory boards may take, for tests.
func (s *Service) ContentBudget(bytes int64) { s.contents.budget.Store(bytes) }

// PutItems puts items as one decision, each in place of what is there.
func (s *Service) PutItems(ctx context.Context, by Caller, items ...Item) error {
	return s.commit(ctx, by, func(t *tx) error {
		for _, it := range items {
			old := t.item(it.ID)
			if old != nil {
				it.Number = old.Number
				if old.State != StateActive {
					it.State, it.Board = old.State, old.Board
				}
			} else {
				it.Number = t.content(it.Board).number + 1
			}
			t.putItem(old, &it)
		}
		return nil
	})
}

// PutGroup puts a group.
func (s *Service) PutGroup(ctx context.Context, by Caller, g Group) error {
	return s.commit(ctx, by, func(t *tx) error {
		t.content(g.Board)
		t.put(Change{Group: &g})
		return nil
	})
}

// CountWhole counts a board's active items by a decision that needs them all.
func (s *Service) CountWhole(ctx context.Context, by Caller, b BoardID) (n int, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		n = 0
		c := t.whole(b)
		for g := range c.activeGroups() {
			for range c.inGroup(g.ID) {
				n++
			}
		}
		if n != c.active {
			return fmt.Errorf("%d items in order, counted %d", n, c.active)
		}
		return nil
	})
	return n, err
}

// ScanBoard lists the active items of all groups as a view finds them, and tells whether the board was
// loaded for it.
func (v *View) ScanBoard(b BoardID) (items []Item, loaded bool, err error) {
	c, err := v.content(b)
	if err != nil {
		return nil, false, err
	}
	for g := range c.activeGroups() {
		if err := v.scan(b, g.ID, firstPlace, func(it *Item) bool {
			items = append(items, *it)
			return true
		}); err != nil {
			return nil, false, err
		}
	}
	c, err = v.content(b)
	return items, err == nil && c.whole, err
}

// FindItem finds an item of whatever state.
func (v *View) FindItem(id ItemID) (*Item, error) {
	items, err := v.itemsByID([]ItemID{id})
	if err != nil {
		return nil, err
	}
	return items[0], nil
}

// Forget drops a board from memory.
func (c Caller) Forget(id BoardID) bool {
	if b, ok := c.acct.image.Load().contents.get(id); ok {
		return c.acct.forget(b.loaded)
	}
	return false
}

// ContentFaults are the invariants that boards in memory break, and where they differ from the store's truth.
func (c Caller) ContentFaults(ctx context.Context, boards ...BoardID) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	img := c.acct.image.Load()
	for _, id := range boards {
		have, ok := img.contents.get(id)
		if !ok {
			continue
		}
		rows, err := c.acct.s.store.LoadBoard(ctx, c.acct.id, id, true)
		if err != nil {
			bad("%v", err)
			continue
		}
		if rows.Seq != img.Seq {
			bad("the image is at %d and the store at %d", img.Seq, rows.Seq)
		}
		want := newContent(id, rows, true)
		if have.active != want.active || have.number != want.number {
			bad("board %d: active %d, number %d; want %d, %d", id, have.active, have.number, want.active, want.number)
		}
		if n := int64(0); true {
			for it := range have.items.all() {
				n += it.bytes()
				truth, ok := want.items.get(it.ID)
				if it.State == StateActive && (!ok || fmt.Sprint(*truth) != fmt.Sprint(*it)) {
					bad("board %d item %d: %v; want %v", id, it.ID, *it, truth)
				}
			}
			if got := have.bytes - contentBytes - n; got < 0 || got > 64*rowBytes {
				bad("board %d: bytes %d do not add up with items' %d", id, have.bytes, n)
			}
		}
		if fmt.Sprint(len(have.groups)) != fmt.Sprint(len(want.groups)) {
			bad("board %d: %d groups; want %d", id, len(have.groups), len(want.groups))
		}
		if !have.whole {
			continue
		}
		for _, g := range want.groups {
			var a, b []ItemID
			for it := range have.inGroup(g.ID) {
				a = append(a, it.ID)
			}
			for it := range want.inGroup(g.ID) {
				b = append(b, it.ID)
			}
			if !slices.Equal(a, b) {
				bad("board %d group %s: order %v; want %v", id, g.ID, a, b)
			}
		}
	}
	return faults
}
