package connector

import (
	"regexp"
	"slices"
	"testing"
)

// TestStreams: what destinations and catalogs rely on.
func TestStreams(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, s := range Streams() {
		if seen[s.Name] || !name.MatchString(s.Name) || s.Doc == "" || len(s.Key) == 0 {
			t.Errorf("%s: seen before, badly named, without words or key", s.Name)
		}
		seen[s.Name] = true
		fields := map[string]bool{}
		for _, f := range s.Fields {
			if fields[f.Name] || !name.MatchString(f.Name) || f.Doc == "" || f.Type < Text || f.Type > JSON {
				t.Errorf("%s.%s: twice, badly named, without words or type", s.Name, f.Name)
			}
			fields[f.Name] = true
		}
		for _, k := range s.Key {
			if at := s.At(k); at < 0 || s.Fields[at].Type != Text {
				t.Errorf("%s: the key %s is no text", s.Name, k)
			}
			if len(s.Index) > 0 && !slices.Contains(s.Index, k) {
				t.Errorf("%s: the key %s is not in the index", s.Name, k)
			}
		}
		for _, f := range s.Index {
			if !fields[f] {
				t.Errorf("%s: %s is in the index and no field", s.Name, f)
			}
		}
		if at := s.At(s.Cursor); s.Cursor != "" && (at < 0 || s.Fields[at].Type != Time) {
			t.Errorf("%s: the cursor %s is no time", s.Name, s.Cursor)
		}
	}
	for i, f := range boardsStream.Fields {
		if boardsStream.Index[i] != f.Name {
			t.Errorf("the index of boards lacks %s at its place", f.Name)
		}
	}
	if len(seen) != 21 {
		t.Errorf("%d streams", len(seen))
	}
}
