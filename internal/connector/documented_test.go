package connector_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
)

var update = flag.Bool("update", false, "print what is generated of docs/connector.md anew")

// The marks around what is printed.
const (
	tablesBegin = "<!-- tables: printed by go test ./internal/connector -run Documented -update -->\n"
	tablesEnd   = "<!-- end -->\n"
)

// typeNames are the types of fields in the words of the page.
var typeNames = map[connector.Type]string{connector.Text: "text", connector.Integer: "integer", connector.Number: "number", connector.Boolean: "boolean",
	connector.Date: "date", connector.Time: "time", connector.JSON: "JSON"}

// TestDocumented holds the tables of docs/connector.md to the streams.
func TestDocumented(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "connector.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tablesBegin)
	old, after, ok2 := strings.Cut(rest, tablesEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has lost the marks around what is printed", path)
	}
	var b strings.Builder
	for _, s := range connector.Streams() {
		fmt.Fprintf(&b, "\n### %s\n\n%s", s.Name, s.Doc)
		switch {
		case s.Since && s.Cursor != "":
			fmt.Fprintf(&b, " From `start_date` on, by `%s`.", s.Cursor)
		case s.Since:
			b.WriteString(" From `start_date` on, with what it belongs to.")
		}
		b.WriteString("\n\n| column | type | |\n|---|---|---|\n")
		for _, f := range s.Fields {
			name := f.Name
			if slices.Contains(s.Key, name) {
				name = "**" + name + "**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", name, typeNames[f.Type], f.Doc)
		}
	}
	b.WriteString("\n")
	if *update {
		if err := os.WriteFile(path, []byte(before+tablesBegin+b.String()+tablesEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(old, b.String()); diff != "" {
		t.Errorf("%s is not what is kept (-page +now); -update prints it anew:\n%s", path, diff)
	}
}
