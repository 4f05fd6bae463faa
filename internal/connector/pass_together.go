package connector

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
	"golang.org/x/sync/errgroup"
)

// An account has hundreds of boards with few items, and a call for each would be most of what a first reading
// takes. So they are read many in a call. A board that does not come whole here is read by itself afterwards.
const (
	boardsTogether = 100
	spare          = 5 // items that a board may have got since it was counted
)

// A shelf hands out the boards that are read together.
type shelf struct {
	mu     sync.Mutex
	boards []*board // those with the fewest items first
	limit  int      // of items in a call
}

// take takes the next boards, and says how many items each may have; none when no two are left that fit into a
// call, and when calls were too much that one board alone begins with.
func (s *shelf) take() (part []*board, limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit < firstPage {
		return nil, 0
	}
	for n, b := range s.boards[:min(len(s.boards), boardsTogether)] {
		if each := b.items + spare; (n+1)*each <= s.limit {
			limit = each
		} else {
			break
		}
		part = s.boards[:n+1]
	}
	if len(part) < 2 {
		return nil, 0
	}
	s.boards = s.boards[len(part):]
	return part, limit
}

// learn takes what a call for n items cost, or that it was too much, as what the next may ask for.
func (s *shelf) learn(n, points int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.limit = n / 2
	} else {
		s.limit = nextLimit(s.limit, points*s.limit/n)
	}
}

// isSmall says that a board's items can be read together with another's.
func (x *run) isSmall(b *board) bool {
	return b.Phase == phaseItems && b.Cursor == "" && !b.Stamps && 2*(b.items+spare) <= largestPage && !x.read.traits(b.id).deep
}

// backfillTogether reads the items of boards that have few, in the order of how many.
func (x *run) backfillTogether(ctx context.Context, small []*board) error {
	s := &shelf{limit: 2 * firstPage, boards: small}
	group, gctx := errgroup.WithContext(ctx)
	for range workers {
		group.Go(func() error {
			for {
				part, limit := s.take()
				if part == nil {
					return nil
				}
				pages, points, err := x.read.itemsTogether(gctx, idsOf(part), limit)
				s.learn(limit*len(part), points, err)
				if tooMuch(err) || isKind(err, mondayapi.Forbidden, mondayapi.Invalid) {
					continue
				}
				if err == nil {
					err = x.putTogether(gctx, part, pages)
				}
				if err != nil {
					return err
				}
			}
		})
	}
	return cmp.Or(group.Wait(), ctx.Err())
}

// putTogether writes the pages of several boards at once.
func (x *run) putTogether(ctx context.Context, part []*board, pages map[string]*itemsRead) error {
	part = slices.DeleteFunc(slices.Clone(part), func(b *board) bool { return pages[b.id] == nil })
	list := make([]*itemsRead, len(part))
	for i, b := range part {
		list[i] = pages[b.id]
	}
	passes := make([]string, len(part))
	err := x.commit(ctx, func(batch *Batch) error {
		there, err := x.putPages(ctx, batch, list)
		if err != nil {
			return err
		}
		for i, b := range part {
			passes[i] = b.passName()
			if err := x.turnPage(ctx, batch, b, list[i], (&reading{}).with(b, list[i], there)); err != nil {
				return err
			}
			batch.remember(boardKey+b.id, b)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, b := range part {
		x.tellPage(b, passes[i], int64(len(list[i].Items)), list[i].Cursor == "")
	}
	return nil
}
