package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

func TestMain(m *testing.M) {
	if dest := os.Getenv(killMe); dest != "" {
		writeUntilKilled(dest)
	}
	pgtest.Main(m)
}

// A kind is a kind of destination that the contract is held against.
type kind struct {
	name string
	dest func(t testing.TB) string
}

var kinds = []kind{
	{"sqlite", func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "a b?#%.db") }},
	{"parquet", func(t testing.TB) string { return "parquet:" + filepath.Join(t.TempDir(), "new", "dir") }},
	{"jsonl", func(t testing.TB) string { return "jsonl:" + t.TempDir() }},
	{"postgres", func(t testing.TB) string { return pgtest.Start(t) }},
}

// rounds is n, or fewer under the race detector: it makes SQLite, which is C translated to Go, thirty times
// slower, and there is little for it to find in it.
func rounds(n int) int {
	if raced {
		return max(1, n/10)
	}
	return n
}

func each(t *testing.T, test func(t *testing.T, dest string)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k.dest(t))
		})
	}
}

func mustOpen(t testing.TB, dest string) connector.Sink {
	t.Helper()
	s, err := Open(t.Context(), dest)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// prepared opens a destination with the streams of the tests.
func prepared(t testing.TB, dest string) connector.Sink {
	t.Helper()
	s := mustOpen(t, dest)
	must(t, s.Prepare(t.Context(), testStreams))
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func commit(t testing.TB, s connector.Sink, b *connector.Batch) connector.Counts {
	t.Helper()
	n, err := s.Commit(t.Context(), b)
	must(t, err)
	return n
}

func fieldTypes(fields []connector.Field) (types []connector.Type) {
	for _, f := range fields {
		types = append(types, f.Type)
	}
	return types
}

// dump reads all rows of a destination, with what every row has beside, as lines.
func dump(t testing.TB, s connector.Sink) (lines []string) {
	t.Helper()
	db := databaseOf(s)
	for _, stream := range testStreams {
		at := slices.Clone(stream.Fields)
		for _, f := range []string{firstSeen, synced, deleted} {
			at = append(at, connector.Field{Name: f, Type: connector.Time})
		}
		must(t, db.all(t.Context(), stream.Name, at, func(row connector.Row) {
			n := len(stream.Fields)
			gone, _ := row[n+2].(time.Time)
			lines = append(lines, line(stream.Name, row[:n], row[n].(time.Time), row[n+1].(time.Time), gone))
		}))
	}
	slices.Sort(lines)
	return lines
}

// A database is what the tests look into.
type database interface {
	all(ctx context.Context, table string, fields []connector.Field, each func(connector.Row)) error
}

func databaseOf(s connector.Sink) database {
	switch s := s.(type) {
	case *sqlite:
		return s
	case *postgres:
		return s
	case *files:
		return s.sqlite
	}
	panic(fmt.Sprintf("%T", s))
}

func (s *sqlite) all(_ context.Context, name string, fields []connector.Field, each func(connector.Row)) error {
	row, t := make(connector.Row, len(fields)), &table{Stream: &connector.Stream{Fields: fields}}
	return s.read.query("SELECT "+quoteAll(t.names())+" FROM "+quote(name), func(at *stmt) error {
		if err := at.row(fieldTypes(fields), row); err != nil {
			return err
		}
		each(row)
		return nil
	})
}

func (p *postgres) all(ctx context.Context, name string, fields []connector.Field, each func(connector.Row)) error {
	types := fieldTypes(fields)
	return p.each(ctx, "SELECT "+selected((&table{Stream: &connector.Stream{Fields: fields}}).names(), types)+" FROM "+p.in+quote(name), types, func(row connector.Row) error {
		each(row)
		return nil
	})
}

// remembered reads the whole state, in pages.
func remembered(t testing.TB, s connector.Sink) map[string]string {
	t.Helper()
	state := map[string]string{}
	for after := ""; ; {
		page, err := s.Scan(t.Context(), "q:", after, 3)
		must(t, err)
		if len(page) == 0 {
			return state
		}
		for _, e := range page {
			if e.Key <= after {
				t.Fatalf("%q after %q", e.Key, after)
			}
			state[e.Key], after = string(e.Value), e.Key
		}
	}
}

// same holds a destination against the model.
func same(t testing.TB, s connector.Sink, m *model) {
	t.Helper()
	if diff := cmp.Diff(m.dump(), dump(t, s)); diff != "" {
		t.Fatalf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(m.state, remembered(t, s)); diff != "" {
		t.Fatalf("state (-want +got):\n%s", diff)
	}
	n, err := s.Count(t.Context())
	must(t, err)
	if diff := cmp.Diff(m.count(), n); diff != "" {
		t.Fatalf("count (-want +got):\n%s", diff)
	}
}

func liveLines(t testing.TB, s connector.Sink, stream *connector.Stream, fields []string, by string, values []string) (lines []string) {
	t.Helper()
	must(t, s.Live(t.Context(), stream, fields, by, values, func(row connector.Row) error {
		lines = append(lines, show(row))
		return nil
	}))
	slices.Sort(lines)
	return lines
}

// TestContract: random batches leave a destination as the model is, through reopening too.
func TestContract(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		for seed := range uint64(3) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) { random(t, destWith(dest, seed), seed) })
		}
	})
}

