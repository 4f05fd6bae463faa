package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/store"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// TestKill9 kills the server in the middle of a stream of mutations, again and again. What was
// acknowledged is there afterwards, and nothing is half there.
func TestKill9(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, lunedi(dir, nil, "dev", "--listen", "127.0.0.1:0", "--keep", dir)).stop(t)
	token := strings.TrimSpace(must(t, dir, nil, "admin", "token", "create"))
	made := map[work.TeamID]string{} // every team that was acknowledged, in any round
	for round := range 50 {
		p := serve(t, dir)
		acknowledged := makeTeams(p.url, token, round, func() { // the first is made
			time.AfterFunc(rand.N(150*time.Millisecond), func() { p.cmd.Process.Kill() })
		})
		p.kill()
		for id, name := range acknowledged {
			made[id] = name
		}
		if t.Failed() {
			return
		}
		if round%10 == 9 {
			checkTeams(t, filepath.Join(dir, "lunedi.db"), made)
		}
	}
	if len(made) < 50 {
		t.Errorf("only %d mutations were acknowledged in 50 rounds", len(made))
	}
	t.Logf("%d teams were acknowledged", len(made))
}

// teamSize is how many members each team is made with.
const teamSize = 4

// makeTeams has several clients make teams until the server is gone, and returns what was acknowledged. begun is
// called when the first was.
func makeTeams(url, token string, round int, begun func()) map[work.TeamID]string {
	acknowledged := map[work.TeamID]string{}
	var mu sync.Mutex
	var clients sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	for n := range 6 {
		clients.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", round, n, i)
				a, err := post(client, url, token, `mutation { create_team(input: {name: "`+name+`", subscriber_ids: [123456, 654321, 105939, 105940]}) { id } }`)
				if err != nil {
					return
				}
				var team struct {
					ID work.TeamID `json:",string"`
				}
				if len(a.Errors) > 0 || json.Unmarshal(a.Data["create_team"], &team) != nil {
					return
				}
				mu.Lock()
				if acknowledged[team.ID] = name; len(acknowledged) == 1 {
					begun()
				}
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	return acknowledged
}

// checkTeams reads the database as it lies there.
func checkTeams(t *testing.T, database string, made map[work.TeamID]string) {
	t.Helper()
	s, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	accounts, err := s.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	snap, err := s.Load(t.Context(), accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	members := map[work.TeamID]int{}
	for _, m := range snap.Memberships {
		members[m.Team]++
	}
	names := map[work.TeamID]string{}
	for _, team := range snap.Teams {
		names[team.ID] = team.Name
		if strings.Count(team.Name, "-") == 2 && members[team.ID] != teamSize {
			t.Errorf("team %q is half there: %d members", team.Name, members[team.ID])
		}
	}
	for id, name := range made {
		if names[id] != name {
			t.Errorf("team %d, %q, was acknowledged and is not there", id, name)
		}
	}
	batches, err := s.Since(t.Context(), accounts[0], 1)
	if err != nil || work.Seq(len(batches))+1 != snap.Seq {
		t.Errorf("%d batches in the change feed of an account at %d: %v", len(batches), snap.Seq, err)
	}
}
