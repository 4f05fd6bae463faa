package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// wire is an error as clients see it.
type wire struct {
	message string
	code    string
	status  int    // extensions.status_code, whatever HTTP says
	data    []byte // extensions.error_data, JSON
	// internal errors have their own form, with error_code in place of code.
	internal bool
	// denied is the form that a missing scope has: a code and nothing else.
	denied bool
}

var noData = []byte("{}")

// notFound says for each kind of thing what the answer is when there is none with an id.
var notFound = map[string]struct {
	code, message string
	status        int
	data          func(id string) string
}{
	"board": {"InvalidBoardIdException", "The board does not exist. Please check your board ID and try again", 200,
		func(id string) string { return `{"board_id":` + id + `}` }},
	"workspace": {"InvalidWorkspaceIdException", "The workspace does not exist. Please check your workspace ID and try again", 200,
		func(id string) string { return `{"workspace_id":` + id + `}` }},
	"folder": {"InvalidFolderIdException", "The folder does not exist. Please check your folder ID and try again", 200,
		func(id string) string { return `{"folder_id":` + id + `}` }},
	"user": {"InvalidUserIdException", "", 200,
		func(id string) string { return `{"user_id":` + id + `}` }},
	"team": {"ResourceNotFoundException", "Team not found", 404,
		func(id string) string { return `{"resource_type":"team","team_id":` + id + `}` }},
	"update": {"ResourceNotFoundException", "Update not found", 404,
		func(id string) string { return `{"id":` + id + `,"error_reason":null}` }},
	"doc": {"ResourceNotFoundException", "Document not found", 404,
		func(id string) string { return `{"resource_type":"doc","doc_id":` + id + `}` }},
	"webhook": {"ResourceNotFoundException", "Webhook not found", 404,
		func(id string) string { return `{"resource_type":"webhook","webhook_id":` + id + `}` }},
	"template": {"CreateBoardException", "", 200,
		func(id string) string { return `{"template_id":` + id + `}` }},
	"item": {"InvalidItemIdException", "Item not found", 200,
		func(id string) string { return `{"item_id":` + id + `}` }},
	"item to duplicate": {"InvalidItemIdException", "Item not found", 200,
		func(id string) string { return id }},
}

// keyNotFound is notFound for what is named by a text on a board. The data's members are in the order
// of the real service, which does not say the board of a column.
var keyNotFound = map[string]struct {
	code, message string
	status        int
	data          func(key, board string) string
}{
	"group": {"ResourceNotFoundException", "Group not found", 404, func(key, board string) string {
		return `{"resource_type":"group","group_id":` + key + `,"board_id":` + board + `,"error_reason":"store.monday.automation.error.missing_group"}`
	}},
	"column": {"InvalidColumnIdException", "This column ID doesn't exist for the board", 200, func(key, _ string) string {
		return `{"column_id":` + key + `,"board_id":null,"error_reason":"store.monday.automation.error.missing_column"}`
	}},
}

// expired is what the real service says of cursors whose time is over. Clients look for the first word.
const expired = "CursorExpiredError: The cursor provided for pagination has expired. Please refresh your query and obtain a new cursor to continue fetching items"

// refusals have codes of their own, by the kind that the service gives them.
var refusals = map[string]struct {
	code    string
	message string // "" is the service's own
	status  int
}{
	work.KindLastGroup: {"DeleteLastGroupException", "", 409},
	work.KindItemName:  {"ItemNameTooLongException", "", 200},
	work.KindItems:     {"ItemsLimitationException", "", 200},
	work.KindCursor:    {"CursorException", expired, 200},
}

// missingScope is the error of a field that the caller's token was not granted.
type missingScope string

func (s missingScope) Error() string { return "the token lacks the scope " + string(s) }

