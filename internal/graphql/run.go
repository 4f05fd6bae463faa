package graphql

import (
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"time"
)

// runner is one run of an operation.
type runner struct {
	e    *Executor
	c    *Context
	op   *Operation
	plan *plan
	path []pathStep
	errs []Error
	// failed counts the errors, those beyond the limit too.
	failed int
	// denied are Allow's answers for the plan's scopes; nil when everything is allowed.
	denied []error
	// fatal ends the run: the request was cancelled, or the answer is too long.
	fatal   error
	most    int  // bytes that the answer may have, with what is before it
	ahead   int  // objects met by prefetching
	filling bool // within an encoding that will be kept
	at      locator
}

// pathStep is one step of the path: a field, or an element of a list where name is "".
type pathStep struct {
	name  string
	index int
}

var runnerPool = sync.Pool{New: func() any { return new(runner) }}

// Append runs the operation and appends the JSON of the answer's data, an object or null, to dst. Root
// fields run one after the other; each is encoded before the next begins. When c's context ends or the
// answer is too long, what was done so far is dropped, and the only error is the context's or ErrTooLong.
func (e *Executor) Append(c *Context, op *Operation, dst []byte) ([]byte, []Error) {
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	c.cost = op.Cost
	c.warnings = append(c.warnings, op.Warnings...)
	r := runnerPool.Get().(*runner)
	*r = runner{e: e, c: c, op: op, plan: op.plan, path: r.path[:0], at: locator{text: op.src, lenient: op.lenient}}
	r.allow()
	mark := len(dst)
	if r.most = math.MaxInt; e.limits.AnswerBytes > 0 {
		r.most = mark + e.limits.AnswerBytes
	}
	dst, ok := r.root(dst)
	errs := r.errs
	switch {
	case r.fatal != nil:
		dst, errs = append(dst[:mark], "null"...), []Error{{Message: e.message(r.fatal), Err: r.fatal}}
	case !ok:
		dst = append(dst[:mark], "null"...)
	}
	if max := e.limits.Errors; max > 0 && r.failed > max && r.fatal == nil {
		errs = append(errs, Error{Message: fmt.Sprintf("There were %d errors; the limit is %d, and the others are not shown.", r.failed, max)})
	}
	*r = runner{path: r.path[:0]}
	runnerPool.Put(r)
	return dst, errs
}

// allow asks once for each scope that the plan has.
func (r *runner) allow() {
	if r.c.Allow == nil || len(r.plan.scopes) == 0 {
		return
	}
	r.denied = make([]error, len(r.plan.scopes))
	for i, s := range r.plan.scopes {
		r.denied[i] = r.c.Allow(s)
	}
}

func (r *runner) root(dst []byte) ([]byte, bool) {
	p := r.plan.root
	mark := len(dst)
	for i := range p.nodes {
		if r.stopped(len(dst)) { // before each and not after the last, which may have changed something
			return dst[:mark], false
		}
		dst = append(dst, p.steps[i].key...)
		var ok bool
		if dst, ok = r.rootField(dst, &p.nodes[i], p.steps[i].append); !ok || r.fatal != nil {
			return dst[:mark], false
		}
	}
	return closeObject(dst, p), true
}

// rootField runs one root field. A panic in a pure field below, which has no error of its own, is its error.
func (r *runner) rootField(dst []byte, n *node, leaf func([]byte, any) []byte) (out []byte, ok bool) {
	mark := len(dst)
	defer func() {
		if v := recover(); v != nil {
			r.fail(n, &PanicError{Field: n.fieldName(), Value: v, Stack: debug.Stack()})
			r.path, r.filling = r.path[:0], false
			out, ok = nullOr(dst[:mark], n.field == nil || n.field.out.nonNull)
		}
	}()
	if leaf != nil {
		return leaf(dst, nil), true
	}
	var v *visit
	if n.pre >= 0 {
		v = r.prefetch(r.plan.root, n)
	}
	return r.field(dst, n, nil, v)
}

// nullOr appends null, or says that there must be none.
func nullOr(dst []byte, nonNull bool) ([]byte, bool) {
	if nonNull {
		return dst, false
	}
	return append(dst, "null"...), true
}

// stopped reports whether the run is over before its end, with an answer that has so many bytes by now.
func (r *runner) stopped(size int) bool {
	switch {
	case r.fatal != nil:
	case size > r.most:
		r.fatal = ErrTooLong
	case r.c.Context != nil:
		r.fatal = r.c.Err()
	}
	return r.fatal != nil
}

