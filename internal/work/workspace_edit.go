package work

import (
	"context"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// WorkspaceInput describes a new workspace.
type WorkspaceInput struct {
	Name        string
	Kind        WorkspaceKind
	Description string
	Product     ProductID // 0, or one the account does not have: none
}

// CreateWorkspace makes a workspace owned by the caller. Permission workspace.create.
func (s *Service) CreateWorkspace(ctx context.Context, by Caller, in WorkspaceInput) (id WorkspaceID, err error) {
	if err := checkName("name", in.Name); err != nil {
		return 0, err
	}
	if err := checkText("description", in.Description, descriptionMax); err != nil {
		return 0, err
	}
	if in.Kind != Open && in.Kind != Closed {
		return 0, invalid("kind", "A workspace is made open or closed; template workspaces come with templates")
	}
	err = s.commit(ctx, by, func(t *tx) error {
		if err := t.check(perm.WorkspaceCreate, 0); err != nil {
			return err
		}
		w := Workspace{ID: WorkspaceID(t.newID()), Name: strings.TrimSpace(in.Name), Description: in.Description, Kind: in.Kind,
			State: StateActive, CreatedBy: t.by.ID, CreatedAt: t.now}
		for _, p := range t.Account.Products {
			if p.ID == in.Product {
				w.Product = p.ID
			}
		}
		t.put(Change{Workspace: &w})
		t.put(Change{WorkspaceUser: &WorkspaceUser{w.ID, t.by.ID, true}})
		id = w.ID
		return nil
	})
	return id, err
}

// workspace finds a workspace to be changed; -1 is the Main Workspace.
func (t *tx) workspace(id WorkspaceID, a perm.Action) (*Workspace, error) {
	if id == -1 {
		id = t.Account.MainWorkspace
	}
	w, ok := t.workspaces.get(id)
	if !ok || w.State == StateDeleted || !t.seesWorkspace(t.by, w) {
		return nil, notFound("workspace", id)
	}
	return w, t.check(a, t.workspaceFacts(t.by, w))
}

// WorkspaceEdit are the changes to a workspace; nil leaves a field as it is.
type WorkspaceEdit struct {
	Name, Description *string
	Kind              *WorkspaceKind
	Product           *ProductID
}

// UpdateWorkspace changes a workspace. The Main Workspace stays open. Permission workspace.edit.
func (s *Service) UpdateWorkspace(ctx context.Context, by Caller, id WorkspaceID, e WorkspaceEdit) error {
	return s.commit(ctx, by, func(t *tx) error {
		old, err := t.workspace(id, perm.WorkspaceEdit)
		if err != nil {
			return err
		}
		w := *old
		if e.Name != nil {
			if err := checkName("name", *e.Name); err != nil {
				return err
			}
			w.Name = strings.TrimSpace(*e.Name)
		}
		if e.Description != nil {
			if err := checkText("description", *e.Description, descriptionMax); err != nil {
				return err
			}
			w.Description = *e.Description
		}
		if e.Kind != nil {
			if *e.Kind != w.Kind && w.ID == t.Account.MainWorkspace {
				return invalid("kind", "The Main Workspace is always open")
			}
			if *e.Kind != Open && *e.Kind != Closed {
				return invalid("kind", "kind must be open or closed")
			}
			w.Kind = *e.Kind
		}
		if e.Product != nil {
			if !slices.ContainsFunc(t.Account.Products, func(p Product) bool { return p.ID == *e.Product }) {
				return invalid("account_product_id", "The account has no product %d", *e.Product)
			}
			w.Product = *e.Product
		}
		t.put(Change{Workspace: &w})
		return nil
	})
}

// DeleteWorkspace deletes a workspace with the boards and folders in it and returns its id. The Main Workspace
// cannot be deleted. Permission workspace.delete.
func (s *Service) DeleteWorkspace(ctx context.Context, by Caller, id WorkspaceID) (was *Workspace, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		if was, err = t.workspace(id, perm.WorkspaceDelete); err != nil {
			return err
		}
		if was.ID == t.Account.MainWorkspace {
			return &Error{Code: CodeDenied, Msg: "The Main Workspace cannot be deleted"}
		}
		for b := range t.boards.all() {
			if b.Workspace == was.ID && b.State != StateDeleted {
				next := *b
				next.State, next.UpdatedAt, next.Folder = StateDeleted, t.now, 0
				t.put(Change{Board: &next})
			}
		}
		for f := range t.folders.all() {
			if f.Workspace == was.ID {
				t.put(Change{Folder: &Folder{ID: f.ID}, Delete: true})
			}
		}
		w := *was
		w.State = StateDeleted
		t.put(Change{Workspace: &w})
		was = &w
		return nil
	})
	return was, err
}

