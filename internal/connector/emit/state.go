package emit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// stateVersion is of the form of states. A state of an older form is as none, one of a newer is refused.
const stateVersion = 1

// Part is the state of a stream.
type Part struct {
	V      int       `json:"v"`
	Moment           // of its checkpoint
	From   []Moment  `json:"from,omitempty"` // where its run went on from, and the runs before that
	At     time.Time `json:"at"`             // _synced_at of what was read last before it
	Rows   int       `json:"rows"`           // that are there
	Index  string    `json:"index,omitempty"`
	Gone   string    `json:"gone,omitempty"` // what was deleted since the state that was gone on from

	Columns string `json:"columns,omitempty"` // of column_values, whose index is of items
}

// Moment names a checkpoint. A run that goes on from the middle of another makes moments of its own, so two
// moments may have nothing to do with each other.
type Moment struct {
	Run string `json:"run"`
	Seq int64  `json:"seq"`
}

// leadsTo says whether a part is of the moment m or of one after it, on the way that led to the part.
func (m Moment) leadsTo(p *Part) bool {
	return slices.ContainsFunc(append(p.From, p.Moment), func(o Moment) bool { return o.Run == m.Run && m.Seq <= o.Seq })
}

// Shared is what concerns all streams.
type Shared struct {
	V       int             `json:"v"`
	At      time.Time       `json:"at"`                // _synced_at of what was read last before what is remembered: what an index has later may not have come
	Memory  string          `json:"memory"`            // what the passes remember
	Streams map[string]Part `json:"streams,omitempty"` // those that the passes need and that do not go out
}

// Alone is the state of a stream that can be used without others'.
type Alone struct {
	Part
	Shared *Shared `json:"shared,omitempty"`
}

// Given is the state to go on from. A stream without a part is read from its beginning.
type Given struct {
	Streams map[string]json.RawMessage // Alone or Part, by stream
	Shared  json.RawMessage            // Shared, for a Part
}

// StateError says that a state cannot be gone on from.
type StateError struct {
	Stream string // empty for what concerns all
	Err    error
}

func (e *StateError) Error() string {
	of := "the state"
	if e.Stream != "" {
		of = fmt.Sprintf("the state of stream %s", e.Stream)
	}
	return fmt.Sprintf("%s cannot be used: %v. Give one that was written by this program, or none to read everything again", of, e.Err)
}

func (e *StateError) Unwrap() error { return e.Err }

// Checkpoint is the state after the records that went out before it.
type Checkpoint struct {
	Records map[string]int64 // that went out since the one before, by stream
	Last    string           // stream of the latest of all records
	parts   map[string]Part
	shared  Shared
}

// Part is a stream's own part.
func (c *Checkpoint) Part(stream string) Part { return c.parts[stream] }

// Shared is what goes with the parts.
func (c *Checkpoint) Shared() Shared { return c.shared }

// Alone is a stream's state with all that it needs.
func (c *Checkpoint) Alone(stream string) Alone { return Alone{c.parts[stream], &c.shared} }

// due says whether it is time for a checkpoint. One takes a twentieth of the time at most, and half as many
// bytes as the records.
func (s *Sink) due() bool {
	const recordSize, perSecond = 256, 100 << 10 // bytes
	records := int64(cmp.Or(s.cfg.Records, defaultRecords))
	every := cmp.Or(s.cfg.Every, defaultEvery)
	if records > 0 {
		records = max(records, int64(s.size/recordSize))
	}
	if every > 0 {
		every = max(every, 20*s.cost, time.Duration(s.size/perSecond)*time.Second)
	}
	return int64(len(s.held)) >= records || s.cfg.Now().Sub(s.when) >= every
}

// checkpoint gives out the state: the indexes as they are, and what was remembered before what is held. At
// the end nothing is held, and it is all of now.
func (s *Sink) checkpoint() error {
	began := time.Now() // what it costs is no matter of the injected clock
	s.moment.Seq++
	c := &Checkpoint{Records: s.records, Last: s.last, parts: map[string]Part{}}
	hidden := map[string]Part{}
	s.size = 0
	for _, st := range s.streams {
		p := s.part(st)
		s.size += len(p.Index) + len(p.Gone) + len(p.Columns)
		if s.selected(st) {
			c.parts[st.Name] = p
		} else {
			hidden[st.Name] = p
		}
	}
	c.shared = Shared{V: stateVersion, At: s.savAt, Memory: s.saved, Streams: hidden}
	s.size += len(s.saved) * len(c.parts)
	if err := s.out.State(c); err != nil {
		return err
	}
	s.records = map[string]int64{}
	s.when = s.cfg.Now()
	s.cost = time.Since(began)
	return nil
}

