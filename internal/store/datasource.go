package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lunedi-dev/lunedi/internal/work"
)

var dataSources = newTable(table{
	name: "data_sources",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"name", text}, {"kind", text}, {"endpoint", text}, {"start_date", text}, {"every_seconds", bigint},
		{"call_share", double}, {"call_cap", bigint}, {"boards", nullText}, {"sealed", blob}, {"key_id", text}, {"paused", boolean},
		{"asked", bigint}, {"asked_full", bigint}, {"removed", boolean}, {"source_account_id", text}, {"source_account_name", text},
		{"creator_id", bigint}, {"created_at", text},
	},
	children: []child{{"data_source_states", "source_id"}, {"data_source_runs", "source_id"}},
})

// The states and the runs are written by whoever holds the lease, apart from the account's transactions.
var dataSourceStates = newTable(table{
	name: "data_source_states",
	keys: 1,
	columns: []column{
		{"source_id", bigint}, {"status", text}, {"since", text}, {"problems", nullText}, {"next_run", text}, {"limited_until", nullText},
		{"failures", bigint}, {"served", bigint}, {"holder", text}, {"held_until", text}, {"progress", nullText}, {"checked", nullText},
		{"checked_at", nullText},
	},
})

var dataSourceRuns = newTable(table{
	name:    "data_source_runs",
	keys:    3,
	columns: []column{{"source_id", bigint}, {"started_at", text}, {"id", text}, {"report", text}},
	log:     true,
})

func dataSourceRow(d *work.DataSource) []any {
	return []any{
		int64(d.ID), d.Name, d.Kind, d.Endpoint, stamp(d.StartDate), int64(d.Every / time.Second),
		d.CallShare, int64(d.CallCap), jsonList(d.Boards), blobOrNull(d.Sealed), d.KeyID, d.Paused,
		d.Asked, d.AskedFull, d.Removed, d.SourceAccountID, d.SourceAccountName,
		int64(d.Creator), stamp(d.CreatedAt),
	}
}

func (l *loader) dataSources() (list []*work.DataSource) {
	var d work.DataSource
	var id, every, callCap, creator int64
	var start, boards, created string
	l.each(dataSources, func() (err error) {
		d.ID, d.Every, d.CallCap, d.Creator = work.DataSourceID(id), time.Duration(every)*time.Second, int(callCap), work.UserID(creator)
		if d.StartDate, d.CreatedAt, err = parseStamps(start, created); err == nil {
			d.Boards, err = parseList[string](boards)
		}
		if err != nil {
			return fmt.Errorf("data source %d: %w", id, err)
		}
		one := d
		list = append(list, &one)
		return nil
	}, &id, &d.Name, &d.Kind, &d.Endpoint, &start, &every, &d.CallShare, &callCap, &boards, &d.Sealed, &d.KeyID, &d.Paused,
		&d.Asked, &d.AskedFull, &d.Removed, &d.SourceAccountID, &d.SourceAccountName, &creator, &created)
	return list
}

// The condition of claimSources on the row that is there may be met by what a row was when the statement
// began; PostgreSQL looks at it again once it has the row's lock, and SQLite has one writer. So of several
// who claim at once one changes the row.
var (
	claimSources = `INSERT INTO data_source_states (account_id, source_id, status, since, next_run, failures, served, holder, held_until)
		SELECT d.account_id, d.id, '', '', '', 0, 0, CAST($1 AS TEXT), CAST($3 AS TEXT)
		FROM data_sources d LEFT JOIN data_source_states s ON s.account_id = d.account_id AND s.source_id = d.id
		WHERE (s.source_id IS NULL OR s.holder = '' OR s.held_until <= $2)
			AND (d.removed OR NOT d.paused AND (s.source_id IS NULL OR d.asked > s.served OR s.next_run <= $2))
		ORDER BY COALESCE(s.next_run, ''), d.id LIMIT CAST($4 AS BIGINT)
		ON CONFLICT (account_id, source_id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
			WHERE data_source_states.holder = '' OR data_source_states.held_until <= $2
		RETURNING account_id, ` + dataSourceStates.read()

	renewSource = `UPDATE data_source_states SET held_until = $4, status = $5, since = $6, progress = $7
		WHERE account_id = $1 AND source_id = $2 AND holder = $3`

	settleSource = `UPDATE data_source_states SET holder = '', held_until = '', progress = NULL, status = $4, since = $5, problems = $6,
		next_run = $7, limited_until = $8, failures = $9, served = $10, checked = $11, checked_at = $12
		WHERE account_id = $1 AND source_id = $2 AND holder = $3`

	pruneSourceRuns = fmt.Sprintf(`DELETE FROM data_source_runs WHERE account_id = $1 AND source_id = $2 AND (started_at, id) < (
		SELECT started_at, id FROM data_source_runs WHERE account_id = $1 AND source_id = $2
		ORDER BY started_at DESC, id DESC LIMIT 1 OFFSET %d)`, work.SourceRunsKept-1)
)

