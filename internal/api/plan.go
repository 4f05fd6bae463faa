package api

import (
	"strings"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// dailyLimit is how many calls a day the plan of an account allows: that of a trial as many as a free one, and
// of those that PlanLimits does not know as many as the standard one. One that is said to have no plan has no
// limit either: clients that mind it would hold back for nothing.
func dailyLimit(a *work.Account) (limit int, ok bool) {
	tier := a.Tier
	if a.Plan != nil && a.Plan.Tier != "" {
		tier = a.Plan.Tier
	}
	if tier = strings.ToLower(tier); tier == "trial" || tier == "student" || tier == "" && a.Trial {
		tier = "free"
	}
	limits, err := PlanLimits(tier)
	if err != nil {
		limits, _ = PlanLimits("standard")
	}
	return limits.Day, tier != ""
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
