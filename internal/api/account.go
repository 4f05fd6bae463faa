package api

import (
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// accountRole is one of the roles every account has. Their numbers are those of the real service.
type accountRole struct {
	id   int64
	role work.Role
}

var accountRoles = []*accountRole{{1, work.Admin}, {2, work.Member}, {3, work.Viewer}, {4, work.Guest}}

func (h *Handler) account() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {
			"account": graphql.Root(func(c *graphql.Context, _ graphql.Args) (any, error) {
				return callOf(c).view.Account(), nil
			}),
			"account_roles": graphql.Root(listRoles),
		},
		"Account": {
			"active_members_count":  graphql.Resolve(activeMembers),
			"country_code":          textLeaf(func(a *work.Account) string { return a.CountryCode }),
			"created_at":            dayLeaf(func(a *work.Account) time.Time { return a.CreatedAt }),
			"first_day_of_the_week": graphql.Leaf(appendFirstDay),
			"id":                    idLeaf(func(a *work.Account) work.AccountID { return a.ID }),
			"is_during_trial":       boolLeaf(func(a *work.Account) bool { return a.Trial }),
			"is_trial_expired":      boolLeaf(func(a *work.Account) bool { return a.TrialExpired }),
			"logo":                  textLeaf(func(a *work.Account) string { return a.Logo }),
			"name":                  nameLeaf(func(a *work.Account) string { return a.Name }),
			"plan":                  graphql.Resolve(func(_ *graphql.Context, a *work.Account, _ graphql.Args) (any, error) { return orNull(a.Plan), nil }),
			"products": graphql.Resolve(func(_ *graphql.Context, a *work.Account, _ graphql.Args) (any, error) {
				return products(a.Products), nil
			}),
			"show_timeline_weekends": boolLeaf(func(a *work.Account) bool { return a.TimelineWeekends }),
			"sign_up_product_kind":   textLeaf(func(a *work.Account) string { return a.SignUpProduct }),
			"slug":                   nameLeaf(func(a *work.Account) string { return a.Slug }),
			"tier":                   textLeaf(func(a *work.Account) string { return a.Tier }),
		},
		"Plan": {
			"max_users": intLeaf(func(p *work.Plan) int { return p.MaxUsers }),
			"period":    textLeaf(func(p *work.Plan) string { return p.Period }),
			"tier":      textLeaf(func(p *work.Plan) string { return p.Tier }),
			"version":   intLeaf(func(p *work.Plan) int { return p.Version }),
		},
		"AccountProduct": {
			"default_workspace_id": cached(graphql.Resolve(productWorkspace)),
			"id":                   idLeaf(func(p *work.Product) work.ProductID { return p.ID }),
			"kind":                 textLeaf(func(p *work.Product) string { return p.Kind }),
			"tier":                 textLeaf(func(p *work.Product) string { return p.Tier }),
		},
		"AccountRole": {
			"id":       idLeaf(func(r *accountRole) int64 { return r.id }),
			"name":     nameLeaf(func(r *accountRole) work.Role { return r.role }),
			"roleType": fixedLeaf(`"basic_role"`),
		},
	}
}

// products is a list of products by reference.
type products []work.Product

func (p products) Len() int     { return len(p) }
func (p products) At(i int) any { return &p[i] }

// productWorkspace is the id of the product's workspace, where the API shows it.
func productWorkspace(c *graphql.Context, p *work.Product, _ graphql.Args) (any, error) {
	if p.DefaultWorkspace == 0 || !callOf(c).view.Numbered(p.DefaultWorkspace) {
		return nil, nil
	}
	return p.DefaultWorkspace.String(), nil
}

func appendFirstDay(dst []byte, a *work.Account) []byte {
	if a.FirstDay == "sunday" {
		return append(dst, `"sunday"`...)
	}
	return append(dst, `"monday"`...)
}

func listRoles(c *graphql.Context, _ graphql.Args) (any, error) {
	roles, err := callOf(c).view.Roles()
	if err != nil {
		return nil, err
	}
	var out graphql.Slice[*accountRole]
	for _, r := range accountRoles {
		if slices.Contains(roles, r.role) {
			out = append(out, r)
		}
	}
	return out, nil
}

// activeMembers counts them once for each snapshot that a request sees.
func activeMembers(c *graphql.Context, _ *work.Account, _ graphql.Args) (any, error) {
	k := callOf(c)
	if k.membersSeq != k.view.Seq() {
		n, ok := k.view.ActiveMembers()
		if !ok {
			return nil, nil
		}
		k.members, k.membersSeq = n, k.view.Seq()
	}
	return k.members, nil
}
