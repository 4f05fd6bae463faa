package seed_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/seed"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// today is when the sample is now.
var today = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// TestSampleUsesEverything: every type of column that can be made is in use, and there is one of
// everything that can be on a board.
func TestSampleUsesEverything(t *testing.T) {
	t.Parallel()
	snap := sample(t).Snapshot
	held, there := map[column.Type]bool{}, map[column.Type]bool{}
	types := map[work.BoardID]map[string]column.Type{}
	seen := map[string]bool{}
	for _, c := range snap.Columns {
		if types[c.Board] == nil {
			types[c.Board] = map[string]column.Type{}
		}
		types[c.Board][c.ID] = c.Type
		there[c.Type] = true
		seen["column "+string(c.State)] = true
		seen["hidden column"] = seen["hidden column"] || c.Hidden && len(c.Readers) > 0
		seen["locked column"] = seen["locked column"] || c.Locked && len(c.Writers) > 0
	}
	for _, it := range snap.Items {
		seen["item "+string(it.State)] = true
		seen["subitem"] = seen["subitem"] || it.Parent != 0
		seen["description"] = seen["description"] || it.Description != 0
		for _, c := range it.Cells {
			held[types[it.Board][c.Column]] = true
		}
	}
	for _, g := range snap.Groups {
		seen["group "+string(g.State)] = true
	}
	for _, u := range snap.Updates {
		seen["reply"] = seen["reply"] || u.Parent != 0
		seen["like"] = seen["like"] || len(u.Likes) > 0
		seen["pinned update"] = seen["pinned update"] || u.Pinned
	}
	for _, b := range snap.Boards {
		seen["board for assignees"] = seen["board for assignees"] || b.OnlyAssigned
		seen["board of "+string(b.Permission)] = true
		seen["board in a folder"] = seen["board in a folder"] || b.Folder != 0
		seen["private doc"] = seen["private doc"] || b.Type == work.DocBoard && b.Kind == work.Private
	}
	for _, x := range snap.Tags {
		seen["tag of a board"] = seen["tag of a board"] || x.Board != 0
	}
	for _, want := range []string{"column active", "column deleted", "hidden column", "locked column", "item active", "item archived", "item deleted", "subitem",
		"description", "group active", "group archived", "group deleted", "reply", "like", "pinned update", "board for assignees", "board of assignee",
		"board of everyone", "board in a folder", "private doc", "tag of a board"} {
		if !seen[want] {
			t.Errorf("the sample has no %s", want)
		}
	}
	calculated := []column.Type{column.Name, column.AutoNumber, column.Button, column.CreationLog, column.Formula, column.ItemID, column.LastUpdated, column.Mirror, column.Progress}
	for _, typ := range column.Types() {
		kind, _ := column.ByName(string(typ))
		if kind.Creatable && !there[typ] {
			t.Errorf("the sample has no %s column", typ)
		}
		if kind.Creatable && !slices.Contains(calculated, typ) && !held[typ] {
			t.Errorf("no item of the sample holds a %s", typ)
		}
	}
	if n := len(snap.Items); n < 200 {
		t.Errorf("%d items", n)
	}
}

// TestSampleIsAYear: things happened all through the year before today, and nothing since.
func TestSampleIsAYear(t *testing.T) {
	t.Parallel()
	snap := sample(t).Snapshot
	months := map[string]int{}
	for _, a := range snap.Activity {
		at := time.UnixMicro(a.At / 10).UTC()
		months[at.Format("2006-01")]++
		if at.After(today) {
			t.Errorf("%s on board %d happens at %s", a.Event, a.Board, at)
		}
	}
	for m := today.AddDate(-1, 1, 0); m.Before(today); m = m.AddDate(0, 1, 0) {
		if n := months[m.Format("2006-01")]; n < 20 {
			t.Errorf("%d lines in %s", n, m.Format("January 2006"))
		}
	}
	for _, u := range snap.Updates {
		if u.UpdatedAt.After(today) {
			t.Errorf("update %d is of %s", u.ID, u.UpdatedAt)
		}
	}
	for _, b := range snap.Boards {
		if b.UpdatedAt.After(today) {
			t.Errorf("board %d was changed at %s", b.ID, b.UpdatedAt)
		}
	}
}

// TestSampleIsTheSame: nothing of it depends on when or where it is read.
func TestSampleIsTheSame(t *testing.T) {
	t.Parallel()
	text := func() string {
		js, err := json.Marshal(sample(t).Snapshot)
		if err != nil {
			t.Fatal(err)
		}
		return string(js)
	}
	first := text()
	if text() != first {
		t.Error("the second time it is different")
	}
}

