package column

import (
	"errors"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// function is one that formulas can call.
type function struct {
	least, most int // arguments; most -1 is any number
	call        func(run *calcRun, args []Operand) (Operand, error)
	lazy        func(run *calcRun, args []node) (Operand, error) // instead of call: evaluates what it needs
}

// functions is filled once, below, because lazy ones refer to nodes that refer to it.
var functions = func() map[string]function {
	m := map[string]function{
		"IF":          {2, 3, nil, lazyIf},
		"SWITCH":      {3, -1, nil, lazySwitch},
		"AND":         {1, -1, func(_ *calcRun, a []Operand) (Operand, error) { return truthOperand(count(a) == len(a)), nil }, nil},
		"OR":          {1, -1, func(_ *calcRun, a []Operand) (Operand, error) { return truthOperand(count(a) > 0), nil }, nil},
		"XOR":         {1, -1, func(_ *calcRun, a []Operand) (Operand, error) { return truthOperand(count(a)%2 == 1), nil }, nil},
		"NOT":         {1, 1, func(_ *calcRun, a []Operand) (Operand, error) { return truthOperand(!a[0].yes()), nil }, nil},
		"CONCATENATE": {1, -1, concatenate, nil},
		"CONCAT":      {1, -1, concatenate, nil},
		"LEFT":        {1, 2, func(_ *calcRun, a []Operand) (Operand, error) { return side(a, true) }, nil},
		"RIGHT":       {1, 2, func(_ *calcRun, a []Operand) (Operand, error) { return side(a, false) }, nil},
		"LEN": {1, 1, func(_ *calcRun, a []Operand) (Operand, error) {
			return number(float64(utf8.RuneCountInString(a[0].String()))), nil
		}, nil},
		"UPPER": {1, 1, onText(strings.ToUpper), nil},
		"LOWER": {1, 1, onText(strings.ToLower), nil},
		"TRIM":  {1, 1, onText(strings.TrimSpace), nil},
		"TEXT":  {1, 2, func(_ *calcRun, a []Operand) (Operand, error) { return textOperand(a[0].String()), nil }, nil},
		"EXACT": {2, 2, func(_ *calcRun, a []Operand) (Operand, error) {
			return truthOperand(a[0].String() == a[1].String()), nil
		}, nil},
		"SUBSTITUTE":    {3, 3, substitute, nil},
		"SEARCH":        {2, 2, search, nil},
		"TODAY":         {0, 0, today, nil},
		"DAYS":          {2, 2, daysBetween, nil},
		"ADD_DAYS":      {2, 2, func(_ *calcRun, a []Operand) (Operand, error) { return shift(a, 1) }, nil},
		"SUBTRACT_DAYS": {2, 2, func(_ *calcRun, a []Operand) (Operand, error) { return shift(a, -1) }, nil},
		"FORMAT_DATE":   {1, 2, formatDate, nil},
		"DATE":          {3, 3, makeDate, nil},
		"YEAR":          {1, 1, ofDate(func(t time.Time) int { return t.Year() }), nil},
		"MONTH":         {1, 1, ofDate(func(t time.Time) int { return int(t.Month()) }), nil},
		"DAY":           {1, 1, ofDate(func(t time.Time) int { return t.Day() }), nil},
		"WEEKDAY":       {1, 1, ofDate(func(t time.Time) int { return int(t.Weekday()) + 1 }), nil},
	}
	for name, f := range map[string]func(x []float64) float64{
		"SUM": sum, "MIN": least, "MAX": most,
		"AVERAGE": func(x []float64) float64 { return sum(x) / float64(len(x)) },
	} {
		m[name] = function{1, -1, onNumbers(f, true), nil}
	}
	for name, f := range map[string]func(x []float64) float64{
		"ABS":     func(x []float64) float64 { return math.Abs(x[0]) },
		"SQRT":    func(x []float64) float64 { return math.Sqrt(x[0]) },
		"CEILING": func(x []float64) float64 { return math.Ceil(x[0]) },
		"FLOOR":   func(x []float64) float64 { return math.Floor(x[0]) },
	} {
		m[name] = function{1, 1, onNumbers(f, false), nil}
	}
	for name, f := range map[string]func(x []float64) float64{
		"MOD":      func(x []float64) float64 { return x[0] - x[1]*math.Floor(x[0]/x[1]) },
		"POWER":    func(x []float64) float64 { return math.Pow(x[0], x[1]) },
		"MINUS":    func(x []float64) float64 { return x[0] - x[1] },
		"DIVIDE":   func(x []float64) float64 { return x[0] / x[1] },
		"MULTIPLY": func(x []float64) float64 { return x[0] * x[1] },
	} {
		m[name] = function{2, 2, onNumbers(f, false), nil}
	}
	for name, f := range map[string]func(float64) float64{"ROUND": halfAway, "ROUNDUP": away, "ROUNDDOWN": math.Trunc} {
		m[name] = function{1, 2, onNumbers(rounded(f), false), nil}
	}
	return m
}()

func lazyIf(run *calcRun, args []node) (Operand, error) {
	c, err := args[0].eval(run)
	switch {
	case err != nil:
		return c, err
	case c.yes():
		return args[1].eval(run)
	case len(args) == 3:
		return args[2].eval(run)
	}
	return truthOperand(false), nil
}

// lazySwitch takes a value, pairs of what it may be and the result, and a default.
func lazySwitch(run *calcRun, args []node) (Operand, error) {
	v, err := args[0].eval(run)
	if err != nil {
		return v, err
	}
	for i := 1; i+1 < len(args); i += 2 {
		c, err := args[i].eval(run)
		if err != nil {
			return c, err
		}
		if compareOperands(v, c) == 0 {
			return args[i+1].eval(run)
		}
	}
	if len(args)%2 == 0 {
		return args[len(args)-1].eval(run)
	}
	return Operand{}, errors.New("SWITCH: no case fits")
}

func count(args []Operand) (n int) {
	for _, a := range args {
		if a.yes() {
			n++
		}
	}
	return n
}

func concatenate(_ *calcRun, args []Operand) (Operand, error) {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.String()
	}
	return joined(parts...)
}

