package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit/emittest"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// face is one of the protocols, as a process of its own beside a server.
type face interface {
	// args are the command line that reads, with files in the folder.
	args(config, catalog, state string) []string
	discover(config string) []string
	// catalog makes what is chosen of what was discovered, and the schemas of the streams.
	catalog(t *testing.T, discovered []byte, full bool) (chosen []byte, schemas map[string][]byte)
	// valid holds a line to be a message.
	valid(line []byte) error
	// record is the record of a line, if it is one; state notes a state.
	record(line []byte) (stream string, data map[string]any)
	state(line []byte, states map[string]json.RawMessage)
	// stateFile is what is given back.
	stateFile(states map[string]json.RawMessage) []byte
}

// airbyteFace is `lunedi airbyte`.
type airbyteFace struct{ message *jsonschema.Schema }

func (airbyteFace) args(config, catalog, state string) []string {
	list := []string{"airbyte", "read", "--config", config, "--catalog", catalog}
	if state != "" {
		list = append(list, "--state", state)
	}
	return list
}

func (airbyteFace) discover(config string) []string {
	return []string{"airbyte", "discover", "--config", config}
}

func (f airbyteFace) catalog(t *testing.T, discovered []byte, full bool) ([]byte, map[string][]byte) {
	t.Helper()
	mode, schemas := "incremental", map[string][]byte{}
	if full {
		mode = "full_refresh"
	}
	type object = map[string]any
	var list []object
	for line := range bytes.Lines(discovered) {
		if err := f.valid(line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var m struct {
			Catalog struct {
				Streams []struct {
					Name   string
					Schema json.RawMessage `json:"json_schema"`
				}
			}
		}
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		for _, s := range m.Catalog.Streams {
			schemas[s.Name] = s.Schema
			list = append(list, object{"stream": object{"name": s.Name, "json_schema": object{}, "supported_sync_modes": []string{mode}}, "sync_mode": mode, "destination_sync_mode": "append_dedup"})
		}
	}
	chosen, _ := json.Marshal(object{"streams": list})
	return chosen, schemas
}

func (f airbyteFace) valid(line []byte) error { return emittest.Check(f.message, line) }

func (airbyteFace) record(line []byte) (string, map[string]any) {
	var m struct {
		Record *struct {
			Stream string
			Data   map[string]any
		}
	}
	if json.Unmarshal(line, &m) != nil || m.Record == nil {
		return "", nil
	}
	return m.Record.Stream, m.Record.Data
}

func (airbyteFace) state(line []byte, states map[string]json.RawMessage) {
	var m struct {
		State *struct {
			Stream struct {
				Of struct{ Name string } `json:"stream_descriptor"`
			}
		}
	}
	if json.Unmarshal(line, &m) == nil && m.State != nil {
		var whole struct{ State json.RawMessage }
		_ = json.Unmarshal(line, &whole) // it was one
		states[m.State.Stream.Of.Name] = whole.State
	}
}

func (airbyteFace) stateFile(states map[string]json.RawMessage) []byte {
	list := []json.RawMessage{}
	for _, s := range states {
		list = append(list, s)
	}
	text, _ := json.Marshal(list)
	return text
}

// singerFace is `lunedi tap`.
type singerFace struct{ message *jsonschema.Schema }

func (singerFace) args(config, catalog, state string) []string {
	list := []string{"tap", "--config", config, "--catalog", catalog}
	if state != "" {
		list = append(list, "--state", state)
	}
	return list
}

func (singerFace) discover(config string) []string {
	return []string{"tap", "--config", config, "--discover"}
}

func (singerFace) catalog(t *testing.T, discovered []byte, full bool) ([]byte, map[string][]byte) {
	t.Helper()
	var c map[string][]map[string]any
	if err := json.Unmarshal(discovered, &c); err != nil {
		t.Fatal(err)
	}
	schemas := map[string][]byte{}
	for _, s := range c["streams"] {
		schemas[s["stream"].(string)], _ = json.Marshal(s["schema"])
		if full {
			for _, m := range s["metadata"].([]any) {
				if m := m.(map[string]any); len(m["breadcrumb"].([]any)) == 0 {
					m["metadata"].(map[string]any)["replication-method"] = "FULL_TABLE"
				}
			}
		}
	}
	chosen, _ := json.Marshal(c)
	return chosen, schemas
}

func (f singerFace) valid(line []byte) error { return emittest.Check(f.message, line) }

func (singerFace) record(line []byte) (string, map[string]any) {
	var m struct {
		Type, Stream string
		Record       map[string]any
	}
	if json.Unmarshal(line, &m) != nil || m.Type != "RECORD" {
		return "", nil
	}
	return m.Stream, m.Record
}

func (singerFace) state(line []byte, states map[string]json.RawMessage) {
	var m struct {
		Type  string
		Value json.RawMessage
	}
	if json.Unmarshal(line, &m) == nil && m.Type == "STATE" {
		states[""] = m.Value
	}
}

func (singerFace) stateFile(states map[string]json.RawMessage) []byte { return states[""] }

// eachFace runs a test with both.
func eachFace(t *testing.T, test func(t *testing.T, f face)) {
	for name, file := range map[string]string{"airbyte": "airbyte/testdata/protocol.json", "tap": "singer/testdata/messages.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("..", "..", "internal", "connector", filepath.FromSlash(file)))
			if err != nil {
				t.Fatal(err)
			}
			message := emittest.Schema(t, text, "")
			if name == "tap" {
				test(t, singerFace{message})
				return
			}
			test(t, airbyteFace{message})
		})
	}
}

