// Package singer is the connector as a tap of the Singer specification. Nothing but its messages goes to the
// output, and nothing but a log to the other one; the token is in neither.
package singer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// Tap is the connector behind the specification.
type Tap struct {
	Out, Log io.Writer
	Now      func() time.Time // time.Now when nil
	Check    func(context.Context, connector.Config) (*connector.Account, error)
	Run      func(context.Context, connector.Config, connector.Sink, connector.Mode) (*connector.Report, error)
}

// Command is what is asked for.
type Command struct {
	Config, Catalog, State string // files
	Discover               bool
	// Activate tells targets which rows are of the latest full reading, so that they can remove others:
	// ACTIVATE_VERSION is no part of the specification, and some targets stop at it.
	Activate bool
}

// ErrSaid is the error of a command whose failure was told in the log.
var ErrSaid = errors.New("the failure was told in the log")

// session is one command under way.
type session struct {
	Tap
	lines *emit.Lines
	scrub func(string) string
	log   *slog.Logger
}

// Do does a command. It returns nil or ErrSaid: a failure is the last line of the log.
func (t Tap) Do(ctx context.Context, c Command) (err error) {
	if t.Now == nil {
		t.Now = time.Now
	}
	s := &session{Tap: t, lines: emit.NewLines(t.Out), scrub: emit.Scrubber("")}
	s.log = emit.NewLog(slog.LevelInfo, s.logLine)
	defer func() {
		if p := recover(); p != nil {
			s.logLine(slog.LevelError, string(debug.Stack()))
			err = fmt.Errorf("the program failed: %v", p)
		}
		if err = errors.Join(err, s.lines.Flush()); err != nil {
			s.write("CRITICAL", err.Error())
			err = ErrSaid
		}
	}()
	if c.Config == "" {
		return &emit.ConfigError{Err: errors.New("--config is missing: the file with auth_token and start_date")}
	}
	cfg, err := emit.ReadConfig(c.Config, t.Now)
	s.scrub = emit.Scrubber(cfg.AuthToken)
	if err != nil {
		return err
	}
	cfg.Log = s.log
	if c.Discover {
		return s.discover(ctx, cfg)
	}
	return s.sync(ctx, cfg, c)
}

// levels are the words for levels of a log.
var levels = map[slog.Level]string{slog.LevelDebug: "DEBUG", slog.LevelInfo: "INFO", slog.LevelWarn: "WARNING", slog.LevelError: "ERROR"}

func (s *session) logLine(level slog.Level, text string) {
	word, ok := levels[level]
	if !ok {
		word = "INFO"
	}
	s.write(word, text)
}

// write logs a text on one line: programs that read logs read lines.
func (s *session) write(word, text string) {
	text = strings.ReplaceAll(strings.TrimSpace(s.scrub(text)), "\n", " | ")
	_, _ = fmt.Fprintf(s.Log, "%s %s\n", word, text) // there is nowhere to tell of a log that is lost
}

func (s *session) tell(list []connector.Problem) {
	for _, p := range list {
		s.log.Warn(strings.TrimSpace(p.Message + " " + p.Remedy))
	}
}

func (s *session) discover(ctx context.Context, cfg connector.Config) error {
	account, err := s.Check(ctx, cfg)
	if err != nil {
		return err
	}
	s.tell(account.Lost)
	lost, there := map[string]bool{}, map[string]bool{}
	for _, name := range account.Unread {
		lost[name] = true
	}
	out := catalog{Streams: []catalogStream{}}
	for _, st := range emit.Readable(lost) {
		entry, err := describe(st)
		if err != nil {
			return err
		}
		out.Streams = append(out.Streams, entry)
		there[st.Name] = true
	}
	for _, st := range connector.Streams() {
		if !there[st.Name] {
			s.log.Warn("the stream " + st.Name + " is left out: the token cannot read it")
		}
	}
	raw, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	return s.lines.Append(true, func(buf []byte) []byte { return append(buf, raw...) })
}

// sync is a sync under way: the output of the sink.
type sync struct {
	*session
	names    []string // of the streams, in the order of connector.Streams
	forms    map[*connector.Stream]*emit.Form
	versions map[string]int64
	counts   map[string]int64
	activate bool
	ended    bool
	last     *stateMessage
}

