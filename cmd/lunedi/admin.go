package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// adminConfig is what all admin commands can be told.
type adminConfig struct {
	Database string
	KeyFile  string // "": lunedi.key beside an SQLite file, or in the current folder
	Account  int64  // 0: the only one

	sources sourcesConfig // of commands about data sources
	ring    *work.Keyring
}

func (c *adminConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.Database, "database", defaultDatabase, "SQLite file, or postgres://USER@HOST/NAME")
	f.StringVar(&c.KeyFile, "key-file", "", "file with the key that encrypts tokens (default: lunedi.key beside an SQLite file, or in the current folder)")
	f.Int64Var(&c.Account, "account", 0, "id of the account, where the database has several")
}

func (c *adminConfig) validate() error {
	if c.Database == "" {
		return errors.New("--database: a file or a postgres:// URL is needed")
	}
	c.Database = strings.TrimPrefix(c.Database, "sqlite:")
	if c.KeyFile == "" {
		c.KeyFile = besideDatabase(c.Database, "lunedi.key")
	}
	return nil
}

func (p *program) adminCommand() *cobra.Command {
	c := new(adminConfig)
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Manage users and tokens directly in a database, back it up and restore it",
		Long: `Does on the server's own machine what an admin may do, without an API token:
whoever can read the database and its key is trusted.

With PostgreSQL these commands work beside running servers. An SQLite file
belongs to one process at a time: stop 'lunedi serve' first, or use the API.
Only 'lunedi admin backup' can be run beside it.

Each flag can be given as an environment variable, --database as LUNEDI_DATABASE.`,
		Example: `  lunedi admin user create --name "Ada" --email ada@example.com --role member
  lunedi admin user link ada@example.com
  lunedi admin token create --user ada@example.com
  lunedi admin token list
  lunedi admin token revoke 1042
  lunedi admin backup lunedi.backup
  lunedi admin account show --database postgres://lunedi@db.example.com/lunedi`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.flags(cmd.PersistentFlags())
	cmd.AddCommand(p.adminAccountCommand(c), p.adminUserCommand(c), p.adminTokenCommand(c), p.adminWebhookCommand(c), p.adminDatasourceCommand(c),
		p.adminBackupCommand(c), p.adminRestoreCommand(c))
	return cmd
}

// administration is an open database and who acts in it: the account's first admin.
type administration struct {
	*stack
	account work.AccountID
	by      work.Caller
	view    *work.View
}

// administer opens the database, does what is to be done and closes it. Commands that make secrets
// need the key that the servers use; others do without.
func (p *program) administer(ctx context.Context, c *adminConfig, secrets bool, do func(*administration) error) (err error) {
	if err := faults(c.validate()); err != nil {
		return err
	}
	if _, err := os.Stat(c.Database); !isPostgres(c.Database) && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database %s: 'lunedi serve' makes one; --database names another", c.Database)
	}
	key, err := loadKey(p.getenv, c.KeyFile)
	if errors.Is(err, errNoKey) && !secrets {
		key, err = newKey(), nil // nothing will be opened with it
	}
	if err != nil {
		return fmt.Errorf("%w: it is the one that 'lunedi serve' uses", err)
	}
	s, err := openStack(ctx, stackConfig{database: c.Database, key: key, sources: c.sources, ring: c.ring, log: slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		if !isPostgres(c.Database) {
			return fmt.Errorf("%w (admin commands need an SQLite file to themselves; beside a running server use its API, or PostgreSQL)", err)
		}
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	a, err := s.administration(ctx, work.AccountID(c.Account))
	if err != nil {
		return err
	}
	if err := s.service.CheckKey(ctx, a.account); err != nil && secrets {
		return fmt.Errorf("%w: give the one that 'lunedi serve' uses, with --key-file or %s", err, keyVariable)
	}
	return do(a)
}

func (s *stack) administration(ctx context.Context, id work.AccountID) (*administration, error) {
	accounts, err := s.service.Accounts(ctx)
	switch {
	case err != nil:
		return nil, err
	case len(accounts) == 0:
		return nil, errors.New("the database has no account yet: the first start of 'lunedi serve' makes one")
	case id == 0 && len(accounts) > 1:
		return nil, fmt.Errorf("the database has several accounts: choose one with --account: %v", accounts)
	case id == 0:
		id = accounts[0]
	}
	by, err := s.service.As(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	v, err := s.service.View(ctx, by)
	return &administration{s, id, by, v}, err
}

// user finds a user by id, e-mail address or name.
func (a *administration) user(ref string) (*work.User, error) {
	if id, err := strconv.ParseInt(ref, 10, 64); err == nil {
		if u := a.view.User(work.UserID(id)); u != nil {
			return u, nil
		}
		return nil, fmt.Errorf("there is no user %d", id)
	}
	var found []*work.User
	for _, inactive := range []bool{false, true} {
		users, err := a.view.Users(work.UserFilter{NonActive: inactive, Page: work.All})
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			if strings.EqualFold(u.Email, ref) || strings.EqualFold(u.Name, ref) {
				found = append(found, u)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("there is no user %q; name one by id, e-mail address or name ('lunedi admin user list')", ref)
	default:
		return nil, fmt.Errorf("%d users are called %q; name one by id or e-mail address", len(found), ref)
	}
}

// table prints rows in columns.
func (p *program) table(rows [][]string) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}
