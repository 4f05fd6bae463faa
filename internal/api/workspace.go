package api

import (
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) workspace() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {"workspaces": graphql.Root(listWorkspaces)},
		"Mutation": {
			"create_workspace":            graphql.Root(h.createWorkspace),
			"update_workspace":            graphql.Root(h.updateWorkspace),
			"delete_workspace":            graphql.Root(h.deleteWorkspace),
			"add_users_to_workspace":      graphql.Root(h.addWorkspaceUsers),
			"delete_users_from_workspace": graphql.Root(h.removeWorkspaceUsers),
			"add_teams_to_workspace":      graphql.Root(h.addWorkspaceTeams),
			"delete_teams_from_workspace": graphql.Root(h.removeWorkspaceTeams),
		},
		"Workspace": {
			"account_product": cached(graphql.Resolve(func(c *graphql.Context, w *work.Workspace, _ graphql.Args) (any, error) {
				return orNull(callOf(c).view.Product(w)), nil
			})),
			"created_at":  dayLeaf(func(w *work.Workspace) time.Time { return w.CreatedAt }),
			"description": textLeaf(func(w *work.Workspace) string { return w.Description }),
			"id": cached(graphql.Resolve(func(c *graphql.Context, w *work.Workspace, _ graphql.Args) (any, error) {
				if !callOf(c).view.Numbered(w.ID) {
					return nil, nil
				}
				return (*idOfWorkspace)(w), nil
			})),
			"is_default_workspace": cached(graphql.Resolve(func(c *graphql.Context, w *work.Workspace, _ graphql.Args) (any, error) {
				return callOf(c).view.IsMain(w), nil
			})),
			"kind":                    nameLeaf(func(w *work.Workspace) work.WorkspaceKind { return w.Kind }),
			"name":                    nameLeaf(func(w *work.Workspace) string { return w.Name }),
			"owners_subscribers":      cached(graphql.Resolve(workspaceUsers(true))),
			"settings":                graphql.Resolve(func(_ *graphql.Context, w *work.Workspace, _ graphql.Args) (any, error) { return w, nil }),
			"state":                   nameLeaf(func(w *work.Workspace) work.State { return w.State }),
			"team_owners_subscribers": cached(graphql.Resolve(workspaceTeams(true))),
			"teams_subscribers":       cached(graphql.Resolve(workspaceTeams(false))),
			"users_subscribers":       cached(graphql.Resolve(workspaceUsers(false))),
		},
		"WorkspaceSettings": {
			"icon": graphql.Resolve(func(_ *graphql.Context, w *work.Workspace, _ graphql.Args) (any, error) {
				if w.IconColor == "" && w.IconImage == "" {
					return nil, nil
				}
				return w, nil
			}),
		},
		"WorkspaceIcon": {
			"color": textLeaf(func(w *work.Workspace) string { return w.IconColor }),
			"image": textLeaf(func(w *work.Workspace) string { return w.IconImage }),
		},
	}
}

// idOfWorkspace writes a workspace's id. Being a pointer to what is there already, it costs no memory.
type idOfWorkspace work.Workspace

func (w *idOfWorkspace) AppendJSON(dst []byte) []byte { return appendID(dst, int64(w.ID)) }

func listWorkspaces(c *graphql.Context, args graphql.Args) (any, error) {
	var f work.WorkspaceFilter
	var err error
	if f.IDs, err = argIDs[work.WorkspaceID](args, "ids"); err != nil {
		return nil, err
	}
	if f.Page, err = argPage(args, 25); err != nil {
		return nil, err
	}
	f.Kind, f.State = work.WorkspaceKind(args.String("kind")), args.String("state")
	f.JoinedOnly = args.String("membership_kind") == "member"
	f.ProductKind, _ = args.Object("query_params")["account_product_kind"].(string)
	rows, err := callOf(c).view.Workspaces(f)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Workspace](rows), nil
}

type workspaceList = func(*graphql.Context, *work.Workspace, graphql.Args) (any, error)

func workspaceUsers(owners bool) workspaceList {
	return func(c *graphql.Context, w *work.Workspace, args graphql.Args) (any, error) {
		p, err := argPage(args, 25)
		if err != nil {
			return nil, err
		}
		users, err := callOf(c).view.WorkspaceUsers(w, owners, p)
		if err != nil {
			return nil, err
		}
		return graphql.Slice[*work.User](users), nil
	}
}

