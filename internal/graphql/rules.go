package graphql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// spreadToken is the three dots of a fragment spread or inline fragment.
func spreadToken(p *ast.Position) int { return tokenOf(p) - 1 }

// fragments are the rules of section 5.5 but for unused and circular ones.
func (v *validation) fragments(w *walker) {
	names := map[string]int{}
	w.fragment = append(w.fragment, func(f *ast.FragmentDefinition) {
		name, condition := tokenOf(f.Position)+1, tokenOf(f.Position)+3
		if before, ok := names[f.Name]; ok {
			v.report(fmt.Sprintf("There can be only one fragment named %q.", f.Name), before, name)
		} else {
			names[f.Name] = name
		}
		def := v.schema.ast.Types[f.TypeCondition]
		if def == nil {
			v.unknownType(f.TypeCondition, condition)
		} else if !def.IsCompositeType() {
			v.reportf(condition, "Fragment %q cannot condition on non composite type %q.", f.Name, f.TypeCondition)
		}
	})
	w.inlineFragment = append(w.inlineFragment, func(f *ast.InlineFragment) {
		if f.TypeCondition == "" {
			return
		}
		condition := tokenOf(f.Position) + 1
		def := v.schema.ast.Types[f.TypeCondition]
		switch {
		case def == nil:
			v.unknownType(f.TypeCondition, condition)
		case !def.IsCompositeType():
			v.reportf(condition, "Fragment cannot condition on non composite type %q.", f.TypeCondition)
		case f.ObjectDefinition != nil && !v.overlaps(f.ObjectDefinition, def):
			v.reportf(spreadToken(f.Position), "Fragment cannot be spread here as objects of type %q can never be of type %q.",
				f.ObjectDefinition.Name, f.TypeCondition)
		}
	})
	w.fragmentSpread = append(w.fragmentSpread, func(s *ast.FragmentSpread) {
		if s.Definition == nil {
			v.reportf(tokenOf(s.Position), "Unknown fragment %q.", s.Name)
			return
		}
		def := v.schema.ast.Types[s.Definition.TypeCondition]
		if def != nil && s.ObjectDefinition != nil && !v.overlaps(s.ObjectDefinition, def) {
			v.reportf(spreadToken(s.Position), "Fragment %q cannot be spread here as objects of type %q can never be of type %q.",
				s.Name, s.ObjectDefinition.Name, s.Definition.TypeCondition)
		}
	})
}

// overlaps reports whether some object can be of both types. What is not composite is another rule's.
func (v *validation) overlaps(a, b *ast.Definition) bool {
	if !a.IsCompositeType() || !b.IsCompositeType() {
		return true
	}
	for _, x := range v.schema.possible(a) {
		if slices.Contains(v.schema.possible(b), x) {
			return true
		}
	}
	return false
}

// possible are the object types that a value of the type can be of.
func (s *schema) possible(def *ast.Definition) []*ast.Definition {
	if def.Kind == ast.Object {
		return []*ast.Definition{def}
	}
	var out []*ast.Definition
	for _, t := range s.ast.GetPossibleTypes(def) {
		if t.Kind == ast.Object {
			out = append(out, t)
		}
	}
	return out
}

func (v *validation) unknownType(name string, token int) {
	v.reportf(token, "Unknown type %q.%s", name, didYouMean("", name, sortedKeys(v.schema.ast.Types)))
}

// unusedFragments is the rule that every fragment is reached from an operation.
func (v *validation) unusedFragments() {
	used := map[string]bool{}
	var reach func(set ast.SelectionSet)
	reach = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				reach(s.SelectionSet)
			case *ast.InlineFragment:
				reach(s.SelectionSet)
			case *ast.FragmentSpread:
				if f := v.doc.fragments[s.Name]; f != nil && !used[s.Name] {
					used[s.Name] = true
					reach(f.SelectionSet)
				}
			}
		}
	}
	for _, op := range v.doc.ast.Operations {
		reach(op.SelectionSet)
	}
	for _, f := range v.doc.ast.Fragments {
		if !used[f.Name] {
			v.reportf(tokenOf(f.Position), "Fragment %q is never used.", f.Name)
		}
	}
}

// cycles is the rule that no fragment contains itself.
func (v *validation) cycles() {
	visited := map[string]bool{}
	index := map[string]int{} // of fragments on the path
	var path []*ast.FragmentSpread
	var visit func(f *ast.FragmentDefinition)
	visit = func(f *ast.FragmentDefinition) {
		if visited[f.Name] {
			return
		}
		visited[f.Name] = true
		index[f.Name] = len(path)
		for _, s := range spreadsIn(f.SelectionSet, nil) {
			at, onPath := index[s.Name]
			path = append(path, s)
			if next := v.doc.fragments[s.Name]; !onPath && next != nil {
				visit(next)
			} else if onPath {
				v.cyclic = true
				v.cycle(path[at:])
			}
			path = path[:len(path)-1]
		}
		delete(index, f.Name)
	}
	for _, f := range v.doc.ast.Fragments {
		visit(f)
	}
}

func (v *validation) cycle(path []*ast.FragmentSpread) {
	var via []string
	var tokens []int
	for i, s := range path {
		if i < len(path)-1 {
			via = append(via, fmt.Sprintf("%q", s.Name))
		}
		tokens = append(tokens, spreadToken(s.Position))
	}
	message := fmt.Sprintf("Cannot spread fragment %q within itself", path[len(path)-1].Name)
	if len(via) > 0 {
		message += " via " + strings.Join(via, ", ")
	}
	v.report(message+".", tokens...)
}

