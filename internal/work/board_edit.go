package work

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// Documented maxima of a board.
const (
	BoardUsersMax = 400
	BoardTeamsMax = 100
)

// BoardInput describes a new board.
type BoardInput struct {
	Name, Description   string
	Kind                BoardKind
	Workspace           WorkspaceID // 0 or -1: the Main Workspace
	Owners, Subscribers []UserID
	OwnerTeams, Teams   []TeamID
	ItemName, ItemNames string
	Folder              FolderID // 0: none
	Empty               bool     // without the item that new boards come with
}

// CreateBoard makes a board with a group, a column for names and, unless it is to be empty, an item. The caller owns it when no owners are named, and on private and
// shareable boards always. Permission board.create in the workspace.
func (s *Service) CreateBoard(ctx context.Context, by Caller, in BoardInput) (id BoardID, err error) {
	if err := checkName("board_name", in.Name); err != nil {
		return 0, err
	}
	if err := checkText("description", in.Description, descriptionMax); err != nil {
		return 0, err
	}
	if err := errors.Join(checkText("item_nickname", in.ItemName, nameMax), checkText("item_nickname", in.ItemNames, nameMax)); err != nil {
		return 0, ErrorOf(err)
	}
	if in.Kind != Public && in.Kind != Private && in.Kind != Share {
		return 0, invalid("board_kind", "board_kind must be one of public, private, share")
	}
	err = s.commit(ctx, by, func(t *tx) error {
		where := in.Workspace
		if f, ok := t.folders.get(in.Folder); ok && where == 0 {
			where = f.Workspace
		}
		w, err := t.workspace(t.workspaceRef(where), perm.BoardCreate)
		if err != nil {
			return err
		}
		if in.Folder, err = t.folderIn(in.Folder, w.ID); err != nil {
			return err
		}
		b := Board{ID: BoardID(t.newID()), Name: strings.TrimSpace(in.Name), Description: in.Description, Kind: in.Kind,
			State: StateActive, Workspace: w.ID, Folder: in.Folder, Creator: t.by.ID, Permission: PermEveryone,
			ItemName: in.ItemName, ItemNames: in.ItemNames, CreatedAt: t.now, UpdatedAt: t.now}
		t.put(Change{Board: &b})
		owners := in.Owners
		if len(owners) == 0 || in.Kind != Public {
			owners = append([]UserID{t.by.ID}, owners...)
		}
		for _, add := range []func() error{
			func() error { return t.subscribeUsers(b.ID, "board_subscriber_ids", in.Subscribers, false) },
			func() error { return t.subscribeUsers(b.ID, "board_owner_ids", owners, true) },
			func() error { return t.subscribeTeams(b.ID, "board_subscriber_teams_ids", in.Teams, false) },
			func() error { return t.subscribeTeams(b.ID, "board_owner_team_ids", in.OwnerTeams, true) },
		} {
			if err := add(); err != nil {
				return err
			}
		}
		t.furnish(&b, boardColumns)
		t.recordBoard(&b, "update_board_name", map[string]any{"name": b.Name}, map[string]any{"name": nil})
		t.recordBoard(&b, "board_workspace_id_changed", map[string]any{"workspace_id": w.ID}, map[string]any{"workspace_id": nil})
		if !in.Empty {
			if _, err := t.newItem(&b, ItemInput{Name: firstItem}, nil, 0); err != nil {
				return err
			}
		}
		id = b.ID
		return nil
	})
	return id, err
}

// firstItem is the name of the item that new boards come with.
const firstItem = "Task 1"

// folderIn checks that a folder is in a workspace; 0 is none.
func (t *tx) folderIn(id FolderID, w WorkspaceID) (FolderID, error) {
	if id == 0 {
		return 0, nil
	}
	f, ok := t.folders.get(id)
	if at, known := t.workspaces.get(w); !ok || !known || !t.seesWorkspace(t.by, at) {
		return 0, notFound("folder", id)
	}
	if f.Workspace != w {
		return 0, invalid("folder_id", "Folder %d is in workspace %d, not in %d", id, f.Workspace, w)
	}
	return id, nil
}

// board finds a board to be changed.
func (t *tx) board(id BoardID, a perm.Action) (*Board, error) {
	b, ok := t.boards.get(id)
	if !ok || b.State == StateDeleted || !t.seesBoard(t.by, b) {
		return nil, notFound("board", id)
	}
	return b, t.check(a, t.boardFacts(t.by, b))
}

