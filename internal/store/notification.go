package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var notifications = newTable(table{
	name: "notifications",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"user_id", bigint}, {"from_id", bigint}, {"text", text}, {"target_id", bigint},
		{"target_type", text}, {"created_at", text}, {"read_at", nullText},
	},
})

func notificationRow(n *work.Notification) []any {
	return []any{
		int64(n.ID), int64(n.User), int64(n.From), n.Text, n.TargetID,
		n.TargetType, stamp(n.CreatedAt), stampOrNull(n.ReadAt),
	}
}

// notifications reads the notifications that conditions, which may end in an order, select.
func (l *loader) notifications(conditions string, args []any) (list []*work.Notification) {
	var n work.Notification
	var id, user, from int64
	var created, read string
	l.query(notifications.sel+conditions, args, func() (err error) {
		n.ID, n.User, n.From = work.NotificationID(id), work.UserID(user), work.UserID(from)
		if n.CreatedAt, n.ReadAt, err = parseStamps(created, read); err != nil {
			return fmt.Errorf("notification %d: %w", id, err)
		}
		one := n
		list = append(list, &one)
		return nil
	}, &id, &user, &from, &n.Text, &n.TargetID, &n.TargetType, &created, &read)
	return list
}
