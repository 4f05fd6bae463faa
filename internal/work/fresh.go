package work

import (
	"context"
	"sync"
	"time"
)

// headTimeout bounds how long a reader waits to learn how far the account has come.
const headTimeout = 2 * time.Second

// fresh makes sure that the image holds all that was committed, by anybody, before the call.
func (a *account) fresh(ctx context.Context) error {
	shared, doubt := a.s.store.Shared(), a.doubt.Load()
	if !shared && doubt == 0 {
		return nil
	}
	head, err := a.heads.get(ctx)
	if err == nil && a.image.Load().Seq < head {
		err = a.catchUp(head)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return unavailable(err)
	case doubt != 0:
		a.doubt.CompareAndSwap(doubt, 0) // not those of meanwhile
	}
	return nil
}

// headReader shares one read of the head among all who ask while the one before is under way. Nobody
// is answered by a read that began before he asked.
type headReader struct {
	read  func() (Seq, error)
	start func(func()) bool // runs a function in the background, unless the service is closed

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
	if !h.running {
		if !h.start(h.run) {
			h.mu.Unlock()
			return 0, errClosing()
		}
		h.running = true
	}
	if h.next == nil {
		h.next = &headRead{done: make(chan struct{})}
	}
	r := h.next
	h.mu.Unlock()
	select {
	case <-r.done:
		return r.seq, r.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// run reads the head until nobody asks for it any more.
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
		r.seq, r.err = h.read()
		close(r.done)
	}
}
