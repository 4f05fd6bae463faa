package server

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

const requestIDHeader = "X-Request-Id"

// watch is what every request passes through: it gets an id, is counted and timed, is logged when
// there is reason to, and a panic in it becomes an answer.
func (s *Server) watch(next http.Handler) http.Handler {
	m, log := s.cfg.Metrics, s.cfg.Log
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := newRequestID()
		if len(s.cfg.TrustedProxies) > 0 {
			r.RemoteAddr = client(r, s.cfg.TrustedProxies)
		}
		w.Header()[requestIDHeader] = []string{id}
		a := answers.Get().(*answer)
		*a = answer{ResponseWriter: w}
		m.inFlight.Inc()
		defer func() {
			fault := recover()
			if fault != nil && fault != http.ErrAbortHandler {
				s.panicked(a, r, id, fault)
			}
			took, status := time.Since(start), a.code(r)
			m.inFlight.Dec()
			m.request(r.URL.Path, status, took)
			if level, ok := s.worth(r.Context(), status, took); ok {
				// Neither the query nor any header: both may hold secrets.
				log.LogAttrs(r.Context(), level, "request", slog.String("request_id", id), slog.String("method", r.Method),
					slog.String("path", r.URL.Path), slog.Int("status", status), slog.Int64("bytes", a.bytes),
					slog.Duration("took", took), slog.String("remote", r.RemoteAddr))
			}
			*a = answer{}
			answers.Put(a)
			if fault == http.ErrAbortHandler {
				panic(fault)
			}
		}()
		next.ServeHTTP(a, r)
	})
}

// worth says whether a request is logged, and how loudly.
func (s *Server) worth(ctx context.Context, status int, took time.Duration) (slog.Level, bool) {
	switch {
	case status >= 500:
		return slog.LevelError, true
	case took >= SlowRequest:
		return slog.LevelWarn, true
	case s.cfg.LogRequests:
		return slog.LevelInfo, true
	default:
		return slog.LevelDebug, s.cfg.Log.Enabled(ctx, slog.LevelDebug)
	}
}

// panicked answers for a handler that could not.
func (s *Server) panicked(a *answer, r *http.Request, id string, fault any) {
	s.cfg.Log.Error("panic", "request_id", id, "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(fault), "stack", string(debug.Stack()))
	s.cfg.Metrics.panics.Inc()
	if a.status == 0 {
		writeError(a, http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", "Internal server error")
	} else {
		a.status = http.StatusInternalServerError // too late to tell the client, not to tell the log
	}
}

// newRequestID is a random UUID as text. It names a request and protects nothing, so it need not be
// beyond guessing.
func newRequestID() string {
	const digits = "0123456789abcdef"
	hi := rand.Uint64()&^0xf000 | 0x4000
	lo := rand.Uint64()&^(3<<62) | 2<<62
	var b [36]byte
	for i, j := 0, 0; i < 32; i, j = i+1, j+1 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			b[j] = '-'
			j++
		}
		word := hi
		if i >= 16 {
			word = lo
		}
		b[j] = digits[word>>(60-4*(i&15))&15]
	}
	return string(b[:])
}

// answer notes what is answered.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

var answers = sync.Pool{New: func() any { return new(answer) }}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// statusGone is noted where the client went away before it was answered.
const statusGone = 499

func (a *answer) code(r *http.Request) int {
	switch {
	case a.status != 0:
		return a.status
	case r.Context().Err() != nil:
		return statusGone
	default:
		return http.StatusOK
	}
}

// quiet passes net/http's own messages on as warnings, and those about strangers at the door, who do
// not speak TLS, at debug level.
type quiet struct{ slog.Handler }

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if !strings.Contains(r.Message, "TLS handshake error") {
		r.Level = slog.LevelWarn
	}
	if !q.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// Enabled is true so that Handle decides.
func (q quiet) Enabled(context.Context, slog.Level) bool { return true }

func (q quiet) WithAttrs(a []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(a)} }
func (q quiet) WithGroup(n string) slog.Handler      { return quiet{q.Handler.WithGroup(n)} }
