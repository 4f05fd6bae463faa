package graphql

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// document is a parsed document with its literals and what is known of its fragments.
type document struct {
	ast       *ast.QueryDocument
	src       string
	literals  []literal
	slots     map[int]int // token to literal
	fragments map[string]*ast.FragmentDefinition
	at        *locator
}

func newDocument(doc *ast.QueryDocument, src string, l *lifted, at *locator) *document {
	d := &document{ast: doc, src: src, literals: l.literals, at: at}
	d.slots = make(map[int]int, len(l.literals))
	for i, lit := range l.literals {
		d.slots[int(lit.token)] = i
	}
	d.fragments = make(map[string]*ast.FragmentDefinition, len(doc.Fragments))
	for _, f := range doc.Fragments {
		if d.fragments[f.Name] == nil {
			d.fragments[f.Name] = f
		}
	}
	return d
}

// slot is the literal of a number or string.
func (d *document) slot(v *ast.Value) int { return d.slots[tokenOf(v.Position)] }

// text is the value of a number or string.
func (d *document) text(v *ast.Value) string { return d.literals[d.slot(v)].value(d.src) }

// size is what a selection amounts to when its fragments are put in place.
type size struct{ fields, depth int }

// maxCount is where counting stops; what is larger is too large for any limit.
const maxCount = 1 << 40

// measurer counts without expanding: each fragment is measured once, so that fragments which double
// each other cost no more than their text.
type measurer struct {
	doc  *document
	done map[string]size
	busy map[string]bool
}

func (m *measurer) set(set ast.SelectionSet) size {
	var total size
	for _, s := range set {
		var one size
		switch s := s.(type) {
		case *ast.Field:
			one = m.set(s.SelectionSet)
			one.fields++
			if len(s.SelectionSet) > 0 {
				one.depth++
			}
		case *ast.InlineFragment:
			one = m.set(s.SelectionSet)
		case *ast.FragmentSpread:
			one = m.fragment(s.Name)
		}
		total.fields = min(total.fields+one.fields, maxCount)
		total.depth = max(total.depth, one.depth)
	}
	return total
}

func (m *measurer) fragment(name string) size {
	if s, ok := m.done[name]; ok {
		return s
	}
	f := m.doc.fragments[name]
	if f == nil || m.busy[name] {
		return size{} // both are errors that validation reports
	}
	m.busy[name] = true
	s := m.set(f.SelectionSet)
	m.busy[name] = false
	m.done[name] = s
	return s
}

// measure checks the limits that fragments could get around, over all operations together.
func (d *document) measure(limits *Limits) *Error {
	m := measurer{doc: d, done: map[string]size{}, busy: map[string]bool{}}
	total := 0
	for _, op := range d.ast.Operations {
		s := m.set(op.SelectionSet)
		s.depth++
		total = min(total+s.fields, maxCount)
		if limits.Depth > 0 && s.depth > limits.Depth {
			return &Error{
				Message:   fmt.Sprintf("The document nests selections %d levels deep; the limit is %d.", s.depth, limits.Depth),
				Locations: d.at.tokens(tokenOf(op.Position)),
			}
		}
	}
	if limits.Fields > 0 && total > limits.Fields {
		return &Error{Message: fmt.Sprintf("The document selects more than %d fields with its fragments in place, which is the limit.", limits.Fields)}
	}
	return nil
}
