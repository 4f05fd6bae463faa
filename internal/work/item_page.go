package work

import (
	"cmp"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// Rule is one condition on items: on a column, or on name, group, or the pseudo columns
// __last_updated__ and __creation_log__.
type Rule struct {
	Column string
	column.Rule
}

// RuleGroup joins conditions.
type RuleGroup struct {
	Any    bool // one is enough, instead of all
	Rules  []Rule
	Groups []RuleGroup
}

// OrderBy is one column to order items by.
type OrderBy struct {
	Column string
	Desc   bool
}

// ItemQuery selects active items of a board. The zero value selects all, in the board's order.
type ItemQuery struct {
	Group string // "": every group
	IDs   []ItemID
	Where RuleGroup
	Order []OrderBy
}

// ItemPage is a part of a list of items, and the cursor that continues it; "" at the end.
type ItemPage struct {
	Items  []*Item
	Cursor string
}

// ItemsMax is how many items a page can have.
const ItemsMax = 500

// CursorLife is how long after the first page of a list its cursors can be used.
const CursorLife = 60 * time.Minute

// pseudo are columns that every board has for rules and orders.
var pseudo = map[string]*Column{
	"group":            pseudoColumn("group", column.Group),
	"__creation_log__": pseudoColumn("__creation_log__", column.CreationLog),
	"__last_updated__": pseudoColumn("__last_updated__", column.LastUpdated),
}

func pseudoColumn(id string, t column.Type) *Column {
	col := &Column{ID: id, Type: t}
	col.compile()
	return col
}

// search is a query made ready.
type search struct {
	v     *View
	s     *shown
	q     ItemQuery
	where filter
	order []*Column
	done  *Column // the column that says whether an item is done; nil: none

	group   string // the last one asked for, as a value
	inGroup column.Value
}

// value is what an item has in a column, for rules and keys. Names and groups are asked for most, and
// need not be made into JSON for them.
func (f *search) value(col *Column, it *Item) column.Value {
	switch col.Type {
	case column.Name:
		return column.Value{JSON: it.Name, Text: it.Name} // of the JSON counts only that there is some
	case column.Group:
		if f.group != it.Group {
			f.group, f.inGroup = it.Group, column.GroupOf(it.Group)
		}
		return f.inGroup
	}
	return f.v.value(f.s, col, it)
}

// filter is a RuleGroup made ready.
type filter struct {
	any    bool
	rules  []rule
	groups []filter
}

type rule struct {
	col   *Column
	match *column.Match
}

// search makes a query ready. Columns that the caller does not see are not found.
func (v *View) search(b *Board, q ItemQuery) (*search, error) {
	s, err := v.shown(b.ID)
	if err != nil {
		return nil, err
	}
	f := &search{v: v, s: s, q: q}
	if f.where, err = f.filter(&q.Where); err != nil {
		return nil, err
	}
	for _, o := range q.Order {
		col, err := f.column(o.Column)
		if err != nil {
			return nil, err
		}
		f.order = append(f.order, col)
	}
	for _, col := range s.columns {
		if col.Type == column.Status {
			f.done = col
			break
		}
	}
	return f, nil
}

func (f *search) column(id string) (*Column, error) {
	if col := pseudo[id]; col != nil {
		return col, nil
	}
	if col := f.s.column(id); col != nil {
		return col, nil
	}
	return nil, noColumn(f.s.board.ID, id)
}

func (f *search) filter(g *RuleGroup) (out filter, err error) {
	out.any = g.Any
	for _, r := range g.Rules {
		col, err := f.column(r.Column)
		if err != nil {
			return out, err
		}
		m, err := col.Def.CompileRule(r.Rule, *f.v.env())
		if err != nil {
			return out, refused("query_params", err)
		}
		out.rules = append(out.rules, rule{col, m})
	}
	for i := range g.Groups {
		inner, err := f.filter(&g.Groups[i])
		if err != nil {
			return out, err
		}
		out.groups = append(out.groups, inner)
	}
	return out, nil
}

// has reports whether the filter lets an item through. One without conditions does.
func (f *search) has(w *filter, it *Item) bool {
	for i := range w.rules {
		r := &w.rules[i]
		var done column.Done
		if r.match.NeedsDone && f.done != nil {
			cell := it.Cells.Get(f.done.ID)
			if l, ok := f.done.Def.StatusLabel(cell.Value); ok && l.Done {
				done = column.Done{Done: true, At: time.UnixMicro(cell.At)}
			}
		}
		if r.match.Has(f.value(r.col, it), done) == w.any {
			return w.any
		}
	}
	for i := range w.groups {
		if f.has(&w.groups[i], it) == w.any {
			return w.any
		}
	}
	return !w.any || len(w.rules)+len(w.groups) == 0
}

// hit is an item that a query selects, and its place in the result.
type hit struct {
	keys []column.Key // one for each column of the order
	rank int          // of its group on the board
	pos  ItemPlace
	item *Item
}

// compare orders hits: by the columns of the order, then as the board does.
func (f *search) compare(a, b *hit) int {
	for i, o := range f.q.Order {
		if n := a.keys[i].Compare(b.keys[i], o.Desc); n != 0 {
			return n
		}
	}
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.pos.Pos, b.pos.Pos), cmp.Compare(a.pos.ID, b.pos.ID))
}

