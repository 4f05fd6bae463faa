package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

func post(as work.UserID, text string) *http.Request {
	r := httptest.NewRequest("POST", "/v2", strings.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", token(as))
	return r
}

// TestScopes holds the scopes to what the API's documentation names.
func TestScopes(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"Query.account": "account:read", "Query.account_roles": "account:read",
		"Query.aggregate": "boards:read", "Query.boards": "boards:read", "Query.complexity": "",
		"Query.me": "me:read", "Query.platform_api": "", "Query.teams": "teams:read", "Query.users": "users:read", "Query.version": "", "Query.versions": "",
		"Query.workspaces": "workspaces:read", "Board.workspace": "workspaces:read", "Board.workspace_id": "",
		"User.teams": "teams:read", "User.account": "account:read", "Team.users": "users:read", "Team.owners": "users:read",
		"Workspace.users_subscribers": "users:read", "Workspace.owners_subscribers": "users:read",
		"Workspace.teams_subscribers": "teams:read", "Workspace.team_owners_subscribers": "teams:read",
		"Query.items": "boards:read", "Query.items_page_by_column_values": "boards:read", "Query.next_items_page": "boards:read",
		"Query.get_column_type_schema": "boards:read", "Item.creator": "users:read", "Item.subscribers": "users:read", "Item.board": "",
		"Board.items_page": "", "Board.columns": "", "Board.groups": "", "Item.column_values": "", "VoteValue.voters": "users:read",
		"Mutation.complexity": "", "Query.updates": "updates:read", "Query.replies": "updates:read", "Query.assets": "assets:read",
		"Query.docs": "docs:read", "Query.export_markdown_from_doc": "docs:read", "Query.folders": "workspaces:read",
		"Query.tags": "tags:read", "Query.webhooks": "webhooks:read", "Board.activity_logs": "", "Update.assets": "assets:read",
		"Item.updates": "updates:read", "Board.updates": "updates:read", "Item.assets": "assets:read", "Board.tags": "tags:read",
	}
	for scope, names := range map[string]string{
		"boards:write ":       "archive_group archive_item change_column_metadata change_column_title change_column_value change_item_position change_multiple_column_values change_simple_column_value create_column create_dropdown_column create_group create_item create_status_column create_subitem create_view create_view_table delete_column delete_group delete_item delete_view duplicate_board duplicate_group duplicate_item move_item_to_board move_item_to_group set_board_permission update_column update_dropdown_column update_group update_status_column update_view update_view_table",
		"teams:write":         "create_team delete_team add_users_to_team remove_users_from_team assign_team_owners remove_team_owners",
		"workspaces:write":    "create_folder update_folder delete_folder create_workspace update_workspace delete_workspace add_users_to_workspace delete_users_from_workspace add_teams_to_workspace delete_teams_from_workspace",
		"boards:write":        "add_file_to_column create_or_get_tag create_board update_board archive_board delete_board add_users_to_board add_subscribers_to_board delete_subscribers_from_board add_teams_to_board delete_teams_from_board",
		"updates:write":       "add_file_to_update create_update edit_update delete_update like_update unlike_update pin_to_top unpin_from_top clear_item_updates",
		"webhooks:write":      "create_webhook delete_webhook",
		"docs:write":          "create_doc create_doc_block update_doc_block delete_doc_block update_doc_name delete_doc add_content_to_doc_from_markdown set_item_description_content",
		"notifications:write": "create_notification",
		"users:write":         "invite_users activate_users deactivate_users update_users_role update_multiple_users update_email_domain",
	} {
		for _, n := range strings.Fields(names) {
			want["Mutation."+n] = strings.TrimSpace(scope)
		}
	}
	got := map[string]string{}
	for _, f := range Fields(currentVersion) {
		name := f.Type + "." + f.Field
		if _, ok := want[name]; ok || f.Type == "Query" || f.Type == "Mutation" {
			got[name] = f.Scope
		}
		if f.Type == "Mutation" && f.Field != "complexity" && f.Weight != 10_000 {
			t.Errorf("%s weighs %d", name, f.Weight)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got\n" + diff)
	}
}

// TestMissingScope uses a token that was granted less than everything.
func TestMissingScope(t *testing.T) {
	t.Parallel()
	s := start(t, small(), nil)
	by, err := s.service.As(t.Context(), 77, 1)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := s.service.CreateToken(t.Context(), by, "ci", []string{"users:read", "me:read"}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	got := s.queryWith(t, secret, `{ me { id teams { id } } invited: teams { id } }`, nil)
	want := `{"data":{"me":{"id":"1","teams":null},"invited":null},"errors":[` +
		`{"message":"Unauthorized field or type","path":["me","teams"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}},` +
		`{"message":"Unauthorized field or type","path":["invited"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}],` +
		`"extensions":{"request_id":"` + testID + `"}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = s.queryWith(t, secret, `mutation { delete_team(team_id: 21) { id } }`, nil)
	if !strings.Contains(got, `{"data":{"delete_team":null},"errors":[{"message":"Unauthorized field or type","path":["delete_team"]`) {
		t.Error(got)
	}
	if got := s.query(t, 1, `{ teams(ids: 21) { id } }`, nil); !strings.Contains(got, `"21"`) {
		t.Error("the team was deleted without the scope", got)
	}
}

// TestDescribed holds every type, field, argument and value to a description.
func TestDescribed(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	start(t, small(), nil).ServeHTTP(w, httptest.NewRequest("GET", "/v2/get_schema", nil))
	type named struct{ Name, Description string }
	var answer struct {
		Data struct {
			Schema struct {
				Types []struct {
					named
					Fields []struct {
						named
						Args []named
					}
					InputFields, EnumValues []named
				}
			} `json:"__schema"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	check := func(where string, n named) {
		if n.Description == "" {
			t.Errorf("%s%s has no description", where, n.Name)
		}
	}
	for _, typ := range answer.Data.Schema.Types {
		if strings.HasPrefix(typ.Name, "__") {
			continue
		}
		check("", typ.named)
		for _, f := range typ.Fields {
			check(typ.Name+".", f.named)
			for _, a := range f.Args {
				check(typ.Name+"."+f.Name+":", a)
			}
		}
		for _, n := range slices.Concat(typ.InputFields, typ.EnumValues) {
			check(typ.Name+".", n)
		}
	}
	if len(answer.Data.Schema.Types) < 50 {
		t.Error("only", len(answer.Data.Schema.Types), "types")
	}
}

// TestCovered holds every field and argument to a golden case that uses it.
func TestCovered(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range regexp.MustCompile(`\w+`).FindAllString(string(text), -1) {
			words[w] = true
		}
	}
	// No value is of these types, so that their fields cannot be shown.
	empty := []string{"CustomFieldMetas", "CustomFieldValue"}
	for _, f := range Fields(currentVersion) {
		if !words[f.Field] && !slices.Contains(empty, f.Type) {
			t.Errorf("no case has %s.%s", f.Type, f.Field)
		}
		for _, a := range f.Arguments {
			if !words[a.Name] {
				t.Errorf("no case has %s.%s(%s:)", f.Type, f.Field, a.Name)
			}
		}
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	s := start(t, small(), nil)
	get := func(path string) *httptest.ResponseRecorder { return s.send(httptest.NewRequest("GET", path, nil)) }
	sdl := get("/v2/get_schema?version=2099-01&format=sdl")
	if got := sdl.Header().Get("Content-Type"); sdl.Code != 200 || got != "text/plain; charset=utf-8" || sdl.Body.String() != SDL(currentVersion) {
		t.Error(sdl.Code, got)
	}
	for _, ours := range []string{"@scope", "@cost", "@listSize", "@since", "@until"} {
		if strings.Contains(SDL(currentVersion), ours) {
			t.Error("the SDL tells", ours)
		}
	}
	intro := get("/v2/get_schema?version=2026-04")
	if got := intro.Header().Get("Content-Type"); intro.Code != 200 || got != "application/json" || !strings.HasPrefix(intro.Body.String(), `{"data":{"__schema":{`) || !json.Valid(intro.Body.Bytes()) {
		t.Error(intro.Code, got, intro.Body.String()[:60])
	}
	if got := intro.Header().Get("Api-Version"); got != currentVersion {
		t.Error(got)
	}
	head := s.send(httptest.NewRequest("HEAD", "/v2/get_schema", nil))
	if head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") == "" {
		t.Error(head.Code, head.Header())
	}
	if SDL("2001-01") != "" || Fields("2001-01") != nil {
		t.Error("a version that is not served has a schema")
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	s := start(t, small(), nil)
	w := s.send(post(1, `{"query":"{ me { id } }"}`))
	want := http.Header{
		"Content-Type": {"application/json"}, "Api-Version": {"2026-04"}, "X-Request-Id": {testID}, "Vary": {"accept-encoding, origin"},
		"Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": exposed, "Content-Length": {fmt.Sprint(w.Body.Len())},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Error("-want +got\n" + diff)
	}
	w = httptest.NewRecorder()
	w.Header().Set("X-Request-Id", "from the middleware")
	s.ServeHTTP(w, post(1, `{"query":"{ me { id } }"}`))
	if !strings.Contains(w.Body.String(), `"request_id":"from the middleware"`) {
		t.Error(w.Body.String())
	}
	r := httptest.NewRequest("OPTIONS", "/v2", nil)
	r.Header.Set("Access-Control-Request-Headers", "authorization, x-own")
	if got := s.send(r).Header().Get("Access-Control-Allow-Headers"); got != "authorization, x-own" {
		t.Error(got)
	}
}

func gzipped(t testing.TB, text string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestGzip(t *testing.T) {
	t.Parallel()
	s := start(t, small(), func(c *Config) { c.MaxBody = 1 << 20 })
	send := func(text, accept string) *httptest.ResponseRecorder {
		r := post(1, "")
		r.Body, r.ContentLength = io.NopCloser(gzipped(t, text)), -1
		r.Header.Set("Content-Encoding", "gzip")
		if accept != "" {
			r.Header.Set("Accept-Encoding", accept)
		}
		return s.send(r)
	}
	plain := send(`{"query":"{ users { id name email url created_at } }"}`, "")
	for _, accept := range []string{"gzip", "br, GZIP;q=0.5", "deflate,gzip"} {
		w := send(`{"query":"{ users { id name email url created_at } }"}`, accept)
		if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Content-Length") != "" {
			t.Error(accept, w.Header())
			continue
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(z); err != nil || string(text) != plain.Body.String() {
			t.Error(err, string(text))
		}
	}
	for _, accept := range []string{"", "gzip;q=0", "br", "identity"} {
		if got := send(`{"query":"{ users { id name email url created_at } }"}`, accept).Header().Get("Content-Encoding"); got != "" {
			t.Error(accept, got)
		}
	}
	if got := send(`{"query":"{ me { id } }"}`, "gzip").Header().Get("Content-Encoding"); got != "" {
		t.Error("a small answer is compressed")
	}
	if w := send(`{"query":"`+strings.Repeat(" ", 2<<20)+`"}`, ""); w.Code != 413 {
		t.Error("a body that is large once it is decompressed:", w.Code)
	}
	r := post(1, "")
	whole := gzipped(t, `{"query":"{ me { id } }"}`).Bytes()
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(whole[:len(whole)-6])), -1
	r.Header.Set("Content-Encoding", "gzip")
	if w := s.send(r); w.Code != 400 {
		t.Error("a body that ends in the middle:", w.Code, w.Body)
	}
}

func TestLargeBody(t *testing.T) {
	t.Parallel()
	s := start(t, small(), func(c *Config) { c.MaxBody = 1000 })
	for _, known := range []bool{true, false} {
		for size, want := range map[int]int{900: 200, 1001: 413, 1 << 22: 413} {
			text := `{"query":"{ me { id } }","operationName":null` + strings.Repeat(" ", size-46) + `}`
			r := post(1, text)
			if !known {
				r.ContentLength = -1
			}
			if w := s.send(r); w.Code != want {
				t.Errorf("%d bytes: %d %s", size, w.Code, w.Body)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := start(t, small(), nil)
	aliases := "{"
	for i := range maxAliases + 1 {
		aliases += fmt.Sprintf(" a%d: me { id }", i)
	}
	for name, document := range map[string]string{
		"depth":   `{ me ` + strings.Repeat(`{ teams { users `, maxDepth/2+1) + `{ id }` + strings.Repeat(` } }`, maxDepth/2+1) + ` }`,
		"aliases": aliases + ` }`,
		"size":    `{ me { id } } #` + strings.Repeat("x", maxDocument),
		"fields":  `{ me { ...a ...a } } fragment a on User { ...b ...b } fragment b on User { ` + strings.Repeat("...c ", 20) + `} fragment c on User { ` + strings.Repeat("id ", 2000) + `}`,
	} {
		w := s.send(post(1, fmt.Sprintf(`{"query":%q}`, document)))
		if got := w.Body.String(); w.Code != 200 || !strings.HasPrefix(got, `{"errors":[{"message":"The document`) || !strings.Contains(got, "limit") {
			t.Errorf("%s: %d %.300s", name, w.Code, got)
		}
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	s := start(t, small(), func(c *Config) { c.RequestTimeout = time.Nanosecond })
	w := s.send(post(1, `{"query":"{ users { id teams { id } } }"}`))
	if got, want := w.Body.String(), `{"errors":[{"message":"Request processing timeout exceeded","extensions":{"code":"TIMEOUT_EXCEEDED"}}]}`; w.Code != 503 || got != want || w.Header().Get("Api-Version") != "" {
		t.Error(w.Code, got)
	}
	if o := s.seen[0]; o.Status != 503 || !slices.Equal(o.Codes, []string{"TIMEOUT_EXCEEDED"}) {
		t.Error(o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.send(post(1, `{"query":"{ users { id teams { id } } }"}`).WithContext(ctx))
	if o := s.seen[1]; o.Status != statusGone {
		t.Error("a client that went away:", o)
	}
}

// TestAnswerTooLong: a short document can ask for an endless answer, which is not made.
func TestAnswerTooLong(t *testing.T) {
	t.Parallel()
	s := start(t, small(), func(c *Config) { c.MaxAnswer = 2000 })
	const query = `{ teams { users { teams { users { teams { users { teams { users { teams { users { teams { id } } } } } } } } } } } }`
	w := s.send(post(1, `{"query":"`+query+`"}`))
	want := `{"data":null,"errors":[{"message":"The answer has more than 2000 bytes, which is the limit; ask for fewer objects or fields at once","path":[],` +
		`"extensions":{"code":"maxComplexityExceeded","status_code":200,"error_data":{},"service":"monolith"}}],`
	if got := w.Body.String(); w.Code != 200 || !strings.HasPrefix(got, want) {
		t.Error(w.Code, got)
	}
	if w := s.send(post(1, `{"query":"{ teams { id } }"}`)); strings.Contains(w.Body.String(), "errors") {
		t.Error(w.Body)
	}
}

// TestUnavailable lets the database fail while a change is saved. The change has not happened, the
// field says so, and the rest of the answer is there.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := start(t, small(), func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	s.store.OnCommit(func(*work.Batch) worktest.Outcome { return worktest.Outcome{Err: errors.New("disk full")} })
	got := s.query(t, 1, `mutation { create_workspace(name: "x", kind: open) { id } }`, nil)
	if !strings.HasPrefix(got, `{"data":{"create_workspace":null},"errors":[{"message":"`) ||
		!strings.Contains(got, `"extensions":{"code":"INTERNAL_SERVER_ERROR","status_code":503,"error_data":{},"service":"monolith"}`) || strings.Contains(got, "disk") {
		t.Error(got)
	}
	if !strings.Contains(log.String(), "disk full") || !strings.Contains(log.String(), testID) {
		t.Error("the log does not say why:", log.String())
	}
	if got := s.query(t, 1, `{ workspaces { name } }`, nil); strings.Contains(got, `"x"`) {
		t.Error(got)
	}
}

// TestBroken makes a resolver fail by a fault of ours: tokens that were sealed with another key.
func TestBroken(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	seed := small()
	s := start(t, seed, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	broken := &work.Batch{Seq: 2, ID: "broken"}
	for _, tok := range seed.Tokens {
		tok.Sealed = bytes.Repeat([]byte{1}, 40)
		broken.Changes = append(broken.Changes, work.Change{Token: tok})
	}
	if err := s.store.Commit(t.Context(), seed.Account.ID, broken); err != nil { // before the account is first used
		t.Fatal(err)
	}
	got := s.query(t, 1, `{ me { id encrypt_api_token } }`, nil)
	want := `{"data":null,"errors":[{"message":"Internal server error","path":[],"extensions":{"status_code":500,"error_code":"INTERNAL_SERVER_ERROR","service":"monolith"}}],"extensions":{"request_id":"` + testID + `"}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !strings.Contains(log.String(), "encrypt_api_token") || !strings.Contains(log.String(), testID) {
		t.Error("the log does not say where:", log.String())
	}
	// What a mutation did is told, although reading the answer failed.
	got = s.query(t, 1, `mutation { a: update_multiple_users(user_updates: [{user_id: 1, user_attribute_updates: {title: "x"}}]) { updated_users { title encrypt_api_token } } b: create_workspace(name: "x", kind: open) { name } }`, nil)
	if !strings.HasPrefix(got, `{"data":{"a":{"updated_users":[{"title":"x","encrypt_api_token":null}]},"b":{"name":"x"}},"errors":[{"message":"Internal server error","locations":`) {
		t.Error(got)
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	for _, inspect := range []bool{false, true} {
		s := start(t, small(), func(c *Config) { c.Inspect = inspect })
		long := "# " + strings.Repeat("é", InspectMax) + "\n"
		s.query(t, 2, `query Names($n: Int) { users(limit: $n) { name } }`, map[string]any{"n": 2})
		s.query(t, 2, `mutation Gone { delete_team(team_id: 5) { id } archive_board(board_id: 5) { id } }`, nil)
		s.query(t, 2, long+`{ nothing }`, nil)
		s.send(post(99, `{}`))
		s.send(post(1, `{}`))
		o := Observation{RequestID: testID, Account: 77, User: 2, Version: "2026-04", Status: 200, Start: now, Token: 9001, From: "192.0.2.1:1234", Path: "/v2"}
		query, mutation, invalid, unknown, empty := o, o, o, o, o
		query.Kind, query.Name, query.Cost = "query", "Names", 22
		mutation.Kind, mutation.Name, mutation.Cost, mutation.Codes = "mutation", "Gone", 20_002, []string{"ResourceNotFoundException", "USER_UNAUTHORIZED"}
		invalid.Codes = []string{""}
		unknown.Account, unknown.User, unknown.Token, unknown.Version, unknown.Status, unknown.Codes = 0, 0, 0, "", 401, []string{"NOT_AUTHENTICATED"}
		empty.User, empty.Token, empty.Status, empty.Codes = 1, 9000, 400, []string{"BAD_REQUEST"}
		if inspect {
			query.Query, query.Variables = `query Names($n: Int) { users(limit: $n) { name } }`, `{"n":2}`
			mutation.Query, mutation.Errors = `mutation Gone { delete_team(team_id: 5) { id } archive_board(board_id: 5) { id } }`, []string{"Team not found", "User unauthorized to perform action"}
			invalid.Query, invalid.Errors = long[:InspectMax]+"…", []string{`Cannot query field "nothing" on type "Query".`}
			unknown.Errors, empty.Errors = []string{"Not authenticated"}, []string{`The body has no "query". Send JSON like {"query":"{ me { id } }"}`}
		}
		if diff := cmp.Diff([]Observation{query, mutation, invalid, unknown, empty}, s.seen); diff != "" {
			t.Errorf("inspect %v: -want +got\n%s", inspect, diff)
		}
	}
}

// TestNotShared makes sure that what was encoded for somebody who sees everybody is not told to a
// guest, nor after it has changed.
func TestNotShared(t *testing.T) {
	t.Parallel()
	seed := small()
	for i := range 50 { // encodings must be worth keeping
		seed.Memberships = append(seed.Memberships, work.Membership{Team: 22, User: work.UserID(5000 + i)})
		seed.Users = append(seed.Users, &work.User{ID: work.UserID(5000 + i), Name: "Guest", Email: fmt.Sprintf("g%d@x.example", i), Role: work.Guest, Status: work.Active})
	}
	seed.BoardUsers = append(seed.BoardUsers, work.BoardUser{Board: 33, User: 1}, work.BoardUser{Board: 33, User: 9})
	s := start(t, seed, nil)
	const boards = `{ boards(ids: 33) { subscribers { id teams { id name users { id name email } } } } }`
	all := s.query(t, 1, boards, nil)
	for range 3 {
		if got := s.query(t, 1, boards, nil); got != all {
			t.Fatal("the same question has two answers")
		}
		guest := s.query(t, 9, boards, nil)
		if strings.Contains(guest, "Design") || strings.Contains(guest, "g1@x.example") || !strings.Contains(guest, `{"id":"9"`) {
			t.Fatal("a guest is told of teams it is not in: ", guest)
		}
	}
	s.query(t, 1, `mutation { add_users_to_team(team_id: 22, user_ids: [9]) { successful_users { id } } }`, nil)
	if got := s.query(t, 1, boards, nil); strings.Count(got, `"Gil Guest"`) != strings.Count(all, `"Gus Guest"`)+1 {
		t.Error("the answer is from before the change:", got)
	}
}

// TestTogether reads and changes an account from many sides at once, for the race detector.
func TestTogether(t *testing.T) {
	t.Parallel()
	s := start(t, small(), func(c *Config) { c.Observe = nil })
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 30 {
				as := people[sortedNames()[i]]
				if i%4 == 0 {
					s.query(t, 1, `mutation($u: [ID!]!) { add_users_to_team(team_id: 23, user_ids: $u) { successful_users { id teams { users { id } } } } remove_users_from_team(team_id: 23, user_ids: $u) { successful_users { id } } }`, map[string]any{"u": []int{i%2*6 + 1}})
				} else if got := s.query(t, as, fmt.Sprintf(`{ users(limit: %d) { id name utc_hours_diff teams { id users { id name } } account { active_members_count } } boards { workspace { id name } } complexity { query } }`, j), nil); !json.Valid([]byte(got)) {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
}

func TestUUID(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 100 {
		id := newUUID()
		if !form.MatchString(id) || seen[id] {
			t.Error(id)
		}
		seen[id] = true
	}
}

// TestUnclosed finds the brace that is not closed.
func TestUnclosed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{ me { id } }": "", "{ me { id }": "1:1", "{ a(b: \"}\") { c }": "1:1", "# {\n{ a {": "2:1", "query {\n  a { b }\n  c {": "1:7", `{ a(b: "\"{") }`: "",
	} {
		got := ""
		if line, column, ok := unclosed(text); ok {
			got = fmt.Sprintf("%d:%d", line, column)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// FuzzBody: whatever is sent, the answer is JSON or nothing, and the quick way of reading bodies says
// what encoding/json says.
func FuzzBody(f *testing.F) {
	for _, text := range []string{
		`{"query":"{ me { id } }"}`, `{"query":"a\u00e9\ud83d\ude00\n\"","variables":{"a":[1,{"b":"}\""}]},"operationName":null}`,
		`{"query":"\ud800"}`, `{"query":"x","query":"y"}`, `{"query":"x","variables":{}}`, `{"query":"x","variables":{"a":1}{}`, `{"Query":"x"}`,
		"{\"query\":\"\xff\"}", "\xef\xbb\xbf{\"query\":\"x\"}", `[`, `{`, `null`, `query=a&variables={}`, `{"variables":{"a":1e999}, "query":""}`,
	} {
		f.Add([]byte(text))
	}
	s := start(f, small(), nil)
	f.Fuzz(func(t *testing.T, text []byte) {
		r := httptest.NewRequest("POST", "/v2", bytes.NewReader(text))
		r.Header.Set("Authorization", token(1))
		if w := s.send(r); !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q is answered with %q", text, w.Body)
		}
		if utf8Fault(text) != nil {
			return
		}
		got, variables, ok := quick(text)
		if !ok {
			return
		}
		var want struct {
			Query     *string         `json:"query"`
			Name      string          `json:"operationName"`
			Variables json.RawMessage `json:"variables"`
		}
		err := json.Unmarshal(text, &want)
		if err != nil && variables != nil && !json.Valid(variables) {
			return // which decodeVariables finds
		}
		if err != nil || want.Query == nil || *want.Query != got.query || want.Name != got.name {
			t.Errorf("%q: quick %+v, slow %+v %v", text, got, want, err)
		}
	})
}

var _ graphql.List = products(nil)
