package api

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// minuteBudget is the documented complexity a personal token may spend in a minute, reads and writes
// together. Without Limits it is told and not enforced.
const minuteBudget = 10_000_000

// Limits are what each user's token may ask for. The zero value lets everything through.
type Limits struct {
	Day      int // calls, from one midnight UTC to the next
	Minute   int // calls, in the minute that begins with the first of them
	AtOnce   int // calls that are not answered yet
	Points   int // of complexity, in that minute
	Document int // points that one document may cost
}

// Plans are those whose limits PlanLimits knows.
const Plans = "free, basic, standard, pro or enterprise"

// PlanLimits are those of a plan of the real service as it documents them; none for "".
func PlanLimits(plan string) (Limits, error) {
	const document = 5_000_000
	switch plan {
	case "":
		return Limits{}, nil
	case "free":
		return Limits{200, 1000, 40, 1_000_000, document}, nil
	case "basic", "standard":
		return Limits{1000, 1000, 40, minuteBudget, document}, nil
	case "pro":
		return Limits{10_000, 2500, 100, minuteBudget, document}, nil
	case "enterprise":
		return Limits{25_000, 5000, 250, minuteBudget, document}, nil
	}
	return Limits{}, fmt.Errorf("there is no plan %q: it is %s", plan, Plans)
}

// complexity is what a request costs and the budget around it.
type complexity struct{ before, after, query, reset int }

// budgets count what callers have asked for, and hold them to limits. They are this process's own.
type budgets struct {
	limits Limits
	shards [64]budgetShard
}

type budgetShard struct {
	mu   sync.Mutex
	used map[budgetKey]*usage
}

type budgetKey struct {
	account work.AccountID
	user    work.UserID
}

// usage is what a caller has asked for.
type usage struct {
	start  time.Time // of the minute, which begins with the first request
	spent  int       // points
	calls  int
	atOnce int
	day    time.Time // midnight UTC
	tenths int       // of the day's calls: one that is refused counts a tenth
}

// of returns a caller's usage as of now, with its shard locked.
func (b *budgets) of(by work.Caller, now time.Time) (*usage, *sync.Mutex) {
	key := budgetKey{by.Account(), by.User()}
	s := &b.shards[uint64(key.user)%uint64(len(b.shards))]
	s.mu.Lock()
	u := s.used[key]
	if u == nil {
		if s.used == nil {
			s.used = map[budgetKey]*usage{}
		}
		u = &usage{}
		s.used[key] = u
	}
	if now.Sub(u.start) >= time.Minute {
		u.start, u.spent, u.calls = now, 0, 0
	}
	if day := now.UTC().Truncate(24 * time.Hour); !day.Equal(u.day) {
		u.day, u.tenths = day, 0
	}
	return u, &s.mu
}

// reset is how many seconds the minute has left.
func (u *usage) reset(now time.Time) int { return seconds(time.Minute - now.Sub(u.start)) }

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// concurrencyWait is how many seconds the service says to wait when too many calls are under way.
const concurrencyWait = 15

// enter lets a call in, which leave ends, or says what it is refused for.
func (b *budgets) enter(by work.Caller, now time.Time) *refusal {
	if b.limits == (Limits{}) {
		return nil
	}
	u, mu := b.of(by, now)
	defer mu.Unlock()
	l := &b.limits
	switch {
	case u.tenths >= 10*l.Day:
		return tooMany("DAILY_LIMIT_EXCEEDED", "Daily limit exceeded", seconds(u.day.Add(24*time.Hour).Sub(now)))
	case u.calls >= l.Minute:
		u.tenths++
		return tooMany("MINUTE_RATE_LIMIT_EXCEEDED", "Minute rate limit exceeded", u.reset(now))
	case u.atOnce >= l.AtOnce:
		u.tenths++
		return tooMany("MAX_CONCURRENCY_EXCEEDED", "Too many concurrent requests", concurrencyWait)
	}
	u.calls++
	u.atOnce++
	u.tenths += 10
	return nil
}

func tooMany(code, message string, retry int) *refusal {
	return &refusal{http.StatusTooManyRequests, code, message, retry}
}

// leave ends a call that enter let in.
func (b *budgets) leave(by work.Caller, now time.Time) {
	if b.limits == (Limits{}) {
		return
	}
	u, mu := b.of(by, now)
	u.atOnce--
	mu.Unlock()
}

// charge draws a request's cost from the caller's budget, unless there is too little left.
func (b *budgets) charge(by work.Caller, cost int, now time.Time) (complexity, *refusal) {
	u, mu := b.of(by, now)
	defer mu.Unlock()
	limited, budget := b.limits != (Limits{}), minuteBudget
	if limited {
		budget = b.limits.Points
	}
	c := complexity{before: max(budget-u.spent, 0), query: cost, reset: u.reset(now)}
	if c.after = c.before; limited {
		switch {
		case cost > b.limits.Document:
			return c, refuse(http.StatusOK, "maxComplexityExceeded", fmt.Sprintf("Query has complexity of %d, which exceeds max complexity of %d", cost, b.limits.Document))
		case cost > c.before:
			u.tenths -= 9
			return c, tooMany("COMPLEXITY_BUDGET_EXHAUSTED", "Complexity budget exhausted", c.reset)
		case cost == 0: // it asks for nothing but what is left
			u.tenths -= 9
		}
	}
	u.spent = min(u.spent+cost, math.MaxInt/2)
	c.after = max(budget-u.spent, 0)
	return c, nil
}

// tell says in an answer's headers what there is and what is left.
func (b *budgets) tell(header http.Header, by work.Caller, now time.Time) {
	l := b.limits
	if l == (Limits{}) {
		return
	}
	u, mu := b.of(by, now)
	minute, atOnce, points, reset := max(l.Minute-u.calls, 0), max(l.AtOnce-u.atOnce, 0), max(l.Points-u.spent, 0), u.reset(now)
	mu.Unlock()
	when := func(left, seconds int) string {
		if left > 0 {
			return ""
		}
		return ";t=" + strconv.Itoa(seconds)
	}
	header.Set("RateLimit-Policy", fmt.Sprintf(`"minuteRate";q=%d;w=60, "concurrency";q=%d;qu="concurrent-requests", "complexityMinute";q=%d;w=60;qu="content-bytes"`, l.Minute, l.AtOnce, l.Points))
	header.Set("RateLimit", strings.Join([]string{
		fmt.Sprintf(`"minuteRate";r=%d%s`, minute, when(minute, reset)),
		fmt.Sprintf(`"concurrency";r=%d%s`, atOnce, when(atOnce, concurrencyWait)),
		fmt.Sprintf(`"complexityMinute";r=%d;t=%d`, points, reset),
	}, ", "))
}

func (h *Handler) complexity() map[string]graphql.Fields {
	root := graphql.Root(func(c *graphql.Context, _ graphql.Args) (any, error) { return &callOf(c).complexity, nil })
	return map[string]graphql.Fields{
		"Query":    {"complexity": root},
		"Mutation": {"complexity": root},
		"Complexity": {
			"after":              intLeaf(func(c *complexity) int { return c.after }),
			"before":             intLeaf(func(c *complexity) int { return c.before }),
			"query":              intLeaf(func(c *complexity) int { return c.query }),
			"reset_in_x_seconds": intLeaf(func(c *complexity) int { return c.reset }),
		},
	}
}
