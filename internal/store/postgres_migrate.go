package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// migrationLock is the number of the advisory lock under which a node migrates: "lunedi" in ASCII.
const migrationLock = 0x6c756e656469

// versionTable looks for the table where the search path would put it.
const versionTable = `SELECT to_regclass('migrations') IS NOT NULL`

// connectPostgres makes one connection, for what a pool is too much for.
func connectPostgres(ctx context.Context, dsn string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	named(config)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", serverWords(err))
	}
	return conn, nil
}

func versionPostgres(ctx context.Context, dsn string) (have, want int, err error) {
	list, err := migrationsOf("postgres")
	if err != nil {
		return 0, 0, err
	}
	conn, err := connectPostgres(ctx, dsn)
	if err != nil {
		return 0, len(list), err
	}
	defer conn.Close(ctx)
	have, err = postgresVersion(ctx, conn)
	return have, len(list), err
}

// postgresVersion reads the schema version; a database without the table has none yet.
func postgresVersion(ctx context.Context, db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}) (have int, err error) {
	var exists bool
	if err := db.QueryRow(ctx, versionTable).Scan(&exists); err != nil || !exists {
		return 0, err
	}
	err = db.QueryRow(ctx, currentVersion).Scan(&have)
	return have, err
}

func migratePostgres(ctx context.Context, dsn string) (from, to int, err error) {
	list, err := migrationsOf("postgres")
	if err != nil {
		return 0, 0, err
	}
	conn, err := connectPostgres(ctx, dsn)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close(ctx)
	// An up-to-date schema is left alone, so that a role without the right to change it may serve.
	if from, err = postgresVersion(ctx, conn); err != nil {
		return 0, 0, fmt.Errorf("migrate: %w", err)
	}
	if from > len(list) {
		return from, from, newer(from, len(list))
	}
	for to = from; to < len(list); {
		if to, err = migrateNext(ctx, conn, list); err != nil {
			return from, to, fmt.Errorf("migrate: %w", serverWords(err))
		}
	}
	return from, to, nil
}

// migrateNext runs the next migration, if another node has not run it meanwhile, and returns the
// version there is then. The lock ends with the transaction.
func migrateNext(ctx context.Context, conn *pgx.Conn, list []migration) (version int, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
			return err
		}
		// Not to_regclass: it may still believe what it saw before the lock was waited for.
		if _, err := tx.Exec(ctx, createMigrations); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, currentVersion).Scan(&version); err != nil || version >= len(list) {
			return err
		}
		m := list[version]
		if _, err := tx.Exec(ctx, m.sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if _, err := tx.Exec(ctx, recordMigration, m.version, m.name, stamp(time.Now())); err != nil {
			return err
		}
		version = m.version
		return nil
	})
	return version, err
}
