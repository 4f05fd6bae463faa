package api

import (
	"strconv"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func listItems(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	f := work.ItemFilter{
		IDs:        in.atMost(itemIDsMax, "ids", readIDs[work.ItemID](&in, "ids")),
		OnlyActive: args.Bool("exclude_nonactive"), NewestFirst: args.Bool("newest_first"),
	}
	page, err := argPage(args, 25)
	if in.keep(err); in.err != nil {
		return nil, in.err
	}
	if page.Limit > work.ItemsMax {
		return nil, wrongArgument("limit", "limit must be from 0 to "+strconv.Itoa(work.ItemsMax)+", not "+strconv.Itoa(page.Limit))
	}
	f.Page = page
	items, err := callOf(c).view.Items(f)
	return graphql.Slice[*work.Item](items), err
}

// itemsPage answers items_page of a board or, with an id, of one of its groups.
func itemsPage(c *graphql.Context, b *work.Board, group string, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	limit := in.limit()
	q := itemQuery(&in, in.Object("query_params"))
	q.Group = group
	if in.err != nil {
		return nil, in.err
	}
	if cursor := args.String("cursor"); cursor != "" {
		if args.Has("query_params") {
			return nil, wrongArgument("query_params", "query_params cannot go with a cursor, which stands for those of the first page; leave one of them out")
		}
		return pageAfter(c, cursor, limit)
	}
	page, err := callOf(c).view.ItemsPage(b, q, limit)
	return orNull(page), err
}

func nextItems(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	limit := in.limit()
	if in.err != nil {
		return nil, in.err
	}
	return pageAfter(c, args.String("cursor"), limit)
}

func pageAfter(c *graphql.Context, cursor string, limit int) (any, error) {
	page, err := callOf(c).view.NextItems(cursor, limit)
	return orNull(page), err
}

// itemQuery is what an ItemsQuery asks for.
func itemQuery(in *inputs, o map[string]any) (q work.ItemQuery) {
	ids, err := objectIDs[work.ItemID](o, "ids")
	in.keep(err)
	q.IDs = in.atMost(itemIDsMax, "ids", ids)
	q.Where = ruleGroup(o)
	orders, _ := o["order_by"].([]any)
	for _, v := range orders {
		by, _ := v.(map[string]any)
		id, _ := by["column_id"].(string)
		q.Order = append(q.Order, work.OrderBy{Column: id, Desc: by["direction"] == "desc"})
	}
	return q
}

// ruleGroup is an ItemsQueryGroup; an ItemsQuery has the same members.
func ruleGroup(o map[string]any) work.RuleGroup {
	g := work.RuleGroup{Any: o["operator"] == "or"}
	rules, _ := o["rules"].([]any)
	for _, v := range rules {
		r, _ := v.(map[string]any)
		id, _ := r["column_id"].(string)
		operator, _ := r["operator"].(string)
		attribute, _ := r["compare_attribute"].(string)
		g.Rules = append(g.Rules, work.Rule{Column: id, Rule: column.Rule{
			Operator: column.Operator(operator), Value: r["compare_value"], Attribute: attribute,
		}})
	}
	groups, _ := o["groups"].([]any)
	for _, v := range groups {
		inner, _ := v.(map[string]any)
		g.Groups = append(g.Groups, ruleGroup(inner))
	}
	return g
}

// itemsByValues finds items by what they hold: all columns have to match, each by one of its values.
func itemsByValues(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	id, limit := readID[work.BoardID](&in, "board_id"), in.limit()
	if in.err != nil {
		return nil, in.err
	}
	b, err := boardByID(c, id)
	if err != nil {
		return nil, err
	}
	columns, cursor := args.List("columns"), args.String("cursor")
	switch {
	case cursor != "" && len(columns) > 0:
		return nil, wrongArgument("columns", "columns cannot go with a cursor, which stands for those of the first page; leave one of them out")
	case cursor != "":
		return pageAfter(c, cursor, limit)
	case len(columns) == 0:
		return nil, wrongArgument("columns", "columns names no column to look into; give some, or the cursor of a page before")
	}
	var q work.ItemQuery
	for _, v := range columns {
		o, _ := v.(map[string]any)
		id, _ := o["column_id"].(string)
		texts, _ := o["column_values"].([]any)
		values := make([]any, len(texts))
		for i, t := range texts {
			if values[i] = t; t == nil {
				values[i] = "" // empty cells
			}
		}
		q.Where.Rules = append(q.Where.Rules, work.Rule{Column: id, Rule: column.Rule{Operator: column.AnyOf, Value: values}})
	}
	page, err := callOf(c).view.ItemsPage(b, q, limit)
	return orNull(page), err
}
