package work

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// WebhookEvents are the events a webhook can ask for, and what its config must say of them.
var WebhookEvents = map[string]struct{ Needs []string }{
	"change_column_value":          {},
	"change_name":                  {},
	"change_specific_column_value": {[]string{"columnId"}},
	"change_status_column_value":   {[]string{"columnId", "columnValue"}},
	"change_subitem_column_value":  {},
	"change_subitem_name":          {},
	"create_column":                {},
	"create_item":                  {},
	"create_subitem":               {},
	"create_subitem_update":        {},
	"create_update":                {},
	"delete_update":                {},
	"edit_update":                  {},
	"item_archived":                {},
	"item_deleted":                 {},
	"item_moved_to_any_group":      {},
	"item_moved_to_specific_group": {[]string{"groupId"}},
	"item_restored":                {},
	"move_subitem":                 {},
	"subitem_archived":             {},
	"subitem_deleted":              {},
}

// urlMax is how long a webhook's address can be.
const urlMax = 2048

// Webhooks lists the webhooks of a board. Permission webhook.edit.
func (v *View) Webhooks(b *Board) ([]*Webhook, error) {
	if err := allow(v.me, perm.WebhookEdit, v.img.boardFacts(v.me, b)); err != nil {
		return nil, err
	}
	out := []*Webhook{}
	for w := range v.img.webhooks.all() {
		if w.Board == b.ID {
			out = append(out, w.bare())
		}
	}
	return out, nil
}

// bare is the webhook without its secret.
func (w *Webhook) bare() *Webhook {
	c := *w
	c.Secret = nil
	return &c
}

// WebhookInput describes a new webhook.
type WebhookInput struct {
	Board  BoardID
	Event  string
	URL    string
	Config string // JSON
}

// check refuses what can be no webhook.
func (in *WebhookInput) check() error {
	event, ok := WebhookEvents[in.Event]
	if !ok {
		return invalid("event", "event %q is none that a webhook can ask for", in.Event)
	}
	u, err := url.Parse(in.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return invalid("url", "url must be an address like https://example.com/hook, without user name or password")
	}
	if len(in.URL) > urlMax {
		return invalid("url", "url has %d characters; at most %d are allowed", len(in.URL), urlMax)
	}
	if err := checkText("config", in.Config, descriptionMax); err != nil {
		return err
	}
	config, ok := parseConfig(in.Config)
	if !ok {
		return invalid("config", `config must be a JSON object, like {"columnId":"status"}`)
	}
	for _, need := range event.Needs {
		if missing := config[need] == nil || need != "columnValue" && config.text(need) == ""; missing {
			return invalid("config", "config of %s must say %s, like %s", in.Event, need, configExamples[in.Event])
		}
	}
	return nil
}

var configExamples = map[string]string{
	"change_specific_column_value": `{"columnId":"text"}`,
	"change_status_column_value":   `{"columnId":"status","columnValue":{"index":1}}, or {"columnId":"status","columnValue":{"$any$":true}}`,
	"item_moved_to_specific_group": `{"groupId":"topics"}`,
}

// webhookConfig is a webhook's config taken apart.
type webhookConfig map[string]any

func parseConfig(js string) (c webhookConfig, ok bool) {
	if js == "" || js == "null" {
		return nil, true
	}
	err := json.Unmarshal([]byte(js), &c)
	return c, err == nil && c != nil
}

func (c webhookConfig) text(key string) string { s, _ := c[key].(string); return s }

// means reports whether the config leaves the event to the webhook.
func (c webhookConfig) means(call *hookCall) bool {
	for key, told := range map[string]string{"columnId": "columnId", "groupId": "destGroupId"} {
		if want := c.text(key); want != "" && call.payload[told] != want {
			return false
		}
	}
	want, ok := c["columnValue"].(map[string]any)
	if !ok || want["$any$"] == true {
		return true
	}
	js, err := json.Marshal(call.payload["value"])
	if err != nil {
		return false
	}
	var is struct {
		Label struct {
			Index *float64 `json:"index"`
			Text  string   `json:"text"`
		} `json:"label"`
		Index *float64 `json:"index"`
	}
	_ = json.Unmarshal(js, &is) // what is no label has no index
	if is.Label.Index == nil {
		is.Label.Index = is.Index
	}
	if label, ok := want["label"].(string); ok && label != is.Label.Text {
		return false
	}
	index := -1.0
	switch n := want["index"].(type) {
	case nil:
		return true
	case float64:
		index = n
	case string:
		if index, err = strconv.ParseFloat(n, 64); err != nil {
			return false
		}
	}
	return is.Label.Index != nil && *is.Label.Index == index
}

