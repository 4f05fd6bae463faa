package connector

import (
	"context"
	"time"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

// A reader asks the API and makes rows of the answers. It decides nothing: what is kept, queued or called
// deleted is the passes' business. All its calls may be made by several goroutines.
type reader struct {
	api *mondayapi.Client
}

// rows are rows by stream.
type rows map[*Stream][]Row

func (r rows) add(s *Stream, row Row) { r[s] = append(r[s], row) }

func (r rows) merge(more rows) {
	for s, list := range more {
		r[s] = append(r[s], list...)
	}
}

// directoryRead is what is not on boards: rows of account, users, teams, team_members, workspaces,
// workspace_members, folders and tags.
type directoryRead struct {
	Account Account          // without DailyLimit, Boards and Lost
	Rows    rows             //
	Whole   map[*Stream]bool // the streams that were read to their end without an error, and stably
	Lost    []Problem        // what could not be read, such as for want of a scope
	Names   string           // a hash of the names of users, teams and tags, which texts of values are made of
}

// directory reads the directory: one call where every list fits into one page.
func (r *reader) directory(ctx context.Context) (*directoryRead, error) { panic("contract") }

// dailyLimit asks how many calls the plan allows a day; 0 when the service does not say.
func (r *reader) dailyLimit(ctx context.Context) (int, error) { panic("contract") }

// present reads those of users, teams, workspaces, folders, tags or boards that are still there by id: what
// a list no longer had is not called deleted before it was asked for.
func (r *reader) present(ctx context.Context, s *Stream, ids []string) (map[string]bool, error) {
	panic("contract")
}

// boardsAsk says which boards are read, and how much of their logs.
type boardsAsk struct {
	IDs         []string // these; a page of all when nil
	Page, Limit int
	From, To    time.Time // of the activity log; no log when both are zero
	LogLimit    int
	LogPage     int
	LogOnly     bool // nothing but the id and the log
}

// boardRead is a board without what is on it.
type boardRead struct {
	ID, Name, State, Kind, Type, Hierarchy string

	UpdatedAt time.Time
	Items     int
	Columns   []BoardColumn
	Shape     string          // a hash of what its items' texts depend on: columns with titles, types and settings
	Types     map[string]bool // of columns that it has
	Rows      rows            // boards, board_members, groups, columns, views, activity_logs
	Partial   bool            // a part of it could not be read: nothing of it is gone for being absent
	Log       []logRead       // newest first
	LogFull   bool            // there may be more than was read
}

// logRead is an entry of an activity log.
type logRead struct {
	ID, Event, Entity string
	At                time.Time
	Items             []string // that it names, parents too
	Known             bool     // an event after which reading Items is all there is to do
}

// boards reads boards of every state and hierarchy, with an eye to those that cannot be read.
func (r *reader) boards(ctx context.Context, ask boardsAsk) (list []boardRead, lost []Problem, err error) {
	panic("contract")
}

// itemRead is an item with what belongs to it.
type itemRead struct {
	ID, Board, Parent, Name, State string

	UpdatedAt time.Time
	Rows      rows // items, column_values, item_links, time_tracking, assets (of its columns)
	Partial   bool // a part could not be read
}

// itemsRead is a page of items.
type itemsRead struct {
	Items  []itemRead
	Cursor string // of the next page; empty at the end
	Points int    // what the page cost

	// Errors are of parts that could not be read. When it is not empty, nothing is to be concluded from
	// an item's absence.
	Errors []mondayapi.FieldError
}

// items reads a page of a board's items, active ones only, subitems on multi-level boards too: the first
// page when cursor is empty.
func (r *reader) items(ctx context.Context, board, cursor string, limit int) (*itemsRead, error) {
	panic("contract")
}

// itemsByID reads at most 100 items of any state. Those that are not there (any more) are left out.
func (r *reader) itemsByID(ctx context.Context, ids []string) (*itemsRead, error) { panic("contract") }

// stamp is an item's id and when it changed last.
type stamp struct {
	ID        string
	UpdatedAt time.Time
}

// stampsRead is a page of stamps.
type stampsRead struct {
	Stamps []stamp
	Cursor string
	Failed bool // it could not be read whole
}

// stamps reads the first pages of several boards' stamps in one call, by board id. A board that could not
// be read is missing.
func (r *reader) stamps(ctx context.Context, boards []string, limit int) (map[string]stampsRead, error) {
	panic("contract")
}

// moreStamps reads the next page of stamps.
func (r *reader) moreStamps(ctx context.Context, cursor string, limit int) (stampsRead, error) {
	panic("contract")
}

// updateRead is an update with its replies and files.
type updateRead struct {
	ID, Item, Board string

	UpdatedAt time.Time // of it or of its latest reply, whichever is later
	CreatedAt time.Time
	Rows      rows // updates, replies, assets
	Partial   bool
}

// updates reads a page of at most 100 updates, newest first: of a board, or of all when board is empty.
// partial says that nothing is to be concluded from an absence.
func (r *reader) updates(ctx context.Context, board string, page, limit int) (list []updateRead, partial bool, err error) {
	panic("contract")
}

// updatesByID reads at most 100 updates by id. Those that are not there are left out.
func (r *reader) updatesByID(ctx context.Context, ids []string) (list []updateRead, partial bool, err error) {
	panic("contract")
}
