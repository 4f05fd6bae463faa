package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/files"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// now is when every test begins.
var now = time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)

const testID = "0b2c3d4e-0000-4000-8000-000000000001"

// server is a Handler over a small account of its own.
type server struct {
	*Handler
	store *worktest.Store
	seen  []Observation
	late  atomic.Int64 // how long after now it is
}

func (s *server) now() time.Time { return now.Add(time.Duration(s.late.Load())) }

// start serves the account that seed describes; edit may change the configuration.
func start(t testing.TB, seed *work.Snapshot, edit func(*Config)) *server {
	t.Helper()
	s := &server{store: &worktest.Store{}}
	svc, err := work.New(work.Config{Store: s.store, Key: make([]byte, 32), Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(svc.Close)
	id := work.TokenID(9000)
	for _, u := range seed.Users {
		tok, err := svc.MakeToken(id, u.ID, "", token(u.ID), now)
		if err != nil {
			t.Fatal(err)
		}
		id++
		seed.Tokens = append(seed.Tokens, tok)
	}
	if err := svc.NewAccount(t.Context(), seed); err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Service: svc, PublicURL: "https://lunedi.example/", Now: s.now,
		NewID: func() string { return testID }, Observe: func(o Observation) { s.seen = append(s.seen, o) },
	}
	cfg.SigningKey = make([]byte, 32)
	folder, err := files.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	cfg.Files = folder
	if edit != nil {
		edit(&cfg)
	}
	if s.Handler, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func token(id work.UserID) string { return fmt.Sprintf("token-of-%d", id) }

// send runs one request and returns the answer.
func (s *server) send(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// query sends a document as a user and returns the answer's body.
func (s *server) query(t testing.TB, as work.UserID, document string, variables map[string]any) string {
	t.Helper()
	return s.queryWith(t, token(as), document, variables)
}

// queryWith is query with a token of its own.
func (s *server) queryWith(t testing.TB, token, document string, variables map[string]any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/v2", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", token)
	return s.send(r).Body.String()
}

// The people of the small account.
var people = map[string]work.UserID{
	"ada": 1, "bo": 2, "cy": 3, "gus": 4, "pia": 5, "ina": 6, "max": 7, "eve": 8, "gil": 9,
}

func day(n int) time.Time { return time.Date(2026, 1, n, 9, 30, 0, 0, time.UTC) }

// small is an account with somebody of each role, something of each kind, and the ids that the
// documents' examples use.
func small() *work.Snapshot {
	s := &work.Snapshot{Account: work.Account{
		ID: 77, Name: "Acme", Slug: "acme", Tier: "enterprise", CountryCode: "IT", FirstDay: "monday",
		Plan:     &work.Plan{MaxUsers: 200, Period: "yearly", Tier: "enterprise", Version: 8},
		Products: []work.Product{{ID: 501, Kind: "core", Tier: "enterprise", DefaultWorkspace: 10}, {ID: 502, Kind: "crm"}},
		Logo:     "https://lunedi.example/logo.png", SignUpProduct: "core", CreatedAt: day(1), MainWorkspace: 10, LastID: 9876543210,
	}}
	user := func(id work.UserID, name string, role work.Role, status work.Status) *work.User {
		email := strings.ToLower(strings.Fields(name)[0]) + "@acme.example"
		if id > 100 {
			email = fmt.Sprintf("u%d@acme.example", id)
		}
		u := &work.User{ID: id, Name: name, Email: email, Role: role, Status: status, Verified: status == work.Active, CreatedAt: day(len(s.Users) + 1)}
		s.Users = append(s.Users, u)
		return u
	}
	ada := user(1, "Ada Lovelace", work.Admin, work.Active)
	*ada = work.User{
		ID: 1, Name: ada.Name, Email: ada.Email, Role: ada.Role, Status: ada.Status, Verified: true, CreatedAt: ada.CreatedAt,
		Title: "Countess", Phone: "+39 06 1", MobilePhone: "+39 333 1", Location: "Rome", CountryCode: "IT", Language: "it",
		TimeZone: "Europe/Rome", Birthday: "1815-12-10", JoinDate: "2026-01-01", LastActivity: "2026-10-31",
		Photo: "ada.png", SignUpProduct: "core",
		Away: &work.Away{Kind: "vacation", Start: "2026-11-01", End: "2026-11-07", DisableNotifications: true},
	}
	user(2, "Bo Diddley", work.Member, work.Active).TimeZone = "Asia/Kolkata"
	user(3, "Cy Young", work.Viewer, work.Active)
	user(4, "Gus Guest", work.Guest, work.Active)
	user(5, "Pia Pending", work.Member, work.Pending)
	user(6, "Ina Inactive", work.Member, work.Inactive)
	user(7, "Max Müller", work.Member, work.Active)
	user(8, "Eve Adams", work.Admin, work.Active)
	user(9, "Gil Guest", work.Guest, work.Active)
	for _, id := range []work.UserID{12345, 105939, 105940, 105941, 123456, 234567, 345678, 654321, 123456789, 1234567890, 9876543210} {
		user(id, fmt.Sprintf("User %d", id), work.Member, work.Active)
	}
	team := func(id work.TeamID, name string, members ...work.UserID) *work.Team {
		t := &work.Team{ID: id, Name: name, CreatedAt: day(len(s.Teams) + 1)}
		s.Teams = append(s.Teams, t)
		for i, m := range members { // the first owns it
			s.Memberships = append(s.Memberships, work.Membership{Team: id, User: m, Owner: i == 0 && !strings.HasPrefix(name, "Guest")})
		}
		return t
	}
	team(21, "Design", 2, 1, 7).Picture = "https://lunedi.example/design.png"
	team(22, "Guests", 4).Guest = true
	team(23, "Empty")
	for _, id := range []work.TeamID{12345, 105939, 105940, 105941, 123456, 654321, 1234567890} {
		team(id, fmt.Sprintf("Team %d", id), 7)
	}
	team(7654321, "Team 7654321", 7)
	team(24681012, "Team 24681012", 7, 123456, 654321)
	team(9876543210, "Team 9876543210", 654321, 123456, 7)

	space := func(id work.WorkspaceID, name string, kind work.WorkspaceKind, state work.State, owner work.UserID, users ...work.UserID) *work.Workspace {
		w := &work.Workspace{ID: id, Name: name, Kind: kind, State: state, CreatedBy: owner, CreatedAt: day(len(s.Workspaces) + 1)}
		s.Workspaces = append(s.Workspaces, w)
		if owner != 0 {
			s.WorkspaceUsers = append(s.WorkspaceUsers, work.WorkspaceUser{Workspace: id, User: owner, Owner: true})
		}
		for _, u := range users {
			s.WorkspaceUsers = append(s.WorkspaceUsers, work.WorkspaceUser{Workspace: id, User: u})
		}
		return w
	}
	space(10, "Main Workspace", work.Open, work.StateActive, 0)
	w := space(11, "Marketing", work.Open, work.StateActive, 2, 1)
	w.Description, w.Product, w.IconColor = "What we tell the world", 502, "#ff0000"
	space(12, "Vault", work.Closed, work.StateActive, 8, 7)
	space(13, "Attic", work.Open, work.StateArchived, 2)
	for _, id := range []work.WorkspaceID{1234567, 12345678, 20178755} {
		space(id, fmt.Sprintf("Workspace %d", id), work.Open, work.StateActive, 1)
	}
	s.WorkspaceTeams = append(s.WorkspaceTeams, work.WorkspaceTeam{Workspace: 11, Team: 21, Owner: true}, work.WorkspaceTeam{Workspace: 11, Team: 23})

	board := func(id work.BoardID, name string, kind work.BoardKind, in work.WorkspaceID, owner work.UserID, users ...work.UserID) *work.Board {
		b := &work.Board{
			ID: id, Name: name, Kind: kind, State: work.StateActive, Workspace: in, Creator: owner, Permission: work.PermEveryone,
			CreatedAt: day(len(s.Boards) + 1), UpdatedAt: day(20 - len(s.Boards)),
		}
		s.Boards = append(s.Boards, b)
		s.BoardUsers = append(s.BoardUsers, work.BoardUser{Board: id, User: owner, Owner: true})
		for _, u := range users {
			s.BoardUsers = append(s.BoardUsers, work.BoardUser{Board: id, User: u})
		}
		return b
	}
	b := board(31, "Roadmap", work.Public, 10, 2, 1)
	b.Description, b.ItemName, b.ItemNames, b.Communication, b.Folder, b.CreatedFrom = "Where we go", "milestone", "milestones", `{"type":"chat"}`, 0, 35
	board(32, "Secret", work.Private, 10, 7)
	board(33, "Shared", work.Share, 11, 2, 4)
	board(34, "Ledger", work.Public, 12, 8)
	board(35, "Old", work.Public, 11, 2).State = work.StateArchived
	board(36, "Closed shop", work.Public, 11, 2).Permission = work.PermOwners
	board(123456789, "Board 123456789", work.Public, 10, 1)
	board(1234567890, "Board 1234567890", work.Public, 10, 1)
	s.BoardTeams = append(s.BoardTeams, work.BoardTeam{Board: 31, Team: 21, Owner: true}, work.BoardTeam{Board: 31, Team: work.Everyone})
	return s
}

// migrated is the small account with a Main Workspace that has a number.
func migrated() *work.Snapshot {
	s := small()
	s.Account.MainWorkspaceIsNumbered = true
	s.Account.Plan, s.Account.Trial = nil, true
	return s
}

// sortedNames are the people's names, for messages.
func sortedNames() []string {
	var names []string
	for n := range people {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
