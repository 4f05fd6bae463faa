package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// A connection is asked whether it still stands when it has not been used for freshFor, and is replaced
// when it is older than oldAfter, so that a node finds its way to a server that has moved.
const (
	freshFor = time.Second
	oldAfter = time.Hour
)

var errPoolClosed = errors.New("the store is closed")

// A pool holds connections to PostgreSQL. The one used last is used next, so that the statements
// prepared on it are, too.
type pool struct {
	config *pgx.ConnConfig
	slots  chan struct{} // as many as there may be connections; filled by those in use

	mu     sync.Mutex
	idle   []*pooled // the one used last is last
	closed bool
}

type pooled struct {
	conn       *pgx.Conn
	born, used time.Time
}

func newPool(config *pgx.ConnConfig, size int) *pool {
	return &pool{config: config, slots: make(chan struct{}, size)}
}

// with lends a connection to do.
func (p *pool) with(ctx context.Context, do func(*pgx.Conn) error) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.slots }()
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.give(c)
	return do(c.conn)
}

// take returns an idle connection that stands, or a new one.
func (p *pool) take(ctx context.Context) (*pooled, error) {
	for {
		c, err := p.pop()
		if err != nil {
			return nil, err
		}
		if c == nil {
			conn, err := pgx.ConnectConfig(ctx, p.config)
			if err != nil {
				return nil, err
			}
			return &pooled{conn: conn, born: time.Now()}, nil
		}
		if time.Since(c.used) < freshFor || c.conn.Ping(ctx) == nil {
			return c, nil
		}
		hangUp(c)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

// pop returns nil if no connection is idle.
func (p *pool) pop() (*pooled, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errPoolClosed
	}
	n := len(p.idle)
	if n == 0 {
		return nil, nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return c, nil
}

// give takes a connection back, unless it is of no more use.
func (p *pool) give(c *pooled) {
	const idle = 'I' // in no transaction
	c.used = time.Now()
	p.mu.Lock()
	keep := !p.closed && !c.conn.IsClosed() && c.conn.PgConn().TxStatus() == idle && c.used.Sub(c.born) < oldAfter
	if keep {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		hangUp(c)
	}
}

// Close waits for connections in use.
func (p *pool) Close() {
	p.mu.Lock()
	idle, again := p.idle, p.closed
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	if again {
		return
	}
	for _, c := range idle {
		hangUp(c)
	}
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
}

// hangUp says goodbye to the server, which may not be there to hear it.
func hangUp(c *pooled) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.conn.Close(ctx)
}

// query makes a pool a reader.
func (p *pool) query(ctx context.Context, sql string, args []any, each func() error, dest ...any) error {
	return p.with(ctx, func(c *pgx.Conn) error { return postgresReader{c}.query(ctx, sql, args, each, dest...) })
}

// exec runs one statement and returns how many rows it changed.
func (p *pool) exec(ctx context.Context, sql string, args ...any) (rows int64, err error) {
	err = p.with(ctx, func(c *pgx.Conn) error {
		tag, err := c.Exec(ctx, sql, args...)
		rows = tag.RowsAffected()
		return err
	})
	return rows, err
}
