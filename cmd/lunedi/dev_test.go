package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/seed"
)

// TestDev is what a newcomer does: start it, read what it prints, paste the line.
func TestDev(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, lunedi(dir, nil, "dev", "--listen", "127.0.0.1:0"))
	said := p.stdout.String()
	for _, want := range []string{
		`a sandbox with "Fernweh Bikes": 20 users, 12 teams`, "API         " + p.url + "/v2",
		"dev-admin    Marta Lindqvist, an admin", "dev-member ", "dev-guest ", "dev-viewer ", "whom the API refuses (403)",
		"new ApiClient({ token: 'dev-admin', endpoint: '" + p.url + "/v2' })",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if p.stderr.String() != "" {
		t.Errorf("it complains: %s", p.stderr)
	}
	if body := paste(t, said); !strings.HasPrefix(body, `{"data":{"me":{"name":"Marta Lindqvist"},"teams":[{"name":`) {
		t.Errorf("the line to paste answers %.200s", body)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "lunedi-dev-*")); len(left) != 1 {
		t.Errorf("its folder: %v", left)
	}
	p.cmd.Process.Signal(os.Interrupt)
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "lunedi-dev-*")); len(left) != 0 {
		t.Errorf("it leaves %v", left)
	}
}

var curlLine = regexp.MustCompile(`curl -s (\S+) -H '([^']+)' -H '([^']+)' -d '([^']+)'`)

// paste does what the printed curl line does.
func paste(t *testing.T, said string) string {
	t.Helper()
	m := curlLine.FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("no curl line in:\n%s", said)
	}
	req, err := http.NewRequest(http.MethodPost, m[1], strings.NewReader(m[4]))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range m[2:4] {
		key, value, _ := strings.Cut(h, ": ")
		req.Header.Set(key, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDevTokens(t *testing.T) {
	t.Parallel()
	p := dev(t)
	for token, want := range map[string]int{"dev-admin": 200, "dev-member": 200, "dev-guest": 200, "dev-viewer": 403, "dev-nobody": 401, "": 401} {
		a, err := post(http.DefaultClient, p.url, token, "{ me { id } }")
		if err != nil || a.status != want {
			t.Errorf("%s: %+v %v, want %d; %s", token, a, err, want, p.stderr)
		}
	}
}

// TestDevKeep: what is changed is there the next time, in files that nobody else can read.
func TestDevKeep(t *testing.T) {
	t.Parallel()
	keep := filepath.Join(t.TempDir(), "a", "sandbox")
	p := dev(t, "--keep", keep)
	p.ask(t, "dev-admin", `mutation { create_team(input: {name: "Kept", subscriber_ids: [123456]}) { id } }`)
	if code := p.stop(t); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.stderr)
	}
	if m := fileMode(t, keep, "lunedi.key"); m != 0o600 {
		t.Errorf("the key's mode is %o", m)
	}
	if m := fileMode(t, keep, "lunedi.db"); m != 0o600 {
		t.Errorf("the database's mode is %o", m)
	}
	p = dev(t, "--keep", keep, "--users", "50")
	if said := p.stdout.String(); !strings.Contains(said, "20 users, 13 teams") || !strings.Contains(said, "goes on") || !strings.Contains(said, "dev-guest") {
		t.Errorf("the second start says:\n%s", said)
	}
	if a := p.ask(t, "dev-member", "{ teams { name } }"); !strings.Contains(a.text, `"Kept"`) {
		t.Errorf("the team is gone: %s", a.text)
	}
}

