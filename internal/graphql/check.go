package graphql

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// valueChecker is the rule that values are of the type their place expects (specification 5.6).
type valueChecker struct {
	// text is the value of a number or string.
	text func(*ast.Value) string
	// report is told the token and what is wrong with it.
	report func(token int, message string)
}

// check checks v, which stands where t is expected; place is t, or the list that v alone stands for.
func (k *valueChecker) check(v *ast.Value, t, place *inType) {
	switch {
	case v.Kind == ast.Variable:
		return
	case v.Kind == ast.NullValue:
		if place.nonNull {
			k.report(tokenOf(v.Position), fmt.Sprintf("Expected value of type %q, found null.", place.str))
		}
	case t.elem != nil && v.Kind == ast.ListValue:
		for _, child := range v.Children {
			k.check(child.Value, t.elem, t.elem)
		}
	case t.elem != nil:
		k.check(v, t.elem, place)
	case t.named.kind != inObject:
		if message := k.leaf(v, t.named, place); message != "" {
			k.report(tokenOf(v.Position), message)
		}
	case v.Kind != ast.ObjectValue:
		k.report(tokenOf(v.Position), fmt.Sprintf("Expected value of type %q, found %s.", place.str, k.print(v)))
	default:
		k.object(v, t.named)
	}
}

func (k *valueChecker) object(v *ast.Value, n *inNamed) {
	for _, f := range n.fields {
		if f.typ.nonNull && !f.hasDefault && v.Children.ForName(f.name) == nil {
			k.report(tokenOf(v.Position), fmt.Sprintf("Field %q of required type %q was not provided.", n.name+"."+f.name, f.typ.str))
		}
	}
	for _, child := range v.Children {
		if f := n.field(child.Name); f != nil {
			k.check(child.Value, f.typ, f.typ)
			continue
		}
		k.report(tokenOf(child.Position), fmt.Sprintf("Field %q is not defined by type %q.%s",
			child.Name, n.name, didYouMean("", child.Name, n.fieldNames())))
	}
	if !n.oneOf {
		return
	}
	if len(v.Children) != 1 {
		k.report(tokenOf(v.Position), fmt.Sprintf("OneOf Input Object %q must specify exactly one key.", n.name))
	} else if v.Children[0].Value.Kind == ast.NullValue {
		k.report(tokenOf(v.Position), fmt.Sprintf("Field %q must be non-null.", n.name+"."+v.Children[0].Name))
	}
}

// leaf says what is wrong with the value of a scalar or enum.
func (k *valueChecker) leaf(v *ast.Value, n *inNamed, place *inType) string {
	if n.kind == inCustom {
		return k.custom(v, n, place)
	}
	switch v.Kind {
	case ast.IntValue, ast.FloatValue, ast.StringValue, ast.BlockValue:
		if _, err := n.literal(tokenKind(v), k.text(v)); err != nil {
			return err.Error()
		}
		return ""
	case ast.EnumValue:
		if n.kind == inEnum {
			if !n.values[v.Raw] {
				return n.unknownValue(v.Raw).Error()
			}
			return ""
		}
	case ast.BooleanValue:
		if n.kind == inBool {
			return ""
		}
	}
	return wrongLeaf(n, k.print(v)).Error()
}

// wrongLeaf is the error for a value of a shape that the built-in scalar or enum never takes.
func wrongLeaf(n *inNamed, printed string) error {
	switch n.kind {
	case inInt:
		return problemf("Int cannot represent non-integer value: %s", printed)
	case inFloat:
		return problemf("Float cannot represent non numeric value: %s", printed)
	case inString:
		return problemf("String cannot represent a non string value: %s", printed)
	case inBool:
		return problemf("Boolean cannot represent a non boolean value: %s", printed)
	case inID:
		return problemf("ID cannot represent a non-string and non-integer value: %s", printed)
	}
	return n.notEnum(printed)
}

func (k *valueChecker) custom(v *ast.Value, n *inNamed, place *inType) string {
	raw, whole := k.raw(v)
	if !whole {
		return "" // with a variable in it: its value is checked when it is known
	}
	if _, err := n.convert(raw); err != nil {
		return fmt.Sprintf("Expected value of type %q, found %s; %s", place.str, k.print(v), err)
	}
	return ""
}

// raw is the value as a custom scalar's check sees it; not whole when it holds a variable.
func (k *valueChecker) raw(v *ast.Value) (value any, whole bool) {
	switch v.Kind {
	case ast.Variable:
		return nil, false
	case ast.NullValue:
		return nil, true
	case ast.BooleanValue, ast.EnumValue:
		return rawName(v), true
	case ast.ListValue:
		list, all := make([]any, len(v.Children)), true
		for i, child := range v.Children {
			list[i], whole = k.raw(child.Value)
			all = all && whole
		}
		return list, all
	case ast.ObjectValue:
		object, all := make(map[string]any, len(v.Children)), true
		for _, child := range v.Children {
			object[child.Name], whole = k.raw(child.Value)
			all = all && whole
		}
		return object, all
	}
	return rawLiteral(tokenKind(v), k.text(v)), true
}

// print writes a value as graphql-js does.
func (k *valueChecker) print(v *ast.Value) string {
	switch v.Kind {
	case ast.Variable:
		return "$" + v.Raw
	case ast.ListValue, ast.ObjectValue:
		parts := make([]string, len(v.Children))
		for i, child := range v.Children {
			parts[i] = k.print(child.Value)
			if v.Kind == ast.ObjectValue {
				parts[i] = child.Name + ": " + parts[i]
			}
		}
		joined := strings.Join(parts, ", ")
		if v.Kind == ast.ListValue {
			return "[" + joined + "]"
		}
		return "{" + joined + "}"
	case ast.IntValue, ast.FloatValue, ast.StringValue, ast.BlockValue:
		return printLiteral(tokenKind(v), k.text(v))
	}
	return v.Raw
}
