package work

import (
	"encoding/json"
	"strconv"

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
func ParseCells(js string) (cells Cells) {
	if len(js) <= len("{}") {
		return nil
	}
	cells = make(Cells, 0, 8)
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
