package emit

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// index holds some fields of the rows of a stream that are there, and when each was last read. A row is a
// word per field, at the same place of every column, and is found through an open hash table of places: a
// million items are some 65 MB.
type index struct {
	stream *connector.Stream
	atoms  *atoms
	fields []int      // places in a Row, of the stream's Index and of parents
	key    []int      // which of the fields are the key
	cols   [][]uint64 // by field; after them readCol
	table  []int32    // places+1; its length is a power of two
	by     map[int]*chain
	stale  bool // it is not as it was encoded last
}

// parents are fields that rows are called gone by, on whatever stream they are.
var parents = []string{"board_id", "item_id", "update_id"}

func newIndex(s *connector.Stream, a *atoms) *index {
	x := &index{stream: s, atoms: a, by: map[int]*chain{}, stale: true}
	for i, f := range s.Fields {
		if !slices.Contains(s.Index, f.Name) && !slices.Contains(parents, f.Name) {
			continue
		}
		if slices.Contains(s.Key, f.Name) {
			x.key = append(x.key, len(x.fields))
		}
		x.fields = append(x.fields, i)
	}
	x.cols = make([][]uint64, len(x.fields)+1)
	return x
}

func (x *index) len() int     { return len(x.cols[0]) }
func (x *index) readCol() int { return len(x.fields) }

// at is which of the index's fields has a name, or -1.
func (x *index) at(name string) int {
	return slices.IndexFunc(x.fields, func(f int) bool { return x.stream.Fields[f].Name == name })
}

// words packs a row for put.
func (x *index) words(row connector.Row, read time.Time) ([]uint64, error) {
	w := make([]uint64, len(x.cols))
	for i, f := range x.fields {
		v, err := x.word(f, row[f])
		if err != nil {
			return nil, err
		}
		w[i] = v
	}
	w[x.readCol()] = timeWord(read)
	return w, nil
}

// word packs a value of a field of the stream.
func (x *index) word(f int, value any) (uint64, error) {
	switch v := value.(type) {
	case nil:
		return null, nil
	case string:
		return x.atoms.of(v), nil
	case json.RawMessage:
		return x.atoms.of(string(v)), nil
	case time.Time:
		return timeWord(v), nil
	case int64:
		return uint64(v) ^ 1<<63, nil
	case float64:
		return math.Float64bits(v) ^ 1<<63, nil
	case bool:
		if v {
			return 2, nil
		}
		return 1, nil
	}
	return 0, fmt.Errorf("stream %s: field %s has a value of type %T", x.stream.Name, x.stream.Fields[f].Name, value)
}

func timeWord(t time.Time) uint64 { return uint64(t.UnixMicro()) ^ 1<<63 }
func wordTime(w uint64) time.Time { return time.UnixMicro(int64(w ^ 1<<63)).UTC() }

// value unpacks what word packed.
func (x *index) value(col int, w uint64) any {
	if w == null {
		return nil
	}
	switch x.stream.Fields[x.fields[col]].Type {
	case connector.Time:
		return wordTime(w)
	case connector.Integer:
		return int64(w ^ 1<<63)
	case connector.Number:
		return math.Float64frombits(w ^ 1<<63)
	case connector.Boolean:
		return w == 2
	case connector.JSON:
		return json.RawMessage(x.atoms.text(w))
	default:
		return x.atoms.text(w)
	}
}

// row is what is known of a row, at the places of the stream's fields.
func (x *index) row(i int32) connector.Row {
	row := make(connector.Row, len(x.stream.Fields))
	for c, f := range x.fields {
		row[f] = x.value(c, x.cols[c][i])
	}
	return row
}

func (x *index) wordsAt(i int32) []uint64 {
	w := make([]uint64, len(x.cols))
	for c := range x.cols {
		w[c] = x.cols[c][i]
	}
	return w
}

func (x *index) readAt(i int32) time.Time { return wordTime(x.cols[x.readCol()][i]) }

func (x *index) hash(at func(col int) uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, k := range x.key {
		h = (h ^ at(k)) * 0xff51afd7ed558ccd
		h ^= h >> 32
	}
	return h
}

func (x *index) hashOf(w []uint64) uint64 { return x.hash(func(c int) uint64 { return w[c] }) }
func (x *index) hashAt(i int32) uint64    { return x.hash(func(c int) uint64 { return x.cols[c][i] }) }
func (x *index) slot(h uint64) int        { return int(h & uint64(len(x.table)-1)) }
func (x *index) next(slot int) int        { return (slot + 1) & (len(x.table) - 1) }
func (x *index) is(i int32, w []uint64) bool {
	return !slices.ContainsFunc(x.key, func(k int) bool { return x.cols[k][i] != w[k] })
}

