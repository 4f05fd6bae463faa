package connector

import (
	"context"
	"fmt"
	"slices"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

type itemData struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	State     string       `json:"state"`
	CreatedAt string       `json:"created_at"`
	UpdatedAt string       `json:"updated_at"`
	Creator   string       `json:"creator_id"`
	URL       string       `json:"url"`
	Link      string       `json:"relative_link"`
	Board     *ref         `json:"board"`
	Group     *ref         `json:"group"`
	Parent    *ref         `json:"parent_item"`
	Values    []*valueData `json:"column_values"`
	Assets    []*assetData `json:"assets"`
}

// itemsData is a page of items, in any of the places where answers have one.
type itemsData struct {
	Boards []*struct {
		ID   string     `json:"id"`
		Page *itemsPage `json:"items_page"`
	} `json:"boards"`
	Next  *itemsPage  `json:"next_items_page"`
	Items []*itemData `json:"items"`
}

type itemsPage struct {
	Cursor string      `json:"cursor"`
	Items  []*itemData `json:"items"`
}

// page is the page that the answer has; nil when it could not be read.
func (d *itemsData) page() *itemsPage {
	if d.Next != nil {
		return d.Next
	}
	for _, b := range d.Boards {
		if b != nil {
			return b.Page
		}
	}
	return nil
}

// items reads a page of a board's items, active ones only, subitems on multi-level boards too: the first
// page when cursor is empty. When the board cannot be seen it fails as Forbidden. They come in the order of
// their last change, so that one that is changed meanwhile comes again and none is passed over. A page that is
// too much comes shorter; an item that cannot be read by itself comes with nothing but its id, as partial.
func (r *reader) items(ctx context.Context, board, cursor string, limit int) (*itemsRead, error) {
	t := r.traits(board)
	vars := map[string]any{"board": board, "limit": limit, "files": t.files, "clocks": t.clocks}
	name, stamps := "items", "itemStamps"
	if cursor != "" {
		name, stamps = "nextItems", "nextStamps"
		vars["cursor"] = cursor
	} else if t.deep {
		vars["scope"] = "allItems"
	}
	for {
		var data itemsData
		a, err := r.ask(ctx, name, vars, &data)
		if err != nil && !tooMuch(err) {
			return nil, err
		}
		page := data.page()
		switch {
		case err == nil && page != nil:
			return readItems(page, board, a), nil
		case err == nil && (len(a.Errors) == 0 || lasting(a.Errors)):
			return nil, noPage(a.Errors)
		case limit > 1:
			limit /= 2
			vars["limit"] = limit
			continue
		}
		return r.skipItem(ctx, stamps, vars, a, err)
	}
}

// noPage is the error of an answer without the page that was asked for, and that asking for less would not
// bring. It is not an empty page.
func noPage(errs []mondayapi.FieldError) error {
	if len(errs) == 0 { // there is no such board, or it cannot be seen
		return &mondayapi.Error{Kind: mondayapi.Forbidden, Message: "the board cannot be seen"}
	}
	return &mondayapi.Error{Kind: mondayapi.Forbidden, Code: errs[0].Code, Message: errs[0].Message, Fields: errs}
}

// itemsTogether reads the first page of several boards' items, by board. A board of which a part could not
// be read is left out.
func (r *reader) itemsTogether(ctx context.Context, boards []string, limit int) (pages map[string]*itemsRead, points int, err error) {
	vars := map[string]any{"ids": boards, "boardLimit": len(boards), "limit": limit, "files": false, "clocks": false}
	for _, id := range boards {
		t := r.traits(id)
		vars["files"], vars["clocks"] = vars["files"] == true || t.files, vars["clocks"] == true || t.clocks
	}
	var data itemsData
	a, err := r.ask(ctx, "itemsTogether", vars, &data)
	if err != nil {
		return nil, 0, err
	}
	failed := map[int]bool{}
	for _, e := range a.Errors {
		i, ok := at(e.Path, "boards")
		if !ok {
			return nil, a.Complexity.Query, nil
		}
		failed[i] = true
	}
	pages = map[string]*itemsRead{}
	for i, b := range data.Boards {
		if b != nil && b.Page != nil && !failed[i] {
			pages[b.ID] = readItems(b.Page, b.ID, &mondayapi.Answer{})
		}
	}
	return pages, a.Complexity.Query, nil
}

