package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
)

// noSink is a destination of which nothing is asked.
type noSink struct {
	connector.Sink
	closed *int
}

func (s noSink) Close() error { *s.closed++; return nil }

var syncNow = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// attempt is a command line that is run with a connector of the test's own.
type attempt struct {
	links
	env            map[string]string
	stdin          string
	stdout, stderr bytes.Buffer
	cfg            connector.Config // that came
	into           string
	modes          []connector.Mode
	slept          []time.Duration
	closed         int
	ctx            context.Context
}

// trying makes one whose runs end in this way, one after the other; the last of them again and again.
func trying(t *testing.T, ends ...func() (*connector.Report, error)) *attempt {
	a := &attempt{env: map[string]string{}, ctx: t.Context()}
	open := func(_ context.Context, into string) (connector.Sink, error) {
		a.into = into
		return noSink{closed: &a.closed}, nil
	}
	a.links = links{
		run: func(_ context.Context, cfg connector.Config, _ connector.Sink, mode connector.Mode) (*connector.Report, error) {
			a.cfg, a.modes = cfg, append(a.modes, mode)
			return ends[min(len(a.modes), len(ends))-1]()
		},
		open: open, look: open,
		now:   func() time.Time { return syncNow },
		sleep: func(ctx context.Context, d time.Duration) error { a.slept = append(a.slept, d); return ctx.Err() },
	}
	return a
}

func (a *attempt) do(args ...string) int {
	p := &program{func(name string) string { return a.env[name] }, strings.NewReader(a.stdin), &a.stdout, &a.stderr}
	return p.run(a.ctx, args, p.rootCommand(a.links))
}

func ends(outcome string, err error) func() (*connector.Report, error) {
	return func() (*connector.Report, error) {
		return &connector.Report{Started: syncNow, Ended: syncNow.Add(time.Second), Mode: "sync", Outcome: outcome, Counts: connector.Counts{}}, err
	}
}

// TestSyncRefuses: what cannot be meant is told all at once, with the field and an example, and nothing is
// done.
func TestSyncRefuses(t *testing.T) {
	t.Parallel()
	fine := []string{"--start-date", "2024-01-01", "--into", "sqlite:a.db", "--auth-token", "t"}
	for _, c := range []struct {
		args  []string
		words []string
	}{
		{[]string{}, []string{"--into", "--start-date", "2024-01-01"}},
		{[]string{"--start-date", "2024-01-01", "--into", "sqlite:a.db"}, []string{"--auth-token-file", "LUNEDI_AUTH_TOKEN"}},
		{append(fine, "--start-date", "01/02/2024"), []string{`start_date: "01/02/2024"`, "2024-01-01"}},
		{append(fine, "--start-date", "2024-13-01"), []string{`start_date: "2024-13-01"`}},
		{append(fine, "--start-date", "2026-03-05"), []string{"start_date", "future"}},
		{append(fine, "--into", "mysql://me:secret@x"), []string{"--into", "sqlite:FILE", "jsonl:DIR"}},
		{append(fine, "--into", "sqlite:"), []string{"--into", "sqlite:FILE"}},
		{append(fine, "--every", "5s"), []string{"--every", "1m"}},
		{append(fine, "--full", "--sweep"), []string{"--full", "--sweep"}},
		{append(fine, "--call-share", "80"), []string{"--call-share", "0.8"}},
		{append(fine, "--call-share", "0"), []string{"--call-share"}},
		{append(fine, "--call-cap", "-1"), []string{"--call-cap"}},
		{append(fine, "--board", "Roadmap"), []string{"--board", `"Roadmap"`}},
		{append(fine, "--stream", "itms"), []string{"--stream", `"itms"`, "items"}},
		{append(fine, "--auth-token-file", "token"), []string{"--auth-token", "--auth-token-file"}},
		{append(fine, "more"), []string{"takes no arguments"}},
	} {
		a := trying(t, ends("complete", nil))
		if code := a.do(append([]string{"sync"}, c.args...)...); code != exitUsage || len(a.modes) > 0 {
			t.Errorf("%v: exit code %d after %d runs", c.args, code, len(a.modes))
		}
		for _, words := range c.words {
			if !strings.Contains(a.stderr.String(), words) {
				t.Errorf("%v: %q does not say %q", c.args, &a.stderr, words)
			}
		}
		if strings.Contains(a.stderr.String(), "secret") {
			t.Errorf("%v: %s", c.args, &a.stderr)
		}
	}
}

