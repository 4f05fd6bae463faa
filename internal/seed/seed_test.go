package seed_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/seed"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

func parse(t testing.TB, text string) *seed.Seed {
	t.Helper()
	s, err := seed.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sample(t testing.TB) *seed.Seed {
	t.Helper()
	s, err := seed.Parse(seed.SampleName, seed.Sample)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMistakes: each is told with its place, the field and what is allowed.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"unknown field": {
			"users:\n  - email: a@example.com\n    rolle: admin\n",
			`test.yaml:3:5: users[0]: there is no field "rolle"; the fields are id, name, email, role, status, is_verified, title,`},
		"value not allowed": {
			"users:\n  - {email: a@example.com, role: boss}\n",
			`test.yaml:2:34: users[0].role: "boss" is not allowed; it is one of admin, member, view_only, guest`},
		"not an id":         {"teams:\n  - {id: twelve, name: A}\n", `test.yaml:2:10: teams[0].id: "twelve" is not an id; ids are whole numbers above 0`},
		"not a date":        {"users:\n  - {email: a@b.example, birthday: 1.2.1990}\n", `users[0].birthday: "1.2.1990" is not a date; write it as 2024-01-31`},
		"not a time":        {"account: {created_at: yesterday}\n", `test.yaml:1:23: account.created_at: "yesterday" is not a time; write 2024-01-31 or 2024-01-31T09:30:00Z`},
		"not a time zone":   {"users:\n  - {email: a@b.example, time_zone_identifier: Europe/Atlantis}\n", `"Europe/Atlantis" is not a time zone; give an IANA name`},
		"not a boolean":     {"teams:\n  - {name: A, is_guest: maybe}\n", `teams[0].is_guest: "maybe" is neither true nor false`},
		"not a list":        {"teams:\n  name: A\n", `test.yaml:2:7: teams: a list is expected`},
		"list for a value":  {"account: {name: [a, b]}\n", `account.name: a single value is expected`},
		"value for fields":  {"account: Fernweh\n", `test.yaml:1:10: account: fields are expected: id, name, slug`},
		"user not there":    {"teams:\n  - {name: A, users: [7]}\n", `test.yaml:2:23: teams[0].users[0]: there is no user 7 in this file`},
		"name not there":    {"boards:\n  - {name: A, workspace: Attic}\n", `boards[0].workspace: there is no workspace "Attic" in this file`},
		"ambiguous name":    {"users:\n  - {id: 1, name: Ada, email: a@b.example}\n  - {id: 2, name: Ada, email: c@b.example}\nteams:\n  - {name: A, users: [Ada]}\n", `test.yaml:5:23: teams[0].users[0]: several bear the name "Ada" (1 2); give the id of one`},
		"id twice":          {"teams:\n  - {id: 5, name: A}\n  - {id: 5, name: B}\n", `test.yaml:3:5: teams[1]: id: there is another team 5, in line 2`},
		"address twice":     {"users:\n  - {email: a@b.example}\n  - {email: A@B.example}\n", `email: A@B.example is the address of another user`},
		"no address":        {"users:\n  - {name: Ada}\n", `users[0]: email: every user needs an e-mail address`},
		"no name":           {"teams:\n  - {id: 5}\n", `teams[0]: name: a name is needed`},
		"two mains":         {"workspaces:\n  - {name: A, main: true}\n  - {name: B, main: true}\n", `there is a main workspace already, in line 2`},
		"main with members": {"users:\n  - {email: a@b.example}\nworkspaces:\n  - {name: A, main: true, owners: [a@b.example]}\n", `the main workspace holds everybody`},
		"token of nobody":   {"tokens:\n  - {secret: x}\n", `tokens[0]: user: a token belongs to a user`},
		"token twice":       {"users:\n  - {email: a@b.example}\ntokens:\n  - {secret: x, user: a@b.example}\n  - {secret: x, user: a@b.example}\n", `there is another token with this secret`},
		"key twice":         {"account: {name: A}\naccount: {name: B}\n", `test.yaml:2:1: mapping key "account" already defined`},
		"no YAML":           {"users: [\n", `test.yaml:1:8: `},
		"second document":   {"account: {name: A}\n---\nusers: []\n", `a seed is one YAML document`},
		"anchor":            {"account: &a {name: A}\n", `anchors, aliases and tags are not supported`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := seed.Parse("test.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant …%s…", err, c.want)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := seed.Parse("test.yaml", []byte("users:\n  - {email: a@b.example, role: boss, status: gone}\nteams:\n  - {name: A, is_guest: 3}\n"))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three mistakes are three lines, not %v", err)
	}
}

// TestLeftOut: what is left out is filled in the same way every time.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	text := `
account: {name: "Ærø & Sons, Ltd."}
users:
  - {email: ada@example.com, role: admin}
  - {id: 1001, email: grace@example.com, status: pending}
teams:
  - {name: A, owners: [ada], users: [grace@example.com, Ada]}
boards:
  - {name: B, owners: [ada@example.com], everyone: true}
`
	s := parse(t, text)
	if d := cmp.Diff(s.Snapshot, parse(t, text).Snapshot); d != "" {
		t.Errorf("the second time it is different:\n%s", d)
	}
	snap := s.Snapshot
	if got := snap.Account.Slug; got != "r-sons-ltd" {
		t.Errorf("slug %q", got)
	}
	if a, g := snap.Users[0], snap.Users[1]; a.ID != 1002 || g.ID != 1001 || a.Name != "ada" || !a.Verified || g.Verified || a.JoinDate == "" || g.JoinDate != "" {
		t.Errorf("users %+v and %+v", a, g)
	}
	want := []work.Membership{{Team: 1001, User: 1002, Owner: true}, {Team: 1001, User: 1001}}
	if d := cmp.Diff(want, snap.Memberships); d != "" {
		t.Errorf("memberships:\n%s", d)
	}
	if w := snap.Workspaces; len(w) != 1 || w[0].ID != snap.Account.MainWorkspace || snap.Boards[0].Workspace != w[0].ID || snap.Boards[0].Creator != 1002 {
		t.Errorf("workspaces %+v, board %+v", w, snap.Boards[0])
	}
	if d := cmp.Diff([]work.BoardTeam{{Board: 1001, Team: work.Everyone}}, snap.BoardTeams); d != "" {
		t.Errorf("board teams:\n%s", d)
	}
	s.WellKnown()
	if len(s.Tokens) != 1 || s.Tokens[0].Secret != "dev-admin" || s.Tokens[0].User.ID != 1002 {
		t.Errorf("tokens %+v", s.Tokens)
	}
}

func TestEmptyFile(t *testing.T) {
	t.Parallel()
	if s := parse(t, ""); len(s.Snapshot.Workspaces) != 1 {
		t.Errorf("an empty account has its Main Workspace, not %v", s.Snapshot.Workspaces)
	}
}

// TestSampleHoldsTheDocuments: every id that the documents' examples use is there, as the kind they use it as.
func TestSampleHoldsTheDocuments(t *testing.T) {
	t.Parallel()
	snap := sample(t).Snapshot
	users, teams, workspaces, boards := map[work.UserID]*work.User{}, map[work.TeamID]*work.Team{}, map[work.WorkspaceID]*work.Workspace{}, map[work.BoardID]*work.Board{}
	for _, u := range snap.Users {
		users[u.ID] = u
	}
	for _, x := range snap.Teams {
		teams[x.ID] = x
	}
	for _, w := range snap.Workspaces {
		workspaces[w.ID] = w
	}
	for _, b := range snap.Boards {
		boards[b.ID] = b
	}
	for _, id := range []work.UserID{105939, 105940, 105941, 123456, 654321, 12345, 234567, 345678, 123456789, 1234567890, 9876543210} {
		if u := users[id]; u == nil || u.Status != work.Active || u.Role != work.Member && u.Role != work.Admin {
			t.Errorf("user %d: %+v; the examples make it an owner", id, u)
		}
	}
	for _, id := range []work.TeamID{105939, 105940, 105941, 123456, 654321, 12345, 7654321, 24681012, 9876543210, 1234567890} {
		if x := teams[id]; x == nil || x.Guest {
			t.Errorf("team %d: %+v", id, x)
		}
	}
	for _, id := range []work.WorkspaceID{20178755, 12345678, 1234567} {
		if w := workspaces[id]; w == nil || w.State != work.StateActive {
			t.Errorf("workspace %d: %+v", id, w)
		}
	}
	for _, id := range []work.BoardID{123456789, 1234567890} {
		if b := boards[id]; b == nil || b.State != work.StateActive || b.Kind != work.Public {
			t.Errorf("board %d: %+v", id, b)
		}
	}
	for _, team := range []work.TeamID{24681012, 9876543210} {
		for _, user := range []work.UserID{654321, 123456} {
			if !slices.ContainsFunc(snap.Memberships, func(m work.Membership) bool { return m.Team == team && m.User == user }) {
				t.Errorf("user %d is not in team %d, which the examples make it own", user, team)
			}
		}
	}
}

// TestSampleIsDiverse: there is one of everything that a client may have to deal with.
func TestSampleIsDiverse(t *testing.T) {
	t.Parallel()
	s := sample(t)
	snap := s.Snapshot
	seen := map[string]bool{}
	for _, u := range snap.Users {
		seen["user "+string(u.Role)], seen["user "+string(u.Status)] = true, true
		seen["user away"] = seen["user away"] || u.Away != nil
	}
	for _, x := range snap.Teams {
		seen["team guest"], seen["team parent"] = seen["team guest"] || x.Guest, seen["team parent"] || x.Parent != 0
	}
	for _, w := range snap.Workspaces {
		seen["workspace "+string(w.Kind)], seen["workspace "+string(w.State)] = true, true
	}
	for _, b := range snap.Boards {
		seen["board "+string(b.Kind)], seen["board "+string(b.State)], seen["board of "+string(b.Permission)] = true, true, true
	}
	for _, want := range []string{"user admin", "user member", "user view_only", "user guest", "user pending", "user inactive", "user away", "team guest",
		"team parent", "workspace open", "workspace closed", "workspace archived", "board public", "board private", "board share", "board archived",
		"board deleted", "board of owners", "board of collaborators"} {
		if !seen[want] {
			t.Errorf("the sample has no %s", want)
		}
	}
	var secrets []string
	for _, x := range s.Tokens {
		secrets = append(secrets, x.Secret+" "+string(x.User.Role))
	}
	if d := cmp.Diff([]string{"dev-admin admin", "dev-member member", "dev-guest guest", "dev-viewer view_only"}, secrets); d != "" {
		t.Error(d)
	}
}

// TestSampleKeepsTheRules: the account is one that its own service could have made.
func TestSampleKeepsTheRules(t *testing.T) {
	t.Parallel()
	s := sample(t)
	checkRules(t, s.Snapshot)
	svc := service(t)
	if err := s.Seal(svc.MakeToken); err != nil {
		t.Fatal(err)
	}
	if err := svc.NewAccount(t.Context(), s.Snapshot); err != nil {
		t.Fatal(err)
	}
	by, err := svc.Authenticate(t.Context(), "dev-guest")
	if err != nil {
		t.Fatal(err)
	}
	v, err := svc.View(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	if boards, err := v.Boards(work.BoardFilter{Page: work.All}); err != nil || len(boards) != 3 {
		t.Errorf("the guest sees %d boards, %v; two are shared with her, one with her team", len(boards), err)
	}
	if _, err := svc.Authenticate(t.Context(), "dev-viewer"); work.ErrorOf(err).Code != work.CodeNoAccess {
		t.Errorf("the viewer comes in: %v", err)
	}
}

func service(t *testing.T) *work.Service {
	t.Helper()
	svc, err := work.New(work.Config{Store: new(worktest.Store), Key: make([]byte, 32), WellKnownTokens: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(svc.Close)
	return svc
}

// checkRules holds a snapshot against the rules by which accounts come about.
func checkRules(t *testing.T, snap *work.Snapshot) {
	t.Helper()
	users, teams, boards := map[work.UserID]*work.User{}, map[work.TeamID]*work.Team{}, map[work.BoardID]*work.Board{}
	for _, u := range snap.Users {
		users[u.ID] = u
	}
	for _, x := range snap.Teams {
		teams[x.ID] = x
	}
	for _, b := range snap.Boards {
		boards[b.ID] = b
	}
	owns := func(u *work.User) bool { return u.Role == work.Admin || u.Role == work.Member }
	for _, m := range snap.Memberships {
		u, x := users[m.User], teams[m.Team]
		if x.Guest != (u.Role == work.Guest) || u.Status == work.Inactive || m.Owner && !owns(u) {
			t.Errorf("user %d (%s, %s) in team %d %q, owner %v", u.ID, u.Role, u.Status, x.ID, x.Name, m.Owner)
		}
	}
	for _, r := range snap.WorkspaceUsers {
		if r.Owner && !owns(users[r.User]) {
			t.Errorf("user %d owns workspace %d", r.User, r.Workspace)
		}
	}
	for _, r := range snap.BoardUsers {
		u, b := users[r.User], boards[r.Board]
		if r.Owner && !owns(u) || u.Role == work.Guest && b.Kind != work.Share {
			t.Errorf("user %d (%s) on board %d (%s), owner %v", u.ID, u.Role, b.ID, b.Kind, r.Owner)
		}
	}
	for _, r := range snap.BoardTeams {
		if x := teams[r.Team]; r.Team != work.Everyone && x.Guest && (boards[r.Board].Kind != work.Share || r.Owner) {
			t.Errorf("guest team %d on board %d", r.Team, r.Board)
		}
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	make := func(s uint64) *work.Snapshot {
		snap := sample(t).Snapshot
		seed.Generate(snap, seed.Bulk{Users: 2000, Teams: 50, Boards: 200, Workspaces: seed.WorkspacesFor(200), Items: 3000, Seed: s})
		return snap
	}
	text := func(snap *work.Snapshot) string { // quicker to compare than the rows
		js, err := json.Marshal(snap)
		if err != nil {
			t.Fatal(err)
		}
		return string(js)
	}
	a := make(1)
	if text(a) != text(make(1)) {
		t.Error("the same numbers give other rows")
	}
	if text(a) == text(make(2)) {
		t.Error("another seed gives the same rows")
	}
	base := sample(t).Snapshot
	if got := len(a.Users) - len(base.Users); got != 2000 {
		t.Errorf("%d users", got)
	}
	if got := len(a.Workspaces) - len(base.Workspaces); got != 40 {
		t.Errorf("%d workspaces", got)
	}
	checkRules(t, a)
	checkTeams(t, a.Teams[len(base.Teams):], a.Memberships)
	kinds := map[work.BoardKind]int{}
	for _, b := range a.Boards[len(base.Boards):] {
		kinds[b.Kind]++
	}
	if kinds[work.Public] < 150 || kinds[work.Private] == 0 || kinds[work.Share] == 0 {
		t.Errorf("boards are mostly public, and some are not: %v", kinds)
	}
	if err := service(t).NewAccount(t.Context(), a); err != nil {
		t.Error(err)
	}
}

func checkTeams(t *testing.T, teams []*work.Team, all []work.Membership) {
	t.Helper()
	size, owners := map[work.TeamID]int{}, map[work.TeamID]int{}
	for _, m := range all {
		size[m.Team]++
		if m.Owner {
			owners[m.Team]++
		}
	}
	for _, x := range teams {
		if n := size[x.ID]; n < 35 || n > 45 || owners[x.ID] != 2 {
			t.Errorf("team %d has %d members and %d owners", x.ID, n, owners[x.ID])
		}
	}
}

// TestGenerateLittle: less than a team's worth of people, or nobody who could own, is no fault.
func TestGenerateLittle(t *testing.T) {
	t.Parallel()
	few := parse(t, "users:\n  - {email: a@example.com, role: admin}\n").Snapshot
	seed.Generate(few, seed.Bulk{Users: 3, Teams: 5, Boards: 5, Workspaces: 1, Items: 7, Seed: 1})
	checkRules(t, few)
	if err := service(t).NewAccount(t.Context(), few); err != nil {
		t.Error(err)
	}
	none := parse(t, "").Snapshot
	seed.Generate(none, seed.Bulk{Teams: 5, Boards: 5, Workspaces: 1, Items: 3, Seed: 1})
	if len(none.Teams) != 0 {
		t.Errorf("%d teams of nobody", len(none.Teams))
	}
}

func BenchmarkSample(b *testing.B) {
	for b.Loop() {
		sample(b)
	}
}

func BenchmarkGenerate100000(b *testing.B) {
	for b.Loop() {
		seed.Generate(sample(b).Snapshot, seed.Bulk{Users: 100_000, Teams: 5000, Boards: 10_000, Workspaces: 2000, Seed: 1})
	}
}
