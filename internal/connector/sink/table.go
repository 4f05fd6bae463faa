package sink

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/lunedi-dev/lunedi/internal/connector"
)

// typeNames are the types as _lunedi_meta has them.
var typeNames = map[connector.Type]string{
	connector.Text: "text", connector.Integer: "integer", connector.Number: "number", connector.Boolean: "boolean",
	connector.Date: "date", connector.Time: "time", connector.JSON: "json",
}

// A table is how a stream is kept. It is the same in both databases but for the SQL.
type table struct {
	*connector.Stream
	key []int // places of the key's fields
}

func newTable(s *connector.Stream) (*table, error) {
	t := &table{Stream: s}
	seen := map[string]bool{firstSeen: true, synced: true, deleted: true, hash: true}
	for _, f := range s.Fields {
		name := strings.ToLower(f.Name) // SQLite does not tell case apart
		if seen[name] || typeNames[f.Type] == "" || f.Name == "" || !plain(f.Name) {
			return nil, fmt.Errorf("stream %s: the field %q is there twice, or its name or type cannot be kept", s.Name, f.Name)
		}
		seen[name] = true
	}
	for _, k := range s.Key {
		at := s.At(k)
		if at < 0 || s.Fields[at].Type != connector.Text {
			return nil, fmt.Errorf("stream %s: the key %q is no text field", s.Name, k)
		}
		t.key = append(t.key, at)
	}
	if len(t.key) == 0 {
		return nil, fmt.Errorf("stream %s has no key", s.Name)
	}
	if name := strings.ToLower(s.Name); name == "" || strings.HasPrefix(name, "_lunedi") || strings.HasPrefix(name, "sqlite_") {
		return nil, fmt.Errorf("stream %q: there can be no table of that name", s.Name)
	}
	return t, nil
}

func (t *table) names() []string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	return names
}

func (t *table) isKey(field string) bool { return slices.Contains(t.Key, field) }

// textField checks that rows can be asked for by a field.
func (t *table) textField(by string) error {
	if at := t.At(by); at < 0 || t.Fields[at].Type != connector.Text {
		return fmt.Errorf("%s: %q is no text field", t.Name, by)
	}
	return nil
}

// indexes are the fields that have an index of their own. Those that passes ask by are needed from the
// beginning. Those that help people and exports, and a pass once in a while, are made at the end of the
// first run: an index on a table with tens of millions of rows costs a third of writing it, and a tenth of
// that when it is made of all of them at once.
func (t *table) indexes() (needed, later []string) {
	for _, f := range t.Index {
		if strings.HasSuffix(f, "_id") && !t.isKey(f) {
			needed = append(needed, f)
		}
	}
	for _, f := range []string{"board_id", "item_id"} {
		if t.At(f) >= 0 && !t.isKey(f) && !slices.Contains(needed, f) {
			later = append(later, f)
		}
	}
	return needed, later
}

// clean brings a row into the form that is kept, in place of into, and returns its hash.
func (t *table) clean(row connector.Row, into []any, scratch *[]byte) (uint64, error) {
	if len(row) != len(t.Fields) {
		return 0, fmt.Errorf("%s: a row of %d values for %d fields", t.Name, len(row), len(t.Fields))
	}
	for i, v := range row {
		c, err := clean(t.Fields[i].Type, v)
		if err != nil {
			return 0, fmt.Errorf("%s.%s: %w", t.Name, t.Fields[i].Name, err)
		}
		into[i] = c
	}
	for _, k := range t.key {
		if into[k] == nil {
			return 0, fmt.Errorf("%s: a row without its key %s", t.Name, t.Fields[k].Name)
		}
	}
	b := (*scratch)[:0]
	for i, v := range into[:len(row)] {
		if v != nil { // so that a row is as it was when a field is added that it has nothing in
			b = appendValue(appendText(b, t.Fields[i].Name), v)
		}
	}
	*scratch = b
	return xxhash.Sum64(b), nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendText(b, v)
	case json.RawMessage:
		return append(binary.AppendUvarint(b, uint64(len(v))), v...)
	case int64:
		return binary.LittleEndian.AppendUint64(b, uint64(v))
	case float64:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	case bool:
		if v {
			return append(b, 1)
		}
		return append(b, 0)
	case time.Time:
		return binary.LittleEndian.AppendUint64(b, uint64(v.UnixMicro()))
	}
	panic(fmt.Sprintf("sink: a clean %T", v))
}

