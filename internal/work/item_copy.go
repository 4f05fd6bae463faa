package work

import (
	"context"
	"iter"
	"slices"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// copier copies items, within a board or to a copy of it, whose columns and groups have the same ids.
type copier struct {
	t        *tx
	from, to *Board
	below    *Board            // of the copied subitems; nil: the one they are on
	all      map[ItemID]bool   // what is copied of the board; nil: links to others stay as they are
	ids      map[ItemID]ItemID // those of the copies that are given out
	updates  *updates          // nil: none are copied
	quiet    bool              // the log tells of the board alone
}

func (t *tx) newCopy(from, to *Board) *copier {
	return &copier{t: t, from: from, to: to, ids: map[ItemID]ItemID{}}
}

// id is the id of an item's copy, which may still be to come.
func (c *copier) id(old ItemID) ItemID {
	id, ok := c.ids[old]
	if !ok {
		id = ItemID(c.t.newID())
		c.ids[old] = id
	}
	return id
}

// item copies an item with its subitems.
func (c *copier) item(src *Item, group, name string, pos int64) (*Item, error) {
	subs := c.t.subitems(src)
	it := c.row(src, c.to, group, name, pos)
	var links []int64
	for _, sub := range subs {
		on, ok := c.below, true
		if on == nil {
			if on, ok = c.t.boards.get(sub.Board); !ok {
				continue
			}
		}
		if err := c.t.content(on.ID).fits(1); err != nil {
			return nil, err
		}
		below := c.row(sub, on, sub.Group, sub.Name, sub.Pos)
		below.Parent = it.ID
		c.put(below)
		links = append(links, int64(below.ID))
	}
	if len(links) > 0 {
		c.t.set(it, c.t.content(c.to.ID).columnOf(column.Subtasks), column.LinkTo(links))
	}
	c.put(it)
	return it, nil
}

func (c *copier) put(it *Item) {
	c.t.putItem(nil, it)
	if !c.quiet {
		c.t.recordItem(it, nil)
	}
}

// row is the copy of an item, without its subitems.
func (c *copier) row(src *Item, to *Board, group, name string, pos int64) *Item {
	t := c.t
	it := *src
	it.ID, it.Board, it.Group, it.Name, it.Pos, it.Number = c.id(src.ID), to.ID, group, name, pos, t.content(to.ID).number+1
	it.Creator, it.UpdatedBy, it.CreatedAt, it.UpdatedAt, it.Subscribers, it.Description = t.by.ID, t.by.ID, t.now, t.now, []UserID{t.by.ID}, 0
	it.Cells = nil
	from := t.content(src.Board)
	for _, cell := range src.Cells {
		col := from.column(cell.Column)
		if col == nil || t.content(to.ID).column(cell.Column) == nil {
			continue
		}
		switch col.Type {
		case column.Subtasks:
			continue
		case column.Dependency:
			if c.all != nil {
				cell.Value = c.links(cell.Value)
			}
		}
		if !cell.Value.Empty() {
			it.Cells = append(it.Cells, cell)
		}
	}
	if c.updates != nil {
		c.updates.copyTo(t, src.ID, &it)
	}
	return &it
}

// links are links to the copies of what a cell links to.
func (c *copier) links(v column.Value) column.Value {
	var out []int64
	for _, id := range column.LinkedItems(v) {
		if c.all[ItemID(id)] {
			out = append(out, int64(c.id(ItemID(id))))
		}
	}
	return column.LinkTo(out)
}

// updates are the updates and replies of items to be copied. They are in no image: they are read before
// the decision.
type updates struct {
	of      map[ItemID][]*Update
	replies map[UpdateID][]*Update
}

// updatesOf reads updates and their replies.
func (s *Service) updatesOf(ctx context.Context, by Caller, q UpdateQuery) (*updates, error) {
	u := &updates{map[ItemID][]*Update{}, map[UpdateID][]*Update{}}
	var parents []UpdateID
	if err := s.store.Updates(ctx, by.acct.id, q, func(up *Update) bool {
		u.of[up.Item] = append(u.of[up.Item], up)
		parents = append(parents, up.ID)
		return true
	}); err != nil {
		return nil, cutShort(ctx, err)
	}
	for some := range slices.Chunk(parents, 1000) {
		if err := s.store.Updates(ctx, by.acct.id, UpdateQuery{Parents: some}, func(r *Update) bool {
			u.replies[r.Parent] = append(u.replies[r.Parent], r)
			return true
		}); err != nil {
			return nil, cutShort(ctx, err)
		}
	}
	return u, nil
}

// copyTo copies an item's updates with their replies. Reactions are not copied.
func (u *updates) copyTo(t *tx, from ItemID, to *Item) {
	put := func(up Update, parent UpdateID) UpdateID {
		up.ID, up.Parent, up.Item, up.Board, up.Likes = UpdateID(t.newID()), parent, to.ID, to.Board, nil
		t.put(Change{Update: &up})
		return up.ID
	}
	for _, up := range slices.Backward(u.of[from]) { // the oldest first
		id := put(*up, 0)
		for _, r := range u.replies[up.ID] {
			put(*r, id)
		}
	}
}

// DuplicateItem copies an item with its subitems. Permission item.create.
func (s *Service) DuplicateItem(ctx context.Context, by Caller, board BoardID, item ItemID, withUpdates bool) (id ItemID, err error) {
	var copied *updates
	if withUpdates {
		if copied, err = s.itemUpdates(ctx, by, item); err != nil {
			return 0, err
		}
	}
	err = s.commit(ctx, by, func(t *tx) error {
		b, err := t.board(board, perm.ItemCreate)
		if err != nil {
			return err
		}
		src, _, err := t.activeItem(item, perm.ItemRead)
		if err != nil {
			return err
		}
		if src.Board != b.ID {
			return notFound("item", item)
		}
		if err := t.content(b.ID).fits(1); err != nil {
			return err
		}
		c := t.newCopy(b, b)
		c.updates = copied
		pos := t.beside(&Item{}, src, false)
		it, err := c.item(src, src.Group, copyName(src.Name), pos)
		if err != nil {
			return err
		}
		if over := t.item(src.Parent); src.Parent != 0 && over != nil {
			if col := t.content(over.Board).columnOf(column.Subtasks); col != nil {
				t.linkSubitems(over, col, append(column.LinkedItems(over.Cells.Get(col.ID).Value), int64(it.ID)))
			}
		}
		id = it.ID
		return nil
	})
	return id, err
}

// copyName is what the copy of an item is called.
func copyName(name string) string {
	const mark = " (copy)"
	if r := []rune(name); len(r)+len(mark) > nameMax {
		name = string(r[:nameMax-len(mark)])
	}
	return name + mark
}

// itemUpdates are the updates of an item and its subitems, as far as the caller sees them.
func (s *Service) itemUpdates(ctx context.Context, by Caller, id ItemID) (*updates, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	it, err := v.Item(id)
	if err != nil || it == nil {
		return nil, err
	}
	subs, err := v.Subitems(it)
	if err != nil {
		return nil, err
	}
	ids := []ItemID{it.ID}
	for _, sub := range subs {
		ids = append(ids, sub.ID)
	}
	return s.updatesOf(ctx, by, UpdateQuery{Items: ids})
}

// inOrder runs through the loaded active items of a board in order.
func (c *content) inOrder() iter.Seq[*Item] {
	return func(yield func(*Item) bool) {
		for g := range c.activeGroups() {
			for it := range c.inGroup(g.ID) {
				if !yield(it) {
					return
				}
			}
		}
	}
}
