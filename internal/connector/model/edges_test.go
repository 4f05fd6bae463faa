package model

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/mondayapi/faults"
	"github.com/lunedi-dev/lunedi/luneditest"
)

// settle reads everything anew, until nothing is left to do.
func (w *world) settle(dest destination, token string) {
	w.t.Helper()
	cfg := w.config(w.srv.Endpoint, time.Time{})
	cfg.AuthToken = token
	w.pass(time.Hour)
	for _, mode := range []connector.Mode{connector.Sync, connector.Full} {
		report, err := dest.run(w, cfg, mode, 0)
		if err != nil || report.Outcome != "complete" {
			w.t.Fatalf("%v: %v %+v", mode, err, report)
		}
		w.pass(time.Hour)
	}
}

// count counts the live rows of a table.
func (w *world) count(dest destination, table string) (n int) {
	w.t.Helper()
	dest.each(w, table, func(row map[string]any) {
		if row["_deleted_at"] == nil {
			n++
		}
	})
	return n
}

// refused holds an error to be a refusal.
func refused(t *testing.T, err error, field, code, says string) {
	t.Helper()
	var r *connector.Refused
	if !errors.As(err, &r) || r.Field != field || r.Code != code || !strings.Contains(r.Msg, says) {
		t.Errorf("%v, want a refusal of %s (%s) that tells of %s", err, field, code, says)
	}
}

// between starts a way to the server on which a test can do what it likes.
func (w *world) between(handle func(rw http.ResponseWriter, r *http.Request, forward http.Handler)) (endpoint string) {
	forward := faults.Forward(w.srv.URL)
	hs := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handle(rw, r, forward) }))
	w.t.Cleanup(hs.Close)
	return hs.URL + "/v2"
}

// ran holds a run to have come to its end.
func (w *world) ran(report *connector.Report, err error) *connector.Report {
	w.t.Helper()
	if err != nil || report.Outcome != "complete" {
		w.t.Fatalf("%v %+v", err, report)
	}
	return report
}

// recovers holds that all is true after one more run, an hour later and with nothing in its way.
func (w *world) recovers(dest destination) {
	w.t.Helper()
	w.pass(time.Hour)
	w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0))
	w.compare(dest, time.Time{}, true)
}

func (w *world) nothingDeleted(report *connector.Report) {
	w.t.Helper()
	for name, n := range report.Counts {
		if n.Deleted > 0 {
			w.t.Errorf("%d rows of %s are called deleted", n.Deleted, name)
		}
	}
}

func TestOtherAccount(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t, 1), newWorldOf(t, 1, strings.Replace(account, "{name: Model Ltd", "{id: 77, name: Another Ltd", 1))
	dest := newDestination(w, "sqlite")
	w.settle(dest, ada)
	var mine, theirs struct{ Account struct{ ID string } }
	w.must(ada, "{ account { id } }", nil, &mine)
	other.must(ada, "{ account { id } }", nil, &theirs)
	if mine == theirs {
		t.Fatal("both are one account")
	}
	before := w.kept(dest)
	_, err := dest.run(w, w.config(other.srv.Endpoint, time.Time{}), connector.Sync, 0)
	refused(t, err, "auth_token", "other_account", "Another Ltd")
	if diff := cmp.Diff(before, w.kept(dest)); diff != "" {
		t.Error(diff)
	}
}

