package connector

import (
	"fmt"
	"strings"
	"time"
)

// dateForms are how a start_date can be written; without a zone it is UTC.
var dateForms = []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05"}

// ParseStartDate reads a start_date: ISO 8601, a date (midnight UTC) or a date-time. A wrong or future one
// is a *Refused with an example.
func ParseStartDate(s string, now time.Time) (time.Time, error) {
	for _, form := range dateForms {
		t, err := time.Parse(form, strings.TrimSpace(s))
		if err != nil {
			continue
		}
		if t.After(now) {
			return time.Time{}, &Refused{Field: "start_date", Code: "invalid",
				Msg: fmt.Sprintf("start_date: %q is in the future. Give the day from which on changes are kept, such as 2024-01-01 or 2024-05-01T00:00:00Z", s)}
		}
		return t.UTC(), nil
	}
	return time.Time{}, &Refused{Field: "start_date", Code: "invalid",
		Msg: fmt.Sprintf("start_date: %q is no date. Write it as 2024-01-01 or 2024-05-01T00:00:00Z", s)}
}
