package graphql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// compiler turns a valid operation into a plan, for one outcome of its conditions.
type compiler struct {
	p     *program
	plan  *plan
	truth map[string]bool // of the variables in @skip and @include
	value valueCompiler
	sets  map[string]int // argsets by type and token
	done  map[string]*objectPlan
	scope map[string]int
	limit int
}

// maxNodes bounds plans whatever Limits say. Selections on interfaces are compiled once for each
// possible type, so a plan can be larger than the selected fields.
const (
	maxNodes     = 1 << 20
	nodesPerItem = 64
)

// tooLarge is what compiling panics with when the plan exceeds its bound.
type tooLarge struct{}

func (p *program) compile(truth map[string]bool, limits *Limits) (out *plan, err *Error) {
	c := &compiler{
		p: p, plan: &plan{}, truth: truth, limit: maxNodes,
		sets: map[string]int{}, done: map[string]*objectPlan{}, scope: map[string]int{},
	}
	if limits.Fields > 0 {
		c.limit = min(maxNodes, limits.Fields*nodesPerItem)
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(tooLarge); !ok {
				panic(r)
			}
			out, err = nil, &Error{Message: fmt.Sprintf("The document selects too many fields on too many possible types: more than %d, which is the limit.", c.limit)}
		}
	}()
	c.value = p.values()
	c.value.typed = func(int, *inNamed) {} // they are, and other goroutines read them
	c.plan.root = c.object(p.rootType(), []*ast.Field{{SelectionSet: p.op.SelectionSet}}, true, nil)
	return c.plan, nil
}

func (p *program) rootType() *object {
	if p.kind == ast.Mutation {
		return p.schema.objects[p.schema.ast.Mutation.Name]
	}
	return p.schema.objects[p.schema.ast.Query.Name]
}

// values compiles the values in the program's document.
func (p *program) values() valueCompiler {
	return valueCompiler{
		slot:     p.doc.slot,
		variable: func(name string) int { return p.index[name] },
		typed:    func(i int, named *inNamed) { p.slots[i] = slot{used: true, named: named} },
	}
}

// group is the fields of one response name.
type group struct {
	alias  string
	fields []*ast.Field
}

// collect is the specification's CollectFields for one object type.
func (c *compiler) collect(o *object, parents []*ast.Field) []*group {
	var groups []*group
	index := map[string]*group{}
	seen := map[string]bool{}
	var add func(set ast.SelectionSet)
	add = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				if !c.included(s.Directives) {
					continue
				}
				g := index[s.Alias]
				if g == nil {
					g = &group{alias: s.Alias}
					index[s.Alias] = g
					groups = append(groups, g)
				}
				g.fields = append(g.fields, s)
			case *ast.InlineFragment:
				if c.included(s.Directives) && (s.TypeCondition == "" || c.applies(o, s.TypeCondition)) {
					add(s.SelectionSet)
				}
			case *ast.FragmentSpread:
				if seen[s.Name] || !c.included(s.Directives) {
					continue
				}
				seen[s.Name] = true
				if f := c.p.doc.fragments[s.Name]; f != nil && c.applies(o, f.TypeCondition) {
					add(f.SelectionSet)
				}
			}
		}
	}
	for _, f := range parents {
		add(f.SelectionSet)
	}
	return groups
}

func (c *compiler) applies(o *object, condition string) bool {
	def := c.p.schema.ast.Types[condition]
	return def != nil && slices.Contains(c.p.schema.possible(def), o.def)
}

func (c *compiler) included(dirs ast.DirectiveList) bool {
	for _, d := range dirs {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		v := d.Arguments.ForName("if").Value
		holds := v.Raw == "true"
		if v.Kind == ast.Variable {
			holds = c.truth[v.Raw]
		}
		if holds == (d.Name == "skip") {
			return false
		}
	}
	return true
}

