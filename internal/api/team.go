package api

import (
	"context"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) team() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {"teams": graphql.Root(listTeams)},
		"Mutation": {
			"create_team":            graphql.Root(h.createTeam),
			"delete_team":            graphql.Root(h.deleteTeam),
			"add_users_to_team":      graphql.Root(h.addTeamUsers),
			"remove_users_from_team": graphql.Root(h.removeTeamUsers),
			"assign_team_owners":     graphql.Root(h.assignTeamOwners),
			"remove_team_owners":     graphql.Root(h.removeTeamOwners),
		},
		"Team": {
			"id":          idLeaf(func(t *work.Team) work.TeamID { return t.ID }),
			"is_guest":    boolLeaf(func(t *work.Team) bool { return t.Guest }),
			"name":        nameLeaf(func(t *work.Team) string { return t.Name }),
			"owners":      cached(graphql.Resolve(teamOwners)),
			"picture_url": textLeaf(func(t *work.Team) string { return t.Picture }),
			"users":       cached(graphql.Resolve(teamUsers)),
		},
		"ChangeTeamMembershipsResult": {
			"failed_users": graphql.Resolve(func(_ *graphql.Context, m *membersChange, _ graphql.Args) (any, error) {
				return m.failed, nil
			}),
			"successful_users": graphql.Resolve(func(_ *graphql.Context, m *membersChange, _ graphql.Args) (any, error) {
				return m.done, nil
			}),
		},
		"AssignTeamOwnersResult": ownersResult,
		"AssignTeamOwnersError":  failureFields,
		"RemoveTeamOwnersResult": ownersResult,
		"RemoveTeamOwnersError":  failureFields,
	}
}

func listTeams(c *graphql.Context, args graphql.Args) (any, error) {
	ids, err := argIDs[work.TeamID](args, "ids")
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Team](callOf(c).view.Teams(ids)), nil
}

func teamOwners(c *graphql.Context, t *work.Team, args graphql.Args) (any, error) {
	ids, err := argIDs[work.UserID](args, "ids")
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.User](callOf(c).view.TeamOwners(t, ids)), nil
}

func teamUsers(c *graphql.Context, t *work.Team, args graphql.Args) (any, error) {
	f, err := userFilter(args)
	if err != nil {
		return nil, err
	}
	users, err := callOf(c).view.TeamUsers(t, f)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.User](users), nil
}

func (h *Handler) createTeam(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	in, options := args.Object("input"), args.Object("options")
	t := work.TeamInput{}
	t.Name, _ = in["name"].(string)
	t.Guest, _ = in["is_guest_team"].(bool)
	t.AllowEmpty, _ = options["allow_empty_team"].(bool)
	var err error
	if t.Parent, err = objectID[work.TeamID](in, "parent_team_id"); err != nil {
		return nil, err
	}
	if t.Subscribers, err = objectIDs[work.UserID](in, "subscriber_ids"); err != nil {
		return nil, err
	}
	id, err := h.service.CreateTeam(c, k.by, t)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(k.view.Team(id)), nil
}

func (h *Handler) deleteTeam(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	id, err := argID[work.TeamID](args, "team_id", 0)
	if err != nil {
		return nil, err
	}
	was, err := h.service.DeleteTeam(c, k.by, id)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(was), nil
}

// membersChange is what became of users being put into a team or taken out.
type membersChange struct{ done, failed graphql.Slice[*work.User] }

func (h *Handler) addTeamUsers(c *graphql.Context, args graphql.Args) (any, error) {
	return h.changeMembers(c, args, h.service.AddTeamUsers)
}

func (h *Handler) removeTeamUsers(c *graphql.Context, args graphql.Args) (any, error) {
	return h.changeMembers(c, args, h.service.RemoveTeamUsers)
}

// teamEdit is a method of the service that does something to a team's users.
type teamEdit[R any] func(ctx context.Context, by work.Caller, id work.TeamID, users []work.UserID) (R, error)

func (h *Handler) changeMembers(c *graphql.Context, args graphql.Args, change teamEdit[work.MembersResult]) (any, error) {
	r, err := editTeam(c, args, change)
	if err != nil {
		return nil, err
	}
	// The result has no place to say why, so the reasons are warnings.
	for _, id := range r.Missing {
		c.Warn(graphql.Error{Message: fmt.Sprintf("There is no user %d (in user_ids).", id)})
	}
	for _, why := range r.Why {
		c.Warn(graphql.Error{Message: why + "."})
	}
	k := callOf(c)
	return &membersChange{k.users(r.Done), k.users(r.Failed)}, nil
}

func editTeam[R any](c *graphql.Context, args graphql.Args, edit teamEdit[R]) (R, error) {
	k := callOf(c)
	var none R
	id, err := argID[work.TeamID](args, "team_id", 0)
	if err != nil {
		return none, err
	}
	users, err := argIDs[work.UserID](args, "user_ids")
	if err != nil {
		return none, err
	}
	r, err := edit(c, k.by, id, users)
	return r, k.after(c, err)
}

// ownersChange is what became of members being made owners of a team, or owners plain members.
type ownersChange struct {
	team   *work.Team
	failed failures
}

var ownersResult = graphql.Fields{
	"team":   graphql.Resolve(func(_ *graphql.Context, o *ownersChange, _ graphql.Args) (any, error) { return orNull(o.team), nil }),
	"errors": graphql.Resolve(func(_ *graphql.Context, o *ownersChange, _ graphql.Args) (any, error) { return o.failed, nil }),
}

func (h *Handler) assignTeamOwners(c *graphql.Context, args graphql.Args) (any, error) {
	return h.changeOwners(c, args, h.service.AssignTeamOwners)
}

func (h *Handler) removeTeamOwners(c *graphql.Context, args graphql.Args) (any, error) {
	return h.changeOwners(c, args, h.service.RemoveTeamOwners)
}

func (h *Handler) changeOwners(c *graphql.Context, args graphql.Args, change teamEdit[work.UsersResult]) (any, error) {
	r, err := editTeam(c, args, change)
	if err != nil {
		return nil, err
	}
	id, err := argID[work.TeamID](args, "team_id", 0)
	return &ownersChange{callOf(c).view.Team(id), r.Failed}, err
}

// everyone is the team of all users of an account, which is no team of any.
var everyone = &work.Team{ID: work.Everyone, Name: "Everyone"}

// teams are the teams with the ids, in the order given, without those the caller does not see.
func (k *call) teams(ids []work.TeamID) graphql.Slice[*work.Team] {
	out := make([]*work.Team, 0, len(ids))
	for _, id := range ids {
		t := everyone
		if id != work.Everyone {
			t = k.view.Team(id)
		}
		if t != nil {
			out = append(out, t)
		}
	}
	return out
}
