package work

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Views lists the views of a board in order; with ids or a type only those.
func (v *View) Views(b *Board, ids []ViewID, typ string) ([]*BoardView, error) {
	c, err := v.content(b.ID)
	if err != nil {
		return nil, err
	}
	out := make([]*BoardView, 0, len(c.views))
	for _, view := range c.views {
		if (ids == nil || slices.Contains(ids, view.ID)) && (typ == "" || view.Type == typ) {
			out = append(out, view)
		}
	}
	return out, nil
}

// BoardView is a view of a board, or nil.
func (v *View) BoardView(b *Board, id ViewID) (*BoardView, error) {
	c, err := v.content(b.ID)
	if err != nil {
		return nil, err
	}
	return c.view(id), nil
}

// ViewEdit is what is to change of a view, or what a new one is to be; nil leaves it.
type ViewEdit struct {
	Type, Name, Settings, Filter, Sort *string
	User                               *UserID
	Team                               *TeamID
	Tags                               []string // nil leaves them
}

// defaultView is the type of a view that is given none.
const defaultView = "TableBoardView"

// apply makes the edit. Whom the view filters by is checked by the caller.
func (e *ViewEdit) apply(view *BoardView) error {
	if e.Name != nil {
		if err := checkName("name", *e.Name); err != nil {
			return err
		}
		view.Name = strings.TrimSpace(*e.Name)
	}
	if e.Type != nil {
		if err := checkName("type", *e.Type); err != nil {
			return err
		}
		view.Type = *e.Type
	}
	for _, doc := range []struct {
		field string
		from  *string
		to    *string
	}{{"settings", e.Settings, &view.Settings}, {"filter", e.Filter, &view.Filter}, {"sort", e.Sort, &view.Sort}} {
		if doc.from == nil {
			continue
		}
		if *doc.from != "" && !json.Valid([]byte(*doc.from)) {
			return invalid(doc.field, "%s is not JSON", doc.field)
		}
		if err := checkText(doc.field, *doc.from, viewTextMax); err != nil {
			return err
		}
		*doc.to = *doc.from
	}
	if e.User != nil {
		view.User = *e.User
	}
	if e.Team != nil {
		view.Team = *e.Team
	}
	if e.Tags != nil {
		view.Tags = slices.Clone(e.Tags)
	}
	return checkText("tags", strings.Join(view.Tags, ","), viewTextMax)
}

// viewTextMax bounds what a client may keep in a view.
const viewTextMax = 64 << 10

// CreateView makes a view of a board. Permission board.structure.
func (s *Service) CreateView(ctx context.Context, by Caller, board BoardID, e ViewEdit) (id ViewID, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		b, c, err := t.structure(board)
		if err != nil {
			return err
		}
		view := &BoardView{Board: b.ID, Type: defaultView}
		if err := errors.Join(e.apply(view), t.checkView(view)); err != nil {
			return ErrorOf(err)
		}
		if view.Name == "" {
			view.Name = strings.TrimSuffix(view.Type, "BoardView")
		}
		view.ID = ViewID(t.newID())
		view.Pos = arrange(c.views, len(c.views), func(o *BoardView) *int64 { return &o.Pos }, func(o *BoardView) { t.put(Change{View: o}) })
		t.put(Change{View: view})
		t.recordView("board_view_added", view)
		id = view.ID
		return nil
	})
	return id, err
}

// EditView changes a view. Permission board.structure.
func (s *Service) EditView(ctx context.Context, by Caller, board BoardID, id ViewID, e ViewEdit) error {
	return s.commit(ctx, by, func(t *tx) error {
		_, c, err := t.structure(board)
		if err != nil {
			return err
		}
		old := c.view(id)
		if old == nil {
			return notFound("view", id)
		}
		view := *old
		if err := errors.Join(e.apply(&view), t.checkView(&view)); err != nil {
			return ErrorOf(err)
		}
		t.put(Change{View: &view})
		t.recordView("board_view_changed", &view)
		return nil
	})
}

// DeleteView deletes a view and returns it as it was. Permission board.structure.
func (s *Service) DeleteView(ctx context.Context, by Caller, board BoardID, id ViewID) (gone *BoardView, err error) {
	err = s.commit(ctx, by, func(t *tx) error {
		_, c, err := t.structure(board)
		if err != nil {
			return err
		}
		if gone = c.view(id); gone == nil {
			return notFound("view", id)
		}
		t.put(Change{View: gone, Delete: true})
		t.recordView("board_view_deleted", gone)
		return nil
	})
	return gone, err
}

func (t *tx) checkView(view *BoardView) error {
	if view.User != 0 {
		return t.checkPrincipal(Principal{User: view.User})
	}
	if view.Team != 0 {
		return t.checkPrincipal(Principal{Team: view.Team})
	}
	return nil
}

func (t *tx) recordView(what string, view *BoardView) {
	t.record(event{Activity: Activity{Board: view.Board, Event: what, Entity: "board"},
		data: map[string]any{"board_id": view.Board, "board_view_id": view.ID, "board_view_name": view.Name, "board_view_type": view.Type}})
}