func TestDevSeed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(good, []byte("account: {name: Mine}\nusers:\n  - {id: 7, name: Ada, email: ada@example.com, role: admin}\nteams:\n  - {id: 8, name: Crew, users: [Ada]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("users:\n  - {email: ada@example.com, role: boss}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := dev(t, "--seed", good)
	if said := p.stdout.String(); !strings.Contains(said, `a sandbox with "Mine": 1 users, 1 teams`) || !strings.Contains(said, "dev-admin    Ada, an admin") {
		t.Errorf("it says:\n%s", said)
	}
	if a := p.ask(t, "dev-admin", "{ me { id } teams(ids: [8]) { name users { id } } }"); !strings.Contains(a.text, `{"me":{"id":"7"},"teams":[{"name":"Crew","users":[{"id":"7"}]}]}`) {
		t.Error(a.text)
	}
	fails(t, exitError, bad+`:2:36: users[0].role: "boss" is not allowed; it is one of admin, member, view_only, guest`, dir, nil, "dev", "--listen", "127.0.0.1:0", "--seed", bad)
	fails(t, exitError, "--seed: open", dir, nil, "dev", "--listen", "127.0.0.1:0", "--seed", "nowhere.yaml")
	if left, _ := filepath.Glob(filepath.Join(dir, "lunedi-dev-*")); len(left) != 0 {
		t.Errorf("those that could not start leave %v", left)
	}
}

// TestSeedPrint: what is printed is a seed that gives the sample account.
func TestSeedPrint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := must(t, dir, nil, "seed", "print")
	if text != string(seed.Sample) {
		t.Error("it is not the sample")
	}
	file := filepath.Join(dir, "my.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := dev(t, "--seed", file)
	if said := p.stdout.String(); !strings.Contains(said, `a sandbox with "Fernweh Bikes": 20 users`) || !strings.Contains(said, "dev-viewer") {
		t.Errorf("it says:\n%s", said)
	}
}

func TestDevBulk(t *testing.T) {
	t.Parallel()
	p := dev(t, "--users", "500", "--teams", "20", "--boards", "50")
	if said := p.stdout.String(); !strings.Contains(said, "520 users, 32 teams, 17 workspaces, 73 boards") {
		t.Errorf("it says:\n%s", said)
	}
	var users []struct{ ID string }
	a := p.ask(t, "dev-admin", "{ users(non_active: false) { id } }")
	if err := json.Unmarshal(a.Data["users"], &users); err != nil || len(users) < 400 {
		t.Errorf("%d users, %v", len(users), err)
	}
}

// TestDevStrict: numbers with leading zeros, as the documents print them, are taken with a warning; --strict refuses them.
func TestDevStrict(t *testing.T) {
	t.Parallel()
	query := "{ users(ids: [012345]) { id } }"
	if a := dev(t).ask(t, "dev-admin", query); !strings.Contains(a.text, `{"users":[{"id":"12345"}]}`) || a.Extensions["warnings"] == nil {
		t.Error(a.text)
	}
	p := start(t, lunedi(t.TempDir(), []string{"LUNEDI_STRICT=true", "LUNEDI_LISTEN=127.0.0.1:0"}, "dev"))
	a, err := post(http.DefaultClient, p.url, "dev-admin", query)
	if err != nil || len(a.Errors) == 0 {
		t.Errorf("%+v %v", a, err)
	}
}

// TestDevLimits: a small plan's minute is used up by one dear document.
func TestDevLimits(t *testing.T) {
	t.Parallel()
	fails(t, exitUsage, `--limits: there is no plan "gold": it is free, basic, standard, pro or enterprise`, t.TempDir(), nil, "dev", "--limits", "gold")
	p := dev(t, "--limits", "free")
	const dear = `{ boards(limit: 60) { owners { id name email teams { id } } } }`
	for i := 0; ; i++ {
		a, err := post(http.DefaultClient, p.url, "dev-admin", dear)
		if err == nil && a.status == http.StatusTooManyRequests && strings.Contains(a.text, `"code":"COMPLEXITY_BUDGET_EXHAUSTED","retry_in_seconds":`) && i > 0 {
			break
		}
		if err != nil || a.Data == nil || i == 100 {
			t.Fatalf("after %d: %v %+v", i, err, a)
		}
	}
	if a := p.ask(t, "dev-member", "{ me { id } }"); a.Data == nil { // whose minute is another
		t.Error(a.text)
	}
}

// TestDevFaults: some queries fail, and what changes something does not.
func TestDevFaults(t *testing.T) {
	t.Parallel()
	fails(t, exitUsage, "--faults: 101 is not from 0 to 100", t.TempDir(), nil, "dev", "--faults", "101")
	p := dev(t, "--faults", "30")
	good, bad := 0, 0
	for range 300 {
		if a, err := post(http.DefaultClient, p.url, "dev-admin", "{ me { id } boards { id } }"); err == nil && a.Data != nil && len(a.Errors) == 0 {
			good++
		} else {
			bad++
		}
	}
	if good < 100 || bad < 20 {
		t.Errorf("%d went well, %d did not", good, bad)
	}
	for i := range 30 {
		if a := p.ask(t, "dev-admin", fmt.Sprintf(`mutation { create_or_get_tag(tag_name: "t%d") { id } }`, i)); a.Data == nil {
			t.Error(a.text)
		}
	}
}

// TestDevRefusesStrangers: its tokens are public, so it listens where nobody else comes.
func TestDevRefusesStrangers(t *testing.T) {
	t.Parallel()
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:80"} {
		fails(t, exitUsage, `can be reached from other machines, and everybody knows the sandbox's tokens`, t.TempDir(), nil, "dev", "--listen", address)
	}
	fails(t, exitUsage, `is not HOST:PORT, like 127.0.0.1:8080`, t.TempDir(), nil, "dev", "--listen", "8080")
	for _, address := range []string{"localhost:0", "127.9.9.9:0"} {
		start(t, lunedi(t.TempDir(), nil, "dev", "--listen", address))
	}
}

