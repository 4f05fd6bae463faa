package work

import (
	"context"
	"time"
)

// UpdateFilter selects updates that the caller may see.
type UpdateFilter struct {
	IDs       []UpdateID // nil: any
	Item      *Item      // of this item
	Board     *Board     // or of the items of this board
	From, To  time.Time  // zero: open
	BoardOnly bool       // updates of the board itself, of which there are none
	Page      Page
}

// Updates lists updates, the newest first.
func (v *View) Updates(f UpdateFilter) ([]*Update, error) { return nil, errTodo }

// ItemUpdates is Updates for many items at once: one page for each.
func (v *View) ItemUpdates(items []*Item, p Page) ([][]*Update, error) { return nil, errTodo }

// Replies lists the replies to each of the updates, the oldest first.
func (v *View) Replies(updates []*Update) ([][]*Update, error) { return nil, errTodo }

// AllReplies lists the replies on boards, the newest first.
func (v *View) AllReplies(boards []BoardID, from, to time.Time, p Page) ([]*Update, error) {
	return nil, errTodo
}

// UpdateItem is the item that an update is about.
func (v *View) UpdateItem(u *Update) (*Item, error) { return nil, errTodo }

// UpdateInput describes a new update.
type UpdateInput struct {
	Item         ItemID
	Parent       UpdateID // replies to this one; Item may be 0 then
	Body         string   // HTML or plain text
	OriginalDate string
	Mentions     []Principal
}

// CreateUpdate writes an update. Permission update.create.
func (s *Service) CreateUpdate(ctx context.Context, by Caller, in UpdateInput) (*Update, error) {
	return nil, errTodo
}

// EditUpdate changes an update's text. Permission update.edit.
func (s *Service) EditUpdate(ctx context.Context, by Caller, id UpdateID, body string) (*Update, error) {
	return nil, errTodo
}

// DeleteUpdate deletes an update with its replies, or a reply. Permission update.delete.
func (s *Service) DeleteUpdate(ctx context.Context, by Caller, id UpdateID) (*Update, error) {
	return nil, errTodo
}

// LikeUpdate sets the caller's reaction; UnlikeUpdate takes it back. Permission update.create.
func (s *Service) LikeUpdate(ctx context.Context, by Caller, id UpdateID, reaction string) (*Update, error) {
	return nil, errTodo
}

func (s *Service) UnlikeUpdate(ctx context.Context, by Caller, id UpdateID) (*Update, error) {
	return nil, errTodo
}

// PinUpdate pins an update to the top of its item, or no longer. Permission update.pin.
func (s *Service) PinUpdate(ctx context.Context, by Caller, id UpdateID, pinned bool) (*Update, error) {
	return nil, errTodo
}

// ClearUpdates deletes all updates of an item. Permission item.state.
func (s *Service) ClearUpdates(ctx context.Context, by Caller, item ItemID) error { return errTodo }