// object compiles the selections of the parents on one object type. Equal ones share their plan. like
// is what is known from other possible types of an interface or union; nil where there are none.
func (c *compiler) object(o *object, parents []*ast.Field, root bool, like *alike) *objectPlan {
	key := identity(o.name, parents)
	if p := c.done[key]; p != nil && !root {
		return p
	}
	p := &objectPlan{name: o.name}
	first, groups := like.of(c, o)
	if first == nil {
		groups = c.collect(o, parents)
	}
	if c.plan.nodes += len(groups); c.plan.nodes > c.limit {
		panic(tooLarge{})
	}
	p.nodes, p.steps = make([]node, len(groups)), make([]step, len(groups))
	for i, g := range groups {
		if first == nil || !c.copied(&p.nodes[i], &p.steps[i], o, first, i) {
			c.node(&p.nodes[i], &p.steps[i], o, g, i == 0)
		}
		if n := &p.nodes[i]; n.deep || n.field != nil && n.field.bind.Batch != nil {
			n.pre = p.pre
			p.pre++
		}
		p.scoped = p.scoped || p.nodes[i].scoped
	}
	p.canonical = canonical(p)
	if !c.p.schema.transient[o.name] {
		p.memo = objectIdentity(c.p.schema.version, p)
	}
	p.id = len(c.plan.objects)
	c.plan.objects = append(c.plan.objects, p)
	c.cost(p, root && c.p.kind == ast.Mutation)
	c.done[key] = p
	like.add(c, o, groups, p)
	return p
}

// alike is what possible types of an interface or union have in common: where the same fragments apply
// to two of them, they have the same fields selected.
type alike struct {
	conditions []string // of the fragments
	plans      map[string]alikePlan
}

type alikePlan struct {
	plan   *objectPlan
	groups []*group
}

// alike looks for the conditions of the fragments in the selections of the parents.
func (c *compiler) alike(parents []*ast.Field) *alike {
	a := &alike{plans: map[string]alikePlan{}}
	seen := map[string]bool{}
	var look func(set ast.SelectionSet)
	look = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.InlineFragment:
				a.condition(s.TypeCondition)
				look(s.SelectionSet)
			case *ast.FragmentSpread:
				if f := c.p.doc.fragments[s.Name]; f != nil && !seen[s.Name] {
					seen[s.Name] = true
					a.condition(f.TypeCondition)
					look(f.SelectionSet)
				}
			}
		}
	}
	for _, f := range parents {
		look(f.SelectionSet)
	}
	return a
}

func (a *alike) condition(name string) {
	if name != "" && !slices.Contains(a.conditions, name) {
		a.conditions = append(a.conditions, name)
	}
}

// key tells which of the conditions hold for a type.
func (a *alike) key(c *compiler, o *object) string {
	holds := make([]byte, len(a.conditions))
	for i, name := range a.conditions {
		if c.applies(o, name) {
			holds[i] = 1
		}
	}
	return string(holds)
}

// of is the plan of a type that has the same fields selected, and what they are; nil where there is none yet.
func (a *alike) of(c *compiler, o *object) (*objectPlan, []*group) {
	if a == nil {
		return nil, nil
	}
	p := a.plans[a.key(c, o)]
	return p.plan, p.groups
}

func (a *alike) add(c *compiler, o *object, groups []*group, p *objectPlan) {
	if a == nil {
		return
	}
	if key := a.key(c, o); a.plans[key].plan == nil {
		a.plans[key] = alikePlan{p, groups}
	}
}

// copied makes a node of what the same field is on another type, which is possible for scalars and
// enums without arguments and scopes.
func (c *compiler) copied(n *node, s *step, o *object, from *objectPlan, i int) bool {
	src := &from.nodes[i]
	if src.field == nil || src.composite() {
		return false
	}
	f := o.fields[src.field.def.Name]
	if len(f.args) > 0 || f.meta.scope != "" || src.args >= 0 || src.scope >= 0 {
		return false
	}
	*n = node{field: f, alias: src.alias, tokens: src.tokens, args: -1, scope: -1, pre: -1}
	*s = step{key: from.steps[i].key, append: f.bind.Append}
	if !c.p.schema.transient[o.name] {
		n.memo = fieldIdentity(c.p.schema.version, o.name, n, true)
	}
	return true
}

// identity names the selections of fields on a type, by where the fields are in the document.
func identity(name string, fields []*ast.Field) string {
	b := append([]byte(name), ' ')
	for _, f := range fields {
		b = append(strconv.AppendInt(b, int64(tokenOf(f.Position)), 36), ' ')
	}
	return string(b)
}

