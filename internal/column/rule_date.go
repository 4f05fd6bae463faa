package column

import (
	"strings"
	"time"
)

// Rules on dates compare wall clock seconds where the caller is: a date
// without a time is its midnight there, a moment is what the clock showed.

const daySeconds = 86400

// wall is what the clock shows at t, in seconds since 1970 of that calendar.
func wall(t time.Time) int64 {
	h, m, s := t.Clock()
	return int64(dayOf(t))*daySeconds + int64(h*3600+m*60+s)
}

// stretch is a piece of that time, its end not in it.
type stretch struct{ from, to int64 }

func days(from, to day) stretch { return stretch{int64(from) * daySeconds, int64(to) * daySeconds} }

func (s stretch) has(at int64) bool { return at >= s.from && at < s.to }

// at is where a value is in time; timed tells whether to the second.
func (r *ruling) at(v Value) (at int64, timed, ok bool) { return r.Column.at(v, r.Attribute, r.env) }

// code is the stretch a word for a time means.
func (r *ruling) code(s string) (stretch, bool) {
	week, month := r.today.week(r.env.WeekStart), r.today.month(0)
	switch strings.ToUpper(s) {
	case "TODAY":
		return days(r.today, r.today+1), true
	case "TOMORROW":
		return days(r.today+1, r.today+2), true
	case "YESTERDAY":
		return days(r.today-1, r.today), true
	case "THIS_WEEK":
		return days(week, week+7), true
	case "ONE_WEEK_AGO", "LAST_WEEK":
		return days(week-7, week), true
	case "ONE_WEEK_FROM_NOW", "NEXT_WEEK":
		return days(week+7, week+14), true
	case "THIS_MONTH":
		return days(month, r.today.month(1)), true
	case "ONE_MONTH_AGO", "LAST_MONTH":
		return days(r.today.month(-1), month), true
	case "ONE_MONTH_FROM_NOW", "NEXT_MONTH":
		return days(r.today.month(1), r.today.month(2)), true
	}
	return r.exact(s)
}

// exact is a day, or a second where a time is given.
func (r *ruling) exact(s string) (stretch, bool) {
	if d, ok := parseDay(s); ok {
		return days(d, d+1), true
	}
	if date, clock, ok := strings.Cut(s, " "); ok {
		d, ok1 := parseDay(date)
		sec, ok2 := parseClock(clock)
		at := int64(d)*daySeconds + int64(sec)
		return stretch{at, at + 1}, ok1 && ok2
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		at := wall(t.In(r.env.zone()))
		return stretch{at, at + 1}, true
	}
	return stretch{}, false
}

// stretches reads compare values: EXACT goes with the date behind it.
func (r *ruling) stretches(values []any) ([]stretch, error) {
	out := make([]stretch, 0, len(values))
	for _, val := range values {
		s, _ := val.(string)
		if strings.EqualFold(s, "EXACT") {
			continue
		}
		span, ok := r.code(s)
		if !ok {
			return nil, r.badDate(val)
		}
		out = append(out, span)
	}
	return out, nil
}

func (r *ruling) badDate(val any) error {
	return r.badValue(val, `["EXACT", "2026-07-01"]`, `["TODAY"]`, `["THIS_WEEK"]`, `["ONE_MONTH_AGO"]`, `["$$$blank$$$"]`)
}

// needAttribute: of a timeline one has to say which end is compared.
func (r *ruling) needAttribute() error {
	if r.Kind.Name == Timeline && r.Attribute != "START_DATE" && r.Attribute != "END_DATE" {
		return r.fail(BadRule, "compare_attribute is START_DATE or END_DATE for the operator "+string(r.Operator), r.Attribute, []string{"START_DATE", "END_DATE"})
	}
	return nil
}

func (r *ruling) compareDate(values []any) (test, error) {
	if err := r.needAttribute(); err != nil {
		return nil, err
	}
	spans, err := r.stretches(values)
	if err != nil {
		return nil, err
	}
	if len(spans) == 0 || r.Operator == Between && len(spans) != 2 {
		return nil, r.badDate(r.Value)
	}
	a, b := spans[0], spans[len(spans)-1]
	var holds func(at int64) bool
	switch r.Operator {
	case GreaterThan:
		holds = func(at int64) bool { return at >= a.to }
	case GreaterThanOrEquals:
		holds = func(at int64) bool { return at >= a.from }
	case LowerThan:
		holds = func(at int64) bool { return at < a.from }
	case LowerThanOrEqual:
		holds = func(at int64) bool { return at < a.to }
	default:
		holds = stretch{a.from, b.to}.has
	}
	return r.when(holds), nil
}

