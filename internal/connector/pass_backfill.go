package connector

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
	"golang.org/x/sync/errgroup"
)

// A page of items is as large as its cost lets it be: the first is small, and what it cost says how large
// the next can be.
const (
	firstPage   = 100
	largestPage = 500       // that the service gives
	pagePoints  = 2_000_000 // of the 5,000,000 that one document may cost
)

// passBackfill reads boards for the first time, and those that must be read anew. A board goes through its
// phases, and every page is written together with where the next one begins.
func (x *run) passBackfill(ctx context.Context) error {
	var todo, anew []*board
	for _, b := range x.boards {
		if !b.readable() {
			continue
		}
		if !b.Changed.IsZero() && x.began.Sub(b.Changed) > x.cfg.Lag {
			b.Changed = time.Time{}
			b.again()
		}
		// One whose items alone are to be read again, and that has not begun, may as well be read whole.
		whole := b.Phase == phaseDone || b.Phase == phaseItems && b.Again && b.Cursor == "" && !b.UpdatesAt.IsZero()
		if whole && (x.mode == Full || x.began.Sub(b.ReadAt) >= x.cfg.FullEvery) {
			b.anew()
			anew = append(anew, b)
		}
		if b.Phase == phaseDone && b.LogTries > 0 && b.LogTries < tries {
			b.Phase, b.Stamps = phaseLog, true
		}
		if b.Phase != phaseDone {
			todo = append(todo, b)
		}
	}
	if len(anew) > 0 { // a run that goes on with it need not be told to
		if err := x.commit(ctx, func(batch *Batch) error {
			for _, b := range anew {
				batch.remember(boardKey+b.id, b)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if err := x.backfillLogs(ctx, todo); err != nil {
		return err
	}
	if err := x.backfillAllUpdates(ctx, todo); err != nil {
		return err
	}
	// Small boards first: most of the account is there soon. The id makes the order the same every time.
	slices.SortFunc(todo, func(a, b *board) int { return cmp.Or(cmp.Compare(a.items, b.items), cmp.Compare(a.id, b.id)) })
	var small, large []*board
	for _, b := range todo {
		if x.isSmall(b) {
			small = append(small, b)
		} else {
			large = append(large, b)
		}
	}
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error { return x.backfillTogether(gctx, small) })
	group.Go(func() error { return x.eachBoard(gctx, large, x.backfill) })
	if err := cmp.Or(group.Wait(), ctx.Err()); err != nil {
		return err
	}
	return x.eachBoard(ctx, small, x.backfill) // those that did not come with others
}

// eachBoard works on several boards at the same time. A failure that concerns one board ends that board.
func (x *run) eachBoard(ctx context.Context, list []*board, do func(context.Context, *board) error) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, b := range list {
		if gctx.Err() != nil {
			break
		}
		group.Go(func() error { return x.survive(gctx, b, do(gctx, b)) })
	}
	return cmp.Or(group.Wait(), ctx.Err())
}

// backfill takes a board through the phases that are left.
func (x *run) backfill(ctx context.Context, b *board) error {
	for b.Phase != phaseDone {
		at := b.Phase
		if err := [...]func(context.Context, *board) error{x.backfillLog, x.backfillItems, x.backfillUpdates}[at](ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// step writes a board's state together with rows.
func (x *run) step(ctx context.Context, b *board, change func(batch *Batch) error) error {
	return x.commit(ctx, func(batch *Batch) error {
		err := change(batch)
		batch.remember(boardKey+b.id, b)
		return err
	})
}

// logsTogether is how many boards have the first page of their logs read in one call.
const logsTogether = 50

// backfillLogs reads the logs of many boards at once. Those that are longer than a page are read by
// themselves.
func (x *run) backfillLogs(ctx context.Context, todo []*board) error {
	var begin []*board
	for _, b := range todo {
		if b.Phase == phaseLog {
			begin = append(begin, b)
		}
	}
	slices.SortFunc(begin, func(a, b *board) int { return cmp.Compare(a.id, b.id) })
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for part := range slices.Chunk(begin, logsTogether) {
		group.Go(func() error { return x.survive(gctx, &board{}, x.backfillSomeLogs(gctx, part)) })
	}
	return cmp.Or(group.Wait(), ctx.Err())
}

func (x *run) backfillSomeLogs(ctx context.Context, part []*board) error {
	list, _, err := x.read.boards(ctx, boardsAsk{IDs: idsOf(part), Limit: len(part), Page: 1, From: x.cfg.StartDate, LogLimit: logAtOnce, LogPage: 1, LogOnly: true})
	if err != nil {
		return err
	}
	return x.commit(ctx, func(batch *Batch) error {
		for _, r := range list {
			if r.LogFull || r.Partial {
				continue
			}
			b := x.boards[r.ID]
			rows(batch.Rows).merge(x.since(rows{activityLogsStream: r.Rows[activityLogsStream]}))
			for _, e := range r.Log {
				for _, id := range e.Items {
					batch.remember(namedKey+b.id+"/"+id, true)
				}
			}
			b.Phase, b.Cursor, b.LogTries = phaseItems, "", 0
			batch.remember(boardKey+b.id, b)
		}
		return nil
	})
}

// backfillLog reads a board's log from start_date on. Lists of items leave out those that were put away, and
// the log is where they are named.
func (x *run) backfillLog(ctx context.Context, b *board) error {
	named := map[string]bool{}
	tries := 0
	_, err := x.readLog(ctx, b, x.cfg.StartDate, func(id string) { named[id] = true })
	if isKind(err, mondayapi.Transient) { // the items are worth having meanwhile
		tries, err = b.LogTries+1, x.survive(ctx, b, err)
	}
	if err != nil {
		return err
	}
	return x.step(ctx, b, func(batch *Batch) error {
		b.LogTries = tries
		for id := range named {
			batch.remember(namedKey+b.id+"/"+id, true)
		}
		b.Phase, b.Cursor = phaseItems, ""
		return nil
	})
}

// namedKey, a board's id and an item's, are what a board's log named before its items were read: those that
// are not among them go into the queue.
const namedKey = "named/"

// backfillItems reads a board's items, page by page. When the cursor is no longer good, and when the board
// has more than a page, which can shift while it is read, the rest is found by comparing stamps.
func (x *run) backfillItems(ctx context.Context, b *board) error {
	if !b.Stamps {
		err := x.readPages(ctx, b)
		if !isKind(err, mondayapi.CursorExpired) {
			return err
		}
		b.Stamps = true
	}
	return x.step(ctx, b, func(batch *Batch) error { return x.endItems(ctx, batch, b, &reading{}) })
}

// reading is what came of a board's items so far, in this run.
type reading struct {
	there   map[string]bool // the items that were written; of a board that is read for the first time those of the last page
	resumed bool            // a run before had pages that this one does not know
	whole   bool            // nothing can have been passed over
}

// endItems ends the reading of a board's items.
func (x *run) endItems(ctx context.Context, batch *Batch, b *board, got *reading) error {
	if err := x.enqueueNamed(ctx, batch, b, got.there); err != nil {
		return err
	}
	if b.Again {
		// What was put away is on no page, and what was passed over may look as if nothing had happened: its
		// stamp is the same.
		err := x.live(ctx, itemsStream, []string{"id", "state"}, "board_id", []string{b.id}, func(row Row) error {
			if id := row[0].(string); !got.there[id] && (row[1] != "active" || !got.resumed) {
				x.enqueue(batch, id, queued{})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	b.Sweep = b.Sweep || !got.whole
	if !b.Sweep {
		b.SweptAt = x.began
	}
	b.Phase, b.Cursor, b.Page, b.Stamps, b.ReadAt = phaseUpdates, "", 1, false, x.began
	if !b.UpdatesAt.IsZero() {
		b.Phase = phaseDone // they are there already
	}
	b.Again = false
	return nil
}

// enqueueNamed queues the items that a board's log named and that are neither kept nor there.
func (x *run) enqueueNamed(ctx context.Context, batch *Batch, b *board, there map[string]bool) error {
	prefix := namedKey + b.id + "/"
	var ids []string
	err := scan(ctx, x.sink, prefix, func(e Entry) error {
		ids = append(ids, e.Key[len(prefix):])
		batch.Drop = append(batch.Drop, e.Key)
		return nil
	})
	known := map[string]bool{}
	if err == nil {
		// One whose time is not known may have been written, and nothing tells when: see package emit.
		err = x.live(ctx, itemsStream, []string{"id", "updated_at"}, "id", ids, func(row Row) error {
			known[row[0].(string)] = row[1] != nil
			return nil
		})
	}
	for _, id := range ids {
		if !known[id] && !there[id] {
			x.enqueue(batch, id, queued{})
		}
	}
	return err
}

// readPages reads a board's items from its cursor on, to their end. The next page is under way while one is
// written.
func (x *run) readPages(ctx context.Context, b *board) error {
	type answer struct {
		page *itemsRead
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	var fetching sync.WaitGroup
	defer fetching.Wait()
	defer cancel()
	limit := firstPage
	fetch := func(cursor string) <-chan answer {
		out := make(chan answer, 1)
		n := limit
		fetching.Go(func() {
			page, err := x.read.items(ctx, b.id, cursor, n)
			out <- answer{page, err}
		})
		return out
	}
	done, pass := int64(0), b.passName()
	got := &reading{resumed: b.Cursor != ""}
	for next := fetch(b.Cursor); next != nil; {
		a := <-next
		next = nil
		if a.err != nil {
			return a.err
		}
		for _, p := range a.page.Problems {
			x.problem(p)
		}
		limit = nextLimit(limit, a.page.Points)
		if a.page.Cursor != "" {
			next = fetch(a.page.Cursor)
		}
		if err := x.step(ctx, b, func(batch *Batch) error {
			there, err := x.putPages(ctx, batch, []*itemsRead{a.page})
			if err != nil {
				return err
			}
			return x.turnPage(ctx, batch, b, a.page, got.with(b, a.page, there))
		}); err != nil {
			return err
		}
		done += int64(len(a.page.Items))
		x.tellPage(b, pass, done, a.page.Cursor == "")
	}
	return nil
}

// tellPage tells how far a board's items are.
func (x *run) tellPage(b *board, pass string, done int64, end bool) {
	x.cfg.Progress(Progress{Pass: pass, Board: b.id, Name: b.Name, Done: done, Total: max(int64(b.items), done), Calls: x.calls.Load(), End: end})
}

func (b *board) passName() string {
	if b.Again {
		return "reread"
	}
	return "backfill"
}

// nextLimit is how many items the next page may have, by what this one cost.
func nextLimit(limit, points int) int {
	if points <= 0 {
		return min(limit*2, largestPage)
	}
	return max(1, min(limit*2, largestPage, pagePoints/max(points/limit, 1)))
}

// putPages writes pages of items, but those that start_date leaves out and that are not known, and says
// which it wrote.
func (x *run) putPages(ctx context.Context, batch *Batch, pages []*itemsRead) (there map[string]bool, err error) {
	there = map[string]bool{}
	var read []*itemRead
	var ids []string
	for _, page := range pages {
		for i := range page.Items {
			it := &page.Items[i]
			if it.Partial || there[it.ID] { // there twice: it moved meanwhile, and is on one of two boards
				x.enqueue(batch, it.ID, queued{})
				continue
			}
			there[it.ID] = true
			read, ids = append(read, it), append(ids, it.ID)
		}
	}
	known := map[string]bool{}
	if err := x.live(ctx, itemsStream, []string{"id"}, "id", ids, func(row Row) error { known[row[0].(string)] = true; return nil }); err != nil {
		return nil, err
	}
	items := read[:0]
	for _, it := range read {
		if known[it.ID] || x.covers(it.UpdatedAt) {
			items = append(items, it)
		} else {
			delete(there, it.ID)
		}
	}
	if err := x.enqueueParents(ctx, batch, items); err != nil {
		return nil, err
	}
	putItems(batch, items, func(id string) bool { return known[id] })
	return there, nil
}

// turnPage notes where a board's next page begins, or ends the reading of its items.
func (x *run) turnPage(ctx context.Context, batch *Batch, b *board, page *itemsRead, got *reading) error {
	if b.Cursor = page.Cursor; b.Cursor != "" {
		b.Sweep = b.Sweep || page.Missing
		return nil
	}
	return x.endItems(ctx, batch, b, got)
}

// with adds a page to what came. There may be no other for all of it to be there: pages can shift.
func (r *reading) with(b *board, page *itemsRead, there map[string]bool) *reading {
	r.whole = b.Cursor == "" && !page.Missing
	r.resumed = r.resumed && !page.Missing
	if !b.Again || r.there == nil {
		r.there = there
	} else {
		maps.Copy(r.there, there)
	}
	return r
}
