package graphql

import (
	"fmt"
)

// problem is an error in the words of graphql-js, which begin with a capital and end with a full stop.
type problem string

func (p problem) Error() string { return string(p) }

func problemf(format string, args ...any) error { return problem(fmt.Sprintf(format, args...)) }

// VariableError is what a custom scalar's check may fail with, if it has its own words for a variable.
type VariableError interface {
	error
	OfVariable(name, typ string) string
}

// PanicError is the error of a field whose resolver panicked.
type PanicError struct {
	Field string // "Type.field"
	Value any    // what it panicked with
	Stack []byte
}

// Error does not tell what happened; that is for the log and not for the caller.
func (e *PanicError) Error() string { return "Internal server error" }

// ResolverError is the error of a field whose resolver broke its contract: a bug, not the caller's mistake.
type ResolverError struct {
	Field  string
	Reason string
}

// Error tells what the resolver did wrong.
func (e *ResolverError) Error() string { return e.Field + ": " + e.Reason }