func (c *compiler) node(n *node, s *step, o *object, g *group, first bool) {
	sep := byte(',')
	if first {
		sep = '{'
	}
	s.key = append(AppendString([]byte{sep}, g.alias), ':')
	n.alias, n.args, n.scope, n.pre = g.alias, -1, -1, -1
	for _, f := range g.fields {
		n.tokens = append(n.tokens, tokenOf(f.Position))
	}
	f := g.fields[0]
	if f.Name == "__typename" {
		s.key = AppendString(s.key, o.name)
		s.append = func(dst []byte, _ any) []byte { return dst }
		return
	}
	n.field = o.fields[f.Name]
	if len(n.field.args) > 0 {
		n.args = c.argset(n.field, f)
	}
	if n.field.meta.scope != "" {
		n.scope = c.scopeIndex(n.field.meta.scope)
	} else {
		s.append = n.field.bind.Append
	}
	c.selection(n, g.fields)
	n.scoped = n.asks()
	n.memo = fieldIdentity(c.p.schema.version, o.name, n, len(f.Arguments) == 0)
	n.passing = c.p.schema.transient[o.name] && n.field.bind.Moment == nil
}

// asks reports whether the field or anything below it asks for a right.
func (n *node) asks() bool {
	if n.scope >= 0 || n.single != nil && n.single.scoped {
		return true
	}
	for _, p := range n.types {
		if p.scoped {
			return true
		}
	}
	return false
}

func (c *compiler) selection(n *node, fields []*ast.Field) {
	leaf := n.field.out
	for leaf.elem != nil {
		leaf = leaf.elem
	}
	switch leaf.kind {
	case outObject:
		n.single = c.object(c.p.schema.objects[leaf.name], fields, false, nil)
		n.deep = n.single.pre > 0
	case outAbstract:
		possible := c.p.schema.possible(leaf.def)
		like := c.alike(fields)
		n.types = make(map[string]*objectPlan, len(possible))
		for _, t := range possible {
			p := c.object(c.p.schema.objects[t.Name], fields, false, like)
			n.types[t.Name] = p
			n.deep = n.deep || p.pre > 0
		}
	}
}

func (c *compiler) scopeIndex(scope string) int {
	i, ok := c.scope[scope]
	if !ok {
		i = len(c.plan.scopes)
		c.scope[scope] = i
		c.plan.scopes = append(c.plan.scopes, scope)
	}
	return i
}

func (c *compiler) argset(f *field, node *ast.Field) int {
	key := identity(f.object, []*ast.Field{node})
	if i, ok := c.sets[key]; ok {
		return i
	}
	a := argset{field: f, values: make([]*valueNode, len(f.args)), tokens: make([]int, len(f.args)), static: true}
	for i := range f.args {
		if given := node.Arguments.ForName(f.args[i].name); given != nil {
			a.values[i] = c.value.node(given.Value, f.args[i].typ)
			a.tokens[i] = tokenOf(given.Value.Position)
			a.static = a.static && a.values[i].constant()
			a.variables = a.variables || a.values[i].usesVariables()
		}
	}
	if a.static {
		n := len(f.args)
		a.args, _ = a.eval(&environment{}, make([]any, n), make([]bool, n))
	}
	c.plan.argsets = append(c.plan.argsets, a)
	c.sets[key] = len(c.plan.argsets) - 1
	return len(c.plan.argsets) - 1
}

// maxCanonical bounds the text that identifies a selection whose encodings are kept. An interface may
// have dozens of possible types, and the text names the selection on each.
const maxCanonical = 16 << 10

// canonical is the text of a selection when everything in it may be kept, else "".
func canonical(p *objectPlan) string {
	var b strings.Builder
	b.WriteString(p.name + "{")
	for i := range p.nodes {
		n := &p.nodes[i]
		b.WriteString(n.alias + ":")
		switch {
		case n.field == nil:
			b.WriteString("__typename")
		case n.field.introspective:
			return ""
		case n.field.bind.Append != nil:
			b.WriteString(n.field.def.Name)
		case n.memo != nil && n.field.bind.Moment == nil:
			b.WriteString(n.memo.text)
		default:
			return ""
		}
		b.WriteByte(' ')
		if b.Len() > maxCanonical {
			return ""
		}
	}
	return b.String() + "}"
}
