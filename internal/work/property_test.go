package work_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// town is an account in which random callers meet often.
func town() world {
	w := newWorld()
	for i, role := range []work.Role{work.Admin, work.Admin, work.Member, work.Member, work.Member, work.Viewer, work.Guest, work.Guest} {
		w.user(work.UserID(10+i), role, work.Active)
	}
	w.user(18, work.Member, work.Pending)
	w.user(19, work.Member, work.Inactive)
	w.team(20, false, work.Subscriber{User: 12, Owner: true}, work.Subscriber{User: 13})
	w.team(21, true, work.Subscriber{User: 16})
	w.workspace(30, work.Open)
	w.workspace(31, work.Closed)
	w.WorkspaceUsers = append(w.WorkspaceUsers, work.WorkspaceUser{Workspace: 31, User: 13, Owner: true}, work.WorkspaceUser{Workspace: 30, User: 12})
	w.board(40, work.Public, 30, 12)
	w.board(41, work.Private, 31, 13)
	w.board(42, work.Share, mainWS, 14)
	w.BoardUsers = append(w.BoardUsers, work.BoardUser{Board: 41, User: 13, Owner: true}, work.BoardUser{Board: 42, User: 16})
	w.BoardTeams = append(w.BoardTeams, work.BoardTeam{Board: 42, Team: work.Everyone}, work.BoardTeam{Board: 42, Team: 21})
	w.Folders = append(w.Folders, &work.Folder{ID: 60, Name: "f", Workspace: 30}, &work.Folder{ID: 61, Name: "g", Workspace: 30, Parent: 60},
		&work.Folder{ID: 62, Name: "h", Workspace: mainWS})
	w.Account.Products = []work.Product{{ID: 50, Kind: "core"}}
	return w
}

// gambler makes random calls.
type gambler struct {
	*rand.Rand
	ids []int64 // that may be somebody's or something's
}

func newGambler(seed uint64) *gambler {
	g := &gambler{Rand: rand.New(rand.NewPCG(seed, 77))}
	for id := range int64(100) {
		g.ids = append(g.ids, id-1)
	}
	return g
}

func pick[T any](g *gambler, from ...T) T { return from[g.IntN(len(from))] }

func some[T ~int64](g *gambler, low, high int) (ids []T) {
	for range g.IntN(4) {
		ids = append(ids, T(low+g.IntN(high-low)))
	}
	return ids
}

func (g *gambler) team() work.TeamID { return work.TeamID(g.thing(20)) }
func (g *gambler) space() work.WorkspaceID {
	return work.WorkspaceID(pick(g, 1, -1, g.thing(30), g.thing(30)))
}
func (g *gambler) board() work.BoardID { return work.BoardID(g.thing(40)) }

func (g *gambler) folder() work.FolderID     { return work.FolderID(g.thing(60)) }
func (g *gambler) folderRef() *work.FolderID { id := pick(g, 0, g.folder()); return &id }

// thing is one of the first of its kind, or one made since, or none.
func (g *gambler) thing(first int) int64 {
	return pick(g, int64(first+g.IntN(3)), int64(43+g.IntN(60)))
}

func (g *gambler) teams() []work.TeamID {
	ids := some[work.TeamID](g, 20, 23)
	if g.IntN(3) == 0 {
		ids = append(ids, pick(g, work.Everyone, g.team()))
	}
	return ids
}

