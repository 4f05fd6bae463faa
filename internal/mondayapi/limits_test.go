package mondayapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// service is one without a network, for tests in which time stands still until all wait.
type service struct {
	busy, most, calls atomic.Int64
	answer            func(call int64, document string) (status int, body string, header http.Header)
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	n, busy := s.calls.Add(1), s.busy.Add(1)
	defer s.busy.Add(-1)
	for most := s.most.Load(); busy > most && !s.most.CompareAndSwap(most, busy); most = s.most.Load() {
	}
	body, _ := io.ReadAll(r.Body)
	time.Sleep(time.Second)
	status, text, header := s.answer(n, string(body))
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: r, ContentLength: int64(len(text))}, nil
}

func (s *service) client(t *testing.T) *Client {
	return newClient(t, Config{HTTP: &http.Client{Transport: s}})
}

// all makes n calls at once and waits for them.
func all(t *testing.T, c *Client, n int) {
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() {
			if _, err := c.Query(t.Context(), "{a}", nil, nil); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
}

const fine = `{"data":{"a":1}}`

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, limit, policy string
		want                int64
	}{
		{"not told", "", "", defaultSlots},
		{"told", `"minuteRate";r=4999, "concurrency";r=249, "complexityMinute";r=4950000;t=45`, `"minuteRate";q=5000;w=60, "concurrency";q=250;qu="concurrent-requests"`, maxSlots},
		{"half is left to others", `"concurrency";r=39`, `"concurrency";q=40`, 20},
		{"others use it up", `"concurrency";r=0`, `"concurrency";q=40`, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{answer: func(int64, string) (int, string, http.Header) {
				h := http.Header{}
				if c.limit != "" {
					h.Set("RateLimit", c.limit)
					h.Set("RateLimit-Policy", c.policy)
				}
				return 200, fine, h
			}}
			client := s.client(t)
			all(t, client, 1) // learns
			s.most.Store(0)
			all(t, client, 200)
			if got := s.most.Load(); got != c.want || s.calls.Load() != 201 {
				t.Errorf("%s: %d calls at a time, %d in all", c.name, got, s.calls.Load())
			}
		})
	}
}

// TestOthersWaitToo: one call that runs into the account's limit is enough.
func TestOthersWaitToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{answer: func(n int64, _ string) (int, string, http.Header) {
			if n == 1 {
				return 429, `{"errors":[{"message":"Minute rate limit exceeded","extensions":{"code":"MINUTE_RATE_LIMIT_EXCEEDED","retry_in_seconds":30}}]}`, nil
			}
			return 200, fine, nil
		}}
		client, began := s.client(t), time.Now()
		var first sync.WaitGroup
		first.Go(func() { all(t, client, 1) })
		time.Sleep(2 * time.Second)
		all(t, client, 50)
		first.Wait()
		if s.calls.Load() != 52 || time.Since(began) < 31*time.Second || time.Since(began) > 60*time.Second {
			t.Errorf("%d calls in %s", s.calls.Load(), time.Since(began))
		}
	})
}

// TestMinuteIsUsedUp: it is told before it is exceeded.
func TestMinuteIsUsedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{answer: func(n int64, _ string) (int, string, http.Header) {
			if n == 1 {
				return 200, fine, http.Header{"Ratelimit": {`"minuteRate";r=0;t=38`}}
			}
			return 200, fine, nil
		}}
		client, began := s.client(t), time.Now()
		all(t, client, 1)
		all(t, client, 1)
		if took := time.Since(began); took != 40*time.Second {
			t.Errorf("two calls took %s", took)
		}
	})
}

