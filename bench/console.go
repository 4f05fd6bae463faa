package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// consoleLimit is what no answer to a page may take longer than, at the median.
const consoleLimit = 100 * time.Millisecond

// consoleAsk is one request that a page makes: the page itself, a document for the API, or a call.
type consoleAsk struct {
	what     string
	get      string         // a page
	query    string         // a document
	vars     map[string]any // of it
	call     string         // a call, with body
	body     any
	measured []time.Duration
	bytes    int
}

// pageUser are the fields that pages ask of a person in a list.
const pageUser = "id name email title is_admin is_guest is_view_only is_pending enabled photo_thumb"

// consoleAsks are every page and what its module asks for, up to and beyond what is first seen. The
// documents are those of internal/console/assets/js.
func consoleAsks(user, team, workspace, board int64) (list []*consoleAsk) {
	id := func(n int64) map[string]any { return map[string]any{"id": strconv.FormatInt(n, 10)} }
	page := func(path string, asks ...consoleAsk) {
		list = append(list, &consoleAsk{what: "page", get: path})
		for _, a := range asks {
			list = append(list, &a)
		}
	}
	gql := func(what, query string, vars map[string]any) consoleAsk {
		return consoleAsk{what: what, query: query, vars: vars}
	}
	call := func(name string, body any) consoleAsk {
		return consoleAsk{what: "call " + name, call: name, body: body}
	}
	none := struct{}{}
	people := "query ($page: Int, $limit: Int, $gone: Boolean) { users(page: $page, limit: $limit, non_active: $gone) { " + pageUser + " last_activity created_at } }"
	subscribers := "query ($id: ID!, $page: Int!, $limit: Int!) { workspaces(ids: [$id], state: all) { users_subscribers(page: $page, limit: $limit) { " + pageUser + " } } }"
	piece := func(page, limit int, more map[string]any) map[string]any {
		vars := map[string]any{"page": page, "limit": limit}
		for k, v := range more {
			vars[k] = v
		}
		return vars
	}
	page("/", gql("boards in the order of use", "{ boards(limit: 10000, order_by: used_at) { id name type board_kind updated_at workspace { id name } } workspaces(limit: 10000) { id } }", nil),
		gql("the tree of boards, of every page", "{ boards(limit: 10000) { id name type board_kind workspace { id name } } }", nil),
		gql("a search, of every page", "query ($q: String!) { users(name: $q, limit: 5) { id name email } teams { id name } boards(limit: 10000) { id name type } }", map[string]any{"q": "ann"}),
		call("me", none))
	page("/users", gql("the first 100", people, piece(1, 100, nil)), gql("1,000 of the rest", people, piece(5, 1000, nil)), gql("who was deactivated", people, piece(1, 100, map[string]any{"gone": true})))
	page("/users/"+strconv.FormatInt(user, 10), gql("the profile", "query ($id: ID!) { here: users(ids: [$id]) { ...all } gone: users(ids: [$id], non_active: true) { ...all } } fragment all on User { "+profileFields+" }", id(user)),
		gql("250 boards with who is on them", "query ($page: Int) { boards(limit: 250, page: $page) { id name type board_kind workspace { name } subscribers { id } owners { id } } }", map[string]any{"page": 1}))
	page("/teams", gql("all teams", "{ teams { id name is_guest } }", nil), gql("with their members, after they are seen", "{ teams { id owners { id name } users { id } } }", nil), call("teams/parents", none))
	page("/teams/"+strconv.FormatInt(team, 10), gql("the team", "query ($id: ID!) { teams(ids: [$id]) { id name is_guest picture_url owners { id } } }", id(team)),
		gql("its first 100", "query ($id: ID!, $page: Int, $limit: Int) { teams(ids: [$id]) { users(page: $page, limit: $limit) { "+pageUser+" } } }", piece(1, 100, id(team))))
	page("/workspaces", gql("all workspaces", workspacesQuery, map[string]any{"state": "active"}))
	page("/workspaces/"+strconv.FormatInt(workspace, 10), gql("the workspace", workspaceQuery, map[string]any{"id": strconv.FormatInt(workspace, 10), "in": strconv.FormatInt(workspace, 10)}), gql("its first 100 people", subscribers, piece(1, 100, id(workspace))), gql("1,000 of them", subscribers, piece(1, 1000, id(workspace))))
	page("/boards/"+strconv.FormatInt(board, 10), gql("the first 100 items", consoleBoardQuery, id(board)))
	page("/profile", gql("oneself", "{ me { "+profileFields+" } }", nil), call("profile", none))
	page("/admin", gql("the account", `{ account { id name slug tier country_code created_at first_day_of_the_week is_during_trial is_trial_expired show_timeline_weekends sign_up_product_kind active_members_count
		plan { tier period max_users version } products { id kind tier default_workspace_id } } versions { value kind display_name } }`, nil), call("account/counts", none))
	page("/admin/connections/api", call("token", none))
	page("/admin/connections/tokens", call("tokens/all", none))
	page("/admin/security", call("security", none), call("security/sessions", map[string]string{"text": ""}))
	page("/admin/audit", call("audit", map[string]any{"page": 1}), call("audit", map[string]any{"page": 1, "text": "no line has this"}))
	page("/admin/usage", call("usage", none), gql("200 boards with their sizes", "query ($page: Int) { boards(limit: 200, page: $page, state: all) { items_count } }", map[string]any{"page": 1}))
	page("/admin/backup", call("backup/about", none))
	page("/developers", gql("the versions", "{ versions { value kind display_name } }", nil))
	page("/developers/tokens", call("tokens", none))
	page("/developers/explorer")
	page("/developers/requests", call("requests", map[string]int{"after": 0}))
	page("/developers/coverage", call("coverage", none))
	page("/sign-in")
	return list
}

