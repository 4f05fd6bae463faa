package graphql

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// walker visits every definition of a document once, tells the rules, and notes on the nodes what the
// schema says of them. gqlparser has one too, which enters a fragment anew from each fragment that
// leads to it; a few thousand fragments in a row keep it busy for seconds.
type walker struct {
	schema *ast.Schema
	doc    *document

	operation      []func(*ast.OperationDefinition)
	field          []func(*ast.Field)
	fragment       []func(*ast.FragmentDefinition)
	inlineFragment []func(*ast.InlineFragment)
	fragmentSpread []func(*ast.FragmentSpread)
	directive      []func(*ast.Directive)
	directiveList  []func([]*ast.Directive)
	value          []func(*ast.Value)
	variable       []func(*ast.VariableDefinition)

	// uses are the places where variables stand, by the definition they are in; reached are the
	// fragments each definition spreads.
	uses    map[any][]variableUse
	reached map[any][]string
	within  any // the operation or fragment being visited
}

// variableUse is a variable in its place. expected is nil within custom scalars.
type variableUse struct {
	value      *ast.Value
	expected   *ast.Type
	hasDefault bool
}

func newWalker(s *ast.Schema, doc *document) *walker {
	return &walker{schema: s, doc: doc, uses: map[any][]variableUse{}, reached: map[any][]string{}}
}

func each[T any](rules []func(T), node T) {
	for _, rule := range rules {
		rule(node)
	}
}

func (w *walker) document() {
	for _, op := range w.doc.ast.Operations {
		w.within = op
		w.operationDefinition(op)
	}
	for _, f := range w.doc.ast.Fragments {
		w.within = f
		f.Definition = w.schema.Types[f.TypeCondition]
		w.directives(f.Directives, ast.LocationFragmentDefinition)
		w.selections(f.Definition, f.SelectionSet)
		each(w.fragment, f)
	}
}

func (w *walker) operationDefinition(op *ast.OperationDefinition) {
	for _, def := range op.VariableDefinitions {
		def.Definition = w.schema.Types[def.Type.Name()]
		each(w.variable, def)
		if def.DefaultValue != nil {
			w.values(def.DefaultValue, def.Type, false)
		}
		w.directives(def.Directives, ast.LocationVariableDefinition)
	}
	root, place := w.schema.Query, ast.LocationQuery
	switch op.Operation {
	case ast.Mutation:
		root, place = w.schema.Mutation, ast.LocationMutation
	case ast.Subscription:
		root, place = w.schema.Subscription, ast.LocationSubscription
	}
	w.directives(op.Directives, place)
	w.selections(root, op.SelectionSet)
	each(w.operation, op)
}

func (w *walker) selections(parent *ast.Definition, set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			w.fieldSelection(parent, s)
		case *ast.InlineFragment:
			s.ObjectDefinition = parent
			inner := parent
			if s.TypeCondition != "" {
				inner = w.schema.Types[s.TypeCondition]
			}
			w.directives(s.Directives, ast.LocationInlineFragment)
			w.selections(inner, s.SelectionSet)
			each(w.inlineFragment, s)
		case *ast.FragmentSpread:
			s.ObjectDefinition = parent
			s.Definition = w.doc.fragments[s.Name]
			w.reached[w.within] = append(w.reached[w.within], s.Name)
			w.directives(s.Directives, ast.LocationFragmentSpread)
			each(w.fragmentSpread, s)
		}
	}
}

var typenameField = &ast.FieldDefinition{Name: "__typename", Type: ast.NonNullNamedType("String", nil)}

func (w *walker) fieldSelection(parent *ast.Definition, f *ast.Field) {
	f.ObjectDefinition, f.Definition = parent, nil
	if f.Name == "__typename" {
		f.Definition = typenameField
	} else if parent != nil {
		f.Definition = parent.Fields.ForName(f.Name)
	}
	var inner *ast.Definition
	var args ast.ArgumentDefinitionList
	if f.Definition != nil {
		inner, args = w.schema.Types[f.Definition.Type.Name()], f.Definition.Arguments
	}
	w.arguments(f.Arguments, args)
	w.directives(f.Directives, ast.LocationField)
	w.selections(inner, f.SelectionSet)
	each(w.field, f)
}