// TestComplexityIsWaitedFor: once the service holds calls to the budget, a call that would cost more than is
// left waits, and a cheaper one does not. A service that only counts is not waited for.
func TestComplexityIsWaitedFor(t *testing.T) {
	t.Parallel()
	answers := func(after, cost int) string {
		return fmt.Sprintf(`{"data":{"complexity":{"before":%d,"query":%d,"after":%d,"reset_in_x_seconds":40},"a":1}}`, after+cost, cost, after)
	}
	header := http.Header{"Ratelimit": {`"complexityMinute";r=1000;t=40`}}
	refused := `{"errors":[{"message":"Complexity budget exhausted","extensions":{"code":"COMPLEXITY_BUDGET_EXHAUSTED","retry_in_seconds":1}}]}`
	type step struct {
		document string
		at       time.Duration
	}
	for _, tt := range []struct {
		name   string
		header http.Header
		refuse bool // the first call
		steps  []step
		waits  int
	}{
		{"told in a header", header, false, []step{{"{dear}", 1}, {"{cheap}", 2}, {"{cheap}", 3}, {"{dear}", 42}}, 1}, // 40 seconds after the first answer
		{"refused once", nil, true, []step{{"{dear}", 3}, {"{cheap}", 4}, {"{dear}", 44}}, 2},
		{"only counted", nil, false, []step{{"{dear}", 1}, {"{cheap}", 2}, {"{dear}", 3}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &service{answer: func(n int64, document string) (int, string, http.Header) {
					switch {
					case tt.refuse && n == 1:
						return 429, refused, tt.header
					case strings.Contains(document, "cheap"):
						return 200, answers(990, 10), tt.header
					}
					return 200, answers(1000, 1500), tt.header
				}}
				var why []string
				client := newClient(t, Config{HTTP: &http.Client{Transport: s}, Waiting: func(_ time.Time, e *Error) { why = append(why, e.Code) }})
				began := time.Now()
				for _, ask := range tt.steps {
					a, err := client.Query(t.Context(), ask.document, nil, nil)
					if err != nil || a.Complexity.Query == 0 {
						t.Error(a, err)
					}
					if took := time.Since(began).Truncate(time.Second); took != ask.at*time.Second { // limits are waited for a little longer than told
						t.Errorf("%s is answered at %s, not %s", ask.document, took, ask.at*time.Second)
					}
				}
				if len(why) != tt.waits || slices.ContainsFunc(why, func(code string) bool { return code != "COMPLEXITY_BUDGET_EXHAUSTED" }) {
					t.Error(why)
				}
			})
		})
	}
}

// TestGivingUpPassesOn: whoever stops waiting for a turn keeps nobody else waiting.
func TestGivingUpPassesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{answer: func(int64, string) (int, string, http.Header) { return 200, fine, nil }}
		client := s.client(t)
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		var calls sync.WaitGroup
		var ended, done atomic.Int64
		for i := range 100 {
			calls.Go(func() {
				use := ctx
				if i%2 == 0 {
					use = t.Context()
				}
				_, err := client.Query(use, "{a}", nil, nil)
				switch {
				case err == nil:
					done.Add(1)
				case errors.Is(err, context.DeadlineExceeded):
					ended.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if done.Load() < 50 || ended.Load() == 0 || client.limits.running != 0 || len(client.limits.queue) != 0 {
			t.Errorf("%d done, %d ended, %d still running, %d still queued", done.Load(), ended.Load(), client.limits.running, len(client.limits.queue))
		}
	})
}

func TestParseRateLimit(t *testing.T) {
	t.Parallel()
	for limit, want := range map[string]map[string]rate{
		`"minuteRate";r=4999, "concurrency";r=249,"complexityMinute";r=4950000;t=45`: {
			"minuteRate": {left: 4999, quota: 5000}, "concurrency": {left: 249}, "complexityMinute": {left: 4950000, reset: 45 * time.Second},
		},
		`"minuteRate";r=0;t=38`: {"minuteRate": {quota: 5000, reset: 38 * time.Second}},
		`"minuteRate";t=38`:     {},
		`"minuteRate";r=-1`:     {},
		`limit=5, remaining=3`:  {},
		``:                      {},
	} {
		h := http.Header{"Ratelimit": {limit}, "Ratelimit-Policy": {`"minuteRate";q=5000;w=60, "other";q=1`}}
		if diff := cmp.Diff(want, parseRateLimit(h), cmp.AllowUnexported(rate{})); diff != "" {
			t.Errorf("%s: %s", limit, diff)
		}
	}
}
