package work

import (
	"cmp"
	"iter"
	"slices"
)

// table is an ordered map that is never changed: put and without return a new one that shares all
// but one chunk with the old. Readers of an image therefore need no lock, and publishing a changed
// row costs the copying of one chunk and of the list of chunks (about 2 µs at 10,000 rows).
type table[K cmp.Ordered, V any] struct {
	firsts []K // chunks[i].keys[0], kept apart so that a search stays in one piece of memory
	chunks []*chunk[K, V]
	n      int
}

type chunk[K cmp.Ordered, V any] struct {
	keys []K
	vals []V
}

const chunkMax = 256

// tableOf builds a table from rows in ascending order of distinct keys.
func tableOf[K cmp.Ordered, V any](keys []K, vals []V) table[K, V] {
	t := table[K, V]{n: len(keys)}
	for len(keys) > 0 {
		n := min(len(keys), chunkMax*3/4) // room to grow before the first split
		t.firsts = append(t.firsts, keys[0])
		t.chunks = append(t.chunks, &chunk[K, V]{slices.Clone(keys[:n]), slices.Clone(vals[:n])})
		keys, vals = keys[n:], vals[n:]
	}
	return t
}

func (t *table[K, V]) len() int { return t.n }

// at finds the chunk that key belongs to.
func (t *table[K, V]) at(key K) int {
	lo, hi := 0, len(t.firsts)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); t.firsts[mid] <= key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return max(lo-1, 0)
}

func (t *table[K, V]) get(key K) (v V, ok bool) {
	if t.n == 0 {
		return v, false
	}
	c := t.chunks[t.at(key)]
	i, ok := slices.BinarySearch(c.keys, key)
	if !ok {
		return v, false
	}
	return c.vals[i], true
}

func (t *table[K, V]) put(key K, v V) table[K, V] {
	if t.n == 0 {
		return tableOf([]K{key}, []V{v})
	}
	at := t.at(key)
	old := t.chunks[at]
	i, found := slices.BinarySearch(old.keys, key)
	next := table[K, V]{n: t.n, firsts: t.firsts, chunks: slices.Clone(t.chunks)}
	if found {
		c := &chunk[K, V]{old.keys, slices.Clone(old.vals)}
		c.vals[i] = v
		next.chunks[at] = c
		return next
	}
	next.n++
	c := &chunk[K, V]{insert(old.keys, i, key), insert(old.vals, i, v)}
	if len(c.keys) <= chunkMax {
		next.chunks[at] = c
		if i == 0 {
			next.firsts = slices.Clone(t.firsts)
			next.firsts[at] = key
		}
		return next
	}
	// Keys mostly grow, so a full last chunk is left nearly full.
	half := len(c.keys) / 2
	if at == len(t.chunks)-1 {
		half = len(c.keys) * 7 / 8
	}
	left := &chunk[K, V]{c.keys[:half:half], c.vals[:half:half]}
	right := &chunk[K, V]{c.keys[half:], c.vals[half:]}
	next.chunks[at] = left
	next.chunks = slices.Insert(next.chunks, at+1, right)
	next.firsts = insert(t.firsts, at+1, right.keys[0])
	next.firsts[at] = left.keys[0]
	return next
}

func (t *table[K, V]) without(key K) table[K, V] {
	if t.n == 0 {
		return *t
	}
	at := t.at(key)
	old := t.chunks[at]
	i, found := slices.BinarySearch(old.keys, key)
	if !found {
		return *t
	}
	next := table[K, V]{n: t.n - 1, firsts: slices.Clone(t.firsts), chunks: slices.Clone(t.chunks)}
	if len(old.keys) == 1 {
		next.firsts = slices.Delete(next.firsts, at, at+1)
		next.chunks = slices.Delete(next.chunks, at, at+1)
		return next
	}
	c := &chunk[K, V]{remove(old.keys, i), remove(old.vals, i)}
	next.chunks[at] = c
	next.firsts[at] = c.keys[0]
	return next
}

// with is put, or without where the row is deleted.
func (t *table[K, V]) with(key K, v V, del bool) table[K, V] {
	if del {
		return t.without(key)
	}
	return t.put(key, v)
}

// all runs through the rows in ascending order of key.
// It runs through the table as it is now, whatever is put into the variable meanwhile.
func (t *table[K, V]) all() iter.Seq[V] {
	chunks := t.chunks
	return func(yield func(V) bool) {
		for _, c := range chunks {
			for _, v := range c.vals {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// after is all that come after key.
func (t *table[K, V]) after(key K) iter.Seq[V] {
	chunks := t.chunks
	if len(chunks) > 0 {
		chunks = chunks[t.at(key):]
	}
	return func(yield func(V) bool) {
		for n, c := range chunks {
			i := 0
			if n == 0 {
				var found bool
				if i, found = slices.BinarySearch(c.keys, key); found {
					i++
				}
			}
			for _, v := range c.vals[i:] {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// down is all in descending order of key.
func (t *table[K, V]) down() iter.Seq[V] {
	chunks := t.chunks
	return func(yield func(V) bool) {
		for _, c := range slices.Backward(chunks) {
			for _, v := range slices.Backward(c.vals) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// insert and remove copy: the old slice may be in use by readers.
func insert[T any](s []T, i int, v T) []T {
	out := make([]T, len(s)+1)
	copy(out, s[:i])
	out[i] = v
	copy(out[i+1:], s[i:])
	return out
}

func remove[T any](s []T, i int) []T {
	out := make([]T, len(s)-1)
	copy(out, s[:i])
	copy(out[i:], s[i+1:])
	return out
}
