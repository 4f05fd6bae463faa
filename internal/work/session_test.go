package work_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// timed opens the firm with a clock that the test moves.
func timed(t *testing.T) (*work.Service, *worktest.Store, *clock) {
	t.Helper()
	cl := &clock{at: day}
	s, store := firm().open(t, func(c *work.Config) { c.Now = cl.now })
	return s, store, cl
}

func signIn(t *testing.T, s *work.Service, who work.UserID) string {
	t.Helper()
	secret, tok, err := s.SignIn(t.Context(), as(t, s, who).At("192.0.2.7"), "Browser 1.0")
	if err != nil || tok.Hash != nil || tok.User != who || tok.Kind != work.SessionToken || tok.From != "192.0.2.7" || tok.Name != "Browser 1.0" {
		t.Fatalf("%+v, %v", tok, err)
	}
	return secret
}

func link(t *testing.T, s *work.Service, by, to work.UserID) string {
	t.Helper()
	secret, err := s.NewLink(t.Context(), as(t, s, by), to)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestLink(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, store, cl := timed(t)
	opens := func(what, secret string, want work.Code) work.Caller {
		t.Helper()
		by, u, err := s.Link(ctx, secret)
		wantCode(t, what, err, want)
		if (u != nil) != (err == nil) {
			t.Errorf("%s: user %v", what, u)
		}
		return by
	}

	first := link(t, s, adm, mem)
	opens("a link", first, ok)
	opens("a link again, before it was used", first, ok)
	second := link(t, s, adm, mem)
	opens("a link replaced", first, work.CodeUnauthenticated)
	opens("another one's", link(t, s, adm, ann), ok)
	by := opens("the new one", second, ok)
	wantCode(t, "no hash", s.SetPassword(ctx, by, ""), work.CodeInternal)
	wantCode(t, "set a password", s.SetPassword(ctx, by, "hash"), ok)
	opens("a used link", second, work.CodeUnauthenticated)
	wantCode(t, "set a password with a used link", s.SetPassword(ctx, by, "thief's"), work.CodeUnauthenticated)
	if got, err := s.Logins(ctx, "U2@example.com"); err != nil || len(got) != 1 || got[0].Hash != "hash" || got[0].User != mem || got[0].Account != acct {
		t.Errorf("logins %+v, %v", got, err)
	}

	late := link(t, s, adm, mem)
	cl.add(work.LinkLife - time.Second)
	by = opens("a link at its end", late, ok)
	cl.add(time.Second)
	opens("an expired link", late, work.CodeUnauthenticated)
	wantCode(t, "set a password with what has expired meanwhile", s.SetPassword(ctx, by, "late"), work.CodeUnauthenticated)

	for what, secret := range map[string]string{"none": "", "nonsense": "lul_x", "a hash": string(work.HashSecret(late))} {
		opens(what, secret, work.CodeUnauthenticated)
	}
	gone := link(t, s, adm, ann)
	wantCode(t, "deactivate", failures(s.DeactivateUsers(ctx, as(t, s, adm), []work.UserID{ann})), ok)
	opens("of a user deactivated", gone, work.CodeUnauthenticated)
	wantCode(t, "activate", failures(s.ActivateUsers(ctx, as(t, s, adm), []work.UserID{ann})), ok)
	opens("of a user deactivated for a while", gone, work.CodeUnauthenticated)
	sameAsStore(t, store, as(t, s, adm))
}

// Of many who use one link at once one sets the password.
func TestLinkOnce(t *testing.T) {
	t.Parallel()
	s, store, _ := timed(t)
	by, _, err := s.Link(t.Context(), link(t, s, adm, inv))
	wantCode(t, "link", err, ok)
	var mu sync.Mutex
	var won []string
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			hash := fmt.Sprint("hash ", i)
			if err := s.SetPassword(t.Context(), by, hash); err == nil {
				mu.Lock()
				won = append(won, hash)
				mu.Unlock()
			} else {
				wantCode(t, "the others", err, work.CodeUnauthenticated)
			}
		})
	}
	wg.Wait()
	if got, _ := s.Logins(t.Context(), "u8@example.com"); len(won) != 1 || got[0].Hash != won[0] {
		t.Errorf("%d set it; it is %v, set by %v", len(won), got, won)
	}
	sameAsStore(t, store, as(t, s, adm))
}

