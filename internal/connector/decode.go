package connector

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// What answers are decoded into, and how the values of rows are made of it. Nothing here fails: what cannot
// be read as what it should be is null in its field, so one odd value never costs a page.

// jsonText is a JSON value. The service sends such values as a text that holds JSON, and in places as they are.
type jsonText string

// UnmarshalJSON takes any form.
func (t *jsonText) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*t = ""
	case len(b) >= 2 && b[0] == '"':
		*t = jsonText(unquote(b[1 : len(b)-1]))
	default:
		*t = jsonText(b)
	}
	return nil
}

// unquote undoes the escapes of a JSON string that is known to be well-formed.
func unquote(b []byte) string {
	i := 0
	for i < len(b) && b[i] != '\\' {
		i++
	}
	if i == len(b) {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b))
	out.Write(b[:i])
	for ; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out.WriteByte(b[i])
			continue
		}
		i++
		switch b[i] {
		case 'n':
			out.WriteByte('\n')
		case 't':
			out.WriteByte('\t')
		case 'r':
			out.WriteByte('\r')
		case 'b':
			out.WriteByte('\b')
		case 'f':
			out.WriteByte('\f')
		case 'u': // seldom: leave it to the library, with the half that may follow
			var s string
			rest := append(append([]byte{'"'}, b[i-1:]...), '"')
			if json.Unmarshal(rest, &s) != nil {
				return string(b)
			}
			out.WriteString(s)
			return out.String()
		default:
			out.WriteByte(b[i])
		}
	}
	return out.String()
}

// anyID is an id that is a number in some fields and a text in others.
type anyID string

// UnmarshalJSON takes either.
func (id *anyID) UnmarshalJSON(b []byte) error {
	*id = anyID(strings.Trim(string(b), `"`))
	if *id == "null" {
		*id = ""
	}
	return nil
}

// ref is an object of which only the id was asked.
type ref struct {
	ID string `json:"id"`
}

// id is a reference's id; empty for none.
func (r *ref) id() string {
	if r == nil {
		return ""
	}
	return r.ID
}

// The functions below make a row's value, nil for none.

func txt(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func flag(p *bool) any {
	if p == nil {
		return nil
	}
	return *p
}

func whole(p *float64) any {
	if p == nil {
		return nil
	}
	return int64(*p)
}

func float(p *float64) any {
	if p == nil {
		return nil
	}
	return *p
}

// raw is a JSON value; one that is not valid becomes a JSON text, so that nothing is lost.
func raw(t jsonText) any {
	if t == "" || t == "null" {
		return nil
	}
	if !json.Valid([]byte(t)) {
		return encoded(strings.ToValidUTF8(string(t), "\ufffd"))
	}
	return json.RawMessage(t)
}

// encoded is a value as JSON.
func encoded(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return json.RawMessage(b)
}

// when is a moment.
func when(s string) any {
	if t, ok := parseTime(s); ok {
		return t
	}
	return nil
}

// moment is the same for those who reckon with it; zero for none.
func moment(s string) time.Time {
	t, _ := parseTime(s)
	return t
}

// day is a date: of a moment too, the one that it has as it is written.
func day(s string) any {
	if len(s) > 10 {
		s = s[:10]
	}
	if _, ok := parseDay(s); !ok {
		return nil
	}
	return s
}

// timeForms are the other forms in which moments are met. They are read when the usual one does not fit.
var timeForms = []string{time.RFC3339Nano, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04"}

// parseTime reads a moment in any of the forms in which the service writes them, in UTC to the microsecond.
// A day is its midnight.
func parseTime(s string) (time.Time, bool) {
	d, ok := parseDay(s[:min(len(s), 10)])
	if !ok {
		return time.Time{}, false
	}
	if len(s) == 10 {
		return d, true
	}
	if t, ok := clock(s[10:]); ok {
		return d.Add(t), true
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC().Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// clock reads T15:04:05Z, with a fraction or without, and " 15:04:05 UTC".
func clock(s string) (time.Duration, bool) {
	if len(s) < 10 || s[0] != 'T' && s[0] != ' ' || s[3] != ':' || s[6] != ':' {
		return 0, false
	}
	h, ok1 := digits(s[1:3])
	m, ok2 := digits(s[4:6])
	sec, ok3 := digits(s[7:9])
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 59 {
		return 0, false
	}
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second
	s = s[9:]
	if s[0] == '.' {
		n := 1
		for unit := 100 * time.Millisecond; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
			d += time.Duration(s[n]-'0') * unit
			unit /= 10
		}
		s = s[n:]
	}
	return d.Truncate(time.Microsecond), s == "Z" || s == " UTC"
}

// parseDay reads YYYY-MM-DD.
func parseDay(s string) (time.Time, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return time.Time{}, false
	}
	y, ok1 := digits(s[:4])
	m, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:])
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, ok1 && ok2 && ok3 && y > 0 && t.Day() == d && int(t.Month()) == m
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}

// The functions below read JSON that is known to be valid, piece by piece.

// member is an object's member as it is written; empty when there is none.
func member(js, key string) (found string) {
	column.Members(js, func(k, value string) bool {
		if k == key {
			found = value
		}
		return found == ""
	})
	return found
}

// elements calls f for the elements of an array.
func elements(js string, f func(value string)) {
	i := blank(js, 0)
	if i >= len(js) || js[i] != '[' {
		return
	}
	for i = blank(js, i+1); i < len(js) && js[i] != ']'; {
		end := column.Skip(js, i)
		if end < 0 {
			return
		}
		f(js[i:end])
		if i = blank(js, end); i >= len(js) || js[i] != ',' {
			return
		}
		i = blank(js, i+1)
	}
}

func blank(js string, i int) int {
	for i < len(js) && (js[i] == ' ' || js[i] == '\n' || js[i] == '\t' || js[i] == '\r') {
		i++
	}
	return i
}

// plain is a text or a number without quotes; empty for everything else.
func plain(js string) string {
	switch {
	case len(js) >= 2 && js[0] == '"':
		if strings.IndexByte(js, '\\') < 0 {
			return js[1 : len(js)-1]
		}
		return unquote([]byte(js[1 : len(js)-1]))
	case js != "" && (js[0] == '-' || js[0] >= '0' && js[0] <= '9'):
		return js
	}
	return ""
}

// idOf is an id that is written as a number or as a text of digits; empty for anything else.
func idOf(js string) string {
	s := plain(js)
	if _, ok := digits(s); !ok || len(s) > 20 || strings.Trim(s, "0") == "" {
		return ""
	}
	return s
}

// numberOf is a number that may stand in quotes.
func numberOf(js string) (float64, bool) {
	s := plain(js)
	if s == "" || len(s) > 400 {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && n-n == 0
}

// truth is a boolean that may stand in quotes.
func truth(js string) bool { return js == "true" || js == `"true"` }

// list is a JSON array of ids; nil for none.
func list(ids []string) any {
	if len(ids) == 0 {
		return nil
	}
	b := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		if _, ok := digits(id); ok {
			b = append(append(append(b, '"'), id...), '"')
		} else {
			quoted, _ := json.Marshal(id) // a text always has a form
			b = append(b, quoted...)
		}
	}
	return json.RawMessage(append(b, ']'))
}

// valid makes a text that is UTF-8 for certain, which destinations insist on, and has no zero bytes, which
// PostgreSQL does not take.
func valid(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