// keys works out what an item is ordered by, into the memory of to.
func (f *search) keys(to []column.Key, it *Item, rank int) []column.Key {
	to = to[:0]
	env := f.v.env()
	for _, col := range f.order {
		if col.Type == column.Group { // in the order of the groups on the board
			to = append(to, rankKey(rank))
			continue
		}
		to = append(to, col.Def.Key(f.value(col, it), *env))
	}
	return to
}

var numbered = pseudoColumn("", column.AutoNumber)

func rankKey(rank int) column.Key {
	return numbered.Def.Key(column.AutoNumberOf(int64(rank)), column.Env{})
}

// ItemsPage is the first page of the items that q selects. A group that is not there, or put away, has none.
func (v *View) ItemsPage(b *Board, q ItemQuery, limit int) (*ItemPage, error) {
	return v.itemsAfter(b, &cursor{Board: b.ID, Until: v.now.Add(CursorLife).Unix(), Query: q}, limit)
}

// NextItems continues a list. CodeInvalid with Field cursor for what is none, has expired, or belongs
// to another account or user.
func (v *View) NextItems(text string, limit int) (*ItemPage, error) {
	c, err := v.openCursor(text)
	if err != nil {
		return nil, err
	}
	b := v.Board(c.Board)
	if b == nil {
		return nil, notFound("board", c.Board)
	}
	return v.itemsAfter(b, c, limit)
}

// itemsAfter is the page that follows the place in at, which may be none yet.
func (v *View) itemsAfter(b *Board, at *cursor, limit int) (*ItemPage, error) {
	if limit < 1 || limit > ItemsMax {
		return nil, invalid("limit", "limit must be from 1 to %d, not %d", ItemsMax, limit)
	}
	f, err := v.search(b, at.Query)
	if err != nil {
		return nil, err
	}
	var hits []hit
	if len(f.order) == 0 && at.Query.IDs == nil {
		hits, err = f.inOrder(at.Last, limit+1)
	} else {
		hits, err = f.first(at.Last, limit+1)
	}
	if err = cmp.Or(err, v.fault); err != nil {
		return nil, err
	}
	page := &ItemPage{Items: make([]*Item, 0, min(len(hits), limit))}
	for i := range hits[:min(len(hits), limit)] {
		page.Items = append(page.Items, hits[i].item)
	}
	if len(hits) > limit {
		at.Last = f.mark(&hits[limit-1])
		page.Cursor = v.sealCursor(at)
	}
	v.recent = append(v.recent, page.Items...)
	return page, nil
}

// inOrder takes items in the board's order, looking at no more than it has to.
func (f *search) inOrder(last *mark, n int) (hits []hit, err error) {
	b, groups := f.s.board, f.s.c.groups
	hits = make([]hit, 0, n)
	partly := f.v.seesPartly(b)
	rank := f.rank(last)
	for at, g := range groups {
		if g.State != StateActive || f.q.Group != "" && g.ID != f.q.Group || float64(at) < rank {
			continue
		}
		after := firstPlace
		if last != nil && g.ID == last.Group {
			after = last.Place
		}
		err := f.v.scan(b.ID, g.ID, after, func(it *Item) bool {
			if (!partly || f.v.seesItem(it)) && f.has(&f.where, it) {
				hits = append(hits, hit{rank: at, pos: ItemPlace{it.Pos, it.ID}, item: it})
			}
			return len(hits) < n
		})
		if err != nil || len(hits) == n {
			return hits, err
		}
	}
	return hits, nil
}

