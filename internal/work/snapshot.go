package work

import (
	"errors"
	"iter"
)

// check refuses a snapshot whose rows contradict each other: an image made of it would be wrong, and
// which of two rows counted would depend on the order in which a database returns them.
func (s *Snapshot) check() error {
	users, err := keys("users", s.Users, func(u *User) UserID { return u.ID })
	if err != nil {
		return err
	}
	teams, err := keys("teams", s.Teams, func(t *Team) TeamID { return t.ID })
	if err != nil {
		return err
	}
	workspaces, err := keys("workspaces", s.Workspaces, func(w *Workspace) WorkspaceID { return w.ID })
	if err != nil {
		return err
	}
	boards, err := keys("boards", s.Boards, func(b *Board) BoardID { return b.ID })
	if err != nil {
		return err
	}
	if err := s.checkRest(users, workspaces, boards); err != nil {
		return err
	}
	if _, err := keys("tokens", s.Tokens, func(t *Token) TokenID { return t.ID }); err != nil {
		return err
	}
	if !workspaces[s.Account.MainWorkspace] {
		return invalid("main_workspace", "The Main Workspace %d is not among the workspaces", s.Account.MainWorkspace)
	}
	if err := s.checkSecrets(users); err != nil {
		return err
	}
	for _, b := range s.Boards {
		if !workspaces[b.Workspace] {
			return invalid("boards", "Board %d is in workspace %d, which is not there", b.ID, b.Workspace)
		}
	}
	for _, l := range s.links() {
		switch {
		case !l.in(teams, workspaces, boards):
			return invalid(l.field, "There is no %s %d to be in", l.kind, l.id)
		case l.user != 0 && !users[l.user]:
			return invalid(l.field, "There is no user %d to be in %s %d", l.user, l.kind, l.id)
		case l.user == 0 && !teams[l.team] && (l.team != Everyone || l.kind != "board"):
			return invalid(l.field, "There is no team %d to be in %s %d", l.team, l.kind, l.id)
		}
	}
	return nil
}

// checkRest refuses folders, tags, webhooks and docs that hang in the air, boards in folders that are
// not of their workspace, and contents that are there twice or on no board.
func (s *Snapshot) checkRest(users map[UserID]bool, workspaces map[WorkspaceID]bool, boards map[BoardID]bool) error {
	if err := s.checkFolders(workspaces); err != nil {
		return err
	}
	items, err := keys("items", s.Items, func(it *Item) ItemID { return it.ID })
	if err != nil {
		return err
	}
	updates, err := keys("updates", s.Updates, func(u *Update) UpdateID { return u.ID })
	if err != nil {
		return err
	}
	docs, err := keys("docs", s.Docs, func(d *Doc) DocID { return d.ID })
	if err != nil {
		return err
	}
	_, tags := keys("tags", s.Tags, func(t *Tag) TagID { return t.ID })
	_, sources := keys("data sources", s.DataSources, func(d *DataSource) DataSourceID { return d.ID })
	_, hooks := keys("webhooks", s.Webhooks, func(w *Webhook) WebhookID { return w.ID })
	_, assets := keys("assets", s.Assets, func(a *Asset) AssetID { return a.ID })
	_, views := keys("views", s.Views, func(v *BoardView) ViewID { return v.ID })
	if err := errors.Join(tags, sources, hooks, assets, views); err != nil {
		return ErrorOf(err)
	}
	for p := range s.parts() {
		switch {
		case p.board != 0 && !boards[p.board]:
			return invalid(p.field, "%s: %v is on board %d, which is not there", p.field, p.id, p.board)
		case p.item != 0 && !items[p.item]:
			return invalid(p.field, "%s: %v is of item %d, which is not there", p.field, p.id, p.item)
		case p.update != 0 && !updates[p.update]:
			return invalid(p.field, "%s: %v is of update %d, which is not there", p.field, p.id, p.update)
		case p.doc != 0 && !docs[p.doc]:
			return invalid(p.field, "%s: %v is of doc %d, which is not there", p.field, p.id, p.doc)
		case p.user != 0 && !users[p.user]:
			return invalid(p.field, "%s: %v is by user %d, who is not there", p.field, p.id, p.user)
		}
	}
	return nil
}

// part is a row of what is on boards, and what it hangs on; 0 is nothing.
type part struct {
	field  string
	id     any
	board  BoardID
	item   ItemID
	update UpdateID
	doc    DocID
	user   UserID
}

// parts runs through what hangs on something else.
func (s *Snapshot) parts() iter.Seq[part] {
	return func(yield func(part) bool) {
		for _, t := range s.Tags {
			if !yield(part{field: "tags", id: t.ID, board: t.Board}) {
				return
			}
		}
		for _, w := range s.Webhooks {
			if !yield(part{field: "webhooks", id: w.ID, board: w.Board, user: w.Creator}) {
				return
			}
		}
		for _, d := range s.Docs {
			if !yield(part{field: "docs", id: d.ID, board: d.Board, item: d.Item, user: d.Creator}) {
				return
			}
		}
		for _, g := range s.Groups {
			if !yield(part{field: "groups", id: g.ID, board: g.Board}) {
				return
			}
		}
		for _, c := range s.Columns {
			if !yield(part{field: "columns", id: c.ID, board: c.Board}) {
				return
			}
		}
		for _, v := range s.Views {
			if !yield(part{field: "views", id: v.ID, board: v.Board}) {
				return
			}
		}
		for _, it := range s.Items {
			if !yield(part{field: "items", id: it.ID, board: it.Board, item: it.Parent, user: it.Creator}) {
				return
			}
		}
		for _, u := range s.Updates {
			if !yield(part{field: "updates", id: u.ID, board: u.Board, item: u.Item, update: u.Parent, user: u.Creator}) {
				return
			}
		}
		for _, a := range s.Assets {
			if !yield(part{field: "assets", id: a.ID, board: a.Board, item: a.Item, update: a.Update, user: a.Uploader}) {
				return
			}
		}
		for _, b := range s.Blocks {
			if !yield(part{field: "blocks", id: b.ID, doc: b.Doc, user: b.Creator}) {
				return
			}
		}
	}
}

