package work

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// tx is one decision being made: the account as it would be, and the changes that make it so.
type tx struct {
	Image
	base    *Image // what the transaction is decided upon
	s       *Service
	acct    *account
	lacks   map[ItemID]bool // see op
	now     time.Time
	by      *User       // nil when the server itself records something
	action  perm.Action // the last that was allowed
	events  int64       // how many were recorded: within a moment the log keeps their order
	changes []Change
}

// run lets one op decide, on behalf of its caller as that one stands now. A panic fails the op alone.
func (t *tx) run(o *op) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if n, ok := r.(need); ok {
				err = &n
				return
			}
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	t.by, t.lacks, t.action = nil, o.lacks, -1
	if o.by != 0 {
		by, ok := t.users.get(o.by)
		if !ok || by.Status != Active && !o.pending {
			return accessDenied(by)
		}
		t.by = by
	}
	base, before := t.Image, len(t.changes)
	if err := o.decide(t); err != nil {
		return err
	}
	t.audit(o, &base, t.changes[before:])
	return nil
}

func (t *tx) put(c Change) {
	t.apply(c)
	t.applyContent(&c, 0)
	t.changes = append(t.changes, c)
}

// newID gives out the account's next id.
func (t *tx) newID() int64 {
	a := *t.Account
	a.LastID++
	t.Account = &a
	return a.LastID
}

// check refuses with CodeDenied unless the caller may.
func (t *tx) check(a perm.Action, f perm.Facts) error {
	t.action = a
	return allow(t.by, a, f)
}

// newID names a batch.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func allow(by *User, a perm.Action, f perm.Facts) error {
	if perm.Allow(by.role(), a, f) {
		return nil
	}
	rule, role := perm.Table[a], by.role()
	article, unless := "A", ""
	if role == perm.Admin {
		article = "An"
	}
	if when := rule.By[role]; when != perm.Never {
		unless = fmt.Sprintf(" (only %s)", perm.Conds[when])
	}
	return &Error{Code: CodeDenied, Field: rule.Name, Msg: fmt.Sprintf("%s %s may not %s%s", article, perm.Roles[role], rule.What, unless)}
}

// role is the column of the permission table that applies to the user.
func (u *User) role() perm.Role {
	switch u.Role {
	case Admin:
		return perm.Admin
	case Member:
		return perm.Member
	case Viewer:
		return perm.Viewer
	default:
		return perm.Guest
	}
}

// teamFacts, workspaceFacts and boardFacts describe a target to the permission table.

func (img *Image) teamFacts(u *User, t *Team) (f perm.Facts) {
	if owner, in := subscriber(t.Members, u.ID); owner {
		f = perm.Joined | perm.Owner
	} else if in {
		f = perm.Joined
	}
	return f
}

func (img *Image) workspaceFacts(u *User, w *Workspace) (f perm.Facts) {
	if w.ID == img.Account.MainWorkspace {
		return perm.Open | perm.Joined // it holds everybody
	}
	if w.Kind == Open {
		f = perm.Open
	}
	return f | img.subscribed(u, w.Users, w.Teams)
}

func (img *Image) boardFacts(u *User, b *Board) perm.Facts {
	b = img.overBoard(b)
	open := false
	if b.Kind == Public {
		w, ok := img.workspaces.get(b.Workspace)
		open = ok && img.seesWorkspace(u, w)
	}
	return img.boardFactsIn(u, b, open)
}

// boardFactsIn is boardFacts where it is known whether a main board's workspace is open to the user.
func (img *Image) boardFactsIn(u *User, b *Board, open bool) (f perm.Facts) {
	f = img.subscribed(u, b.Users, b.Teams)
	if open {
		f |= perm.Open
	}
	if b.Kind == Share {
		f |= perm.Sharable
	}
	switch b.Permission {
	case PermEveryone:
		f |= perm.Editable | perm.Fillable
	case PermCollaborators:
		f |= perm.Fillable
	}
	return f
}

// subscribed looks for the user among subscribers, directly and through teams.
func (img *Image) subscribed(u *User, users []Subscriber, teams []TeamSubscriber) (f perm.Facts) {
	if owner, in := subscriber(users, u.ID); owner {
		return perm.Joined | perm.Owner
	} else if in {
		f = perm.Joined
	}
	if len(teams) == 0 {
		return f
	}
	if owner, in := teamSubscriber(teams, Everyone); in && u.Role != Guest {
		f |= perm.Joined
		if owner {
			return f | perm.Owner
		}
	}
	for _, id := range u.Teams {
		if owner, in := teamSubscriber(teams, id); in {
			f |= perm.Joined
			if owner {
				return f | perm.Owner
			}
		}
	}
	return f
}
