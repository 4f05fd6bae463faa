package console

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

const words = "correct horse battery"

// hashed is the hash of words: each costs what a password is to cost.
var hashed = sync.OnceValue(func() string {
	h, err := hashPassword(context.Background(), words)
	if err != nil {
		panic(err)
	}
	return h
})

// withPassword sets words as the password of users.
func (s *site) withPassword(users ...work.UserID) {
	s.t.Helper()
	for _, who := range users {
		by, err := s.service.As(s.t.Context(), 7, who)
		if err == nil {
			err = s.service.SetPassword(s.t.Context(), by, hashed())
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// linkFor makes a link for somebody, and tells its secret.
func linkFor(s *site, by, to work.UserID) (path, secret string) {
	s.t.Helper()
	c, err := s.service.As(s.t.Context(), 7, by)
	if err == nil {
		secret, err = s.service.NewLink(s.t.Context(), c, to)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return "/welcome?link=" + secret, secret
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword(mem)
	b := s.browser()
	b.post("/sign-in", "email", " U2@EXAMPLE.com ", "password", words, "next", "/users/5?a=b").leads(t, "sign in", "/users/5?a=b")
	b.get("/").want(t, "the page", http.StatusOK, `data-me="2"`, `data-role="member"`)
	first := b.cookies["lunedi_session"]
	b.post("/sign-in", "email", "u2@example.com", "password", words, "next", "//evil.example.com").leads(t, "again", "/")
	if b.cookies["lunedi_session"] == first {
		t.Error("the secret is the same")
	}
	old := s.browser()
	old.cookies["lunedi_session"] = first
	if old.signed() {
		t.Error("the session before is still alive")
	}
	secret := b.cookies["lunedi_session"]
	b.post("/console/sign-out").leads(t, "sign out", "/sign-in")
	if len(b.cookies) != 0 {
		t.Errorf("cookies left: %v", b.cookies)
	}
	b.cookies["lunedi_session"] = secret
	if b.signed() {
		t.Error("the session is alive after signing out")
	}
	if status, _, _ := b.call("token", none{}, nil); status != http.StatusUnauthorized {
		t.Errorf("a call after signing out: %d", status)
	}
	b.post("/console/sign-out").leads(t, "sign out without a session", "/sign-in")
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for public, prefix := range map[string]string{"http://console.example.com": "", "https://console.example.com": "__Host-"} {
		s := newSite(t, over(public))
		s.withPassword(mem)
		b := s.browser()
		a := b.post("/sign-in", "email", "u2@example.com", "password", words)
		seen := false
		for _, k := range a.Cookies() {
			if !strings.HasPrefix(k.Name, prefix+"lunedi_") || k.Path != "/" || k.Domain != "" || !k.HttpOnly || k.Secure != (prefix != "") || k.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: %s", public, k)
			}
			if k.Name == prefix+"lunedi_session" {
				seen = k.MaxAge == int(work.SessionLife.Seconds()) && len(k.Value) > 40
			}
		}
		if !seen || !b.signed() {
			t.Errorf("%s: cookies %v", public, a.Cookies())
		}
		if prefix != "" { // a cookie that a neighbour may have set is none of ours
			b.cookies = map[string]string{"lunedi_session": b.cookies[prefix+"lunedi_session"]}
			if b.signed() {
				t.Error("a cookie without the prefix is taken")
			}
		}
	}
}

// Strangers do not learn who has an account, a password, or was deactivated.
func TestNothingLearnt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword(mem)
	by, err := s.service.As(t.Context(), 7, adm)
	if err != nil {
		t.Fatal(err)
	}
	s.withPassword(gue)
	if _, err := s.service.DeactivateUsers(t.Context(), by, []work.UserID{gue}); err != nil {
		t.Fatal(err)
	}
	try := func(email, password string) (*answered, time.Duration) {
		begin := time.Now()
		a := s.browser().post("/sign-in", "email", email, "password", password)
		return a, time.Since(begin)
	}
	known, took := try("u2@example.com", "wrong words")
	known.want(t, "a wrong password", http.StatusUnauthorized, errWrong.Msg)
	for what, email := range map[string]string{"nobody": "u9@example.com", "no password": "u1@example.com", "deactivated": "u4@example.com", "never came in": "u6@example.com", "no address": "x", "nothing": ""} {
		a, also := try(email, "wrong words")
		if a.StatusCode != known.StatusCode || strings.ReplaceAll(a.text, `value="`+email+`" auto`, "") != strings.ReplaceAll(known.text, `value="u2@example.com" auto`, "") {
			t.Errorf("%s: %d\n%s\nfor somebody known:\n%s", what, a.StatusCode, a.text, known.text)
		}
		for n := 0; also < took/20 && n < 50; n++ { // perhaps the machine was busy when it took so long
			begin := time.Now()
			if ok, err := samePassword(t.Context(), "wrong words", hashed()); ok || err != nil {
				t.Fatal(ok, err)
			}
			took = min(took, time.Since(begin))
		}
		if also < took/20 { // that nothing was hashed at all would be seen
			t.Errorf("%s takes %s, a wrong password %s", what, also, took)
		}
	}
	// Whoever knows the password is told.
	a, _ := try("u4@example.com", words)
	a.want(t, "deactivated, with the password", http.StatusUnauthorized, "the user is deactivated")
	if strings.Contains(s.log.String(), words) || strings.Contains(s.log.String(), "wrong words") {
		t.Error("passwords are logged")
	}
}

func TestAttemptsByName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword(mem)
	try := func(n int, email, password string) *answered {
		b := s.browser()
		b.address = fmt.Sprintf("198.51.100.%d:1", n)
		return b.post("/sign-in", "email", email, "password", password)
	}
	for n := range int(byPair.most) {
		try(1, "u2@example.com", "wrong").want(t, fmt.Sprint("try ", n), http.StatusUnauthorized)
	}
	a := try(1, "u2@example.com", words)
	a.want(t, "one more, with the right password", http.StatusTooManyRequests, "Try again in 20s")
	if a.Header.Get("Retry-After") != "20" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	try(1, " U2@EXAMPLE.COM", words).want(t, "the name written otherwise", http.StatusTooManyRequests)
	try(1, "u1@example.com", "wrong").want(t, "somebody else", http.StatusUnauthorized)
	try(2, "u2@example.com", words).leads(t, "the person, meanwhile, from elsewhere", "/")
	try(1, "u2@example.com", words).want(t, "who guesses has gained nothing by that", http.StatusTooManyRequests)
	s.add(tryEvery - time.Second)
	try(1, "u2@example.com", words).want(t, "too early", http.StatusTooManyRequests)
	s.add(time.Second)
	try(1, "u2@example.com", words).leads(t, "when it is time", "/")
	for n := range int(byPair.most) { // who came in has all tries again
		if _, ok := s.console.limits.try("name u2@example.com from 198.51.100.1", byPair, s.clock()); !ok {
			t.Errorf("later try %d", n)
		}
	}
}

// TestGuessingFromEverywhere: whoever guesses one's password from many networks is slowed down, and does not
// keep that one out.
func TestGuessingFromEverywhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword(mem)
	from := func(n int) *http.Request { return &http.Request{RemoteAddr: fmt.Sprintf("10.0.%d.%d:1", n/250, n%250)} }
	guess := func(n int) (tried int) { // as many as one network has; hashing so often takes long
		for s.console.tryName(from(n), "U2@example.com").wait == 0 {
			tried++
		}
		return tried
	}
	all, networks := 0, 0
	for ; all < int(byName.most); networks++ {
		all += guess(networks)
	}
	if networks > int(byName.most/byPair.most)+1 {
		t.Errorf("%d networks for %d tries", networks, all)
	}
	for range 20 {
		if n := guess(networks); n != int(byPairGuessed.most) {
			t.Fatalf("yet another network has %d tries", n)
		}
		networks++
	}
	if n := strings.Count(s.log.String(), "guesses a password from many networks"); n != 1 {
		t.Errorf("the log tells it %d times", n)
	}
	b := s.browser()
	b.address = "203.0.113.9:1"
	b.post("/sign-in", "email", "u2@example.com", "password", "mistyped").want(t, "the person, mistyping", http.StatusUnauthorized)
	b.post("/sign-in", "email", "u2@example.com", "password", words).leads(t, "the person", "/")
	if n := guess(networks); n != int(byPairGuessed.most) {
		t.Errorf("the person has come in, and guessing goes on with %d tries", n)
	}
	b.address = "203.0.113.10:1"
	b.post("/sign-in", "email", "u1@example.com", "password", "x").want(t, "others are not slowed", http.StatusUnauthorized)
	if s.console.limits.out("name u1@example.com from 203.0.113.10", byPair, s.clock()) {
		t.Error("somebody else is slowed down")
	}
	s.add(byPairGuessed.every)
	if n := guess(0); n < 1 || n > int(byPair.most) {
		t.Errorf("after a while there are %d tries", n)
	}
	s.add(longest)
	if n := guess(1); n != int(byPair.most) {
		t.Errorf("long after there are %d tries", n)
	}
	for key := range s.console.limits.tries {
		if s.console.tryName(from(600), strings.Repeat("x", 1<<20)); len(key) > 400 {
			t.Errorf("%d bytes are remembered of a name", len(key))
		}
	}
}

