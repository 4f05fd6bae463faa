package graphql_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

// The shelf is a small library of authors and books to run documents over; its schema is
// testdata/schema.graphql.

type author struct {
	id      int
	name    string
	colour  string
	books   []*book
	friends []*author
}

type book struct {
	id     int
	title  string
	author *author
	pages  int
	price  float64
	tags   []string
	sequel *book
	panics bool
}

type shelf struct {
	id    int
	label string
	owner *author
}

type deep struct{ level int }

type counter struct{ history []int }

// library is the data of one executor under test.
type library struct {
	authors []*author
	books   []*book
	total   []int // what mutations added
	calls   atomic.Int64
	batches [][]any
}

func newLibrary(authors, booksEach int) *library {
	l := &library{}
	colours := []string{"red", "green", "blue"}
	for i := range authors {
		a := &author{id: i + 1, name: fmt.Sprintf("Author %d", i+1), colour: colours[i%3]}
		for j := range booksEach {
			b := &book{
				id: 1000 + i*booksEach + j, title: fmt.Sprintf("Book %d of %d", j+1, i+1), author: a,
				pages: 100 + j, price: 9.5 + float64(j), tags: []string{"t" + strconv.Itoa(j)},
			}
			if j > 0 {
				a.books[j-1].sequel = b
			}
			a.books = append(a.books, b)
			l.books = append(l.books, b)
		}
		l.authors = append(l.authors, a)
	}
	for i, a := range l.authors {
		a.friends = append(a.friends, l.authors[(i+1)%authors])
	}
	return l
}

func id(dst []byte, n int) []byte {
	return append(graphql.AppendInt(append(dst, '"'), int64(n)), '"')
}

func str(s string) func([]byte) []byte {
	return func(dst []byte) []byte { return graphql.AppendString(dst, s) }
}

func find[T any](items []T, id string, of func(T) int) any {
	for _, item := range items {
		if strconv.Itoa(of(item)) == id {
			return item
		}
	}
	return nil
}

func authorID(a *author) int { return a.id }

func (l *library) bindings() graphql.Bindings {
	return graphql.Bindings{
		Objects: map[string]graphql.Fields{
			"Query": l.query(), "Mutation": l.mutation(), "Author": l.author(), "Book": l.book(),
			"Shelf": l.shelf(), "Deep": deepFields(), "Counter": counterFields(),
		},
		TypeOf: func(v any) string {
			switch v.(type) {
			case *author:
				return "Author"
			case *book:
				return "Book"
			case *shelf:
				return "Shelf"
			}
			return fmt.Sprintf("%T", v)
		},
		Scalars: map[string]func(any) (any, error){"Day": parseDay},
	}
}

func parseDay(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, errors.New("a day is a string")
	}
	if _, err := time.Parse("2006-01-02", s); err != nil {
		return nil, errors.New("a day is YYYY-MM-DD")
	}
	return "day:" + s, nil
}

// echo answers with the arguments as the resolver sees them.
func echo(_ *graphql.Context, args graphql.Args) (any, error) {
	out := map[string]any{}
	for _, name := range []string{
		"int", "float", "string", "id", "flag", "colour", "json", "day", "list", "nested", "filter", "pick",
		"with_default", "colours", "late", "text",
	} {
		if v, ok := args.Get(name); ok {
			out[name] = v
		}
	}
	return json.Marshal(out)
}

func (l *library) query() graphql.Fields {
	return graphql.Fields{
		"author": graphql.Root(func(_ *graphql.Context, args graphql.Args) (any, error) {
			return find(l.authors, args.String("id"), authorID), nil
		}),
		"authors": graphql.Root(func(_ *graphql.Context, args graphql.Args) (any, error) {
			l.calls.Add(1)
			if ids := args.List("ids"); ids != nil {
				out := graphql.Slice[any]{}
				for _, id := range ids {
					out = append(out, find(l.authors, id.(string), authorID))
				}
				return out, nil
			}
			limit, page := args.Int("limit", 25), args.Int("page", 1)
			from := min((page-1)*limit, len(l.authors))
			return graphql.Slice[*author](l.authors[from:min(from+limit, len(l.authors))]), nil
		}),
		"books": graphql.Root(func(_ *graphql.Context, args graphql.Args) (any, error) {
			return graphql.Slice[*book](l.books[:min(args.Int("limit", 2), len(l.books))]), nil
		}),
		"required_books": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			return graphql.Slice[*book](l.books[:2]), nil
		}),
		"things": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			return graphql.Slice[any]{l.authors[0], l.books[0], &shelf{1, "A1", l.authors[1]}, nil, 42}, nil
		}),
		"nodes": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			return graphql.Slice[any]{l.authors[0], l.books[0]}, nil
		}),
		"named": graphql.Root(func(_ *graphql.Context, args graphql.Args) (any, error) {
			if args.Has("id") {
				return l.books[0], nil
			}
			return l.authors[0], nil
		}),
		"echo": graphql.Root(echo),
		"need": graphql.Root(echo),
		"count": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			return len(l.authors), nil
		}),
		"free":   graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return l.authors[0], nil }),
		"dear":   graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return l.authors[0], nil }),
		"big":    graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return int64(1) << 40, nil }),
		"nan":    graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return nan(), nil }),
		"panics": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { panic("boom") }),
		"panics_required": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			panic("boom")
		}),
		"leaf_panic": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			return &book{panics: true}, nil
		}),
		"fails": graphql.Root(func(_ *graphql.Context, args graphql.Args) (any, error) {
			return nil, errors.New(args.String("message"))
		}),
		"deep": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return &deep{}, nil }),
		"numbers": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			return graphql.Slice[int]{1, 2, 3}, nil
		}),
		"matrix": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			return graphql.Slice[any]{graphql.Slice[int]{1, 2}, nil, graphql.Slice[int]{}}, nil
		}),
		"today": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return "2026-07-01", nil }),
		"extended": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			return true, nil
		}),
	}
}

