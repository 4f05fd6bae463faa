package work_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	cl := &clock{at: day}
	s, _ := firm().open(t, func(c *work.Config) { c.Now = cl.now })
	w := firm()
	w.Account.ID = acct + 1
	for i, who := range []work.UserID{adm, mem, vie, gue, off, inv} {
		w.token(t, s, work.TokenID(100+i), who, fmt.Sprint("secret ", who))
	}
	w.token(t, s, 110, adm, "dev-admin")
	w.Tokens[0].ExpiresAt = day.Add(time.Hour)
	if err := s.NewAccount(ctx, w.Snapshot); err != nil {
		t.Fatal(err)
	}
	for secret, want := range map[string]work.Code{
		"secret 1": ok, "secret 2": ok, "secret 4": ok, // admin, member, guest
		"secret 3": work.CodeNoAccess, "secret 7": work.CodeNoAccess, "secret 8": work.CodeNoAccess, // viewer, deactivated, invited
		"": work.CodeUnauthenticated, "x": work.CodeUnauthenticated, "secret 1 ": work.CodeUnauthenticated, "dev-admin": work.CodeUnauthenticated,
		strings.Repeat("x", 1<<20): work.CodeUnauthenticated, string(work.HashSecret("secret 1")): work.CodeUnauthenticated,
	} {
		for range 2 { // from the store, and from memory
			c, err := s.Authenticate(ctx, secret)
			wantCode(t, fmt.Sprintf("%.20q", secret), err, want)
			if want == ok && (c.Account() != acct+1 || "secret "+c.User().String() != secret || c.Token() == 0) {
				t.Errorf("%q is user %d, token %d of account %d", secret, c.User(), c.Token(), c.Account())
			}
		}
	}
	cl.add(time.Hour - time.Nanosecond)
	_, err := s.Authenticate(ctx, "secret 1")
	wantCode(t, "just before it expires", err, ok)
	cl.add(time.Nanosecond)
	_, err = s.Authenticate(ctx, "secret 1")
	wantCode(t, "when it expires", err, work.CodeUnauthenticated)

	lax, err := work.New(work.Config{Store: new(worktest.Store), Key: key, WellKnownTokens: true})
	if err != nil {
		t.Fatal(err)
	}
	defer lax.Close()
	if err := lax.NewAccount(ctx, w.Snapshot); err != nil {
		t.Fatal(err)
	}
	_, err = lax.Authenticate(ctx, "dev-admin")
	wantCode(t, "a well-known token where they are let in", err, ok)
}

func TestTokenLife(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	cl := &clock{at: day}
	store := new(worktest.Store).Share()
	s, other := serve(t, store, func(c *work.Config) { c.Now = cl.now }), serve(t, store)
	if err := s.NewAccount(ctx, firm().Snapshot); err != nil {
		t.Fatal(err)
	}
	c := as(t, s, mem)
	auth := func(secret string, want work.Code) {
		t.Helper()
		for _, node := range []*work.Service{s, other} {
			_, err := node.Authenticate(ctx, secret)
			wantCode(t, "authenticate", err, want)
		}
	}
	_, err := s.ShowToken(ctx, c)
	wantCode(t, "show before there is one", err, work.CodeNotFound)
	var old string
	for range 20 {
		secret, tok, err := s.RegenerateToken(ctx, c)
		if err != nil || tok.Hash != nil || tok.Sealed != nil {
			t.Fatal(err, tok)
		}
		auth(secret, ok)
		if old != "" {
			auth(old, work.CodeUnauthenticated) // at once
		}
		if shown, err := s.ShowToken(ctx, c); err != nil || shown != secret {
			t.Errorf("shown %q, %v", shown, err)
		}
		if own, err := other.Secret(view(t, other, as(t, other, mem)), &work.User{ID: mem}); err != nil || own != secret {
			t.Errorf("the other node knows %q, %v", own, err)
		}
		old = secret
	}
	if n := s.Secrets(); n != 1 {
		t.Errorf("%d secrets are known, 1 is alive", n)
	}
	named, tok, err := s.CreateToken(ctx, c, " ci ", nil, day.Add(time.Hour+time.Nanosecond).In(time.FixedZone("x", 7200)))
	if err != nil || tok.Name != "ci" || !tok.ExpiresAt.Equal(day.Add(time.Hour)) {
		t.Fatal(err, tok)
	}
	auth2, err := s.Authenticate(ctx, named)
	if err != nil || auth2.Token() != tok.ID {
		t.Error(err)
	}
	_, _, err = s.CreateToken(ctx, c, "late", nil, day)
	wantCode(t, "expired when made", err, work.CodeInvalid)
	_, _, err = s.CreateToken(ctx, c, " ", nil, time.Time{})
	wantCode(t, "no name", err, work.CodeInvalid)
	_, _, err = s.RegenerateToken(ctx, as(t, s, gue))
	wantCode(t, "a guest", err, work.CodeDenied)

	wantCode(t, "another's", s.RevokeToken(ctx, as(t, s, bob), tok.ID), work.CodeNotFound)
	wantCode(t, "own", s.RevokeToken(ctx, auth2, tok.ID), ok)
	auth(named, work.CodeUnauthenticated)
	wantCode(t, "twice", s.RevokeToken(ctx, c, tok.ID), work.CodeNotFound)
	auth(old, ok) // the other one stays

	admin := as(t, s, adm)
	for _, step := range []struct {
		what string
		do   func() error
		want work.Code
	}{
		{"deactivated", func() error { return failures(s.DeactivateUsers(ctx, admin, []work.UserID{mem})) }, work.CodeNoAccess},
		{"back", func() error { return failures(s.ActivateUsers(ctx, admin, []work.UserID{mem})) }, ok},
		{"a viewer", func() error { return failures(s.UpdateUsersRole(ctx, admin, []work.UserID{mem}, work.Viewer)) }, work.CodeNoAccess},
		{"a guest", func() error { return failures(s.UpdateUsersRole(ctx, admin, []work.UserID{mem}, work.Guest)) }, ok},
	} {
		if err := step.do(); err != nil {
			t.Fatal(step.what, err)
		}
		auth(old, step.want)
	}
	sameAsStore(t, store, admin)
}

