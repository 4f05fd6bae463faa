package graphql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// validation collects what is wrong with a document. The rules are those of the specification's
// section 5, worded and placed as graphql-js does.
type validation struct {
	schema *schema
	doc    *document
	limit  int
	found  []finding
	seen   map[string]bool
	cyclic bool
	// equal are pairs of literals that had to be the same for the document to be valid.
	equal [][2]int
}

// finding is one mistake, at tokens.
type finding struct {
	message string
	tokens  []int
}

// abort ends validation when enough was found.
type abort struct{}

func (v *validation) report(message string, tokens ...int) {
	key := fmt.Sprint(message, tokens)
	if v.seen[key] {
		return // fragments are walked once for each operation and once more by themselves
	}
	v.seen[key] = true
	v.found = append(v.found, finding{message, tokens})
	if v.limit > 0 && len(v.found) > v.limit {
		panic(abort{})
	}
}

func (v *validation) reportf(token int, format string, args ...any) {
	v.report(fmt.Sprintf(format, args...), token)
}

// run applies all rules and returns the mistakes in the order of the document.
func (v *validation) run() []Error {
	v.seen = map[string]bool{}
	aborted := v.walk()
	slices.SortStableFunc(v.found, func(a, b finding) int { return first(a.tokens) - first(b.tokens) })
	if aborted {
		v.found = v.found[:v.limit]
	}
	var out []Error
	for _, f := range v.found {
		out = append(out, Error{Message: f.message, Locations: v.doc.at.tokens(f.tokens...)})
	}
	if aborted {
		out = append(out, Error{Message: fmt.Sprintf("Too many validation errors; the limit is %d. Validation aborted.", v.limit)})
	}
	return out
}

func first(tokens []int) int {
	if len(tokens) == 0 {
		return 0
	}
	return tokens[0]
}

func (v *validation) walk() (aborted bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(abort); !ok {
				panic(r)
			}
			aborted = true
		}
	}()
	v.cycles()
	w := newWalker(v.schema.ast, v.doc)
	for _, rule := range []func(*walker){
		v.operations, v.fields, v.arguments, v.fragments, v.directives, v.variables, v.values, v.introspectionDepth,
	} {
		rule(w)
	}
	w.document()
	v.variableUses(w)
	v.unusedFragments()
	if !v.cyclic {
		newOverlap(v).document()
	}
	return false
}

// operations are the rules of sections 5.2 and 5.8.1 that need only the operation.
func (v *validation) operations(w *walker) {
	names := map[string]int{}
	w.operation = append(w.operation, func(op *ast.OperationDefinition) {
		at := tokenOf(op.Position)
		if op.Name == "" {
			if len(v.doc.ast.Operations) > 1 {
				v.report("This anonymous operation must be the only defined operation.", at)
			}
		} else if before, ok := names[op.Name]; ok {
			v.report(fmt.Sprintf("There can be only one operation named %q.", op.Name), before, at+1)
		} else {
			names[op.Name] = at + 1
		}
		vars := map[string]int{}
		for _, def := range op.VariableDefinitions {
			token := tokenOf(def.Position) + 1
			if before, ok := vars[def.Variable]; ok {
				v.report(fmt.Sprintf(`There can be only one variable named "$%s".`, def.Variable), before, token)
				continue
			}
			vars[def.Variable] = token
		}
	})
}

// fields are the rules that a field exists and has a selection if and only if it needs one (5.3).
func (v *validation) fields(w *walker) {
	w.field = append(w.field, func(f *ast.Field) {
		if f.ObjectDefinition == nil || !f.ObjectDefinition.IsCompositeType() {
			return
		}
		if f.Definition == nil {
			v.reportf(tokenOf(f.Position), "Cannot query field %q on type %q.%s", f.Name, f.ObjectDefinition.Name, v.meantField(f.ObjectDefinition, f.Name))
			return
		}
		def := v.schema.ast.Types[f.Definition.Type.Name()]
		if def == nil {
			return
		}
		switch typ := f.Definition.Type.String(); {
		case def.IsLeafType() && len(f.SelectionSet) > 0:
			v.reportf(openingBrace(f.SelectionSet), "Field %q must not have a selection since type %q has no subfields.", f.Name, typ)
		case !def.IsLeafType() && len(f.SelectionSet) == 0:
			v.reportf(tokenOf(f.Position), `Field %q of type %q must have a selection of subfields. Did you mean "%s { ... }"?`, f.Name, typ, f.Name)
		}
	})
}

