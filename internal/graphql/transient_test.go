package graphql_test

import (
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

// TestTransient: encodings of objects are kept, and of transient ones they are not, neither of the
// whole object nor of a Cached field of it.
func TestTransient(t *testing.T) {
	t.Parallel()
	type thing struct{ n int64 }
	const fields = "{ a: ID b: ID c: ID list: [Part] } "
	sdl := "type Kept " + fields + "type Gone " + fields + "type Part { n: ID } type Query { kept: [Kept] gone: [Gone] }"
	encoded, resolved := 0, 0
	leaf := graphql.Leaf(func(dst []byte, v *thing) []byte {
		encoded++
		return graphql.AppendInt(dst, v.n)
	})
	things := graphql.Slice[*thing]{{1}, {2}}
	parts := cached(graphql.Resolve(func(*graphql.Context, *thing, graphql.Args) (any, error) {
		resolved++
		return things, nil
	}))
	root := graphql.Root(func(*graphql.Context, graphql.Args) (any, error) { return things, nil })
	bindings := graphql.Bindings{Transient: []string{"Gone"}, Objects: map[string]graphql.Fields{
		"Query": {"kept": root, "gone": root},
		"Kept":  {"a": leaf, "b": leaf, "c": leaf, "list": parts},
		"Gone":  {"a": leaf, "b": leaf, "c": leaf, "list": parts},
		"Part":  {"n": leaf},
	}}
	e, err := graphql.New(graphql.Config{
		Sources: []graphql.Source{{Name: "t", Text: sdl}}, Versions: []string{"1"}, Bindings: bindings,
		Limits: graphql.Limits{MemoBytes: 1 << 20, PlanBytes: 1 << 20},
	})
	if err != nil {
		t.Fatal(err)
	}
	run := func(query string) (leaves, lists int) {
		encoded, resolved = 0, 0
		for range 3 {
			op, errs := e.Prepare(&graphql.Request{Version: "1", Query: query})
			if errs != nil {
				t.Fatal(errs)
			}
			if out, errs := e.Append(&graphql.Context{Context: t.Context(), Epoch: 7}, op, nil); errs != nil {
				t.Fatal(string(out), errs)
			}
		}
		return encoded, resolved
	}
	if leaves, _ := run("{ kept { a b c } }"); leaves != 2*3 {
		t.Errorf("kept objects: %d fields were encoded in three runs, want %d", leaves, 2*3)
	}
	if leaves, _ := run("{ gone { a b c } }"); leaves != 3*2*3 {
		t.Errorf("transient objects: %d fields were encoded in three runs, want %d", leaves, 3*2*3)
	}
	if _, lists := run("{ kept { list { n } } }"); lists >= 3*2 {
		t.Errorf("kept fields: resolved %d times in three runs", lists)
	}
	if _, lists := run("{ gone { list { n } } }"); lists != 3*2 {
		t.Errorf("fields of transient objects: resolved %d times in three runs, want %d", lists, 3*2)
	}
	// A moment of its own is for transient objects too; it changes, or there is none.
	var epoch uint64 = 1
	keep := true
	own := parts
	own.Cached, own.Moment = false, func(*graphql.Context, any) (uint64, uint64, bool) { return epoch, 0, keep }
	bindings.Objects["Gone"]["list"] = own
	if e, err = graphql.New(graphql.Config{
		Sources: []graphql.Source{{Name: "t", Text: sdl}}, Versions: []string{"1"}, Bindings: bindings,
		Limits: graphql.Limits{MemoBytes: 1 << 20, PlanBytes: 1 << 20},
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what  string
		epoch uint64
		keep  bool
		want  int // resolved in three runs, of two objects
	}{
		{"a first moment", 1, true, 3}, // the first object's makes the moment known
		{"the same", 1, true, 0},
		{"another", 2, true, 3},
		{"none", 2, false, 6},
	} {
		epoch, keep = c.epoch, c.keep
		if _, lists := run("{ gone { list { n } } }"); lists != c.want {
			t.Errorf("%s: resolved %d times, want %d", c.what, lists, c.want)
		}
	}
	bindings.Transient = []string{"Query", "Nobody"}
	_, err = graphql.New(graphql.Config{Sources: []graphql.Source{{Name: "t", Text: sdl}}, Versions: []string{"1"}, Bindings: bindings})
	if err == nil || !strings.Contains(err.Error(), "Nobody is transient") || strings.Contains(err.Error(), "Query is") {
		t.Errorf("a transient type that there is not: %v", err)
	}
}
