package api

import (
	"context"
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// recorded are the types of what is read from the database for one answer, or made for it.
var recorded = []string{
	"ActivityLogType", "AggregateBasicAggregationResult", "AggregateGroupByResult", "AggregateQueryResult",
	"AggregateResultEntry", "AggregateResultSet", "Asset", "DocBlocksFromMarkdownResult", "DocumentBlock", "DocumentBlockIdOnly",
	"ExportMarkdownResult", "Like", "Notification", "Reply", "Update", "UpdatePin",
}

// updatesMax is how many updates one list can have.
const updatesMax = 100

func (h *Handler) update() map[string]graphql.Fields {
	update, reply := writtenFields(), writtenFields()
	update["item"] = graphql.Field{Batch: updateItems}
	update["item_id"] = idLeaf(func(u *work.Update) work.ItemID { return u.Item })
	update["original_creation_date"] = textLeaf(func(u *work.Update) string { return u.OriginalDate })
	update["replies"] = batch(func(c *graphql.Context, us []*work.Update, _ graphql.Args) ([][]*work.Update, error) {
		return callOf(c).view.Replies(us)
	})
	reply["kind"] = fixedLeaf(`"reply"`)
	return map[string]graphql.Fields{
		"Query": {"updates": graphql.Root(listUpdates), "replies": graphql.Root(listReplies)},
		"Mutation": {
			"create_update":      graphql.Root(h.createUpdate),
			"edit_update":        graphql.Root(h.editUpdate),
			"delete_update":      graphql.Root(h.deleteUpdate),
			"like_update":        graphql.Root(h.likeUpdate),
			"unlike_update":      graphql.Root(h.unlikeUpdate),
			"pin_to_top":         graphql.Root(h.pinUpdate(true)),
			"unpin_from_top":     graphql.Root(h.pinUpdate(false)),
			"clear_item_updates": graphql.Root(h.clearUpdates),
		},
		"Item":   {"updates": batch(itemUpdates)},
		"Board":  {"updates": graphql.Resolve(boardUpdates)},
		"Update": update,
		"Reply":  reply,
		"Like": {
			"attribution_entity_ref":  fixedLeaf(null),
			"attribution_entity_type": fixedLeaf(null),
			"created_at":              instantLeaf(func(l *work.Like) time.Time { return l.CreatedAt }),
			"creator": graphql.Resolve(func(c *graphql.Context, l *work.Like, _ graphql.Args) (any, error) {
				return orNull(callOf(c).view.Actor(l.User)), nil
			}),
			"creator_id":    idLeaf(func(l *work.Like) work.UserID { return l.User }),
			"id":            idLeaf(func(l *work.Like) int64 { return l.ID }),
			"reaction_type": textLeaf(func(l *work.Like) string { return l.Reaction }),
			"updated_at":    instantLeaf(func(l *work.Like) time.Time { return l.CreatedAt }),
		},
		"UpdatePin": {"item_id": idLeaf(func(u *work.Update) work.ItemID { return u.Item })},
		"Watcher": {
			"medium":  fixedLeaf(null),
			"user":    graphql.Resolve(func(*graphql.Context, any, graphql.Args) (any, error) { return nil, nil }),
			"user_id": fixedLeaf(null),
		},
	}
}

// writtenFields are the fields that updates and replies have in common.
func writtenFields() graphql.Fields {
	return graphql.Fields{
		"assets": batch(func(c *graphql.Context, us []*work.Update, _ graphql.Args) ([][]*work.Asset, error) {
			return callOf(c).view.UpdateAssets(us)
		}),
		"body":       nameLeaf(func(u *work.Update) string { return u.Body }),
		"created_at": instantLeaf(func(u *work.Update) time.Time { return u.CreatedAt }),
		"creator": graphql.Resolve(func(c *graphql.Context, u *work.Update, _ graphql.Args) (any, error) {
			return orNull(callOf(c).view.Actor(u.Creator)), nil
		}),
		"creator_id": idLeaf(func(u *work.Update) work.UserID { return u.Creator }),
		"edited_at": instantLeaf(func(u *work.Update) time.Time {
			if u.EditedAt.IsZero() {
				return u.CreatedAt
			}
			return u.EditedAt
		}),
		"id":    idLeaf(func(u *work.Update) work.UpdateID { return u.ID }),
		"likes": graphql.Resolve(func(_ *graphql.Context, u *work.Update, _ graphql.Args) (any, error) { return likes(u.Likes), nil }),
		"pinned_to_top": graphql.Resolve(func(_ *graphql.Context, u *work.Update, _ graphql.Args) (any, error) {
			if !u.Pinned {
				return graphql.Slice[any]{}, nil
			}
			return graphql.Slice[*work.Update]{u}, nil
		}),
		"text_body":  textLeaf(func(u *work.Update) string { return plainText(u.Body) }),
		"updated_at": instantLeaf(func(u *work.Update) time.Time { return u.UpdatedAt }),
		"viewers": graphql.Resolve(func(*graphql.Context, *work.Update, graphql.Args) (any, error) {
			return graphql.Slice[any]{}, nil
		}),
	}
}

// likes is a list of likes by reference.
type likes []work.Like

func (l likes) Len() int     { return len(l) }
func (l likes) At(i int) any { return &l[i] }

// instantLeaf binds a moment, told to the millisecond, as what people write has it.
func instantLeaf[T any](f func(T) time.Time) graphql.Field {
	return timeLeaf(f, `"2006-01-02T15:04:05.000Z"`)
}

// batch binds a list field that is read for all objects of a level at once.
func batch[T, Row any](f func(*graphql.Context, []T, graphql.Args) ([][]Row, error)) graphql.Field {
	return graphql.Field{Batch: func(c *graphql.Context, objs []any, args graphql.Args) ([]any, error) {
		in := make([]T, len(objs))
		for i, o := range objs {
			in[i] = o.(T)
		}
		lists, err := f(c, in, args)
		if err != nil {
			return nil, err
		}
		out := make([]any, len(lists))
		for i, l := range lists {
			out[i] = graphql.Slice[Row](l)
		}
		return out, nil
	}}
}

// plainText is the text of HTML, with a line for each paragraph and line break.
func plainText(body string) string {
	if !strings.ContainsAny(body, "<&") {
		return body
	}
	var b strings.Builder
	for body != "" {
		text, rest, tag := strings.Cut(body, "<")
		b.WriteString(html.UnescapeString(text))
		if !tag {
			break
		}
		name, after, closed := strings.Cut(rest, ">")
		if !closed {
			break
		}
		if name = strings.ToLower(strings.TrimRight(name, "/ ")); lineEnds[strings.Fields(name + " x")[0]] {
			b.WriteByte('\n')
		}
		body = after
	}
	return strings.TrimSpace(b.String())
}

// lineEnds are the tags after which text begins a line of its own.
var lineEnds = map[string]bool{
	"br": true, "/p": true, "/div": true, "/li": true, "/tr": true, "/blockquote": true, "/pre": true,
	"/h1": true, "/h2": true, "/h3": true, "/h4": true, "/h5": true, "/h6": true,
}

// argMoment is the moment or day in an argument; the zero time where there is none. A day that ends a
// stretch of time means its last moment.
func argMoment(args graphql.Args, name string, end bool) (time.Time, error) {
	s := strings.TrimSpace(args.String(name))
	if s == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		if end {
			return day.AddDate(0, 0, 1).Add(-time.Microsecond), nil
		}
		return day, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, wrongArgument(name, name+" is "+strconv.Quote(s)+"; give a day as 2024-01-31 or a moment as 2024-01-31T12:30:00Z")
}

// span is the stretch of time between two arguments.
func (in *inputs) span(from, to string) (first, last time.Time) {
	first, err := argMoment(in.Args, from, false)
	in.keep(err)
	last, err = argMoment(in.Args, to, true)
	in.keep(err)
	if !last.IsZero() && last.Before(first) {
		in.keep(wrongArgument(to, to+" is before "+from))
	}
	return first, last
}

// bothEnds is span where both ends have to be given, or none.
func (in *inputs) bothEnds(from, to string) (first, last time.Time) {
	switch {
	case in.Has(from) && !in.Has(to):
		in.keep(wrongArgument(to, to+" is missing: "+from+" goes with it"))
	case in.Has(to) && !in.Has(from):
		in.keep(wrongArgument(from, from+" is missing: "+to+" goes with it"))
	}
	return in.span(from, to)
}

// page is the page that limit and page ask for, with a highest limit.
func (in *inputs) page(most int) work.Page {
	p, err := argPage(in.Args, 25)
	if in.keep(err); p.Limit > most {
		in.keep(wrongArgument("limit", "limit must be at most "+strconv.Itoa(most)+", not "+strconv.Itoa(p.Limit)))
	}
	return p
}

func listUpdates(c *graphql.Context, args graphql.Args) (any, error) {
	in := &inputs{Args: args}
	f := updateFilter(in)
	f.From, f.To = in.bothEnds("from_date", "to_date")
	return updates(c, in, f)
}

// updateFilter decodes the arguments that all lists of updates have in common.
func updateFilter(in *inputs) work.UpdateFilter {
	return work.UpdateFilter{IDs: readIDs[work.UpdateID](in, "ids"), Page: in.page(updatesMax)}
}

func updates(c *graphql.Context, in *inputs, f work.UpdateFilter) (any, error) {
	if in.err != nil {
		return nil, in.err
	}
	rows, err := callOf(c).view.Updates(f)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Update](rows), nil
}

