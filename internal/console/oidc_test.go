package console

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// idp is an OpenID provider whose users do as the test says.
type idp struct {
	*httptest.Server
	t   testing.TB
	key *rsa.PrivateKey

	mu       sync.Mutex
	down     bool
	asked    int               // how often it was asked how it works
	codes    map[string]claims // what the id token for a code says
	verifier map[string]string // the challenge that came with it
	info     claims            // what it tells when asked about the user; nil: nothing
	kid      string
	leave    string // where one signs out there
}

const clientID, clientSecret = "lunedi", "s3cret"

func newIDP(t testing.TB) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, codes: map[string]claims{}, verifier: map[string]string{}, kid: "1"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.asked++; p.down {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		doc := map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}}
		if p.leave != "" {
			doc["end_session_endpoint"] = p.leave
		}
		if p.info != nil {
			doc["userinfo_endpoint"] = p.URL + "/userinfo"
		}
		_ = json.NewEncoder(w).Encode(doc)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		b64 := base64.RawURLEncoding.EncodeToString
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer acc3ss" {
			http.Error(w, "who asks?", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p.info)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// token changes a code for an id token: once, for the client that has the secret and the verifier.
func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	code := r.PostFormValue("code")
	says, known := p.codes[code]
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != clientID || secret != clientSecret || !known || p.verifier[code] != base64.RawURLEncoding.EncodeToString(sum[:]) || r.PostFormValue("grant_type") != "authorization_code" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	delete(p.codes, code)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "acc3ss", "token_type": "Bearer", "id_token": p.sign(says)})
}

