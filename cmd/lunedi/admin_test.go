package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestAdmin is the life of a user and of tokens, without a server.
func TestAdmin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fails(t, exitError, "there is no database lunedi.db: 'lunedi serve' makes one", dir, nil, "admin", "user", "list")
	p := serve(t, dir, "--admin-name", "Ada", "--admin-email", "ada@example.com")
	first := p.firstToken(t)
	p.stop(t)

	if out := must(t, dir, nil, "admin", "user", "create", "--name", "Grace Hopper", "--email", "grace@example.com", "--role", "admin"); !regexp.MustCompile(`^Made user \d+, admin <grace@example.com>.\n$`).MatchString(out) {
		t.Errorf("create says %q", out)
	}
	must(t, dir, nil, "admin", "user", "create", "--email", "vera@example.com", "--role", "view_only")
	fails(t, exitError, "grace@example.com is a user of this account already", dir, nil, "admin", "user", "create", "--email", "grace@example.com")
	fails(t, exitError, `"grace" is not an e-mail address`, dir, nil, "admin", "user", "create", "--email", "grace")
	fails(t, exitUsage, `--email is needed`, dir, nil, "admin", "user", "create", "--name", "Nobody")
	fails(t, exitUsage, `--role: "boss" is not one of admin, member, view_only, guest`, dir, nil, "admin", "user", "create", "--email", "x@example.com", "--role", "boss")
	users := must(t, dir, nil, "admin", "user", "list")
	for _, want := range []string{`\d+ +Ada +ada@example.com +admin +active`, `\d+ +Grace Hopper +grace@example.com +admin +active`, `\d+ +vera +vera@example.com +view_only +active`} {
		if !regexp.MustCompile(want).MatchString(users) {
			t.Errorf("no %s in\n%s", want, users)
		}
	}

	r := do(t, dir, nil, "admin", "token", "create", "--user", "Grace Hopper")
	personal := strings.TrimSpace(r.stdout)
	if r.code != 0 || tokenText.FindString(personal) != personal || !strings.Contains(r.stderr, "of Grace Hopper <grace@example.com>, shown only now") {
		t.Errorf("token create: %+v", r)
	}
	again := strings.TrimSpace(must(t, dir, nil, "admin", "token", "create", "--user", "grace@example.com"))
	named := strings.TrimSpace(must(t, dir, nil, "admin", "token", "create", "--name", "ci", "--expires", "720h"))
	fails(t, exitError, "it is not the one they were made with", dir, []string{"LUNEDI_KEY=" + strings.Repeat("0a", 32)}, "admin", "token", "create", "--name", "other key")
	fails(t, exitError, "may not have personal API tokens", dir, nil, "admin", "token", "create", "--user", "vera@example.com")
	fails(t, exitError, `there is no user "nobody"; name one by id, e-mail address or name`, dir, nil, "admin", "token", "create", "--user", "nobody")
	fails(t, exitError, `there is no user 99`, dir, nil, "admin", "token", "create", "--user", "99")
	fails(t, exitUsage, "a personal token does not expire", dir, nil, "admin", "token", "create", "--expires", "1h")
	fails(t, exitUsage, "a token is revoked by its id", dir, nil, "admin", "token", "revoke", again)
	fails(t, exitUsage, "name the tokens to revoke", dir, nil, "admin", "token", "revoke")
	fails(t, exitError, "not found", dir, nil, "admin", "token", "revoke", "424242")
	if r := do(t, dir, nil, "admin", "token", "revoke", again); strings.Contains(r.stderr, again) {
		t.Errorf("a secret is repeated: %s", r.stderr)
	}

	p = serve(t, dir)
	for token, want := range map[string]int{first: 200, personal: 401, again: 200, named: 200} {
		if a, err := post(http.DefaultClient, p.url, token, "{ me { id } }"); err != nil || a.status != want {
			t.Errorf("%+v %v, want %d; %s", a, err, want, p.stderr)
		}
	}
	p.stop(t)

	tokens := must(t, dir, nil, "admin", "token", "list")
	line := regexp.MustCompile(`(?m)^(\d+) +\d+ +ada@example.com +ci +\S+ \S+ +\S+ \S+ +\S+ \S+$`).FindStringSubmatch(tokens)
	if line == nil || strings.Contains(tokens, "lun_") || strings.Count(tokens, "(personal)") != 2 {
		t.Fatalf("token list:\n%s", tokens)
	}
	if out := must(t, dir, nil, "admin", "token", "revoke", line[1]); out != "Revoked token "+line[1]+".\n" {
		t.Errorf("revoke says %q", out)
	}
	p = serve(t, dir)
	if a, err := post(http.DefaultClient, p.url, named, "{ me { id } }"); err != nil || a.status != 401 {
		t.Errorf("the revoked token: %+v %v", a, err)
	}
	p.stop(t)

	show := must(t, dir, nil, "admin", "account", "show")
	for _, want := range []string{`(?m)^name +Lunedi$`, `(?m)^users +3$`, `(?m)^main workspace id +null$`} {
		if !regexp.MustCompile(want).MatchString(show) {
			t.Errorf("no %s in\n%s", want, show)
		}
	}
	must(t, dir, nil, "admin", "account", "update", "--name", "Harbour Ltd", "--main-workspace-id", "number")
	if show := must(t, dir, nil, "admin", "account", "show"); !strings.Contains(show, "Harbour Ltd") || strings.Contains(show, "null") {
		t.Errorf("after the update: %s", show)
	}
	fails(t, exitError, "neither number nor null", dir, nil, "admin", "account", "update", "--main-workspace-id", "7")
	fails(t, exitError, "nothing to change", dir, nil, "admin", "account", "update")
	fails(t, exitError, "not found", dir, nil, "admin", "account", "show", "--account", "5")
}

