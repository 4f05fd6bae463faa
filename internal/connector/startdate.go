package connector

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// startDateForms are how a start_date can be written; where there is no zone it is UTC. Fractions of a
// second need no form of their own.
var startDateForms = []string{
	time.DateOnly,
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02T15:04Z07", "2006-01-02T15:04",
}

// startDateShape is what looks like a date: when it is none, the day does not exist.
var startDateShape = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}($|T\d{2}:\d{2})`)

const startDateExample = "such as 2024-01-01 or 2024-05-01T00:00:00Z"

// ParseStartDate reads a start_date: ISO 8601, a date (midnight UTC) or a date-time, with a space in place of
// the T as well. A wrong or future one is a *Refused with an example.
func ParseStartDate(s string, now time.Time) (time.Time, error) {
	wrong := func(format string, args ...any) (time.Time, error) {
		return time.Time{}, &Refused{Field: "start_date", Code: "invalid", Msg: "start_date: " + fmt.Sprintf(format, args...)}
	}
	text := strings.ToUpper(strings.TrimSpace(s))
	if text == "" {
		return wrong("it is empty; give a date or a date and time, %s", startDateExample)
	}
	if date, clock, ok := strings.Cut(text, " "); ok {
		clock, zone, _ := strings.Cut(strings.TrimSpace(clock), " ")
		text = date + "T" + clock + strings.TrimSpace(zone)
	}
	for _, form := range startDateForms {
		t, err := time.Parse(form, text)
		switch {
		case err != nil:
		case t.After(now):
			return wrong("%q is in the future; give the time from which on changes are kept, %s", s, startDateExample)
		default:
			return t.UTC(), nil
		}
	}
	if startDateShape.MatchString(text) {
		return wrong("%q is no day or time that there is; give one, %s", s, startDateExample)
	}
	return wrong("%q is not a date in ISO 8601 (year-month-day); write it %s", s, startDateExample)
}