func spreadsIn(set ast.SelectionSet, out []*ast.FragmentSpread) []*ast.FragmentSpread {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			out = spreadsIn(s.SelectionSet, out)
		case *ast.InlineFragment:
			out = spreadsIn(s.SelectionSet, out)
		case *ast.FragmentSpread:
			out = append(out, s)
		}
	}
	return out
}

// directives are the rules of section 5.7.
func (v *validation) directives(w *walker) {
	w.directive = append(w.directive, func(d *ast.Directive) {
		if d.Definition == nil {
			v.reportf(directiveToken(d), `Unknown directive "@%s".`, d.Name)
		} else if !slices.Contains(d.Definition.Locations, d.Location) {
			v.reportf(directiveToken(d), `Directive "@%s" may not be used on %s.`, d.Name, d.Location)
		}
	})
	w.directiveList = append(w.directiveList, func(list []*ast.Directive) {
		seen := map[string]int{}
		for _, d := range list {
			before, ok := seen[d.Name]
			if ok && d.Definition != nil && !d.Definition.IsRepeatable {
				v.report(fmt.Sprintf(`The directive "@%s" can only be used once at this location.`, d.Name), before, directiveToken(d))
				continue
			}
			seen[d.Name] = directiveToken(d)
		}
	})
}

// variables are the rules of section 5.8.
func (v *validation) variables(w *walker) {
	w.variable = append(w.variable, func(def *ast.VariableDefinition) {
		t := def.Type
		token := tokenOf(t.Position)
		for t.Elem != nil {
			t = t.Elem
			token = tokenOf(t.Position)
		}
		if typ := v.schema.ast.Types[t.NamedType]; typ == nil {
			v.unknownType(t.NamedType, token)
		} else if !typ.IsInputType() {
			v.reportf(tokenOf(def.Position)+3, `Variable "$%s" cannot be non-input type %q.`, def.Variable, def.Type.String())
		}
	})
}

// variableUses are the rules that variables are defined, used, and of a type that their places take.
func (v *validation) variableUses(w *walker) {
	for _, op := range v.doc.ast.Operations {
		by, in := "", ""
		if op.Name != "" {
			by, in = fmt.Sprintf(" by operation %q", op.Name), fmt.Sprintf(" in operation %q", op.Name)
		}
		defs := map[string]*ast.VariableDefinition{}
		for _, def := range op.VariableDefinitions {
			if defs[def.Variable] == nil {
				defs[def.Variable] = def
			}
		}
		used := map[string]bool{}
		for _, use := range w.variableUses(op) {
			name, token := use.value.Raw, tokenOf(use.value.Position)
			used[name] = true
			switch def := defs[name]; {
			case def == nil:
				v.report(fmt.Sprintf(`Variable "$%s" is not defined%s.`, name, by), token, tokenOf(op.Position))
			case use.expected != nil && def.Definition != nil && !use.allowed(def):
				v.report(fmt.Sprintf(`Variable "$%s" of type %q used in position expecting type %q.`, name, def.Type.String(), use.expected.String()),
					tokenOf(def.Position), token)
			}
		}
		for _, def := range op.VariableDefinitions {
			if !used[def.Variable] {
				v.reportf(tokenOf(def.Position), `Variable "$%s" is never used%s.`, def.Variable, in)
			}
		}
	}
}

// allowed is the specification's IsVariableUsageAllowed.
func (u variableUse) allowed(def *ast.VariableDefinition) bool {
	expected := *u.expected
	if expected.NonNull && !def.Type.NonNull {
		if !hasDefault(def.DefaultValue) && !u.hasDefault {
			return false
		}
		expected.NonNull = false
	}
	return def.Type.IsCompatible(&expected)
}

// values is the rule that values are of their types, and that input objects name each field once (5.6).
func (v *validation) values(w *walker) {
	k := valueChecker{text: v.doc.text, report: func(token int, message string) { v.report(message, token) }}
	check := func(value *ast.Value, t *ast.Type) {
		if in := v.schema.input(t); in != nil {
			k.check(value, in, in)
		}
	}
	arguments := func(args ast.ArgumentList, defs ast.ArgumentDefinitionList) {
		for _, a := range args {
			if def := defs.ForName(a.Name); def != nil {
				check(a.Value, def.Type)
			}
		}
	}
	w.field = append(w.field, func(f *ast.Field) {
		if f.Definition != nil {
			arguments(f.Arguments, f.Definition.Arguments)
		}
	})
	w.directive = append(w.directive, func(d *ast.Directive) {
		if d.Definition != nil {
			arguments(d.Arguments, d.Definition.Arguments)
		}
	})
	w.variable = append(w.variable, func(def *ast.VariableDefinition) {
		if def.DefaultValue != nil {
			check(def.DefaultValue, def.Type)
		}
	})
	w.value = append(w.value, func(value *ast.Value) {
		if value.Kind != ast.ObjectValue || len(value.Children) < 2 {
			return
		}
		seen := make(map[string]int, len(value.Children))
		for _, child := range value.Children {
			token := tokenOf(child.Position)
			if before, ok := seen[child.Name]; ok {
				v.report(fmt.Sprintf("There can be only one input field named %q.", child.Name), before, token)
				continue
			}
			seen[child.Name] = token
		}
	})
}
