package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/spf13/cobra"
)

// newUserConfig is the user to be made.
type newUserConfig struct {
	Name, Email string
	Role        string // see userRoles
}

// userRoles are the API's names of the roles.
var userRoles = []string{string(work.Admin), string(work.Member), string(work.Viewer), string(work.Guest)}

func (p *program) adminUserCommand(c *adminConfig) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Users of the account",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var n newUserConfig
	create := &cobra.Command{
		Use:   "create",
		Short: "Add a user who can come in at once",
		Example: `  lunedi admin user create --name "Ada" --email ada@example.com
  lunedi admin user create --email grace@example.com --role admin`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := n.validate(); err != nil {
				return err
			}
			return p.administer(cmd.Context(), c, false, func(a *administration) error { return p.createUser(cmd.Context(), a, n) })
		},
	}
	create.Flags().StringVar(&n.Name, "name", "", "name (default: from the e-mail address)")
	create.Flags().StringVar(&n.Email, "email", "", "e-mail address; it must be new in the account")
	create.Flags().StringVar(&n.Role, "role", string(work.Member), strings.Join(userRoles, ", "))
	_ = create.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(userRoles, cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(create, &cobra.Command{
		Use:     "list",
		Short:   "List all users",
		Example: "  lunedi admin user list",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.administer(cmd.Context(), c, false, p.listUsers)
		},
	})
	return cmd
}

func (n *newUserConfig) validate() error {
	var errs []error
	if n.Email == "" {
		errs = append(errs, errors.New("--email is needed"))
	}
	return faults(append(errs, oneOf("role", n.Role, userRoles...))...)
}

// createUser invites a user and accepts the invitation for them. Each step may be repeated, so that a
// command that was interrupted can be run again.
func (p *program) createUser(ctx context.Context, a *administration, n newUserConfig) error {
	invited := work.Role(n.Role)
	if invited == work.Admin {
		invited = work.Member // nobody is invited as an admin
	}
	done, err := a.service.InviteUsers(ctx, a.by, []string{n.Email}, invited)
	if err = failedUser(done, err); err != nil {
		return err
	}
	id := done.Users
	steps := []func() (work.UsersResult, error){
		func() (work.UsersResult, error) {
			return a.service.UpdateUsersRole(ctx, a.by, id, work.Role(n.Role))
		},
		func() (work.UsersResult, error) { return a.service.ActivateUsers(ctx, a.by, id) },
	}
	if n.Name != "" {
		steps = slices.Insert(steps, 0, func() (work.UsersResult, error) {
			return a.service.UpdateUsers(ctx, a.by, []work.UserEdit{{User: id[0], Name: &n.Name}})
		})
	}
	for _, step := range steps {
		if err := failedUser(step()); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.stdout, "Made user %d, %s <%s>.\n", id[0], n.Role, n.Email)
	return nil
}

// failedUser is the error of a call about one user.
func failedUser(r work.UsersResult, err error) error {
	if err == nil && len(r.Failed) > 0 {
		return errors.New(r.Failed[0].Msg)
	}
	return err
}

func (p *program) listUsers(a *administration) error {
	rows := [][]string{{"ID", "NAME", "EMAIL", "ROLE", "STATUS"}}
	for _, inactive := range []bool{false, true} {
		users, err := a.view.Users(work.UserFilter{NonActive: inactive, Page: work.All})
		if err != nil {
			return err
		}
		for _, u := range users {
			rows = append(rows, []string{u.ID.String(), u.Name, u.Email, string(u.Role), string(u.Status)})
		}
	}
	return p.table(rows)
}
