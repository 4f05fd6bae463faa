package work

import (
	"slices"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// tally is what a function of many items keeps of a group.
type tally struct {
	n           int
	sum, lost   float64 // lost is what the sum has lost in rounding
	least, most column.Operand
	all         []float64
	seen        map[column.Operand]struct{}
	first       *firstOf
}

// firstOf is a value, and the place of the item that has it.
type firstOf struct {
	at    hit
	value column.Operand
}

// total is a function of many items.
type total struct {
	items bool            // it counts items and needs no parameter
	reads column.Function // what it reads of a parameter that is a column
	takes column.Sorts
	add   func(a *aggregation, t *tally, o column.Operand, at *hit)
	// result is what comes of it; where there was no value that is nothing.
	result func(t *tally) Aggregated
}

const (
	anyValue = column.SortNumber | column.SortText | column.SortTruth | column.SortDate
	ordered  = column.SortNumber | column.SortDate
)

// totals are the functions of many items.
var totals = map[column.Function]total{
	"COUNT_ITEMS":          {items: true, result: counted},
	"COUNT_SUBITEMS":       {items: true, add: addUp, result: summed},
	"COUNT":                {takes: anyValue, reads: column.Plain, add: addCount, result: counted},
	"COUNT_DISTINCT":       {takes: anyValue, reads: column.Plain, add: addDistinct, result: distinctCounted},
	column.CountKeys:       {takes: column.SortNumber, reads: column.CountKeys, add: addUp, result: summed},
	column.DurationRunning: {takes: column.SortNumber, reads: column.DurationRunning, add: addUp, result: summedSome},
	"SUM":                  {takes: column.SortNumber, reads: column.Plain, add: addUp, result: summedSome},
	"AVERAGE":              {takes: column.SortNumber, reads: column.Plain, add: addUp, result: averaged},
	"MEDIAN":               {takes: column.SortNumber, reads: column.Plain, add: addToAll, result: median},
	"MIN":                  {takes: ordered, reads: column.Plain, add: addEnds, result: func(t *tally) Aggregated { return Aggregated{Value: t.least} }},
	"MAX":                  {takes: ordered, reads: column.Plain, add: addEnds, result: func(t *tally) Aggregated { return Aggregated{Value: t.most} }},
	"MIN_MAX":              {takes: ordered, reads: column.Plain, add: addEnds, result: ends},
	"FIRST":                {takes: anyValue, reads: column.Plain, add: addFirst, result: firstFound},
}

func addCount(_ *aggregation, t *tally, o column.Operand, _ *hit) {
	if o.Says() {
		t.n++
	}
}

func addDistinct(_ *aggregation, t *tally, o column.Operand, _ *hit) {
	if !o.Says() {
		return
	}
	if t.seen == nil {
		t.seen = map[column.Operand]struct{}{}
	}
	t.seen[o] = struct{}{}
}

// addUp sums without losing what single additions round away.
func addUp(_ *aggregation, t *tally, o column.Operand, _ *hit) {
	f, ok := o.Number()
	if !ok {
		return
	}
	t.n++
	sum := t.sum + f
	if max(t.sum, -t.sum) >= max(f, -f) {
		t.lost += (t.sum - sum) + f
	} else {
		t.lost += (f - sum) + t.sum
	}
	t.sum = sum
}

func addToAll(_ *aggregation, t *tally, o column.Operand, _ *hit) {
	if f, ok := o.Number(); ok {
		t.all = append(t.all, f)
	}
}

func addEnds(_ *aggregation, t *tally, o column.Operand, _ *hit) {
	f, ok := o.Number()
	if !ok {
		return
	}
	if least, ok := t.least.Number(); !ok || f < least {
		t.least = o
	}
	if most, ok := t.most.Number(); !ok || f > most {
		t.most = o
	}
}

func addFirst(a *aggregation, t *tally, o column.Operand, at *hit) {
	if o.Says() && (t.first == nil || a.f.compare(at, &t.first.at) < 0) {
		t.first = &firstOf{*at, o}
	}
}

func numberOf(f float64) Aggregated {
	return Aggregated{Value: column.Rounded(f)}
}

func counted(t *tally) Aggregated { return numberOf(float64(t.n)) }

func distinctCounted(t *tally) Aggregated { return numberOf(float64(len(t.seen))) }

func summed(t *tally) Aggregated { return numberOf(t.sum + t.lost) }

// summedSome is nothing where there was nothing to add, as in SQL.
func summedSome(t *tally) Aggregated {
	if t.n == 0 {
		return Aggregated{}
	}
	return summed(t)
}

func averaged(t *tally) Aggregated {
	if t.n == 0 {
		return Aggregated{}
	}
	return numberOf((t.sum + t.lost) / float64(t.n))
}

func median(t *tally) Aggregated {
	n := len(t.all)
	if n == 0 {
		return Aggregated{}
	}
	slices.Sort(t.all)
	if n%2 == 1 {
		return numberOf(t.all[n/2])
	}
	return numberOf(t.all[n/2-1]/2 + t.all[n/2]/2)
}

func ends(t *tally) Aggregated {
	if t.least.Nothing() {
		return Aggregated{}
	}
	return Aggregated{Value: t.least, Most: &t.most}
}

func firstFound(t *tally) Aggregated {
	if t.first == nil {
		return Aggregated{}
	}
	return Aggregated{Value: t.first.value}
}
