package singer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit/emittest"
	"github.com/lunedi-dev/lunedi/internal/connector/singer"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const token = "s3cr3t-token-of-an-admin"

// message is a message as a target reads it.
type message struct {
	Type, Stream   string
	Schema, Record json.RawMessage
	Version        int64
	Value          json.RawMessage
	Key            []string `json:"key_properties"`
}

type bench struct {
	t        *testing.T
	dir      string
	messages *jsonschema.Schema
	catalog  *jsonschema.Schema
	tap      singer.Tap
	engine   *emittest.Engine
	out, log bytes.Buffer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	text, err := os.ReadFile("testdata/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: t.TempDir(), messages: emittest.Schema(t, text, ""), catalog: emittest.Schema(t, text, "#/$defs/catalog"),
		engine: &emittest.Engine{Turns: 8, Now: emittest.Clock()}}
	b.tap = singer.Tap{Now: emittest.Clock(),
		Run: func(ctx context.Context, cfg connector.Config, s connector.Sink, m connector.Mode) (*connector.Report, error) {
			return b.engine.Run(ctx, cfg, s, m)
		},
		Check: func(context.Context, connector.Config) (*connector.Account, error) { return &connector.Account{}, nil }}
	b.file("config.json", `{"auth_token": "`+token+`", "start_date": "2024-01-01", "user_agent": "someone"}`)
	return b
}

func (b *bench) file(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) path(name string) string {
	if name == "" {
		return ""
	}
	return filepath.Join(b.dir, name)
}

// do does a command, and checks what holds for every one: no token anywhere, and how failures are told.
func (b *bench) do(c singer.Command) error {
	b.t.Helper()
	c.Config, c.Catalog, c.State = b.path(c.Config), b.path(c.Catalog), b.path(c.State)
	b.out.Reset()
	b.log.Reset()
	tap := b.tap
	tap.Out, tap.Log = &b.out, &b.log
	err := tap.Do(context.Background(), c)
	if strings.Contains(b.out.String()+b.log.String(), token) {
		b.t.Error("the token is told")
	}
	lines := strings.Split(strings.TrimSpace(b.log.String()), "\n")
	last := lines[len(lines)-1]
	if (err != nil) != strings.HasPrefix(last, "CRITICAL ") || err != nil && !errors.Is(err, singer.ErrSaid) {
		b.t.Errorf("%v, and the log ends with %q", err, last)
	}
	return err
}

// sync is do, with messages for output.
func (b *bench) sync(c singer.Command) ([]message, error) {
	b.t.Helper()
	c.Config = "config.json"
	err := b.do(c)
	var list []message
	for line := range strings.Lines(b.out.String()) {
		if e := emittest.Check(b.messages, []byte(line)); e != nil {
			b.t.Fatalf("%.300s\n%v", line, e)
		}
		var m message
		if e := json.Unmarshal([]byte(line), &m); e != nil {
			b.t.Fatal(e)
		}
		list = append(list, m)
	}
	return list, err
}

func lastState(list []message) string {
	for _, m := range slices.Backward(list) {
		if m.Type == "STATE" {
			return string(m.Value)
		}
	}
	return ""
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.do(singer.Command{Config: "config.json", Discover: true}); err != nil {
		t.Fatal(err)
	}
	if err := emittest.Check(b.catalog, b.out.Bytes()); err != nil {
		t.Error(err)
	}
	for _, want := range []string{`"parent-tap-stream-id": "boards"`, `"forced-replication-method": "INCREMENTAL"`, `"selected": true`} {
		if !strings.Contains(b.out.String(), want) {
			t.Errorf("there is no %s", want)
		}
	}
	b.file("catalog.json", b.out.String())
	list, err := b.sync(singer.Command{Catalog: "catalog.json"})
	if err != nil || len(count(list)) != len(connector.Streams()) {
		t.Errorf("the catalog as it is does not choose everything: %v %v", err, count(list))
	}
	b.tap.Check = func(context.Context, connector.Config) (*connector.Account, error) {
		return &connector.Account{Unread: []string{"boards"}}, nil
	}
	if err := b.do(singer.Command{Config: "config.json", Discover: true}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.out.String(), `"items"`) || !strings.Contains(b.log.String(), "WARNING the stream items is left out") {
		t.Errorf("what cannot be read is there: %s", &b.log)
	}
}

func count(list []message) map[string]int {
	n := map[string]int{}
	for _, m := range list {
		if m.Type == "RECORD" {
			n[m.Stream]++
		}
	}
	return n
}

