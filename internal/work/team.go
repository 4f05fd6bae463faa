package work

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// Teams lists the teams the caller may see, by ascending id; with ids those of them.
func (v *View) Teams(ids []TeamID) []*Team {
	if ids != nil {
		out := make([]*Team, 0, len(ids))
		for _, id := range distinct(ids) {
			if t := v.Team(id); t != nil {
				out = append(out, t)
			}
		}
		return out
	}
	out := make([]*Team, 0, v.img.teams.len())
	for t := range v.img.teams.all() {
		if v.seesTeam(t) {
			out = append(out, t)
		}
	}
	return out
}

// Team returns a team, or nil where there is none that the caller may see.
func (v *View) Team(id TeamID) *Team {
	if t, ok := v.img.teams.get(id); ok && v.seesTeam(t) {
		return t
	}
	return nil
}

// seesTeam asks for facts only where the role alone does not decide.
func (v *View) seesTeam(t *Team) bool {
	return perm.Allow(v.role, perm.TeamRead, 0) || v.img.seesTeam(v.me, t)
}

func (img *Image) seesTeam(u *User, t *Team) bool {
	return perm.Allow(u.role(), perm.TeamRead, img.teamFacts(u, t))
}

// TeamUsers lists the members of a team, as Users does.
func (v *View) TeamUsers(t *Team, f UserFilter) ([]*User, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	rows := make([]*User, 0, len(t.Members))
	for _, m := range t.Members {
		if u, ok := v.img.users.get(m.User); ok && (f.IDs == nil || slices.Contains(f.IDs, u.ID)) {
			rows = append(rows, u)
		}
	}
	return v.pageUsers(rows, f, f.matcher()), nil
}

// TeamOwners lists the owners of a team; with ids those of them.
func (v *View) TeamOwners(t *Team, ids []UserID) []*User {
	out := []*User{}
	for _, m := range t.Members {
		if !m.Owner || ids != nil && !slices.Contains(ids, m.User) {
			continue
		}
		if u := v.User(m.User); u != nil {
			out = append(out, u)
		}
	}
	return out
}

// UserTeams lists the teams a user is in; with ids those of them.
func (v *View) UserTeams(u *User, ids []TeamID) []*Team {
	out := make([]*Team, 0, len(u.Teams))
	for _, id := range u.Teams {
		if ids != nil && !slices.Contains(ids, id) {
			continue
		}
		if t := v.Team(id); t != nil {
			out = append(out, t)
		}
	}
	return out
}

// TeamInput describes a new team.
type TeamInput struct {
	Name        string
	Guest       bool
	Parent      TeamID // 0: none
	Subscribers []UserID
	AllowEmpty  bool
}

// CreateTeam makes a team. The creator owns it when among its members; a creator who is no admin is
// always made one, or could do nothing with it. Permission team.create.
func (s *Service) CreateTeam(ctx context.Context, by Caller, in TeamInput) (id TeamID, err error) {
	if err := checkName("name", in.Name); err != nil {
		return 0, err
	}
	err = s.commit(ctx, by, func(t *tx) error {
		if err := t.check(perm.TeamCreate, 0); err != nil {
			return err
		}
		if in.Parent != 0 {
			if _, ok := t.teams.get(in.Parent); !ok {
				return notFound("team", in.Parent)
			}
		}
		users, err := t.usersNamed("subscriber_ids", in.Subscribers)
		if err != nil {
			return err
		}
		if len(users) == 0 && !in.AllowEmpty {
			return invalid("subscriber_ids", "A team needs at least one user in subscriber_ids, or allow_empty_team: true in options")
		}
		for _, u := range users {
			if fault := teamRefuses(in.Guest, u); fault != "" {
				return invalid("subscriber_ids", "%s", fault)
			}
		}
		team := Team{ID: TeamID(t.newID()), Name: strings.TrimSpace(in.Name), Guest: in.Guest, Parent: in.Parent, CreatedAt: t.now}
		t.put(Change{Team: &team})
		for _, u := range users {
			t.put(Change{Membership: &Membership{team.ID, u.ID, u.ID == t.by.ID}})
		}
		if !slices.Contains(in.Subscribers, t.by.ID) && t.by.role() != perm.Admin && !in.Guest {
			t.put(Change{Membership: &Membership{team.ID, t.by.ID, true}})
		}
		id = team.ID
		return nil
	})
	return id, err
}

// teamRefuses says why a user cannot be in a team, or "".
func teamRefuses(guestTeam bool, u *User) string {
	switch {
	case u.Status == Inactive:
		return fmt.Sprintf("User %d is deactivated", u.ID)
	case guestTeam && u.Role != Guest:
		return fmt.Sprintf("User %d is no guest; a guest team is made of guests", u.ID)
	case !guestTeam && u.Role == Guest:
		return fmt.Sprintf("User %d is a guest; guests can only be in guest teams", u.ID)
	}
	return ""
}

// usersNamed finds users given by id; one that is not there, or not for the caller, fails the call.
func (t *tx) usersNamed(field string, ids []UserID) ([]*User, error) {
	users := make([]*User, 0, len(ids))
	v := View{img: &t.Image, me: t.by, role: t.by.role()}
	for _, id := range distinctInOrder(ids) {
		u := v.User(id)
		if u == nil {
			return nil, &Error{Code: CodeNotFound, Kind: "user", ID: int64(id), Field: field, Msg: fmt.Sprintf("There is no user %d (in %s)", id, field)}
		}
		users = append(users, u)
	}
	return users, nil
}

