package lunedi_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A rule says what one package may import: packages of this module, and modules of others.
type rule struct {
	pkg      string
	packages []string
	modules  []string
	tests    []string // packages that only its tests may import
}

// rules are a statement of policy, not a record of what is: never upward, never sideways. A row may
// stand here before its package does; a package without a row fails the test.
var rules = []rule{
	{pkg: "cmd/lunedi",
		packages: []string{"internal/api", "internal/datasource", "internal/files", "internal/seed", "internal/server", "internal/store", "internal/webhook", "internal/work", "internal/console",
			"internal/connector", "internal/connector/airbyte", "internal/connector/singer", "internal/connector/sink", "internal/mondayapi/faults"},
		modules: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term"},
		tests:   []string{"internal/connector/emit/emittest", "internal/store/pgtest"}},
	{pkg: "luneditest", // a server within other people's tests: wired as in cmd
		packages: []string{"internal/api", "internal/console", "internal/files", "internal/seed", "internal/server", "internal/store", "internal/webhook", "internal/work"}},
	{pkg: "internal/server", modules: []string{"github.com/prometheus/client_golang"}},
	{pkg: "internal/api",
		packages: []string{"internal/graphql", "internal/work", "internal/column", "internal/files", "internal/markdown"},
		tests:    []string{"internal/seed", "internal/work/worktest"}},
	{pkg: "internal/graphql", modules: []string{"github.com/vektah/gqlparser/v2", "github.com/maypok86/otter/v2"}},
	{pkg: "docs"},
	{pkg: "internal/console",
		packages: []string{"docs", "internal/files", "internal/perm", "internal/work"},
		modules:  []string{"golang.org/x/crypto", "golang.org/x/image", "github.com/coreos/go-oidc/v3", "golang.org/x/oauth2"},
		tests:    []string{"internal/work/worktest"}},
	{pkg: "internal/console/browser", // tests alone: the console in a browser
		modules: []string{"github.com/chromedp/chromedp", "github.com/chromedp/cdproto"},
		tests:   []string{"internal/api", "internal/console", "internal/datasource", "internal/work", "internal/work/worktest", "luneditest"}},
	{pkg: "internal/seed",
		packages: []string{"internal/work", "internal/column"},
		modules:  []string{"github.com/goccy/go-yaml"},
		tests:    []string{"internal/work/worktest"}},
	{pkg: "internal/store",
		packages: []string{"internal/filelock", "internal/work"},
		modules:  []string{"modernc.org/sqlite", "github.com/jackc/pgx/v5"},
		tests:    []string{"internal/store/pgtest", "internal/work/worktest"}},
	{pkg: "internal/store/pgtest", modules: []string{"github.com/jackc/pgx/v5"}},
	{pkg: "internal/work",
		packages: []string{"internal/perm", "internal/column"},
		tests:    []string{"internal/work/worktest"}},
	{pkg: "internal/work/worktest", packages: []string{"internal/work"}},
	{pkg: "internal/filelock"},
	{pkg: "internal/files"},
	{pkg: "internal/markdown", modules: []string{"github.com/yuin/goldmark"}},
	{pkg: "internal/webhook", packages: []string{"internal/work"}, tests: []string{"internal/work/worktest"}},
	{pkg: "internal/datasource", packages: []string{"internal/work"}, tests: []string{"internal/work/worktest"}},
	{pkg: "internal/perm"},
	{pkg: "internal/column"},
	{pkg: "internal/mondayapi", modules: []string{"github.com/go-json-experiment/json"}, tests: []string{"luneditest"}},
	{pkg: "internal/mondayapi/faults", modules: []string{"github.com/vektah/gqlparser/v2"}, tests: []string{"internal/mondayapi", "luneditest"}},
	{pkg: "internal/connector", packages: []string{"internal/mondayapi", "internal/column"}, modules: []string{"golang.org/x/sync"}, tests: []string{"luneditest"}},
	{pkg: "internal/connector/emit", packages: []string{"internal/connector", "internal/mondayapi"}},
	{pkg: "internal/connector/emit/emittest", // for the tests of the two protocols
		packages: []string{"internal/connector"}, modules: []string{"github.com/santhosh-tekuri/jsonschema/v6"}},
	{pkg: "internal/connector/airbyte", packages: []string{"internal/connector", "internal/connector/emit"}, tests: []string{"internal/connector/emit/emittest"}},
	{pkg: "internal/connector/singer", packages: []string{"internal/connector", "internal/connector/emit"}, tests: []string{"internal/connector/emit/emittest"}},
	{pkg: "internal/connector/sink",
		packages: []string{"internal/connector", "internal/filelock"},
		modules: []string{"modernc.org/sqlite", "modernc.org/libc", "github.com/jackc/pgx/v5", "github.com/parquet-go/parquet-go",
			"github.com/cespare/xxhash/v2"},
		tests: []string{"internal/store/pgtest"}},
	{pkg: "internal/connector/model", // tests alone: the connector against a server, with faults between them
		modules: []string{"modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/parquet-go/parquet-go"},
		tests: []string{"internal/connector", "internal/connector/airbyte", "internal/connector/emit", "internal/connector/sink", "internal/mondayapi/faults",
			"internal/store/pgtest", "luneditest"}},
	{pkg: "bench", modules: []string{"modernc.org/sqlite"}},
}

// testModules may be imported by every test.
var testModules = []string{"github.com/santhosh-tekuri/jsonschema/v6", "github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "golang.org/x/tools/txtar"}

const module = "github.com/lunedi-dev/lunedi/"

// TestImports holds the table above against what is imported.
func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if p.ImportPath == strings.TrimSuffix(module, "/") {
			continue // this test
		}
		i := slices.IndexFunc(rules, func(r rule) bool { return r.pkg == name })
		if i < 0 {
			t.Errorf("package %s is not in the table of imports_test.go: add it with what it may import", name)
			continue
		}
		r := rules[i]
		for _, imp := range p.Imports {
			if !r.allows(imp) {
				t.Errorf("%s imports %s, which its row in imports_test.go does not allow", name, strings.TrimPrefix(imp, module))
			}
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if !r.allows(imp) && !r.allowsTest(imp) {
				t.Errorf("the tests of %s import %s, which its row in imports_test.go does not allow", name, strings.TrimPrefix(imp, module))
			}
		}
	}
}

// allows reports whether the package may import another.
func (r *rule) allows(imp string) bool {
	if ours, ok := strings.CutPrefix(imp, module); ok {
		return slices.Contains(r.packages, ours)
	}
	return isStandard(imp) || inModules(imp, r.modules)
}

// allowsTest reports whether the package's tests may import another besides.
func (r *rule) allowsTest(imp string) bool {
	if ours, ok := strings.CutPrefix(imp, module); ok {
		return ours == r.pkg || slices.Contains(r.tests, ours)
	}
	return inModules(imp, testModules)
}

func isStandard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

func inModules(imp string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool { return imp == m || strings.HasPrefix(imp, m+"/") })
}

type listed struct {
	ImportPath, Dir                    string
	Imports, TestImports, XTestImports []string
}

// listPackages asks the go command for all packages of the module.
func listPackages(t *testing.T) (all []listed) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,TestImports,XTestImports", "./...")
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("%v: %s", cmd, failed.Stderr)
		}
		t.Fatalf("%v: %v", cmd, err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
