package work

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// What happens to items, as the activity log and webhooks tell it. Both speak an older language than
// the API: items are pulses, and most column types have other names.

// eventTypes are the column types that events call something else.
var eventTypes = map[column.Type]string{
	column.Status: "color", column.Numbers: "numeric", column.People: "multiple-person", column.Checkbox: "boolean",
	column.Timeline: "timerange", column.LongText: "long-text", column.Mirror: "lookup", column.BoardRelation: "board-relation",
	column.Tags: "tag", column.WorldClock: "timezone", column.Vote: "votes", column.TimeTracking: "duration",
	column.ColorPicker: "color-picker", column.ItemID: "pulse-id", column.CreationLog: "pulse-log",
	column.LastUpdated: "pulse-updated", column.AutoNumber: "auto-number", column.Progress: "columns-battery",
}

// EventType is what events call a column type.
func EventType(t column.Type) string {
	if name, ok := eventTypes[t]; ok {
		return name
	}
	return string(t)
}

// eventTime is a moment as payloads tell it: seconds since 1970, with a fraction.
func eventTime(at time.Time) float64 { return float64(at.UnixMicro()) / 1e6 }

// EventValue is a cell's value as events tell it, to be encoded as JSON: labels with their texts, plain
// values in an object. at is when it was put there; zero: not known.
func EventValue(col *column.Column, v column.Value, at time.Time) any {
	if v.Empty() {
		return nil
	}
	switch col.Kind.Name {
	case column.Status:
		l, ok := col.StatusLabel(v)
		if !ok {
			return nil
		}
		hex := l.Hex
		if hex == "" {
			hex = l.Color.Hex
		}
		var post any
		if id := column.StatusUpdate(v); id != "" {
			post = id
		}
		return map[string]any{"post_id": post, "label": map[string]any{"index": l.ID, "text": l.Text, "is_done": l.Done,
			"style": map[string]any{"color": hex, "border": l.Color.Border, "var_name": l.Color.Var}}}
	case column.Dropdown:
		chosen := []any{}
		for _, l := range col.DropdownLabels(v) {
			chosen = append(chosen, map[string]any{"id": l.ID, "name": l.Text})
		}
		return map[string]any{"chosenValues": chosen}
	case column.Text:
		return map[string]any{"value": v.Text}
	case column.Numbers:
		n, _ := column.Number(v)
		return map[string]any{"value": n, "unit": nil}
	case column.Name:
		return map[string]any{"name": v.Text}
	}
	if col.Kind.NoValue {
		return json.RawMessage(v.JSON)
	}
	js, _ := col.Kind.Wire(v, at)
	return json.RawMessage(js)
}

// pulse is what most payloads about an item begin with.
func (t *tx) pulse(it *Item, typ string) map[string]any {
	p := map[string]any{"type": typ, "pulseId": it.ID, "pulseName": it.Name, "groupId": it.Group}
	return t.withParent(it, p)
}

// withParent adds what the payloads of subitems tell besides.
func (t *tx) withParent(it *Item, p map[string]any) map[string]any {
	if it.Parent != 0 {
		p["parentItemId"], p["itemId"] = it.Parent.String(), it.ID
		if b, ok := t.boards.get(it.Board); ok {
			p["parentItemBoardId"] = b.Parent.String()
		}
	}
	return p
}

// isTop reports whether a group is the first of its board.
func (t *tx) isTop(b BoardID, group string) bool {
	top := t.content(b).topGroup()
	return top != nil && top.ID == group
}

// logged is the part of an event that goes into the log, and what its data begins with.
func (t *tx) logged(what string, it *Item) (Activity, map[string]any) {
	return Activity{Board: it.Board, Item: it.ID, Group: it.Group, Event: what, Entity: "pulse"},
		map[string]any{"board_id": it.Board, "group_id": it.Group, "pulse_id": it.ID, "pulse_name": it.Name}
}

// subject is the name of a webhook event for items, or the one for subitems. Those of subitems are for
// the webhooks of the board that the items are on; the others for those of the board of subitems.
func subject(it *Item, item, subitem string) []string {
	if it.Parent != 0 {
		return []string{item, subitem}
	}
	return []string{item}
}

func hooks(names []string, payload map[string]any) (out []hookCall) {
	for _, name := range names {
		out = append(out, hookCall{name, payload})
	}
	return out
}

// recordItem records a new item with what was put into it.
func (t *tx) recordItem(it *Item, changes []cellChange) {
	values := map[string]any{}
	for _, ch := range changes {
		if ch.col.Type != column.Name {
			values[ch.col.ID] = EventValue(ch.col.Def, ch.now, t.now)
		}
	}
	g, top := t.content(it.Board).group(it.Group), t.isTop(it.Board, it.Group)
	a, data := t.logged("create_pulse", it)
	js, _ := json.Marshal(values) // made of what was JSON
	data["group_name"], data["group_color"], data["is_top_group"], data["column_values_json"] = g.Title, g.Color, top, string(js)
	p := t.pulse(it, "create_pulse")
	p["groupName"], p["groupColor"], p["isTopGroup"], p["columnValues"] = g.Title, g.Color, top, values
	t.record(event{Activity: a, data: data, hooks: hooks(subject(it, "create_item", "create_subitem"), p)})
}

