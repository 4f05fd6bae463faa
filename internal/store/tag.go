package store

import "github.com/lunedi-dev/lunedi/internal/work"

var tags = newTable(table{
	name:    "tags",
	keys:    1,
	columns: []column{{"id", bigint}, {"name", text}, {"color", text}, {"board_id", bigint}},
})

func tagRow(t *work.Tag) []any { return []any{int64(t.ID), t.Name, t.Color, int64(t.Board)} }

func (l *loader) tags() (list []*work.Tag) {
	var t work.Tag
	var id, board int64
	l.each(tags, func() error {
		t.ID, t.Board = work.TagID(id), work.BoardID(board)
		one := t
		list = append(list, &one)
		return nil
	}, &id, &t.Name, &t.Color, &board)
	return list
}
