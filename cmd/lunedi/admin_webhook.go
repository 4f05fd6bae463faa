package main

import (
	"context"

	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/spf13/cobra"
)

func (p *program) adminWebhookCommand(c *adminConfig) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhook",
		Short: "Webhooks",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "List the webhooks of the boards that the account's first admin sees, with their secrets",
		Long: `Lists webhooks with the secret that signs what each posts: Authorization is a
JWT (HS256) made with it, and X-Lunedi-Signature is sha256= and the HMAC of the
body, in hex. Receivers need it to tell events from forgeries.`,
		Example: "  lunedi admin webhook list",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.administer(cmd.Context(), c, true, func(a *administration) error { return p.listWebhooks(cmd.Context(), a) })
		},
	})
	return cmd
}

func (p *program) listWebhooks(ctx context.Context, a *administration) error {
	boards, err := a.view.Boards(work.BoardFilter{State: "all", Page: work.All})
	if err != nil {
		return err
	}
	rows := [][]string{{"ID", "BOARD", "EVENT", "URL", "MADE", "SECRET"}}
	for _, b := range boards {
		hooks, err := a.view.Webhooks(b)
		if err != nil {
			return err
		}
		for _, h := range hooks {
			secret, err := a.service.WebhookSecret(ctx, a.by, h.ID)
			if err != nil {
				secret = "(none: " + work.ErrorOf(err).Msg + ")"
			}
			rows = append(rows, []string{h.ID.String(), b.ID.String(), h.Event, h.URL, day(h.CreatedAt), secret})
		}
	}
	return p.table(rows)
}
