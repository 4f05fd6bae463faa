package work

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// account is one loaded account: its current image, the queue of its one writer, and what it takes
// to stay level with other processes on the same database.
type account struct {
	s     *Service
	id    AccountID
	image atomic.Pointer[Image]

	loading sync.Mutex
	advance sync.Mutex // held while the image is moved forward
	ops     chan *op
	heads   headReader
	touched sync.Map // TokenID → *lastUse
}

// op is one caller's wish, waiting for the writer.
type op struct {
	ctx    context.Context
	by     UserID
	decide func(*tx) error
	err    error
	done   chan struct{}
}

// groupMax bounds how many ops are made durable by one transaction.
const groupMax = 256

func newAccount(s *Service, id AccountID) *account {
	a := &account{s: s, id: id, ops: make(chan *op, groupMax)}
	a.heads.read = func(ctx context.Context) (Seq, error) { return s.store.Head(ctx, id) }
	return a
}

// load reads the account at its first use. A failure is not remembered: the next use tries again.
func (a *account) load(ctx context.Context) error {
	if a.image.Load() != nil {
		return nil
	}
	a.loading.Lock()
	defer a.loading.Unlock()
	if a.image.Load() != nil {
		return nil
	}
	snap, err := a.s.store.Load(ctx, a.id)
	if err != nil {
		return fmt.Errorf("load account %d: %w", a.id, err)
	}
	img := newImage(snap)
	for t := range img.tokens.all() {
		a.s.knowSecret(t.Hash, a, t.ID)
	}
	a.image.Store(img)
	a.s.wg.Go(a.write)
	return nil
}

// write is the account's only writer. It takes everything that waits as one group, so that under
// load the cost of making a transaction durable is shared.
func (a *account) write() {
	for {
		select {
		case first := <-a.ops:
			group := []*op{first}
			for len(group) < groupMax {
				select {
				case o := <-a.ops:
					group = append(group, o)
					continue
				default:
				}
				break
			}
			a.commit(group)
			for _, o := range group {
				close(o.done)
			}
		case <-a.s.ctx.Done():
			return
		}
	}
}

// submit hands a decision to the writer and waits for its outcome. decide may run several times and
// must start its results anew each time.
func (a *account) submit(ctx context.Context, by UserID, decide func(*tx) error) error {
	o := &op{ctx: ctx, by: by, decide: decide, done: make(chan struct{})}
	select {
	case a.ops <- o:
	case <-ctx.Done():
		return ctx.Err()
	case <-a.s.ctx.Done():
		return &Error{Code: CodeUnavailable, Msg: "The server is shutting down"}
	}
	select {
	case <-o.done:
		return o.err
	case <-a.s.ctx.Done():
		// The writer finishes what it has begun; what it has not will not be.
		select {
		case <-o.done:
			return o.err
		case <-time.After(5 * time.Second):
			return &Error{Code: CodeUnavailable, Msg: "The server is shutting down"}
		}
	}
}

// commit decides a group, makes it durable and publishes the new image. On return each op has its outcome.
func (a *account) commit(group []*op) {
	for range 50 {
		base := a.image.Load()
		draft, changes := a.decide(base, group)
		if len(changes) == 0 {
			return
		}
		b := &Batch{Seq: base.Seq + 1, ID: newID(), At: draft.now, Changes: changes}
		// A commit is finished whatever becomes of the callers who wait for it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(a.s.ctx), 30*time.Second)
		err := a.s.store.Commit(ctx, a.id, b)
		if errors.Is(err, ErrUnknown) {
			err = a.settle(ctx, b, err)
		}
		if errors.Is(err, ErrBehind) {
			err = a.catchUp(ctx)
			cancel()
			if err == nil {
				continue
			}
			fail(group, unavailable(err))
			return
		}
		cancel()
		switch {
		case err == nil:
			draft.Seq = b.Seq
			a.publish(&draft.Image, b.Changes)
		case len(group) > 1:
			// One of them may be at fault; the others shall not suffer.
			a.s.log.Warn("commit of a group failed, trying its members alone", "account", a.id, "err", err)
			for _, o := range group {
				if o.err == nil {
					a.commit([]*op{o})
				}
			}
		default:
			a.s.log.Error("commit failed", "account", a.id, "err", err)
			fail(group, &Error{Code: CodeUnavailable, Msg: "The change could not be saved; nothing was changed", Err: err})
		}
		return
	}
	fail(group, &Error{Code: CodeUnavailable, Msg: "The account is being changed too fast by others; try again"})
}

