//go:build !race

package browser

import (
	"testing"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// TestProfile edits one's profile, sets and changes a password, and ends the session of another browser.
func TestProfile(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b, other := newTab(t, srv.URL), newTab(t, srv.URL)
	other.signIn("a member")
	b.signIn("a member")
	b.visit("/")
	b.menu("My profile")
	b.at("/profile")
	b.see("heading", "My profile")

	b.click("button", "Edit profile")
	b.click("textbox", "Title")
	_ = eval[any](b, `document.activeElement.select(); null`)
	b.write("Head of <b>Frames</b>")
	b.click("button", "Save")
	b.gone("button", "Save")
	b.words("Head of <b>Frames</b>")

	password := func(button, old, next, again string) {
		t.Helper()
		b.click("button", button)
		if old != "" {
			b.click("textbox", "Present password")
			b.write(old)
		}
		b.click("textbox", "New password")
		b.write(next)
		b.click("textbox", "New password once more")
		b.write(again)
		b.press("Enter")
	}
	b.forgive("400 for POST", "Error: The two new passwords differ", "Refused: The password")
	password("Set a password", "", "a few words", "a few other words")
	b.words("The two new passwords differ.")
	b.click("button", "Cancel")
	password("Set a password", "", "short", "short")
	b.words("The password has 5 characters; it needs at least 10.")
	b.click("button", "Cancel")
	password("Set a password", "", "a few words do well", "a few words do well")
	b.words("You sign in with your e-mail address and a password.")
	password("Change password", "a wrong one", "others do as well", "others do as well")
	b.words("The password is wrong.")
	b.click("button", "Cancel")

	// Setting it has ended the session of the other browser.
	other.visit("/profile")
	other.at("/sign-in")
	other.signIn("a member")
	b.visit("/profile")
	b.click("button", "End the session from 127.0.0.1")
	b.words("Session ended")
	b.gone("button", "End the session from 127.0.0.1")
	other.visit("/profile")
	other.at("/sign-in")
	other.signIn("a member")
	other.visit("/profile")
	other.click("button", "End all others")
	other.click("button", "End them")
	other.words("1 session ended")
	b.visit("/profile")
	b.at("/sign-in")
}

// TestSecurity finds a member's session as an admin and ends it, and gives somebody without a password a link.
func TestSecurity(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	member, b := newTab(t, srv.URL), newTab(t, srv.URL)
	member.signIn("a member")
	b.signIn("an admin")
	b.visit("/admin/security")
	b.see("button", "End the session of Tomasz Zieliński")
	b.click("searchbox", "Search sessions")
	b.write("nobody is called this")
	b.words("No session is like this.")
	_ = eval[any](b, `document.activeElement.select(); null`)
	b.write("tomasz")
	b.words("1 session")
	b.click("button", "End the session of Tomasz Zieliński")
	b.words("Session ended")
	b.words("0 sessions")
	member.visit("/")
	member.at("/sign-in")

	b.click("button", "Make a sign-in link for Tomasz Zieliński")
	link := b.copied(func() { b.click("button", "Copy the link for Tomasz Zieliński") })
	member.visit(link[len(srv.URL):])
	member.see("heading", "Welcome, Tomasz Zieliński")
	member.click("textbox", "Password")
	member.write("a few words do well")
	member.press("Enter")
	member.at("/")
	b.visit("/admin/security")
	b.see("heading", "Without a password")
	b.gone("button", "Make a sign-in link for Tomasz Zieliński")
}

// TestLookAsProfile: an admin who sees the account as somebody else sees why nothing can be changed.
func TestLookAsProfile(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/users/40217302")
	b.click("button", "View as")
	b.at("/")
	b.visit("/profile")
	b.words("You see the account as")
	b.click("button", "Why? Set a password")
	b.words("Go back to yourself to change something.")
}
