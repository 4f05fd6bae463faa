package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lunedi-dev/lunedi/internal/files"
	"github.com/lunedi-dev/lunedi/internal/store"
)

// folderUsage is what --files means to both commands.
const folderUsage = "folder of uploaded files (default: lunedi-files beside an SQLite file, or in the current folder)"

func (p *program) adminBackupCommand(c *adminConfig) *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a backup of the whole database to a file",
		Long: `Writes all accounts of a database, as they are at one moment, and the uploaded
files to one file. It can be done beside a running server, with SQLite too. FILE may
be - for standard output.

The key that encrypts API tokens is not in it: keep a copy of lunedi.key, or of
LUNEDI_KEY, in another place than the backups.`,
		Example: `  lunedi admin backup lunedi-2026-07-01.backup
  lunedi admin backup --database postgres://lunedi@db.example.com/lunedi - | ssh archive 'cat > lunedi.backup'`,
		Args: oneFile("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := faults(c.validate()); err != nil {
				return err
			}
			if _, err := os.Stat(folder); folder != "" && err != nil {
				return fmt.Errorf("--files: %w", err)
			}
			return p.backup(cmd.Context(), c, args[0], folderOf(c, folder))
		},
	}
	cmd.Flags().StringVar(&folder, "files", "", folderUsage)
	return cmd
}

func (p *program) adminRestoreCommand(c *adminConfig) *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Restore a backup into a new or empty database",
		Long: `Puts what a backup holds into a database that does not exist yet or is empty,
SQLite or PostgreSQL, whichever the backup was made of, and the uploaded files into
their folder. All of it is compared with the backup's own sums first; when anything
is wrong nothing is written. FILE may be - for standard input.

API tokens work at once. To show them again, the server needs the key that the
backed-up one had.`,
		Example: `  mkdir restored && lunedi admin restore --database restored/lunedi.db lunedi-2026-07-01.backup
  lunedi admin restore --database postgres://lunedi@db.example.com/lunedi lunedi.backup`,
		Args: oneFile("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := faults(c.validate()); err != nil {
				return err
			}
			return p.restore(cmd.Context(), c, args[0], folderOf(c, folder))
		},
	}
	cmd.Flags().StringVar(&folder, "files", "", folderUsage)
	return cmd
}

// A folder is where uploaded files are. It is opened when there is something to do with it, so that
// none is made where there are no files.
type folder struct {
	name string
	dir  *files.Dir
}

func folderOf(c *adminConfig, name string) *folder {
	if name == "" {
		name = besideDatabase(c.Database, "lunedi-files")
	}
	return &folder{name: name}
}

func (f *folder) Each(ctx context.Context, each func(key string, size int64, r io.Reader) error) error {
	if _, err := os.Stat(f.name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := f.open(); err != nil {
		return err
	}
	return f.dir.Each(ctx, each)
}

func (f *folder) Import(ctx context.Context, key string, r io.Reader) (bool, error) {
	if err := f.open(); err != nil {
		return false, err
	}
	return f.dir.Import(ctx, key, r)
}

func (f *folder) Remove(key string) error { return f.dir.Remove(key) }

func (f *folder) open() (err error) {
	if f.dir == nil {
		f.dir, err = files.Open(f.name)
	}
	return err
}

func (f *folder) close() error {
	if f.dir == nil {
		return nil
	}
	return f.dir.Close()
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

func (p *program) backup(ctx context.Context, c *adminConfig, name string, uploaded *folder) (err error) {
	defer func() { err = errors.Join(err, uploaded.close()) }()
	if name == "-" {
		_, err = store.BackupDatabase(ctx, c.Database, p.stdout, store.BackupOptions{Program: version(), Files: uploaded})
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
	size, err := store.BackupDatabase(ctx, c.Database, f, store.BackupOptions{Program: version(), Files: uploaded})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), name); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Backed up %s to %s. The key that encrypts API tokens is not in it: keep it, too, in another place.\n", sizeWords(size), name)
	return nil
}

func (p *program) restore(ctx context.Context, c *adminConfig, name string, uploaded *folder) (err error) {
	defer func() { err = errors.Join(err, uploaded.close()) }()
	from := p.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		from = f
	}
	head, size, err := store.Restore(ctx, c.Database, from, uploaded)
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
