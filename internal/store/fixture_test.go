package store

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lunedi-dev/lunedi/internal/work"
)

var day = time.Date(2024, 2, 29, 23, 59, 58, 123456000, time.UTC)

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// full is an account in which every field of every type has a value somewhere and none elsewhere. The
// ids of different kinds overlap on purpose.
func full(id work.AccountID) *work.Snapshot {
	long := strings.Repeat("é🌙ק\"'\\\n", 36) + "end"
	return &work.Snapshot{
		Seq: 7,
		Account: work.Account{
			ID: id, Name: "Läufer & Söhne", Slug: "laeufer", Tier: "pro",
			Plan:        &work.Plan{MaxUsers: 40, Period: "yearly", Tier: "pro", Version: 8},
			Products:    []work.Product{{ID: 1, Kind: "core", Tier: "pro", DefaultWorkspace: 1}, {ID: 2, Kind: "crm"}},
			CountryCode: "DE", FirstDay: "monday", Logo: "logo.png", TimelineWeekends: true, SignUpProduct: "core",
			Trial: true, TrialExpired: true, CreatedAt: day, MainWorkspace: 1, MainWorkspaceIsNumbered: true, LastID: 900,
		},
		Users: []*work.User{
			{
				ID: 1, Name: long, Email: "Ä@example.com", Role: work.Admin, Status: work.Active, Verified: true, EmailUnproven: true,
				Title: "CEO", Phone: "+49 1", MobilePhone: "+49 2", Location: "Köln", CountryCode: "DE", Language: "de",
				TimeZone: "Europe/Berlin", Birthday: "1970-01-01", JoinDate: "2020-02-02", LastActivity: "2024-02-28",
				Photo: "1.png", SignUpProduct: "core",
				Away:      &work.Away{Kind: "vacation", Start: "2024-01-01", End: "2024-01-02", DisableNotifications: true},
				InvitedBy: 2, CreatedAt: day,
			},
			{ID: 2, Name: "b", Email: "b@example.com", Role: work.Guest, Status: work.Pending, CreatedAt: day.Add(time.Microsecond)},
			{ID: 3, Name: "never", Email: "c@example.com", Role: work.Viewer, Status: work.Inactive},
		},
		Teams: []*work.Team{
			{ID: 1, Name: "日本チーム", Guest: true, Parent: 2, Picture: "https://example.com/p.png", CreatedAt: day},
			{ID: 2, Name: strings.Repeat("x", 255)},
		},
		Workspaces: []*work.Workspace{
			{
				ID: 1, Name: "Main", Description: "all", Kind: work.Open, State: work.StateActive, Product: 1,
				IconColor: "#ff0000", IconImage: "i.png", CreatedBy: 1, CreatedAt: day,
			},
			{ID: 2, Name: "w", Kind: work.Closed, State: work.StateArchived},
		},
		Boards: []*work.Board{
			{
				ID: 1, Name: "B", Description: "d", Kind: work.Share, State: work.StateDeleted, Workspace: 2, Folder: 5,
				Creator: 1, Permission: work.PermOwners, Communication: `{"a":1}`, ItemName: "deal", ItemNames: "deals",
				CreatedFrom: 2, Type: work.SubitemsBoard, Parent: 2, OnlyAssigned: true,
				CreatedAt: day, UpdatedAt: day.Add(time.Hour),
			},
			{ID: 2, Name: "C", Kind: work.Public, State: work.StateActive, Workspace: 1, Creator: 2, Permission: work.PermEveryone},
		},
		Tokens: []*work.Token{
			{
				ID: 1, User: 1, Name: "ci", Hash: hash(fmt.Sprint(id, "ci")), Sealed: []byte{0, 1, 255}, CreatedAt: day,
				ExpiresAt: day.AddDate(1, 0, 0), LastUsed: day.Add(time.Minute),
			},
			{ID: 2, User: 2, Hash: hash(fmt.Sprint(id, "other")), CreatedAt: day},
			{
				ID: 3, User: 2, Kind: work.SessionToken, Name: long, From: "2001:db8::1", Hash: hash(fmt.Sprint(id, "session")),
				CreatedAt: day, ExpiresAt: day.AddDate(0, 1, 0),
			},
			{ID: 4, User: 3, Kind: work.LinkToken, Hash: hash(fmt.Sprint(id, "link")), CreatedAt: day, ExpiresAt: day.AddDate(0, 0, 7)},
			{
				ID: 5, User: 1, Name: "limited", Scopes: []string{"me:read", "boards:write"}, Hash: hash(fmt.Sprint(id, "limited")),
				Sealed: []byte{1}, CreatedAt: day,
			},
		},
		Credentials: []*work.Credential{{User: 1, Hash: "$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA", ChangedAt: day}, {User: 3, Hash: "x", ChangedAt: day.Add(time.Microsecond)}},
		Identities: []*work.Identity{
			{Issuer: "https://id.example.com/é?a=b", Subject: "auth0|1 é", User: 1, CreatedAt: day},
			{Issuer: "https://id.example.com/é?a=b", Subject: "Auth0|1 é", User: 2},
			{Issuer: "https://id.example.com", Subject: "auth0|1 é", User: 2},
		},
		Memberships:    []work.Membership{{Team: 1, User: 1, Owner: true}, {Team: 1, User: 2}, {Team: 2, User: 1}},
		WorkspaceUsers: []work.WorkspaceUser{{Workspace: 2, User: 1, Owner: true}, {Workspace: 2, User: 2}},
		WorkspaceTeams: []work.WorkspaceTeam{{Workspace: 2, Team: 1, Owner: true}, {Workspace: 2, Team: 2}},
		BoardUsers:     []work.BoardUser{{Board: 1, User: 1, Owner: true}, {Board: 2, User: 1}, {Board: 2, User: 2}},
		BoardTeams:     []work.BoardTeam{{Board: 1, Team: 1, Owner: true}, {Board: 2, Team: work.Everyone}, {Board: 2, Team: 1}},
		Folders: []*work.Folder{
			{
				ID: 5, Name: long, Workspace: 2, Parent: 6, Color: "DONE_GREEN", FontWeight: "FONT_WEIGHT_BOLD",
				Icon: "FOLDER", Owner: 1, CreatedAt: day,
			},
			{ID: 6, Workspace: 2},
		},
		Tags: []*work.Tag{{ID: 1, Name: long, Color: "#ff0000", Board: 2}, {ID: 2}},
		Webhooks: []*work.Webhook{
			{
				ID: 1, Board: 2, Event: "change_column_value", URL: "https://example.com/?a=b&c=<d>", Config: `{"columnId":"a"}`,
				Secret: []byte{0, 1, 255}, Creator: 1, CreatedAt: day,
			},
			{ID: 2},
		},
		Docs: []*work.Doc{
			{ID: 1, Board: 2, Item: 10, Column: "doc", Settings: `{"a":"<&>"}`, Creator: 1, CreatedAt: day, UpdatedAt: day.Add(time.Hour)},
			{ID: 2},
		},
		DataSources: []*work.DataSource{
			{
				ID: 1, Name: long, Kind: work.MondaySource, Endpoint: "https://example.com/v2?a=<&>", StartDate: day, Every: time.Hour, CallShare: 0.25, CallCap: 7,
				Boards: []string{"1", "2"}, Sealed: []byte{0, 1, 255}, KeyID: "k", Paused: true, Asked: 3, AskedFull: 2, Removed: true,
				SourceAccountID: "5", SourceAccountName: "Other", Creator: 1, CreatedAt: day,
			},
			{ID: 2},
		},
	}
}

