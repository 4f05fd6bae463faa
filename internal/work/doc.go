package work

import "context"

// DocFilter selects docs that the caller may see.
type DocFilter struct {
	IDs        []DocID
	Objects    []BoardID
	Workspaces []WorkspaceID // -1 is the Main Workspace
	OldestUsed bool          // by when it was last used, instead of made
	Page       Page
}

// Docs lists docs, the newest first.
func (v *View) Docs(f DocFilter) ([]*Doc, error) { return nil, errTodo }

// Doc is a doc, or nil where there is none that the caller may see.
func (v *View) Doc(id DocID) (*Doc, error) { return nil, errTodo }

// DocBoard is the board that says who sees the doc, its name and place; nil of an item's description.
func (v *View) DocBoard(d *Doc) *Board { return nil }

// Blocks lists the blocks of a doc in order.
func (v *View) Blocks(d *Doc, p Page) ([]*Block, error) { return nil, errTodo }

// DocInput describes a new doc: in a workspace, or in a doc column of an item.
type DocInput struct {
	Workspace WorkspaceID
	Folder    FolderID
	Name      string
	Kind      BoardKind
	Item      ItemID
	Column    string
}

// CreateDoc makes a doc. Permission board.create in the workspace, or item.edit on the item.
func (s *Service) CreateDoc(ctx context.Context, by Caller, in DocInput) (DocID, error) {
	return 0, errTodo
}

// BlockInput describes a new block.
type BlockInput struct {
	Type    string
	Content string // JSON
	Parent  string
}

// AddBlocks puts blocks after another one, or at the end, and returns them. Permission doc.edit.
func (s *Service) AddBlocks(ctx context.Context, by Caller, doc DocID, after string, blocks []BlockInput) ([]*Block, error) {
	return nil, errTodo
}

// EditBlock changes a block's content. Permission doc.edit.
func (s *Service) EditBlock(ctx context.Context, by Caller, id, content string) (*Block, error) {
	return nil, errTodo
}

// DeleteBlock deletes a block. Permission doc.edit.
func (s *Service) DeleteBlock(ctx context.Context, by Caller, id string) (*Block, error) {
	return nil, errTodo
}

// RenameDoc renames a doc. Permission doc.edit.
func (s *Service) RenameDoc(ctx context.Context, by Caller, id DocID, name string) error {
	return errTodo
}

// DeleteDoc deletes a doc. Permission board.state on its board.
func (s *Service) DeleteDoc(ctx context.Context, by Caller, id DocID) error { return errTodo }

// DescribeItem makes an item's description anew, of blocks. Permission item.edit.
func (s *Service) DescribeItem(ctx context.Context, by Caller, item ItemID, blocks []BlockInput) ([]*Block, error) {
	return nil, errTodo
}