func (s *Sink) part(st *connector.Stream) Part {
	p := Part{V: stateVersion, Moment: s.moment, From: s.from, At: s.at}
	if x := s.index[st]; x != nil {
		p.Rows, p.Index, p.Gone = x.len(), s.packed(x), s.packed(s.gone[st])
	} else {
		v := s.values
		p.Rows, p.Index, p.Gone, p.Columns = v.holders.len(), s.packed(v.holders), s.packed(v.gone), s.packed(v.columns)
	}
	return p
}

// packed is the text of an index; it is made anew when the index changed.
func (s *Sink) packed(x *index) string {
	if x.len() == 0 {
		return ""
	}
	if x.stale {
		s.packs[x], x.stale = x.pack(), false
	}
	return s.packs[x]
}

// check refuses what cannot be a state.
func (g *Given) check() error {
	for _, name := range slices.Sorted(maps.Keys(g.Streams)) {
		if _, err := g.part(name); err != nil {
			return err
		}
	}
	_, err := g.shared(nil)
	return err
}

// part is what was given for a stream; nil where nothing was.
func (g *Given) part(name string) (*Alone, error) {
	raw := bytes.TrimSpace(g.Streams[name])
	if len(raw) == 0 || string(raw) == "null" || string(raw) == "{}" {
		return nil, nil
	}
	var p Alone
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, &StateError{name, plain(err)}
	}
	if err := version(p.V); err != nil {
		return nil, &StateError{name, err}
	}
	return &p, nil
}

func (g *Given) shared(p *Alone) (*Shared, error) {
	if p != nil && p.Shared != nil {
		return p.Shared, nil
	}
	if len(bytes.TrimSpace(g.Shared)) == 0 {
		return nil, nil
	}
	var sh Shared
	if err := json.Unmarshal(g.Shared, &sh); err != nil {
		return nil, &StateError{"", plain(err)}
	}
	if err := version(sh.V); err != nil {
		return nil, &StateError{"", err}
	}
	return &sh, nil
}

func version(v int) error {
	switch {
	case v == 0:
		return errors.New("it is not one of this program's")
	case v > stateVersion:
		return fmt.Errorf("it is of version %d, and this program knows %d", v, stateVersion)
	}
	return nil
}

// plain says what is wrong with JSON without the names of Go's types.
func plain(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		return fmt.Errorf("%q is a %s", typ.Field, typ.Value)
	}
	return err
}

// load takes up what was given, for the streams that are prepared.
func (s *Sink) load() error {
	parts, err := s.given()
	if err != nil || len(parts) == 0 {
		return err
	}
	earliest := earliestOf(parts)
	shared, err := s.cfg.State.shared(earliest)
	if err != nil {
		return err
	}
	keep := earliest != nil && shared != nil
	for _, st := range s.streams {
		p := parts[st]
		if p == nil && shared != nil && !s.selected(st) {
			if hidden, ok := shared.Streams[st.Name]; ok {
				p = &Alone{Part: hidden}
			}
		}
		if p == nil {
			// A table that is read whole at every run comes again by itself; others do not, nor do those
			// that the passes rely on.
			keep = keep && s.selected(st) && !st.Since
			continue
		}
		if err := s.take(st, p.Part); errors.Is(err, errColumns) {
			s.notes = append(s.notes, fmt.Sprintf("the state of stream %s is of another version of this program: it is read again", st.Name))
			keep = false
		} else if err != nil {
			return &StateError{st.Name, err}
		}
		s.at = later(s.at, p.At)
	}
	to := time.Time{} // when nothing is remembered, no row passes for one that need not be read
	if keep {
		to = shared.At
	}
	for _, st := range s.streams {
		s.rollBack(st, to)
	}
	s.adopt()
	if !keep {
		s.notes = append(s.notes, "a stream begins anew: everything is read again")
		return nil
	}
	s.from = []Moment{earliest.Moment}
	for _, p := range parts {
		if p.Moment != earliest.Moment { // else no stream can come back from before it
			s.from = append(slices.Clone(earliest.From), earliest.Moment)
			break
		}
	}
	raw, err := inflate(shared.Memory)
	if err != nil {
		return &StateError{"", err}
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return &StateError{"", plain(err)}
	}
	s.memory, s.savAt = newMemory(values), shared.At
	s.saved, err = s.memory.pack("")
	return err
}

