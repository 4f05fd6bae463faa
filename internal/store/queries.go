package store

import (
	"context"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// queries are the methods of work.Store that read. They are the same for both databases, given how to
// read from it.
type queries struct{ source }

type source interface {
	// reader reads in statements that each see the latest state.
	reader() reader
	// atOnce lets do read one state in several statements.
	atOnce(ctx context.Context, do func(reader) error) error
}

func (q queries) Accounts(ctx context.Context) ([]work.AccountID, error) {
	return accounts(ctx, q.reader())
}

func (q queries) Head(ctx context.Context, id work.AccountID) (work.Seq, error) {
	return head(ctx, q.reader(), id)
}

func (q queries) Since(ctx context.Context, id work.AccountID, seq work.Seq) ([]work.Batch, error) {
	return since(ctx, q.reader(), id, seq)
}

func (q queries) TokenAccount(ctx context.Context, hash []byte) (work.AccountID, error) {
	return accountOfToken(ctx, q.reader(), hash)
}

func (q queries) Load(ctx context.Context, id work.AccountID) (snap *work.Snapshot, err error) {
	err = q.atOnce(ctx, func(db reader) error {
		snap, err = load(ctx, db, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load account %d: %w", id, err)
	}
	return snap, nil
}

func (q queries) LoadBoard(ctx context.Context, id work.AccountID, board work.BoardID, items bool) (rows *work.BoardRows, err error) {
	err = q.atOnce(ctx, func(db reader) error {
		rows, err = loadBoard(ctx, db, id, board, items)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load board %d of account %d: %w", board, id, err)
	}
	return rows, nil
}

func (q queries) LoadItems(ctx context.Context, id work.AccountID, ids []work.ItemID) (seq work.Seq, list []*work.Item, err error) {
	err = q.atOnce(ctx, func(db reader) error {
		if seq, err = head(ctx, db, id); err != nil {
			return err
		}
		l := &loader{ctx: ctx, db: db, id: id}
		w := newWhere(db)
		w.oneOf("id", int64s(ids))
		list = l.items(w.sql(), w.args)
		return l.err
	})
	if err != nil {
		return 0, nil, fmt.Errorf("load items of account %d: %w", id, err)
	}
	return seq, list, nil
}

func (q queries) ScanItems(ctx context.Context, id work.AccountID, board work.BoardID, group string, after work.ItemPlace, limit int) ([]*work.Item, error) {
	l := &loader{ctx: ctx, db: q.reader(), id: id}
	list := l.items(` AND board_id = $2 AND group_id = $3 AND state = 'active' AND (position, id) > ($4, $5)
		ORDER BY position, id LIMIT $6`, []any{int64(board), group, after.Pos, int64(after.ID), int64(limit)})
	if l.err != nil {
		return nil, fmt.Errorf("scan items of board %d of account %d: %w", board, id, l.err)
	}
	return list, nil
}

func (q queries) Updates(ctx context.Context, id work.AccountID, u work.UpdateQuery, each func(*work.Update) bool) error {
	l := &loader{ctx: ctx, db: q.reader(), id: id}
	l.pagesOfUpdates(u, each)
	if l.err != nil {
		return fmt.Errorf("updates of account %d: %w", id, l.err)
	}
	return nil
}

func (q queries) Activity(ctx context.Context, id work.AccountID, a work.ActivityQuery, each func(*work.Activity) bool) error {
	l := &loader{ctx: ctx, db: q.reader(), id: id}
	l.pagesOfActivity(a, each)
	if l.err != nil {
		return fmt.Errorf("activity of account %d: %w", id, l.err)
	}
	return nil
}

func (q queries) Audit(ctx context.Context, id work.AccountID, a work.AuditQuery, each func(*work.Audit) bool) error {
	l := &loader{ctx: ctx, db: q.reader(), id: id}
	l.pagesOfAudit(a, each)
	if l.err != nil {
		return fmt.Errorf("audit of account %d: %w", id, l.err)
	}
	return nil
}

func (q queries) Assets(ctx context.Context, id work.AccountID, a work.AssetQuery) ([]*work.Asset, error) {
	db := q.reader()
	w := newWhere(db)
	switch {
	case a.IDs != nil:
		in(w, "id", a.IDs)
	case a.Items != nil:
		in(w, "item_id", a.Items)
	default:
		w.oneOf("update_id", int64s(a.Updates))
	}
	l := &loader{ctx: ctx, db: db, id: id}
	list := l.assets(w.sql()+` ORDER BY id`, w.args)
	if l.err != nil {
		return nil, fmt.Errorf("assets of account %d: %w", id, l.err)
	}
	return list, nil
}

func (q queries) Blocks(ctx context.Context, id work.AccountID, doc work.DocID, ids []string) ([]*work.Block, error) {
	db := q.reader()
	w := newWhere(db)
	if doc != 0 {
		w.and("doc_id = %s", int64(doc))
	} else {
		w.oneOf("id", ids)
	}
	l := &loader{ctx: ctx, db: db, id: id}
	list := l.blocks(w.sql()+` ORDER BY position, id`, w.args)
	if l.err != nil {
		return nil, fmt.Errorf("blocks of account %d: %w", id, l.err)
	}
	return list, nil
}

func (q queries) Notifications(ctx context.Context, id work.AccountID, user work.UserID, limit int) ([]*work.Notification, error) {
	l := &loader{ctx: ctx, db: q.reader(), id: id}
	list := l.notifications(` AND user_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3`, []any{int64(user), int64(limit)})
	if l.err != nil {
		return nil, fmt.Errorf("notifications of account %d: %w", id, l.err)
	}
	return list, nil
}