// TestSyncConfig: what is given comes to the connector.
func TestSyncConfig(t *testing.T) {
	t.Parallel()
	a := trying(t, ends("complete", nil))
	a.env["LUNEDI_AUTH_TOKEN"], a.env["LUNEDI_INTO"] = " secret\n", "jsonl:dir"
	if code := a.do("sync", "--start-date", "2024-05-01T02:00:00+02:00", "--endpoint", "http://127.0.0.1:1/v2", "--board", "1", "--board", "2,3",
		"--stream", "items", "--stream", "users", "--call-share", "0.5", "--call-cap", "100", "--sweep"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &a.stderr)
	}
	a.cfg.Log, a.cfg.Progress = nil, nil
	want := connector.Config{
		AuthToken: "secret", StartDate: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), Endpoint: "http://127.0.0.1:1/v2",
		Boards: []string{"1", "2", "3"}, Streams: []string{"items", "users"}, CallShare: 0.5, CallCap: 100,
	}
	if diff := cmp.Diff(want, a.cfg); diff != "" || a.into != "jsonl:dir" || a.closed != 1 {
		t.Errorf("into %q, closed %d times: %s", a.into, a.closed, diff)
	}
	if diff := cmp.Diff([]connector.Mode{connector.Sweep}, a.modes); diff != "" {
		t.Error(diff)
	}
}

// TestSyncToken: where the token comes from, and what is said of it.
func TestSyncToken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, env string
		args      []string
		want      string
		warned    bool
	}{
		{"environment", "from-env", nil, "from-env", false},
		{"file", "", []string{"--auth-token-file", file}, "from-file", false},
		{"file before environment", "from-env", []string{"--auth-token-file", file}, "from-file", false},
		{"standard input", "", []string{"--auth-token-file", "-"}, "from-stdin", false},
		{"command line", "", []string{"--auth-token", "from-args"}, "from-args", true},
		{"command line before environment", "from-env", []string{"--auth-token", "from-args"}, "from-args", true},
	} {
		a := trying(t, ends("complete", nil))
		a.env["LUNEDI_AUTH_TOKEN"], a.stdin = c.env, "from-stdin\n"
		if code := a.do(append([]string{"sync", "--start-date", "2024-01-01", "--into", "sqlite:a"}, c.args...)...); code != exitOK || a.cfg.AuthToken != c.want {
			t.Errorf("%s: exit code %d, token %q: %s", c.name, code, a.cfg.AuthToken, &a.stderr)
		}
		if warned := strings.Contains(a.stderr.String(), "ps shows"); warned != c.warned || strings.Contains(a.stderr.String()+a.stdout.String(), c.want) {
			t.Errorf("%s: %s%s", c.name, &a.stderr, &a.stdout)
		}
	}
	a := trying(t, ends("complete", nil))
	if code := a.do("sync", "--start-date", "2024-01-01", "--into", "sqlite:a", "--auth-token-file", file+"x"); code != exitError || !strings.Contains(a.stderr.String(), "--auth-token-file") {
		t.Errorf("exit code %d: %s", code, &a.stderr)
	}
}

func TestSyncExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		end   func() (*connector.Report, error)
		code  int
		words string
	}{
		{"complete", ends("complete", nil), 0, "the run is complete"},
		{"limits", ends("partial", errors.New("the calls of the day are used up")), 3, "the next goes on"},
		{"more to read", ends("partial", nil), 3, "the next goes on"},
		{"failed", ends("failed", errors.New("the disk is full")), 1, "lunedi: the disk is full"},
		{"no admin", ends("failed", &connector.Refused{Field: "auth_token", Code: "not_admin", Msg: "Noor is no admin"}), 1, "lunedi: Noor is no admin"},
		{"wrong endpoint", ends("failed", &connector.Refused{Field: "endpoint", Code: "invalid", Msg: "endpoint: use https"}), 2, "endpoint: use https"},
	} {
		a := trying(t, c.end)
		a.env["LUNEDI_AUTH_TOKEN"] = "t"
		if code := a.do("sync", "--start-date", "2024-01-01", "--into", "sqlite:a"); code != c.code || !strings.Contains(a.stderr.String(), c.words) || a.closed != 1 {
			t.Errorf("%s: exit code %d, not %d; %s", c.name, code, c.code, &a.stderr)
		}
	}
}

