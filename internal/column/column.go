// Package column knows the types of columns a board can have: what their
// settings mean, which written values they take, how a value reads, and how
// values are filtered and ordered. It does no I/O and knows no account: names
// of people, tags and items come from the caller, through Env.
//
// The one idea: a Value is the canonical JSON that the API shows as
// ColumnValue.value, without its changed_at. Everything else (text, typed
// fragments, filters, keys to sort by) is read from that JSON when it is asked
// for, by a scanner that does not allocate. Whatever can be renamed (labels,
// people, tags, items) is stored by its id alone, so a rename touches no value.
//
// A Column binds a Kind (the type) to its Settings; a Column is never changed
// once it is in use.
package column

import (
	"strconv"
	"time"
)

// Type is a column type as the schema's ColumnType spells it.
type Type string

// Value is what an item holds in a column. The zero Value is an empty cell.
type Value struct {
	JSON string // canonical; "" when empty
	Text string // what it reads as, of kinds whose text depends on nothing else; else ""
}

// Empty tells whether the cell holds nothing.
func (v Value) Empty() bool { return v.JSON == "" }

// Column is a column of a board.
type Column struct {
	ID       string
	Title    string
	Kind     *Kind
	Settings Settings
}

// Names gives the present names of what values refer to by id; ok is false for
// what there is not.
type Names interface {
	UserName(id int64) (name string, ok bool)
	TeamName(id int64) (name string, ok bool)
	TagName(id int64) (name string, ok bool)
	ItemName(id int64) (name string, ok bool)
	AssetURL(id int64) (url string, ok bool)
}

// Env is what the meaning of a value depends on besides the value: who asks, where and when.
type Env struct {
	Names     Names          // nil: nothing has a name
	Now       time.Time      // of the request
	Zone      *time.Location // of the caller; nil is UTC
	WeekStart time.Weekday   // Sunday or Monday, as the account has it
	Me        int64          // the calling user
}

func (e Env) zone() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

// Kind is everything the package knows of one column type.
type Kind struct {
	Name     Type
	Title    string // of a new column that is given none
	IDPrefix string // of generated column ids: color_mkx45erj
	Class    string // what errors call the type: ColorColumn
	GraphQL  string // the type of its values in the schema: StatusValue

	Writable   bool // by change_column_value and its like
	Simple     bool // by change_simple_column_value too
	Readable   bool // has a typed fragment of its own
	Filterable bool
	Operators  []Operator // that rules on it may use

	NullText  bool // text is null when empty, not ""
	NoText    bool // text is always null; display_value reads instead
	NoValue   bool // value is always null (since 2025-04 for those that link items)
	Stamped   bool // value carries changed_at
	Display   bool // has a display_value
	Creatable bool // create_column makes one

	DefaultSettings string   // JSON object, in the typed form
	Shapes          []string // of values it takes in JSON, each an example
	SimpleShape     string   // an example of its simple form

	parse  func(w *write, in any) (Value, error)
	simple func(w *write, s string) (Value, error)
	text   func(c *Column, v Value, env Env) string    // nil: Value.Text
	parts  func(c *Column, v Value, env Env) []string  // what text rules look at, one by one; nil: the text
	any    func(r *ruling, val any) (test, error)      // what any_of means for one compare value
	order  func(c *Column, v Value, env Env) Key       // nil: by text
	date   func(v Value, attribute string) (day, bool) // of kinds with dates
}

// ByName returns the kind of a type. A type that is not known is served as
// Unsupported, and ok is false.
func ByName(name string) (k *Kind, ok bool) {
	if k, ok = kinds[Type(name)]; ok {
		return k, true
	}
	return kinds[Unsupported], false
}

// Types are all column types, in the schema's order.
func Types() []Type { return append([]Type(nil), types...) }

// Text is what the value reads as to the caller; ok is false where the API says null.
func (c *Column) Text(v Value, env Env) (text string, ok bool) {
	if c.Kind.NoText || v.Empty() {
		return "", !c.Kind.NoText && !c.Kind.NullText
	}
	text = c.read(v, env)
	return text, text != "" || !c.Kind.NullText
}

