package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
)

func TestRender(t *testing.T) {
	t.Parallel()
	now := syncNow
	s := parts{now: func() time.Time { return now }, since: now}
	s.take(connector.Progress{Pass: "directory", Done: 1, Total: 1, End: true, Calls: 2})
	s.take(connector.Progress{Pass: "backfill", Board: "1", Name: "Frame Roadmap", Done: 500, Total: 5000, Calls: 3})
	s.take(connector.Progress{Pass: "backfill", Board: "2", Name: "A board whose name is longer\nthan there is room for it", Done: 0, Calls: 4})
	now = now.Add(10 * time.Second)
	s.take(connector.Progress{Pass: "backfill", Board: "1", Name: "Frame Roadmap", Done: 2000, Total: 5000, Calls: 6})
	s.take(connector.Progress{Pass: "changes", Done: 100, Calls: 1107})
	s.take(connector.Progress{Calls: 1107, Until: now.Add(95 * time.Second)})
	want := []string{
		"Frame Roadmap                      2,000 of 5,000      40%     150/s 0:20 left",
		"A board whose name is longer…          0",
		"changed items                        100",
		"total                              2,101     210/s  1,107 calls  0:10  waiting",
	}
	var got []string
	for _, line := range s.render(79) {
		got = append(got, strings.TrimRight(line, " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, line := range s.render(20) {
		if n := len([]rune(line)); n > 20 {
			t.Errorf("%d characters: %q", n, line)
		}
	}
	if wide := s.render(200); !strings.HasSuffix(wide[3], "waiting for a limit to pass, 1:35") {
		t.Errorf("%q", wide)
	}
	for _, board := range []string{"1", "2"} {
		s.take(connector.Progress{Pass: "backfill", Board: board, Done: 5000, Total: 5000, End: true})
	}
	s.take(connector.Progress{Pass: "changes", Done: 100, End: true})
	if left := s.render(79); len(left) != 1 {
		t.Errorf("at the end: %q", left)
	}
	for i := range 40 {
		s.take(connector.Progress{Pass: "sweep", Board: string(rune('a' + i))})
	}
	if all := s.render(79); len(all) != mostLines+2 || all[mostLines] != "and 28 more" {
		t.Errorf("of many: %q", all)
	}
}

// TestLines: the lines are where those before were, and a log is above them.
func TestLines(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	l := newLines(&b, func() time.Time { return syncNow })
	l.parts.since, l.live = syncNow, true
	l.draw()
	l.progress(connector.Progress{Pass: "boards", Done: 3})
	l.draw()
	slog.New(slog.NewTextHandler(l, nil)).Warn("slow")
	drawn := b.String()
	screen := replay(drawn)
	if len(screen) != 3 || !strings.Contains(screen[0], "slow") || !strings.HasPrefix(screen[1], "boards") || !strings.HasPrefix(screen[2], "total") {
		t.Errorf("%q shows %q", drawn, screen)
	}
	l.begin(syncNow)
	l.end()
	if screen := replay(b.String()); len(screen) != 1 {
		t.Errorf("at the end it shows %q", screen)
	}
}

// replay is what a terminal shows: it knows the one way in which lines go up.
func replay(text string) (screen []string) {
	for i, piece := range strings.Split(text, "\x1b[") {
		if i > 0 {
			n, rest, ok := strings.Cut(piece, "A\r")
			if ok && rest == "" {
				screen = screen[:len(screen)-int(n[0]-'0')]
				continue
			}
			piece = strings.TrimPrefix(piece, "J")
		}
		for line := range strings.Lines(piece) {
			screen = append(screen, strings.TrimSuffix(line, "\n"))
		}
	}
	return screen
}

// TestTelling: a log has a line when a part ends, and one every while.
func TestTelling(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	now := syncNow
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}}))
	told := newTelling(log, func() time.Time { return now })
	told.begin(now)
	for i := range 8 {
		told.progress(connector.Progress{Pass: "backfill", Board: "1", Name: "Roadmap", Done: int64(100 * i), Total: 1000, Calls: int64(i)})
		now = now.Add(10 * time.Second)
	}
	told.progress(connector.Progress{Calls: 8, Until: now.Add(time.Minute)})
	told.progress(connector.Progress{Pass: "backfill", Board: "1", Name: "Roadmap", Done: 1000, Total: 1000, Calls: 9, End: true})
	want := `msg="the run begins"
msg=reading pass=backfill board=1 name=Roadmap done=300 total=1000 per_second=10 left=1m10s calls=3
msg=reading pass=backfill board=1 name=Roadmap done=600 total=1000 per_second=10 left=40s calls=6
msg=read pass=backfill board=1 name=Roadmap done=1000 total=1000 per_second=12 calls=9
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
