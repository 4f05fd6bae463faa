package work

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold brings a name to the form under which names are compared: lower case, without the accents of
// Latin letters, single spaces.
func fold(s string) string { return string(appendFold(nil, s)) }

// appendFold is fold into a buffer: a search folds every name there is.
func appendFold(b []byte, s string) []byte {
	start, space := len(b), false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = len(b) > start
			continue
		}
		if r >= utf8.RuneSelf && unicode.In(r, unicode.Mn, unicode.Cf) { // combining accents; what only steers how text is shown
			continue
		}
		if space {
			b = append(b, ' ')
			space = false
		}
		if 'a' <= r && r <= 'z' {
			b = append(b, byte(r))
			continue
		}
		r = unicode.ToLower(r)
		if plain, ok := unaccented[r]; ok {
			b = append(b, plain...)
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

var unaccented = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ł': "l", 'þ': "th", 'ð': "d", 'ı': "i"}
	for plain, accented := range map[string]string{
		"a": "àáâãäåāăąǎạảấầẩẫậắằẳẵặ", "c": "çćĉċč", "d": "ď", "e": "èéêëēĕėęěẹẻẽếềểễệ", "g": "ĝğġģ", "h": "ĥħ", "i": "ìíîïĩīĭįǐỉị", "j": "ĵ", "k": "ķ",
		"l": "ĺļľŀ", "n": "ñńņňŋ", "o": "òóôõöōŏőǒơọỏốồổỗộớờởỡợ", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťŧț", "u": "ùúûüũūŭůűųǔưụủứừửữự", "w": "ŵ", "y": "ýÿŷỳỵỷỹ", "z": "źżž",
	} {
		for _, r := range accented {
			m[r] = plain
		}
	}
	return m
}()

// fuzzy returns a test for names near to the query: each of its words must be in the name, as part of
// a word or as a word with a slip of the pen (one in a word of four to seven letters, two in a longer
// one). The test is not safe for concurrent use.
func fuzzy(query string) func(name string) bool {
	if utf8.RuneCountInString(query) > nameMax { // longer than any name, and would cost as much as it is long
		return func(string) bool { return false }
	}
	type word struct {
		text  []byte
		runes []rune
	}
	var words []word
	for _, w := range distinctInOrder(strings.Fields(fold(query))) {
		words = append(words, word{[]byte(w), []rune(w)})
	}
	var buf []byte
	return func(name string) bool {
		buf = appendFold(buf[:0], name)
		for _, w := range words {
			if !bytes.Contains(buf, w.text) && !nearWord(buf, w.runes) {
				return false
			}
		}
		return true
	}
}

// nearWord reports whether one of the words of a folded name is want but for slips.
func nearWord(name []byte, want []rune) bool {
	slips := 0
	switch n := len(want); {
	case n > nearMax:
		return false
	case n >= 8:
		slips = 2
	case n >= 4:
		slips = 1
	default:
		return false
	}
	var letters [nearMax]rune
	for w := range bytes.FieldsSeq(name) {
		n := 0
		for len(w) > 0 && n < nearMax {
			r, size := utf8.DecodeRune(w)
			letters[n], w = r, w[size:]
			n++
		}
		if len(w) == 0 && near(letters[:n], want, slips) {
			return true
		}
	}
	return false
}

// nearMax bounds the words in which slips are looked for.
const nearMax = 64

// near reports whether a becomes b by at most n insertions, deletions, replacements or swaps of
// neighbours. Neither is longer than nearMax.
func near(a, b []rune, n int) bool {
	if len(a)-len(b) > n || len(b)-len(a) > n {
		return false
	}
	var rows [3][nearMax + 1]int
	prev2, prev, cur := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
			best = min(best, cur[j])
		}
		if best > n+1 { // a swap looks back two rows, so one row too far does not decide
			return false
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)] <= n
}
