package server

import (
	"errors"
	"syscall"
)

const wsaEADDRINUSE = syscall.Errno(10048)

func portTaken(err error) bool { return errors.Is(err, wsaEADDRINUSE) }
