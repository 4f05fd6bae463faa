package work_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// The people of the hand-written cases: an admin, a member, a viewer and a guest, and two more members.
const (
	adm work.UserID = 1 + iota
	mem
	vie
	gue
	ann // owns things
	bob // is met nowhere
	off // deactivated
	inv // invited
)

const (
	crew    work.TeamID = 20 // ann owns it, mem is in it
	outside work.TeamID = 21 // a guest team, gue in it
)

const (
	opened work.WorkspaceID = 30
	closed work.WorkspaceID = 31 // ann owns it
	crewed work.WorkspaceID = 32 // closed, the crew owns it
)

const (
	mainBoard   work.BoardID = 40 + iota // public, in the Main Workspace
	closedBoard                          // public, in the closed workspace
	crewBoard                            // public, in the crew's workspace
	shared                               // share, gue on it; ann owns it
	secret                               // private, ann's
	forAll                               // private, with everyone (-1)
	shareAll                             // share, with everyone, in the Main Workspace
	sharedGuest                          // share, with the guest team, in the closed workspace; bob made it
	owned                                // private, the crew owns it
	locked                               // public, edited by owners only
)

func firm() world {
	w := newWorld()
	for id, role := range map[work.UserID]work.Role{adm: work.Admin, mem: work.Member, vie: work.Viewer, gue: work.Guest, ann: work.Member, bob: work.Member} {
		w.user(id, role, work.Active)
	}
	w.user(off, work.Member, work.Inactive)
	w.user(inv, work.Member, work.Pending)
	slices.SortFunc(w.Users, func(a, b *work.User) int { return int(a.ID - b.ID) })
	w.team(crew, false, work.Subscriber{User: ann, Owner: true}, work.Subscriber{User: mem})
	w.team(outside, true, work.Subscriber{User: gue})
	w.workspace(opened, work.Open)
	w.workspace(closed, work.Closed)
	w.workspace(crewed, work.Closed)
	w.WorkspaceUsers = []work.WorkspaceUser{{Workspace: closed, User: ann, Owner: true}}
	w.WorkspaceTeams = []work.WorkspaceTeam{{Workspace: crewed, Team: crew, Owner: true}}
	w.board(mainBoard, work.Public, mainWS, ann)
	w.board(closedBoard, work.Public, closed, ann)
	w.board(crewBoard, work.Public, crewed, ann)
	w.board(shared, work.Share, mainWS, ann)
	w.board(secret, work.Private, mainWS, ann)
	w.board(forAll, work.Private, mainWS, ann)
	w.board(shareAll, work.Share, mainWS, ann)
	w.board(sharedGuest, work.Share, closed, bob)
	w.board(owned, work.Private, mainWS, ann)
	w.board(locked, work.Public, mainWS, ann).Permission = work.PermOwners
	w.BoardUsers = []work.BoardUser{{Board: shared, User: gue}, {Board: shared, User: ann, Owner: true}, {Board: secret, User: ann, Owner: true}}
	w.BoardTeams = []work.BoardTeam{{Board: forAll, Team: work.Everyone}, {Board: shareAll, Team: work.Everyone}, {Board: sharedGuest, Team: outside}, {Board: owned, Team: crew, Owner: true}}
	return w
}

