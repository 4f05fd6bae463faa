package work

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// How long what opens the console lasts.
const (
	SessionLife = 30 * 24 * time.Hour
	LinkLife    = 7 * 24 * time.Hour

	sessionsMax = 50 // of one user; one more ends the oldest
)

// Login is one user with an e-mail address: the address may be known to several accounts of a server.
type Login struct {
	Account AccountID
	User    UserID
	Status  Status
	Hash    string // of the password; "" when there is none
}

// Logins finds who may be meant by an e-mail address, in any account.
func (s *Service) Logins(ctx context.Context, email string) ([]Login, error) {
	ids, err := s.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var out []Login
	for _, id := range ids {
		a, err := s.account(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := a.fresh(ctx); err != nil {
			return nil, err
		}
		img := a.image.Load()
		if uid, ok := img.emails.get(emailKey(email)); ok {
			u, _ := img.users.get(uid)
			l := Login{Account: id, User: uid, Status: u.Status}
			if c, ok := img.credentials.get(uid); ok {
				l.Hash = c.Hash
			}
			out = append(out, l)
		}
	}
	return out, nil
}

// Proof is what an OpenID provider says of somebody who has signed in there.
type Proof struct {
	Issuer, Subject string
	Email           string // as far as the provider has verified it
	Name            string
	Groups          []string
}

// Admit lets in whom an OpenID provider has identified: the user who came with that identity before; else
// the one with the e-mail address, unless that user has entered it and no admin confirmed it, who has that identity from then on; else, with create, a new member.
// Somebody invited has accepted by it. The user is put into the teams that are called like the groups,
// where users of the role can be in them, and taken out of none. from is the address called from.
// CodeNoAccess where nobody is let in.
func (s *Service) Admit(ctx context.Context, id AccountID, p Proof, create bool, from string) (Caller, error) {
	if p.Issuer == "" || p.Subject == "" || checkText("subject", p.Subject, nameMax) != nil {
		return Caller{}, &Error{Code: CodeNoAccess, Msg: "The provider does not say who you are"}
	}
	a, err := s.account(ctx, id)
	if err != nil {
		return Caller{}, err
	}
	by := Caller{acct: a, from: from}
	err = s.commit(ctx, by, func(t *tx) error {
		u, err := t.proven(&p, create)
		if err != nil {
			return err
		}
		if u.Status == Inactive {
			return accessDenied(u)
		}
		if t.by = u; u.Status == Pending {
			t.accept()
		}
		i := &Identity{Issuer: p.Issuer, Subject: p.Subject, User: u.ID, CreatedAt: t.now}
		if _, known := t.identities.get(identityKey(i)); !known {
			t.put(Change{Identity: i})
		}
		for team := range t.teams.all() {
			if _, in := subscriber(team.Members, u.ID); !in && team.Guest == (u.Role == Guest) && slices.Contains(p.Groups, team.Name) {
				t.put(Change{Membership: &Membership{Team: team.ID, User: u.ID}})
			}
		}
		by.user = u.ID
		return nil
	})
	if err != nil {
		return Caller{}, err
	}
	return by, nil
}

// proven finds whom a proof means, or makes that user.
func (t *tx) proven(p *Proof, create bool) (*User, error) {
	if i, ok := t.identities.get(identityKey(&Identity{Issuer: p.Issuer, Subject: p.Subject})); ok {
		u, ok := t.users.get(i.User)
		if !ok {
			return nil, accessDenied(nil)
		}
		return u, nil
	}
	if p.Email == "" {
		return nil, &Error{Code: CodeNoAccess, Msg: "The provider has not verified your e-mail address, so it says nothing about who you are here"}
	}
	if id, ok := t.emails.get(emailKey(p.Email)); ok {
		for i := range t.identities.all() {
			if i.User == id && i.Issuer == p.Issuer { // addresses are given to others; who had it before stays who it is
				return nil, &Error{Code: CodeNoAccess, Msg: p.Email + " is the address of a user whom the provider knows as somebody else. Ask an admin of your account"}
			}
		}
		u, _ := t.users.get(id)
		if u.EmailUnproven {
			return nil, &Error{Code: CodeNoAccess, Msg: p.Email + " is what a user has entered as the address without anybody having confirmed it. Ask an admin of your account to do so, by saving it in that user's profile"}
		}
		return u, nil
	}
	if !create {
		return nil, &Error{Code: CodeNoAccess, Msg: "There is no user with the e-mail address " + p.Email + ". Ask an admin of your account to invite you"}
	}
	if !validEmail(p.Email) {
		return nil, &Error{Code: CodeNoAccess, Msg: fmt.Sprintf("%.300q is not an e-mail address", p.Email)}
	}
	name := strings.TrimSpace(p.Name)
	if checkName("name", name) != nil {
		name = p.Email[:strings.LastIndexByte(p.Email, '@')]
	}
	u := &User{ID: UserID(t.newID()), Name: name, Email: strings.TrimSpace(p.Email), Role: Member, Status: Active, Verified: true,
		Language: "en", TimeZone: "UTC", JoinDate: dateOf(t.now), CreatedAt: t.now}
	t.put(Change{User: u})
	return u, nil
}

// SignIn begins a session for a caller who has proved who it is (see As). browser and the caller's
// address tell sessions apart. The secret is told once.
func (s *Service) SignIn(ctx context.Context, by Caller, browser string) (secret string, session *Token, err error) {
	return s.open(ctx, by, by.user, SessionToken, browser, SessionLife)
}

func (s *Service) open(ctx context.Context, by Caller, user UserID, kind TokenKind, name string, life time.Duration) (secret string, made *Token, err error) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	secret = "lu" + string(kind[0]) + "_" + base64.RawURLEncoding.EncodeToString(b[:])
	if r := []rune(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "")); len(r) > nameMax {
		name = string(r[:nameMax])
	} else {
		name = string(r)
	}
	err = s.commit(ctx, by, func(t *tx) error {
		if kind == LinkToken {
			if err := t.checkLink(by, user); err != nil {
				return err
			}
		}
		var sessions []*Token // ascending, the oldest first
		for old := range t.tokens.all() {
			switch {
			case old.User != user || old.Kind == APIToken:
			case kind == LinkToken && old.Kind == kind, !old.ExpiresAt.After(t.now):
				t.dropToken(old)
			case old.Kind == SessionToken:
				sessions = append(sessions, old)
			}
		}
		for kind == SessionToken && len(sessions) >= sessionsMax {
			t.dropToken(sessions[0])
			sessions = sessions[1:]
		}
		made = &Token{ID: TokenID(t.newID()), User: user, Kind: kind, Name: name, From: by.from, Hash: HashSecret(secret),
			CreatedAt: t.now, ExpiresAt: t.now.Add(life)}
		t.put(Change{Token: made})
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	return secret, made.bare(), nil
}

// checkLink refuses links that would open what their maker may not have: the account of somebody else,
// unless an admin makes it, and one's own without the password.
func (t *tx) checkLink(by Caller, user UserID) error {
	if user == t.by.ID {
		if by.token != 0 {
			return &Error{Code: CodeDenied, Msg: "Change your own password on your profile page; a link is for others"}
		}
		return nil
	}
	if err := t.check(perm.UserInvite, 0); err != nil {
		return err
	}
	u, ok := t.users.get(user)
	switch {
	case !ok:
		return notFound("user", user)
	case u.Status == Inactive:
		return invalid("user_id", "%s is deactivated; activate the user first", u.Name)
	case t.by.Role == Admin, u.Status == Pending && u.InvitedBy == t.by.ID && u.Role != Admin:
		return nil
	}
	return &Error{Code: CodeDenied, Msg: "Only an admin may make a link for an admin, for somebody whom you have not invited, or who has come in already"}
}

// endSessions ends what lets a user into the console, but for one session.
func (t *tx) endSessions(user UserID, but TokenID) {
	for old := range t.tokens.all() {
		if old.User == user && old.Kind != APIToken && (old.Kind == LinkToken || old.ID != but) {
			t.dropToken(old)
		}
	}
}

// Session finds whose session a secret opens. CodeUnauthenticated when it has ended.
func (s *Service) Session(ctx context.Context, secret string) (Caller, error) {
	return s.authenticate(ctx, secret, SessionToken)
}

// Sessions lists the sessions the caller may know of: its own, an admin's all. RevokeToken ends one.
func (s *Service) Sessions(ctx context.Context, by Caller) ([]*Token, error) {
	return s.tokensOf(ctx, by, SessionToken)
}

// EndSessions ends all sessions of a user but the one that the caller came in with, and counts them.
// Permission token.revoke.
func (s *Service) EndSessions(ctx context.Context, by Caller, user UserID) (n int, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		if _, ok := t.users.get(user); !ok {
			return notFound("user", user)
		}
		if err := t.check(perm.TokenRevoke, selfIf(user == t.by.ID)); err != nil {
			return err
		}
		n = 0
		for old := range t.tokens.all() {
			if old.User == user && old.Kind == SessionToken && old.ID != by.token {
				t.dropToken(old)
				n++
			}
		}
		return nil
	})
	return n, err
}

