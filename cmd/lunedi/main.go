// Command lunedi serves the monday.com platform API: a disposable sandbox
// (lunedi dev), a durable server (lunedi serve), and what an administrator
// needs beside them. This package wires the parts together and decides nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	_ "time/tzdata" // time zones on machines that have none

	"github.com/lunedi-dev/lunedi/internal/connector/airbyte"
	"github.com/lunedi-dev/lunedi/internal/connector/singer"
	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// program is what a command has of the world around it.
type program struct {
	getenv func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2 // the command line or environment is wrong
)

// run runs one command line and returns its exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{getenv, stdin, stdout, stderr}
	return p.run(ctx, args, p.rootCommand(realLinks()))
}

func (p *program) run(ctx context.Context, args []string, root *cobra.Command) int {
	root.SetArgs(args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	var usage *usageError
	var code exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(p.stderr, "lunedi: %v\nSee '%s --help'.\n", err, cmd.CommandPath())
		return exitUsage
	case errors.Is(err, airbyte.ErrSaid), errors.Is(err, singer.ErrSaid):
		return exitError
	case errors.As(err, &code):
		return int(code)
	default:
		fmt.Fprintf(p.stderr, "lunedi: %v\n", err)
		return exitError
	}
}

// usageError is a command line that cannot be meant.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func (p *program) rootCommand(l links) *cobra.Command {
	root := &cobra.Command{
		Use:   "lunedi",
		Short: "The monday.com platform API on your own machine",
		Long: `Lunedi serves the monday.com platform API: users, teams, workspaces and boards
over GraphQL, with API tokens that can do exactly what their user can do.
It is not affiliated with monday.com Ltd.

Every flag can be given as an environment variable: --log-level as
LUNEDI_LOG_LEVEL. A flag on the command line wins.`,
		Example: `  lunedi dev                            a sandbox with a sample company, gone when it stops
  lunedi dev --keep ./sandbox           the same, kept in a folder
  lunedi serve                          a server that keeps its data in ./lunedi.db
  lunedi serve --database postgres://lunedi@db.example.com/lunedi
  lunedi admin token create --user ada@example.com
  lunedi seed print > my.yaml           the sample account as a file to change
  lunedi sync --auth-token-file token --start-date 2024-01-01 --into sqlite:account.db
                                        a monday.com account as tables`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return flagsFromEnvironment(cmd.Flags(), p.getenv)
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(p.devCommand(), p.serveCommand(), p.adminCommand(), p.migrateCommand(), p.seedCommand(), p.versionCommand(),
		p.syncCommand(l), p.checkCommand(l), p.statusCommand(l), p.airbyteCommand(), p.tapCommand())
	return root
}

// noArgs refuses arguments in words that name what is there instead.
func noArgs(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasSubCommands():
		return &usageError{fmt.Errorf("there is no command %q in %q", args[0], cmd.CommandPath())}
	default:
		return &usageError{fmt.Errorf("%q takes no arguments, but there is %q", cmd.CommandPath(), args[0])}
	}
}