func fail(group []*op, err error) {
	for _, o := range group {
		if o.err == nil {
			o.err = err
		}
	}
}

// decide runs each op on what the ones before it have made of base. An op that fails leaves no trace.
func (a *account) decide(base *Image, group []*op) (*tx, []Change) {
	t := &tx{Image: *base, now: a.s.now().UTC().Truncate(time.Microsecond), s: a.s}
	lastID := base.Account.LastID
	for _, o := range group {
		if o.err = o.ctx.Err(); o.err != nil {
			continue
		}
		saved, mark := t.Image, len(t.changes)
		if o.err = t.run(o); o.err != nil {
			t.Image, t.changes = saved, t.changes[:mark]
		}
	}
	if t.Account.LastID != lastID {
		t.changes = append(t.changes, Change{Account: t.Account})
	}
	return t, t.changes
}

// publish makes img the current one, unless a reader that saw the same commit in the feed was quicker.
func (a *account) publish(img *Image, changes []Change) {
	a.advance.Lock()
	defer a.advance.Unlock()
	a.know(changes)
	if img.Seq > a.image.Load().Seq {
		a.image.Store(img)
	}
}

func (a *account) know(changes []Change) {
	for _, c := range changes {
		if c.Token != nil && !c.Delete {
			a.s.knowSecret(c.Token.Hash, a, c.Token.ID)
		}
	}
}

// catchUp brings the image level with the change feed.
func (a *account) catchUp(ctx context.Context) error {
	a.advance.Lock()
	defer a.advance.Unlock()
	base := a.image.Load()
	batches, err := a.s.store.Since(ctx, a.id, base.Seq)
	if errors.Is(err, ErrGap) {
		snap, err := a.s.store.Load(ctx, a.id)
		if err != nil {
			return fmt.Errorf("reload account %d: %w", a.id, err)
		}
		a.image.Store(newImage(snap))
		return nil
	}
	if err != nil {
		return fmt.Errorf("read changes of account %d after %d: %w", a.id, base.Seq, err)
	}
	img := *base
	for _, b := range batches {
		for _, c := range b.Changes {
			img.apply(c)
		}
		img.Seq = b.Seq
		a.know(b.Changes)
	}
	a.image.Store(&img)
	return nil
}

// settle finds out what became of a commit whose answer was lost.
func (a *account) settle(ctx context.Context, b *Batch, lost error) error {
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		batches, err := a.s.store.Since(ctx, a.id, b.Seq-1)
		if err == nil {
			if len(batches) > 0 && batches[0].ID == b.ID {
				return nil
			}
			if len(batches) > 0 {
				return ErrBehind
			}
			return fmt.Errorf("not committed: %w", lost)
		}
		select {
		case <-ctx.Done():
			return lost
		case <-time.After(wait):
		}
	}
}

// fresh makes sure that the image holds all that was committed, by anybody, before the call.
func (a *account) fresh(ctx context.Context) error {
	if !a.s.store.Shared() {
		return nil
	}
	head, err := a.heads.get(ctx)
	if err != nil {
		return unavailable(err)
	}
	if a.image.Load().Seq >= head {
		return nil
	}
	if err := a.catchUp(ctx); err != nil {
		return unavailable(err)
	}
	return nil
}

// headReader shares one read of the head among all who ask while the one before is under way. Nobody
// is answered by a read that began before he asked.
type headReader struct {
	read    func(context.Context) (Seq, error)
	mu      sync.Mutex
	next    *headRead
	running bool
}

type headRead struct {
	done chan struct{}
	seq  Seq
	err  error
}

func (h *headReader) get(ctx context.Context) (Seq, error) {
	h.mu.Lock()
	if h.next == nil {
		h.next = &headRead{done: make(chan struct{})}
	}
	r := h.next
	if !h.running {
		h.running = true
		go h.run()
	}
	h.mu.Unlock()
	select {
	case <-r.done:
		return r.seq, r.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (h *headReader) run() {
	for {
		h.mu.Lock()
		r := h.next
		h.next = nil
		if r == nil {
			h.running = false
			h.mu.Unlock()
			return
		}
		h.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		r.seq, r.err = h.read(ctx)
		cancel()
		close(r.done)
	}
}
