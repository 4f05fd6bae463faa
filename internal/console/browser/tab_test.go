//go:build !race

// Package browser tests the console in a real browser, as its users have it before them. What is on a
// page is found as a screen reader finds it, by role and name; what is done is done with the mouse or
// the keyboard. Everything that a page complains about fails the test: errors, refused requests,
// violations of the content security policy.
//
// It needs Chromium and what npm ci installs here; make deps sees to both. Screenshots are kept in
// screenshots/, or where LUNEDI_SCREENSHOTS says. Under the race detector the package is empty: what it
// drives, other packages test.
package browser

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience bounds what tests wait for; nothing is decided by how soon it comes.
const patience = 2 * time.Minute

// chromium is the one browser of all tests. It ends with the test binary.
var chromium = sync.OnceValues(func() (context.Context, error) {
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.NoSandbox, // it sees our own pages only, and root has no other way
		chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("lang", "en-GB"))
	ctx, _ := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, _ = chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("no browser: %w; install Chromium (make deps does it where it may)", err)
	}
	return ctx, nil
})

// tabs are how many there are at once at least: each waits for the browser, the server and the tests in turn.
const tabs = 4

func TestMain(m *testing.M) {
	flag.Parse()
	if n := flag.Lookup("test.parallel").Value; runtime.GOMAXPROCS(0) < tabs && n.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = n.Set(strconv.Itoa(tabs)) // a number is one
	}
	code := m.Run()
	if ctx, err := chromium(); err == nil {
		_ = chromedp.Cancel(ctx) // the browser is gone with us anyhow
	}
	os.Exit(code)
}

// A tab is a window of the browser that shares nothing with other tabs.
type tab struct {
	t   testing.TB
	ctx context.Context
	url string // of the server

	mu        sync.Mutex
	story     []string // what happened, for who reads of a failure
	faults    []string
	open      map[network.RequestID]string
	leaving   network.RequestID // of the page that is on its way, or ""
	forgiving []string
}

// newTab opens a tab on a server. At the end of the test it fails if anything went wrong in it that
// forgive has not named.
func newTab(t testing.TB, url string) *tab {
	t.Helper()
	root, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{t: t, url: url, open: map[network.RequestID]string{}}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext(), chromedp.WithNewWindow(true), chromedp.WithListener(b.hear))
	b.ctx = ctx
	t.Cleanup(func() { b.leave(); cancel() })
	b.call("open a tab", chromedp.Do(ctx))
	for what, script := range map[string]string{
		"listen for violations": `addEventListener("securitypolicyviolation", (e) => console.error("policy violated: " + e.violatedDirective + " " + e.blockedURI + " " + e.sourceFile + ":" + e.lineNumber))`,
		// However slow the machine, what a page tells for some seconds is there until the test has read it.
		"keep what is told": `{ const wait = setTimeout; window.setTimeout = (run, ms, ...more) => wait(run, ms >= 5000 && ms <= 10000 ? 1e9 : ms, ...more) }`,
	} {
		_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		b.call(what, err)
	}
	_, err = chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	b.call("focus the tab", err)
	_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
	b.call("still the page", err) // what is looked at is not on its way to be something else
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err = chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted, BrowserContextID: chromedp.FromContext(ctx).BrowserContextID})
		b.call("permit the clipboard", err)
	}
	b.size(1440, 900, 1)
	return b
}

