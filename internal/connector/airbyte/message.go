package airbyte

import (
	"encoding/json"

	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// The messages of the protocol, as https://github.com/airbytehq/airbyte-protocol has them. RECORD is not
// here: records are appended as text.

type message struct {
	Type       string            `json:"type"`
	Spec       *spec             `json:"spec,omitempty"`
	Connection *connectionStatus `json:"connectionStatus,omitempty"`
	Catalog    *catalog          `json:"catalog,omitempty"`
	State      *stateMessage     `json:"state,omitempty"`
	Trace      *trace            `json:"trace,omitempty"`
	Log        *logLine          `json:"log,omitempty"`
}

type spec struct {
	DocumentationURL string         `json:"documentationUrl"`
	ProtocolVersion  string         `json:"protocol_version"`
	Incremental      bool           `json:"supportsIncremental"`
	DestinationModes []string       `json:"supported_destination_sync_modes"`
	Configuration    map[string]any `json:"connectionSpecification"`
}

type connectionStatus struct {
	Status  string `json:"status"`
	Message string `json:"message,omitempty"`
}

type catalog struct {
	Streams []stream `json:"streams"`
}

type stream struct {
	Name          string      `json:"name"`
	Schema        emit.Schema `json:"json_schema"`
	Modes         []string    `json:"supported_sync_modes"`
	DefinedCursor bool        `json:"source_defined_cursor"`
	Cursor        []string    `json:"default_cursor_field"`
	Key           [][]string  `json:"source_defined_primary_key"`
	Resumable     bool        `json:"is_resumable"`
}

// configured is what `read` is asked for, as far as it matters to a source.
type configured struct {
	Streams []struct {
		Stream struct {
			Name string `json:"name"`
		} `json:"stream"`
		SyncMode   string `json:"sync_mode"`
		Generation *int64 `json:"generation_id"`
		Minimum    *int64 `json:"minimum_generation_id"`
	} `json:"streams"`
}

type descriptor struct {
	Name string `json:"name"`
}

type stateMessage struct {
	Type   string      `json:"type"`
	Stream streamState `json:"stream"`
	Stats  stateStats  `json:"sourceStats"`
}

type streamState struct {
	Stream descriptor `json:"stream_descriptor"`
	State  blob       `json:"stream_state"`
}

// blob is a stream's state as it is ours.
type blob struct {
	emit.Alone
	Generation *int64 `json:"generation_id,omitempty"` // that it belongs to
}

type stateStats struct {
	Records decimal `json:"recordCount"`
}

// decimal is a whole number that is written with a point, as the specification wants it.
type decimal int64

func (d decimal) MarshalJSON() ([]byte, error) {
	raw, err := json.Marshal(int64(d))
	return append(raw, ".0"...), err
}

type trace struct {
	Type     string      `json:"type"`
	At       int64       `json:"emitted_at"` // ms
	Status   *status     `json:"stream_status,omitempty"`
	Estimate *estimate   `json:"estimate,omitempty"`
	Error    *errorTrace `json:"error,omitempty"`
}

type status struct {
	Stream  descriptor `json:"stream_descriptor"`
	Status  string     `json:"status"`
	Reasons []reason   `json:"reasons,omitempty"`
}

type reason struct {
	Type    string       `json:"type"`
	Limited *rateLimited `json:"rate_limited,omitempty"`
}

type rateLimited struct {
	Reset int64 `json:"quota_reset,omitempty"` // ms
}

type estimate struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Rows int64  `json:"row_estimate"`
}

type errorTrace struct {
	Message  string `json:"message"`
	Internal string `json:"internal_message,omitempty"`
	Stack    string `json:"stack_trace,omitempty"`
	Failure  string `json:"failure_type"`
}

type logLine struct {
	Level   string `json:"level"`
	Message string `json:"message"`
}

// The words for a stream's status.
const (
	started    = "STARTED"
	running    = "RUNNING"
	complete   = "COMPLETE"
	incomplete = "INCOMPLETE"
)

// failures are the words for whose matter an error is.
var failures = map[emit.Failure]string{
	emit.Broken: "system_error", emit.Configured: "config_error", emit.Passing: "transient_error",
}
