package connector

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

// boardTeamsPage is how many teams of each kind come with a board, as the document says.
const boardTeamsPage = 25

// logLeast is how few entries of a log are asked for at once before a log counts as unreadable.
const logLeast = 25

type boardData struct {
	ID            string        `json:"id"`
	Name          string        `json:"name"`
	Description   string        `json:"description"`
	Kind          string        `json:"board_kind"`
	State         string        `json:"state"`
	Type          string        `json:"type"`
	Hierarchy     string        `json:"hierarchy_type"`
	Permissions   string        `json:"permissions"`
	Workspace     string        `json:"workspace_id"`
	Folder        string        `json:"board_folder_id"`
	From          string        `json:"created_from_board_id"`
	Terminology   string        `json:"item_terminology"`
	Items         *float64      `json:"items_count"`
	Limit         *float64      `json:"items_limit"`
	Communication jsonText      `json:"communication"`
	URL           string        `json:"url"`
	CreatedAt     string        `json:"created_at"`
	UpdatedAt     string        `json:"updated_at"`
	Creator       *ref          `json:"creator"`
	Owners        []*ref        `json:"owners"`
	Subscribers   []*ref        `json:"subscribers"`
	TeamOwners    []*ref        `json:"team_owners"`
	Teams         []*ref        `json:"team_subscribers"`
	Columns       []*columnData `json:"columns"`
	Groups        []*groupData  `json:"groups"`
	Views         []*viewData   `json:"views"`
	Log           *logPage      `json:"activity_logs"`
}

type columnData struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Type        string   `json:"type"`
	Description string   `json:"description"`
	Archived    *bool    `json:"archived"`
	Width       *float64 `json:"width"`
	Settings    jsonText `json:"settings"`
}

type groupData struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Color    string `json:"color"`
	Position anyID  `json:"position"`
	Archived *bool  `json:"archived"`
	Deleted  *bool  `json:"deleted"`
}

type viewData struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Access   string   `json:"access_level"`
	Source   string   `json:"source_view_id"`
	Settings jsonText `json:"settings"`
	Filter   jsonText `json:"filter"`
	Sort     jsonText `json:"sort"`
	Tags     jsonText `json:"tags"`
	User     anyID    `json:"filter_user_id"`
	Team     anyID    `json:"filter_team_id"`
}

// boards reads boards of every state and hierarchy, with an eye to those that cannot be read: what is too
// much for one call is asked for in smaller ones, and what cannot be read by itself is told and left out.
func (r *reader) boards(ctx context.Context, ask boardsAsk) (list []boardRead, lost []Problem, err error) {
	if ask.Page == 0 {
		ask.Page = 1
	}
	if ask.IDs != nil && len(ask.IDs) == 0 { // an empty list of ids would mean all
		return nil, nil, nil
	}
	if ask.LogOnly && r.speaks() >= "2027-01" && ask.LogPage > 1 && len(ask.IDs) > 1 {
		return r.eachBoard(ctx, ask, "") // each has a cursor of its own
	}
	list, lost, err = r.boardsOnce(ctx, ask)
	if !tooMuch(err) {
		return list, lost, err
	}
	switch {
	case len(ask.IDs) > 1:
		return r.eachBoard(ctx, ask, "half")
	case ask.IDs == nil && ask.Limit > 1:
		pages, size := smaller(ask.Page, ask.Limit)
		for _, ask.Page = range pages {
			ask.Limit = size
			some, problems, err := r.boards(ctx, ask)
			if err != nil {
				return nil, nil, err
			}
			list, lost = append(list, some...), append(lost, problems...)
		}
		return list, lost, nil
	case ask.LogOnly:
		return r.shorterLog(ctx, ask, err)
	case ask.logged(): // perhaps it is the log: the rest is worth having
		ask.From, ask.To = time.Time{}, time.Time{}
		list, lost, err = r.boards(ctx, ask)
		for i := range list {
			list[i].LogFull = true
		}
		return list, lost, err
	}
	return r.unreadableBoard(ctx, ask, err)
}

