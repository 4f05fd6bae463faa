package sink

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// The streams of the tests: every type, keys of one and of two fields, with boards and without.
var (
	things = &connector.Stream{
		Name: "things", Key: []string{"id"}, Index: []string{"id", "board_id", "n", "x", "b", "d", "t", "j", "name"},
		Fields: []connector.Field{{Name: "id", Type: connector.Text}, {Name: "board_id", Type: connector.Text},
			{Name: "name", Type: connector.Text}, {Name: "n", Type: connector.Integer}, {Name: "x", Type: connector.Number},
			{Name: "b", Type: connector.Boolean}, {Name: "d", Type: connector.Date}, {Name: "t", Type: connector.Time},
			{Name: "j", Type: connector.JSON}},
	}
	parts = &connector.Stream{
		Name: "parts", Key: []string{"thing_id", "Part \"%s\""}, Index: []string{"thing_id", "Part \"%s\""},
		Fields: []connector.Field{{Name: "value", Type: connector.Text}, {Name: "thing_id", Type: connector.Text},
			{Name: "board_id", Type: connector.Text}, {Name: "Part \"%s\"", Type: connector.Text}},
	}
	select_ = &connector.Stream{ // a word of SQL
		Name: "select", Key: []string{"from"}, Index: []string{"from", "where"},
		Fields: []connector.Field{{Name: "from", Type: connector.Text}, {Name: "where", Type: connector.Text}},
	}
	testStreams = []*connector.Stream{things, parts, select_}
)

// A model does what the contract says, in memory and in the plainest way.
type model struct {
	rows  map[string]map[string]*modelRow // by stream, by key
	state map[string]string
}

type modelRow struct {
	values        connector.Row // clean
	first, synced time.Time
	deleted       time.Time
	stream        *connector.Stream
}

func newModel() *model {
	return &model{map[string]map[string]*modelRow{}, map[string]string{}}
}

func cleaned(s *connector.Stream, row connector.Row) connector.Row {
	out := make(connector.Row, len(row))
	for i, v := range row {
		c, err := clean(s.Fields[i].Type, v)
		if err != nil {
			panic(err)
		}
		out[i] = c
	}
	return out
}

func keyOf(s *connector.Stream, row connector.Row) string {
	var key []string
	for _, k := range s.Key {
		key = append(key, row[s.At(k)].(string))
	}
	return strings.Join(key, "\x00")
}

func (m *model) commit(b *connector.Batch) connector.Counts {
	counts := connector.Counts{}
	at := b.ReadAt.UTC().Truncate(time.Microsecond)
	for s, rows := range b.Rows {
		last := map[string]connector.Row{}
		for _, row := range rows {
			row = cleaned(s, row)
			last[keyOf(s, row)] = row
		}
		if m.rows[s.Name] == nil {
			m.rows[s.Name] = map[string]*modelRow{}
		}
		for key, row := range last {
			n := connector.Count{}
			have := m.rows[s.Name][key]
			switch {
			case have == nil:
				n.New++
				have = &modelRow{first: at, stream: s}
				m.rows[s.Name][key] = have
			case have.deleted.IsZero() && show(have.values) == show(row):
				n.Same++
			default:
				n.Changed++
			}
			have.values, have.synced, have.deleted = row, at, time.Time{}
			counts.Add(connector.Counts{s.Name: n})
		}
	}
	for _, g := range b.Gone {
		for _, row := range m.rows[g.Stream.Name] {
			if row.deleted.IsZero() && (g.By == "" || isIn(row.values[g.Stream.At(g.By)], g.Values)) &&
				(g.Before.IsZero() || row.synced.Before(g.Before.UTC().Truncate(time.Microsecond))) {
				row.deleted = at
				counts.Add(connector.Counts{g.Stream.Name: {Deleted: 1}})
			}
		}
	}
	for _, key := range b.Drop {
		delete(m.state, key)
	}
	for key, value := range b.Put {
		m.state[key] = string(value)
	}
	return counts
}

func isIn(v any, values []string) bool {
	s, ok := v.(string)
	return ok && slices.ContainsFunc(values, func(v string) bool { return cleanText(v) == s })
}

// dump is the model's rows as lines.
func (m *model) dump() (lines []string) {
	for name, rows := range m.rows {
		for _, row := range rows {
			lines = append(lines, line(name, row.values, row.first, row.synced, row.deleted))
		}
	}
	slices.Sort(lines)
	return lines
}

func (m *model) live(s *connector.Stream, fields []string, by string, values []string) (lines []string) {
	for _, row := range m.rows[s.Name] {
		if row.deleted.IsZero() && (by == "" || isIn(row.values[s.At(by)], values)) {
			var got connector.Row
			for _, f := range fields {
				got = append(got, row.values[s.At(f)])
			}
			lines = append(lines, show(got))
		}
	}
	slices.Sort(lines)
	return lines
}

func (m *model) count() map[string]connector.Rows {
	counts := map[string]connector.Rows{}
	for _, s := range testStreams {
		var n connector.Rows
		for _, row := range m.rows[s.Name] {
			if row.deleted.IsZero() {
				n.Live++
			} else {
				n.Deleted++
			}
		}
		counts[s.Name] = n
	}
	return counts
}

