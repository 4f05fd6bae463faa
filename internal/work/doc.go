package work

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// BlockTypes are what blocks of docs can be, as the API spells it.
var BlockTypes = []string{"bulleted_list", "check_list", "code", "divider", "image", "large_title", "layout", "medium_title", "normal_text",
	"notice_box", "numbered_list", "page_break", "quote", "small_title", "table", "video"}

// Documented or sensible maxima of docs.
const (
	BlocksMax  = 500     // that one call can add
	contentMax = 100_000 // characters of a block's content
)

// BlocksFirst is where AddBlocks puts blocks before all others.
const BlocksFirst = "first"

// DocFilter selects docs that the caller may see.
type DocFilter struct {
	IDs        []DocID
	Objects    []BoardID
	Workspaces []WorkspaceID // -1 is the Main Workspace
	OldestUsed bool          // by when it was last used, instead of made
	Page       Page
}

// Docs lists docs, the newest first.
func (v *View) Docs(f DocFilter) ([]*Doc, error) {
	if err := f.Page.check(); err != nil {
		return nil, err
	}
	in := map[WorkspaceID]bool{}
	for _, id := range f.Workspaces {
		if id == -1 {
			id = v.img.Account.MainWorkspace
		}
		in[id] = true
	}
	var rows []*Doc
	for d := range v.img.docs.all() {
		b := v.DocBoard(d)
		if b != nil && (f.IDs == nil || slices.Contains(f.IDs, d.ID)) && (f.Objects == nil || slices.Contains(f.Objects, d.Board)) &&
			(f.Workspaces == nil || in[b.Workspace]) {
			rows = append(rows, d)
		}
	}
	slices.SortFunc(rows, func(a, b *Doc) int {
		if f.OldestUsed && !a.UpdatedAt.Equal(b.UpdatedAt) {
			return b.UpdatedAt.Compare(a.UpdatedAt)
		}
		return strings.Compare(age(b.CreatedAt, int64(b.ID)), age(a.CreatedAt, int64(a.ID)))
	})
	out := newPager[*Doc](f.Page, len(rows))
	for _, d := range rows {
		if out.full() {
			break
		}
		out.add(d)
	}
	return out.rows, nil
}

// Doc is a doc, or nil where there is none that the caller may see.
func (v *View) Doc(id DocID) (*Doc, error) {
	d, ok := v.img.docs.get(id)
	if !ok {
		return nil, nil
	}
	if d.Board != 0 {
		if v.DocBoard(d) == nil {
			return nil, nil
		}
		return d, nil
	}
	items, err := v.seenItems([]ItemID{d.Item})
	if err != nil || items[d.Item] == nil {
		return nil, err
	}
	return d, nil
}

// DocBoard is the board that says who sees the doc, its name and place; nil of an item's description,
// and of a doc that the caller may not see.
func (v *View) DocBoard(d *Doc) *Board {
	if d.Board == 0 {
		return nil
	}
	return v.Board(d.Board)
}

// Blocks lists the blocks of a doc in order.
func (v *View) Blocks(d *Doc, p Page) ([]*Block, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	rows, err := v.readBlocks(d.ID, nil)
	if err != nil {
		return nil, err
	}
	out := newPager[*Block](p, len(rows))
	for _, b := range rows {
		if out.full() {
			break
		}
		out.add(b)
	}
	return out.rows, nil
}

// readBlocks reads the blocks of a doc in order, or those with the ids, whoever may see them.
func (v *View) readBlocks(doc DocID, ids []string) ([]*Block, error) {
	rows, err := v.acct.s.store.Blocks(v.ctx, v.acct.id, doc, ids)
	if err != nil {
		return nil, cutShort(v.ctx, err)
	}
	return rows, nil
}

// DocInput describes a new doc: in a workspace, or in a doc column of an item.
type DocInput struct {
	Workspace WorkspaceID
	Folder    FolderID
	Name      string
	Kind      BoardKind // "": public
	Item      ItemID
	Column    string
}

