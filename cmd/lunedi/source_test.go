package main

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

// visitor is somebody who has signed in to a console.
type visitor struct {
	t      *testing.T
	url    string
	client *http.Client
}

// visit signs in by a form: a sandbox's user, or a link with a password.
func visit(t *testing.T, base, path string, form url.Values) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t, base, &http.Client{Jar: jar}}
	res, err := v.client.PostForm(base+path, form)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d", path, res.StatusCode)
	}
	return v
}

// sandboxed signs in to a sandbox.
func sandboxed(t *testing.T, p *process, user string) *visitor {
	t.Helper()
	return visit(t, p.url, "/console/sign-in-as", url.Values{"user": {user}})
}

const password = "a few words do well"

// linked signs in by a one-time link.
func linked(t *testing.T, p *process, link string) *visitor {
	t.Helper()
	_, secret, _ := strings.Cut(link, "link=")
	return visit(t, p.url, "/welcome", url.Values{"link": {secret}, "password": {password}})
}

func (v *visitor) post(name string, in any) (status int, body []byte) {
	v.t.Helper()
	js, err := json.Marshal(in)
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := v.client.Post(v.url+"/console/"+name, "application/json", bytes.NewReader(js))
	if err != nil {
		v.t.Fatalf("%s: %v", name, err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatalf("%s: %v", name, err)
	}
	return res.StatusCode, body
}

// call is a call of the console's pages that has to succeed.
func (v *visitor) call(name string, in, out any) {
	v.t.Helper()
	status, body := v.post(name, in)
	if status != http.StatusOK {
		v.t.Fatalf("%s: status %d: %s", name, status, body)
	}
	if out != nil {
		if err := json.Unmarshal(body, out); err != nil {
			v.t.Fatalf("%s: %v: %s", name, err, body)
		}
	}
}

// refused is one that has to fail, at a field and with these words.
func (v *visitor) refused(name string, in any, status int, field string, words ...string) {
	v.t.Helper()
	got, body := v.post(name, in)
	var no struct{ Message, Field string }
	if err := json.Unmarshal(body, &no); err != nil || got != status || no.Field != field {
		v.t.Errorf("%s: status %d: %s; want %d at %q", name, got, body, status, field)
	}
	for _, w := range words {
		if !strings.Contains(no.Message, w) {
			v.t.Errorf("%s: %q does not say %q", name, no.Message, w)
		}
	}
}

type object map[string]any

// token makes an API token, and revoke revokes it.
func (v *visitor) token(name string) (secret string, revoke func()) {
	v.t.Helper()
	var made struct {
		Secret string
		Token  struct{ ID string }
	}
	v.call("tokens/create", object{"name": name}, &made)
	return made.Secret, func() { v.t.Helper(); v.call("tokens/revoke", object{"id": made.Token.ID}, nil) }
}

// gate stands between a data source and its account. It can be shut, so that a test is sure to be in the
// middle of a run, and leads some tokens elsewhere.
type gate struct {
	*httptest.Server
	mu     sync.Mutex
	left   int           // calls until it shuts; negative: it does not
	opened chan struct{} // closed when it is open again
	came   chan struct{} // closed when a call has come to it shut
	other  map[string]*url.URL
}

func newGate(t *testing.T, to string) *gate {
	t.Helper()
	g := &gate{left: -1, other: map[string]*url.URL{}}
	account := mustURL(t, to)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			g.mu.Lock()
			at := g.other[r.In.Header.Get("Authorization")]
			g.mu.Unlock()
			if at == nil {
				at = account
			}
			r.SetURL(at)
		},
		Transport:    http.DefaultTransport.(*http.Transport).Clone(),                                                // its own: others close what is idle in the default
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }, // who asked was killed
	}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := g.pass(); wait != nil {
			select {
			case <-wait:
			case <-r.Context().Done():
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	t.Cleanup(g.open)
	return g
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (g *gate) endpoint() string { return g.URL + "/v2" }

// pass counts a call, and returns what it has to wait for.
func (g *gate) pass() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.left < 0:
		return nil
	case g.left > 0:
		g.left--
		return nil
	}
	select {
	case <-g.came:
	default:
		close(g.came)
	}
	return g.opened
}

// shut lets so many calls pass and keeps those after them waiting. shut is closed when one does.
func (g *gate) shut(after int) (stuck <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.opened, g.came = after, make(chan struct{}), make(chan struct{})
	return g.came
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left >= 0 {
		g.left = -1
		close(g.opened)
	}
}

