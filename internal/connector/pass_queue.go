package connector

import (
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// idsAtOnce is how many items the service reads by id in a call.
const idsAtOnce = 100

// passQueue reads the items that are queued, by id. What the service no longer has is gone.
func (x *run) passQueue(ctx context.Context) error {
	if x.read.scopes.unread(itemsStream) {
		return nil
	}
	failed := map[string]bool{} // in this pass: tried again by the next run
	for {
		before := x.queuedSoFar()
		if err := x.drain(ctx, failed); err != nil {
			return err
		}
		if x.queuedSoFar() == before {
			return nil
		}
	}
}

func (x *run) queuedSoFar() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.enqueued
}

// drain goes through the queue once.
func (x *run) drain(ctx context.Context, failed map[string]bool) error {
	after, done := "", int64(0)
	for {
		x.mu.Lock()
		list, err := x.sink.Scan(ctx, queueKey, after, workers*idsAtOnce)
		x.mu.Unlock()
		if err != nil {
			return &sinkError{err}
		}
		if len(list) == 0 {
			if done > 0 {
				x.cfg.Progress(Progress{Pass: "changes", Done: done, Total: done, Calls: x.calls.Load(), End: true})
			}
			return nil
		}
		after = list[len(list)-1].Key
		list = slices.DeleteFunc(list, func(e Entry) bool { return failed[e.Key] })
		group, gctx := errgroup.WithContext(ctx)
		again := make(chan []string, workers)
		for part := range slices.Chunk(list, idsAtOnce) {
			group.Go(func() error {
				keys, err := x.readQueued(gctx, part)
				again <- keys
				return err
			})
		}
		err = group.Wait()
		close(again)
		for keys := range again {
			for _, key := range keys {
				failed[key] = true
			}
		}
		if err != nil {
			return err
		}
		done += int64(len(list))
		x.cfg.Progress(Progress{Pass: "changes", Done: done, Calls: x.calls.Load()})
	}
}

// readQueued reads at most idsAtOnce items and writes what became of them. It returns the keys that are to
// be tried again.
func (x *run) readQueued(ctx context.Context, list []Entry) (again []string, err error) {
	p := newQueuePart(list)
	got, err := x.read.itemsByID(ctx, p.ids)
	if err != nil {
		return x.surviveQueue(ctx, err, list)
	}
	if err := x.compareQueued(ctx, p, got); err != nil {
		return nil, err
	}
	err = x.commit(ctx, func(b *Batch) error {
		var items []*itemRead
		var deleted []string
		if err := x.parents(ctx, p); err != nil {
			return err
		}
		items, deleted, again = x.sortQueued(b, p)
		if err := x.enqueueAround(ctx, b, p, items, deleted); err != nil {
			return err
		}
		putItems(b, items, func(id string) bool { return p.known[id] != nil })
		return x.deleteItems(ctx, b, deleted)
	})
	return again, err
}

// compareQueued puts what the service has of a part beside what the sink has, and makes sure of what is
// missing.
func (x *run) compareQueued(ctx context.Context, p *queuePart, got *itemsRead) (err error) {
	for _, problem := range got.Problems {
		x.problem(problem)
	}
	p.failed = len(got.Errors) > 0
	p.found = make(map[string]*itemRead, len(got.Items))
	for i := range got.Items {
		p.found[got.Items[i].ID] = &got.Items[i]
	}
	if p.known, err = x.storedItems(ctx, "id", p.ids); err != nil {
		return err
	}
	missing := map[string]string{}
	for _, id := range p.ids {
		on := p.asked[id].Board
		if k := p.known[id]; k != nil {
			on = k.board
		}
		if on != "" && p.found[id] == nil {
			missing[id] = on
		}
	}
	p.gone, p.unclear, err = x.confirm(ctx, missing, p.failed)
	return err
}

// enqueueAround queues what has to do with items that are written or deleted, and may have changed with them.
func (x *run) enqueueAround(ctx context.Context, b *Batch, p *queuePart, items []*itemRead, deleted []string) error {
	// What hangs on an item goes with it, and is asked for to be sure: subitems may have been put away,
	// deleted or moved with it without a word of their own.
	moved, changed := slices.Clone(deleted), slices.Clone(deleted)
	for _, it := range items {
		k := p.known[it.ID]
		if k != nil && (k.state != it.State || k.board != it.Board) {
			moved = append(moved, it.ID)
		}
		asked := p.asked[it.ID]
		// What a log names may be written already, by a page that was read after the log, or those that link
		// to it may have been read before it changed: its time is the same then.
		if (k == nil || !k.updatedAt.Equal(it.UpdatedAt) || k.state != it.State || asked.Board != "") && !asked.Linker {
			changed = append(changed, it.ID)
		}
	}
	if err := x.enqueueLive(ctx, b, itemsStream, "id", "parent_item_id", moved, queued{}); err != nil {
		return err
	}
	if err := x.enqueueParents(ctx, b, items); err != nil {
		return err
	}
	return x.enqueueLive(ctx, b, itemLinksStream, "item_id", "linked_item_id", changed, queued{Linker: true})
}

// surviveQueue keeps items in the queue that could not be read, when that is not a reason to stop.
func (x *run) surviveQueue(ctx context.Context, err error, list []Entry) (again []string, _ error) {
	if err := x.survive(ctx, &board{}, err); err != nil {
		return nil, err
	}
	for _, e := range list {
		again = append(again, e.Key)
	}
	return again, nil
}

