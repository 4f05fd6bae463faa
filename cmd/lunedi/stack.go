package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/lunedi-dev/lunedi/internal/api"
	"github.com/lunedi-dev/lunedi/internal/connector/sink"
	"github.com/lunedi-dev/lunedi/internal/console"
	"github.com/lunedi-dev/lunedi/internal/datasource"
	"github.com/lunedi-dev/lunedi/internal/files"
	mishaps "github.com/lunedi-dev/lunedi/internal/mondayapi/faults"
	"github.com/lunedi-dev/lunedi/internal/server"
	"github.com/lunedi-dev/lunedi/internal/store"
	"github.com/lunedi-dev/lunedi/internal/webhook"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// stack is a store with the service over it.
type stack struct {
	store   work.Store
	service *work.Service
	sender  *webhook.Sender
	runner  *sourceRunner
	files   *files.Dir // nil where nothing is served
	signing []byte     // key of the addresses of files
	metrics *server.Metrics
	log     *slog.Logger
}

// stackConfig is what a stack is made of.
type stackConfig struct {
	database  string
	store     store.Options
	key       []byte
	wellKnown bool // let the sandbox's tokens in
	content   contentConfig
	sources   sourcesConfig
	ring      *work.Keyring // nil: no data source can be added
	log       *slog.Logger
}

// openStack opens a database, and the folder of files if there is to be one, and starts the service.
func openStack(ctx context.Context, c stackConfig) (_ *stack, err error) {
	s := &stack{signing: signingKey(c.key), metrics: server.NewMetrics(version(), runtime.Version()), log: c.log}
	s.sender = webhook.New(webhook.Config{AllowPrivate: c.content.AllowPrivate, Log: c.log})
	if s.store, err = store.Open(ctx, c.database, c.store); err != nil {
		return nil, err
	}
	if c.content.Files != "" {
		if s.files, err = files.Open(c.content.Files); err != nil {
			return nil, errors.Join(fmt.Errorf("--files: %w", err), s.store.Close())
		}
	}
	s.runner = &sourceRunner{into: c.sources.Into, database: c.database, open: sink.Open, log: c.log}
	s.service, err = work.New(work.Config{Sources: work.Sources{Keys: c.ring, NoKey: noSecretKey, Check: s.runner.Check, StartDate: startDate, Endpoints: c.sources.Endpoints}, Store: countedStore{s.store, s.metrics}, Key: c.key, WellKnownTokens: c.wellKnown,
		ContentCache: int64(c.content.Cache), Challenge: s.sender.Challenge, Log: c.log})
	if err != nil {
		return nil, errors.Join(err, s.closeStores())
	}
	s.metrics.Accounts(s.accountSizes)
	s.metrics.ContentCache(s.service.ContentCache)
	return s, nil
}

// signingKey is the key of the addresses of files, which is the same for all servers that have the same key.
func signingKey(key []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("addresses of files"))
	return m.Sum(nil)
}

// close finishes what is being committed and closes the database.
func (s *stack) close() error {
	s.service.Close()
	return s.closeStores()
}

func (s *stack) closeStores() error {
	var errs []error
	if s.files != nil {
		errs = append(errs, s.files.Close())
	}
	if err := s.store.Close(); err != nil {
		errs = append(errs, fmt.Errorf("close the database: %w", err))
	}
	return errors.Join(errs...)
}

// listener is where a server listens and how it is called.
type listener struct {
	net.Listener
	url string // http://127.0.0.1:8080
	tls server.TLS
}

