package emit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

var ctx = context.Background()

func stream(name string) *connector.Stream {
	for _, s := range connector.Streams() {
		if s.Name == name {
			return s
		}
	}
	panic(name)
}

func key(s *connector.Stream, row connector.Row) string {
	var k []string
	for _, f := range s.Key {
		k = append(k, row[s.At(f)].(string))
	}
	return strings.Join(k, "|")
}

// table is the plain model of the contract in sink.go.
type table map[string]*kept

type kept struct {
	row  connector.Row
	read time.Time
	gone bool
}

type model map[*connector.Stream]table

func (m model) commit(b *connector.Batch) {
	for s, rows := range b.Rows {
		if m[s] == nil {
			m[s] = table{}
		}
		for _, row := range rows {
			m[s][key(s, row)] = &kept{row: row, read: b.ReadAt}
		}
	}
	for _, g := range b.Gone {
		for _, k := range m[g.Stream] {
			v, _ := k.row[max(0, g.Stream.At(g.By))].(string)
			if !k.gone && (g.By == "" || slices.Contains(g.Values, v)) && (g.Before.IsZero() || k.read.Before(g.Before)) {
				k.gone = true
			}
		}
	}
}

// live are the rows that are there, as texts.
func (m model) live(s *connector.Stream) map[string]string {
	out := map[string]string{}
	for k, v := range m[s] {
		if !v.gone {
			out[k] = fmt.Sprint(v.row)
		}
	}
	return out
}

// copyOf is a destination of the protocols: it has only what was emitted.
type copyOf map[string]map[string]string

func (c copyOf) take(r *rec) {
	if c[r.stream] == nil {
		c[r.stream] = map[string]string{}
	}
	if r.gone {
		delete(c[r.stream], r.key)
	} else {
		c[r.stream][r.key] = r.row
	}
}

// rec is a record or a state that was emitted.
type rec struct {
	stream, key, row string
	gone             bool
	at               time.Time
	state            map[string]json.RawMessage
}

type tape struct {
	streams []string
	list    []rec
}

func (t *tape) Record(r *emit.Record) error {
	t.list = append(t.list, rec{stream: r.Stream.Name, key: key(r.Stream, r.Row), row: fmt.Sprint(r.Row), gone: !r.DeletedAt.IsZero(), at: r.SyncedAt})
	return nil
}

func (t *tape) State(c *emit.Checkpoint) error {
	states := map[string]json.RawMessage{}
	for _, s := range t.streams {
		states[s], _ = json.Marshal(c.Alone(s))
	}
	t.list = append(t.list, rec{state: states})
	return nil
}

// A script is a run of batches as the passes write them.
type script struct {
	r       *rand.Rand
	items   map[string]string // on which board
	columns map[string]map[string]bool
	next    int
}

func newScript(seed uint64) *script {
	return &script{r: rand.New(rand.NewPCG(seed, 1)), items: map[string]string{}, columns: map[string]map[string]bool{}, next: 100}
}

func row(s *connector.Stream, values map[string]any) connector.Row {
	r := make(connector.Row, len(s.Fields))
	for name, v := range values {
		r[s.At(name)] = v
	}
	return r
}

// batch is one of the things that the passes do. What is said of times is relative to the batch: step sets it.
func (s *script) batch() *connector.Batch {
	b := &connector.Batch{Rows: map[*connector.Stream][]connector.Row{}}
	switch n := s.r.IntN(20); {
	case n == 0 && len(s.columns) > 1:
		s.dropBoard(b)
	case n < 3 || len(s.columns) == 0:
		s.putBoard(b)
	case n < 6:
		s.dropItems(b)
	case n == 6:
		s.directory(b)
	default:
		s.putItems(b)
	}
	return b
}