// row is a data source as its page is told of it.
type row struct {
	ID, Name, Account, Status, Endpoint string
	StartDate                           string `json:"start_date"`
	Waiting, Paused                     bool
	Problems                            []struct{ Kind, Message, Remedy string }
	Progress                            []struct{ Pass string }
	Checked                             *struct {
		UserName   string `json:"user_name"`
		Boards     int
		DailyLimit int `json:"daily_limit"`
	}
}

type runRow struct {
	Started, Mode, Outcome, Error string
	Calls                         int64
	Counts                        map[string]struct{ New, Changed, Same, Deleted int64 }
	Rows                          map[string]struct{ Live, Deleted int64 }
}

// source looks at a data source.
func (v *visitor) source(id string) (*row, []runRow) {
	v.t.Helper()
	var out struct {
		Source *row
		Runs   []runRow
	}
	v.call("datasource", object{"id": id}, &out)
	return out.Source, out.Runs
}

// until waits for something of a data source.
func (v *visitor) until(id, what string, so func(*row, []runRow) bool) (*row, []runRow) {
	v.t.Helper()
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		r, runs := v.source(id)
		if r != nil && so(r, runs) {
			return r, runs
		}
		if time.Since(begin) > patience {
			js, _ := json.MarshalIndent(object{"source": r, "runs": runs}, "", " ")
			v.t.Fatalf("not %s: %s", what, js)
		}
	}
}

// settled waits until what was asked for is done, and it is in a status.
func (v *visitor) settled(id, status string) (*row, []runRow) {
	v.t.Helper()
	return v.until(id, status, func(r *row, _ []runRow) bool { return !r.Waiting && r.Status == status })
}

// sync asks for a run and waits for it.
func (v *visitor) sync(id string, full bool) runRow {
	v.t.Helper()
	_, before := v.source(id)
	v.call("datasource/sync", object{"id": id, "full": full}, nil)
	_, runs := v.until(id, "run", func(r *row, runs []runRow) bool {
		return !r.Waiting && r.Status == "connected" && (len(runs) > 0) && (len(before) == 0 || runs[0].Started != before[0].Started)
	})
	return runs[0]
}

// keptTables is where a data source keeps its tables.
type keptTables struct {
	t        *testing.T
	database string // of PostgreSQL; "" for SQLite
	place    string // file, or schema
}

// read runs a query; tables are named without a schema.
func (k *keptTables) read(query string) (rows [][]string) {
	k.t.Helper()
	if k.database != "" {
		return pgtest.Rows(k.t, k.database, `SET search_path TO "`+k.place+`"; `+query)
	}
	db, err := sql.Open("sqlite", "file:"+k.place+"?mode=ro")
	if err != nil {
		k.t.Fatal(err)
	}
	defer db.Close()
	found, err := db.Query(query)
	if err != nil {
		k.t.Fatalf("%s: %v", query, err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		k.t.Fatal(err)
	}
	for found.Next() {
		values, dest := make([]sql.NullString, len(columns)), []any{}
		for i := range values {
			dest = append(dest, &values[i])
		}
		if err := found.Scan(dest...); err != nil {
			k.t.Fatal(err)
		}
		row := []string{}
		for _, v := range values {
			row = append(row, v.String)
		}
		rows = append(rows, row)
	}
	if err := found.Err(); err != nil {
		k.t.Fatal(err)
	}
	return rows
}

// one is the only value of a query.
func (k *keptTables) one(query string) string {
	k.t.Helper()
	rows := k.read(query)
	if len(rows) != 1 || len(rows[0]) != 1 {
		k.t.Fatalf("%s: %q", query, rows)
	}
	return rows[0][0]
}

// gone says whether there are no tables any more.
func (k *keptTables) gone() bool {
	if k.database != "" {
		return len(pgtest.Rows(k.t, k.database, `SELECT 1 FROM information_schema.schemata WHERE schema_name = '`+k.place+`'`)) == 0
	}
	_, err := os.Stat(k.place)
	return os.IsNotExist(err)
}

// pairs are the rows of a query, the first column by the others.
func (k *keptTables) pairs(query string) map[string]string {
	k.t.Helper()
	out := map[string]string{}
	for _, r := range k.read(query) {
		out[r[0]] = strings.Join(r[1:], "|")
	}
	return out
}

// truth is what the API tells of an account, in the form of keptTables.pairs.
func truth(t *testing.T, p *process) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{"users": {}, "teams": {}, "team_members": {}, "workspaces": {}, "boards": {}, "items": {}, "column_values": {}, "updates": {}}
	a := p.ask(t, "dev-admin", `{ active: users(limit: 1000) { id name email } others: users(limit: 1000, non_active: true) { id name email }
		teams { id name users { id } } workspaces(limit: 100, state: all) { id name }
		boards(limit: 500) { id name items_page(limit: 500) { cursor items { id name group { id } column_values { id text
			... on MirrorValue { display_value } ... on FormulaValue { display_value } ... on BoardRelationValue { display_value } ... on DependencyValue { display_value } ... on SubtasksValue { display_value } }
			updates(limit: 100) { id text_body } } } } }`)
	var said struct {
		Active, Others []struct{ ID, Name, Email string }
		Teams          []struct {
			ID, Name string
			Users    []struct{ ID string }
		}
		Workspaces []struct{ ID, Name string }
		Boards     []struct {
			ID, Name string
			Page     struct {
				Cursor *string
				Items  []struct {
					ID, Name string
					Group    struct{ ID string }
					Cells    []struct {
						ID, Text string
						Shown    string `json:"display_value"`
					} `json:"column_values"`
					Updates []struct {
						ID   string
						Text string `json:"text_body"`
					}
				}
			} `json:"items_page"`
		}
	}
	js, _ := json.Marshal(a.Data)
	if err := json.Unmarshal(js, &said); err != nil {
		t.Fatal(err)
	}
	for _, u := range append(said.Active, said.Others...) {
		out["users"][u.ID] = u.Name + "|" + u.Email
	}
	for _, one := range said.Teams {
		out["teams"][one.ID] = one.Name
		for _, u := range one.Users {
			out["team_members"][one.ID+"/"+u.ID] = ""
		}
	}
	for _, w := range said.Workspaces {
		out["workspaces"][w.ID] = w.Name
	}
	for _, b := range said.Boards {
		out["boards"][b.ID] = b.Name
		if b.Page.Cursor != nil {
			t.Fatalf("the board %s has more than a page", b.Name)
		}
		for _, it := range b.Page.Items {
			out["items"][it.ID] = it.Name + "|" + b.ID + "|" + it.Group.ID
			for _, c := range it.Cells {
				if text := c.Text + c.Shown; text != "" { // one of the two
					out["column_values"][it.ID+"/"+c.ID] = text
				}
			}
			for _, u := range it.Updates {
				out["updates"][u.ID] = it.ID + "|" + u.Text
			}
		}
	}
	return out
}