func (p *idp) sign(c claims) string {
	b64 := base64.RawURLEncoding.EncodeToString
	alg, _ := c["alg"].(string)
	if alg == "" {
		alg = "RS256"
	}
	head, _ := json.Marshal(map[string]string{"alg": alg, "kid": p.kid})
	said := maps.Clone(c)
	delete(said, "alg")
	body, _ := json.Marshal(said)
	text := b64(head) + "." + b64(body)
	if alg == "none" {
		return text + "."
	}
	sum := sha256.Sum256([]byte(text))
	key := p.key
	if c["forged"] == true {
		key, _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	signed, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	return text + "." + b64(signed)
}

// cameBack is where the provider sends a browser that has signed in there as says. What says holds takes the place of
// what a sound token has; nil leaves it out.
func (p *idp) cameBack(t testing.TB, b *browser, says claims) string {
	t.Helper()
	a := b.get("/sign-in/oidc?next=/users/5")
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to.String(), p.URL+"/authorize?") {
		t.Fatalf("begin: %d to %s, %v: %.300s", a.StatusCode, to, err, a.text)
	}
	q := to.Query()
	for name, want := range map[string]string{"client_id": clientID, "response_type": "code", "redirect_uri": b.console.cfg.PublicURL + "/sign-in/oidc/callback", "code_challenge_method": "S256", "scope": "openid profile email"} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	if len(q.Get("state")) < 20 || len(q.Get("nonce")) < 20 || len(q.Get("code_challenge")) < 40 {
		t.Errorf("too little to guess: %v", q)
	}
	token := claims{"iss": p.URL, "aud": clientID, "sub": "subject", "nonce": q.Get("nonce"), "iat": b.clock().Unix(), "exp": b.clock().Add(time.Hour).Unix(),
		"email": "u2@example.com", "email_verified": true, "name": "Name of the provider"}
	for name, value := range says {
		if token[name] = value; value == nil {
			delete(token, name)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code], p.verifier[code] = token, q.Get("code_challenge")
	return "/sign-in/oidc/callback?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

// through makes a site whose people sign in through the provider.
func (p *idp) through(t testing.TB, edit ...func(*OIDC)) *site {
	t.Helper()
	o := &OIDC{Issuer: p.URL, ClientID: clientID, ClientSecret: clientSecret, Name: "Corp ID", GroupsClaim: "groups"}
	for _, e := range edit {
		e(o)
	}
	return newSite(t, func(c *Config) { c.OIDC = o })
}

func create(o *OIDC) { o.Create = true }

func TestOIDC(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	const confirmed, stale = "did not confirm who you are", "begun in another browser"
	for _, c := range []struct {
		name   string
		says   claims
		info   claims // what is told when asked
		edit   func(*OIDC)
		back   func(to string) string
		status int    // 303 when 0
		words  string // on the page
		user   work.UserID
		teams  []work.TeamID
	}{
		{name: "by e-mail", user: mem},
		{name: "by e-mail, written otherwise", says: claims{"email": "U2@Example.COM"}, user: mem},
		{name: "verified, in words", says: claims{"email_verified": "true"}, user: mem},
		{name: "an admin", says: claims{"email": "u1@example.com"}, user: adm},
		{name: "a viewer", says: claims{"email": "u3@example.com"}, user: vie},
		{name: "invited", says: claims{"email": "u6@example.com"}, user: inv},
		{name: "into teams", says: claims{"groups": []string{"Crew", "Friends", "Others"}}, user: mem, teams: []work.TeamID{20}},
		{name: "a guest into teams", says: claims{"email": "u4@example.com", "groups": []string{"Crew", "Friends"}}, user: gue, teams: []work.TeamID{21}},
		{name: "one group as a word", says: claims{"groups": "Crew"}, user: mem, teams: []work.TeamID{20}},
		{name: "groups of no kind", says: claims{"groups": []any{1, nil, claims{"a": "Crew"}}}, user: mem},
		{name: "groups not asked for", says: claims{"groups": []string{"Crew"}}, edit: func(o *OIDC) { o.GroupsClaim = "" }, user: mem},
		{name: "another claim", says: claims{"roles": []string{"Crew"}}, edit: func(o *OIDC) { o.GroupsClaim = "roles" }, user: mem, teams: []work.TeamID{20}},
		{name: "created", says: claims{"email": "new@example.com", "groups": []string{"Crew"}}, edit: create, user: 1001, teams: []work.TeamID{20}},
		{name: "unknown", says: claims{"email": "new@example.com"}, status: 401, words: "no user with the e-mail address new@example.com"},
		{name: "deactivated", says: claims{"email": "u5@example.com"}, edit: create, status: 401, words: "the user is deactivated"},
		{name: "not verified", says: claims{"email_verified": false}, edit: create, status: 401, words: "has not verified your e-mail"},
		{name: "nothing about verified", says: claims{"email_verified": nil}, edit: create, status: 401, words: "has not verified your e-mail"},
		{name: "verified, in other words", says: claims{"email_verified": "yes"}, status: 401, words: "has not verified your e-mail"},
		{name: "no e-mail", says: claims{"email": nil}, edit: create, status: 401, words: "has not verified your e-mail"},

		{name: "told when asked", says: claims{"email": nil, "email_verified": nil}, info: claims{"sub": "subject", "email": "u2@example.com", "email_verified": true, "groups": []string{"Crew"}}, user: mem, teams: []work.TeamID{20}},
		{name: "told of somebody else", says: claims{"email": nil}, info: claims{"sub": "other", "email": "u1@example.com", "email_verified": true}, status: 401, words: confirmed},
		{name: "verified is another address", says: claims{"email_verified": nil}, info: claims{"sub": "subject", "email": "u1@example.com", "email_verified": true}, status: 401, words: "has not verified"},
		{name: "told without being verified", says: claims{"email": nil}, info: claims{"sub": "subject", "email": "u1@example.com"}, status: 401, words: "has not verified"},

		{name: "another nonce", says: claims{"nonce": "other"}, status: 401, words: confirmed},
		{name: "no nonce", says: claims{"nonce": nil}, status: 401, words: confirmed},
		{name: "expired", says: claims{"exp": day.Add(-time.Hour).Unix()}, status: 401, words: confirmed},
		{name: "for somebody else", says: claims{"aud": "other"}, status: 401, words: confirmed},
		{name: "from somebody else", says: claims{"iss": "https://evil.example.com"}, status: 401, words: confirmed},
		{name: "signed by somebody else", says: claims{"forged": true}, status: 401, words: confirmed},
		{name: "not signed", says: claims{"alg": "none"}, status: 401, words: confirmed},
		{name: "signed with a word", says: claims{"alg": "HS256"}, status: 401, words: confirmed},
		{name: "nobody", says: claims{"sub": ""}, edit: create, status: 401, words: "does not say who you are"},
		{name: "another secret", edit: func(o *OIDC) { o.ClientSecret = "other" }, status: 401, words: confirmed},

		{name: "another state", back: func(to string) string { return strings.Replace(to, "state=", "state=X", 1) }, status: 400, words: stale},
		{name: "no state", back: func(to string) string { return to[:strings.Index(to, "&state")] }, status: 400, words: stale},
		{name: "another code", back: func(to string) string { return strings.Replace(to, "code=", "code=X", 1) }, status: 401, words: confirmed},
		{name: "no code", back: func(to string) string { return strings.Replace(to, "code=", "x=", 1) }, status: 401, words: confirmed},
		{name: "refused there", back: func(to string) string { return to + "&error=access_denied&error_description=You+may+not" }, status: 401, words: "Corp ID says: You may not"},
		{name: "refused there, without words", back: func(to string) string { return to + "&error=access_denied" }, status: 401, words: "Corp ID says: access_denied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := p
			if c.info != nil {
				p = newIDP(t)
				p.info = c.info
			}
			if c.edit == nil {
				c.edit = func(*OIDC) {}
			}
			s := p.through(t, c.edit)
			b := s.browser()
			b.header.Set("Sec-Fetch-Site", "cross-site") // it comes from the provider
			to := p.cameBack(t, b, c.says)
			if c.back != nil {
				to = c.back(to)
			}
			a := b.get(to)
			if c.status != 0 {
				a.want(t, c.name, c.status, c.words, `name="password"`)
				if _, in := b.cookies["lunedi_session"]; in || b.signed() {
					t.Error("refused, and let in all the same")
				}
				for _, secret := range []string{clientSecret, "acc3ss"} {
					if strings.Contains(a.text, secret) || strings.Contains(s.log.String(), secret) {
						t.Errorf("%s is told", secret)
					}
				}
			} else {
				a.leads(t, c.name, "/users/5")
				if b.get("/").want(t, "the page", http.StatusOK, fmt.Sprintf(`data-me="%d"`, c.user)); t.Failed() {
					t.Log(s.log.String())
				}
				by, err := s.service.As(t.Context(), 7, c.user)
				if err != nil {
					t.Fatal(err)
				}
				v, err := s.service.View(t.Context(), by)
				if err != nil || !slices.Equal(v.Me().Teams, c.teams) || v.Me().Status != work.Active {
					t.Errorf("%+v, %v; want teams %v", v.Me(), err, c.teams)
				}
				b.get(to).want(t, "the same again", http.StatusBadRequest, stale)
			}
			if _, left := b.cookies["lunedi_oidc"]; left {
				t.Error("the cookie is left")
			}
		})
	}
}

// Who came in once is known by the identity, whatever becomes of the address.
func TestOIDCIdentity(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	s := p.through(t, create)
	come := func(says claims, want string) *answered {
		t.Helper()
		b := s.browser()
		a := b.get(p.cameBack(t, b, says))
		switch want {
		case "":
			a.want(t, "refused", http.StatusUnauthorized)
		case "new":
			b.get("/").want(t, "the page", http.StatusOK, `data-name="Name of the provider" data-role="member"`)
		default:
			b.get("/").want(t, "the page", http.StatusOK, `data-me="`+want+`"`)
		}
		return a
	}
	come(nil, "2")
	come(claims{"email": "moved@example.com"}, "2")
	come(claims{"email": nil}, "2")
	come(claims{"email": "u1@example.com"}, "2") // not the admin
	come(claims{"sub": "successor"}, "")         // who has the address now is somebody else
	come(claims{"sub": "other", "email": "u1@example.com"}, "1")
	come(claims{"sub": "new", "email": "new@example.com"}, "new")
	by, err := s.service.As(t.Context(), 7, adm)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.DeactivateUsers(t.Context(), by, []work.UserID{mem}); err != nil {
		t.Fatal(err)
	}
	come(nil, "").want(t, "deactivated since", http.StatusUnauthorized, "the user is deactivated")
}

// The cookie that keeps a sign-in's secrets is as closed as the session's, and short-lived.
func TestOIDCCookie(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	for public, prefix := range map[string]string{"http://console.example.com": "", "https://console.example.com": "__Host-"} {
		s := p.through(t, func(*OIDC) {})
		s = newSite(t, over(public), func(c *Config) { c.OIDC = s.console.cfg.OIDC })
		a := s.browser().get("/sign-in/oidc?next=//evil.example.com")
		k := a.Cookies()[0]
		if len(a.Cookies()) != 1 || k.Name != prefix+"lunedi_oidc" || !k.HttpOnly || k.Secure != (prefix != "") || k.SameSite != http.SameSiteLaxMode || k.MaxAge != 600 || k.Path != "/" {
			t.Errorf("%v", a.Cookies())
		}
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Error("what leads to the provider may be cached")
		}
		var sent pending
		text, err := base64.RawURLEncoding.DecodeString(k.Value)
		if err != nil || json.Unmarshal(text, &sent) != nil || sent.Next != "/" {
			t.Errorf("%+v, %v", sent, err)
		}
		if strings.Contains(a.Header.Get("Location"), sent.Verifier) {
			t.Error("the verifier is in the address")
		}
		// Each sign-in has secrets of its own, and one in another browser is none of this one's.
		b, other := s.browser(), s.browser()
		to := p.cameBack(t, b, nil)
		other.get("/sign-in/oidc")
		other.get(to).want(t, "another browser", http.StatusBadRequest)
		s.browser().get(to).want(t, "no cookie", http.StatusBadRequest)
		odd := s.browser()
		odd.cookies[prefix+"lunedi_oidc"] = "e30" // {}
		odd.get("/sign-in/oidc/callback?code=x&state=").want(t, "an empty cookie", http.StatusBadRequest)
		long := s.browser().get("/sign-in/oidc?next=/" + strings.Repeat("a", 5000)).Cookies()[0]
		if len(long.String()) > 4000 {
			t.Error("the cookie is longer than browsers take")
		}
	}
}

