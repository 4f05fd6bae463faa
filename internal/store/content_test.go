package store

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// testContent holds a store to what work.Store says of what is on boards. The store in memory that
// tests of other packages use is held to the same.
func testContent(t *testing.T, open func(t *testing.T) work.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s work.Store)
	}{
		{"Created", testContentCreated},
		{"Committed", testContentCommitted},
		{"NothingThere", testNothingThere},
		{"Board", testBoard},
		{"ScanItems", testScanItems},
		{"ManyItems", testManyItems},
		{"Updates", testUpdates},
		{"Activity", testActivity},
		{"Audit", testAudit},
		{"AssetsBlocksNotifications", testAssetsBlocksNotifications},
		{"Deliveries", testDeliveries},
		{"DeliveriesOnce", testDeliveriesOnce},
		{"DataSources", testDataSources},
		{"DataSourcesOnce", testDataSourcesOnce},
		{"RecordsNotFed", testRecordsNotFed},
		{"Moved", testMoved},
		{"LoadBoardWhileCommitting", testLoadBoardWhileCommitting},
		{"RandomQueries", testRandomQueries},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

func TestInMemory(t *testing.T) {
	t.Parallel()
	testContent(t, func(*testing.T) work.Store { return new(worktest.Store) })
}

// hostile is what people and machines put into texts.
var hostile = strings.Repeat("é🌙ק\"'\\\n\t<b>&amp;</b> \u202e$1 %s {} NULL ", 20) + "\u2028end"

func cell(column, json string, at int64) work.Cell {
	c := work.Cell{Column: column, At: at}
	c.Value.JSON = json
	return c
}

// content is rows of every kind with a value in every field somewhere and none elsewhere.
func content() work.Content {
	return work.Content{
		Groups: []*work.Group{
			{Board: 1, ID: "topics", Title: hostile, Color: "#ff0000", Pos: -5, State: work.StateArchived},
			{Board: 1, ID: "group_title", Pos: 1 << 40, State: work.StateActive},
			{Board: 2, ID: "topics", Title: "of another board", State: work.StateActive},
		},
		Columns: []*work.Column{
			{
				Board: 1, ID: "status", Title: hostile, Description: hostile, Type: "status", Settings: `{"labels":{"1":"<Done> & \"out\""}}`,
				Width: 240, Pos: 3, State: work.StateDeleted, Revision: 7, Hidden: true, Locked: true,
				Readers: []work.Principal{{User: 1}, {Team: 2}}, Writers: []work.Principal{{Team: 1}},
			},
			{Board: 1, ID: "name", Type: "name", State: work.StateActive},
			{Board: 2, ID: "status", Title: "of another board", Type: "text", State: work.StateActive},
		},
		Views: []*work.BoardView{
			{
				ID: 1, Board: 1, Name: hostile, Type: "table", Settings: `{"a":1}`, Filter: `{"b":"<"}`, Sort: `[]`,
				Tags: []string{"a", hostile}, User: 1, Team: 2, Source: 3, Pos: -1,
			},
			{ID: 2, Board: 1},
			{ID: 3, Board: 2, Name: "of another board"},
		},
		Items: []*work.Item{
			{
				ID: 10, Board: 1, Group: "topics", Name: hostile, State: work.StateActive, Pos: -1, Number: 3, Parent: 9,
				Creator: 1, UpdatedBy: 2, CreatedAt: day, UpdatedAt: day.Add(time.Microsecond), Subscribers: []work.UserID{2, 1, 300},
				Description: 2, Cells: work.Cells{
					cell("status", `{"index":1,"post_id":null}`, day.UnixMicro()),
					cell("text", `"<b>\"&\u2028 \ud83c\udf19 🌙ק\\ "`, 1), // as it was written, whatever could be written otherwise
					cell("number", `1.50e3`, 0),
					cell("cleared", "", 1700000000000001),
					cell(`odd "\<id>`, "[1,{\"a\":\"\u2028<\"}]", 0),
				},
			},
			{ID: 11, Board: 1, Group: "topics", State: work.StateArchived, Number: 9},
			{ID: 12, Board: 1, Group: "group_title", State: work.StateActive, Number: 2, Cells: work.Cells{cell("a", `"b"`, 0)}},
			{ID: 13, Board: 1, Group: "topics", State: work.StateDeleted, Number: 4},
			{ID: 14, Board: 2, Group: "topics", State: work.StateActive, Number: 77},
		},
		Updates: []*work.Update{
			{
				ID: 1, Item: 10, Board: 1, Creator: 1, Body: "<p>" + hostile + "</p>", OriginalDate: "2020-01-01",
				CreatedAt: day, EditedAt: day.Add(time.Second), UpdatedAt: day.Add(time.Minute), Pinned: true,
				Likes: []work.Like{{ID: 5, User: 2, Reaction: "Love 🌙", CreatedAt: day}, {ID: 6, User: 1, CreatedAt: day}},
			},
			{ID: 2, Parent: 1, Item: 10, Board: 1, CreatedAt: day},
		},
		Assets: []*work.Asset{
			{
				ID: 1, Name: hostile, Size: 1 << 40, Geometry: "800x600", Type: "image/png", Key: "ab/cd", Item: 10, Board: 1,
				Column: "files", Update: 1, Uploader: 2, CreatedAt: day,
			},
			{ID: 2},
		},
		Blocks: []*work.Block{
			{
				ID: "b-1", Doc: 1, Parent: "b-2", Type: "normal_text", Content: `{"text":"` + "<🌙>" + `"}`, Pos: 65535.0000001,
				Creator: 1, CreatedAt: day, UpdatedAt: day.Add(time.Hour),
			},
			{ID: "b-2", Doc: 1, Pos: -0.1},
		},
		Activity: []*work.Activity{
			{
				ID: "a-1", Board: 1, Item: 10, Group: "topics", Column: "status", User: 1, Event: "update_column_value",
				Entity: "pulse", Data: `{"a":"` + "<🌙>" + `"}`, At: 17295001234567891,
			},
			{ID: "a-2", Data: hostile},
		},
	}
}

func notification() *work.Notification {
	return &work.Notification{
		ID: 1, User: 2, From: 1, Text: hostile, TargetID: 10, TargetType: "Project", CreatedAt: day, ReadAt: day.Add(time.Hour),
	}
}

func delivery() *work.Delivery {
	return &work.Delivery{
		ID: "d-1", Webhook: 1, Board: 2, URL: "https://example.com/?a=<b>&c", Secret: []byte{0, 255}, Body: `{"event":"` + "🌙" + `"}`,
		First: day, Next: day.Add(time.Second), Tries: 3,
	}
}

// puts are the changes that make an account's content what it is.
func puts(c work.Content) (list []work.Change) {
	for _, x := range c.Groups {
		list = append(list, work.Change{Group: x})
	}
	for _, x := range c.Columns {
		list = append(list, work.Change{Column: x})
	}
	for _, x := range c.Views {
		list = append(list, work.Change{View: x})
	}
	for _, x := range c.Items {
		list = append(list, work.Change{Item: x})
	}
	for _, x := range c.Updates {
		list = append(list, work.Change{Update: x})
	}
	for _, x := range c.Assets {
		list = append(list, work.Change{Asset: x})
	}
	for _, x := range c.Blocks {
		list = append(list, work.Change{Block: x})
	}
	for _, x := range c.Activity {
		list = append(list, work.Change{Activity: x})
	}
	return list
}

// equal fails the test unless two values are the same; lists that nothing is in are.
func equal(t *testing.T, what string, want, got any, opts ...gocmp.Option) {
	t.Helper()
	if diff := gocmp.Diff(want, got, append(opts, cmpopts.EquateEmpty())...); diff != "" {
		t.Fatalf("%s: want -, got +:\n%s", what, diff)
	}
}

// anyOrder compares what comes in no particular order.
var anyOrder = gocmp.Options{
	cmpopts.SortSlices(func(a, b *work.Group) bool { return a.ID < b.ID }),
	cmpopts.SortSlices(func(a, b *work.Column) bool { return a.ID < b.ID }),
	cmpopts.SortSlices(func(a, b *work.BoardView) bool { return a.ID < b.ID }),
	cmpopts.SortSlices(func(a, b *work.Item) bool { return a.ID < b.ID }),
}

func mustBoard(t *testing.T, s work.Store, id work.AccountID, board work.BoardID, items bool) *work.BoardRows {
	t.Helper()
	r, err := s.LoadBoard(t.Context(), id, board, items)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustItems(t *testing.T, s work.Store, id work.AccountID, ids ...work.ItemID) (work.Seq, []*work.Item) {
	t.Helper()
	seq, list, err := s.LoadItems(t.Context(), id, ids)
	if err != nil {
		t.Fatal(err)
	}
	return seq, list
}

func mustUpdates(t *testing.T, s work.Store, q work.UpdateQuery) (list []*work.Update) {
	t.Helper()
	if err := s.Updates(t.Context(), 1, q, func(u *work.Update) bool { list = append(list, u); return true }); err != nil {
		t.Fatal(err)
	}
	return list
}

func mustActivity(t *testing.T, s work.Store, q work.ActivityQuery) (list []*work.Activity) {
	t.Helper()
	if err := s.Activity(t.Context(), 1, q, func(a *work.Activity) bool { list = append(list, a); return true }); err != nil {
		t.Fatal(err)
	}
	return list
}

// holds compares everything that can be read of an account's boards with what it should be.
func holds(t *testing.T, s work.Store, seq work.Seq, want work.Content) {
	t.Helper()
	for board := work.BoardID(1); board <= 2; board++ {
		rows := &work.BoardRows{
			Seq:     seq,
			Groups:  filter(want.Groups, func(x *work.Group) bool { return x.Board == board }),
			Columns: filter(want.Columns, func(x *work.Column) bool { return x.Board == board }),
			Views:   filter(want.Views, func(x *work.BoardView) bool { return x.Board == board }),
			Items:   filter(want.Items, func(x *work.Item) bool { return x.Board == board && x.State == work.StateActive }),
		}
		rows.Active = len(rows.Items)
		for _, it := range want.Items {
			if it.Board == board {
				rows.Number = max(rows.Number, it.Number)
			}
		}
		equal(t, fmt.Sprint("board ", board), rows, mustBoard(t, s, 1, board, true), anyOrder)
		rows.Items = nil
		got := mustBoard(t, s, 1, board, false)
		if got.Items != nil || (got.Bytes > 0) != (rows.Active > 0) {
			t.Fatalf("board %d: items %v in %d bytes", board, got.Items, got.Bytes)
		}
		got.Bytes = 0
		equal(t, fmt.Sprint("board without items ", board), rows, got, anyOrder)
	}
	var ids []work.ItemID
	for _, it := range want.Items {
		ids = append(ids, it.ID)
	}
	at, list := mustItems(t, s, 1, ids...)
	if at != seq {
		t.Fatalf("items as of %d, want %d", at, seq)
	}
	equal(t, "items", want.Items, list, anyOrder)
	equal(t, "updates", filter(want.Updates, func(u *work.Update) bool { return u.Parent == 0 }), mustUpdates(t, s, work.UpdateQuery{}))
	equal(t, "replies", filter(want.Updates, func(u *work.Update) bool { return u.Parent != 0 }), mustUpdates(t, s, work.UpdateQuery{Replies: true}))
	files, err := s.Assets(t.Context(), 1, work.AssetQuery{IDs: []work.AssetID{2, 1}})
	equal(t, "assets", want.Assets, files)
	texts, err2 := s.Blocks(t.Context(), 1, 1, nil)
	slices.Reverse(texts)
	equal(t, "blocks", want.Blocks, texts)
	equal(t, "activity", want.Activity, mustActivity(t, s, work.ActivityQuery{}))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
}

func filter[T any](list []T, is func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return !is(x) })
}

