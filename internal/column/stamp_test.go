package column

import (
	"testing"
	"time"
)

func TestAppendStamp(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{
		{}, time.Unix(0, 0), time.UnixMicro(-1), time.Date(2026, 2, 29, 23, 59, 59, 999_999_999, time.UTC), time.Date(999, 12, 31, 1, 2, 3, 4e6, time.UTC),
		time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 10, 0, 0, 7_000_000, time.FixedZone("", 3600)),
	} {
		at = at.UTC()
		if got, want := string(appendStamp([]byte("x"), at)), "x"+at.Format("2006-01-02T15:04:05.000Z"); got != want {
			t.Errorf("%v: got %s, want %s", at, got, want)
		}
	}
}