// belongs says by which field a stream's rows belong to rows of another, and are never without them.
var belongs = []struct{ stream, field, of string }{
	{columnValues, "item_id", "items"}, {"item_links", "item_id", "items"}, {"time_tracking", "item_id", "items"}, {"replies", "update_id", "updates"},
	{"items", "board_id", "boards"}, {"columns", "board_id", "boards"}, {"groups", "board_id", "boards"}, {"views", "board_id", "boards"}, {"board_members", "board_id", "boards"},
}

// adopt enters what rows belong to where it is not known, as if it had never been read: with streams from
// different moments there may be values of an item whose row is not there yet, or not any more. The passes
// look for items, and would never come to call the values gone.
func (s *Sink) adopt() {
	for _, b := range belongs {
		var x, of *index
		for _, st := range s.streams {
			switch {
			case st.Name == b.stream && st.Name == columnValues:
				x = s.values.holders
			case st.Name == b.stream:
				x = s.index[st]
			case st.Name == b.of:
				of = s.index[st]
			}
		}
		if x == nil || of == nil {
			continue
		}
		id, board, key, on := x.at(b.field), x.at("board_id"), of.at("id"), of.at("board_id")
		for i, v := range x.cols[id] {
			w := make([]uint64, len(of.cols))
			w[of.readCol()] = timeWord(time.Time{})
			if w[key] = v; v == null || of.find(w) >= 0 {
				continue
			}
			if on >= 0 && board >= 0 {
				w[on] = x.cols[board][i]
			}
			of.put(w)
			s.news = true // the state that was given does not name it
		}
	}
}

// given are the parts of the streams that go out.
func (s *Sink) given() (map[*connector.Stream]*Alone, error) {
	parts := map[*connector.Stream]*Alone{}
	for _, st := range s.streams {
		p, err := s.cfg.State.part(st.Name)
		if err != nil {
			return nil, err
		}
		if p != nil && s.selected(st) {
			parts[st] = p
		}
	}
	return parts, nil
}

// earliestOf is the part that all others come after; nil when there is none, after two runs that were cut
// short: then nothing tells what all streams have.
func earliestOf(parts map[*connector.Stream]*Alone) *Alone {
	for _, p := range parts {
		first := true
		for _, other := range parts {
			first = first && p.leadsTo(&other.Part)
		}
		if first {
			return p
		}
	}
	return nil
}

// take fills the indexes of a stream.
func (s *Sink) take(st *connector.Stream, p Part) error {
	type from struct {
		x      *index
		packed string
	}
	list := []from{{s.index[st], p.Index}, {s.gone[st], p.Gone}}
	if s.index[st] == nil {
		list = []from{{s.values.holders, p.Index}, {s.values.gone, p.Gone}, {s.values.columns, p.Columns}}
	}
	for _, f := range list {
		if f.packed == "" {
			continue
		}
		if err := f.x.unpack(f.packed); err != nil {
			f.x.clear()
			return err
		}
	}
	return nil
}

// rollBack makes a stream's index fit for what the passes remembered at an earlier moment: what they read
// since they will read again, so long as it looks as if it had been read before then and nobody knew how new
// it was; what they found gone since they will find gone again. So they will what went meanwhile of rows
// that are only named, and may never have come.
func (s *Sink) rollBack(st *connector.Stream, to time.Time) {
	x, gone := s.index[st], s.gone[st]
	if x == nil {
		s.values.rollBack(to)
		s.values.gone.clear()
		return
	}
	defer gone.clear()
	unknown := func(w []uint64) {
		for c, f := range x.fields {
			if st.Fields[f].Type == connector.Time {
				w[c] = null
			}
		}
		w[x.readCol()] = timeWord(to)
	}
	for i := range int32(x.len()) {
		if x.readAt(i).After(to) {
			w := x.wordsAt(i)
			unknown(w)
			x.put(w)
		}
	}
	for i := int32(gone.len()) - 1; i >= 0; i-- {
		if gone.readAt(i).After(to) {
			w := gone.wordsAt(i)
			gone.remove(i)
			unknown(w)
			x.put(w)
		}
	}
}

func (x *index) clear() { *x = *newIndex(x.stream, x.atoms) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
