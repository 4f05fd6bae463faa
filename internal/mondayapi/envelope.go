package mondayapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// envelope is an answer's body with its parts still as they came. It is taken apart before anything is
// decoded, since the errors, which come last, decide whether the data is: what is tried again must not
// have been written to the caller's variables.
type envelope struct {
	data       []byte // nil when there is none
	fields     int    // of data, complexity left out
	null       int    // of them
	complexity []byte
	errors     []byte
	extensions []byte
	flat       map[string][]byte // the other members: until 2025-01 errors had no list
}

var errNotJSON = errors.New("the answer is not JSON")

// open takes a body apart. It only looks for where things end; decoding finds what is wrong within.
func open(body []byte) (envelope, error) {
	var e envelope
	i := space(body, 0)
	if i >= len(body) || body[i] != '{' {
		return e, errNotJSON
	}
	end, ok := members(body, i, func(key []byte, from int) (int, bool) {
		if string(key) == "data" && body[from] == '{' {
			end, ok := e.root(body, from)
			if ok {
				e.data = body[from:end]
			}
			return end, ok
		}
		end, ok := skip(body, from)
		if !ok {
			return end, false
		}
		value := body[from:end]
		switch {
		case string(value) == "null":
		case string(key) == "errors":
			e.errors = value
		case string(key) == "extensions":
			e.extensions = value
		case string(key) != "data":
			if e.flat == nil {
				e.flat = map[string][]byte{}
			}
			e.flat[string(key)] = value
		}
		return end, true
	})
	if !ok || space(body, end) != len(body) {
		return e, errNotJSON
	}
	return e, nil
}

// root walks over the fields of the data.
func (e *envelope) root(body []byte, from int) (int, bool) {
	return members(body, from, func(key []byte, from int) (int, bool) {
		end, ok := skip(body, from)
		switch {
		case !ok:
		case string(key) == "complexity":
			e.complexity = body[from:end]
		default:
			e.fields++
			if string(body[from:end]) == "null" {
				e.null++
			}
		}
		return end, ok
	})
}

// empty says that there is no data to speak of.
func (e *envelope) empty() bool { return e.data == nil || e.null == e.fields }

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// members walks over the members of the object that begins at i, and returns where it ends. value is given
// where the value of a member begins, and returns where it ends.
func members(b []byte, i int, value func(key []byte, from int) (int, bool)) (int, bool) {
	if i = space(b, i+1); i < len(b) && b[i] == '}' {
		return i + 1, true
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return i, false
		}
		end, ok := skipString(b, i)
		if !ok {
			return i, false
		}
		key := b[i+1 : end-1]
		if i = space(b, end); i >= len(b) || b[i] != ':' {
			return i, false
		}
		if i = space(b, i+1); i >= len(b) {
			return i, false
		}
		if i, ok = value(key, i); !ok {
			return i, false
		}
		if i = space(b, i); i >= len(b) {
			return i, false
		}
		switch b[i] {
		case '}':
			return i + 1, true
		case ',':
			i = space(b, i+1)
		default:
			return i, false
		}
	}
}

// skip returns where the value that begins at i ends.
func skip(b []byte, i int) (int, bool) {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				end, ok := skipString(b, i)
				if !ok {
					return i, false
				}
				i = end
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1, true
				}
			}
			i++
		}
		return i, false
	}
	from := i
	for i < len(b) && !strings.ContainsRune(",}] \n\r\t", rune(b[i])) {
		i++
	}
	return i, i > from
}

// skipString returns where the string that begins at i ends.
func skipString(b []byte, i int) (int, bool) {
	for from := i + 1; ; {
		n := bytes.IndexByte(b[from:], '"')
		if n < 0 {
			return i, false
		}
		at := from + n
		back := at
		for b[back-1] == '\\' { // the opening quote ends the loop
			back--
		}
		if (at-back)%2 == 0 {
			return at + 1, true
		}
		from = at + 1
	}
}

