package console

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// none is what calls take or give that have nothing to tell.
type none struct{}

// calls are what modules ask for beside the API. They act for who has signed in, not for whom an admin
// looks as.
func (c *Console) calls() {
	call(c, "token", c.token)
	change(c, "token/generate", c.generateToken)
	call(c, "token/show", c.showToken)
	call(c, "tokens", c.tokens)
	change(c, "tokens/create", c.createToken)
	change(c, "tokens/revoke", c.revokeToken)
	call(c, "profile", c.profile)
	change(c, "sessions/end-others", c.endOtherSessions)
	change(c, "password", c.changePassword)
	change(c, "email", c.changeEmail)
	change(c, "link", c.makeLink)
	c.directoryCalls()
	c.securityCalls()
	c.datasourceCalls()
}

// tokenRow is a token or session as pages show it; never its secret.
type tokenRow struct {
	ID       work.TokenID `json:"id,string"`
	User     work.UserID  `json:"user_id,string"`
	Name     string       `json:"name"`
	From     string       `json:"from,omitempty"`
	Scopes   []string     `json:"scopes"`
	Created  time.Time    `json:"created_at"`
	Expires  *time.Time   `json:"expires_at"`
	LastUsed *time.Time   `json:"last_used"`
	Current  bool         `json:"current"`
}

func rowOf(t *work.Token, s *session) tokenRow {
	r := tokenRow{ID: t.ID, User: t.User, Name: t.Name, From: t.From, Scopes: t.Scopes, Created: t.CreatedAt, Current: t.ID == s.self.Token()}
	if !t.ExpiresAt.IsZero() {
		r.Expires = &t.ExpiresAt
	}
	if !t.LastUsed.IsZero() {
		r.LastUsed = &t.LastUsed
	}
	return r
}

// myToken tells whether there is a personal token, or why there can be none.
type myToken struct {
	Token   *tokenRow `json:"token"`
	Allowed bool      `json:"allowed"`
	Why     string    `json:"why,omitempty"`
	Protect bool      `json:"needs_password"` // to be shown
}

func (c *Console) token(ctx context.Context, s *session, _ none) (out myToken, err error) {
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return out, err
	}
	if s.me.Role == work.Viewer || s.me.Role == work.Guest {
		out.Why = map[work.Role]string{work.Viewer: "Viewers cannot use the API, so there is no API token for you. An admin can make you a member.",
			work.Guest: "Guests have no personal API token. A member of the account can share what you need, or an admin can make you a member."}[s.me.Role]
		return out, nil
	}
	out.Allowed, out.Protect = true, v.HasPassword()
	list, err := c.cfg.Service.Tokens(ctx, s.self)
	for _, t := range list {
		if t.User == s.me.ID && t.Name == "" {
			r := rowOf(t, s)
			out.Token = &r
		}
	}
	return out, err
}

type secret struct {
	Secret string    `json:"secret"`
	Token  *tokenRow `json:"token,omitempty"`
}

func (c *Console) generateToken(ctx context.Context, s *session, _ none) (secret, error) {
	text, t, err := c.cfg.Service.RegenerateToken(ctx, s.self)
	if err != nil {
		return secret{}, err
	}
	r := rowOf(t, s)
	return secret{text, &r}, nil
}

type withPassword struct {
	Password string `json:"password"`
}

// recentSession is how old a session may be to count as a proof of its own.
const recentSession = 15 * time.Minute

// recent lets pass who has come in a moment ago, where there is no password to be asked for. In the sandbox
// anybody is anybody.
func (c *Console) recent(ctx context.Context, s *session) error {
	if c.cfg.Sandbox {
		return nil
	}
	list, err := c.cfg.Service.Sessions(ctx, s.self)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.ID == s.self.Token() && c.cfg.Now().Sub(t.CreatedAt) <= recentSession {
			return nil
		}
	}
	return &work.Error{Code: work.CodeDenied, Msg: fmt.Sprintf("You have no password, and came in more than %d minutes ago. Log out, sign in again, and then do this.", int(recentSession.Minutes()))}
}

