//go:build !race

package browser

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/console"
	"github.com/lunedi-dev/lunedi/luneditest"
)

// paths are all pages of the console with the parts of their addresses that name something filled in.
func paths(t *testing.T, with map[string]string) (all []string) {
	t.Helper()
	for _, p := range append(console.Pages(), "/nothing/here") {
		p = strings.ReplaceAll(p, "{$}", "")
		for name, id := range with {
			p = strings.ReplaceAll(p, "{"+name+"}", id)
		}
		if strings.Contains(p, "{") {
			t.Fatalf("what stands for the {…} of %s?", p)
		}
		all = append(all, p)
	}
	return all
}

// sample names what the pages of the sample account show.
var sample = map[string]string{"board": "123456789", "item": "7304401001", "doc": "60447301", "workspace": "1234567", "user": "40217302", "team": "123456", "source": "1"}

// slug names a page where slashes cannot be.
func slug(path string) string {
	return cmp.Or(strings.ReplaceAll(strings.Trim(path, "/"), "/", "-"), "home")
}

// axe is the accessibility audit.
var axe = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		return "", fmt.Errorf("no accessibility audit: %w; npm ci in internal/console/browser installs it (make deps does)", err)
	}
	return string(text), nil
})

// What the audit looks at: all there is, only colours, or all but these, which take it the longest.
const (
	everything = `{ resultTypes: ["violations"] }`
	colours    = `{ resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"] }`
	notColours = `{ resultTypes: ["violations"], rules: { "color-contrast": { enabled: false } } }`
)

// accessible fails the test for everything that the audit has to say of the page as it is.
func (b *tab) accessible(what string) {
	b.t.Helper()
	b.audit(what, everything)
}

func (b *tab) audit(what, options string) {
	b.t.Helper()
	script, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	if !eval[bool](b, `"axe" in window`) {
		eval[bool](b, script+"; true")
	}
	type node struct {
		Target  []any
		Summary string
	}
	bad := eval[[]struct {
		ID, Impact, Help string
		Nodes            []node
	}](b, `axe.run(`+options+`).then((r) => r.violations.map((v) => ({ ID: v.id, Impact: v.impact, Help: v.help,
		Nodes: v.nodes.slice(0, 4).map((n) => ({ Target: n.target, Summary: n.html.slice(0, 200) + " " + n.failureSummary })) })))`)
	for _, v := range bad {
		var where strings.Builder
		for _, n := range v.Nodes {
			at, _ := json.Marshal(n.Target) // came as JSON
			fmt.Fprintf(&where, "\n  %s: %s", at, n.Summary)
		}
		b.t.Errorf("%s is not accessible: %s (%s): %s%s", what, v.ID, v.Impact, v.Help, &where)
	}
}

// bad are the alerts that a page shows: of what it could not do.
const bad = `[...document.querySelectorAll("#page .notice.bad, #toasts .bad")].map((e) => e.innerText)`

// sound fails the test when the page complains or says that it failed.
func (b *tab) sound(what string) {
	b.t.Helper()
	for _, words := range append(b.unforgiven(), eval[[]string](b, bad)...) {
		b.t.Errorf("%s: %s", what, words)
	}
}

// TestPages opens every page as an admin: it is sound; in light and dark it is accessible; it never
// scrolls sideways, neither on a telephone nor when zoomed to 200 %. It is photographed.
func TestPages(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	const parts = 3 // at once, each with a tab of its own
	all := paths(t, sample)
	for n := range parts {
		t.Run(fmt.Sprint("part ", n+1), func(t *testing.T) {
			t.Parallel()
			b := newTab(t, srv.URL)
			b.forgive("404 for GET "+srv.URL+"/nothing/here", "410 for GET")
			if n == 0 { // nobody has signed in yet
				b.judge("/sign-in")
				b.judge("/welcome?link=none")
			}
			b.signIn("an admin")
			for i := n; i < len(all); i += parts {
				b.judge(all[i])
			}
		})
	}
}

// TestWall opens some pages on a wall of a screen.
func TestWall(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.size(3840, 2160, 1)
	for _, path := range []string{"/", "/users", "/boards/" + sample["board"]} {
		b.visit(path)
		b.fits(path + " at 4 K")
		b.picture(slug(path) + " 4K")
	}
}

// judge looks at a page in every way.
func (b *tab) judge(path string) {
	b.t.Helper()
	name := slug(path)
	b.size(1440, 900, 1)
	b.visit(path)
	b.theme("light")
	b.audit(path+", light", everything)
	b.fits(path)
	b.picture(name + " light 1440")
	b.theme("dark")
	b.audit(path+", dark", colours)
	b.picture(name + " dark 1440")
	b.size(720, 450, 1)
	b.fits(path + " at 200 %")
	b.size(360, 780, 2)
	b.fits(path + " at 360 px")
	b.picture(name + " dark 360")
	b.theme("light")
	b.picture(name + " light 360")
	b.audit(path+" at 360 px", notColours)
	b.settle()
	b.sound(path)
}

