package worktest

import (
	"slices"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// apply makes a change to the rows as a database would: row by row, knowing nothing of an image.
func (a *rows) apply(c work.Change) {
	s := a.snap
	switch {
	case c.Account != nil:
		last := max(s.Account.LastID, c.Account.LastID)
		s.Account = *c.Account
		s.Account.LastID = last
	case c.User != nil:
		s.Users = put(s.Users, c.User, c.Delete, func(x *work.User) bool { return x.ID == c.User.ID })
	case c.Team != nil:
		s.Teams = put(s.Teams, c.Team, c.Delete, func(x *work.Team) bool { return x.ID == c.Team.ID })
		if id := c.Team.ID; c.Delete {
			s.Memberships = slices.DeleteFunc(s.Memberships, func(x work.Membership) bool { return x.Team == id })
			s.WorkspaceTeams = slices.DeleteFunc(s.WorkspaceTeams, func(x work.WorkspaceTeam) bool { return x.Team == id })
			s.BoardTeams = slices.DeleteFunc(s.BoardTeams, func(x work.BoardTeam) bool { return x.Team == id })
		}
	case c.Workspace != nil:
		s.Workspaces = put(s.Workspaces, c.Workspace, c.Delete, func(x *work.Workspace) bool { return x.ID == c.Workspace.ID })
		if id := c.Workspace.ID; c.Delete {
			s.WorkspaceUsers = slices.DeleteFunc(s.WorkspaceUsers, func(x work.WorkspaceUser) bool { return x.Workspace == id })
			s.WorkspaceTeams = slices.DeleteFunc(s.WorkspaceTeams, func(x work.WorkspaceTeam) bool { return x.Workspace == id })
		}
	case c.Board != nil:
		s.Boards = put(s.Boards, c.Board, c.Delete, func(x *work.Board) bool { return x.ID == c.Board.ID })
		if id := c.Board.ID; c.Delete {
			s.BoardUsers = slices.DeleteFunc(s.BoardUsers, func(x work.BoardUser) bool { return x.Board == id })
			s.BoardTeams = slices.DeleteFunc(s.BoardTeams, func(x work.BoardTeam) bool { return x.Board == id })
		}
	case c.Token != nil:
		s.Tokens = put(s.Tokens, c.Token, c.Delete, func(x *work.Token) bool { return x.ID == c.Token.ID })
	case c.Credential != nil:
		s.Credentials = put(s.Credentials, c.Credential, c.Delete, func(x *work.Credential) bool { return x.User == c.Credential.User })
	case c.Identity != nil:
		s.Identities = put(s.Identities, c.Identity, c.Delete, func(x *work.Identity) bool {
			return x.Issuer == c.Identity.Issuer && x.Subject == c.Identity.Subject
		})
	case c.Membership != nil:
		r := *c.Membership
		s.Memberships = put(s.Memberships, r, c.Delete, func(x work.Membership) bool { return x.Team == r.Team && x.User == r.User })
	case c.WorkspaceUser != nil:
		r := *c.WorkspaceUser
		s.WorkspaceUsers = put(s.WorkspaceUsers, r, c.Delete, func(x work.WorkspaceUser) bool { return x.Workspace == r.Workspace && x.User == r.User })
	case c.WorkspaceTeam != nil:
		r := *c.WorkspaceTeam
		s.WorkspaceTeams = put(s.WorkspaceTeams, r, c.Delete, func(x work.WorkspaceTeam) bool { return x.Workspace == r.Workspace && x.Team == r.Team })
	case c.BoardUser != nil:
		r := *c.BoardUser
		s.BoardUsers = put(s.BoardUsers, r, c.Delete, func(x work.BoardUser) bool { return x.Board == r.Board && x.User == r.User })
	case c.BoardTeam != nil:
		r := *c.BoardTeam
		s.BoardTeams = put(s.BoardTeams, r, c.Delete, func(x work.BoardTeam) bool { return x.Board == r.Board && x.Team == r.Team })
	case c.Folder != nil:
		s.Folders = put(s.Folders, c.Folder, c.Delete, func(x *work.Folder) bool { return x.ID == c.Folder.ID })
	case c.Tag != nil:
		s.Tags = put(s.Tags, c.Tag, c.Delete, func(x *work.Tag) bool { return x.ID == c.Tag.ID })
	case c.DataSource != nil:
		s.DataSources = put(s.DataSources, c.DataSource, c.Delete, func(x *work.DataSource) bool { return x.ID == c.DataSource.ID })
	case c.Webhook != nil:
		s.Webhooks = put(s.Webhooks, c.Webhook, c.Delete, func(x *work.Webhook) bool { return x.ID == c.Webhook.ID })
	case c.Doc != nil:
		s.Docs = put(s.Docs, c.Doc, c.Delete, func(x *work.Doc) bool { return x.ID == c.Doc.ID })
	default:
		a.content.apply(c)
	}
}

func put[T any](list []T, row T, del bool, same func(T) bool) []T {
	list = slices.DeleteFunc(list, same)
	if !del {
		list = append(list, row)
	}
	return list
}
