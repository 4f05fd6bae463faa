package model

import (
	"maps"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/mondayapi/faults"
)

// faulty is the way to the service, on which everything goes wrong.
type faulty struct {
	endpoint string
	handler  *faults.Handler
	w        *world
	plan     faults.Plan
}

var (
	allFaults   = map[faults.Kind]int{} // over all histories
	allFaultsMu sync.Mutex
)

func newFaults(w *world, seed uint64) *faulty {
	to, err := url.Parse(w.srv.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	plan := faults.Everything(0.02)
	for kind, odds := range map[faults.Kind]float64{ // those that few calls can have
		faults.CursorExpired: 0.2, faults.Late: 0.25, faults.Duplicated: 0.3, faults.Shifted: 0.2, faults.Reordered: 0.3,
		faults.LogTruncated: 0.1, faults.BoardForbidden: 0.03, faults.Throttled: 0.05,
	} {
		plan.Odds[kind] = odds
	}
	plan.Now, plan.Slow, plan.Late = w.clock, time.Millisecond, lag/2
	switch seed % 4 {
	case 1:
		plan.LogKeeps = 30
	case 2:
		plan.Most = map[string]int{"items": 30, "items_page": 6, "next_items_page": 6, "boards": 3}
	case 3:
		plan.DailyCalls = 60
	}
	f := &faulty{w: w, plan: plan, handler: faults.New(httputil.NewSingleHostReverseProxy(to), seed, plan)}
	hs := httptest.NewServer(f.handler)
	w.t.Cleanup(hs.Close)
	f.endpoint = hs.URL + "/v2"
	return f
}

// tell adds what went wrong to what did so in all histories.
func (f *faulty) tell() {
	allFaultsMu.Lock()
	defer allFaultsMu.Unlock()
	for k, n := range f.handler.Counts() {
		allFaults[k] += n
	}
}

// rare are the faults that only few calls can have: a page after the first, an item that was just changed.
var rare = []faults.Kind{faults.CursorExpired, faults.Late, faults.Duplicated, faults.LogForgotten}

// required holds that every fault happened, the rare ones once there were enough histories.
func required(t *testing.T) {
	allFaultsMu.Lock()
	defer allFaultsMu.Unlock()
	for _, k := range append(faults.Kinds(), faults.DailyLimit, faults.TooComplex, faults.LogForgotten) {
		if allFaults[k] == 0 && (*seeds >= 40 || !slices.Contains(rare, k)) {
			t.Errorf("%q never happened", k)
		}
	}
	if testing.Verbose() {
		for _, k := range slices.Sorted(maps.Keys(allFaults)) {
			t.Logf("%6d %s", allFaults[k], k)
		}
	}
}
