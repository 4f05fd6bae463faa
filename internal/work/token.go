package work

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// Caller is whom a method acts for. It comes from Authenticate or As; the zero Caller may do nothing.
type Caller struct {
	acct   *account
	user   UserID
	token  TokenID
	scopes []string
	from   string
	// pending: it came with a link and has not accepted the invitation yet; it may only set its password.
	pending bool
	// again: who the caller is was proved once more for this very call.
	again bool
}

// At is the caller with the network address it calls from, for the audit.
func (c Caller) At(address string) Caller {
	c.from = address
	return c
}

// Again is the caller who has proved a moment ago, beside the session it came with, who it is: with the
// password, where there is one. What would let somebody keep a session that was left open asks for that.
func (c Caller) Again() Caller {
	c.again = true
	return c
}

// Scopes are what the caller's token may be used for; nil is everything.
func (c Caller) Scopes() []string { return c.scopes }

// User is the caller's id.
func (c Caller) User() UserID { return c.user }

// Token is the token that brought the caller in, or 0.
func (c Caller) Token() TokenID { return c.token }

// Account is the caller's account.
func (c Caller) Account() AccountID {
	if c.acct == nil {
		return 0
	}
	return c.acct.id
}

// wellKnownPrefix marks the sandbox's published tokens; made ones never begin like this.
const wellKnownPrefix = "dev-"

type secretRef struct {
	acct *account
	id   TokenID
}

func (s *Service) knowSecret(hash []byte, a *account, id TokenID) {
	s.secrets.Store(string(hash), secretRef{a, id})
}

func (s *Service) forgetSecret(hash []byte) { s.secrets.Delete(string(hash)) }

// CheckKey reports whether the service's key opens any of the account's tokens. Where it opens none of
// those there are, it is hardly the key that the account was begun with: they work, but cannot be
// shown again, and those that are made now could not be by a server with the right one.
func (s *Service) CheckKey(ctx context.Context, id AccountID) error {
	a, err := s.account(ctx, id)
	if err != nil {
		return err
	}
	sealed := 0
	for t := range a.image.Load().tokens.all() {
		if len(t.Sealed) == 0 {
			continue
		}
		if _, err := s.sealer.open(t.Sealed); err == nil {
			return nil
		}
		sealed++
	}
	if sealed == 0 {
		return nil
	}
	return &Error{Code: CodeInvalid, Msg: fmt.Sprintf("the key opens none of the account's %d API tokens; it is not the one they were made with", sealed)}
}

// HashSecret is the form in which a token is looked up. Tokens are 256 random bits, so a plain hash suffices.
func HashSecret(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// Authenticate finds whom an API token belongs to. CodeUnauthenticated when it is unknown, revoked or
// expired; CodeNoAccess when its user may not use the API: viewers, deactivated and unconfirmed users.
func (s *Service) Authenticate(ctx context.Context, secret string) (Caller, error) {
	return s.authenticate(ctx, secret, APIToken)
}

func (s *Service) authenticate(ctx context.Context, secret string, kind TokenKind) (Caller, error) {
	unknown := &Error{Code: CodeUnauthenticated, Msg: "Not authenticated"}
	if secret == "" || len(secret) > 1024 || strings.HasPrefix(secret, wellKnownPrefix) && !s.wellKnown {
		return Caller{}, unknown
	}
	hash := sha256.Sum256([]byte(secret))
	ref, ok := s.secrets.Load(string(hash[:]))
	if !ok {
		short, cancel := context.WithTimeout(ctx, headTimeout) // anybody may ask for anything; nobody waits long
		id, err := s.store.TokenAccount(short, hash[:])
		cancel()
		if errors.Is(err, ErrNoAccount) {
			return Caller{}, unknown
		}
		if err != nil {
			return Caller{}, cutShort(ctx, err)
		}
		a, err := s.account(ctx, id)
		if err != nil {
			return Caller{}, err
		}
		if err := a.fresh(ctx); err != nil {
			return Caller{}, err
		}
		if ref, ok = s.secrets.Load(string(hash[:])); !ok {
			return Caller{}, unknown
		}
	}
	r := ref.(secretRef)
	if err := r.acct.fresh(ctx); err != nil {
		return Caller{}, err
	}
	img := r.acct.image.Load()
	now := s.now()
	t, ok := img.tokens.get(r.id)
	if !ok || t.Kind != kind || subtle.ConstantTimeCompare(t.Hash, hash[:]) != 1 || !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt) {
		return Caller{}, unknown
	}
	u, ok := img.users.get(t.User)
	if !ok {
		return Caller{}, unknown
	}
	if kind == LinkToken && u.Status == Pending {
		return Caller{acct: r.acct, user: u.ID, token: t.ID, pending: true}, nil // it is how one accepts
	}
	if u.Status != Active || kind == APIToken && !perm.Allow(u.role(), perm.APIUse, 0) {
		return Caller{}, accessDenied(u)
	}
	r.acct.touch(t.ID, now)
	return Caller{acct: r.acct, user: u.ID, token: t.ID, scopes: t.Scopes}, nil
}