// eachBoard reads boards that were asked for by id in two halves, or one by one.
func (r *reader) eachBoard(ctx context.Context, ask boardsAsk, how string) (list []boardRead, lost []Problem, err error) {
	size := 1
	if how == "half" {
		size = (len(ask.IDs) + 1) / 2
	}
	for ids := range slices.Chunk(ask.IDs, size) {
		ask.IDs, ask.Limit = ids, len(ids)
		some, problems, err := r.boards(ctx, ask)
		if err != nil {
			return nil, nil, err
		}
		list, lost = append(list, some...), append(lost, problems...)
	}
	return list, lost, nil
}

// shorterLog reads a page of one board's log in smaller pages.
func (r *reader) shorterLog(ctx context.Context, ask boardsAsk, why error) ([]boardRead, []Problem, error) {
	if ask.LogLimit <= logLeast {
		return r.unreadableBoard(ctx, ask, why)
	}
	pages, size := smaller(max(ask.LogPage, 1), ask.LogLimit)
	var out *boardRead
	for _, ask.LogPage = range pages {
		ask.LogLimit = size
		list, lost, err := r.boards(ctx, ask)
		if err != nil || len(list) == 0 || list[0].Partial {
			return list, lost, err
		}
		if out == nil {
			out = &list[0]
		} else {
			out.Rows.merge(list[0].Rows)
			out.Log, out.LogFull = append(out.Log, list[0].Log...), list[0].LogFull
		}
		if !out.LogFull {
			break
		}
	}
	return []boardRead{*out}, nil, nil
}

// unreadableBoard names a board that cannot be read by itself. When not even its name can be, it is the
// service that fails.
func (r *reader) unreadableBoard(ctx context.Context, ask boardsAsk, why error) ([]boardRead, []Problem, error) {
	var data struct {
		Boards []*boardData `json:"boards"`
	}
	if _, err := r.ask(ctx, "boardNames", ask.vars(), &data); err != nil {
		return nil, nil, why
	}
	var lost []Problem
	for _, b := range data.Boards {
		if b != nil {
			lost = append(lost, Problem{Kind: "unreadable", Board: b.ID, Name: b.Name, Message: fmt.Sprintf("The board cannot be read: %v", why),
				Remedy: "The next run tries again; what was read before stays."})
		}
	}
	return nil, lost, nil
}

// logged says that a log is asked for.
func (a *boardsAsk) logged() bool { return a.LogOnly || !a.From.IsZero() || !a.To.IsZero() }

// vars are the variables of the documents.
func (a *boardsAsk) vars() map[string]any {
	v := map[string]any{"limit": a.Limit, "page": a.Page, "log": a.logged(), "logLimit": max(a.LogLimit, 1), "logPage": max(a.LogPage, 1)}
	if a.IDs != nil {
		v["ids"], v["page"] = a.IDs, 1
	}
	if !a.From.IsZero() {
		v["from"] = a.From.UTC().Format(time.RFC3339)
	}
	if !a.To.IsZero() {
		v["to"] = a.To.UTC().Format(time.RFC3339)
	}
	return v
}

