package seed

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// board is a board while it is being filled.
type board struct {
	*work.Board
	groups  []*work.Group
	columns []*work.Column
	defs    map[string]*column.Column // of the columns by id
	at      map[string]place          // of the columns' settings in the file
	items   []*work.Item
	sub     *board // of the subitems, if there are any
}

// nameColumn is the column that every board has.
func nameColumn(board work.BoardID) *work.Column {
	return &work.Column{Board: board, ID: "name", Title: "Name", Type: column.Name, Settings: "{}", Pos: work.PosStep, State: work.StateActive, Revision: 1}
}

// groupColors are what groups are coloured with when the seed does not say, one after the other.
var groupColors = []string{"#037f4c", "#579bfc", "#784bd1", "#fdab3d", "#00c875", "#ff5ac4", "#007eb5", "#bb3354", "#9cd326", "#757575"}

// content makes what is on a board.
func (b *builder) content(row *work.Board, in *boardSeed) {
	bd := &board{Board: row, groups: b.groups(row.ID, in.Groups)}
	b.columns(bd, in.Columns)
	if in.Subitems != nil {
		bd.sub = b.subitems(bd, in)
	}
	b.snap.Groups, b.snap.Columns = append(b.snap.Groups, bd.groups...), append(b.snap.Columns, bd.columns...)
	b.checkSettings(bd)
	for i := range in.Views {
		b.view(bd, &in.Views[i], i)
	}
	for i := range in.Webhooks {
		b.webhook(bd, &in.Webhooks[i])
	}
	b.logBoard(bd)
	for i := range in.Items {
		b.item(bd, &in.Items[i], nil)
	}
	b.number(bd)
	for i := range in.Activity {
		b.logSeed(bd, &in.Activity[i])
	}
	b.flush(bd, in.UpdatedAt.IsZero())
}

// subitems makes the board that the subitems are on, and the column that shows them.
func (b *builder) subitems(parent *board, in *boardSeed) *board {
	row := &work.Board{ID: work.BoardID(in.Subitems.ID), Name: "Subitems of " + parent.Name, Kind: parent.Kind, State: parent.State,
		Workspace: parent.Workspace, Creator: parent.Creator, Permission: work.PermEveryone, Type: work.SubitemsBoard, Parent: parent.ID,
		CreatedAt: parent.CreatedAt, UpdatedAt: parent.UpdatedAt}
	b.snap.Boards = append(b.snap.Boards, row)
	sub := &board{Board: row, groups: []*work.Group{work.FirstGroup(row.ID)}}
	sub.groups[0].Title = "Subitems"
	columns := in.Subitems.Columns
	if columns == nil {
		columns = subitemColumns
	}
	b.columns(sub, columns)
	b.snap.Groups, b.snap.Columns = append(b.snap.Groups, sub.groups...), append(b.snap.Columns, sub.columns...)
	b.checkSettings(sub)
	c := parent.columnOf(column.Subtasks)
	if c == nil {
		c = &work.Column{Board: parent.ID, ID: freeColumnID(parent.columns, "subitems"), Title: "Subitems", Type: column.Subtasks, State: work.StateActive, Revision: 1}
		parent.columns = slices.Insert(parent.columns, 1, c) // behind the name, where the service puts it
		for i, c := range parent.columns {
			c.Pos = int64(i+1) * work.PosStep
		}
	}
	c.Settings = `{"allowMultipleItems":true,"boardIds":[` + row.ID.String() + `],"itemTypeName":"column.subtasks.title"}`
	parent.define(c)
	return sub
}

// subitemColumns are those of a board of subitems whose seed names none.
var subitemColumns = []columnSeed{
	{ID: "person", Title: "Owner", Type: column.People},
	{ID: "status", Title: "Status", Type: column.Status},
	{ID: "date0", Title: "Date", Type: column.Date},
}

// define makes a column ready, of settings that have been read before.
func (bd *board) define(c *work.Column) {
	kind, _ := column.ByName(string(c.Type))
	settings, _ := kind.ParseSettings(c.Settings)
	bd.defs[c.ID] = &column.Column{ID: c.ID, Title: c.Title, Kind: kind, Settings: settings}
}

func (bd *board) columnOf(t column.Type) *work.Column {
	return find1(bd.columns, func(c *work.Column) bool { return c.Type == t && c.State != work.StateDeleted })
}

// find1 is the first of the rows that is meant, or nil.
func find1[T any](rows []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(rows, is); i >= 0 {
		return rows[i]
	}
	return nil
}

