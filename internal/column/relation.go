package column

import (
	"strconv"
	"strings"
)

// parseLinked reads the items a connect boards or dependency cell links to:
// all of them, or what is added to and removed from those there are.
func parseLinked(w *write, in any) (Value, error) {
	m, ok := object(in, "item_ids", "linkedPulseIds", "added_pulse", "removed_pulse")
	if !ok {
		return Value{}, w.bad()
	}
	if m["added_pulse"] != nil || m["removed_pulse"] != nil {
		added, ok1 := pulses(m["added_pulse"])
		removed, ok2 := pulses(m["removed_pulse"])
		if !ok1 || !ok2 {
			return Value{}, w.bad()
		}
		var list []int64
		for _, id := range append(LinkedItems(w.Old), added...) {
			if !has(removed, id) && !has(list, id) {
				list = append(list, id)
			}
		}
		return w.linked(list)
	}
	if v, old := m["linkedPulseIds"]; old {
		list, ok := pulses(v)
		if !ok {
			return Value{}, w.bad()
		}
		return w.linked(list)
	}
	list, ok := toIDs(m["item_ids"])
	if !ok {
		return Value{}, w.bad()
	}
	return w.linked(list)
}

// pulses reads [{"linkedPulseId":1}].
func pulses(v any) ([]int64, bool) {
	list, ok := toList(v)
	if !ok {
		return nil, false
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, false
		}
		out = append(out, m["linkedPulseId"])
	}
	return toIDs(out)
}

func (w *write) linked(list []int64) (Value, error) {
	if w.Column.Settings.OneItem && len(list) > 1 {
		return Value{}, w.refuse("the column links to one item at most")
	}
	return LinkTo(list), nil
}

// LinkTo is the value of a cell that links to the items, in that order.
func LinkTo(items []int64) Value {
	if len(items) == 0 {
		return Value{}
	}
	b := []byte(`{"linkedPulseIds":[`)
	for i, id := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendInt(append(b, `{"linkedPulseId":`...), id, 10), '}')
	}
	return Value{JSON: string(append(b, `]}`...))}
}

// LinkedItems are the items a connect boards, dependency or subitems cell links to.
func LinkedItems(v Value) []int64 {
	var out []int64
	eachLinked(v, func(id int64) bool {
		out = append(out, id)
		return true
	})
	return out
}

func eachLinked(v Value, f func(id int64) bool) {
	each(field(v.JSON, "linkedPulseIds"), func(raw string) bool {
		id, ok := num(field(raw, "linkedPulseId"))
		return !ok || f(id)
	})
}

func partsLinked(_ *Column, v Value, env Env) []string {
	if env.Names == nil {
		return nil
	}
	return named(LinkedItems(v), env.Names.ItemName)
}

func textLinked(c *Column, v Value, env Env) string {
	return strings.Join(partsLinked(c, v, env), ", ")
}

// MirrorOf is the value of a mirror cell that shows the texts of what it
// mirrors. It is computed at read time and never stored.
func MirrorOf(shown []string) Value {
	parts := shown[:0:0]
	for _, s := range shown {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return Value{}
	}
	text := strings.Join(parts, ", ")
	return Value{JSON: quote(text), Text: text}
}