// CreateDoc makes a doc. One in a column is as open as the item's board, and has its subscribers.
// Permission board.create in the workspace, or item.edit on the item.
func (s *Service) CreateDoc(ctx context.Context, by Caller, in DocInput) (id DocID, err error) {
	if in.Item != 0 {
		return s.createDocInColumn(ctx, by, in)
	}
	if err := checkName("name", in.Name); err != nil {
		return 0, err
	}
	switch in.Kind {
	case "":
		in.Kind = Public
	case Public, Private, Share:
	default:
		return 0, invalid("kind", "kind must be one of public, private, share")
	}
	err = s.commit(ctx, by, func(t *tx) error {
		w, err := t.workspace(t.workspaceRef(in.Workspace), perm.BoardCreate)
		if err != nil {
			return err
		}
		b := &Board{Name: in.Name, Kind: in.Kind, Workspace: w.ID}
		if b.Folder, err = t.folderIn(in.Folder, w.ID); err != nil {
			return err
		}
		id = t.newDoc(b, Doc{}).ID
		return nil
	})
	return id, err
}

// newDoc makes a doc with the board that stands for it, which the caller of the API owns.
func (t *tx) newDoc(b *Board, d Doc) *Doc {
	b.ID, b.Name, b.Type, b.State, b.Permission = BoardID(t.newID()), strings.TrimSpace(b.Name), DocBoard, StateActive, PermEveryone
	b.Creator, b.CreatedAt, b.UpdatedAt = t.by.ID, t.now, t.now
	t.put(Change{Board: b})
	t.put(Change{BoardUser: &BoardUser{b.ID, t.by.ID, mayOwn(t.by.Role)}})
	d.ID, d.Board, d.Creator, d.CreatedAt, d.UpdatedAt = DocID(t.newID()), b.ID, t.by.ID, t.now, t.now
	t.put(Change{Doc: &d})
	t.record(event{Activity: Activity{Board: b.ID, Event: "create_doc", Entity: "board"},
		data: map[string]any{"board_id": b.ID, "board_name": b.Name, "doc_id": d.ID}})
	return &d
}

func (s *Service) createDocInColumn(ctx context.Context, by Caller, in DocInput) (id DocID, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		it, over, err := t.activeItem(in.Item, perm.ItemEdit)
		if err != nil {
			return err
		}
		col, err := t.writable(over, in.Column)
		if err != nil {
			return err
		}
		if col.Type != column.Doc {
			return invalid("column_id", "Column %q holds no doc; give the id of a column of type doc", col.ID)
		}
		like := t.overBoard(over)
		b := &Board{Name: in.Name, Kind: like.Kind, Workspace: like.Workspace}
		if strings.TrimSpace(b.Name) == "" {
			b.Name = it.Name
		}
		d := t.newDoc(b, Doc{Item: it.ID, Column: col.ID})
		for _, u := range like.Users {
			if u.User != t.by.ID {
				t.put(Change{BoardUser: &BoardUser{b.ID, u.User, u.Owner}})
			}
		}
		for _, team := range like.Teams {
			t.put(Change{BoardTeam: &BoardTeam{b.ID, team.Team, team.Owner}})
		}
		before := it.Cells.Get(col.ID).Value
		file := column.Attachment{Kind: "MONDAY_DOC", Name: b.Name, ObjectID: int64(b.ID), FileID: int64(d.ID),
			CreatedAt: t.now.UnixMilli(), CreatedBy: int64(t.by.ID)}
		next := *it
		t.set(&next, col, col.Def.Kind.Restore(column.Attach([]column.Attachment{file}).JSON))
		t.touch(it, &next)
		t.recordValue(&next, cellChange{col, before, next.Cells.Get(col.ID).Value})
		id = d.ID
		return nil
	})
	return id, err
}

// doc finds a doc that the caller sees and checks the action.
func (t *tx) doc(id DocID, a perm.Action) (*Doc, error) {
	d, ok := t.docs.get(id)
	if !ok {
		return nil, notFound("doc", id)
	}
	if d.Board == 0 {
		it, b, err := t.itemFor(d.Item, perm.ItemRead)
		if err != nil {
			return nil, notFound("doc", id)
		}
		return d, t.check(a, t.itemFacts(t.by, b, it, t.content(b.ID)))
	}
	b, err := t.board(d.Board, perm.BoardRead)
	if err != nil {
		return nil, notFound("doc", id)
	}
	return d, t.check(a, t.boardFacts(t.by, b))
}