// TestDevPort: without --listen another port will do; with it, it is that one or none.
func TestDevPort(t *testing.T) {
	t.Parallel()
	a := start(t, lunedi(t.TempDir(), nil, "dev"))
	b := start(t, lunedi(t.TempDir(), nil, "dev"))
	if a.url == b.url {
		t.Errorf("both listen on %s", a.url)
	}
	a.ask(t, "dev-admin", "{ me { id } }")
	b.ask(t, "dev-admin", "{ me { id } }")
	taken := strings.TrimPrefix(a.url, "http://")
	fails(t, exitError, "listen on "+taken+": the port is taken by another program; give another with --listen", t.TempDir(), nil, "dev", "--listen", taken)
}

// TestDevFlags: all that is wrong is told at once.
func TestDevFlags(t *testing.T) {
	t.Parallel()
	r := do(t, t.TempDir(), []string{"LUNEDI_LOG_FORMAT=xml"}, "dev", "--users", "-1", "--boards=-2", "--log-level", "loud", "--listen", "x")
	for _, want := range []string{"--users: -1 is below 0", "--boards: -2 is below 0", `--log-level: "loud" is not one of debug, info, warn, error`,
		`--log-format: "xml" is not one of auto, text, json`, `--listen: "x" is not HOST:PORT`, "See 'lunedi dev --help'"} {
		if r.code != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("exit code %d, and it does not say %q: %s", r.code, want, r.stderr)
		}
	}
	fails(t, exitUsage, "unknown flag: --bards", t.TempDir(), nil, "dev", "--bards", "3")
	fails(t, exitUsage, `LUNEDI_USERS="many"`, t.TempDir(), []string{"LUNEDI_USERS=many"}, "dev")
	fails(t, exitUsage, `takes no arguments, but there is "now"`, t.TempDir(), nil, "dev", "now")
}

// TestLogs: what is logged of requests, in both forms, and that no token is in it.
func TestLogs(t *testing.T) {
	t.Parallel()
	p := dev(t, "--log-requests", "--log-format", "json")
	p.ask(t, "dev-admin", "{ me { id } }")
	p.stop(t)
	if log := p.stderr.String(); !strings.Contains(log, `"level":"INFO","msg":"request","request_id":"`) || !strings.Contains(log, `"path":"/v2","status":200`) || strings.Contains(log, "dev-admin") {
		t.Errorf("log:\n%s", log)
	}
	p = dev(t, "--log-level", "debug", "--log-format", "text")
	p.ask(t, "dev-admin", "query Who { me { id } }")
	p.stop(t)
	if log := p.stderr.String(); !strings.Contains(log, `msg=request`) || !strings.Contains(log, `msg=operation`) || !strings.Contains(log, "name=Who") ||
		!strings.Contains(log, "shutting down") || strings.Contains(log, "dev-admin") {
		t.Errorf("log:\n%s", log)
	}
}

// TestShutdownInFlight: a request of which half has arrived is still answered; nothing new is taken.
func TestShutdownInFlight(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "--shutdown-timeout", "5m", "--admin-name", "Marta Lindqvist")
	token, host := p.firstToken(t), strings.TrimPrefix(p.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"query":"{ me { name } }"}`
	io.WriteString(conn, "POST /v2 HTTP/1.1\r\nHost: x\r\nAuthorization: "+token+"\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n"+body[:10])
	p.ask(t, token, "{ me { id } }") // the first half has been read by now, or will be
	awaitInFlight(t, p, 2)
	p.cmd.Process.Signal(syscall.SIGTERM)
	for {
		c, err := net.Dial("tcp", host)
		if err != nil {
			break
		}
		c.Close()
	}
	io.WriteString(conn, body[10:])
	b, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(b), "Marta Lindqvist") {
		t.Errorf("%s %v", b, err)
	}
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
}

var inFlight = regexp.MustCompile(`(?m)^lunedi_http_requests_in_flight (\d+)$`)

// awaitInFlight waits until so many requests at least are being answered, the one that asks among them.
func awaitInFlight(t *testing.T, p *process, n int) {
	t.Helper()
	for {
		_, body := p.get(t, "/metrics")
		m := inFlight.FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("the metrics do not tell: %s", body)
		}
		if now, err := strconv.Atoi(m[1]); err != nil {
			t.Fatal(err)
		} else if now >= n {
			return
		}
	}
}
