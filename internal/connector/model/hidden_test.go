package model

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// altered starts a way to the server on which answers are altered, by the name of the operation and the board
// that is asked for alone.
func (w *world) altered(alter func(operation, board string, answer map[string]any)) (endpoint string) {
	var one sync.Mutex
	return w.between(func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.Header.Del("Accept-Encoding")
		var doc struct {
			Query     string
			Variables struct {
				Board string
				IDs   []string
			}
		}
		_ = json.Unmarshal(body, &doc)
		name, _, _ := strings.Cut(strings.TrimPrefix(doc.Query, "query "), "(")
		board := doc.Variables.Board
		if len(doc.Variables.IDs) == 1 {
			board = doc.Variables.IDs[0]
		}
		rec := httptest.NewRecorder()
		forward.ServeHTTP(rec, r)
		var answer map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			w.t.Errorf("%v in %s", err, rec.Body)
		}
		one.Lock()
		defer one.Unlock()
		alter(name, board, answer)
		_ = json.NewEncoder(rw).Encode(answer)
	})
}

// TestHiddenMeanwhile: a board that cannot be seen just when its log, its items or its updates are read was not
// read, neither the first time nor when its values are read again. One that is alone in an answer is missing
// from it; that is not a board without items.
func TestHiddenMeanwhile(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"items", "boardLogs", "boardUpdates"} {
		for _, again := range []bool{false, true} {
			name := operation
			if again {
				name += " again"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 21)
				dest := newDestination(w, "sqlite")
				w.pass(time.Hour)
				if again {
					w.settle(dest, ada)
					w.must(ada, `mutation { create_column(board_id: 30, column_type: date, title: "more") { id } }`, nil, nil)
					w.must(ada, `mutation { create_update(item_id: 900, body: "more") { id } }`, nil, nil)
					w.pass(time.Hour)
				}
				hidden := 0
				endpoint := w.altered(func(at, board string, answer map[string]any) {
					switch {
					case at == operation && board == "30":
						hidden++
						answer["data"] = map[string]any{"boards": []any{}}
					case at == operation && board == "", at == "itemsTogether": // each is read by itself
						answer["data"] = map[string]any{"boards": []any{}}
					case at == "updates" && operation == "boardUpdates":
						answer["data"] = map[string]any{"updates": []any{}}
						answer["errors"] = []any{map[string]any{"message": "Internal server error", "path": []any{"updates", 0}, "extensions": map[string]any{"code": "INTERNAL_SERVER_ERROR"}}}
					}
				})
				mode := connector.Sync
				if again && operation != "items" {
					mode = connector.Full
				}
				report, err := dest.run(w, w.config(endpoint, time.Time{}), mode, 0)
				if err != nil || hidden == 0 || report.Outcome == "complete" && operation != "boardUpdates" {
					t.Errorf("hidden %d times: %v %+v", hidden, err, report)
				}
				w.recovers(dest)
			})
		}
	}
}

// TestPassedOver: an item that is on no page of a board that is read again is asked for by its id, although its
// stamp is as it was.
func TestPassedOver(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(items []any) []any{
		"missing": func(items []any) []any { return items[1:] },
		"null":    func(items []any) []any { items[0] = nil; return items },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 22)
			dest := newDestination(w, "sqlite")
			w.settle(dest, ada)
			w.must(ada, `mutation { create_column(board_id: 30, column_type: date, title: "more") { id } }`, nil, nil)
			w.pass(time.Hour)
			altered := 0
			endpoint := w.altered(func(operation, board string, answer map[string]any) {
				if operation != "items" || board != "30" {
					return
				}
				altered++
				page := answer["data"].(map[string]any)["boards"].([]any)[0].(map[string]any)["items_page"].(map[string]any)
				page["items"] = alter(page["items"].([]any))
			})
			w.ran(dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0))
			if altered == 0 {
				t.Error("no page was altered")
			}
			w.compare(dest, time.Time{}, true)
		})
	}
}

// TestUpdatesInPart: while what was written last came in part, nothing is complete beyond what came before.
func TestUpdatesInPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 23)
	dest := newDestination(w, "sqlite")
	w.settle(dest, ada)
	w.must(ada, `mutation { create_update(item_id: 900, body: "more") { id } }`, nil, nil)
	w.pass(time.Hour)
	endpoint := w.altered(func(operation, _ string, answer map[string]any) {
		if operation == "updates" {
			answer["data"] = map[string]any{"updates": []any{nil}}
			answer["errors"] = []any{map[string]any{"message": "Internal server error", "path": []any{"updates", 0}, "extensions": map[string]any{"code": "INTERNAL_SERVER_ERROR"}}}
		}
	})
	report, err := dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0)
	if err != nil || !report.CompleteTo.Before(report.ReadTo) || report.CompleteTo.IsZero() {
		t.Errorf("complete to %v of %v: %v", report.CompleteTo, report.ReadTo, err)
	}
	w.pass(time.Hour)
	report = w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0))
	if !report.CompleteTo.Equal(report.ReadTo) {
		t.Errorf("complete to %v of %v", report.CompleteTo, report.ReadTo)
	}
	w.compare(dest, time.Time{}, true)
}