// checkFolders refuses folders of no workspace, or within one another in a circle or across workspaces,
// and boards in folders of another workspace.
func (s *Snapshot) checkFolders(workspaces map[WorkspaceID]bool) error {
	if _, err := keys("folders", s.Folders, func(f *Folder) FolderID { return f.ID }); err != nil {
		return err
	}
	folders := byID(s.Folders, func(f *Folder) FolderID { return f.ID })
	for _, f := range s.Folders {
		if !workspaces[f.Workspace] {
			return invalid("folders", "Folder %d is in workspace %d, which is not there", f.ID, f.Workspace)
		}
		at := f
		for depth := 1; at.Parent != 0; depth++ {
			up := folders[at.Parent]
			if up == nil || up.Workspace != f.Workspace || depth >= FoldersDeep {
				return invalid("folders", "Folder %d cannot be in folder %d: it is not there, in another workspace, or too deep", at.ID, at.Parent)
			}
			at = up
		}
	}
	for _, b := range s.Boards {
		if f := folders[b.Folder]; b.Folder != 0 && (f == nil || f.Workspace != b.Workspace) {
			return invalid("boards", "Board %d is in folder %d, which is not there or in another workspace", b.ID, b.Folder)
		}
	}
	return nil
}

// lastID is the highest id of all rows.
func (s *Snapshot) lastID() (last int64) {
	for _, u := range s.Users {
		last = max(last, int64(u.ID))
	}
	for _, t := range s.Teams {
		last = max(last, int64(t.ID))
	}
	for _, w := range s.Workspaces {
		last = max(last, int64(w.ID))
	}
	for _, b := range s.Boards {
		last = max(last, int64(b.ID))
	}
	for _, t := range s.Tokens {
		last = max(last, int64(t.ID))
	}
	for _, f := range s.Folders {
		last = max(last, int64(f.ID))
	}
	for _, t := range s.Tags {
		last = max(last, int64(t.ID))
	}
	for _, w := range s.Webhooks {
		last = max(last, int64(w.ID))
	}
	for _, d := range s.DataSources {
		last = max(last, int64(d.ID))
	}
	for _, d := range s.Docs {
		last = max(last, int64(d.ID))
	}
	for _, v := range s.Views {
		last = max(last, int64(v.ID))
	}
	for _, it := range s.Items {
		last = max(last, int64(it.ID))
	}
	for _, a := range s.Assets {
		last = max(last, int64(a.ID))
	}
	for _, u := range s.Updates {
		last = max(last, int64(u.ID))
		for _, l := range u.Likes {
			last = max(last, l.ID)
		}
	}
	return last
}

// keys collects the ids of rows, which are above 0 and there once.
func keys[K ~int64, V any](field string, rows []V, key func(V) K) (map[K]bool, error) {
	set := make(map[K]bool, len(rows))
	for _, r := range rows {
		id := key(r)
		if id <= 0 {
			return nil, invalid(field, "%s: %d is no id; ids are 1 or more", field, id)
		}
		if set[id] {
			return nil, invalid(field, "%s: %d is there twice", field, id)
		}
		set[id] = true
	}
	return set, nil
}

// checkSecrets refuses e-mail addresses and tokens of which there are two, and tokens of nobody.
func (s *Snapshot) checkSecrets(users map[UserID]bool) error {
	emails, hashes := make(map[string]UserID, len(s.Users)), make(map[string]bool, len(s.Tokens))
	for _, u := range s.Users {
		key := emailKey(u.Email)
		if other, ok := emails[key]; ok {
			return invalid("users", "Users %d and %d have the same e-mail address %s", other, u.ID, u.Email)
		}
		emails[key] = u.ID
	}
	for _, t := range s.Tokens {
		if hashes[string(t.Hash)] || !users[t.User] {
			return invalid("tokens", "Token %d is there twice or belongs to no user", t.ID)
		}
		hashes[string(t.Hash)] = true
	}
	return nil
}

// link is a user or a team in something.
type link struct {
	field, kind string
	id          int64
	user        UserID // or 0
	team        TeamID // then
}

func (l link) in(teams map[TeamID]bool, workspaces map[WorkspaceID]bool, boards map[BoardID]bool) bool {
	switch l.kind {
	case "team":
		return teams[TeamID(l.id)]
	case "workspace":
		return workspaces[WorkspaceID(l.id)]
	default:
		return boards[BoardID(l.id)]
	}
}

func (s *Snapshot) links() (all []link) {
	for _, m := range s.Memberships {
		all = append(all, link{"memberships", "team", int64(m.Team), m.User, 0})
	}
	for _, r := range s.WorkspaceUsers {
		all = append(all, link{"workspace users", "workspace", int64(r.Workspace), r.User, 0})
	}
	for _, r := range s.WorkspaceTeams {
		all = append(all, link{"workspace teams", "workspace", int64(r.Workspace), 0, r.Team})
	}
	for _, r := range s.BoardUsers {
		all = append(all, link{"board users", "board", int64(r.Board), r.User, 0})
	}
	for _, r := range s.BoardTeams {
		all = append(all, link{"board teams", "board", int64(r.Board), 0, r.Team})
	}
	return all
}
