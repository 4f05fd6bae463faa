package connector

import (
	"slices"
	"testing"
)

// TestQueueKeepsUnread: what the service could not be asked for just now is named to be tried again, by the
// next run and not by this one.
func TestQueueKeepsUnread(t *testing.T) {
	t.Parallel()
	r, _ := newCanned(t, "", func(int, cannedCall) string { return "504" })
	x := &run{read: r, report: &Report{}}
	again, err := x.readQueued(t.Context(), []Entry{{Key: queueKey + "1"}, {Key: queueKey + "2"}})
	if want := []string{queueKey + "1", queueKey + "2"}; err != nil || !slices.Equal(again, want) {
		t.Errorf("%v to be tried again, want %v: %v", again, want, err)
	}
	if len(x.report.Problems) != 1 {
		t.Errorf("problems %+v", x.report.Problems)
	}
}
