package luneditest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// TestSeedDocument starts a server with the example of docs/seed.md.
func TestSeedDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/seed.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	yaml, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/seed.md has no example")
	}
	srv := luneditest.Start(t, luneditest.SeedText(yaml))
	status, answer := ask(t, srv, "dev-ada", `{"query":"{ teams { users { name } owners { name } } boards(ids: 30) { workspace { name kind } } workspaces { name } }"}`)
	const want = `{"data":{"teams":[{"users":[{"name":"Ada"},{"name":"Ben"}],"owners":[{"name":"Ada"}]}],"boards":[{"workspace":{"name":"Docks","kind":"closed"}}],"workspaces":[{"name":"Docks"},{"name":"Main Workspace"}]}`
	if status != 200 || !strings.HasPrefix(answer, want) {
		t.Errorf("status %d, answer %s, want %s…", status, answer, want)
	}
}