// hear notes what happens in the tab.
func (b *tab) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if ev.Type != network.ResourceTypeEventSource && ev.Type != network.ResourceTypePrefetch {
			b.open[ev.RequestID] = ev.Request.Method + " " + ev.Request.URL
		}
		if ev.Type == network.ResourceTypeDocument {
			b.leaving = ev.RequestID
		}
		if !strings.HasPrefix(ev.Request.URL, b.url) && !strings.HasPrefix(ev.Request.URL, "data:") && !strings.HasPrefix(ev.Request.URL, "blob:") {
			b.fault("asks another server: %s", ev.Request.URL)
		}
	case *network.EventResponseReceived:
		if ev.Response.Status >= 400 {
			b.fault("%d for %s %s", ev.Response.Status, b.open[ev.RequestID], ev.Response.URL)
		}
	case *network.EventLoadingFinished:
		b.ended(ev.RequestID)
	case *network.EventLoadingFailed:
		if !ev.Canceled && ev.ErrorText != "net::ERR_ABORTED" {
			b.fault("failed: %s: %s %s", b.open[ev.RequestID], ev.ErrorText, ev.BlockedReason)
		}
		b.ended(ev.RequestID)
	case *cdpruntime.EventExceptionThrown:
		words := ev.ExceptionDetails.Text
		if x := ev.ExceptionDetails.Exception; x != nil {
			words += " " + x.Description
		}
		b.fault("exception: %s at %s:%d", words, ev.ExceptionDetails.URL, ev.ExceptionDetails.LineNumber+1)
	case *cdpruntime.EventConsoleAPICalled:
		var words []string
		for _, a := range ev.Args {
			words = append(words, strings.Trim(string(a.Value), `"`)+a.Description)
		}
		if said := strings.Join(words, " "); ev.Type == cdpruntime.ConsoleAPICalledTypeError {
			b.fault("console error: %s", said)
		} else {
			b.story = append(b.story, string(ev.Type)+": "+said)
		}
	case *log.EventEntryAdded:
		if said := ev.Entry.Text + " " + ev.Entry.URL; ev.Entry.Level == log.EntryLevelError && ev.Entry.Source != log.EntrySourceNetwork { // those have been heard of
			b.fault("log: %s", said)
		} else {
			b.story = append(b.story, "log: "+said)
		}
	case *page.EventFrameNavigated:
		if ev.Frame.ParentID == "" {
			b.story = append(b.story, "at "+ev.Frame.URL)
			clear(b.open)
			b.leaving = ""
		}
	case *page.EventJavascriptDialogOpening:
		b.fault("a dialog opened: %s", ev.Message)
		go chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{}) // else the tab stands still
	}
}

// ended forgets a request; b.mu is held.
func (b *tab) ended(id network.RequestID) {
	delete(b.open, id)
	if b.leaving == id {
		b.leaving = ""
	}
}

// fault notes what went wrong; b.mu is held.
func (b *tab) fault(format string, args ...any) {
	words := fmt.Sprintf(format, args...)
	b.story = append(b.story, "! "+words)
	b.faults = append(b.faults, words)
}

// forgive names faults that the test means to cause, each by a part of its words.
func (b *tab) forgive(words ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forgiving = append(b.forgiving, words...)
}

// unforgiven takes the faults so far.
func (b *tab) unforgiven() (bad []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		if !slices.ContainsFunc(b.forgiving, func(w string) bool { return strings.Contains(f, w) }) {
			bad = append(bad, f)
		}
	}
	b.faults = nil
	return bad
}

// leave judges the tab at the end of its test.
func (b *tab) leave() {
	for _, f := range b.unforgiven() {
		b.t.Errorf("the page complains: %s", f)
	}
	if !b.t.Failed() {
		return
	}
	b.mu.Lock()
	b.t.Logf("in this tab:\n  %s", strings.Join(b.story, "\n  "))
	b.mu.Unlock()
	if file, err := b.shoot("failed " + b.t.Name()); err == nil {
		b.t.Logf("screenshot: %s", file)
	}
}

// call ends the test if err is not nil.
func (b *tab) call(what string, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// errNever is what try returns to until when trying on is in vain.
var errNever = errors.New("that will never be")

// until tries until it works out, and tells the last reason if it never does.
func (b *tab) until(what string, try func(ctx context.Context) error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	var last error
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		if errors.Is(err, errNever) {
			b.t.Fatalf("%s: %v", what, err)
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("%s: %v", what, last)
		case <-time.After(15 * time.Millisecond):
		}
	}
}

// eval is what an expression gives, promises awaited.
func eval[T any](b *tab, expression string) (v T) {
	b.t.Helper()
	v, err := evaluate[T](b.ctx, expression)
	b.call(expression, err)
	return v
}

