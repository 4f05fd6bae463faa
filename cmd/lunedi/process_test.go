package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

// TestMain lets the test binary be lunedi: tests run it as a process of its own, which can be killed.
func TestMain(m *testing.M) {
	if os.Getenv("BE_LUNEDI") != "" {
		main()
	}
	pgtest.Main(m)
}

// patience bounds what tests wait for; nothing is decided by how soon it comes.
const patience = 3 * time.Minute

// lunedi is a command line of the program, in a folder, with nothing of the test's own environment
// but what it needs.
func lunedi(dir string, env []string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"BE_LUNEDI=1", "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}, env...)
	return cmd
}

// result is how a command ended.
type result struct {
	stdout, stderr string
	code           int
}

// do runs a command to its end.
func do(t *testing.T, dir string, env []string, args ...string) result {
	t.Helper()
	cmd := lunedi(dir, env, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	stuck := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer stuck.Stop()
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must is do for commands that have to succeed.
func must(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	r := do(t, dir, env, args...)
	if r.code != exitOK {
		t.Fatalf("lunedi %s: exit code %d: %s", strings.Join(args, " "), r.code, r.stderr)
	}
	return r.stdout
}

// fails is do for commands that have to fail, with these words.
func fails(t *testing.T, code int, words string, dir string, env []string, args ...string) {
	t.Helper()
	r := do(t, dir, env, args...)
	if r.code != code || !strings.Contains(r.stderr, words) {
		t.Errorf("lunedi %s: exit code %d: %s; want %d …%s…", strings.Join(args, " "), r.code, r.stderr, code, words)
	}
}

// output is a file that a process writes to: what it has written is there, also when it has written
// something elsewhere since. Of pipes one may be read later than the other.
type output struct{ *os.File }

func newOutput(t *testing.T) output {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return output{f}
}

// String is what the process has written so far.
func (o output) String() string {
	b, err := os.ReadFile(o.Name())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// process is a running server.
type process struct {
	cmd            *exec.Cmd
	url            string
	stdout, stderr output
	ended          chan struct{}
}

var address = regexp.MustCompile(`(?:Address +|"address":"|address=)(https?://[0-9a-z.:\[\]]+)["\s]`)

// start runs a server until the test ends, and waits until it says where it listens.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := launch(t, cmd)
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(2 * time.Millisecond) {
		if m := address.FindStringSubmatch(p.stdout.String() + p.stderr.String()); m != nil {
			p.url = m[1]
			return p
		}
		select {
		case <-p.ended:
			t.Fatalf("%v ended: %s%s", cmd.Args[1:], p.stdout, p.stderr)
		default:
		}
	}
	t.Fatalf("%v does not say where it listens: %s%s", cmd.Args[1:], p.stdout, p.stderr)
	return nil
}

func launch(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, stdout: newOutput(t), stderr: newOutput(t), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.stdout.File, p.stderr.File
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends the process as a power cut does.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// stop ends it as an administrator does, and returns its exit code.
func (p *process) stop(t *testing.T) int {
	t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	return p.wait(t)
}

func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("it does not end: %s", p.stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

func dev(t *testing.T, args ...string) *process {
	t.Helper()
	return start(t, lunedi(t.TempDir(), nil, append([]string{"dev", "--listen", "127.0.0.1:0"}, args...)...))
}

func serve(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	return start(t, lunedi(dir, nil, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...))
}

// answer is what the API says.
type answer struct {
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Extensions map[string]any
	}
	Extensions map[string]any

	status int
	text   string
}

// post sends a document. The error is one of the connection.
func post(client *http.Client, url, token, query string) (*answer, error) {
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url+"/v2", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{status: resp.StatusCode, text: string(text)}
	if err := json.Unmarshal(text, a); err != nil {
		return nil, fmt.Errorf("status %d: %w: %.200s", resp.StatusCode, err, text)
	}
	return a, nil
}

// ask sends a document that has to be answered without errors.
func (p *process) ask(t *testing.T, token, query string) *answer {
	t.Helper()
	a, err := post(http.DefaultClient, p.url, token, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if a.status != http.StatusOK || len(a.Errors) > 0 {
		t.Fatalf("%s: status %d: %s", query, a.status, a.text)
	}
	return a
}

// get reads a page.
func (p *process) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(p.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

var tokenText = regexp.MustCompile(`lun_[A-Za-z0-9_-]{43}`)

// firstToken is the token that a first start prints.
func (p *process) firstToken(t *testing.T) string {
	t.Helper()
	token := tokenText.FindString(p.stdout.String())
	if token == "" {
		t.Fatalf("no token in %q", p.stdout.String())
	}
	return token
}

func fileMode(t *testing.T, parts ...string) os.FileMode {
	t.Helper()
	info, err := os.Stat(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}
