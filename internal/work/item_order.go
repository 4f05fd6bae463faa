package work

import (
	"slices"
	"sort"
	"sync"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// ordersKept is how many orders of a board's items are remembered. Each takes sixteen bytes an item.
const ordersKept = 2

// orders remembers the orders that a board's items were asked for in: lists are read page by page in the same
// one, and sorting takes longer than all else about a page. An order is worked out when it is asked for the
// second time, since the next change on the board may come before that.
type orders struct {
	mu   sync.Mutex
	list []*order // the one asked for last comes last
}

type order struct {
	by    []OrderBy
	sort  sync.Once
	items []ranked
}

// ranked is an item, and the place of its group on the board.
type ranked struct {
	rank int
	item *Item
}

// asked notes that an order is asked for, and returns it if it was before.
func (o *orders) asked(by []OrderBy) *order {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.IndexFunc(o.list, func(have *order) bool { return slices.Equal(have.by, by) })
	if i < 0 {
		if len(o.list) == ordersKept {
			o.list = slices.Delete(o.list, 0, 1)
		}
		o.list = append(o.list, &order{by: slices.Clone(by)})
		return nil
	}
	found := o.list[i]
	o.list = append(slices.Delete(o.list, i, i+1), found)
	return found
}

// steady says whether the query's order is the same for every caller at any time, until the board changes.
func (f *search) steady() bool {
	return !slices.ContainsFunc(f.order, func(col *Column) bool {
		switch col.Type {
		case column.Name, column.Group, column.Text, column.LongText:
			return false
		}
		return !col.Def.OrderedAlike()
	})
}

// ordered are the active items of the board in the query's order; nil when that is not remembered.
func (f *search) ordered() ([]ranked, error) {
	c, err := f.v.content(f.s.board.ID)
	if err != nil || !c.whole || !f.steady() {
		return nil, err
	}
	o := c.orders.asked(f.q.Order)
	if o == nil {
		return nil, nil
	}
	o.sort.Do(func() {
		hits := make([]hit, 0, c.active)
		keys := make([]column.Key, 0, c.active*len(f.order)) // one block for all
		for rank, g := range c.groups {
			if g.State != StateActive {
				continue
			}
			for it := range c.inGroup(g.ID) {
				at := len(keys)
				keys = append(keys, f.keys(nil, it, rank)...)
				hits = append(hits, hit{keys: keys[at:len(keys):len(keys)], rank: 2 * rank, pos: ItemPlace{it.Pos, it.ID}, item: it})
			}
		}
		slices.SortFunc(hits, func(a, b hit) int { return f.compare(&a, &b) })
		o.items = make([]ranked, len(hits))
		for i := range hits {
			o.items[i] = ranked{hits[i].rank / 2, hits[i].item}
		}
	})
	return o.items, nil
}

// fromOrdered takes the first n items of an order that come after a hit and that the query lets through.
func (f *search) fromOrdered(list []ranked, after *hit, n int) (hits []hit, err error) {
	from := 0
	if after != nil {
		var at hit
		from = sort.Search(len(list), func(i int) bool {
			it := list[i].item
			at = hit{keys: f.keys(at.keys, it, list[i].rank), rank: 2 * list[i].rank, pos: ItemPlace{it.Pos, it.ID}}
			return f.compare(&at, after) > 0
		})
	}
	partly := f.v.seesPartly(f.s.board)
	for i, r := range list[from:] {
		if len(hits) == n {
			break
		}
		if i%scanLook == scanLook-1 && f.v.ctx.Err() != nil {
			return nil, f.v.ctx.Err()
		}
		it := r.item
		if (f.q.Group == "" || f.q.Group == it.Group) && (!partly || f.v.seesItem(it)) && f.has(&f.where, it) {
			hits = append(hits, hit{rank: 2 * r.rank, pos: ItemPlace{it.Pos, it.ID}, item: it})
		}
	}
	return hits, nil
}
