package connector

// Type is the type of a field, the same in every destination.
type Type uint8

// The types of fields, with the Go type that a value of theirs in a Row has. Every one may be nil.
const (
	Text    Type = iota + 1 // string; ids are texts
	Integer                 // int64
	Number                  // float64
	Boolean                 // bool
	Date                    // string, YYYY-MM-DD
	Time                    // time.Time in UTC, to the microsecond
	JSON                    // json.RawMessage, a valid one
)

// Field is a column of a table.
type Field struct {
	Name string
	Type Type
	Doc  string // one sentence, for catalogs
}

// Stream is a table that is kept. Every row has beside the fields `_first_seen_at`, `_synced_at` (when it
// was last read) and `_deleted_at` (null while it is there), which destinations keep.
type Stream struct {
	Name   string
	Doc    string
	Key    []string // the fields that name a row, all of them texts
	Cursor string   // the field that tells when a row changed last; empty where there is none
	Fields []Field

	// Index are the fields that the passes read back by Sink.Live, the key among them. It is empty where
	// they never do.
	Index []string

	// Since says that rows older than start_date are left out, by Cursor; where there is no Cursor they go
	// with the item or the update that they belong to. Other tables are whole.
	Since bool
}

// Row is a row of a stream: a value for each of its fields, in their order. A text that is empty is nil.
type Row []any

// At is the place of a field in a row, or -1.
func (s *Stream) At(field string) int {
	for i := range s.Fields {
		if s.Fields[i].Name == field {
			return i
		}
	}
	return -1
}