// What each sees, written by hand from the documents and not from the table.
func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	s, _ := firm().open(t)
	for _, c := range []struct {
		who    work.UserID
		users  []work.UserID
		teams  []work.TeamID
		spaces []work.WorkspaceID
		boards []work.BoardID
	}{
		{adm, []work.UserID{adm, mem, vie, gue, ann, bob, inv}, []work.TeamID{crew, outside},
			[]work.WorkspaceID{crewed, closed, opened, mainWS},
			[]work.BoardID{locked, shareAll, forAll, crewBoard, closedBoard, mainBoard}}, // not secret, shared, owned
		{mem, []work.UserID{adm, mem, vie, gue, ann, bob, inv}, []work.TeamID{crew, outside},
			[]work.WorkspaceID{crewed, opened, mainWS},
			[]work.BoardID{locked, owned, shareAll, forAll, crewBoard, mainBoard}},
		{vie, []work.UserID{adm, mem, vie, gue, ann, bob, inv}, []work.TeamID{crew, outside},
			[]work.WorkspaceID{opened, mainWS},
			[]work.BoardID{locked, shareAll, forAll, mainBoard}},
		{gue, []work.UserID{gue, ann, bob}, []work.TeamID{outside}, // ann is on shared, bob made sharedGuest
			[]work.WorkspaceID{mainWS},
			[]work.BoardID{sharedGuest, shared}}, // everyone is not guests
		{ann, []work.UserID{adm, mem, vie, gue, ann, bob, inv}, []work.TeamID{crew, outside},
			[]work.WorkspaceID{crewed, closed, opened, mainWS},
			[]work.BoardID{locked, owned, shareAll, forAll, secret, shared, crewBoard, closedBoard, mainBoard}},
		{bob, []work.UserID{adm, mem, vie, gue, ann, bob, inv}, []work.TeamID{crew, outside},
			[]work.WorkspaceID{opened, mainWS},
			[]work.BoardID{locked, shareAll, forAll, mainBoard}}, // having made sharedGuest is not being on it
	} {
		v := view(t, s, as(t, s, c.who))
		users, err := v.Users(work.UserFilter{Page: work.All})
		wantCode(t, "users", err, ok)
		spaces, err := v.Workspaces(work.WorkspaceFilter{Page: work.All})
		wantCode(t, "workspaces", err, ok)
		boards, err := v.Boards(work.BoardFilter{Page: work.All})
		wantCode(t, "boards", err, ok)
		for what, diff := range map[string]string{
			"users":      cmp.Diff(c.users, ids(users, func(u *work.User) work.UserID { return u.ID })),
			"teams":      cmp.Diff(c.teams, ids(v.Teams(nil), func(t *work.Team) work.TeamID { return t.ID })),
			"workspaces": cmp.Diff(c.spaces, ids(spaces, func(w *work.Workspace) work.WorkspaceID { return w.ID })),
			"boards":     cmp.Diff(c.boards, ids(boards, func(b *work.Board) work.BoardID { return b.ID })),
		} {
			if diff != "" {
				t.Errorf("%d sees other %s (-want +got):\n%s", c.who, what, diff)
			}
		}
	}
}

func ids[T any, K any](rows []T, id func(T) K) (out []K) {
	for _, r := range rows {
		out = append(out, id(r))
	}
	return out
}

// Nested lists leave out what the caller may not see, too.
func TestNestedLists(t *testing.T) {
	t.Parallel()
	s, _ := firm().open(t)
	v := view(t, s, as(t, s, gue))
	userIDs := func(us []*work.User) []work.UserID { return ids(us, func(u *work.User) work.UserID { return u.ID }) }
	in, err := v.WorkspaceUsers(v.Workspace(-1), false, work.All)
	wantCode(t, "main", err, ok)
	if diff := cmp.Diff([]work.UserID{gue, ann, bob}, userIDs(in)); diff != "" {
		t.Errorf("a guest in the Main Workspace: %s", diff)
	}
	owners, err := v.WorkspaceUsers(v.Workspace(mainWS), true, work.All)
	wantCode(t, "owners", err, ok)
	if len(owners) != 0 {
		t.Errorf("a guest meets the admins: %v", userIDs(owners))
	}
	if diff := cmp.Diff([]work.UserID{gue, ann}, userIDs(v.BoardUsers(v.Board(shared), false))); diff != "" {
		t.Error(diff)
	}
	teams, err := view(t, s, as(t, s, mem)).BoardTeams(view(t, s, as(t, s, mem)).Board(forAll), false, work.All)
	wantCode(t, "teams", err, ok)
	if len(teams) != 1 || teams[0].ID != -1 {
		t.Errorf("the teams of a board with everyone: %v", teams)
	}
	admin := view(t, s, as(t, s, adm))
	all, err := admin.WorkspaceUsers(admin.Workspace(mainWS), false, work.Page{Limit: 2, Number: 3})
	wantCode(t, "page", err, ok)
	if diff := cmp.Diff([]work.UserID{ann, bob}, userIDs(all)); diff != "" {
		t.Error(diff)
	}
}