func newListener(ln net.Listener, tls server.TLS) listener {
	scheme := "http"
	if tls.Cert != "" {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(ln.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return listener{ln, scheme + "://" + net.JoinHostPort(host, port), tls}
}

// serveOptions are what the two servers differ in.
type serveOptions struct {
	publicURL string
	strict    bool
	limits    api.Limits
	faults    float64       // of 100 queries
	sandbox   bool          // the console lets everybody in
	oidc      *console.OIDC // nil: people sign in with passwords only
	inspect   bool          // the console shows what requests asked, not only that they did
	requests  bool          // log every request
	proxies   []netip.Prefix
	graphiql  console.GraphiQL // nil: the console's own editor alone
	grace     time.Duration    // for requests in flight at the end
	ready     func()           // called once requests are answered
}

// gcPercent trades memory for time, unless GOGC says otherwise: most of what a server holds is the
// image, which changes little and is looked through at each collection.
const gcPercent = 200

// serve answers requests, and posts to webhooks, until ctx ends or the process is told to stop.
func (s *stack) serve(ctx context.Context, ln listener, opt serveOptions) error {
	const usual = 100
	if said := debug.SetGCPercent(gcPercent); said != usual {
		debug.SetGCPercent(said)
	}
	requests, observe := s.inspector(opt.inspect)
	handler, err := api.New(api.Config{Service: s.service, PublicURL: opt.publicURL, Strict: opt.strict, Limits: opt.limits, Log: s.log, Observe: observe, Inspect: opt.inspect,
		Files: s.files, SigningKey: s.signing})
	if err != nil {
		return err
	}
	pages, err := console.New(console.Config{Service: s.service, API: handler.ServeAs, PublicURL: opt.publicURL, Sandbox: opt.sandbox, OIDC: opt.oidc, Version: version(),
		Requests: requests, Backup: s.backup, GraphiQL: opt.graphiql, Files: s.files, Log: s.log})
	if err != nil {
		return err
	}
	var surface http.Handler = handler
	if opt.faults > 0 {
		surface = mishaps.New(handler, uint64(time.Now().UnixNano()), mishaps.Some(opt.faults))
	}
	srv := server.New(server.Config{API: surface, Console: pages, Ready: s.service.Ready, Metrics: s.metrics, Log: s.log, LogRequests: opt.requests, TrustedProxies: opt.proxies, Version: version()})
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	sending, end := context.WithCancel(ctx)
	var senders sync.WaitGroup
	senders.Go(func() { s.sender.Run(sending, s.service) })
	sources := datasource.New(datasource.Config{Service: s.service, Runner: s.runner, Holder: holder(), Grace: sourceGrace, Log: s.log})
	senders.Go(func() { sources.Run(sending) })
	defer senders.Wait()
	defer end()
	opt.ready()
	return srv.Serve(ctx, ln, ln.tls, opt.grace)
}

// sourceGrace is how long a run of a data source may take to end with the server.
const sourceGrace = 5 * time.Second

// holder names this process among all that may run data sources: no other is called so.
func holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "server"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text())
}

// observe counts an operation, and at debug level says what it was. Its text is not told: it may hold anything.
func (s *stack) observe(o api.Observation) {
	s.metrics.Operation(o.Kind, o.Status >= 400 || len(o.Codes) > 0, o.Cost)
	if s.log.Enabled(context.Background(), slog.LevelDebug) {
		s.log.Debug("operation", "request_id", o.RequestID, "kind", o.Kind, "name", o.Name, "account", o.Account, "user", o.User,
			"version", o.Version, "complexity", o.Cost, "status", o.Status, "errors", o.Codes, "took", o.Duration)
	}
}

// preload brings the account of a server that has only one into memory, so that its first request
// need not wait for that.
func (s *stack) preload(ctx context.Context, accounts []work.AccountID) error {
	if len(accounts) != 1 {
		return nil
	}
	start := time.Now()
	if err := s.service.Preload(ctx, accounts[0]); err != nil {
		return fmt.Errorf("load account %d: %w", accounts[0], err)
	}
	s.log.Debug("account loaded", "account", accounts[0], "took", time.Since(start))
	if err := s.service.CheckKey(ctx, accounts[0]); err != nil {
		s.log.Warn("is this the right key? Tokens work, but cannot be shown again", "err", err)
	}
	return nil
}

// measuredAccounts is up to how many accounts their sizes are told: to count an account is to load it.
const measuredAccounts = 20

// accountSizes are for the metrics. An account that cannot be told about is left out.
func (s *stack) accountSizes(ctx context.Context) (sizes []server.AccountSize) {
	accounts, err := s.service.Accounts(ctx)
	if err != nil {
		s.log.Warn("metrics: list accounts", "err", err)
		return nil
	}
	for _, id := range accounts[:min(len(accounts), measuredAccounts)] {
		users, teams, workspaces, boards, err := s.count(ctx, id)
		if err != nil {
			s.log.Warn("metrics: count an account", "account", id, "err", err)
			continue
		}
		sizes = append(sizes, server.AccountSize{Account: strconv.FormatInt(int64(id), 10), Users: users, Teams: teams, Workspaces: workspaces, Boards: boards})
	}
	return sizes
}

func (s *stack) count(ctx context.Context, id work.AccountID) (users, teams, workspaces, boards int, err error) {
	v, err := s.view(ctx, id)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	users, teams, workspaces, boards = v.Count()
	return users, teams, workspaces, boards, nil
}

// view is an account as its first admin sees it.
func (s *stack) view(ctx context.Context, id work.AccountID) (*work.View, error) {
	by, err := s.service.As(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	return s.service.View(ctx, by)
}

// countedStore counts commits.
type countedStore struct {
	work.Store
	metrics *server.Metrics
}

func (s countedStore) Commit(ctx context.Context, id work.AccountID, b *work.Batch) error {
	start := time.Now()
	err := s.Store.Commit(ctx, id, b)
	result := server.CommitOK
	switch {
	case errors.Is(err, work.ErrBehind):
		result = server.CommitBehind
	case err != nil:
		result = server.CommitFailed
	}
	s.metrics.Commit(result, len(b.Changes), time.Since(start))
	return err
}
