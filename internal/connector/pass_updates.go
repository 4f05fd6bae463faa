package connector

import (
	"cmp"
	"context"
	"slices"
)

// updatesAtOnce is how many updates the service gives in a page.
const updatesAtOnce = 100

// passUpdates reads what was written last, over all boards, until a whole page is older than the mark. An
// update that was changed long after it was written is found when its board's updates are read again.
func (x *run) passUpdates(ctx context.Context) error {
	if !x.keep[updatesStream] && !x.keep[repliesStream] && !x.keep[assetsStream] {
		return nil
	}
	next := x.began.Add(-x.cfg.Lag)
	if x.mark.UpdatesTo.IsZero() { // the boards' first reading brings them
		x.mark.UpdatesTo = next
		return x.commit(ctx, func(b *Batch) error { b.remember(markKey, x.mark); return nil })
	}
	from := x.mark.UpdatesTo.Add(-overlap)
	for page := 1; ; page++ {
		list, partial, err := x.read.updates(ctx, "", page, updatesAtOnce)
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
		if !news && !partial || len(list) < updatesAtOnce {
			break
		}
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

// backfillUpdates reads a board's updates from the newest to the oldest.
func (x *run) backfillUpdates(ctx context.Context, b *board) error {
	if !x.keep[updatesStream] && !x.keep[repliesStream] && !x.keep[assetsStream] {
		return x.step(ctx, b, func(*Batch) error { b.Phase = phaseDone; return nil })
	}
	for {
		b.Page = max(b.Page, 1)
		list, _, err := x.read.updates(ctx, b.id, b.Page, updatesAtOnce)
		if err != nil {
			return err
		}
		last := len(list) < updatesAtOnce
		if err := x.step(ctx, b, func(batch *Batch) error {
			x.putUpdates(batch, list)
			b.Page++
			if last {
				b.Phase, b.Page, b.UpdatesAt = phaseDone, 0, x.began
			}
			return nil
		}); err != nil || last {
			return err
		}
	}
}

// sweepUpdates reads the updates of the boards that are due again, and asks by id for those that were not
// among them.
func (x *run) sweepUpdates(ctx context.Context) error {
	if !x.keep[updatesStream] {
		return nil
	}
	var due []*board
	for _, b := range x.boards {
		if b.readable() && b.Phase == phaseDone && (x.mode != Sync || x.began.Sub(b.UpdatesAt) >= x.cfg.SweepEvery) && !b.UpdatesAt.Equal(x.began) {
			due = append(due, b)
		}
	}
	slices.SortFunc(due, func(a, b *board) int { return cmp.Or(a.UpdatesAt.Compare(b.UpdatesAt), cmp.Compare(a.id, b.id)) })
	return x.eachBoard(ctx, due, x.sweepBoardUpdates)
}

func (x *run) sweepBoardUpdates(ctx context.Context, b *board) error {
	there := map[string]bool{}
	for page := 1; ; page++ {
		list, partial, err := x.read.updates(ctx, b.id, page, updatesAtOnce)
		if err != nil {
			return err
		}
		if partial {
			x.problem(Problem{Kind: "error", Board: b.id, Message: "Its updates could not all be read.", Remedy: "The next run tries again."})
			return nil
		}
		if err := x.commit(ctx, func(batch *Batch) error { x.putUpdates(batch, list); return nil }); err != nil {
			return err
		}
		for _, u := range list {
			there[u.ID] = true
		}
		if len(list) < updatesAtOnce {
			break
		}
	}
	var missing []string
	if err := x.lookup(ctx, updatesStream, []string{"id"}, "board_id", []string{b.id}, func(row Row) error {
		if id := row[0].(string); !there[id] {
			missing = append(missing, id)
		}
		return nil
	}); err != nil {
		return err
	}
	for part := range slices.Chunk(missing, updatesAtOnce) {
		list, partial, err := x.read.updatesByID(ctx, part)
		if err != nil {
			return err
		}
		if partial {
			return nil
		}
		found := map[string]bool{}
		for _, u := range list {
			found[u.ID] = true
		}
		gone := slices.DeleteFunc(slices.Clone(part), func(id string) bool { return found[id] })
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
	return x.step(ctx, b, func(*Batch) error { b.UpdatesAt = x.began; return nil })
}
