package work_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

const acct work.AccountID = 7

const mainWS work.WorkspaceID = 1

var (
	day = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	key = bytes.Repeat([]byte{7}, 32)
)

// world is a snapshot being written.
type world struct{ *work.Snapshot }

func newWorld() world {
	return world{&work.Snapshot{Seq: 1,
		Account:    work.Account{ID: acct, Name: "Acme", Slug: "acme", FirstDay: "monday", CreatedAt: day, MainWorkspace: mainWS, MainWorkspaceIsNumbered: true},
		Workspaces: []*work.Workspace{{ID: mainWS, Name: work.MainName, Kind: work.Open, State: work.StateActive, CreatedAt: day}},
	}}
}

func (w world) user(id work.UserID, role work.Role, status work.Status) {
	w.Users = append(w.Users, &work.User{ID: id, Name: fmt.Sprintf("%s %d", role, id), Email: fmt.Sprintf("u%d@example.com", id),
		Role: role, Status: status, CreatedAt: day.Add(time.Duration(id) * time.Second)})
}

func (w world) team(id work.TeamID, guest bool, members ...work.Subscriber) {
	w.Teams = append(w.Teams, &work.Team{ID: id, Name: fmt.Sprint("team ", id), Guest: guest, CreatedAt: day})
	for _, m := range members {
		w.Memberships = append(w.Memberships, work.Membership{Team: id, User: m.User, Owner: m.Owner})
	}
}

func (w world) workspace(id work.WorkspaceID, kind work.WorkspaceKind) {
	w.Workspaces = append(w.Workspaces, &work.Workspace{ID: id, Name: fmt.Sprint("workspace ", id), Kind: kind, State: work.StateActive,
		CreatedAt: day.Add(time.Duration(id) * time.Second)})
}

func (w world) board(id work.BoardID, kind work.BoardKind, in work.WorkspaceID, creator work.UserID) *work.Board {
	b := &work.Board{ID: id, Name: fmt.Sprint("board ", id), Kind: kind, State: work.StateActive, Workspace: in, Creator: creator,
		Permission: work.PermEveryone, CreatedAt: day.Add(time.Duration(id) * time.Second), UpdatedAt: day}
	w.Boards = append(w.Boards, b)
	return b
}

func (w world) token(t *testing.T, s *work.Service, id work.TokenID, user work.UserID, secret string) {
	t.Helper()
	tok, err := s.MakeToken(id, user, "", secret, day)
	if err != nil {
		t.Fatal(err)
	}
	w.Tokens = append(w.Tokens, tok)
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// serve starts a service on a store and closes it when the test ends.
func serve(t testing.TB, store work.Store, edit ...func(*work.Config)) *work.Service {
	t.Helper()
	cfg := work.Config{Store: store, Key: key}
	for _, e := range edit {
		e(&cfg)
	}
	s, err := work.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// open puts the world into a store of its own and serves it.
func (w world) open(t testing.TB, edit ...func(*work.Config)) (*work.Service, *worktest.Store) {
	t.Helper()
	store := new(worktest.Store)
	s := serve(t, store, edit...)
	if err := s.NewAccount(context.Background(), w.Snapshot); err != nil {
		t.Fatal(err)
	}
	return s, store
}

func as(t testing.TB, s *work.Service, id work.UserID) work.Caller {
	t.Helper()
	c, err := s.As(context.Background(), acct, id)
	if err != nil {
		t.Fatalf("as %d: %v", id, err)
	}
	return c
}

func view(t testing.TB, s *work.Service, c work.Caller) *work.View {
	t.Helper()
	v, err := s.View(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// ok is the code of no error at all.
const ok work.Code = -1

func codeOf(err error) work.Code {
	if err == nil {
		return ok
	}
	return work.ErrorOf(err).Code
}

func wantCode(t testing.TB, what string, err error, want work.Code) {
	t.Helper()
	if got := codeOf(err); got != want {
		t.Errorf("%s: code %d (%v), want %d", what, got, err, want)
	}
}

// recorder keeps everything logged.
type recorder struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *recorder) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

var errDisk = errors.New("disk full")