func TestInvitedAccepts(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _, _ := timed(t)
	_, err := s.As(ctx, acct, inv)
	wantCode(t, "before", err, work.CodeNoAccess)
	by, u, err := s.Link(ctx, link(t, s, adm, inv))
	if err != nil || u.ID != inv || u.Status != work.Pending {
		t.Fatal(u, err)
	}
	_, err = s.View(ctx, by)
	wantCode(t, "a look around before", err, work.CodeNoAccess)
	_, _, err = s.SignIn(ctx, by, "")
	wantCode(t, "a session before", err, work.CodeNoAccess)
	wantCode(t, "an edit before", failures(s.UpdateUsers(ctx, by, []work.UserEdit{{User: inv}})), work.CodeNoAccess)
	wantCode(t, "accept", s.SetPassword(ctx, by, "hash"), ok)
	v := view(t, s, as(t, s, inv))
	if me := v.Me(); me.Status != work.Active || me.JoinDate != "2026-03-04" || !v.HasPassword() {
		t.Errorf("%+v", me)
	}
	signIn(t, s, inv)
}

// Who may make a link for whom. A link is an account: nobody but an admin can have somebody else's.
func TestWhoMakesLinks(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	roles := map[work.UserID]string{adm: "admin", mem: "member", vie: "viewer", gue: "guest"}
	const (
		mine, theirs, promoted, made work.UserID = 50, 51, 52, 53
	)
	w := firm()
	w.user(mine, work.Member, work.Pending)
	w.user(theirs, work.Guest, work.Pending)
	w.user(promoted, work.Admin, work.Pending)
	w.user(made, work.Admin, work.Active)
	for _, c := range []struct {
		name string
		to   work.UserID
		may  map[work.UserID]work.Code // by whom; denied where nothing stands
	}{
		{"a member", ann, map[work.UserID]work.Code{adm: ok}},
		{"an admin", made, map[work.UserID]work.Code{adm: ok}},
		{"a guest", gue, map[work.UserID]work.Code{adm: ok, gue: ok}},
		{"whom the caller has invited", mine, map[work.UserID]work.Code{adm: ok, mem: ok, vie: work.CodeDenied}},
		{"whom somebody else has invited", theirs, map[work.UserID]work.Code{adm: ok}},
		{"whom the caller has invited, who is an admin now", promoted, map[work.UserID]work.Code{adm: ok}},
		{"somebody deactivated", off, map[work.UserID]work.Code{adm: work.CodeInvalid, mem: work.CodeInvalid}},
		{"nobody", 99, map[work.UserID]work.Code{adm: work.CodeNotFound, mem: work.CodeNotFound}},
	} {
		for by, role := range roles {
			for i := range w.Users {
				if id := w.Users[i].ID; id == mine || id == promoted {
					w.Users[i].InvitedBy = by
				} else if id == theirs {
					w.Users[i].InvitedBy = bob
				}
			}
			s, store := w.open(t)
			want, there := c.may[by]
			if !there {
				want = work.CodeDenied
			}
			secret, err := s.NewLink(ctx, as(t, s, by), c.to)
			wantCode(t, fmt.Sprintf("a %s for %s", role, c.name), err, want)
			if (secret != "") != (err == nil) {
				t.Errorf("secret %q with %v", secret, err)
			}
			sameAsStore(t, store, as(t, s, adm))
		}
	}

	// Oneself: on the server's own word, but not with no more than a session.
	s, _, _ := timed(t)
	for by, role := range roles {
		_, err := s.NewLink(ctx, as(t, s, by), by)
		wantCode(t, "a "+role+" for itself", err, ok)
		session, err := s.Session(ctx, signIn(t, s, by))
		wantCode(t, "session", err, ok)
		_, err = s.NewLink(ctx, session, by)
		wantCode(t, "a "+role+" for itself, from a session", err, work.CodeDenied)
	}
}

