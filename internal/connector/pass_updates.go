package connector

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// updatesAtOnce is how many updates the service gives in a page.
const updatesAtOnce = 100

// passUpdates reads what was written last, over all boards, until a whole page is older than the mark. An
// update that was changed long after it was written is found when its board's updates are read again.
func (x *run) passUpdates(ctx context.Context) error {
	if !x.wantUpdates() {
		return nil
	}
	next := x.began.Add(-x.cfg.Lag)
	if x.mark.UpdatesTo.IsZero() { // the boards' first reading brings them
		x.mark.UpdatesTo = next
		return x.commit(ctx, func(b *Batch) error { b.remember(markKey, x.mark); return nil })
	}
	from, whole := x.mark.UpdatesTo.Add(-overlap), true
	for page := 1; ; page++ {
		list, more, partial, err := x.read.updates(ctx, "", page, updatesAtOnce)
		if x.read.scopes.unread(updatesStream) {
			return nil // the mark stays
		}
		if err != nil {
			return err
		}
		news := slices.ContainsFunc(list, func(u updateRead) bool { return !u.UpdatedAt.Before(from) })
		if err := x.commit(ctx, func(b *Batch) error {
			x.putUpdates(b, list)
			return nil
		}); err != nil {
			return err
		}
		whole = whole && !partial
		if !news && !partial || !more {
			break
		}
	}
	if !whole && x.began.Sub(x.mark.UpdatesTo) < x.cfg.SweepEvery {
		return nil // the mark stays: what is older than this the boards' own lists bring
	}
	return x.commit(ctx, func(b *Batch) error {
		x.mark.UpdatesTo = next
		b.remember(markKey, x.mark)
		return nil
	})
}

// putUpdates writes updates in place of what is known of them, but those that start_date leaves out.
func (x *run) putUpdates(b *Batch, list []updateRead) {
	var ids []string
	for i := range list {
		u := &list[i]
		if u.Partial || !x.covers(u.UpdatedAt) || u.Board != "" && !x.wanted(u.Board) {
			continue
		}
		rows(b.Rows).merge(u.Rows)
		ids = append(ids, u.ID)
	}
	for _, s := range []*Stream{repliesStream, assetsStream} {
		b.Gone = append(b.Gone, Gone{Stream: s, By: "update_id", Values: ids, Before: b.ReadAt})
	}
}

// wantUpdates says whether updates are read at all, and can be.
func (x *run) wantUpdates() bool {
	return (x.keep[updatesStream] || x.keep[repliesStream] || x.keep[assetsStream]) && !x.read.scopes.unread(updatesStream)
}

// together is from how many boards on their updates are read in one list, a page of which has those of many.
const together = 5

// backfillAllUpdates reads the updates of all boards in one list, when there are several boards whose updates
// were never read.
func (x *run) backfillAllUpdates(ctx context.Context, todo []*board) error {
	never, listed := 0, 0
	for _, b := range todo {
		if b.UpdatesAt.IsZero() {
			never++
			if b.Listed {
				listed++
			}
		}
	}
	if listed < together { // the pages that were read are of no use to the others
		x.mark.UpdatesPage = 0
	}
	if !x.wantUpdates() || never < together {
		return nil
	}
	for {
		page := max(x.mark.UpdatesPage, 1)
		list, more, partial, err := x.read.updates(ctx, "", page, updatesAtOnce)
		if err != nil {
			return x.survive(ctx, &board{}, err) // the boards' own lists bring them
		}
		if partial {
			return nil
		}
		last := !more
		if err := x.commit(ctx, func(b *Batch) error {
			x.putUpdates(b, list)
			x.mark.UpdatesPage = page + 1
			if last {
				x.mark.UpdatesPage = 0
			}
			if page == 1 {
				for _, board := range x.boards {
					board.Listed = false
				}
			}
			for _, board := range todo {
				if !board.UpdatesAt.IsZero() || page > 1 && !last {
					continue
				}
				board.Listed = board.Listed || page == 1
				if last && board.Listed {
					board.UpdatesAt, board.Listed = x.began, false
				}
				b.remember(boardKey+board.id, board)
			}
			b.remember(markKey, x.mark)
			return nil
		}); err != nil || last {
			return err
		}
	}
}

