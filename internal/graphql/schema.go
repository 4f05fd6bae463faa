package graphql

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// schema is what one version offers: the types as validated, and its fields bound to Go.
type schema struct {
	version string
	ast     *ast.Schema
	objects map[string]*object
	inputs  map[string]*inNamed
	typeOf  func(any) string
	// transient are the object types under whose values no encoding is kept.
	transient map[string]bool
	// order has the names of the types as they were defined.
	order []string

	sdl           func() string
	introspection func() []byte
}

// object is an object type with its bound fields.
type object struct {
	name   string
	def    *ast.Definition
	fields map[string]*field
}

// field is one field of one object type.
type field struct {
	object   string
	def      *ast.FieldDefinition
	bind     Field
	args     []argument
	argNames []string
	meta     fieldMeta
	out      *outType
	// introspective fields cost nothing.
	introspective bool
}

type argument struct {
	name       string
	typ        *inType
	hasDefault bool
	def        any
}

// fieldMeta is what the executor's own directives said of a field.
type fieldMeta struct {
	scope     string
	weight    int
	hasWeight bool
	list      bool // has @listSize
	assumed   int  // -1: not given
	by        []string
}

// outType is the type of a field's value.
type outType struct {
	nonNull bool
	elem    *outType // of a list
	name    string   // of the named type
	str     string
	kind    outKind
	def     *ast.Definition
}

type outKind uint8

const (
	outList outKind = iota
	outObject
	outAbstract
	outInt
	outFloat
	outString
	outBool
	outEnum
	outCustom
)

// ours are the directives that are for the executor and not for clients.
var ours = []string{"since", "until", "scope", "cost", "listSize"}

// builtIn are names the specification defines; defining them again is allowed and changes nothing.
var builtInTypes = []string{"Int", "Float", "String", "Boolean", "ID"}

var builtInDirectives = []string{"skip", "include", "deprecated", "specifiedBy", "oneOf"}

// parseSources reads all SDL into one document, built-in definitions left out.
func parseSources(sources []Source) (*ast.SchemaDocument, error) {
	all := &ast.SchemaDocument{}
	var errs []error
	for _, s := range sources {
		doc, err := parser.ParseSchema(&ast.Source{Name: s.Name, Input: s.Text})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all.Merge(doc)
	}
	all.Definitions = slices.DeleteFunc(all.Definitions, func(d *ast.Definition) bool {
		return d.Kind == ast.Scalar && slices.Contains(builtInTypes, d.Name)
	})
	all.Directives = slices.DeleteFunc(all.Directives, func(d *ast.DirectiveDefinition) bool {
		return slices.Contains(builtInDirectives, d.Name) || slices.Contains(ours, d.Name)
	})
	return all, errors.Join(errs...)
}

// prelude are the definitions every schema has. @defer is not in the October 2021 specification.
func prelude() *ast.SchemaDocument {
	doc := validator.PreludeDocument()
	doc.Directives = slices.DeleteFunc(doc.Directives, func(d *ast.DirectiveDefinition) bool { return d.Name == "defer" })
	return doc
}

// deriver makes the schema of one version out of the one SDL.
type deriver struct {
	version  string
	versions []string
	inForce  map[string]bool
	defined  map[string]bool
	meta     map[*ast.FieldDefinition]fieldMeta
	errs     []error
}

func deriveSchema(all *ast.SchemaDocument, version string, versions []string) (*schema, map[*ast.FieldDefinition]fieldMeta, error) {
	d := &deriver{
		version: version, versions: versions,
		inForce: map[string]bool{}, defined: map[string]bool{}, meta: map[*ast.FieldDefinition]fieldMeta{},
	}
	out := prelude()
	for _, def := range out.Definitions {
		d.inForce[def.Name] = true
	}
	for _, def := range all.Definitions {
		d.defined[def.Name] = true
		if d.holds(def.Directives) {
			d.inForce[def.Name] = true
		}
	}
	for _, s := range all.Schema {
		c := *s
		c.Directives = d.strip(s.Directives)
		out.Schema = append(out.Schema, &c)
	}
	for _, dir := range all.Directives {
		c := *dir
		c.Arguments = d.arguments(dir.Arguments)
		out.Directives = append(out.Directives, &c)
	}
	var order []string
	for _, def := range all.Definitions {
		if d.holds(def.Directives) {
			out.Definitions = append(out.Definitions, d.definition(def))
			order = append(order, def.Name)
		}
	}
	for _, ext := range all.Extensions {
		if d.holds(ext.Directives) && (d.inForce[ext.Name] || !d.defined[ext.Name]) {
			out.Extensions = append(out.Extensions, d.definition(ext))
		}
	}
	s, err := validator.ValidateSchemaDocument(out)
	if err = errors.Join(append(d.errs, err)...); err != nil {
		return nil, nil, fmt.Errorf("schema of version %s: %w", version, err)
	}
	if s.Query == nil {
		return nil, nil, fmt.Errorf("schema of version %s: there is no Query type", version)
	}
	return &schema{version: version, ast: s, order: order}, d.meta, nil
}

