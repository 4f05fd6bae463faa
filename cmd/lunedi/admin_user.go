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
	var public string
	link := &cobra.Command{
		Use:   "link USER",
		Short: "Make a one-time link with which a user sets a password",
		Long: `Makes a link for a user who has none or has forgotten the password, named by
id, e-mail address or name. The link works once, for a week, and takes the place
of one made before. It is printed: pass it on privately.`,
		Example: `  lunedi admin user link ada@example.com
  lunedi admin user link ada@example.com --public-url https://api.example.com`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{errors.New("name one user, by id, e-mail address or name")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := faults(checkPublicURL(public)); err != nil {
				return err
			}
			return p.administer(cmd.Context(), c, false, func(a *administration) error { return p.linkUser(cmd.Context(), a, args[0], public) })
		},
	}
	link.Flags().StringVar(&public, "public-url", "", "how people reach the server; without it only the path is printed")
	cmd.AddCommand(create, link, &cobra.Command{
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

// linkUser prints a link that lets a user set a password.
func (p *program) linkUser(ctx context.Context, a *administration, ref, public string) error {
	u, err := a.user(ref)
	if err != nil {
		return err
	}
	secret, err := a.service.NewLink(ctx, a.by, u.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "A link for %s <%s>, which works once, for a week:\n", u.Name, u.Email)
	fmt.Fprintf(p.stdout, "%s/welcome?link=%s\n", strings.TrimRight(public, "/"), secret)
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
