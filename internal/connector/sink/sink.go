// Package sink holds the destinations of the connector: SQLite, PostgreSQL, and directories of Parquet or
// JSON Lines files.
//
// Every stream is a table of its name, with a column for each field and besides
//
//	_first_seen_at  when the row came
//	_synced_at      when it was last read
//	_deleted_at     when it was found to be gone; null while it is there
//	_hash           of its fields, by which a row that is as it was is known
//
// Beside them lie _lunedi_state (what the passes remember) and _lunedi_meta (which tables, views and files
// are ours, and how they are made). A destination is changed in whole commits: rows and what is remembered
// about them are there together or not at all.
//
// What a destination could not hold is the same in all of them, see clean.go.
package sink

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// format is the version of what the tables look like. A destination with a later one is refused.
const format = 1

// The columns that every table has beside the fields of its stream.
const (
	firstSeen = "_first_seen_at"
	synced    = "_synced_at"
	deleted   = "_deleted_at"
	hash      = "_hash"
)

const forms = "sqlite:FILE, postgres://USER@HOST/DATABASE?schema=NAME, parquet:DIR or jsonl:DIR"

// Open opens a destination for writing and keeps others from doing so. What is missing is made.
func Open(ctx context.Context, dest string) (connector.Sink, error) { return open(ctx, dest, false) }

// OpenReadOnly opens a destination that is there for reading, whoever is writing to it. Its Prepare,
// Commit and Publish are errors.
func OpenReadOnly(ctx context.Context, dest string) (connector.Sink, error) {
	return open(ctx, dest, true)
}

var errReadOnly = errors.New("the destination is opened for reading only")

func open(ctx context.Context, dest string, readOnly bool) (connector.Sink, error) {
	kind, rest, _ := strings.Cut(dest, ":")
	switch {
	case kind == "postgres" || kind == "postgresql":
		return openPostgres(ctx, dest, readOnly)
	case rest == "":
	case strings.HasPrefix(rest, "//") && !strings.HasPrefix(rest, "///"): // a path from the root, which nobody means
		return nil, fmt.Errorf("write the path right after %s: without //", kind)
	case kind == "sqlite":
		return openSQLite(ctx, rest, readOnly)
	case kind == "parquet":
		return openFiles(ctx, rest, parquetFiles, readOnly)
	case kind == "jsonl":
		return openFiles(ctx, rest, jsonLines, readOnly)
	}
	// The destination is not repeated: it may be an address with a password whose beginning is misspelt.
	return nil, fmt.Errorf("a destination is one of %s", forms)
}

// quote makes a name of any text, in both databases.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteAll(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(name))
	}
	return b.String()
}

// literal makes a text of SQL, in both databases.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
