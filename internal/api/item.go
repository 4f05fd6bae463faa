package api

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) item() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {
			"items":                       graphql.Root(listItems),
			"items_page_by_column_values": graphql.Root(itemsByValues),
			"next_items_page":             graphql.Root(nextItems),
		},
		"Mutation": {
			"archive_item":                  graphql.Root(h.archiveItem),
			"change_column_value":           graphql.Root(h.changeValue),
			"change_item_position":          graphql.Root(h.moveItem),
			"change_multiple_column_values": graphql.Root(h.changeValues),
			"change_simple_column_value":    graphql.Root(h.changeSimpleValue),
			"create_item":                   graphql.Root(h.createItem),
			"create_subitem":                graphql.Root(h.createSubitem),
			"delete_item":                   graphql.Root(h.deleteItem),
			"duplicate_item":                graphql.Root(h.duplicateItem),
			"move_item_to_board":            graphql.Root(h.moveItemToBoard),
			"move_item_to_group":            graphql.Root(h.moveItemToGroup),
		},
		"Item": h.itemFields(),
		"ItemsResponse": {
			"cursor": textLeaf(func(p *work.ItemPage) string { return p.Cursor }),
			"items": graphql.Resolve(func(_ *graphql.Context, p *work.ItemPage, _ graphql.Args) (any, error) {
				return graphql.Slice[*work.Item](p.Items), nil
			}),
		},
	}
}

func (h *Handler) itemFields() graphql.Fields {
	mailHost := "localhost"
	if u, err := url.Parse(h.cfg.PublicURL); err == nil && u.Hostname() != "" {
		mailHost = u.Hostname()
	}
	return graphql.Fields{
		"board": graphql.Resolve(func(c *graphql.Context, it *work.Item, _ graphql.Args) (any, error) {
			return orNull(callOf(c).view.ItemBoard(it)), nil
		}),
		"column_values": cellsKept(graphql.Resolve(itemCells)),
		"created_at":    momentLeaf(func(it *work.Item) time.Time { return it.CreatedAt }),
		"creator":       actor(func(it *work.Item) work.UserID { return it.Creator }),
		"creator_id":    keyLeaf(func(it *work.Item) work.UserID { return it.Creator }),
		"email":         nameLeaf(func(it *work.Item) string { return "item-" + it.ID.String() + "@" + mailHost }),
		"group":         graphql.Resolve(itemGroup),
		"id":            idLeaf(func(it *work.Item) work.ItemID { return it.ID }),
		"linked_items":  graphql.Resolve(linkedFrom),
		"name":          nameLeaf(func(it *work.Item) string { return it.Name }),
		"parent_item": graphql.Resolve(func(c *graphql.Context, it *work.Item, _ graphql.Args) (any, error) {
			if it.Parent == 0 {
				return nil, nil
			}
			parent, err := callOf(c).view.Item(it.Parent)
			return orNull(parent), err
		}),
		"relative_link": graphql.Leaf(func(dst []byte, it *work.Item) []byte {
			return append(appendItemPath(append(dst, '"'), it), '"')
		}),
		"state": nameLeaf(func(it *work.Item) work.State { return it.State }),
		"subitems": graphql.Resolve(func(c *graphql.Context, it *work.Item, _ graphql.Args) (any, error) {
			items, err := callOf(c).view.Subitems(it)
			return graphql.Slice[*work.Item](items), err
		}),
		"subscribers": graphql.Resolve(func(c *graphql.Context, it *work.Item, _ graphql.Args) (any, error) {
			return graphql.Slice[*work.User](callOf(c).view.ItemSubscribers(it)), nil
		}),
		"updated_at": momentLeaf(func(it *work.Item) time.Time { return it.UpdatedAt }),
		"url": graphql.Leaf(func(dst []byte, it *work.Item) []byte {
			dst = graphql.AppendString(dst, h.cfg.PublicURL)
			return append(appendItemPath(dst[:len(dst)-1], it), '"')
		}),
	}
}

func appendItemPath(dst []byte, it *work.Item) []byte {
	dst = strconv.AppendInt(append(dst, "/boards/"...), int64(it.Board), 10)
	return strconv.AppendInt(append(dst, "/pulses/"...), int64(it.ID), 10)
}

// itemCells are what an item holds.
func itemCells(c *graphql.Context, it *work.Item, args graphql.Args) (any, error) {
	if len(args.List("capabilities")) > 0 {
		return pointers[work.CellView]{}, nil // no column has any
	}
	cells, err := callOf(c).view.Cells(it, argTexts(args, "ids"), argTypes(args))
	return pointers[work.CellView](cells), err
}

// argTypes are the column types in the argument types; nil where it is absent or null.
func argTypes(args graphql.Args) (types []column.Type) {
	for _, v := range args.List("types") {
		types = append(types, column.Type(v.(string)))
	}
	return types
}

func itemGroup(c *graphql.Context, it *work.Item, _ graphql.Args) (any, error) {
	view := callOf(c).view
	b := view.ItemBoard(it)
	if b == nil {
		return nil, nil
	}
	g, err := view.Group(b, it.Group)
	return orNull(g), err
}

func linkedFrom(c *graphql.Context, it *work.Item, args graphql.Args) (any, error) {
	id, err := argID[work.BoardID](args, "linked_board_id", 0)
	if err != nil {
		return nil, err
	}
	b, err := boardByID(c, id)
	if err != nil {
		return nil, err
	}
	items, err := callOf(c).view.LinkedFrom(it, b, args.String("link_to_item_column_id"))
	return graphql.Slice[*work.Item](items), err
}

