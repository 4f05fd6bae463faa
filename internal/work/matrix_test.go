package work_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/perm"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// The people of the matrix. me takes every role in turn.
const (
	me   work.UserID = 10
	boss work.UserID = 11 // an admin
	peer work.UserID = 12 // a member whom me meets in the team mine
	far  work.UserID = 13 // a member whom me meets nowhere

	mine   work.TeamID = 20
	theirs work.TeamID = 21
)

// relation is how me stands to something.
type relation struct {
	name  string
	facts perm.Facts
	team  work.TeamID // through which; 0: itself
}

var relations = []relation{
	{name: "none"},
	{name: "subscriber", facts: perm.Joined},
	{name: "owner", facts: perm.Joined | perm.Owner},
	{"team subscribed", perm.Joined, mine},
	{"team owns", perm.Joined | perm.Owner, mine},
	{"everyone subscribed", perm.Joined, work.Everyone},
	{"everyone owns", perm.Joined | perm.Owner, work.Everyone},
}

// target is something and what is true of it and me.
type target struct {
	name  string
	id    int64
	facts perm.Facts
	seen  bool
}

// stage is the fixture as one role meets it.
type stage struct {
	s      *work.Service
	by     work.Caller
	role   perm.Role
	teams  []target
	spaces []target
	boards []target
	people []target
}

var workRoles = []work.Role{work.Admin, work.Member, work.Viewer, work.Guest}

// set builds the stage: each target stands in one relation to me, and its facts are written down here,
// not asked of the package.
func set(t *testing.T, role perm.Role) *stage {
	t.Helper()
	w, st := newWorld(), &stage{role: role}
	may := func(a perm.Action, f perm.Facts) bool { return perm.Allow(role, a, f) }
	w.user(me, workRoles[role], work.Active)
	w.user(boss, work.Admin, work.Active)
	w.user(peer, work.Member, work.Active)
	w.user(far, work.Member, work.Active)
	w.team(mine, false, work.Subscriber{User: me}, work.Subscriber{User: peer})
	w.team(theirs, false, work.Subscriber{User: far})
	id := int64(100)
	next := func() int64 { id++; return id }

	for _, r := range relations[:3] {
		tg := target{name: r.name, id: next(), facts: r.facts, seen: may(perm.TeamRead, r.facts)}
		w.team(work.TeamID(tg.id), false, work.Subscriber{User: peer})
		if r.facts != 0 {
			w.Memberships = append(w.Memberships, work.Membership{Team: work.TeamID(tg.id), User: me, Owner: r.facts&perm.Owner != 0})
		}
		st.teams = append(st.teams, tg)
	}

	st.spaces = []target{{"main", int64(mainWS), perm.Open | perm.Joined, may(perm.WorkspaceRead, perm.Open|perm.Joined)}}
	for _, kind := range []work.WorkspaceKind{work.Open, work.Closed} {
		for _, r := range relations[:5] {
			f := r.facts
			if kind == work.Open {
				f |= perm.Open
			}
			tg := target{fmt.Sprintf("%s, %s", kind, r.name), next(), f, may(perm.WorkspaceRead, f)}
			ws := work.WorkspaceID(tg.id)
			w.workspace(ws, kind)
			switch owner := f&perm.Owner != 0; {
			case r.team != 0:
				w.WorkspaceTeams = append(w.WorkspaceTeams, work.WorkspaceTeam{Workspace: ws, Team: r.team, Owner: owner})
			case r.facts != 0:
				w.WorkspaceUsers = append(w.WorkspaceUsers, work.WorkspaceUser{Workspace: ws, User: me, Owner: owner})
			}
			st.spaces = append(st.spaces, tg)
		}
	}

	for _, kind := range []work.BoardKind{work.Public, work.Share, work.Private} {
		for _, in := range st.spaces {
			for _, r := range relations {
				for _, permission := range []work.BoardPermission{work.PermEveryone, work.PermOwners} {
					f := r.facts
					if r.team == work.Everyone && role == perm.Guest {
						f = 0 // guests are not part of everyone
					}
					if kind == work.Share {
						f |= perm.Sharable
					}
					if kind == work.Public && in.seen {
						f |= perm.Open
					}
					if permission == work.PermEveryone {
						f |= perm.Editable | perm.Fillable
					}
					tg := target{fmt.Sprintf("%s in (%s), %s, edit %s", kind, in.name, r.name, permission), next(), f, may(perm.BoardRead, f)}
					b := w.board(work.BoardID(tg.id), kind, work.WorkspaceID(in.id), boss)
					b.Permission = permission
					switch owner := r.facts&perm.Owner != 0; {
					case r.team != 0:
						w.BoardTeams = append(w.BoardTeams, work.BoardTeam{Board: b.ID, Team: r.team, Owner: owner})
					case r.facts != 0:
						w.BoardUsers = append(w.BoardUsers, work.BoardUser{Board: b.ID, User: me, Owner: owner})
					}
					w.furnish(tg.id)
					st.boards = append(st.boards, tg)
				}
			}
		}
	}

	for _, in := range st.spaces {
		w.Folders = append(w.Folders, &work.Folder{ID: work.FolderID(in.id + inFolder), Name: "folder", Workspace: work.WorkspaceID(in.id), Owner: boss, CreatedAt: day})
	}

	st.people = append(meetings(w, st, next), target{"self", int64(me), perm.Self, may(perm.UserRead, perm.Self)},
		target{"stranger", int64(far), 0, may(perm.UserRead, 0)}, target{"team mate", int64(peer), perm.Shared, may(perm.UserRead, perm.Shared)})
	st.s, _ = w.open(t)
	st.by = as(t, st.s, me)
	return st
}

