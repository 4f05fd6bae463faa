package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// page is a part of a list of items, wherever in an answer it is.
type page struct {
	Cursor *string
	Items  []struct{ ID string }
}

// askPage sends a query whose one page of items is under the names in at.
func (s *server) askPage(t *testing.T, as work.UserID, document string, at ...string) page {
	t.Helper()
	var answer struct{ Data json.RawMessage }
	body := s.query(t, as, document, nil)
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err, body)
	}
	rest := answer.Data
	for _, name := range at {
		var list []json.RawMessage
		if json.Unmarshal(rest, &list) == nil && len(list) == 1 {
			rest = list[0]
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(rest, &object); err != nil || object[name] == nil {
			t.Fatalf("there is no %s in %s", name, body)
		}
		rest = object[name]
	}
	var p page
	if err := json.Unmarshal(rest, &p); err != nil {
		t.Fatal(err, body)
	}
	return p
}

// walk follows cursors to the end of a list: two ways lead on from a page, and it takes them in turn.
func (s *server) walk(t *testing.T, as work.UserID, first, limit string, at ...string) (ids []string) {
	t.Helper()
	p := s.askPage(t, as, first, at...)
	for n := 1; ; n++ {
		for _, it := range p.Items {
			ids = append(ids, it.ID)
		}
		switch {
		case p.Cursor == nil:
			return ids
		case n > 100:
			t.Fatal("the list does not end:", ids)
		case n%2 == 0:
			p = s.askPage(t, as, `{ next_items_page(limit: `+limit+`, cursor: "`+*p.Cursor+`") { cursor items { id } } }`, "next_items_page")
		default:
			p = s.askPage(t, as, `{ boards(ids: 31) { items_page(limit: `+limit+`, cursor: "`+*p.Cursor+`") { cursor items { id } } } }`, "boards", "items_page")
		}
	}
}

func TestItemsPages(t *testing.T) {
	t.Parallel()
	seed := small()
	full(seed)
	s := start(t, seed, nil)
	for _, c := range []struct {
		name, first string
		at          []string
		want        string
	}{
		{"board", `{ boards(ids: 31) { items_page(limit: LIMIT) { cursor items { id } } } }`, []string{"boards", "items_page"}, "3101 3102 3103 3104"},
		{"group", `{ boards(ids: 31) { groups(ids: "group_doing") { items_page(limit: LIMIT) { cursor items { id } } } } }`, []string{"boards", "groups", "items_page"}, "3103 3104"},
		{"order", `{ boards(ids: 31) { items_page(limit: LIMIT, query_params: {order_by: [{column_id: "numbers"}]}) { cursor items { id } } } }`, []string{"boards", "items_page"}, "3104 3103 3101 3102"},
		{"rule", `{ boards(ids: 31) { items_page(limit: LIMIT, query_params: {rules: [{column_id: "status", compare_value: [1], operator: not_any_of}]}) { cursor items { id } } } }`, []string{"boards", "items_page"}, "3102 3103 3104"},
		{"ids", `{ boards(ids: 31) { items_page(limit: LIMIT, query_params: {ids: [3104, 3101, 3103]}) { cursor items { id } } } }`, []string{"boards", "items_page"}, "3101 3103 3104"},
		{"values", `{ items_page_by_column_values(board_id: 31, limit: LIMIT, columns: [{column_id: "name", column_values: ["Ship", "Launch", "Review"]}]) { cursor items { id } } }`, []string{"items_page_by_column_values"}, "3101 3103 3104"},
		{"nothing", `{ boards(ids: 36) { items_page(limit: LIMIT, query_params: {rules: [{column_id: "name", compare_value: ["x"]}]}) { cursor items { id } } } }`, []string{"boards", "items_page"}, ""},
	} {
		for _, limit := range []string{"1", "2", "3", "4", "500"} {
			got := strings.Join(s.walk(t, 2, strings.ReplaceAll(c.first, "LIMIT", limit), limit, c.at...), " ")
			if got != c.want {
				t.Errorf("%s in pages of %s: got %q, want %q", c.name, limit, got, c.want)
			}
		}
	}
}