// The index of secrets is a hint: what it says counts only as far as the image agrees.
func TestHintIsNoTruth(t *testing.T) {
	t.Parallel()
	store := new(worktest.Store).Share()
	a, b := serve(t, store), serve(t, store)
	if err := a.NewAccount(t.Context(), firm().Snapshot); err != nil {
		t.Fatal(err)
	}
	c := as(t, a, mem)
	secret, tok, err := a.RegenerateToken(t.Context(), c)
	wantCode(t, "regenerate", err, ok)
	_, err = b.Authenticate(t.Context(), secret)
	wantCode(t, "on b", err, ok)
	wantCode(t, "revoke", a.RevokeToken(t.Context(), c, tok.ID), ok)
	_, err = b.Authenticate(t.Context(), secret) // b's index may still have it
	wantCode(t, "revoked elsewhere", err, work.CodeUnauthenticated)
}

func TestLastUse(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	cl := &clock{at: day}
	s, store := firm().open(t, func(c *work.Config) { c.Now = cl.now })
	c := as(t, s, mem)
	secret, tok, err := s.RegenerateToken(ctx, c)
	wantCode(t, "regenerate", err, ok)
	listed := func() time.Time {
		t.Helper()
		list, err := s.Tokens(ctx, c)
		if err != nil || len(list) != 1 || list[0].Hash != nil || list[0].Sealed != nil {
			t.Fatal(list, err)
		}
		return list[0].LastUsed
	}
	if at := listed(); !at.IsZero() {
		t.Errorf("used at %s without having been", at)
	}
	cl.add(90 * time.Minute)
	_, err = s.Authenticate(ctx, secret)
	wantCode(t, "authenticate", err, ok)
	at := day.Add(90 * time.Minute)
	if got := listed(); !got.Equal(at) {
		t.Errorf("used at %s", got)
	}
	store.OnRead(func(m string) error {
		if m == "TouchTokens" {
			return errDisk
		}
		return nil
	})
	s.Flush()
	if !store.Touched(tok.ID).IsZero() {
		t.Error("recorded though the store failed")
	}
	store.OnRead(nil)
	s.Flush()
	if got := store.Touched(tok.ID); !got.Equal(at) {
		t.Errorf("recorded as %s", got)
	}
	if u := view(t, s, c).Me(); u.LastActivity != "2026-03-04" {
		t.Errorf("last active on %q", u.LastActivity)
	}
	seq := view(t, s, c).Seq()
	s.Flush() // nothing new
	if view(t, s, c).Seq() != seq {
		t.Error("the same day was recorded twice")
	}
	sameAsStore(t, store, c)
	cl.add(time.Hour)
	_, err = s.Authenticate(ctx, secret)
	wantCode(t, "authenticate", err, ok)
	s.Close() // records the last of it
	if got := store.Touched(tok.ID); !got.Equal(at.Add(time.Hour)) {
		t.Errorf("at the end recorded as %s", got)
	}
}

