package work

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// MoveItemToGroup moves an item to the bottom of another group of its board. Permission item.state.
func (s *Service) MoveItemToGroup(ctx context.Context, by Caller, item ItemID, group string) error {
	return s.commit(ctx, by, func(t *tx) error {
		it, _, err := t.activeItem(item, perm.ItemState)
		if err != nil {
			return err
		}
		return t.moveToGroup(it, group)
	})
}

func (t *tx) moveToGroup(it *Item, group string) error {
	if _, err := t.content(it.Board).activeGroup(group); err != nil || it.Group == group {
		return err
	}
	t.moveTo(it, group, t.bottom())
	return nil
}

// moveTo gives an item another place on its board.
func (t *tx) moveTo(it *Item, group string, pos int64) {
	next := *it
	next.Group, next.Pos = group, pos
	if group == it.Group { // where an item stands in its group is no news
		t.putItem(it, &next)
		return
	}
	t.touch(it, &next)
	t.recordGroupMove(&next, it.Group)
}

// ItemPosition is where to move an item: into a group, or next to another item.
type ItemPosition struct {
	Group      string
	Top        bool
	RelativeTo ItemID
	Before     bool
}

// MoveItem changes an item's place on its board. Permission item.state.
func (s *Service) MoveItem(ctx context.Context, by Caller, item ItemID, to ItemPosition) error {
	if to.Group == "" && to.RelativeTo == 0 {
		return invalid("relative_to", "Say where to: relative_to with position_relative_method, or group_id with group_top")
	}
	return s.commit(ctx, by, func(t *tx) error {
		it, b, err := t.activeItem(item, perm.ItemState)
		if err != nil {
			return err
		}
		if to.RelativeTo == 0 {
			if _, err := t.content(b.ID).activeGroup(to.Group); err != nil {
				return err
			}
			pos := t.bottom()
			if to.Top {
				pos = -pos
			}
			t.moveTo(it, to.Group, pos)
			return nil
		}
		near, err := t.neighbour(b, to.RelativeTo)
		if err != nil {
			return err
		}
		switch {
		case near.ID == it.ID:
			return invalid("relative_to", "An item cannot be moved next to itself")
		case to.Group != "" && to.Group != near.Group:
			return invalid("relative_to", "Item %d is in group %s, not in %s", near.ID, near.Group, to.Group)
		}
		t.moveTo(it, near.Group, t.beside(it, near, to.Before))
		return nil
	})
}

// ArchiveItem puts an item away with its subitems. Permission item.state.
func (s *Service) ArchiveItem(ctx context.Context, by Caller, item ItemID) error {
	return s.setItemState(ctx, by, item, StateArchived)
}

// DeleteItem deletes an item with its subitems. Permission item.state.
func (s *Service) DeleteItem(ctx context.Context, by Caller, item ItemID) error {
	return s.setItemState(ctx, by, item, StateDeleted)
}

func (s *Service) setItemState(ctx context.Context, by Caller, item ItemID, state State) error {
	return s.commit(ctx, by, func(t *tx) error {
		it, _, err := t.itemFor(item, perm.ItemState)
		if err != nil {
			return err
		}
		t.setItemState(it, state)
		if it.Parent != 0 {
			t.unlinkSubitem(it)
		}
		return nil
	})
}

// setItemState puts an item away with its subitems; what is away already goes no nearer.
func (t *tx) setItemState(it *Item, state State) {
	if it.State == state || it.State == StateDeleted {
		return
	}
	ids := t.subitemIDs(it)
	t.preload(ids)
	for _, id := range ids {
		if sub := t.item(id); sub != nil && sub.Parent == it.ID {
			t.setItemState(sub, state)
		}
	}
	next := *it
	next.State = state
	t.touch(it, &next)
	t.recordState(&next)
}

// ColumnMapping says which column's values go where; Target "" drops them.
type ColumnMapping struct{ Source, Target string }

// MoveItemToBoard moves an item, with its subitems, to a group of another board. nil mappings match
// columns by type and title. Permission item.state there and here.
func (s *Service) MoveItemToBoard(ctx context.Context, by Caller, item ItemID, board BoardID, group string, columns, subitems []ColumnMapping) error {
	return s.commit(ctx, by, func(t *tx) error {
		it, from, err := t.activeItem(item, perm.ItemState)
		if err != nil {
			return err
		}
		if it.Parent != 0 {
			return invalid("item_id", "Item %d is a subitem; it moves with the item it belongs to", it.ID)
		}
		to, err := t.board(board, perm.ItemState)
		if err != nil {
			return err
		}
		if to.ID == from.ID {
			return t.moveToGroup(it, group)
		}
		if to.Type != ItemsBoard || to.State != StateActive {
			return invalid("board_id", "Items cannot be moved to board %d: it is archived, a doc or one of subitems", to.ID)
		}
		if _, err := t.content(to.ID).activeGroup(group); err != nil {
			return err
		}
		if err := t.content(to.ID).fits(1); err != nil {
			return err
		}
		subs := t.subitems(it)
		way, err := t.columnsBetween(from, to, columns, "columns_mapping")
		if err != nil {
			return err
		}
		var below *Board
		var shows *Column
		var subWay []passage
		if len(subs) > 0 {
			old, _ := t.boards.get(subs[0].Board)
			below, shows = t.subitemsBoard(to)
			if subWay, err = t.columnsBetween(old, below, subitems, "subitems_columns_mapping"); err != nil {
				return err
			}
		}
		next := t.rehome(it, to, group, way)
		var links []int64
		for _, sub := range subs {
			moved := t.rehome(sub, below, topGroupID(t.content(below.ID)), subWay)
			t.touch(sub, moved)
			links = append(links, int64(sub.ID))
		}
		if len(links) > 0 {
			t.set(next, shows, column.LinkTo(links))
		}
		t.touch(it, next)
		t.recordBoardMove(next, from.ID, it.Group)
		return nil
	})
}

