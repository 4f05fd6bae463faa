package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
	"github.com/lunedi-dev/lunedi/luneditest"
)

// post sends a document and decodes what comes into out.
func post(t testing.TB, srv *luneditest.Server, query string, out any) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"query": query})
	send(t, srv.Endpoint, "application/json", bytes.NewReader(body), out)
}

func send(t testing.TB, url, contentType string, body io.Reader, out any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", luneditest.AdminToken)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var errs struct{ Errors []json.RawMessage }
	all := struct{ Data any }{out}
	if err := json.Unmarshal(text, &errs); err != nil || len(errs.Errors) > 0 {
		t.Fatalf("%v: %.500s", err, text)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("%v: %.500s", err, text)
	}
}

// upload puts a file somewhere.
func upload(t testing.TB, srv *luneditest.Server, mutation, name string) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("query", mutation)
	part, _ := form.CreateFormFile("variables[file]", name)
	_, _ = io.WriteString(part, "hello")
	_ = form.Close()
	var out struct{ Added ref }
	send(t, srv.Endpoint+"/file", form.FormDataContentType(), &body, &out)
	return out.Added.ID
}

// field is a row's value by name.
func field(s *Stream, row Row, name string) any { return row[s.At(name)] }

// find is the row with a text in a field.
func find(t testing.TB, list []Row, s *Stream, name, value string) Row {
	t.Helper()
	i := slices.IndexFunc(list, func(r Row) bool { return field(s, r, name) == value })
	if i < 0 {
		t.Fatalf("no row of %s with %s %s", s.Name, name, value)
	}
	return list[i]
}

