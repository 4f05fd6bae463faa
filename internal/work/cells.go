package work

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// AppendCells appends cells as one JSON object: for each column {"value":…,"at":microseconds}. It is
// how items are stored and fed to other nodes.
func AppendCells(dst []byte, cells Cells) []byte {
	dst = append(dst, '{')
	for i, c := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendKey(dst, c.Column), `{"value":`...)
		if c.Value.Empty() {
			dst = append(dst, "null"...)
		} else {
			dst = append(dst, c.Value.JSON...)
		}
		if c.At != 0 {
			dst = strconv.AppendInt(append(dst, `,"at":`...), c.At, 10)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// appendKey appends a column's id as the name of a member. Ids are made of letters, digits and
// underscores; anything else there might be goes through the encoder.
func appendKey(dst []byte, id string) []byte {
	for i := range len(id) {
		if c := id[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			quoted, _ := json.Marshal(id) // strings always can be
			return append(append(dst, quoted...), ':')
		}
	}
	return append(append(append(dst, '"'), id...), `":`...)
}

// ParseCells reads what AppendCells wrote. The values share the memory of js and have no Text yet: it
// follows from the columns.
func ParseCells(js string) Cells {
	if len(js) <= len("{}") {
		return nil
	}
	var room [24]Cell // most items have fewer; what is kept is made to measure
	cells := room[:0]
	for i := 0; i < len(js) && js[i] != '}'; {
		c, end := parseCell(js, i+1)
		if end < 0 {
			return parseForeignCells(js)
		}
		cells = append(cells, c)
		i = end
	}
	return slices.Clone(cells)
}

// What AppendCells writes around a value.
const (
	cellOpens = `:{"value":`
	cellTime  = `,"at":`
)

// parseCell reads one cell just as AppendCells writes it, and where it ends; -1 where it is written in another way.
func parseCell(js string, i int) (c Cell, end int) {
	key := column.Skip(js, i)
	if key < 0 || js[i] != '"' || !strings.HasPrefix(js[key:], cellOpens) {
		return c, -1
	}
	c.Column = unescaped(js[i+1 : key-1])
	i = key + len(cellOpens)
	if end = column.Skip(js, i); end < 0 {
		return c, -1
	}
	if raw := js[i:end]; raw != "null" {
		c.Value.JSON = raw
	}
	if strings.HasPrefix(js[end:], cellTime) {
		i = end + len(cellTime)
		for end = i; end < len(js) && js[end] >= '0' && js[end] <= '9'; end++ {
			c.At = c.At*10 + int64(js[end]-'0')
		}
	}
	if end+1 >= len(js) || js[end] != '}' {
		return c, -1
	}
	return c, end + 1
}

// parseForeignCells is ParseCells for JSON that somebody else has put into the database.
func parseForeignCells(js string) (cells Cells) {
	column.Members(js, func(key, raw string) bool {
		c := Cell{Column: unescaped(key)}
		column.Members(raw, func(key, raw string) bool {
			switch key {
			case "value":
				if raw != "null" {
					c.Value.JSON = raw
				}
			case "at":
				c.At, _ = strconv.ParseInt(raw, 10, 64)
			}
			return true
		})
		cells = append(cells, c)
		return true
	})
	return cells
}

func unescaped(key string) string {
	for i := range len(key) {
		if key[i] == '\\' {
			var s string
			if json.Unmarshal([]byte(`"`+key+`"`), &s) == nil {
				return s
			}
		}
	}
	return key
}

// MarshalJSON is AppendCells.
func (cells Cells) MarshalJSON() ([]byte, error) { return AppendCells(nil, cells), nil }

// UnmarshalJSON is ParseCells.
func (cells *Cells) UnmarshalJSON(b []byte) error {
	*cells = ParseCells(string(b))
	return nil
}