func (s *session) sync(ctx context.Context, cfg connector.Config, c Command) error {
	chosen, err := choose(c.Catalog)
	if err != nil {
		return err
	}
	given, err := s.given(c.State)
	if err != nil {
		return err
	}
	y := &sync{session: s, forms: map[*connector.Stream]*emit.Form{}, versions: map[string]int64{}, counts: map[string]int64{}, activate: c.Activate}
	for _, st := range connector.Streams() {
		ch, ok := chosen[st.Name]
		if !ok {
			continue
		}
		if ch.full {
			delete(given.Bookmarks, st.Name)
		}
		y.names = append(y.names, st.Name)
		y.forms[st] = emit.NewForm(st, ch.wants)
		y.versions[st.Name] = versionOf(given.Bookmarks[st.Name], s.Now())
		if err := s.lines.Write(schemaMessage{Type: "SCHEMA", Stream: st.Name, Schema: emit.SchemaOf(st, ch.wants), Key: st.Key, Bookmarks: []string{emit.SyncedAt}}); err != nil {
			return err
		}
	}
	if _, ok := chosen[given.Syncing]; !ok && given.Syncing != "" {
		s.log.Warn("the state says that " + given.Syncing + " was being read, which is not chosen: that is forgotten")
	}
	sink, err := emit.New(emit.Config{Streams: y.names, State: emit.Given{Streams: given.Bookmarks, Shared: given.Shared}, Now: s.Now}, y)
	if err != nil {
		return err
	}
	cfg.Streams = y.names
	return y.run(ctx, cfg, sink)
}

func (y *sync) run(ctx context.Context, cfg connector.Config, sink *emit.Sink) error {
	report, err := y.Run(ctx, cfg, sink, connector.Sync)
	y.ended = err == nil
	for _, note := range sink.Notes() {
		y.log.Info(note)
	}
	err = errors.Join(err, sink.Close())
	if err == nil && y.last != nil && y.last.Value.Syncing != "" {
		y.last.Value.Syncing = "" // nothing is, after the end
		err = y.lines.Write(y.last)
	}
	if report != nil {
		y.tell(report.Problems)
	}
	for _, name := range y.names {
		metric, _ := json.Marshal(map[string]any{"type": "counter", "metric": "record_count", "value": y.counts[name], "tags": map[string]string{"endpoint": name}})
		y.log.Info("METRIC: " + string(metric))
		if err == nil && y.activate && report != nil && report.Outcome == "complete" {
			err = y.lines.Write(versionMessage{"ACTIVATE_VERSION", name, y.versions[name]})
		}
	}
	return err
}

// given reads a state file: what STATE messages hold, or a whole one. Nothing is the beginning.
func (s *session) given(file string) (givenState, error) {
	var g givenState
	if file != "" {
		if err := emit.ReadJSON("--state", file, &g); err != nil {
			return g, &emit.ConfigError{Err: err}
		}
	}
	if g.Value != nil && g.Bookmarks == nil {
		g = *g.Value
	}
	if g.Bookmarks == nil {
		g.Bookmarks = map[string]json.RawMessage{}
	}
	return g, nil
}

// versionOf is the version of a stream's rows: that of its state, and a new one for a stream without.
func versionOf(raw json.RawMessage, now time.Time) int64 {
	var b bookmark
	if len(raw) > 0 && json.Unmarshal(raw, &b) == nil && b.Version != 0 {
		return b.Version
	}
	return now.UnixMilli()
}

// Record writes a record.
func (y *sync) Record(rec *emit.Record) error {
	name := rec.Stream.Name
	y.counts[name]++
	return y.lines.Append(false, func(out []byte) []byte {
		out = append(out, `{"type":"RECORD","stream":"`+name+`","time_extracted":"`...)
		out = append(out, rec.SyncedAt.Format(time.RFC3339Nano)...)
		if y.activate {
			out = strconv.AppendInt(append(out, `","version":`...), y.versions[name], 10)
			out = append(out, `,"record":`...)
		} else {
			out = append(out, `","record":`...)
		}
		return append(y.forms[rec.Stream].Append(out, rec), '}')
	})
}

// State writes the state of all streams.
func (y *sync) State(c *emit.Checkpoint) error {
	m := &stateMessage{Type: "STATE", Value: state{Bookmarks: map[string]*bookmark{}, Shared: c.Shared()}}
	if !y.ended {
		m.Value.Syncing = c.Last
	}
	for _, name := range y.names {
		b := &bookmark{Part: c.Part(name)}
		if !b.At.IsZero() {
			b.SyncedAt = b.At.Format(time.RFC3339Nano)
		}
		if y.activate {
			b.Version = y.versions[name]
		}
		m.Value.Bookmarks[name] = b
	}
	y.last = m
	return y.lines.Write(m)
}
