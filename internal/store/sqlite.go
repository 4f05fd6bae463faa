package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/lunedi-dev/lunedi/internal/filelock"
	"github.com/lunedi-dev/lunedi/internal/work"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A sqliteStore is one file with one writer connection and a pool of readers, who with WAL neither
// wait for the writer nor hold it up. The file belongs to this process alone.
type sqliteStore struct {
	queries
	lock    *filelock.Lock
	writer  *sqliteWriter
	readers *sql.DB

	closing  sync.Once
	closeErr error
}

func openSQLite(ctx context.Context, path string, opt Options) (_ *sqliteStore, err error) {
	path, err = resolve(path)
	if err != nil {
		return nil, err
	}
	s := new(sqliteStore)
	s.queries = queries{s}
	defer func() {
		if err != nil {
			s.Close()
			err = fmt.Errorf("open %s: %w", path, err)
		}
	}()
	if s.lock, err = filelock.Take(path+".lock", "database "+path); err != nil {
		return nil, err
	}
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	if s.writer, err = openSQLiteWriter(ctx, path, opt.Relaxed); err != nil {
		return nil, diskWords(err)
	}
	if opt.Migrate {
		_, _, err = s.writer.migrate(ctx)
	} else {
		err = s.writer.checkVersion(ctx)
	}
	if err == nil {
		err = s.writer.releaseSources(ctx)
	}
	if err != nil {
		return nil, diskWords(err)
	}
	s.readers, err = sql.Open("sqlite", sqliteURI(path, "query_only(1)"))
	if err != nil {
		return nil, err
	}
	n := opt.MaxConns
	if n <= 0 {
		n = max(4, runtime.NumCPU())
	}
	s.readers.SetMaxOpenConns(n)
	s.readers.SetMaxIdleConns(n)
	return s, s.Ping(ctx)
}

// resolve names a file in one way, so that a link to it finds the same lock.
func resolve(path string) (string, error) {
	if path == "" || path == ":memory:" {
		return "", fmt.Errorf("database %q: a file is needed", path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	return path, nil
}

// createPrivate makes a new database readable by its owner only: there are secrets in it. SQLite gives
// its other files the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// sqliteURI is the driver's name of a file; the pragmas are run on every connection.
func sqliteURI(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "foreign_keys(1)"}, pragmas...)}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

// reader reads in statements that each see the latest state.
func (s *sqliteStore) reader() reader { return sqliteReader{s.readers} }

// atOnce lets do read one state in several statements.
func (s *sqliteStore) atOnce(ctx context.Context, do func(reader) error) error {
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return do(sqliteReader{tx})
}

func (s *sqliteStore) Shared() bool { return false }

// Watch has nothing to tell: nobody else writes.
func (s *sqliteStore) Watch(ctx context.Context, _ func(work.AccountID)) error {
	<-ctx.Done()
	return ctx.Err()
}

func (s *sqliteStore) Ping(ctx context.Context) error {
	var n int
	return s.readers.QueryRowContext(ctx, "SELECT 1").Scan(&n)
}

func (s *sqliteStore) Close() error {
	s.closing.Do(func() { s.closeErr = s.closeAll() })
	return s.closeErr
}

func (s *sqliteStore) closeAll() error {
	var errs []error
	if s.readers != nil {
		errs = append(errs, s.readers.Close())
	}
	if s.writer != nil { // after the readers, so that it can fold the WAL into the file
		errs = append(errs, s.writer.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// A sqliteReader reads through anything of database/sql that can.
type sqliteReader struct {
	db interface {
		QueryContext(ctx context.Context, sql string, args ...any) (*sql.Rows, error)
	}
}

func (r sqliteReader) query(ctx context.Context, sql string, args []any, each func() error, dest ...any) error {
	rows, err := r.db.QueryContext(ctx, sql, args...)
	return scan(rows, err, each, dest)
}

// scan ends a query.
func scan(rows *sql.Rows, err error, each func() error, dest []any) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if err := each(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// oneOf passes the list as JSON: the number of parameters is limited, and so would a statement for each
// length of list be one more to prepare.
func (r sqliteReader) oneOf(column string, n int, list any) (string, any) {
	js, _ := json.Marshal(list) // numbers and texts always can be
	return fmt.Sprintf("%s IN (SELECT value FROM json_each($%d))", column, n), string(js)
}

// diskWords says what to do about errors of the disk.
func diskWords(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("the disk or the database is full, nothing was written: make room: %w", err)
	case sqlite3.SQLITE_READONLY:
		return fmt.Errorf("the database file cannot be written to: %w", err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("this is not an SQLite database: %w", err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("another program (a database shell?) has held the database locked for too long: %w", err)
	}
	return err
}
