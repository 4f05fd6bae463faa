package column

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Function is a function of the query aggregate, as AggregateSelectFunctionName spells it. Here are those
// that make something of one item's values; what is made of many items is the caller's.
type Function string

// The functions that are asked for by name.
const (
	Plain           Function = "NONE"
	AsLabel         Function = "LABEL"
	AsOrder         Function = "ORDER"
	CountKeys       Function = "COUNT_KEYS"
	DurationRunning Function = "DURATION_RUNNING"
	// Calendar is no function of the API: it is how those on dates read a column.
	Calendar Function = ""
)

// Sorts is a set of sorts of operands.
type Sorts uint8

// The sorts of operands.
const (
	SortNumber Sorts = 1 << iota
	SortText
	SortTruth
	SortDate
)

// String names the sorts for messages.
func (s Sorts) String() string {
	var names []string
	for i, name := range []string{"numbers", "texts", "truth values", "dates"} {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " or ")
}

// Nothing reports an empty cell.
func (o Operand) Nothing() bool { return o.kind == isNull }

// Says reports whether there is anything to count: neither nothing, nor an empty text, nor false.
func (o Operand) Says() bool {
	return o.kind == isNumber || o.kind == isDate || o.yes()
}

// Number is the number in an operand; of a date the seconds since 1970.
func (o Operand) Number() (float64, bool) {
	return o.num, o.kind == isNumber || o.kind == isDate
}

// Rounded is a number to 15 digits, as formulas show it.
func Rounded(f float64) Operand { return number(round15(f)) }

// TextOperand is a text that is no cell's.
func TextOperand(s string) Operand { return textOperand(s) }

// Basic is the operand as JSON has it: nil, a float64, a string or a bool. Dates are milliseconds since 1970.
func (o Operand) Basic() any {
	switch o.kind {
	case isNumber:
		return o.num
	case isText:
		return o.text
	case isTruth:
		return o.num != 0
	case isDate:
		return o.num * 1000
	}
	return nil
}

// Reading is how a function reads the cells of one column. It may run concurrently.
type Reading struct {
	Gives Sorts
	One   func(v Value) Operand
	// Each appends the things that a cell holds, one by one: people, labels, tags, items.
	Each func(out []Operand, v Value) []Operand
}

// reading is a function that reads values.
type reading struct {
	gives Sorts
	types []Type // that it can be used on; nil: all
	one   func(c *Column, v Value, env Env) Operand
	entry func(c *Column, e entry, env Env) Operand // of the kinds that hold several; nil: one
}

var readings = makeReadings()

func makeReadings() map[Function]reading {
	dated := typesThat(func(k *Kind) bool { return k.date != nil })
	several := []Type{People, Person, ItemAssignees, Team, Dropdown, Tags, Vote, BoardRelation, Dependency, Subtasks}
	assigned := []Type{People, Person, ItemAssignees, Team, Vote}
	return map[Function]reading{
		Plain:           {entry: plainEntry}, // the rest is of the column
		"RAW":           {gives: SortText, one: raw},
		AsLabel:         {gives: SortText, one: label, entry: entryName},
		"COLOR":         {gives: SortText, types: []Type{Status, ColorPicker}, one: colorOf},
		AsOrder:         {gives: SortNumber, types: []Type{Status, Group}, one: orderOf},
		"ID":            {gives: SortText, types: append([]Type{Status, ItemID, Group}, several...), one: idOf, entry: entryID},
		"PERSON":        {gives: SortText, types: append([]Type{CreationLog, LastUpdated}, assigned...), one: personOf, entry: entryPerson},
		"IS_DONE":       {gives: SortTruth, types: []Type{Status}, one: isDone},
		"START_DATE":    {gives: SortDate, types: dated, one: startDate},
		"END_DATE":      {gives: SortDate, types: dated, one: endDate},
		"HOUR":          {gives: SortNumber, types: []Type{Hour, Date, CreationLog, LastUpdated}, one: hourOf},
		Calendar:        {gives: SortDate, types: dated, one: calendar},
		CountKeys:       {gives: SortNumber, one: countKeys},
		DurationRunning: {gives: SortNumber, types: []Type{TimeTracking}, one: durationRunning},

		"PHONE_COUNTRY_SHORT_NAME": {gives: SortText, types: []Type{Phone}, one: phoneCountry},
	}
}

