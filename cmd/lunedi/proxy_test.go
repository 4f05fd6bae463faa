package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestTrustedProxy: behind a proxy that is trusted a session is told to be from where its user is, and from
// nowhere else than the proxy where none is. --inspect keeps what was asked.
func TestTrustedProxy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flags []string
		from  string
		texts string
	}{
		{[]string{"--trusted-proxy", "10.0.0.0/8,127.0.0.1", "--trusted-proxy", "::1", "--inspect"}, "203.0.113.5", "true"},
		{[]string{"--trusted-proxy", "10.0.0.0/8"}, "127.0.0.1", "false"},
		{nil, "127.0.0.1", "false"},
	} {
		p := serve(t, t.TempDir(), c.flags...)
		link := regexp.MustCompile(`link=(\S+)`).FindStringSubmatch(p.stdout.String())
		jar, _ := cookiejar.New(nil) // never fails
		browser := &http.Client{Jar: jar}
		send := func(path, kind, body string) string {
			r, err := http.NewRequest(http.MethodPost, p.url+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", kind)
			r.Header.Set("X-Forwarded-For", "198.51.100.1, 203.0.113.5, 10.2.2.2")
			res, err := browser.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			text, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d %s, %v", path, res.StatusCode, text, err)
			}
			return string(text)
		}
		send("/welcome", "application/x-www-form-urlencoded", url.Values{"link": {link[1]}, "password": {"a few words do well"}}.Encode())
		if got := send("/console/profile", "application/json", "{}"); !strings.Contains(got, `"from":"`+c.from+`"`) {
			t.Errorf("%v: the session is told as %s", c.flags, got)
		}
		if got := send("/console/requests", "application/json", "{}"); !strings.Contains(got, `"texts":`+c.texts) {
			t.Errorf("%v: the inspector says %s", c.flags, got)
		}
		p.stop(t)
	}
	fails(t, exitUsage, "`make graphiql` makes the folder", t.TempDir(), nil, "dev", "--graphiql", ".")
	for given, words := range map[string]string{
		"0.0.0.0/0": "is everybody", "::/0": "is everybody", "proxy.example.com": "is no address or network", "10.0.0.0/40": "is no address or network", "::ffff:10.0.0.1": "as an IPv4",
	} {
		fails(t, exitUsage, words, t.TempDir(), nil, "serve", "--trusted-proxy", given)
	}
}
