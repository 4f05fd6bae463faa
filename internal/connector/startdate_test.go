package connector

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseStartDate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text, want string // RFC 3339; "" when it is refused
		words      string // of the refusal
	}{
		{"2024-01-01", "2024-01-01T00:00:00Z", ""},
		{" 2024-02-29\n", "2024-02-29T00:00:00Z", ""},
		{"2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", ""},
		{"2024-05-01t10:00:00z", "2024-05-01T10:00:00Z", ""},
		{"2024-05-01T10:00:00.123456Z", "2024-05-01T10:00:00.123456Z", ""},
		{"2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00Z", ""},
		{"2024-05-01T10:00:00-0530", "2024-05-01T15:30:00Z", ""},
		{"2024-05-01T10:00:00+02", "2024-05-01T08:00:00Z", ""},
		{"2024-05-01T10:00Z", "2024-05-01T10:00:00Z", ""},
		{"2024-05-01T10:00", "2024-05-01T10:00:00Z", ""},
		{"2024-05-01T10:00:00", "2024-05-01T10:00:00Z", ""},
		{"2024-05-01 10:00:00", "2024-05-01T10:00:00Z", ""},
		{"2024-05-01 10:00:00 +02:00", "2024-05-01T08:00:00Z", ""},
		{"2026-03-04T12:00:00Z", "2026-03-04T12:00:00Z", ""},
		{"2026-03-04T12:00:00.5Z", "", "future"},
		{"2026-03-05", "", "future"},
		{"2999-01-01", "", "future"},
		{"01/02/2024", "", "ISO 8601"},
		{"1.2.2024", "", "ISO 8601"},
		{"20240101", "", "ISO 8601"},
		{"2024-1-1", "", "ISO 8601"},
		{"2024", "", "ISO 8601"},
		{"yesterday", "", "ISO 8601"},
		{"1704067200", "", "ISO 8601"},
		{"2024-13-01", "", "no day or time that there is"},
		{"2024-02-30", "", "no day or time that there is"},
		{"2023-02-29", "", "no day or time that there is"},
		{"2024-05-01T25:00:00Z", "", "no day or time that there is"},
		{"", "", "empty"},
		{"  ", "", "empty"},
	} {
		got, err := ParseStartDate(c.text, now)
		if c.want != "" {
			if err != nil || got.Format(time.RFC3339Nano) != c.want || got.Location() != time.UTC {
				t.Errorf("%q: %s %v", c.text, got, err)
			}
			continue
		}
		var refused *Refused
		if !errors.As(err, &refused) || refused.Field != "start_date" || refused.Code != "invalid" {
			t.Errorf("%q: %s %v", c.text, got, err)
			continue
		}
		for _, words := range []string{"start_date", c.words, "2024-01-01", strings.TrimSpace(c.text)} {
			if !strings.Contains(refused.Msg, words) {
				t.Errorf("%q: %q does not say %q", c.text, refused.Msg, words)
			}
		}
	}
}
