package work

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// A data source is run by whoever holds its lease: a name and an end, in the same row as its state. The
// lease is taken, prolonged and given back by statements that change the row only where it still is as it
// was thought to be, so that of several servers on one database one works on a source. Who is killed stops
// prolonging, and another takes over once the lease has ended. Who cannot prolong it stops by itself before
// that.
//
// Ends are told by the clocks of the servers. Clocks that differ by less than SourceLease minus
// SourceBeat do no harm; with more, a server that is ahead takes over from one that still works, which
// finds that out within SourceBeat and stops: what it has committed stays, and what it has not is read by
// the other.

// How long a lease lasts, and how often it is prolonged.
const (
	SourceLease = time.Minute
	SourceBeat  = 3 * time.Second
)

// SourceRunsKept is how many runs of a data source are remembered.
const SourceRunsKept = 100

// SourceStatus says how a data source fares.
type SourceStatus string

// The statuses. SourcePaused is never stored: it is what the admins have set.
const (
	SourcePending        SourceStatus = "pending" // has not been run yet
	SourceChecking       SourceStatus = "checking"
	SourceSyncing        SourceStatus = "syncing"
	SourceConnected      SourceStatus = "connected"
	SourceNeedsAttention SourceStatus = "needs_attention"
	SourceReauthorize    SourceStatus = "reauthorize" // the token is no longer good
	SourceRateLimited    SourceStatus = "rate_limited"
	SourcePaused         SourceStatus = "paused"
	SourceError          SourceStatus = "error"
)

// DataSourceState is how a data source fares, and who works on it. It is no part of the account's image,
// and its changes are no transactions of the account.
type DataSourceState struct {
	Account  AccountID
	Source   DataSourceID
	Status   SourceStatus
	Since    time.Time       // when Status came to be
	Problems []SourceProblem // what needs attention
	NextRun  time.Time
	Limited  time.Time // until when the service allows nothing; zero: not limited
	Failures int       // in a row
	Served   int64     // what of DataSource.Asked has been done

	Holder string    // whose the lease is; "" nobody's
	Until  time.Time // when it ends

	Progress  []SourceProgress // of a run that is under way
	Checked   *SourceAccount   // what the latest check told
	CheckedAt time.Time
}

// SourceProgress says how far a run is with a part of its work.
type SourceProgress struct {
	Pass  string    `json:"pass"`
	Board string    `json:"board,omitempty"`
	Name  string    `json:"name,omitempty"`
	Done  int64     `json:"done"`
	Total int64     `json:"total,omitempty"` // 0 when not known
	Calls int64     `json:"calls"`           // of the whole run
	Until time.Time `json:"until,omitzero"`  // while waiting for a limit to pass
	End   bool      `json:"end,omitempty"`
}

// SourceReport is what a run did.
type SourceReport struct {
	Started    time.Time              `json:"started"`
	Ended      time.Time              `json:"ended"`
	Mode       string                 `json:"mode"`
	Outcome    string                 `json:"outcome"` // complete, partial, failed
	Counts     map[string]SourceCount `json:"counts"`  // rows, by table
	Rows       map[string]SourceRows  `json:"rows,omitempty"`
	Place      string                 `json:"place,omitempty"` // where the tables are, for people
	Calls      int64                  `json:"calls"`
	Points     int64                  `json:"points"`
	ReadTo     time.Time              `json:"read_to"`
	CompleteTo time.Time              `json:"complete_to"`
	Queued     int64                  `json:"queued"`
	Until      time.Time              `json:"until,omitzero"` // when a limit ended the run
	Problems   []SourceProblem        `json:"problems,omitempty"`
	Version    string                 `json:"version,omitempty"`
	Error      string                 `json:"error,omitempty"` // why it ended early
}

// SourceCount says what became of a table's rows in a run.
type SourceCount struct {
	New     int64 `json:"new"`
	Changed int64 `json:"changed"`
	Same    int64 `json:"same"`
	Deleted int64 `json:"deleted"`
}

// SourceRows counts a table's rows.
type SourceRows struct {
	Live    int64 `json:"live"`
	Deleted int64 `json:"deleted"`
}

// DataSourceRun is a run as it is kept.
type DataSourceRun struct {
	Source  DataSourceID
	ID      string
	Started time.Time
	Report  SourceReport
}

