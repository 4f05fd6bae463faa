package work

import (
	"context"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// What a notification can be about.
const (
	TargetUpdate  = "Post"    // an update or a reply
	TargetProject = "Project" // an item or a board
)

// NotificationInput describes a message.
type NotificationInput struct {
	User       UserID
	Text       string
	TargetID   int64
	TargetType string // Post (an update) or Project (an item or a board)
}

// Notify sends a user a message. Permission notification.send.
func (s *Service) Notify(ctx context.Context, by Caller, in NotificationInput) (made *Notification, err error) {
	if err := checkText("text", in.Text, descriptionMax); err != nil {
		return nil, err
	}
	if in.Text == "" {
		return nil, invalid("text", "text is empty; give 1 to %d characters", descriptionMax)
	}
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	var about ItemID // of an update
	switch in.TargetType {
	case TargetUpdate:
		u, err := v.readUpdate(UpdateID(in.TargetID))
		if err != nil {
			return nil, err
		}
		about = u.Item
	case TargetProject:
	default:
		return nil, invalid("target_type", "target_type must be Post (target_id is an update's) or Project (an item's or a board's)")
	}
	err = s.commit(ctx, by, func(t *tx) error {
		who, err := t.usersNamed("user_id", []UserID{in.User})
		if err != nil {
			return err
		}
		f := selfIf(in.User == t.by.ID)
		if v := (View{img: &t.Image, me: t.by, role: t.by.role()}); f == 0 && v.role == perm.Guest && v.meets(in.User) {
			f = perm.Shared
		}
		if err := t.check(perm.NotificationSend, f); err != nil {
			return err
		}
		if who[0].Status == Inactive {
			return invalid("user_id", "User %d is deactivated", in.User)
		}
		if about != 0 {
			if _, _, err := t.itemFor(about, perm.ItemRead); err != nil {
				return notFound("update", UpdateID(in.TargetID))
			}
		} else if _, err := t.board(BoardID(in.TargetID), perm.BoardRead); err != nil {
			if _, _, err := t.itemFor(ItemID(in.TargetID), perm.ItemRead); err != nil {
				return err
			}
		}
		made = t.notify(in.User, in.Text, in.TargetID, in.TargetType)
		return nil
	})
	return made, err
}

// notify puts a message to a user, cut where it is too long.
func (t *tx) notify(to UserID, text string, target int64, kind string) *Notification {
	if utf8.RuneCountInString(text) > descriptionMax {
		text = string([]rune(text)[:descriptionMax-1]) + "…"
	}
	n := &Notification{ID: NotificationID(t.newID()), User: to, From: t.by.ID, Text: text, TargetID: target, TargetType: kind, CreatedAt: t.now}
	t.put(Change{Notification: n})
	return n
}

// Notifications lists the caller's own, the newest first.
func (s *Service) Notifications(ctx context.Context, by Caller, limit int) ([]*Notification, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		return []*Notification{}, nil
	}
	rows, err := s.store.Notifications(ctx, v.acct.id, v.me.ID, limit)
	if err != nil {
		return nil, cutShort(ctx, err)
	}
	return rows, nil
}
