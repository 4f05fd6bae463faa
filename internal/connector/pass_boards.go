package connector

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

// How much is asked for at once.
const (
	boardsAtOnce  = 100  // boards with columns, groups, views and the newest entries of their logs
	logAtOnce     = 100  // entries of a board's log, together with the board
	entriesAtOnce = 1000 // entries of one board's log by itself
	entryPages    = 10   // of entriesAtOnce entries: the service tells no more than 10,000
)

// boardStreams are the tables of what a board is made of, which is read whole together with it.
func boardStreams() []*Stream {
	return []*Stream{boardMembersStream, groupsStream, columnsStream, viewsStream}
}

// passBoards lists the boards, with what they are made of and the newest entries of their logs in the same
// call, and puts the items that the logs name into the queue. When all boards are written the mark moves.
func (x *run) passBoards(ctx context.Context) error {
	next := x.began.Add(-x.cfg.Lag)
	ask := boardsAsk{Limit: boardsAtOnce}
	if !x.mark.ReadTo.IsZero() {
		ask.From, ask.LogLimit = x.mark.ReadTo.Add(-overlap).Truncate(time.Second), logAtOnce
	}
	read := x.allBoards
	if len(x.cfg.Boards) > 0 {
		read = x.chosenBoards
	}
	err := read(ctx, ask)
	if x.read.scopes.unread(boardsStream) {
		return nil // the mark stays, so that a token that may will read what is missed now
	}
	if err != nil {
		return err
	}
	return x.commit(ctx, func(b *Batch) error {
		for id, board := range x.boards {
			if board.state == "" && !board.Missed { // lost, or not among those that are chosen
				board.Missed = true
				b.remember(boardKey+id, board)
			}
		}
		if x.mark.ReadTo.Before(next) {
			x.mark.ReadTo = next
		}
		b.remember(markKey, x.mark)
		return nil
	})
}

// allBoards reads all boards, page by page, and then by id those that are known and were in no page.
func (x *run) allBoards(ctx context.Context, ask boardsAsk) error {
	seen := map[string]bool{}
	for ask.Page = 1; ; ask.Page++ {
		list, lost, err := x.read.boards(ctx, ask)
		if err != nil {
			return err
		}
		for _, p := range lost {
			x.problem(p)
		}
		if err := x.putBoards(ctx, ask, list, seen); err != nil {
			return err
		}
		x.cfg.Progress(Progress{Pass: "boards", Done: int64(len(seen)), Calls: x.calls.Load(), End: len(list)+len(lost) < ask.Limit})
		if len(list)+len(lost) < ask.Limit {
			break
		}
	}
	var missing []string
	for id := range x.boards {
		if !seen[id] {
			missing = append(missing, id)
		}
	}
	return x.boardsByID(ctx, ask, missing, seen)
}

// chosenBoards reads the boards that the configuration names, and those of their subitems.
func (x *run) chosenBoards(ctx context.Context, ask boardsAsk) error {
	seen := map[string]bool{}
	for ids := slices.Clone(x.cfg.Boards); len(ids) > 0; {
		if err := x.boardsByID(ctx, ask, ids, seen); err != nil {
			return err
		}
		ids = nil
		for id, b := range x.boards {
			for _, sub := range b.subitems {
				if seen[id] && !seen[sub] && !slices.Contains(ids, sub) {
					ids = append(ids, sub)
				}
			}
		}
	}
	return nil
}

