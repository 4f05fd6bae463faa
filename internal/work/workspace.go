package work

import (
	"slices"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// MainName is what every account's first workspace is called until somebody renames it.
const MainName = "Main Workspace"

// WorkspaceFilter selects workspaces. The zero value selects the active ones.
type WorkspaceFilter struct {
	IDs         []WorkspaceID // nil: any; -1 is the Main Workspace
	Kind        WorkspaceKind // "": any
	State       string        // active, archived, deleted, all; "" is active
	JoinedOnly  bool
	ProductKind string // "": any
	Page        Page
}

// Workspaces lists the workspaces the caller may see, the newest first and the Main Workspace last.
// Where the Main Workspace has no number it is only listed when asked for by id.
func (v *View) Workspaces(f WorkspaceFilter) ([]*Workspace, error) {
	if err := f.Page.check(); err != nil {
		return nil, err
	}
	main := v.img.Account.MainWorkspace
	wanted := func(w *Workspace) bool {
		return inState(w.State, f.State) && (f.Kind == "" || w.Kind == f.Kind) && v.seesWorkspace(w) &&
			(!f.JoinedOnly || v.img.workspaceFacts(v.me, w)&(perm.Joined|perm.Owner) != 0) &&
			(f.ProductKind == "" || v.productKind(w) == f.ProductKind)
	}
	var ids []WorkspaceID
	for _, id := range f.IDs {
		if id == -1 {
			id = main
		}
		ids = append(ids, id)
	}
	out := newPager[*Workspace](f.Page, v.img.workspaces.len())
	for w := range v.img.workspaceAge.down() {
		if out.full() {
			return out.rows, nil
		}
		if w.ID != main && (f.IDs == nil || slices.Contains(ids, w.ID)) && wanted(w) {
			out.add(w)
		}
	}
	if w, ok := v.img.workspaces.get(main); ok && !out.full() && wanted(w) &&
		(f.IDs == nil && v.img.Account.MainWorkspaceIsNumbered || slices.Contains(ids, main)) {
		out.add(w)
	}
	return out.rows, nil
}

func inState(s State, want string) bool {
	switch want {
	case "", string(StateActive):
		return s == StateActive
	case "all":
		return true
	default:
		return string(s) == want
	}
}

func (v *View) productKind(w *Workspace) string {
	if p := v.Product(w); p != nil {
		return p.Kind
	}
	return ""
}

// Product is the product a workspace belongs to, or nil.
func (v *View) Product(w *Workspace) *Product {
	for i, p := range v.img.Account.Products {
		if p.ID == w.Product {
			return &v.img.Account.Products[i]
		}
	}
	return nil
}

func (v *View) seesWorkspace(w *Workspace) bool {
	return perm.Allow(v.role, perm.WorkspaceRead, 0) || w.Kind == Open && perm.Allow(v.role, perm.WorkspaceRead, perm.Open) ||
		v.img.seesWorkspace(v.me, w)
}

func (img *Image) seesWorkspace(u *User, w *Workspace) bool {
	return perm.Allow(u.role(), perm.WorkspaceRead, img.workspaceFacts(u, w))
}

// IsMain reports whether w is the account's Main Workspace.
func (v *View) IsMain(w *Workspace) bool { return w.ID == v.img.Account.MainWorkspace }

// Numbered reports whether the API shows the workspace's id: all but a Main Workspace that has none.
func (v *View) Numbered(id WorkspaceID) bool {
	return id != v.img.Account.MainWorkspace || v.img.Account.MainWorkspaceIsNumbered
}

// BoardWorkspace is the workspace a board is in. Whoever sees the board sees where it is, but of a
// workspace that the caller may not see no more than its id, name and kind.
func (v *View) BoardWorkspace(b *Board) *Workspace {
	w, ok := v.img.workspaces.get(b.Workspace)
	if !ok || v.seesWorkspace(w) {
		return w
	}
	return &Workspace{ID: w.ID, Name: w.Name, Kind: w.Kind, State: w.State}
}

// Workspace returns a workspace, or nil where there is none that the caller may see.
func (v *View) Workspace(id WorkspaceID) *Workspace {
	if id == -1 {
		id = v.img.Account.MainWorkspace
	}
	if w, ok := v.img.workspaces.get(id); ok && v.seesWorkspace(w) {
		return w
	}
	return nil
}

// WorkspaceUsers lists the subscribers of a workspace, or only its owners. The Main Workspace holds
// every user who is not deactivated, and is owned by the admins.
func (v *View) WorkspaceUsers(w *Workspace, owners bool, p Page) ([]*User, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	out := newPager[*User](p, max(len(w.Users), v.img.users.len()))
	if v.IsMain(w) {
		for u := range v.img.users.all() {
			if out.full() {
				break
			}
			if u.Status != Inactive && (!owners || u.Role == Admin) && v.seesUser(u) {
				out.add(u)
			}
		}
		return out.rows, nil
	}
	return v.pageSubscribers(out, w.Users, owners), nil
}

func (v *View) pageSubscribers(out *pager[*User], subscribers []Subscriber, owners bool) []*User {
	for _, s := range subscribers {
		if out.full() {
			break
		}
		if u := v.User(s.User); u != nil && (s.Owner || !owners) {
			out.add(u)
		}
	}
	return out.rows
}

// WorkspaceTeams lists the teams of a workspace, or only those that own it.
func (v *View) WorkspaceTeams(w *Workspace, owners bool, p Page) ([]*Team, error) {
	return v.pageTeams(w.Teams, owners, p)
}

// everyone stands for all users among a board's teams.
var everyone = &Team{ID: Everyone, Name: "Everyone"}

func (v *View) pageTeams(subscribers []TeamSubscriber, owners bool, p Page) ([]*Team, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	out := newPager[*Team](p, len(subscribers))
	for _, s := range subscribers {
		if out.full() {
			break
		}
		t := everyone
		if s.Team != Everyone {
			t = v.Team(s.Team)
		}
		if t != nil && (s.Owner || !owners) {
			out.add(t)
		}
	}
	return out.rows, nil
}