// TestCallsOfADay: a cap, and the service's own limit, end a run, which goes on the next day.
func TestCallsOfADay(t *testing.T) {
	t.Parallel()
	const limit = 11 // more than a quiet day takes, and less than the first reading of a dozen boards
	for name, set := range map[string]func(w *world, cfg *connector.Config) http.Handler{
		"cap": func(_ *world, cfg *connector.Config) http.Handler { cfg.CallCap = limit; return nil },
		"service": func(w *world, cfg *connector.Config) http.Handler {
			return faults.New(faults.Forward(w.srv.URL), 1, faults.Plan{DailyCalls: limit, Now: w.clock})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2)
			dest := newDestination(w, "sqlite")
			for i := range 9 {
				w.must(ada, fmt.Sprintf(`mutation { create_board(board_name: "Board %d", board_kind: public) { id } }`, i), nil, nil)
			}
			w.change(10)
			w.pass(time.Hour)
			cfg := w.config(w.srv.Endpoint, time.Time{})
			service := set(w, &cfg)
			cfg.Endpoint = w.between(func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
				body, _ := io.ReadAll(r.Body)
				if bytes.Contains(body, []byte("itemsTogether")) { // each board takes a call of its own
					io.WriteString(rw, `{"errors":[{"message":"Query has complexity of 6000000, which exceeds max complexity of 5000000.","extensions":{"code":"maxComplexityExceeded","maxComplexity":5000000}}]}`)
					return
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				if service != nil {
					forward = service
				}
				forward.ServeHTTP(rw, r)
			})
			partial := 0
			for day := 0; ; day++ {
				report, err := dest.run(w, cfg, connector.Sync, 0)
				w.nothingDeleted(report)
				if err == nil && report.Outcome == "complete" {
					break
				}
				midnight := w.clock().Truncate(24 * time.Hour).Add(24 * time.Hour)
				if err == nil || report.Outcome != "partial" || !report.Until.Equal(midnight) || report.Calls > limit+4 ||
					len(report.Problems) != 1 || report.Problems[0].Kind != "rate_limited" || report.Problems[0].Remedy == "" {
					t.Fatalf("day %d: %v %+v", day, err, report)
				}
				partial++
				if report, err = dest.run(w, cfg, connector.Sync, 0); err == nil || report.Calls > 4 || !report.Until.Equal(midnight) {
					t.Errorf("again on the same day: %v %+v", err, report)
				}
				if w.pass(midnight.Sub(w.clock()) + time.Minute); day > 30 {
					t.Fatal("it never comes to its end")
				}
			}
			if partial == 0 {
				t.Error("the limit was not reached")
			}
			w.settle(dest, ada)
			w.compare(dest, time.Time{}, true)
		})
	}
}

// TestUnauthorizedWithin: the token is taken back while a run is on its way, after any of its calls.
func TestUnauthorizedWithin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	dest := newDestination(w, "sqlite")
	w.change(40)
	w.settle(dest, ada)
	var left atomic.Int64
	cfg := w.config(w.between(func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
		if left.Add(-1) < 0 {
			r.Header.Set("Authorization", "dev-nobody")
		}
		forward.ServeHTTP(rw, r)
	}), time.Time{})
	for calls := range 12 {
		w.change(5)
		w.pass(25 * time.Hour)
		left.Store(int64(calls))
		report, err := dest.run(w, cfg, connector.Sweep, 0)
		if left.Load() >= 0 {
			w.ran(report, err)
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), "auth_token: ") || report.Outcome != "failed" || !slices.ContainsFunc(report.Problems, func(p connector.Problem) bool { return p.Kind == "reauthorize" && p.Remedy != "" }) {
			t.Fatalf("after %d calls: %v %+v", calls, err, report)
		}
		if calls == 0 {
			w.nothingDeleted(report)
		}
	}
	w.settle(dest, ada)
	w.compare(dest, time.Time{}, true)
}

// TestNoAdmin: what somebody who is no admin sees is read, and that it is not all is told.
func TestNoAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 16)
	dest := newDestination(w, "sqlite")
	cfg := w.config(w.srv.Endpoint, time.Time{})
	cfg.AuthToken = ben
	w.pass(time.Hour)
	report := w.ran(dest.run(w, cfg, connector.Sync, 0))
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0].Message, "Ben is no admin") || report.Problems[0].Remedy == "" || w.count(dest, "items") == 0 {
		t.Errorf("%+v", report.Problems)
	}
}

func TestStreamsChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	dest := newDestination(w, "sqlite")
	w.change(30)
	w.pass(time.Hour)
	cfg := w.config(w.srv.Endpoint, time.Time{})
	cfg.Streams = []string{"users", "updates"}
	for name := range w.ran(dest.run(w, cfg, connector.Sync, 0)).Counts {
		if !slices.Contains([]string{"users", "updates", "boards", "items"}, name) { // the passes need the last two
			t.Errorf("%s was written", name)
		}
	}
	kept := map[string]table{}
	truth := w.truth()
	for _, name := range []string{"users", "updates", "items", "boards"} {
		kept[name] = w.keptTable(dest, name, nil)
		if lines := diff(name, kept[name], truth[name], func(key string) bool { return !strings.Contains(truth[name][key], `"archived"`) }); len(lines) > 0 {
			t.Error(strings.Join(lines, "\n"))
		}
	}
	// More of them later: they come whole.
	cfg.Streams = nil
	w.pass(time.Hour)
	w.ran(dest.run(w, cfg, connector.Full, 0))
	w.compare(dest, time.Time{}, true)
}

// TestBoardsChosen: with a board come the boards of its subitems, and no others.
func TestBoardsChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	dest := newDestination(w, "sqlite")
	cfg := w.config(w.srv.Endpoint, time.Time{})
	cfg.Boards = []string{"30"}
	for range 3 {
		w.change(30)
		w.pass(time.Hour)
		w.ran(dest.run(w, cfg, connector.Sweep, 0))
	}
	var subitems struct {
		Boards []struct{ ID, Name string }
	}
	w.must(ada, `{ boards(limit: 100) { id name } }`, nil, &subitems)
	want := []string{"30"}
	for _, b := range subitems.Boards {
		if b.Name == "Subitems of Arrivals" {
			want = append(want, b.ID)
		}
	}
	w.pass(time.Hour)
	w.ran(dest.run(w, cfg, connector.Full, 0))
	got := slices.Sorted(maps.Keys(w.keptTable(dest, "boards", nil)))
	if slices.Sort(want); !slices.Equal(got, want) || len(want) != 2 {
		t.Errorf("boards %v, want %v", got, want)
	}
	truth := w.truth()["items"]
	maps.DeleteFunc(truth, func(_, row string) bool {
		var f []string
		_ = json.Unmarshal([]byte(row), &f)
		return !slices.Contains(want, f[2])
	})
	if lines := diff("items", w.keptTable(dest, "items", nil), truth, func(string) bool { return true }); len(lines) > 0 {
		t.Error(strings.Join(lines, "\n"))
	}
}

// TestBoardLost: a board that is out of reach stays as it was, and is as it should be when it is back.
func TestBoardLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 6)
	dest := newDestination(w, "sqlite")
	w.settle(dest, ada)
	w.must(ben, `mutation { delete_subscribers_from_board(board_id: 32, user_ids: [1]) { id } }`, nil, nil)
	w.must(ben, `mutation { create_item(board_id: 32, item_name: "unseen") { id } }`, nil, nil)
	w.must(ben, `mutation { delete_item(item_id: 920) { id } }`, nil, nil)
	for range 3 {
		w.pass(25 * time.Hour)
		report := w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0))
		w.nothingDeleted(report)
		if len(report.Problems) != 1 || report.Problems[0].Kind != "board_lost" || report.Problems[0].Board != "32" || report.Problems[0].Name != "Prices" {
			t.Fatalf("%+v", report.Problems)
		}
	}
	if _, there := w.keptTable(dest, "items", nil)["920"]; !there {
		t.Error("an item of a board that cannot be seen is called deleted")
	}
	w.must(ben, `mutation { add_users_to_board(board_id: 32, user_ids: [1]) { id } }`, nil, nil)
	w.pass(time.Hour)
	if report := w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0)); len(report.Problems) > 0 {
		t.Errorf("%+v", report.Problems)
	}
	w.compare(dest, time.Time{}, false)
	if _, there := w.keptTable(dest, "items", nil)["920"]; there {
		t.Error("the item is still there")
	}
}

