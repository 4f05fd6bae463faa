package graphql

import (
	"fmt"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// overlap is the rule that fields with one response name can be merged (specification 5.3.2).
//
// The pairwise algorithm is quadratic in the fields of one name. Being of the same shape, and having
// the same name and arguments, are equivalences: it is enough to hold each field against the first of
// its group. Groups are remembered by the fields in them, so fragments used in many places cost once.
type overlap struct {
	v     *validation
	done  map[string]bool
	found map[[2]*ast.Field]bool // pairs that were reported
}

// merged is a field in a group, with the field it was selected in where that is part of the group too.
type merged struct {
	*ast.Field
	in *merged
}

func newOverlap(v *validation) *overlap {
	return &overlap{v: v, done: map[string]bool{}, found: map[[2]*ast.Field]bool{}}
}

// document checks the operations; fragments that none of them reaches are mistakes already.
func (o *overlap) document() {
	for _, op := range o.v.doc.ast.Operations {
		o.full(o.collect([]*merged{{Field: &ast.Field{SelectionSet: op.SelectionSet}}}, true))
	}
}

// collect gathers the fields selected within the parents by response name, in order.
func (o *overlap) collect(parents []*merged, root bool) [][]*merged {
	index := map[string]int{}
	var groups [][]*merged
	seen := map[string]bool{}
	var add func(set ast.SelectionSet, in *merged)
	add = func(set ast.SelectionSet, in *merged) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				i, ok := index[s.Alias]
				if !ok {
					i = len(groups)
					index[s.Alias] = i
					groups = append(groups, nil)
				}
				groups[i] = append(groups[i], &merged{s, in})
			case *ast.InlineFragment:
				add(s.SelectionSet, in)
			case *ast.FragmentSpread:
				if f := o.v.doc.fragments[s.Name]; f != nil && !seen[s.Name] {
					seen[s.Name] = true
					add(f.SelectionSet, in)
				}
			}
		}
	}
	for _, p := range parents {
		in := p
		if root {
			in = nil
		}
		add(p.SelectionSet, in)
	}
	return groups
}

// known reports whether the group was looked at in the same way before.
func (o *overlap) known(mode byte, group []*merged) bool {
	key := make([]byte, 1, 1+8*len(group))
	key[0] = mode
	for _, f := range group {
		key = append(strconv.AppendInt(key, int64(tokenOf(f.Position)), 36), ' ')
	}
	if o.done[string(key)] {
		return true
	}
	o.done[string(key)] = true
	return false
}

// full checks fields that apply to the same objects.
func (o *overlap) full(groups [][]*merged) {
	for _, group := range groups {
		if o.known('f', group) {
			continue
		}
		classes := classify(group)
		for _, class := range classes {
			o.same(class)
		}
		o.shapes(group)
		for _, class := range classes {
			if hasSelection(class) {
				o.full(o.collect(class, false))
			}
		}
		if len(classes) > 1 && hasSelection(group) {
			o.shape(o.collect(group, false))
		}
	}
}

// shape checks fields that never apply to the same object, and must be alike in shape only.
func (o *overlap) shape(groups [][]*merged) {
	for _, group := range groups {
		if len(group) < 2 || o.known('s', group) {
			continue
		}
		o.shapes(group)
		if hasSelection(group) {
			o.shape(o.collect(group, false))
		}
	}
}

func hasSelection(group []*merged) bool {
	for _, f := range group {
		if len(f.SelectionSet) > 0 {
			return true
		}
	}
	return false
}

// classify splits a group into the classes of fields that one object can have: those selected on one
// object type, and with each of them those selected on interfaces and unions.
func classify(group []*merged) [][]*merged {
	var abstract []*merged
	var names []string
	concrete := map[string][]*merged{}
	for _, f := range group {
		if f.ObjectDefinition == nil || f.ObjectDefinition.Kind != ast.Object {
			abstract = append(abstract, f)
			continue
		}
		name := f.ObjectDefinition.Name
		if concrete[name] == nil {
			names = append(names, name)
		}
		concrete[name] = append(concrete[name], f)
	}
	if len(names) == 0 {
		return [][]*merged{abstract}
	}
	var out [][]*merged
	for _, name := range names {
		out = append(out, append(abstract[:len(abstract):len(abstract)], concrete[name]...))
	}
	return out
}