// Calls and their outcomes, written by hand.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const denied, absent, invalid = work.CodeDenied, work.CodeNotFound, work.CodeInvalid
	name, kind := "n", work.Closed
	type call func(*work.Service, work.Caller) error
	edit := func(id work.BoardID) call {
		return func(s *work.Service, c work.Caller) error {
			_, err := s.UpdateBoard(ctx, c, id, work.BoardEdit{Attribute: "description", Value: "d"})
			return err
		}
	}
	archive := func(id work.BoardID) call {
		return func(s *work.Service, c work.Caller) error { _, err := s.ArchiveBoard(ctx, c, id); return err }
	}
	boardUsers := func(id work.BoardID, owner bool, users ...work.UserID) call {
		return func(s *work.Service, c work.Caller) error { return s.AddBoardUsers(ctx, c, id, users, owner) }
	}
	boardTeams := func(id work.BoardID, owner bool, teams ...work.TeamID) call {
		return func(s *work.Service, c work.Caller) error { return s.AddBoardTeams(ctx, c, id, teams, owner) }
	}
	spaceUsers := func(id work.WorkspaceID, owner bool, users ...work.UserID) call {
		return func(s *work.Service, c work.Caller) error { return s.AddWorkspaceUsers(ctx, c, id, users, owner) }
	}
	newBoard := func(in work.BoardInput) call {
		return func(s *work.Service, c work.Caller) error {
			in.Name = "n"
			_, err := s.CreateBoard(ctx, c, in)
			return err
		}
	}
	newTeam := func(in work.TeamInput) call {
		return func(s *work.Service, c work.Caller) error {
			in.Name = "n"
			_, err := s.CreateTeam(ctx, c, in)
			return err
		}
	}
	for _, c := range []struct {
		what string
		who  work.UserID
		call call
		want work.Code
	}{
		{"an admin edits a private board it is not on", adm, edit(secret), absent},
		{"an admin deletes a private board it is not on", adm, archive(secret), absent},
		{"an admin archives a main board", adm, archive(mainBoard), ok},
		{"a member archives a main board of another's", mem, archive(mainBoard), denied},
		{"an owner through a team archives", mem, archive(owned), ok},
		{"an owner archives", ann, archive(shared), ok},
		{"a member edits a main board", bob, edit(mainBoard), ok},
		{"a member edits one that owners edit", bob, edit(locked), denied},
		{"an admin edits one that owners edit", adm, edit(locked), denied},
		{"a viewer edits", vie, edit(mainBoard), denied},
		{"a guest edits a board it is on", gue, edit(shared), denied},
		{"a guest edits a main board", gue, edit(mainBoard), absent},
		{"a member edits a main board of a closed workspace", bob, edit(closedBoard), absent},
		{"a member of the workspace does", ann, edit(closedBoard), ok},
		{"a member through a team does", mem, edit(crewBoard), ok},

		{"a guest onto a main board", adm, boardUsers(mainBoard, false, gue), invalid},
		{"a guest onto a private board", ann, boardUsers(secret, false, gue), invalid},
		{"a guest onto a shareable board", ann, boardUsers(shared, false, gue), ok},
		{"a guest as owner", ann, boardUsers(shared, true, gue), invalid},
		{"a viewer as owner", ann, boardUsers(secret, true, vie), invalid},
		{"a viewer", ann, boardUsers(secret, false, vie), ok},
		{"one who is deactivated", ann, boardUsers(secret, false, off), invalid},
		{"one who is invited", ann, boardUsers(secret, false, inv), ok},
		{"nobody known", ann, boardUsers(secret, false, 999), absent},
		{"a member invites to a main board", bob, boardUsers(mainBoard, false, mem), ok},
		{"and makes itself owner of it", bob, boardUsers(mainBoard, true, bob), denied},
		{"a guest invites", gue, boardUsers(shared, false, bob), denied},
		{"everyone onto a board", ann, boardTeams(secret, false, -1), ok},
		{"a guest team onto a private board", ann, boardTeams(secret, false, outside), invalid},
		{"a guest team as owner", ann, boardTeams(shared, true, outside), invalid},

		{"a member joins an open workspace", bob, spaceUsers(opened, false, bob), ok},
		{"and not a closed one", bob, spaceUsers(closed, false, bob), absent},
		{"or as its owner", bob, spaceUsers(opened, true, bob), denied},
		{"an owner through a team adds owners", mem, spaceUsers(crewed, true, bob), ok},
		{"anybody into the Main Workspace", mem, spaceUsers(-1, false, bob), ok},
		{"everyone into a workspace", ann, func(s *work.Service, c work.Caller) error {
			return s.AddWorkspaceTeams(ctx, c, closed, []work.TeamID{-1}, false)
		}, invalid},
		{"out of the Main Workspace", adm, func(s *work.Service, c work.Caller) error {
			return s.RemoveWorkspaceUsers(ctx, c, -1, []work.UserID{bob})
		}, denied},
		{"closing the Main Workspace", adm, func(s *work.Service, c work.Caller) error {
			return s.UpdateWorkspace(ctx, c, mainWS, work.WorkspaceEdit{Kind: &kind})
		}, invalid},
		{"renaming it", adm, func(s *work.Service, c work.Caller) error {
			return s.UpdateWorkspace(ctx, c, -1, work.WorkspaceEdit{Name: &name})
		}, ok},
		{"deleting it", adm, func(s *work.Service, c work.Caller) error { _, err := s.DeleteWorkspace(ctx, c, -1); return err }, denied},
		{"a workspace of no kind", mem, func(s *work.Service, c work.Caller) error {
			_, err := s.CreateWorkspace(ctx, c, work.WorkspaceInput{Name: "n"})
			return err
		}, invalid},

		{"a board in an open workspace", bob, newBoard(work.BoardInput{Kind: work.Public, Workspace: opened}), ok},
		{"in a closed one", bob, newBoard(work.BoardInput{Kind: work.Public, Workspace: closed}), absent},
		{"a board of no kind", bob, newBoard(work.BoardInput{Kind: "x"}), invalid},
		{"a private one with a guest", bob, newBoard(work.BoardInput{Kind: work.Private, Subscribers: []work.UserID{gue}}), invalid},
		{"with NUL in its nickname", bob, newBoard(work.BoardInput{Kind: work.Public, ItemName: "\x00"}), invalid},
		{"by a guest", gue, newBoard(work.BoardInput{Kind: work.Share}), denied},

		{"a guest in a team", mem, newTeam(work.TeamInput{Subscribers: []work.UserID{gue}}), invalid},
		{"a member in a guest team", mem, newTeam(work.TeamInput{Guest: true, Subscribers: []work.UserID{bob}}), invalid},
		{"an empty team", mem, newTeam(work.TeamInput{}), invalid},
		{"meant to be", mem, newTeam(work.TeamInput{AllowEmpty: true}), ok},
		{"below no team", mem, newTeam(work.TeamInput{AllowEmpty: true, Parent: 999}), absent},
		{"a guest leaves a board", gue, func(s *work.Service, c work.Caller) error {
			return s.RemoveBoardUsers(ctx, c, shared, []work.UserID{gue})
		}, ok},
		{"and takes one along whom it meets", gue, func(s *work.Service, c work.Caller) error {
			return s.RemoveBoardUsers(ctx, c, shared, []work.UserID{gue, ann})
		}, denied},
		{"or does not meet: it learns nothing", gue, func(s *work.Service, c work.Caller) error {
			return s.RemoveBoardUsers(ctx, c, shared, []work.UserID{mem})
		}, absent},
		{"nor of nobody", gue, func(s *work.Service, c work.Caller) error {
			return s.RemoveBoardUsers(ctx, c, shared, []work.UserID{999})
		}, absent},
		{"a role that is none", adm, func(s *work.Service, c work.Caller) error {
			_, err := s.UpdateUsersRole(ctx, c, []work.UserID{bob}, "emperor")
			return err
		}, invalid},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s, store := firm().open(t)
			by := as(t, s, c.who)
			before := work.ImageOf(by)
			wantCode(t, c.what, c.call(s, by), c.want)
			if c.want != ok && work.ImageOf(by) != before {
				t.Error("it was refused and has changed the image")
			}
			sameAsStore(t, store, by)
		})
	}
}

