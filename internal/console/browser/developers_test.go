//go:build !race

package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/lunedi-dev/lunedi/luneditest"
)

const (
	answerShown = `document.querySelector(".answer").textContent`
	document    = `document.querySelector(".editor textarea").value`
)

// comes waits until an expression is true.
func (b *tab) comes(expression string) {
	b.t.Helper()
	b.until(expression, func(ctx context.Context) error {
		if is, err := evaluate[bool](ctx, expression); err != nil || is {
			return err
		}
		return errors.New("it is not so")
	})
}

// TestExplorer asks with the keyboard, as oneself and with a token, and finds in the schema what to ask.
func TestExplorer(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/developers/explorer")
	b.click("textbox", "GraphQL document")
	eval[bool](b, `document.activeElement.select(), true`)
	b.write("query Mine { me { name }") // the brackets close themselves
	if got := eval[string](b, document); got != "query Mine { me { name }}" {
		t.Errorf("typed %q", got)
	}
	eval[bool](b, `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true }))`)
	b.words("200")
	b.words("complexity ")
	b.comes(answerShown + `.includes('"name": "Marta Lindqvist"')`)
	b.accessible("explorer with an answer")
	b.picture("explorer answered 1440")

	b.click("button", "Query")
	b.click("button", "Type Account")
	b.see("heading", "Account …")
	b.click("searchbox", "Find in the schema")
	b.write("next_items")
	b.see("button", "Insert next_items_page")

	b.visit("/developers/explorer") // what was there comes again, and is in the history
	if got := eval[string](b, document); !strings.Contains(got, "query Mine") {
		t.Errorf("came back to %q", got)
	}
	b.words("History (1)")
	eval[bool](b, `(() => { const s = document.querySelector("#explorer-as"); s.value = "token"; s.dispatchEvent(new Event("change")); return true; })()`)
	b.click("button", "Run")
	b.words("Give the API token to ask with")
	b.click("textbox", "API token")
	b.write(luneditest.MemberToken)
	b.click("button", "Run")
	b.comes(answerShown + `.includes('"name"') && !` + answerShown + `.includes("Marta")`)
}

// TestCoverage finds what is served of the API; tables that have nothing of it are not shown.
func TestCoverage(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a member")
	b.visit("/developers/coverage")
	const shown = `[...document.querySelectorAll("#page table")].filter((e) => e.offsetHeight > 0)`
	all := eval[int](b, shown+`.length`)
	b.click("searchbox", "Find a query, field or argument")
	b.write("boards")
	b.comes(fmt.Sprintf(`%s.length < %d && %[1]s.length > 0 && %[1]s.every((e) => [...e.tBodies[0].rows].some((r) => r.offsetHeight > 0))`, shown, all))
	eval[bool](b, `document.activeElement.select(), true`)
	b.press(kb.Delete)
	b.comes(fmt.Sprintf(`%s.length === %d`, shown, all))
}

// TestRequests sees a program's request as it comes, looks at it, copies it and asks it again.
func TestRequests(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/developers/requests")
	b.words("No requests yet")
	asks(t, srv, luneditest.MemberToken, "query Seen { me { id } }")
	asks(t, srv, luneditest.AdminToken, "query Wrong { nothing }")
	b.see("button", "query Seen: details")
	b.words("2 requests")
	b.accessible("requests")
	b.picture("requests 1440")
	b.click("checkbox", "Only errors")
	b.words("1 request")
	b.gone("button", "query Seen: details")
	b.click("checkbox", "Only errors")
	b.click("button", "Pause")
	b.words("Paused")
	b.click("button", "Pause")
	b.words("2 requests")
	b.click("button", "query Seen: details")
	b.see("dialog", "query Seen")
	b.accessible("details of a request")
	b.picture("request 1440")
	if curl := b.copied(func() { b.click("button", "Copy as curl") }); !strings.Contains(curl, "'Authorization: TOKEN'") || !strings.Contains(curl, "query Seen") || strings.Contains(curl, luneditest.MemberToken) {
		t.Errorf("copied %s", curl)
	}
	b.click("button", "Replay in the explorer")
	b.at("/developers/explorer")
	b.comes(document + `.includes("query Seen")`)

	// Others see their own only.
	m := newTab(t, srv.URL)
	m.signIn("a member")
	m.visit("/developers/requests")
	m.see("button", "query Seen: details")
	m.gone("button", "…Wrong…")
}

// TestAuditPage finds in the log what was done, narrows it down and takes it along.
func TestAuditPage(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	asks(t, srv, luneditest.AdminToken, `mutation { create_team(input: {name: \"Harbour\"}, options: {allow_empty_team: true}) { id } }`)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/admin/audit")
	b.words("Harbour")
	b.words("127.0.0.1") // where it came from
	b.click("searchbox", "Find")
	b.write("no such thing")
	b.words("Nothing like this is in the log")
	eval[bool](b, `document.activeElement.select(), true`)
	b.write("harbour")
	b.words(`"Harbour"`)
	b.accessible("audit")
	b.picture("audit 1440")
	b.click("button", "Export CSV")
	b.words("Saved as audit-")
}

// TestBackupPage downloads a backup.
func TestBackupPage(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/admin/backup")
	b.click("button", "Download a backup")
	b.words("Saved as lunedi-")
}
