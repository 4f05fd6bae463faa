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
	for time.Since(p.began) < 60*time.Second {
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

// ask posts one document and returns the answer.
func ask(url, token, query string) ([]byte, error) {
	body, _ := json.Marshal(map[string]string{"query": query})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
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

func (l lunedi) serve(name, database, token string) (*process, error) {
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
		l.bin, "serve", "--database", database, "--listen", fmt.Sprintf("127.0.0.1:%d", port))
	if p != nil {
		p.url = url
	}
	return p, err
}

// account makes a database with a generated account and returns its file and an admin's token.
func (l lunedi) account(users, teams, boards int) (file, token string, firstAnswer time.Duration, err error) {
	keep := filepath.Join(l.dir, fmt.Sprintf("account-%d", users))
	port := freePort()
	url := fmt.Sprintf("http://127.0.0.1:%d/v2", port)
	dev, err := start(filepath.Join(l.dir, "dev.log"), nil, func() error { _, err := ask(url, "dev-admin", "{ me { id } }"); return err },
		l.bin, "dev", "--keep", keep, "--listen", fmt.Sprintf("127.0.0.1:%d", port),
		"--users", strconv.Itoa(users), "--teams", strconv.Itoa(teams), "--boards", strconv.Itoa(boards))
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

// peer starts mercurius over the same rows.
func peer(dir, database string) (*process, error) {
	modules := filepath.Join("bench", "mercurius")
	if _, err := os.Stat(filepath.Join(modules, "node_modules")); err != nil {
		install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
		install.Dir = modules
		install.Stderr = os.Stderr
		if err := install.Run(); err != nil {
			return nil, fmt.Errorf("npm install in %s (builds better-sqlite3, needs a C++ compiler): %w", modules, err)
		}
	}
	file := filepath.Join(dir, "peer.db")
	if err := copyRows(database, file); err != nil {
		return nil, err
	}
	port := freePort()
	url := fmt.Sprintf("http://127.0.0.1:%d/graphql", port)
	p, err := start(filepath.Join(dir, "peer.log"), []string{"DB=" + file, fmt.Sprintf("PORT=%d", port), "WORKERS=2", "NODE_ENV=production"},
		func() error { _, err := ask(url, "", "{ users(limit: 1) { id } }"); return err },
		"node", filepath.Join(modules, "server.js"))
	if p != nil {
		p.url = url
	}
	return p, err
}

// copyRows gives the peer the rows of our account in tables made for it, indexed for its queries.
func copyRows(from, to string) error {
	_ = os.Remove(to)
	db, err := sql.Open("sqlite", to)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, q := range []string{
		fmt.Sprintf("attach '%s' as src", from),
		"create table users(id integer primary key, name text not null, email text not null)",
		"create table teams(id integer primary key, name text not null)",
		"create table team_members(team_id integer not null, user_id integer not null, owner integer not null, primary key(team_id, user_id)) without rowid",
		"create table workspaces(id integer primary key, name text not null, kind text, description text)",
		"create table boards(id integer primary key, name text not null, workspace_id integer)",
		"insert into users select id, name, email from src.users where status <> 'inactive'",
		"insert into teams select id, name from src.teams",
		"insert into team_members select team_id, user_id, owner from src.team_members where user_id in (select id from users)",
		"create index team_members_user on team_members(user_id, team_id)",
		"insert into workspaces select id, name, kind, description from src.workspaces",
		"insert into boards select id, name, workspace_id from src.boards where state = 'active'",
		"analyze",
	} {
		if _, err := db.Exec(q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
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
