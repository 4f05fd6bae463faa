package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// talk puts onto the small account what people make around items: boards 41 and 42 with updates, files,
// tags, docs, folders, webhooks and a log.
func talk(s *work.Snapshot) {
	at := func(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 39e6, time.UTC) }
	cell := func(col, js string) work.Cell { return work.Cell{Column: col, Value: column.Value{JSON: js}} }
	board := func(id work.BoardID, name string, kind work.BoardKind, owner work.UserID, users ...work.UserID) *work.Board {
		b := &work.Board{ID: id, Name: name, Kind: kind, State: work.StateActive, Workspace: 11, Creator: owner, Permission: work.PermEveryone, CreatedAt: at(1), UpdatedAt: at(1)}
		s.Boards = append(s.Boards, b)
		s.BoardUsers = append(s.BoardUsers, work.BoardUser{Board: id, User: owner, Owner: true})
		for _, u := range users {
			s.BoardUsers = append(s.BoardUsers, work.BoardUser{Board: id, User: u})
		}
		return b
	}
	board(41, "Launch", work.Share, 2, 1, 4).Folder = 51
	board(42, "Board room", work.Private, 7)
	doc := board(71, "Plan", work.Public, 2)
	doc.Type, doc.Folder = work.DocBoard, 52
	board(72, "Payroll", work.Private, 7).Type = work.DocBoard
	for _, b := range []work.BoardID{41, 42} {
		s.Groups = append(s.Groups, &work.Group{Board: b, ID: "topics", Title: "Topics", Color: "#037f4c", State: work.StateActive})
		for i, c := range []column.Type{column.Name, column.File, column.Tags, column.Doc} {
			s.Columns = append(s.Columns, &work.Column{Board: b, ID: string(c), Title: string(c), Type: c, Pos: int64(i), State: work.StateActive})
		}
	}
	item := func(id work.ItemID, on work.BoardID, name string, cells ...work.Cell) *work.Item {
		it := &work.Item{ID: id, Board: on, Group: "topics", Name: name, State: work.StateActive, Pos: int64(id), Number: int64(id % 100), Creator: 2, UpdatedBy: 2, CreatedAt: at(1), UpdatedAt: at(1), Cells: cells}
		s.Items = append(s.Items, it)
		return it
	}
	file := func(kind string, asset, object, id int64, name string) column.Attachment {
		return column.Attachment{Kind: kind, Name: name, AssetID: asset, ObjectID: object, FileID: id, CreatedAt: at(2).UnixMilli(), CreatedBy: 2}
	}
	item(4101, 41, "Write the press release",
		cell("file", column.Attach([]column.Attachment{file("ASSET", 61, 0, 0, "logo.png")}).JSON),
		cell("tags", `{"tag_ids":[81,82]}`),
		cell("doc", column.Attach([]column.Attachment{file("MONDAY_DOC", 0, 71, 701, "Plan")}).JSON)).Description = 703
	item(4102, 41, "Book the hall",
		cell("doc", column.Attach([]column.Attachment{file("MONDAY_DOC", 0, 72, 702, "Payroll")}).JSON))
	item(4201, 42, "Sell the company", cell("tags", `{"tag_ids":[83]}`))

	update := func(id, parent work.UpdateID, on work.BoardID, about work.ItemID, by work.UserID, day int, body string) *work.Update {
		u := &work.Update{ID: id, Parent: parent, Item: about, Board: on, Creator: by, Body: body, CreatedAt: at(day), EditedAt: at(day), UpdatedAt: at(day)}
		s.Updates = append(s.Updates, u)
		return u
	}
	u := update(9101, 0, 41, 4101, 2, 2, "<p>First <b>draft</b> &amp; more<br>Who reads it?</p>")
	u.Pinned, u.UpdatedAt, u.OriginalDate = true, at(4), "2019-12-31"
	u.Likes = []work.Like{{ID: 1, User: 1, Reaction: "❤️", CreatedAt: at(3)}, {ID: 2, User: 4, CreatedAt: at(4)}}
	update(9102, 0, 41, 4101, 1, 3, "I do").EditedAt = at(5)
	update(9103, 9101, 41, 4101, 1, 4, "<p>Me</p>").Likes = []work.Like{{ID: 3, User: 2, CreatedAt: at(5)}}
	update(9104, 9101, 41, 4101, 4, 5, "Me too")
	update(9105, 0, 41, 4102, 4, 6, "Which hall?")
	update(9201, 0, 42, 4201, 7, 7, "To whom?")
	update(9202, 9201, 42, 4201, 7, 8, "Nobody")

	asset := func(id work.AssetID, name, typ string, in work.Asset) {
		in.ID, in.Name, in.Type, in.Key, in.Uploader, in.CreatedAt = id, name, typ, fmt.Sprint("key", id), 2, at(2)
		s.Assets = append(s.Assets, &in)
	}
	asset(61, "logo.png", "image/png", work.Asset{Size: 1234, Geometry: "640x480", Item: 4101, Board: 41, Column: "file"})
	asset(62, "README", "text/plain", work.Asset{Size: 5, Item: 4101, Board: 41, Update: 9101})
	asset(63, "answer.tar.gz", "application/gzip", work.Asset{Size: 6, Item: 4101, Board: 41, Update: 9103})
	asset(64, "price.xlsx", "application/vnd.ms-excel", work.Asset{Size: 7, Item: 4201, Board: 42, Column: "file"})

	s.Tags = []*work.Tag{
		{ID: 81, Name: "urgent", Color: "#ff0000"}, {ID: 82, Name: "press", Color: "#00ff00", Board: 41},
		{ID: 83, Name: "secret", Color: "#0000ff", Board: 42}, {ID: 84, Name: "unused", Color: "#000000"},
	}
	s.Folders = []*work.Folder{
		{ID: 51, Name: "Campaigns", Workspace: 11, Color: "DONE_GREEN", FontWeight: "FONT_WEIGHT_BOLD", Icon: "WORK", Owner: 2, CreatedAt: at(1)},
		{ID: 52, Name: "2026", Workspace: 11, Parent: 51, Owner: 2, CreatedAt: at(2)},
		{ID: 53, Name: "Safe", Workspace: 12, Owner: 8, CreatedAt: at(3)},
		{ID: 54, Name: "Everything", Workspace: 10, Owner: 1, CreatedAt: at(4)},
	}
	s.Webhooks = []*work.Webhook{
		{ID: 91, Board: 41, Event: "create_item", URL: "https://example.com/hook", Creator: 2, CreatedAt: at(1)},
		{ID: 92, Board: 41, Event: "change_specific_column_value", URL: "https://example.com/hook", Config: `{"columnId":"tags"}`, Creator: 2, CreatedAt: at(2)},
		{ID: 93, Board: 42, Event: "create_item", URL: "https://example.com/secret", Creator: 7, CreatedAt: at(2)},
	}
	s.Docs = []*work.Doc{
		{ID: 701, Board: 71, Item: 4101, Column: "doc", Settings: `{"fontSize":"small"}`, Creator: 2, CreatedAt: at(2), UpdatedAt: at(3)},
		{ID: 702, Board: 72, Item: 4102, Column: "doc", Creator: 7, CreatedAt: at(2), UpdatedAt: at(3)},
		{ID: 703, Item: 4101, Creator: 2, CreatedAt: at(2), UpdatedAt: at(3)},
	}
	block := func(id string, doc work.DocID, pos float64, typ, parent, content string) {
		s.Blocks = append(s.Blocks, &work.Block{ID: id, Doc: doc, Parent: parent, Type: typ, Content: content, Pos: pos, Creator: 2, CreatedAt: at(2), UpdatedAt: at(3)})
	}
	block("b-title", 701, 1, "large_title", "", `{"alignment":"left","direction":"ltr","deltaFormat":[{"insert":"Plan"}]}`)
	block("b-notice", 701, 2, "notice_box", "", `{"theme":"info"}`)
	block("b-inner", 701, 3.5, "normal_text", "b-notice", `{"deltaFormat":[{"insert":"Not "},{"insert":"yet","attributes":{"bold":true}}]}`)
	block("b-end", 701, 4, "normal_text", "", `{"deltaFormat":[{"insert":"The end"}]}`)
	block("b-secret", 702, 1, "normal_text", "", `{"deltaFormat":[{"insert":"1000000"}]}`)
	block("b-item", 703, 1, "normal_text", "", `{"deltaFormat":[{"insert":"What it is about"}]}`)

	for i, e := range []work.Activity{
		{User: 2, Event: "create_pulse", Entity: "pulse", Item: 4101, Group: "topics", Data: `{"board_id":41,"pulse_id":4101}`},
		{User: 1, Event: "update_column_value", Entity: "pulse", Item: 4101, Group: "topics", Column: "tags", Data: `{"column_id":"tags"}`},
		{User: 2, Event: "create_pulse", Entity: "pulse", Item: 4102, Group: "topics", Data: `{"board_id":41,"pulse_id":4102}`},
		{Event: "update_board_name", Entity: "board", Data: `{"value":{"name":"Launch"}}`},
	} {
		e.ID, e.Board, e.At = fmt.Sprintf("a%d", i+1), 41, at(i+1).UnixNano()/100
		s.Activity = append(s.Activity, &e)
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                                      "",
		"plain, 1 > 0":                          "plain, 1 > 0",
		"a < b":                                 "a",
		"<p>one</p><p>two</p>":                  "one\ntwo",
		"one<br>two<br/>three<BR />four":        "one\ntwo\nthree\nfour",
		"<ul><li>a</li><li>b</li></ul>":         "a\nb",
		`<a href="https://x/?a=1&amp;b">x</a>`:  "x",
		"&lt;b&gt;not bold&lt;/b&gt; &amp;amp;": "<b>not bold</b> &amp;",
		"<p>cut <b":                             "cut",
		"<><p>odd</p></>":                       "odd",
		"<blockquote>said</blockquote>done":     "said\ndone",
		strings.Repeat("<p>", 50_000):           "",
	} {
		if got := plainText(body); got != want {
			t.Errorf("%.60q: %q, want %q", body, got, want)
		}
	}
}