// wire renders an error. Everything the API says about errors of fields is decided here.
func (h *Handler) wire(err error) wire {
	if id := (*badID)(nil); errors.As(err, &id) {
		if h.cfg.Strict {
			return internal // the real service breaks on them
		}
		return wire{message: id.Error(), code: "InvalidArgumentException", status: 200, data: h.told("argument", id.field)}
	}
	if errors.Is(err, graphql.ErrTooLong) { // what the real service's budget of complexity keeps from happening
		return wire{message: fmt.Sprintf("The answer has more than %d bytes, which is the limit; ask for fewer objects or fields at once", h.cfg.MaxAnswer),
			code: "maxComplexityExceeded", status: 200, data: noData}
	}
	if scope := missingScope(""); errors.As(err, &scope) {
		return wire{message: "Unauthorized field or type", code: "UNAUTHORIZED_FIELD_OR_TYPE", denied: true}
	}
	if refused := (*column.Error)(nil); errors.As(err, &refused) {
		return h.wireColumn(refused)
	}
	e := work.ErrorOf(err)
	if r, ok := refusals[e.Kind]; ok && (e.Code == work.CodeInvalid || e.Code == work.CodeLimit) {
		if r.message == "" {
			r.message = e.Msg
		}
		return wire{message: r.message, code: r.code, status: r.status, data: h.told("argument", e.Field)}
	}
	switch e.Code {
	case work.CodeInvalid:
		return wire{message: e.Msg, code: "InvalidArgumentException", status: 200, data: h.told("argument", e.Field)}
	case work.CodeNotFound:
		return h.wireNotFound(e)
	case work.CodeDenied:
		return wire{message: "User unauthorized to perform action", code: "USER_UNAUTHORIZED", status: 403, data: h.told("reason", e.Msg)}
	case work.CodeUnauthenticated:
		return wire{message: "Not authenticated", code: "NOT_AUTHENTICATED", status: 401, data: noData}
	case work.CodeNoAccess:
		return wire{message: e.Msg, code: "USER_ACCESS_DENIED", status: 403, data: noData}
	case work.CodeLimit:
		if e.Field == "emails" { // how many one call may name, not how many there can be
			return wire{message: e.Msg, code: "InvalidArgumentException", status: 200, data: h.told("argument", e.Field)}
		}
		return wire{message: e.Msg, code: "RecordInvalidException", status: 422, data: h.told("argument", e.Field)}
	case work.CodeUnavailable:
		return wire{message: e.Msg, code: "INTERNAL_SERVER_ERROR", status: 503, data: noData}
	}
	return internal
}

var internal = wire{message: "Internal server error", code: "INTERNAL_SERVER_ERROR", status: 500, internal: true}

// wireColumn renders a value, rule or setting that a column refused. What it would have taken is told
// after the service's own words.
func (h *Handler) wireColumn(e *column.Error) wire {
	w := wire{message: e.Message, code: string(e.Code), status: 200}
	if hint := e.Hint(); hint != "" && !h.cfg.Strict {
		w.message = strings.TrimSuffix(w.message, ".") + ". " + hint
	}
	w.data = []byte{'{'}
	if e.Column != "" { // of settings the column may not be there yet
		w.data = append(graphql.AppendString(append(w.data, `"column_id":`...), e.Column), ',')
	}
	w.data = append(graphql.AppendString(append(w.data, `"column_type":`...), e.Class), `,"column_value":`...)
	w.data = append(graphql.AppendString(w.data, e.Value), '}')
	return w
}

func (h *Handler) wireNotFound(e *work.Error) wire {
	if t, ok := keyNotFound[e.Kind]; ok {
		key := string(graphql.AppendString(nil, e.Key))
		return wire{message: t.message, code: t.code, status: t.status, data: []byte(t.data(key, strconv.FormatInt(e.ID, 10)))}
	}
	t, ok := notFound[e.Kind]
	if !ok {
		return wire{message: e.Msg, code: "ResourceNotFoundException", status: 404, data: h.told("resource_type", e.Kind)}
	}
	w := wire{message: t.message, code: t.code, status: t.status, data: []byte(t.data(strconv.FormatInt(e.ID, 10)))}
	if w.message == "" {
		w.message = e.Msg
	}
	return w
}

// told is error_data with what the real service does not tell.
func (h *Handler) told(name, value string) []byte {
	if h.cfg.Strict || value == "" {
		return noData
	}
	dst := graphql.AppendString([]byte{'{'}, name)
	dst = append(dst, ':')
	return append(graphql.AppendString(dst, value), '}')
}

// appendErrors appends the list of an answer's errors and returns their codes. Errors without a path
// are of the document, and have no extensions.
func (h *Handler) appendErrors(dst []byte, errs []graphql.Error) ([]byte, []string) {
	var codes []string
	dst = append(dst, '[')
	for i := range errs {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := &errs[i]
		dst = append(dst, `{"message":`...)
		dst = graphql.AppendString(dst, e.Message)
		if bad := (*badJSON)(nil); errors.As(e.Err, &bad) && e.Path == nil {
			dst = appendPlace(dst, e, true, false)
			dst = append(dst, `,"extensions":{"value":`...)
			dst = graphql.AppendString(dst, bad.value)
			dst = append(dst, `,"problems":[{"path":[],"explanation":`...)
			dst = graphql.AppendString(dst, syntaxError)
			dst = append(dst, `}],"service":"monolith"}}`...)
			codes = append(codes, "")
			continue
		}
		if e.Err == nil {
			dst = appendPlace(dst, e, true, e.Path != nil)
			dst = append(dst, '}')
			codes = append(codes, "")
			continue
		}
		w := h.wire(e.Err)
		codes = append(codes, w.code)
		dst = appendPlace(dst, e, !w.denied, true)
		dst = append(w.appendExtensions(dst), '}')
	}
	return append(dst, ']'), codes
}

