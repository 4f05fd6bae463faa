package graphql

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape reads the escape sequence that s begins with: its character, its length, or what is wrong.
func unescape(s string) (r rune, n int, message string) {
	if len(s) < 2 {
		return 0, 0, "Unterminated string."
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2, ""
	}
	if s[1] != 'u' {
		r, _ := utf8.DecodeRuneInString(s[1:])
		return 0, 0, fmt.Sprintf(`Invalid character escape sequence: "\%c".`, r)
	}
	if strings.HasPrefix(s, `\u{`) {
		end := strings.IndexByte(s[:min(len(s), 13)], '}')
		if end > 3 {
			v, err := strconv.ParseUint(s[3:end], 16, 32)
			if err == nil && v <= utf8.MaxRune && utf8.ValidRune(rune(v)) {
				return rune(v), end + 1, ""
			}
		}
		return 0, 0, `Invalid Unicode escape sequence: "` + s[:max(end+1, 3)] + `".`
	}
	r, ok := hex4(s)
	if !ok {
		return 0, 0, `Invalid Unicode escape sequence: "` + escapeQuote(s) + `".`
	}
	if !utf16.IsSurrogate(r) {
		return r, 6, ""
	}
	if low, ok := hex4(s[6:]); ok {
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			return r, 12, ""
		}
	}
	return 0, 0, `Invalid Unicode escape sequence: "` + s[:6] + `".`
}

// escapeQuote is the part of a broken \uXXXX that is worth showing.
func escapeQuote(s string) string {
	n := min(len(s), 6)
	if i := strings.IndexAny(s[:n], "\"\n\r"); i > 0 {
		n = i
	}
	return strings.ToValidUTF8(s[:n], "\ufffd")
}

func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(s[2:6], 16, 32)
	return rune(v), err == nil
}

// stringValue is the value of a string or block string token, given with its quotes.
func stringValue(k kind, text string, escaped bool) string {
	if k == kBlock {
		return blockValue(text[3 : len(text)-3])
	}
	text = text[1 : len(text)-1]
	if !escaped {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			i++
			continue
		}
		r, n, _ := unescape(text[i:])
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// blockValue is the specification's BlockStringValue: common indentation and empty first and last lines go.
func blockValue(raw string) string {
	raw = strings.ReplaceAll(raw, `\"""`, `"""`)
	raw = strings.ReplaceAll(raw, "\r\n", "\n")
	lines := strings.Split(strings.ReplaceAll(raw, "\r", "\n"), "\n")
	common := math.MaxInt
	for i, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if i > 0 && indent < len(line) {
			common = min(common, indent)
		}
	}
	for i := 1; i < len(lines) && common < math.MaxInt; i++ {
		lines[i] = lines[i][min(common, len(lines[i])):]
	}
	blank := func(s string) bool { return strings.Trim(s, " \t") == "" }
	for len(lines) > 0 && blank(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && blank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}

// integerText is an integer token without leading zeros.
func integerText(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	text = strings.TrimLeft(text, "0")
	if text == "" {
		text = "0"
	}
	return sign + text
}

// locator finds line and column of tokens. The tables are made when the first error needs them.
type locator struct {
	text   string
	starts []int32
	lines  []int32
	ready  bool
	// lenient must be as it was when the text was first read.
	lenient bool
}

func (l *locator) prepare() {
	if l.ready {
		return
	}
	l.ready = true
	lex := lexer{src: l.text, lenient: l.lenient}
	for {
		t := lex.next()
		l.starts = append(l.starts, t.start)
		if t.kind == kEOF || t.kind == kBad {
			break
		}
	}
	l.lines = append(l.lines, 0)
	for i := 0; i < len(l.text); i++ {
		c := l.text[i]
		if c == '\n' || c == '\r' && !strings.HasPrefix(l.text[i:], "\r\n") {
			l.lines = append(l.lines, int32(i+1))
		}
	}
}

// token is the location of the i-th token.
func (l *locator) token(i int) Location {
	l.prepare()
	return l.offset(int(l.starts[min(max(i, 0), len(l.starts)-1)]))
}

// offset is the location of a byte of the text.
func (l *locator) offset(at int) Location {
	l.prepare()
	lo, hi := 0, len(l.lines)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; int(l.lines[mid]) <= at {
			lo = mid
		} else {
			hi = mid
		}
	}
	return Location{Line: lo + 1, Column: utf8.RuneCountInString(l.text[l.lines[lo]:at]) + 1}
}

func (l *locator) tokens(toks ...int) []Location {
	out := make([]Location, len(toks))
	for i, t := range toks {
		out[i] = l.token(t)
	}
	return out
}
