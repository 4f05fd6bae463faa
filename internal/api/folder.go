package api

import (
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// foldersMax is how many folders one list can have.
const foldersMax = 100

func (h *Handler) folder() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {"folders": graphql.Root(listFolders)},
		"Mutation": {
			"create_folder": graphql.Root(h.createFolder),
			"update_folder": graphql.Root(h.updateFolder),
			"delete_folder": graphql.Root(h.deleteFolder),
		},
		"Board": {"folder": graphql.Resolve(func(c *graphql.Context, b *work.Board, _ graphql.Args) (any, error) {
			if b.Folder == 0 {
				return nil, nil
			}
			return orNull(callOf(c).view.Folder(b.Folder)), nil
		})},
		"Folder": {
			"app_feature_slug": fixedLeaf(null),
			"children": graphql.Resolve(func(c *graphql.Context, f *work.Folder, _ graphql.Args) (any, error) {
				return graphql.Slice[*work.Board](callOf(c).view.FolderBoards(f)), nil
			}),
			"color":       textLeaf(func(f *work.Folder) string { return f.Color }),
			"created_at":  momentLeaf(func(f *work.Folder) time.Time { return f.CreatedAt }),
			"custom_icon": textLeaf(func(f *work.Folder) string { return f.Icon }),
			"font_weight": textLeaf(func(f *work.Folder) string { return f.FontWeight }),
			"id":          idLeaf(func(f *work.Folder) work.FolderID { return f.ID }),
			"name":        nameLeaf(func(f *work.Folder) string { return f.Name }),
			"owner_id":    idLeaf(func(f *work.Folder) work.UserID { return f.Owner }),
			"parent": graphql.Resolve(func(c *graphql.Context, f *work.Folder, _ graphql.Args) (any, error) {
				if f.Parent == 0 {
					return nil, nil
				}
				return orNull(callOf(c).view.Folder(f.Parent)), nil
			}),
			"sub_folders": graphql.Resolve(func(c *graphql.Context, f *work.Folder, _ graphql.Args) (any, error) {
				return graphql.Slice[*work.Folder](callOf(c).view.FolderFolders(f)), nil
			}),
			"workspace": graphql.Resolve(func(c *graphql.Context, f *work.Folder, _ graphql.Args) (any, error) {
				return orNull(callOf(c).view.Workspace(f.Workspace)), nil
			}),
		},
	}
}

func listFolders(c *graphql.Context, args graphql.Args) (any, error) {
	in := &inputs{Args: args}
	f := work.FolderFilter{
		IDs: readIDs[work.FolderID](in, "ids"), Workspaces: readIDs[work.WorkspaceID](in, "workspace_ids"), Page: in.page(foldersMax),
	}
	if in.err != nil {
		return nil, in.err
	}
	rows, err := callOf(c).view.Folders(f)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Folder](rows), nil
}

// folderEdit decodes what a folder is to be; what is absent is nil.
func folderEdit(in *inputs) work.FolderEdit {
	e := work.FolderEdit{Name: in.text("name"), Color: in.look("color"), FontWeight: in.look("font_weight"), Icon: in.look("custom_icon")}
	if _, given := in.Get("workspace_id"); given {
		w, err := argID[work.WorkspaceID](in.Args, "workspace_id", -1)
		in.keep(err)
		e.Workspace = &w
	}
	if _, given := in.Get("parent_folder_id"); given {
		p := readID[work.FolderID](in, "parent_folder_id")
		e.Parent = &p
	}
	return e
}

// look is text with NULL, which is how the enums of a folder's looks spell that there is none, as "".
func (in *inputs) look(name string) *string {
	s := in.text(name)
	if s != nil && *s == "NULL" {
		*s = ""
	}
	return s
}

func (h *Handler) createFolder(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	in := &inputs{Args: args}
	e := folderEdit(in)
	if in.err != nil {
		return nil, in.err
	}
	id, err := h.service.CreateFolder(c, k.by, e)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(k.view.Folder(id)), nil
}

func (h *Handler) updateFolder(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	in := &inputs{Args: args}
	id, e := readID[work.FolderID](in, "folder_id"), folderEdit(in)
	if in.err != nil {
		return nil, in.err
	}
	if args.Has("account_product_id") {
		c.Warn(graphql.Error{Message: "account_product_id has no effect: a folder belongs to the product of its workspace."})
	}
	if args.Has("position") {
		c.Warn(graphql.Error{Message: "position has no effect: this server does not put folders into an order."})
	}
	if err := k.after(c, h.service.EditFolder(c, k.by, id, e)); err != nil {
		return nil, err
	}
	return orNull(k.view.Folder(id)), nil
}

func (h *Handler) deleteFolder(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	id, err := argID[work.FolderID](args, "folder_id", 0)
	if err != nil {
		return nil, err
	}
	was, err := h.service.DeleteFolder(c, k.by, id)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(was), nil
}
