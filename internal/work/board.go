package work

import (
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// BoardFilter selects boards. The zero value selects the active ones.
type BoardFilter struct {
	IDs        []BoardID     // nil: any
	Kind       BoardKind     // "": any
	State      string        // active, archived, deleted, all; "" is active
	Workspaces []WorkspaceID // nil: any; -1 is the Main Workspace
	ByUse      bool          // the last used first, instead of the last made
	Page       Page
}

// Boards lists the boards the caller may see, the newest first.
func (v *View) Boards(f BoardFilter) ([]*Board, error) {
	if err := f.Page.check(); err != nil {
		return nil, err
	}
	in := map[WorkspaceID]bool{}
	for _, id := range f.Workspaces {
		if id == -1 {
			id = v.img.Account.MainWorkspace
		}
		in[id] = true
	}
	wanted := func(b *Board) bool {
		return inState(b.State, f.State) && (f.Kind == "" || b.Kind == f.Kind) &&
			(f.Workspaces == nil || in[b.Workspace]) && v.seesBoard(b)
	}
	if f.IDs == nil && !f.ByUse {
		out := newPager[*Board](f.Page, v.img.boards.len())
		for b := range v.img.boardsByAge.down() {
			if out.full() {
				break
			}
			if wanted(b) {
				out.add(b)
			}
		}
		return out.rows, nil
	}
	var rows []*Board
	if f.IDs != nil {
		for _, id := range distinct(f.IDs) {
			if b, ok := v.img.boards.get(id); ok {
				rows = append(rows, b)
			}
		}
	} else {
		rows = slices.Collect(v.img.boards.all())
	}
	slices.SortFunc(rows, func(a, b *Board) int {
		if f.ByUse && !a.UpdatedAt.Equal(b.UpdatedAt) {
			return b.UpdatedAt.Compare(a.UpdatedAt)
		}
		return strings.Compare(boardAge(b), boardAge(a))
	})
	out := newPager[*Board](f.Page, len(rows))
	for _, b := range rows {
		if out.full() {
			break
		}
		if wanted(b) {
			out.add(b)
		}
	}
	return out.rows, nil
}

// seesBoard decides main boards by their workspace first, which is most of them and cheap: further
// facts only ever add to what one may (a test of the table holds that).
func (v *View) seesBoard(b *Board) bool {
	b = v.img.overBoard(b)
	open := b.Kind == Public && v.opens(b.Workspace)
	if open && perm.Allow(v.role, perm.BoardRead, perm.Open) {
		return true
	}
	return perm.Allow(v.role, perm.BoardRead, v.img.boardFactsIn(v.me, b, open))
}

// opens reports whether the caller sees a workspace.
func (v *View) opens(id WorkspaceID) bool {
	if perm.Allow(v.role, perm.WorkspaceRead, 0) {
		return true
	}
	w, ok := v.img.workspaces.get(id)
	return ok && v.seesWorkspace(w)
}

func (img *Image) seesBoard(u *User, b *Board) bool {
	return perm.Allow(u.role(), perm.BoardRead, img.boardFacts(u, b))
}

// Board returns a board that is not deleted, or nil where there is none that the caller may see.
func (v *View) Board(id BoardID) *Board {
	if b, ok := v.img.boards.get(id); ok && b.State != StateDeleted && v.seesBoard(b) {
		return b
	}
	return nil
}

// MayEdit reports whether the caller may change what is on the board.
func (v *View) MayEdit(b *Board) bool {
	return perm.Allow(v.role, perm.BoardEdit, v.img.boardFacts(v.me, b))
}

// BoardUsers lists the subscribers of a board, or only its owners.
func (v *View) BoardUsers(b *Board, owners bool) []*User {
	return v.pageSubscribers(newPager[*User](All, len(b.Users)), b.Users, owners)
}

// BoardCreator is who made the board. Whoever sees the board sees who made it.
func (v *View) BoardCreator(b *Board) *User {
	u, _ := v.img.users.get(b.Creator)
	return u
}

// BoardTeams lists the teams subscribed to a board, or only those that own it.
func (v *View) BoardTeams(b *Board, owners bool, p Page) ([]*Team, error) {
	return v.pageTeams(b.Teams, owners, p)
}