// subscribeUsers puts users on a board. Who is on it already is raised to owner but never lowered.
func (t *tx) subscribeUsers(id BoardID, field string, ids []UserID, owner bool) error {
	rows, err := t.usersNamed(field, ids)
	if err != nil {
		return err
	}
	b, _ := t.boards.get(id)
	for _, u := range rows {
		if err := mayBeIn(u, owner); err != nil {
			return err
		}
		if u.Role == Guest && b.Kind != Share {
			return invalid(field, "User %d is a guest; guests can be on shareable boards only", u.ID)
		}
		if is, in := subscriber(b.Users, u.ID); !in || owner && !is {
			t.put(Change{BoardUser: &BoardUser{id, u.ID, owner}})
		}
	}
	if b, _ = t.boards.get(id); len(b.Users) > BoardUsersMax {
		return errMax(field, len(b.Users), BoardUsersMax)
	}
	return nil
}

// subscribeTeams puts teams on a board, as subscribeUsers does users; Everyone is one of them.
func (t *tx) subscribeTeams(id BoardID, field string, ids []TeamID, owner bool) error {
	rows, err := t.teamsNamed(field, ids)
	if err != nil {
		return err
	}
	if slices.Contains(ids, Everyone) {
		rows = append(rows, everyone)
	}
	b, _ := t.boards.get(id)
	for _, team := range rows {
		switch {
		case team.Guest && b.Kind != Share:
			return invalid(field, "Team %d is a guest team; guests can be on shareable boards only", team.ID)
		case team.Guest && owner:
			return invalid("kind", "Team %d is a guest team and cannot be an owner", team.ID)
		}
		if is, in := teamSubscriber(b.Teams, team.ID); !in || owner && !is {
			t.put(Change{BoardTeam: &BoardTeam{id, team.ID, owner}})
		}
	}
	if b, _ = t.boards.get(id); len(b.Teams) > BoardTeamsMax {
		return errMax(field, len(b.Teams), BoardTeamsMax)
	}
	return nil
}

// AddBoardUsers subscribes users to a board, or makes them owners of it. Permission board.invite,
// and board.owners to make owners.
func (s *Service) AddBoardUsers(ctx context.Context, by Caller, id BoardID, users []UserID, owner bool) error {
	return s.commit(ctx, by, func(t *tx) error {
		if _, err := t.board(id, inviteAction(owner, perm.BoardInvite, perm.BoardOwners)); err != nil {
			return err
		}
		return t.subscribeUsers(id, "user_ids", users, owner)
	})
}

// AddBoardTeams subscribes teams to a board, or makes them owners of it. Permissions as AddBoardUsers.
func (s *Service) AddBoardTeams(ctx context.Context, by Caller, id BoardID, teams []TeamID, owner bool) error {
	return s.commit(ctx, by, func(t *tx) error {
		if _, err := t.board(id, inviteAction(owner, perm.BoardInvite, perm.BoardOwners)); err != nil {
			return err
		}
		return t.subscribeTeams(id, "team_ids", teams, owner)
	})
}

// RemoveBoardUsers ends users' subscriptions; who has none is passed over. Permission board.remove.
func (s *Service) RemoveBoardUsers(ctx context.Context, by Caller, id BoardID, users []UserID) error {
	return s.commit(ctx, by, func(t *tx) error {
		b, err := t.board(id, perm.BoardRead)
		if err != nil {
			return err
		}
		rows, err := t.usersNamed("user_ids", users)
		if err != nil {
			return err
		}
		if err := t.checkRemove(perm.BoardRemove, t.boardFacts(t.by, b), rows); err != nil {
			return err
		}
		for _, u := range rows {
			if _, in := subscriber(b.Users, u.ID); in {
				t.put(Change{BoardUser: &BoardUser{Board: id, User: u.ID}, Delete: true})
			}
		}
		return nil
	})
}

// RemoveBoardTeams ends teams' subscriptions; those that have none are passed over. Permission board.remove.
func (s *Service) RemoveBoardTeams(ctx context.Context, by Caller, id BoardID, teams []TeamID) error {
	return s.commit(ctx, by, func(t *tx) error {
		b, err := t.board(id, perm.BoardRemove)
		if err != nil {
			return err
		}
		if _, err := t.teamsNamed("team_ids", teams); err != nil {
			return err
		}
		for _, team := range distinct(teams) {
			if hasTeam(b.Teams, team) {
				t.put(Change{BoardTeam: &BoardTeam{Board: id, Team: team}, Delete: true})
			}
		}
		return nil
	})
}

// BoardEdit is one attribute of a board and its new value.
type BoardEdit struct {
	Attribute string // name, description, communication, item_nickname
	Value     string // for item_nickname JSON {"singular","plural"}; for communication JSON
}