// groups makes the groups of a board, which has at least one that is active.
func (b *builder) groups(board work.BoardID, list []groupSeed) (groups []*work.Group) {
	if list == nil {
		return []*work.Group{work.FirstGroup(board)}
	}
	active := false
	for i := range list {
		in := &list[i]
		g := &work.Group{Board: board, ID: in.ID, Title: orElse(in.Title, in.ID), Pos: int64(i+1) * work.PosStep, State: orElse(in.State, work.StateActive)}
		if g.ID == "" {
			g.ID = orElse(strings.ReplaceAll(Slug(g.Title), "-", "_"), "group")
		}
		if g.Title == "" {
			b.add(in.at, "title: a title is needed")
		}
		b.identifier(in.at, g.ID)
		if slices.ContainsFunc(groups, func(other *work.Group) bool { return other.ID == g.ID }) {
			b.add(in.at, "id: there is another group %s on this board", g.ID)
		}
		g.Color = groupColors[i%len(groupColors)]
		if in.Color != "" {
			c, ok := column.ColorByName(in.Color)
			if !ok {
				b.add(in.at, "color: %q is not a colour of groups; give a name like done_green, or its code like #00c875", in.Color)
			}
			g.Color = c.Hex
		}
		active = active || g.State == work.StateActive
		groups = append(groups, g)
	}
	if !active {
		b.add(list[0].at, "state: one group of a board has to be active")
	}
	return groups
}

// identifier refuses ids of groups and columns that are made of other signs than the service's.
func (b *builder) identifier(at place, id string) {
	if strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		b.add(at, "id: %q is not an id; it is made of letters, digits and underscores", id)
	}
}

// columns makes the columns of a board. The one for names is the first, whether it is named or not.
func (b *builder) columns(bd *board, list []columnSeed) {
	columns := []*work.Column{nameColumn(bd.ID)}
	bd.defs, bd.at = make(map[string]*column.Column, len(list)+2), make(map[string]place, len(list))
	for i := range list {
		in := &list[i]
		if in.Type == column.Name || in.ID == "name" {
			if in.Type != column.Name || orElse(in.ID, "name") != "name" || in.State != "" && in.State != work.StateActive {
				b.add(in.at, "id: the column name has the type name, and is always there")
				continue
			}
			columns[0].Title = orElse(in.Title, columns[0].Title)
			continue
		}
		if in.Type == "" {
			b.add(in.at, "type: a type is needed, like text, status or date")
			continue
		}
		kind, _ := column.ByName(string(in.Type))
		c := &work.Column{Board: bd.ID, ID: in.ID, Title: orElse(in.Title, kind.Title), Description: in.Description, Type: in.Type, Width: in.Width,
			Pos: int64(len(columns)+1) * work.PosStep, State: orElse(in.State, work.StateActive), Revision: 1, Hidden: in.Hidden, Locked: in.Locked,
			Readers: b.principals(in.Readers, in.ReaderTeams), Writers: b.principals(in.Writers, in.WriterTeams)}
		if c.ID == "" {
			c.ID = freeColumnID(columns, string(in.Type))
		}
		b.identifier(in.at, c.ID)
		if slices.ContainsFunc(columns, func(other *work.Column) bool { return other.ID == c.ID }) {
			b.add(in.at, "id: there is another column %s on this board", c.ID)
		}
		if len(c.Readers) > 0 && !c.Hidden {
			b.add(in.at, "readers: everybody reads a column that is not hidden; add hidden: true")
		}
		if len(c.Writers) > 0 && !c.Locked {
			b.add(in.at, "writers: everybody writes to a column that is not locked; add locked: true")
		}
		settings, err := kind.ParseSettings(in.Settings.json)
		if err != nil {
			b.add(in.Settings.at, "board %q, column %q: %s", bd.Name, c.Title, explain(err))
		}
		c.Settings = kind.SettingsJSON(settings)
		bd.defs[c.ID], bd.at[c.ID] = &column.Column{ID: c.ID, Title: c.Title, Kind: kind, Settings: settings}, in.Settings.at
		columns = append(columns, c)
	}
	bd.define(columns[0])
	bd.columns = columns
}

// freeColumnID is an id that no column has: status, then status_2 and so on.
func freeColumnID(columns []*work.Column, base string) string {
	for i, id := 2, base; ; i++ {
		if !slices.ContainsFunc(columns, func(c *work.Column) bool { return c.ID == id }) {
			return id
		}
		id = base + "_" + itoa(i)
	}
}