// Limits by address, without what each password costs.
func TestAttempts(t *testing.T) {
	t.Parallel()
	var a attempts
	now, three := day, limit{3, tryEvery}
	take := func(key string, n int) (got int) {
		for range n {
			if _, ok := a.try(key, three, now); ok {
				got++
			}
		}
		return got
	}
	if got := take("a", 10); got != 3 {
		t.Errorf("%d tries at once", got)
	}
	if wait, ok := a.try("a", three, now); ok || wait != tryEvery {
		t.Errorf("wait %s", wait)
	}
	now = now.Add(tryEvery / 2)
	if wait, ok := a.try("a", three, now); ok || wait != tryEvery/2 {
		t.Errorf("wait %s", wait)
	}
	now = now.Add(tryEvery / 2)
	if got := take("a", 10); got != 1 {
		t.Errorf("%d tries after one was given", got)
	}
	now = now.Add(100 * tryEvery)
	if got := take("a", 10); got != 3 {
		t.Errorf("%d tries after long", got)
	}
	a.giveBack("a")
	if got := take("a", 10); got != 1 {
		t.Errorf("%d tries after one was given back", got)
	}
	for range 100 {
		a.giveBack("a")
	}
	if got := take("a", 10); got != 3 {
		t.Errorf("%d tries after many were given back", got)
	}
	a.succeed("a")
	if got := take("a", 10); got != 3 {
		t.Errorf("%d tries after coming in", got)
	}
	a.giveBack("unknown")
	take("a", 3)
	for i := range attemptsMax + 10 { // memory is bounded, and who is slowed down is forgotten last
		a.try(fmt.Sprint("key ", i), three, now.Add(time.Duration(i)))
	}
	if !a.out("a", three, now) {
		t.Error("who is slowed down was forgotten")
	}
	if len(a.tries) > attemptsMax+1 {
		t.Errorf("%d are remembered", len(a.tries))
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64", "[2001:db8:1:2::1]:9": "2001:db8:1:2::/64", "[::ffff:192.0.2.1]:80": "192.0.2.1",
		"[fe80::1%eth0]:80": "fe80::/64", "@": "@", "": "",
	} {
		r := &http.Request{RemoteAddr: from}
		if got := network(r); got != want {
			t.Errorf("%s is counted as %s, want %s", from, got, want)
		}
	}
}

