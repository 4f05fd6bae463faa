package store

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// sourceAccount makes an account with data sources that are due in all ways there are, and none.
func sourceAccount(t *testing.T, s work.Store, id work.AccountID, list ...*work.DataSource) {
	t.Helper()
	snap := full(id)
	snap.DataSources = list
	create(t, s, snap)
}

// claim takes leases and returns whose they are of.
func claim(t *testing.T, s work.Store, holder string, now time.Time) (map[work.DataSourceID]work.DataSourceState, []work.DataSourceID) {
	t.Helper()
	list, err := s.ClaimDataSources(t.Context(), holder, now, now.Add(time.Minute), 10)
	if err != nil {
		t.Fatal(err)
	}
	got, order := map[work.DataSourceID]work.DataSourceState{}, []work.DataSourceID(nil)
	for _, st := range list {
		if st.Holder != holder || !st.Until.Equal(now.Add(time.Minute)) {
			t.Errorf("claimed by %s: held by %q until %s", holder, st.Holder, st.Until)
		}
		got[st.Source] = st
		order = append(order, st.Source)
	}
	return got, order
}

func testDataSources(t *testing.T, s work.Store) {
	ctx := t.Context()
	sourceAccount(t, s, 1, &work.DataSource{ID: 1, Name: "new"}, &work.DataSource{ID: 2, Name: "paused", Paused: true},
		&work.DataSource{ID: 3, Name: "removed", Paused: true, Removed: true})
	sourceAccount(t, s, 2, &work.DataSource{ID: 1, Name: "of another"})
	got, _ := claim(t, s, "a", day)
	if len(got) != 2 || got[3].Source != 3 { // 1 is there twice
		t.Fatalf("claimed %v", got)
	}
	if again, _ := claim(t, s, "b", day.Add(time.Minute-time.Microsecond)); len(again) != 0 {
		t.Errorf("claimed while held: %v", again)
	}

	// A lease is prolonged by its holder alone, and taken over when it has ended.
	mine := work.DataSourceState{Source: 1, Holder: "a", Until: day.Add(2 * time.Minute), Status: work.SourceSyncing, Since: day,
		Progress: []work.SourceProgress{{Pass: "boards", Done: 3, Total: 4, Calls: 5}}}
	other := mine
	other.Holder = "b"
	for _, c := range []struct {
		st   work.DataSourceState
		want bool
	}{{mine, true}, {other, false}, {work.DataSourceState{Source: 9, Holder: "a"}, false}} {
		if ok, err := s.RenewDataSource(ctx, 1, c.st); err != nil || ok != c.want {
			t.Errorf("%s renews %d: %v, %v", c.st.Holder, c.st.Source, ok, err)
		}
	}
	states, err := s.DataSourceStates(ctx, 1)
	if err != nil || len(states) != 2 {
		t.Fatalf("states %v, %v", states, err)
	}
	want := mine
	want.Account = 1
	equal(t, "renewed", want, states[0])
	if _, order := claim(t, s, "b", day.Add(2*time.Minute)); len(order) != 3 {
		t.Errorf("taken over: %v", order)
	}
	if ok, err := s.RenewDataSource(ctx, 1, mine); err != nil || ok {
		t.Errorf("renewed after it was lost: %v, %v", ok, err)
	}
	if ok, err := s.SettleDataSource(ctx, 1, mine, &work.DataSourceRun{ID: "lost", Started: day}); err != nil || ok {
		t.Errorf("settled after it was lost: %v, %v", ok, err)
	}

	// Settling gives the lease back, and says when the next run is to be.
	done := work.DataSourceState{Account: 1, Source: 1, Holder: "b", Status: work.SourceRateLimited, Since: day, NextRun: day.Add(time.Hour),
		Limited: day.Add(time.Hour), Failures: 2, Served: 7, Problems: []work.SourceProblem{{Kind: "board_lost", Board: "5", Message: "m <&>"}},
		Checked: &work.SourceAccount{ID: "5", Name: "N", Admin: true}, CheckedAt: day}
	for i := range work.SourceRunsKept + 5 {
		run := &work.DataSourceRun{Source: 1, ID: fmt.Sprintf("%03d", i), Started: day.Add(time.Duration(i/2) * time.Second),
			Report: work.SourceReport{Started: day, Mode: "sync", Counts: map[string]work.SourceCount{"items": {New: int64(i)}}}}
		if ok, err := s.SettleDataSource(ctx, 1, done, run); err != nil || !ok {
			t.Fatalf("settle: %v, %v", ok, err)
		}
		if i == 0 {
			states, err = s.DataSourceStates(ctx, 1)
			if err != nil {
				t.Fatal(err)
			}
			free := done
			free.Holder = ""
			equal(t, "settled", free, states[0])
			if _, order := claim(t, s, "c", day.Add(time.Hour-time.Second)); len(order) != 2 {
				t.Errorf("claimed before its time: %v", order) // those of which leases ended, alone
			}
		}
		if got, _ := claim(t, s, "b", day.Add(time.Duration(i+2)*time.Hour)); got[1].Served != done.Served && i > 0 {
			t.Fatalf("claim %d: %v", i, got)
		}
	}
	runs, err := s.DataSourceRuns(ctx, 1, 1, 1000)
	if err != nil || len(runs) != work.SourceRunsKept || runs[0].ID != "104" || runs[len(runs)-1].ID != "005" {
		t.Errorf("%d runs, %v", len(runs), err)
	}
	equal(t, "run", work.SourceCount{New: 104}, runs[0].Report.Counts["items"])
	if few, err := s.DataSourceRuns(ctx, 1, 1, 3); err != nil || len(few) != 3 {
		t.Errorf("%d runs, %v", len(few), err)
	}

	// What is asked for is due at once; who is paused is not; who is gone leaves nothing behind.
	free := done
	if ok, err := s.SettleDataSource(ctx, 1, free, nil); err != nil || !ok {
		t.Fatalf("settle: %v, %v", ok, err)
	}
	later := day.Add(time.Minute)
	if got, _ := claim(t, s, "d", later); got[1].Holder != "" {
		t.Errorf("claimed: %v", got[1])
	}
	commit(t, s, 1, 8, work.Change{DataSource: &work.DataSource{ID: 1, Asked: 8, Paused: true}})
	if got, _ := claim(t, s, "d", later); got[1].Holder != "" && got[1].Account == 1 {
		t.Errorf("claimed while paused: %v", got[1])
	}
	commit(t, s, 1, 9, work.Change{DataSource: &work.DataSource{ID: 1, Asked: 8}})
	if got, _ := claim(t, s, "d", later); got[1].Served != 7 {
		t.Errorf("asked for: %v", got)
	}
	commit(t, s, 1, 10, work.Change{Delete: true, DataSource: &work.DataSource{ID: 1}})
	if ok, err := s.SettleDataSource(ctx, 1, work.DataSourceState{Source: 1, Holder: "d"}, &work.DataSourceRun{ID: "late", Started: day}); err != nil || ok {
		t.Errorf("settled after it was deleted: %v, %v", ok, err)
	}
	if runs, err := s.DataSourceRuns(ctx, 1, 1, 9); err != nil || len(runs) != 0 {
		t.Errorf("%d runs of what is gone, %v", len(runs), err)
	}
}

