package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) board() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {"boards": graphql.Root(listBoards)},
		"Mutation": {
			"create_board":                  graphql.Root(h.createBoard),
			"update_board":                  graphql.Root(h.updateBoard),
			"archive_board":                 graphql.Root(h.archiveBoard),
			"delete_board":                  graphql.Root(h.deleteBoard),
			"add_users_to_board":            graphql.Root(h.addBoardUsers),
			"add_subscribers_to_board":      graphql.Root(h.addBoardUsers),
			"delete_subscribers_from_board": graphql.Root(h.removeBoardUsers),
			"add_teams_to_board":            graphql.Root(h.addBoardTeams),
			"delete_teams_from_board":       graphql.Root(h.removeBoardTeams),
			"duplicate_board":               graphql.Root(h.duplicateBoard),
			"set_board_permission":          graphql.Root(h.setBoardPermission),
		},
		"BoardDuplication": {
			"board": graphql.Resolve(func(_ *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
				return b, nil
			}),
			"is_async": fixedLeaf("false"),
		},
		"SetBoardPermissionResponse": {
			"edit_permissions": nameLeaf(func(b *work.Board) work.BoardPermission { return b.Permission }),
			"failed_actions":   fixedLeaf("[]"),
		},
		"Board": {
			"access_level": graphql.Resolve(func(c *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
				if callOf(c).view.MayEdit(b) {
					return "edit", nil
				}
				return "view", nil
			}),
			"board_folder_id":       idLeaf(func(b *work.Board) work.FolderID { return b.Folder }),
			"board_kind":            nameLeaf(func(b *work.Board) work.BoardKind { return b.Kind }),
			"columns":               graphql.Resolve(boardColumns),
			"columns_namespace":     fixedLeaf(null),
			"communication":         textLeaf(func(b *work.Board) string { return b.Communication }),
			"created_at":            momentLeaf(func(b *work.Board) time.Time { return b.CreatedAt }),
			"created_from_board_id": idLeaf(func(b *work.Board) work.BoardID { return b.CreatedFrom }),
			"creator":               cached(graphql.Resolve(boardCreator)),
			"description":           textLeaf(func(b *work.Board) string { return b.Description }),
			"groups":                graphql.Resolve(boardGroups),
			"hierarchy_type":        fixedLeaf(`"classic"`),
			"id":                    idLeaf(func(b *work.Board) work.BoardID { return b.ID }),
			"item_terminology":      textLeaf(func(b *work.Board) string { return b.ItemName }),
			"items_count": graphql.Resolve(func(c *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
				return callOf(c).view.ItemsCount(b)
			}),
			"items_limit": fixedLeaf("10000"),
			"items_page": graphql.Resolve(func(c *graphql.Context, b *work.Board, args graphql.Args) (any, error) {
				return itemsPage(c, b, "", args)
			}),
			"name":                   nameLeaf(func(b *work.Board) string { return b.Name }),
			"object_type_unique_key": fixedLeaf(null),
			"owner":                  cached(graphql.Resolve(boardCreator)),
			"owners":                 cached(graphql.Resolve(boardUsers(true))),
			"permissions":            nameLeaf(func(b *work.Board) work.BoardPermission { return b.Permission }),
			"state":                  nameLeaf(func(b *work.Board) work.State { return b.State }),
			"subscribers":            cached(graphql.Resolve(boardUsers(false))),
			"team_owners":            cached(graphql.Resolve(boardTeams(true))),
			"team_subscribers":       cached(graphql.Resolve(boardTeams(false))),
			"top_group":              graphql.Resolve(topGroup),
			"type": nameLeaf(func(b *work.Board) work.BoardType {
				if b.Type == work.ItemsBoard {
					return "board"
				}
				return b.Type
			}),
			"updated_at": momentLeaf(func(b *work.Board) time.Time { return b.UpdatedAt }),
			"url": graphql.Leaf(func(dst []byte, b *work.Board) []byte {
				return h.appendURL(dst, "/boards/", int64(b.ID))
			}),
			"views": graphql.Resolve(boardViews),
			"workspace": cached(graphql.Resolve(func(c *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
				return orNull(callOf(c).view.BoardWorkspace(b)), nil
			})),
			"workspace_id": cached(graphql.Resolve(func(c *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
				if !callOf(c).view.Numbered(b.Workspace) {
					return nil, nil
				}
				return (*workspaceOfBoard)(b), nil
			})),
		},
	}
}

// workspaceOfBoard writes the id of a board's workspace.
type workspaceOfBoard work.Board

func (b *workspaceOfBoard) AppendJSON(dst []byte) []byte { return appendID(dst, int64(b.Workspace)) }

func boardCreator(c *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
	return orNull(callOf(c).view.BoardCreator(b)), nil
}

