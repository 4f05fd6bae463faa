package sink

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

// TestConnectionLost: a connection that ends in the middle of a batch is an error, nothing of the batch is
// there, and the next goes through another.
func TestConnectionLost(t *testing.T) {
	t.Parallel()
	dest := pgtest.Start(t)
	s := prepared(t, dest).(*postgres)
	commit(t, s, step(1))

	other, err := pgx.Connect(t.Context(), dest)
	must(t, err)
	defer other.Close(t.Context())
	for n := 2; n < 5; n++ {
		tx, err := other.Begin(t.Context())
		must(t, err)
		// The batch gets as far as the second table, and waits there.
		_, err = tx.Exec(t.Context(), "LOCK TABLE parts IN ACCESS EXCLUSIVE MODE")
		must(t, err)
		failed := make(chan error)
		go func() {
			_, err := s.Commit(t.Context(), step(n))
			failed <- err
		}()
		pid := s.write.PgConn().PID()
		for waits := false; !waits; time.Sleep(time.Millisecond) {
			must(t, tx.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)", int32(pid)).Scan(&waits))
		}
		_, err = tx.Exec(t.Context(), "SELECT pg_terminate_backend($1)", int32(pid))
		must(t, err)
		if err := <-failed; err == nil {
			t.Fatal("a batch was written through a lost connection")
		}
		must(t, tx.Rollback(t.Context()))
		if at := holds(t, s); at != n-1 {
			t.Fatalf("after step %d", at)
		}
		commit(t, s, step(n))
		if at := holds(t, s); at != n {
			t.Fatalf("after step %d", at)
		}
	}
	if _, err := Open(t.Context(), dest); err == nil || !strings.Contains(err.Error(), "in use by lunedi sync, pid") {
		t.Errorf("the lock, which was taken anew: %v", err)
	}
}

// TestPasswords: whatever is wrong with an address, its password is in no error.
func TestPasswords(t *testing.T) {
	t.Parallel()
	for _, dest := range []string{
		"postgres://me:S3cret@127.0.0.1:1/db",
		"postgres://me:S3cret@127.0.0.1:1/db?sslmode=nonsense",
		"postgres://me:S3cret@127.0.0.1:99999/db",
		"postgres://me:S3cret@127.0.0.1:port/db",
		"postgres://me:%S3cret@127.0.0.1/db",
		"postgres://me:S3cret/@127.0.0.1/db",
		"postgres://me:S3cret#@127.0.0.1/db",
		"postgres://me:a@S3cret@127.0.0.1:1/db",
		"postgres://127.0.0.1:1/db?password=S3cret&user=me",
		"postgres://127.0.0.1:1/db?password=S3cret&sslmode=x%zz",
		"postgresql://me:S3cret@[::1/db",
		"postgres:me:S3cret@127.0.0.1",
		"postgres: //me:S3cret@127.0.0.1/",
		"postgres://me:S3cret@127.0.0.1:1/db?schema=",
		"postgres://me:S3cret@127.0.0.1:1/db?schema=pg_x",
		"postgers://me:S3cret@127.0.0.1/db",
		"me:S3cret@127.0.0.1/db", "S3cret",
	} {
		for _, open := range []func() error{
			func() error { _, err := Open(t.Context(), dest); return err },
			func() error { _, err := OpenReadOnly(t.Context(), dest); return err },
		} {
			if err := open(); err == nil || strings.Contains(err.Error(), "S3cret") || strings.Contains(fmt.Sprintf("%#v", err), "S3cret") {
				t.Errorf("%s: %v", dest, err)
			}
		}
	}
}

// TestPostgresSchema: a schema is made where it is missing, one of somebody else's tables is refused, and a
// role that may not is told what it lacks.
func TestPostgresSchema(t *testing.T) {
	t.Parallel()
	dest := pgtest.Start(t)
	c, err := pgx.Connect(t.Context(), dest)
	must(t, err)
	defer c.Close(t.Context())
	role := fmt.Sprintf("weak_%d", time.Now().UnixNano())
	_, err = c.Exec(t.Context(), `CREATE TABLE things (a int); CREATE SCHEMA theirs; CREATE VIEW theirs._lunedi_state AS SELECT 1;
		CREATE ROLE `+role+` LOGIN PASSWORD 'x'`)
	must(t, err)
	defer c.Exec(t.Context(), "DROP ROLE "+role)
	s := mustOpen(t, dest)
	if err := s.Prepare(t.Context(), testStreams); err == nil || !strings.Contains(err.Error(), "table things that lunedi did not make") {
		t.Errorf("%v", err)
	}
	if _, err := Open(t.Context(), dest+"&schema=theirs"); err == nil || !strings.Contains(err.Error(), "view _lunedi_state that") {
		t.Errorf("%v", err)
	}
	prepared(t, dest+"&schema=Our%20own")
	weak := strings.Replace(dest, "lunedi@", role+":x@", 1)
	if _, err := Open(t.Context(), weak+"&schema=another"); err == nil || !strings.Contains(err.Error(), "not allowed") {
		t.Errorf("%v", err)
	}
}