// lasting says that asking for less will not help: it is not allowed.
func lasting(errs []mondayapi.FieldError) bool {
	return slices.ContainsFunc(errs, func(e mondayapi.FieldError) bool { return denied(e.Code) })
}

// skipItem steps over an item that cannot be read, by reading only its stamp. When that cannot be read
// either, it is the service that fails.
func (r *reader) skipItem(ctx context.Context, name string, vars map[string]any, a *mondayapi.Answer, why error) (*itemsRead, error) {
	var errs []mondayapi.FieldError
	if a != nil {
		errs = a.Errors
	}
	if why == nil {
		why = &mondayapi.Error{Kind: mondayapi.Transient, Code: errs[0].Code, Message: errs[0].Message}
	} else {
		errs = []mondayapi.FieldError{{Code: "unreadable", Message: why.Error()}}
	}
	var data itemsData
	_, err := r.ask(ctx, name, vars, &data)
	page := data.page()
	if err != nil || page == nil {
		return nil, why
	}
	out := &itemsRead{Cursor: page.Cursor, Errors: errs}
	for _, it := range page.Items {
		if it != nil {
			out.Items = append(out.Items, itemRead{ID: it.ID, UpdatedAt: moment(it.UpdatedAt), Rows: rows{}, Partial: true})
			out.Problems = append(out.Problems, unreadableItem(it.ID, why))
		} else {
			out.Missing = true
		}
	}
	return out, nil
}

func unreadableItem(id string, why error) Problem {
	return Problem{Kind: "unreadable", Message: fmt.Sprintf("The item %s cannot be read: %v", id, why),
		Remedy: "Later runs try again; what was read of it before stays."}
}

// itemsByID reads at most 100 items of any state. Those that are not there (any more) are left out.
func (r *reader) itemsByID(ctx context.Context, ids []string) (*itemsRead, error) {
	if len(ids) == 0 {
		return &itemsRead{}, nil
	}
	var data itemsData
	a, err := r.ask(ctx, "itemsByID", map[string]any{"ids": ids, "files": true, "clocks": true}, &data)
	switch {
	case err == nil && (data.Items != nil || len(a.Errors) == 0 || lasting(a.Errors)):
		return readItems(&itemsPage{Items: data.Items}, "", a), nil
	case err != nil && !tooMuch(err):
		return nil, err
	case len(ids) > 1:
		half := (len(ids) + 1) / 2
		first, err := r.itemsByID(ctx, ids[:half])
		if err != nil {
			return nil, err
		}
		second, err := r.itemsByID(ctx, ids[half:])
		if err != nil {
			return nil, err
		}
		return &itemsRead{Items: append(first.Items, second.Items...), Points: first.Points + second.Points,
			Errors: append(first.Errors, second.Errors...), Problems: append(first.Problems, second.Problems...)}, nil
	}
	return r.oneItem(ctx, ids[0], a, err)
}

// oneItem says of an item that cannot be read whether it is there.
func (r *reader) oneItem(ctx context.Context, id string, a *mondayapi.Answer, why error) (*itemsRead, error) {
	var data itemsData
	probe, err := r.ask(ctx, "itemStates", map[string]any{"ids": []string{id}}, &data)
	if err != nil {
		if why != nil {
			err = why
		}
		return nil, err
	}
	out := &itemsRead{Errors: probe.Errors}
	if why == nil {
		why = &mondayapi.Error{Kind: mondayapi.Transient, Code: a.Errors[0].Code, Message: a.Errors[0].Message}
	}
	if len(data.Items) > 0 && data.Items[0] != nil || len(probe.Errors) > 0 {
		out.Errors = append(out.Errors, mondayapi.FieldError{Code: "unreadable", Message: why.Error(), Path: []any{"items", 0.0}})
		out.Problems = append(out.Problems, unreadableItem(id, why))
	}
	for _, it := range data.Items {
		if it != nil {
			out.Items = append(out.Items, itemRead{ID: id, State: it.State, Rows: rows{}, Partial: true})
		}
	}
	return out, nil
}

