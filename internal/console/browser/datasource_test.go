//go:build !race

package browser

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/api"
	"github.com/lunedi-dev/lunedi/internal/console"
	"github.com/lunedi-dev/lunedi/internal/datasource"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

// radwerk is a source account as a Runner meets it: without a network, and as slow as the test wants it.
type radwerk struct {
	release chan struct{} // a run ends for each
	mu      sync.Mutex
	modes   []work.SourceMode
	drops   int
	revoked bool
}

func (r *radwerk) Check(_ context.Context, job work.SourceJob) (*work.SourceAccount, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	acc := &work.SourceAccount{ID: "500", Name: "Radwerk", Tier: "pro", UserID: "5", UserName: "Rosa Speiche", UserEmail: "rosa@radwerk.example", Admin: true, DailyLimit: 10_000, Boards: 42,
		Lost: []work.SourceProblem{{Kind: "forbidden", Board: "77", Name: "Salaries", Message: "The token's user may not open this board.", Remedy: "Add Rosa Speiche to the board, or leave it out."}}}
	switch {
	case job.Token == "tok_member":
		return nil, &work.SourceRefused{Field: "auth_token", Code: "not_admin", Msg: "The token is of Max Kette, who is no admin of Radwerk. Obtain admin privileges there, or use the token of an admin"}
	case r.revoked && job.Token == "tok_good":
		return nil, &work.SourceRefused{Field: "auth_token", Code: "unauthorized", Msg: "The account no longer knows the token"}
	}
	return acc, nil
}

func (r *radwerk) Run(ctx context.Context, _ work.SourceJob, mode work.SourceMode, progress func(work.SourceProgress)) (*work.SourceReport, error) {
	r.mu.Lock()
	r.modes = append(r.modes, mode)
	r.mu.Unlock()
	begin := time.Now()
	progress(work.SourceProgress{Pass: "directory", Done: 12, Calls: 1, End: true})
	progress(work.SourceProgress{Pass: "backfill", Board: "1", Name: "Orders", Done: 1250, Total: 5000, Calls: 9})
	rep := &work.SourceReport{Started: begin, Mode: string(mode), Outcome: work.RunComplete, Calls: 31, Points: 4200, ReadTo: begin, CompleteTo: begin,
		Counts: map[string]work.SourceCount{"boards": {New: 42}, "items": {New: 5000, Changed: 3, Same: 9, Deleted: 2}},
		Rows:   map[string]work.SourceRows{"boards": {Live: 42}, "items": {Live: 5009, Deleted: 2}}}
	select {
	case <-r.release:
	case <-ctx.Done():
		rep.Outcome, rep.Ended = work.RunPartial, time.Now()
		return rep, context.Cause(ctx)
	}
	rep.Ended = time.Now()
	return rep, nil
}

func (r *radwerk) Drop(context.Context, work.SourceJob) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drops++
	return nil
}

// serveSources starts a console with data sources that a Runner reads, and a scheduler.
func serveSources(t *testing.T) (url string, r *radwerk) {
	t.Helper()
	r = &radwerk{release: make(chan struct{}, 10)}
	ring, err := work.NewKeyring(bytes.Repeat([]byte{3}, 32))
	fatal(t, err)
	service, err := work.New(work.Config{Store: new(worktest.Store), Key: bytes.Repeat([]byte{7}, 32), Sources: work.Sources{Keys: ring, Check: r.Check, StartDate: worktest.StartDate}})
	fatal(t, err)
	t.Cleanup(service.Close)
	now := time.Now()
	person := func(id work.UserID, name string, role work.Role) *work.User {
		return &work.User{ID: id, Name: name, Email: strings.ToLower(strings.Fields(name)[0]) + "@example.com", Role: role, Status: work.Active, CreatedAt: now}
	}
	fatal(t, service.NewAccount(t.Context(), &work.Snapshot{Account: work.Account{ID: 1, Name: "Fernweh", Slug: "fernweh", FirstDay: "monday", CreatedAt: now, MainWorkspace: 9},
		Users:      []*work.User{person(1, "Marta Lindqvist", work.Admin), person(2, "Tomasz Zieliński", work.Member), person(3, "Gerda Vogt", work.Viewer), person(4, "Noor Guest", work.Guest)},
		Workspaces: []*work.Workspace{{ID: 9, Name: work.MainName, Kind: work.Open, State: work.StateActive, CreatedAt: now}}}))
	hs := httptest.NewUnstartedServer(nil)
	url = "http://" + hs.Listener.Addr().String()
	handler, err := api.New(api.Config{Service: service, PublicURL: url, SigningKey: bytes.Repeat([]byte{7}, 32)})
	fatal(t, err)
	hs.Config.Handler, err = console.New(console.Config{Service: service, API: handler.ServeAs, PublicURL: url, Sandbox: true, Version: "test"})
	fatal(t, err)
	hs.Start()
	t.Cleanup(hs.Close)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		datasource.New(datasource.Config{Service: service, Runner: r, Holder: "test", Beat: 100 * time.Millisecond}).Run(ctx)
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return url, r
}

