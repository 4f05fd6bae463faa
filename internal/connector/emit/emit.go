// Package emit is what the protocols have in common: a Sink whose rows go out as records instead of into
// tables, the schemas of these records, and the configuration file.
//
// What a table would know of itself, its sink keeps in memory and gives out as state: what the passes
// remember, and of every row that is there the few fields that they read back (see index). Records are held
// back until a state is due, and come after it: the state names their rows as read, and remembers what the
// passes did before. So whoever keeps the latest state and any of the records after it can be killed at any
// point: what came is read again, or found gone if it went from the source meanwhile, since the state knows
// that it may have come.
//
// The state of a stream can be used alone, since a protocol may keep one stream's state and lose another's:
// it has a copy of what concerns all streams. Where streams come back from different moments, what is
// remembered is taken from the earliest, and the indexes of the others forget what they learnt later
// (see rollBack): records may come twice then, but none is missing and no deletion is.
package emit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// The fields that every record has besides those of its stream.
const (
	// SyncedAt is when the row was read. It never goes back from one record to the next of the same key,
	// so the record with the greatest is the row as it is; times of the service's own are no such thing.
	SyncedAt = "_synced_at"
	// DeletedAt is null while the row is there.
	DeletedAt = "_deleted_at"
)

// Output is where records and states go, one after the other.
type Output interface {
	Record(*Record) error
	State(*Checkpoint) error
}

// Record is a row on its way out. It is good until Output.Record returns.
type Record struct {
	Stream    *connector.Stream
	Row       connector.Row
	SyncedAt  time.Time
	DeletedAt time.Time // zero while the row is there. Of one that is gone only key and index are known
}

// Config says what goes out.
type Config struct {
	Streams []string // names of those whose records do; the passes may need others
	State   Given
	Now     func() time.Time // time.Now when nil

	// State is given out for Records records, or Every so long when there is anything new; 10,000 and half
	// a minute when zero, and more rarely when it is large or takes long. Negative is for every commit, for
	// tests.
	Records int
	Every   time.Duration
}

const (
	defaultRecords = 10_000
	defaultEvery   = 30 * time.Second
)

// Sink is a connector.Sink that emits.
type Sink struct {
	cfg     Config
	out     Output
	atoms   atoms
	streams []*connector.Stream // prepared, in the order of their first coming
	index   map[*connector.Stream]*index
	gone    map[*connector.Stream]*index // rows that were taken out of it lately, read when they were
	values  *values                      // column_values, which is in neither
	memory  memory
	packs   map[*index]string // as they were given out last
	notes   []string

	moment Moment    // of the last checkpoint
	from   []Moment  // what it goes on from
	at     time.Time // ReadAt of the last batch
	broken error     // a commit went wrong within: nothing may follow

	held  []Record  // since the last checkpoint
	news  bool      // there are rows among them that the state that went out last does not name
	saved string    // memory, packed, as it was when what is held began
	savAt time.Time // ReadAt of the last batch then

	fresh   bool             // something was committed since the last checkpoint
	records map[string]int64 // that went out, by stream, since then
	last    string           // stream of the last record
	when    time.Time        // of the last checkpoint
	cost    time.Duration
	size    int
}

// New makes a sink. A state that cannot be read is an error of type *StateError.
func New(cfg Config, out Output) (*Sink, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Sink{cfg: cfg, out: out, index: map[*connector.Stream]*index{}, gone: map[*connector.Stream]*index{},
		packs: map[*index]string{}, moment: Moment{Run: rand.Text()[:10]}, records: map[string]int64{}, memory: newMemory(nil)}
	s.when = cfg.Now()
	var err error
	if s.saved, err = s.memory.pack(""); err != nil {
		return nil, err
	}
	return s, cfg.State.check()
}

// Notes are what there is to tell about the state that was given, once the sink is prepared.
func (s *Sink) Notes() []string { return s.notes }

// Prepare takes up the state that was given.
func (s *Sink) Prepare(_ context.Context, streams []*connector.Stream) error {
	for _, st := range streams {
		if slices.Contains(s.streams, st) {
			continue
		}
		s.streams = append(s.streams, st)
		switch {
		case st.Name == columnValues:
			s.values = newValues(st, &s.atoms)
		case len(st.Index) == 0:
			return fmt.Errorf("stream %s: it has no index, and nothing tells its rows from others", st.Name)
		default:
			s.index[st], s.gone[st] = newIndex(st, &s.atoms), newIndex(st, &s.atoms)
		}
	}
	return s.load()
}