var storedFields = []string{"id", "board_id", "parent_item_id", "state", "updated_at"}

// storedItems reads what is known of items.
func (x *run) storedItems(ctx context.Context, by string, values []string) (map[string]*stored, error) {
	known := map[string]*stored{}
	err := x.lookup(ctx, itemsStream, storedFields, by, values, func(row Row) error {
		s := &stored{}
		s.board, _ = row[1].(string)
		s.parent, _ = row[2].(string)
		s.state, _ = row[3].(string)
		s.updatedAt, _ = row[4].(time.Time)
		known[row[0].(string)] = s
		return nil
	})
	return known, err
}

// parents finds those of the items that start_date leaves out and that are kept all the same, since they have
// a subitem that is. It may have been written by another part while this one was read.
func (x *run) parents(ctx context.Context, p *queuePart) error {
	var old []string
	for _, id := range p.ids {
		if it := p.found[id]; it != nil && p.known[id] == nil && !x.covers(it.UpdatedAt) {
			old = append(old, id)
		}
	}
	p.parents = map[string]bool{}
	return x.live(ctx, itemsStream, []string{"parent_item_id"}, "parent_item_id", old, func(row Row) error {
		p.parents[row[0].(string)] = true
		return nil
	})
}

// confirm asks once more for items that were not there, together with the boards that they were on: an item
// is gone when its board can be read in the same answer, and it is not in it. Anything else leaves it as it
// is: unclear is to be asked again, such as when the board is hidden just now, the rest is out of reach.
func (x *run) confirm(ctx context.Context, boardOf map[string]string, failed bool) (gone, unclear map[string]bool, err error) {
	gone, unclear = map[string]bool{}, map[string]bool{}
	if len(boardOf) == 0 {
		return gone, unclear, nil
	}
	ids := slices.Sorted(maps.Keys(boardOf))
	there, err := x.read.presence(ctx, ids, slices.Compact(slices.Sorted(maps.Values(boardOf))))
	if err != nil {
		return nil, nil, err
	}
	failed = failed || there.Failed
	for id, on := range boardOf {
		b := x.boards[on]
		switch {
		case b == nil && len(x.cfg.Boards) == 0 && !there.Boards[on]:
			gone[id] = true // its board is deleted
		case !there.Boards[on]:
			unclear[id] = b != nil && b.readable()
		case failed:
			unclear[id] = true
		default:
			gone[id] = true
		}
	}
	for id := range there.Items {
		delete(gone, id)
		unclear[id] = true
	}
	return gone, unclear, nil
}

// enqueueLive queues what a field of live rows names.
func (x *run) enqueueLive(ctx context.Context, b *Batch, s *Stream, field, by string, values []string, q queued) error {
	known := make(map[string]bool, len(values))
	for _, id := range values {
		known[id] = true
	}
	var ids []string
	err := x.live(ctx, s, []string{field}, by, values, func(row Row) error {
		if id, ok := row[0].(string); ok && !known[id] {
			known[id] = true
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if q.Linker { // who is queued for a change of its own stays so
			there, err := x.sink.Get(ctx, queueKey+id)
			if err != nil {
				return &sinkError{err}
			}
			if there != nil || b.Put[queueKey+id] != nil {
				continue
			}
		}
		x.enqueue(b, id, q)
	}
	return nil
}

// enqueueParents queues the parents of items that are neither known nor among them: who has the child has
// the parent.
func (x *run) enqueueParents(ctx context.Context, b *Batch, items []*itemRead) error {
	want := map[string]bool{}
	for _, it := range items {
		if it.Parent != "" {
			want[it.Parent] = true
		}
	}
	for _, it := range items {
		delete(want, it.ID)
	}
	var ids []string
	for id := range want {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	err := x.live(ctx, itemsStream, []string{"id"}, "id", ids, func(row Row) error {
		delete(want, row[0].(string))
		return nil
	})
	for _, id := range ids {
		if want[id] {
			x.enqueue(b, id, queued{})
		}
	}
	return err
}

// itemStreams are the tables of what belongs to an item and is read whole with it.
func itemStreams() []*Stream {
	return []*Stream{columnValuesStream, itemLinksStream, timeTrackingStream, assetsStream}
}

// putItems writes items in place of what is known of them. One that is new has nothing that could be gone.
func putItems(b *Batch, items []*itemRead, known func(id string) bool) {
	var ids []string
	for _, it := range items {
		rows(b.Rows).merge(it.Rows)
		if known(it.ID) {
			ids = append(ids, it.ID)
		}
	}
	for _, s := range itemStreams() {
		b.Gone = append(b.Gone, Gone{Stream: s, By: "item_id", Values: ids, Before: b.ReadAt})
	}
}

// deleteItems calls items deleted, with what belongs to them and what was written about them.
func (x *run) deleteItems(ctx context.Context, b *Batch, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	var updates []string
	err := x.live(ctx, updatesStream, []string{"id"}, "item_id", ids, func(row Row) error {
		updates = append(updates, row[0].(string))
		return nil
	})
	b.Gone = append(b.Gone, Gone{Stream: itemsStream, By: "id", Values: ids})
	for _, s := range append(itemStreams(), updatesStream, repliesStream) {
		b.Gone = append(b.Gone, Gone{Stream: s, By: "item_id", Values: ids})
	}
	b.Gone = append(b.Gone, Gone{Stream: assetsStream, By: "update_id", Values: updates})
	return err
}
