package graphql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// binder connects the fields of every version to Go, and remembers what is missing or too much.
type binder struct {
	bindings Bindings
	versions []string
	used     map[string]bool // "Type.field" or "Type.field@version"
	// transient tells of the names in Bindings.Transient whether some version has such an object type.
	transient map[string]bool
	errs      []error
	// introspection is shared by all versions: its fields find the schema in their objects.
	introspection map[string]Field
}

// bind gives each field of each object type of s its binding.
func (b *binder) bind(s *schema, meta map[*ast.FieldDefinition]fieldMeta) {
	s.typeOf = b.bindings.TypeOf
	s.transient = map[string]bool{}
	for _, name := range b.bindings.Transient {
		s.transient[name] = true
		b.transient[name] = b.transient[name] || s.ast.Types[name] != nil && s.ast.Types[name].Kind == ast.Object
	}
	if b.introspection == nil {
		b.introspection = introspectionFields()
	}
	s.objects = map[string]*object{}
	s.bindInputs(b.bindings.Scalars, &b.errs)
	for _, name := range sortedKeys(s.ast.Types) {
		def := s.ast.Types[name]
		if def.Kind != ast.Object {
			continue
		}
		o := &object{name: name, def: def, fields: map[string]*field{}}
		s.objects[name] = o
		for _, f := range def.Fields {
			o.fields[f.Name] = b.field(s, o, f, meta[f])
		}
	}
}

func (b *binder) field(s *schema, o *object, def *ast.FieldDefinition, meta fieldMeta) *field {
	f := &field{object: o.name, def: def, meta: meta, out: s.output(def.Type)}
	if strings.HasPrefix(o.name, "__") || strings.HasPrefix(def.Name, "__") {
		f.bind, f.introspective = introspectionField(b.introspection, s, o.name, def.Name), true
	} else {
		f.bind = b.choose(s.version, o.name, def.Name)
	}
	b.checkAppend(f)
	for _, a := range def.Arguments {
		arg := argument{name: a.Name, typ: s.input(a.Type)}
		if a.DefaultValue != nil {
			v, err := constant(a.DefaultValue, arg.typ)
			if err != nil {
				b.errs = append(b.errs, fmt.Errorf("%s.%s(%s:) in %s: default: %w", o.name, def.Name, a.Name, s.version, err))
			}
			arg.hasDefault, arg.def = true, v
		}
		f.args = append(f.args, arg)
		f.argNames = append(f.argNames, a.Name)
	}
	return f
}

func (b *binder) checkAppend(f *field) {
	leaf := f.out
	for leaf.elem != nil {
		leaf = leaf.elem
	}
	if f.bind.Append != nil && (leaf.kind == outObject || leaf.kind == outAbstract) {
		b.errs = append(b.errs, fmt.Errorf("%s.%s: Append is for scalars and enums, and this is %s", f.object, f.def.Name, f.out.str))
	}
}

// choose finds the binding in force: of the names "field" and "field@version" the one with the latest
// version that is not after the schema's.
func (b *binder) choose(version, typ, name string) Field {
	best, bestVersion := "", ""
	for key := range b.bindings.Objects[typ] {
		n, v, versioned := strings.Cut(key, "@")
		if n != name || versioned && compareVersions(b.versions, version, v) < 0 {
			continue
		}
		if best == "" || versioned && (bestVersion == "" || compareVersions(b.versions, bestVersion, v) < 0) {
			best, bestVersion = key, v
		}
	}
	if best == "" {
		b.errs = append(b.errs, fmt.Errorf("%s.%s has no binding in %s", typ, name, version))
		return Field{}
	}
	b.used[typ+"."+best] = true
	f := b.bindings.Objects[typ][best]
	set := 0
	for _, given := range []bool{f.Append != nil, f.Resolve != nil, f.Batch != nil} {
		if given {
			set++
		}
	}
	if set != 1 {
		b.errs = append(b.errs, fmt.Errorf("%s.%s: exactly one of Append, Resolve and Batch must be set", typ, best))
	}
	return f
}

// finish adds the bindings that no version has a field for, and joins everything that is wrong.
func (b *binder) finish() error {
	for _, typ := range sortedKeys(b.bindings.Objects) {
		for _, name := range sortedKeys(b.bindings.Objects[typ]) {
			if !b.used[typ+"."+name] {
				b.errs = append(b.errs, fmt.Errorf("%s.%s is bound and no version has that field", typ, name))
			}
		}
	}
	for name, known := range b.transient {
		if !known {
			b.errs = append(b.errs, fmt.Errorf("%s is transient and no version has such an object type", name))
		}
	}
	slices.SortStableFunc(b.errs, func(x, y error) int { return strings.Compare(x.Error(), y.Error()) })
	return errors.Join(slices.CompactFunc(b.errs, func(x, y error) bool { return x.Error() == y.Error() })...)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
