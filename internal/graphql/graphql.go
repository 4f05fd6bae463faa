// Package graphql executes GraphQL documents over Go values in memory.
//
// The one idea: a document is compiled once, for one schema version, into a
// plan (a tree of small instructions bound to resolvers), and the plan is run
// many times, appending JSON straight to the answer's buffer. Literals are
// lifted out of the text before the plan is looked up, so clients that write
// ids into their documents hit the same plan as those that use variables.
//
// The package knows the GraphQL specification (October 2021) and nothing of
// the API served through it: types, fields, rights, weights and error bodies
// are handed to it as SDL, Bindings and functions.
//
// A request goes through: lift.go (tokens, limits, the key), prepare.go (the plan cache), and on a miss
// syntax.go, validate.go with rules.go and overlap.go, compile.go with cost.go; then instantiate.go
// (variables, literals, arguments); then run.go, complete.go, batch.go and memo.go.
package graphql

import (
	"context"
	"errors"
	"time"
)

// Source is one file of schema definition language. Beyond the standard, the
// executor understands these directives and removes them from introspection:
//
//	@since(version: "2026-04")   on fields, arguments, types, enum values, input fields:
//	@until(version: "2026-07")   there from that version on, up to but without that version
//	@scope(name: "teams:read")   on fields: what a caller needs; see Context.Allow
//	@cost(weight: 10)            on fields: complexity of the field itself
//	@listSize(assumed: 25, by: ["ids", "limit"])
//	                             on list fields: how many elements the estimate counts; the
//	                             first argument given wins (length of a list, value of an Int)
//
// A field, argument or type may be defined several times as long as at most
// one definition is in force in any version.
type Source struct{ Name, Text string }

// Field says how the value of one field of one object type is found. Exactly
// one of Append, Resolve and Batch is set.
type Field struct {
	// Append appends the field's JSON; for scalars, enums and lists of them. It must be a pure
	// function of obj, quick, and cannot fail; null is appended as null. Should it panic, the whole
	// root field fails.
	Append func(dst []byte, obj any) []byte

	// Resolve returns the field's value: for object types nil or a value; for lists nil or a List;
	// for scalars and enums nil, string, bool, int, int64, float64, []byte (raw JSON) or an Appender.
	// A nil pointer inside a non-nil interface is a bug of the resolver.
	Resolve func(c *Context, obj any, args Args) (any, error)

	// Batch resolves the field for all parents of one level at once, for what must go to a database:
	// one result for each obj, in order; a result that is an error fails that one element.
	Batch func(c *Context, objs []any, args Args) ([]any, error)

	// Cached says that the field's value depends on obj, Context.Epoch and Context.Class alone, so that its encoding
	// (for a selection that is itself made of Append and Cached fields without arguments) may be kept
	// and used again for the same obj while the epoch lasts. Only for callers whose Epoch is not 0.
	Cached bool

	// Moment is Cached for a field that depends on other things than Context.Epoch and Context.Class: it
	// names what the value depends on beside obj, by two numbers, and is not ok where the encoding must
	// not be kept. It is for objects that are large and may be kept alive elsewhere too: what they take
	// counts as much as their encodings. It holds for objects of transient types too.
	Moment func(c *Context, obj any) (epoch, class uint64, ok bool)
}

// Fields are the fields of an object type by name. "name@2026-07" binds the definition that is
// in force from that version on, where a name has several.
type Fields map[string]Field

// Bindings connect the schema to Go.
type Bindings struct {
	// Objects are the object types. Every field of every version's schema must be bound; New says which are not.
	// The roots are "Query" and "Mutation"; their obj is nil.
	Objects map[string]Fields
	// TypeOf names the object type of a value, for interfaces and unions.
	TypeOf func(value any) string
	// Transient are the object types whose values are made for one request, or should not be kept alive
	// by what was once said of them: no encoding is kept under such an object, or of what holds one.
	Transient []string
	// Scalars check and convert the inputs of custom scalars; a scalar that is not here passes its
	// value on as it came (string, bool, int64, float64, []any, map[string]any). For a scalar in literal
	// form objects and lists arrive as map[string]any and []any.
	Scalars map[string]func(value any) (any, error)
}

// List is a list value. The executor calls At once for each index, in order.
type List interface {
	Len() int
	At(i int) any
}

// Slice makes a Go slice a List.
type Slice[T any] []T

func (s Slice[T]) Len() int     { return len(s) }
func (s Slice[T]) At(i int) any { return s[i] }

// Appender is a scalar that writes its own JSON.
type Appender interface{ AppendJSON(dst []byte) []byte }

// Typed resolvers, so that bindings read as what they are.

// Leaf binds a scalar that is a pure function of its object.
func Leaf[T any](f func(dst []byte, obj T) []byte) Field {
	return Field{Append: func(dst []byte, obj any) []byte { return f(dst, obj.(T)) }}
}

