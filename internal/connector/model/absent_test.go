package model

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// firstBoard is the first of an answer's boards.
func firstBoard(answer map[string]any) map[string]any {
	return answer["data"].(map[string]any)["boards"].([]any)[0].(map[string]any)
}

// TestQueueHidden: an item whose board is hidden just when the item is read by its id stays in the queue, one
// that was never read as well as one of which nothing but what it shows has changed.
func TestQueueHidden(t *testing.T) {
	t.Parallel()
	for name, mutate := range map[string]func(w *world){
		"new": func(w *world) {
			w.must(ada, `mutation { create_item(board_id: 31, item_name: "new") { id } }`, nil, nil)
		},
		"changed": func(w *world) {
			w.must(ada, `mutation { change_simple_column_value(board_id: 31, item_id: 910, column_id: "flag", value: "x") { id } }`, nil, nil)
		},
		"linking": func(w *world) {
			w.must(ada, `mutation { change_simple_column_value(board_id: 30, item_id: 900, column_id: "name", value: "other") { id } }`, nil, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 31)
			dest := newDestination(w, "sqlite")
			w.must(ada, `mutation { change_column_value(board_id: 31, item_id: 910, column_id: "calls", value: "{\"item_ids\": [900]}") { id } }`, nil, nil)
			w.settle(dest, ada)
			mutate(w)
			w.pass(time.Hour)
			hidden := 0
			endpoint := w.altered(func(operation, _ string, answer map[string]any) {
				if operation != "itemsByID" && operation != "presence" {
					return
				}
				data := answer["data"].(map[string]any)
				items := []any{}
				for _, it := range data["items"].([]any) {
					if b, _ := it.(map[string]any)["board"].(map[string]any); b != nil && b["id"] == "30" {
						items = append(items, it)
					}
				}
				hidden++
				data["items"] = items
				if _, ok := data["readable"]; ok {
					data["readable"] = []any{}
				}
			})
			report, err := dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0)
			w.nothingDeleted(report)
			if err != nil || hidden == 0 || report.Outcome != "partial" {
				t.Errorf("hidden %d times: %v %+v", hidden, err, report)
			}
			w.recovers(dest)
		})
	}
}

// TestUpdatesHidden: updates are not gone when their board cannot be seen in the answer that they are not in.
func TestUpdatesHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 32)
	dest := newDestination(w, "sqlite")
	w.settle(dest, ada)
	hidden := 0
	endpoint := w.altered(func(operation, board string, answer map[string]any) {
		switch {
		case operation == "boardUpdates" && board == "30":
			firstBoard(answer)["updates"] = []any{}
		case operation == "updatesByID":
			hidden++
			answer["data"] = map[string]any{"updates": []any{}, "readable": []any{}}
		}
	})
	report := w.ran(dest.run(w, w.config(endpoint, time.Time{}), connector.Sweep, 0))
	w.nothingDeleted(report)
	if hidden == 0 {
		t.Error("no update was asked for by its id")
	}
	w.pass(time.Hour)
	w.must(ada, fmt.Sprintf(`mutation { delete_update(id: %s) { id } }`, w.anUpdateOf(901)), nil, nil)
	w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sweep, 0))
	w.compare(dest, time.Time{}, true)
}

// anUpdateOf is the id of an item's newest update.
func (w *world) anUpdateOf(item int) string {
	w.t.Helper()
	var got struct {
		Items []struct{ Updates []struct{ ID string } }
	}
	w.must(ada, fmt.Sprintf(`{ items(ids: [%d]) { updates(limit: 1) { id } } }`, item), nil, &got)
	return got.Items[0].Updates[0].ID
}

