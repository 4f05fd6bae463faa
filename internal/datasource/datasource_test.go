package datasource_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lunedi-dev/lunedi/internal/datasource"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

const (
	acct  work.AccountID = 7
	token                = "tok_very_secret"
)

// runner is a Runner that does what the test says, and notes it.
type runner struct {
	t     *testing.T
	node  string
	check func() (*work.SourceAccount, error)
	run   func(ctx context.Context, mode work.SourceMode, progress func(work.SourceProgress)) (*work.SourceReport, error)
	drop  func() error

	*shared
}

// shared is what the runners of several nodes have between them.
type shared struct {
	mu     sync.Mutex
	events []string
	at     string // who runs just now
}

func (s *shared) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, fmt.Sprintf(format, args...))
}

func (s *shared) log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// count is how many events begin so.
func (s *shared) count(prefix string) (n int) {
	for _, e := range s.log() {
		if strings.HasPrefix(e, prefix) {
			n++
		}
	}
	return n
}

func (r *runner) Check(_ context.Context, job work.SourceJob) (*work.SourceAccount, error) {
	if job.Token != token && !strings.HasPrefix(job.Token, "tok_") {
		r.t.Errorf("checked with the token %q", job.Token)
	}
	r.note("%s checks", r.node)
	if r.check != nil {
		return r.check()
	}
	return &work.SourceAccount{ID: "500", Name: "Radwerk", UserName: "Ada", Admin: true}, nil
}

func (r *runner) Run(ctx context.Context, job work.SourceJob, mode work.SourceMode, progress func(work.SourceProgress)) (*work.SourceReport, error) {
	r.mu.Lock()
	if r.at != "" {
		r.t.Errorf("%s runs while %s does", r.node, r.at)
	}
	r.at = r.node
	r.events = append(r.events, fmt.Sprintf("%s runs %s", r.node, mode))
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.at = ""
		r.mu.Unlock()
		r.note("%s ends", r.node)
	}()
	if r.run != nil {
		return r.run(ctx, mode, progress)
	}
	return report(), nil
}

func (r *runner) Drop(context.Context, work.SourceJob) error {
	r.note("%s drops", r.node)
	if r.drop != nil {
		return r.drop()
	}
	return nil
}

func report() *work.SourceReport {
	return &work.SourceReport{Started: time.Now(), Ended: time.Now(), Mode: "sync", Outcome: work.RunComplete, Counts: map[string]work.SourceCount{"items": {New: 3}}}
}

// untilStopped is a run that goes on until its context ends.
func untilStopped(ctx context.Context, _ work.SourceMode, _ func(work.SourceProgress)) (*work.SourceReport, error) {
	<-ctx.Done()
	return report(), context.Cause(ctx)
}

// node is a server with its scheduler.
type node struct {
	*runner
	s     *work.Service
	by    work.Caller
	stop  func() // the scheduler
	store *worktest.Store
	cut   *cutOff
}

// cutOff is a Service that may stop answering.
type cutOff struct {
	*work.Service
	mu  sync.Mutex
	off bool
}

func (c *cutOff) gone() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return errors.New("the database does not answer")
	}
	return nil
}

func (c *cutOff) ClaimDataSources(ctx context.Context, holder string, limit int) ([]*work.SourceRun, error) {
	if err := c.gone(); err != nil {
		return nil, err
	}
	return c.Service.ClaimDataSources(ctx, holder, limit)
}

func (c *cutOff) RenewDataSource(ctx context.Context, r *work.SourceRun, status work.SourceStatus, parts []work.SourceProgress) error {
	if err := c.gone(); err != nil {
		return err
	}
	return c.Service.RenewDataSource(ctx, r, status, parts)
}

func (c *cutOff) FinishDataSource(ctx context.Context, r *work.SourceRun, res work.SourceResult) error {
	if err := c.gone(); err != nil {
		return err
	}
	return c.Service.FinishDataSource(ctx, r, res)
}

// world is a database with an account whose user 1 is an admin.
type world struct {
	t      *testing.T
	store  *worktest.Store
	shared *shared
	log    bytes.Buffer
	logMu  sync.Mutex
}

func (w *world) Write(p []byte) (int, error) {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	return w.log.Write(p)
}

