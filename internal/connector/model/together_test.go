package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// TestBoardsTogether: boards with few items come many in a call, whatever becomes of one of them meanwhile.
func TestBoardsTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12)
	var boards []string
	for i := range 40 {
		var made struct {
			Board struct{ ID string } `json:"create_board"`
		}
		w.must(ada, fmt.Sprintf(`mutation { create_board(board_name: "Small %d", board_kind: public) { id } }`, i), nil, &made)
		boards = append(boards, made.Board.ID)
		for n := range 4 {
			w.must(ada, fmt.Sprintf(`mutation { create_item(board_id: %s, item_name: "%d") { id } }`, made.Board.ID, n), nil, nil)
		}
	}
	w.pass(time.Hour)
	grown, broken, moved := boards[3], boards[17], boards[30]

	var mu sync.Mutex
	asked := map[string]int{} // calls by operation
	endpoint := w.between(func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var doc struct{ Query string }
		_ = json.Unmarshal(body, &doc)
		name, _, _ := strings.Cut(strings.TrimPrefix(doc.Query, "query "), "(")
		mu.Lock()
		asked[name]++
		first := asked[name] == 1
		mu.Unlock()
		if name != "itemsTogether" {
			forward.ServeHTTP(rw, r)
			return
		}
		if first { // more than were counted, with room for some
			for n := range 12 {
				w.must(ada, fmt.Sprintf(`mutation { create_item(board_id: %s, item_name: "late %d") { id } }`, grown, n), nil, nil)
			}
		}
		r.Header.Del("Accept-Encoding")
		rec := httptest.NewRecorder()
		forward.ServeHTTP(rec, r)
		var answer map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Error(err)
		}
		list := answer["data"].(map[string]any)["boards"].([]any)
		for i, b := range list {
			switch b := b.(map[string]any); b["id"] {
			case broken:
				b["items_page"] = nil
				answer["errors"] = []any{map[string]any{"message": "Internal server error", "path": []any{"boards", i, "items_page"}, "extensions": map[string]any{"code": "INTERNAL_SERVER_ERROR"}}}
			case moved: // the first item of the next board was read here before it moved
				if i+1 < len(list) {
					mine, next := b["items_page"].(map[string]any), list[i+1].(map[string]any)["items_page"].(map[string]any)
					was := maps.Clone(next["items"].([]any)[0].(map[string]any))
					was["board"] = map[string]any{"id": moved}
					was["name"] = "as it was"
					was["column_values"] = []any{map[string]any{"id": "of_the_old_board", "type": "text", "text": "x", "value": `"x"`}}
					mine["items"] = append(mine["items"].([]any), was)
				} else {
					t.Error("the board comes last")
				}
			}
		}
		_ = json.NewEncoder(rw).Encode(answer)
	})
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			clear(asked)
			dest := newDestination(w, kind)
			w.ran(dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0))
			if asked["itemsTogether"] == 0 || asked["itemsTogether"] > 6 || asked["items"] > 3 {
				t.Errorf("%v", asked)
			}
			w.pass(time.Hour)
			w.ran(dest.run(w, w.config(endpoint, time.Time{}), connector.Sync, 0))
			w.compare(dest, time.Time{}, true)
		})
	}
}
