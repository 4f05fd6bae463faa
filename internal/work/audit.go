package work

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// auditMax is how many of a change's rows its line tells; the rest are counted.
const auditMax = 100

// audit notes who made the changes of an op, as far as they are of the directory. What happens on boards
// is in the activity log.
func (t *tx) audit(o *op, changes []Change) {
	if o.by == 0 {
		return
	}
	var list []AuditChange
	more := 0
	for i := range changes {
		if one, ok := t.auditChange(&changes[i]); !ok {
		} else if len(list) == auditMax {
			more++
		} else {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return
	}
	if more > 0 {
		list = append(list, AuditChange{Change: "changed", What: fmt.Sprintf("and %d more", more)})
	}
	text, err := json.Marshal(list)
	if err != nil {
		return // strings always can be
	}
	action := ""
	if t.action >= 0 {
		action = perm.Table[t.action].Name
	}
	t.changes = append(t.changes, Change{Audit: &Audit{ID: newUUID(), At: t.now, User: o.by, Token: o.token, From: o.from,
		Action: action, Changes: string(text)}})
}

// auditChange tells one change; it is not ok where the audit is silent.
func (t *tx) auditChange(c *Change) (a AuditChange, ok bool) {
	a.Change = "changed"
	if c.Delete {
		a.Change = "deleted"
	}
	made := func(known bool) {
		if !known && !c.Delete {
			a.Change = "created"
		}
	}
	link := func(kind string, in, who fmt.Stringer, owner bool) {
		a.Kind, a.ID = kind, in.String()+"/"+who.String()
		if owner && !c.Delete {
			a.What = "owner"
		}
	}
	base := t.base
	switch {
	case c.User != nil:
		old, known := base.users.get(c.User.ID)
		made(known)
		a.Kind, a.ID, a.Name = "user", c.User.ID.String(), c.User.Name
		if known {
			a.What = strings.Join(userDiff(old, c.User), ", ")
		}
	case c.Team != nil:
		_, known := base.teams.get(c.Team.ID)
		made(known)
		a.Kind, a.ID, a.Name = "team", c.Team.ID.String(), c.Team.Name
	case c.Workspace != nil:
		_, known := base.workspaces.get(c.Workspace.ID)
		made(known)
		a.Kind, a.ID, a.Name, a.What = "workspace", c.Workspace.ID.String(), c.Workspace.Name, string(c.Workspace.State)
	case c.Board != nil:
		old, known := base.boards.get(c.Board.ID)
		made(known)
		if known && old.State == c.Board.State && old.Name == c.Board.Name && old.Permission == c.Board.Permission &&
			old.Description == c.Board.Description && old.Workspace == c.Board.Workspace && old.Kind == c.Board.Kind {
			return a, false // something on it has changed
		}
		a.Kind, a.ID, a.Name, a.What = "board", c.Board.ID.String(), c.Board.Name, string(c.Board.State)
	case c.Token != nil:
		_, known := base.tokens.get(c.Token.ID)
		made(known)
		a.Kind, a.ID, a.Name = "token", fmt.Sprint(int64(c.Token.ID)), c.Token.Name
		if c.Token.Kind != APIToken {
			a.Kind = string(c.Token.Kind)
		}
		a.What = "of user " + c.Token.User.String()
	case c.Credential != nil:
		a.Kind, a.ID = "password", c.Credential.User.String()
	case c.Identity != nil:
		a.Kind, a.ID, a.Name = "identity", c.Identity.User.String(), c.Identity.Issuer
		made(false)
	case c.Membership != nil:
		link("membership", c.Membership.Team, c.Membership.User, c.Membership.Owner)
	case c.WorkspaceUser != nil:
		link("workspace user", c.WorkspaceUser.Workspace, c.WorkspaceUser.User, c.WorkspaceUser.Owner)
	case c.WorkspaceTeam != nil:
		link("workspace team", c.WorkspaceTeam.Workspace, c.WorkspaceTeam.Team, c.WorkspaceTeam.Owner)
	case c.BoardUser != nil:
		link("board user", c.BoardUser.Board, c.BoardUser.User, c.BoardUser.Owner)
	case c.BoardTeam != nil:
		link("board team", c.BoardTeam.Board, c.BoardTeam.Team, c.BoardTeam.Owner)
	case c.Webhook != nil:
		_, known := base.webhooks.get(c.Webhook.ID)
		made(known)
		a.Kind, a.ID, a.Name = "webhook", c.Webhook.ID.String(), c.Webhook.Event
	case c.Account != nil:
		if old := base.Account; old.Name == c.Account.Name && old.Slug == c.Account.Slug {
			return a, false // ids were given out
		}
		a.Kind, a.ID, a.Name = "account", fmt.Sprint(int64(c.Account.ID)), c.Account.Name
	default:
		return a, false
	}
	return a, true
}

// userDiff names what differs, with the values where they are short and no secret.
func userDiff(old, u *User) (what []string) {
	tell := func(name string, from, to any) {
		if from != to {
			what = append(what, fmt.Sprintf("%s: %v → %v", name, from, to))
		}
	}
	tell("role", old.Role, u.Role)
	tell("status", old.Status, u.Status)
	tell("email", old.Email, u.Email)
	tell("name", old.Name, u.Name)
	tell("title", old.Title, u.Title)
	return what
}

// AuditFilter selects lines of the audit.
type AuditFilter struct {
	Users    []UserID
	Actions  []string
	Text     string
	From, To time.Time
	Page     Page
}

// Audit lists who changed what in the account, the newest first. Permission audit.read.
func (v *View) Audit(f AuditFilter) ([]*Audit, error) {
	if err := v.May(perm.AuditRead); err != nil {
		return nil, err
	}
	if err := f.Page.check(); err != nil {
		return nil, err
	}
	out := newPager[*Audit](f.Page, 1<<30)
	q := AuditQuery{Users: f.Users, Actions: f.Actions, Text: f.Text, From: f.From, To: f.To}
	err := v.acct.s.store.Audit(v.ctx, v.acct.id, q, func(a *Audit) bool {
		out.add(a)
		return !out.full()
	})
	if err != nil {
		return nil, cutShort(v.ctx, err)
	}
	return out.rows, nil
}