func boardUpdates(c *graphql.Context, b *work.Board, args graphql.Args) (any, error) {
	in := &inputs{Args: args}
	f := updateFilter(in)
	f.Board, f.BoardOnly = b, args.Bool("board_updates_only")
	f.From, f.To = in.bothEnds("from_date", "to_date")
	return updates(c, in, f)
}

func itemUpdates(c *graphql.Context, items []*work.Item, args graphql.Args) ([][]*work.Update, error) {
	in := &inputs{Args: args}
	f := updateFilter(in)
	if in.err != nil {
		return nil, in.err
	}
	view := callOf(c).view
	if f.IDs == nil {
		return view.ItemUpdates(items, f.Page)
	}
	out := make([][]*work.Update, len(items))
	for i, it := range items {
		f.Item = it
		var err error
		if out[i], err = view.Updates(f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// updateItems are the items that updates are about.
func updateItems(c *graphql.Context, updates []any, _ graphql.Args) ([]any, error) {
	ids := make([]work.ItemID, len(updates))
	for i, u := range updates {
		ids[i] = u.(*work.Update).Item
	}
	rows, err := callOf(c).view.Items(work.ItemFilter{IDs: ids, Page: work.All})
	if err != nil {
		return nil, err
	}
	byID := map[work.ItemID]*work.Item{}
	for _, it := range rows {
		byID[it.ID] = it
	}
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = orNull(byID[id])
	}
	return out, nil
}

func listReplies(c *graphql.Context, args graphql.Args) (any, error) {
	in := &inputs{Args: args}
	boards, p := readIDs[work.BoardID](in, "board_ids"), in.page(updatesMax)
	from, to := in.span("created_at_from", "created_at_to")
	if in.err != nil {
		return nil, in.err
	}
	rows, err := callOf(c).view.AllReplies(boards, from, to, p)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Update](rows), nil
}

func (h *Handler) createUpdate(c *graphql.Context, args graphql.Args) (any, error) {
	from := &inputs{Args: args}
	in := work.UpdateInput{
		Item: readID[work.ItemID](from, "item_id"), Parent: readID[work.UpdateID](from, "parent_id"),
		Body: args.String("body"), OriginalDate: args.String("original_creation_date"), Mentions: mentions(from),
	}
	if in.Item == 0 && in.Parent == 0 {
		from.keep(wrongArgument("item_id", "Give the item to write about as item_id, or the update to reply to as parent_id"))
	}
	if from.err != nil {
		return nil, from.err
	}
	return oneUpdate(c, func(by work.Caller) (*work.Update, error) { return h.service.CreateUpdate(c, by, in) })
}

// mentions are the users and teams that mentions_list names; what else it names is told nothing.
func mentions(in *inputs) (out []work.Principal) {
	for _, m := range in.List("mentions_list") {
		o, _ := m.(map[string]any)
		id, err := objectID[int64](o, "id")
		in.keep(err)
		switch o["type"] {
		case "User":
			out = append(out, work.Principal{User: work.UserID(id)})
		case "Team":
			out = append(out, work.Principal{Team: work.TeamID(id)})
		}
	}
	return out
}

// oneUpdate ends a mutation that answers with an update.
func oneUpdate(c *graphql.Context, do func(work.Caller) (*work.Update, error)) (any, error) {
	k := callOf(c)
	u, err := do(k.by)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(u), nil
}

// namedUpdate is oneUpdate of the update that an argument names.
func namedUpdate(c *graphql.Context, args graphql.Args, name string, do func(context.Context, work.Caller, work.UpdateID) (*work.Update, error)) (any, error) {
	id, err := argID[work.UpdateID](args, name, 0)
	if err != nil {
		return nil, err
	}
	return oneUpdate(c, func(by work.Caller) (*work.Update, error) { return do(c, by, id) })
}

func (h *Handler) editUpdate(c *graphql.Context, args graphql.Args) (any, error) {
	return namedUpdate(c, args, "id", func(ctx context.Context, by work.Caller, id work.UpdateID) (*work.Update, error) {
		return h.service.EditUpdate(ctx, by, id, args.String("body"))
	})
}

func (h *Handler) deleteUpdate(c *graphql.Context, args graphql.Args) (any, error) {
	return namedUpdate(c, args, "id", h.service.DeleteUpdate)
}

func (h *Handler) likeUpdate(c *graphql.Context, args graphql.Args) (any, error) {
	return namedUpdate(c, args, "update_id", func(ctx context.Context, by work.Caller, id work.UpdateID) (*work.Update, error) {
		return h.service.LikeUpdate(ctx, by, id, args.String("reaction_type"))
	})
}

func (h *Handler) unlikeUpdate(c *graphql.Context, args graphql.Args) (any, error) {
	return namedUpdate(c, args, "update_id", h.service.UnlikeUpdate)
}

func (h *Handler) pinUpdate(pinned bool) func(*graphql.Context, graphql.Args) (any, error) {
	return func(c *graphql.Context, args graphql.Args) (any, error) {
		return namedUpdate(c, args, "id", func(ctx context.Context, by work.Caller, id work.UpdateID) (*work.Update, error) {
			item, err := argID[work.ItemID](args, "item_id", 0)
			if err != nil {
				return nil, err
			}
			if item != 0 {
				if err := about(callOf(c).view, id, item); err != nil {
					return nil, err
				}
			}
			return h.service.PinUpdate(ctx, by, id, pinned)
		})
	}
}

// about refuses an update that is not about the item.
func about(v *work.View, id work.UpdateID, item work.ItemID) error {
	rows, err := v.Updates(work.UpdateFilter{IDs: []work.UpdateID{id}, Page: work.All})
	if err != nil {
		return err
	}
	if len(rows) == 1 && rows[0].Item != item {
		return wrongArgument("item_id", "The update "+id.String()+" is about the item "+rows[0].Item.String()+", not "+item.String())
	}
	return nil
}

func (h *Handler) clearUpdates(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	id, err := argID[work.ItemID](args, "item_id", 0)
	if err != nil {
		return nil, err
	}
	if err := k.after(c, h.service.ClearUpdates(c, k.by, id)); err != nil {
		return nil, err
	}
	it, err := k.view.Item(id)
	return orNull(it), err
}
