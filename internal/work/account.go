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
	doubt   atomic.Int64 // counts commits whose outcome is not known: the database may be ahead of the image; 0 once it was looked at
	foreign atomic.Int64 // counts how often commits of other processes came in; moves on before the image does
	touched sync.Map     // TokenID → *lastUse

	loadsMu sync.Mutex
	loads   map[loadKey]*load // boards being loaded
	whereMu sync.RWMutex
	where   map[ItemID]BoardID // see whereIs
}

// op is one caller's wish, waiting for the writer. by is 0 for what the server itself records.
type op struct {
	ctx     context.Context
	by      UserID
	token   TokenID // that by came in with
	from    string  // the address by calls from
	pending bool    // by may be somebody who has not accepted the invitation yet
	decide  func(*tx) error
	err     error
	lacks   map[ItemID]bool // items that were looked for in the database and are not there
	claim   atomic.Bool     // set by the writer, who will see it through, or by a caller who gives up
	done    chan struct{}
}

const (
	groupMax      = 256 // bounds how many ops are made durable by one transaction
	behindMax     = 50  // how often a group is decided anew because other processes were quicker
	commitTimeout = 30 * time.Second
	settleTimeout = 10 * time.Second // in which the outcome of a commit is to be found out
	settleTries   = 3                // how often a batch whose answer was lost is offered again
)

func newAccount(s *Service, id AccountID) *account {
	a := &account{s: s, id: id, ops: make(chan *op, groupMax), loads: map[loadKey]*load{}, where: map[ItemID]BoardID{}}
	a.heads.start = s.start
	a.heads.read = func() (Seq, error) {
		ctx, cancel := context.WithTimeout(s.ctx, headTimeout)
		defer cancel()
		return s.store.Head(ctx, id)
	}
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
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	snap, err := a.s.store.Load(ctx, a.id)
	if err != nil {
		return fmt.Errorf("load account %d: %w", a.id, err)
	}
	img := newImage(snap)
	a.knowAll(img)
	a.image.Store(img)
	a.s.start(a.write)
	return nil
}

// write is the account's only writer. It takes everything that waits as one group, so that under
// load the cost of making a transaction durable is shared.
func (a *account) write() {
	for {
		select {
		case first := <-a.ops:
			if group := a.gather(first); len(group) > 0 {
				a.commit(group)
				for _, o := range group {
					close(o.done)
				}
			}
		case <-a.s.ctx.Done():
			return // whoever still waits is told so by submit
		}
	}
}

// gather claims the first op and all that wait behind it.
func (a *account) gather(o *op) (group []*op) {
	for {
		if o.claim.CompareAndSwap(false, true) {
			group = append(group, o)
		}
		if len(group) == groupMax {
			return group
		}
		select {
		case o = <-a.ops:
		default:
			return group
		}
	}
}

// submit hands a decision to the writer and waits for its outcome. decide may run several times and
// must start its results anew each time; it does not run after submit has returned. A caller who
// gives up before the writer has begun leaves nothing behind; after that it is told what came of it.
// What decide needs of boards is brought into memory between its runs.
func (a *account) submit(ctx context.Context, by Caller, decide func(*tx) error) error {
	var pinned []*loaded
	defer func() {
		for _, l := range pinned {
			l.pins.Add(-1)
		}
	}()
	lacks := map[ItemID]bool{}
	for range needMax {
		err := a.submitOnce(ctx, &op{ctx: ctx, by: by.user, token: by.token, from: by.from, pending: by.pending, decide: decide, lacks: lacks, done: make(chan struct{})})
		var n *need
		if !errors.As(err, &n) {
			return err
		}
		if pinned, err = a.supply(ctx, n, lacks, pinned); err != nil {
			return err
		}
	}
	return &Error{Code: CodeUnavailable, Msg: "The change needs too many boards at once; nothing was changed"}
}

// needMax is how often a decision may find that it needs something else.
const needMax = 1000