// Sealed tokens open with the key that sealed them and with no other, and not when altered.
func TestSealing(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := work.New(work.Config{Store: new(worktest.Store), Key: make([]byte, n)}); err == nil {
			t.Errorf("a key of %d bytes is taken", n)
		}
	}
	w := firm()
	s, store := w.open(t)
	c := as(t, s, mem)
	secret, _, err := s.RegenerateToken(t.Context(), c)
	wantCode(t, "regenerate", err, ok)
	snap, err := store.Load(t.Context(), acct)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(snap)
	feed, _ := store.Since(t.Context(), acct, 1)
	events, _ := json.Marshal(feed)
	if strings.Contains(string(text)+string(events), secret) {
		t.Error("the database holds the secret in clear")
	}
	tok := snap.Tokens[0]
	if !bytes.Equal(tok.Hash, work.HashSecret(secret)) || len(tok.Hash) != 32 || bytes.Contains(tok.Sealed, []byte(secret)) {
		t.Error("the hash is not the secret's, or the seal shows it")
	}
	again, err := s.MakeToken(1, mem, "", secret, day)
	if err != nil || bytes.Equal(again.Sealed, tok.Sealed) {
		t.Error("two seals of one secret are the same")
	}
	open := func(what string, k []byte, sealed []byte) {
		t.Helper()
		copied := worktest.Copy(snap)
		copied.Account.ID, copied.Tokens[0].Sealed = acct+1, sealed
		stranger := serve(t, new(worktest.Store), func(c *work.Config) { c.Key = k })
		if err := stranger.NewAccount(t.Context(), copied); err != nil {
			t.Fatal(err)
		}
		by, err := stranger.Authenticate(t.Context(), secret) // by its hash, whatever the key
		if err != nil {
			t.Fatal(err)
		}
		got, err := stranger.ShowToken(t.Context(), by)
		if err == nil || got != "" || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	open("another key", bytes.Repeat([]byte{8}, 32), tok.Sealed)
	bent := bytes.Clone(tok.Sealed)
	bent[len(bent)-1] ^= 1
	open("altered", key, bent)
	open("cut", key, tok.Sealed[:5])
	open("none", key, nil)
}

// No secret is in any error or log, whatever fails.
func TestNoSecretTold(t *testing.T) {
	t.Parallel()
	log := new(recorder)
	s, store := firm().open(t, func(c *work.Config) { c.Log = log.logger() })
	ctx := context.Background()
	c := as(t, s, adm)
	var secrets []string
	var told []error
	keep := func(secret string, _ *work.Token, err error) {
		if secret != "" {
			secrets = append(secrets, secret)
		}
		told = append(told, err)
	}
	keep(s.RegenerateToken(ctx, c))
	keep(s.CreateToken(ctx, c, "ci", nil, time.Time{}))
	var mu sync.Mutex
	var sealed []string
	for _, err := range []error{errDisk, fmt.Errorf("%w: gone", work.ErrUnknown), work.ErrBehind} {
		store.OnCommit(func(b *work.Batch) worktest.Outcome {
			mu.Lock()
			defer mu.Unlock()
			for _, ch := range b.Changes {
				if ch.Token != nil {
					sealed = append(sealed, string(ch.Token.Hash))
				}
			}
			return worktest.Outcome{Err: err}
		})
		keep(s.RegenerateToken(ctx, c))
	}
	store.OnCommit(nil)
	for _, secret := range append(secrets, "lun_unknown_secret", "dev-admin") {
		for _, method := range []string{"", "TokenAccount", "Load", "Head"} {
			store.OnRead(func(m string) error {
				if m == method {
					return errDisk
				}
				return nil
			})
			_, err := s.Authenticate(ctx, secret)
			told = append(told, err)
		}
	}
	store.OnRead(nil)
	told = append(told, s.Decide(c, func() error { panic("with " + fmt.Sprint(len(secrets))) }))
	text := log.String()
	if text == "" {
		t.Error("nothing was logged: the test sees nothing")
	}
	text += fmt.Sprint(told)
	for _, err := range told {
		var e *work.Error
		if errors.As(err, &e) {
			text += fmt.Sprintf("%+v", *e)
		}
	}
	for _, secret := range append(append(secrets, sealed...), "lun_unknown_secret", "dev-admin") {
		if strings.Contains(text, strings.TrimPrefix(secret, "lun_")) {
			t.Errorf("the secret %.8q… is told", secret)
		}
	}
	if len(secrets) != 2 {
		t.Errorf("%d secrets were given out, 2 made", len(secrets))
	}
}

func TestNewSecret(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		secret := work.NewSecret()
		if len(secret) != 47 || !strings.HasPrefix(secret, "lun_") || seen[secret] {
			t.Fatalf("secret of %d characters", len(secret))
		}
		seen[secret] = true
	}
}
