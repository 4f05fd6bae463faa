//go:build !unix

package pgtest

import (
	"os"
	"os/exec"
)

// An account is whom the server runs as: here always whoever runs the tests.
type account struct{}

func serverUser() (*account, error)   { return nil, nil }
func (*account) own(string) error     { return nil }
func (*account) become(cmd *exec.Cmd) {}

func alive(pid int) bool {
	_, err := os.FindProcess(pid)
	return err == nil
}
