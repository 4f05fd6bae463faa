// Package worktest gives tests a work.Store in memory that can be told to fail in every way a database
// does, and that several services can share as nodes share a database.
//
// Everything that goes in or out passes through JSON, as the change feed does: a test that passes
// here does not depend on a row being shared with the store.
package worktest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Store is a work.Store in memory. Its zero value is empty and not shared.
type Store struct {
	mu       sync.Mutex
	shared   bool
	accounts map[work.AccountID]*rows
	commit   func(*work.Batch) Outcome
	read     func(method string) error
	watchers map[chan work.AccountID]bool
	touched  map[work.TokenID]time.Time
	sources  sourceRows
}

var _ work.Store = (*Store)(nil)

// Outcome is what a test lets become of a commit.
type Outcome struct {
	Err  error
	Done bool   // the batch is written before Err is returned
	Then func() // runs when the batch is written and not yet answered for
}

// Share makes the store one that several services write to.
func (s *Store) Share() *Store {
	s.shared = true
	return s
}

// OnCommit has f decide what becomes of each commit; nil ends that. f runs without a lock and may block.
func (s *Store) OnCommit(f func(*work.Batch) Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commit = f
}

// OnRead has f decide whether a method other than Commit fails, by name; nil ends that.
func (s *Store) OnRead(f func(method string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = f
}

// Prune implements work.Store. With keep 0 whoever is behind meets a gap.
func (s *Store) Prune(_ context.Context, id work.AccountID, keep int) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[id]
	if a == nil || len(a.feed) <= keep {
		return 0, nil
	}
	gone := len(a.feed) - keep
	a.feed, a.pruned = slices.Clone(a.feed[gone:]), a.snap.Seq-work.Seq(keep)
	return int64(gone), nil
}

// Touched is when a token was last recorded as used.
func (s *Store) Touched(id work.TokenID) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.touched[id]
}

// rows is one account. What is deleted from the lists of links is found by value of its keys.
type rows struct {
	snap *work.Snapshot // without Content
	*content
	feed   []entry
	pruned work.Seq // the feed begins after it
}

type entry struct {
	batch   work.Batch // without Changes
	changes []byte
}

