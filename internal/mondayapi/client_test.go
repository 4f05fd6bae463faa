package mondayapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const token = "tok-3f9a\"secret" // with a character that JSON and URLs write otherwise

// clock is a time that passes when somebody sleeps.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 4, 21, 30, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// script answers calls one after the other; the last answer is given again.
type script []http.HandlerFunc

func (s script) server(t testing.TB) (endpoint string, calls *atomic.Int64) {
	calls = new(atomic.Int64)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(calls.Add(1))
		s[min(n, len(s))-1](w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/v2", calls
}

// says answers with a status and a body; headers are given as "Name: value".
func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Add(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func cut(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// half sends less than it announces.
func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "500")
	_, _ = w.Write([]byte(`{"data":{"me":{"id":"1"`))
}

func newClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	if cfg.Token == "" {
		cfg.Token = token
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type me struct {
	Me *struct {
		ID   string `json:"id"`
		Name *string
	} `json:"me"`
}

var ok = says(200, `{"data":{"me":{"id":"7","name":"Ada"}},"extensions":{"request_id":"r-ok"}}`, "Api-Version: 2026-04")

// TestErrors: every error and limit of the reference, in every form that was seen.
func TestErrors(t *testing.T) {
	t.Parallel()
	oneError := func(code, message, more string) string {
		return fmt.Sprintf(`{"data":null,"errors":[{"message":%q,"path":["me"],"extensions":{"code":%q,"status_code":200%s}}],"extensions":{"request_id":"r-1"}}`, message, code, more)
	}
	limit := func(code, message string, retry int) string {
		return fmt.Sprintf(`{"errors":[{"message":%q,"extensions":{"code":%q,"retry_in_seconds":%d}}],"extensions":{"request_id":"r-1"}}`, message, code, retry)
	}
	const page = `<html><head><title>502 Bad
		Gateway</title></head><body>nginx</body></html>`
	for _, c := range []struct {
		name    string
		first   http.HandlerFunc // then comes a good answer
		wait    time.Duration    // before that; 0 when the error is returned, -1 for some backoff
		kind    Kind             // of the error that is returned
		code    string
		message string // a part of it
		retryIn time.Duration
	}{
		// The limits, which pass.
		{name: "minute", first: says(429, limit("MINUTE_RATE_LIMIT_EXCEEDED", "Minute rate limit exceeded", 58)), wait: 58 * time.Second},
		{name: "concurrency", first: says(429, limit("MAX_CONCURRENCY_EXCEEDED", "Too many concurrent requests", 15)), wait: 15 * time.Second},
		{name: "concurrency as documented", first: says(429, limit("maxConcurrencyExceeded", "", 15)), wait: 15 * time.Second},
		{name: "complexity 429", first: says(429, limit("COMPLEXITY_BUDGET_EXHAUSTED", "Complexity budget exhausted", 22)), wait: 22 * time.Second},
		{name: "complexity 200", first: says(200, limit("COMPLEXITY_BUDGET_EXHAUSTED", "Complexity budget exhausted", 22)), wait: 22 * time.Second},
		{name: "complexity 200 with null data", first: says(200, oneError("COMPLEXITY_BUDGET_EXHAUSTED", "", `,"retry_in_seconds":9`)), wait: 9 * time.Second},
		{name: "complexity of 2025-01", first: says(429, `{"errors":[{"message":"Complexity budget exhausted","extensions":{"code":"COMPLEXITY_BUDGET_EXHAUSTED","complexity":11,"complexity_budget_left":3,"complexity_budget_limit":5000000,"status_code":429,"retry_in_seconds":31}}]}`), wait: 31 * time.Second},
		{name: "complexity, flat, in words", first: says(429, `{"error_code":"ComplexityException","status_code":429,"error_message":"Complexity budget exhausted, query cost 30001 budget remaining 19986 out of 1000000 reset in 3 seconds","error_data":{},"account_id":1}`), wait: 3 * time.Second},
		{name: "complexity, flat, HTTP 200", first: says(200, `{"error_code":"ComplexityException","error_message":"Query has complexity of 1, reset in 41 seconds"}`), wait: 41 * time.Second},
		{name: "field, flat", first: says(429, `{"error_code":"FIELD_LIMIT_EXCEEDED","status_code":429,"error_message":"Concurrency limit exceeded for the field","error_data":{"retry_in_seconds":15,"entity":"boards"}}`), wait: 15 * time.Second},
		{name: "field", first: says(200, oneError("FIELD_LIMIT_EXCEEDED", "", `,"error_data":{"retry_in_seconds":12}`)), wait: 12 * time.Second},
		{name: "IP", first: says(429, limit("IP_RATE_LIMIT_EXCEEDED", "", 0), "Retry-After: 10"), wait: 10 * time.Second},
		{name: "the body goes before the header", first: says(429, limit("MINUTE_RATE_LIMIT_EXCEEDED", "", 5), "Retry-After: 99"), wait: 5 * time.Second},
		{name: "429 empty", first: says(429, ""), wait: -1},
		{name: "429 empty with seconds", first: says(429, "", "Retry-After: 33"), wait: 33 * time.Second},
		{name: "429 empty with a date", first: says(429, "", "Date: Wed, 04 Mar 2026 10:00:00 GMT", "Retry-After: Wed, 04 Mar 2026 10:00:44 GMT"), wait: 44 * time.Second},
		{name: "429 HTML", first: says(429, page, "Content-Type: text/html"), wait: -1},
		{name: "429 unknown code", first: says(429, limit("SOMETHING_NEW", "Slow down", 4)), wait: 4 * time.Second},
		{name: "429 seconds as text", first: says(429, `{"errors":[{"message":"x","extensions":{"code":"MINUTE_RATE_LIMIT_EXCEEDED","retry_in_seconds":"6"}}]}`), wait: 6 * time.Second},
		{name: "call limit", first: says(429, `{"errors":["Call limit exceeded for CreateBoard"]}`), wait: -1},
		{name: "subgraph without data", first: says(200, `{"data":{"boards":null},"errors":[{"message":"Rate limit already blocked for boards","path":["boards"],"extensions":{"code":"tooManyRequests","status_code":400}}]}`), wait: -1},
		{name: "subgraph, a part left out", first: says(200, `{"data":{"me":{"id":"7","name":null}},"errors":[{"message":"Rate limit already blocked for board-columns-errors","path":["me","name"],"extensions":{"code":"tooManyRequests","status_code":400,"service":"data-structure"}}]}`), wait: -1},

		// What passes without a limit.
		{name: "500 JSON", first: says(500, `{"status_code":500,"error_message":"Internal server error","error_code":"INTERNAL_SERVER_ERROR","errors":[{"message":"Internal server error","extensions":{"status_code":500,"error_code":"INTERNAL_SERVER_ERROR"}}]}`), wait: -1},
		{name: "500 within 200", first: says(200, `{"data":null,"errors":[{"message":"Internal server error","path":[],"extensions":{"status_code":500,"error_code":"INTERNAL_SERVER_ERROR","service":"monolith"}}]}`), wait: -1},
		{name: "500 empty", first: says(500, ""), wait: -1},
		{name: "502 HTML", first: says(502, page), wait: -1},
		{name: "503 timeout", first: says(503, `{"errors":[{"message":"Request processing timeout exceeded","extensions":{"code":"TIMEOUT_EXCEEDED"}}]}`, "Retry-After: 2"), wait: 2 * time.Second},
		{name: "504", first: says(504, "upstream request timeout"), wait: -1},
		{name: "200 HTML", first: says(200, page), wait: -1},
		{name: "403 of a firewall", first: says(403, page), wait: -1},
		{name: "423 locked", first: says(423, `{"errors":[{"message":"Resource is currently locked, please try again later","extensions":{"status_code":423}}]}`), wait: -1},
		{name: "blocked", first: says(200, oneError("API_TEMPORARILY_BLOCKED", "", "")), wait: -1},
		{name: "cut connection", first: cut, wait: -1},
		{name: "half a body", first: half, wait: -1},
		{name: "half a JSON", first: says(200, `{"data":{"me":{"id":"7"`), wait: -1},
		{name: "invalid JSON", first: says(200, `{"data":{"me":{"id":"7",,}}}`), wait: -1},
		{name: "no JSON", first: says(200, `OK`), wait: -1},
		{name: "empty", first: says(200, ``), wait: -1},
		{name: "neither data nor errors", first: says(200, `{"extensions":{}}`), wait: -1},
		{name: "a list", first: says(200, `[]`), wait: -1},

		// What does not.
		{name: "day", first: says(429, limit("DAILY_LIMIT_EXCEEDED", "Daily limit exceeded", 3599)), kind: DailyLimit, code: "DAILY_LIMIT_EXCEEDED", retryIn: 3599 * time.Second},
		{name: "day, in its other spelling", first: says(200, oneError("dailyLimitExceeded", "", "")), kind: DailyLimit, retryIn: 150 * time.Minute},
		{name: "day, in words", first: says(429, `{"errors":["Daily limit exceeded"]}`), kind: DailyLimit, retryIn: 150 * time.Minute},
		{name: "cursor", first: says(200, oneError("CursorException", "CursorExpiredError: The cursor provided for pagination has expired.", "")), kind: CursorExpired, code: "CursorException"},
		{name: "cursor, by its code", first: says(200, oneError("CursorExpiredError", "", "")), kind: CursorExpired},
		{name: "cursor, flat", first: says(200, `{"error_message":"CursorExpiredError: gone","error_code":"","status_code":200}`), kind: CursorExpired},
		{name: "cursor beside complexity", first: says(200, `{"data":{"complexity":{"before":5,"query":2,"after":3,"reset_in_x_seconds":9},"next_items_page":null},"errors":[{"message":"x","path":["next_items_page"],"extensions":{"code":"CursorException"}}]}`), kind: CursorExpired},
		{name: "too complex", first: says(200, oneError("maxComplexityExceeded", "Query exceeds max complexity of 5000000", "")), kind: TooComplex},
		{name: "too complex, in words", first: says(200, `{"errors":[{"message":"The query exceeds max complexity"}]}`), kind: TooComplex},
		{name: "401", first: says(401, `{"errors":[{"message":"Not authenticated","extensions":{"code":"NOT_AUTHENTICATED"}}]}`), kind: Unauthorized, code: "NOT_AUTHENTICATED", message: "Not authenticated"},
		{name: "401 before 2024-07", first: says(401, `{"errors":["Not Authenticated"]}`), kind: Unauthorized, message: "Not Authenticated"},
		{name: "401 IP", first: says(401, `{"errors":["Your ip is restricted"]}`), kind: Unauthorized, message: "ip is restricted"},
		{name: "401 empty", first: says(401, ""), kind: Unauthorized},
		{name: "access denied", first: says(403, `{"errors":[{"message":"…","extensions":{"code":"USER_ACCESS_DENIED"}}]}`), kind: Unauthorized, code: "USER_ACCESS_DENIED"},
		{name: "403 in words", first: says(403, "Forbidden"), kind: Unauthorized, message: "Forbidden"},
		{name: "user unauthorized", first: says(200, `{"data":{"board":null},"errors":[{"message":"User unauthorized to perform action","path":["board"],"extensions":{"code":"USER_UNAUTHORIZED","status_code":403,"error_data":{},"service":"monolith"}}]}`), kind: Forbidden, code: "USER_UNAUTHORIZED"},
		{name: "user unauthorized before 2025-07", first: says(403, `{"error_message":"User unauthorized to perform action","error_code":"UserUnauthorizedException","error_data":{},"status_code":403,"account_id":1}`), kind: Forbidden},
		{name: "user unauthorized before 2023-10", first: says(200, oneError("UserUnauthroizedException", "", "")), kind: Forbidden},
		{name: "scope", first: says(200, `{"data":{},"errors":[{"message":"Unauthorized field or type","path":["teams"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}],"extensions":{"request_id":"r-1"}}`), kind: Forbidden, code: "UNAUTHORIZED_FIELD_OR_TYPE"},
		{name: "scope, old", first: says(200, oneError("missingRequiredPermissions", "", "")), kind: Forbidden},
		{name: "plan", first: says(200, oneError("FORBIDDEN_EXCEPTION", "", "")), kind: Forbidden},
		{name: "unknown field", first: says(200, `{"errors":[{"message":"Cannot query field \"invalid_field\" on type \"Board\".","locations":[{"line":1,"column":2}]}],"extensions":{"request_id":"r-1"}}`), kind: Invalid, message: "Cannot query field"},
		{name: "validation code", first: says(400, `{"errors":[{"message":"bad","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`), kind: Invalid},
		{name: "unknown field before 2025", first: says(200, `{"errors":[{"message":"Field 'x' doesn't exist on type 'Y'","locations":[{"line":1,"column":1}],"path":["query","x"],"extensions":{"code":"undefinedField"}}],"account_id":1}`), kind: Invalid, code: "undefinedField"},
		{name: "argument", first: says(200, oneError("InvalidArgumentException", "bad limit", "")), kind: Invalid},
		{name: "version", first: says(200, oneError("InvalidVersionException", "", "")), kind: Invalid},
		{name: "not found", first: says(200, oneError("ResourceNotFoundException", "Group not found", "")), kind: Invalid},
		{name: "400", first: says(400, `{"errors":[{"message":"Bad request"}]}`), kind: Invalid},
		{name: "404", first: says(404, page), kind: Invalid},
		{name: "another type", first: says(200, `{"data":{"me":{"id":7}}}`), kind: Invalid, message: "not what the document asks for"},
		{name: "the heaviest counts", first: says(200, `{"data":null,"errors":[{"message":"a","extensions":{"code":"USER_UNAUTHORIZED"}},{"message":"b","extensions":{"code":"DAILY_LIMIT_EXCEEDED"}}]}`), kind: DailyLimit, code: "DAILY_LIMIT_EXCEEDED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			endpoint, calls := script{c.first, ok}.server(t)
			var waits []time.Time
			client := newClient(t, Config{Endpoint: endpoint, Now: clock.Now, Sleep: clock.Sleep, Waiting: func(until time.Time, why *Error) {
				waits = append(waits, until)
			}})
			var data me
			a, err := client.Query(t.Context(), "{ me { id name } }", nil, &data)
			if c.wait == 0 {
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("the answer is %+v, %v", a, err)
				}
				if e.Kind != c.kind || c.code != "" && e.Code != c.code || !strings.Contains(e.Message, c.message) {
					t.Errorf("%s: %+v", e.Kind, e)
				}
				if c.retryIn != 0 && e.RetryIn != c.retryIn {
					t.Errorf("can be tried again in %s", e.RetryIn)
				}
				if calls.Load() != 1 || len(clock.slept) > 0 {
					t.Errorf("%d calls, waits %v", calls.Load(), clock.slept)
				}
				return
			}
			if err != nil || data.Me == nil || data.Me.ID != "7" || data.Me.Name == nil || len(a.Errors) > 0 {
				t.Fatalf("%+v %v", a, err)
			}
			if a.RequestID != "r-ok" || a.Version != "2026-04" || a.Bytes == 0 {
				t.Errorf("%+v", a)
			}
			if calls.Load() != 2 || len(clock.slept) != 1 || len(waits) != 1 {
				t.Fatalf("%d calls, waits %v, told %d times", calls.Load(), clock.slept, len(waits))
			}
			low, high := time.Second, 2*time.Second // of the first backoff
			if c.wait > 0 {
				low, high = c.wait, c.wait+min(c.wait/10, time.Second)
			}
			if got := clock.slept[0]; got < low || got > high {
				t.Errorf("waits %s, not %s to %s", got, low, high)
			}
		})
	}
}

