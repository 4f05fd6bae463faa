package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// testStore holds a database to the contract of work.Store. open gives an empty one.
func testStore(t *testing.T, open func(t *testing.T) work.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s work.Store)
	}{
		{"RoundTrip", testRoundTrip},
		{"Empty", testEmpty},
		{"CreateTwice", testCreateTwice},
		{"Changes", testChanges},
		{"OneBatchOfMany", testOneBatchOfMany},
		{"LastID", testLastID},
		{"AllOrNothing", testAllOrNothing},
		{"TokenHashUnique", testTokenHashUnique},
		{"Behind", testBehind},
		{"Feed", testFeed},
		{"Tokens", testTokens},
		{"TwoAccounts", testTwoAccounts},
		{"LoadWhileCommitting", testLoadWhileCommitting},
		{"Cancelled", testCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
	testContent(t, open)
}

func create(t *testing.T, s work.Store, snap *work.Snapshot) {
	t.Helper()
	if err := s.Create(t.Context(), snap); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, s work.Store, id work.AccountID, seq work.Seq, changes ...work.Change) {
	t.Helper()
	if err := s.Commit(t.Context(), id, batch(seq, changes...)); err != nil {
		t.Fatal(err)
	}
}

func batch(seq work.Seq, changes ...work.Change) *work.Batch {
	return &work.Batch{Seq: seq, ID: fmt.Sprint("batch-", seq), At: day.Add(time.Duration(seq) * time.Second), Changes: changes}
}

func mustLoad(t *testing.T, s work.Store, id work.AccountID) *work.Snapshot {
	t.Helper()
	snap, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func mustHead(t *testing.T, s work.Store, id work.AccountID, want work.Seq) {
	t.Helper()
	if got, err := s.Head(t.Context(), id); err != nil || got != want {
		t.Fatalf("head of %d = %d, %v; want %d", id, got, err, want)
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: error %v, want %v", what, err, want)
	}
}

func testRoundTrip(t *testing.T, s work.Store) {
	want := full(12)
	create(t, s, full(12))
	same(t, "loaded", want, mustLoad(t, s, 12))
	mustHead(t, s, 12, 7)

	bare := &work.Snapshot{Seq: 1, Account: work.Account{ID: 3, Name: "n", Slug: "s"}}
	create(t, s, bare)
	same(t, "bare", bare, mustLoad(t, s, 3))

	ids, err := s.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]work.AccountID{3, 12}, ids); diff != "" {
		t.Errorf("accounts: %s", diff)
	}
}

func testEmpty(t *testing.T, s work.Store) {
	ctx := t.Context()
	if ids, err := s.Accounts(ctx); err != nil || len(ids) != 0 {
		t.Errorf("accounts = %v, %v", ids, err)
	}
	_, err := s.Load(ctx, 1)
	wantErr(t, "load", err, work.ErrNoAccount)
	_, err = s.Head(ctx, 1)
	wantErr(t, "head", err, work.ErrNoAccount)
	_, err = s.Since(ctx, 1, 0)
	wantErr(t, "since", err, work.ErrNoAccount)
	_, err = s.TokenAccount(ctx, hash("x"))
	wantErr(t, "token", err, work.ErrNoAccount)
	wantErr(t, "commit", s.Commit(ctx, 1, batch(1)), work.ErrNoAccount)
	if err := s.Ping(ctx); err != nil {
		t.Error(err)
	}
	if err := s.TouchTokens(ctx, 1, map[work.TokenID]time.Time{1: day}); err != nil {
		t.Error(err)
	}
}

func testCreateTwice(t *testing.T, s work.Store) {
	create(t, s, full(1))
	again := full(1)
	again.Account.Name = "other"
	if err := s.Create(t.Context(), again); err == nil {
		t.Fatal("an account was made twice")
	}
	same(t, "after", full(1), mustLoad(t, s, 1))

	half := full(2)
	half.Memberships = append(half.Memberships, half.Memberships[0]) // fails late
	half.Tokens[1].Hash = half.Tokens[0].Hash
	if err := s.Create(t.Context(), half); err == nil {
		t.Fatal("a hash was stored twice")
	}
	_, err := s.Head(t.Context(), 2)
	wantErr(t, "head of what failed", err, work.ErrNoAccount)
	create(t, s, full(2))
}

