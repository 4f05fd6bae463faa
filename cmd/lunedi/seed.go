package main

import (
	"github.com/lunedi-dev/lunedi/internal/seed"
	"github.com/spf13/cobra"
)

func (p *program) seedCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Files that describe a sandbox's account",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "print",
		Short:   "Print the built-in sample account",
		Long:    "Prints the sample account of 'lunedi dev' as the YAML file it is, to be changed and given to 'lunedi dev --seed FILE'.",
		Example: "  lunedi seed print > my.yaml",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := p.stdout.Write(seed.Sample)
			return err
		},
	})
	return cmd
}