// boardByID is a board that a read is about.
func boardByID(c *graphql.Context, id work.BoardID) (*work.Board, error) {
	if b := callOf(c).view.Board(id); b != nil {
		return b, nil
	}
	return nil, &work.Error{Code: work.CodeNotFound, Kind: "board", ID: int64(id), Msg: "Board not found"}
}

// itemAfter answers a mutation with the item as it has become.
func itemAfter(c *graphql.Context, id work.ItemID, err error) (any, error) {
	k := callOf(c)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	it, err := k.view.Item(id)
	return orNull(it), err
}

func (h *Handler) createItem(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board := readID[work.BoardID](&in, "board_id")
	item := work.ItemInput{
		Name: args.String("item_name"), Group: args.String("group_id"), Values: in.values(),
		RelativeTo: readID[work.ItemID](&in, "relative_to"), Before: in.before(),
	}
	if in.err != nil {
		return nil, in.err
	}
	id, err := h.service.CreateItem(c, callOf(c).by, board, item)
	return itemAfter(c, id, err)
}

func (h *Handler) createSubitem(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	parent := readID[work.ItemID](&in, "parent_item_id")
	item := work.ItemInput{Name: args.String("item_name"), Values: in.values()}
	if in.err != nil {
		return nil, in.err
	}
	id, err := h.service.CreateSubitem(c, callOf(c).by, parent, item)
	return itemAfter(c, id, err)
}

// values are those of column_values.
func (in *inputs) values() work.Values {
	return work.Values{JSON: in.json("column_values"), CreateLabels: in.Bool("create_labels_if_missing")}
}

func (h *Handler) changeValues(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	return h.change(c, &in, in.values())
}

func (h *Handler) changeValue(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	value := json.RawMessage(in.json("value"))
	if len(value) == 0 {
		value = json.RawMessage(null)
	}
	one, err := json.Marshal(map[string]json.RawMessage{args.String("column_id"): value})
	in.keep(err)
	return h.change(c, &in, work.Values{JSON: string(one), CreateLabels: args.Bool("create_labels_if_missing")})
}

func (h *Handler) changeSimpleValue(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	return h.change(c, &in, work.Values{
		Simple: map[string]string{args.String("column_id"): args.String("value")}, CreateLabels: args.Bool("create_labels_if_missing"),
	})
}

func (h *Handler) change(c *graphql.Context, in *inputs, values work.Values) (any, error) {
	board, item := readID[work.BoardID](in, "board_id"), needID[work.ItemID](in, "item_id")
	if in.err != nil {
		return nil, in.err
	}
	return itemAfter(c, item, h.service.ChangeValues(c, callOf(c).by, board, item, values))
}

func (h *Handler) moveItemToGroup(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	item := needID[work.ItemID](&in, "item_id")
	if in.err != nil {
		return nil, in.err
	}
	return itemAfter(c, item, h.service.MoveItemToGroup(c, callOf(c).by, item, args.String("group_id")))
}

func (h *Handler) moveItem(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	item := readID[work.ItemID](&in, "item_id")
	to := work.ItemPosition{
		Group: args.String("group_id"), Top: args.Bool("group_top"), RelativeTo: readID[work.ItemID](&in, "relative_to"), Before: in.before(),
	}
	if in.err != nil {
		return nil, in.err
	}
	return itemAfter(c, item, h.service.MoveItem(c, callOf(c).by, item, to))
}

func (h *Handler) moveItemToBoard(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	item, board := readID[work.ItemID](&in, "item_id"), readID[work.BoardID](&in, "board_id")
	if in.err != nil {
		return nil, in.err
	}
	err := h.service.MoveItemToBoard(c, callOf(c).by, item, board, args.String("group_id"),
		mappings(args.List("columns_mapping")), mappings(args.List("subitems_columns_mapping")))
	return itemAfter(c, item, err)
}

func mappings(list []any) []work.ColumnMapping {
	if list == nil {
		return nil
	}
	out := make([]work.ColumnMapping, 0, len(list))
	for _, v := range list {
		o, _ := v.(map[string]any)
		source, _ := o["source"].(string)
		target, _ := o["target"].(string)
		out = append(out, work.ColumnMapping{Source: source, Target: target})
	}
	return out
}

func (h *Handler) duplicateItem(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board, item := readID[work.BoardID](&in, "board_id"), needID[work.ItemID](&in, "item_id")
	if in.err != nil {
		return nil, in.err
	}
	id, err := h.service.DuplicateItem(c, callOf(c).by, board, item, args.Bool("with_updates"))
	if e := new(work.Error); errors.As(err, &e) && e.Code == work.CodeNotFound && e.Kind == "item" {
		// Here the real service gives the number alone as error_data (recorded October 2025).
		err = &work.Error{Code: work.CodeNotFound, Kind: "item to duplicate", ID: e.ID, Msg: e.Msg}
	}
	return itemAfter(c, id, err)
}

func (h *Handler) archiveItem(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	item := needID[work.ItemID](&in, "item_id")
	if in.err != nil {
		return nil, in.err
	}
	return itemAfter(c, item, h.service.ArchiveItem(c, callOf(c).by, item))
}

func (h *Handler) deleteItem(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	item := needID[work.ItemID](&in, "item_id")
	if in.err != nil {
		return nil, in.err
	}
	return itemAfter(c, item, h.service.DeleteItem(c, callOf(c).by, item))
}

// cellsKept lets encodings of all cells of an item be kept, as long as what they are made of is the same.
func cellsKept(f graphql.Field) graphql.Field {
	f.Moment = func(c *graphql.Context, obj any) (epoch, class uint64, ok bool) {
		return callOf(c).view.CellsMoment(obj.(*work.Item))
	}
	return f
}