// testDataSourcesOnce has several claim at once: each source is one's.
func testDataSourcesOnce(t *testing.T, s work.Store) {
	leaseOnce(t, s, s, s)
}

// leaseOnce has stores take leases at once, work a moment and give them back, always again.
func leaseOnce(t *testing.T, stores ...work.Store) {
	t.Helper()
	const sources, rounds = 12, 15
	var list []*work.DataSource
	for i := range sources {
		list = append(list, &work.DataSource{ID: work.DataSourceID(i + 1)})
	}
	sourceAccount(t, stores[0], 1, list...)
	var mu sync.Mutex
	held, runs := map[work.DataSourceID]string{}, 0
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() {
			me := fmt.Sprint("node ", i)
			for round := range rounds {
				taken, err := s.ClaimDataSources(t.Context(), me, day, day.Add(time.Hour), 5)
				if err != nil {
					t.Error(err)
					return
				}
				for _, st := range taken {
					mu.Lock()
					if who := held[st.Source]; who != "" {
						t.Errorf("%s has %d, which is %s's", me, st.Source, who)
					}
					held[st.Source] = me
					runs++
					mu.Unlock()
				}
				for _, st := range taken {
					mu.Lock()
					delete(held, st.Source)
					mu.Unlock()
					ok, err := s.SettleDataSource(t.Context(), 1, st, &work.DataSourceRun{ID: fmt.Sprint(me, round), Started: day})
					if err != nil || !ok {
						t.Errorf("%s settles %d: %v, %v", me, st.Source, ok, err)
					}
				}
			}
		})
	}
	wg.Wait()
	if runs < sources {
		t.Errorf("%d runs", runs)
	}
}

// TestPostgresDataSourcesOnce: several nodes on one database.
func TestPostgresDataSourcesOnce(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	leaseOnce(t, openTestPostgres(t, dsn), openTestPostgres(t, dsn), openTestPostgres(t, dsn))
}

// TestDropSchema drops a data source's schema and nothing else.
func TestDropSchema(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	s := openTestPostgres(t, dsn).(*postgresStore)
	for _, sql := range []string{`CREATE SCHEMA source_1_5`, `CREATE TABLE source_1_5.items (id TEXT)`, `CREATE SCHEMA source_1_50`} {
		if _, err := s.pool.exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // what is gone is no error
		if err := DropSchema(t.Context(), dsn, "source_1_5"); err != nil {
			t.Fatal(err)
		}
	}
	var left []string
	var name string
	err := s.pool.query(t.Context(), `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'source%'`, nil, func() error { left = append(left, name); return nil }, &name)
	if err != nil || len(left) != 1 || left[0] != "source_1_50" {
		t.Errorf("left: %v, %v", left, err)
	}
	for _, name := range []string{"public", "source_1", "source_1_5; DROP SCHEMA public", "source_1_5 "} {
		if err := DropSchema(t.Context(), dsn, name); err == nil {
			t.Errorf("%q was dropped", name)
		}
	}
}