func topGroupID(c *content) string {
	if g := c.topGroup(); g != nil {
		return g.ID
	}
	return ""
}

// passage is where the values of a column go on another board.
type passage struct{ from, to *Column }

// columnsBetween says where values go when an item changes boards. Columns that the caller does not see
// here or may not write there are passed by.
func (t *tx) columnsBetween(from, to *Board, explicit []ColumnMapping, field string) (way []passage, err error) {
	src, dst := t.content(from.ID), t.content(to.ID)
	owns, ownsThere := t.isOwner(t.by, from), t.isOwner(t.by, to)
	if explicit != nil {
		for _, m := range explicit {
			a := src.column(m.Source)
			if a == nil || !a.reads(t.by, owns) {
				return nil, noColumn(from.ID, m.Source)
			}
			if m.Target == "" {
				continue
			}
			b := dst.column(m.Target)
			if b == nil || !b.reads(t.by, ownsThere) {
				return nil, noColumn(to.ID, m.Target)
			}
			if a.Type != b.Type {
				return nil, invalid(field, "Column %q is of type %s and column %q of type %s; values do not fit", a.ID, a.Type, b.ID, b.Type)
			}
			way = append(way, passage{a, b})
		}
	} else {
		way = match(src, dst)
	}
	return slices.DeleteFunc(way, func(p passage) bool {
		return p.from.Type == column.Name || p.from.Type == column.Subtasks || !p.from.reads(t.by, owns) || !p.to.writes(t.by, ownsThere)
	}), nil
}

// match pairs columns of the same type: those of the same id, then those of the same title.
func match(src, dst *content) (way []passage) {
	used := map[*Column]bool{}
	for _, same := range []func(a, b *Column) bool{
		func(a, b *Column) bool { return a.ID == b.ID },
		func(a, b *Column) bool { return strings.EqualFold(a.Title, b.Title) },
	} {
		for _, a := range src.columns {
			if a.State == StateDeleted || used[a] {
				continue
			}
			i := slices.IndexFunc(dst.columns, func(b *Column) bool {
				return b.State != StateDeleted && !used[b] && a.Type == b.Type && same(a, b)
			})
			if i >= 0 {
				used[a], used[dst.columns[i]] = true, true
				way = append(way, passage{a, dst.columns[i]})
			}
		}
	}
	return way
}

// rehome is the item as it is on another board.
func (t *tx) rehome(it *Item, to *Board, group string, way []passage) *Item {
	next := *it
	next.Board, next.Group, next.Pos, next.Number = to.ID, group, t.bottom(), t.content(to.ID).number+1
	next.Cells = nil
	for _, p := range way {
		cell := it.Cells.Get(p.from.ID)
		if v := t.carried(p, cell.Value); !v.Empty() {
			next.Cells = append(next.Cells, Cell{Column: p.to.ID, Value: v, At: cell.At})
		}
	}
	return &next
}

// carried is a value as the column of another board has it: labels by their text, links as far as that
// column is connected. What has no place there is dropped.
func (t *tx) carried(p passage, v column.Value) column.Value {
	switch p.from.Type {
	case column.Status, column.Dropdown:
		var texts []string
		for _, l := range labelsOf(p.from.Def, v) {
			texts = append(texts, l.Text)
		}
		return labelled(p.to.Def, texts)
	case column.BoardRelation:
		return column.LinkTo(slices.DeleteFunc(column.LinkedItems(v), func(id int64) bool {
			o := t.item(ItemID(id))
			return o == nil || !slices.Contains(p.to.Def.Settings.BoardIDs, int64(o.Board))
		}))
	case column.Dependency:
		return column.Value{} // it links items of one board
	}
	return v
}

// labelled is the value of a status or dropdown cell with the labels of these texts that there are.
func labelled(col *column.Column, texts []string) column.Value {
	var ids []string
	for _, text := range texts {
		for _, l := range col.Settings.Labels {
			if !l.Deactivated && strings.EqualFold(l.Text, text) {
				ids = append(ids, strconv.Itoa(l.ID))
				break
			}
		}
	}
	if len(ids) == 0 {
		return column.Value{}
	}
	raw := `{"ids":[` + strings.Join(ids, ",") + `]}`
	if col.Kind.Name == column.Status {
		raw = `{"index":` + ids[0] + `}`
	}
	w, err := col.Parse(raw, column.Write{})
	if err != nil { // more labels than the column takes
		return column.Value{}
	}
	return w.Value
}
