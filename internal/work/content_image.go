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

var _ = slices.Sort[[]int]

// loaded is a board's place in the cache.
type loaded struct{}
