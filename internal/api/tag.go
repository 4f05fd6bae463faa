package api

import (
	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) tag() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query":    {"tags": graphql.Root(listTags)},
		"Mutation": {"create_or_get_tag": graphql.Root(h.findTag)},
		"Board": {"tags": graphql.Resolve(func(c *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
			return tags(callOf(c).view.BoardTags(b))
		})},
		"TagsValue": {"tags": graphql.Resolve(func(c *graphql.Context, cell *work.CellView, _ graphql.Args) (any, error) {
			ids := []work.TagID{}
			for _, id := range column.TagsOf(cell.Value) {
				ids = append(ids, work.TagID(id))
			}
			return tags(callOf(c).view.Tags(ids))
		})},
		"Tag": {
			"color": nameLeaf(func(t *work.Tag) string { return t.Color }),
			"id":    idLeaf(func(t *work.Tag) work.TagID { return t.ID }),
			"name":  nameLeaf(func(t *work.Tag) string { return t.Name }),
		},
	}
}

func tags(rows []*work.Tag, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Tag](rows), nil
}

func listTags(c *graphql.Context, args graphql.Args) (any, error) {
	ids, err := argIDs[work.TagID](args, "ids")
	if err != nil {
		return nil, err
	}
	return tags(callOf(c).view.Tags(ids))
}

func (h *Handler) findTag(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	board, err := argID[work.BoardID](args, "board_id", 0)
	if err != nil {
		return nil, err
	}
	id, err := h.service.Tag(c, k.by, args.String("tag_name"), board)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(k.view.Tag(id)), nil
}
