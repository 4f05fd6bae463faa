package work

import (
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// need is what a decision lacks of what is on boards. It is thrown, caught by run, loaded outside the
// writer, and the decision begins anew: decisions read as if everything were in memory.
type need struct {
	board BoardID
	whole bool
	items []ItemID
}

// content is what is on a board: its structure, and those of its items that happen to be loaded.
func (t *tx) content(id BoardID) *content { panic(need{board: id}) }

// whole is content with all active items of the board.
func (t *tx) whole(id BoardID) *content { panic(need{board: id, whole: true}) }

// item finds an item of whatever state on any board; nil where there is none.
func (t *tx) item(id ItemID) *Item { panic(need{items: []ItemID{id}}) }

// preload makes sure that items are loaded, at once instead of one by one.
func (t *tx) preload(ids []ItemID) { panic(need{items: ids}) }

// itemFor finds an item, not deleted, that the caller sees, with its board, and checks the action.
func (t *tx) itemFor(id ItemID, a perm.Action) (*Item, *Board, error) { return nil, nil, errTodo }

// itemFacts describes an item to the permission table. Facts of a board's OnlyAssigned and of
// assignment are worked out here.
func (img *Image) itemFacts(u *User, b *Board, it *Item, c *content) perm.Facts { return 0 }

// putItem puts an item in place of old (nil for a new one), with the counts that go with it. The
// caller sets UpdatedAt and UpdatedBy.
func (t *tx) putItem(old, it *Item) {}

// event is something that happened, for the log and for webhooks.
type event struct {
	Activity            // Board, Item, Group, Column, Event, Entity; Data is made of data, the rest is filled in
	data     any        // becomes Activity.Data; nil is {}
	hooks    []hookCall // the webhook events it stands for
}

// hookCall is a webhook event: its name as WebhookEventType spells it, and the payload's event member
// (userId, originalTriggerUuid, boardId, triggerTime, subscriptionId, triggerUuid are filled in).
type hookCall struct {
	name    string
	payload map[string]any
}

// record puts an event into the log and sends it to the webhooks that ask for it.
func (t *tx) record(e event) {}