// supply brings what a decision needs into memory and keeps it there.
func (a *account) supply(ctx context.Context, n *need, lacks map[ItemID]bool, pinned []*loaded) ([]*loaded, error) {
	if n.board != 0 {
		c, err := a.loadBoard(ctx, n.board, n.whole, true)
		if err == nil {
			pinned = append(pinned, c.loaded)
		}
		return pinned, err
	}
	items, boards, err := a.loadItems(ctx, n.items)
	for _, c := range boards {
		pinned = append(pinned, c.loaded)
	}
	for _, id := range n.items {
		lacks[id] = err == nil && items[id] == nil
	}
	return pinned, err
}

func (a *account) submitOnce(ctx context.Context, o *op) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case a.ops <- o:
	case <-ctx.Done():
		return ctx.Err()
	case <-a.s.ctx.Done():
		return errClosing()
	}
	var why error
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		why = ctx.Err()
	case <-a.s.ctx.Done():
		why = errClosing()
	}
	if o.claim.CompareAndSwap(false, true) {
		return why
	}
	<-o.done // bounded by the timeouts of the commit
	return o.err
}

func errClosing() error {
	return &Error{Code: CodeUnavailable, Msg: "The server is shutting down; nothing was changed"}
}

// commit decides a group, makes it durable and publishes the new image. On return each op has its outcome.
func (a *account) commit(group []*op) {
	for range behindMax {
		base := a.image.Load()
		draft := a.decide(base, group)
		if len(draft.changes) == 0 {
			return
		}
		b := &Batch{Seq: base.Seq + 1, ID: newID(), At: draft.now, Changes: draft.changes}
		switch err := a.save(b); {
		case err == nil:
			img := draft.Image // a copy, lest the image keep the whole draft alive
			img.Seq = b.Seq
			a.publish(base, &img, b.Changes)
			return
		case errors.Is(err, ErrBehind):
			if err := a.catchUp(b.Seq); err != nil {
				fail(group, unavailable(err))
				return
			}
			if a.s.ctx.Err() != nil {
				fail(group, errClosing())
				return
			}
		case errors.Is(err, ErrUnknown):
			a.doubt.Add(1)
			a.s.log.Error("outcome of a commit is unknown", "account", a.id, "seq", b.Seq, "batch", b.ID, "err", err)
			fail(group, &Error{Code: CodeUnavailable, Err: err,
				Msg: "The database did not answer; the change may or may not have been saved. Look before you try again"})
			return
		case len(group) > 1 && a.answers():
			// One of them may be at fault; the others shall not suffer. Those that were refused are
			// decided again too: perhaps only because of what has now not happened.
			a.s.log.Warn("commit of a group failed, trying its members alone", "account", a.id, "err", err)
			for _, o := range group {
				a.commit([]*op{o})
			}
			return
		default:
			a.s.log.Error("commit failed", "account", a.id, "err", err)
			fail(group, &Error{Code: CodeUnavailable, Msg: "The change could not be saved; nothing was changed", Err: err})
			return
		}
	}
	fail(group, &Error{Code: CodeUnavailable, Msg: "The account is being changed too fast by others; nothing was changed, try again"})
}

// answers tells a fault of one batch from a database that is gone, which is not worth a try for each op.
func (a *account) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), headTimeout)
	defer cancel()
	return a.s.store.Ping(ctx) == nil
}

func fail(group []*op, err error) {
	for _, o := range group {
		if o.err == nil {
			o.err = err
		}
	}
}

// decide runs each op on what the ones before it have made of base. An op that fails leaves no trace.
func (a *account) decide(base *Image, group []*op) *tx {
	t := &tx{Image: *base, now: a.s.now().UTC().Truncate(time.Microsecond), base: base, s: a.s, acct: a}
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
	return t
}

// save makes a batch durable. It is finished whatever becomes of the callers who wait for it, and of
// the service. ErrBehind, ErrUnknown; after any other error the batch has not happened.
func (a *account) save(b *Batch) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	err := a.s.store.Commit(ctx, a.id, b)
	if err != nil && (errors.Is(err, ErrUnknown) || ctx.Err() != nil) {
		return a.settle(b, err)
	}
	return err
}

