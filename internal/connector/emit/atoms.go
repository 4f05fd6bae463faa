package emit

import "strconv"

// atoms gives every text a number, so that a row of an index is a few words: ids, which are nearly all
// texts there are, are their own number; others are kept once each.
type atoms struct {
	ids   map[string]uint64
	texts []string
}

// No atom is 0: that stands for a value that is null.
const null = 0

// of is the atom of a text.
func (a *atoms) of(text string) uint64 {
	if v, ok := a.known(text); ok {
		return v
	}
	if a.ids == nil {
		a.ids = map[string]uint64{}
	}
	v := uint64(len(a.texts))<<1 | 1
	a.ids[text] = v
	a.texts = append(a.texts, text)
	return v
}

// known is the atom of a text that an index may hold; one without an atom is in none.
func (a *atoms) known(text string) (uint64, bool) {
	if n, ok := decimal(text); ok {
		return (n + 1) << 1, true
	}
	v, ok := a.ids[text]
	return v, ok
}

func (a *atoms) text(v uint64) string {
	if isKept(v) {
		return a.texts[v>>1]
	}
	return strconv.FormatUint(v>>1-1, 10)
}

// isKept says that the atom's text is not a number.
func isKept(v uint64) bool { return v&1 == 1 }

// decimal reads a number that is written as FormatUint writes it, and no other.
func decimal(text string) (n uint64, ok bool) {
	if len(text) == 0 || len(text) > 18 || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	for i := range len(text) {
		d := text[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + uint64(d)
	}
	return n, true
}
