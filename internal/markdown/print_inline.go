package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// inline writes text that is tidy. In cells a line break is a tag.
func inline(ops []op, cell bool) string {
	w := &inlineWriter{ops: ops, cell: cell}
	for i := range ops {
		w.op(i)
	}
	return w.String()
}

type inlineWriter struct {
	strings.Builder
	ops  []op
	cell bool
}

func (w *inlineWriter) op(i int) {
	o := w.ops[i]
	a := o.Attributes
	before, after := w.around(i)
	if a.Link != "" {
		w.WriteByte('[')
		before, after = '[', ']'
	}
	var ends []string
	wrap := func(with bool, tag string) {
		if with {
			w.WriteString("<" + tag + ">")
			ends = append(ends, "</"+tag+">")
			before, after = '>', '<'
		}
	}
	delimiter := ""
	switch {
	case a.Bold && a.Italic:
		delimiter = "***"
	case a.Bold:
		delimiter = "**"
	case a.Italic:
		delimiter = "*"
	case a.Strike:
		delimiter = "~~"
	}
	wrap(a.Underline, "u")
	wrap(a.Strike && delimiter != "~~", "s")
	if delimiter != "" && !w.fits(o.Insert, a.Code, before, after) {
		wrap(a.Strike && delimiter == "~~", "s")
		wrap(a.Bold, "b")
		wrap(a.Italic, "i")
		delimiter = ""
	}
	w.WriteString(delimiter)
	w.content(o.Insert, a.Code)
	w.WriteString(delimiter)
	for n := len(ends) - 1; n >= 0; n-- {
		w.WriteString(ends[n])
	}
	if a.Link != "" {
		w.WriteString("](" + destination(a.Link) + ")")
	}
}

// around are the characters next to a piece of text: a space at the ends, and a letter where it is not
// known, since letters are what formatting fits in least.
func (w *inlineWriter) around(i int) (before, after rune) {
	before, after = ' ', ' '
	if i > 0 {
		if before = 'x'; w.ops[i-1].Attributes == (attributes{}) {
			before, _ = utf8.DecodeLastRuneInString(w.ops[i-1].Insert)
		}
	}
	if i+1 < len(w.ops) {
		if after = 'x'; w.ops[i+1].Attributes == (attributes{}) {
			after, _ = utf8.DecodeRuneInString(w.ops[i+1].Insert)
		}
	}
	return before, after
}

// fits reports whether stars around a text would be taken for formatting.
func (w *inlineWriter) fits(text string, code bool, before, after rune) bool {
	const signs = "*~_" // next to one of them, others are counted with it, even where it is escaped
	if s := w.String(); s != "" && strings.IndexByte(signs, s[len(s)-1]) >= 0 || strings.IndexByte(signs, text[len(text)-1]) >= 0 && !code {
		return false
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	if code {
		first, last = '`', '`'
	}
	inside := func(r, outside rune) bool {
		return isWord(r) || !unicode.IsSpace(r) && (outside == ' ' || outside == '\n' || outside < utf8.RuneSelf && isPunct(byte(outside)))
	}
	return inside(first, before) && inside(last, after)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func (w *inlineWriter) content(s string, code bool) {
	if !code {
		w.escape(s)
		return
	}
	if strings.HasSuffix(w.String(), "`") || strings.ContainsAny(s, "`|\n\\") || strings.TrimSpace(s) != s {
		w.WriteString("<code>")
		w.escape(s)
		w.WriteString("</code>")
		return
	}
	w.WriteString("`" + s + "`")
}

// escape writes text so that nothing in it is taken for a sign.
func (w *inlineWriter) escape(s string) {
	prev := rune(0) // 0: at an end of this piece, where the neighbour is not known
	for i, r := range s {
		rest := s[i+utf8.RuneLen(r):]
		next, _ := utf8.DecodeRuneInString(rest)
		if rest == "" {
			next = 0
		}
		switch {
		case r == '\n' && w.cell:
			w.WriteString("<br>")
			prev = r
			continue
		case r == '\n' && strings.HasSuffix(w.String(), `\`): // the parser takes three backslashes for no break
			w.WriteString("<br>")
		case r == '\n':
			w.WriteByte('\\')
		case strings.ContainsRune("\\`*[]<~|", r),
			r == '_' && !(isWord(prev) && isWord(next)),
			r == '!' && (next == 0 || next == '['),
			r == '&' && (next == '#' || isWord(next)),
			w.atStart() && isSign(s[i:]):
			w.WriteByte('\\')
		case w.atStart() && r >= '0' && r <= '9':
			if n := numbered(s[i:]); n > 0 {
				w.WriteString(s[i:i+n] + `\`)
				w.escapeRest(s[i+n:])
				return
			}
		}
		w.WriteRune(r)
		prev = r
	}
}

// escapeRest goes on after a number, with the sign that follows it.
func (w *inlineWriter) escapeRest(s string) {
	w.WriteByte(s[0])
	w.escape(s[1:])
}

// atStart reports whether what comes next is the first on its line.
func (w *inlineWriter) atStart() bool { return w.Len() == 0 || strings.HasSuffix(w.String(), "\n") }

// isSign reports whether a line that begins like this might be something else than text.
func isSign(s string) bool {
	next := byte(' ')
	if len(s) > 1 {
		next = s[1]
	}
	switch s[0] {
	case '>', '=':
		return true
	case ':':
		return next == '-'
	case '#', '+':
		return next == ' ' || next == '\n' || next == '#'
	case '-':
		return next >= utf8.RuneSelf || !isWord(rune(next))
	}
	return false
}

// numbered is how many digits stand before a . or ) that makes a list of them.
func numbered(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n > 9 || n == len(s) || s[n] != '.' && s[n] != ')' {
		return 0
	}
	if n+1 < len(s) && s[n+1] != ' ' && s[n+1] != '\n' {
		return 0
	}
	return n
}