func workspaceTeams(owners bool) workspaceList {
	return func(c *graphql.Context, w *work.Workspace, args graphql.Args) (any, error) {
		p, err := argPage(args, 25)
		if err != nil {
			return nil, err
		}
		teams, err := callOf(c).view.WorkspaceTeams(w, owners, p)
		if err != nil {
			return nil, err
		}
		return graphql.Slice[*work.Team](teams), nil
	}
}

func (h *Handler) createWorkspace(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	product, err := argID[work.ProductID](args, "account_product_id", 0)
	if err != nil {
		return nil, err
	}
	id, err := h.service.CreateWorkspace(c, k.by, work.WorkspaceInput{
		Name: args.String("name"), Kind: work.WorkspaceKind(args.String("kind")),
		Description: args.String("description"), Product: product,
	})
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(k.view.Workspace(id)), nil
}

func (h *Handler) updateWorkspace(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	if _, given := args.Get("id"); !given {
		return nil, wrongArgument("id", "Give the id of the workspace to update; null or -1 is the Main Workspace")
	}
	id, err := argID[work.WorkspaceID](args, "id", -1)
	if err != nil {
		return nil, err
	}
	to := args.Object("attributes")
	e := work.WorkspaceEdit{Name: objectText(to, "name"), Description: objectText(to, "description")}
	if kind, ok := to["kind"].(string); ok {
		e.Kind = (*work.WorkspaceKind)(&kind)
	}
	if to["account_product_id"] != nil {
		product, err := objectID[work.ProductID](to, "account_product_id")
		if err != nil {
			return nil, err
		}
		e.Product = &product
	}
	if err := k.after(c, h.service.UpdateWorkspace(c, k.by, id, e)); err != nil {
		return nil, err
	}
	return orNull(k.view.Workspace(id)), nil
}

func (h *Handler) deleteWorkspace(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	id, err := argID[work.WorkspaceID](args, "workspace_id", -1)
	if err != nil {
		return nil, err
	}
	was, err := h.service.DeleteWorkspace(c, k.by, id)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(was), nil
}

func (h *Handler) addWorkspaceUsers(c *graphql.Context, args graphql.Args) (any, error) {
	return subscribe(c, args, "workspace_id", "user_ids", (*call).users, func(id work.WorkspaceID, users []work.UserID) error {
		return h.service.AddWorkspaceUsers(c, callOf(c).by, id, users, args.String("kind") == "owner")
	})
}

func (h *Handler) removeWorkspaceUsers(c *graphql.Context, args graphql.Args) (any, error) {
	return subscribe(c, args, "workspace_id", "user_ids", (*call).users, func(id work.WorkspaceID, users []work.UserID) error {
		return h.service.RemoveWorkspaceUsers(c, callOf(c).by, id, users)
	})
}

func (h *Handler) addWorkspaceTeams(c *graphql.Context, args graphql.Args) (any, error) {
	return subscribe(c, args, "workspace_id", "team_ids", (*call).teams, func(id work.WorkspaceID, teams []work.TeamID) error {
		return h.service.AddWorkspaceTeams(c, callOf(c).by, id, teams, args.String("kind") == "owner")
	})
}

func (h *Handler) removeWorkspaceTeams(c *graphql.Context, args graphql.Args) (any, error) {
	return subscribe(c, args, "workspace_id", "team_ids", (*call).teams, func(id work.WorkspaceID, teams []work.TeamID) error {
		return h.service.RemoveWorkspaceTeams(c, callOf(c).by, id, teams)
	})
}

// subscribe puts users or teams into a workspace or on a board, or takes them out, and answers with them.
func subscribe[In, Who ~int64, Row any](c *graphql.Context, args graphql.Args, into, field string,
	rows func(*call, []Who) graphql.Slice[Row], do func(In, []Who) error) (any, error) {
	id, err := argID[In](args, into, 0)
	if err != nil {
		return nil, err
	}
	who, err := argIDs[Who](args, field)
	if err != nil {
		return nil, err
	}
	k := callOf(c)
	if err := k.after(c, do(id, who)); err != nil {
		return nil, err
	}
	return rows(k, once(who)), nil
}

// once are the ids in their order, each named once.
func once[T comparable](ids []T) []T {
	seen := make(map[T]bool, len(ids))
	return slices.DeleteFunc(ids, func(id T) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}