// An address has so many tries, whatever names it tries them with.
func TestAttemptsByAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	for range int(byNetwork.most) { // as if so many had been taken: hashing that often takes long
		if _, ok := s.console.limits.try("from 192.0.2.1", byNetwork, s.clock()); !ok {
			t.Fatal("too few tries")
		}
	}
	b.post("/sign-in", "email", "a@example.com", "password", "x").want(t, "one more", http.StatusTooManyRequests)
	b.address = "192.0.2.2:1"
	b.post("/sign-in", "email", "b@example.com", "password", "x").want(t, "from elsewhere", http.StatusUnauthorized)
	b.address = "192.0.2.1:2"
	s.add(tryEvery)
	b.post("/sign-in", "email", "a@example.com", "password", "x").want(t, "later", http.StatusUnauthorized)
	if s.console.limits.tries["name a@example.com"].left != byName.most-1 {
		t.Error("names are counted for who may not try")
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for p, good := range map[string]bool{"": false, "123456789": false, "1234567890": true, "ñandú ñand": true, "🌙🌙🌙🌙🌙🌙🌙🌙🌙": false, strings.Repeat("x", 1024): true, strings.Repeat("x", 1025): false} {
		if err := checkPassword(p); (err == nil) != good {
			t.Errorf("%.20q: %v", p, err)
		}
	}
	again, err := hashPassword(t.Context(), words)
	if err != nil || again == hashed() || !strings.HasPrefix(again, "$argon2id$v=19$m=65536,t=3,p=1$") || strings.Contains(again, words) {
		t.Errorf("hash %q, %v", again, err)
	}
	for p, want := range map[string]bool{words: true, words + " ": false, "": false, strings.ToUpper(words): false} {
		if got, err := samePassword(t.Context(), p, again); got != want || err != nil {
			t.Errorf("%q: %v, %v", p, got, err)
		}
	}
	for _, odd := range []string{"x", "$argon2id$v=19$m=65536,t=3,p=1$$", "$argon2id$v=19$m=65536,t=3,p=1$YQ$YQ", "$argon2i$v=19$m=65536,t=3,p=1$YWFhYWFhYWFhYWFhYWFhYQ$YWFhYWFhYWFhYWFhYWFhYQ", "$argon2id$v=16$m=65536,t=3,p=1$YWFhYWFhYWFhYWFhYWFhYQ$YWFhYWFhYWFhYWFhYWFhYQ", "$argon2id$v=19$m=4294967295,t=3,p=1$YWFhYWFhYWFhYWFhYWFhYQ$YWFhYWFhYWFhYWFhYWFhYQ",
		"$argon2id$v=19$m=65536,t=0,p=1$YWFhYWFhYWFhYWFhYWFhYQ$YWFhYWFhYWFhYWFhYWFhYQ", "$argon2id$v=19$m=65536,t=3,p=0$YWFhYWFhYWFhYWFhYWFhYQ$YWFhYWFhYWFhYWFhYWFhYQ", "$argon2id$v=19$m=65536,t=3,p=1$!$YWFhYWFhYWFhYWFhYWFhYQ", "$argon2id$v=19$m=65536,t=3,p=1$YWFhYWFhYWFhYWFhYWFhYQ$!"} {
		if same, err := samePassword(t.Context(), "", odd); same || err == nil {
			t.Errorf("%s: %v, %v", odd, same, err)
		}
	}
}