// Who comes in at all by As and what View says of those who no longer may.
func TestWhoComesIn(t *testing.T) {
	t.Parallel()
	s, _ := firm().open(t)
	for id, want := range map[work.UserID]work.Code{adm: ok, vie: ok, gue: ok, off: work.CodeNoAccess, inv: work.CodeNoAccess, 999: work.CodeNotFound} {
		_, err := s.As(t.Context(), acct, id)
		wantCode(t, fmt.Sprint("as ", id), err, want)
	}
	first, err := s.As(t.Context(), acct, 0)
	if err != nil || first.User() != adm || first.Account() != acct {
		t.Errorf("the first admin is %d, %v", first.User(), err)
	}
	c := as(t, s, bob)
	_, err = s.DeactivateUsers(t.Context(), as(t, s, adm), []work.UserID{bob})
	wantCode(t, "deactivate", err, ok)
	_, err = s.View(t.Context(), c)
	wantCode(t, "view", err, work.CodeNoAccess)
	wantCode(t, "create", createTeam(t.Context(), s, c, "x"), work.CodeNoAccess)
	out, err := s.DeactivateUsers(t.Context(), as(t, s, adm), []work.UserID{adm, 999})
	wantCode(t, "itself", err, ok)
	codes := []string{out.Failed[0].Code, out.Failed[1].Code}
	if diff := cmp.Diff([]string{work.FailSelf, work.FailNotFound}, codes); diff != "" {
		t.Error(diff)
	}
}