// CreateWebhook makes a webhook once its address has answered the challenge. Permission webhook.edit.
func (s *Service) CreateWebhook(ctx context.Context, by Caller, in WebhookInput) (*Webhook, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.Config == "null" {
		in.Config = ""
	}
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	b := v.Board(in.Board)
	if b == nil {
		return nil, notFound("board", in.Board)
	}
	if err := allow(v.me, perm.WebhookEdit, v.img.boardFacts(v.me, b)); err != nil {
		return nil, err
	}
	if s.challenge != nil {
		if err := s.challenge(ctx, in.URL); err != nil {
			return nil, err
		}
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)                                                   // never fails
	sealed, err := s.sealer.seal(base64.RawURLEncoding.EncodeToString(secret)) // a text, as libraries for JWT take it
	if err != nil {
		return nil, err
	}
	var made *Webhook
	err = s.commit(ctx, by, func(t *tx) error {
		if _, err := t.board(in.Board, perm.WebhookEdit); err != nil {
			return err
		}
		made = &Webhook{ID: WebhookID(t.newID()), Board: in.Board, Event: in.Event, URL: in.URL, Config: in.Config,
			Secret: sealed, Creator: t.by.ID, CreatedAt: t.now}
		t.put(Change{Webhook: made})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made.bare(), nil
}

// WebhookSecret is the secret that signs what a webhook posts. It is told to who made the webhook and to
// admins, as far as they see its board. Permission webhook.edit.
func (s *Service) WebhookSecret(ctx context.Context, by Caller, id WebhookID) (string, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return "", err
	}
	w, ok := v.img.webhooks.get(id)
	if !ok || v.Board(w.Board) == nil {
		return "", notFound("webhook", id)
	}
	b, _ := v.img.boards.get(w.Board)
	if err := allow(v.me, perm.WebhookEdit, v.img.boardFacts(v.me, b)); err != nil {
		return "", err
	}
	if v.me.Role != Admin && w.Creator != v.me.ID {
		return "", &Error{Code: CodeDenied, Msg: "Only who made a webhook, and admins, may see its secret"}
	}
	return s.sealer.open(w.Secret)
}

// DeleteWebhook deletes a webhook; what is still on its way to it is not delivered any more.
// Permission webhook.edit.
func (s *Service) DeleteWebhook(ctx context.Context, by Caller, id WebhookID) (was *Webhook, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		w, ok := t.webhooks.get(id)
		if !ok {
			return notFound("webhook", id)
		}
		b, ok := t.boards.get(w.Board)
		if !ok || b.State == StateDeleted || !t.seesBoard(t.by, b) {
			return notFound("webhook", id)
		}
		if err := t.check(perm.WebhookEdit, t.boardFacts(t.by, b)); err != nil {
			return err
		}
		t.put(Change{Webhook: &Webhook{ID: w.ID, Board: w.Board}, Delete: true})
		was = w.bare()
		return nil
	})
	return was, err
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
// for PostingClaim, in which it is to be settled. Those of webhooks that are no longer there are dropped.
func (s *Service) ClaimDeliveries(ctx context.Context, limit int) ([]Posting, error) {
	now := s.now().UTC()
	claimed, err := s.store.ClaimDeliveries(ctx, now, now.Add(PostingClaim), limit)
	if err != nil {
		return nil, cutShort(ctx, err)
	}
	out := make([]Posting, 0, len(claimed))
	for _, d := range claimed {
		a, err := s.account(ctx, d.Account)
		if err != nil {
			return out, err // the rest is due again when the claim ends
		}
		if _, there := a.image.Load().webhooks.get(d.Webhook); !there {
			if err := s.store.SettleDelivery(ctx, d.Account, d.ID, time.Time{}); err != nil {
				return out, cutShort(ctx, err)
			}
			continue
		}
		p := Posting{ID: d.ID, Account: d.Account, Webhook: d.Webhook, URL: d.URL, Body: d.Body, First: d.First, Tries: d.Tries}
		if secret, err := s.sealer.open(d.Secret); err == nil {
			p.Secret = []byte(secret)
		}
		out = append(out, p)
	}
	return out, nil
}