// A provider that is away holds up nobody: the page tells it, passwords work, and it is asked again.
func TestOIDCAway(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	p.down = true
	s := p.through(t)
	s.withPassword(mem)
	for range 5 {
		s.browser().get("/sign-in/oidc").want(t, "away", http.StatusServiceUnavailable, "Corp ID does not answer", `name="password"`)
	}
	if p.asked != 1 {
		t.Errorf("it was asked %d times at once", p.asked)
	}
	s.browser().post("/sign-in", "email", "u2@example.com", "password", words).leads(t, "a password", "/")
	var fault providerFault
	if s.as(adm).must("security/provider", none{}, &fault); !strings.Contains(fault.Fault, "502") {
		t.Errorf("fault %q", fault.Fault)
	}
	p.mu.Lock()
	p.down = false
	p.mu.Unlock()
	s.add(providerRetry)
	b := s.browser()
	b.get(p.cameBack(t, b, nil)).leads(t, "back", "/users/5")
	var state security
	if s.as(adm).must("security", none{}, &state); state.Provider == nil || *state.Provider != (providerState{"Corp ID", p.URL, clientID, "http://console.example.com/sign-in/oidc/callback", "groups", false}) {
		t.Errorf("%+v", state.Provider)
	}
	s.add(providerRetry)
	if s.as(adm).must("security/provider", none{}, &fault); fault.Fault != "" {
		t.Errorf("fault %q", fault.Fault)
	}
	n := p.asked
	s.add(providerRetry)
	s.browser().get("/sign-in/oidc").leads2(t, p.URL+"/authorize?")
	if p.asked != n {
		t.Error("it is asked again for nothing")
	}
	s.add(providerLife)
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	s.browser().get("/sign-in/oidc").leads2(t, p.URL+"/authorize?") // what is known of it still holds
	if p.asked != n+1 {
		t.Errorf("it was asked %d times more", p.asked-n)
	}
}

