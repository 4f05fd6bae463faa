package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/lunedi-dev/lunedi/internal/connector"
)

// A postgres is a destination that is a schema of a PostgreSQL database. One connection writes, and holds
// the lock that keeps other runs away; others read.
type postgres struct {
	name   string // of the destination, for errors: host, database and schema
	config *pgx.ConnConfig
	pool   *pgxpool.Pool // for reading
	write  *pgx.Conn     // nil before the first use, and after it was lost
	schema string
	in     string // the schema as it stands before names: quoted, with a point

	readOnly bool
	tables   map[string]*postgresTable // that were prepared
	order    []*postgresTable
}

const postgresForm = "the address of the database is not understood: write postgres://USER:PASSWORD@HOST:5432/DATABASE?schema=NAME, " +
	"with signs such as @ : / ? # % in a password as %40 %3A %2F %3F %23 %25"

func openPostgres(ctx context.Context, dest string, readOnly bool) (connector.Sink, error) {
	p, err := openPostgresSchema(ctx, dest, readOnly)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func openPostgresSchema(ctx context.Context, dest string, readOnly bool) (_ *postgres, err error) {
	config, schema, err := parsePostgres(dest)
	if err != nil {
		return nil, err
	}
	p := &postgres{schema: schema, in: quote(schema) + ".", readOnly: readOnly, config: config.ConnConfig, tables: map[string]*postgresTable{}}
	p.name = fmt.Sprintf("schema %s of database %s at %s", schema, p.config.Database, p.config.Host)
	defer func() {
		if err != nil {
			p.Close()
			err = fmt.Errorf("open %s: %w", p.name, p.words(err))
		}
	}()
	if readOnly {
		config.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	}
	config.MaxConns = 4
	// Rows are looked up by key in tables that have just grown and that the server has no statistics of: as it
	// prices a read off a disk that turns, it would read all of a table in place of some hundred rows.
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "SET random_page_cost = 1.1")
		return err
	}
	if p.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), config); err != nil {
		return nil, err
	}
	if !readOnly {
		if err := p.connect(ctx); err != nil {
			return nil, err
		}
		if err := p.transaction(ctx, p.makeMeta); err != nil {
			return nil, err
		}
	}
	return p, p.check(ctx)
}

// parsePostgres takes an address apart. Its errors have nothing of it: it may be the password that is
// misunderstood, and be where no password is looked for.
func parsePostgres(dest string) (*pgxpool.Config, string, error) {
	u, err := url.Parse(dest)
	if err != nil || u.Opaque != "" {
		return nil, "", errors.New(postgresForm)
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, "", errors.New(postgresForm)
	}
	schema := "public"
	if q.Has("schema") {
		schema = q.Get("schema")
	}
	if schema == "" || !plain(schema) || len(schema) > maxName || strings.HasPrefix(strings.ToLower(schema), "pg_") {
		return nil, "", fmt.Errorf("a schema cannot be called %q", schema)
	}
	q.Del("schema")
	u.RawQuery = q.Encode()
	config, err := pgxpool.ParseConfig(u.String())
	if err != nil {
		return nil, "", errors.New(postgresForm)
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		host, _ := os.Hostname() // it is told to help, and is empty otherwise
		config.ConnConfig.RuntimeParams["application_name"] = cut(fmt.Sprintf("lunedi sync, pid %d on %s", os.Getpid(), host), maxName)
	}
	return config, schema, nil
}

// words explains errors, and sees to it that none has the password.
func (p *postgres) words(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code {
		case "53100":
			err = fmt.Errorf("the disk of the database server is full, nothing was written: make room and start again: %w", err)
		case "42501", "25006":
			err = fmt.Errorf("the role %s is not allowed to: grant it what is missing, or choose another schema: %w", p.config.User, err)
		}
	}
	if secret := p.config.Password; err != nil && secret != "" && strings.Contains(err.Error(), secret) {
		return errors.New(strings.ReplaceAll(err.Error(), secret, "xxxxx"))
	}
	return err
}

