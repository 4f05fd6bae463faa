//go:build !race

package browser

import (
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// TestDoc reads a doc and writes in it.
func TestDoc(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/")
	b.press("/")
	b.write("monday meeting")
	b.see("link", "Monday meeting doc")
	b.press("Enter")
	b.at("/docs/60447301")
	b.see("heading", "Who does what")
	b.picture("doc light 1440")

	b.click("checkbox", "Oliver finds snow")
	b.comes(`[...document.querySelectorAll(".done")].some((e) => e.textContent === "Oliver finds snow")`)
	b.click("button", "Edit 16 November")
	b.focus("textbox", "Edit: Heading")
	eval[bool](b, `document.activeElement.select(), true`)
	b.write("17 November <b>")
	b.picture("doc editing 1440")
	b.accessible("a doc while it is written")
	b.press("Ctrl+Enter")
	b.see("heading", "17 November <b>")
	b.focus("button", "Edit 17 November <b>")
	b.press("Tab", "Enter")
	b.focus("textbox", "Write below")
	b.write("All of it in **bold**")
	b.press("Ctrl+Enter")
	b.comes(`[...document.querySelectorAll(".doc strong")].some((e) => e.textContent === "bold")`)
	b.focus("button", "Edit All of it in bold")
	b.press("Enter") // its looks stay when its words change
	b.focus("textbox", "Edit: Text")
	b.press("Home")
	b.write("Now ")
	b.press("Ctrl+Enter")
	b.comes(`[...document.querySelectorAll(".doc p")].some((e) => e.innerHTML === "Now All of it in <strong>bold</strong>")`)
	b.press("Tab", "Tab", "Enter")
	b.see("dialog", "Delete this part of the doc?")
	b.click("button", "Delete")
	b.gone("button", "Edit Now All of it in bold")
	b.click("textbox", "Write something")
	b.write("The end")
	b.click("button", "Add")
	b.words("The end")
	if text := b.copied(func() { b.click("button", "Copy as Markdown") }); !strings.HasPrefix(text, "# Monday meeting\n") || !strings.HasSuffix(text, "The end\n") {
		t.Errorf("copied %q", text)
	}
	b.click("button", "Rename")
	b.see("dialog", "Rename doc")
	eval[bool](b, `document.activeElement.select(), true`)
	b.write("Tuesday meeting")
	b.press("Enter")
	b.see("heading", "Tuesday meeting")
	b.sound("a doc")

	// Who may not write in it reads it, and is told why.
	v := newTab(t, srv.URL)
	v.signIn("a viewer")
	v.visit("/docs/60447301")
	v.see("heading", "Tuesday meeting")
	v.gone("button", "Edit …")
	v.gone("textbox", "Write something")
	v.click("button", "Why? Write something")
	v.see("dialog", "Why not…")

	b.click("button", "Delete doc")
	b.see("dialog", "Delete the doc Tuesday meeting?")
	b.click("button", "Delete doc")
	b.gone("button", "Copy as Markdown")
	v.visit("/docs/60447301")
	v.words("There is no such doc")
}

// TestDocMade makes one in a workspace, and one in a column.
func TestDocMade(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/workspaces/" + sample["workspace"])
	b.click("button", "Create doc")
	b.write("Minutes")
	b.press("Enter")
	b.see("heading", "Minutes")
	b.words("Nothing has been written yet.")
	b.click("textbox", "Write something")
	b.write("# First")
	b.press("Ctrl+Enter")
	b.see("heading", "First")

	b.visit("/boards/1234567890")
	b.cell("Mount for the new battery", 12)
	b.focus("gridcell", "Specification: empty")
	b.press("Enter")
	b.see("button", "Make a doc")
	b.press("Enter")
	b.see("button", "Copy as Markdown")
	b.visit("/boards/1234567890")
	b.cell("Gravel frame, steel", 12)
	b.press("Enter")
	b.click("link", "Open the doc")
	b.at("/docs/60447303")
	b.words("Carry 40 kg of bags")
}
