package api

import (
	"context"
	"errors"
	"strconv"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) group() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Mutation": {
			"archive_group":   graphql.Root(h.archiveGroup),
			"create_group":    graphql.Root(h.createGroup),
			"delete_group":    graphql.Root(h.deleteGroup),
			"duplicate_group": graphql.Root(h.duplicateGroup),
			"update_group":    graphql.Root(h.updateGroup),
		},
		"Group": {
			"archived": boolLeaf(func(g *work.Group) bool { return g.State == work.StateArchived }),
			"color":    nameLeaf(func(g *work.Group) string { return g.Color }),
			"deleted":  boolLeaf(func(g *work.Group) bool { return g.State == work.StateDeleted }),
			"id":       nameLeaf(func(g *work.Group) string { return g.ID }),
			"items_page": graphql.Resolve(func(c *graphql.Context, g *work.Group, args graphql.Args) (any, error) {
				b, err := boardByID(c, g.Board)
				if err != nil {
					return nil, err
				}
				return itemsPage(c, b, g.ID, args)
			}),
			"position": nameLeaf(func(g *work.Group) string { return strconv.FormatInt(g.Pos, 10) }),
			"title":    nameLeaf(func(g *work.Group) string { return g.Title }),
		},
	}
}

// groupAfter answers a mutation with the group as it has become.
func groupAfter(c *graphql.Context, board work.BoardID, id string, err error) (any, error) {
	k := callOf(c)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	b, err := boardByID(c, board)
	if err != nil {
		return nil, err
	}
	g, err := k.view.Group(b, id)
	return orNull(g), err
}

func (h *Handler) createGroup(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board := readID[work.BoardID](&in, "board_id")
	if in.err != nil {
		return nil, in.err
	}
	id, err := h.service.CreateGroup(c, callOf(c).by, board, work.GroupInput{
		Title: args.String("group_name"), Color: args.String("group_color"), Position: args.String("position"),
		RelativeTo: args.String("relative_to"), Before: in.before(),
	})
	return groupAfter(c, board, id, err)
}

func (h *Handler) updateGroup(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board, id := readID[work.BoardID](&in, "board_id"), args.String("group_id")
	if in.err != nil {
		return nil, in.err
	}
	err := h.service.UpdateGroup(c, callOf(c).by, board, id, args.String("group_attribute"), args.String("new_value"))
	return groupAfter(c, board, id, err)
}

func (h *Handler) duplicateGroup(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board := readID[work.BoardID](&in, "board_id")
	if in.err != nil {
		return nil, in.err
	}
	id, err := h.service.DuplicateGroup(c, callOf(c).by, board, args.String("group_id"), args.String("group_title"), args.Bool("add_to_top"))
	return groupAfter(c, board, id, err)
}

func (h *Handler) archiveGroup(c *graphql.Context, args graphql.Args) (any, error) {
	return putGroupAway(c, args, h.service.ArchiveGroup)
}

func (h *Handler) deleteGroup(c *graphql.Context, args graphql.Args) (any, error) {
	return putGroupAway(c, args, h.service.DeleteGroup)
}

func putGroupAway(c *graphql.Context, args graphql.Args, away func(context.Context, work.Caller, work.BoardID, string) error) (any, error) {
	in := inputs{Args: args}
	board, id := readID[work.BoardID](&in, "board_id"), args.String("group_id")
	if in.err != nil {
		return nil, in.err
	}
	err := away(c, callOf(c).by, board, id)
	if e := new(work.Error); errors.As(err, &e) && e.Code == work.CodeNotFound && e.Kind == "group" {
		// An unknown group cannot be put away for want of a right, says the real service, while it cannot
		// be copied because it does not exist (recorded October 2025).
		err = &work.Error{Code: work.CodeDenied, Msg: "The group does not exist"}
	}
	return groupAfter(c, board, id, err)
}