// TestTypedValues: what is read out of the JSON of values is what the typed fields of the API say.
func TestTypedValues(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	type oneItem struct {
		ID           string
		Name         string
		ParentItem   *ref `json:"parent_item"`
		ColumnValues []struct {
			ID, Type, Text    string
			Label             *string
			Index             *float64
			Number            *float64
			Rating            *float64
			Checked           *bool
			Date, Time        *string
			From, To          *string
			StartDate         *string `json:"start_date"`
			EndDate           *string `json:"end_date"`
			Hour, Minute      *int
			Persons           []struct{ ID, Kind string } `json:"persons_and_teams"`
			Team              *int                        `json:"team_id"`
			TagIDs            []int                       `json:"tag_ids"`
			Options           []struct{ ID string }       `json:"options"`
			Linked            []string                    `json:"linked_item_ids"`
			Subitems          []string                    `json:"subitems_ids"`
			Voters            []string                    `json:"voter_ids"`
			URL               *string
			Duration          *float64
			Running           *bool
			Made              *string `json:"made"`
			Changed           *string `json:"changed"`
			DisplayValue      *string `json:"display_value"`
			FormulaDisplay    *string `json:"formula"`
			CreatedLogAt      *string `json:"created_at"`
			LastUpdatedLogged *string `json:"logged"`
		} `json:"column_values"`
	}
	var truth struct {
		Boards []struct {
			Page struct{ Items []oneItem } `json:"items_page"`
		}
	}
	post(t, srv, `{ boards(limit: 100, state: all) { items_page(limit: 500) { items { id name parent_item { id } column_values { id type text
		... on StatusValue { label index changed: updated_at }
		... on NumbersValue { number }
		... on RatingValue { rating }
		... on CheckboxValue { checked }
		... on DateValue { date time }
		... on TimelineValue { from to }
		... on WeekValue { start_date end_date }
		... on HourValue { hour minute }
		... on PeopleValue { persons_and_teams { id kind } }
		... on TeamValue { team_id }
		... on TagsValue { tag_ids }
		... on DropdownValue { options: values { id } }
		... on BoardRelationValue { linked_item_ids display_value }
		... on DependencyValue { linked_item_ids display_value }
		... on SubtasksValue { subitems_ids display_value }
		... on MirrorValue { display_value }
		... on FormulaValue { display_value }
		... on VoteValue { voter_ids }
		... on LinkValue { url }
		... on TimeTrackingValue { duration running }
		... on CreationLogValue { created_at }
		... on LastUpdatedValue { logged: updated_at }
	} } } } }`, &truth)
	var items []oneItem
	for _, b := range truth.Boards {
		items = append(items, b.Page.Items...)
	}
	all := readAll(t, newReader(t, srv.Endpoint), 500)
	got := map[string]Row{}
	for _, row := range all.rows[columnValuesStream] {
		got[row[atItem].(string)+" "+row[atColumn].(string)] = row
	}
	if len(items) != len(all.items) || len(items) < 100 {
		t.Errorf("%d items are there, %d were read", len(items), len(all.items))
	}
	values, links := 0, map[string]bool{}
	equal := func(id, what string, got, want any) {
		t.Helper()
		if js, ok := got.(json.RawMessage); ok {
			got = string(js)
		}
		if got != want {
			t.Errorf("%s: %s is %v, should be %v", id, what, got, want)
		}
	}
	for _, it := range items {
		if parent := all.items[it.ID].Parent; parent != it.ParentItem.id() {
			t.Errorf("%s is below %q", it.ID, parent)
		}
		for _, v := range it.ColumnValues {
			values++
			id := it.ID + " " + v.ID
			row := got[id]
			if row == nil {
				t.Errorf("no row of %s", id)
				continue
			}
			text := v.Text
			if v.DisplayValue != nil {
				equal(id, "display_value", row[atDisplay], txt(*v.DisplayValue))
				if text == "" {
					text = *v.DisplayValue
				}
			}
			equal(id, "text", row[atText], txt(text))
			equal(id, "type", row[atType], v.Type)
			switch v.Type {
			case "status":
				equal(id, "label", row[atLabel], str(v.Label))
				equal(id, "label_index", row[atLabelIndex], whole(v.Index))
				if v.Changed != nil {
					equal(id, "updated_at", row[atUpdatedAt], when(*v.Changed))
				}
			case "numbers":
				equal(id, "number", row[atNumber], float(v.Number))
			case "rating":
				equal(id, "number", row[atNumber], float(v.Rating))
			case "checkbox":
				equal(id, "bool", row[atBool], v.Checked != nil && *v.Checked)
			case "date":
				var js struct{ Date, Time string } // the field shows the caller's zone, the table UTC
				if raw, ok := row[atValue].(json.RawMessage); ok {
					_ = json.Unmarshal(raw, &js)
				}
				equal(id, "date", row[atDate], txt(js.Date))
				equal(id, "time", row[atTime], txt(js.Time))
				if (row[atDate] == nil) != (v.Date == nil || *v.Date == "") {
					t.Errorf("%s: date %v", id, row[atDate])
				}
			case "timeline":
				equal(id, "from", row[atDate], dayOf(v.From))
				equal(id, "to", row[atDateEnd], dayOf(v.To))
			case "week":
				equal(id, "from", row[atDate], dayOf(v.StartDate))
				equal(id, "to", row[atDateEnd], dayOf(v.EndDate))
			case "hour":
				if v.Hour != nil {
					equal(id, "time", row[atTime], fmt.Sprintf("%02d:%02d:00", *v.Hour, *v.Minute))
				}
			case "people":
				var people, teams []string
				for _, p := range v.Persons {
					if p.Kind == "team" {
						teams = append(teams, p.ID)
					} else {
						people = append(people, p.ID)
					}
				}
				equal(id, "people", row[atPeople], ids(people))
				equal(id, "teams", row[atTeams], ids(teams))
			case "team":
				if v.Team != nil {
					equal(id, "teams", row[atTeams], fmt.Sprintf(`["%d"]`, *v.Team))
				}
			case "tags":
				var tags []string
				for _, n := range v.TagIDs {
					tags = append(tags, fmt.Sprint(n))
				}
				equal(id, "tags", row[atTags], ids(tags))
			case "dropdown":
				var labels []string
				for _, o := range v.Options {
					labels = append(labels, o.ID)
				}
				want := any(nil)
				if labels != nil {
					want = "[" + strings.Join(labels, ",") + "]"
				}
				equal(id, "labels", row[atLabelIDs], want)
			case "board_relation", "dependency", "subtasks":
				linked := append(v.Linked, v.Subitems...)
				equal(id, "linked", row[atLinked], ids(linked))
				for _, l := range linked {
					links[id+" "+l] = true
				}
			case "vote":
				equal(id, "voters", row[atPeople], ids(v.Voters))
			case "link":
				equal(id, "url", row[atURL], str(v.URL))
			case "time_tracking":
				if v.Duration != nil && *v.Duration > 0 {
					equal(id, "number", row[atNumber], *v.Duration)
					equal(id, "bool", row[atBool], *v.Running)
				}
			case "creation_log":
				equal(id, "at", row[atAt], when(*v.CreatedLogAt))
			case "last_updated":
				equal(id, "at", row[atAt], when(*v.LastUpdatedLogged))
			}
		}
	}
	if values != len(got) {
		t.Errorf("%d values are there, %d were read", values, len(got))
	}
	for _, row := range all.rows[itemLinksStream] {
		delete(links, row[0].(string)+" "+row[1].(string)+" "+row[2].(string))
	}
	if len(links) > 0 {
		t.Errorf("links that were not read: %v", slices.Collect(maps.Keys(links)))
	}
	types := map[string]bool{}
	for _, row := range got {
		types[row[atType].(string)] = true
	}
	t.Logf("%d values of %d types", values, len(types))
}

