package sink

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

// killMe names the destination that a child process writes to.
const killMe = "LUNEDI_SINK_KILL_ME"

const steady = 80 // rows that every step rewrites

// step is the batch that leads from step n-1 to step n: the same rows with n in them, a row that is new,
// one that goes, one that comes back, and the state that says n.
func step(n int) *connector.Batch {
	at := time.Date(2026, 1, 1, 0, 0, n, 0, time.UTC)
	b := &connector.Batch{ReadAt: at, Rows: map[*connector.Stream][]connector.Row{}, Put: map[string]json.RawMessage{"q:n": json.RawMessage(strconv.Itoa(n))}}
	for i := range steady {
		row := thing(fmt.Sprint("steady", i), fmt.Sprint(i%3))
		row[3] = int64(n)
		b.Rows[things] = append(b.Rows[things], row)
	}
	b.Rows[parts] = []connector.Row{{"v", fmt.Sprint(n), nil, "status"}}
	b.Gone = []connector.Gone{{Stream: parts, By: "thing_id", Values: []string{fmt.Sprint(n - 1)}}}
	if n%2 == 0 {
		b.Gone = append(b.Gone, connector.Gone{Stream: things, By: "id", Values: []string{"steady7"}})
	}
	return b
}

// holds checks that a destination is as it is after some step, and says after which.
func holds(t testing.TB, s connector.Sink) int {
	t.Helper()
	raw, err := s.Get(t.Context(), "q:n")
	must(t, err)
	if raw == nil {
		return 0
	}
	n, err := strconv.Atoi(string(raw))
	must(t, err)
	m := newModel()
	for i := max(1, n-3); i <= n; i++ {
		m.commit(step(i))
	}
	got := liveLines(t, s, things, []string{"id", "n"}, "", nil)
	if want := m.live(things, []string{"id", "n"}, "", nil); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("after step %d, %d rows for %d: %.300q", n, len(got), len(want), got)
	}
	got = liveLines(t, s, parts, []string{"thing_id"}, "", nil)
	if len(got) != 1 || got[0] != show(connector.Row{fmt.Sprint(n)}) {
		t.Fatalf("after step %d: %q", n, got)
	}
	return n
}

// writeUntilKilled is the child: it goes from step to step and says so.
func writeUntilKilled(dest string) {
	ctx := context.Background()
	s, err := Open(ctx, dest)
	check := func(err error) {
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
	}
	check(err)
	check(s.Prepare(ctx, testStreams))
	raw, err := s.Get(ctx, "q:n")
	check(err)
	n, _ := strconv.Atoi(string(raw))
	fmt.Println("open")
	for {
		n++
		_, err := s.Commit(ctx, step(n))
		check(err)
		fmt.Println(n)
		check(s.Publish(ctx, []connector.BoardColumns{{ID: "1", Name: fmt.Sprint(n)}}))
	}
}

// TestKilled: a process that is killed at any point leaves a destination that is whole and goes on.
func TestKilled(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		for round := range rounds(20) {
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), killMe+"="+dest)
			out, err := child.StdoutPipe()
			must(t, err)
			must(t, child.Start())
			lines := bufio.NewScanner(out)
			for range 1 + rand.IntN(3) {
				if !lines.Scan() || strings.HasPrefix(lines.Text(), "failed") {
					t.Fatalf("round %d: the child: %s", round, lines.Text())
				}
			}
			time.Sleep(rand.N(20 * time.Millisecond)) // whenever it comes, it has to hold
			must(t, child.Process.Kill())
			child.Wait()
			if strings.HasPrefix(dest, "postgres") { // which may have a commit of the child's to finish before it lets go of it
				for len(pgtest.Rows(t, dest, "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'")) > 0 {
					time.Sleep(time.Millisecond)
				}
			}

			s := prepared(t, dest)
			holds(t, s)
			must(t, s.Publish(t.Context(), nil))
			if f, ok := s.(*files); ok {
				if holds(t, s) > 0 && len(readFiles(t, f.dir)) < 5 { // select, three boards, no_board
					t.Errorf("files: %v", readFiles(t, f.dir))
				}
				if left, _ := filepath.Glob(filepath.Join(f.dir, "things", ".*")); len(left) > 0 {
					t.Errorf("left over: %v", left)
				}
			}
			must(t, s.Close())
		}
	})
}

// TestReaders: who reads while it is written sees the state after one commit, never between two.
func TestReaders(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		s := prepared(t, dest)
		commit(t, s, step(1))
		done := make(chan error)
		go func() {
			for n := range rounds(30) {
				if _, err := s.Commit(context.Background(), step(n+2)); err != nil {
					done <- err
					return
				}
			}
			close(done)
		}()
		look := onlooker(t, s)
		for reads := 0; ; reads++ {
			values, rows := look()
			if values != 1 || rows != steady && rows != steady-1 {
				t.Fatalf("%d values in %d rows", values, rows)
			}
			select {
			case err := <-done:
				must(t, err)
				return
			default:
			}
		}
	})
}

// onlooker reads the rows of step with a connection of its own: how many different n, in how many rows.
func onlooker(t testing.TB, s connector.Sink) func() (values, rows int) {
	const sql = "SELECT count(DISTINCT n), count(*) FROM %sthings WHERE _deleted_at IS NULL AND id LIKE 'steady%%'"
	path := ""
	switch s := s.(type) {
	case *postgres:
		return func() (values, rows int) {
			must(t, s.pool.QueryRow(t.Context(), fmt.Sprintf(sql, s.in)).Scan(&values, &rows))
			return values, rows
		}
	case *sqlite:
		path = s.path
	case *files:
		path = s.path
	}
	c, err := openConn(path, sqliteReadWrite)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return func() (values, rows int) {
		must(t, c.query(fmt.Sprintf(sql, ""), func(s *stmt) error {
			values, rows = int(s.int(0)), int(s.int(1))
			return nil
		}))
		return values, rows
	}
}