// A member's link for whom it has invited is none for an admin.
func TestLinkOfPromoted(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _, _ := timed(t)
	done, err := s.InviteUsers(ctx, as(t, s, mem), []string{"new@example.com"}, work.Member)
	wantCode(t, "invite", err, ok)
	secret := link(t, s, mem, done.Users[0])
	wantCode(t, "promote", failures(s.UpdateUsersRole(ctx, as(t, s, adm), done.Users, work.Admin)), ok)
	_, _, err = s.Link(ctx, secret)
	wantCode(t, "the link made before", err, work.CodeUnauthenticated)
}

// Each way in which a session ends, and what does not end it.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	title := "Dr"
	for _, c := range []struct {
		name string
		do   func(t *testing.T, s *work.Service, cl *clock, by work.Caller, secret string) error
		want work.Code
	}{
		{"nothing", func(*testing.T, *work.Service, *clock, work.Caller, string) error { return nil }, ok},
		{"signing out", func(_ *testing.T, s *work.Service, _ *clock, by work.Caller, _ string) error {
			return s.RevokeToken(ctx, by, by.Token())
		}, work.CodeUnauthenticated},
		{"ended by an admin", func(t *testing.T, s *work.Service, _ *clock, by work.Caller, _ string) error {
			return s.RevokeToken(ctx, as(t, s, adm), by.Token())
		}, work.CodeUnauthenticated},
		{"somebody else tries", func(t *testing.T, s *work.Service, _ *clock, by work.Caller, _ string) error {
			wantCode(t, "another's session", s.RevokeToken(ctx, as(t, s, ann), by.Token()), work.CodeNotFound)
			return nil
		}, ok},
		{"a password set elsewhere", func(t *testing.T, s *work.Service, _ *clock, _ work.Caller, _ string) error {
			return s.SetPassword(ctx, as(t, s, mem), "hash")
		}, work.CodeUnauthenticated},
		{"a password set with a link", func(t *testing.T, s *work.Service, _ *clock, _ work.Caller, _ string) error {
			by, _, err := s.Link(ctx, link(t, s, adm, mem))
			wantCode(t, "link", err, ok)
			return s.SetPassword(ctx, by, "hash")
		}, work.CodeUnauthenticated},
		{"a password set in it", func(_ *testing.T, s *work.Service, _ *clock, by work.Caller, _ string) error {
			return s.SetPassword(ctx, by, "hash")
		}, ok},
		{"another's password", func(t *testing.T, s *work.Service, _ *clock, _ work.Caller, _ string) error {
			return s.SetPassword(ctx, as(t, s, ann), "hash")
		}, ok},
		{"deactivated", func(t *testing.T, s *work.Service, _ *clock, _ work.Caller, _ string) error {
			return failures(s.DeactivateUsers(ctx, as(t, s, adm), []work.UserID{mem}))
		}, work.CodeUnauthenticated},
		{"deactivated and back", func(t *testing.T, s *work.Service, _ *clock, _ work.Caller, _ string) error {
			wantCode(t, "off", failures(s.DeactivateUsers(ctx, as(t, s, adm), []work.UserID{mem})), ok)
			return failures(s.ActivateUsers(ctx, as(t, s, adm), []work.UserID{mem}))
		}, work.CodeUnauthenticated},
		{"a viewer now", func(t *testing.T, s *work.Service, _ *clock, _ work.Caller, _ string) error {
			return failures(s.UpdateUsersRole(ctx, as(t, s, adm), []work.UserID{mem}, work.Viewer))
		}, ok},
		{"a profile changed", func(t *testing.T, s *work.Service, _ *clock, _ work.Caller, _ string) error {
			return failures(s.UpdateUsers(ctx, as(t, s, adm), []work.UserEdit{{User: mem, Title: &title}}))
		}, ok},
		{"an API token made anew", func(t *testing.T, s *work.Service, _ *clock, by work.Caller, _ string) error {
			_, _, err := s.RegenerateToken(ctx, by)
			return err
		}, ok},
		{"a moment before its end", func(_ *testing.T, _ *work.Service, cl *clock, _ work.Caller, _ string) error {
			cl.add(work.SessionLife - time.Microsecond)
			return nil
		}, ok},
		{"its end", func(_ *testing.T, _ *work.Service, cl *clock, _ work.Caller, _ string) error {
			cl.add(work.SessionLife)
			return nil
		}, work.CodeUnauthenticated},
		{"another session", func(t *testing.T, s *work.Service, _ *clock, _ work.Caller, _ string) error {
			signIn(t, s, mem)
			return nil
		}, ok},
		{"too many others", func(t *testing.T, s *work.Service, _ *clock, by work.Caller, _ string) error {
			for range 50 {
				signIn(t, s, mem)
			}
			list, err := s.Sessions(ctx, as(t, s, mem))
			if len(list) != 50 {
				t.Errorf("%d sessions", len(list))
			}
			return err
		}, work.CodeUnauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, store, cl := timed(t)
			secret, bystander := signIn(t, s, mem), signIn(t, s, ann)
			by, err := s.Session(ctx, secret)
			wantCode(t, "session", err, ok)
			wantCode(t, c.name, c.do(t, s, cl, by, secret), ok)
			again, err := s.Session(ctx, secret)
			wantCode(t, "after "+c.name, err, c.want)
			if err == nil && (again.User() != mem || again.Token() != by.Token()) {
				t.Errorf("it is now user %d's, token %d", again.User(), again.Token())
			}
			if c.name != "another's password" && c.name != "its end" {
				_, err = s.Session(ctx, bystander)
				wantCode(t, "somebody else's session", err, ok)
			}
			sameAsStore(t, store, as(t, s, adm))
		})
	}
}

