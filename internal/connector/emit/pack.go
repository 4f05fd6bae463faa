package emit

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"sync"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// How an index is written into a state. Rows are sorted by board and key, and written column after column,
// since the values of a column are alike. A number is what it is more than the one before it, in the
// column's own unit (a second where no time is finer); those differences are cut into bytes, the first bytes
// of all rows standing together, where they compress well. The whole is deflated and in base64.

// pack is the text that stands for the index in a state.
func (x *index) pack() string {
	order := make([]int32, x.len())
	for i := range order {
		order[i] = int32(i)
	}
	sortBy := slices.Clone(x.key)
	if b := x.at("board_id"); b >= 0 && !slices.Contains(sortBy, b) {
		sortBy = slices.Insert(sortBy, 0, b)
	}
	slices.SortFunc(order, func(a, b int32) int {
		for _, c := range sortBy {
			if n := cmp.Compare(x.cols[c][a], x.cols[c][b]); n != 0 {
				return n
			}
		}
		return 0
	})
	out := binary.AppendUvarint(nil, uint64(len(order)))
	out = binary.AppendUvarint(out, uint64(len(x.cols)))
	values := make([]uint64, len(order))
	for c, name := range x.columns() {
		for n, i := range order {
			values[n] = x.cols[c][i]
		}
		var text func(uint64) string
		if x.isText(c) {
			text = x.atoms.text
		}
		out = appendColumn(appendText(out, name), values, text)
	}
	return deflate(out)
}

// columns are the names under which columns are written.
func (x *index) columns() []string {
	var names []string
	for _, f := range x.fields {
		names = append(names, x.stream.Fields[f].Name)
	}
	return append(names, SyncedAt)
}

// The forms of a column.
const (
	formNumbers = iota // differences
	formFew            // places in a list of the numbers there are
	formTexts          // places in a list of the texts there are, in the order in which they come
)

func appendColumn(out []byte, values []uint64, text func(uint64) string) []byte {
	holes := make([]byte, (len(values)+7)/8)
	full := make([]uint64, 0, len(values))
	for i, v := range values {
		if v == null {
			holes[i/8] |= 1 << (i % 8)
		} else {
			full = append(full, v)
		}
	}
	if len(full) == len(values) {
		out = append(out, 0)
	} else {
		out = append(append(out, 1), holes...)
	}
	if text != nil && slices.ContainsFunc(full, isKept) {
		return appendTexts(append(out, formTexts), full, text)
	}
	plain := appendNumbers(nil, full)
	if few := appendFew(nil, full); len(few) < len(plain) {
		return append(append(out, formFew), few...)
	}
	return append(append(out, formNumbers), plain...)
}

// appendNumbers writes numbers by their differences in the greatest unit that divides all of these.
func appendNumbers(out []byte, values []uint64) []byte {
	if len(values) == 0 {
		return out
	}
	base, unit := slices.Min(values), uint64(0)
	for _, v := range values {
		unit = divisor(unit, v-base)
	}
	unit = max(unit, 1)
	out = binary.AppendUvarint(binary.AppendUvarint(out, base), unit)
	diffs, before, all := make([]uint64, len(values)), uint64(0), uint64(0)
	for i, v := range values {
		v = (v - base) / unit
		d := int64(v - before)
		diffs[i] = uint64(d<<1) ^ uint64(d>>63)
		all |= diffs[i]
		before = v
	}
	width := (bits.Len64(all) + 7) / 8
	out = append(out, byte(width))
	for shift := 8 * (width - 1); shift >= 0; shift -= 8 {
		for _, d := range diffs {
			out = append(out, byte(d>>shift))
		}
	}
	return out
}

