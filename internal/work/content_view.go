package work

// content is what is on a board: its structure, and those of its items that happen to be loaded.
func (v *View) content(id BoardID) (*content, error) { return nil, errTodo }

// whole is content with all active items; nil for a board that is too large to be loaded.
func (v *View) whole(id BoardID) (*content, error) { return nil, errTodo }

// scan runs through the active items of a group after a place, in order, loaded or not, until each
// returns false. It does not look at what the caller may see.
func (v *View) scan(board BoardID, group string, after ItemPlace, each func(*Item) bool) error {
	return errTodo
}

// itemsByID finds items of whatever state on any board, by id; those there are not are nil. It does not
// look at what the caller may see.
func (v *View) itemsByID(ids []ItemID) ([]*Item, error) { return nil, errTodo }

// seesItem decides whether the caller sees an item.
func (v *View) seesItem(it *Item) bool { return false }