// errNotYet tells what there is in place of what is waited for.
func errNotYet(got any) error { return fmt.Errorf("so far: %v", got) }

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put writes into a field in place of what is there.
func (b *tab) put(name, text string) {
	b.t.Helper()
	b.click("textbox", name)
	_ = eval[any](b, `document.activeElement.value = ""`)
	b.write(text)
}

// looks judges the page as it is: light and dark, wide and at 360 px.
func (b *tab) looks(what string) {
	b.t.Helper()
	b.accessible(what)
	b.picture(what)
	b.size(360, 780, 2)
	b.fits(what + " at 360 px")
	b.theme("dark")
	b.audit(what+", dark", colours)
	b.picture(what + " dark 360")
	b.theme("light")
	b.size(1440, 900, 1)
}

// TestDataSource goes the way of the documents, click by click, and then through the life of a data source.
func TestDataSource(t *testing.T) {
	t.Parallel()
	url, account := serveSources(t)
	b := newTab(t, url)
	b.signIn("an admin")
	b.visit("/")
	b.click("button", "…: your menu")
	b.click("menuitem", "Administration")
	b.at("/admin")
	b.click("link", "Connections")
	b.at("/admin/connections")
	b.click("link", "Data sources")
	b.at("/admin/connections/sources")
	b.words("There are no data sources yet.")
	b.inCorner("link", "Add monday.com")
	b.click("link", "Add monday.com")
	b.at("/admin/connections/sources/new")
	for _, words := range []string{
		"Only Network Admins can add data sources. Contact your network admin for assistance.", "You must be an admin of the data source that you connect.",
		"API token permissions", "Log into your monday.com account.", "Click on your avatar in the top right corner.", "Select Administration.", "Click Connections on the left.",
		"Select API in the top menu.", "Click Generate in the top right.", "Select Developers.", "Click Developer and then My Access Tokens at the top.", "Select Show beside the token",
		"Date of the first record to synchronise, in ISO 8601 format (eg. 2024-01-01). Items that were last changed before this date are not synchronised.", "a secure app",
	} {
		b.words(words)
	}
	b.looks("add a data source")

	// What is wrong is said, and where.
	b.forgive("400 for POST", "no date in ISO 8601", "is no admin of Radwerk")
	b.put("auth_token", "tok_member")
	b.put("start_date", "01/02/2024")
	b.size(360, 780, 2)
	b.click("button", "Test connection")
	b.words("start_date \"01/02/2024\" is no date in ISO 8601; write it like 2024-01-01")
	b.focus("textbox", "start_date")
	b.comes(`(() => { const r = document.querySelector("#page [role=alert] p").getBoundingClientRect(); return r.top > 45 && r.bottom <= innerHeight; })()`) // in sight, too
	b.size(1440, 900, 1)
	b.put("start_date", "2024-01-01")
	b.click("button", "Test connection")
	b.words("who is no admin of Radwerk")
	b.focus("textbox", "auth_token")
	b.click("button", "Add data source")
	b.words("who is no admin of Radwerk")
	b.at("/admin/connections/sources/new")
	b.accessible("a refused data source")

	b.put("auth_token", "tok_good")
	b.click("button", "Test connection")
	for _, words := range []string{"The connection works.", "Rosa Speiche, rosa@radwerk.example", "Admin of that account", "10,000, of which 8,000 are used at most", "Salaries: The token's user may not open this board."} {
		b.words(words)
	}
	b.looks("a tested data source")
	b.click("button", "Add data source")
	b.see("heading", "Radwerk")

	// It is read at once, and how far it is can be seen.
	b.words("Syncing")
	b.words("1,250 of 5,000")
	b.words("9 calls so far.")
	b.looks("a data source being read")
	account.release <- struct{}{}
	b.words("Needs attention") // the board that is out of reach
	b.words("Add Rosa Speiche to the board, or leave it out.")
	b.words("5,009")
	b.click("button", "Tables of the run that began …")
	b.words("As it was")
	b.looks("a data source")

	// Full re-sync, pause while it runs, resume.
	b.click("button", "Full re-sync")
	b.see("dialog", "Read everything anew?")
	b.click("button", "Full re-sync")
	b.words("1,250 of 5,000")
	b.click("button", "Pause")
	b.words("Nothing is read until it is resumed.")
	b.gone("button", "Sync now")
	b.see("button", "Resume")
	b.words("Partial")
	account.release <- struct{}{}
	b.click("button", "Resume")
	b.see("button", "Sync now")
	b.until("full runs", func(context.Context) error {
		account.mu.Lock()
		defer account.mu.Unlock()
		if n := len(account.modes); n != 3 || account.modes[1] != work.SourceFull || account.modes[2] != work.SourceFull {
			return errNotYet(account.modes)
		}
		return nil
	})
	b.words("Needs attention")

	// The settings.
	b.click("button", "Settings")
	b.see("dialog", "Settings of Radwerk")
	b.accessible("the settings of a data source")
	b.put("start_date", "2999-01-01")
	b.forgive("is in the future")
	b.click("button", "Save")
	b.words("is in the future")
	b.put("start_date", "2020-05-01")
	account.release <- struct{}{}
	b.click("button", "Save")
	b.gone("dialog", "…")
	b.words("2020-05-01")

	// The token is revoked there; another takes its place.
	account.mu.Lock()
	account.revoked = true
	account.mu.Unlock()
	b.click("button", "Sync now")
	b.words("Reauthorize")
	b.words("The account no longer knows the token")
	b.accessible("a data source whose token is revoked")
	account.release <- struct{}{}
	b.click("button", "Rotate token")
	b.see("dialog", "Rotate token")
	b.put("auth_token", "tok_better")
	b.click("button", "Rotate")
	b.gone("dialog", "…")
	b.gone("StaticText", "The account no longer knows the token")

	// The list, and the end of it.
	b.click("link", "← Data sources")
	b.at("/admin/connections/sources")
	b.looks("the data sources")
	b.click("link", "Radwerk")
	b.see("heading", "Radwerk")
	b.click("button", "Disconnect")
	b.see("dialog", "Disconnect Radwerk?")
	b.accessible("disconnecting")
	b.forgive("type the data source's name")
	b.put("Type the name of the data source to confirm", "Radwek")
	b.click("button", "Disconnect")
	b.words("type the data source's name, Radwerk, to remove it")
	_ = eval[any](b, `document.querySelector("#ask-drop").value = "drop"`)
	b.put("Type the name of the data source to confirm", "Radwerk")
	b.click("button", "Disconnect")
	b.at("/admin/connections/sources")
	b.words("There are no data sources yet.")
	b.until("its data is dropped", func(context.Context) error {
		account.mu.Lock()
		defer account.mu.Unlock()
		if account.drops != 1 {
			return errNotYet(account.drops)
		}
		return nil
	})
	if page := eval[string](b, `document.documentElement.outerHTML`); strings.Contains(page, "tok_") {
		t.Error("a token is on the page")
	}
}