// TestSync: every record comes after its stream's schema, and is of it.
func TestSync(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.engine.Before = func(_ int, cfg connector.Config) error { cfg.Log.Info("asking", "token", token); return nil }
	list, err := b.sync(singer.Command{})
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]*jsonschema.Schema{}
	for _, m := range list {
		switch m.Type {
		case "SCHEMA":
			schemas[m.Stream] = emittest.Schema(t, m.Schema, "")
			if diff := cmp.Diff(emittest.Stream(m.Stream).Key, m.Key); diff != "" {
				t.Error(diff)
			}
		case "RECORD":
			if schemas[m.Stream] == nil {
				t.Fatalf("%s: a record comes before its schema", m.Stream)
			}
			if err := emittest.Check(schemas[m.Stream], m.Record); err != nil {
				t.Errorf("%s: %v in %s", m.Stream, err, m.Record)
			}
		}
	}
	if n := count(list); len(n) != len(connector.Streams()) {
		t.Errorf("%v", n)
	}
	if strings.Contains(lastState(list), "currently_syncing") || !strings.Contains(b.log.String(), `INFO METRIC: {"metric":"record_count"`) {
		t.Error("at the end something is still being read, or was not counted")
	}
}

// TestChoice: streams and fields are what the catalog says, in the new style and the old.
func TestChoice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.file("new.json", `{"streams": [
		{"tap_stream_id": "items", "stream": "items", "schema": {}, "metadata": [
			{"breadcrumb": [], "metadata": {"selected": true}},
			{"breadcrumb": ["properties", "name"], "metadata": {"inclusion": "available", "selected": false}},
			{"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "automatic", "selected": false}},
			{"breadcrumb": ["properties", "url"], "metadata": {"inclusion": "unsupported", "selected": true}}]},
		{"tap_stream_id": "boards", "stream": "boards", "schema": {}, "metadata": [{"breadcrumb": [], "metadata": {"selected": false, "selected-by-default": true}}]},
		{"tap_stream_id": "gone_stream", "stream": "gone_stream", "schema": {}, "metadata": []}]}`)
	b.file("old.json", `{"streams": [{"stream": "items", "schema": {"selected": true, "properties": {"name": {"selected": false}, "url": {"selected": false}, "state": {}}}}]}`)
	for _, c := range []string{"new.json", "old.json"} {
		list, err := b.sync(singer.Command{Catalog: c})
		if n := count(list); err != nil || len(n) != 1 || n["items"] == 0 {
			t.Fatal(c, err, n)
		}
		for _, m := range list {
			text := string(m.Schema) + string(m.Record)
			if strings.Contains(text, `"name":`) || strings.Contains(text, `"url":`) {
				t.Fatalf("%s: what was not chosen is there: %s", c, text)
			}
			if m.Type == "RECORD" && (!strings.Contains(text, `"id":`) || !strings.Contains(text, `"_deleted_at":`) || !strings.Contains(text, `"state":`) && strings.Contains(text, `"_deleted_at":null`)) {
				t.Fatalf("%s: what was chosen is not there: %s", c, text)
			}
		}
	}
}

// tables are what a target makes of records.
type tables map[string]map[string]string

func (tb tables) take(m *message) {
	if m.Type != "RECORD" {
		return
	}
	var data map[string]any
	_ = json.Unmarshal(m.Record, &data)
	var key []string
	for _, k := range emittest.Stream(m.Stream).Key {
		key = append(key, fmt.Sprint(data[k]))
	}
	if tb[m.Stream] == nil {
		tb[m.Stream] = map[string]string{}
	}
	gone := data["_deleted_at"] != nil
	delete(data, "_synced_at")
	text, _ := json.Marshal(data)
	if id := strings.Join(key, "|"); gone {
		delete(tb[m.Stream], id)
	} else {
		tb[m.Stream][id] = string(text)
	}
}

// TestResume: killed after any message and started again with the state there was, the same tables come of it.
func TestResume(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	whole, err := b.sync(singer.Command{})
	if err != nil {
		t.Fatal(err)
	}
	want, states := tables{}, 0
	for i := range whole {
		want.take(&whole[i])
		if whole[i].Type == "STATE" {
			states++
		}
	}
	if states < 4 {
		t.Fatalf("only %d states to go on from", states)
	}
	for cut := 0; cut <= len(whole); cut += 1 + len(whole)/15 {
		b.engine.Now, b.tap.Now = emittest.Clock(), emittest.Clock()
		got := tables{}
		for i := range whole[:cut] {
			got.take(&whole[i])
		}
		state := lastState(whole[:cut])
		if cut%2 == 0 && state != "" {
			state = `{"type": "STATE", "value": ` + state + `}`
		}
		b.file("state.json", state)
		rest, err := b.sync(singer.Command{State: "state.json"})
		if err != nil {
			t.Fatal(err, b.log.String())
		}
		for i := range rest {
			got.take(&rest[i])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("cut after %d of %d: %s", cut, len(whole), diff)
		}
	}
}

