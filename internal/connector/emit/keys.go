package emit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// memory is what the passes remember, by key.
type memory struct {
	values map[string]json.RawMessage
	keys   []string // sorted
	stale  bool     // it is not as it was packed last
}

func newMemory(values map[string]json.RawMessage) memory {
	if values == nil {
		values = map[string]json.RawMessage{}
	}
	return memory{values: values, keys: slices.Sorted(maps.Keys(values)), stale: true}
}

// pack is what is remembered as a text; packed is what it was before.
func (m *memory) pack(packed string) (string, error) {
	if !m.stale {
		return packed, nil
	}
	raw, err := json.Marshal(m.values)
	if err != nil {
		return "", fmt.Errorf("pack what is remembered: %w", err)
	}
	m.stale = false
	return deflate(raw), nil
}

// apply forgets keys, and then remembers others.
func (m *memory) apply(drop []string, put map[string]json.RawMessage) {
	if len(drop) == 0 && len(put) == 0 {
		return
	}
	m.stale = true
	gone := map[string]bool{}
	for _, k := range drop {
		if _, ok := m.values[k]; ok {
			delete(m.values, k)
			gone[k] = true
		}
	}
	var added []string
	for k, v := range put {
		if _, ok := m.values[k]; !ok && !gone[k] {
			added = append(added, k)
		}
		delete(gone, k)
		m.values[k] = slices.Clone(v)
	}
	if len(gone) == 0 && len(added) == 0 {
		return
	}
	slices.Sort(added)
	merged := make([]string, 0, len(m.keys)-len(gone)+len(added))
	for _, k := range m.keys {
		for len(added) > 0 && added[0] < k {
			merged, added = append(merged, added[0]), added[1:]
		}
		if !gone[k] {
			merged = append(merged, k)
		}
	}
	m.keys = append(merged, added...)
}

// scan lists at most limit entries with a prefix that come after a key.
func (m *memory) scan(prefix, after string, limit int) (list []connector.Entry) {
	from, _ := slices.BinarySearch(m.keys, max(prefix, after))
	for _, k := range m.keys[from:] {
		if len(list) == limit || !strings.HasPrefix(k, prefix) {
			break
		}
		if k > after {
			list = append(list, connector.Entry{Key: k, Value: slices.Clone(m.values[k])})
		}
	}
	return list
}
