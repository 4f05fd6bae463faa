// Package pgtest gives tests a PostgreSQL database of their own.
//
// The first call of Start in a test binary makes a private cluster in a temporary directory and runs
// it on a free port of the loopback interface; every call gets a fresh database in it. The server ends
// with the test binary, however that ends. LUNEDI_TEST_POSTGRES, the URL of a server and a role that
// may create databases, is used instead where it is set.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A cluster is a running server.
type cluster struct {
	url string // of the database that others are made from
	cmd *exec.Cmd
	dir string

	ended chan struct{} // closed when cmd has ended
}

var (
	shared  = sync.OnceValues(start)
	started atomic.Pointer[cluster]
	serial  atomic.Int64
)

// Start returns the URL of an empty database, which is dropped when the test ends. Without PostgreSQL
// the test fails: what is not tested is not known to work.
func Start(t testing.TB) string {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := fmt.Sprintf("lunedi_test_%d_%d", os.Getpid(), serial.Add(1))
	if err := c.exec("CREATE DATABASE " + name); err != nil {
		t.Fatalf("pgtest: create database: %v", err)
	}
	t.Cleanup(func() {
		if err := c.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Logf("pgtest: drop database: %v", err)
		}
	})
	u, err := url.Parse(c.url)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

// Main runs the tests and takes the server down; call it from TestMain. It is a courtesy: without it
// the server is killed by the system and its directory is removed by the next run.
func Main(m *testing.M) {
	code := m.Run()
	if c := started.Load(); c != nil {
		c.stop()
	}
	os.Exit(code)
}

// exec runs one statement.
func (c *cluster) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

func (c *cluster) stop() {
	if c.cmd == nil {
		return
	}
	c.cmd.Process.Signal(os.Interrupt) // a fast shutdown
	<-c.ended
	os.RemoveAll(c.dir)
}

func start() (*cluster, error) {
	if u := os.Getenv("LUNEDI_TEST_POSTGRES"); u != "" {
		return &cluster{url: u}, nil
	}
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	as, err := serverUser()
	if err != nil {
		return nil, err
	}
	sweep()
	dir, err := os.MkdirTemp("", prefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	if err := c.run(bin, as); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	started.Store(c)
	return c, nil
}

// run makes the cluster and waits until it answers.
func (c *cluster) run(bin string, as *account) error {
	if err := as.own(c.dir); err != nil {
		return err
	}
	data := filepath.Join(c.dir, "data")
	init := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "lunedi", "-A", "trust", "-E", "UTF8",
		"--locale=C", "--no-sync", "--no-instructions")
	init.Dir = c.dir
	as.become(init)
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	for try := 1; ; try++ {
		if err := c.serve(bin, as, data); try == 10 || !errors.Is(err, errEnded) {
			return err
		}
	}
}

// errEnded is of a server that did not stay: perhaps somebody else has taken its port since it was found free.
var errEnded = errors.New("the server has ended")

// serve runs the server on a port that is free just now, and waits until it answers.
func (c *cluster) serve(bin string, as *account, data string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "max_connections=200"}
	if !benchmarking() {
		args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
	c.cmd = exec.Command(filepath.Join(bin, "postgres"), args...)
	c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr = c.dir, log, log
	as.become(c.cmd)
	if err := startBound(c.cmd); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		c.cmd.Wait()
		close(ended)
	}()
	c.ended = ended
	c.url = fmt.Sprintf("postgres://lunedi@127.0.0.1:%d/postgres?sslmode=disable", port)
	if err := c.wait(data); err != nil {
		c.cmd.Process.Kill()
		<-ended
		out, _ := os.ReadFile(log.Name())
		return fmt.Errorf("the server does not answer: %w: %s", err, out)
	}
	return nil
}

// wait waits until the server answers, and not another one in its place.
func (c *cluster) wait(data string) error {
	for begin := time.Now(); ; {
		err := c.exec("DO $$ BEGIN ASSERT current_setting('data_directory') = '" + data + "'; END $$")
		if err == nil {
			return nil
		}
		if time.Since(begin) > 2*time.Minute {
			return err
		}
		select {
		case <-c.ended:
			return fmt.Errorf("%w: %w", errEnded, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// benchmarking reports whether the binary measures, in which case the server syncs to disk as it would
// in earnest.
func benchmarking() bool {
	return slices.ContainsFunc(os.Args, func(arg string) bool {
		return strings.HasPrefix(strings.TrimLeft(arg, "-"), "test.bench=")
	})
}

// binaries finds the directory of the server's programs: on the PATH or where Debian, Red Hat and
// Homebrew put them, the newest first.
func binaries() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(p), "postgres")); err == nil {
				return filepath.Dir(p), nil
			}
		}
	}
	var found []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin",
	} {
		dirs, _ := filepath.Glob(filepath.Join(pattern, "initdb"))
		found = append(found, dirs...)
	}
	if len(found) == 0 {
		return "", errors.New("no PostgreSQL found: install the server (Debian and Ubuntu: apt-get install postgresql) " +
			"or set LUNEDI_TEST_POSTGRES to the URL of one")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

const prefix = "lunedi-pgtest-"

// sweep removes what test binaries that were killed have left.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, dir := range dirs {
		pid, err := strconv.Atoi(strings.Split(strings.TrimPrefix(filepath.Base(dir), prefix), "-")[0])
		if err == nil && !alive(pid) {
			os.RemoveAll(dir)
		}
	}
}

// Rows runs a query on a database and returns its rows, values as PostgreSQL writes them; null is "".
func Rows(t testing.TB, database, query string) (rows [][]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	defer conn.Close(ctx)
	results, err := conn.PgConn().Exec(ctx, query).ReadAll() // the simple protocol: every value is a text
	if err != nil {
		t.Fatalf("pgtest: %s: %v", query, err)
	}
	for _, r := range results {
		for _, values := range r.Rows {
			row := make([]string, len(values))
			for i, v := range values {
				row[i] = string(v)
			}
			rows = append(rows, row)
		}
	}
	return rows
}