// What people write is read for all items of a list at once, not item by item.
func TestUpdatesAtOnce(t *testing.T) {
	t.Parallel()
	seed := small()
	talk(seed)
	s := start(t, seed, nil)
	reads := map[string]int{}
	s.store.OnRead(func(method string) error {
		reads[method]++
		return nil
	})
	got := s.query(t, 1, `{ items(ids: [4101, 4102]) { id updates { id assets { id } replies { id assets { id } } } } }`, nil)
	want := `{"data":{"items":[{"id":"4101","updates":[{"id":"9102","assets":[],"replies":[]},` +
		`{"id":"9101","assets":[{"id":"62"}],"replies":[{"id":"9103","assets":[{"id":"63"}]},{"id":"9104","assets":[]}]}]},` +
		`{"id":"4102","updates":[{"id":"9105","assets":[],"replies":[]}]}]}`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if reads["Updates"] != 2 || reads["Assets"] != 2 {
		t.Errorf("updates and replies are read once each, as are their files; got %v", reads)
	}
	clear(reads)
	got = s.query(t, 1, `{ updates { item { id } } }`, nil)
	if want := `{"data":{"updates":[{"item":{"id":"4102"}},{"item":{"id":"4101"}},{"item":{"id":"4101"}}]}`; !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if reads["Updates"] != 1 || reads["LoadItems"] > 1 {
		t.Errorf("the updates' items are read once; got %v", reads)
	}
}
