package column

import (
	"fmt"
	"strconv"
	"strings"
)

// parseCheckbox takes true and "true"; what is not checked is an empty cell.
func parseCheckbox(w *write, in any) (Value, error) {
	m, ok := object(in, "checked")
	if !ok {
		return Value{}, w.bad()
	}
	switch v := m["checked"].(type) {
	case nil:
		return Value{}, nil
	case bool:
		if !v {
			return Value{}, nil
		}
	case string:
		if strings.EqualFold(v, "false") || v == "" {
			return Value{}, nil
		}
		if !strings.EqualFold(v, "true") {
			return Value{}, w.bad()
		}
	default:
		return Value{}, w.bad()
	}
	return w.Kind.Restore(`{"checked":true}`), nil
}

// Checked tells whether a checkbox is.
func Checked(v Value) bool { return truth(field(v.JSON, "checked")) }

func parseRating(w *write, in any) (Value, error) {
	m, ok := object(in, "rating")
	if !ok {
		return Value{}, w.bad()
	}
	if m["rating"] == nil {
		return Value{}, nil
	}
	n, ok := toInt(m["rating"])
	limit := max(w.Column.Settings.RatingLimit, 1)
	if w.Column.Settings.RatingLimit == 0 {
		limit = 5
	}
	if !ok || n < 0 {
		return Value{}, w.bad()
	}
	if n == 0 {
		return Value{}, nil
	}
	if n > int64(limit) {
		return Value{}, w.refuse(fmt.Sprintf("the rating is a number from 1 to %d", limit))
	}
	return w.Kind.Restore(`{"rating":` + strconv.FormatInt(n, 10) + `}`), nil
}

// RatingOf is the rating in a cell.
func RatingOf(v Value) (int, bool) {
	n, ok := num(field(v.JSON, "rating"))
	return int(n), ok
}

func parseVote(w *write, in any) (Value, error) {
	m, ok := object(in, "votersIds", "voter_ids")
	if !ok {
		return Value{}, w.bad()
	}
	list, ok := toIDs(first(m, "votersIds", "voter_ids"))
	if !ok {
		return Value{}, w.bad()
	}
	if len(list) == 0 {
		return Value{}, nil
	}
	return w.Kind.Restore(string(append(appendIDs([]byte(`{"votersIds":`), list), '}'))), nil
}

// Voters are the users who voted.
func Voters(v Value) []int64 { return ids(field(v.JSON, "votersIds")) }

func parseColor(w *write, in any) (Value, error) {
	if s, ok := in.(string); ok {
		in = map[string]any{"color": map[string]any{"hex": s}}
	}
	m, ok := object(in, "color")
	if !ok {
		return Value{}, w.bad()
	}
	hexOf, ok := m["color"].(map[string]any)
	if !ok {
		return Value{}, w.bad()
	}
	s, _ := hexOf["hex"].(string)
	s = strings.ToLower(s)
	if len(s) != 7 || s[0] != '#' || strings.Trim(s[1:], "0123456789abcdef") != "" {
		return Value{}, w.bad()
	}
	return w.Kind.Restore(`{"color":{"hex":"` + s + `"}}`), nil
}

// ColorOf is the hex code a colour picker holds.
func ColorOf(v Value) string { return str(field(field(v.JSON, "color"), "hex")) }

func parseHour(w *write, in any) (Value, error) {
	m, ok := object(in, "hour", "minute")
	if !ok {
		return Value{}, w.bad()
	}
	h, ok := toInt(m["hour"])
	minute := int64(0)
	if m["minute"] != nil {
		var isInt bool
		minute, isInt = toInt(m["minute"])
		ok = ok && isInt
	}
	if !ok || h < 0 || h > 23 || minute < 0 || minute > 59 {
		return Value{}, w.bad()
	}
	return w.Kind.Restore(fmt.Sprintf(`{"hour":%d,"minute":%d}`, h, minute)), nil
}

// HourOf is the time of day in an hour cell.
func HourOf(v Value) (hour, minute int, ok bool) {
	h, ok := num(field(v.JSON, "hour"))
	m, _ := num(field(v.JSON, "minute"))
	return int(h), int(m), ok
}

// hourText is as boards show it: 04:42 PM.
func hourText(js string) string {
	h, m, ok := HourOf(Value{JSON: js})
	if !ok {
		return ""
	}
	half := "AM"
	if h >= 12 {
		half = "PM"
	}
	if h %= 12; h == 0 {
		h = 12
	}
	return fmt.Sprintf("%02d:%02d %s", h, m, half)
}

func orderHour(_ *Column, v Value, _ Env) Key {
	h, m, ok := HourOf(v)
	return numberKey(float64(h*60+m), ok)
}
