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
	budget atomic.Int64
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
	cc := &contentCache{wake: make(chan struct{}, 1), boards: map[*loaded]struct{}{}}
	cc.budget.Store(cmp.Or(budget, DefaultContentCache))
	return cc
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
	budget := cc.budget.Load()
	if size <= budget {
		return
	}
	slices.SortFunc(all, func(a, b *loaded) int { return cmp.Compare(a.used.Load(), b.used.Load()) })
	for _, l := range all {
		if size <= budget/10*9 {
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
	pins int32 // of those who wait for it; guarded by loadsMu
}

// loadBoard brings a board into memory, shared by all who ask meanwhile, and pins it when told to:
// whoever pins must unpin.
func (a *account) loadBoard(ctx context.Context, id BoardID, whole, pin bool) (*content, error) {
	if c := a.inMemory(id, whole, pin); c != nil {
		return c, nil
	}
	key := loadKey{id, whole}
	a.loadsMu.Lock()
	l := a.loads[key]
	if l == nil {
		l = &load{done: make(chan struct{})}
		if !a.s.start(func() { a.finish(key, l) }) {
			a.loadsMu.Unlock()
			return nil, errClosing()
		}
		a.loads[key] = l
	}
	if pin {
		l.pins++
	}
	a.loadsMu.Unlock()
	select {
	case <-l.done:
		return l.c, l.err
	case <-ctx.Done():
	}
	if pin {
		a.loadsMu.Lock()
		defer a.loadsMu.Unlock()
		select {
		case <-l.done:
			if l.err == nil {
				l.c.loaded.pins.Add(-1)
			}
		default:
			l.pins--
		}
	}
	return nil, ctx.Err()
}

// prefetch begins to bring a board into memory, unless somebody does already.
func (a *account) prefetch(id BoardID) {
	key := loadKey{id, true}
	a.loadsMu.Lock()
	defer a.loadsMu.Unlock()
	if a.loads[key] == nil {
		l := &load{done: make(chan struct{})}
		if a.s.start(func() { a.finish(key, l) }) {
			a.loads[key] = l
		}
	}
}

// finish loads a board for all who wait for it.
func (a *account) finish(key loadKey, l *load) {
	l.c, l.err = a.readBoard(key.board, key.whole)
	a.loadsMu.Lock()
	delete(a.loads, key)
	if l.err == nil {
		l.c.loaded.pins.Add(l.pins - 1) // 1 is attach's
	}
	close(l.done)
	a.loadsMu.Unlock()
	a.s.contents.shrink()
}

// inMemory returns what is in memory of a board, pinned when told to, or nil.
func (a *account) inMemory(id BoardID, whole, pin bool) *content {
	if pin {
		a.advance.Lock() // forget looks at pins under it
		defer a.advance.Unlock()
	}
	c, ok := a.image.Load().contents.get(id)
	if !ok || whole && !c.whole {
		return nil
	}
	if pin {
		c.loaded.pins.Add(1)
	}
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

// attach puts what was read of a board into the current image, and pins it.
func (a *account) attach(ctx context.Context, c *content) (*content, error) {
	a.advance.Lock()
	defer a.advance.Unlock()
	img := *a.image.Load()
	old, known := img.contents.get(c.board)
	if known && (old.whole || !c.whole) {
		old.loaded.pins.Add(1)
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
	c.loaded.pins.Add(1)
	c.loaded.bytes.Store(c.bytes)
	c.loaded.used.Store(a.s.now().UnixNano())
	img.contents = img.contents.put(c.board, c)
	img.loadedSet = new(int)
	a.image.Store(&img)
	return c, nil
}

// loadItems reads items of whatever state and brings them into memory, with their boards' structure, which
// is pinned. Ids there are not are not among the items.
func (a *account) loadItems(ctx context.Context, ids []ItemID) (items map[ItemID]*Item, boards map[BoardID]*content, err error) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	for range readTries {
		seq, rows, err := a.s.store.LoadItems(ctx, a.id, ids)
		if err != nil {
			return nil, nil, cutShort(ctx, fmt.Errorf("load items of account %d: %w", a.id, err))
		}
		items, boards = make(map[ItemID]*Item, len(rows)), map[BoardID]*content{}
		for _, it := range rows {
			items[it.ID] = it
			if boards[it.Board] != nil {
				continue
			}
			if boards[it.Board], err = a.loadBoard(ctx, it.Board, false, true); err != nil {
				delete(boards, it.Board)
				break
			}
		}
		if err == nil {
			err = a.attachItems(ctx, seq, items, boards)
		}
		a.s.contents.shrinkSoon()
		if err == nil {
			return items, boards, nil
		}
		unpin(boards)
		if !errors.Is(err, ErrGap) {
			return nil, nil, err
		}
	}
	return nil, nil, unavailable(fmt.Errorf("load items of account %d: %w", a.id, ErrGap))
}

func unpin(boards map[BoardID]*content) {
	for _, c := range boards {
		c.loaded.pins.Add(-1)
	}
}

// shrinkSoon asks for a shrink by whoever watches the cache.
func (cc *contentCache) shrinkSoon() {
	select {
	case cc.wake <- struct{}{}:
	default:
	}
}

// attachItems brings items that were read as of seq level with the current image and puts them there.
func (a *account) attachItems(ctx context.Context, seq Seq, items map[ItemID]*Item, boards map[BoardID]*content) error {
	a.advance.Lock()
	defer a.advance.Unlock()
	img := *a.image.Load()
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
				if ch.Item != nil && items[ch.Item.ID] != nil {
					items[ch.Item.ID] = ch.Item
				}
			}
		}
	}
	for id, it := range items {
		if boards[it.Board] == nil {
			return ErrGap // it has moved meanwhile
		}
		c, ok := img.contents.get(it.Board)
		if !ok {
			return ErrGap // although pinned: the whole account was loaded anew
		}
		c.restore(it)
		c = c.withItem(it)
		items[id], _ = c.items.get(id)
		c.loaded.bytes.Store(c.bytes)
		img.contents = img.contents.put(it.Board, c)
		boards[it.Board] = c
		a.whereIs(id, it.Board)
	}
	img.loadedSet = new(int)
	a.image.Store(&img)
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
