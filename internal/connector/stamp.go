package connector

import (
	"context"
	"slices"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

type stampsData struct {
	Plain []*stampsBoard `json:"plain"`
	Deep  []*stampsBoard `json:"deep"`
	Next  *stampsPage    `json:"next_items_page"`
}

type stampsBoard struct {
	ID   string      `json:"id"`
	Page *stampsPage `json:"items_page"`
}

type stampsPage struct {
	Cursor string `json:"cursor"`
	Items  []*struct {
		ID        string `json:"id"`
		UpdatedAt string `json:"updated_at"`
	} `json:"items"`
}

func (p *stampsPage) read(failed bool) stampsRead {
	out := stampsRead{Cursor: p.Cursor, Failed: failed, Stamps: make([]stamp, 0, len(p.Items))}
	for _, it := range p.Items {
		if it == nil {
			out.Failed = true
			continue
		}
		out.Stamps = append(out.Stamps, stamp{it.ID, moment(it.UpdatedAt)})
	}
	return out
}

// stamps reads the first pages of several boards' stamps in one call, by board id. A board that could not
// be read is missing.
func (r *reader) stamps(ctx context.Context, boards []string, limit int) (map[string]stampsRead, error) {
	out := map[string]stampsRead{}
	if len(boards) == 0 {
		return out, nil
	}
	var plain, deep []string
	for _, id := range boards {
		if r.traits(id).deep {
			deep = append(deep, id)
		} else {
			plain = append(plain, id)
		}
	}
	var data stampsData
	a, err := r.ask(ctx, "stamps", map[string]any{"plain": plain, "deep": deep, "hasPlain": len(plain) > 0, "hasDeep": len(deep) > 0, "limit": limit}, &data)
	switch {
	case err != nil && !tooMuch(err):
		return nil, err
	case err != nil && len(boards) > 1:
		for some := range slices.Chunk(boards, (len(boards)+1)/2) {
			part, err := r.stamps(ctx, some, limit)
			if err != nil {
				return nil, err
			}
			for id, s := range part {
				out[id] = s
			}
		}
		return out, nil
	case err != nil && limit > 1:
		return r.stamps(ctx, boards, limit/2)
	case err != nil:
		return nil, err
	}
	for name, list := range map[string][]*stampsBoard{"plain": data.Plain, "deep": data.Deep} {
		for i, b := range list {
			if b != nil && b.Page != nil {
				out[b.ID] = b.Page.read(touches(a.Errors, name, i))
			}
		}
	}
	return out, nil
}

// touches says that an error is of an element of a list, or of no element that it names.
func touches(errs []mondayapi.FieldError, list string, i int) bool {
	return slices.ContainsFunc(errs, func(e mondayapi.FieldError) bool {
		k, ok := at(e.Path, list)
		return ok && k == i || !ok && (len(e.Path) == 0 || e.Path[0] == list)
	})
}

// moreStamps reads the next page of stamps.
func (r *reader) moreStamps(ctx context.Context, cursor string, limit int) (stampsRead, error) {
	for {
		var data stampsData
		a, err := r.ask(ctx, "nextStamps", map[string]any{"cursor": cursor, "limit": limit}, &data)
		switch {
		case err == nil && data.Next != nil:
			return data.Next.read(len(a.Errors) > 0), nil
		case err == nil:
			return stampsRead{Failed: true}, nil
		case !tooMuch(err) || limit == 1:
			return stampsRead{}, err
		}
		limit /= 2
	}
}