// leads2 is leads where only the beginning of the address is known.
func (a *answered) leads2(t testing.TB, to string) {
	t.Helper()
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), to) {
		t.Errorf("%d to %q, want %s…", a.StatusCode, a.Header.Get("Location"), to)
	}
}

func TestOIDCAttempts(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	s := p.through(t)
	for range int(byNetwork.most) {
		b := s.browser()
		b.get(strings.Replace(p.cameBack(t, b, nil), "code=", "code=X", 1)).want(t, "a wrong code", http.StatusUnauthorized)
	}
	b := s.browser()
	b.get(p.cameBack(t, b, nil)).want(t, "one too many", http.StatusTooManyRequests)
	s.add(tryEvery)
	b = s.browser()
	b.get(p.cameBack(t, b, nil)).leads(t, "later", "/users/5")
}

func TestNoOIDC(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if strings.Contains(s.browser().get("/sign-in").text, "/sign-in/oidc") {
		t.Error("a provider is offered")
	}
	s.as(mem).get("/sign-in/oidc").want(t, "no provider", http.StatusNotFound)
	s.as(mem).get("/sign-in/oidc/callback").want(t, "no provider", http.StatusNotFound)
}

// Of several accounts it is the one that knows who comes.
func TestOIDCAccounts(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	s := p.through(t, create)
	second := account()
	second.Account.ID = 8
	second.Users[0].Email, second.Users[1].Email = "second@example.com", "third@example.com"
	for i, u := range second.Users[2:] {
		u.Email = fmt.Sprintf("other%d@example.com", i)
	}
	for _, u := range second.Users {
		u.Status, u.Name = work.Active, "Of the second account"
	}
	if err := s.service.NewAccount(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	for email, of := range map[string]string{"u2@example.com": "Mem", "second@example.com": "Of the second account", "new@example.com": "Name of the provider"} {
		b := s.browser()
		b.get(p.cameBack(t, b, claims{"sub": email, "email": email})).leads(t, email, "/users/5")
		b.get("/").want(t, email, http.StatusOK, `data-name="`+of+`"`)
	}
}

// TestOIDCSignOut: whoever came in through the provider is told to be still signed in there, and where to end that.
func TestOIDCSignOut(t *testing.T) {
	t.Parallel()
	for leave, want := range map[string]string{
		"": "Sign out there as well.", "https://id.example.com/out?a=1": `href="https://id.example.com/out?a=1&amp;client_id=lunedi"`,
		"javascript:alert(1)": "Sign out there as well.", "/out": "Sign out there as well.",
	} {
		p := newIDP(t)
		p.leave = leave
		s := p.through(t)
		s.withPassword(mem)
		b := s.browser()
		b.get(p.cameBack(t, b, nil)).leads(t, "come in", "/users/5")
		b.post("/console/sign-out").leads(t, "sign out", "/sign-in?out")
		if b.signed() {
			t.Error("the session lives")
		}
		b.get("/sign-in?out").want(t, leave, http.StatusOK, "At Corp ID you are still signed in", want)
		b.post("/console/sign-out").leads(t, "once more", "/sign-in")

		b.get(p.cameBack(t, b, nil)).leads(t, "come in again", "/users/5")
		b.post("/sign-in", "email", "u2@example.com", "password", words).leads(t, "with the password", "/")
		b.post("/console/sign-out").leads(t, "sign out of that", "/sign-in")
	}
	s := newSite(t)
	if page := s.browser().get("/sign-in?out"); strings.Contains(page.text, "still signed in") {
		t.Error("without a provider, one is told to be signed in there")
	}
}

// TestOIDCOthersAddress: nobody comes to be somebody else, or waits for somebody else to come, by changing an
// address, here or at the provider.
func TestOIDCOthersAddress(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	s := p.through(t, create)
	come := func(says claims) *browser {
		b := s.browser()
		b.get(p.cameBack(t, b, says)).leads(t, fmt.Sprint(says), "/users/5")
		return b
	}
	refused := func(what, why string, says claims) {
		t.Helper()
		b := s.browser()
		b.get(p.cameBack(t, b, says)).want(t, what, http.StatusUnauthorized, why)
	}
	me := func(b *browser, name string) {
		t.Helper()
		b.get("/").want(t, name, http.StatusOK, `data-name="`+name)
	}
	ada := come(claims{"sub": "ada", "email": "u1@example.com"})
	me(ada, "Ada")
	b := come(claims{"sub": "mem", "email": "u2@example.com"})
	refused("who has the admin's address at the provider now", "knows as somebody else", claims{"sub": "mallory", "email": "u1@example.com"})
	me(come(claims{"sub": "mem", "email": "u1@example.com"}), "Mem") // it is the subject that counts

	if _, _, field := b.call("email", newEmail{Email: "u1@example.com"}, nil); field != "email" {
		t.Error("an address that somebody has was taken")
	}
	b.must("email", newEmail{Email: "boss@example.com"}, nil)
	refused("whose address a user has claimed", "knows as somebody else", claims{"sub": "boss", "email": "boss@example.com"})
	me(come(claims{"sub": "mem", "email": "boss@example.com"}), "Mem")

	vie := s.as(vie) // who has never been at the provider
	vie.must("email", newEmail{Email: "chief@example.com"}, nil)
	refused("for whom somebody waits", "without anybody having confirmed it", claims{"sub": "chief", "email": "chief@example.com"})
	if _, err := s.service.UpdateUsers(t.Context(), callerOf(t, s, adm), []work.UserEdit{{User: 3, Email: new("chief@example.com")}}); err != nil {
		t.Fatal(err)
	}
	me(come(claims{"sub": "chief", "email": "chief@example.com"}), "Vie")
}