// apply is what changes mean, written as plainly as can be: the contract a database is held to.
func apply(s *work.Snapshot, changes ...work.Change) {
	for _, c := range changes {
		switch {
		case c.Account != nil:
			last := s.Account.LastID
			s.Account = *c.Account
			s.Account.LastID = max(last, c.Account.LastID)
		case c.User != nil:
			s.Users = put(s.Users, c.User, c.Delete, func(u *work.User) int64 { return int64(u.ID) })
			if c.Delete {
				s.Memberships = slices.DeleteFunc(s.Memberships, func(m work.Membership) bool { return m.User == c.User.ID })
				s.WorkspaceUsers = slices.DeleteFunc(s.WorkspaceUsers, func(m work.WorkspaceUser) bool { return m.User == c.User.ID })
				s.BoardUsers = slices.DeleteFunc(s.BoardUsers, func(m work.BoardUser) bool { return m.User == c.User.ID })
				s.Tokens = slices.DeleteFunc(s.Tokens, func(m *work.Token) bool { return m.User == c.User.ID })
			}
		case c.Team != nil:
			s.Teams = put(s.Teams, c.Team, c.Delete, func(t *work.Team) int64 { return int64(t.ID) })
			if c.Delete {
				s.Memberships = slices.DeleteFunc(s.Memberships, func(m work.Membership) bool { return m.Team == c.Team.ID })
				s.WorkspaceTeams = slices.DeleteFunc(s.WorkspaceTeams, func(m work.WorkspaceTeam) bool { return m.Team == c.Team.ID })
				s.BoardTeams = slices.DeleteFunc(s.BoardTeams, func(m work.BoardTeam) bool { return m.Team == c.Team.ID })
			}
		case c.Workspace != nil:
			s.Workspaces = put(s.Workspaces, c.Workspace, c.Delete, func(w *work.Workspace) int64 { return int64(w.ID) })
			if c.Delete {
				s.WorkspaceUsers = slices.DeleteFunc(s.WorkspaceUsers, func(m work.WorkspaceUser) bool { return m.Workspace == c.Workspace.ID })
				s.WorkspaceTeams = slices.DeleteFunc(s.WorkspaceTeams, func(m work.WorkspaceTeam) bool { return m.Workspace == c.Workspace.ID })
			}
		case c.Board != nil:
			s.Boards = put(s.Boards, c.Board, c.Delete, func(b *work.Board) int64 { return int64(b.ID) })
			if c.Delete {
				s.BoardUsers = slices.DeleteFunc(s.BoardUsers, func(m work.BoardUser) bool { return m.Board == c.Board.ID })
				s.BoardTeams = slices.DeleteFunc(s.BoardTeams, func(m work.BoardTeam) bool { return m.Board == c.Board.ID })
			}
		case c.Token != nil:
			s.Tokens = put(s.Tokens, c.Token, c.Delete, func(t *work.Token) int64 { return int64(t.ID) })
		case c.Credential != nil:
			s.Credentials = put(s.Credentials, c.Credential, c.Delete, func(x *work.Credential) work.UserID { return x.User })
		case c.Identity != nil:
			s.Identities = put(s.Identities, c.Identity, c.Delete, func(x *work.Identity) string { return x.Issuer + "\x00" + x.Subject })
		case c.Membership != nil:
			s.Memberships = put(s.Memberships, *c.Membership, c.Delete, func(m work.Membership) work.Membership { m.Owner = false; return m })
		case c.WorkspaceUser != nil:
			s.WorkspaceUsers = put(s.WorkspaceUsers, *c.WorkspaceUser, c.Delete, func(m work.WorkspaceUser) work.WorkspaceUser { m.Owner = false; return m })
		case c.WorkspaceTeam != nil:
			s.WorkspaceTeams = put(s.WorkspaceTeams, *c.WorkspaceTeam, c.Delete, func(m work.WorkspaceTeam) work.WorkspaceTeam { m.Owner = false; return m })
		case c.BoardUser != nil:
			s.BoardUsers = put(s.BoardUsers, *c.BoardUser, c.Delete, func(m work.BoardUser) work.BoardUser { m.Owner = false; return m })
		case c.BoardTeam != nil:
			s.BoardTeams = put(s.BoardTeams, *c.BoardTeam, c.Delete, func(m work.BoardTeam) work.BoardTeam { m.Owner = false; return m })
		case c.Folder != nil:
			s.Folders = put(s.Folders, c.Folder, c.Delete, func(f *work.Folder) work.FolderID { return f.ID })
		case c.Tag != nil:
			s.Tags = put(s.Tags, c.Tag, c.Delete, func(t *work.Tag) work.TagID { return t.ID })
		case c.DataSource != nil:
			s.DataSources = put(s.DataSources, c.DataSource, c.Delete, func(d *work.DataSource) work.DataSourceID { return d.ID })
		case c.Webhook != nil:
			s.Webhooks = put(s.Webhooks, c.Webhook, c.Delete, func(w *work.Webhook) work.WebhookID { return w.ID })
		case c.Doc != nil:
			s.Docs = put(s.Docs, c.Doc, c.Delete, func(d *work.Doc) work.DocID { return d.ID })
		}
		if !c.Delete {
			s.Account.LastID = max(s.Account.LastID, entityID(c))
		}
	}
}

