package api

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// TestColumnTypes: the schema has the types of columns that there are, and a value of each is of a type
// that implements ColumnValue.
func TestColumnTypes(t *testing.T) {
	t.Parallel()
	s := start(t, small(), nil)
	var answer struct {
		Data struct {
			Types  struct{ EnumValues []struct{ Name column.Type } }
			Values struct{ PossibleTypes []struct{ Name string } }
		}
	}
	body := s.query(t, 1, `{ types: __type(name: "ColumnType") { enumValues { name } } values: __type(name: "ColumnValue") { possibleTypes { name } } }`, nil)
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err, body)
	}
	var types []column.Type
	for _, v := range answer.Data.Types.EnumValues {
		types = append(types, v.Name)
	}
	want := column.Types()
	slices.Sort(types)
	slices.Sort(want)
	if !slices.Equal(types, want) {
		t.Errorf("the schema's types are %v, and there are %v", types, want)
	}
	for _, typ := range want {
		kind, _ := column.ByName(string(typ))
		if !slices.ContainsFunc(answer.Data.Values.PossibleTypes, func(v struct{ Name string }) bool { return v.Name == kind.GraphQL }) {
			t.Errorf("values of %s are %s, which is no ColumnValue", typ, kind.GraphQL)
		}
	}
}