// decoding is as lenient as encoding/json is: callers need not know which of the two reads their types.
//
// Of a page of 500 items with 12 columns (890 kB) it takes half the time of encoding/json, which it will be
// one day (BenchmarkDecode). goccy/go-json would take a fifth, but its strings are parts of the answer: one
// id that is kept would keep a megabyte.
var decoding = jsonv2.JoinOptions(
	jsonv2.MatchCaseInsensitiveNames(true),
	jsontext.AllowDuplicateNames(true),
	jsontext.AllowInvalidUTF8(true),
)

// decode reads JSON into v. What reads itself is not checked beforehand.
func decode(b []byte, v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case json.Unmarshaler:
		return v.UnmarshalJSON(b)
	}
	return jsonv2.Unmarshal(b, v, decoding)
}

// syntactic says that JSON was broken, rather than other than expected.
func syntactic(err error) bool {
	var v2 *jsontext.SyntacticError
	var v1 *json.SyntaxError
	return errors.As(err, &v2) || errors.As(err, &v1)
}

// fault is one error of an answer, whatever its form.
type fault struct {
	code    string
	message string
	status  int // extensions.status_code
	path    []any
	wait    float64 // seconds; 0 when it does not say
	located bool    // it has a place in the document and none in the answer: the document is wrong
}

// faults reads the errors: a list of objects, a list of texts, or the flat members of old versions.
func (e *envelope) faults() []fault {
	var list []jsontext.Value
	if len(e.errors) > 0 && e.errors[0] != '[' {
		list = []jsontext.Value{e.errors}
	} else if e.errors != nil {
		_ = decode(e.errors, &list)
	}
	var all []fault
	for _, raw := range list {
		all = append(all, readFault(raw))
	}
	if len(all) == 0 && (e.flat["error_code"] != nil || e.flat["error_message"] != nil || e.flat["error"] != nil) {
		var f fault
		f.code = str(e.flat["error_code"])
		f.message = str(e.flat["error_message"])
		if f.message == "" {
			f.message = str(e.flat["error"])
		}
		f.status = int(number(e.flat["status_code"]))
		f.wait = waitIn(e.flat)
		all = append(all, f)
	}
	return all
}

func readFault(raw jsontext.Value) fault {
	var m map[string]jsontext.Value
	if raw.Kind() != '{' || decode(raw, &m) != nil {
		return fault{message: str(raw)}
	}
	var ext map[string]jsontext.Value
	if m["extensions"].Kind() == '{' {
		_ = decode(m["extensions"], &ext)
	}
	f := fault{message: str(m["message"]), status: int(number(ext["status_code"])), wait: waitIn(ext)}
	for _, code := range []jsontext.Value{ext["code"], ext["error_code"], m["code"], m["error_code"]} {
		if f.code = str(code); f.code != "" {
			break
		}
	}
	if p := m["path"]; p.Kind() == '[' {
		_ = decode(p, &f.path)
	}
	f.located = m["locations"].Kind() == '[' && m["path"] == nil
	return f
}

// waitIn looks for how many seconds are to be waited.
func waitIn[V ~[]byte](m map[string]V) float64 {
	if s := number(m["retry_in_seconds"]); s > 0 {
		return s
	}
	var data map[string]jsontext.Value
	if raw := jsontext.Value(m["error_data"]); raw.Kind() == '{' && decode(raw, &data) == nil {
		return max(number(data["retry_in_seconds"]), 0)
	}
	return 0
}

// str reads a text, or gives other JSON as it is; "" for null.
func str[V ~[]byte](raw V) string {
	var s string
	if len(raw) == 0 || string(raw) == "null" || decode(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// number reads a number, written as a text too.
func number[V ~[]byte](raw V) float64 {
	n, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || n != n {
		return 0
	}
	return n
}

func (e *envelope) requestID() string {
	var x map[string]jsontext.Value
	if len(e.extensions) == 0 || decode(e.extensions, &x) != nil {
		return ""
	}
	return str(x["request_id"])
}
