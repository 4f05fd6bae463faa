package sink

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// A dirty collects which files the rows of a batch are in, and were in before: those are written anew by
// the next Publish. It is nil where there are no files.
type dirty struct {
	s     *sqlite
	files map[string]part
	board int // place of board_id, or -1
	was   string
	key   []any
}

func (s *sqlite) newDirty(t *table) *dirty {
	if !s.exported {
		return nil
	}
	d := &dirty{s: s, files: map[string]part{}, board: t.At("board_id"), key: make([]any, len(t.key))}
	if d.board >= 0 {
		var where []string
		for _, f := range t.Key {
			where = append(where, quote(f)+" = ?")
		}
		d.was = fmt.Sprintf("SELECT board_id FROM %s WHERE %s", quote(t.Name), strings.Join(where, " AND "))
	}
	return d
}

// to marks the file that the row in the table's args goes to.
func (d *dirty) to(t *sqliteTable) {
	switch {
	case d == nil:
	case d.board < 0:
		d.add(part{Stream: t.Name})
	default:
		var board *string
		if id, ok := t.args[d.board].(string); ok {
			board = &id
		}
		d.add(part{t.Name, true, board})
	}
}

// from marks the file that the row is in before it is written.
func (d *dirty) from(t *sqliteTable) error {
	if d == nil || d.board < 0 {
		return nil
	}
	for i, k := range t.key {
		d.key[i] = t.args[k]
	}
	return d.s.write.query(d.was, func(s *stmt) error {
		d.add(part{t.Name, true, s.textOrNil(0)})
		return nil
	}, d.key...)
}

func (d *dirty) add(p part) { d.files[p.file()] = p }

func (d *dirty) save() error {
	if d == nil {
		return nil
	}
	for name, p := range d.files {
		if err := d.s.write.setMeta(metaDirty+name, p.String()); err != nil {
			return err
		}
	}
	return nil
}

// markTable marks all files of a stream: it has other fields than before, or is new.
func (s *sqlite) markTable(t *table) error {
	if !s.exported {
		return nil
	}
	if t.At("board_id") < 0 {
		p := part{Stream: t.Name}
		return s.write.setMeta(metaDirty+p.file(), p.String())
	}
	ours, err := s.write.metas(metaFile + t.Name + "/")
	for _, e := range ours {
		if err == nil {
			err = s.write.setMeta(metaDirty+t.Name+"/"+e[0], e[1])
		}
	}
	return err
}

// markGone marks the files of rows that are about to be called deleted.
func (s *sqlite) markGone(t *table, where string, args []any) error {
	d := s.newDirty(t)
	if d == nil {
		return nil
	}
	board := "board_id"
	if d.board < 0 {
		board = "NULL"
	}
	err := s.write.query(fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE %s", board, quote(t.Name), where), func(row *stmt) error {
		d.add(part{t.Name, d.board >= 0, row.textOrNil(0)})
		return nil
	}, args...)
	if err != nil {
		return err
	}
	return d.save()
}

// A part is the rows that go into one file: those of a stream that knows no boards, or those of one that
// does with the same board_id, which may be none.
type part struct {
	Stream string  `json:"stream"`
	Boards bool    `json:"boards,omitempty"`
	Board  *string `json:"board,omitempty"`
}

func (p part) String() string {
	b, _ := json.Marshal(p) // texts always can be
	return string(b)
}

func parsePart(s string) (p part, err error) {
	if err = json.Unmarshal([]byte(s), &p); err != nil {
		err = fmt.Errorf("_lunedi_meta: %q: %w", s, err)
	}
	return p, err
}

// file is the name of the part's file without its extension: STREAM, STREAM/board_ID or STREAM/no_board.
// The rows have their board_id within, so that the name only has to be unique: what is not a small letter,
// a digit or one of - _ is written as %XX, capitals too, which some file systems take for small letters.
func (p part) file() string {
	switch {
	case !p.Boards:
		return p.Stream
	case p.Board == nil:
		return p.Stream + "/no_board"
	}
	var b strings.Builder
	b.WriteString(p.Stream + "/board_")
	for _, c := range []byte(*p.Board) {
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

var _ connector.Sink = (*sqlite)(nil)
