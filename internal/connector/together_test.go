package connector

import (
	"errors"
	"fmt"
	"testing"
)

// TestShelf: what is asked for at once fits into what a call may have, and every board is handed out once.
func TestShelf(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		items  []int
		points int // of an item
		calls  string
	}{
		"empty":            {nil, 1, "[]"},
		"one":              {[]int{3}, 1, "[]"},
		"a few":            {[]int{0, 0, 3, 10}, 1, "[4×15]"},
		"two large":        {[]int{240, 245}, 1, "[]"}, // nothing is known of what they cost
		"large after some": {[]int{1, 1, 90, 95, 240, 245}, 1, "[2×6 2×100 2×250]"},
		"too large":        {[]int{1, 1, 300, 300}, 1, "[2×6]"},
		"dear":             {[]int{20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20}, 15_000, "[8×25 4×25]"},
		"very dear":        {[]int{20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20}, 40_000, "[8×25]"}, // one by one is as quick
	} {
		s := &shelf{limit: 2 * firstPage}
		for i, n := range test.items {
			s.boards = append(s.boards, &board{id: fmt.Sprint(i), items: n})
		}
		calls, seen := []string{}, map[string]bool{}
		for {
			part, limit := s.take()
			if part == nil {
				break
			}
			for _, b := range part {
				if seen[b.id] || b.items >= limit {
					t.Errorf("%s: board %s with %d items, %d asked for", name, b.id, b.items, limit)
				}
				seen[b.id] = true
			}
			calls = append(calls, fmt.Sprintf("%d×%d", len(part), limit))
			s.learn(len(part)*limit, len(part)*limit*test.points, nil)
		}
		if got := fmt.Sprint(calls); got != test.calls {
			t.Errorf("%s: %s, want %s", name, got, test.calls)
		}
	}

	s := &shelf{limit: 2 * firstPage}
	for range 1000 {
		s.boards = append(s.boards, &board{items: 45})
	}
	var refused []int
	for part, limit := s.take(); part != nil; part, limit = s.take() {
		refused = append(refused, len(part)*limit)
		s.learn(len(part)*limit, 0, errors.New("too much"))
	}
	if fmt.Sprint(refused) != "[200 100]" {
		t.Errorf("asked for %v, with all of it too much", refused)
	}
}
