package column

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Shaping is a function of what others give.
type Shaping struct {
	Least, Most int      // how many parameters it takes; Most is -1 where there is no end to them
	Reads       Function // what it reads of a parameter that is a column
	Takes       Sorts
	Gives       Sorts // 0: what its parameters give
	Of          func(args []Operand, env Env) Operand
}

const anySort = SortNumber | SortText | SortTruth | SortDate

var shapings = map[Function]Shaping{
	"UPPER": textShaping(strings.ToUpper),
	"LOWER": textShaping(strings.ToLower),
	"TRIM":  textShaping(strings.TrimSpace),
	"LENGTH": {Least: 1, Most: 1, Reads: AsLabel, Takes: anySort, Gives: SortNumber, Of: func(args []Operand, _ Env) Operand {
		return number(float64(utf8.RuneCountInString(args[0].String())))
	}},
	"LEFT":    {Least: 1, Most: 2, Reads: AsLabel, Takes: anySort, Gives: SortText, Of: leftOf},
	"EQUALS":  {Least: 2, Most: 2, Reads: Plain, Takes: anySort, Gives: SortTruth, Of: func(args []Operand, _ Env) Operand { return truthOperand(alike(args[0], args[1])) }},
	"BETWEEN": {Least: 3, Most: 3, Reads: Plain, Takes: anySort, Gives: SortTruth, Of: betweenOf},
	"CASE":    {Least: 2, Most: -1, Reads: Plain, Takes: anySort, Of: caseOf},

	"DATE":               dateShaping(func(d day, _ Env) day { return d }),
	"DATE_TRUNC_DAY":     dateShaping(func(d day, _ Env) day { return d }),
	"DATE_TRUNC_WEEK":    dateShaping(func(d day, env Env) day { return d.week(env.WeekStart) }),
	"DATE_TRUNC_MONTH":   dateShaping(func(d day, _ Env) day { return d.month(0) }),
	"DATE_TRUNC_QUARTER": dateShaping(func(d day, _ Env) day { return d.month(-(int(d.time().Month()) - 1) % 3) }),
	"DATE_TRUNC_YEAR":    dateShaping(func(d day, _ Env) day { return d.month(1 - int(d.time().Month())) }),
}

// Shaping is the function, where it is one of what others give.
func (f Function) Shaping() (s Shaping, ok bool) {
	s, ok = shapings[f]
	return s, ok
}

func textShaping(f func(string) string) Shaping {
	return Shaping{Least: 1, Most: 1, Reads: AsLabel, Takes: anySort, Gives: SortText, Of: func(args []Operand, _ Env) Operand {
		return textOperand(f(args[0].String()))
	}}
}

func dateShaping(f func(d day, env Env) day) Shaping {
	return Shaping{Least: 1, Most: 1, Reads: Calendar, Takes: SortDate, Gives: SortDate, Of: func(args []Operand, env Env) Operand {
		if args[0].kind != isDate {
			return Operand{}
		}
		return dateOperand(float64(f(dayAt(int64(args[0].num)), env)) * daySeconds)
	}}
}

// leftOf is LEFT of formulas, but that a number of characters that is none leaves nothing.
func leftOf(args []Operand, _ Env) Operand {
	o, err := side(args, true)
	if err != nil {
		return textOperand("")
	}
	return o
}

// alike compares as formulas do, but that nothing, as an empty text, equals nothing alone.
func alike(a, b Operand) bool {
	blank := func(o Operand) bool { return o.String() == "" }
	if blank(a) || blank(b) {
		return blank(a) && blank(b)
	}
	return compareOperands(a, b) == 0
}

func betweenOf(args []Operand, _ Env) Operand {
	if slices.ContainsFunc(args, Operand.Nothing) {
		return truthOperand(false)
	}
	return truthOperand(compareOperands(args[0], args[1]) >= 0 && compareOperands(args[0], args[2]) <= 0)
}

// caseOf is the parameter after the first condition that holds; else the odd one at the end, or nothing.
func caseOf(args []Operand, _ Env) Operand {
	for ; len(args) >= 2; args = args[2:] {
		if args[0].yes() {
			return args[1]
		}
	}
	if len(args) == 1 {
		return args[0]
	}
	return Operand{}
}