func boardColumns(c *graphql.Context, b *work.Board, args graphql.Args) (any, error) {
	if args.Has("capabilities") && !slices.Contains(args.List("capabilities"), nil) {
		return graphql.Slice[*work.Column]{}, nil // no column has any
	}
	columns, err := callOf(c).view.Columns(b, argTexts(args, "ids"), argTypes(args))
	return graphql.Slice[*work.Column](columns), err
}

func boardGroups(c *graphql.Context, b *work.Board, args graphql.Args) (any, error) {
	groups, err := callOf(c).view.Groups(b, argTexts(args, "ids"))
	return graphql.Slice[*work.Group](groups), err
}

// topGroup finds an empty group on a board that has none, as those of docs: the
// schema promises one, and null would take the whole board along.
func topGroup(c *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
	groups, err := callOf(c).view.Groups(b, nil)
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 {
		return work.FirstGroup(b.ID), nil
	}
	return groups[0], nil
}

func boardViews(c *graphql.Context, b *work.Board, args graphql.Args) (any, error) {
	ids, err := argIDs[work.ViewID](args, "ids")
	if err != nil {
		return nil, err
	}
	views, err := callOf(c).view.Views(b, ids, args.String("type"))
	return graphql.Slice[*work.BoardView](views), err
}

type boardList = func(*graphql.Context, *work.Board, graphql.Args) (any, error)

func boardUsers(owners bool) boardList {
	return func(c *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
		return graphql.Slice[*work.User](callOf(c).view.BoardUsers(b, owners)), nil
	}
}

func boardTeams(owners bool) boardList {
	return func(c *graphql.Context, b *work.Board, args graphql.Args) (any, error) {
		p, err := argPage(args, 25)
		if err != nil {
			return nil, err
		}
		teams, err := callOf(c).view.BoardTeams(b, owners, p)
		if err != nil {
			return nil, err
		}
		return graphql.Slice[*work.Team](teams), nil
	}
}

func listBoards(c *graphql.Context, args graphql.Args) (any, error) {
	var f work.BoardFilter
	var err error
	if f.IDs, err = argIDs[work.BoardID](args, "ids"); err != nil {
		return nil, err
	}
	if f.Workspaces, err = argIDs[work.WorkspaceID](args, "workspace_ids"); err != nil {
		return nil, err
	}
	if f.Page, err = argPage(args, 25); err != nil {
		return nil, err
	}
	if args.Has("hierarchy_types") && !slices.Contains(args.List("hierarchy_types"), any("classic")) {
		return graphql.Slice[*work.Board]{}, nil
	}
	f.Kind, f.State, f.ByUse = work.BoardKind(args.String("board_kind")), args.String("state"), args.String("order_by") == "used_at"
	rows, err := callOf(c).view.Boards(f)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Board](rows), nil
}

func (h *Handler) createBoard(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	b := work.BoardInput{
		Name: args.String("board_name"), Description: args.String("description"), Kind: work.BoardKind(args.String("board_kind")),
		Workspace: readID[work.WorkspaceID](&in, "workspace_id"), Folder: readID[work.FolderID](&in, "folder_id"),
		Owners: readIDs[work.UserID](&in, "board_owner_ids"), Subscribers: readIDs[work.UserID](&in, "board_subscriber_ids"),
		OwnerTeams: readIDs[work.TeamID](&in, "board_owner_team_ids"), Teams: readIDs[work.TeamID](&in, "board_subscriber_teams_ids"),
		Empty: args.Bool("empty"),
	}
	b.ItemName, b.ItemNames = nickname(args.Object("item_nickname"))
	template := readID[int64](&in, "template_id")
	if template != 0 {
		in.keep(&work.Error{Code: work.CodeNotFound, Kind: "template", ID: template, Msg: "There are no templates to make a board from"})
	}
	if in.err != nil {
		return nil, in.err
	}
	if args.String("prompt") != "" {
		c.Warn(graphql.Error{Message: "prompt has no effect: this server does not design boards."})
	}
	id, err := h.service.CreateBoard(c, callOf(c).by, b)
	return boardAfter(c, id, err)
}

// nickname is what items are called, by words of one's own or by a usual one.
func nickname(o map[string]any) (one, many string) {
	one, _ = o["singular"].(string)
	many, _ = o["plural"].(string)
	if preset, _ := o["preset_type"].(string); one == "" && preset != "" && preset != "custom" {
		one, many = preset, preset+"s"
	}
	return one, many
}

// undo is how update_board says what it did. There is nothing that undoes it yet.
type undo struct {
	Success bool `json:"success"`
	Data    struct {
		Record string       `json:"undo_record_id"`
		Action string       `json:"action_type"`
		Type   string       `json:"entity_type"`
		ID     work.BoardID `json:"entity_id"`
		Count  int          `json:"count"`
	} `json:"undo_data"`
}

