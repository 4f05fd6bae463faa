//go:build !race

package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/lunedi-dev/lunedi/luneditest"
)

// cell goes to an item's value with the keys, from its name on.
func (b *tab) cell(item string, column int) {
	b.t.Helper()
	b.click("rowheader", item)
	b.press(slices.Repeat([]string{"Right"}, column)...)
}

// TestEditors changes values of each type that asks for more than words, with the keys alone.
func TestEditors(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")

	b.visit("/boards/60447102") // one item of another board
	b.cell("Tour 58 for Yannick Morel", 11)
	b.focus("gridcell", "F-26038")
	b.press("Enter")
	b.see("option", "…")
	b.picture("board editing a link")
	b.write("F-26029")
	b.press("Enter") // at once: what was typed is meant
	b.focus("gridcell", "F-26029")
	b.press(kb.Delete)
	b.words("Cleared: Order")
	b.focus("gridcell", "Order: empty")
	b.click("button", "Undo")
	b.see("gridcell", "F-26029")
	b.cell("Tour 58 for Yannick Morel", 13) // time is only told
	b.press("Enter")
	b.words("takes no times")
	b.press("Escape")
	b.focus("gridcell", "Hours of work: empty")
	b.press("End") // who entered it, and when on one's own clock
	if said := eval[string](b, `document.activeElement.textContent`); !strings.HasPrefix(said, "Isabel Ferreira Costa ") || strings.Contains(said, "UTC") {
		t.Errorf("the log of creation is told as %q", said)
	}

	b.visit("/boards/1234567890") // several items of the same board
	b.cell("Belt drive dropouts", 5)
	b.focus("gridcell", "Waits for: empty")
	b.press("Enter")
	b.write("Titanium")
	b.press("Enter")
	b.see("option", "Titanium")
	eval[bool](b, `document.activeElement.select(), true`)
	b.write("Bamboo")
	b.press("Enter", "Ctrl+Enter")
	b.focus("gridcell", "Titanium, Bamboo")
	b.press("Enter") // what is linked is there first
	b.see("option", "Titanium")
	b.press("Enter", "Ctrl+Enter")
	b.focus("gridcell", "Bamboo")
	b.press("Right", "Right", "Right", "Right", "Right")
	b.focus("gridcell", "3")
	b.press("Space")
	b.focus("gridcell", "with yours 4")
	b.press("Enter")
	b.focus("gridcell", "3")

	b.visit("/boards/60447101") // yes or no
	b.cell("A bicycle to borrow", 1)
	b.focus("gridcell", "Done: No")
	b.press("Space")
	b.focus("gridcell", "Done: Yes")
	b.press("Enter")
	b.focus("gridcell", "Done: No")
	x, y := b.middle(`[data-key="i:` + eval[string](b, `document.activeElement.closest("[data-key]").dataset.key.slice(2)`) + `"] .check`)
	b.drag(x, y, x, y) // a click on the check alone
	b.focus("gridcell", "Done: Yes")

	b.visit("/boards/60447104") // a place
	where := eval[int](b, `[...document.querySelectorAll('[role=row].k-head [role=columnheader]')].findIndex((e) => e.textContent.startsWith("Where"))`)
	b.cell("Fietsen Amstel", where)
	b.press("Enter")
	b.see("dialog", "Edit Where of Fietsen Amstel")
	b.picture("board editing a place")
	b.accessible("the editor of a place")
	b.write("Utrecht")
	b.press("Tab")
	eval[bool](b, `document.activeElement.select(), true`)
	b.write("520.9")
	b.press("Enter")
	b.see("alert", "…")
	eval[bool](b, `document.querySelectorAll(".popover input")[1].select(), document.querySelectorAll(".popover input")[1].focus(), true`)
	b.write("52.09")
	b.press("Enter")
	b.focus("gridcell", "Utrecht")
	b.press("Enter") // who may what is no reason for a server that is gone
	b.write("Breda")
	eval[bool](b, `window.fetch = () => Promise.reject(new TypeError("gone")), true`)
	b.press("Enter")
	b.words("The server does not answer. Is it running?")
	b.gone("button", "Why?")
}

// TestTeamColumn chooses a team, and makes columns that need to be told more.
func TestTeamColumn(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit(goals)
	add := func(title, kind string) {
		t.Helper()
		b.click("button", "Board menu")
		b.click("menuitem", "Add column")
		b.write(title)
		eval[bool](b, `document.querySelector("#ask-type").value = "`+kind+`", true`)
		b.click("button", "Add column")
	}
	add("Crew", "team")
	b.see("columnheader", "…Crew…")
	add("Orders", "board_relation")
	b.see("dialog", "Connect to a board")
	eval[bool](b, `document.querySelector("#ask-board").value = "60447105", true`)
	b.click("button", "Add column")
	b.see("columnheader", "…Orders…")
	b.click("rowheader", "400 bicycles")
	b.press("End")
	b.focus("gridcell", "Orders: empty")
	b.press("Left", "Enter")
	b.write("Engineering")
	b.press("Enter")
	b.focus("gridcell", "Engineering")
}

// TestColumnWidth draws a column wider with the mouse, the keys and the menu; the browser keeps it.
func TestColumnWidth(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit(goals)
	before := eval[int](b, `document.querySelector('[role=rowheader] + [role=gridcell]').offsetWidth`)
	x, y := b.middle(`.k-head [data-col="1"] .grip`)
	b.drag(x, y, x+90, y)
	wide := func(now int) {
		t.Helper()
		b.comes(fmt.Sprintf(`document.querySelector('[role=rowheader] + [role=gridcell]').offsetWidth === %d`, now))
	}
	wide(before + 90)
	b.click("columnheader", "…Owner…")
	b.press("Shift+Left", "Shift+Left")
	wide(before + 50)
	b.visit(goals)
	wide(before + 50)
	b.click("button", "Menu of the column Owner")
	b.click("menuitem", "Column width")
	b.see("dialog", "Width of Owner")
	eval[bool](b, `document.activeElement.select(), true`)
	b.press(kb.Delete, "Enter")
	wide(before)
}