// destWith is another destination of the same kind.
func destWith(dest string, n uint64) string {
	if strings.HasPrefix(dest, "postgres") {
		return fmt.Sprintf("%s&schema=%s%d", dest, url.QueryEscape(`a "b'. `), n)
	}
	return fmt.Sprintf("%s%d", dest, n)
}

func random(t *testing.T, dest string, seed uint64) {
	s, m, w := prepared(t, dest), newModel(), newWorld(seed)
	for i := range rounds(40) {
		b := w.batch()
		want := m.commit(b)
		got := commit(t, s, b)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("batch %d counts (-want +got):\n%s", i, diff)
		}
		if i%10 == 3 {
			must(t, s.Close())
			s = prepared(t, dest)
		}
		if i%5 == 0 {
			same(t, s, m)
		}
		by := pick(w, "", "board_id", "id")
		values := []string{w.board(), w.id(), w.id(), "a\x00b"}
		if diff := cmp.Diff(m.live(things, things.Index, by, values), liveLines(t, s, things, things.Index, by, values)); diff != "" {
			t.Fatalf("live by %q (-want +got):\n%s", by, diff)
		}
	}
	same(t, s, m)
}

func TestGetAndScan(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		s := prepared(t, dest)
		commit(t, s, &connector.Batch{Put: map[string]json.RawMessage{"a": json.RawMessage(`{ "b":  1, "a": 2 }`), "é1": json.RawMessage("1"),
			"éZ": json.RawMessage("2"), "éa": json.RawMessage("3"), "é\U0010FFFF": json.RawMessage("4"), "ê": json.RawMessage("5"), "e": json.RawMessage("6"), "é%_": json.RawMessage("7")}})
		if got, err := s.Get(t.Context(), "a"); err != nil || string(got) != `{ "b":  1, "a": 2 }` {
			t.Errorf("%s, %v", got, err)
		}
		if got, err := s.Get(t.Context(), "none"); err != nil || got != nil {
			t.Errorf("%s, %v", got, err)
		}
		var keys []string
		page, err := s.Scan(t.Context(), "é", "é%_", 9)
		must(t, err)
		for _, e := range page {
			keys = append(keys, e.Key)
		}
		if diff := cmp.Diff([]string{"é1", "éZ", "éa", "é\U0010FFFF"}, keys); diff != "" {
			t.Error(diff)
		}
		if page, err := s.Scan(t.Context(), "", "", 2); err != nil || len(page) != 2 || page[0].Key != "a" {
			t.Errorf("%v, %v", page, err)
		}
		commit(t, s, &connector.Batch{Drop: []string{"a", "e"}, Put: map[string]json.RawMessage{"a": json.RawMessage("0")}})
		if got, err := s.Get(t.Context(), "a"); err != nil || string(got) != "0" {
			t.Errorf("dropped and put: %s, %v", got, err)
		}
	})
}

func thing(id, board string) connector.Row {
	return connector.Row{id, board, nil, nil, nil, nil, nil, nil, nil}
}

// TestLargeGone: lists of ids as long as a board has items.
func TestLargeGone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		s := prepared(t, dest)
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		b := &connector.Batch{ReadAt: at, Rows: map[*connector.Stream][]connector.Row{}}
		var ids []string
		n := rounds(10_000)
		for i := range n {
			ids = append(ids, fmt.Sprint(i))
			b.Rows[things] = append(b.Rows[things], thing(fmt.Sprint(i*2), "1"))
		}
		commit(t, s, b)
		if got := len(liveLines(t, s, things, []string{"id"}, "id", ids)); got != n/2 {
			t.Errorf("%d live", got)
		}
		half := int64(n / 2)
		did := commit(t, s, &connector.Batch{ReadAt: at.Add(1), Gone: []connector.Gone{{Stream: things, By: "id", Values: ids}}})
		if did["things"].Deleted != half {
			t.Errorf("%+v", did)
		}
		if did := commit(t, s, b); did["things"] != (connector.Count{Changed: half, Same: half}) {
			t.Errorf("reappeared: %+v", did)
		}
	})
}

