package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// OIDC says how people sign in through an OpenID provider.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	Name                           string // what the button calls the provider
	GroupsClaim                    string // the claim that lists a user's groups, each put into the team of that name; "": none
	Create                         bool   // makes a member of whom the account does not know yet
}

// provider is an OpenID provider. It is asked how it works when somebody first wants to come in through
// it, so that one that does not answer holds up nobody else.
type provider struct {
	OIDC
	redirect string
	client   *http.Client
	now      func() time.Time

	mu    sync.Mutex
	found *oidc.Provider
	err   error     // of the last try
	tried time.Time // when that was
}

const (
	providerTimeout = 10 * time.Second
	providerRetry   = 5 * time.Second // between two questions
	providerLife    = 24 * time.Hour  // after which it is asked anew how it works
	oidcLife        = 10 * time.Minute
)

func newProvider(cfg *Config) *provider {
	p := &provider{OIDC: *cfg.OIDC, redirect: cfg.PublicURL + "/sign-in/oidc/callback", client: &http.Client{Timeout: providerTimeout}, now: cfg.Now}
	p.Name = cmp.Or(p.Name, "OpenID")
	return p
}

// get is the provider and how it works. What is known of that holds while the provider cannot be asked.
func (p *provider) get(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil || p.now().Sub(p.tried) >= providerLife || p.err != nil {
		p.ask(ctx)
	}
	if p.found != nil {
		return p.found, nil
	}
	return nil, p.err
}

// check asks the provider whether it is there.
func (p *provider) check(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ask(ctx)
	return p.err
}

// ask asks the provider how it works, unless that was done a moment ago.
func (p *provider) ask(ctx context.Context) {
	if !p.tried.IsZero() && p.now().Sub(p.tried) < providerRetry {
		return
	}
	// Whoever waits next shall not have to try again because this one went away.
	found, err := oidc.NewProvider(p.with(context.WithoutCancel(ctx)), p.Issuer)
	p.tried = p.now()
	if p.err = err; err == nil {
		p.found = found
	}
}

// leave is where one signs out at the provider itself (OpenID Connect RP-Initiated Logout 1.0); "" where it
// has not told of such a place.
func (p *provider) leave() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var told struct {
		End string `json:"end_session_endpoint"`
	}
	if p.found == nil || p.found.Claims(&told) != nil {
		return ""
	}
	u, err := url.Parse(told.End)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	u.RawQuery = q.Encode()
	return u.String()
}

func (p *provider) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

func (p *provider) oauth(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: p.redirect,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
}

// pending is what a browser keeps while its user is at the provider.
type pending struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
	Next     string `json:"next"`
}

const nextMax = 2000 // bytes of an address to go on to: it must fit into a cookie

// toProvider sends the browser to the provider.
func (c *Console) toProvider(w http.ResponseWriter, r *http.Request) {
	p := c.provider
	found, err := p.get(r.Context())
	if err != nil {
		c.cfg.Log.Error("asking the OpenID provider how it works", "issuer", p.Issuer, "err", err)
		c.signInPage(w, r, http.StatusServiceUnavailable, "", p.Name+" does not answer. Try again in a moment, or sign in with a password.")
		return
	}
	out := pending{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: local(r.FormValue("next"))}
	if len(out.Next) > nextMax {
		out.Next = "/"
	}
	text, _ := json.Marshal(out) // strings always can be
	c.setCookie(w, "lunedi_oidc", base64.RawURLEncoding.EncodeToString(text), int(oidcLife.Seconds()))
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, p.oauth(found).AuthCodeURL(out.State, oidc.Nonce(out.Nonce), oauth2.S256ChallengeOption(out.Verifier)), http.StatusSeeOther)
}