// boardsOnce makes one call.
func (r *reader) boardsOnce(ctx context.Context, ask boardsAsk) (list []boardRead, lost []Problem, err error) {
	var data struct {
		Boards []*boardData `json:"boards"`
	}
	vars, cut := ask.vars(), false
	name := "boards"
	if ask.LogOnly {
		name = "boardLogs"
	}
	if r.speaks() >= "2027-01" && ask.logged() {
		if oldest := r.clock().Add(-logWindow); !ask.From.IsZero() && ask.From.Before(oldest) {
			vars["from"], cut = oldest.UTC().Format(time.RFC3339), true
		}
		if ask.LogOnly && ask.LogPage > 1 {
			c, ok := r.cursors.Load(ask.IDs[0])
			if !ok || c.(logCursor).page != ask.LogPage {
				return []boardRead{{ID: ask.IDs[0], Rows: rows{}}}, nil, nil // there was no further page
			}
			vars["cursor"] = c.(logCursor).cursor
		}
	}
	a, err := r.ask(ctx, name, vars, &data)
	if err != nil {
		return nil, nil, err
	}
	partial, nulls := map[int]bool{}, 0
	for _, e := range a.Errors {
		if i, ok := at(e.Path, "boards"); ok {
			partial[i] = true
		} else {
			for i := range data.Boards {
				partial[i] = true
			}
		}
	}
	seen := map[string]bool{}
	for i, b := range data.Boards {
		if b == nil {
			nulls++
			continue
		}
		seen[b.ID] = true
		read := b.read(&ask)
		read.Partial = partial[i]
		read.LogFull = read.LogFull || cut && (ask.LogPage <= 1)
		if ask.logged() && b.Log == nil {
			read.Partial, read.LogFull = true, true
		}
		if b.Log != nil && b.Log.Cursor != "" {
			r.cursors.Store(b.ID, logCursor{b.Log.Cursor, max(ask.LogPage, 1) + 1})
		}
		if !ask.LogOnly {
			r.known.Store(b.ID, traitsOf(b))
			lost = append(lost, r.unknownTypes(b)...)
		}
		list = append(list, read)
	}
	lost = append(lost, lostBoards(ask.IDs, seen, nulls, a.Errors)...)
	if !ask.LogOnly {
		err = r.moreTeams(ctx, data.Boards, list)
	}
	return list, lost, err
}

// lostBoards are those in whose place the answer has nothing. Which one it is is only known of those that
// were asked for by id.
func lostBoards(ids []string, seen map[string]bool, nulls int, errs []mondayapi.FieldError) (lost []Problem) {
	if nulls == 0 {
		return nil
	}
	p := Problem{Kind: "board_lost", Message: "A board cannot be read with this token.", Remedy: "Give the token's user access to it, or leave it out."}
	for _, e := range errs {
		if len(e.Path) == 2 && e.Path[0] == "boards" {
			p.Message = "A board cannot be read with this token: " + e.Message
			if !denied(e.Code) {
				p.Kind, p.Remedy = "unreadable", "The next run tries again; what was read before stays."
			}
		}
	}
	for _, id := range ids {
		if !seen[id] && nulls > 0 {
			nulls--
			p.Board = id
			lost = append(lost, p)
		}
	}
	p.Board = ""
	for range nulls {
		lost = append(lost, p)
	}
	return lost
}

// traitsOf says what asking for a board's items depends on.
func traitsOf(b *boardData) boardTraits {
	t := boardTraits{deep: b.Hierarchy == "multi_level"}
	for _, c := range b.Columns {
		if c != nil {
			t.files = t.files || c.Type == "file" || c.Type == "doc" || c.Type == "direct_doc"
			t.clocks = t.clocks || c.Type == "time_tracking"
		}
	}
	if b.Columns == nil {
		t.files, t.clocks = true, true
	}
	return t
}

// unknownTypes tells of column types that are new to this program, once each. Their values are kept as text
// and as JSON.
func (r *reader) unknownTypes(b *boardData) (list []Problem) {
	for _, c := range b.Columns {
		if c == nil || typed[c.Type] != nil || c.Type == "" {
			continue
		}
		if _, known := column.ByName(c.Type); known || slices.Contains(untyped, c.Type) {
			continue
		}
		if _, told := r.told.LoadOrStore(c.Type, true); !told {
			list = append(list, Problem{Kind: "column_type", Board: b.ID, Name: b.Name,
				Message: fmt.Sprintf("The column %q is of the type %s, which is not known: its values are kept as text and as JSON only.", c.Title, c.Type),
				Remedy:  "A later version may know it. Nothing is lost."})
		}
	}
	return list
}

