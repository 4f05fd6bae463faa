package model

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// TestDays counts what an hourly sync of 40 boards costs in two working days, beside two other ways to do it
// on the same server with the same changes: the activity log of each board and the items that single
// entries name, as Airbyte's source does it, and reading everything every hour. It is a count, not a
// timing: it is the same every time.
func TestDays(t *testing.T) {
	t.Parallel()
	const (
		boards = 40
		hours  = 48
	)
	w := newWorldOf(t, 7, manyBoards(boards, 40))
	dest := newDestination(w, "sqlite")
	logs, full := &byLog{w: w, items: map[string]string{}}, &byReload{w: w}
	logs.readAll()
	logs.calls, logs.points = 0, 0
	if _, err := w.sync(dest, w.srv.Endpoint, time.Time{}, connector.Sync, 0); err != nil {
		t.Fatal(err)
	}
	var calls, points int64
	for hour := range hours {
		start := w.clock()
		if h := hour % 24; h < 10 { // people work ten hours
			w.work(25)
		}
		w.pass(time.Hour - w.clock().Sub(start)%time.Hour)
		report, err := w.sync(dest, w.srv.Endpoint, time.Time{}, connector.Sync, 0)
		if err != nil || report.Outcome != "complete" {
			t.Fatalf("%v %+v", err, report)
		}
		calls, points = calls+report.Calls, points+report.Points
		logs.sync()
		full.sync()
	}
	kept := w.kept(dest)["items"]
	truth := w.truth()["items"]
	type line struct {
		name                   string
		calls, points          int64
		missing, stale, ghosts int
	}
	wrong := func(name string, calls, points int64, items map[string]string) line {
		l := line{name: name, calls: calls * 24 / hours, points: points * 24 / hours}
		for id, row := range truth {
			var f []string
			_ = json.Unmarshal([]byte(row), &f)
			switch at, ok := items[id]; {
			case !ok && f[1] == "active":
				l.missing++
			case ok && at != f[5]:
				l.stale++
			}
		}
		for id := range items {
			if _, ok := truth[id]; !ok {
				l.ghosts++
			}
		}
		return l
	}
	mine := map[string]string{}
	for id, row := range kept {
		var f []string
		_ = json.Unmarshal([]byte(row), &f)
		mine[id] = f[5]
	}
	lines := []line{
		wrong("Lunedi", calls, points, mine),
		wrong("the log of each board", logs.calls, logs.points, logs.items),
		wrong("everything every hour", full.calls, full.points, full.items),
	}
	if testing.Verbose() {
		var b strings.Builder
		fmt.Fprintf(&b, "\n| | calls a day | points a day | missing | stale | ghosts |\n|---|---|---|---|---|---|\n")
		for _, l := range lines {
			fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", l.name, l.calls, l.points, l.missing, l.stale, l.ghosts)
		}
		t.Log(b.String())
	}
	if l := lines[0]; l.missing+l.stale+l.ghosts > 0 {
		t.Errorf("%+v", l)
	}
	for _, l := range lines[1:] {
		if lines[0].calls*5 > l.calls {
			t.Errorf("%d calls a day, more than a fifth of %d by %q", lines[0].calls, l.calls, l.name)
		}
	}
	if lines[1].ghosts == 0 || len(truth) < boards*30 {
		t.Error("nothing was deleted: the comparison says nothing")
	}
}

// manyBoards is an account with boards of items.
func manyBoards(boards, items int) string {
	var b strings.Builder
	b.WriteString(`
account: {name: Days Ltd, main_workspace_is_numbered: true}
users:
  - {id: 1, name: Ada, email: ada@days.example.com, role: admin}
  - {id: 2, name: Ben, email: ben@days.example.com}
tokens: [{secret: dev-ada, user: 1}, {secret: dev-ben, user: 2}]
boards:
`)
	for i := range boards {
		fmt.Fprintf(&b, "  - id: %d\n    name: Board %d\n    owners: [1, 2]\n    groups: [{id: today, title: Today}, {id: gone, title: Gone}]\n    columns: [{id: tons, type: numbers}, {id: note, type: text}, {id: due, type: date}]\n    items:\n", 100+i, i)
		for j := range items {
			fmt.Fprintf(&b, "      - {name: Item %d, created_at: 2026-01-05T08:00:00Z, values: {tons: %d, note: n%d}}\n", j, j, j)
		}
	}
	return b.String()
}

// work does n changes as people do them: most edit an item, some make or remove one, some do much at once.
func (w *world) work(n int) {
	w.look()
	for range n {
		board, item := w.one(w.boards), w.one(w.items)
		var doc string
		switch at := w.rng.IntN(100); {
		case at < 12:
			doc = fmt.Sprintf(`create_item(board_id: %s, item_name: "n%s", column_values: "{\"tons\": \"%s\"}") {id}`, board, aWord(w), aNumber(w))
		case at < 72:
			doc = fmt.Sprintf(`change_simple_column_value(board_id: %s, item_id: %s, column_id: "note", value: "%s") {id}`, w.boardOf(item), item, aWord(w))
		case at < 78:
			doc = fmt.Sprintf(`move_item_to_group(item_id: %s, group_id: "gone") {id}`, item)
		case at < 84:
			doc = fmt.Sprintf(`delete_item(item_id: %s) {id}`, item)
		case at < 87:
			doc = fmt.Sprintf(`archive_item(item_id: %s) {id}`, item)
		case at < 90:
			doc = fmt.Sprintf(`move_item_to_board(board_id: %s, group_id: "today", item_id: %s) {id}`, board, item)
		case at < 96:
			doc = fmt.Sprintf(`create_update(item_id: %s, body: "%s") {id}`, item, aWord(w))
		case at < 98:
			doc = fmt.Sprintf(`duplicate_item(board_id: %s, item_id: %s) {id}`, w.boardOf(item), item)
		default:
			doc = fmt.Sprintf(`delete_group(board_id: %s, group_id: "gone") {id}`, board)
		}
		w.ask(ben, "mutation { "+doc+" }", nil, nil)
		w.pass(time.Minute)
	}
}

