package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"

	"github.com/lunedi-dev/lunedi/internal/filelock"
)

func migrateSQLite(ctx context.Context, path string) (from, to int, err error) {
	path, err = resolve(path)
	if err != nil {
		return 0, 0, err
	}
	lock, err := filelock.Take(path+".lock", "database "+path)
	if err != nil {
		return 0, 0, err
	}
	defer lock.Close()
	if err := createPrivate(path); err != nil {
		return 0, 0, err
	}
	w, err := openSQLiteWriter(ctx, path, false)
	if err != nil {
		return 0, 0, fmt.Errorf("open %s: %w", path, diskWords(err))
	}
	defer w.Close()
	from, to, err = w.migrate(ctx)
	if err != nil {
		err = fmt.Errorf("migrate %s: %w", path, diskWords(err))
	}
	return from, to, err
}

func versionSQLite(ctx context.Context, path string) (have, want int, err error) {
	list, err := migrationsOf("sqlite")
	if err != nil {
		return 0, 0, err
	}
	want = len(list)
	if path, err = resolve(path); err != nil {
		return 0, want, err
	}
	if _, err := os.Stat(path); err != nil {
		return 0, want, err
	}
	db, err := sql.Open("sqlite", sqliteURI(path, "query_only(1)"))
	if err != nil {
		return 0, want, err
	}
	defer db.Close()
	have, err = sqliteVersion(ctx, db)
	return have, want, err
}

// sqliteVersion reads the schema version; a file without the table has none yet.
func sqliteVersion(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, sql string, args ...any) *sql.Row
}) (have int, err error) {
	err = db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'`).Scan(&have)
	if err != nil || have == 0 {
		return 0, err
	}
	err = db.QueryRowContext(ctx, currentVersion).Scan(&have)
	return have, err
}

func (w *sqliteWriter) checkVersion(ctx context.Context) error {
	list, err := migrationsOf("sqlite")
	if err != nil {
		return err
	}
	have, err := sqliteVersion(ctx, w.conn)
	if err != nil {
		return err
	}
	return checkVersion(have, len(list))
}

// migrate runs what is missing, each migration in its own transaction.
func (w *sqliteWriter) migrate(ctx context.Context) (from, to int, err error) {
	list, err := migrationsOf("sqlite")
	if err != nil {
		return 0, 0, err
	}
	if from, err = sqliteVersion(ctx, w.conn); err != nil {
		return 0, 0, err
	}
	if from > len(list) {
		return from, from, newer(from, len(list))
	}
	to = from
	for _, m := range list[from:] {
		err := w.transaction(ctx, func() error {
			for _, sql := range []string{createMigrations, m.sql} {
				if _, err := w.conn.ExecContext(ctx, sql); err != nil {
					return err
				}
			}
			_, err := w.conn.ExecContext(ctx, recordMigration, m.version, m.name, stamp(time.Now()))
			return err
		})
		if err != nil {
			return from, to, fmt.Errorf("migration %s: %w", m.name, err)
		}
		to = m.version
	}
	return from, to, nil
}