// DisplayValue is what kinds that link, mirror or calculate show for the
// value, and the text of all others.
func (c *Column) DisplayValue(v Value, env Env) string {
	if v.Empty() {
		return ""
	}
	return c.read(v, env)
}

func (c *Column) read(v Value, env Env) string {
	if c.Kind.text == nil {
		return v.Text
	}
	return c.Kind.text(c, v, env)
}

// Wire is the JSON the API shows as value, changed_at included where the type
// has it; ok is false for null. A zero time leaves changed_at out.
func (k *Kind) Wire(v Value, changed time.Time) (json string, ok bool) {
	if v.Empty() || k.NoValue {
		return "", false
	}
	if !k.Stamped || changed.IsZero() {
		return v.JSON, true
	}
	return string(k.AppendWire(nil, v, changed)), true
}

// AppendWire is Wire for encoders that fill a buffer; it appends null for what is null.
func (k *Kind) AppendWire(dst []byte, v Value, changed time.Time) []byte {
	if v.Empty() || k.NoValue {
		return append(dst, "null"...)
	}
	if !k.Stamped || changed.IsZero() || v.JSON[0] != '{' {
		return append(dst, v.JSON...)
	}
	stamp := func() {
		dst = append(appendStamp(append(dst, `"changed_at":"`...), changed.UTC()), '"')
	}
	if k.Name == People || k.Name == Person { // the one type that says it first
		dst = append(dst, '{')
		stamp()
		return append(append(dst, ','), v.JSON[1:]...)
	}
	dst = append(dst, v.JSON[:len(v.JSON)-1]...)
	dst = append(dst, ',')
	stamp()
	return append(dst, '}')
}

// appendStamp is AppendFormat with 2006-01-02T15:04:05.000Z, of which a page of items needs a thousand.
func appendStamp(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 1000 || year > 9999 {
		return t.AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	}
	hour, minute, second := t.Clock()
	two := func(n int, after byte) { dst = append(dst, byte('0'+n/10), byte('0'+n%10), after) }
	dst = append(strconv.AppendInt(dst, int64(year), 10), '-')
	two(int(month), '-')
	two(day, 'T')
	two(hour, ':')
	two(minute, ':')
	two(second, '.')
	ms := t.Nanosecond() / int(time.Millisecond)
	dst = append(dst, byte('0'+ms/100))
	two(ms%100, 'Z')
	return dst
}

// Restore is the Value whose canonical JSON was stored: it works out the text again.
func (k *Kind) Restore(json string) Value {
	if json == "" || json == "null" {
		return Value{}
	}
	return Value{JSON: json, Text: restoreText(k, json)}
}

func restoreText(k *Kind, js string) string {
	switch k.Name {
	case Text, Numbers, Name, ItemID, AutoNumber:
		return str(js)
	case LongText:
		return str(field(js, "text"))
	case Rating:
		return field(js, "rating")
	case Checkbox:
		if truth(field(js, "checked")) {
			return "v"
		}
		return ""
	case Email:
		return labelled(str(field(js, "email")), str(field(js, "text")))
	case Link:
		return labelled(str(field(js, "url")), str(field(js, "text")))
	case Phone:
		return str(field(js, "phone"))
	case Hour:
		return hourText(js)
	case Week:
		w := field(js, "week")
		return span(str(field(w, "startDate")), str(field(w, "endDate")))
	case Timeline:
		return span(str(field(js, "from")), str(field(js, "to")))
	case Country:
		return str(field(js, "countryName"))
	case Location:
		return str(field(js, "address"))
	case WorldClock:
		return str(field(js, "timezone"))
	case ColorPicker:
		return str(field(field(js, "color"), "hex"))
	case Vote:
		if n := len(ids(field(js, "votersIds"))); n > 0 {
			return strconv.Itoa(n)
		}
		return ""
	case TimeTracking:
		return durationText(js)
	case CreationLog:
		return logText(str(field(js, "created_at")))
	case LastUpdated:
		return logText(str(field(js, "updated_at")))
	case Progress:
		return str(js)
	}
	return ""
}

func span(from, to string) string {
	if from == "" && to == "" {
		return ""
	}
	return from + " - " + to
}