// Whoever was invited, comes first or has forgotten the password comes in by a link, once.
func TestWelcome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path, secret := linkFor(s, adm, inv)
	b := s.browser()
	a := b.get(path)
	a.want(t, "the page", http.StatusOK, "Welcome, Inv", "u6@example.com", `minlength="10"`)
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("headers %v", a.Header)
	}
	if b.signed() {
		t.Error("a look at the link signs in")
	}
	b.post("/welcome", "link", secret, "password", "short").want(t, "too short", http.StatusBadRequest, "it needs at least 10", secret)
	b.post("/welcome", "link", "lul_nonsense", "password", words).want(t, "no link", http.StatusGone, "used already, or has expired")
	b.post("/welcome", "link", secret, "password", words).leads(t, "set", "/")
	if !b.signed() {
		t.Error("it did not sign in")
	}
	thief := s.browser()
	thief.get(path).want(t, "the link again", http.StatusGone, "used already, or has expired")
	thief.post("/welcome", "link", secret, "password", "thief's own words").want(t, "its form again", http.StatusGone)
	if thief.signed() {
		t.Error("a used link signs in")
	}
	s.browser().post("/sign-in", "email", "u6@example.com", "password", words).leads(t, "the next day", "/")

	path, _ = linkFor(s, adm, mem)
	s.add(work.LinkLife)
	s.browser().get(path).want(t, "an expired link", http.StatusGone)
	s.browser().get("/welcome").want(t, "no link at all", http.StatusGone)
}

