package work

import (
	"bytes"
	"encoding/base64"
	"encoding/json"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// cursor is where a list stands and how it goes on. Nothing of it is kept here: it goes to the caller,
// sealed with the server's key.
type cursor struct {
	Version int
	Account AccountID
	User    UserID
	Board   BoardID
	Until   int64 // Unix seconds
	Query   ItemQuery
	Last    *mark `json:",omitempty"` // nil: before the first item
}

// cursorVersion is that of cursors made now; others are refused.
const cursorVersion = 1

// mark is the place of the last item of a page, by what it was ordered by, so that it need not be there
// any more.
type mark struct {
	Group    string
	GroupPos int64
	Place    ItemPlace
	Values   []markValue `json:",omitempty"` // in the columns of the order
}

type markValue struct {
	JSON string
	Text string `json:",omitempty"`
}

// mark notes where a hit is.
func (f *search) mark(h *hit) *mark {
	m := &mark{Group: h.item.Group, Place: h.pos}
	if g := f.s.c.group(h.item.Group); g != nil {
		m.GroupPos = g.Pos
	}
	for _, col := range f.order {
		v := f.value(col, h.item)
		m.Values = append(m.Values, markValue{v.JSON, v.Text})
	}
	return m
}

// unmark is a hit that stands where the mark is. Ranks are doubled there, to leave room for groups that are gone.
func (f *search) unmark(m *mark) *hit {
	rank := f.rank(m)
	h := &hit{rank: int(2 * rank), pos: m.Place}
	for i, col := range f.order {
		switch {
		case i >= len(m.Values):
			h.keys = append(h.keys, column.Key{})
		case col.Type == column.Group:
			h.keys = append(h.keys, rankKey(int(rank+0.5)))
		default:
			h.keys = append(h.keys, col.Def.Key(column.Value{JSON: m.Values[i].JSON, Text: m.Values[i].Text}, *f.v.env()))
		}
	}
	return h
}

func (v *View) sealCursor(c *cursor) string {
	c.Version, c.Account, c.User = cursorVersion, v.img.Account.ID, v.me.ID
	js, err := json.Marshal(c)
	if err != nil {
		return "" // rules come from JSON; there is nothing in them that it could not say
	}
	sealed, err := v.acct.s.sealer.seal(string(js))
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(sealed)
}

func (v *View) openCursor(text string) (*cursor, error) {
	bad := invalid("cursor", "The cursor is not one that this server has given to you; begin with items_page")
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, bad
	}
	js, err := v.acct.s.sealer.open(sealed)
	if err != nil {
		return nil, bad
	}
	var c cursor
	d := json.NewDecoder(bytes.NewReader([]byte(js)))
	d.UseNumber() // ids have more digits than a float
	if err := d.Decode(&c); err != nil || c.Version != cursorVersion || c.Account != v.img.Account.ID || c.User != v.me.ID {
		return nil, bad
	}
	if v.now.Unix() >= c.Until {
		return nil, &Error{Code: CodeInvalid, Kind: KindCursor, Field: "cursor",
			Msg: "CursorExpiredError: The cursor provided for pagination has expired. Please refresh your query and obtain a new cursor to continue fetching items"}
	}
	return &c, nil
}
