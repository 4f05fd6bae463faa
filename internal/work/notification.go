package work

import "context"

// NotificationInput describes a message.
type NotificationInput struct {
	User       UserID
	Text       string
	TargetID   int64
	TargetType string // Post (an update) or Project (an item or a board)
}

// Notify sends a user a message. Permission notification.send.
func (s *Service) Notify(ctx context.Context, by Caller, in NotificationInput) (*Notification, error) {
	return nil, errTodo
}

// Notifications lists the caller's own, the newest first.
func (s *Service) Notifications(ctx context.Context, by Caller, limit int) ([]*Notification, error) {
	return nil, errTodo
}