// A secret opens what it was made for and nothing else.
func TestSecretsOfKinds(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _, _ := timed(t)
	api, _, err := s.RegenerateToken(ctx, as(t, s, mem))
	wantCode(t, "token", err, ok)
	named, _, err := s.CreateToken(ctx, as(t, s, mem), "ci", []string{"boards:read", "me:read"}, time.Time{})
	wantCode(t, "named token", err, ok)
	session, opener := signIn(t, s, mem), link(t, s, adm, mem)
	for kind, secret := range map[string]string{"api": api, "named": named, "session": session, "link": opener} {
		_, err := s.Authenticate(ctx, secret)
		wantCode(t, kind+" as an API token", err, openedBy(kind == "api" || kind == "named"))
		_, err = s.Session(ctx, secret)
		wantCode(t, kind+" as a session", err, openedBy(kind == "session"))
		_, _, err = s.Link(ctx, secret)
		wantCode(t, kind+" as a link", err, openedBy(kind == "link"))
	}
	by, err := s.Authenticate(ctx, named)
	wantCode(t, "named", err, ok)
	if !slices.Equal(by.Scopes(), []string{"boards:read", "me:read"}) {
		t.Errorf("scopes %v", by.Scopes())
	}
	wantCode(t, "a password with an API token", s.SetPassword(ctx, by, "hash"), work.CodeUnauthenticated)
	if by, err = s.Authenticate(ctx, api); err != nil || by.Scopes() != nil {
		t.Errorf("scopes %v, %v", by.Scopes(), err)
	}
	if by, err = s.Session(ctx, session); err != nil || by.Scopes() != nil {
		t.Errorf("scopes %v, %v", by.Scopes(), err)
	}
	// Each is listed as what it is; shown is only the personal token.
	tokens, err := s.Tokens(ctx, by)
	sessions, err2 := s.Sessions(ctx, by)
	if err != nil || err2 != nil || len(tokens) != 2 || len(sessions) != 1 {
		t.Errorf("%d tokens, %d sessions; %v %v", len(tokens), len(sessions), err, err2)
	}
	for _, tok := range slices.Concat(tokens, sessions) {
		if tok.Hash != nil || tok.Sealed != nil {
			t.Errorf("token %d tells how it is found", tok.ID)
		}
	}
	if shown, err := s.ShowToken(ctx, by); err != nil || shown != api {
		t.Errorf("shown %q, %v", shown, err)
	}
	if own, err := s.Secret(view(t, s, by), &work.User{ID: mem}); err != nil || own != api {
		t.Errorf("own %q, %v", own, err)
	}
	all, err := s.Sessions(ctx, as(t, s, adm))
	if err != nil || len(all) != 1 {
		t.Errorf("an admin sees %d sessions, %v", len(all), err)
	}
	if others, err := s.Sessions(ctx, as(t, s, ann)); err != nil || len(others) != 0 {
		t.Errorf("another member sees %d sessions, %v", len(others), err)
	}
}