// TestAdminWithoutKey: only what makes secrets needs the key.
func TestAdminWithoutKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serve(t, dir).stop(t)
	env := []string{"LUNEDI_KEY_FILE=nowhere.key"}
	must(t, dir, env, "admin", "account", "show")
	must(t, dir, env, "admin", "token", "list")
	fails(t, exitError, "no key in nowhere.key or LUNEDI_KEY: it is the one that 'lunedi serve' uses", dir, env, "admin", "token", "create")
}

// TestCommands: every command has words for those who ask, and for those who mistype.
func TestCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, line := range []string{"", "--help", "dev --help", "serve --help", "admin --help", "admin", "admin user", "admin user create --help", "admin token create --help",
		"admin token revoke --help", "admin account show --help", "migrate --help", "seed print --help"} {
		out := must(t, dir, nil, strings.Fields(line)...)
		if !strings.Contains(out, "Usage:") {
			t.Errorf("lunedi %s does not teach:\n%s", line, out)
		}
		if strings.HasSuffix(line, "--help") && !strings.Contains(out, "Examples:\n  lunedi ") {
			t.Errorf("lunedi %s has no example:\n%s", line, out)
		}
	}
	if out := must(t, dir, nil, "version"); !regexp.MustCompile(`^lunedi \S+ \(go1\.\S+, \w+/\w+\)\n$`).MatchString(out) {
		t.Errorf("version says %q", out)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := must(t, dir, nil, "completion", shell); !strings.Contains(out, "lunedi") {
			t.Errorf("completion %s: %q", shell, out)
		}
	}
	fails(t, exitUsage, `there is no command "devv" in "lunedi"`, dir, nil, "devv")
	fails(t, exitUsage, `there is no command "usr"`, dir, nil, "admin", "usr")
	fails(t, exitUsage, "unknown flag: --nothing", dir, nil, "--nothing")
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fails(t, exitError, "no such file", dir, nil, "migrate", "--status")
	if out := must(t, dir, nil, "migrate"); !regexp.MustCompile(`^The schema was at version 0 and is at \d+ now.\n$`).MatchString(out) {
		t.Errorf("migrate says %q", out)
	}
	for _, args := range [][]string{{"migrate"}, {"migrate", "--status"}} {
		if out := must(t, dir, nil, args...); !strings.HasPrefix(out, "The schema is up to date (version ") {
			t.Errorf("%v says %q", args, out)
		}
	}
	fails(t, exitError, "the database has no account yet", dir, nil, "admin", "account", "show")
	fails(t, exitUsage, "--database: a file or", dir, nil, "migrate", "--database", "")
}