// meetings adds one user for each place where a guest may meet somebody, or not.
func meetings(w world, st *stage, next func() int64) (people []target) {
	person := func(name string, f perm.Facts) work.UserID {
		id := work.UserID(next())
		w.user(id, work.Member, work.Active)
		people = append(people, target{name, int64(id), f, perm.Allow(st.role, perm.UserRead, f)})
		return id
	}
	for _, ws := range st.spaces[1:] {
		f := perm.Facts(0)
		if ws.facts&perm.Joined != 0 {
			f = perm.Shared
		}
		w.WorkspaceUsers = append(w.WorkspaceUsers, work.WorkspaceUser{Workspace: work.WorkspaceID(ws.id), User: person("in workspace "+ws.name, f)})
	}
	for _, b := range st.boards {
		if b.id%5 != 0 { // some will do
			continue
		}
		f := perm.Facts(0)
		if perm.Allow(st.role, perm.BoardRead, b.facts) {
			f = perm.Shared
		}
		who := person("on board "+b.name, f)
		w.BoardUsers = append(w.BoardUsers, work.BoardUser{Board: work.BoardID(b.id), User: who})
	}
	return people
}

// attempt is one call and what the table should say to it.
type attempt struct {
	name  string
	facts perm.Facts
	seen  bool
	call  func() error
	must  work.Code // where a rule apart from the table decides; 0: the table
}

var errAbsent = &work.Error{Code: work.CodeNotFound, Msg: "absent"}

func present(is bool) error {
	if !is {
		return errAbsent
	}
	return nil
}

// each makes an attempt of every target.
func each(targets []target, call func(id int64) error) (out []attempt) {
	for _, tg := range targets {
		out = append(out, attempt{name: tg.name, facts: tg.facts, seen: tg.seen, call: func() error { return call(tg.id) }})
	}
	return out
}

func self(call func() error) []attempt {
	return []attempt{{name: "self", facts: perm.Self, seen: true, call: call}}
}

func free(call func() error) []attempt { return []attempt{{name: "at all", seen: true, call: call}} }

func failures(out work.UsersResult, err error) error {
	if err == nil && len(out.Failed) > 0 {
		return errors.New(out.Failed[0].Msg)
	}
	return err
}

