package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// postgres starts a server of our own with its default settings, synchronous_commit=on among them.
func postgres(dir string) (url string, stop func(), err error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if p, err := exec.LookPath("postgres"); err == nil && len(found) == 0 {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return "", nil, errors.New("no PostgreSQL server found; install Debian's postgresql package")
	}
	bin := filepath.Dir(found[len(found)-1])
	data, err := os.MkdirTemp("", "lunedi-bench-pg")
	if err != nil {
		return "", nil, err
	}
	var attr syscall.SysProcAttr
	if os.Getuid() == 0 { // it refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			return "", nil, err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(data, uid, gid); err != nil {
			return "", nil, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		a := attr
		cmd.SysProcAttr, cmd.Dir = &a, data
		return cmd
	}
	if out, err := run("initdb", "-D", data, "-A", "trust", "-U", "lunedi", "-E", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port := freePort()
	server := run("postgres", "-D", data, "-p", strconv.Itoa(port), "-k", data, "-c", "listen_addresses=127.0.0.1")
	log, err := os.Create(filepath.Join(dir, "postgres.log"))
	if err != nil {
		return "", nil, err
	}
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT)
		_ = server.Wait()
		_ = os.RemoveAll(data)
	}
	var out []byte
	for range 200 {
		time.Sleep(50 * time.Millisecond)
		if out, err = run("psql", "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-U", "lunedi", "-d", "postgres", "-c", "create database bench").CombinedOutput(); err == nil {
			return fmt.Sprintf("postgres://lunedi@127.0.0.1:%d/bench", port), stop, nil
		}
	}
	stop()
	said, _ := os.ReadFile(log.Name())
	return "", nil, fmt.Errorf("PostgreSQL did not come up: %w: %s\n%s", err, out, said)
}