// shapes holds the types of a group's fields against the first one's.
func (o *overlap) shapes(group []*merged) {
	var model *merged
	for _, f := range group {
		switch {
		case f.Definition == nil:
		case model == nil:
			model = f
		case o.differ(model.Definition.Type, f.Definition.Type):
			o.conflict(model, f, fmt.Sprintf("they return conflicting types %q and %q",
				model.Definition.Type.String(), f.Definition.Type.String()))
		}
	}
}

func (o *overlap) differ(a, b *ast.Type) bool {
	if a.NonNull != b.NonNull || (a.Elem == nil) != (b.Elem == nil) {
		return true
	}
	if a.Elem != nil {
		return o.differ(a.Elem, b.Elem)
	}
	x, y := o.v.schema.ast.Types[a.NamedType], o.v.schema.ast.Types[b.NamedType]
	return x != nil && y != nil && (x.IsLeafType() || y.IsLeafType()) && x != y
}

// same holds the names and arguments of a class's fields against the first one's.
func (o *overlap) same(class []*merged) {
	for _, f := range class[1:] {
		switch {
		case f.Name != class[0].Name:
			o.conflict(class[0], f, fmt.Sprintf("%q and %q are different fields", class[0].Name, f.Name))
		case !o.sameArguments(class[0].Arguments, f.Arguments):
			o.conflict(class[0], f, "they have differing arguments")
		}
	}
}

// conflict reports two fields, from the fields inwards in which they are selected separately.
func (o *overlap) conflict(a, b *merged, reason string) {
	pair := [2]*ast.Field{a.Field, b.Field}
	if o.found[pair] {
		return
	}
	o.found[pair] = true
	left, right := lineage(a), lineage(b)
	for len(left) > 1 && len(right) > 1 && left[0].Field == right[0].Field {
		left, right = left[1:], right[1:]
	}
	for i := min(len(left), len(right)) - 1; i > 0; i-- {
		reason = fmt.Sprintf("subfields %q conflict because %s", left[i].Alias, reason)
	}
	var tokens []int
	for _, f := range left {
		tokens = append(tokens, tokenOf(f.Position))
	}
	for _, f := range right {
		tokens = append(tokens, tokenOf(f.Position))
	}
	o.v.report(fmt.Sprintf("Fields %q conflict because %s. Use different aliases on the fields to fetch both if this was intentional.",
		left[0].Alias, reason), tokens...)
}

// lineage is the field and those it is selected in, the outermost first.
func lineage(f *merged) []*merged {
	var out []*merged
	for ; f != nil; f = f.in {
		out = append([]*merged{f}, out...)
	}
	return out
}

func (o *overlap) sameArguments(a, b ast.ArgumentList) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		y := b.ForName(x.Name)
		if y == nil || !o.sameValue(x.Value, y.Value) {
			return false
		}
	}
	return true
}

// sameValue compares values. Literals that have to be equal are noted, for the plan of this document
// serves others with different literals.
func (o *overlap) sameValue(a, b *ast.Value) bool {
	if a.Kind != b.Kind || len(a.Children) != len(b.Children) {
		return false
	}
	switch a.Kind {
	case ast.IntValue, ast.FloatValue, ast.StringValue, ast.BlockValue:
		d := o.v.doc
		if d.text(a) != d.text(b) {
			return false
		}
		if i, j := d.slot(a), d.slot(b); i != j {
			o.v.equal = append(o.v.equal, [2]int{i, j})
		}
		return true
	case ast.ListValue:
		for i := range a.Children {
			if !o.sameValue(a.Children[i].Value, b.Children[i].Value) {
				return false
			}
		}
		return true
	case ast.ObjectValue:
		for _, x := range a.Children {
			if y := b.Children.ForName(x.Name); y == nil || !o.sameValue(x.Value, y) {
				return false
			}
		}
		return true
	}
	return a.Raw == b.Raw
}
