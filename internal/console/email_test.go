package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

func callerOf(t testing.TB, s *site, who work.UserID) work.Caller {
	t.Helper()
	by, err := s.service.As(t.Context(), 7, who)
	if err != nil {
		t.Fatal(err)
	}
	return by
}

// TestOwnEmail: one's own address is changed with the password once more or, where there is none, shortly after
// coming in.
func TestOwnEmail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword(mem)
	b, g := s.as(mem), s.as(gue)
	for _, c := range []struct {
		in    newEmail
		field string
	}{{newEmail{"new@example.com", ""}, "password"}, {newEmail{"new@example.com", "wrong"}, "password"}, {newEmail{"no address", words}, "email"}, {newEmail{"u1@example.com", words}, "email"}} {
		if status, said, field := b.call("email", c.in, nil); status != http.StatusBadRequest || field != c.field {
			t.Errorf("%+v: %d %s %s", c.in, status, said, field)
		}
	}
	b.must("email", newEmail{" new@example.com ", words}, nil)
	if u := userOf(t, s, mem); u.Email != "new@example.com" || u.Verified || !u.EmailUnproven {
		t.Errorf("%+v", u)
	}
	s.add(recentSession)
	g.must("email", newEmail{Email: "guest@example.com"}, nil)
	s.add(time.Second)
	for _, name := range []string{"email", "token/show", "password"} {
		if status, said, _ := g.call(name, map[string]string{"email": "g@example.com", "new": words}, nil); status != http.StatusForbidden || !strings.Contains(said, "Log out, sign in again") {
			t.Errorf("%s, long after coming in: %d %s", name, status, said)
		}
	}
	admin := s.as(adm)
	admin.post("/console/as", "user", mem.String())
	if status, _, _ := admin.call("email", newEmail{Email: "x@example.com"}, nil); status != http.StatusForbidden {
		t.Errorf("while looking as somebody else: %d", status)
	}
}

func userOf(t testing.TB, s *site, who work.UserID) *work.User {
	t.Helper()
	v, err := s.service.View(t.Context(), callerOf(t, s, adm))
	if err != nil {
		t.Fatal(err)
	}
	return v.User(who)
}
