package store

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// Run with -bench and, for figures of the disk, a temporary directory that is on one.

// big is an account of so many users, teams of members each, and boards.
func big(id work.AccountID, users, teams, members, boards int) *work.Snapshot {
	s := &work.Snapshot{Seq: 1, Account: work.Account{ID: id, Name: "big", Slug: "big", CreatedAt: day, LastID: 1 << 20}}
	for i := range users {
		s.Users = append(s.Users, &work.User{
			ID: work.UserID(i + 1), Name: fmt.Sprintf("User Number %d", i), Email: fmt.Sprintf("user%d@example.com", i),
			Role: work.Member, Status: work.Active, Verified: true, Title: "Engineer", Location: "Berlin", CountryCode: "DE",
			Language: "en", TimeZone: "Europe/Berlin", JoinDate: "2024-01-01", LastActivity: "2025-01-01", CreatedAt: day,
		})
	}
	for i := range teams {
		team := work.TeamID(i + 1)
		s.Teams = append(s.Teams, &work.Team{ID: team, Name: fmt.Sprintf("Team %d", i), CreatedAt: day})
		for j := range members {
			user := work.UserID((i*37+j)%users + 1)
			s.Memberships = append(s.Memberships, work.Membership{Team: team, User: user, Owner: j < 2})
		}
	}
	s.Workspaces = append(s.Workspaces, &work.Workspace{ID: 1, Name: "Main", Kind: work.Open, State: work.StateActive, CreatedAt: day})
	for i := range boards {
		s.Boards = append(s.Boards, &work.Board{
			ID: work.BoardID(i + 1), Name: fmt.Sprintf("Board %d", i), Kind: work.Public, State: work.StateActive,
			Workspace: 1, Creator: 1, Permission: work.PermEveryone, CreatedAt: day, UpdatedAt: day,
		})
		s.BoardUsers = append(s.BoardUsers, work.BoardUser{Board: work.BoardID(i + 1), User: 1, Owner: true})
	}
	return s
}

// overDatabases runs a benchmark on both.
func overDatabases(b *testing.B, bench func(b *testing.B, s work.Store)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, openTestSQLite(b)) })
	b.Run("sqlite-relaxed", func(b *testing.B) {
		s, err := Open(b.Context(), filepath.Join(b.TempDir(), "relaxed.db"), Options{Migrate: true, Relaxed: true})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		bench(b, s)
	})
	b.Run("postgres", func(b *testing.B) { bench(b, openTestPostgres(b, pgtest.Start(b))) })
}

// BenchmarkCommit commits groups of team creations: a team, its owner and a member each.
func BenchmarkCommit(b *testing.B) {
	overDatabases(b, func(b *testing.B, s work.Store) {
		if err := s.Create(b.Context(), big(1, 10000, 500, 40, 1000)); err != nil {
			b.Fatal(err)
		}
		seq, id := work.Seq(1), int64(1<<20)
		for _, group := range []int{1, 32, 256} {
			b.Run(fmt.Sprint(group), func(b *testing.B) {
				for b.Loop() {
					var changes []work.Change
					for range group {
						id++
						team := work.TeamID(id)
						changes = append(changes,
							work.Change{Team: &work.Team{ID: team, Name: fmt.Sprintf("Team %d", id), CreatedAt: day}},
							work.Change{Membership: &work.Membership{Team: team, User: work.UserID(id%10000 + 1), Owner: true}},
							work.Change{Membership: &work.Membership{Team: team, User: work.UserID(id*7%10000 + 1)}})
					}
					seq++
					batch := &work.Batch{Seq: seq, ID: fmt.Sprint("b", seq), At: day, Changes: changes}
					if err := s.Commit(b.Context(), 1, batch); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*group)/b.Elapsed().Seconds(), "teams/s")
			})
		}
	})
}