// simulate runs a test in a bubble, where time goes by as soon as everybody waits.
func simulate(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: new(worktest.Store).Share(), shared: new(shared)}
		test(t, w)
		if strings.Contains(w.log.String(), token) {
			t.Errorf("the token is in the log: %s", &w.log)
		}
	})
}

// node starts a server; edit may change its runner and scheduler before it begins.
func (w *world) node(name string, edit ...func(*runner, *datasource.Config)) *node {
	w.t.Helper()
	ring, err := work.NewKeyring(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		w.t.Fatal(err)
	}
	n := &node{runner: &runner{t: w.t, node: name, shared: w.shared}, store: w.store}
	n.s, err = work.New(work.Config{Store: w.store, Key: bytes.Repeat([]byte{7}, 32), Sources: work.Sources{Keys: ring, Check: n.runner.Check, StartDate: worktest.StartDate}})
	if err != nil {
		w.t.Fatal(err)
	}
	ids, err := n.s.Accounts(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if len(ids) == 0 {
		err := n.s.NewAccount(w.t.Context(), &work.Snapshot{Account: work.Account{ID: acct, Name: "A", Slug: "a", FirstDay: "monday", MainWorkspace: 2},
			Users:      []*work.User{{ID: 1, Name: "Ada", Email: "ada@example.com", Role: work.Admin, Status: work.Active}},
			Workspaces: []*work.Workspace{{ID: 2, Name: work.MainName, Kind: work.Open, State: work.StateActive}}})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	if n.by, err = n.s.As(w.t.Context(), acct, 1); err != nil {
		w.t.Fatal(err)
	}
	n.cut = &cutOff{Service: n.s}
	cfg := datasource.Config{Service: n.cut, Runner: n.runner, Holder: name, Log: slog.New(slog.NewTextHandler(w, nil))}
	for _, e := range edit {
		e(n.runner, &cfg)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { datasource.New(cfg).Run(ctx) })
	n.stop = func() { cancel(); wg.Wait() }
	w.t.Cleanup(func() { n.stop(); n.s.Close() })
	return n
}

// add adds a data source with a run every hour.
func (n *node) add() work.DataSourceID {
	n.t.Helper()
	d, err := n.s.AddDataSource(n.t.Context(), n.by, work.DataSourceInput{Name: "Bikes", AuthToken: token, StartDate: "1999-01-01", Every: time.Hour})
	if err != nil {
		n.t.Fatal(err)
	}
	return d.ID
}

func (n *node) look(id work.DataSourceID) (*work.DataSourceInfo, []work.DataSourceRun) {
	n.t.Helper()
	v, err := n.s.View(n.t.Context(), n.by)
	if err != nil {
		n.t.Fatal(err)
	}
	info, runs, err := v.DataSource(id, 1000)
	if err != nil {
		n.t.Fatal(err)
	}
	return info, runs
}

// after waits, and for everybody to have done what that gives them to do.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (n *node) status(id work.DataSourceID, want work.SourceStatus) *work.DataSourceInfo {
	n.t.Helper()
	info, _ := n.look(id)
	if got := info.Status(); got != want {
		n.t.Errorf("the status is %s (%+v), want %s; %v", got, info.State.Problems, want, n.log())
	}
	return info
}

// A source is checked and run when it is added, and then each hour, without a check each time.
func TestSchedule(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, w *world) {
		n := w.node("a")
		id := n.add()
		after(time.Second)
		n.status(id, work.SourceConnected)
		after(5 * time.Hour)
		if runs, checks := n.count("a runs sync"), n.count("a checks"); runs != 5 && runs != 6 || checks != 2 { // one to add it, one before the first run
			t.Errorf("%d runs and %d checks in 5 hours: %v", runs, checks, n.log())
		}
		if _, err := n.s.SyncDataSource(t.Context(), n.by, id, true); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		if n.count("a runs full") != 1 {
			t.Errorf("the full one: %v", n.log())
		}
		after(2 * time.Hour)
		if n.count("a runs full") != 1 {
			t.Errorf("full again: %v", n.log())
		}
		if _, runs := n.look(id); len(runs) < 7 || runs[0].Report.Counts["items"].New != 3 {
			t.Errorf("runs kept: %+v", runs)
		}
	})
}

