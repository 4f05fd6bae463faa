package luneditest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/luneditest"
)

func ask(t *testing.T, srv *luneditest.Server, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, srv.Endpoint, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

func TestStart(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	for token, want := range map[string]int{luneditest.AdminToken: 200, luneditest.MemberToken: 200, luneditest.GuestToken: 200, luneditest.ViewerToken: 403, "else": 401} {
		if status, answer := ask(t, srv, token, `{"query":"{ me { id url } }"}`); status != want {
			t.Errorf("%s: status %d, want %d: %s", token, status, want, answer)
		} else if want == 200 && !strings.Contains(answer, srv.URL+"/users/") {
			t.Errorf("%s: the user's url is not the server's: %s", token, answer)
		}
	}
}

func TestServersAreAlone(t *testing.T) {
	t.Parallel()
	a, b := luneditest.Start(t), luneditest.Start(t)
	if _, answer := ask(t, a, luneditest.AdminToken, `{"query":"mutation { delete_team(team_id: 24681012) { id } }"}`); !strings.Contains(answer, `"24681012"`) {
		t.Fatalf("delete_team: %s", answer)
	}
	if _, answer := ask(t, b, luneditest.AdminToken, `{"query":"{ teams(ids: 24681012) { id } }"}`); !strings.Contains(answer, `"24681012"`) {
		t.Errorf("what one server deleted is gone on another: %s", answer)
	}
}

func TestSeedAndStrict(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t, luneditest.Strict(), luneditest.SeedText(`
account: {name: Mine}
users:
  - {id: 12345, name: Ada, email: ada@example.com, role: admin}
`))
	if _, answer := ask(t, srv, luneditest.AdminToken, `{"query":"{ users { id name } account { name } }"}`); !strings.Contains(answer, `{"users":[{"id":"12345","name":"Ada"}],"account":{"name":"Mine"}}`) {
		t.Errorf("answer %s", answer)
	}
	if _, answer := ask(t, srv, luneditest.AdminToken, `{"query":"{ users(ids: 012345) { id } }"}`); !strings.Contains(answer, "Syntax Error") {
		t.Errorf("a strict server reads a leading zero: %s", answer)
	}
}
