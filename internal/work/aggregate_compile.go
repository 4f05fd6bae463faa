package work

import (
	"fmt"
	"slices"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// expr is a column or function made ready: what it says of an item, and of FLATTEN the things one by one.
// It says nothing where items are counted.
type expr struct {
	gives column.Sorts
	one   func(r ranked) column.Operand
	many  func(out []column.Operand, r ranked) []column.Operand // nil but for FLATTEN
}

const flatten column.Function = "FLATTEN"

// compile makes ready what is selected and grouped by.
func (a *aggregation) compile() error {
	q := a.q
	if len(q.Select) == 0 {
		return invalid("select", "select names nothing to tell; give it a column or a function")
	}
	names := map[string]bool{}
	for i := range q.Select {
		if as := q.Select[i].As; names[as] {
			return invalid("as", "select has the name %q twice; give each element a name of its own", as)
		}
		names[q.Select[i].As] = true
	}
	for _, g := range q.Groups {
		i := a.place(g.As)
		if i < 0 {
			return invalid("group_by", "Failed to find a matching select elements for groupBy elements: nothing in select has the name (as) or the column %q", g.As)
		}
		if slices.Contains(a.groupBy, i) {
			return invalid("group_by", "group_by names %q twice", q.Select[i].As)
		}
		a.groupBy = append(a.groupBy, i)
	}
	for i := range q.Select {
		s, err := a.selectedAs(&q.Select[i], slices.Index(a.groupBy, i))
		if err != nil {
			return err
		}
		a.selected = append(a.selected, s)
	}
	return nil
}

// place finds what is selected under a name or, where nothing is, the column of that id; -1: neither.
func (a *aggregation) place(name string) int {
	if i := slices.IndexFunc(a.q.Select, func(s Selected) bool { return s.As == name }); i >= 0 {
		return i
	}
	return slices.IndexFunc(a.q.Select, func(s Selected) bool { return s.Function == "" && s.Column == name })
}

func (a *aggregation) selectedAs(s *Selected, key int) (out selected, err error) {
	out.key = key
	if t, ok := totals[s.Function]; ok {
		if key >= 0 {
			return out, invalid("group_by", "%q is %s, which is worked out of whole groups; group_by takes columns and functions of one item", s.As, s.Function)
		}
		out.totals = &t
		out.value, err = a.total(s, &t)
		return out, err
	}
	if key < 0 {
		what := "column " + s.Column
		if s.Function != "" {
			what = "function " + string(s.Function)
		}
		return out, invalid("select", "%q is the %s, which says something of one item: name %q in group_by, or take a function of many, such as COUNT", s.As, what, s.As)
	}
	out.value, err = a.expr(s, column.Plain, true)
	return out, err
}

// total makes the parameter of a function of many items ready.
func (a *aggregation) total(s *Selected, t *total) (e expr, err error) {
	if err := a.enter(s); err != nil {
		return e, err
	}
	if s.Function == "COUNT_SUBITEMS" {
		a.subitems = map[ItemID]int{}
	}
	if t.items { // a column may be named all the same
		for i := range s.Params {
			if _, err := a.expr(&s.Params[i], column.Plain, true); err != nil {
				return e, err
			}
		}
		if s.Function == "COUNT_SUBITEMS" {
			e.one = func(r ranked) column.Operand { return column.Rounded(float64(a.subitems[r.item.ID])) }
		}
		return e, nil
	}
	if len(s.Params) != 1 {
		return e, wrongParams(s, 1, 1)
	}
	p := &s.Params[0]
	if p.Function == "" {
		return a.column(p, t.reads, s.Function, t.takes)
	}
	if e, err = a.expr(p, column.Plain, true); err == nil && e.gives&t.takes == 0 {
		err = wrongSort(s, p, t.takes, e.gives)
	}
	return e, err
}

func wrongParams(s *Selected, least, most int) error {
	want := fmt.Sprint(least)
	switch {
	case most < 0:
		want += " or more"
	case most > least:
		want += fmt.Sprintf(" or %d", most)
	}
	return invalid("params", "%s (%q) takes %s in params, not %d", s.Function, s.As, want, len(s.Params))
}

func wrongSort(s, p *Selected, takes, gives column.Sorts) error {
	return invalid("params", "%s (%q) takes %s, and %s (%q) gives %s", s.Function, s.As, takes, p.Function, p.As, gives)
}

// enter counts an element.
func (a *aggregation) enter(s *Selected) error {
	if a.elements++; a.elements > aggregateMax {
		return tooMany("select", "select has more than %d columns and functions, counting those in params", aggregateMax)
	}
	if s.Function == "" && s.Column == "" {
		return invalid("column", "%q names no column; give its column_id", s.As)
	}
	return nil
}

// expr makes ready what says something of one item. reads is how a column is read; several says whether
// FLATTEN can stand here.
func (a *aggregation) expr(s *Selected, reads column.Function, several bool) (expr, error) {
	if s.Function == "" {
		return a.column(s, reads, reads, ^column.Sorts(0))
	}
	if err := a.enter(s); err != nil {
		return expr{}, err
	}
	if _, ok := totals[s.Function]; ok && !s.Function.Reads() {
		return expr{}, invalid("params", "%s (%q) is worked out of whole groups and cannot be in params", s.Function, s.As)
	}
	if shape, ok := s.Function.Shaping(); ok {
		return a.shape(s, &shape)
	}
	if len(s.Params) != 1 {
		return expr{}, wrongParams(s, 1, 1)
	}
	p := &s.Params[0]
	if s.Function == flatten {
		return a.flatten(s, p, several)
	}
	switch {
	case s.Function == column.Plain:
		return a.expr(p, reads, several)
	case p.Function != "":
		return expr{}, invalid("params", "%s (%q) reads a column; %s (%q) is none", s.Function, s.As, p.Function, p.As)
	}
	return a.column(p, s.Function, s.Function, ^column.Sorts(0))
}

// flatten makes each thing that a cell holds count for itself.
func (a *aggregation) flatten(s, p *Selected, several bool) (expr, error) {
	if !several {
		return expr{}, invalid("params", "FLATTEN (%q) cannot be within functions of one item; put it around them", s.As)
	}
	reads := column.Plain
	if p.Function != "" && p.Function.Reads() && len(p.Params) == 1 {
		if err := a.enter(p); err != nil {
			return expr{}, err
		}
		reads, p = p.Function, &p.Params[0]
	}
	if p.Function != "" {
		return expr{}, invalid("params", "FLATTEN (%q) takes a column, or LABEL, ID or PERSON of one", s.As)
	}
	col, err := a.columnOf(p)
	if err != nil {
		return expr{}, err
	}
	r, err := col.Def.CompileReading(reads, reads, ^column.Sorts(0), a.f.v.env())
	if err != nil {
		return expr{}, refused("select", err)
	}
	return expr{
		gives: r.Gives,
		one:   func(i ranked) column.Operand { return r.One(a.f.value(col, i.item)) },
		many:  func(out []column.Operand, i ranked) []column.Operand { return r.Each(out, a.f.value(col, i.item)) },
	}, nil
}

// shape is a function of what others give.
func (a *aggregation) shape(s *Selected, shape *column.Shaping) (expr, error) {
	if n := len(s.Params); n < shape.Least || shape.Most >= 0 && n > shape.Most {
		return expr{}, wrongParams(s, shape.Least, shape.Most)
	}
	params := make([]expr, len(s.Params))
	out := expr{gives: shape.Gives}
	for i := range s.Params {
		p := &s.Params[i]
		var err error
		if p.Function == "" {
			params[i], err = a.column(p, shape.Reads, s.Function, shape.Takes)
		} else if params[i], err = a.expr(p, shape.Reads, false); err == nil && params[i].gives&shape.Takes == 0 {
			err = wrongSort(s, p, shape.Takes, params[i].gives)
		}
		if err != nil {
			return expr{}, err
		}
		if shape.Gives == 0 {
			out.gives |= params[i].gives
		}
	}
	env, args := a.f.v.env(), make([]column.Operand, len(params))
	out.one = func(r ranked) column.Operand {
		for i := range params {
			args[i] = params[i].one(r)
		}
		return shape.Of(args, *env)
	}
	return out, nil
}

func (a *aggregation) columnOf(s *Selected) (*Column, error) {
	if err := a.enter(s); err != nil {
		return nil, err
	}
	return a.f.column(s.Column)
}

// column reads a column with a function, for another one that takes such values.
func (a *aggregation) column(s *Selected, reads, by column.Function, takes column.Sorts) (expr, error) {
	col, err := a.columnOf(s)
	if err != nil {
		return expr{}, err
	}
	r, err := col.Def.CompileReading(reads, by, takes, a.f.v.env())
	if err != nil {
		return expr{}, refused("select", err)
	}
	if col.Type == column.Group {
		groups := a.f.s.c.groups
		switch reads {
		case column.AsLabel:
			return expr{gives: r.Gives, one: func(i ranked) column.Operand { return column.TextOperand(groups[i.rank].Title) }}, nil
		case column.AsOrder:
			return expr{gives: r.Gives, one: func(i ranked) column.Operand { return column.Rounded(float64(i.rank)) }}, nil
		}
	}
	return expr{gives: r.Gives, one: func(i ranked) column.Operand { return r.One(a.f.value(col, i.item)) }}, nil
}
