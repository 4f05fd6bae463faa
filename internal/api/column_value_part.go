package api

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

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

// labelID makes the number of a label an id.
type labelID int64

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
