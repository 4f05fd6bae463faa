package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
)

// reading is a query that the bare handler, Lunedi and the peer answer in turn.
type reading struct {
	name  string
	query string // %ID% becomes one of ids, another in each request
	ids   func(url, token string) ([]string, error)
	same  bool // the peer answers as we do, but for cursors
}

func these(ids []int64) func(string, string) ([]string, error) {
	return func(string, string) ([]string, error) { return strings.Split(join(ids), ","), nil }
}

// compared is what the servers did with each query.
type compared struct {
	queries []reading
	bytes   []int // of the answers
	seen    map[measured][]sample
}

type measured struct{ server, query int }

// compare puts the same load on each of the servers in turn. What the bare handler returns are our own
// answers. The peer may be missing.
func (b *bench) compare(queries []reading, token string, ours, other *process) (*compared, error) {
	c := &compared{queries: queries, seen: map[measured][]sample{}}
	dir, err := os.MkdirTemp(b.dir, "answers")
	if err != nil {
		return nil, err
	}
	var loads [2][]load // ours and the peer's
	for i, q := range queries {
		var ask [2][]byte
		for s, p := range []*process{ours, other} {
			if p == nil {
				continue
			}
			l := load{name: q.name, url: p.url, token: token, query: q.query}
			if q.ids != nil {
				if l.ids, err = q.ids(p.url, token); err != nil {
					return nil, fmt.Errorf("%s at %s: %w", q.name, p.cmd, err)
				}
			}
			if ask[s], err = l.once(); err != nil {
				return nil, fmt.Errorf("%s at %s: %w\n%s", q.name, p.cmd, err, p.printed())
			}
			loads[s] = append(loads[s], l)
		}
		if other != nil && q.same && !sameAnswer(ask[0], ask[1]) {
			return nil, fmt.Errorf("%s: the peer answers something else:\n%.600s\n%.600s", q.name, ask[0], ask[1])
		}
		c.bytes = append(c.bytes, len(ask[0]))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("q%d.answer", i)), ask[0], 0o600); err != nil {
			return nil, err
		}
	}
	limit, err := startLimit(b.dir, dir)
	if err != nil {
		return nil, err
	}
	defer limit.stop()
	for range b.rounds {
		for i, q := range queries {
			for s, p := range []*process{limit, ours, other} {
				if p == nil {
					continue
				}
				l := loads[max(s-1, 0)][i]
				if p == limit {
					l.url = fmt.Sprintf("%s/q%d", p.url, i)
				}
				if _, err := l.run(b.dir, 32, time.Second); err != nil { // warm up
					return nil, fmt.Errorf("%s at %s: %w\n%s", q.name, p.cmd, err, p.printed())
				}
				got, err := l.run(b.dir, 32, b.time, p.pids()...)
				if err != nil {
					return nil, fmt.Errorf("%s at %s: %w\n%s", q.name, p.cmd, err, p.printed())
				}
				if got.Bad > 0 {
					return nil, fmt.Errorf("%s: %v of %v requests failed", q.name, got.Bad, got.Requests)
				}
				c.seen[measured{s, i}] = append(c.seen[measured{s, i}], got)
			}
		}
	}
	return c, nil
}

// sameAnswer reports whether two answers say the same, whatever their cursors are.
func sameAnswer(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return reflect.DeepEqual(withoutCursors(x), withoutCursors(y))
}

func withoutCursors(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "cursor")
		delete(v, "extensions")
		for _, inner := range v {
			withoutCursors(inner)
		}
	case []any:
		for _, inner := range v {
			withoutCursors(inner)
		}
	}
	return v
}

// print prints what the bare handler, Lunedi and the peer did with each query.
func (c *compared) print() {
	fmt.Println("| | bare net/http | Lunedi | of the bare handler | p99 ms | CPU µs (bare, Lunedi) | mercurius ×2 | Lunedi is |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	var sizes []string
	for i, q := range c.queries {
		l, o, m := median(c.seen[measured{0, i}]), median(c.seen[measured{1, i}]), median(c.seen[measured{2, i}])
		peer, times := "–", "–"
		if m.RPS > 0 {
			peer, times = thousands(m.RPS), fmt.Sprintf("%.1f×", o.RPS/m.RPS)
		}
		fmt.Printf("| %s | %s | %s | **%.2f** | %.1f | %.0f, %.0f | %s | %s |\n", q.name, thousands(l.RPS), thousands(o.RPS), o.RPS/l.RPS, o.P99, l.CPU, o.CPU, peer, times)
		name, _, _ := strings.Cut(q.name, " ")
		sizes = append(sizes, fmt.Sprintf("%s %.1f kB", name, float64(c.bytes[i])/1e3))
	}
	fmt.Printf("\nAnswers: %s.\n", strings.Join(sizes, ", "))
}

// median is the sample with the median throughput.
func median(s []sample) sample {
	if len(s) == 0 {
		return sample{}
	}
	s = slices.SortedFunc(slices.Values(s), func(a, b sample) int { return int(a.RPS - b.RPS) })
	return s[len(s)/2]
}