// TestPartial: data with errors is an answer.
func TestPartial(t *testing.T) {
	t.Parallel()
	endpoint, calls := script{says(200, `{"data":{"boards":[{"id":"1"},null],"teams":null},"errors":[
		{"message":"User unauthorized to perform action","path":["boards",1],"extensions":{"code":"USER_UNAUTHORIZED","status_code":403}},
		{"message":"Internal server error","path":["teams"],"extensions":{"error_code":"INTERNAL_SERVER_ERROR"}}],"extensions":{"request_id":"r-1"}}`)}.server(t)
	var data struct{ Boards []*struct{ ID string } }
	a, err := newClient(t, Config{Endpoint: endpoint}).Query(t.Context(), "{…}", nil, &data)
	if err != nil || calls.Load() != 1 {
		t.Fatalf("%v after %d calls", err, calls.Load())
	}
	if len(data.Boards) != 2 || data.Boards[0].ID != "1" || data.Boards[1] != nil {
		t.Errorf("%+v", data)
	}
	want := []FieldError{
		{"USER_UNAUTHORIZED", "User unauthorized to perform action", []any{"boards", 1.0}},
		{"INTERNAL_SERVER_ERROR", "Internal server error", []any{"teams"}},
	}
	if diff := cmp.Diff(want, a.Errors); diff != "" {
		t.Error(diff)
	}
}