// TestDataSourceOthers: everybody else is told whom to ask, and nothing more.
func TestDataSourceOthers(t *testing.T) {
	t.Parallel()
	url, _ := serveSources(t)
	for role, words := range map[string][]string{
		"a member": {"Only Network Admins can add data sources. Contact your network admin for assistance.", "Marta Lindqvist", "marta@example.com"},
		"a viewer": {"Only Network Admins can add data sources. Contact your network admin for assistance.", "Marta Lindqvist"},
		"a guest":  {"Only Network Admins can add data sources. Contact your network admin for assistance.", "Ask whoever has invited you"},
	} {
		b := newTab(t, url)
		b.signIn(role)
		b.visit("/admin/connections/sources")
		for _, one := range append(words, "You are "+role+" of this account.") {
			b.words(one)
		}
		b.gone("link", "Add monday.com")
		b.looks("data sources for " + role)
		b.visit("/admin/connections/sources/new")
		b.words("Only Network Admins can see data sources.")
		b.gone("button", "Add data source")
		b.forgive("403 for GET")
		b.visit("/admin/connections/sources/1")
		b.words("This page is for admins")
	}
}

// TestDataSourceKeyboard adds one without a mouse.
func TestDataSourceKeyboard(t *testing.T) {
	t.Parallel()
	url, account := serveSources(t)
	account.release <- struct{}{}
	b := newTab(t, url)
	b.signIn("an admin")
	b.visit("/admin/connections/sources")
	b.tabTo("link", "Add monday.com")
	b.press("Enter")
	b.at("/admin/connections/sources/new")
	b.tabTo("textbox", "auth_token")
	b.write("tok_good")
	b.press("Tab")
	b.focus("textbox", "start_date")
	b.write("2024-01-01")
	b.tabTo("button", "Add data source")
	b.press("Space")
	b.see("heading", "Radwerk")
	b.words("Needs attention")
	b.tabTo("button", "Pause")
	b.press("Enter")
	b.words("Nothing is read until it is resumed.")
	b.focus("button", "Resume") // not lost with the button that is gone
	b.tabTo("button", "Tables of the run that began …")
	b.press("Enter")
	b.words("As it was")
}
