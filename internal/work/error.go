package work

import (
	"errors"
	"fmt"
)

// Code is the kind of an Error; each surface renders it in one place.
type Code int

const (
	CodeInternal        Code = iota // a fault of ours; Err says which
	CodeInvalid                     // the input is wrong; Field names where
	CodeNotFound                    // Kind and ID name what is not there, or not for this caller
	CodeDenied                      // visible, but not to be done by this caller
	CodeUnauthenticated             // no token, or none that is known
	CodeNoAccess                    // a known user who may not use the API
	CodeLimit                       // a documented maximum is exceeded
	CodeUnavailable                 // the database does not answer; try again
)

// Error is what every method of the service fails with. Msg is for the caller, Err for the log.
type Error struct {
	Code  Code
	Kind  string // of what is not found: user, team, workspace, board, …; or one of the kinds below
	ID    int64
	Key   string // the id of the group or column that is not found; ID is its board's
	Field string
	Msg   string
	Err   error
}

// Kinds of refusals that the API has codes of their own for.
const (
	KindLastGroup = "last_group" // CodeInvalid: a board keeps one active group
	KindItemName  = "item_name"  // CodeInvalid: names of items have 1 to 255 characters
	KindItems     = "items"      // CodeLimit: the board is full
	KindCursor    = "cursor"     // CodeInvalid: the cursor has expired
)

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Msg + ": " + e.Err.Error()
	}
	return e.Msg
}

func (e *Error) Unwrap() error { return e.Err }

// ErrorOf returns err as an Error; whatever is none becomes an internal one that tells the caller nothing.
func ErrorOf(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeInternal, Msg: "Internal server error", Err: err}
}

func invalid(field, format string, args ...any) error {
	return &Error{Code: CodeInvalid, Field: field, Msg: fmt.Sprintf(format, args...)}
}

func notFound[T ~int64](kind string, id T) error {
	return &Error{Code: CodeNotFound, Kind: kind, ID: int64(id), Msg: fmt.Sprintf("%s %d not found", kind, id)}
}

func tooMany(field, format string, args ...any) error {
	return &Error{Code: CodeLimit, Field: field, Msg: fmt.Sprintf(format, args...)}
}
