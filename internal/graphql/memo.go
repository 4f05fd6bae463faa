package graphql

import (
	"hash/maphash"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/maypok86/otter/v2"
)

// selectionIdentity names a selection of a field whose encodings may be kept, whatever plan it is in.
type selectionIdentity struct {
	text string // "field{...}" with the type and version
	hash uint64
}

// newSelectionIdentity returns nil unless the field is Cached, without arguments, and selects nothing
// but pure fields of its object.
func newSelectionIdentity(version, object string, n *node, noArguments bool) *selectionIdentity {
	if n.field.introspective || !n.field.bind.Cached || n.field.bind.Batch != nil || !noArguments || n.deep {
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
	if len(text) > maxCanonical {
		return nil
	}
	return &selectionIdentity{text: text, hash: maphash.String(memoSeed, text)}
}

var memoSeed = maphash.MakeSeed()

// memoKey is which encoding of which object. The pointer keeps the object alive as long as the entry,
// so that no other can take its address.
type memoKey struct {
	typ, ptr unsafe.Pointer
	hash     uint64
	epoch    uint64
}

type memoEntry struct {
	text string
	json []byte
}

// memo keeps encodings, bounded in bytes.
type memo struct {
	cache *otter.Cache[memoKey, memoEntry]
}

const (
	memoOverhead = 200 // bytes an entry takes beside its JSON
	// Encodings shorter than memoWorth are made anew in less time than they are looked up; a node that
	// keeps meeting them gives up.
	memoWorth  = 256
	memoGiveUp = 32
	memoCredit = 8 // small ones that a large one makes up for
)

func newMemo(bytes int) *memo {
	if bytes <= 0 {
		return nil
	}
	return &memo{cache: otter.Must(&otter.Options[memoKey, memoEntry]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(_ memoKey, e memoEntry) uint32 { return uint32(len(e.json) + memoOverhead) },
	})}
}

// keyOf returns the key for obj, or false when it is not a pointer.
func keyOf(obj any, n *node, epoch uint64) (memoKey, bool) {
	if obj == nil || reflect.TypeOf(obj).Kind() != reflect.Pointer {
		return memoKey{}, false
	}
	words := (*[2]unsafe.Pointer)(unsafe.Pointer(&obj)) // type and address of an interface holding a pointer
	return memoKey{words[0], words[1], n.memo.hash, epoch}, true
}

// memoizes reports whether the encoding of n on this run may be kept or looked up.
func (r *runner) memoizes(n *node) bool {
	return n.memo != nil && r.c.Epoch != 0 && !r.filling && r.e.memo != nil &&
		atomic.LoadInt32(&n.small) < memoGiveUp && (r.c.Allow == nil || !n.scoped())
}

// memoized encodes n through the memo.
func (r *runner) memoized(dst []byte, n *node, obj any) ([]byte, bool) {
	key, ok := keyOf(obj, n, r.c.Epoch)
	if !ok {
		return r.resolved(dst, n, obj, nil)
	}
	if e, found := r.e.memo.cache.GetIfPresent(key); found && e.text == n.memo.text {
		return append(dst, e.json...), true
	}
	mark, failed := len(dst), r.failed
	r.filling = true
	dst, ok = r.resolved(dst, n, obj, nil)
	r.filling = false
	if !ok || r.failed != failed || r.fatal != nil {
		return dst, ok
	}
	if len(dst)-mark < memoWorth {
		atomic.AddInt32(&n.small, 1)
		return dst, true
	}
	if atomic.LoadInt32(&n.small) > 0 {
		atomic.AddInt32(&n.small, -memoCredit)
	}
	r.e.memo.cache.Set(key, memoEntry{n.memo.text, append([]byte(nil), dst[mark:]...)})
	return dst, true
}
