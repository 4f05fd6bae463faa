package work

import (
	"math"
	"slices"
	"sync"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// CellView is an item's cell as the caller sees it.
type CellView struct {
	Column *Column
	Item   *Item
	Value  column.Value // stored, or worked out (formulas, mirrors, logs)
	At     int64        // microseconds since 1970 when it was put there; 0: not known
	Env    *column.Env
}

// shown is a board's columns as the caller sees them, made ready once for a view.
type shown struct {
	c       *content
	board   *Board
	columns []*Column // those the caller sees, in order
	sheet   *column.Sheet
}

// column finds a column that the caller sees, or nil.
func (s *shown) column(id string) *Column {
	for _, col := range s.columns {
		if col.ID == id {
			return col
		}
	}
	return nil
}

// shown makes a board's columns ready.
func (v *View) shown(id BoardID) (*shown, error) {
	if v.last != nil && v.last.board.ID == id {
		return v.last, nil
	}
	s, ok := v.boards[id]
	if !ok {
		c, err := v.content(id)
		if err != nil {
			return nil, err
		}
		b, ok := v.img.boards.get(id)
		if !ok {
			return nil, notFound("board", id)
		}
		s = &shown{c: c, board: b, columns: make([]*Column, 0, len(c.columns))}
		owner := v.img.isOwner(v.me, b)
		for _, col := range c.columns {
			if col.State != StateDeleted && col.reads(v.me, owner) {
				s.columns = append(s.columns, col)
			}
		}
		if v.boards == nil {
			v.boards = map[BoardID]*shown{}
		}
		v.boards[id] = s
	}
	v.last = s
	return s, nil
}

// env is what the meaning of values depends on for the caller.
func (v *View) env() *column.Env {
	if v.means == nil {
		env := newEnv(v.img, v.me, v.now)
		env.Names = (*viewNames)(v)
		v.means = &env
	}
	return v.means
}

// Cells lists an item's cells in the order of the board's columns, empty ones among them; with ids or
// types only those. The name is none of them. Columns the caller may not see are left out.
func (v *View) Cells(it *Item, ids []string, types []column.Type) ([]CellView, error) {
	s, err := v.shown(it.Board)
	if err != nil {
		return nil, err
	}
	env := v.env()
	n := len(s.columns)
	if ids != nil {
		n = min(n, len(ids))
	}
	out := make([]CellView, 0, n)
	next := 0 // cells mostly come in the order of columns
	for _, col := range s.columns {
		if col.Type == column.Name || !wanted(col, ids, types) {
			continue
		}
		cell := CellView{Column: col, Item: it, Env: env}
		for i := range it.Cells {
			at := next + i
			if at >= len(it.Cells) {
				at -= len(it.Cells)
			}
			if stored := &it.Cells[at]; stored.Column == col.ID {
				cell.Value, cell.At = stored.Value, stored.At
				next = at + 1
				break
			}
		}
		if computed(col.Type) {
			cell.Value = v.compute(s, col, it)
		}
		out = append(out, cell)
	}
	return out, v.fault
}

// CellsMoment names what an item's cells depend on beside the item itself, so that what is made of them
// may be kept: two numbers that are the same as long as all of it is. It is not ok where they depend on
// the time, or on items that may change without the account being told.
func (v *View) CellsMoment(it *Item) (epoch, class uint64, ok bool) {
	s, err := v.shown(it.Board)
	if err != nil || s.c.traits&(linking|changing) != 0 {
		return 0, 0, false
	}
	if s.c.traits&hiding != 0 {
		class = 1<<63 | uint64(v.me.ID)
	} else {
		class = v.zoneClass()
	}
	return v.img.directory<<32 | s.c.mark&math.MaxUint32, class, true
}

// zoneNumbers numbers the time zones that callers have.
var zoneNumbers struct {
	sync.Mutex
	numbers map[string]uint64
}

// zoneClass tells callers apart by their time zones, which dates with a time are shown in.
func (v *View) zoneClass() uint64 {
	if v.zone == 0 {
		zoneNumbers.Lock()
		defer zoneNumbers.Unlock()
		if zoneNumbers.numbers == nil {
			zoneNumbers.numbers = map[string]uint64{}
		}
		n, ok := zoneNumbers.numbers[v.me.TimeZone]
		if !ok {
			n = uint64(len(zoneNumbers.numbers)) + 1
			zoneNumbers.numbers[v.me.TimeZone] = n
		}
		v.zone = n
	}
	return v.zone
}

// computed reports whether values of a type are worked out instead of stored.
func computed(t column.Type) bool {
	switch t {
	case column.Name, column.Group, column.AutoNumber, column.ItemID, column.CreationLog, column.LastUpdated, column.Formula, column.Mirror, column.Progress:
		return true
	}
	return false
}

// value is what an item has in a column.
func (v *View) value(s *shown, col *Column, it *Item) column.Value {
	if computed(col.Type) {
		return v.compute(s, col, it)
	}
	return it.Cells.Get(col.ID).Value
}

// compute works a value out. Faults of the database end up in v.fault: what builds on values has no
// place for them.
func (v *View) compute(s *shown, col *Column, it *Item) column.Value {
	switch col.Type {
	case column.Name:
		return column.NameOf(it.Name)
	case column.Group:
		return column.GroupOf(it.Group)
	case column.AutoNumber:
		return column.AutoNumberOf(it.Number)
	case column.ItemID:
		return column.ItemIDOf(int64(it.ID))
	case column.CreationLog:
		return column.CreationLogOf(it.CreatedAt, int64(it.Creator))
	case column.LastUpdated:
		return column.LastUpdatedOf(it.UpdatedAt, int64(it.UpdatedBy))
	case column.Progress:
		return progress(s, it)
	case column.Formula:
		return v.formula(s, col, it)
	}
	cells, err := v.mirrored(s, col, it)
	if err != nil && v.fault == nil {
		v.fault = err
	}
	texts := make([]string, len(cells))
	for i := range cells {
		texts[i] = cells[i].Cell.Column.Def.DisplayValue(cells[i].Cell.Value, *v.env())
	}
	return column.MirrorOf(texts)
}

// progress is how many of an item's statuses say that they are done.
func progress(s *shown, it *Item) column.Value {
	all, done := 0, 0
	for _, col := range s.c.columns {
		if col.Type == column.Status && col.State != StateDeleted {
			all++
			if l, ok := col.Def.StatusLabel(it.Cells.Get(col.ID).Value); ok && l.Done {
				done++
			}
		}
	}
	if all == 0 {
		return column.Value{}
	}
	return column.ProgressOf(100 * done / all)
}

// formula works a formula out, of all columns the board has: who sees the result need not see what it is of.
func (v *View) formula(s *shown, col *Column, it *Item) column.Value {
	if s.sheet == nil {
		defs := make([]*column.Column, 0, len(s.c.columns))
		for _, o := range s.c.columns {
			if o.State != StateDeleted {
				defs = append(defs, o.Def)
			}
		}
		s.sheet = column.NewSheet(defs)
	}
	return s.sheet.Formula(col.Def, func(def *column.Column) column.Value {
		i := slices.IndexFunc(s.c.columns, func(o *Column) bool { return o.Def == def })
		return v.value(s, s.c.columns[i], it)
	}, *v.env())
}

// MirroredCell is what a mirror shows of one linked item.
type MirroredCell struct {
	Item  *Item
	Board *Board
	Cell  CellView
}

// Mirrored lists what a mirror cell shows.
func (v *View) Mirrored(c *CellView) ([]MirroredCell, error) {
	s, err := v.shown(c.Item.Board)
	if err != nil {
		return nil, err
	}
	out, err := v.mirrored(s, c.Column, c.Item)
	if err == nil {
		err = v.fault
	}
	return out, err
}

// mirrorsDeep is how many mirrors may look at one another in a row.
const mirrorsDeep = 4

func (v *View) mirrored(s *shown, col *Column, it *Item) (out []MirroredCell, err error) {
	if v.deep >= mirrorsDeep {
		return nil, nil
	}
	v.deep++
	defer func() { v.deep-- }()
	for _, id := range col.Def.Settings.Relations {
		rel := s.column(id)
		if rel == nil {
			continue
		}
		linked := v.linked(column.LinkedItems(it.Cells.Get(rel.ID).Value))
		for _, other := range linked {
			there, err := v.shown(other.Board)
			if err != nil {
				return nil, err
			}
			for _, m := range col.Def.Settings.Mirrored {
				if BoardID(m.BoardID) != other.Board {
					continue
				}
				for _, id := range m.ColumnIDs {
					if shows := there.column(id); shows != nil {
						out = append(out, MirroredCell{other, there.board, CellView{Column: shows, Item: other,
							Value: v.value(there, shows, other), At: other.Cells.Get(shows.ID).At, Env: v.env()}})
					}
				}
			}
		}
	}
	return out, nil
}

// linked are the items with the ids that are active and seen by the caller. What the view has listed
// before is taken as a hint: what links there are from there are looked up together.
func (v *View) linked(ids []int64) (out []*Item) {
	for _, id := range ids {
		it, known := v.links[ItemID(id)]
		if !known {
			v.follow(ids)
			it = v.links[ItemID(id)]
		}
		if it != nil {
			out = append(out, it)
		}
	}
	return out
}

// follow looks up what items link to: those with the ids, and those that listed items link to.
func (v *View) follow(ids []int64) {
	if v.links == nil {
		v.links = map[ItemID]*Item{}
	}
	var ask []ItemID
	want := func(ids []int64) {
		for _, id := range ids {
			if _, known := v.links[ItemID(id)]; !known {
				v.links[ItemID(id)] = nil
				ask = append(ask, ItemID(id))
			}
		}
	}
	want(ids)
	for _, it := range v.recent {
		c, err := v.content(it.Board)
		if err != nil {
			break
		}
		for _, col := range c.columns {
			switch col.Type {
			case column.BoardRelation, column.Dependency, column.Subtasks:
				want(column.LinkedItems(it.Cells.Get(col.ID).Value))
			}
		}
	}
	v.recent = nil
	rows, err := v.itemsByID(ask)
	if err != nil && v.fault == nil {
		v.fault = err
	}
	for _, it := range rows {
		if it != nil && it.State == StateActive && v.seesItem(it) {
			v.links[it.ID] = it
		}
	}
}

// viewNames gives the present names of what values refer to. Who sees a value sees the names in it,
// but for items: those the caller does not see have none.
type viewNames View

func (n *viewNames) UserName(id int64) (string, bool) {
	u, ok := n.img.users.get(UserID(id))
	if !ok {
		return "", false
	}
	return u.Name, true
}

func (n *viewNames) TeamName(id int64) (string, bool) {
	t, ok := n.img.teams.get(TeamID(id))
	if !ok {
		return "", false
	}
	return t.Name, true
}

func (n *viewNames) TagName(id int64) (string, bool) {
	t, ok := n.img.tags.get(TagID(id))
	if !ok {
		return "", false
	}
	return t.Name, true
}

func (n *viewNames) ItemName(id int64) (string, bool) {
	if rows := (*View)(n).linked([]int64{id}); len(rows) > 0 {
		return rows[0].Name, true
	}
	return "", false
}

func (n *viewNames) AssetURL(id int64) (string, bool) {
	if n.assetURL == nil {
		return "", false
	}
	return n.assetURL(AssetID(id)), true
}

// SetAssetURL says where files are to be found; values of file columns read as these addresses.
func (v *View) SetAssetURL(f func(AssetID) string) { v.assetURL = f }
