package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
	"github.com/lunedi-dev/lunedi/internal/mondayapi/faults"
	"github.com/lunedi-dev/lunedi/luneditest"
)

// upstream answers with what a test puts into it, by what the query contains.
type upstream map[string]string

func (u upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	for _, part := range slices.Sorted(maps.Keys(u)) {
		if strings.Contains(string(body), part) {
			_, _ = io.WriteString(w, u[part])
			return
		}
	}
	_, _ = io.WriteString(w, `{"data":{}}`)
}

// stand is a handler with a server around it.
func stand(t *testing.T, up http.Handler, plan faults.Plan) (*faults.Handler, func(query string, variables string) (int, string)) {
	h := faults.New(up, 1, plan)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return h, func(query, variables string) (int, string) {
		body, _ := json.Marshal(map[string]any{"query": query, "variables": json.RawMessage(variables)})
		res, err := http.Post(srv.URL+"/v2", "application/json", strings.NewReader(string(body)))
		if err != nil {
			return 0, "cut"
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			return res.StatusCode, "cut in the body"
		}
		return res.StatusCode, strings.TrimSpace(string(text))
	}
}

func only(k faults.Kind) map[faults.Kind]float64 { return map[faults.Kind]float64{k: 1} }

// TestKinds: each does what it is called.
func TestKinds(t *testing.T) {
	t.Parallel()
	up := upstream{
		"boards": `{"data":{"b":[{"id":"1","columns":[{"id":"c"}]},{"id":"2","columns":[{"id":"c"}]}]}}`,
		"next":   `{"data":{"next_items_page":{"cursor":null,"items":[]}}}`,
		"logs":   `{"data":{"boards":[{"activity_logs":[{"id":"a"},{"id":"b"},{"id":"c"}]}]}}`,
		"users":  `{"data":{"users":[{"id":"1"},{"id":"2"},{"id":"3"},{"id":"4"},{"id":"5"},{"id":"6"}]}}`,
	}
	const boards = `{ b: boards(limit: 50) { id columns { id } } }`
	for _, c := range []struct {
		kind   faults.Kind
		plan   faults.Plan
		query  string
		status int
		want   string // a part of the answer; one of several with |
	}{
		{faults.MinuteLimit, faults.Plan{RetryIn: 7}, boards, 429, `"code":"MINUTE_RATE_LIMIT_EXCEEDED","retry_in_seconds":7}`},
		{faults.Concurrency, faults.Plan{}, boards, 429, `"code":"MAX_CONCURRENCY_EXCEEDED","retry_in_seconds":1}`},
		{faults.IPLimit, faults.Plan{}, boards, 429, `IP_RATE_LIMIT_EXCEEDED`},
		{faults.Complexity429, faults.Plan{}, boards, 429, `COMPLEXITY_BUDGET_EXHAUSTED`},
		{faults.Complexity200, faults.Plan{}, boards, 200, `COMPLEXITY_BUDGET_EXHAUSTED`},
		{faults.ComplexityFlat, faults.Plan{RetryIn: 3}, boards, 429, `reset in 3 seconds`},
		{faults.FieldLimit, faults.Plan{}, boards, 429, `"error_data":{"retry_in_seconds":1,"entity":"boards"}`},
		{faults.LimitEmpty, faults.Plan{}, boards, 429, ``},
		{faults.LimitHTML, faults.Plan{}, boards, 429, `<html>`},
		{faults.LimitDate, faults.Plan{}, boards, 429, ``},
		{faults.DailyLimit, faults.Plan{}, boards, 429, `DAILY_LIMIT_EXCEEDED`},
		{faults.Error500, faults.Plan{}, boards, 500, `INTERNAL_SERVER_ERROR`},
		{faults.Error200, faults.Plan{}, boards, 200, `INTERNAL_SERVER_ERROR`},
		{faults.Error502, faults.Plan{}, boards, 502, `<html>`},
		{faults.Error503, faults.Plan{}, boards, 503, `TIMEOUT_EXCEEDED`},
		{faults.Error504, faults.Plan{}, boards, 504, ``},
		{faults.Locked, faults.Plan{}, boards, 423, `locked`},
		{faults.Slow, faults.Plan{Slow: time.Millisecond}, boards, 200, `"data"`},
		{faults.CutBefore, faults.Plan{}, boards, 0, `cut`},
		{faults.CutAfter, faults.Plan{}, boards, 0, `cut`},
		{faults.CutBody, faults.Plan{}, boards, 200, `cut in the body`},
		{faults.HalfJSON, faults.Plan{}, boards, 200, `{"data":`},
		{faults.CursorExpired, faults.Plan{}, `query ($c: String!) { n: next_items_page(cursor: $c) { cursor } }`, 200, `"path":["n"],"extensions":{"code":"CursorException"`},
		{faults.TooComplex, faults.Plan{Most: map[string]int{"boards": 49}}, boards, 200, `maxComplexityExceeded`},
		{faults.Throttled, faults.Plan{}, boards, 200, `{"data":{"b":[{"columns":null,"id":"1"},{"columns":[{"id":"c"}],"id":"2"}]},"errors":[{"extensions":{"code":"tooManyRequests"` + "|" +
			`{"data":{"b":[{"columns":[{"id":"c"}],"id":"1"},{"columns":null,"id":"2"}]},"errors":[{"extensions":{"code":"tooManyRequests"`},
		{faults.BoardForbidden, faults.Plan{}, boards, 200, `USER_UNAUTHORIZED|{"data":{"b":[{"columns":[{"id":"c"}],"id":"2"}]}}|{"data":{"b":[{"columns":[{"id":"c"}],"id":"1"}]}}`},
		{faults.LogForgotten, faults.Plan{LogKeeps: 2}, `{ boards(limit: 1) { activity_logs(limit: 9) { id } } }`, 200, `{"activity_logs":[{"id":"a"},{"id":"b"}]}`},
		{faults.LogTruncated, faults.Plan{}, `{ boards(limit: 1) { activity_logs(limit: 9) { id } } }`, 200, `{"activity_logs":[]}|[{"id":"a"}]|[{"id":"a"},{"id":"b"}]`},
		{faults.Reordered, faults.Plan{}, `{ users { id } }`, 200, `"id":"1"`},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			c.plan.Odds = only(c.kind)
			answers := up
			if strings.Contains(c.query, "activity_logs") {
				answers = upstream{"logs": up["logs"]}
			}
			h, ask := stand(t, answers, c.plan)
			if c.kind == faults.BoardForbidden {
				ask(c.query, `{}`) // what boards there are is learnt first
			}
			status, text := ask(c.query, `{"c":"x"}`)
			found := slices.ContainsFunc(strings.Split(c.want, "|"), func(part string) bool { return strings.Contains(text, part) })
			if status != c.status || !found {
				t.Errorf("%d %s", status, text)
			}
			if h.Counts()[c.kind] == 0 || len(h.Counts()) != 1 {
				t.Errorf("counts %v", h.Counts())
			}
			h.Set(faults.Plan{})
			if status, text := ask(c.query, `{"c":"x"}`); status != 200 || !strings.HasPrefix(text, `{"data":{`) || strings.Contains(text, "errors") {
				t.Errorf("afterwards: %d %s", status, text)
			}
		})
	}
}