func (h *Handler) updateBoard(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	id, err := argID[work.BoardID](args, "board_id", 0)
	if err != nil {
		return nil, err
	}
	_, err = h.service.UpdateBoard(c, k.by, id, work.BoardEdit{Attribute: args.String("board_attribute"), Value: args.String("new_value")})
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	u := undo{Success: true}
	u.Data.Record, u.Data.Action, u.Data.Type, u.Data.ID, u.Data.Count = h.cfg.NewID(), "modify_project", "Board", id, 1
	text, err := json.Marshal(u)
	return string(text), err
}

func (h *Handler) archiveBoard(c *graphql.Context, args graphql.Args) (any, error) {
	b, err := h.setBoardState(c, args, h.service.ArchiveBoard)
	if e := new(work.Error); errors.As(err, &e) && e.Code == work.CodeNotFound {
		// An unknown board cannot be archived for want of a right, says the real service, while it
		// cannot be deleted because it does not exist (recorded October 2025).
		return nil, &work.Error{Code: work.CodeDenied, Msg: "The board does not exist"}
	}
	return b, err
}

func (h *Handler) deleteBoard(c *graphql.Context, args graphql.Args) (any, error) {
	return h.setBoardState(c, args, h.service.DeleteBoard)
}

func (h *Handler) setBoardState(c *graphql.Context, args graphql.Args, set func(context.Context, work.Caller, work.BoardID) (*work.Board, error)) (any, error) {
	k := callOf(c)
	id, err := argID[work.BoardID](args, "board_id", 0)
	if err != nil {
		return nil, err
	}
	b, err := set(c, k.by, id)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(b), nil
}

func (h *Handler) addBoardUsers(c *graphql.Context, args graphql.Args) (any, error) {
	return subscribe(c, args, "board_id", "user_ids", (*call).users, func(id work.BoardID, users []work.UserID) error {
		return h.service.AddBoardUsers(c, callOf(c).by, id, users, args.String("kind") == "owner")
	})
}

func (h *Handler) removeBoardUsers(c *graphql.Context, args graphql.Args) (any, error) {
	return subscribe(c, args, "board_id", "user_ids", (*call).users, func(id work.BoardID, users []work.UserID) error {
		return h.service.RemoveBoardUsers(c, callOf(c).by, id, users)
	})
}

func (h *Handler) addBoardTeams(c *graphql.Context, args graphql.Args) (any, error) {
	return subscribe(c, args, "board_id", "team_ids", (*call).teams, func(id work.BoardID, teams []work.TeamID) error {
		return h.service.AddBoardTeams(c, callOf(c).by, id, teams, args.String("kind") == "owner")
	})
}

func (h *Handler) removeBoardTeams(c *graphql.Context, args graphql.Args) (any, error) {
	return subscribe(c, args, "board_id", "team_ids", (*call).teams, func(id work.BoardID, teams []work.TeamID) error {
		return h.service.RemoveBoardTeams(c, callOf(c).by, id, teams)
	})
}

func (h *Handler) duplicateBoard(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board := readID[work.BoardID](&in, "board_id")
	d := work.DuplicateInput{
		Kind: work.DuplicateKind(args.String("duplicate_type")), Name: args.String("board_name"),
		Workspace: readID[work.WorkspaceID](&in, "workspace_id"), Folder: readID[work.FolderID](&in, "folder_id"),
		KeepSubscribers: args.Bool("keep_subscribers"),
	}
	if in.err != nil {
		return nil, in.err
	}
	id, err := h.service.DuplicateBoard(c, callOf(c).by, board, d)
	return boardAfter(c, id, err)
}

// basicRoles are what BoardBasicRoleName calls the permissions of boards.
var basicRoles = map[string]work.BoardPermission{
	"assigned_contributor": work.PermAssignee, "contributor": work.PermCollaborators, "editor": work.PermEveryone, "viewer": work.PermOwners,
}

func (h *Handler) setBoardPermission(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board := readID[work.BoardID](&in, "board_id")
	if !args.Has("basic_role_name") {
		in.keep(wrongArgument("basic_role_name", "basic_role_name is required: assigned_contributor, contributor, editor or viewer"))
	}
	if in.err != nil {
		return nil, in.err
	}
	return boardAfter(c, board, h.service.SetBoardPermission(c, callOf(c).by, board, basicRoles[args.String("basic_role_name")]))
}

// boardAfter answers a mutation with the board as it has become.
func boardAfter(c *graphql.Context, id work.BoardID, err error) (any, error) {
	k := callOf(c)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(k.view.Board(id)), nil
}
