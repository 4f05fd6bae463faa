package graphql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// valueNode is the recipe for an argument's value: constant, or made of literals and variables.
type valueNode struct {
	kind  valueKind
	typ   *inType
	val   any
	index int // of the literal or variable
	items []*valueNode
	names []string // of an object's fields, beside items
}

type valueKind uint8

const (
	vConst valueKind = iota
	vSlot
	vVariable
	vList
	vObject
	vScalar // items[0] through a custom scalar's check
)

// environment is what a recipe takes its values from.
type environment struct {
	literals []any
	vars     []any
	given    []bool
}

// errNull is a null where there must be none, which only variables can bring about at run.
var errNull = errors.New("must not be null")

// eval makes the value. It is absent where it is a variable that was not given.
func (n *valueNode) eval(env *environment) (v any, present bool, err error) {
	switch n.kind {
	case vConst:
		return n.val, true, nil
	case vSlot:
		return env.literals[n.index], true, nil
	case vVariable:
		return env.vars[n.index], env.given[n.index], nil
	case vList:
		return n.evalList(env)
	case vObject:
		return n.evalObject(env)
	}
	inner, _, err := n.items[0].eval(env)
	if err != nil {
		return nil, true, err
	}
	v, err = n.typ.named.convert(inner)
	return v, true, err
}

func (n *valueNode) evalList(env *environment) (any, bool, error) {
	list := make([]any, len(n.items))
	for i, item := range n.items {
		v, _, err := item.eval(env)
		if err == nil && v == nil && n.typ != nil && n.typ.elem != nil && n.typ.elem.nonNull {
			err = errNull
		}
		if err != nil {
			return nil, true, err
		}
		list[i] = v
	}
	return list, true, nil
}

func (n *valueNode) evalObject(env *environment) (any, bool, error) {
	object := make(map[string]any, len(n.items))
	for i, item := range n.items {
		v, present, err := item.eval(env)
		if err != nil {
			return nil, true, err
		}
		var f *inField
		if n.typ != nil {
			f = n.typ.named.field(n.names[i])
		}
		if !present && f != nil && f.hasDefault {
			v, present = f.def, true
		}
		if v == nil && f != nil && f.typ.nonNull {
			return nil, true, errNull
		}
		if present {
			object[n.names[i]] = v
		}
	}
	return object, true, nil
}

func (n *valueNode) constant() bool { return n.kind == vConst }

func (n *valueNode) usesVariables() bool {
	return n.kind == vVariable || slices.ContainsFunc(n.items, (*valueNode).usesVariables)
}

// valueCompiler turns values that were checked into recipes.
type valueCompiler struct {
	// slot finds the literal of a value; nil means to take the value itself.
	slot func(*ast.Value) int
	// variable finds the index of a variable.
	variable func(name string) int
	// typed learns what each literal is to be: named is nil inside of a custom scalar's lists and objects.
	typed func(slot int, named *inNamed)
}

func (c *valueCompiler) node(v *ast.Value, t *inType) *valueNode {
	switch {
	case v.Kind == ast.Variable:
		return &valueNode{kind: vVariable, typ: t, index: c.variable(v.Raw)}
	case v.Kind == ast.NullValue:
		return &valueNode{kind: vConst, typ: t}
	case t.elem != nil:
		n := &valueNode{kind: vList, typ: t}
		if v.Kind == ast.ListValue {
			for _, child := range v.Children {
				n.items = append(n.items, c.node(child.Value, t.elem))
			}
		} else {
			n.items = []*valueNode{c.node(v, t.elem)}
		}
		return n.fold()
	case t.named.kind == inCustom:
		return c.custom(v, t)
	case v.Kind == ast.ObjectValue:
		return c.object(v, t)
	}
	return c.leaf(v, t.named, t)
}

