package model

import (
	"fmt"
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
			w.pass(time.Hour)
			w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0))
			w.compare(dest, time.Time{}, true)
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
	w.pass(time.Hour)
	w.ran(dest.run(w, w.config(w.srv.Endpoint, time.Time{}), connector.Sync, 0))
	w.compare(dest, time.Time{}, true)
}
