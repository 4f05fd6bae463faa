package emit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// An origin is what a source has, at some moment, and changes.
type origin struct {
	r     *rand.Rand
	items map[string]originItem
	next  int
}

type originItem struct {
	board   string
	version int
	columns []string
}

func (o *origin) change() {
	for range 1 + o.r.IntN(8) {
		ids := slices.Sorted(maps.Keys(o.items))
		if n := o.r.IntN(6); n < 2 || len(ids) == 0 {
			o.next++
			o.items[fmt.Sprint(o.next)] = o.item(1)
		} else if id := ids[o.r.IntN(len(ids))]; n < 4 {
			delete(o.items, id)
		} else {
			o.items[id] = o.item(o.items[id].version + 1)
		}
	}
}

func (o *origin) item(version int) originItem {
	it := originItem{board: fmt.Sprint(1 + o.r.IntN(3)), version: version}
	for _, c := range []string{"a", "b", "c", "d"} {
		if o.r.IntN(2) == 0 {
			it.columns = append(it.columns, c)
		}
	}
	return it
}

var lostStreams = []string{"items", "column_values", "item_links"}

// pass brings a sink up to date as the passes do: what it has and the origin has not is gone; what is
// remembered to have been written, as it is, is not written again.
func (o *origin) pass(t *testing.T, s *emit.Sink, clock func() time.Time) {
	t.Helper()
	items := stream("items")
	var gone []string
	if err := s.Live(ctx, items, []string{"id"}, "", nil, func(r connector.Row) error {
		if _, ok := o.items[r[0].(string)]; !ok {
			gone = append(gone, r[0].(string))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	commit := func(b *connector.Batch) {
		if b.ReadAt.IsZero() {
			b.ReadAt = clock()
		}
		if _, err := s.Commit(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	for part := range slices.Chunk(gone, 2) {
		b := &connector.Batch{}
		for _, name := range lostStreams {
			by := "item_id"
			if name == "items" {
				by = "id"
			}
			b.Gone = append(b.Gone, connector.Gone{Stream: stream(name), By: by, Values: part})
		}
		for _, id := range part {
			b.Drop = append(b.Drop, "done/"+id)
		}
		commit(b)
	}
	var due []string
	for _, id := range slices.Sorted(maps.Keys(o.items)) {
		var version int
		raw, _ := s.Get(ctx, "done/"+id)
		if raw != nil {
			_ = json.Unmarshal(raw, &version)
		}
		if version != o.items[id].version {
			due = append(due, id)
		}
	}
	for part := range slices.Chunk(due, 3) {
		at := clock()
		b := &connector.Batch{ReadAt: at, Rows: map[*connector.Stream][]connector.Row{}, Put: map[string]json.RawMessage{}}
		for _, id := range part {
			for st, rows := range o.rows(id) {
				b.Rows[st] = append(b.Rows[st], rows...)
			}
			b.Put["done/"+id] = json.RawMessage(fmt.Sprint(o.items[id].version))
		}
		for _, name := range lostStreams[1:] {
			b.Gone = append(b.Gone, connector.Gone{Stream: stream(name), By: "item_id", Values: part, Before: at})
		}
		commit(b)
	}
}

func (o *origin) rows(id string) map[*connector.Stream][]connector.Row {
	it := o.items[id]
	items, values, links := stream("items"), stream("column_values"), stream("item_links")
	out := map[*connector.Stream][]connector.Row{items: {row(items, map[string]any{"id": id, "board_id": it.board, "state": "active", "name": fmt.Sprint(it.version)})}}
	for _, c := range it.columns {
		out[values] = append(out[values], row(values, map[string]any{"item_id": id, "board_id": it.board, "column_id": c, "text": fmt.Sprint(it.version)}))
		if it.version%2 == 0 {
			out[links] = append(out[links], row(links, map[string]any{"item_id": id, "column_id": c, "linked_item_id": "7", "board_id": it.board}))
		}
	}
	return out
}

// TestLost: a run is killed anywhere, and before the next the source is another: rows that came after the
// last state are deleted there, moved, changed. In the end the tables are the source's all the same, also
// when each stream was cut elsewhere, and the clock went back.
func TestLost(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		o := &origin{r: rand.New(rand.NewPCG(seed, 3)), items: map[string]originItem{}, next: 100}
		have, given := copyOf{}, emit.Given{}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		clock := func() time.Time { now = now.Add(time.Duration(1+o.r.IntN(3)) * time.Microsecond); return now }
		const runs = 8
		for n := range runs {
			o.change()
			if o.r.IntN(4) == 0 {
				now = now.Add(-time.Duration(o.r.IntN(50)) * time.Microsecond)
			}
			out := &tape{streams: lostStreams}
			s, err := open(t, lostStreams, given, out, o.r.IntN(12)-1)
			if err != nil {
				t.Fatal(err)
			}
			o.pass(t, s, clock)
			if n == runs-1 || o.r.IntN(2) == 0 {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if n == runs-1 {
				for i := range out.list {
					have.take(&out.list[i])
				}
				break
			}
			given = lose(o.r, out.list, have, lostStreams, given)
		}
		want := copyOf{}
		for _, name := range lostStreams {
			want[name] = map[string]string{}
			if have[name] == nil {
				have[name] = map[string]string{}
			}
		}
		for id := range o.items {
			for st, rows := range o.rows(id) {
				for _, r := range rows {
					want[st.Name][key(st, r)] = fmt.Sprint(r)
				}
			}
		}
		delete(have, "") // states
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}