func typesThat(f func(k *Kind) bool) (out []Type) {
	for _, t := range types {
		if f(kinds[t]) {
			out = append(out, t)
		}
	}
	return out
}

// Reads reports whether a function reads values of a column, instead of what other functions give.
func (f Function) Reads() bool { _, ok := readings[f]; return ok && f != Calendar }

// gives are the sorts that plain values of a kind have.
func (k *Kind) gives() Sorts {
	switch k.Name {
	case Numbers, Rating, Vote, AutoNumber, ItemID, Progress, TimeTracking:
		return SortNumber
	case Checkbox:
		return SortTruth
	case Date, CreationLog, LastUpdated:
		return SortDate
	case Formula:
		return SortNumber | SortText
	}
	return SortText
}

// CompileReading makes a function ready to read the column for what takes those sorts. It fails with *Error
// where the function, called by, is nothing for columns of this type.
func (c *Column) CompileReading(f, by Function, takes Sorts, env *Env) (Reading, error) {
	r := readings[f]
	gives, read := r.gives, r.one
	if f == Plain {
		gives, read = c.Kind.gives(), c.Kind.plain()
	}
	if r.types != nil && !slices.Contains(r.types, c.Kind.Name) || gives&takes == 0 {
		fits := r.types
		if f == Plain {
			fits = typesThat(func(k *Kind) bool { return k.gives()&takes != 0 })
		}
		shapes := make([]string, len(fits))
		for i, t := range fits {
			shapes[i] = string(t)
		}
		return Reading{}, c.fail(BadRule, "the function "+string(by)+" is not supported for this column type", string(by), shapes)
	}
	out := Reading{Gives: gives, One: func(v Value) Operand { return read(c, v, *env) }}
	if _, ok := holdings[c.Kind.Name]; !ok || r.entry == nil {
		out.Each = func(to []Operand, v Value) []Operand { return append(to, out.One(v)) }
		return out, nil
	}
	out.Each = func(to []Operand, v Value) []Operand {
		c.entries(v, *env, func(e entry) { to = append(to, r.entry(c, e, *env)) })
		return to
	}
	return out, nil
}

// entry is one of the things that a cell holds.
type entry struct {
	id   int64
	kind string // of who is assigned: person, team or agent
	name string
}

// holding is how cells of a kind hold several things. Those without a name are gone, or not for the caller.
type holding struct {
	each func(v Value, f func(id int64, kind string) bool)
	name func(c *Column, id int64, kind string, env Env) (string, bool)
}

var holdings = map[Type]holding{
	People: heldPeople, Person: heldPeople, ItemAssignees: heldPeople, Team: heldPeople,
	Dropdown: {eachIn("ids"), func(c *Column, id int64, _ string, _ Env) (string, bool) {
		l, ok := c.Settings.Label(int(id))
		return l.Text, ok
	}},
	Tags:          {eachIn("tag_ids"), func(_ *Column, id int64, _ string, env Env) (string, bool) { return env.Names.TagName(id) }},
	Vote:          {eachIn("votersIds"), func(_ *Column, id int64, _ string, env Env) (string, bool) { return env.Names.UserName(id) }},
	BoardRelation: heldItems, Dependency: heldItems, Subtasks: heldItems,
}

var heldPeople = holding{eachAssignee, func(_ *Column, id int64, kind string, env Env) (string, bool) {
	if kind == "team" {
		return env.Names.TeamName(id)
	}
	return env.Names.UserName(id)
}}

var heldItems = holding{
	func(v Value, f func(int64, string) bool) { eachLinked(v, func(id int64) bool { return f(id, "") }) },
	func(_ *Column, id int64, _ string, env Env) (string, bool) { return env.Names.ItemName(id) },
}

func eachIn(key string) func(v Value, f func(id int64, kind string) bool) {
	return func(v Value, f func(int64, string) bool) {
		each(field(v.JSON, key), func(raw string) bool {
			id, ok := num(raw)
			return !ok || f(id, "")
		})
	}
}

