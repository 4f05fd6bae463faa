package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/filelock"
)

// restoreSQLite lets do restore to a file in one transaction. A file that is made for it and not filled
// is removed again.
func restoreSQLite(ctx context.Context, path string, do func(to restorer, have int) error) (err error) {
	path, err = resolve(path)
	if err != nil {
		return err
	}
	lock, err := filelock.Take(path+".lock", "database "+path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	_, statErr := os.Stat(path)
	if err := createPrivate(path); err != nil {
		return err
	}
	w, err := openSQLiteWriter(ctx, path, false)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, diskWords(err))
	}
	err = w.transaction(ctx, func() error {
		have, err := sqliteVersion(ctx, w.conn)
		if err != nil {
			return err
		}
		if have > 0 {
			var n int
			if err := w.conn.QueryRowContext(ctx, hasAccounts).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return errNotEmpty
			}
		}
		return do(sqliteRestorer{w}, have)
	})
	err = errors.Join(diskWords(err), w.Close())
	if err != nil && errors.Is(statErr, os.ErrNotExist) {
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			_ = os.Remove(name) // what SQLite has removed already
		}
	}
	return err
}

type sqliteRestorer struct{ w *sqliteWriter }

func (s sqliteRestorer) migrate(ctx context.Context, list []migration) error {
	for _, m := range list {
		for _, sql := range []string{createMigrations, m.sql} {
			if _, err := s.w.conn.ExecContext(ctx, sql); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
		}
		if _, err := s.w.conn.ExecContext(ctx, recordMigration, m.version, m.name, stamp(time.Now())); err != nil {
			return err
		}
	}
	return nil
}

func (s sqliteRestorer) insert(ctx context.Context, t *backupTable, next func() ([]any, error)) error {
	insert, err := s.w.conn.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.Name, strings.Join(t.names(), ", "), params(len(t.Columns))))
	if err != nil {
		return err
	}
	defer insert.Close()
	for {
		row, err := next()
		if err != nil || row == nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
}