// call makes one call and returns what it was. Its outcome is of no interest but for what it leaves.
func (g *gambler) call(ctx context.Context, s *work.Service, c work.Caller) (what string, err error) {
	users := some[work.UserID](g, 10, 22)
	text, role, owner := pick(g, "a", "", "ünï 🦊", "b\x00"), pick(g, work.Admin, work.Member, work.Viewer, work.Guest), g.IntN(2) == 0
	email := fmt.Sprintf("U%d@example.%s", g.IntN(30), pick(g, "com", "org"))
	switch g.IntN(37) {
	case 0:
		_, err = s.InviteUsers(ctx, c, []string{email, pick(g, "nonsense", "x@example.com")}, role)
		what = "invite"
	case 1:
		_, err = s.ActivateUsers(ctx, c, users)
		what = "activate"
	case 2:
		_, err = s.DeactivateUsers(ctx, c, users)
		what = "deactivate"
	case 3, 4:
		_, err = s.UpdateUsersRole(ctx, c, users, role)
		what = "role"
	case 5:
		_, err = s.UpdateEmailDomain(ctx, c, users, pick(g, "example.org", "EXAMPLE.com"))
		what = "domain"
	case 6:
		_, err = s.UpdateUsers(ctx, c, []work.UserEdit{{User: work.UserID(10 + g.IntN(12)), Email: &email, Name: &text}, {User: c.User(), Email: &email}})
		what = "edit user"
	case 7, 8:
		_, err = s.CreateTeam(ctx, c, work.TeamInput{Name: "t", Guest: owner, Parent: pick(g, 0, g.team()), Subscribers: users, AllowEmpty: g.IntN(2) == 0})
		what = "create team"
	case 9:
		_, err = s.DeleteTeam(ctx, c, g.team())
		what = "delete team"
	case 10, 11:
		_, err = s.AddTeamUsers(ctx, c, g.team(), users)
		what = "add to team"
	case 12:
		_, err = s.RemoveTeamUsers(ctx, c, g.team(), users)
		what = "remove from team"
	case 13:
		_, err = s.AssignTeamOwners(ctx, c, g.team(), users)
		what = "assign owners"
	case 14:
		_, err = s.RemoveTeamOwners(ctx, c, g.team(), users)
		what = "remove owners"
	case 15:
		_, err = s.CreateWorkspace(ctx, c, work.WorkspaceInput{Name: text, Kind: pick(g, work.Open, work.Closed, work.Template), Product: 50})
		what = "create workspace"
	case 16:
		kind := pick(g, work.Open, work.Closed)
		err = s.UpdateWorkspace(ctx, c, g.space(), work.WorkspaceEdit{Name: &text, Kind: &kind})
		what = "update workspace"
	case 17:
		_, err = s.DeleteWorkspace(ctx, c, g.space())
		what = "delete workspace"
	case 18, 19:
		err = s.AddWorkspaceUsers(ctx, c, g.space(), users, owner)
		what = "add to workspace"
	case 20:
		err = s.RemoveWorkspaceUsers(ctx, c, g.space(), users)
		what = "remove from workspace"
	case 21:
		err = s.AddWorkspaceTeams(ctx, c, g.space(), g.teams(), owner)
		what = "add teams to workspace"
	case 22:
		err = s.RemoveWorkspaceTeams(ctx, c, g.space(), g.teams())
		what = "remove teams from workspace"
	case 23:
		_, err = s.CreateBoard(ctx, c, work.BoardInput{Name: "b", Kind: pick(g, work.Public, work.Share, work.Private), Workspace: g.space(),
			Subscribers: users, Teams: g.teams(), OwnerTeams: g.teams(), Folder: pick(g, 0, 0, g.folder())})
		what = "create board"
	case 24:
		_, err = s.UpdateBoard(ctx, c, g.board(), work.BoardEdit{Attribute: pick(g, "name", "item_nickname"), Value: pick(g, "n", `{"singular":"x"}`)})
		what = "update board"
	case 25:
		err = s.AddBoardUsers(ctx, c, g.board(), users, owner)
		what = "add to board"
	case 26:
		err = s.AddBoardTeams(ctx, c, g.board(), g.teams(), owner)
		what = "add teams to board"
	case 27:
		if owner {
			err = s.RemoveBoardTeams(ctx, c, g.board(), g.teams())
		} else {
			err = s.RemoveBoardUsers(ctx, c, g.board(), users)
		}
		what = "remove from board"
	case 28:
		if owner {
			_, err = s.ArchiveBoard(ctx, c, g.board())
		} else {
			_, err = s.DeleteBoard(ctx, c, g.board())
		}
		what = "put board away"
	case 29:
		ws := g.space()
		_, err = s.CreateFolder(ctx, c, work.FolderEdit{Name: &text, Workspace: pick(g, &ws, nil), Parent: pick(g, nil, g.folderRef())})
		what = "create folder"
	case 30, 31:
		ws := g.space()
		err = s.EditFolder(ctx, c, g.folder(), work.FolderEdit{Workspace: pick(g, &ws, nil), Parent: pick(g, nil, g.folderRef())})
		what = "edit folder"
	case 32:
		_, err = s.DeleteFolder(ctx, c, g.folder())
		what = "delete folder"
	case 33:
		_, err = s.Tag(ctx, c, text, pick(g, 0, g.board()))
		what = "tag"
	case 34:
		if owner {
			_, err = s.CreateWebhook(ctx, c, work.WebhookInput{Board: g.board(), Event: "create_item", URL: "https://example.com"})
		} else {
			_, err = s.DeleteWebhook(ctx, c, work.WebhookID(g.thing(43)))
		}
		what = "webhook"
	case 35:
		switch {
		case owner:
			_, err = s.CreateDoc(ctx, c, work.DocInput{Workspace: g.space(), Name: text, Folder: pick(g, 0, g.folder())})
		case g.IntN(2) == 0:
			err = s.RenameDoc(ctx, c, work.DocID(g.thing(43)), text)
		default:
			err = s.DeleteDoc(ctx, c, work.DocID(g.thing(43)))
		}
		what = "doc"
	default:
		switch g.IntN(3) {
		case 0:
			_, _, err = s.RegenerateToken(ctx, c)
		case 1:
			_, _, err = s.CreateToken(ctx, c, "ci", nil, time.Time{})
		default:
			err = s.RevokeToken(ctx, c, work.TokenID(g.thing(43)))
		}
		what = "token"
	}
	return what, err
}

