package work

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// Groups lists the active groups of a board in order, or those of them with the ids.
func (v *View) Groups(b *Board, ids []string) ([]*Group, error) {
	c, err := v.content(b.ID)
	if err != nil {
		return nil, err
	}
	out := make([]*Group, 0, len(c.groups))
	for g := range c.activeGroups() {
		if ids == nil || slices.Contains(ids, g.ID) {
			out = append(out, g)
		}
	}
	return out, nil
}

// Group is a group of a board in whatever state, or nil.
func (v *View) Group(b *Board, id string) (*Group, error) {
	c, err := v.content(b.ID)
	if err != nil {
		return nil, err
	}
	return c.group(id), nil
}

// GroupInput describes a new group.
type GroupInput struct {
	Title      string
	Color      string // #rrggbb or ""
	Position   string // a number, the old way; "" is not given
	RelativeTo string // a group's id; "" puts the group at the top of the board
	Before     bool   // before RelativeTo instead of after it
}

// FirstGroup is the group that a new board comes with.
func FirstGroup(board BoardID) *Group {
	return &Group{Board: board, ID: "topics", Title: "Group Title", Color: "#037f4c", Pos: PosStep, State: StateActive}
}

// groupColors are what groups are coloured in turn, and the names they have besides those of column.Palette.
var groupColors = []struct{ hex, name string }{
	{"#579bfc", "blue-links"}, {"#a25ddc", "purple"}, {"#037f4c", "dark-green"}, {"#fdab3d", "orange"},
	{"#0086c0", "blue"}, {"#e2445c", "red"}, {"#00c875", "green"}, {"#ffcb00", "yellow"},
	{"#9cd326", "lime-green"}, {"#784bd1", "dark-purple"}, {"#bb3354", "dark-red"}, {"#ff642e", "dark-orange"},
	{"#ff158a", "dark-pink"}, {"#ff5ac4", "light-pink"}, {"#66ccff", "turquoise"}, {"#7f5347", "brown"},
	{"#cab641", "mustered"}, {"#808080", "trolley-grey"}, {"#c4c4c4", "grey"}, {"#225091", "dark-blue"},
}

// groupColor reads a colour as hex code, with or without #, or by name.
func groupColor(field, s string) (string, error) {
	want := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), "_", "-")
	for _, c := range groupColors {
		if want == c.name || strings.TrimPrefix(want, "#") == c.hex[1:] {
			return c.hex, nil
		}
	}
	for _, spelling := range []string{s, "#" + s} {
		if c, ok := column.ColorByName(strings.ToLower(spelling)); ok {
			return c.Hex, nil
		}
	}
	return "", invalid(field, "%s %q is not a colour of groups; take one like #00c875 or dark-green", field, s)
}

// structure finds a board whose groups, columns or views are to be changed, and what is on it.
func (t *tx) structure(id BoardID) (*Board, *content, error) {
	b, err := t.board(id, perm.BoardStructure)
	if err != nil {
		return nil, nil, err
	}
	if b.Type == DocBoard {
		return nil, nil, invalid("board_id", "Board %d is a doc; it has no groups, columns or items", id)
	}
	return b, t.content(id), nil
}

// CreateGroup makes a group and returns its id. Permission board.structure.
func (s *Service) CreateGroup(ctx context.Context, by Caller, board BoardID, in GroupInput) (id string, err error) {
	if err := checkName("group_name", in.Title); err != nil {
		return "", err
	}
	color := ""
	if in.Color != "" {
		if color, err = groupColor("group_color", in.Color); err != nil {
			return "", err
		}
	}
	err = s.commit(ctx, by, func(t *tx) error {
		b, c, err := t.structure(board)
		if err != nil {
			return err
		}
		g := &Group{Board: b.ID, Title: strings.TrimSpace(in.Title), Color: color, State: StateActive}
		g.ID = t.newKey("group", func(id string) bool { return c.group(id) != nil })
		if color == "" {
			g.Color = groupColors[len(c.groups)%len(groupColors)].hex
		}
		switch {
		case in.RelativeTo != "":
			at := slices.IndexFunc(c.groups, func(o *Group) bool { return o.ID == in.RelativeTo && o.State == StateActive })
			if at < 0 {
				return noGroup(b.ID, in.RelativeTo)
			}
			if !in.Before {
				at++
			}
			g.Pos = t.arrangeGroups(c.groups, at)
		case in.Position != "":
			if g.Pos, err = t.groupAt(c.groups, "position", in.Position); err != nil {
				return err
			}
		default:
			g.Pos = t.arrangeGroups(c.groups, 0)
		}
		t.put(Change{Group: g})
		t.recordGroup("create_group", g)
		id = g.ID
		return nil
	})
	return id, err
}

func (t *tx) arrangeGroups(groups []*Group, at int) int64 {
	return arrange(groups, at, func(g *Group) *int64 { return &g.Pos }, func(g *Group) { t.put(Change{Group: g}) })
}

// groupAt is the position that a number of the kind Group.position has stands for.
func (t *tx) groupAt(groups []*Group, field, number string) (int64, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || f != f || f < -1<<60 || f > 1<<60 {
		return 0, invalid(field, "%s %q is not a number like the position of a group", field, number)
	}
	p := int64(f)
	at := slices.IndexFunc(groups, func(g *Group) bool { return g.Pos >= p })
	if at >= 0 && groups[at].Pos == p {
		return t.arrangeGroups(groups, at), nil
	}
	return p, nil
}

func noGroup(b BoardID, id string) error {
	return &Error{Code: CodeNotFound, Kind: "group", ID: int64(b), Key: id, Msg: fmt.Sprintf("Group %q not found on board %d", id, b)}
}

