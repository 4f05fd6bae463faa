package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var webhooks = newTable(table{
	name: "webhooks",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"board_id", bigint}, {"event", text}, {"url", text}, {"config", text}, {"secret", blob},
		{"creator_id", bigint}, {"created_at", text},
	},
})

func webhookRow(w *work.Webhook) []any {
	return []any{
		int64(w.ID), int64(w.Board), w.Event, w.URL, w.Config, blobOrNull(w.Secret),
		int64(w.Creator), stamp(w.CreatedAt),
	}
}

func (l *loader) webhooks() (list []*work.Webhook) {
	var w work.Webhook
	var id, board, creator int64
	var created string
	l.each(webhooks, func() (err error) {
		w.ID, w.Board, w.Creator = work.WebhookID(id), work.BoardID(board), work.UserID(creator)
		if w.CreatedAt, err = parseStamp(created); err != nil {
			return fmt.Errorf("webhook %d: %w", id, err)
		}
		one := w
		list = append(list, &one)
		return nil
	}, &id, &board, &w.Event, &w.URL, &w.Config, &w.Secret, &creator, &created)
	return list
}
