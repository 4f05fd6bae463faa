package column

import (
	"slices"
	"strings"
	"time"
)

// Operator is how a rule compares, as ItemsQueryRuleOperator spells it.
type Operator string

const (
	AnyOf               Operator = "any_of"
	NotAnyOf            Operator = "not_any_of"
	IsEmpty             Operator = "is_empty"
	IsNotEmpty          Operator = "is_not_empty"
	GreaterThan         Operator = "greater_than"
	GreaterThanOrEquals Operator = "greater_than_or_equals"
	LowerThan           Operator = "lower_than"
	LowerThanOrEqual    Operator = "lower_than_or_equal"
	Between             Operator = "between"
	ContainsText        Operator = "contains_text"
	NotContainsText     Operator = "not_contains_text"
	ContainsTerms       Operator = "contains_terms"
	StartsWith          Operator = "starts_with"
	EndsWith            Operator = "ends_with"
	WithinTheNext       Operator = "within_the_next"
	WithinTheLast       Operator = "within_the_last"
)

// Rule is one condition of items_page's query_params, for one column.
type Rule struct {
	Operator  Operator // "" is any_of
	Value     any      // compare_value, decoded: a string, a number, or a list of them
	Attribute string   // compare_attribute
}

// Done tells whether an item's status says it is done, and since when. Few
// rules ask for it: those on dates that are UPCOMING, OVERDUE, DONE_ON_TIME or
// DONE_OVERDUE.
type Done struct {
	Done bool
	At   time.Time
}

// Match is a rule made ready to run over many values. It may run concurrently.
type Match struct {
	test      test
	NeedsDone bool // the second argument of Has matters
}

// Has tells whether an item with the value is what the rule asks for.
func (m *Match) Has(v Value, d Done) bool { return m.test(v, d) }

type test func(v Value, d Done) bool

// ruling is a rule on its way to a Match.
type ruling struct {
	*Column
	Rule
	env       Env
	today     day
	now       int64 // wall clock seconds where the caller is
	needsDone bool
}

// blankCode stands for empty cells in compare values.
const blankCode = "$$$blank$$$"

// CompileRule makes a rule on the column ready. It fails with *Error for what
// the column's type does not understand.
func (c *Column) CompileRule(rule Rule, env Env) (*Match, error) {
	r := &ruling{Column: c, Rule: rule, env: env}
	switch r.Operator {
	case "":
		r.Operator = AnyOf
	case "greater_than_or_equal": // the documents spell these two both ways
		r.Operator = GreaterThanOrEquals
	case "lower_than_or_equals":
		r.Operator = LowerThanOrEqual
	}
	now := env.Now.In(env.zone())
	r.today = dayOf(now)
	r.now = wall(now)
	if !c.Kind.Filterable || !has(c.Kind.Operators, r.Operator) {
		return nil, r.unsupported()
	}
	t, err := r.compile(compareValues(rule.Value))
	if err != nil {
		return nil, err
	}
	return &Match{test: t, NeedsDone: r.needsDone}, nil
}

func (r *ruling) compile(values []any) (test, error) {
	switch r.Operator {
	case IsEmpty:
		return r.blank, nil
	case IsNotEmpty:
		return not(r.blank), nil
	case AnyOf, NotAnyOf:
		t, err := r.anyOf(values)
		if err == nil && r.Operator == NotAnyOf {
			t = not(t)
		}
		return t, err
	case ContainsText, NotContainsText, ContainsTerms, StartsWith, EndsWith:
		return r.text(values)
	case WithinTheNext, WithinTheLast:
		return r.within(values)
	}
	if r.Kind.date != nil {
		return r.compareDate(values)
	}
	return r.compareNumber(values)
}

// compareValues is compare_value as a list.
func compareValues(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	}
	return []any{v}
}

// blank tells whether the cell counts as empty. A status with the grey label,
// where that has no text, does.
func (r *ruling) blank(v Value, _ Done) bool {
	if v.Empty() {
		return true
	}
	if r.Kind.Name == Status {
		id, ok := statusID(v)
		_, known := r.Settings.Label(id)
		return !ok || !known
	}
	return r.Kind.Name == Checkbox && !Checked(v)
}

func not(t test) test { return func(v Value, d Done) bool { return !t(v, d) } }

func none(Value, Done) bool { return false }