// AddWorkspaceUsers subscribes users to a workspace, or makes them owners of it. Who is subscribed
// already is raised to owner but never lowered. Everybody is in the Main Workspace anyway.
// Permission workspace.invite, and workspace.owners to make owners.
func (s *Service) AddWorkspaceUsers(ctx context.Context, by Caller, id WorkspaceID, users []UserID, owner bool) error {
	return s.commit(ctx, by, func(t *tx) error {
		w, err := t.workspace(id, inviteAction(owner, perm.WorkspaceInvite, perm.WorkspaceOwners))
		if err != nil {
			return err
		}
		rows, err := t.usersNamed("user_ids", users)
		if err != nil || w.ID == t.Account.MainWorkspace {
			return err
		}
		for _, u := range rows {
			if err := mayBeIn(u, owner); err != nil {
				return err
			}
			if is, in := subscriber(w.Users, u.ID); !in || owner && !is {
				t.put(Change{WorkspaceUser: &WorkspaceUser{w.ID, u.ID, owner}})
			}
		}
		return nil
	})
}

func inviteAction(owner bool, invite, owners perm.Action) perm.Action {
	if owner {
		return owners
	}
	return invite
}

// mayBeIn refuses deactivated users, and viewers and guests as owners.
func mayBeIn(u *User, owner bool) error {
	switch {
	case u.Status == Inactive:
		return invalid("user_ids", "User %d is deactivated", u.ID)
	case owner && !mayOwn(u.Role):
		return invalid("kind", "User %d is a %s and cannot be an owner; use kind: subscriber", u.ID, perm.Roles[u.role()])
	}
	return nil
}

// RemoveWorkspaceUsers ends users' subscriptions; who has none is passed over. Nobody leaves the Main
// Workspace. Permission workspace.remove.
func (s *Service) RemoveWorkspaceUsers(ctx context.Context, by Caller, id WorkspaceID, users []UserID) error {
	return s.commit(ctx, by, func(t *tx) error {
		w, err := t.workspace(id, perm.WorkspaceRead)
		if err != nil {
			return err
		}
		rows, err := t.usersNamed("user_ids", users)
		if err != nil {
			return err
		}
		if err := t.checkRemove(perm.WorkspaceRemove, t.workspaceFacts(t.by, w), rows); err != nil {
			return err
		}
		if w.ID == t.Account.MainWorkspace {
			return &Error{Code: CodeDenied, Msg: "Everybody is in the Main Workspace; nobody can be removed from it"}
		}
		for _, u := range rows {
			if _, in := subscriber(w.Users, u.ID); in {
				t.put(Change{WorkspaceUser: &WorkspaceUser{Workspace: w.ID, User: u.ID}, Delete: true})
			}
		}
		return nil
	})
}

// checkRemove asks the permission table about each user who is to be removed from something.
func (t *tx) checkRemove(a perm.Action, f perm.Facts, users []*User) error {
	for _, u := range users {
		if err := t.check(a, f|selfIf(u.ID == t.by.ID)); err != nil {
			return err
		}
	}
	if len(users) == 0 {
		return t.check(a, f)
	}
	return nil
}

// AddWorkspaceTeams subscribes teams to a workspace, as AddWorkspaceUsers does users.
func (s *Service) AddWorkspaceTeams(ctx context.Context, by Caller, id WorkspaceID, teams []TeamID, owner bool) error {
	return s.commit(ctx, by, func(t *tx) error {
		w, err := t.workspace(id, inviteAction(owner, perm.WorkspaceInvite, perm.WorkspaceOwners))
		if err != nil {
			return err
		}
		rows, err := t.teamsNamed("team_ids", teams)
		if err != nil || w.ID == t.Account.MainWorkspace {
			return err
		}
		if slices.Contains(teams, Everyone) {
			return invalid("team_ids", "The team -1 (everyone) can be added to boards only; make the workspace open instead")
		}
		for _, team := range rows {
			if owner && team.Guest {
				return invalid("kind", "Team %d is a guest team and cannot be an owner", team.ID)
			}
			if is, in := teamSubscriber(w.Teams, team.ID); !in || owner && !is {
				t.put(Change{WorkspaceTeam: &WorkspaceTeam{w.ID, team.ID, owner}})
			}
		}
		return nil
	})
}

// RemoveWorkspaceTeams ends teams' subscriptions; those that have none are passed over. Permission workspace.remove.
func (s *Service) RemoveWorkspaceTeams(ctx context.Context, by Caller, id WorkspaceID, teams []TeamID) error {
	return s.commit(ctx, by, func(t *tx) error {
		w, err := t.workspace(id, perm.WorkspaceRemove)
		if err != nil {
			return err
		}
		rows, err := t.teamsNamed("team_ids", teams)
		if err != nil {
			return err
		}
		for _, team := range rows {
			if hasTeam(w.Teams, team.ID) {
				t.put(Change{WorkspaceTeam: &WorkspaceTeam{Workspace: w.ID, Team: team.ID}, Delete: true})
			}
		}
		return nil
	})
}

// workspaceRef turns the workspace id of a request (0: not given, -1: main) into the one meant.
func (t *tx) workspaceRef(id WorkspaceID) WorkspaceID {
	if id == 0 || id == -1 {
		return t.Account.MainWorkspace
	}
	return id
}

// errMax refuses more subscribers than the API documents.
func errMax(field string, n, most int) error {
	return tooMany(field, "%s: a board has at most %d; this would make %d", field, most, n)
}