// again asks for the password of who has signed in once more; where there is none, the session must be recent.
func (c *Console) again(ctx context.Context, s *session, password string) error {
	logins, err := c.cfg.Service.Logins(ctx, s.me.Email)
	if err != nil {
		return err
	}
	for _, l := range logins {
		if l.Account != s.self.Account() {
			continue
		}
		if l.Hash == "" {
			return c.recent(ctx, s)
		}
		key := fmt.Sprintf("again %d/%d", l.Account, l.User)
		if wait, ok := c.limits.try(key, byUser, c.cfg.Now()); !ok {
			return &work.Error{Code: work.CodeLimit, Field: "password", Msg: "Too many attempts. Try again in " + wait.String() + "."}
		}
		same, err := samePassword(ctx, password, l.Hash)
		if err != nil {
			return err
		}
		if !same {
			return &work.Error{Code: work.CodeInvalid, Field: "password", Msg: "The password is wrong."}
		}
		c.limits.succeed(key)
	}
	return nil
}

func (c *Console) showToken(ctx context.Context, s *session, in withPassword) (secret, error) {
	if err := c.again(ctx, s, in.Password); err != nil {
		return secret{}, err
	}
	text, err := c.cfg.Service.ShowToken(ctx, s.self)
	return secret{Secret: text}, err
}

func (c *Console) tokens(ctx context.Context, s *session, _ none) (out []tokenRow, err error) {
	list, err := c.cfg.Service.Tokens(ctx, s.self)
	for _, t := range list {
		out = append(out, rowOf(t, s))
	}
	return out, err
}

type newToken struct {
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes"`
	Expires string   `json:"expires"` // YYYY-MM-DD, or ""
}

func (c *Console) createToken(ctx context.Context, s *session, in newToken) (secret, error) {
	var expires time.Time
	if in.Expires != "" {
		var err error
		if expires, err = time.Parse(time.DateOnly, in.Expires); err != nil {
			return secret{}, &work.Error{Code: work.CodeInvalid, Field: "expires", Msg: "Write the day as YYYY-MM-DD."}
		}
	}
	if len(in.Scopes) == 0 {
		in.Scopes = nil
	}
	text, t, err := c.cfg.Service.CreateToken(ctx, s.self, in.Name, in.Scopes, expires)
	if err != nil {
		return secret{}, err
	}
	r := rowOf(t, s)
	return secret{text, &r}, nil
}

type byID struct {
	ID int64 `json:"id,string"`
}

func (c *Console) revokeToken(ctx context.Context, s *session, in byID) (none, error) {
	return none{}, c.cfg.Service.RevokeToken(ctx, s.self, work.TokenID(in.ID))
}

type newPassword struct {
	Old string `json:"old"`
	New string `json:"new"`
}

func (c *Console) changePassword(ctx context.Context, s *session, in newPassword) (none, error) {
	if err := c.again(ctx, s, in.Old); err != nil {
		e := *work.ErrorOf(err)
		e.Field = "old"
		return none{}, &e
	}
	if err := checkPassword(in.New); err != nil {
		e := *work.ErrorOf(err)
		e.Field = "new"
		return none{}, &e
	}
	hash, err := hashPassword(ctx, in.New)
	if err != nil {
		return none{}, err
	}
	return none{}, c.cfg.Service.SetPassword(ctx, s.self, hash)
}

type newEmail struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// changeEmail changes the address of who has signed in: with it, and without the password, somebody who has
// found a session open could make it his own.
func (c *Console) changeEmail(ctx context.Context, s *session, in newEmail) (none, error) {
	if err := c.again(ctx, s, in.Password); err != nil {
		return none{}, err
	}
	out, err := c.cfg.Service.UpdateUsers(ctx, s.self.Again(), []work.UserEdit{{User: s.me.ID, Email: &in.Email}})
	if err == nil && len(out.Failed) > 0 {
		err = &work.Error{Code: work.CodeInvalid, Field: "email", Msg: strings.TrimPrefix(out.Failed[0].Msg, "email: ")}
	}
	return none{}, err
}

type linkOut struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires_at"`
}

// makeLink makes a one-time link for somebody to set a password with.
func (c *Console) makeLink(ctx context.Context, s *session, in byID) (linkOut, error) {
	text, err := c.cfg.Service.NewLink(ctx, s.self, work.UserID(in.ID))
	return linkOut{c.cfg.PublicURL + "/welcome?link=" + text, c.cfg.Now().Add(work.LinkLife)}, err
}
