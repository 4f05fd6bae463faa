package work

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// How long what opens the console lasts.
const (
	SessionLife = 30 * 24 * time.Hour
	LinkLife    = 7 * 24 * time.Hour
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

// Identified finds whom an OpenID provider's subject is, in an account.
func (s *Service) Identified(ctx context.Context, id AccountID, issuer, subject string) (UserID, bool, error) {
	a, err := s.account(ctx, id)
	if err != nil {
		return 0, false, err
	}
	if err := a.fresh(ctx); err != nil {
		return 0, false, err
	}
	i, ok := a.image.Load().identities.get(identityKey(&Identity{Issuer: issuer, Subject: subject}))
	if !ok {
		return 0, false, nil
	}
	return i.User, true, nil
}

// Identify notes that an OpenID provider's subject is the caller.
func (s *Service) Identify(ctx context.Context, by Caller, issuer, subject string) error {
	return s.commit(ctx, by, func(t *tx) error {
		t.put(Change{Identity: &Identity{Issuer: issuer, Subject: subject, User: t.by.ID, CreatedAt: t.now}})
		return nil
	})
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
		if user != t.by.ID {
			if err := t.check(perm.UserInvite, 0); err != nil {
				return err
			}
			u, ok := t.users.get(user)
			if !ok {
				return notFound("user", user)
			}
			if t.by.Role != Admin && !(u.Status == Pending && u.InvitedBy == t.by.ID) {
				return &Error{Code: CodeDenied, Msg: "Only an admin may make a link for somebody whom you have not invited, or who has come in"}
			}
		}
		for old := range t.tokens.all() {
			if old.User == user && old.Kind != APIToken && (kind == LinkToken && old.Kind == kind || !old.ExpiresAt.After(t.now)) {
				t.dropToken(old)
			}
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

// Session finds whose session a secret opens. CodeUnauthenticated when it has ended.
func (s *Service) Session(ctx context.Context, secret string) (Caller, error) {
	return s.authenticate(ctx, secret, SessionToken)
}

// Sessions lists the sessions the caller may know of: its own, an admin's all. RevokeToken ends one.
func (s *Service) Sessions(ctx context.Context, by Caller) ([]*Token, error) {
	return s.tokensOf(ctx, by, SessionToken)
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
	return s.commit(ctx, by, func(t *tx) error {
		if by.pending {
			if tok, ok := t.tokens.get(by.token); !ok || tok.Kind != LinkToken {
				return &Error{Code: CodeUnauthenticated, Msg: "The link was used already; ask for another"}
			}
		}
		if t.by.Status == Pending {
			u := *t.by
			u.Status = Active
			if u.JoinDate == "" {
				u.JoinDate = dateOf(t.now)
			}
			t.put(Change{User: &u})
		}
		for old := range t.tokens.all() {
			if old.User == t.by.ID && (old.Kind == LinkToken || old.Kind == SessionToken && old.ID != by.token) {
				t.dropToken(old)
			}
		}
		t.put(Change{Credential: &Credential{User: t.by.ID, Hash: hash, ChangedAt: t.now}})
		return nil
	})
}

// HasPassword reports whether the caller has set one.
func (v *View) HasPassword() bool {
	_, ok := v.img.credentials.get(v.me.ID)
	return ok
}
