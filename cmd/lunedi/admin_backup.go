package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lunedi-dev/lunedi/internal/store"
)

func (p *program) adminBackupCommand(c *adminConfig) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a backup of the whole database to a file",
		Long: `Writes all accounts of a database to one file, as they are at one moment. It can
be done beside a running server, with SQLite too. FILE may be - for standard output.

The key that encrypts API tokens is not in it: keep a copy of lunedi.key, or of
LUNEDI_KEY, in another place than the backups.`,
		Example: `  lunedi admin backup lunedi-2026-07-01.backup
  lunedi admin backup --database postgres://lunedi@db.example.com/lunedi - | ssh archive 'cat > lunedi.backup'`,
		Args: oneFile("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := faults(c.validate()); err != nil {
				return err
			}
			return p.backup(cmd.Context(), c, args[0])
		},
	}
}

func (p *program) adminRestoreCommand(c *adminConfig) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Restore a backup into a new or empty database",
		Long: `Puts what a backup holds into a database that does not exist yet or is empty,
SQLite or PostgreSQL, whichever the backup was made of. All of it is compared with
the backup's own sums first; when anything is wrong nothing is written. FILE may be -
for standard input.

API tokens work at once. To show them again, the server needs the key that the
backed-up one had.`,
		Example: `  lunedi admin restore --database restored.db lunedi-2026-07-01.backup
  lunedi admin restore --database postgres://lunedi@db.example.com/lunedi lunedi.backup`,
		Args: oneFile("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := faults(c.validate()); err != nil {
				return err
			}
			return p.restore(cmd.Context(), c, args[0])
		},
	}
}

// oneFile takes one argument, which is a file's name.
func oneFile(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 || args[0] == "" {
			return &usageError{fmt.Errorf("one %s is needed", what)}
		}
		return nil
	}
}

func (p *program) backup(ctx context.Context, c *adminConfig, name string) (err error) {
	if name == "-" {
		_, err = store.BackupDatabase(ctx, c.Database, p.stdout, store.BackupOptions{Program: version()})
		return err
	}
	// Under another name until it is whole, so that nobody takes half of one for a backup.
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".unfinished-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	size, err := store.BackupDatabase(ctx, c.Database, f, store.BackupOptions{Program: version()})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), name); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Backed up %s to %s. The key that encrypts API tokens is not in it: keep it, too, in another place.\n", sizeWords(size), name)
	return nil
}

func (p *program) restore(ctx context.Context, c *adminConfig, name string) error {
	from := p.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		from = f
	}
	return p.restoreFrom(ctx, c, from)
}

func (p *program) restoreFrom(ctx context.Context, c *adminConfig, from io.Reader) error {
	head, size, err := store.Restore(ctx, c.Database, from, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Restored %s, as they were on %s, to %s.\n", sizeWords(size), head.Created.Format("2006-01-02 15:04:05 MST"), withoutPassword(c.Database))
	return nil
}

// sizeWords tells what a backup holds.
func sizeWords(s store.BackupSize) string {
	parts := []string{counted(s.Accounts, "account"), counted(s.Rows, "row")}
	if s.Files > 0 {
		parts = append(parts, counted(s.Files, "file"))
	}
	return strings.Join(parts, ", ")
}

func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