// TestCursors: a cursor is for the one it was given to, for an hour from the first page on.
func TestCursors(t *testing.T) {
	t.Parallel()
	seed := small()
	full(seed)
	s := start(t, seed, nil)
	first := s.askPage(t, 2, `{ boards(ids: 31) { items_page(limit: 1) { cursor items { id } } } }`, "boards", "items_page")
	next := func(as work.UserID, cursor string) string {
		return s.query(t, as, `query($c: String!) { next_items_page(limit: 1, cursor: $c) { cursor items { id } } }`, map[string]any{"c": cursor})
	}
	if got := next(7, *first.Cursor); !strings.Contains(got, `"code":"InvalidArgumentException"`) || strings.Contains(got, "3102") {
		t.Error("another user goes on with the cursor:", got)
	}
	s.late.Store(int64(50 * time.Minute))
	second := s.askPage(t, 2, `{ next_items_page(limit: 1, cursor: "`+*first.Cursor+`") { cursor items { id } } }`, "next_items_page")
	if !slices.ContainsFunc(second.Items, func(it struct{ ID string }) bool { return it.ID == "3102" }) {
		t.Error("after 50 minutes the second page has", second.Items)
	}
	s.late.Store(int64(61 * time.Minute))
	for _, cursor := range []string{*first.Cursor, *second.Cursor} { // the second is younger and ends with the first
		got := next(2, cursor)
		if !strings.Contains(got, `{"data":null,"errors":[{"message":"`+expired+`"`) || !strings.Contains(got, `"code":"CursorException","status_code":200`) {
			t.Error("after an hour:", got)
		}
	}
	spoiled := []byte(*first.Cursor)
	spoiled[len(spoiled)/2] ^= 1
	if got := next(2, string(spoiled)); strings.Contains(got, `"items"`) || strings.Contains(got, "INTERNAL") {
		t.Error("a cursor that was changed:", got)
	}
}

// TestItemsMoveWhilePaged: what is inserted and moved between two pages neither repeats nor hides others.
func TestItemsMoveWhilePaged(t *testing.T) {
	t.Parallel()
	seed := small()
	full(seed)
	s := start(t, seed, nil)
	first := s.askPage(t, 2, `{ boards(ids: 31) { items_page(limit: 2) { cursor items { id } } } }`, "boards", "items_page")
	if got := s.query(t, 2, `mutation { delete_item(item_id: 3102) { id } a: create_item(board_id: 31, item_name: "New", group_id: "topics", relative_to: 3101, position_relative_method: before_at) { id } }`, nil); strings.Contains(got, "errors") {
		t.Fatal(got)
	}
	second := s.askPage(t, 2, `{ next_items_page(limit: 5, cursor: "`+*first.Cursor+`") { cursor items { id } } }`, "next_items_page")
	if len(second.Items) != 2 || second.Items[0].ID != "3103" || second.Items[1].ID != "3104" || second.Cursor != nil {
		t.Errorf("the second page is %+v", second)
	}
}

// TestOnlyAssigned: on a board that shows everybody but its owners what is assigned to them, nothing
// tells of the other items: no list, no count, no link, no answer to a change.
func TestOnlyAssigned(t *testing.T) {
	t.Parallel()
	seed := small()
	full(seed)
	for _, b := range seed.Boards {
		b.OnlyAssigned = b.OnlyAssigned || b.ID == 31
	}
	for _, it := range seed.Items {
		if it.ID == 3101 {
			it.Cells = it.Cells.With(work.Cell{Column: "people", Value: column.Value{JSON: `{"personsAndTeams":[{"id":12345,"kind":"person"}]}`}})
		}
	}
	s := start(t, seed, nil)
	const query = `{ boards(ids: 31) { items_count items_page { items { id } } } items(ids: [3101, 3102, 3103]) { id ` +
		`column_values(ids: "dependency") { ... on DependencyValue { linked_item_ids display_value linked_items { id } } } } }`
	got := s.query(t, 12345, query, nil)
	want := `{"data":{"boards":[{"items_count":1,"items_page":{"items":[{"id":"3101"}]}}],"items":[{"id":"3101",` +
		`"column_values":[{"linked_item_ids":[],"display_value":"","linked_items":[]}]}]}`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := s.query(t, 2, query, nil); !strings.Contains(got, `"items_count":4`) || !strings.Contains(got, `"display_value":"Empty"`) {
		t.Error("the owner sees", got)
	}
	got = s.query(t, 12345, `mutation { change_simple_column_value(board_id: 31, item_id: 3102, column_id: "text", value: "x") { id } }`, nil)
	if !strings.Contains(got, `"code":"InvalidItemIdException"`) {
		t.Error("what is not seen is", got)
	}
}
