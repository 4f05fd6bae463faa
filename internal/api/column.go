package api

import (
	"strconv"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) column() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {"get_column_type_schema": graphql.Root(columnTypeSchema)},
		"Mutation": {
			"change_column_metadata": graphql.Root(h.changeColumnMetadata),
			"change_column_title":    graphql.Root(h.changeColumnTitle),
			"create_column":          graphql.Root(h.createColumn("")),
			"create_dropdown_column": graphql.Root(h.createColumn(column.Dropdown)),
			"create_status_column":   graphql.Root(h.createColumn(column.Status)),
			"delete_column":          graphql.Root(h.deleteColumn),
			"update_column":          graphql.Root(h.updateColumn("")),
			"update_dropdown_column": graphql.Root(h.updateColumn(column.Dropdown)),
			"update_status_column":   graphql.Root(h.updateColumn(column.Status)),
		},
		"Column": {
			"archived": boolLeaf(func(col *work.Column) bool { return col.State == work.StateArchived }),
			"capabilities": cached(graphql.Resolve(func(_ *graphql.Context, col *work.Column, _ graphql.Args) (any, error) {
				return col, nil
			})),
			"description": textLeaf(func(col *work.Column) string { return col.Description }),
			"id":          nameLeaf(func(col *work.Column) string { return col.ID }),
			"revision":    nameLeaf(func(col *work.Column) string { return strconv.FormatInt(col.Revision, 10) }),
			"settings":    rawLeaf(func(col *work.Column) string { return orEmpty(col.Settings) }),
			"settings_str": nameLeaf(func(col *work.Column) string {
				return col.Def.Kind.SettingsStr(col.Def.Settings)
			}),
			"title": nameLeaf(func(col *work.Column) string { return col.Title }),
			"type":  nameLeaf(func(col *work.Column) column.Type { return col.Type }),
			"width": maybeInt(func(col *work.Column) (int, bool) { return col.Width, col.Width != 0 }),
		},
		"ColumnCapabilities": {
			"calculated": cached(graphql.Resolve(func(*graphql.Context, *work.Column, graphql.Args) (any, error) { return nil, nil })),
			"visibility": fixedLeaf(null),
		},
		"CalculatedCapability": nothing("calculated_type", "function"),
	}
}

// columnAfter answers a mutation with the column as it has become.
func columnAfter(c *graphql.Context, board work.BoardID, id string, err error) (any, error) {
	k := callOf(c)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	b, err := boardByID(c, board)
	if err != nil {
		return nil, err
	}
	columns, err := k.view.Columns(b, []string{id}, nil)
	if err != nil || len(columns) == 0 {
		return nil, err
	}
	return columns[0], nil
}

// typedSettings is the text of settings, which are JSON in the mutations that take any type and an
// input object in those of one type; nil where there are none.
func (in *inputs) typedSettings(name string) *string {
	if !in.Has(name) {
		return nil
	}
	text := in.json(name)
	return &text
}

// noCapabilities warns that the argument of that name does nothing.
func noCapabilities(c *graphql.Context, args graphql.Args) {
	if args.Has("capabilities") {
		c.Warn(graphql.Error{Message: "capabilities has no effect: columns of this server have none."})
	}
}

func (h *Handler) createColumn(typ column.Type) func(*graphql.Context, graphql.Args) (any, error) {
	return func(c *graphql.Context, args graphql.Args) (any, error) {
		in := inputs{Args: args}
		board := readID[work.BoardID](&in, "board_id")
		col := work.ColumnInput{
			ID: args.String("id"), Title: args.String("title"), Description: args.String("description"), Type: typ,
			Settings: in.json("defaults"), After: args.String("after_column_id"),
		}
		if typ == "" {
			col.Type = column.Type(args.String("column_type"))
		}
		if in.err != nil {
			return nil, in.err
		}
		noCapabilities(c, args)
		id, err := h.service.CreateColumn(c, callOf(c).by, board, col)
		return columnAfter(c, board, id, err)
	}
}

func (h *Handler) updateColumn(typ column.Type) func(*graphql.Context, graphql.Args) (any, error) {
	return func(c *graphql.Context, args graphql.Args) (any, error) {
		in := inputs{Args: args}
		edit := work.ColumnEdit{
			Title: in.text("title"), Description: in.text("description"), Width: in.number("width"),
			Settings: in.typedSettings("settings"), Type: typ, Revision: args.String("revision"),
		}
		if typ == "" {
			edit.Type = column.Type(args.String("column_type"))
		}
		noCapabilities(c, args)
		return h.editColumn(c, &in, args.String("id"), edit)
	}
}

func (h *Handler) changeColumnTitle(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	return h.editColumn(c, &in, args.String("column_id"), work.ColumnEdit{Title: in.text("title")})
}

func (h *Handler) changeColumnMetadata(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	value := args.String("value")
	var edit work.ColumnEdit
	switch args.String("column_property") {
	case "title":
		edit.Title = &value
	case "description":
		edit.Description = &value
	default:
		in.keep(wrongArgument("column_property", "column_property is required: title or description"))
	}
	return h.editColumn(c, &in, args.String("column_id"), edit)
}

func (h *Handler) editColumn(c *graphql.Context, in *inputs, id string, edit work.ColumnEdit) (any, error) {
	board := readID[work.BoardID](in, "board_id")
	if in.err != nil {
		return nil, in.err
	}
	return columnAfter(c, board, id, h.service.EditColumn(c, callOf(c).by, board, id, edit))
}

func (h *Handler) deleteColumn(c *graphql.Context, args graphql.Args) (any, error) {
	in := inputs{Args: args}
	board := readID[work.BoardID](&in, "board_id")
	if in.err != nil {
		return nil, in.err
	}
	col, err := h.service.DeleteColumn(c, callOf(c).by, board, args.String("column_id"))
	if err = callOf(c).after(c, err); err != nil {
		return nil, err
	}
	return orNull(col), nil
}