// holds compares tables with what the API tells.
func (k *keptTables) holds(when string, p *process) {
	k.t.Helper()
	for table, want := range truth(k.t, p) {
		got := k.pairs(map[string]string{
			"users":        `SELECT id, name, email FROM users WHERE _deleted_at IS NULL`,
			"teams":        `SELECT id, name FROM teams WHERE _deleted_at IS NULL`,
			"team_members": `SELECT team_id || '/' || user_id FROM team_members WHERE _deleted_at IS NULL`,
			"workspaces":   `SELECT id, name FROM workspaces WHERE _deleted_at IS NULL AND state <> 'deleted' AND NOT is_default_workspace`,
			"boards":       `SELECT id, name FROM boards WHERE _deleted_at IS NULL AND state = 'active'`,
			"items": `SELECT i.id, i.name, i.board_id, i.group_id FROM items i JOIN boards b ON b.id = i.board_id
				WHERE i._deleted_at IS NULL AND i.state = 'active' AND b.state = 'active'`,
			"column_values": `SELECT c.item_id || '/' || c.column_id, c.text FROM column_values c JOIN items i ON i.id = c.item_id JOIN boards b ON b.id = i.board_id
				WHERE c._deleted_at IS NULL AND i.state = 'active' AND b.state = 'active' AND c.text <> ''`,
			"updates": `SELECT u.id, u.item_id, u.text_body FROM updates u JOIN items i ON i.id = u.item_id JOIN boards b ON b.id = i.board_id
				WHERE u._deleted_at IS NULL AND i.state = 'active' AND b.state = 'active'`,
		}[table])
		delete(want, "") // the Main Workspace, where its id is null
		if len(want) == 0 || maps.Equal(got, want) {
			if len(want) == 0 {
				k.t.Errorf("%s: the API tells of no %s", when, table)
			}
			continue
		}
		k.t.Errorf("%s: %s: %d rows are kept, the API tells of %d: %s", when, table, len(got), len(want), difference(got, want))
	}
}

// difference names some of what differs.
func difference(got, want map[string]string) string {
	var b strings.Builder
	keys := slices.Sorted(maps.Keys(got))
	for k := range want {
		if _, ok := got[k]; !ok {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if g, ok := got[k]; !ok || g != want[k] {
			if w, there := want[k]; ok && there {
				fmt.Fprintf(&b, "\n\t%s: kept %q, told %q", k, g, w)
			} else {
				fmt.Fprintf(&b, "\n\t%s: kept %t %q, told %t %q", k, ok, g, there, w)
			}
		}
		if b.Len() > 2000 {
			break
		}
	}
	return b.String()
}

// The sample's people who have tokens.
const (
	sampleAdmin  = "40217301"
	sampleMember = "40217302"
)

// TestDataSource goes through the life of a data source: one server reads the account of another.
func TestDataSource(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"SQLite", "PostgreSQL"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			newLife(t, database == "PostgreSQL").live()
		})
	}
}

