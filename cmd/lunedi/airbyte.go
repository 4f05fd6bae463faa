package main

import (
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/airbyte"
	"github.com/spf13/cobra"
)

// airbyteCommands are those of the protocol, and which files they are given.
var airbyteCommands = []struct {
	name, short    string
	config, choice bool
}{
	{"spec", "Print what the configuration file can hold", false, false},
	{"check", "Say whether the source can be used", true, false},
	{"discover", "Print the streams there are for the token", true, false},
	{"read", "Print the records of the chosen streams", true, true},
}

func (p *program) airbyteCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "airbyte",
		Short: "Be an Airbyte source",
		Long: `Speaks the Airbyte protocol, version 0, on standard output: an account of
monday.com, or of a server that speaks its API, as a source for Airbyte and
whatever else runs its sources. 'lunedi airbyte spec' tells what the
configuration holds: auth_token and start_date, as elsewhere.

Every record has _synced_at, the cursor, and _deleted_at, which is null while
its row is there.`,
		Example: `  lunedi airbyte spec
  lunedi airbyte check --config config.json
  lunedi airbyte discover --config config.json
  lunedi airbyte read --config config.json --catalog configured_catalog.json --state state.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, c := range airbyteCommands {
		ask := airbyte.Command{Name: c.name}
		cmd := &cobra.Command{
			Use: c.name, Short: c.short, Args: noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				ctx, stop := untilStopped(cmd.Context())
				defer stop()
				return airbyte.Source{Out: p.stdout, Check: connector.Check, Run: connector.Run}.Do(ctx, ask)
			},
		}
		if c.config {
			cmd.Flags().StringVar(&ask.Config, "config", "", "the configuration, a JSON file")
		}
		if c.choice {
			cmd.Flags().StringVar(&ask.Catalog, "catalog", "", "the configured catalog, a JSON file")
			cmd.Flags().StringVar(&ask.State, "state", "", "the state to go on from, a JSON file")
		}
		root.AddCommand(cmd)
	}
	return root
}
