package graphql

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Introspection is served by the executor like everything else: the types below __Schema are bound to
// the version's schema.

//go:embed introspection.graphql
var introspectionQuery string

// introspect runs the full introspection query, without limits: it is ours.
func (e *Executor) introspect(version string) []byte {
	free := &Executor{schemas: e.schemas, message: e.message, plans: newPlanCache(0)}
	op, errs := free.Prepare(&Request{Version: version, Query: introspectionQuery})
	if errs != nil {
		return nil
	}
	out, _ := free.Append(&Context{}, op, nil)
	return out
}

// typeRef is a __Type: a named type or a wrapper around one.
type typeRef struct {
	s   *schema
	def *ast.Definition // nil for wrappers
	typ *ast.Type       // of wrappers
}

func (s *schema) typeOfRef(t *ast.Type) any {
	if t.NonNull || t.Elem != nil {
		return &typeRef{s: s, typ: t}
	}
	return s.named(t.NamedType)
}

// named is the __Type of a name, or nil.
func (s *schema) named(name string) any {
	if def := s.ast.Types[name]; def != nil {
		return &typeRef{s: s, def: def}
	}
	return nil
}

func (s *schema) namedAll(names []string) any {
	out := Slice[any]{}
	for _, n := range names {
		out = append(out, s.named(n))
	}
	return out
}

// inputRef is an __InputValue.
type inputRef struct {
	s           *schema
	name        string
	description string
	typ         *ast.Type
	def         *ast.Value
	directives  ast.DirectiveList
}

// fieldRef is a __Field.
type fieldRef struct {
	s *schema
	*ast.FieldDefinition
}

// directiveRef is a __Directive.
type directiveRef struct {
	s *schema
	*ast.DirectiveDefinition
}

// deprecation is the reason, where there is a @deprecated.
func deprecation(dirs ast.DirectiveList) (string, bool) {
	d := dirs.ForName("deprecated")
	if d == nil {
		return "", false
	}
	if reason := d.Arguments.ForName("reason"); reason != nil {
		return reason.Value.Raw, true
	}
	return "No longer supported", true
}

func stringOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func reasonOrNull(dirs ast.DirectiveList) any {
	if reason, ok := deprecation(dirs); ok {
		return reason
	}
	return nil
}

func isDeprecated(dirs ast.DirectiveList) any {
	_, ok := deprecation(dirs)
	return ok
}

// refs makes a list of what is not deprecated, or of everything.
func refs[T any](items []T, all bool, directives func(T) ast.DirectiveList, ref func(T) any) Slice[any] {
	out := Slice[any]{}
	for _, item := range items {
		if _, gone := deprecation(directives(item)); all || !gone {
			out = append(out, ref(item))
		}
	}
	return out
}

func (s *schema) argumentRefs(args ast.ArgumentDefinitionList, all bool) any {
	return refs(args, all, func(a *ast.ArgumentDefinition) ast.DirectiveList { return a.Directives },
		func(a *ast.ArgumentDefinition) any {
			return &inputRef{s, a.Name, a.Description, a.Type, a.DefaultValue, a.Directives}
		})
}

// introspectionField binds one field of the introspection types, or __schema and __type themselves.
func introspectionField(fields map[string]Field, s *schema, object, field string) Field {
	switch field {
	case "__schema":
		return Root(func(*Context, Args) (any, error) { return s, nil })
	case "__type":
		return Root(func(_ *Context, args Args) (any, error) { return s.named(args.String("name")), nil })
	}
	return fields[object+"."+field]
}

// introspectionFields are those of the introspection types.
func introspectionFields() map[string]Field {
	out := map[string]Field{}
	add := func(name string, f Field) { out[name] = f }
	schemaFields(add)
	typeFields(add)
	memberFields(add)
	return out
}

