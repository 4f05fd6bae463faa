package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/filelock"
	sqlite3 "modernc.org/sqlite/lib"
)

// A sqlite is a destination that is an SQLite file. With the write ahead log, readers neither wait for a
// commit nor hold one up, and see the state between two of them.
type sqlite struct {
	path     string
	lock     *filelock.Lock
	write    *conn // nil when opened for reading
	read     *conn
	tables   map[string]*sqliteTable // that were prepared
	order    []*sqliteTable
	exported bool // its tables are the working copy of files: which boards have changed is kept
}

func openSQLite(ctx context.Context, path string, readOnly bool) (connector.Sink, error) {
	s, err := openSQLiteFile(ctx, path, readOnly)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func openSQLiteFile(ctx context.Context, path string, readOnly bool) (_ *sqlite, err error) {
	if path == ":memory:" {
		return nil, errors.New("sqlite::memory: would be lost at the end: name a file")
	}
	// A link to the file finds the same lock.
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	s := &sqlite{path: path, tables: map[string]*sqliteTable{}}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if readOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("nothing was synchronised into %s yet: %w", path, err)
		}
		if err := s.openRead(); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		return s, nil
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: the directory %s is not there: make it, or name another", path, filepath.Dir(path))
	}
	if s.lock, err = filelock.Take(path+".lock", path); err != nil {
		return nil, err
	}
	// synchronous=FULL: a commit is on the disk when it returns. With NORMAL, a loss of power could take
	// back what a run was told is there. A commit is a page of items or more, so that its one wait for the
	// disk does not count; checkpoints, which copy the log into the file, are put off to every 32 MB. Indexes
	// of large tables are sorted in temporary files, beyond what fits into the cache.
	s.write, err = openConn(path, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE,
		"page_size=8192", "journal_mode=WAL", "synchronous=FULL", "fullfsync=1", "checkpoint_fullfsync=1",
		"cache_size=-65536", "wal_autocheckpoint=4096", "journal_size_limit=67108864")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := s.transaction(ctx, s.makeMeta); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := s.openRead(); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return s, nil
}

// openRead opens the connection that reads, apart from the one that writes, so that rows can be read and
// written at the same time.
func (s *sqlite) openRead() (err error) {
	if s.read, err = openConn(s.path, sqlite3.SQLITE_OPEN_READWRITE, "query_only=1", "cache_size=-16384"); err != nil {
		// In a directory that may not be written to.
		if s.read, err = openConn(s.path, sqlite3.SQLITE_OPEN_READONLY, "cache_size=-16384"); err != nil {
			return err
		}
	}
	have, err := s.read.meta(metaFormat)
	if err != nil || have == "" {
		return errors.Join(errors.New("lunedi did not make this file, or not to its end: choose another"), err)
	}
	return checkFormat(have)
}

