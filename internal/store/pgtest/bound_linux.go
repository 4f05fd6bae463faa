package pgtest

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startBound starts a command that the kernel ends with this process: SIGQUIT is PostgreSQL's immediate
// shutdown, its children included. The kernel looks at the thread that started it, so one is kept for
// that for as long as the process lives.
func startBound(cmd *exec.Cmd) error {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		select {}
	}()
	return <-started
}