// TestThrottledToTheEnd: what is left out at every try is left out of the answer in the end.
func TestThrottledToTheEnd(t *testing.T) {
	t.Parallel()
	clock := newClock()
	endpoint, calls := script{says(200, `{"data":{"me":{"id":"7","name":null}},"errors":[{"message":"Rate limit already blocked","path":["me","name"],"extensions":{"code":"tooManyRequests"}}]}`)}.server(t)
	var data me
	a, err := newClient(t, Config{Endpoint: endpoint, Now: clock.Now, Sleep: clock.Sleep, Tries: 3}).Query(t.Context(), "{…}", nil, &data)
	if err != nil || calls.Load() != 3 || len(a.Errors) != 1 || a.Errors[0].Code != "tooManyRequests" || data.Me.ID != "7" {
		t.Errorf("%+v %v after %d calls", a, err, calls.Load())
	}
}

// TestTries: what never passes is returned after so many tries, what is a limit is waited for longer.
func TestTries(t *testing.T) {
	t.Parallel()
	clock := newClock()
	endpoint, calls := script{says(502, "")}.server(t)
	_, err := newClient(t, Config{Endpoint: endpoint, Now: clock.Now, Sleep: clock.Sleep}).Query(t.Context(), "{…}", nil, nil)
	var e *Error
	if !errors.As(err, &e) || e.Kind != Transient || e.Status != 502 || calls.Load() != 8 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	for i, d := range clock.slept {
		if base := min(time.Second<<i, 30*time.Second); d < base || d > 2*base {
			t.Errorf("wait %d is %s", i, d)
		}
	}
	s := make(script, 21)
	for i := range s {
		s[i] = says(429, "")
	}
	s[20] = ok
	endpoint, calls = s.server(t)
	if _, err := newClient(t, Config{Endpoint: endpoint, Now: clock.Now, Sleep: clock.Sleep}).Query(t.Context(), "{…}", nil, nil); err != nil || calls.Load() != 21 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	endpoint, _ := script{func(w http.ResponseWriter, r *http.Request) {
		got = r
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		body = b.Bytes()
		ok(w, r)
	}}.server(t)
	c := newClient(t, Config{Endpoint: endpoint, UserAgent: "lunedi/1"})
	if _, err := c.Query(t.Context(), "query ($a: Int) { a(b: $a) & }", map[string]any{"a": 1}, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Authorization": token, "Api-Version": Version, "User-Agent": "lunedi/1", "Content-Type": "application/json",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	if want := `{"query":"query ($a: Int) { a(b: $a) & }","variables":{"a":1}}` + "\n"; string(body) != want {
		t.Errorf("sent %s", body)
	}
}

