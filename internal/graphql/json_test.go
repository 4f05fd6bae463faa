package graphql_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

// encodingJSON is s as encoding/json writes it without HTML escaping.
func encodingJSON(t testing.TB, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a", "plain text of some length", "<&>\"\\/\b\f\n\r\t\x00\x1f\x7f", "é\u2028\u2029😀", "\xff\xc3", "1234567\x01", "12345678\"", "\x80345678", `{"a":1,"b\\n":[{"c":"\u00fc"}]}`, "\x1f\x20\x21\x22\x23\x5b\x5c\x5d\x5e\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := string(graphql.AppendString(nil, s)), encodingJSON(t, s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	})
}

func TestAppendFloat(t *testing.T) {
	t.Parallel()
	for _, f := range []float64{0, 1, -1, 1.5, 1e20, 1e21, 1e-6, 1e-7, 123456789.125, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		if got, want := string(graphql.AppendFloat(nil, f)), encodingJSON(t, f); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := string(graphql.AppendFloat(nil, f)); got != "null" {
			t.Errorf("%v: got %s", f, got)
		}
	}
}
