package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// logged is a log that tests can read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newTest(t testing.TB, change func(*Config)) (*Server, *logged) {
	t.Helper()
	log := new(logged)
	cfg := Config{
		API:     http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "api") }),
		Ready:   func(context.Context) error { return nil },
		Metrics: NewMetrics("v1.2.3", "go1.26"),
		Log:     slog.New(slog.NewJSONHandler(log, nil)),
		Version: "v1.2.3",
	}
	if change != nil {
		change(&cfg)
	}
	return New(cfg), log
}

func get(s http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	s, _ := newTest(t, nil)
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"POST", "/v2", 200, "api"},
		{"POST", "/v2/", 200, "api"},
		{"POST", "/v2/file", 200, "api"},
		{"GET", "/v2/get_schema?format=sdl", 200, "api"},
		{"GET", "/files/1/2/a.png?expires=1&signature=x", 200, "api"},
		{"HEAD", "/protected_static/1/resources/2/a.png", 200, ""},
		{"GET", "/files", 307, ""},
		{"GET", "/healthz", 200, "ok\n"},
		{"GET", "/readyz", 200, "ready\n"},
		{"GET", "/metrics", 200, `lunedi_build_info{go="go1.26",version="v1.2.3"} 1`},
		{"GET", "/", 200, "POST /v2"},
		{"GET", "/nowhere", 404, `{"errors":[{"message":"There is nothing at /nowhere; the API answers POST /v2","extensions":{"code":"NOT_FOUND","status_code":404}}]`},
		{"POST", "/", 404, "There is nothing at /"},
		{"GET", "/v2x", 404, "There is nothing at /v2x"},
	} {
		w := get(s, c.method, c.path)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %d %s; want %d …%s…", c.method, c.path, w.Code, w.Body, c.status, c.want)
		}
	}
}

