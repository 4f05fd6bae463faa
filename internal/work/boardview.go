package work

import "context"

// Views lists the views of a board in order; with ids or a type only those.
func (v *View) Views(b *Board, ids []ViewID, typ string) ([]*BoardView, error) { return nil, errTodo }

// BoardView is a view of a board, or nil.
func (v *View) BoardView(b *Board, id ViewID) (*BoardView, error) { return nil, errTodo }

// ViewEdit is what is to change of a view, or what a new one is to be; nil leaves it.
type ViewEdit struct {
	Type, Name, Settings, Filter, Sort *string
	User                               *UserID
	Team                               *TeamID
	Tags                               []string // nil leaves them
}

// CreateView makes a view of a board. Permission board.structure.
func (s *Service) CreateView(ctx context.Context, by Caller, board BoardID, e ViewEdit) (ViewID, error) {
	return 0, errTodo
}

// EditView changes a view. Permission board.structure.
func (s *Service) EditView(ctx context.Context, by Caller, board BoardID, id ViewID, e ViewEdit) error {
	return errTodo
}

// DeleteView deletes a view and returns it as it was. Permission board.structure.
func (s *Service) DeleteView(ctx context.Context, by Caller, board BoardID, id ViewID) (*BoardView, error) {
	return nil, errTodo
}
