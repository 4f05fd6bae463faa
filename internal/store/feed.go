package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/work"
)

const (
	appendFeed = `INSERT INTO changes (account_id, seq, id, at, changes) VALUES ($1, $2, $3, $4, $5)`
	// readFeed returns the head with every row, so that one statement tells an empty rest from a gap.
	readFeed = `SELECT a.seq, COALESCE(c.seq, 0), COALESCE(c.id, ''), COALESCE(c.at, ''), COALESCE(c.changes, '')
		FROM accounts a LEFT JOIN changes c ON c.account_id = a.id AND c.seq > $2
		WHERE a.id = $1 ORDER BY c.seq`
	pruneFeed = `DELETE FROM changes WHERE account_id = $1
		AND seq <= (SELECT seq FROM accounts WHERE id = $1) - CAST($2 AS BIGINT)`
)

// feedRow is the parameters of appendFeed. Records are left out, and what is in cells stays byte for
// byte what it was.
func feedRow(id work.AccountID, b *work.Batch) ([]any, error) {
	fed := make([]work.Change, 0, len(b.Changes))
	for i := range b.Changes {
		if c := &b.Changes[i]; !c.Recorded() {
			fed = append(fed, *c)
		}
	}
	var changes strings.Builder
	enc := json.NewEncoder(&changes)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fed); err != nil {
		return nil, fmt.Errorf("encode changes: %w", err)
	}
	return []any{int64(id), int64(b.Seq), b.ID, stamp(b.At), strings.TrimSuffix(changes.String(), "\n")}, nil
}

// since reads the feed. An account whose head is before seq (the database was restored from a backup)
// is a gap as well: whoever asks has to load it anew.
func since(ctx context.Context, db reader, id work.AccountID, seq work.Seq) ([]work.Batch, error) {
	var list []work.Batch
	var head, at int64
	var batch, when, changes string
	next, found := int64(seq), false
	err := db.query(ctx, readFeed, []any{int64(id), int64(seq)}, func() (err error) {
		found = true
		if at == 0 { // nothing after seq
			return nil
		}
		if next++; at != next {
			return work.ErrGap
		}
		b := work.Batch{Seq: work.Seq(at), ID: batch}
		if b.At, err = parseStamp(when); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(changes), &b.Changes); err != nil {
			return fmt.Errorf("batch %d: %w", at, err)
		}
		list = append(list, b)
		return nil
	}, &head, &at, &batch, &when, &changes)
	switch {
	case err != nil:
		return nil, fmt.Errorf("changes of account %d since %d: %w", id, seq, err)
	case !found:
		return nil, fmt.Errorf("changes of account %d: %w", id, work.ErrNoAccount)
	case next != head:
		return nil, fmt.Errorf("changes of account %d since %d: %w", id, seq, work.ErrGap)
	}
	return list, nil
}
