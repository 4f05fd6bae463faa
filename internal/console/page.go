package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// A page is a place of the console: its address, its title, the module that fills it, who it is for,
// and where it stands in the menus.
type page struct {
	path   string // as http.ServeMux writes it
	title  string
	module string // assets/js/pages/MODULE.js
	area   string // whose menu is shown at the left: work, admin or developers
	tab    string // of several pages under one entry of the menu: what this one is called
	admin  bool   // only admins find it
}

// pages are all of them but sign-in. Who may see what is on them is the service's to say.
var pages = []page{
	{path: "/{$}", title: "Home", module: "home", area: "work"},
	{path: "/boards/{board}", title: "Board", module: "board", area: "work"},
	{path: "/boards/{board}/pulses/{item}", title: "Item", module: "board", area: "work"},
	{path: "/docs/{doc}", title: "Doc", module: "doc", area: "work"},
	{path: "/workspaces", title: "Workspaces", module: "workspaces", area: "work"},
	{path: "/workspaces/{workspace}", title: "Workspace", module: "workspace", area: "work"},
	{path: "/users", title: "People", module: "people", area: "work"},
	{path: "/users/{user}", title: "Profile", module: "person", area: "work"},
	{path: "/teams", title: "Teams", module: "teams", area: "work"},
	{path: "/teams/{team}", title: "Team", module: "team", area: "work"},
	{path: "/profile", title: "My profile", module: "profile", area: "work"},

	{path: "/admin", title: "Administration", module: "admin", area: "admin", admin: true},
	{path: "/admin/connections", title: "Connections", module: "connections", area: "admin", tab: "Overview", admin: true},
	{path: "/admin/connections/api", title: "API", module: "connections_api", area: "admin", tab: "API", admin: true},
	{path: "/admin/connections/tokens", title: "API tokens", module: "connections_tokens", area: "admin", tab: "All tokens", admin: true},
	{path: "/admin/connections/sources", title: "Data sources", module: "datasources", area: "admin", tab: "Data sources"},
	{path: "/admin/connections/sources/new", title: "Add monday.com", module: "datasource_new", area: "admin"},
	{path: "/admin/connections/sources/{source}", title: "Data source", module: "datasource", area: "admin", admin: true},
	{path: "/admin/security", title: "Security", module: "security", area: "admin", admin: true},
	{path: "/admin/audit", title: "Audit log", module: "audit", area: "admin", admin: true},
	{path: "/admin/usage", title: "Usage", module: "usage", area: "admin", admin: true},
	{path: "/admin/backup", title: "Backup", module: "backup", area: "admin", admin: true},

	{path: "/developers", title: "Developers", module: "developers", area: "developers", tab: "Developer"},
	{path: "/developers/tokens", title: "My Access Tokens", module: "tokens", area: "developers", tab: "My Access Tokens"},
	{path: "/developers/explorer", title: "API explorer", module: "explorer", area: "developers", tab: "API explorer"},
	{path: "/developers/requests", title: "Requests", module: "requests", area: "developers", tab: "Requests"},
	{path: "/developers/coverage", title: "Coverage", module: "coverage", area: "developers", tab: "Coverage"},
}

// Pages are the addresses of all pages, as http.ServeMux writes them.
func Pages() (all []string) {
	for _, p := range pages {
		all = append(all, p.path)
	}
	return all
}

// routes are all the addresses of the console.
func (c *Console) routes() {
	for _, p := range pages {
		c.mux.HandleFunc("GET "+p.path, c.signedIn(func(w http.ResponseWriter, r *http.Request, s *session) { c.page(w, r, s, p) }))
	}
	c.mux.Handle("GET /assets/", c.assets())
	c.mux.HandleFunc("POST /console/v2", c.called(func(w http.ResponseWriter, r *http.Request, s *session) { c.cfg.API(w, r, s.by, s.as != nil) }))
	c.signInRoutes()
	c.calls()
	c.developerCalls()
	c.photoRoutes()
	c.graphiqlRoutes()
	c.mux.HandleFunc("/", c.signedIn(func(w http.ResponseWriter, r *http.Request, s *session) {
		w.WriteHeader(http.StatusNotFound)
		c.render(w, "shell.html", c.shellOf(s, page{title: "Not found", module: "missing", area: "work"}))
	}))
}

