// Package mondayapi is a client of the monday.com platform API, as the real service and Lunedi's server
// speak it. It sends one document at a time, waits where the service says so, tries again where that can
// help, and tells every other failure by its kind.
package mondayapi

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Version is the version of the API that the client asks for.
const Version = "2026-04"

// Endpoint is the address of the real service.
const Endpoint = "https://api.monday.com/v2"

// Config is what a client needs.
type Config struct {
	Endpoint  string       // the address of the API; Endpoint when empty
	Token     string       // a personal API token, sent as it is in the Authorization header
	Version   string       // the version to ask for; Version when empty
	UserAgent string       // "lunedi" when empty
	HTTP      *http.Client // http.DefaultClient with a timeout of five minutes a call when nil
	Log       *slog.Logger // where waits and tries are told; nobody when nil. Never given the token

	// Tries is how often a call that failed for no lasting reason is made before its error is returned;
	// 8 when zero. Waits that the service asks for do not count.
	Tries int

	// Spend is called before every call over the wire, the repeated ones too, and may refuse it: the
	// error is returned as it is. It is where a budget of calls is kept.
	Spend func() error

	// Answered is told of every answer, such as to add up what they cost.
	Answered func(*Answer)

	// Waiting is called before the client waits, with the time it will go on.
	Waiting func(until time.Time, why *Error)

	// Sleep waits; it is time.Sleep that ends with the context when nil. Tests set it, and Now with it.
	Sleep func(ctx context.Context, d time.Duration) error
	Now   func() time.Time // the clock; time.Now when nil

	// Insecure lets the token go over plain HTTP to other machines, where anybody on the way can read it.
	// To this machine it always may.
	Insecure bool
}

// Answer is what came beside the data.
type Answer struct {
	Errors     []FieldError // what could not be read while the rest could
	Complexity Complexity   // zero when the document did not ask for it
	RequestID  string
	Version    string // that answered, as the service tells it in the Api-Version header
	Bytes      int    // of the body
}

// FieldError says that a part of an answer is missing: the field at Path is null.
type FieldError struct {
	Code    string // such as USER_UNAUTHORIZED
	Message string
	Path    []any // string and float64, as in the answer
}

// Complexity is what a document cost and what is left of the minute's budget, in points. A document asks
// for it by the field `complexity{before query after reset_in_x_seconds}` at its root.
type Complexity struct {
	Before  int `json:"before"`
	Query   int `json:"query"`
	After   int `json:"after"`
	ResetIn int `json:"reset_in_x_seconds"` // seconds
}

// Kind says what can be done about an error.
type Kind uint8

// The kinds of errors.
const (
	Transient     Kind = iota + 1 // the service or the way to it failed, and failed again at every try
	Unauthorized                  // the token is not valid (any more), or its user may not use the API
	Forbidden                     // the token's user or scopes do not allow this document
	Invalid                       // the document is not one for this version of the API
	TooComplex                    // the document is too expensive by itself: ask for less at once
	CursorExpired                 // a page was asked for by a cursor that is no longer good
	DailyLimit                    // the account's calls of this day are used up
)

// Error is why a call failed.
type Error struct {
	Kind      Kind
	Code      string // the API's own, such as CursorException
	Message   string // the API's own, without secrets
	Status    int    // of HTTP; 0 when there was no answer
	RequestID string
	RetryIn   time.Duration // after which the service says it can be tried again, 0 when it does not
	Err       error         // what happened on the way, when something did
	Fields    []FieldError  // all that an answer without data said
}

func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.Message != "":
		b.WriteString(e.Message)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString(e.Kind.String())
	}
	var more []string
	if e.Code != "" {
		more = append(more, e.Code)
	}
	if e.Status != 0 && e.Status != http.StatusOK {
		more = append(more, "HTTP "+strconv.Itoa(e.Status))
	}
	if e.RequestID != "" {
		more = append(more, "request "+e.RequestID)
	}
	if len(more) > 0 {
		b.WriteString(" (" + strings.Join(more, ", ") + ")")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

var kindTexts = [...]string{
	Transient:     "the service cannot be reached or does not answer",
	Unauthorized:  "the token is not valid or its user may not use the API",
	Forbidden:     "the token's user or scopes do not allow this",
	Invalid:       "the service does not understand the request",
	TooComplex:    "the request asks for too much at once",
	CursorExpired: "the cursor has expired",
	DailyLimit:    "the account's calls of this day are used up",
}

func (k Kind) String() string {
	if int(k) < len(kindTexts) && kindTexts[k] != "" {
		return kindTexts[k]
	}
	return "error of kind " + strconv.Itoa(int(k))
}
