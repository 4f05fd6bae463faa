package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

// written are the column types that can be written, each with a value in JSON and how it reads then.
// PERSON, TEAM, TAG and OTHER stand for ids.
var written = []struct{ typ, settings, value, text string }{
	{"text", ``, `"as is"`, "as is"},
	{"long_text", ``, `{"text":"more\nlines"}`, "more\nlines"},
	{"numbers", ``, `"12.5"`, "12.5"},
	{"status", ``, `{"label":"Done"}`, "Done"},
	{"dropdown", ``, `{"labels":["Blue","Green"]}`, "Blue, Green"},
	{"date", ``, `{"date":"2026-03-04"}`, "2026-03-04"},
	{"timeline", ``, `{"from":"2026-03-04","to":"2026-03-09"}`, "2026-03-04 - 2026-03-09"},
	{"people", ``, `{"personsAndTeams":[{"id":PERSON,"kind":"person"}]}`, "Ada"},
	{"checkbox", ``, `{"checked":"true"}`, "v"},
	{"email", ``, `{"email":"a@example.com","text":"Ada"}`, "Ada - a@example.com"},
	{"phone", ``, `{"phone":"+12025550172","countryShortName":"US"}`, "+12025550172"},
	{"link", ``, `{"url":"https://example.com","text":"here"}`, "here - https://example.com"},
	{"rating", ``, `{"rating":4}`, "4"},
	{"tags", ``, `{"tag_ids":[TAG]}`, "urgent"},
	{"hour", ``, `{"hour":16,"minute":42}`, "04:42 PM"},
	{"week", ``, `{"week":{"startDate":"2026-03-02","endDate":"2026-03-08"}}`, "2026-03-02 - 2026-03-08"},
	{"country", ``, `{"countryCode":"IT","countryName":"Italy"}`, "Italy"},
	{"location", ``, `{"lat":"29.9772962","lng":"31.1324955","address":"Giza Pyramid Complex"}`, "Giza Pyramid Complex"},
	{"world_clock", ``, `{"timezone":"Europe/Rome"}`, "Europe/Rome"},
	{"color_picker", ``, `{"color":{"hex":"#ff0000"}}`, "#ff0000"},
	{"board_relation", `{"boardIds":[OTHER]}`, `{"item_ids":[LINKED]}`, ""},
}

