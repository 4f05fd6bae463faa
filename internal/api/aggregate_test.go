package api

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestAggregateFunctions: each function that the schema has works something out, by itself or grouped by.
func TestAggregateFunctions(t *testing.T) {
	t.Parallel()
	of := map[string]string{ // the columns to use it on; those of many items begin with +
		"NONE": "text", "COUNT_ITEMS": "+", "COUNT_SUBITEMS": "+", "COUNT": "+text", "COUNT_DISTINCT": "+status", "COUNT_KEYS": "+file",
		"SUM": "+numbers", "AVERAGE": "+rating", "MEDIAN": "+vote", "MIN": "+date", "MAX": "+creation_log", "MIN_MAX": "+numbers", "FIRST": "+country",
		"BETWEEN": "numbers rating vote", "EQUALS": "text name", "CASE": "checkbox text name", "DURATION_RUNNING": "+time_tracking",
		"UPPER": "text", "LOWER": "people", "TRIM": "long_text", "LENGTH": "name", "LEFT": "name numbers", "FLATTEN": "tags",
		"DATE_TRUNC_DAY": "date", "DATE_TRUNC_WEEK": "timeline", "DATE_TRUNC_MONTH": "week", "DATE_TRUNC_QUARTER": "last_updated", "DATE_TRUNC_YEAR": "date",
		"DATE": "date", "START_DATE": "timeline", "END_DATE": "timeline", "HOUR": "hour", "PERSON": "people", "ID": "dropdown", "LABEL": "board_relation",
		"COLOR": "color_picker", "ORDER": "status", "RAW": "location", "IS_DONE": "status", "PHONE_COUNTRY_SHORT_NAME": "phone",
	}
	seed := small()
	full(seed)
	s := start(t, seed, nil)
	var enum struct {
		Data struct {
			Type struct{ EnumValues []struct{ Name string } } `json:"__type"`
		}
	}
	body := s.query(t, 2, `{ __type(name: "AggregateSelectFunctionName") { enumValues { name } } }`, nil)
	if err := json.Unmarshal([]byte(body), &enum); err != nil || len(enum.Data.Type.EnumValues) != len(of) {
		t.Fatalf("%d functions, %v", len(enum.Data.Type.EnumValues), err)
	}
	for _, f := range enum.Data.Type.EnumValues {
		columns, ok := of[f.Name]
		if !ok {
			t.Errorf("%s is not tried", f.Name)
			continue
		}
		columns, many := strings.CutPrefix(columns, "+")
		params := []any{}
		for _, id := range strings.Fields(columns) {
			params = append(params, map[string]any{"type": "COLUMN", "column": map[string]any{"column_id": id}, "as": id})
		}
		query := map[string]any{
			"from":   map[string]any{"type": "TABLE", "id": "31"},
			"select": []any{map[string]any{"type": "FUNCTION", "as": "it", "function": map[string]any{"function": f.Name, "params": params}}},
		}
		if !many {
			query["group_by"] = []any{map[string]any{"column_id": "it", "limit": 10}}
		}
		var answer struct {
			Data struct {
				Aggregate struct {
					Results []struct {
						Entries []struct {
							Value struct{ Result, Value any }
						}
					}
				}
			}
			Errors []any
		}
		body := s.query(t, 2, `query ($q: AggregateQueryInput!) { aggregate(query: $q) { results { entries {
			value { ... on AggregateBasicAggregationResult { result } ... on AggregateGroupByResult { value } }
		} } } }`, map[string]any{"q": query})
		if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Errors != nil || len(answer.Data.Aggregate.Results) == 0 {
			t.Errorf("%s of %s: %v %s", f.Name, columns, err, body)
			continue
		}
		says := false
		for _, set := range answer.Data.Aggregate.Results {
			v := set.Entries[0].Value
			says = says || v.Result != nil || v.Value != nil && v.Value != ""
		}
		if !says {
			t.Errorf("%s of %s says nothing: %s", f.Name, columns, body)
		}
	}
}
