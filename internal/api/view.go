package api

import (
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) boardView() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Mutation": {
			"create_view":       graphql.Root(h.createView),
			"create_view_table": graphql.Root(h.createView),
			"delete_view":       graphql.Root(h.deleteView),
			"update_view":       graphql.Root(h.updateView),
			"update_view_table": graphql.Root(h.updateView),
		},
		"BoardView": {
			"access_level": graphql.Resolve(func(c *graphql.Context, v *work.BoardView, _ graphql.Args) (any, error) {
				view := callOf(c).view
				if b := view.Board(v.Board); b != nil && view.MayEdit(b) {
					return "edit", nil
				}
				return "view", nil
			}),
			"filter":                 rawLeaf(func(v *work.BoardView) string { return v.Filter }),
			"filter_team_id":         maybeInt(func(v *work.BoardView) (int, bool) { return int(v.Team), v.Team != 0 }),
			"filter_user_id":         maybeInt(func(v *work.BoardView) (int, bool) { return int(v.User), v.User != 0 }),
			"id":                     idLeaf(func(v *work.BoardView) work.ViewID { return v.ID }),
			"name":                   nameLeaf(func(v *work.BoardView) string { return v.Name }),
			"settings":               rawLeaf(func(v *work.BoardView) string { return v.Settings }),
			"settings_str":           nameLeaf(func(v *work.BoardView) string { return orEmpty(v.Settings) }),
			"sort":                   rawLeaf(func(v *work.BoardView) string { return v.Sort }),
			"source_view_id":         idLeaf(func(v *work.BoardView) work.ViewID { return v.Source }),
			"tags":                   graphql.Leaf(appendViewTags),
			"type":                   textLeaf(func(v *work.BoardView) string { return v.Type }),
			"view_specific_data_str": fixedLeaf(`"{}"`),
		},
	}
}

// orEmpty is JSON where there may be none.
func orEmpty(js string) string {
	if js == "" {
		return "{}"
	}
	return js
}

func appendViewTags(dst []byte, v *work.BoardView) []byte {
	dst = append(dst, '[')
	for i, tag := range v.Tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = graphql.AppendString(dst, tag)
	}
	return append(dst, ']')
}

// viewTypes are the types of views by what the mutations call them. Those for tables do not say.
var viewTypes = map[string]string{
	"": "TableBoardView", "TABLE": "TableBoardView", "FORM": "FormBoardView", "DASHBOARD": "DashboardBoardView", "APP": "AppBoardView",
}

// viewEdit is what a mutation says of a view, but for its type.
func viewEdit(in *inputs) work.ViewEdit {
	e := work.ViewEdit{
		Name: in.text("name"), Settings: in.encoded("settings"), Filter: in.encoded("filter"), Sort: in.encoded("sort"), Tags: argTexts(in.Args, "tags"),
	}
	if v, given := in.Get("settings"); given {
		if text, ok := v.(string); ok { // JSON as text
			e.Settings = &text
		}
	}
	if in.Has("filter_user_id") {
		id := readID[work.UserID](in, "filter_user_id")
		e.User = &id
	}
	if in.Has("filter_team_id") {
		id := readID[work.TeamID](in, "filter_team_id")
		e.Team = &id
	}
	return e
}

// viewAfter answers a mutation with the view as it has become.
func viewAfter(c *graphql.Context, board work.BoardID, id work.ViewID, err error) (any, error) {
	k := callOf(c)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	b, err := boardByID(c, board)
	if err != nil {
		return nil, err
	}
	v, err := k.view.BoardView(b, id)
	return orNull(v), err
}

func (h *Handler) createView(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board, edit, typ := readID[work.BoardID](&in, "board_id"), viewEdit(&in), viewTypes[args.String("type")]
	edit.Type = &typ
	if in.err != nil {
		return nil, in.err
	}
	id, err := h.service.CreateView(c, callOf(c).by, board, edit)
	return viewAfter(c, board, id, err)
}

func (h *Handler) updateView(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board, id, edit := readID[work.BoardID](&in, "board_id"), readID[work.ViewID](&in, "view_id"), viewEdit(&in)
	if in.err != nil {
		return nil, in.err
	}
	return viewAfter(c, board, id, h.service.EditView(c, callOf(c).by, board, id, edit))
}

func (h *Handler) deleteView(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board, id := readID[work.BoardID](&in, "board_id"), readID[work.ViewID](&in, "view_id")
	if in.err != nil {
		return nil, in.err
	}
	v, err := h.service.DeleteView(c, callOf(c).by, board, id)
	if err = callOf(c).after(c, err); err != nil {
		return nil, err
	}
	return orNull(v), nil
}
