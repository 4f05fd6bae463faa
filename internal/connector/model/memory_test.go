package model

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

type memory struct {
	tables map[string]map[string]*memRow
	state  map[string]json.RawMessage
}
type memRow struct {
	row     connector.Row
	read    time.Time
	deleted bool
}

func newMemory() *memory {
	return &memory{map[string]map[string]*memRow{}, map[string]json.RawMessage{}}
}
func (m *memory) Prepare(ctx context.Context, streams []*connector.Stream) error {
	for _, s := range streams {
		if m.tables[s.Name] == nil {
			m.tables[s.Name] = map[string]*memRow{}
		}
	}
	return nil
}
func keyOf(s *connector.Stream, r connector.Row) string {
	var k []string
	for _, f := range s.Key {
		k = append(k, fmt.Sprint(r[s.At(f)]))
	}
	return strings.Join(k, "|")
}
func (m *memory) Commit(ctx context.Context, b *connector.Batch) (connector.Counts, error) {
	c := connector.Counts{}
	for s, rows := range b.Rows {
		for _, r := range rows {
			if len(r) != len(s.Fields) {
				return nil, fmt.Errorf("%s: %d fields, not %d", s.Name, len(r), len(s.Fields))
			}
			t := m.tables[s.Name]
			k := keyOf(s, r)
			n := c[s.Name]
			switch old := t[k]; {
			case old == nil:
				n.New++
			case old.deleted || fmt.Sprint(old.row) != fmt.Sprint(r):
				n.Changed++
			default:
				n.Same++
			}
			c[s.Name] = n
			t[k] = &memRow{row: slices.Clone(r), read: b.ReadAt}
		}
	}
	for _, g := range b.Gone {
		for _, r := range m.tables[g.Stream.Name] {
			if r.deleted || !g.Before.IsZero() && !r.read.Before(g.Before) {
				continue
			}
			if g.By != "" {
				v, _ := r.row[g.Stream.At(g.By)].(string)
				if !slices.Contains(g.Values, v) {
					continue
				}
			}
			r.deleted = true
			n := c[g.Stream.Name]
			n.Deleted++
			c[g.Stream.Name] = n
		}
	}
	for _, k := range b.Drop {
		delete(m.state, k)
	}
	maps.Copy(m.state, b.Put)
	return c, nil
}
func (m *memory) Get(ctx context.Context, key string) (json.RawMessage, error) {
	return m.state[key], nil
}
func (m *memory) Scan(ctx context.Context, prefix, after string, limit int) ([]connector.Entry, error) {
	var out []connector.Entry
	for _, k := range slices.Sorted(maps.Keys(m.state)) {
		if strings.HasPrefix(k, prefix) && k > after && len(out) < limit {
			out = append(out, connector.Entry{Key: k, Value: m.state[k]})
		}
	}
	return out, nil
}
func (m *memory) Live(ctx context.Context, s *connector.Stream, fields []string, by string, values []string, yield func(connector.Row) error) error {
	for _, f := range append(slices.Clone(fields), by) {
		if f != "" && !slices.Contains(s.Index, f) {
			return fmt.Errorf("%s is not in the index of %s", f, s.Name)
		}
	}
	for _, r := range m.tables[s.Name] {
		if r.deleted {
			continue
		}
		if by != "" {
			v, _ := r.row[s.At(by)].(string)
			if !slices.Contains(values, v) {
				continue
			}
		}
		var out connector.Row
		for _, f := range fields {
			out = append(out, r.row[s.At(f)])
		}
		if err := yield(out); err != nil {
			return err
		}
	}
	return nil
}
func (m *memory) Publish(ctx context.Context, boards []connector.BoardColumns) error { return nil }
func (m *memory) Count(ctx context.Context) (map[string]connector.Rows, error) {
	return map[string]connector.Rows{}, nil
}
func (m *memory) Close() error { return nil }

// shown as truth tells them
func (m *memory) kept() map[string]table {
	out := map[string]table{}
	lost := map[any]bool{}
	streams := map[string]*connector.Stream{}
	for _, s := range connector.Streams() {
		streams[s.Name] = s
	}
	b := streams["boards"]
	for _, r := range m.tables["boards"] {
		if r.row[b.At("access")] == "lost" {
			lost[r.row[b.At("id")]] = true
		}
	}
	for name, fields := range map[string]string{
		"users": "name email title?", "teams": "name", "team_members": "", "workspaces": "name", "folders": "name", "tags": "name", "boards": "name state",
		"groups": "title", "columns": "title type", "items": "name state board_id group_id? parent_item_id? updated_at", "column_values": "type text?",
		"updates": "item_id text_body likes", "replies": "update_id text_body", "activity_logs": "board_id event",
	} {
		s := streams[name]
		out[name] = table{}
		for _, r := range m.tables[name] {
			if r.deleted || name == "boards" && lost[r.row[s.At("id")]] || s.At("board_id") >= 0 && lost[r.row[s.At("board_id")]] {
				continue
			}
			if name == "workspaces" && r.row[s.At("state")] == "deleted" {
				continue
			}
			var list []any
			for _, f := range strings.Fields(fields) {
				f, opt := strings.CutSuffix(f, "?")
				v := r.row[s.At(f)]
				if v == nil && opt {
					v = ""
				}
				if t, ok := v.(time.Time); ok {
					v = t.UTC().Format(time.RFC3339)
				}
				if f == "likes" {
					var l []any
					raw, _ := v.(json.RawMessage)
					_ = json.Unmarshal(raw, &l)
					v = len(l)
				}
				list = append(list, v)
			}
			text, _ := json.Marshal(list)
			if list == nil {
				text = []byte("null")
			}
			key := keyOf(s, r.row)
			out[name][key] = string(text)
		}
	}
	return out
}
