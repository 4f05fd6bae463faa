package work

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// Assets lists assets by id that the caller may see.
func (v *View) Assets(ids []AssetID) ([]*Asset, error) {
	if len(ids) == 0 {
		return []*Asset{}, nil
	}
	rows, err := v.readAssets(AssetQuery{IDs: distinct(ids)})
	if err != nil {
		return nil, err
	}
	return v.seenAssets(rows)
}

// seenAssets are those of the rows that the caller sees: of items that it sees, and not in a column
// that is hidden from it.
func (v *View) seenAssets(rows []*Asset) ([]*Asset, error) {
	ids := make([]ItemID, len(rows))
	for i, a := range rows {
		ids[i] = a.Item
	}
	items, err := v.seenItems(ids)
	if err != nil {
		return nil, err
	}
	seen := make([]*Asset, 0, len(rows))
	for _, a := range rows {
		it := items[a.Item]
		if it == nil {
			continue
		}
		if b, ok := v.img.boards.get(it.Board); ok && a.Column != "" {
			hidden, err := v.hides(b)
			if err != nil {
				return nil, err
			}
			if slices.Contains(hidden, a.Column) {
				continue
			}
		}
		seen = append(seen, a)
	}
	return seen, nil
}

// hides lists the columns of a board, deleted ones among them, that are hidden from the caller.
func (v *View) hides(b *Board) ([]string, error) {
	c, err := v.content(b.ID)
	if err != nil {
		return nil, err
	}
	return c.hidden(v.me, v.img.isOwner(v.me, b)), nil
}

// ItemAssets lists the assets of each of the items, as they were uploaded: those that its file columns
// hold, and those of its updates. A file that was taken out of its column is not among them any more.
func (v *View) ItemAssets(items []*Item) ([][]*Asset, error) {
	out := make([][]*Asset, len(items))
	if len(items) == 0 {
		return out, nil
	}
	held := make([]map[AssetID]bool, len(items)) // by the columns of each item
	q := AssetQuery{Items: make([]ItemID, len(items))}
	var ids []AssetID
	for i, it := range items {
		q.Items[i] = it.ID
		held[i] = map[AssetID]bool{}
		b, ok := v.img.boards.get(it.Board)
		if !ok {
			continue
		}
		columns, err := v.Columns(b, nil, []column.Type{column.File})
		if err != nil {
			return nil, err
		}
		for _, col := range columns {
			for _, f := range column.Attachments(it.Cells.Get(col.ID).Value) {
				if f.AssetID != 0 {
					held[i][AssetID(f.AssetID)] = true
					ids = append(ids, AssetID(f.AssetID))
				}
			}
		}
	}
	own, err := v.readAssets(q)
	if err != nil {
		return nil, err
	}
	known := byID(own, func(a *Asset) AssetID { return a.ID })
	others, err := v.Assets(slices.DeleteFunc(ids, func(id AssetID) bool { return known[id] != nil })) // of copies
	if err != nil {
		return nil, err
	}
	all := append(own, others...)
	slices.SortFunc(all, func(a, b *Asset) int { return int(a.ID - b.ID) })
	for i, it := range items {
		for _, a := range all {
			if held[i][a.ID] || a.Item == it.ID && a.Update != 0 {
				out[i] = append(out[i], a)
			}
		}
	}
	return out, nil
}

// UpdateAssets lists the assets of each of the updates.
func (v *View) UpdateAssets(updates []*Update) ([][]*Asset, error) {
	out := make([][]*Asset, len(updates))
	if len(updates) == 0 {
		return out, nil
	}
	q := AssetQuery{Updates: make([]UpdateID, len(updates))}
	for i, u := range updates {
		q.Updates[i] = u.ID
	}
	rows, err := v.readAssets(q)
	if err != nil {
		return nil, err
	}
	of := map[UpdateID][]*Asset{}
	for _, a := range rows {
		of[a.Update] = append(of[a.Update], a)
	}
	for i, u := range updates {
		out[i] = of[u.ID]
	}
	return out, nil
}

// readAssets reads assets whoever may see them.
func (v *View) readAssets(q AssetQuery) ([]*Asset, error) {
	rows, err := v.acct.s.store.Assets(v.ctx, v.acct.id, q)
	if err != nil {
		return nil, cutShort(v.ctx, err)
	}
	return rows, nil
}

