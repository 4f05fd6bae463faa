package airbyte

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// reading is a read under way: the output of the sink.
type reading struct {
	*session
	names       []string // of the streams, in the order of connector.Streams
	forms       map[*connector.Stream]*emit.Form
	generations map[string]*int64

	mu        sync.Mutex // guards what follows: progress comes from several goroutines
	running   map[string]bool
	limited   bool             // it was said that a limit is waited for
	expected  map[string]int64 // items, by board
	estimated int64
	said      time.Time // when the estimate was
}

func (s *session) read(ctx context.Context, c Command) (*connector.Report, error) {
	cfg, err := s.config(c)
	if err != nil {
		return nil, err
	}
	r := &reading{session: s, forms: map[*connector.Stream]*emit.Form{}, generations: map[string]*int64{},
		running: map[string]bool{}, expected: map[string]int64{}}
	given, err := r.prepare(c)
	if err != nil {
		return nil, err
	}
	sink, err := emit.New(emit.Config{Streams: r.names, State: given, Now: s.Now}, r)
	if err != nil {
		return nil, err
	}
	cfg.Streams, cfg.Progress = r.names, r.progress
	for _, name := range r.names {
		r.status(name, started, nil)
	}
	report, err := r.run(ctx, cfg, sink)
	return report, err
}

// run brings the streams up to date, and says of each how it ended.
func (r *reading) run(ctx context.Context, cfg connector.Config, sink *emit.Sink) (report *connector.Report, err error) {
	done := false
	defer func() {
		if !done { // the program failed
			r.end(nil, errors.New(""))
		}
	}()
	report, err = r.Run(ctx, cfg, sink, connector.Sync)
	for _, note := range sink.Notes() {
		r.log.Info(note)
	}
	err = errors.Join(err, sink.Close())
	done = true
	r.end(report, err)
	return report, err
}

func (r *reading) end(report *connector.Report, err error) {
	word, reasons := complete, []reason(nil)
	if err != nil {
		word = incomplete
		if report != nil && !report.Until.IsZero() {
			reasons = []reason{{Type: "RATE_LIMITED", Limited: &rateLimited{Reset: report.Until.UnixMilli()}}}
		}
	}
	if report != nil {
		r.tell(report.Problems)
		r.log.Info(summary(report))
	}
	for _, name := range r.names {
		if r.isRunning(name) {
			r.status(name, word, reasons)
			continue
		}
		if err == nil { // a stream with nothing new has run all the same
			r.status(name, running, nil)
		}
		r.status(name, word, reasons)
	}
}

func summary(report *connector.Report) string {
	var total connector.Count
	for _, n := range report.Counts {
		total.New, total.Changed, total.Deleted = total.New+n.New, total.Changed+n.Changed, total.Deleted+n.Deleted
	}
	if total == (connector.Count{}) {
		return fmt.Sprintf("nothing new: the tables are as they were (%d calls)", report.Calls)
	}
	return fmt.Sprintf("%d rows new, %d read again, %d deleted (%d calls)", total.New, total.Changed, total.Deleted, report.Calls)
}

