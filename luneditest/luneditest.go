// Package luneditest starts a Lunedi server for a Go test: the real server on
// a database of its own, with the sample account or one of your making.
//
//	func TestInvite(t *testing.T) {
//		srv := luneditest.Start(t)
//		client := myclient.New(srv.Endpoint, luneditest.AdminToken)
//		...
//	}
//
// Each server is alone: tests may run in parallel and change what they like.
package luneditest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/api"
	"github.com/lunedi-dev/lunedi/internal/console"
	"github.com/lunedi-dev/lunedi/internal/files"
	"github.com/lunedi-dev/lunedi/internal/seed"
	"github.com/lunedi-dev/lunedi/internal/server"
	"github.com/lunedi-dev/lunedi/internal/store"
	"github.com/lunedi-dev/lunedi/internal/webhook"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// The API tokens of a server started here, unless its seed file has tokens of its own.
const (
	AdminToken  = "dev-admin"
	MemberToken = "dev-member"
	GuestToken  = "dev-guest"
	ViewerToken = "dev-viewer" // refused by the API with 403, as viewers are
)

// Server is a running server. It stops at the end of the test.
type Server struct {
	URL      string // http://127.0.0.1:port, where the console is, too; one click lets in
	Endpoint string // URL + "/v2"
}

// Option changes what Start starts.
type Option func(*options)

type options struct {
	name     string
	seed     func() ([]byte, error)
	strict   bool
	limits   string
	graphiql string // folder
	now      func() time.Time
}

// Seed starts the server with the account that a seed file describes (docs/seed.md) instead of the
// sample. A mistake in it fails the test with its line and column.
func Seed(file string) Option {
	return func(o *options) { o.name, o.seed = file, func() ([]byte, error) { return os.ReadFile(file) } }
}

// SeedText is Seed for a text.
func SeedText(yaml string) Option {
	return func(o *options) { o.name, o.seed = "seed", func() ([]byte, error) { return []byte(yaml), nil } }
}

// Limits holds callers to the limits of a plan of the real service: free, basic, standard, pro or enterprise.
func Limits(plan string) Option { return func(o *options) { o.limits = plan } }

// Strict refuses what the real service refuses and Lunedi otherwise lets pass with a warning.
func Strict() Option { return func(o *options) { o.strict = true } }

// GraphiQL has the console offer GraphiQL, from a folder that `make graphiql` has made.
func GraphiQL(dir string) Option { return func(o *options) { o.graphiql = dir } }

// Clock lets the server live by a clock of yours. It must not go back.
func Clock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// Start starts a server; a failure ends the test.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	o := options{name: seed.SampleName, seed: func() ([]byte, error) { return seed.Sample, nil }}
	for _, opt := range opts {
		opt(&o)
	}
	srv, err := start(t, o)
	if err != nil {
		t.Fatal("luneditest: ", err)
	}
	return srv
}

func start(t testing.TB, o options) (*Server, error) {
	ctx := context.Background()
	st, err := store.Open(ctx, filepath.Join(t.TempDir(), "lunedi.db"), store.Options{Migrate: true, Relaxed: true})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = st.Close() })
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	folder, err := files.Open(filepath.Join(t.TempDir(), "files"))
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = folder.Close() })
	sender := webhook.New(webhook.Config{AllowPrivate: true}) // tests have their receivers on this machine
	service, err := work.New(work.Config{Store: st, Key: key, WellKnownTokens: true, Challenge: sender.Challenge, Now: o.now})
	if err != nil {
		return nil, err
	}
	t.Cleanup(service.Close)
	text, err := o.seed()
	if err != nil {
		return nil, err
	}
	account, err := seed.Parse(o.name, text)
	if err != nil {
		return nil, err
	}
	account.WellKnown()
	if err := account.Seal(service.MakeToken); err != nil {
		return nil, err
	}
	if err := service.NewAccount(ctx, account.Snapshot); err != nil {
		return nil, err
	}
	// The API's answers name the server's address, which is only known once it listens.
	hs := httptest.NewUnstartedServer(nil)
	url := "http://" + hs.Listener.Addr().String()
	requests := console.NewRequests(true, time.Now())
	limits, err := api.PlanLimits(o.limits)
	if err != nil {
		return nil, err
	}
	handler, err := api.New(api.Config{Service: service, PublicURL: url, Strict: o.strict, Limits: limits, Files: folder, SigningKey: key, Now: o.now, Inspect: true, Observe: func(o api.Observation) { requests.Add(console.Request(o)) }})
	if err != nil {
		return nil, err
	}
	var graphiql console.GraphiQL
	if o.graphiql != "" {
		if graphiql, err = console.ReadGraphiQL(os.DirFS(o.graphiql)); err != nil {
			return nil, err
		}
	}
	pages, err := console.New(console.Config{Service: service, API: handler.ServeAs, PublicURL: url, Sandbox: true, Version: "test", Requests: requests, Files: folder, GraphiQL: graphiql,
		Backup: func(w http.ResponseWriter, r *http.Request) error {
			_, err := store.Backup(r.Context(), st, w, store.BackupOptions{Program: "test", Files: folder})
			return err
		}})
	if err != nil {
		return nil, err
	}
	hs.Config.Handler = server.New(server.Config{
		API: handler, Console: pages, Ready: service.Ready, Metrics: server.NewMetrics("test", runtime.Version()), Log: slog.New(slog.DiscardHandler),
	})
	hs.Start()
	t.Cleanup(hs.Close)
	sending, end := context.WithCancel(ctx)
	var senders sync.WaitGroup
	senders.Go(func() { sender.Run(sending, service) })
	t.Cleanup(func() { end(); senders.Wait() })
	return &Server{URL: url, Endpoint: url + "/v2"}, nil
}
