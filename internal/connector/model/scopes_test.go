package model

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// readScopes are those that the connector has a use for.
var readScopes = []string{"account:read", "assets:read", "boards:read", "me:read", "tags:read", "teams:read", "updates:read", "users:read", "workspaces:read"}

// limited makes a token of Ada's that lacks scopes.
func (w *world) limited(lacks ...string) string {
	w.t.Helper()
	jar, _ := cookiejar.New(nil) // never fails
	browser := http.Client{Jar: jar}
	in, err := browser.PostForm(w.srv.URL+"/console/sign-in-as", url.Values{"user": {"1"}})
	if err != nil {
		w.t.Fatal(err)
	}
	_ = in.Body.Close()
	has := slices.DeleteFunc(slices.Clone(readScopes), func(s string) bool { return slices.Contains(lacks, s) })
	body, _ := json.Marshal(map[string]any{"name": "limited", "scopes": has})
	made, err := browser.Post(w.srv.URL+"/console/tokens/create", "application/json", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = made.Body.Close() }()
	var out struct{ Secret string }
	if err := json.NewDecoder(made.Body).Decode(&out); err != nil || out.Secret == "" {
		w.t.Fatalf("%s: %v", made.Status, err)
	}
	return out.Secret
}

// addFile puts a file onto an update, since the random changes have none.
func (w *world) addFile(update, name string) {
	w.t.Helper()
	var body bytes.Buffer
	const cut = "cut"
	body.WriteString("--" + cut + "\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nmutation ($file: File!) { add_file_to_update(update_id: " + update + ", file: $file) { id } }\r\n")
	body.WriteString("--" + cut + "\r\nContent-Disposition: form-data; name=\"variables[file]\"; filename=\"" + name + "\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--" + cut + "--\r\n")
	req, _ := http.NewRequest(http.MethodPost, w.srv.Endpoint+"/file", &body)
	req.Header.Set("Content-Type", "multipart/form-data; boundary="+cut)
	req.Header.Set("Authorization", ada)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"errors"`)) {
		w.t.Fatalf("%s: %s", resp.Status, text)
	}
}

// missing are the streams that a token without a scope reads nothing of.
var missing = map[string][]string{
	"assets:read": {"assets"}, "tags:read": {"tags"},
	"teams:read": {"teams", "team_members"}, "users:read": {"users", "team_members"},
	"updates:read":    {"updates", "replies"},
	"workspaces:read": {"workspaces", "workspace_members", "folders"},
	"boards:read": {"boards", "board_members", "groups", "columns", "views", "items", "column_values", "item_links", "time_tracking", "updates", "replies",
		"assets", "activity_logs"},
}

// TestScopes: a token that lacks a scope is told so, with the streams that miss it. A run with it goes on
// with the others, and calls nothing deleted that it cannot see.
func TestScopes(t *testing.T) {
	t.Parallel()
	for _, scope := range readScopes {
		t.Run(scope, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			var made struct {
				Update struct{ ID string } `json:"create_update"`
			}
			w.must(ada, `mutation { create_update(item_id: 900, body: "with a file") { id } }`, nil, &made)
			w.addFile(made.Update.ID, "one.txt")
			dest := newDestination(w, "sqlite")
			w.settle(dest, ada)
			w.must(ben, `mutation { create_item(board_id: 30, item_name: "new") { id } }`, nil, nil)
			w.must(ada, `mutation { create_or_get_tag(tag_name: "new") { id } create_update(item_id: 900, body: "new") { id }
			  create_team(input: {name: "new", subscriber_ids: [2]}) { id } create_workspace(name: "new", kind: open) { id }
			  delete_item(item_id: 901) { id } }`, nil, nil)
			w.addFile(made.Update.ID, "two.txt")
			w.pass(time.Hour)

			token := w.limited(scope)
			cfg := w.config(w.srv.Endpoint, time.Time{})
			cfg.AuthToken = token
			a, err := connector.Check(t.Context(), cfg)
			if scope == "me:read" || scope == "account:read" {
				refused(t, err, "auth_token", "forbidden", scope)
				_, err = dest.run(w, cfg, connector.Sync, 0)
				refused(t, err, "auth_token", "forbidden", scope)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(a.Unread)
			want := slices.Clone(missing[scope])
			slices.Sort(want)
			if !slices.Equal(a.Unread, want) {
				t.Errorf("unread %v, want %v", a.Unread, want)
			}
			told := func(list []connector.Problem) bool {
				return len(list) == 1 && list[0].Kind == "forbidden" && strings.Contains(list[0].Message, scope) && list[0].Remedy != ""
			}
			if !told(a.Lost) {
				t.Errorf("lost: %+v", a.Lost)
			}
			lost := map[string]bool{}
			for _, s := range a.Unread {
				lost[s] = true
			}
			if n := len(emit.Readable(lost)); n != len(connector.Streams())-len(want) && scope != "teams:read" {
				t.Errorf("%d streams are left, without %v", n, want)
			}

			for range 2 {
				report, err := dest.run(w, cfg, connector.Sweep, 0)
				if err != nil || report.Outcome != "complete" || !told(report.Problems) {
					t.Fatalf("%v %+v", err, report)
				}
				for name, n := range report.Counts {
					if lost[name] && n != (connector.Count{}) && !(scope != "boards:read" && (name == "updates" || name == "replies" || name == "assets")) {
						t.Errorf("%s: %+v", name, n)
					}
				}
				w.pass(time.Hour)
			}
			// Everything else is as it is.
			truth, kept := w.truth(), w.kept(dest)
			for name := range truth {
				if lost[name] || name == "activity_logs" {
					continue
				}
				if lines := diff(name, kept[name], truth[name], func(string) bool { return true }); len(lines) > 0 && name != "column_values" {
					t.Errorf("%s", strings.Join(lines, "\n"))
				}
			}
			if got := w.count(dest, "board_members"); got < 6 {
				t.Errorf("%d members of boards are left", got)
			}
			if got := w.count(dest, "assets"); got == 0 {
				t.Error("the file is gone")
			}

			// With a token that may, nothing is missing.
			w.settle(dest, ada)
			w.compare(dest, time.Time{}, true)
		})
	}
}
