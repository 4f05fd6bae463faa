package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
			t.Fatalf("after %d: %v: %s", made, err, p.stderr)
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
			t.Fatalf("there is room and still it fails: %+v %v: %s", a, err, p.stderr)
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

func mount(dir string) error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m") }
func unmount(dir string)     { syscall.Unmount(dir, syscall.MNT_DETACH) }

// run has a command run under the limit, where there is no file system of its own.
func (d *tightDisk) run(cmd *exec.Cmd) *exec.Cmd {
	if d.mounted {
		return cmd
	}
	limited := exec.Command("/bin/sh", append([]string{"-c", `ulimit -S -f 2048; exec "$0" "$@"`}, cmd.Args...)...)
	limited.Dir, limited.Env = cmd.Dir, cmd.Env
	return limited
}

// clear gives the room back.
func (d *tightDisk) clear(t *testing.T, p *process) {
	t.Helper()
	var err error
	if d.mounted {
		err = os.Remove(d.ballast())
	} else {
		err = exec.Command("prlimit", "--pid", strconv.Itoa(p.cmd.Process.Pid), "--fsize=unlimited").Run()
	}
	if err != nil {
		t.Fatal(err)
	}
}
