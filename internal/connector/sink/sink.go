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

// Forms are what a destination may look like, in words.
const Forms = "sqlite:FILE, postgres://USER@HOST/NAME?schema=NAME, parquet:DIR or jsonl:DIR"

// Check says what is wrong with the name of a destination, and looks at nothing else: Open may find that it
// cannot be used all the same. The name is not repeated in what it says: it may be an address with a password
// whose beginning is misspelt.
func Check(dest string) error {
	kind, _, err := parse(dest)
	if kind == "postgres" {
		_, _, err = parsePostgres(dest)
	}
	return err
}

// parse tells what kind a destination is of, and where the files of one are.
func parse(dest string) (kind, place string, err error) {
	kind, place, _ = strings.Cut(dest, ":")
	switch kind {
	case "postgres", "postgresql":
		return "postgres", "", nil
	case "sqlite", "parquet", "jsonl":
		if place == "" {
			break
		}
		if strings.HasPrefix(place, "//") && !strings.HasPrefix(place, "///") { // a path from the root, which nobody means
			return "", "", fmt.Errorf("write the path right after %s: without //", kind)
		}
		return kind, place, nil
	}
	return "", "", fmt.Errorf("a destination is one of %s", Forms)
}

// Open opens a destination for writing and keeps others from doing so. What is missing is made.
func Open(ctx context.Context, dest string) (connector.Sink, error) { return open(ctx, dest, false) }

// OpenReadOnly opens a destination that is there for reading, whoever is writing to it. Its Prepare,
// Commit and Publish are errors.
func OpenReadOnly(ctx context.Context, dest string) (connector.Sink, error) {
	return open(ctx, dest, true)
}

var errReadOnly = errors.New("the destination is opened for reading only")

func open(ctx context.Context, dest string, readOnly bool) (connector.Sink, error) {
	kind, place, err := parse(dest)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "postgres":
		return openPostgres(ctx, dest, readOnly)
	case "sqlite":
		return openSQLite(ctx, place, readOnly)
	case "parquet":
		return openFiles(ctx, place, parquetFiles, readOnly)
	default:
		return openFiles(ctx, place, jsonLines, readOnly)
	}
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
