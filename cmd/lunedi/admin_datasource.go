package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// authTokenVariable holds the token of a source. It is no flag's, since others can read command lines.
const authTokenVariable = "LUNEDI_AUTH_TOKEN"

// sourceConfig is what the commands for data sources can be told.
type sourceConfig struct {
	sourcesConfig
	name, start, endpoint, tokenFile, token string
	every                                   time.Duration
	share                                   float64
	limit                                   int
	boards                                  []string
	full, drop, newKey                      bool
}

func (c *sourceConfig) tokenFlags(f *pflag.FlagSet) {
	f.StringVar(&c.tokenFile, "auth-token-file", "", "file with the auth_token; - is standard input (default: "+authTokenVariable+", or else it is asked for)")
	f.StringVar(&c.token, "auth-token", "", "the auth_token itself; others on this machine can see it")
}

func (p *program) adminDatasourceCommand(c *adminConfig) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "datasource",
		Short: "Data sources: monday.com accounts whose records are kept in tables",
		Long: `Does what the console's page Data sources does, as the account's first admin.
The sources themselves are read by 'lunedi serve'.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	s := new(sourceConfig)
	s.keyFlags(cmd.PersistentFlags())
	cmd.AddCommand(p.addDatasourceCommand(c, s), p.listDatasourcesCommand(c, s), p.rotateKeyCommand(c, s))
	for _, one := range sourceCommands {
		cmd.AddCommand(p.sourceCommand(c, s, one))
	}
	return cmd
}

func (p *program) addDatasourceCommand(c *adminConfig, s *sourceConfig) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Add a data source, once its token has been tried",
		Long: `Adds a monday.com account as a data source. auth_token is the API token of an
admin of it; start_date is the date of the first record to synchronise, and what
was last changed before it is left out.

The token comes from --auth-token-file, from ` + authTokenVariable + ` or from the terminal.`,
		Example: `  lunedi admin datasource add --start-date 2024-01-01 --auth-token-file token
  pass show monday | lunedi admin datasource add --start-date 2024-01-01 --auth-token-file -`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.datasources(cmd.Context(), c, s, func(a *administration) error { return p.addDatasource(cmd.Context(), a, s) })
		},
	}
	f := cmd.Flags()
	s.tokenFlags(f)
	f.StringVar(&s.start, "start-date", "", "date of the first record to synchronise, in ISO 8601, eg. 2024-01-01")
	f.StringVar(&s.name, "name", "", "what to call it (default: the name of the account)")
	f.DurationVar(&s.every, "every", work.SourceEvery, "how often it is read, 5m or more")
	f.Float64Var(&s.share, "call-share", 0, fmt.Sprintf("part of the plan's calls a day that may be used (default: %v)", connector.DefaultCallShare))
	f.IntVar(&s.limit, "call-cap", 0, "calls a day that may be used, in place of a share")
	f.StringSliceVar(&s.boards, "board", nil, "id of a board to keep; can be given several times (default: all)")
	f.StringVar(&s.endpoint, "endpoint", "", "address of the API (default: the real service)")
	f.StringSliceVar(&s.Endpoints, "source-endpoint", nil, "addresses that the server allows besides, as it is told them")
	return cmd
}

func (p *program) listDatasourcesCommand(c *adminConfig, s *sourceConfig) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the data sources and how they fare",
		Example: "  lunedi admin datasource list",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.datasources(cmd.Context(), c, s, p.listDatasources)
		},
	}
}

func (p *program) rotateKeyCommand(c *adminConfig, s *sourceConfig) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rotate-key",
		Short: "Encrypt all auth_tokens with the newest key",
		Long: `Encrypts the auth_tokens of all data sources of the account anew, with the first
of the keys in --secret-key-file or ` + secretKeyVariable + `. With --new a key is
made first and put in front of those in the file.

