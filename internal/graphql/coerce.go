package graphql

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// variable is a variable that the operation declares.
type variable struct {
	name       string
	typ        *inType
	hasDefault bool
	def        *valueNode
	token      int
}

// coercer coerces the value of one variable (specification 6.1.2); what is wrong is reported with its path.
type coercer struct {
	name   string
	path   []any
	report func(value any, path []any, message string, own VariableError)
}

// coerceVariables fills env from what was sent. Messages are graphql-js's. It is not ok when a default
// is what a custom scalar refuses.
func coerceVariables(vars []variable, sent map[string]any, env *environment, report func(token int, message string, err error)) (ok bool) {
	for i, v := range vars {
		value, given := sent[v.name]
		switch {
		case !given && v.hasDefault:
			def, _, err := v.def.eval(env)
			if err != nil {
				return false
			}
			env.vars[i], env.given[i] = def, true
		case !given && v.typ.nonNull:
			report(v.token, fmt.Sprintf(`Variable "$%s" of required type %q was not provided.`, v.name, v.typ.str), nil)
		case !given:
		case value == nil && v.typ.nonNull:
			report(v.token, fmt.Sprintf(`Variable "$%s" of non-null type %q must not be null.`, v.name, v.typ.str), nil)
		default:
			c := coercer{name: v.name, report: func(value any, path []any, message string, own VariableError) {
				if own != nil {
					report(v.token, own.OfVariable(v.name, v.typ.str), own)
					return
				}
				at := ""
				if len(path) > 0 {
					at = fmt.Sprintf(" at %q", v.name+printPath(path))
				}
				report(v.token, fmt.Sprintf(`Variable "$%s" got invalid value %s%s; %s`, v.name, inspect(value), at, message), nil)
			}}
			env.vars[i], env.given[i] = c.coerce(value, v.typ), true
		}
	}
	return true
}

func printPath(path []any) string {
	var b strings.Builder
	for _, p := range path {
		switch p := p.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", p)
		case string:
			b.WriteString("." + p)
		}
	}
	return b.String()
}

func (c *coercer) fail(value any, message string) any {
	c.report(value, c.path, message, nil)
	return nil
}

func (c *coercer) coerce(value any, t *inType) any {
	switch {
	case value == nil:
		if t.nonNull {
			return c.fail(nil, fmt.Sprintf("Expected non-nullable type %q not to be null.", t.str))
		}
		return nil
	case t.elem != nil:
		list, ok := value.([]any)
		if !ok {
			return []any{c.coerce(value, t.elem)}
		}
		out := make([]any, len(list))
		for i, item := range list {
			c.path = append(c.path, i)
			out[i] = c.coerce(item, t.elem)
			c.path = c.path[:len(c.path)-1]
		}
		return out
	case t.named.kind == inObject:
		return c.object(value, t.named)
	}
	v, err := coerceLeaf(value, t.named)
	if own := VariableError(nil); errors.As(err, &own) {
		c.report(value, c.path, "", own)
		return nil
	}
	if err != nil {
		return c.fail(value, err.Error())
	}
	return v
}

func (c *coercer) object(value any, n *inNamed) any {
	sent, ok := value.(map[string]any)
	if !ok {
		return c.fail(value, fmt.Sprintf("Expected type %q to be an object.", n.name))
	}
	out := make(map[string]any, len(sent))
	for _, f := range n.fields {
		item, given := sent[f.name]
		if given {
			c.path = append(c.path, f.name)
			out[f.name] = c.coerce(item, f.typ)
			c.path = c.path[:len(c.path)-1]
		} else if f.hasDefault {
			out[f.name] = f.def
		} else if f.typ.nonNull {
			c.fail(value, fmt.Sprintf("Field %q of required type %q was not provided.", f.name, f.typ.str))
		}
	}
	for _, name := range sortedKeys(sent) {
		if n.field(name) == nil {
			c.fail(value, fmt.Sprintf("Field %q is not defined by type %q.%s", name, n.name, didYouMean("", name, n.fieldNames())))
		}
	}
	if n.oneOf {
		c.oneOf(value, sent, n)
	}
	return out
}

