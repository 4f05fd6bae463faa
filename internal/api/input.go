package api

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// inputs reads a field's arguments one by one and remembers the first that is wrong.
type inputs struct {
	graphql.Args
	err error
}

func (in *inputs) keep(err error) {
	if in.err == nil {
		in.err = err
	}
}

// readID is the id in an argument; 0 where it is absent or null.
func readID[T ~int64](in *inputs, name string) T {
	id, err := argID[T](in.Args, name, 0)
	in.keep(err)
	return id
}

// needID is the id in an argument that the schema lets be left out, and nobody else does.
func needID[T ~int64](in *inputs, name string) T {
	if !in.Has(name) {
		in.keep(wrongArgument(name, name+" is required"))
	}
	return readID[T](in, name)
}

func readIDs[T ~int64](in *inputs, name string) []T {
	ids, err := argIDs[T](in.Args, name)
	in.keep(err)
	return ids
}

// text is the string in an argument, nil where it is absent or null.
func (in *inputs) text(name string) *string {
	if v, _ := in.Get(name); v != nil {
		s, _ := v.(string)
		return &s
	}
	return nil
}

// number is the integer in an argument, nil where it is absent or null.
func (in *inputs) number(name string) *int {
	if !in.Has(name) {
		return nil
	}
	n := in.Int(name, 0)
	return &n
}

// json is the text of a JSON argument, which is given as that text or as a value; "" where it is
// absent or null.
func (in *inputs) json(name string) string {
	v, _ := in.Get(name)
	text, err := jsonText(v)
	in.keep(err)
	return text
}

// encoded is the JSON of an argument that is no JSON in the schema, nil where it is absent or null.
func (in *inputs) encoded(name string) *string {
	v, _ := in.Get(name)
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	in.keep(err)
	text := string(b)
	return &text
}

func jsonText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// limit is the size of a page of items.
func (in *inputs) limit() int {
	n := in.Int("limit", 25)
	if n < 1 || n > work.ItemsMax {
		in.keep(wrongArgument("limit", "limit must be from 1 to "+strconv.Itoa(work.ItemsMax)+", not "+strconv.Itoa(n)))
	}
	return n
}

// itemIDsMax is how many items a list can be asked for by id.
const itemIDsMax = 100

// atMost refuses a list of ids that is too long.
func (in *inputs) atMost(most int, name string, ids []work.ItemID) []work.ItemID {
	if len(ids) > most {
		in.keep(wrongArgument(name, name+" names "+strconv.Itoa(len(ids))+" items; at most "+strconv.Itoa(most)+" can be asked for at once"))
	}
	return ids
}

// before tells which side of relative_to is meant.
func (in *inputs) before() bool { return in.String("position_relative_method") == "before_at" }

// badJSON is the text of a JSON argument that is no JSON.
type badJSON struct{ value string }

// syntaxError is what the real service says of it.
const syntaxError = "Syntax error in JSON input"

func (e *badJSON) Error() string {
	if strings.HasPrefix(e.value, "{") || strings.HasPrefix(e.value, "[") {
		return syntaxError
	}
	return syntaxError + `; a text in JSON has quotes of its own, as in "\"text\""`
}

// OfVariable is the message where the text came in a variable.
func (e *badJSON) OfVariable(name, typ string) string {
	return "Variable $" + name + " of type " + typ + " was provided invalid value"
}

// checkJSON lets an argument of type JSON be the text of some, or any other value. An empty text
// passes too, and stands for none.
func checkJSON(v any) (any, error) {
	if s, isText := v.(string); isText && s != "" && !json.Valid([]byte(s)) {
		return nil, &badJSON{s}
	}
	return v, nil
}