func str(p *string) any {
	if p == nil {
		return nil
	}
	return txt(*p)
}

func dayOf(p *string) any {
	if p == nil {
		return nil
	}
	return day(*p)
}

func ids(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return `["` + strings.Join(list, `","`) + `"]`
}

// TestDirectoryTruth: the directory is what simple documents say.
func TestDirectoryTruth(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	var truth struct {
		Users, Inactive []userData
		Teams           []struct {
			ID            string
			Owners, Users []ref
		}
		Workspaces, Folders, Tags []ref
	}
	post(t, srv, `{ users { id name enabled is_pending is_admin } inactive: users(non_active: true) { id name enabled is_pending }
		teams { id owners { id } users { id } } workspaces(limit: 100, state: all) { id } folders(limit: 100) { id } tags { id } }`, &truth)
	r := newReader(t, srv.Endpoint)
	d, err := r.directory(t.Context())
	if err != nil || len(d.Lost) > 0 {
		t.Fatal(err, d.Lost)
	}
	checkRows(t, d.Rows)
	known := map[string]bool{}
	for _, u := range append(truth.Users, truth.Inactive...) {
		known[u.ID] = true
		row := find(t, d.Rows[usersStream], usersStream, "id", u.ID)
		want := "active"
		switch {
		case !*u.Enabled:
			want = "inactive"
		case u.Pending:
			want = "pending"
		}
		if got := field(usersStream, row, "status"); got != want {
			t.Errorf("%s is %v, should be %s", u.Name, got, want)
		}
	}
	if len(known) != len(d.Rows[usersStream]) {
		t.Errorf("%d users, should be %d", len(d.Rows[usersStream]), len(known))
	}
	statuses := map[any]bool{}
	for _, row := range d.Rows[usersStream] {
		statuses[field(usersStream, row, "status")] = true
	}
	if len(statuses) != 3 {
		t.Errorf("statuses %v", statuses)
	}
	members := 0
	for _, team := range truth.Teams {
		all := map[string]string{}
		for _, u := range team.Users {
			all[u.ID] = "member"
		}
		for _, u := range team.Owners {
			all[u.ID] = "owner"
		}
		members += len(all)
		for _, row := range d.Rows[teamMembersStream] {
			if row[0] == team.ID && all[row[1].(string)] != row[2] {
				t.Errorf("member %v", row)
			}
		}
	}
	for s, n := range map[*Stream]int{teamMembersStream: members, workspacesStream: len(truth.Workspaces), foldersStream: len(truth.Folders), tagsStream: len(truth.Tags)} {
		if len(d.Rows[s]) != n {
			t.Errorf("%d rows of %s, should be %d", len(d.Rows[s]), s.Name, n)
		}
	}
	if d.Account.UserID != "40217301" || !d.Account.Admin || d.Account.ID == "" || d.Account.Name == "" || d.Account.Version != mondayapi.Version || d.Names == "" {
		t.Errorf("account %+v", d.Account)
	}
	post(t, srv, `mutation { update_multiple_users(user_updates: [{user_id: 40217302, user_attribute_updates: {name: "Someone Else"}}]) { errors { message } } }`, &struct{}{})
	again, err := r.directory(t.Context())
	if err != nil || again.Names == d.Names {
		t.Errorf("the hash of names stays %s: %v", again.Names, err)
	}
	for _, c := range []struct {
		s    *Stream
		id   string
		want bool
	}{{usersStream, "40217302", true}, {usersStream, "999", false}, {teamsStream, "123456", true}, {teamsStream, "999", false},
		{tagsStream, truth.Tags[0].ID, true}, {foldersStream, truth.Folders[0].ID, true}, {workspacesStream, "999", false}, {boardsStream, "60447105", true}, {boardsStream, "999", false}} {
		there, err := r.present(t.Context(), c.s, []string{c.id})
		if err != nil || there[c.id] != c.want {
			t.Errorf("present %s %s: %v %v", c.s.Name, c.id, there, err)
		}
	}
	for _, u := range truth.Inactive {
		if there, err := r.present(t.Context(), usersStream, []string{u.ID}); err != nil || !there[u.ID] {
			t.Errorf("%s is inactive, not gone: %v", u.Name, err)
		}
	}
}

