package console

import (
	"context"
	"strconv"

	"github.com/lunedi-dev/lunedi/internal/perm"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// directoryCalls are what the pages about people, teams and workspaces ask for beside the API. All but
// account/edit are answered as whoever the account is looked at as.
func (c *Console) directoryCalls() {
	call(c, "me", c.whoAmI)
	call(c, "teams/parents", c.teamParents)
	call(c, "account/counts", c.countAccount)
	call(c, "account/edit", c.editAccount)
}

// rule is what a page has to know to say beforehand that something would be refused.
type rule struct {
	Refusal string   `json:"refusal,omitempty"` // the service's words; "" when it is never refused
	Unless  []string `json:"unless,omitempty"`  // names of facts any of which lets it pass
}

// factNames are the facts that pages can tell of a team or a workspace they show.
var factNames = []struct {
	name string
	fact perm.Facts
}{{"self", perm.Self}, {"joined", perm.Joined}, {"owner", perm.Owner}, {"open", perm.Open}}

// self is whom a page acts for, and what that one may do. It is not who has signed in while an admin
// looks at the account as somebody else.
type self struct {
	ID      work.UserID     `json:"id,string"`
	Name    string          `json:"name"`
	Role    work.Role       `json:"role"`
	Looking bool            `json:"looking"` // an admin looks; nothing can be changed
	Rules   map[string]rule `json:"rules"`
}

func (c *Console) whoAmI(ctx context.Context, s *session, _ none) (out self, err error) {
	v, err := c.cfg.Service.View(ctx, s.by)
	if err != nil {
		return out, err
	}
	me := v.Me()
	out = self{ID: me.ID, Name: me.Name, Role: me.Role, Looking: s.as != nil, Rules: make(map[string]rule, len(perm.Table))}
	for a, row := range perm.Table {
		r := rule{}
		if err := v.Refusal(perm.Action(a), 0); err != nil {
			r.Refusal = work.ErrorOf(err).Msg
			for _, f := range factNames {
				if v.Refusal(perm.Action(a), f.fact) == nil {
					r.Unless = append(r.Unless, f.name)
				}
			}
		}
		out.Rules[row.Name] = r
	}
	return out, nil
}

// teamParents tells which team is below which, which the API takes and does not tell.
func (c *Console) teamParents(ctx context.Context, s *session, _ none) (map[string]string, error) {
	v, err := c.cfg.Service.View(ctx, s.by)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, t := range v.Teams(nil) {
		if t.Parent != 0 && v.Team(t.Parent) != nil {
			out[strconv.FormatInt(int64(t.ID), 10)] = strconv.FormatInt(int64(t.Parent), 10)
		}
	}
	return out, nil
}

// counts are how much the account holds, as far as the caller sees it.
type counts struct {
	Users      map[work.Role]int `json:"users"` // who are not deactivated, by role
	Pending    int               `json:"pending"`
	Inactive   int               `json:"inactive"`
	Teams      int               `json:"teams"`
	Workspaces int               `json:"workspaces"`
	Boards     int               `json:"boards"`
}

func (c *Console) countAccount(ctx context.Context, s *session, _ none) (out counts, err error) {
	v, err := c.cfg.Service.View(ctx, s.by)
	if err != nil {
		return out, err
	}
	users, err := v.Users(work.UserFilter{Page: work.All})
	if err != nil {
		return out, err
	}
	out.Users = map[work.Role]int{}
	for _, u := range users {
		out.Users[u.Role]++
		if u.Status == work.Pending {
			out.Pending++
		}
	}
	gone, err := v.Users(work.UserFilter{NonActive: true, Page: work.All})
	if err != nil {
		return out, err
	}
	workspaces, err := v.Workspaces(work.WorkspaceFilter{Page: work.All})
	if err != nil {
		return out, err
	}
	boards, err := v.Boards(work.BoardFilter{Page: work.All})
	if err != nil {
		return out, err
	}
	for _, b := range boards {
		if b.Type == work.ItemsBoard {
			out.Boards++
		}
	}
	out.Inactive, out.Teams, out.Workspaces = len(gone), len(v.Teams(nil)), len(workspaces)
	if !v.Account().MainWorkspaceIsNumbered { // it is not listed then
		out.Workspaces++
	}
	return out, nil
}

type accountEdit struct {
	Name     *string `json:"name"`
	Numbered *bool   `json:"main_workspace_has_number"`
}

func (c *Console) editAccount(ctx context.Context, s *session, in accountEdit) (none, error) {
	return none{}, c.cfg.Service.UpdateAccount(ctx, s.self, work.AccountEdit{Name: in.Name, MainWorkspaceIsNumbered: in.Numbered})
}
