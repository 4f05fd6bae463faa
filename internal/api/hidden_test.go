package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// TestHiddenWorkspace asks, in turn and again, people who see a board and do not all see the workspace
// it is in. Of that one they are told its name and kind, whoever asked before them.
func TestHiddenWorkspace(t *testing.T) {
	t.Parallel()
	seed := small()
	for _, w := range seed.Workspaces {
		if w.ID == 12 {
			w.Description = "merger"
		}
	}
	s := start(t, seed, nil)
	if got := s.query(t, 8, `mutation { create_board(board_name: "Data room", board_kind: share, workspace_id: 12, board_subscriber_ids: [2, 4, 7]) { id } }`, nil); strings.Contains(got, "errors") {
		t.Fatal(got)
	}
	const asked = `{ boards(board_kind: share, workspace_ids: [12]) { id name workspace { id name kind description users_subscribers { id } owners_subscribers { id } } } }`
	for range 4 {
		for _, c := range []struct {
			who  work.UserID
			sees bool
		}{{8, true}, {2, false}, {7, true}, {4, false}} {
			got := s.query(t, c.who, asked, nil)
			want := `"workspace":{"id":"12","name":"Vault","kind":"closed","description":null,"users_subscribers":[],"owners_subscribers":[]}`
			if c.sees {
				want = `"workspace":{"id":"12","name":"Vault","kind":"closed","description":"merger","users_subscribers":[{"id":"7"},{"id":"8"}],"owners_subscribers":[{"id":"8"}]}`
			}
			if !strings.Contains(got, want) {
				t.Fatalf("user %d: %s\nwant %s", c.who, got, want)
			}
		}
	}
}

func TestTooManyIDs(t *testing.T) {
	t.Parallel()
	s := start(t, small(), nil)
	many := make([]any, idsMax+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	got := s.query(t, 1, `query ($i: [ID!]) { users { teams(ids: $i) { id } } }`, map[string]any{"i": many})
	if !strings.Contains(got, "at most 10000 are allowed") {
		t.Errorf("%.300s", got)
	}
	if got := s.query(t, 1, `{ users(limit: 2, page: 0) { id } }`, nil); !strings.Contains(got, "page must be 1 or more") {
		t.Error(got)
	}
}