// TestChangedBehindTheLog: an item that changes after the log was read, and before its page is, has its time
// already when the log tells of it: those that link to it are read again all the same.
func TestChangedBehindTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 33)
	dest := newDestination(w, "sqlite")
	w.must(ada, `mutation { change_column_value(board_id: 31, item_id: 910, column_id: "calls", value: "{\"item_ids\": [900]}") { id } }`, nil, nil)
	w.settle(dest, ada)
	w.must(ada, `mutation { create_column(board_id: 30, column_type: date, title: "more") { id } }`, nil, nil)
	w.pass(time.Hour)
	changed := false
	endpoint := w.altered(func(operation, _ string, answer map[string]any) {
		if operation == "updates" && !changed { // what is read last before the pages
			changed = true
			w.must(ada, `mutation { change_simple_column_value(board_id: 30, item_id: 900, column_id: "name", value: "other") { id } }`, nil, nil)
		}
	})
	w.ran(dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0))
	w.recovers(dest)
}

// TestFoundAgain: of a board that was out of sight for a while everything is known when it is back: what its log
// told, what was put away, what was written, and what another item shows of those it links to.
func TestFoundAgain(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(w *world, cfg *connector.Config) (back func()){
		"not seen": func(w *world, _ *connector.Config) func() {
			w.must(ben, `mutation { delete_subscribers_from_board(board_id: 32, user_ids: [1]) { id } }`, nil, nil)
			return func() { w.must(ben, `mutation { add_users_to_board(board_id: 32, user_ids: [1]) { id } }`, nil, nil) }
		},
		"not chosen": func(_ *world, cfg *connector.Config) func() {
			cfg.Boards = []string{"30"}
			return func() { cfg.Boards = nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 34)
			dest := newDestination(w, "sqlite")
			w.settle(dest, ada)
			cfg := w.config(w.srv.Endpoint, time.Time{})
			back := away(w, &cfg)
			var made struct{ Item struct{ ID string } }
			w.must(ben, `mutation { item: create_item(board_id: 32, item_name: "unseen") { id } }`, nil, &made)
			w.must(ben, fmt.Sprintf(`mutation { create_update(item_id: %s, body: "unseen") { id } archive_item(item_id: %[1]s) { id } }`, made.Item.ID), nil, nil)
			for range 2 {
				w.pass(time.Hour)
				report, err := dest.run(w, cfg, connector.Sync, 0)
				w.nothingDeleted(w.ran(report, err))
			}
			back()
			w.pass(time.Hour)
			w.ran(dest.run(w, cfg, connector.Sync, 0))
			w.compare(dest, time.Time{}, true)
		})
	}
}

// TestLogInPart: a log that cannot all be read while its board is read for the first time is read again.
func TestLogInPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 35)
	dest := newDestination(w, "sqlite")
	w.must(ada, `mutation { archive_item(item_id: 900) { id } }`, nil, nil)
	w.pass(time.Hour)
	broken := 0
	endpoint := w.altered(func(operation, board string, answer map[string]any) {
		switch {
		case operation != "boardLogs":
		case board == "":
			answer["data"] = map[string]any{"boards": []any{}}
		case board == "30":
			broken++
			firstBoard(answer)["activity_logs"] = nil
			answer["errors"] = []any{map[string]any{"message": "Internal server error", "path": []any{"boards", 0, "activity_logs"}, "extensions": map[string]any{"code": "INTERNAL_SERVER_ERROR"}}}
		}
	})
	report := w.ran(dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0))
	if broken == 0 || len(report.Problems) == 0 {
		t.Errorf("%d times, %+v", broken, report.Problems)
	}
	w.recovers(dest)
}

// TestPageInPart: a page whose cursor could not be read is not the last one.
func TestPageInPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 36)
	dest := newDestination(w, "sqlite")
	w.pass(time.Hour)
	broken := 0
	endpoint := w.altered(func(operation, board string, answer map[string]any) {
		switch {
		case operation == "itemsTogether":
			answer["data"] = map[string]any{"boards": []any{}}
		case operation == "boardLogs": // which do not go back as far
			for _, b := range answer["data"].(map[string]any)["boards"].([]any) {
				b.(map[string]any)["activity_logs"] = []any{}
			}
		case operation == "items" && board == "30":
			broken++
			page := firstBoard(answer)["items_page"].(map[string]any)
			page["items"], page["cursor"] = page["items"].([]any)[1:], nil
			answer["errors"] = []any{map[string]any{"message": "Internal server error", "path": []any{"boards", 0, "items_page", "cursor"}, "extensions": map[string]any{"code": "INTERNAL_SERVER_ERROR"}}}
		}
	})
	w.ran(dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0))
	if broken == 0 {
		t.Error("no page was altered")
	}
	w.compare(dest, time.Time{}, false)
}

