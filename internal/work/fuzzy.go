package work

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold brings a name to the form under which names are compared: lower case, without the accents of
// Latin letters, single spaces.
func fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if unicode.In(r, unicode.Mn, unicode.Cf) { // combining accents; what only steers how text is shown
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		r = unicode.ToLower(r)
		if plain, ok := unaccented[r]; ok {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
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
// a word or as a word with a slip of the pen (one in a word of four to seven letters, two in a longer one).
func fuzzy(query string) func(name string) bool {
	if utf8.RuneCountInString(query) > nameMax { // longer than any name, and would cost as much as it is long
		return func(string) bool { return false }
	}
	words := distinctInOrder(strings.Fields(fold(query)))
	return func(name string) bool {
		name = fold(name)
		for _, w := range words {
			if !strings.Contains(name, w) && !nearWord(strings.Fields(name), w) {
				return false
			}
		}
		return true
	}
}

func nearWord(words []string, want string) bool {
	slips := 0
	switch n := len([]rune(want)); {
	case n >= 8:
		slips = 2
	case n >= 4:
		slips = 1
	default:
		return false
	}
	for _, w := range words {
		if near([]rune(w), []rune(want), slips) {
			return true
		}
	}
	return false
}

// near reports whether a becomes b by at most n insertions, deletions, replacements or swaps of neighbours.
func near(a, b []rune, n int) bool {
	if len(a) > 64 || len(b) > 64 || len(a)-len(b) > n || len(b)-len(a) > n {
		return false
	}
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)] <= n
}