// TestSpend: every call over the wire is asked for first, and can be refused.
func TestSpend(t *testing.T) {
	t.Parallel()
	clock, left, none := newClock(), 2, errors.New("none left")
	endpoint, calls := script{says(502, "")}.server(t)
	_, err := newClient(t, Config{Endpoint: endpoint, Now: clock.Now, Sleep: clock.Sleep, Spend: func() error {
		if left--; left < 0 {
			return none
		}
		return nil
	}}).Query(t.Context(), "{…}", nil, nil)
	if err != none || calls.Load() != 2 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
}

// TestContext: the end of a context ends calls and waits, and is told as such.
func TestContext(t *testing.T) {
	t.Parallel()
	began := make(chan struct{})
	endpoint, _ := script{func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server sees that the client goes
		close(began)
		<-r.Context().Done()
	}}.server(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-began; cancel() }()
	var e *Error
	if _, err := newClient(t, Config{Endpoint: endpoint}).Query(ctx, "{…}", nil, nil); !errors.Is(err, context.Canceled) || errors.As(err, &e) {
		t.Errorf("during a call: %v", err)
	}
	endpoint, _ = script{says(429, "", "Retry-After: 3600")}.server(t)
	ctx, cancel = context.WithCancel(t.Context())
	c := newClient(t, Config{Endpoint: endpoint, Waiting: func(time.Time, *Error) { cancel() }})
	if _, err := c.Query(ctx, "{…}", nil, nil); !errors.Is(err, context.Canceled) || errors.As(err, &e) {
		t.Errorf("during a wait: %v", err)
	}
}

