package work

import "context"

// Groups lists the active groups of a board in order, or those of them with the ids.
func (v *View) Groups(b *Board, ids []string) ([]*Group, error) { return nil, errTodo }

// Group is a group of a board in whatever state, or nil.
func (v *View) Group(b *Board, id string) (*Group, error) { return nil, errTodo }

// GroupInput describes a new group.
type GroupInput struct {
	Title      string
	Color      string // #rrggbb or ""
	Position   string // a number, the old way; "" is not given
	RelativeTo string // a group's id; "" puts the group at the top of the board
	Before     bool   // before RelativeTo instead of after it
}

// CreateGroup makes a group and returns its id. Permission board.structure.
func (s *Service) CreateGroup(ctx context.Context, by Caller, board BoardID, in GroupInput) (string, error) {
	return "", errTodo
}

// UpdateGroup changes one attribute: title, color, position, relative_position_after or
// relative_position_before. Permission board.structure.
func (s *Service) UpdateGroup(ctx context.Context, by Caller, board BoardID, id, attribute, value string) error {
	return errTodo
}

// DuplicateGroup copies a group with its items and returns the copy's id. Permission board.structure.
func (s *Service) DuplicateGroup(ctx context.Context, by Caller, board BoardID, id, title string, top bool) (string, error) {
	return "", errTodo
}

// ArchiveGroup and DeleteGroup put a group away with its items; the last active one stays.
// Permission board.structure.
func (s *Service) ArchiveGroup(ctx context.Context, by Caller, board BoardID, id string) error {
	return errTodo
}

func (s *Service) DeleteGroup(ctx context.Context, by Caller, board BoardID, id string) error {
	return errTodo
}
