// Package model holds the connector against a server: thousands of random changes, every fault that the
// real service is known to have between the two, runs that are killed and resumed; in the end the tables
// are what the server has.
package model

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/sink"

	_ "modernc.org/sqlite"
)

var (
	seeds = flag.Int("seeds", 6, "how many random histories are tried")
	first = flag.Int("first", 1, "the seed of the first")
)

const lag = 2 * time.Minute

// TestModel is the proof: whatever happens on the way, in the end no row is missing, none is stale, and none
// is there that should be gone.
func TestModel(t *testing.T) {
	t.Run("seeds", func(t *testing.T) {
		for seed := *first; seed < *first+*seeds; seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				history(t, uint64(seed))
			})
		}
	})
	if *seeds >= 4 && !t.Failed() {
		required(t)
	}
}

// history lives through one random history.
func history(t *testing.T, seed uint64) {
	w := newWorld(t, seed)
	dest := "sqlite:" + filepath.Join(t.TempDir(), "kept.db")
	var start time.Time
	if seed%3 == 1 {
		start = w.clock().Add(2 * time.Hour) // what is older is left out, at first
	}
	w.pass(time.Hour)
	w.change(60)
	w.pass(3 * time.Hour)
	faulty := newFaults(w, seed)
	for round := range 6 {
		w.change(40)
		if round == 3 && !start.IsZero() {
			start = start.Add(-4 * time.Hour) // earlier: what was left out is fetched
		}
		mode := connector.Sync
		if w.rng.IntN(4) == 0 {
			mode = connector.Sweep
		}
		for try := range 3 {
			kill := 0
			if w.rng.IntN(3) > 0 && try < 2 {
				kill = 1 + w.rng.IntN(25)
			}
			_, err := w.sync(dest, faulty.endpoint, start, mode, kill)
			if kill == 0 && errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			w.pass(time.Duration(w.rng.IntN(60)) * time.Minute)
			if err == nil {
				break
			}
			w.change(5)
		}
	}
	faulty.tell()

	// The service is well again, and nothing happens any more: two runs later all is true, but what was
	// changed without a trace; after everything was read anew, that is too.
	w.pass(time.Hour)
	for _, mode := range []connector.Mode{connector.Sync, connector.Sweep} {
		report, err := w.sync(dest, w.srv.Endpoint, start, mode, 0)
		if err != nil || report.Outcome != "complete" {
			t.Fatalf("%v: %v %+v", mode, err, report)
		}
		w.pass(time.Hour)
	}
	w.compare(dest, start, false)
	report, err := w.sync(dest, w.srv.Endpoint, start, connector.Full, 0)
	if err != nil || report.Outcome != "complete" {
		t.Fatalf("full: %v %+v", err, report)
	}
	w.compare(dest, start, true)

	// And now there is nothing new.
	w.pass(time.Hour)
	report, err = w.sync(dest, w.srv.Endpoint, start, connector.Sync, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range report.Counts {
		if n.New+n.Changed+n.Deleted > 0 {
			t.Errorf("nothing happened, and %s has %+v", name, n)
		}
	}
	if testing.Verbose() {
		t.Log(w.did)
	}
}

var errKilled = errors.New("killed")

// sync runs the connector once; with kill, it dies around its kill-th write.
func (w *world) sync(dest, endpoint string, start time.Time, mode connector.Mode, kill int) (*connector.Report, error) {
	w.t.Helper()
	s, err := sink.Open(w.t.Context(), dest)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if kill > 0 {
		s = &dying{Sink: s, left: kill, after: w.rng.IntN(2) == 0}
	}
	return connector.Run(w.t.Context(), connector.Config{
		AuthToken: ada, StartDate: start, Endpoint: endpoint, CallCap: 1_000_000,
		Lag: lag, SweepEvery: 24 * time.Hour, FullEvery: 30 * 24 * time.Hour,
		Now: w.clock, Sleep: func(ctx context.Context, d time.Duration) error { w.pass(min(d, time.Second)); return ctx.Err() },
	}, s, mode)
}

// dying is a destination whose process dies: before a batch is written, or after it was and nobody knows.
type dying struct {
	connector.Sink
	left  int
	after bool
}

func (d *dying) Commit(ctx context.Context, b *connector.Batch) (connector.Counts, error) {
	if d.left--; d.left < 0 || d.left == 0 && !d.after {
		return nil, errKilled
	}
	counts, err := d.Sink.Commit(ctx, b)
	if d.left == 0 {
		return nil, errKilled
	}
	return counts, err
}

// kept reads the tables of a destination, as truth tells them.
func (w *world) kept(dest string) map[string]table {
	w.t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(dest, "sqlite:"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	out := map[string]table{}
	for name, query := range map[string]string{
		"users":        `SELECT id, json_array(name, email, coalesce(title, '')) FROM users`,
		"teams":        `SELECT id, json_array(name) FROM teams`,
		"team_members": `SELECT team_id || '|' || user_id, 'null' FROM team_members`,
		"workspaces":   `SELECT id, json_array(name) FROM workspaces WHERE state <> 'deleted'`,
		"folders":      `SELECT id, json_array(name) FROM folders`,
		"tags":         `SELECT id, json_array(name) FROM tags`,
		"boards":       `SELECT id, json_array(name, state) FROM boards WHERE access = 'ok'`,
		"groups":       `SELECT board_id || '|' || id, json_array(title) FROM groups`,
		"columns":      `SELECT board_id || '|' || id, json_array(title, type) FROM columns`,
		"items": `SELECT id, json_array(name, state, board_id, coalesce(group_id, ''), coalesce(parent_item_id, ''),
			strftime('%Y-%m-%dT%H:%M:%SZ', updated_at)) FROM items`,
		"column_values": `SELECT item_id || '|' || column_id, json_array(type, coalesce(text, '')) FROM column_values`,
		"updates":       `SELECT id, json_array(item_id, text_body, json_array_length(coalesce(likes, '[]'))) FROM updates`,
		"replies":       `SELECT id, json_array(update_id, text_body) FROM replies`,
		"activity_logs": `SELECT id, json_array(board_id, event) FROM activity_logs`,
	} {
		if strings.Contains(query, " WHERE ") {
			query += ` AND _deleted_at IS NULL`
		} else {
			query += ` WHERE _deleted_at IS NULL`
		}
		for _, s := range []string{"groups", "columns", "items", "column_values", "updates", "replies", "activity_logs"} {
			if s == name {
				query += ` AND coalesce(board_id, '') NOT IN (SELECT id FROM boards WHERE access = 'lost')`
			}
		}
		rows, err := db.Query(query)
		if err != nil {
			w.t.Fatalf("%s: %v", query, err)
		}
		out[name] = table{}
		for rows.Next() {
			var key, row string
			if err := rows.Scan(&key, &row); err != nil {
				w.t.Fatal(err)
			}
			if row == "null" { // no fields beside the key
				row = "null"
			} else {
				var list []any
				if err := json.Unmarshal([]byte(row), &list); err != nil {
					w.t.Fatal(err)
				}
				text, _ := json.Marshal(list)
				row = string(text)
			}
			out[name][key] = row
		}
		if err := rows.Err(); err != nil {
			w.t.Fatal(err)
		}
		_ = rows.Close()
	}
	return out
}

// shown are the types of columns whose text is made of other things: of people's names, of other items, or
// of other columns. They change without a trace on the item.
var shown = map[string]bool{"people": true, "board_relation": true, "mirror": true, "dependency": true, "formula": true, "subtasks": true, "tags": true}

// compare holds the tables against the truth.
func (w *world) compare(dest string, start time.Time, strict bool) {
	w.t.Helper()
	truth, kept := w.truth(), w.kept(dest)
	parents := map[string]bool{}
	for id, row := range truth["items"] {
		var fields []string
		_ = json.Unmarshal([]byte(row), &fields)
		if fields[4] != "" && !w.stamps["items|"+id].Before(start) {
			parents[fields[4]] = true
		}
	}
	covers := func(name string) func(string) bool {
		return func(key string) bool {
			switch name {
			case "items", "column_values": // put away before they were read, and not in the log: found when all is read anew
				id, _, _ := strings.Cut(key, "|")
				if !strict && strings.Contains(truth["items"][id], `,"archived",`) {
					return false
				}
			}
			switch name {
			case "items":
				return !w.stamps["items|"+key].Before(start) || parents[key]
			case "column_values":
				id, _, _ := strings.Cut(key, "|")
				return !w.stamps["items|"+id].Before(start) || parents[id]
			case "updates", "replies":
				return !w.stamps[name+"|"+key].Before(start)
			case "activity_logs":
				return strict && !w.stamps[name+"|"+key].Before(start)
			}
			return true
		}
	}
	if !strict {
		for _, t := range []map[string]table{truth, kept} {
			for key, row := range t["column_values"] {
				var fields []string
				_ = json.Unmarshal([]byte(row), &fields)
				if shown[fields[0]] {
					t["column_values"][key] = fields[0]
				}
			}
		}
	}
	for _, t := range []table{truth["items"], kept["items"]} { // a parent that cannot be seen may be told, or not
		for id, row := range t {
			var fields []string
			_ = json.Unmarshal([]byte(row), &fields)
			if fields[4] != "" && truth["items"][fields[4]] == "" {
				fields[4] = ""
				text, _ := json.Marshal(fields)
				t[id] = string(text)
			}
		}
	}
	for key := range kept["activity_logs"] { // what happened stays recorded, when the board is gone too
		var fields []string
		if _ = json.Unmarshal([]byte(kept["activity_logs"][key]), &fields); truth["boards"][fields[0]] == "" {
			delete(kept["activity_logs"], key)
		}
	}
	for name := range truth {
		if lines := diff(name, kept[name], truth[name], covers(name)); len(lines) > 0 {
			w.t.Errorf("strict %v, %d of %d rows:\n%s", strict, len(kept[name]), len(truth[name]), strings.Join(lines, "\n"))
		}
	}
	if len(kept["items"]) == 0 || len(kept["column_values"]) == 0 || len(kept["updates"]) == 0 {
		w.t.Error("there is nothing to compare")
	}
}

var _ = rand.IntN
