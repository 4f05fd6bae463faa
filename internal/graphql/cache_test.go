package graphql_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

// goldenQueries are the documents of all golden cases.
func goldenQueries(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/spec/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".graphql") {
				out = append(out, string(f.Data))
			}
		}
	}
	return out
}

var (
	numbers = regexp.MustCompile(`([:\[ ])-?\d+(\.\d+)?`)
	quoted  = regexp.MustCompile(`"[^"\\\n]*"`)
	spaces  = regexp.MustCompile(`\s+`)
)

// vary writes a document differently: other literals, other white space.
func vary(query string, r *rand.Rand) string {
	if strings.Contains(query, `"""`) || strings.Contains(query, "#") {
		return query
	}
	pick := func(options ...string) string { return options[r.IntN(len(options))] }
	if r.IntN(2) == 0 {
		query = numbers.ReplaceAllStringFunc(query, func(s string) string {
			return s[:1] + pick("1", "2", "3", "-7", "2147483647", "2147483648", "1.5", "0")
		})
	}
	if r.IntN(2) == 0 {
		query = quoted.ReplaceAllStringFunc(query, func(string) string {
			return pick(`"a"`, `""`, `"2020-02-02"`, `"x\n\u00e9"`, `"Book"`, `"""b"""`)
		})
	}
	if r.IntN(2) == 0 {
		query = spaces.ReplaceAllStringFunc(query, func(string) string {
			return pick(" ", "\n", "\r\n", "  ,\t", " # comment \"1\n", "\n\n ")
		})
	}
	return query
}

// TestPlanCacheAgrees runs many variations of the golden documents through one executor, whose plans
// they share, and through one without a cache. Answers, errors and their locations must be the same.
func TestPlanCacheAgrees(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	limits := testLimits
	shared := newExecutor(t, newLibrary(3, 2), limits)
	limits.PlanBytes, limits.MemoBytes = 0, 0
	fresh := newExecutor(t, newLibrary(3, 2), limits)
	variables := map[string]any{"a": true, "n": 2.0, "id": "1", "s": "x", "i": 3.0}
	for _, query := range goldenQueries(t) {
		if strings.Contains(query, "mutation") {
			continue
		}
		for range 12 {
			text := vary(query, r)
			s := settings{Variables: variables, Cost: true}
			want := render(t, run(fresh, text, s))
			s.Epoch = 7
			if got := render(t, run(shared, text, s)); got != want {
				t.Errorf("%s\n(-fresh +cached):\n%s", text, cmp.Diff(want, got))
			}
		}
	}
}

func TestEqualLiteralsArePartOfThePlan(t *testing.T) {
	t.Parallel()
	e := newExecutor(t, newLibrary(3, 2), testLimits)
	for _, c := range []struct{ query, want string }{
		{`{ a: author(id: 1) { id } a: author(id: 1) { name } }`, `"id":"1"`},
		{`{ a: author(id: 2) { id } a: author(id: 2) { name } }`, `"id":"2"`},
		{`{ a: author(id: 1) { id } a: author(id: 2) { name } }`, "differing arguments"},
		{`{ a: author(id: 3) { id } a: author(id: 3) { name } }`, `"id":"3"`},
	} {
		if got := render(t, run(e, c.query, settings{})); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, want %s in it", c.query, got, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	nest := func(n int) string { return "{" + strings.Repeat("deep{", n) + "id" + strings.Repeat("}", n) + "}" }
	aliases := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a%d:count ", i)
		}
		return "{" + b.String() + "}"
	}
	var cartesian strings.Builder
	cartesian.WriteString("{ deep { ...f0 } }")
	for i := range 40 {
		fmt.Fprintf(&cartesian, " fragment f%d on Deep { a: deep { ...f%d } b: deep { ...f%d } }", i, i+1, i+1)
	}
	cartesian.WriteString(" fragment f40 on Deep { id }")
	var chain, operations strings.Builder
	chain.WriteString("{ deep { ...f0 } }")
	for i := range 2400 {
		fmt.Fprintf(&chain, " fragment f%d on Deep { ...f%d }", i, i+1)
		if i < 1200 {
			fmt.Fprintf(&operations, "query q%d { deep { ...f } }", i)
		}
	}
	chain.WriteString(" fragment f2400 on Deep { id }")
	operations.WriteString(" fragment f on Deep { a: id b: id c: id d: id }")
	for _, c := range []struct{ name, query, want string }{
		{"chain of fragments", chain.String(), ""},
		{"many operations", operations.String(), "more than 5000 fields"},
		{"bytes", strings.Repeat(" ", 2<<20), "The document is 2097152 bytes long; the limit is 1048576."},
		{"garbage", strings.Repeat("{", 1<<19), "more than 40 levels deep"},
		{"garbage brackets", "{a(b:" + strings.Repeat("[", 1<<19), "brackets more than 500 levels deep"},
		{"garbage words", strings.Repeat("a ", 1<<18), "more than 20000 tokens"},
		{"depth", nest(500), "more than 40 levels deep"},
		{"depth allowed", nest(38), ""},
		{"aliases", aliases(10000), "more than 500 aliases"},
		{"laughs", cartesian.String(), "nests selections 42 levels deep; the limit is 40."},
		{"fields", strings.ReplaceAll(cartesian.String(), "...f20 ", "id "), "more than 5000 fields"},
		{"same field again and again", "{" + strings.Repeat("count ", 4900) + "}", ""},
		{"errors", "{" + strings.Repeat("nothing ", 3000) + "}", "Too many validation errors; the limit is 50."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newExecutor(t, newLibrary(3, 2), testLimits)
			_, errs := e.Prepare(&graphql.Request{Version: "2026-04", Query: c.query})
			got := ""
			if len(errs) > 0 {
				got = errs[len(errs)-1].Message
			}
			if c.want == "" && errs != nil || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q in it", got, c.want)
			}
		})
	}
}