func (s *Sink) selected(st *connector.Stream) bool { return slices.Contains(s.cfg.Streams, st.Name) }

// Commit takes a batch, and sends out what is held when it is time. After one that failed nothing more goes
// out, and the state before it is the last.
func (s *Sink) Commit(_ context.Context, b *connector.Batch) (connector.Counts, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	s.broken = errors.New("a batch before this one did not come to its end") // also should it panic
	counts, err := s.commit(b)
	if err == nil && s.due() {
		err = s.flush(true)
	}
	if err != nil {
		s.broken = err
		return nil, err
	}
	s.broken = nil
	return counts, nil
}

func (s *Sink) commit(b *connector.Batch) (connector.Counts, error) {
	b = s.inTime(b)
	for st := range b.Rows {
		if !s.Prepared(st) {
			return nil, fmt.Errorf("stream %s: it was not prepared", st.Name)
		}
	}
	values, err := s.lookUp(b.Gone)
	if err != nil {
		return nil, err
	}
	var fresh map[[2]uint64]bool // item and column, of column_values
	counts := connector.Counts{}
	for _, st := range s.streams {
		rows := lasts(st, b.Rows[st])
		if st.Name == columnValues {
			var news bool
			if fresh, news, err = s.values.enter(rows, s.at); err != nil {
				return nil, err
			}
			s.news = s.news || news
		}
		n, err := s.put(st, rows)
		if err != nil {
			return nil, err
		}
		add(counts, st, n)
	}
	for i, g := range b.Gone {
		var n int64
		if v, ok := values[i]; ok {
			err = s.values.drop(v, fresh, s.at, func(row connector.Row) error { n++; return s.tombstone(g.Stream, row) })
		} else {
			n, err = s.drop(g)
		}
		if err != nil {
			return nil, err
		}
		add(counts, g.Stream, connector.Count{Deleted: n})
	}
	s.memory.apply(b.Drop, b.Put)
	s.fresh = true
	return counts, nil
}

// inTime puts a batch after all that came before it, also in runs before this one: times tell what a state
// covers, and a clock may have gone back.
func (s *Sink) inTime(b *connector.Batch) *connector.Batch {
	at := b.ReadAt.UTC().Truncate(time.Microsecond)
	if at.After(s.at) {
		s.at = at
		return b
	}
	s.at = s.at.Add(time.Microsecond)
	later := *b
	later.ReadAt, later.Gone = s.at, slices.Clone(b.Gone)
	for i := range later.Gone {
		if g := &later.Gone[i]; !g.Before.Before(at) {
			g.Before = s.at
		}
	}
	return &later
}

// lookUp finds what the Gones of column_values speak of, by their places.
func (s *Sink) lookUp(gone []connector.Gone) (map[int]goneValues, error) {
	found := map[int]goneValues{}
	for i, g := range gone {
		if !s.Prepared(g.Stream) {
			return nil, fmt.Errorf("stream %s: it was not prepared", g.Stream.Name)
		}
		if g.Stream.Name == columnValues {
			v, err := s.values.lookUp(g)
			if err != nil {
				return nil, err
			}
			found[i] = v
		}
	}
	return found, nil
}

func add(c connector.Counts, st *connector.Stream, n connector.Count) {
	if n != (connector.Count{}) {
		c.Add(connector.Counts{st.Name: n})
	}
}

// put sends rows out and enters them into the index.
func (s *Sink) put(st *connector.Stream, rows []connector.Row) (n connector.Count, err error) {
	x := s.index[st]
	for _, row := range rows {
		was := false
		if x != nil {
			w, err := x.words(row, s.at)
			if err != nil {
				return n, err
			}
			if was = x.put(w); !was {
				s.news = true
				if g := s.gone[st]; g.len() > 0 {
					if i := g.find(w); i >= 0 {
						g.remove(i)
					}
				}
			}
		}
		if was {
			n.Changed++
		} else {
			n.New++
		}
		if err := s.emit(&Record{Stream: st, Row: row, SyncedAt: s.at}); err != nil {
			return n, err
		}
	}
	return n, nil
}

