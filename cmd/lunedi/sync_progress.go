package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"golang.org/x/term"
)

// passNames are what the passes of a run are called where they are shown.
var passNames = map[string]string{
	"directory": "people and workspaces",
	"boards":    "boards",
	"backfill":  "items",
	"changes":   "changed items",
	"sweep":     "comparing ids",
	"updates":   "updates",
	"reread":    "reading again",
}

func passName(pass string) string { return cmp.Or(passNames[pass], pass) }

// part is a pass over the account or over one board.
type part struct {
	pass, board, name string
	done, total       int64
	first             int64 // done when it was first heard of: a run that goes on does not begin at 0
	since             time.Time
}

// rate is rows a second, 0 until it can be told.
func (p *part) rate(now time.Time) float64 {
	took := now.Sub(p.since)
	if took < time.Second {
		return 0
	}
	return float64(p.done-p.first) / took.Seconds()
}

// left is the time until the end, 0 where it cannot be told.
func (p *part) left(now time.Time) time.Duration {
	rate := p.rate(now)
	if rate <= 0 || p.total <= p.done {
		return 0
	}
	return time.Duration(float64(p.total-p.done) / rate * float64(time.Second))
}

// parts keeps what is going on.
type parts struct {
	now   func() time.Time
	open  []*part
	since time.Time // of the run
	read  int64     // rows of all parts
	calls int64
	until time.Time
}

// take takes in what is told and returns the part it is about, nil when it is about none.
func (s *parts) take(p connector.Progress) *part {
	s.calls, s.until = max(s.calls, p.Calls), p.Until
	if p.Pass == "" {
		return nil
	}
	i := slices.IndexFunc(s.open, func(o *part) bool { return o.pass == p.Pass && o.board == p.Board })
	if i < 0 {
		i = len(s.open)
		s.open = append(s.open, &part{pass: p.Pass, board: p.Board, first: p.Done, since: s.now()})
	}
	o := s.open[i]
	s.read += max(p.Done-o.done, 0)
	o.name, o.done, o.total = cmp.Or(p.Name, o.name), max(o.done, p.Done), p.Total
	if p.End {
		s.open = slices.Delete(s.open, i, i+1)
	}
	return o
}

// lines draws a line for each board being read and one for all, over and over at the same place of a
// terminal. What is written to it appears above them.
type lines struct {
	w     io.Writer
	width func() int

	mu    sync.Mutex
	parts parts
	drawn int // lines that are there now
	live  bool
	stop  context.CancelFunc
	ended sync.WaitGroup
}

const (
	mostLines = 12
	redraw    = 200 * time.Millisecond
)

func newLines(w io.Writer, now func() time.Time) *lines {
	l := &lines{w: w, width: func() int { return 80 }}
	l.parts.now = now
	if f, ok := w.(*os.File); ok {
		l.width = func() int {
			if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
				return n
			}
			return 80
		}
	}
	return l
}

func (l *lines) progress(p connector.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parts.take(p)
}

func (l *lines) begin(at time.Time) {
	ctx, stop := context.WithCancel(context.Background())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parts = parts{now: l.parts.now, since: at}
	l.live, l.stop = true, stop
	l.ended.Go(func() {
		t := time.NewTicker(redraw)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				l.mu.Lock()
				l.draw()
				l.mu.Unlock()
			case <-ctx.Done():
				return
			}
		}
	})
}

// end takes the lines away.
func (l *lines) end() {
	l.stop()
	l.ended.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live = false
	var b bytes.Buffer
	l.clear(&b)
	_, _ = l.w.Write(b.Bytes())
}

// Write puts whole lines of a log above those that change.
func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b bytes.Buffer
	l.clear(&b)
	b.Write(text)
	if _, err := l.w.Write(b.Bytes()); err != nil {
		return 0, err
	}
	if l.live {
		l.draw()
	}
	return len(text), nil
}

// clear goes up to where the lines begin and takes them away.
func (l *lines) clear(b *bytes.Buffer) {
	if l.drawn > 0 {
		fmt.Fprintf(b, "\x1b[%dA\r\x1b[J", l.drawn)
	}
	l.drawn = 0
}

