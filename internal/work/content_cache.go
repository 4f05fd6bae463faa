package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// contentCache knows which boards are in memory, of all accounts, and how much they take. The contents
// themselves are in the accounts' images; a board is forgotten by publishing an image without it.
type contentCache struct {
	budget int64
	wake   chan struct{} // capacity 1
	mu     sync.Mutex
	boards map[*loaded]struct{}
}

// loaded is a board in memory. All versions of its content share it.
type loaded struct {
	a     *account
	board BoardID
	bytes atomic.Int64
	used  atomic.Int64 // Unix nanoseconds
	pins  atomic.Int32 // decisions under way that need it
	kept  atomic.Bool  // the cache knows of it
}

// DefaultContentCache is the budget for what is on boards when none is given, in bytes.
const DefaultContentCache = 256 << 20

// A board takes at most this part of the budget; larger ones are read from the database in pieces.
const contentShare = 8

func newContentCache(budget int64) *contentCache {
	return &contentCache{budget: cmp.Or(budget, DefaultContentCache), wake: make(chan struct{}, 1), boards: map[*loaded]struct{}{}}
}

// keep notes a board that has come into memory.
func (cc *contentCache) keep(l *loaded) {
	if l.kept.Swap(true) {
		return
	}
	cc.mu.Lock()
	cc.boards[l] = struct{}{}
	cc.mu.Unlock()
}

func (cc *contentCache) drop(l *loaded) {
	cc.mu.Lock()
	delete(cc.boards, l)
	cc.mu.Unlock()
}

// size is how much all boards in memory take.
func (cc *contentCache) size() (n int64, boards int) {
	cc.mu.Lock()
	defer cc.mu.Unlock()
	for l := range cc.boards {
		n += l.bytes.Load()
	}
	return n, len(cc.boards)
}

// shrink forgets the boards that were not used for longest until the rest is within nine tenths of the
// budget. It must not be called with an account's advance held.
func (cc *contentCache) shrink() {
	cc.mu.Lock()
	var all []*loaded
	var size int64
	for l := range cc.boards {
		all = append(all, l)
		size += l.bytes.Load()
	}
	cc.mu.Unlock()
	if size <= cc.budget {
		return
	}
	slices.SortFunc(all, func(a, b *loaded) int { return cmp.Compare(a.used.Load(), b.used.Load()) })
	for _, l := range all {
		if size <= cc.budget/10*9 {
			return
		}
		if n := l.bytes.Load(); l.a.forget(l) {
			size -= n
		}
	}
}

// watchContents shrinks the cache when boards have grown.
func (s *Service) watchContents() {
	for {
		select {
		case <-s.contents.wake:
			s.contents.shrink()
		case <-s.ctx.Done():
			return
		}
	}
}

// ContentCache tells how much memory boards take, about, and how many are loaded.
func (s *Service) ContentCache() (bytes int64, boards int) { return s.contents.size() }

// forget publishes an image without a board, unless somebody needs it just now.
func (a *account) forget(l *loaded) bool {
	a.advance.Lock()
	defer a.advance.Unlock()
	img := *a.image.Load()
	c, ok := img.contents.get(l.board)
	if !ok || c.loaded != l {
		a.s.contents.drop(l)
		return false
	}
	if l.pins.Load() > 0 {
		return false
	}
	img.contents = img.contents.without(l.board)
	img.loadedSet = new(int)
	a.image.Store(&img)
	a.s.contents.drop(l)
	return true
}

// loadKey is what of a board is being loaded.
type loadKey struct {
	board BoardID
	whole bool
}

type load struct {
	done chan struct{}
	c    *content
	err  error
}

