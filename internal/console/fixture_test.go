package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// The people of the account.
const (
	adm work.UserID = 1 + iota
	mem
	vie
	gue
	off // deactivated
	inv // invited by adm
)

var day = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// hostile is what people call themselves.
const hostile = `</title><script>alert(1)</script>"'&` + "\u202eevil"

// account is what the console is tested on.
func account() *work.Snapshot {
	snap := &work.Snapshot{Seq: 1,
		Account:    work.Account{ID: 7, Name: "Acme " + hostile, Slug: "acme", FirstDay: "monday", CreatedAt: day, MainWorkspace: 100, LastID: 1000},
		Workspaces: []*work.Workspace{{ID: 100, Name: work.MainName, Kind: work.Open, State: work.StateActive, CreatedAt: day}},
		Teams:      []*work.Team{{ID: 20, Name: "Crew", CreatedAt: day}, {ID: 21, Name: "Friends", Guest: true, CreatedAt: day}},
	}
	for id, u := range map[work.UserID]work.User{
		adm: {Name: "Ada " + hostile, Role: work.Admin}, mem: {Name: "Mem", Role: work.Member}, vie: {Name: "Vie", Role: work.Viewer},
		gue: {Name: "Gue", Role: work.Guest}, off: {Name: "Off", Role: work.Member, Status: work.Inactive}, inv: {Name: "Inv", Role: work.Member, Status: work.Pending, InvitedBy: adm},
	} {
		u.ID, u.Email, u.CreatedAt = id, fmt.Sprintf("u%d@example.com", id), day
		if u.Status == "" {
			u.Status = work.Active
		}
		snap.Users = append(snap.Users, &u)
	}
	return snap
}

// site is a console being visited.
type site struct {
	t       testing.TB
	console *Console
	service *work.Service
	store   *worktest.Store
	log     *bytes.Buffer

	mu  sync.Mutex
	now time.Time
}

func (s *site) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// asked is what the API in these tests answers: who asked, and how.
type asked struct {
	User     string `json:"user"`
	ReadOnly bool   `json:"read_only"`
}

func newSite(t testing.TB, edit ...func(*Config)) *site {
	t.Helper()
	s := &site{t: t, store: new(worktest.Store), log: new(bytes.Buffer), now: day}
	var err error
	if s.service, err = work.New(work.Config{Store: s.store, Key: bytes.Repeat([]byte{7}, 32), Now: s.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.service.Close)
	if err := s.service.NewAccount(t.Context(), account()); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Service: s.service, PublicURL: "http://console.example.com", Now: s.clock, Log: slog.New(slog.NewTextHandler(s.log, nil)),
		API: func(w http.ResponseWriter, _ *http.Request, by work.Caller, readOnly bool) {
			_ = json.NewEncoder(w).Encode(asked{by.User().String(), readOnly})
		}}
	for _, e := range edit {
		e(&cfg)
	}
	if s.console, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func over(publicURL string) func(*Config) { return func(c *Config) { c.PublicURL = publicURL } }

// browser is a visitor with cookies.
type browser struct {
	*site
	address string
	cookies map[string]string
	header  http.Header
}

func (s *site) browser() *browser {
	return &browser{site: s, address: "192.0.2.1:4711", cookies: map[string]string{}, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

// as is a browser in which somebody has signed in.
func (s *site) as(who work.UserID) *browser {
	s.t.Helper()
	by, err := s.service.As(s.t.Context(), 7, who)
	if err != nil {
		s.t.Fatal(err)
	}
	secret, _, err := s.service.SignIn(s.t.Context(), by, "Test")
	if err != nil {
		s.t.Fatal(err)
	}
	b := s.browser()
	b.cookies[s.console.cookie("lunedi_session")] = secret
	return b
}

func (b *browser) send(r *http.Request) *answered {
	b.t.Helper()
	r.RemoteAddr = b.address
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	b.console.ServeHTTP(w, r)
	res := w.Result()
	for _, k := range res.Cookies() {
		if k.MaxAge < 0 {
			delete(b.cookies, k.Name)
		} else {
			b.cookies[k.Name] = k.Value
		}
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &answered{Response: res, text: string(text)}
}

type answered struct {
	*http.Response
	text string
}

func (b *browser) get(path string) *answered {
	b.t.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form: name, value, name, value.
func (b *browser) post(path string, form ...string) *answered {
	b.t.Helper()
	v := url.Values{}
	for i := 0; i < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// call asks a call and reads its answer into out, or the refusal's words and field.
func (b *browser) call(name string, in, out any) (status int, words, field string) {
	b.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/console/"+name, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	a := b.send(r)
	if a.StatusCode == http.StatusOK {
		if out != nil {
			if err := json.Unmarshal([]byte(a.text), out); err != nil {
				b.t.Fatalf("%s: %v: %s", name, err, a.text)
			}
		}
		return a.StatusCode, "", ""
	}
	var e struct{ Message, Field string }
	if err := json.Unmarshal([]byte(a.text), &e); err != nil || e.Message == "" {
		b.t.Errorf("%s refuses with %d and %q", name, a.StatusCode, a.text)
	}
	return a.StatusCode, e.Message, e.Field
}

// must is call where nothing is refused.
func (b *browser) must(name string, in, out any) {
	b.t.Helper()
	if status, words, _ := b.call(name, in, out); status != http.StatusOK {
		b.t.Fatalf("%s: %d %s", name, status, words)
	}
}

func (a *answered) want(t testing.TB, what string, status int, words ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s: status %d, want %d: %.300s", what, a.StatusCode, status, a.text)
	}
	for _, w := range words {
		if !strings.Contains(a.text, w) {
			t.Errorf("%s: %q is not in %.500s", what, w, a.text)
		}
	}
}

// leads fails the test unless the answer sends the browser on to an address.
func (a *answered) leads(t testing.TB, what, to string) {
	t.Helper()
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != to {
		t.Errorf("%s: %d to %q, want %q: %.300s", what, a.StatusCode, a.Header.Get("Location"), to, a.text)
	}
}

// signed reports whether the browser's session is alive.
func (b *browser) signed() bool {
	b.t.Helper()
	return b.get("/").StatusCode == http.StatusOK
}