// connect makes the connection that writes, and takes the lock.
func (p *postgres) connect(ctx context.Context) error {
	if p.readOnly {
		return errReadOnly
	}
	if p.write != nil && !p.write.IsClosed() {
		return nil
	}
	conn, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return err
	}
	if err := p.lock(ctx, conn); err != nil {
		conn.Close(ctx)
		return err
	}
	p.write = conn
	return nil
}

// lockClass is half of the name of our advisory locks, and the schema makes the other half. Both are 31
// bit numbers, since the system's table shows them without a sign.
const lockClass = 0x4c756e65

// lock takes the schema's lock for as long as the connection lives. It waits a moment: the server may not
// have noticed yet that a run was killed.
func (p *postgres) lock(ctx context.Context, conn *pgx.Conn) error {
	h := fnv.New32a()
	h.Write([]byte(p.schema))
	id := int32(h.Sum32() & 0x7fffffff)
	if _, err := conn.Exec(ctx, "SET lock_timeout = '2s'"); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1, $2)", int32(lockClass), id)
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "55P03" {
		who := "another process"
		var pid int32
		var app, from, since string
		if conn.QueryRow(ctx, `SELECT a.pid, a.application_name, coalesce(host(a.client_addr), 'its own host'), a.backend_start::text
			FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
			WHERE l.locktype = 'advisory' AND l.classid = $1::int4::oid AND l.objid = $2::int4::oid AND l.granted
			AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`, int32(lockClass), id).Scan(&pid, &app, &from, &since) == nil {
			who = fmt.Sprintf("%s (connected from %s since %s, server process %d)", app, from, since, pid)
		}
		return fmt.Errorf("the schema %s is in use by %s: stop that process, or choose another schema", p.schema, who)
	}
	if err == nil {
		_, err = conn.Exec(ctx, "RESET lock_timeout")
	}
	return err
}

// transaction runs do in a transaction of the connection that writes, which is made anew if it was lost.
func (p *postgres) transaction(ctx context.Context, do func(ctx context.Context, tx pgx.Tx) error) error {
	if err := p.connect(ctx); err != nil {
		return err
	}
	tx, err := p.write.Begin(ctx)
	if err != nil {
		return err
	}
	if err := do(ctx, tx); err != nil {
		// The context may have ended; what the server does then is the same.
		if undone := tx.Rollback(context.WithoutCancel(ctx)); undone != nil {
			p.write.Close(context.WithoutCancel(ctx))
		}
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		if p.write.IsClosed() {
			err = fmt.Errorf("the connection was lost while a batch was written, which may be there or not: start again, nothing is lost: %w", err)
		}
		return err
	}
	return nil
}

func (p *postgres) Close() error {
	if p.pool != nil {
		p.pool.Close()
	}
	if p.write != nil {
		p.write.Close(context.Background()) // nothing is under way, so nothing can be lost
	}
	p.pool, p.write = nil, nil
	return nil
}

// makeMeta makes the schema and the tables that are not of streams.
func (p *postgres) makeMeta(ctx context.Context, tx pgx.Tx) error {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", p.schema).Scan(&there); err != nil {
		return err
	}
	if !there { // IF NOT EXISTS would want the right to make one even if there is one
		if _, err := tx.Exec(ctx, "CREATE SCHEMA "+quote(p.schema)); err != nil {
			return err
		}
	}
	switch kind, err := p.kindOf(ctx, tx, "_lunedi_meta"); {
	case err != nil:
		return err
	case kind != "":
		return nil
	}
	if kind, err := p.kindOf(ctx, tx, "_lunedi_state"); kind != "" || err != nil {
		return errors.Join(foreign(kind, "_lunedi_state"), err)
	}
	// The values are texts, not jsonb: they are given back as they came.
	if _, err := tx.Exec(ctx, fmt.Sprintf(`CREATE TABLE %[1]s_lunedi_meta (name text COLLATE "C" PRIMARY KEY, value text NOT NULL);
		CREATE TABLE %[1]s_lunedi_state (key text COLLATE "C" PRIMARY KEY, value text NOT NULL)`, p.in)); err != nil {
		return err
	}
	return p.setMeta(ctx, tx, metaFormat, fmt.Sprint(format))
}