// probes call the service for every action of the table.
var probes = map[perm.Action]func(t *testing.T, st *stage) []attempt{
	perm.APIUse: func(t *testing.T, st *stage) []attempt {
		return []attempt{{name: "token", seen: true, call: func() error {
			w := newWorld()
			w.user(me, workRoles[st.role], work.Active)
			s, _ := w.open(t)
			tokens := newWorld()
			tokens.Account.ID = acct + 1
			tokens.user(me, workRoles[st.role], work.Active)
			tokens.token(t, s, 900, me, "secret of "+perm.Roles[st.role])
			if err := s.NewAccount(t.Context(), tokens.Snapshot); err != nil {
				t.Fatal(err)
			}
			_, err := s.Authenticate(t.Context(), "secret of "+perm.Roles[st.role])
			if codeOf(err) == work.CodeNoAccess {
				return &work.Error{Code: work.CodeDenied, Msg: err.Error()}
			}
			return err
		}}}
	},
	perm.AccountRead: func(t *testing.T, st *stage) []attempt {
		return free(func() error { return view(t, st.s, st.by).May(perm.AccountRead) })
	},
	perm.AccountEdit: func(t *testing.T, st *stage) []attempt {
		numbered := true
		return free(func() error {
			return st.s.UpdateAccount(t.Context(), st.by, work.AccountEdit{MainWorkspaceIsNumbered: &numbered})
		})
	},
	perm.RolesRead: func(t *testing.T, st *stage) []attempt {
		return free(func() error { _, err := view(t, st.s, st.by).Roles(); return err })
	},
	perm.UserRead: func(t *testing.T, st *stage) []attempt {
		v := view(t, st.s, st.by)
		all, err := v.Users(work.UserFilter{Page: work.All})
		if err != nil {
			t.Fatal(err)
		}
		return each(st.people, func(id int64) error {
			u := v.User(work.UserID(id))
			one, err := v.Users(work.UserFilter{IDs: []work.UserID{work.UserID(id)}, Page: work.All})
			if err != nil {
				return err
			}
			listed := slices.ContainsFunc(all, func(u *work.User) bool { return u.ID == work.UserID(id) })
			if (u != nil) != listed || listed != (len(one) == 1) {
				return fmt.Errorf("user %d: there %v, listed %v, by id %d", id, u != nil, listed, len(one))
			}
			return present(u != nil)
		})
	},
	perm.UserSecret: func(t *testing.T, st *stage) []attempt {
		w := newWorld()
		w.user(me, workRoles[st.role], work.Active)
		w.user(peer, work.Member, work.Active)
		s, _ := newWorld().open(t)
		w.token(t, s, 30, me, "mine")
		w.token(t, s, 31, peer, "theirs")
		w.Account.ID = acct + 1
		if err := s.NewAccount(t.Context(), w.Snapshot); err != nil {
			t.Fatal(err)
		}
		by, err := s.As(t.Context(), acct+1, me)
		if err != nil {
			t.Fatal(err)
		}
		read := func(of work.UserID, want string) func() error {
			return func() error {
				secret, err := s.Secret(view(t, s, by), &work.User{ID: of})
				if err != nil || secret == want {
					return err
				}
				if secret != "" {
					return fmt.Errorf("secret %q", secret)
				}
				return &work.Error{Code: work.CodeDenied}
			}
		}
		return []attempt{{name: "self", facts: perm.Self, seen: true, call: read(me, "mine")}, {name: "peer", seen: true, call: read(peer, "theirs")}}
	},
	perm.UserInvite: func(t *testing.T, st *stage) []attempt {
		return free(func() error {
			return failures(st.s.InviteUsers(t.Context(), st.by, []string{"new@example.com"}, work.Guest))
		})
	},
	perm.UserEdit: func(t *testing.T, st *stage) []attempt {
		edit := func(id work.UserID) func() error {
			return func() error {
				title := "Dr"
				return failures(st.s.UpdateUsers(t.Context(), st.by, []work.UserEdit{{User: id, Title: &title}}))
			}
		}
		return []attempt{{name: "self", facts: perm.Self, seen: true, call: edit(me)}, {name: "peer", facts: perm.Shared, seen: true, call: edit(peer)},
			{name: "far", seen: true, call: edit(far)}}
	},
	perm.UserRole: func(t *testing.T, st *stage) []attempt {
		return free(func() error {
			return failures(st.s.UpdateUsersRole(t.Context(), st.by, []work.UserID{far}, work.Guest))
		})
	},
	perm.UserActivate: func(t *testing.T, st *stage) []attempt {
		return free(func() error { return failures(st.s.ActivateUsers(t.Context(), st.by, []work.UserID{far})) })
	},
	perm.UserDeactivate: func(t *testing.T, st *stage) []attempt {
		return free(func() error { return failures(st.s.DeactivateUsers(t.Context(), st.by, []work.UserID{far})) })
	},
	perm.UserEmailDomain: func(t *testing.T, st *stage) []attempt {
		return free(func() error {
			return failures(st.s.UpdateEmailDomain(t.Context(), st.by, []work.UserID{far, me}, "example.org"))
		})
	},
	perm.TokenOwn: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(
			self(func() error { _, _, err := st.s.RegenerateToken(t.Context(), st.by); return err }),
			self(func() error {
				_, _, err := st.s.CreateToken(t.Context(), st.by, "ci", nil, day.AddDate(100, 0, 0))
				return err
			}),
			self(func() error { _, err := st.s.ShowToken(t.Context(), st.by); return err }))
	},
	perm.TokenRevoke: func(t *testing.T, st *stage) []attempt {
		w := newWorld()
		w.user(me, workRoles[st.role], work.Active)
		w.user(peer, work.Member, work.Active)
		s, _ := newWorld().open(t)
		w.token(t, s, 30, me, "mine")
		w.token(t, s, 31, peer, "theirs")
		w.Account.ID = acct + 1
		if err := s.NewAccount(t.Context(), w.Snapshot); err != nil {
			t.Fatal(err)
		}
		by, err := s.As(t.Context(), acct+1, me)
		if err != nil {
			t.Fatal(err)
		}
		listed, err := s.Tokens(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		revoke := func(id work.TokenID) func() error {
			return func() error {
				err := s.RevokeToken(t.Context(), by, id)
				if slices.ContainsFunc(listed, func(tok *work.Token) bool { return tok.ID == id }) != (err == nil) {
					return fmt.Errorf("token %d is listed and not to be revoked, or the other way round: %w", id, err)
				}
				return err
			}
		}
		return []attempt{{name: "own", facts: perm.Self, seen: true, call: revoke(30)},
			{name: "another's", seen: perm.Allow(st.role, perm.TokenRevoke, 0), call: revoke(31)}}
	},
	perm.TeamRead: func(t *testing.T, st *stage) []attempt {
		v := view(t, st.s, st.by)
		return each(st.teams, func(id int64) error {
			is := func(tm *work.Team) bool { return tm.ID == work.TeamID(id) }
			there := v.Team(work.TeamID(id)) != nil
			if there != slices.ContainsFunc(v.Teams(nil), is) || there != slices.ContainsFunc(v.Teams([]work.TeamID{work.TeamID(id), mine}), is) {
				return fmt.Errorf("team %d is there and not listed, or the other way round", id)
			}
			return present(there)
		})
	},
	perm.TeamCreate: func(t *testing.T, st *stage) []attempt {
		return free(func() error {
			_, err := st.s.CreateTeam(t.Context(), st.by, work.TeamInput{Name: "n", Subscribers: []work.UserID{peer}})
			return err
		})
	},
	perm.TeamMembers: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.teams, func(id int64) error {
			_, err := st.s.AddTeamUsers(t.Context(), st.by, work.TeamID(id), []work.UserID{far})
			return err
		}), each(st.teams, func(id int64) error {
			_, err := st.s.RemoveTeamUsers(t.Context(), st.by, work.TeamID(id), []work.UserID{far})
			return err
		}))
	},
	perm.TeamOwners: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.teams, func(id int64) error {
			return failures(st.s.AssignTeamOwners(t.Context(), st.by, work.TeamID(id), []work.UserID{peer}))
		}), each(st.teams, func(id int64) error {
			return failures(st.s.RemoveTeamOwners(t.Context(), st.by, work.TeamID(id), []work.UserID{peer}))
		}))
	},
	perm.TeamDelete: func(t *testing.T, st *stage) []attempt {
		return each(st.teams, func(id int64) error { _, err := st.s.DeleteTeam(t.Context(), st.by, work.TeamID(id)); return err })
	},
	perm.WorkspaceRead: func(t *testing.T, st *stage) []attempt {
		v := view(t, st.s, st.by)
		all, err := v.Workspaces(work.WorkspaceFilter{Page: work.All})
		if err != nil {
			t.Fatal(err)
		}
		return each(st.spaces, func(id int64) error {
			there := v.Workspace(work.WorkspaceID(id)) != nil
			if there != slices.ContainsFunc(all, func(w *work.Workspace) bool { return w.ID == work.WorkspaceID(id) }) {
				return fmt.Errorf("workspace %d is there and not listed, or the other way round", id)
			}
			return present(there)
		})
	},
	perm.WorkspaceCreate: func(t *testing.T, st *stage) []attempt {
		return free(func() error {
			_, err := st.s.CreateWorkspace(t.Context(), st.by, work.WorkspaceInput{Name: "n", Kind: work.Closed})
			return err
		})
	},
	perm.WorkspaceEdit: func(t *testing.T, st *stage) []attempt {
		name := "renamed"
		return each(st.spaces, func(id int64) error {
			return st.s.UpdateWorkspace(t.Context(), st.by, work.WorkspaceID(id), work.WorkspaceEdit{Name: &name})
		})
	},
	perm.WorkspaceDelete: func(t *testing.T, st *stage) []attempt {
		out := each(st.spaces, func(id int64) error {
			_, err := st.s.DeleteWorkspace(t.Context(), st.by, work.WorkspaceID(id))
			return err
		})
		out[0].must = work.CodeDenied // Main
		return out
	},
	perm.WorkspaceInvite: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.spaces, func(id int64) error {
			return st.s.AddWorkspaceUsers(t.Context(), st.by, work.WorkspaceID(id), []work.UserID{far}, false)
		}), each(st.spaces, func(id int64) error {
			return st.s.AddWorkspaceTeams(t.Context(), st.by, work.WorkspaceID(id), []work.TeamID{theirs}, false)
		}))
	},
	perm.WorkspaceOwners: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.spaces, func(id int64) error {
			return st.s.AddWorkspaceUsers(t.Context(), st.by, work.WorkspaceID(id), []work.UserID{far}, true)
		}), each(st.spaces, func(id int64) error {
			return st.s.AddWorkspaceTeams(t.Context(), st.by, work.WorkspaceID(id), []work.TeamID{theirs}, true)
		}))
	},
	perm.WorkspaceRemove: func(t *testing.T, st *stage) []attempt {
		remove := func(who work.UserID) func(id int64) error {
			return func(id int64) error {
				return st.s.RemoveWorkspaceUsers(t.Context(), st.by, work.WorkspaceID(id), []work.UserID{who})
			}
		}
		others, own := each(st.spaces, remove(peer)), each(st.spaces, remove(me))
		others[0].must, own[0].must = work.CodeDenied, work.CodeDenied // nobody leaves Main
		for i := range own {
			own[i].facts |= perm.Self
		}
		return slices.Concat(others, each(st.spaces, func(id int64) error {
			return st.s.RemoveWorkspaceTeams(t.Context(), st.by, work.WorkspaceID(id), []work.TeamID{theirs})
		})[1:], own)
	},
	perm.BoardRead: func(t *testing.T, st *stage) []attempt {
		v := view(t, st.s, st.by)
		all, err := v.Boards(work.BoardFilter{Page: work.All})
		if err != nil {
			t.Fatal(err)
		}
		used, err := v.Boards(work.BoardFilter{State: "all", ByUse: true, Page: work.All})
		if err != nil {
			t.Fatal(err)
		}
		return each(st.boards, func(id int64) error {
			is := func(b *work.Board) bool { return b.ID == work.BoardID(id) }
			one, err := v.Boards(work.BoardFilter{IDs: []work.BoardID{work.BoardID(id)}, Page: work.All})
			if err != nil {
				return err
			}
			there := v.Board(work.BoardID(id)) != nil
			if there != slices.ContainsFunc(all, is) || there != slices.ContainsFunc(used, is) || there != slices.ContainsFunc(one, is) {
				return fmt.Errorf("board %d is there and not listed, or the other way round", id)
			}
			return present(there)
		})
	},
	perm.BoardCreate: func(t *testing.T, st *stage) []attempt {
		return each(st.spaces, func(id int64) error {
			_, err := st.s.CreateBoard(t.Context(), st.by, work.BoardInput{Name: "n", Kind: work.Share, Workspace: work.WorkspaceID(id)})
			return err
		})
	},
	perm.BoardEdit: func(t *testing.T, st *stage) []attempt {
		return each(st.boards, func(id int64) error {
			v := view(t, st.s, st.by)
			b := v.Board(work.BoardID(id))
			_, err := st.s.UpdateBoard(t.Context(), st.by, work.BoardID(id), work.BoardEdit{Attribute: "name", Value: "renamed"})
			if b != nil && v.MayEdit(b) != (err == nil) {
				return fmt.Errorf("MayEdit says %v, UpdateBoard %w", v.MayEdit(b), err)
			}
			return err
		})
	},
	perm.BoardState: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.boards, func(id int64) error {
			_, err := st.s.ArchiveBoard(t.Context(), st.by, work.BoardID(id))
			return err
		}), each(st.boards, func(id int64) error {
			_, err := st.s.DeleteBoard(t.Context(), st.by, work.BoardID(id))
			return err
		}))
	},
	perm.BoardInvite: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.boards, func(id int64) error {
			return st.s.AddBoardUsers(t.Context(), st.by, work.BoardID(id), []work.UserID{far}, false)
		}), each(st.boards, func(id int64) error {
			return st.s.AddBoardTeams(t.Context(), st.by, work.BoardID(id), []work.TeamID{theirs}, false)
		}))
	},
	perm.BoardOwners: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.boards, func(id int64) error {
			return st.s.AddBoardUsers(t.Context(), st.by, work.BoardID(id), []work.UserID{far}, true)
		}), each(st.boards, func(id int64) error {
			return st.s.AddBoardTeams(t.Context(), st.by, work.BoardID(id), []work.TeamID{theirs}, true)
		}))
	},
	perm.BoardRemove: func(t *testing.T, st *stage) []attempt {
		own := each(st.boards, func(id int64) error {
			return st.s.RemoveBoardUsers(t.Context(), st.by, work.BoardID(id), []work.UserID{me})
		})
		for i := range own {
			own[i].facts |= perm.Self
		}
		teams := each(st.boards, func(id int64) error {
			return st.s.RemoveBoardTeams(t.Context(), st.by, work.BoardID(id), []work.TeamID{theirs})
		})
		return slices.Concat(each(st.boards, func(id int64) error {
			return st.s.RemoveBoardUsers(t.Context(), st.by, work.BoardID(id), []work.UserID{peer})
		}), teams, own)
	},
}