func line(name string, values connector.Row, first, synced, deleted time.Time) string {
	gone := ""
	if !deleted.IsZero() {
		gone = " deleted " + timeText(deleted)
	}
	return fmt.Sprintf("%s %s first %s synced %s%s", name, show(values), timeText(first), timeText(synced), gone)
}

// show writes values so that what is equal looks equal: JSON without regard to blanks and order.
func show(row connector.Row) string {
	var b strings.Builder
	for _, v := range row {
		switch v := v.(type) {
		case json.RawMessage:
			var x any
			if err := json.Unmarshal(v, &x); err != nil {
				panic(err)
			}
			text, _ := json.Marshal(x)
			fmt.Fprintf(&b, "%s|", text)
		case time.Time:
			fmt.Fprintf(&b, "%s|", timeText(v))
		default:
			fmt.Fprintf(&b, "%T %#v|", v, v)
		}
	}
	return b.String()
}

// A world makes random batches.
type world struct {
	*rand.Rand
	now time.Time
}

func newWorld(seed uint64) *world {
	return &world{rand.New(rand.NewPCG(seed, 1)), time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC)}
}

func pick[T any](w *world, of ...T) T { return of[w.IntN(len(of))] }

func (w *world) maybe(v any) any {
	if w.IntN(4) == 0 {
		return nil
	}
	return v
}

func (w *world) id() string    { return fmt.Sprint(1000 + w.IntN(40)) }
func (w *world) board() string { return pick(w, "7", "8", "9", "A b/\\..", "a b/\\..", "x'\"; --") }

func (w *world) row(s *connector.Stream) connector.Row {
	switch s {
	case things:
		return connector.Row{pick(w, w.id(), w.id(), w.id(), "", "0", "007", "7", "a\x00b", "\xff", "é", "É"), w.maybe(w.board()),
			w.maybe(pick(w, "", "x", "it's \"quoted\"", "a\nb\t\\N", "\x00", "bad \xc3\x28 bytes", "日本語 🎉", strings.Repeat("long ", 3000))),
			w.maybe(pick[int64](w, 0, 1, -1, 1<<62, -1<<63)), w.maybe(pick(w, 0, 1.5, -2.25e-300, 1e300, 0.1)), w.maybe(w.IntN(2) == 0),
			w.maybe(pick(w, "2024-02-29", "2023-02-29", "0001-01-01", "0000-12-31", "9999-12-31", "10000-01-01", "", "today", "2024-1-1")),
			w.maybe(pick(w, w.now, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
				time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
				time.Date(2024, 7, 1, 2, 3, 4, 5000, time.FixedZone("", 7200)))),
			w.maybe(json.RawMessage(pick(w, `{}`, `[1,2,{"a":"b\u0000c"}]`, `"text"`, `null`, `true`, `12`, `1e999999`, `{"a":{"b":1e-400}}`,
				`"\ud800"`, `"\udc00\ud83d\ude00\\u0000"`, "\"\x80\"", `{not json`, strings.Repeat("[", 900)+strings.Repeat("]", 900), ` { "b" : 1, "a" : [ ] } `))),
		}
	case parts:
		return connector.Row{w.maybe(pick(w, "v", "w")), w.id(), w.maybe(w.board()), pick(w, "status", "date", "text")}
	}
	return connector.Row{w.id(), w.maybe(w.id())}
}

// batch makes a batch. About half of its rows are of keys that came before.
func (w *world) batch() *connector.Batch {
	w.now = w.now.Add(time.Duration(w.IntN(3)) * 1500 * time.Nanosecond) // sometimes the same, sometimes within a microsecond
	b := &connector.Batch{ReadAt: w.now, Rows: map[*connector.Stream][]connector.Row{}, Put: map[string]json.RawMessage{}}
	for _, s := range testStreams {
		for range w.IntN(12) {
			row := w.row(s)
			b.Rows[s] = append(b.Rows[s], row)
			if w.IntN(5) == 0 {
				b.Rows[s] = append(b.Rows[s], w.row(s), row)
			}
		}
	}
	for range w.IntN(4) {
		s := pick(w, testStreams...)
		g := connector.Gone{Stream: s, By: pick(w, s.Index...)}
		if s.Fields[s.At(g.By)].Type != connector.Text {
			g.By = s.Key[0]
		}
		for range w.IntN(4) {
			g.Values = append(g.Values, pick(w, w.id(), w.board(), "status", "a\x00b"))
		}
		if w.IntN(12) == 0 {
			g.By, g.Values = "", nil
		}
		if w.IntN(2) == 0 {
			g.Before = pick(w, w.now, w.now.Add(-1000*time.Nanosecond), w.now.Add(time.Hour))
		}
		b.Gone = append(b.Gone, g)
	}
	for range w.IntN(3) {
		key := fmt.Sprintf("q:%d", w.IntN(20))
		if w.IntN(3) == 0 {
			b.Drop = append(b.Drop, key)
		}
		if w.IntN(3) > 0 {
			b.Put[key] = json.RawMessage(pick(w, `{ "a" : 1 }`, `"x"`, `[]`))
		}
	}
	return b
}

// row makes a row of some fields; the others are null.
func row(s *connector.Stream, values map[string]any) connector.Row {
	r := make(connector.Row, len(s.Fields))
	for name, v := range values {
		r[s.At(name)] = v
	}
	return r
}
