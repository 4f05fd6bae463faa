package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// world is a server, the people who use it, and a clock that stands still unless it is moved: two changes
// never share a second by accident, and an hour passes at once.
type world struct {
	t   testing.TB
	rng *rand.Rand
	srv *luneditest.Server

	mu  sync.Mutex
	now time.Time

	boards, items, subitems, updates []string
	hidden                           string // the board that the source's user is on and off
	did                              map[string]int

	stamps map[string]time.Time // of what is there: by table, | and id
}

// The account: an admin whose token the connector has, a member who works too, and a few boards.
const account = `
account: {name: Model Ltd, main_workspace_is_numbered: true}
users:
  - {id: 1, name: Ada, email: ada@model.example.com, role: admin}
  - {id: 2, name: Ben, email: ben@model.example.com}
  - {id: 3, name: Cleo, email: cleo@model.example.com}
  - {id: 4, name: Dan, email: dan@model.example.com, role: view_only}
teams:
  - {id: 10, name: Crew, users: [1, 2], owners: [1]}
workspaces:
  - {id: 20, name: Docks, subscribers: [2]}
folders:
  - {name: Papers, workspace: Docks}
tags:
  - {id: 50, name: fragile}
boards:
  - id: 30
    name: Arrivals
    workspace: Docks
    owners: [1, 2]
    groups: [{id: today, title: Today}, {id: gone, title: Gone}]
    columns:
      - {id: status, type: status, settings: {labels: [{label: At sea, color: bright_blue}, {label: Moored, color: done_green, is_done: true}]}}
      - {id: pilot, type: people}
      - {id: tons, type: numbers}
      - {id: due, type: date}
      - {id: note, type: text}
      - {id: kind, type: dropdown, settings: {labels: [{label: Bulk}, {label: Tanker}]}}
      - {id: cargo, type: tags}
      - {id: dues, type: formula, settings: {formula: "{tons} * 2"}}
    items:
      - {id: 900, name: Albatros, created_at: 2026-01-01T08:00:00Z, values: {status: At sea, pilot: 2, tons: 5}}
      - id: 901
        name: Bonito
        created_at: 2026-01-01T09:00:00Z
        values: {tons: 7, cargo: {tag_ids: [50]}}
        subitems: [{name: Unload, created_at: 2026-01-01T10:00:00Z}]
        updates: [{by: 2, at: 2026-01-01T11:00:00Z, body: Two boxes are wet., replies: [{by: 1, at: 2026-01-01T12:00:00Z, body: Pictures?}]}]
  - id: 31
    name: Ships
    owners: [1, 2]
    groups: [{id: all, title: All}]
    columns:
      - {id: calls, type: board_relation, settings: {boardIds: [30]}}
      - {id: flag, type: text}
      - {id: spent, type: time_tracking}
    items:
      - {id: 910, name: Kormoran, created_at: 2026-01-02T08:00:00Z}
  - {id: 32, name: Prices, kind: private, owners: [1, 2], groups: [{id: all, title: All}], columns: [{id: note, type: text}],
     items: [{id: 920, name: Oil, created_at: 2026-01-02T08:00:00Z}]}
tokens:
  - {secret: dev-ada, user: 1}
  - {secret: dev-ben, user: 2}
`

const (
	ada = "dev-ada" // the source's token
	ben = "dev-ben"
)

func newWorld(t testing.TB, seed uint64) *world { return newWorldOf(t, seed, account) }