// BenchmarkCommitAccounts commits single team creations in 16 accounts at once.
func BenchmarkCommitAccounts(b *testing.B) {
	overDatabases(b, func(b *testing.B, s work.Store) {
		var next atomic.Int64
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			id, seq := work.AccountID(next.Add(1)), work.Seq(1)
			if err := s.Create(b.Context(), big(id, 10, 1, 1, 1)); err != nil {
				b.Error(err)
			}
			for pb.Next() {
				seq++
				team := &work.Team{ID: work.TeamID(seq) + 1000, Name: "Team", CreatedAt: day}
				batch := &work.Batch{Seq: seq, ID: fmt.Sprint("b", seq), At: day, Changes: []work.Change{{Team: team}}}
				if err := s.Commit(b.Context(), id, batch); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

func BenchmarkCreate(b *testing.B) {
	overDatabases(b, func(b *testing.B, s work.Store) {
		id := work.AccountID(0)
		for b.Loop() {
			id++
			if err := s.Create(b.Context(), big(id, 10000, 500, 40, 1000)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	overDatabases(b, func(b *testing.B, s work.Store) {
		for i, users := range []int{10000, 100000} {
			id := work.AccountID(i + 1)
			if err := s.Create(b.Context(), big(id, users, 500, 40, 1000)); err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprint(users), func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Load(b.Context(), id); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

func BenchmarkHead(b *testing.B) {
	overDatabases(b, func(b *testing.B, s work.Store) {
		if err := s.Create(b.Context(), big(1, 10, 1, 1, 1)); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := s.Head(b.Context(), 1); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParseStamp(b *testing.B) {
	s := stamp(time.Now())
	for b.Loop() {
		if _, err := parseStamp(s); err != nil {
			b.Fatal(err)
		}
	}
}

// bigBoard is an account with a board of so many items in ten groups, with as many cells each.
func bigBoard(id work.AccountID, n, cells int) *work.Snapshot {
	s := big(id, 10, 1, 1, 1)
	for g := range 10 {
		s.Groups = append(s.Groups, &work.Group{Board: 1, ID: fmt.Sprint("group_", g), Title: "Group", State: work.StateActive})
	}
	values := []string{`{"index":%d,"post_id":null}`, `"text of item %d"`, `"%d"`, `{"date":"2024-05-17","n":%d}`, `{"personsAndTeams":[{"id":%d,"kind":"person"}]}`}
	for i := range n {
		it := &work.Item{
			ID: work.ItemID(1000 + i), Board: 1, Group: s.Groups[i*10/n].ID, Name: fmt.Sprintf("Item number %d", i),
			State: work.StateActive, Pos: int64(i) * work.PosStep, Number: int64(i + 1), Creator: 1, UpdatedBy: 2,
			CreatedAt: day, UpdatedAt: day, Subscribers: []work.UserID{1},
		}
		for c := range cells {
			cell := work.Cell{Column: fmt.Sprintf("column_mkx%05d", c), At: day.UnixMicro()}
			cell.Value.JSON = fmt.Sprintf(values[c%len(values)], i%1000+c)
			it.Cells = append(it.Cells, cell)
		}
		s.Items = append(s.Items, it)
	}
	return s
}

func BenchmarkLoadBoard(b *testing.B) {
	overDatabases(b, func(b *testing.B, s work.Store) {
		if err := s.Create(b.Context(), bigBoard(1, 10000, 12)); err != nil {
			b.Fatal(err)
		}
		for _, items := range []bool{true, false} {
			b.Run(fmt.Sprint("items=", items), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if r, err := s.LoadBoard(b.Context(), 1, 1, items); err != nil || r.Active != 10000 {
						b.Fatal(r, err)
					}
				}
			})
		}
	})
}

// BenchmarkCommitItems commits groups of changes to items, with a line in the log for each.
func BenchmarkCommitItems(b *testing.B) {
	overDatabases(b, func(b *testing.B, s work.Store) {
		account := bigBoard(1, 10000, 12)
		if err := s.Create(b.Context(), account); err != nil {
			b.Fatal(err)
		}
		seq, n := work.Seq(1), 0
		for _, group := range []int{1, 32} {
			b.Run(fmt.Sprint(group), func(b *testing.B) {
				for b.Loop() {
					var changes []work.Change
					for range group {
						n++
						it := account.Items[n*7919%len(account.Items)]
						changes = append(changes, work.Change{Item: it}, work.Change{Activity: &work.Activity{
							ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", n*7919, n), Board: 1, Item: it.ID, Group: it.Group,
							Column: "column_mkx00001", User: 1, Event: "update_column_value", Entity: "pulse",
							Data: `{"board_id":1,"value":{"value":"new"},"previous_value":{"value":"old"}}`, At: int64(n),
						}})
					}
					seq++
					if err := s.Commit(b.Context(), 1, batch(seq, changes...)); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*group)/b.Elapsed().Seconds(), "items/s")
			})
		}
	})
}