// teamsNamed finds teams given by id; one that is not there fails the call. Everyone is passed over.
func (t *tx) teamsNamed(field string, ids []TeamID) ([]*Team, error) {
	teams := make([]*Team, 0, len(ids))
	for _, id := range distinctInOrder(ids) {
		if id == Everyone {
			continue
		}
		team, ok := t.teams.get(id)
		if !ok || !t.seesTeam(t.by, team) {
			return nil, &Error{Code: CodeNotFound, Kind: "team", ID: int64(id), Field: field, Msg: fmt.Sprintf("There is no team %d (in %s)", id, field)}
		}
		teams = append(teams, team)
	}
	return teams, nil
}

// team finds a team to be changed.
func (t *tx) team(id TeamID, a perm.Action) (*Team, error) {
	team, ok := t.teams.get(id)
	if !ok || !t.seesTeam(t.by, team) {
		return nil, notFound("team", id)
	}
	return team, t.check(a, t.teamFacts(t.by, team))
}

// DeleteTeam deletes a team and returns it as it was. Its subscriptions go with it; teams below it
// stand alone. Permission team.delete.
func (s *Service) DeleteTeam(ctx context.Context, by Caller, id TeamID) (was *Team, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		if was, err = t.team(id, perm.TeamDelete); err != nil {
			return err
		}
		for child := range t.teams.all() {
			if child.Parent == id {
				c := *child
				c.Parent = 0
				t.put(Change{Team: &c})
			}
		}
		t.put(Change{Team: was, Delete: true})
		return nil
	})
	return was, err
}

// MembersResult is what became of users being put into a team or taken out.
type MembersResult struct {
	Done    []UserID
	Failed  []UserID // are users, but could not be; Why says for each
	Missing []UserID // there are no such users
	Why     []string
}

// AddTeamUsers puts users into a team; being in already is no failure. Permission team.members.
func (s *Service) AddTeamUsers(ctx context.Context, by Caller, id TeamID, users []UserID) (MembersResult, error) {
	return s.editMembers(ctx, by, id, users, func(t *tx, team *Team, u *User) string {
		if _, in := subscriber(team.Members, u.ID); in {
			return ""
		}
		if fault := teamRefuses(team.Guest, u); fault != "" {
			return fault
		}
		t.put(Change{Membership: &Membership{Team: id, User: u.ID}})
		return ""
	})
}

// RemoveTeamUsers takes users out of a team; one who is not in it is a failure. Permission team.members.
func (s *Service) RemoveTeamUsers(ctx context.Context, by Caller, id TeamID, users []UserID) (MembersResult, error) {
	return s.editMembers(ctx, by, id, users, func(t *tx, team *Team, u *User) string {
		if _, in := subscriber(team.Members, u.ID); !in {
			return fmt.Sprintf("User %d is not in the team", u.ID)
		}
		t.put(Change{Membership: &Membership{Team: id, User: u.ID}, Delete: true})
		return ""
	})
}

func (s *Service) editMembers(ctx context.Context, by Caller, id TeamID, users []UserID, edit func(*tx, *Team, *User) string) (MembersResult, error) {
	var out MembersResult
	err := s.commit(ctx, by, func(t *tx) error {
		out = MembersResult{}
		team, err := t.team(id, perm.TeamMembers)
		if err != nil {
			return err
		}
		for _, user := range distinctInOrder(users) {
			u, ok := t.users.get(user)
			if !ok {
				out.Missing = append(out.Missing, user)
				continue
			}
			if fault := edit(t, team, u); fault != "" {
				out.Failed, out.Why = append(out.Failed, user), append(out.Why, fault)
				continue
			}
			out.Done = append(out.Done, user)
		}
		if len(out.Missing) > 0 && len(out.Missing) == len(distinctInOrder(users)) {
			return &Error{Code: CodeNotFound, Kind: "user", ID: int64(out.Missing[0]), Field: "user_ids", Msg: fmt.Sprintf("None of the users in user_ids exists: %v", out.Missing)}
		}
		return nil
	})
	return out, err
}

// AssignTeamOwners makes members of a team its owners. Viewers and guests cannot be. Permission team.owners.
func (s *Service) AssignTeamOwners(ctx context.Context, by Caller, id TeamID, users []UserID) (UsersResult, error) {
	return s.editOwners(ctx, by, id, users, true)
}

// RemoveTeamOwners makes owners of a team plain members of it. Permission team.owners.
func (s *Service) RemoveTeamOwners(ctx context.Context, by Caller, id TeamID, users []UserID) (UsersResult, error) {
	return s.editOwners(ctx, by, id, users, false)
}

func (s *Service) editOwners(ctx context.Context, by Caller, id TeamID, users []UserID, owner bool) (UsersResult, error) {
	var out UsersResult
	err := s.commit(ctx, by, func(t *tx) error {
		team, err := t.team(id, perm.TeamOwners)
		if err != nil {
			return err
		}
		out.Users, out.Failed = t.eachUser(users, true, func(u User) (User, *UserFailure) {
			is, in := subscriber(team.Members, u.ID)
			switch {
			case !in:
				return u, &UserFailure{Code: FailNotMember, Msg: fmt.Sprintf("User %d is not a member of the team", u.ID)}
			case owner && !mayOwn(u.Role):
				return u, &UserFailure{Code: FailRole, Msg: "Viewers and guests cannot own a team"}
			}
			if is != owner {
				t.put(Change{Membership: &Membership{id, u.ID, owner}})
			}
			return u, nil
		})
		return nil
	})
	return out, err
}
