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

// logData is what lines of the log hold, all events together, in the order in which the API tells it.
type logData struct {
	Board      work.BoardID    `json:"board_id"`
	Group      string          `json:"group_id,omitempty"`
	GroupName  string          `json:"group_name,omitempty"`
	GroupTitle string          `json:"group_title,omitempty"`
	GroupColor string          `json:"group_color,omitempty"`
	TopGroup   *bool           `json:"is_top_group,omitempty"`
	Item       work.ItemID     `json:"pulse_id,omitempty"`
	ItemName   string          `json:"pulse_name,omitempty"`
	Column     string          `json:"column_id,omitempty"`
	Title      string          `json:"column_title,omitempty"`
	Type       string          `json:"column_type,omitempty"`
	BoardName  string          `json:"board_name,omitempty"`
	Value      any             `json:"value,omitempty"`
	Previous   json.RawMessage `json:"previous_value,omitempty"`
	Values     string          `json:"column_values_json,omitempty"`
	Source     *groupData      `json:"source_group,omitempty"`
	Dest       *groupData      `json:"dest_group,omitempty"`
}

type groupData struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Color string `json:"color"`
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
		for _, g := range bd.groups {
			b.logLine(bd, bd.CreatedAt, work.Activity{User: bd.Creator, Event: "create_group", Group: g.ID},
				logData{Board: bd.ID, Group: g.ID, GroupTitle: g.Title, GroupColor: g.Color})
		}
		for _, c := range bd.columns {
			b.logLine(bd, bd.CreatedAt, work.Activity{User: bd.Creator, Event: "create_column", Column: c.ID},
				logData{Board: bd.ID, Column: c.ID, Title: c.Title, Type: string(c.Type)})
		}
		b.logLine(bd, bd.CreatedAt, work.Activity{User: bd.Creator, Event: "update_board_name"},
			logData{Board: bd.ID, BoardName: bd.Name, Value: map[string]any{"name": bd.Name}, Previous: json.RawMessage(`{"name":null}`)})
		b.logLine(bd, bd.CreatedAt, work.Activity{User: bd.Creator, Event: "board_workspace_id_changed"},
			logData{Board: bd.ID, Value: map[string]any{"workspace_id": bd.Workspace}, Previous: json.RawMessage(`{"workspace_id":null}`)})
	}
}

// about is what lines about an item hold.
func (w writing) about() logData {
	g := find1(w.groups, func(g *work.Group) bool { return g.ID == w.item.Group })
	top := g == w.groups[0]
	return logData{Board: w.ID, Group: g.ID, TopGroup: &top, Item: w.item.ID, ItemName: w.item.Name}
}

func (b *builder) logItem(w writing, g *work.Group) {
	d := w.about()
	d.GroupName, d.GroupColor, d.Values = g.Title, g.Color, "{}"
	values := make(map[string]json.RawMessage, len(w.item.Cells))
	for _, c := range w.item.Cells {
		values[c.Column] = json.RawMessage(c.Value.JSON)
	}
	d.Values = marshal(values)
	b.logLine(w.board, w.at, work.Activity{Item: w.item.ID, Group: g.ID, User: w.by, Event: "create_pulse"}, d)
}

func (b *builder) logValue(w writing, c *work.Column, old, v column.Value) {
	d := w.about()
	d.Column, d.Title, d.Type = c.ID, c.Title, string(c.Type)
	d.Value, d.Previous = valueJSON(v), valueJSON(old)
	b.logLine(w.board, w.at, work.Activity{Item: w.item.ID, Group: w.item.Group, Column: c.ID, User: w.by, Event: "update_column_value"}, d)
}

func valueJSON(v column.Value) json.RawMessage { return json.RawMessage(orElse(v.JSON, "null")) }

func (b *builder) logName(w writing, old, name string) {
	d := w.about()
	d.ItemName = name
	d.Value, d.Previous = map[string]any{"name": name}, json.RawMessage(marshal(map[string]any{"name": old}))
	b.logLine(w.board, w.at, work.Activity{Item: w.item.ID, Group: w.item.Group, User: w.by, Event: "update_name"}, d)
}

func (b *builder) logMove(w writing, from, to *work.Group) {
	d := w.about()
	d.Source, d.Dest = &groupData{from.ID, from.Title, from.Color}, &groupData{to.ID, to.Title, to.Color}
	b.logLine(w.board, w.at, work.Activity{Item: w.item.ID, Group: from.ID, User: w.by, Event: "move_pulse_from_group"}, d)
}

func (b *builder) logState(w writing, to work.State) {
	event := map[work.State]string{work.StateActive: "restore_pulse", work.StateArchived: "archive_pulse", work.StateDeleted: "delete_pulse"}[to]
	b.logLine(w.board, w.at, work.Activity{Item: w.item.ID, Group: w.item.Group, User: w.by, Event: event}, w.about())
}

// logSeed logs a line that the seed holds.
func (b *builder) logSeed(bd *board, in *activitySeed) {
	if in.Event == "" || in.At.IsZero() {
		b.add(in.at, "a line of the log needs an event and the time at which it happened")
	}
	a := work.Activity{User: find(b, &b.users, in.By), Event: in.Event, Entity: in.Entity, Item: find(b, &b.items, in.Item), Column: in.Column.text}
	if in.Group.given() {
		a.Group = b.groupOf(bd, in.Group, nil).ID
	}
	var data any = json.RawMessage(in.Data.json)
	if !in.Data.given() {
		data = logData{Board: bd.ID, Group: a.Group, Item: a.Item, Column: a.Column}
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
