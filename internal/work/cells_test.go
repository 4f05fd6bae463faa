package work_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// TestCells writes cells and reads them back, also when somebody has laid their JSON out anew.
func TestCells(t *testing.T) {
	t.Parallel()
	many := work.Cells{}
	for i := range 40 {
		many = append(many, work.Cell{Column: fmt.Sprint("c", i), Value: column.Value{JSON: fmt.Sprintf(`{"n":%d,"s":"}\"{,"}`, i)}, At: int64(i)})
	}
	for name, cells := range map[string]work.Cells{
		"none":                        nil,
		"one":                         {{Column: "text", Value: column.Value{JSON: `"a \"quoted\" {brace"`}, At: 1690000000000000}},
		"emptied, and without a time": {{Column: "a", At: 5}, {Column: "b", Value: column.Value{JSON: `[1,{"x":[]}]`}}},
		"odd ids":                     {{Column: `a"b\c`, Value: column.Value{JSON: `1`}}, {Column: "ünï", Value: column.Value{JSON: `true`}, At: 7}},
		"many":                        many,
	} {
		js := string(work.AppendCells(nil, cells))
		spaced := strings.NewReplacer(`,"at":`, ` , "at" : `, `:{"value":`, ` : { "value" : `).Replace(js)
		for how, js := range map[string]string{"as written": js, "laid out anew": spaced} {
			if diff := cmp.Diff(cells, work.ParseCells(js)); diff != "" {
				t.Errorf("%s, %s, %s: -want +got\n%s", name, how, js, diff)
			}
		}
	}
}

func FuzzParseCells(f *testing.F) {
	f.Add(`{"a":{"value":"x","at":1},"b":{"value":null}}`)
	f.Add(`{"a":{"value":{"x":`)
	f.Add(`{"a" : {"at": 3}}`)
	f.Fuzz(func(t *testing.T, js string) {
		cells := work.ParseCells(js) // must not panic, and ends
		for _, c := range cells {
			if len(c.Value.JSON) > len(js) {
				t.Errorf("%q has a value longer than itself", js)
			}
		}
	})
}

func BenchmarkParseCells(b *testing.B) {
	var cells work.Cells
	for i := range 12 {
		cells = append(cells, work.Cell{Column: fmt.Sprint("column_", i), Value: column.Value{JSON: `{"index":1,"post_id":null}`}, At: 1690000000000000})
	}
	js := string(work.AppendCells(nil, cells))
	for b.Loop() {
		work.ParseCells(js)
	}
}
