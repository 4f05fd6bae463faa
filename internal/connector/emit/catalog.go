package emit

import (
	"slices"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// Property is a field in a JSON Schema.
type Property struct {
	Type        []string `json:"type"`
	Format      string   `json:"format,omitempty"`
	AirbyteType string   `json:"airbyte_type,omitempty"` // Airbyte's own word for what a format leaves open
	Description string   `json:"description,omitempty"`
}

// Schema is the JSON Schema of a stream's records.
type Schema struct {
	Schema      string              `json:"$schema,omitempty"`
	Type        string              `json:"type"`
	Description string              `json:"description,omitempty"`
	Properties  map[string]Property `json:"properties"`
	Required    []string            `json:"required,omitempty"`
	// Additional is true: a field that is added to a stream breaks nobody who keeps an older schema.
	Additional bool `json:"additionalProperties"`
}

// types are the fields' types as JSON Schema has them, null apart.
var types = map[connector.Type]Property{
	connector.Text:    {Type: []string{"string"}},
	connector.Integer: {Type: []string{"integer"}},
	connector.Number:  {Type: []string{"number"}},
	connector.Boolean: {Type: []string{"boolean"}},
	connector.Date:    {Type: []string{"string"}, Format: "date"},
	connector.Time:    {Type: []string{"string"}, Format: "date-time"},
	connector.JSON:    {Type: []string{"object", "array", "string", "number", "boolean"}},
}

// SchemaOf describes the records of a stream, with the fields that want says and those that always go out.
func SchemaOf(s *connector.Stream, want func(field string) bool) Schema {
	out := Schema{Type: "object", Description: s.Doc, Properties: map[string]Property{}, Additional: true}
	for _, f := range s.Fields {
		key := IsKey(s, f.Name)
		if !key && !want(f.Name) {
			continue
		}
		p := types[f.Type]
		if !key {
			p.Type = append([]string{"null"}, p.Type...)
		}
		p.Description = f.Doc
		out.Properties[f.Name] = p
	}
	at := types[connector.Time]
	at.Description = "When the row was read; of the records with one key, the one with the greatest counts."
	out.Properties[SyncedAt] = at
	at.Type, at.Description = []string{"null", "string"}, "When the row was found to be gone; null while it is there."
	out.Properties[DeletedAt] = at
	out.Required = append(slices.Clone(s.Key), SyncedAt)
	return out
}

// All is every field.
func All(string) bool { return true }

// parentOf says what a stream's rows are part of: whoever cannot read the parent cannot read them.
var parentOf = map[string]string{
	"team_members": "teams", "workspace_members": "workspaces", "folders": "workspaces",
	"board_members": "boards", "groups": "boards", "columns": "boards", "views": "boards", "items": "boards", "activity_logs": "boards",
	"column_values": "items", "item_links": "items", "time_tracking": "items", "assets": "items", "updates": "items",
	"replies": "updates",
}

// Parent is the stream that a stream's rows are part of, or "".
func Parent(stream string) string { return parentOf[stream] }

// Readable are the streams that a token can read. lost are the names of those that it cannot; theirs go with
// them.
func Readable(lost map[string]bool) (list []*connector.Stream) {
	for _, s := range connector.Streams() {
		out := false
		for name := s.Name; name != ""; name = Parent(name) {
			out = out || lost[name]
		}
		if !out {
			list = append(list, s)
		}
	}
	return list
}