// explain is why package column refuses something, and what it would have taken.
func explain(err error) string {
	var e *column.Error
	if !errors.As(err, &e) || e.Hint() == "" {
		return err.Error()
	}
	return strings.TrimSuffix(e.Message, ".") + ". " + e.Hint()
}

func (b *builder) principals(users, teams []ref) (list []work.Principal) {
	for _, r := range users {
		if id := find(b, &b.users, r); id != 0 {
			list = append(list, work.Principal{User: id})
		}
	}
	for _, r := range teams {
		if id := find(b, &b.teams, r); id != 0 {
			list = append(list, work.Principal{Team: id})
		}
	}
	return list
}

// checkSettings looks at what settings refer to: boards, other columns of the board, formulas.
func (b *builder) checkSettings(bd *board) {
	for _, c := range bd.columns {
		fault := func(format string, args ...any) {
			b.add(bd.at[c.ID], "board %q, column %q: "+format, append([]any{bd.Name, c.Title}, args...)...)
		}
		s := &bd.defs[c.ID].Settings
		for _, id := range s.BoardIDs {
			if !b.boards.has(id) {
				fault("boardIds: there is no board %d in this file", id)
			}
		}
		for _, m := range s.Mirrored {
			if !b.boards.has(m.BoardID) {
				fault("displayed_linked_columns: there is no board %d in this file", m.BoardID)
			}
		}
		for _, id := range s.Relations {
			if !slices.ContainsFunc(bd.columns, func(c *work.Column) bool { return c.ID == id && links[c.Type] }) {
				fault("relation_column: there is no column %q that links items", id)
			}
		}
		if _, err := column.ParseFormula(s.Formula); err != nil && s.Formula != "" {
			fault("formula: %v", err)
		}
	}
}

// links are the types of columns that link items.
var links = map[column.Type]bool{column.BoardRelation: true, column.Dependency: true, column.Subtasks: true}

func (b *builder) view(bd *board, in *viewSeed, i int) {
	b.named(in.Name, in.at)
	b.snap.Views = append(b.snap.Views, &work.BoardView{ID: work.ViewID(in.ID), Board: bd.ID, Name: in.Name, Type: orElse(in.Type, "TableBoardView"),
		Settings: in.Settings.json, Filter: in.Filter.json, Sort: in.Sort.json, Pos: int64(i+1) * work.PosStep})
}

func (b *builder) webhook(bd *board, in *webhookSeed) {
	if in.Event == "" || in.URL == "" {
		b.add(in.at, "a webhook needs an event and a url")
	}
	b.snap.Webhooks = append(b.snap.Webhooks, &work.Webhook{ID: work.WebhookID(in.ID), Board: bd.ID, Event: in.Event, URL: in.URL,
		Config: in.Config.json, Creator: b.orCreator(find(b, &b.users, in.Creator), bd), CreatedAt: b.since(in.CreatedAt, bd)})
}

func (b *builder) orCreator(u work.UserID, bd *board) work.UserID { return orElse(u, bd.Creator) }

// since is when something on a board was made whose seed does not say: with the board.
func (b *builder) since(t time.Time, bd *board) time.Time {
	if t.IsZero() {
		return bd.CreatedAt
	}
	return t
}

func (b *builder) folder(in *folderSeed) {
	b.named(in.Name, in.at)
	f := &work.Folder{ID: work.FolderID(in.ID), Name: in.Name, Workspace: find(b, &b.workspaces, in.Workspace), Parent: find(b, &b.folders, in.Parent),
		Color: string(in.Color), FontWeight: string(in.FontWeight), Icon: string(in.Icon), Owner: find(b, &b.users, in.Owner), CreatedAt: b.created(in.CreatedAt)}
	if !in.Workspace.given() {
		f.Workspace = b.snap.Account.MainWorkspace
	}
	if f.Owner == 0 {
		f.Owner = b.someCreator(nil)
	}
	b.snap.Folders = append(b.snap.Folders, f)
}

// inFolder finds a folder of a workspace.
func (b *builder) inFolder(r ref, workspace work.WorkspaceID) work.FolderID {
	id := find(b, &b.folders, r)
	f := find1(b.snap.Folders, func(f *work.Folder) bool { return f.ID == id })
	if f != nil && f.Workspace != workspace {
		b.add(r.at, "folder %q is in another workspace", f.Name)
	}
	return id
}

func (b *builder) tag(in *tagSeed) {
	b.named(in.Name, in.at)
	b.snap.Tags = append(b.snap.Tags, &work.Tag{ID: work.TagID(in.ID), Name: in.Name, Color: orElse(in.Color, "#00c875"), Board: find(b, &b.boards, in.Board)})
}