func openedBy(right bool) work.Code {
	if right {
		return ok
	}
	return work.CodeUnauthenticated
}

func TestTokenScopes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, store, _ := timed(t)
	for _, c := range []struct {
		name   string
		scopes []string
		want   work.Code
	}{
		{"everything", nil, ok},
		{"one", []string{"boards:read"}, ok},
		{"all", work.TokenScopes, ok},
		{"unknown", []string{"boards:read", "boards:admin"}, work.CodeInvalid},
		{"empty", []string{""}, work.CodeInvalid},
		{"two in one", []string{"boards:read boards:write"}, work.CodeInvalid},
		{"otherwise written", []string{"Boards:Read"}, work.CodeInvalid},
	} {
		secret, tok, err := s.CreateToken(ctx, as(t, s, mem), c.name, c.scopes, time.Time{})
		wantCode(t, c.name, err, c.want)
		if err != nil {
			continue
		}
		by, err := s.Authenticate(ctx, secret)
		if err != nil || !slices.Equal(by.Scopes(), c.scopes) || !slices.Equal(tok.Scopes, c.scopes) {
			t.Errorf("%s: %v, %v, %v", c.name, by.Scopes(), tok.Scopes, err)
		}
	}
	sameAsStore(t, store, as(t, s, adm))
}

func TestEndSessions(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, store, _ := timed(t)
	var secrets []string
	for range 3 {
		secrets = append(secrets, signIn(t, s, mem))
	}
	opener, other := link(t, s, adm, mem), signIn(t, s, ann)
	api, _, err := s.RegenerateToken(ctx, as(t, s, mem))
	wantCode(t, "token", err, ok)
	by, err := s.Session(ctx, secrets[1])
	wantCode(t, "session", err, ok)
	_, err = s.EndSessions(ctx, by, ann)
	wantCode(t, "another's", err, work.CodeDenied)
	_, err = s.EndSessions(ctx, by, 99)
	wantCode(t, "nobody's", err, work.CodeNotFound)
	if n, err := s.EndSessions(ctx, by, mem); n != 2 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	for i, secret := range secrets {
		_, err := s.Session(ctx, secret)
		wantCode(t, fmt.Sprint("session ", i), err, openedBy(i == 1))
	}
	if n, err := s.EndSessions(ctx, as(t, s, adm), mem); n != 1 || err != nil {
		t.Errorf("an admin ended %d, %v", n, err)
	}
	_, err = s.Session(ctx, other)
	wantCode(t, "somebody else's", err, ok)
	_, err = s.Authenticate(ctx, api)
	wantCode(t, "the API token", err, ok)
	_, _, err = s.Link(ctx, opener)
	wantCode(t, "the link", err, ok)
	sameAsStore(t, store, as(t, s, adm))
}

// What browsers call themselves is kept as far as a database keeps it.
func TestSessionNames(t *testing.T) {
	t.Parallel()
	s, _, _ := timed(t)
	for name, want := range map[string]string{"": "", "x\x00y": "xy", "bad \xff": "bad ", strings.Repeat("é", 300): strings.Repeat("é", 255)} {
		_, tok, err := s.SignIn(t.Context(), as(t, s, mem), name)
		if err != nil || tok.Name != want {
			t.Errorf("%q is kept as %q, %v", name, tok.Name, err)
		}
	}
}

