package store

import (
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var activities = newTable(table{
	name: "activity_logs",
	keys: 3,
	log:  true,
	columns: []column{
		{"board_id", bigint}, {"at", bigint}, {"id", text}, {"item_id", bigint}, {"group_id", text}, {"column_id", text},
		{"user_id", bigint}, {"event", text}, {"entity", text}, {"data", text},
	},
})

func activityRow(a *work.Activity) []any {
	return []any{
		int64(a.Board), a.At, a.ID, int64(a.Item), a.Group, a.Column,
		int64(a.User), a.Event, a.Entity, a.Data,
	}
}

// pagesOfActivity calls each for the lines that q selects.
func (l *loader) pagesOfActivity(q work.ActivityQuery, each func(*work.Activity) bool) {
	w := newWhere(l.db)
	if q.Board != 0 {
		w.and("board_id = %s", int64(q.Board))
	}
	in(w, "user_id", q.Users)
	in(w, "item_id", q.Items)
	w.in("group_id", q.Groups)
	w.in("column_id", q.Columns)
	w.in("event", q.Events)
	if !q.From.IsZero() {
		w.and("at >= %s", ticks(q.From.Add(99)))
	}
	if !q.To.IsZero() {
		w.and("at <= %s", ticks(q.To))
	}
	l.err = pages(func(after *work.Activity, limit int) ([]*work.Activity, error) {
		page := w.clone()
		if after != nil {
			page.and("(at, id) < (%s, %s)", after.At, after.ID)
		}
		limited := ` ORDER BY at DESC, id DESC LIMIT ` + page.param(int64(limit))
		return l.activity(page.sql()+limited, page.args), l.err
	}, each)
}

// ticks is a time as Activity.At has it.
func ticks(t time.Time) int64 { return t.Unix()*1e7 + int64(t.Nanosecond())/100 }

// activity reads the lines that conditions, which may end in an order, select.
func (l *loader) activity(conditions string, args []any) (list []*work.Activity) {
	var a work.Activity
	var board, item, user int64
	l.query(activities.sel+conditions, args, func() error {
		a.Board, a.Item, a.User = work.BoardID(board), work.ItemID(item), work.UserID(user)
		a.Group, a.Column = l.texts.of(a.Group), l.texts.of(a.Column)
		a.Event, a.Entity = l.texts.of(a.Event), l.texts.of(a.Entity)
		one := a
		list = append(list, &one)
		return nil
	}, &board, &a.At, &a.ID, &item, &a.Group, &a.Column, &user, &a.Event, &a.Entity, &a.Data)
	return list
}