// silent is a service that does not answer.
type silent struct{ calls atomic.Int32 }

func (s *silent) RoundTrip(r *http.Request) (*http.Response, error) {
	s.calls.Add(1)
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	service, clock := new(silent), newClock()
	_, err := newClient(t, Config{
		Now: clock.Now, Sleep: clock.Sleep, Tries: 2, HTTP: &http.Client{Timeout: 10 * time.Millisecond, Transport: service},
	}).Query(t.Context(), "{…}", nil, nil)
	var e *Error
	if !errors.As(err, &e) || e.Kind != Transient || e.Message != "the service did not answer in time" || service.calls.Load() != 2 {
		t.Errorf("%v after %d calls", err, service.calls.Load())
	}
}

// TestTokenIsKept: whatever the service repeats of it.
func TestTokenIsKept(t *testing.T) {
	t.Parallel()
	echo := fmt.Sprintf(`{"data":{"a":1,"b":null},"errors":[{"message":%q,"path":["b"],"extensions":{"code":%q}}]}`, "bad token "+token, token)
	for name, answer := range map[string]http.HandlerFunc{
		"errors": says(200, strings.Replace(echo, `"a":1,`, "", 1), "X-Request-Id: "+token),
		"text":   says(400, strings.Repeat("x", maxMessage-5)+token),
		"page":   says(502, "<title>"+token+"</title>"),
		"header": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/?"+token, http.StatusFound)
		},
		"flat":  says(200, fmt.Sprintf(`{"error_code":"x","error_message":%q}`, token)),
		"limit": says(429, fmt.Sprintf(`{"errors":[{"message":%q,"extensions":{"code":"tooManyRequests"}}]}`, token)),
		"cut":   cut,
	} {
		var log bytes.Buffer
		endpoint, _ := script{answer}.server(t)
		ctx, cancel := context.WithCancel(t.Context())
		waits := 0
		c := newClient(t, Config{Endpoint: endpoint, Tries: 2, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
			Waiting: func(_ time.Time, why *Error) {
				fmt.Fprintf(&log, "%v %+v", why, *why)
				if waits++; waits > 2 {
					cancel()
				}
			}})
		_, err := c.Query(ctx, "{…}", nil, nil)
		cancel()
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		shown := log.String() + err.Error() + fmt.Sprintf("%+v", err)
		for ; err != nil; err = errors.Unwrap(err) {
			shown += fmt.Sprintf(" %v %+v %#v", err, err, err)
		}
		for _, form := range []string{token, strings.Trim(strconv.Quote(token), `"`), token[4:10]} {
			if strings.Contains(shown, form) {
				t.Errorf("%s: %s", name, shown)
			}
		}
	}
	endpoint, _ := script{says(200, echo)}.server(t)
	a, err := newClient(t, Config{Endpoint: endpoint}).Query(t.Context(), "{…}", nil, nil)
	if err != nil || strings.Contains(fmt.Sprint(a.Errors), token) {
		t.Errorf("%+v %v", a, err)
	}
}