// draw writes everything at once, so that it does not flicker.
func (l *lines) draw() {
	var b bytes.Buffer
	l.clear(&b)
	for _, line := range l.parts.render(l.width()) {
		b.WriteString(line + "\n")
		l.drawn++
	}
	_, _ = l.w.Write(b.Bytes())
}

// render makes the lines for a width.
func (s *parts) render(width int) (out []string) {
	now := s.now()
	shown := s.open
	if len(shown) > mostLines {
		shown = shown[:mostLines]
	}
	name := max(min(width-50, 40), 12)
	for _, p := range shown {
		title := passName(p.pass)
		if p.board != "" {
			title = clean(cmp.Or(p.name, p.board))
		}
		line := pad(title, name) + "  " + fmt.Sprintf("%9s", grouped(p.done))
		if p.total > 0 {
			line += fmt.Sprintf(" of %-9s %3d%%", grouped(p.total), min(p.done*100/p.total, 100))
		} else {
			line += strings.Repeat(" ", 18)
		}
		if rate := p.rate(now); rate > 0 {
			line += fmt.Sprintf(" %7s/s", grouped(int64(rate)))
		}
		if left := p.left(now); left > 0 {
			line += " " + minutes(left) + " left"
		}
		out = append(out, cut(line, width))
	}
	if more := len(s.open) - len(shown); more > 0 {
		out = append(out, cut(fmt.Sprintf("and %d more", more), width))
	}
	took := now.Sub(s.since)
	total := fmt.Sprintf("%s  %9s", pad("total", name), grouped(s.read))
	if took >= time.Second {
		total += fmt.Sprintf(" %7s/s", grouped(int64(float64(s.read)/took.Seconds())))
	}
	total += fmt.Sprintf("  %s calls  %s", grouped(s.calls), minutes(took))
	if wait := s.until.Sub(now); wait > 0 {
		total += "  waiting for a limit to pass, " + minutes(wait)
	}
	return append(out, cut(total, width))
}

// clean makes a name of others fit for a terminal: no control characters.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, name)
}

func pad(s string, n int) string {
	if have := utf8.RuneCountInString(s); have <= n {
		return s + strings.Repeat(" ", n-have)
	}
	return cut(s, n-1) + "…"
}

// cut keeps a line from going on in the next.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n, 0)])
}

// grouped writes a number with commas: 1,234,567.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// minutes writes a time as 1:02 or 1:02:03.
func minutes(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// telling tells of progress in a log: when something ends, and every while in between.
type telling struct {
	log *slog.Logger

	mu    sync.Mutex
	parts parts
	last  map[string]time.Time
}

const tellEvery = 30 * time.Second

func newTelling(log *slog.Logger, now func() time.Time) *telling {
	t := &telling{log: log}
	t.parts.now = now
	return t
}

func (t *telling) begin(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parts, t.last = parts{now: t.parts.now, since: at}, map[string]time.Time{}
	t.log.Info("the run begins")
}

func (t *telling) progress(p connector.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o, now := t.parts.take(p), t.parts.now()
	if o == nil {
		return // waits are told by the client
	}
	key := p.Pass + " " + p.Board
	if _, ok := t.last[key]; !ok {
		t.last[key] = now
	}
	words := "reading"
	switch {
	case p.End:
		words = "read"
		delete(t.last, key)
	case now.Sub(t.last[key]) < tellEvery:
		return
	default:
		t.last[key] = now
	}
	args := []any{"pass", p.Pass}
	if p.Board != "" {
		args = append(args, "board", p.Board, "name", o.name)
	}
	args = append(args, "done", p.Done)
	if p.Total > 0 {
		args = append(args, "total", p.Total)
	}
	if rate := o.rate(now); rate > 0 {
		args = append(args, "per_second", int64(rate))
	}
	if left := o.left(now); left > 0 && !p.End {
		args = append(args, "left", left.Round(time.Second))
	}
	t.log.Info(words, append(args, "calls", p.Calls)...)
}
