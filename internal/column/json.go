package column

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The scanner below reads JSON that this package wrote itself, or that has
// been checked on the way in. On anything else it finds nothing; it never
// panics and never allocates, so filters can run over it value by value.

// field returns the raw JSON of the member called key of the object js, or "".
func field(js, key string) string {
	found := ""
	members(js, func(k, raw string) bool {
		if k == key {
			found = raw
			return false
		}
		return true
	})
	return found
}

// members calls f for each member of the object js until f says no. Keys are
// given without their quotes, escapes as written.
func members(js string, f func(key, raw string) bool) {
	i := space(js, 0)
	if i >= len(js) || js[i] != '{' {
		return
	}
	for i = space(js, i+1); i < len(js) && js[i] == '"'; {
		end := skip(js, i)
		if end < 0 {
			return
		}
		key := js[i+1 : end-1]
		if i = space(js, end); i >= len(js) || js[i] != ':' {
			return
		}
		i = space(js, i+1)
		if end = skip(js, i); end < 0 || !f(key, js[i:end]) {
			return
		}
		if i = space(js, end); i >= len(js) || js[i] != ',' {
			return
		}
		i = space(js, i+1)
	}
}

// each calls f for each element of the array js until f says no.
func each(js string, f func(raw string) bool) {
	i := space(js, 0)
	if i >= len(js) || js[i] != '[' {
		return
	}
	for i = space(js, i+1); i < len(js) && js[i] != ']'; {
		end := skip(js, i)
		if end < 0 || !f(js[i:end]) {
			return
		}
		if i = space(js, end); i >= len(js) || js[i] != ',' {
			return
		}
		i = space(js, i+1)
	}
}

func space(js string, i int) int {
	for i < len(js) && (js[i] == ' ' || js[i] == '\n' || js[i] == '\t' || js[i] == '\r') {
		i++
	}
	return i
}

// skip returns the index behind the value that begins at i, or -1.
func skip(js string, i int) int {
	if i >= len(js) {
		return -1
	}
	switch js[i] {
	case '"':
		for i++; i < len(js); i++ {
			switch js[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return -1
	case '{', '[':
		for depth := 0; i < len(js); i++ {
			switch js[i] {
			case '"':
				if i = skip(js, i); i < 0 {
					return -1
				}
				i--
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return -1
	}
	start := i
	for ; i < len(js); i++ {
		switch js[i] {
		case ',', ']', '}', ':', ' ', '\n', '\t', '\r':
			if i == start {
				return -1
			}
			return i
		}
	}
	return i
}

// str is the text of a raw JSON string, or the spelling of a raw number or
// truth value; "" for null and whatever is none of these.
func str(raw string) string {
	if raw == "" || raw == "null" || raw[0] == '{' || raw[0] == '[' {
		return ""
	}
	if raw[0] != '"' {
		return raw
	}
	if len(raw) < 2 {
		return ""
	}
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	var s string
	if json.Unmarshal([]byte(raw), &s) != nil {
		return ""
	}
	return s
}

// num is the integer a raw JSON number, or string of digits, says.
func num(raw string) (int64, bool) {
	if len(raw) > 1 && raw[0] == '"' {
		raw = raw[1 : len(raw)-1]
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	return n, err == nil
}

func float(raw string) (float64, bool) {
	f, err := strconv.ParseFloat(str(raw), 64)
	return f, err == nil
}

func truth(raw string) bool { return raw == "true" || raw == `"true"` }

// ids are the integers in a raw array.
func ids(raw string) []int64 {
	var out []int64
	each(raw, func(e string) bool {
		if n, ok := num(e); ok {
			out = append(out, n)
		}
		return true
	})
	return out
}

func appendIDs(dst []byte, ids []int64) []byte {
	dst = append(dst, '[')
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, id, 10)
	}
	return append(dst, ']')
}

const hex = "0123456789abcdef"

// quote is s as a JSON string. Unlike encoding/json's it leaves <, > and & as they are.
func quote(s string) string { return string(appendQuote(nil, s)) }

func appendQuote(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			i++
			switch {
			case b == '"' || b == '\\':
				dst = append(dst, '\\', b)
			case b == '\n':
				dst = append(dst, '\\', 'n')
			case b == '\t':
				dst = append(dst, '\\', 't')
			case b == '\r':
				dst = append(dst, '\\', 'r')
			case b < 0x20:
				dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
			default:
				dst = append(dst, b)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		dst = utf8.AppendRune(dst, r) // a broken one becomes U+FFFD
		i += n
	}
	return append(dst, '"')
}

// decode reads one JSON value, numbers as they are written.
func decode(raw string) (any, error) {
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

// encode is v as compact JSON, keys sorted.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// toInt reads an integer out of decoded JSON: a whole number or a string of digits.
func toInt(v any) (int64, bool) {
	switch v := v.(type) {
	case json.Number:
		return toInt(v.String())
	case string:
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		return n, err == nil
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		if v == float64(int64(v)) {
			return int64(v), true
		}
	}
	return 0, false
}

// toIDs reads a list of ids, or a single one, keeping the first of doubles.
func toIDs(v any) ([]int64, bool) {
	list, ok := v.([]any)
	if !ok {
		if v == nil {
			return nil, true
		}
		list = []any{v}
	}
	out := make([]int64, 0, len(list))
	seen := make(map[int64]bool, len(list))
	for _, e := range list {
		n, ok := toInt(e)
		if !ok || n <= 0 {
			return nil, false
		}
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out, true
}

// toText reads a string or the spelling of a number out of decoded JSON.
func toText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case bool:
		return strconv.FormatBool(v), true
	case nil:
		return "", true
	}
	return "", false
}

func toBool(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true")
	}
	return false
}

// Skip returns where the JSON value ends that begins at i, or -1.
func Skip(js string, i int) int { return skip(js, i) }

// Members calls f for each member of the object js until f says no, without allocating: a scanner for
// JSON that this program wrote itself. Keys are given without their quotes, escapes as written.
func Members(js string, f func(key, raw string) bool) { members(js, f) }
