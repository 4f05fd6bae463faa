//go:build !windows

package main

import (
	"os/signal"
	"syscall"
)

// ignoreFileSizeSignal makes a write beyond a file size limit (ulimit -f) fail, as it does on a full
// disk, instead of ending the process.
func ignoreFileSizeSignal() { signal.Ignore(syscall.SIGXFSZ) }
