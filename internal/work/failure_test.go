package work_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// office is an account with an admin and some members.
func office() world {
	w := newWorld()
	w.user(boss, work.Admin, work.Active)
	for id := work.UserID(100); id < 110; id++ {
		w.user(id, work.Member, work.Active)
	}
	return w
}

func createTeam(ctx context.Context, s *work.Service, c work.Caller, name string) error {
	_, err := s.CreateTeam(ctx, c, work.TeamInput{Name: name, AllowEmpty: true})
	return err
}

func teamNames(v *work.View) map[string]int {
	names := map[string]int{}
	for _, t := range v.Teams(nil) {
		names[t.Name]++
	}
	return names
}

// sameAsStore fails unless the image is whole and what a fresh load of the store gives.
func sameAsStore(t testing.TB, store *worktest.Store, c work.Caller) {
	t.Helper()
	snap, err := store.Load(context.Background(), acct)
	if err != nil {
		t.Fatal(err)
	}
	img := work.ImageOf(c)
	if diff := cmp.Diff(work.NewImage(snap).Dump(), img.Dump(), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("the image is not what the store has (-store +image):\n%s", diff)
	}
	if faults := img.Faults(); len(faults) > 0 {
		t.Fatalf("the image is broken: %s", strings.Join(faults, "; "))
	}
}

// hold blocks commits until the function it returns is called, and counts who came.
func hold(store *worktest.Store) (came *atomic.Int64, release func()) {
	gate, came := make(chan struct{}), new(atomic.Int64)
	store.OnCommit(func(*work.Batch) worktest.Outcome {
		came.Add(1)
		<-gate
		return worktest.Outcome{}
	})
	return came, sync.OnceFunc(func() { store.OnCommit(nil); close(gate) })
}

func TestCommitFails(t *testing.T) {
	t.Parallel()
	s, store := office().open(t)
	c := as(t, s, boss)
	before := work.ImageOf(c)
	store.OnCommit(func(*work.Batch) worktest.Outcome { return worktest.Outcome{Err: errDisk} })
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			err := createTeam(t.Context(), s, c, fmt.Sprint(i))
			wantCode(t, "full disk", err, work.CodeUnavailable)
			if !errors.Is(err, errDisk) {
				t.Errorf("the log is not told why: %v", err)
			}
		})
	}
	wg.Wait()
	if work.ImageOf(c) != before {
		t.Error("the image has changed")
	}
	store.OnCommit(nil)
	if err := createTeam(t.Context(), s, c, "later"); err != nil {
		t.Fatal(err)
	}
	sameAsStore(t, store, c)
}

// One op whose changes the database refuses does not take its group with it, and who was refused only
// because of it is not.
func TestPoisonInGroup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, store := office().open(t)
		c := as(t, s, boss)
		_, release := hold(store)
		var wg sync.WaitGroup
		wg.Go(func() { wantCode(t, "first", createTeam(t.Context(), s, c, "first"), ok) })
		synctest.Wait() // the writer is busy: what follows becomes one group
		wg.Go(func() {
			_, err := s.DeactivateUsers(t.Context(), c, []work.UserID{101})
			wantCode(t, "poison", err, work.CodeUnavailable)
		})
		synctest.Wait()
		dependent := as(t, s, 101)
		// Deactivated by the one before it in the group, and not when alone.
		wg.Go(func() { wantCode(t, "dependent", createTeam(t.Context(), s, dependent, "dependent"), ok) })
		for i := range 20 {
			wg.Go(func() { wantCode(t, "other", createTeam(t.Context(), s, c, fmt.Sprint(i)), ok) })
		}
		synctest.Wait()
		release()
		groups := 0
		store.OnCommit(func(b *work.Batch) worktest.Outcome {
			groups++
			for _, ch := range b.Changes {
				if ch.User != nil && ch.User.Status == work.Inactive {
					return worktest.Outcome{Err: errors.New("constraint")}
				}
			}
			return worktest.Outcome{}
		})
		wg.Wait()
		if n := len(view(t, s, c).Teams(nil)); n != 22 {
			t.Errorf("%d teams, want 22", n)
		}
		if groups < 20 {
			t.Errorf("%d commits; it was no group", groups)
		}
		sameAsStore(t, store, c)
		s.Close()
	})
}