func TestErrorsOfARunAreLimited(t *testing.T) {
	t.Parallel()
	e := newExecutor(t, newLibrary(100, 2), testLimits)
	got := run(e, "{ books(limit: 100) { broken } }", settings{})
	if n := len(got.Errors); n != 51 || got.Errors[50].Message != "There were 100 errors; the limit is 50, and the others are not shown." {
		t.Errorf("%d errors, the last %q", n, got.Errors[n-1].Message)
	}
}

func TestContextEndsTheRun(t *testing.T) {
	t.Parallel()
	e := newExecutor(t, newLibrary(1000, 2), testLimits)
	op, errs := e.Prepare(&graphql.Request{Version: "2026-04", Query: "{ authors(limit: 1000) { id books { id } } }"})
	if errs != nil {
		t.Fatal(errs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data, errs := e.Append(&graphql.Context{Context: ctx}, op, []byte("kept "))
	if string(data) != "kept null" || len(errs) != 1 || !errors.Is(&errs[0], context.Canceled) {
		t.Errorf("got %s, %v", data, errs)
	}
}

// TestAnswerTooLong: a run ends soon after the limit, also where objects are met before they are encoded.
func TestAnswerTooLong(t *testing.T) {
	t.Parallel()
	limits := testLimits
	limits.AnswerBytes = 100_000
	for query, long := range map[string]bool{
		`{ authors(limit: 500) { id } }`:                                                        false,
		`{ authors(limit: 1000) { id name all_books { id title } } }`:                           true,
		`{ authors(limit: 4) { shelf { books { id } } } }`:                                      false,
		`{ authors(limit: 1000) { shelf { books { id author { shelf { books { id } } } } } } }`: true,
	} {
		l := newLibrary(1000, 20)
		e := newExecutor(t, l, limits)
		op, errs := e.Prepare(&graphql.Request{Version: "2026-04", Query: query})
		if errs != nil {
			t.Fatal(errs)
		}
		data, errs := e.Append(&graphql.Context{Context: t.Context()}, op, []byte("kept "))
		if !long {
			if errs != nil {
				t.Error(query, errs)
			}
			continue
		}
		if string(data) != "kept null" || len(errs) != 1 || !errors.Is(&errs[0], graphql.ErrTooLong) {
			t.Errorf("%s: got %.100s, %v", query, data, errs)
		}
		if cap(data) > 4*limits.AnswerBytes {
			t.Errorf("%s: %d bytes were made", query, cap(data))
		}
		if len(l.batches) > 1 {
			t.Errorf("%s: %d batches were asked for", query, len(l.batches))
		}
	}
}

// TestContextEndsAfterAMutation: what has been done is answered; what has not is not begun.
func TestContextEndsAfterAMutation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query, data string
		errs, done  int
	}{
		{"mutation { add(n: 1) { value } }", `{"add":{"value":1}}`, 0, 1},
		{"mutation { a: add(n: 1) { value } b: add(n: 1) { value } }", "null", 1, 1},
	} {
		l := newLibrary(1, 1)
		e := newExecutor(t, l, testLimits)
		op, errs := e.Prepare(&graphql.Request{Version: "2026-04", Query: c.query})
		if errs != nil {
			t.Fatal(errs)
		}
		ctx := &endsAfter{Context: t.Context(), looks: 1}
		data, errs := e.Append(&graphql.Context{Context: ctx}, op, nil)
		if string(data) != c.data || len(errs) != c.errs || len(l.total) != c.done {
			t.Errorf("%s: got %s, %v, after %d additions", c.query, data, errs, len(l.total))
		}
	}
}

