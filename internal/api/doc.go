package api

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/markdown"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) doc() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {
			"docs":                     graphql.Root(listDocs),
			"export_markdown_from_doc": graphql.Root(h.exportMarkdown),
		},
		"Mutation": {
			"create_doc":                       graphql.Root(h.createDoc),
			"create_doc_block":                 graphql.Root(h.createBlock),
			"update_doc_block":                 graphql.Root(h.updateBlock),
			"delete_doc_block":                 graphql.Root(h.deleteBlock),
			"update_doc_name":                  graphql.Root(h.renameDoc),
			"delete_doc":                       graphql.Root(h.deleteDoc),
			"add_content_to_doc_from_markdown": graphql.Root(h.addMarkdown),
			"set_item_description_content":     graphql.Root(h.describeItem),
		},
		"Item": {"description": graphql.Resolve(func(c *graphql.Context, it *work.Item, _ graphql.Args) (any, error) {
			if it.Description == 0 {
				return nil, nil
			}
			d, err := callOf(c).view.Doc(it.Description)
			return orNull(d), err
		})},
		"FileDocValue": {"doc": graphql.Resolve(columnDoc)},
		"Document": {
			"blocks":     graphql.Resolve(docBlocks),
			"created_at": momentLeaf(func(d *work.Doc) time.Time { return d.CreatedAt }),
			"created_by": graphql.Resolve(func(c *graphql.Context, d *work.Doc, _ graphql.Args) (any, error) {
				return orNull(callOf(c).view.Actor(d.Creator)), nil
			}),
			"doc_folder_id": docBoard(nil, func(_ *work.View, b *work.Board) any { return idOrNull(b.Folder) }),
			"doc_kind":      docBoard(string(work.Private), func(_ *work.View, b *work.Board) any { return string(b.Kind) }),
			"id":            idLeaf(func(d *work.Doc) work.DocID { return d.ID }),
			"name":          docBoard("", func(_ *work.View, b *work.Board) any { return b.Name }),
			"object_id":     idLeaf(func(d *work.Doc) work.BoardID { return d.Board }),
			"relative_url":  graphql.Leaf(func(dst []byte, d *work.Doc) []byte { return appendPath(dst, "/docs/", int64(d.Board)) }),
			"settings":      textLeaf(func(d *work.Doc) string { return d.Settings }),
			"updated_at":    momentLeaf(func(d *work.Doc) time.Time { return d.UpdatedAt }),
			"url":           graphql.Leaf(func(dst []byte, d *work.Doc) []byte { return h.appendURL(dst, "/docs/", int64(d.Board)) }),
			"workspace":     docBoard(nil, func(v *work.View, b *work.Board) any { return orNull(v.BoardWorkspace(b)) }),
			"workspace_id": docBoard(nil, func(v *work.View, b *work.Board) any {
				if !v.Numbered(b.Workspace) {
					return nil
				}
				return idOrNull(b.Workspace)
			}),
		},
		"DocumentBlock": {
			"content":    textLeaf(func(b *work.Block) string { return b.Content }),
			"created_at": momentLeaf(func(b *work.Block) time.Time { return b.CreatedAt }),
			"created_by": graphql.Resolve(func(c *graphql.Context, b *work.Block, _ graphql.Args) (any, error) {
				return orNull(callOf(c).view.Actor(b.Creator)), nil
			}),
			"doc_id":          idLeaf(func(b *work.Block) work.DocID { return b.Doc }),
			"id":              nameLeaf(func(b *work.Block) string { return b.ID }),
			"parent_block_id": textLeaf(func(b *work.Block) string { return b.Parent }),
			"position":        graphql.Leaf(func(dst []byte, b *work.Block) []byte { return graphql.AppendFloat(dst, b.Pos) }),
			// Types are told in words and asked for as the enum spells them: normal text, normal_text.
			"type":       textLeaf(func(b *work.Block) string { return strings.ReplaceAll(b.Type, "_", " ") }),
			"updated_at": momentLeaf(func(b *work.Block) time.Time { return b.UpdatedAt }),
		},
		"DocumentBlockIdOnly": {"id": nameLeaf(func(b *work.Block) string { return b.ID })},
		"ItemDescription": {
			"blocks": graphql.Resolve(docBlocks),
			"id":     idLeaf(func(d *work.Doc) work.DocID { return d.ID }),
		},
		"ExportMarkdownResult": {
			"error":    textLeaf(func(r *exported) string { return r.failure }),
			"markdown": graphql.Leaf(func(dst []byte, r *exported) []byte { return appendIf(dst, r.failure == "", r.text) }),
			"success":  boolLeaf(func(r *exported) bool { return r.failure == "" }),
		},
		"DocBlocksFromMarkdownResult": {
			"block_ids": graphql.Resolve(func(_ *graphql.Context, r *blocksMade, _ graphql.Args) (any, error) {
				if r.failure != "" {
					return nil, nil
				}
				return r.ids, nil
			}),
			"error":   textLeaf(func(r *blocksMade) string { return r.failure }),
			"success": boolLeaf(func(r *blocksMade) bool { return r.failure == "" }),
		},
	}
}

