package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
)

func testTwoAccounts(t *testing.T, s work.Store) {
	const n = 40
	var wg sync.WaitGroup
	for id := work.AccountID(1); id <= 2; id++ {
		create(t, s, full(id))
		wg.Go(func() {
			for i := range work.Seq(n) {
				team := &work.Team{ID: work.TeamID(100 + i), Name: fmt.Sprint(id)}
				if err := s.Commit(t.Context(), id, batch(8+i, work.Change{Team: team})); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for id := work.AccountID(1); id <= 2; id++ {
		mustHead(t, s, id, 7+n)
		snap := mustLoad(t, s, id)
		if len(snap.Teams) != 2+n {
			t.Errorf("account %d has %d teams", id, len(snap.Teams))
		}
		for _, team := range snap.Teams[2:] {
			if team.Name != fmt.Sprint(id) {
				t.Errorf("account %d has team %q", id, team.Name)
			}
		}
	}
}

// testLoadWhileCommitting: whatever is read is as of one seq.
func testLoadWhileCommitting(t *testing.T, s work.Store) {
	create(t, s, full(1))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		defer cancel()
		for i := range work.Seq(100) {
			id := 100 + int64(i)
			commitErr := s.Commit(t.Context(), 1, batch(8+i,
				work.Change{Team: &work.Team{ID: work.TeamID(id)}},
				work.Change{Membership: &work.Membership{Team: work.TeamID(id), User: 1}},
				work.Change{Board: &work.Board{ID: work.BoardID(id)}}))
			if commitErr != nil {
				t.Error(commitErr)
			}
		}
	})
	for ctx.Err() == nil {
		snap := mustLoad(t, s, 1)
		n := int(snap.Seq - 7)
		if len(snap.Teams) != 2+n || len(snap.Memberships) != 3+n || len(snap.Boards) != 2+n {
			t.Fatalf("at %d: %d teams, %d memberships, %d boards", snap.Seq, len(snap.Teams), len(snap.Memberships), len(snap.Boards))
		}
	}
	wg.Wait()
}

func testCancelled(t *testing.T, s work.Store) {
	create(t, s, full(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Commit(ctx, 1, batch(8)); err == nil || errors.Is(err, work.ErrUnknown) {
		t.Errorf("commit: %v", err)
	}
	if _, err := s.Load(ctx, 1); err == nil {
		t.Error("loaded")
	}
	mustHead(t, s, 1, 7)
	commit(t, s, 1, 8)
	if err := s.Watch(ctx, func(work.AccountID) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("watch: %v", err)
	}
}
