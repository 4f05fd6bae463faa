package work_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// audited lists the audit, the newest first.
func audited(t testing.TB, s *work.Service, f work.AuditFilter) []*work.Audit {
	t.Helper()
	if f.Page == (work.Page{}) {
		f.Page = work.All
	}
	list, err := view(t, s, as(t, s, adm)).Audit(f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func changesIn(t testing.TB, a *work.Audit) (list []work.AuditChange) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Changes), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// Every change to the directory leaves one line: who did what to what, by which right.
func TestAudit(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	title, name, hostile := "Dr", "Renamed", "<script>\"é\u202e"
	numbered := false
	type change = work.AuditChange
	for _, c := range []struct {
		name   string
		action string
		do     func(s *work.Service, by work.Caller) error
		want   []change // ids that are given out are told as they are in this account; "*" is any
	}{
		{"invite", "user.invite", func(s *work.Service, by work.Caller) error {
			return failures(s.InviteUsers(ctx, by, []string{"new@example.com"}, work.Guest))
		}, []change{{Kind: "user", ID: "*", Name: "new", Change: "created"}}},
		{"role", "user.role", func(s *work.Service, by work.Caller) error {
			return failures(s.UpdateUsersRole(ctx, by, []work.UserID{mem}, work.Guest))
		}, []change{{Kind: "membership", ID: "20/2", Change: "deleted"}, {Kind: "user", ID: "2", Name: "member 2", Change: "changed", What: "role: member → guest"}}},
		{"deactivate", "user.deactivate", func(s *work.Service, by work.Caller) error {
			return failures(s.DeactivateUsers(ctx, by, []work.UserID{mem}))
		}, []change{{Kind: "user", ID: "2", Name: "member 2", Change: "changed", What: "status: active → inactive"}}},
		{"activate", "user.activate", func(s *work.Service, by work.Caller) error {
			return failures(s.ActivateUsers(ctx, by, []work.UserID{off}))
		}, []change{{Kind: "user", ID: "7", Name: "member 7", Change: "changed", What: "status: inactive → active"}}},
		{"edit", "user.edit", func(s *work.Service, by work.Caller) error {
			return failures(s.UpdateUsers(ctx, by, []work.UserEdit{{User: mem, Title: &title, Name: &hostile, Location: &name}}))
		}, []change{{Kind: "user", ID: "2", Name: hostile, Change: "changed", What: "name: member 2 → " + hostile + ", title:  → Dr"}}},
		{"domain", "user.email_domain", func(s *work.Service, by work.Caller) error {
			return failures(s.UpdateEmailDomain(ctx, by, []work.UserID{mem}, "example.org"))
		}, []change{{Kind: "user", ID: "2", Name: "member 2", Change: "changed", What: "email: u2@example.com → u2@example.org"}}},
		{"nothing changed", "", func(s *work.Service, by work.Caller) error {
			return failures(s.ActivateUsers(ctx, by, []work.UserID{mem}))
		}, nil},
		{"refused", "", func(s *work.Service, _ work.Caller) error {
			wantCode(t, "a member makes an admin", failures(s.UpdateUsersRole(ctx, as(t, s, mem), []work.UserID{ann}, work.Admin)), work.CodeDenied)
			return nil
		}, nil},
		{"token", "token.own", func(s *work.Service, by work.Caller) error {
			_, _, err := s.CreateToken(ctx, by, "ci", nil, time.Time{})
			return err
		}, []change{{Kind: "token", ID: "*", Name: "ci", Change: "created", What: "of user 1"}}},
		{"session", "", func(s *work.Service, by work.Caller) error {
			_, _, err := s.SignIn(ctx, by, "Browser")
			return err
		}, []change{{Kind: "session", ID: "*", Name: "Browser", Change: "created", What: "of user 1"}}},
		{"link", "user.invite", func(s *work.Service, by work.Caller) error {
			_, err := s.NewLink(ctx, by, mem)
			return err
		}, []change{{Kind: "link", ID: "*", Change: "created", What: "of user 2"}}},
		{"password", "", func(s *work.Service, by work.Caller) error { return s.SetPassword(ctx, by, "hash") },
			[]change{{Kind: "password", ID: "1", Change: "created"}}},
		{"team", "team.create", func(s *work.Service, by work.Caller) error {
			_, err := s.CreateTeam(ctx, by, work.TeamInput{Name: "new", Subscribers: []work.UserID{mem, adm}})
			return err
		}, []change{{Kind: "team", ID: "*", Name: "new", Change: "created"}, {Kind: "membership", ID: "*", Change: "created"}, {Kind: "membership", ID: "*", Change: "created", What: "owner"}}},
		{"team members", "team.members", func(s *work.Service, by work.Caller) error {
			_, err := s.AddTeamUsers(ctx, by, crew, []work.UserID{bob})
			return err
		}, []change{{Kind: "membership", ID: "20/6", Change: "created"}}},
		{"team owner", "team.owners", func(s *work.Service, by work.Caller) error {
			return failures(s.AssignTeamOwners(ctx, by, crew, []work.UserID{mem}))
		}, []change{{Kind: "membership", ID: "20/2", Change: "changed", What: "owner"}}},
		{"team gone", "team.delete", func(s *work.Service, by work.Caller) error {
			_, err := s.DeleteTeam(ctx, by, crew)
			return err
		}, []change{{Kind: "team", ID: "20", Name: "team 20", Change: "deleted"}}},
		{"workspace", "workspace.edit", func(s *work.Service, by work.Caller) error {
			return s.UpdateWorkspace(ctx, by, opened, work.WorkspaceEdit{Name: &name})
		}, []change{{Kind: "workspace", ID: "30", Name: name, Change: "changed", What: "active"}}},
		{"workspace members", "workspace.invite", func(s *work.Service, by work.Caller) error {
			return s.AddWorkspaceUsers(ctx, by, opened, []work.UserID{mem}, false)
		}, []change{{Kind: "workspace user", ID: "30/2", Change: "created"}}},
		{"board renamed", "board.edit", func(s *work.Service, by work.Caller) error {
			_, err := s.UpdateBoard(ctx, by, mainBoard, work.BoardEdit{Attribute: "name", Value: name})
			return err
		}, []change{{Kind: "board", ID: "40", Name: name, Change: "changed", What: "active"}}},
		{"folder", "folder.edit", func(s *work.Service, by work.Caller) error {
			ws := opened
			_, err := s.CreateFolder(ctx, by, work.FolderEdit{Name: &name, Workspace: &ws})
			return err
		}, []change{{Kind: "folder", ID: "*", Name: name, Change: "created"}}},
		{"account", "account.edit", func(s *work.Service, by work.Caller) error {
			return s.UpdateAccount(ctx, by, work.AccountEdit{MainWorkspaceIsNumbered: &numbered})
		}, []change{{Kind: "account", ID: "7", Name: "Acme", Change: "changed"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, _, _ := timed(t)
			by := as(t, s, adm).At("192.0.2.9")
			wantCode(t, c.name, c.do(s, by), ok)
			lines := audited(t, s, work.AuditFilter{})
			if c.want == nil {
				if len(lines) != 0 {
					t.Errorf("told: %+v", lines[0])
				}
				return
			}
			if len(lines) != 1 {
				t.Fatalf("%d lines", len(lines))
			}
			l := lines[0]
			if l.User != adm || l.From != "192.0.2.9" || l.Token != 0 || l.Action != c.action || !l.At.Equal(day) || l.ID == "" {
				t.Errorf("line %+v", l)
			}
			got := changesIn(t, l)
			for i := range got {
				if i < len(c.want) && c.want[i].ID == "*" {
					got[i].ID = "*"
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +told:\n%s", diff)
			}
		})
	}
}

// What happens on boards is the activity log's.
func TestAuditIsOfTheDirectory(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _, _ := timed(t)
	by := as(t, s, ann)
	board, err := s.CreateBoard(ctx, by, work.BoardInput{Name: "new", Kind: work.Public})
	wantCode(t, "board", err, ok)
	made, err := s.CreateItem(ctx, by, board, work.ItemInput{Name: "item"})
	wantCode(t, "item", err, ok)
	_, err = s.CreateUpdate(ctx, by, work.UpdateInput{Item: made, Body: "said"})
	wantCode(t, "update", err, ok)
	lines := audited(t, s, work.AuditFilter{})
	if len(lines) != 1 || lines[0].Action != "board.create" {
		t.Errorf("%d lines, the last %+v", len(lines), lines[0])
	}
	for _, c := range changesIn(t, lines[0]) {
		if !strings.HasPrefix(c.Kind, "board") || c.Change != "created" {
			t.Errorf("told: %+v", c)
		}
	}
}

// Tokens and sessions that were used are told; what the server does by itself is not.
func TestAuditTellsToken(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _, cl := timed(t)
	session, err := s.Session(ctx, signIn(t, s, adm))
	wantCode(t, "session", err, ok)
	cl.add(time.Second)
	secret, tok, err := s.RegenerateToken(ctx, session.At("2001:db8::1"))
	wantCode(t, "token", err, ok)
	api, err := s.Authenticate(ctx, secret)
	wantCode(t, "authenticate", err, ok)
	cl.add(time.Second)
	wantCode(t, "with the token", failures(s.DeactivateUsers(ctx, api.At("192.0.2.1"), []work.UserID{bob})), ok)
	cl.add(time.Second)
	wantCode(t, "sign out", s.RevokeToken(ctx, session, session.Token()), ok)
	s.Flush() // records when tokens were used

	by, _, err := s.Link(ctx, link(t, s, adm, inv))
	wantCode(t, "link", err, ok)
	cl.add(time.Second)
	wantCode(t, "accept", s.SetPassword(ctx, by.At("192.0.2.2"), "hash"), ok)
	cl.add(time.Second)
	_, err = s.Admit(ctx, acct, work.Proof{Issuer: idp, Subject: "s", Email: "who@example.com", Groups: []string{"team 20"}}, true, "192.0.2.3")
	wantCode(t, "admit", err, ok)
	type line struct {
		User  work.UserID
		Token work.TokenID
		From  string
		What  string
	}
	var got []line
	for _, l := range audited(t, s, work.AuditFilter{}) {
		what := ""
		for _, c := range changesIn(t, l) {
			what += c.Change + " " + c.Kind + "; "
		}
		got = append(got, line{l.User, l.Token, l.From, what})
	}
	slices.Reverse(got)
	newest := got[len(got)-1].User
	want := []line{
		{adm, 0, "192.0.2.7", "created session; "},
		{adm, session.Token(), "2001:db8::1", "created token; "},
		{adm, tok.ID, "192.0.2.1", "changed user; "},
	}
	signedOut, linked := line{adm, session.Token(), "", "deleted session; "}, line{adm, 0, "", "created link; "}
	if got[3] == linked { // at the same moment, in no order
		got[3], got[4] = got[4], got[3]
	}
	want = append(want, signedOut, linked,
		line{inv, by.Token(), "192.0.2.2", "changed user; deleted link; created password; "},
		line{newest, 0, "192.0.2.3", "created user; created identity; created membership; "})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +told:\n%s", diff)
	}
	if me := view(t, s, as(t, s, newest)).Me(); me.Email != "who@example.com" {
		t.Errorf("who came in is %+v", me)
	}
}

// Ops that are made durable together are told each by itself, upon what the ones before have made.
func TestAuditOfAGroup(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, store, _ := timed(t)
	came, release := hold(store)
	var wg sync.WaitGroup
	wg.Go(func() { wantCode(t, "first", failures(s.ActivateUsers(ctx, as(t, s, adm), []work.UserID{off})), ok) })
	for came.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	roles := []work.Role{work.Viewer, work.Member, work.Viewer, work.Member}
	for _, role := range roles { // all of them wait for the first
		wg.Go(func() { _ = failures(s.UpdateUsersRole(ctx, as(t, s, adm), []work.UserID{bob}, role)) })
	}
	release()
	wg.Wait()
	before := "member"
	lines := audited(t, s, work.AuditFilter{Text: "role:"})
	texts := map[string]int{}
	for _, l := range lines {
		texts[changesIn(t, l)[0].What]++
	}
	up, down := texts["role: member → view_only"], texts["role: view_only → member"]
	if up+down != len(lines) || up-down > 1 || up < down {
		t.Errorf("from %s: %v", before, texts)
	}
	sameAsStore(t, store, as(t, s, adm))
}

func TestAuditFilter(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _, cl := timed(t)
	names := []string{"Ärger", "b", "c"}
	for i, by := range []work.UserID{adm, ann, adm} {
		_, err := s.CreateTeam(ctx, as(t, s, by), work.TeamInput{Name: names[i], AllowEmpty: true})
		wantCode(t, "team", err, ok)
		cl.add(time.Hour)
	}
	wantCode(t, "off", failures(s.DeactivateUsers(ctx, as(t, s, adm), []work.UserID{bob})), ok)
	for _, c := range []struct {
		name string
		f    work.AuditFilter
		want int
	}{
		{"all", work.AuditFilter{}, 4},
		{"by ann", work.AuditFilter{Users: []work.UserID{ann}}, 1},
		{"by two", work.AuditFilter{Users: []work.UserID{ann, adm}}, 4},
		{"by nobody", work.AuditFilter{Users: []work.UserID{}}, 0},
		{"teams", work.AuditFilter{Actions: []string{"team.create"}}, 3},
		{"text, whatever its case", work.AuditFilter{Text: "äRGER"}, 1},
		{"text of two lines", work.AuditFilter{Text: `"kind":"team"`}, 3},
		{"from", work.AuditFilter{From: day.Add(time.Hour)}, 3},
		{"to", work.AuditFilter{To: day.Add(time.Hour)}, 2},
		{"a page", work.AuditFilter{Page: work.Page{Limit: 3, Number: 2}}, 1},
		{"a page after the last", work.AuditFilter{Page: work.Page{Limit: 3, Number: 3}}, 0},
		{"a page far after the last", work.AuditFilter{Page: work.Page{Limit: math.MaxInt, Number: math.MaxInt}}, 0},
		{"a very long page", work.AuditFilter{Page: work.Page{Limit: math.MaxInt}}, 4},
		{"all of it", work.AuditFilter{Users: []work.UserID{adm}, Actions: []string{"team.create"}, Text: "c"}, 2},
	} {
		if got := audited(t, s, c.f); len(got) != c.want {
			t.Errorf("%s: %d lines, want %d", c.name, len(got), c.want)
		} else if !slices.IsSortedFunc(got, func(a, b *work.Audit) int { return b.At.Compare(a.At) }) {
			t.Errorf("%s: not the newest first", c.name)
		}
	}
	for _, who := range []work.UserID{mem, vie, gue} {
		_, err := view(t, s, as(t, s, who)).Audit(work.AuditFilter{})
		wantCode(t, fmt.Sprint("asked by ", who), err, work.CodeDenied)
	}
	_, err := view(t, s, as(t, s, adm)).Audit(work.AuditFilter{Page: work.Page{Number: -1}})
	wantCode(t, "a page that cannot be", err, work.CodeInvalid)
}

// No secret is in the audit, nor what finds one.
func TestAuditTellsNoSecret(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, store, _ := timed(t)
	secrets := []string{signIn(t, s, mem), link(t, s, adm, mem), "the hash of a password", "https://example.com/hook?key=verysecret"}
	for range 2 {
		text, _, err := s.RegenerateToken(ctx, as(t, s, mem))
		wantCode(t, "token", err, ok)
		secrets = append(secrets, text)
	}
	text, _, err := s.CreateToken(ctx, as(t, s, mem), "ci", nil, time.Time{})
	wantCode(t, "token", err, ok)
	secrets = append(secrets, text)
	wantCode(t, "password", s.SetPassword(ctx, as(t, s, mem), secrets[2]), ok)
	_, err = s.CreateWebhook(ctx, as(t, s, ann), work.WebhookInput{Board: mainBoard, Event: "create_item", URL: secrets[3]})
	wantCode(t, "webhook", err, ok)
	snap, err := store.Load(ctx, acct)
	wantCode(t, "load", err, ok)
	for _, tok := range snap.Tokens {
		secrets = append(secrets, string(tok.Hash))
	}
	for _, w := range snap.Webhooks {
		secrets = append(secrets, string(w.Secret))
	}
	lines := audited(t, s, work.AuditFilter{})
	if len(lines) < 7 {
		t.Errorf("%d lines: the test sees little", len(lines))
	}
	for _, l := range lines {
		all, _ := json.Marshal(l)
		for _, secret := range secrets {
			if secret != "" && (strings.Contains(string(all), secret) || strings.Contains(l.Changes, secret)) {
				t.Errorf("%.30q is told: %s", secret, all)
			}
		}
	}
}

// A change of very many rows is one line that can still be read.
func TestAuditIsBounded(t *testing.T) {
	t.Parallel()
	s, _, _ := timed(t)
	var emails []string
	for i := range 150 {
		emails = append(emails, fmt.Sprintf("n%d@example.com", i))
	}
	wantCode(t, "invite", failures(s.InviteUsers(t.Context(), as(t, s, adm), emails, work.Member)), ok)
	lines := audited(t, s, work.AuditFilter{})
	list := changesIn(t, lines[0])
	if len(lines) != 1 || len(list) != 101 || list[100].What != "and 50 more" {
		t.Errorf("%d lines, %d changes, at the end %+v", len(lines), len(list), list[len(list)-1])
	}
}