// SettleDelivery says what became of a claimed posting: with ok its address has taken it; otherwise it
// is due again after PostingWait, or given up after PostingLife.
func (s *Service) SettleDelivery(ctx context.Context, p Posting, ok bool) error {
	next := s.now().UTC().Add(PostingWait)
	if ok || next.Sub(p.First) > PostingLife {
		next = time.Time{}
	}
	if err := s.store.SettleDelivery(ctx, p.Account, p.ID, next); err != nil {
		return cutShort(ctx, err)
	}
	return nil
}

// Deliveries signals that there may be postings to claim: after a commit of this process that made
// some. Several may be one signal.
func (s *Service) Deliveries() <-chan struct{} { return s.deliveries }

// post signals where committed changes hold deliveries, and where they are of data sources.
func (s *Service) post(changes []Change) {
	s.wakeSources(changes)
	if slices.ContainsFunc(changes, func(c Change) bool { return c.Delivery != nil }) {
		select {
		case s.deliveries <- struct{}{}:
		default: // nobody has taken the last signal yet
		}
	}
}

// deliver sends an event of a board to the webhooks that ask for it. What happens to subitems (events
// named so) goes to the webhooks of the board of their items as well.
func (t *tx) deliver(board *Board, e *event) {
	for w := range t.webhooks.all() {
		if w.Board != board.ID && (board.Type != SubitemsBoard || w.Board != board.Parent) {
			continue
		}
		for _, call := range e.hooks {
			if !w.asks(board, &call) {
				continue
			}
			if call.payload = t.told(w, board, e, call.payload); call.payload != nil {
				t.put(Change{Delivery: &Delivery{ID: newUUID(), Webhook: w.ID, Board: w.Board, URL: w.URL, Secret: w.Secret,
					Body: t.posted(w, board, &call), First: t.now, Next: t.now}})
			}
		}
	}
}

// told is what of a payload whoever made the webhook may know; nil is nothing. A webhook shows nobody
// an item or a column that they do not see themselves, and falls silent when they are deactivated.
func (t *tx) told(w *Webhook, board *Board, e *event, payload map[string]any) map[string]any {
	maker, ok := t.users.get(w.Creator)
	if !ok || maker.Status != Active || !t.seesBoard(maker, board) {
		return nil
	}
	c, ok := t.contents.get(board.ID)
	if !ok {
		return payload
	}
	if e.Item != 0 && t.overBoard(board).OnlyAssigned {
		it, _ := t.acct.findItem(&t.contents, e.Item)
		if it == nil || !perm.Allow(maker.role(), perm.ItemRead, t.itemFacts(maker, board, it, c)) {
			return nil
		}
	}
	hidden := c.hidden(maker, t.isOwner(maker, board))
	if slices.Contains(hidden, e.Column) {
		return nil
	}
	values, _ := payload["columnValues"].(map[string]any)
	if len(hidden) == 0 || len(values) == 0 {
		return payload
	}
	payload, values = maps.Clone(payload), maps.Clone(values)
	maps.DeleteFunc(values, func(id string, _ any) bool { return slices.Contains(hidden, id) })
	payload["columnValues"] = values
	return payload
}

// hidden are the columns, deleted ones among them, that a user does not see.
func (c *content) hidden(u *User, owner bool) (ids []string) {
	for _, col := range c.columns {
		if !col.reads(u, owner) {
			ids = append(ids, col.ID)
		}
	}
	return ids
}

// asks reports whether the webhook wants a call that was made on the board.
func (w *Webhook) asks(board *Board, call *hookCall) bool {
	if w.Event != call.name || w.Board != board.ID && !strings.Contains(w.Event, "subitem") {
		return false
	}
	config, _ := parseConfig(w.Config) // it was looked at when the webhook was made
	return config.means(call)
}

// posted is the body that tells of an event.
func (t *tx) posted(w *Webhook, board *Board, call *hookCall) string {
	event := map[string]any{"app": "monday", "type": call.name, "triggerTime": t.now.Format("2006-01-02T15:04:05.000Z"),
		"subscriptionId": w.ID, "isRetry": false, "originalTriggerUuid": nil, "boardId": board.ID, "triggerUuid": newID()}
	if t.by != nil {
		event["userId"] = t.by.ID
	}
	for key, value := range call.payload {
		event[key] = value
	}
	body, err := json.Marshal(map[string]any{"event": event})
	if err != nil { // a payload that is no JSON is a fault of whoever made it
		t.s.log.Error("the payload of an event is no JSON", "event", call.name, "err", err)
		return "{}"
	}
	return string(body)
}
