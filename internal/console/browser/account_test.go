//go:build !race

package browser

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// saved does what saves a file, and returns what is in that.
func (b *tab) saved(do func()) string {
	b.t.Helper()
	eval[bool](b, `(() => { const made = URL.createObjectURL; window.saved = []; URL.createObjectURL = (blob) => { window.saved.push(blob); return made.call(URL, blob); }; return true })()`)
	do()
	b.comes(`window.saved.length > 0`)
	return eval[string](b, `window.saved.at(-1).text()`)
}

// choose types into the field of a dialog and takes what is found at once, as people do who know the name.
func (b *tab) choose(name string) {
	b.t.Helper()
	b.write(name)
	b.press("Enter")
	b.see("button", "Take out "+name+"…")
}

// TestExport takes a board's items and the audit log along.
func TestExport(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit(goals)
	text := b.saved(func() {
		b.click("button", "Board menu")
		b.click("menuitem", "Export as CSV")
	})
	lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\r\n")
	if len(lines) != 9 || !strings.HasPrefix(lines[0], "Group,Goal,Owner,How it goes,") || !strings.HasPrefix(lines[1], "2026,Deliver 300 bicycles,Tomasz Zieliński,On track,") {
		t.Errorf("the board as CSV: %q", lines)
	}
	b.visit("/admin/audit")
	text = b.saved(func() { b.click("button", "Export CSV") })
	if head, rest, _ := strings.Cut(text, "\n"); !strings.Contains(head, ",") || !strings.Contains(rest, "Marta Lindqvist") {
		t.Errorf("the audit log as CSV: %q", text)
	}
	b.words("Saved as audit-")
}

// TestGuestEdits: a guest changes items of a board that is shared, not the board, and is told why; an item that is not
// the guest's own is refused where only one's own may be changed.
func TestGuestEdits(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a guest")
	b.visit("/boards/60447117")
	b.cell("E-Tour in the snow", 1)
	b.press("Enter")
	b.see("dialog", "Edit …")
	b.press("Escape")
	b.click("rowheader", "E-Tour in the snow")
	b.press("Enter")
	b.see("dialog", "Edit … of E-Tour in the snow")
	eval[bool](b, `document.activeElement.select(), true`)
	b.write("E-Tour in the rain")
	b.press("Enter")
	b.focus("rowheader", "E-Tour in the rain")
	b.gone("button", "Add column")
	b.press("Up", "Up") // over the item before it, to the column's title
	b.click("button", "Board menu")
	b.click("menuitem", "Add group…")
	b.see("dialog", "Why not…")
	b.picture("guest why")
	b.press("Escape")
	b.gone("dialog", "Why not…")
}

// assigned is an account with a board on which people may change what is theirs.
const assigned = `
account: {name: Assigned}
users:
  - {id: 1, name: Ann, email: a@example.com, role: admin}
  - {id: 2, name: Gus, email: g@example.com, role: guest}
boards:
  - id: 30
    name: Shared
    kind: share
    permissions: assignee
    owners: [1]
    subscribers: [2]
    groups: [{id: g, title: First}]
    columns: [{id: name, type: name, title: Name}, {id: who, type: people, title: Who}, {id: text, type: text, title: Text}]
    items:
      - {id: 40, name: Of Gus, group: g, values: {who: 2, text: old}}
      - {id: 41, name: Of Ann, group: g, values: {who: 1, text: old}}
`

// TestGuestAssigned: where people may change what is assigned to them, the rest is refused in the service's words, and
// who may is one click away.
func TestGuestAssigned(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t, luneditest.SeedText(assigned))
	b := newTab(t, srv.URL)
	b.signIn("a guest")
	b.visit("/boards/30")
	change := func(item, to string) {
		t.Helper()
		b.cell(item, 2)
		b.press("Enter")
		b.see("dialog", "Edit Text of "+item)
		eval[bool](b, `document.activeElement.select(), true`)
		b.write(to)
		b.press("Enter")
	}
	change("Of Gus", "new")
	b.focus("gridcell", "new")
	change("Of Ann", "mine now")
	b.see("alert", "…")
	b.click("button", "Why?")
	b.see("dialog", "Why not…")
	b.words("Everybody may change the items assigned to them")
	b.picture("guest refused")
}

// TestArchive puts an item, a group and a board away: they are gone from where they were, and what is archived says so.
func TestArchive(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit(goals)
	b.click("button", "Menu of 400 bicycles")
	b.click("menuitem", "Archive")
	b.see("dialog", "Archive 400 bicycles?")
	b.click("button", "Archive")
	b.gone("rowheader", "400 bicycles")
	b.words("Archived: 400 bicycles")
	b.click("button", "Menu of the group 2027")
	b.click("menuitem", "Archive group")
	b.click("button", "Archive group")
	b.gone("rowheader", "A gravel bicycle for the fair")
	b.click("button", "Board menu")
	b.click("menuitem", "Archive board")
	b.click("button", "Archive board")
	b.at("/")
	b.gone("link", "Company Goals…")
	b.visit(goals)
	b.words("Archived")
	b.see("button", "Why? New item")
	b.dblclick("rowheader", "Deliver 300 bicycles")
	b.words("The board is not active.")
	b.sound("an archived board")
}

// TestMembers puts people and teams on a board, into a workspace and into a team, and takes them out, by clicks.
func TestMembers(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")

	b.visit(goals)
	b.click("button", "…Members 4")
	b.click("button", "Add people")
	b.choose("Hannah Weiß")
	b.click("button", "Add")
	b.see("button", "Remove: Hannah Weiß")
	b.click("button", "Add teams")
	b.choose("Workshop")
	b.click("button", "Add")
	b.see("button", "Remove: Workshop")
	b.click("button", "Remove: Hannah Weiß")
	b.gone("button", "Remove: Hannah Weiß")
	b.click("button", "Close")
	b.see("button", "…Members 4")

	b.visit("/workspaces/" + sample["workspace"])
	b.click("button", "Add people")
	b.choose("Hannah Weiß")
	b.click("button", "Add")
	b.click("button", "Make owner: Hannah Weiß")
	b.see("button", "Make member: Hannah Weiß")
	b.click("button", "Remove: Hannah Weiß")
	b.click("button", "Remove")
	b.gone("button", "Remove: Hannah Weiß")
	b.click("button", "Add teams")
	b.choose("Sales")
	b.click("button", "Add")
	b.see("button", "Remove: Sales")

	b.visit("/teams/" + sample["team"])
	b.click("button", "Add people")
	b.choose("Kwame Boateng")
	b.click("button", "Add")
	b.click("button", "Make owner: Kwame Boateng")
	b.see("button", "Remove as owner: Kwame Boateng")
	b.click("button", "Remove: Kwame Boateng")
	b.click("button", "Remove")
	b.gone("button", "Remove: Kwame Boateng")
	b.sound("members")
}

// TestActivate shuts somebody out and lets them in again.
func TestActivate(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/users/" + sample["user"])
	b.click("button", "Deactivate")
	b.see("dialog", "Deactivate Tomasz Zieliński?")
	b.click("button", "Deactivate")
	b.see("button", "Activate")
	if status, answer := asks(t, srv, luneditest.MemberToken, "{ me { name } }"); status != http.StatusForbidden {
		t.Errorf("the token of somebody who was shut out: status %d, %s", status, answer)
	}
	b.click("button", "Activate")
	b.see("button", "Deactivate")
	works(t, srv, luneditest.MemberToken, "Tomasz Zieliński")
}
