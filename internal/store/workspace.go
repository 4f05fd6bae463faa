package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var workspaces = newTable(table{
	name: "workspaces",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"name", text}, {"description", text}, {"kind", text}, {"state", text},
		{"account_product_id", bigint}, {"icon_color", text}, {"icon_image", text}, {"created_by", bigint},
		{"created_at", text},
	},
	children: []child{{"workspace_users", "workspace_id"}, {"workspace_teams", "workspace_id"}},
})

var workspaceUsers = newTable(table{
	name:    "workspace_users",
	keys:    2,
	columns: []column{{"workspace_id", bigint}, {"user_id", bigint}, {"owner", boolean}},
})

var workspaceTeams = newTable(table{
	name:    "workspace_teams",
	keys:    2,
	columns: []column{{"workspace_id", bigint}, {"team_id", bigint}, {"owner", boolean}},
})

func workspaceRow(w *work.Workspace) []any {
	return []any{
		int64(w.ID), w.Name, w.Description, string(w.Kind), string(w.State),
		int64(w.Product), w.IconColor, w.IconImage, int64(w.CreatedBy),
		stamp(w.CreatedAt),
	}
}

func workspaceUserRow(s *work.WorkspaceUser) []any {
	return []any{int64(s.Workspace), int64(s.User), s.Owner}
}

func workspaceTeamRow(s *work.WorkspaceTeam) []any {
	return []any{int64(s.Workspace), int64(s.Team), s.Owner}
}

func (l *loader) workspaces() (list []*work.Workspace) {
	var w work.Workspace
	var id, product, by int64
	var kind, state, created string
	l.each(workspaces, func() (err error) {
		w.ID, w.Product, w.CreatedBy = work.WorkspaceID(id), work.ProductID(product), work.UserID(by)
		w.Kind, w.State = l.workspaceKinds.of(work.WorkspaceKind(kind)), l.states.of(work.State(state))
		if w.CreatedAt, err = parseStamp(created); err != nil {
			return fmt.Errorf("workspace %d: %w", id, err)
		}
		one := w
		list = append(list, &one)
		return nil
	}, &id, &w.Name, &w.Description, &kind, &state, &product, &w.IconColor, &w.IconImage, &by, &created)
	return list
}

func (l *loader) workspaceUsers() (list []work.WorkspaceUser) {
	l.subscribers(workspaceUsers, func(workspace, user int64, owner bool) {
		list = append(list, work.WorkspaceUser{Workspace: work.WorkspaceID(workspace), User: work.UserID(user), Owner: owner})
	})
	return list
}

func (l *loader) workspaceTeams() (list []work.WorkspaceTeam) {
	l.subscribers(workspaceTeams, func(workspace, team int64, owner bool) {
		list = append(list, work.WorkspaceTeam{Workspace: work.WorkspaceID(workspace), Team: work.TeamID(team), Owner: owner})
	})
	return list
}
