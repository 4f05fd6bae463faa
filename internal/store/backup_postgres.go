package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// restorePostgres lets do restore to a database in one transaction.
func restorePostgres(ctx context.Context, dsn string, do func(to restorer, have int) error) error {
	conn, err := connectPostgres(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
			return err
		}
		have, err := postgresVersion(ctx, tx)
		if err != nil {
			return err
		}
		if have > 0 {
			// Nobody makes an account meanwhile.
			if _, err := tx.Exec(ctx, `LOCK TABLE accounts IN EXCLUSIVE MODE`); err != nil {
				return err
			}
			var n int
			if err := tx.QueryRow(ctx, hasAccounts).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return errNotEmpty
			}
		}
		return do(postgresRestorer{tx}, have)
	})
	return serverWords(err)
}

type postgresRestorer struct{ tx pgx.Tx }

func (p postgresRestorer) migrate(ctx context.Context, list []migration) error {
	for _, m := range list {
		if _, err := p.tx.Exec(ctx, createMigrations); err != nil {
			return err
		}
		if _, err := p.tx.Exec(ctx, m.sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
		if _, err := p.tx.Exec(ctx, recordMigration, m.version, m.name, stamp(time.Now())); err != nil {
			return err
		}
	}
	return nil
}

func (p postgresRestorer) insert(ctx context.Context, t *backupTable, next func() ([]any, error)) error {
	_, err := p.tx.CopyFrom(ctx, pgx.Identifier{t.Name}, t.names(), pgx.CopyFromFunc(next))
	return err
}
