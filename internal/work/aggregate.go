package work

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// An aggregate runs once through the items that a query selects and keeps of them what its functions need:
// a few numbers for each group, and never the items.

// Selected is one thing to tell of each group: a column, or a function of other such things.
type Selected struct {
	As       string
	Column   string          // of a column, its id
	Function column.Function // "" for a column
	Params   []Selected
}

// GroupedBy is one thing to group by: the name that a Selected has.
type GroupedBy struct {
	As    string
	Limit int // how many groups to tell at most; 0: GroupsLimit
}

// GroupsLimit is how many groups there are for each thing to group by, where nothing else is said.
const GroupsLimit = 1000

// AggregateQuery says what to make of a board's items.
type AggregateQuery struct {
	Items  ItemQuery
	Select []Selected
	Groups []GroupedBy
	Limit  int // how many results to tell at most; 0: all
}

// Aggregated is what there is to tell of one thing of one group.
type Aggregated struct {
	As    string
	Key   bool // one of those that are grouped by
	Value column.Operand
	Most  *column.Operand // of MIN_MAX, whose Value is the least
}

// aggregateMax is how many columns and functions one query may name, parameters among them.
const aggregateMax = 200

// groupsMax is how many groups one query may make: FLATTEN can make many of few items.
const groupsMax = 200_000

// Aggregate works out what the query asks for: a list for each group that has items, or a single one
// where nothing is grouped by. Groups come as the first of their items do. The caller must see the board;
// items and columns that it does not see are not there.
func (v *View) Aggregate(b *Board, q AggregateQuery) ([][]Aggregated, error) {
	f, err := v.search(b, q.Items)
	if err != nil {
		return nil, err
	}
	a := &aggregation{f: f, q: &q}
	if err := a.compile(); err != nil {
		return nil, err
	}
	if a.subitems != nil {
		if err := a.countSubitems(); err != nil {
			return nil, err
		}
	}
	if err := a.run(); err != nil {
		return nil, err
	}
	return a.results(), nil
}

// aggregation is an aggregate under way.
type aggregation struct {
	f        *search
	q        *AggregateQuery
	selected []selected
	groupBy  []int // of each thing to group by, its place in selected
	nodes    map[branch]int
	groups   []*group
	byNode   map[int]*group
	subitems map[ItemID]int // how many an item has; nil where nobody asks
	elements int
	stopped  error // why no more items are taken

	keys, many []column.Operand // scratch
	path       []int
	at         hit
}

// selected is a Selected made ready.
type selected struct {
	key    int // its place in groupBy; -1: it is a total
	value  expr
	totals *total
}

// branch leads from the values of the things grouped by before (0: there are none) to those with one more.
type branch struct {
	from  int
	value column.Operand
}

// group is the items that are alike in what is grouped by.
type group struct {
	path  []int // of nodes, one for each thing grouped by
	keys  []column.Operand
	first hit
	tally []tally
}

// countSubitems counts the active subitems of the board's items that the caller sees.
func (a *aggregation) countSubitems() error {
	col := a.f.s.c.columnOf(column.Subtasks)
	if col == nil || len(col.Def.Settings.BoardIDs) == 0 {
		return nil
	}
	below, ok := a.f.v.img.boards.get(BoardID(col.Def.Settings.BoardIDs[0]))
	if !ok {
		return nil
	}
	return a.f.v.each(below, "", func(_ int, it *Item) bool {
		a.subitems[it.Parent]++
		return true
	})
}

// run takes the items in, some at a time: what they link to is looked up together.
func (a *aggregation) run() error {
	a.nodes, a.byNode = map[branch]int{}, map[int]*group{}
	if len(a.groupBy) == 0 {
		a.group(nil, nil) // there even where no items are
	}
	batch := make([]ranked, 0, scanStep)
	flush := func() bool {
		if a.f.s.c.traits&linking != 0 {
			for _, r := range batch {
				a.f.v.recent = append(a.f.v.recent, r.item)
			}
		}
		for _, r := range batch {
			a.take(r)
		}
		batch = batch[:0]
		a.goOn()
		return a.stopped == nil
	}
	err := a.f.every(func(rank int, it *Item) bool {
		batch = append(batch, ranked{rank, it})
		return len(batch) < cap(batch) || flush()
	})
	if err != nil {
		return err
	}
	flush()
	return cmp.Or(a.stopped, a.f.v.fault)
}