// TestRoles opens every page as everybody else. What is for admins says so.
func TestRoles(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	for _, role := range []string{"a member", "a guest", "a viewer"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, srv.URL)
			b.forgive("403 for GET "+srv.URL+"/admin", "404 for GET "+srv.URL+"/nothing/here")
			b.signIn(role)
			for _, path := range paths(t, sample) {
				asks := path == "/admin/connections/sources" || path == "/admin/connections/sources/new" // which say whom to ask
				if strings.HasPrefix(path, "/admin/") && !asks {                                         // they are one page to others
					if status := eval[int](b, `fetch("`+path+`").then((r) => r.status)`); status != http.StatusForbidden {
						t.Errorf("%s as %s: status %d", path, role, status)
					}
					continue
				}
				b.visit(path)
				if path == "/admin" {
					b.words("This page is for admins")
				}
				if asks {
					b.words("Only Network Admins can")
				}
				b.sound(path + " as " + role)
			}
		})
	}
}

// Names that want to be something else, or more than there is room for.
const (
	script  = `<script>alert(1)</script><img src=x onerror=alert(2)>`
	leftish = "مرحبا \u202eبالعالم" // right to left, with an override
)

var long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" // in one word

// hostile is an account where everything is called like that.
func hostile() string {
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) } // JSON is YAML
	most := strings.Repeat(long, 4)[:255]
	var s strings.Builder
	fmt.Fprintf(&s, "account: {name: %s}\nusers:\n", quoted(script))
	roles := []string{"admin", "member", "guest", "view_only"}
	for i, role := range roles {
		fmt.Fprintf(&s, "  - {id: %d, name: %s, email: u%d@example.com, role: %s, title: %s, location: %s, phone: %s}\n", i+1,
			quoted([]string{script, most, leftish, script}[i]), i+1, role, quoted(most), quoted(script), quoted(leftish))
	}
	s.WriteString("teams:\n")
	for i, name := range []string{script, most, leftish} {
		fmt.Fprintf(&s, "  - {id: %d, name: %s, users: [1, 2], owners: [1]}\n", i+10, quoted(name))
	}
	s.WriteString("workspaces:\n")
	for i, name := range []string{script, most, leftish} {
		fmt.Fprintf(&s, "  - {id: %d, name: %s, kind: open, description: %s, owners: [1], subscribers: [2]}\n", i+20, quoted(name), quoted(name))
	}
	s.WriteString("boards:\n")
	for i, name := range []string{script, most, leftish} {
		fmt.Fprintf(&s, "  - id: %d\n    name: %s\n    description: %s\n    kind: share\n    workspace: %d\n    owners: [1]\n    subscribers: [2, 3]\n", i+30, quoted(name), quoted(name), i+20)
		fmt.Fprintf(&s, "    groups:\n      - {id: g, title: %s, color: done_green}\n", quoted(name))
		fmt.Fprintf(&s, "    columns:\n      - {id: name, type: name, title: Name}\n      - {id: text, type: text, title: %s}\n      - {id: who, type: people, title: %s}\n", quoted(name), quoted(name))
		fmt.Fprintf(&s, "    items:\n      - id: %d\n        name: %s\n        group: g\n        values: {text: %s, who: 2}\n        updates:\n          - {by: 1, body: %s}\n",
			i+40, quoted(name), quoted(name), quoted(name))
	}
	s.WriteString("docs:\n")
	for i, name := range []string{script, most, leftish} {
		fmt.Fprintf(&s, "  - {id: %d, object_id: %d, name: %s, owners: [1], blocks: [{text: %s}, {type: large_title, text: %s}, {type: code, text: %s}, {type: check_list, text: %s}]}\n", i+70, i+60,
			quoted(name), quoted(name), quoted(name), quoted(name), quoted(name))
	}
	return s.String()
}

// TestHostileNames opens every page of that account: nothing runs, nothing sticks out, names are text.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t, luneditest.SeedText(hostile()))
	for i, kind := range []string{"script", "long", "leftish"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, srv.URL)
			b.forgive("404 for GET " + srv.URL + "/nothing/here")
			b.visit("/sign-in")
			b.click("button", "As "+script+", an admin")
			b.at("/")
			b.words(script) // the account's
			at := func(n int) string { return fmt.Sprint(n + i) }
			for _, path := range paths(t, map[string]string{"board": at(30), "item": at(40), "doc": at(60), "workspace": at(20), "user": at(1), "team": at(10), "source": "1"}) {
				if i > 0 && !strings.ContainsAny(path, "0123456789") {
					continue // it shows all names at once, and has been seen
				}
				b.size(1440, 900, 1)
				b.visit(path)
				b.fits(path + " of an account of hostile names")
				b.size(360, 780, 2)
				b.fits(path + " of an account of hostile names at 360 px")
				if strings.Contains(path, at(30)) || strings.Contains(path, "s/") || i == 0 {
					b.picture("hostile " + kind + " " + path + " 360")
				}
				b.sound(path)
			}
		})
	}
}