func either(tests []test) test {
	switch len(tests) {
	case 0:
		return none
	case 1:
		return tests[0]
	}
	return func(v Value, d Done) bool {
		for _, t := range tests {
			if t(v, d) {
				return true
			}
		}
		return false
	}
}

// byDate tells whether any_of compares dates: for logs only where the attribute asks for it.
func (r *ruling) byDate() bool {
	switch r.Kind.Name {
	case CreationLog, LastUpdated:
		return strings.HasSuffix(r.Attribute, "_AT")
	case Week:
		return false
	}
	return r.Kind.date != nil
}

func (r *ruling) anyOf(values []any) (test, error) {
	if r.byDate() {
		return r.anyDate(values)
	}
	tests := make([]test, 0, len(values))
	for _, val := range values {
		t, err := r.Kind.any(r, val)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return either(tests), nil
}

// someText tells whether one of the texts that text rules look at is what f asks for.
func (r *ruling) someText(v Value, f func(string) bool) bool {
	if v.Empty() {
		return false
	}
	if r.Kind.parts == nil {
		return f(r.DisplayValue(v, r.env))
	}
	return slices.ContainsFunc(r.Kind.parts(r.Column, v, r.env), f)
}

// text compiles the operators on text; letters count alike in either case.
// With several compare values one is enough.
func (r *ruling) text(values []any) (test, error) {
	var needles []string
	for _, val := range values {
		s, ok := toText(val)
		if !ok {
			return nil, r.badValue(val, `"text"`)
		}
		needles = append(needles, strings.ToLower(s))
	}
	if len(needles) == 0 {
		return nil, r.badValue(nil, `"text"`)
	}
	holds := map[Operator]func(s, needle string) bool{
		ContainsText: strings.Contains, NotContainsText: strings.Contains,
		StartsWith: strings.HasPrefix, EndsWith: strings.HasSuffix, ContainsTerms: containsTerms,
	}[r.Operator]
	matches := func(part string) bool {
		part = strings.ToLower(part)
		for _, n := range needles {
			if holds(part, n) {
				return true
			}
		}
		return false
	}
	t := func(v Value, _ Done) bool { return r.someText(v, matches) }
	if r.Operator == NotContainsText {
		return not(t), nil
	}
	return t, nil
}

// containsTerms tells whether each word of terms is in s, in any order.
func containsTerms(s, terms string) bool {
	for word := range strings.FieldsSeq(terms) {
		if !strings.Contains(s, word) {
			return false
		}
	}
	return true
}

func (r *ruling) compareNumber(values []any) (test, error) {
	numbers := make([]float64, 0, 2)
	for _, val := range values {
		s, ok := toText(val)
		f, isNumber := float(s)
		if !ok || !isNumber || f != f {
			return nil, r.badValue(val, "[5]")
		}
		numbers = append(numbers, f)
	}
	if len(numbers) == 0 || r.Operator == Between && len(numbers) != 2 {
		return nil, r.badValue(r.Value, map[bool]string{true: "[1, 5]", false: "[5]"}[r.Operator == Between])
	}
	a, b, kind := numbers[0], numbers[len(numbers)-1], r.Kind
	holds := map[Operator]func(f float64) bool{
		GreaterThan:         func(f float64) bool { return f > a },
		GreaterThanOrEquals: func(f float64) bool { return f >= a },
		LowerThan:           func(f float64) bool { return f < a },
		LowerThanOrEqual:    func(f float64) bool { return f <= a },
		Between:             func(f float64) bool { return f >= a && f <= b },
	}[r.Operator]
	return func(v Value, _ Done) bool {
		f, ok := numberIn(kind, v)
		return ok && holds(f)
	}, nil
}

func (r *ruling) unsupported() error {
	shapes := make([]string, len(r.Kind.Operators))
	for i, op := range r.Kind.Operators {
		shapes[i] = string(op)
	}
	what := "filtering by this column type is not supported"
	if r.Kind.Filterable {
		what = "the operator " + string(r.Operator) + " is not supported for this column type"
	}
	return r.fail(BadRule, what, string(r.Operator), shapes)
}

func (r *ruling) badValue(val any, shapes ...string) error {
	return r.fail(BadRule, "invalid compare_value for the operator "+string(r.Operator)+" of this column type", encode(val), shapes)
}
