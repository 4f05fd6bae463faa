package work

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// Columns lists the columns of a board that the caller may see, in order; with ids or types only those.
func (v *View) Columns(b *Board, ids []string, types []column.Type) ([]*Column, error) {
	s, err := v.shown(b.ID)
	if err != nil {
		return nil, err
	}
	out := make([]*Column, 0, len(s.columns))
	for _, col := range s.columns {
		if wanted(col, ids, types) {
			out = append(out, col)
		}
	}
	return out, nil
}

func wanted(col *Column, ids []string, types []column.Type) bool {
	return (ids == nil || slices.Contains(ids, col.ID)) && (types == nil || slices.Contains(types, col.Type))
}

// isOwner reports whether the user owns a board: restrictions of its columns are not for owners.
func (img *Image) isOwner(u *User, b *Board) bool { return img.boardFacts(u, b)&perm.Owner != 0 }

// reads reports whether a user sees a column.
func (col *Column) reads(u *User, owner bool) bool {
	return !col.Hidden || owner || among(u, col.Readers)
}

// writes reports whether a user who may change an item may change its value in the column.
func (col *Column) writes(u *User, owner bool) bool {
	return col.reads(u, owner) && (!col.Locked || owner || among(u, col.Writers))
}

// among looks for the user, or one of its teams, in a list.
func among(u *User, list []Principal) bool {
	return slices.ContainsFunc(list, func(p Principal) bool {
		return p.User != 0 && p.User == u.ID || p.Team != 0 && slices.Contains(u.Teams, p.Team) || p.Team == Everyone && u.Role != Guest
	})
}

func noColumn(b BoardID, id string) error {
	return &Error{Code: CodeNotFound, Kind: "column", ID: int64(b), Key: id, Msg: fmt.Sprintf("Column %q not found on board %d", id, b)}
}

// refused is the error of a value, rule or setting that the column's type does not take; field names
// the argument. A *column.Error is kept in Err, for surfaces that tell more of it.
func refused(field string, err error) error {
	var e *column.Error
	if !errors.As(err, &e) {
		return err
	}
	msg := e.Message
	if hint := e.Hint(); hint != "" {
		msg += ". " + hint
	}
	return &Error{Code: CodeInvalid, Field: field, Msg: msg, Err: e}
}

// ColumnInput describes a new column.
type ColumnInput struct {
	ID          string // "": one is made up
	Title       string
	Description string
	Type        column.Type
	Settings    string // JSON, as column.Kind.ParseSettings takes it; "" is the type's default
	After       string // a column's id; "" puts the column at the end
}

// columnID is what a caller may choose as a column's id.
var columnID = regexp.MustCompile(`^[a-z][a-z0-9_]{0,19}$`)

// nameColumn is the id of the column that every board has: the items' names.
const nameColumn = "name"

// CreateColumn makes a column and returns its id. Permission board.structure.
func (s *Service) CreateColumn(ctx context.Context, by Caller, board BoardID, in ColumnInput) (id string, err error) {
	kind, ok := column.ByName(string(in.Type))
	if !ok || !kind.Creatable {
		return "", invalid("column_type", "column_type %q is not one that columns can be made of", in.Type)
	}
	if strings.TrimSpace(in.Title) == "" {
		in.Title = kind.Title
	}
	if err := errors.Join(checkName("title", in.Title), checkText("description", in.Description, descriptionMax)); err != nil {
		return "", ErrorOf(err)
	}
	if in.ID != "" && (!columnID.MatchString(in.ID) || pseudo[in.ID] != nil) {
		return "", invalid("id", "id %q cannot be a column's: 1 to 20 of a-z, 0-9 and _, a letter first", in.ID)
	}
	if in.Type == column.Subtasks {
		in.Settings = "" // which board has the subitems is not for callers to say
	}
	settings, err := kind.ParseSettings(in.Settings)
	if err != nil {
		return "", refused("defaults", err)
	}
	err = s.commit(ctx, by, func(t *tx) error {
		b, c, err := t.structure(board)
		if err != nil {
			return err
		}
		taken := func(id string) bool { // also by a column that is deleted: its values may still be about
			return slices.ContainsFunc(c.columns, func(o *Column) bool { return o.ID == id })
		}
		if taken(in.ID) {
			return invalid("id", "The board has, or had, a column %q already; choose another id", in.ID)
		}
		if in.Type == column.Subtasks && (b.Type == SubitemsBoard || c.columnOf(column.Subtasks) != nil) {
			return invalid("column_type", "The board has a column for subitems already, or is one of subitems")
		}
		if err := t.checkSettings(b, c, &settings); err != nil {
			return err
		}
		col := &Column{Board: b.ID, ID: in.ID, Title: strings.TrimSpace(in.Title), Description: in.Description, Type: in.Type,
			Settings: kind.SettingsJSON(settings), State: StateActive, Revision: 1}
		if col.ID == "" {
			col.ID = t.newKey(kind.IDPrefix, taken)
		}
		at := len(c.columns)
		if in.After != "" {
			if at = slices.IndexFunc(c.columns, func(o *Column) bool { return o.ID == in.After && o.State != StateDeleted }) + 1; at == 0 {
				return noColumn(b.ID, in.After)
			}
		}
		t.addColumn(c, col, at)
		id = col.ID
		return nil
	})
	return id, err
}

