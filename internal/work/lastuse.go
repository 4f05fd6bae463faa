package work

import (
	"context"
	"sync/atomic"
	"time"
)

// lastUse is when a token was last used, and what of that the database knows already; unix seconds.
type lastUse struct{ used, saved atomic.Int64 }

func (l *lastUse) time() time.Time { return time.Unix(l.used.Load(), 0).UTC() }

func (a *account) touch(id TokenID, now time.Time) {
	sec := now.Unix()
	v, ok := a.touched.Load(id)
	if !ok {
		first := new(lastUse)
		first.used.Store(sec)
		v, _ = a.touched.LoadOrStore(id, first)
	}
	if l := v.(*lastUse); l.used.Load() < sec {
		l.used.Store(sec) // of two at once either will do
	}
}

const (
	touchEvery = 20 * time.Second
	pruneEvery = 10 * time.Minute
	// FeedKept is how many of an account's latest batches the change feed keeps: a node that is further
	// behind loads the account anew.
	FeedKept = 10_000
)

// upkeep records now and then when tokens were last used (knowing it to the minute is enough, writing
// it for every request is not), and keeps the change feeds short.
func (s *Service) upkeep() {
	touch, prune := time.NewTicker(touchEvery), time.NewTicker(pruneEvery)
	defer touch.Stop()
	defer prune.Stop()
	for {
		select {
		case <-touch.C:
			s.flush(true)
		case <-prune.C:
			s.prune()
		case <-s.ctx.Done():
			return
		}
	}
}

// loaded are the accounts in memory.
func (s *Service) loaded() []*account {
	s.mu.Lock()
	defer s.mu.Unlock()
	accounts := make([]*account, 0, len(s.accounts))
	for _, a := range s.accounts {
		if a.image.Load() != nil {
			accounts = append(accounts, a)
		}
	}
	return accounts
}

func (s *Service) prune() {
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	for _, a := range s.loaded() {
		if _, err := s.store.Prune(ctx, a.id, FeedKept); err != nil && s.ctx.Err() == nil {
			s.log.Warn("pruning the change feed", "account", a.id, "err", err)
		}
	}
}

// flush records the last uses of every account in memory.
func (s *Service) flush(days bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, a := range s.loaded() {
		if err := a.flush(ctx, days); err != nil {
			s.log.Warn("recording when tokens were last used", "account", a.id, "err", err)
		}
	}
}

// flush records what has been used since the last time, and with days also on which day users were
// last active. What could not be recorded is tried again the next time.
func (a *account) flush(ctx context.Context, days bool) error {
	img := a.image.Load()
	used := map[TokenID]time.Time{}
	active := map[UserID]Date{}
	a.touched.Range(func(k, v any) bool {
		l := v.(*lastUse)
		t, ok := img.tokens.get(k.(TokenID))
		if !ok {
			a.touched.Delete(k)
			return true
		}
		if at := l.used.Load(); at > l.saved.Load() {
			used[t.ID] = l.time()
		}
		if u, ok := img.users.get(t.User); ok && u.LastActivity < dateOf(l.time()) {
			active[t.User] = max(active[t.User], dateOf(l.time()))
		}
		return true
	})
	if len(used) > 0 {
		if err := a.s.store.TouchTokens(ctx, a.id, used); err != nil {
			return err
		}
	}
	for id, at := range used {
		if l, ok := a.touched.Load(id); ok {
			l.(*lastUse).saved.Store(at.Unix())
		}
	}
	if !days || len(active) == 0 {
		return nil
	}
	return a.submit(ctx, Caller{}, func(t *tx) error {
		for id, day := range active {
			if old, ok := t.users.get(id); ok && old.LastActivity < day {
				u := *old
				u.LastActivity = day
				t.put(Change{User: &u})
			}
		}
		return nil
	})
}

func dateOf(t time.Time) Date { return Date(t.UTC().Format(time.DateOnly)) }
