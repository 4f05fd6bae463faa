package column

import (
	"errors"
	"fmt"
	"strings"
)

// Sheet works out the formula columns of a board. It is made once for a set of
// columns and may be used concurrently.
type Sheet struct {
	byName map[string]*Column // by id, and by lower-case title
	calcs  map[*Column]*Calc  // nil for a formula that does not parse
}

// NewSheet prepares the formulas of the columns. One that does not parse reads
// empty, as the service shows it; Problem tells why.
func NewSheet(columns []*Column) *Sheet {
	s := &Sheet{byName: map[string]*Column{}, calcs: map[*Column]*Calc{}}
	for _, c := range columns {
		if title := strings.ToLower(c.Title); s.byName[title] == nil {
			s.byName[title] = c
		}
	}
	for _, c := range columns { // an id goes before a title
		s.byName[c.ID] = c
		if c.Kind.Name == Formula {
			s.calcs[c], _ = ParseFormula(c.Settings.Formula)
		}
	}
	return s
}

// maxFormulaChain is how many formula columns may build on one another.
const maxFormulaChain = 16

// Formula is the value of a formula cell of one item, whose other values get
// gives. It is empty where the formula fails.
func (s *Sheet) Formula(c *Column, get func(*Column) Value, env Env) Value {
	o, err := s.Operand(c, get, env)
	if err != nil {
		return Value{}
	}
	text := o.String()
	if text == "" {
		return Value{}
	}
	return Value{JSON: quote(text), Text: text}
}

// Operand is what the cell is inside a formula, and why it is nothing.
func (s *Sheet) Operand(c *Column, get func(*Column) Value, env Env) (Operand, error) {
	r := &sheetRun{Sheet: s, get: get, env: env, done: map[*Column]result{}}
	return r.operand(c, "", 0)
}

type result struct {
	Operand
	err error
}

// sheetRun works out the formulas of one item, each once.
type sheetRun struct {
	*Sheet
	get  func(*Column) Value
	env  Env
	done map[*Column]result
}

var errCircular = errors.New("the formulas refer to one another in a circle, or in too long a chain")

func (r *sheetRun) operand(c *Column, part string, depth int) (Operand, error) {
	if c.Kind.Name != Formula {
		return c.operand(r.get(c), part, r.env), nil
	}
	if known, ok := r.done[c]; ok {
		return known.Operand, known.err
	}
	calc := r.calcs[c]
	if calc == nil {
		_, err := ParseFormula(c.Settings.Formula)
		return Operand{}, err
	}
	if depth >= maxFormulaChain {
		return Operand{}, errCircular
	}
	r.done[c] = result{err: errCircular}
	o, err := calc.Eval(func(name string) (Operand, error) { return r.named(name, depth+1) }, r.env)
	r.done[c] = result{o, err}
	return o, err
}

// named resolves {id}, {Title} and {Title#Part}.
func (r *sheetRun) named(name string, depth int) (Operand, error) {
	c, part := r.find(name), ""
	if c == nil {
		if i := strings.LastIndexByte(name, '#'); i >= 0 {
			c, part = r.find(name[:i]), name[i+1:]
		}
	}
	if c == nil {
		return Operand{}, fmt.Errorf("there is no column %q", name)
	}
	return r.operand(c, part, depth)
}

func (s *Sheet) find(name string) *Column {
	if c := s.byName[name]; c != nil {
		return c
	}
	return s.byName[strings.ToLower(name)]
}

// operand is the value inside a formula.
func (c *Column) operand(v Value, part string, env Env) Operand {
	if v.Empty() {
		return Operand{}
	}
	switch c.Kind.Name {
	case Numbers, Rating, Vote, AutoNumber, ItemID, Progress, TimeTracking:
		if f, ok := numberIn(c.Kind, v); ok {
			return number(f)
		}
		return Operand{}
	case Checkbox:
		return truthOperand(Checked(v))
	case Date:
		date, clock, _ := DateOf(v, env)
		d, ok := parseDay(date)
		sec, _ := parseClock(clock)
		if ok {
			return dateOperand(float64(int64(d)*daySeconds + int64(sec)))
		}
	case CreationLog, LastUpdated:
		if t, ok := logTime(v); ok {
			return dateOperand(float64(wall(t.In(env.zone()))))
		}
	case Timeline:
		return timelineOperand(v, strings.ToLower(part))
	}
	s := c.DisplayValue(v, env)
	if s == "" {
		return Operand{}
	}
	return textOperand(s)
}

// timelineOperand is one end of the timeline, its length in days, or its text.
func timelineOperand(v Value, part string) Operand {
	a, ok1 := timelineDate(v, "START_DATE")
	b, ok2 := timelineDate(v, "END_DATE")
	switch {
	case !ok1 || !ok2:
		return Operand{}
	case part == "start" || part == "from":
		return dateOperand(float64(a) * daySeconds)
	case part == "end" || part == "to":
		return dateOperand(float64(b) * daySeconds)
	case part == "days":
		return number(float64(b - a + 1))
	}
	return textOperand(v.Text)
}

// Problem tells why the formula of a column cannot be read; nil when it can.
func (s *Sheet) Problem(c *Column) error {
	if c.Kind.Name != Formula {
		return nil
	}
	_, err := ParseFormula(c.Settings.Formula)
	return err
}
