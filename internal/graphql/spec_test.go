package graphql_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

var update = flag.Bool("update", false, "rewrite the golden answers")

// answer is what a golden case records.
type answer struct {
	Data     json.RawMessage `json:"data,omitempty"`
	Errors   []answerError   `json:"errors,omitempty"`
	Warnings []answerError   `json:"warnings,omitempty"`
	Cost     int             `json:"cost,omitempty"`
}

type answerError struct {
	Message   string   `json:"message"`
	Locations [][2]int `json:"locations,omitempty"`
	Path      []any    `json:"path,omitempty"`
}

// settings are the optional part of a case: NAME.json beside NAME.graphql.
type settings struct {
	Version       string         `json:"version"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Deny          []string       `json:"deny"`
	Cost          bool           `json:"cost"`
	Lenient       bool           `json:"lenient"`
	Epoch         uint64         `json:"epoch"`
}

func answerErrors(errs []graphql.Error) []answerError {
	var out []answerError
	for _, e := range errs {
		a := answerError{Message: e.Message, Path: e.Path}
		for _, l := range e.Locations {
			a.Locations = append(a.Locations, [2]int{l.Line, l.Column})
		}
		out = append(out, a)
	}
	return out
}

func run(e *graphql.Executor, query string, s settings) answer {
	if s.Version == "" {
		s.Version = "2026-04"
	}
	op, errs := e.Prepare(&graphql.Request{
		Version: s.Version, Query: query, OperationName: s.OperationName, Variables: s.Variables,
	})
	if errs != nil {
		return answer{Errors: answerErrors(errs)}
	}
	c := &graphql.Context{Epoch: s.Epoch}
	if s.Deny != nil {
		c.Allow = func(scope string) error {
			for _, d := range s.Deny {
				if d == scope {
					return errors.New("needs " + scope)
				}
			}
			return nil
		}
	}
	data, errs := e.Append(c, op, nil)
	a := answer{Data: data, Errors: answerErrors(errs), Warnings: answerErrors(c.Warnings())}
	if s.Cost {
		a.Cost = op.Cost
	}
	return a
}

func render(t *testing.T, a answer) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a); err != nil {
		t.Fatalf("the data is not JSON: %v\n%s", err, a.Data)
	}
	// One member a line reads well and compares well.
	s := strings.TrimSpace(b.String())
	s = strings.ReplaceAll(s, `,"errors":[`, ",\n"+`"errors":[`)
	s = strings.ReplaceAll(s, `,"warnings":[`, ",\n"+`"warnings":[`)
	s = strings.ReplaceAll(s, `},{"message":`, "},\n"+`{"message":`)
	return s + "\n"
}

// TestSpec runs the golden cases: in each file, sorted by the sections of the October 2021
// specification, every NAME.graphql is run, with NAME.json's settings, and answers NAME.want.
func TestSpec(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/spec/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			specFile(t, file)
		})
	}
}

func specFile(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(bytes.TrimSpace(archive.Comment)) == 0 {
		t.Error("the first line must say what the case is about")
	}
	parts := map[string]string{}
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	out := &txtar.Archive{Comment: archive.Comment}
	executors := map[bool]*graphql.Executor{} // strict and lenient
	for _, f := range archive.Files {
		name, found := strings.CutSuffix(f.Name, ".graphql")
		if !found {
			continue
		}
		var s settings
		if text, ok := parts[name+".json"]; ok {
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			d.DisallowUnknownFields()
			if err := d.Decode(&s); err != nil {
				t.Fatalf("%s.json: %v", name, err)
			}
		}
		if executors[s.Lenient] == nil {
			executors[s.Lenient] = specExecutor(t, s.Lenient)
		}
		got := specCase(t, executors[s.Lenient], name, strings.TrimSuffix(string(f.Data), "\n"), s)
		out.Files = append(out.Files, f)
		if text, ok := parts[name+".json"]; ok {
			out.Files = append(out.Files, txtar.File{Name: name + ".json", Data: []byte(text)})
		}
		out.Files = append(out.Files, txtar.File{Name: name + ".want", Data: []byte(got)})
		if diff := cmp.Diff(parts[name+".want"], got); diff != "" && !*update {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func specExecutor(t *testing.T, lenient bool) *graphql.Executor {
	limits := testLimits
	limits.LenientInts = lenient
	return newExecutor(t, newLibrary(3, 2), limits)
}

// specCase runs a case three times: first, from the plan cache, and with encodings kept. All must agree.
func specCase(t *testing.T, e *graphql.Executor, name, query string, s settings) string {
	mutates := strings.HasPrefix(strings.TrimSpace(query), "mutation")
	if mutates {
		e = specExecutor(t, s.Lenient)
	}
	got := render(t, run(e, query, s))
	if mutates {
		return got
	}
	for _, epoch := range []uint64{0, 1, 1} {
		s.Epoch = epoch
		if again := render(t, run(e, query, s)); again != got {
			t.Errorf("%s: a later run, in epoch %d, differs:\n%s", name, epoch, cmp.Diff(got, again))
		}
	}
	return got
}