// changesOf is one of every change: put, put again, delete, delete again, delete what has children.
func changesOf() []work.Change {
	account := full(1).Account
	account.Name, account.Plan, account.Products, account.LastID = "renamed", nil, nil, 1000
	user := *full(1).Users[0]
	user.Name, user.Away, user.Verified = "renamed", nil, false
	token := *full(1).Tokens[0]
	token.Name, token.Sealed, token.ExpiresAt = "renamed", nil, time.Time{}
	return []work.Change{
		{Account: &account},
		{User: &work.User{ID: 50, Name: "new", Role: work.Member, Status: work.Active, CreatedAt: day}},
		{User: &user},
		{Team: &work.Team{ID: 51, Name: "new", CreatedAt: day}},
		{Team: &work.Team{ID: 51, Name: "again", Guest: true, CreatedAt: day}},
		{Workspace: &work.Workspace{ID: 52, Name: "new", Kind: work.Open, State: work.StateActive}},
		{Workspace: &work.Workspace{ID: 52, Name: "again", Kind: work.Closed, State: work.StateActive}},
		{Board: &work.Board{ID: 53, Name: "new", Kind: work.Public, Workspace: 52, UpdatedAt: day}},
		{Board: &work.Board{ID: 53, Name: "again", Kind: work.Private, Workspace: 52, UpdatedAt: day.Add(1000)}},
		{Token: &work.Token{ID: 54, User: 50, Hash: hash("new")}},
		{Token: &token},
		{Token: &work.Token{ID: 60, User: 50, Kind: work.SessionToken, Name: "Browser", From: "192.0.2.1", Hash: hash("session"), ExpiresAt: day}},
		{Token: &work.Token{ID: 60, User: 50, Scopes: []string{"me:read"}, Name: "no longer one", Hash: hash("session")}},
		{Credential: &work.Credential{User: 2, Hash: "first", ChangedAt: day}},
		{Credential: &work.Credential{User: 2, Hash: "second", ChangedAt: day.Add(time.Hour)}},
		{Identity: &work.Identity{Issuer: "i", Subject: "s", User: 2, CreatedAt: day}},
		{Identity: &work.Identity{Issuer: "i", Subject: "s", User: 1, CreatedAt: day}},
		{Identity: &work.Identity{Issuer: "i", Subject: "S", User: 2, CreatedAt: day}},
		{Membership: &work.Membership{Team: 51, User: 50}},
		{Membership: &work.Membership{Team: 51, User: 50, Owner: true}},
		{WorkspaceUser: &work.WorkspaceUser{Workspace: 52, User: 50}},
		{WorkspaceUser: &work.WorkspaceUser{Workspace: 52, User: 50, Owner: true}},
		{WorkspaceTeam: &work.WorkspaceTeam{Workspace: 52, Team: 51, Owner: true}},
		{WorkspaceTeam: &work.WorkspaceTeam{Workspace: 52, Team: 51}},
		{BoardUser: &work.BoardUser{Board: 53, User: 50}},
		{BoardUser: &work.BoardUser{Board: 53, User: 50, Owner: true}},
		{BoardTeam: &work.BoardTeam{Board: 53, Team: work.Everyone}},
		{BoardTeam: &work.BoardTeam{Board: 53, Team: 51, Owner: true}},
		{Folder: &work.Folder{ID: 56, Name: "new", Workspace: 52, Owner: 50, CreatedAt: day}},
		{Folder: &work.Folder{ID: 56, Name: "again", Workspace: 2, Parent: 5, CreatedAt: day}},
		{Tag: &work.Tag{ID: 57, Name: "new", Color: "#00ff00"}},
		{Tag: &work.Tag{ID: 57, Name: "again", Board: 53}},
		{Webhook: &work.Webhook{ID: 58, Board: 53, Event: "create_item", Secret: []byte("s"), CreatedAt: day}},
		{Webhook: &work.Webhook{ID: 58, Board: 53, Event: "create_item", CreatedAt: day}},
		{Doc: &work.Doc{ID: 59, Board: 53, CreatedAt: day, UpdatedAt: day}},
		{Doc: &work.Doc{ID: 59, Item: 10, CreatedAt: day, UpdatedAt: day.Add(time.Hour)}},

		{Delete: true, Credential: &work.Credential{User: 1}},
		{Delete: true, Credential: &work.Credential{User: 99}},
		{Delete: true, Identity: &work.Identity{Issuer: "i", Subject: "s"}},
		{Delete: true, Identity: &work.Identity{Issuer: "i", Subject: "nobody"}},
		{Delete: true, Folder: &work.Folder{ID: 6}},
		{Delete: true, Tag: &work.Tag{ID: 1}},
		{Delete: true, Webhook: &work.Webhook{ID: 1}},
		{DataSource: &work.DataSource{ID: 60, Name: "s", StartDate: day, CreatedAt: day}},
		{DataSource: &work.DataSource{ID: 60, Name: "t", Sealed: []byte("x"), StartDate: day, CreatedAt: day}},
		{Delete: true, DataSource: &work.DataSource{ID: 1}},
		{Delete: true, DataSource: &work.DataSource{ID: 99}},
		{Delete: true, Webhook: &work.Webhook{ID: 99}},
		{Delete: true, Doc: &work.Doc{ID: 2}},
		{Doc: &work.Doc{ID: 2, Board: 53}},
		{Delete: true, Membership: &work.Membership{Team: 1, User: 2, Owner: true}},
		{Delete: true, Membership: &work.Membership{Team: 1, User: 2}},
		{Membership: &work.Membership{Team: 1, User: 2}},
		{Delete: true, WorkspaceUser: &work.WorkspaceUser{Workspace: 2, User: 1}},
		{Delete: true, WorkspaceTeam: &work.WorkspaceTeam{Workspace: 2, Team: 1}},
		{Delete: true, BoardUser: &work.BoardUser{Board: 2, User: 1}},
		{Delete: true, BoardTeam: &work.BoardTeam{Board: 2, Team: work.Everyone}},
		{BoardTeam: &work.BoardTeam{Board: 2, Team: work.Everyone}},
		{Delete: true, Token: &work.Token{ID: 2}},
		{Delete: true, Token: &work.Token{ID: 2}},
		{Token: &work.Token{ID: 55, User: 1, Hash: hash("1other")}}, // the hash of the token deleted

		{Delete: true, Team: &work.Team{ID: 1}},
		{Delete: true, Team: &work.Team{ID: 77}},
		{Team: &work.Team{ID: 1, Name: "born again"}},
		{Membership: &work.Membership{Team: 1, User: 3}},
		{Delete: true, Workspace: &work.Workspace{ID: 2}},
		{Delete: true, Board: &work.Board{ID: 2}},
		{Delete: true, Board: &work.Board{ID: 1}},
		{Delete: true, User: &work.User{ID: 2}},
		{Delete: true, User: &work.User{ID: 50}},
	}
}

