package sink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// What is not a value in every destination is made one, in the same way in all of them:
//
//   - NUL, which PostgreSQL has no place for, and bytes that are not UTF-8 become U+FFFD, also in JSON;
//   - a number that is none (NaN) or infinite becomes null: JSON knows neither;
//   - a date or time before the year 1 or after 9999, or one that no calendar has, becomes null;
//   - JSON that is not valid, nests deeper than maxDepth or has a number beyond those of 64 bit floats
//     becomes a JSON string of its text.
//
// None of this loses anything of a row but that value, and none of it stops a run.

const replacement = "\uFFFD"

// maxDepth is less than what any reader of JSON is known to bear, PostgreSQL's included.
const maxDepth = 512

// clean makes one value of a row what its field's type says, or says why it cannot.
func clean(t connector.Type, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch t {
	case connector.Text:
		if s, ok := v.(string); ok {
			if plain(s) {
				return v, nil // the same interface: nothing is allocated
			}
			return cleanText(s), nil
		}
	case connector.Integer:
		if _, ok := v.(int64); ok {
			return v, nil
		}
	case connector.Number:
		if f, ok := v.(float64); ok {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return nil, nil
			}
			return v, nil
		}
	case connector.Boolean:
		if _, ok := v.(bool); ok {
			return v, nil
		}
	case connector.Date:
		if s, ok := v.(string); ok {
			if _, ok := parseDate(s); !ok {
				return nil, nil
			}
			return v, nil
		}
	case connector.Time:
		if at, ok := v.(time.Time); ok {
			at = at.UTC().Truncate(time.Microsecond)
			if at.Year() < 1 || at.Year() > 9999 {
				return nil, nil
			}
			return at, nil
		}
	case connector.JSON:
		if raw, ok := v.(json.RawMessage); ok {
			if len(raw) == 0 {
				return nil, nil
			}
			return cleanJSON(raw), nil
		}
	}
	return nil, fmt.Errorf("a %T is no %s", v, typeNames[t])
}

// plain reports whether a text can be kept as it is.
func plain(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

func cleanText(s string) string {
	if plain(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, replacement), "\x00", replacement)
}

// parseDate reads YYYY-MM-DD, of the years 1 to 9999.
func parseDate(s string) (time.Time, bool) {
	if len(s) != len(time.DateOnly) {
		return time.Time{}, false
	}
	d, err := time.Parse(time.DateOnly, s)
	return d, err == nil && d.Year() >= 1
}

func cleanJSON(raw json.RawMessage) json.RawMessage {
	raw = bytes.ToValidUTF8(raw, []byte(replacement))
	if !json.Valid(raw) || !bearable(raw) {
		text, _ := json.Marshal(cleanText(string(raw))) // a text always can be
		return text
	}
	if bytes.Contains(raw, []byte(`\u`)) {
		return cleanEscapes(raw)
	}
	return raw
}

// bearable looks for what is valid and yet more than some destination takes.
func bearable(raw []byte) bool {
	depth := 0
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		case c == '-' || '0' <= c && c <= '9':
			from := i
			for i+1 < len(raw) && strings.IndexByte("0123456789.eE+-", raw[i+1]) >= 0 {
				i++
			}
			if i-from > 15 || bytes.ContainsAny(raw[from:i+1], "eE") {
				if !fits(raw[from : i+1]) {
					return false
				}
			}
		}
	}
	return true
}

func fits(number []byte) bool {
	if len(number) > 400 { // a float that fits needs no more
		return false
	}
	var f float64
	return json.Unmarshal(number, &f) == nil
}

// cleanEscapes replaces \u0000 and halves of surrogate pairs, in valid JSON.
func cleanEscapes(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		if raw[i+1] != 'u' {
			out = append(out, raw[i], raw[i+1])
			i++
			continue
		}
		switch r := unit(raw[i:]); {
		case r >= 0xD800 && r < 0xDC00:
			if low := unit(raw[i+6:]); low >= 0xDC00 && low < 0xE000 {
				out = append(out, raw[i:i+12]...)
				i += 11
				continue
			}
			out = append(out, `\ufffd`...)
		case r == 0 || r >= 0xDC00 && r < 0xE000:
			out = append(out, `\ufffd`...)
		default:
			out = append(out, raw[i:i+6]...)
		}
		i += 5
	}
	return out
}

// unit reads \uXXXX at the beginning of b; -1 when there is none.
func unit(b []byte) (n int) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	for _, c := range b[2:6] {
		n <<= 4
		switch {
		case c <= '9':
			n |= int(c - '0')
		default:
			n |= int(c|0x20-'a') + 10
		}
	}
	return n
}

// timeLayout has a fixed width, so that texts of times are in the order of the times.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// appendTime writes a clean time in timeLayout; AppendFormat does the same at several times the cost.
func appendTime(b []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	us := t.Nanosecond() / 1000
	two := func(n int, sep byte) { b = append(b, byte('0'+n/10), byte('0'+n%10), sep) }
	b = append(b, byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-')
	two(int(month), '-')
	two(day, 'T')
	two(hour, ':')
	two(minute, ':')
	two(second, '.')
	for unit := 100_000; unit > 0; unit /= 10 {
		b = append(b, byte('0'+us/unit%10))
	}
	return append(b, 'Z')
}

func timeText(t time.Time) string { return string(appendTime(nil, t.UTC())) }