// openingBrace is the token before the first selection.
func openingBrace(set ast.SelectionSet) int {
	at := tokenOf(set[0].GetPosition()) - 1
	if _, isField := set[0].(*ast.Field); !isField {
		at-- // fragments are placed at what follows the three dots
	}
	return at
}

// meantField suggests types that have the field, or fields of a similar name.
func (v *validation) meantField(parent *ast.Definition, name string) string {
	if parent.IsAbstractType() {
		if types := v.typesWith(parent, name); len(types) > 0 {
			return didYouMeanNames("to use an inline fragment on", types)
		}
	}
	if parent.Kind == ast.Union {
		return ""
	}
	var names []string
	for _, f := range parent.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			names = append(names, f.Name)
		}
	}
	return didYouMean("", name, names)
}

// typesWith are the possible types that have the field, after the interfaces that say so, most used first.
func (v *validation) typesWith(parent *ast.Definition, name string) []string {
	uses := map[string]int{}
	var interfaces, objects []string
	for _, t := range v.schema.ast.GetPossibleTypes(parent) {
		if t.Kind != ast.Object || t.Fields.ForName(name) == nil {
			continue
		}
		objects = append(objects, t.Name)
		for _, i := range t.Interfaces {
			if def := v.schema.ast.Types[i]; def != nil && def.Fields.ForName(name) != nil {
				if uses[i]++; uses[i] == 1 {
					interfaces = append(interfaces, i)
				}
			}
		}
	}
	slices.SortStableFunc(interfaces, func(a, b string) int { return uses[b] - uses[a] })
	return append(interfaces, objects...)
}

// arguments are the rules of section 5.4, for fields and directives.
func (v *validation) arguments(w *walker) {
	w.field = append(w.field, func(f *ast.Field) {
		v.uniqueArguments(f.Arguments)
		if f.Definition == nil || f.ObjectDefinition == nil {
			return
		}
		for _, a := range f.Arguments {
			if f.Definition.Arguments.ForName(a.Name) == nil {
				v.reportf(tokenOf(a.Position), "Unknown argument %q on field %q.%s", a.Name,
					f.ObjectDefinition.Name+"."+f.Name, didYouMean("", a.Name, argumentNames(f.Definition.Arguments)))
			}
		}
		for _, def := range missing(f.Definition.Arguments, f.Arguments) {
			v.reportf(tokenOf(f.Position), "Field %q argument %q of type %q is required, but it was not provided.", f.Name, def.Name, def.Type.String())
		}
	})
	w.directive = append(w.directive, func(d *ast.Directive) {
		v.uniqueArguments(d.Arguments)
		if d.Definition == nil {
			return
		}
		for _, a := range d.Arguments {
			if d.Definition.Arguments.ForName(a.Name) == nil {
				v.reportf(tokenOf(a.Position), `Unknown argument %q on directive "@%s".%s`, a.Name, d.Name,
					didYouMean("", a.Name, argumentNames(d.Definition.Arguments)))
			}
		}
		for _, def := range missing(d.Definition.Arguments, d.Arguments) {
			v.reportf(directiveToken(d), `Directive "@%s" argument %q of type %q is required, but it was not provided.`, d.Name, def.Name, def.Type.String())
		}
	})
}

func directiveToken(d *ast.Directive) int { return tokenOf(d.Position) - 1 }

func argumentNames(defs ast.ArgumentDefinitionList) []string {
	out := make([]string, len(defs))
	for i, d := range defs {
		out[i] = d.Name
	}
	return out
}

func missing(defs ast.ArgumentDefinitionList, args ast.ArgumentList) []*ast.ArgumentDefinition {
	var out []*ast.ArgumentDefinition
	for _, def := range defs {
		if def.Type.NonNull && def.DefaultValue == nil && args.ForName(def.Name) == nil {
			out = append(out, def)
		}
	}
	return out
}

func (v *validation) uniqueArguments(args ast.ArgumentList) {
	if len(args) < 2 {
		return
	}
	seen := make(map[string]int, len(args))
	for _, a := range args {
		token := tokenOf(a.Position)
		if before, ok := seen[a.Name]; ok && before != token {
			v.report(fmt.Sprintf("There can be only one argument named %q.", a.Name), before, token)
			continue
		}
		seen[a.Name] = token
	}
}