// rank is the place among the board's groups of the one that a mark names: as the board is now or,
// where the group is gone, between those it stood between.
func (f *search) rank(last *mark) float64 {
	if last == nil {
		return -1
	}
	for i, g := range f.s.c.groups {
		if g.ID == last.Group && g.State == StateActive {
			return float64(i)
		}
	}
	i := 0
	for _, g := range f.s.c.groups {
		if g.Pos < last.GroupPos || g.Pos == last.GroupPos && g.ID <= last.Group {
			i++
		}
	}
	return float64(i) - 0.5
}

// first takes the first n items, in the query's order, that come after the mark. It looks at all items
// but keeps no more than it returns.
func (f *search) first(last *mark, n int) ([]hit, error) {
	var after *hit
	if last != nil {
		after = f.unmark(last)
	}
	top := heap{f: f, n: n}
	scratch := hit{keys: make([]column.Key, 0, len(f.order))}
	take := func(rank int, it *Item) bool {
		scratch.keys = f.keys(scratch.keys, it, rank)
		scratch.rank, scratch.pos, scratch.item = 2*rank, ItemPlace{it.Pos, it.ID}, it
		if after == nil || f.compare(&scratch, after) > 0 {
			top.offer(&scratch)
		}
		return true
	}
	if f.q.IDs == nil {
		list, err := f.ordered()
		if err != nil {
			return nil, err
		}
		if list != nil {
			return f.fromOrdered(list, after, n)
		}
	}
	if err := f.every(take); err != nil {
		return nil, err
	}
	return top.sorted(), nil
}

// every runs through the items that the query selects, in the board's order unless it names them by id,
// until take returns false.
func (f *search) every(take func(rank int, it *Item) bool) error {
	if f.q.IDs == nil {
		return f.v.each(f.s.board, f.q.Group, func(rank int, it *Item) bool { return !f.has(&f.where, it) || take(rank, it) })
	}
	rows, err := f.v.itemsByID(distinct(f.q.IDs))
	if err != nil {
		return err
	}
	for _, it := range rows {
		if it == nil || it.Board != f.s.board.ID || it.State != StateActive || f.q.Group != "" && it.Group != f.q.Group || !f.v.seesItem(it) {
			continue
		}
		rank := slices.IndexFunc(f.s.c.groups, func(g *Group) bool { return g.ID == it.Group })
		if rank >= 0 && f.has(&f.where, it) && !take(rank, it) {
			return nil
		}
	}
	return nil
}

// hit is an item with what it is ordered by.
func (f *search) hit(r ranked) hit {
	return hit{keys: f.keys(nil, r.item, r.rank), rank: 2 * r.rank, pos: ItemPlace{r.item.Pos, r.item.ID}, item: r.item}
}

// heap keeps the n least hits that it was offered, the greatest on top.
type heap struct {
	f    *search
	n    int
	hits []hit
}

func (h *heap) offer(x *hit) {
	switch {
	case len(h.hits) < h.n:
		h.hits = append(h.hits, *x)
		h.hits[len(h.hits)-1].keys = slices.Clone(x.keys)
		h.up(len(h.hits) - 1)
	case h.f.compare(x, &h.hits[0]) < 0:
		keys := append(h.hits[0].keys[:0], x.keys...)
		h.hits[0] = *x
		h.hits[0].keys = keys
		h.down(0)
	}
}

func (h *heap) up(i int) {
	for i > 0 {
		over := (i - 1) / 2
		if h.f.compare(&h.hits[i], &h.hits[over]) <= 0 {
			return
		}
		h.hits[i], h.hits[over] = h.hits[over], h.hits[i]
		i = over
	}
}

func (h *heap) down(i int) {
	for {
		most := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(h.hits); c++ {
			if h.f.compare(&h.hits[c], &h.hits[most]) > 0 {
				most = c
			}
		}
		if most == i {
			return
		}
		h.hits[i], h.hits[most] = h.hits[most], h.hits[i]
		i = most
	}
}

func (h *heap) sorted() []hit {
	slices.SortFunc(h.hits, func(a, b hit) int { return h.f.compare(&a, &b) })
	return h.hits
}
