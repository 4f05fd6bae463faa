package work

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// BoardItemsMax is how many active items a board can have.
const BoardItemsMax = 100_000

// Values are what to put into columns.
type Values struct {
	JSON         string            // an object: a value in JSON form for each column id; "" is none
	Simple       map[string]string // or in simple form
	CreateLabels bool              // make labels that are missing
}

// input is one value on its way into a column.
type input struct {
	column string
	raw    string
	simple bool
}

// inputs are the values in the order given; those in simple form by column id.
func (v Values) inputs() ([]input, error) {
	var out []input
	if js := strings.TrimSpace(v.JSON); js != "" && js != "null" {
		bad := invalid("column_values", `column_values must be a JSON object with a value for each column id, like {"text_1":"Hello","status":{"label":"Done"}}`)
		d := json.NewDecoder(strings.NewReader(js))
		if open, err := d.Token(); err != nil || open != json.Delim('{') {
			return nil, bad
		}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, bad
			}
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				return nil, bad
			}
			out = append(out, input{column: key.(string), raw: string(bytes.TrimSpace(raw))})
		}
		if _, err := d.Token(); err != nil || d.More() {
			return nil, bad
		}
	}
	for id, s := range v.Simple {
		out = append(out, input{id, s, true})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].simple && out[j].simple && out[i].column < out[j].column })
	return out, nil
}

// checkItemName refuses names that no item can have.
func checkItemName(name string) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(name)); n < 1 || n > nameMax {
		return &Error{Code: CodeInvalid, Kind: KindItemName, Field: "item_name", Msg: fmt.Sprintf("An item's name has 1 to %d characters, not %d", nameMax, n)}
	}
	return checkText("item_name", name, nameMax+64) // blanks around it do not count
}

// ItemInput describes a new item.
type ItemInput struct {
	Name       string
	Group      string // "": the first group of the board, or that of RelativeTo
	Values     Values
	RelativeTo ItemID // 0: the bottom of the group
	Before     bool   // before RelativeTo instead of after it
}

// CreateItem makes an item. Permission item.create, and on locked columns the right to write.
func (s *Service) CreateItem(ctx context.Context, by Caller, board BoardID, in ItemInput) (id ItemID, err error) {
	if err := checkItemName(in.Name); err != nil {
		return 0, err
	}
	values, err := in.Values.inputs()
	if err != nil {
		return 0, err
	}
	err = s.commit(ctx, by, func(t *tx) error {
		b, err := t.board(board, perm.ItemCreate)
		if err != nil {
			return err
		}
		switch b.Type {
		case DocBoard:
			return invalid("board_id", "Board %d is a doc; it has no items", b.ID)
		case SubitemsBoard:
			return invalid("board_id", "Board %d is one of subitems; they are made with create_subitem", b.ID)
		}
		it, err := t.newItem(b, in, values, 0)
		if err != nil {
			return err
		}
		id = it.ID
		return nil
	})
	return id, err
}

// newItem makes an item, or a subitem.
func (t *tx) newItem(b *Board, in ItemInput, values []input, parent ItemID) (*Item, error) {
	c := t.content(b.ID)
	if err := c.fits(1); err != nil {
		return nil, err
	}
	var near *Item
	if in.RelativeTo != 0 {
		var err error
		if near, err = t.neighbour(b, in.RelativeTo); err != nil {
			return nil, err
		}
		if in.Group != "" && in.Group != near.Group {
			return nil, invalid("relative_to", "Item %d is in group %s, not in %s", near.ID, near.Group, in.Group)
		}
		in.Group = near.Group
	}
	if in.Group == "" {
		top := c.topGroup()
		if top == nil {
			return nil, noGroup(b.ID, "")
		}
		in.Group = top.ID
	}
	g, err := c.activeGroup(in.Group)
	if err != nil {
		return nil, err
	}
	it := &Item{ID: ItemID(t.newID()), Board: b.ID, Group: g.ID, Name: strings.TrimSpace(in.Name), State: StateActive, Number: c.number + 1,
		Parent: parent, Creator: t.by.ID, UpdatedBy: t.by.ID, CreatedAt: t.now, UpdatedAt: t.now, Subscribers: []UserID{t.by.ID}}
	it.Pos = int64(it.ID) * PosStep
	if near != nil {
		it.Pos = t.beside(it, near, in.Before)
	}
	changes, err := t.fill(b, it, values, in.Values.CreateLabels)
	if err != nil {
		return nil, err
	}
	t.putItem(nil, it)
	t.recordItem(it, changes)
	return it, nil
}

// fits refuses when n more items are more than a board can have.
func (c *content) fits(n int) error {
	if c.active+n > BoardItemsMax {
		return &Error{Code: CodeLimit, Kind: KindItems, Field: "board_id", Msg: fmt.Sprintf("A board has at most %d items; this one has %d", BoardItemsMax, c.active)}
	}
	return nil
}

