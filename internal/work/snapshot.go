package work

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