func divisor(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// appendFew writes numbers by their places in a list, which is short where the same ones come again.
func appendFew(out []byte, values []uint64) []byte {
	list := slices.Compact(slices.Sorted(slices.Values(values)))
	places := make([]uint64, len(values))
	for i, v := range values {
		n, _ := slices.BinarySearch(list, v)
		places[i] = uint64(n)
	}
	out = binary.AppendUvarint(out, uint64(len(list)))
	return appendNumbers(appendNumbers(out, list), places)
}

func appendTexts(out []byte, values []uint64, text func(uint64) string) []byte {
	known := map[uint64]uint64{}
	var list []byte
	places := make([]uint64, len(values))
	for i, v := range values {
		n, ok := known[v]
		if !ok {
			n = uint64(len(known))
			known[v] = n
			list = appendText(list, text(v))
		}
		places[i] = n
	}
	out = binary.AppendUvarint(out, uint64(len(known)))
	return appendNumbers(append(out, list...), places)
}

func appendText(out []byte, text string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

// errColumns says that a state's index is of other columns than this program keeps.
var errColumns = errors.New("its index has other columns")

// unpack fills an empty index from what pack wrote.
func (x *index) unpack(packed string) error {
	raw, err := inflate(packed)
	if err != nil {
		return err
	}
	r := &reader{raw: raw}
	rows, names := int(r.uvarint()), x.columns()
	if r.uvarint() != uint64(len(names)) {
		return cmp.Or(r.err, errColumns)
	}
	if rows < 0 || rows > 1<<31-1 {
		return errCut
	}
	for c, name := range names {
		if r.text() != name {
			return cmp.Or(r.err, errColumns)
		}
		x.cols[c] = r.column(rows, x.isText(c), x.atoms)
	}
	if r.err != nil {
		return r.err
	}
	size := 16
	for 3*size < 4*(rows+1) {
		size *= 2
	}
	x.table = make([]int32, size)
	for i := range rows {
		if x.find(x.wordsAt(int32(i))) >= 0 {
			return errors.New("a row comes twice in its index")
		}
		x.enter(int32(i))
	}
	return nil
}

// isText says that a column's words are atoms.
func (x *index) isText(c int) bool {
	if c == x.readCol() {
		return false
	}
	t := x.stream.Fields[x.fields[c]].Type
	return t == connector.Text || t == connector.Date || t == connector.JSON
}

// errCut says that a packed text is not whole.
var errCut = errors.New("it is not whole")

// reader reads what was packed. After its first error it reads zeros.
type reader struct {
	raw []byte
	err error
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.raw)
	if n <= 0 {
		r.err, r.raw = cmp.Or(r.err, errCut), nil
		return 0
	}
	r.raw = r.raw[n:]
	return v
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.raw) {
		r.err, r.raw = cmp.Or(r.err, errCut), nil
		return nil
	}
	b := r.raw[:n]
	r.raw = r.raw[n:]
	return b
}

func (r *reader) text() string { return string(r.bytes(int(min(r.uvarint(), 1<<31-1)))) }

func (r *reader) column(rows int, isText bool, atoms *atoms) []uint64 {
	var holes []byte
	n := rows
	if b := r.bytes(1); b != nil && b[0] == 1 {
		holes = r.bytes((rows + 7) / 8)
		for _, h := range holes {
			n -= bits.OnesCount8(h)
		}
	}
	form := r.bytes(1)
	if r.err != nil || n < 0 {
		r.err = cmp.Or(r.err, errCut)
		return nil
	}
	var full []uint64
	switch form[0] {
	case formNumbers:
		full = r.numbers(n)
	case formFew:
		full = r.pick(r.numbers(r.count()), n)
	case formTexts:
		list := make([]uint64, 0, 16)
		for range r.count() {
			if list = append(list, atoms.of(r.text())); r.err != nil {
				return nil
			}
		}
		full = r.pick(list, n)
	default:
		r.err = errCut
	}
	if isText && form[0] != formTexts && slices.ContainsFunc(full, isKept) {
		r.err = cmp.Or(r.err, errCut)
	}
	if r.err != nil || holes == nil {
		return full
	}
	values := make([]uint64, rows)
	for i := range values {
		if holes[i/8]&(1<<(i%8)) == 0 {
			values[i], full = full[0], full[1:]
		}
	}
	return values
}

// count reads how many come; each of them takes a byte at least, or all of them none.
func (r *reader) count() int {
	n := r.uvarint()
	if n > 1<<31-1 {
		r.err, r.raw = cmp.Or(r.err, errCut), nil
		return 0
	}
	return int(n)
}

func (r *reader) pick(list []uint64, n int) []uint64 {
	places := r.numbers(n)
	for i, p := range places {
		if p >= uint64(len(list)) {
			r.err = cmp.Or(r.err, errCut)
			return nil
		}
		places[i] = list[p]
	}
	return places
}

func (r *reader) numbers(n int) []uint64 {
	if n == 0 || r.err != nil {
		return nil
	}
	base, unit := r.uvarint(), r.uvarint()
	w := r.bytes(1)
	if r.err != nil || w[0] > 8 || w[0] > 0 && n > len(r.raw) {
		r.err = cmp.Or(r.err, errCut)
		return nil
	}
	planes := r.bytes(int(w[0]) * n)
	if r.err != nil {
		return nil
	}
	values, before := make([]uint64, n), uint64(0)
	for i := range values {
		d := uint64(0)
		for p := range int(w[0]) {
			d = d<<8 | uint64(planes[p*n+i])
		}
		before += d>>1 ^ -(d & 1)
		values[i] = before*unit + base
	}
	return values
}

// deflaters are large; a checkpoint needs one for every stream.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.DefaultCompression) // the level is a good one
	return w
}}

func deflate(raw []byte) string {
	var out bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	_, _ = w.Write(raw) // a buffer takes everything
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

func inflate(packed string) ([]byte, error) {
	small, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, errCut
	}
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(small)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCut, err)
	}
	return raw, nil
}