// neighbour finds the active item next to which another one is to stand.
func (t *tx) neighbour(b *Board, id ItemID) (*Item, error) {
	near, _, err := t.itemFor(id, perm.ItemRead)
	if err != nil {
		return nil, err
	}
	if near.Board != b.ID || near.State != StateActive {
		return nil, invalid("relative_to", "Item %d is not an active item of board %d", id, b.ID)
	}
	return near, nil
}

// beside is the position of an item next to another one. Below the last item and above the first one it
// is a multiple of an id, so that what is put there at the same time by others does not matter.
func (t *tx) beside(it, near *Item, before bool) int64 {
	rows := make([]*Item, 0, 64)
	at := 0
	for o := range t.whole(near.Board).inGroup(near.Group) {
		if o.ID == it.ID {
			continue
		}
		if rows = append(rows, o); o.ID == near.ID {
			at = len(rows)
		}
	}
	if before {
		at--
	}
	switch at {
	case 0:
		return -t.bottom()
	case len(rows):
		return t.bottom()
	}
	pos := make([]int64, len(rows))
	for i, o := range rows {
		pos[i] = o.Pos
	}
	p, from, moved := slot(pos, at)
	for i, to := range moved {
		if o := rows[from+i]; o.Pos != to {
			moved := *o
			moved.Pos = to
			t.putItem(o, &moved)
		}
	}
	return p
}

// bottom is a position after those of all items there are; negated it is before them all.
func (t *tx) bottom() int64 { return t.newID() * PosStep }

// cellChange is what a write has done to a cell.
type cellChange struct {
	col         *Column
	before, now column.Value
}

// fill puts values into an item that is being made or changed, and tells what is another value now.
func (t *tx) fill(b *Board, it *Item, values []input, createLabels bool) (changes []cellChange, err error) {
	owner := t.isOwner(t.by, b)
	for _, in := range values {
		col := t.content(b.ID).column(in.column) // anew each time: a label may have been made
		if col == nil || !col.reads(t.by, owner) {
			return nil, noColumn(b.ID, in.column)
		}
		if !col.writes(t.by, owner) {
			return nil, &Error{Code: CodeDenied, Field: col.ID, Msg: fmt.Sprintf("Column %q is locked; only some may change its values", col.ID)}
		}
		before := it.Cells.Get(col.ID).Value
		if col.Type == column.Name {
			before = column.NameOf(it.Name)
		}
		how := column.Write{Env: t.env(), Old: before, CreateLabels: createLabels}
		parse := col.Def.Parse
		if in.simple {
			parse = col.Def.ParseSimple
		}
		w, err := parse(in.raw, how)
		if err != nil {
			return nil, refused(col.ID, err)
		}
		if w.Value.JSON == before.JSON {
			continue
		}
		if err := t.checkValue(b, it, col, before, w.Value); err != nil {
			return nil, err
		}
		if w.Settings != nil {
			if err := t.check(perm.BoardStructure, t.boardFacts(t.by, b)); err != nil {
				return nil, err
			}
			next := *col
			next.Settings = col.Def.Kind.SettingsJSON(*w.Settings)
			next.Revision++
			t.put(Change{Column: &next})
			col = t.content(b.ID).column(in.column)
		}
		t.set(it, col, w.Value)
		changes = append(changes, cellChange{col, before, w.Value})
	}
	return changes, nil
}

// set puts a value that is known to be good into a cell of an item being made or changed.
func (t *tx) set(it *Item, col *Column, v column.Value) {
	switch {
	case col.Type == column.Name:
		it.Name = strings.TrimSpace(v.Text)
		return
	case v.Empty():
		it.Cells = it.Cells.With(Cell{Column: col.ID})
		return
	}
	it.Cells = it.Cells.With(Cell{Column: col.ID, Value: v, At: t.now.UnixMicro()})
	for _, p := range column.PeopleOf(v) {
		if p.Kind == "person" && !slices.Contains(it.Subscribers, UserID(p.ID)) && len(it.Subscribers) < subscribersMax {
			it.Subscribers = append(slices.Clip(it.Subscribers), UserID(p.ID))
		}
	}
}

// subscribersMax bounds whom an item has as subscribers because they were assigned to it.
const subscribersMax = 500