func evaluate[T any](ctx context.Context, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// go opens a page of the server and waits until it is made.
func (b *tab) visit(path string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	b.call("open "+path, chromedp.Do(ctx, chromedp.Navigate(b.url+path)))
	b.settle()
}

// settle waits until the page is made and asks for nothing more.
func (b *tab) settle() {
	b.t.Helper()
	b.until("wait for the page", func(ctx context.Context) error {
		state, err := evaluate[string](ctx, `new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(document.readyState === "complete"
			? document.querySelector("#page")?.getAttribute("aria-busy") === "true" ? "the page is being made" : "" : document.readyState))))`)
		b.mu.Lock()
		defer b.mu.Unlock()
		if err == nil && state != "" {
			err = errors.New(state)
			if slices.ContainsFunc(b.faults, func(f string) bool { return strings.Contains(f, ".js ") }) {
				err = fmt.Errorf("%w: a script is missing", errNever)
			}
		}
		if err != nil {
			return err
		}
		if len(b.open) > 0 {
			return fmt.Errorf("unanswered: %v", slices.Collect(maps.Values(b.open)))
		}
		return nil
	})
}

// at waits until the address is so.
func (b *tab) at(path string) {
	b.t.Helper()
	b.until("go to "+path, func(ctx context.Context) error {
		now, err := evaluate[string](ctx, "location.pathname")
		if err == nil && now != path {
			err = fmt.Errorf("the address is %s", now)
		}
		return err
	})
	b.settle()
}

// anew does what leads to the page that is open already, and waits until it was made once more.
func (b *tab) anew(do func()) {
	b.t.Helper()
	eval[bool](b, `window.left = true`)
	do()
	b.comes(`!window.left`)
	b.settle()
}

// element is what a screen reader is told of something on the page.
type element struct {
	role, name string
	node       cdp.BackendNodeID
}

func elementOf(n *accessibility.Node) element {
	text := func(v *accessibility.Value) (s string) {
		if v != nil {
			_ = json.Unmarshal([]byte(v.Value), &s) // not a text: ""
		}
		return s
	}
	return element{text(n.Role), text(n.Name), n.BackendDOMNodeID}
}

// find is what has a role and a name; … stands for whatever the name begins or ends with.
func (b *tab) find(ctx context.Context, role, name string) (found []element, err error) {
	doc, err := chromedp.Call(ctx, cdpruntime.Evaluate, cdpruntime.EvaluateParams{Expression: "document"})
	if err != nil {
		return nil, err
	}
	q := accessibility.QueryAXTreeParams{ObjectID: doc.Result.ObjectID, Role: role}
	pattern := regexp.MustCompile("^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(name), "…", ".*") + ")$")
	tree, err := chromedp.Call(ctx, accessibility.QueryAXTree, q)
	if err != nil {
		return nil, err
	}
	for _, n := range tree.Nodes {
		if e := elementOf(n); !n.Ignored && pattern.MatchString(e.name) {
			found = append(found, e)
		}
	}
	return found, nil
}

// see waits until there is one.
func (b *tab) see(role, name string) (e element) {
	b.t.Helper()
	b.until(fmt.Sprintf("see the %s %q", role, name), func(ctx context.Context) error {
		found, err := b.find(ctx, role, name)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			all, err := b.find(ctx, role, "…")
			return errors.Join(fmt.Errorf("there are only: %q", names(all)), err)
		}
		e = found[0]
		return nil
	})
	return e
}

func names(all []element) (out []string) {
	for _, e := range all {
		out = append(out, e.name)
	}
	return out
}

// gone waits until there is none.
func (b *tab) gone(role, name string) {
	b.t.Helper()
	b.until(fmt.Sprintf("see the %s %q go", role, name), func(ctx context.Context) error {
		found, err := b.find(ctx, role, name)
		if err == nil && len(found) > 0 {
			err = errors.New("it is still there")
		}
		return err
	})
}

// words waits until the page says something.
func (b *tab) words(words string) {
	b.t.Helper()
	quoted, _ := json.Marshal(words) // a text always can be
	b.until(fmt.Sprintf("read %q", words), func(ctx context.Context) error {
		there, err := evaluate[bool](ctx, "document.body.innerText.includes("+string(quoted)+")")
		if err == nil && !there {
			err = errors.New("the page does not say it")
		}
		return err
	})
}