func (c *Column) entries(v Value, env Env, f func(entry)) {
	h, ok := holdings[c.Kind.Name]
	if !ok || env.Names == nil && c.Kind.Name != Dropdown {
		return
	}
	h.each(v, func(id int64, kind string) bool {
		if name, ok := h.name(c, id, kind, env); ok {
			f(entry{id, kind, name})
		}
		return true
	})
}

// together is all a cell holds as one text, in an order that does not depend on that in the cell.
func (c *Column) together(v Value, env Env, glue string, read func(c *Column, e entry, env Env) Operand) Operand {
	var few [4]entry
	list := few[:0]
	c.entries(v, env, func(e entry) { list = append(list, e) })
	switch len(list) {
	case 0:
		return Operand{}
	case 1:
		return read(c, list[0], env)
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id)) })
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = read(c, e, env).text
	}
	return textOperand(strings.Join(texts, glue))
}

// plain is how what a cell holds is read: a colour of statuses, ids of what has some, dates as moments.
func (k *Kind) plain() func(c *Column, v Value, env Env) Operand {
	switch k.Name {
	case Numbers, Rating, Vote, AutoNumber, ItemID, Progress, TimeTracking:
		return plainNumber
	case Status:
		return plainStatus
	case Checkbox:
		return func(_ *Column, v Value, _ Env) Operand { return truthOperand(Checked(v)) }
	case Date, CreationLog, LastUpdated:
		return plainDate
	case Formula:
		return plainFormula
	case Group:
		return func(_ *Column, v Value, _ Env) Operand { return textOrNothing(str(v.JSON)) }
	}
	if _, ok := holdings[k.Name]; ok {
		return func(c *Column, v Value, env Env) Operand { return c.together(v, env, ",", plainEntry) }
	}
	return func(c *Column, v Value, env Env) Operand { return textOrNothing(c.DisplayValue(v, env)) }
}

func plainNumber(c *Column, v Value, _ Env) Operand {
	if f, ok := numberIn(c.Kind, v); ok && !v.Empty() {
		return number(f)
	}
	return Operand{}
}

func plainStatus(c *Column, v Value, env Env) Operand {
	l, ok := c.StatusLabel(v)
	if !ok {
		return Operand{}
	}
	o := colorOf(c, v, env)
	o.num = float64(l.ID) // two labels of one colour stay two
	return o
}

func plainDate(c *Column, v Value, env Env) Operand {
	if k := orderDate(c, v, env); !k.empty {
		return dateOperand(k.number)
	}
	return Operand{}
}

// plainFormula is a number where the result reads like one.
func plainFormula(c *Column, v Value, env Env) Operand {
	if f, ok := float(v.Text); ok && f-f == 0 {
		return number(f)
	}
	return textOrNothing(c.DisplayValue(v, env))
}

func plainEntry(c *Column, e entry, env Env) Operand {
	if e.kind != "" {
		return entryPerson(c, e, env)
	}
	return entryID(c, e, env)
}

func entryName(_ *Column, e entry, _ Env) Operand { return textOperand(e.name) }

func entryID(_ *Column, e entry, _ Env) Operand { return textOperand(strconv.FormatInt(e.id, 10)) }

// entryPerson is an assignee as rules take them.
func entryPerson(_ *Column, e entry, _ Env) Operand {
	kind := e.kind
	if kind == "" {
		kind = "person"
	}
	return textOperand(kind + "-" + strconv.FormatInt(e.id, 10))
}

func raw(c *Column, v Value, _ Env) Operand {
	switch {
	case v.Empty():
		return Operand{}
	case c.Kind.Name == Name:
		return textOperand(quote(v.Text))
	}
	return textOperand(v.JSON)
}

// label is what boards show; an empty cell is an empty text.
func label(c *Column, v Value, env Env) Operand {
	if _, ok := holdings[c.Kind.Name]; ok && c.Kind.Name != Vote {
		return textOperand(c.together(v, env, ", ", entryName).text)
	}
	return textOperand(c.DisplayValue(v, env))
}

