package column

import (
	"strings"
	"time"
)

func parseDate(w *write, in any) (Value, error) {
	m, ok := object(in, "date", "time", "icon")
	if !ok {
		return Value{}, w.bad()
	}
	date, ok1 := toText(m["date"])
	clock, ok2 := toText(m["time"])
	icon, ok3 := toText(m["icon"])
	if !ok1 || !ok2 || !ok3 {
		return Value{}, w.bad()
	}
	if date == "" && clock == "" {
		return Value{}, nil
	}
	return w.date(date, clock, icon)
}

// simpleDate reads a date, and a time after a space.
func simpleDate(w *write, s string) (Value, error) {
	date, clock, _ := strings.Cut(strings.TrimSpace(s), " ")
	return w.date(date, strings.TrimSpace(clock), "")
}

// date makes the value. Times are kept in UTC, as they were sent.
func (w *write) date(date, clock, icon string) (Value, error) {
	if _, ok := parseDay(date); !ok {
		return Value{}, w.bad()
	}
	js := `{"date":"` + date + `","time":null`
	if clock != "" {
		if _, ok := parseClock(clock); !ok {
			return Value{}, w.bad()
		}
		if len(clock) == 5 {
			clock += ":00"
		}
		js = `{"date":"` + date + `","time":"` + clock + `"`
	}
	if icon != "" {
		js += `,"icon":` + quote(icon)
	}
	return Value{JSON: js + "}"}, nil
}

// DateOf is the date and the time (HH:MM, or "") of a date cell, as the caller's clock shows them.
func DateOf(v Value, env Env) (date, clock, icon string) {
	date, clock, icon = str(field(v.JSON, "date")), str(field(v.JSON, "time")), str(field(v.JSON, "icon"))
	if clock == "" {
		return date, "", icon
	}
	if t, ok := dateTime(date, clock); ok {
		t = t.In(env.zone())
		return t.Format("2006-01-02"), t.Format("15:04"), icon
	}
	return date, clock, icon
}

// dateTime is the moment of a stored date and time.
func dateTime(date, clock string) (time.Time, bool) {
	d, ok := parseDay(date)
	s, ok2 := parseClock(clock)
	return time.Unix(int64(d)*86400+int64(s), 0).UTC(), ok && ok2
}

func textDate(_ *Column, v Value, env Env) string {
	date, clock, _ := DateOf(v, env)
	if clock == "" {
		return date
	}
	return date + " " + clock
}

// dateOf is the day of a date cell in UTC; with a time it may be another one where the caller is.
func dateOf(v Value, _ string) (day, bool) { return parseDay(str(field(v.JSON, "date"))) }

// moment is when a date cell is, to the second where it has a time.
func moment(v Value) (t time.Time, ok bool) {
	clock := str(field(v.JSON, "time"))
	if clock == "" {
		return time.Time{}, false
	}
	return dateTime(str(field(v.JSON, "date")), clock)
}

func orderDate(c *Column, v Value, _ Env) Key {
	if t, ok := moment(v); ok {
		return numberKey(float64(t.Unix()), true)
	}
	if c.Kind.Name == CreationLog || c.Kind.Name == LastUpdated {
		t, ok := logTime(v)
		return numberKey(float64(t.UnixMilli())/1000, ok)
	}
	d, ok := c.Kind.date(v, "START_DATE")
	return numberKey(float64(d)*86400, ok)
}

func parseTimeline(w *write, in any) (Value, error) {
	m, ok := object(in, "from", "to", "visualization_type")
	if !ok {
		return Value{}, w.bad()
	}
	from, ok1 := toText(m["from"])
	to, ok2 := toText(m["to"])
	look, ok3 := toText(m["visualization_type"])
	if !ok1 || !ok2 || !ok3 {
		return Value{}, w.bad()
	}
	if from == "" && to == "" {
		return Value{}, nil
	}
	a, ok1 := parseDay(from)
	b, ok2 := parseDay(to)
	if !ok1 || !ok2 || b < a || look != "" && look != "milestone" {
		return Value{}, w.bad()
	}
	js := `{"to":"` + to + `","from":"` + from + `"`
	if look != "" {
		js += `,"visualization_type":"` + look + `"`
	}
	return w.Kind.Restore(js + "}"), nil
}

// TimelineOf is the first and last day of a timeline, YYYY-MM-DD.
func TimelineOf(v Value) (from, to string, milestone bool) {
	return str(field(v.JSON, "from")), str(field(v.JSON, "to")), str(field(v.JSON, "visualization_type")) == "milestone"
}

func timelineDate(v Value, attribute string) (day, bool) {
	if attribute == "END_DATE" {
		return parseDay(str(field(v.JSON, "to")))
	}
	return parseDay(str(field(v.JSON, "from")))
}

// parseWeek takes seven days that begin where the account's weeks do.
func parseWeek(w *write, in any) (Value, error) {
	m, ok := object(in, "week")
	if !ok {
		return Value{}, w.bad()
	}
	if s, isString := m["week"].(string); isString && s == "" {
		return Value{}, nil
	}
	if m["week"] == nil {
		return Value{}, nil
	}
	inner, ok := object(m["week"], "startDate", "endDate")
	if !ok {
		return Value{}, w.bad()
	}
	start, _ := toText(inner["startDate"])
	end, _ := toText(inner["endDate"])
	a, ok1 := parseDay(start)
	b, ok2 := parseDay(end)
	if !ok1 || !ok2 || b-a != 6 || a.weekday() != w.Env.WeekStart {
		return Value{}, w.bad()
	}
	return w.Kind.Restore(`{"week":{"startDate":"` + start + `","endDate":"` + end + `"}}`), nil
}

// WeekOf is the first and last day of a week cell.
func WeekOf(v Value) (start, end string) {
	w := field(v.JSON, "week")
	return str(field(w, "startDate")), str(field(w, "endDate"))
}

func weekDate(v Value, attribute string) (day, bool) {
	start, end := WeekOf(v)
	if attribute == "END_DATE" {
		return parseDay(end)
	}
	return parseDay(start)
}