// object encodes the selection p of obj. It is not ok when a field that must not be null is.
func (r *runner) object(dst []byte, p *objectPlan, obj any, v *visit) ([]byte, bool) {
	mark := len(dst)
	for i := range p.steps {
		s := &p.steps[i]
		dst = append(dst, s.key...)
		if s.append != nil {
			dst = s.append(dst, obj)
			continue
		}
		var ok bool
		if dst, ok = r.field(dst, &p.nodes[i], obj, v); !ok {
			return dst[:mark], false
		}
	}
	return closeObject(dst, p), true
}

func closeObject(dst []byte, p *objectPlan) []byte {
	if len(p.nodes) == 0 {
		return append(dst, "{}"...)
	}
	return append(dst, '}')
}

// field encodes the value of one field.
func (r *runner) field(dst []byte, n *node, obj any, v *visit) ([]byte, bool) {
	r.path = append(r.path, pathStep{name: n.alias})
	var ok bool
	if n.scope >= 0 && r.denied != nil && r.denied[n.scope] != nil {
		dst, ok = r.nulled(dst, n, r.denied[n.scope])
	} else if at, keep := r.fieldMoment(n, obj); keep {
		dst, ok = r.memoized(dst, obj, n.memo, at, func(dst []byte) ([]byte, bool) { return r.resolved(dst, n, obj, nil) })
	} else {
		dst, ok = r.resolved(dst, n, obj, v)
	}
	r.path = r.path[:len(r.path)-1]
	return dst, ok
}

// nulled reports the error of a field and makes it null.
func (r *runner) nulled(dst []byte, n *node, err error) ([]byte, bool) {
	r.fail(n, err)
	return nullOr(dst, n.field.out.nonNull)
}

// resolved finds the field's value, in v where it was prefetched, and encodes it.
func (r *runner) resolved(dst []byte, n *node, obj any, v *visit) ([]byte, bool) {
	if n.field.bind.Append != nil {
		return n.field.bind.Append(dst, obj), true
	}
	var kids *visits
	var value any
	if n.pre >= 0 && v != nil {
		value = v.values[n.pre]
		kids = &visits{left: v.kids[n.pre]}
	} else {
		value = r.resolve(n, obj)
	}
	if f, bad := value.(*failure); bad {
		return r.nulled(dst, n, f.err)
	}
	mark := len(dst)
	dst, ok := r.complete(dst, n, n.field.out, value, kids)
	if !ok {
		return dst[:mark], false
	}
	return dst, true
}

// failure is the value of a field that could not be resolved.
type failure struct{ err error }

// resolve calls the field's resolver. A panic is the field's error.
func (r *runner) resolve(n *node, obj any) (value any) {
	defer func() {
		if v := recover(); v != nil {
			value = &failure{&PanicError{Field: n.fieldName(), Value: v, Stack: debug.Stack()}}
		}
	}()
	args, err := r.arguments(n)
	if err != nil {
		return &failure{err}
	}
	value, err = n.field.bind.Resolve(r.c, obj, args)
	if err != nil {
		return &failure{err}
	}
	return value
}

func (r *runner) arguments(n *node) (Args, error) {
	if n.args < 0 {
		return Args{}, nil
	}
	if r.op.failed != nil && r.op.failed[n.args] != nil {
		return Args{}, r.op.failed[n.args]
	}
	return r.op.args[n.args], nil
}

func (n *node) fieldName() string {
	if n.field == nil {
		return n.alias
	}
	return n.field.object + "." + n.field.def.Name
}

// fail records an error at the current path.
func (r *runner) fail(n *node, err error) {
	r.failed++
	if max := r.e.limits.Errors; max > 0 && len(r.errs) >= max {
		return
	}
	path := make([]any, len(r.path))
	for i, s := range r.path {
		path[i] = s.name
		if s.name == "" {
			path[i] = s.index
		}
	}
	e := Error{Locations: r.at.tokens(n.tokens...), Path: path, Err: err}
	switch err := err.(type) {
	case problem:
		e.Message = string(err)
	case *argumentError:
		e.Message, e.Locations = err.Error(), r.at.tokens(err.token)
	default:
		e.Message = r.e.message(err)
	}
	r.errs = append(r.errs, e)
}
