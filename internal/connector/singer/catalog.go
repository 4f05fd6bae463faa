package singer

import (
	"encoding/json"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// The inclusions, and the ways of replication.
const (
	automatic   = "automatic"
	available   = "available"
	unsupported = "unsupported"

	byBookmark = "INCREMENTAL"
	fullTable  = "FULL_TABLE"
)

// describe is the catalog's entry of a stream. Everything is chosen until somebody says otherwise.
func describe(st *connector.Stream) (catalogStream, error) {
	schema := emit.SchemaOf(st, emit.All)
	raw, err := json.Marshal(schema)
	if err != nil {
		return catalogStream{}, err
	}
	yes := true
	out := catalogStream{ID: st.Name, Stream: st.Name, Schema: raw, Key: st.Key, Metadata: []metadata{{
		Breadcrumb: []string{},
		Of: facts{Inclusion: available, Selected: &yes, ByDefault: &yes, Key: st.Key, Cursors: []string{emit.SyncedAt},
			Forced: byBookmark, Parent: emit.Parent(st.Name)},
	}}}
	field := func(name, inclusion string) {
		of := facts{Inclusion: inclusion}
		if inclusion == available {
			of.ByDefault = &yes
		}
		out.Metadata = append(out.Metadata, metadata{[]string{"properties", name}, of})
	}
	for _, f := range st.Fields {
		if emit.IsKey(st, f.Name) {
			field(f.Name, automatic)
		} else {
			field(f.Name, available)
		}
	}
	field(emit.SyncedAt, automatic)
	field(emit.DeletedAt, automatic)
	return out, nil
}

// choice is what is wanted of a stream.
type choice struct {
	fields map[string]bool // false for those that are not
	full   bool            // everything at every run
}

func (c choice) wants(field string) bool {
	wanted, said := c.fields[field]
	return wanted || !said
}

// choose reads a catalog: what of which stream is wanted. Without one it is everything.
func choose(file string) (map[string]choice, error) {
	chosen := map[string]choice{}
	if file == "" {
		for _, st := range connector.Streams() {
			chosen[st.Name] = choice{}
		}
		return chosen, nil
	}
	var c catalog
	if err := emit.ReadJSON("--catalog", file, &c); err != nil {
		return nil, &emit.ConfigError{Err: err}
	}
	known := map[string]bool{}
	for _, st := range connector.Streams() {
		known[st.Name] = true
	}
	for _, s := range c.Streams {
		name := s.ID
		if name == "" {
			name = s.Stream
		}
		ch, wanted := s.choice()
		switch {
		case !wanted:
		case !known[name]:
			return nil, &emit.ConfigError{Err: fmt.Errorf("--catalog: there is no stream %q; run --discover for those there are", name)}
		default:
			chosen[name] = ch
		}
	}
	if len(chosen) == 0 {
		return nil, &emit.ConfigError{Err: fmt.Errorf("--catalog: %s chooses no stream", file)}
	}
	return chosen, nil
}

// oldStyle is what catalogs said in the schema, before there was metadata.
type oldStyle struct {
	Selected   *bool               `json:"selected"`
	Properties map[string]oldStyle `json:"properties"`
}

// choice is what a user chose of a stream.
func (s *catalogStream) choice() (ch choice, wanted bool) {
	var old oldStyle
	_ = json.Unmarshal(s.Schema, &old) // a schema that says nothing, or is none, chooses nothing
	ch.fields = map[string]bool{}
	for name, p := range old.Properties {
		if p.Selected != nil {
			ch.fields[name] = *p.Selected
		}
	}
	of := facts{Selected: old.Selected}
	for _, m := range s.Metadata {
		switch {
		case len(m.Breadcrumb) == 0:
			if m.Of.Selected == nil {
				m.Of.Selected = of.Selected
			}
			of = m.Of
		case len(m.Breadcrumb) == 2 && m.Breadcrumb[0] == "properties":
			name := m.Breadcrumb[1]
			if v := said(m.Of); v != nil {
				ch.fields[name] = *v
			}
		}
	}
	ch.full = of.Method == fullTable
	v := said(of)
	return ch, v != nil && *v
}

// said is what is to be held of a choice: the user's word, and otherwise the catalog's.
func said(of facts) *bool {
	yes, no := true, false
	switch {
	case of.Inclusion == automatic:
		return &yes
	case of.Inclusion == unsupported:
		return &no
	case of.Selected != nil:
		return of.Selected
	}
	return of.ByDefault
}
