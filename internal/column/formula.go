package column

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Bounds of formulas: a longer or deeper one is refused, so that none can use up the stack.
const (
	maxFormula      = 10_000 // bytes
	maxFormulaDepth = 64
)

// Calc is a formula made ready to be worked out for many items. It may be used concurrently.
type Calc struct{ root node }

// node is a part of a formula.
type node interface {
	eval(*calcRun) (Operand, error)
}

// ParseFormula reads a formula: numbers, texts in quotes, {column} references
// by id or title, + - * / ^ & comparisons, and calls of functions.
func ParseFormula(src string) (*Calc, error) {
	if len(src) > maxFormula {
		return nil, errors.New("the formula is longer than 10,000 bytes")
	}
	p := &formulaParser{src: src}
	if err := p.next(); err != nil {
		return nil, err
	}
	root, err := p.comparison(0)
	if err != nil {
		return nil, err
	}
	if p.kind != tokEnd {
		return nil, p.unexpected()
	}
	return &Calc{root: root}, nil
}

type tokenKind int

const (
	tokEnd tokenKind = iota
	tokNumber
	tokText
	tokRef
	tokName
	tokOp
)

// formulaParser is a recursive descent parser with one token of lookahead.
type formulaParser struct {
	src  string
	pos  int // behind the token
	at   int // where the token begins
	kind tokenKind
	tok  string
}

func (p *formulaParser) unexpected() error {
	if p.kind == tokEnd {
		return errors.New("the formula ends too early")
	}
	return fmt.Errorf("unexpected %q at %d", p.tok, p.at)
}

// next reads the next token.
func (p *formulaParser) next() error {
	for p.pos < len(p.src) && strings.IndexByte(" \t\r\n", p.src[p.pos]) >= 0 {
		p.pos++
	}
	p.at = p.pos
	if p.pos >= len(p.src) {
		p.kind, p.tok = tokEnd, ""
		return nil
	}
	switch b := p.src[p.pos]; {
	case b == '"' || b == '\'':
		return p.enclosed(tokText, b)
	case b == '{':
		return p.enclosed(tokRef, '}')
	case b >= '0' && b <= '9' || b == '.':
		p.span(tokNumber, func(b byte) bool { return b >= '0' && b <= '9' || b == '.' })
	case letter(b):
		p.span(tokName, func(b byte) bool { return letter(b) || b >= '0' && b <= '9' })
	default:
		n := 1
		for _, two := range []string{"<=", ">=", "<>", "!=", "=="} {
			if strings.HasPrefix(p.src[p.pos:], two) {
				n = 2
			}
		}
		p.kind, p.tok, p.pos = tokOp, p.src[p.pos:p.pos+n], p.pos+n
	}
	return nil
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' }

func (p *formulaParser) span(kind tokenKind, in func(byte) bool) {
	start := p.pos
	for p.pos < len(p.src) && in(p.src[p.pos]) {
		p.pos++
	}
	p.kind, p.tok = kind, p.src[start:p.pos]
}

func (p *formulaParser) enclosed(kind tokenKind, end byte) error {
	n := strings.IndexByte(p.src[p.pos+1:], end)
	if n < 0 {
		return fmt.Errorf("no %c for what begins at %d", end, p.pos)
	}
	p.kind, p.tok = kind, p.src[p.pos+1:p.pos+1+n]
	p.pos += n + 2
	return nil
}

// levels are the binary operators, those that bind weakest first.
var levels = [][]string{{"=", "==", "<>", "!=", "<", ">", "<=", ">="}, {"&"}, {"+", "-"}, {"*", "/"}}

func (p *formulaParser) comparison(depth int) (node, error) { return p.binary(0, depth) }

func (p *formulaParser) binary(level, depth int) (node, error) {
	if level == len(levels) {
		return p.power(depth)
	}
	left, err := p.binary(level+1, depth)
	for chain := 0; err == nil && p.kind == tokOp && has(levels[level], p.tok); chain++ {
		if chain > 500 {
			return nil, errors.New("the formula is too long")
		}
		op := p.tok
		if err = p.next(); err != nil {
			return nil, err
		}
		var right node
		if right, err = p.binary(level+1, depth); err == nil {
			left = &binaryNode{op, left, right}
		}
	}
	return left, err
}

func (p *formulaParser) power(depth int) (node, error) {
	if depth++; depth > maxFormulaDepth {
		return nil, errors.New("the formula is nested too deeply")
	}
	if p.kind == tokOp && (p.tok == "-" || p.tok == "+") {
		op := p.tok
		if err := p.next(); err != nil {
			return nil, err
		}
		of, err := p.power(depth)
		if err != nil || op == "+" {
			return of, err
		}
		return &binaryNode{"-", literal{number(0)}, of}, nil
	}
	base, err := p.primary(depth)
	if err != nil || p.kind != tokOp || p.tok != "^" {
		return base, err
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	exponent, err := p.power(depth)
	return &binaryNode{"^", base, exponent}, err
}

func (p *formulaParser) primary(depth int) (node, error) {
	tok := p.tok
	switch p.kind {
	case tokNumber:
		f, err := strconv.ParseFloat(tok, 64)
		if err != nil {
			return nil, p.unexpected()
		}
		return literal{number(f)}, p.next()
	case tokText:
		return literal{textOperand(tok)}, p.next()
	case tokRef:
		return ref(strings.TrimSpace(tok)), p.next()
	case tokName:
		if err := p.next(); err != nil {
			return nil, err
		}
		return p.call(strings.ToUpper(tok), depth)
	case tokOp:
		if tok == "(" {
			if err := p.next(); err != nil {
				return nil, err
			}
			inner, err := p.comparison(depth)
			if err != nil {
				return nil, err
			}
			return inner, p.expect(")")
		}
	}
	return nil, p.unexpected()
}

func (p *formulaParser) expect(tok string) error {
	if p.kind != tokOp || p.tok != tok {
		return p.unexpected()
	}
	return p.next()
}

func (p *formulaParser) call(name string, depth int) (node, error) {
	if p.kind != tokOp || p.tok != "(" {
		switch name {
		case "TRUE", "FALSE":
			return literal{truthOperand(name == "TRUE")}, nil
		}
		return nil, fmt.Errorf("%s is neither a function call nor a column in braces", name)
	}
	f, ok := functions[name]
	if !ok {
		return nil, fmt.Errorf("there is no function %s", name)
	}
	c := &callNode{name: name, f: f}
	if err := p.next(); err != nil {
		return nil, err
	}
	for p.kind != tokOp || p.tok != ")" {
		if len(c.args) > 0 {
			if p.kind != tokOp || p.tok != "," && p.tok != ";" {
				return nil, p.unexpected()
			}
			if err := p.next(); err != nil {
				return nil, err
			}
		}
		arg, err := p.comparison(depth)
		if err != nil {
			return nil, err
		}
		if c.args = append(c.args, arg); len(c.args) > 255 {
			return nil, fmt.Errorf("%s has too many arguments", name)
		}
	}
	if len(c.args) < f.least || f.most >= 0 && len(c.args) > f.most {
		return nil, fmt.Errorf("%s has the wrong number of arguments", name)
	}
	return c, p.next()
}