func testChanges(t *testing.T, s work.Store) {
	bystander := full(2)
	create(t, s, full(2))
	want := full(1)
	create(t, s, full(1))
	for i, c := range changesOf() {
		want.Seq++
		apply(want, c)
		commit(t, s, 1, want.Seq, c)
		same(t, fmt.Sprintf("change %d", i), want, mustLoad(t, s, 1))
	}
	same(t, "the other account", bystander, mustLoad(t, s, 2))
}

func testOneBatchOfMany(t *testing.T, s work.Store) {
	want := full(1)
	create(t, s, full(1))
	want.Seq++
	apply(want, changesOf()...)
	commit(t, s, 1, want.Seq, changesOf()...)
	same(t, "one batch", want, mustLoad(t, s, 1))

	// Children before their parents, and a parent that goes and comes again.
	changes := []work.Change{
		{Membership: &work.Membership{Team: 61, User: 60}},
		{Team: &work.Team{ID: 61}},
		{User: &work.User{ID: 60}},
		{Delete: true, Team: &work.Team{ID: 61}},
		{Team: &work.Team{ID: 61, Name: "again"}},
		{Membership: &work.Membership{Team: 61, User: 1}},
	}
	want.Seq++
	apply(want, changes...)
	commit(t, s, 1, want.Seq, changes...)
	same(t, "out of order", want, mustLoad(t, s, 1))

	want.Seq++
	commit(t, s, 1, want.Seq)
	same(t, "empty batch", want, mustLoad(t, s, 1))
}