// boardsByID reads boards by id. One that cannot be found is lost: it may have been deleted for good, or
// the token's user may have been taken off it, and nothing says which. So its rows stay as they are, and
// it needs attention.
func (x *run) boardsByID(ctx context.Context, ask boardsAsk, ids []string, seen map[string]bool) error {
	slices.Sort(ids)
	for part := range slices.Chunk(ids, boardsAtOnce) {
		ask.IDs, ask.Page, ask.Limit = part, 1, len(part)
		list, lost, err := x.read.boards(ctx, ask)
		if err != nil {
			return err
		}
		for _, p := range lost {
			x.problem(p)
		}
		if err := x.putBoards(ctx, ask, list, seen); err != nil {
			return err
		}
		for _, id := range part {
			if !seen[id] {
				seen[id] = true
				if err := x.lose(ctx, id); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// lose notes that a board cannot be seen any more.
func (x *run) lose(ctx context.Context, id string) error {
	b := x.boards[id]
	if b == nil {
		x.problem(Problem{Kind: "board_lost", Board: id, Message: "The board " + id + " cannot be seen with this token.",
			Remedy: "Give the token's user access to it, or leave it out."})
		return nil
	}
	x.problem(Problem{Kind: "board_lost", Board: id, Name: b.Name,
		Message: "The board cannot be seen with this token any more; what was read of it stays as it was.",
		Remedy:  "Give the token's user access to it. If the board was deleted for good, remove its rows."})
	if b.Lost {
		return nil
	}
	return x.commit(ctx, func(batch *Batch) error {
		err := x.live(ctx, boardsStream, boardsStream.Index, "id", []string{id}, func(row Row) error {
			row = slices.Clone(row)
			row[boardsStream.At("access")] = "lost"
			batch.Rows[boardsStream] = append(batch.Rows[boardsStream], row)
			return nil
		})
		b.Lost = true
		batch.remember(boardKey+id, b)
		return err
	})
}

// putBoards writes boards, and queues what their logs name.
func (x *run) putBoards(ctx context.Context, ask boardsAsk, list []boardRead, seen map[string]bool) error {
	var full []*boardRead
	err := x.commit(ctx, func(batch *Batch) error {
		for i := range list {
			r := &list[i]
			if seen[r.ID] {
				continue // a list that shifted
			}
			seen[r.ID] = true
			known := x.boards[r.ID]
			if r.State == "deleted" {
				if known != nil {
					if err := x.forget(ctx, batch, known); err != nil {
						return err
					}
				}
				continue
			}
			b := x.putBoard(batch, r)
			x.follow(batch, b, r.Log)
			if r.LogFull {
				full = append(full, r)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range full {
		if err := x.restOfLog(ctx, x.boards[r.ID], ask.From); err != nil {
			return err
		}
	}
	return nil
}

// putBoard writes a board and what it is made of, and sees what that means for its items.
func (x *run) putBoard(batch *Batch, r *boardRead) *board {
	b := x.boards[r.ID]
	if b == nil {
		b = &board{id: r.ID, From: x.cfg.StartDate}
		x.boards[r.ID] = b
	}
	if b.Lost || b.Missed { // nothing tells what happened meanwhile
		b.Lost, b.Missed = false, false
		b.anew()
	}
	if !r.Partial {
		// A label or a column's type changed: its items' texts did too, and say so nowhere. The same goes for
		// items that were read when the board could not be read whole.
		if b.Shape != r.Shape && (b.Shape != "" || b.Phase != phaseLog) {
			b.Changed = x.began
			b.again()
		}
		b.Shape = r.Shape
		b.Types = b.Types[:0]
		for t := range r.Types {
			b.Types = append(b.Types, t)
		}
		slices.Sort(b.Types)
		b.view = BoardColumns{ID: r.ID, Name: r.Name, Columns: r.Columns}
	}
	b.Name, b.state, b.kind, b.items, b.subitems = r.Name, r.State, r.Type, r.Items, subitemBoards(r)
	rows(batch.Rows).merge(x.since(r.Rows))
	if !r.Partial {
		for _, s := range boardStreams() {
			batch.Gone = append(batch.Gone, Gone{Stream: s, By: "board_id", Values: []string{r.ID}, Before: batch.ReadAt})
		}
	} else {
		b.Sweep = true // its log may be what is missing
	}
	batch.remember(boardKey+r.ID, b)
	return b
}

// forget calls a board deleted, with everything on it. Items of other boards that link to its items are read
// again: their values changed, and neither their times nor their logs say so.
func (x *run) forget(ctx context.Context, batch *Batch, b *board) error {
	var items []string
	err := x.live(ctx, itemsStream, []string{"id"}, "board_id", []string{b.id}, func(row Row) error { items = append(items, row[0].(string)); return nil })
	if err != nil {
		return err
	}
	if err := x.enqueueLive(ctx, batch, itemLinksStream, "item_id", "linked_item_id", items, queued{Linker: true}); err != nil {
		return err
	}
	delete(x.boards, b.id)
	for _, s := range Streams() {
		switch {
		case s == boardsStream:
			batch.Gone = append(batch.Gone, Gone{Stream: s, By: "id", Values: []string{b.id}})
		case s == activityLogsStream: // a record stays
		case s.At("board_id") >= 0:
			batch.Gone = append(batch.Gone, Gone{Stream: s, By: "board_id", Values: []string{b.id}})
		}
	}
	batch.Drop = append(batch.Drop, boardKey+b.id)
	return nil
}

// follow queues the items that entries of a log name. What an entry does not say completely is found by
// comparing the board's ids.
func (x *run) follow(batch *Batch, b *board, log []logRead) {
	for _, e := range log {
		for _, id := range e.Items {
			x.enqueue(batch, id, queued{Board: b.id})
		}
		if !e.Known && !b.Sweep {
			b.Sweep = true
			batch.remember(boardKey+b.id, b)
		}
	}
}

// enqueue puts an item into the queue of those to be read by id.
func (x *run) enqueue(batch *Batch, id string, q queued) {
	batch.remember(queueKey+id, q)
	x.enqueued++
}

// restOfLog reads what did not fit beside the board. If the service does not tell it all, the board's ids
// are compared.
func (x *run) restOfLog(ctx context.Context, b *board, from time.Time) error {
	all, err := x.readLog(ctx, b, from, nil)
	if err = x.survive(ctx, b, err); err != nil {
		return err
	}
	if !all {
		b.Sweep = true
	}
	return x.commit(ctx, func(batch *Batch) error { batch.remember(boardKey+b.id, b); return nil })
}

// readLog reads a board's log from a time on, and says whether it was all. What it names is queued when
// named is nil, and else given to it.
func (x *run) readLog(ctx context.Context, b *board, from time.Time, named func(id string)) (all bool, err error) {
	for page := 1; page <= entryPages; page++ {
		list, _, err := x.read.boards(ctx, boardsAsk{IDs: []string{b.id}, Limit: 1, Page: 1, From: from, LogLimit: entriesAtOnce, LogPage: page, LogOnly: true})
		if err != nil {
			return false, err
		}
		if len(list) == 0 {
			return false, noPage(nil)
		}
		r := list[0]
		err = x.commit(ctx, func(batch *Batch) error {
			rows(batch.Rows).merge(x.since(rows{activityLogsStream: r.Rows[activityLogsStream]}))
			if named == nil {
				x.follow(batch, b, r.Log)
			}
			return nil
		})
		if err != nil {
			return false, err
		}
		if named != nil {
			for _, e := range r.Log {
				for _, id := range e.Items {
					named(id)
				}
			}
		}
		if r.Partial {
			return false, &mondayapi.Error{Kind: mondayapi.Transient, Message: "the activity log could not all be read"}
		}
		if !r.LogFull {
			return true, nil
		}
	}
	return false, nil
}

// since leaves out rows that are older than start_date, of streams that are not whole, but items and what
// belongs to them: whether an item is kept is decided once, with all of it.
func (x *run) since(r rows) rows {
	if x.cfg.StartDate.IsZero() {
		return r
	}
	kept := rows{}
	for s, list := range r {
		if s != activityLogsStream {
			kept[s] = list
			continue
		}
		at := s.At(s.Cursor)
		for _, row := range list {
			if t, ok := row[at].(time.Time); !ok || !t.Before(x.cfg.StartDate) {
				kept.add(s, row)
			}
		}
	}
	return kept
}

// readable says whether there are items to be read on a board.
func (b *board) readable() bool { return !b.Lost && b.state != "" && b.kind != "document" }

// subitemBoards are the boards that a board's subitems are on.
func subitemBoards(r *boardRead) (ids []string) {
	kind, settings := columnsStream.At("type"), columnsStream.At("settings")
	for _, row := range r.Rows[columnsStream] {
		raw, _ := row[settings].(json.RawMessage)
		if row[kind] != "subtasks" || raw == nil {
			continue
		}
		var s struct {
			BoardIDs []json.Number `json:"boardIds"`
		}
		if json.Unmarshal(raw, &s) == nil {
			for _, id := range s.BoardIDs {
				ids = append(ids, id.String())
			}
		}
	}
	return ids
}
