package work

import "context"

// Webhooks lists the webhooks of a board. Permission webhook.edit.
func (v *View) Webhooks(b *Board) ([]*Webhook, error) { return nil, errTodo }

// WebhookInput describes a new webhook.
type WebhookInput struct {
	Board  BoardID
	Event  string
	URL    string
	Config string // JSON
}

// CreateWebhook makes a webhook once its address has answered the challenge. Permission webhook.edit.
func (s *Service) CreateWebhook(ctx context.Context, by Caller, in WebhookInput) (*Webhook, error) {
	return nil, errTodo
}

// DeleteWebhook deletes a webhook. Permission webhook.edit.
func (s *Service) DeleteWebhook(ctx context.Context, by Caller, id WebhookID) (*Webhook, error) {
	return nil, errTodo
}
