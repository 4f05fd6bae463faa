package work

import (
	"context"
	"errors"
	"hash/maphash"
	"math"
	"time"
)

// stripes are locks for whatever has a number, more of it than there are locks.
type stripes struct {
	seed  maphash.Seed
	locks [256]chan struct{}
}

func newStripes() *stripes {
	s := &stripes{seed: maphash.MakeSeed()}
	for i := range s.locks {
		s.locks[i] = make(chan struct{}, 1)
	}
	return s
}

// lock waits for the lock of a thing in an account. The caller unlocks unless there is an error.
func (s *stripes) lock(ctx context.Context, id AccountID, thing int64) (unlock func(), err error) {
	l := s.locks[maphash.Comparable(s.seed, [2]int64{int64(id), thing})%uint64(len(s.locks))]
	select {
	case l <- struct{}{}:
		return func() { <-l }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// errStale is a decision's about rows that others may have changed since they were read.
var errStale = errors.New("read too early")

// amend decides on rows that no image holds (updates, assets, blocks), which read has read before. What
// it read is as it was then when the decision is committed: of decisions about one thing, the item or
// doc that the rows belong to, this process makes one at a time, and when another process has committed
// anything in between, it reads and decides anew.
func (s *Service) amend(ctx context.Context, by Caller, thing int64, read func(*View) error, decide func(*tx) error) error {
	if by.acct == nil {
		return &Error{Code: CodeUnauthenticated, Msg: "Not authenticated"}
	}
	unlock, err := s.records.lock(ctx, by.acct.id, thing)
	if err != nil {
		return err
	}
	defer unlock()
	for range behindMax {
		before := by.acct.foreign.Load()
		v, err := s.View(ctx, by)
		if err != nil {
			return err
		}
		if err := read(v); err != nil {
			return err
		}
		err = s.commit(ctx, by, func(t *tx) error {
			if by.acct.foreign.Load() != before {
				return errStale
			}
			return decide(t)
		})
		if !errors.Is(err, errStale) {
			return err
		}
	}
	return &Error{Code: CodeUnavailable, Msg: "The account is being changed too fast by others; nothing was changed, try again"}
}

// openPager is newPager for a list of unknown length.
func openPager[T any](p Page) *pager[T] {
	before := max(p.Number, 1) - 1
	switch {
	case p.Limit < 0 && before == 0:
		return &pager[T]{left: -1, rows: []T{}}
	case p.Limit <= 0 || before > math.MaxInt/p.Limit:
		return &pager[T]{rows: []T{}} // nothing comes after everything
	}
	return &pager[T]{skip: before * p.Limit, left: p.Limit, rows: []T{}}
}

// Records are read some at a time, since whether the caller sees them is asked of the database too, and
// more each time, since those that are looked for may be few.
const (
	recordsFirst = 100
	recordsMost  = 3200
)

// inParts runs through records, the newest first, part after part. read reads those up to a time (zero:
// all) until each returns false, of names a record and when it was made, and take takes each part and
// says whether to go on.
func inParts[T any, K comparable](to time.Time, read func(to time.Time, each func(T) bool) error, of func(T) (K, time.Time),
	take func([]T) (bool, error)) error {
	last := map[K]bool{} // those that were read before and are as old as the youngest of the next
	for size := recordsFirst; ; size = min(2*size, recordsMost) {
		rows, more := make([]T, 0, size), false
		err := read(to, func(row T) bool {
			if key, _ := of(row); last[key] {
				return true
			}
			if more = len(rows) == size; !more {
				rows = append(rows, row)
			}
			return !more
		})
		if err != nil {
			return err
		}
		if on, err := take(rows); err != nil || !on || !more {
			return err
		}
		if _, end := of(rows[len(rows)-1]); !end.Equal(to) {
			to = end
			clear(last)
		}
		for _, row := range rows {
			if key, at := of(row); at.Equal(to) {
				last[key] = true
			}
		}
	}
}