// TestState: what becomes of a state that is stale, of a stream that was reset, and of one that is to be
// read whole every time.
func TestState(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, err := b.sync(singer.Command{Activate: true})
	if err != nil {
		t.Fatal(err)
	}
	versions, activated := map[string]int64{}, map[string]int64{}
	for _, m := range first {
		switch m.Type {
		case "RECORD":
			versions[m.Stream] = m.Version
		case "ACTIVATE_VERSION":
			activated[m.Stream] = m.Version
		}
	}
	if diff := cmp.Diff(versions, activated); diff != "" || len(versions) != len(connector.Streams()) {
		t.Errorf("versions: %s", diff)
	}
	var state map[string]json.RawMessage
	if err := json.Unmarshal([]byte(lastState(first)), &state); err != nil {
		t.Fatal(err)
	}
	state["currently_syncing"] = json.RawMessage(`"unheard_of"`)
	write := func() {
		raw, _ := json.Marshal(state)
		b.file("state.json", string(raw))
	}
	write()
	b.engine.Turns = 9
	b.engine.Now, b.tap.Now = emittest.Clock(), emittest.Clock()
	list, err := b.sync(singer.Command{State: "state.json", Activate: true})
	if n := count(list); err != nil || n["items"] == 0 || n["items"] >= count(first)["items"] || list[len(list)-1].Version != activated[list[len(list)-1].Stream] {
		t.Errorf("going on: %v %v", err, n)
	}
	if strings.Contains(lastState(list), "unheard_of") || !strings.Contains(b.log.String(), "unheard_of") {
		t.Error("a stale currently_syncing stays, or goes without a word")
	}
	var marks map[string]json.RawMessage
	_ = json.Unmarshal(state["bookmarks"], &marks)
	marks = maps.Clone(marks)
	delete(marks, "items")
	state["bookmarks"], _ = json.Marshal(marks)
	write()
	if list, err = b.sync(singer.Command{State: "state.json"}); err != nil || count(list)["items"] < count(first)["items"] {
		t.Errorf("a stream that was reset does not come again: %v %v", err, count(list))
	}
	b.file("full.json", `{"streams": [{"tap_stream_id": "items", "metadata": [{"breadcrumb": [], "metadata": {"selected": true, "replication-method": "FULL_TABLE"}}]}]}`)
	b.file("state.json", lastState(list))
	if list, err = b.sync(singer.Command{State: "state.json", Catalog: "full.json"}); err != nil || count(list)["items"] < count(first)["items"] {
		t.Errorf("a full table does not come again: %v %v", err, count(list))
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, do := range []func() error{
		func() error { return &connector.Refused{Msg: "no " + token} },
		func() error { panic("with " + token) },
	} {
		b.engine.Now, b.tap.Now = emittest.Clock(), emittest.Clock()
		b.engine.Before = func(turn int, _ connector.Config) error {
			if turn == 3 {
				return do()
			}
			return nil
		}
		if _, err := b.sync(singer.Command{}); err == nil || !strings.Contains(b.log.String(), "***") {
			t.Errorf("%v %s", err, &b.log)
		}
	}
	b.file("half.json", `{"auth_token": "`+token+`", "start`)
	b.file("empty.json", "")
	b.file("list.json", "[]")
	b.file("unknown.json", `{"streams": [{"tap_stream_id": "boords", "metadata": [{"breadcrumb": [], "metadata": {"selected": true}}]}]}`)
	b.file("foreign.json", `{"bookmarks": {"items": {"updated_at": "2024-01-01"}}}`)
	for _, c := range []struct {
		singer.Command
		want string
	}{
		{singer.Command{}, "--config is missing"},
		{singer.Command{Config: "half.json"}, "half.json is not the JSON it should be"},
		{singer.Command{Config: "config.json", Catalog: "half.json"}, "half.json is not the JSON it should be"},
		{singer.Command{Config: "config.json", Catalog: "empty.json"}, "chooses no stream"},
		{singer.Command{Config: "config.json", Catalog: "unknown.json"}, `there is no stream "boords"`},
		{singer.Command{Config: "config.json", State: "list.json"}, "list.json is not the JSON it should be"},
		{singer.Command{Config: "config.json", State: "foreign.json"}, "the state of stream items cannot be used"},
	} {
		if err := b.do(c.Command); err == nil || strings.Count(b.log.String(), "CRITICAL") != 1 || !strings.Contains(b.log.String(), c.want) {
			t.Errorf("%s: %v %s", c.want, err, &b.log)
		}
	}
}
