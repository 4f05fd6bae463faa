package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// request is what a body asks for.
type request struct {
	query     string
	name      string // operationName
	variables map[string]any
}

const jsonType = "application/json"

var errTooLarge = errors.New("too large")

// readBody appends the request's body to dst, decompressed and never longer than most.
func readBody(dst []byte, r *http.Request, most int) ([]byte, *refusal) {
	if r.ContentLength > int64(most) {
		return dst, tooLarge(most)
	}
	var from io.Reader = r.Body
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity":
		if n := int(r.ContentLength); n > cap(dst) {
			dst = make([]byte, 0, n+1) // one more, so that the end is seen without growing
		}
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return dst, refuse(400, codeBadRequest, "The body is not gzip, though Content-Encoding says so")
		}
		defer func() { _ = z.Close() }()
		from = z
	default:
		return dst, refuse(http.StatusUnsupportedMediaType, codeBadRequest, "The body's Content-Encoding is not known; send it as it is or with gzip")
	}
	dst, err := readAll(dst, from, most)
	switch {
	case errors.Is(err, errTooLarge):
		return dst, tooLarge(most)
	case err != nil:
		return dst, refuse(400, codeBadRequest, "The body could not be read to its end")
	}
	return dst, nil
}

func tooLarge(most int) *refusal {
	return refuse(http.StatusRequestEntityTooLarge, codeBadRequest, fmt.Sprintf("The body is larger than %d bytes", most))
}

func readAll(dst []byte, from io.Reader, most int) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := from.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst) > most:
			return dst, errTooLarge
		case err == io.EOF:
			return dst, nil
		case err != nil:
			return dst, err
		}
	}
}

const (
	codeParse      = "JsonParseException"
	codeBadRequest = "BAD_REQUEST"
)

// decode finds the operation in a body. Clients are not careful with Content-Type, some send two, so
// the body's first character counts for more.
func decode(body []byte, types []string) (request, *refusal) {
	if bad := utf8Fault(body); bad != nil {
		return request{}, bad
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	text := bytes.TrimLeft(body, " \t\r\n")
	kind := ""
	for _, t := range types {
		if t == jsonType { // nearly always
			break
		}
		if kind, _, _ = mime.ParseMediaType(t); kind != "" {
			break
		}
	}
	switch {
	case kind == "application/graphql":
		return finish(request{query: string(body)}, true)
	case len(text) == 0:
		return request{}, refuse(400, codeBadRequest, `The body is empty. Send JSON like {"query":"{ me { id } }"}`)
	case text[0] != '{' && text[0] != '[' && (kind == "application/x-www-form-urlencoded" || looksLikeForm(text)):
		return decodeForm(text)
	}
	return decodeJSON(body)
}

func looksLikeForm(b []byte) bool {
	for _, name := range []string{"query=", "variables=", "operationName="} {
		if bytes.HasPrefix(b, []byte(name)) {
			return true
		}
	}
	return false
}

func utf8Fault(b []byte) *refusal {
	if utf8.Valid(b) {
		return nil
	}
	at := 0
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return refuse(400, codeParse, fmt.Sprintf("The body is not UTF-8: byte %d is not part of a character", at+1))
}

func finish(r request, given bool) (request, *refusal) {
	switch {
	case !given:
		return r, refuse(400, codeBadRequest, `The body has no "query". Send JSON like {"query":"{ me { id } }"}`)
	case strings.TrimSpace(r.query) == "":
		return r, refuse(400, codeBadRequest, `"query" is empty`)
	}
	return r, nil
}

func decodeForm(body []byte) (request, *refusal) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return request{}, refuse(400, codeBadRequest, "The form in the body cannot be read: "+err.Error())
	}
	r := request{query: form.Get("query"), name: form.Get("operationName")}
	if !utf8.ValidString(r.query) {
		return r, refuse(400, codeBadRequest, `"query" is not UTF-8`)
	}
	if v := form.Get("variables"); v != "" {
		var bad *refusal
		if r.variables, bad = decodeVariables([]byte(v)); bad != nil {
			return r, bad
		}
	}
	return finish(r, form.Has("query"))
}

// decodeJSON decodes a JSON body: in one pass what nearly all clients send, with encoding/json what is
// unusual or wrong.
func decodeJSON(body []byte) (request, *refusal) {
	r, variables, ok := quick(body)
	if !ok {
		return decodeAny(body)
	}
	if variables != nil {
		var bad *refusal
		if r.variables, bad = decodeVariables(variables); bad != nil {
			return decodeAny(body) // which sees what is wrong in the light of the whole
		}
	}
	return finish(r, true)
}

func decodeAny(body []byte) (request, *refusal) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		if text := bytes.TrimLeft(body, " \t\r\n"); text[0] == '[' && json.Valid(body) {
			return request{}, refuse(400, codeBadRequest, "The body is a list. Several operations in one request are not supported; send them one by one, or as several fields of one document")
		}
		return request{}, refuse(400, codeParse, jsonFault("The body", body, err))
	}
	if raw == nil {
		return request{}, refuse(400, codeBadRequest, "The body is null, not an object")
	}
	var r request
	query, given := raw["query"]
	if given && string(query) == null {
		given = false
	}
	if given && json.Unmarshal(query, &r.query) != nil {
		return r, refuse(400, codeBadRequest, `"query" must be a string`)
	}
	if name, ok := raw["operationName"]; ok && json.Unmarshal(name, &r.name) != nil {
		return r, refuse(400, codeBadRequest, `"operationName" must be a string`)
	}
	if v, ok := raw["variables"]; ok && given {
		var bad *refusal
		if r.variables, bad = decodeVariables(v); bad != nil {
			return r, bad
		}
	}
	return finish(r, given)
}

// decodeVariables keeps numbers as they were written: ids are longer than what a float64 holds.
func decodeVariables(raw []byte) (map[string]any, *refusal) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, refuse(400, codeParse, jsonFault(`"variables"`, raw, err))
	}
	if d.More() {
		return nil, refuse(400, codeParse, `"variables" is not JSON: something follows the object`)
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	case string:
		return nil, refuse(400, codeBadRequest, `"variables" must be a JSON object; this is a string. Send the object itself, not its text`)
	}
	return nil, refuse(400, codeBadRequest, `"variables" must be a JSON object`)
}

// jsonFault says in words what is wrong with JSON, and where.
func jsonFault(what string, body []byte, err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at := min(max(int(syntax.Offset)-1, 0), len(body))
		line := 1 + bytes.Count(body[:at], []byte("\n"))
		column := utf8.RuneCount(body[bytes.LastIndexByte(body[:at], '\n')+1:at]) + 1
		return fmt.Sprintf("%s is not JSON: %s (line %d, column %d)", what, syntax.Error(), line, column)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s must be a JSON object, not a %s", what, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return what + " is not JSON: it ends in the middle"
	}
	return what + " is not JSON"
}
