package column

import (
	"sort"
	"strconv"
	"strings"
)

// Settings is what a column is set to. The zero Settings are those of a type
// that has none.
type Settings struct {
	Labels      []Label // of status and dropdown, in the order of display
	LimitSelect bool    // dropdown
	LabelLimit  int     // dropdown, when LimitSelect
	Unit        Unit    // numbers
	RatingLimit int     // rating
	MaxPeople   int     // people; 0 is without limit
	BoardIDs    []int64 // board_relation, dependency, subtasks
	OneItem     bool    // board_relation: links at most one item
	Relations   []string
	Mirrored    []Mirrored // mirror: which columns of which boards
	Function    string     // mirror: how several values become one
	Formula     string
	Button      string // label of a button
	ButtonColor string

	rest map[string]any // all members that are not labels, as given
}

// Unit is how numbers are shown.
type Unit struct {
	Symbol    string // what to show: "$", "%", or a text of one's own
	Left      bool
	Precision int // decimals; -1 is as they come
}

// Mirrored is what a mirror column shows of one board.
type Mirrored struct {
	BoardID   int64
	ColumnIDs []string
}

// ParseSettings reads a column's settings: what create_column gets as
// defaults, in the old form of settings_str or in the typed one, inside a
// "settings" member or not; or what SettingsJSON printed. An empty text is the type's
// default. It fails with *Error.
func (k *Kind) ParseSettings(raw string) (Settings, error) {
	if strings.TrimSpace(raw) == "" || raw == "null" {
		raw = k.DefaultSettings
	}
	in, err := decode(raw)
	if err != nil {
		return Settings{}, k.badSetting("settings are not a JSON object", raw)
	}
	if s, ok := in.(string); ok { // quoted twice
		return k.ParseSettings(s)
	}
	m, ok := in.(map[string]any)
	if !ok {
		return Settings{}, k.badSetting("settings are not a JSON object", raw)
	}
	if inner, ok := m["settings"].(map[string]any); ok {
		m = inner
	}
	s, problem := k.settings(m)
	if problem != "" {
		return Settings{}, k.badSetting(problem, raw)
	}
	return s, nil
}

func (k *Kind) badSetting(message, raw string) error {
	return &Error{Code: BadSetting, Message: message, Type: k.Name, Class: k.Class, Value: raw, Shapes: []string{k.settingsShape()}}
}

func (k *Kind) settingsShape() string {
	switch k.Name {
	case Status:
		return `{"labels":[{"label":"Done","color":"done_green","index":0,"is_done":true}]}`
	case Dropdown:
		return `{"labels":[{"label":"Marketing"},{"label":"Sales"}]}`
	case Numbers:
		return `{"unit":{"symbol":"$","direction":"left","precision":2}}`
	case BoardRelation:
		return `{"boardIds":[1234567890],"allowMultipleItems":true}`
	case Formula:
		return `{"formula":"{numbers} * 2"}`
	}
	return k.DefaultSettings
}

func (k *Kind) settings(m map[string]any) (s Settings, problem string) {
	s.rest = make(map[string]any, len(m))
	for key, v := range m {
		s.rest[key] = v
	}
	switch k.Name {
	case Status:
		return s, s.readStatus(m)
	case Dropdown:
		return s, s.readDropdown(m)
	case Numbers:
		return s, s.readUnit(m)
	case Rating:
		s.RatingLimit = 5
		if v := first(m, "limit", "max_rating"); v != nil {
			n, ok := toInt(v)
			if !ok || n < 1 || n > 100 {
				return s, "limit: a number from 1 to 100"
			}
			s.RatingLimit = int(n)
		}
	case People, Person, ItemAssignees:
		n, ok := toInt(m["max_people_allowed"])
		if m["max_people_allowed"] != nil && (!ok || n < 0) {
			return s, `max_people_allowed: a number in quotes; "0" is without limit`
		}
		s.MaxPeople = int(n)
	case BoardRelation, Dependency, Subtasks:
		var ok bool
		v := m["boardIds"]
		if v == nil {
			v = m["boardId"]
		}
		if s.BoardIDs, ok = toIDs(v); !ok {
			return s, "boardIds: a list of board ids"
		}
		s.OneItem = m["allowMultipleItems"] != nil && !toBool(m["allowMultipleItems"])
	case Mirror:
		return s, s.readMirror(m)
	case Formula:
		src, ok := toText(m["formula"])
		if !ok {
			return s, "formula: a text"
		}
		s.Formula = src
	case Button:
		s.Button, _ = toText(first(m, "label", "button_label"))
		s.ButtonColor, _ = toText(first(m, "color", "button_color"))
	}
	return s, ""
}

