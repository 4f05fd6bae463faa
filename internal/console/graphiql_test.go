package console

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

func TestGraphiQL(t *testing.T) {
	t.Parallel()
	dir := fstest.MapFS{}
	for _, name := range graphiqlFiles {
		if _, err := ReadGraphiQL(dir); err == nil || !strings.Contains(err.Error(), "make graphiql") {
			t.Errorf("without %s: %v", name, err)
		}
		dir[name] = &fstest.MapFile{Data: []byte("the file " + name)}
	}
	dir["secret.txt"] = &fstest.MapFile{Data: []byte("secret")}
	g, err := ReadGraphiQL(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(c *Config) { c.GraphiQL = g })
	s.browser().get("/developers/graphiql").leads(t, "signed out", "/sign-in?next=%2Fdevelopers%2Fgraphiql")
	b := s.as(mem)
	b.get("/developers/explorer").want(t, "the explorer", http.StatusOK, " data-graphiql>")
	page := b.get("/developers/graphiql")
	page.want(t, "its page", http.StatusOK, `src="/graphiql/graphiql.min.js"`, `data-nonce="`)
	_, nonce, _ := strings.Cut(page.text, `data-nonce="`)
	nonce, _, _ = strings.Cut(nonce, `"`)
	csp := page.Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "style-src 'self' 'nonce-"+nonce+"';") || strings.Contains(csp, "unsafe") || len(nonce) < 20 {
		t.Errorf("policy %s for the nonce %s", csp, nonce)
	}
	if again := b.get("/developers/graphiql"); again.Header.Get("Content-Security-Policy") == csp {
		t.Error("the nonce is used twice")
	}
	if other := b.get("/developers/explorer").Header.Get("Content-Security-Policy"); other != policy {
		t.Errorf("another page has the policy %s", other)
	}
	for name, status := range map[string]int{"graphiql.min.js": 200, "graphiql.min.css": 200, "secret.txt": 404, "..%2fsecret.txt": 404, "graphiql.min.js.map": 404} {
		b.get("/graphiql/"+name).want(t, name, status)
	}
	old := b.get("/graphiql/graphiql.min.js")
	b.header.Set("If-None-Match", old.Header.Get("ETag"))
	b.get("/graphiql/graphiql.min.js").want(t, "known already", http.StatusNotModified)

	without := newSite(t).as(mem)
	without.get("/developers/graphiql").want(t, "where it is not", http.StatusNotFound)
	without.get("/graphiql/graphiql.min.js").want(t, "where it is not", http.StatusNotFound)
	if strings.Contains(without.get("/developers/explorer").text, "data-graphiql") {
		t.Error("it is offered where it is not")
	}
}
