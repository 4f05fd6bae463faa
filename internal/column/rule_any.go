package column

import (
	"strings"
)

// What any_of means for one compare value of each type.

func anyText(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if !ok {
		return nil, r.badValue(val, `["text"]`, `[""]`)
	}
	if s == "" || s == blankCode {
		return r.blank, nil
	}
	is := func(part string) bool { return strings.EqualFold(part, s) }
	return func(v Value, _ Done) bool { return r.someText(v, is) }, nil
}

func anyNumber(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if !ok {
		return nil, r.badValue(val, "[5]", `["$$$blank$$$"]`)
	}
	if s == "" || s == blankCode {
		return r.blank, nil
	}
	want, ok := float(s)
	if !ok {
		return nil, r.badValue(val, "[5]", `["$$$blank$$$"]`)
	}
	if want == 0 && r.Kind.Name == Rating {
		return r.blank, nil
	}
	kind := r.Kind
	return func(v Value, _ Done) bool {
		f, ok := numberIn(kind, v)
		return ok && f == want
	}, nil
}

// anyLabel takes a label's id, or its text as items_page_by_column_values does.
func anyLabel(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if !ok {
		return nil, r.badValue(val, "[1]")
	}
	if s == "" || s == blankCode {
		return r.blank, nil
	}
	id, isID := toInt(s)
	if _, known := r.Settings.Label(int(id)); !isID || !known {
		if l, ok := r.Settings.labelByText(s); ok {
			id, isID = int64(l.ID), true
		} else if isID && id == Grey && r.Kind.Name == Status {
			return r.blank, nil
		}
	}
	if !isID {
		return none, nil
	}
	if r.Kind.Name == Status {
		return func(v Value, _ Done) bool {
			n, ok := statusID(v)
			return ok && int64(n) == id
		}, nil
	}
	return inList("ids", id), nil
}

// inList tells whether the id is in the list of the value's member.
func inList(key string, id int64) test {
	return func(v Value, _ Done) bool {
		found := false
		each(field(v.JSON, key), func(raw string) bool {
			n, ok := num(raw)
			found = ok && n == id
			return !found
		})
		return found
	}
}

func anyVoter(r *ruling, val any) (test, error) {
	if s, ok := val.(string); ok && (s == "" || s == blankCode) {
		return r.blank, nil
	}
	id, ok := personID(val, r.env.Me)
	if !ok {
		return nil, r.badValue(val, "[123456]", `["person-123456"]`)
	}
	return inList("votersIds", id), nil
}

// personID reads "person-1", "assigned_to_me" and plain ids.
func personID(val any, me int64) (int64, bool) {
	if s, ok := val.(string); ok {
		if s == "assigned_to_me" {
			return me, true
		}
		val = strings.TrimPrefix(s, "person-")
	}
	id, ok := toInt(val)
	return id, ok && id >= 0
}

// anyPerson takes "person-1", "team-1", "assigned_to_me" and "person-0" for
// nobody. Plain ids are taken where a log is asked for its user, and nowhere else.
func anyPerson(r *ruling, val any) (test, error) {
	log := r.Kind.Name == CreationLog || r.Kind.Name == LastUpdated
	s, isText := val.(string)
	if isText && (s == "" || s == blankCode) {
		return r.blank, nil
	}
	if team, ok := strings.CutPrefix(s, "team-"); ok && !log {
		id, ok := toInt(team)
		if !ok {
			return nil, r.badPerson(val)
		}
		return assigned(id, "team"), nil
	}
	_, plain := toInt(val)
	id, ok := personID(val, r.env.Me)
	if !ok || plain && !log && r.Kind.Name != Team {
		return nil, r.badPerson(val)
	}
	switch {
	case id == 0:
		return r.blank, nil
	case log:
		return func(v Value, _ Done) bool {
			_, by, ok := LogOf(v)
			return ok && by == id
		}, nil
	case r.Kind.Name == Team && plain:
		return assigned(id, "team"), nil
	}
	return assigned(id, "person"), nil
}

func (r *ruling) badPerson(val any) error {
	return r.badValue(val, `["person-123456"]`, `["team-51166"]`, `["assigned_to_me"]`, `["person-0"]`)
}

func assigned(id int64, kind string) test {
	return func(v Value, _ Done) bool {
		found := false
		eachAssignee(v, func(n int64, k string) bool {
			found = n == id && (k == "team") == (kind == "team")
			return !found
		})
		return found
	}
}

func anyTag(r *ruling, val any) (test, error) {
	if s, ok := val.(string); ok && (s == "" || s == blankCode) {
		return r.blank, nil
	}
	id, ok := toInt(val)
	if !ok {
		return nil, r.badValue(val, "[543210]", "[-1]")
	}
	if id == -1 {
		return r.blank, nil
	}
	return inList("tag_ids", id), nil
}