// Of two servers one runs a source, all day.
func TestOneRunner(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, w *world) {
		slow := func(r *runner, _ *datasource.Config) {
			r.run = func(ctx context.Context, _ work.SourceMode, progress func(work.SourceProgress)) (*work.SourceReport, error) {
				for i := range 10 {
					progress(work.SourceProgress{Pass: "backfill", Board: "1", Name: "B", Done: int64(i), Total: 10, Calls: int64(i)})
					time.Sleep(time.Minute) // longer than a lease in all
				}
				return report(), ctx.Err()
			}
		}
		a := w.node("a", slow)
		w.node("b", slow)
		id := a.add()
		after(5 * time.Minute)
		if info := a.status(id, work.SourceSyncing); len(info.State.Progress) != 1 || info.State.Progress[0].Total != 10 {
			t.Errorf("progress %+v", info.State.Progress)
		} else if long := time.Since(info.State.Since); long < 4*time.Minute {
			t.Errorf("it has been syncing for %s, as is told", long)
		}
		after(24 * time.Hour)
		begun, ended := a.count("a runs")+a.count("b runs"), a.count("a ends")+a.count("b ends")
		if begun < 20 || begun > 24 || begun-ended > 1 {
			t.Errorf("%d runs begun, %d ended", begun, ended)
		}
	})
}

// The lease of a server that is killed is taken over when it has ended, not before.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, w *world) {
		a := w.node("a")
		a.stop()
		id := a.add()
		if got, err := a.s.ClaimDataSources(t.Context(), "killed", 9); err != nil || len(got) != 1 {
			t.Fatalf("claimed %v, %v", got, err)
		}
		b := w.node("b")
		after(work.SourceLease - time.Second)
		if b.count("b runs") != 0 {
			t.Errorf("begun too soon: %v", b.log())
		}
		after(10 * time.Second)
		if b.count("b runs") != 1 {
			t.Errorf("not taken over: %v", b.log())
		}
		b.status(id, work.SourceConnected)
	})
}

// A server that cannot reach the database any more stops before another begins; the runner would tell.
func TestCutOff(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, w *world) {
		a := w.node("a", func(r *runner, _ *datasource.Config) { r.run = untilStopped })
		id := a.add()
		after(10 * time.Second)
		b := w.node("b")
		a.cut.mu.Lock()
		a.cut.off = true
		a.cut.mu.Unlock()
		after(2 * work.SourceLease)
		if a.count("a ends") != 1 || a.count("b runs") != 1 {
			t.Errorf("%v", a.log())
		}
		b.status(id, work.SourceConnected)
		if _, runs := b.look(id); len(runs) != 1 {
			t.Errorf("%d runs are kept: that of who lost the lease does not count", len(runs))
		}
	})
}

// A lease that somebody else has taken all the same, as one with a wrong clock does, ends the run.
func TestLeaseLost(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, w *world) {
		a := w.node("a", func(r *runner, _ *datasource.Config) { r.run = untilStopped })
		id := a.add()
		after(time.Second)
		ahead := time.Now().Add(time.Hour)
		if got, err := w.store.ClaimDataSources(t.Context(), "ahead", ahead, ahead.Add(work.SourceLease), 9); err != nil || len(got) != 1 {
			t.Fatalf("claimed %v, %v", got, err)
		}
		after(work.SourceBeat + time.Second)
		if a.count("a ends") != 1 {
			t.Errorf("%v", a.log())
		}
		if info, runs := a.look(id); info.State.Holder != "ahead" || len(runs) != 0 {
			t.Errorf("held by %q, %d runs", info.State.Holder, len(runs))
		}
	})
}

