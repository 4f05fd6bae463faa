package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// document is what a client asks.
type document struct {
	operation string // query, mutation
	fields    ast.SelectionSet
	fragments ast.FragmentDefinitionList
	variables map[string]any
}

func parse(body []byte) (*document, error) {
	var req struct {
		Query     string
		Variables map[string]any
		Operation string `json:"operationName"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, err
	}
	parsed, err := parser.ParseQuery(&ast.Source{Input: req.Query})
	if err != nil {
		return nil, err
	}
	op := parsed.Operations.ForName(req.Operation)
	if op == nil {
		return nil, errors.New("no operation")
	}
	variables := map[string]any{}
	for _, v := range op.VariableDefinitions {
		if value, ok := req.Variables[v.Variable]; ok {
			variables[v.Variable] = value
		} else if v.DefaultValue != nil {
			variables[v.Variable], _ = v.DefaultValue.Value(nil)
		}
	}
	return &document{string(op.Operation), op.SelectionSet, parsed.Fragments, variables}, nil
}

// field is a field of the document, and where an answer has it.
type field struct {
	name string // of the schema
	key  string // in the answer
	args map[string]any
	path []any
	of   map[string]any // the object that it is in; nil when there is no answer
	in   *field         // the field which that object is of; nil at the root
	sub  ast.SelectionSet
}

func (f *field) text(arg string) string {
	switch v := f.args[arg].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

func (f *field) number(arg string) int {
	n, _ := json.Number(f.text(arg)).Float64()
	return int(n)
}

// texts reads an argument that is a list or one of its elements.
func (f *field) texts(arg string) []string {
	list, ok := f.args[arg].([]any)
	if !ok && f.args[arg] != nil {
		list = []any{f.args[arg]}
	}
	var all []string
	for _, v := range list {
		if n, ok := v.(float64); ok {
			all = append(all, fmt.Sprintf("%.0f", n))
		} else {
			all = append(all, fmt.Sprint(v))
		}
	}
	return all
}

// each visits the fields of a selection, those of its fragments too.
func (d *document) each(set ast.SelectionSet, visit func(f *ast.Field)) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			visit(s)
		case *ast.InlineFragment:
			d.each(s.SelectionSet, visit)
		case *ast.FragmentSpread:
			if def := d.fragments.ForName(s.Name); def != nil {
				d.each(def.SelectionSet, visit)
			}
		}
	}
}

func (d *document) field(s *ast.Field, in *field) *field {
	f := &field{name: s.Name, key: s.Alias, in: in, sub: s.SelectionSet, args: map[string]any{}}
	for _, a := range s.Arguments {
		f.args[a.Name], _ = a.Value.Value(d.variables) // what is not given stays nil
	}
	return f
}

// asked visits all fields that the document asks for.
func (d *document) asked(visit func(*field)) {
	var walk func(set ast.SelectionSet, in *field)
	walk = func(set ast.SelectionSet, in *field) {
		d.each(set, func(s *ast.Field) {
			f := d.field(s, in)
			visit(f)
			walk(s.SelectionSet, f)
		})
	}
	walk(d.fields, nil)
}

// answered visits all fields of an answer from the root on. What visit puts into the field's object is
// what is walked on.
func (d *document) answered(data map[string]any, visit func(*field)) {
	var walk func(set ast.SelectionSet, of map[string]any, in *field, path []any)
	walk = func(set ast.SelectionSet, of map[string]any, in *field, path []any) {
		done := map[string]bool{}
		d.each(set, func(s *ast.Field) {
			if _, ok := of[s.Alias]; !ok || done[s.Alias] {
				return
			}
			done[s.Alias] = true
			f := d.field(s, in)
			f.of, f.path = of, append(path[:len(path):len(path)], s.Alias)
			visit(f)
			switch v := of[s.Alias].(type) {
			case map[string]any:
				walk(s.SelectionSet, v, f, f.path)
			case []any:
				for i, e := range v {
					if m, ok := e.(map[string]any); ok {
						walk(s.SelectionSet, m, f, append(f.path[:len(f.path):len(f.path)], i))
					}
				}
			}
		})
	}
	walk(d.fields, data, nil, nil)
}

// over says that a limit is larger than it may be.
func (d *document) over(most map[string]int) (over bool) {
	if len(most) == 0 {
		return false
	}
	d.asked(func(f *field) {
		if n := most[f.name]; n > 0 && f.number("limit") > n {
			over = true
		}
	})
	return over
}

// cursor is the field that asks for a page by its cursor.
func (d *document) cursor() (found *field, ok bool) {
	d.each(d.fields, func(s *ast.Field) {
		if s.Name == "next_items_page" {
			found = d.field(s, nil)
		}
	})
	return found, found != nil
}

// signature is a selection's text: rows of the same one have the same members.
func (d *document) signature(set ast.SelectionSet) string {
	var b strings.Builder
	var write func(set ast.SelectionSet)
	write = func(set ast.SelectionSet) {
		d.each(set, func(s *ast.Field) {
			b.WriteString(s.Alias + ":" + s.Name)
			for _, a := range s.Arguments {
				v, _ := a.Value.Value(d.variables)
				fmt.Fprintf(&b, "(%s:%v)", a.Name, v)
			}
			for _, dir := range s.Directives {
				for _, a := range dir.Arguments {
					v, _ := a.Value.Value(d.variables)
					fmt.Fprintf(&b, "@%s(%v)", dir.Name, v)
				}
			}
			b.WriteByte('{')
			write(s.SelectionSet)
			b.WriteByte('}')
		})
	}
	write(set)
	return b.String()
}