// reader is somebody who keeps what a face prints: of every stream the latest record of a key, and the
// latest states.
type reader struct {
	t       *testing.T
	face    face
	dir     string
	token   string
	server  *process
	schemas map[string]*jsonschema.Schema

	rows   map[string]map[string]map[string]any
	states map[string]json.RawMessage
	came   map[string]map[string]bool // keys that came with the last read; true for those that are gone
	lines  int                        // of the last read
}

func newReader(t *testing.T, f face, p *process, token string) *reader {
	r := &reader{t: t, face: f, dir: t.TempDir(), token: token, server: p}
	r.forget()
	config, _ := json.Marshal(map[string]any{"auth_token": token, "start_date": "2000-01-01", "endpoint": p.url + "/v2", "lag_minutes": 0.001, "sweep_hours": 0.0001})
	r.file("config.json", config)
	r.choose(false)
	return r
}

func (r *reader) forget() {
	r.rows, r.states = map[string]map[string]map[string]any{}, map[string]json.RawMessage{}
}

func (r *reader) file(name string, text []byte) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// choose discovers, and chooses all streams.
func (r *reader) choose(full bool) (streams []string) {
	r.t.Helper()
	chosen, schemas := r.face.catalog(r.t, []byte(must(r.t, r.dir, nil, r.face.discover(filepath.Join(r.dir, "config.json"))...)), full)
	r.file("catalog.json", chosen)
	r.schemas = map[string]*jsonschema.Schema{}
	for name, text := range schemas {
		r.schemas[name] = emittest.Schema(r.t, text, "")
		streams = append(streams, name)
	}
	return streams
}

