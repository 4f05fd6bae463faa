package seed

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// doc makes a doc with its board: of its own in a workspace, or in a doc column of an item.
func (b *builder) doc(in *docSeed) {
	b.named(in.Name, in.at)
	created := b.created(in.CreatedAt)
	d := &work.Doc{ID: work.DocID(in.ID), Board: work.BoardID(in.Object), Creator: find(b, &b.users, in.Creator), CreatedAt: created, UpdatedAt: created}
	if in.UpdatedAt.After(created) {
		d.UpdatedAt = in.UpdatedAt
	}
	users := subscribers(b, &b.users, in.Users, in.Owners)
	if d.Creator == 0 {
		d.Creator = b.someCreator(users)
	}
	row := &work.Board{ID: d.Board, Name: in.Name, Kind: orElse(in.Kind, work.Public), State: work.StateActive, Workspace: b.snap.Account.MainWorkspace,
		Creator: d.Creator, Permission: work.PermEveryone, Type: work.DocBoard, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}
	if in.Workspace.given() {
		row.Workspace = find(b, &b.workspaces, in.Workspace)
	}
	row.Folder = b.inFolder(in.Folder, row.Workspace)
	if in.Item.given() || in.Column.given() {
		users = b.inItem(d, row, in, users)
	}
	if len(users) == 0 && d.Creator != 0 {
		users = []subscriber[work.UserID]{{d.Creator, true}}
	}
	b.snap.Boards, b.snap.Docs = append(b.snap.Boards, row), append(b.snap.Docs, d)
	for _, s := range users {
		b.snap.BoardUsers = append(b.snap.BoardUsers, work.BoardUser{Board: row.ID, User: s.id, Owner: s.owner})
	}
	b.blocks(d, in.Blocks)
	bd := &board{Board: row}
	b.logLine(bd, d.CreatedAt, work.Activity{User: d.Creator, Event: "create_doc"}, map[string]any{"board_id": row.ID, "board_name": row.Name, "doc_id": d.ID})
	b.flush(bd, false)
}

// inItem puts a doc into an item's cell. Who sees it is then who sees the item's board, unless the seed
// says otherwise.
func (b *builder) inItem(d *work.Doc, row *work.Board, in *docSeed, users []subscriber[work.UserID]) []subscriber[work.UserID] {
	id := find(b, &b.items, in.Item)
	it := find1(b.snap.Items, func(it *work.Item) bool { return it.ID == id })
	if it == nil {
		if !in.Item.given() {
			b.add(in.at, "item: a column is one of an item's")
		}
		return users
	}
	c := find1(b.snap.Columns, func(c *work.Column) bool {
		return c.Board == it.Board && (c.ID == in.Column.text || !in.Column.given()) && (c.Type == column.Doc || c.Type == column.DirectDoc) && c.State != work.StateDeleted
	})
	if c == nil {
		b.add(orElse(in.Column.at, in.at), "column: item %q has no doc column %q", it.Name, in.Column.text)
		return users
	}
	d.Item, d.Column = it.ID, c.ID
	at := d.CreatedAt.UnixMicro()
	it.Cells = it.Cells.With(work.Cell{Column: c.ID, At: at, Value: column.Attach([]column.Attachment{{Kind: "MONDAY_DOC", Name: row.Name,
		ObjectID: int64(row.ID), FileID: int64(d.ID), CreatedAt: at / 1000, CreatedBy: int64(d.Creator)}})})
	on := find1(b.snap.Boards, func(other *work.Board) bool { return other.ID == it.Board })
	row.Workspace, row.Folder = on.Workspace, 0
	row.Kind = orElse(in.Kind, on.Kind)
	if len(users) > 0 {
		return users
	}
	for _, r := range b.snap.BoardUsers {
		if r.Board == on.ID {
			users = append(users, subscriber[work.UserID]{r.User, r.Owner})
		}
	}
	for _, r := range b.snap.BoardTeams {
		if r.Board == on.ID {
			b.snap.BoardTeams = append(b.snap.BoardTeams, work.BoardTeam{Board: row.ID, Team: r.Team, Owner: r.Owner})
		}
	}
	return users
}

// describe makes the doc that describes an item.
func (b *builder) describe(it *work.Item, in *itemSeed) {
	d := &work.Doc{ID: work.DocID(in.description), Item: it.ID, Creator: it.Creator, CreatedAt: it.CreatedAt, UpdatedAt: it.UpdatedAt}
	it.Description = d.ID
	b.snap.Docs = append(b.snap.Docs, d)
	b.blocks(d, in.Description)
}

// blockTypes are the types of blocks; those that hold a text say so.
var blockTypes = map[string]bool{"normal_text": true, "large_title": true, "medium_title": true, "small_title": true, "bulleted_list": true,
	"numbered_list": true, "check_list": true, "quote": true, "code": true, "notice_box": true, "divider": false, "image": false, "layout": false,
	"page_break": false, "table": false, "video": false}

// blockContent is what blocks of text hold.
type blockContent struct {
	Alignment   string    `json:"alignment"`
	Direction   string    `json:"direction"`
	Delta       []inserts `json:"deltaFormat,omitempty"`
	Indentation *int      `json:"indentation,omitempty"`
	Checked     *bool     `json:"checked,omitempty"`
}

type inserts struct {
	Insert string `json:"insert"`
}

// blockStep is the distance at which blocks are put.
const blockStep = 65536

func (b *builder) blocks(d *work.Doc, list []blockSeed) {
	for i := range list {
		in := &list[i]
		row := &work.Block{ID: uuid("block", int64(d.ID), int64(i)), Doc: d.ID, Type: orElse(in.Type, "normal_text"), Content: in.Content.json,
			Pos: float64(i+1) * blockStep, Creator: d.Creator, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}
		text, known := blockTypes[row.Type]
		switch {
		case !known:
			b.add(in.at, "type: %q is not a type of block; it is one of %s", row.Type, strings.Join(slices.Sorted(maps.Keys(blockTypes)), ", "))
		case in.Content.given() && in.Text != "":
			b.add(in.at, "text: a block has either a text or a content")
		case !in.Content.given() && !text && in.Text != "":
			b.add(in.at, "text: a %s holds no text; give its content", row.Type)
		}
		if !in.Content.given() {
			row.Content = textContent(row.Type, in.Text, in.Checked)
		}
		b.snap.Blocks = append(b.snap.Blocks, row)
	}
}

func textContent(typ, text string, checked bool) string {
	c := blockContent{Alignment: "left", Direction: "ltr"}
	if text != "" {
		c.Delta = []inserts{{text}}
	}
	if strings.HasSuffix(typ, "_list") {
		c.Indentation = new(int)
	}
	if typ == "check_list" {
		c.Checked = &checked
	}
	return marshal(c)
}

// marshal is JSON that leaves alone what means something in HTML.
func marshal(v any) string {
	var w bytes.Buffer
	e := json.NewEncoder(&w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("seed: %v", err)) // what this package makes can always be encoded
	}
	return strings.TrimSuffix(w.String(), "\n")
}

// uuid is an id of a row that the seed gives none, the same each time.
func uuid(kind string, of, i int64) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", kind, of, i))
	h[6], h[8] = h[6]&0x0f|0x50, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