// AssetInput describes a file that has been stored.
type AssetInput struct {
	Item     ItemID // and Column, or Update
	Column   string
	Update   UpdateID
	Name     string
	Type     string
	Size     int64
	Geometry string
	Key      string
}

// MayAttach reports whether AddAsset would be allowed, before the bytes are taken in.
func (s *Service) MayAttach(ctx context.Context, by Caller, in AssetInput) error {
	return s.attach(ctx, by, in, func(*tx, *Item, *Column, *Update) {})
}

// AddAsset puts a file into a file column (permission item.edit) or adds it to an update (its writer,
// or item.edit).
func (s *Service) AddAsset(ctx context.Context, by Caller, in AssetInput) (made *Asset, err error) {
	if in.Key == "" {
		return nil, fmt.Errorf("file %q has no key", in.Name)
	}
	err = s.attach(ctx, by, in, func(t *tx, it *Item, col *Column, u *Update) {
		made = &Asset{ID: AssetID(t.newID()), Name: in.Name, Size: in.Size, Geometry: in.Geometry, Type: in.Type, Key: in.Key,
			Item: it.ID, Board: it.Board, Uploader: t.by.ID, CreatedAt: t.now}
		if u != nil {
			made.Update = u.ID
			t.put(Change{Asset: made})
			a, data := t.logged("add_file_to_update", it)
			data["update_id"], data["asset_id"] = u.ID, made.ID
			t.record(event{Activity: a, data: data})
			return
		}
		made.Column = col.ID
		t.put(Change{Asset: made})
		before := it.Cells.Get(col.ID).Value
		files := append(column.Attachments(before), column.Attachment{Kind: "ASSET", Name: in.Name, AssetID: int64(made.ID),
			Image: strings.HasPrefix(in.Type, "image/"), CreatedAt: t.now.UnixMilli(), CreatedBy: int64(t.by.ID)})
		next := *it
		t.set(&next, col, col.Def.Kind.Restore(column.Attach(files).JSON))
		t.touch(it, &next)
		t.recordValue(&next, cellChange{col, before, next.Cells.Get(col.ID).Value})
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// attach decides on a file, for one of a column's cells or an update.
func (s *Service) attach(ctx context.Context, by Caller, in AssetInput, decide func(*tx, *Item, *Column, *Update)) error {
	if err := checkName("name", in.Name); err != nil {
		return err
	}
	if strings.ContainsAny(in.Name, "/\\") {
		return invalid("name", "name contains / or \\; give the name of the file without folders")
	}
	if in.Update != 0 {
		_, err := s.amendUpdate(ctx, by, in.Update, nil, func(t *tx, u *Update, it *Item, b *Board) (*Update, error) {
			f := t.updateFacts(u, it, b)
			if !perm.Allow(t.by.role(), perm.UpdateEdit, f) {
				if err := t.check(perm.ItemEdit, f); err != nil {
					return nil, err
				}
			}
			decide(t, it, nil, u)
			return nil, nil
		})
		return err
	}
	return s.commit(ctx, by, func(t *tx) error {
		it, b, err := t.activeItem(in.Item, perm.ItemEdit)
		if err != nil {
			return err
		}
		col, err := t.writable(b, in.Column)
		if err != nil {
			return err
		}
		if col.Type != column.File {
			return invalid("column_id", "Column %q holds no files; give the id of a column of type file", col.ID)
		}
		decide(t, it, col, nil)
		return nil
	})
}

// writable finds a column of whose cells the caller may change those of items that it may change.
func (t *tx) writable(b *Board, id string) (*Column, error) {
	owner := t.isOwner(t.by, b)
	col := t.content(b.ID).column(id)
	if col == nil || !col.reads(t.by, owner) {
		return nil, noColumn(b.ID, id)
	}
	if !col.writes(t.by, owner) {
		return nil, &Error{Code: CodeDenied, Field: col.ID, Msg: fmt.Sprintf("Column %q is locked; only some may change its values", col.ID)}
	}
	return col, nil
}

// SignedAsset is an asset whose address was signed by the server: whoever has the address may read it.
// CodeNotFound.
func (s *Service) SignedAsset(ctx context.Context, account AccountID, id AssetID) (*Asset, error) {
	rows, err := s.store.Assets(ctx, account, AssetQuery{IDs: []AssetID{id}})
	switch {
	case err != nil:
		return nil, cutShort(ctx, err)
	case len(rows) == 0:
		return nil, notFound("asset", id)
	}
	return rows[0], nil
}