func (s *Store) enter(ctx context.Context, method string) error {
	s.mu.Lock()
	read := s.read
	s.mu.Unlock()
	if read != nil {
		if err := read(method); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *Store) account(id work.AccountID) (*rows, error) {
	if a := s.accounts[id]; a != nil {
		return a, nil
	}
	return nil, work.ErrNoAccount
}

// Accounts is work.Store's.
func (s *Store) Accounts(ctx context.Context) ([]work.AccountID, error) {
	if err := s.enter(ctx, "Accounts"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := []work.AccountID{}
	for id := range s.accounts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}

// Create is work.Store's.
func (s *Store) Create(ctx context.Context, snap *work.Snapshot) error {
	if err := s.enter(ctx, "Create"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accounts[snap.Account.ID] != nil {
		return errors.New("the account is there already")
	}
	if s.accounts == nil {
		s.accounts = map[work.AccountID]*rows{}
	}
	own := Copy(snap)
	a := &rows{snap: own, content: newContent(own.Content), pruned: snap.Seq}
	own.Content = work.Content{}
	s.accounts[snap.Account.ID] = a
	return nil
}

// Load is work.Store's.
func (s *Store) Load(ctx context.Context, id work.AccountID) (*work.Snapshot, error) {
	if err := s.enter(ctx, "Load"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(id)
	if err != nil {
		return nil, err
	}
	return Copy(a.snap), nil
}

// Commit is work.Store's.
func (s *Store) Commit(ctx context.Context, id work.AccountID, b *work.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	decide := s.commit
	s.mu.Unlock()
	var out Outcome
	if decide != nil {
		out = decide(b)
	}
	if out.Err != nil && !out.Done {
		return out.Err
	}
	if err := s.write(id, b); err != nil {
		return err
	}
	if out.Then != nil {
		out.Then()
	}
	return out.Err
}

func (s *Store) write(id work.AccountID, b *work.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(id)
	if err != nil {
		return err
	}
	if a.snap.Seq != b.Seq-1 {
		return work.ErrBehind
	}
	fed := []work.Change{}
	var changes, recorded []work.Change
	for i := range b.Changes {
		if c := &b.Changes[i]; !c.Recorded() {
			fed = append(fed, *c)
		} else if c.Delete && c.Activity != nil {
			return fmt.Errorf("activity %q cannot be deleted", c.Activity.ID)
		} else {
			recorded = append(recorded, records(c))
		}
	}
	text := encode(fed)
	if err := decode(text, &changes); err != nil {
		return err
	}
	for _, c := range changes {
		if c.Token == nil || c.Delete {
			continue
		}
		for other, acc := range s.accounts {
			for _, t := range acc.snap.Tokens {
				if string(t.Hash) == string(c.Token.Hash) && (other != id || t.ID != c.Token.ID) {
					return fmt.Errorf("token %d: the hash is there already", c.Token.ID)
				}
			}
		}
	}
	for _, c := range append(changes, recorded...) {
		a.apply(c)
		if c.DataSource != nil && c.Delete {
			s.sources.forget(sourceKey{id, c.DataSource.ID})
		}
	}
	a.snap.Seq = b.Seq
	a.feed = append(a.feed, entry{work.Batch{Seq: b.Seq, ID: b.ID, At: b.At}, text})
	for w := range s.watchers {
		select {
		case w <- id:
		default:
		}
	}
	return nil
}

// Since is work.Store's.
func (s *Store) Since(ctx context.Context, id work.AccountID, seq work.Seq) ([]work.Batch, error) {
	if err := s.enter(ctx, "Since"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(id)
	if err != nil {
		return nil, err
	}
	if seq < a.pruned || seq > a.snap.Seq {
		return nil, work.ErrGap
	}
	var out []work.Batch
	for _, e := range a.feed {
		if e.batch.Seq <= seq {
			continue
		}
		b := e.batch
		if err := decode(e.changes, &b.Changes); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// Head is work.Store's.
func (s *Store) Head(ctx context.Context, id work.AccountID) (work.Seq, error) {
	if err := s.enter(ctx, "Head"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(id)
	if err != nil {
		return 0, err
	}
	return a.snap.Seq, nil
}

// TokenAccount is work.Store's.
func (s *Store) TokenAccount(ctx context.Context, hash []byte) (work.AccountID, error) {
	if err := s.enter(ctx, "TokenAccount"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, a := range s.accounts {
		for _, t := range a.snap.Tokens {
			if string(t.Hash) == string(hash) {
				return id, nil
			}
		}
	}
	return 0, work.ErrNoAccount
}

// TouchTokens is work.Store's.
func (s *Store) TouchTokens(ctx context.Context, id work.AccountID, used map[work.TokenID]time.Time) error {
	if err := s.enter(ctx, "TouchTokens"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.touched == nil {
		s.touched = map[work.TokenID]time.Time{}
	}
	for token, at := range used {
		s.touched[token] = at
		if a := s.accounts[id]; a != nil {
			for _, t := range a.snap.Tokens {
				if t.ID == token {
					t.LastUsed = at
				}
			}
		}
	}
	return nil
}

// Shared is work.Store's.
func (s *Store) Shared() bool { return s.shared }

// Watch is work.Store's.
func (s *Store) Watch(ctx context.Context, moved func(work.AccountID)) error {
	if err := s.enter(ctx, "Watch"); err != nil {
		return err
	}
	w := make(chan work.AccountID, 1)
	s.mu.Lock()
	if s.watchers == nil {
		s.watchers = map[chan work.AccountID]bool{}
	}
	s.watchers[w] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, w)
	}()
	for {
		select {
		case id := <-w:
			moved(id)
		case <-ctx.Done():
			return nil
		}
	}
}

// Ping is work.Store's.
func (s *Store) Ping(ctx context.Context) error { return s.enter(ctx, "Ping") }

// Close is work.Store's.
func (s *Store) Close() error { return nil }

// Copy is a deep copy of a snapshot by way of JSON, as every store makes one.
func Copy(snap *work.Snapshot) *work.Snapshot { return clone(snap) }

// clone is a deep copy by way of JSON.
func clone[T any](v *T) *T {
	if v == nil {
		return nil
	}
	out := new(T)
	if err := decode(encode(v), out); err != nil {
		panic(err)
	}
	return out
}

// encode leaves the texts within texts as they are: cells are compared byte by byte.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func decode(text []byte, v any) error { return json.Unmarshal(text, v) }
