package graphql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// gqlparser takes over an error of one of gqlparser's own rules.
func (v *validation) gqlparser(options []core.ErrorOption) {
	e := &gqlerror.Error{}
	for _, o := range options {
		o(e)
	}
	var tokens []int
	for _, l := range e.Locations {
		tokens = append(tokens, l.Line-1)
	}
	v.report(e.Message, tokens...)
}

// spreadToken is the three dots of a fragment spread or inline fragment.
func spreadToken(p *ast.Position) int { return tokenOf(p) - 1 }

// fragments are the rules of section 5.5 but for unused and circular ones.
func (v *validation) fragments(events *core.Events) {
	names := map[string]int{}
	events.OnFragment(func(w *core.Walker, f *ast.FragmentDefinition) {
		name, condition := tokenOf(f.Position)+1, tokenOf(f.Position)+3
		if before, ok := names[f.Name]; ok {
			v.report(fmt.Sprintf("There can be only one fragment named %q.", f.Name), before, name)
		} else {
			names[f.Name] = name
		}
		def := w.Schema.Types[f.TypeCondition]
		if def == nil {
			v.unknownType(f.TypeCondition, condition)
		} else if !def.IsCompositeType() {
			v.reportf(condition, "Fragment %q cannot condition on non composite type %q.", f.Name, f.TypeCondition)
		}
	})
	events.OnInlineFragment(func(w *core.Walker, f *ast.InlineFragment) {
		if f.TypeCondition == "" {
			return
		}
		condition := tokenOf(f.Position) + 1
		def := w.Schema.Types[f.TypeCondition]
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
	events.OnFragmentSpread(func(w *core.Walker, s *ast.FragmentSpread) {
		if s.Definition == nil {
			v.reportf(tokenOf(s.Position), "Unknown fragment %q.", s.Name)
			return
		}
		def := w.Schema.Types[s.Definition.TypeCondition]
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
func (v *validation) directives(events *core.Events) {
	events.OnDirective(func(_ *core.Walker, d *ast.Directive) {
		if d.Definition == nil {
			v.reportf(directiveToken(d), `Unknown directive "@%s".`, d.Name)
		} else if !slices.Contains(d.Definition.Locations, d.Location) {
			v.reportf(directiveToken(d), `Directive "@%s" may not be used on %s.`, d.Name, d.Location)
		}
	})
	events.OnDirectiveList(func(_ *core.Walker, list []*ast.Directive) {
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
func (v *validation) variables(events *core.Events) {
	events.OnVariable(func(w *core.Walker, def *ast.VariableDefinition) {
		t := def.Type
		token := tokenOf(t.Position)
		for t.Elem != nil {
			t = t.Elem
			token = tokenOf(t.Position)
		}
		if typ := w.Schema.Types[t.NamedType]; typ == nil {
			v.unknownType(t.NamedType, token)
		} else if !typ.IsInputType() {
			v.reportf(tokenOf(def.Position)+3, `Variable "$%s" cannot be non-input type %q.`, def.Variable, def.Type.String())
		}
	})
	events.OnValue(func(w *core.Walker, value *ast.Value) {
		op := w.CurrentOperation
		if value.Kind != ast.Variable || op == nil {
			return
		}
		def, token := value.VariableDefinition, tokenOf(value.Position)
		switch {
		case def == nil && op.Name == "":
			v.report(fmt.Sprintf(`Variable "$%s" is not defined.`, value.Raw), token, tokenOf(op.Position))
		case def == nil:
			v.report(fmt.Sprintf(`Variable "$%s" is not defined by operation %q.`, value.Raw, op.Name), token, tokenOf(op.Position))
		case value.ExpectedType != nil && w.Schema.Types[def.Type.Name()] != nil && !allowedPosition(def, value):
			v.report(fmt.Sprintf(`Variable "$%s" of type %q used in position expecting type %q.`, value.Raw, def.Type.String(), value.ExpectedType.String()),
				tokenOf(def.Position), token)
		}
	})
	events.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
		in := ""
		if op.Name != "" {
			in = fmt.Sprintf(" in operation %q", op.Name)
		}
		for _, def := range op.VariableDefinitions {
			if !op.VariableDefinitions.ForName(def.Variable).Used {
				v.reportf(tokenOf(def.Position), `Variable "$%s" is never used%s.`, def.Variable, in)
			}
		}
	})
}

// allowedPosition is the specification's IsVariableUsageAllowed.
func allowedPosition(def *ast.VariableDefinition, value *ast.Value) bool {
	expected := *value.ExpectedType
	if expected.NonNull && !def.Type.NonNull {
		hasDefault := def.DefaultValue != nil && def.DefaultValue.Kind != ast.NullValue
		if !hasDefault && !value.ExpectedTypeHasDefault {
			return false
		}
		expected.NonNull = false
	}
	return def.Type.IsCompatible(&expected)
}

// values is the rule that values are of their types, and that input objects name each field once (5.6).
func (v *validation) values(events *core.Events) {
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
	events.OnField(func(_ *core.Walker, f *ast.Field) {
		if f.Definition != nil {
			arguments(f.Arguments, f.Definition.Arguments)
		}
	})
	events.OnDirective(func(_ *core.Walker, d *ast.Directive) {
		if d.Definition != nil {
			arguments(d.Arguments, d.Definition.Arguments)
		}
	})
	events.OnVariable(func(_ *core.Walker, def *ast.VariableDefinition) {
		if def.DefaultValue != nil {
			check(def.DefaultValue, def.Type)
		}
	})
	events.OnValue(func(_ *core.Walker, value *ast.Value) {
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
