package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/sink"
	"github.com/spf13/pflag"
)

// links are what the connector's commands need of the connector. Tests have their own.
type links struct {
	run    func(context.Context, connector.Config, connector.Sink, connector.Mode) (*connector.Report, error)
	check  func(context.Context, connector.Config) (*connector.Account, error)
	status func(context.Context, connector.Sink) (*connector.Status, error)
	open   func(context.Context, string) (connector.Sink, error)
	look   func(context.Context, string) (connector.Sink, error) // without changing anything
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
}

func realLinks() links {
	return links{connector.Run, connector.Check, connector.ReadStatus, sink.Open, sink.OpenReadOnly, time.Now, sleepUntilDone}
}

func sleepUntilDone(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connectConfig says which account is read, for sync and check.
type connectConfig struct {
	Token     string
	TokenFile string
	Endpoint  string // "": the real service
	Boards    []string
	Streams   []string
	CallShare float64
	CallCap   int
}

func (c *connectConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.TokenFile, "auth-token-file", "", "file with the API token; - is standard input")
	f.StringVar(&c.Token, "auth-token", "", "the API token itself, which others on this machine can then see; better in "+envName("auth-token"))
	f.StringVar(&c.Endpoint, "endpoint", "", "address of another server that speaks the API, like http://127.0.0.1:8080/v2 (default: the real service)")
	f.StringSliceVar(&c.Boards, "board", nil, "id of a board to keep; can be given several times (default: all that the token sees)")
	f.StringSliceVar(&c.Streams, "stream", nil, "name of a table to keep, like items; can be given several times (default: all)")
	f.Float64Var(&c.CallShare, "call-share", connector.DefaultCallShare, "part of the plan's calls of a day that may be used; the rest is left to others")
	f.IntVar(&c.CallCap, "call-cap", 0, "calls a day in place of --call-share")
}

func (c *connectConfig) validate() error {
	var errs []error
	if c.CallShare <= 0 || c.CallShare > 1 {
		errs = append(errs, fmt.Errorf("--call-share: %v is not above 0 and at most 1, like %v", c.CallShare, connector.DefaultCallShare))
	}
	errs = append(errs, notNegative("call-cap", c.CallCap))
	for _, id := range c.Boards {
		if strings.Trim(id, "0123456789") != "" || id == "" {
			errs = append(errs, fmt.Errorf("--board: %q is not an id, which is a number like 1234567890", id))
		}
	}
	for _, name := range c.Streams {
		if _, err := connector.StreamNamed(name); err != nil {
			errs = append(errs, fmt.Errorf("--stream: %w", err))
		}
	}
	return errors.Join(errs...)
}

// connect makes the configuration of the connector. The token comes from a file or the environment; one on
// the command line is taken, and warned of.
func (p *program) connect(c *connectConfig, log *slog.Logger) (connector.Config, error) {
	cfg := connector.Config{Endpoint: c.Endpoint, Boards: c.Boards, Streams: c.Streams, CallShare: c.CallShare, CallCap: c.CallCap, Log: log}
	token, variable := c.Token, envName("auth-token")
	onCommandLine := token != "" && token != p.getenv(variable)
	switch {
	case onCommandLine && c.TokenFile != "":
		return cfg, faults(errors.New("--auth-token and --auth-token-file: give one of the two"))
	case onCommandLine:
		fmt.Fprintf(p.stderr, "lunedi: warning: ps shows --auth-token to everybody on this machine; use --auth-token-file or %s\n", variable)
	case c.TokenFile != "":
		text, err := p.readToken(c.TokenFile)
		if err != nil {
			return cfg, err
		}
		token = text
	}
	if cfg.AuthToken = strings.TrimSpace(token); cfg.AuthToken == "" {
		return cfg, faults(fmt.Errorf("an API token is needed: in the file of --auth-token-file, in %s, or by --auth-token", variable))
	}
	return cfg, nil
}

// readToken reads the file of --auth-token-file; - is standard input.
func (p *program) readToken(file string) (string, error) {
	from := p.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("--auth-token-file: %w", err)
		}
		defer f.Close()
		from = f
	}
	const most = 64 << 10 // enough for any token, and an end to what is not one
	b, err := io.ReadAll(io.LimitReader(from, most))
	if err != nil {
		return "", fmt.Errorf("--auth-token-file: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func checkDestination(into string) error {
	if err := sink.Check(into); err != nil {
		return fmt.Errorf("--into: %w", err)
	}
	return nil
}

// untilStopped ends when the process is told to stop. What hears of it finishes the batch that it is at; a
// second signal ends the process at once.
func untilStopped(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// refusal makes a usage error of what the connector refuses about the command line.
func refusal(err error) error {
	var refused *connector.Refused
	if errors.As(err, &refused) && refused.Code == "invalid" {
		return &usageError{err}
	}
	return err
}