func (s *sqlite) Close() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil { // after the reader, so that it folds the log into the file
		errs = append(errs, s.write.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	s.read, s.write, s.lock = nil, nil, nil
	return errors.Join(errs...)
}

// transaction runs do in a transaction.
func (s *sqlite) transaction(ctx context.Context, do func() error) (err error) {
	if s.write == nil {
		return errReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := s.write.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil && !s.write.idle() { // SQLite has ended it itself after some errors
			if _, undone := s.write.run("ROLLBACK"); undone != nil {
				err = errors.Join(err, undone)
			}
		}
	}()
	if err := do(); err != nil {
		return err
	}
	_, err = s.write.run("COMMIT")
	return err
}

// Names in _lunedi_meta.
const (
	metaFormat = "format" // of the destination
	metaTable  = "table:" // and a table's name: its definition
	metaView   = "view:"  // and a view's name: its definition
	metaFile   = "file:"  // and a file's name: that it is ours
	metaDirty  = "dirty:" // and a file's name: that it is to be written anew
)

// makeMeta makes the tables that are not of streams.
func (s *sqlite) makeMeta() error {
	c := s.write
	switch kind, err := c.kindOf("_lunedi_meta"); {
	case err != nil:
		return err
	case kind == "":
		if kind, err := c.kindOf("_lunedi_state"); kind != "" || err != nil {
			return errors.Join(foreign(kind, "_lunedi_state"), err)
		}
		if err := c.exec(`CREATE TABLE _lunedi_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
			CREATE TABLE _lunedi_state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`); err != nil {
			return err
		}
		return c.setMeta(metaFormat, fmt.Sprint(format))
	}
	have, err := c.meta(metaFormat)
	if err != nil {
		return err
	}
	return checkFormat(have)
}

// kindOf says what goes by a name: table, view, index, or nothing.
func (c *conn) kindOf(name string) (kind string, err error) {
	err = c.query("SELECT type FROM sqlite_master WHERE name = ? COLLATE NOCASE", func(s *stmt) error {
		kind = s.text(0)
		return nil
	}, name)
	return kind, err
}

// meta reads an entry of _lunedi_meta; what is not there is empty.
func (c *conn) meta(name string) (value string, err error) {
	err = c.query("SELECT value FROM _lunedi_meta WHERE name = ?", func(s *stmt) error {
		value = s.text(0)
		return nil
	}, name)
	return value, err
}

// metas reads the entries whose names begin with a prefix, without it, in order.
func (c *conn) metas(prefix string) (entries [][2]string, err error) {
	err = c.query("SELECT name, value FROM _lunedi_meta WHERE name >= ? AND name < ? ORDER BY name", func(s *stmt) error {
		entries = append(entries, [2]string{s.text(0)[len(prefix):], s.text(1)})
		return nil
	}, prefix, prefix+"\U0010FFFF")
	return entries, err
}

func (c *conn) setMeta(name, value string) error {
	_, err := c.run("INSERT INTO _lunedi_meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
	return err
}

func (c *conn) dropMeta(name string) error {
	_, err := c.run("DELETE FROM _lunedi_meta WHERE name = ?", name)
	return err
}

// Get reads what the passes remember.
func (s *sqlite) Get(ctx context.Context, key string) (value json.RawMessage, err error) {
	err = s.read.query("SELECT value FROM _lunedi_state WHERE key = ?", func(row *stmt) error {
		value = json.RawMessage(row.text(0))
		return nil
	}, cleanText(key))
	if err != nil {
		return nil, fmt.Errorf("read what is remembered as %s: %w", key, err)
	}
	return value, nil
}

// Scan reads a page of it.
func (s *sqlite) Scan(ctx context.Context, prefix, after string, limit int) (entries []connector.Entry, err error) {
	prefix, after = cleanText(prefix), cleanText(after)
	err = s.read.query(`SELECT key, value FROM _lunedi_state
		WHERE key >= ? AND key > ? AND substr(key, 1, length(?)) = ? ORDER BY key LIMIT ?`, func(row *stmt) error {
		entries = append(entries, connector.Entry{Key: row.text(0), Value: json.RawMessage(row.text(1))})
		return nil
	}, prefix, after, prefix, prefix, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("read what is remembered as %s…: %w", prefix, err)
	}
	return entries, nil
}

// Count counts the rows of all tables that were ever prepared.
func (s *sqlite) Count(ctx context.Context) (map[string]connector.Rows, error) {
	counts := map[string]connector.Rows{}
	tables, err := s.read.metas(metaTable)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		name := t[0]
		err := s.read.query(fmt.Sprintf("SELECT (SELECT count(*) FROM %[1]s), (SELECT count(*) FROM %[1]s WHERE %[2]s IS NOT NULL)",
			quote(name), deleted), func(row *stmt) error {
			counts[name] = connector.Rows{Live: row.int(0) - row.int(1), Deleted: row.int(1)}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", name, err)
		}
	}
	return counts, nil
}
