package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

func TestBudget(t *testing.T) {
	t.Parallel()
	var b budgets
	by := work.Caller{}
	at := now
	for _, step := range []struct {
		after time.Duration
		cost  int
		want  complexity
	}{
		{0, 10, complexity{minuteBudget, minuteBudget - 10, 10, 60}},
		{1500 * time.Millisecond, 5, complexity{minuteBudget - 10, minuteBudget - 15, 5, 59}},
		{58 * time.Second, minuteBudget, complexity{minuteBudget - 15, 0, minuteBudget, 1}},
		{400 * time.Millisecond, 1, complexity{0, 0, 1, 1}},
		{100 * time.Millisecond, 7, complexity{minuteBudget, minuteBudget - 7, 7, 60}},
	} {
		at = at.Add(step.after)
		if got, over := b.charge(by, step.cost, at); got != step.want || over != nil {
			t.Errorf("after %v: got %+v, %+v, want %+v", at.Sub(now), got, over, step.want)
		}
	}
}

// TestLimitsInTurn: calls of one user, one after the other, against small limits.
func TestLimitsInTurn(t *testing.T) {
	t.Parallel()
	const day, minute, points = "DAILY_LIMIT_EXCEEDED", "MINUTE_RATE_LIMIT_EXCEEDED", "COMPLEXITY_BUDGET_EXHAUSTED"
	type step struct {
		after time.Duration
		cost  int
		code  string
		retry int
	}
	for name, test := range map[string]struct {
		limits Limits
		steps  []step
	}{
		"none": {Limits{}, []step{{0, 1 << 40, "", 0}, {0, 1 << 40, "", 0}}},
		"calls of a minute": {Limits{100, 2, 9, 100, 100}, []step{{0, 1, "", 0}, {10 * time.Second, 1, "", 0}, {time.Second, 1, minute, 49},
			{48900 * time.Millisecond, 1, minute, 1}, {100 * time.Millisecond, 1, "", 0}, {0, 1, "", 0}, {0, 1, minute, 60}}},
		"points of a minute": {Limits{100, 100, 9, 100, 100}, []step{{0, 60, "", 0}, {20 * time.Second, 41, points, 40}, {0, 40, "", 0}, {0, 1, points, 40},
			{0, 0, "", 0}, {40 * time.Second, 100, "", 0}}},
		"a document": {Limits{100, 100, 9, 1000, 100}, []step{{0, 101, "maxComplexityExceeded", 0}, {0, 100, "", 0}}},
		"calls of a day": {Limits{2, 100, 9, 100, 100}, []step{{0, 1, "", 0}, {0, 1, "", 0}, {0, 1, day, 3600}, {time.Hour - time.Millisecond, 1, day, 1},
			{time.Millisecond, 1, "", 0}}},
		// A call that asks only for what is left is a tenth of one, and so is one that is refused.
		"tenths": {Limits{2, 100, 9, 100, 100}, []step{{0, 60, "", 0}, {0, 0, "", 0}, {0, 60, points, 60}, {0, 60, points, 60}, {0, 0, "", 0}, {0, 0, "", 0}, {0, 0, "", 0},
			{0, 0, "", 0}, {0, 0, "", 0}, {0, 0, "", 0}, {0, 0, "", 0}, {0, 0, day, 3600}}},
		"refused of a minute": {Limits{2, 1, 9, 100, 100}, []step{{0, 1, "", 0}, {0, 1, minute, 60}, {0, 1, minute, 60}, {0, 1, minute, 60}, {0, 1, minute, 60}, {0, 1, minute, 60},
			{0, 1, minute, 60}, {0, 1, minute, 60}, {0, 1, minute, 60}, {0, 1, minute, 60}, {0, 1, minute, 60}, {0, 1, day, 3600}}},
	} {
		b, at := budgets{limits: test.limits}, time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)
		for i, s := range test.steps {
			at = at.Add(s.after)
			over := b.enter(work.Caller{}, at)
			if over == nil {
				_, over = b.charge(work.Caller{}, s.cost, at)
				b.leave(work.Caller{}, at)
			}
			if over == nil {
				over = &refusal{}
			}
			if over.code != s.code || over.retry != s.retry {
				t.Errorf("%s, step %d: %+v, want %q after %d s", name, i+1, over, s.code, s.retry)
			}
		}
	}
}