// moreTeams reads the teams of boards that have more than came with them.
func (r *reader) moreTeams(ctx context.Context, boards []*boardData, list []boardRead) error {
	var full []string
	for _, b := range boards {
		if b != nil && max(len(b.TeamOwners), len(b.Teams)) >= boardTeamsPage {
			full = append(full, b.ID)
		}
	}
	for ids := range slices.Chunk(full, 20) {
		var data struct {
			Boards []*boardData `json:"boards"`
		}
		a, err := r.ask(ctx, "boardTeams", map[string]any{"ids": ids}, &data)
		if err != nil && !tooMuch(err) {
			return err
		}
		for i := range list {
			if !slices.Contains(ids, list[i].ID) {
				continue
			}
			j := slices.IndexFunc(data.Boards, func(b *boardData) bool { return b != nil && b.ID == list[i].ID })
			if err != nil || len(a.Errors) > 0 || j < 0 {
				list[i].Partial = true
				continue
			}
			teams := data.Boards[j]
			for _, m := range members([]memberList{{"team", "owner", teams.TeamOwners}, {"team", "subscriber", teams.Teams}}) {
				row := Row{list[i].ID, m.kind, m.id, m.role}
				if !slices.ContainsFunc(list[i].Rows[boardMembersStream], func(old Row) bool { return old[1] == row[1] && old[2] == row[2] }) {
					list[i].Rows.add(boardMembersStream, row)
				}
			}
		}
	}
	return nil
}

// read makes rows of a board.
func (b *boardData) read(ask *boardsAsk) boardRead {
	out := boardRead{ID: b.ID, Name: b.Name, State: b.State, Kind: b.Kind, Type: b.Type, Hierarchy: b.Hierarchy,
		UpdatedAt: moment(b.UpdatedAt), Types: map[string]bool{}, Rows: rows{}}
	if b.Log != nil {
		out.LogFull = b.Log.full(max(ask.LogLimit, 1))
		for _, l := range b.Log.Logs {
			if l != nil {
				entry, row := l.read(b.ID)
				out.Log = append(out.Log, entry)
				out.Rows.add(activityLogsStream, row)
			}
		}
	}
	if ask.LogOnly {
		return out
	}
	if b.Items != nil {
		out.Items = int(*b.Items)
	}
	out.Rows.add(boardsStream, Row{txt(b.ID), txt(b.Name), txt(b.Description), txt(b.Kind), txt(b.State), txt(b.Type), txt(b.Hierarchy),
		txt(b.Permissions), "ok", txt(b.Workspace), txt(b.Folder), txt(b.Creator.id()), txt(b.From), txt(b.Terminology), whole(b.Items),
		whole(b.Limit), raw(b.Communication), txt(b.URL), when(b.CreatedAt), when(b.UpdatedAt)})
	for _, m := range members([]memberList{{"user", "owner", b.Owners}, {"user", "subscriber", b.Subscribers},
		{"team", "owner", b.TeamOwners}, {"team", "subscriber", b.Teams}}) {
		out.Rows.add(boardMembersStream, Row{b.ID, m.kind, m.id, m.role})
	}
	var shape []string
	for i, c := range b.Columns {
		if c == nil {
			continue
		}
		out.Rows.add(columnsStream, Row{b.ID, txt(c.ID), txt(c.Title), txt(c.Type), txt(c.Description), flag(c.Archived), whole(c.Width), int64(i), raw(c.Settings)})
		out.Types[c.Type] = true
		shape = append(shape, c.ID, c.Title, c.Type, string(c.Settings))
		if c.ID != "name" {
			out.Columns = append(out.Columns, BoardColumn{ID: c.ID, Title: c.Title, Type: c.Type})
		}
	}
	out.Shape = hashed(shape)
	for _, g := range b.Groups {
		if g != nil {
			out.Rows.add(groupsStream, Row{b.ID, txt(g.ID), txt(g.Title), txt(g.Color), txt(string(g.Position)), flag(g.Archived), flag(g.Deleted)})
		}
	}
	for _, v := range b.Views {
		if v != nil {
			out.Rows.add(viewsStream, Row{b.ID, txt(v.ID), txt(v.Name), txt(v.Type), txt(v.Access), txt(v.Source), raw(v.Settings), raw(v.Filter),
				raw(v.Sort), raw(v.Tags), txt(string(v.User)), txt(string(v.Team))})
		}
	}
	return out
}
