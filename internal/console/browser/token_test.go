//go:build !race

package browser

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// asks sends a query with a token, and returns the status and the answer.
func asks(t *testing.T, srv *luneditest.Server, token, query string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, srv.Endpoint, strings.NewReader(`{"query":"`+query+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// works fails the test unless the token is its user's.
func works(t *testing.T, srv *luneditest.Server, token, name string) {
	t.Helper()
	if status, answer := asks(t, srv, token, "{ me { name } }"); status != http.StatusOK || !strings.Contains(answer, `"`+name+`"`) {
		t.Errorf("the token %q: status %d, %s; want %s", token, status, answer, name)
	}
}

func refused(t *testing.T, srv *luneditest.Server, token string) {
	t.Helper()
	if status, answer := asks(t, srv, token, "{ me { name } }"); status != http.StatusUnauthorized {
		t.Errorf("the token %q: status %d, %s; want 401", token, status, answer)
	}
}

// TestAdminToken goes the way of the documents, click by click: avatar, "Administration.", "Connections"
// on the left, "API" in the top menu, "Generate" in the top right, "Copy".
func TestAdminToken(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/")
	b.click("button", "…: your menu")
	b.click("menuitem", "Administration")
	b.at("/admin")
	b.click("link", "Connections")
	b.at("/admin/connections")
	b.click("link", "API")
	b.at("/admin/connections/api")
	b.inCorner("button", "Generate")
	b.click("button", "Generate")
	b.see("dialog", "Generate a new token?")
	works(t, srv, luneditest.AdminToken, "Marta Lindqvist") // nothing has happened yet
	b.click("button", "Cancel")
	b.gone("dialog", "…")
	works(t, srv, luneditest.AdminToken, "Marta Lindqvist")

	b.click("button", "Generate")
	b.see("dialog", "Generate a new token?")
	b.click("button", "Generate") // the page behind is out of reach
	b.gone("dialog", "…")
	b.gone("button", "Show") // the new one is there
	token := b.copied(func() { b.click("button", "Copy") })
	works(t, srv, token, "Marta Lindqvist")
	refused(t, srv, luneditest.AdminToken)

	// Who comes back gets it again, without another one being made.
	b.visit("/admin/connections/api")
	if again := b.copied(func() { b.click("button", "Copy") }); again != token {
		t.Errorf("copied %q, and later %q", token, again)
	}
}

// TestMemberToken goes the other way: avatar, "Developers.", "Developer" and then "My Access Tokens" at
// the top, "Show", copy.
func TestMemberToken(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a member")
	b.visit("/")
	b.click("button", "…: your menu")
	b.gone("menuitem", "Administration")
	b.click("menuitem", "Developers")
	b.at("/developers")
	b.anew(func() { b.click("link", "Developer") })
	b.at("/developers")
	b.click("link", "My Access Tokens")
	b.at("/developers/tokens")
	if shown := eval[string](b, `document.querySelector("#secret").textContent`); strings.Trim(shown, "•") != "" {
		t.Errorf("the token is shown before it is asked for: %q", shown)
	}
	b.click("button", "Show")
	b.words(luneditest.MemberToken)
	if token := b.copied(func() { b.click("button", "Copy") }); token != luneditest.MemberToken {
		t.Errorf("copied %q, want %q", token, luneditest.MemberToken)
	}
	works(t, srv, luneditest.MemberToken, "Tomasz Zieliński")
}

// TestNoToken: viewers and guests see why they have none.
func TestNoToken(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	for role, why := range map[string]string{"a viewer": "Viewers cannot use the API", "a guest": "Guests have no personal API token"} {
		b := newTab(t, srv.URL)
		b.signIn(role)
		b.visit("/")
		b.click("button", "…: your menu")
		b.click("menuitem", "Developers")
		b.at("/developers")
		b.click("link", "My Access Tokens")
		b.at("/developers/tokens")
		b.words(why)
		for _, name := range []string{"Show", "Copy", "Generate", "New token"} {
			b.gone("button", name)
		}
		// The admins' page says who it is for, and where to go instead.
		b.forgive("403 for GET")
		b.visit("/admin/connections/api")
		b.words("This page is for admins of the account, and you are " + role)
		b.words("Why you have no API token is told under")
		b.click("link", "Developers → My Access Tokens")
		b.at("/developers/tokens")
	}
}

// TestKeyboardToken is both ways again without a mouse.
func TestKeyboardToken(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	t.Run("admin", func(t *testing.T) {
		t.Parallel()
		b := newTab(t, srv.URL)
		b.visit("/")
		b.tabTo("button", "As …, an admin")
		b.press("Enter")
		b.at("/")
		b.menu("Administration")
		b.at("/admin")
		b.tabTo("link", "Connections")
		b.press("Enter")
		b.at("/admin/connections")
		b.tabTo("link", "API")
		b.press("Enter")
		b.at("/admin/connections/api")
		b.tabTo("button", "Generate")
		b.press("Enter")
		b.see("dialog", "Generate a new token?")
		b.focus("button", "Cancel") // Enter alone takes nothing back
		b.press("Tab", "Enter")
		b.gone("dialog", "…")
		b.gone("button", "Show") // the new one is there
		token := b.copied(func() { b.tabTo("button", "Copy"); b.press("Space") })
		works(t, srv, token, "Marta Lindqvist")
		refused(t, srv, luneditest.AdminToken)
	})
	t.Run("member", func(t *testing.T) {
		t.Parallel()
		b := newTab(t, srv.URL)
		b.visit("/")
		b.tabTo("button", "As …, a member")
		b.press("Space")
		b.at("/")
		b.menu("Developers")
		b.at("/developers")
		b.tabTo("link", "Developer")
		b.anew(func() { b.press("Enter") })
		b.at("/developers")
		b.tabTo("link", "My Access Tokens")
		b.press("Enter")
		b.at("/developers/tokens")
		b.tabTo("button", "Show")
		b.press("Enter")
		b.words(luneditest.MemberToken)
		b.focus("button", "Copy") // where the next step is
		if token := b.copied(func() { b.press("Enter") }); token != luneditest.MemberToken {
			t.Errorf("copied %q", token)
		}
	})
}

// TestNamedToken makes a token of its own for a program, and takes it back.
func TestNamedToken(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a member")
	b.visit("/developers/tokens")
	b.click("button", "New token")
	b.see("dialog", "New access token")
	b.write("Night job")
	b.click("checkbox", "me:read")
	b.accessible("the form of a token")
	b.click("button", "Create")
	b.see("dialog", "Your new access token")
	token := b.copied(func() { b.click("button", "Copy") })
	b.click("button", "Done")
	b.gone("dialog", "…")
	works(t, srv, token, "Tomasz Zieliński")
	works(t, srv, luneditest.MemberToken, "Tomasz Zieliński")
	if _, answer := asks(t, srv, token, "{ boards(limit: 1) { id } }"); !strings.Contains(answer, `"errors"`) {
		t.Errorf("a token with me:read alone reads boards: %s", answer)
	}
	b.words("me:read")
	b.click("button", "Revoke Night job")
	b.see("dialog", "Revoke “Night job”?")
	b.click("button", "Revoke")
	b.gone("button", "Revoke Night job")
	refused(t, srv, token)
	works(t, srv, luneditest.MemberToken, "Tomasz Zieliński")
}
