package store

import (
	"encoding/json"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var users = newTable(table{
	name: "users",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"name", text}, {"email", text}, {"role", text}, {"status", text}, {"verified", boolean},
		{"title", text}, {"phone", text}, {"mobile_phone", text}, {"location", text}, {"country_code", text},
		{"language", text}, {"time_zone", text}, {"birthday", text}, {"join_date", text}, {"last_activity", text},
		{"photo", text}, {"sign_up_product_kind", text}, {"out_of_office", nullText}, {"invited_by", bigint},
		{"created_at", text}, {"email_unproven", boolean},
	},
	children: []child{
		{"team_members", "user_id"}, {"workspace_users", "user_id"}, {"board_users", "user_id"}, {"tokens", "user_id"},
	},
})

func userRow(u *work.User) ([]any, error) {
	var away any
	if u.Away != nil {
		b, err := json.Marshal(u.Away)
		if err != nil {
			return nil, fmt.Errorf("user %d: %w", u.ID, err)
		}
		away = string(b)
	}
	return []any{
		int64(u.ID), u.Name, u.Email, string(u.Role), string(u.Status), u.Verified,
		u.Title, u.Phone, u.MobilePhone, u.Location, u.CountryCode,
		u.Language, u.TimeZone, string(u.Birthday), string(u.JoinDate), string(u.LastActivity),
		u.Photo, u.SignUpProduct, away, int64(u.InvitedBy),
		stamp(u.CreatedAt), u.EmailUnproven,
	}, nil
}

func (l *loader) users() (list []*work.User) {
	var u work.User
	var id, invitedBy int64
	var role, status, birthday, joined, active, away, created string
	l.each(users, func() (err error) {
		u.ID, u.InvitedBy = work.UserID(id), work.UserID(invitedBy)
		u.Role, u.Status = l.roles.of(work.Role(role)), l.statuses.of(work.Status(status))
		u.Birthday, u.JoinDate, u.LastActivity = work.Date(birthday), work.Date(joined), work.Date(active)
		u.Away = nil
		if away != "" {
			if err := json.Unmarshal([]byte(away), &u.Away); err != nil {
				return fmt.Errorf("user %d: out_of_office: %w", id, err)
			}
		}
		if u.CreatedAt, err = parseStamp(created); err != nil {
			return fmt.Errorf("user %d: %w", id, err)
		}
		one := u
		list = append(list, &one)
		return nil
	}, &id, &u.Name, &u.Email, &role, &status, &u.Verified,
		&u.Title, &u.Phone, &u.MobilePhone, &u.Location, &u.CountryCode,
		&u.Language, &u.TimeZone, &birthday, &joined, &active,
		&u.Photo, &u.SignUpProduct, &away, &invitedBy,
		&created, &u.EmailUnproven)
	return list
}