func side(args []Operand, left bool) (Operand, error) {
	n := 1.0
	if len(args) == 2 {
		var err error
		if n, err = args[1].float(); err != nil {
			return args[1], err
		}
	}
	runes := []rune(args[0].String())
	k := int(math.Max(0, math.Min(n, float64(len(runes)))))
	if left {
		return textOperand(string(runes[:k])), nil
	}
	return textOperand(string(runes[len(runes)-k:])), nil
}

func onText(f func(string) string) func(*calcRun, []Operand) (Operand, error) {
	return func(_ *calcRun, a []Operand) (Operand, error) { return textOperand(f(a[0].String())), nil }
}

func substitute(_ *calcRun, a []Operand) (Operand, error) {
	s, from, to := a[0].String(), a[1].String(), a[2].String()
	if from == "" {
		return textOperand(s), nil
	}
	if len(s)+strings.Count(s, from)*len(to) > maxCalcText {
		return Operand{}, errors.New("the text is too long")
	}
	return textOperand(strings.ReplaceAll(s, from, to)), nil
}

// search is the place of a text in another, from 1; without one it fails.
func search(_ *calcRun, a []Operand) (Operand, error) {
	in := strings.ToLower(a[1].String())
	i := strings.Index(in, strings.ToLower(a[0].String()))
	if i < 0 {
		return Operand{}, errors.New("not found")
	}
	return number(float64(utf8.RuneCountInString(in[:i]) + 1)), nil
}

func today(run *calcRun, _ []Operand) (Operand, error) {
	return dateOperand(float64(dayOf(run.env.Now.In(run.env.zone()))) * daySeconds), nil
}

// daysBetween is end minus start.
func daysBetween(_ *calcRun, a []Operand) (Operand, error) {
	end, err := a[0].date()
	if err != nil {
		return end, err
	}
	start, err := a[1].date()
	return number((end.num - start.num) / daySeconds), err
}

func shift(a []Operand, sign float64) (Operand, error) {
	d, err := a[0].date()
	if err != nil {
		return d, err
	}
	n, err := a[1].float()
	if err != nil {
		return a[1], err
	}
	return inTime(d.num + sign*n*daySeconds)
}

// formats are the patterns of FORMAT_DATE, the longest first.
var formats = strings.NewReplacer("YYYY", "2006", "YY", "06", "MMMM", "January", "MMM", "Jan", "MM", "01", "DD", "02", "dddd", "Monday", "ddd", "Mon", "HH", "15", "hh", "03", "mm", "04", "ss", "05", "A", "PM", "M", "1", "D", "2")

func formatDate(_ *calcRun, a []Operand) (Operand, error) {
	d, err := a[0].date()
	if err != nil {
		return d, err
	}
	layout := "2006-01-02"
	if len(a) == 2 {
		layout = formats.Replace(a[1].String())
	}
	return textOperand(d.time().Format(layout)), nil
}

func makeDate(_ *calcRun, a []Operand) (Operand, error) {
	var part [3]int
	for i := range part {
		f, err := a[i].float()
		if err != nil {
			return a[i], err
		}
		if math.Abs(f) > 9999 {
			return Operand{}, errors.New("the date is out of range")
		}
		part[i] = int(f)
	}
	return inTime(float64(time.Date(part[0], time.Month(part[1]), part[2], 0, 0, 0, 0, time.UTC).Unix()))
}

func ofDate(f func(time.Time) int) func(*calcRun, []Operand) (Operand, error) {
	return func(_ *calcRun, a []Operand) (Operand, error) {
		d, err := a[0].date()
		return number(float64(f(d.time()))), err
	}
}

// onNumbers calls f with the arguments as numbers; empty cells do not count
// where skip says so and others do.
func onNumbers(f func([]float64) float64, skip bool) func(*calcRun, []Operand) (Operand, error) {
	return func(_ *calcRun, args []Operand) (Operand, error) {
		x := make([]float64, 0, len(args))
		for _, a := range args {
			if skip && a.kind == isNull {
				continue
			}
			n, err := a.float()
			if err != nil {
				return a, err
			}
			x = append(x, n)
		}
		if len(x) == 0 {
			x = append(x, 0)
		}
		return number(f(x)), nil
	}
}

func sum(x []float64) (s float64) {
	for _, f := range x {
		s += f
	}
	return s
}

func least(x []float64) float64 {
	m := x[0]
	for _, f := range x {
		m = math.Min(m, f)
	}
	return m
}

func most(x []float64) float64 {
	m := x[0]
	for _, f := range x {
		m = math.Max(m, f)
	}
	return m
}

func halfAway(f float64) float64 { return math.Round(f) }

func away(f float64) float64 { return math.Copysign(math.Ceil(math.Abs(f)), f) }

func rounded(f func(float64) float64) func([]float64) float64 {
	return func(x []float64) float64 {
		scale := 1.0
		if len(x) == 2 {
			scale = math.Pow(10, math.Trunc(math.Max(-15, math.Min(15, x[1]))))
		}
		return f(x[0]*scale) / scale
	}
}