// TestPages: rows come again on the next page, in place of others or beside them.
func TestPages(t *testing.T) {
	t.Parallel()
	up := upstream{
		`items_page(limit`: `{"data":{"boards":[{"id":"9","items_page":{"cursor":"c1","items":[{"id":"1"},{"id":"2"}]}}]}}`,
		`(cursor`:          `{"data":{"p":{"cursor":null,"items":[{"id":"3"},{"id":"4"},{"id":"5"}]}}}`,
	}
	for kind, rows := range map[faults.Kind][]int{faults.Shifted: {3}, faults.Duplicated: {4, 5}} {
		h, ask := stand(t, up, faults.Plan{Odds: only(kind)})
		ask(`{ boards(ids: [9]) { id items_page(limit: 2) { cursor items { id } } } }`, `{}`)
		_, text := ask(`{ p: next_items_page(cursor: "c1") { cursor items { id } } }`, `{}`)
		var answer struct {
			Data struct {
				P struct{ Items []struct{ ID string } }
			}
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatal(err)
		}
		n, old := len(answer.Data.P.Items), 0
		for _, item := range answer.Data.P.Items {
			if item.ID < "3" {
				old++
			}
		}
		if !slices.Contains(rows, n) || old == 0 || h.Counts()[kind] != 1 {
			t.Errorf("%s: %s, counts %v", kind, text, h.Counts())
		}
	}
}

