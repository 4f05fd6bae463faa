package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// quiet is how long a listener hears nothing before it asks whether the connection still stands.
const quiet = time.Minute

// Watch listens on a connection of its own and makes a new one, ever more patiently, when it is lost.
// Commits of this process are announced like any other.
func (s *postgresStore) Watch(ctx context.Context, moved func(work.AccountID)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.closed, cancel)()
	const first, most = 100 * time.Millisecond, 10 * time.Second
	for wait := first; ; wait = min(2*wait, most) {
		began := time.Now()
		s.listen(ctx, moved) // how it ended does not matter: it is done again
		if time.Since(began) > most {
			wait = first
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// listen reports announcements until the connection or ctx ends.
func (s *postgresStore) listen(ctx context.Context, moved func(work.AccountID)) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	for {
		note, err := waitForNote(ctx, conn)
		if err != nil {
			return err
		}
		if note == "" {
			continue
		}
		if id, err := strconv.ParseInt(note, 10, 64); err == nil {
			moved(work.AccountID(id))
		}
	}
}

// waitForNote returns the next payload, or "" if there was none for a while and the connection stands.
func waitForNote(ctx context.Context, conn *pgx.Conn) (string, error) {
	short, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	note, err := conn.WaitForNotification(short)
	switch {
	case err == nil:
		return note.Payload, nil
	case ctx.Err() == nil && errors.Is(short.Err(), context.DeadlineExceeded):
		return "", conn.Ping(ctx)
	}
	return "", err
}
