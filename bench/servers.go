package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "modernc.org/sqlite"
)

// process is a server under test.
type process struct {
	cmd   *exec.Cmd
	log   string
	url   string
	began time.Time
	ready time.Duration // from start to first good answer
}

// start runs a server and waits until probe is content with it. What it prints goes to log.
func start(log string, env []string, probe func() error, name string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.Command(name, args...), log: log, began: time.Now()}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(p.began) < 10*time.Minute {
		if err = probe(); err == nil {
			p.ready = time.Since(p.began)
			return p, nil
		}
		time.Sleep(time.Millisecond)
	}
	p.stop()
	return nil, fmt.Errorf("%s %s did not come up: %w\n%s", name, strings.Join(args, " "), err, p.printed())
}

// printed is what the process has said so far.
func (p *process) printed() []byte {
	text, _ := os.ReadFile(p.log)
	return text
}

// kill ends the process with no time to finish anything.
func (p *process) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	_ = p.cmd.Wait()
}

// stop ends the process and its children.
func (p *process) stop() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	done := make(chan struct{})
	go func() { _ = p.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-done
	}
}

// pids are the process and its children.
func (p *process) pids() []int {
	pids := []int{p.cmd.Process.Pid}
	entries, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	for _, e := range entries {
		text, _ := os.ReadFile(e)
		for _, f := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(f); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// ask posts one document and returns the answer, which must be a good one.
func ask(url, token, query string) ([]byte, error) {
	out, err := post(url, token, query)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data   json.RawMessage
		Errors json.RawMessage
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("%w in %.200s", err, out)
	}
	if len(answer.Data) == 0 || len(answer.Errors) > 0 {
		return nil, fmt.Errorf("answer %.500s", out)
	}
	return out, nil
}

// data asks, and decodes the answer's data.
func data(url, token, query string, into any) error {
	out, err := ask(url, token, query)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, &struct{ Data any }{into})
}

func post(url, token, query string) ([]byte, error) {
	body, _ := json.Marshal(map[string]string{"query": query})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %s", res.StatusCode, out)
	}
	return out, nil
}

func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err) // no loopback, no benchmark
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// lunedi is the binary under test.
type lunedi struct{ bin, dir string }

// build makes the binary, unless there is one.
func (l *lunedi) build(dir string) error {
	l.dir = dir
	if l.bin != "" {
		return nil
	}
	l.bin = filepath.Join(dir, "lunedi")
	build := exec.Command("go", "build", "-o", l.bin, "./cmd/lunedi")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build lunedi: %w", err)
	}
	return nil
}

// serve starts a server; with a token it has answered its first request.
func (l lunedi) serve(name, database, token string, flags ...string) (*process, error) {
	port := freePort()
	url := fmt.Sprintf("http://127.0.0.1:%d/v2", port)
	p, err := start(filepath.Join(l.dir, name+".log"), []string{"LUNEDI_KEY_FILE=" + filepath.Join(l.dir, "lunedi.key")},
		func() error {
			if token == "" {
				_, err := http.Get(strings.TrimSuffix(url, "/v2") + "/readyz")
				return err
			}
			_, err := ask(url, token, "{ me { id } }")
			return err
		},
		l.bin, append([]string{"serve", "--database", database, "--listen", fmt.Sprintf("127.0.0.1:%d", port)}, flags...)...)
	if p != nil {
		p.url = url
	}
	return p, err
}

// size is how much there is in a generated account.
type size struct{ users, teams, boards, items int }

// account makes a database with a generated account and returns its file and an admin's token.
func (l lunedi) account(n size) (file, token string, firstAnswer time.Duration, err error) {
	keep := filepath.Join(l.dir, fmt.Sprintf("account-%d-%d", n.users, n.items))
	port := freePort()
	url := fmt.Sprintf("http://127.0.0.1:%d/v2", port)
	dev, err := start(filepath.Join(l.dir, "dev.log"), nil, func() error { _, err := ask(url, "dev-admin", "{ me { id } }"); return err },
		l.bin, "dev", "--keep", keep, "--listen", fmt.Sprintf("127.0.0.1:%d", port),
		"--users", strconv.Itoa(n.users), "--teams", strconv.Itoa(n.teams), "--boards", strconv.Itoa(n.boards), "--items", strconv.Itoa(n.items))
	if err != nil {
		return "", "", 0, err
	}
	dev.stop()
	found, _ := filepath.Glob(filepath.Join(keep, "*.db"))
	if len(found) != 1 {
		return "", "", 0, fmt.Errorf("no database in %s", keep)
	}
	key, err := os.ReadFile(filepath.Join(keep, "lunedi.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(l.dir, "lunedi.key"), key, 0o600)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", "", 0, err
	}
	token, err = l.token(found[0])
	return found[0], token, dev.ready, err
}

// token makes an API token for the first admin.
func (l lunedi) token(database string) (string, error) {
	cmd := exec.Command(l.bin, "admin", "token", "create", "--database", database, "--name", "bench")
	cmd.Env = append(os.Environ(), "LUNEDI_KEY_FILE="+filepath.Join(l.dir, "lunedi.key"))
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("make a token: %w: %s", err, out)
	}
	for _, f := range strings.Fields(string(out)) {
		if strings.HasPrefix(f, "lun_") {
			return f, nil
		}
	}
	return "", fmt.Errorf("no token in %q", out)
}

// ids reads a column of ids.
func ids(file, query string) ([]int64, error) {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// startLimit starts the bare handler over the answers in a folder: NAME.answer is served at /NAME.
func startLimit(dir, answers string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", freePort())
	p, err := start(filepath.Join(dir, "limit.log"), nil, func() error { _, err := ask("http://"+addr+"/q0", "", "{ a }"); return err }, self, "limit", addr, answers)
	if p != nil {
		p.url = "http://" + addr
	}
	return p, err
}

// serveLimit is the bare handler: it reads the request and returns ready bytes. It is a process of its
// own, so that its processor time can be told from everything else's.
func serveLimit(addr, dir string) error {
	mux := http.NewServeMux()
	files, _ := filepath.Glob(filepath.Join(dir, "*.answer"))
	for _, f := range files {
		answer, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		mux.HandleFunc("/"+strings.TrimSuffix(filepath.Base(f), ".answer"), func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
			_, _ = w.Write(answer)
		})
	}
	return http.ListenAndServe(addr, mux)
}
