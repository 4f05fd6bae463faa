package api

import (
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// minuteBudget is the documented complexity a personal token may spend in a minute, reads and writes
// together. It is counted and told, and not enforced.
const minuteBudget = 10_000_000

// complexity is what a request costs and the budget around it.
type complexity struct{ before, after, query, reset int }

// budgets are the callers' windows of a minute, which begin with the first request of each.
type budgets struct{ shards [64]budgetShard }

type budgetShard struct {
	mu      sync.Mutex
	windows map[budgetKey]window
}

type budgetKey struct {
	account work.AccountID
	user    work.UserID
}

type window struct {
	start time.Time
	spent int
}

// charge draws a request's cost from the caller's budget.
func (b *budgets) charge(by work.Caller, cost int, now time.Time) complexity {
	key := budgetKey{by.Account(), by.User()}
	s := &b.shards[uint64(key.user)%uint64(len(b.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.windows[key]
	if now.Sub(w.start) >= time.Minute {
		w = window{start: now}
	}
	before := max(minuteBudget-w.spent, 0)
	w.spent += min(cost, minuteBudget)
	if s.windows == nil {
		s.windows = map[budgetKey]window{}
	}
	s.windows[key] = w
	left := time.Minute - now.Sub(w.start)
	return complexity{
		before: before, after: max(minuteBudget-w.spent, 0), query: cost,
		reset: int((left + time.Second - 1) / time.Second),
	}
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
