package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A sqliteWriter is the one connection that writes, with its statements prepared once.
type sqliteWriter struct {
	turn  chan struct{} // holds one value; whoever has taken it may write
	db    *sql.DB
	conn  *sql.Conn // nil if it was lost and could not be replaced yet
	stmts map[string]*sql.Stmt
}

func openSQLiteWriter(ctx context.Context, path string, relaxed bool) (*sqliteWriter, error) {
	sync := "synchronous(FULL)"
	if relaxed {
		sync = "synchronous(NORMAL)"
	}
	db, err := sql.Open("sqlite", sqliteURI(path, "journal_mode(WAL)", sync))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	w := &sqliteWriter{turn: make(chan struct{}, 1), db: db}
	if err := w.connect(ctx); err != nil {
		db.Close()
		return nil, err
	}
	w.turn <- struct{}{}
	return w, nil
}

func (w *sqliteWriter) connect(ctx context.Context) (err error) {
	w.stmts = make(map[string]*sql.Stmt)
	w.conn, err = w.db.Conn(ctx)
	return err
}

func (w *sqliteWriter) Close() error {
	if w.conn != nil {
		w.conn.Close()
	}
	return w.db.Close()
}

// exec runs a statement on the writer's connection. It cannot be interrupted: a context that can end
// costs a goroutine a statement, and no transaction takes long.
func (w *sqliteWriter) exec(sql string, args ...any) (rows int64, err error) {
	stmt, err := w.prepare(sql)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// query is exec for a statement that returns rows: each is scanned into dest.
func (w *sqliteWriter) query(sql string, args []any, each func() error, dest ...any) error {
	stmt, err := w.prepare(sql)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(context.Background(), args...)
	return scan(rows, err, each, dest)
}

func (w *sqliteWriter) prepare(sql string) (stmt *sql.Stmt, err error) {
	if stmt = w.stmts[sql]; stmt == nil {
		if stmt, err = w.conn.PrepareContext(context.Background(), sql); err == nil {
			w.stmts[sql] = stmt
		}
	}
	return stmt, err
}

// transaction runs do in a transaction when it is this caller's turn. Until then ctx may end it.
func (w *sqliteWriter) transaction(ctx context.Context, do func() error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-w.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { w.turn <- struct{}{} }()
	if w.conn == nil {
		if err := w.connect(ctx); err != nil {
			return err
		}
	}
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := do(); err != nil {
		w.rollback()
		return err
	}
	if _, err := w.exec("COMMIT"); err != nil {
		w.rollback()
		return lostCommit(err)
	}
	return nil
}

// rollback undoes the transaction, unless SQLite has done so already. A connection that is not known
// to be clean is given up.
func (w *sqliteWriter) rollback() {
	_, err := w.exec("ROLLBACK")
	var e *sqlite.Error
	if err == nil || errors.As(err, &e) && e.Code() == sqlite3.SQLITE_ERROR { // no transaction is active
		return
	}
	w.giveUp()
}

// giveUp closes the connection; the next transaction makes another.
func (w *sqliteWriter) giveUp() {
	w.conn.Raw(func(any) error { return driver.ErrBadConn })
	w.conn.Close()
	w.conn = nil
}

// lostCommit marks an error of the disk during COMMIT, after which a crash may bring back what was
// rolled back: it may be in the WAL, without the process knowing.
func lostCommit(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_IOERR {
		return errors.Join(work.ErrUnknown, err)
	}
	return err
}

func (s *sqliteStore) Commit(ctx context.Context, id work.AccountID, b *work.Batch) error {
	if err := s.commit(ctx, id, b); err != nil {
		return fmt.Errorf("commit batch %d of account %d: %w", b.Seq, id, diskWords(err))
	}
	return nil
}

func (s *sqliteStore) commit(ctx context.Context, id work.AccountID, b *work.Batch) error {
	p, err := planOf(b.Changes)
	if err != nil {
		return err
	}
	move, args, err := p.head(id, b.Seq)
	if err != nil {
		return err
	}
	feed, err := feedRow(id, b)
	if err != nil {
		return err
	}
	w := s.writer
	return w.transaction(ctx, func() error {
		if n, err := w.exec(move, args...); err != nil {
			return err
		} else if n == 0 {
			return w.behind(id)
		}
		for _, step := range p.steps {
			if err := w.step(id, step); err != nil {
				return fmt.Errorf("%s: %w", step.table.name, err)
			}
		}
		for _, sql := range follow {
			if err := w.each(sql, id, p.moved); err != nil {
				return err
			}
		}
		_, err := w.exec(appendFeed, feed...)
		return err
	})
}

// behind tells why the head did not move.
func (w *sqliteWriter) behind(id work.AccountID) error {
	switch err := w.conn.QueryRowContext(context.Background(), headOf, int64(id)).Scan(new(int64)); {
	case errors.Is(err, sql.ErrNoRows):
		return work.ErrNoAccount
	case err != nil:
		return err
	}
	return work.ErrBehind
}

func (w *sqliteWriter) step(id work.AccountID, s step) error {
	if !s.delete {
		return w.each(s.table.put, id, s.rows)
	}
	for _, c := range s.table.children {
		if err := w.each(c.del(), id, s.rows); err != nil {
			return err
		}
	}
	return w.each(s.table.del, id, s.rows)
}

// each runs a statement for every row, after account_id.
func (w *sqliteWriter) each(sql string, id work.AccountID, rows [][]any) error {
	var args []any
	for _, row := range rows {
		args = append(append(args[:0], int64(id)), row...)
		if _, err := w.exec(sql, args...); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqliteStore) Create(ctx context.Context, snap *work.Snapshot) error {
	id := snap.Account.ID
	p, err := planOfSnapshot(snap)
	if err != nil {
		return fmt.Errorf("create account %d: %w", id, err)
	}
	account, err := accountRow(&snap.Account, snap.Seq, p.lastID)
	if err != nil {
		return err
	}
	err = s.writer.transaction(ctx, func() error {
		if _, err := s.writer.exec(newAccount, account...); err != nil {
			return err
		}
		for _, step := range p.steps {
			if err := s.writer.step(id, step); err != nil {
				return fmt.Errorf("%s: %w", step.table.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("create account %d: %w", id, diskWords(err))
	}
	return nil
}

func (s *sqliteStore) TouchTokens(ctx context.Context, id work.AccountID, used map[work.TokenID]time.Time) error {
	err := s.writer.transaction(ctx, func() error {
		for token, at := range used {
			if _, err := s.writer.exec(touchToken, int64(id), int64(token), stamp(at)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("touch tokens of account %d: %w", id, diskWords(err))
	}
	return nil
}

func (s *sqliteStore) Prune(ctx context.Context, id work.AccountID, keep int) (gone int64, err error) {
	err = s.writer.transaction(ctx, func() error {
		gone, err = s.writer.exec(pruneFeed, int64(id), int64(keep))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("prune feed of account %d: %w", id, diskWords(err))
	}
	return gone, nil
}

func (s *sqliteStore) ClaimDeliveries(ctx context.Context, now, until time.Time, limit int) ([]work.ClaimedDelivery, error) {
	var c claimed
	err := s.writer.transaction(ctx, func() error {
		return s.writer.query(claimDeliveries(""), []any{stamp(now), stamp(until), int64(limit)}, c.add, c.dest()...)
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", diskWords(err))
	}
	return c.inOrder(), nil
}

func (s *sqliteStore) SettleDelivery(ctx context.Context, id work.AccountID, delivery string, next time.Time) error {
	err := s.writer.transaction(ctx, func() error {
		sql, args := settleDelivery(id, delivery, next)
		_, err := s.writer.exec(sql, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("settle delivery %s of account %d: %w", delivery, id, diskWords(err))
	}
	return nil
}