func (s *script) some(n int) (ids []string) {
	all := slices.Sorted(maps.Keys(s.items))
	for range n {
		if len(all) > 0 {
			ids = append(ids, all[s.r.IntN(len(all))])
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (s *script) board() string {
	all := slices.Sorted(maps.Keys(s.columns))
	return all[s.r.IntN(len(all))]
}

func (s *script) directory(b *connector.Batch) {
	members := stream("team_members")
	for range s.r.IntN(4) {
		b.Rows[members] = append(b.Rows[members], row(members, map[string]any{"team_id": fmt.Sprint(s.r.IntN(3)), "user_id": fmt.Sprint(-s.r.IntN(4)), "role": "member"}))
	}
	b.Gone = append(b.Gone, connector.Gone{Stream: members, Before: thisBatch})
}

// thisBatch stands for the batch's ReadAt, which is not known yet.
var thisBatch = time.Unix(1, 0)

func (s *script) putBoard(b *connector.Batch) {
	id := fmt.Sprint(1 + s.r.IntN(4))
	boards, columns := stream("boards"), stream("columns")
	b.Rows[boards] = []connector.Row{row(boards, map[string]any{"id": id, "state": "active", "name": fmt.Sprint("b", s.r.IntN(9))})}
	s.columns[id] = map[string]bool{}
	for range 3 {
		c := string(rune('a' + s.r.IntN(5)))
		if !s.columns[id][c] {
			b.Rows[columns] = append(b.Rows[columns], row(columns, map[string]any{"board_id": id, "id": c}))
		}
		s.columns[id][c] = true
	}
	b.Gone = append(b.Gone, connector.Gone{Stream: columns, By: "board_id", Values: []string{id}, Before: thisBatch})
}

func (s *script) dropBoard(b *connector.Batch) {
	id := s.board()
	delete(s.columns, id)
	maps.DeleteFunc(s.items, func(_, board string) bool { return board == id })
	for _, st := range connector.Streams() {
		if st.Name == "boards" {
			b.Gone = append(b.Gone, connector.Gone{Stream: st, By: "id", Values: []string{id}})
		} else if st.At("board_id") >= 0 {
			b.Gone = append(b.Gone, connector.Gone{Stream: st, By: "board_id", Values: []string{id}})
		}
	}
}

var itemStreams = []string{"column_values", "item_links", "time_tracking", "assets"}

func (s *script) putItems(b *connector.Batch) {
	ids := s.some(s.r.IntN(3))
	for range s.r.IntN(3) {
		s.next += 1 + s.r.IntN(9)
		ids = append(ids, fmt.Sprint(s.next))
	}
	add := func(name string, values map[string]any) {
		st := stream(name)
		b.Rows[st] = append(b.Rows[st], row(st, values))
	}
	for _, id := range ids {
		board, known := s.items[id]
		if _, there := s.columns[board]; !known || !there || s.r.IntN(4) == 0 {
			board = s.board() // it moved, or is new
		}
		s.items[id] = board
		add("items", map[string]any{"id": id, "board_id": board, "state": "active", "updated_at": time.Unix(int64(s.r.IntN(1e6)), 0).UTC(), "name": fmt.Sprint(s.r.IntN(99))})
		for _, c := range slices.Sorted(maps.Keys(s.columns[board])) {
			add("column_values", map[string]any{"item_id": id, "board_id": board, "column_id": c, "text": fmt.Sprint(s.r.IntN(99))})
			if s.r.IntN(3) == 0 {
				add("assets", map[string]any{"id": fmt.Sprint(s.r.IntN(50)), "place": "item:" + id + ":" + c, "item_id": id, "board_id": board})
				add("item_links", map[string]any{"item_id": id, "column_id": c, "linked_item_id": fmt.Sprint(s.r.IntN(9)), "board_id": board})
			}
		}
		if s.r.IntN(2) == 0 {
			add("updates", map[string]any{"id": fmt.Sprint("9", s.r.IntN(60)), "item_id": id, "board_id": board, "updated_at": time.Unix(int64(s.r.IntN(1e6)), 0).UTC()})
		}
	}
	for _, name := range itemStreams {
		b.Gone = append(b.Gone, connector.Gone{Stream: stream(name), By: "item_id", Values: ids, Before: thisBatch})
	}
}

func (s *script) dropItems(b *connector.Batch) {
	ids := s.some(1 + s.r.IntN(3))
	for _, id := range ids {
		delete(s.items, id)
	}
	b.Gone = append(b.Gone, connector.Gone{Stream: stream("items"), By: "id", Values: ids})
	for _, name := range append(slices.Clone(itemStreams), "updates") {
		b.Gone = append(b.Gone, connector.Gone{Stream: stream(name), By: "item_id", Values: ids})
	}
}

// at gives a batch its time, and the place where the script goes on after it.
func at(b *connector.Batch, clock time.Time, next int) *connector.Batch {
	c := *b
	c.ReadAt = clock
	c.Gone = slices.Clone(b.Gone)
	for i := range c.Gone {
		if c.Gone[i].Before.Equal(thisBatch) {
			c.Gone[i].Before = clock
		}
	}
	c.Put = map[string]json.RawMessage{"next": json.RawMessage(fmt.Sprint(next)), fmt.Sprint("queue/", next): json.RawMessage("{}")}
	c.Drop = []string{fmt.Sprint("queue/", next-3)}
	return &c
}

func open(t *testing.T, streams []string, given emit.Given, out emit.Output, records int) (*emit.Sink, error) {
	t.Helper()
	s, err := emit.New(emit.Config{Streams: streams, State: given, Records: records, Every: time.Hour}, out)
	if err != nil {
		return nil, err
	}
	need := append(slices.Clone(streams), "boards", "items")
	var list []*connector.Stream
	for _, st := range connector.Streams() {
		if slices.Contains(need, st.Name) {
			list = append(list, st)
		}
	}
	return s, s.Prepare(ctx, list)
}

func place(t *testing.T, s *emit.Sink) (next int) {
	t.Helper()
	raw, err := s.Get(ctx, "next")
	if err != nil {
		t.Fatal(err)
	}
	if raw != nil {
		_ = json.Unmarshal(raw, &next)
	}
	return next
}

// TestModel: what is emitted makes the same tables as the contract's plain model; and whoever loses a part of
// it, each stream another one, and gives back the states that were not lost, ends with the same tables.
func TestModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		run(t, seed)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func run(t *testing.T, seed uint64) {
	sc := newScript(seed)
	var batches []*connector.Batch
	for range 60 {
		batches = append(batches, sc.batch())
	}
	var streams []string
	for _, s := range connector.Streams() {
		if seed%3 == 0 || sc.r.IntN(2) == 0 {
			streams = append(streams, s.Name)
		}
	}
	if len(streams) == 0 {
		return
	}
	have, given := copyOf{}, emit.Given{}
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for attempt := 0; ; attempt++ {
		out := &tape{streams: streams}
		s, err := open(t, streams, given, out, sc.r.IntN(30)-1)
		if err != nil {
			t.Fatal(err)
		}
		for n := place(t, s); n < len(batches); n++ {
			clock = clock.Add(time.Duration(1+sc.r.IntN(3)) * time.Microsecond)
			if err := commit(ctx, s, at(batches[n], clock, n+1)); err != nil {
				t.Fatal(err)
			}
		}
		last := attempt >= 3
		if last || sc.r.IntN(2) == 0 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if last {
			for i := range out.list {
				have.take(&out.list[i])
			}
			break
		}
		given = lose(sc.r, out.list, have, streams, given)
	}
	want := model{}
	for n, b := range batches {
		want.commit(at(b, clock.Add(time.Duration(n)*time.Second), n+1))
	}
	for _, name := range streams {
		got := have[name]
		if got == nil {
			got = map[string]string{}
		}
		if diff := cmp.Diff(want.live(stream(name)), got); diff != "" {
			t.Errorf("seed %d: %s (-want +got):\n%s", seed, name, diff)
		}
	}
}

// commit leaves out what is of streams that the sink was not prepared for, as the passes do.
func commit(ctx context.Context, s *emit.Sink, b *connector.Batch) error {
	b.Rows = maps.Clone(b.Rows)
	maps.DeleteFunc(b.Rows, func(st *connector.Stream, _ []connector.Row) bool { return !s.Prepared(st) })
	b.Gone = slices.DeleteFunc(slices.Clone(b.Gone), func(g connector.Gone) bool { return !s.Prepared(g.Stream) })
	_, err := s.Commit(ctx, b)
	return err
}

// lose plays a destination that was killed: of every stream it has the records up to somewhere, and one of
// the states that these records reach.
func lose(r *rand.Rand, list []rec, have copyOf, streams []string, given emit.Given) emit.Given {
	next := emit.Given{Streams: maps.Clone(given.Streams)}
	if next.Streams == nil {
		next.Streams = map[string]json.RawMessage{}
	}
	even := r.IntN(2) == 0
	cut := r.IntN(len(list) + 1)
	for _, name := range streams {
		if !even {
			cut = r.IntN(len(list) + 1)
		}
		for i := range list[:cut] {
			switch e := &list[i]; {
			case e.state != nil:
				next.Streams[name] = e.state[name]
			case e.stream == name:
				have.take(e)
			}
		}
		if next.Streams[name] == nil {
			delete(have, name) // no state is a reset, and a reset empties the table
		}
	}
	return next
}
