// Package datasource runs the data sources of a server when their time has come.
//
// The one idea: the lease decides. Who has claimed a data source (see work.ClaimDataSources) is the only
// one to work on it, on however many servers, for as long as it goes on prolonging its lease; and it stops
// at once when it cannot, when the source is paused or removed, and when the server is to end. What a run
// reads, and where it goes, is a Runner's business.
package datasource

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Runner reads sources and keeps what it reads. A *work.SourceRefused says that a source is of no use as it
// is set up; other errors may pass. All of it ends soon after its context does.
type Runner interface {
	// Check tries the token.
	Check(ctx context.Context, job work.SourceJob) (*work.SourceAccount, error)
	// Run brings the tables up to date. It goes on where the run before ended, however that was.
	Run(ctx context.Context, job work.SourceJob, mode work.SourceMode, progress func(work.SourceProgress)) (*work.SourceReport, error)
	// Drop deletes the tables. That there are none is no error.
	Drop(ctx context.Context, job work.SourceJob) error
}

// Service is what a Scheduler needs of work.Service.
type Service interface {
	ClaimDataSources(ctx context.Context, holder string, limit int) ([]*work.SourceRun, error)
	RenewDataSource(ctx context.Context, r *work.SourceRun, status work.SourceStatus, progress []work.SourceProgress) error
	DataSourceGoesOn(ctx context.Context, r *work.SourceRun) error
	FinishDataSource(ctx context.Context, r *work.SourceRun, res work.SourceResult) error
	SourceWakes() <-chan struct{}
}

// Config is what a Scheduler needs. Zero is a sensible number.
type Config struct {
	Service Service
	Runner  Runner
	Holder  string        // names this process among all that use the database; each start is another
	AtOnce  int           // how many runs there are at a time; 4
	Poll    time.Duration // how often to look for what is due; 5 s
	Beat    time.Duration // how often a run's lease is prolonged; work.SourceBeat
	Lease   time.Duration // how long one lasts; work.SourceLease
	Grace   time.Duration // how long a run may take to end once it was told to; 10 s
	Log     *slog.Logger
}

// Scheduler runs data sources. It is used once.
type Scheduler struct {
	cfg  Config
	free chan struct{}
	wake chan struct{} // a run has ended
	wg   sync.WaitGroup

	mu      sync.Mutex
	running map[*run]bool
}

// New makes a Scheduler.
func New(cfg Config) *Scheduler {
	for _, d := range []struct {
		at    *time.Duration
		usual time.Duration
	}{{&cfg.Poll, 5 * time.Second}, {&cfg.Beat, work.SourceBeat}, {&cfg.Lease, work.SourceLease}, {&cfg.Grace, 10 * time.Second}} {
		if *d.at == 0 {
			*d.at = d.usual
		}
	}
	if cfg.AtOnce == 0 {
		cfg.AtOnce = 4
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Scheduler{cfg: cfg, free: make(chan struct{}, cfg.AtOnce), wake: make(chan struct{}, 1), running: map[*run]bool{}}
}

// Run runs what is due until ctx ends. Then the runs that there are have Grace to end; the leases of those
// that do not are left to end by themselves.
func (s *Scheduler) Run(ctx context.Context) {
	poll := time.NewTicker(s.cfg.Poll)
	defer poll.Stop()
	for {
		s.claim(ctx)
		select {
		case <-ctx.Done():
			s.stop()
			return
		case <-poll.C:
		case <-s.wake:
		case <-s.cfg.Service.SourceWakes():
			s.look()
		}
	}
}

// claim takes on what is due, as far as there is room.
func (s *Scheduler) claim(ctx context.Context) {
	room := cap(s.free) - len(s.free)
	if room == 0 || ctx.Err() != nil {
		return
	}
	list, err := s.cfg.Service.ClaimDataSources(ctx, s.cfg.Holder, room)
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("data sources: what is due could not be found out", "err", err)
	}
	for _, r := range list {
		one := &run{s: s, SourceRun: r, look: make(chan struct{}, 1)}
		s.mu.Lock()
		s.running[one] = true
		s.mu.Unlock()
		s.free <- struct{}{} // there is room: only this goroutine takes it
		s.wg.Go(func() {
			defer s.ended(one)
			one.do(ctx)
		})
	}
}

func (s *Scheduler) ended(r *run) {
	s.mu.Lock()
	delete(s.running, r)
	s.mu.Unlock()
	<-s.free
	nudge(s.wake)
}

// look has every run find out at once whether it is to go on.
func (s *Scheduler) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.running {
		nudge(r.look)
	}
}

// stop waits for the runs, but not for ever.
func (s *Scheduler) stop() {
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(s.cfg.Grace + s.cfg.Grace/2):
		s.cfg.Log.Warn("data sources: a run has not ended in time; its lease ends by itself")
	}
}

// nudge leaves a signal, unless there is one.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run is a data source being run.
type run struct {
	s *Scheduler
	*work.SourceRun
	look chan struct{}

	mu     sync.Mutex
	status work.SourceStatus
	parts  parts
}

// errShutdown is why runs are stopped when the server is to end.
var errShutdown = errors.New("the server is to end")

