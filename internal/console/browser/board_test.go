//go:build !race

package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/lunedi-dev/lunedi/luneditest"
)

const goals = "/boards/123456789"

// dblclick does what a mouse does to a cell: the first click goes there, the second opens it.
func (b *tab) dblclick(role, name string) {
	b.t.Helper()
	b.click(role, name)
	b.click(role, name)
}

// TestBoardLooks photographs boards with every type of column, and an item.
func TestBoardLooks(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	look := everything // at the first; the others differ in what is in the cells
	for _, id := range []string{"1234567890", "123456789", "60447102", "60447105", "60447104", "60447115", "60447116"} {
		b.size(1440, 900, 1)
		b.visit("/boards/" + id)
		b.theme("light")
		b.audit("board "+id, look)
		b.picture("board " + id + " light 1440")
		b.theme("dark")
		b.picture("board " + id + " dark 1440")
		b.audit("board "+id+", dark", colours)
		b.size(360, 780, 2)
		b.picture("board " + id + " dark 360")
		b.fits("board " + id)
		b.sound("board " + id)
		look = colours
	}
	b.size(1440, 900, 1)
	b.theme("light")
	b.visit(goals + "/pulses/7304401001")
	b.see("button", "Reply to the update by …")
	b.picture("item light 1440")
	b.accessible("an item")
	b.click("tab", "Activity")
	b.words("changed So far")
	b.picture("item activity 1440")
	b.click("tab", "Files")
	b.theme("dark")
	b.size(360, 780, 2)
	b.fits("an item")
	b.picture("item dark 360")
	b.accessible("an item, dark")
}

// TestBoardWork does on a board what people do all day.
func TestBoardWork(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit(goals)

	b.click("button", "New item") // the first group's row to write in
	b.focus("textbox", "Add item to 2026")
	b.write("Open a shop in Lyon")
	b.press("Enter")
	b.see("rowheader", "Open a shop in Lyon")
	b.see("gridcell", "2026 6 items")
	b.press("Escape", "Up") // from the row of the new item on by keys alone
	b.focus("rowheader", "Open a shop in Lyon")
	b.press("Right", "Right", "Enter")
	b.see("option", "At risk")
	b.picture("board editing a status")
	b.press("Down", "Enter")
	b.gone("option", "At risk")
	b.focus("gridcell", "At risk")
	b.press("Left", "Enter")
	b.write("Hannah")
	b.see("option", "…Hannah Weiß…")
	b.press("Enter")
	b.focus("gridcell", "Hannah Weiß")
	b.press("Right", "Right", "Enter")
	b.see("dialog", "Edit Time of Open a shop in Lyon")
	b.picture("board editing a timeline")
	b.press("Escape")
	b.focus("gridcell", "Time: empty")
	b.press("Right", "Enter")
	b.write("12x")
	b.press("Enter")
	b.see("alert", "…")
	b.picture("board refused")
	b.press("Escape", "Enter")
	b.write("12")
	b.press("Enter")
	b.focus("gridcell", "12")
	b.press(kb.Delete)
	b.words("Cleared: Target")
	b.click("button", "Undo")
	b.see("gridcell", "12")

	b.click("button", "Menu of Open a shop in Lyon")
	b.picture("board menu of an item")
	b.click("menuitem", "Move to group")
	b.click("button", "Move")
	b.see("gridcell", "2026 5 items")
	b.see("gridcell", "2027 3 items")
	b.dblclick("rowheader", "Open a shop in Lyon")
	b.see("dialog", "Edit Goal of Open a shop in Lyon")
	b.write("Open a shop in Nice")
	b.press("Enter")
	b.focus("rowheader", "Open a shop in Nice")
	b.press("o")
	b.see("dialog", "Item Open a shop in Nice")
	b.click("textbox", "Write an update")
	b.write("1 < 2 & so on")
	b.click("button", "Update")
	b.words("1 < 2 & so on")
	b.click("button", "Like the update by Marta Lindqvist, 0 likes")
	b.see("button", "Take back the like of the update by Marta Lindqvist, 1 like")
	b.click("button", "Reply to the update by Marta Lindqvist")
	b.write("Indeed")
	b.click("button", "Reply")
	b.see("button", "Delete the reply by Marta Lindqvist")
	b.click("button", "Pin the update by Marta Lindqvist")
	b.see("button", "Unpin the update by Marta Lindqvist")
	b.picture("item at work")
	b.click("button", "Close item")
	b.at(goals)

	b.click("button", "Menu of the column Target")
	b.click("menuitem", "Sort descending")
	b.see("button", "Remove the order")
	b.words("Sorted by Target ↓")
	b.click("button", "Remove the order")
	b.click("button", "Filter")
	b.click("button", "Next")
	b.click("textbox", "Value")
	b.write("Nice")
	b.click("button", "Apply")
	b.words("1 item")
	b.gone("rowheader", "Deliver 300 bicycles")
	b.picture("board filtered")
	b.click("searchbox", "Search items on the board")
	b.write("zzz")
	b.words("No item is like this.")
	b.comes(`document.querySelector(".board-box").offsetHeight === 0`) // no empty frame
	eval[bool](b, `document.activeElement.select(), true`)
	b.press(kb.Delete)
	b.see("rowheader", "Open a shop in Nice")
	b.click("button", "Remove the filter Goal contains Nice")
	b.see("rowheader", "Deliver 300 bicycles")

	b.click("button", "Board menu")
	b.click("menuitem", "Add column")
	b.write("Budget")
	b.press("Tab", "n", "u")
	b.click("button", "Add column")
	b.see("columnheader", "…Budget…")
	b.click("button", "Board menu")
	b.click("menuitem", "Add group")
	b.write("2028")
	b.press("Enter")
	b.see("gridcell", "2028 0 items")
	b.click("button", "…Members 4")
	b.see("button", "Add people")
	b.picture("board members")
	b.accessible("the members of a board")
}

