package graphql

import (
	"hash/maphash"
	"math/bits"
	"reflect"
	"sync/atomic"
	"unsafe"
)

// selectionIdentity names a selection whose encodings may be kept, whatever plan it is in.
type selectionIdentity struct {
	text string // "field{...}" or "Type{...}", with the version
	hash uint64
	pure bool // made of Append fields alone: the encoding depends on the object, not on the epoch
	// heavy: the object counts as much as its encoding
	heavy bool
}

func identify(text string, pure bool) *selectionIdentity {
	if len(text) > maxCanonical {
		return nil
	}
	return &selectionIdentity{text: text, hash: maphash.String(memoSeed, text), pure: pure}
}

var memoSeed = maphash.MakeSeed()

// fieldIdentity returns nil unless the field is Cached, without arguments, and selects nothing but
// what may be kept.
func fieldIdentity(version, object string, n *node, noArguments bool) *selectionIdentity {
	if n.field.introspective || !n.field.bind.Cached && n.field.bind.Moment == nil || n.field.bind.Batch != nil || !noArguments || n.deep {
		return nil
	}
	text := version + " " + object + "." + n.field.def.Name
	if n.single != nil {
		if n.single.canonical == "" {
			return nil
		}
		text += n.single.canonical
	}
	for _, name := range sortedKeys(n.types) {
		if n.types[name].canonical == "" {
			return nil
		}
		text += n.types[name].canonical
	}
	s := identify(text, false)
	if s != nil {
		s.heavy = n.field.bind.Moment != nil
	}
	return s
}

// keepFrom is how many pure fields make it worth to look an object's encoding up instead of making it.
const keepFrom = 3

// objectIdentity returns nil unless objects in lists are worth to be kept as a whole.
func objectIdentity(version string, p *objectPlan) *selectionIdentity {
	if p.canonical == "" {
		return nil
	}
	pure := true
	for i := range p.nodes {
		pure = pure && p.nodes[i].memo == nil
	}
	if pure && len(p.nodes) < keepFrom {
		return nil
	}
	return identify(version+" "+p.canonical, pure)
}

// memo keeps encodings of objects, bounded in bytes. An object and a selection have one place in it;
// what comes to the same place later takes it over. Reading takes no lock.
type memo struct {
	places []atomic.Pointer[memoEntry]
	shift  uint
	most   int64
	bytes  atomic.Int64
	hand   atomic.Uint64 // where room is made next
	// epochs are those that were met lately. Only what is asked for a second time within an epoch is
	// kept, so that readers do not fill the memo in vain while the account is being changed.
	epochs [64]atomic.Uint64
}

// moment is what an encoding depends on beside its object: a snapshot, as a class of callers sees it.
// It is zero for pure selections.
type moment struct{ epoch, class uint64 }

// memoEntry is one encoding of one object. It keeps the object alive, so that no other can take its address.
type memoEntry struct {
	typ, ptr  unsafe.Pointer
	selection *selectionIdentity
	moment    moment
	json      []byte
	weight    int64
}

const (
	memoOverhead = 128 // bytes an entry takes beside its JSON
	memoAverage  = 512 // bytes that the number of places reckons with
	memoLargest  = 64  // no entry takes more than this part of the whole
)

func newMemo(most int) *memo {
	if most <= 0 {
		return nil
	}
	places := 1 << bits.Len(uint(most/memoAverage))
	return &memo{places: make([]atomic.Pointer[memoEntry], places), shift: uint(64 - bits.TrailingZeros(uint(places))), most: int64(most)}
}

// words are the type and address of an interface that holds a pointer.
func words(obj any) (typ, ptr unsafe.Pointer) {
	w := (*[2]unsafe.Pointer)(unsafe.Pointer(&obj))
	return w[0], w[1]
}

// spread is 2^64 divided by the golden ratio.
const spread = 0x9E3779B97F4A7C15

func (m *memo) place(ptr unsafe.Pointer, s *selectionIdentity) *atomic.Pointer[memoEntry] {
	return &m.places[((uint64(uintptr(ptr))^s.hash)*spread)>>m.shift]
}

// get returns the encoding that is kept, or nil.
func (m *memo) get(obj any, s *selectionIdentity, at moment) []byte {
	typ, ptr := words(obj)
	e := m.place(ptr, s).Load()
	if e == nil || e.ptr != ptr || e.typ != typ || e.moment != at || e.selection != s && e.selection.text != s.text {
		return nil
	}
	return e.json
}

// put keeps a copy of json.
func (m *memo) put(obj any, s *selectionIdentity, at moment, json []byte) {
	size := int64(len(json) + memoOverhead)
	if s.heavy {
		size += int64(len(json))
	}
	if size > m.most/memoLargest || reflect.TypeOf(obj).Kind() != reflect.Pointer {
		return
	}
	typ, ptr := words(obj)
	old := m.place(ptr, s).Swap(&memoEntry{typ, ptr, s, at, append([]byte(nil), json...), size})
	m.bytes.Add(size - old.size())
	for m.bytes.Load() > m.most {
		i := m.hand.Add(1) % uint64(len(m.places))
		m.bytes.Add(-m.places[i].Swap(nil).size())
	}
}

func (e *memoEntry) size() int64 {
	if e == nil {
		return 0
	}
	return e.weight
}

// again reports whether the moment was met before.
func (m *memo) again(at moment) bool {
	name := at.epoch ^ at.class*spread
	last := &m.epochs[name%uint64(len(m.epochs))]
	if last.Load() == name {
		return true
	}
	last.Store(name)
	return false
}

// moment is the one for which encodings of the selection are kept on this run; not ok when they are not.
func (r *runner) moment(s *selectionIdentity, scoped bool) (at moment, ok bool) {
	if s == nil || r.filling || r.e.memo == nil || scoped && r.c.Allow != nil {
		return moment{}, false
	}
	if s.pure {
		return moment{}, true
	}
	return moment{r.c.Epoch, r.c.Class}, r.c.Epoch != 0
}

// fieldMoment is moment for a field of obj.
func (r *runner) fieldMoment(n *node, obj any) (at moment, ok bool) {
	named := n.field.bind.Moment
	switch {
	case n.memo == nil || n.passing || obj == nil:
		return moment{}, false
	case named == nil:
		return r.moment(n.memo, n.scoped)
	case r.filling || r.e.memo == nil || n.scoped && r.c.Allow != nil:
		return moment{}, false
	}
	at.epoch, at.class, ok = named(r.c, obj)
	return at, ok
}

// memoized appends the encoding of obj that is kept, or makes it with encode and keeps it.
func (r *runner) memoized(dst []byte, obj any, s *selectionIdentity, at moment, encode func([]byte) ([]byte, bool)) ([]byte, bool) {
	m := r.e.memo
	if json := m.get(obj, s, at); json != nil {
		return append(dst, json...), true
	}
	if !s.pure && !m.again(at) {
		return encode(dst)
	}
	mark, failed := len(dst), r.failed
	r.filling = true
	dst, ok := encode(dst)
	r.filling = false
	if ok && r.failed == failed && r.fatal == nil {
		m.put(obj, s, at, dst[mark:])
	}
	return dst, ok
}