// prepare reads the catalog and the state.
func (r *reading) prepare(c Command) (given emit.Given, err error) {
	if c.Catalog == "" {
		return given, &emit.ConfigError{Err: errors.New("--catalog is missing: the file with the streams to read")}
	}
	var chosen configured
	if err := emit.ReadJSON("--catalog", c.Catalog, &chosen); err != nil {
		return given, &emit.ConfigError{Err: err}
	}
	states, err := readState(c.State)
	if err != nil {
		return given, err
	}
	given.Streams = map[string]json.RawMessage{}
	wanted, unknown := map[string]bool{}, []string{}
	for _, s := range chosen.Streams {
		name := s.Stream.Name
		if s.SyncMode != fullRefresh && s.SyncMode != incremental {
			return given, &emit.ConfigError{Err: fmt.Errorf("--catalog: stream %s: there is no sync_mode %q", name, s.SyncMode)}
		}
		wanted[name] = true
		r.generations[name] = s.Generation
		state := states[name]
		if outdated(state, s.Minimum) {
			r.log.Info("the state of stream " + name + " is of a generation that is to be replaced: it is read again")
			state = nil
		}
		given.Streams[name] = state
	}
	for _, st := range connector.Streams() {
		if wanted[st.Name] {
			r.names = append(r.names, st.Name)
			r.forms[st] = emit.NewForm(st, emit.All)
			delete(wanted, st.Name)
		}
	}
	for name := range wanted {
		unknown = append(unknown, name)
	}
	switch {
	case len(unknown) > 0:
		return given, &emit.ConfigError{Err: fmt.Errorf("--catalog: there is no stream %s; run discover for those there are", strings.Join(unknown, ", "))}
	case len(r.names) == 0:
		return given, &emit.ConfigError{Err: fmt.Errorf("--catalog: %s names no stream", c.Catalog)}
	}
	return given, nil
}

// outdated says whether a state belongs to rows that the destination removes. Platforms clear such states;
// not all of them do at once.
func outdated(state json.RawMessage, minimum *int64) bool {
	var b blob
	return minimum != nil && json.Unmarshal(state, &b) == nil && b.Generation != nil && *b.Generation < *minimum
}

// Record writes a record.
func (r *reading) Record(rec *emit.Record) error {
	name := rec.Stream.Name
	if !r.isRunning(name) {
		r.mu.Lock()
		r.running[name] = true
		r.mu.Unlock()
		r.status(name, running, nil)
	}
	at := r.Now().UnixMilli()
	return r.lines.Append(false, func(out []byte) []byte {
		out = append(out, `{"type":"RECORD","record":{"stream":"`+name+`","emitted_at":`...)
		out = append(strconv.AppendInt(out, at, 10), `,"data":`...)
		return append(r.forms[rec.Stream].Append(out, rec), `}}`...)
	})
}

// State writes a state for every stream: they are of one moment then, and can be used together.
func (r *reading) State(c *emit.Checkpoint) error {
	for _, name := range r.names {
		m := stateMessage{Type: "STREAM", Stats: stateStats{decimal(c.Records[name])},
			Stream: streamState{descriptor{name}, blob{c.Alone(name), r.generations[name]}}}
		if err := r.say(message{Type: "STATE", State: &m}); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) isRunning(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running[name]
}

func (r *reading) status(name, word string, reasons []reason) {
	_ = r.say(message{Type: "TRACE", Trace: &trace{Type: "STREAM_STATUS", Status: &status{descriptor{name}, word, reasons}}})
}

// estimateEvery is how often an estimate is corrected at most.
const estimateEvery = 10 * time.Second

// progress says how many items are expected, and that a limit is waited for.
func (r *reading) progress(p connector.Progress) {
	r.mu.Lock()
	wait := !p.Until.IsZero() && !r.limited
	r.limited = !p.Until.IsZero()
	if p.Total > 0 && p.Board != "" && (p.Pass == "backfill" || p.Pass == "reread") {
		r.expected[p.Board] = p.Total
	}
	var total int64
	for _, n := range r.expected {
		total += n
	}
	tell := total > r.estimated && r.Now().Sub(r.said) >= estimateEvery
	if tell {
		r.estimated, r.said = total, r.Now()
	}
	r.mu.Unlock()
	for _, name := range r.names {
		if wait && r.isRunning(name) {
			r.status(name, running, []reason{{Type: "RATE_LIMITED", Limited: &rateLimited{Reset: p.Until.UnixMilli()}}})
		}
		if tell && name == "items" {
			_ = r.say(message{Type: "TRACE", Trace: &trace{Type: "ESTIMATE", Estimate: &estimate{name, "STREAM", total}}})
		}
	}
}
