package connector

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// logDays is how far back the service tells of a board from version 2027-01 on; an hour is left for clocks
// that differ.
const logWindow = 90*24*time.Hour - time.Hour

// logData is an entry of an activity log.
type logData struct {
	ID      string   `json:"id"`
	Event   string   `json:"event"`
	Entity  string   `json:"entity"`
	User    anyID    `json:"user_id"`
	Account anyID    `json:"account_id"`
	At      anyID    `json:"created_at"`
	Data    jsonText `json:"data"`
}

// logPage is a page of a log. Up to 2026-10 it is a list of entries, from 2027-01 on an object with a cursor.
type logPage struct {
	Logs   []*logData
	Cursor string
	paged  bool // the later form
}

// UnmarshalJSON reads either form.
func (p *logPage) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var page struct {
			Logs   []*logData `json:"logs"`
			Cursor string     `json:"cursor"`
		}
		if err := json.Unmarshal(b, &page); err != nil {
			return err
		}
		p.Logs, p.Cursor, p.paged = page.Logs, page.Cursor, true
		return nil
	}
	return json.Unmarshal(b, &p.Logs)
}

// logCursor is where a board's log goes on, in the later form.
type logCursor struct {
	cursor string
	page   int // that it leads to
}

// full says that there may be more than the page has.
func (p *logPage) full(limit int) bool {
	if p.paged {
		return p.Cursor != ""
	}
	return len(p.Logs) >= limit
}

// logTime is a moment of the log: 10⁻⁷ seconds since 1970.
func logTime(s anyID) (time.Time, bool) {
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil || n <= 0 {
		return parseTime(string(s))
	}
	return time.Unix(n/1e7, n%1e7*100).UTC().Truncate(time.Microsecond), true
}

// read takes an entry apart.
func (l *logData) read(board string) (logRead, Row) {
	at, ok := logTime(l.At)
	var created any
	if ok {
		created = at
	}
	items := namedItems(string(l.Data))
	first := ""
	if len(items) > 0 {
		first = items[0]
	}
	of, known := events[l.Event]
	return logRead{ID: l.ID, Event: l.Event, Entity: l.Entity, At: at, Items: items, Known: known && (of == ofBoard || of == ofItems && len(items) > 0)},
		Row{txt(l.ID), txt(board), txt(l.Event), txt(l.Entity), txt(first), txt(string(l.User)), txt(string(l.Account)), created, raw(l.Data)}
}

// itemKeys are the members of an entry's data that name items. The value is a number, a text, a list of
// either, or an object with an id.
var itemKeys = []string{
	"pulse_id", "pulse_ids", "item_id", "item_ids", "parent_item_id", "parent_pulse_id", "duplicated_pulse_ids", "duplicated_pulse_id",
	"subitem", "subitem_id", "subitem_ids", "pulse", "item", "pulses", "items", "parent_item",
	"source_parent_item_id", "dest_parent_item_id", "new_parent_item_id", "previous_parent_item_id",
}

// namedItems are the items that an entry's data names, each once, in the order of the data.
func namedItems(data string) (ids []string) {
	if !json.Valid([]byte(data)) {
		return nil
	}
	column.Members(data, func(key, value string) bool {
		if slices.Contains(itemKeys, key) {
			ids = appendIDs(ids, value)
		}
		return true
	})
	return ids
}

func appendIDs(ids []string, value string) []string {
	switch value[0] {
	case '[':
		elements(value, func(e string) {
			if e[0] != '[' {
				ids = appendIDs(ids, e)
			}
		})
	case '{':
		if id := idOf(member(value, "id")); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	default:
		if id := idOf(value); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// What an event is of, which says what there is to do after it.
type eventOf uint8

const (
	ofItems eventOf = iota + 1 // the items that it names; where it names none, nothing is known
	ofBoard                    // the board itself, which is read by every run anyway: no item is another for it
	ofMany                     // items that it does not name
)

// events are the names that are met in logs; they are not documented. An event that is not here may mean
// anything.
var events = map[string]eventOf{
	"create_pulse":                     ofItems,
	"update_name":                      ofItems,
	"update_column_value":              ofItems,
	"archive_pulse":                    ofItems,
	"delete_pulse":                     ofItems,
	"restore_pulse":                    ofItems,
	"archive_group_pulse":              ofItems,
	"delete_group_pulse":               ofItems,
	"move_pulse_from_board":            ofItems,
	"move_pulse_into_board":            ofItems,
	"move_pulse_from_group":            ofItems,
	"move_pulse_into_group":            ofItems,
	"move_subitem":                     ofItems,
	"batch_change_pulses_column_value": ofItems,
	"batch_create_pulses":              ofItems,
	"batch_delete_pulses":              ofItems,
	"batch_archive_pulses":             ofItems,
	"batch_duplicate_pulses":           ofItems,
	"batch_move_pulses_from_board":     ofItems,
	"batch_move_pulses_into_board":     ofItems,
	"batch_move_pulses_from_group":     ofItems,
	"batch_move_pulses_into_group":     ofItems,

	"add_owner":                         ofBoard,
	"remove_owner":                      ofBoard,
	"subscribe":                         ofBoard,
	"unsubscribe":                       ofBoard,
	"set_entity_board_role":             ofBoard,
	"board_disconnect":                  ofBoard,
	"board_workspace_id_changed":        ofBoard,
	"board_view_added":                  ofBoard,
	"board_view_changed":                ofBoard,
	"board_view_deleted":                ofBoard,
	"board_view_enabled":                ofBoard,
	"board_view_disabled":               ofBoard,
	"board_view_duplicated":             ofBoard,
	"board_view_locked":                 ofBoard,
	"board_view_regenerate_token":       ofBoard,
	"create_doc":                        ofBoard,
	"create_group":                      ofBoard,
	"update_group_name":                 ofBoard,
	"update_group_color":                ofBoard,
	"update_board_name":                 ofBoard,
	"update_board_nickname":             ofBoard,
	"update_board_permissions":          ofBoard,
	"update_board_granular_permissions": ofBoard,
	"update_column_name":                ofBoard, // as the next two, seen in the shape of the board
	"create_column":                     ofBoard,
	"change_column_settings":            ofBoard,

	"archive_group":       ofMany,
	"delete_group":        ofMany,
	"restore_group":       ofMany,
	"delete_column":       ofMany,
	"restore_column":      ofMany,
	"board_state_changed": ofMany,
	"board_archived":      ofMany,
	"board_deleted":       ofMany,
}