// nickname is what a board's items are called.
type nickname struct {
	Singular string `json:"singular"`
	Plural   string `json:"plural"`
}

func (n nickname) String() string {
	b, _ := json.Marshal(n) // strings always can be
	return string(b)
}

func parseNickname(s string) (n nickname, err error) {
	if err := json.Unmarshal([]byte(s), &n); err != nil || n.Singular == "" {
		return n, invalid("new_value", `item_nickname must be JSON like {"singular":"task","plural":"tasks"}`)
	}
	if err := checkText("new_value", n.Singular, nameMax); err != nil {
		return n, err
	}
	return n, checkText("new_value", n.Plural, nameMax)
}

// UpdateBoard changes one attribute and returns the value it had before. Permission board.edit.
func (s *Service) UpdateBoard(ctx context.Context, by Caller, id BoardID, e BoardEdit) (before string, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		old, err := t.board(id, perm.BoardEdit)
		if err != nil {
			return err
		}
		b := *old
		switch e.Attribute {
		case "name":
			if err := checkName("new_value", e.Value); err != nil {
				return err
			}
			before, b.Name = b.Name, strings.TrimSpace(e.Value)
		case "description":
			if err := checkText("new_value", e.Value, descriptionMax); err != nil {
				return err
			}
			before, b.Description = b.Description, e.Value
		case "communication":
			if !json.Valid([]byte(e.Value)) {
				return invalid("new_value", `communication must be JSON, like {"type":"board","value":"123"}`)
			}
			if err := checkText("new_value", e.Value, descriptionMax); err != nil {
				return err
			}
			before, b.Communication = b.Communication, e.Value
		case "item_nickname":
			n, err := parseNickname(e.Value)
			if err != nil {
				return err
			}
			before = nickname{b.ItemName, b.ItemNames}.String()
			b.ItemName, b.ItemNames = n.Singular, n.Plural
		default:
			return invalid("board_attribute", "board_attribute must be one of name, description, communication, item_nickname")
		}
		b.UpdatedAt = t.now
		t.put(Change{Board: &b})
		if b.Name != old.Name {
			t.recordBoard(&b, "update_board_name", map[string]any{"name": b.Name}, map[string]any{"name": old.Name})
		}
		return nil
	})
	return before, err
}

// ArchiveBoard puts a board away; archiving it again is no error. Permission board.state.
func (s *Service) ArchiveBoard(ctx context.Context, by Caller, id BoardID) (*Board, error) {
	return s.setBoardState(ctx, by, id, StateArchived)
}

// DeleteBoard deletes a board and returns it as it is then. Permission board.state.
func (s *Service) DeleteBoard(ctx context.Context, by Caller, id BoardID) (*Board, error) {
	return s.setBoardState(ctx, by, id, StateDeleted)
}

func (s *Service) setBoardState(ctx context.Context, by Caller, id BoardID, state State) (now *Board, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		old, err := t.board(id, perm.BoardState)
		if err != nil {
			return err
		}
		if old.State != state {
			b := *old
			b.State, b.UpdatedAt = state, t.now
			t.put(Change{Board: &b})
			t.recordBoard(&b, "board_state_changed", map[string]any{"state": state}, map[string]any{"state": old.State})
			t.setBelow(&b, state)
		}
		now, _ = t.boards.get(id)
		return nil
	})
	return now, err
}

// setBelow puts the board of a board's subitems where that is.
func (t *tx) setBelow(over *Board, state State) {
	for b := range t.boards.all() {
		if b.Type == SubitemsBoard && b.Parent == over.ID && b.State != state && b.State != StateDeleted {
			b := *b
			b.State, b.UpdatedAt = state, t.now
			t.put(Change{Board: &b})
		}
	}
}

// SetBoardPermission sets who may edit what is on a board. Permission board.permission.
func (s *Service) SetBoardPermission(ctx context.Context, by Caller, id BoardID, p BoardPermission) error {
	if !slices.Contains([]BoardPermission{PermEveryone, PermCollaborators, PermAssignee, PermOwners}, p) {
		return invalid("basic_role_name", "A board's permission is one of everyone, collaborators, assignee, owners")
	}
	return s.commit(ctx, by, func(t *tx) error {
		old, err := t.board(id, perm.BoardPermission)
		if err != nil || old.Permission == p {
			return err
		}
		b := *old
		b.Permission, b.UpdatedAt = p, t.now
		t.put(Change{Board: &b})
		return nil
	})
}
