package work

import (
	"context"
	"slices"
	"strconv"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// Subitems are items of a board of their own, which comes with the first of them. Which an item has,
// and in what order, is in its cell of the column of type subtasks.

// Subitems lists the active subitems of an item, in order.
func (v *View) Subitems(it *Item) ([]*Item, error) {
	s, err := v.shown(it.Board)
	if err != nil {
		return nil, err
	}
	col := s.c.columnOf(column.Subtasks)
	if col == nil {
		return nil, nil
	}
	ids := itemIDs(column.LinkedItems(it.Cells.Get(col.ID).Value))
	if len(ids) == 0 {
		return nil, nil
	}
	if below := col.Def.Settings.BoardIDs; len(below) > 0 { // whoever asks for one item's asks for others' too
		if _, err := v.whole(BoardID(below[0])); err != nil {
			return nil, err
		}
	}
	return v.visible(ids)
}

func itemIDs(ids []int64) []ItemID {
	out := make([]ItemID, len(ids))
	for i, id := range ids {
		out[i] = ItemID(id)
	}
	return out
}

// subitemIDs are the subitems of an item, as its cell names them.
func (t *tx) subitemIDs(it *Item) []ItemID {
	col := t.content(it.Board).columnOf(column.Subtasks)
	if col == nil || it.Parent != 0 {
		return nil
	}
	return itemIDs(column.LinkedItems(it.Cells.Get(col.ID).Value))
}

// subitems are the active subitems of an item.
func (t *tx) subitems(it *Item) (out []*Item) {
	ids := t.subitemIDs(it)
	t.preload(ids)
	for _, id := range ids {
		if sub := t.item(id); sub != nil && sub.State == StateActive && sub.Parent == it.ID {
			out = append(out, sub)
		}
	}
	return out
}

// CreateSubitem makes a subitem, and the board for subitems with the first. Permission item.edit on the parent.
func (s *Service) CreateSubitem(ctx context.Context, by Caller, parent ItemID, in ItemInput) (id ItemID, err error) {
	if err := checkItemName(in.Name); err != nil {
		return 0, err
	}
	values, err := in.Values.inputs()
	if err != nil {
		return 0, err
	}
	err = s.commit(ctx, by, func(t *tx) error {
		over, b, err := t.activeItem(parent, perm.ItemEdit)
		if err != nil {
			return err
		}
		if over.Parent != 0 {
			return invalid("parent_item_id", "Item %d is a subitem; subitems have none of their own", over.ID)
		}
		below, col := t.subitemsBoard(b)
		it, err := t.newItem(below, in, values, over.ID)
		if err != nil {
			return err
		}
		over = t.item(over.ID)
		t.linkSubitems(over, col, append(column.LinkedItems(over.Cells.Get(col.ID).Value), int64(it.ID)))
		id = it.ID
		return nil
	})
	return id, err
}

// linkSubitems names an item's subitems in its cell, and records it.
func (t *tx) linkSubitems(over *Item, col *Column, ids []int64) {
	next, v := *over, column.LinkTo(ids)
	before := over.Cells.Get(col.ID).Value
	t.set(&next, col, v)
	t.touch(over, &next)
	t.recordValue(&next, cellChange{col, before, v})
}

// unlinkSubitem takes a subitem out of the cell of the item it belongs to.
func (t *tx) unlinkSubitem(sub *Item) {
	over := t.item(sub.Parent)
	if over == nil || over.State == StateDeleted {
		return
	}
	if col := t.content(over.Board).columnOf(column.Subtasks); col != nil {
		ids := column.LinkedItems(over.Cells.Get(col.ID).Value)
		if i := slices.Index(ids, int64(sub.ID)); i >= 0 {
			t.linkSubitems(over, col, slices.Delete(ids, i, i+1))
		}
	}
}

// subitemsBoard is the board of a board's subitems and the column that shows them; both are made where
// there are none.
func (t *tx) subitemsBoard(b *Board) (*Board, *Column) {
	c := t.content(b.ID)
	col := c.columnOf(column.Subtasks)
	if col != nil {
		for _, id := range col.Def.Settings.BoardIDs {
			if below, ok := t.boards.get(BoardID(id)); ok && below.State == StateActive && below.Type == SubitemsBoard && below.Parent == b.ID {
				return below, col
			}
		}
	}
	below := &Board{ID: BoardID(t.newID()), Name: shortened("Subitems of " + b.Name), Kind: b.Kind, State: StateActive, Workspace: b.Workspace,
		Creator: t.by.ID, Permission: PermEveryone, Type: SubitemsBoard, Parent: b.ID, CreatedAt: t.now, UpdatedAt: t.now}
	t.put(Change{Board: below})
	t.furnish(below, subitemColumns)
	if col == nil {
		taken := func(id string) bool {
			return slices.ContainsFunc(c.columns, func(o *Column) bool { return o.ID == id })
		}
		col = &Column{Board: b.ID, ID: t.newKey("subtasks", taken), Title: "Subitems", Type: column.Subtasks, State: StateActive}
		col.Settings = subtasksSettings(below.ID)
		t.addColumn(c, col, min(1, len(c.columns)))
	} else {
		next := *col
		next.Settings = subtasksSettings(below.ID)
		next.Revision++
		t.put(Change{Column: &next})
		col = &next
	}
	return below, t.content(b.ID).column(col.ID)
}

// subtasksSettings are the settings of a column that shows the subitems of a board.
func subtasksSettings(below BoardID) string {
	return `{"allowMultipleItems":true,"boardIds":[` + strconv.FormatInt(int64(below), 10) + `],"itemTypeName":"column.subtasks.title"}`
}

// furniture is a column that a new board comes with.
type furniture struct {
	id, title string
	kind      column.Type
}

// What the columns of new boards are, and of new boards of subitems.
var (
	boardColumns   = []furniture{{nameColumn, "Name", column.Name}}
	subitemColumns = []furniture{{nameColumn, "Name", column.Name}, {"person", "Owner", column.People}, {"status", "Status", column.Status}, {"date0", "Date", column.Date}}
)

// furnish gives a new board its group and columns.
func (t *tx) furnish(b *Board, columns []furniture) {
	t.content(b.ID) // known from here on
	g := FirstGroup(b.ID)
	if b.Type == SubitemsBoard {
		g.Title, g.Color = "Subitems", groupColors[0].hex
	}
	t.put(Change{Group: g})
	t.recordGroup("create_group", g)
	for i, f := range columns {
		kind, _ := column.ByName(string(f.kind))
		settings, _ := kind.ParseSettings("") // the default is one
		col := &Column{Board: b.ID, ID: f.id, Title: f.title, Type: f.kind, Settings: kind.SettingsJSON(settings), Pos: int64(i+1) * PosStep, State: StateActive, Revision: 1}
		t.put(Change{Column: col})
		t.recordColumn("create_column", col, nil, nil)
	}
}
