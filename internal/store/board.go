package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var boards = newTable(table{
	name: "boards",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"name", text}, {"description", text}, {"kind", text}, {"state", text},
		{"workspace_id", bigint}, {"folder_id", bigint}, {"creator_id", bigint}, {"permission", text},
		{"communication", text}, {"item_name", text}, {"item_names", text}, {"created_from_board_id", bigint},
		{"type", text}, {"parent_board_id", bigint}, {"only_assigned", boolean},
		{"created_at", text}, {"updated_at", text},
	},
	children: []child{{"board_users", "board_id"}, {"board_teams", "board_id"}},
})

var boardUsers = newTable(table{
	name:    "board_users",
	keys:    2,
	columns: []column{{"board_id", bigint}, {"user_id", bigint}, {"owner", boolean}},
})

var boardTeams = newTable(table{
	name:    "board_teams",
	keys:    2,
	columns: []column{{"board_id", bigint}, {"team_id", bigint}, {"owner", boolean}},
})

func boardRow(b *work.Board) []any {
	return []any{
		int64(b.ID), b.Name, b.Description, string(b.Kind), string(b.State),
		int64(b.Workspace), int64(b.Folder), int64(b.Creator), string(b.Permission),
		b.Communication, b.ItemName, b.ItemNames, int64(b.CreatedFrom),
		string(b.Type), int64(b.Parent), b.OnlyAssigned,
		stamp(b.CreatedAt), stamp(b.UpdatedAt),
	}
}

func boardUserRow(s *work.BoardUser) []any { return []any{int64(s.Board), int64(s.User), s.Owner} }
func boardTeamRow(s *work.BoardTeam) []any { return []any{int64(s.Board), int64(s.Team), s.Owner} }

func (l *loader) boards() (list []*work.Board) {
	var b work.Board
	var id, workspace, folder, creator, from, parent int64
	var kind, state, permission, typ, created, updated string
	l.each(boards, func() (err error) {
		b.ID, b.CreatedFrom = work.BoardID(id), work.BoardID(from)
		b.Workspace, b.Folder, b.Creator = work.WorkspaceID(workspace), work.FolderID(folder), work.UserID(creator)
		b.Kind, b.State = l.boardKinds.of(work.BoardKind(kind)), l.states.of(work.State(state))
		b.Type, b.Parent = l.boardTypes.of(work.BoardType(typ)), work.BoardID(parent)
		b.Permission = l.permissions.of(work.BoardPermission(permission))
		if b.CreatedAt, err = parseStamp(created); err != nil {
			return fmt.Errorf("board %d: %w", id, err)
		}
		if b.UpdatedAt, err = parseStamp(updated); err != nil {
			return fmt.Errorf("board %d: %w", id, err)
		}
		one := b
		list = append(list, &one)
		return nil
	}, &id, &b.Name, &b.Description, &kind, &state, &workspace, &folder, &creator, &permission,
		&b.Communication, &b.ItemName, &b.ItemNames, &from,
		&typ, &parent, &b.OnlyAssigned, &created, &updated)
	return list
}

func (l *loader) boardUsers() (list []work.BoardUser) {
	l.subscribers(boardUsers, func(board, user int64, owner bool) {
		list = append(list, work.BoardUser{Board: work.BoardID(board), User: work.UserID(user), Owner: owner})
	})
	return list
}

func (l *loader) boardTeams() (list []work.BoardTeam) {
	l.subscribers(boardTeams, func(board, team int64, owner bool) {
		list = append(list, work.BoardTeam{Board: work.BoardID(board), Team: work.TeamID(team), Owner: owner})
	})
	return list
}
