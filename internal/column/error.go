package column

import "strings"

// Code is what the service calls the kind of refusal.
type Code string

const (
	BadValue   Code = "ColumnValueException"     // the value has the wrong form for the column
	NotSimple  Code = "CorrectedValueException"  // the type takes no simple strings
	BadRule    Code = "InvalidArgumentException" // a rule the column does not understand
	BadSetting Code = "INVALID_INPUT"            // settings the type does not take
)

// invalidValue is the service's text for a value of the wrong form.
const invalidValue = "invalid value, please check our API documentation for the correct data structure for this column. https://developer.monday.com/api-reference/docs/change-column-values"

// Error is a refused value, rule or setting. Message is in the service's words
// where they are known; Shapes are examples of what would have been taken.
type Error struct {
	Code    Code
	Message string
	Column  string // its id
	Type    Type
	Class   string // the type as the service's error_data spells it
	Value   string // what was sent
	Shapes  []string
	// Creatable: a label is missing that would be made if the caller asked for it.
	Creatable bool
}

func (e *Error) Error() string { return e.Message }

// Hint is a sentence that says what would have been accepted, or "".
func (e *Error) Hint() string {
	n := len(e.Shapes)
	if n == 0 {
		return ""
	}
	hint := "Accepted: " + e.Shapes[n-1]
	if n > 1 {
		hint = "Accepted: " + strings.Join(e.Shapes[:n-1], ", ") + " or " + e.Shapes[n-1]
	}
	if e.Creatable {
		hint += "; a new label with create_labels_if_missing: true"
	}
	return hint
}

func (c *Column) fail(code Code, message, sent string, shapes []string) *Error {
	return &Error{Code: code, Message: message, Column: c.ID, Type: c.Kind.Name, Class: c.Kind.Class, Value: sent, Shapes: shapes}
}
