// Package console is the web pages: where people sign in, get their API tokens,
// and see and run their account.
//
// The one idea: a page is a small HTML shell that works without JavaScript as far
// as words and links go, and an ES module, served as it is written, that fills it.
// The module's data come from the same GraphQL API that everybody uses, asked as
// the signed-in user at /console/v2; what the API does not have (tokens, sessions,
// the audit, backups) it asks of the few JSON calls below /console/. Nothing here
// decides who may do what: that is the service's, and what it refuses is shown in
// its own words.
package console

import (
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/files"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// Config is what a Console needs.
type Config struct {
	Service *work.Service
	// API answers GraphQL for a caller who has signed in; with readOnly mutations are refused.
	API func(w http.ResponseWriter, r *http.Request, by work.Caller, readOnly bool)
	// PublicURL is how people reach the server, without a slash at the end. Over https cookies are secure.
	PublicURL string
	// Sandbox lets everybody in as anybody with one click: for servers that nobody else can reach.
	Sandbox bool
	// Version is told on the help page.
	Version string
	// OIDC lets people sign in through an OpenID provider; nil: with passwords only.
	OIDC *OIDC
	// Requests are what the inspector shows, and the page about usage; nil: nothing.
	Requests *Requests
	// Backup writes a backup of the whole server; nil: the page says how it is done.
	Backup func(w http.ResponseWriter, r *http.Request) error
	// Files keeps people's photos; nil: nobody can have one.
	Files *files.Dir
	// GraphiQL is offered beside the explorer's own editor; nil: that one alone.
	GraphiQL GraphiQL
	Now      func() time.Time
	Log      *slog.Logger
}

// Console serves the pages. It is safe for concurrent use.
type Console struct {
	cfg     Config
	secure  bool
	mux     *http.ServeMux
	protect *http.CrossOriginProtection
	shell   *template.Template
	limits  attempts
	// provider is nil where people sign in with passwords only.
	provider *provider
}

//go:embed assets pages
var embedded embed.FS

// New makes a Console.
func New(cfg Config) (*Console, error) {
	if cfg.Service == nil || cfg.API == nil {
		return nil, errors.New("console: no service or no API")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Requests == nil {
		cfg.Requests = NewRequests(false, cfg.Now())
	}
	c := &Console{cfg: cfg, secure: strings.HasPrefix(cfg.PublicURL, "https://"), mux: http.NewServeMux(), protect: http.NewCrossOriginProtection()}
	if cfg.OIDC != nil {
		c.provider = newProvider(&cfg)
	}
	var err error
	if c.shell, err = template.New("").ParseFS(embedded, "pages/*.html"); err != nil {
		return nil, err
	}
	c.routes()
	return c, nil
}

// ServeHTTP answers everything that is not the API's. Requests that change something must come from
// our own pages.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if c.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if err := c.protect.Check(r); err != nil {
		http.Error(w, "This request did not come from a page of this server.", http.StatusForbidden)
		return
	}
	c.mux.ServeHTTP(w, r)
}

// policy lets nothing run or load that this server does not serve itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
