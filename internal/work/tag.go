package work

import "context"

// Tags lists the public tags, or those with the ids that the caller may see.
func (v *View) Tags(ids []TagID) ([]*Tag, error) { return nil, errTodo }

// BoardTags lists the tags that are used on a board.
func (v *View) BoardTags(b *Board) ([]*Tag, error) { return nil, errTodo }

// Tag is a tag, or nil where there is none that the caller may see.
func (v *View) Tag(id TagID) *Tag { return nil }

// Tag finds the tag with the name, or makes it: a public one, or with a private or shareable board one
// of that board. Permission tag.create.
func (s *Service) Tag(ctx context.Context, by Caller, name string, board BoardID) (TagID, error) {
	return 0, errTodo
}
