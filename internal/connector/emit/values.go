package emit

import (
	"fmt"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// columnValues is the one stream without an index: it is as large as all others together, and its rows are
// known anyhow: those of an item are in the columns of its board. A column that was deleted stays known, so
// that items that are read later can be told to have lost what they held in it.
const columnValues = "column_values"

// goneValues is what a Gone of column_values speaks of, as it was before its batch.
type goneValues struct {
	gone    connector.Gone
	items   []place
	columns map[uint64][]knownColumn // by board
	fresh   map[[2]uint64]bool       // item and column: the batch has a row of them
}

type place struct {
	item, board uint64
	read        time.Time
}

type knownColumn struct {
	id      uint64
	deleted time.Time // zero while it is there
}

// valuesGone looks up what the batch's Gones of column_values speak of. It must be done before the batch
// changes what is known of items and columns.
func (s *Sink) valuesGone(b *connector.Batch) (map[*connector.Stream][]goneValues, error) {
	var list map[*connector.Stream][]goneValues
	for _, g := range b.Gone {
		if g.Stream.Name != columnValues || s.index[g.Stream] == nil {
			continue
		}
		v, err := s.lookUp(g)
		if err != nil {
			return nil, err
		}
		v.fresh = s.freshValues(g.Stream, b.Rows[g.Stream])
		if list == nil {
			list = map[*connector.Stream][]goneValues{}
		}
		list[g.Stream] = append(list[g.Stream], v)
	}
	return list, nil
}

// byItems is which field of items stands for one of column_values.
var byItems = map[string]string{"": "", "item_id": "id", "board_id": "board_id"}

func (s *Sink) lookUp(g connector.Gone) (goneValues, error) {
	v := goneValues{gone: g, columns: map[uint64][]knownColumn{}}
	by, ok := byItems[g.By]
	if !ok {
		return v, fmt.Errorf("stream %s: rows cannot be found by %s", columnValues, g.By)
	}
	items := s.index[s.stream("items")]
	list, err := items.where(by, g.Values)
	if err != nil {
		return v, err
	}
	id, board := items.at("id"), items.at("board_id")
	for _, i := range list {
		p := place{item: items.cols[id][i], board: items.cols[board][i], read: items.readAt(i)}
		v.items = append(v.items, p)
		if _, ok := v.columns[p.board]; !ok {
			v.columns[p.board] = s.columnsOf(p.board)
		}
	}
	return v, nil
}

// columnsOf lists a board's columns, deleted ones too.
func (s *Sink) columnsOf(board uint64) (list []knownColumn) {
	st := s.stream("columns")
	for _, x := range []*index{s.index[st], s.gone[st]} {
		ch := x.chain(x.at("board_id"))
		id := x.at("id")
		for i := ch.first(board); i >= 0; i = ch.next[i] {
			c := knownColumn{id: x.cols[id][i]}
			if x == s.gone[st] {
				c.deleted = x.readAt(i)
			}
			list = append(list, c)
		}
	}
	return list
}

func (s *Sink) freshValues(st *connector.Stream, rows []connector.Row) map[[2]uint64]bool {
	item, column := st.At("item_id"), st.At("column_id")
	fresh := make(map[[2]uint64]bool, len(rows))
	for _, row := range rows {
		i, _ := row[item].(string)
		c, _ := row[column].(string)
		fresh[[2]uint64{s.atoms.of(i), s.atoms.of(c)}] = true
	}
	return fresh
}

// dropValues sends out that values are gone. It may do so of a value that never was, and says nothing of
// one that was called gone before.
func (s *Sink) dropValues(v goneValues) (n int64, err error) {
	st := v.gone.Stream
	item, board, column := st.At("item_id"), st.At("board_id"), st.At("column_id")
	for _, p := range v.items {
		for _, c := range v.columns[p.board] {
			if !s.isGone(&v, p, c) {
				continue
			}
			row := make(connector.Row, len(st.Fields))
			row[item], row[column] = s.atoms.text(p.item), s.atoms.text(c.id)
			if p.board != null {
				row[board] = s.atoms.text(p.board)
			}
			if err := s.emit(&Record{Stream: st, Row: row, SyncedAt: s.at, DeletedAt: s.at}); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

func (s *Sink) isGone(v *goneValues, p place, c knownColumn) bool {
	before := v.gone.Before
	readNow := v.fresh[[2]uint64{p.item, c.id}]
	switch {
	case readNow:
		return before.IsZero() || s.at.Before(before)
	case !c.deleted.IsZero():
		// Who reads an item says what it no longer holds: that was said of this column when it was read last.
		return p.read.Before(c.deleted)
	default:
		return before.IsZero() || p.read.Before(before)
	}
}
