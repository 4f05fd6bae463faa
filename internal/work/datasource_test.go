package work_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

const (
	authToken = "tok_of_the_source"
)

func ring(t testing.TB, keys ...byte) *work.Keyring {
	t.Helper()
	var all [][]byte
	for _, k := range keys {
		all = append(all, bytes.Repeat([]byte{k}, 32))
	}
	k, err := work.NewKeyring(all...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// withSources lets a service have data sources whose accounts are as check says.
func withSources(t testing.TB, check func(work.SourceJob) (*work.SourceAccount, error)) func(*work.Config) {
	return func(c *work.Config) {
		c.Sources = work.Sources{Keys: ring(t, 1), Endpoints: []string{"http://127.0.0.1:8080/v2"}, StartDate: worktest.StartDate,
			Check: func(_ context.Context, job work.SourceJob) (*work.SourceAccount, error) { return check(job) }}
	}
}

func wellKept(work.SourceJob) (*work.SourceAccount, error) {
	return &work.SourceAccount{ID: "500", Name: "Radwerk", UserName: "Ada", Admin: true}, nil
}

var sourceInput = work.DataSourceInput{Name: "Bikes", AuthToken: authToken, StartDate: "2024-01-01"}

// sourced is an account with a user of each role and, but for the last, a data source.
func sourced(t testing.TB, check func(work.SourceJob) (*work.SourceAccount, error)) (*work.Service, *worktest.Store, map[work.Role]work.Caller) {
	t.Helper()
	w := newWorld()
	for i, role := range workRoles {
		w.user(work.UserID(10+i), role, work.Active)
	}
	s, store := w.open(t, withSources(t, check))
	by := map[work.Role]work.Caller{}
	for i, role := range workRoles {
		by[role] = as(t, s, work.UserID(10+i))
	}
	return s, store, by
}

func added(t testing.TB, s *work.Service, by work.Caller) *work.DataSource {
	t.Helper()
	d, err := s.AddDataSource(t.Context(), by, sourceInput)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sourceActs are all that can be done with a data source.
var sourceActs = map[string]func(ctx context.Context, s *work.Service, v *work.View, by work.Caller, id work.DataSourceID) error{
	"add": func(ctx context.Context, s *work.Service, _ *work.View, by work.Caller, _ work.DataSourceID) error {
		_, err := s.AddDataSource(ctx, by, sourceInput)
		return err
	},
	"test": func(ctx context.Context, s *work.Service, _ *work.View, by work.Caller, _ work.DataSourceID) error {
		_, err := s.CheckDataSource(ctx, by, sourceInput)
		return err
	},
	"test again": func(ctx context.Context, s *work.Service, _ *work.View, by work.Caller, id work.DataSourceID) error {
		_, err := s.CheckDataSourceAgain(ctx, by, id)
		return err
	},
	"edit": func(ctx context.Context, s *work.Service, _ *work.View, by work.Caller, id work.DataSourceID) error {
		every := 2 * time.Hour
		_, err := s.EditDataSource(ctx, by, id, work.DataSourceEdit{Every: &every})
		return err
	},
	"pause": func(ctx context.Context, s *work.Service, _ *work.View, by work.Caller, id work.DataSourceID) error {
		_, err := s.PauseDataSource(ctx, by, id, false)
		return err
	},
	"sync": func(ctx context.Context, s *work.Service, _ *work.View, by work.Caller, id work.DataSourceID) error {
		_, err := s.SyncDataSource(ctx, by, id, true)
		return err
	},
	"rotate": func(ctx context.Context, s *work.Service, _ *work.View, by work.Caller, id work.DataSourceID) error {
		_, err := s.RotateSourceToken(ctx, by, id, authToken+"2")
		return err
	},
	"reseal": func(ctx context.Context, s *work.Service, _ *work.View, by work.Caller, _ work.DataSourceID) error {
		_, _, err := s.ResealDataSources(ctx, by)
		return err
	},
	"list": func(_ context.Context, _ *work.Service, v *work.View, _ work.Caller, _ work.DataSourceID) error {
		_, err := v.DataSources()
		return err
	},
	"look": func(_ context.Context, _ *work.Service, v *work.View, _ work.Caller, id work.DataSourceID) error {
		_, _, err := v.DataSource(id, 1)
		return err
	},
	"remove": func(ctx context.Context, s *work.Service, _ *work.View, by work.Caller, id work.DataSourceID) error {
		return s.RemoveDataSource(ctx, by, id, "Bikes", true)
	},
}

// sourceProbes are probes of data sources: every act by every role.
var sourceProbes = map[perm.Action]func(t *testing.T, st *stage) []attempt{
	perm.DataSourceRead: func(t *testing.T, st *stage) []attempt {
		return free(func() error { _, err := view(t, st.s, st.by).CountDataSources(); return err })
	},
	perm.DataSourceEdit: func(t *testing.T, st *stage) []attempt {
		role := workRoles[st.role]
		var out []attempt
		for name, act := range sourceActs {
			s, _, by := sourced(t, wellKept)
			d := added(t, s, by[work.Admin])
			out = append(out, attempt{name: name, seen: true, call: func() error {
				return act(t.Context(), s, view(t, s, by[role]), by[role], d.ID)
			}})
		}
		return out
	},
}

// Whom nothing is allowed is told so in the documented words, with whom to ask, and nothing has happened:
// the account is not asked, and nothing is there or gone.
func TestDataSourceRefusal(t *testing.T) {
	t.Parallel()
	asked := 0
	s, _, by := sourced(t, func(work.SourceJob) (*work.SourceAccount, error) { asked++; return wellKept(work.SourceJob{}) })
	d := added(t, s, by[work.Admin])
	asked = 0
	for _, role := range []work.Role{work.Member, work.Viewer, work.Guest} {
		for name, act := range sourceActs {
			err := act(t.Context(), s, view(t, s, by[role]), by[role], d.ID)
			e := work.ErrorOf(err)
			if e.Code != work.CodeDenied || !strings.Contains(e.Msg, "Only Network Admins can ") || !strings.Contains(e.Msg, "Contact your network admin for assistance") {
				t.Errorf("%s by a %s: %v", name, role, err)
			}
			if name == "add" && role == work.Member && e.Msg != "Only Network Admins can add data sources. Contact your network admin for assistance: admin 10" {
				t.Errorf("a member is told %q", e.Msg)
			}
			if role == work.Guest && strings.Contains(e.Msg, "admin 10") {
				t.Errorf("a guest is told of somebody it does not see: %q", e.Msg)
			}
			if _, err := view(t, s, by[role]).DataSources(); err == nil {
				t.Errorf("a %s sees the list", role)
			}
		}
	}
	info, err := view(t, s, by[work.Admin]).DataSources()
	if err != nil || len(info) != 1 || info[0].Asked != 0 || info[0].Every != time.Hour || asked != 0 {
		t.Errorf("%+v, %v; asked %d times", info, err, asked)
	}
	if n, err := view(t, s, by[work.Member]).CountDataSources(); err != nil || n != 1 {
		t.Errorf("a member counts %d, %v", n, err)
	}
	if _, err := s.AddDataSource(t.Context(), work.Caller{}, sourceInput); codeOf(err) != work.CodeUnauthenticated {
		t.Errorf("nobody: %v", err)
	}
}

// What is wrong is named, with the field and the way out.
func TestDataSourceInput(t *testing.T) {
	t.Parallel()
	s, _, by := sourced(t, wellKept)
	for name, c := range map[string]struct {
		edit         func(*work.DataSourceInput)
		field, words string
	}{
		"no token":      {func(in *work.DataSourceInput) { in.AuthToken = " " }, "auth_token", "paste the API token"},
		"two words":     {func(in *work.DataSourceInput) { in.AuthToken = "Bearer x" }, "auth_token", "copy it once more"},
		"a book":        {func(in *work.DataSourceInput) { in.AuthToken = strings.Repeat("x", 5000) }, "auth_token", "no API token has more than"},
		"no date":       {func(in *work.DataSourceInput) { in.StartDate = "" }, "start_date", "2024-01-01"},
		"american date": {func(in *work.DataSourceInput) { in.StartDate = "01/02/2024" }, "start_date", "like 2024-01-01"},
		"no such day":   {func(in *work.DataSourceInput) { in.StartDate = "2024-02-30" }, "start_date", "like 2024-01-01"},
		"future":        {func(in *work.DataSourceInput) { in.StartDate = "2999-01-01" }, "start_date", "in the future"},
		"too often":     {func(in *work.DataSourceInput) { in.Every = time.Minute }, "every", "5 minutes"},
		"too seldom":    {func(in *work.DataSourceInput) { in.Every = 1000 * time.Hour }, "every", "31 days"},
		"share":         {func(in *work.DataSourceInput) { in.CallShare = 1.5 }, "call_share", "at most 1"},
		"cap":           {func(in *work.DataSourceInput) { in.CallCap = -1 }, "call_cap", "calls a day"},
		"board":         {func(in *work.DataSourceInput) { in.Boards = []string{"1; DROP"} }, "boards", "ids are numbers"},
		"long name":     {func(in *work.DataSourceInput) { in.Name = strings.Repeat("x", 300) }, "name", "at most"},
		"inside":        {func(in *work.DataSourceInput) { in.Endpoint = "http://169.254.169.254/latest" }, "endpoint", "--source-endpoint"},
		"loopback":      {func(in *work.DataSourceInput) { in.Endpoint = "http://127.0.0.1:8080/v2?x" }, "endpoint", "--source-endpoint"},
		"a file":        {func(in *work.DataSourceInput) { in.Endpoint = "file:///etc/passwd" }, "endpoint", "no address"},
	} {
		in := sourceInput
		c.edit(&in)
		_, err := s.AddDataSource(t.Context(), by[work.Admin], in)
		e := work.ErrorOf(err)
		if (e.Code != work.CodeInvalid && e.Code != work.CodeLimit) || e.Field != c.field || !strings.Contains(e.Msg, c.words) || strings.Contains(e.Msg, authToken) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	in := sourceInput
	in.Endpoint, in.Boards = "http://127.0.0.1:8080/v2", []string{"7", "5", "7"}
	d, err := s.AddDataSource(t.Context(), by[work.Admin], in)
	if err != nil || d.Endpoint != in.Endpoint || !slices.Equal(d.Boards, []string{"5", "7"}) || d.SourceAccountName != "Radwerk" || d.Sealed != nil {
		t.Errorf("%+v, %v", d, err)
	}
}

// A token that is of no use is not kept; one whose account does not answer just now is.
func TestDataSourceCheck(t *testing.T) {
	t.Parallel()
	var acc *work.SourceAccount
	var fault error
	s, _, by := sourced(t, func(work.SourceJob) (*work.SourceAccount, error) { return acc, fault })
	admin := by[work.Admin]
	fault = &work.SourceRefused{Field: "auth_token", Code: "not_admin", Msg: "Ada is no admin: " + authToken}
	_, err := s.AddDataSource(t.Context(), admin, sourceInput)
	if e := work.ErrorOf(err); e.Code != work.CodeInvalid || e.Field != "auth_token" || e.Msg != "Ada is no admin: …" {
		t.Errorf("refused: %+v", e)
	}
	fault = errors.New("dial: " + authToken)
	if _, err := s.CheckDataSource(t.Context(), admin, sourceInput); codeOf(err) != work.CodeUnavailable || strings.Contains(err.Error(), authToken) {
		t.Errorf("not to be asked: %v", err)
	}
	d := added(t, s, admin)
	if list, err := view(t, s, admin).DataSources(); err != nil || len(list) != 1 || list[0].Status() != work.SourcePending {
		t.Errorf("%v, %v", list, err)
	}
	acc, fault = &work.SourceAccount{ID: "500", Name: "Radwerk"}, nil
	if _, err := s.RotateSourceToken(t.Context(), admin, d.ID, authToken); err != nil {
		t.Error(err)
	}
	acc = &work.SourceAccount{ID: "501", Name: "Other"}
	_, err = s.RotateSourceToken(t.Context(), admin, d.ID, authToken)
	if e := work.ErrorOf(err); e.Field != "auth_token" || !strings.Contains(e.Msg, `"Other"`) || !strings.Contains(e.Msg, `"Radwerk"`) {
		t.Errorf("of another account: %+v", e)
	}
}

// Everything that is done is in the audit, and the token nowhere.
func TestDataSourceAudit(t *testing.T) {
	t.Parallel()
	s, store, by := sourced(t, wellKept)
	admin := by[work.Admin]
	d := added(t, s, admin)
	do := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	name, start := "Radwerk", "2020-01-01"
	do(s.EditDataSource(t.Context(), admin, d.ID, work.DataSourceEdit{Name: &name, StartDate: &start}))
	do(s.PauseDataSource(t.Context(), admin, d.ID, true))
	if _, err := s.SyncDataSource(t.Context(), admin, d.ID, false); codeOf(err) != work.CodeInvalid {
		t.Errorf("run while paused: %v", err)
	}
	do(s.PauseDataSource(t.Context(), admin, d.ID, false))
	do(s.SyncDataSource(t.Context(), admin, d.ID, false))
	do(s.SyncDataSource(t.Context(), admin, d.ID, true))
	do(s.RotateSourceToken(t.Context(), admin, d.ID, authToken+"2"))
	do(s.CheckDataSourceAgain(t.Context(), admin, d.ID))
	if err := s.RemoveDataSource(t.Context(), admin, d.ID, "Bikes", true); codeOf(err) != work.CodeInvalid {
		t.Errorf("removed by a wrong name: %v", err)
	}
	do(nil, s.RemoveDataSource(t.Context(), admin, d.ID, name, true))
	lines, err := view(t, s, admin).Audit(work.AuditFilter{Page: work.All})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, l := range lines {
		said = append(said, l.Changes)
		if l.Action != "datasource.edit" || l.User != admin.User() {
			t.Errorf("%+v", l)
		}
	}
	slices.Reverse(said)
	for i, want := range []string{`"created"`, "start_date: 2024-01-01 → 2020-01-01", "paused", "resumed", "sync asked for", "full re-sync asked for",
		"auth_token rotated", "the token was tried: it is of Ada in the account Radwerk", "its data is dropped"} {
		if i >= len(said) || !strings.Contains(said[i], want) {
			t.Errorf("line %d: want %q in %q", i, want, said)
		}
	}
	snap, err := store.Load(t.Context(), acct)
	if err != nil {
		t.Fatal(err)
	}
	if len(snap.DataSources) != 1 || snap.DataSources[0].Sealed != nil || !snap.DataSources[0].Removed {
		t.Errorf("left until its data is dropped: %+v", snap.DataSources[0])
	}
	if strings.Contains(strings.Join(said, ""), authToken) {
		t.Error("the token is in the audit")
	}
	for name, act := range sourceActs { // for everybody it is gone already
		if name == "add" || name == "test" || name == "list" || name == "reseal" {
			continue
		}
		if err := act(t.Context(), s, view(t, s, admin), admin, d.ID); codeOf(err) != work.CodeNotFound {
			t.Errorf("%s of what is removed: %v", name, err)
		}
	}
}

// A token is sealed for its own source, with the newest key; older keys open it, and once it is sealed
// anew they are not needed.
func TestDataSourceKeys(t *testing.T) {
	t.Parallel()
	s, store, by := sourced(t, wellKept)
	d := added(t, s, by[work.Admin])
	other := added(t, s, by[work.Admin])
	if loaded, err := store.Load(t.Context(), acct); err != nil || bytes.Contains(loaded.DataSources[0].Sealed, []byte(authToken)) {
		t.Fatalf("in plain: %v", err)
	}
	claim := func(s *work.Service) (opens []bool) {
		t.Helper()
		runs, err := s.ClaimDataSources(t.Context(), "n", 9)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			opens = append(opens, r.Token == authToken && r.Err == nil)
			if err := s.FinishDataSource(t.Context(), r, work.SourceResult{Err: r.Err, Stopped: r.Err == nil}); err != nil {
				t.Fatal(err)
			}
		}
		return opens
	}
	keys := func(k *work.Keyring) func(*work.Config) {
		return func(c *work.Config) {
			c.Sources = work.Sources{Keys: k, StartDate: worktest.StartDate, Check: func(context.Context, work.SourceJob) (*work.SourceAccount, error) { return wellKept(work.SourceJob{}) }}
		}
	}
	both := serve(t, store, keys(ring(t, 2, 1)))
	if got := claim(both); !slices.Equal(got, []bool{true, true}) {
		t.Errorf("with both keys: %v", got)
	}
	admin := as(t, both, 10)
	if n, lost, err := both.ResealDataSources(t.Context(), admin); n != 2 || lost != 0 || err != nil {
		t.Errorf("resealed %d, %d, %v", n, lost, err)
	}
	if n, lost, err := both.ResealDataSources(t.Context(), admin); n != 0 || lost != 0 || err != nil {
		t.Errorf("resealed again %d, %d, %v", n, lost, err)
	}
	fresh := serve(t, store, keys(ring(t, 2)))
	if got := claim(fresh); !slices.Equal(got, []bool{true, true}) {
		t.Errorf("with the new key: %v", got)
	}

	// What is put where another's stands cannot be opened there.
	swapped := *mustFind(t, store, other.ID)
	swapped.Sealed = mustFind(t, store, d.ID).Sealed
	head, err := store.Head(t.Context(), acct)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Commit(t.Context(), acct, &work.Batch{Seq: head + 1, ID: "x", Changes: []work.Change{{DataSource: &swapped}}}); err != nil {
		t.Fatal(err)
	}
	if got := claim(serve(t, store, keys(ring(t, 2)))); !slices.Equal(got, []bool{true, false}) {
		t.Errorf("swapped: %v", got)
	}

	// The key is lost: what to do is said, and doing it helps.
	lost := serve(t, store, keys(ring(t, 3)))
	if _, err := lost.SyncDataSource(t.Context(), as(t, lost, 10), d.ID, false); err != nil {
		t.Fatal(err)
	}
	claim(lost)
	info, _, err := view(t, lost, as(t, lost, 10)).DataSource(d.ID, 1)
	if err != nil || info.Status() != work.SourceNeedsAttention || !strings.Contains(info.State.Problems[0].Message, "Enter the token again") {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := lost.CheckDataSourceAgain(t.Context(), as(t, lost, 10), d.ID); !strings.Contains(work.ErrorOf(err).Msg, "Enter the token again") {
		t.Errorf("%v", err)
	}
	if n, gone, err := lost.ResealDataSources(t.Context(), as(t, lost, 10)); n != 0 || gone != 2 || err != nil {
		t.Errorf("resealed %d, %d, %v", n, gone, err)
	}
	if _, err := lost.RotateSourceToken(t.Context(), as(t, lost, 10), d.ID, authToken); err != nil {
		t.Fatal(err)
	}
	if got := claim(lost); !slices.Contains(got, true) {
		t.Errorf("after it was entered again: %v", got)
	}

	// No key at all.
	none := serve(t, store, func(c *work.Config) { c.Sources.NoKey = "make one" })
	_, err = none.AddDataSource(t.Context(), as(t, none, 10), sourceInput)
	if e := work.ErrorOf(err); e.Code != work.CodeInvalid || !strings.Contains(e.Msg, "make one") {
		t.Errorf("%+v", e)
	}
	for _, bad := range [][][]byte{nil, {make([]byte, 31)}} {
		if _, err := work.NewKeyring(bad...); err == nil {
			t.Errorf("a ring of %v", bad)
		}
	}
}

func mustFind(t *testing.T, store *worktest.Store, id work.DataSourceID) *work.DataSource {
	t.Helper()
	snap, err := store.Load(t.Context(), acct)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range snap.DataSources {
		if d.ID == id {
			return d
		}
	}
	t.Fatalf("no data source %d", id)
	return nil
}
