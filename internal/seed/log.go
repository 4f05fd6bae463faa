package seed

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// line is a line of a board's log before all of them are put in order.
type line struct {
	*work.Activity
	at time.Time
}

func (b *builder) logLine(bd *board, at time.Time, a work.Activity, data any) {
	a.Board, a.Entity = bd.ID, orElse(a.Entity, "board")
	if a.Item != 0 {
		a.Entity = "pulse"
	}
	a.Data = marshal(data)
	b.log = append(b.log, line{&a, at})
}

// logBoard logs how a board came to be.
func (b *builder) logBoard(bd *board) {
	all := []*board{bd}
	if bd.sub != nil {
		all = append(all, bd.sub)
	}
	for _, bd := range all {
		made := func(a work.Activity, data map[string]any) {
			a.User, data["board_id"] = bd.Creator, bd.ID
			b.logLine(bd, bd.CreatedAt, a, data)
		}
		for _, g := range bd.groups {
			made(work.Activity{Event: "create_group", Group: g.ID}, map[string]any{"group_id": g.ID, "group_title": g.Title, "group_color": g.Color})
		}
		for _, c := range bd.columns {
			made(work.Activity{Event: "create_column", Column: c.ID},
				map[string]any{"column_id": c.ID, "column_title": c.Title, "column_type": work.EventType(c.Type)})
		}
		made(work.Activity{Event: "update_board_name"},
			map[string]any{"board_name": bd.Name, "value": map[string]any{"name": bd.Name}, "previous_value": map[string]any{"name": nil}})
		made(work.Activity{Event: "board_workspace_id_changed"},
			map[string]any{"value": map[string]any{"workspace_id": bd.Workspace}, "previous_value": map[string]any{"workspace_id": nil}})
	}
}

func (bd *board) group(id string) *work.Group {
	return find1(bd.groups, func(g *work.Group) bool { return g.ID == id })
}

// topGroup is the first group that is active; every board has one.
func (bd *board) topGroup() *work.Group {
	return find1(bd.groups, func(g *work.Group) bool { return g.State == work.StateActive })
}

// logAbout logs something that was done to an item.
func (b *builder) logAbout(w writing, a work.Activity, data map[string]any) {
	a.Item, a.User, a.Group = w.item.ID, w.by, orElse(a.Group, w.item.Group)
	data["board_id"], data["group_id"], data["pulse_id"], data["pulse_name"] = w.ID, a.Group, w.item.ID, w.item.Name
	b.logLine(w.board, w.at, a, data)
}

func (b *builder) logItem(w writing) {
	values := map[string]any{}
	for _, c := range w.columns {
		if v := w.item.Cells.Get(c.ID).Value; !v.Empty() && !c.Hidden { // whoever reads the log reads all of a line
			values[c.ID] = work.EventValue(w.defs[c.ID], v, w.at)
		}
	}
	g := w.group(w.item.Group)
	b.logAbout(w, work.Activity{Event: "create_pulse"}, map[string]any{"group_name": g.Title, "group_color": g.Color, "is_top_group": g == w.topGroup(),
		"column_values_json": marshal(values)})
}

func (b *builder) logValue(w writing, c *work.Column, old, v column.Value) {
	def := w.defs[c.ID]
	b.logAbout(w, work.Activity{Event: "update_column_value", Column: c.ID}, map[string]any{"is_top_group": w.group(w.item.Group) == w.topGroup(),
		"column_id": c.ID, "column_title": c.Title, "column_type": work.EventType(c.Type),
		"value": work.EventValue(def, v, w.at), "previous_value": work.EventValue(def, old, time.Time{})})
}

// logName logs what an item was called before.
func (b *builder) logName(w writing, old string) {
	b.logAbout(w, work.Activity{Event: "update_name"},
		map[string]any{"value": map[string]any{"name": w.item.Name}, "previous_value": map[string]any{"name": old}})
}

// logMove logs which group an item was in before.
func (b *builder) logMove(w writing, from *work.Group) {
	group := func(g *work.Group) map[string]any {
		return map[string]any{"id": g.ID, "title": g.Title, "color": g.Color, "is_top_group": g == w.topGroup()}
	}
	b.logAbout(w, work.Activity{Event: "move_pulse_from_group", Group: from.ID}, map[string]any{"pulse": map[string]any{"id": w.item.ID, "name": w.item.Name},
		"source_group": group(from), "dest_group": group(w.group(w.item.Group))})
}

func (b *builder) logState(w writing) {
	event := map[work.State]string{work.StateActive: "restore_pulse", work.StateArchived: "archive_pulse", work.StateDeleted: "delete_pulse"}[w.item.State]
	b.logAbout(w, work.Activity{Event: event}, map[string]any{})
}

// logSeed logs a line that the seed holds.
func (b *builder) logSeed(bd *board, in *activitySeed) {
	if in.Event == "" || in.At.IsZero() {
		b.add(in.at, "a line of the log needs an event and the time at which it happened")
	}
	a := work.Activity{User: find(b, &b.users, in.By), Event: in.Event, Entity: in.Entity, Item: find(b, &b.items, in.Item), Column: in.Column.text}
	if in.Group.given() {
		a.Group = b.groupOf(bd, in.Group).ID
	}
	var data any = json.RawMessage(in.Data.json)
	if !in.Data.given() {
		data = map[string]any{"board_id": bd.ID}
	}
	b.logLine(bd, in.At, a, data)
}

// flush puts the lines in order and gives each its moment: those of the same time one tick after
// another. A board whose seed does not say was last changed when the last of them happened.
func (b *builder) flush(bd *board, touch bool) {
	slices.SortStableFunc(b.log, func(x, y line) int { return x.at.Compare(y.at) })
	var last int64
	for i, l := range b.log {
		l.ID = uuid("activity", int64(bd.ID), int64(i))
		l.At = max(l.at.UnixMicro()*10, last+1)
		last = l.At
		b.snap.Activity = append(b.snap.Activity, l.Activity)
		for _, on := range []*board{bd, bd.sub} {
			if touch && on != nil && l.Board == on.ID && l.at.After(on.UpdatedAt) {
				on.UpdatedAt = l.at
			}
		}
	}
	b.log = b.log[:0]
}