// addColumn puts a new column to an index of the board's.
func (t *tx) addColumn(c *content, col *Column, at int) {
	col.Pos = arrange(c.columns, at, func(c *Column) *int64 { return &c.Pos }, func(c *Column) { t.put(Change{Column: c}) })
	t.put(Change{Column: col})
	t.recordColumn("create_column", col, nil, nil)
}

// checkSettings refuses boards and columns that are not there.
func (t *tx) checkSettings(b *Board, c *content, s *column.Settings) error {
	for _, id := range s.BoardIDs {
		if o, ok := t.boards.get(BoardID(id)); !ok || o.State == StateDeleted || !t.seesBoard(t.by, o) {
			return notFound("board", BoardID(id))
		}
	}
	for _, id := range s.Relations {
		if col := c.column(id); col == nil || !col.reads(t.by, t.isOwner(t.by, b)) {
			return noColumn(b.ID, id)
		}
	}
	return nil
}

// recordColumn records that a column was made, changed or deleted.
func (t *tx) recordColumn(what string, col *Column, value, before any) {
	data := map[string]any{"board_id": col.Board, "column_id": col.ID, "column_title": col.Title, "column_type": EventType(col.Type)}
	if value != nil || before != nil {
		data["value"], data["previous_value"] = value, before
	}
	e := event{Activity: Activity{Board: col.Board, Column: col.ID, Event: what, Entity: "board"}, data: data}
	if what == "create_column" {
		e.hooks = []hookCall{{"create_column", map[string]any{"type": what, "entity": "board", "accountId": t.Account.ID, "columnId": col.ID,
			"columnTitle": col.Title, "columnType": EventType(col.Type), "createdAt": eventTime(t.now)}}}
	}
	t.record(e)
}

// ColumnEdit is what is to change of a column; nil leaves it.
type ColumnEdit struct {
	Title, Description *string
	Width              *int
	Settings           *string     // JSON
	Type               column.Type // what the caller takes it for; "" is not checked
	Revision           string      // that the caller has seen; "" is not checked
}

// EditColumn changes a column. Permission board.structure.
func (s *Service) EditColumn(ctx context.Context, by Caller, board BoardID, id string, e ColumnEdit) error {
	if e.Title != nil {
		if err := checkName("title", *e.Title); err != nil {
			return err
		}
	}
	if e.Description != nil {
		if err := checkText("description", *e.Description, descriptionMax); err != nil {
			return err
		}
	}
	if e.Width != nil && (*e.Width < 0 || *e.Width > 10_000) {
		return invalid("width", "width must be from 0 to 10000, not %d", *e.Width)
	}
	return s.commit(ctx, by, func(t *tx) error {
		b, c, err := t.structure(board)
		if err != nil {
			return err
		}
		old := c.column(id)
		if old == nil || !old.reads(t.by, t.isOwner(t.by, b)) {
			return noColumn(b.ID, id)
		}
		if e.Type != "" && e.Type != old.Type {
			return invalid("column_type", "Column %q is of type %s, not %s", id, old.Type, e.Type)
		}
		if e.Revision != "" && e.Revision != strconv.FormatInt(old.Revision, 10) {
			return invalid("revision", "Column %q has changed since revision %s; read it again, it is at revision %d", id, e.Revision, old.Revision)
		}
		col := *old
		if e.Title != nil {
			col.Title = strings.TrimSpace(*e.Title)
		}
		if e.Description != nil {
			col.Description = *e.Description
		}
		if e.Width != nil {
			col.Width = *e.Width
		}
		if e.Settings != nil {
			if err := t.editSettings(b, c, &col, *e.Settings); err != nil {
				return err
			}
		}
		if col.Title == old.Title && col.Description == old.Description && col.Width == old.Width && col.Settings == old.Settings {
			return nil
		}
		col.Revision++
		t.put(Change{Column: &col})
		if col.Title != old.Title {
			t.recordColumn("update_column_name", &col, map[string]any{"name": col.Title}, map[string]any{"name": old.Title})
		}
		if col.Settings != old.Settings {
			t.recordColumn("change_column_settings", &col, nil, nil)
		}
		return nil
	})
}