// on calls a function with an element as this.
func on[T any](ctx context.Context, e element, function string) (v T, err error) {
	at, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: e.node})
	if err != nil {
		return v, err
	}
	yes := true
	res, err := chromedp.Call(ctx, cdpruntime.CallFunctionOn, cdpruntime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: at.Object.ObjectID, ReturnByValue: &yes})
	if err != nil {
		return v, err
	}
	if res.ExceptionDetails != nil {
		return v, fmt.Errorf("%s: %s", function, res.ExceptionDetails.Text)
	}
	return v, json.Unmarshal([]byte(res.Result.Value), &v)
}

// click waits until there is one that can be clicked, and clicks the middle of it.
func (b *tab) click(role, name string) {
	b.t.Helper()
	b.until(fmt.Sprintf("click the %s %q", role, name), func(ctx context.Context) error {
		b.mu.Lock()
		leaving := b.open[b.leaving]
		b.mu.Unlock()
		if leaving != "" {
			return fmt.Errorf("the page is about to go: %s", leaving)
		}
		found, err := b.find(ctx, role, name)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			all, err := b.find(ctx, role, "…")
			return errors.Join(fmt.Errorf("there are only: %q", names(all)), err)
		}
		spot, err := on[struct {
			X, Y float64
			Why  string
		}](ctx, found[0], `function () {
			this.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
			const r = this.getBoundingClientRect(), X = r.x + r.width / 2, Y = r.y + r.height / 2, top = document.elementFromPoint(X, Y);
			const reached = top && (this.contains(top) || top.contains(this));
			this.clicked = false;
			const looks = this.outerHTML; // of the one that may have come in its place
			window.addEventListener("click", (e) => { this.clicked = this.contains(e.target) || e.target.contains(this) || !this.isConnected && e.target.closest(this.tagName)?.outerHTML === looks; }, { capture: true, once: true });
			return { X, Y, Why: this.disabled ? "it is disabled" : reached ? "" : "it is covered by " + (top ? top.outerHTML.slice(0, 100) : "nothing") };
		}`)
		if err == nil && spot.Why != "" {
			err = errors.New(spot.Why)
		}
		if err != nil {
			return err
		}
		b.note("click %s %q", role, found[0].name)
		if err := chromedp.Do(ctx, chromedp.MouseClickXY(spot.X, spot.Y)); err != nil {
			return err
		}
		if arrived, err := on[bool](ctx, found[0], "function () { return this.clicked; }"); err == nil && !arrived { // after an error, the click led to another page
			return errors.New("it was drawn again under the pointer")
		}
		return nil
	})
}

func (b *tab) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.story = append(b.story, fmt.Sprintf(format, args...))
}

// keys that are named otherwise than by what they write.
var keys = map[string]string{"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "Up": kb.ArrowUp, "Down": kb.ArrowDown, "Left": kb.ArrowLeft, "Right": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageDown": kb.PageDown, "PageUp": kb.PageUp, "Space": " "}

// press presses keys, one after the other.
func (b *tab) press(names ...string) {
	b.t.Helper()
	b.note("press %v", names)
	for _, name := range names {
		rest, shift := strings.CutPrefix(name, "Shift+")
		rest, ctrl := strings.CutPrefix(rest, "Ctrl+")
		key, ok := keys[rest]
		if !ok {
			key = rest
		}
		var with kb.Modifier
		if shift {
			with |= kb.ModifierShift
		}
		if ctrl {
			with |= kb.ModifierCtrl
		}
		b.strike([]rune(key)[0], with)
	}
}

// write types into what has the focus, once that can be written in.
func (b *tab) write(text string) {
	b.t.Helper()
	b.comes(`document.activeElement?.matches("input, textarea, [contenteditable]") ?? false`)
	b.note("write %q", text)
	for _, r := range text {
		b.strike(r, 0)
	}
}

// strike presses a key and lets it go.
func (b *tab) strike(r rune, with kb.Modifier) {
	b.t.Helper()
	events := kb.Encode(r)
	down, up := events[0], events[len(events)-1]
	if len(events) == 3 {
		down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText // as one event, so that the page can prevent it
	}
	for _, e := range []*input.DispatchKeyEventParams{down, up} {
		e.Modifiers |= int64(with)
		_, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, *e)
		b.call("strike a key", err)
	}
}