// Whatever random callers do, the image stays whole, and is what the store has and what the feed makes of the beginning.
func TestRandomCalls(t *testing.T) {
	t.Parallel()
	seeds, steps := uint64(16), 150
	if testing.Short() {
		seeds = 5
	}
	var mu sync.Mutex
	done, refused := map[string]int{}, map[string]int{}
	t.Run("seeds", func(t *testing.T) {
		for seed := range seeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				g := newGambler(seed)
				s, store := town().open(t)
				admin := as(t, s, 10)
				start := work.ImageOf(admin)
				begin := start.Dump()
				for step := range steps {
					by, err := s.As(t.Context(), acct, pick(g, work.UserID(10), work.UserID(10+g.IntN(12))))
					if err != nil {
						continue // pending, inactive or nobody
					}
					before := work.ImageOf(by)
					what, err := g.call(t.Context(), s, by)
					if code := codeOf(err); code == work.CodeInternal || code == work.CodeUnavailable {
						t.Fatalf("%s by %d: %v", what, by.User(), err)
					}
					mu.Lock()
					if err == nil {
						done[what]++
					} else {
						refused[what]++
					}
					mu.Unlock()
					if err != nil && work.ImageOf(by) != before {
						t.Fatalf("%s by %d failed and has changed the image: %v", what, by.User(), err)
					}
					if faults := work.ImageOf(by).Faults(); len(faults) > 0 {
						t.Fatalf("step %d, %s by %d: %s", step, what, by.User(), strings.Join(faults, "; "))
					}
					if step%10 == 0 {
						sameAsStore(t, store, admin)
					}
				}
				sameAsStore(t, store, admin)
				batches, err := store.Since(t.Context(), acct, 1)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(work.ImageOf(admin).Dump(), start.Replay(batches).Dump(), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("replaying the feed gives another image (-image +replayed):\n%s", diff)
				}
				if diff := cmp.Diff(begin, start.Dump()); diff != "" {
					t.Errorf("the first image has been written to:\n%s", diff)
				}
			})
		}
	})
	for what := range refused {
		if done[what] == 0 {
			t.Errorf("%s never succeeded", what)
		}
	}
}

// Services on one database race; all come to the same account, nothing acknowledged is lost, and who
// has been told of a write finds it on every other node.
func TestNodes(t *testing.T) {
	t.Parallel()
	store := new(worktest.Store).Share()
	var nodes []*work.Service
	for range 3 {
		nodes = append(nodes, serve(t, store))
	}
	if err := nodes[0].NewAccount(t.Context(), town().Snapshot); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var made atomic.Int64
	for worker := range 6 {
		wg.Go(func() {
			g := newGambler(uint64(worker) + 1000)
			for i := range 40 {
				node, other := nodes[g.IntN(3)], nodes[g.IntN(3)]
				c, err := node.As(t.Context(), acct, 10)
				if err != nil { // deactivated by 11, perhaps
					continue
				}
				name := fmt.Sprintf("w%d-%d", worker, i)
				id, err := node.CreateTeam(t.Context(), c, work.TeamInput{Name: name, AllowEmpty: true})
				if err != nil {
					t.Errorf("create: %v", err)
					continue
				}
				made.Add(1)
				there, err := other.As(t.Context(), acct, 10)
				if err != nil {
					t.Error(err)
					continue
				}
				v, err := other.View(t.Context(), there)
				if err != nil {
					t.Error(err)
				} else if tm := v.Team(id); tm == nil || tm.Name != name {
					t.Errorf("team %d, made on one node, is %v on another", id, tm)
				}
				if by, err := other.As(t.Context(), acct, pick(g, work.UserID(12), 13, 14, 16)); err == nil {
					if what, err := g.call(t.Context(), other, by); codeOf(err) == work.CodeInternal || codeOf(err) == work.CodeUnavailable {
						t.Errorf("%s: %v", what, err)
					}
				}
			}
		})
	}
	wg.Wait()
	var first work.Dump
	for i, s := range nodes {
		c := as(t, s, 10)
		sameAsStore(t, store, c)
		n := 0
		for name := range teamNames(view(t, s, c)) {
			if name[0] == 'w' {
				n++
			}
		}
		if n != int(made.Load()) {
			t.Errorf("node %d has %d teams, %d were made", i, n, made.Load())
		}
		if d := work.ImageOf(c).Dump(); i == 0 {
			first = d
		} else if diff := cmp.Diff(first, d); diff != "" {
			t.Errorf("node %d differs:\n%s", i, diff)
		}
	}
}

// What another node commits arrives without anybody asking.
func TestWatch(t *testing.T) {
	t.Parallel()
	store := new(worktest.Store).Share()
	a, b := serve(t, store), serve(t, store)
	if err := a.NewAccount(t.Context(), office().Snapshot); err != nil {
		t.Fatal(err)
	}
	ca, cb := as(t, a, boss), as(t, b, boss)
	wantCode(t, "create", createTeam(t.Context(), a, ca, "x"), ok)
	for start := time.Now(); work.ImageOf(cb).Dump().Seq != work.ImageOf(ca).Dump().Seq; time.Sleep(time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatal("the other node has not followed")
		}
	}
}