func testLastID(t *testing.T, s work.Store) {
	create(t, s, full(1))
	commit(t, s, 1, 8, work.Change{Board: &work.Board{ID: 5000}}, work.Change{Team: &work.Team{ID: 4000}})
	commit(t, s, 1, 9, work.Change{Delete: true, Team: &work.Team{ID: 9000}})
	account := full(1).Account
	commit(t, s, 1, 10, work.Change{Account: &account})
	if got := mustLoad(t, s, 1).Account.LastID; got != 5000 {
		t.Errorf("last id %d, want 5000", got)
	}
	commit(t, s, 1, 11, work.Change{Item: &work.Item{ID: 6000}}, work.Change{Update: &work.Update{ID: 7000}},
		work.Change{Group: &work.Group{Board: 9001, ID: "9001"}}, work.Change{Activity: &work.Activity{Board: 9001, ID: "9001", At: 9001}})
	if got := mustLoad(t, s, 1).Account.LastID; got != 7000 {
		t.Errorf("last id %d, want 7000", got)
	}
}

func testAllOrNothing(t *testing.T, s work.Store) {
	create(t, s, full(1))
	ctx := t.Context()
	for name, bad := range map[string]work.Change{
		"nothing":        {},
		"no such user":   {Token: &work.Token{ID: 72, User: 999, Hash: hash("72")}},
		"hash taken":     {Token: &work.Token{ID: 72, User: 1, Hash: full(1).Tokens[0].Hash}},
		"no hash":        {Token: &work.Token{ID: 72, User: 1}},
		"undone":         {Delete: true, Activity: &work.Activity{ID: "a", Board: 1}},
		"audit undone":   {Delete: true, Audit: &work.Audit{ID: "a", At: day}},
		"account delete": {Delete: true, Account: &work.Account{ID: 1}},
		"other account":  {Account: &work.Account{ID: 2}},
	} {
		err := s.Commit(ctx, 1, batch(8,
			work.Change{Team: &work.Team{ID: 70}},
			work.Change{Delete: true, Board: &work.Board{ID: 1}},
			bad,
			work.Change{Delete: true, Team: &work.Team{ID: 1}},
			work.Change{Board: &work.Board{ID: 71}}))
		if err == nil || errors.Is(err, work.ErrBehind) || errors.Is(err, work.ErrUnknown) {
			t.Errorf("%s: error %v", name, err)
		}
		same(t, name, full(1), mustLoad(t, s, 1))
		if got, err := s.Since(ctx, 1, 7); err != nil || len(got) != 0 {
			t.Errorf("%s: feed %v, %v", name, got, err)
		}
	}
	commit(t, s, 1, 8, work.Change{Team: &work.Team{ID: 70}})
}

