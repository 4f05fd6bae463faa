package mondayapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	defaultSlots = 8  // calls at a time while the service does not say how many
	maxSlots     = 64 // and at most, whatever it says
	maxDocuments = 256
)

// limits is what is known of the service's limits. All calls of a client keep to it together.
type limits struct {
	now func() time.Time

	mu    sync.Mutex
	until time.Time // no call begins before
	why   *Error

	// enforced says that the budget of complexity is one that the service holds calls to: it refused one
	// for it, or tells of it in headers. Others only count, and waiting for them would be for nothing.
	enforced bool

	known    bool // left and reset are
	left     int  // points
	reset    time.Time
	reserved int            // points that calls under way may still cost
	costs    map[string]int // points, by document

	running, slots int
	queue          []chan struct{}
}

func (l *limits) init(now func() time.Time) {
	l.now, l.slots, l.costs = now, defaultSlots, map[string]int{}
}

// close lets no call begin before a time.
func (l *limits) close(until time.Time, why *Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.until) {
		l.until, l.why = until, why
	}
	l.enforced = l.enforced || strings.Contains(strings.ToLower(why.Code), "complexity")
}

// over says that somebody waited until then.
func (l *limits) over(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until.Equal(until) {
		l.until = time.Time{}
	}
	if l.known && l.reset.Equal(until) {
		l.known = false
	}
}

// slot is the right to make one call.
type slot struct {
	c        *Client
	document string
	cost     int
}

// outOfPoints is why a call waits that would cost more than is left.
var outOfPoints = &Error{Kind: Transient, Code: "COMPLEXITY_BUDGET_EXHAUSTED", Message: "too little complexity is left in this minute"}

// enter waits until a call may be made.
func (c *Client) enter(ctx context.Context, document string) (*slot, error) {
	l := &c.limits
	for {
		if err := ctx.Err(); err != nil {
			l.pass()
			return nil, err
		}
		l.mu.Lock()
		now, cost := l.now(), l.costs[document]
		until, why := l.until, l.why
		if !until.After(now) && l.enforced && l.known && l.reset.After(now) && l.left-l.reserved < cost {
			until, why = l.reset, outOfPoints
		}
		if until.After(now) {
			l.mu.Unlock()
			if err := c.pause(ctx, until, why); err != nil {
				l.pass()
				return nil, err
			}
			l.over(until)
			continue
		}
		if l.running < l.slots {
			l.running++
			l.reserved += cost
			l.mu.Unlock()
			return &slot{c, document, cost}, nil
		}
		turn := make(chan struct{})
		l.queue = append(l.queue, turn)
		l.mu.Unlock()
		select {
		case <-turn:
		case <-ctx.Done():
			l.mu.Lock()
			if i := slices.Index(l.queue, turn); i >= 0 {
				l.queue = slices.Delete(l.queue, i, i+1)
			}
			l.mu.Unlock()
			l.pass()
			return nil, ctx.Err()
		}
	}
}

// pass gives the turn of a caller who gave up to the next.
func (l *limits) pass() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake(l.slots - l.running)
}

// wake lets n of those who wait for a slot look again.
func (l *limits) wake(n int) {
	n = min(max(n, 0), len(l.queue))
	for _, turn := range l.queue[:n] {
		close(turn)
	}
	l.queue = l.queue[n:]
}

// leave ends a call; r is nil when there was no answer.
func (s *slot) leave(r *reply) {
	l := &s.c.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	if r != nil {
		l.learn(s.document, r)
	}
	l.reserved -= s.cost
	l.running--
	l.wake(l.slots - l.running)
}

// learn takes in what an answer tells of the limits.
func (l *limits) learn(document string, r *reply) {
	now := l.now()
	told := parseRateLimit(r.header)
	if most, ok := told["concurrency"]; ok {
		// What remains is counted while this call still runs. Half of the whole is left to others.
		l.slots = min(l.running+most.left, maxSlots)
		if most.quota > 0 {
			l.slots = min(l.slots, most.quota/2)
		}
		l.slots = max(l.slots, 1)
	}
	if calls, ok := told["minuteRate"]; ok && calls.left == 0 && calls.reset > 0 {
		if until := now.Add(calls.reset); until.After(l.until) {
			l.until, l.why = until, &Error{Kind: Transient, Code: "MINUTE_RATE_LIMIT_EXCEEDED", Message: "the calls of this minute are used up"}
		}
	}
	if _, ok := told["complexityMinute"]; ok {
		l.enforced = true
	}
	if c := r.complexity; c.Query > 0 {
		if len(l.costs) >= maxDocuments {
			clear(l.costs) // documents with ids in their text: what they cost is learnt anew
		}
		l.costs[document] = c.Query
		l.points(c.After, now.Add(time.Duration(c.ResetIn)*time.Second), now)
	} else if p, ok := told["complexityMinute"]; ok && p.reset > 0 {
		l.points(p.left, now.Add(p.reset), now)
	}
}

// points takes in what is left of the budget. Answers of the same minute come in any order: the least
// counts.
func (l *limits) points(left int, reset, now time.Time) {
	if l.known && now.Before(l.reset) && reset.Sub(l.reset).Abs() < 5*time.Second {
		l.left = min(l.left, left)
		return
	}
	l.known, l.left, l.reset = true, left, reset
}

// rate is one limit as the RateLimit and RateLimit-Policy headers tell it.
type rate struct {
	left  int
	quota int           // 0 when not told
	reset time.Duration // until then; 0 when not told
}

// parseRateLimit reads headers such as `"minuteRate";r=0;t=38, "concurrency";r=249`. Limits of which it is
// not told how much is left are not in it.
func parseRateLimit(h http.Header) map[string]rate {
	quotas, told := structured(h.Values("RateLimit-Policy")), map[string]rate{}
	for name, params := range structured(h.Values("RateLimit")) {
		if left, ok := params["r"]; ok {
			told[name] = rate{left, quotas[name]["q"], time.Duration(params["t"]) * time.Second}
		}
	}
	return told
}

// structured reads the numbers of an RFC 9651 list: by name, by parameter.
func structured(lines []string) map[string]map[string]int {
	all := map[string]map[string]int{}
	for part := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		fields := strings.Split(part, ";")
		params := map[string]int{}
		for _, f := range fields[1:] {
			name, value, _ := strings.Cut(strings.TrimSpace(f), "=")
			if n, err := strconv.Atoi(value); err == nil && n >= 0 {
				params[name] = n
			}
		}
		all[strings.Trim(strings.TrimSpace(fields[0]), `"`)] = params
	}
	return all
}