func TestSandbox(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if text := s.browser().get("/sign-in").text; strings.Contains(text, "sandbox") || strings.Contains(text, "sign-in-as") {
		t.Error("it is no sandbox, and says so")
	}
	s.browser().post("/console/sign-in-as", "user", "1").want(t, "no sandbox", http.StatusNotFound)

	s = newSite(t, func(c *Config) { c.Sandbox = true })
	page := s.browser().get("/sign-in?next=/users").text
	for id := adm; id <= inv; id++ {
		if there := strings.Contains(page, fmt.Sprintf(`name="user" value="%d"`, id)); there != (id <= gue) {
			t.Errorf("user %d is offered: %v", id, there)
		}
		b := s.browser()
		a := b.post("/console/sign-in-as", "user", id.String(), "next", "/users")
		if id <= gue {
			a.leads(t, "come in", "/users")
		} else {
			a.want(t, "come in as "+id.String(), http.StatusBadRequest, "denied")
		}
		if b.signed() != (id <= gue) {
			t.Errorf("user %d is in: %v", id, b.signed())
		}
	}
	for _, odd := range []string{"", "0", "99", "x", "-1"} {
		if a := s.browser().post("/console/sign-in-as", "user", odd); a.StatusCode != http.StatusBadRequest || len(a.Cookies()) != 0 {
			t.Errorf("as %q: %d", odd, a.StatusCode)
		}
	}
}

// ---- What signed-in people do about passwords, sessions, links and tokens

func TestChangePassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, other := s.as(mem), s.as(mem)
	var p profile
	if b.must("profile", none{}, &p); p.HasPassword || p.Min != 10 || len(p.Sessions) != 2 || !p.Sessions[0].Current || p.Sessions[1].Current {
		t.Errorf("profile %+v", p)
	}
	refused := func(what, old, next, field string, status int) {
		t.Helper()
		if got, said, at := b.call("password", newPassword{old, next}, nil); got != status || at != field || said == "" {
			t.Errorf("%s: %d %q at %q", what, got, said, at)
		}
	}
	refused("too short", "", "short", "new", 400)
	b.must("password", newPassword{"", words}, nil)
	if !b.signed() || other.signed() {
		t.Error("the session that set it should live, the other end")
	}
	refused("wrong", "wrong words", "other words", "old", 400)
	refused("none", "", "other words", "old", 400)
	refused("too short, with the right one", words, "short", "new", 400)
	b.must("password", newPassword{words, "other words"}, nil)
	refused("the old one", words, words, "old", 400)
	for range int(byUser.most) - 1 { // as if so many had been tried
		s.console.limits.try("again 7/2", byUser, s.clock())
	}
	refused("too often", "other words", words, "old", 400)
	s.add(tryEvery)
	b.must("password", newPassword{"other words", words}, nil)
	if b.must("profile", none{}, &p); !p.HasPassword || len(p.Sessions) != 1 {
		t.Errorf("profile %+v", p)
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.as(mem)
	s.add(time.Minute)
	second, third, admin := s.as(mem), s.as(mem), s.as(adm)
	s.add(time.Minute)
	var p profile
	second.must("profile", none{}, &p)
	if len(p.Sessions) != 3 || !p.Sessions[0].Current || p.Sessions[2].Created != day {
		t.Fatalf("%+v", p.Sessions)
	}
	second.must("tokens/revoke", byID{int64(p.Sessions[1].ID)}, nil)
	if third.signed() || !first.signed() || !second.signed() {
		t.Error("not the one that was to end")
	}
	if status, _, _ := second.call("tokens/revoke", byID{int64(p.Sessions[1].ID)}, nil); status != http.StatusNotFound {
		t.Errorf("twice: %d", status)
	}
	var all sessionList
	if admin.must("security/sessions", bySearch{}, &all); all.Total != 3 || len(all.Sessions) != 3 {
		t.Errorf("an admin sees %+v", all)
	}
	if admin.must("security/sessions", bySearch{" mEM "}, &all); all.Total != 2 || all.Sessions[0].UserName != "Mem" || all.Sessions[0].Email != "u2@example.com" || all.Sessions[0].Current {
		t.Errorf("found %+v", all)
	}
	if admin.must("security/sessions", bySearch{"nobody"}, &all); all.Total != 0 {
		t.Errorf("found %+v", all)
	}
	if status, _, _ := first.call("tokens/revoke", byID{int64(s.sessionOf(admin))}, nil); status != http.StatusNotFound {
		t.Errorf("a member ends an admin's session: %d", status)
	}
	var n ended
	if second.must("sessions/end-others", none{}, &n); n.Ended != 1 || first.signed() || !second.signed() || !admin.signed() {
		t.Errorf("ended %d", n.Ended)
	}
	admin.must("tokens/revoke", byID{int64(s.sessionOf(second))}, nil)
	if second.signed() {
		t.Error("an admin did not end it")
	}
	s.as(gue)
	s.add(work.SessionLife - time.Minute)
	s.as(gue)
	admin = s.as(adm)
	s.add(time.Minute)
	if admin.must("security/sessions", bySearch{"gue"}, &all); all.Total != 1 {
		t.Errorf("expired ones are listed: %+v", all)
	}
}

