package work

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// BlockInput describes a new block.
type BlockInput struct {
	Type    string
	Content string // JSON
	Parent  string // the block that it is in; "": none
}

func (in *BlockInput) check() error {
	if !slices.Contains(BlockTypes, in.Type) {
		return invalid("type", "type %q is none of a block; give one of %s", in.Type, strings.Join(BlockTypes, ", "))
	}
	return checkContent(in.Content)
}

func checkContent(js string) error {
	if err := checkText("content", js, contentMax); err != nil {
		return err
	}
	var any map[string]json.RawMessage
	if err := json.Unmarshal([]byte(js), &any); err != nil || any == nil {
		return invalid("content", `content must be a JSON object, like {"deltaFormat":[{"insert":"text"}]}`)
	}
	return nil
}

// AddBlocks puts blocks after another one, at the end ("") or before all others (BlocksFirst), and
// returns them. Permission doc.edit.
func (s *Service) AddBlocks(ctx context.Context, by Caller, doc DocID, after string, blocks []BlockInput) (made []*Block, err error) {
	if len(blocks) > BlocksMax {
		return nil, tooMany("blocks", "%d blocks are too many for one call; at most %d can be added", len(blocks), BlocksMax)
	}
	for i := range blocks {
		if err := blocks[i].check(); err != nil {
			return nil, err
		}
	}
	var there []*Block
	err = s.amend(ctx, by, int64(doc), func(v *View) (err error) {
		there, err = v.readBlocks(doc, nil)
		return err
	}, func(t *tx) error {
		d, err := t.doc(doc, perm.DocEdit)
		if err != nil {
			return err
		}
		at := len(there)
		switch after {
		case "":
		case BlocksFirst:
			at = 0
		default:
			if at = 1 + blockAt(there, after); at == 0 {
				return errBlock("after_block_id", after)
			}
		}
		made = nil
		for _, in := range blocks {
			if in.Parent != "" && blockAt(there, in.Parent) < 0 {
				return errBlock("parent_block_id", in.Parent)
			}
			made = append(made, t.newBlock(doc, in))
		}
		for _, b := range placeBlocks(there, at, made) {
			t.put(Change{Block: b})
		}
		t.touchDoc(d)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

func (t *tx) newBlock(doc DocID, in BlockInput) *Block {
	return &Block{ID: newUUID(), Doc: doc, Parent: in.Parent, Type: in.Type, Content: in.Content,
		Creator: t.by.ID, CreatedAt: t.now, UpdatedAt: t.now}
}

// touchDoc notes that a doc has changed.
func (t *tx) touchDoc(d *Doc) {
	next := *d
	next.UpdatedAt = t.now
	t.put(Change{Doc: &next})
}

func blockAt(blocks []*Block, id string) int {
	return slices.IndexFunc(blocks, func(b *Block) bool { return b.ID == id })
}

func errBlock(field, id string) error {
	return &Error{Code: CodeNotFound, Kind: "block", Key: id, Field: field, Msg: "There is no block " + id + " in the doc"}
}

// blockStep is the distance at which blocks are placed, blockGap the least there is before all are
// placed anew.
const (
	blockStep = 65536
	blockGap  = 1.0 / 1024
)

// placeBlocks gives blocks their positions at a place among those there are, and returns what is to be
// written: them, and all others where there was no room.
func placeBlocks(there []*Block, at int, blocks []*Block) []*Block {
	low := 0.0
	if at > 0 {
		low = there[at-1].Pos
	}
	step := float64(blockStep)
	if at < len(there) {
		step = (there[at].Pos - low) / float64(len(blocks)+1)
	}
	if step >= blockGap {
		for i, b := range blocks {
			b.Pos = low + float64(i+1)*step
		}
		return blocks
	}
	all := make([]*Block, 0, len(there)+len(blocks))
	for _, b := range there {
		moved := *b
		all = append(all, &moved)
	}
	all = slices.Insert(all, at, blocks...)
	for i, b := range all {
		b.Pos = float64(i+1) * blockStep
	}
	return all
}

// amendBlock decides on a change to a block with all blocks of its doc. Permission doc.edit.
func (s *Service) amendBlock(ctx context.Context, by Caller, id string, decide func(t *tx, b *Block, all []*Block)) error {
	v, err := s.View(ctx, by)
	if err != nil {
		return err
	}
	found, err := v.readBlocks(0, []string{id})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errBlock("block_id", id)
	}
	var all []*Block
	return s.amend(ctx, by, int64(found[0].Doc), func(v *View) (err error) {
		all, err = v.readBlocks(found[0].Doc, nil)
		return err
	}, func(t *tx) error {
		d, err := t.doc(found[0].Doc, perm.DocEdit)
		if err != nil && ErrorOf(err).Code != CodeNotFound {
			return err
		}
		at := blockAt(all, id)
		if err != nil || at < 0 {
			return errBlock("block_id", id)
		}
		decide(t, all[at], all)
		t.touchDoc(d)
		return nil
	})
}

// EditBlock changes a block's content. Permission doc.edit.
func (s *Service) EditBlock(ctx context.Context, by Caller, id, content string) (now *Block, err error) {
	if err := checkContent(content); err != nil {
		return nil, err
	}
	err = s.amendBlock(ctx, by, id, func(t *tx, b *Block, _ []*Block) {
		next := *b
		next.Content, next.UpdatedAt = content, t.now
		t.put(Change{Block: &next})
		now = &next
	})
	if err != nil {
		return nil, err
	}
	return now, nil
}

// DeleteBlock deletes a block with those in it. Permission doc.edit.
func (s *Service) DeleteBlock(ctx context.Context, by Caller, id string) (was *Block, err error) {
	err = s.amendBlock(ctx, by, id, func(t *tx, b *Block, all []*Block) {
		was = b
		for gone := []string{id}; len(gone) > 0; gone = gone[1:] {
			t.put(Change{Block: &Block{ID: gone[0], Doc: b.Doc}, Delete: true})
			for _, inner := range all {
				if inner.Parent == gone[0] {
					gone = append(gone, inner.ID)
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return was, nil
}
