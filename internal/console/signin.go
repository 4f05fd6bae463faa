package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

func (c *Console) signInRoutes() {
	c.mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) {
		c.signInPage(w, r, http.StatusOK, "", "")
	})
	c.mux.HandleFunc("POST /sign-in", c.signIn)
	c.mux.HandleFunc("POST /console/sign-in-as", c.signInAs)
	c.mux.HandleFunc("POST /console/sign-out", c.signOut)
	c.mux.HandleFunc("POST /console/as", c.signedIn(c.lookAs))
	if c.provider != nil {
		c.mux.HandleFunc("GET /sign-in/oidc", c.toProvider)
		c.mux.HandleFunc("GET /sign-in/oidc/callback", c.fromProvider)
	}
	c.mux.HandleFunc("GET /welcome", c.welcome)
	c.mux.HandleFunc("POST /welcome", c.acceptLink)
}

// signInData is what the sign-in page shows.
type signInData struct {
	Next, Email, Fault, Provider string
	Out                          bool     // one has signed out here, and not at the provider
	Leave                        string   // where one signs out there; "" where that is not known
	Sandbox                      []person // whom one click signs in as
	Asset                        func(string) string
}

func (c *Console) signInPage(w http.ResponseWriter, r *http.Request, status int, email, fault string) {
	d := signInData{Next: local(r.FormValue("next")), Email: email, Fault: fault, Asset: c.asset}
	if c.provider != nil {
		d.Provider = c.provider.Name
		if d.Out = fault == "" && r.URL.Query().Has("out"); d.Out {
			d.Leave = c.provider.leave()
		}
	}
	if c.cfg.Sandbox {
		var err error
		if d.Sandbox, err = c.sandboxUsers(r); err != nil {
			c.cfg.Log.Error("listing whom to sign in as", "err", err)
		}
	}
	if status != http.StatusOK {
		w.WriteHeader(status)
	}
	c.render(w, "signin.html", d)
}

// sandboxUsers are one active user of each role: whose the sandbox's tokens are, otherwise the first.
func (c *Console) sandboxUsers(r *http.Request) (out []person, err error) {
	ids, err := c.cfg.Service.Accounts(r.Context())
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	by, err := c.cfg.Service.As(r.Context(), ids[0], 0)
	if err != nil {
		return nil, err
	}
	v, err := c.cfg.Service.View(r.Context(), by)
	if err != nil {
		return nil, err
	}
	tokens, err := c.cfg.Service.Tokens(r.Context(), by)
	if err != nil {
		return nil, err
	}
	users, err := v.Users(work.UserFilter{Page: work.Page{Limit: 1000}})
	if err != nil {
		return nil, err
	}
	chosen := map[work.Role]*work.User{}
	choose := func(u *work.User) {
		if u != nil && u.Status == work.Active && chosen[u.Role] == nil {
			chosen[u.Role] = u
		}
	}
	slices.SortFunc(tokens, func(a, b *work.Token) int { return cmp.Compare(a.ID, b.ID) })
	for _, t := range tokens {
		choose(v.User(t.User))
	}
	for _, u := range users {
		choose(u)
	}
	for _, role := range []work.Role{work.Admin, work.Member, work.Guest, work.Viewer} {
		if u := chosen[role]; u != nil {
			out = append(out, personOf(u))
		}
	}
	return out, nil
}

// signIn lets in whoever knows an e-mail address and its password. What is wrong of the two is not told.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxCall)
	email, password := strings.TrimSpace(r.PostFormValue("email")), r.PostFormValue("password")
	t := c.tryName(r, email)
	if t.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(t.wait.Seconds())))
		c.signInPage(w, r, http.StatusTooManyRequests, email, fmt.Sprintf("Too many attempts. Try again in %s.", t.wait))
		return
	}
	by, err := c.knows(r, email, password)
	if err != nil {
		c.failSignIn(w, r, email, err)
		return
	}
	c.limits.succeed(t.pair)
	c.limits.giveBack(t.network) // many people have one
	c.limits.giveBack(t.name)    // what others have tried still counts
	c.setCookie(w, throughProvider, "", -1)
	c.enter(w, r, by, r.FormValue("next"))
}