// TestSyncEvery: runs follow one another until the process is told to stop or the source is refused; a limit
// is waited for, and only the first run is a full one.
func TestSyncEvery(t *testing.T) {
	t.Parallel()
	limited := func() (*connector.Report, error) {
		r, _ := ends("partial", nil)()
		r.Until = syncNow.Add(12 * time.Hour)
		return r, nil
	}
	a := trying(t, ends("complete", nil), limited, ends("failed", errors.New("cut off")), ends("failed", &connector.Refused{Code: "unauthorized", Msg: "auth_token: not valid any more"}))
	a.env["LUNEDI_AUTH_TOKEN"] = "t"
	if code := a.do("sync", "--start-date", "2024-01-01", "--into", "sqlite:a", "--every", "1h", "--full"); code != exitError || !strings.Contains(a.stderr.String(), "auth_token: not valid any more") {
		t.Errorf("exit code %d: %s", code, &a.stderr)
	}
	if diff := cmp.Diff([]time.Duration{time.Hour, 12 * time.Hour, time.Hour}, a.slept); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]connector.Mode{connector.Full, connector.Sync, connector.Sync, connector.Sync}, a.modes); diff != "" {
		t.Error(diff)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	a = trying(t, func() (*connector.Report, error) {
		stop()
		return ends("partial", context.Canceled)()
	})
	a.env["LUNEDI_AUTH_TOKEN"], a.ctx = "t", ctx
	if code := a.do("sync", "--start-date", "2024-01-01", "--into", "sqlite:a", "--every", "1h"); code != exitPartial || len(a.modes) != 1 {
		t.Errorf("told to stop: exit code %d after %d runs: %s", code, len(a.modes), &a.stderr)
	}
}

// report is one with everything in it.
func report() *connector.Report {
	return &connector.Report{
		Started: syncNow, Ended: syncNow.Add(83 * time.Second), Mode: "sync", Outcome: "partial",
		Counts: connector.Counts{"items": {New: 1234, Changed: 5, Same: 9, Deleted: 1}, "users": {Same: 20}, "column_values": {New: 14808}, "boards": {Changed: 2}},
		Calls:  1042, Points: 3_400_000, ReadTo: syncNow.Add(-5 * time.Minute), CompleteTo: syncNow.Add(-time.Hour), Queued: 17,
		Until: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC),
		Problems: []connector.Problem{
			{Kind: "rate_limited", Message: "the calls of the day are used up", Remedy: "The next run goes on after midnight UTC."},
			{Kind: "forbidden", Board: "123", Name: "Salaries\x1b[2J", Message: "it cannot be read", Remedy: "Give the token's user access."},
		},
		Version: "2026-04",
	}
}

func TestPrintReport(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	printReport(&b, report(), false)
	want := `table             new  changed  deleted
boards              0        2        0
items           1,234        5        1
column_values  14,808        0        0
total          16,042        7        1

Not through yet: a limit was reached. A run after 2026-03-05 00:00:00 UTC goes on from here.
1,042 calls and 3,400,000 points of complexity in 1:23. 17 items are still to be read.
Complete up to 2026-03-04 11:00:00 UTC.
Changes are known up to 2026-03-04 11:55:00 UTC.

Needs attention:
  - the calls of the day are used up
    The next run goes on after midnight UTC.
  - board Salaries [2J (123): it cannot be read
    Give the token's user access.

`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	r, _ := ends("complete", nil)()
	r.CompleteTo, r.ReadTo, r.Calls = syncNow, syncNow, 2
	printReport(&b, r, false)
	want = `Nothing new.
2 calls and 0 points of complexity in 0:01.
Complete up to 2026-03-04 12:00:00 UTC.

`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTellReport: every line of the log is one of JSON, and says what the table says.
func TestTellReport(t *testing.T) {
	t.Parallel()
	a := trying(t, func() (*connector.Report, error) { return report(), nil })
	a.env["LUNEDI_AUTH_TOKEN"] = "t"
	if code := a.do("sync", "--start-date", "2024-01-01", "--into", "sqlite:a"); code != exitPartial || a.stdout.Len() > 0 {
		t.Errorf("exit code %d, and on standard output %q", code, &a.stdout)
	}
	messages := map[string]int{}
	for line := range strings.Lines(a.stderr.String()) {
		var l struct{ Msg, Table string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		messages[l.Msg]++
	}
	want := map[string]int{"the run begins": 1, "table": 3, "needs attention": 2, "the run is not through yet; the next goes on from there": 1}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Error(diff)
	}
}