// TestBoardReadOnly shows a viewer and a guest what they may and why not more.
func TestBoardReadOnly(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a viewer")
	b.visit(goals)
	b.see("button", "Why? View only")
	b.gone("button", "Add column")
	b.gone("textbox", "Add item to 2026")
	b.dblclick("gridcell", "Tomasz Zieliński")
	b.picture("board as a viewer")
	b.press("Escape")
	b.click("button", "Why? View only")
	b.see("dialog", "Why not…")
	b.picture("board why")

	g := newTab(t, srv.URL)
	g.signIn("a guest")
	g.visit("/boards/60447107")
	g.see("button", "Why? You may change items")
	g.see("textbox", "Add item to …")
	g.gone("button", "Add column")
	g.picture("board as a guest")
	g.sound("a board as a guest")
}

// TestSubitems shows the subitems of an item below it, adds one and opens it.
func TestSubitems(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a member")
	b.visit("/boards/1234567890")
	b.click("rowheader", "Gravel frame, steel")
	b.press("Shift+Right")
	b.see("rowheader", "Geometry")
	b.click("textbox", "Add subitem to Gravel frame, steel")
	b.write("Paint it")
	b.press("Enter")
	b.see("rowheader", "Paint it")
	b.accessible("subitems")
	b.picture("board subitems")
	b.press("Escape", "Up")
	b.focus("rowheader", "Paint it")
	b.press("Right", "Right", "Enter")
	b.press("Down", "Enter")
	b.gone("dialog", "Edit …")
	b.press("o")
	b.see("dialog", "Item Paint it")
	b.see("button", "Gravel frame, steel")
	b.press("Escape")
	b.at("/boards/1234567890")
	b.click("button", "Hide subitems of Gravel frame, steel")
	b.gone("rowheader", "Paint it")
	b.focus("rowheader", "Gravel frame, steel")
	b.click("button", "Show subitems of Fork with inside cables")
	b.see("textbox", "Add subitem to Fork with inside cables")
	b.focus("rowheader", "Fork with inside cables")
	b.sound("subitems")
}

// TestTelephone goes where a telephone has no room to show the way beside the page: over the menu, and to subitems
// over their item.
func TestTelephone(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a member")
	b.size(360, 780, 2)
	b.visit("/boards/1234567890")
	b.click("button", "Menu")
	b.comes(`(() => { const top = document.querySelector(".top").getBoundingClientRect(), side = document.querySelector("#side").getBoundingClientRect(); return side.top === top.bottom && side.bottom === innerHeight; })()`)
	b.picture("menu 360")
	const shut = `document.querySelector("#side").offsetHeight === 0`
	b.press("Escape")
	b.comes(shut)
	b.focus("button", "Menu")
	b.press("Enter")
	b.see("link", "Teams")
	b.drag(330, 400, 330, 400) // a click beside it
	b.comes(shut)
	b.click("button", "Menu")
	b.click("link", "Teams")
	b.at("/teams")
	b.forgive("Choose who is in the team")
	b.click("button", "Create team")
	b.write("Night shift")
	b.press("Enter")
	b.words("Choose who is in the team, or check that it may be empty.")
	b.focus("combobox", "Members")

	b.visit("/boards/1234567890")
	b.click("button", "Open Gravel frame, steel")
	b.click("tab", "Subitems")
	b.see("button", "Geometry")
	b.click("textbox", "Add subitem to Gravel frame, steel")
	b.write("Paint it")
	b.press("Enter")
	b.see("button", "Paint it")
	b.focus("textbox", "Add subitem to Gravel frame, steel")
	b.accessible("the subitems of an item")
	b.fits("the subitems of an item")
	b.picture("item subitems 360")
	b.click("button", "Menu of Gravel frame, steel")
	b.see("menuitem", "Duplicate")
	b.gone("menuitem", "Open") // it is
	b.press("Escape")
	item := eval[string](b, "location.pathname")
	b.click("button", "Paint it")
	b.see("dialog", "Item Paint it")
	b.gone("tab", "Subitems")
	b.click("button", "Gravel frame, steel")
	b.at(item)
	b.see("dialog", "Item Gravel frame, steel")
	b.sound("an item on a telephone")
}

