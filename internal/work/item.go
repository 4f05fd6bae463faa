package work

import (
	"context"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// ItemFilter selects items by id, or any.
type ItemFilter struct {
	IDs         []ItemID // nil: any the caller may see, of every board
	OnlyActive  bool     // leave out archived and deleted ones
	NewestFirst bool
	Page        Page
}

// Items lists items that the caller may see.
func (v *View) Items(f ItemFilter) ([]*Item, error) { return nil, errTodo }

// Item returns an item in whatever state, or nil where there is none that the caller may see.
func (v *View) Item(id ItemID) (*Item, error) { return nil, errTodo }

// ItemBoard is the board that an item is on.
func (v *View) ItemBoard(it *Item) *Board { return nil }

// ItemsCount counts the active items of a board that the caller may see.
func (v *View) ItemsCount(b *Board) (int, error) { return 0, errTodo }

// Rule is one condition on items: on a column, or on name, group, or the pseudo columns
// __last_updated__ and __creation_log__.
type Rule struct {
	Column string
	column.Rule
}

// RuleGroup joins conditions.
type RuleGroup struct {
	Any    bool // one is enough, instead of all
	Rules  []Rule
	Groups []RuleGroup
}

// OrderBy is one column to order items by.
type OrderBy struct {
	Column string
	Desc   bool
}

// ItemQuery selects active items of a board. The zero value selects all, in the board's order.
type ItemQuery struct {
	Group string // "": every group
	IDs   []ItemID
	Where RuleGroup
	Order []OrderBy
}

// ItemPage is a part of a list of items, and the cursor that continues it; "" at the end.
type ItemPage struct {
	Items  []*Item
	Cursor string
}

// ItemsMax is how many items a page can have.
const ItemsMax = 500

// CursorLife is how long after the first page of a list its cursors can be used.
const CursorLife = 60 * time.Minute

// ItemsPage is the first page of the items that q selects.
func (v *View) ItemsPage(b *Board, q ItemQuery, limit int) (*ItemPage, error) { return nil, errTodo }

// NextItems continues a list. CodeInvalid with Field cursor for what is none, has expired, or belongs
// to another account or user.
func (v *View) NextItems(cursor string, limit int) (*ItemPage, error) { return nil, errTodo }

// CellView is an item's cell as the caller sees it.
type CellView struct {
	Column *Column
	Item   *Item
	Value  column.Value // stored, or worked out (formulas, mirrors, logs)
	At     int64        // microseconds since 1970 when it was put there; 0: not known
	Env    *column.Env
}

// Cells lists an item's cells in the order of the board's columns, empty ones among them; with ids or
// types only those. Columns the caller may not see are left out.
func (v *View) Cells(it *Item, ids []string, types []column.Type) ([]CellView, error) {
	return nil, errTodo
}

// MirroredCell is what a mirror shows of one linked item.
type MirroredCell struct {
	Item  *Item
	Board *Board
	Cell  CellView
}

// Mirrored lists what a mirror cell shows.
func (v *View) Mirrored(c *CellView) ([]MirroredCell, error) { return nil, errTodo }

// Linked lists the items that a cell links to and the caller may see (board_relation, dependency, subtasks).
func (v *View) Linked(c *CellView) ([]*Item, error) { return nil, errTodo }

// LinkedFrom lists the items of a board that link to the item in the column.
func (v *View) LinkedFrom(it *Item, b *Board, column string) ([]*Item, error) { return nil, errTodo }

// Subitems lists the active subitems of an item, in order.
func (v *View) Subitems(it *Item) ([]*Item, error) { return nil, errTodo }

// ItemSubscribers lists who is told of what happens to the item.
func (v *View) ItemSubscribers(it *Item) []*User { return nil }

// Values are what to put into columns.
type Values struct {
	JSON         string            // an object: a value in JSON form for each column id; "" is none
	Simple       map[string]string // or in simple form
	CreateLabels bool              // make labels that are missing
}

// ItemInput describes a new item.
type ItemInput struct {
	Name       string
	Group      string // "": the first group of the board, or that of RelativeTo
	Values     Values
	RelativeTo ItemID // 0: the bottom of the group
	Before     bool   // before RelativeTo instead of after it
}

// CreateItem makes an item. Permission item.create, and on locked columns the right to write.
func (s *Service) CreateItem(ctx context.Context, by Caller, board BoardID, in ItemInput) (ItemID, error) {
	return 0, errTodo
}

// CreateSubitem makes a subitem, and the board for subitems with the first. Permission item.edit on the parent.
func (s *Service) CreateSubitem(ctx context.Context, by Caller, parent ItemID, in ItemInput) (ItemID, error) {
	return 0, errTodo
}

// ChangeValues puts values into an item's columns, all or none; the column name renames it. Permission item.edit.
func (s *Service) ChangeValues(ctx context.Context, by Caller, board BoardID, item ItemID, values Values) error {
	return errTodo
}

// MoveItemToGroup moves an item to the bottom of another group of its board. Permission item.state.
func (s *Service) MoveItemToGroup(ctx context.Context, by Caller, item ItemID, group string) error {
	return errTodo
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
	return errTodo
}

// ColumnMapping says which column's values go where; Target "" drops them.
type ColumnMapping struct{ Source, Target string }

// MoveItemToBoard moves an item, with its subitems, to a group of another board. nil mappings match
// columns by type and title. Permission item.state there and here.
func (s *Service) MoveItemToBoard(ctx context.Context, by Caller, item ItemID, board BoardID, group string, columns, subitems []ColumnMapping) error {
	return errTodo
}

// DuplicateItem copies an item with its subitems. Permission item.create.
func (s *Service) DuplicateItem(ctx context.Context, by Caller, board BoardID, item ItemID, updates bool) (ItemID, error) {
	return 0, errTodo
}

// ArchiveItem puts an item away with its subitems. Permission item.state.
func (s *Service) ArchiveItem(ctx context.Context, by Caller, item ItemID) error { return errTodo }

// DeleteItem deletes an item with its subitems. Permission item.state.
func (s *Service) DeleteItem(ctx context.Context, by Caller, item ItemID) error { return errTodo }
