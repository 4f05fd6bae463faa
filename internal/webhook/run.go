package webhook

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Service is what a Sender needs of work.Service.
type Service interface {
	ClaimDeliveries(ctx context.Context, limit int) ([]work.Posting, error)
	SettleDelivery(ctx context.Context, p work.Posting, ok bool) error
	Deliveries() <-chan struct{}
}

// How much is done at once. All that is claimed is settled well within work.PostingClaim.
const (
	atOnce    = 8  // postings
	perHost   = 2  // postings to one host
	waiting   = 10 // postings for one host that are kept until it is their turn
	held      = 64 // postings altogether
	freshness = work.PostingClaim * 2 / 3
	stopGrace = 3 * time.Second // for postings to go on when the sender is to stop
	settling  = 5 * time.Second
)

// Run posts what is due until ctx ends. Then what is being posted has three seconds to finish, and the
// rest is left for the next time.
func (s *Sender) Run(ctx context.Context, service Service) {
	r := &run{s: s, service: service, lanes: map[string]*lane{}, done: make(chan result), after: context.WithoutCancel(ctx)}
	r.ctx, r.cancel = context.WithCancel(r.after)
	defer r.cancel()
	poll := time.NewTicker(s.cfg.Poll)
	defer poll.Stop()
	r.more = true
	for {
		var again <-chan struct{}
		if r.more && r.count <= held/2 {
			again = always
		}
		select {
		case <-ctx.Done():
			r.stop()
			return
		case res := <-r.done:
			r.finish(res)
			r.start()
		case <-again:
			r.claim(ctx)
		case <-poll.C:
			r.more = true
		case <-service.Deliveries():
			r.more = true
		}
	}
}

// always is ready to be received from.
var always = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// run is a Sender at work. All of it belongs to the goroutine of Run; postings are made in others.
type run struct {
	s       *Sender
	service Service
	after   context.Context // does not end
	ctx     context.Context // of the postings; outlives that of Run by the grace
	cancel  context.CancelFunc
	lanes   map[string]*lane // by host
	order   []string         // the lanes that have something waiting, the next first
	running int              // postings being made
	count   int              // postings waiting
	more    bool             // there may be more to claim
	done    chan result
}

// lane is what goes to one host.
type lane struct {
	waiting []claimed
	running int
}

type claimed struct {
	work.Posting
	at time.Time // when it was claimed
}

type result struct {
	host    string
	webhook work.WebhookID
	dead    bool // the address did not answer at all, so that it is of no use to try it again now
}

// claim takes on what is due, as far as there is room.
func (r *run) claim(ctx context.Context) {
	limit := held - r.count
	due, err := r.service.ClaimDeliveries(ctx, limit)
	if err != nil && ctx.Err() == nil {
		r.s.cfg.Log.Warn("webhooks: what is due could not be found out", "err", err)
	}
	r.more = err == nil && len(due) == limit
	for _, p := range due {
		r.take(p)
	}
	r.start()
}

// take puts a posting into its lane. A host that does not get done with what it has is given the rest
// later.
func (r *run) take(p work.Posting) {
	host := hostOf(p.URL)
	l := r.lanes[host]
	if l == nil {
		l = &lane{}
		r.lanes[host] = l
	}
	if len(l.waiting) >= waiting {
		r.settle(p, false)
		return
	}
	if l.waiting = append(l.waiting, claimed{p, r.s.cfg.Now()}); len(l.waiting) == 1 {
		r.order = append(r.order, host)
	}
	r.count++
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return ""
}

// start begins as many postings as may run, one of each lane in turn.
func (r *run) start() {
	for full := 0; r.running < atOnce && full < len(r.order); {
		host := r.order[0]
		l := r.lanes[host]
		r.order = r.order[1:]
		if l.running >= perHost {
			r.order = append(r.order, host)
			full++
			continue
		}
		full = 0
		next := l.waiting[0]
		r.count--
		if l.waiting = l.waiting[1:]; len(l.waiting) > 0 {
			r.order = append(r.order, host)
		}
		if r.s.cfg.Now().Sub(next.at) > freshness { // it is about to be somebody else's
			r.forget(host)
			continue
		}
		l.running++
		r.running++
		go func() { r.done <- r.deliver(host, next.Posting) }()
	}
}

// forget lets go of a lane that is empty.
func (r *run) forget(host string) {
	if l := r.lanes[host]; l.running == 0 && len(l.waiting) == 0 {
		delete(r.lanes, host)
	}
}

// finish makes room after a posting.
func (r *run) finish(res result) {
	r.lanes[res.host].running--
	r.running--
	if res.dead {
		r.putOff(res.host, func(p work.Posting) bool { return p.Webhook == res.webhook })
	}
	r.forget(res.host)
}

// putOff leaves what waits in a lane for later.
func (r *run) putOff(host string, which func(work.Posting) bool) {
	l := r.lanes[host]
	l.waiting = slices.DeleteFunc(l.waiting, func(c claimed) bool {
		if !which(c.Posting) {
			return false
		}
		r.settle(c.Posting, false)
		r.count--
		return true
	})
	if len(l.waiting) == 0 {
		r.order = slices.DeleteFunc(r.order, func(name string) bool { return name == host })
	}
}

func (r *run) settle(p work.Posting, ok bool) {
	ctx, cancel := context.WithTimeout(r.after, settling)
	defer cancel()
	if err := r.service.SettleDelivery(ctx, p, ok); err != nil {
		r.s.cfg.Log.Warn("webhooks: a posting could not be settled and will be made again", "webhook", p.Webhook, "delivery", p.ID, "err", err)
	}
}

// stop waits for what is being posted. The rest is due again in a while.
func (r *run) stop() {
	for host := range r.lanes {
		r.putOff(host, func(work.Posting) bool { return true })
	}
	grace := time.AfterFunc(r.s.grace, r.cancel)
	defer grace.Stop()
	for r.running > 0 {
		r.finish(<-r.done)
	}
}

// deliver makes a posting and settles it.
func (r *run) deliver(host string, p work.Posting) result {
	status, _, err := r.s.post(r.ctx, p.URL, []byte(p.Body), signed(&p, r.s.cfg.Now()))
	ok := status >= 200 && status < 300 // whatever came of the rest of its answer
	attrs := []any{"account", p.Account, "webhook", p.Webhook, "delivery", p.ID, "host", host, "try", p.Tries + 1, "status", status}
	if ok {
		r.s.cfg.Log.Debug("webhook delivered", attrs...)
	} else {
		r.s.cfg.Log.Info("webhook not delivered", append(attrs, "err", err)...)
	}
	r.settle(p, ok)
	return result{host, p.Webhook, status == 0}
}