const workspacesQuery = `query ($state: State) { main: workspaces(ids: [-1]) { ...w } list: workspaces(limit: 10000, state: $state) { ...w }
	member: workspaces(limit: 10000, state: $state, membership_kind: member) { id } boards(limit: 10000) { type workspace_id } }
	fragment w on Workspace { id name kind description state is_default_workspace created_at owners_subscribers(limit: 3) { id name } }`

const workspaceQuery = `query ($id: ID!, $in: ID) { workspaces(ids: [$id], state: all) { id name description kind state is_default_workspace created_at account_product { id kind }
	owners_subscribers(limit: 1000) { id name } team_owners_subscribers(limit: 1000) { id } teams_subscribers(limit: 1000) { id name is_guest } } me { teams { id } } account { products { id kind } }
	boards(workspace_ids: [$in], limit: 10000, order_by: used_at) { id name type board_kind board_folder_id updated_at } folders(workspace_ids: [$in], limit: 100) { id name parent { id } } }`

const consoleBoardQuery = `query ($id: ID!) { me { time_zone_identifier teams { id } } boards(ids: [$id], state: all) { id name description board_kind state type access_level permissions items_count
	item_terminology url workspace { id name } columns { id title type description width settings settings_str revision archived } groups { id title color } creator { id name }
	owners { id name email photo_thumb } subscribers { id name email photo_thumb is_guest } team_owners(limit: 100) { id name } team_subscribers(limit: 100) { id name }
	items_page(limit: 100) { cursor items { id name state group { id } column_values { id text value } } } } }`

const profileFields = `id name email title phone mobile_phone location birthday join_date created_at last_activity time_zone_identifier utc_hours_diff current_language country_code
	is_admin is_guest is_view_only is_pending is_verified enabled url photo_original photo_small photo_thumb sign_up_product_kind
	out_of_office { active type start_date end_date disable_notifications } account { name } account_products { kind } teams { id name is_guest }`

