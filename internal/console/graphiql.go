package console

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// GraphiQL is the editor of that name, which is no part of this program: its files by their names. Where it
// is there, the explorer leads to it.
type GraphiQL map[string][]byte

// graphiqlFiles are what `make graphiql` puts into a folder.
var graphiqlFiles = []string{"react.production.min.js", "react-dom.production.min.js", "graphiql.min.js", "graphiql.min.css"}

// ReadGraphiQL reads the files in a folder that `make graphiql` has made.
func ReadGraphiQL(dir fs.FS) (GraphiQL, error) {
	g := GraphiQL{}
	for _, name := range graphiqlFiles {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("%w; `make graphiql` makes the folder", err)
		}
		g[name] = b
	}
	return g, nil
}

func (c *Console) graphiqlRoutes() {
	if c.cfg.GraphiQL == nil {
		return
	}
	c.mux.HandleFunc("GET /developers/graphiql", c.signedIn(c.graphiqlPage))
	c.mux.HandleFunc("GET /graphiql/{name}", func(w http.ResponseWriter, r *http.Request) {
		b, ok := c.cfg.GraphiQL[r.PathValue("name")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		sum := sha256.Sum256(b)
		h := w.Header()
		h.Set("Content-Type", types[path.Ext(r.PathValue("name"))])
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", strconv.Quote(hex.EncodeToString(sum[:8])))
		if r.Header.Get("If-None-Match") == h.Get("ETag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(b) // whoever asked has gone away
	})
}

// graphiqlPolicy is policy for the one page with GraphiQL: its dialogs add a style sheet of their own, which
// this answer's nonce allows, and its fonts are within its style sheet. No script is let in that policy keeps out.
func graphiqlPolicy(nonce string) string {
	return strings.NewReplacer("style-src 'self'", "style-src 'self' 'nonce-"+nonce+"'", "font-src 'self'", "font-src 'self' data:").Replace(policy)
}

func (c *Console) graphiqlPage(w http.ResponseWriter, _ *http.Request, s *session) {
	nonce := rand.Text()
	w.Header().Set("Content-Security-Policy", graphiqlPolicy(nonce))
	c.render(w, "graphiql.html", struct {
		shellData
		Nonce string
	}{c.shellOf(s, page{title: "GraphiQL", area: "developers"}), nonce})
}
