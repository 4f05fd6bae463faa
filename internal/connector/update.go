package connector

import (
	"context"
	"maps"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

type updateData struct {
	ID        string       `json:"id"`
	Item      anyID        `json:"item_id"`
	Creator   anyID        `json:"creator_id"`
	Body      string       `json:"body"`
	Text      string       `json:"text_body"`
	Original  string       `json:"original_creation_date"`
	CreatedAt string       `json:"created_at"`
	EditedAt  string       `json:"edited_at"`
	UpdatedAt string       `json:"updated_at"`
	Likes     []*likeData  `json:"likes"`
	Pins      []*pinData   `json:"pinned_to_top"`
	Assets    []*assetData `json:"assets"`
	Replies   []*replyData `json:"replies"`
	OnItem    *struct {
		ID    string `json:"id"`
		Board *ref   `json:"board"`
	} `json:"item"`
}

type likeData struct {
	User     anyID  `json:"creator_id"`
	Reaction string `json:"reaction_type"`
}

type pinData struct {
	Item anyID `json:"item_id"`
}

type replyData struct {
	ID        string       `json:"id"`
	Kind      string       `json:"kind"`
	Creator   anyID        `json:"creator_id"`
	Body      string       `json:"body"`
	Text      string       `json:"text_body"`
	CreatedAt string       `json:"created_at"`
	EditedAt  string       `json:"edited_at"`
	UpdatedAt string       `json:"updated_at"`
	Assets    []*assetData `json:"assets"`
}

type updatesData struct {
	Updates []*updateData `json:"updates"`
	Boards  []*struct {
		Updates []*updateData `json:"updates"`
	} `json:"boards"`
	Readable []*ref `json:"readable"`
}

// updates reads a page of at most 100 updates, newest first: of a board, or of all when board is empty. more
// says that there may be another page; how many the page has does not tell. partial says that nothing is to be
// concluded from an absence. A page that is too much is read in smaller ones, and an update that cannot be read
// by itself is left out.
func (r *reader) updates(ctx context.Context, board string, page, limit int) (list []updateRead, more, partial bool, err error) {
	name := "updates"
	if board != "" {
		name = "boardUpdates"
	}
	var data updatesData
	a, err := r.ask(ctx, name, map[string]any{"board": board, "page": page, "limit": limit}, &data)
	switch {
	case tooMuch(err) && limit > 1:
		pages, size := smaller(page, limit)
		for _, p := range pages {
			some, rest, part, err := r.updates(ctx, board, p, size)
			if err != nil {
				return nil, false, false, err
			}
			list, partial, more = append(list, some...), partial || part, rest
			if !rest {
				break
			}
		}
		return list, more && len(list) > 0, partial, nil // where nothing can be read it may not go on for ever
	case isKind(err, mondayapi.TooComplex):
		return nil, true, true, nil
	case err != nil:
		return nil, false, false, err
	}
	found := data.Updates
	if board != "" {
		if len(data.Boards) == 0 || data.Boards[0] == nil {
			return nil, false, true, nil
		}
		found = data.Boards[0].Updates
	}
	list, partial = readUpdates(found, board, a)
	return list, len(found) >= limit, partial, nil
}

// updatesByID reads at most 100 updates by id, and says which boards can be read in the same answer: those
// that are not there are left out, and their absence says something only beside their board.
func (r *reader) updatesByID(ctx context.Context, ids, boards []string) (list []updateRead, readable map[string]bool, partial bool, err error) {
	if len(ids) == 0 {
		return nil, nil, false, nil
	}
	var data updatesData
	a, err := r.ask(ctx, "updatesByID", map[string]any{"ids": ids, "boards": boards, "hasBoards": len(boards) > 0, "boardLimit": len(boards)}, &data)
	switch {
	case tooMuch(err) && len(ids) > 1:
		half := (len(ids) + 1) / 2
		first, both, part1, err := r.updatesByID(ctx, ids[:half], boards)
		if err != nil {
			return nil, nil, false, err
		}
		second, there, part2, err := r.updatesByID(ctx, ids[half:], boards)
		maps.DeleteFunc(both, func(id string, _ bool) bool { return !there[id] })
		return append(first, second...), both, part1 || part2, err
	case isKind(err, mondayapi.TooComplex):
		return nil, nil, true, nil
	case err != nil:
		return nil, nil, false, err
	}
	readable = map[string]bool{}
	for _, b := range data.Readable {
		readable[b.id()] = true
	}
	list, partial = readUpdates(data.Updates, "", a)
	return list, readable, partial, nil
}

func readUpdates(found []*updateData, board string, a *mondayapi.Answer) (list []updateRead, partial bool) {
	bad := map[int]bool{}
	for _, e := range a.Errors {
		if i, ok := at(e.Path, "updates"); ok {
			bad[i] = true
		}
	}
	for i, u := range found {
		if u == nil {
			partial = true
			continue
		}
		read := u.read(board)
		read.Partial = bad[i]
		list = append(list, read)
	}
	return list, partial || len(a.Errors) > 0
}

func (u *updateData) read(board string) updateRead {
	out := updateRead{ID: u.ID, Item: string(u.Item), Board: board, UpdatedAt: moment(u.UpdatedAt), CreatedAt: moment(u.CreatedAt), Rows: rows{}}
	if u.OnItem != nil {
		if out.Item == "" {
			out.Item = u.OnItem.ID
		}
		if u.OnItem.Board != nil {
			out.Board = u.OnItem.Board.ID
		}
	}
	var on any = txt(out.Board)
	var likes []map[string]string
	for _, l := range u.Likes {
		if l != nil {
			likes = append(likes, map[string]string{"user_id": string(l.User), "reaction": l.Reaction})
		}
	}
	var liked any
	if likes != nil {
		liked = encoded(likes)
	}
	var pins []string
	for _, p := range u.Pins {
		if p != nil && p.Item != "" {
			pins = append(pins, string(p.Item))
		}
	}
	out.Rows.add(updatesStream, Row{txt(u.ID), txt(out.Item), on, txt(string(u.Creator)), txt(valid(u.Body)), txt(valid(u.Text)), liked,
		list(pins), txt(u.Original), when(u.CreatedAt), when(u.EditedAt), when(u.UpdatedAt)})
	for _, a := range u.Assets {
		if a != nil {
			out.Rows.add(assetsStream, a.row("update:"+u.ID, "", "", u.ID, "", on))
		}
	}
	for _, p := range u.Replies {
		if p == nil {
			continue
		}
		if at := moment(p.UpdatedAt); at.After(out.UpdatedAt) {
			out.UpdatedAt = at
		}
		out.Rows.add(repliesStream, Row{txt(p.ID), txt(u.ID), txt(out.Item), on, txt(string(p.Creator)), txt(p.Kind), txt(valid(p.Body)),
			txt(valid(p.Text)), when(p.CreatedAt), when(p.EditedAt), when(p.UpdatedAt)})
		for _, a := range p.Assets {
			if a != nil {
				out.Rows.add(assetsStream, a.row("reply:"+p.ID, "", "", u.ID, p.ID, on))
			}
		}
	}
	return out
}
