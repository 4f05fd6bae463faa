package airbyte_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/airbyte"
	"github.com/lunedi-dev/lunedi/internal/connector/emit/emittest"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const token = "s3cr3t-token-of-an-admin"

// message is a message as a platform reads it.
type message struct {
	Type   string
	Record struct {
		Stream string
		Data   json.RawMessage
	}
	State struct {
		Stream struct {
			Descriptor struct{ Name string } `json:"stream_descriptor"`
			State      json.RawMessage       `json:"stream_state"`
		}
		Stats struct{ RecordCount json.Number } `json:"sourceStats"`
	}
	Trace struct {
		Type   string
		Status struct {
			Descriptor struct{ Name string } `json:"stream_descriptor"`
			Status     string
			Reasons    []struct{ Type string }
		} `json:"stream_status"`
		Error struct {
			Message string
			Failure string `json:"failure_type"`
		}
		Estimate struct {
			Name string
			Rows int64 `json:"row_estimate"`
		}
	}
	Log     struct{ Level, Message string }
	Catalog struct {
		Streams []struct {
			Name   string
			Schema json.RawMessage `json:"json_schema"`
		}
	}
	Connection struct{ Status, Message string } `json:"connectionStatus"`
	Spec       struct {
		Configuration json.RawMessage `json:"connectionSpecification"`
	}
	raw string
}

// bench is a folder with files, and a source.
type bench struct {
	t      *testing.T
	dir    string
	schema *jsonschema.Schema
	source airbyte.Source
	engine *emittest.Engine
}

func newBench(t *testing.T) *bench {
	t.Helper()
	text, err := os.ReadFile("testdata/protocol.json")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: t.TempDir(), schema: emittest.Schema(t, text, ""), engine: &emittest.Engine{Turns: 8, Now: emittest.Clock()}}
	b.source = airbyte.Source{
		Now: emittest.Clock(),
		Run: func(ctx context.Context, cfg connector.Config, s connector.Sink, m connector.Mode) (*connector.Report, error) {
			return b.engine.Run(ctx, cfg, s, m)
		},
		Check: func(_ context.Context, cfg connector.Config) (*connector.Account, error) {
			return &connector.Account{Name: "Fernweh", UserName: "Ada", Boards: 3}, nil
		},
	}
	b.file("config.json", `{"auth_token": "`+token+`", "start_date": "2024-01-01"}`)
	b.file("catalog.json", configured(names(), "incremental"))
	return b
}

func names() (list []string) {
	for _, s := range connector.Streams() {
		list = append(list, s.Name)
	}
	return list
}

func configured(names []string, mode string) string {
	var list []string
	for _, n := range names {
		list = append(list, fmt.Sprintf(`{"stream": {"name": %q, "json_schema": {}, "supported_sync_modes": ["incremental"]}, "sync_mode": %q, "destination_sync_mode": "append_dedup"}`, n, mode))
	}
	return `{"streams": [` + strings.Join(list, ",") + `]}`
}

func (b *bench) file(name, text string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bench) path(name string) string {
	if name == "" {
		return ""
	}
	return filepath.Join(b.dir, name)
}

// do does a command; whatever it is, every line must be a message of the protocol and none tells the token.
func (b *bench) do(name, config, catalog, state string) ([]message, error) {
	b.t.Helper()
	var out bytes.Buffer
	src := b.source
	src.Out = &out
	err := src.Do(context.Background(), airbyte.Command{Name: name, Config: b.path(config), Catalog: b.path(catalog), State: b.path(state)})
	var list []message
	if text := out.String(); text != "" && !strings.HasSuffix(text, "\n") {
		b.t.Errorf("the last line has no end: %.100q", text[max(0, len(text)-100):])
	}
	for line := range strings.Lines(out.String()) {
		if e := emittest.Check(b.schema, []byte(line)); e != nil {
			b.t.Fatalf("%.300s\n%v", line, e)
		}
		if strings.Contains(line, token) {
			b.t.Errorf("the token is told: %s", line)
		}
		m := message{raw: line}
		if e := json.Unmarshal([]byte(line), &m); e != nil {
			b.t.Fatalf("%s: %v", line, e)
		}
		list = append(list, m)
	}
	switch {
	case err != nil && !errors.Is(err, airbyte.ErrSaid):
		b.t.Errorf("an error that was not told: %v", err)
	case err != nil && (len(list) == 0 || list[len(list)-1].Trace.Type != "ERROR"):
		b.t.Errorf("a failure whose last message is no error")
	}
	return list, err
}

