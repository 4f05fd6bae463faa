package work_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// contentWorld is an account with boards of items.
func contentWorld(boards, items int) (world, []work.BoardID) {
	w := newWorld()
	w.user(me, work.Admin, work.Active)
	var ids []work.BoardID
	for b := range boards {
		id := work.BoardID(100 + b)
		ids = append(ids, id)
		w.board(id, work.Public, mainWS, me)
		for g := range 3 {
			w.Groups = append(w.Groups, &work.Group{Board: id, ID: fmt.Sprint("g", g), Title: "G", Pos: int64(g), State: work.StateActive})
		}
		w.Columns = append(w.Columns, &work.Column{Board: id, ID: "text", Title: "Text", Type: column.Text, State: work.StateActive})
		for i := range items {
			w.Items = append(w.Items, &work.Item{ID: work.ItemID(10_000 + b*items + i), Board: id, Group: fmt.Sprint("g", i%3), Name: fmt.Sprint("item ", i),
				State: work.StateActive, Pos: int64(i) * work.PosStep, Number: int64(i + 1), Creator: me, CreatedAt: day, UpdatedAt: day,
				Cells: work.Cells{{Column: "text", Value: column.Value{JSON: fmt.Sprintf(`"value %d"`, i)}, At: 1}}})
		}
	}
	return w, ids
}

// openContent starts services on one store, each with a caller.
func openContent(t *testing.T, store *worktest.Store, w world, n int) (services []*work.Service, callers []work.Caller) {
	t.Helper()
	ctx := context.Background()
	for i := range n {
		s, err := work.New(work.Config{Store: store, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		if i == 0 {
			if err := s.NewAccount(ctx, w.Snapshot); err != nil {
				t.Fatal(err)
			}
		}
		by, err := s.As(ctx, acct, me)
		if err != nil {
			t.Fatal(err)
		}
		services, callers = append(services, s), append(callers, by)
	}
	return services, callers
}

// TestContentStaysTrue lets two processes on one database change, load, forget and read boards at
// random, with a budget far too small for all of them; what is in memory must be what is stored.
func TestContentStaysTrue(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w, boards := contentWorld(6, 40)
			store := new(worktest.Store).Share()
			services, _ := openContent(t, store, w, 2)
			for _, s := range services {
				s.ContentBudget([]int64{60_000, 20_000, 1 << 30}[seed%3])
			}
			var wg sync.WaitGroup
			for worker := range 4 {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(seed, uint64(worker)))
					s := services[worker%2]
					for step := range 60 {
						if err := contentStep(s, r, worker*1000+step, boards); err != nil {
							t.Errorf("worker %d step %d: %v", worker, step, err)
							return
						}
					}
				})
			}
			wg.Wait()
			for i, s := range services {
				by, err := s.As(context.Background(), acct, me) // brings it level
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range by.ContentFaults(context.Background(), boards...) {
					t.Errorf("process %d: %s", i, f)
				}
			}
		})
	}
}

func contentStep(s *work.Service, r *rand.Rand, n int, boards []work.BoardID) error {
	ctx := context.Background()
	by, err := s.As(ctx, acct, me)
	if err != nil {
		return err
	}
	board := boards[r.IntN(len(boards))]
	pick := work.ItemID(10_000 + r.IntN(len(boards)*40))
	switch r.IntN(7) {
	case 0, 1: // change, move within or between boards, archive
		v, err := s.View(ctx, by)
		if err != nil {
			return err
		}
		it, err := v.FindItem(pick)
		if err != nil || it == nil {
			return errors.Join(err, fmt.Errorf("item %d: %v", pick, it))
		}
		next := *it
		next.Name = fmt.Sprint("changed ", n)
		switch r.IntN(4) {
		case 0:
			next.Group = fmt.Sprint("g", r.IntN(3))
			next.Pos = r.Int64N(1 << 40)
		case 1:
			if next.State == work.StateActive {
				next.Board = board
			}
		case 2:
			next.State = work.StateArchived
		}
		return s.PutItems(ctx, by, next)
	case 2:
		return s.PutItems(ctx, by, work.Item{ID: work.ItemID(1_000_000 + n), Board: board, Group: "g1", Name: "new", State: work.StateActive,
			Pos: int64(n), Creator: me, CreatedAt: day, UpdatedAt: day})
	case 3:
		_, err := s.CountWhole(ctx, by, board)
		return err
	case 4:
		by.Forget(board)
		return nil
	case 5:
		return s.PutGroup(ctx, by, work.Group{Board: board, ID: fmt.Sprint("g", r.IntN(3)), Title: fmt.Sprint("G ", n), Pos: r.Int64N(9), State: work.StateActive})
	default:
		v, err := s.View(ctx, by)
		if err != nil {
			return err
		}
		_, _, err = v.ScanBoard(board)
		return err
	}
}

