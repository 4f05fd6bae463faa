package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var teams = newTable(table{
	name: "teams",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"name", text}, {"is_guest", boolean}, {"parent_team_id", bigint}, {"picture_url", text},
		{"created_at", text},
	},
	children: []child{{"team_members", "team_id"}, {"workspace_teams", "team_id"}, {"board_teams", "team_id"}},
})

var teamMembers = newTable(table{
	name:    "team_members",
	keys:    2,
	columns: []column{{"team_id", bigint}, {"user_id", bigint}, {"owner", boolean}},
})

func teamRow(t *work.Team) []any {
	return []any{int64(t.ID), t.Name, t.Guest, int64(t.Parent), t.Picture, stamp(t.CreatedAt)}
}

func membershipRow(m *work.Membership) []any { return []any{int64(m.Team), int64(m.User), m.Owner} }

func (l *loader) teams() (list []*work.Team) {
	var t work.Team
	var id, parent int64
	var created string
	l.each(teams, func() (err error) {
		t.ID, t.Parent = work.TeamID(id), work.TeamID(parent)
		if t.CreatedAt, err = parseStamp(created); err != nil {
			return fmt.Errorf("team %d: %w", id, err)
		}
		one := t
		list = append(list, &one)
		return nil
	}, &id, &t.Name, &t.Guest, &parent, &t.Picture, &created)
	return list
}

func (l *loader) memberships() (list []work.Membership) {
	l.subscribers(teamMembers, func(team, user int64, owner bool) {
		list = append(list, work.Membership{Team: work.TeamID(team), User: work.UserID(user), Owner: owner})
	})
	return list
}
