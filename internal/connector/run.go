package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

// What holds for a Config that does not say otherwise.
const (
	defaultLag   = 5 * time.Minute
	defaultSweep = 24 * time.Hour
	defaultFull  = 30 * 24 * time.Hour
)

// DefaultCallShare is the CallShare of a Config that has none. Commands and forms that name it ask here.
const DefaultCallShare = 0.8

// overlap is how much of the logs is read once more, for entries that appear late.
const overlap = 2 * time.Minute

// workers is how many boards are read at the same time. The cheapest plans allow 40 calls at once; other
// integrations want theirs.
const workers = 4

// run is one run over one sink. Its passes come one after the other; within a pass several boards are read
// at the same time, and written one batch after the other.
type run struct {
	cfg   Config
	mode  Mode
	api   *mondayapi.Client
	read  *reader
	keep  map[*Stream]bool // what is written
	began time.Time        // by the clock of the service

	calls, points atomic.Int64
	spent         sync.Mutex // guards ledger
	ledger        ledger

	mu       sync.Mutex // guards the sink and what follows
	sink     Sink
	last     time.Time // ReadAt of the batch before
	report   *Report
	source   source
	mark     mark
	boards   map[string]*board
	enqueued int64 // in this run
}

// passes are the parts of a run in their order; every one goes on where a run before it ended. What changed
// comes before what is only read for the first time, so that a large account with few calls a day is up to
// date while it is still being read. The queue comes once more at the end for what the passes before found.
var passes = []func(*run, context.Context) error{
	(*run).passDirectory,
	(*run).passBoards,
	(*run).passQueue,
	(*run).passUpdates,
	(*run).passBackfill,
	(*run).passSweep,
	(*run).passQueue,
}

// Run brings a sink up to date with the account and reports what it did. The report is never nil. An error
// says that the run ended early: what was committed stays, and the next run goes on from there.
//
// The activity logs say what changed, and are never believed for how: every item they name goes into a queue
// that the sink keeps, and is read by its id. What they do not tell is found by comparing ids and times of
// all items (a sweep), and what changes neither log nor time by reading everything anew once in a while.
func Run(ctx context.Context, cfg Config, sink Sink, mode Mode) (*Report, error) {
	x, err := newRun(cfg, sink, mode)
	if err != nil {
		return x.report, err
	}
	defer x.api.Close()
	if err = x.open(ctx); err == nil {
		for _, pass := range passes {
			if err = pass(x, ctx); err != nil {
				break
			}
		}
	}
	err = x.close(ctx, err)
	if isKind(err, mondayapi.Unauthorized) {
		err = fmt.Errorf("auth_token: the service does not take this token (%w). %s", err, newToken)
	}
	return x.report, err
}

func newRun(cfg Config, sink Sink, mode Mode) (*run, error) {
	cfg.Lag = cmp.Or(cfg.Lag, defaultLag)
	cfg.SweepEvery = cmp.Or(cfg.SweepEvery, defaultSweep)
	cfg.FullEvery = cmp.Or(cfg.FullEvery, defaultFull)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Progress == nil {
		cfg.Progress = func(Progress) {}
	}
	x := &run{cfg: cfg, mode: mode, sink: sink, boards: map[string]*board{}}
	x.began = cfg.Now().UTC()
	x.report = &Report{Started: x.began, Mode: mode.String(), Counts: Counts{}}
	var err error
	x.api, err = mondayapi.New(mondayapi.Config{
		Endpoint: cfg.Endpoint, Token: cfg.AuthToken, HTTP: cfg.Client, Log: cfg.Log, Sleep: cfg.Sleep, Now: cfg.Now,
		Spend:    x.spend,
		Answered: func(a *mondayapi.Answer) { x.points.Add(int64(a.Complexity.Query)) },
		Waiting: func(until time.Time, _ *mondayapi.Error) {
			cfg.Progress(Progress{Calls: x.calls.Load(), Until: until})
		},
	})
	var wrong *mondayapi.Error
	if errors.As(err, &wrong) {
		field := "auth_token"
		if wrong.Code == "endpoint" {
			field = wrong.Code
		}
		err = &Refused{Field: field, Code: "invalid", Msg: wrong.Message}
	}
	x.read = &reader{api: x.api, now: cfg.Now}
	return x, err
}

func (m Mode) String() string { return [...]string{"sync", "sweep", "full"}[m] }