func testTokenHashUnique(t *testing.T, s work.Store) {
	create(t, s, full(1))
	create(t, s, full(2))
	stolen := work.Change{Token: &work.Token{ID: 80, User: 1, Hash: full(2).Tokens[0].Hash}}
	if err := s.Commit(t.Context(), 1, batch(8, stolen)); err == nil {
		t.Fatal("two accounts have one token")
	}
	same(t, "after", full(1), mustLoad(t, s, 1))
}

func testBehind(t *testing.T, s work.Store) {
	create(t, s, full(1))
	for _, seq := range []work.Seq{0, 1, 7, 9, 100} {
		wantErr(t, fmt.Sprint(seq), s.Commit(t.Context(), 1, batch(seq, changesOf()...)), work.ErrBehind)
	}
	same(t, "after", full(1), mustLoad(t, s, 1))
	commit(t, s, 1, 8)
	wantErr(t, "again", s.Commit(t.Context(), 1, batch(8)), work.ErrBehind)
}

func testFeed(t *testing.T, s work.Store) {
	ctx := t.Context()
	create(t, s, full(1))
	since := func(seq work.Seq, want ...work.Batch) {
		t.Helper()
		got, err := s.Since(ctx, 1, seq)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("since %d: want -, got +:\n%s", seq, diff)
		}
	}
	gap := func(seq work.Seq) {
		t.Helper()
		_, err := s.Since(ctx, 1, seq)
		wantErr(t, fmt.Sprint("since ", seq), err, work.ErrGap)
	}
	since(7)
	gap(6)
	gap(8)
	var all []work.Batch
	for i, c := range changesOf() {
		b := batch(work.Seq(8+i), c, changesOf()[0])
		if err := s.Commit(ctx, 1, b); err != nil {
			t.Fatal(err)
		}
		all = append(all, *b)
	}
	last := work.Seq(7 + len(all))
	since(7, all...)
	since(10, all[3:]...)
	since(last-1, all[len(all)-1])
	since(last)
	gap(6)
	gap(last + 1)

	if gone, err := s.Prune(ctx, 1, 5); err != nil || gone != int64(len(all)-5) {
		t.Fatalf("prune: %d, %v", gone, err)
	}
	since(last-5, all[len(all)-5:]...)
	since(last-4, all[len(all)-4:]...)
	gap(last - 6)
	gap(7)
	if _, err := s.Prune(ctx, 1, 0); err != nil {
		t.Fatal(err)
	}
	since(last)
	gap(last - 1)
	commit(t, s, 1, last+1)
	since(last, *batch(last + 1))
}

func testTokens(t *testing.T, s work.Store) {
	ctx := t.Context()
	create(t, s, full(1))
	create(t, s, full(2))
	for id := work.AccountID(1); id <= 2; id++ {
		got, err := s.TokenAccount(ctx, full(id).Tokens[1].Hash)
		if err != nil || got != id {
			t.Errorf("account of token = %d, %v; want %d", got, err, id)
		}
	}
	_, err := s.TokenAccount(ctx, hash("nobody's"))
	wantErr(t, "unknown hash", err, work.ErrNoAccount)
	_, err = s.TokenAccount(ctx, nil)
	wantErr(t, "no hash", err, work.ErrNoAccount)

	later := day.Add(time.Hour)
	touch := map[work.TokenID]time.Time{1: later, 2: later, 99: later}
	if err := s.TouchTokens(ctx, 1, touch); err != nil {
		t.Fatal(err)
	}
	if err := s.TouchTokens(ctx, 1, map[work.TokenID]time.Time{1: day}); err != nil { // another node, late
		t.Fatal(err)
	}
	if err := s.TouchTokens(ctx, 1, nil); err != nil {
		t.Fatal(err)
	}
	want := full(1)
	want.Tokens[0].LastUsed, want.Tokens[1].LastUsed = later, later
	same(t, "touched", want, mustLoad(t, s, 1))
	same(t, "not touched", full(2), mustLoad(t, s, 2))
}

