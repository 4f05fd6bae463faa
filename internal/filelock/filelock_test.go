package filelock

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestTake(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "x.lock")
	l, err := Take(name, "the thing")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Take(name, "the thing"); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("the thing is in use by another process (pid %d", os.Getpid())) {
		t.Errorf("taken twice: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(name); err != nil || len(b) > 0 {
		t.Errorf("%q, %v", b, err)
	}
}

// TestClose: a lock that was given up can be taken, while other processes are being started too.
func TestClose(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					exec.Command(os.Args[0], "-test.run=none").Run() // whether it succeeds does not matter
				}
			}
		})
	}
	name := filepath.Join(t.TempDir(), "x.lock")
	for range 2000 {
		l, err := Take(name, "the thing")
		if err != nil {
			t.Error(err)
			break
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	close(done)
	starting.Wait()
}
