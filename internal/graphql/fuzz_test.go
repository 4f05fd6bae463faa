package graphql_test

import (
	"encoding/json"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

// FuzzPrepare: whatever is asked, there is an answer or an error, from the plan cache as from a new
// plan, and the answer is JSON.
func FuzzPrepare(f *testing.F) {
	for _, q := range goldenQueries(f) {
		f.Add(q)
	}
	f.Add(billionLaughs(12))
	limits := testLimits
	limits.Tokens, limits.Fields, limits.Depth, limits.LenientInts = 1000, 500, 12, true
	e := newExecutor(f, newLibrary(2, 2), limits)
	f.Fuzz(func(t *testing.T, query string) {
		var first string
		for i := range 2 {
			op, errs := e.Prepare(&graphql.Request{Version: "2026-04", Query: query, Variables: map[string]any{"a": true, "n": json.Number("2")}})
			if (op == nil) == (errs == nil) {
				t.Fatalf("%v and %v", op, errs)
			}
			for _, err := range errs {
				for _, l := range err.Locations {
					if l.Line < 1 || l.Column < 1 {
						t.Fatalf("%q is at %v", err.Message, l)
					}
				}
			}
			if op == nil || op.Kind == "mutation" || op.Cost > 1_000_000 {
				return
			}
			data, _ := e.Append(&graphql.Context{Epoch: uint64(i)}, op, nil)
			if !json.Valid(data) {
				t.Fatalf("not JSON: %s", data)
			}
			if i == 1 && string(data) != first {
				t.Fatalf("%s, and then %s", first, data)
			}
			first = string(data)
		}
	})
}
