package api

import (
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// TestDailyLimit: what plans allow.
func TestDailyLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		account work.Account
		limit   int
		known   bool
	}{
		{work.Account{}, 0, false},
		{work.Account{Trial: true}, 200, true},
		{work.Account{Tier: "free"}, 200, true},
		{work.Account{Tier: "standard"}, 1000, true},
		{work.Account{Tier: "Pro"}, 10_000, true},
		{work.Account{Tier: "pro", Plan: &work.Plan{Tier: "enterprise"}}, 25_000, true},
	} {
		if limit, ok := dailyLimit(&c.account); ok != c.known || ok && limit != c.limit {
			t.Errorf("%+v: %d %v", c.account, limit, ok)
		}
	}
}