// TestRedirects: the token goes to no other address.
func TestRedirects(t *testing.T) {
	t.Parallel()
	elsewhere, visits := script{ok}.server(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		endpoint, _ := script{says(status, "", "Location: "+elsewhere)}.server(t)
		var e *Error
		if _, err := newClient(t, Config{Endpoint: endpoint}).Query(t.Context(), "{…}", nil, nil); !errors.As(err, &e) || e.Kind != Invalid || !strings.Contains(e.Message, elsewhere) {
			t.Errorf("%d: %v", status, err)
		}
	}
	if visits.Load() > 0 {
		t.Error("the token went to another address")
	}
	endpoint, calls := script{says(308, "", "Location: /v2/"), ok}.server(t)
	var data me
	if _, err := newClient(t, Config{Endpoint: endpoint}).Query(t.Context(), "{…}", nil, &data); err != nil || calls.Load() != 2 || data.Me.ID != "7" {
		t.Errorf("on the same host: %v after %d calls", err, calls.Load())
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cfg   Config
		field string // that is wrong
	}{
		{Config{Token: "t"}, ""},
		{Config{Token: " t\n"}, ""},
		{Config{Token: "t", Endpoint: "http://127.0.0.1:8080/v2"}, ""},
		{Config{Token: "t", Endpoint: "http://[::1]:8080/v2"}, ""},
		{Config{Token: "t", Endpoint: "http://localhost:8080/v2"}, ""},
		{Config{Token: "t", Endpoint: "http://api.example.com/v2"}, "endpoint"},
		{Config{Token: "t", Endpoint: "http://api.example.com/v2", Insecure: true}, ""},
		{Config{Token: "t", Endpoint: "https://api.example.com/v2"}, ""},
		{Config{Token: "t", Endpoint: "api.example.com"}, "endpoint"},
		{Config{Token: "t", Endpoint: "ftp://api.example.com"}, "endpoint"},
		{Config{}, "token"},
		{Config{Token: "a b"}, "token"},
	} {
		_, err := New(c.cfg)
		var e *Error
		if errors.As(err, &e) && e.Code == c.field && e.Kind == Invalid || c.field == "" && err == nil {
			continue
		}
		t.Errorf("%+v: %v", c.cfg, err)
	}
}