Keys that come after the first only decrypt. Give servers that share a database
the new key, in front of the old one, and restart them; then run this; then take
the old key away.`,
		Example: "  lunedi admin datasource rotate-key --new",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.rotateKey(cmd.Context(), c, s) },
	}
	cmd.Flags().BoolVar(&s.newKey, "new", false, "make a key first and put it in front of those in the file")
	return cmd
}

// sourceCommand is a command about one data source.
type sourceCommand struct {
	use, short string
	done       string // what is said to have been done; "" where the command speaks for itself
	flags      func(*sourceConfig, *pflag.FlagSet)
	run        func(*program, context.Context, *administration, work.DataSourceID, *sourceConfig) error
}

var sourceCommands = []sourceCommand{
	{use: "check", short: "Try its token, and tell whose it is and what is out of its reach", run: (*program).checkDatasource},
	{use: "sync", short: "Have it read at once by the server", done: "Asked for a run of", run: (*program).syncDatasource,
		flags: func(s *sourceConfig, f *pflag.FlagSet) { f.BoolVar(&s.full, "full", false, "read everything anew") }},
	{use: "pause", short: "Stop reading it, until it is resumed", done: "Paused", run: (*program).pauseDatasource},
	{use: "resume", short: "Go on reading it", done: "Resumed", run: (*program).resumeDatasource},
	{use: "remove", short: "Disconnect it; its tables stay unless --drop is given", done: "Removed", run: (*program).removeDatasource,
		flags: func(s *sourceConfig, f *pflag.FlagSet) {
			f.StringVar(&s.name, "name", "", "its name, to confirm (default: it is asked for)")
			f.BoolVar(&s.drop, "drop", false, "drop its tables too, as soon as a server does not work on them")
		}},
	{use: "rotate-token", short: "Put another auth_token in the place of the one there is", done: "Rotated the token of", run: (*program).rotateDatasource,
		flags: (*sourceConfig).tokenFlags},
}

func (p *program) sourceCommand(c *adminConfig, s *sourceConfig, one sourceCommand) *cobra.Command {
	cmd := &cobra.Command{Use: one.use + " ID", Short: one.short, Example: "  lunedi admin datasource " + one.use + " 1042"}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := datasourceID(args)
		if err != nil {
			return err
		}
		return p.datasources(cmd.Context(), c, s, func(a *administration) error {
			if err := one.run(p, cmd.Context(), a, id, s); err != nil {
				return err
			}
			if one.done != "" {
				fmt.Fprintf(p.stdout, "%s data source %d.\n", one.done, id)
			}
			return nil
		})
	}
	if one.flags != nil {
		one.flags(s, cmd.Flags())
	}
	return cmd
}

// datasources is administer with the keys of data sources, as far as there are any.
func (p *program) datasources(ctx context.Context, c *adminConfig, s *sourceConfig, do func(*administration) error) error {
	if err := faults(c.validate(), s.validate(c.Database)); err != nil {
		return err
	}
	s.complete(c.Database)
	ring, err := loadKeyring(p.getenv, s.KeyFile)
	if err != nil && !errors.Is(err, errNoKey) {
		return err
	}
	c.sources, c.ring = s.sourcesConfig, ring
	return p.administer(ctx, c, false, do)
}

func datasourceID(args []string) (work.DataSourceID, error) {
	if len(args) == 1 {
		if id, err := strconv.ParseInt(args[0], 10, 64); err == nil {
			return work.DataSourceID(id), nil
		}
	}
	return 0, faults(errors.New("name one data source by its id, a number that 'lunedi admin datasource list' shows"))
}

// authToken finds the token: in the file that is named, in the environment, on the command line, which is
// warned of, or on the terminal.
func (p *program) authToken(s *sourceConfig) (string, error) {
	switch {
	case s.tokenFile != "":
		return p.readToken(s.tokenFile)
	case p.getenv(authTokenVariable) != "": // flagsFromEnvironment has made it the flag's, too
		return strings.TrimSpace(p.getenv(authTokenVariable)), nil
	case s.token != "":
		fmt.Fprintf(p.stderr, "warning: a token on the command line can be seen by others on this machine, and is kept in the shell's history; use --auth-token-file or %s\n", authTokenVariable)
		return s.token, nil
	}
	in, ok := p.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", faults(fmt.Errorf("an auth_token is needed: --auth-token-file FILE (- is standard input) or %s", authTokenVariable))
	}
	fmt.Fprint(p.stderr, "auth_token: ")
	b, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(p.stderr)
	return strings.TrimSpace(string(b)), err
}

func (p *program) addDatasource(ctx context.Context, a *administration, s *sourceConfig) error {
	if err := a.service.CanKeepSources(); err != nil {
		return err
	}
	token, err := p.authToken(s)
	if err != nil {
		return err
	}
	d, err := a.service.AddDataSource(ctx, a.by, work.DataSourceInput{Name: s.name, Endpoint: s.endpoint, AuthToken: token, StartDate: s.start, Every: s.every,
		CallShare: s.share, CallCap: s.limit, Boards: s.boards})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Added data source %d, %s. A server that is running reads it now.\n", d.ID, d.Name)
	return nil
}

func (p *program) listDatasources(a *administration) error {
	list, err := a.view.DataSources()
	if err != nil {
		return err
	}
	rows := [][]string{{"ID", "NAME", "ACCOUNT", "STATUS", "START DATE", "EVERY", "NEXT RUN", "ATTENTION"}}
	for _, i := range list {
		attention := ""
		if len(i.State.Problems) > 0 {
			attention = i.State.Problems[0].Message
			if more := len(i.State.Problems) - 1; more > 0 {
				attention += fmt.Sprintf(" (and %d more)", more)
			}
		}
		next := "now"
		if !i.State.NextRun.IsZero() {
			next = day(i.State.NextRun)
		}
		rows = append(rows, []string{i.ID.String(), i.Name, i.SourceAccountName, string(i.Status()), i.StartDate.Format(time.DateOnly), i.Every.String(), next, attention})
	}
	return p.table(rows)
}

func (p *program) checkDatasource(ctx context.Context, a *administration, id work.DataSourceID, _ *sourceConfig) error {
	acc, err := a.service.CheckDataSourceAgain(ctx, a.by, id)
	if err != nil {
		return err
	}
	admin, calls := "no", "not told"
	if acc.Admin {
		admin = "yes"
	}
	if acc.DailyLimit > 0 {
		calls = strconv.Itoa(acc.DailyLimit)
	}
	rows := [][]string{{"ACCOUNT", acc.Name + " (" + acc.ID + ")"}, {"TOKEN OF", acc.UserName + " <" + acc.UserEmail + ">"}, {"ADMIN", admin},
		{"BOARDS", strconv.Itoa(acc.Boards)}, {"CALLS A DAY", calls}}
	for _, lost := range acc.Lost {
		rows = append(rows, []string{"OUT OF REACH", strings.TrimSpace(lost.Name + " " + lost.Message + " " + lost.Remedy)})
	}
	return p.table(rows)
}

func (p *program) syncDatasource(ctx context.Context, a *administration, id work.DataSourceID, s *sourceConfig) error {
	_, err := a.service.SyncDataSource(ctx, a.by, id, s.full)
	return err
}

func (p *program) pauseDatasource(ctx context.Context, a *administration, id work.DataSourceID, _ *sourceConfig) error {
	_, err := a.service.PauseDataSource(ctx, a.by, id, true)
	return err
}

func (p *program) resumeDatasource(ctx context.Context, a *administration, id work.DataSourceID, _ *sourceConfig) error {
	_, err := a.service.PauseDataSource(ctx, a.by, id, false)
	return err
}

func (p *program) rotateDatasource(ctx context.Context, a *administration, id work.DataSourceID, s *sourceConfig) error {
	token, err := p.authToken(s)
	if err != nil {
		return err
	}
	_, err = a.service.RotateSourceToken(ctx, a.by, id, token)
	return err
}

func (p *program) removeDatasource(ctx context.Context, a *administration, id work.DataSourceID, s *sourceConfig) error {
	i, _, err := a.view.DataSource(id, 1)
	if err != nil {
		return err
	}
	name := s.name
	if in, ok := p.stdin.(*os.File); name == "" && ok && term.IsTerminal(int(in.Fd())) {
		fmt.Fprintf(p.stderr, "Type the name of the data source, %s, to remove it: ", i.Name)
		line, err := io.ReadAll(io.LimitReader(untilNewline{in}, 1024))
		if err != nil {
			return err
		}
		name = strings.TrimSpace(string(line))
	}
	return a.service.RemoveDataSource(ctx, a.by, id, name, s.drop)
}

// untilNewline reads a terminal to the end of the line, and leaves the rest.
type untilNewline struct{ r io.Reader }

func (u untilNewline) Read(b []byte) (int, error) {
	n, err := u.r.Read(b[:1])
	if n == 1 && b[0] == '\n' {
		return 0, io.EOF
	}
	return n, err
}

func (p *program) rotateKey(ctx context.Context, c *adminConfig, s *sourceConfig) error {
	if err := faults(c.validate(), s.validate(c.Database)); err != nil {
		return err
	}
	s.complete(c.Database)
	if s.newKey {
		switch {
		case p.getenv(secretKeyVariable) != "":
			return faults(fmt.Errorf("--new: the keys are in %s; put a new one in front of them there: openssl rand -base64 32", secretKeyVariable))
		case s.KeyFile == "":
			return faults(errors.New("--new: name the file of the keys with --secret-key-file"))
		}
		if err := addKey(s.KeyFile); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "Put a new key in front of those in %s.\n", s.KeyFile)
	}
	return p.datasources(ctx, c, s, func(a *administration) error {
		sealed, lost, err := a.service.ResealDataSources(ctx, a.by)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "Encrypted %d auth_tokens with the newest key.\n", sealed)
		if lost > 0 {
			return fmt.Errorf("no key opens %d auth_tokens: enter them again with 'lunedi admin datasource rotate-token', and keep the old keys until then", lost)
		}
		return nil
	})
}
