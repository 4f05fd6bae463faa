package worktest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// content is what is on an account's boards: rows by their keys.
type content struct {
	groups        map[boardKey]*work.Group
	columns       map[boardKey]*work.Column
	views         map[work.ViewID]*work.BoardView
	items         map[work.ItemID]*work.Item
	updates       map[work.UpdateID]*work.Update
	assets        map[work.AssetID]*work.Asset
	blocks        map[string]*work.Block
	activity      map[string]*work.Activity
	audit         map[string]*work.Audit
	notifications map[work.NotificationID]*work.Notification
	deliveries    map[string]*work.Delivery
}

// boardKey is the key of what is named by a text on its board.
type boardKey struct {
	board work.BoardID
	id    string
}

// newContent takes rows over.
func newContent(c work.Content) *content {
	return &content{
		groups:        keyed(c.Groups, groupKey),
		columns:       keyed(c.Columns, columnKey),
		views:         keyed(c.Views, func(x *work.BoardView) work.ViewID { return x.ID }),
		items:         keyed(c.Items, func(x *work.Item) work.ItemID { return x.ID }),
		updates:       keyed(c.Updates, func(x *work.Update) work.UpdateID { return x.ID }),
		assets:        keyed(c.Assets, func(x *work.Asset) work.AssetID { return x.ID }),
		blocks:        keyed(c.Blocks, func(x *work.Block) string { return x.ID }),
		activity:      keyed(c.Activity, func(x *work.Activity) string { return x.ID }),
		audit:         map[string]*work.Audit{},
		notifications: map[work.NotificationID]*work.Notification{},
		deliveries:    map[string]*work.Delivery{},
	}
}

func groupKey(x *work.Group) boardKey   { return boardKey{x.Board, x.ID} }
func columnKey(x *work.Column) boardKey { return boardKey{x.Board, x.ID} }

func keyed[K comparable, V any](list []V, key func(V) K) map[K]V {
	m := make(map[K]V, len(list))
	for _, x := range list {
		m[key(x)] = x
	}
	return m
}

// apply makes a change to what is on boards.
func (a *content) apply(c work.Change) {
	switch {
	case c.Group != nil:
		set(a.groups, groupKey(c.Group), c.Group, c.Delete)
	case c.Column != nil:
		set(a.columns, columnKey(c.Column), c.Column, c.Delete)
	case c.View != nil:
		set(a.views, c.View.ID, c.View, c.Delete)
	case c.Item != nil:
		set(a.items, c.Item.ID, c.Item, c.Delete)
		if c.From != 0 {
			a.follow(c.Item)
		}
	case c.Update != nil:
		set(a.updates, c.Update.ID, c.Update, c.Delete)
	case c.Asset != nil:
		set(a.assets, c.Asset.ID, c.Asset, c.Delete)
	case c.Block != nil:
		set(a.blocks, c.Block.ID, c.Block, c.Delete)
	case c.Activity != nil:
		set(a.activity, c.Activity.ID, c.Activity, c.Delete)
	case c.Audit != nil:
		set(a.audit, c.Audit.ID, c.Audit, c.Delete)
	case c.Notification != nil:
		set(a.notifications, c.Notification.ID, c.Notification, c.Delete)
	case c.Delivery != nil:
		set(a.deliveries, c.Delivery.ID, c.Delivery, c.Delete)
	}
}

// follow takes what is kept with an item to the board it has moved to.
func (a *content) follow(it *work.Item) {
	for _, u := range a.updates {
		if u.Item == it.ID {
			u.Board = it.Board
		}
	}
	for _, f := range a.assets {
		if f.Item == it.ID {
			f.Board = it.Board
		}
	}
}

func set[K comparable, V any](m map[K]V, key K, row V, del bool) {
	if del {
		delete(m, key)
	} else {
		m[key] = row
	}
}

// find enters a method and finds what is in the account, which is nothing where there is none. The
// caller unlocks unless there is an error.
func (s *Store) find(ctx context.Context, method string, id work.AccountID) (*content, error) {
	if err := s.enter(ctx, method); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if a := s.accounts[id]; a != nil {
		return a.content, nil
	}
	return newContent(work.Content{}), nil
}

// seq is the head of an account.
func (s *Store) seq(id work.AccountID) (work.Seq, error) {
	a, err := s.account(id)
	if err != nil {
		return 0, err
	}
	return a.snap.Seq, nil
}

