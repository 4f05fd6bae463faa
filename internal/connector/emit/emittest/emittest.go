// Package emittest is for the tests of the protocols: an engine that needs no service, and the check of
// messages against JSON Schemas.
package emittest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Stream is a stream by its name.
func Stream(name string) *connector.Stream {
	for _, s := range connector.Streams() {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// texts are what text fields are filled with: what could break a line, a quote or an encoding is among them.
var texts = []string{"plain", "two\nlines \"quoted\" \\ and\ttab", "Grüße, 你好 \u2028", "<b>&</b>", "not UTF-8: \xff", ""}

var blobs = []string{`{"a":[1,2,{"b":null}]}`, "[1,\n 2]", `"text"`, `1.5e3`, `true`}

// Row makes a row of a stream, its n-th in the turn-th reading, with a value or null in every field.
func Row(s *connector.Stream, n, turn int) connector.Row {
	row := make(connector.Row, len(s.Fields))
	for i, f := range s.Fields {
		k := n + turn + i
		switch {
		case slices.Contains(s.Key, f.Name):
			row[i] = fmt.Sprint(100 + n)
		case f.Name == "board_id" || f.Name == "item_id" || f.Name == "update_id":
			row[i] = fmt.Sprint(100 + n%3)
		case k%5 == 0:
		case f.Type == connector.Text:
			row[i] = texts[k%len(texts)]
		case f.Type == connector.Integer:
			row[i] = int64(k) << (k % 40)
		case f.Type == connector.Number:
			row[i] = float64(k) / 3
		case f.Type == connector.Boolean:
			row[i] = k%2 == 0
		case f.Type == connector.Date:
			row[i] = fmt.Sprintf("2026-02-%02d", 1+k%28)
		case f.Type == connector.Time:
			row[i] = time.Date(2026, 3, 1+k%28, 4, 5, 6, k*1000, time.UTC)
		case f.Type == connector.JSON:
			row[i] = json.RawMessage(blobs[k%len(blobs)])
		}
	}
	return row
}

// Engine writes Turns batches to a sink and goes on after the last that was kept. Rows come, change, go and
// come again.
type Engine struct {
	Turns int
	Now   func() time.Time

	Before func(turn int, cfg connector.Config) error // called before a turn; its error ends the run
	Report connector.Report                           // what Run returns, besides counts
}

// Run is a connector.Run.
func (e *Engine) Run(ctx context.Context, cfg connector.Config, sink connector.Sink, _ connector.Mode) (*connector.Report, error) {
	r := e.Report
	r.Counts, r.Outcome = connector.Counts{}, "failed"
	var list []*connector.Stream
	for _, s := range connector.Streams() {
		if slices.Contains(append(slices.Clone(cfg.Streams), "boards", "items"), s.Name) {
			list = append(list, s)
		}
	}
	if err := sink.Prepare(ctx, list); err != nil {
		return &r, err
	}
	turn := 0
	if raw, err := sink.Get(ctx, "turn"); err != nil {
		return &r, err
	} else if raw != nil {
		if err := json.Unmarshal(raw, &turn); err != nil {
			return &r, err
		}
	}
	for ; turn < e.Turns; turn++ {
		if e.Before != nil {
			if err := e.Before(turn, cfg); err != nil {
				return &r, err
			}
		}
		b := e.batch(turn, list)
		counts, err := sink.Commit(ctx, b)
		if err != nil {
			return &r, err
		}
		r.Counts.Add(counts)
	}
	r.Outcome = "complete"
	return &r, nil
}

func (e *Engine) batch(turn int, list []*connector.Stream) *connector.Batch {
	now := time.Now
	if e.Now != nil {
		now = e.Now
	}
	b := &connector.Batch{ReadAt: now().UTC().Truncate(time.Microsecond), Rows: map[*connector.Stream][]connector.Row{},
		Put: map[string]json.RawMessage{"turn": json.RawMessage(fmt.Sprint(turn + 1))}}
	for _, s := range list {
		for n := range 6 {
			if (n+turn)%4 != 0 {
				b.Rows[s] = append(b.Rows[s], Row(s, n, turn))
			}
		}
		if turn%3 == 2 {
			by := s.Key[0]
			b.Gone = append(b.Gone, connector.Gone{Stream: s, By: by, Values: []string{fmt.Sprint(100 + turn%6), fmt.Sprint(101 + turn%6)}})
		}
	}
	return b
}

// Clock is a clock that goes on at every look, so that a state is given out after every turn.
func Clock() func() time.Time {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Minute); return at }
}

// Schema compiles a JSON Schema. Formats are checked.
func Schema(t *testing.T, text []byte, ref string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("file:///schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("file:///schema.json" + ref)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Check checks a JSON text against a schema.
func Check(s *jsonschema.Schema, text []byte) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	return s.Validate(v)
}
