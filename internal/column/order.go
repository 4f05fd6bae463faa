package column

import (
	"cmp"
	"strings"
)

// Key is what a value is ordered by. Take the keys of all values once, then sort by them.
type Key struct {
	empty   bool
	number  float64
	text    string
	numeric bool
}

func numberKey(f float64, ok bool) Key { return Key{empty: !ok, number: f, numeric: true} }

// Key is the value's place in the order of its column: status by the position
// of its label, dates and numbers by what they are, all else by its text
// whatever its case.
func (c *Column) Key(v Value, env Env) Key {
	if v.Empty() {
		return Key{empty: true}
	}
	if c.Kind.order != nil {
		return c.Kind.order(c, v, env)
	}
	s := strings.ToLower(c.DisplayValue(v, env))
	return Key{empty: s == "", text: s}
}

// OrderedAlike reports that the keys of values are the same for every caller and at any time.
func (c *Column) OrderedAlike() bool { return c.Kind.order != nil && c.Kind.Name != Progress }

// Compare is negative where k comes before o. Empty cells come last, whichever
// way the rest is ordered.
func (k Key) Compare(o Key, desc bool) int {
	if k.empty || o.empty {
		switch {
		case k.empty && o.empty:
			return 0
		case k.empty:
			return 1
		}
		return -1
	}
	n := 0
	switch {
	case k.numeric && o.numeric:
		n = cmp.Compare(k.number, o.number)
	case k.numeric != o.numeric: // of different columns: numbers first
		n = 1
		if k.numeric {
			n = -1
		}
	default:
		n = strings.Compare(k.text, o.text)
	}
	if desc {
		return -n
	}
	return n
}

// Order compares two values of the column, for sorts that keep no keys.
func (c *Column) Order(env Env, desc bool) func(a, b Value) int {
	return func(a, b Value) int { return c.Key(a, env).Compare(c.Key(b, env), desc) }
}

func orderNumber(c *Column, v Value, _ Env) Key {
	f, ok := numberIn(c.Kind, v)
	return numberKey(f, ok)
}

// numberIn is the number of a value of the kinds that have one.
func numberIn(k *Kind, v Value) (float64, bool) {
	switch k.Name {
	case Rating:
		return float(field(v.JSON, "rating"))
	case Vote:
		return float64(len(Voters(v))), !v.Empty()
	case TimeTracking:
		return float(field(v.JSON, "duration"))
	}
	f, ok := float(v.JSON)
	return f, ok && f == f
}

func orderStatus(c *Column, v Value, _ Env) Key {
	id, ok := statusID(v)
	if _, known := c.Settings.Label(id); !known {
		return numberKey(0, false)
	}
	return numberKey(float64(c.Settings.position(id)), ok)
}