// checkValue refuses values that name what is not there, or not for the caller or the board. What the
// cell holds already is not asked about.
func (t *tx) checkValue(b *Board, it *Item, col *Column, before, now column.Value) error {
	switch col.Type {
	case column.Name:
		return checkItemName(now.Text)
	case column.People, column.Person, column.ItemAssignees, column.Team:
		old := column.PeopleOf(before)
		for _, p := range column.PeopleOf(now) {
			if slices.Contains(old, p) {
				continue
			}
			if err := t.checkAssignee(b, col, p); err != nil {
				return err
			}
		}
	case column.Vote:
		for _, id := range column.Voters(now) {
			if err := t.checkAssignee(b, col, column.Assignee{ID: id, Kind: "person"}); err != nil {
				return err
			}
		}
	case column.Tags:
		old := column.TagsOf(before)
		for _, id := range column.TagsOf(now) {
			tag, ok := t.tags.get(TagID(id))
			if !slices.Contains(old, id) && (!ok || tag.Board != 0 && tag.Board != b.ID && tag.Board != b.Parent) {
				return notFound("tag", TagID(id))
			}
		}
	case column.BoardRelation, column.Dependency:
		return t.checkLinks(b, it, col, column.LinkedItems(before), column.LinkedItems(now))
	case column.File:
		old := column.Attachments(before)
		for _, f := range column.Attachments(now) {
			if f.AssetID != 0 && !slices.ContainsFunc(old, func(o column.Attachment) bool { return o.AssetID == f.AssetID }) {
				return invalid(col.ID, "File %d is not in the cell; upload files with add_file_to_column", f.AssetID)
			}
		}
	}
	return nil
}

// checkAssignee refuses people who do not see the board: they could not know what they are assigned to.
func (t *tx) checkAssignee(b *Board, col *Column, p column.Assignee) error {
	if p.Kind == "team" {
		if _, ok := t.teams.get(TeamID(p.ID)); !ok {
			return notFound("team", TeamID(p.ID))
		}
		return nil
	}
	u, ok := t.users.get(UserID(p.ID))
	if !ok || p.Kind != "person" {
		return notFound("user", UserID(p.ID))
	}
	if !t.seesBoard(u, b) {
		return &Error{Code: CodeNotFound, Kind: "user", ID: p.ID, Field: col.ID,
			Msg: fmt.Sprintf("User %d is not on board %d; add them with add_users_to_board first", p.ID, b.ID)}
	}
	return nil
}

// checkLinks refuses links to items that the caller does not see, or of boards that the column is not connected to.
func (t *tx) checkLinks(b *Board, it *Item, col *Column, before, now []int64) error {
	var added []ItemID
	for _, id := range now {
		if !slices.Contains(before, id) {
			added = append(added, ItemID(id))
		}
	}
	t.preload(added)
	boards := col.Def.Settings.BoardIDs
	if col.Type == column.Dependency {
		boards = []int64{int64(b.ID)}
	}
	for _, id := range added {
		o, _, err := t.itemFor(id, perm.ItemRead)
		if err != nil || o.State != StateActive {
			return notFound("item", id)
		}
		if len(boards) == 0 {
			return invalid(col.ID, "Column %q is connected to no board; give it boards by update_column, as settings {\"boardIds\":[%d]}", col.ID, o.Board)
		}
		if !slices.Contains(boards, int64(o.Board)) {
			return invalid(col.ID, "Item %d is on board %d, which column %q is not connected to; it is to %v", id, o.Board, col.ID, boards)
		}
		if id == it.ID {
			return invalid(col.ID, "An item does not link to itself")
		}
	}
	return nil
}

// ChangeValues puts values into an item's columns, all or none; the column name renames it. Permission item.edit.
func (s *Service) ChangeValues(ctx context.Context, by Caller, board BoardID, item ItemID, values Values) error {
	in, err := values.inputs()
	if err != nil {
		return err
	}
	return s.commit(ctx, by, func(t *tx) error {
		if _, err := t.board(board, perm.BoardRead); err != nil {
			return err
		}
		old, b, err := t.activeItem(item, perm.ItemEdit)
		if err != nil {
			return err
		}
		if b.ID != board {
			return notFound("item", item)
		}
		it := *old
		changes, err := t.fill(b, &it, in, values.CreateLabels)
		if err != nil || len(changes) == 0 {
			return err
		}
		t.touch(old, &it)
		for _, ch := range changes {
			t.recordValue(&it, ch)
		}
		return nil
	})
}

// touch puts a changed item in place of the old one.
func (t *tx) touch(old, it *Item) {
	it.UpdatedAt, it.UpdatedBy = t.now, t.by.ID
	t.putItem(old, it)
}

// activeItem is itemFor of an item that is neither archived nor deleted.
func (t *tx) activeItem(id ItemID, a perm.Action) (*Item, *Board, error) {
	it, b, err := t.itemFor(id, a)
	if err == nil && it.State != StateActive {
		err = invalid("item_id", "Item %d is archived; it cannot be changed", id)
	}
	return it, b, err
}
