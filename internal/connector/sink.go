package connector

import (
	"context"
	"encoding/json"
	"time"
)

// Sink is a destination: it keeps the rows of the streams and, beside them, what the passes must remember.
// Both are written together or not at all, so a run that is killed goes on where it was. One run at a time
// uses a sink; its methods are called by one goroutine at a time.
type Sink interface {
	// Prepare makes the tables that are missing, and adds the fields that are. It never drops anything.
	// A field whose type became another is an error that says so.
	Prepare(ctx context.Context, streams []*Stream) error

	// Commit applies a batch durably, and counts what it did.
	Commit(ctx context.Context, b *Batch) (Counts, error)

	// Get reads what was remembered under a key, nil when nothing is.
	Get(ctx context.Context, key string) (json.RawMessage, error)

	// Scan reads at most limit entries whose keys begin with prefix and come after after, by key.
	Scan(ctx context.Context, prefix, after string, limit int) ([]Entry, error)

	// Live reads fields of the rows that are not deleted, those where by is one of values; all when by is
	// empty. Only fields of Stream.Index can be asked for. The row is good until yield returns.
	Live(ctx context.Context, s *Stream, fields []string, by string, values []string, yield func(Row) error) error

	// Publish makes visible what is not by itself: views per board, files. It is called at the end of a
	// run, whether it came to its end or not.
	Publish(ctx context.Context, boards []BoardColumns) error

	// Count counts the rows of every stream, the deleted ones apart.
	Count(ctx context.Context) (map[string]Rows, error)

	Close() error
}

// Entry is something remembered.
type Entry struct {
	Key   string
	Value json.RawMessage
}

// Rows counts rows.
type Rows struct{ Live, Deleted int64 }

// Batch is what is written together. Rows come first, then Gone, then Drop, then Put.
type Batch struct {
	// ReadAt is when the rows began to be read: their `_synced_at`, and `_first_seen_at` of new ones and
	// `_deleted_at` of those gone. It never goes back from one batch to the next.
	ReadAt time.Time

	// Rows are put in place of those with the same key; they are not deleted any more. When a key comes
	// twice in a batch, the last one counts.
	Rows map[*Stream][]Row

	Gone []Gone
	Drop []string                   // keys to forget
	Put  map[string]json.RawMessage // what to remember
}

// Gone says that rows are no longer there: those of a stream where By is one of Values, all when By is
// empty, and that were last read before Before, if that is not zero. Rows that are deleted already stay as
// they are.
type Gone struct {
	Stream *Stream
	By     string
	Values []string
	Before time.Time
}

// Counts says what a batch did to each stream, by its name.
type Counts map[string]Count

// Count says what became of rows. A row that was read and is as it was counts as Same.
type Count struct{ New, Changed, Same, Deleted int64 }

// Add adds counts.
func (c Counts) Add(more Counts) {
	for name, n := range more {
		m := c[name]
		c[name] = Count{m.New + n.New, m.Changed + n.Changed, m.Same + n.Same, m.Deleted + n.Deleted}
	}
}

// BoardColumns is what the view of a board is made of.
type BoardColumns struct {
	ID, Name string
	Columns  []BoardColumn // in the board's order, without the name column
}

// BoardColumn is a column of a board's view.
type BoardColumn struct {
	ID, Title, Type string
}
