package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// channel is where commits are announced; the payload is the account's id.
const (
	channel  = "lunedi_changes"
	announce = `SELECT pg_notify('` + channel + `', CAST(CAST($1 AS BIGINT) AS TEXT))`
)

// guarded makes a statement fail, in words for the server's log, unless it changes a row.
func guarded(update string) string {
	return `WITH head AS (` + update + ` RETURNING 1)
		SELECT CAST(CASE WHEN COUNT(*) = 1 THEN '1' ELSE 'account has moved on' END AS BIGINT) FROM head`
}

// Commit sends everything at once. Statements up to the end of a pipeline are one transaction, which
// the server undoes from the first that fails: so moving the head fails if it is not where it should
// be, and a commit is one round trip. Waiting for the head's row lock, nodes take turns.
func (s *postgresStore) Commit(ctx context.Context, id work.AccountID, b *work.Batch) error {
	err := s.commit(ctx, id, b)
	if errors.Is(err, work.ErrBehind) {
		if _, headErr := s.Head(ctx, id); headErr != nil {
			err = headErr
		}
	}
	if err != nil {
		return fmt.Errorf("commit batch %d of account %d: %w", b.Seq, id, serverWords(err))
	}
	return nil
}

func (s *postgresStore) commit(ctx context.Context, id work.AccountID, b *work.Batch) error {
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
	batch := new(pgx.Batch)
	batch.Queue(guarded(move), args...)
	for _, step := range p.steps {
		queue(batch, id, step)
	}
	for _, sql := range follow {
		for _, row := range p.moved {
			batch.Queue(sql, int64(id), row[0], row[1])
		}
	}
	batch.Queue(appendFeed, feed...)
	batch.Queue(announce, int64(id))

	return s.pool.with(ctx, func(c *pgx.Conn) error {
		results := c.SendBatch(ctx, batch)
		if _, err := results.Exec(); err != nil {
			results.Close()
			if moved(err) {
				return work.ErrBehind
			}
			return outcome(err)
		}
		return outcome(results.Close())
	})
}

// queue adds a step to a batch.
func queue(batch *pgx.Batch, id work.AccountID, s step) {
	if !s.delete {
		batch.Queue(s.table.putMany, arrays(id, s.table.columns, s.rows)...)
		return
	}
	keys := arrays(id, s.table.columns[:s.table.keys], s.rows)
	for _, c := range s.table.children {
		batch.Queue(c.delMany(), keys...)
	}
	batch.Queue(s.table.delMany, keys...)
}

// moved tells from the error of the first statement that another node has moved the head.
func moved(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) &&
		(e.Code == "22P02" || // invalid_text_representation, from guarded
			e.Code == "40001") // serialization_failure, where that is the default isolation
}

// outcome tells errors after which nothing was written from those after which nobody knows: as the end
// of the transaction is sent along with its beginning, that is every loss of the connection.
func outcome(err error) error {
	var e *pgconn.PgError
	switch {
	case err == nil, pgconn.SafeToRetry(err):
		return err
	case errors.As(err, &e) && e.SeverityUnlocalized == "ERROR":
		return err
	}
	return fmt.Errorf("%w: %w", work.ErrUnknown, err)
}

// arrays turns rows into the parameters of unnest: the account, then an array for each column.
func arrays(id work.AccountID, columns []column, rows [][]any) []any {
	args := []any{int64(id)}
	for i, c := range columns {
		switch c.kind {
		case text:
			args = append(args, array[string](i, rows))
		case bigint:
			args = append(args, array[int64](i, rows))
		case boolean:
			args = append(args, array[bool](i, rows))
		case blob:
			args = append(args, array[[]byte](i, rows))
		case double:
			args = append(args, array[float64](i, rows))
		case nullText:
			args = append(args, nullable(i, rows))
		}
	}
	return args
}

func array[T any](i int, rows [][]any) []T {
	list := make([]T, len(rows))
	for r, row := range rows {
		list[r], _ = row[i].(T) // a nil blob stays nil
	}
	return list
}

func nullable(i int, rows [][]any) []*string {
	list := make([]*string, len(rows))
	for r, row := range rows {
		if s, ok := row[i].(string); ok {
			list[r] = &s
		}
	}
	return list
}

// Create copies the rows in.
func (s *postgresStore) Create(ctx context.Context, snap *work.Snapshot) error {
	id := snap.Account.ID
	p, err := planOfSnapshot(snap)
	if err != nil {
		return fmt.Errorf("create account %d: %w", id, err)
	}
	account, err := accountRow(&snap.Account, snap.Seq, p.lastID)
	if err != nil {
		return fmt.Errorf("create account %d: %w", id, err)
	}
	err = s.pool.with(ctx, func(c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, newAccount, account...); err != nil {
				return err
			}
			for _, step := range p.steps {
				if err := copyIn(ctx, tx, id, step); err != nil {
					return fmt.Errorf("%s: %w", step.table.name, err)
				}
			}
			_, err := tx.Exec(ctx, announce, int64(id))
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("create account %d: %w", id, serverWords(err))
	}
	return nil
}

func copyIn(ctx context.Context, tx pgx.Tx, id work.AccountID, s step) error {
	if len(s.rows) == 0 {
		return nil
	}
	columns := []string{"account_id"}
	for _, c := range s.table.columns {
		columns = append(columns, c.name)
	}
	row := make([]any, 0, len(columns))
	_, err := tx.CopyFrom(ctx, pgx.Identifier{s.table.name}, columns, pgx.CopyFromSlice(len(s.rows), func(i int) ([]any, error) {
		row = append(append(row[:0], int64(id)), s.rows[i]...)
		return row, nil
	}))
	return err
}

func (s *postgresStore) TouchTokens(ctx context.Context, id work.AccountID, used map[work.TokenID]time.Time) error {
	var tokens []int64
	for token := range used {
		tokens = append(tokens, int64(token))
	}
	slices.Sort(tokens) // so that nodes lock them in one order, as a rule
	at := make([]string, len(tokens))
	for i, token := range tokens {
		at[i] = stamp(used[work.TokenID(token)])
	}
	if _, err := s.pool.exec(ctx, touchTokens, int64(id), tokens, at); err != nil {
		return fmt.Errorf("touch tokens of account %d: %w", id, serverWords(err))
	}
	return nil
}

func (s *postgresStore) Prune(ctx context.Context, id work.AccountID, keep int) (int64, error) {
	gone, err := s.pool.exec(ctx, pruneFeed, int64(id), int64(keep))
	if err != nil {
		return 0, fmt.Errorf("prune feed of account %d: %w", id, serverWords(err))
	}
	return gone, nil
}

func (s *postgresStore) ClaimDeliveries(ctx context.Context, now, until time.Time, limit int) ([]work.ClaimedDelivery, error) {
	var c claimed
	err := s.pool.query(ctx, claimDeliveries(" FOR UPDATE SKIP LOCKED"), []any{stamp(now), stamp(until), int64(limit)}, c.add, c.dest()...)
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", serverWords(err))
	}
	return c.inOrder(), nil
}

func (s *postgresStore) SettleDelivery(ctx context.Context, id work.AccountID, delivery string, next time.Time) error {
	sql, args := settleDelivery(id, delivery, next)
	if _, err := s.pool.exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("settle delivery %s of account %d: %w", delivery, id, serverWords(err))
	}
	return nil
}
