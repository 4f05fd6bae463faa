package store

import (
	"context"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var items = newTable(table{
	name: "items",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"board_id", bigint}, {"group_id", text}, {"name", text}, {"state", text}, {"position", bigint},
		{"number", bigint}, {"parent_item_id", bigint}, {"creator_id", bigint}, {"updated_by", bigint},
		{"created_at", text}, {"updated_at", text}, {"subscribers", nullText}, {"doc_id", bigint}, {"cells", text},
	},
})

const (
	activeItems = ofBoard + ` AND state = 'active'`
	// countItems reads only an index.
	countItems = `SELECT COUNT(CASE WHEN state = 'active' THEN 1 END), COALESCE(MAX(number), 0)
		FROM items WHERE account_id = $1` + ofBoard
	// sampleItems measures the first of the active items: a large board is not read to learn how large it is.
	sampleItems = `SELECT COUNT(*), CAST(COALESCE(SUM(octet_length(name)), 0) AS BIGINT),
		CAST(COALESCE(SUM(octet_length(cells)), 0) AS BIGINT)
		FROM (SELECT name, cells FROM items WHERE account_id = $1` + activeItems + ` LIMIT 1000) s`
)

// memory is about how much n items take whose names and cells, as JSON, are so long: what was measured
// with 0 to 40 cells an item, and a little more for what is made of them.
func memory(n, names, cells int64) int64 { return 400*n + names + cells*5/2 }

func itemRow(it *work.Item) []any {
	return []any{
		int64(it.ID), int64(it.Board), it.Group, it.Name, string(it.State), it.Pos,
		it.Number, int64(it.Parent), int64(it.Creator), int64(it.UpdatedBy),
		stamp(it.CreatedAt), stamp(it.UpdatedAt), jsonList(it.Subscribers), int64(it.Description),
		string(work.AppendCells(nil, it.Cells)),
	}
}

// loadBoard reads a board from db, whose queries must all see the same state.
func loadBoard(ctx context.Context, db reader, id work.AccountID, board work.BoardID, withItems bool) (*work.BoardRows, error) {
	seq, err := head(ctx, db, id)
	if err != nil {
		return nil, err
	}
	l := &loader{ctx: ctx, db: db, id: id}
	r := &work.BoardRows{Seq: seq, Groups: l.groups(board), Columns: l.columns(board), Views: l.views(board)}
	args := []any{int64(board)}
	var active int64
	l.query(countItems, args, func() error { return nil }, &active, &r.Number)
	r.Active = int(active)
	switch {
	case withItems:
		r.Items = make([]*work.Item, 0, r.Active)
		r.Items = append(r.Items, l.items(activeItems, args)...)
	case r.Active > 0:
		var n, names, cells int64
		l.query(sampleItems, args, func() error { return nil }, &n, &names, &cells)
		if l.err == nil {
			r.Bytes = active * (memory(n, names, cells) / n)
		}
	}
	return r, l.err
}

// items reads the items that conditions, which may end in an order, select.
func (l *loader) items(conditions string, args []any) (list []*work.Item) {
	var it work.Item
	var id, board, parent, creator, by, doc int64
	var group, state, created, updated, subscribers, cells string
	var p cellParser
	defer p.close()
	l.query(items.sel+conditions, args, func() (err error) {
		it.ID, it.Board, it.Parent = work.ItemID(id), work.BoardID(board), work.ItemID(parent)
		it.Group, it.State = l.texts.of(group), l.states.of(work.State(state))
		it.Creator, it.UpdatedBy, it.Description = work.UserID(creator), work.UserID(by), work.DocID(doc)
		if it.CreatedAt, it.UpdatedAt, err = parseStamps(created, updated); err != nil {
			return fmt.Errorf("item %d: %w", id, err)
		}
		if it.Subscribers, err = parseIDs[work.UserID](subscribers); err != nil {
			return fmt.Errorf("item %d: subscribers: %w", id, err)
		}
		one := it
		list = append(list, &one)
		p.parse(&one, cells)
		return nil
	}, &id, &board, &group, &it.Name, &state, &it.Pos, &it.Number, &parent, &creator, &by,
		&created, &updated, &subscribers, &doc, &cells)
	return list
}

// A cellParser reads the cells of items. That takes as long as fetching the items does, so of many
// items a second goroutine reads the cells meanwhile.
type cellParser struct {
	chunk []unparsed
	work  chan []unparsed
	done  chan struct{}
}

type unparsed struct {
	item  *work.Item
	cells string
}

func (p *cellParser) parse(it *work.Item, cells string) {
	const chunk = 128
	if p.chunk = append(p.chunk, unparsed{it, cells}); len(p.chunk) < chunk {
		return
	}
	if p.work == nil {
		p.work, p.done = make(chan []unparsed, 8), make(chan struct{})
		go func() {
			defer close(p.done)
			for list := range p.work {
				parseCells(list)
			}
		}()
	}
	p.work <- p.chunk
	p.chunk = make([]unparsed, 0, chunk)
}

// close returns when all cells are there.
func (p *cellParser) close() {
	parseCells(p.chunk)
	if p.work != nil {
		close(p.work)
		<-p.done
	}
}

func parseCells(list []unparsed) {
	for _, u := range list {
		u.item.Cells = work.ParseCells(u.cells)
	}
}