// TestListForgets: who is in a team that a list forgot is in it still.
func TestListForgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 37)
	dest := newDestination(w, "sqlite")
	w.must(ada, `mutation { create_team(input: {name: "Old", subscriber_ids: [2]}) { id } }`, nil, nil)
	w.settle(dest, ada)
	forgot := 0
	endpoint := w.altered(func(operation, _ string, answer map[string]any) {
		data, _ := answer["data"].(map[string]any)
		if list, ok := data["teams"].([]any); ok && operation == "directory" {
			forgot++
			data["teams"] = list[1:]
			data["workspaces"] = []any{}
		}
	})
	report := w.ran(dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0))
	w.nothingDeleted(report)
	if n := report.Counts["column_values"]; forgot == 0 || n.Same > 0 {
		t.Errorf("%d times; values were read for it: %+v", forgot, n)
	}
	w.compare(dest, time.Time{}, true)
}

// TestUpdateTooMuch: an update that cannot be read by itself is left out, and those that are older are read all
// the same.
func TestUpdateTooMuch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 38)
	dest := newDestination(w, "sqlite")
	for i := range 120 {
		w.must(ada, fmt.Sprintf(`mutation { create_update(item_id: 900, body: "no. %d") { id } }`, i), nil, nil)
		w.pass(time.Second)
	}
	bad := w.anUpdateOf(900)
	w.pass(time.Hour)
	var one sync.Mutex
	tooMuch := 0
	endpoint := w.between(func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.Header.Del("Accept-Encoding")
		rec := httptest.NewRecorder()
		forward.ServeHTTP(rec, r)
		if bytes.Contains(body, []byte("pdates(")) && bytes.Contains(rec.Body.Bytes(), []byte(`"id":"`+bad+`"`)) {
			one.Lock()
			tooMuch++
			one.Unlock()
			_, _ = io.WriteString(rw, `{"errors":[{"message":"Query has complexity of 6000000, which exceeds max complexity of 5000000.","extensions":{"code":"maxComplexityExceeded","maxComplexity":5000000}}]}`)
			return
		}
		_, _ = rw.Write(rec.Body.Bytes())
	})
	for range 2 {
		report, err := dest.run(w, w.config(endpoint, time.Time{}), connector.Sweep, 0)
		w.nothingDeleted(report)
		if err != nil {
			t.Fatal(err)
		}
		w.pass(time.Hour)
	}
	if n := w.count(dest, "updates"); n != 120 || tooMuch == 0 { // that of the seed, and all but one
		t.Errorf("%d updates, and %d answers were too much", n, tooMuch)
	}
	w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0))
	w.compare(dest, time.Time{}, true)
}

// unauthorized starts a way to the server on which the token is not valid any more from the first document on
// that has a text, as if the run were killed there.
func (w *world) unauthorized(text string) (endpoint string) {
	var dead atomic.Bool
	return w.between(func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if dead.Load() || bytes.Contains(body, []byte(text)) {
			dead.Store(true)
			r.Header.Set("Authorization", "dev-nobody")
		}
		forward.ServeHTTP(rw, r)
	})
}

// TestUpdatesJoined: a board that was not there yet when the first pages of all updates were read is not taken
// for read when a later run reads the last one.
func TestUpdatesJoined(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 39)
	dest := newDestination(w, "sqlite")
	for i := range 6 {
		w.must(ada, fmt.Sprintf(`mutation { create_board(board_name: "Board %d", board_kind: public) { id } }`, i), nil, nil)
	}
	for i := range 230 {
		w.must(ben, fmt.Sprintf(`mutation { create_update(item_id: %d, body: "no. %d") { id } }`, []int{900, 920}[i%120/119], i), nil, nil) // one is on the second page
		w.pass(time.Second)
	}
	w.must(ben, `mutation { delete_subscribers_from_board(board_id: 32, user_ids: [1]) { id } }`, nil, nil)
	w.pass(time.Hour)
	if _, err := dest.run(w, w.config(w.unauthorized(`"page":3`), time.Time{}), connector.Sync, 0); err == nil {
		t.Error("the run came to its end")
	}
	w.must(ben, `mutation { add_users_to_board(board_id: 32, user_ids: [1]) { id } }`, nil, nil)
	w.recovers(dest)
}

