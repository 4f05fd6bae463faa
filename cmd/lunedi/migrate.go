package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/store"
	"github.com/spf13/cobra"
)

// migrateConfig is what lunedi migrate can be told.
type migrateConfig struct {
	Database string
	Status   bool // only tell
}

func (p *program) migrateCommand() *cobra.Command {
	var c migrateConfig
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring a database's schema up to date",
		Long: `Brings the schema of a database up to what this program needs. 'lunedi serve'
does so by itself; this command is for doing it ahead of time, as before several
servers are started. Schemas only go forward: make a backup first.`,
		Example: `  lunedi migrate --database postgres://lunedi@db.example.com/lunedi
  lunedi migrate --status`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.Database == "" {
				return faults(errors.New("--database: a file or a postgres:// URL is needed"))
			}
			if c.Status {
				return p.migrateStatus(cmd.Context(), c)
			}
			return p.migrate(cmd.Context(), c)
		},
	}
	cmd.Flags().StringVar(&c.Database, "database", defaultDatabase, "SQLite file, or postgres://USER@HOST/NAME")
	cmd.Flags().BoolVar(&c.Status, "status", false, "only tell how far it is; changes nothing, and works beside a running server")
	return cmd
}

func (p *program) migrate(ctx context.Context, c migrateConfig) error {
	from, to, err := store.Migrate(ctx, c.Database)
	if err != nil {
		return err
	}
	if from == to {
		fmt.Fprintf(p.stdout, "The schema is up to date (version %d).\n", to)
	} else {
		fmt.Fprintf(p.stdout, "The schema was at version %d and is at %d now.\n", from, to)
	}
	return nil
}

func (p *program) migrateStatus(ctx context.Context, c migrateConfig) error {
	have, want, err := store.Version(ctx, c.Database)
	if err != nil {
		return err
	}
	switch {
	case have == want:
		fmt.Fprintf(p.stdout, "The schema is up to date (version %d).\n", have)
	case have > want:
		fmt.Fprintf(p.stdout, "The schema is at version %d, which is newer than this program, which knows %d.\n", have, want)
	default:
		fmt.Fprintf(p.stdout, "The schema is at version %d; this program needs %d. 'lunedi migrate' brings it there.\n", have, want)
	}
	return nil
}