// TestFilesAndUpdates: files in columns, updates and replies, and everything by id.
func TestFilesAndUpdates(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	ctx := t.Context()
	var made struct{ Board, Column, Item, Update, Reply ref }
	post(t, srv, `mutation { board: create_board(board_name: "Files", board_kind: public, empty: true) { id } }`, &made)
	post(t, srv, `mutation { column: create_column(board_id: `+made.Board.ID+`, title: "F", column_type: file) { id } item: create_item(board_id: `+made.Board.ID+`, item_name: "one") { id } }`, &made)
	post(t, srv, `mutation { update: create_update(item_id: `+made.Item.ID+`, body: "look") { id } }`, &made)
	post(t, srv, `mutation { reply: create_update(parent_id: `+made.Update.ID+`, body: "yes", item_id: `+made.Item.ID+`) { id } like_update(update_id: `+made.Update.ID+`) { id } }`, &made)
	inColumn := upload(t, srv, `mutation ($file: File!) { added: add_file_to_column(item_id: `+made.Item.ID+`, column_id: "`+made.Column.ID+`", file: $file) { id } }`, "a.txt")
	onUpdate := upload(t, srv, `mutation ($file: File!) { added: add_file_to_update(update_id: `+made.Update.ID+`, file: $file) { id } }`, "b.txt")

	r := newReader(t, srv.Endpoint)
	got, err := r.itemsByID(ctx, []string{made.Item.ID, "12345678901"})
	if err != nil || len(got.Items) != 1 || len(got.Errors) > 0 {
		t.Fatal(got, err)
	}
	checkRows(t, got.Items[0].Rows)
	list := got.Items[0].Rows[assetsStream]
	row := find(t, list, assetsStream, "id", inColumn)
	if field(assetsStream, row, "place") != "item:"+made.Item.ID+":"+made.Column.ID || field(assetsStream, row, "file_size") != int64(5) ||
		field(assetsStream, row, "column_id") != made.Column.ID || field(assetsStream, row, "board_id") != made.Board.ID || len(list) != 1 ||
		field(assetsStream, row, "name") != "a.txt" || field(assetsStream, row, "uploaded_by") == nil {
		t.Errorf("file in a column: %v", list)
	}
	value := got.Items[0].Rows[columnValuesStream]
	if v := find(t, value, columnValuesStream, "column_id", made.Column.ID)[atAssets]; string(v.(json.RawMessage)) != `["`+inColumn+`"]` {
		t.Errorf("asset_ids %s", v)
	}

	for name, read := range map[string]func() ([]updateRead, bool, error){
		"by id": func() ([]updateRead, bool, error) {
			list, readable, partial, err := r.updatesByID(ctx, []string{made.Update.ID, "999"}, []string{made.Board.ID, "998"})
			if len(readable) != 1 || !readable[made.Board.ID] {
				t.Errorf("readable: %v", readable)
			}
			return list, partial, err
		},
		"of the board": func() ([]updateRead, bool, error) { return onePage(r.updates(ctx, made.Board.ID, 1, 100)) },
		"of all":       func() ([]updateRead, bool, error) { return onePage(r.updates(ctx, "", 1, 1)) },
	} {
		list, partial, err := read()
		if err != nil || partial || len(list) != 1 {
			t.Fatalf("%s: %v %v %v", name, list, partial, err)
		}
		u := list[0]
		checkRows(t, u.Rows)
		row := find(t, u.Rows[updatesStream], updatesStream, "id", made.Update.ID)
		if u.ID != made.Update.ID || u.Item != made.Item.ID || u.Board != made.Board.ID || u.UpdatedAt.IsZero() || field(updatesStream, row, "text_body") != "look" ||
			!strings.Contains(string(field(updatesStream, row, "likes").(json.RawMessage)), "40217301") {
			t.Errorf("%s: %+v", name, u)
		}
		if reply := find(t, u.Rows[repliesStream], repliesStream, "id", made.Reply.ID); field(repliesStream, reply, "update_id") != made.Update.ID || field(repliesStream, reply, "item_id") != made.Item.ID {
			t.Errorf("%s: reply %v", name, reply)
		}
		if file := find(t, u.Rows[assetsStream], assetsStream, "id", onUpdate); field(assetsStream, file, "place") != "update:"+made.Update.ID || field(assetsStream, file, "item_id") != nil {
			t.Errorf("%s: file %v", name, file)
		}
	}
	post(t, srv, `mutation { delete_item(item_id: `+made.Item.ID+`) { id } }`, &struct{}{})
	if got, err = r.itemsByID(ctx, []string{made.Item.ID}); err != nil || len(got.Items) > 1 || len(got.Items) == 1 && got.Items[0].State != "deleted" {
		t.Errorf("a deleted item: %+v %v", got, err)
	}
}

