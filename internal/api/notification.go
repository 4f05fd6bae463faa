package api

import (
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) notification() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Mutation": {"create_notification": graphql.Root(h.notify)},
		"Notification": {
			"id":   idLeaf(func(n *work.Notification) work.NotificationID { return n.ID }),
			"text": textLeaf(func(n *work.Notification) string { return n.Text }),
		},
	}
}

func (h *Handler) notify(c *graphql.Context, args graphql.Args) (any, error) {
	from := &inputs{Args: args}
	in := work.NotificationInput{
		User: readID[work.UserID](from, "user_id"), Text: args.String("text"),
		TargetID: readID[int64](from, "target_id"), TargetType: args.String("target_type"),
	}
	if from.err != nil {
		return nil, from.err
	}
	k := callOf(c)
	n, err := h.service.Notify(c, k.by, in)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(n), nil
}
