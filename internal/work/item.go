package work

import (
	"cmp"
	"slices"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// ItemFilter selects items by id, or any.
type ItemFilter struct {
	IDs         []ItemID // nil: the active ones of every board but those of subitems
	OnlyActive  bool     // leave out archived and deleted ones
	NewestFirst bool
	Page        Page
}

// Items lists items that the caller may see, in the order of the ids given.
func (v *View) Items(f ItemFilter) ([]*Item, error) {
	if err := f.Page.check(); err != nil {
		return nil, err
	}
	var rows []*Item
	var err error
	if f.IDs != nil {
		if rows, err = v.itemsByID(distinctInOrder(f.IDs)); err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(it *Item) bool {
			return it == nil || f.OnlyActive && !v.isLive(it) || !v.seesItem(it)
		})
	} else if rows, err = v.everyItem(f); err != nil {
		return nil, err
	}
	if f.NewestFirst {
		slices.SortStableFunc(rows, func(a, b *Item) int {
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
		})
	}
	out := newPager[*Item](f.Page, len(rows))
	for _, it := range rows {
		if out.full() {
			break
		}
		out.add(it)
	}
	v.recent = append(v.recent, out.rows...)
	return out.rows, nil
}

// isLive reports whether an item and all it belongs to are active.
func (v *View) isLive(it *Item) bool {
	b, ok := v.img.boards.get(it.Board)
	if !ok || it.State != StateActive || b.State != StateActive {
		return false
	}
	return b.Type != SubitemsBoard || v.img.overBoard(b).State == StateActive
}

// everyItem are the items of all boards the caller sees, the oldest board's first, as many as the page needs.
func (v *View) everyItem(f ItemFilter) (rows []*Item, err error) {
	most := -1
	if f.Page.Limit >= 0 && !f.NewestFirst {
		most = f.Page.Limit * max(f.Page.Number, 1)
	}
	for b := range v.img.boards.all() {
		if b.Type != ItemsBoard || b.State != StateActive || !v.seesBoard(b) {
			continue
		}
		if most >= 0 && len(rows) >= most {
			break
		}
		if err := v.each(b, "", func(_ int, it *Item) bool {
			rows = append(rows, it)
			return most < 0 || len(rows) < most
		}); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// each runs through the active items of a board, or one of its groups, that the caller sees, in order,
// until f returns false. rank is the place of the item's group on the board.
func (v *View) each(b *Board, group string, f func(rank int, it *Item) bool) error {
	c, err := v.content(b.ID)
	if err != nil {
		return err
	}
	partly := v.seesPartly(b)
	more := true
	for rank, g := range c.groups {
		if g.State != StateActive || group != "" && g.ID != group {
			continue
		}
		err := v.scan(b.ID, g.ID, firstPlace, func(it *Item) bool {
			if !partly || v.seesItem(it) {
				more = f(rank, it)
			}
			return more
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// seesPartly reports whether the caller may see only some of the items of a board that it sees.
func (v *View) seesPartly(b *Board) bool {
	return v.img.overBoard(b).OnlyAssigned && v.img.boardFacts(v.me, b)&perm.Owner == 0
}

// visible are the active items with the ids that the caller may see, in their order.
func (v *View) visible(ids []ItemID) ([]*Item, error) {
	rows, err := v.itemsByID(ids)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(it *Item) bool { return it == nil || it.State != StateActive || !v.seesItem(it) })
	v.recent = append(v.recent, rows...)
	return rows, nil
}

// visible are those of a board's items that the caller may see.
func (t *tx) visible(b *Board, rows []*Item) []*Item {
	over := t.overBoard(b)
	if !over.OnlyAssigned {
		return rows
	}
	c := t.content(b.ID)
	return slices.DeleteFunc(rows, func(it *Item) bool {
		return !perm.Allow(t.by.role(), perm.ItemRead, t.itemFacts(t.by, b, it, c))
	})
}

// Item returns an item in whatever state, or nil where there is none that the caller may see.
func (v *View) Item(id ItemID) (*Item, error) {
	rows, err := v.itemsByID([]ItemID{id})
	if err != nil || rows[0] == nil || !v.seesItem(rows[0]) {
		return nil, err
	}
	return rows[0], nil
}

// ItemBoard is the board that an item is on.
func (v *View) ItemBoard(it *Item) *Board {
	b, _ := v.img.boards.get(it.Board)
	return b
}

// ItemsCount counts the active items of a board that the caller may see.
func (v *View) ItemsCount(b *Board) (n int, err error) {
	if !v.seesPartly(b) {
		c, err := v.content(b.ID)
		if err != nil {
			return 0, err
		}
		return c.active, nil
	}
	err = v.each(b, "", func(int, *Item) bool {
		n++
		return true
	})
	return n, err
}

// Linked lists the items that a cell links to and the caller may see (board_relation, dependency, subtasks).
func (v *View) Linked(c *CellView) ([]*Item, error) {
	return v.visible(itemIDs(column.LinkedItems(c.Value)))
}

// LinkedFrom lists the items of a board that link to the item in the column.
func (v *View) LinkedFrom(it *Item, b *Board, id string) (out []*Item, err error) {
	s, err := v.shown(b.ID)
	if err != nil {
		return nil, err
	}
	col := s.column(id)
	if col == nil {
		return nil, noColumn(b.ID, id)
	}
	err = v.each(b, "", func(_ int, from *Item) bool {
		if slices.Contains(column.LinkedItems(from.Cells.Get(col.ID).Value), int64(it.ID)) {
			out = append(out, from)
		}
		return true
	})
	return out, err
}

// ItemSubscribers lists who is told of what happens to the item.
func (v *View) ItemSubscribers(it *Item) []*User {
	out := make([]*User, 0, len(it.Subscribers))
	for _, id := range it.Subscribers {
		if u, ok := v.img.users.get(id); ok {
			out = append(out, u)
		}
	}
	return out
}