func colorOf(c *Column, v Value, _ Env) Operand {
	if c.Kind.Name == ColorPicker {
		return textOrNothing(ColorOf(v))
	}
	l, ok := c.StatusLabel(v)
	switch {
	case !ok:
		return Operand{}
	case l.Hex != "":
		return textOperand(l.Hex)
	}
	return textOperand(l.Color.Hex)
}

func textOrNothing(s string) Operand {
	if s == "" {
		return Operand{}
	}
	return textOperand(s)
}

func orderOf(c *Column, v Value, _ Env) Operand {
	l, ok := c.StatusLabel(v)
	if !ok {
		return Operand{}
	}
	return number(float64(c.Settings.position(l.ID)))
}

func idOf(c *Column, v Value, env Env) Operand {
	switch c.Kind.Name {
	case Status:
		if l, ok := c.StatusLabel(v); ok {
			return textOperand(strconv.Itoa(l.ID))
		}
		return Operand{}
	case ItemID, Group:
		return textOrNothing(str(v.JSON))
	}
	return c.together(v, env, ",", entryID)
}

func personOf(c *Column, v Value, env Env) Operand {
	if _, by, ok := LogOf(v); ok && by != 0 {
		return entryPerson(c, entry{id: by}, env)
	}
	return c.together(v, env, ",", entryPerson)
}

func isDone(c *Column, v Value, _ Env) Operand {
	l, ok := c.StatusLabel(v)
	return truthOperand(ok && l.Done)
}

func phoneCountry(_ *Column, v Value, _ Env) Operand {
	_, country := PhoneOf(v)
	return textOrNothing(country)
}

// at is where a value of a kind with dates is in time, by the caller's clock; timed tells whether to the second.
func (c *Column) at(v Value, attribute string, env Env) (at int64, timed, ok bool) {
	switch c.Kind.Name {
	case CreationLog, LastUpdated:
		t, ok := logTime(v)
		return wall(t.In(env.zone())), true, ok
	case Date:
		if t, ok := moment(v); ok {
			return wall(t.In(env.zone())), true, true
		}
	}
	d, ok := c.Kind.date(v, attribute)
	return int64(d) * daySeconds, false, ok
}

func calendar(c *Column, v Value, env Env) Operand {
	if at, _, ok := c.at(v, "START_DATE", env); ok {
		return dateOperand(float64(at))
	}
	return Operand{}
}

func startDate(c *Column, v Value, env Env) Operand { return c.dayAt(v, "START_DATE", env) }

func endDate(c *Column, v Value, env Env) Operand { return c.dayAt(v, "END_DATE", env) }

func (c *Column) dayAt(v Value, attribute string, env Env) Operand {
	at, _, ok := c.at(v, attribute, env)
	if !ok {
		return Operand{}
	}
	return dateOperand(float64(dayAt(at)) * daySeconds)
}

// dayAt is the day of a second since 1970.
func dayAt(at int64) day {
	d := at / daySeconds
	if at%daySeconds < 0 {
		d--
	}
	return day(d)
}

func hourOf(c *Column, v Value, env Env) Operand {
	if c.Kind.Name == Hour {
		if h, _, ok := HourOf(v); ok {
			return number(float64(h))
		}
		return Operand{}
	}
	at, timed, ok := c.at(v, "", env)
	if !ok || !timed {
		return Operand{}
	}
	return number(float64((at - int64(dayAt(at))*daySeconds) / 3600))
}

// countKeys is how many things a cell holds.
func countKeys(c *Column, v Value, env Env) Operand {
	n := 0
	switch _, several := holdings[c.Kind.Name]; {
	case several:
		c.entries(v, env, func(entry) { n++ })
	case c.Kind.Name == File || c.Kind.Name == Doc:
		n = len(Attachments(v))
	case c.Kind.plain()(c, v, env).Says():
		n = 1
	}
	return number(float64(n))
}

// durationRunning is the time on a timer in seconds, the session that is under way among it.
func durationRunning(_ *Column, v Value, env Env) Operand {
	if v.Empty() {
		return Operand{}
	}
	t := TimerOf(v)
	seconds := float64(t.Duration)
	if t.Running && !t.StartedAt.IsZero() {
		seconds += math.Max(0, math.Floor(env.Now.Sub(t.StartedAt).Seconds()))
	}
	return number(seconds)
}