// sourceState scans a state, after the account's id.
type sourceState struct {
	st                                                             work.DataSourceState
	account, source, failures                                      int64
	status, since, problems, next, limited, until, progress, check string
	checkedAt                                                      string
	list                                                           []work.DataSourceState
}

func (s *sourceState) dest() []any {
	return []any{
		&s.account, &s.source, &s.status, &s.since, &s.problems, &s.next, &s.limited,
		&s.failures, &s.st.Served, &s.st.Holder, &s.until, &s.progress, &s.check,
		&s.checkedAt,
	}
}

func (s *sourceState) add() (err error) {
	st := s.st
	st.Account, st.Source, st.Status, st.Failures = work.AccountID(s.account), work.DataSourceID(s.source), work.SourceStatus(s.status), int(s.failures)
	for _, one := range []struct {
		text string
		at   *time.Time
	}{{s.since, &st.Since}, {s.next, &st.NextRun}, {s.limited, &st.Limited}, {s.until, &st.Until}, {s.checkedAt, &st.CheckedAt}} {
		if *one.at, err = parseStamp(one.text); err != nil {
			return fmt.Errorf("state of data source %d: %w", s.source, err)
		}
	}
	for _, one := range []struct {
		js string
		v  any
	}{{s.problems, &st.Problems}, {s.progress, &st.Progress}, {s.check, &st.Checked}} {
		if one.js == "" {
			continue
		}
		if err := json.Unmarshal([]byte(one.js), one.v); err != nil {
			return fmt.Errorf("state of data source %d: %w", s.source, err)
		}
	}
	s.list = append(s.list, st)
	return nil
}

