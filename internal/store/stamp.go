package store

import (
	"fmt"
	"time"
)

const stampLayout = "2006-01-02T15:04:05.000000Z"

// stamp is how a time is stored: in UTC and to the microsecond, which is what PostgreSQL would keep too.
func stamp(t time.Time) string { return t.UTC().Format(stampLayout) }

// stampOrNull is stamp, and NULL for the zero time.
func stampOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// parseStamp reads what stamp wrote, and "" as the zero time. It is written out because a directory
// holds a hundred thousand of them and time.Parse would be a third of loading it.
func parseStamp(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if len(s) != len(stampLayout) || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' ||
		s[16] != ':' || s[19] != '.' || s[26] != 'Z' {
		return parseForeignStamp(s)
	}
	ok := true
	num := func(from, to int) (n int) {
		for _, c := range []byte(s[from:to]) {
			if c < '0' || c > '9' {
				ok = false
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	t := time.Date(num(0, 4), time.Month(num(5, 7)), num(8, 10), num(11, 13), num(14, 16), num(17, 19), num(20, 26)*1000, time.UTC)
	if !ok {
		return parseForeignStamp(s)
	}
	return t, nil
}

// parseForeignStamp reads a time that somebody else has put into the database.
func parseForeignStamp(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %q in the database: %w", s, err)
	}
	return t.UTC(), nil
}

// parseStamps is parseStamp for two.
func parseStamps(a, b string) (at, bt time.Time, err error) {
	if at, err = parseStamp(a); err == nil {
		bt, err = parseStamp(b)
	}
	return at, bt, err
}