func TestWithoutPassword(t *testing.T) {
	t.Parallel()
	s, _, _ := timed(t)
	wantCode(t, "set", s.SetPassword(t.Context(), as(t, s, mem), "hash"), ok)
	list, err := view(t, s, as(t, s, adm)).WithoutPassword(work.All)
	if got := ids(list, func(u *work.User) work.UserID { return u.ID }); err != nil || !slices.Equal(got, []work.UserID{adm, vie, gue, ann, bob}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, who := range []work.UserID{mem, vie, gue} {
		_, err := view(t, s, as(t, s, who)).WithoutPassword(work.All)
		wantCode(t, fmt.Sprint("asked by ", who), err, work.CodeDenied)
	}
}

const idp = "https://id.example.com"

func TestAdmit(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for _, c := range []struct {
		name   string
		proof  work.Proof
		create bool
		want   work.Code
		user   work.UserID // 0: a new one
		teams  []work.TeamID
	}{
		{"known by e-mail", work.Proof{Subject: "a", Email: "U2@Example.com"}, false, ok, mem, []work.TeamID{crew}},
		{"known by identity, whatever the e-mail", work.Proof{Subject: "bob", Email: "u1@example.com"}, false, ok, bob, nil},
		{"known by identity, no e-mail", work.Proof{Subject: "bob"}, false, ok, bob, nil},
		{"an address that was given to somebody else", work.Proof{Subject: "bob's successor", Email: "u6@example.com"}, true, work.CodeNoAccess, 0, nil},
		{"no verified e-mail", work.Proof{Subject: "a"}, true, work.CodeNoAccess, 0, nil},
		{"unknown", work.Proof{Subject: "a", Email: "new@example.com"}, false, work.CodeNoAccess, 0, nil},
		{"created", work.Proof{Subject: "a", Email: "new@example.com", Name: " Neu "}, true, ok, 0, nil},
		{"created, name of the address", work.Proof{Subject: "a", Email: "new@example.com", Name: strings.Repeat("x", 256)}, true, ok, 0, nil},
		{"created, no address", work.Proof{Subject: "a", Email: "new", Name: "N"}, true, work.CodeNoAccess, 0, nil},
		{"deactivated", work.Proof{Subject: "a", Email: "u7@example.com"}, true, work.CodeNoAccess, off, nil},
		{"invited", work.Proof{Subject: "a", Email: "u8@example.com"}, false, ok, inv, nil},
		{"no subject", work.Proof{Email: "u2@example.com"}, true, work.CodeNoAccess, 0, nil},
		{"an odd subject", work.Proof{Subject: "a\x00b", Email: "u2@example.com"}, true, work.CodeNoAccess, 0, nil},
		{"into a team", work.Proof{Subject: "a", Email: "u6@example.com", Groups: []string{"nothing", "team 20", "team 21"}}, false, work.CodeNoAccess, 0, nil},
		{"a member into teams", work.Proof{Subject: "bob", Groups: []string{"team 20", "team 21"}}, false, ok, bob, []work.TeamID{crew}},
		{"a guest into teams", work.Proof{Subject: "g", Email: "u4@example.com", Groups: []string{"team 20", "team 21"}}, false, ok, gue, []work.TeamID{outside}},
		{"in none of them any more", work.Proof{Subject: "a", Email: "u2@example.com", Groups: []string{}}, false, ok, mem, []work.TeamID{crew}},
		{"created into a team", work.Proof{Subject: "a", Email: "new@example.com", Groups: []string{"team 20"}}, true, ok, 0, []work.TeamID{crew}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := firm()
			w.Identities = []*work.Identity{{Issuer: idp, Subject: "bob", User: bob, CreatedAt: day}, {Issuer: "https://other.example.com", Subject: "a", User: ann, CreatedAt: day}}
			s, store := w.open(t)
			c.proof.Issuer = idp
			for i := range 2 { // what came of it the first time holds the second
				by, err := s.Admit(ctx, acct, c.proof, c.create, "192.0.2.7")
				wantCode(t, c.name, err, c.want)
				if err != nil {
					if by.Account() != 0 {
						t.Error("refused, and let in all the same")
					}
					break
				}
				u := view(t, s, by).Me()
				if c.user == 0 && i == 0 {
					c.user = u.ID
					if u.Role != work.Member || !u.Verified || u.Email != "new@example.com" || u.Name != "Neu" && u.Name != "new" {
						t.Errorf("made %+v", u)
					}
				}
				if u.ID != c.user || u.Status != work.Active || !slices.Equal(u.Teams, c.teams) {
					t.Errorf("it is user %d, %s, in teams %v; want %d in %v", u.ID, u.Status, u.Teams, c.user, c.teams)
				}
				c.create, c.proof.Email = false, "" // the identity is known now
			}
			sameAsStore(t, store, as(t, s, adm))
		})
	}
	s, _ := firm().open(t)
	_, err := s.Admit(ctx, acct+5, work.Proof{Issuer: idp, Subject: "a"}, true, "")
	wantCode(t, "no such account", err, work.CodeNotFound)
}