// activeGroup finds an active group of a board.
func (c *content) activeGroup(id string) (*Group, error) {
	if g := c.group(id); g != nil && g.State == StateActive {
		return g, nil
	}
	return nil, noGroup(c.board, id)
}

// topGroup is the first active group of a board, or nil.
func (c *content) topGroup() *Group {
	for g := range c.activeGroups() {
		return g
	}
	return nil
}

// UpdateGroup changes one attribute: title, color, position, relative_position_after or
// relative_position_before. Permission board.structure.
func (s *Service) UpdateGroup(ctx context.Context, by Caller, board BoardID, id, attribute, value string) error {
	return s.commit(ctx, by, func(t *tx) error {
		b, c, err := t.structure(board)
		if err != nil {
			return err
		}
		old, err := c.activeGroup(id)
		if err != nil {
			return err
		}
		g := *old
		others := slices.DeleteFunc(slices.Clone(c.groups), func(o *Group) bool { return o == old })
		switch attribute {
		case "title":
			if err := checkName("new_value", value); err != nil {
				return err
			}
			g.Title = strings.TrimSpace(value)
		case "color":
			if g.Color, err = groupColor("new_value", value); err != nil {
				return err
			}
		case "position":
			if g.Pos, err = t.groupAt(others, "new_value", value); err != nil {
				return err
			}
		case "relative_position_after", "relative_position_before":
			at := slices.IndexFunc(others, func(o *Group) bool { return o.ID == value && o.State == StateActive })
			if at < 0 {
				return noGroup(b.ID, value)
			}
			if attribute == "relative_position_after" {
				at++
			}
			g.Pos = t.arrangeGroups(others, at)
		default:
			return invalid("group_attribute", "group_attribute must be one of color, position, relative_position_after, relative_position_before, title")
		}
		if g == *old {
			return nil
		}
		t.put(Change{Group: &g})
		if g.Title != old.Title {
			t.record(event{Activity: Activity{Board: b.ID, Group: g.ID, Event: "update_group_name", Entity: "board"},
				data: map[string]any{"board_id": b.ID, "group_id": g.ID, "group_title": g.Title, "group_color": g.Color,
					"value": map[string]any{"name": g.Title}, "previous_value": map[string]any{"name": old.Title}}})
		}
		return nil
	})
}

// DuplicateGroup copies a group with its items and returns the copy's id. Permission board.structure.
func (s *Service) DuplicateGroup(ctx context.Context, by Caller, board BoardID, id, title string, top bool) (key string, err error) {
	if title != "" {
		if err := checkName("group_title", title); err != nil {
			return "", err
		}
	}
	err = s.commit(ctx, by, func(t *tx) error {
		b, c, err := t.structure(board)
		if err != nil {
			return err
		}
		from, err := c.activeGroup(id)
		if err != nil {
			return err
		}
		c = t.whole(b.ID)
		items := t.visible(b, slices.Collect(c.inGroup(from.ID)))
		if err := c.fits(len(items)); err != nil {
			return err
		}
		g := &Group{Board: b.ID, Title: strings.TrimSpace(title), Color: from.Color, State: StateActive}
		g.ID = t.newKey("group", func(id string) bool { return c.group(id) != nil })
		if title == "" {
			g.Title = shortened("Duplicate of " + from.Title)
		}
		at := 0
		if !top {
			at = slices.Index(c.groups, from) + 1
		}
		g.Pos = t.arrangeGroups(c.groups, at)
		t.put(Change{Group: g})
		t.recordGroup("create_group", g)
		key = g.ID
		copies := t.newCopy(b, b)
		for _, it := range items {
			t.preload(t.subitemIDs(it))
			if _, err := copies.item(it, g.ID, it.Name, it.Pos); err != nil {
				return err
			}
		}
		return nil
	})
	return key, err
}

// ArchiveGroup and DeleteGroup put a group away with its items; the last active one stays.
// Permission board.structure.
func (s *Service) ArchiveGroup(ctx context.Context, by Caller, board BoardID, id string) error {
	return s.setGroupState(ctx, by, board, id, StateArchived)
}

func (s *Service) DeleteGroup(ctx context.Context, by Caller, board BoardID, id string) error {
	return s.setGroupState(ctx, by, board, id, StateDeleted)
}

func (s *Service) setGroupState(ctx context.Context, by Caller, board BoardID, id string, state State) error {
	return s.commit(ctx, by, func(t *tx) error {
		b, c, err := t.structure(board)
		if err != nil {
			return err
		}
		old := c.group(id)
		if old == nil || old.State == StateDeleted {
			return noGroup(b.ID, id)
		}
		if old.State == state {
			return nil
		}
		if old.State == StateActive && !slices.ContainsFunc(c.groups, func(g *Group) bool { return g.State == StateActive && g != old }) {
			return &Error{Code: CodeInvalid, Kind: KindLastGroup, Field: "group_id",
				Msg: "A board keeps at least one group; make another one before this one goes"}
		}
		items := slices.Collect(t.whole(b.ID).inGroup(id))
		var below []ItemID
		for _, it := range items {
			below = append(below, t.subitemIDs(it)...)
		}
		t.preload(below)
		for _, it := range items {
			t.setItemState(it, state)
		}
		g := *old
		g.State = state
		t.put(Change{Group: &g})
		t.recordGroup(stateVerb[state]+"_group", &g)
		return nil
	})
}

func (t *tx) recordGroup(what string, g *Group) {
	t.record(event{Activity: Activity{Board: g.Board, Group: g.ID, Event: what, Entity: "board"},
		data: map[string]any{"board_id": g.Board, "group_id": g.ID, "group_title": g.Title, "group_color": g.Color}})
}

// shortened cuts a made-up name to what names may have.
func shortened(name string) string {
	if r := []rune(name); len(r) > nameMax {
		return string(r[:nameMax])
	}
	return name
}