func anyLinked(r *ruling, val any) (test, error) {
	if s, ok := val.(string); ok && (s == "" || s == blankCode) {
		return r.blank, nil
	}
	id, ok := toInt(val)
	if !ok {
		return nil, r.badValue(val, "[1234567890]")
	}
	return func(v Value, _ Done) bool {
		found := false
		eachLinked(v, func(n int64) bool {
			found = n == id
			return !found
		})
		return found
	}, nil
}

// anyPhone compares the country, or the whole number.
func anyPhone(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if !ok {
		return nil, r.badValue(val, `["US"]`)
	}
	if !countryCode(strings.ToUpper(s)) {
		return anyText(r, val)
	}
	return member("countryShortName", s), nil
}

func anyCountry(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if !ok {
		return nil, r.badValue(val, `["US"]`, `[""]`)
	}
	if !countryCode(strings.ToUpper(s)) {
		return anyText(r, val)
	}
	return member("countryCode", s), nil
}

func member(key, want string) test {
	return func(v Value, _ Done) bool { return strings.EqualFold(str(field(v.JSON, key)), want) }
}

// anyZone takes the name boards show, London, and the zone's own, Europe/London.
func anyZone(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if !ok {
		return nil, r.badValue(val, `["London"]`)
	}
	if s == "" || s == blankCode {
		return r.blank, nil
	}
	return func(v Value, _ Done) bool {
		zone := ZoneOf(v)
		return zone != "" && (strings.EqualFold(zoneShown(zone), s) || strings.EqualFold(zone, s))
	}, nil
}

// parts of the day, in minutes from midnight; the night goes past it.
var dayParts = map[string][2]int{
	"early morning": {4 * 60, 7 * 60}, "morning": {7 * 60, 12 * 60}, "afternoon": {12 * 60, 20 * 60},
	"evening": {20 * 60, 23 * 60}, "night": {23 * 60, 28 * 60},
}

func anyHour(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if ok && (s == "" || s == blankCode) {
		return r.blank, nil
	}
	part, ok := dayParts[strings.ToLower(s)]
	if !ok {
		return nil, r.badValue(val, `["Early morning"]`, `["Morning"]`, `["Afternoon"]`, `["Evening"]`, `["Night"]`)
	}
	return func(v Value, _ Done) bool {
		h, m, ok := HourOf(v)
		at := h*60 + m
		return ok && (at >= part[0] && at < part[1] || at+24*60 < part[1])
	}, nil
}

func anyWeek(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if ok && (s == "" || s == blankCode) {
		return r.blank, nil
	}
	this := r.today.week(r.env.WeekStart)
	holds := map[string]func(start day) bool{
		"THIS_WEEK":  func(d day) bool { return d >= this && d < this+7 },
		"NEXT_WEEKS": func(d day) bool { return d >= this+7 },
		"PAST_WEEKS": func(d day) bool { return d < this },
	}[strings.ToUpper(s)]
	if holds == nil {
		return nil, r.badValue(val, `["THIS_WEEK"]`, `["NEXT_WEEKS"]`, `["PAST_WEEKS"]`)
	}
	return func(v Value, _ Done) bool {
		d, ok := weekDate(v, "")
		return ok && holds(d)
	}, nil
}

// anyTimer takes 1 for a timer that stands still, or was never started, and 2 for one that runs.
func anyTimer(r *ruling, val any) (test, error) {
	n, ok := toInt(val)
	if !ok || n != 1 && n != 2 {
		return nil, r.badValue(val, "[1]", "[2]")
	}
	return func(v Value, _ Done) bool { return truth(field(v.JSON, "running")) == (n == 2) }, nil
}

// anyProgress takes the lower bound of a fifth; 0 is less than 20 percent.
func anyProgress(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if ok && (s == "" || s == blankCode) {
		return r.blank, nil
	}
	bound := map[string][2]float64{"0": {0, 20}, "20": {20, 101}, "50": {50, 101}, "80": {80, 101}, "100": {100, 101}}
	b, ok := bound[s]
	if !ok {
		return nil, r.badValue(val, `["20"]`, `["50"]`, `["80"]`, `["100"]`, `[""]`)
	}
	return func(v Value, _ Done) bool {
		f, ok := float(v.JSON)
		return ok && (f > b[0] || f == b[0] && (b[0] == 0 || b[0] == 100)) && f < b[1]
	}, nil
}

func anyGroup(r *ruling, val any) (test, error) {
	s, ok := toText(val)
	if !ok {
		return nil, r.badValue(val, `["topics"]`)
	}
	return func(v Value, _ Done) bool { return str(v.JSON) == s }, nil
}