// A change of role takes with it what the new role cannot be.
func TestRoleChange(t *testing.T) {
	t.Parallel()
	s, store := firm().open(t)
	admin := as(t, s, adm)
	role := func(id work.UserID, r work.Role) {
		t.Helper()
		out, err := s.UpdateUsersRole(t.Context(), admin, []work.UserID{id}, r)
		if err != nil || len(out.Failed) > 0 {
			t.Fatal(err, out.Failed)
		}
		sameAsStore(t, store, admin)
	}
	role(ann, work.Viewer)
	v := view(t, s, as(t, s, ann))
	if len(v.TeamOwners(v.Team(crew), nil)) != 0 || len(v.BoardUsers(v.Board(secret), true)) != 0 || v.Workspace(closed) == nil {
		t.Error("a viewer owns, or has left")
	}
	role(ann, work.Guest)
	v = view(t, s, as(t, s, ann))
	if v.Team(crew) != nil || v.Board(secret) != nil || v.Board(shared) == nil || len(v.Me().Teams) != 0 {
		t.Error("a guest is still in a team or on a private board, or has left a shareable one")
	}
	role(gue, work.Member)
	if teams := view(t, s, as(t, s, gue)).Me().Teams; len(teams) != 0 {
		t.Errorf("a member is in guest teams %v", teams)
	}
	role(gue, work.Admin)
}