// LoadBoard is work.Store's.
func (s *Store) LoadBoard(ctx context.Context, id work.AccountID, board work.BoardID, items bool) (*work.BoardRows, error) {
	a, err := s.find(ctx, "LoadBoard", id)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	seq, err := s.seq(id)
	if err != nil {
		return nil, err
	}
	r := &work.BoardRows{
		Seq:     seq,
		Groups:  some(a.groups, func(x *work.Group) bool { return x.Board == board }),
		Columns: some(a.columns, func(x *work.Column) bool { return x.Board == board }),
		Views:   some(a.views, func(x *work.BoardView) bool { return x.Board == board }),
	}
	if items {
		r.Items = []*work.Item{}
	}
	for _, it := range a.items {
		if it.Board != board {
			continue
		}
		r.Number = max(r.Number, it.Number)
		if it.State != work.StateActive {
			continue
		}
		r.Active++
		if items {
			r.Items = append(r.Items, clone(it))
		} else {
			r.Bytes += int64(400 + len(it.Name) + 5*len(work.AppendCells(nil, it.Cells))/2)
		}
	}
	return r, nil
}

// LoadItems is work.Store's.
func (s *Store) LoadItems(ctx context.Context, id work.AccountID, ids []work.ItemID) (work.Seq, []*work.Item, error) {
	a, err := s.find(ctx, "LoadItems", id)
	if err != nil {
		return 0, nil, err
	}
	defer s.mu.Unlock()
	seq, err := s.seq(id)
	if err != nil {
		return 0, nil, err
	}
	found := map[work.ItemID]*work.Item{}
	for _, id := range ids {
		if it := a.items[id]; it != nil {
			found[id] = it
		}
	}
	return seq, some(found, func(*work.Item) bool { return true }), nil
}

// ScanItems is work.Store's.
func (s *Store) ScanItems(ctx context.Context, id work.AccountID, board work.BoardID, group string, after work.ItemPlace, limit int) ([]*work.Item, error) {
	a, err := s.find(ctx, "ScanItems", id)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	list := sorted(a.items, func(x *work.Item) bool {
		return x.Board == board && x.Group == group && x.State == work.StateActive &&
			cmp.Or(cmp.Compare(x.Pos, after.Pos), cmp.Compare(x.ID, after.ID)) > 0
	}, func(x, y *work.Item) int {
		return cmp.Or(cmp.Compare(x.Pos, y.Pos), cmp.Compare(x.ID, y.ID))
	})
	return list[:min(limit, len(list))], nil
}

// Updates is work.Store's.
func (s *Store) Updates(ctx context.Context, id work.AccountID, q work.UpdateQuery, each func(*work.Update) bool) error {
	a, err := s.find(ctx, "Updates", id)
	if err != nil {
		return err
	}
	list := sorted(a.updates, func(x *work.Update) bool {
		switch {
		case q.Parents != nil:
			if !slices.Contains(q.Parents, x.Parent) || x.Parent == 0 {
				return false
			}
		case q.IDs == nil && (x.Parent != 0) != q.Replies:
			return false
		}
		return among(q.IDs, x.ID) && among(q.Items, x.Item) && among(q.Boards, x.Board) && within(x.CreatedAt, q.From, q.To)
	}, func(x, y *work.Update) int {
		if q.Parents == nil {
			x, y = y, x
		}
		return cmp.Or(x.CreatedAt.Compare(y.CreatedAt), cmp.Compare(x.ID, y.ID))
	})
	s.mu.Unlock()
	for _, u := range list {
		if !each(u) {
			return nil
		}
	}
	return nil
}

// Activity is work.Store's.
func (s *Store) Activity(ctx context.Context, id work.AccountID, q work.ActivityQuery, each func(*work.Activity) bool) error {
	a, err := s.find(ctx, "Activity", id)
	if err != nil {
		return err
	}
	list := sorted(a.activity, func(x *work.Activity) bool {
		return (q.Board == 0 || q.Board == x.Board) && among(q.Users, x.User) && among(q.Items, x.Item) &&
			among(q.Groups, x.Group) && among(q.Columns, x.Column) && among(q.Events, x.Event) &&
			within(time.Unix(x.At/1e7, x.At%1e7*100), q.From, q.To)
	}, func(x, y *work.Activity) int {
		return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(y.ID, x.ID))
	})
	s.mu.Unlock()
	for _, one := range list {
		if !each(one) {
			return nil
		}
	}
	return nil
}

// Audit is work.Store's.
func (s *Store) Audit(ctx context.Context, id work.AccountID, q work.AuditQuery, each func(*work.Audit) bool) error {
	a, err := s.find(ctx, "Audit", id)
	if err != nil {
		return err
	}
	list := sorted(a.audit, func(x *work.Audit) bool {
		return among(q.Users, x.User) && among(q.Actions, x.Action) && within(x.At, q.From, q.To) &&
			strings.Contains(strings.ToLower(x.Changes), strings.ToLower(q.Text))
	}, func(x, y *work.Audit) int {
		return cmp.Or(y.At.Compare(x.At), cmp.Compare(y.ID, x.ID))
	})
	s.mu.Unlock()
	for _, one := range list {
		if !each(one) {
			return nil
		}
	}
	return nil
}