// last finds which rows are the last ones with their key: the others are not written. It is an open
// addressing table, since it is made for every batch and a map with keys of text costs as much as a
// tenth of writing the rows.
func (t *table) last(rows []connector.Row) []bool {
	is := make([]bool, len(rows))
	slots := make([]int32, 1<<bitsFor(2*len(rows)))
	seed := maphash.MakeSeed()
	for i := len(rows) - 1; i >= 0; i-- {
		var h maphash.Hash
		h.SetSeed(seed)
		for _, k := range t.key {
			h.WriteString(keyText(rows[i], k))
			h.WriteByte(0)
		}
		at := int(h.Sum64() & uint64(len(slots)-1))
		for slots[at] != 0 && !t.sameKey(rows[slots[at]-1], rows[i]) {
			at = (at + 1) & (len(slots) - 1)
		}
		if slots[at] == 0 {
			slots[at], is[i] = int32(i+1), true
		}
	}
	return is
}

func bitsFor(n int) (bits int) {
	for 1<<bits <= n {
		bits++
	}
	return bits
}

// keyText is a key's text as it is kept; rows that have none are refused elsewhere.
func keyText(row connector.Row, at int) string {
	if at >= len(row) {
		return ""
	}
	s, _ := row[at].(string)
	return cleanText(s)
}

func (t *table) sameKey(a, b connector.Row) bool {
	for _, k := range t.key {
		if keyText(a, k) != keyText(b, k) {
			return false
		}
	}
	return true
}

// A definition is what _lunedi_meta says of a table that was made: its key, and the types of its fields.
type definition struct {
	Key    []string          `json:"key"`
	Fields map[string]string `json:"fields"`
}

// extend adds the fields that a stream has and the table has not, and returns them. A stream that the
// table cannot hold any more is an error.
func (d *definition) extend(t *table) (added []connector.Field, err error) {
	if d.Key == nil {
		d.Key, d.Fields = t.Key, map[string]string{}
	}
	if !slices.Equal(d.Key, t.Key) {
		return nil, fmt.Errorf("table %s has the key %s, and this version of lunedi %s: choose a new destination",
			t.Name, strings.Join(d.Key, ", "), strings.Join(t.Key, ", "))
	}
	for _, f := range t.Fields {
		switch have, is := d.Fields[f.Name], typeNames[f.Type]; have {
		case is:
		case "":
			d.Fields[f.Name] = is
			added = append(added, f)
		default:
			return nil, fmt.Errorf("table %s has %s as %s, and this version of lunedi as %s: choose a new destination",
				t.Name, f.Name, have, is)
		}
	}
	return added, nil
}

func (d *definition) String() string {
	b, _ := json.Marshal(d) // texts always can be
	return string(b)
}

func parseDefinition(name, text string) (*definition, error) {
	d := new(definition)
	if text == "" {
		return d, nil
	}
	if err := json.Unmarshal([]byte(text), d); err != nil {
		return nil, fmt.Errorf("_lunedi_meta: table %s: %w", name, err)
	}
	return d, nil
}

// foreign says that a name is taken by something that is not ours.
func foreign(what, name string) error {
	return fmt.Errorf("there is a %s %s that lunedi did not make: choose another destination, or rename it", what, name)
}

// checkFormat refuses what a later version made.
func checkFormat(have string) error {
	n, err := strconv.Atoi(have)
	if err != nil {
		return fmt.Errorf("_lunedi_meta: format %q is not understood", have)
	}
	if n > format {
		return fmt.Errorf("the destination was made by a newer version of lunedi (its format is %d, this version knows %d): use that version",
			n, format)
	}
	return nil
}