// value binds a field of introspection that cannot fail.
func value[T any](f func(obj T, args Args) any) Field {
	return Resolve(func(_ *Context, obj T, args Args) (any, error) { return f(obj, args), nil })
}

func schemaFields(add func(string, Field)) {
	root := func(def func(*ast.Schema) *ast.Definition) Field {
		return value(func(s *schema, _ Args) any {
			if d := def(s.ast); d != nil {
				return &typeRef{s: s, def: d}
			}
			return nil
		})
	}
	add("__Schema.description", value(func(s *schema, _ Args) any { return stringOrNull(s.ast.Description) }))
	add("__Schema.types", value(func(s *schema, _ Args) any { return s.namedAll(s.typeNames()) }))
	add("__Schema.queryType", root(func(a *ast.Schema) *ast.Definition { return a.Query }))
	add("__Schema.mutationType", root(func(a *ast.Schema) *ast.Definition { return a.Mutation }))
	add("__Schema.subscriptionType", root(func(a *ast.Schema) *ast.Definition { return a.Subscription }))
	add("__Schema.directives", value(func(s *schema, _ Args) any {
		out := Slice[any]{}
		for _, name := range sortedKeys(s.ast.Directives) {
			out = append(out, &directiveRef{s, s.ast.Directives[name]})
		}
		return out
	}))
	add("__Directive.name", value(func(d *directiveRef, _ Args) any { return d.Name }))
	add("__Directive.description", value(func(d *directiveRef, _ Args) any { return stringOrNull(d.Description) }))
	add("__Directive.isRepeatable", value(func(d *directiveRef, _ Args) any { return d.IsRepeatable }))
	add("__Directive.locations", value(func(d *directiveRef, _ Args) any {
		out := Slice[any]{}
		for _, l := range d.Locations {
			out = append(out, string(l))
		}
		return out
	}))
	add("__Directive.args", value(func(d *directiveRef, args Args) any {
		return d.s.argumentRefs(d.Arguments, args.Bool("includeDeprecated"))
	}))
}

// typeNames are the version's own types in the order of the SDL, then those every schema has.
func (s *schema) typeNames() []string {
	names := slices.Clone(s.order)
	for _, name := range sortedKeys(s.ast.Types) {
		if !slices.Contains(s.order, name) {
			names = append(names, name)
		}
	}
	return names
}

func typeFields(add func(string, Field)) {
	// of binds a field that only named types of some kinds have.
	of := func(f func(t *typeRef, args Args) any, kinds ...ast.DefinitionKind) Field {
		return value(func(t *typeRef, args Args) any {
			if t.def == nil || kinds != nil && !slices.Contains(kinds, t.def.Kind) {
				return nil
			}
			return f(t, args)
		})
	}
	add("__Type.kind", value(func(t *typeRef, _ Args) any { return t.kind() }))
	add("__Type.name", of(func(t *typeRef, _ Args) any { return t.def.Name }))
	add("__Type.description", of(func(t *typeRef, _ Args) any { return stringOrNull(t.def.Description) }))
	add("__Type.specifiedByURL", of(func(t *typeRef, _ Args) any {
		return stringOrNull(directiveString(t.def.Directives, "specifiedBy", "url"))
	}, ast.Scalar))
	add("__Type.fields", of(func(t *typeRef, args Args) any { return t.fields(args.Bool("includeDeprecated")) }, ast.Object, ast.Interface))
	add("__Type.interfaces", of(func(t *typeRef, _ Args) any { return t.s.namedAll(t.def.Interfaces) }, ast.Object, ast.Interface))
	add("__Type.possibleTypes", of(func(t *typeRef, _ Args) any {
		var names []string
		for _, p := range t.s.possible(t.def) {
			names = append(names, p.Name)
		}
		return t.s.namedAll(names)
	}, ast.Interface, ast.Union))
	add("__Type.enumValues", of(func(t *typeRef, args Args) any {
		return refs(t.def.EnumValues, args.Bool("includeDeprecated"),
			func(v *ast.EnumValueDefinition) ast.DirectiveList { return v.Directives },
			func(v *ast.EnumValueDefinition) any { return v })
	}, ast.Enum))
	add("__Type.inputFields", of(func(t *typeRef, args Args) any {
		return refs(t.def.Fields, args.Bool("includeDeprecated"),
			func(f *ast.FieldDefinition) ast.DirectiveList { return f.Directives },
			func(f *ast.FieldDefinition) any {
				return &inputRef{t.s, f.Name, f.Description, f.Type, f.DefaultValue, f.Directives}
			})
	}, ast.InputObject))
	add("__Type.ofType", value(func(t *typeRef, _ Args) any { return t.ofType() }))
	add("__Type.isOneOf", of(func(t *typeRef, _ Args) any { return t.def.Directives.ForName("oneOf") != nil }, ast.InputObject))
}

