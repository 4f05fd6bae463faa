package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/api"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// flagsFromEnvironment sets the flags that the command line leaves out from LUNEDI_* variables.
func flagsFromEnvironment(flags *pflag.FlagSet, getenv func(string) string) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := envName(f.Name)
		value := getenv(name)
		if f.Changed || value == "" || f.Name == "help" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			errs = append(errs, fmt.Errorf("%s=%q: %w", name, value, errors.Unwrap(err)))
		}
	})
	if err := errors.Join(errs...); err != nil {
		return &usageError{err}
	}
	return nil
}

func envName(flag string) string {
	return "LUNEDI_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// faults joins what is wrong with a configuration into one usage error, or nil.
func faults(errs ...error) error {
	if err := errors.Join(errs...); err != nil {
		return &usageError{err}
	}
	return nil
}

// oneOf checks a flag that has a fixed set of values.
func oneOf(flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("--%s: %q is not one of %s", flag, value, strings.Join(allowed, ", "))
}

// byteSize is a flag for an amount of memory: 256MB, 1GB, or bytes.
type byteSize int64

var byteUnits = []struct {
	name  string
	bytes int64
}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}, {"", 1}}

func (b *byteSize) Set(text string) error {
	text = strings.ToUpper(strings.TrimSpace(text))
	for _, unit := range byteUnits {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/unit.bytes {
			break
		}
		*b = byteSize(n * unit.bytes)
		return nil
	}
	return errors.New("a size is written like 256MB or 1GB")
}

func (b *byteSize) String() string {
	for _, unit := range byteUnits {
		if n := int64(*b); n >= unit.bytes && n%unit.bytes == 0 {
			return strconv.FormatInt(n/unit.bytes, 10) + unit.name
		}
	}
	return "0"
}

func (b *byteSize) Type() string { return "size" }

// contentConfig is where what is on boards is kept, besides the database, and who is told of it.
type contentConfig struct {
	Files        string   // folder of uploaded files; "" leaves it to the command
	Cache        byteSize // memory for what is on boards
	AllowPrivate bool     // webhooks may lead to addresses that are not public
}

func (c *contentConfig) flags(f *pflag.FlagSet, files string, allowPrivate bool) {
	c.Cache = work.DefaultContentCache
	f.StringVar(&c.Files, "files", "", "folder for uploaded files ("+files+")")
	f.Var(&c.Cache, "content-cache", "memory for what is on boards; what is not in it is read when needed")
	f.BoolVar(&c.AllowPrivate, "webhook-allow-private", allowPrivate, "let webhooks lead to addresses of this machine and its network")
}

func (c *contentConfig) validate() error {
	if c.Cache < 1<<20 {
		return fmt.Errorf("--content-cache: %s is less than 1MB", &c.Cache)
	}
	return nil
}

func notNegative(flag string, n int) error {
	if n < 0 {
		return fmt.Errorf("--%s: %d is below 0", flag, n)
	}
	return nil
}

func percent(flag string, n float64) error {
	if !(n >= 0 && n <= 100) {
		return fmt.Errorf("--%s: %v is not from 0 to 100", flag, n)
	}
	return nil
}

// hostPort checks an address to listen on.
func hostPort(flag, address string) error {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("--%s: %q is not HOST:PORT, like 127.0.0.1:8080", flag, address)
	}
	return nil
}

// logConfig says what is logged, and how.
type logConfig struct {
	Level    string // debug, info, warn, error
	Format   string // text, json; auto is text on a terminal
	Requests bool   // a line for every request
}

func (c *logConfig) flags(f *pflag.FlagSet, level string) {
	f.StringVar(&c.Level, "log-level", level, "what is logged: debug, info, warn or error")
	f.StringVar(&c.Format, "log-format", "auto", "text, json, or auto: text on a terminal and JSON otherwise")
	f.BoolVar(&c.Requests, "log-requests", false, "log every request, not only those that fail or are slow")
}

func (c *logConfig) validate() error {
	return errors.Join(
		oneOf("log-level", c.Level, "debug", "info", "warn", "error"),
		oneOf("log-format", c.Format, "auto", "text", "json"))
}

// logger writes to w, which for --log-format auto decides the format.
func (c *logConfig) logger(w io.Writer) *slog.Logger {
	level := slog.LevelInfo
	_ = level.UnmarshalText([]byte(c.Level)) // validate has seen it
	if c.Requests {
		level = min(level, slog.LevelInfo)
	}
	opt := &slog.HandlerOptions{Level: level}
	if c.Format == "text" || c.Format == "auto" && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, opt))
	}
	return slog.New(slog.NewJSONHandler(w, opt))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// limitsConfig says what callers are held to.
type limitsConfig struct {
	Plan string

	limits api.Limits // Plan, read
}

func (c *limitsConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.Plan, "limits", "", "hold each token to the calls and the complexity that a plan of the real service allows: "+api.Plans+" (default: no limits)")
}

func (c *limitsConfig) validate() (err error) {
	if c.limits, err = api.PlanLimits(c.Plan); err != nil {
		return fmt.Errorf("--limits: %w", err)
	}
	return nil
}
