package graphql

import (
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"unsafe"

	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// planCache keeps programs by the hash of their key, bounded in bytes.
type planCache struct {
	seed  maphash.Seed
	cache *otter.Cache[uint64, planEntry]
}

// planEntry is a program, or one of the plans of a program with conditions.
type planEntry struct {
	key     string
	program *program
	plan    *plan
}

func newPlanCache(bytes int) *planCache {
	p := &planCache{seed: maphash.MakeSeed()}
	if bytes > 0 {
		p.cache = otter.Must(&otter.Options[uint64, planEntry]{
			MaximumWeight: uint64(bytes),
			Weigher:       func(_ uint64, e planEntry) uint32 { return e.bytes() },
		})
	}
	return p
}

// bytes estimates the memory of an entry: what plans of many sizes were seen to take.
func (e planEntry) bytes() uint32 {
	n := len(e.key) + 512
	if e.program != nil {
		n += e.program.bytes
	}
	if e.plan != nil {
		n += 384*e.plan.nodes + 256*len(e.plan.argsets)
	}
	return uint32(min(n, 1<<31))
}

func (p *planCache) get(key []byte) (planEntry, bool) {
	if p.cache == nil {
		return planEntry{}, false
	}
	e, ok := p.cache.GetIfPresent(maphash.Bytes(p.seed, key))
	return e, ok && e.key == unsafe.String(unsafe.SliceData(key), len(key))
}

func (p *planCache) set(e planEntry) {
	if p.cache != nil {
		p.cache.Set(maphash.String(p.seed, e.key), e)
	}
}

var liftedPool = sync.Pool{New: func() any { return new(lifted) }}

// maxPooled keeps the pool from holding on to buffers of exceptional documents.
const maxPooled = 64 << 10

// Prepare makes a request ready to run: it finds the plan of its document or makes it, chooses the
// operation, and coerces variables and literals. Errors have locations and no path.
func (e *Executor) Prepare(req *Request) (*Operation, []Error) {
	s := e.schemas[req.Version]
	if s == nil {
		return nil, fail("There is no version %q.", req.Version)
	}
	if max := e.limits.DocumentBytes; max > 0 && len(req.Query) > max {
		return nil, fail("The document is %d bytes long; the limit is %d.", len(req.Query), max)
	}
	l := liftedPool.Get().(*lifted)
	*l = lifted{key: l.key[:0], literals: l.literals[:0]}
	l.key = append(append(append(append(l.key, req.Version...), 0), req.OperationName...), 0)
	l.lift(req.Query, &e.limits)
	op, errs := e.prepare(s, req, l)
	if cap(l.key) <= maxPooled && cap(l.literals) <= maxPooled/16 {
		liftedPool.Put(l)
	}
	return op, errs
}

func (e *Executor) prepare(s *schema, req *Request, l *lifted) (*Operation, []Error) {
	if l.err != nil {
		return nil, []Error{*e.unreadable(req.Query, l)}
	}
	if entry, ok := e.plans.get(l.key); ok {
		if op, errs, ok := e.instantiate(entry.program, req, l); ok {
			return op, errs
		}
		// The literals are not what a plan of this key needs: say exactly why, as for a new document.
	}
	p, errs := e.program(s, req, l)
	if errs != nil {
		return nil, errs
	}
	op, errs, ok := e.instantiate(p, req, l)
	if !ok {
		return nil, fail("A literal of the document has a value that its type does not take.")
	}
	return op, errs
}

// unreadable is the error of a document that cannot be read to its end, or exceeds a limit on the way.
func (e *Executor) unreadable(src string, l *lifted) *Error {
	at := &locator{text: src, lenient: e.limits.LenientInts}
	if l.badToken < 0 {
		return &Error{Message: l.err.Message, Locations: []Location{at.offset(l.err.Locations[0].Line)}}
	}
	_, err := parse(src, l, &e.limits) // something before it may be wrong as well
	return err
}

// program parses and validates a document, compiles the operation asked for and keeps the result.
func (e *Executor) program(s *schema, req *Request, l *lifted) (*program, []Error) {
	doc, err := parse(req.Query, l, &e.limits)
	if err != nil {
		return nil, []Error{*err}
	}
	d := newDocument(doc, req.Query, l, e.locator(req))
	if err := d.measure(&e.limits); err != nil {
		return nil, []Error{*err}
	}
	v := &validation{schema: s, doc: d, limit: e.limits.Errors}
	if errs := v.run(); errs != nil {
		return nil, errs
	}
	op, err := d.operation(s, req.OperationName)
	if err != nil {
		return nil, []Error{*err}
	}
	p := &program{
		key: string(l.key), schema: s, kind: op.Operation, name: op.Name,
		slots: make([]slot, len(l.literals)), equal: v.equal, doc: d, op: op, bytes: 2*len(l.key) + 64*len(l.literals),
	}
	p.declare()
	p.checkOthers()
	if p.conditions = p.conditionVariables(); p.conditions == nil {
		if p.plan, err = p.compile(nil, &e.limits); err != nil {
			return nil, []Error{*err}
		}
		p.doc, p.op = nil, nil
	} else {
		// The document is kept to compile the other outcomes from; it must not hold on to pooled memory.
		d.literals = slices.Clone(d.literals)
		p.bytes += 200 * l.tokens
	}
	e.plans.set(planEntry{key: p.key, program: p, plan: p.plan})
	return p, nil
}

// operation chooses the operation to run (specification 6.1).
func (d *document) operation(s *schema, name string) (*ast.OperationDefinition, *Error) {
	var op *ast.OperationDefinition
	switch {
	case name != "":
		if op = d.ast.Operations.ForName(name); op == nil || op.Name != name {
			return nil, &Error{Message: fmt.Sprintf("Unknown operation named %q.", name)}
		}
	case len(d.ast.Operations) == 0:
		return nil, &Error{Message: "Must provide an operation."}
	case len(d.ast.Operations) > 1:
		return nil, &Error{Message: "Must provide operation name if query contains multiple operations."}
	default:
		op = d.ast.Operations[0]
	}
	if op.Operation == ast.Subscription || op.Operation == ast.Mutation && s.ast.Mutation == nil {
		return nil, &Error{
			Message:   fmt.Sprintf("Schema is not configured to execute %s operation.", op.Operation),
			Locations: d.at.tokens(tokenOf(op.Position)),
		}
	}
	return op, nil
}

// declare compiles the operation's variables.
func (p *program) declare() {
	c := p.values()
	p.index = make(map[string]int, len(p.op.VariableDefinitions))
	for _, def := range p.op.VariableDefinitions {
		p.index[def.Variable] = len(p.vars)
		v := variable{name: def.Variable, typ: p.schema.input(def.Type), token: tokenOf(def.Position)}
		if def.DefaultValue != nil {
			v.hasDefault, v.def = true, c.node(def.DefaultValue, v.typ)
		}
		p.vars = append(p.vars, v)
	}
}

// checkOthers types the literals that the plan does not need: those of other operations, of directives,
// and of what is skipped. A document is valid or not as a whole.
func (p *program) checkOthers() {
	c := p.values()
	c.variable = func(string) int { return 0 }
	arguments := func(args ast.ArgumentList, defs ast.ArgumentDefinitionList) {
		for _, a := range args {
			if def := defs.ForName(a.Name); def != nil {
				if t := p.schema.input(def.Type); t != nil {
					c.node(a.Value, t)
				}
			}
		}
	}
	directives := func(dirs ast.DirectiveList) {
		for _, d := range dirs {
			if d.Definition != nil {
				arguments(d.Arguments, d.Definition.Arguments)
			}
		}
	}
	var set func(ast.SelectionSet)
	set = func(selections ast.SelectionSet) {
		for _, s := range selections {
			switch s := s.(type) {
			case *ast.Field:
				if s.Definition != nil {
					arguments(s.Arguments, s.Definition.Arguments)
				}
				directives(s.Directives)
				set(s.SelectionSet)
			case *ast.InlineFragment:
				directives(s.Directives)
				set(s.SelectionSet)
			case *ast.FragmentSpread:
				directives(s.Directives)
			}
		}
	}
	for _, op := range p.doc.ast.Operations {
		directives(op.Directives)
		for _, def := range op.VariableDefinitions {
			directives(def.Directives)
			if t := p.schema.input(def.Type); t != nil && def.DefaultValue != nil {
				c.node(def.DefaultValue, t)
			}
		}
		set(op.SelectionSet)
	}
	for _, f := range p.doc.ast.Fragments {
		directives(f.Directives)
		set(f.SelectionSet)
	}
}

// conditionVariables are the variables in the @skip and @include that the operation reaches.
func (p *program) conditionVariables() []int {
	found := map[int]bool{}
	seen := map[string]bool{}
	directives := func(dirs ast.DirectiveList) {
		for _, d := range dirs {
			if d.Name != "skip" && d.Name != "include" {
				continue
			}
			if v := d.Arguments.ForName("if").Value; v.Kind == ast.Variable {
				found[p.index[v.Raw]] = true
			}
		}
	}
	var set func(ast.SelectionSet)
	set = func(selections ast.SelectionSet) {
		for _, s := range selections {
			switch s := s.(type) {
			case *ast.Field:
				directives(s.Directives)
				set(s.SelectionSet)
			case *ast.InlineFragment:
				directives(s.Directives)
				set(s.SelectionSet)
			case *ast.FragmentSpread:
				directives(s.Directives)
				if f := p.doc.fragments[s.Name]; f != nil && !seen[s.Name] {
					seen[s.Name] = true
					set(f.SelectionSet)
				}
			}
		}
	}
	set(p.op.SelectionSet)
	var out []int
	for i := range p.vars {
		if found[i] {
			out = append(out, i)
		}
	}
	return out
}