func (t *typeRef) kind() any {
	switch {
	case t.def != nil:
		return string(t.def.Kind)
	case t.typ.NonNull:
		return "NON_NULL"
	}
	return "LIST"
}

func (t *typeRef) ofType() any {
	switch {
	case t.def != nil:
		return nil
	case t.typ.NonNull:
		inner := *t.typ
		inner.NonNull = false
		return t.s.typeOfRef(&inner)
	}
	return t.s.typeOfRef(t.typ.Elem)
}

func (t *typeRef) fields(all bool) any {
	public := slices.DeleteFunc(slices.Clone(t.def.Fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
	return refs(public, all, func(f *ast.FieldDefinition) ast.DirectiveList { return f.Directives },
		func(f *ast.FieldDefinition) any { return &fieldRef{t.s, f} })
}

func memberFields(add func(string, Field)) {
	add("__Field.name", value(func(f *fieldRef, _ Args) any { return f.Name }))
	add("__Field.description", value(func(f *fieldRef, _ Args) any { return stringOrNull(f.Description) }))
	add("__Field.args", value(func(f *fieldRef, args Args) any {
		return f.s.argumentRefs(f.Arguments, args.Bool("includeDeprecated"))
	}))
	add("__Field.type", value(func(f *fieldRef, _ Args) any { return f.s.typeOfRef(f.Type) }))
	add("__Field.isDeprecated", value(func(f *fieldRef, _ Args) any { return isDeprecated(f.Directives) }))
	add("__Field.deprecationReason", value(func(f *fieldRef, _ Args) any { return reasonOrNull(f.Directives) }))

	add("__InputValue.name", value(func(i *inputRef, _ Args) any { return i.name }))
	add("__InputValue.description", value(func(i *inputRef, _ Args) any { return stringOrNull(i.description) }))
	add("__InputValue.type", value(func(i *inputRef, _ Args) any { return i.s.typeOfRef(i.typ) }))
	add("__InputValue.defaultValue", value(func(i *inputRef, _ Args) any {
		if i.def == nil {
			return nil
		}
		k := valueChecker{text: func(v *ast.Value) string { return v.Raw }}
		return k.print(i.def)
	}))
	add("__InputValue.isDeprecated", value(func(i *inputRef, _ Args) any { return isDeprecated(i.directives) }))
	add("__InputValue.deprecationReason", value(func(i *inputRef, _ Args) any { return reasonOrNull(i.directives) }))

	add("__EnumValue.name", value(func(v *ast.EnumValueDefinition, _ Args) any { return v.Name }))
	add("__EnumValue.description", value(func(v *ast.EnumValueDefinition, _ Args) any { return stringOrNull(v.Description) }))
	add("__EnumValue.isDeprecated", value(func(v *ast.EnumValueDefinition, _ Args) any { return isDeprecated(v.Directives) }))
	add("__EnumValue.deprecationReason", value(func(v *ast.EnumValueDefinition, _ Args) any { return reasonOrNull(v.Directives) }))
}
