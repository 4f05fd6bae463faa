package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/spf13/cobra"
)

// newTokenConfig is the token to be made.
type newTokenConfig struct {
	User    string        // whose; "" is the account's first admin
	Name    string        // "" is the user's personal token, of which there is one
	Expires time.Duration // from now; 0 is never
}

func (p *program) adminTokenCommand(c *adminConfig) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "API tokens",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var n newTokenConfig
	create := &cobra.Command{
		Use:   "create",
		Short: "Make an API token and print it",
		Long: `Makes an API token for a user and prints it on standard output, only this once.

Without --name it is the user's personal token, and takes the place of the one
before, which stops working at once. A user may have any number of named tokens.`,
		Example: `  lunedi admin token create
  lunedi admin token create --user ada@example.com
  lunedi admin token create --user ada@example.com --name ci --expires 720h`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := n.validate(); err != nil {
				return err
			}
			return p.administer(cmd.Context(), c, true, func(a *administration) error { return p.createToken(cmd.Context(), a, n) })
		},
	}
	create.Flags().StringVar(&n.User, "user", "", "id, e-mail address or name of its user (default: the account's first admin)")
	create.Flags().StringVar(&n.Name, "name", "", "what it is for; left out, it is the user's personal token")
	create.Flags().DurationVar(&n.Expires, "expires", 0, "how long it works, like 720h (default: for ever; named tokens only)")
	cmd.AddCommand(create, &cobra.Command{
		Use:     "list",
		Short:   "List all tokens, without their secrets",
		Example: "  lunedi admin token list",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.administer(cmd.Context(), c, false, func(a *administration) error { return p.listTokens(cmd.Context(), a) })
		},
	}, &cobra.Command{
		Use:     "revoke ID...",
		Short:   "End tokens at once, by the ids that 'token list' shows",
		Example: "  lunedi admin token revoke 1042",
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := tokenIDs(args)
			if err != nil {
				return err
			}
			return p.administer(cmd.Context(), c, false, func(a *administration) error { return p.revokeTokens(cmd.Context(), a, ids) })
		},
	})
	return cmd
}

func (n *newTokenConfig) validate() error {
	switch {
	case n.Expires < 0:
		return faults(fmt.Errorf("--expires: %s is below 0", n.Expires))
	case n.Expires > 0 && n.Name == "":
		return faults(fmt.Errorf("--expires: a personal token does not expire; give the token a --name"))
	}
	return nil
}

func (p *program) createToken(ctx context.Context, a *administration, n newTokenConfig) (err error) {
	owner := a.view.Me()
	if n.User != "" {
		if owner, err = a.user(n.User); err != nil {
			return err
		}
	}
	by, err := a.service.As(ctx, a.account, owner.ID)
	if err != nil {
		return err
	}
	var secret string
	var made *work.Token
	if n.Name == "" {
		secret, made, err = a.service.RegenerateToken(ctx, by)
	} else {
		var expires time.Time
		if n.Expires > 0 {
			expires = time.Now().Add(n.Expires)
		}
		secret, made, err = a.service.CreateToken(ctx, by, n.Name, nil, expires)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "Token %d of %s <%s>, shown only now:\n", made.ID, owner.Name, owner.Email)
	fmt.Fprintln(p.stdout, secret)
	return nil
}

func (p *program) listTokens(ctx context.Context, a *administration) error {
	tokens, err := a.service.Tokens(ctx, a.by)
	if err != nil {
		return err
	}
	rows := [][]string{{"ID", "USER", "EMAIL", "NAME", "CREATED", "EXPIRES", "LAST USED"}}
	for _, t := range tokens {
		name, email := t.Name, ""
		if name == "" {
			name = "(personal)"
		}
		if u := a.view.User(t.User); u != nil {
			email = u.Email
		}
		rows = append(rows, []string{strconv.FormatInt(int64(t.ID), 10), t.User.String(), email, name, day(t.CreatedAt), day(t.ExpiresAt), day(t.LastUsed)})
	}
	return p.table(rows)
}

// day is a time as tables show it.
func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func tokenIDs(args []string) (ids []work.TokenID, err error) {
	for _, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			// The argument is not repeated: it may be a secret, and terminals are recorded.
			return nil, faults(fmt.Errorf("a token is revoked by its id, a number that 'lunedi admin token list' shows"))
		}
		ids = append(ids, work.TokenID(id))
	}
	if len(ids) == 0 {
		return nil, faults(fmt.Errorf("name the tokens to revoke by id; 'lunedi admin token list' shows them"))
	}
	return ids, nil
}

func (p *program) revokeTokens(ctx context.Context, a *administration, ids []work.TokenID) error {
	for _, id := range ids {
		if err := a.service.RevokeToken(ctx, a.by, id); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "Revoked token %d.\n", id)
	}
	return nil
}