// open prepares the sink and recalls what the run before left.
func (x *run) open(ctx context.Context) error {
	var err error
	if x.keep, err = x.cfg.streams(); err != nil {
		return err
	}
	var list []*Stream
	for _, s := range Streams() {
		if x.keep[s] {
			list = append(list, s)
		}
	}
	if err := x.sink.Prepare(ctx, list); err != nil {
		return err
	}
	for key, v := range map[string]any{sourceKey: &x.source, markKey: &x.mark, ledgerKey: &x.ledger} {
		if _, err := recall(ctx, x.sink, key, v); err != nil {
			return err
		}
	}
	x.last = x.ledger.Last
	err = scan(ctx, x.sink, boardKey, func(e Entry) error {
		b := &board{id: e.Key[len(boardKey):]}
		if _, err := recall(ctx, x.sink, e.Key, b); err != nil {
			return err
		}
		x.boards[b.id] = b
		return nil
	})
	if err != nil || len(x.cfg.Boards) > 0 {
		return err
	}
	// A sink that cannot write both together may have rows of a board that it does not remember. It is
	// one that was not read yet; should it be gone meanwhile, its rows go too.
	return x.live(ctx, boardsStream, []string{"id"}, "", nil, func(row Row) error {
		if id := row[0].(string); x.boards[id] == nil {
			x.boards[id] = &board{id: id, From: x.cfg.StartDate}
		}
		return nil
	})
}

// needed are kept whatever is asked for: the passes read them back.
var needed = []string{"boards", "items"}

// streams are those that the configuration asks for, and those that they cannot be without.
func (cfg *Config) streams() (map[*Stream]bool, error) {
	keep := map[*Stream]bool{}
	for _, s := range Streams() {
		keep[s] = len(cfg.Streams) == 0 || slices.Contains(needed, s.Name)
	}
	for _, name := range cfg.Streams {
		s, err := StreamNamed(name)
		if err != nil {
			return nil, err
		}
		keep[s] = true
	}
	return keep, nil
}

// commit writes a batch. fill makes it, with its ReadAt, while nobody else writes.
func (x *run) commit(ctx context.Context, fill func(b *Batch) error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	b := &Batch{ReadAt: x.cfg.Now().UTC().Truncate(time.Microsecond), Rows: rows{}}
	if !b.ReadAt.After(x.last) {
		b.ReadAt = x.last.Add(time.Microsecond) // the clock stood still, or went back
	}
	if err := fill(b); err != nil {
		return err
	}
	for s := range b.Rows {
		if !x.keep[s] || x.read.scopes.unread(s) {
			delete(b.Rows, s)
		}
	}
	b.Gone = slices.DeleteFunc(joined(b.Gone), func(g Gone) bool {
		// What was not read for want of a scope is not gone for that.
		return !x.keep[g.Stream] || g.By != "" && len(g.Values) == 0 || !g.Before.IsZero() && x.read.scopes.partly(g.Stream)
	})
	x.spent.Lock()
	x.ledger.Last = b.ReadAt
	b.remember(ledgerKey, x.ledger)
	x.spent.Unlock()
	// A run that is told to stop finishes the batch it is at: half a minute is more than any takes.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	counts, err := x.sink.Commit(ctx, b)
	if err != nil {
		return &sinkError{err}
	}
	x.last = b.ReadAt
	x.report.Counts.Add(counts)
	return nil
}

// joined makes one of all that ask for the same of other values: a statement each is most of what writing
// many boards takes.
func joined(list []Gone) (out []Gone) {
	type kind struct {
		stream *Stream
		by     string
		before time.Time
	}
	at := map[kind]int{}
	for _, g := range list {
		k := kind{g.Stream, g.By, g.Before}
		i, ok := at[k]
		if !ok || g.By == "" {
			at[k] = len(out)
			out = append(out, g)
			continue
		}
		out[i].Values = append(slices.Clip(out[i].Values), g.Values...)
	}
	return out
}

// sinkError is a failure of the destination: it ends a run.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return "destination: " + e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

// live reads back rows of a stream.
func (x *run) live(ctx context.Context, s *Stream, fields []string, by string, values []string, yield func(Row) error) error {
	if !x.keep[s] || by != "" && len(values) == 0 {
		return nil
	}
	if err := x.sink.Live(ctx, s, fields, by, values, yield); err != nil {
		return &sinkError{err}
	}
	return nil
}

// problem notes something that needs attention, once.
func (x *run) problem(p Problem) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if b := x.boards[p.Board]; b != nil && p.Name == "" {
		p.Name = b.Name
	}
	if len(x.report.Problems) < 1000 && !slices.Contains(x.report.Problems, p) {
		x.report.Problems = append(x.report.Problems, p)
	}
}

// survive notes a failure that concerns one board and returns nil, or returns the error when the run cannot
// go on.
func (x *run) survive(ctx context.Context, b *board, err error) error {
	var failed *mondayapi.Error
	if err == nil || ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	p := Problem{Board: b.id, Name: b.Name, Message: failed.Error()}
	switch failed.Kind {
	case mondayapi.Transient:
		p.Kind, p.Remedy = "error", "The next run tries again."
	case mondayapi.Forbidden:
		p.Kind, p.Remedy = "forbidden", "Give the token's user access to the board, or leave the board out."
	case mondayapi.TooComplex, mondayapi.Invalid, mondayapi.CursorExpired:
		p.Kind, p.Remedy = "unreadable", "The next run tries again; if it stays, report it with the message."
	default:
		return err
	}
	x.problem(p)
	return nil
}