// exported is a doc as Markdown, and blocksMade what became of Markdown; or why it failed.
type (
	exported   struct{ text, failure string }
	blocksMade struct {
		ids     graphql.Slice[string]
		failure string
	}
)

// columnDoc is the doc in a column. One that the caller may not see is no more than its numbers.
func columnDoc(c *graphql.Context, f *file, _ graphql.Args) (any, error) {
	d, err := callOf(c).view.Doc(work.DocID(f.FileID))
	if d == nil && err == nil {
		d = &work.Doc{ID: work.DocID(f.FileID), Board: work.BoardID(f.ObjectID)}
	}
	return orNull(d), err
}

// docBoard binds a field that a doc takes from its board; hidden is its value where the caller may not
// see that.
func docBoard(hidden any, f func(*work.View, *work.Board) any) graphql.Field {
	return graphql.Resolve(func(c *graphql.Context, d *work.Doc, _ graphql.Args) (any, error) {
		v := callOf(c).view
		if b := v.DocBoard(d); b != nil {
			return f(v, b), nil
		}
		return hidden, nil
	})
}

// idOrNull is an id as a value, nil where it is 0.
func idOrNull[T interface {
	~int64
	String() string
}](id T) any {
	if id == 0 {
		return nil
	}
	return id.String()
}

// appendPath appends an address without the server's part.
func appendPath(dst []byte, path string, id int64) []byte {
	dst = append(append(dst, '"'), path...)
	return append(strconv.AppendInt(dst, id, 10), '"')
}

func appendIf(dst []byte, there bool, s string) []byte {
	if !there {
		return append(dst, null...)
	}
	return graphql.AppendString(dst, s)
}

func docBlocks(c *graphql.Context, d *work.Doc, args graphql.Args) (any, error) {
	p, err := argPage(args, 25)
	if err != nil {
		return nil, err
	}
	view := callOf(c).view
	if d.Board != 0 && view.DocBoard(d) == nil {
		return nil, nil // a doc in a column that the caller may not see
	}
	rows, err := view.Blocks(d, p)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Block](rows), nil
}

func listDocs(c *graphql.Context, args graphql.Args) (any, error) {
	in := &inputs{Args: args}
	f := work.DocFilter{
		IDs: readIDs[work.DocID](in, "ids"), Objects: readIDs[work.BoardID](in, "object_ids"),
		Workspaces: readIDs[work.WorkspaceID](in, "workspace_ids"), OldestUsed: args.String("order_by") == "used_at",
	}
	var err error
	if f.Page, err = argPage(args, 25); err != nil {
		return nil, err
	}
	if in.err != nil {
		return nil, in.err
	}
	rows, err := callOf(c).view.Docs(f)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Doc](rows), nil
}

func (h *Handler) createDoc(c *graphql.Context, args graphql.Args) (any, error) {
	in, err := docInput(args.Object("location"))
	if err != nil {
		return nil, err
	}
	k := callOf(c)
	id, err := h.service.CreateDoc(c, k.by, in)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	d, err := k.view.Doc(id)
	return orNull(d), err
}