// When the database is gone a group fails at once, not op by op.
func TestGroupFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, store := office().open(t)
		c := as(t, s, boss)
		_, release := hold(store)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() { createTeam(t.Context(), s, c, fmt.Sprint(i)) })
		}
		synctest.Wait()
		release()
		commits := 0
		store.OnCommit(func(*work.Batch) worktest.Outcome {
			commits++
			return worktest.Outcome{Err: errors.New("connection refused")}
		})
		store.OnRead(func(string) error { return errors.New("connection refused") })
		wg.Wait()
		if commits > 2 {
			t.Errorf("%d commits were tried", commits)
		}
		store.OnRead(nil)
		s.Close()
	})
}

func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	unknown := fmt.Errorf("lost: %w", work.ErrUnknown)
	for _, c := range []struct {
		name    string
		commit  func(n int, b *work.Batch) worktest.Outcome
		read    func(n int, method string) error
		want    work.Code
		happens bool
	}{
		{name: "it has happened", commit: func(n int, _ *work.Batch) worktest.Outcome {
			return worktest.Outcome{Err: unknown, Done: true}
		}, want: ok, happens: true},
		{name: "it has not, and does at the second try", commit: func(n int, _ *work.Batch) worktest.Outcome {
			if n == 1 {
				return worktest.Outcome{Err: unknown}
			}
			return worktest.Outcome{}
		}, want: ok, happens: true},
		{name: "it has not, and cannot", commit: func(n int, _ *work.Batch) worktest.Outcome {
			if n == 1 {
				return worktest.Outcome{Err: unknown}
			}
			return worktest.Outcome{Err: errDisk}
		}, want: work.CodeUnavailable},
		{name: "the feed is away for a while", commit: func(n int, _ *work.Batch) worktest.Outcome {
			return worktest.Outcome{Err: unknown, Done: true}
		}, read: func(n int, method string) error {
			if method == "Since" && n < 5 {
				return errors.New("connection refused")
			}
			return nil
		}, want: ok, happens: true},
		{name: "it has happened, and nobody can tell", commit: func(n int, _ *work.Batch) worktest.Outcome {
			return worktest.Outcome{Err: unknown, Done: true}
		}, read: func(n int, method string) error { return errors.New("connection refused") }, want: work.CodeUnavailable, happens: true},
		{name: "it never answers", commit: func(n int, _ *work.Batch) worktest.Outcome {
			return worktest.Outcome{Err: unknown}
		}, want: work.CodeUnavailable},
	} {
		for _, n := range []int{1, 5} { // alone and in a group
			t.Run(fmt.Sprint(c.name, " ", n), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s, store := office().open(t)
					by := as(t, s, boss)
					_, release := hold(store)
					var wg sync.WaitGroup
					wg.Go(func() { createTeam(t.Context(), s, by, "first") })
					synctest.Wait()
					for i := range n {
						wg.Go(func() { wantCode(t, "create", createTeam(t.Context(), s, by, fmt.Sprint("team ", i)), c.want) })
					}
					synctest.Wait()
					release()
					var commits, reads atomic.Int64
					store.OnCommit(func(b *work.Batch) worktest.Outcome { return c.commit(int(commits.Add(1)), b) })
					if c.read != nil {
						store.OnRead(func(method string) error { return c.read(int(reads.Add(1)), method) })
					}
					wg.Wait()
					store.OnCommit(nil)
					store.OnRead(nil)
					// Whoever comes in now finds what has happened, once.
					names := teamNames(view(t, s, as(t, s, boss)))
					for i := range n {
						if got, want := names[fmt.Sprint("team ", i)], map[bool]int{true: 1}[c.happens]; got != want {
							t.Errorf("team %d is there %d times, want %d", i, got, want)
						}
					}
					wantCode(t, "afterwards", createTeam(t.Context(), s, by, "after"), ok)
					sameAsStore(t, store, by)
					s.Close()
				})
			})
		}
	}
}