// TestLimitsAtOnce: never more at once than may be, however many come, and what was let in is let out.
func TestLimitsAtOnce(t *testing.T) {
	t.Parallel()
	b := budgets{limits: Limits{1 << 30, 1 << 30, 3, 1 << 30, 1 << 30}}
	var inside, refused atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 500 {
				if over := b.enter(work.Caller{}, now); over != nil {
					if over.code != "MAX_CONCURRENCY_EXCEEDED" || over.retry != 15 || over.status != http.StatusTooManyRequests {
						t.Errorf("%+v", over)
					}
					refused.Add(1)
					continue
				}
				if n := inside.Add(1); n > 3 {
					t.Errorf("%d at once", n)
				}
				inside.Add(-1)
				b.leave(work.Caller{}, now)
			}
		})
	}
	wg.Wait()
	for range 3 {
		if over := b.enter(work.Caller{}, now); over != nil {
			t.Errorf("nobody is inside, and %+v", over)
		}
	}
	if over := b.enter(work.Caller{}, now); over == nil {
		t.Error("a fourth was let in")
	}
}

// TestLimitsOnTheWire: what callers see of limits, each by itself, and nothing where there are none.
func TestLimitsOnTheWire(t *testing.T) {
	t.Parallel()
	send := func(s *server, as work.UserID, document string) *httptest.ResponseRecorder {
		body, _ := json.Marshal(map[string]string{"query": document})
		r := httptest.NewRequest("POST", "/v2", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", token(as))
		return s.send(r)
	}
	if w := send(start(t, small(), nil), 1, `{ me { id } }`); w.Header().Get("RateLimit") != "" || w.Header().Get("RateLimit-Policy") != "" {
		t.Errorf("limits are told where there are none: %v", w.Header())
	}
	s := start(t, small(), func(c *Config) { c.Limits = Limits{Day: 50, Minute: 3, AtOnce: 4, Points: 100, Document: 90} })
	w := send(s, 1, `{ me { id } complexity { before after query } platform_api { daily_limit { base } } }`)
	if got := w.Header().Get("RateLimit-Policy"); got != `"minuteRate";q=3;w=60, "concurrency";q=4;qu="concurrent-requests", "complexityMinute";q=100;w=60;qu="content-bytes"` {
		t.Error(got)
	}
	var told struct {
		Data struct {
			Complexity struct{ Before, After, Query int }
			Platform   struct {
				Limit struct{ Base int } `json:"daily_limit"`
			} `json:"platform_api"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	c := told.Data.Complexity
	if c.Before != 100 || c.After != 100-c.Query || c.Query == 0 || told.Data.Platform.Limit.Base != 50 {
		t.Errorf("%s", w.Body)
	}
	if got, want := w.Header().Get("RateLimit"), fmt.Sprintf(`"minuteRate";r=2, "concurrency";r=3, "complexityMinute";r=%d;t=60`, c.After); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, want := range []struct {
		query, body, limit string
		status             int
		retry              string
	}{
		{`{ boards(limit: 9) { id name } }`, `{"errors":[{"message":"Query has complexity of 108, which exceeds max complexity of 90","extensions":{"code":"maxComplexityExceeded"}}],`, `"minuteRate";r=1,`, 200, ""},
		{`{ boards(limit: 7) { id name } }`, `{"errors":[{"message":"Complexity budget exhausted","extensions":{"code":"COMPLEXITY_BUDGET_EXHAUSTED","retry_in_seconds":60}}],`, `"minuteRate";r=0;t=60,`, 429, "60"},
		{`{ me { id } }`, `{"errors":[{"message":"Minute rate limit exceeded","extensions":{"code":"MINUTE_RATE_LIMIT_EXCEEDED","retry_in_seconds":60}}],"extensions":{"request_id":`, `"minuteRate";r=0;t=60,`, 429, "60"},
	} {
		w := send(s, 1, want.query)
		if w.Code != want.status || !strings.HasPrefix(w.Body.String(), want.body) || w.Header().Get("Retry-After") != want.retry || !strings.HasPrefix(w.Header().Get("RateLimit"), want.limit) {
			t.Errorf("%s: %d %s\n%v", want.query, w.Code, w.Body, w.Header())
		}
	}
	if w := send(s, 2, `{ me { id } }`); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"data"`) {
		t.Errorf("somebody else: %d %s", w.Code, w.Body)
	}
}

func TestPlanLimits(t *testing.T) {
	t.Parallel()
	for plan, day := range map[string]int{"": 0, "free": 200, "basic": 1000, "standard": 1000, "pro": 10_000, "enterprise": 25_000} {
		if l, err := PlanLimits(plan); err != nil || l.Day != day {
			t.Errorf("%q: %+v, %v", plan, l, err)
		}
	}
	if _, err := PlanLimits("gold"); err == nil || !strings.Contains(err.Error(), "free, basic") {
		t.Error(err)
	}
}
