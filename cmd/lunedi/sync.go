package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/sink"
	"github.com/spf13/cobra"
)

// syncConfig is what lunedi sync can be told.
type syncConfig struct {
	connectConfig
	Into      string
	StartDate string
	Every     time.Duration // 0: once
	Full      bool
	Sweep     bool
	Log       logConfig

	start time.Time // StartDate, read
}

// exitPartial: what was committed stays, and the next run goes on from there.
const exitPartial = 3

// exit ends the program with a code, when what there is to say has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// leastEvery keeps a slip of the keyboard from using up an account's calls.
const leastEvery = time.Minute

func (p *program) syncCommand(l links) *cobra.Command {
	var c syncConfig
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Keep a monday.com account in tables",
		Long: `Reads an account of monday.com, or of another server that speaks its API, into
tables: people, workspaces, boards, items with their values, updates, files, the
activity log. The first run reads everything that was updated since --start-date,
those after it what changed. What is gone there is kept and marked in _deleted_at.

The token's user has to be an admin of the account. It is stored nowhere.

A run can be ended at any time: what it read is kept, and the next goes on from
there. The first Ctrl-C ends it after the batch it is at, a second one at once.

Exit codes: 0 everything is up to date, 1 it failed, 2 the command line is wrong,
3 there is more to read, since a limit was reached or it was told to stop; the
next run goes on.

Each flag can be given as an environment variable, --auth-token as
LUNEDI_AUTH_TOKEN.`,
		Example: `  LUNEDI_AUTH_TOKEN=... lunedi sync --start-date 2024-01-01 --into sqlite:account.db
  lunedi sync --auth-token-file token --start-date 2024-01-01 --into 'postgres://me@db.example.com/data?schema=monday' --every 1h
  lunedi sync --auth-token-file token --start-date 2024-01-01 --into parquet:./account --board 1234567890 --board 1234567891
  lunedi sync --auth-token dev-admin --endpoint http://127.0.0.1:8080/v2 --start-date 2024-01-01 --into sqlite:sandbox.db`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.validate(l.now()); err != nil {
				return err
			}
			return p.sync(cmd.Context(), l, &c)
		},
	}
	f := cmd.Flags()
	c.connectConfig.flags(f)
	f.StringVar(&c.Into, "into", "", "where the tables are: "+sink.Forms)
	f.StringVar(&c.StartDate, "start-date", "", "items last updated before are left out; a date like 2024-01-01, or a date and time like 2024-05-01T00:00:00Z")
	f.DurationVar(&c.Every, "every", 0, "go on, with a run as often as this, like 1h (default: one run)")
	f.BoolVar(&c.Full, "full", false, "read everything anew in the first run")
	f.BoolVar(&c.Sweep, "sweep", false, "compare the ids of all items in the first run, which is otherwise done once a day")
	c.Log.flags(f, "info")
	_ = f.MarkHidden("log-requests") // of servers
	return cmd
}

func (c *syncConfig) validate(now time.Time) error {
	var errs []error
	if c.Into == "" {
		errs = append(errs, errors.New("--into: where the tables are to be is missing, like sqlite:account.db"))
	} else {
		errs = append(errs, checkDestination(c.Into))
	}
	if c.StartDate == "" {
		errs = append(errs, errors.New("--start-date is missing: items last updated before are left out, like 2024-01-01"))
	} else {
		start, err := connector.ParseStartDate(c.StartDate, now)
		c.start = start
		errs = append(errs, err)
	}
	if c.Every != 0 && c.Every < leastEvery {
		errs = append(errs, fmt.Errorf("--every: %s is less than %s", c.Every, leastEvery))
	}
	if c.Full && c.Sweep {
		errs = append(errs, errors.New("--full and --sweep: a full reading compares all ids, too; give one of the two"))
	}
	return faults(append(errs, c.connectConfig.validate(), c.Log.validate())...)
}

func (p *program) sync(ctx context.Context, l links, c *syncConfig) (err error) {
	ctx, stop := untilStopped(ctx)
	defer stop()
	view := p.newView(l, &c.Log)
	cfg, err := p.connect(&c.connectConfig, view.log)
	if err != nil {
		return err
	}
	cfg.StartDate, cfg.Progress = c.start, view.progress
	dest, err := l.open(ctx, c.Into)
	if err != nil {
		return fmt.Errorf("--into: %w", err)
	}
	defer func() {
		if failed := dest.Close(); failed != nil {
			err = fmt.Errorf("--into: %w", failed)
		}
	}()
	mode := connector.Sync
	switch {
	case c.Full:
		mode = connector.Full
	case c.Sweep:
		mode = connector.Sweep
	}
	for {
		began := l.now()
		view.begin(began)
		hear := context.AfterFunc(ctx, func() { view.log.Warn("the run ends after the batch it is at; another signal ends it at once") })
		report, err := l.run(ctx, cfg, dest, mode)
		hear()
		stopped := ctx.Err() != nil
		view.end(report, err, stopped)
		if c.Every == 0 || stopped || lasting(err) {
			return ending(report, err)
		}
		if err != nil && report.Outcome == "failed" {
			view.log.Error("the run failed", "err", err)
		}
		next := began.Add(c.Every)
		if report.Until.After(next) {
			next = report.Until
		}
		view.next(next)
		if err := l.sleep(ctx, next.Sub(l.now())); err != nil {
			return nil // it was told to stop while there was nothing to do
		}
		mode = connector.Sync
	}
}

// lasting says that an error is not one that the next run may not have.
func lasting(err error) bool {
	var refused *connector.Refused
	return errors.As(err, &refused)
}

// ending is how a run ends the program.
func ending(r *connector.Report, err error) error {
	switch {
	case r.Outcome == "partial":
		return exit(exitPartial)
	case err != nil:
		return refusal(err)
	case r.Outcome == "failed":
		return exit(exitError)
	}
	return nil
}

// view shows how a run goes: on a terminal as lines that change and a table, otherwise in the log.
type view struct {
	p     *program
	log   *slog.Logger
	now   func() time.Time
	lines *lines   // nil where there is no terminal
	told  *telling // nil where there is one
}

// newView looks at standard error. A format of the log that is asked for is given on a terminal, too.
func (p *program) newView(l links, c *logConfig) *view {
	v := &view{p: p, now: l.now}
	if c.Format == "auto" && isTerminal(p.stderr) {
		v.lines = newLines(p.stderr, l.now)
		quiet := *c
		quiet.Format = "text"
		if quiet.Level == "info" {
			quiet.Level = "warn" // the lines show what is going on
		}
		v.log = quiet.logger(v.lines)
		return v
	}
	v.log = c.logger(p.stderr)
	v.told = newTelling(v.log, l.now)
	return v
}

func (v *view) progress(p connector.Progress) {
	if v.lines != nil {
		v.lines.progress(p)
		return
	}
	v.told.progress(p)
}

func (v *view) begin(at time.Time) {
	if v.lines != nil {
		v.lines.begin(at)
		return
	}
	v.told.begin(at)
}

func (v *view) end(r *connector.Report, err error, stopped bool) {
	if v.lines != nil {
		v.lines.end()
	}
	switch {
	case lasting(err): // what was refused is all there is to say
	case v.lines == nil:
		tellReport(v.log, r, err, stopped)
	default:
		printReport(v.p.stdout, r, stopped)
	}
}

func (v *view) next(at time.Time) {
	if v.lines == nil {
		v.log.Info("waiting for the next run", "at", at.UTC())
		return
	}
	fmt.Fprintf(v.p.stdout, "The next run begins at %s.\n\n", clockTime(at))
}
