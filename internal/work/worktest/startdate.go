package worktest

import (
	"fmt"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// StartDate stands in for the connector's way to read a start_date: it takes days alone.
func StartDate(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		err = &work.SourceRefused{Field: "start_date", Code: "invalid", Msg: fmt.Sprintf("start_date %q is no date in ISO 8601; write it like 2024-01-01", text)}
	case at.After(now):
		err = &work.SourceRefused{Field: "start_date", Code: "invalid", Msg: "start_date " + text + " is in the future"}
	}
	return at, err
}