// stampOrEmpty is stamp, and "" for the zero time, which comes before every other.
func stampOrEmpty(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

func settleArgs(id work.AccountID, st *work.DataSourceState) ([]any, error) {
	var checked any
	if st.Checked != nil {
		js, err := json.Marshal(st.Checked)
		if err != nil {
			return nil, err
		}
		checked = string(js)
	}
	return []any{
		int64(id), int64(st.Source), st.Holder, string(st.Status), stampOrEmpty(st.Since), jsonList(st.Problems),
		stampOrEmpty(st.NextRun), stampOrNull(st.Limited), int64(st.Failures), st.Served, checked, stampOrNull(st.CheckedAt),
	}, nil
}

func renewArgs(id work.AccountID, st *work.DataSourceState) []any {
	return []any{int64(id), int64(st.Source), st.Holder, stamp(st.Until), string(st.Status), stampOrEmpty(st.Since), jsonList(st.Progress)}
}

// settleIn does what settling takes, given how to run a statement within a transaction.
func settleIn(id work.AccountID, st *work.DataSourceState, run *work.DataSourceRun, exec func(sql string, args ...any) (int64, error)) (bool, error) {
	args, err := settleArgs(id, st)
	if err != nil {
		return false, err
	}
	n, err := exec(settleSource, args...)
	if err != nil || n == 0 || run == nil {
		return n > 0, err
	}
	report, err := json.Marshal(run.Report)
	if err != nil {
		return false, err
	}
	if _, err := exec(dataSourceRuns.put, int64(id), int64(st.Source), stamp(run.Started), run.ID, string(report)); err != nil {
		return false, err
	}
	_, err = exec(pruneSourceRuns, int64(id), int64(st.Source))
	return err == nil, err
}

func (q queries) DataSourceStates(ctx context.Context, id work.AccountID) ([]work.DataSourceState, error) {
	var s sourceState
	sql := "SELECT account_id, " + dataSourceStates.read() + " FROM data_source_states WHERE account_id = $1 ORDER BY source_id"
	if err := q.reader().query(ctx, sql, []any{int64(id)}, s.add, s.dest()...); err != nil {
		return nil, fmt.Errorf("states of data sources of account %d: %w", id, err)
	}
	return s.list, nil
}

func (q queries) DataSourceRuns(ctx context.Context, id work.AccountID, source work.DataSourceID, limit int) (list []work.DataSourceRun, err error) {
	var n int64
	var started, run, report string
	err = q.reader().query(ctx, dataSourceRuns.sel+" AND source_id = $2 ORDER BY started_at DESC, id DESC LIMIT $3",
		[]any{int64(id), int64(source), int64(limit)}, func() error {
			one := work.DataSourceRun{Source: source, ID: run}
			var err error
			if one.Started, err = parseStamp(started); err == nil {
				err = json.Unmarshal([]byte(report), &one.Report)
			}
			list = append(list, one)
			return err
		}, &n, &started, &run, &report)
	if err != nil {
		return nil, fmt.Errorf("runs of data source %d of account %d: %w", source, id, err)
	}
	return list, nil
}

// releaseSources gives back the leases of who was killed: the file is this process's alone, so nobody works
// on a source any more, and nobody need wait until a lease ends.
func (w *sqliteWriter) releaseSources(ctx context.Context) error {
	return w.transaction(ctx, func() error {
		_, err := w.exec("UPDATE data_source_states SET holder = '', held_until = '' WHERE holder <> ''")
		return err
	})
}

func (s *sqliteStore) ClaimDataSources(ctx context.Context, holder string, now, until time.Time, limit int) ([]work.DataSourceState, error) {
	var c sourceState
	err := s.writer.transaction(ctx, func() error {
		return s.writer.query(claimSources, []any{holder, stamp(now), stamp(until), int64(limit)}, c.add, c.dest()...)
	})
	if err != nil {
		return nil, fmt.Errorf("claim data sources: %w", diskWords(err))
	}
	return c.list, nil
}

func (s *sqliteStore) RenewDataSource(ctx context.Context, id work.AccountID, st work.DataSourceState) (ok bool, err error) {
	err = s.writer.transaction(ctx, func() error {
		n, err := s.writer.exec(renewSource, renewArgs(id, &st)...)
		ok = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("renew the lease of data source %d of account %d: %w", st.Source, id, diskWords(err))
	}
	return ok, nil
}

func (s *sqliteStore) SettleDataSource(ctx context.Context, id work.AccountID, st work.DataSourceState, run *work.DataSourceRun) (ok bool, err error) {
	err = s.writer.transaction(ctx, func() error {
		ok, err = settleIn(id, &st, run, s.writer.exec)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("settle data source %d of account %d: %w", st.Source, id, diskWords(err))
	}
	return ok, nil
}

func (s *postgresStore) ClaimDataSources(ctx context.Context, holder string, now, until time.Time, limit int) ([]work.DataSourceState, error) {
	var c sourceState
	err := s.pool.query(ctx, claimSources, []any{holder, stamp(now), stamp(until), int64(limit)}, c.add, c.dest()...)
	if err != nil {
		return nil, fmt.Errorf("claim data sources: %w", serverWords(err))
	}
	return c.list, nil
}

func (s *postgresStore) RenewDataSource(ctx context.Context, id work.AccountID, st work.DataSourceState) (bool, error) {
	n, err := s.pool.exec(ctx, renewSource, renewArgs(id, &st)...)
	if err != nil {
		return false, fmt.Errorf("renew the lease of data source %d of account %d: %w", st.Source, id, serverWords(err))
	}
	return n > 0, nil
}

func (s *postgresStore) SettleDataSource(ctx context.Context, id work.AccountID, st work.DataSourceState, run *work.DataSourceRun) (ok bool, err error) {
	err = s.pool.with(ctx, func(c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			ok, err = settleIn(id, &st, run, func(sql string, args ...any) (int64, error) {
				tag, err := tx.Exec(ctx, sql, args...)
				return tag.RowsAffected(), err
			})
			return err
		})
	})
	if err != nil {
		return false, fmt.Errorf("settle data source %d of account %d: %w", st.Source, id, serverWords(err))
	}
	return ok, nil
}
