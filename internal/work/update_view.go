package work

import (
	"slices"
	"time"
)

// UpdateFilter selects updates that the caller may see.
type UpdateFilter struct {
	IDs       []UpdateID // nil: any; replies too
	Item      *Item      // of this item
	Board     *Board     // or of the items of this board
	From, To  time.Time  // zero: open
	BoardOnly bool       // updates of the board itself, of which there are none
	Page      Page
}

// Updates lists updates, the newest first.
func (v *View) Updates(f UpdateFilter) ([]*Update, error) {
	if err := f.Page.check(); err != nil {
		return nil, err
	}
	out := openPager[*Update](f.Page)
	if f.BoardOnly || out.full() || f.IDs != nil && len(f.IDs) == 0 {
		return out.rows, nil
	}
	q := UpdateQuery{From: f.From, To: f.To}
	if f.IDs != nil {
		q.IDs = distinct(f.IDs)
	}
	if f.Item != nil {
		q.Items = []ItemID{f.Item.ID}
	}
	if f.Board != nil {
		q.Boards = []BoardID{f.Board.ID}
	}
	err := v.eachUpdate(q, func(u *Update, it *Item) bool {
		if f.Board == nil || it.Board == f.Board.ID { // it may have moved since
			out.add(u)
		}
		return !out.full()
	})
	if err != nil {
		return nil, cutShort(v.ctx, err)
	}
	return out.rows, nil
}

// eachUpdate runs through the updates that q selects and the caller sees, with their items, until each
// returns false.
func (v *View) eachUpdate(q UpdateQuery, each func(*Update, *Item) bool) error {
	return inParts(q.To, func(to time.Time, each func(*Update) bool) error {
		q.To = to
		return v.acct.s.store.Updates(v.ctx, v.acct.id, q, each)
	}, func(u *Update) (UpdateID, time.Time) { return u.ID, u.CreatedAt }, func(rows []*Update) (bool, error) {
		ids := make([]ItemID, len(rows))
		for i, u := range rows {
			ids[i] = u.Item
		}
		items, err := v.seenItems(ids)
		if err != nil {
			return false, err
		}
		for _, u := range rows {
			if it := items[u.Item]; it != nil && !each(u, it) {
				return false, nil
			}
		}
		return true, nil
	})
}

// seenItems are those of the items that the caller sees and are not deleted.
func (v *View) seenItems(ids []ItemID) (map[ItemID]*Item, error) {
	items, err := v.itemsByID(distinct(ids))
	if err != nil {
		return nil, err
	}
	seen := make(map[ItemID]*Item, len(items))
	for _, it := range items {
		if it != nil && it.State != StateDeleted && v.seesItem(it) {
			seen[it.ID] = it
		}
	}
	return seen, nil
}

// ItemUpdates is Updates for many items at once: one page for each.
func (v *View) ItemUpdates(items []*Item, p Page) ([][]*Update, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	out := make([][]*Update, len(items))
	pages, q, left := map[ItemID]*pager[*Update]{}, UpdateQuery{Items: []ItemID{}}, 0
	for _, it := range items {
		if page := openPager[*Update](p); pages[it.ID] == nil {
			pages[it.ID] = page
			if !page.full() {
				q.Items = append(q.Items, it.ID)
				left++
			}
		}
	}
	if left > 0 {
		err := v.acct.s.store.Updates(v.ctx, v.acct.id, q, func(u *Update) bool {
			if page := pages[u.Item]; !page.full() {
				if page.add(u); page.full() {
					left--
				}
			}
			return left > 0
		})
		if err != nil {
			return nil, cutShort(v.ctx, err)
		}
	}
	for i, it := range items {
		out[i] = pages[it.ID].rows
	}
	return out, nil
}

// Replies lists the replies to each of the updates, the oldest first.
func (v *View) Replies(updates []*Update) ([][]*Update, error) {
	out := make([][]*Update, len(updates))
	if len(updates) == 0 {
		return out, nil
	}
	to := map[UpdateID][]*Update{}
	q := UpdateQuery{Parents: make([]UpdateID, len(updates))}
	for i, u := range updates {
		q.Parents[i] = u.ID
	}
	rows, err := v.readUpdates(q)
	if err != nil {
		return nil, err
	}
	for _, u := range rows {
		to[u.Parent] = append(to[u.Parent], u)
	}
	for i, u := range updates {
		out[i] = to[u.ID]
	}
	return out, nil
}

// AllReplies lists the replies on boards, the newest first.
func (v *View) AllReplies(boards []BoardID, from, to time.Time, p Page) ([]*Update, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	out := openPager[*Update](p)
	if out.full() || boards != nil && len(boards) == 0 {
		return out.rows, nil
	}
	err := v.eachUpdate(UpdateQuery{Replies: true, Boards: boards, From: from, To: to}, func(u *Update, it *Item) bool {
		if boards == nil || slices.Contains(boards, it.Board) {
			out.add(u)
		}
		return !out.full()
	})
	if err != nil {
		return nil, cutShort(v.ctx, err)
	}
	return out.rows, nil
}

// UpdateItem is the item that an update is about, or nil where the caller may not see it.
func (v *View) UpdateItem(u *Update) (*Item, error) {
	items, err := v.itemsByID([]ItemID{u.Item})
	if err != nil || items[0] == nil || !v.seesItem(items[0]) {
		return nil, err
	}
	return items[0], nil
}

// readUpdates reads updates whoever may see them.
func (v *View) readUpdates(q UpdateQuery) (rows []*Update, err error) {
	err = v.acct.s.store.Updates(v.ctx, v.acct.id, q, func(u *Update) bool {
		rows = append(rows, u)
		return true
	})
	if err != nil {
		return nil, cutShort(v.ctx, err)
	}
	return rows, nil
}

// readUpdate reads an update or a reply. CodeNotFound.
func (v *View) readUpdate(id UpdateID) (*Update, error) {
	rows, err := v.readUpdates(UpdateQuery{IDs: []UpdateID{id}})
	if err == nil && len(rows) == 0 {
		err = notFound("update", id)
	}
	if err != nil {
		return nil, err
	}
	return rows[0], nil
}