// find is the place of the row with the key of w, or -1.
func (x *index) find(w []uint64) int32 {
	if len(x.table) == 0 {
		return -1
	}
	for s := x.slot(x.hashOf(w)); x.table[s] != 0; s = x.next(s) {
		if i := x.table[s] - 1; x.is(i, w) {
			return i
		}
	}
	return -1
}

// put writes a row in place of the one with its key, and says whether there was one.
func (x *index) put(w []uint64) (was bool) {
	x.stale = true
	if i := x.find(w); i >= 0 {
		for c, v := range w {
			if ch := x.by[c]; ch != nil && x.cols[c][i] != v {
				ch.cut(i, x.cols[c][i])
				ch.link(i, v)
			}
			x.cols[c][i] = v
		}
		return true
	}
	if 4*(x.len()+1) > 3*len(x.table) {
		x.grow()
	}
	i := int32(x.len())
	for c, v := range w {
		x.cols[c] = append(x.cols[c], v)
	}
	for _, ch := range x.by {
		ch.next, ch.prev = append(ch.next, -1), append(ch.prev, -1)
	}
	for c, ch := range x.by {
		ch.link(i, w[c])
	}
	x.enter(i)
	return false
}

func (x *index) enter(i int32) {
	s := x.slot(x.hashAt(i))
	for x.table[s] != 0 {
		s = x.next(s)
	}
	x.table[s] = i + 1
}

func (x *index) grow() {
	x.table = make([]int32, max(16, 2*len(x.table)))
	for i := range x.len() {
		x.enter(int32(i))
	}
}

// remove takes a row out; the last one takes its place.
func (x *index) remove(i int32) {
	x.stale = true
	x.leave(i)
	last := int32(x.len() - 1)
	for c, ch := range x.by {
		ch.cut(i, x.cols[c][i])
	}
	if i != last {
		s := x.slot(x.hashAt(last))
		for x.table[s] != last+1 {
			s = x.next(s)
		}
		x.table[s] = i + 1
		for c, ch := range x.by {
			ch.cut(last, x.cols[c][last])
			ch.link(i, x.cols[c][last])
		}
		for c := range x.cols {
			x.cols[c][i] = x.cols[c][last]
		}
	}
	for c := range x.cols {
		x.cols[c] = x.cols[c][:last]
	}
	for _, ch := range x.by {
		ch.next, ch.prev = ch.next[:last], ch.prev[:last]
	}
}

// leave takes a row out of the table and closes the gap, so that no search ends too early.
func (x *index) leave(i int32) {
	gap := x.slot(x.hashAt(i))
	for x.table[gap] != i+1 {
		gap = x.next(gap)
	}
	for s := x.next(gap); x.table[s] != 0; s = x.next(s) {
		home := x.slot(x.hashAt(x.table[s] - 1))
		if (s-home)&(len(x.table)-1) >= (s-gap)&(len(x.table)-1) {
			x.table[gap] = x.table[s]
			gap = s
		}
	}
	x.table[gap] = 0
}

// where lists the places of rows whose field is one of values; of all when by is empty. The list is good
// until the index changes.
func (x *index) where(by string, values []string) ([]int32, error) {
	if by == "" {
		all := make([]int32, x.len())
		for i := range all {
			all[i] = int32(i)
		}
		return all, nil
	}
	col := x.at(by)
	if col < 0 || !x.isText(col) {
		return nil, fmt.Errorf("stream %s: rows cannot be found by %s", x.stream.Name, by)
	}
	var list []int32
	ch := x.chain(col)
	for _, v := range slices.Compact(slices.Sorted(slices.Values(values))) {
		if w, ok := x.atoms.known(v); ok {
			for i := ch.first(w); i >= 0; i = ch.next[i] {
				list = append(list, i)
			}
		}
	}
	return list, nil
}

// chain finds rows by a field, from the first time they are looked for by it.
func (x *index) chain(col int) *chain {
	ch := x.by[col]
	if ch == nil {
		ch = &chain{heads: map[uint64]int32{}, next: make([]int32, x.len()), prev: make([]int32, x.len())}
		for i, w := range x.cols[col] {
			ch.link(int32(i), w)
		}
		x.by[col] = ch
	}
	return ch
}

// chain links the rows that have a field's value in common.
type chain struct {
	heads      map[uint64]int32
	next, prev []int32
}

func (c *chain) first(w uint64) int32 {
	if i, ok := c.heads[w]; ok {
		return i
	}
	return -1
}

func (c *chain) link(i int32, w uint64) {
	head := c.first(w)
	c.next[i], c.prev[i] = head, -1
	if head >= 0 {
		c.prev[head] = i
	}
	c.heads[w] = i
}

func (c *chain) cut(i int32, w uint64) {
	next, prev := c.next[i], c.prev[i]
	if next >= 0 {
		c.prev[next] = prev
	}
	switch {
	case prev >= 0:
		c.next[prev] = next
	case next >= 0:
		c.heads[w] = next
	default:
		delete(c.heads, w)
	}
}