// loadBoard brings a board into memory, shared by all who ask meanwhile, and pins it when told to:
// whoever pins must unpin.
func (a *account) loadBoard(ctx context.Context, id BoardID, whole, pin bool) (*content, error) {
	for {
		if c, ok := a.image.Load().contents.get(id); ok && (c.whole || !whole) {
			if !pin {
				return c, nil
			}
			if c = a.pin(id); c != nil && (c.whole || !whole) {
				return c, nil
			} else if c != nil {
				c.loaded.pins.Add(-1)
			}
		}
		key := loadKey{id, whole}
		a.loadsMu.Lock()
		l := a.loads[key]
		if l == nil {
			l = &load{done: make(chan struct{})}
			a.loads[key] = l
			if !a.s.start(func() {
				l.c, l.err = a.readBoard(id, whole)
				a.loadsMu.Lock()
				delete(a.loads, key)
				a.loadsMu.Unlock()
				close(l.done)
				a.s.contents.shrink()
			}) {
				delete(a.loads, key)
				a.loadsMu.Unlock()
				return nil, errClosing()
			}
		}
		a.loadsMu.Unlock()
		select {
		case <-l.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if l.err != nil || !pin {
			return l.c, l.err
		}
	}
}

// pin returns the content of a board that is in memory and keeps it there, or nil.
func (a *account) pin(id BoardID) *content {
	a.advance.Lock() // forget looks at pins under it
	defer a.advance.Unlock()
	c, ok := a.image.Load().contents.get(id)
	if !ok {
		return nil
	}
	c.loaded.pins.Add(1)
	return c
}

// readTries is how often a read is done anew because the change feed did not reach back to it.
const readTries = 3

// readBoard reads a board and puts it into the image, level with it.
func (a *account) readBoard(id BoardID, whole bool) (*content, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	for range readTries {
		rows, err := a.s.store.LoadBoard(ctx, a.id, id, whole)
		if err != nil {
			return nil, unavailable(fmt.Errorf("load board %d of account %d: %w", id, a.id, err))
		}
		c, err := a.attach(ctx, newContent(id, rows, whole))
		if !errors.Is(err, ErrGap) {
			return c, err
		}
	}
	return nil, unavailable(fmt.Errorf("load board %d of account %d: %w", id, a.id, ErrGap))
}

// attach puts what was read of a board into the current image.
func (a *account) attach(ctx context.Context, c *content) (*content, error) {
	a.advance.Lock()
	defer a.advance.Unlock()
	img := *a.image.Load()
	old, known := img.contents.get(c.board)
	if known && (old.whole || !c.whole) {
		return old, nil // somebody else was quicker
	}
	if c.seq < img.Seq {
		batches, err := a.s.store.Since(ctx, a.id, c.seq)
		if err != nil {
			return nil, errors.Join(err, unavailable(err))
		}
		for i := range batches {
			if batches[i].Seq > img.Seq {
				break
			}
			for j := range batches[i].Changes {
				ch := &batches[i].Changes[j]
				if ch.boardOf() != c.board && ch.From != c.board {
					continue
				}
				if ch.Item != nil && ch.Item.Board == c.board {
					c.restore(ch.Item)
				}
				c = c.apply(ch)
			}
		}
	}
	if known {
		for it := range old.items.all() { // those of other states, that were asked for by id
			c = c.withItem(it)
		}
		c.loaded = old.loaded
	} else {
		c.loaded = &loaded{a: a, board: c.board}
		a.s.contents.keep(c.loaded)
	}
	c.loaded.bytes.Store(c.bytes)
	c.loaded.used.Store(a.s.now().UnixNano())
	img.contents = img.contents.put(c.board, c)
	img.loadedSet = new(int)
	a.image.Store(&img)
	return c, nil
}

// loadItems brings items into memory, of whatever state, and their boards' structure. It returns where
// they are; ids there are not are not in it. The boards are pinned when told to.
func (a *account) loadItems(ctx context.Context, ids []ItemID, pin bool) (map[BoardID]*content, error) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	for range readTries {
		seq, rows, err := a.s.store.LoadItems(ctx, a.id, ids)
		if err != nil {
			return nil, cutShort(ctx, fmt.Errorf("load items of account %d: %w", a.id, err))
		}
		found := map[BoardID]*content{}
		for _, it := range rows {
			if found[it.Board] == nil {
				if found[it.Board], err = a.loadBoard(ctx, it.Board, false, pin); err != nil {
					return found, err
				}
			}
		}
		err = a.attachItems(ctx, seq, rows, found)
		a.s.contents.shrinkSoon()
		if !errors.Is(err, ErrGap) {
			return found, err
		}
		if pin {
			for _, c := range found {
				c.loaded.pins.Add(-1)
			}
		}
	}
	return nil, unavailable(fmt.Errorf("load items of account %d: %w", a.id, ErrGap))
}

// shrinkSoon asks for a shrink by whoever watches the cache.
func (cc *contentCache) shrinkSoon() {
	select {
	case cc.wake <- struct{}{}:
	default:
	}
}

// attachItems puts items that were read as of seq into the current image.
func (a *account) attachItems(ctx context.Context, seq Seq, rows []*Item, found map[BoardID]*content) error {
	a.advance.Lock()
	defer a.advance.Unlock()
	img := *a.image.Load()
	latest := make(map[ItemID]*Item, len(rows))
	for _, it := range rows {
		latest[it.ID] = it
	}
	if seq < img.Seq {
		batches, err := a.s.store.Since(ctx, a.id, seq)
		if err != nil {
			return errors.Join(err, unavailable(err))
		}
		for i := range batches {
			if batches[i].Seq > img.Seq {
				break
			}
			for _, ch := range batches[i].Changes {
				if ch.Item != nil && latest[ch.Item.ID] != nil {
					latest[ch.Item.ID] = ch.Item
				}
			}
		}
	}
	for _, it := range latest {
		c, ok := img.contents.get(it.Board)
		if !ok {
			continue // forgotten again, or the item has moved meanwhile: whoever needs it asks again
		}
		c.restore(it)
		c = c.withItem(it)
		c.loaded.bytes.Store(c.bytes)
		img.contents = img.contents.put(it.Board, c)
		a.whereIs(it.ID, it.Board)
	}
	img.loadedSet = new(int)
	a.image.Store(&img)
	for id := range found {
		if c, ok := img.contents.get(id); ok {
			found[id] = c
		}
	}
	return nil
}

// whereMax bounds how many items' boards are remembered; then it is all forgotten.
const whereMax = 1 << 18

// whereIs remembers the board that an item is on. It is a hint: whoever uses it looks there.
func (a *account) whereIs(it ItemID, b BoardID) {
	a.whereMu.Lock()
	defer a.whereMu.Unlock()
	if len(a.where) >= whereMax {
		clear(a.where)
	}
	a.where[it] = b
}

func (a *account) whereWas(it ItemID) (BoardID, bool) {
	a.whereMu.RLock()
	defer a.whereMu.RUnlock()
	b, ok := a.where[it]
	return b, ok
}

// findItem finds an item among those in memory.
func (a *account) findItem(contents *table[BoardID, *content], id ItemID) (*Item, *content) {
	if b, ok := a.whereWas(id); ok {
		if c, ok := contents.get(b); ok {
			if it, ok := c.items.get(id); ok {
				return it, c
			}
		}
	}
	for c := range contents.all() {
		if it, ok := c.items.get(id); ok {
			a.whereIs(id, c.board)
			return it, c
		}
	}
	return nil, nil
}