// TestStartDateMoved: earlier fetches what is missing, also when the columns changed meanwhile; later leaves
// what is there.
func TestStartDateMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 7)
	dest := newDestination(w, "sqlite")
	w.change(40)
	middle := w.clock()
	w.pass(time.Hour)
	w.change(40)
	w.pass(time.Hour)
	w.ran(dest.run(w, w.config(w.srv.Endpoint, middle), connector.Sync, 0))
	few := w.count(dest, "items")
	w.must(ben, `mutation { create_column(board_id: 30, column_type: text, title: "late") { id } }`, nil, nil)
	early := middle.Add(-40 * 24 * time.Hour)
	w.pass(time.Hour)
	w.ran(dest.run(w, w.config(w.srv.Endpoint, early), connector.Sync, 0))
	w.pass(time.Hour)
	w.ran(dest.run(w, w.config(w.srv.Endpoint, early), connector.Sync, 0))
	w.compare(dest, early, false)
	all := w.count(dest, "items")
	if few == 0 || few >= all {
		t.Errorf("%d items from the middle on, %d from the beginning", few, all)
	}
	w.pass(time.Hour)
	report := w.ran(dest.run(w, w.config(w.srv.Endpoint, w.clock().Add(-time.Minute)), connector.Sweep, 0))
	w.nothingDeleted(report)
	if n := w.count(dest, "items"); n != all {
		t.Errorf("%d of %d items are left", n, all)
	}
}

// TestNothingNew: a run with nothing to do is cheap, and says so.
func TestNothingNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8)
	dest := newDestination(w, "sqlite")
	w.change(60)
	w.settle(dest, ada)
	for range 3 {
		w.pass(time.Hour)
		report := w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0))
		for name, n := range report.Counts {
			if n.New+n.Changed+n.Deleted > 0 {
				t.Errorf("%s: %+v", name, n)
			}
		}
		if report.Calls > 3 { // the directory, the boards with their logs, the newest updates
			t.Errorf("%d calls", report.Calls)
		}
	}
}

// TestLaterLogs: from 2027-01 on a log is a page with a cursor, goes back 90 days, and refuses the older form.
// The server knows neither, so what is between makes it so.
func TestLaterLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	dest := newDestination(w, "sqlite")
	var pages atomic.Int64
	cfg := w.config(w.between(func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
		var ask struct {
			Query     string         `json:"query"`
			Variables map[string]any `json:"variables"`
		}
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			t.Error(err)
		}
		logs := strings.Contains(ask.Query, "activity_logs(")
		rw.Header().Set("Api-Version", "2027-01")
		if logs && strings.Contains(ask.Query, "page: $logPage") {
			_, _ = rw.Write([]byte(`{"errors":[{"message":"Unknown argument \"page\" on field \"Board.activity_logs\".","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`))
			return
		}
		if from, _ := ask.Variables["from"].(string); from != "" {
			if at, err := time.Parse(time.RFC3339, from); err != nil || w.clock().Sub(at) > 90*24*time.Hour {
				t.Errorf("asked for logs from %s", from)
			}
		}
		// As the server has it: pages by number. A cursor is one.
		const size = 30
		page := 1
		if c, _ := ask.Variables["cursor"].(string); c != "" {
			page, _ = strconv.Atoi(c)
			delete(ask.Variables, "cursor")
		}
		ask.Query = strings.NewReplacer(", cursor: $cursor", "", ", $cursor: String", "", ", $logLimit: Int", "", "limit: $logLimit", fmt.Sprintf("limit: %d, page: %d", size, page),
			"logs { ...logEntry } cursor", "...logEntry", "$from: String, $to: String", "$from: ISO8601DateTime, $to: ISO8601DateTime").Replace(ask.Query)
		delete(ask.Variables, "logLimit")
		body, _ := json.Marshal(ask)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("API-Version", "2026-10")
		r.Header.Del("Accept-Encoding")
		got := httptest.NewRecorder()
		forward.ServeHTTP(got, r)
		var answer map[string]any
		if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
			t.Errorf("%v in %s", err, got.Body)
		}
		if data, _ := answer["data"].(map[string]any); logs && data != nil {
			boards, _ := data["boards"].([]any)
			for _, b := range boards {
				if b, _ := b.(map[string]any); b != nil && b["activity_logs"] != nil {
					list, _ := b["activity_logs"].([]any)
					var cursor any
					if len(list) == size {
						cursor = strconv.Itoa(page + 1)
						pages.Add(1)
					}
					b["activity_logs"] = map[string]any{"logs": list, "cursor": cursor}
				}
			}
		}
		body, _ = json.Marshal(answer)
		_, _ = rw.Write(body)
	}), time.Time{})
	for range 4 {
		w.change(60)
		w.pass(time.Hour)
		report := w.ran(dest.run(w, cfg, connector.Sync, 0))
		if report.Version != "2027-01" {
			t.Errorf("version %s", report.Version)
		}
	}
	w.pass(time.Hour)
	w.ran(dest.run(w, cfg, connector.Sweep, 0))
	w.compare(dest, time.Time{}, false)
	if pages.Load() == 0 {
		t.Error("no log had a second page")
	}
}