// life is the life of a data source.
type life struct {
	t        *testing.T
	account  *process // the source
	admin    *visitor // of it
	gate     *gate
	dir      string // of the server that keeps it
	database string // of PostgreSQL, or ""
	args     []string
	p        *process
	v        *visitor // its admin
	tokens   []string // that have been given to it, whether they were taken or not
	logs     bytes.Buffer
}

func newLife(t *testing.T, postgres bool) *life {
	l := &life{t: t, account: dev(t), dir: t.TempDir()}
	l.admin = sandboxed(t, l.account, sampleAdmin)
	l.gate = newGate(t, l.account.url)
	l.args = []string{"--source-endpoint", l.gate.endpoint()}
	if postgres {
		l.database = pgtest.Start(t)
		l.args = append(l.args, "--database", l.database, "--secret-key-file", "secret.key")
		if err := os.WriteFile(filepath.Join(l.dir, "secret.key"), []byte(strings.Repeat("0a", 32)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l.p = serve(t, l.dir, l.args...)
	l.v = linked(t, l.p, regexp.MustCompile(`link=(\S+)`).FindString(l.p.stdout.String()))
	return l
}

// token makes a token of the source that the server is going to be given.
func (l *life) token(of *visitor, name string) (string, func()) {
	l.t.Helper()
	secret, revoke := of.token(name)
	l.tokens = append(l.tokens, secret)
	return secret, revoke
}

// again starts the server anew.
func (l *life) again() {
	l.t.Helper()
	l.logs.WriteString(l.p.stdout.String() + l.p.stderr.String())
	l.p = serve(l.t, l.dir, l.args...)
	l.v.url = l.p.url // its cookies are the host's
}

// tables are those of a data source.
func (l *life) tables(id string) *keptTables {
	name := "source_1_" + id
	if l.database != "" {
		return &keptTables{l.t, l.database, name}
	}
	return &keptTables{l.t, "", filepath.Join(l.dir, "lunedi-sources", name+".db")}
}

func (l *life) live() {
	t, v := l.t, l.v
	token, revoke := l.token(l.admin, "first")
	id := l.add(token)
	tables := l.tables(id)
	tables.holds("after the first run", l.account)

	l.changes(id, tables)
	l.pauses(id)
	second := l.rotates(id)

	// A token that is revoked: the run says so, and another token makes it good.
	revoke() // it is not in use any more
	v.sync(id, false)
	second.revoke()
	v.call("datasource/sync", object{"id": id}, nil)
	if r, _ := v.settled(id, "reauthorize"); len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Message, "does not take this token") || !strings.Contains(r.Problems[0].Remedy, "Rotate token") {
		t.Errorf("a revoked token: %+v", r.Problems)
	}
	tables.holds("while the token is revoked", l.account)
	third, _ := l.token(l.admin, "third")
	v.call("datasource/rotate", object{"id": id, "auth_token": third}, nil)
	v.settled(id, "connected")

	l.killed(id, tables)
	l.others()
	l.secrets()
	l.disconnects(id, tables, third)
	l.nowhere("the log", []byte(l.logs.String()+l.p.stdout.String()+l.p.stderr.String()))
}

// add adds the data source, after what is refused.
func (l *life) add(token string) (id string) {
	t, v := l.t, l.v
	t.Helper()
	var all struct {
		Allowed   bool
		Endpoints []string
		NoKey     string `json:"no_key"`
	}
	v.call("datasources", object{}, &all)
	if !all.Allowed || all.NoKey != "" || !slices.Equal(all.Endpoints, []string{l.gate.endpoint()}) {
		t.Errorf("the page is told %+v", all)
	}
	in := object{"endpoint": l.gate.endpoint(), "start_date": "2015-01-01", "auth_token": "lun_" + strings.Repeat("x", 43)}
	v.refused("datasource/check", in, 400, "auth_token", "does not take this token", "Administration, Connections, API", "Developers, My Access Tokens")
	v.refused("datasource/add", in, 400, "auth_token", "does not take this token")
	in["auth_token"], _ = l.token(sandboxed(t, l.account, sampleMember), "a member's")
	v.refused("datasource/add", in, 400, "auth_token", "Tomasz Zieliński is no admin of the account Fernweh Bikes", "Obtain admin rights there, or let an admin of that account make the connection")
	in["auth_token"] = token
	v.refused("datasource/add", object{"endpoint": l.gate.endpoint(), "auth_token": token, "start_date": "2999-01-01"}, 400, "start_date", "is in the future", "2024-01-01")
	var told struct {
		Name     string
		UserName string `json:"user_name"`
		Admin    bool
		Boards   int
		Lost     []any
	}
	in["start_date"] = "2015-01-01 00:00 +00" // every form that the connector takes
	v.call("datasource/check", in, &told)
	if told.Name != "Fernweh Bikes" || told.UserName != "Marta Lindqvist" || !told.Admin || told.Boards == 0 || len(told.Lost) > 0 {
		t.Errorf("the test tells %+v", told)
	}
	var made struct{ ID string }
	v.call("datasource/add", in, &made)
	r, runs := v.settled(made.ID, "connected") // by itself
	if r.Name != "Fernweh Bikes" || r.Account != "Fernweh Bikes" || r.StartDate != "2015-01-01" || r.Checked == nil || r.Checked.Boards != told.Boards || len(r.Progress) > 0 {
		t.Errorf("the page is told %+v", r)
	}
	if len(runs) != 1 || runs[0].Outcome != "complete" || runs[0].Calls == 0 || runs[0].Counts["items"].New == 0 || runs[0].Rows["items"].Live != runs[0].Counts["items"].New {
		t.Errorf("the runs are %+v", runs)
	}
	return made.ID
}

// changes are followed by the next run, deletions too.
func (l *life) changes(id string, tables *keptTables) {
	t := l.t
	t.Helper()
	do := func(query string) { t.Helper(); l.account.ask(t, "dev-admin", query) }
	rows := tables.read(`SELECT i.id, i.board_id FROM items i JOIN boards b ON b.id = i.board_id
		WHERE i.state = 'active' AND b.state = 'active' AND b.type = 'board' AND i.parent_item_id IS NULL ORDER BY i.id LIMIT 3`)
	item, board, away, shelved := rows[0][0], rows[0][1], rows[1][0], rows[2][0]
	do(`mutation { change_simple_column_value(board_id: ` + board + `, item_id: ` + item + `, column_id: "name", value: "Called otherwise") { id } }`)
	do(`mutation { delete_item(item_id: ` + away + `) { id } }`)
	do(`mutation { archive_item(item_id: ` + shelved + `) { id } }`)
	do(`mutation { create_item(board_id: ` + board + `, item_name: "New") { id } }`)
	do(`mutation { create_update(item_id: ` + item + `, body: "Said") { id } }`)
	do(`mutation { create_team(input: {name: "Late shift", subscriber_ids: [` + sampleMember + `]}) { id } }`)
	team := tables.one(`SELECT MIN(id) FROM teams`)
	do(`mutation { delete_team(team_id: ` + team + `) { id } }`)
	done := l.v.sync(id, false)
	if n := done.Counts["items"]; n.New != 1 || n.Changed < 2 || n.Deleted != 1 {
		t.Errorf("the run counts %+v", done.Counts)
	}
	tables.holds("after changes", l.account)
	for query, want := range map[string]string{
		`SELECT COUNT(*) FROM items WHERE id = '` + away + `' AND _deleted_at IS NOT NULL`:                                 "1",
		`SELECT COUNT(*) FROM column_values WHERE item_id = '` + away + `' AND _deleted_at IS NULL`:                        "0",
		`SELECT COUNT(*) FROM items WHERE id = '` + shelved + `' AND _deleted_at IS NULL AND state = 'archived'`:           "1",
		`SELECT COUNT(*) FROM teams WHERE id = '` + team + `' AND _deleted_at IS NOT NULL`:                                 "1",
		`SELECT COUNT(*) FROM team_members WHERE team_id = '` + team + `' AND _deleted_at IS NULL`:                         "0",
		`SELECT COUNT(*) FROM activity_logs WHERE board_id = '` + board + `' AND item_id = '` + away + `' AND event <> ''`: "",
	} {
		if got := tables.one(query); got != want && want != "" || got == "0" && want == "" {
			t.Errorf("%s: %s, want %q", query, got, want)
		}
	}
	// What is there already costs no row.
	for table, n := range l.v.sync(id, false).Counts {
		if n.New+n.Changed+n.Deleted > 0 {
			t.Errorf("nothing has changed, and %s counts %+v", table, n)
		}
	}
}

// pauses: while it is paused nothing is read; a full re-sync changes nothing that is right.
func (l *life) pauses(id string) {
	t, v := l.t, l.v
	t.Helper()
	v.call("datasource/pause", object{"id": id, "paused": true}, nil)
	if r, _ := v.source(id); r.Status != "paused" {
		t.Errorf("paused: %+v", r)
	}
	v.refused("datasource/sync", object{"id": id}, 400, "paused", "resume it first")
	v.call("datasource/pause", object{"id": id, "paused": false}, nil)
	v.settled(id, "connected")
	full := v.sync(id, true)
	if full.Mode != "full" || full.Outcome != "complete" {
		t.Errorf("a full one: %+v", full)
	}
	for table, n := range full.Counts {
		if n.New+n.Changed+n.Deleted > 0 {
			t.Errorf("nothing has changed, and a full re-sync counts %s: %+v", table, n)
		}
	}
	// In the middle of a run: the run ends, and goes on when it is resumed.
	stuck := l.gate.shut(1)
	v.call("datasource/sync", object{"id": id, "full": true}, nil)
	wait(t, stuck)
	v.until(id, "being read", func(r *row, _ []runRow) bool { return r.Status == "syncing" || r.Status == "checking" })
	v.call("datasource/pause", object{"id": id, "paused": true}, nil)
	v.until(id, "stopped", func(r *row, _ []runRow) bool { return len(r.Progress) == 0 && r.Status == "paused" })
	l.gate.open()
	v.call("datasource/pause", object{"id": id, "paused": false}, nil)
	_, runs := v.settled(id, "connected")
	if runs[0].Mode != "full" || runs[0].Outcome != "complete" {
		t.Errorf("resumed: %+v", runs[0])
	}
}

func wait(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatal("nobody came")
	}
}

// revocable is a token that can be revoked.
type revocable struct {
	secret string
	revoke func()
}

// rotates puts another token in place of the first; wrong ones and those of other accounts are refused.
func (l *life) rotates(id string) revocable {
	t, v := l.t, l.v
	t.Helper()
	foreign := l.p.firstToken(t)
	l.gate.mu.Lock()
	l.gate.other[foreign] = mustURL(t, l.p.url)
	l.gate.mu.Unlock()
	v.refused("datasource/rotate", object{"id": id, "auth_token": foreign}, 400, "auth_token", `The token is of the account "Lunedi", and this data source keeps "Fernweh Bikes"`, "add another data source")
	v.refused("datasource/rotate", object{"id": id, "auth_token": "lun_" + strings.Repeat("y", 43)}, 400, "auth_token", "does not take this token", "My Access Tokens")
	v.refused("datasource/rotate", object{"id": id, "auth_token": "two words"}, 400, "auth_token", "copy it once more")
	second, revoke := l.token(l.admin, "second")
	v.call("datasource/rotate", object{"id": id, "auth_token": second}, nil)
	v.settled(id, "connected")
	return revocable{second, revoke}
}

// killed: the server dies in the middle of a run, and the next one goes on with it.
func (l *life) killed(id string, tables *keptTables) {
	t := l.t
	t.Helper()
	stuck := l.gate.shut(6)
	l.v.call("datasource/sync", object{"id": id, "full": true}, nil)
	wait(t, stuck)
	l.p.kill()
	l.gate.open()
	l.pass()
	l.again()
	_, runs := l.v.settled(id, "connected")
	if runs[0].Mode != "full" || runs[0].Outcome != "complete" {
		t.Errorf("after a crash: %+v", runs[0])
	}
	tables.holds("after a crash", l.account)
}

// pass lets the time go by that a lease lasts, in which PostgreSQL has noticed that who wrote was killed. On SQLite
// there is nobody else who could have it.
func (l *life) pass() {
	l.t.Helper()
	if l.database != "" {
		for begin := time.Now(); len(pgtest.Rows(l.t, l.database, `SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
			WHERE d.datname = current_database() AND locktype = 'advisory' AND classid = x'4c756e65'::int::oid`)) > 0; time.Sleep(20 * time.Millisecond) {
			if time.Since(begin) > patience {
				l.t.Fatal("the killed one still has its tables")
			}
		}
		pgtest.Rows(l.t, l.database, `UPDATE data_source_states SET held_until = '2020-01-01T00:00:00.000000Z' WHERE holder <> ''`)
	}
}

// others are told whom to ask, and nothing else.
func (l *life) others() {
	t := l.t
	t.Helper()
	const words = "Only Network Admins can add data sources. Contact your network admin for assistance"
	for _, kind := range []string{"member", "guest", "viewer"} {
		var made struct {
			Users []struct{ ID string } `json:"invited_users"`
		}
		email := kind + "@example.com"
		a := l.p.ask(t, l.p.firstTokenOf(l), `mutation { invite_users(emails: ["`+email+`"], user_role: `+map[string]string{"member": "MEMBER", "guest": "GUEST", "viewer": "VIEW_ONLY"}[kind]+`) { invited_users { id } errors { message } } }`)
		if err := json.Unmarshal(a.Data["invite_users"], &made); err != nil || len(made.Users) != 1 {
			t.Fatalf("%v: %s", err, a.text)
		}
		var link struct{ URL string }
		l.v.call("link", object{"id": made.Users[0].ID}, &link)
		who := linked(t, l.p, link.URL)
		who.refused("datasource/add", object{"auth_token": "tok", "start_date": "2024-01-01"}, 403, "datasource.edit", words)
		who.refused("datasource", object{"id": "1"}, 403, "datasource.edit", "Contact your network admin")
		var page struct {
			Allowed bool
			Why     string
			List    []any
			Admins  []struct{ Name string }
		}
		who.call("datasources", object{}, &page)
		if page.Allowed || len(page.List) > 0 || !strings.Contains(page.Why, "Contact your network admin for assistance") || kind != "guest" && len(page.Admins) != 1 {
			t.Errorf("a %s's page is told %+v", kind, page)
		}
	}
}

// firstTokenOf is the token of the first admin, which an earlier start has printed.
func (p *process) firstTokenOf(l *life) string {
	return tokenText.FindString(l.logs.String() + p.stdout.String())
}

// disconnects keeps the tables, then another's are dropped.
func (l *life) disconnects(id string, tables *keptTables, token string) {
	t, v := l.t, l.v
	t.Helper()
	v.refused("datasource/remove", object{"id": id, "name": "Fernweh"}, 400, "name", "Fernweh Bikes")
	items := tables.one(`SELECT COUNT(*) FROM items`)
	v.call("datasource/remove", object{"id": id, "name": "Fernweh Bikes"}, nil)
	if r, _ := v.source(id); r != nil {
		t.Errorf("it is still there: %+v", r)
	}
	if got := tables.one(`SELECT COUNT(*) FROM items`); got != items {
		t.Errorf("%s of %s items are left", got, items)
	}
	// The other way to add one: on the command line, with the server stopped on SQLite and beside it on PostgreSQL.
	if l.database == "" {
		l.p.stop(t)
	}
	command := func(more ...string) string {
		t.Helper()
		flags := []string{}
		if l.database != "" {
			flags = append(flags, "--database", l.database, "--secret-key-file", "secret.key")
		}
		return must(t, l.dir, []string{"LUNEDI_AUTH_TOKEN=" + token}, append(append([]string{"admin", "datasource"}, more...), flags...)...)
	}
	out := command("add", "--start-date", "2015-01-01", "--name", "By hand", "--endpoint", l.gate.endpoint(), "--source-endpoint", l.gate.endpoint())
	m := regexp.MustCompile(`^Added data source (\d+), By hand\.`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("add says %q", out)
	}
	if l.database == "" {
		l.again()
	}
	v.settled(m[1], "connected")
	l.tables(m[1]).holds("added on the command line", l.account)
	if l.database == "" {
		l.p.stop(t)
	}
	for words, more := range map[string][]string{
		"By hand":                        {"list"},
		"Marta Lindqvist":                {"check", m[1]},
		"Paused data source " + m[1]:     {"pause", m[1]},
		"Rotated the token of data sour": {"rotate-token", m[1]},
	} {
		if out := command(more...); !strings.Contains(out, words) {
			t.Errorf("%v says %q", more, out)
		}
	}
	command("resume", m[1])
	command("sync", m[1], "--full")
	if l.database == "" {
		l.again()
	}
	if _, runs := v.settled(m[1], "connected"); runs[0].Mode != "full" {
		t.Errorf("a full one: %+v", runs[0])
	}
	v.call("datasource/remove", object{"id": m[1], "name": "By hand", "drop": true}, nil)
	for begin := time.Now(); !l.tables(m[1]).gone(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatal("its tables are not dropped")
		}
	}
	if tables.gone() {
		t.Error("the other's tables are gone too")
	}
}

