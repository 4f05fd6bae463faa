package work

import (
	"context"
	"time"
)

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

// What becomes of a posting that its address does not take: it is tried again after PostingWait, until
// PostingLife has passed since the event.
const (
	PostingWait = time.Minute
	PostingLife = 30 * time.Minute
)

// PostingClaim is how long a claimed posting is left to whoever claimed it.
const PostingClaim = 2 * time.Minute

// Posting is an event to be posted to a webhook's address, which has not taken it yet.
type Posting struct {
	ID      string // the same at every try
	Account AccountID
	Webhook WebhookID
	URL     string
	Body    string    // JSON
	Secret  []byte    // signs the body; nil where the server's key no longer opens it
	First   time.Time // when it happened
	Tries   int       // how often it was tried before
}

// ClaimDeliveries takes up to limit postings of all accounts that are due. Each is the caller's alone
// for PostingClaim, in which it is to be settled.
func (s *Service) ClaimDeliveries(ctx context.Context, limit int) ([]Posting, error) {
	return nil, errTodo
}

// SettleDelivery says what became of a claimed posting: with ok its address has taken it; otherwise it
// is due again after PostingWait, or given up after PostingLife.
func (s *Service) SettleDelivery(ctx context.Context, p Posting, ok bool) error { return errTodo }

// Deliveries signals that there may be postings to claim: after a commit of this process that made
// some. Several may be one signal.
func (s *Service) Deliveries() <-chan struct{} { return s.deliveries }

// deliver sends an event of a board to the webhooks that ask for it.
func (t *tx) deliver(board *Board, e *event) {}
