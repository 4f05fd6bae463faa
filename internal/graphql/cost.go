package graphql

import "math"

// Costs are estimated before anything runs: an object field costs
// n × (weight + what is selected of each element), a scalar its weight.
const (
	objectWeight   = 10
	mutationWeight = 10
	scalarWeight   = 1
	assumedLength  = 25 // of a list that says nothing of its length
)

// cost works out what it can of the plan's cost. What depends on arguments is left to estimate.
func (c *compiler) cost(p *objectPlan, mutation bool) {
	for i := range p.nodes {
		n := &p.nodes[i]
		if n.dynamicCost(c.plan) {
			p.dynamic, c.plan.dynamic = true, true
			return
		}
		p.cost = addCost(p.cost, n.cost(c.plan, nil, nil, mutation))
	}
}

func (n *node) free() bool {
	return n.field == nil || n.field.introspective || n.composite() && n.field.meta.hasWeight && n.field.meta.weight == 0
}

func (n *node) composite() bool { return n.single != nil || n.types != nil }

func (n *node) dynamicCost(p *plan) bool {
	if n.free() || !n.composite() {
		return false
	}
	if len(n.field.meta.by) > 0 && n.args >= 0 && !p.argsets[n.args].static {
		return true
	}
	if n.single != nil {
		return n.single.dynamic
	}
	for _, t := range n.types {
		if t.dynamic {
			return true
		}
	}
	return false
}

// cost is the cost of one field. args and costs are of this run, or nil where nothing depends on them.
func (n *node) cost(p *plan, args []Args, costs []int, mutation bool) int {
	if n.free() {
		return 0
	}
	m := &n.field.meta
	weight := m.weight
	if !m.hasWeight {
		weight = scalarWeight
		if n.composite() {
			weight = objectWeight
		}
		if mutation {
			weight = mutationWeight
		}
	}
	if !n.composite() {
		return weight
	}
	below := 0
	if n.single != nil {
		below = n.single.costOf(costs)
	}
	for _, t := range n.types { // an element is of one type; the dearest counts
		below = max(below, t.costOf(costs))
	}
	return multiplyCost(n.length(p, args), addCost(weight, below))
}

func (p *objectPlan) costOf(costs []int) int {
	if p.dynamic && costs != nil {
		return costs[p.id]
	}
	return p.cost
}

// length is how many elements the estimate counts.
func (n *node) length(p *plan, args []Args) int {
	m := &n.field.meta
	if n.args >= 0 && len(m.by) > 0 {
		a := p.argsets[n.args].args
		if args != nil {
			a = args[n.args]
		}
		for _, by := range m.by {
			switch v, _ := a.Get(by); v := v.(type) {
			case []any:
				return len(v)
			case int64:
				return int(max(v, 0))
			}
		}
	}
	switch {
	case m.assumed >= 0:
		return m.assumed
	case n.field.out.elem == nil:
		return 1
	}
	return assumedLength
}

// estimate is the cost of the whole plan with the arguments of one run.
func (p *plan) estimate(args []Args, mutation bool) int {
	if !p.dynamic {
		return p.root.cost
	}
	costs := make([]int, len(p.objects))
	for _, o := range p.objects {
		if !o.dynamic {
			continue
		}
		for i := range o.nodes {
			costs[o.id] = addCost(costs[o.id], o.nodes[i].cost(p, args, costs, mutation && o == p.root))
		}
	}
	return costs[p.root.id]
}

func addCost(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

func multiplyCost(a, b int) int {
	if a != 0 && b > math.MaxInt/a {
		return math.MaxInt
	}
	return a * b
}