// secrets are nowhere but in the server's memory: not in its logs, its files, its database or its backup.
func (l *life) secrets() {
	t := l.t
	t.Helper()
	l.nowhere("the log", []byte(l.logs.String()+l.p.stdout.String()+l.p.stderr.String()))
	err := filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // it is gone meanwhile
		}
		b, err := os.ReadFile(path)
		l.nowhere(path, b)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	status, body := l.v.post("backup", object{"password": password})
	if status != http.StatusOK {
		t.Fatalf("backup: %d %.200s", status, body)
	}
	zip, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil || !bytes.Contains(text, []byte("Fernweh Bikes")) {
		t.Fatalf("the backup has %d bytes, %v", len(text), err)
	}
	l.nowhere("the backup", text)
	if l.database == "" {
		return
	}
	for _, table := range pgtest.Rows(t, l.database, `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`) {
		for _, row := range pgtest.Rows(t, l.database, `SELECT row_to_json(t)::text FROM `+table[0]+` t`) {
			l.nowhere(table[0], []byte(row[0]))
		}
	}
}

func (l *life) nowhere(what string, text []byte) {
	l.t.Helper()
	for _, secret := range l.tokens {
		if bytes.Contains(text, []byte(secret)) {
			l.t.Errorf("an auth_token is in %s", what)
		}
	}
}

