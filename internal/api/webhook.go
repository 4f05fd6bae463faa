package api

import (
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) webhook() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {"webhooks": graphql.Root(listWebhooks)},
		"Mutation": {
			"create_webhook": graphql.Root(h.createWebhook),
			"delete_webhook": graphql.Root(h.deleteWebhook),
		},
		"Webhook": {
			"board_id": idLeaf(func(w *work.Webhook) work.BoardID { return w.Board }),
			"config":   textLeaf(func(w *work.Webhook) string { return w.Config }),
			"event":    nameLeaf(func(w *work.Webhook) string { return w.Event }),
			"id":       idLeaf(func(w *work.Webhook) work.WebhookID { return w.ID }),
		},
	}
}

func listWebhooks(c *graphql.Context, args graphql.Args) (any, error) {
	id, err := argID[work.BoardID](args, "board_id", 0)
	if err != nil {
		return nil, err
	}
	view := callOf(c).view
	b := view.Board(id)
	if b == nil || args.Bool("app_webhooks_only") { // what is not there is an empty list, in reads
		return graphql.Slice[any]{}, nil
	}
	rows, err := view.Webhooks(b)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Webhook](rows), nil
}

func (h *Handler) createWebhook(c *graphql.Context, args graphql.Args) (any, error) {
	from := &inputs{Args: args}
	in := work.WebhookInput{
		Board: readID[work.BoardID](from, "board_id"), Event: args.String("event"), URL: args.String("url"), Config: from.json("config"),
	}
	if from.err != nil {
		return nil, from.err
	}
	return oneWebhook(c, func(by work.Caller) (*work.Webhook, error) { return h.service.CreateWebhook(c, by, in) })
}

func (h *Handler) deleteWebhook(c *graphql.Context, args graphql.Args) (any, error) {
	id, err := argID[work.WebhookID](args, "id", 0)
	if err != nil {
		return nil, err
	}
	return oneWebhook(c, func(by work.Caller) (*work.Webhook, error) { return h.service.DeleteWebhook(c, by, id) })
}

func oneWebhook(c *graphql.Context, do func(work.Caller) (*work.Webhook, error)) (any, error) {
	k := callOf(c)
	w, err := do(k.by)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(w), nil
}