func nan() float64 {
	var zero float64
	return zero / zero
}

func (l *library) mutation() graphql.Fields {
	return graphql.Fields{
		"add": graphql.Root(func(c *graphql.Context, args graphql.Args) (any, error) {
			l.total = append(l.total, args.Int("n", 0))
			c.Epoch++
			return &counter{l.total}, nil
		}),
		"fail": graphql.Root(func(c *graphql.Context, args graphql.Args) (any, error) {
			c.Warn(graphql.Error{Message: "about to fail"})
			return nil, errors.New(args.String("message"))
		}),
		"log": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
			return graphql.Slice[int](l.total), nil
		}),
	}
}

func (l *library) author() graphql.Fields {
	return graphql.Fields{
		"id":     graphql.Leaf(func(dst []byte, a *author) []byte { return id(dst, a.id) }),
		"name":   graphql.Leaf(func(dst []byte, a *author) []byte { return graphql.AppendString(dst, a.name) }),
		"colour": graphql.Leaf(func(dst []byte, a *author) []byte { return graphql.AppendString(dst, a.colour) }),
		"secret": graphql.Leaf(func(dst []byte, a *author) []byte { return str("sssh")(dst) }),
		"books": graphql.Resolve(func(_ *graphql.Context, a *author, args graphql.Args) (any, error) {
			return graphql.Slice[*book](a.books[:min(len(a.books), args.Int("limit", 10))]), nil
		}),
		"all_books": cached(graphql.Resolve(func(_ *graphql.Context, a *author, _ graphql.Args) (any, error) {
			l.calls.Add(1)
			return graphql.Slice[*book](a.books), nil
		})),
		"secret_books": cached(graphql.Resolve(func(_ *graphql.Context, a *author, _ graphql.Args) (any, error) {
			return graphql.Slice[*book](a.books), nil
		})),
		"friend": cached(graphql.Resolve(func(_ *graphql.Context, a *author, _ graphql.Args) (any, error) {
			return a.friends[0], nil
		})),
		"friends": graphql.Resolve(func(_ *graphql.Context, a *author, _ graphql.Args) (any, error) {
			return graphql.Slice[*author](a.friends), nil
		}),
		"age": graphql.Resolve(func(_ *graphql.Context, a *author, _ graphql.Args) (any, error) {
			if a.id == 2 {
				return nil, nil
			}
			return 40 + a.id, nil
		}),
		"shelf": {Batch: func(_ *graphql.Context, objs []any, _ graphql.Args) ([]any, error) {
			l.batches = append(l.batches, objs)
			out := make([]any, len(objs))
			for i, o := range objs {
				a := o.(*author)
				switch {
				case a.id%5 == 0:
					out[i] = fmt.Errorf("no shelf for %d", a.id)
				case a.id%7 == 0:
					out[i] = nil
				default:
					out[i] = &shelf{a.id, fmt.Sprintf("S%d", a.id), a.friends[0]}
				}
			}
			return out, nil
		}},
	}
}

func cached(f graphql.Field) graphql.Field {
	f.Cached = true
	return f
}