// TestDataSourceNodes: of two servers on one database one runs a source, both tell how far it is, and the
// other takes over when the first is killed.
func TestDataSourceNodes(t *testing.T) {
	t.Parallel()
	l := newLife(t, true)
	nodes := map[*process]*visitor{l.p: l.v}
	other := serve(t, l.dir, l.args...)
	nodes[other] = &visitor{t, other.url, l.v.client} // sessions are the database's, and cookies the host's
	running := func() (list []*process) {
		for p := range nodes {
			if n := strings.Count(p.stderr.String(), "data source: a run begins"); n > 1 {
				t.Errorf("a server began %d runs: %s", n, p.stderr)
			} else if n == 1 {
				list = append(list, p)
			}
		}
		return list
	}
	token, _ := l.token(l.admin, "nodes")
	stuck := l.gate.shut(12) // two tests of the token, and into the run
	var made struct{ ID string }
	l.v.call("datasource/add", object{"endpoint": l.gate.endpoint(), "start_date": "2015-01-01", "auth_token": token}, &made)
	wait(t, stuck)
	for p, v := range nodes {
		r, _ := v.until(made.ID, "being read", func(r *row, _ []runRow) bool { return len(r.Progress) > 0 })
		if r.Status != "syncing" {
			t.Errorf("%s tells of %+v", p.url, r)
		}
	}
	at := running()
	if len(at) != 1 {
		t.Fatalf("%d servers run it", len(at))
	}
	at[0].kill()
	left := l.p
	if left == at[0] {
		left = other
	}
	l.pass()
	l.gate.open()
	v := nodes[left]
	_, runs := v.settled(made.ID, "connected")
	if len(running()) != 2 {
		t.Error("the other has not taken over")
	}
	if runs[0].Outcome != "complete" {
		t.Errorf("taken over: %+v", runs[0])
	}
	l.tables(made.ID).holds("taken over", l.account)

	// What is asked of one server, whichever runs it heeds.
	l.p = serve(t, l.dir, l.args...)
	v.sync(made.ID, false)
	stuck = l.gate.shut(1)
	v.call("datasource/sync", object{"id": made.ID}, nil)
	wait(t, stuck)
	(&visitor{t, l.p.url, l.v.client}).call("datasource/pause", object{"id": made.ID, "paused": true}, nil)
	v.until(made.ID, "stopped", func(r *row, _ []runRow) bool { return len(r.Progress) == 0 && r.Status == "paused" })
}