func testContentCreated(t *testing.T, s work.Store) {
	snap := full(1)
	snap.Content = content()
	create(t, s, snap)
	holds(t, s, 7, content())
	same(t, "the account", full(1), mustLoad(t, s, 1))
	create(t, s, full(2))
	equal(t, "the board of another account", &work.BoardRows{Seq: 7}, mustBoard(t, s, 2, 1, true))
}

// testMoved moves an item to another board: what is kept with it goes along, and nothing else.
func testMoved(t *testing.T, s work.Store) {
	create(t, s, full(1))
	create(t, s, full(2))
	at := func(board work.BoardID) work.Item {
		return work.Item{ID: 70, Board: board, Group: "g", Name: "moves", State: work.StateActive, CreatedAt: day, UpdatedAt: day}
	}
	here, there := at(1), at(2)
	of := func(item work.ItemID, id int64) []work.Change {
		return []work.Change{
			{Update: &work.Update{ID: work.UpdateID(id), Item: item, Board: 1, Body: "x", CreatedAt: day, EditedAt: day, UpdatedAt: day}},
			{Asset: &work.Asset{ID: work.AssetID(id), Item: item, Board: 1, Name: "x", CreatedAt: day}},
		}
	}
	commit(t, s, 1, 8, append(append(of(70, 71), of(80, 81)...), work.Change{Item: &here, Active: 1})...)
	commit(t, s, 2, 8, of(70, 71)...) // another account's
	commit(t, s, 1, 9, work.Change{Item: &there, From: 1, Active: 1})
	for _, c := range []struct {
		account work.AccountID
		board   work.BoardID
		want    string
	}{{1, 1, "[81]"}, {1, 2, "[71]"}, {2, 1, "[71]"}, {2, 2, "[]"}} {
		got := []work.UpdateID{}
		if err := s.Updates(t.Context(), c.account, work.UpdateQuery{Boards: []work.BoardID{c.board}}, func(u *work.Update) bool {
			got = append(got, u.ID)
			return true
		}); err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("account %d board %d has updates %v, %v; want %s", c.account, c.board, got, err, c.want)
		}
	}
	files, err := s.Assets(t.Context(), 1, work.AssetQuery{IDs: []work.AssetID{71, 81}})
	if err != nil || len(files) != 2 || files[0].Board != 2 || files[1].Board != 1 {
		t.Errorf("files %v, %v", files, err)
	}
}