// Resolve binds a field that needs the request or its arguments.
func Resolve[T any](f func(c *Context, obj T, args Args) (any, error)) Field {
	return Field{Resolve: func(c *Context, obj any, args Args) (any, error) { return f(c, obj.(T), args) }}
}

// Root binds a field of Query or Mutation.
func Root(f func(c *Context, args Args) (any, error)) Field {
	return Field{Resolve: func(c *Context, _ any, args Args) (any, error) { return f(c, args) }}
}

// Args are a field's coerced arguments in the order of their definition. Values are:
// Int int64, Float float64, String and ID and enums string, Boolean bool, lists []any,
// input objects map[string]any, custom scalars what Bindings.Scalars made of them; nil is an explicit null.
// Defaults of the schema are filled in. Lists and maps are shared by all runs of a document and must
// not be changed. An ID written into the document shares its memory; clone what is kept for long.
type Args struct {
	names  []string
	values []any
	given  []bool
}

// Get returns the argument's value and whether it is there (given, or by default). An explicit null is (nil, true).
func (a Args) Get(name string) (any, bool) {
	for i, n := range a.names {
		if n == name {
			return a.values[i], a.given[i]
		}
	}
	return nil, false
}

// Has reports whether the argument is there and not null.
func (a Args) Has(name string) bool { v, ok := a.Get(name); return ok && v != nil }

// String returns the argument, or "" where it is absent or null.
func (a Args) String(name string) string { v, _ := a.Get(name); s, _ := v.(string); return s }

// Bool returns the argument, or false where it is absent or null.
func (a Args) Bool(name string) bool { v, _ := a.Get(name); b, _ := v.(bool); return b }

// Int returns the argument, or otherwise.
func (a Args) Int(name string, otherwise int) int {
	v, _ := a.Get(name)
	if n, ok := v.(int64); ok {
		return int(n)
	}
	return otherwise
}

// List returns the argument, or nil where it is absent or null.
func (a Args) List(name string) []any { v, _ := a.Get(name); l, _ := v.([]any); return l }

// Object returns the argument, or nil where it is absent or null.
func (a Args) Object(name string) map[string]any {
	v, _ := a.Get(name)
	o, _ := v.(map[string]any)
	return o
}

// Location is a place in the document, both counted from 1 (columns in characters).
type Location struct{ Line, Column int }

// Error is one element of the answer's errors.
type Error struct {
	Message   string
	Locations []Location
	Path      []any // string and int; nil where the error belongs to no field
	// Err is what the resolver returned, or the VariableError of a variable; nil for other errors of the
	// document itself.
	Err error
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Err }

// Request is one operation to run.
type Request struct {
	Version       string // one of Config.Versions
	Query         string
	OperationName string
	Variables     map[string]any // as decoded from JSON with json.Number for numbers; undeclared ones are ignored
}

// Context is handed to every resolver of one run.
type Context struct {
	context.Context
	// State is the caller's own: who asks, over which snapshot.
	State any
	// Epoch names the snapshot that Cached fields are valid for; 0 turns caching off. A mutation's
	// resolver sets it anew when it has changed the snapshot.
	Epoch uint64
	// Class tells apart callers who see different things in Cached fields: encodings are shared within
	// one class only.
	Class uint64
	// Allow, when not nil, is asked for each field that carries @scope; an error fails the field.
	Allow func(scope string) error
	// Now is when the run began.
	Now time.Time

	warnings []Error
	cost     int
}

// Warn adds to the answer's warnings.
func (c *Context) Warn(e Error) { c.warnings = append(c.warnings, e) }

// Warnings are those the document and the resolvers gave rise to.
func (c *Context) Warnings() []Error { return c.warnings }

// Cost is the estimated complexity of the operation, known before it runs.
func (c *Context) Cost() int { return c.cost }

// Limits bound what one document may ask; zero means no bound.
type Limits struct {
	DocumentBytes int // size of the text
	Tokens        int // lexical tokens
	Depth         int // nesting of selections
	Aliases       int // aliased fields in one document
	Fields        int // fields after fragments are expanded
	Errors        int // errors reported in one answer
	AnswerBytes   int // size of the answer's data, as soon as a list goes beyond it
	PlanBytes     int // memory for cached plans
	MemoBytes     int // memory for cached encodings
	// LenientInts accepts integers with leading zeros, which the grammar refuses, as the number they
	// mean, with a warning.
	LenientInts bool
}

// ErrTooLong ends the run of an operation whose answer goes beyond the limit.
var ErrTooLong = errors.New("the answer is too long")

// Config makes an Executor.
type Config struct {
	Sources  []Source
	Versions []string // ascending
	Bindings Bindings
	Limits   Limits
	// Message renders a resolver's error for the caller; nil uses Error(). The error itself stays in Error.Err.
	Message func(err error) string
}