// focused is what has the focus, and whether that can be seen.
func (b *tab) focused(ctx context.Context) (e element, visible bool, err error) {
	at, err := chromedp.Call(ctx, cdpruntime.Evaluate, cdpruntime.EvaluateParams{Expression: "document.activeElement"})
	if err != nil || at.Result.ObjectID == "" {
		return e, false, err
	}
	no := false
	tree, err := chromedp.Call(ctx, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: at.Result.ObjectID, FetchRelatives: &no})
	if err != nil || len(tree.Nodes) == 0 {
		return e, false, err
	}
	visible, err = evaluate[bool](ctx, `((e) => { const s = getComputedStyle(e), r = e.getBoundingClientRect();
		return r.width > 0 && r.height > 0 && r.right > 0 && (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1) })(document.activeElement)`)
	return elementOf(tree.Nodes[0]), visible, err
}

// tabTo presses Tab until something has the focus. Whatever has it on the way must show it.
func (b *tab) tabTo(role, name string) {
	b.t.Helper()
	b.see(role, name)
	var passed []string
	pattern := regexp.MustCompile("^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(name), "…", ".*") + ")$")
	for range 100 {
		b.press("Tab")
		e, visible, err := b.focused(b.ctx)
		b.call("look where the focus is", err)
		if e.role == "RootWebArea" {
			continue // beyond the last
		}
		if !visible {
			b.t.Errorf("the focus on the %s %q cannot be seen", e.role, e.name)
		}
		if e.role == role && pattern.MatchString(e.name) {
			return
		}
		passed = append(passed, e.role+" "+e.name)
	}
	b.t.Fatalf("Tab does not come to the %s %q, but to %q", role, name, passed)
}

// focus waits until something has the focus.
func (b *tab) focus(role, name string) {
	b.t.Helper()
	b.until(fmt.Sprintf("focus the %s %q", role, name), func(ctx context.Context) error {
		e, _, err := b.focused(ctx)
		if err == nil && (e.role != role || e.name != name) {
			err = fmt.Errorf("the %s %q has it", e.role, e.name)
		}
		return err
	})
}

// menu chooses from the avatar's menu with the keyboard.
func (b *tab) menu(name string) {
	b.t.Helper()
	b.tabTo("button", "…: your menu")
	b.press("Enter")
	b.see("menu", "…")
	for range 10 {
		e, visible, err := b.focused(b.ctx)
		b.call("look where the focus is", err)
		if e.role == "menuitem" && !visible {
			b.t.Errorf("the focus on the menu's %q cannot be seen", e.name)
		}
		if e.role == "menuitem" && e.name == name {
			b.press("Enter")
			return
		}
		b.press("Down")
	}
	b.t.Fatalf("the arrow keys do not come to %q in the menu", name)
}

// inCorner fails the test unless something is in the page's top right part.
func (b *tab) inCorner(role, name string) {
	b.t.Helper()
	at, err := on[struct{ Right, Top float64 }](b.ctx, b.see(role, name), `function () { const r = this.getBoundingClientRect(); return { Right: innerWidth - r.right, Top: r.top }; }`)
	b.call("measure", err)
	if at.Right > 60 || at.Top > 250 {
		b.t.Errorf("the %s %q is %.0f from the right and %.0f from the top, not in the corner", role, name, at.Right, at.Top)
	}
}

// clipboard is one for all tabs: who copies holds it.
var clipboard sync.Mutex

// copied does what copies, and returns what was.
func (b *tab) copied(do func()) string {
	b.t.Helper()
	clipboard.Lock()
	defer clipboard.Unlock()
	_ = eval[any](b, `navigator.clipboard.writeText("").then(() => null)`)
	do()
	var text string
	b.until("copy", func(ctx context.Context) (err error) {
		if text, err = evaluate[string](ctx, "navigator.clipboard.readText()"); err == nil && text == "" {
			err = errors.New("nothing was copied")
		}
		return err
	})
	return text
}

