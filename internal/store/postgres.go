package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A postgresStore is a pool of connections to a database that other nodes may use as well. Connections
// that the server drops are replaced as they are needed.
type postgresStore struct {
	queries
	pool   *pool
	closed context.Context // ends with Close, and Watch with it
	close  context.CancelFunc
}

func openPostgres(ctx context.Context, dsn string, opt Options) (*postgresStore, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err) // pgx leaves the password out
	}
	named(config.ConnConfig)
	if opt.Migrate {
		_, _, err = migratePostgres(ctx, dsn)
	} else {
		var have, want int
		if have, want, err = versionPostgres(ctx, dsn); err == nil {
			err = checkVersion(have, want)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	size := opt.MaxConns
	if size <= 0 {
		size = max(8, 4*runtime.NumCPU())
	}
	config.MaxConns = int32(size)
	p, err := newPool(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s := &postgresStore{pool: p}
	s.queries = queries{s}
	s.closed, s.close = context.WithCancel(context.Background())
	return s, nil
}

// named completes a connection's settings where the URL leaves them open.
func named(c *pgx.ConnConfig) {
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "lunedi"
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 10 * time.Second
	}
}

// reader reads in statements that each see the latest state.
func (s *postgresStore) reader() reader { return s.pool }

// atOnce lets do read one state in several statements.
func (s *postgresStore) atOnce(ctx context.Context, do func(reader) error) error {
	oneState := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return s.pool.with(ctx, func(c *pgx.Conn) error {
		return pgx.BeginTxFunc(ctx, c, oneState, func(tx pgx.Tx) error { return do(postgresReader{tx}) })
	})
}

func (s *postgresStore) Shared() bool { return true }

func (s *postgresStore) Ping(ctx context.Context) error {
	return s.pool.with(ctx, func(c *pgx.Conn) error { return c.Ping(ctx) })
}

func (s *postgresStore) Close() error {
	s.close()
	s.pool.Close()
	return nil
}

// A postgresReader reads through anything of pgx that can.
type postgresReader struct {
	db interface {
		Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	}
}

func (r postgresReader) query(ctx context.Context, sql string, args []any, each func() error, dest ...any) error {
	rows, err := r.db.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, dest, each)
	return err
}

func (r postgresReader) oneOf(column string, n int, list any) (string, any) {
	return fmt.Sprintf("%s = ANY($%d)", column, n), list
}

// serverWords says what to do about errors of the server.
func serverWords(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case "53100": // disk_full
		return fmt.Errorf("the disk of the database server is full, nothing was written: make room: %w", err)
	case "25006": // read_only_sql_transaction
		return fmt.Errorf("the database is a read-only standby: connect to the primary: %w", err)
	case "53300": // too_many_connections
		return fmt.Errorf("the database server has no connection left: allow fewer a node or more in all: %w", err)
	}
	return err
}

// sourceSchema is what the schemas of data sources are called; nothing else is dropped here.
var sourceSchema = regexp.MustCompile(`^source_[0-9]+_[0-9]+$`)

// DropSchema drops the schema of a removed data source with all that is in it. That there is none is no error.
func DropSchema(ctx context.Context, dsn, name string) error {
	if !sourceSchema.MatchString(name) {
		return fmt.Errorf("drop schema %q: it is no data source's", name)
	}
	config, err := pgxpool.ParseConfig(dsn) // which knows what a URL may say of the pool
	if err != nil {
		return fmt.Errorf("drop schema %s: %w", name, err)
	}
	named(config.ConnConfig)
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return fmt.Errorf("drop schema %s: %w", name, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+name+" CASCADE"); err != nil {
		return fmt.Errorf("drop schema %s: %w", name, serverWords(err))
	}
	return nil
}