func TestUserFilters(t *testing.T) {
	t.Parallel()
	s, _ := firm().open(t)
	v := view(t, s, as(t, s, adm))
	for _, c := range []struct {
		what string
		f    work.UserFilter
		want []work.UserID
	}{
		{"guests", work.UserFilter{Kind: "guests"}, []work.UserID{gue}},
		{"non_guests", work.UserFilter{Kind: "non_guests"}, []work.UserID{adm, mem, vie, ann, bob, inv}},
		{"non_pending", work.UserFilter{Kind: "non_pending"}, []work.UserID{adm, mem, vie, gue, ann, bob}},
		{"non_active", work.UserFilter{NonActive: true}, []work.UserID{off}},
		{"newest first", work.UserFilter{NewestFirst: true, Kind: "non_guests"}, []work.UserID{inv, bob, ann, vie, mem, adm}},
		{"ids", work.UserFilter{IDs: []work.UserID{bob, 999, adm, bob}}, []work.UserID{adm, bob}},
		{"ids, newest first", work.UserFilter{IDs: []work.UserID{bob, adm}, NewestFirst: true}, []work.UserID{bob, adm}},
		{"no ids", work.UserFilter{IDs: []work.UserID{}}, nil},
		{"emails in any case", work.UserFilter{Emails: []string{"U2@Example.COM", " u1@example.com", "u2@example.com", "x"}}, []work.UserID{adm, mem}},
		{"no emails", work.UserFilter{Emails: []string{}}, nil},
		{"emails and ids", work.UserFilter{Emails: []string{"u2@example.com"}, IDs: []work.UserID{adm}}, nil},
		{"near names", work.UserFilter{Name: "mmeber"}, []work.UserID{mem, ann, bob, inv}},
		{"exact with kind", work.UserFilter{Name: "mmeber", Kind: "all"}, nil},
		{"exact with kind", work.UserFilter{Name: "MEMBER 2", Kind: "all"}, []work.UserID{mem}},
		{"page 2", work.UserFilter{Page: work.Page{Limit: 3, Number: 2}}, []work.UserID{gue, ann, bob}},
		{"limit 0", work.UserFilter{Page: work.Page{Limit: 0, Number: 1}}, nil},
	} {
		if c.f.Page == (work.Page{}) {
			c.f.Page = work.All
		}
		got, err := v.Users(c.f)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if diff := cmp.Diff(c.want, ids(got, func(u *work.User) work.UserID { return u.ID }), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
	for what, f := range map[string]work.UserFilter{"kind": {Kind: "x"}, "page": {Page: work.Page{Number: -1}}} {
		_, err := v.Users(f)
		wantCode(t, what, err, work.CodeInvalid)
	}
}

// Limits on what texts may be, at the edge.
func TestTexts(t *testing.T) {
	t.Parallel()
	s, store := firm().open(t)
	c := as(t, s, adm)
	for name, want := range map[string]work.Code{
		strings.Repeat("é", 255): ok, strings.Repeat("é", 256): work.CodeInvalid, "": work.CodeInvalid, " \t": work.CodeInvalid,
		"a\x00b": work.CodeInvalid, "a\xffb": work.CodeInvalid, "שלום 👩‍💻 \u200f": ok,
	} {
		wantCode(t, fmt.Sprintf("%.20q", name), createTeam(t.Context(), s, c, name), want)
	}
	for value, want := range map[string]work.Code{`{"singular":"a\u0000"}`: work.CodeInvalid, `{"singular":"\"Ä\" 🦊","plural":"x"}`: ok, `{}`: work.CodeInvalid, `[`: work.CodeInvalid} {
		_, err := s.UpdateBoard(t.Context(), c, mainBoard, work.BoardEdit{Attribute: "item_nickname", Value: value})
		wantCode(t, value, err, want)
	}
	before, err := s.UpdateBoard(t.Context(), c, mainBoard, work.BoardEdit{Attribute: "item_nickname", Value: `{"singular":"b"}`})
	if err != nil || before != `{"singular":"\"Ä\" 🦊","plural":"x"}` {
		t.Errorf("the nickname before: %s, %v", before, err)
	}
	long := strings.Repeat("a", 250) + "@example.com"
	title := strings.Repeat("x", 256)
	for _, e := range []work.UserEdit{{User: bob, Email: &long}, {User: bob, Title: &title}, {User: bob, Birthday: &title}} {
		if out, err := s.UpdateUsers(t.Context(), c, []work.UserEdit{e}); err == nil && len(out.Failed) != 1 {
			t.Errorf("%+v: accepted %v", e, out)
		}
	}
	sameAsStore(t, store, c)
}

// Batches above the documented maximum are refused as the API documents it.
func TestBatchMax(t *testing.T) {
	t.Parallel()
	w := office()
	var many []work.UserID
	for id := work.UserID(1000); id < 1000+work.BoardUsersMax+1; id++ {
		w.user(id, work.Member, work.Active)
		many = append(many, id)
	}
	w.board(40, work.Public, mainWS, boss)
	s, store := w.open(t)
	c := as(t, s, boss)
	out, err := s.DeactivateUsers(t.Context(), c, many[:work.BatchMax+1])
	if err != nil || len(out.Users) != 0 || len(out.Failed) != 1 || out.Failed[0].Code != work.FailExceedsBatch {
		t.Errorf("201 users: %v, %v", out, err)
	}
	out, err = s.DeactivateUsers(t.Context(), c, many[:work.BatchMax])
	if err != nil || len(out.Users) != work.BatchMax {
		t.Errorf("200 users: %v, %v", out, err)
	}
	_, err = s.ActivateUsers(t.Context(), c, many[:work.BatchMax])
	wantCode(t, "activate", err, ok)
	wantCode(t, "401 on a board", s.AddBoardUsers(t.Context(), c, 40, many, false), work.CodeLimit)
	wantCode(t, "400 on a board", s.AddBoardUsers(t.Context(), c, 40, many[:400], false), ok)
	wantCode(t, "one more", s.AddBoardUsers(t.Context(), c, 40, many[400:], true), work.CodeLimit)
	wantCode(t, "one again", s.AddBoardUsers(t.Context(), c, 40, many[:1], true), ok)
	sameAsStore(t, store, c)
}

// NewAccount refuses rows that contradict each other.
func TestNewAccountChecks(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(w *world){
		"an id twice":         func(w *world) { w.user(adm, work.Member, work.Active) },
		"an address twice":    func(w *world) { w.user(900, work.Member, work.Active); w.Users[0].Email = "U900@example.com " },
		"id 0":                func(w *world) { w.team(0, false) },
		"no main workspace":   func(w *world) { w.Account.MainWorkspace = 999 },
		"a member of nothing": func(w *world) { w.Memberships = append(w.Memberships, work.Membership{Team: 999, User: adm}) },
		"nobody in a team":    func(w *world) { w.team(900, false, work.Subscriber{User: 999}) },
		"everyone in one": func(w *world) {
			w.WorkspaceTeams = append(w.WorkspaceTeams, work.WorkspaceTeam{Workspace: opened, Team: -1})
		},
		"no team on a board": func(w *world) { w.BoardTeams = append(w.BoardTeams, work.BoardTeam{Board: shared, Team: 999}) },
		"no board":           func(w *world) { w.BoardUsers = append(w.BoardUsers, work.BoardUser{Board: 999, User: adm}) },
		"a board nowhere":    func(w *world) { w.board(900, work.Public, 999, adm) },
		"a token of nobody":  func(w *world) { w.Tokens = append(w.Tokens, &work.Token{ID: 900, User: 999, Hash: []byte("x")}) },
		"no user in workspace": func(w *world) {
			w.WorkspaceUsers = append(w.WorkspaceUsers, work.WorkspaceUser{Workspace: opened, User: 999})
		},
	} {
		s, _ := newWorld().open(t)
		w := firm()
		w.Account.ID = 8
		spoil(&w)
		wantCode(t, what, s.NewAccount(t.Context(), w.Snapshot), work.CodeInvalid)
	}
	s, store := firm().open(t)
	if ids, err := s.Accounts(t.Context()); err != nil || len(ids) != 1 {
		t.Error(ids, err)
	}
	snap, err := store.Load(t.Context(), acct)
	if err != nil || snap.Account.LastID != int64(locked) {
		t.Errorf("the last id is %d, %v", snap.Account.LastID, err)
	}
}
