package emit

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// timeForm is RFC 3339 to the microsecond.
const timeForm = "2006-01-02T15:04:05.000000Z"

// Form is how the records of a stream are written: which of its fields go out.
type Form struct {
	names []string // with quotes and colon; empty for a field that does not go out
}

// NewForm makes a form with the fields that want says; the key always goes out.
func NewForm(s *connector.Stream, want func(field string) bool) *Form {
	f := &Form{names: make([]string, len(s.Fields))}
	for i, field := range s.Fields {
		if IsKey(s, field.Name) || want(field.Name) {
			f.names[i] = `"` + field.Name + `":`
		}
	}
	return f
}

// IsKey says whether a field is of the stream's key.
func IsKey(s *connector.Stream, field string) bool {
	for _, k := range s.Key {
		if k == field {
			return true
		}
	}
	return false
}

// Append writes a record as a JSON object on one line. Of a row that is gone it leaves out what is not
// known, which is all that is null.
func (f *Form) Append(out []byte, r *Record) []byte {
	out = append(out, '{')
	for i, name := range f.names {
		if name == "" || r.Row[i] == nil && !r.DeletedAt.IsZero() {
			continue
		}
		out = append(out, name...)
		out = append(appendValue(out, r.Row[i]), ',')
	}
	out = append(append(out, `"`+SyncedAt+`":`...), appendValue(nil, r.SyncedAt)...)
	out = append(out, `,"`+DeletedAt+`":`...)
	if r.DeletedAt.IsZero() {
		out = append(out, "null"...)
	} else {
		out = appendValue(out, r.DeletedAt)
	}
	return append(out, '}')
}

func appendValue(out []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return appendString(out, v)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(out, "null"...)
		}
		raw, _ := json.Marshal(v) // a finite number is never refused
		return append(out, raw...)
	case bool:
		return strconv.AppendBool(out, v)
	case time.Time:
		return append(v.UTC().AppendFormat(append(out, '"'), timeForm), '"')
	case json.RawMessage:
		// A line must stay one, whatever the service sends.
		var one bytes.Buffer
		if err := json.Compact(&one, v); err != nil {
			return appendString(out, string(v))
		}
		return append(out, one.Bytes()...)
	}
	return append(out, "null"...)
}

func appendString(out []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			raw, _ := json.Marshal(s) // a text is never refused
			return append(out, raw...)
		}
	}
	return append(append(append(out, '"'), s...), '"')
}
