package work

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// flat lays a table out, and fails on one that is not whole.
func flat(t testing.TB, tb table[int, int]) map[int]int {
	t.Helper()
	m := map[int]int{}
	var order []int
	for i, c := range tb.chunks {
		if len(c.keys) == 0 || len(c.keys) > chunkMax || len(c.keys) != len(c.vals) || tb.firsts[i] != c.keys[0] {
			t.Fatalf("chunk %d has %d keys, %d values, begins with %v", i, len(c.keys), len(c.vals), tb.firsts[i])
		}
		for j, k := range c.keys {
			m[k] = c.vals[j]
			order = append(order, k)
		}
	}
	if !slices.IsSorted(order) || len(order) != tb.len() || len(m) != len(order) || len(tb.firsts) != len(tb.chunks) {
		t.Fatalf("%d keys, %d distinct, %d counted, %d firsts for %d chunks", len(order), len(m), tb.len(), len(tb.firsts), len(tb.chunks))
	}
	up, down := slices.Collect(tb.all()), slices.Collect(tb.down())
	slices.Reverse(down)
	if !slices.Equal(up, down) || len(up) != len(order) {
		t.Fatal("all and down differ")
	}
	return m
}

// A table is as a map, and no version of it ever changes.
func TestTableIsAMap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		keys := 1 + rnd.IntN(3000)
		model, tb := map[int]int{}, table[int, int]{}
		if seed%2 == 0 { // from a bulk load
			var ks, vs []int
			for k := range keys {
				ks, vs = append(ks, k*2), append(vs, k)
				model[k*2] = k
			}
			tb = tableOf(ks, vs)
		}
		type version struct {
			tb table[int, int]
			m  map[int]int
		}
		var old []version
		for step := range 6000 {
			k := rnd.IntN(keys * 2)
			if step/1500%2 == 0 || rnd.IntN(4) == 0 {
				model[k], tb = step, tb.put(k, step)
			} else {
				delete(model, k)
				tb = tb.without(k)
			}
			if v, ok := tb.get(k); ok != (model[k] == v && mapHas(model, k)) {
				t.Fatalf("seed %d, step %d: key %d is %d, %v", seed, step, k, v, ok)
			}
			if step%500 == 0 {
				old = append(old, version{tb, maps.Clone(model)})
			}
		}
		old = append(old, version{tb, model})
		for i, v := range old {
			if diff := cmp.Diff(v.m, flat(t, v.tb)); diff != "" {
				t.Fatalf("seed %d, version %d: %s", seed, i, diff)
			}
		}
		for k := range model { // empty it
			tb = tb.without(k)
		}
		if tb.len() != 0 || len(flat(t, tb)) != 0 {
			t.Fatal("an emptied table is not empty")
		}
	}
}

func mapHas(m map[int]int, k int) bool { _, ok := m[k]; return ok }

// A run through a table is not disturbed by what is put into the variable meanwhile.
func TestTableRunWhileChanging(t *testing.T) {
	t.Parallel()
	for _, down := range []bool{false, true} {
		var tb table[int, int]
		for k := range 1000 {
			tb = tb.put(k, k)
		}
		each := tb.all()
		if down {
			each = tb.down()
		}
		n := 0
		for k := range each {
			tb = tb.without(k)
			n++
		}
		if n != 1000 || tb.len() != 0 {
			t.Errorf("down %v: saw %d, left %d", down, n, tb.len())
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte{1, 2, 3, 1, 255, 254})
	f.Fuzz(func(t *testing.T, script []byte) {
		model, tb := map[int]int{}, table[int, int]{}
		for i := 0; i+1 < len(script); i += 2 {
			k := int(script[i]) * 3
			switch op := script[i+1]; {
			case op < 100:
				model[k], tb = i, tb.put(k, i)
			case op < 160:
				delete(model, k)
				tb = tb.without(k)
			default: // a run of keys, to split chunks
				for j := range int(op) {
					model[k+j], tb = i, tb.put(k+j, i)
				}
			}
		}
		if diff := cmp.Diff(model, flat(t, tb)); diff != "" {
			t.Fatal(diff)
		}
	})
}
