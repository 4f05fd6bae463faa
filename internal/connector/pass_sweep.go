package connector

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// sweptTogether is how many small boards have their stamps read in one call.
const sweptTogether = 25

// givenUpKey, a board's id and an item's, are items that could not be read in several runs.
const givenUpKey = "given up/"

// passSweep compares ids and times of all items of the boards that are due: what differs, is missing here or
// is missing there is queued, to be read by id. It is what makes deletions sure, and whatever a log left out.
func (x *run) passSweep(ctx context.Context) error {
	var due []*board
	for _, b := range x.boards {
		if b.readable() && b.Phase == phaseDone && (b.Sweep || x.mode != Sync || x.began.Sub(b.SweptAt) >= x.cfg.SweepEvery) {
			due = append(due, b)
		}
	}
	slices.SortFunc(due, func(a, b *board) int {
		return cmp.Or(a.SweptAt.Compare(b.SweptAt), cmp.Compare(a.id, b.id)) // least recently first
	})
	small := slices.DeleteFunc(slices.Clone(due), func(b *board) bool { return b.items > largestPage })
	for part := range slices.Chunk(small, sweptTogether) {
		got, err := x.read.stamps(ctx, idsOf(part), largestPage)
		if err != nil {
			if err := x.survive(ctx, &board{}, err); err != nil {
				return err
			}
			continue
		}
		for _, b := range part {
			if first, ok := got[b.id]; ok {
				if err := x.survive(ctx, b, x.sweep(ctx, b, first)); err != nil {
					return err
				}
			}
		}
	}
	large := slices.DeleteFunc(due, func(b *board) bool { return b.items <= largestPage })
	err := x.eachBoard(ctx, large, func(ctx context.Context, b *board) error {
		got, err := x.read.stamps(ctx, []string{b.id}, largestPage)
		if err != nil {
			return err
		}
		first, ok := got[b.id]
		if !ok {
			return nil
		}
		return x.sweep(ctx, b, first)
	})
	if err != nil {
		return err
	}
	return x.sweepUpdates(ctx)
}

// sweep reads the rest of a board's stamps and compares them with what is known.
func (x *run) sweep(ctx context.Context, b *board, page stampsRead) error {
	there := map[string]time.Time{}
	for {
		if page.Failed {
			x.problem(Problem{Kind: "error", Board: b.id, Message: "The ids of its items could not all be read.", Remedy: "The next run tries again."})
			return nil
		}
		for _, s := range page.Stamps {
			there[s.ID] = s.UpdatedAt
		}
		x.cfg.Progress(Progress{Pass: "sweep", Board: b.id, Name: b.Name, Done: int64(len(there)), Total: max(int64(b.items), int64(len(there))), Calls: x.calls.Load(), End: page.Cursor == ""})
		if page.Cursor == "" {
			break
		}
		var err error
		if page, err = x.read.moreStamps(ctx, page.Cursor, largestPage); err != nil {
			return err
		}
	}
	return x.step(ctx, b, func(batch *Batch) error {
		err := x.live(ctx, itemsStream, storedFields, "board_id", []string{b.id}, func(row Row) error {
			id := row[0].(string)
			at, ok := there[id]
			known, _ := row[4].(time.Time)
			if !ok || !at.Equal(known) || row[3] != "active" {
				x.enqueue(batch, id, queued{}) // those put away too: no list has them
			}
			delete(there, id)
			return nil
		})
		if err != nil {
			return err
		}
		ids := make([]string, 0, len(there))
		for id, at := range there {
			if x.covers(at) {
				ids = append(ids, id)
			}
		}
		prefix := givenUpKey + b.id + "/"
		err = scan(ctx, x.sink, prefix, func(e Entry) error {
			ids = append(ids, e.Key[len(prefix):])
			batch.Drop = append(batch.Drop, e.Key)
			return nil
		})
		if err != nil {
			return &sinkError{err}
		}
		slices.Sort(ids)
		for _, id := range ids {
			x.enqueue(batch, id, queued{})
		}
		b.Sweep, b.SweptAt = false, x.began
		return nil
	})
}
