package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/spf13/cobra"
)

// checkConfig is what lunedi check can be told.
type checkConfig struct {
	connectConfig
	Into string // to know what was used today
	Log  logConfig
}

func (p *program) checkCommand(l links) *cobra.Command {
	var c checkConfig
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Try a token for lunedi sync",
		Long: `Says whose token it is, whether that person is an admin of the account, as sync
needs it, which scopes and boards are out of reach, and how many calls a day may
be made. With --into it tells how many of them sync has made today.

Exit codes: 0 it can be used, 1 it cannot, 2 the command line is wrong.`,
		Example: `  LUNEDI_AUTH_TOKEN=... lunedi check
  lunedi check --auth-token-file token --into sqlite:account.db
  lunedi check --auth-token dev-admin --endpoint http://127.0.0.1:8080/v2`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.validate(); err != nil {
				return err
			}
			return p.check(cmd.Context(), l, &c)
		},
	}
	f := cmd.Flags()
	c.connectConfig.flags(f)
	f.StringVar(&c.Into, "into", "", "where sync keeps the tables, to tell the calls it has made today")
	c.Log.flags(f, "warn")
	_ = f.MarkHidden("log-requests") // of servers
	return cmd
}

func (c *checkConfig) validate() error {
	var into error
	if c.Into != "" {
		into = checkDestination(c.Into)
	}
	return faults(c.connectConfig.validate(), into, c.Log.validate())
}

func (p *program) check(ctx context.Context, l links, c *checkConfig) error {
	ctx, stop := untilStopped(ctx)
	defer stop()
	cfg, err := p.connect(&c.connectConfig, c.Log.logger(p.stderr))
	if err != nil {
		return err
	}
	used := int64(-1)
	if c.Into != "" {
		if used, err = callsToday(ctx, l, c.Into); err != nil {
			return err
		}
	}
	a, err := l.check(ctx, cfg)
	if a != nil {
		printAccount(p.stdout, a, &c.connectConfig, used)
	}
	return refusal(err)
}

// callsToday reads how many calls sync made today.
func callsToday(ctx context.Context, l links, into string) (_ int64, err error) {
	dest, err := l.look(ctx, into)
	if err != nil {
		return 0, fmt.Errorf("--into: %w", err)
	}
	defer func() { err = errors.Join(err, dest.Close()) }()
	s, err := l.status(ctx, dest)
	if err != nil {
		return 0, fmt.Errorf("--into: %w", err)
	}
	return s.CallsToday, nil
}

// printAccount prints what a check learnt; used is below 0 when it is not known.
func printAccount(w io.Writer, a *connector.Account, c *connectConfig, used int64) {
	field := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-12s %s\n", name, clean(fmt.Sprintf(format, args...)))
	}
	field("Account", "%s (id %s, slug %s, plan %s)", a.Name, a.ID, cmp.Or(a.Slug, "none"), cmp.Or(a.Tier, "not known"))
	field("Token of", "%s, %s", a.UserName, a.UserEmail)
	if a.Admin {
		field("Admin", "yes")
	} else {
		field("Admin", "no")
	}
	field("Boards", "%s within reach", grouped(int64(a.Boards)))
	may := int64(c.CallCap)
	if may == 0 {
		may = int64(float64(a.DailyLimit) * c.CallShare)
	}
	switch {
	case a.DailyLimit > 0 && may < int64(a.DailyLimit):
		field("Calls a day", "%s by the plan, of which sync makes at most %s", grouped(int64(a.DailyLimit)), grouped(may))
	case a.DailyLimit > 0:
		field("Calls a day", "%s by the plan", grouped(int64(a.DailyLimit)))
		may = int64(a.DailyLimit)
	case may > 0:
		field("Calls a day", "at most %s; what the plan allows is not known", grouped(may))
	default:
		field("Calls a day", "what the plan allows is not known; --call-cap sets a limit")
	}
	switch {
	case used < 0:
	case may > 0:
		field("Today", "%s made by sync, %s left", grouped(used), grouped(max(may-used, 0)))
	default:
		field("Today", "%s made by sync", grouped(used))
	}
	field("API version", "%s", a.Version)
	printProblems(w, a.Lost)
}
