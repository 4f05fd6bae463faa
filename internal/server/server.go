// Package server is the HTTP side of a Lunedi process: the routes, what every
// request passes through, health, metrics, TLS and an orderly end. What is
// behind the routes is handed to it as http.Handlers; it knows no API.
package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config is what a Server is made of.
type Config struct {
	API     http.Handler // answers /v2 and everything below it, and where uploaded files are read
	Console http.Handler // answers everything that no other route does; nil: a plain page at /
	// Ready tells why the server cannot do its work now, or nil.
	Ready func(context.Context) error
	// Metrics counts what is served; see NewMetrics.
	Metrics *Metrics
	Log     *slog.Logger
	// LogRequests writes a line for every request; otherwise that is done at debug level, and for
	// requests that fail (500 and above) or take longer than SlowRequest.
	LogRequests bool
	// TrustedProxies are the networks of proxies that are believed whom they ask for; see client.
	TrustedProxies []netip.Prefix
	// Version is told on the plain page.
	Version string
}

// Limits against slow and greedy clients. The body's size is the API's to limit, which also gives uploads
// and downloads more time as long as bytes keep coming.
const (
	headerTimeout  = 10 * time.Second  // to send the header of a request
	requestTimeout = 60 * time.Second  // to send all of it
	answerTimeout  = 150 * time.Second // from its header to the last byte of the answer
	idleTimeout    = 120 * time.Second
	headerBytes    = 64 << 10
	readyTimeout   = 2 * time.Second
)

// SlowRequest is how long a request may take before it is logged for that alone.
const SlowRequest = time.Second

// Server answers HTTP requests until it is told to end.
type Server struct {
	cfg  Config
	http *http.Server

	mu     sync.Mutex
	unused map[net.Conn]time.Time // connections that nothing has come over, and since when they are open
}

// New makes a Server.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg, unused: map[net.Conn]time.Time{}}
	s.http = &http.Server{
		Handler:           s.watch(s.routes()),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes,
		ConnState:         s.noteUse,
		ErrorLog:          slog.NewLogLogger(quiet{cfg.Log.Handler()}, slog.LevelDebug),
	}
	return s
}

// routes are all the paths of a server.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v2", s.cfg.API)
	mux.Handle("/v2/", s.cfg.API)
	mux.Handle("/files/", s.cfg.API)
	mux.Handle("/protected_static/", s.cfg.API)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.cfg.Metrics.registry, promhttp.HandlerOpts{}))
	if s.cfg.Console != nil {
		mux.Handle("/", s.cfg.Console)
	} else {
		mux.HandleFunc("GET /{$}", s.plainPage)
		mux.HandleFunc("/", s.nothingHere)
	}
	return mux
}

// ServeHTTP answers one request as a running server does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.http.Handler.ServeHTTP(w, r) }

// TLS names the files of a certificate and its key; the zero value serves plain HTTP.
type TLS struct{ Cert, Key string }

// Serve answers on ln until ctx ends. Then no new request is taken, those in flight have grace to
// finish, and what has not by then is cut off.
func (s *Server) Serve(ctx context.Context, ln net.Listener, tls TLS, grace time.Duration) error {
	failed := make(chan error, 1)
	go func() {
		if tls.Cert != "" {
			failed <- s.http.ServeTLS(ln, tls.Cert, tls.Key)
		} else {
			failed <- s.http.Serve(ln)
		}
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	s.cfg.Log.Info("shutting down: requests in flight finish first", "grace", grace)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	go s.closeUnused(ending)
	if err := s.http.Shutdown(ending); err != nil {
		s.http.Close()
		return fmt.Errorf("requests were still in flight after %s and were cut off: %w", grace, err)
	}
	return nil
}

// noteUse keeps track of connections that nothing has come over yet.
func (s *Server) noteUse(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.unused[c] = time.Now()
	} else {
		delete(s.unused, c)
	}
}

// unusedAfter is how long nothing has come over a connection that is taken for one opened in reserve.
const unusedAfter = time.Second

// closeUnused closes connections that clients have opened in reserve, as browsers do, until ctx ends.
// Shutdown would wait five seconds for a request on them, which may be all the time it has.
func (s *Server) closeUnused(ctx context.Context) {
	for tick := time.NewTicker(unusedAfter / 10); ; {
		var list []net.Conn
		s.mu.Lock()
		for c, since := range s.unused {
			if time.Since(since) > unusedAfter {
				list = append(list, c)
				delete(s.unused, c)
			}
		}
		s.mu.Unlock()
		for _, c := range list {
			go c.Close() // which may wait to say goodbye; the server finds that it is gone
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

// Listen opens address. With next set, ports above it are tried when it is taken. The error says
// what to do.
func Listen(address string, next int) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	first, err := net.LookupPort("tcp", port)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	for i := 0; ; i++ {
		ln, err := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(first+i)))
		switch {
		case err == nil:
			return ln, nil
		case !portTaken(err):
			return nil, fmt.Errorf("listen on %s: %w", address, err)
		case i >= next || first+i >= 65535:
			return nil, fmt.Errorf("listen on %s: the port is taken by another program; give another with --listen", address)
		}
	}
}

// healthz tells that the process lives.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "ok\n")
}

// readyz tells whether requests can be answered.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := s.cfg.Ready(ctx); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %s: %w", readyTimeout, err)
		}
		s.cfg.Log.Warn("not ready", "err", err)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, "not ready: the database does not answer\n") // why is for the log, not for strangers
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "ready\n")
}

const plainPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Lunedi</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>Lunedi</h1>
<p>A server that is compatible with the monday.com platform API. Not affiliated with monday.com Ltd.</p>
<p>The API answers <code>POST /v2</code>; its schema is at <a href="/v2/get_schema?format=sdl">/v2/get_schema</a>.</p>
<p>Health: <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>. Metrics: <a href="/metrics">/metrics</a>.</p>
<p>Documentation: <a href="https://github.com/lunedi-dev/lunedi#readme">github.com/lunedi-dev/lunedi</a>. Version %s.</p>
</html>
`

func (s *Server) plainPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	fmt.Fprintf(w, plainPage, s.cfg.Version)
}

func (s *Server) nothingHere(w http.ResponseWriter, r *http.Request) {
	writeError(w, http.StatusNotFound, "NOT_FOUND", fmt.Sprintf("There is nothing at %s; the API answers POST /v2", r.URL.Path))
}

// writeError answers with the API's envelope for errors that are no errors of an operation.
func writeError(w http.ResponseWriter, status int, code, message string) {
	type extensions struct {
		Code   string `json:"code"`
		Status int    `json:"status_code"`
	}
	type one struct {
		Message    string     `json:"message"`
		Extensions extensions `json:"extensions"`
	}
	body, err := json.Marshal(map[string]any{
		"errors":     []one{{message, extensions{code, status}}},
		"extensions": map[string]string{"request_id": w.Header().Get(requestIDHeader)},
	})
	if err != nil {
		http.Error(w, message, status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
