package work_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// city is 10,000 users, 500 teams of 40, 200 workspaces and 1,000 boards.
func city() world {
	w, rnd := newWorld(), rand.New(rand.NewPCG(1, 2))
	for id := work.UserID(1); id <= 10_000; id++ {
		role := work.Member
		switch {
		case id == 1:
			role = work.Admin
		case id%20 == 0:
			role = work.Guest
		}
		w.user(id, role, work.Active)
	}
	member := func() work.UserID { return work.UserID(rnd.IntN(500)*20 + 1 + rnd.IntN(19)) }
	for id := work.TeamID(1); id <= 500; id++ {
		in := map[work.UserID]bool{}
		for len(in) < 40 {
			in[member()] = true
		}
		var members []work.Subscriber
		for u := range in {
			members = append(members, work.Subscriber{User: u})
		}
		w.team(id, false, members...)
	}
	for id := work.WorkspaceID(2); id <= 200; id++ {
		w.workspace(id, []work.WorkspaceKind{work.Open, work.Closed}[id%2])
		for range 20 {
			w.WorkspaceUsers = append(w.WorkspaceUsers, work.WorkspaceUser{Workspace: id, User: member()})
		}
	}
	for id := work.BoardID(1); id <= 1000; id++ {
		w.board(id, []work.BoardKind{work.Public, work.Public, work.Public, work.Private, work.Share}[id%5], work.WorkspaceID(1+id%200), 1)
		for range 10 {
			w.BoardUsers = append(w.BoardUsers, work.BoardUser{Board: id, User: member()})
		}
		w.BoardTeams = append(w.BoardTeams, work.BoardTeam{Board: id, Team: work.TeamID(1 + rnd.IntN(500))})
		if id%5 == 4 {
			w.BoardUsers = append(w.BoardUsers, work.BoardUser{Board: id, User: work.UserID(20 * (1 + rnd.IntN(20)))})
		}
	}
	return w
}

var cityOnce = sync.OnceValue(city)

// quickStore takes every commit for granted.
type quickStore struct {
	work.Store
	snap *work.Snapshot
}

func (q *quickStore) Load(context.Context, work.AccountID) (*work.Snapshot, error) {
	return q.snap, nil
}
func (q *quickStore) Commit(context.Context, work.AccountID, *work.Batch) error { return nil }
func (q *quickStore) Shared() bool                                              { return false }
func (q *quickStore) TouchTokens(context.Context, work.AccountID, map[work.TokenID]time.Time) error {
	return nil
}

func cityService(b *testing.B) *work.Service {
	w := city()
	w.Account.LastID = 1 << 20
	return serve(b, &quickStore{snap: w.Snapshot})
}

func BenchmarkView(b *testing.B) {
	s := cityService(b)
	for name, who := range map[string]work.UserID{"admin": 1, "member": 7, "guest": 20} {
		c := as(b, s, who)
		run := func(what string, do func(v *work.View) int) {
			b.Run(what+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					v, err := s.View(context.Background(), c)
					if err != nil {
						b.Fatal(err)
					}
					n = do(v)
				}
				b.ReportMetric(float64(n), "rows")
			})
		}
		run("Users50AndTeams", func(v *work.View) int { // as Q1
			users, _ := v.Users(work.UserFilter{Page: work.Page{Limit: 50, Number: 2}})
			n := 0
			for _, u := range users {
				n += len(v.UserTeams(u, nil))
			}
			return len(users) + n
		})
		run("Boards100", func(v *work.View) int { // as Q4
			boards, _ := v.Boards(work.BoardFilter{Page: work.Page{Limit: 100}})
			for _, bd := range boards {
				_ = v.BoardWorkspace(bd).Name
			}
			return len(boards)
		})
		run("FuzzyName", func(v *work.View) int {
			users, _ := v.Users(work.UserFilter{Name: "membr 77", Page: work.All})
			return len(users)
		})
	}
}

// Each mutation publishes an image; 32 callers share commits.
func BenchmarkCreateTeam(b *testing.B) {
	for _, n := range []int{1, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := cityService(b)
			c := as(b, s, 1)
			b.SetParallelism((n + 1) / 2) // times GOMAXPROCS
			create := func() {            // of one of 9,500 users, lest somebody end up in thousands of teams
				id := work.UserID(rand.IntN(500)*20 + 1 + rand.IntN(19))
				if _, err := s.CreateTeam(context.Background(), c, work.TeamInput{Name: "n", Subscribers: []work.UserID{id}}); err != nil {
					b.Error(err)
				}
			}
			if n == 1 {
				for b.Loop() {
					create()
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					create()
				}
			})
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	snap := cityOnce().Snapshot
	for b.Loop() {
		for _, u := range snap.Users {
			u.Teams = nil
		}
		for _, t := range snap.Teams {
			t.Members = nil
		}
		for _, w := range snap.Workspaces {
			w.Users = nil
		}
		for _, bd := range snap.Boards {
			bd.Users, bd.Teams = nil, nil
		}
		work.NewImage(snap)
	}
}
