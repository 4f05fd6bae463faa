package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Groups, columns and views: what a board is besides its items.

var boardGroups = newTable(table{
	name: "board_groups",
	keys: 2,
	columns: []column{
		{"board_id", bigint}, {"id", text}, {"title", text}, {"color", text}, {"position", bigint}, {"state", text},
	},
})

var boardColumns = newTable(table{
	name: "columns",
	keys: 2,
	columns: []column{
		{"board_id", bigint}, {"id", text}, {"title", text}, {"description", text}, {"type", text}, {"settings", text},
		{"width", bigint}, {"position", bigint}, {"state", text}, {"revision", bigint}, {"hidden", boolean},
		{"locked", boolean}, {"readers", nullText}, {"writers", nullText},
	},
})

var boardViews = newTable(table{
	name: "board_views",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"board_id", bigint}, {"name", text}, {"type", text}, {"settings", text}, {"filter", text},
		{"sort", text}, {"tags", nullText}, {"filter_user_id", bigint}, {"filter_team_id", bigint},
		{"source_view_id", bigint}, {"position", bigint},
	},
})

// ofBoard is the condition of a board's rows.
const ofBoard = ` AND board_id = $2`

func groupRow(g *work.Group) []any {
	return []any{int64(g.Board), g.ID, g.Title, g.Color, g.Pos, string(g.State)}
}

func columnRow(c *work.Column) []any {
	return []any{
		int64(c.Board), c.ID, c.Title, c.Description, string(c.Type), c.Settings,
		int64(c.Width), c.Pos, string(c.State), c.Revision, c.Hidden,
		c.Locked, jsonList(c.Readers), jsonList(c.Writers),
	}
}

func viewRow(v *work.BoardView) []any {
	return []any{
		int64(v.ID), int64(v.Board), v.Name, v.Type, v.Settings, v.Filter,
		v.Sort, jsonList(v.Tags), int64(v.User), int64(v.Team),
		int64(v.Source), v.Pos,
	}
}

func (l *loader) groups(board work.BoardID) (list []*work.Group) {
	var g work.Group
	var id int64
	var state string
	l.query(boardGroups.sel+ofBoard, []any{int64(board)}, func() error {
		g.Board, g.State = board, l.states.of(work.State(state))
		one := g
		list = append(list, &one)
		return nil
	}, &id, &g.ID, &g.Title, &g.Color, &g.Pos, &state)
	return list
}

func (l *loader) columns(board work.BoardID) (list []*work.Column) {
	var c work.Column
	var id int64
	var state, readers, writers string
	l.query(boardColumns.sel+ofBoard, []any{int64(board)}, func() (err error) {
		c.Board, c.State = board, l.states.of(work.State(state))
		if c.Readers, err = parseList[work.Principal](readers); err != nil {
			return fmt.Errorf("column %s: readers: %w", c.ID, err)
		}
		if c.Writers, err = parseList[work.Principal](writers); err != nil {
			return fmt.Errorf("column %s: writers: %w", c.ID, err)
		}
		one := c
		list = append(list, &one)
		return nil
	}, &id, &c.ID, &c.Title, &c.Description, &c.Type, &c.Settings, &c.Width, &c.Pos, &state, &c.Revision, &c.Hidden,
		&c.Locked, &readers, &writers)
	return list
}

func (l *loader) views(board work.BoardID) (list []*work.BoardView) {
	var v work.BoardView
	var id, of, user, team, source int64
	var words string
	l.query(boardViews.sel+ofBoard, []any{int64(board)}, func() (err error) {
		v.ID, v.Board, v.Source = work.ViewID(id), board, work.ViewID(source)
		v.User, v.Team = work.UserID(user), work.TeamID(team)
		if v.Tags, err = parseList[string](words); err != nil {
			return fmt.Errorf("view %d: tags: %w", id, err)
		}
		one := v
		list = append(list, &one)
		return nil
	}, &id, &of, &v.Name, &v.Type, &v.Settings, &v.Filter, &v.Sort, &words, &user, &team, &source, &v.Pos)
	return list
}
