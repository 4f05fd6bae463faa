package main

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

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