// do runs the data source and settles it. The work is done in a goroutine of its own: one that does not
// heed its context must not keep the lease.
func (r *run) do(server context.Context) {
	log := r.s.cfg.Log.With("account", r.Account, "source", r.Source.ID, "mode", r.Mode)
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(server))
	defer cancel(nil)
	defer context.AfterFunc(server, func() { cancel(errShutdown) })()
	done := make(chan work.SourceResult, 1)
	r.status = work.SourceSyncing
	if r.Check {
		r.status = work.SourceChecking
	}
	log.Info("data source: a run begins", "name", r.Source.Name, "check", r.Check)
	go func() { done <- r.work(ctx) }()
	res, ended := r.keep(ctx, cancel, done)
	after, end := context.WithTimeout(context.WithoutCancel(server), r.s.cfg.Grace/2+time.Second)
	defer end()
	why := context.Cause(ctx)
	switch {
	case errors.Is(why, work.ErrLeaseLost):
		log.Warn("data source: the run was stopped", "why", why)
		return // nothing here counts any more
	case !ended:
		log.Error("data source: the run does not end; its lease ends by itself", "why", why)
		return
	case why != nil && res.Err != nil: // it may have been done just then
		res.Stopped = true
	}
	err := r.s.cfg.Service.FinishDataSource(after, r.SourceRun, res)
	if errors.Is(err, work.ErrLeaseLost) && errors.Is(why, work.ErrSourceRemoved) {
		err = nil // there is nothing left to record it at
	}
	if err != nil {
		log.Warn("data source: how the run ended is not recorded", "err", err)
		return
	}
	if rep := res.Report; rep != nil {
		log = log.With("outcome", rep.Outcome, "calls", rep.Calls, "points", rep.Points, "complete_to", rep.CompleteTo)
	}
	switch {
	case res.Stopped:
		log.Info("data source: the run was stopped", "why", why)
	case res.Err != nil:
		log.Warn("data source: the run has failed", "err", r.Redact(res.Err.Error()))
	default:
		log.Info("data source: the run has ended")
	}
}

// work is the run itself.
func (r *run) work(ctx context.Context) (res work.SourceResult) {
	defer func() {
		if p := recover(); p != nil { // one source's fault is not to end the server
			r.s.cfg.Log.Error("data source: panic", "source", r.Source.ID, "panic", r.Redact(fmt.Sprint(p)), "stack", string(debug.Stack()))
			res.Err = errors.New("a fault of the program; its log says more")
		}
	}()
	switch {
	case r.Err != nil:
		res.Err = r.Err
		return res
	case r.Mode == work.SourceDrop:
		res.Err = r.s.cfg.Runner.Drop(ctx, r.SourceJob)
		return res
	}
	if r.Check {
		if res.Checked, res.Err = r.s.cfg.Runner.Check(ctx, r.SourceJob); res.Err != nil {
			return res
		}
		if acc, known := res.Checked, r.Source.SourceAccountID; known != "" && acc != nil && acc.ID != known {
			res.Err = &work.SourceRefused{Field: "auth_token", Code: "other_account",
				Msg: "The token is of the account " + acc.Name + " now, and the data source keeps " + r.Source.SourceAccountName}
			return res
		}
		r.mu.Lock()
		r.status = work.SourceSyncing
		r.mu.Unlock()
		nudge(r.look)
	}
	res.Report, res.Err = r.s.cfg.Runner.Run(ctx, r.SourceJob, r.Mode, r.progress)
	return res
}

func (r *run) progress(p work.SourceProgress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts.add(p)
}

// keep prolongs the lease until the work is done, and ends the work when it is to stop. It reports whether
// the work has ended: it has Grace to do so.
func (r *run) keep(ctx context.Context, cancel context.CancelCauseFunc, done <-chan work.SourceResult) (res work.SourceResult, ended bool) {
	beat := time.NewTicker(r.s.cfg.Beat)
	defer beat.Stop()
	renewed := time.Now() // by the clock that only runs forward: how long ago is what counts
	var over <-chan time.Time
	stopping := ctx.Done()
	nudge(r.look)
	for {
		select {
		case res = <-done:
			return res, true
		case <-over:
			return res, false
		case <-stopping:
			stopping = nil
			over = time.After(r.s.cfg.Grace)
			continue
		case <-beat.C:
		case <-r.look:
		}
		// While the work is being stopped the lease goes on: nobody else is to begin before it has ended.
		at := time.Now()
		err := r.beat(ctx)
		switch {
		case err == nil:
			renewed = at
		case errors.Is(err, work.ErrLeaseLost), errors.Is(err, work.ErrSourcePaused), errors.Is(err, work.ErrSourceRemoved):
			cancel(err)
		case time.Since(renewed) > r.s.cfg.Lease*2/3: // it has not ended yet, and the work needs time to
			r.s.cfg.Log.Error("data source: the lease cannot be prolonged", "source", r.Source.ID, "err", err)
			cancel(work.ErrLeaseLost)
		default:
			r.s.cfg.Log.Warn("data source: the lease could not be prolonged just now", "source", r.Source.ID, "err", err)
		}
	}
}

// beat prolongs the lease and finds out whether the run is to go on.
func (r *run) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(r.s.cfg.Lease/6, time.Second))
	defer cancel()
	r.mu.Lock()
	status, parts := r.status, r.parts.list()
	r.mu.Unlock()
	if err := r.s.cfg.Service.RenewDataSource(ctx, r.SourceRun, status, parts); err != nil {
		return err
	}
	return r.s.cfg.Service.DataSourceGoesOn(ctx, r.SourceRun)
}
