//go:build !linux

package pgtest

import "os/exec"

// startBound starts a command. Only Main ends it here.
func startBound(cmd *exec.Cmd) error { return cmd.Start() }