// Pausing and removing end a run at once, on whichever server.
func TestStopped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stop func(n *node, id work.DataSourceID) error
		then func(t *testing.T, n *node, id work.DataSourceID)
	}{
		"paused": {
			func(n *node, id work.DataSourceID) error {
				_, err := n.s.PauseDataSource(n.t.Context(), n.by, id, true)
				return err
			},
			func(t *testing.T, n *node, id work.DataSourceID) {
				n.status(id, work.SourcePaused)
				after(3 * time.Hour)
				if n.count("a runs") != 1 {
					t.Errorf("run while paused: %v", n.log())
				}
				if _, err := n.s.PauseDataSource(t.Context(), n.by, id, false); err != nil {
					t.Fatal(err)
				}
				after(10 * time.Second)
				if n.count("a runs")+n.count("b runs") != 2 {
					t.Errorf("not resumed: %v", n.log())
				}
			},
		},
		"removed": {
			func(n *node, id work.DataSourceID) error {
				return n.s.RemoveDataSource(n.t.Context(), n.by, id, "Bikes", false)
			},
			func(t *testing.T, n *node, _ work.DataSourceID) {
				after(3 * time.Hour)
				if n.count("a runs") != 1 || n.count("a drops")+n.count("b drops") != 0 {
					t.Errorf("%v", n.log())
				}
			},
		},
		"removed with its data": {
			func(n *node, id work.DataSourceID) error {
				return n.s.RemoveDataSource(n.t.Context(), n.by, id, "Bikes", true)
			},
			func(t *testing.T, n *node, _ work.DataSourceID) {
				after(time.Hour)
				log := n.log()
				if n.count("a drops")+n.count("b drops") != 1 || slices.Index(log, "a ends") > len(log)-2 {
					t.Errorf("%v", log)
				}
				if snap, err := n.store.Load(t.Context(), acct); err != nil || len(snap.DataSources) != 0 {
					t.Errorf("left: %v, %v", snap.DataSources, err)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, func(t *testing.T, w *world) {
				a := w.node("a", func(r *runner, _ *datasource.Config) { r.run = untilStopped })
				id := a.add()
				after(10 * time.Second)
				b := w.node("b")
				if err := c.stop(b, id); err != nil {
					t.Fatal(err)
				}
				after(2 * work.SourceBeat)
				if a.count("a ends") != 1 {
					t.Errorf("goes on: %v", a.log())
				}
				c.then(t, b, id)
			})
		})
	}
}

// The server ends in time, even when a run does not heed that it is to end; another goes on with it.
func TestShutdown(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, w *world) {
		deaf := make(chan struct{})
		a := w.node("a", func(r *runner, _ *datasource.Config) { r.run = untilStopped })
		id := a.add()
		after(10 * time.Second)
		begin := time.Now()
		a.stop()
		if took := time.Since(begin); took > time.Second {
			t.Errorf("stopping took %s", took)
		}
		info, runs := a.look(id)
		if info.State.Holder != "" || len(runs) != 1 {
			t.Errorf("held by %q, %d runs", info.State.Holder, len(runs))
		}
		b := w.node("b", func(r *runner, _ *datasource.Config) {
			r.run = func(context.Context, work.SourceMode, func(work.SourceProgress)) (*work.SourceReport, error) {
				<-deaf
				return report(), nil
			}
		})
		after(10 * time.Second)
		if b.count("b runs") != 1 {
			t.Errorf("not gone on with: %v", b.log())
		}
		begin = time.Now()
		b.stop()
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("stopping took %s", took)
		}
		if info, _ := a.look(id); info.State.Holder != "b" {
			t.Errorf("the lease of a run that goes on was given to %q", info.State.Holder)
		}
		close(deaf)
	})
}

