package column

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Operand is a value inside a formula: nothing, a number, a text, a truth value or a date.
type Operand struct {
	kind operandKind
	num  float64 // of a date: seconds since 1970
	text string
}

type operandKind int

const (
	isNull operandKind = iota
	isNumber
	isText
	isTruth
	isDate
)

func number(f float64) Operand      { return Operand{kind: isNumber, num: f} }
func textOperand(s string) Operand  { return Operand{kind: isText, text: s} }
func dateOperand(t float64) Operand { return Operand{kind: isDate, num: t} }
func truthOperand(yes bool) Operand {
	return Operand{kind: isTruth, num: map[bool]float64{true: 1}[yes]}
}
func (o Operand) yes() bool {
	return o.kind == isText && o.text != "" || o.kind != isText && o.num != 0
}
func (o Operand) time() time.Time       { return time.Unix(int64(o.num), 0).UTC() }
func (o Operand) errorf(s string) error { return fmt.Errorf("%q is not %s", o.String(), s) }

// round15 leaves the digits of a number that can be relied on.
func round15(f float64) float64 {
	if r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64); err == nil {
		return r
	}
	return f // the greatest there are
}

// String is the operand as the service shows results.
func (o Operand) String() string {
	switch o.kind {
	case isNumber:
		return strconv.FormatFloat(round15(o.num), 'f', -1, 64)
	case isText:
		return o.text
	case isTruth:
		return strconv.FormatBool(o.num != 0)
	case isDate:
		if t := o.time(); t.Unix()%daySeconds != 0 {
			return t.Format("2006-01-02 15:04:05")
		}
		return o.time().Format("2006-01-02")
	}
	return ""
}

// float is the operand as a number; nothing is nought.
func (o Operand) float() (float64, error) {
	if o.kind != isText {
		return o.num, nil
	}
	s := strings.TrimSpace(o.text)
	if s == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	if err != nil || f-f != 0 {
		return 0, o.errorf("a number")
	}
	return f, nil
}

// date is the operand as a date.
func (o Operand) date() (Operand, error) {
	if o.kind == isDate {
		return o, nil
	}
	if o.kind == isText {
		date, clock, _ := strings.Cut(o.text, " ")
		if d, ok := parseDay(date); ok {
			sec, _ := parseClock(clock)
			return dateOperand(float64(int64(d)*daySeconds + int64(sec))), nil
		}
	}
	return o, o.errorf("a date")
}

// calcRun is one working out of a formula.
type calcRun struct {
	env Env
	ref func(name string) (Operand, error)
}

// Eval works the formula out. ref gives what a column holds; it fails for a
// column there is not.
func (c *Calc) Eval(ref func(name string) (Operand, error), env Env) (Operand, error) {
	o, err := c.root.eval(&calcRun{env: env, ref: ref})
	if err == nil && (math.IsNaN(o.num) || math.IsInf(o.num, 0)) {
		err = errNotFinite
	}
	return o, err
}

var errNotFinite = errors.New("the result is not a number")

type literal struct{ Operand }

func (l literal) eval(*calcRun) (Operand, error) { return l.Operand, nil }

type ref string

func (r ref) eval(run *calcRun) (Operand, error) { return run.ref(string(r)) }

type binaryNode struct {
	op          string
	left, right node
}

func (n *binaryNode) eval(run *calcRun) (Operand, error) {
	a, err := n.left.eval(run)
	if err != nil {
		return a, err
	}
	b, err := n.right.eval(run)
	if err != nil {
		return b, err
	}
	switch n.op {
	case "&":
		return joined(a.String(), b.String())
	case "=", "==", "<>", "!=", "<", ">", "<=", ">=":
		return truthOperand(compares(n.op, compareOperands(a, b))), nil
	}
	return arithmetic(n.op, a, b)
}

// maxCalcText bounds what a formula can build.
const maxCalcText = 64 << 10

func joined(parts ...string) (Operand, error) {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if n > maxCalcText {
		return Operand{}, errors.New("the text is too long")
	}
	return textOperand(strings.Join(parts, "")), nil
}

func compares(op string, n int) bool {
	switch op {
	case "<>", "!=":
		return n != 0
	case "<":
		return n < 0
	case ">":
		return n > 0
	case "<=":
		return n <= 0
	case ">=":
		return n >= 0
	}
	return n == 0
}

// compareOperands compares as numbers where both can be, as dates where one
// is, else as texts.
func compareOperands(a, b Operand) int {
	if a.kind == isDate || b.kind == isDate {
		x, err1 := a.date()
		y, err2 := b.date()
		if err1 == nil && err2 == nil {
			return cmp.Compare(x.num, y.num)
		}
	}
	textual := func(o Operand) bool { return o.kind == isText && strings.TrimSpace(o.text) == "" }
	if !textual(a) && !textual(b) {
		x, err1 := a.float()
		y, err2 := b.float()
		if err1 == nil && err2 == nil {
			return cmp.Compare(x, y)
		}
	}
	return strings.Compare(a.String(), b.String())
}

func arithmetic(op string, a, b Operand) (Operand, error) {
	if a.kind == isDate && b.kind == isDate && op == "-" {
		return number((a.num - b.num) / daySeconds), nil
	}
	x, err := a.float()
	if err != nil {
		return a, err
	}
	y, err := b.float()
	if err != nil {
		return b, err
	}
	if a.kind == isDate && b.kind == isNumber && (op == "+" || op == "-") {
		if op == "-" {
			y = -y
		}
		return inTime(x + y*daySeconds)
	}
	switch op {
	case "+":
		x += y
	case "-":
		x -= y
	case "*":
		x *= y
	case "/":
		x /= y
	case "^":
		x = math.Pow(x, y)
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return Operand{}, errNotFinite
	}
	return number(x), nil
}

// inTime refuses dates that four digits of a year cannot say.
func inTime(seconds float64) (Operand, error) {
	if !(seconds >= -62167219200 && seconds <= 253402300799) {
		return Operand{}, errors.New("the date is out of range")
	}
	return dateOperand(seconds), nil
}

type callNode struct {
	name string
	f    function
	args []node
}

func (n *callNode) eval(run *calcRun) (Operand, error) {
	if n.f.lazy != nil {
		return n.f.lazy(run, n.args)
	}
	args := make([]Operand, len(n.args))
	for i, a := range n.args {
		o, err := a.eval(run)
		if err != nil {
			return o, err
		}
		args[i] = o
	}
	o, err := n.f.call(run, args)
	if err != nil {
		return Operand{}, fmt.Errorf("%s: %w", n.name, err)
	}
	if math.IsNaN(o.num) || math.IsInf(o.num, 0) {
		return Operand{}, errNotFinite
	}
	return o, nil
}
