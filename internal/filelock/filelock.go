// Package filelock keeps something in the file system to one process: a database, or a directory of files.
package filelock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// errLocked: another process has the file.
var errLocked = errors.New("locked")

// A Lock is a file that the operating system holds locked for as long as the process lives, however it
// ends; the file itself stays, since removing it would race with the next one to open it. Its text says
// who has it.
type Lock struct{ file *os.File }

// Take locks the file name, which it makes if there is none, for what is called what. When another
// process has it, the error says so and who that is.
func Take(name, what string) (*Lock, error) {
	file, err := openLocked(name)
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("%s is in use by %s: stop that process, or open another", what, holder(name))
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", what, err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	if err = file.Truncate(0); err == nil {
		_, err = file.WriteAt(fmt.Appendf(nil, "pid %d on %s\n", os.Getpid(), host), 0)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", what, err)
	}
	return &Lock{file}, nil
}

// holder says who holds a lock, as far as its text tells.
func holder(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return "another process"
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 300))
	who := strings.TrimSpace(string(b))
	if err != nil || who == "" {
		return "another process"
	}
	return "another process (" + who + ", see " + name + ")"
}

// Close gives the lock up. It is emptied while still held, so that nobody reads a name that no longer holds.
// It is given up before the file is closed: a child process that is just being started has the file too.
func (l *Lock) Close() error {
	return errors.Join(l.file.Truncate(0), unlock(l.file), l.file.Close())
}
