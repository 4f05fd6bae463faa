package graphql

import (
	"fmt"
	"math"
)

// checkEvery is how many elements of a list are encoded between two looks at the context.
const checkEvery = 256

// complete encodes a value of type t (specification 6.4.3). It is not ok when the value must not be
// null and is, or has to be because of an error in it; the error is recorded.
func (r *runner) complete(dst []byte, n *node, t *outType, value any, kids *visits) ([]byte, bool) {
	if value == nil {
		if t.nonNull {
			r.fail(n, problemf("Cannot return null for non-nullable field %s.", n.fieldName()))
			return dst, false
		}
		return append(dst, "null"...), true
	}
	mark := len(dst)
	ok := false
	switch t.kind {
	case outList:
		dst, ok = r.list(dst, n, t, value, kids)
	case outObject:
		dst, ok = r.object(dst, n.single, value, kids.next())
	case outAbstract:
		dst, ok = r.abstract(dst, n, t, value, kids.next())
	default:
		var err error
		if dst, err = appendLeaf(dst, t.kind, t.name, value); err != nil {
			r.fail(n, err)
		}
		ok = err == nil
	}
	if !ok {
		return nullOr(dst[:mark], t.nonNull)
	}
	return dst, true
}

func (r *runner) list(dst []byte, n *node, t *outType, value any, kids *visits) ([]byte, bool) {
	l, ok := value.(List)
	if !ok {
		r.fail(n, &ResolverError{n.fieldName(), fmt.Sprintf("%T is not a List, for %s", value, t.str)})
		return dst, false
	}
	if r.stopped(len(dst)) {
		return dst, false
	}
	size := l.Len()
	if size == 0 {
		return append(dst, "[]"...), true
	}
	if p := n.single; p != nil && t.elem.kind == outObject {
		return r.objects(dst, n, t.elem, p, l, size, kids)
	}
	at := len(r.path)
	r.path = append(r.path, pathStep{})
	sep := byte('[')
	for i := range size {
		if (i%checkEvery == checkEvery-1 || len(dst) > r.most) && r.stopped(len(dst)) {
			break
		}
		dst = append(dst, sep)
		sep = ','
		r.path[at].index = i
		if dst, ok = r.complete(dst, n, t.elem, l.At(i), kids); !ok {
			break
		}
	}
	r.path = r.path[:at]
	if !ok || r.fatal != nil {
		return dst, false
	}
	return append(dst, ']'), true
}

// objects is list for the commonest list, of one object type.
func (r *runner) objects(dst []byte, n *node, t *outType, p *objectPlan, l List, size int, kids *visits) ([]byte, bool) {
	at := len(r.path)
	r.path = append(r.path, pathStep{})
	ok := true
	when, keep := r.moment(p.memo, p.scoped)
	var obj any
	encode := func(dst []byte) ([]byte, bool) { return r.object(dst, p, obj, nil) }
	sep := byte('[')
	for i := range size {
		if (i%checkEvery == checkEvery-1 || len(dst) > r.most) && r.stopped(len(dst)) {
			break
		}
		dst = append(dst, sep)
		sep = ','
		r.path[at].index = i
		obj = l.At(i)
		mark := len(dst)
		if ok = obj != nil; ok && keep {
			dst, ok = r.memoized(dst, obj, p.memo, when, encode)
		} else if ok {
			dst, ok = r.object(dst, p, obj, kids.next())
		} else if t.nonNull {
			r.fail(n, problemf("Cannot return null for non-nullable field %s.", n.fieldName()))
		}
		if !ok {
			if dst, ok = nullOr(dst[:mark], t.nonNull); !ok {
				break
			}
		}
	}
	r.path = r.path[:at]
	if !ok || r.fatal != nil {
		return dst, false
	}
	return append(dst, ']'), true
}

func (r *runner) abstract(dst []byte, n *node, t *outType, value any, v *visit) ([]byte, bool) {
	p, err := r.possible(n, t, value)
	if err != nil {
		r.fail(n, err)
		return dst, false
	}
	return r.object(dst, p, value, v)
}

// possible is the selection for the object type that the value is of.
func (r *runner) possible(n *node, t *outType, value any) (*objectPlan, error) {
	s := r.op.program.schema
	if s.typeOf == nil {
		return nil, &ResolverError{n.fieldName(), "Bindings.TypeOf is not set, and " + t.name + " is abstract"}
	}
	name := s.typeOf(value)
	if p := n.types[name]; p != nil {
		return p, nil
	}
	return nil, &ResolverError{n.fieldName(), fmt.Sprintf("TypeOf(%T) is %q, which is not a possible type of %s", value, name, t.name)}
}

// appendLeaf appends a scalar or enum value that a resolver returned (specification 3.5, result coercion).
func appendLeaf(dst []byte, k outKind, name string, value any) ([]byte, error) {
	switch v := value.(type) {
	case Appender:
		return v.AppendJSON(dst), nil
	case []byte:
		if len(v) == 0 {
			return dst, &ResolverError{name, "no bytes are no JSON"}
		}
		return append(dst, v...), nil
	case string:
		if k == outString || k == outEnum || k == outCustom {
			return AppendString(dst, v), nil
		}
	case bool:
		if k == outBool || k == outCustom {
			return AppendBool(dst, v), nil
		}
	case int:
		return appendNumber(dst, k, name, int64(v))
	case int32:
		return appendNumber(dst, k, name, int64(v))
	case int64:
		return appendNumber(dst, k, name, v)
	case float64:
		return appendFloat(dst, k, name, v)
	}
	return dst, &ResolverError{name, fmt.Sprintf("cannot represent a value of type %T", value)}
}

func appendNumber(dst []byte, k outKind, name string, v int64) ([]byte, error) {
	switch k {
	case outInt:
		if v < math.MinInt32 || v > math.MaxInt32 {
			return dst, problemf("Int cannot represent non 32-bit signed integer value: %d", v)
		}
		return AppendInt(dst, v), nil
	case outFloat, outCustom:
		return AppendInt(dst, v), nil
	case outString:
		return append(AppendInt(append(dst, '"'), v), '"'), nil
	}
	return dst, &ResolverError{name, "cannot represent a number"}
}

func appendFloat(dst []byte, k outKind, name string, v float64) ([]byte, error) {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return dst, errNotFinite
	case k == outFloat || k == outCustom:
		return AppendFloat(dst, v), nil
	case k == outInt && v == math.Trunc(v) && math.Abs(v) <= math.MaxInt32:
		return AppendInt(dst, int64(v)), nil
	case k == outInt:
		return dst, problemf("Int cannot represent non-integer value: %v", v)
	}
	return dst, &ResolverError{name, "cannot represent a number"}
}
