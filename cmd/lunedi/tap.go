package main

import (
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/singer"
	"github.com/spf13/cobra"
)

func (p *program) tapCommand() *cobra.Command {
	var c singer.Command
	cmd := &cobra.Command{
		Use:   "tap",
		Short: "Be a Singer tap",
		Long: `Speaks the Singer specification, 0.3.0, on standard output: an account of
monday.com, or of a server that speaks its API, as a tap for Meltano, Stitch and
every Singer target. The configuration is a JSON file with auth_token and
start_date; 'lunedi airbyte spec' tells what else it can hold.

Without a catalog everything is read. Every record has _synced_at, the
replication key, and _deleted_at, which is null while its row is there.`,
		Example: `  lunedi tap --config config.json --discover > catalog.json
  lunedi tap --config config.json --catalog catalog.json | target-jsonl
  lunedi tap --config config.json --catalog catalog.json --state state.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := untilStopped(cmd.Context())
			defer stop()
			return singer.Tap{Out: p.stdout, Log: p.stderr, Check: connector.Check, Run: connector.Run}.Do(ctx, c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Config, "config", "", "the configuration, a JSON file")
	f.BoolVar(&c.Discover, "discover", false, "print the catalog: the streams there are for the token")
	f.StringVar(&c.Catalog, "catalog", "", "the catalog with what is chosen, a JSON file")
	f.StringVar(&c.Catalog, "properties", "", "the old name of --catalog")
	f.StringVar(&c.State, "state", "", "the state to go on from, a JSON file")
	f.BoolVar(&c.Activate, "activate-version", false, "send ACTIVATE_VERSION after a complete reading, for targets that know it")
	_ = f.MarkHidden("properties") // it is there
	return cmd
}
