package work

import (
	"cmp"
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