// A commit that never comes back ends after its own time, and whether it happened is then found out.
func TestCommitHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, store := office().open(t)
		c := as(t, s, boss)
		first := true
		store.OnCommit(func(*work.Batch) worktest.Outcome {
			if first {
				first = false
				time.Sleep(31 * time.Second)
				return worktest.Outcome{Err: context.DeadlineExceeded, Done: true}
			}
			return worktest.Outcome{}
		})
		wantCode(t, "slow", createTeam(t.Context(), s, c, "slow"), ok)
		if names := teamNames(view(t, s, c)); names["slow"] != 1 {
			t.Errorf("teams: %v", names)
		}
		sameAsStore(t, store, c)
		s.Close()
	})
}

func TestBehindStorm(t *testing.T) {
	t.Parallel()
	store := new(worktest.Store).Share()
	s := serve(t, store)
	if err := s.NewAccount(t.Context(), office().Snapshot); err != nil {
		t.Fatal(err)
	}
	c := as(t, s, boss)
	other := serve(t, store)
	rival := as(t, other, boss)
	var mu sync.Mutex
	n := 0
	store.OnCommit(func(b *work.Batch) worktest.Outcome {
		if mu.TryLock() { // the rival's own commits pass
			defer mu.Unlock()
			if n++; n <= 20 {
				if err := createTeam(context.Background(), other, rival, fmt.Sprint("rival ", n)); err != nil {
					return worktest.Outcome{Err: err}
				}
			}
		}
		return worktest.Outcome{}
	})
	wantCode(t, "at the 21st try", createTeam(t.Context(), s, c, "mine"), ok)
	store.OnCommit(nil)
	if names := teamNames(view(t, s, c)); len(names) != 21 {
		t.Errorf("teams: %v", names)
	}
	sameAsStore(t, store, c)

	store.OnCommit(func(*work.Batch) worktest.Outcome { return worktest.Outcome{Err: work.ErrBehind} })
	wantCode(t, "endless", createTeam(t.Context(), s, c, "never"), work.CodeUnavailable)
	store.OnCommit(nil)
	wantCode(t, "afterwards", createTeam(t.Context(), s, c, "after"), ok)
	sameAsStore(t, store, c)
}

// A reader that has followed the feed further than the commit that is about to be published stays there.
func TestPublishLate(t *testing.T) {
	t.Parallel()
	store := new(worktest.Store).Share()
	a, b := serve(t, store), serve(t, store)
	if err := a.NewAccount(t.Context(), office().Snapshot); err != nil {
		t.Fatal(err)
	}
	ca, cb := as(t, a, boss), as(t, b, boss)
	store.OnCommit(func(*work.Batch) worktest.Outcome {
		store.OnCommit(nil)
		return worktest.Outcome{Then: func() {
			if err := createTeam(context.Background(), b, cb, "second"); err != nil {
				t.Error(err)
			}
			if _, err := a.As(context.Background(), acct, boss); err != nil {
				t.Error(err)
			}
		}}
	})
	wantCode(t, "first", createTeam(t.Context(), a, ca, "first"), ok)
	sameAsStore(t, store, ca)
	if names := teamNames(view(t, a, ca)); len(names) != 2 {
		t.Errorf("teams: %v", names)
	}
}

