package connector

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

// A reader asks the API and makes rows of the answers. It decides nothing: what is kept, queued or called
// deleted is the passes' business. All its calls may be made by several goroutines.
type reader struct {
	api *mondayapi.Client
	now func() time.Time // time.Now when nil

	version atomic.Value // string: of the API that answered last
	known   sync.Map     // board id → boardTraits
	cursors sync.Map     // board id → logCursor
	told    sync.Map     // column type → true: unknown ones that were reported
	scopes  scopes       // that the token lacks
}

// boardTraits is what asking for a board's items depends on.
type boardTraits struct {
	deep   bool // a multi-level board, whose subitems are on the board itself
	files  bool // it has columns with files
	clocks bool // it has columns that track time
}

// traits are those of a board; of one that was not read they are such that nothing is missed.
func (r *reader) traits(board string) boardTraits {
	if t, ok := r.known.Load(board); ok {
		return t.(boardTraits)
	}
	return boardTraits{files: true, clocks: true}
}

func (r *reader) clock() time.Time {
	if r.now == nil {
		return time.Now()
	}
	return r.now()
}

// speaks is the version that documents are to be for.
func (r *reader) speaks() string {
	if v, _ := r.version.Load().(string); v != "" {
		return v
	}
	return mondayapi.Version
}

// ask sends an operation. The service may answer in another version than was asked for, and says so only in
// answers: where it finds the document invalid the later forms of it are tried.
func (r *reader) ask(ctx context.Context, name string, vars map[string]any, data any) (*mondayapi.Answer, error) {
	return r.send(ctx, func(version string) *document { return documentFor(name, version) }, vars, data)
}

func (r *reader) send(ctx context.Context, doc func(version string) *document, vars map[string]any, data any) (*mondayapi.Answer, error) {
	version := r.speaks()
	var first error
	for {
		d := r.scopes.without(doc(version))
		used := make(map[string]any, len(d.vars))
		for _, v := range d.vars {
			if x, ok := vars[v]; ok {
				used[v] = x
			}
		}
		a, err := r.api.Query(ctx, d.text, used, data)
		if r.scopes.learn(a, err) && r.scopes.without(d).text != d.text {
			forgetAnswer(data)
			continue
		}
		if err == nil {
			if a.Version != "" {
				r.version.Store(a.Version)
			}
			return a, nil
		}
		if first == nil {
			first = err
		}
		if !isKind(err, mondayapi.Invalid) {
			return nil, err
		}
		if version = nextForm(version); version == "" {
			return nil, first
		}
	}
}

// isKind says whether an error is of one of the kinds.
func isKind(err error, kinds ...mondayapi.Kind) bool {
	var e *mondayapi.Error
	return errors.As(err, &e) && slices.Contains(kinds, e.Kind)
}

// tooMuch says that asking for less may help.
func tooMuch(err error) bool { return isKind(err, mondayapi.TooComplex, mondayapi.Transient) }

// smaller divides a page of a list into pages of a smaller size, by the smallest number that divides it.
func smaller(page, limit int) (pages []int, size int) {
	f := 2
	for limit%f != 0 {
		f++
	}
	for i := range f {
		pages = append(pages, (page-1)*f+i+1)
	}
	return pages, limit / f
}

// at is the place in a list that an error's path names: the number after the name. ok is false when the
// error is of no single element.
func at(path []any, list string) (i int, ok bool) {
	for k := 0; k+1 < len(path); k++ {
		if n, isNumber := path[k+1].(float64); isNumber && path[k] == list {
			return int(n), true
		}
	}
	return 0, false
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
	Account Account                     // without DailyLimit, Boards and Lost
	Rows    rows                        //
	Whole   map[*Stream]bool            // the streams that were read to their end without an error, and stably
	Forgot  map[*Stream]map[string]bool // ids that were not in a list, and are there all the same
	Lost    []Problem                   // what could not be read, such as for want of a scope
	Names   string                      // a hash of the names of users, teams and tags, which texts of values are made of
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

	Missing bool // something could not be read that does not say which item it is, or what comes after

	// Errors are of parts that could not be read. When it is not empty, nothing is to be concluded from
	// an item's absence.
	Errors   []mondayapi.FieldError
	Problems []Problem // items that cannot be read by themselves
}

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

// presenceRead says which items and boards are there.
type presenceRead struct {
	Items  map[string]bool // of any state but deleted
	Boards map[string]bool // that can be read
	Failed bool            // a part could not be read
}

// updateRead is an update with its replies and files.
type updateRead struct {
	ID, Item, Board string

	UpdatedAt time.Time // of it or of its latest reply, whichever is later
	CreatedAt time.Time
	Rows      rows // updates, replies, assets
	Partial   bool
}
