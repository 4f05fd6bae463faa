package column

import (
	"sort"
	"strconv"
	"strings"
)

// Limits of labels.
const (
	MaxLabels    = 40 // of a status column
	MaxLabelText = 30 // characters, where settings are typed
)

// Label is one of the choices of a status or dropdown column. Values hold its ID.
type Label struct {
	ID          int
	Text        string
	Color       Color  // status only
	Hex         string // status only: overrides the colour's
	Description string
	Done        bool // status only
	Deactivated bool
}

// Label returns the label with the id.
func (s *Settings) Label(id int) (Label, bool) {
	for _, l := range s.Labels {
		if l.ID == id {
			return l, true
		}
	}
	return Label{}, false
}

// labelByText finds a label by its text, the exact spelling first.
func (s *Settings) labelByText(text string) (Label, bool) {
	for _, l := range s.Labels {
		if l.Text == text {
			return l, true
		}
	}
	for _, l := range s.Labels {
		if strings.EqualFold(l.Text, text) {
			return l, true
		}
	}
	return Label{}, false
}

// position is where the label stands in the order of display, or behind all.
func (s *Settings) position(id int) int {
	for i, l := range s.Labels {
		if l.ID == id {
			return i
		}
	}
	return len(s.Labels)
}

// possible lists the labels as the service's refusals do.
func (s *Settings) possible() string {
	labels := append([]Label(nil), s.Labels...)
	sort.Slice(labels, func(i, j int) bool { return labels[i].ID < labels[j].ID })
	parts := make([]string, 0, len(labels))
	for _, l := range labels {
		if !l.Deactivated {
			parts = append(parts, strconv.Itoa(l.ID)+": "+l.Text)
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// withLabel returns the settings with a label of that text and its id: a
// deactivated one is taken back into use, else one is added at the end.
func (s Settings) withLabel(kind Type, text string) (Settings, int, bool) {
	labels := append([]Label(nil), s.Labels...)
	for i, l := range labels {
		if l.Text == text {
			labels[i].Deactivated = false
			s.Labels = labels
			return s, l.ID, true
		}
	}
	label := Label{Text: text}
	if kind == Status {
		if len(labels) >= MaxLabels {
			return s, 0, false
		}
		id, ok := s.freeColor()
		if !ok {
			return s, 0, false
		}
		label.ID = id
		label.Color, _ = ColorByID(id)
	} else {
		for _, l := range labels {
			label.ID = max(label.ID, l.ID)
		}
		label.ID++
	}
	s.Labels = append(labels, label)
	return s, label.ID, true
}

// freeColor is the first id no label has; the grey one, which means empty, is the last choice.
func (s *Settings) freeColor() (int, bool) {
	for _, c := range Palette {
		if _, taken := s.Label(c.ID); !taken && c.ID != Grey {
			return c.ID, true
		}
	}
	_, taken := s.Label(Grey)
	return Grey, !taken
}

// parseStatusOld reads labels of the form settings_str has: objects keyed by id.
func parseStatusOld(m map[string]any) ([]Label, string) {
	texts, _ := m["labels"].(map[string]any)
	positions, _ := m["labels_positions_v2"].(map[string]any)
	colors, _ := m["labels_colors"].(map[string]any)
	mapping, _ := m["color_mapping"].(map[string]any)
	done, _ := toList(m["done_colors"])
	off, _ := toList(m["deactivated_labels"])
	if len(texts) > MaxLabels {
		return nil, "a status column has at most 40 labels"
	}
	type placed struct {
		Label
		pos int64
	}
	list := make([]placed, 0, len(texts))
	for key, t := range texts {
		id, err := strconv.Atoi(key)
		if err != nil || id < 0 {
			return nil, "labels: " + strconv.Quote(key) + " is not the number of a label"
		}
		if o, ok := t.(map[string]any); ok { // {"0":{"name":"Done"}}
			t = first(o, "name", "label")
		}
		text, ok := toText(t)
		if !ok {
			return nil, "labels: the text of label " + key + " is not a string"
		}
		l := placed{Label: Label{ID: id, Text: text, Done: hasInt(done, id), Deactivated: hasInt(off, id)}, pos: int64(id)}
		if text == "" && id == Grey {
			continue // the empty label as it is without being told
		}
		l.Color = oldColor(id, colors[key], mapping[key])
		if h, ok := colors[key].(map[string]any); ok {
			if x, _ := h["color"].(string); x != "" && !strings.EqualFold(x, l.Color.Hex) {
				l.Hex = x
			}
		}
		if p, ok := toInt(positions[key]); ok {
			l.pos = p
		}
		list = append(list, l)
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].pos != list[j].pos {
			return list[i].pos < list[j].pos
		}
		return list[i].ID < list[j].ID
	})
	labels := make([]Label, len(list))
	for i, l := range list {
		labels[i] = l.Label
	}
	return labels, ""
}

// oldColor is the colour of a label in the old form: named by its entry in
// labels_colors, mapped, or that of its id.
func oldColor(id int, entry, mapped any) Color {
	if m, ok := entry.(map[string]any); ok {
		for _, key := range []string{"var_name", "color"} {
			if name, _ := m[key].(string); name != "" {
				if c, ok := ColorByName(name); ok {
					return c
				}
			}
		}
	}
	if n, ok := toInt(mapped); ok {
		if c, ok := ColorByID(int(n)); ok {
			return c
		}
	}
	if c, ok := ColorByID(id); ok {
		return c
	}
	return Palette[id%20]
}

// parseStatusTyped reads labels of the typed form: a list of objects.
func parseStatusTyped(list []any) ([]Label, string) {
	if len(list) > MaxLabels {
		return nil, "a status column has at most 40 labels"
	}
	type placed struct {
		Label
		index int64
	}
	out := make([]placed, 0, len(list))
	seen := map[int]bool{}
	for i, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, "labels: each is an object"
		}
		text, ok := first(m, "label", "name").(string)
		if !ok || len([]rune(text)) > MaxLabelText {
			return nil, "labels: label is a text of at most 30 characters"
		}
		l := placed{Label: Label{Text: text, Done: toBool(m["is_done"]), Deactivated: toBool(m["is_deactivated"])}, index: int64(i)}
		l.Description, _ = m["description"].(string)
		l.Hex, _ = m["hex"].(string)
		id, hasID := toInt(m["id"])
		if !l.paint(m["color"], id, hasID) {
			return nil, "labels: " + strconv.Quote(text) + " has a colour that is not of the palette"
		}
		l.ID = l.Color.ID
		if hasID {
			l.ID = int(id)
		}
		if seen[l.ID] || l.ID < 0 {
			return nil, "labels: each colour can be used once, and each id"
		}
		seen[l.ID] = true
		if n, ok := toInt(m["index"]); ok {
			if n < 0 || n >= MaxLabels {
				return nil, "labels: index is the position of a label, from 0 to 39"
			}
			l.index = n
		}
		if l.ID == Grey && text == "" {
			continue
		}
		out = append(out, l)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].index < out[j].index })
	labels := make([]Label, len(out))
	for i, l := range out {
		labels[i] = l.Label
	}
	return labels, ""
}

