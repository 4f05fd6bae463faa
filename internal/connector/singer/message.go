package singer

import (
	"encoding/json"

	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// The messages of the specification, https://github.com/singer-io/getting-started. RECORD is not here:
// records are appended as text.

type schemaMessage struct {
	Type      string      `json:"type"`
	Stream    string      `json:"stream"`
	Schema    emit.Schema `json:"schema"`
	Key       []string    `json:"key_properties"`
	Bookmarks []string    `json:"bookmark_properties"`
}

type stateMessage struct {
	Type  string `json:"type"`
	Value state  `json:"value"`
}

// state is the value of a STATE message, and what the state file holds.
type state struct {
	Syncing   string               `json:"currently_syncing,omitempty"`
	Bookmarks map[string]*bookmark `json:"bookmarks"`
	Shared    emit.Shared          `json:"lunedi"`
}

type bookmark struct {
	emit.Part
	SyncedAt string `json:"_synced_at,omitempty"` // the replication key, for those who look for it
	Version  int64  `json:"version,omitempty"`    // of the rows, with --activate-version
}

// givenState is what is read back of it.
type givenState struct {
	Syncing   string                     `json:"currently_syncing"`
	Bookmarks map[string]json.RawMessage `json:"bookmarks"`
	Shared    json.RawMessage            `json:"lunedi"`
	// Value is there when the whole message was kept.
	Value *givenState `json:"value"`
}

type versionMessage struct {
	Type    string `json:"type"`
	Stream  string `json:"stream"`
	Version int64  `json:"version"`
}

type catalog struct {
	Streams []catalogStream `json:"streams"`
}

type catalogStream struct {
	ID       string          `json:"tap_stream_id"`
	Stream   string          `json:"stream"`
	Schema   json.RawMessage `json:"schema"`
	Key      []string        `json:"key_properties,omitempty"`
	Metadata []metadata      `json:"metadata"`
}

type metadata struct {
	Breadcrumb []string `json:"breadcrumb"`
	Of         facts    `json:"metadata"`
}

// facts is what is told of a stream or a field, and what a user says about it.
type facts struct {
	Inclusion string   `json:"inclusion,omitempty"`
	Selected  *bool    `json:"selected,omitempty"`
	ByDefault *bool    `json:"selected-by-default,omitempty"`
	Key       []string `json:"table-key-properties,omitempty"`
	Cursors   []string `json:"valid-replication-keys,omitempty"`
	Forced    string   `json:"forced-replication-method,omitempty"`
	Method    string   `json:"replication-method,omitempty"`
	Parent    string   `json:"parent-tap-stream-id,omitempty"`
}
