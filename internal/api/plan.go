package api

import (
	"strings"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// dailyLimits are how many calls a day the plans allow, as they are documented; other plans that are paid
// for allow dailyLimitOther. They are told, and enforced where Limits say so, with the number that Limits say.
var dailyLimits = map[string]int{"free": 200, "trial": 200, "student": 200, "pro": 10_000, "enterprise": 25_000}

const dailyLimitOther = 1000

// dailyLimit is how many calls a day an account has. One that is said to have no plan has no limit either:
// clients that mind it would hold back for nothing.
func dailyLimit(a *work.Account) (limit int, ok bool) {
	tier := a.Tier
	if a.Plan != nil && a.Plan.Tier != "" {
		tier = a.Plan.Tier
	}
	if tier == "" && a.Trial {
		tier = "trial"
	}
	if limit, ok := dailyLimits[strings.ToLower(tier)]; ok {
		return limit, true
	}
	return dailyLimitOther, tier != ""
}

func (h *Handler) platform() map[string]graphql.Fields {
	daily := func(a *work.Account) (limit int, ok bool) {
		if day := h.budgets.limits.Day; day > 0 {
			return day, true
		}
		return dailyLimit(a)
	}
	limit := graphql.Resolve(func(_ *graphql.Context, a *work.Account, _ graphql.Args) (any, error) {
		if _, ok := daily(a); !ok {
			return nil, nil
		}
		return a, nil
	})
	return map[string]graphql.Fields{
		"Query": {"platform_api": graphql.Root(func(c *graphql.Context, _ graphql.Args) (any, error) {
			return callOf(c).view.Account(), nil
		})},
		"PlatformApi": {"daily_limit": limit},
		"DailyLimit":  {"base": maybeInt(daily), "total": maybeInt(daily)},
	}
}