func entityID(c work.Change) int64 {
	switch {
	case c.User != nil:
		return int64(c.User.ID)
	case c.Team != nil:
		return int64(c.Team.ID)
	case c.Workspace != nil:
		return int64(c.Workspace.ID)
	case c.Board != nil:
		return int64(c.Board.ID)
	case c.Token != nil:
		return int64(c.Token.ID)
	case c.Folder != nil:
		return int64(c.Folder.ID)
	case c.Tag != nil:
		return int64(c.Tag.ID)
	case c.Webhook != nil:
		return int64(c.Webhook.ID)
	case c.DataSource != nil:
		return int64(c.DataSource.ID)
	case c.Doc != nil:
		return int64(c.Doc.ID)
	}
	return 0
}

func put[T any, K comparable](list []T, row T, del bool, key func(T) K) []T {
	list = slices.DeleteFunc(slices.Clone(list), func(one T) bool { return key(one) == key(row) })
	if !del {
		list = append(list, row)
	}
	return list
}

// same fails the test unless two accounts are equal but for the order of rows.
func same(t *testing.T, what string, want, got *work.Snapshot) {
	t.Helper()
	opts := gocmp.Options{
		cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(a, b *work.User) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *work.Team) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *work.Workspace) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *work.Board) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *work.Token) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *work.Credential) bool { return a.User < b.User }),
		cmpopts.SortSlices(func(a, b *work.Identity) bool {
			return cmp.Or(cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.Subject, b.Subject)) < 0
		}),
		cmpopts.SortSlices(func(a, b *work.Folder) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *work.Tag) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *work.Webhook) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *work.DataSource) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *work.Doc) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b work.Membership) bool {
			return cmp.Or(cmp.Compare(a.Team, b.Team), cmp.Compare(a.User, b.User)) < 0
		}),
		cmpopts.SortSlices(func(a, b work.WorkspaceUser) bool {
			return cmp.Or(cmp.Compare(a.Workspace, b.Workspace), cmp.Compare(a.User, b.User)) < 0
		}),
		cmpopts.SortSlices(func(a, b work.WorkspaceTeam) bool {
			return cmp.Or(cmp.Compare(a.Workspace, b.Workspace), cmp.Compare(a.Team, b.Team)) < 0
		}),
		cmpopts.SortSlices(func(a, b work.BoardUser) bool {
			return cmp.Or(cmp.Compare(a.Board, b.Board), cmp.Compare(a.User, b.User)) < 0
		}),
		cmpopts.SortSlices(func(a, b work.BoardTeam) bool {
			return cmp.Or(cmp.Compare(a.Board, b.Board), cmp.Compare(a.Team, b.Team)) < 0
		}),
	}
	if diff := gocmp.Diff(want, got, opts); diff != "" {
		t.Fatalf("%s: want -, got +:\n%s", what, diff)
	}
}
