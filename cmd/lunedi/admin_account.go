package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) adminAccountCommand(c *adminConfig) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "The account",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "show",
		Short:   "Print what the account is and how much is in it",
		Example: "  lunedi admin account show",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.administer(cmd.Context(), c, false, p.showAccount)
		},
	})
	return cmd
}

func (p *program) showAccount(a *administration) error {
	acct := a.view.Account()
	users, teams, workspaces, boards := a.view.Count()
	main := "null"
	if acct.MainWorkspaceIsNumbered {
		main = acct.MainWorkspace.String()
	}
	plan := "none (trial)"
	if acct.Plan != nil {
		plan = fmt.Sprintf("%s, %s, %d users", acct.Plan.Tier, acct.Plan.Period, acct.Plan.MaxUsers)
	}
	return p.table([][]string{
		{"id", acct.ID.String()},
		{"name", acct.Name},
		{"slug", acct.Slug},
		{"plan", plan},
		{"created", acct.CreatedAt.Format(time.RFC3339)},
		{"main workspace id", main},
		{"users", strconv.Itoa(users)},
		{"teams", strconv.Itoa(teams)},
		{"workspaces", strconv.Itoa(workspaces)},
		{"boards", strconv.Itoa(boards)},
		{"committed transactions", strconv.FormatInt(int64(a.view.Seq()), 10)},
	})
}