// Outcomes of runs.
const (
	RunComplete = "complete"
	RunPartial  = "partial"
	RunFailed   = "failed"
)

// SourceMode says how much a run does.
type SourceMode string

// The modes.
const (
	SourceSync SourceMode = "sync"
	SourceFull SourceMode = "full"
	SourceDrop SourceMode = "drop" // drops the data of a source that is removed
)

// SourceRun is a data source that is whoever claimed it to run.
type SourceRun struct {
	SourceJob
	Mode  SourceMode
	Check bool  // the token is to be tried first
	Err   error // why it cannot be run; it is to be finished with that
	State DataSourceState
	asked int64 // what of Asked the run serves

	shown SourceStatus // by the latest RenewDataSource, and since when
	since time.Time
}

// due says whether a data source is to be run at a time.
func (d *DataSource) due(st *DataSourceState, now time.Time) bool {
	return d.Removed || !d.Paused && (d.Asked > st.Served || !st.NextRun.After(now))
}

// mode is what a run of the data source is to do.
func (d *DataSource) mode(st *DataSourceState) SourceMode {
	switch {
	case d.Removed:
		return SourceDrop
	case d.AskedFull > st.Served:
		return SourceFull
	}
	return SourceSync
}

// recheck is how often the token of a source that works is tried; the runs themselves tell sooner.
const recheck = 24 * time.Hour

// SourceWakes signals that a data source has changed, here or on another server: one may have to be run, or
// stopped. Several may be one signal.
func (s *Service) SourceWakes() <-chan struct{} { return s.wakes }

func (s *Service) wakeSources(changes []Change) {
	if slices.ContainsFunc(changes, func(c Change) bool { return c.DataSource != nil }) {
		select {
		case s.wakes <- struct{}{}:
		default: // nobody has taken the last signal yet
		}
	}
}