// TestItemFiles puts files into a column and on an update.
func TestItemFiles(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/boards/60447116")
	b.click("button", "Open Devika Menon")
	choose := func(label, name string) {
		eval[bool](b, `(() => { const to = document.querySelector('[aria-label="`+label+`"]'), files = new DataTransfer();
			files.items.add(new File(["hello"], "`+name+`", { type: "text/plain" })); to.files = files.files; to.dispatchEvent(new Event("change")); return true })()`)
	}
	b.click("button", "Change Phone") // beside a link that is followed
	b.see("dialog", "Edit Phone of Devika Menon")
	b.press("Escape")
	b.focus("button", "Change Phone")
	b.click("tab", "Files")
	b.see("link", "Letter")
	choose("Add files to Letter", "notes.txt")
	b.see("link", "notes.txt")
	b.click("tab", "Updates")
	b.click("textbox", "Write an update")
	b.write("With a file")
	choose("Attach files", "more <b>.txt")
	b.click("button", "Update")
	b.see("link", "more <b>.txt")
	b.picture("item with files")
	b.accessible("an item with files")
	if got := eval[string](b, `fetch([...document.querySelectorAll("a.chip")].find((a) => a.textContent.startsWith("more")).href).then((r) => r.text())`); got != "hello" {
		t.Errorf("the file holds %q", got)
	}
	b.sound("files")
}

// many is an account with a board of ten thousand items.
func many() string {
	s := "account: {name: Many}\nusers:\n  - {id: 1, name: Ann, email: a@example.com, role: admin}\nboards:\n  - id: 30\n    name: Many\n    kind: public\n    owners: [1]\n    groups:\n      - {id: g, title: First}\n      - {id: h, title: Second}\n" +
		"    columns:\n      - {id: name, type: name, title: Name}\n      - {id: text, type: text, title: Text}\n      - {id: n, type: numbers, title: N}\n    items:\n"
	for i := range 10000 {
		s += fmt.Sprintf("      - {id: %d, name: Item %d, group: %s, values: {text: t%d, n: %d}}\n", 100+i, i, []string{"g", "h"}[i/9000], i%7, i)
	}
	return s
}

// TestBoardOfMany shows ten thousand items without having them all in the page.
func TestBoardOfMany(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t, luneditest.SeedText(many()))
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/boards/30")
	b.see("gridcell", "First 9,000 items")
	if n := eval[int](b, `document.querySelectorAll("[role=row]").length`); n > 100 {
		t.Errorf("%d rows are in the page", n)
	}
	b.click("rowheader", "Item 3")
	b.press("PageDown")
	eval[bool](b, `document.querySelector(".board-box").scrollTop = 9e9, true`)
	b.see("rowheader", "Item 9999")
	b.click("rowheader", "Item 9999")
	b.click("searchbox", "Search items on the board")
	b.write("item 8765")
	b.words("1 of 10,000 items")
	b.see("rowheader", "Item 8765")
	b.picture("board of many")
	b.click("searchbox", "Search items on the board")
	eval[bool](b, `document.activeElement.select(), true`)
	b.press(kb.Delete)
	b.see("gridcell", "First 9,000 items")

	// The titles of the group in sight stay at the top, and the names at the left.
	b.size(500, 700, 1)
	eval[bool](b, `(() => { const box = document.querySelector(".board-box"); box.scrollTop = 5000; box.scrollLeft = 200; return true })()`)
	b.comes(`(() => { const place = (e) => e.getBoundingClientRect(), box = place(document.querySelector(".board-box")), head = document.querySelector(".k-head .first"), name = document.querySelector(".k-item .first");
		return head && Math.abs(place(head).top - box.top) < 3 && Math.abs(place(head).left - box.left) < 3 && Math.abs(place(name).left - box.left) < 3 })()`)
	b.picture("board head held")
	b.accessible("a board whose head is held")
	b.click("rowheader", "Item 145")
	b.press("PageUp") // what has the focus is not covered
	b.comes(`(() => { const e = document.activeElement.getBoundingClientRect(), head = document.querySelector(".k-head .first").getBoundingClientRect(); return e.top >= head.bottom - 1 })()`)
	eval[bool](b, `document.querySelector(".board-box").scrollTop = 0, true`)
	b.comes(`document.querySelector(".held").childElementCount === 0`)
}
