package console

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// addressOf fills in what stands for something in the address of a page.
func addressOf(p page) string {
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllString(strings.TrimSuffix(p.path, "{$}"), "555")
}

// callNames are the names of all calls, or only of those that change something, as the source has them.
func callNames(t *testing.T, adding string) (names []string) {
	t.Helper()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\t(?:`+adding+`)\(c, "([^"]+)", c\.`).FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	if len(names) < 5 {
		t.Fatalf("%d calls are added with %s: the test sees little", len(names), adding)
	}
	return names
}

// Every page is there for whoever may see it, with the headers that keep it what it is, and its module.
func TestPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(adm)
	for _, p := range pages {
		path := addressOf(p)
		a := b.get(path)
		a.want(t, path, http.StatusOK, `js/pages/`+p.module+`.js"`, `data-role="admin"`)
		if a.Header.Get("Content-Type") != "text/html; charset=utf-8" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, a.Header)
		}
		if _, err := embedded.ReadFile("assets/js/pages/" + p.module + ".js"); err != nil {
			t.Errorf("%s has no module: %v", path, err)
		}
		for _, src := range regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`).FindAllStringSubmatch(a.text, -1) {
			if got := b.get(src[1]); got.StatusCode != http.StatusOK {
				t.Errorf("%s wants %s: %d", path, src[1], got.StatusCode)
			}
		}
	}
	b.get("/nothing/here").want(t, "nothing", http.StatusNotFound, "js/pages/missing.js")
}

// All modules find what they import, and none has HTML written into a page.
func TestModules(t *testing.T) {
	t.Parallel()
	root := os.DirFS("assets/js")
	n := 0
	err := filepath.WalkDir("assets/js", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".js" {
			return err
		}
		n++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`(?m)^(?:import|export)\b[^"]*"(\.[^"]+)";`).FindAllStringSubmatch(string(text), -1) {
			rel, err := filepath.Rel("assets/js", filepath.Join(filepath.Dir(path), m[1]))
			if err != nil {
				return err
			}
			if f, err := root.Open(filepath.ToSlash(rel)); err != nil {
				t.Errorf("%s imports %s: %v", path, m[1], err)
			} else {
				f.Close()
			}
		}
		for _, never := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function("} {
			if strings.Contains(string(text), never) {
				t.Errorf("%s: %s", path, never)
			}
		}
		return nil
	})
	if err != nil || n < 10 {
		t.Errorf("%d modules, %v", n, err)
	}
}

// Whatever is answered, the browser is held to what this server serves itself.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for _, public := range []string{"http://console.example.com", "https://console.example.com"} {
		s := newSite(t, over(public))
		b, stranger := s.as(adm), s.browser()
		foreign := s.browser()
		foreign.header.Set("Sec-Fetch-Site", "cross-site")
		for what, a := range map[string]*answered{
			"page": b.get("/"), "admin page": b.get("/admin"), "nothing": b.get("/nothing"), "asset": b.get(s.console.asset("console.css")), "no asset": b.get("/assets/x/y"),
			"sign-in": stranger.get("/sign-in"), "redirect": stranger.get("/"), "welcome": stranger.get("/welcome?link=x"), "call": b.post("/console/token"),
			"refused call": stranger.post("/console/token"), "api": b.post("/console/v2"), "foreign": foreign.post("/sign-in"), "wrong password": stranger.post("/sign-in", "email", "a", "password", "b"),
		} {
			h := a.Header
			policy := h.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
				if !strings.Contains(policy, want) {
					t.Errorf("%s, %s: no %s in the policy %q", public, what, want, policy)
				}
			}
			if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
				t.Errorf("%s, %s: the policy %q", public, what, policy)
			}
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
				if h.Get(name) != want {
					t.Errorf("%s, %s: %s is %q", public, what, name, h.Get(name))
				}
			}
			if strict := h.Get("Strict-Transport-Security"); (strict != "") != strings.HasPrefix(public, "https:") {
				t.Errorf("%s, %s: Strict-Transport-Security %q", public, what, strict)
			}
		}
	}
}

// What comes from pages of others changes nothing, whatever it carries.
func TestForeignPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	paths := []string{"/sign-in", "/welcome", "/console/sign-out", "/console/as", "/console/sign-in-as", "/console/v2", "/nothing"}
	for _, name := range callNames(t, "call|change") {
		paths = append(paths, "/console/"+name)
	}
	b := s.as(adm)
	secret := b.cookies["lunedi_session"]
	for name, header := range map[string]http.Header{
		"cross-site": {"Sec-Fetch-Site": {"cross-site"}},
		"subdomain":  {"Sec-Fetch-Site": {"same-site"}},
		"origin":     {"Sec-Fetch-Site": nil, "Origin": {"https://evil.example.com"}},
		"no origin":  {"Sec-Fetch-Site": nil, "Origin": {"null"}},
	} {
		b.header = header
		for _, path := range paths {
			if a := b.post(path, "user", "2"); a.StatusCode != http.StatusForbidden || len(a.Cookies()) != 0 {
				t.Errorf("%s, %s: %d, cookies %v", name, path, a.StatusCode, a.Cookies())
			}
		}
	}
	if b.cookies["lunedi_session"] != secret || !b.signed() {
		t.Error("the session has ended")
	}
	for name, header := range map[string]http.Header{
		"same origin": {"Sec-Fetch-Site": {"same-origin"}}, "typed": {"Sec-Fetch-Site": {"none"}}, "no browser": {"Sec-Fetch-Site": nil},
		"old browser": {"Sec-Fetch-Site": nil, "Origin": {"http://example.com"}}, // httptest's host
	} {
		b.header = header
		b.post("/console/v2").want(t, name, http.StatusOK, `"user":"1"`)
	}
	b.header = http.Header{"Sec-Fetch-Site": {"cross-site"}}
	b.get("/").want(t, "a link from elsewhere", http.StatusOK)
}

// Who has not signed in gets nothing: pages lead to the sign-in and back, calls say so in JSON.
func TestSignedOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(work.SessionLife)
	expired := s.as(adm)
	s.add(work.SessionLife)
	odd := s.browser()
	odd.cookies["lunedi_session"] = "lus_" + strings.Repeat("A", 43)
	by, err := s.service.As(t.Context(), 7, mem)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := s.service.RegenerateToken(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	apiToken := s.browser()
	apiToken.cookies["lunedi_session"] = token
	for name, b := range map[string]*browser{"stranger": s.browser(), "expired": expired, "made up": odd, "an API token": apiToken} {
		for _, p := range pages {
			path := addressOf(p)
			a := b.get(path + "?a=b&c")
			a.leads(t, name+" at "+path, "/sign-in?next="+strings.NewReplacer("/", "%2F", "?", "%3F", "=", "%3D", "&", "%26").Replace(path+"?a=b&c"))
		}
		b.get("/nothing/here").leads(t, name, "/sign-in?next=%2Fnothing%2Fhere")
		for _, call := range append(callNames(t, "call|change"), "v2") {
			a := b.post("/console/" + call)
			var e struct{ Message, Code string }
			if err := json.Unmarshal([]byte(a.text), &e); err != nil || a.StatusCode != http.StatusUnauthorized || e.Code != "unauthenticated" || e.Message == "" {
				t.Errorf("%s, %s: %d %q", name, call, a.StatusCode, a.text)
			}
			if a.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s, %s: %s", name, call, a.Header.Get("Content-Type"))
			}
		}
		if a := b.post("/console/as", "user", "2"); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s looks as somebody: %d", name, a.StatusCode)
		}
	}
	// What everybody may have.
	s.browser().get("/sign-in").want(t, "sign-in", http.StatusOK, `name="password"`)
	s.browser().get(s.console.asset("console.css")).want(t, "asset", http.StatusOK)
}

// A database that does not answer ends no session.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.store.Share()
	b := s.as(adm)
	s.store.OnRead(func(string) error { return http.ErrServerClosed })
	other := newSite(t) // one that has not read the session yet
	other.store.OnRead(func(string) error { return http.ErrServerClosed })
	stranger := other.browser()
	stranger.cookies["lunedi_session"] = b.cookies["lunedi_session"]
	stranger.get("/").want(t, "a page", http.StatusServiceUnavailable)
	if status, words, _ := stranger.call("token", none{}, nil); status != http.StatusServiceUnavailable {
		t.Errorf("a call: %d %s", status, words)
	}
	stranger.post("/sign-in", "email", "u1@example.com", "password", "some words").want(t, "sign-in", http.StatusServiceUnavailable, "does not answer")
	if strings.Contains(stranger.get("/sign-in").text, "ErrServerClosed") {
		t.Error("what is wrong with the database is told")
	}
}

// Pages for admins tell others so; what is on them is the service's to refuse.
func TestAdminPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, who := range []work.UserID{mem, vie, gue} {
		b := s.as(who)
		for _, p := range pages {
			a := b.get(addressOf(p))
			if p.admin {
				a.want(t, p.path, http.StatusForbidden, "js/pages/forbidden.js")
			} else {
				a.want(t, p.path, http.StatusOK, "js/pages/"+p.module+".js")
			}
			if strings.Contains(a.text, `href="/admin"`) {
				t.Errorf("user %d is shown the way to the administration on %s", who, p.path)
			}
		}
		for _, name := range []string{"security", "security/sessions", "security/provider"} {
			if status, words, _ := b.call(name, none{}, nil); status != http.StatusForbidden {
				t.Errorf("user %d, %s: %d %s", who, name, status, words)
			}
		}
	}
}

// An admin may see the account as somebody else does, and change nothing meanwhile.
func TestLookAs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(adm)
	askedAs := func(b *browser, user string, readOnly bool) {
		t.Helper()
		var got asked
		if a := b.post("/console/v2"); json.Unmarshal([]byte(a.text), &got) != nil || got != (asked{user, readOnly}) {
			t.Errorf("asked as %+v, want user %s, read only %v", got, user, readOnly)
		}
	}
	askedAs(b, "1", false)
	b.post("/console/as", "user", "2").leads(t, "look as", "/")
	askedAs(b, "2", true)
	b.get("/").want(t, "the page", http.StatusOK, "You see the account as <strong>Mem</strong> does", `data-me="1"`)
	for _, name := range callNames(t, "change") {
		if status, words, _ := b.call(name, none{}, nil); status != http.StatusForbidden || !strings.Contains(words, "Mem") {
			t.Errorf("%s while looking: %d %s", name, status, words)
		}
	}
	b.post("/console/as").leads(t, "back", "/")
	askedAs(b, "1", false)

	// Whoever cannot be looked as is not; nor does anybody else than an admin.
	for _, other := range []string{"1", "99", "5", "6", "x", "-1", "0", "9223372036854775808"} {
		b.cookies["lunedi_as"] = other
		askedAs(b, "1", false)
	}
	b.cookies["lunedi_as"] = "2"
	askedAs(b, "2", true)
	for _, who := range []work.UserID{mem, vie, gue} {
		m := s.as(who)
		m.post("/console/as", "user", "1").want(t, "look as an admin", http.StatusForbidden)
		m.cookies["lunedi_as"] = "1"
		askedAs(m, who.String(), false)
		if strings.Contains(m.get("/").text, "You see the account as") {
			t.Errorf("user %d looks as somebody else", who)
		}
	}
	// It ends with the right to it.
	by, err := s.service.As(t.Context(), 7, adm)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.UpdateUsersRole(t.Context(), by, []work.UserID{mem}, work.Admin); err != nil {
		t.Fatal(err)
	}
	m := s.as(mem)
	m.post("/console/as", "user", "3").leads(t, "a new admin", "/")
	askedAs(m, "3", true)
	if _, err := s.service.UpdateUsersRole(t.Context(), by, []work.UserID{mem}, work.Member); err != nil {
		t.Fatal(err)
	}
	askedAs(m, "2", false)
	// And with the session.
	b.post("/console/sign-out")
	if _, still := b.cookies["lunedi_as"]; still {
		t.Error("who signs in next looks as somebody else")
	}
}

// Names are text, whatever is in them.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *Config) { c.Sandbox = true }, func(c *Config) {
		c.OIDC = &OIDC{Issuer: "http://127.0.0.1:1", ClientID: "x", Name: hostile}
	})
	b := s.as(adm)
	_, link := linkFor(s, adm, mem)
	b.post("/console/as", "user", "2")
	for _, a := range []*answered{
		b.get("/"), b.get("/admin"), b.get("/nothing/" + "%3Cscript%3Ealert(1)%3C/script%3E"), s.browser().get("/sign-in"), s.browser().get("/welcome?link=" + link),
		s.browser().get("/sign-in?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E"), s.browser().get("/welcome?link=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"),
		s.browser().post("/sign-in", "email", `"><script>alert(1)</script>`, "password", "x"), s.browser().post("/console/sign-in-as", "user", "<script>alert(1)</script>"),
		s.browser().get("/sign-in/oidc/callback?error=x&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state=%3Cscript%3E"),
	} {
		if strings.Contains(a.text, "<script>") || strings.Contains(a.text, `"'&`) || strings.Contains(a.text, `=""'`) {
			t.Errorf("%d: %s", a.StatusCode, a.text)
		}
	}
	if text := b.get("/").text; !strings.Contains(text, "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the test does not see the names")
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	for path, want := range map[string]struct {
		status int
		typ    string
		cache  string
	}{
		s.console.asset("console.css"):           {200, "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		s.console.asset("js/ui.js"):              {200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/assets/other/js/ui.js":                 {200, "text/javascript; charset=utf-8", "no-cache"},
		s.console.asset("icon.svg"):              {200, "image/svg+xml", "public, max-age=31536000, immutable"},
		s.console.asset(""):                      {status: 404},
		s.console.asset("js"):                    {status: 404},
		s.console.asset("js/none.js"):            {status: 404},
		s.console.asset("..%2Fpages/shell.html"): {status: 404},
		s.console.asset("%2e%2e/console.go"):     {status: 404},
		"/assets/":                               {status: 404},
	} {
		a := b.get(path)
		if a.StatusCode != want.status || want.status == 200 && (a.Header.Get("Content-Type") != want.typ || a.Header.Get("Cache-Control") != want.cache) {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
		if strings.Contains(a.text, "{{.Title}}") || strings.Contains(a.text, "package console") {
			t.Errorf("%s gives away what is not an asset", path)
		}
	}
}

// Bodies that are no call, or too much of one, are refused.
func TestOddCalls(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(mem)
	for name, body := range map[string]string{"nothing": "", "no JSON": "a=b", "a list": "[]", "another type": `{"id": {}}`, "too long": `{"id": "` + strings.Repeat("1", maxCall) + `"}`} {
		r := httptest.NewRequest(http.MethodPost, "/console/tokens/revoke", strings.NewReader(body))
		b.send(r).want(t, name, http.StatusBadRequest, "not the JSON that is expected")
	}
	b.post("/console/nothing").want(t, "no such call", http.StatusNotFound)
	if a := b.get("/console/token"); a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET of a call: %d", a.StatusCode)
	}
}

// Redirects after sign-in stay on this server.
func TestLocal(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"": "/", "/": "/", "/users/5?a=b": "/users/5?a=b", "//evil.example.com": "/", "///evil.example.com": "/", "https://evil.example.com": "/", "/\\evil.example.com": "/",
		"\\\\evil.example.com": "/", "javascript:alert(1)": "/", "users": "/", "/a\r\nSet-Cookie: a=b": "/", " /a": "/", "/a b": "/", "/\tevil": "/", "/\t/evil.example.com": "/", "/a//b": "/a//b", "/./evil": "/./evil",
	} {
		if got := local(next); got != want {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

func TestMenus(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(adm)
	all := map[string]bool{}
	for _, p := range pages {
		all[addressOf(p)] = true
	}
	for area, menu := range menus {
		for _, l := range menu {
			if !all[l.Href] {
				t.Errorf("the menu of %s leads to %s, which is no page", area, l.Href)
			}
		}
	}
	for path, want := range map[string][]string{"/": {"/"}, "/users": {"/users"}, "/users/5": {"/users"}, "/admin": {"/admin"}, "/admin/security": {"/admin/security"}, "/workspaces/1": {"/workspaces"}} {
		var got []string
		for _, m := range regexp.MustCompile(`<a href="([^"]+)" aria-current="page"`).FindAllStringSubmatch(b.get(path).text, -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("on %s the menu marks %v", path, got)
		}
	}
}
