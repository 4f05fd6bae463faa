package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		fmt.Fprintln(os.Stderr, beChild(context.Background(), path))
		os.Exit(1)
	}
	pgtest.Main(m)
}

func openTestPostgres(t testing.TB, dsn string) work.Store {
	t.Helper()
	s, err := Open(t.Context(), dsn, Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// execSQL runs a statement on a connection of its own.
func execSQL(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	testStore(t, func(t *testing.T) work.Store { return openTestPostgres(t, pgtest.Start(t)) })
	t.Run("Schema", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.Start(t)
		testSchema(t, dsn, func(sql string) { execSQL(t, dsn, sql) })
	})
	t.Run("Upgrade", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.Start(t)
		testUpgrade(t, "postgres", dsn, func(sql string) { execSQL(t, dsn, sql) })
	})
	t.Run("ColumnValues", func(t *testing.T) {
		t.Parallel()
		testColumnValues(t, openTestPostgres(t, pgtest.Start(t)))
	})
}

// TestPostgresDeliveriesOnce: nodes claim at once, each what no other has.
func TestPostgresDeliveriesOnce(t *testing.T) {
	t.Parallel()
	const n = 500
	dsn := pgtest.Start(t)
	s := openTestPostgres(t, dsn)
	create(t, s, full(1))
	var changes []work.Change
	for i := range n {
		d := delivery()
		d.ID = fmt.Sprintf("d-%03d", i)
		changes = append(changes, work.Change{Delivery: d})
	}
	commit(t, s, 1, 8, changes...)
	claimOnce(t, n, s, openTestPostgres(t, dsn), openTestPostgres(t, dsn))
}

func TestPostgresMigratedByMany(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	list, err := migrationsOf("postgres")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, to, err := Migrate(t.Context(), dsn); err != nil || to != len(list) {
				t.Errorf("migrated to %d, %v", to, err)
			}
		})
	}
	wg.Wait()
}

// TestPostgresRace: of two nodes that commit the same seq one wins, and the loser sees what won.
func TestPostgresRace(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	create(t, openTestPostgres(t, dsn), full(1))
	const n = 60
	var mu sync.Mutex
	won := make(map[work.Seq]string)
	var wg sync.WaitGroup
	for node := range 3 {
		s := openTestPostgres(t, dsn)
		wg.Go(func() {
			for seq := work.Seq(8); seq < 8+n; {
				b := batch(seq, work.Change{Team: &work.Team{ID: work.TeamID(1000*node) + work.TeamID(seq)}})
				b.ID = fmt.Sprintf("%d/%d", node, seq)
				switch err := s.Commit(t.Context(), 1, b); {
				case err == nil:
					mu.Lock()
					if other, ok := won[seq]; ok {
						t.Errorf("%d was won by %s and %s", seq, other, b.ID)
					}
					won[seq] = b.ID
					mu.Unlock()
					seq++
				case errors.Is(err, work.ErrBehind):
					behind, err := s.Since(t.Context(), 1, seq-1)
					if err != nil || len(behind) == 0 {
						t.Errorf("behind at %d, but nothing follows: %v", seq, err)
						return
					}
					seq += work.Seq(len(behind))
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	s := openTestPostgres(t, dsn)
	feed, err := s.Since(t.Context(), 1, 7)
	if err != nil || len(feed) != n {
		t.Fatalf("%d batches, %v", len(feed), err)
	}
	for _, b := range feed {
		if won[b.Seq] != b.ID {
			t.Errorf("%d is %s in the feed, but %s won", b.Seq, b.ID, won[b.Seq])
		}
	}
	if got := len(mustLoad(t, s, 1).Teams); got != 2+n {
		t.Errorf("%d teams", got)
	}
}

// TestPostgresConnectionsKilled: whatever a commit says of itself when its connection is cut, the feed
// bears it out.
func TestPostgresConnectionsKilled(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	s := openTestPostgres(t, dsn)
	create(t, s, full(1))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			execSQL(t, dsn, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid()`)
			time.Sleep(10 * time.Millisecond)
		}
	})
	defer wg.Wait()
	defer cancel()
	var unknown, failed, done int
	seq := work.Seq(7)
	for try := 0; try < 150 || unknown+failed == 0 && try < 3000; try++ {
		b := batch(seq+1, work.Change{Team: &work.Team{ID: work.TeamID(1000 + try)}}, work.Change{Board: &work.Board{ID: work.BoardID(1000 + try)}})
		b.ID = fmt.Sprint("try", try)
		err := s.Commit(t.Context(), 1, b)
		happened := inFeed(t, s, seq, b.ID)
		switch {
		case err == nil:
			done++
			if !happened {
				t.Fatalf("%s was committed and is not in the feed", b.ID)
			}
		case errors.Is(err, work.ErrUnknown):
			unknown++
		default:
			failed++
			if happened {
				t.Fatalf("%s failed (%v) and is in the feed", b.ID, err)
			}
		}
		if happened {
			seq++
		}
	}
	cancel()
	wg.Wait()
	t.Logf("%d done, %d unknown, %d failed", done, unknown, failed)
	var snap *work.Snapshot
	again(t, func() (err error) { snap, err = s.Load(t.Context(), 1); return err })
	if n := int(snap.Seq - 7); snap.Seq != seq || len(snap.Teams) != 2+n || len(snap.Boards) != 2+n {
		t.Errorf("head %d, want %d; %d teams, %d boards", snap.Seq, seq, len(snap.Teams), len(snap.Boards))
	}
}

// inFeed looks for a batch in the feed after seq, through whatever happens to the connection.
func inFeed(t *testing.T, s work.Store, seq work.Seq, id string) bool {
	t.Helper()
	var feed []work.Batch
	again(t, func() (err error) { feed, err = s.Since(t.Context(), 1, seq); return err })
	return len(feed) == 1 && feed[0].ID == id
}

// again does something until it succeeds.
func again(t *testing.T, do func() error) {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		err := do()
		if err == nil {
			return
		}
		if time.Since(begin) > time.Minute {
			t.Fatal(err)
		}
	}
}

// TestPostgresWatch: a node hears of another's commits, also after its connection was cut.
func TestPostgresWatch(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	s, other := openTestPostgres(t, dsn), openTestPostgres(t, dsn)
	create(t, s, full(1))
	heard := make(chan work.AccountID, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Watch(ctx, func(id work.AccountID) { heard <- id }) }()
	seq := work.Seq(7)
	hear := func() {
		t.Helper()
		for begin := time.Now(); time.Since(begin) < time.Minute; {
			seq++
			again(t, func() error { return other.Commit(t.Context(), 1, batch(seq)) })
			select {
			case id := <-heard:
				if id != 1 {
					t.Errorf("heard of account %d", id)
				}
				return
			case <-time.After(50 * time.Millisecond): // not listening yet
			}
		}
		t.Fatal("heard nothing")
	}
	hear()
	execSQL(t, dsn, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`)
	for len(heard) > 0 {
		<-heard
	}
	hear()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
