package work

import (
	"context"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// UpdateMax is how long an update can be, in characters.
const UpdateMax = 65_535

// Text is what the update says without markup.
func (u *Update) Text() string { return plainText(u.Body) }

// UpdateInput describes a new update.
type UpdateInput struct {
	Item         ItemID
	Parent       UpdateID // replies to this one; Item may be 0 then
	Body         string   // HTML or plain text
	OriginalDate string
	Mentions     []Principal
}

// safeBody makes the body of an update out of what was sent.
func safeBody(body string) (string, error) {
	if err := checkText("body", body, UpdateMax); err != nil {
		return "", err
	}
	safe := safeHTML(body)
	if strings.TrimSpace(plainText(safe)) == "" && !strings.Contains(safe, "<img") {
		return "", invalid("body", "body is empty; give some text or HTML")
	}
	return safe, nil
}

// CreateUpdate writes an update. Permission update.create.
func (s *Service) CreateUpdate(ctx context.Context, by Caller, in UpdateInput) (*Update, error) {
	body, err := safeBody(in.Body)
	if err != nil {
		return nil, err
	}
	if err := checkText("original_creation_date", in.OriginalDate, nameMax); err != nil {
		return nil, err
	}
	in.Body = body
	var made *Update
	if in.Parent != 0 {
		var parent *Update
		_, err := s.amendUpdate(ctx, by, in.Parent, func(v *View, u *Update) (err error) {
			if parent = u; u.Parent != 0 { // a reply to a reply is one to its update
				parent, err = v.readUpdate(u.Parent)
			}
			return err
		}, func(t *tx, _ *Update, it *Item, b *Board) (*Update, error) {
			if in.Item != 0 && in.Item != parent.Item {
				return nil, invalid("item_id", "Update %d is of item %d, not %d; leave out item_id", in.Parent, parent.Item, in.Item)
			}
			if err := t.check(perm.UpdateCreate, t.itemFacts(t.by, b, it, t.content(b.ID))); err != nil {
				return nil, err
			}
			made, err = t.say(in, parent, it, b)
			return nil, err
		})
		return made, err
	}
	if in.Item == 0 {
		return nil, invalid("item_id", "Give item_id, or parent_id to reply to an update")
	}
	err = s.commit(ctx, by, func(t *tx) error {
		it, b, err := t.itemFor(in.Item, perm.UpdateCreate)
		if err != nil {
			return err
		}
		made, err = t.say(in, nil, it, b)
		return err
	})
	return made, err
}

// say puts an update of an item, or a reply to one.
func (t *tx) say(in UpdateInput, parent *Update, it *Item, b *Board) (*Update, error) {
	mentioned, err := t.mentioned(in.Mentions)
	if err != nil {
		return nil, err
	}
	u := &Update{ID: UpdateID(t.newID()), Item: it.ID, Board: b.ID, Creator: t.by.ID, Body: in.Body, OriginalDate: in.OriginalDate,
		CreatedAt: t.now, EditedAt: t.now, UpdatedAt: t.now}
	if parent != nil {
		u.Parent = parent.ID
		moved := *parent
		moved.UpdatedAt, moved.Board = t.now, b.ID
		t.put(Change{Update: &moved})
	}
	t.put(Change{Update: u})
	now := *it
	now.UpdatedAt, now.UpdatedBy = t.now, t.by.ID
	now.Subscribers = slices.Clone(it.Subscribers)
	for _, who := range append([]*User{t.by}, mentioned...) {
		if !slices.Contains(now.Subscribers, who.ID) && t.seesBoard(who, b) {
			now.Subscribers = append(now.Subscribers, who.ID)
		}
	}
	t.putItem(it, &now)
	for _, who := range mentioned {
		if who.ID != t.by.ID && who.Status == Active && t.seesBoard(who, b) {
			t.notify(who.ID, u.Text(), int64(u.ID), TargetUpdate)
		}
	}
	t.recordUpdate("create_update", u, &now, b)
	return u, nil
}

// mentioned are the people whom mentions mean, each once.
func (t *tx) mentioned(mentions []Principal) ([]*User, error) {
	var users []UserID
	var teams []TeamID
	for _, m := range mentions {
		if m.Team != 0 {
			teams = append(teams, m.Team)
		} else {
			users = append(users, m.User)
		}
	}
	if _, err := t.usersNamed("mentions_list", users); err != nil {
		return nil, err
	}
	rows, err := t.teamsNamed("mentions_list", teams)
	if err != nil {
		return nil, err
	}
	for _, team := range rows {
		for _, m := range team.Members {
			users = append(users, m.User)
		}
	}
	out := make([]*User, 0, len(users))
	for _, id := range distinctInOrder(users) {
		if u, ok := t.users.get(id); ok {
			out = append(out, u)
		}
	}
	return out, nil
}

// recordUpdate puts what became of an update into the log. Webhooks are told of what is said of items
// and subitems, not of likes and pins.
func (t *tx) recordUpdate(name string, u *Update, it *Item, b *Board) {
	a, data := t.logged(name, it)
	data["update_id"] = u.ID
	e := event{Activity: a, data: data}
	if _, asked := WebhookEvents[name]; asked {
		payload := map[string]any{"type": name, "pulseId": it.ID, "body": u.Body, "textBody": u.Text(), "updateId": u.ID, "replyId": nil}
		if u.Parent != 0 {
			payload["updateId"], payload["replyId"] = u.Parent, u.ID
		}
		if b.Type == SubitemsBoard {
			payload = t.withParent(it, payload)
			if name == "create_update" {
				name = "create_subitem_update"
			}
		}
		e.hooks = []hookCall{{name, payload}}
	}
	t.record(e)
}

// amendUpdate decides on a change to an update that the caller sees. more, if any, reads what hangs on
// it; decide returns what the update is to be, or nil for no change.
func (s *Service) amendUpdate(ctx context.Context, by Caller, id UpdateID, more func(*View, *Update) error,
	decide func(*tx, *Update, *Item, *Board) (*Update, error)) (now *Update, err error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	u, err := v.readUpdate(id)
	if err != nil {
		return nil, err
	}
	err = s.amend(ctx, by, int64(u.Item), func(v *View) (err error) {
		if u, err = v.readUpdate(id); err == nil && more != nil {
			err = more(v, u)
		}
		return err
	}, func(t *tx) error {
		it, b, err := t.itemFor(u.Item, perm.ItemRead)
		if err != nil {
			return notFound("update", id)
		}
		if now, err = decide(t, u, it, b); err == nil && now != nil {
			now.Board = b.ID // the item may have moved
			t.put(Change{Update: now})
		}
		return err
	})
	return now, err
}

// EditUpdate changes an update's text. Permission update.edit.
func (s *Service) EditUpdate(ctx context.Context, by Caller, id UpdateID, body string) (*Update, error) {
	body, err := safeBody(body)
	if err != nil {
		return nil, err
	}
	return s.amendUpdate(ctx, by, id, nil, func(t *tx, u *Update, it *Item, b *Board) (*Update, error) {
		if err := t.check(perm.UpdateEdit, t.updateFacts(u, it, b)); err != nil {
			return nil, err
		}
		now := *u
		now.Body, now.EditedAt, now.UpdatedAt = body, t.now, t.now
		t.recordUpdate("edit_update", &now, it, b)
		return &now, nil
	})
}

// updateFacts describes an update to the permission table.
func (t *tx) updateFacts(u *Update, it *Item, b *Board) perm.Facts {
	return t.itemFacts(t.by, b, it, t.content(b.ID)) | selfIf(u.Creator == t.by.ID)
}

// DeleteUpdate deletes an update with its replies, or a reply. Permission update.delete.
func (s *Service) DeleteUpdate(ctx context.Context, by Caller, id UpdateID) (was *Update, err error) {
	var with thread
	_, err = s.amendUpdate(ctx, by, id, func(v *View, u *Update) (err error) {
		with, err = v.thread([]*Update{u})
		return err
	}, func(t *tx, u *Update, it *Item, b *Board) (*Update, error) {
		if err := t.check(perm.UpdateDelete, t.updateFacts(u, it, b)); err != nil {
			return nil, err
		}
		t.drop(with)
		t.recordUpdate("delete_update", u, it, b)
		was = u
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	return was, nil
}

// thread is updates with their replies and files.
type thread struct {
	updates []*Update
	assets  []*Asset
}

// thread reads what hangs on updates.
func (v *View) thread(updates []*Update) (all thread, err error) {
	if len(updates) == 0 {
		return all, nil
	}
	all.updates = slices.Clone(updates)
	replies, err := v.Replies(updates)
	if err != nil {
		return all, err
	}
	for _, r := range replies {
		all.updates = append(all.updates, r...)
	}
	q := AssetQuery{Updates: make([]UpdateID, len(all.updates))}
	for i, u := range all.updates {
		q.Updates[i] = u.ID
	}
	all.assets, err = v.readAssets(q)
	return all, err
}

func (t *tx) drop(all thread) {
	for _, a := range all.assets {
		t.put(Change{Asset: &Asset{ID: a.ID}, Delete: true})
	}
	for _, u := range all.updates {
		t.put(Change{Update: &Update{ID: u.ID}, Delete: true})
	}
}

// LikeUpdate sets the caller's reaction; UnlikeUpdate takes it back. Permission update.create.
func (s *Service) LikeUpdate(ctx context.Context, by Caller, id UpdateID, reaction string) (*Update, error) {
	if err := checkText("reaction_type", reaction, nameMax); err != nil {
		return nil, err
	}
	return s.react(ctx, by, id, "like_update", func(t *tx, likes []Like, mine int) []Like {
		if mine < 0 {
			return append(likes, Like{ID: t.newID(), User: t.by.ID, Reaction: reaction, CreatedAt: t.now})
		}
		likes[mine].Reaction = reaction
		return likes
	})
}

func (s *Service) UnlikeUpdate(ctx context.Context, by Caller, id UpdateID) (*Update, error) {
	return s.react(ctx, by, id, "unlike_update", func(_ *tx, likes []Like, mine int) []Like {
		if mine < 0 {
			return likes
		}
		return slices.Delete(likes, mine, mine+1)
	})
}

// react changes the likes of an update. change may write to them; mine is the caller's own, or -1.
func (s *Service) react(ctx context.Context, by Caller, id UpdateID, name string, change func(t *tx, likes []Like, mine int) []Like) (*Update, error) {
	return s.amendUpdate(ctx, by, id, nil, func(t *tx, u *Update, it *Item, b *Board) (*Update, error) {
		if err := t.check(perm.UpdateCreate, t.updateFacts(u, it, b)); err != nil {
			return nil, err
		}
		now := *u
		mine := slices.IndexFunc(u.Likes, func(l Like) bool { return l.User == t.by.ID })
		now.Likes = change(t, slices.Clone(u.Likes), mine)
		t.recordUpdate(name, &now, it, b)
		return &now, nil
	})
}

// PinUpdate pins an update to the top of its item, or no longer. Permission update.pin.
func (s *Service) PinUpdate(ctx context.Context, by Caller, id UpdateID, pinned bool) (*Update, error) {
	return s.amendUpdate(ctx, by, id, nil, func(t *tx, u *Update, it *Item, b *Board) (*Update, error) {
		if err := t.check(perm.UpdatePin, t.updateFacts(u, it, b)); err != nil {
			return nil, err
		}
		if u.Parent != 0 {
			return nil, invalid("id", "Update %d is a reply; only updates can be pinned", u.ID)
		}
		now := *u
		now.Pinned = pinned
		name := "pin_to_top"
		if !pinned {
			name = "unpin_from_top"
		}
		t.recordUpdate(name, &now, it, b)
		return &now, nil
	})
}

// ClearUpdates deletes all updates of an item. Permission item.state.
func (s *Service) ClearUpdates(ctx context.Context, by Caller, item ItemID) error {
	var all thread
	return s.amend(ctx, by, int64(item), func(v *View) error {
		rows, err := v.readUpdates(UpdateQuery{Items: []ItemID{item}})
		if err != nil {
			return err
		}
		all, err = v.thread(rows)
		return err
	}, func(t *tx) error {
		it, _, err := t.itemFor(item, perm.ItemState)
		if err != nil {
			return err
		}
		t.drop(all)
		a, data := t.logged("clear_item_updates", it)
		t.record(event{Activity: a, data: data})
		return nil
	})
}