// TestWrongUse: what cannot be written is an error that names it, and leaves nothing.
func TestWrongUse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		s, ctx := prepared(t, dest), t.Context()
		other := &connector.Stream{Name: "other", Key: []string{"id"}, Fields: things.Fields}
		rows := func(s *connector.Stream, rows ...connector.Row) *connector.Batch {
			return &connector.Batch{Rows: map[*connector.Stream][]connector.Row{s: append([]connector.Row{}, rows...)}, Put: map[string]json.RawMessage{"q:1": json.RawMessage("1")}}
		}
		for want, b := range map[string]*connector.Batch{
			"other":        rows(other, thing("1", "")),
			"10 values":    rows(things, thing("0", ""), append(thing("1", ""), nil)),
			"without its":  rows(things, connector.Row{nil, nil, nil, nil, nil, nil, nil, nil, nil}),
			"things.n":     rows(things, connector.Row{"1", nil, nil, 7, nil, nil, nil, nil, nil}),
			"things.t":     rows(things, connector.Row{"1", nil, nil, nil, nil, nil, nil, "2024", nil}),
			"no JSON":      {Rows: map[*connector.Stream][]connector.Row{things: {thing("1", "")}}, Put: map[string]json.RawMessage{"k": json.RawMessage("{")}},
			`"nothing"`:    {Rows: map[*connector.Stream][]connector.Row{things: {thing("1", "")}}, Gone: []connector.Gone{{Stream: things, By: "nothing", Values: []string{"1"}}}},
			`"n" is no te`: {Rows: map[*connector.Stream][]connector.Row{things: {thing("1", "")}}, Gone: []connector.Gone{{Stream: things, By: "n", Values: []string{"1"}}}},
		} {
			if n, err := s.Commit(ctx, b); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, %v", want, n, err)
			}
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.Commit(ended, rows(things, thing("1", ""))); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if err := s.Live(ctx, things, []string{"nothing"}, "", nil, nil); err == nil {
			t.Error("a field that is not there was read")
		}
		if err := s.Live(ctx, other, []string{"id"}, "", nil, nil); err == nil {
			t.Error("a stream that is not there was read")
		}
		stop := errors.New("enough")
		same(t, s, newModel())
		commit(t, s, rows(things, thing("1", ""), thing("2", "")))
		if err := s.Live(ctx, things, []string{"id"}, "", nil, func(connector.Row) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("%v", err)
		}
	})
}

// TestWriteWhileReading: rows can be written within Live, which sees the state at its beginning.
func TestWriteWhileReading(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		s := prepared(t, dest)
		b := &connector.Batch{Rows: map[*connector.Stream][]connector.Row{}}
		n := rounds(5000)
		for i := range n {
			b.Rows[things] = append(b.Rows[things], thing(fmt.Sprint(i), "1"))
		}
		commit(t, s, b)
		seen := 0
		must(t, s.Live(t.Context(), things, []string{"id"}, "", nil, func(row connector.Row) error {
			if seen++; seen%(n/5) == 0 {
				commit(t, s, &connector.Batch{Rows: map[*connector.Stream][]connector.Row{things: {thing("new"+row[0].(string), "1")}},
					Gone: []connector.Gone{{Stream: things, By: "id", Values: []string{row[0].(string)}}}})
				if got := len(liveLines(t, s, things, []string{"id"}, "", nil)); got != n {
					t.Errorf("%d rows within", got)
				}
			}
			return nil
		}))
		if seen != n {
			t.Errorf("%d rows", seen)
		}
	})
}

// TestPrepare: what is added, what stays, and what is refused.
func TestPrepare(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		s, ctx := mustOpen(t, dest), t.Context()
		field := func(name string, of connector.Type) connector.Field { return connector.Field{Name: name, Type: of} }
		stream := func(key string, fields ...connector.Field) *connector.Stream {
			return &connector.Stream{Name: "things", Key: []string{key}, Index: []string{key}, Fields: fields}
		}
		id := field("id", connector.Text)
		one := stream("id", id, field("a", connector.Text), field("c", connector.Text))
		put := func(stream *connector.Stream, row ...any) connector.Count {
			t.Helper()
			must(t, s.Prepare(ctx, []*connector.Stream{stream}))
			return commit(t, s, &connector.Batch{Rows: map[*connector.Stream][]connector.Row{stream: {row}}})["things"]
		}
		put(one, "1", "x", "y")
		two := stream("id", id, field("c", connector.Text), field("b", connector.Number))
		if n := put(two, "2", "z", 2.5); n.New != 1 {
			t.Errorf("%+v", n)
		}
		three := stream("id", id, field("a", connector.Text), field("c", connector.Text), field("b", connector.Number))
		if n := put(three, "1", "x", "y", nil); n.Same != 1 {
			t.Errorf("a field more with nothing in it: %+v", n)
		}
		if n := put(three, "1", "x", "y", 1.0); n.Changed != 1 {
			t.Errorf("%+v", n)
		}
		for want, bad := range map[string]*connector.Stream{
			"b as number, and this version of lunedi as text": stream("id", id, field("b", connector.Text)),
			"has the key id": stream("a", id, field("a", connector.Text)),
			"no text field":  stream("n", field("n", connector.Number)),
			"has no key":     {Name: "things", Fields: three.Fields},
			"twice":          stream("id", id, field("ID", connector.Text)),
			"_hash":          stream("id", id, field("_hash", connector.Text)),
		} {
			if err := s.Prepare(ctx, []*connector.Stream{bad}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", want, err)
			}
		}
		if n := put(three, "1", "x", "y", 1.0); n.Same != 1 {
			t.Errorf("after errors: %+v", n)
		}
	})
}

