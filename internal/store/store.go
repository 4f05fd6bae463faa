// Package store keeps accounts durably in SQLite or PostgreSQL, behind work.Store.
//
// The tables are plain relational tables, there to be queried by anybody:
//
//	accounts          id                              one row an account; seq is its head
//	users             account_id, id
//	teams             account_id, id
//	team_members      account_id, team_id, user_id
//	workspaces        account_id, id
//	workspace_users   account_id, workspace_id, user_id
//	workspace_teams   account_id, workspace_id, team_id
//	boards            account_id, id
//	board_users       account_id, board_id, user_id
//	board_teams       account_id, board_id, team_id   team -1 is everyone
//	tokens            account_id, id                  hash is unique across accounts
//	folders           account_id, id
//	tags              account_id, id                  board_id 0: of the whole account
//	webhooks          account_id, id
//	docs              account_id, id
//	data_sources      account_id, id
//	data_source_states account_id, source_id          and their leases
//	data_source_runs  account_id, source_id, started_at, id
//	board_groups      account_id, board_id, id
//	columns           account_id, board_id, id
//	board_views       account_id, id
//	items             account_id, id                  cells: JSON of what is in their columns
//	column_values     a view: one row for each cell of items
//	updates           account_id, id                  replies have a parent_id
//	assets            account_id, id
//	blocks            account_id, id
//	activity_logs     account_id, board_id, at, id    only ever added to
//	notifications     account_id, id
//	deliveries        account_id, id                  events on their way to webhooks
//	changes           account_id, seq                 the change feed, JSON of []work.Change
//	migrations        version
//
// Times are TEXT in UTC, 2006-01-02T15:04:05.000000Z, so that they sort and compare as they read in
// both databases. An empty text and 0 mean not given; expires_at, last_used, read_at, plan, products
// and out_of_office are NULL then. Lists (subscribers, likes, readers, writers and the tags of views)
// are JSON, NULL when empty.
//
// A commit is one transaction: the head moves from seq-1 to seq, or nothing happens; the rows are
// written; the feed gets one row. On PostgreSQL the head's row lock makes nodes take turns.
//
// Rows of who is in what carry no foreign keys: those would double the price of a commit on either
// database, and package work has decided on a complete image whose head the commit proves. Deleting a
// row deletes what hangs on it in the same transaction (table.children).
//
// The SQL is one text for both databases. Only bulk forms differ (unnest and COPY on PostgreSQL, a
// prepared statement a row on SQLite); table.go makes them from one list of columns.
package store

import (
	"context"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Options say how to open a database. The zero value is right for a server whose schema is up to date.
type Options struct {
	// Migrate brings the schema up to date first. Without it a database that is behind is an error.
	Migrate bool
	// Relaxed lets SQLite return from a commit before the disk has it: a power cut may take the latest
	// commits, a crash of the process does not. For sandboxes.
	Relaxed bool
	// MaxConns bounds the connections to PostgreSQL and the readers of SQLite; 0 is a sensible number.
	MaxConns int
}

// Open opens the database that dsn names: a postgres:// or postgresql:// URL, or the path of an SQLite
// file (also as sqlite:PATH), which is created if need be. An SQLite file belongs to one process at a
// time; a second one gets an error that says who has it.
func Open(ctx context.Context, dsn string, opt Options) (work.Store, error) {
	if isPostgres(dsn) {
		return openPostgres(ctx, dsn, opt)
	}
	return openSQLite(ctx, sqlitePath(dsn), opt)
}

// Migrate brings the schema of a database up to date and returns the version it found and the one it
// left. Nodes that do so at the same time take turns.
func Migrate(ctx context.Context, dsn string) (from, to int, err error) {
	if isPostgres(dsn) {
		return migratePostgres(ctx, dsn)
	}
	return migrateSQLite(ctx, sqlitePath(dsn))
}

// Version returns the schema version of a database, 0 if it has none yet, and the one this program
// needs. It writes nothing and may be asked while a server has the database open.
func Version(ctx context.Context, dsn string) (have, want int, err error) {
	if isPostgres(dsn) {
		return versionPostgres(ctx, dsn)
	}
	return versionSQLite(ctx, sqlitePath(dsn))
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func sqlitePath(dsn string) string { return strings.TrimPrefix(dsn, "sqlite:") }