// lasts leaves out the rows whose key comes again.
func lasts(st *connector.Stream, rows []connector.Row) []connector.Row {
	if len(rows) < 2 {
		return rows
	}
	seen := make(map[string]bool, len(rows))
	kept := make([]connector.Row, 0, len(rows))
	for _, row := range slices.Backward(rows) {
		if k := keyOf(st, row); !seen[k] {
			seen[k] = true
			kept = append(kept, row)
		}
	}
	slices.Reverse(kept)
	return kept
}

func keyOf(st *connector.Stream, row connector.Row) string {
	parts := make([]string, len(st.Key))
	for i, k := range st.Key {
		parts[i], _ = row[st.At(k)].(string)
	}
	return strings.Join(parts, "\x00")
}

// drop sends out that rows are gone.
func (s *Sink) drop(g connector.Gone) (n int64, err error) {
	st, x := g.Stream, s.index[g.Stream]
	list, err := x.where(g.By, g.Values)
	if err != nil {
		return 0, err
	}
	var gone [][]uint64
	for _, i := range list {
		if g.Before.IsZero() || x.readAt(i).Before(g.Before) {
			gone = append(gone, x.wordsAt(i))
		}
	}
	for _, w := range gone {
		i := x.find(w)
		row := x.row(i)
		x.remove(i)
		w[x.readCol()] = timeWord(s.at)
		s.gone[st].put(w)
		if err := s.tombstone(st, row); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (s *Sink) tombstone(st *connector.Stream, row connector.Row) error {
	return s.emit(&Record{Stream: st, Row: row, SyncedAt: s.at, DeletedAt: s.at})
}

func (s *Sink) emit(r *Record) error {
	if s.selected(r.Stream) {
		s.held = append(s.held, *r)
	}
	return nil
}

// flush sends out what is held, after the state that names it.
func (s *Sink) flush(name bool) error {
	if name {
		if err := s.checkpoint(); err != nil {
			return err
		}
	}
	for i := range s.held {
		r := &s.held[i]
		s.records[r.Stream.Name]++
		s.last = r.Stream.Name
		if err := s.out.Record(r); err != nil {
			return err
		}
	}
	clear(s.held) // of rows
	s.held, s.news, s.savAt = s.held[:0], false, s.at
	var err error
	s.saved, err = s.memory.pack(s.saved)
	return err
}

// Get reads what was remembered under a key.
func (s *Sink) Get(_ context.Context, key string) (json.RawMessage, error) {
	return slices.Clone(s.memory.values[key]), nil
}

// Scan reads what was remembered under keys with a prefix.
func (s *Sink) Scan(_ context.Context, prefix, after string, limit int) ([]connector.Entry, error) {
	return s.memory.scan(prefix, after, limit), nil
}

// Live reads fields of rows that are there.
func (s *Sink) Live(ctx context.Context, st *connector.Stream, fields []string, by string, values []string, yield func(connector.Row) error) error {
	x := s.index[st]
	if x == nil {
		return fmt.Errorf("stream %s: its rows cannot be read back", st.Name)
	}
	cols := make([]int, len(fields))
	for i, f := range fields {
		if cols[i] = x.at(f); cols[i] < 0 {
			return fmt.Errorf("stream %s: field %s cannot be read back", st.Name, f)
		}
	}
	list, err := x.where(by, values)
	if err != nil {
		return err
	}
	row := make(connector.Row, len(cols))
	for _, i := range list {
		for n, c := range cols {
			row[n] = x.value(c, x.cols[c][i])
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Publish has nothing to do: records are visible when they are out.
func (s *Sink) Publish(context.Context, []connector.BoardColumns) error { return nil }

// Count counts the rows that are there; what was deleted before is not known, nor how many column_values
// there are.
func (s *Sink) Count(context.Context) (map[string]connector.Rows, error) {
	counts := map[string]connector.Rows{}
	for st, x := range s.index {
		counts[st.Name] = connector.Rows{Live: int64(x.len()), Deleted: int64(s.gone[st].len())}
	}
	return counts, nil
}

// Close sends out what is held, and the last state, unless something went wrong.
func (s *Sink) Close() error {
	if s.broken != nil || !s.fresh {
		return nil
	}
	s.broken = errors.New("it is closed")
	if err := s.flush(s.news); err != nil { // rows that the last state names need no other before they come
		return err
	}
	if err := s.checkpoint(); err != nil {
		return err
	}
	s.broken, s.fresh = nil, false
	return nil
}

// Prepared says whether the sink takes rows of a stream.
func (s *Sink) Prepared(st *connector.Stream) bool {
	return s.index[st] != nil || s.values != nil && s.values.stream == st
}