func newWorldOf(t testing.TB, seed uint64, account string, more ...luneditest.Option) *world {
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 1)), now: time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC), did: map[string]int{}, hidden: "32"}
	w.srv = luneditest.Start(t, append(more, luneditest.SeedText(account), luneditest.Clock(w.clock))...)
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// ask sends a document as somebody, and fails the test only when the server breaks: what is refused is
// refused.
func (w *world) ask(token, document string, variables map[string]any, data any) (refused string) {
	w.t.Helper()
	body, _ := json.Marshal(map[string]any{"query": document, "variables": variables})
	req, _ := http.NewRequest(http.MethodPost, w.srv.Endpoint, bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode >= 500 {
		w.t.Fatalf("%s: %v %s\n%s", resp.Status, err, document, raw)
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		w.t.Fatalf("%v in %s", err, raw)
	}
	if len(answer.Errors) > 0 {
		if c := answer.Errors[0].Extensions.Code; c == "INTERNAL_SERVER_ERROR" || c == "" && resp.StatusCode == 200 {
			w.t.Fatalf("%s\n%v\n%s", document, variables, raw)
		}
		return answer.Errors[0].Message
	}
	if data != nil {
		if err := json.Unmarshal(answer.Data, data); err != nil {
			w.t.Fatalf("%v in %s", err, answer.Data)
		}
	}
	return ""
}

// must is ask for what cannot be refused.
func (w *world) must(token, document string, variables map[string]any, data any) {
	w.t.Helper()
	if msg := w.ask(token, document, variables, data); msg != "" {
		w.t.Fatalf("%s\n%v\n%s", document, variables, msg)
	}
}

func (w *world) one(list []string) string {
	if len(list) == 0 {
		return "1"
	}
	return list[w.rng.IntN(len(list))]
}

// an op changes something at random. Most are small; some change much at once.
type op struct {
	name   string
	weight int
	do     func(w *world) (refused string)
}

func mutation(format string, args ...any) func(*world) string {
	return func(w *world) string {
		filled := make([]any, len(args))
		for i, a := range args {
			switch a := a.(type) {
			case func(*world) string:
				filled[i] = a(w)
			default:
				filled[i] = a
			}
		}
		token := ben
		if w.rng.IntN(2) == 0 {
			token = ada
		}
		return w.ask(token, "mutation { "+fmt.Sprintf(format, filled...)+" }", nil, nil)
	}
}

func anItem(w *world) string   { return w.one(w.items) }
func aSub(w *world) string     { return w.one(w.subitems) }
func aBoard(w *world) string   { return w.one(w.boards) }
func anUpdate(w *world) string { return w.one(w.updates) }
func aWord(w *world) string    { return fmt.Sprintf("w%d", w.rng.IntN(1000)) }
func aNumber(w *world) string  { return fmt.Sprint(w.rng.IntN(1000)) }
func aGroup(w *world) string   { return w.one([]string{"today", "gone", "all", "topics"}) }
func aUser(w *world) string    { return fmt.Sprint(1 + w.rng.IntN(3)) }

// values are column values as JSON, escaped for a string in a document.
func values(w *world) string {
	v := map[string]any{}
	for range 1 + w.rng.IntN(3) {
		switch w.rng.IntN(8) {
		case 0:
			v["status"] = map[string]string{"label": w.one([]string{"At sea", "Moored"})}
		case 1:
			v["pilot"] = map[string]any{"personsAndTeams": []map[string]any{{"id": 1 + w.rng.IntN(3), "kind": "person"}}}
		case 2:
			v["tons"] = aNumber(w)
		case 3:
			v["due"] = map[string]string{"date": fmt.Sprintf("2026-%02d-%02d", 1+w.rng.IntN(12), 1+w.rng.IntN(28))}
		case 4:
			v["note"] = aWord(w)
		case 5:
			v["kind"] = map[string]any{"labels": []string{w.one([]string{"Bulk", "Tanker"})}}
		case 6:
			v["cargo"] = map[string]any{"tag_ids": []int{50}}
		case 7:
			v["tons"] = ""
		}
	}
	text, _ := json.Marshal(v)
	quoted, _ := json.Marshal(string(text))
	return string(quoted)
}

var ops = []op{
	{"create_item", 14, mutation(`create_item(board_id: 30, group_id: "%s", item_name: "%s", column_values: %s) {id}`, func(w *world) string { return w.one([]string{"today", "gone"}) }, aWord, values)},
	{"create_item", 4, mutation(`create_item(board_id: %s, item_name: "%s") {id}`, aBoard, aWord)},
	{"create_subitem", 6, mutation(`create_subitem(parent_item_id: %s, item_name: "%s") {id}`, anItem, aWord)},
	{"change_multiple_column_values", 24, mutation(`change_multiple_column_values(board_id: 30, item_id: %s, column_values: %s) {id}`, anItem, values)},
	{"rename", 5, mutation(`change_simple_column_value(board_id: %s, item_id: %s, column_id: "name", value: "%s") {id}`, aBoard, anItem, aWord)},
	{"rename subitem", 3, mutation(`change_multiple_column_values(board_id: %s, item_id: %s, column_values: "{\"name\": \"x\"}") {id}`, aBoard, aSub)},
	{"link", 5, mutation(`change_column_value(board_id: 31, item_id: %s, column_id: "calls", value: "{\"item_ids\": [%s]}") {id}`, anItem, anItem)},
	{"move_item_to_group", 5, mutation(`move_item_to_group(item_id: %s, group_id: "%s") {id}`, anItem, aGroup)},
	{"move_item_to_board", 4, mutation(`move_item_to_board(board_id: %s, group_id: "%s", item_id: %s) {id}`, aBoard, aGroup, anItem)},
	{"duplicate_item", 3, mutation(`duplicate_item(board_id: %s, item_id: %s, with_updates: true) {id}`, aBoard, anItem)},
	{"archive_item", 4, mutation(`archive_item(item_id: %s) {id}`, anItem)},
	{"delete_item", 5, mutation(`delete_item(item_id: %s) {id}`, anItem)},
	{"delete subitem", 2, mutation(`delete_item(item_id: %s) {id}`, aSub)},
	{"create_update", 6, mutation(`create_update(item_id: %s, body: "%s") {id}`, anItem, aWord)},
	{"reply", 4, mutation(`create_update(item_id: %s, parent_id: %s, body: "%s") {id}`, anItem, anUpdate, aWord)},
	{"edit_update", 3, mutation(`edit_update(id: %s, body: "%s") {id}`, anUpdate, aWord)},
	{"delete_update", 2, mutation(`delete_update(id: %s) {id}`, anUpdate)},
	{"like_update", 1, mutation(`like_update(update_id: %s) {id}`, anUpdate)},
	{"clear_item_updates", 1, mutation(`clear_item_updates(item_id: %s) {id}`, anItem)},
	{"create_group", 2, mutation(`create_group(board_id: %s, group_name: "%s") {id}`, aBoard, aWord)},
	{"delete_group", 1, mutation(`delete_group(board_id: %s, group_id: "%s") {id}`, aBoard, aGroup)},
	{"archive_group", 1, mutation(`archive_group(board_id: %s, group_id: "%s") {id}`, aBoard, aGroup)},
	{"create_column", 2, mutation(`create_column(board_id: %s, column_type: %s, title: "%s") {id}`, aBoard, func(w *world) string { return w.one([]string{"text", "numbers", "checkbox", "date"}) }, aWord)},
	{"change_column_title", 1, mutation(`change_column_title(board_id: 30, column_id: "note", title: "%s") {id}`, aWord)},
	{"delete_column", 1, func(w *world) string {
		var got struct {
			Boards []struct{ Columns []struct{ ID string } }
		}
		b := aBoard(w)
		w.ask(ada, "{ boards(ids: ["+b+"]) { columns { id } } }", nil, &got)
		if len(got.Boards) == 0 {
			return "no board"
		}
		for _, c := range got.Boards[0].Columns {
			if len(c.ID) > 9 { // one that was made here
				return w.ask(ben, fmt.Sprintf(`mutation { delete_column(board_id: %s, column_id: "%s") {id} }`, b, c.ID), nil, nil)
			}
		}
		return "no column"
	}},
	{"create_board", 2, mutation(`create_board(board_name: "%s", board_kind: %s) {id}`, aWord, func(w *world) string { return w.one([]string{"public", "share"}) })},
	{"duplicate_board", 1, mutation(`duplicate_board(board_id: %s, duplicate_type: duplicate_board_with_pulses_and_updates) {board {id}}`, aBoard)},
	{"archive_board", 1, func(w *world) string {
		b := aBoard(w)
		if b == "30" || b == "31" || b == "32" {
			return "kept"
		}
		return w.ask(ada, "mutation { archive_board(board_id: "+b+") {id} }", nil, nil)
	}},
	{"delete_board", 1, func(w *world) string {
		b := aBoard(w)
		if b == "30" || b == "31" || b == "32" {
			return "kept"
		}
		return w.ask(ada, "mutation { delete_board(board_id: "+b+") {id} }", nil, nil)
	}},
	{"hide board", 1, func(w *world) string {
		return w.ask(ben, "mutation { delete_subscribers_from_board(board_id: "+w.hidden+", user_ids: [1]) {id} }", nil, nil)
	}},
	{"show board", 1, func(w *world) string {
		return w.ask(ben, "mutation { add_users_to_board(board_id: "+w.hidden+", user_ids: [1]) {id} }", nil, nil)
	}},
	{"hidden change", 2, func(w *world) string {
		return w.ask(ben, fmt.Sprintf(`mutation { create_item(board_id: %s, item_name: "%s") {id} }`, w.hidden, aWord(w)), nil, nil)
	}},
	{"update user", 1, mutation(`update_multiple_users(user_updates: [{user_id: %s, user_attribute_updates: {title: "%s"}}]) {errors {message}}`, aUser, aWord)},
	{"rename user", 1, mutation(`update_multiple_users(user_updates: [{user_id: 3, user_attribute_updates: {name: "%s"}}]) {errors {message}}`, aWord)},
	{"add to team", 1, mutation(`add_users_to_team(team_id: 10, user_ids: [%s]) {successful_users {id}}`, aUser)},
	{"remove from team", 1, mutation(`remove_users_from_team(team_id: 10, user_ids: [%s]) {successful_users {id}}`, aUser)},
	{"create_team", 1, mutation(`create_team(input: {name: "%s", subscriber_ids: [2]}) {id}`, aWord)},
	{"create_workspace", 1, mutation(`create_workspace(name: "%s", kind: open) {id}`, aWord)},
	{"delete_workspace", 1, func(w *world) string {
		var got struct{ Workspaces []struct{ ID string } }
		w.must(ada, "{ workspaces(limit: 100) { id } }", nil, &got)
		for _, ws := range got.Workspaces {
			if ws.ID != "20" && ws.ID != "1" && w.rng.IntN(3) == 0 {
				return w.ask(ada, "mutation { delete_workspace(workspace_id: "+ws.ID+") {id} }", nil, nil)
			}
		}
		return "none"
	}},
	{"create_folder", 1, mutation(`create_folder(name: "%s", workspace_id: 20) {id}`, aWord)},
	{"tag", 1, mutation(`create_or_get_tag(tag_name: "%s") {id}`, aWord)},
}

// change does n random operations, a while apart.
func (w *world) change(n int) {
	total := 0
	for _, o := range ops {
		total += o.weight
	}
	w.look()
	for i := range n {
		if i%20 == 19 {
			w.look()
		}
		at := w.rng.IntN(total)
		for _, o := range ops {
			if at -= o.weight; at < 0 {
				if o.do(w) == "" {
					w.did[o.name]++
				}
				break
			}
		}
		if w.rng.IntN(8) != 0 {
			w.pass(time.Duration(1+w.rng.IntN(90)) * time.Second)
		} // else in the same second as what comes next
	}
}

// look learns what there is to change.
func (w *world) look() {
	var got struct {
		Boards []struct{ ID, Type string }
		Items  []struct {
			ID     string
			Parent *struct{ ID string } `json:"parent_item"`
		}
		Updates []struct{ ID string }
	}
	w.must(ben, `{ boards(limit: 100) { id type } items(limit: 400, newest_first: true) { id parent_item { id } } updates(limit: 50) { id } }`, nil, &got)
	w.boards, w.items, w.subitems, w.updates = nil, nil, nil, nil
	for _, b := range got.Boards {
		if b.Type == "board" {
			w.boards = append(w.boards, b.ID)
		}
	}
	for _, it := range got.Items {
		if it.Parent != nil {
			w.subitems = append(w.subitems, it.ID)
		} else {
			w.items = append(w.items, it.ID)
		}
	}
	for _, u := range got.Updates {
		w.updates = append(w.updates, u.ID)
	}
}

// table is rows by key, each as one text.
type table map[string]string

// truth is what the source's user sees, read in the plainest way.
func (w *world) truth() map[string]table {
	type id struct{ ID string }
	out := map[string]table{}
	w.stamps = map[string]time.Time{}
	put := func(name, key string, fields ...any) {
		if out[name] == nil {
			out[name] = table{}
		}
		text, _ := json.Marshal(fields)
		out[name][key] = string(text)
	}
	var d struct {
		Users, Gone []struct{ ID, Name, Email, Title string }
		Teams       []struct {
			ID, Name string
			Users    []id
		}
		Workspaces []struct{ ID, Name, State string }
		Folders    []struct{ ID, Name string }
		Tags       []struct{ ID, Name string }
	}
	w.must(ada, `{ users { id name email title } Gone: users(non_active: true) { id name email title }
	  teams { id name users { id } } workspaces(limit: 500, state: all) { id name state } folders(limit: 100) { id name } tags { id name } }`, nil, &d)
	for _, u := range append(d.Users, d.Gone...) {
		put("users", u.ID, u.Name, u.Email, u.Title)
	}
	for _, t := range d.Teams {
		put("teams", t.ID, t.Name)
		for _, u := range t.Users {
			put("team_members", t.ID+"|"+u.ID)
		}
	}
	for _, s := range d.Workspaces {
		if s.State != "deleted" {
			put("workspaces", s.ID, s.Name)
		}
	}
	for _, f := range d.Folders {
		put("folders", f.ID, f.Name)
	}
	for _, t := range d.Tags {
		put("tags", t.ID, t.Name)
	}
	visible := map[string]bool{}
	for page := 1; ; page++ {
		var b struct {
			Boards []struct {
				ID, Name, State string
				Groups          []struct{ ID, Title string }
				Columns         []struct{ ID, Title, Type string }
				Logs            []struct {
					ID, Event string
					At        json.Number `json:"created_at"`
				} `json:"activity_logs"`
			}
		}
		w.must(ada, `query ($page: Int) { boards(limit: 100, page: $page, state: all) { id name state groups { id title } columns { id title type } activity_logs(limit: 10000) { id event created_at } } }`, map[string]any{"page": page}, &b)
		for _, b := range b.Boards {
			if b.State == "deleted" {
				continue
			}
			visible[b.ID] = true
			put("boards", b.ID, b.Name, b.State)
			for _, g := range b.Groups {
				put("groups", b.ID+"|"+g.ID, g.Title)
			}
			for _, c := range b.Columns {
				put("columns", b.ID+"|"+c.ID, c.Title, c.Type)
			}
			for _, l := range b.Logs {
				put("activity_logs", l.ID, b.ID, l.Event)
				at, _ := l.At.Int64()
				w.stamps["activity_logs|"+l.ID] = time.UnixMicro(at / 10)
			}
		}
		if len(b.Boards) < 100 {
			break
		}
	}
	// No list has the items that were put away. Ids are given out in turn, so all are asked for.
	for from, none := 900, 0; none < 3; from += 100 {
		ids := make([]int, 100)
		for i := range ids {
			ids[i] = from + i
		}
		var it struct {
			Items []struct {
				ID, Name, State string
				UpdatedAt       time.Time `json:"updated_at"`
				Board           id
				Group           *id
				Parent          *id `json:"parent_item"`
				Values          []struct {
					ID, Type string
					Text     *string
					Display  *string `json:"display_value"`
					Value    *string
				} `json:"column_values"`
			}
		}
		w.must(ada, `query ($ids: [ID!]) { items(ids: $ids, limit: 100, exclude_nonactive: false) { id name state updated_at board { id } group { id } parent_item { id }
		  column_values { id type text value ... on BoardRelationValue { display_value } ... on MirrorValue { display_value } ... on DependencyValue { display_value } ... on SubtasksValue { display_value } ... on FormulaValue { display_value } } } }`, map[string]any{"ids": ids}, &it)
		for _, it := range it.Items {
			if it.State == "deleted" || !visible[it.Board.ID] {
				continue
			}
			group, parent := "", ""
			if it.Group != nil {
				group = it.Group.ID
			}
			if it.Parent != nil {
				parent = it.Parent.ID
			}
			w.stamps["items|"+it.ID] = it.UpdatedAt
			put("items", it.ID, it.Name, it.State, it.Board.ID, group, parent, it.UpdatedAt.UTC().Format(time.RFC3339))
			for _, v := range it.Values {
				text := ""
				if v.Text != nil {
					text = *v.Text
				}
				if text == "" && v.Display != nil {
					text = *v.Display
				}
				put("column_values", it.ID+"|"+v.ID, v.Type, text)
			}
		}
		if none++; len(it.Items) > 0 {
			none = 0
		}
	}
	for page := 1; ; page++ {
		var u struct {
			Updates []struct {
				ID        string
				Item      string    `json:"item_id"`
				Body      string    `json:"text_body"`
				UpdatedAt time.Time `json:"updated_at"`
				Replies   []struct {
					ID        string
					Body      string    `json:"text_body"`
					UpdatedAt time.Time `json:"updated_at"`
				}
				Likes []struct{ ID string }
			}
		}
		w.must(ada, `query ($page: Int) { updates(limit: 100, page: $page) { id item_id text_body updated_at replies { id text_body updated_at } likes { id } } }`, map[string]any{"page": page}, &u)
		for _, u := range u.Updates {
			put("updates", u.ID, u.Item, u.Body, len(u.Likes))
			at := u.UpdatedAt
			for _, r := range u.Replies {
				put("replies", r.ID, u.ID, r.Body)
				if r.UpdatedAt.After(at) {
					at = r.UpdatedAt
				}
			}
			w.stamps["updates|"+u.ID] = at
			for _, r := range u.Replies {
				w.stamps["replies|"+r.ID] = at // a reply goes with its update
			}
		}
		if len(u.Updates) < 100 {
			break
		}
	}
	return out
}

// diff says how what is kept differs from the truth: all that covers says must be there, and nothing but
// what is true.
func diff(name string, kept, true_ table, covers func(key string) bool) (lines []string) {
	for key, row := range true_ {
		switch have, ok := kept[key]; {
		case !ok && covers(key):
			lines = append(lines, fmt.Sprintf("%s %s is missing: %s", name, key, row))
		case ok && have != row:
			lines = append(lines, fmt.Sprintf("%s %s is stale: %s, and is %s", name, key, have, row))
		}
	}
	for key, row := range kept {
		if _, ok := true_[key]; !ok {
			lines = append(lines, fmt.Sprintf("%s %s should be gone: %s", name, key, row))
		}
	}
	slices.Sort(lines)
	if len(lines) > 20 {
		lines = append(lines[:20], fmt.Sprintf("and %d more", len(lines)-20))
	}
	return lines
}