// TestFullKilled: a full reading that ends early goes on in the next run, although that is not told to.
func TestFullKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	dest := newDestination(w, "sqlite")
	w.settle(dest, ada)
	if _, err := dest.run(w, w.config(w.unauthorized("query boardLogs"), time.Time{}), connector.Full, 0); err == nil {
		t.Error("the run came to its end")
	}
	w.pass(time.Hour)
	report := w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0))
	if n := report.Counts["items"]; n.Same != int64(w.count(dest, "items")) {
		t.Errorf("of the items there were %+v", n)
	}
}

// TestStartDateBack: what a run with a later start_date left out while a board was being read for the first time
// is fetched when the date is what it was.
func TestStartDateBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 41)
	dest := newDestination(w, "sqlite")
	w.pass(time.Hour)
	early, late := w.clock().Add(-90*24*time.Hour), w.clock().Add(-time.Minute)
	if _, err := dest.run(w, w.config(w.unauthorized("query items"), early), connector.Sync, 0); err == nil {
		t.Error("the run came to its end")
	}
	for _, start := range []time.Time{late, early} {
		w.pass(time.Hour)
		w.ran(dest.run(w, w.config(w.srv.Endpoint, start), connector.Sync, 0))
	}
	w.compare(dest, early, true)
}

// TestClockBack: what is not there any more is gone also when the clock was ahead at the run before.
func TestClockBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 42)
	dest := newDestination(w, "sqlite")
	w.must(ada, `mutation { change_column_value(board_id: 31, item_id: 910, column_id: "calls", value: "{\"item_ids\": [900, 901]}") { id } }`, nil, nil)
	w.pass(time.Hour)
	cfg := w.config(w.srv.Endpoint, time.Time{})
	cfg.Now = func() time.Time { return w.clock().Add(time.Minute) }
	w.ran(dest.run(w, cfg, connector.Sync, 0))
	links := w.count(dest, "item_links")
	w.must(ada, `mutation { change_column_value(board_id: 31, item_id: 910, column_id: "calls", value: "{\"item_ids\": [900]}") { id } }`, nil, nil)
	cfg.Now = w.clock
	w.ran(dest.run(w, cfg, connector.Sync, 0))
	if n := w.count(dest, "item_links"); n != links-1 {
		t.Errorf("%d of %d links are left", n, links)
	}
}

// TestGivenUp: an item that could not be read in several runs is read when the ids of its board are compared,
// although its time is as it was.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 43)
	dest := newDestination(w, "sqlite")
	w.must(ada, `mutation { change_column_value(board_id: 31, item_id: 910, column_id: "calls", value: "{\"item_ids\": [900]}") { id } }`, nil, nil)
	w.settle(dest, ada)
	w.must(ada, `mutation { change_simple_column_value(board_id: 30, item_id: 900, column_id: "name", value: "other") { id } }`, nil, nil)
	endpoint := w.altered(func(operation, _ string, answer map[string]any) {
		data, _ := answer["data"].(map[string]any)
		items, _ := data["items"].([]any)
		for i, it := range items {
			if operation == "itemsByID" && it.(map[string]any)["id"] == "910" {
				answer["errors"] = []any{map[string]any{"message": "Internal server error", "path": []any{"items", i, "column_values"}, "extensions": map[string]any{"code": "INTERNAL_SERVER_ERROR"}}}
			}
		}
	})
	outcome := ""
	for runs := 0; outcome != "complete"; runs++ {
		w.pass(time.Hour)
		report, err := dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0)
		if outcome = report.Outcome; err != nil || runs > 10 {
			t.Fatalf("run %d: %v %+v", runs, err, report)
		}
	}
	w.recovers(dest)
}