// holds reports whether what carries the directives is in force in the version.
func (d *deriver) holds(dirs ast.DirectiveList) bool {
	if since := directiveString(dirs, "since", "version"); since != "" && compareVersions(d.versions, d.version, since) < 0 {
		return false
	}
	until := directiveString(dirs, "until", "version")
	return until == "" || compareVersions(d.versions, d.version, until) < 0
}

// compareVersions orders versions as they are served; one that is not served is placed by its name.
func compareVersions(versions []string, a, b string) int {
	i, j := slices.Index(versions, a), slices.Index(versions, b)
	if i >= 0 && j >= 0 {
		return i - j
	}
	return strings.Compare(a, b)
}

func directiveString(dirs ast.DirectiveList, name, arg string) string {
	if dir := dirs.ForName(name); dir != nil {
		if a := dir.Arguments.ForName(arg); a != nil {
			return a.Value.Raw
		}
	}
	return ""
}

func (d *deriver) strip(dirs ast.DirectiveList) ast.DirectiveList {
	var out ast.DirectiveList
	for _, dir := range dirs {
		if !slices.Contains(ours, dir.Name) {
			c := *dir // validation writes into directives
			out = append(out, &c)
		}
	}
	return out
}

func (d *deriver) definition(def *ast.Definition) *ast.Definition {
	c := *def
	c.Directives = d.strip(def.Directives)
	c.TypePositions = nil
	c.Fields, c.EnumValues = nil, nil
	gone := func(name string) bool { return d.defined[name] && !d.inForce[name] }
	c.Types = slices.DeleteFunc(slices.Clone(def.Types), gone)
	c.Interfaces = slices.DeleteFunc(slices.Clone(def.Interfaces), gone)
	for _, f := range def.Fields {
		if !d.holds(f.Directives) {
			continue
		}
		n := *f
		n.Directives = d.strip(f.Directives)
		n.Arguments = d.arguments(f.Arguments)
		c.Fields = append(c.Fields, &n)
		d.meta[&n] = d.fieldMeta(def.Name+"."+f.Name, f.Directives)
	}
	for _, v := range def.EnumValues {
		if d.holds(v.Directives) {
			n := *v
			n.Directives = d.strip(v.Directives)
			c.EnumValues = append(c.EnumValues, &n)
		}
	}
	return &c
}

func (d *deriver) arguments(args ast.ArgumentDefinitionList) ast.ArgumentDefinitionList {
	var out ast.ArgumentDefinitionList
	for _, a := range args {
		if d.holds(a.Directives) {
			n := *a
			n.Directives = d.strip(a.Directives)
			out = append(out, &n)
		}
	}
	return out
}

func (d *deriver) fieldMeta(name string, dirs ast.DirectiveList) fieldMeta {
	m := fieldMeta{assumed: -1, scope: directiveString(dirs, "scope", "name")}
	number := func(dir, arg string) (int, bool) {
		raw := directiveString(dirs, dir, arg)
		if raw == "" {
			return 0, false
		}
		n, err := strconv.Atoi(raw)
		if err != nil || n < 0 {
			d.errs = append(d.errs, fmt.Errorf("%s: @%s(%s: %s) is not a number from 0 on", name, dir, arg, raw))
		}
		return n, true
	}
	m.weight, m.hasWeight = number("cost", "weight")
	if list := dirs.ForName("listSize"); list != nil {
		m.list = true
		if n, ok := number("listSize", "assumed"); ok {
			m.assumed = n
		}
		if by := list.Arguments.ForName("by"); by != nil {
			if by.Value.Kind != ast.ListValue {
				m.by = append(m.by, by.Value.Raw)
			}
			for _, v := range by.Value.Children {
				m.by = append(m.by, v.Value.Raw)
			}
		}
	}
	return m
}

// outputs makes the description of an output type.
func (s *schema) output(t *ast.Type) *outType {
	o := &outType{nonNull: t.NonNull, str: t.String()}
	if t.Elem != nil {
		o.elem, o.kind = s.output(t.Elem), outList
		o.name, o.def = o.elem.name, o.elem.def
		return o
	}
	o.name, o.def = t.NamedType, s.ast.Types[t.NamedType]
	switch {
	case o.def.Kind == ast.Object:
		o.kind = outObject
	case o.def.IsAbstractType():
		o.kind = outAbstract
	case o.def.Kind == ast.Enum:
		o.kind = outEnum
	default:
		o.kind = scalarKind(o.name)
	}
	return o
}

func scalarKind(name string) outKind {
	switch name {
	case "Int":
		return outInt
	case "Float":
		return outFloat
	case "String", "ID":
		return outString
	case "Boolean":
		return outBool
	}
	return outCustom
}

// lazily is sync.OnceValue with a name that says what for.
func lazily[T any](f func() T) func() T { return sync.OnceValue(f) }
