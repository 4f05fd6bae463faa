package emit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// TestLive: what is read back, and what is remembered, is that of the plain model, also after it went through
// a state.
func TestLive(t *testing.T) {
	t.Parallel()
	var all []string
	for _, s := range connector.Streams() {
		all = append(all, s.Name)
	}
	for seed := range uint64(20) {
		sc := newScript(seed)
		out := &tape{streams: all}
		s, err := open(t, all, emit.Given{}, out, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		want, keys := model{}, map[string]string{}
		clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for n := range 80 {
			clock = clock.Add(time.Second)
			b := at(sc.batch(), clock, n)
			want.commit(b)
			for _, k := range b.Drop {
				delete(keys, k)
			}
			for k, v := range b.Put {
				keys[k] = string(v)
			}
			if _, err := s.Commit(ctx, b); err != nil {
				t.Fatal(err)
			}
			if n%20 == 19 {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err = open(t, all, emit.Given{Streams: out.list[len(out.list)-1].state}, out, 1<<30); err != nil {
					t.Fatal(err)
				}
			}
			compareLive(t, s, want, fmt.Sprint(1+sc.r.IntN(4)))
			compareKeys(t, s, keys)
		}
	}
}

func compareLive(t *testing.T, s *emit.Sink, want model, board string) {
	t.Helper()
	for _, name := range []string{"boards", "items", "item_links", "updates", "assets", "columns", "team_members"} {
		st := stream(name)
		for _, by := range []string{"", "board_id", "id"} {
			if by != "" && (st.At(by) < 0 || !slices.Contains(st.Index, by) && by != "board_id") {
				continue
			}
			var got, rows []string
			err := s.Live(ctx, st, st.Index, by, []string{board, "103", board}, func(r connector.Row) error {
				got = append(got, fmt.Sprint(r))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range want[st] {
				var r connector.Row
				for _, f := range st.Index {
					r = append(r, k.row[st.At(f)])
				}
				if v, _ := k.row[max(0, st.At(by))].(string); !k.gone && (by == "" || v == board || v == "103") {
					rows = append(rows, fmt.Sprint(r))
				}
			}
			slices.Sort(got)
			slices.Sort(rows)
			if diff := cmp.Diff(rows, got); diff != "" {
				t.Fatalf("%s by %q: %s", name, by, diff)
			}
		}
	}
}

func compareKeys(t *testing.T, s *emit.Sink, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for after := ""; ; {
		list, err := s.Scan(ctx, "queue/", after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.Key <= after {
				t.Fatalf("%s comes after %s", e.Key, after)
			}
			after = e.Key
			got[e.Key] = string(e.Value)
		}
		if len(list) < 2 {
			break
		}
	}
	queued := maps.Clone(want)
	delete(queued, "next")
	if diff := cmp.Diff(queued, got); diff != "" {
		t.Fatal(diff)
	}
}

// failing is an output that breaks after some records.
type failing struct {
	tape
	left int
}

func (f *failing) Record(r *emit.Record) error {
	if f.left--; f.left < 0 {
		return errors.New("broken pipe")
	}
	return f.tape.Record(r)
}

// TestBroken: a batch that went out in part is in no state, and nothing goes out after it.
func TestBroken(t *testing.T) {
	t.Parallel()
	items := stream("items")
	batch := func(ids ...string) *connector.Batch {
		b := &connector.Batch{ReadAt: time.Now(), Rows: map[*connector.Stream][]connector.Row{}}
		for _, id := range ids {
			b.Rows[items] = append(b.Rows[items], row(items, map[string]any{"id": id}))
		}
		return b
	}
	out := &failing{tape: tape{streams: []string{"items"}}, left: 3}
	s, err := open(t, []string{"items"}, emit.Given{}, out, -1)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := s.Commit(ctx, batch("1", "2", "1"))
	if diff := cmp.Diff(connector.Counts{"items": {New: 2}}, counts); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	if _, err := s.Commit(ctx, batch("3", "4")); err == nil {
		t.Fatal("no error")
	}
	if _, err := s.Commit(ctx, batch("5")); err == nil {
		t.Fatal("no error after an error")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(out.list); n != 5 || out.list[n-1].key != "3" { // a state and two records, a state and one
		t.Errorf("%d messages: %v", n, out.list)
	}
}

// account is a sink with so many items of an invented account: a thousand boards, ids and times as the
// service gives them, over three years.
func account(tb testing.TB, items int) (*emit.Sink, *tape) {
	tb.Helper()
	st := stream("items")
	names := []string{"items"}
	out := &tape{streams: names}
	s, err := emit.New(emit.Config{Streams: names, Records: 100_000, Every: 1 << 62}, discard{out})
	if err == nil {
		err = s.Prepare(ctx, []*connector.Stream{st})
	}
	if err != nil {
		tb.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	const years = 3 * 365 * 24 * 3600
	begin := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
	boards := make([][]connector.Row, max(1, items/1000))
	for n := range items {
		made := time.Duration(float64(n) / float64(items) * years * float64(time.Second))
		board := r.IntN(len(boards))
		var parent any
		if r.IntN(10) == 0 {
			parent = fmt.Sprint(4_000_000_000 + n*6000)
		}
		boards[board] = append(boards[board], row(st, map[string]any{
			"id": fmt.Sprint(4_000_000_000 + n*6000 + r.IntN(6000)), "board_id": fmt.Sprint(3_900_000_000 + board*977_777), "parent_item_id": parent, "state": "active",
			"updated_at": begin.Add(made + time.Duration(r.ExpFloat64()*30*24*3600)*time.Second).Truncate(time.Second)}))
	}
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, rows := range boards {
		for page := range slices.Chunk(rows, 500) {
			clock = clock.Add(time.Duration(1e6+r.IntN(1e6)) * time.Microsecond)
			if _, err := s.Commit(ctx, &connector.Batch{ReadAt: clock, Rows: map[*connector.Stream][]connector.Row{st: page}}); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return s, out
}

// discard keeps states alone.
type discard struct{ *tape }

func (discard) Record(*emit.Record) error { return nil }

// TestStateSize holds the state of an account to what docs say of it.
func TestStateSize(t *testing.T) {
	t.Parallel()
	s, out := account(t, 20_000)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(out.list[len(out.list)-1].state["items"]) / 20_000; n > 12 {
		t.Errorf("%d bytes an item", n)
	}
}

// BenchmarkState tells bytes of state and of memory an item, and how long writing and reading it takes.
func BenchmarkState(b *testing.B) {
	for _, items := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(items), func(b *testing.B) {
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				s, out := account(b, items)
				runtime.GC()
				runtime.ReadMemStats(&after)
				began := time.Now()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				wrote := time.Since(began)
				state := out.list[len(out.list)-1].state
				began = time.Now()
				if _, err := open(&testing.T{}, []string{"items"}, emit.Given{Streams: map[string]json.RawMessage{"items": state["items"]}}, out, 1); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(state["items"]))/float64(items), "state-B/item")
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(items), "heap-B/item")
				b.ReportMetric(wrote.Seconds(), "write-s")
				b.ReportMetric(time.Since(began).Seconds(), "read-s")
				runtime.KeepAlive(s)
			}
		})
	}
}
