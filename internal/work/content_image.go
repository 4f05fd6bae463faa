package work

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// content is what is on one board as of one Seq. Like the image it is never changed once published.
// Groups, columns and views are always there; of the items either all active ones are (whole), or
// those that were asked for.
type content struct {
	seq     Seq
	board   BoardID
	whole   bool
	groups  []*Group  // of every state, by position
	columns []*Column // of every state, by position
	views   []*BoardView
	items   table[ItemID, *Item]
	places  []places // the active items of each group that has some
	active  int      // how many active items the board has, loaded or not
	number  int64    // the highest Item.Number
	bytes   int64    // about how much memory this takes
	loaded  *loaded  // its place in the cache
	mark    uint64   // names the state of columns
	orders  *orders  // of the active items; shared by contents that have the same
	traits  traits   // of columns
	// itemBytes is about how much memory all active items would take, as of when it was read.
	itemBytes int64
}

// places are the active items of a group in order.
type places struct {
	group string
	items table[string, *Item]
}

// placeKey orders items within a group.
func placeKey(it *Item) string { return ItemPlace{it.Pos, it.ID}.key() }

func (p ItemPlace) key() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(p.Pos)^1<<63)
	binary.BigEndian.PutUint64(b[8:], uint64(p.ID)^1<<63)
	return string(b[:])
}

// group finds a group of whatever state.
func (c *content) group(id string) *Group {
	for _, g := range c.groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// column finds a column that is not deleted.
func (c *content) column(id string) *Column {
	for _, col := range c.columns {
		if col.ID == id && col.State != StateDeleted {
			return col
		}
	}
	return nil
}

// view finds a view.
func (c *content) view(id ViewID) *BoardView {
	for _, v := range c.views {
		if v.ID == id {
			return v
		}
	}
	return nil
}

// columnOf finds the first column of a type that is not deleted.
func (c *content) columnOf(t column.Type) *Column {
	for _, col := range c.columns {
		if col.Type == t && col.State != StateDeleted {
			return col
		}
	}
	return nil
}

// activeGroups runs through the active groups in order.
func (c *content) activeGroups() iter.Seq[*Group] {
	return func(yield func(*Group) bool) {
		for _, g := range c.groups {
			if g.State == StateActive && !yield(g) {
				return
			}
		}
	}
}

// inGroup runs through the loaded active items of a group in order.
func (c *content) inGroup(id string) iter.Seq[*Item] {
	for i := range c.places {
		if c.places[i].group == id {
			return c.places[i].items.all()
		}
	}
	return func(func(*Item) bool) {}
}

func byGroupPos(a, b *Group) int   { return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.ID, b.ID)) }
func byColumnPos(a, b *Column) int { return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.ID, b.ID)) }
func byViewPos(a, b *BoardView) int {
	return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.ID, b.ID))
}

// newContent arranges what a store has read of a board. It takes over the rows.
func newContent(board BoardID, rows *BoardRows, whole bool) *content {
	c := &content{seq: rows.Seq, board: board, whole: whole, groups: rows.Groups, columns: rows.Columns, views: rows.Views,
		active: rows.Active, number: rows.Number, itemBytes: rows.Bytes, orders: new(orders)}
	slices.SortFunc(c.groups, byGroupPos)
	slices.SortFunc(c.columns, byColumnPos)
	slices.SortFunc(c.views, byViewPos)
	c.bytes = contentBytes + int64(len(c.groups)+len(c.views))*rowBytes
	for _, col := range c.columns {
		col.compile()
		c.bytes += rowBytes + int64(3*len(col.Settings))
	}
	c.columnsChanged()
	if !whole {
		return c
	}
	c.itemBytes = 0
	byGroup := map[string][]*Item{}
	for _, it := range rows.Items {
		c.restore(it)
		c.itemBytes += it.bytes()
		byGroup[it.Group] = append(byGroup[it.Group], it)
	}
	c.bytes += c.itemBytes
	c.active = len(rows.Items)
	c.items = tableBy(rows.Items, func(it *Item) ItemID { return it.ID })
	for group, items := range byGroup {
		c.places = append(c.places, places{group, tableBy(items, placeKey)})
	}
	return c
}

// What rows take in memory beside their texts, roughly: the row, its places in tables, and slack.
const (
	contentBytes = 4 << 10
	rowBytes     = 512
	itemBytes    = 360
	cellBytes    = 104 // and its key and time in the text that was read, which stays as long as the value does
)

// bytes is about how much memory the item takes.
func (it *Item) bytes() int64 {
	n := itemBytes + len(it.Name) + 8*len(it.Subscribers)
	for i := range it.Cells {
		n += cellBytes + len(it.Cells[i].Value.JSON)
	}
	return int64(n)
}

// traits say what the texts of a board's cells depend on beside the item, the columns, and names.
type traits uint8

const (
	linking  traits = 1 << iota // items of other boards
	hiding                      // who looks
	changing                    // the time
)

// columnsChanged notes what follows from the columns.
func (c *content) columnsChanged() {
	c.mark, c.traits = nextMark(), 0
	for _, col := range c.columns {
		if col.State == StateDeleted {
			continue
		}
		if col.Hidden {
			c.traits |= hiding
		}
		switch col.Type {
		case column.BoardRelation, column.Dependency, column.Mirror, column.Subtasks:
			c.traits |= linking
		case column.Formula, column.TimeTracking:
			c.traits |= changing // TODAY(), and timers that run
		}
	}
}

