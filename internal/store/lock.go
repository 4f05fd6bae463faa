package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// errLocked: another process has the file.
var errLocked = errors.New("locked")

// A fileLock keeps an SQLite database to one process. Beside the database lies FILE.lock, which the
// operating system holds locked for as long as the process lives, however it ends; the file itself
// stays, since removing it would race with the next one to open it. Its text says who has it.
type fileLock struct{ file *os.File }

func lockDatabase(path string) (*fileLock, error) {
	name := path + ".lock"
	file, err := openLocked(name)
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("database %s is in use by %s: stop that process, or open another file", path, holder(name))
	}
	if err != nil {
		return nil, fmt.Errorf("lock database %s: %w", path, err)
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
		return nil, fmt.Errorf("lock database %s: %w", path, err)
	}
	return &fileLock{file}, nil
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

func (l *fileLock) Close() error {
	// Emptied while still held, so that nobody reads a name that no longer holds.
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
