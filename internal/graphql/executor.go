package graphql

import (
	"errors"
	"fmt"
	"slices"
)

// Executor serves the schema's versions. It is safe for concurrent use.
type Executor struct {
	schemas  map[string]*schema
	versions []string
	limits   Limits
	message  func(error) string
	plans    *planCache
	memo     *memo
}

// New derives the schema of each version from the one SDL and binds its fields. The error joins
// everything that is wrong: SDL that does not hold together, fields without a binding, bindings
// without a field.
func New(cfg Config) (*Executor, error) {
	if len(cfg.Versions) == 0 {
		return nil, errors.New("no versions to serve")
	}
	all, err := parseSources(cfg.Sources)
	if err != nil {
		return nil, err
	}
	e := &Executor{
		schemas: map[string]*schema{}, versions: slices.Clone(cfg.Versions), limits: cfg.Limits, message: cfg.Message,
		plans: newPlanCache(cfg.Limits.PlanBytes), memo: newMemo(cfg.Limits.MemoBytes),
	}
	if e.message == nil {
		e.message = func(err error) string { return err.Error() }
	}
	b := &binder{bindings: cfg.Bindings, versions: cfg.Versions, used: map[string]bool{}, transient: map[string]bool{}}
	var errs []error
	for _, v := range cfg.Versions {
		s, meta, err := deriveSchema(all, v, cfg.Versions)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b.bind(s, meta)
		s.sdl = lazily(s.print)
		s.introspection = lazily(func() []byte { return e.introspect(v) })
		e.schemas[v] = s
	}
	if errs != nil {
		return nil, errors.Join(errs...) // bindings can only be judged when all versions are there
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	return e, nil
}

// SDL is the version's schema in standard schema definition language, with descriptions; "" for a
// version that is not served.
func (e *Executor) SDL(version string) string {
	if s := e.schemas[version]; s != nil {
		return s.sdl()
	}
	return ""
}

// Introspection is the data, {"__schema":...}, that the full standard introspection query gets in the
// version; nil for a version that is not served. It must not be changed.
func (e *Executor) Introspection(version string) []byte {
	if s := e.schemas[version]; s != nil {
		return s.introspection()
	}
	return nil
}

// FieldInfo describes one field of an object type in one version.
type FieldInfo struct {
	Type, Field string
	Returns     string // the type as written in SDL
	Description string
	Scope       string // what a caller needs; "" for nothing
	Weight      int    // complexity of the field itself
	Arguments   []ArgumentInfo
	Deprecated  string // the reason; "" when it is not deprecated
}

// ArgumentInfo describes one argument.
type ArgumentInfo struct {
	Name, Type, Description string
	Default                 string // as written in SDL; "" for none
}

// Fields lists the fields of the version's object types by type and name, introspection left out.
func (e *Executor) Fields(version string) []FieldInfo {
	s := e.schemas[version]
	if s == nil {
		return nil
	}
	var out []FieldInfo
	for _, typ := range sortedKeys(s.objects) {
		for _, name := range sortedKeys(s.objects[typ].fields) {
			if f := s.objects[typ].fields[name]; !f.introspective {
				out = append(out, f.info(s))
			}
		}
	}
	return out
}

func (f *field) info(s *schema) FieldInfo {
	weight := f.meta.weight
	if !f.meta.hasWeight {
		switch t := s.ast.Types[f.out.name]; {
		case s.ast.Mutation != nil && f.object == s.ast.Mutation.Name:
			weight = mutationWeight
		case t.IsCompositeType():
			weight = objectWeight
		default:
			weight = scalarWeight
		}
	}
	info := FieldInfo{
		Type: f.object, Field: f.def.Name, Returns: f.out.str, Description: f.def.Description,
		Scope: f.meta.scope, Weight: weight,
	}
	if reason, ok := deprecation(f.def.Directives); ok {
		info.Deprecated = reason
	}
	for _, a := range f.def.Arguments {
		arg := ArgumentInfo{Name: a.Name, Type: a.Type.String(), Description: a.Description}
		if a.DefaultValue != nil {
			arg.Default = a.DefaultValue.String()
		}
		info.Arguments = append(info.Arguments, arg)
	}
	return info
}

// Operation is a request made ready: found valid, its variables and literals coerced, its cost known.
// It may be run once or more, by one goroutine at a time.
type Operation struct {
	Kind     string // "query" or "mutation"
	Name     string
	Cost     int
	Warnings []Error

	program *program
	plan    *plan
	src     string
	lenient bool
	args    []Args
	failed  map[int]error // arguments that variables made invalid
}

// fail is a single error of the document.
func fail(format string, args ...any) []Error {
	return []Error{{Message: fmt.Sprintf(format, args...)}}
}

// Versions lists what is served, ascending.
func (e *Executor) Versions() []string { return slices.Clone(e.versions) }
