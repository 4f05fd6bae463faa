// Package model holds the connector against a server: thousands of random changes, every fault that the
// real service is known to have between the two, runs that are killed and resumed; in the end the tables
// are what the server has.
package model

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

var (
	seeds = flag.Int("seeds", 6, "how many random histories are tried")
	first = flag.Int("first", 1, "the seed of the first")
	kept  = flag.String("into", "", "the destination of all: sqlite, postgres, jsonl, parquet, airbyte; in turn when empty")
)

// kinds are the destinations that the histories have in turn.
var kinds = []string{"sqlite", "airbyte", "postgres", "jsonl", "sqlite", "airbyte", "parquet"}

const lag = 2 * time.Minute

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestModel is the proof: whatever happens on the way, in the end no row is missing, none is stale, and none
// is there that should be gone.
func TestModel(t *testing.T) {
	if raced { // one for each way to write; the others are tried without the detector, which takes long
		*seeds = min(*seeds, 3)
	}
	t.Run("seeds", func(t *testing.T) {
		for seed := *first; seed < *first+*seeds; seed++ {
			kind := *kept
			if kind == "" {
				kind = kinds[seed%len(kinds)]
			}
			t.Run(fmt.Sprint(seed, " ", kind), func(t *testing.T) {
				t.Parallel()
				history(t, uint64(seed), kind)
			})
		}
	})
	if *seeds >= 4 && !t.Failed() {
		required(t)
	}
}

// history lives through one random history.
func history(t *testing.T, seed uint64, kind string) {
	w := newWorld(t, seed)
	dest := newDestination(w, kind)
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
	if testing.Verbose() {
		t.Log(w.did)
	}

	// And now there is nothing new.
	if !dest.still() {
		return
	}
	w.pass(time.Hour)
	report, err = w.sync(dest, w.srv.Endpoint, start, connector.Sync, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range report.Counts {
		if n.Changed > 0 && name == "users" {
			continue // they were active on another day than before: that was told late, or midnight passed
		}
		if n.New+n.Changed+n.Deleted > 0 {
			t.Errorf("nothing happened, and %s has %+v", name, n)
		}
	}
}

var errKilled = errors.New("killed")

// sync runs the connector once; with kill, it dies around its kill-th write.
func (w *world) sync(dest destination, endpoint string, start time.Time, mode connector.Mode, kill int) (*connector.Report, error) {
	w.t.Helper()
	return dest.run(w, w.config(endpoint, start), mode, kill)
}

// config is a data source of the world.
func (w *world) config(endpoint string, start time.Time) connector.Config {
	return connector.Config{
		AuthToken: ada, StartDate: start, Endpoint: endpoint, CallCap: 1_000_000,
		Lag: lag, SweepEvery: 24 * time.Hour, FullEvery: 30 * 24 * time.Hour,
		Now: w.clock, Sleep: func(ctx context.Context, d time.Duration) error { w.pass(min(d, time.Second)); return ctx.Err() },
	}
}

// shown are the types of columns whose text is made of other things: of people's names, of other items, or
// of other columns. They change without a trace on the item.
var shown = map[string]bool{"people": true, "board_relation": true, "mirror": true, "dependency": true, "formula": true, "subtasks": true, "tags": true}

// compare holds the tables against the truth.
func (w *world) compare(dest destination, start time.Time, strict bool) {
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
	if len(kept["items"]) == 0 || len(kept["column_values"]) == 0 {
		w.t.Error("there is nothing to compare")
	}
}