// TestNames: who is new is in no text, and who is called otherwise is in those of the boards that have people,
// which are read at once and once more when reads are not late any more.
func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 13)
	dest := newDestination(w, "sqlite")
	w.settle(dest, ada)
	values := func() connector.Count {
		w.pass(time.Hour)
		return w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0)).Counts["column_values"]
	}
	if n := values(); n.New+n.Changed+n.Same > 0 {
		t.Errorf("nothing happened, and values were read: %+v", n)
	}
	w.must(ada, `mutation { create_team(input: {name: "New"}, options: {allow_empty_team: true}) { id } }`, nil, nil)
	w.must(ada, `mutation { create_or_get_tag(tag_name: "brand new") { id } }`, nil, nil)
	w.must(ada, `mutation { invite_users(emails: ["zoe@model.example.com"]) { errors { message } } }`, nil, nil)
	if n := values(); n.New+n.Changed+n.Same > 0 {
		t.Errorf("somebody is new, and values were read: %+v", n)
	}
	w.must(ada, `mutation { update_multiple_users(user_updates: [{user_id: 2, user_attribute_updates: {name: "Benedict"}}]) { errors { message } } }`, nil, nil)
	if n := values(); n.Changed == 0 || n.Same == 0 {
		t.Errorf("somebody was renamed, and of the values there were %+v", n)
	}
	if n := values(); n.Changed > 0 || n.Same == 0 {
		t.Errorf("when reads are not late any more: %+v", n)
	}
	if n := values(); n.New+n.Changed+n.Same > 0 {
		t.Errorf("and then: %+v", n)
	}
	w.compare(dest, time.Time{}, true)
}

// TestPlanLimits: a server that holds its callers to a small plan is waited for, and asked for no more than it
// allows.
func TestPlanLimits(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, 14, account, luneditest.Limits("free"))
	dest := newDestination(w, "sqlite")
	var mu sync.Mutex
	refused := map[int]int{}
	cfg := w.config(w.between(func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
		rec := httptest.NewRecorder()
		forward.ServeHTTP(rec, r)
		mu.Lock()
		refused[rec.Code]++
		mu.Unlock()
		maps.Copy(rw.Header(), rec.Header())
		rw.WriteHeader(rec.Code)
		_, _ = rw.Write(rec.Body.Bytes())
	}), time.Time{})
	cfg.CallCap = 0
	cfg.Sleep = func(ctx context.Context, d time.Duration) error { w.pass(d); return ctx.Err() }
	began := w.clock()
	for range 3 {
		w.ran(dest.run(w, cfg, connector.Full, 0))
	}
	if waited := w.clock().Sub(began); refused[http.StatusTooManyRequests] == 0 || refused[http.StatusTooManyRequests] > refused[http.StatusOK] || waited < time.Minute || waited > time.Hour {
		t.Errorf("%v, and %v passed", refused, waited)
	}
	if n := w.count(dest, "items"); n == 0 {
		t.Error("there is nothing")
	}
}

// TestLinkedBoardDeleted: items that link to those of a board are read again when it is deleted.
func TestLinkedBoardDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 15)
	dest := newDestination(w, "sqlite")
	w.must(ada, `mutation { change_column_value(board_id: 31, item_id: 910, column_id: "calls", value: "{\"item_ids\": [900, 901]}") { id } }`, nil, nil)
	w.settle(dest, ada)
	if n := w.count(dest, "item_links"); n < 2 {
		t.Fatalf("%d links", n)
	}
	w.must(ada, `mutation { delete_board(board_id: 30) { id } }`, nil, nil)
	w.recovers(dest)
}
