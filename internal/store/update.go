package store

import (
	"encoding/json"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var updates = newTable(table{
	name: "updates",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"parent_id", bigint}, {"item_id", bigint}, {"board_id", bigint}, {"creator_id", bigint},
		{"body", text}, {"original_creation_date", text}, {"created_at", text}, {"edited_at", text},
		{"updated_at", text}, {"pinned", boolean}, {"likes", nullText},
	},
})

func updateRow(u *work.Update) ([]any, error) {
	var likes any
	if len(u.Likes) > 0 {
		b, err := json.Marshal(u.Likes)
		if err != nil {
			return nil, fmt.Errorf("update %d: likes: %w", u.ID, err)
		}
		likes = string(b)
	}
	return []any{
		int64(u.ID), int64(u.Parent), int64(u.Item), int64(u.Board), int64(u.Creator),
		u.Body, u.OriginalDate, stamp(u.CreatedAt), stamp(u.EditedAt),
		stamp(u.UpdatedAt), u.Pinned, likes,
	}, nil
}

// pagesOfUpdates calls each for the updates that q selects.
func (l *loader) pagesOfUpdates(q work.UpdateQuery, each func(*work.Update) bool) {
	w := l.updatesWhere(q)
	order, beyond := ` ORDER BY created_at DESC, id DESC`, "(created_at, id) < (%s, %s)"
	if q.Parents != nil {
		order, beyond = ` ORDER BY created_at, id`, "(created_at, id) > (%s, %s)"
	}
	l.err = pages(func(after *work.Update, limit int) ([]*work.Update, error) {
		page := w.clone()
		if after != nil {
			page.and(beyond, stamp(after.CreatedAt), int64(after.ID))
		}
		limited := order + ` LIMIT ` + page.param(int64(limit))
		return l.updates(page.sql()+limited, page.args), l.err
	}, each)
}

// updatesWhere is what q selects. The plus before parent_id keeps the databases from going by its index
// where there is a better one: nearly all updates are a reply to none.
func (l *loader) updatesWhere(q work.UpdateQuery) *where {
	w := newWhere(l.db)
	in(w, "id", q.IDs)
	in(w, "parent_id", q.Parents)
	in(w, "item_id", q.Items)
	in(w, "board_id", q.Boards)
	parent := "parent_id"
	if q.Items != nil || q.Boards != nil {
		parent = "+parent_id"
	}
	switch {
	case q.Parents != nil:
		w.and("parent_id <> 0")
	case q.IDs != nil: // of both
	case q.Replies:
		w.and(parent + " <> 0")
	default:
		w.and(parent + " = 0")
	}
	w.between("created_at", q.From, q.To)
	return w
}

// updates reads the updates that conditions, which may end in an order, select.
func (l *loader) updates(conditions string, args []any) (list []*work.Update) {
	var u work.Update
	var id, parent, item, board, creator int64
	var created, edited, updated, likes string
	l.query(updates.sel+conditions, args, func() (err error) {
		u.ID, u.Parent, u.Item = work.UpdateID(id), work.UpdateID(parent), work.ItemID(item)
		u.Board, u.Creator = work.BoardID(board), work.UserID(creator)
		if u.CreatedAt, u.UpdatedAt, err = parseStamps(created, updated); err != nil {
			return fmt.Errorf("update %d: %w", id, err)
		}
		if u.EditedAt, err = parseStamp(edited); err != nil {
			return fmt.Errorf("update %d: %w", id, err)
		}
		if u.Likes, err = parseList[work.Like](likes); err != nil {
			return fmt.Errorf("update %d: likes: %w", id, err)
		}
		one := u
		list = append(list, &one)
		return nil
	}, &id, &parent, &item, &board, &creator, &u.Body, &u.OriginalDate, &created, &edited, &updated, &u.Pinned, &likes)
	return list
}