// TestSampleReads: whoever asks gets what formulas and mirrors come to, and sees what is theirs to see.
func TestSampleReads(t *testing.T) {
	t.Parallel()
	s := sample(t)
	svc := service(t)
	if err := s.Seal(svc.MakeToken); err != nil {
		t.Fatal(err)
	}
	if err := svc.NewAccount(t.Context(), s.Snapshot); err != nil {
		t.Fatal(err)
	}
	view := func(secret string) *work.View {
		by, err := svc.Authenticate(t.Context(), secret)
		if err != nil {
			t.Fatal(err)
		}
		v, err := svc.View(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	admin, member, guest := view("dev-admin"), view("dev-member"), view("dev-guest")
	for _, c := range []struct {
		item         work.ItemID
		column, want string
	}{
		{7304401001, "reached", "85"}, {7304404001, "profit", "1280"}, {7304404002, "customer", "Bruno Castelli - bruno.castelli@mail.example.com"},
		{7304405005, "order_now", "Order"}, {7304405001, "order_now", "Enough"}, {7304405005, "worth", "184"}, {7304405005, "lead_time", "60"},
		{7304402001, "days", "409"}, {7304410001, "hourly", "25"}, {7304412001, "speed", "21.8"}, {7304407001, "stage", "Delivered"},
		{7304417007, "left", "-850"}, {7304402003, "depends_on", "Fork with inside cables"},
	} {
		if got := shown(t, admin, c.item, c.column); got != c.want {
			t.Errorf("%s of item %d is %q, want %q", c.column, c.item, got, c.want)
		}
	}
	if got := shown(t, member, 7304409001, "sku"); got != "SP-264, SP-290" {
		t.Errorf("a member reads %q of a delivery", got)
	}
	if got := shown(t, admin, 7304416001, "asks_for"); got != "no column" {
		t.Errorf("somebody whom it is hidden from reads what a candidate asks for: %q", got)
	}
	if it, err := guest.Item(7304404001); it != nil || err != nil {
		t.Errorf("the guest sees the queue: %v, %v", it, err)
	}
	if it, err := guest.Item(7304408001); it == nil || err != nil {
		t.Errorf("the guest does not see her pictures: %v, %v", it, err)
	}
	if mine, err := member.Item(7304415008); mine == nil || err != nil {
		t.Errorf("Tomasz does not see his ticket: %v, %v", mine, err)
	}
	if others, err := member.Item(7304415001); others != nil || err != nil {
		t.Errorf("Tomasz sees Kwame's ticket: %v, %v", others, err)
	}
}

// shown is what a cell displays.
func shown(t *testing.T, v *work.View, id work.ItemID, col string) string {
	t.Helper()
	it, err := v.Item(id)
	if it == nil || err != nil {
		t.Fatalf("item %d: %v, %v", id, it, err)
	}
	cells, err := v.Cells(it, []string{col}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) == 0 {
		return "no column"
	}
	return cells[0].Column.Def.DisplayValue(cells[0].Value, *cells[0].Env)
}

// TestBulk: so many items as were asked for, on boards of the sizes that were promised.
func TestBulk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bulk         seed.Bulk
		boards       int // that have items
		first, other int // items on the first board, and at most on each of the others
	}{
		{seed.Bulk{Items: 1}, 1, 1, 0},
		{seed.Bulk{Items: 9_999}, 1, 9_999, 0},
		{seed.Bulk{Items: 10_000}, 1, 10_000, 0},
		{seed.Bulk{Items: 12_500}, 4, 10_000, 834},
		{seed.Bulk{Items: 100, Boards: 8}, 8, 13, 13},
		{seed.Bulk{Items: 12_000, Boards: 41}, 41, 10_000, 50},
		{seed.Bulk{Items: 30_000, Boards: 2}, 2, 15_000, 15_000},
		{seed.Bulk{Items: 3, Boards: 8}, 3, 1, 1},
	} {
		snap := parse(t, house).Snapshot
		seed.Generate(snap, c.bulk)
		count := map[work.BoardID]int{}
		ids := map[work.ItemID]bool{}
		for _, it := range snap.Items {
			count[it.Board]++
			ids[it.ID] = true
			if it.Number != int64(count[it.Board]) || it.Creator == 0 || it.UpdatedAt.Before(it.CreatedAt) || it.UpdatedAt.After(today) || it.Name == "" {
				t.Fatalf("item %+v", it)
			}
		}
		if len(ids) != c.bulk.Items || len(count) != c.boards {
			t.Errorf("%+v: %d items on %d boards", c.bulk, len(ids), len(count))
		}
		for i, b := range snap.Boards {
			if n := count[b.ID]; i == 0 && n != c.first || i > 0 && n > c.other {
				t.Errorf("%+v: %d items on board %d", c.bulk, n, i)
			}
		}
	}
}

// TestBulkHoldsValues: in twelve columns, which the service reads.
func TestBulkHoldsValues(t *testing.T) {
	t.Parallel()
	snap := parse(t, house+"tokens: [{secret: dev-ada, user: 1}]\n")
	seed.Generate(snap.Snapshot, seed.Bulk{Items: 300, Seed: 7})
	held := map[string]int{}
	for _, it := range snap.Snapshot.Items {
		for _, c := range it.Cells {
			held[c.Column]++
		}
	}
	for _, id := range []string{"text", "long_text", "numbers", "status", "dropdown", "date", "timeline", "people", "checkbox", "email", "link", "rating"} {
		if held[id] < 60 || held[id] == 300 {
			t.Errorf("%d of 300 items hold something in %s", held[id], id)
		}
	}
	svc := service(t)
	if err := snap.Seal(svc.MakeToken); err != nil {
		t.Fatal(err)
	}
	if err := svc.NewAccount(t.Context(), snap.Snapshot); err != nil {
		t.Fatal(err)
	}
	by, err := svc.Authenticate(t.Context(), "dev-ada")
	if err != nil {
		t.Fatal(err)
	}
	v, err := svc.View(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	b := v.Board(snap.Snapshot.Boards[0].ID)
	page, err := v.ItemsPage(b, work.ItemQuery{}, 500)
	if err != nil || len(page.Items) != 300 || page.Items[0].Name != snap.Snapshot.Items[0].Name {
		t.Errorf("%d items, %v", len(page.Items), err)
	}
}

func BenchmarkGenerateItems(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		seed.Generate(sample(b).Snapshot, seed.Bulk{Items: 100_000, Seed: 1})
	}
}