// accessDenied says why a user who is known (nil: no longer) may not come in.
func accessDenied(u *User) error {
	why := "viewers cannot use the API; ask an admin to make you a member"
	switch {
	case u == nil:
		why = "there is no such user"
	case u.Status == Pending:
		why = "the user has not accepted the invitation yet"
	case u.Status != Active:
		why = "the user is deactivated"
	}
	return &Error{Code: CodeNoAccess, Msg: "User access denied: " + why}
}

// As is a caller for code that has authenticated somebody by other means: the console's sessions, and
// commands run on the server itself. A user of 0 is the account's first active admin. CodeNotFound;
// CodeNoAccess when the user is deactivated or has not accepted the invitation yet.
func (s *Service) As(ctx context.Context, id AccountID, user UserID) (Caller, error) {
	a, err := s.account(ctx, id)
	if err != nil {
		return Caller{}, err
	}
	if err := a.fresh(ctx); err != nil {
		return Caller{}, err
	}
	img := a.image.Load()
	if user == 0 {
		for u := range img.users.all() {
			if u.Role == Admin && u.Status == Active {
				return Caller{acct: a, user: u.ID}, nil
			}
		}
		return Caller{}, &Error{Code: CodeNotFound, Kind: "user", Msg: "the account has no active admin"}
	}
	u, ok := img.users.get(user)
	if !ok {
		return Caller{}, notFound("user", user)
	}
	if u.Status != Active {
		return Caller{}, accessDenied(u)
	}
	return Caller{acct: a, user: user}, nil
}

// NewSecret makes an API token.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return "lun_" + base64.RawURLEncoding.EncodeToString(b[:])
}

// MakeToken makes the row for a secret, sealed with the service's key. It stores nothing.
func (s *Service) MakeToken(id TokenID, user UserID, name, secret string, at time.Time) (*Token, error) {
	sealed, err := s.sealer.seal(secret)
	if err != nil {
		return nil, err
	}
	return &Token{ID: id, User: user, Name: name, Hash: HashSecret(secret), Sealed: sealed, CreatedAt: at}, nil
}

// RegenerateToken gives the caller a new personal API token; the one before stops working at once.
// Permission token.own.
func (s *Service) RegenerateToken(ctx context.Context, by Caller) (string, *Token, error) {
	return s.newToken(ctx, by, "", nil, time.Time{})
}

// CreateToken gives the caller a further, named token, for everything (nil scopes) or for some of it;
// expires may be zero. Permission token.own.
func (s *Service) CreateToken(ctx context.Context, by Caller, name string, scopes []string, expires time.Time) (string, *Token, error) {
	if err := checkName("name", name); err != nil {
		return "", nil, err
	}
	for _, scope := range scopes {
		if !slices.Contains(TokenScopes, scope) {
			return "", nil, invalid("scopes", "%q is no scope; there are %s", scope, strings.Join(TokenScopes, ", "))
		}
	}
	return s.newToken(ctx, by, strings.TrimSpace(name), scopes, expires.UTC().Truncate(time.Microsecond))
}

// TokenScopes are what a token can be limited to.
var TokenScopes = []string{
	"account:read", "assets:read", "boards:read", "boards:write", "docs:read", "docs:write", "me:read", "notifications:write", "tags:read",
	"teams:read", "teams:write", "updates:read", "updates:write", "users:read", "users:write", "webhooks:read", "webhooks:write",
	"workspaces:read", "workspaces:write",
}