// nameTry is a try of a password for a name: what it is counted by, and how long it has to wait, if it has to.
type nameTry struct {
	network, name, pair string
	wait                time.Duration
}

// emailMax is how many bytes of what is typed as an address are looked at: what is counted is remembered.
const emailMax = 320

func (c *Console) tryName(r *http.Request, email string) (t nameTry) {
	now, from := c.cfg.Now(), network(r)
	email = strings.ToLower(email[:min(len(email), emailMax)])
	t.network, t.name, t.pair = "from "+from, "name "+email, "name "+email+" from "+from
	var ok bool
	if t.wait, ok = c.limits.try(t.network, byNetwork, now); !ok { // a name is noted only for who may still try
		return t
	}
	pair := byPair
	if c.limits.out(t.name, byName, now) {
		pair = byPairGuessed
		if _, ok := c.limits.try("warned of "+email, byWarning, now); ok {
			c.cfg.Log.Warn("somebody guesses a password from many networks; each of them has fewer tries from now on", "email", email)
		}
	}
	if t.wait, ok = c.limits.try(t.pair, pair, now); ok {
		if _, taken := c.limits.try(t.name, byName, now); !taken { // which refuses nothing by itself
			t.name = "" // there is none to be given back
		}
	}
	return t
}

// errWrong is for all who may not come in; more is not told to strangers.
var errWrong = &work.Error{Code: work.CodeUnauthenticated, Msg: "The e-mail address or the password is wrong. Ask an admin of your account for a link if you have no password yet."}

func (c *Console) knows(r *http.Request, email, password string) (work.Caller, error) {
	logins, err := c.cfg.Service.Logins(r.Context(), email)
	if err != nil {
		return work.Caller{}, err
	}
	if len(logins) == 0 {
		logins = []work.Login{{}}
	}
	for _, l := range logins {
		same, err := samePassword(r.Context(), password, l.Hash)
		if err != nil {
			return work.Caller{}, err
		}
		if same {
			return c.cfg.Service.As(r.Context(), l.Account, l.User)
		}
	}
	return work.Caller{}, errWrong
}

func (c *Console) failSignIn(w http.ResponseWriter, r *http.Request, email string, err error) {
	e := work.ErrorOf(err)
	switch {
	case errors.Is(err, errWrong), e.Code == work.CodeNoAccess:
		c.signInPage(w, r, http.StatusUnauthorized, email, e.Msg)
	default:
		c.cfg.Log.Error("signing in", "err", err)
		c.signInPage(w, r, http.StatusServiceUnavailable, email, "The database does not answer. Try again in a moment.")
	}
}

// enter begins a session, in place of the browser's last one, and goes where the visitor wanted to.
func (c *Console) enter(w http.ResponseWriter, r *http.Request, by work.Caller, next string) {
	c.endSession(r)
	secret, _, err := c.cfg.Service.SignIn(r.Context(), by.At(address(r)), r.UserAgent())
	if err != nil {
		c.failSignIn(w, r, "", err)
		return
	}
	c.setCookie(w, "lunedi_session", secret, int(work.SessionLife.Seconds()))
	c.setCookie(w, "lunedi_as", "", -1)
	http.Redirect(w, r, local(next), http.StatusSeeOther)
}

// endSession ends the session that a request came with, if any.
func (c *Console) endSession(r *http.Request) {
	by, err := c.cfg.Service.Session(r.Context(), c.cookieValue(r, "lunedi_session"))
	if err == nil {
		err = c.cfg.Service.RevokeToken(r.Context(), by.At(address(r)), by.Token())
	}
	if err == nil {
		return
	}
	if e := work.ErrorOf(err); e.Code != work.CodeUnauthenticated && e.Code != work.CodeNoAccess {
		c.cfg.Log.Warn("ending a session", "err", err)
	}
}

