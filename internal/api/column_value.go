package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
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
	"column": graphql.Resolve(func(_ *graphql.Context, c *work.CellView, _ graphql.Args) (any, error) {
		return c.Column, nil
	}),
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

// valueParts binds what column values are made of.
func (h *Handler) valueParts() map[string]graphql.Fields {
	fileFields := graphql.Fields{
		"created_at": momentLeaf(func(f *file) time.Time { return time.UnixMilli(f.CreatedAt) }),
		"creator":    actor(func(f *file) work.UserID { return work.UserID(f.CreatedBy) }),
		"creator_id": idLeaf(func(f *file) work.UserID { return work.UserID(f.CreatedBy) }),
	}
	with := func(more graphql.Fields) graphql.Fields {
		maps.Copy(more, fileFields)
		return more
	}
	name := nameLeaf(func(f *file) string { return f.Name })
	return map[string]graphql.Fields{
		"BatteryValueItem": nothing("count", "key"),
		"Country": {
			"code": nameLeaf(func(c *work.CellView) string { code, _ := column.CountryOf(c.Value); return code }),
			"name": nameLeaf(func(c *work.CellView) string { _, name := column.CountryOf(c.Value); return name }),
		},
		"DropdownValueOption": {
			"id":    keyLeaf(func(l *column.Label) labelID { return labelID(l.ID) }),
			"label": nameLeaf(func(l *column.Label) string { return l.Text }),
		},
		"FileAssetValue": with(graphql.Fields{
			"asset_id": keyLeaf(func(f *file) work.AssetID { return work.AssetID(f.AssetID) }),
			"is_image": boolLeaf(func(f *file) bool { return f.Image }),
			"name":     name,
		}),
		"FileAssetInvalidValue": with(graphql.Fields{
			"asset_id": keyLeaf(func(f *file) work.AssetID { return work.AssetID(f.AssetID) }),
			"error":    fixedLeaf(`"The file is not there any more"`),
			"name":     name,
		}),
		"FileDocValue": with(graphql.Fields{
			"file_id":   keyLeaf(func(f *file) work.AssetID { return work.AssetID(f.FileID) }),
			"object_id": keyLeaf(func(f *file) work.BoardID { return work.BoardID(f.ObjectID) }),
			"url":       graphql.Leaf(func(dst []byte, f *file) []byte { return h.appendURL(dst, "/docs/", f.ObjectID) }),
		}),
		"FileLinkValue": with(graphql.Fields{
			"file_id": keyLeaf(func(f *file) work.AssetID { return work.AssetID(f.FileID) }),
			"kind":    nameLeaf(func(f *file) string { return strings.ToLower(f.Kind) }),
			"name":    name,
			"url":     textLeaf(func(f *file) string { return f.Link }),
		}),
		"MirroredItem": {
			"linked_board": graphql.Resolve(func(_ *graphql.Context, m *work.MirroredCell, _ graphql.Args) (any, error) {
				return orNull(m.Board), nil
			}),
			"linked_board_id": keyLeaf(func(m *work.MirroredCell) work.BoardID { return m.Item.Board }),
			"linked_item": graphql.Resolve(func(_ *graphql.Context, m *work.MirroredCell, _ graphql.Args) (any, error) {
				return m.Item, nil
			}),
			"mirrored_value": graphql.Resolve(func(_ *graphql.Context, m *work.MirroredCell, _ graphql.Args) (any, error) {
				if m.Cell.Column == nil {
					return nil, nil
				}
				return &m.Cell, nil
			}),
		},
		"PeopleEntity": {
			"id":   keyLeaf(func(a *column.Assignee) work.UserID { return work.UserID(a.ID) }),
			"kind": nameLeaf(func(a *column.Assignee) string { return a.Kind }),
		},
		"StatusLabelStyle": {
			"border": nameLeaf(func(l *column.Label) string { return l.Color.Border }),
			"color": nameLeaf(func(l *column.Label) string {
				if l.Hex != "" {
					return l.Hex
				}
				return l.Color.Hex
			}),
		},
		"TimeTrackingHistoryItem": {
			"created_at":                  textLeaf(func(s *session) string { return s.CreatedAt }),
			"ended_at":                    textLeaf(func(s *session) string { return s.EndedAt }),
			"ended_user_id":               idLeaf(func(s *session) work.UserID { return s.EndedBy }),
			"id":                          nameLeaf(func(s *session) string { return s.ID }),
			"manually_entered_end_date":   boolLeaf(func(s *session) bool { return s.ManualEndDate }),
			"manually_entered_end_time":   boolLeaf(func(s *session) bool { return s.ManualEndTime }),
			"manually_entered_start_date": boolLeaf(func(s *session) bool { return s.ManualStartDate }),
			"manually_entered_start_time": boolLeaf(func(s *session) bool { return s.ManualStartTime }),
			"started_at":                  textLeaf(func(s *session) string { return s.StartedAt }),
			"started_user_id":             idLeaf(func(s *session) work.UserID { return s.StartedBy }),
			"status":                      nameLeaf(func(s *session) string { return s.Status }),
			"updated_at":                  textLeaf(func(s *session) string { return s.UpdatedAt }),
		},
	}
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

// labelID makes the number of a label an id.
type labelID int64

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

// session is one of the sessions of a time tracking cell, as it is stored.
type session struct {
	ID              string      `json:"id"`
	Status          string      `json:"status"`
	StartedAt       string      `json:"started_at"`
	EndedAt         string      `json:"ended_at"`
	StartedBy       work.UserID `json:"started_user_id"`
	EndedBy         work.UserID `json:"ended_user_id"`
	ManualStartTime bool        `json:"manually_entered_start_time"`
	ManualEndTime   bool        `json:"manually_entered_end_time"`
	ManualStartDate bool        `json:"manually_entered_start_date"`
	ManualEndDate   bool        `json:"manually_entered_end_date"`
	CreatedAt       string      `json:"created_at"`
	UpdatedAt       string      `json:"updated_at"`
}

func sessions(_ *graphql.Context, c *work.CellView, _ graphql.Args) (any, error) {
	var out pointers[session]
	if text := column.TimerOf(c.Value).Sessions; text != "" {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// file is one of the files of a cell, and the type it has in the schema.
type file struct {
	column.Attachment
	typ   string
	asset *work.Asset
}

// cellFiles are the files of a cell. Uploaded ones that are gone say so.
func cellFiles(c *graphql.Context, cell *work.CellView, _ graphql.Args) (any, error) {
	attached := column.Attachments(cell.Value)
	out := make(pointers[file], len(attached))
	var ids []work.AssetID
	for i, a := range attached {
		out[i] = file{Attachment: a, typ: "FileLinkValue"}
		switch a.Kind {
		case "ASSET":
			out[i].typ = "FileAssetInvalidValue"
			ids = append(ids, work.AssetID(a.AssetID))
		case "MONDAY_DOC":
			out[i].typ = "FileDocValue"
		}
	}
	if ids == nil {
		return out, nil
	}
	assets, err := callOf(c).view.Assets(ids)
	if err != nil {
		return nil, err
	}
	for i := range out {
		for _, a := range assets {
			if out[i].typ == "FileAssetInvalidValue" && int64(a.ID) == out[i].AssetID {
				out[i].typ, out[i].asset = "FileAssetValue", a
			}
		}
	}
	return out, nil
}

// cellAssetURL is assetURL for the texts of file columns, which know no more of a file than its number.
func (k *call) cellAssetURL(id work.AssetID) string {
	return k.h.cfg.PublicURL + protectedPath + k.by.Account().String() + "/resources/" + id.String() + "/"
}

// docFile is the document of a doc cell.
func docFile(_ *graphql.Context, c *work.CellView, _ graphql.Args) (any, error) {
	for _, a := range column.Attachments(c.Value) {
		return &file{Attachment: a, typ: "FileDocValue"}, nil
	}
	return nil, nil
}