func (s *Service) newToken(ctx context.Context, by Caller, name string, scopes []string, expires time.Time) (secret string, made *Token, err error) {
	secret = NewSecret()
	var row *Token
	err = s.commit(ctx, by, func(t *tx) error {
		if err := t.check(perm.TokenOwn, perm.Self); err != nil {
			return err
		}
		if !expires.IsZero() && !expires.After(t.now) {
			return invalid("expires", "The token would have expired already; give a time in the future")
		}
		for old := range t.tokens.all() {
			if name == "" && old.isPersonal(t.by.ID) {
				t.dropToken(old)
			}
		}
		var err error
		if row, err = s.MakeToken(TokenID(t.newID()), t.by.ID, name, secret, t.now); err != nil {
			return err
		}
		row.ExpiresAt, row.Scopes = expires, scopes
		t.put(Change{Token: row})
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	return secret, row.bare(), nil
}

// isPersonal reports whether the token is the user's personal API token, of which there is one.
func (t *Token) isPersonal(u UserID) bool { return t.User == u && t.Kind == APIToken && t.Name == "" }

// dropToken deletes a token. The hash goes along so that other nodes can forget it.
func (t *tx) dropToken(tok *Token) {
	t.put(Change{Token: &Token{ID: tok.ID, User: tok.User, Hash: tok.Hash}, Delete: true})
}

// bare is the token without what finds and opens its secret.
func (t *Token) bare() *Token {
	c := *t
	c.Hash, c.Sealed = nil, nil
	return &c
}

// ShowToken reveals the caller's personal API token. CodeNotFound when there is none yet; permission token.own.
func (s *Service) ShowToken(ctx context.Context, by Caller) (string, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return "", err
	}
	if err := allow(v.me, perm.TokenOwn, perm.Self); err != nil {
		return "", err
	}
	for t := range v.img.tokens.all() {
		if t.isPersonal(v.me.ID) {
			return s.sealer.open(t.Sealed)
		}
	}
	return "", &Error{Code: CodeNotFound, Kind: "token", Msg: "There is no API token yet; generate one"}
}

// Tokens lists the API tokens the caller may know of: its own, an admin's all. Secrets are not among what is told.
func (s *Service) Tokens(ctx context.Context, by Caller) ([]*Token, error) {
	return s.tokensOf(ctx, by, APIToken)
}

func (s *Service) tokensOf(ctx context.Context, by Caller, kind TokenKind) ([]*Token, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	var out []*Token
	for t := range v.img.tokens.all() {
		if t.Kind == kind && perm.Allow(v.me.role(), perm.TokenRevoke, selfIf(t.User == v.me.ID)) {
			c := t.bare()
			if used, ok := by.acct.touched.Load(t.ID); ok {
				if at := used.(*lastUse).time(); at.After(c.LastUsed) {
					c.LastUsed = at
				}
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// RevokeToken ends a token at once. Permission token.revoke; CodeNotFound when it is not there.
func (s *Service) RevokeToken(ctx context.Context, by Caller, id TokenID) error {
	return s.commit(ctx, by, func(t *tx) error {
		t.action = perm.TokenRevoke
		tok, ok := t.tokens.get(id)
		if !ok || !perm.Allow(t.by.role(), perm.TokenRevoke, selfIf(tok.User == t.by.ID)) {
			return notFound("token", id)
		}
		t.dropToken(tok)
		return nil
	})
}

func selfIf(self bool) perm.Facts {
	if self {
		return perm.Self
	}
	return 0
}

// sealer encrypts secrets that must be shown again, with AES-256-GCM.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (*sealer, error) {
	aead, err := newAEAD(key)
	return &sealer{aead}, err
}

// newAEAD is how secrets are encrypted at rest: AES-256-GCM, with a random nonce in front.
func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("the key has %d bytes, not 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *sealer) seal(secret string) ([]byte, error) {
	return s.aead.Seal(nil, nil, []byte(secret), nil), nil
}

func (s *sealer) open(sealed []byte) (string, error) {
	plain, err := s.aead.Open(nil, nil, sealed, nil)
	if err != nil {
		return "", &Error{Code: CodeInternal, Msg: "The token cannot be shown: the server's key has changed. Generate a new one", Err: err}
	}
	return string(plain), nil
}