// check refuses a schema that is not ours, or of a later version.
func (p *postgres) check(ctx context.Context) error {
	var there bool
	if err := p.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = '_lunedi_meta')",
		p.schema).Scan(&there); err != nil {
		return err
	}
	if !there {
		return errors.New("nothing was synchronised into it yet")
	}
	have, err := p.meta(ctx, p.pool, metaFormat)
	if err != nil {
		return err
	}
	return checkFormat(have)
}

// A querier is a transaction or the pool.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// kindOf says what goes by a name: table, view, and so on, or nothing.
func (p *postgres) kindOf(ctx context.Context, q querier, name string) (kind string, err error) {
	err = q.QueryRow(ctx, `SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
			WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'type' END
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`, p.schema, name).Scan(&kind)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return kind, err
}

// meta reads an entry of _lunedi_meta; what is not there is empty.
func (p *postgres) meta(ctx context.Context, q querier, name string) (value string, err error) {
	err = q.QueryRow(ctx, "SELECT value FROM "+p.in+"_lunedi_meta WHERE name = $1", name).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// metas reads the entries whose names begin with a prefix, without it, in order.
func (p *postgres) metas(ctx context.Context, q querier, prefix string) (entries [][2]string, err error) {
	rows, err := q.Query(ctx, "SELECT name, value FROM "+p.in+"_lunedi_meta WHERE starts_with(name, $1) ORDER BY name", prefix)
	if err != nil {
		return nil, err
	}
	var name, value string
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error {
		entries = append(entries, [2]string{name[len(prefix):], value})
		return nil
	})
	return entries, err
}

func (p *postgres) setMeta(ctx context.Context, tx pgx.Tx, name, value string) error {
	_, err := tx.Exec(ctx, "INSERT INTO "+p.in+"_lunedi_meta VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

// Get reads what the passes remember.
func (p *postgres) Get(ctx context.Context, key string) (json.RawMessage, error) {
	var value string
	err := p.pool.QueryRow(ctx, "SELECT value FROM "+p.in+"_lunedi_state WHERE key = $1", cleanText(key)).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what is remembered as %s: %w", key, p.words(err))
	}
	return json.RawMessage(value), nil
}

// Scan reads a page of it.
func (p *postgres) Scan(ctx context.Context, prefix, after string, limit int) (entries []connector.Entry, err error) {
	rows, err := p.pool.Query(ctx, "SELECT key, value FROM "+p.in+`_lunedi_state
		WHERE key >= $1 AND key > $2 AND starts_with(key, $1) ORDER BY key LIMIT $3`, cleanText(prefix), cleanText(after), int64(limit))
	if err == nil {
		var key, value string
		_, err = pgx.ForEachRow(rows, []any{&key, &value}, func() error {
			entries = append(entries, connector.Entry{Key: key, Value: json.RawMessage(value)})
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read what is remembered as %s…: %w", prefix, p.words(err))
	}
	return entries, nil
}

// Count counts the rows of all tables that were ever prepared.
func (p *postgres) Count(ctx context.Context) (map[string]connector.Rows, error) {
	tables, err := p.metas(ctx, p.pool, metaTable)
	if err != nil {
		return nil, p.words(err)
	}
	counts := map[string]connector.Rows{}
	for _, t := range tables {
		var n connector.Rows
		if err := p.pool.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FILTER (WHERE %[1]s IS NULL), count(%[1]s) FROM %s%s", deleted, p.in, quote(t[0]))).
			Scan(&n.Live, &n.Deleted); err != nil {
			return nil, fmt.Errorf("count %s: %w", t[0], p.words(err))
		}
		counts[t[0]] = n
	}
	return counts, nil
}

var _ connector.Sink = (*postgres)(nil)