// signInAs is the sandbox's one click.
func (c *Console) signInAs(w http.ResponseWriter, r *http.Request) {
	if !c.cfg.Sandbox {
		http.NotFound(w, r)
		return
	}
	ids, err := c.cfg.Service.Accounts(r.Context())
	user, bad := strconv.ParseInt(r.PostFormValue("user"), 10, 64)
	if err != nil || bad != nil || len(ids) == 0 || user == 0 {
		c.signInPage(w, r, http.StatusBadRequest, "", "There is no such user.")
		return
	}
	by, err := c.cfg.Service.As(r.Context(), ids[0], work.UserID(user))
	if err != nil {
		c.signInPage(w, r, http.StatusBadRequest, "", work.ErrorOf(err).Msg)
		return
	}
	c.enter(w, r, by, r.FormValue("next"))
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	c.endSession(r)
	c.setCookie(w, "lunedi_session", "", -1)
	c.setCookie(w, "lunedi_as", "", -1)
	to := "/sign-in"
	if c.provider != nil && c.cookieValue(r, throughProvider) != "" {
		to += "?out"
	}
	c.setCookie(w, throughProvider, "", -1)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// lookAs shows an admin the account as somebody else sees it, until told otherwise. Changes are refused
// meanwhile: they would be in that one's name.
func (c *Console) lookAs(w http.ResponseWriter, r *http.Request, s *session) {
	user := r.PostFormValue("user")
	if user != "" && s.me.Role != work.Admin {
		http.Error(w, "Only admins may look at the account as somebody else.", http.StatusForbidden)
		return
	}
	if user == "" {
		c.setCookie(w, "lunedi_as", "", -1)
	} else {
		c.setCookie(w, "lunedi_as", user, 3600)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// welcomeData is what the page behind a link shows.
type welcomeData struct {
	Secret, Name, Email, Fault string
	Min                        int
	Asset                      func(string) string
}

// welcome is behind the one-time links that invite people, make the first admin, and reset passwords.
func (c *Console) welcome(w http.ResponseWriter, r *http.Request) {
	c.welcomePage(w, r, r.URL.Query().Get("link"), http.StatusOK, "")
}

func (c *Console) welcomePage(w http.ResponseWriter, r *http.Request, secret string, status int, fault string) {
	d := welcomeData{Secret: secret, Fault: fault, Min: passwordMin, Asset: c.asset}
	if _, u, err := c.cfg.Service.Link(r.Context(), secret); err != nil {
		status, d.Secret, d.Fault = http.StatusGone, "", "This link was used already, or has expired. Ask an admin of your account for another."
	} else {
		d.Name, d.Email = u.Name, u.Email
	}
	if status != http.StatusOK {
		w.WriteHeader(status)
	}
	c.render(w, "welcome.html", d)
}

func (c *Console) acceptLink(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxCall)
	secret, password := r.PostFormValue("link"), r.PostFormValue("password")
	by, _, err := c.cfg.Service.Link(r.Context(), secret)
	if err == nil {
		if err = checkPassword(password); err == nil {
			var hash string
			if hash, err = hashPassword(r.Context(), password); err == nil {
				err = c.cfg.Service.SetPassword(r.Context(), by.At(address(r)), hash)
			}
		}
	}
	if err != nil {
		e := work.ErrorOf(err)
		if e.Code == work.CodeInternal {
			c.cfg.Log.Error("setting a password", "err", err)
		}
		c.welcomePage(w, r, secret, http.StatusBadRequest, e.Msg)
		return
	}
	if by, err = c.cfg.Service.As(r.Context(), by.Account(), by.User()); err != nil {
		c.failSignIn(w, r, "", err)
		return
	}
	c.enter(w, r, by, r.FormValue("next"))
}