// fromProvider is where the provider sends the browser back to.
func (c *Console) fromProvider(w http.ResponseWriter, r *http.Request) {
	p := c.provider
	var sent pending
	text, err := base64.RawURLEncoding.DecodeString(c.cookieValue(r, "lunedi_oidc"))
	if err == nil {
		err = json.Unmarshal(text, &sent)
	}
	c.setCookie(w, "lunedi_oidc", "", -1)
	refused := func(status int, fault string) { c.signInPage(w, r, status, "", fault) }
	q := r.URL.Query()
	switch {
	case err != nil || sent.State == "" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(sent.State)) != 1:
		refused(http.StatusBadRequest, "This sign-in was begun in another browser or tab, or too long ago. Begin again.")
		return
	case q.Get("error") != "":
		refused(http.StatusUnauthorized, fmt.Sprintf("%s says: %.200s", p.Name, cmp.Or(q.Get("error_description"), q.Get("error"))))
		return
	}
	if wait, ok := c.limits.try("oidc from "+network(r), byNetwork, c.cfg.Now()); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		refused(http.StatusTooManyRequests, fmt.Sprintf("Too many attempts. Try again in %s.", wait))
		return
	}
	proof, err := p.proof(r.Context(), q.Get("code"), &sent)
	if err != nil {
		c.cfg.Log.Warn("signing in through the OpenID provider", "issuer", p.Issuer, "err", err)
		refused(http.StatusUnauthorized, p.Name+" did not confirm who you are. Try again; if that does not help, ask an admin: the server's log says why.")
		return
	}
	by, err := c.admit(r, proof)
	if err != nil {
		c.failSignIn(w, r, "", err)
		return
	}
	c.limits.succeed("oidc from " + network(r))
	c.setCookie(w, throughProvider, "1", int(work.SessionLife.Seconds()))
	c.enter(w, r, by, sent.Next)
}

// throughProvider is the cookie of browsers whose user came in through the provider and has a session there, too.
const throughProvider = "lunedi_provider"

// proof gets what the provider says of who has signed in there, for the code that it gave the browser.
func (p *provider) proof(ctx context.Context, code string, sent *pending) (work.Proof, error) {
	found, err := p.get(ctx)
	if err != nil {
		return work.Proof{}, err
	}
	ctx, cancel := context.WithTimeout(p.with(ctx), providerTimeout)
	defer cancel()
	token, err := p.oauth(found).Exchange(ctx, code, oauth2.VerifierOption(sent.Verifier))
	if err != nil {
		return work.Proof{}, fmt.Errorf("exchange the code: %w", err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.VerifierContext(ctx, &oidc.Config{ClientID: p.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return work.Proof{}, fmt.Errorf("verify the id token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(sent.Nonce)) != 1 {
		return work.Proof{}, errors.New("the id token has another nonce")
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return work.Proof{}, fmt.Errorf("read the id token: %w", err)
	}
	// Many providers tell little in the token and the rest when asked.
	if _, groups := c[p.GroupsClaim]; (c.text("email") == "" || p.GroupsClaim != "" && !groups) && found.UserInfoEndpoint() != "" {
		info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return work.Proof{}, fmt.Errorf("ask for more about the user: %w", err)
		}
		if info.Subject != id.Subject {
			return work.Proof{}, fmt.Errorf("asked about %q, the provider told of %q", id.Subject, info.Subject)
		}
		var more claims
		if err := info.Claims(&more); err != nil {
			return work.Proof{}, fmt.Errorf("read what the provider told: %w", err)
		}
		c.add(more)
	}
	out := work.Proof{Issuer: id.Issuer, Subject: id.Subject, Name: cmp.Or(c.text("name"), c.text("preferred_username")), Groups: c.list(p.GroupsClaim)}
	if c.yes("email_verified") {
		out.Email = c.text("email")
	}
	return out, nil
}

// claims are what a provider says of a user.
type claims map[string]any

func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return s
}

// yes also takes the word, as some providers write it.
func (c claims) yes(name string) bool { return c[name] == true || c[name] == "true" }

// list takes one text as a list of one.
func (c claims) list(name string) (out []string) {
	switch v := c[name].(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// add adds what was not said before. Whether an address is verified goes with the address.
func (c claims) add(more claims) {
	if c.text("email") == "" {
		delete(c, "email")
		delete(c, "email_verified")
	} else {
		delete(more, "email_verified")
	}
	for name, value := range more {
		if _, said := c[name]; !said {
			c[name] = value
		}
	}
}

// admit lets in whom the provider has identified. Of several accounts it is the one that knows the identity,
// else the first that knows the address; new users are the first account's.
func (c *Console) admit(r *http.Request, p work.Proof) (by work.Caller, err error) {
	ids, err := c.cfg.Service.Accounts(r.Context())
	if err != nil || len(ids) == 0 {
		return by, cmp.Or(err, error(errWrong))
	}
	bare := p
	bare.Email = ""
	for _, proof := range []work.Proof{bare, p} {
		for _, id := range ids {
			if by, err = c.cfg.Service.Admit(r.Context(), id, proof, false, address(r)); err == nil || work.ErrorOf(err).Code != work.CodeNoAccess {
				return by, err
			}
		}
	}
	if c.cfg.OIDC.Create {
		return c.cfg.Service.Admit(r.Context(), ids[0], p, true, address(r))
	}
	return by, err
}
