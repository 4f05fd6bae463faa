package luneditest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"testing"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// The people of the sample account whom the tests come in as.
const marta, tomasz, noor, gerda = "40217301", "40217302", "40217303", "40217304" // an admin, a member, a guest, a viewer

// visitor is a browser without its window.
type visitor struct {
	t    *testing.T
	url  string
	http http.Client
}

func enter(t *testing.T, srv *luneditest.Server, user string) *visitor {
	t.Helper()
	jar, _ := cookiejar.New(nil) // never fails
	v := &visitor{t: t, url: srv.URL, http: http.Client{Jar: jar}}
	v.form("/console/sign-in-as", url.Values{"user": {user}})
	return v
}

func (v *visitor) form(path string, values url.Values) {
	v.t.Helper()
	r, err := v.http.PostForm(v.url+path, values)
	if err != nil {
		v.t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusOK {
		v.t.Fatalf("%s answers %d", path, r.StatusCode)
	}
}

// ask makes a call and decodes what comes into out.
func (v *visitor) ask(name string, in, out any) (status int) {
	v.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := v.http.Post(v.url+"/console/"+name, "application/json", bytes.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		v.t.Fatalf("%s: %v in %s", name, err, text)
	}
	return r.StatusCode
}

type whoami struct {
	ID, Name, Role string
	Looking        bool
	Rules          map[string]struct {
		Refusal string
		Unless  []string
	}
}

func (v *visitor) me() (out whoami) {
	v.t.Helper()
	v.ask("me", struct{}{}, &out)
	return out
}

// reason is why the API refuses a document; "" when it does not.
func (v *visitor) reason(document string) string {
	v.t.Helper()
	var out struct {
		Errors []struct {
			Message    string
			Extensions struct {
				Data struct{ Reason string } `json:"error_data"`
			}
		}
	}
	v.ask("v2", map[string]string{"query": document}, &out)
	if len(out.Errors) == 0 {
		return ""
	}
	if why := out.Errors[0].Extensions.Data.Reason; why != "" {
		return why
	}
	return out.Errors[0].Message
}

// TestRulesAreWhatIsRefused: what a page says beforehand is word for word what trying it is answered.
func TestRulesAreWhatIsRefused(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	for action, document := range map[string]string{ // what self has nothing to do with: no fact holds
		"user.role":        `mutation { update_users_role(user_ids: [12345], new_role: MEMBER) { errors { message } } }`,
		"user.invite":      `mutation { invite_users(emails: ["new@fernweh-bikes.example.com"]) { errors { message } } }`,
		"user.edit":        `mutation { update_multiple_users(user_updates: [{user_id: 123456, user_attribute_updates: {title: "x"}}]) { errors { message } } }`,
		"team.create":      `mutation { create_team(input: {name: "x"}, options: {allow_empty_team: true}) { id } }`,
		"workspace.create": `mutation { create_workspace(name: "x", kind: open) { id } }`,
	} {
		for _, user := range []string{marta, tomasz, noor, gerda} {
			v := enter(t, srv, user)
			me := v.me()
			if me.ID != user || me.Looking {
				t.Fatalf("%s is told to be %+v", user, me)
			}
			if said, done := me.Rules[action].Refusal, v.reason(document); said != done {
				t.Errorf("%s as %s: the page says %q, the API %q", action, me.Role, said, done)
			}
		}
	}
	if own := enter(t, srv, tomasz).me().Rules["user.edit"]; !slices.Contains(own.Unless, "self") || slices.Contains(own.Unless, "owner") {
		t.Errorf("a member edits its own profile: %+v", own)
	}
}

// TestLooking: who looks as somebody else is told what that one may do, and sees what that one sees.
func TestLooking(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	v := enter(t, srv, marta)
	v.form("/console/as", url.Values{"user": {noor}})
	if me := v.me(); me.ID != noor || me.Role != "guest" || !me.Looking || me.Rules["team.create"].Refusal == "" {
		t.Errorf("looking as a guest: %+v", me)
	}
	var parents map[string]string
	if v.ask("teams/parents", struct{}{}, &parents); len(parents) != 0 {
		t.Errorf("a guest is told of the teams %v", parents)
	}
	v.form("/console/as", nil)
	if me := v.me(); me.ID != marta || me.Looking {
		t.Errorf("back again: %+v", me)
	}
	if v.ask("teams/parents", struct{}{}, &parents); parents["654321"] != "123456" {
		t.Errorf("Firmware is below Engineering, not %v", parents)
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t, luneditest.SeedText(`
account: {name: Small}
users:
  - {id: 1, name: A, email: a@small.example, role: admin}
  - {id: 2, name: M, email: m@small.example, role: member}
  - {id: 3, name: P, email: p@small.example, role: member, status: pending}
  - {id: 4, name: G, email: g@small.example, role: guest}
  - {id: 5, name: X, email: x@small.example, role: member, status: inactive}
`))
	var all, seen struct {
		Users                                        map[string]int
		Pending, Inactive, Teams, Workspaces, Boards int
	}
	enter(t, srv, "1").ask("account/counts", struct{}{}, &all)
	if all.Users["admin"] != 1 || all.Users["member"] != 2 || all.Users["guest"] != 1 || all.Pending != 1 || all.Inactive != 1 || all.Workspaces != 1 || all.Boards != 0 {
		t.Errorf("an admin is told %+v", all)
	}
	enter(t, srv, "4").ask("account/counts", struct{}{}, &seen)
	if seen.Users["admin"] != 0 || seen.Users["member"] != 0 || seen.Users["guest"] != 1 || seen.Inactive != 0 {
		t.Errorf("a guest is told of others: %+v", seen)
	}
}

func TestAccountIsRenamed(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	for _, c := range []struct {
		user, name string
		status     int
		field      string
	}{
		{tomasz, "Mine", 403, "account.edit"}, {noor, "Mine", 403, "account.edit"}, {gerda, "Mine", 403, "account.edit"},
		{marta, "", 400, "name"}, {marta, "Radhaus", 200, ""},
	} {
		v := enter(t, srv, c.user)
		var out struct{ Message, Field string }
		if status := v.ask("account/edit", map[string]string{"name": c.name}, &out); status != c.status || out.Field != c.field {
			t.Errorf("%s names it %q: %d %+v", c.user, c.name, status, out)
		}
		var data struct {
			Data struct{ Account struct{ Name string } }
		}
		v.ask("v2", map[string]string{"query": "{ account { name } }"}, &data)
		if renamed := data.Data.Account.Name == c.name; renamed != (c.status == 200) {
			t.Errorf("the account is called %q", data.Data.Account.Name)
		}
	}
}
