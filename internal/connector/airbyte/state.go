package airbyte

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// readState reads a state file: an array of states by stream, or one of all streams, or the object of old
// that has a key for every stream. Nothing, and nothing of a stream, is the beginning.
func readState(file string) (map[string]json.RawMessage, error) {
	states := map[string]json.RawMessage{}
	if file == "" {
		return states, nil
	}
	var raw json.RawMessage
	if err := emit.ReadJSON("--state", file, &raw); err != nil {
		return nil, &emit.ConfigError{Err: err}
	}
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return states, nil
	}
	if err := addStates(states, raw); err != nil {
		return nil, &emit.ConfigError{Err: fmt.Errorf("--state: %s holds no state: %w", file, err)}
	}
	return states, nil
}

// givenState is what a platform gives back.
type givenState struct {
	Type   string       `json:"type"`
	Stream *givenStream `json:"stream"`
	Global *struct {
		Streams []givenStream `json:"stream_states"`
	} `json:"global"`
	Data json.RawMessage `json:"data"`
}

type givenStream struct {
	Stream descriptor      `json:"stream_descriptor"`
	State  json.RawMessage `json:"stream_state"`
}

func addStates(to map[string]json.RawMessage, raw json.RawMessage) error {
	if raw[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
		for _, one := range list {
			if err := addStates(to, bytes.TrimSpace(one)); err != nil {
				return err
			}
		}
		return nil
	}
	if raw[0] != '{' {
		return errors.New("there is neither an object nor an array of them")
	}
	var g givenState
	// The legacy object is anything; it only looks like one of the others if its type says so.
	if err := json.Unmarshal(raw, &g); err != nil && g.Type != "" {
		return errors.New("it is not as the protocol has it")
	}
	switch {
	case g.Type == "STREAM" && g.Stream != nil:
		to[g.Stream.Stream.Name] = g.Stream.State
	case g.Type == "GLOBAL" && g.Global != nil:
		for _, s := range g.Global.Streams {
			to[s.Stream.Name] = s.State
		}
	case g.Type == "STREAM" || g.Type == "GLOBAL":
		return fmt.Errorf("there is nothing in the state of type %s", g.Type)
	case len(g.Data) > 0:
		return json.Unmarshal(g.Data, &to)
	case g.Type == "" || g.Type == "LEGACY":
		var byStream map[string]json.RawMessage
		if err := json.Unmarshal(raw, &byStream); err != nil {
			return err
		}
		for name, state := range byStream {
			if name != "type" {
				to[name] = state
			}
		}
	default:
		return fmt.Errorf("there is no type of state %q", g.Type)
	}
	return nil
}
