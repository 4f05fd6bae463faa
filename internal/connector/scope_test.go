package connector

import (
	"slices"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
	"github.com/lunedi-dev/lunedi/luneditest"
)

// TestDocumentsWithout: without what needs a scope, every document is still one that a server understands.
func TestDocumentsWithout(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	api, err := mondayapi.New(mondayapi.Config{Endpoint: srv.Endpoint, Token: luneditest.AdminToken, Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, scope := range fieldScopes {
		if !slices.Contains(all, scope) {
			all = append(all, scope)
		}
	}
	slices.Sort(all)
	shorter := 0
	for _, lack := range append(slices.Collect(slices.Chunk(all, 1)), all) {
		s := &scopes{lack: lack}
		for name, d := range testDocuments() {
			less := s.without(d)
			if less.text != d.text {
				shorter++
			}
			if name == "boardTeams" && slices.Contains(lack, "teams:read") {
				continue // it is of nothing else, and not asked for then
			}
			a, err := api.Query(t.Context(), less.text, testVariables(t, name, less), &struct{}{})
			if err != nil || len(a.Errors) > 0 {
				t.Errorf("without %v, %s: %v %+v\n%s", lack, name, err, a, less.text)
			}
			if slices.Contains(lack, "users:read") && strings.Contains(less.text, "subscribers { id }") {
				t.Errorf("%s has it still: %s", name, less.text)
			}
		}
	}
	if shorter < 20 {
		t.Errorf("%d documents are another", shorter)
	}
}