// appendPlace appends where an error is, in the document and in the answer.
func appendPlace(dst []byte, e *graphql.Error, locations, path bool) []byte {
	for i, l := range e.Locations {
		switch {
		case !locations:
			continue
		case i == 0:
			dst = append(dst, `,"locations":[{"line":`...)
		default:
			dst = append(dst, `,{"line":`...)
		}
		dst = strconv.AppendInt(dst, int64(l.Line), 10)
		dst = append(dst, `,"column":`...)
		dst = strconv.AppendInt(dst, int64(l.Column), 10)
		dst = append(dst, '}')
	}
	if locations && len(e.Locations) > 0 {
		dst = append(dst, ']')
	}
	if !path {
		return dst
	}
	dst = append(dst, `,"path":[`...)
	for i, p := range e.Path {
		if i > 0 {
			dst = append(dst, ',')
		}
		switch p := p.(type) {
		case string:
			dst = graphql.AppendString(dst, p)
		case int:
			dst = strconv.AppendInt(dst, int64(p), 10)
		}
	}
	return append(dst, ']')
}

func (w *wire) appendExtensions(dst []byte) []byte {
	if w.internal {
		return append(dst, `,"extensions":{"status_code":500,"error_code":"INTERNAL_SERVER_ERROR","service":"monolith"}`...)
	}
	dst = append(dst, `,"extensions":{"code":`...)
	dst = graphql.AppendString(dst, w.code)
	if w.denied {
		return append(dst, '}')
	}
	dst = append(dst, `,"status_code":`...)
	dst = strconv.AppendInt(dst, int64(w.status), 10)
	dst = append(dst, `,"error_data":`...)
	dst = append(dst, w.data...)
	return append(dst, `,"service":"monolith"}`...)
}

// hint adds to the error of a document that ends too early what is probably missing from it.
func (h *Handler) hint(query string, errs []graphql.Error) {
	if e := &errs[0]; !h.cfg.Strict && strings.HasSuffix(e.Message, "found <EOF>.") {
		if line, column, ok := unclosed(query); ok {
			e.Message += fmt.Sprintf(" The { at line %d, column %d is never closed; is a } missing?", line, column)
		}
	}
}

// unclosed finds the first brace of a document that is not closed, passing over strings and comments.
func unclosed(query string) (line, column int, ok bool) {
	type place struct{ line, column int }
	var open []place
	line, column = 1, 0
	var quoted, comment bool
	for i, c := range query {
		column++
		switch {
		case c == '\n':
			line, column, quoted, comment = line+1, 0, false, false
		case comment:
		case c == '"' && (i == 0 || query[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case c == '#':
			comment = true
		case c == '{':
			open = append(open, place{line, column})
		case c == '}' && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return 0, 0, false
	}
	return open[0].line, open[0].column, true
}

// broken reports whether one of the errors is a fault of ours, and logs all that are.
func (h *Handler) broken(k *call, op *graphql.Operation, errs []graphql.Error) (broken bool) {
	for i := range errs {
		err := errs[i].Err
		if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			continue
		}
		if w := h.wire(err); w.internal {
			broken = true
		} else if w.status != 503 {
			continue
		}
		if id := (*badID)(nil); errors.As(err, &id) {
			continue // the caller's mistake, which only Strict calls ours
		}
		attrs := []any{"request_id", k.id, "account", k.by.Account(), "operation", op.Name, "path", errs[i].Path, "err", err}
		if p := (*graphql.PanicError)(nil); errors.As(err, &p) {
			attrs = append(attrs, "panic", p.Value, "stack", string(p.Stack))
		}
		h.cfg.Log.Error("a field failed", attrs...)
	}
	return broken
}

// refusal is an answer to a request that never became an operation.
type refusal struct {
	status  int
	code    string
	message string
	retry   int // seconds after which to ask again; 0 when that is not told
}

// refuse makes a refusal, which has no place in a document.
func refuse(status int, code, message string) *refusal {
	return &refusal{status: status, code: code, message: message}
}

// append writes the body. Those that come before authentication have no request id, as with the real service.
func (r *refusal) append(dst []byte, id string) []byte {
	dst = append(dst, `{"errors":[{"message":`...)
	dst = graphql.AppendString(dst, r.message)
	dst = append(dst, `,"extensions":{"code":`...)
	dst = graphql.AppendString(dst, r.code)
	if r.retry > 0 {
		dst = strconv.AppendInt(append(dst, `,"retry_in_seconds":`...), int64(r.retry), 10)
	}
	dst = append(dst, `}}]`...)
	if id != "" {
		dst = append(dst, `,"extensions":{"request_id":`...)
		dst = graphql.AppendString(dst, id)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}