func TestSpec(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	list, err := b.do("spec", "", "", "")
	if err != nil || len(list) != 1 {
		t.Fatal(err, list)
	}
	spec := emittest.Schema(t, list[0].Spec.Configuration, "")
	for config, good := range map[string]bool{
		`{"auth_token": "x", "start_date": "2024-01-01"}`:                                            true,
		`{"auth_token": "x", "start_date": "2024-01-01T00:00:00Z", "board_ids": ["1"], "other": {}}`: true,
		`{"auth_token": "x"}`:                                              false,
		`{"auth_token": "x", "start_date": "yesterday"}`:                   false,
		`{"auth_token": "x", "start_date": "2024-01-01", "call_share": 2}`: false,
	} {
		if err := emittest.Check(spec, []byte(config)); (err == nil) != good {
			t.Errorf("%s: %v", config, err)
		}
	}
	if !strings.Contains(list[0].raw, `"auth_token":{"airbyte_secret":true`) {
		t.Error("the token is not marked as a secret")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.file("alias.json", `{"credentials": {"auth_type": "api_token", "api_token": "`+token+`"}, "start_date": "2024-01-01"}`)
	for _, config := range []string{"config.json", "alias.json"} {
		list, err := b.do("check", config, "", "")
		if err != nil || list[len(list)-1].Connection.Status != "SUCCEEDED" {
			t.Errorf("%s: %v %v", config, err, list)
		}
	}
	b.source.Check = func(context.Context, connector.Config) (*connector.Account, error) {
		return nil, &connector.Refused{Field: "auth_token", Code: "unauthorized", Msg: "the token " + token + " is not valid"}
	}
	list, err := b.do("check", "config.json", "", "")
	if last := list[len(list)-1].Connection; err != nil || last.Status != "FAILED" || last.Message != "the token *** is not valid" {
		t.Errorf("%v %+v", err, last)
	}
	for text, want := range map[string]string{
		`{}`: "auth_token is missing; start_date is missing",
		`{"auth_token": "` + token + `", "start_date": "soon"}`:                                                    `start_date: "soon" is not a date`,
		`{"auth_token": 5, "start_date": "2024-01-01"}`:                                                            "auth_token is no text",
		`{"auth_token": "x", "start_date": "2024-01-01", "board_ids": ["a"], "call_share": 3, "endpoint": "host"}`: `endpoint is no address like https://api.example.com/v2; board_ids "a" is no id of a board; call_share is not between 0.01 and 1`,
	} {
		b.file("wrong.json", text)
		list, err := b.do("check", "wrong.json", "", "")
		if last := list[len(list)-1].Connection; err != nil || last.Status != "FAILED" || !strings.Contains(last.Message, want) {
			t.Errorf("%s: %v %+v", text, err, last)
		}
	}
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	list, err := b.do("discover", "config.json", "", "")
	if err != nil || len(list) != 1 || len(list[0].Catalog.Streams) != len(connector.Streams()) {
		t.Fatal(err, len(list))
	}
	b.source.Check = func(context.Context, connector.Config) (*connector.Account, error) {
		return &connector.Account{Unread: []string{"updates", "teams"}}, nil
	}
	if list, err = b.do("discover", "config.json", "", ""); err != nil {
		t.Fatal(err)
	}
	var have, warned []string
	for _, m := range list {
		if m.Log.Level == "WARN" {
			warned = append(warned, strings.Fields(m.Log.Message)[2])
		}
		for _, s := range m.Catalog.Streams {
			have = append(have, s.Name)
		}
	}
	if diff := cmp.Diff([]string{"teams", "team_members", "updates", "replies"}, warned); diff != "" || len(have)+len(warned) != len(connector.Streams()) {
		t.Error(diff, have)
	}
}

// tables are what a destination makes of records.
type tables map[string]map[string]string

func (tb tables) take(m *message) {
	s := emittest.Stream(m.Record.Stream)
	var data map[string]any
	_ = json.Unmarshal(m.Record.Data, &data)
	var key []string
	for _, k := range s.Key {
		key = append(key, fmt.Sprint(data[k]))
	}
	if tb[s.Name] == nil {
		tb[s.Name] = map[string]string{}
	}
	gone := data["_deleted_at"] != nil
	delete(data, "_synced_at")
	text, _ := json.Marshal(data)
	if id := strings.Join(key, "|"); gone {
		delete(tb[s.Name], id)
	} else {
		tb[s.Name][id] = string(text)
	}
}

// TestRead: every record is one of its stream's schema, every stream goes through its statuses, the counts of
// the states are those of the records.
func TestRead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.engine.Before = func(turn int, cfg connector.Config) error {
		cfg.Log.Warn("careful", "token", token)
		cfg.Progress(connector.Progress{Pass: "backfill", Board: fmt.Sprint(turn), Total: 40})
		cfg.Progress(connector.Progress{Until: time.Now().Add(time.Minute)})
		return nil
	}
	found, err := b.do("discover", "config.json", "", "")
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]*jsonschema.Schema{}
	for _, s := range found[0].Catalog.Streams {
		schemas[s.Name] = emittest.Schema(t, s.Schema, "")
	}
	list, err := b.do("read", "config.json", "catalog.json", "")
	if err != nil {
		t.Fatal(err, list[len(list)-1])
	}
	statuses, counted, records := map[string][]string{}, map[string]int{}, map[string]int{}
	estimated, gone := int64(0), map[string]bool{}
	for _, m := range list {
		switch {
		case m.Type == "RECORD":
			name := m.Record.Stream
			records[name]++
			if err := emittest.Check(schemas[name], m.Record.Data); err != nil {
				t.Errorf("%s: %v in %s", name, err, m.Record.Data)
			}
			gone[name] = gone[name] || !strings.Contains(string(m.Record.Data), `"_deleted_at":null`)
		case m.Type == "STATE":
			n, err := m.State.Stats.RecordCount.Float64()
			if err != nil || !strings.Contains(m.State.Stats.RecordCount.String(), ".") {
				t.Errorf("recordCount %s", m.State.Stats.RecordCount)
			}
			counted[m.State.Stream.Descriptor.Name] += int(n)
		case m.Trace.Type == "STREAM_STATUS":
			word := m.Trace.Status.Status
			for _, r := range m.Trace.Status.Reasons {
				word += " " + r.Type
			}
			if have := statuses[m.Trace.Status.Descriptor.Name]; !slices.Contains(have, word) {
				statuses[m.Trace.Status.Descriptor.Name] = append(have, word)
			}
		case m.Trace.Type == "ESTIMATE":
			estimated = m.Trace.Estimate.Rows
		}
	}
	if diff := cmp.Diff(records, counted); diff != "" {
		t.Errorf("records, and those that states tell of: %s", diff)
	}
	for _, name := range names() {
		if records[name] == 0 || !gone[name] {
			t.Errorf("%s: %d records, gone: %v", name, records[name], gone[name])
		}
		if diff := cmp.Diff([]string{"STARTED", "RUNNING", "RUNNING RATE_LIMITED", "COMPLETE"}, statuses[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if estimated == 0 {
		t.Error("nothing was estimated")
	}
}

// TestResume: killed after any message and started again with the states there were, the same tables come of
// it.
func TestResume(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	whole, err := b.do("read", "config.json", "catalog.json", "")
	if err != nil {
		t.Fatal(err)
	}
	want := tables{}
	for i := range whole {
		if whole[i].Type == "RECORD" {
			want.take(&whole[i])
		}
	}
	if n := strings.Count(fmt.Sprint(whole), `"type":"STATE"`) / len(names()); n < 4 {
		t.Fatalf("only %d states to go on from", n)
	}
	for cut := 0; cut < len(whole); cut += 1 + len(whole)/12 {
		b.engine.Now = emittest.Clock()
		b.source.Now = emittest.Clock()
		have, states := tables{}, map[string]json.RawMessage{}
		for i := range whole[:cut] {
			switch m := &whole[i]; m.Type {
			case "RECORD":
				have.take(m)
			case "STATE":
				states[m.State.Stream.Descriptor.Name] = m.State.Stream.State
			}
		}
		for _, form := range []func(map[string]json.RawMessage) string{asArray, asLegacy, asGlobal} {
			b.file("state.json", form(states))
			rest, err := b.do("read", "config.json", "catalog.json", "state.json")
			if err != nil {
				t.Fatal(err, rest[len(rest)-1])
			}
			got := tables{}
			for s, m := range have {
				got[s] = map[string]string{}
				for k, v := range m {
					got[s][k] = v
				}
			}
			for i := range rest {
				if rest[i].Type == "RECORD" {
					got.take(&rest[i])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("cut after %d of %d: %s", cut, len(whole), diff)
			}
		}
	}
}

func asArray(states map[string]json.RawMessage) string {
	list := []string{}
	for name, s := range states {
		list = append(list, fmt.Sprintf(`{"type": "STREAM", "stream": {"stream_descriptor": {"name": %q}, "stream_state": %s}}`, name, s))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func asLegacy(states map[string]json.RawMessage) string {
	if len(states) == 0 {
		return ""
	}
	raw, _ := json.Marshal(states)
	return string(raw)
}

func asGlobal(states map[string]json.RawMessage) string {
	list := []string{}
	for name, s := range states {
		list = append(list, fmt.Sprintf(`{"stream_descriptor": {"name": %q}, "stream_state": %s}`, name, s))
	}
	return `[{"type": "GLOBAL", "global": {"stream_states": [` + strings.Join(list, ",") + `]}}]`
}

func lastStates(list []message) map[string]json.RawMessage {
	states := map[string]json.RawMessage{}
	for _, m := range list {
		if m.Type == "STATE" {
			states[m.State.Stream.Descriptor.Name] = m.State.Stream.State
		}
	}
	return states
}

func count(list []message) map[string]int {
	n := map[string]int{}
	for _, m := range list {
		if m.Type == "RECORD" {
			n[m.Record.Stream]++
		}
	}
	return n
}

// TestReset: nothing comes twice after a complete run, and a stream without state comes again whole; one of
// an older generation, too.
func TestReset(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, err := b.do("read", "config.json", "catalog.json", "")
	if err != nil {
		t.Fatal(err)
	}
	states := lastStates(first)
	b.file("state.json", asArray(states))
	again, err := b.do("read", "config.json", "catalog.json", "state.json")
	if n := count(again); err != nil || len(n) > 0 {
		t.Errorf("read again without need: %v %v", n, err)
	}
	if !slices.ContainsFunc(again, func(m message) bool { return strings.HasPrefix(m.Log.Message, "nothing new") }) {
		t.Error("that there was nothing new is not said")
	}
	for _, name := range []string{"items", "column_values", "updates"} {
		one := map[string]json.RawMessage{}
		for k, v := range states {
			one[k] = v
		}
		one[name] = json.RawMessage("{}")
		b.file("state.json", asArray(one))
		list, err := b.do("read", "config.json", "catalog.json", "state.json")
		if want := count(first)[name]; err != nil || count(list)[name] < want {
			t.Errorf("%s: %d records of %d: %v", name, count(list)[name], want, err)
		}
	}
	b.file("state.json", asArray(states))
	b.file("catalog.json", strings.ReplaceAll(configured(names(), "full_refresh"), `"full_refresh"`, `"full_refresh", "generation_id": 3, "minimum_generation_id": 3`))
	list, err := b.do("read", "config.json", "catalog.json", "")
	if err != nil {
		t.Fatal(err)
	}
	b.file("state.json", asArray(lastStates(list)))
	if list, err = b.do("read", "config.json", "catalog.json", "state.json"); err != nil || len(count(list)) > 0 {
		t.Errorf("the same generation is read twice: %v %v", err, count(list))
	}
	b.file("catalog.json", strings.ReplaceAll(configured(names(), "full_refresh"), `"full_refresh"`, `"full_refresh", "generation_id": 4, "minimum_generation_id": 4`))
	if list, err = b.do("read", "config.json", "catalog.json", "state.json"); err != nil || len(count(list)) != len(names()) {
		t.Errorf("a new generation is not read: %v %v", err, count(list))
	}
}

// TestFailures: what the error is called, and how the streams end.
func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		panic bool
		until time.Time
		kind  string
		end   string
	}{
		"refused":  {err: &connector.Refused{Msg: "no " + token}, kind: "config_error", end: "INCOMPLETE"},
		"limited":  {err: errors.New("used up"), until: time.Now().Add(time.Hour), kind: "transient_error", end: "INCOMPLETE RATE_LIMITED"},
		"stopped":  {err: context.Canceled, kind: "transient_error", end: "INCOMPLETE"},
		"unknown":  {err: errors.New("something " + token), kind: "system_error", end: "INCOMPLETE"},
		"panicked": {panic: true, kind: "system_error", end: "INCOMPLETE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.engine.Report.Until = c.until
			b.engine.Before = func(turn int, cfg connector.Config) error {
				if turn == 3 && c.panic {
					panic("with " + token)
				}
				if turn == 3 {
					return c.err
				}
				return nil
			}
			list, err := b.do("read", "config.json", "catalog.json", "")
			if err == nil {
				t.Fatal("no error")
			}
			if got := list[len(list)-1].Trace.Error.Failure; got != c.kind {
				t.Errorf("%s", got)
			}
			end := ""
			for _, m := range list {
				if m.Trace.Status.Descriptor.Name == "items" {
					if end = m.Trace.Status.Status; len(m.Trace.Status.Reasons) > 0 {
						end += " " + m.Trace.Status.Reasons[0].Type
					}
				}
			}
			if end != c.end {
				t.Errorf("items end %s", end)
			}
			if !c.panic && len(lastStates(list)) != len(names()) {
				t.Error("what was read is not in the state")
			}
		})
	}
}

// TestBrokenFiles: one clear error each.
func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.file("half.json", `{"auth_token": "`+token+`", "start`)
	b.file("list.json", `[1]`)
	b.file("nostreams.json", `{"streams": []}`)
	b.file("unknown.json", configured([]string{"items", "boords"}, "incremental"))
	b.file("mode.json", configured([]string{"items"}, "sometimes"))
	b.file("empty.json", "")
	b.file("foreign.json", `[{"type": "STREAM", "stream": {"stream_descriptor": {"name": "items"}, "stream_state": {"updated_at": "2024-01-01"}}}]`)
	b.file("newer.json", `{"items": {"v": 99}}`)
	b.file("cut.json", `{"items": {"v": 1, "run": "A", "seq": 1, "index": "AAAA", "shared": {"v": 1, "memory": "AAAA"}}}`)
	b.file("odd.json", `[{"type": "SOMETIMES"}]`)
	for _, c := range []struct{ config, catalog, state, want string }{
		{"", "catalog.json", "", "--config is missing"},
		{"none.json", "catalog.json", "", "--config: open"},
		{"half.json", "catalog.json", "", "half.json is not the JSON it should be"},
		{"list.json", "catalog.json", "", "list.json is not the JSON it should be"},
		{"empty.json", "catalog.json", "", "holds no JSON object"},
		{"config.json", "", "", "--catalog is missing"},
		{"config.json", "half.json", "", "half.json is not the JSON it should be"},
		{"config.json", "nostreams.json", "", "names no stream"},
		{"config.json", "unknown.json", "", "there is no stream boords"},
		{"config.json", "mode.json", "", `there is no sync_mode "sometimes"`},
		{"config.json", "catalog.json", "half.json", "half.json is not the JSON it should be"},
		{"config.json", "catalog.json", "list.json", "neither an object nor an array"},
		{"config.json", "catalog.json", "foreign.json", "the state of stream items cannot be used: it is not one of this program's"},
		{"config.json", "catalog.json", "newer.json", "it is of version 99"},
		{"config.json", "catalog.json", "cut.json", "the state of stream items cannot be used: it is not whole"},
		{"config.json", "catalog.json", "odd.json", `there is no type of state "SOMETIMES"`},
	} {
		list, err := b.do("read", c.config, c.catalog, c.state)
		var errs []string
		for _, m := range list {
			if m.Trace.Type == "ERROR" {
				errs = append(errs, m.Trace.Error.Failure+" "+m.Trace.Error.Message)
			}
		}
		if err == nil || len(errs) != 1 || !strings.HasPrefix(errs[0], "config_error") || !strings.Contains(errs[0], c.want) {
			t.Errorf("%s %s %s: %v %q", c.config, c.catalog, c.state, err, errs)
		}
	}
	if _, err := b.do("read", "config.json", "catalog.json", "empty.json"); err != nil {
		t.Error("an empty state file is no state: ", err)
	}
	if _, err := b.do("write", "config.json", "", ""); err == nil {
		t.Error("a command that is not there")
	}
}