// sessionOf is the number of a browser's session.
func (s *site) sessionOf(b *browser) work.TokenID {
	by, err := s.service.Session(s.t.Context(), b.cookies["lunedi_session"])
	if err != nil {
		s.t.Fatal(err)
	}
	return by.Token()
}

func TestSecurity(t *testing.T) {
	t.Parallel()
	s := newSite(t, over("https://console.example.com"))
	s.withPassword(mem, adm)
	var got security
	s.as(adm).must("security", none{}, &got)
	if len(got.WithoutPassword) != 2 || got.WithoutPassword[0] != (userRow{vie, "Vie", "u3@example.com", work.Viewer}) || got.More != 0 || !got.Secure || got.Provider != nil {
		t.Errorf("%+v", got)
	}
}

func TestMakeLink(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var out linkOut
	s.as(adm).must("link", byID{int64(mem)}, &out)
	path, found := strings.CutPrefix(out.URL, "http://console.example.com")
	if !found || !out.Expires.Equal(day.Add(work.LinkLife)) {
		t.Errorf("%+v", out)
	}
	s.browser().get(path).want(t, "the link", http.StatusOK, "Welcome, Mem")
	for _, c := range []struct {
		by, to work.UserID
		status int
	}{{mem, adm, 403}, {mem, vie, 403}, {vie, mem, 403}, {gue, mem, 403}, {mem, mem, 403}, {adm, adm, 403}, {adm, 99, 404}, {adm, off, 400}, {adm, inv, 200}} {
		if status, said, _ := s.as(c.by).call("link", byID{int64(c.to)}, nil); status != c.status {
			t.Errorf("%d for %d: %d %s", c.by, c.to, status, said)
		}
	}
}