// testContentCommitted puts rows, puts them again otherwise, and deletes them.
func testContentCommitted(t *testing.T, s work.Store) {
	create(t, s, full(1))
	create(t, s, full(2))
	commit(t, s, 1, 8, puts(content())...)
	holds(t, s, 8, content())
	commit(t, s, 1, 9, puts(content())...) // applying it twice is as applying it once
	holds(t, s, 9, content())

	want := content()
	bare := func(i int, c work.Content) { // fields that had a value have none, and the other way round
		c.Groups[i] = &work.Group{Board: 1, ID: c.Groups[i].ID, Title: "x", State: work.StateDeleted}
		c.Columns[i] = &work.Column{Board: 1, ID: c.Columns[i].ID, Type: "text", Writers: []work.Principal{{User: 9}}}
		c.Views[i] = &work.BoardView{ID: c.Views[i].ID, Board: 1, Tags: []string{"x"}, Pos: 9}
		c.Items[i] = &work.Item{ID: c.Items[i].ID, Board: 2, Group: "x", State: work.StateActive, Subscribers: []work.UserID{4}}
		c.Updates[i] = &work.Update{ID: c.Updates[i].ID, Parent: c.Updates[i].Parent, CreatedAt: day, Likes: []work.Like{{ID: 9}}}
		c.Assets[i] = &work.Asset{ID: c.Assets[i].ID, Name: "x"}
		c.Blocks[i] = &work.Block{ID: c.Blocks[i].ID, Doc: 1, Pos: float64(5 - i), Type: "x"}
	}
	bare(0, want)
	bare(1, want)
	commit(t, s, 1, 10, puts(want)...)
	holds(t, s, 10, want)

	want.Views, want.Updates, want.Assets, want.Blocks = want.Views[1:], want.Updates[:1], want.Assets[1:], want.Blocks[1:]
	gone := content()
	commit(t, s, 1, 11,
		work.Change{Delete: true, View: gone.Views[0]},
		work.Change{Delete: true, Update: gone.Updates[1]},
		work.Change{Delete: true, Asset: gone.Assets[0]},
		work.Change{Delete: true, Block: gone.Blocks[0]},
		work.Change{Delete: true, Block: &work.Block{ID: "no such"}})
	holds(t, s, 11, want)

	// Rows that go with none: an update without its parent, a group and a column by their text.
	want.Groups, want.Columns, want.Items, want.Updates = want.Groups[1:], want.Columns[1:], want.Items[1:], nil
	commit(t, s, 1, 12,
		work.Change{Delete: true, Group: gone.Groups[0]},
		work.Change{Delete: true, Column: gone.Columns[0]},
		work.Change{Delete: true, Item: gone.Items[0]},
		work.Change{Update: gone.Updates[1]},
		work.Change{Delete: true, Update: gone.Updates[0]},
		work.Change{Delete: true, Update: gone.Updates[1]})
	holds(t, s, 12, want)
	equal(t, "the other account", &work.BoardRows{Seq: 7}, mustBoard(t, s, 2, 1, true))
	same(t, "the other account", full(2), mustLoad(t, s, 2))
}