// close writes the report, and says how the run ended.
func (x *run) close(ctx context.Context, err error) error {
	r := x.report
	for _, p := range x.read.scopes.problems() {
		x.problem(p)
	}
	r.Calls, r.Points = x.calls.Load(), x.points.Load()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Minute)
	defer cancel()

	pending := int64(0)
	var views []BoardColumns
	for _, b := range x.boards {
		if b.Phase != phaseDone && b.readable() {
			pending++
		}
		if b.view.ID != "" {
			views = append(views, b.view)
		}
	}
	slices.SortFunc(views, func(a, b BoardColumns) int { return cmp.Compare(a.ID, b.ID) })
	queued, qerr := countQueue(ctx, x.sink)
	if err == nil && qerr != nil {
		err = &sinkError{qerr}
	}
	r.Queued = queued
	if err == nil && queued == 0 && pending == 0 {
		to := x.mark.ReadTo
		if x.wantUpdates() && x.mark.UpdatesTo.Before(to) {
			to = x.mark.UpdatesTo // they came in part
		}
		if to.After(x.mark.CompleteTo) {
			x.mark.CompleteTo = to
		}
	}
	r.ReadTo, r.CompleteTo = x.mark.ReadTo, x.mark.CompleteTo
	r.Outcome = "complete"
	if queued > 0 || pending > 0 {
		r.Outcome = "partial"
	}
	if err != nil {
		r.Outcome = x.blame(err)
	}
	r.Ended = x.cfg.Now().UTC()

	var broken *sinkError
	var refused *Refused
	if errors.As(err, &broken) || errors.As(err, &refused) || x.last.IsZero() && x.source.AccountID == "" {
		return err // there is nowhere to write it, or nothing to write it about
	}
	werr := x.commit(ctx, func(b *Batch) error {
		b.remember(markKey, x.mark)
		b.remember(runKey+r.Started.UTC().Format("2006-01-02T15:04:05.000000Z"), r)
		var keys []string
		if err := scan(ctx, x.sink, runKey, func(e Entry) error { keys = append(keys, e.Key); return nil }); err != nil {
			return &sinkError{err}
		}
		if n := len(keys) - (runsKept - 1); n > 0 {
			b.Drop = keys[:n]
		}
		return nil
	})
	if werr == nil {
		if perr := x.sink.Publish(ctx, views); perr != nil {
			werr = &sinkError{perr}
		}
	}
	if werr != nil {
		r.Outcome = "failed"
		return errors.Join(err, werr)
	}
	return err
}

// blame turns the error that ended a run into its outcome, and a problem with a remedy.
func (x *run) blame(err error) (outcome string) {
	r := x.report
	p := Problem{Kind: "error", Message: err.Error(), Remedy: "The next run goes on where this one ended."}
	outcome = "failed"
	var failed *mondayapi.Error
	switch {
	case errors.Is(err, errCap):
		r.Until = tomorrow(x.cfg.Now())
		p.Kind, outcome = "rate_limited", "partial"
		p.Remedy = "The next run goes on after midnight UTC. Raise call_share or call_cap to allow more."
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "partial"
	case errors.As(err, &failed):
		switch failed.Kind {
		case mondayapi.DailyLimit:
			r.Until = tomorrow(x.cfg.Now())
			if failed.RetryIn > 0 {
				r.Until = x.cfg.Now().UTC().Add(failed.RetryIn)
			}
			p.Kind, outcome = "rate_limited", "partial"
			p.Remedy = "The account's calls of the day are used up; the next run goes on after midnight UTC."
		case mondayapi.Unauthorized:
			p.Kind, p.Remedy = "reauthorize", "Give a new auth_token: the one there is not valid any more, or its user may not use the API."
		case mondayapi.Forbidden:
			p.Kind, p.Remedy = "forbidden", "Give the token's user, or the token, the rights that are named."
		}
	}
	r.Problems = append(r.Problems, p)
	return outcome
}

func tomorrow(now time.Time) time.Time {
	return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}

// errCap says that the share of the day's calls is used up.
var errCap = errors.New("the calls that this source may make in a day are used up")

// spend counts a call, and refuses it when the day's share is used up.
func (x *run) spend() error {
	x.spent.Lock()
	defer x.spent.Unlock()
	if day := x.cfg.Now().UTC().Format(time.DateOnly); day != x.ledger.Day {
		x.ledger = ledger{Day: day, Limit: x.ledger.Limit, Last: x.ledger.Last}
	}
	limit := x.cfg.CallCap
	if limit == 0 && x.ledger.Limit > 0 {
		share := cmp.Or(x.cfg.CallShare, DefaultCallShare)
		limit = max(int(float64(x.ledger.Limit)*share), 1)
	}
	if limit > 0 && x.ledger.Calls >= limit {
		return errCap
	}
	x.ledger.Calls++
	x.calls.Add(1)
	return nil
}
