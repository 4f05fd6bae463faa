package console

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// securityCalls are what admins see of how people come in.
func (c *Console) securityCalls() {
	call(c, "security", c.security)
	call(c, "security/provider", c.askProvider)
	call(c, "security/sessions", c.allSessions)
}

// listMax is how many rows a list shows at once; who looks for others narrows it.
const listMax = 500

// profile is how one comes in oneself.
type profile struct {
	HasPassword bool       `json:"has_password"`
	Min         int        `json:"password_min"`
	Provider    string     `json:"provider,omitempty"`
	Sessions    []tokenRow `json:"sessions"` // this one first, then by last use
}

func (c *Console) profile(ctx context.Context, s *session, _ none) (out profile, err error) {
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return out, err
	}
	out.HasPassword, out.Min = v.HasPassword(), passwordMin
	if c.provider != nil {
		out.Provider = c.provider.Name
	}
	list, err := c.cfg.Service.Sessions(ctx, s.self)
	for _, t := range c.alive(list) {
		if t.User == s.me.ID {
			out.Sessions = append(out.Sessions, rowOf(t, s))
		}
	}
	slices.SortStableFunc(out.Sessions, func(a, b tokenRow) int {
		switch {
		case a.Current:
			return -1
		case b.Current:
			return 1
		}
		return 0
	})
	return out, err
}

// alive are the sessions that have not expired, the last used first.
func (c *Console) alive(list []*work.Token) []*work.Token {
	now := c.cfg.Now()
	list = slices.DeleteFunc(list, func(t *work.Token) bool { return !t.ExpiresAt.After(now) })
	used := func(t *work.Token) time.Time {
		if t.LastUsed.After(t.CreatedAt) {
			return t.LastUsed
		}
		return t.CreatedAt
	}
	slices.SortFunc(list, func(a, b *work.Token) int { return cmp.Or(used(b).Compare(used(a)), cmp.Compare(b.ID, a.ID)) })
	return list
}

type ended struct {
	Ended int `json:"ended"`
}

func (c *Console) endOtherSessions(ctx context.Context, s *session, _ none) (out ended, err error) {
	out.Ended, err = c.cfg.Service.EndSessions(ctx, s.self, s.me.ID)
	return out, err
}

// security is what an admin sees of how people come in.
type security struct {
	Provider        *providerState `json:"provider"` // null: people sign in with passwords only
	WithoutPassword []userRow      `json:"without_password"`
	More            int            `json:"without_password_more"` // who are not listed
	Secure          bool           `json:"secure"`                // people reach the server over https
	Sandbox         bool           `json:"sandbox"`
}

type userRow struct {
	ID    work.UserID `json:"id,string"`
	Name  string      `json:"name"`
	Email string      `json:"email"`
	Role  work.Role   `json:"role"`
}

type providerState struct {
	Name        string `json:"name"`
	Issuer      string `json:"issuer"`
	ClientID    string `json:"client_id"`
	Redirect    string `json:"redirect"`
	GroupsClaim string `json:"groups_claim"`
	Create      bool   `json:"creates_users"`
}

func (c *Console) security(ctx context.Context, s *session, _ none) (out security, err error) {
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return out, err
	}
	users, err := v.WithoutPassword(work.All)
	if err != nil {
		return out, err
	}
	for _, u := range users[:min(len(users), listMax)] {
		out.WithoutPassword = append(out.WithoutPassword, userRow{u.ID, u.Name, u.Email, u.Role})
	}
	out.More, out.Secure, out.Sandbox = len(users)-len(out.WithoutPassword), c.secure, c.cfg.Sandbox
	if p := c.provider; p != nil {
		out.Provider = &providerState{Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, Redirect: p.redirect, GroupsClaim: p.GroupsClaim, Create: p.Create}
	}
	return out, nil
}

type providerFault struct {
	Fault string `json:"fault"` // "": it answers
}

// askProvider finds out whether the provider answers, which may take some time.
func (c *Console) askProvider(ctx context.Context, s *session, _ none) (out providerFault, err error) {
	if s.me.Role != work.Admin || c.provider == nil {
		return out, &work.Error{Code: work.CodeDenied, Msg: "Only admins see how people sign in"}
	}
	if err := c.provider.check(ctx); err != nil {
		out.Fault = err.Error()
	}
	return out, nil
}

type bySearch struct {
	Text string `json:"text"`
}

// sessionRow is a session with whose it is.
type sessionRow struct {
	tokenRow
	UserName string `json:"user_name"`
	Email    string `json:"email"`
}

type sessionList struct {
	Sessions []sessionRow `json:"sessions"`
	Total    int          `json:"total"` // that match, also those not listed
}

// allSessions lists everybody's sessions, the last used first.
func (c *Console) allSessions(ctx context.Context, s *session, in bySearch) (out sessionList, err error) {
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return out, err
	}
	if err := v.Refusal(perm.TokenRevoke, 0); err != nil {
		return out, err
	}
	list, err := c.cfg.Service.Sessions(ctx, s.self)
	if err != nil {
		return out, err
	}
	text := strings.ToLower(strings.TrimSpace(in.Text))
	for _, t := range c.alive(list) {
		u := v.Actor(t.User)
		if u == nil || text != "" && !strings.Contains(strings.ToLower(u.Name+"\n"+u.Email+"\n"+t.From+"\n"+t.Name), text) {
			continue
		}
		if out.Total++; len(out.Sessions) < listMax {
			out.Sessions = append(out.Sessions, sessionRow{rowOf(t, s), u.Name, u.Email})
		}
	}
	return out, nil
}
