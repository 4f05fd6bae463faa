package graphql

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// inType is a type a value is coerced to.
type inType struct {
	nonNull bool
	elem    *inType  // of a list
	named   *inNamed // the innermost type
	str     string
}

type inKind uint8

const (
	inInt inKind = iota
	inFloat
	inString
	inBool
	inID
	inEnum
	inObject
	inCustom
)

// inNamed is a named input type.
type inNamed struct {
	name   string
	kind   inKind
	def    *ast.Definition
	scalar func(any) (any, error) // of a custom scalar; nil passes values on
	fields []*inField
	oneOf  bool
	values map[string]bool // of an enum
}

type inField struct {
	name       string
	typ        *inType
	hasDefault bool
	def        any
}

func (n *inNamed) field(name string) *inField {
	for _, f := range n.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

func (n *inNamed) fieldNames() []string {
	out := make([]string, len(n.fields))
	for i, f := range n.fields {
		out[i] = f.name
	}
	return out
}

// bindInputs makes the input types of a version.
func (s *schema) bindInputs(scalars map[string]func(any) (any, error), errs *[]error) {
	s.inputs = map[string]*inNamed{}
	for name, def := range s.ast.Types {
		if !def.IsInputType() {
			continue
		}
		n := &inNamed{name: name, def: def, kind: inputKind(def), scalar: scalars[name]}
		n.oneOf = def.Directives.ForName("oneOf") != nil
		if n.kind == inEnum {
			n.values = map[string]bool{}
			for _, v := range def.EnumValues {
				n.values[v.Name] = true
			}
		}
		s.inputs[name] = n
	}
	for _, n := range s.inputs {
		if n.kind == inObject {
			for _, f := range n.def.Fields {
				n.fields = append(n.fields, &inField{name: f.Name, typ: s.input(f.Type), hasDefault: f.DefaultValue != nil})
			}
		}
	}
	for _, name := range sortedKeys(s.inputs) {
		s.bindDefaults(s.inputs[name], errs)
	}
}

func (s *schema) bindDefaults(n *inNamed, errs *[]error) {
	for i, f := range n.fields {
		if !f.hasDefault {
			continue
		}
		v, err := constant(n.def.Fields[i].DefaultValue, f.typ)
		if err != nil {
			*errs = append(*errs, fmt.Errorf("%s.%s in %s: default: %w", n.name, f.name, s.version, err))
		}
		f.def = v
	}
}

func inputKind(def *ast.Definition) inKind {
	switch {
	case def.Kind == ast.Enum:
		return inEnum
	case def.Kind == ast.InputObject:
		return inObject
	}
	switch def.Name {
	case "Int":
		return inInt
	case "Float":
		return inFloat
	case "String":
		return inString
	case "Boolean":
		return inBool
	case "ID":
		return inID
	}
	return inCustom
}

// input is the type t, or nil when it is not an input type.
func (s *schema) input(t *ast.Type) *inType {
	out := &inType{nonNull: t.NonNull, str: t.String()}
	if t.Elem != nil {
		out.elem = s.input(t.Elem)
		if out.elem == nil {
			return nil
		}
		out.named = out.elem.named
		return out
	}
	out.named = s.inputs[t.NamedType]
	if out.named == nil {
		return nil
	}
	return out
}

// literal converts a number or string of the document; text is its value, see literal.value. The
// error is what graphql-js says of it.
func (n *inNamed) literal(k kind, text string) (any, error) {
	switch n.kind {
	case inInt:
		if k == kInt {
			v, err := strconv.ParseInt(text, 10, 32)
			if err == nil {
				return v, nil
			}
			return nil, problemf("Int cannot represent non 32-bit signed integer value: %s", text)
		}
		return nil, problem("Int cannot represent non-integer value: " + printLiteral(k, text))
	case inFloat:
		if k == kInt || k == kFloat {
			if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(v, 0) {
				return v, nil
			}
		}
		return nil, problem("Float cannot represent non numeric value: " + printLiteral(k, text))
	case inString:
		if k >= kString {
			return text, nil
		}
		return nil, problem("String cannot represent a non string value: " + printLiteral(k, text))
	case inID:
		if k >= kString || k == kInt {
			return text, nil
		}
		return nil, problem("ID cannot represent a non-string and non-integer value: " + printLiteral(k, text))
	case inBool:
		return nil, problem("Boolean cannot represent a non boolean value: " + printLiteral(k, text))
	case inEnum:
		return nil, n.notEnum(printLiteral(k, text))
	case inCustom:
		return n.convert(rawLiteral(k, text))
	}
	return nil, problemf("Expected value of type %q, found %s.", n.name, printLiteral(k, text))
}

// convert runs a custom scalar's own check.
func (n *inNamed) convert(v any) (any, error) {
	if n.scalar == nil {
		return v, nil
	}
	return n.scalar(v)
}

func (n *inNamed) enumNames() []string {
	names := make([]string, len(n.def.EnumValues))
	for i, v := range n.def.EnumValues {
		names[i] = v.Name
	}
	return names
}

func (n *inNamed) notEnum(printed string) error {
	return problemf("Enum %q cannot represent non-enum value: %s.%s", n.name, printed, didYouMean("the enum value", printed, n.enumNames()))
}

func (n *inNamed) unknownValue(name string) error {
	return problemf("Value %q does not exist in %q enum.%s", name, n.name, didYouMean("the enum value", name, n.enumNames()))
}

// rawLiteral is the value of a literal where nothing says what type it should have.
func rawLiteral(k kind, text string) any {
	switch k {
	case kInt:
		if v, err := strconv.ParseInt(text, 10, 64); err == nil {
			return v
		}
		fallthrough
	case kFloat:
		v, _ := strconv.ParseFloat(text, 64)
		return v
	}
	return text
}

func printLiteral(k kind, text string) string {
	if k == kBlock {
		return `"""` + strings.ReplaceAll(text, `"""`, `\"""`) + `"""`
	}
	if k >= kString {
		return string(AppendString(nil, text))
	}
	return text
}