// Assets is work.Store's.
func (s *Store) Assets(ctx context.Context, id work.AccountID, q work.AssetQuery) ([]*work.Asset, error) {
	a, err := s.find(ctx, "Assets", id)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return sorted(a.assets, func(x *work.Asset) bool {
		switch {
		case q.IDs != nil:
			return slices.Contains(q.IDs, x.ID)
		case q.Items != nil:
			return slices.Contains(q.Items, x.Item)
		default:
			return slices.Contains(q.Updates, x.Update)
		}
	}, func(x, y *work.Asset) int { return cmp.Compare(x.ID, y.ID) }), nil
}

// Blocks is work.Store's.
func (s *Store) Blocks(ctx context.Context, id work.AccountID, doc work.DocID, ids []string) ([]*work.Block, error) {
	a, err := s.find(ctx, "Blocks", id)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return sorted(a.blocks, func(x *work.Block) bool {
		if doc != 0 {
			return x.Doc == doc
		}
		return slices.Contains(ids, x.ID)
	}, func(x, y *work.Block) int {
		return cmp.Or(cmp.Compare(x.Pos, y.Pos), cmp.Compare(x.ID, y.ID))
	}), nil
}

// Notifications is work.Store's.
func (s *Store) Notifications(ctx context.Context, id work.AccountID, user work.UserID, limit int) ([]*work.Notification, error) {
	a, err := s.find(ctx, "Notifications", id)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	list := sorted(a.notifications, func(x *work.Notification) bool { return x.User == user },
		func(x, y *work.Notification) int {
			return cmp.Or(y.CreatedAt.Compare(x.CreatedAt), cmp.Compare(y.ID, x.ID))
		})
	return list[:min(limit, len(list))], nil
}

// ClaimDeliveries is work.Store's.
func (s *Store) ClaimDeliveries(ctx context.Context, now, until time.Time, limit int) ([]work.ClaimedDelivery, error) {
	if err := s.enter(ctx, "ClaimDeliveries"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []work.ClaimedDelivery
	for id, a := range s.accounts {
		for _, d := range a.deliveries {
			if !d.Next.After(now) {
				due = append(due, work.ClaimedDelivery{Account: id, Delivery: *clone(d)})
			}
		}
	}
	slices.SortFunc(due, func(x, y work.ClaimedDelivery) int {
		return cmp.Or(x.Next.Compare(y.Next), cmp.Compare(x.Account, y.Account), cmp.Compare(x.ID, y.ID))
	})
	due = due[:min(limit, len(due))]
	for i, d := range due {
		s.accounts[d.Account].deliveries[d.ID].Next, due[i].Next = until, until
	}
	return due, nil
}

// SettleDelivery is work.Store's.
func (s *Store) SettleDelivery(ctx context.Context, id work.AccountID, delivery string, next time.Time) error {
	a, err := s.find(ctx, "SettleDelivery", id)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	d := a.deliveries[delivery]
	switch {
	case d == nil:
	case next.IsZero():
		delete(a.deliveries, delivery)
	default:
		d.Next = next
		d.Tries++
	}
	return nil
}

// Deliveries are the deliveries an account still has, by when they are due.
func (s *Store) Deliveries(id work.AccountID) []*work.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[id]
	if a == nil {
		return nil
	}
	return sorted(a.deliveries, func(*work.Delivery) bool { return true }, func(x, y *work.Delivery) int {
		return cmp.Or(x.Next.Compare(y.Next), cmp.Compare(x.ID, y.ID))
	})
}

// among reports whether a list that selects, or nil, selects x.
func among[T comparable](list []T, x T) bool { return list == nil || slices.Contains(list, x) }

// within reports whether at is between two times, both inclusive and open when zero.
func within(at, from, to time.Time) bool {
	return !at.Before(from) && (to.IsZero() || !at.After(to))
}

// some are copies of the rows for which is holds, in no order.
func some[K comparable, V any](m map[K]*V, is func(*V) bool) []*V {
	var list []*V
	for x := range maps.Values(m) {
		if is(x) {
			list = append(list, clone(x))
		}
	}
	return list
}

// sorted is some, in order.
func sorted[K comparable, V any](m map[K]*V, is func(*V) bool, order func(x, y *V) int) []*V {
	list := some(m, is)
	slices.SortFunc(list, order)
	return list
}

// records copies the records of a change, which its JSON leaves out.
func records(c *work.Change) work.Change {
	return work.Change{
		Delete: c.Delete, Update: clone(c.Update), Asset: clone(c.Asset), Block: clone(c.Block),
		Activity: clone(c.Activity), Audit: clone(c.Audit), Notification: clone(c.Notification), Delivery: clone(c.Delivery),
	}
}
