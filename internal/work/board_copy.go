package work

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// DuplicateKind is how much of a board is copied.
type DuplicateKind string

const (
	DuplicateStructure DuplicateKind = "duplicate_board_with_structure"
	DuplicateItems     DuplicateKind = "duplicate_board_with_pulses"
	DuplicateAll       DuplicateKind = "duplicate_board_with_pulses_and_updates"
)

// DuplicateInput describes a copy of a board.
type DuplicateInput struct {
	Kind            DuplicateKind
	Name            string      // "": Duplicate of …
	Workspace       WorkspaceID // 0: the board's own; -1 is the Main Workspace
	Folder          FolderID    // 0: the board's own, within the same workspace
	KeepSubscribers bool
}

// DuplicateBoard copies a board. Columns and items that the caller does not see are not copied.
// Permissions board.read, and board.create in the workspace.
func (s *Service) DuplicateBoard(ctx context.Context, by Caller, id BoardID, in DuplicateInput) (made BoardID, err error) {
	if in.Name != "" {
		if err := checkName("board_name", in.Name); err != nil {
			return 0, err
		}
	}
	if !slices.Contains([]DuplicateKind{DuplicateStructure, DuplicateItems, DuplicateAll}, in.Kind) {
		return 0, invalid("duplicate_type", "duplicate_type must be one of %s, %s, %s", DuplicateStructure, DuplicateItems, DuplicateAll)
	}
	var copied *updates
	if in.Kind == DuplicateAll {
		if copied, err = s.boardUpdates(ctx, by, id); err != nil {
			return 0, err
		}
	}
	err = s.commit(ctx, by, func(t *tx) error {
		src, err := t.board(id, perm.BoardRead)
		if err != nil {
			return err
		}
		if src.Type != ItemsBoard {
			return invalid("board_id", "Board %d is a doc or one of subitems; it cannot be duplicated", src.ID)
		}
		b, err := t.newDuplicate(src, in)
		if err != nil {
			return err
		}
		made = b.ID
		if in.Kind == DuplicateStructure {
			t.copyStructure(src, b)
			return nil
		}
		return t.copyContent(src, b, copied)
	})
	return made, err
}

// newDuplicate makes the board that becomes a copy, and says who is on it.
func (t *tx) newDuplicate(src *Board, in DuplicateInput) (*Board, error) {
	b := *src
	w, err := t.workspace(t.workspaceRef(cmp.Or(in.Workspace, src.Workspace)), perm.BoardCreate)
	if err != nil {
		return nil, err
	}
	if b.Workspace != w.ID {
		b.Workspace, b.Folder = w.ID, 0
	}
	if in.Folder != 0 {
		if b.Folder, err = t.folderIn(in.Folder, w.ID); err != nil {
			return nil, err
		}
	}
	b.ID, b.State, b.Creator, b.CreatedFrom, b.CreatedAt, b.UpdatedAt = BoardID(t.newID()), StateActive, t.by.ID, src.ID, t.now, t.now
	b.Users, b.Teams = nil, nil
	if b.Name = strings.TrimSpace(in.Name); in.Name == "" {
		b.Name = shortened("Duplicate of " + src.Name)
	}
	t.put(Change{Board: &b})
	if in.KeepSubscribers {
		for _, u := range src.Users {
			t.put(Change{BoardUser: &BoardUser{b.ID, u.User, u.Owner}})
		}
		for _, team := range src.Teams {
			t.put(Change{BoardTeam: &BoardTeam{b.ID, team.Team, team.Owner}})
		}
	}
	t.put(Change{BoardUser: &BoardUser{b.ID, t.by.ID, true}})
	made, _ := t.boards.get(b.ID)
	t.recordBoard(made, "update_board_name", map[string]any{"name": b.Name}, map[string]any{"name": nil})
	return made, nil
}

// copyStructure copies groups, columns and views.
func (t *tx) copyStructure(src, b *Board) {
	c, owner := t.content(src.ID), t.isOwner(t.by, src)
	t.content(b.ID) // known from here on
	for g := range c.activeGroups() {
		g := *g
		g.Board = b.ID
		t.put(Change{Group: &g})
	}
	for _, col := range c.columns {
		if col.State == StateDeleted || !col.reads(t.by, owner) {
			continue
		}
		col := *col
		col.Board, col.Revision = b.ID, 1
		if col.Type == column.Subtasks {
			col.Settings = "" // until there are some
		}
		t.put(Change{Column: &col})
	}
	for _, view := range c.views {
		view := *view
		view.ID, view.Board, view.Source = ViewID(t.newID()), b.ID, view.ID
		t.put(Change{View: &view})
	}
}

// copyContent copies all that is on a board, and the board of its subitems.
func (t *tx) copyContent(src, b *Board, copied *updates) error {
	items := t.visible(src, slices.Collect(t.whole(src.ID).inOrder()))
	c := t.newCopy(src, b)
	c.updates, c.quiet, c.all = copied, true, make(map[ItemID]bool, len(items))
	var below []ItemID
	for _, it := range items {
		c.all[it.ID] = true
		below = append(below, t.subitemIDs(it)...)
	}
	if col := t.content(src.ID).columnOf(column.Subtasks); col != nil && len(below) > 0 {
		for _, id := range col.Def.Settings.BoardIDs {
			if _, ok := t.boards.get(BoardID(id)); ok {
				t.whole(BoardID(id))
			}
		}
	}
	t.preload(below)
	t.copyStructure(src, b)
	if len(below) > 0 {
		if c.below = t.copySubitemsBoard(src, b); c.below == nil {
			return nil
		}
	}
	for _, it := range items {
		if _, err := c.item(it, it.Group, it.Name, it.Pos); err != nil {
			return err
		}
	}
	return nil
}

// copySubitemsBoard makes the board for the copies of a board's subitems.
func (t *tx) copySubitemsBoard(src, b *Board) *Board {
	col := t.content(src.ID).columnOf(column.Subtasks)
	shows := t.content(b.ID).columnOf(column.Subtasks)
	for _, id := range col.Def.Settings.BoardIDs {
		old, ok := t.boards.get(BoardID(id))
		if !ok || shows == nil {
			continue
		}
		below := *old
		below.ID, below.Name, below.Parent, below.Workspace, below.Creator = BoardID(t.newID()), shortened("Subitems of "+b.Name), b.ID, b.Workspace, t.by.ID
		below.CreatedFrom, below.CreatedAt, below.UpdatedAt, below.Users, below.Teams = old.ID, t.now, t.now, nil, nil
		t.put(Change{Board: &below})
		t.copyStructure(old, &below)
		next := *shows
		next.Settings = subtasksSettings(below.ID)
		t.put(Change{Column: &next})
		return &below
	}
	return nil
}

// boardUpdates are the updates of a board's items and subitems.
func (s *Service) boardUpdates(ctx context.Context, by Caller, id BoardID) (*updates, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	b := v.Board(id)
	if b == nil {
		return nil, notFound("board", id)
	}
	ids := []BoardID{b.ID}
	for o := range v.img.boards.all() {
		if o.Type == SubitemsBoard && o.Parent == b.ID {
			ids = append(ids, o.ID)
		}
	}
	return s.updatesOf(ctx, by, UpdateQuery{Boards: ids})
}
