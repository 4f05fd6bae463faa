package sink

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of        connector.Type
		in, want  any
		wantError bool
	}{
		{of: connector.Text, in: "a\x00b\xffc", want: "a\uFFFDb\uFFFDc"},
		{of: connector.Text, in: 1, wantError: true},
		{of: connector.Number, in: math.NaN()},
		{of: connector.Number, in: math.Inf(-1)},
		{of: connector.Number, in: int64(1), wantError: true},
		{of: connector.Date, in: "0000-01-01"},
		{of: connector.Date, in: "-001-01-01"},
		{of: connector.Date, in: "2024-02-30"},
		{of: connector.Date, in: "0001-01-01", want: "0001-01-01"},
		{of: connector.Time, in: time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC)},
		{of: connector.Time, in: time.Date(9999, 12, 31, 23, 30, 0, 0, time.FixedZone("", -3600))},
		{of: connector.Time, in: time.Date(2024, 1, 2, 3, 4, 5, 6999, time.UTC), want: time.Date(2024, 1, 2, 3, 4, 5, 6000, time.UTC)},
		{of: connector.JSON, in: json.RawMessage{}},
		{of: connector.JSON, in: json.RawMessage(`{"a":1`), want: `"{\"a\":1"`},
		{of: connector.JSON, in: json.RawMessage(`1e400`), want: `"1e400"`},
		{of: connector.JSON, in: json.RawMessage(`[1e308, -1.5E-300, "1e999"]`), want: `[1e308, -1.5E-300, "1e999"]`},
		{of: connector.JSON, in: json.RawMessage(strings.Repeat("9", 500)), want: `"` + strings.Repeat("9", 500) + `"`},
		{of: connector.JSON, in: json.RawMessage(`"\u0000\\u0000\\\u0000"`), want: `"\ufffd\\u0000\\\ufffd"`},
		{of: connector.JSON, in: json.RawMessage(`"\uD83D\uDE00\uD83D\u0041\uDE00\ud83d"`), want: `"\uD83D\uDE00\ufffd\u0041\ufffd\ufffd"`},
		{of: connector.JSON, in: json.RawMessage(strings.Repeat("[", 512) + strings.Repeat("]", 512)), want: strings.Repeat("[", 512) + strings.Repeat("]", 512)},
	} {
		got, err := clean(c.of, c.in)
		if raw, ok := got.(json.RawMessage); ok {
			got = string(raw)
		}
		if got != c.want || (err != nil) != c.wantError {
			t.Errorf("%s %.40v: %.80v, %v", typeNames[c.of], c.in, got, err)
		}
	}
}

// FuzzCleanJSON: whatever goes in, what comes out is JSON that every destination takes, and stays as it is
// when it is cleaned again.
func FuzzCleanJSON(f *testing.F) {
	for _, s := range []string{`{}`, `"\u0000"`, `"\ud800\udc00"`, `1e999`, `{`, `"\\u0000"`, "\"\xff\"", `[[[1]]]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		once := cleanJSON(raw)
		if !json.Valid(once) || !plain(string(once)) || string(cleanJSON(once)) != string(once) {
			t.Errorf("%q: %q", raw, once)
		}
	})
}

func TestAppendTime(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{{}, time.Date(1, 2, 3, 4, 5, 6, 7000, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), time.Now().UTC()} {
		if got, want := timeText(at), at.Format(timeLayout); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}
