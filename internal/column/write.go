package column

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Write says how a value is written.
type Write struct {
	Env          Env
	Old          Value // what the cell holds now; some forms add to it
	CreateLabels bool  // labels that are missing are made
}

// Written is what a write comes to.
type Written struct {
	Value    Value
	Settings *Settings // the column's new settings when labels were made, else nil
}

// write is one write on its way.
type write struct {
	*Column
	Write
	sent     string
	settings *Settings
}

// maxSent bounds what one cell takes: an item's values may come to about 64 KB.
const maxSent = 64 << 10

// Parse reads a value in its JSON form: what change_column_value's value and
// each member of column_values hold. null and {} clear the cell; a JSON string
// is the simple form where the type has one. It fails with *Error.
func (c *Column) Parse(raw string, how Write) (Written, error) {
	w := &write{Column: c, Write: how, sent: raw}
	if err := w.check(); err != nil {
		return Written{}, err
	}
	in, err := decode(raw)
	if err != nil {
		return Written{}, w.bad()
	}
	return w.done(w.value(in))
}

// ParseSimple reads a value in its simple form, as change_simple_column_value
// takes it. The empty string clears the cell. It fails with *Error.
func (c *Column) ParseSimple(s string, how Write) (Written, error) {
	w := &write{Column: c, Write: how, sent: s}
	if err := w.check(); err != nil {
		return Written{}, err
	}
	if !c.Kind.Simple {
		return Written{}, c.fail(NotSimple, "column type "+c.Kind.Class+" is not supporting changing the column value with simple column value.", s, c.Kind.Shapes)
	}
	if s == "" {
		return Written{}, nil
	}
	return w.done(c.Kind.simple(w, s))
}

func (w *write) check() error {
	if !w.Kind.Writable {
		return w.fail(BadValue, "column type "+w.Kind.Class+" is not supporting changing the column value", w.sent, nil)
	}
	if len(w.sent) > maxSent || !utf8.ValidString(w.sent) {
		return w.bad()
	}
	return nil
}

func (w *write) done(v Value, err error) (Written, error) {
	if err != nil {
		return Written{}, err
	}
	return Written{Value: v, Settings: w.settings}, nil
}

// value reads decoded JSON. Clients quote objects twice now and then; that is undone.
func (w *write) value(in any) (Value, error) {
	switch v := in.(type) {
	case nil:
		return Value{}, nil
	case map[string]any:
		if len(v) == 0 {
			return Value{}, nil
		}
	case string:
		if v == "" && w.Kind.Name != Numbers {
			return Value{}, nil
		}
		if w.Kind.Name != Text && w.Kind.Name != LongText && w.Kind.Name != Name && strings.HasPrefix(strings.TrimSpace(v), "{") {
			if inner, err := decode(v); err == nil {
				return w.value(inner)
			}
		}
		if w.Kind.simple != nil {
			return w.Kind.simple(w, v)
		}
	}
	return w.Kind.parse(w, in)
}

// bad refuses the value for its form.
func (w *write) bad() error { return w.refuse(invalidValue) }

// refuse refuses the value for a reason of its own.
func (w *write) refuse(message string) error {
	return w.fail(BadValue, message, w.sent, w.shapes())
}

// noSuchLabel refuses a label that the column does not have.
func (w *write) noSuchLabel(message string) error {
	e := w.fail(BadValue, message+w.Column.Settings.possible(), w.sent, w.shapes())
	e.Creatable = !w.CreateLabels
	return e
}

// shapes are examples of what this very column would take: where the type's
// own do not fit the column's settings, they are made to.
func (w *write) shapes() []string {
	shapes, simple := append([]string(nil), w.Kind.Shapes...), w.Kind.SimpleShape
	s := &w.Column.Settings
	switch w.Kind.Name {
	case Status, Dropdown:
		i := slices.IndexFunc(s.Labels, func(l Label) bool { return !l.Deactivated && l.Text != "" })
		if i < 0 {
			return []string{"null"}
		}
		l := s.Labels[i]
		simple = l.Text
		shapes = []string{`{"label":` + quote(l.Text) + `}`, `{"index":` + strconv.Itoa(l.ID) + `}`}
		if w.Kind.Name == Dropdown {
			shapes = []string{`{"labels":[` + quote(l.Text) + `]}`, `{"ids":[` + strconv.Itoa(l.ID) + `]}`}
		}
	case Rating:
		if s.RatingLimit > 0 && s.RatingLimit < 5 {
			shapes = []string{`{"rating":` + strconv.Itoa(s.RatingLimit) + `}`}
		}
	case People, Person, ItemAssignees:
		if s.MaxPeople == 1 {
			shapes, simple = []string{`{"personsAndTeams":[{"id":123456,"kind":"person"}]}`}, "123456"
		}
	case BoardRelation, Dependency:
		if s.OneItem {
			shapes = []string{`{"item_ids":[1234567890]}`}
		}
	case Week:
		start := civil(2026, 6, 15).week(w.Env.WeekStart)
		shapes = []string{`{"week":{"startDate":"` + start.String() + `","endDate":"` + (start + 6).String() + `"}}`}
	}
	if q := quote(simple); w.Kind.Simple && simple != "" && !has(shapes, q) {
		shapes = append(shapes, q)
	}
	return shapes
}

// object is in as an object, whose keys must all be among those allowed.
func object(in any, allowed ...string) (map[string]any, bool) {
	m, ok := in.(map[string]any)
	if !ok {
		return nil, false
	}
	for k := range m {
		if k != "changed_at" && !has(allowed, k) {
			return nil, false
		}
	}
	return m, true
}

func has[T comparable](list []T, v T) bool {
	for _, e := range list {
		if e == v {
			return true
		}
	}
	return false
}
