package seed

import (
	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// firstGroup is the group that every new board has.
func firstGroup(board work.BoardID) *work.Group {
	return &work.Group{Board: board, ID: "topics", Title: "Group Title", Color: "#037f4c", Pos: work.PosStep, State: work.StateActive}
}

// nameColumn is the column that every board has.
func nameColumn(board work.BoardID) *work.Column {
	return &work.Column{Board: board, ID: "name", Title: "Name", Type: column.Name, Settings: "{}", Pos: work.PosStep, State: work.StateActive}
}
