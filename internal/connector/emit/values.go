package emit

import (
	"fmt"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// columnValues is the one stream without an index of its rows: there are as many of them as of all others
// together. What is known instead is which items have values, on which board and when they were read, and
// when a column of a board was last seen on any item. An item can only hold something in the columns of its
// board that were seen since it was read: those are told gone when it is, or is read and does not name them.
// That may be said of a value that never was, but is not left out of one that was.
const columnValues = "column_values"

// What is known of column_values, as if it were streams.
var (
	holdersOf = &connector.Stream{Name: columnValues, Key: []string{"item_id", "board_id"}, Index: []string{"item_id", "board_id"},
		Fields: []connector.Field{{Name: "item_id", Type: connector.Text}, {Name: "board_id", Type: connector.Text}}}
	columnsOf = &connector.Stream{Name: columnValues, Key: []string{"board_id", "column_id"}, Index: []string{"board_id", "column_id"},
		Fields: []connector.Field{{Name: "board_id", Type: connector.Text}, {Name: "column_id", Type: connector.Text}}}
)

// values is what is known of column_values.
type values struct {
	stream  *connector.Stream
	holders *index // item, board, when it was read; an item that moved is there twice until its Gone
	gone    *index // of them, when they were taken out
	columns *index // board, column, when it was last seen
}

func newValues(s *connector.Stream, a *atoms) *values {
	return &values{stream: s, holders: newIndex(holdersOf, a), gone: newIndex(holdersOf, a), columns: newIndex(columnsOf, a)}
}

// The places in the words of both.
const (
	holderItem, holderBoard = 0, 1
	columnBoard, columnID   = 0, 1
	wordRead                = 2
)

// goneValues is what a Gone of column_values speaks of, as it was before its batch.
type goneValues struct {
	gone    connector.Gone
	holders [][]uint64
	columns map[uint64][][]uint64 // by board
}

// lookUp finds what a Gone speaks of. It must be done before the rows of the batch are entered.
func (v *values) lookUp(g connector.Gone) (goneValues, error) {
	out := goneValues{gone: g, columns: map[uint64][][]uint64{}}
	list, err := v.holders.where(g.By, g.Values)
	if err != nil {
		return out, err
	}
	ofBoard := v.columns.chain(columnBoard)
	for _, i := range list {
		h := v.holders.wordsAt(i)
		out.holders = append(out.holders, h)
		if _, ok := out.columns[h[holderBoard]]; ok {
			continue
		}
		columns := [][]uint64{}
		for c := ofBoard.first(h[holderBoard]); c >= 0; c = ofBoard.next[c] {
			columns = append(columns, v.columns.wordsAt(c))
		}
		out.columns[h[holderBoard]] = columns
	}
	return out, nil
}

// enter notes rows, and which items and columns they are of.
func (v *values) enter(rows []connector.Row, at time.Time) (fresh map[[2]uint64]bool, news bool, err error) {
	item, board, column := v.stream.At("item_id"), v.stream.At("board_id"), v.stream.At("column_id")
	fresh = make(map[[2]uint64]bool, len(rows))
	read := timeWord(at)
	for _, row := range rows {
		var w [3]uint64
		for n, f := range []int{item, board, column} {
			if w[n], err = v.holders.word(min(n, 1), row[f]); err != nil {
				return nil, false, fmt.Errorf("stream %s: %w", columnValues, err)
			}
		}
		fresh[[2]uint64{w[0], w[2]}] = true
		holder := v.holders.put([]uint64{w[0], w[1], read})
		column := v.columns.put([]uint64{w[1], w[2], read})
		news = news || !holder || !column
	}
	return fresh, news, nil
}

// drop hands over the rows that are gone.
func (v *values) drop(g goneValues, fresh map[[2]uint64]bool, at time.Time, each func(connector.Row) error) error {
	before := g.gone.Before
	kept := !before.IsZero() && !at.Before(before) // what was read just now
	for _, h := range g.holders {
		if !before.IsZero() && !wordTime(h[wordRead]).Before(before) {
			continue
		}
		for _, c := range g.columns[h[holderBoard]] {
			isFresh := fresh[[2]uint64{h[holderItem], c[columnID]}]
			if isFresh && kept || !isFresh && c[wordRead] < h[wordRead] {
				continue
			}
			if err := each(v.row(h, c)); err != nil {
				return err
			}
		}
		if i := v.holders.find(h); i >= 0 && (!kept || v.holders.cols[wordRead][i] == h[wordRead]) {
			v.holders.remove(i)
			v.gone.put([]uint64{h[holderItem], h[holderBoard], timeWord(at)})
		}
	}
	return nil
}

func (v *values) row(h, c []uint64) connector.Row {
	row := make(connector.Row, len(v.stream.Fields))
	row[v.stream.At("item_id")] = v.holders.value(holderItem, h[holderItem])
	row[v.stream.At("board_id")] = v.holders.value(holderBoard, h[holderBoard])
	row[v.stream.At("column_id")] = v.columns.value(columnID, c[columnID])
	return row
}

// rollBack makes items that were read after a moment, or found gone after it, look as if they had never been
// read: they may hold whatever a column of their board ever held.
func (v *values) rollBack(to time.Time) {
	never, after := timeWord(time.Time{}), timeWord(to)
	read := v.holders.cols[wordRead]
	for i, w := range read {
		if w > after && w > never {
			read[i], v.holders.stale = never, true
		}
	}
	for i := range int32(v.gone.len()) {
		if w := v.gone.wordsAt(i); w[wordRead] > after && v.holders.find(w) < 0 {
			w[wordRead] = never
			v.holders.put(w)
		}
	}
}
