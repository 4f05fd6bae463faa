package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var assets = newTable(table{
	name: "assets",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"name", text}, {"size", bigint}, {"geometry", text}, {"type", text}, {"key", text},
		{"item_id", bigint}, {"board_id", bigint}, {"column_id", text}, {"update_id", bigint}, {"uploaded_by", bigint},
		{"created_at", text},
	},
})

func assetRow(a *work.Asset) []any {
	return []any{
		int64(a.ID), a.Name, a.Size, a.Geometry, a.Type, a.Key,
		int64(a.Item), int64(a.Board), a.Column, int64(a.Update), int64(a.Uploader),
		stamp(a.CreatedAt),
	}
}

// assets reads the assets that conditions, which may end in an order, select.
func (l *loader) assets(conditions string, args []any) (list []*work.Asset) {
	var a work.Asset
	var id, item, board, update, uploader int64
	var created string
	l.query(assets.sel+conditions, args, func() (err error) {
		a.ID, a.Item, a.Board = work.AssetID(id), work.ItemID(item), work.BoardID(board)
		a.Update, a.Uploader = work.UpdateID(update), work.UserID(uploader)
		if a.CreatedAt, err = parseStamp(created); err != nil {
			return fmt.Errorf("asset %d: %w", id, err)
		}
		one := a
		list = append(list, &one)
		return nil
	}, &id, &a.Name, &a.Size, &a.Geometry, &a.Type, &a.Key, &item, &board, &a.Column, &update, &uploader, &created)
	return list
}