// recordName records that an item was renamed.
func (t *tx) recordName(it *Item, before string) {
	a, data := t.logged("update_name", it)
	now, old := map[string]any{"name": it.Name}, map[string]any{"name": before}
	data["value"], data["previous_value"] = now, old
	p := t.pulse(it, "update_name")
	p["value"], p["previousValue"] = now, old
	t.record(event{Activity: a, data: data, hooks: hooks(subject(it, "change_name", "change_subitem_name"), p)})
}

// recordValue records a cell's new value.
func (t *tx) recordValue(it *Item, ch cellChange) {
	if ch.col.Type == column.Name {
		t.recordName(it, ch.before.Text)
		return
	}
	now, before := EventValue(ch.col.Def, ch.now, t.now), EventValue(ch.col.Def, ch.before, time.Time{})
	top := t.isTop(it.Board, it.Group)
	a, data := t.logged("update_column_value", it)
	a.Column = ch.col.ID
	data["is_top_group"], data["column_id"], data["column_title"], data["column_type"] = top, ch.col.ID, ch.col.Title, EventType(ch.col.Type)
	data["value"], data["previous_value"] = now, before
	p := t.pulse(it, "update_column_value")
	p["columnId"], p["columnType"], p["columnTitle"] = ch.col.ID, EventType(ch.col.Type), ch.col.Title
	p["value"], p["previousValue"], p["changedAt"], p["isTopGroup"] = now, before, eventTime(t.now), top
	names := []string{"change_column_value", "change_specific_column_value"}
	if ch.col.Type == column.Status {
		names = append(names, "change_status_column_value")
	}
	if it.Parent != 0 {
		names = append(names, "change_subitem_column_value")
	}
	t.record(event{Activity: a, data: data, hooks: hooks(names, p)})
}

// recordGroupMove records that an item went from one group to another.
func (t *tx) recordGroupMove(it *Item, from string) {
	c := t.content(it.Board)
	group := func(id string) map[string]any {
		g := c.group(id)
		if g == nil {
			return map[string]any{"id": id}
		}
		return map[string]any{"id": id, "title": g.Title, "color": g.Color, "is_top_group": t.isTop(it.Board, id)}
	}
	a, data := t.logged("move_pulse_from_group", it)
	a.Group = from
	data["group_id"], data["pulse"] = from, map[string]any{"id": it.ID, "name": it.Name}
	data["source_group"], data["dest_group"] = group(from), group(it.Group)
	p := t.withParent(it, map[string]any{"type": "move_pulse_into_group", "pulseId": it.ID, "pulseName": it.Name,
		"sourceGroupId": from, "destGroupId": it.Group, "destGroup": group(it.Group)})
	t.record(event{Activity: a, data: data, hooks: hooks([]string{"item_moved_to_any_group", "item_moved_to_specific_group"}, p)})
}

// stateVerb is how events call what leads to a state.
var stateVerb = map[State]string{StateActive: "restore", StateArchived: "archive", StateDeleted: "delete"}

// recordState records that an item was archived or deleted.
func (t *tx) recordState(it *Item) {
	what := stateVerb[it.State] + "_pulse"
	a, data := t.logged(what, it)
	p := map[string]any{"type": what, "itemId": it.ID, "itemName": it.Name}
	if it.Parent != 0 {
		p["pulseId"], p["parentItemId"] = it.ID, it.Parent
		if b, ok := t.boards.get(it.Board); ok {
			p["parentBoardId"] = b.Parent
		}
	}
	done := string(it.State)
	t.record(event{Activity: a, data: data, hooks: hooks(subject(it, "item_"+done, "subitem_"+done), p)})
}

// recordBoardMove records that an item went from one board to another, on both.
func (t *tx) recordBoardMove(it *Item, from BoardID, group string) {
	out, data := t.logged("move_pulse_from_board", it)
	out.Board, out.Group = from, group
	data["board_id"], data["group_id"], data["dest_board_id"], data["dest_group_id"] = from, group, it.Board, it.Group
	t.record(event{Activity: out, data: data})
	in, data := t.logged("move_pulse_into_board", it)
	data["source_board_id"], data["source_group_id"] = from, group
	t.record(event{Activity: in, data: data})
}

// recordBoard records that something of a board changed.
func (t *tx) recordBoard(b *Board, what string, value, before any) {
	data := map[string]any{"board_id": b.ID, "value": value, "previous_value": before}
	if what == "update_board_name" {
		data["board_name"] = b.Name
	}
	t.record(event{Activity: Activity{Board: b.ID, Event: what, Entity: "board"}, data: data})
}

// env is what the meaning of values depends on for the caller.
func (t *tx) env() column.Env { return newEnv(&t.Image, t.by, t.now) }

// newEnv describes a caller to package column; names are added by who has them.
func newEnv(img *Image, by *User, now time.Time) column.Env {
	env := column.Env{Now: now, Me: int64(by.ID), WeekStart: time.Monday}
	if img.Account.FirstDay == "sunday" {
		env.WeekStart = time.Sunday
	}
	if zone, err := zoneNamed(by.TimeZone); err == nil {
		env.Zone = zone
	}
	return env
}

// zones are the time zones that were asked for: reading one takes a file.
var zones sync.Map // name → *time.Location

func zoneNamed(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, zone)
	}
	return zone, err
}