// ClaimDataSources takes up to limit data sources of all accounts that are to be run. Each is holder's
// alone for SourceLease, which RenewDataSource prolongs, until FinishDataSource.
func (s *Service) ClaimDataSources(ctx context.Context, holder string, limit int) ([]*SourceRun, error) {
	now := s.now().UTC()
	claimed, err := s.store.ClaimDataSources(ctx, holder, now, now.Add(SourceLease), limit)
	if err != nil {
		return nil, cutShort(ctx, err)
	}
	var out []*SourceRun
	for _, st := range claimed {
		d, err := s.source(ctx, st.Account, st.Source)
		if err != nil {
			return out, err // the rest is to be had again when the lease ends
		}
		if d == nil || !d.due(&st, now) { // somebody was quicker: it is gone, or has been run
			if _, err := s.store.SettleDataSource(ctx, st.Account, st, nil); err != nil {
				return out, cutShort(ctx, err)
			}
			continue
		}
		r := &SourceRun{SourceJob: SourceJob{Account: st.Account, Source: *d.bare()}, Mode: d.mode(&st), State: st, asked: d.Asked}
		if r.Mode != SourceDrop {
			r.Check = st.Status != SourceConnected || d.Asked > st.Served || now.Sub(st.CheckedAt) >= recheck
			if r.Token, err = s.sources.Keys.open(d.KeyID, d.Sealed, d.bind(st.Account)); err != nil {
				s.log.Warn("the auth_token of a data source cannot be opened", "account", st.Account, "source", st.Source, "key", d.KeyID, "err", err)
				r.Err = keyLost
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// source finds a data source as it is now; nil when it is gone.
func (s *Service) source(ctx context.Context, id AccountID, source DataSourceID) (*DataSource, error) {
	a, err := s.account(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := a.fresh(ctx); err != nil {
		return nil, err
	}
	d, ok := a.image.Load().sources.get(source)
	if !ok {
		return nil, nil
	}
	return d, nil
}

// Reasons for a run to stop before its end.
var (
	ErrLeaseLost     = errors.New("somebody else runs the data source")
	ErrSourcePaused  = errors.New("the data source is paused")
	ErrSourceRemoved = errors.New("the data source is removed")
)

// DataSourceGoesOn fails with ErrSourcePaused or ErrSourceRemoved when a run is to stop. Other errors say
// that it could not be found out.
func (s *Service) DataSourceGoesOn(ctx context.Context, r *SourceRun) error {
	d, err := s.source(ctx, r.Account, r.Source.ID)
	switch {
	case err != nil:
		return err
	case d == nil, d.Removed && r.Mode != SourceDrop:
		return ErrSourceRemoved
	case d.Paused && r.Mode != SourceDrop:
		return ErrSourcePaused
	}
	return nil
}

// RenewDataSource prolongs the lease of a run and records how far it is. ErrLeaseLost; any other error says
// that the lease ends when it would have.
func (s *Service) RenewDataSource(ctx context.Context, r *SourceRun, status SourceStatus, progress []SourceProgress) error {
	now := s.now().UTC()
	st := r.State
	if st.Until, st.Progress = now.Add(SourceLease), progress; st.Status != status {
		if r.shown != status {
			r.shown, r.since = status, now
		}
		st.Status, st.Since = status, r.since
	}
	ok, err := s.store.RenewDataSource(ctx, r.Account, st)
	switch {
	case err != nil:
		return cutShort(ctx, err)
	case !ok:
		return ErrLeaseLost
	}
	r.State.Until = st.Until
	return nil
}

// SourceResult is what became of a run.
type SourceResult struct {
	Checked *SourceAccount // what the check told, if there was one
	Report  *SourceReport  // nil when nothing was read
	Err     error
	// Stopped: it was told to stop, and its error is that. What was asked for is still to be done.
	Stopped bool
}

// FinishDataSource records what became of a run, says when the next is to be, and gives the lease back.
// ErrLeaseLost when it had been lost: nothing is recorded then, for somebody else's run counts.
func (s *Service) FinishDataSource(ctx context.Context, r *SourceRun, res SourceResult) error {
	if r.Mode == SourceDrop && res.Err == nil {
		return s.forgetSource(ctx, r)
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	st, run := r.settle(res, now, func(d time.Duration) time.Duration { return time.Duration(rand.Int64N(int64(d) + 1)) })
	ok, err := s.store.SettleDataSource(ctx, r.Account, st, run)
	switch {
	case err != nil:
		return cutShort(ctx, err)
	case !ok:
		return ErrLeaseLost
	}
	return nil
}

// forgetSource deletes a removed data source whose data has been dropped.
func (s *Service) forgetSource(ctx context.Context, r *SourceRun) error {
	a, err := s.account(ctx, r.Account)
	if err != nil {
		return err
	}
	return a.submit(ctx, Caller{acct: a}, func(t *tx) error {
		if d, ok := t.sources.get(r.Source.ID); ok && d.Removed {
			t.put(Change{DataSource: &DataSource{ID: d.ID}, Delete: true})
		}
		return nil
	})
}

// Waits after errors: twice as long each time.
const (
	retryFirst = time.Minute
	retryLast  = 6 * time.Hour
)

// refusedStatus is what a refusal makes of a data source.
var refusedStatus = map[string]SourceStatus{"unauthorized": SourceReauthorize, "not_admin": SourceReauthorize, "forbidden": SourceReauthorize,
	"other_account": SourceReauthorize, "key": SourceNeedsAttention, "invalid": SourceNeedsAttention}

// settle is the state after a run, and the run as it is kept, nil for none. It gives up r.State's lease.
func (r *SourceRun) settle(res SourceResult, now time.Time, jitter func(most time.Duration) time.Duration) (DataSourceState, *DataSourceRun) {
	st := r.State
	st.Progress = nil
	if res.Checked != nil {
		clean := *res.Checked
		clean.Lost = redactAll(clean.Lost, r.Token)
		st.Checked, st.CheckedAt = &clean, now
	}
	run := r.kept(res)
	if res.Stopped { // as if it had not begun: whoever is next takes it up where it is
		if st.Status == "" {
			st.Status = SourcePending
		}
		return st, run
	}
	status, problems := r.verdict(res, run)
	if status != st.Status {
		st.Since = now
	}
	st.Status, st.Problems, st.Limited, st.Served = status, problems, time.Time{}, r.asked
	every := r.Source.Every
	wait := every + jitter(min(every/20, time.Minute))
	switch st.Status {
	case SourceConnected, SourceNeedsAttention:
		st.Failures = 0
	case SourceRateLimited:
		st.Limited, st.Failures = run.Report.Until, 0
		wait = max(run.Report.Until.Sub(now), retryFirst) + jitter(time.Minute)
	default:
		wait = retryFirst << min(st.Failures, 20)
		st.Failures++
		wait = min(wait, retryLast) + jitter(min(wait, retryLast)/10)
	}
	st.NextRun = now.Add(wait)
	return st, run
}

// kept is a run as it is kept: without the secret, whatever errors tell.
func (r *SourceRun) kept(res SourceResult) *DataSourceRun {
	if res.Report == nil {
		return nil
	}
	rep := *res.Report
	rep.Problems = redactAll(rep.Problems, r.Token)
	if res.Err != nil && rep.Error == "" {
		rep.Error = redact(res.Err.Error(), r.Token)
	}
	return &DataSourceRun{Source: r.Source.ID, ID: newUUID(), Started: rep.Started.UTC(), Report: rep}
}

// verdict is the status after a run that was not stopped, and what needs attention.
func (r *SourceRun) verdict(res SourceResult, run *DataSourceRun) (SourceStatus, []SourceProblem) {
	var problems []SourceProblem
	if res.Checked != nil {
		problems = redactAll(res.Checked.Lost, r.Token)
	} else if run == nil && r.State.Checked != nil {
		problems = r.State.Checked.Lost
	}
	if run != nil {
		for _, p := range run.Report.Problems {
			if !slices.Contains(problems, p) {
				problems = append(problems, p)
			}
		}
	}
	var no *SourceRefused
	switch {
	case errors.As(res.Err, &no):
		status, known := refusedStatus[no.Code]
		if !known {
			status = SourceNeedsAttention
		}
		p := SourceProblem{Kind: no.Code, Message: redact(no.Msg, r.Token)}
		if status == SourceReauthorize {
			p.Remedy = "Enter another token under Rotate token"
		}
		return status, []SourceProblem{p}
	case run != nil && !run.Report.Until.IsZero():
		return SourceRateLimited, problems
	case res.Err != nil:
		return SourceError, append(problems, SourceProblem{Kind: "error", Message: redact(res.Err.Error(), r.Token), Remedy: "It is tried again by itself"})
	case slices.ContainsFunc(problems, func(p SourceProblem) bool { return p.Kind == "reauthorize" }):
		return SourceReauthorize, problems
	case len(problems) > 0:
		return SourceNeedsAttention, problems
	}
	return SourceConnected, nil
}

// DataSourceInfo is a data source with how it fares, for admins.
type DataSourceInfo struct {
	*DataSource
	State DataSourceState
}

// Status is how the data source fares, with what the admins have set.
func (i *DataSourceInfo) Status() SourceStatus {
	switch {
	case i.Paused:
		return SourcePaused
	case i.State.Status == "":
		return SourcePending
	}
	return i.State.Status
}

// DataSources lists the data sources with how they fare, by id. Permission datasource.edit.
func (v *View) DataSources() ([]*DataSourceInfo, error) {
	if err := v.sourcesBy("see"); err != nil {
		return nil, err
	}
	states, err := v.acct.s.store.DataSourceStates(v.ctx, v.acct.id)
	if err != nil {
		return nil, cutShort(v.ctx, err)
	}
	out := []*DataSourceInfo{}
	for d := range v.img.sources.all() {
		if d.Removed {
			continue
		}
		i := &DataSourceInfo{DataSource: d.bare(), State: DataSourceState{Account: v.acct.id, Source: d.ID}}
		for _, st := range states {
			if st.Source == d.ID {
				i.State = st
			}
		}
		out = append(out, i)
	}
	return out, nil
}

// DataSource finds a data source with how it fares, and its latest runs. Permission datasource.edit;
// CodeNotFound.
func (v *View) DataSource(id DataSourceID, runs int) (*DataSourceInfo, []DataSourceRun, error) {
	list, err := v.DataSources()
	if err != nil {
		return nil, nil, err
	}
	for _, i := range list {
		if i.ID == id {
			done, err := v.acct.s.store.DataSourceRuns(v.ctx, v.acct.id, id, runs)
			if err != nil {
				return nil, nil, cutShort(v.ctx, err)
			}
			return i, done, nil
		}
	}
	return nil, nil, notFound("data source", id)
}

// String names a run in the log.
func (r *SourceRun) String() string {
	return fmt.Sprintf("%s of data source %d/%d", r.Mode, r.Account, r.Source.ID)
}
