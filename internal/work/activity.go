package work

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// ActivityFilter selects lines of the log.
type ActivityFilter struct {
	Users    []UserID
	Items    []ItemID
	Groups   []string
	Columns  []string
	From, To time.Time
	Page     Page
}

// ActivityMax is how many lines one query answers with.
const ActivityMax = 10_000

// BoardActivity lists what happened on a board, the newest first. Permission activity.read.
func (v *View) BoardActivity(b *Board, f ActivityFilter) ([]*Activity, error) {
	if err := allow(v.me, perm.ActivityRead, v.img.boardFacts(v.me, b)); err != nil {
		return nil, err
	}
	return v.activity(ActivityQuery{Board: b.ID, Users: f.Users}, f)
}

// UserActivity lists what a user did on boards the caller may see, the newest first. Permission activity.user.
func (v *View) UserActivity(u *User, f ActivityFilter) ([]*Activity, error) {
	if err := allow(v.me, perm.ActivityUser, selfIf(u.ID == v.me.ID)); err != nil {
		return nil, err
	}
	return v.activity(ActivityQuery{Users: []UserID{u.ID}}, f)
}

func (v *View) activity(q ActivityQuery, f ActivityFilter) ([]*Activity, error) {
	if err := f.Page.check(); err != nil {
		return nil, err
	}
	if f.Page.Limit < 0 || f.Page.Limit > ActivityMax {
		f.Page.Limit = ActivityMax
	}
	out := openPager[*Activity](f.Page)
	q.Items, q.Groups, q.Columns, q.From, q.To = f.Items, f.Groups, f.Columns, f.From, f.To
	for _, none := range []bool{out.full(), q.Users != nil && len(q.Users) == 0, q.Items != nil && len(q.Items) == 0,
		q.Groups != nil && len(q.Groups) == 0, q.Columns != nil && len(q.Columns) == 0} {
		if none {
			return out.rows, nil
		}
	}
	err := inParts(q.To, func(to time.Time, each func(*Activity) bool) error {
		q.To = to
		return v.acct.s.store.Activity(v.ctx, v.acct.id, q, each)
	}, func(a *Activity) (string, time.Time) { return a.ID, a.time() }, func(rows []*Activity) (bool, error) {
		seen, err := v.seenActivity(rows)
		for _, a := range seen {
			if out.add(a); out.full() {
				return false, err
			}
		}
		return true, err
	})
	if err != nil {
		return nil, cutShort(v.ctx, err)
	}
	return out.rows, nil
}

// time is when it happened.
func (a *Activity) time() time.Time { return time.Unix(a.At/1e7, a.At%1e7*100).UTC() }

// seenActivity are those of the rows that the caller sees: on boards that it sees, not of items and
// columns that are hidden from it there.
func (v *View) seenActivity(rows []*Activity) ([]*Activity, error) {
	var ids []ItemID
	boards := map[BoardID]*Board{}
	for _, a := range rows {
		b, asked := boards[a.Board]
		if !asked {
			b, _ = v.img.boards.get(a.Board)
			if b != nil && (b.State == StateDeleted || !v.seesBoard(b)) {
				b = nil
			}
			boards[a.Board] = b
		}
		if b != nil && a.Item != 0 && v.seesSome(b) {
			ids = append(ids, a.Item)
		}
	}
	items, err := v.seenItems(ids)
	if err != nil {
		return nil, err
	}
	seen := make([]*Activity, 0, len(rows))
	for _, a := range rows {
		b := boards[a.Board]
		if b == nil && a.Board != 0 || a.Item != 0 && b != nil && v.seesSome(b) && items[a.Item] == nil {
			continue
		}
		if b != nil && (a.Column != "" || a.Event == "create_pulse") {
			hidden, err := v.hides(b)
			if err != nil {
				return nil, err
			}
			if slices.Contains(hidden, a.Column) {
				continue
			}
			a = a.without(hidden)
		}
		seen = append(seen, a)
	}
	return seen, nil
}

// without is the line without the values that a new item had in some columns.
func (a *Activity) without(columns []string) *Activity {
	var data, values map[string]json.RawMessage
	var js string
	if len(columns) == 0 || json.Unmarshal([]byte(a.Data), &data) != nil || json.Unmarshal(data["column_values_json"], &js) != nil ||
		json.Unmarshal([]byte(js), &values) != nil {
		return a
	}
	before := len(values)
	maps.DeleteFunc(values, func(id string, _ json.RawMessage) bool { return slices.Contains(columns, id) })
	if len(values) == before {
		return a
	}
	kept, _ := json.Marshal(values) // what was JSON still is
	data["column_values_json"], _ = json.Marshal(string(kept))
	all, _ := json.Marshal(data)
	c := *a
	c.Data = string(all)
	return &c
}

// seesSome reports whether the caller sees only some of a board's items, those assigned to it.
func (v *View) seesSome(b *Board) bool {
	return v.img.overBoard(b).OnlyAssigned && !v.img.isOwner(v.me, b)
}
