package work

import (
	"context"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// FoldersDeep is how many levels of folders there can be.
const FoldersDeep = 3

// What folders can look like, as the API spells it.
var (
	folderColors = []string{"AQUAMARINE", "BRIGHT_BLUE", "BRIGHT_GREEN", "CHILI_BLUE", "DARK_ORANGE", "DARK_PURPLE", "DARK_RED", "DONE_GREEN",
		"INDIGO", "LIPSTICK", "NULL", "PURPLE", "SOFIA_PINK", "STUCK_RED", "SUNSET", "WORKING_ORANGE"}
	folderWeights = []string{"FONT_WEIGHT_BOLD", "FONT_WEIGHT_LIGHT", "FONT_WEIGHT_NORMAL", "FONT_WEIGHT_VERY_LIGHT", "NULL"}
	folderIcons   = []string{"FOLDER", "MOREBELOW", "MOREBELOWFILLED", "NULL", "WORK"}
)

// FolderFilter selects folders that the caller may see.
type FolderFilter struct {
	IDs        []FolderID
	Workspaces []WorkspaceID // -1 is the Main Workspace
	Page       Page
}

// Folders lists the folders of workspaces the caller may see.
func (v *View) Folders(f FolderFilter) ([]*Folder, error) {
	if err := f.Page.check(); err != nil {
		return nil, err
	}
	in := map[WorkspaceID]bool{}
	for _, id := range f.Workspaces {
		if id == -1 {
			id = v.img.Account.MainWorkspace
		}
		in[id] = true
	}
	out := newPager[*Folder](f.Page, v.img.folders.len())
	for folder := range v.img.folders.all() {
		if out.full() {
			break
		}
		if (f.IDs == nil || slices.Contains(f.IDs, folder.ID)) && (f.Workspaces == nil || in[folder.Workspace]) && v.seesFolder(folder) {
			out.add(folder)
		}
	}
	return out.rows, nil
}

func (v *View) seesFolder(f *Folder) bool {
	w, ok := v.img.workspaces.get(f.Workspace)
	return ok && w.State != StateDeleted && v.seesWorkspace(w)
}

// Folder is a folder, or nil where there is none that the caller may see.
func (v *View) Folder(id FolderID) *Folder {
	if f, ok := v.img.folders.get(id); ok && v.seesFolder(f) {
		return f
	}
	return nil
}

// FolderBoards lists the boards in a folder that the caller may see.
func (v *View) FolderBoards(f *Folder) []*Board {
	out := []*Board{}
	for b := range v.img.boards.all() {
		if b.Folder == f.ID && b.State == StateActive && v.seesBoard(b) {
			out = append(out, b)
		}
	}
	return out
}

// FolderFolders lists the folders in a folder.
func (v *View) FolderFolders(f *Folder) []*Folder {
	out := []*Folder{}
	for inner := range v.img.folders.all() {
		if inner.Parent == f.ID {
			out = append(out, inner)
		}
	}
	return out
}

// FolderEdit is what is to change of a folder, or what a new one is to be; nil leaves it.
type FolderEdit struct {
	Name, Color, FontWeight, Icon *string
	Workspace                     *WorkspaceID // -1 is the Main Workspace
	Parent                        *FolderID    // 0: none
}

// apply makes the changes other than of the place.
func (e *FolderEdit) apply(f *Folder) error {
	if e.Name != nil {
		if err := checkName("name", *e.Name); err != nil {
			return err
		}
		f.Name = strings.TrimSpace(*e.Name)
	}
	for _, look := range []struct {
		field string
		value *string
		known []string
		to    *string
	}{
		{"color", e.Color, folderColors, &f.Color},
		{"font_weight", e.FontWeight, folderWeights, &f.FontWeight},
		{"custom_icon", e.Icon, folderIcons, &f.Icon},
	} {
		switch {
		case look.value == nil:
		case *look.value == "" || slices.Contains(look.known, *look.value):
			*look.to = *look.value
		default:
			return invalid(look.field, "%s must be one of %s", look.field, strings.Join(look.known, ", "))
		}
	}
	return nil
}

// folder finds a folder, and checks the action in its workspace.
func (t *tx) folder(id FolderID, a perm.Action) (*Folder, error) {
	f, ok := t.folders.get(id)
	if !ok {
		return nil, notFound("folder", id)
	}
	w, ok := t.workspaces.get(f.Workspace)
	if !ok || w.State == StateDeleted || !t.seesWorkspace(t.by, w) {
		return nil, notFound("folder", id)
	}
	return f, t.check(a, t.workspaceFacts(t.by, w))
}

// CreateFolder makes a folder. Permission folder.edit in the workspace.
func (s *Service) CreateFolder(ctx context.Context, by Caller, e FolderEdit) (id FolderID, err error) {
	if e.Name == nil {
		return 0, invalid("name", "name is missing; give 1 to %d characters", nameMax)
	}
	var made Folder
	if err := e.apply(&made); err != nil {
		return 0, err
	}
	err = s.commit(ctx, by, func(t *tx) error {
		f := made
		var ref WorkspaceID
		switch {
		case e.Workspace != nil:
			ref = *e.Workspace
		case e.Parent != nil && *e.Parent != 0:
			over, err := t.folder(*e.Parent, perm.FolderEdit)
			if err != nil {
				return err
			}
			ref = over.Workspace
		}
		w, err := t.workspace(t.workspaceRef(ref), perm.FolderEdit)
		if err != nil {
			return err
		}
		f.ID, f.Workspace, f.Owner, f.CreatedAt = FolderID(t.newID()), w.ID, t.by.ID, t.now
		if e.Parent != nil {
			f.Parent = *e.Parent
		}
		if err := t.checkNesting(&f); err != nil {
			return err
		}
		t.put(Change{Folder: &f})
		id = f.ID
		return nil
	})
	return id, err
}

// checkNesting refuses a place where a folder cannot be: in another workspace, in itself, or too deep.
func (t *tx) checkNesting(f *Folder) error {
	if f.Parent == 0 {
		return nil
	}
	if _, err := t.folderIn(f.Parent, f.Workspace); err != nil {
		return err
	}
	level := t.height(f.ID)
	for at := f.Parent; at != 0; level++ {
		if at == f.ID {
			return invalid("parent_folder_id", "A folder cannot be put into itself or a folder within it")
		}
		over, ok := t.folders.get(at)
		if !ok {
			break
		}
		at = over.Parent
	}
	if level > FoldersDeep {
		return invalid("parent_folder_id", "Folders can be %d levels deep; this would make %d", FoldersDeep, level)
	}
	return nil
}

// height is how many levels of folders there are from a folder down.
func (t *tx) height(id FolderID) int {
	most := 0
	for f := range t.folders.all() {
		if f.Parent == id && f.ID != id {
			most = max(most, t.height(f.ID))
		}
	}
	return most + 1
}

// EditFolder changes a folder. With it moves what is in it. Permission folder.edit in the workspace,
// and in the one it moves to.
func (s *Service) EditFolder(ctx context.Context, by Caller, id FolderID, e FolderEdit) error {
	return s.commit(ctx, by, func(t *tx) error {
		old, err := t.folder(id, perm.FolderEdit)
		if err != nil {
			return err
		}
		f := *old
		if err := e.apply(&f); err != nil {
			return err
		}
		if e.Workspace != nil {
			w, err := t.workspace(t.workspaceRef(*e.Workspace), perm.FolderEdit)
			if err != nil {
				return err
			}
			if f.Workspace != w.ID {
				f.Workspace, f.Parent = w.ID, 0
			}
		}
		if e.Parent != nil {
			f.Parent = *e.Parent
		}
		if err := t.checkNesting(&f); err != nil {
			return err
		}
		t.put(Change{Folder: &f})
		if f.Workspace != old.Workspace {
			t.moveFolder(id, f.Workspace)
		}
		return nil
	})
}

// moveFolder brings what is in a folder to the workspace that it is in now.
func (t *tx) moveFolder(id FolderID, to WorkspaceID) {
	for b := range t.boards.all() {
		if b.Folder == id && b.Workspace != to {
			next := *b
			next.Workspace = to
			t.put(Change{Board: &next})
			t.recordBoard(&next, "board_workspace_id_changed", map[string]any{"workspace_id": to}, map[string]any{"workspace_id": b.Workspace})
			t.moveSubitems(&next)
		}
	}
	for f := range t.folders.all() {
		if f.Parent == id {
			next := *f
			next.Workspace = to
			t.put(Change{Folder: &next})
			t.moveFolder(f.ID, to)
		}
	}
}

// moveSubitems brings the boards of a board's subitems to the workspace that it is in now.
func (t *tx) moveSubitems(over *Board) {
	for b := range t.boards.all() {
		if b.Type == SubitemsBoard && b.Parent == over.ID && b.Workspace != over.Workspace {
			next := *b
			next.Workspace = over.Workspace
			t.put(Change{Board: &next})
		}
	}
}

// DeleteFolder deletes a folder with what is in it: folders, and boards, which are deleted as by
// DeleteBoard. Permission folder.edit, and board.state on each board.
func (s *Service) DeleteFolder(ctx context.Context, by Caller, id FolderID) (was *Folder, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		f, err := t.folder(id, perm.FolderEdit)
		if err != nil {
			return err
		}
		was = f
		return t.deleteFolder(f)
	})
	if err != nil {
		return nil, err
	}
	return was, nil
}

func (t *tx) deleteFolder(f *Folder) error {
	for b := range t.boards.all() {
		if b.Folder != f.ID {
			continue
		}
		next := *b
		next.Folder = 0
		if b.State != StateDeleted {
			if err := t.check(perm.BoardState, t.boardFacts(t.by, b)); err != nil {
				return err
			}
			next.State, next.UpdatedAt = StateDeleted, t.now
		}
		t.put(Change{Board: &next})
		if next.State != b.State {
			t.recordBoard(&next, "board_state_changed", map[string]any{"state": next.State}, map[string]any{"state": b.State})
		}
	}
	for inner := range t.folders.all() {
		if inner.Parent == f.ID {
			if err := t.deleteFolder(inner); err != nil {
				return err
			}
		}
	}
	t.put(Change{Folder: &Folder{ID: f.ID}, Delete: true})
	return nil
}