// TestSessions: time that was tracked.
func TestSessions(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t, luneditest.SeedText(`
users:
  - {id: 1, name: Ada, email: ada@example.com, role: admin}
boards:
  - id: 30
    name: Work
    kind: public
    owners: [1]
    groups: [{id: here, title: Here}]
    columns: [{id: name, type: name, title: What}, {id: time, type: time_tracking, title: Time}]
    items:
      - {id: 900, name: One, group: here, values: {time: {running: true, duration: 90, startDate: 1700000000, additional_value: [
          {id: "7", status: active, started_at: "2026-03-01 10:00:00 UTC", ended_at: "2026-03-01 10:01:30 UTC", started_user_id: 1, ended_user_id: 1, created_at: "2026-03-01 10:00:00 UTC", updated_at: "2026-03-01T10:01:30Z", manually_entered_start_date: true}]}}}
`))
	got, err := newReader(t, srv.Endpoint).items(t.Context(), "30", "", 10)
	if err != nil || len(got.Items) != 1 {
		t.Fatal(got, err)
	}
	checkRows(t, got.Items[0].Rows)
	list := got.Items[0].Rows[timeTrackingStream]
	if len(list) != 1 {
		t.Fatalf("sessions %v of %v", list, got.Items[0].Rows[columnValuesStream])
	}
	began := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	want := Row{"900", "time", "7", "30", "active", began, began.Add(90 * time.Second), int64(90), "1", "1", true, began, began.Add(90 * time.Second)}
	if !slices.Equal(list[0], want) {
		t.Errorf("\n%v\n%v", list[0], want)
	}
}

// TestDocuments: this server understands every document, also those that no other test sends.
func TestDocuments(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	api, err := mondayapi.New(mondayapi.Config{Endpoint: srv.Endpoint, Token: luneditest.AdminToken, Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	docs := testDocuments()
	for name, d := range docs {
		used := testVariables(t, name, d)
		a, err := api.Query(t.Context(), d.text, used, &struct{}{})
		if err != nil || len(a.Errors) > 0 || a.Complexity.Query == 0 && name != "fragment me" {
			t.Errorf("%s: %v %+v\n%s", name, err, a, d.text)
			continue
		}
		t.Logf("%-20s %6d points", name, a.Complexity.Query)
	}
	if len(docs) < 25 {
		t.Errorf("%d documents", len(docs))
	}
}

// onePage leaves out whether there are more.
func onePage(list []updateRead, _, partial bool, err error) ([]updateRead, bool, error) {
	return list, partial, err
}

// testDocuments are all documents, those apart that go on from another's answer.
func testDocuments() map[string]*document {
	docs := map[string]*document{}
	for name, all := range definitions() {
		if strings.HasPrefix(all[0].text, "query ") && !strings.HasPrefix(name, "next") { // a cursor has to be a real one
			docs[name] = documentFor(name, mondayapi.Version)
		}
	}
	for i := range parts {
		docs["fragment "+parts[i].name] = rootsFor([]string{parts[i].name}, mondayapi.Version)
	}
	return docs
}

// testVariables are those of a document.
func testVariables(t *testing.T, name string, d *document) map[string]any {
	t.Helper()
	vars := map[string]any{"ids": []string{"60447105"}, "page": 1, "limit": 5, "log": true, "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z",
		"logLimit": 10, "logPage": 1, "board": "60447105", "scope": "allItems", "files": true, "clocks": true, "cursor": "x",
		"plain": []string{"60447105"}, "deep": []string{"60447105"}, "hasPlain": true, "hasDeep": true,
		"boards": []string{"60447105"}, "hasBoards": true, "boardLimit": 5}
	used := map[string]any{}
	for _, v := range d.vars {
		if vars[v] == nil {
			t.Fatalf("%s: the test has no $%s", name, v)
		}
		used[v] = vars[v]
	}
	return used
}
