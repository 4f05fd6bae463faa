package work_test

import (
	"testing"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// attach adds a file.
func (d *desk) attach(in work.AssetInput) *work.Asset {
	d.t.Helper()
	in.Name, in.Type, in.Size, in.Key = "plan.png", "image/png", 4, "ab/cd"
	d.ok(d.s.MayAttach(d.t.Context(), d.by, in))
	a, err := d.s.AddAsset(d.t.Context(), d.by, in)
	d.ok(err)
	return a
}

func assetIDs(assets []*work.Asset) []work.AssetID {
	out := []work.AssetID{}
	for _, a := range assets {
		out = append(out, a.ID)
	}
	return out
}

func TestAssets(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	d.column(column.File, "files", "")
	d.column(column.Text, "text", "")
	one, two := d.item("one", "", ""), d.item("two", "", "")
	u := d.as(peer).say(one, "u")
	a := d.attach(work.AssetInput{Item: one, Column: "files"})
	b := d.attach(work.AssetInput{Item: one, Column: "files"})
	c := d.as(peer).attach(work.AssetInput{Update: u.ID})
	other := d.attach(work.AssetInput{Item: two, Column: "files"})
	files := column.Attachments(d.get(one).Cells.Get("files").Value)
	if len(files) != 2 || files[0].AssetID != int64(a.ID) || files[1].AssetID != int64(b.ID) || !files[0].Image || files[0].Name != "plan.png" ||
		files[0].CreatedBy != int64(me) || files[0].Kind != "ASSET" {
		t.Errorf("the cell holds %+v", files)
	}
	if c.Item != one || c.Update != u.ID || c.Board != d.board || c.Uploader != peer {
		t.Errorf("the update's: %+v", c)
	}
	listed := func(items ...work.ItemID) (out [][]work.AssetID) {
		t.Helper()
		v := d.view()
		var rows []*work.Item
		for _, id := range items {
			rows = append(rows, d.get(id))
		}
		all, err := v.ItemAssets(rows)
		d.ok(err)
		for _, list := range all {
			out = append(out, assetIDs(list))
		}
		return out
	}
	same(t, "of the items", listed(two, one), [][]work.AssetID{{other.ID}, {a.ID, b.ID, c.ID}})
	of, err := d.view().UpdateAssets([]*work.Update{u, {ID: 1}})
	d.ok(err)
	if len(of) != 2 || len(of[0]) != 1 || of[0][0].ID != c.ID || len(of[1]) != 0 {
		t.Errorf("of the updates: %v", of)
	}

	copied, err := d.s.DuplicateItem(t.Context(), d.by, d.board, one, false)
	d.ok(err)
	same(t, "of the copy", listed(copied), [][]work.AssetID{{a.ID, b.ID}})
	d.ok(d.set(one, `{"files":{"clear_all":true}}`))
	same(t, "of the cleared item", listed(one), [][]work.AssetID{{c.ID}})
	rows, err := d.view().Assets([]work.AssetID{b.ID, a.ID, a.ID, 1 << 40})
	d.ok(err)
	same(t, "by id", assetIDs(rows), []work.AssetID{a.ID, b.ID})
	got, err := d.s.SignedAsset(t.Context(), acct, a.ID)
	d.ok(err)
	same(t, "with a signed address", got.Key, "ab/cd")
	_, err = d.s.SignedAsset(t.Context(), acct, 1<<40)
	wantCode(t, "signed, not there", err, work.CodeNotFound)
	rows, err = d.as(visitor).view().Assets([]work.AssetID{a.ID, c.ID})
	d.ok(err)
	same(t, "to a guest", assetIDs(rows), []work.AssetID{})
}

func TestAssetsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.column(column.File, "files", "")
	d.column(column.Text, "text", "")
	d.column(column.File, "locked", "")
	d.column(column.File, "hidden", "")
	item := d.item("one", "", "")
	u := d.say(item, "u")
	hidden := d.attach(work.AssetInput{Item: item, Column: "hidden"})
	d.ok(d.s.RestrictColumn(t.Context(), d.by, d.board, "locked", work.Restriction{Locked: true}))
	d.ok(d.s.RestrictColumn(t.Context(), d.by, d.board, "hidden", work.Restriction{Hidden: true}))
	for name, c := range map[string]struct {
		by   work.UserID
		in   work.AssetInput
		want work.Code
	}{
		"no item":       {me, work.AssetInput{Item: 1 << 40, Column: "files"}, work.CodeNotFound},
		"no column":     {me, work.AssetInput{Item: item, Column: "none"}, work.CodeNotFound},
		"text column":   {me, work.AssetInput{Item: item, Column: "text"}, work.CodeInvalid},
		"no update":     {me, work.AssetInput{Update: 1 << 40}, work.CodeNotFound},
		"guest":         {visitor, work.AssetInput{Item: item, Column: "files"}, work.CodeNotFound},
		"guest, update": {visitor, work.AssetInput{Update: u.ID}, work.CodeNotFound},
		"locked":        {peer, work.AssetInput{Item: item, Column: "locked"}, work.CodeDenied},
		"hidden":        {peer, work.AssetInput{Item: item, Column: "hidden"}, work.CodeNotFound},
		"locked, owner": {me, work.AssetInput{Item: item, Column: "locked"}, ok},
		"editor":        {peer, work.AssetInput{Update: u.ID}, ok},
		"path":          {me, work.AssetInput{Item: item, Column: "files", Name: "../x"}, work.CodeInvalid},
		"nameless":      {me, work.AssetInput{Item: item, Column: "files", Name: " "}, work.CodeInvalid},
	} {
		if c.in.Name == "" {
			c.in.Name = "a.txt"
		}
		c.in.Key = "k"
		before, _ := d.store.Head(t.Context(), acct)
		wantCode(t, name+", asked", d.s.MayAttach(t.Context(), as(t, d.s, c.by), c.in), c.want)
		if now, _ := d.store.Head(t.Context(), acct); now != before {
			t.Errorf("%s: asking changes something", name)
		}
		_, err := d.s.AddAsset(t.Context(), as(t, d.s, c.by), c.in)
		wantCode(t, name, err, c.want)
	}
	rows, err := d.as(peer).view().Assets([]work.AssetID{hidden.ID})
	d.ok(err)
	same(t, "of a hidden column", assetIDs(rows), []work.AssetID{})
	all, err := d.as(peer).view().ItemAssets([]*work.Item{d.get(item)})
	d.ok(err)
	for _, a := range all[0] {
		if a.ID == hidden.ID {
			t.Error("the item lists the file of a hidden column")
		}
	}
	wantCode(t, "taking another item's file", d.set(d.item("two", "", ""), `{"files":{"files":[{"fileType":"asset","assetId":`+hidden.ID.String()+`,"name":"x"}]}}`), work.CodeInvalid)
}