// testNothingThere asks for what there is not.
func testNothingThere(t *testing.T, s work.Store) {
	ctx := t.Context()
	_, err := s.LoadBoard(ctx, 1, 1, true)
	wantErr(t, "board", err, work.ErrNoAccount)
	_, _, err = s.LoadItems(ctx, 1, []work.ItemID{1})
	wantErr(t, "items", err, work.ErrNoAccount)
	none := func(what string, n int, err error) {
		t.Helper()
		if n != 0 || err != nil {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	snap := full(1)
	snap.Content = content()
	for range 2 { // without the account and with it
		claimed, err := s.ClaimDeliveries(ctx, day.AddDate(100, 0, 0), day, 10)
		none("deliveries", len(claimed), err)
		none("settled", 0, s.SettleDelivery(ctx, 1, "x", day))
		none("settled", 0, s.SettleDelivery(ctx, 1, "x", time.Time{}))
		list, err := s.ScanItems(ctx, 1, 99, "topics", work.ItemPlace{}, 10)
		none("scan", len(list), err)
		notes, err := s.Notifications(ctx, 1, 1, 10)
		none("notifications", len(notes), err)
		files, err := s.Assets(ctx, 1, work.AssetQuery{})
		none("assets of nothing", len(files), err)
		files, err = s.Assets(ctx, 1, work.AssetQuery{Items: []work.ItemID{}})
		none("assets of no items", len(files), err)
		texts, err := s.Blocks(ctx, 1, 0, nil)
		none("blocks", len(texts), err)
		none("updates", len(mustUpdates(t, s, work.UpdateQuery{Items: []work.ItemID{}})), nil)
		none("updates", len(mustUpdates(t, s, work.UpdateQuery{IDs: []work.UpdateID{99}})), nil)
		none("updates", len(mustUpdates(t, s, work.UpdateQuery{Parents: []work.UpdateID{0, 99}})), nil)
		none("activity", len(mustActivity(t, s, work.ActivityQuery{Events: []string{}})), nil)
		if _, err := s.Head(ctx, 1); err != nil {
			create(t, s, snap)
		}
	}
	if r := mustBoard(t, s, 1, 99, true); r.Items == nil {
		t.Error("the items that were asked for are nil")
	}
	if seq, list := mustItems(t, s, 1); seq != 7 || len(list) != 0 {
		t.Errorf("no items: %v as of %d", list, seq)
	}
	if seq, list := mustItems(t, s, 1, 99); seq != 7 || len(list) != 0 {
		t.Errorf("an item that is not there: %v as of %d", list, seq)
	}
}

// testBoard moves items through states and boards.
func testBoard(t *testing.T, s work.Store) {
	create(t, s, full(1))
	seq := work.Seq(7)
	item := work.Item{ID: 100, Board: 1, Group: "a", State: work.StateActive, Number: 1}
	move := func(change func(*work.Item), from work.BoardID) {
		seq++
		change(&item)
		one := item
		commit(t, s, 1, seq, work.Change{Item: &one, From: from})
	}
	check := func(what string, board work.BoardID, active int, number int64) {
		t.Helper()
		for _, items := range []bool{true, false} {
			r := mustBoard(t, s, 1, board, items)
			if r.Seq != seq || r.Active != active || r.Number != number || items && len(r.Items) != active {
				t.Errorf("%s: board %d: seq %d, %d active (%d), number %d", what, board, r.Seq, r.Active, len(r.Items), r.Number)
			}
		}
	}
	move(func(*work.Item) {}, 0)
	check("made", 1, 1, 1)
	move(func(it *work.Item) { it.Board, it.Number = 2, 5 }, 1)
	check("moved", 1, 0, 0)
	check("moved", 2, 1, 5)
	move(func(it *work.Item) { it.State = work.StateArchived }, 0)
	check("archived", 2, 0, 5)
	move(func(it *work.Item) { it.Board, it.State = 1, work.StateActive }, 2)
	check("moved back", 1, 1, 5)
	check("moved back", 2, 0, 0)
	move(func(it *work.Item) { it.State = work.StateDeleted }, 0)
	check("deleted", 1, 0, 5)
	_, list := mustItems(t, s, 1, 100)
	equal(t, "item", []*work.Item{&item}, list)
}

func testScanItems(t *testing.T, s work.Store) {
	snap := full(1)
	order := []work.ItemPlace{
		{Pos: -1 << 62, ID: 5}, {Pos: -7, ID: 4}, {ID: 2}, {ID: 3}, {ID: 9}, {Pos: 1, ID: 1},
		{Pos: work.PosStep, ID: 12}, {Pos: 1 << 62, ID: 8},
	}
	for i, p := range slices.Backward(order) {
		snap.Items = append(snap.Items, &work.Item{ID: p.ID, Board: 1, Group: "a", Pos: p.Pos, State: work.StateActive, Number: int64(i)})
	}
	snap.Items = append(snap.Items,
		&work.Item{ID: 20, Board: 1, Group: "a", State: work.StateArchived},
		&work.Item{ID: 21, Board: 1, Group: "a", State: work.StateDeleted},
		&work.Item{ID: 22, Board: 1, Group: "A", State: work.StateActive},
		&work.Item{ID: 23, Board: 2, Group: "a", State: work.StateActive})
	create(t, s, snap)
	first := work.ItemPlace{Pos: -1 << 63}
	for from := -1; from < len(order); from++ {
		for limit := 0; limit <= len(order)+1; limit++ {
			after := first
			if from >= 0 {
				after = order[from]
			}
			list, err := s.ScanItems(t.Context(), 1, 1, "a", after, limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []work.ItemPlace
			for _, it := range list {
				got = append(got, work.ItemPlace{Pos: it.Pos, ID: it.ID})
			}
			rest := order[from+1:]
			equal(t, fmt.Sprint("after ", from, ", at most ", limit), rest[:min(limit, len(rest))], got)
		}
	}
}

// testManyItems is a board of many items, made at once, changed at once, and asked for at once.
func testManyItems(t *testing.T, s work.Store) {
	const n = 10_000
	snap := bigBoard(1, n, 12)
	start := time.Now()
	create(t, s, snap)
	t.Logf("created in %v", time.Since(start))
	r := mustBoard(t, s, 1, 1, true)
	sameItems(t, "created", snap.Items, r.Items)
	estimate := mustBoard(t, s, 1, 1, false).Bytes
	if estimate < n*1000 || estimate > n*5000 {
		t.Errorf("%d items of 12 cells take %d bytes", n, estimate)
	}

	var changes []work.Change
	var ids []work.ItemID
	for i, it := range snap.Items {
		it.State, it.Cells = work.StateArchived, it.Cells[:i%3]
		changes = append(changes, work.Change{Item: it, Active: -1})
		ids = append(ids, it.ID, it.ID, -it.ID) // and some that there are not
	}
	start = time.Now()
	commit(t, s, 1, 2, changes...)
	t.Logf("changed in %v", time.Since(start))
	seq, list := mustItems(t, s, 1, ids...)
	if seq != 2 {
		t.Errorf("items as of %d", seq)
	}
	sameItems(t, "changed", snap.Items, list)
	if r := mustBoard(t, s, 1, 1, true); r.Active != 0 || len(r.Items) != 0 || r.Number != n {
		t.Errorf("archived: %d active (%d), number %d", r.Active, len(r.Items), r.Number)
	}
}

// sameItems is equal for more items than can be compared in words.
func sameItems(t *testing.T, what string, want, got []*work.Item) {
	t.Helper()
	slices.SortFunc(got, func(a, b *work.Item) int { return cmp.Compare(a.ID, b.ID) })
	if len(got) != len(want) {
		t.Fatalf("%s: %d items, want %d", what, len(got), len(want))
	}
	for i, it := range got {
		if len(it.Cells) == 0 {
			it.Cells = want[i].Cells[:0]
		}
		if !reflect.DeepEqual(want[i], it) {
			equal(t, what, want[i], it)
		}
	}
}

func testUpdates(t *testing.T, s work.Store) {
	snap := full(1)
	at := func(us int) time.Time { return day.Add(time.Duration(us) * time.Microsecond) }
	for _, u := range []work.Update{
		{ID: 1, Item: 10, Board: 1, CreatedAt: at(0)},
		{ID: 2, Item: 10, Board: 1, CreatedAt: at(5)},
		{ID: 3, Item: 11, Board: 1, CreatedAt: at(5)},
		{ID: 4, Item: 12, Board: 2, CreatedAt: at(3)},
		{ID: 5, Item: 10, Board: 2, CreatedAt: at(9)}, // written before the item moved
		{ID: 6, Item: 10, Board: 1, Parent: 1, CreatedAt: at(6)},
		{ID: 7, Item: 10, Board: 1, Parent: 2, CreatedAt: at(7)},
		{ID: 8, Item: 10, Board: 1, Parent: 1, CreatedAt: at(6)},
		{ID: 9, Item: 12, Board: 2, Parent: 4, CreatedAt: at(2)},
	} {
		snap.Updates = append(snap.Updates, &u)
	}
	create(t, s, snap)
	const nano = time.Nanosecond
	for _, c := range []struct {
		name string
		q    work.UpdateQuery
		want []work.UpdateID
	}{
		{"all", work.UpdateQuery{}, []work.UpdateID{5, 3, 2, 4, 1}},
		{"by id", work.UpdateQuery{IDs: []work.UpdateID{9, 1, 7, 99, 1}}, []work.UpdateID{7, 9, 1}},
		{"by id, replies too", work.UpdateQuery{IDs: []work.UpdateID{9, 1}, Replies: true}, []work.UpdateID{9, 1}},
		{"by no id", work.UpdateQuery{IDs: []work.UpdateID{}}, nil},
		{"by id and item", work.UpdateQuery{IDs: []work.UpdateID{9, 1}, Items: []work.ItemID{10}}, []work.UpdateID{1}},
		{"of items", work.UpdateQuery{Items: []work.ItemID{10, 12}}, []work.UpdateID{5, 2, 4, 1}},
		{"of a board", work.UpdateQuery{Boards: []work.BoardID{1}}, []work.UpdateID{3, 2, 1}},
		{"of boards", work.UpdateQuery{Boards: []work.BoardID{1, 2, 3}}, []work.UpdateID{5, 3, 2, 4, 1}},
		{"of an item on a board", work.UpdateQuery{Items: []work.ItemID{10}, Boards: []work.BoardID{2}}, []work.UpdateID{5}},
		{"replies", work.UpdateQuery{Parents: []work.UpdateID{1, 4}}, []work.UpdateID{9, 6, 8}},
		{"replies to nothing", work.UpdateQuery{Parents: []work.UpdateID{0}}, nil},
		{"all replies", work.UpdateQuery{Replies: true}, []work.UpdateID{7, 8, 6, 9}},
		{"all replies on a board", work.UpdateQuery{Replies: true, Boards: []work.BoardID{1}}, []work.UpdateID{7, 8, 6}},
		{"all replies since", work.UpdateQuery{Replies: true, From: at(6)}, []work.UpdateID{7, 8, 6}},
		{"since", work.UpdateQuery{From: at(5)}, []work.UpdateID{5, 3, 2}},
		{"since a little later", work.UpdateQuery{From: at(5).Add(nano)}, []work.UpdateID{5}},
		{"since a little earlier", work.UpdateQuery{From: at(5).Add(-nano)}, []work.UpdateID{5, 3, 2}},
		{"until", work.UpdateQuery{To: at(3)}, []work.UpdateID{4, 1}},
		{"until a little earlier", work.UpdateQuery{To: at(3).Add(-nano)}, []work.UpdateID{1}},
		{"until a little later", work.UpdateQuery{To: at(3).Add(nano)}, []work.UpdateID{4, 1}},
		{"between", work.UpdateQuery{From: at(3), To: at(5), Boards: []work.BoardID{1}}, []work.UpdateID{3, 2}},
		{"between, elsewhere", work.UpdateQuery{From: at(3).In(time.FixedZone("", -3600)), To: at(3)}, []work.UpdateID{4}},
		{"between nothing", work.UpdateQuery{From: at(5), To: at(3)}, nil},
		{"in a far future", work.UpdateQuery{From: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, nil},
	} {
		var got []work.UpdateID
		for _, u := range mustUpdates(t, s, c.q) {
			got = append(got, u.ID)
		}
		equal(t, c.name, c.want, got)
	}
	n := 0
	if err := s.Updates(t.Context(), 1, work.UpdateQuery{}, func(*work.Update) bool { n++; return n < 2 }); err != nil || n != 2 {
		t.Errorf("stopped after %d, %v", n, err)
	}
}

func testActivity(t *testing.T, s work.Store) {
	snap := full(1)
	base := day.Unix()*1e7 + 1234560
	for _, a := range []work.Activity{
		{ID: "a", Board: 1, Item: 10, Group: "g", Column: "c", User: 1, Event: "x", At: base},
		{ID: "b", Board: 1, Item: 11, Group: "g", User: 2, Event: "y", At: base + 1},
		{ID: "B", Board: 1, Item: 11, User: 1, Event: "y", At: base + 1},
		{ID: "c-d", Board: 1, Column: "c", Event: "x", At: base + 1},
		{ID: "cc", Board: 2, User: 1, Event: "x", At: base + 2},
		{ID: "e", User: 1, Event: "login", At: base + 3},
	} {
		snap.Activity = append(snap.Activity, &a)
	}
	create(t, s, snap)
	for _, c := range []struct {
		name string
		q    work.ActivityQuery
		want string
	}{
		{"all", work.ActivityQuery{}, "e cc c-d b B a"},
		{"of a board", work.ActivityQuery{Board: 1}, "c-d b B a"},
		{"of no board there is", work.ActivityQuery{Board: 3}, ""},
		{"by users", work.ActivityQuery{Users: []work.UserID{1}}, "e cc B a"},
		{"by the server", work.ActivityQuery{Users: []work.UserID{0}}, "c-d"},
		{"by users on a board", work.ActivityQuery{Board: 1, Users: []work.UserID{1, 2}}, "b B a"},
		{"of items", work.ActivityQuery{Board: 1, Items: []work.ItemID{11, 12}}, "b B"},
		{"of groups", work.ActivityQuery{Board: 1, Groups: []string{"g", `'"`}}, "b a"},
		{"of columns", work.ActivityQuery{Board: 1, Columns: []string{"c"}}, "c-d a"},
		{"of events", work.ActivityQuery{Events: []string{"y", "login"}}, "e b B"},
		{"of everything", work.ActivityQuery{
			Board: 1, Users: []work.UserID{1}, Items: []work.ItemID{10}, Groups: []string{"g"}, Columns: []string{"c"}, Events: []string{"x"},
		}, "a"},
		{"since", work.ActivityQuery{From: day.Add(100)}, "e cc c-d b B"},
		{"since a little later", work.ActivityQuery{From: day.Add(101)}, "e cc"},
		{"until", work.ActivityQuery{To: day.Add(100)}, "c-d b B a"},
		{"until a little earlier", work.ActivityQuery{To: day.Add(99)}, "a"},
		{"at once", work.ActivityQuery{From: day, To: day}, "a"},
	} {
		var got []string
		for _, a := range mustActivity(t, s, c.q) {
			got = append(got, a.ID)
		}
		equal(t, c.name, c.want, strings.Join(got, " "))
	}
	n := 0
	if err := s.Activity(t.Context(), 1, work.ActivityQuery{}, func(*work.Activity) bool { n++; return n < 2 }); err != nil || n != 2 {
		t.Errorf("stopped after %d, %v", n, err)
	}
}

func testAssetsBlocksNotifications(t *testing.T, s work.Store) {
	ctx := t.Context()
	snap := full(1)
	for i := range 6 {
		snap.Assets = append(snap.Assets, &work.Asset{ID: work.AssetID(60 - i), Item: work.ItemID(i % 3), Update: work.UpdateID(i % 2)})
		snap.Blocks = append(snap.Blocks, &work.Block{ID: string(rune('f' - i)), Doc: work.DocID(1 + i/4), Pos: float64(i / 2 * -1)})
	}
	create(t, s, snap)
	var changes []work.Change
	for i := range 6 {
		n := notification()
		n.ID, n.CreatedAt = work.NotificationID(i+1), day.Add(time.Duration(i/2)*time.Second)
		changes = append(changes, work.Change{Notification: n})
	}
	changes[5].Notification.User = 3
	changes[0].Notification.ReadAt = time.Time{}
	commit(t, s, 1, 8, changes...)

	files := func(q work.AssetQuery, want ...work.AssetID) {
		t.Helper()
		list, err := s.Assets(ctx, 1, q)
		if err != nil {
			t.Fatal(err)
		}
		var got []work.AssetID
		for _, a := range list {
			got = append(got, a.ID)
		}
		equal(t, fmt.Sprint(q), want, got)
	}
	files(work.AssetQuery{IDs: []work.AssetID{60, 55, 99, 60}}, 55, 60)
	files(work.AssetQuery{Items: []work.ItemID{1, 2}}, 55, 56, 58, 59)
	files(work.AssetQuery{Updates: []work.UpdateID{1}}, 55, 57, 59)

	texts := func(doc work.DocID, ids []string, want string) {
		t.Helper()
		list, err := s.Blocks(ctx, 1, doc, ids)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, b := range list {
			got = append(got, b.ID)
		}
		equal(t, fmt.Sprint("blocks ", doc, ids), want, strings.Join(got, " "))
	}
	texts(1, nil, "c d e f")
	texts(2, nil, "a b")
	texts(2, []string{"f"}, "a b")
	texts(3, nil, "")
	texts(0, []string{"f", "a", "'", "f"}, "a f")

	for limit, want := range [][]int{{}, {4}, {4, 3}, {4, 3, 2}, {4, 3, 2, 1}, {4, 3, 2, 1, 0}, {4, 3, 2, 1, 0}} {
		list, err := s.Notifications(ctx, 1, 2, limit)
		if err != nil {
			t.Fatal(err)
		}
		var all []*work.Notification
		for _, i := range want {
			all = append(all, changes[i].Notification)
		}
		equal(t, "notifications", all, list)
	}
	commit(t, s, 1, 9, work.Change{Delete: true, Notification: &work.Notification{ID: 6}})
	if list, err := s.Notifications(ctx, 1, 3, 10); err != nil || len(list) != 0 {
		t.Errorf("deleted: %v, %v", list, err)
	}
}

func testDeliveries(t *testing.T, s work.Store) {
	ctx := t.Context()
	at := func(s int) time.Time { return day.Add(time.Duration(s) * time.Second) }
	for id := work.AccountID(1); id <= 2; id++ {
		create(t, s, full(id))
		var changes []work.Change
		for i := range 3 {
			d := delivery()
			d.ID, d.First, d.Next, d.Tries = fmt.Sprint("d-", i), at(i), at(2*i+int(id)), 0
			changes = append(changes, work.Change{Delivery: d})
		}
		commit(t, s, id, 8, changes...)
	}
	claim := func(now, until time.Time, limit int, want ...string) []work.ClaimedDelivery {
		t.Helper()
		list, err := s.ClaimDeliveries(ctx, now, until, limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range list {
			if !d.Next.Equal(until) {
				t.Errorf("%d/%s is put off to %v, want %v", d.Account, d.ID, d.Next, until)
			}
			got = append(got, fmt.Sprint(d.Account, "/", d.ID))
		}
		slices.Sort(got)
		equal(t, "claimed", want, got)
		return list
	}
	claim(at(0), at(100), 10)
	claim(at(1), at(100), 10, "1/d-0")
	claim(at(4), at(100), 2, "1/d-1", "2/d-0")                  // what has been due longest
	list := claim(at(6), at(50), 10, "1/d-2", "2/d-1", "2/d-2") // and those in the order they happened
	if !slices.IsSortedFunc(list, func(a, b work.ClaimedDelivery) int { return a.First.Compare(b.First) }) {
		t.Errorf("in the order %v", list)
	}
	claim(at(49), at(200), 10)

	settle := func(id work.AccountID, d string, next time.Time) {
		t.Helper()
		if err := s.SettleDelivery(ctx, id, d, next); err != nil {
			t.Fatal(err)
		}
	}
	settle(1, "d-2", time.Time{})
	settle(1, "d-2", at(1)) // it is gone
	settle(2, "d-2", at(20))
	settle(2, "d-2", at(30))
	list = claim(at(30), at(60), 10, "2/d-2")
	want := delivery()
	want.ID, want.First, want.Next, want.Tries = "d-2", at(2), at(60), 2
	equal(t, "delivery", []work.ClaimedDelivery{{Account: 2, Delivery: *want}}, list)
	claim(at(50), at(60), 10, "2/d-1")
	commit(t, s, 1, 9, work.Change{Delete: true, Delivery: &work.Delivery{ID: "d-0"}})
	claim(at(1000), at(2000), 10, "1/d-1", "2/d-0", "2/d-1", "2/d-2")
}

// testDeliveriesOnce has several claim at once: each delivery goes to one of them.
func testDeliveriesOnce(t *testing.T, s work.Store) {
	const n = 500
	create(t, s, full(1))
	var changes []work.Change
	for i := range n {
		d := delivery()
		d.ID = fmt.Sprintf("d-%03d", i)
		changes = append(changes, work.Change{Delivery: d})
	}
	commit(t, s, 1, 8, changes...)
	claimOnce(t, n, s, s, s)
}

// claimOnce has stores claim all of n deliveries.
func claimOnce(t *testing.T, n int, stores ...work.Store) {
	t.Helper()
	var mu sync.Mutex
	seen := make(map[string]int)
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			for taken := 1; taken > 0; {
				list, err := s.ClaimDeliveries(t.Context(), day.AddDate(1, 0, 0), day.AddDate(2, 0, 0), 7)
				if err != nil {
					t.Error(err)
					return
				}
				if taken = len(list); taken > 7 {
					t.Errorf("claimed %d", taken)
				}
				mu.Lock()
				for _, d := range list {
					seen[d.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != n {
		t.Errorf("%d of %d were claimed", len(seen), n)
	}
	for d, times := range seen {
		if times != 1 {
			t.Errorf("%s was claimed %d times", d, times)
		}
	}
}

func testRecordsNotFed(t *testing.T, s work.Store) {
	create(t, s, full(1))
	c := content()
	records := []work.Change{
		{Update: c.Updates[0]}, {Asset: c.Assets[0]}, {Block: c.Blocks[0]}, {Activity: c.Activity[0]},
		{Notification: notification()}, {Delivery: delivery()}, {Delete: true, Update: c.Updates[1]},
	}
	commit(t, s, 1, 8, records...)
	fed := []work.Change{
		{Group: c.Groups[0]}, {Column: c.Columns[0]}, {View: c.Views[0]}, {Item: c.Items[0], From: 2, Active: 1},
		{Delete: true, View: c.Views[1]}, {Folder: full(1).Folders[0]}, {Tag: full(1).Tags[0]},
		{Webhook: full(1).Webhooks[0]}, {Doc: full(1).Docs[0]}, {Board: full(1).Boards[0]},
	}
	commit(t, s, 1, 9, slices.Concat(records[:3], fed[:4], records[3:], fed[4:])...)
	got, err := s.Since(t.Context(), 1, 7)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "feed", []work.Batch{*batch(8), *batch(9, fed...)}, got)
}

// testLoadBoardWhileCommitting: what is read of a board, and of items, is as of one seq.
func testLoadBoardWhileCommitting(t *testing.T, s work.Store) {
	const n = 100
	create(t, s, full(1))
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		for i := range n {
			item := &work.Item{ID: work.ItemID(i + 1), Board: 1, Group: "a", State: work.StateActive, Number: int64(i + 1)}
			err := s.Commit(t.Context(), 1, batch(work.Seq(8+i),
				work.Change{Group: &work.Group{Board: 1, ID: fmt.Sprint("g", i)}},
				work.Change{Column: &work.Column{Board: 1, ID: fmt.Sprint("c", i)}},
				work.Change{View: &work.BoardView{Board: 1, ID: work.ViewID(i + 1)}},
				work.Change{Item: item}, work.Change{Item: &work.Item{ID: work.ItemID(n + i), Board: 2}}))
			if err != nil {
				t.Error(err)
			}
		}
	})
	ids := make([]work.ItemID, 3*n)
	for i := range ids {
		ids[i] = work.ItemID(i + 1)
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		r := mustBoard(t, s, 1, 1, true)
		k := int(r.Seq - 7)
		if len(r.Groups) != k || len(r.Columns) != k || len(r.Views) != k || len(r.Items) != k || r.Active != k || r.Number != int64(k) {
			t.Fatalf("at %d: %d groups, %d columns, %d views, %d items, %d active, number %d", k,
				len(r.Groups), len(r.Columns), len(r.Views), len(r.Items), r.Active, r.Number)
		}
		seq, list := mustItems(t, s, 1, ids...)
		// The hundredth item is put twice: from the other board it came to this one.
		if k := int(seq - 7); len(list) != 2*k && len(list) != 2*k-1 {
			t.Fatalf("at %d: %d items", k, len(list))
		}
	}
	wg.Wait()
}

// testRandomQueries asks a database and the store in memory the same of enough rows for many pages.
func testRandomQueries(t *testing.T, s work.Store) {
	r := rand.New(rand.NewPCG(1, 2))
	snap := full(1)
	const n = 4000
	for i := range n {
		snap.Activity = append(snap.Activity, &work.Activity{
			ID: fmt.Sprintf("%08x", r.Uint32()), Board: work.BoardID(r.IntN(3)), Item: work.ItemID(r.IntN(5)),
			Group: fmt.Sprint("g", r.IntN(3)), Column: fmt.Sprint("c", r.IntN(3)), User: work.UserID(r.IntN(4)),
			Event: fmt.Sprint("e", r.IntN(5)), At: day.Unix()*1e7 + r.Int64N(n/3),
		})
		if i%3 == 0 {
			u := &work.Update{
				ID: work.UpdateID(i + 1), Item: work.ItemID(r.IntN(20)), Board: work.BoardID(r.IntN(4)),
				CreatedAt: day.Add(time.Duration(r.IntN(n/10)) * time.Microsecond),
			}
			if r.IntN(3) == 0 {
				u.Parent = work.UpdateID(3*r.IntN(40) + 1)
			}
			snap.Updates = append(snap.Updates, u)
		}
	}
	model := new(worktest.Store)
	create(t, s, snap)
	create(t, model, snap)
	for range 40 {
		a := work.ActivityQuery{
			Board: work.BoardID(r.IntN(3)), Users: some[work.UserID](r, 4), Items: some[work.ItemID](r, 5),
			Events: someTexts(r, "e", 5), Groups: someTexts(r, "g", 3), Columns: someTexts(r, "c", 3),
		}
		if r.IntN(2) == 0 {
			a.From = day.Add(time.Duration(r.IntN(n/3)) * 90)
		}
		if r.IntN(2) == 0 {
			a.To = day.Add(time.Duration(r.IntN(n/3)) * 110)
		}
		if !slices.EqualFunc(mustActivity(t, model, a), mustActivity(t, s, a), func(a, b *work.Activity) bool { return *a == *b }) {
			t.Errorf("%+v: not what it should be", a)
		}

		u := work.UpdateQuery{Items: some[work.ItemID](r, 20), Boards: some[work.BoardID](r, 4), Replies: r.IntN(4) == 0}
		switch r.IntN(4) {
		case 0:
			u.Parents, u.Replies = some[work.UpdateID](r, 120), false
		case 1:
			u.IDs = some[work.UpdateID](r, n)
		}
		if r.IntN(2) == 0 {
			u.From = day.Add(time.Duration(r.IntN(n/10)) * time.Microsecond)
		}
		if r.IntN(2) == 0 {
			u.To = day.Add(time.Duration(r.IntN(n/10)) * time.Microsecond)
		}
		if !slices.EqualFunc(mustUpdates(t, model, u), mustUpdates(t, s, u), func(a, b *work.Update) bool { return a.ID == b.ID }) {
			t.Errorf("%+v: not what it should be", u)
		}
	}
}

// some is nil, as a rule, or about half of the ids below n.
func some[T ~int64](r *rand.Rand, n int) (list []T) {
	if r.IntN(3) > 0 {
		return nil
	}
	for i := range n {
		if r.IntN(2) == 0 {
			list = append(list, T(i))
		}
	}
	return list
}

// someTexts is some, of texts.
func someTexts(r *rand.Rand, prefix string, n int) (list []string) {
	for _, i := range some[work.ItemID](r, n) {
		list = append(list, prefix+i.String())
	}
	return list
}

// testColumnValues: the view shows what is in cells as somebody who knows SQL would look for it.
func testColumnValues(t *testing.T, s work.Store) {
	snap := full(1)
	snap.Content = content()
	create(t, s, snap)
	type row struct {
		Board, Item       int64
		Column, Value, At string
	}
	var got []row
	var one row
	err := s.(source).reader().query(t.Context(), `SELECT board_id, item_id, column_id, COALESCE(value, ''), COALESCE(changed_at, '')
		FROM column_values WHERE account_id = $1`, []any{int64(1)}, func() error {
		got = append(got, one)
		return nil
	}, &one.Board, &one.Item, &one.Column, &one.Value, &one.At)
	if err != nil {
		t.Fatal(err)
	}
	var want []row
	for _, it := range snap.Items {
		for _, c := range it.Cells {
			r := row{int64(it.Board), int64(it.ID), c.Column, c.Value.JSON, ""}
			if c.At != 0 {
				r.At = stamp(time.UnixMicro(c.At))
			}
			want = append(want, r)
		}
	}
	byColumn := func(a, b row) int { return cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.Column, b.Column)) }
	slices.SortFunc(got, byColumn)
	slices.SortFunc(want, byColumn)
	equal(t, "column_values", want, got)
}
