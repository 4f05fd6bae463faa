package work_test

import (
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// TestOwnEmail: in a session one's own address is changed only by who has proved anew who it is; and one that a
// user has entered opens nothing until an admin has confirmed it.
func TestOwnEmail(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, store := firm().open(t)
	session := func(id work.UserID) work.Caller {
		t.Helper()
		secret, _, err := s.SignIn(ctx, as(t, s, id), "")
		if err != nil {
			t.Fatal(err)
		}
		by, err := s.Session(ctx, secret)
		if err != nil {
			t.Fatal(err)
		}
		return by
	}
	change := func(by work.Caller, user work.UserID, email string) (refused bool) {
		t.Helper()
		out, err := s.UpdateUsers(ctx, by, []work.UserEdit{{User: user, Email: &email}})
		return err != nil || len(out.Failed) > 0
	}
	for _, c := range []struct {
		name    string
		by      work.Caller
		user    work.UserID
		email   string
		refused bool
		doubted bool // who is let in by it
	}{
		{"a member in a session", session(mem), mem, "new@example.com", true, false},
		{"an admin in a session", session(adm), adm, "new@example.com", true, false},
		{"written otherwise", session(mem), mem, "U2@Example.com", false, false},
		{"a member, proved again", session(mem).Again(), mem, "new@example.com", false, true},
		{"somebody else's, proved again", session(mem).Again(), vie, "other@example.com", true, false},
		{"an admin somebody's, the same", session(adm), mem, "new@example.com", false, false},
		{"a member with a token", as(t, s, mem), mem, "newer@example.com", false, true},
		{"and back", as(t, s, mem), mem, "u2@example.com", false, true},
		{"an admin somebody's, another", session(adm), mem, "newest@example.com", false, false},
		{"an admin, proved again", session(adm).Again(), adm, "first@example.com", false, false},
	} {
		before := view(t, s, as(t, s, adm)).User(c.user)
		if got := change(c.by, c.user, c.email); got != c.refused {
			t.Errorf("%s: refused %t", c.name, got)
		}
		u := view(t, s, as(t, s, adm)).User(c.user)
		if c.refused && u.Email != before.Email || !c.refused && u.Email != c.email || u.EmailUnproven != c.doubted {
			t.Errorf("%s: %s, unproven %t", c.name, u.Email, u.EmailUnproven)
		}
		if c.refused {
			continue
		}
		_, err := s.Admit(ctx, acct, work.Proof{Issuer: "https://" + c.name + ".example.com", Subject: "x", Email: c.email}, true, "")
		want := ok
		if c.doubted {
			want = work.CodeNoAccess
		}
		wantCode(t, c.name, err, want)
	}
	sameAsStore(t, store, as(t, s, adm))

	domain := func(by work.Caller) int {
		t.Helper()
		out, err := s.UpdateEmailDomain(ctx, by, []work.UserID{adm, vie}, "example.org")
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Failed)
	}
	if n := domain(session(adm)); n != 1 {
		t.Errorf("the domain in a session: %d refused", n)
	}
	if n := domain(session(adm).Again()); n != 0 {
		t.Errorf("the domain, proved again: %d refused", n)
	}
}

func TestSetPhoto(t *testing.T) {
	t.Parallel()
	s, store := firm().open(t)
	for _, c := range []struct {
		by, user work.UserID
		file     string
		want     work.Code
		before   string
	}{
		{mem, mem, "a.png", ok, ""}, {adm, mem, "b.png", ok, "a.png"}, {mem, mem, "b.png", ok, "b.png"}, {vie, vie, "v.png", ok, ""}, {gue, gue, "g.png", ok, ""},
		{mem, vie, "x.png", work.CodeDenied, ""}, {gue, mem, "", work.CodeDenied, ""}, {gue, 999, "", work.CodeDenied, ""}, {adm, 999, "", work.CodeNotFound, ""},
		{mem, mem, "a\x00b", work.CodeInvalid, ""}, {mem, mem, "", ok, "b.png"},
	} {
		may := view(t, s, as(t, s, c.by)).MaySetPhoto(c.user)
		before, err := s.SetPhoto(t.Context(), as(t, s, c.by), c.user, c.file)
		wantCode(t, c.file, err, c.want)
		if before != c.before || c.want != work.CodeInvalid && (may == nil) != (err == nil) {
			t.Errorf("%+v: before %q, may %v, %v", c, before, may, err)
		}
	}
	sameAsStore(t, store, as(t, s, adm))
}