// RenameDoc renames a doc. Permission doc.edit.
func (s *Service) RenameDoc(ctx context.Context, by Caller, id DocID, name string) error {
	if err := checkName("name", name); err != nil {
		return err
	}
	return s.commit(ctx, by, func(t *tx) error {
		d, err := t.doc(id, perm.DocEdit)
		if err != nil {
			return err
		}
		old, ok := t.boards.get(d.Board)
		if !ok {
			return invalid("docId", "Doc %d describes an item and has its name", id)
		}
		b := *old
		b.Name, b.UpdatedAt = strings.TrimSpace(name), t.now
		t.put(Change{Board: &b})
		t.recordBoard(&b, "update_board_name", map[string]any{"name": b.Name}, map[string]any{"name": old.Name})
		t.touchDoc(d)
		return nil
	})
}

// DeleteDoc deletes a doc. Permission board.state on its board.
func (s *Service) DeleteDoc(ctx context.Context, by Caller, id DocID) error {
	return s.commit(ctx, by, func(t *tx) error {
		d, err := t.doc(id, perm.BoardRead)
		if err != nil {
			return err
		}
		old, ok := t.boards.get(d.Board)
		if !ok {
			return invalid("docId", "Doc %d describes an item and goes with it", id)
		}
		if err := t.check(perm.BoardState, t.boardFacts(t.by, old)); err != nil {
			return err
		}
		b := *old
		b.State, b.UpdatedAt = StateDeleted, t.now
		t.put(Change{Board: &b})
		t.recordBoard(&b, "board_state_changed", map[string]any{"state": b.State}, map[string]any{"state": old.State})
		return nil
	})
}

// DescribeItem makes an item's description anew, of blocks. Permission item.edit.
func (s *Service) DescribeItem(ctx context.Context, by Caller, item ItemID, blocks []BlockInput) (made []*Block, err error) {
	if len(blocks) > BlocksMax {
		return nil, tooMany("blocks", "%d blocks are too many for one call; at most %d can be added", len(blocks), BlocksMax)
	}
	for i := range blocks {
		if err := blocks[i].check(); err != nil {
			return nil, err
		}
		if blocks[i].Parent != "" {
			return nil, errBlock("parent_block_id", blocks[i].Parent) // nothing is left that it could be in
		}
	}
	for range behindMax {
		made, err = s.describe(ctx, by, item, blocks)
		if !errors.Is(err, errOther) {
			return made, err
		}
	}
	return nil, err
}

// errOther is a decision's about a doc that is not the one that was read.
var errOther = &Error{Code: CodeUnavailable, Msg: "The item is being described by others; nothing was changed, try again"}

// describe is DescribeItem, or errOther where somebody else has just made the doc.
func (s *Service) describe(ctx context.Context, by Caller, item ItemID, blocks []BlockInput) (made []*Block, err error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	items, err := v.itemsByID([]ItemID{item})
	if err != nil {
		return nil, err
	}
	var doc DocID // which describes the item so far
	if items[0] != nil {
		doc = items[0].Description
	}
	var there []*Block
	err = s.amend(ctx, by, int64(cmp.Or(doc, DocID(item))), func(v *View) (err error) {
		if doc != 0 {
			there, err = v.readBlocks(doc, nil)
		}
		return err
	}, func(t *tx) error {
		it, _, err := t.activeItem(item, perm.ItemEdit)
		if err != nil {
			return err
		}
		if it.Description != doc {
			return errOther
		}
		d, ok := t.docs.get(doc)
		if !ok {
			d = &Doc{ID: DocID(t.newID()), Item: item, Creator: t.by.ID, CreatedAt: t.now}
		}
		t.touchDoc(d)
		for _, b := range there {
			t.put(Change{Block: &Block{ID: b.ID, Doc: b.Doc}, Delete: true})
		}
		made = nil
		for _, in := range blocks {
			made = append(made, t.newBlock(d.ID, in))
		}
		for _, b := range placeBlocks(nil, 0, made) {
			t.put(Change{Block: b})
		}
		next := *it
		next.Description = d.ID
		t.touch(it, &next)
		a, data := t.logged("update_item_description", it)
		data["doc_id"] = d.ID
		t.record(event{Activity: a, data: data})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}