func (s *Settings) readStatus(m map[string]any) (problem string) {
	for _, key := range []string{"labels", "labels_positions_v2", "labels_colors", "done_colors", "deactivated_labels", "color_mapping", "type"} {
		delete(s.rest, key)
	}
	switch labels := m["labels"].(type) {
	case []any:
		s.Labels, problem = parseStatusTyped(labels)
	case map[string]any:
		if _, ok := m["done_colors"]; !ok { // the old form leaves it out where it is the usual one
			m["done_colors"] = []any{1}
		}
		s.Labels, problem = parseStatusOld(m)
	case nil:
		s.Labels = defaultLabels()
	default:
		problem = "labels: a list of labels, or an object of texts by number"
	}
	return problem
}

// defaultLabels are those of a new status column, in their order.
func defaultLabels() []Label {
	return []Label{
		{ID: 0, Text: "Working on it", Color: Palette[0]},
		{ID: 2, Text: "Stuck", Color: Palette[2]},
		{ID: 1, Text: "Done", Color: Palette[1], Done: true},
	}
}

func (s *Settings) readDropdown(m map[string]any) (problem string) {
	delete(s.rest, "labels")
	delete(s.rest, "deactivated_labels")
	delete(s.rest, "type")
	s.LimitSelect = toBool(m["limit_select"])
	if n, ok := toInt(first(m, "label_limit_count", "limit_select_count")); ok {
		if n < 1 {
			return "label_limit_count: a number from 1"
		}
		s.LabelLimit = int(n)
	} else if s.LimitSelect {
		s.LabelLimit = 1
	}
	s.Labels, problem = parseDropdown(m)
	return problem
}

func (s *Settings) readUnit(m map[string]any) (problem string) {
	s.Unit.Precision = -1
	u, ok := m["unit"].(map[string]any)
	if !ok {
		if m["unit"] != nil {
			return "unit: an object"
		}
		return ""
	}
	s.Unit.Symbol, _ = toText(u["symbol"])
	if s.Unit.Symbol == "custom" {
		s.Unit.Symbol, _ = toText(first(u, "custom_unit", "custom_symbol"))
	}
	switch d, _ := toText(u["direction"]); d {
	case "left":
		s.Unit.Left = true
	case "", "right":
	default:
		return "unit.direction: left or right"
	}
	if p := u["precision"]; p != nil {
		n, ok := toInt(p)
		if !ok || n < -1 || n > 5 {
			return "unit.precision: a number from -1 to 5"
		}
		s.Unit.Precision = int(n)
	}
	return ""
}

func (s *Settings) readMirror(m map[string]any) (problem string) {
	rel, _ := m["relation_column"].(map[string]any)
	for id, on := range rel {
		if toBool(on) {
			s.Relations = append(s.Relations, id)
		}
	}
	sort.Strings(s.Relations)
	s.Function, _ = toText(m["function"])
	switch d := m["displayed_linked_columns"].(type) {
	case nil:
	case []any: // [{"board_id":"1","column_ids":["status"]}]
		for _, e := range d {
			o, _ := e.(map[string]any)
			id, ok := toInt(o["board_id"])
			if !ok {
				return "displayed_linked_columns: each has a board_id and column_ids"
			}
			s.Mirrored = append(s.Mirrored, Mirrored{BoardID: id, ColumnIDs: texts(o["column_ids"])})
		}
	case map[string]any: // {"1":["status"]}, or in settings_str {"1":{"status":true}}
		for key, v := range d {
			id, err := strconv.ParseInt(key, 10, 64)
			if err != nil {
				return "displayed_linked_columns: keyed by board id"
			}
			s.Mirrored = append(s.Mirrored, Mirrored{BoardID: id, ColumnIDs: texts(v)})
		}
		sort.Slice(s.Mirrored, func(i, j int) bool { return s.Mirrored[i].BoardID < s.Mirrored[j].BoardID })
	default:
		return "displayed_linked_columns: a list, or an object keyed by board id"
	}
	return ""
}

func texts(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	case map[string]any:
		for key, on := range v {
			if toBool(on) {
				out = append(out, key)
			}
		}
		sort.Strings(out)
	}
	return out
}