// NewLink makes a link secret that lets a user set a password, once. A link made before for the same
// user stops working. Permission user.invite.
func (s *Service) NewLink(ctx context.Context, by Caller, user UserID) (secret string, err error) {
	secret, _, err = s.open(ctx, by, user, LinkToken, "", LinkLife)
	return secret, err
}

// Link finds whom a link's secret is for. CodeUnauthenticated when it was used or has expired. The
// caller may be somebody who has not accepted the invitation yet.
func (s *Service) Link(ctx context.Context, secret string) (Caller, *User, error) {
	by, err := s.authenticate(ctx, secret, LinkToken)
	if err != nil {
		return Caller{}, nil, err
	}
	u, _ := by.acct.image.Load().users.get(by.user)
	return by, u, nil
}

// SetPassword sets the caller's password, given its hash, ends the user's other sessions and the link
// the caller came with. Somebody invited has accepted by it.
func (s *Service) SetPassword(ctx context.Context, by Caller, hash string) error {
	if hash == "" {
		return errors.New("no hash")
	}
	if by.acct == nil {
		return &Error{Code: CodeUnauthenticated, Msg: "Not authenticated"}
	}
	return by.acct.submit(ctx, by, func(t *tx) error {
		if by.token != 0 {
			if tok, ok := t.tokens.get(by.token); !ok || tok.Kind == APIToken || !tok.ExpiresAt.After(t.now) {
				return &Error{Code: CodeUnauthenticated, Msg: "The link was used already, or has expired; ask for another"}
			}
		}
		if t.by.Status == Pending {
			t.accept()
		}
		t.endSessions(t.by.ID, by.token)
		t.put(Change{Credential: &Credential{User: t.by.ID, Hash: hash, ChangedAt: t.now}})
		return nil
	})
}

// accept makes who acts, and was invited, active.
func (t *tx) accept() {
	u := *t.by
	u.Status = Active
	if u.JoinDate == "" {
		u.JoinDate = dateOf(t.now)
	}
	t.put(Change{User: &u})
	t.by = &u
}

// WithoutPassword lists the active users who have set none. Permission token.revoke, of everybody.
func (v *View) WithoutPassword(p Page) ([]*User, error) {
	if err := allow(v.me, perm.TokenRevoke, 0); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	out := newPager[*User](p, v.img.users.len())
	for u := range v.img.users.all() {
		if out.full() {
			break
		}
		if _, ok := v.img.credentials.get(u.ID); !ok && u.Status == Active {
			out.add(u)
		}
	}
	return out.rows, nil
}

// HasPassword reports whether the caller has set one.
func (v *View) HasPassword() bool {
	_, ok := v.img.credentials.get(v.me.ID)
	return ok
}
