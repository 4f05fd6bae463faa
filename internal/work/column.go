package work

import (
	"context"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// Columns lists the columns of a board that the caller may see, in order; with ids or types only those.
func (v *View) Columns(b *Board, ids []string, types []column.Type) ([]*Column, error) {
	return nil, errTodo
}

// ColumnInput describes a new column.
type ColumnInput struct {
	ID          string // "": one is made up
	Title       string
	Description string
	Type        column.Type
	Settings    string // JSON, as column.Kind.ParseSettings takes it; "" is the type's default
	After       string // a column's id; "" puts the column at the end
}

// CreateColumn makes a column and returns its id. Permission board.structure.
func (s *Service) CreateColumn(ctx context.Context, by Caller, board BoardID, in ColumnInput) (string, error) {
	return "", errTodo
}

// ColumnEdit is what is to change of a column; nil leaves it.
type ColumnEdit struct {
	Title, Description *string
	Width              *int
	Settings           *string     // JSON
	Type               column.Type // what the caller takes it for; "" is not checked
	Revision           string      // that the caller has seen; "" is not checked
}

// EditColumn changes a column. Permission board.structure.
func (s *Service) EditColumn(ctx context.Context, by Caller, board BoardID, id string, e ColumnEdit) error {
	return errTodo
}

// DeleteColumn deletes a column and what is in it, and returns it as it was. Permission board.structure.
func (s *Service) DeleteColumn(ctx context.Context, by Caller, board BoardID, id string) (*Column, error) {
	return nil, errTodo
}

// Restriction says who sees a column or changes its values: everybody, or some and the board's owners.
type Restriction struct {
	Hidden, Locked   bool
	Readers, Writers []Principal
}

// RestrictColumn sets who may see a column and who may change its values. Permission column.restrict.
func (s *Service) RestrictColumn(ctx context.Context, by Caller, board BoardID, id string, r Restriction) error {
	return errTodo
}
