// Package connector keeps a monday.com account in tables of one's own, through the public API alone. One
// engine reads it, in passes (see Run), and writes to a Sink; the commands, the data sources of the server,
// and the two protocols are faces of it.
package connector

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Config is what a data source needs, under the names of the documents.
type Config struct {
	AuthToken string    // auth_token: a personal API token
	StartDate time.Time // start_date: what was last updated before is left out; the zero time leaves out nothing

	Endpoint string   // the API's address; the real service when empty
	Streams  []string // names of the streams to keep; all when empty
	Boards   []string // ids of the boards to keep; all when empty

	// CallShare is the part of the plan's calls of a day that may be used, so that other integrations
	// have the rest; DefaultCallShare when zero. CallCap is a number of calls a day in its place, when
	// the plan's cannot be learnt or is not to be used up.
	CallShare float64
	CallCap   int

	Lag        time.Duration // how long a change may take to be seen by reads; 5 minutes when zero
	SweepEvery time.Duration // how often ids are compared; a day when zero
	FullEvery  time.Duration // how often everything is read anew; 30 days when zero

	Client   *http.Client // for tests and proxies
	Log      *slog.Logger
	Progress func(Progress)   // told often, from several goroutines; nil for nobody
	Now      func() time.Time // the clock; time.Now when nil
	Sleep    func(ctx context.Context, d time.Duration) error
}

// Mode says how much a run does.
type Mode uint8

// The modes.
const (
	Sync  Mode = iota // what is due
	Sweep             // and compares all ids now
	Full              // and reads everything anew
)

// Progress says how far a run is with a part of its work.
type Progress struct {
	Pass  string    // directory, boards, backfill, changes, sweep, updates, reread
	Board string    // id; empty for what is about no board
	Name  string    // of the board
	Done  int64     // rows or items read so far
	Total int64     // of them; 0 when not known
	Calls int64     // of the whole run so far
	Until time.Time // not zero while waiting for a limit to pass
	End   bool      // this part is done
}

// Report is what a run did. It is kept in the sink, and Status reads it back.
type Report struct {
	Started    time.Time `json:"started"`
	Ended      time.Time `json:"ended"`
	Mode       string    `json:"mode"`           // sync, sweep, full
	Outcome    string    `json:"outcome"`        // complete, partial, failed
	Counts     Counts    `json:"counts"`         // rows, by stream
	Calls      int64     `json:"calls"`          // over the wire
	Points     int64     `json:"points"`         // of complexity
	ReadTo     time.Time `json:"read_to"`        // changes were read up to then
	CompleteTo time.Time `json:"complete_to"`    // and everything they named was read too
	Queued     int64     `json:"queued"`         // items still to be read
	Until      time.Time `json:"until,omitzero"` // when a limit ended the run: when the next can go on
	Problems   []Problem `json:"problems,omitempty"`
	Version    string    `json:"version"` // of the API that answered
}

// Problem is something that needs attention, and what to do about it.
type Problem struct {
	Kind    string `json:"kind"`            // reauthorize, forbidden, board_lost, rate_limited, column_type, unreadable, error
	Board   string `json:"board,omitempty"` // id
	Name    string `json:"name,omitempty"`  // of the board
	Message string `json:"message"`         // what happened
	Remedy  string `json:"remedy,omitempty"`
}

// Account is what a check learns.
type Account struct {
	ID, Name, Slug, Tier        string
	UserID, UserName, UserEmail string
	Admin                       bool
	DailyLimit                  int       // calls a day; 0 when not known
	Boards                      int       // that the token can see
	Lost                        []Problem // scopes and boards out of reach
	Unread                      []string  // streams of which the token may read nothing
	Version                     string
}

// Refused says that a source cannot be used as it is configured, and what to do.
type Refused struct {
	Field string // auth_token, start_date, boards, streams
	Code  string // unauthorized, not_admin, forbidden, invalid, other_account
	Msg   string
}

func (e *Refused) Error() string { return e.Msg }
