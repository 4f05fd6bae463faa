package work

import (
	"context"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// Tags lists the public tags, or those with the ids that the caller may see.
func (v *View) Tags(ids []TagID) ([]*Tag, error) {
	out := []*Tag{}
	if ids != nil {
		for _, id := range distinct(ids) {
			if tag := v.Tag(id); tag != nil {
				out = append(out, tag)
			}
		}
		return out, nil
	}
	for tag := range v.img.tags.all() {
		if tag.Board == 0 {
			out = append(out, tag)
		}
	}
	return out, nil
}

// BoardTags lists the tags that are used on a board.
func (v *View) BoardTags(b *Board) ([]*Tag, error) {
	out := []*Tag{}
	columns, err := v.Columns(b, nil, []column.Type{column.Tags})
	if err != nil || len(columns) == 0 {
		return out, err
	}
	c, err := v.content(b.ID)
	if err != nil {
		return nil, err
	}
	some := v.seesSome(b)
	used := map[int64]bool{}
	for g := range c.activeGroups() {
		err := v.scan(b.ID, g.ID, firstPlace, func(it *Item) bool {
			if some && !v.seesItem(it) {
				return true
			}
			for _, col := range columns {
				for _, id := range column.TagsOf(it.Cells.Get(col.ID).Value) {
					used[id] = true
				}
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	for tag := range v.img.tags.all() {
		if used[int64(tag.ID)] && v.seesTag(tag) {
			out = append(out, tag)
		}
	}
	return out, nil
}

// Tag is a tag, or nil where there is none that the caller may see.
func (v *View) Tag(id TagID) *Tag {
	if tag, ok := v.img.tags.get(id); ok && v.seesTag(tag) {
		return tag
	}
	return nil
}

func (v *View) seesTag(tag *Tag) bool { return tag.Board == 0 || v.Board(tag.Board) != nil }

// Tag finds the tag with the name, to the letter, or makes it: a public one, or with a private or
// shareable board one of that board. Permission tag.create.
func (s *Service) Tag(ctx context.Context, by Caller, name string, board BoardID) (id TagID, err error) {
	if err := checkName("tag_name", name); err != nil {
		return 0, err
	}
	name = strings.TrimSpace(name)
	err = s.commit(ctx, by, func(t *tx) error {
		var of BoardID // 0: public
		if board == 0 {
			if err := t.check(perm.TagCreate, 0); err != nil {
				return err
			}
		} else {
			b, err := t.board(board, perm.TagCreate)
			if err != nil {
				return err
			}
			if b = t.overBoard(b); b.Kind != Public {
				of = b.ID
			}
		}
		for tag := range t.tags.all() {
			if tag.Name == name && tag.Board == of {
				id = tag.ID
				return nil
			}
		}
		tag := &Tag{ID: TagID(t.newID()), Name: name, Board: of, Color: column.Palette[t.tags.len()%len(column.Palette)].Hex}
		t.put(Change{Tag: tag})
		id = tag.ID
		return nil
	})
	return id, err
}
