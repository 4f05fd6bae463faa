package api

import (
	"maps"
	"slices"
	"time"
	"unsafe"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// pointers is a list of structs whose elements are handed out by their address, so that an element
// costs nothing.
type pointers[T any] []T

func (l pointers[T]) Len() int     { return len(l) }
func (l pointers[T]) At(i int) any { return &l[i] }

// columnValue binds the types of column values. They are all views of one cell, whose column says
// which of them it is; typeOf tells. Fields that need nothing but the cell are leaves: pages of items
// are mostly made of them.
func (h *Handler) columnValue() map[string]graphql.Fields {
	types := map[string]graphql.Fields{
		"BatteryValue": {"battery_value": graphql.Resolve(func(*graphql.Context, *work.CellView, graphql.Args) (any, error) {
			return graphql.Slice[any]{}, nil
		})},
		"BoardRelationValue": {
			"display_value": displayLeaf, "linked_item_ids": linkedIDs, "linked_items": linkedItems, "updated_at": putAt,
		},
		"ButtonValue": {
			"color": textLeaf(func(c *work.CellView) string { return c.Column.Def.Settings.ButtonColor }),
			"label": textLeaf(func(c *work.CellView) string { return c.Column.Def.Settings.Button }),
		},
		"CheckboxValue": {
			"checked":    boolLeaf(func(c *work.CellView) bool { return column.Checked(c.Value) }),
			"updated_at": putAt,
		},
		"ColorPickerValue": {
			"color":      textLeaf(func(c *work.CellView) string { return column.ColorOf(c.Value) }),
			"updated_at": putAt,
		},
		"CountryValue": {"country": filledOnly, "updated_at": putAt},
		"CreationLogValue": {
			"created_at": momentLeaf(func(c *work.CellView) time.Time { return c.Item.CreatedAt }),
			"creator":    actor(func(c *work.CellView) work.UserID { return c.Item.Creator }),
			"creator_id": keyLeaf(func(c *work.CellView) work.UserID { return c.Item.Creator }),
		},
		"DateValue": {
			"date":       textLeaf(func(c *work.CellView) string { date, _, _ := column.DateOf(c.Value, *c.Env); return date }),
			"icon":       textLeaf(func(c *work.CellView) string { _, _, icon := column.DateOf(c.Value, *c.Env); return icon }),
			"time":       textLeaf(func(c *work.CellView) string { _, clock, _ := column.DateOf(c.Value, *c.Env); return clock }),
			"updated_at": putAt,
		},
		"DependencyValue": {
			"display_value": displayLeaf, "linked_item_ids": linkedIDs, "linked_items": linkedItems, "updated_at": putAt,
		},
		"DirectDocValue": {"file": graphql.Resolve(func(*graphql.Context, *work.CellView, graphql.Args) (any, error) { return nil, nil })},
		"DocValue":       {"file": graphql.Resolve(docFile)},
		"DropdownValue": {"values": graphql.Resolve(func(_ *graphql.Context, c *work.CellView, _ graphql.Args) (any, error) {
			return pointers[column.Label](c.Column.Def.DropdownLabels(c.Value)), nil
		})},
		"EmailValue": {
			"email":      textLeaf(func(c *work.CellView) string { email, _ := column.EmailOf(c.Value); return email }),
			"label":      textLeaf(func(c *work.CellView) string { _, label := column.EmailOf(c.Value); return label }),
			"updated_at": putAt,
		},
		"FileValue":    {"files": graphql.Resolve(cellFiles)},
		"FormulaValue": {"display_value": displayLeaf},
		"GroupValue": {
			"group": graphql.Resolve(func(c *graphql.Context, cell *work.CellView, _ graphql.Args) (any, error) {
				return itemGroup(c, cell.Item, graphql.Args{})
			}),
			"group_id": nameLeaf(func(c *work.CellView) string { return c.Item.Group }),
		},
		"HourValue": {
			"hour":       maybeInt(func(c *work.CellView) (int, bool) { hour, _, ok := column.HourOf(c.Value); return hour, ok }),
			"minute":     maybeInt(func(c *work.CellView) (int, bool) { _, minute, ok := column.HourOf(c.Value); return minute, ok }),
			"updated_at": putAt,
		},
		"IntegrationValue": {
			"entity_id":     textLeaf(func(c *work.CellView) string { entity, _, _ := column.IntegrationOf(c.Value); return entity }),
			"issue_api_url": textLeaf(func(c *work.CellView) string { _, _, api := column.IntegrationOf(c.Value); return api }),
			"issue_id":      textLeaf(func(c *work.CellView) string { _, issue, _ := column.IntegrationOf(c.Value); return issue }),
		},
		"ItemIdValue": {"item_id": keyLeaf(func(c *work.CellView) work.ItemID { return c.Item.ID })},
		"LastUpdatedValue": {
			"updated_at": momentLeaf(func(c *work.CellView) time.Time { return c.Item.UpdatedAt }),
			"updater":    actor(func(c *work.CellView) work.UserID { return c.Item.UpdatedBy }),
			"updater_id": idLeaf(func(c *work.CellView) work.UserID { return c.Item.UpdatedBy }),
		},
		"LinkValue": {
			"updated_at": putAt,
			"url":        textLeaf(func(c *work.CellView) string { url, _ := column.LinkOf(c.Value); return url }),
			"url_text":   textLeaf(func(c *work.CellView) string { _, text := column.LinkOf(c.Value); return text }),
		},
		"LocationValue": {
			"address":             placeLeaf(func(p *column.Place) string { return p.Address }),
			"city":                placeLeaf(func(p *column.Place) string { return p.City }),
			"city_short":          placeLeaf(func(p *column.Place) string { return p.CityShort }),
			"country":             placeLeaf(func(p *column.Place) string { return p.Country }),
			"country_short":       placeLeaf(func(p *column.Place) string { return p.CountryShort }),
			"lat":                 maybeFloat(func(c *work.CellView) (float64, bool) { return column.PlaceOf(c.Value).Lat, !c.Value.Empty() }),
			"lng":                 maybeFloat(func(c *work.CellView) (float64, bool) { return column.PlaceOf(c.Value).Lng, !c.Value.Empty() }),
			"place_id":            placeLeaf(func(p *column.Place) string { return p.PlaceID }),
			"street":              placeLeaf(func(p *column.Place) string { return p.Street }),
			"street_number":       placeLeaf(func(p *column.Place) string { return p.StreetNumber }),
			"street_number_short": placeLeaf(func(p *column.Place) string { return p.StreetNoShort }),
			"street_short":        placeLeaf(func(p *column.Place) string { return p.StreetShort }),
			"updated_at":          putAt,
		},
		"LongTextValue": {"updated_at": putAt},
		"MirrorValue": {
			"display_value": displayLeaf,
			"mirrored_items": graphql.Resolve(func(c *graphql.Context, cell *work.CellView, _ graphql.Args) (any, error) {
				shown, err := callOf(c).view.Mirrored(cell)
				return pointers[work.MirroredCell](shown), err
			}),
		},
		"NumbersValue": {
			"direction": graphql.Leaf(appendUnitSide),
			"number":    maybeFloat(func(c *work.CellView) (float64, bool) { return column.Number(c.Value) }),
			"symbol":    textLeaf(func(c *work.CellView) string { return c.Column.Def.Settings.Unit.Symbol }),
		},
		"PeopleValue": {
			"persons_and_teams": graphql.Resolve(func(_ *graphql.Context, c *work.CellView, _ graphql.Args) (any, error) {
				return pointers[column.Assignee](column.PeopleOf(c.Value)), nil
			}),
			"updated_at": putAt,
		},
		"PersonValue": {
			"person_id": idLeaf(func(c *work.CellView) work.UserID {
				for _, p := range column.PeopleOf(c.Value) {
					return work.UserID(p.ID)
				}
				return 0
			}),
			"updated_at": putAt,
		},
		"PhoneValue": {
			"country_short_name": textLeaf(func(c *work.CellView) string { _, country := column.PhoneOf(c.Value); return country }),
			"phone":              textLeaf(func(c *work.CellView) string { phone, _ := column.PhoneOf(c.Value); return phone }),
			"updated_at":         putAt,
		},
		"ProgressValue": {},
		"RatingValue": {
			"rating":     maybeInt(func(c *work.CellView) (int, bool) { return column.RatingOf(c.Value) }),
			"updated_at": putAt,
		},
		"StatusValue": {
			"index": maybeInt(func(c *work.CellView) (int, bool) { l, ok := c.Column.Def.StatusLabel(c.Value); return l.ID, ok }),
			"is_done": boolLeaf(func(c *work.CellView) bool {
				l, _ := c.Column.Def.StatusLabel(c.Value)
				return l.Done
			}),
			"label": textLeaf(func(c *work.CellView) string {
				l, _ := c.Column.Def.StatusLabel(c.Value)
				return l.Text
			}),
			"label_style": graphql.Resolve(labelStyle),
			"update_id":   textLeaf(func(c *work.CellView) string { return column.StatusUpdate(c.Value) }),
			"updated_at":  putAt,
		},
		"SubtasksValue": {"display_value": displayLeaf, "subitems": linkedItems, "subitems_ids": linkedIDs},
		"TagsValue": {"tag_ids": graphql.Leaf(func(dst []byte, c *work.CellView) []byte {
			return appendList(dst, column.TagsOf(c.Value), graphql.AppendInt)
		})},
		"TeamValue": {
			"team_id": graphql.Leaf(func(dst []byte, c *work.CellView) []byte {
				for _, t := range column.PeopleOf(c.Value) {
					return graphql.AppendInt(dst, t.ID)
				}
				return append(dst, null...)
			}),
			"updated_at": putAt,
		},
		"TextValue": {},
		"TimeTrackingValue": {
			"duration": maybeInt(func(c *work.CellView) (int, bool) { return int(column.TimerOf(c.Value).Duration), !c.Value.Empty() }),
			"history":  graphql.Resolve(sessions),
			"running":  boolLeaf(func(c *work.CellView) bool { return column.TimerOf(c.Value).Running }),
			"started_at": momentLeaf(func(c *work.CellView) time.Time {
				return column.TimerOf(c.Value).StartedAt
			}),
			"updated_at": putAt,
		},
		"TimelineValue": {
			"from":       textLeaf(func(c *work.CellView) string { from, _, _ := column.TimelineOf(c.Value); return from }),
			"to":         textLeaf(func(c *work.CellView) string { _, to, _ := column.TimelineOf(c.Value); return to }),
			"updated_at": putAt,
			"visualization_type": textLeaf(func(c *work.CellView) string {
				if _, _, milestone := column.TimelineOf(c.Value); milestone {
					return "milestone"
				}
				return ""
			}),
		},
		"UnsupportedValue": {},
		"VoteValue": {
			"updated_at": putAt,
			"vote_count": intLeaf(func(c *work.CellView) int { return len(column.Voters(c.Value)) }),
			"voter_ids":  graphql.Leaf(func(dst []byte, c *work.CellView) []byte { return appendList(dst, column.Voters(c.Value), appendID) }),
			"voters":     graphql.Resolve(voters),
		},
		"WeekValue": {
			"end_date":   textLeaf(func(c *work.CellView) string { _, end := column.WeekOf(c.Value); return end }),
			"start_date": textLeaf(func(c *work.CellView) string { start, _ := column.WeekOf(c.Value); return start }),
		},
		"WorldClockValue": {
			"timezone":   textLeaf(func(c *work.CellView) string { return column.ZoneOf(c.Value) }),
			"updated_at": putAt,
		},
	}
	for _, fields := range types {
		maps.Copy(fields, cellFields)
	}
	maps.Copy(types, h.valueParts())
	return types
}

// cellFields are what all column values have.
var cellFields = graphql.Fields{
	"column": cached(graphql.Resolve(func(_ *graphql.Context, c *work.CellView, _ graphql.Args) (any, error) {
		return c.Column, nil
	})),
	"id":      nameLeaf(func(c *work.CellView) string { return c.Column.ID }),
	"is_leaf": fixedLeaf("true"),
	"text": graphql.Leaf(func(dst []byte, c *work.CellView) []byte {
		text, ok := c.Column.Def.Text(c.Value, *c.Env)
		if !ok {
			return append(dst, null...)
		}
		return graphql.AppendString(dst, text)
	}),
	"type":  nameLeaf(func(c *work.CellView) column.Type { return c.Column.Type }),
	"value": graphql.Leaf(appendCellValue),
}

// transient are the types whose objects are made for one request; and items, which would be kept in
// memory beyond the budget that boards have there.
func (h *Handler) transient() []string {
	types := slices.Collect(maps.Keys(h.columnValue()))
	types = append(append(types, "Item", "ItemsResponse"), recorded...)
	slices.Sort(types)
	return types
}

// typeOf tells of which object type the value of an interface or union is.
func typeOf(v any) string {
	switch v := v.(type) {
	case *work.CellView:
		return v.Column.Def.Kind.GraphQL
	case *file:
		return v.typ
	case *work.Aggregated:
		if _, ok := aggregatedNumber(v); ok {
			return "AggregateBasicAggregationResult"
		}
		return "AggregateGroupByResult"
	}
	return ""
}

// appendCellValue appends the value's JSON as a string.
func appendCellValue(dst []byte, c *work.CellView) []byte {
	kind := c.Column.Def.Kind
	if c.Value.Empty() || kind.NoValue {
		return append(dst, null...)
	}
	if !kind.Stamped || c.At == 0 {
		return graphql.AppendString(dst, c.Value.JSON)
	}
	var few [256]byte
	wire := kind.AppendWire(few[:0], c.Value, time.UnixMicro(c.At))
	return graphql.AppendString(dst, unsafe.String(unsafe.SliceData(wire), len(wire)))
}

// Fields that several types of column values have.
var (
	putAt = momentLeaf(func(c *work.CellView) (t time.Time) {
		if c.At != 0 {
			t = time.UnixMicro(c.At)
		}
		return t
	})
	displayLeaf = nameLeaf(func(c *work.CellView) string { return c.Column.Def.DisplayValue(c.Value, *c.Env) })
	// linkedIDs leaves out what has no name for the caller: it is deleted, or not to be seen.
	linkedIDs = graphql.Leaf(func(dst []byte, c *work.CellView) []byte {
		ids := column.LinkedItems(c.Value)
		if names := c.Env.Names; names != nil {
			ids = slices.DeleteFunc(ids, func(id int64) bool { _, ok := names.ItemName(id); return !ok })
		}
		return appendList(dst, ids, appendID)
	})
	linkedItems = graphql.Resolve(func(c *graphql.Context, cell *work.CellView, _ graphql.Args) (any, error) {
		items, err := callOf(c).view.Linked(cell)
		return graphql.Slice[*work.Item](items), err
	})
	// filledOnly is an object whose fields are read from the cell, null where that is empty.
	filledOnly = graphql.Resolve(func(_ *graphql.Context, c *work.CellView, _ graphql.Args) (any, error) {
		if c.Value.Empty() {
			return nil, nil
		}
		return c, nil
	})
)

func placeLeaf(f func(*column.Place) string) graphql.Field {
	return textLeaf(func(c *work.CellView) string {
		p := column.PlaceOf(c.Value)
		return f(&p)
	})
}

// actor binds a user who did something. Whoever sees what was done sees who did it.
func actor[T any](f func(T) work.UserID) graphql.Field {
	return graphql.Resolve(func(c *graphql.Context, obj T, _ graphql.Args) (any, error) {
		return orNull(callOf(c).view.Actor(f(obj))), nil
	})
}

func appendUnitSide(dst []byte, c *work.CellView) []byte {
	switch u := &c.Column.Def.Settings.Unit; {
	case u.Symbol == "":
		return append(dst, null...)
	case u.Left:
		return append(dst, `"left"`...)
	}
	return append(dst, `"right"`...)
}

func labelStyle(_ *graphql.Context, c *work.CellView, _ graphql.Args) (any, error) {
	l, ok := c.Column.Def.StatusLabel(c.Value)
	if !ok {
		return nil, nil
	}
	return &l, nil
}

func voters(c *graphql.Context, cell *work.CellView, _ graphql.Args) (any, error) {
	var out graphql.Slice[*work.User]
	for _, id := range column.Voters(cell.Value) {
		if u := callOf(c).view.Actor(work.UserID(id)); u != nil {
			out = append(out, u)
		}
	}
	return out, nil
}