// docInput decodes where a doc is to be.
func docInput(location map[string]any) (in work.DocInput, err error) {
	space, _ := location["workspace"].(map[string]any)
	cell, _ := location["board"].(map[string]any)
	switch {
	case (space == nil) == (cell == nil):
		return in, wrongArgument("location", "Give the location as workspace or as board, and not both")
	case cell != nil:
		if in.Item, err = objectID[work.ItemID](cell, "item_id"); err != nil {
			return in, err
		}
		in.Column = *objectText(cell, "column_id")
		return in, nil
	}
	if in.Workspace, err = objectID[work.WorkspaceID](space, "workspace_id"); err != nil {
		return in, err
	}
	if in.Folder, err = objectID[work.FolderID](space, "folder_id"); err != nil {
		return in, err
	}
	in.Name, in.Kind = *objectText(space, "name"), work.Public
	if kind := objectText(space, "kind"); kind != nil {
		in.Kind = work.BoardKind(*kind)
	}
	return in, nil
}

func (h *Handler) createBlock(c *graphql.Context, args graphql.Args) (any, error) {
	in := &inputs{Args: args}
	id, block := readID[work.DocID](in, "doc_id"), work.BlockInput{
		Type: args.String("type"), Content: in.json("content"), Parent: args.String("parent_block_id"),
	}
	if in.err != nil {
		return nil, in.err
	}
	after := args.String("after_block_id")
	if after == "" {
		after = work.BlocksFirst
	}
	k := callOf(c)
	rows, err := h.service.AddBlocks(c, k.by, id, after, []work.BlockInput{block})
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return rows[0], nil
}

func (h *Handler) updateBlock(c *graphql.Context, args graphql.Args) (any, error) {
	in := &inputs{Args: args}
	content := in.json("content")
	if in.err != nil {
		return nil, in.err
	}
	k := callOf(c)
	b, err := h.service.EditBlock(c, k.by, args.String("block_id"), content)
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(b), nil
}

func (h *Handler) deleteBlock(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	b, err := h.service.DeleteBlock(c, k.by, args.String("block_id"))
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return orNull(b), nil
}

// done is how mutations of docs say what they did: as an object, and not as a string that holds one.
type done struct {
	Success bool   `json:"success"`
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
}

func (h *Handler) renameDoc(c *graphql.Context, args graphql.Args) (any, error) {
	name := args.String("name")
	return h.changeDoc(c, args, done{Success: true, Name: name}, func(by work.Caller, id work.DocID) error {
		return h.service.RenameDoc(c, by, id, name)
	})
}

func (h *Handler) deleteDoc(c *graphql.Context, args graphql.Args) (any, error) {
	return h.changeDoc(c, args, done{Success: true, ID: args.String("docId")}, func(by work.Caller, id work.DocID) error {
		return h.service.DeleteDoc(c, by, id)
	})
}

func (h *Handler) changeDoc(c *graphql.Context, args graphql.Args, d done, change func(work.Caller, work.DocID) error) (any, error) {
	id, err := argID[work.DocID](args, "docId", 0)
	if err != nil {
		return nil, err
	}
	k := callOf(c)
	if err := k.after(c, change(k.by, id)); err != nil {
		return nil, err
	}
	return json.Marshal(d)
}

// refused is what a caller is told of an error in place of a result; "" for errors that are the server's.
func (h *Handler) refused(err error) string {
	switch e := work.ErrorOf(err); e.Code {
	case work.CodeInvalid, work.CodeDenied, work.CodeLimit:
		return e.Msg
	case work.CodeNotFound:
		return h.wire(err).message
	}
	return ""
}

func (h *Handler) exportMarkdown(c *graphql.Context, args graphql.Args) (any, error) {
	id, err := argID[work.DocID](args, "docId", 0)
	if err != nil {
		return nil, err
	}
	view := callOf(c).view
	d, err := view.Doc(id)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return &exported{failure: h.refused(&work.Error{Code: work.CodeNotFound, Kind: "doc", ID: int64(id)})}, nil
	}
	rows, err := view.Blocks(d, work.All)
	if err != nil {
		return nil, err
	}
	if args.Has("blockIds") {
		rows = within(rows, argTexts(args, "blockIds"))
	}
	return &exported{text: markdown.FromBlocks(asMarkdown(rows))}, nil
}