func (r *ruling) when(holds func(at int64) bool) test {
	return func(v Value, _ Done) bool {
		at, _, ok := r.at(v)
		return ok && holds(at)
	}
}

// within reads a number of days, or a number and a unit: [2, "weeks"].
func (r *ruling) within(values []any) (test, error) {
	if r.Kind.Name == Timeline && r.Attribute == "" {
		r.Attribute = "START_DATE"
	}
	bad := r.badValue(r.Value, "[7]", `[2, "weeks"]`)
	if len(values) == 0 || len(values) > 2 {
		return nil, bad
	}
	n, ok := toInt(values[0])
	if !ok || n < 0 || n > 10_000 {
		return nil, bad
	}
	unit := "day"
	if len(values) == 2 {
		s, _ := values[1].(string)
		unit = strings.TrimSuffix(strings.ToLower(s), "s")
	}
	from, to := r.today-day(n), r.today+day(n)
	switch unit {
	case "day":
	case "week":
		from, to = r.today-day(7*n), r.today+day(7*n)
	case "month":
		t := r.today.time()
		from, to = dayOf(t.AddDate(0, -int(n), 0)), dayOf(t.AddDate(0, int(n), 0))
	default:
		return nil, bad
	}
	if r.Operator == WithinTheNext {
		return r.when(days(r.today, to+1).has), nil
	}
	return r.when(days(from, r.today+1).has), nil
}

// anyDate compiles any_of for dates, whose compare values are words that
// belong to two lists: times, and states of the item.
func (r *ruling) anyDate(values []any) (test, error) {
	var tests []test
	for _, val := range values {
		s, isText := val.(string)
		if val == nil || isText && (s == "" || s == blankCode) {
			tests = append(tests, r.blank)
			continue
		}
		if strings.EqualFold(s, "EXACT") {
			continue
		}
		if t := r.state(strings.ToUpper(s)); t != nil {
			tests = append(tests, t)
			continue
		}
		span, ok := r.code(s)
		if !ok {
			return nil, r.badDate(val)
		}
		tests = append(tests, r.when(span.has))
	}
	return either(tests), nil
}

// state is the test for a word about the item and its date, or nil.
func (r *ruling) state(word string) test {
	end := *r
	if r.Kind.Name == Timeline {
		end.Attribute = "END_DATE"
	}
	today := int64(r.today) * daySeconds
	start := days(r.today, r.today+1)
	dated := func(holds func(at int64, timed bool, d Done) bool) test {
		return func(v Value, d Done) bool {
			at, timed, ok := end.at(v)
			return ok && holds(at, timed, d)
		}
	}
	switch word {
	case "PAST_DATETIME", "PAST_TIMELINE":
		return dated(func(at int64, timed bool, _ Done) bool { return timed && at < r.now || !timed && at < today })
	case "FUTURE_DATETIME":
		return dated(func(at int64, timed bool, _ Done) bool { return timed && at > r.now || !timed && at >= start.to })
	case "UPCOMING":
		r.needsDone = true
		return dated(func(at int64, _ bool, d Done) bool { return !d.Done && at >= start.to })
	case "OVERDUE":
		r.needsDone = true
		return dated(func(at int64, _ bool, d Done) bool { return !d.Done && at < today })
	case "DONE_ON_TIME":
		r.needsDone = true
		return dated(func(at int64, _ bool, d Done) bool { return d.Done && r.dayDone(d) <= at/daySeconds })
	case "DONE_OVERDUE":
		r.needsDone = true
		return dated(func(at int64, _ bool, d Done) bool { return d.Done && r.dayDone(d) > at/daySeconds })
	}
	if r.Kind.Name != Timeline {
		return nil
	}
	switch word {
	case "CURRENT":
		return func(v Value, _ Done) bool {
			a, ok1 := timelineDate(v, "START_DATE")
			b, ok2 := timelineDate(v, "END_DATE")
			return ok1 && ok2 && a <= r.today && r.today <= b
		}
	case "DUE_TODAY":
		return dated(func(at int64, _ bool, _ Done) bool { return start.has(at) })
	case "FUTURE_TIMELINE":
		return func(v Value, _ Done) bool {
			a, ok := timelineDate(v, "START_DATE")
			return ok && a > r.today
		}
	case "MILESTONE":
		return func(v Value, _ Done) bool { _, _, m := TimelineOf(v); return m }
	}
	return nil
}

func (r *ruling) dayDone(d Done) int64 { return int64(dayOf(d.At.In(r.env.zone()))) }
