package connector

import (
	"encoding/json"
	"time"
)

// tries is in how many runs an item that cannot be read is tried before it is given up until the next
// sweep.
const tries = 5

// stored is what is known of an item.
type stored struct {
	board, parent, state string
	updatedAt            time.Time
}

// queuePart is a part of the queue, and what the service and the sink have of its items.
type queuePart struct {
	ids     []string
	asked   map[string]queued
	found   map[string]*itemRead // what the service has
	failed  bool                 // not all could be read: nothing is to be concluded from an item's absence
	known   map[string]*stored   // what the sink has
	parents map[string]bool      // kept although start_date leaves them out, see run.parents
	gone    map[string]bool      // see run.confirm
	unclear map[string]bool
}

func newQueuePart(list []Entry) *queuePart {
	p := &queuePart{asked: make(map[string]queued, len(list)), ids: make([]string, 0, len(list))}
	for _, e := range list {
		var q queued
		_ = json.Unmarshal(e.Value, &q) // a queue that cannot be read is a queue of ids all the same
		id := e.Key[len(queueKey):]
		p.asked[id] = q
		p.ids = append(p.ids, id)
	}
	return p
}

// fate is what becomes of an item that was queued.
type fate uint8

const (
	fateNone    fate = iota // it is left out, or was never seen
	fateAgain               // it is to be read again
	fateKept                // it is written as it was read
	fateDeleted             // it is gone
)

// fateOf decides on an item of a part.
func (x *run) fateOf(p *queuePart, id string) fate {
	it, known := p.found[id], p.known[id] != nil
	switch {
	case it == nil && (p.unclear[id] || !known && p.failed), it != nil && it.Partial:
		return fateAgain
	case it == nil && p.gone[id] && known, it != nil && it.State == "deleted" && known:
		return fateDeleted
	case it == nil, it.State == "deleted": // never seen, or on a board that cannot be seen
		return fateNone
	case !x.wanted(it.Board) && known:
		return fateDeleted
	case x.wanted(it.Board) && (known || x.covers(it.UpdatedAt) || p.parents[id]):
		return fateKept
	}
	return fateNone
}

// sortQueued sorts the items of a part by what becomes of them, and takes from the queue what is done with.
// again are the keys of those that stay in it.
func (x *run) sortQueued(b *Batch, p *queuePart) (items []*itemRead, deleted, again []string) {
	for _, id := range p.ids {
		key := queueKey + id
		switch x.fateOf(p, id) {
		case fateAgain:
			q := p.asked[id]
			if q.Tries++; q.Tries < tries {
				b.remember(key, q)
				again = append(again, key)
				continue
			}
			x.giveUp(b, id, p.known[id])
		case fateKept:
			items = append(items, p.found[id])
		case fateDeleted:
			deleted = append(deleted, id)
		}
		b.Drop = append(b.Drop, key)
	}
	return items, deleted, again
}

// giveUp lets an item go that could not be read in several runs; the next sweep of its board finds it.
func (x *run) giveUp(b *Batch, id string, k *stored) {
	p := Problem{Kind: "unreadable", Message: "The item " + id + " could not be read.", Remedy: "It is tried again when the ids of its board are compared."}
	if k != nil {
		p.Board = k.board
		if bd := x.boards[k.board]; bd != nil {
			bd.Sweep = true
			p.Name = bd.Name
			b.remember(boardKey+bd.id, bd)
			b.remember(givenUpKey+bd.id+"/"+id, true) // its stamp may be as it was
		}
	}
	x.report.Problems = append(x.report.Problems, p)
}

// wanted says whether a board's items are kept.
func (x *run) wanted(board string) bool {
	return len(x.cfg.Boards) == 0 || x.boards[board] != nil
}

// covers says whether start_date lets an item in.
func (x *run) covers(updatedAt time.Time) bool { return !updatedAt.Before(x.cfg.StartDate) }
