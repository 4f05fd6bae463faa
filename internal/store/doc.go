package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var docs = newTable(table{
	name: "docs",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"board_id", bigint}, {"item_id", bigint}, {"column_id", text}, {"settings", text},
		{"created_by", bigint}, {"created_at", text}, {"updated_at", text},
	},
})

var blocks = newTable(table{
	name: "blocks",
	keys: 1,
	columns: []column{
		{"id", text}, {"doc_id", bigint}, {"parent_block_id", text}, {"type", text}, {"content", text},
		{"position", double}, {"created_by", bigint}, {"created_at", text}, {"updated_at", text},
	},
})

func docRow(d *work.Doc) []any {
	return []any{
		int64(d.ID), int64(d.Board), int64(d.Item), d.Column, d.Settings,
		int64(d.Creator), stamp(d.CreatedAt), stamp(d.UpdatedAt),
	}
}

func blockRow(b *work.Block) []any {
	return []any{
		b.ID, int64(b.Doc), b.Parent, b.Type, b.Content,
		b.Pos, int64(b.Creator), stamp(b.CreatedAt), stamp(b.UpdatedAt),
	}
}

func (l *loader) docs() (list []*work.Doc) {
	var d work.Doc
	var id, board, item, creator int64
	var created, updated string
	l.each(docs, func() (err error) {
		d.ID, d.Board, d.Item, d.Creator = work.DocID(id), work.BoardID(board), work.ItemID(item), work.UserID(creator)
		if d.CreatedAt, d.UpdatedAt, err = parseStamps(created, updated); err != nil {
			return fmt.Errorf("doc %d: %w", id, err)
		}
		one := d
		list = append(list, &one)
		return nil
	}, &id, &board, &item, &d.Column, &d.Settings, &creator, &created, &updated)
	return list
}

// blocks reads the blocks that conditions, which may end in an order, select.
func (l *loader) blocks(conditions string, args []any) (list []*work.Block) {
	var b work.Block
	var doc, creator int64
	var created, updated string
	l.query(blocks.sel+conditions, args, func() (err error) {
		b.Doc, b.Creator = work.DocID(doc), work.UserID(creator)
		if b.CreatedAt, b.UpdatedAt, err = parseStamps(created, updated); err != nil {
			return fmt.Errorf("block %s: %w", b.ID, err)
		}
		one := b
		list = append(list, &one)
		return nil
	}, &b.ID, &doc, &b.Parent, &b.Type, &b.Content, &b.Pos, &creator, &created, &updated)
	return list
}