// TestContentBudget reads many boards in turn and looks at what stays in memory.
func TestContentBudget(t *testing.T) {
	t.Parallel()
	w, boards := contentWorld(60, 50)
	services, callers := openContent(t, new(worktest.Store), w, 1)
	s, by := services[0], callers[0]
	const budget = 400_000 // some fifteen boards
	s.ContentBudget(budget)
	for round := range 2 {
		for _, b := range boards {
			v, err := s.View(t.Context(), by)
			if err != nil {
				t.Fatal(err)
			}
			items, loaded, err := v.ScanBoard(b)
			if err != nil || len(items) != 50 || !loaded {
				t.Fatalf("round %d board %d: %d items, loaded %v, %v", round, b, len(items), loaded, err)
			}
		}
	}
	// Forgetting goes on in the background after the last read.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		n, count := s.ContentCache()
		if n <= budget && count < len(boards) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d boards take %d bytes of %d", count, n, budget)
		}
	}
	if f := by.ContentFaults(t.Context(), boards...); f != nil {
		t.Error(f)
	}
}

// TestContentTooLarge reads a board that is larger than its share of the budget in pieces.
func TestContentTooLarge(t *testing.T) {
	t.Parallel()
	w, boards := contentWorld(1, 1700)
	services, callers := openContent(t, new(worktest.Store), w, 1)
	s, by := services[0], callers[0]
	v, err := s.View(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	mixed, loaded, err := v.ScanBoard(boards[0]) // begins before the board is loaded, and goes on with what is
	if err != nil || !loaded {
		t.Fatal(loaded, err)
	}
	if v, err = s.View(t.Context(), by); err != nil {
		t.Fatal(err)
	}
	whole, loaded, err := v.ScanBoard(boards[0])
	if err != nil || !loaded || fmt.Sprint(whole) != fmt.Sprint(mixed) {
		t.Error("while the board was being loaded the items were others than in memory", loaded, err)
	}
	s.ContentBudget(1000)
	by.Forget(boards[0])
	if v, err = s.View(t.Context(), by); err != nil {
		t.Fatal(err)
	}
	pieces, loaded, err := v.ScanBoard(boards[0])
	if err != nil || loaded {
		t.Fatal(loaded, err)
	}
	if fmt.Sprint(whole) != fmt.Sprint(pieces) {
		t.Error("in pieces the items are others than in memory")
	}
}

// TestContentUnavailable fails reads of boards and changes that need them, and nothing else.
func TestContentUnavailable(t *testing.T) {
	t.Parallel()
	w, boards := contentWorld(1, 3)
	store := new(worktest.Store)
	services, callers := openContent(t, store, w, 1)
	s, by := services[0], callers[0]
	var fail error = errors.New("the disk is on fire")
	store.OnRead(func(method string) error {
		if method == "LoadBoard" || method == "LoadItems" {
			return fail
		}
		return nil
	})
	if _, err := s.CountWhole(t.Context(), by, boards[0]); work.ErrorOf(err).Code != work.CodeUnavailable {
		t.Error(err)
	}
	if err := s.PutItems(t.Context(), by, work.Item{ID: 10_000, Board: boards[0]}); work.ErrorOf(err).Code != work.CodeUnavailable {
		t.Error(err)
	}
	store.OnRead(nil)
	if n, err := s.CountWhole(t.Context(), by, boards[0]); n != 3 || err != nil {
		t.Error(n, err)
	}
}