// paint sets the label's colour from its name or number; without one it is that of the id.
func (l *Label) paint(color any, id int64, hasID bool) (ok bool) {
	switch c := color.(type) {
	case nil:
		if hasID {
			l.Color = oldColor(int(id), nil, nil)
		}
		return hasID && id >= 0
	case string:
		l.Color, ok = ColorByName(c)
		return ok
	}
	n, isInt := toInt(color)
	if !isInt {
		return false
	}
	l.Color, ok = ColorByID(int(n))
	return ok
}

// parseDropdown reads the labels of a dropdown in either form.
func parseDropdown(m map[string]any) ([]Label, string) {
	list, ok := toList(m["labels"])
	if !ok {
		return nil, "labels: a list of objects"
	}
	off, _ := toList(m["deactivated_labels"])
	labels := make([]Label, 0, len(list))
	last := 0
	for _, e := range list {
		var text string
		id := last + 1
		switch e := e.(type) {
		case string:
			text = e
		case map[string]any:
			text, _ = first(e, "label", "name").(string)
			if n, ok := toInt(e["id"]); ok {
				id = int(n)
			}
			if toBool(e["is_deactivated"]) {
				off = append(off, int64(id))
			}
		}
		if text == "" || id < 0 {
			return nil, "labels: each has a label, and an id of its own or none"
		}
		for _, l := range labels {
			if l.ID == id || l.Text == text {
				return nil, "labels: " + strconv.Quote(text) + " is there twice, or its id"
			}
		}
		last = max(last, id)
		labels = append(labels, Label{ID: id, Text: text, Deactivated: hasInt(off, id)})
	}
	return labels, ""
}

func first(m map[string]any, keys ...string) any {
	for _, k := range keys {
		if v, ok := m[k]; ok {
			return v
		}
	}
	return nil
}

func toList(v any) ([]any, bool) {
	if v == nil {
		return nil, true
	}
	list, ok := v.([]any)
	return list, ok
}

func hasInt(list []any, id int) bool {
	for _, e := range list {
		if n, ok := toInt(e); ok && n == int64(id) {
			return true
		}
	}
	return false
}