// shellData is what the frame of a page needs.
type shellData struct {
	Title, Module, Area, Path, Account string
	Tabs                               []link
	Menu                               []link
	Me                                 person
	As                                 string // whose view an admin has taken; "" is one's own
	Sandbox                            bool
	GraphiQL                           bool // is offered
	Asset                              func(string) string
}

type link struct {
	Href, Text string
	Current    bool
}

// person is who is signed in, for the page's module.
type person struct {
	ID, Name, Email, Role string
	Photo                 string // its address on this server; "" where there is none
	Admin, Viewer, Guest  bool
}

func personOf(u *work.User) person {
	p := person{ID: u.ID.String(), Name: u.Name, Email: u.Email, Role: string(u.Role),
		Admin: u.Role == work.Admin, Viewer: u.Role == work.Viewer, Guest: u.Role == work.Guest}
	if photoType(u.Photo) != "" { // others are elsewhere, where no page asks
		p.Photo = "/photos/thumb/" + u.Photo
	}
	return p
}

func (c *Console) page(w http.ResponseWriter, r *http.Request, s *session, p page) {
	if p.admin && s.me.Role != work.Admin {
		w.WriteHeader(http.StatusForbidden)
		p = page{title: "For admins", module: "forbidden", area: "work"}
	}
	if p.area == "admin" && s.me.Role != work.Admin { // a page there that says whom to ask
		p.area, p.tab = "work", ""
	}
	d := c.shellOf(s, p)
	d.Path = r.URL.Path
	c.render(w, "shell.html", d)
}

// menus are what stands at the left in each area.
var menus = map[string][]link{
	"admin": {{Href: "/admin", Text: "General"}, {Href: "/users", Text: "Users"}, {Href: "/teams", Text: "Teams"}, {Href: "/admin/connections", Text: "Connections"},
		{Href: "/admin/security", Text: "Security"}, {Href: "/admin/audit", Text: "Audit log"}, {Href: "/admin/usage", Text: "Usage"}, {Href: "/admin/backup", Text: "Backup"}},
	"work": {{Href: "/", Text: "Home"}, {Href: "/workspaces", Text: "Workspaces"}, {Href: "/users", Text: "People"}, {Href: "/teams", Text: "Teams"}},
}

func (c *Console) shellOf(s *session, p page) shellData {
	d := shellData{GraphiQL: c.cfg.GraphiQL != nil, Title: p.title, Module: p.module, Area: p.area, Account: s.account, Me: personOf(s.me), Sandbox: c.cfg.Sandbox, Asset: c.asset}
	if s.as != nil {
		d.As = s.as.Name
	}
	for _, l := range menus[p.area] {
		l.Current = l.Href == strings.TrimSuffix(p.path, "{$}") || l.Href != "/" && l.Href != "/admin" && strings.HasPrefix(p.path, l.Href+"/")
		d.Menu = append(d.Menu, l)
	}
	if p.tab == "" {
		return d
	}
	for _, other := range pages {
		if other.tab != "" && other.area == p.area {
			d.Tabs = append(d.Tabs, link{other.path, other.tab, other.path == p.path})
		}
	}
	return d
}

// render answers with a page. It is made before anything is sent, lest half of one be.
func (c *Console) render(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := c.shell.ExecuteTemplate(&b, name, data); err != nil {
		c.cfg.Log.Error("rendering a page", "page", name, "err", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = b.WriteTo(w) // whoever asked has gone away
}

// assetsTag names the state of all assets: they are cached under addresses that change with it.
var assetsTag = func() string {
	sum := sha256.New()
	_ = fs.WalkDir(embedded, "assets", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, _ := embedded.ReadFile(p)
			sum.Write([]byte(p))
			sum.Write(b)
		}
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:12]
}()

// asset is the address of an asset. The tag stands in the path, so that modules find each other under it.
func (c *Console) asset(name string) string { return "/assets/" + assetsTag + "/" + name }

// assets serves what is below assets/, under any tag; under the present one for good.
func (c *Console) assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/assets/"), "/")
		b, err := embedded.ReadFile(path.Join("assets", path.Clean("/"+name)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if tag == assetsTag {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		w.Header().Set("Content-Type", types[path.Ext(name)])
		_, _ = w.Write(b)
	})
}

var types = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8",
	".json": "application/json", ".woff2": "font/woff2",
}