// size is how large the window is, in CSS pixels, and how many dots one of them has.
func (b *tab) size(width, height int64, scale float64) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: scale})
	b.call("size the window", err)
	_ = eval[any](b, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))`) // the page has heard of it
}

// fits fails the test when the page can be scrolled sideways, and names what sticks out.
func (b *tab) fits(what string) {
	b.t.Helper()
	out := eval[[]string](b, `(() => {
		const width = document.documentElement.clientWidth, root = document.scrollingElement;
		if (root.scrollWidth <= width) return [];
		const cut = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) { const o = getComputedStyle(p).overflowX; if (o !== "visible") return true; } return false; };
		const bad = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 1 && !cut(e));
		return ["it is " + root.scrollWidth + " wide in " + width, ...bad.slice(0, 6).map((e) => e.cloneNode().outerHTML.slice(0, 120) + " to " + Math.round(e.getBoundingClientRect().right))];
	})()`)
	if len(out) > 0 {
		b.t.Errorf("%s scrolls sideways: %s", what, strings.Join(out, "\n  "))
	}
}

// theme is how the page looks from now on.
func (b *tab) theme(name string) {
	b.t.Helper()
	_ = eval[string](b, `document.documentElement.dataset.theme = "`+name+`"`)
}

// screenshots is where pictures are kept.
var screenshots = sync.OnceValue(func() string {
	if dir := os.Getenv("LUNEDI_SCREENSHOTS"); dir != "" {
		return dir
	}
	return "screenshots"
})

// shoot keeps a picture of what the window shows.
func (b *tab) shoot(name string) (string, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	yes, quality := true, int64(85)
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatJpeg, Quality: &quality, OptimizeForSpeed: &yes})
	if err != nil {
		return "", err
	}
	file := filepath.Join(screenshots(), regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(name, "-")+".jpg")
	return file, errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, shot.Data, 0o644))
}

// picture is shoot for tests that mean it.
func (b *tab) picture(name string) {
	b.t.Helper()
	_, err := b.shoot(name)
	b.call("take a screenshot", err)
}

// asRole finds in the sandbox's page for signing in who is one, as "an admin".
var asRole = regexp.MustCompile(`name="user" value="(\d+)">\s*<button>As [^<]*, (an? \w+)</button>`)

// signIn comes in as a role without a look at the page for it, which other tests take: the next page that is opened
// is that user's.
func (b *tab) signIn(role string) {
	b.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(b.url + "/sign-in")
	b.call("ask who there is", err)
	text, err := io.ReadAll(res.Body)
	b.call("read who there is", errors.Join(err, res.Body.Close()))
	for _, m := range asRole.FindAllSubmatch(text, -1) {
		if string(m[2]) != role {
			continue
		}
		req, err := http.NewRequest(http.MethodPost, b.url+"/console/sign-in-as", strings.NewReader(url.Values{"user": {string(m[1])}, "next": {"/"}}.Encode()))
		b.call("ask to come in", err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0")
		res, err := client.Do(req)
		b.call("come in", err)
		b.call("come in", res.Body.Close())
		for _, c := range res.Cookies() {
			_, err := chromedp.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: b.url, HTTPOnly: &c.HttpOnly, SameSite: network.CookieSameSiteLax})
			b.call("keep the cookie", err)
		}
		b.note("signed in as %s", role)
		return
	}
	b.t.Fatalf("nobody is %s: %s", role, text)
}

// middle is where the middle of something is, which a selector finds.
func (b *tab) middle(selector string) (x, y float64) {
	b.t.Helper()
	at := eval[[]float64](b, `(() => { const r = document.querySelector(`+"`"+selector+"`"+`).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()`)
	return at[0], at[1]
}

// drag presses the mouse at one place and lets it go at another.
func (b *tab) drag(fromX, fromY, toX, toY float64) {
	b.t.Helper()
	b.mouse(input.DispatchMouseEventTypeMousePressed, fromX, fromY)
	b.mouse(input.DispatchMouseEventTypeMouseMoved, (fromX+toX)/2, (fromY+toY)/2)
	b.mouse(input.DispatchMouseEventTypeMouseMoved, toX, toY)
	b.mouse(input.DispatchMouseEventTypeMouseReleased, toX, toY)
}

func (b *tab) mouse(what input.DispatchMouseEventType, x, y float64) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: what, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: 1})
	b.call(string(what), err)
}