// The documented ways to a token, and why some have none.
func TestTokens(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for who, why := range map[work.UserID]string{vie: "Viewers cannot use the API", gue: "Guests have no personal API token"} {
		b := s.as(who)
		var my myToken
		if b.must("token", none{}, &my); my.Allowed || my.Token != nil || !strings.HasPrefix(my.Why, why) {
			t.Errorf("user %d: %+v", who, my)
		}
		for _, name := range []string{"token/generate", "token/show", "tokens/create"} {
			if status, said, _ := b.call(name, map[string]string{"name": "x"}, nil); status != http.StatusForbidden {
				t.Errorf("user %d, %s: %d %s", who, name, status, said)
			}
		}
	}

	b := s.as(mem)
	var my myToken
	if b.must("token", none{}, &my); !my.Allowed || my.Token != nil || my.Protect {
		t.Errorf("%+v", my)
	}
	if status, said, _ := b.call("token/show", withPassword{}, nil); status != http.StatusNotFound || !strings.Contains(said, "generate one") {
		t.Errorf("show before there is one: %d %s", status, said)
	}
	var old, now, shown secret
	b.must("token/generate", none{}, &old)
	b.must("token/generate", none{}, &now)
	works := func(text string) bool { _, err := s.service.Authenticate(t.Context(), text); return err == nil }
	if works(old.Secret) || !works(now.Secret) {
		t.Error("the new token takes the place of the old one at once")
	}
	if b.must("token/show", withPassword{}, &shown); shown.Secret != now.Secret {
		t.Error("another one is shown")
	}
	if b.must("token", none{}, &my); my.Token == nil || my.Token.ID != now.Token.ID {
		t.Errorf("%+v", my)
	}
	// With a password it is asked for again.
	s.withPassword(mem)
	b = s.as(mem)
	if b.must("token", none{}, &my); !my.Protect {
		t.Error("the password is not asked for")
	}
	for _, wrong := range []string{"", "wrong words"} {
		if status, said, field := b.call("token/show", withPassword{wrong}, &shown); status != 400 || field != "password" || strings.Contains(said, now.Secret) {
			t.Errorf("with %q: %d %s", wrong, status, said)
		}
	}
	if b.must("token/show", withPassword{words}, &shown); shown.Secret != now.Secret {
		t.Error("another one is shown")
	}

	// Named ones.
	for _, c := range []struct {
		in     newToken
		status int
		field  string
	}{
		{newToken{Name: "ci", Scopes: []string{"me:read"}, Expires: "2026-03-05"}, 200, ""},
		{newToken{Name: "all", Scopes: []string{}}, 200, ""},
		{newToken{Name: " "}, 400, "name"},
		{newToken{Name: "x", Scopes: []string{"everything"}}, 400, "scopes"},
		{newToken{Name: "x", Expires: "tomorrow"}, 400, "expires"},
		{newToken{Name: "x", Expires: "2026-03-04"}, 400, "expires"},
	} {
		var made secret
		status, said, field := b.call("tokens/create", c.in, &made)
		if status != c.status || field != c.field {
			t.Errorf("%+v: %d %s at %q", c.in, status, said, field)
		}
		if status == 200 && !works(made.Secret) {
			t.Errorf("%+v does not work", c.in)
		}
	}
	var rows []tokenRow
	if b.must("tokens", none{}, &rows); len(rows) != 3 {
		t.Errorf("%d tokens", len(rows))
	}
	for _, r := range rows {
		if status, _, _ := s.as(vie).call("tokens/revoke", byID{int64(r.ID)}, nil); status != http.StatusNotFound {
			t.Errorf("somebody else revokes: %d", status)
		}
		s.as(adm).must("tokens/revoke", byID{int64(r.ID)}, nil)
	}
	if works(now.Secret) {
		t.Error("a revoked token works")
	}
}

// Tables of many are cut, and say so.
func TestManySessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	by, err := s.service.As(t.Context(), 7, adm)
	if err != nil {
		t.Fatal(err)
	}
	admin := s.as(adm)
	var wg sync.WaitGroup
	for i := range 12 {
		var emails []string
		for j := range 50 {
			emails = append(emails, fmt.Sprintf("n%d-%d@example.com", i, j))
		}
		done, err := s.service.InviteUsers(t.Context(), by, emails, work.Member)
		if err == nil {
			done, err = s.service.ActivateUsers(t.Context(), by, done.Users)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range done.Users {
			wg.Go(func() {
				c, err := s.service.As(t.Context(), 7, id)
				if err == nil {
					_, _, err = s.service.SignIn(t.Context(), c, "Browser")
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	var all sessionList
	if admin.must("security/sessions", bySearch{}, &all); all.Total != 601 || len(all.Sessions) != listMax {
		t.Errorf("%d of %d", len(all.Sessions), all.Total)
	}
	var sec security
	if admin.must("security", none{}, &sec); len(sec.WithoutPassword) != listMax || sec.More != 604-listMax {
		t.Errorf("%d and %d more", len(sec.WithoutPassword), sec.More)
	}
}
