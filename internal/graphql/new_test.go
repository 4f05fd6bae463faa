package graphql_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

func TestNewReportsEverythingUnbound(t *testing.T) {
	t.Parallel()
	nothing := graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return nil, nil })
	_, err := graphql.New(graphql.Config{
		Sources: []graphql.Source{{Name: "a", Text: `
			type Query { a: Int b: Int @since(version: "2") c: Int @until(version: "2") d: T e: T f: Int }
			type T { x: Int y: Int }`}},
		Versions: []string{"1", "2"},
		Bindings: graphql.Bindings{Objects: map[string]graphql.Fields{
			"Query": {"a": nothing, "d": nothing, "z": nothing, "e": {Append: func(dst []byte, _ any) []byte { return dst }}, "f": {}},
			"T":     {"x": nothing, "y@3": nothing},
		}},
	})
	want := []string{
		"Query.b has no binding in 2",
		"Query.c has no binding in 1",
		"Query.e: Append is for scalars and enums, and this is T",
		"Query.f: exactly one of Append, Resolve and Batch must be set",
		"Query.z is bound and no version has that field",
		"T.y has no binding in 1",
		"T.y has no binding in 2",
		"T.y@3 is bound and no version has that field",
	}
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewRefusesBrokenSDL(t *testing.T) {
	t.Parallel()
	for name, sdl := range map[string]string{
		"syntax":         `type Query { a: }`,
		"unknown type":   `type Query { a: Nothing }`,
		"twice in force": `type Query { a: Int } type T { x: Int } type T { y: Int }`,
		"no query":       `type T { x: Int }`,
		"weight":         `type Query { a: Int @cost(weight: many) }`,
		"default":        `type Query { a(x: Int = "one"): Int }`,
	} {
		_, err := graphql.New(graphql.Config{Sources: []graphql.Source{{Name: name, Text: sdl}}, Versions: []string{"1"}})
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestBuiltInsMayBeRedefined: published schemas often carry the definitions of Int and @skip.
func TestBuiltInsMayBeRedefined(t *testing.T) {
	t.Parallel()
	_, err := graphql.New(graphql.Config{
		Sources: []graphql.Source{{Name: "a", Text: `
			scalar Int
			scalar ID
			directive @skip(if: Boolean!) on FIELD
			directive @deprecated(reason: String) on FIELD_DEFINITION
			directive @since(version: String!) on FIELD_DEFINITION
			directive @cost(weight: Int!) on FIELD_DEFINITION
			type Query { a: Int @cost(weight: 3) @since(version: "1") @deprecated }`}},
		Versions: []string{"1"},
		Bindings: graphql.Bindings{Objects: map[string]graphql.Fields{
			"Query": {"a": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return 1, nil })},
		}},
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSDL(t *testing.T) {
	t.Parallel()
	e := newExecutor(t, newLibrary(1, 1), testLimits)
	for _, v := range versions {
		sdl := e.SDL(v)
		s, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
		if err != nil {
			t.Fatalf("%s: %v\n%s", v, err, sdl)
		}
		for _, ours := range []string{"@since", "@until", "@scope", "@cost", "@listSize"} {
			if strings.Contains(sdl, ours) {
				t.Errorf("%s: the SDL shows %s", v, ours)
			}
		}
		if got, want := s.Query.Fields.ForName("today") != nil, v == "2026-07"; got != want {
			t.Errorf("%s: today is there: %v", v, got)
		}
	}
	for _, want := range []string{"A day, as YYYY-MM-DD.", "Books by this author.", `reason: "Out of fashion."`, "directive @note"} {
		if !strings.Contains(e.SDL("2026-01"), want) {
			t.Errorf("the SDL lacks %s", want)
		}
	}
	if e.SDL("x") != "" || e.Introspection("x") != nil {
		t.Error("a version that is not served has a schema")
	}
}

// TestIntrospectionQuery asks as clients do, and compares with the answer that is kept ready.
func TestIntrospectionQuery(t *testing.T) {
	t.Parallel()
	e := newExecutor(t, newLibrary(1, 1), testLimits)
	for _, v := range versions {
		ready := e.Introspection(v)
		var doc struct {
			Schema struct {
				Types []struct{ Name, Kind string }
			} `json:"__schema"`
		}
		if err := json.Unmarshal(ready, &doc); err != nil || len(doc.Schema.Types) < 20 {
			t.Fatalf("%s: %v, %d types", v, err, len(doc.Schema.Types))
		}
	}
	limited := testLimits
	limited.Depth = 1
	if len(newExecutor(t, newLibrary(1, 1), limited).Introspection("2026-01")) == 0 {
		t.Error("limits must not keep us from our own introspection")
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	e := newExecutor(t, newLibrary(1, 1), testLimits)
	found := map[string]graphql.FieldInfo{}
	for _, f := range e.Fields("2026-04") {
		found[f.Type+"."+f.Field] = f
	}
	if _, ok := found["Query.today"]; ok {
		t.Error("today is not in 2026-04")
	}
	for name, want := range map[string]graphql.FieldInfo{
		"Author.secret": {Type: "Author", Field: "secret", Returns: "String", Scope: "secrets:read", Weight: 1},
		"Book.old":      {Type: "Book", Field: "old", Returns: "String", Weight: 1, Deprecated: "No longer supported"},
		"Mutation.add": {
			Type: "Mutation", Field: "add", Returns: "Counter!", Weight: 500,
			Arguments: []graphql.ArgumentInfo{{Name: "n", Type: "Int!"}},
		},
		"Mutation.log": {Type: "Mutation", Field: "log", Returns: "[Int!]!", Weight: 10},
		"Author.books": {
			Type: "Author", Field: "books", Returns: "[Book!]!", Weight: 10, Description: "Books by this author.",
			Arguments: []graphql.ArgumentInfo{{Name: "limit", Type: "Int", Default: "10"}},
		},
	} {
		if diff := cmp.Diff(want, found[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
