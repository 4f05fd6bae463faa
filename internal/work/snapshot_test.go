package work_test

import (
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// Rows that contradict each other are refused, and ids are given out above all there are.
func TestNewAccountsContent(t *testing.T) {
	t.Parallel()
	whole := func() world {
		w, _ := contentWorld(2, 2)
		w.Folders = append(w.Folders, &work.Folder{ID: 60, Name: "f", Workspace: mainWS}, &work.Folder{ID: 61, Name: "g", Workspace: mainWS, Parent: 60})
		w.Boards[0].Folder = 61
		w.Updates = append(w.Updates, &work.Update{ID: 70, Item: 10_000, Board: 100, Creator: me, Body: "u"})
		w.Docs = append(w.Docs, &work.Doc{ID: 80, Item: 10_000, Creator: me})
		return w
	}
	for name, c := range map[string]struct {
		edit func(w world)
		last int64 // 0: refused
	}{
		"whole":                  {func(world) {}, 10_003},
		"the highest is a like":  {func(w world) { w.Updates[0].Likes = []work.Like{{ID: 1 << 40}} }, 1 << 40},
		"an asset":               {func(w world) { w.Assets = append(w.Assets, &work.Asset{ID: 1 << 40, Item: 10_000}) }, 1 << 40},
		"a view":                 {func(w world) { w.Views = append(w.Views, &work.BoardView{ID: 1 << 40, Board: 100}) }, 1 << 40},
		"a tag":                  {func(w world) { w.Tags = append(w.Tags, &work.Tag{ID: 1 << 40}) }, 1 << 40},
		"a webhook":              {func(w world) { w.Webhooks = append(w.Webhooks, &work.Webhook{ID: 1 << 40, Board: 100}) }, 1 << 40},
		"a doc":                  {func(w world) { w.Docs[0].ID = 1 << 40 }, 1 << 40},
		"a folder":               {func(w world) { w.Folders = append(w.Folders, &work.Folder{ID: 1 << 40, Workspace: mainWS}) }, 1 << 40},
		"an update":              {func(w world) { w.Updates[0].ID = 1 << 40 }, 1 << 40},
		"folder twice":           {func(w world) { w.Folders[1].ID = 60 }, 0},
		"folder of no workspace": {func(w world) { w.Folders[0].Workspace = 9 }, 0},
		"folder in itself":       {func(w world) { w.Folders[0].Parent = 61 }, 0},
		"folder in none":         {func(w world) { w.Folders[1].Parent = 9 }, 0},
		"board in no folder":     {func(w world) { w.Boards[0].Folder = 9 }, 0},
		"board in another's":     {func(w world) { w.workspace(50, work.Open); w.Folders[1].Workspace, w.Folders[1].Parent = 50, 0 }, 0},
		"item twice":             {func(w world) { w.Items[0].ID = w.Items[1].ID }, 0},
		"item of no board":       {func(w world) { w.Items[0].Board = 9 }, 0},
		"item without an id":     {func(w world) { w.Items[0].ID = 0 }, 0},
		"subitem of none":        {func(w world) { w.Items[0].Parent = 9 }, 0},
		"group of no board":      {func(w world) { w.Groups[0].Board = 9 }, 0},
		"column of no board":     {func(w world) { w.Columns[0].Board = 9 }, 0},
		"update twice":           {func(w world) { w.Updates = append(w.Updates, w.Updates[0]) }, 0},
		"update of no item":      {func(w world) { w.Updates[0].Item = 9 }, 0},
		"update of nobody":       {func(w world) { w.Updates[0].Creator = 9 }, 0},
		"reply to none":          {func(w world) { w.Updates[0].Parent = 9 }, 0},
		"asset of no update":     {func(w world) { w.Assets = append(w.Assets, &work.Asset{ID: 90, Item: 10_000, Update: 9}) }, 0},
		"block of no doc":        {func(w world) { w.Blocks = append(w.Blocks, &work.Block{ID: "b", Doc: 9}) }, 0},
		"doc of no board":        {func(w world) { w.Docs[0].Board = 9 }, 0},
		"webhook of no board":    {func(w world) { w.Webhooks = append(w.Webhooks, &work.Webhook{ID: 90, Board: 9}) }, 0},
		"tag of no board":        {func(w world) { w.Tags = append(w.Tags, &work.Tag{ID: 90, Board: 9}) }, 0},
		"tag without an id":      {func(w world) { w.Tags = append(w.Tags, &work.Tag{}) }, 0},
		"view of no board":       {func(w world) { w.Views = append(w.Views, &work.BoardView{ID: 90, Board: 9}) }, 0},
	} {
		w := whole()
		c.edit(w)
		s := serve(t, new(worktest.Store))
		err := s.NewAccount(t.Context(), w.Snapshot)
		if c.last == 0 {
			wantCode(t, name, err, work.CodeInvalid)
			continue
		}
		wantCode(t, name, err, ok)
		if got := view(t, s, as(t, s, me)).Account().LastID; got != c.last {
			t.Errorf("%s: the last id is %d, want %d", name, got, c.last)
		}
	}
}