func TestConsoleTakesTheRest(t *testing.T) {
	t.Parallel()
	s, _ := newTest(t, func(c *Config) {
		c.Console = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "console "+r.URL.Path) })
	})
	if w := get(s, "GET", "/boards/1"); w.Body.String() != "console /boards/1" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(s, "GET", "/healthz"); w.Body.String() != "ok\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	s, _ := newTest(t, func(c *Config) {
		c.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { seen[w.Header().Get("X-Request-Id")] = true })
	})
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for range 1000 {
		r := httptest.NewRequest("POST", "/v2", nil)
		r.Header.Set("X-Request-Id", "mine")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if id := w.Header().Get("X-Request-Id"); !form.MatchString(id) || !seen[id] {
			t.Fatalf("request id %q; the handler saw %v", id, seen)
		}
	}
	if len(seen) != 1000 {
		t.Errorf("%d ids for 1000 requests", len(seen))
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	s, log := newTest(t, func(c *Config) {
		c.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/file" {
				io.WriteString(w, "half")
			}
			panic("oh")
		})
	})
	w := get(s, "POST", "/v2")
	var body struct {
		Errors     []struct{ Message string }
		Extensions struct {
			RequestID string `json:"request_id"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 500 || body.Errors[0].Message != "Internal server error" ||
		body.Extensions.RequestID != w.Header().Get("X-Request-Id") {
		t.Errorf("%d %s %v", w.Code, w.Body, err)
	}
	if !strings.Contains(log.String(), `"panic":"oh"`) || !strings.Contains(log.String(), "server_test.go") || strings.Contains(w.Body.String(), "oh") {
		t.Errorf("the log tells of the panic and the client is not told: %s", log)
	}
	if w := get(s, "POST", "/v2/file"); w.Body.String() != "half" {
		t.Errorf("nothing is added to half an answer: %s", w.Body)
	}
	if m := get(s, "GET", "/metrics").Body.String(); !strings.Contains(m, "lunedi_panics_total 2") || !strings.Contains(m, `lunedi_http_requests_total{route="file",status="5xx"} 1`) {
		t.Errorf("panics are not counted:\n%s", m)
	}
}

// TestAbort: a handler that gives up its connection on purpose is no fault.
func TestAbort(t *testing.T) {
	t.Parallel()
	s, log := newTest(t, func(c *Config) {
		c.API = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	})
	defer func() {
		if r := recover(); r != http.ErrAbortHandler || log.String() != "" {
			t.Errorf("recovered %v, log %s", r, log)
		}
	}()
	get(s, "POST", "/v2")
}

// TestLogHasNoSecrets: what is logged of a request is its path; the header and the query may hold secrets.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	s, log := newTest(t, func(c *Config) {
		c.LogRequests = true
		c.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502) })
	})
	r := httptest.NewRequest("POST", "/v2?query=secret-in-query", strings.NewReader("secret-in-body"))
	r.Header.Set("Authorization", "secret-in-header")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	text := log.String()
	for _, want := range []string{`"path":"/v2"`, `"status":502`, `"level":"ERROR"`, `"request_id":"` + w.Header().Get("X-Request-Id") + `"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	if strings.Contains(text, "secret") {
		t.Errorf("a secret is in %s", text)
	}
}

func TestWhatIsLogged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		all    bool
		status int
		wait   time.Duration
		lines  int
	}{{false, 200, 0, 0}, {false, 404, 0, 0}, {false, 503, 0, 1}, {false, 200, SlowRequest - 1, 0}, {false, 200, SlowRequest, 1}, {true, 200, 0, 1}} {
		synctest.Test(t, func(t *testing.T) { // where a request takes as long as it says
			s, log := newTest(t, func(cfg *Config) {
				cfg.LogRequests = c.all
				cfg.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(c.wait)
					w.WriteHeader(c.status)
				})
			})
			get(s, "POST", "/v2")
			if got := strings.Count(log.String(), "\n"); got != c.lines {
				t.Errorf("%+v: %d lines: %s", c, got, log)
			}
		})
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	var fault error
	s, _ := newTest(t, func(c *Config) { c.Ready = func(context.Context) error { return fault } })
	if w := get(s, "GET", "/readyz"); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	fault = errors.New("connection refused")
	if w := get(s, "GET", "/readyz"); w.Code != 503 || w.Body.String() != "not ready: the database does not answer\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(s, "GET", "/healthz"); w.Code != 200 {
		t.Errorf("the process lives: %d %s", w.Code, w.Body)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s, _ := newTest(t, nil)
	m := s.cfg.Metrics
	m.Accounts(func(context.Context) []AccountSize { return []AccountSize{{"7", 1, 2, 3, 4}} })
	m.Operation("query", false, 12)
	m.Operation("query", true, 12)
	m.Operation("", true, 0)
	m.Commit(CommitOK, 5, time.Millisecond)
	m.Commit(CommitFailed, 5, time.Millisecond)
	get(s, "POST", "/v2")
	get(s, "GET", "/x/y/z")
	text := get(s, "GET", "/metrics").Body.String()
	for _, want := range []string{
		`lunedi_operations_total{kind="query",result="ok"} 1`, `lunedi_operations_total{kind="query",result="failed"} 1`,
		`lunedi_operations_total{kind="invalid",result="failed"} 1`, `lunedi_operation_complexity_sum{kind="query"} 24`,
		`lunedi_commits_total{result="ok"} 1`, `lunedi_commits_total{result="failed"} 1`, `lunedi_committed_changes_total 5`,
		`lunedi_account_rows{account="7",kind="board"} 4`, `lunedi_account_rows{account="7",kind="user"} 1`,
		`lunedi_http_requests_total{route="api",status="2xx"} 1`, `lunedi_http_requests_total{route="other",status="4xx"} 1`,
		`lunedi_http_requests_in_flight 1`, `lunedi_http_request_duration_seconds_count{route="api"} 1`, "go_goroutines",
	} {
		if !strings.Contains(text, want+"\n") && !strings.Contains(text, want+" ") {
			t.Errorf("no %s", want)
		}
	}
}