func (l *library) book() graphql.Fields {
	return graphql.Fields{
		"id": graphql.Leaf(func(dst []byte, b *book) []byte {
			if b.panics {
				panic("pure, they said")
			}
			return id(dst, b.id)
		}),
		"name":  graphql.Leaf(func(dst []byte, b *book) []byte { return graphql.AppendString(dst, b.title) }),
		"title": graphql.Leaf(func(dst []byte, b *book) []byte { return graphql.AppendString(dst, b.title) }),
		"pages": graphql.Leaf(func(dst []byte, b *book) []byte { return graphql.AppendInt(dst, int64(b.pages)) }),
		"price": graphql.Leaf(func(dst []byte, b *book) []byte { return graphql.AppendFloat(dst, b.price) }),
		"author": cached(graphql.Resolve(func(_ *graphql.Context, b *book, _ graphql.Args) (any, error) {
			return b.author, nil
		})),
		"tags": graphql.Resolve(func(_ *graphql.Context, b *book, _ graphql.Args) (any, error) {
			return graphql.Slice[string](b.tags), nil
		}),
		"rating": graphql.Leaf(func(dst []byte, b *book) []byte { return graphql.AppendInt(dst, 4) }),
		"rating@2026-07": graphql.Leaf(func(dst []byte, b *book) []byte {
			return graphql.AppendFloat(dst, 4.5)
		}),
		"broken": graphql.Resolve(func(_ *graphql.Context, b *book, _ graphql.Args) (any, error) {
			return nil, fmt.Errorf("book %d is broken", b.id)
		}),
		"broken_required": graphql.Resolve(func(_ *graphql.Context, b *book, _ graphql.Args) (any, error) {
			if b.id%2 == 1 {
				return "whole", nil
			}
			return nil, fmt.Errorf("book %d is broken", b.id)
		}),
		"sequel": graphql.Resolve(func(_ *graphql.Context, b *book, _ graphql.Args) (any, error) {
			if b.sequel == nil {
				return nil, nil
			}
			return b.sequel, nil
		}),
		"extra": graphql.Resolve(func(_ *graphql.Context, b *book, _ graphql.Args) (any, error) {
			return []byte(`{"a":[1,2]}`), nil
		}),
		"published": graphql.Leaf(func(dst []byte, b *book) []byte { return graphql.AppendString(dst, "2020-01-02") }),
		"old":       graphql.Leaf(func(dst []byte, b *book) []byte { return append(dst, "null"...) }),
	}
}

func (l *library) shelf() graphql.Fields {
	return graphql.Fields{
		"id":    graphql.Leaf(func(dst []byte, s *shelf) []byte { return id(dst, s.id) }),
		"label": graphql.Leaf(func(dst []byte, s *shelf) []byte { return graphql.AppendString(dst, s.label) }),
		"owner": graphql.Resolve(func(_ *graphql.Context, s *shelf, _ graphql.Args) (any, error) {
			return s.owner, nil
		}),
		"books": {Batch: func(_ *graphql.Context, objs []any, _ graphql.Args) ([]any, error) {
			l.batches = append(l.batches, objs)
			out := make([]any, len(objs))
			for i, o := range objs {
				out[i] = graphql.Slice[*book](o.(*shelf).owner.books)
			}
			return out, nil
		}},
		"fragile": {Batch: func(_ *graphql.Context, objs []any, _ graphql.Args) ([]any, error) {
			l.batches = append(l.batches, objs)
			out := make([]any, len(objs))
			for i, o := range objs {
				out[i] = "ok"
				if o.(*shelf).id%3 == 0 {
					out[i] = errors.New("it broke")
				}
			}
			return out, nil
		}},
	}
}

func deepFields() graphql.Fields {
	return graphql.Fields{
		"id": graphql.Leaf(func(dst []byte, d *deep) []byte { return id(dst, d.level) }),
		"deep": graphql.Resolve(func(_ *graphql.Context, d *deep, _ graphql.Args) (any, error) {
			return &deep{d.level + 1}, nil
		}),
		"list": graphql.Resolve(func(_ *graphql.Context, d *deep, _ graphql.Args) (any, error) {
			return graphql.Slice[*deep]{{d.level + 1}, {d.level + 1}}, nil
		}),
	}
}

func counterFields() graphql.Fields {
	return graphql.Fields{
		"value": graphql.Resolve(func(_ *graphql.Context, c *counter, _ graphql.Args) (any, error) {
			sum := 0
			for _, n := range c.history {
				sum += n
			}
			return sum, nil
		}),
		"history": graphql.Resolve(func(_ *graphql.Context, c *counter, _ graphql.Args) (any, error) {
			return graphql.Slice[int](c.history), nil
		}),
	}
}

var versions = []string{"2026-01", "2026-04", "2026-07"}

// testLimits are generous enough for every golden case but those about limits.
var testLimits = graphql.Limits{
	DocumentBytes: 1 << 20, Tokens: 20000, Depth: 40, Aliases: 500, Fields: 5000, Errors: 50,
	PlanBytes: 8 << 20, MemoBytes: 8 << 20,
}

func config(t testing.TB, l *library, limits graphql.Limits) graphql.Config {
	t.Helper()
	sdl, err := os.ReadFile("testdata/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	return graphql.Config{
		Sources:  []graphql.Source{{Name: "schema.graphql", Text: string(sdl)}},
		Versions: versions, Bindings: l.bindings(), Limits: limits,
	}
}

func newExecutor(t testing.TB, l *library, limits graphql.Limits) *graphql.Executor {
	t.Helper()
	e, err := graphql.New(config(t, l, limits))
	if err != nil {
		t.Fatal(err)
	}
	return e
}
