package work

import (
	"context"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// MaySetPhoto reports whether SetPhoto would be allowed, before the picture is taken in.
func (v *View) MaySetPhoto(user UserID) error {
	return v.img.maySetPhoto(v.me, user, func(a perm.Action, f perm.Facts) error { return allow(v.me, a, f) })
}

func (img *Image) maySetPhoto(by *User, user UserID, check func(perm.Action, perm.Facts) error) error {
	if err := check(perm.UserEdit, selfIf(user == by.ID)); err != nil {
		return err
	}
	if _, ok := img.users.get(user); !ok {
		return notFound("user", user)
	}
	return nil
}

// SetPhoto sets a user's photo, which is the name of its file below /photos/SIZE/, or "" for none. It tells
// what the photo was before, so that its files can go. Permission user.edit: oneself, an admin anybody.
func (s *Service) SetPhoto(ctx context.Context, by Caller, user UserID, file string) (before string, err error) {
	if err := checkText("photo", file, nameMax); err != nil {
		return "", err
	}
	err = s.commit(ctx, by, func(t *tx) error {
		if err := t.maySetPhoto(t.by, user, t.check); err != nil {
			return err
		}
		u, _ := t.users.get(user)
		if before = u.Photo; before == file {
			return nil
		}
		next := *u
		next.Photo = file
		t.put(Change{User: &next})
		return nil
	})
	return before, err
}