// Every action of the table, by every role, in every relation: the service does what the table says.
func TestMatrix(t *testing.T) {
	t.Parallel()
	for a := range perm.Action(perm.Count) {
		t.Run(perm.Table[a].Name, func(t *testing.T) {
			t.Parallel()
			probe := probes[a]
			for _, more := range []map[perm.Action]func(*testing.T, *stage) []attempt{recordProbes, itemProbes, sourceProbes} {
				if probe == nil {
					probe = more[a]
				}
			}
			if probe == nil {
				t.Fatal("no probe calls the service for this action")
			}
			for role := range perm.Role(len(perm.Roles)) {
				t.Run(perm.Roles[role], func(t *testing.T) {
					st := set(t, role)
					tried := map[work.Code]int{}
					for _, at := range probe(t, st) {
						want := at.must
						switch may := perm.Allow(role, a, at.facts); {
						case !at.seen:
							want = work.CodeNotFound
						case want != 0:
						case may:
							want = ok
						case readOnly(a):
							want = work.CodeNotFound
						default:
							want = work.CodeDenied
						}
						tried[want]++
						err := at.call()
						if got := codeOf(err); got != want {
							t.Errorf("%s: code %d (%v), want %d", at.name, got, err, want)
						}
					}
					if len(tried) == 0 {
						t.Error("nothing was tried")
					}
				})
			}
		})
	}
}

// readOnly actions answer with absence.
func readOnly(a perm.Action) bool {
	switch a {
	case perm.UserRead, perm.TeamRead, perm.WorkspaceRead, perm.BoardRead, perm.ItemRead:
		return true
	}
	return false
}
