package column

import (
	"sort"
	"strconv"
)

// SettingsJSON prints the settings in the typed form: Column.settings since 2025-10,
// and the form to store. ParseSettings reads it back.
func (k *Kind) SettingsJSON(s Settings) string {
	switch k.Name {
	case Status:
		labels := make([]any, len(s.Labels))
		for i, l := range s.Labels {
			m := map[string]any{"id": l.ID, "label": l.Text, "color": l.Color.Name, "index": i, "is_done": l.Done, "is_deactivated": l.Deactivated}
			if l.Hex != "" {
				m["hex"] = l.Hex
			}
			if l.Description != "" {
				m["description"] = l.Description
			}
			labels[i] = m
		}
		return encode(s.with("type", "status", "labels", labels))
	case Dropdown:
		labels := make([]any, len(s.Labels))
		for i, l := range s.Labels {
			labels[i] = map[string]any{"id": l.ID, "label": l.Text, "is_deactivated": l.Deactivated}
		}
		return encode(s.with("type", "dropdown", "labels", labels))
	}
	return encode(s.with())
}

// SettingsStr prints the settings as Column.settings_str does.
func (k *Kind) SettingsStr(s Settings) string {
	switch k.Name {
	case Status:
		return encode(s.with(s.oldStatus()...))
	case Dropdown:
		labels := make([]any, len(s.Labels))
		var off []any
		for i, l := range s.Labels {
			labels[i] = map[string]any{"id": l.ID, "name": l.Text}
			if l.Deactivated {
				off = append(off, l.ID)
			}
		}
		if len(off) > 0 {
			return encode(s.with("labels", labels, "deactivated_labels", off))
		}
		return encode(s.with("labels", labels))
	}
	return encode(s.with())
}

// oldStatus are the members that settings_str has of a status column. The
// empty label has a position even where it has no text, as observed.
func (s *Settings) oldStatus() []any {
	texts, positions, colors := map[string]any{}, map[string]any{}, map[string]any{}
	done, off := []int{}, []int{}
	for i, l := range s.Labels {
		key := strconv.Itoa(l.ID)
		texts[key], positions[key] = l.Text, i
		hex := l.Color.Hex
		if l.Hex != "" {
			hex = l.Hex
		}
		colors[key] = map[string]any{"color": hex, "border": l.Color.Border, "var_name": l.Color.Var}
		if l.Done {
			done = append(done, l.ID)
		}
		if l.Deactivated {
			off = append(off, l.ID)
		}
	}
	if _, ok := s.Label(Grey); !ok {
		positions[strconv.Itoa(Grey)] = len(s.Labels)
	}
	sort.Ints(done)
	sort.Ints(off)
	members := []any{"done_colors", done, "labels", texts, "labels_positions_v2", positions, "labels_colors", colors}
	if len(off) > 0 {
		members = append(members, "deactivated_labels", off)
	}
	return members
}

// with is the settings' other members and the given ones.
func (s *Settings) with(pairs ...any) map[string]any {
	m := make(map[string]any, len(s.rest)+len(pairs)/2)
	for k, v := range s.rest {
		m[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}
