package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/lunedi-dev/lunedi/internal/work"
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
	cmd.AddCommand(p.adminAccountUpdateCommand(c))
	return cmd
}

func (p *program) adminAccountUpdateCommand(c *adminConfig) *cobra.Command {
	var name, id string
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Change the account's settings",
		Example: `  lunedi admin account update --name "Harbour Ltd"
  lunedi admin account update --main-workspace-id number    show it, as in migrated accounts
  lunedi admin account update --main-workspace-id null      as in others`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var e work.AccountEdit
			if cmd.Flags().Changed("name") {
				e.Name = &name
			}
			switch numbered := id == "number"; {
			case id == "number" || id == "null":
				e.MainWorkspaceIsNumbered = &numbered
			case id != "":
				return fmt.Errorf("--main-workspace-id: %q is neither number nor null", id)
			case e.Name == nil:
				return errors.New("nothing to change: give --name or --main-workspace-id")
			}
			return p.administer(cmd.Context(), c, false, func(a *administration) error {
				return a.service.UpdateAccount(cmd.Context(), a.by, e)
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the account's name")
	cmd.Flags().StringVar(&id, "main-workspace-id", "", "how the API tells the Main Workspace's id: number or null")
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