// goOn stops where nobody waits for the answer any more.
func (a *aggregation) goOn() {
	if a.stopped == nil {
		a.stopped = a.f.v.ctx.Err()
	}
}

// take adds an item to its group, or to its groups where something is flattened.
func (a *aggregation) take(r ranked) {
	a.at = a.f.hit(r)
	a.into(r, &a.at, 0, 0)
}

func (a *aggregation) into(r ranked, at *hit, level, node int) {
	if level == len(a.groupBy) {
		g := a.byNode[node]
		if g == nil {
			g = a.group(a.path[:level], a.keys[:level])
		}
		g.add(a, r, at)
		return
	}
	a.path, a.keys = a.path[:level], a.keys[:level]
	e := &a.selected[a.groupBy[level]].value
	if e.many == nil {
		a.branch(r, at, level, node, e.one(r))
		return
	}
	values := e.many(nil, r)
	if len(values) == 0 {
		values = append(values, e.one(r)) // as empty cells are otherwise
	}
	for i, value := range values {
		if slices.Contains(values[:i], value) {
			continue
		}
		if a.goOn(); a.stopped != nil {
			return
		}
		a.branch(r, at, level, node, value)
	}
}

func (a *aggregation) branch(r ranked, at *hit, level, node int, value column.Operand) {
	b := branch{node, value}
	next, ok := a.nodes[b]
	if !ok {
		next = len(a.nodes) + 1
		a.nodes[b] = next
	}
	a.path, a.keys = append(a.path[:level], next), append(a.keys[:level], value)
	a.into(r, at, level+1, next)
}

func (a *aggregation) group(path []int, keys []column.Operand) *group {
	if len(a.groups) == groupsMax && a.stopped == nil {
		a.stopped = tooMany("group_by", "group_by makes more than %d groups; group by fewer things, or take fewer items with query", groupsMax)
	}
	g := &group{path: slices.Clone(path), keys: slices.Clone(keys), tally: make([]tally, len(a.selected))}
	a.groups = append(a.groups, g)
	node := 0
	if len(path) > 0 {
		node = path[len(path)-1]
	}
	a.byNode[node] = g
	return g
}

func (g *group) add(a *aggregation, r ranked, at *hit) {
	if g.first.item == nil || a.f.compare(at, &g.first) < 0 {
		g.first = *at
	}
	for i := range a.selected {
		s := &a.selected[i]
		if s.totals == nil {
			continue
		}
		t := &g.tally[i]
		switch {
		case s.value.many != nil:
			a.many = s.value.many(a.many[:0], r)
			for _, o := range a.many {
				s.totals.add(a, t, o, at)
			}
		case s.value.one != nil:
			s.totals.add(a, t, s.value.one(r), at)
		default:
			t.n++
		}
	}
}

// results are the groups that the limits leave, in order.
func (a *aggregation) results() [][]Aggregated {
	slices.SortStableFunc(a.groups, func(x, y *group) int {
		if x.first.item == nil || y.first.item == nil {
			return 0
		}
		return a.f.compare(&x.first, &y.first)
	})
	out := [][]Aggregated{}
	taken, told := map[int]bool{}, map[int]int{} // nodes; and how many were taken below each
	for _, g := range a.groups {
		if a.q.Limit > 0 && len(out) == a.q.Limit {
			break
		}
		if !a.within(g, taken, told) {
			continue
		}
		list := make([]Aggregated, len(a.selected))
		for i := range a.selected {
			s, as := &a.selected[i], a.q.Select[i].As
			if s.totals == nil {
				list[i] = Aggregated{As: as, Key: true, Value: g.keys[s.key]}
				continue
			}
			list[i] = s.totals.result(&g.tally[i])
			list[i].As = as
		}
		out = append(out, list)
	}
	return out
}

// within reports whether a group is among those that the limits of what is grouped by leave.
func (a *aggregation) within(g *group, taken map[int]bool, told map[int]int) bool {
	from := 0
	for i, node := range g.path {
		limit := a.q.Groups[i].Limit
		if limit == 0 {
			limit = GroupsLimit
		}
		if !taken[node] {
			if told[from] == limit {
				return false
			}
			told[from]++
			taken[node] = true
		}
		from = node
	}
	return true
}

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