// What becomes of a source when its account refuses, limits or fails it, and how often it is tried then.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	refused := func(code string) func(*runner) {
		return func(r *runner) {
			r.check = func() (*work.SourceAccount, error) { return nil, &work.SourceRefused{Code: code, Msg: "no: " + token} }
		}
	}
	ran := func(edit func(*work.SourceReport), err error) func(*runner) {
		return func(r *runner) {
			r.run = func(context.Context, work.SourceMode, func(work.SourceProgress)) (*work.SourceReport, error) {
				rep := report()
				edit(rep)
				return rep, err
			}
		}
	}
	for name, c := range map[string]struct {
		set      func(*runner)
		want     work.SourceStatus
		from, to time.Duration // when it is tried again
	}{
		"revoked":  {refused("unauthorized"), work.SourceReauthorize, time.Minute, 2 * time.Minute},
		"no admin": {refused("not_admin"), work.SourceReauthorize, time.Minute, 2 * time.Minute},
		"nonsense": {refused("invalid"), work.SourceNeedsAttention, time.Hour, 62 * time.Minute},
		"other account": {func(r *runner) {
			r.check = func() (*work.SourceAccount, error) { return &work.SourceAccount{ID: "9", Name: "X"}, nil }
		}, work.SourceReauthorize, time.Minute, 2 * time.Minute},
		"fails": {ran(func(*work.SourceReport) {}, errors.New("cut off: "+token)), work.SourceError, time.Minute, 2 * time.Minute},
		"limited": {ran(func(r *work.SourceReport) { r.Until = time.Now().Add(7 * time.Hour) }, errors.New("daily limit")), work.SourceRateLimited,
			7 * time.Hour, 7*time.Hour + 2*time.Minute},
		"board lost": {ran(func(r *work.SourceReport) {
			r.Problems = []work.SourceProblem{{Kind: "board_lost", Board: "5", Message: "out of reach: " + token}}
		}, nil), work.SourceNeedsAttention, time.Hour, 62 * time.Minute},
		"scope lost": {func(r *runner) {
			r.check = func() (*work.SourceAccount, error) {
				return &work.SourceAccount{ID: "500", Name: "R", Lost: []work.SourceProblem{{Kind: "forbidden", Message: "no teams"}}}, nil
			}
		}, work.SourceNeedsAttention, time.Hour, 62 * time.Minute},
		"panics": {func(r *runner) {
			r.run = func(context.Context, work.SourceMode, func(work.SourceProgress)) (*work.SourceReport, error) {
				panic("oh")
			}
		}, work.SourceError, time.Minute, 2 * time.Minute},
		"well": {func(*runner) {}, work.SourceConnected, time.Hour, 62 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, func(t *testing.T, w *world) {
				n := w.node("a")
				n.stop()
				id := n.add()
				b := w.node("b", func(r *runner, _ *datasource.Config) { c.set(r) })
				begin := time.Now()
				after(time.Second)
				info := b.status(id, c.want)
				if next := info.State.NextRun.Sub(begin); next < c.from || next > c.to {
					t.Errorf("next in %s, not %s to %s", next, c.from, c.to)
				}
				_, runs := b.look(id)
				if kept := fmt.Sprintf("%+v %+v", info.State, runs); strings.Contains(kept, token) {
					t.Errorf("the token is kept: %s", kept)
				}
				if c.want != work.SourceConnected && c.want != work.SourceRateLimited && len(info.State.Problems) == 0 {
					t.Error("nobody is told why")
				}
			})
		})
	}
}

// Errors are tried again less and less often.
func TestBackoff(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, w *world) {
		n := w.node("a", func(r *runner, _ *datasource.Config) {
			r.run = func(context.Context, work.SourceMode, func(work.SourceProgress)) (*work.SourceReport, error) {
				return nil, errors.New("502")
			}
		})
		id := n.add()
		after(3 * 24 * time.Hour)
		if runs := n.count("a runs"); runs < 15 || runs > 25 {
			t.Errorf("%d tries in three days", runs)
		}
		n.status(id, work.SourceError)
	})
}

// More sources than may be run at once take turns.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, w *world) {
		var mu sync.Mutex
		now, most, total := 0, 0, 0
		n := w.node("a", func(r *runner, cfg *datasource.Config) {
			cfg.AtOnce, cfg.Runner = 3, runFunc(func() {
				mu.Lock()
				now++
				total++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Minute)
				mu.Lock()
				now--
				mu.Unlock()
			})
		})
		for range 10 {
			n.add()
		}
		after(10 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if most != 3 || total != 10 {
			t.Errorf("%d at once, %d in all", most, total)
		}
	})
}

// runFunc is a Runner whose runs are a function.
type runFunc func()

func (f runFunc) Check(context.Context, work.SourceJob) (*work.SourceAccount, error) {
	return &work.SourceAccount{ID: "500"}, nil
}

func (f runFunc) Run(context.Context, work.SourceJob, work.SourceMode, func(work.SourceProgress)) (*work.SourceReport, error) {
	f()
	return report(), nil
}

func (f runFunc) Drop(context.Context, work.SourceJob) error { return nil }