// backfillUpdates reads a board's updates from the newest to the oldest.
func (x *run) backfillUpdates(ctx context.Context, b *board) error {
	if !x.wantUpdates() || !b.UpdatesAt.IsZero() {
		return x.step(ctx, b, func(*Batch) error { b.Phase, b.Page = phaseDone, 0; return nil })
	}
	for {
		b.Page = max(b.Page, 1)
		list, more, partial, err := x.read.updates(ctx, b.id, b.Page, updatesAtOnce)
		if x.read.scopes.unread(updatesStream) {
			return x.step(ctx, b, func(*Batch) error { // UpdatesAt stays: they are due once they can be read
				b.Phase, b.Page = phaseDone, 0
				return nil
			})
		}
		if err != nil {
			return err
		}
		last := !more
		if err := x.step(ctx, b, func(batch *Batch) error {
			x.putUpdates(batch, list)
			b.Page, b.Holes = b.Page+1, partial || b.Holes && b.Page > 1
			if last {
				b.Phase, b.Page = phaseDone, 0
				if !b.Holes { // else they are due still
					b.UpdatesAt = x.began
				}
			}
			return nil
		}); err != nil || last {
			return err
		}
	}
}

// sweepUpdates reads the updates of the boards that are due again, and asks by id for those that were not
// among them: all in one list, when that has fewer pages than there are boards.
func (x *run) sweepUpdates(ctx context.Context) error {
	if !x.keep[updatesStream] || x.read.scopes.unread(updatesStream) {
		return nil
	}
	var due []*board
	for _, b := range x.boards {
		if b.readable() && b.Phase == phaseDone && (x.mode != Sync || x.began.Sub(b.UpdatesAt) >= x.cfg.SweepEvery) && !b.UpdatesAt.Equal(x.began) {
			due = append(due, b)
		}
	}
	if len(due) == 0 {
		return nil
	}
	slices.SortFunc(due, func(a, b *board) int { return cmp.Or(a.UpdatesAt.Compare(b.UpdatesAt), cmp.Compare(a.id, b.id)) })
	known := map[string]string{} // board by update
	if err := x.lookup(ctx, updatesStream, []string{"id", "board_id"}, "", nil, func(row Row) error {
		board, _ := row[1].(string)
		known[row[0].(string)] = board
		return nil
	}); err != nil {
		return err
	}
	if len(due) >= together && len(known)/updatesAtOnce+1 < len(due) {
		return x.survive(ctx, &board{}, x.sweepList(ctx, "", due, known))
	}
	return x.eachBoard(ctx, due, func(ctx context.Context, b *board) error {
		mine := map[string]string{}
		for id, board := range known {
			if board == b.id {
				mine[id] = board
			}
		}
		return x.sweepList(ctx, b.id, []*board{b}, mine)
	})
}

// sweepList reads a list of updates again, of a board or of all, and finds out what became of those that are
// known and not in it.
func (x *run) sweepList(ctx context.Context, id string, of []*board, known map[string]string) error {
	there, whole := map[string]bool{}, true
	for page := 1; ; page++ {
		list, more, partial, err := x.read.updates(ctx, id, page, updatesAtOnce)
		if err != nil {
			return err
		}
		whole = whole && !partial
		if err := x.commit(ctx, func(batch *Batch) error { x.putUpdates(batch, list); return nil }); err != nil {
			return err
		}
		for _, u := range list {
			there[u.ID] = true
		}
		if !more {
			break
		}
	}
	if !whole {
		x.problem(Problem{Kind: "error", Board: id, Message: "The updates could not all be read.", Remedy: "The next run tries again."})
		return nil
	}
	swept := map[string]bool{}
	for _, b := range of {
		swept[b.id] = true
	}
	var missing []string
	for id, board := range known {
		if !there[id] && (swept[board] || board == "") {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	hidden := map[string]bool{} // boards that cannot be seen just now
	for part := range slices.Chunk(missing, updatesAtOnce) {
		boards := map[string]bool{}
		for _, id := range part {
			boards[known[id]] = true
		}
		delete(boards, "")
		list, readable, partial, err := x.read.updatesByID(ctx, part, slices.Sorted(maps.Keys(boards)))
		if err != nil {
			return err
		}
		if partial {
			return nil
		}
		for id := range boards {
			hidden[id] = hidden[id] || !readable[id]
		}
		found := map[string]bool{}
		for _, u := range list {
			found[u.ID] = true
		}
		gone := slices.DeleteFunc(slices.Clone(part), func(id string) bool { return found[id] || hidden[known[id]] })
		if err := x.commit(ctx, func(batch *Batch) error {
			x.putUpdates(batch, list)
			for _, s := range []*Stream{updatesStream, repliesStream, assetsStream} {
				by := "update_id"
				if s == updatesStream {
					by = "id"
				}
				batch.Gone = append(batch.Gone, Gone{Stream: s, By: by, Values: gone})
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return x.commit(ctx, func(batch *Batch) error {
		for _, b := range of {
			if hidden[b.id] { // they are due still
				continue
			}
			b.UpdatesAt = x.began
			batch.remember(boardKey+b.id, b)
		}
		return nil
	})
}
