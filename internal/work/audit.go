package work

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// auditMax is how many of a change's rows its line tells; the rest are counted.
const auditMax = 100

// audit notes who made the changes of an op, which were decided upon base, as far as they are of the
// directory. What happens on boards is in the activity log.
func (t *tx) audit(o *op, base *Image, changes []Change) {
	if t.by == nil {
		return
	}
	var list []AuditChange
	more := 0
	for i := range changes {
		if one, ok := base.auditChange(&changes[i]); !ok {
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
	t.note(o.token, o.from, list...)
}

// note puts a line into the audit: what who acts has done, by the right that was asked for last.
func (t *tx) note(token TokenID, from string, list ...AuditChange) {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // people search in it
	if err := enc.Encode(list); err != nil {
		return // strings always can be
	}
	action := ""
	if t.action >= 0 {
		action = perm.Table[t.action].Name
	}
	t.changes = append(t.changes, Change{Audit: &Audit{ID: newUUID(), At: t.now, User: t.by.ID, Token: token, From: from,
		Action: action, Changes: strings.TrimSuffix(text.String(), "\n")}})
}

// NoteBackup notes that the caller is about to be given a backup of the server, in which everything is.
// Permission backup.take.
func (s *Service) NoteBackup(ctx context.Context, by Caller) error {
	return s.commit(ctx, by, func(t *tx) error {
		if err := t.check(perm.BackupTake, 0); err != nil {
			return err
		}
		t.note(by.token, by.from, AuditChange{Kind: "backup", Change: "begun", What: "a download of the whole server"})
		return nil
	})
}

// auditChange tells one change to the image; it is not ok where the audit is silent.
func (img *Image) auditChange(c *Change) (a AuditChange, ok bool) {
	known := false // to the image
	link := func(kind string, in, who fmt.Stringer, owner, was bool) {
		a.Kind, a.ID, known = kind, in.String()+"/"+who.String(), was
		if owner && !c.Delete {
			a.What = "owner"
		}
	}
	switch {
	case c.User != nil:
		var old *User
		if old, known = img.users.get(c.User.ID); known {
			a.What = strings.Join(userDiff(old, c.User), ", ")
		}
		a.Kind, a.ID, a.Name = "user", c.User.ID.String(), c.User.Name
	case c.Team != nil:
		row, is := before(c, c.Team, c.Team.ID, &img.teams)
		a.Kind, a.ID, a.Name, known = "team", row.ID.String(), row.Name, is
	case c.Workspace != nil:
		row, is := before(c, c.Workspace, c.Workspace.ID, &img.workspaces)
		a.Kind, a.ID, a.Name, a.What, known = "workspace", row.ID.String(), row.Name, string(row.State), is
	case c.Board != nil:
		if old, is := img.boards.get(c.Board.ID); is && !c.Delete && sameBoard(old, c.Board) {
			return a, false // something on it has changed
		}
		row, is := before(c, c.Board, c.Board.ID, &img.boards)
		a.Kind, a.ID, a.Name, a.What, known = "board", row.ID.String(), row.Name, string(row.State), is
	case c.Folder != nil:
		row, is := before(c, c.Folder, c.Folder.ID, &img.folders)
		a.Kind, a.ID, a.Name, known = "folder", row.ID.String(), row.Name, is
	case c.Token != nil:
		row, is := before(c, c.Token, c.Token.ID, &img.tokens)
		a.Kind, a.ID, a.Name, known = "token", fmt.Sprint(int64(row.ID)), row.Name, is
		if row.Kind != APIToken {
			a.Kind = string(row.Kind)
		}
		a.What = "of user " + row.User.String()
	case c.Credential != nil:
		a.Kind, a.ID = "password", c.Credential.User.String()
		_, known = img.credentials.get(c.Credential.User)
	case c.Identity != nil:
		a.Kind, a.ID, a.Name = "identity", c.Identity.User.String(), c.Identity.Issuer
		_, known = img.identities.get(identityKey(c.Identity))
	case c.Membership != nil:
		_, was := subscriber(img.members(c.Membership.Team), c.Membership.User)
		link("membership", c.Membership.Team, c.Membership.User, c.Membership.Owner, was)
	case c.WorkspaceUser != nil:
		r := c.WorkspaceUser
		users, _ := img.workspaceSubscribers(r.Workspace)
		_, was := subscriber(users, r.User)
		link("workspace user", r.Workspace, r.User, r.Owner, was)
	case c.WorkspaceTeam != nil:
		r := c.WorkspaceTeam
		_, teams := img.workspaceSubscribers(r.Workspace)
		_, was := teamSubscriber(teams, r.Team)
		link("workspace team", r.Workspace, r.Team, r.Owner, was)
	case c.BoardUser != nil:
		r := c.BoardUser
		users, _ := img.boardSubscribers(r.Board)
		_, was := subscriber(users, r.User)
		link("board user", r.Board, r.User, r.Owner, was)
	case c.BoardTeam != nil:
		r := c.BoardTeam
		_, teams := img.boardSubscribers(r.Board)
		_, was := teamSubscriber(teams, r.Team)
		link("board team", r.Board, r.Team, r.Owner, was)
	case c.DataSource != nil:
		old, is := img.sources.get(c.DataSource.ID)
		row := c.DataSource
		switch {
		case c.Delete && is:
			row, a.What = old, "its data is kept"
		case row.Removed:
			a.What, a.Change = "its data is dropped", "deleted"
		case is:
			a.What = strings.Join(sourceDiff(old, row), ", ")
		}
		a.Kind, a.ID, a.Name, known = "data source", row.ID.String(), row.Name, is
	case c.Webhook != nil:
		row, is := before(c, c.Webhook, c.Webhook.ID, &img.webhooks)
		a.Kind, a.ID, a.Name, known = "webhook", row.ID.String(), row.Event, is
	case c.Account != nil:
		old := *img.Account
		if old.LastID = c.Account.LastID; reflect.DeepEqual(&old, c.Account) {
			return a, false // ids were given out
		}
		a.Kind, a.ID, a.Name, known = "account", fmt.Sprint(int64(c.Account.ID)), c.Account.Name, true
	default:
		return a, false
	}
	switch {
	case c.Delete, a.Change != "":
		a.Change = "deleted"
	case known:
		a.Change = "changed"
	default:
		a.Change = "created"
	}
	return a, true
}

// before is a row as the audit tells it: one that is deleted as it was, for the change may name only its id.
func before[K cmp.Ordered, V any](c *Change, row V, id K, rows *table[K, V]) (as V, known bool) {
	old, known := rows.get(id)
	if known && c.Delete {
		return old, true
	}
	return row, known
}

// sameBoard reports whether nothing that the audit tells of boards differs.
func sameBoard(a, b *Board) bool {
	return a.State == b.State && a.Name == b.Name && a.Permission == b.Permission && a.Description == b.Description &&
		a.Workspace == b.Workspace && a.Folder == b.Folder && a.Kind == b.Kind
}

func (img *Image) members(id TeamID) []Subscriber {
	if t, ok := img.teams.get(id); ok {
		return t.Members
	}
	return nil
}

func (img *Image) workspaceSubscribers(id WorkspaceID) ([]Subscriber, []TeamSubscriber) {
	if w, ok := img.workspaces.get(id); ok {
		return w.Users, w.Teams
	}
	return nil, nil
}

func (img *Image) boardSubscribers(id BoardID) ([]Subscriber, []TeamSubscriber) {
	if b, ok := img.boards.get(id); ok {
		return b.Users, b.Teams
	}
	return nil, nil
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
	if old.EmailUnproven && !u.EmailUnproven && old.Email == u.Email {
		what = append(what, "email confirmed")
	}
	tell("name", old.Name, u.Name)
	tell("title", old.Title, u.Title)
	if old.Photo != u.Photo { // whoever has the name of its file sees a photo
		what = append(what, "photo")
	}
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
	out := openPager[*Audit](f.Page)
	if out.full() {
		return nil, nil
	}
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