// Who is so far behind that the feed has forgotten loads anew, and knows the tokens made meanwhile.
func TestGap(t *testing.T) {
	t.Parallel()
	store := new(worktest.Store).Share()
	a, b := serve(t, store), serve(t, store)
	if err := a.NewAccount(t.Context(), office().Snapshot); err != nil {
		t.Fatal(err)
	}
	ca, cb := as(t, a, boss), as(t, b, boss)
	store.OnRead(func(method string) error {
		if method == "Since" {
			return errors.New("away")
		}
		return nil
	})
	secret, _, err := a.RegenerateToken(t.Context(), ca)
	wantCode(t, "made on a", err, ok)
	wantCode(t, "made on a", createTeam(t.Context(), a, ca, "x"), ok)
	prune(t, store)
	store.OnRead(nil)
	got, err := b.Authenticate(t.Context(), secret)
	if err != nil || got.User() != boss {
		t.Fatalf("token made before the gap: %d, %v", got.User(), err)
	}
	wantCode(t, "made on b", createTeam(t.Context(), b, cb, "y"), ok)
	sameAsStore(t, store, cb)
	prune(t, store)
	wantCode(t, "made on a", createTeam(t.Context(), a, ca, "z"), ok)
	sameAsStore(t, store, ca)
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, store := office().open(t)
		c := as(t, s, boss)
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if err := createTeam(done, s, c, "too late"); !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that has ended: %v", err)
		}
		came, release := hold(store)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 2)
		go func() { result <- createTeam(ctx, s, c, "begun") }()
		synctest.Wait() // the store has it
		waiting, giveUp := context.WithTimeout(t.Context(), time.Second)
		defer giveUp()
		start := time.Now()
		if err := createTeam(waiting, s, c, "waiting"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("who waits behind a slow commit: %v after %s", err, time.Since(start))
		}
		cancel()
		synctest.Wait()
		select {
		case err := <-result:
			t.Errorf("an answer before the outcome is known: %v", err)
		default:
		}
		release()
		if err := <-result; err != nil {
			t.Errorf("begun, cancelled, saved: %v", err)
		}
		wantCode(t, "after", createTeam(t.Context(), s, c, "after"), ok)
		if diff := cmp.Diff(map[string]int{"begun": 1, "after": 1}, teamNames(view(t, s, c))); diff != "" {
			t.Error(diff)
		}
		if came.Load() != 1 {
			t.Errorf("%d commits while held", came.Load())
		}
		s.Close()
	})
}

func TestPanicInDecision(t *testing.T) {
	t.Parallel()
	s, store := office().open(t)
	c := as(t, s, boss)
	err := s.Decide(c, func() error { panic("a bug") })
	if e := work.ErrorOf(err); e.Code != work.CodeInternal || strings.Contains(e.Msg, "bug") || !strings.Contains(e.Err.Error(), "a bug") {
		t.Errorf("told %q, logged %v", e.Msg, e.Err)
	}
	wantCode(t, "afterwards", createTeam(t.Context(), s, c, "after"), ok)
	sameAsStore(t, store, c)
}

// Close lets what has begun finish, tells the rest that it did not happen, and leaves no goroutine
// (synctest fails if one is left).
func TestCloseInTraffic(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			store := new(worktest.Store)
			if shared {
				store.Share()
			}
			s := serve(t, store)
			if err := s.NewAccount(t.Context(), office().Snapshot); err != nil {
				t.Fatal(err)
			}
			c := as(t, s, boss)
			store.OnCommit(func(*work.Batch) worktest.Outcome {
				time.Sleep(3 * time.Millisecond)
				return worktest.Outcome{}
			})
			var wg sync.WaitGroup
			var mu sync.Mutex
			told := map[string]work.Code{}
			for i := range 300 {
				wg.Go(func() {
					time.Sleep(time.Duration(i) * 100 * time.Microsecond)
					name := fmt.Sprint("team ", i)
					err := createTeam(t.Context(), s, c, name)
					mu.Lock()
					defer mu.Unlock()
					told[name] = codeOf(err)
					s.Authenticate(t.Context(), "nobody's")
				})
			}
			time.Sleep(15 * time.Millisecond)
			s.Close()
			wg.Wait()
			s.Close() // again is no fault
			snap, err := store.Load(t.Context(), acct)
			if err != nil {
				t.Fatal(err)
			}
			saved := map[string]bool{}
			for _, tm := range snap.Teams {
				saved[tm.Name] = true
			}
			yes, no := 0, 0
			for name, code := range told {
				switch {
				case code == ok && saved[name]:
					yes++
				case code == work.CodeUnavailable && !saved[name]:
					no++
				default:
					t.Errorf("%s: told code %d, saved %v", name, code, saved[name])
				}
			}
			if yes == 0 || no == 0 || len(saved) != yes {
				t.Errorf("%d done, %d refused, %d saved: no traffic", yes, no, len(saved))
			}
		})
	}
}