// within are the blocks with the ids, and the blocks in them, in their order.
func within(rows []*work.Block, ids []string) []*work.Block {
	in := map[string]bool{}
	for _, id := range ids {
		in[id] = true
	}
	for again := true; again; {
		again = false
		for _, b := range rows {
			if !in[b.ID] && in[b.Parent] {
				in[b.ID], again = true, true
			}
		}
	}
	return slices.DeleteFunc(rows, func(b *work.Block) bool { return !in[b.ID] })
}

// asMarkdown orders blocks as a tree is read: each is followed by those in it.
func asMarkdown(rows []*work.Block) []markdown.Block {
	in := map[string][]*work.Block{}
	there := map[string]bool{}
	for _, b := range rows {
		there[b.ID] = true
	}
	for _, b := range rows {
		if !there[b.Parent] || b.Parent == b.ID {
			in[""] = append(in[""], b)
			continue
		}
		in[b.Parent] = append(in[b.Parent], b)
	}
	var out []markdown.Block
	var add func(list []*work.Block, parent int)
	add = func(list []*work.Block, parent int) {
		for _, b := range list {
			out = append(out, markdown.Block{Type: b.Type, Content: b.Content, Parent: parent})
			add(in[b.ID], len(out)-1)
		}
	}
	add(in[""], -1)
	return out
}

func (h *Handler) addMarkdown(c *graphql.Context, args graphql.Args) (any, error) {
	id, err := argID[work.DocID](args, "docId", 0)
	if err != nil {
		return nil, err
	}
	k := callOf(c)
	return h.putMarkdown(c, args.String("markdown"), func(blocks []work.BlockInput) ([]*work.Block, error) {
		return h.service.AddBlocks(c, k.by, id, args.String("afterBlockId"), blocks)
	})
}

func (h *Handler) describeItem(c *graphql.Context, args graphql.Args) (any, error) {
	id, err := argID[work.ItemID](args, "item_id", 0)
	if err != nil {
		return nil, err
	}
	k := callOf(c)
	return h.putMarkdown(c, args.String("markdown"), func(blocks []work.BlockInput) ([]*work.Block, error) {
		return h.service.DescribeItem(c, k.by, id, blocks)
	})
}

// putMarkdown makes blocks of Markdown: first those that are in no other, by put, and then those in them.
func (h *Handler) putMarkdown(c *graphql.Context, text string, put func([]work.BlockInput) ([]*work.Block, error)) (any, error) {
	blocks, err := markdown.ToBlocks(text)
	if err != nil {
		return &blocksMade{failure: err.Error()}, nil
	}
	k := callOf(c)
	made, err := putBlocks(blocks, put, func(doc work.DocID, in []work.BlockInput) ([]*work.Block, error) {
		return h.service.AddBlocks(c, k.by, doc, "", in)
	})
	if why := h.refused(err); err != nil && why != "" {
		return &blocksMade{failure: why}, nil
	}
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return &blocksMade{ids: made}, nil
}

// putBlocks puts blocks level by level and returns their ids.
func putBlocks(blocks []markdown.Block, top func([]work.BlockInput) ([]*work.Block, error),
	below func(work.DocID, []work.BlockInput) ([]*work.Block, error)) ([]string, error) {
	ids := make([]string, len(blocks))
	next := func() (at []int, in []work.BlockInput) {
		for i, b := range blocks {
			switch {
			case ids[i] != "":
			case b.Parent < 0:
				at, in = append(at, i), append(in, work.BlockInput{Type: b.Type, Content: b.Content})
			case ids[b.Parent] != "":
				at, in = append(at, i), append(in, work.BlockInput{Type: b.Type, Content: b.Content, Parent: ids[b.Parent]})
			}
		}
		return at, in
	}
	at, in := next()
	made, err := top(in)
	for err == nil && len(at) > 0 {
		for j, i := range at {
			ids[i] = made[j].ID
		}
		doc := made[0].Doc
		if at, in = next(); len(at) > 0 {
			made, err = below(doc, in)
		}
	}
	return ids, err
}
