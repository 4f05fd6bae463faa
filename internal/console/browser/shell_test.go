//go:build !race

package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// serve starts lunedi serve on an empty folder, and returns its address and the link that it prints.
func serve(t *testing.T) (url, link string) {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "lunedi")
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", bin, "github.com/lunedi-dev/lunedi/cmd/lunedi").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	said, err := os.Create(filepath.Join(dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd := exec.Command(bin, "serve", "--listen", "127.0.0.1:0", "--admin-name", "Ada Harbour", "--admin-email", "ada@example.com")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
	})
	pattern := regexp.MustCompile(`(https?://[0-9a-z.:]+)(/welcome\?link=\S+)`)
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(said.Name())
		if err != nil {
			t.Fatal(err)
		}
		if m := pattern.FindSubmatch(text); m != nil && strings.Contains(string(text), "serving") {
			return string(m[1]), string(m[2])
		}
	}
	text, _ := os.ReadFile(said.Name()) // was read before
	t.Fatalf("lunedi serve does not say how to come in: %s", text)
	return "", ""
}

// TestFirstRun begins as an admin of a new server does: with the printed link, which works once.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	url, link := serve(t)
	b := newTab(t, url)
	b.visit(link)
	b.see("heading", "Welcome, Ada Harbour")
	b.accessible("the welcome page")
	b.picture("welcome")
	b.tabTo("textbox", "Password")
	b.write("short")
	b.press("Enter")
	b.see("heading", "Welcome, Ada Harbour") // the browser itself says that it is too short
	const password = "nine green bottles"
	_ = eval[any](b, `document.querySelector("#password").value = ""`)
	b.write(password)
	b.click("button", "Set the password and come in")
	b.at("/")
	b.see("button", "Ada Harbour: your menu")

	// The link is used up.
	other := newTab(t, url)
	other.forgive("410 for GET")
	other.visit(link)
	other.words("This link was used already")
	other.gone("button", "Set the password and come in")
	other.click("link", "Sign in")
	other.at("/sign-in")
	other.gone("button", "As …") // this is no sandbox

	// A wrong password is refused without a word about which of the two is wrong.
	other.forgive("401 for POST")
	wrong := func(email, password string) {
		other.visit("/sign-in")
		other.tabTo("textbox", "E-mail")
		other.write(email)
		other.press("Tab")
		other.write(password)
		other.press("Enter")
		other.see("alert", "…")
		other.words("The e-mail address or the password is wrong.")
	}
	wrong("ada@example.com", "nine green battles")
	wrong("nobody@example.com", password)
	other.accessible("a refused sign-in")

	// Who wanted to go somewhere gets there after signing in.
	other.visit("/developers/tokens?x=1")
	other.at("/sign-in")
	other.tabTo("textbox", "E-mail")
	other.write("ada@example.com")
	other.press("Tab")
	other.write(password)
	other.press("Enter")
	other.at("/developers/tokens")

	// Showing the token asks for the password once more.
	other.forgive("400 for POST", "The password is wrong")
	other.click("button", "Show")
	other.see("dialog", "Show the API token")
	other.focus("textbox", "Your password")
	other.write("nine green battles")
	other.press("Enter")
	other.words("The password is wrong.")
	other.focus("textbox", "Your password")
	_ = eval[any](other, `document.querySelector("#ask-password").value = ""`)
	other.write(password)
	other.press("Enter")
	other.gone("dialog", "…")
	other.focus("button", "Copy")

	// Logging out ends the session: its cookie is worth nothing any more.
	other.click("button", "Ada Harbour: your menu")
	other.click("menuitem", "Log out")
	other.at("/sign-in")
	other.visit("/profile")
	other.at("/sign-in")
	b.visit("/developers/tokens") // the other session goes on
	b.see("heading", "My Access Tokens")
}

// TestSearch finds things with the keyboard alone.
func TestSearch(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/")
	b.press("/")
	b.focus("searchbox", "Search boards, people and teams")
	b.write("zieli")
	b.see("link", "Tomasz Zieliński tomasz…")
	b.accessible("the search with results")
	b.settle() // what was found for the first letters may have come before what was found for all
	b.press("Down", "Enter")
	b.at("/users/40217302")

	b.press("/")
	b.write("company goals")
	b.see("link", "Company Goals board")
	b.press("Escape")
	b.gone("list", "Found")
	b.press("/")
	b.write("zzz-no-such")
	b.words("Nothing is called like this.")
	b.press("Enter") // does nothing
	b.at("/users/40217302")
}

// TestKeys shows the keys, and goes where they lead.
func TestKeys(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a member")
	b.visit("/")
	b.press("?")
	b.see("dialog", "Keyboard shortcuts")
	b.words("Go to people")
	b.accessible("the list of keys")
	b.press("Escape")
	b.gone("dialog", "…")
	b.press("g", "p")
	b.at("/users")
	b.press("g", "t")
	b.at("/teams")

	// The menu: Escape closes it and gives the focus back.
	b.tabTo("button", "…: your menu")
	b.press("Enter")
	b.see("menuitem", "Developers")
	b.accessible("the open menu")
	b.press("Down", "Escape")
	b.gone("menuitem", "…")
	b.focus("button", "Tomasz Zieliński: your menu")

	// To skip what every page has is the first thing that Tab offers.
	b.visit("/teams")
	b.tabTo("link", "Skip to content")
	b.press("Enter")
	b.focus("main", "")
}

// TestTable moves in a table with the arrow keys, and opens what is there with Enter.
func TestTable(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a member")
	b.visit("/users")
	row := func() string {
		return eval[string](b, `document.activeElement.closest("tr")?.querySelector("a[href^='/users/']")?.getAttribute("href") ?? ""`)
	}
	b.tabTo("row", "…")
	first := row()
	b.press("Down")
	second := row()
	b.press("Up")
	if back := row(); first == "" || second == "" || first == second || back != first {
		t.Errorf("Down and Up go from %q to %q to %q", first, second, back)
	}
	b.press("End")
	last := row()
	b.press("Home")
	if again := row(); again != first || last == first {
		t.Errorf("End goes to %q, Home to %q, not %q", last, again, first)
	}
	b.press("Down", "Enter")
	b.at(second)
}

// TestAppearance keeps what was chosen, and follows the system until then.
func TestAppearance(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a member")
	b.visit("/")
	ground := `getComputedStyle(document.documentElement).backgroundColor`
	before := eval[string](b, ground)
	b.click("button", "…: your menu")
	b.click("menuitem", "Appearance")
	after := eval[string](b, ground)
	if before == after {
		t.Errorf("the ground stays %s", before)
	}
	b.visit("/developers/tokens")
	if now := eval[string](b, ground); now != after {
		t.Errorf("on the next page the ground is %s, not %s", now, after)
	}
}