// TestTooLarge: an answer is not read without end.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	body := `{"data":{"me":{"id":"` + strings.Repeat("7", 5000) + `"}}}`
	for name, answer := range map[string]http.HandlerFunc{
		"announced": says(200, body, "Content-Length: "+strconv.Itoa(len(body))),
		"not announced": func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = w.Write([]byte(body))
		},
	} {
		endpoint, calls := script{answer}.server(t)
		c := newClient(t, Config{Endpoint: endpoint})
		c.largest = 4000
		var e *Error
		if _, err := c.Query(t.Context(), "{…}", nil, nil); !errors.As(err, &e) || e.Kind != TooComplex || calls.Load() != 1 {
			t.Errorf("%s: %v after %d calls", name, err, calls.Load())
		}
		c.largest = int64(len(body))
		if _, err := c.Query(t.Context(), "{…}", nil, nil); err != nil {
			t.Errorf("%s: of just the size: %v", name, err)
		}
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()
	endpoint, _ := script{func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(`{"data":{"me":{"id":"7"}}}`))
		_ = z.Close()
	}}.server(t)
	for _, disabled := range []bool{false, true} {
		var data me
		c := newClient(t, Config{Endpoint: endpoint, HTTP: &http.Client{Transport: &http.Transport{DisableCompression: disabled}}})
		if _, err := c.Query(t.Context(), "{…}", nil, &data); err != nil || data.Me.ID != "7" {
			t.Errorf("%v: %v", disabled, err)
		}
	}
}

// TestHopeless: an address that never worked is not tried for minutes.
func TestHopeless(t *testing.T) {
	t.Parallel()
	clock := newClock()
	c := newClient(t, Config{Endpoint: "https://api.example.com", Now: clock.Now, Sleep: clock.Sleep, HTTP: &http.Client{
		Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "api.example.com", IsNotFound: true}
		}),
	}})
	if _, err := c.Query(t.Context(), "{…}", nil, nil); err == nil || len(clock.slept) > 0 || !strings.Contains(err.Error(), "no such host") {
		t.Errorf("%v after %v", err, clock.slept)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
