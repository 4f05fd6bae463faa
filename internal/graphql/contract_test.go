package graphql_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

// once is a list that counts how often it is asked for each element.
type once struct{ asked []int }

func (o *once) Len() int { return 2 }

func (o *once) At(i int) any {
	o.asked = append(o.asked, i)
	return i
}

type jsonText string

func (j jsonText) AppendJSON(dst []byte) []byte { return append(dst, j...) }

// TestResolverContract: what resolvers may return, and what becomes of what they may not.
func TestResolverContract(t *testing.T) {
	t.Parallel()
	list := &once{}
	values := map[string]struct {
		typ   string
		value any
		want  string
	}{
		"id_int":       {"ID", 5, `"5"`},
		"id_int64":     {"ID", int64(7), `"7"`},
		"string_int":   {"String", true, "null: String: cannot represent a value of type bool"},
		"int_whole":    {"Int", 3.0, "3"},
		"int_fraction": {"Int", 3.5, "null: Int cannot represent non-integer value: 3.5"},
		"int_string":   {"Int", "3", "null: Int: cannot represent a value of type string"},
		"float_int":    {"Float", 3, "3"},
		"float_inf":    {"Float", math.Inf(1), "null: Float cannot represent non numeric value: NaN or Infinity"},
		"bool_int":     {"Boolean", 1, "null: Boolean: cannot represent a number"},
		"bool_float":   {"Boolean", 1.5, "null: Boolean: cannot represent a number"},
		"custom_int":   {"Any", int64(1) << 50, "1125899906842624"},
		"custom_bool":  {"Any", false, "false"},
		"custom_float": {"Any", 0.5, "0.5"},
		"raw":          {"Any", []byte(`{"a":1}`), `{"a":1}`},
		"raw_empty":    {"Any", []byte{}, "null: Any: no bytes are no JSON"},
		"appender":     {"Any", jsonText(`[1]`), `[1]`},
		"enum":         {"E", "a", `"a"`},
		"not_a_list":   {"[Int]", 5, "null: Query.not_a_list: int is not a List, for [Int]"},
		"bad_element":  {"[Int]", graphql.Slice[any]{1, "x", nil}, "[1,null,null]: Int: cannot represent a value of type string"},
		"null_element": {"[Int!]", graphql.Slice[any]{1, nil}, "null: Cannot return null for non-nullable field Query.null_element."},
		"elements":     {"[Int!]", list, "[0,1]"},
		"batch_list":   {"[T]", graphql.Slice[any]{1, nil, 2}, `[{"b":1,"e":null},null,{"b":2,"e":null}]: every other fails`},
		"no_type":      {"U", 5, `null: Query.no_type: TypeOf(int) is "", which is not a possible type of U`},
	}
	sdl, query := "scalar Any enum E { a } union U = T type T { b: Int e: Int short: Int all: Int dies: Int } type Query {", graphql.Fields{}
	for name, v := range values {
		sdl += " " + name + ": " + v.typ
		query[name] = graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return v.value, nil })
	}
	batch := func(f func(objs []any) ([]any, error)) graphql.Field {
		return graphql.Field{Batch: func(_ *graphql.Context, objs []any, _ graphql.Args) ([]any, error) { return f(objs) }}
	}
	query["root"] = batch(func(objs []any) ([]any, error) { return []any{len(objs)}, nil })
	e, err := graphql.New(graphql.Config{
		Sources: []graphql.Source{{Name: "a", Text: sdl + " root: Int }"}}, Versions: []string{"1"},
		Bindings: graphql.Bindings{
			TypeOf: func(any) string { return "" },
			Objects: map[string]graphql.Fields{"Query": query, "T": {
				"b":     batch(func(objs []any) ([]any, error) { return objs, nil }),
				"e":     batch(func(objs []any) ([]any, error) { return []any{errors.New("every other fails"), nil}, nil }),
				"short": batch(func([]any) ([]any, error) { return nil, nil }),
				"all":   batch(func([]any) ([]any, error) { return nil, errors.New("all fail") }),
				"dies":  batch(func([]any) ([]any, error) { panic("boom") }),
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(field, selection string) string {
		got := run(e, "{ "+field+selection+" }", settings{Version: "1"})
		out := string(got.Data[len(`{"":`)+len(field) : len(got.Data)-1])
		for _, err := range got.Errors {
			out += ": " + err.Message
		}
		return out
	}
	for name, v := range values {
		selection := ""
		switch v.typ {
		case "[T]":
			selection = "{ b e }"
		case "U":
			selection = "{ __typename }"
		}
		if diff := cmp.Diff(v.want, ask(name, selection)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]int{0, 1}, list.asked); diff != "" {
		t.Errorf("elements asked for (-want +got):\n%s", diff)
	}
	for selection, want := range map[string]string{
		"{ short }": `[{"short":null},null,{"short":null}]: T.short: 0 results for 2 objects: T.short: 0 results for 2 objects`,
		"{ all }":   `[{"all":null},null,{"all":null}]: all fail: all fail`,
		"{ dies }":  `[{"dies":null},null,{"dies":null}]: Internal server error: Internal server error`,
	} {
		if diff := cmp.Diff(want, ask("batch_list", selection)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", selection, diff)
		}
	}
	if got := ask("root", ""); got != "1" {
		t.Errorf("a batch at the root: %s", got)
	}
}

func TestMessageRendersErrors(t *testing.T) {
	t.Parallel()
	cfg := config(t, newLibrary(1, 1), testLimits)
	cfg.Message = func(err error) string {
		var p *graphql.PanicError
		if errors.As(err, &p) {
			return "sorry: " + p.Field
		}
		return "failed"
	}
	e, err := graphql.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	op, errs := e.Prepare(&graphql.Request{Version: "2026-01", Query: `{ panics fails(message: "x") count }`})
	if errs != nil {
		t.Fatal(errs)
	}
	c := &graphql.Context{}
	_, errs = e.Append(c, op, nil)
	if len(errs) != 2 || errs[0].Message != "sorry: Query.panics" || errs[1].Message != "failed" || errs[1].Err.Error() != "x" {
		t.Errorf("got %v", errs)
	}
	if c.Cost() != op.Cost || op.Cost != 3 || c.Now.IsZero() {
		t.Errorf("cost %d and %d, now %v", c.Cost(), op.Cost, c.Now)
	}
	if diff := cmp.Diff(versions, e.Versions()); diff != "" {
		t.Error(diff)
	}
}

// ownWords is a scalar's error that has its own words for a variable.
type ownWords struct{}

func (ownWords) Error() string                      { return "it is odd" }
func (ownWords) OfVariable(name, typ string) string { return "odd " + name + " of " + typ }

// TestVariableError: what a scalar says of a variable is the message, and the error comes with it; a
// literal is refused in the usual words.
func TestVariableError(t *testing.T) {
	t.Parallel()
	e, err := graphql.New(graphql.Config{
		Sources:  []graphql.Source{{Name: "t", Text: "scalar Even input In { e: Even! } type Query { q(e: Even, in: In): Int }"}},
		Versions: []string{"1"},
		Bindings: graphql.Bindings{
			Objects: map[string]graphql.Fields{"Query": {"q": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return 1, nil })}},
			Scalars: map[string]func(any) (any, error){"Even": func(v any) (any, error) { return nil, ownWords{} }},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query string
		value any
		want  string
		own   bool
	}{
		{"query($v: Even) { q(e: $v) }", 3.0, "odd v of Even", true},
		{"query($v: In!) { q(in: $v) }", map[string]any{"e": "x"}, "odd v of In!", true},
		{"{ q(e: 3) }", nil, `Expected value of type "Even", found 3; it is odd`, false},
	} {
		_, errs := e.Prepare(&graphql.Request{Version: "1", Query: c.query, Variables: map[string]any{"v": c.value}})
		if len(errs) != 1 || errs[0].Message != c.want || errors.Is(errs[0].Err, ownWords{}) != c.own {
			t.Errorf("%s: %v", c.query, errs)
		}
	}
}
