package api

import (
	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) aggregate() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {"aggregate": graphql.Root(aggregate)},
		"AggregateQueryResult": {
			"results": graphql.Resolve(func(_ *graphql.Context, sets [][]work.Aggregated, _ graphql.Args) (any, error) {
				return graphql.Slice[[]work.Aggregated](sets), nil
			}),
		},
		"AggregateResultSet": {
			"entries": graphql.Resolve(func(_ *graphql.Context, s []work.Aggregated, _ graphql.Args) (any, error) {
				return pointers[work.Aggregated](s), nil
			}),
		},
		"AggregateResultEntry": {
			"alias": nameLeaf(func(e *work.Aggregated) string { return e.As }),
			"value": graphql.Resolve(func(_ *graphql.Context, e *work.Aggregated, _ graphql.Args) (any, error) { return e, nil }),
		},
		"AggregateBasicAggregationResult": {"result": maybeFloat(aggregatedNumber)},
		"AggregateGroupByResult":          {"value": graphql.Leaf(appendAggregated)},
	}
}

func aggregate(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	o := args.Object("query")
	from, _ := o["from"].(map[string]any)
	id, err := objectID[work.BoardID](from, "id")
	in.keep(err)
	query, _ := o["query"].(map[string]any)
	q := work.AggregateQuery{Items: itemQuery(&in, query), Limit: in.atLeastOne(o, "query.limit")}
	elements, _ := o["select"].([]any)
	q.Select = in.selected(elements)
	groups, _ := o["group_by"].([]any)
	for _, v := range groups {
		g, _ := v.(map[string]any)
		name, _ := g["column_id"].(string)
		q.Groups = append(q.Groups, work.GroupedBy{As: name, Limit: in.atLeastOne(g, "group_by.limit")})
	}
	if in.err != nil {
		return nil, in.err
	}
	b, err := boardByID(c, id)
	if err != nil {
		return nil, err
	}
	return callOf(c).view.Aggregate(b, q)
}

// atLeastOne is the limit in an input object, 0 where it is absent or null; name says where that is.
func (in *inputs) atLeastOne(o map[string]any, name string) int {
	n, given := o["limit"].(int64)
	if given && n < 1 {
		in.keep(wrongArgument(name, name+" must be 1 or more"))
	}
	return int(n)
}

// selected reads elements of select, or of a function's params.
func (in *inputs) selected(list []any) []work.Selected {
	out := make([]work.Selected, len(list))
	for i, v := range list {
		o, _ := v.(map[string]any)
		s := &out[i]
		s.As, _ = o["as"].(string)
		col, isColumn := o["column"].(map[string]any)
		function, isFunction := o["function"].(map[string]any)
		switch byColumn := o["type"] == "COLUMN"; {
		case byColumn && !isColumn:
			in.keep(wrongArgument("column", `"`+s.As+`" is of type COLUMN and has no column; give it one`))
		case !byColumn && !isFunction:
			in.keep(wrongArgument("function", `"`+s.As+`" is of type FUNCTION and has no function; give it one`))
		case byColumn:
			s.Column, _ = col["column_id"].(string)
		default:
			name, _ := function["function"].(string)
			s.Function = column.Function(name)
			params, _ := function["params"].([]any)
			s.Params = in.selected(params)
		}
	}
	return out
}

// aggregatedNumber is the number that an element of select came to. Totals that found nothing are none:
// the real service answers null in the place of values that are grouped by.
func aggregatedNumber(e *work.Aggregated) (float64, bool) {
	n, ok := e.Value.Basic().(float64)
	return n, ok && !e.Key && e.Most == nil
}

func appendAggregated(dst []byte, e *work.Aggregated) []byte {
	if e.Most == nil {
		return appendOperand(dst, e.Value)
	}
	dst = appendOperand(append(dst, `{"min":`...), e.Value)
	return append(appendOperand(append(dst, `,"max":`...), *e.Most), '}')
}

func appendOperand(dst []byte, o column.Operand) []byte {
	switch v := o.Basic().(type) {
	case float64:
		return graphql.AppendFloat(dst, v)
	case string:
		return graphql.AppendString(dst, v)
	case bool:
		return graphql.AppendBool(dst, v)
	}
	return append(dst, null...)
}