// TestDataSourceSandbox: an admin of the sandbox can add the sandbox itself, with what it prints.
func TestDataSourceSandbox(t *testing.T) {
	t.Parallel()
	p := dev(t)
	said := p.stdout.String()
	v := sandboxed(t, p, sampleAdmin)
	var page struct{ Endpoints []string }
	v.call("datasources", object{}, &page)
	if len(page.Endpoints) != 1 || page.Endpoints[0] != p.url+"/v2" {
		t.Fatalf("the page offers %q", page.Endpoints)
	}
	for _, words := range []string{"/admin/connections/sources/new", "auth_token dev-admin", "start_date 2024-01-01", "Service " + page.Endpoints[0]} {
		if !strings.Contains(said, words) {
			t.Errorf("the sandbox does not print %q: %s", words, said)
		}
	}
	var made struct{ ID string }
	v.call("datasource/add", object{"endpoint": page.Endpoints[0], "auth_token": "dev-admin", "start_date": "2024-01-01"}, &made)
	r, runs := v.settled(made.ID, "connected")
	if r.Name != "Fernweh Bikes" || runs[0].Rows["items"].Live == 0 || runs[0].Outcome != "complete" {
		t.Errorf("%+v %+v", r, runs)
	}
	v.call("datasource/remove", object{"id": made.ID, "name": r.Name, "drop": true}, nil)
	if code := p.stop(t); code != 0 {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
}
