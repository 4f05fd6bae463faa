//go:build unix

package sink

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// account makes pages of items as the API gives them: 12 values each, of which two thirds are filled.
type account struct {
	items, values *connector.Stream
	at            time.Time
}

func newAccount() *account {
	a := &account{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, s := range connector.Streams() {
		switch s.Name {
		case "items":
			a.items = s
		case "column_values":
			a.values = s
		}
	}
	return a
}

var labels = []string{"Working on it", "Done", "Stuck", "Waiting for review"}

// page makes items from first on. version changes what one value of each reads as.
func (a *account) page(first, n, version int) *connector.Batch {
	a.at = a.at.Add(time.Second)
	b := &connector.Batch{ReadAt: a.at, Rows: map[*connector.Stream][]connector.Row{},
		Put: map[string]json.RawMessage{"board:1": json.RawMessage(`{"cursor":"abc"}`)}}
	var ids []string
	for i := first; i < first+n; i++ {
		id, board := fmt.Sprint(1_800_000_000+i), fmt.Sprint(5_000_000_000+i/2000)
		ids = append(ids, id)
		made := a.at.Add(-time.Duration(i) * time.Minute)
		b.Rows[a.items] = append(b.Rows[a.items], row(a.items, map[string]any{"id": id, "board_id": board, "group_id": "topics",
			"name": fmt.Sprintf("Item number %d of the board", i), "state": "active", "creator_id": "41234567", "created_at": made.Truncate(time.Second),
			"updated_at": a.at.Truncate(time.Hour).Add(time.Duration(version) * time.Hour), "url": "https://example.monday.com/boards/" + board + "/pulses/" + id,
			"relative_link": "/boards/" + board + "/pulses/" + id}))
		for c := range 12 {
			v := map[string]any{"item_id": id, "board_id": board, "column_id": fmt.Sprintf("column_%d", c), "type": "text"}
			switch c {
			case 0, 1:
				label := labels[(i+c)%len(labels)]
				v["type"], v["text"], v["label"], v["label_index"] = "status", label, label, int64(i%4)
				v["value"] = json.RawMessage(`{"index":1,"post_id":null,"changed_at":"2026-01-01T00:00:00.000Z"}`)
				v["updated_at"] = made.Truncate(time.Second)
			case 2:
				v["type"], v["text"], v["number"], v["value"] = "numbers", fmt.Sprint(i+version), float64(i+version), json.RawMessage(fmt.Sprintf(`"%d"`, i+version))
			case 3:
				v["type"], v["text"], v["date"], v["value"] = "date", "2026-03-04", "2026-03-04", json.RawMessage(`{"date":"2026-03-04","icon":null,"changed_at":"2026-01-01T00:00:00.000Z"}`)
			case 4:
				v["type"], v["text"], v["people_ids"] = "people", "Ada Lovelace", json.RawMessage(`["41234567"]`)
				v["value"] = json.RawMessage(`{"personsAndTeams":[{"id":41234567,"kind":"person"}],"changed_at":"2026-01-01T00:00:00.000Z"}`)
			case 5, 6, 7:
				v["text"] = fmt.Sprintf("Some words about item %d, as people write them", i)
				v["value"] = json.RawMessage(fmt.Sprintf(`"Some words about item %d, as people write them"`, i))
			}
			b.Rows[a.values] = append(b.Rows[a.values], row(a.values, v))
		}
	}
	for _, s := range []*connector.Stream{a.values} {
		b.Gone = append(b.Gone, connector.Gone{Stream: s, By: "item_id", Values: ids, Before: b.ReadAt})
	}
	return b
}

// BenchmarkCommit measures rows a second into each destination: pages of 500 items with 12 values each,
// which are new, the same again, and changed in one value of 13 rows.
func BenchmarkCommit(b *testing.B) {
	const page = 500
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			s, a := mustOpen(b, k.dest(b)), newAccount()
			must(b, s.Prepare(b.Context(), connector.Streams()))
			pages := 0
			measure := func(name string, first func(i int) int, version int) {
				b.Run(name, func(b *testing.B) {
					var spent, burnt time.Duration
					for i := range b.N {
						batch := a.page(first(i), page, version)
						from, cpu := time.Now(), cpuTime()
						commit(b, s, batch)
						spent, burnt = spent+time.Since(from), burnt+cpuTime()-cpu
					}
					rows := float64(b.N * page * 13)
					b.ReportMetric(rows/spent.Seconds(), "rows/s")
					b.ReportMetric(float64(burnt.Microseconds())/rows, "cpu-µs/row")
				})
			}
			measure("new", func(int) int { pages++; return (pages - 1) * page }, 0)
			measure("same", func(i int) int { return i % pages * page }, 0)
			measure("changed", func(i int) int { return i % pages * page }, 1+int(time.Now().UnixNano()%1e9))
		})
	}
}

// cpuTime is what this process has used; a server beside it is not in it.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
