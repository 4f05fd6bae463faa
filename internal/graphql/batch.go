package graphql

import (
	"fmt"
	"runtime/debug"
)

// Fields with Batch are resolved level by level before anything is encoded: a walk goes breadth first
// along the nodes that lead to one, and calls each of them once for all objects of its level. What is
// found on the way is remembered by object, so that every resolver is called once; encoding then goes
// depth first as always and takes the values from there.

// leastObject is what an object that is met on the way is taken to add to the answer.
const leastObject = 64

// visit is one object met on the way, with the values of its prefetched nodes.
type visit struct {
	values []any
	kids   [][]*visit // of each node: the objects in its value, in order
}

// visits hands out the objects of a value in the order they are encoded in.
type visits struct{ left []*visit }

func (v *visits) next() *visit {
	if v == nil || len(v.left) == 0 {
		return nil
	}
	first := v.left[0]
	v.left = v.left[1:]
	return first
}

// level is the objects of one depth that share a selection.
type level struct {
	plan   *objectPlan
	objs   []any
	visits []*visit
}

func (l *level) add(obj any) *visit {
	v := &visit{values: make([]any, l.plan.pre), kids: make([][]*visit, l.plan.pre)}
	l.objs, l.visits = append(l.objs, obj), append(l.visits, v)
	return v
}

// levels are the selections of one depth in the order they were met.
type levels struct {
	order []*level
	plans map[*objectPlan]*level
}

func (l *levels) of(p *objectPlan) *level {
	if l.plans[p] == nil {
		l.plans[p] = &level{plan: p}
		l.order = append(l.order, l.plans[p])
	}
	return l.plans[p]
}

// prefetch resolves what lies below the root field n and leads to batches.
func (r *runner) prefetch(p *objectPlan, n *node) *visit {
	top := &level{plan: p}
	v := top.add(nil)
	next := r.prefetchNode(top, n, &levels{plans: map[*objectPlan]*level{}})
	for len(next.order) > 0 && !r.stopped(r.ahead*leastObject) {
		below := &levels{plans: map[*objectPlan]*level{}}
		for _, l := range next.order {
			for i := range l.plan.nodes {
				if n := &l.plan.nodes[i]; n.pre >= 0 {
					r.prefetchNode(l, n, below)
				}
			}
		}
		next = below
	}
	return v
}

// prefetchNode resolves one node for all objects of a level, and adds the objects found to below.
func (r *runner) prefetchNode(l *level, n *node, below *levels) *levels {
	for i, value := range r.valuesOf(n, l.objs) {
		if i%checkEvery == checkEvery-1 && r.stopped(r.ahead*leastObject) {
			break
		}
		v := l.visits[i]
		if n.deep {
			value = r.objectsIn(n, n.field.out, value, &v.kids[n.pre], below)
		}
		v.values[n.pre] = value
	}
	return below
}

// objectsIn walks a value and makes a visit for each object in it. Objects that cannot be completed get
// an empty one, for encoding counts them too. It returns the value with its lists copied, so that their
// elements are asked for once.
func (r *runner) objectsIn(n *node, t *outType, value any, out *[]*visit, below *levels) any {
	if value == nil {
		return nil
	}
	if _, bad := value.(*failure); bad {
		return value
	}
	switch t.kind {
	case outList:
		l, ok := value.(List)
		if !ok {
			return value
		}
		items := make(Slice[any], l.Len())
		for i := range items {
			items[i] = r.objectsIn(n, t.elem, l.At(i), out, below)
		}
		return items
	case outObject:
		r.ahead++
		*out = append(*out, below.of(n.single).add(value))
	case outAbstract:
		p, err := r.possible(n, t, value)
		if err != nil {
			*out = append(*out, nil)
			break
		}
		r.ahead++
		*out = append(*out, below.of(p).add(value))
	}
	return value
}

// valuesOf resolves a node for objs: with one call where it is a batch.
func (r *runner) valuesOf(n *node, objs []any) []any {
	if n.scope >= 0 && r.denied != nil && r.denied[n.scope] != nil {
		return make([]any, len(objs)) // encoding reports the denial
	}
	if n.field.bind.Batch != nil {
		return r.batch(n, objs)
	}
	values := make([]any, len(objs))
	for i, obj := range objs {
		if i%checkEvery == checkEvery-1 && r.stopped(r.ahead*leastObject) {
			break
		}
		values[i] = r.resolve(n, obj)
	}
	return values
}

func (r *runner) batch(n *node, objs []any) (values []any) {
	all := func(err error) []any {
		values := make([]any, len(objs))
		for i := range values {
			values[i] = &failure{err}
		}
		return values
	}
	defer func() {
		if v := recover(); v != nil {
			values = all(&PanicError{Field: n.fieldName(), Value: v, Stack: debug.Stack()})
		}
	}()
	args, err := r.arguments(n)
	if err != nil {
		return all(err)
	}
	found, err := n.field.bind.Batch(r.c, objs, args)
	switch {
	case err != nil:
		return all(err)
	case len(found) != len(objs):
		return all(&ResolverError{n.fieldName(), fmt.Sprintf("%d results for %d objects", len(found), len(objs))})
	}
	values = make([]any, len(found))
	for i, v := range found {
		if err, failed := v.(error); failed {
			v = &failure{err}
		}
		values[i] = v
	}
	return values
}
