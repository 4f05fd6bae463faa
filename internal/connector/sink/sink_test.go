package sink

import (
	"strings"
	"testing"
)

// TestCheck: what is wrong with a destination is told before anything is opened, in the words of Open, and
// without what may be a password.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, dest := range []string{"sqlite:a.db", "sqlite:/a.db", "sqlite:///a.db", "parquet:dir", "jsonl:./dir", "postgres://h/d", "postgresql://u:p@h:5432/d?schema=s"} {
		if err := Check(dest); err != nil {
			t.Errorf("%s: %v", dest, err)
		}
	}
	for dest, want := range map[string]string{
		"":                            "a destination is one of " + Forms,
		"a.db":                        Forms,
		"sqlite:":                     Forms,
		"sqlite":                      Forms,
		"mysql://me:hunter2@h/d":      Forms,
		"sqlite://a.db":               "right after sqlite: without //",
		"parquet://a":                 "right after parquet: without //",
		"postgres:":                   "is not understood",
		"postgres:hunter2":            "is not understood",
		"postgres://":                 "is not understood",
		"postgres://u:hunter2%@h/d":   "is not understood",
		"postgres://h/d?schema=pg_hi": "a schema cannot be called",
	} {
		err := Check(dest)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, want %s", dest, err, want)
			continue
		}
		if _, opened := Open(t.Context(), dest); opened == nil || opened.Error() != err.Error() {
			t.Errorf("%q: Open says %v, Check %v", dest, opened, err)
		}
	}
}
