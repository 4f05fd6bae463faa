//go:build !race

package sink

import (
	"fmt"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// TestViewMany: as many columns as anybody has, and more than a database takes. Parsing such a statement takes
// too long under the race detector.
func TestViewMany(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, dest string) {
		s := mustOpen(t, dest)
		must(t, s.Prepare(t.Context(), connector.Streams()))
		board := connector.BoardColumns{ID: "1"}
		for i := range maxViewColumns + 10 {
			board.Columns = append(board.Columns, connector.BoardColumn{ID: fmt.Sprint("c", i), Title: "The same title", Type: "text"})
		}
		must(t, s.Publish(t.Context(), []connector.BoardColumns{board}))
		if columns, _ := readView(t, s, "board_1"); len(columns) != 5+maxViewColumns {
			t.Errorf("%d columns", len(columns))
		}
	})
}
