package graphql

import (
	"fmt"
	"strings"
)

// instantiate makes an operation of a program with the literals and variables of one request. It is not
// ok when a literal is not what its place takes; the document is then invalid.
func (e *Executor) instantiate(p *program, req *Request, l *lifted) (*Operation, []Error, bool) {
	for _, pair := range p.equal {
		if l.literals[pair[0]].value(req.Query) != l.literals[pair[1]].value(req.Query) {
			return nil, nil, false
		}
	}
	var few [8]any
	env := environment{literals: few[:0]}
	for i, lit := range l.literals {
		v, ok := p.slots[i].coerce(lit, req.Query)
		if !ok {
			return nil, nil, false
		}
		env.literals = append(env.literals, v)
	}
	op := &Operation{
		Kind: string(p.kind), Name: p.name, program: p, plan: p.plan,
		src: req.Query, lenient: e.limits.LenientInts,
	}
	if len(p.vars) > 0 {
		if errs, ok := e.variables(p, req, &env); errs != nil || !ok {
			return nil, errs, ok
		}
	}
	if p.conditions != nil {
		var errs []Error
		if op.plan, errs = e.outcome(p, req, &env); errs != nil {
			return nil, errs, true
		}
	}
	if !op.arguments(&env) {
		return nil, nil, false
	}
	op.Cost = op.plan.estimate(op.args, op.Kind == "mutation")
	if l.zeros > 0 {
		op.Warnings = l.zeroWarnings(req.Query, e.locator(req))
	}
	return op, nil, true
}

// coerce is the literal's value in its place.
func (s slot) coerce(lit literal, src string) (any, bool) {
	switch {
	case !s.used:
		return nil, true
	case s.named == nil:
		return rawLiteral(lit.kind, strings.Clone(lit.value(src))), true
	}
	text := lit.value(src)
	if s.named.kind == inString || s.named.kind == inCustom {
		text = strings.Clone(text) // who keeps it must not keep the whole document
	}
	v, err := s.named.literal(lit.kind, text)
	return v, err == nil
}

// locator finds places in the request's text.
func (e *Executor) locator(req *Request) *locator {
	return &locator{text: req.Query, lenient: e.limits.LenientInts}
}

func (e *Executor) variables(p *program, req *Request, env *environment) (errs []Error, ok bool) {
	env.vars, env.given = make([]any, len(p.vars)), make([]bool, len(p.vars))
	var at *locator
	ok = coerceVariables(p.vars, req.Variables, env, func(token int, message string, err error) {
		if max := e.limits.Errors; max > 0 && len(errs) >= max {
			if len(errs) == max {
				errs = append(errs, Error{Message: fmt.Sprintf("Too many errors processing variables; the limit is %d. Execution aborted.", max)})
			}
			return
		}
		if at == nil {
			at = e.locator(req)
		}
		errs = append(errs, Error{Message: message, Locations: at.tokens(token), Err: err})
	})
	return errs, ok
}

// outcome is the plan for the way the conditions turn out.
func (e *Executor) outcome(p *program, req *Request, env *environment) (*plan, []Error) {
	truth := make(map[string]bool, len(p.conditions))
	key := append([]byte(p.key), 0)
	for _, i := range p.conditions {
		b, ok := env.vars[i].(bool)
		if !ok {
			return nil, []Error{{Message: `Argument "if" of non-null type "Boolean!" must not be null.`, Locations: e.locator(req).tokens(p.vars[i].token)}}
		}
		truth[p.vars[i].name] = b
		key = append(key, '0')
		if b {
			key[len(key)-1] = '1'
		}
	}
	if entry, ok := e.plans.get(key); ok {
		return entry.plan, nil
	}
	compiled, err := p.compile(truth, &e.limits)
	if err != nil {
		return nil, []Error{*err}
	}
	e.plans.set(planEntry{key: string(key), plan: compiled})
	return compiled, nil
}

// arguments evaluates the arguments of all fields, once for the whole run: they are the same for
// every object. It is not ok when a literal is what a custom scalar refuses.
func (op *Operation) arguments(env *environment) bool {
	sets := op.plan.argsets
	if len(sets) == 0 {
		return true
	}
	n := 0
	for i := range sets {
		if !sets[i].static {
			n += len(sets[i].values)
		}
	}
	op.args = make([]Args, len(sets))
	values, given := make([]any, n), make([]bool, n)
	for i := range sets {
		a := &sets[i]
		if a.static {
			op.args[i] = a.args
			continue
		}
		n := len(a.values)
		var err error
		op.args[i], err = a.eval(env, values[:n:n], given[:n:n])
		values, given = values[n:], given[n:]
		if err != nil {
			if !a.variables {
				return false
			}
			if op.failed == nil {
				op.failed = map[int]error{}
			}
			op.failed[i] = err
		}
	}
	return true
}
