package api

import (
	"strconv"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) activity() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Board": {"activity_logs": graphql.Resolve(boardActivity)},
		"ActivityLogType": {
			"account_id": graphql.Resolve(func(c *graphql.Context, _ *work.Activity, _ graphql.Args) (any, error) {
				return callOf(c).by.Account().String(), nil
			}),
			"created_at": nameLeaf(func(a *work.Activity) string { return strconv.FormatInt(a.At, 10) }),
			"data":       nameLeaf(func(a *work.Activity) string { return a.Data }),
			"entity":     nameLeaf(func(a *work.Activity) string { return a.Entity }),
			"event":      nameLeaf(func(a *work.Activity) string { return a.Event }),
			"id":         nameLeaf(func(a *work.Activity) string { return a.ID }),
			"user_id":    nameLeaf(func(a *work.Activity) string { return a.User.String() }),
		},
	}
}

func boardActivity(c *graphql.Context, b *work.Board, args graphql.Args) (any, error) {
	in := &inputs{Args: args}
	f := work.ActivityFilter{
		Users: readIDs[work.UserID](in, "user_ids"), Items: readIDs[work.ItemID](in, "item_ids"),
		Groups: argTexts(args, "group_ids"), Columns: argTexts(args, "column_ids"), Page: in.page(work.ActivityMax),
	}
	if f.From, f.To = in.span("from", "to"); in.err != nil {
		return nil, in.err
	}
	rows, err := callOf(c).view.BoardActivity(b, f)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Activity](rows), nil
}