func (w *walker) arguments(args ast.ArgumentList, defs ast.ArgumentDefinitionList) {
	for _, a := range args {
		if def := defs.ForName(a.Name); def != nil {
			w.values(a.Value, def.Type, hasDefault(def.DefaultValue))
		} else {
			w.values(a.Value, nil, false)
		}
	}
}

func hasDefault(v *ast.Value) bool { return v != nil && v.Kind != ast.NullValue }

func (w *walker) directives(dirs ast.DirectiveList, place ast.DirectiveLocation) {
	for _, d := range dirs {
		d.Definition, d.Location = w.schema.Directives[d.Name], place
		var args ast.ArgumentDefinitionList
		if d.Definition != nil {
			args = d.Definition.Arguments
		}
		w.arguments(d.Arguments, args)
		each(w.directive, d)
	}
	each(w.directiveList, []*ast.Directive(dirs))
}

// values visits a value and those in it. expected is nil where nothing is known of its type.
func (w *walker) values(v *ast.Value, expected *ast.Type, withDefault bool) {
	switch v.Kind {
	case ast.StringValue:
		if w.doc.literals[w.doc.slot(v)].kind == kBlock {
			v.Kind = ast.BlockValue // see appendTokens
		}
	case ast.Variable:
		w.uses[w.within] = append(w.uses[w.within], variableUse{v, expected, withDefault})
	case ast.ListValue:
		var elem *ast.Type
		if expected != nil {
			elem = expected.Elem
		}
		for _, child := range v.Children {
			w.values(child.Value, elem, false)
		}
	case ast.ObjectValue:
		w.object(v, expected)
	}
	each(w.value, v)
}

func (w *walker) object(v *ast.Value, expected *ast.Type) {
	var def *ast.Definition
	if expected != nil {
		def = w.schema.Types[expected.Name()]
	}
	for _, child := range v.Children {
		var f *ast.FieldDefinition
		if def != nil {
			f = def.Fields.ForName(child.Name)
		}
		if f != nil {
			w.values(child.Value, f.Type, hasDefault(f.DefaultValue))
		} else {
			w.values(child.Value, nil, false)
		}
	}
}

// variableUses are the uses of variables in an operation and the fragments it reaches.
func (w *walker) variableUses(op *ast.OperationDefinition) []variableUse {
	out := slices.Clone(w.uses[op])
	seen := map[string]bool{}
	for todo := slices.Clone(w.reached[op]); len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		if f := w.doc.fragments[name]; f != nil && !seen[name] {
			seen[name] = true
			out = append(out, w.uses[f]...)
			todo = append(todo, w.reached[f]...)
		}
	}
	return out
}

// maxIntrospectionLists is how many lists of introspection may be within each other. Each multiplies the
// answer by the size of the schema. The number is graphql-js's.
const maxIntrospectionLists = 3

// introspectionDepth is graphql-js's guard against introspection that goes round in circles.
func (v *validation) introspectionDepth(w *walker) {
	c := circles{doc: v.doc, depths: map[string]int{}}
	w.field = append(w.field, func(f *ast.Field) {
		if f.Name != "__schema" && f.Name != "__type" {
			return
		}
		if c.set(f.SelectionSet) >= maxIntrospectionLists {
			v.report("Maximum introspection depth exceeded", tokenOf(f.Position))
		}
	})
}

// circles measures how deep lists of introspection nest.
type circles struct {
	doc    *document
	depths map[string]int // of fragments
}

func (c *circles) set(set ast.SelectionSet) int {
	deepest := 0
	for _, s := range set {
		depth := 0
		switch s := s.(type) {
		case *ast.Field:
			depth = c.set(s.SelectionSet)
			if strings.Contains(" fields interfaces possibleTypes inputFields ", " "+s.Name+" ") {
				depth++
			}
		case *ast.InlineFragment:
			depth = c.set(s.SelectionSet)
		case *ast.FragmentSpread:
			depth = c.fragment(s.Name)
		}
		deepest = max(deepest, depth)
	}
	return deepest
}

func (c *circles) fragment(name string) int {
	if depth, ok := c.depths[name]; ok {
		return depth
	}
	f := c.doc.fragments[name]
	if f == nil {
		return 0
	}
	c.depths[name] = 0 // a circle is another rule's
	c.depths[name] = c.set(f.SelectionSet)
	return c.depths[name]
}