// readItems makes rows of a page. Rows are cut out of few large arrays: pages are what most of the time goes
// into.
func readItems(page *itemsPage, board string, a *mondayapi.Answer) *itemsRead {
	out := &itemsRead{Items: make([]itemRead, 0, len(page.Items)), Cursor: page.Cursor, Points: a.Complexity.Query, Errors: a.Errors}
	partial := map[int]bool{}
	for _, e := range a.Errors {
		if i, ok := at(e.Path, "items"); ok {
			partial[i] = true
		} else {
			out.Missing = true // such as the cursor, and all that comes after it
		}
	}
	values := 0
	for _, it := range page.Items {
		if it != nil {
			values += len(it.Values)
		}
	}
	b := &rowMaker{cells: make([]any, values*int(valueFields)), rows: make([]Row, values), often: map[string]any{}}
	for i, it := range page.Items {
		if it == nil {
			out.Missing = true
			continue
		}
		read := b.item(it, board)
		read.Partial = partial[i]
		out.Items = append(out.Items, read)
	}
	return out
}

// rowMaker has room for the rows of column values of a page.
type rowMaker struct {
	cells []any
	rows  []Row
	often map[string]any // texts that come with many values, such as ids of columns
}

func (b *rowMaker) keep(s string) any {
	v, ok := b.often[s]
	if !ok {
		v = txt(s)
		b.often[s] = v
	}
	return v
}

// item makes the rows of one item.
func (b *rowMaker) item(it *itemData, board string) itemRead {
	if it.Board != nil {
		board = it.Board.ID
	}
	out := itemRead{ID: it.ID, Board: board, Parent: it.Parent.id(), Name: it.Name, State: it.State, UpdatedAt: moment(it.UpdatedAt), Rows: rows{}}
	var id, on any = txt(it.ID), b.keep(board)
	out.Rows.add(itemsStream, Row{id, on, b.keep(it.Group.id()), txt(it.Parent.id()), txt(valid(it.Name)), b.keep(it.State), b.keep(it.Creator),
		when(it.CreatedAt), when(it.UpdatedAt), txt(it.URL), txt(it.Link)})
	list := b.rows[:0:len(it.Values)]
	b.rows = b.rows[len(it.Values):]
	files := map[string]bool{}
	for _, v := range it.Values {
		if v == nil {
			continue
		}
		row := Row(b.cells[:valueFields:valueFields])
		b.cells = b.cells[valueFields:]
		row[atItem], row[atBoard] = id, on
		v.read(row, b.keep)
		list = append(list, row)
		for _, linked := range v.Linked {
			out.Rows.add(itemLinksStream, Row{id, row[atColumn], linked, on, row[atType]})
		}
		for _, c := range v.History {
			if c != nil {
				out.Rows.add(timeTrackingStream, c.row(id, on, row[atColumn]))
			}
		}
		if v.Type == "file" {
			columnAssets(it, v, on, files, out.Rows)
		}
	}
	out.Rows[columnValuesStream] = list
	for _, a := range it.Assets { // of columns that are not shown
		if a != nil && !files[a.ID] {
			out.Rows.add(assetsStream, a.row("item:"+it.ID, it.ID, "", "", "", on))
		}
	}
	return out
}

// columnAssets makes the rows of a column's files: what they are is told apart, by item. A file of which
// nothing was told has what the column says.
func columnAssets(it *itemData, v *valueData, board any, done map[string]bool, out rows) {
	c := cell{js: string(v.Value)}
	elements(member(c.js, "files"), func(e string) {
		id := idOf(member(e, "assetId"))
		if id == "" {
			return
		}
		i := slices.IndexFunc(it.Assets, func(a *assetData) bool { return a != nil && a.ID == id })
		a := &assetData{ID: id, Name: plain(member(e, "name"))}
		if i >= 0 {
			a = it.Assets[i]
		}
		done[id] = true
		out.add(assetsStream, a.row("item:"+it.ID+":"+v.ID, it.ID, v.ID, "", "", board))
	})
}

// row is a session of time tracking.
func (c *clocking) row(item, board, column any) Row {
	from, began := parseTime(c.Started)
	to, ended := parseTime(c.Ended)
	var seconds any
	if began && ended {
		seconds = int64(to.Sub(from).Seconds())
	}
	return Row{item, column, txt(c.ID), board, txt(c.Status), when(c.Started), when(c.Ended), seconds, txt(c.Starter), txt(c.Ender),
		c.HandSD || c.HandST || c.HandED || c.HandET, when(c.CreatedAt), when(c.UpdatedAt)}
}
