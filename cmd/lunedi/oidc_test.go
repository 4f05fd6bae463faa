package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOIDCFlags: what cannot be meant is said at once, with the flag's name.
func TestOIDCFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "empty"), []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for words, args := range map[string]string{
		`--oidc-issuer: "id.example.com" is not like https://id.example.com`: "--oidc-issuer id.example.com --oidc-client-id a",
		`--oidc-client-id is needed with --oidc-issuer`:                      "--oidc-issuer https://id.example.com",
		`--oidc-issuer is needed for what else is said of OpenID`:            "--oidc-client-id a",
		`--oidc-client-secret-file: open nothing`:                            "--oidc-issuer https://id.example.com --oidc-client-id a --oidc-client-secret-file nothing",
		`--oidc-client-secret-file: empty is empty`:                          "--oidc-issuer https://id.example.com --oidc-client-id a --oidc-client-secret-file empty",
	} {
		fails(t, exitUsage, words, dir, nil, append([]string{"serve"}, strings.Fields(args)...)...)
	}
}

// TestOIDCUnreachable: a provider that is not there keeps nobody from signing in with a password.
func TestOIDCUnreachable(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "--oidc-issuer", "http://127.0.0.1:1", "--oidc-client-id", "lunedi", "--oidc-name", "Nowhere")
	if _, page := p.get(t, "/sign-in"); !strings.Contains(page, "Sign in with Nowhere") {
		t.Errorf("the page is %s", page)
	}
	if status, page := p.get(t, "/sign-in/oidc"); status != http.StatusServiceUnavailable || !strings.Contains(page, "Nowhere does not answer") || !strings.Contains(page, `name="password"`) {
		t.Errorf("%d %s", status, page)
	}
	p.stop(t)
}

// TestAdminUserLink: a forgotten password is set anew with a link that is made on the server itself.
func TestAdminUserLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir, "--admin-name", "Ada", "--admin-email", "ada@example.com")
	p.stop(t)
	must(t, dir, nil, "admin", "user", "create", "--email", "vera@example.com", "--role", "view_only")
	fails(t, exitUsage, "name one user", dir, nil, "admin", "user", "link")
	fails(t, exitUsage, `--public-url: "example" is not like`, dir, nil, "admin", "user", "link", "vera", "--public-url", "example")
	fails(t, exitError, `there is no user "nobody"`, dir, nil, "admin", "user", "link", "nobody")
	if out := must(t, dir, nil, "admin", "user", "link", "ada@example.com", "--public-url", "https://api.example.com/"); !strings.HasPrefix(out, "https://api.example.com/welcome?link=lul_") {
		t.Errorf("it says %q", out)
	}
	first := strings.TrimSpace(must(t, dir, nil, "admin", "user", "link", "vera@example.com"))
	link := strings.TrimSpace(must(t, dir, nil, "admin", "user", "link", "vera@example.com"))

	p = serve(t, dir)
	if status, _ := p.get(t, first); status != http.StatusGone {
		t.Errorf("the link made before: %d", status)
	}
	if status, page := p.get(t, link); status != 200 || !strings.Contains(page, "Welcome, vera") {
		t.Errorf("the link: %d %s", status, page)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	_, secret, _ := strings.Cut(link, "link=")
	r, err := browser.PostForm(p.url+"/welcome", url.Values{"link": {secret}, "password": {"a few words do well"}})
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 200 || r.Request.URL.Path != "/" {
		t.Errorf("it leads to %s: %d", r.Request.URL, r.StatusCode)
	}
	p.stop(t)
}
