package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A pool lends connections to PostgreSQL; those that no longer stand are replaced.
type pool struct{ *pgxpool.Pool }

func newPool(ctx context.Context, config *pgxpool.Config) (*pool, error) {
	p, err := pgxpool.NewWithConfig(ctx, config)
	return &pool{p}, err
}

// with lends a connection to do.
func (p *pool) with(ctx context.Context, do func(*pgx.Conn) error) error {
	return p.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return do(c.Conn()) })
}

// query makes a pool a reader.
func (p *pool) query(ctx context.Context, sql string, args []any, each func() error, dest ...any) error {
	return p.with(ctx, func(c *pgx.Conn) error { return postgresReader{c}.query(ctx, sql, args, each, dest...) })
}

func (p *pool) oneOf(column string, n int, list any) (string, any) {
	return postgresReader{}.oneOf(column, n, list)
}

// exec runs one statement and returns how many rows it changed.
func (p *pool) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := p.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}