func (c *coercer) oneOf(value any, sent map[string]any, n *inNamed) {
	keys := sortedKeys(sent)
	if len(keys) != 1 {
		c.fail(value, fmt.Sprintf("Exactly one key must be specified for OneOf type %q.", n.name))
	} else if sent[keys[0]] == nil {
		c.path = append(c.path, keys[0])
		c.fail(nil, fmt.Sprintf("Field %q must be non-null.", keys[0]))
		c.path = c.path[:len(c.path)-1]
	}
}

// coerceLeaf coerces the value of a variable, as decoded from JSON, to a scalar or enum.
func coerceLeaf(value any, n *inNamed) (any, error) {
	switch n.kind {
	case inInt:
		return coerceInt(value)
	case inFloat:
		if f, ok := number(value); ok {
			return f, nil
		}
	case inString:
		if s, ok := value.(string); ok {
			return s, nil
		}
	case inBool:
		if b, ok := value.(bool); ok {
			return b, nil
		}
	case inID:
		if s, ok := value.(string); ok {
			return s, nil
		}
		if s, ok := wholeNumber(value); ok {
			return s, nil
		}
		return nil, problem("ID cannot represent value: " + inspect(value))
	case inEnum:
		s, ok := value.(string)
		if !ok {
			printed := inspect(value)
			return nil, problemf("Enum %q cannot represent non-string value: %s.%s", n.name, printed, didYouMean("the enum value", printed, n.enumNames()))
		}
		if !n.values[s] {
			return nil, n.unknownValue(s)
		}
		return s, nil
	case inCustom:
		v, err := n.convert(plainNumbers(value))
		if own := VariableError(nil); errors.As(err, &own) {
			return nil, own
		}
		if err != nil {
			return nil, problemf("Expected type %q. %v", n.name, err)
		}
		return v, nil
	}
	return nil, wrongLeaf(n, inspect(value))
}

func coerceInt(value any) (any, error) {
	s, ok := wholeNumber(value)
	if !ok {
		return nil, problem("Int cannot represent non-integer value: " + inspect(value))
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return nil, problem("Int cannot represent non 32-bit signed integer value: " + inspect(value))
	}
	return n, nil
}

func number(value any) (float64, bool) {
	switch v := value.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	}
	return 0, false
}

// wholeNumber is the digits of a number that has no fraction; 1.0 and 1e3 have none.
func wholeNumber(value any) (string, bool) {
	switch v := value.(type) {
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			return v.String(), true
		}
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	f, ok := number(value)
	if !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return "", false
	}
	return strconv.FormatFloat(f, 'f', 0, 64), true
}

// plainNumbers replaces json.Number by int64 or float64, in copies.
func plainNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		return rawLiteral(kInt, v.String())
	case int:
		return int64(v)
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = plainNumbers(out[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = plainNumbers(item)
		}
		return out
	}
	return value
}

// inspect writes a value as graphql-js's inspect does: JSON-like, with limits on depth and length.
func inspect(value any) string { return inspectDepth(value, 0) }

const maxInspected = 10

func inspectDepth(value any, depth int) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return string(AppendString(nil, v))
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		if depth >= 2 {
			return "[Array]"
		}
		var parts []string
		for _, item := range v[:min(len(v), maxInspected)] {
			parts = append(parts, inspectDepth(item, depth+1))
		}
		if more := len(v) - maxInspected; more == 1 {
			parts = append(parts, "... 1 more item")
		} else if more > 1 {
			parts = append(parts, fmt.Sprintf("... %d more items", more))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		if len(v) == 0 {
			return "{}"
		}
		if depth >= 2 {
			return "[Object]"
		}
		var parts []string
		for _, k := range sortedKeys(v) {
			parts = append(parts, k+": "+inspectDepth(v[k], depth+1))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return fmt.Sprint(value)
}