func (w *world) boardOf(item string) string {
	var got struct {
		Items []struct{ Board struct{ ID string } }
	}
	w.must(ben, "{ items(ids: ["+item+"]) { board { id } } }", nil, &got)
	if len(got.Items) == 0 {
		return "1"
	}
	return got.Items[0].Board.ID
}

// cost counts a call, and what its document cost.
func cost(w *world, calls, points *int64, document string, variables map[string]any, data any) {
	var got struct{ Complexity struct{ Query int64 } }
	var raw json.RawMessage
	w.must(ada, document, variables, &raw)
	_ = json.Unmarshal(raw, &got)
	if err := json.Unmarshal(raw, data); err != nil {
		w.t.Fatal(err)
	}
	*calls++
	*points += got.Complexity.Query
}

const itemFields = `id state updated_at group { id } creator_id name column_values { id type text value } `

type plainItem struct {
	ID, State string
	UpdatedAt time.Time `json:"updated_at"`
}

func stampOf(it plainItem) string { return it.UpdatedAt.UTC().Format(time.RFC3339) }

// directory is what both of the other ways read besides items.
func directory(w *world, calls, points *int64) (boards []string) {
	for _, doc := range []string{
		`{ complexity { query } users { id name email } }`, `{ complexity { query } teams { id name users { id } } }`,
		`{ complexity { query } tags { id name } }`, `{ complexity { query } workspaces(limit: 100) { id name } }`,
		`{ complexity { query } updates(limit: 100) { id text_body } }`,
	} {
		cost(w, calls, points, doc, nil, &struct{}{})
	}
	var got struct{ Boards []struct{ ID string } }
	cost(w, calls, points, `{ complexity { query } boards(limit: 100) { id name columns { id title type } groups { id title } } }`, nil, &got)
	for _, b := range got.Boards {
		boards = append(boards, b.ID)
	}
	return boards
}

// byLog asks for the log of each board, and reads the items that its entries name singly.
type byLog struct {
	w             *world
	calls, points int64
	since         time.Time
	items         map[string]string // when they changed
}

func (s *byLog) readAll() {
	f := &byReload{w: s.w}
	f.sync()
	s.items, s.since = f.items, s.w.clock()
}

func (s *byLog) sync() {
	now := s.w.clock()
	var ids []string
	named := map[string]bool{}
	for _, b := range directory(s.w, &s.calls, &s.points) {
		var got struct {
			Boards []struct {
				Logs []struct{ Entity, Data string } `json:"activity_logs"`
			}
		}
		cost(s.w, &s.calls, &s.points, `query ($b: [ID!], $from: ISO8601DateTime) { complexity { query } boards(ids: $b) { activity_logs(from: $from, limit: 50) { id event entity data created_at user_id } } }`,
			map[string]any{"b": []string{b}, "from": s.since.Format(time.RFC3339)}, &got)
		for _, l := range got.Boards[0].Logs {
			var d struct {
				Item json.Number `json:"pulse_id"`
			}
			if json.Unmarshal([]byte(l.Data), &d) == nil && l.Entity == "pulse" && d.Item != "" && !named[d.Item.String()] {
				named[d.Item.String()] = true
				ids = append(ids, d.Item.String())
			}
		}
	}
	for len(ids) > 0 {
		n := min(len(ids), 100)
		var got struct{ Items []plainItem }
		cost(s.w, &s.calls, &s.points, `query ($ids: [ID!]) { complexity { query } items(ids: $ids, limit: 100) { `+itemFields+`} }`, map[string]any{"ids": ids[:n]}, &got)
		for _, it := range got.Items {
			s.items[it.ID] = stampOf(it)
		}
		ids = ids[n:]
	}
	s.since = now
}

// byReload reads everything.
type byReload struct {
	w             *world
	calls, points int64
	items         map[string]string
}

func (s *byReload) sync() {
	s.items = map[string]string{}
	for _, b := range directory(s.w, &s.calls, &s.points) {
		type page struct {
			Cursor string
			Items  []plainItem
		}
		var got struct {
			Boards []struct {
				Page page `json:"items_page"`
			}
		}
		cost(s.w, &s.calls, &s.points, `query ($b: [ID!]) { complexity { query } boards(ids: $b) { items_page(limit: 100) { cursor items { `+itemFields+`} } } }`, map[string]any{"b": []string{b}}, &got)
		p := got.Boards[0].Page
		for {
			for _, it := range p.Items {
				s.items[it.ID] = stampOf(it)
			}
			if p.Cursor == "" {
				break
			}
			var more struct {
				Page page `json:"next_items_page"`
			}
			cost(s.w, &s.calls, &s.points, `query ($c: String!) { complexity { query } next_items_page(limit: 100, cursor: $c) { cursor items { `+itemFields+`} } }`, map[string]any{"c": p.Cursor}, &more)
			p = more.Page
		}
	}
}