// editSettings gives a column new settings. Labels that items have can be switched off but not taken away.
func (t *tx) editSettings(b *Board, c *content, col *Column, raw string) error {
	kind := col.Def.Kind
	if kind.Name == column.Subtasks {
		return invalid("settings", "The settings of a column of subitems cannot be changed")
	}
	s, err := kind.ParseSettings(raw)
	if err != nil {
		return refused("settings", err)
	}
	if err := t.checkSettings(b, c, &s); err != nil {
		return err
	}
	gone := map[int]column.Label{}
	for _, l := range col.Def.Settings.Labels {
		if _, kept := s.Label(l.ID); !kept {
			gone[l.ID] = l
		}
	}
	if len(gone) > 0 {
		for it := range t.whole(b.ID).items.all() {
			for _, l := range labelsOf(col.Def, it.Cells.Get(col.ID).Value) {
				if _, is := gone[l.ID]; is && it.State == StateActive {
					return invalid("settings", "Label %q is in use, by item %d for one; deactivate it instead of leaving it out", l.Text, it.ID)
				}
			}
		}
	}
	col.Settings = kind.SettingsJSON(s)
	return nil
}

// labelsOf are the labels in a status or dropdown cell.
func labelsOf(col *column.Column, v column.Value) []column.Label {
	switch col.Kind.Name {
	case column.Status:
		if l, ok := col.StatusLabel(v); ok {
			return []column.Label{l}
		}
	case column.Dropdown:
		return col.DropdownLabels(v)
	}
	return nil
}

// DeleteColumn deletes a column and what is in it, and returns it as it was. Permission board.structure.
func (s *Service) DeleteColumn(ctx context.Context, by Caller, board BoardID, id string) (gone *Column, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		b, c, err := t.structure(board)
		if err != nil {
			return err
		}
		old := c.column(id)
		if old == nil || !old.reads(t.by, t.isOwner(t.by, b)) {
			return noColumn(b.ID, id)
		}
		if old.Type == column.Name {
			return invalid("column_id", "The column of the items' names cannot be deleted")
		}
		col := *old
		col.State = StateDeleted
		col.Revision++
		t.put(Change{Column: &col})
		t.recordColumn("delete_column", &col, nil, nil)
		gone = old
		return nil
	})
	return gone, err
}

// Restriction says who sees a column or changes its values: everybody, or some and the board's owners.
type Restriction struct {
	Hidden, Locked   bool
	Readers, Writers []Principal
}

// RestrictColumn sets who may see a column and who may change its values. Permission column.restrict.
func (s *Service) RestrictColumn(ctx context.Context, by Caller, board BoardID, id string, r Restriction) error {
	return s.commit(ctx, by, func(t *tx) error {
		b, err := t.board(board, perm.ColumnRestrict)
		if err != nil {
			return err
		}
		old := t.content(b.ID).column(id)
		if old == nil {
			return noColumn(b.ID, id)
		}
		if r.Hidden && old.Type == column.Name {
			return invalid("column_id", "The column of the items' names cannot be hidden")
		}
		for _, p := range slices.Concat(r.Readers, r.Writers) {
			if err := t.checkPrincipal(p); err != nil {
				return err
			}
		}
		col := *old
		col.Hidden, col.Locked, col.Readers, col.Writers = r.Hidden, r.Locked, r.Readers, r.Writers
		col.Revision++
		t.put(Change{Column: &col})
		return nil
	})
}

// checkPrincipal refuses users and teams there are not.
func (t *tx) checkPrincipal(p Principal) error {
	if p.User != 0 {
		if _, ok := t.users.get(p.User); !ok {
			return notFound("user", p.User)
		}
	} else if _, ok := t.teams.get(p.Team); !ok && p.Team != Everyone {
		return notFound("team", p.Team)
	}
	return nil
}