// TestOneProcess: a destination is one's own, and the error says who has it. Reading it is not kept from
// anybody.
func TestOneProcess(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		if _, err := OpenReadOnly(t.Context(), dest); err == nil || !strings.Contains(err.Error(), "nothing was synchronised") {
			t.Errorf("nothing there: %v", err)
		}
		s := prepared(t, dest)
		if _, err := Open(t.Context(), dest); err == nil || !strings.Contains(err.Error(), "in use by") || !strings.Contains(err.Error(), "pid") {
			t.Errorf("opened twice: %v", err)
		}
		r, err := OpenReadOnly(t.Context(), dest)
		must(t, err)
		defer r.Close()
		commit(t, s, &connector.Batch{Rows: map[*connector.Stream][]connector.Row{things: {thing("1", "1")}}, Put: map[string]json.RawMessage{"q:1": json.RawMessage("1")}})
		if n, err := r.Count(t.Context()); err != nil || n["things"].Live != 1 {
			t.Errorf("%v, %v", n, err)
		}
		if v, err := r.Get(t.Context(), "q:1"); err != nil || string(v) != "1" {
			t.Errorf("%s, %v", v, err)
		}
		_, wrote := r.Commit(t.Context(), &connector.Batch{})
		for _, err := range []error{wrote, r.Prepare(t.Context(), testStreams), r.Publish(t.Context(), nil)} {
			if !errors.Is(err, errReadOnly) {
				t.Errorf("%v", err)
			}
		}
		must(t, s.Close())
		must(t, s.Close())
		prepared(t, dest)
	})
}

// TestNewer: what a later version made is refused in words.
func TestNewer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		s := prepared(t, dest)
		must(t, setFormat(t, s, format+1))
		must(t, s.Close())
		for _, open := range []func(context.Context, string) (connector.Sink, error){Open, OpenReadOnly} {
			if _, err := open(t.Context(), dest); err == nil || !strings.Contains(err.Error(), "newer version of lunedi") {
				t.Errorf("%v", err)
			}
		}
	})
}

func setFormat(t testing.TB, s connector.Sink, n int) error {
	switch s := s.(type) {
	case *sqlite:
		return s.write.setMeta(metaFormat, fmt.Sprint(n))
	case *files:
		return s.write.setMeta(metaFormat, fmt.Sprint(n))
	case *postgres:
		return s.transaction(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
			return s.setMeta(ctx, tx, metaFormat, fmt.Sprint(n))
		})
	}
	return errors.ErrUnsupported
}

// TestHuge: texts and JSON of many megabytes.
func TestHuge(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		s, m := prepared(t, dest), newModel()
		text := strings.Repeat("0123456789abcdé\x00", rounds(100_000))
		r := thing("1", "1")
		r[2], r[8] = text, json.RawMessage(`{"a":["`+strings.Repeat("x", rounds(2_000_000))+`"]}`)
		b := &connector.Batch{ReadAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Rows: map[*connector.Stream][]connector.Row{things: {r, thing("2", "1")}}}
		for range 2 {
			if diff := cmp.Diff(m.commit(b), commit(t, s, b)); diff != "" {
				t.Error(diff)
			}
		}
		if strings.Join(m.dump(), "\n") != strings.Join(dump(t, s), "\n") {
			t.Error("the rows differ")
		}
		must(t, s.Publish(t.Context(), nil))
	})
}

// TestStreams: the connector's own streams can be kept, and an empty run published.
func TestStreams(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dest string) {
		s := mustOpen(t, dest)
		for range 2 {
			must(t, s.Prepare(t.Context(), connector.Streams()))
			must(t, s.Publish(t.Context(), nil))
		}
		n, err := s.Count(t.Context())
		if err != nil || len(n) != len(connector.Streams()) {
			t.Errorf("%v, %v", n, err)
		}
	})
}