// auditLine is a line of the audit with a value in every field.
func auditLine(id string, at time.Duration, user work.UserID, action, changes string) *work.Audit {
	return &work.Audit{ID: id, At: day.Add(at), User: user, Token: 3, From: "2001:db8::1", Action: action, Changes: changes}
}

func testAudit(t *testing.T, s work.Store) {
	create(t, s, full(1))
	create(t, s, full(2))
	lines := []*work.Audit{
		auditLine("a", 0, 1, "user.invite", `[{"kind":"user","name":"Ärger <b> %_\\"}]`),
		auditLine("b", time.Hour, 2, "", hostile),
		auditLine("c", time.Hour, 1, "user.role", `[]`), // at the same moment
		auditLine("d", 2*time.Hour, 0, "user.role", `[]`),
		{ID: "e", At: day.Add(3 * time.Hour)},
	}
	var changes []work.Change
	for _, l := range lines {
		changes = append(changes, work.Change{Audit: l})
	}
	commit(t, s, 1, 8, append(changes, work.Change{Team: &work.Team{ID: 70}})...)
	commit(t, s, 2, 8, work.Change{Audit: auditLine("other", 0, 1, "user.role", `[]`)})
	found := func(what string, q work.AuditQuery, most int, want ...string) {
		t.Helper()
		var got []string
		if err := s.Audit(t.Context(), 1, q, func(a *work.Audit) bool {
			got = append(got, a.ID)
			return len(got) < most
		}); err != nil {
			t.Fatal(err)
		}
		equal(t, what, want, got)
	}
	found("all", work.AuditQuery{}, 99, "e", "d", "c", "b", "a")
	found("the first", work.AuditQuery{}, 2, "e", "d")
	found("of users", work.AuditQuery{Users: []work.UserID{1, 2}}, 99, "c", "b", "a")
	found("of the server", work.AuditQuery{Users: []work.UserID{0}}, 99, "e", "d")
	found("of nobody", work.AuditQuery{Users: []work.UserID{}}, 99)
	found("actions", work.AuditQuery{Actions: []string{"user.role", "x"}}, 99, "d", "c")
	found("from", work.AuditQuery{From: day.Add(time.Hour)}, 99, "e", "d", "c", "b")
	found("between", work.AuditQuery{From: day.Add(time.Microsecond), To: day.Add(time.Hour)}, 99, "c", "b")
	found("text, whatever its case", work.AuditQuery{Text: "äRGER <B> %_\\"}, 99, "a")
	found("no such text", work.AuditQuery{Text: "%" + "x"}, 99)
	found("together", work.AuditQuery{Users: []work.UserID{1}, Actions: []string{"user.role"}, Text: "[]"}, 99, "c")
	for i := range lines {
		var got *work.Audit
		if err := s.Audit(t.Context(), 1, work.AuditQuery{From: lines[i].At, To: lines[i].At}, func(a *work.Audit) bool {
			if a.ID == lines[i].ID {
				got = a
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		equal(t, "line "+lines[i].ID, lines[i], got)
	}

	// Many pages, and none of it in the feed.
	changes = nil
	for i := range 2500 {
		changes = append(changes, work.Change{Audit: auditLine(fmt.Sprintf("m%04d", i), 5*time.Hour, 3, "many", "[]")})
	}
	commit(t, s, 1, 9, changes...)
	n := 0
	if err := s.Audit(t.Context(), 1, work.AuditQuery{Actions: []string{"many"}}, func(a *work.Audit) bool {
		if want := fmt.Sprintf("m%04d", 2499-n); a.ID != want {
			t.Fatalf("line %d is %s", n, a.ID)
		}
		n++
		return true
	}); err != nil || n != 2500 {
		t.Errorf("%d lines, %v", n, err)
	}
	feed, err := s.Since(t.Context(), 1, 7)
	if err != nil || len(feed) != 2 || len(feed[0].Changes) != 1 || len(feed[1].Changes) != 0 {
		t.Errorf("feed %+v, %v", feed, err)
	}
	mustHead(t, s, 1, 9)
}
