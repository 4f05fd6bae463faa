package work

import "context"

// FoldersDeep is how many levels of folders there can be.
const FoldersDeep = 3

// FolderFilter selects folders that the caller may see.
type FolderFilter struct {
	IDs        []FolderID
	Workspaces []WorkspaceID // -1 is the Main Workspace
	Page       Page
}

// Folders lists the folders of workspaces the caller may see.
func (v *View) Folders(f FolderFilter) ([]*Folder, error) { return nil, errTodo }

// Folder is a folder, or nil where there is none that the caller may see.
func (v *View) Folder(id FolderID) *Folder { return nil }

// FolderBoards lists the boards in a folder that the caller may see.
func (v *View) FolderBoards(f *Folder) []*Board { return nil }

// FolderFolders lists the folders in a folder.
func (v *View) FolderFolders(f *Folder) []*Folder { return nil }

// FolderEdit is what is to change of a folder, or what a new one is to be; nil leaves it.
type FolderEdit struct {
	Name, Color, FontWeight, Icon *string
	Workspace                     *WorkspaceID // -1 is the Main Workspace
	Parent                        *FolderID    // 0: none
}

// CreateFolder makes a folder. Permission folder.edit in the workspace.
func (s *Service) CreateFolder(ctx context.Context, by Caller, e FolderEdit) (FolderID, error) {
	return 0, errTodo
}

// EditFolder changes a folder. Permission folder.edit in the workspace, and in the one it moves to.
func (s *Service) EditFolder(ctx context.Context, by Caller, id FolderID, e FolderEdit) error {
	return errTodo
}

// DeleteFolder deletes a folder with what is in it: folders, and boards, which are deleted as by
// DeleteBoard. Permission folder.edit, and board.state on each board.
func (s *Service) DeleteFolder(ctx context.Context, by Caller, id FolderID) (*Folder, error) {
	return nil, errTodo
}