// compile makes the column's settings ready. Settings that cannot be read are as if there were none.
func (col *Column) compile() {
	kind, _ := column.ByName(string(col.Type))
	def := &column.Column{ID: col.ID, Title: col.Title, Kind: kind}
	if s, err := kind.ParseSettings(col.Settings); err == nil {
		def.Settings = s
	}
	col.Def = def
}

// restore completes an item that was read from a store, in place: values get their texts, and names
// that all items share are kept once.
func (c *content) restore(it *Item) {
	if g := c.group(it.Group); g != nil {
		it.Group = g.ID
	}
	for i := range it.Cells {
		cell := &it.Cells[i]
		for _, col := range c.columns {
			if col.ID == cell.Column {
				cell.Column = col.ID
				if cell.Value.Text == "" {
					cell.Value = col.Def.Kind.Restore(cell.Value.JSON)
				}
				break
			}
		}
	}
}

// apply returns the content with a change of one of its rows made.
func (c *content) apply(ch *Change) *content {
	next := *c
	next.orders = new(orders)
	switch {
	case ch.Group != nil:
		next.groups = withRow(c.groups, ch.Group, func(g *Group) bool { return g.ID == ch.Group.ID }, byGroupPos, ch.Delete)
	case ch.Column != nil:
		col := *ch.Column
		col.compile()
		next.columns = withRow(c.columns, &col, func(o *Column) bool { return o.ID == col.ID }, byColumnPos, ch.Delete)
		next.columnsChanged()
	case ch.View != nil:
		next.views = withRow(c.views, ch.View, func(o *BoardView) bool { return o.ID == ch.View.ID }, byViewPos, ch.Delete)
	case ch.Item != nil:
		next.applyItem(ch)
	}
	return &next
}

func (c *content) applyItem(ch *Change) {
	it := ch.Item
	here := it.Board == c.board && !ch.Delete
	old, known := c.items.get(it.ID)
	if known {
		c.bytes -= old.bytes()
		if c.whole && old.State == StateActive {
			c.place(old.Group, func(t table[string, *Item]) table[string, *Item] { return t.without(placeKey(old)) })
		}
	}
	if !here {
		if known {
			c.items = c.items.without(it.ID)
		}
		c.active-- // only active items move
		return
	}
	c.active += ch.Active
	c.number = max(c.number, it.Number)
	c.items = c.items.put(it.ID, it)
	c.bytes += it.bytes()
	if c.whole && it.State == StateActive {
		c.place(it.Group, func(t table[string, *Item]) table[string, *Item] { return t.put(placeKey(it), it) })
	}
}

// place edits the order of a group.
func (c *content) place(group string, edit func(table[string, *Item]) table[string, *Item]) {
	c.places = slices.Clone(c.places)
	for i := range c.places {
		if c.places[i].group == group {
			c.places[i].items = edit(c.places[i].items)
			return
		}
	}
	c.places = append(c.places, places{group, edit(table[string, *Item]{})})
}

// withItem returns the content with an item that was loaded.
func (c *content) withItem(it *Item) *content {
	next := *c
	if _, known := next.items.get(it.ID); known {
		return c // level with the image already
	}
	next.items = next.items.put(it.ID, it)
	next.bytes += it.bytes()
	return &next
}

// from runs through the loaded active items of a group that come after a place.
func (c *content) from(group string, after ItemPlace) iter.Seq[*Item] {
	return func(yield func(*Item) bool) {
		for i := range c.places {
			if p := &c.places[i]; p.group == group {
				for it := range p.items.after(after.key()) {
					if !yield(it) {
						return
					}
				}
				return
			}
		}
	}
}

// withRow returns a copy of a short list of rows, kept in order, with one put or taken out.
func withRow[T any](rows []*T, row *T, same func(*T) bool, order func(a, b *T) int, del bool) []*T {
	out := make([]*T, 0, len(rows)+1)
	for _, r := range rows {
		if !same(r) {
			out = append(out, r)
		}
	}
	if del {
		return out
	}
	i, _ := slices.BinarySearchFunc(out, row, order)
	return slices.Insert(out, i, row)
}

// boardOf is the board whose content a change is of, 0 for all other changes.
func (c *Change) boardOf() BoardID {
	switch {
	case c.Item != nil:
		return c.Item.Board
	case c.Group != nil:
		return c.Group.Board
	case c.Column != nil:
		return c.Column.Board
	case c.View != nil:
		return c.View.Board
	}
	return 0
}

// applyContent makes a change in the contents it concerns, as far as they are loaded. Contents that were
// read at seq or later have it already; 0 is a change that is not committed yet.
func (img *Image) applyContent(ch *Change, seq Seq) {
	for _, id := range [2]BoardID{ch.boardOf(), ch.From} {
		if id == 0 {
			continue
		}
		if c, ok := img.contents.get(id); ok && (seq == 0 || seq > c.seq) {
			img.contents = img.contents.put(id, c.apply(ch))
		}
	}
}

// restored completes an item that came with the change feed.
func (img *Image) restored(ch *Change) {
	if ch.Item == nil {
		return
	}
	if c, ok := img.contents.get(ch.Item.Board); ok {
		c.restore(ch.Item)
	}
}
