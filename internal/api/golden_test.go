package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite what the cases want")

// TestGolden runs testdata/*/*.txtar, each over an account of its own. The first line of a case says
// why it is there; "strict", "migrated", "full" and "talk" on a line of their own change the server. Then come
// steps:
//
//	-- query bo --      a document, sent as JSON by bo (ada when nobody is named; none for no token)
//	-- variables --     of the query after it
//	-- http bo --       or a whole request: method, path and headers, an empty line, the body
//	-- want --          status, Api-Version if told, and body of the answer
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runCase(t, file)
		})
	}
}

func runCase(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := txtar.Parse(text)
	options := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSpace(string(a.Comment)), "\n") {
		if i > 0 {
			options[strings.TrimSpace(line)] = true
		} else if line == "" {
			t.Error("the first line does not say why")
		}
	}
	seed := small()
	if options["migrated"] {
		seed = migrated()
	}
	if options["full"] {
		full(seed)
	}
	if options["talk"] {
		talk(seed)
	}
	s := start(t, seed, func(c *Config) { c.Strict = options["strict"] })
	var out []txtar.File
	var variables json.RawMessage
	for i, f := range a.Files {
		kind, who, _ := strings.Cut(f.Name, " ")
		if kind == "want" {
			continue
		}
		out = append(out, f)
		if kind == "variables" {
			variables = f.Data
			continue
		}
		r := newRequest(t, kind, who, f.Data, variables)
		variables = nil
		w := s.send(r)
		if w.Header().Get("Content-Type") == "application/json" && w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("step %d (%s): the answer is not JSON", i+1, f.Name)
		}
		got := render(w)
		var want string
		if i+1 < len(a.Files) && a.Files[i+1].Name == "want" {
			want = string(a.Files[i+1].Data)
		}
		if !*update {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("step %d (%s): -want +got\n%s", i+1, f.Name, diff)
			}
		}
		out = append(out, txtar.File{Name: "want", Data: []byte(got)})
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(&txtar.Archive{Comment: a.Comment, Files: out}), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func newRequest(t *testing.T, kind, who string, data []byte, variables json.RawMessage) *http.Request {
	t.Helper()
	if who == "" {
		who = "ada"
	}
	var r *http.Request
	switch kind {
	case "query":
		body, err := json.Marshal(struct {
			Query     string          `json:"query"`
			Variables json.RawMessage `json:"variables,omitempty"`
		}{strings.TrimSuffix(string(data), "\n"), variables})
		if err != nil {
			t.Fatal(err)
		}
		r = httptest.NewRequest("POST", "/v2", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	case "http":
		r = parseHTTP(t, data)
	default:
		t.Fatalf("a step is a query or http, not %s", kind)
	}
	if who != "none" {
		id, ok := people[who]
		if !ok {
			t.Fatalf("nobody is called %s; there are %v", who, sortedNames())
		}
		r.Header.Set("Authorization", token(id))
	}
	return r
}

// parseHTTP reads a request with as many headers of a name as there are, and without making any up.
func parseHTTP(t *testing.T, data []byte) *http.Request {
	t.Helper()
	head, body, _ := strings.Cut(string(data), "\n\n")
	lines := bufio.NewScanner(strings.NewReader(head))
	lines.Scan()
	method, path, ok := strings.Cut(lines.Text(), " ")
	if !ok {
		t.Fatalf("%q is no method and path", lines.Text())
	}
	r := httptest.NewRequest(method, path, strings.NewReader(strings.TrimSuffix(body, "\n")))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		r.Header.Add(name, strings.TrimSpace(value))
	}
	return r
}

// render writes an answer as the cases do: status, type and version where they are not the usual, body.
func render(w *httptest.ResponseRecorder) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", w.Code)
	for _, name := range []string{"Content-Type", "Api-Version", "Allow", "Retry-After"} {
		if v := w.Header().Get(name); v != "" && v != "application/json" {
			fmt.Fprintf(&b, " %s: %s", name, v)
		}
	}
	b.WriteString("\n")
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, w.Body.Bytes(), "", "  "); err != nil {
		b.Write(w.Body.Bytes())
	} else {
		b.Write(pretty.Bytes())
	}
	if w.Body.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}