// read reads once; after some lines both processes are killed, when that is not 0.
func (r *reader) read(lines int) {
	r.t.Helper()
	state := ""
	if len(r.states) > 0 {
		state = r.file("state.json", r.face.stateFile(r.states))
	}
	cmd := lunedi(r.dir, nil, r.face.args(filepath.Join(r.dir, "config.json"), filepath.Join(r.dir, "catalog.json"), state)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	stuck := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer stuck.Stop()
	r.came, r.lines = map[string]map[string]bool{}, 0
	for in := bufio.NewReader(out); lines == 0 || r.lines < lines; r.lines++ {
		line, err := in.ReadBytes('\n')
		if err != nil {
			if len(line) > 0 {
				r.t.Errorf("half a line: %s", line)
			}
			break
		}
		r.take(line)
	}
	if lines > 0 {
		cmd.Process.Kill()
	}
	if err := cmd.Wait(); err != nil && lines == 0 {
		r.t.Fatalf("%v: %s", err, &stderr)
	}
	if strings.Contains(stderr.String(), r.token) {
		r.t.Errorf("the token is told: %s", &stderr)
	}
}

// take keeps a line.
func (r *reader) take(line []byte) {
	r.t.Helper()
	if err := r.face.valid(line); err != nil {
		r.t.Fatalf("%.300s: %v", line, err)
	}
	if bytes.Contains(line, []byte(r.token)) {
		r.t.Errorf("the token is told: %s", line)
	}
	r.face.state(line, r.states)
	stream, data := r.face.record(line)
	if data == nil {
		return
	}
	if s := r.schemas[stream]; s == nil {
		r.t.Fatalf("a record of %s, which is not in the catalog", stream)
	} else if err := s.Validate(data); err != nil {
		r.t.Fatalf("%s: %v in %s", stream, err, line)
	}
	key := keyOf(stream, data)
	if r.rows[stream] == nil {
		r.rows[stream] = map[string]map[string]any{}
	}
	if r.came[stream] == nil {
		r.came[stream] = map[string]bool{}
	}
	r.rows[stream][key] = data
	r.came[stream][key] = data["_deleted_at"] != nil
}

func keyOf(stream string, data map[string]any) string {
	var key []string
	for _, s := range connector.Streams() {
		if s.Name == stream {
			for _, k := range s.Key {
				key = append(key, fmt.Sprint(data[k]))
			}
		}
	}
	return strings.Join(key, "|")
}

// passing are fields that are another at every look, and the columns that change without a trace.
var (
	passing = map[string][]string{"": {"_synced_at"}, "users": {"last_activity"}, "assets": {"url", "url_thumbnail"}, "boards": {"updated_at"}}
	shown   = []string{"mirror", "formula", "board_relation", "dependency", "subtasks", "people", "tags"}
)

// live are the rows that are there.
func (r *reader) live() map[string]map[string]string {
	out := map[string]map[string]string{}
	for stream, rows := range r.rows {
		out[stream] = map[string]string{}
		for key, row := range rows {
			if row["_deleted_at"] != nil {
				continue
			}
			if kind, _ := row["type"].(string); stream == "column_values" && slices.Contains(shown, kind) {
				out[stream][key] = kind
				continue
			}
			if board, _ := row["board_id"].(string); stream == "activity_logs" && r.rows["boards"][board]["_deleted_at"] != nil {
				continue // what happened stays recorded
			}
			some := map[string]any{}
			for name, v := range row {
				if v != nil && !slices.Contains(passing[""], name) && !slices.Contains(passing[stream], name) {
					some[name] = v
				}
			}
			text, _ := json.Marshal(some)
			out[stream][key] = string(text)
		}
	}
	return out
}

// same holds what was kept against what somebody reads who begins now, and against the server itself.
func (r *reader) same() {
	r.t.Helper()
	fresh := newReader(r.t, r.face, r.server, r.token)
	fresh.read(0)
	want, got := fresh.live(), r.live()
	for _, s := range connector.Streams() {
		if diff := cmp.Diff(want[s.Name], got[s.Name]); diff != "" && len(want[s.Name])+len(got[s.Name]) > 0 {
			r.t.Errorf("%s (-fresh +kept):\n%.3000s", s.Name, diff)
		}
	}
	var truth struct {
		Boards []struct {
			ID, Name, State string
			Page            struct {
				Cursor string
				Items  []struct {
					ID, Name string
					Values   []struct{ ID, Type string } `json:"column_values"`
				}
			} `json:"items_page"`
		}
	}
	a := r.server.ask(r.t, r.token, `{ boards(limit: 100, state: all, hierarchy_types: [classic, multi_level]) { id name state items_page(limit: 500, hierarchy_scope_config: "allItems") { cursor items { id name column_values { id type } } } } }`)
	if err := json.Unmarshal(a.Data["boards"], &truth.Boards); err != nil || len(truth.Boards) == 0 {
		r.t.Fatal(err)
	}
	items, values := 0, 0
	for _, b := range truth.Boards {
		if b.State == "deleted" {
			continue
		}
		if row := r.rows["boards"][b.ID]; row == nil || row["name"] != b.Name || row["_deleted_at"] != nil || b.Page.Cursor != "" {
			r.t.Errorf("board %s is %v", b.ID, row)
		}
		for _, it := range b.Page.Items {
			items++
			if row := r.rows["items"][it.ID]; row == nil || row["name"] != it.Name || row["board_id"] != b.ID || row["_deleted_at"] != nil {
				r.t.Errorf("item %s of board %s is %v", it.ID, b.ID, row)
			}
			for _, v := range it.Values {
				values++
				if row := r.rows["column_values"][it.ID+"|"+v.ID]; row == nil || row["_deleted_at"] != nil || row["type"] != v.Type {
					r.t.Errorf("value %s of item %s is %v", v.ID, it.ID, row)
				}
			}
		}
	}
	active := 0
	for _, row := range r.rows["items"] {
		if row["_deleted_at"] == nil && row["state"] == "active" {
			active++
		}
	}
	if active != items || values == 0 {
		r.t.Errorf("%d active items are kept, and %d there", active, items)
	}
}

// changer changes a server.
type changer struct {
	t *testing.T
	p *process
	r *rand.Rand
}

// some picks ids out of an answer to a query such as `items(limit: 50) { id }`.
func (c *changer) some(query string) []string {
	c.t.Helper()
	a := c.p.ask(c.t, "dev-admin", "{ list: "+query+" }")
	var list []struct{ ID string }
	if err := json.Unmarshal(a.Data["list"], &list); err != nil || len(list) == 0 {
		c.t.Fatalf("%v: %s", err, a.text)
	}
	var ids []string
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	c.r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids
}

// do does mutations; what is refused is refused.
func (c *changer) do(format string, args ...any) {
	c.t.Helper()
	if _, err := post(http.DefaultClient, c.p.url, "dev-admin", "mutation { "+fmt.Sprintf(format, args...)+" }"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *changer) change() {
	c.t.Helper()
	items := c.some("items(limit: 60, newest_first: true) { id }")
	boards := c.some(`boards(limit: 50, order_by: created_at) { id }`)
	n := func() int { return c.r.IntN(1 << 20) }
	c.do(`create_item(board_id: %s, item_name: "new %d") { id }`, boards[0], n())
	c.do(`create_item(board_id: %s, item_name: "new %d") { id }`, boards[1], n())
	c.do(`delete_item(item_id: %s) { id }`, items[0])
	c.do(`archive_item(item_id: %s) { id }`, items[1])
	c.do(`create_update(item_id: %s, body: "said %d") { id }`, items[2], n())
	c.do(`create_subitem(parent_item_id: %s, item_name: "sub %d") { id }`, items[3], n())
	groups := c.some(fmt.Sprintf(`boards(ids: [%s]) { id groups { id } }`, boards[0]))
	c.do(`move_item_to_board(board_id: %s, group_id: "topics", item_id: %s) { id }`, groups[0], items[4])
	c.do(`duplicate_item(board_id: %s, item_id: %s, with_updates: true) { id }`, boards[0], items[5])
	c.do(`create_or_get_tag(tag_name: "t%d") { id }`, n())
	c.do(`create_column(board_id: %s, column_type: text, title: "c%d") { id }`, boards[2], n())
	c.do(`create_team(input: {name: "team %d"}) { id }`, n())
}

// TestProtocols: everything is read, then only what changed; in the end it is what the server has.
func TestProtocols(t *testing.T) {
	t.Parallel()
	eachFace(t, func(t *testing.T, f face) {
		p := dev(t)
		r := newReader(t, f, p, "dev-admin")
		r.read(0)
		for _, s := range connector.Streams() {
			if len(r.rows[s.Name]) == 0 && s.Name != "time_tracking" && s.Name != "assets" { // of which the sample has none
				t.Errorf("nothing of %s came", s.Name)
			}
		}
		r.same()

		c := &changer{t, p, rand.New(rand.NewPCG(1, 1))}
		still := c.some(`items(limit: 100) { id }`) // the oldest
		c.change()
		before := r.lines
		gone := c.some(`boards(limit: 50, order_by: created_at) { id }`)[0]
		c.do(`delete_board(board_id: %s) { id }`, gone)
		r.read(0)
		if r.lines >= before {
			t.Errorf("%d lines came after %d", r.lines, before)
		}
		if !r.came["boards"][gone] {
			t.Errorf("the board %s was deleted, and did not come as such", gone)
		}
		quiet := 0
		for _, id := range still {
			if _, came := r.came["items"][id]; !came {
				quiet++
			}
		}
		if quiet == 0 { // those on the board with a new column do
			t.Errorf("all of %d items that nobody touched came again", len(still))
		}
		r.same()

		// Nothing new: no item comes, and no row is called gone. Those that were changed in the last minutes
		// come again, as reads may lag.
		r.read(0)
		for stream, keys := range r.came {
			for key, deleted := range keys {
				if deleted {
					t.Errorf("%s %s went, and nobody touched it", stream, key)
				}
			}
		}
		r.same()

		// A stream that is reset comes whole.
		if states := r.states; len(states) > 1 {
			delete(states, "items")
			delete(r.rows, "items")
			r.read(0)
			r.same()
		}
		r.choose(true)
		r.forget()
		r.read(0)
		r.same()
		if len(r.came["items"]) < len(r.live()["items"]) {
			t.Error("a full reading is not full")
		}
	})
}

// TestProtocolsKilled: the process is killed anywhere, again and again, and the server changes meanwhile;
// whoever goes on with the last state that came out has in the end what the server has.
func TestProtocolsKilled(t *testing.T) {
	t.Parallel()
	eachFace(t, func(t *testing.T, f face) {
		p := dev(t)
		whole := newReader(t, f, p, "dev-admin")
		whole.read(0)
		r := newReader(t, f, p, "dev-admin")
		random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
		c := &changer{t, p, random}
		for range 10 {
			r.read(1 + random.IntN(whole.lines))
			c.change()
		}
		r.read(0)
		r.same()
	})
}

// TestProtocolsScopes: a token that lacks a scope is told which streams it cannot read, and reads the rest.
func TestProtocolsScopes(t *testing.T) {
	t.Parallel()
	eachFace(t, func(t *testing.T, f face) {
		p := dev(t)
		all := newReader(t, f, p, "dev-admin")
		all.read(0)
		jar, _ := cookiejar.New(nil) // never fails
		browser := http.Client{Jar: jar}
		a := p.ask(t, "dev-admin", "{ me { id } }")
		var me struct{ ID string }
		_ = json.Unmarshal(a.Data["me"], &me)
		in, err := browser.PostForm(p.url+"/console/sign-in-as", url.Values{"user": {me.ID}})
		if err != nil {
			t.Fatal(err)
		}
		in.Body.Close()
		made, err := browser.Post(p.url+"/console/tokens/create", "application/json", strings.NewReader(`{"name": "few", "scopes": ["me:read", "account:read", "boards:read", "users:read", "tags:read"]}`))
		if err != nil {
			t.Fatal(err)
		}
		defer made.Body.Close()
		var few struct{ Secret string }
		if err := json.NewDecoder(made.Body).Decode(&few); err != nil || few.Secret == "" {
			t.Fatalf("%s: %v", made.Status, err)
		}
		r := newReader(t, f, p, few.Secret)
		var names []string
		for _, s := range connector.Streams() {
			if !slices.Contains([]string{"teams", "team_members", "workspaces", "workspace_members", "folders", "updates", "replies", "assets"}, s.Name) {
				names = append(names, s.Name)
			}
		}
		got := r.choose(false)
		slices.Sort(got)
		slices.Sort(names)
		if diff := cmp.Diff(names, got); diff != "" {
			t.Fatal(diff)
		}
		// With its own catalog, and going on from the state of a token that had all scopes.
		r.read(0)
		if len(r.rows["items"]) != len(all.rows["items"]) || len(r.rows["users"]) != len(all.rows["users"]) {
			t.Errorf("%d items and %d users, of %d and %d", len(r.rows["items"]), len(r.rows["users"]), len(all.rows["items"]), len(all.rows["users"]))
		}
		before := all.live()
		config, err := os.ReadFile(filepath.Join(r.dir, "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		all.file("config.json", config)
		all.token = few.Secret
		all.read(0)
		for name := range before {
			if name != "boards" { // their creator cannot be read
				if diff := cmp.Diff(before[name], all.live()[name]); diff != "" {
					t.Errorf("%s: %.2000s", name, diff)
				}
			}
		}
	})
}