func (c *valueCompiler) object(v *ast.Value, t *inType) *valueNode {
	n := &valueNode{kind: vObject, typ: t}
	for _, f := range t.named.fields {
		var item *valueNode
		if child := v.Children.ForName(f.name); child != nil {
			item = c.node(child, f.typ)
		} else if f.hasDefault {
			item = &valueNode{kind: vConst, typ: f.typ, val: f.def}
		} else {
			continue
		}
		n.names, n.items = append(n.names, f.name), append(n.items, item)
	}
	return n.fold()
}

func (c *valueCompiler) custom(v *ast.Value, t *inType) *valueNode {
	switch v.Kind {
	case ast.ListValue, ast.ObjectValue:
		n := &valueNode{kind: vScalar, typ: t, items: []*valueNode{c.raw(v)}}
		return n.fold()
	case ast.BooleanValue, ast.EnumValue:
		n := &valueNode{kind: vScalar, typ: t, items: []*valueNode{{kind: vConst, val: rawName(v)}}}
		return n.fold()
	}
	return c.leaf(v, t.named, t)
}

// raw is the recipe of a value within a custom scalar.
func (c *valueCompiler) raw(v *ast.Value) *valueNode {
	switch v.Kind {
	case ast.Variable:
		return &valueNode{kind: vVariable, index: c.variable(v.Raw)}
	case ast.NullValue:
		return &valueNode{kind: vConst}
	case ast.BooleanValue, ast.EnumValue:
		return &valueNode{kind: vConst, val: rawName(v)}
	case ast.ListValue:
		n := &valueNode{kind: vList}
		for _, child := range v.Children {
			n.items = append(n.items, c.raw(child.Value))
		}
		return n.fold()
	case ast.ObjectValue:
		n := &valueNode{kind: vObject}
		for _, child := range v.Children {
			n.names, n.items = append(n.names, child.Name), append(n.items, c.raw(child.Value))
		}
		return n.fold()
	}
	return c.leaf(v, nil, nil)
}

func rawName(v *ast.Value) any {
	if v.Kind == ast.BooleanValue {
		return v.Raw == "true"
	}
	return v.Raw
}

func (c *valueCompiler) leaf(v *ast.Value, named *inNamed, t *inType) *valueNode {
	switch {
	case v.Kind == ast.BooleanValue || v.Kind == ast.EnumValue:
		return &valueNode{kind: vConst, typ: t, val: rawName(v)}
	case c.slot != nil:
		i := c.slot(v)
		c.typed(i, named)
		return &valueNode{kind: vSlot, typ: t, index: i}
	case named == nil:
		return &valueNode{kind: vConst, typ: t, val: rawLiteral(tokenKind(v), v.Raw)}
	}
	val, _ := named.literal(tokenKind(v), v.Raw)
	return &valueNode{kind: vConst, typ: t, val: val}
}

// fold makes a recipe of constants a constant. What a custom scalar refuses stays as it is.
func (n *valueNode) fold() *valueNode {
	for _, item := range n.items {
		if !item.constant() {
			return n
		}
	}
	v, _, err := n.eval(&environment{})
	if err != nil {
		return n
	}
	return &valueNode{kind: vConst, typ: n.typ, val: v}
}

func tokenKind(v *ast.Value) kind {
	switch v.Kind {
	case ast.IntValue:
		return kInt
	case ast.FloatValue:
		return kFloat
	case ast.BlockValue:
		return kBlock
	}
	return kString
}

// constant is the value of a default in the schema.
func constant(v *ast.Value, t *inType) (any, error) {
	if t == nil {
		return nil, errors.New("not an input type")
	}
	var problems []string
	k := valueChecker{
		text:   func(v *ast.Value) string { return v.Raw },
		report: func(_ int, message string) { problems = append(problems, message) },
	}
	k.check(v, t, t)
	if problems != nil {
		return nil, errors.New(strings.Join(problems, " "))
	}
	c := valueCompiler{variable: func(string) int { return 0 }}
	n := c.node(v, t)
	if !n.constant() {
		return nil, fmt.Errorf("%s is not constant", v.String())
	}
	return n.val, nil
}
