package main

import (
	"errors"
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
	"time"
)

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestHugeBody: 100 MB are refused, without being kept in memory.
func TestHugeBody(t *testing.T) {
	t.Parallel()
	p := dev(t)
	for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""} {
		req, err := http.NewRequest(http.MethodPost, p.url+"/v2", io.LimitReader(zeros{}, 100<<20))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = 100 << 20
		req.Header.Set("Authorization", "dev-admin")
		req.Header.Set("Content-Type", kind)
		resp, err := http.DefaultClient.Do(req)
		if err != nil { // refused while it was still being sent
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("%s: %v", kind, err)
			}
			continue
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode < 400 || resp.StatusCode >= 500 || !strings.Contains(string(b), `"errors"`) {
			t.Errorf("%s: status %d: %s", kind, resp.StatusCode, b)
		}
	}
	p.ask(t, "dev-admin", "{ me { id } }")
	if peak := peakMemory(t, p); peak > 200<<20 {
		t.Errorf("it took %d MB", peak>>20)
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory is the most memory that a process has had, 0 where the system does not tell.
func peakMemory(t *testing.T, p *process) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	m := highWater.FindSubmatch(b)
	if m == nil {
		return 0
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// TestSlowClients: hundreds who send a byte now and then do not keep the others waiting, nor the server from ending.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	p := start(t, lunedi(t.TempDir(), nil, "serve", "--listen", "127.0.0.1:0", "--shutdown-timeout", "100ms"))
	token := p.firstToken(t)
	for i := range 300 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "POST /v2 HTTP/1.1\r\nHost: x\r\n")
		if i%2 == 0 {
			io.WriteString(conn, "Authorization: "+token+"\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
		}
	}
	for range 100 {
		p.ask(t, token, "{ me { id } }")
	}
	if peak := peakMemory(t, p); peak > 200<<20 {
		t.Errorf("it took %d MB", peak>>20)
	}
	if code := p.stop(t); code != exitError || !strings.Contains(p.stderr.String(), "were cut off") {
		t.Errorf("exit code %d: %s", code, &p.stderr)
	}
}

// TestFullDisk: without room nothing can be changed, which is said; everything can be read; and with
// room again all goes on, and nothing that was acknowledged is lost.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := newTightDisk(t)
	p := start(t, disk.run(lunedi(disk.dir, nil, "serve", "--listen", "127.0.0.1:0")))
	token := p.firstToken(t)
	ws := `mutation { create_workspace(name: "W", kind: open, description: "` + strings.Repeat("x", 4000) + `") { id } }`
	count := func() int { return strings.Count(p.ask(t, token, "{ workspaces(limit: 100000) { id } }").text, `"id"`) }
	made, refused := 0, 0
	disk.fill(t)
	for refused < 3 && made < 20_000 {
		a, err := post(http.DefaultClient, p.url, token, ws)
		if err != nil {
			t.Fatalf("after %d: %v: %s", made, err, &p.stderr)
		}
		if len(a.Errors) > 0 {
			refused++
			continue
		}
		made++
	}
	if refused == 0 || made == 0 {
		t.Fatalf("%d were made and %d refused", made, refused)
	}
	if n := count(); n != made {
		t.Errorf("%d can be read and %d were acknowledged", n, made)
	}
	if status, body := p.get(t, "/readyz"); status != 200 {
		t.Errorf("it can be read from: %d %s", status, body)
	}
	if log := p.stderr.String(); !strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("the log does not tell: %s", log)
	}
	disk.clear(t, p)
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		a, err := post(http.DefaultClient, p.url, token, ws)
		if err == nil && len(a.Errors) == 0 {
			made++
			break
		}
		if err != nil || time.Since(begin) > patience {
			t.Fatalf("there is room and still it fails: %+v %v: %s", a, err, &p.stderr)
		}
	}
	if n := count(); n != made {
		t.Errorf("%d can be read and %d were acknowledged", n, made)
	}
	p.kill()
	p = serve(t, disk.dir)
	if n := count(); n != made {
		t.Errorf("after a restart %d are there and %d were acknowledged", n, made)
	}
}

// tightDisk is a folder in which room can be taken away and given back: a file system of its own
// where the test may mount one, and otherwise a limit to how large files may become.
type tightDisk struct {
	dir     string
	mounted bool
}

func newTightDisk(t *testing.T) *tightDisk {
	t.Helper()
	d := &tightDisk{dir: t.TempDir()}
	d.mounted = mount(d.dir) == nil
	if d.mounted {
		t.Cleanup(func() { unmount(d.dir) })
	}
	return d
}

func (d *tightDisk) ballast() string { return filepath.Join(d.dir, "ballast") }

// fill leaves little room.
func (d *tightDisk) fill(t *testing.T) {
	t.Helper()
	if !d.mounted {
		return // the limit was set at the start
	}
	f, err := os.Create(d.ballast())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 64<<10); ; {
		if _, err := f.Write(block); err != nil {
			break
		}
	}
	info, err := f.Stat()
	if err == nil {
		err = f.Truncate(info.Size() - 512<<10)
	}
	if err != nil {
		t.Fatal(err)
	}
}