// settle finds out what became of a commit whose answer was lost. Where the feed does not have the
// batch it is offered again: the head lets only one of the two in, and a database still busy with
// the first makes the second wait, whereas a mere look could be too early.
func (a *account) settle(b *Batch, lost error) error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTimeout)
	defer cancel()
	tries := 0
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		batches, err := a.s.store.Since(ctx, a.id, b.Seq-1)
		switch {
		case err != nil:
			lost = errors.Join(lost, err)
		case len(batches) > 0 && batches[0].ID == b.ID:
			return nil
		case len(batches) > 0:
			return ErrBehind
		case tries < settleTries:
			tries++
			err := a.s.store.Commit(ctx, a.id, b)
			if err == nil {
				return nil
			}
			if errors.Is(err, ErrBehind) { // by the first try, perhaps
				continue
			}
			if !errors.Is(err, ErrUnknown) && ctx.Err() == nil {
				a.doubt.Add(1)
				return err
			}
		default:
			return errors.Join(ErrUnknown, lost)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ErrUnknown, lost)
		case <-time.After(wait):
		}
	}
}

// publish makes img, which is base with the changes made, the current one, unless a reader that saw the
// same commit in the feed was quicker. Boards may have come into memory meanwhile, or gone.
func (a *account) publish(base, img *Image, changes []Change) {
	a.advance.Lock()
	defer a.advance.Unlock()
	a.know(changes)
	a.s.post(changes)
	now := a.image.Load()
	if img.Seq <= now.Seq {
		return
	}
	if now.loadedSet != base.loadedSet {
		img.contents, img.loadedSet = now.contents, now.loadedSet
		for i := range changes {
			img.applyContent(&changes[i], img.Seq)
		}
	}
	a.image.Store(img)
	a.weigh(img, changes)
}

// weigh notes how much memory the changed boards take now.
func (a *account) weigh(img *Image, changes []Change) {
	grown := false
	for i := range changes {
		if id := changes[i].boardOf(); id != 0 {
			if c, ok := img.contents.get(id); ok {
				a.s.contents.keep(c.loaded) // a new board has never been loaded
				grown = grown || c.bytes > c.loaded.bytes.Load()
				c.loaded.bytes.Store(c.bytes)
			}
		}
	}
	if grown {
		a.s.contents.shrinkSoon()
	}
}

// know keeps the index of secrets level with the tokens. It is a hint: Authenticate asks the image.
func (a *account) know(changes []Change) {
	for _, c := range changes {
		switch {
		case c.Token == nil:
		case c.Delete:
			a.s.forgetSecret(c.Token.Hash)
		default:
			a.s.knowSecret(c.Token.Hash, a, c.Token.ID)
		}
	}
}

func (a *account) knowAll(img *Image) {
	for t := range img.tokens.all() {
		a.s.knowSecret(t.Hash, a, t.ID)
	}
}

// catchUp brings the image level with the change feed, which reaches to head at least.
func (a *account) catchUp(head Seq) error {
	a.advance.Lock()
	defer a.advance.Unlock()
	base := a.image.Load()
	if base.Seq >= head {
		return nil // somebody else has done it
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	batches, err := a.s.store.Since(ctx, a.id, base.Seq)
	if errors.Is(err, ErrGap) {
		snap, err := a.s.store.Load(ctx, a.id)
		if err != nil {
			return fmt.Errorf("reload account %d: %w", a.id, err)
		}
		img := newImage(snap)
		a.knowAll(img)
		for c := range base.contents.all() {
			a.s.contents.drop(c.loaded)
		}
		a.foreign.Add(1)
		a.image.Store(img)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read changes of account %d after %d: %w", a.id, base.Seq, err)
	}
	img := *base
	for _, b := range batches {
		for i := range b.Changes {
			img.apply(b.Changes[i])
			img.restored(&b.Changes[i])
			img.applyContent(&b.Changes[i], b.Seq)
		}
		img.Seq = b.Seq
		a.s.wakeSources(b.Changes)
		a.know(b.Changes)
		a.weigh(&img, b.Changes)
	}
	a.foreign.Add(1)
	a.image.Store(&img)
	return nil
}
