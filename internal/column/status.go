package column

import (
	"strconv"
	"strings"
)

func parseStatus(w *write, in any) (Value, error) {
	m, ok := object(in, "index", "label", "post_id")
	if !ok {
		return Value{}, w.bad()
	}
	post := ""
	if p, ok := toText(m["post_id"]); ok {
		post = p
	}
	if index := m["index"]; index != nil {
		n, ok := toInt(index)
		if !ok {
			return Value{}, w.bad()
		}
		return w.status(int(n), post)
	}
	label, ok := m["label"].(string)
	if !ok && m["label"] != nil {
		return Value{}, w.bad()
	}
	if label == "" {
		return Value{}, nil
	}
	return simpleStatus(w, label)
}

// simpleStatus takes a label's number or its text. Digits are a number first:
// a label called "2023" has to be named by its number where there is one of that number.
func simpleStatus(w *write, s string) (Value, error) {
	if n, err := strconv.Atoi(s); err == nil {
		if l, ok := w.Column.Settings.Label(n); ok && !l.Deactivated || n == Grey && !ok {
			return w.status(n, "")
		}
	}
	if l, ok := w.Column.Settings.labelByText(s); ok && !l.Deactivated {
		return w.status(l.ID, "")
	}
	if !w.CreateLabels || strings.TrimSpace(s) == "" {
		return Value{}, w.noStatus()
	}
	settings, id, ok := w.Column.Settings.withLabel(Status, s)
	if !ok {
		return Value{}, w.refuse("a status column has at most 40 labels")
	}
	w.settings = &settings
	return statusValue(id, ""), nil
}

func (w *write) status(id int, post string) (Value, error) {
	l, ok := w.Column.Settings.Label(id)
	if !ok && id == Grey {
		return Value{}, nil
	}
	if !ok || l.Deactivated {
		return Value{}, w.noStatus()
	}
	return statusValue(id, post), nil
}

func (w *write) noStatus() error {
	return w.noSuchLabel("This status label doesn't exist, possible statuses are: ")
}

func statusValue(id int, post string) Value {
	if post == "" {
		post = "null"
	} else {
		post = quote(post)
	}
	return Value{JSON: `{"index":` + strconv.Itoa(id) + `,"post_id":` + post + `}`}
}

// statusID is the label id a status cell holds.
func statusID(v Value) (int, bool) {
	n, ok := num(field(v.JSON, "index"))
	return int(n), ok
}

func textStatus(c *Column, v Value, _ Env) string {
	l, _ := c.StatusLabel(v)
	return l.Text
}

// StatusLabel is the label of a status cell; its Color and Hex are the style.
// ok is false for an empty cell and for a label that is gone.
func (c *Column) StatusLabel(v Value) (l Label, ok bool) {
	id, ok := statusID(v)
	if !ok {
		return Label{}, false
	}
	return c.Settings.Label(id)
}

// StatusUpdate is the id of the update that goes with the status, or "".
func StatusUpdate(v Value) string { return str(field(v.JSON, "post_id")) }

func parseDropdownValue(w *write, in any) (Value, error) {
	m, ok := object(in, "ids", "labels", "label", "id")
	if !ok {
		return Value{}, w.bad()
	}
	if v := first(m, "ids", "id"); v != nil {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		return w.dropdownIDs(list)
	}
	v := first(m, "labels", "label")
	list, ok := toList(v)
	if s, isString := v.(string); isString {
		list, ok = []any{s}, true
	}
	if !ok {
		return Value{}, w.bad()
	}
	names := make([]string, 0, len(list))
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			return Value{}, w.bad()
		}
		names = append(names, s)
	}
	return w.dropdownLabels(names)
}

// simpleDropdown takes ids or texts separated by commas, never both.
func simpleDropdown(w *write, s string) (Value, error) {
	parts := strings.Split(s, ",")
	list := make([]any, 0, len(parts))
	numbers := true
	for i, p := range parts {
		parts[i] = strings.TrimSpace(p)
		_, err := strconv.Atoi(parts[i])
		numbers = numbers && err == nil
		list = append(list, parts[i])
	}
	if numbers {
		return w.dropdownIDs(list)
	}
	return w.dropdownLabels(parts)
}

func (w *write) dropdownIDs(list []any) (Value, error) {
	var out []int64
	for _, e := range list {
		n, ok := toInt(e)
		if !ok {
			return Value{}, w.bad()
		}
		if l, ok := w.Column.Settings.Label(int(n)); !ok || l.Deactivated {
			return Value{}, w.noLabel()
		}
		if !has(out, n) {
			out = append(out, n)
		}
	}
	return w.dropdown(out)
}

func (w *write) dropdownLabels(names []string) (Value, error) {
	settings := w.Column.Settings
	var out []int64
	for _, name := range names {
		l, ok := settings.labelByText(name)
		if !ok || l.Deactivated {
			if !w.CreateLabels || strings.TrimSpace(name) == "" {
				return Value{}, w.noLabel()
			}
			settings, l.ID, _ = settings.withLabel(Dropdown, name)
			w.settings = &settings
		}
		if !has(out, int64(l.ID)) {
			out = append(out, int64(l.ID))
		}
	}
	return w.dropdown(out)
}

func (w *write) dropdown(ids []int64) (Value, error) {
	if len(ids) == 0 {
		return Value{}, nil
	}
	if s := w.Column.Settings; s.LimitSelect && s.LabelLimit > 0 && len(ids) > s.LabelLimit {
		return Value{}, w.refuse("the column takes at most " + strconv.Itoa(s.LabelLimit) + " labels at once")
	}
	return Value{JSON: string(append(appendIDs([]byte(`{"ids":`), ids), '}'))}, nil
}

func (w *write) noLabel() error {
	return w.noSuchLabel("This dropdown label doesn't exist, possible labels are: ")
}

// DropdownLabels are the labels chosen in a dropdown cell, in their order there.
func (c *Column) DropdownLabels(v Value) []Label {
	var out []Label
	each(field(v.JSON, "ids"), func(raw string) bool {
		if n, ok := num(raw); ok {
			if l, ok := c.Settings.Label(int(n)); ok {
				out = append(out, l)
			}
		}
		return true
	})
	return out
}

func partsDropdown(c *Column, v Value, _ Env) []string {
	labels := c.DropdownLabels(v)
	out := make([]string, len(labels))
	for i, l := range labels {
		out[i] = l.Text
	}
	return out
}

func textDropdown(c *Column, v Value, env Env) string {
	return strings.Join(partsDropdown(c, v, env), ", ")
}
