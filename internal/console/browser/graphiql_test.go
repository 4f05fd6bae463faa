//go:build !race

package browser

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// TestGraphiQL asks with GraphiQL as who has signed in, under the page's policy: nothing that it does is
// refused by that, and nothing leaves the machine.
func TestGraphiQL(t *testing.T) {
	t.Parallel()
	const folder = "../../../graphiql"
	if _, err := os.Stat(folder); err != nil {
		t.Fatal("there is no GraphiQL; make graphiql gets it from npm")
	}
	srv := luneditest.Start(t, luneditest.GraphiQL(folder))
	b := newTab(t, srv.URL)
	b.signIn("an admin")
	b.visit("/developers/explorer")
	b.click("link", "Open GraphiQL")
	b.at("/developers/graphiql")
	shows := func(what, expression, want string) {
		t.Helper()
		b.until(what, func(ctx context.Context) error {
			text, err := evaluate[string](ctx, expression)
			if err == nil && !strings.Contains(text, want) {
				err = fmt.Errorf("%q is not in %.300q", want, text)
			}
			return err
		})
	}
	b.click("button", "Execute query (Ctrl-Enter)")
	shows("the answer", `document.querySelector(".result-window")?.textContent ?? ""`, `Marta`)
	shows("what it was worth", `document.querySelector("#told").textContent`, "complexity ")
	b.click("button", "Show Documentation Explorer")
	shows("the schema", `document.querySelector(".graphiql-plugin")?.textContent ?? ""`, "Query")
	b.click("button", "Open settings dialog") // which adds a style sheet
	shows("the dialog", `document.querySelector("[role=dialog]")?.textContent ?? ""`, "Theme")
	b.picture("graphiql")
}