// TestContent drives a server as somebody does who knows only the public documentation: a board with every
// writable column type is made, filled, filtered, paged, talked about, watched and put away, and is
// read back identically after a restart and after a crash.
func TestContent(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"SQLite", "PostgreSQL"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			args := []string{"--webhook-allow-private", "--admin-name", "Ada", "--admin-email", "ada@example.com"}
			if database == "PostgreSQL" {
				args = append(args, "--database", pgtest.Start(t))
			}
			dir := t.TempDir()
			p := serve(t, dir, args...)
			j := &journey{t: t, p: p, token: p.firstToken(t), ids: map[string]string{}}
			j.build()
			j.fill()
			j.find()
			j.talk()
			j.watch()
			j.attach()
			j.putAway()
			before := j.everything()
			if code := p.stop(t); code != 0 {
				t.Fatalf("exit code %d: %s", code, p.stderr)
			}
			j.p = serve(t, dir, args...)
			if after := j.everything(); after != before {
				t.Errorf("after a restart:\n%s\nbefore:\n%s", after, before)
			}
			j.p.kill()
			j.p = serve(t, dir, args...)
			if after := j.everything(); after != before {
				t.Errorf("after a crash:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

// journey is one such way through the API.
type journey struct {
	t     *testing.T
	p     *process
	token string
	ids   map[string]string // what was made, by a name of ours
}

// do sends a document, in which $name stands for an id made before, and keeps the id of its field.
func (j *journey) do(name, query string) map[string]any {
	j.t.Helper()
	a := j.p.ask(j.t, j.token, j.fillIn(query))
	for _, raw := range a.Data {
		var v map[string]any
		json.Unmarshal(raw, &v)
		if id, ok := v["id"].(string); ok && name != "" {
			j.ids[name] = id
		}
		return v
	}
	return nil
}

func (j *journey) fillIn(s string) string {
	for name, id := range j.ids {
		s = strings.ReplaceAll(s, "$"+name+"$", id)
	}
	return s
}

// literal writes JSON as a string in a document.
func literal(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func (j *journey) build() {
	j.do("me", `{ me { id } }`)
	j.do("other", `mutation { create_board(board_name: "Other", board_kind: public) { id } }`)
	j.do("linked", `mutation { create_item(board_id: $other$, item_name: "Linked") { id } }`)
	j.do("tag", `mutation { create_or_get_tag(tag_name: "urgent") { id } }`)
	j.do("board", `mutation { create_board(board_name: "Everything", board_kind: public, empty: true) { id } }`)
	j.do("group", `mutation { create_group(board_id: $board$, group_name: "Second") { id } }`)
	for _, c := range written {
		defaults := ""
		if c.settings != "" {
			defaults = ", defaults: " + literal(strings.ReplaceAll(c.settings, "OTHER", j.ids["other"]))
		}
		j.do(c.typ, fmt.Sprintf(`mutation { create_column(board_id: $board$, title: %q, column_type: %s%s) { id } }`, c.typ, c.typ, defaults))
	}
	j.do("files", `mutation { create_column(board_id: $board$, title: "Files", column_type: file) { id } }`)
}

// values are the column_values of an item with something in every column.
func (j *journey) values() string {
	values := map[string]json.RawMessage{}
	for _, c := range written {
		v := strings.NewReplacer("PERSON", j.ids["me"], "TAG", j.ids["tag"], "LINKED", j.ids["linked"]).Replace(c.value)
		values[j.ids[c.typ]] = json.RawMessage(v)
	}
	b, err := json.Marshal(values)
	if err != nil {
		j.t.Fatal(err)
	}
	return string(b)
}

func (j *journey) fill() {
	j.do("item", `mutation { create_item(board_id: $board$, group_id: "topics", item_name: "Full", create_labels_if_missing: true, column_values: `+
		literal(j.values())+`) { id } }`)
	j.do("later", `mutation { create_item(board_id: $board$, group_id: "$group$", item_name: "Filled later") { id } }`)
	j.do("", `mutation { change_multiple_column_values(board_id: $board$, item_id: $later$, column_values: `+literal(j.values())+`) { id } }`)
	j.do("sub", `mutation { create_subitem(parent_item_id: $item$, item_name: "A part") { id } }`)
	for i := range 3 {
		j.do("more", fmt.Sprintf(`mutation { create_item(board_id: $board$, item_name: "More %d") { id } }`, i))
		j.do("", `mutation { change_simple_column_value(board_id: $board$, item_id: $more$, column_id: "$status$", value: "Done") { id } }`)
		j.do("", `mutation { change_column_value(board_id: $board$, item_id: $more$, column_id: "$numbers$", value: `+literal(fmt.Sprintf(`"%d"`, i))+`) { id } }`)
	}
	for _, item := range []string{"item", "later"} {
		a := j.p.ask(j.t, j.token, j.fillIn(`{ items(ids: [$`+item+`$]) { column_values { id text } } }`))
		var items []struct {
			Cells []struct{ ID, Text string } `json:"column_values"`
		}
		if err := json.Unmarshal(a.Data["items"], &items); err != nil || len(items) != 1 {
			j.t.Fatalf("%v: %s", err, a.text)
		}
		text := map[string]string{}
		for _, c := range items[0].Cells {
			text[c.ID] = c.Text
		}
		for _, c := range written {
			if got := text[j.ids[c.typ]]; got != c.text {
				j.t.Errorf("%s: a %s reads %q; want %q", item, c.typ, got, c.text)
			}
		}
	}
	a := j.p.ask(j.t, j.token, j.fillIn(`{ items(ids: [$item$]) { subitems { id name parent_item { id } } column_values(ids: ["$board_relation$"]) { ... on BoardRelationValue { display_value linked_item_ids linked_items { name } } } } }`))
	want := j.fillIn(`{"items":[{"subitems":[{"id":"$sub$","name":"A part","parent_item":{"id":"$item$"}}],` +
		`"column_values":[{"display_value":"Linked","linked_item_ids":["$linked$"],"linked_items":[{"name":"Linked"}]}]}]}`)
	if !strings.Contains(a.text, want) {
		j.t.Errorf("%s; want %s", a.text, want)
	}
}

func (j *journey) find() {
	a := j.p.ask(j.t, j.token, j.fillIn(`{ boards(ids: [$board$]) { items_page(query_params: {rules: [{column_id: "$status$", compare_value: [1]},
		{column_id: "$numbers$", compare_value: [1], operator: greater_than_or_equals}], operator: and, order_by: [{column_id: "$numbers$", direction: desc}]}) { items { name } } } }`))
	if want := `[{"name":"Filled later"},{"name":"Full"},{"name":"More 2"},{"name":"More 1"}]`; !strings.Contains(a.text, want) &&
		!strings.Contains(a.text, `[{"name":"Full"},{"name":"Filled later"},{"name":"More 2"},{"name":"More 1"}]`) {
		j.t.Errorf("filtered and ordered: %s; want %s", a.text, want)
	}
	var seen []string
	page := j.p.ask(j.t, j.token, j.fillIn(`{ boards(ids: [$board$]) { items_page(limit: 2) { cursor items { name } } } }`)).Data["boards"]
	var boards []struct {
		Page itemsPage `json:"items_page"`
	}
	if err := json.Unmarshal(page, &boards); err != nil {
		j.t.Fatal(err)
	}
	for next := boards[0].Page; ; {
		for _, it := range next.Items {
			seen = append(seen, it.Name)
		}
		if next.Cursor == nil {
			break
		}
		a := j.p.ask(j.t, j.token, fmt.Sprintf(`{ next_items_page(limit: 2, cursor: %q) { cursor items { name } } }`, *next.Cursor))
		next = itemsPage{}
		if err := json.Unmarshal(a.Data["next_items_page"], &next); err != nil {
			j.t.Fatal(err)
		}
	}
	if len(seen) != 5 || len(map[string]bool{seen[0]: true, seen[1]: true, seen[2]: true, seen[3]: true, seen[4]: true}) != 5 {
		j.t.Errorf("page by page: %q", seen)
	}
}

type itemsPage struct {
	Cursor *string
	Items  []struct{ Name string }
}

func (j *journey) talk() {
	j.do("update", `mutation { create_update(item_id: $item$, body: "<p>How is <b>this</b>?</p>") { id } }`)
	j.do("reply", `mutation { create_update(item_id: $item$, parent_id: $update$, body: "Fine") { id } }`)
	j.do("", `mutation { like_update(update_id: $update$) { id } }`)
	a := j.p.ask(j.t, j.token, j.fillIn(`{ items(ids: [$item$]) { updates { id body text_body likes { creator_id } replies { body } } } }`))
	want := j.fillIn(`{"items":[{"updates":[{"id":"$update$","body":"\u003cp\u003eHow is \u003cb\u003ethis\u003c/b\u003e?\u003c/p\u003e","text_body":"How is this?","likes":[{"creator_id":"$me$"}],"replies":[{"body":"Fine"}]}]}]}`)
	if plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace; !strings.Contains(plain(a.text), plain(want)) {
		j.t.Errorf("%s; want %s", a.text, want)
	}
}

// receiver is where webhooks post to.
type receiver struct {
	*httptest.Server
	events chan map[string]any
}

func receive(t *testing.T) *receiver {
	r := &receiver{events: make(chan map[string]any, 100)}
	var once sync.Once
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var body struct {
			Challenge string
			Event     map[string]any
		}
		if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		if body.Challenge != "" {
			json.NewEncoder(w).Encode(map[string]string{"challenge": body.Challenge})
			return
		}
		if req.Header.Get("Authorization") == "" {
			t.Error("an event is not signed")
		}
		failed := false
		once.Do(func() { failed = true }) // and is posted again in a minute; nobody waits for that here
		r.events <- body.Event
		if failed {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (j *journey) watch() {
	r := receive(j.t)
	j.do("hook", `mutation { create_webhook(board_id: $board$, url: "`+r.URL+`", event: change_column_value) { id board_id } }`)
	for i := range 2 {
		j.do("", fmt.Sprintf(`mutation { change_simple_column_value(board_id: $board$, item_id: $later$, column_id: "$text$", value: "seen %d") { id } }`, i))
		select {
		case e := <-r.events:
			if e["pulseName"] != "Filled later" || e["columnId"] != j.ids["text"] {
				j.t.Errorf("event %v", e)
			}
		case <-time.After(patience):
			j.t.Fatal("the webhook was not called")
		}
	}
	a := j.p.ask(j.t, j.token, j.fillIn(`{ webhooks(board_id: $board$) { id event board_id } }`))
	if want := j.fillIn(`[{"id":"$hook$","event":"change_column_value","board_id":"$board$"}]`); !strings.Contains(a.text, want) {
		j.t.Errorf("%s; want %s", a.text, want)
	}
	j.do("", `mutation { delete_webhook(id: $hook$) { id } }`)
}

func (j *journey) attach() {
	const content = "\x89PNG\r\n\x1a\nnot much of a picture"
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("query", j.fillIn(`mutation ($file: File!) { add_file_to_column(item_id: $item$, column_id: "$files$", file: $file) { id } }`))
	part, _ := form.CreateFormFile("variables[file]", "bike.png")
	io.WriteString(part, content)
	form.Close()
	req, _ := http.NewRequest(http.MethodPost, j.p.url+"/v2/file", &body)
	req.Header.Set("Authorization", j.token)
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		j.t.Fatal(err)
	}
	said, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	a := j.p.ask(j.t, j.token, j.fillIn(`{ items(ids: [$item$]) { assets { id name file_size public_url uploaded_by { id } } } }`))
	var items []struct {
		Assets []struct {
			ID, Name string
			Size     int    `json:"file_size"`
			URL      string `json:"public_url"`
		}
	}
	if err := json.Unmarshal(a.Data["items"], &items); err != nil || len(items) != 1 || len(items[0].Assets) != 1 {
		j.t.Fatalf("%v: %s; the upload said %s", err, a.text, said)
	}
	asset := items[0].Assets[0]
	if asset.Name != "bike.png" || asset.Size != len(content) {
		j.t.Errorf("asset %+v", asset)
	}
	back, err := http.Get(asset.URL)
	if err != nil {
		j.t.Fatal(err)
	}
	defer back.Body.Close()
	if got, _ := io.ReadAll(back.Body); string(got) != content {
		j.t.Errorf("%s: %d: %q", asset.URL, back.StatusCode, got)
	}
}

func (j *journey) putAway() {
	j.do("", `mutation { archive_item(item_id: $more$) { id state } }`)
	j.do("", `mutation { archive_group(board_id: $board$, group_id: "$group$") { id archived } }`)
}

// everything is all that can be read of the board, but for addresses that are signed anew.
func (j *journey) everything() string {
	a := j.p.ask(j.t, j.token, j.fillIn(`{
		boards(ids: [$board$]) { name state items_count updated_at
			columns { id title type settings_str settings revision } groups { id title color position archived }
			items_page(limit: 500) { items { id name state created_at updated_at creator_id email
				group { id } column_values { id type text value } subitems { id name board { id name type } column_values { id text } }
				updates { id body created_at replies { id body } likes { id creator_id reaction_type } } assets { id name file_size created_at } } }
			activity_logs(limit: 1000) { id event entity data user_id created_at account_id } tags { id name }
		}
		items(ids: [$more$, $later$]) { id name state column_values { id text value } }
		tags(ids: [$tag$]) { id name color }
	}`))
	var log []struct {
		Logs []struct{ Event string } `json:"activity_logs"`
	}
	if err := json.Unmarshal(a.Data["boards"], &log); err != nil || len(log) != 1 || len(log[0].Logs) < 20 {
		j.t.Errorf("%v: %d lines in the activity log", err, len(log))
	}
	var b strings.Builder
	for _, part := range []string{"boards", "items", "tags"} {
		b.Write(a.Data[part])
		b.WriteByte('\n')
	}
	return strings.ReplaceAll(b.String(), j.p.url, "") // files have their address in it, which is another at each start
}