// TestLate: an item is as it was, a new one is not there, one that is gone still is: for as long as the plan
// says, and no longer.
func TestLate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	up := upstream{}
	_, ask := stand(t, up, faults.Plan{Odds: only(faults.Late), Late: 10 * time.Second, Now: func() time.Time { return now }})
	const query = `query ($ids: [ID!]) { items(ids: $ids) { id name created_at } }`
	for i, step := range []struct {
		after  time.Duration
		truth  string
		answer string
	}{
		{0, `{"id":"1","name":"a","created_at":"2026-01-01T00:00:00Z"}`, `a`},
		{5 * time.Second, `{"id":"1","name":"b","created_at":"2026-01-01T00:00:00Z"}`, `a`},
		{4 * time.Second, `{"id":"1","name":"b","created_at":"2026-01-01T00:00:00Z"}`, `a`},
		{7 * time.Second, `{"id":"1","name":"b","created_at":"2026-01-01T00:00:00Z"}`, `b`},
		{time.Second, `{"id":"1","name":"b","created_at":"2026-01-01T00:00:00Z"},{"id":"2","name":"new","created_at":"2026-03-04T12:00:17Z"}`, `b`},
		{10 * time.Second, `{"id":"1","name":"b","created_at":"2026-01-01T00:00:00Z"},{"id":"2","name":"new","created_at":"2026-03-04T12:00:17Z"}`, `b new`},
		{time.Second, `{"id":"2","name":"new","created_at":"2026-03-04T12:00:17Z"}`, `new b`},
		{20 * time.Second, `{"id":"2","name":"new","created_at":"2026-03-04T12:00:17Z"}`, `new`},
	} {
		now = now.Add(step.after)
		up["items"] = `{"data":{"items":[` + step.truth + `]}}`
		_, text := ask(query, `{"ids":["1","2"]}`)
		var answer struct {
			Data struct{ Items []struct{ Name string } }
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, item := range answer.Data.Items {
			names = append(names, item.Name)
		}
		if got := strings.Join(names, " "); got != step.answer {
			t.Errorf("step %d: %q, not %q", i, got, step.answer)
		}
	}
}

// TestForbiddenItems: what is on a board out of reach is too, for so many calls.
func TestForbiddenItems(t *testing.T) {
	t.Parallel()
	up := upstream{
		"boards(": `{"data":{"boards":[{"id":"9","items_page":{"cursor":"c1","items":[{"id":"1"}]}}]}}`,
		"items(":  `{"data":{"items":[{"id":"1"},{"id":"2","board":{"id":"8"}}]}}`,
		"(cursor": `{"data":{"next_items_page":{"cursor":null,"items":[{"id":"3"}]}}}`,
	}
	h, ask := stand(t, up, faults.Plan{})
	const boards = `{ boards(limit: 1) { id items_page { cursor items { id } } } }`
	ask(boards, `{}`)
	h.Set(faults.Plan{Odds: only(faults.BoardForbidden), ForbiddenFor: 3})
	if _, text := ask(`{ items(ids: [1, 2]) { id board { id } } }`, `{}`); text != `{"data":{"items":[{"board":{"id":"8"},"id":"2"}]}}` {
		t.Error(text)
	}
	if _, text := ask(`{ next_items_page(cursor: "c1") { items { id } } }`, `{}`); !strings.Contains(text, "USER_UNAUTHORIZED") {
		t.Error(text)
	}
	if _, text := ask(boards, `{}`); !strings.Contains(text, `[null]`) {
		t.Error(text)
	}
}

func TestDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	h, ask := stand(t, upstream{}, faults.Plan{DailyCalls: 2, Now: func() time.Time { return now }})
	var got []int
	for range 4 {
		status, _ := ask(`{ me { id } }`, `{}`)
		got = append(got, status)
	}
	now = now.Add(12 * time.Hour)
	status, _ := ask(`{ me { id } }`, `{}`)
	if fmt.Sprint(append(got, status)) != "[200 200 429 429 200]" || h.Counts()[faults.DailyLimit] != 2 || h.Calls() != 5 {
		t.Errorf("%v, then %d; %v of %d calls", got, status, h.Counts(), h.Calls())
	}
}

// TestClient: through all of it a client comes to the truth, on a server of our own.
func TestClient(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	plan := faults.Everything(0.1)
	plan.Slow, plan.Late = time.Millisecond, time.Hour // however long it takes from the making of an item to the asking for it
	h := faults.New(faults.Forward(srv.URL), 7, plan)
	proxy := httptest.NewServer(h)
	t.Cleanup(proxy.Close)
	c, err := mondayapi.New(mondayapi.Config{
		Endpoint: proxy.URL + "/v2", Token: luneditest.AdminToken, Tries: 50,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	answered, kinds := 0, map[mondayapi.Kind]int{}
	direct, err := mondayapi.New(mondayapi.Config{Endpoint: srv.Endpoint, Token: luneditest.AdminToken})
	if err != nil {
		t.Fatal(err)
	}
	for range 40 {
		if _, err := direct.Query(t.Context(), `mutation { create_item(board_id: 1234567890, item_name: "New") { id } }`, nil, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Query(t.Context(), `{ boards(ids: [1234567890]) { items_page(limit: 100) { items { id created_at } } } }`, nil, nil); err != nil {
			t.Log(err) // out of reach for now
		}
		var data struct {
			Boards []*struct {
				ID   string `json:"id"`
				Page *struct {
					Cursor *string `json:"cursor"`
				} `json:"items_page"`
			} `json:"boards"`
		}
		_, err := c.Query(t.Context(), `query ($page: Int!) { complexity { before query after reset_in_x_seconds } boards(limit: 5, page: $page, order_by: created_at) { id columns { id }
			activity_logs(limit: 10) { id created_at } items_page(limit: 3) { cursor items { id name created_at } } } }`, map[string]any{"page": 1 + answered%3}, &data)
		if err == nil {
			answered++
			for _, b := range data.Boards {
				if b == nil || b.Page == nil || b.Page.Cursor == nil {
					continue
				}
				_, err = c.Query(t.Context(), `query ($c: String!) { next_items_page(cursor: $c, limit: 3) { cursor items { id name created_at } } }`, map[string]any{"c": *b.Page.Cursor}, nil)
			}
		}
		if e, ok := err.(*mondayapi.Error); ok {
			kinds[e.Kind]++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if answered < 35 || kinds[mondayapi.CursorExpired] == 0 || kinds[mondayapi.Invalid]+kinds[mondayapi.Unauthorized]+kinds[mondayapi.DailyLimit]+kinds[mondayapi.TooComplex] > 0 {
		t.Errorf("%d answers of %d calls, errors %v", answered, h.Calls(), kinds)
	}
	for _, k := range faults.Kinds() {
		if h.Counts()[k] == 0 && k != faults.DailyLimit {
			t.Errorf("%q never happened in %d calls", k, h.Calls())
		}
	}
	h.Set(faults.Plan{})
	before := len(h.Counts())
	if _, err := c.Query(t.Context(), `{ me { id } }`, nil, nil); err != nil || len(h.Counts()) != before {
		t.Error(err)
	}
}
