package work

import (
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// loadedContent is what the view has of a board in memory.
func (v *View) loadedContent(id BoardID) *content {
	c, ok := v.more[id]
	if !ok {
		if c, ok = v.img.contents.get(id); !ok {
			return nil
		}
	}
	if now := v.now.UnixNano(); c.loaded.used.Load() < now-int64(time.Second/10) {
		c.loaded.used.Store(now)
	}
	return c
}

// content is what is on a board: its structure, and those of its items that happen to be loaded.
func (v *View) content(id BoardID) (*content, error) { return v.load(id, false) }

func (v *View) load(id BoardID, whole bool) (*content, error) {
	if c := v.loadedContent(id); c != nil && (c.whole || !whole) {
		return c, nil
	}
	c, err := v.acct.loadBoard(v.ctx, id, whole, false)
	if err != nil {
		return nil, err
	}
	v.keep(c)
	return c, nil
}

func (v *View) keep(c *content) {
	if v.more == nil {
		v.more = map[BoardID]*content{}
	}
	v.more[c.board] = c
}

// whole is content with all active items; nil for a board that is too large to be loaded.
func (v *View) whole(id BoardID) (*content, error) {
	c, err := v.content(id)
	if err != nil || c.whole {
		return c, err
	}
	if !v.loads(c) {
		return nil, nil
	}
	return v.load(id, true)
}

// scanStep is how many items of a board that is not loaded are read at a time.
const scanStep = 500

// scanLook is how many loaded items are gone through between two looks at whether anybody still waits:
// a rule can name so many values that each item takes a while.
const scanLook = 64

// scan runs through the active items of a group after a place, in order, loaded or not, until each
// returns false. It does not look at what the caller may see. The first page of a large board that is
// not loaded yet is read by itself, so that nobody waits for all of it who wants a few.
func (v *View) scan(board BoardID, group string, after ItemPlace, each func(*Item) bool) error {
	c, err := v.content(board)
	if err != nil {
		return err
	}
	for pieces := 0; ; pieces++ {
		if !c.whole && v.loads(c) {
			if pieces == 0 && c.active > scanStep {
				v.acct.prefetch(board)
			} else if c, err = v.load(board, true); err != nil {
				return err
			}
		}
		if c.whole {
			n := 0
			for it := range c.from(group, after) {
				if n++; n%scanLook == 0 && v.ctx.Err() != nil {
					return v.ctx.Err()
				}
				if !each(it) {
					break
				}
			}
			return nil
		}
		if err := v.ctx.Err(); err != nil {
			return err
		}
		rows, err := v.acct.s.store.ScanItems(v.ctx, v.acct.id, board, group, after, scanStep)
		if err != nil {
			return cutShort(v.ctx, err)
		}
		for _, it := range rows {
			c.restore(it)
			if !each(it) {
				return nil
			}
			after = ItemPlace{it.Pos, it.ID}
		}
		if len(rows) < scanStep {
			return nil
		}
	}
}

// loads reports whether a board is small enough to be loaded.
func (v *View) loads(c *content) bool {
	return c.itemBytes <= v.acct.s.contents.budget.Load()/contentShare
}

// firstPlace is the place before all items.
var firstPlace = ItemPlace{-1 << 63, 0}

// itemsByID finds items of whatever state on any board, by id; those there are not are nil. It does not
// look at what the caller may see.
func (v *View) itemsByID(ids []ItemID) ([]*Item, error) {
	out := make([]*Item, len(ids))
	var missing []ItemID
	for i, id := range ids {
		if out[i] = v.itemInMemory(id); out[i] == nil {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	items, boards, err := v.acct.loadItems(v.ctx, missing)
	if err != nil {
		return nil, err
	}
	unpin(boards)
	for _, c := range boards {
		v.keep(c)
	}
	for i, id := range ids {
		if out[i] == nil {
			out[i] = items[id]
		}
	}
	return out, nil
}

// itemInMemory finds an item where the view has its board.
func (v *View) itemInMemory(id ItemID) *Item {
	if b, ok := v.acct.whereWas(id); ok {
		if c := v.loadedContent(b); c != nil {
			if it, ok := c.items.get(id); ok {
				return it
			}
		}
	}
	for _, c := range v.more {
		if it, ok := c.items.get(id); ok {
			return it
		}
	}
	it, _ := v.acct.findItem(&v.img.contents, id)
	return it
}

// seesItem decides whether the caller sees an item. Items of deleted boards are not seen.
func (v *View) seesItem(it *Item) bool {
	b, ok := v.img.boards.get(it.Board)
	if !ok || b.State == StateDeleted {
		return false
	}
	over := v.img.overBoard(b)
	if !asksAssigned(over) {
		return v.seesBoard(b)
	}
	c, err := v.content(b.ID)
	if err != nil {
		return false
	}
	if it.Parent != 0 {
		if _, err := v.itemsByID([]ItemID{it.Parent}); err != nil {
			return false
		}
	}
	return perm.Allow(v.role, perm.ItemRead, v.img.itemFacts(v.me, b, it, c))
}