// endsAfter is a context that is over after it was looked at some times.
type endsAfter struct {
	context.Context
	looks int
}

func (c *endsAfter) Err() error {
	if c.looks--; c.looks < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestConcurrentRuns(t *testing.T) {
	t.Parallel()
	limits := testLimits
	limits.PlanBytes, limits.MemoBytes = 64<<10, 64<<10 // small enough to evict
	e := newExecutor(t, newLibrary(20, 40), limits)
	queries := []string{
		`query($a: Boolean!) { authors(limit: 5) { id name @include(if: $a) all_books { id title } } }`,
		`{ authors(ids: [%d, 2]) { id friend { all_books { title pages } } } }`,
		`{ nodes { ... on Author { all_books { id author { name } } } } author(id: %d) { name } }`,
		`{ things { __typename ... on Book { title author { name } } } x%d: count }`,
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 60 {
				q := queries[(g+i)%len(queries)]
				if strings.Contains(q, "%d") {
					q = fmt.Sprintf(q, i%20+1)
				}
				s := settings{Variables: map[string]any{"a": i%2 == 0}, Epoch: uint64(1 + i%2)}
				a, b := run(e, q, s), run(e, q, s)
				if !bytes.Equal(a.Data, b.Data) {
					t.Errorf("%s: %s and %s", q, a.Data, b.Data)
				}
			}
		})
	}
	wg.Wait()
}

func TestMemo(t *testing.T) {
	t.Parallel()
	l := newLibrary(3, 20)
	e := newExecutor(t, l, testLimits)
	query := "{ author(id: 1) { all_books { id title author { name } } } }"
	runs := func(s settings, query string) int {
		l.calls.Store(0)
		run(e, query, s)
		return int(l.calls.Load())
	}
	for _, c := range []struct {
		name  string
		s     settings
		query string
		calls int
	}{
		{"first", settings{Epoch: 1}, query, 1},
		{"second, within the epoch", settings{Epoch: 1}, query, 1},
		{"again", settings{Epoch: 1}, query, 0},
		{"written otherwise", settings{Epoch: 1}, "query Q { x: author(id: 1) { id all_books { id title author { name } } } }", 0},
		{"other selection", settings{Epoch: 1}, "{ author(id: 1) { all_books { id } } }", 1},
		{"other object", settings{Epoch: 1}, "{ author(id: 2) { all_books { id title author { name } } } }", 1},
		{"allowed, nothing scoped", settings{Epoch: 1, Deny: []string{}}, query, 0},
		{"other epoch", settings{Epoch: 2}, query, 1},
		{"other epoch, second", settings{Epoch: 2}, query, 1},
		{"other epoch, again", settings{Epoch: 2}, query, 0},
		{"no epoch", settings{}, query, 1},
		{"other version", settings{Epoch: 1, Version: "2026-01"}, query, 1},
		{"with arguments below", settings{Epoch: 1}, "{ author(id: 1) { all_books { author { books(limit: 1) { id } } } } }", 1},
		{"with arguments below again", settings{Epoch: 1}, "{ author(id: 1) { all_books { author { books(limit: 1) { id } } } } }", 1},
	} {
		if got := runs(c.s, c.query); got != c.calls {
			t.Errorf("%s: %d calls, want %d", c.name, got, c.calls)
		}
	}
}

func TestBatchIsCalledOncePerLevel(t *testing.T) {
	t.Parallel()
	l := newLibrary(12, 2)
	e := newExecutor(t, l, testLimits)
	got := run(e, "{ authors { shelf { owner { shelf { label } } } } }", settings{})
	var sizes []int
	for _, b := range l.batches {
		sizes = append(sizes, len(b))
	}
	// 12 authors; of their shelves 2 fail (5, 10) and 1 is null (7), so 9 owners are asked for theirs.
	if diff := cmp.Diff([]int{12, 9}, sizes); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
	// 5 and 10 themselves, and again where 4 and 9 ask for the shelves of their friends.
	if len(got.Errors) != 4 {
		t.Errorf("%d errors, want 4: %v", len(got.Errors), got.Errors)
	}
}