// running serves on a free port until the test or stop ends it; its end is on done.
func running(t *testing.T, s *Server, grace time.Duration) (url string, stop func(), done chan error) {
	t.Helper()
	ln, err := Listen("127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done = make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln, TLS{}, grace) }()
	return "http://" + ln.Addr().String(), cancel, done
}

// TestShutdown: what is in flight finishes, what comes later is refused.
func TestShutdown(t *testing.T) {
	t.Parallel()
	began, finish := make(chan bool), make(chan bool)
	s, _ := newTest(t, func(c *Config) {
		c.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began <- true
			<-finish
			io.WriteString(w, "done")
		})
	})
	url, stop, ended := running(t, s, time.Minute)
	answer := make(chan string, 1)
	go func() {
		resp, err := http.Post(url+"/v2", "application/json", nil)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		answer <- string(b)
	}()
	<-began
	stop()
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			break
		}
		conn.Close()
		time.Sleep(time.Millisecond)
	}
	close(finish)
	if got := <-answer; got != "done" {
		t.Errorf("the request in flight got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestUnused: connections in reserve are closed when the server is to end, others are not.
func TestUnused(t *testing.T) {
	t.Parallel()
	s, _ := newTest(t, func(*Config) {})
	reserve, far := net.Pipe()
	used, other := net.Pipe()
	s.noteUse(reserve, http.StateNew)
	s.noteUse(used, http.StateNew)
	s.noteUse(used, http.StateActive)
	go s.closeUnused(t.Context())
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the one in reserve: %v", err)
	}
	go used.Write([]byte("x"))
	if _, err := other.Read(make([]byte, 1)); err != nil {
		t.Errorf("the one in use: %v", err)
	}
}

func TestShutdownDeadline(t *testing.T) {
	t.Parallel()
	began := make(chan bool)
	s, _ := newTest(t, func(c *Config) {
		c.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(began)
			<-r.Context().Done()
		})
	})
	url, stop, ended := running(t, s, 50*time.Millisecond)
	go http.Post(url+"/v2", "application/json", nil)
	<-began
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "requests were still in flight after 50ms and were cut off") {
		t.Errorf("ended with %v", err)
	}
}

// TestSlowClient: one who does not finish a header, or a body, is cut off; the others do not notice.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	s, _ := newTest(t, func(c *Config) {
		c.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err != nil {
				w.WriteHeader(http.StatusRequestTimeout)
			}
		})
	})
	if s.http.ReadHeaderTimeout != headerTimeout || s.http.ReadTimeout != requestTimeout || s.http.WriteTimeout != answerTimeout {
		t.Fatal("there are no limits")
	}
	s.http.ReadHeaderTimeout, s.http.ReadTimeout = 100*time.Millisecond, 200*time.Millisecond
	url, _, _ := running(t, s, time.Second)
	for _, sent := range []string{"", "POST /v2 HTTP/1.1\r\nHost: x\r\n", "POST /v2 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, sent)
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		if b, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) { // any other: it was closed before all was sent
			t.Errorf("after %q the connection stayed open: %s %v", sent, b, err)
		}
	}
}

func TestHeaderTooLarge(t *testing.T) {
	t.Parallel()
	s, _ := newTest(t, nil)
	url, _, _ := running(t, s, time.Second)
	req, _ := http.NewRequest("POST", url+"/v2", nil)
	req.Header.Set("Authorization", strings.Repeat("x", 1<<20))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // cut off while it was still sending
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	first, err := Listen("127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	address := first.Addr().String()
	if ln, err := Listen(address, 0); err == nil {
		ln.Close()
		t.Error("one port, two listeners")
	} else if !strings.Contains(err.Error(), address+": the port is taken by another program; give another with --listen") {
		t.Error(err)
	}
	next, err := Listen(address, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if a, b := first.Addr().(*net.TCPAddr).Port, next.Addr().(*net.TCPAddr).Port; b <= a || b > a+100 {
		t.Errorf("%d after %d", b, a)
	}
	for _, bad := range []string{"", "8080", "127.0.0.1:", "127.0.0.1:http8", "127.0.0.1:70000"} {
		if ln, err := Listen(bad, 0); err == nil && bad != "127.0.0.1:" {
			ln.Close()
			t.Errorf("listens on %q", bad)
		} else if ln != nil {
			ln.Close()
		}
	}
}

// BenchmarkWatch is what every request costs beside its handler.
func BenchmarkWatch(b *testing.B) {
	s, _ := newTest(b, func(c *Config) {
		c.API = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
		c.Log = slog.New(slog.DiscardHandler)
	})
	handler, m := s.watch(s.cfg.API), s.cfg.Metrics
	r := httptest.NewRequest("POST", "/v2", nil)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		w := httptest.NewRecorder()
		for pb.Next() {
			handler.ServeHTTP(w, r)
			m.Operation("query", false, 12)
		}
	})
}
