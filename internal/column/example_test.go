package column_test

import (
	"fmt"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// A board makes a column, an item is given a value, a query looks for it.
func Example() {
	kind, _ := column.ByName("status")
	settings, err := kind.ParseSettings(`{"labels":{"0":"Doing","1":"Done"}}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	status := &column.Column{ID: "color_mkx45erj", Title: "Status", Kind: kind, Settings: settings}
	env := column.Env{Now: time.Date(2026, 6, 17, 9, 0, 0, 0, time.UTC)}

	written, err := status.Parse(`{"label":"Review"}`, column.Write{Env: env, CreateLabels: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	status = &column.Column{ID: status.ID, Title: status.Title, Kind: kind, Settings: *written.Settings}
	text, _ := status.Text(written.Value, env)
	wire, _ := kind.Wire(written.Value, env.Now)
	fmt.Println(text, wire)

	match, _ := status.CompileRule(column.Rule{Operator: column.AnyOf, Value: []any{2}}, env)
	fmt.Println(match.Has(written.Value, column.Done{}))

	_, err = status.Parse(`{"label":"Unheard of"}`, column.Write{Env: env})
	fmt.Println(err)
	fmt.Println(err.(*column.Error).Hint())
	// Output:
	// Review {"index":2,"post_id":null,"changed_at":"2026-06-17T09:00:00.000Z"}
	// true
	// This status label doesn't exist, possible statuses are: {0: Doing, 1: Done, 2: Review}
	// Accepted: {"label":"Doing"}, {"index":0} or "Doing"; a new label with create_labels_if_missing: true
}