// Nobody is answered by a read of the head that began before he asked, and reads are shared.
func TestHeadReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var head, reads atomic.Int64
		h := work.NewHeadReader(func() (work.Seq, error) {
			reads.Add(1)
			seq := work.Seq(head.Load())
			time.Sleep(10 * time.Millisecond) // the answer is old when it arrives
			return seq, nil
		})
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Microsecond)
				least := head.Add(1)
				got, err := work.HeadOf(t.Context(), h)
				if err != nil || got < work.Seq(least) {
					t.Errorf("asked after %d, told %d, %v", least, got, err)
				}
			})
		}
		wg.Wait()
		if n := reads.Load(); n > 15 {
			t.Errorf("%d reads in 110 ms of 10 ms each", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := work.HeadOf(ctx, h); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who cannot wait: %v", err)
		}
		time.Sleep(time.Second)
	})
}

// The store's silence is told as such, and the caller's own impatience as that.
func TestStoreSilent(t *testing.T) {
	t.Parallel()
	store := new(worktest.Store).Share()
	s := serve(t, store)
	if err := s.NewAccount(t.Context(), office().Snapshot); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"Load", "Head", "TokenAccount"} {
		store.OnRead(func(m string) error {
			if m == method {
				return context.DeadlineExceeded // the store's own, or ours; not the caller's
			}
			return nil
		})
		_, err := s.Authenticate(t.Context(), "unheard of")
		if method != "TokenAccount" {
			_, err = s.As(t.Context(), acct, boss)
		}
		wantCode(t, method, err, work.CodeUnavailable)
	}
	store.OnRead(nil)
	wantCode(t, "Ready", s.Ready(t.Context()), ok)
	as(t, s, boss)
	_, err := s.As(t.Context(), 999, boss)
	wantCode(t, "no such account", err, work.CodeNotFound)
	wantCode(t, "nobody", createTeam(t.Context(), s, work.Caller{}, "x"), work.CodeUnauthenticated)
	_, err = s.View(t.Context(), work.Caller{})
	wantCode(t, "nobody", err, work.CodeUnauthenticated)
}

// prune forgets the whole feed.
func prune(t *testing.T, store *worktest.Store) {
	t.Helper()
	if _, err := store.Prune(context.Background(), acct, 0); err != nil {
		t.Fatal(err)
	}
}

// hung is a store whose database takes questions and never answers.
type hung struct {
	*worktest.Store
	loads bool
}

func (h hung) TokenAccount(ctx context.Context, hash []byte) (work.AccountID, error) {
	if h.loads {
		return h.Store.TokenAccount(ctx, hash)
	}
	<-ctx.Done()
	return 0, ctx.Err()
}

func (h hung) Load(ctx context.Context, _ work.AccountID) (*work.Snapshot, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestHungDatabase asks who a token belongs to while the database hangs. Nobody waits for ever, even
// with a context that has no end.
func TestHungDatabase(t *testing.T) {
	t.Parallel()
	for _, loads := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := office()
			w.Tokens = append(w.Tokens, &work.Token{ID: 9, User: boss, Hash: work.HashSecret("secret"), CreatedAt: day})
			store := &worktest.Store{}
			if err := store.Create(t.Context(), w.Snapshot); err != nil {
				t.Fatal(err)
			}
			s, err := work.New(work.Config{Store: hung{store, loads}, Key: make([]byte, 32)})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			began := time.Now()
			_, err = s.Authenticate(context.Background(), "secret")
			wantCode(t, fmt.Sprintf("loads %v", loads), err, work.CodeUnavailable)
			if took := time.Since(began); took > time.Minute {
				t.Errorf("loads %v: it took %s", loads, took)
			}
		})
	}
}
