package worktest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// sourceKey names a data source.
type sourceKey struct {
	account work.AccountID
	source  work.DataSourceID
}

// sourceRows are what is kept of data sources beside the account.
type sourceRows struct {
	states map[sourceKey]work.DataSourceState
	runs   map[sourceKey][]work.DataSourceRun // the newest first
}

// forget deletes what is kept of a data source.
func (r *sourceRows) forget(k sourceKey) {
	delete(r.states, k)
	delete(r.runs, k)
}

// ClaimDataSources is work.Store's.
func (s *Store) ClaimDataSources(ctx context.Context, holder string, now, until time.Time, limit int) (out []work.DataSourceState, err error) {
	if err := s.enter(ctx, "ClaimDataSources"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, a := range s.accounts {
		for _, d := range a.snap.DataSources {
			k := sourceKey{id, d.ID}
			st, known := s.sources.states[k]
			if st.Holder != "" && st.Until.After(now) || !d.Removed && (d.Paused || known && d.Asked <= st.Served && st.NextRun.After(now)) {
				continue
			}
			st.Account, st.Source = id, d.ID
			out = append(out, st)
		}
	}
	slices.SortFunc(out, func(a, b work.DataSourceState) int {
		return cmp.Or(a.NextRun.Compare(b.NextRun), cmp.Compare(a.Source, b.Source))
	})
	out = out[:min(limit, len(out))]
	for i := range out {
		out[i].Holder, out[i].Until = holder, until
		s.putState(out[i])
	}
	return out, nil
}

func (s *Store) putState(st work.DataSourceState) {
	if s.sources.states == nil {
		s.sources = sourceRows{map[sourceKey]work.DataSourceState{}, map[sourceKey][]work.DataSourceRun{}}
	}
	s.sources.states[sourceKey{st.Account, st.Source}] = st
}

// RenewDataSource is work.Store's.
func (s *Store) RenewDataSource(ctx context.Context, id work.AccountID, lease work.DataSourceState) (bool, error) {
	if err := s.enter(ctx, "RenewDataSource"); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.sources.states[sourceKey{id, lease.Source}]
	if !ok || st.Holder != lease.Holder {
		return false, nil
	}
	st.Until, st.Status, st.Since, st.Progress = lease.Until, lease.Status, lease.Since, lease.Progress
	s.putState(st)
	return true, nil
}

// SettleDataSource is work.Store's.
func (s *Store) SettleDataSource(ctx context.Context, id work.AccountID, st work.DataSourceState, run *work.DataSourceRun) (bool, error) {
	if err := s.enter(ctx, "SettleDataSource"); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := sourceKey{id, st.Source}
	if was, ok := s.sources.states[k]; !ok || was.Holder != st.Holder {
		return false, nil
	}
	st.Account, st.Holder, st.Until = id, "", time.Time{}
	s.putState(st)
	if run != nil {
		runs := append([]work.DataSourceRun{*run}, s.sources.runs[k]...)
		slices.SortStableFunc(runs, func(a, b work.DataSourceRun) int { return b.Started.Compare(a.Started) })
		s.sources.runs[k] = runs[:min(len(runs), work.SourceRunsKept)]
	}
	return true, nil
}

// DataSourceStates is work.Store's.
func (s *Store) DataSourceStates(ctx context.Context, id work.AccountID) (out []work.DataSourceState, err error) {
	if err := s.enter(ctx, "DataSourceStates"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, st := range s.sources.states {
		if k.account == id {
			out = append(out, st)
		}
	}
	slices.SortFunc(out, func(a, b work.DataSourceState) int { return cmp.Compare(a.Source, b.Source) })
	return out, nil
}

// DataSourceRuns is work.Store's.
func (s *Store) DataSourceRuns(ctx context.Context, id work.AccountID, source work.DataSourceID, limit int) ([]work.DataSourceRun, error) {
	if err := s.enter(ctx, "DataSourceRuns"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	runs := s.sources.runs[sourceKey{id, source}]
	return slices.Clone(runs[:min(limit, len(runs))]), nil
}
