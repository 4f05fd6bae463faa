package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// What a run remembers, by key. A destination keeps it beside the rows and writes both together.
const (
	sourceKey = "source" // source
	markKey   = "mark"   // mark
	ledgerKey = "ledger" // ledger
	boardKey  = "board/" // and an id: board
	queueKey  = "queue/" // and an item's id: queued
	runKey    = "run/"   // and a time: Report
)

// runsKept is how many reports a destination keeps.
const runsKept = 100

// source says whose account a destination holds, and from when on.
type source struct {
	AccountID   string    `json:"account_id"`
	AccountName string    `json:"account_name"`
	StartDate   time.Time `json:"start_date"`
}

// mark says how far the changes were followed. It never moves before what it speaks of is written.
type mark struct {
	ReadTo     time.Time `json:"read_to"`     // what the logs tell of until then is in the queue or written
	CompleteTo time.Time `json:"complete_to"` // and until then everything is written
	UpdatesTo  time.Time `json:"updates_to"`  // the same of updates
	Names      string    `json:"names"`       // hash of what people and tags were called

	UpdatesPage int `json:"updates_page,omitempty"` // of all updates to read next, while they are read together
}

// ledger counts a day's calls, so that a cap holds over several runs. It is written with every batch.
type ledger struct {
	Day   string `json:"day"` // of UTC
	Calls int    `json:"calls"`
	Limit int    `json:"limit"` // of the plan; 0 when it is not known
	Asked bool   `json:"asked"` // for the limit, on that day

	Last time.Time `json:"last,omitzero"` // ReadAt of the batch before
}

// board is what is remembered of a board.
type board struct {
	Name   string    `json:"name"`
	Phase  phase     `json:"phase"`
	Cursor string    `json:"cursor,omitempty"` // of the page of items to read next
	Page   int       `json:"page,omitempty"`   // of updates to read next
	Holes  bool      `json:"holes,omitempty"`  // a page of updates came in part
	From   time.Time `json:"from"`             // the start_date that it was read with
	Shape  string    `json:"shape"`            // what its items' texts were made of
	Types  []string  `json:"types,omitempty"`  // of its columns

	Stamps bool `json:"stamps,omitempty"` // its items are found by their stamps, not by reading pages
	Again  bool `json:"again,omitempty"`  // its items are being read again
	Sweep  bool `json:"sweep,omitempty"`  // its ids must be compared soon
	Lost   bool `json:"lost,omitempty"`   // the token cannot see it any more
	Listed bool `json:"listed,omitempty"` // its updates are among those of mark.UpdatesPage, and were from the first page on
	Missed bool `json:"missed,omitempty"` // its log was not followed as far as the mark says

	LogTries int `json:"log_tries,omitempty"` // in how many runs its log could not all be read

	// Changed is when it was noticed that its items' texts changed with the board or with names. They are
	// read at once, and again when that is longer ago than reads may be late.
	Changed time.Time `json:"changed,omitzero"`

	SweptAt   time.Time `json:"swept_at,omitzero"`   // when its items' ids were last compared
	UpdatesAt time.Time `json:"updates_at,omitzero"` // when its updates were last read from beginning to end
	ReadAt    time.Time `json:"read_at,omitzero"`    // when its items were last read from beginning to end

	id       string
	state    string // empty when the run has not seen it
	kind     string
	items    int
	subitems []string // boards of its items' subitems
	view     BoardColumns
}

func idsOf(list []*board) []string {
	ids := make([]string, len(list))
	for i, b := range list {
		ids[i] = b.id
	}
	return ids
}

// phase is how far a board's first reading, or its reading anew, has come.
type phase uint8

const (
	phaseLog     phase = iota // its log since start_date, for the items put away since
	phaseItems                // its items
	phaseUpdates              // what was written about them
	phaseDone
)

// queued is an item to be read by its id.
type queued struct {
	Tries int `json:"tries,omitempty"`
	// Board is the one whose log names it.
	Board string `json:"board,omitempty"`
	// Linker says that it is read because of what it links to; those that link to it are left alone.
	Linker bool `json:"linker,omitempty"`
}

// recall reads what is remembered under a key into v, and says whether there was anything.
func recall(ctx context.Context, s Sink, key string, v any) (bool, error) {
	raw, err := s.Get(ctx, key)
	if err != nil || raw == nil {
		return false, err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return false, fmt.Errorf("what the destination remembers as %q cannot be read: %w", key, err)
	}
	return true, nil
}

// scan runs through all entries with a prefix.
func scan(ctx context.Context, s Sink, prefix string, each func(Entry) error) error {
	const at = 500
	for after := ""; ; {
		list, err := s.Scan(ctx, prefix, after, at)
		if err != nil {
			return err
		}
		for _, e := range list {
			if err := each(e); err != nil {
				return err
			}
		}
		if len(list) < at {
			return nil
		}
		after = list[len(list)-1].Key
	}
}

// remember puts a value into a batch.
func (b *Batch) remember(key string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own types come here
	}
	if b.Put == nil {
		b.Put = map[string]json.RawMessage{}
	}
	b.Put[key] = raw
}

// Status is what is known of a destination without asking the service.
type Status struct {
	AccountID, AccountName string
	StartDate              time.Time
	Runs                   []Report // the newest first, at most 100
	Rows                   map[string]Rows
	Queued                 int64
	ReadTo, CompleteTo     time.Time
	CallsToday             int64
}

// ReadStatus reads the status out of a prepared destination.
func ReadStatus(ctx context.Context, sink Sink) (*Status, error) {
	var (
		st  Status
		src source
		m   mark
		l   ledger
	)
	for key, v := range map[string]any{sourceKey: &src, markKey: &m, ledgerKey: &l} {
		if _, err := recall(ctx, sink, key, v); err != nil {
			return nil, err
		}
	}
	st.AccountID, st.AccountName, st.StartDate = src.AccountID, src.AccountName, src.StartDate
	st.ReadTo, st.CompleteTo = m.ReadTo, m.CompleteTo
	if l.Day == time.Now().UTC().Format(time.DateOnly) {
		st.CallsToday = int64(l.Calls)
	}
	err := scan(ctx, sink, runKey, func(e Entry) error {
		var r Report
		if err := json.Unmarshal(e.Value, &r); err != nil {
			return fmt.Errorf("the report of %s cannot be read: %w", e.Key, err)
		}
		st.Runs = append(st.Runs, r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(st.Runs)
	if st.Queued, err = countQueue(ctx, sink); err != nil {
		return nil, err
	}
	st.Rows, err = sink.Count(ctx)
	return &st, err
}

func countQueue(ctx context.Context, sink Sink) (n int64, err error) {
	err = scan(ctx, sink, queueKey, func(Entry) error { n++; return nil })
	return n, err
}
