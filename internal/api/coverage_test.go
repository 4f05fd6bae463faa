package api

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	coverageBegin = "<!-- coverage: printed by go test ./internal/api -run Coverage -update -->\n"
	coverageEnd   = "<!-- end of coverage -->\n"
)

// use is one thing that clients ask for: a query, a mutation, a field Type.field, or an argument
// Type.field(argument), and how many clients do.
type use struct {
	kind, name string
	clients    int
}

// never are things that clients ask for and no version of the API has had for years.
var never = map[string]string{
	"items_by_column_values":                               "gone since 2023-10; items_page_by_column_values is in its place",
	"items_by_multiple_column_values":                      "gone since 2023-10; items_page_by_column_values is in its place",
	"Query.items_by_column_values(board_id)":               "goes with its field",
	"Query.items_by_column_values(column_id)":              "goes with its field",
	"Query.items_by_column_values(column_value)":           "goes with its field",
	"Query.items_by_multiple_column_values(board_id)":      "goes with its field",
	"Query.items_by_multiple_column_values(column_id)":     "goes with its field",
	"Query.items_by_multiple_column_values(column_values)": "goes with its field",
	"Board.items": "gone since 2023-10; items_page is in its place",
	"Board.pos":   "gone since before 2023-10",
}

// notYet are things that clients ask for and this server lacks knowingly. A name with * at its end is all
// types that begin so, with their fields and arguments.
var notYet = map[string]string{
	"search":         "from version 2026-07 on",
	"Search*":        "goes with search",
	"User.kind":      "from version 2026-07 on",
	"User.photo_url": "from version 2026-07 on",
	"User.status":    "from version 2026-07 on",
	"TimelineItem*":  "e-mails and activities are not kept",
}

// why is the reason that notYet gives; "" for none.
func (u use) why() string {
	for name, why := range notYet {
		if prefix, all := strings.CutSuffix(name, "*"); name == u.name || all && strings.HasPrefix(u.name, prefix) {
			return why
		}
	}
	return ""
}

// uses reads testdata/usage.tsv.
func uses(t *testing.T) (out []use) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "usage.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimSpace(line), "\t")
		if len(cells) != 3 {
			t.Fatalf("usage.tsv: %q has not three cells", line)
		}
		n, err := strconv.Atoi(cells[2])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, use{cells[0], cells[1], n})
	}
	return out
}

// offered lists what the current version has: its types, their fields, their fields' arguments.
func offered(t *testing.T) map[string]bool {
	t.Helper()
	var answer struct {
		Schema struct {
			Types []struct {
				Name   string
				Fields []struct {
					Name string
					Args []struct{ Name string }
				}
			}
		} `json:"__schema"`
	}
	if err := json.Unmarshal(documented().Introspection(currentVersion), &answer); err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, typ := range answer.Schema.Types {
		has[typ.Name] = true
		for _, f := range typ.Fields {
			has[typ.Name+"."+f.Name] = true
			for _, a := range f.Args {
				has[typ.Name+"."+f.Name+"("+a.Name+")"] = true
			}
		}
	}
	return has
}

// field is the use's name as offered tells it.
func (u use) field() string {
	switch u.kind {
	case "query":
		return "Query." + u.name
	case "mutation":
		return "Mutation." + u.name
	}
	return u.name
}

// TestCoverage holds docs/coverage.md to what is served, and what is served to what clients ask for:
// every query and mutation that three of them use, with the fields of its types and the arguments.
func TestCoverage(t *testing.T) {
	t.Parallel()
	list, has := uses(t), offered(t)
	clients := map[string]int{}
	for _, u := range list {
		clients[u.field()] = u.clients
	}
	for _, u := range list {
		if has[u.field()] || never[u.name] != "" || u.why() != "" {
			continue
		}
		typ, _, _ := strings.Cut(u.field(), ".")
		of, _, argument := strings.Cut(u.field(), "(")
		root := typ == "Query" || typ == "Mutation"
		switch {
		case root && argument && clients[of] < 3, root && !argument && u.clients < 3:
		case !root && !has[typ]: // comes with the queries and mutations that lead there
		default:
			t.Errorf("%d clients use the %s %s, which is not served; serve it, or say in notYet why not", u.clients, u.kind, u.name)
		}
	}
	for name := range never {
		if has[name] || has["Query."+name] {
			t.Errorf("%s is served; take it from never", name)
		}
	}
	for name := range notYet {
		if has[name] || has["Query."+name] || has["Mutation."+name] {
			t.Errorf("%s is served; take it from notYet", name)
		}
	}
	path := filepath.Join("..", "..", "docs", "coverage.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), coverageBegin)
	old, after, ok2 := strings.Cut(rest, coverageEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has lost the marks around what is printed", path)
	}
	now := coverage(list, has)
	if *update {
		if err := os.WriteFile(path, []byte(before+coverageBegin+now+coverageEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(old, now); diff != "" {
		t.Errorf("%s is not what is served (-page +now); -update prints it anew:\n%s", path, diff)
	}
}

// kinds are the kinds of uses, as the page calls them.
var kinds = []struct{ kind, plural string }{
	{"query", "queries"}, {"mutation", "mutations"}, {"field", "fields of types"}, {"argument", "arguments"},
}

// coverage prints the page.
func coverage(list []use, has map[string]bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Version %s.\n\n| used by two clients or more | | served | share |\n|---|--:|--:|--:|\n", currentVersion)
	for _, k := range kinds {
		all, served := 0, 0
		for _, u := range list {
			if u.kind != k.kind || never[u.name] != "" {
				continue
			}
			if all++; has[u.field()] {
				served++
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %.1f %% |\n", k.plural, all, served, 100*float64(served)/float64(max(all, 1)))
	}
	b.WriteString("\n## Not served yet\n\n")
	printUses(&b, list, func(u use) (string, bool) { return u.why(), !has[u.field()] && never[u.name] == "" })
	b.WriteString("\n## Never served\n\nClients still ask for these; no version of the API has them any more.\n\n")
	printUses(&b, list, func(u use) (string, bool) { return never[u.name], never[u.name] != "" })
	b.WriteString("\n## Queries and mutations\n\n| | clients | served |\n|---|--:|---|\n")
	for _, u := range list {
		if u.kind != "query" && u.kind != "mutation" {
			continue
		}
		served := "yes"
		if !has[u.field()] {
			served = "no"
		}
		fmt.Fprintf(&b, "| %s `%s` | %d | %s |\n", u.kind, u.name, u.clients, served)
	}
	return b.String()
}

// printUses prints the uses that pick picks, with what it says of them.
func printUses(b *strings.Builder, list []use, pick func(use) (why string, ok bool)) {
	rows := 0
	for _, u := range list {
		why, ok := pick(u)
		if !ok {
			continue
		}
		if rows++; rows == 1 {
			b.WriteString("| | clients | why |\n|---|--:|---|\n")
		}
		fmt.Fprintf(b, "| %s `%s` | %d | %s |\n", u.kind, u.name, u.clients, why)
	}
	if rows == 0 {
		b.WriteString("Nothing.\n")
	}
}