// console measures what the pages of the console wait for, as an admin of the account of 10,000.
func (b *bench) console() error {
	f, err := b.withItems()
	if err != nil {
		return err
	}
	port := freePort()
	at := fmt.Sprintf("http://127.0.0.1:%d", port)
	dev, err := start(filepath.Join(b.dir, "console.log"), nil, func() error { _, err := ask(at+"/v2", "dev-admin", "{ me { id } }"); return err },
		b.lunedi.bin, "dev", "--keep", filepath.Dir(f.file), "--listen", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer dev.stop()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	visitor := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	var some struct {
		Me struct {
			ID int64 `json:",string"`
		}
		Users, Teams, Workspaces []struct {
			ID int64 `json:",string"`
		}
	}
	if err := data(at+"/v2", "dev-admin", "{ me { id } users(limit: 1, page: 5000) { id } teams { id } workspaces(limit: 100) { id } }", &some); err != nil {
		return err
	}
	if err := b.usedFor(at, some.Users[0].ID); err != nil {
		return err
	}
	if err := enter(visitor, at, some.Me.ID); err != nil {
		return err
	}
	team, workspace := some.Teams[len(some.Teams)/2].ID, some.Workspaces[len(some.Workspaces)/2].ID
	asks := consoleAsks(some.Users[0].ID, team, workspace, f.boards[0].ID)
	for round := range b.rounds*20 + 1 { // the first is not counted: plans are made in it
		for _, a := range asks {
			took, n, err := a.send(visitor, at)
			if err != nil {
				return fmt.Errorf("%s %s%s: %w", a.what, a.get, a.call, err)
			}
			if a.bytes = n; round > 0 {
				a.measured = append(a.measured, took)
			}
		}
	}
	printConsole(asks, b.rounds*20)
	return nil
}

// usedFor makes it an account that has been in use: the audit has lines and many people are signed in.
func (b *bench) usedFor(at string, user int64) error {
	const changes, sessions = 3000, 2000
	for n := range changes {
		if _, err := ask(at+"/v2", "dev-admin", fmt.Sprintf(`mutation { update_multiple_users(user_updates: [{user_id: %d, user_attribute_updates: {title: "Rider %d"}}]) { errors { message } } }`, user, n)); err != nil {
			return err
		}
	}
	var got struct {
		Users []struct {
			ID int64 `json:",string"`
		}
	}
	if err := data(at+"/v2", "dev-admin", fmt.Sprintf("{ users(limit: %d, kind: non_pending) { id } }", sessions), &got); err != nil {
		return err
	}
	for _, u := range got.Users {
		if err := enter(&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, at, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// enter signs a visitor in as a user, with the sandbox's one click.
func enter(visitor *http.Client, at string, user int64) error {
	res, err := visitor.PostForm(at+"/console/sign-in-as", url.Values{"user": {strconv.FormatInt(user, 10)}})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode >= 400 {
		err = fmt.Errorf("sign in as %d: status %d", user, res.StatusCode)
	}
	return err
}

// send asks once, and tells how long the whole answer took.
func (a *consoleAsk) send(visitor *http.Client, at string) (time.Duration, int, error) {
	path, body := "/console/v2", any(map[string]any{"query": a.query, "variables": a.vars})
	if a.call != "" {
		path, body = "/console/"+a.call, a.body
	}
	text, err := json.Marshal(body)
	if err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	var res *http.Response
	if a.get != "" {
		path = a.get
		res, err = visitor.Get(at + path)
	} else {
		res, err = visitor.Post(at+path, "application/json", bytes.NewReader(text))
	}
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	took := time.Since(begin)
	if err == nil && (res.StatusCode != http.StatusOK || bytes.HasPrefix(out, []byte(`{"errors"`)) || bytes.Contains(out[:min(len(out), 200)], []byte(`"data":null`)) || res.Request.URL.Path != path) {
		err = fmt.Errorf("status %d: %.300s", res.StatusCode, out)
	}
	return took, len(out), err
}

func printConsole(asks []*consoleAsk, times int) {
	fmt.Printf("### Console: what pages wait for, 10,000 users, 500 teams, 1,000 boards, one visitor, %d times each\n\n", times)
	fmt.Printf("| page | asks for | KB | median ms | p99 ms |\n|---|---|---|---|---|\n")
	slow, at := 0, ""
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for _, a := range asks {
		if a.get != "" {
			at = a.get
		}
		slices.Sort(a.measured)
		n := len(a.measured)
		median, p99 := a.measured[n/2], a.measured[min(n-1, n*99/100)]
		mark := ""
		if median > consoleLimit {
			mark = " **slow**"
			slow++
		}
		fmt.Printf("| %s | %s | %.0f | %.1f%s | %.1f |\n", at, a.what, float64(a.bytes)/1000, ms(median), mark, ms(p99))
	}
	fmt.Printf("\n%d of %d took more than %s at the median.\n\n", slow, len(asks), consoleLimit)
}
