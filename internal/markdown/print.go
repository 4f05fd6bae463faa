package markdown

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FromBlocks writes blocks as Markdown. What Markdown has no form for (notice boxes, layouts, videos) is
// written as what is in it.
func FromBlocks(blocks []Block) string {
	p := &printer{blocks: blocks, children: map[int][]int{}}
	for i, b := range blocks {
		parent := b.Parent
		if parent < 0 || parent >= i { // a child comes after its parent, so that nothing is its own
			parent = -1
		}
		p.children[parent] = append(p.children[parent], i)
	}
	p.all(-1, false)
	return p.String()
}

type printer struct {
	strings.Builder
	blocks   []Block
	children map[int][]int
	// The list that the last block was in: for each level how wide the sign before the text was, and
	// how many were counted.
	widths, counts []int
}

func (p *printer) all(parent int, quoted bool) {
	for _, i := range p.children[parent] {
		p.block(i, p.blocks[i].read(), quoted)
	}
}

// paragraph begins a block that is no list item.
func (p *printer) paragraph() {
	if p.widths, p.counts = nil, nil; p.Len() > 0 {
		p.WriteByte('\n')
	}
}

func (p *printer) block(i int, c content, quoted bool) {
	var ops []op
	if c.Delta != nil {
		ops = *c.Delta
	}
	typ := strings.ReplaceAll(p.blocks[i].Type, " ", "_") // as the API tells types
	if quoted && typ == normalText {
		typ = quote
	}
	switch typ {
	case largeTitle, mediumTitle, smallTitle:
		if text := inline(tidy(ops, true), false); text != "" {
			p.paragraph()
			p.WriteString(titles[typ] + " " + closed(text) + "\n")
		}
	case bulletedList, numberedList, checkList:
		p.item(typ, c, inline(tidy(ops, false), false))
	case code:
		p.paragraph()
		p.code(c.Language, ops)
	case divider, "page_break":
		p.paragraph()
		p.WriteString("---\n")
	case image:
		p.image(c)
	case table:
		p.table(i, c)
		return
	case quote:
		p.text("> ", ops)
	case "notice_box":
		p.text("> ", ops)
		p.all(i, true)
		return
	case "video":
		if c.URL != "" && ops == nil {
			ops = []op{{c.URL, attributes{Link: c.URL}}}
		}
		p.text("", ops)
	default:
		p.text("", ops)
	}
	p.all(i, quoted)
}

func (p *printer) text(prefix string, ops []op) {
	if text := inline(tidy(ops, false), false); text != "" {
		p.paragraph()
		p.WriteString(prefix + strings.ReplaceAll(text, "\n", "\n"+prefix) + "\n")
	}
}

// closed keeps signs at the end of a title from being taken for its end.
func closed(title string) string {
	n := len(strings.TrimRight(title, "#"))
	return title[:n] + strings.Repeat(`\#`, len(title)-n)
}

// item writes a list item, no deeper than one level below the one before.
func (p *printer) item(typ string, c content, text string) {
	if text == "" && typ != checkList {
		return
	}
	level := 0
	if c.Indentation != nil {
		level = min(max(*c.Indentation, 0), len(p.widths), maxIndent)
	}
	if len(p.widths) == 0 {
		p.paragraph()
	}
	indent := 0
	for _, w := range p.widths[:level] {
		indent += w
	}
	count := 0
	if level < len(p.counts) {
		count = p.counts[level]
	}
	sign := "-"
	if typ == numberedList {
		count++
		sign = strconv.Itoa(count) + "."
	} else {
		count = 0
	}
	width := len(sign) + 1
	p.widths, p.counts = append(p.widths[:level], width), append(p.counts[:min(level, len(p.counts))], count)
	if typ == checkList {
		sign += map[bool]string{false: " [ ]", true: " [x]"}[c.Checked != nil && *c.Checked]
	}
	p.WriteString(strings.Repeat(" ", indent) + sign)
	if text != "" {
		p.WriteString(" " + strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", indent+width)))
	}
	p.WriteByte('\n')
}

func (p *printer) code(language string, ops []op) {
	var b strings.Builder
	for _, o := range ops {
		b.WriteString(o.Insert)
	}
	text := cleanCode(strings.ToValidUTF8(b.String(), "\uFFFD"))
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	if !languages.MatchString(language) {
		language = ""
	}
	p.WriteString(fence + language + "\n")
	if text != "" {
		p.WriteString(text + "\n")
	}
	p.WriteString(fence + "\n")
}

func longestRun(s string) (longest int) {
	n := 0
	for i := range len(s) {
		if s[i] != '`' {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}

func (p *printer) image(c content) {
	to := cleanURL(c.URL)
	if to == "" {
		return
	}
	p.paragraph()
	p.WriteString("![" + inline(tidy([]op{{Insert: c.Alt}}, true), false) + "](" + destination(to) + ")\n")
}

func (p *printer) table(i int, c content) {
	cells := p.children[i]
	columns := c.Columns
	if columns <= 0 || columns > MaxBlocks {
		columns = max(1, len(cells))
	}
	p.paragraph()
	for row := 0; row == 0 || row*columns < len(cells); row++ {
		p.WriteByte('|')
		for column := range columns {
			text := ""
			if at := row*columns + column; at < len(cells) {
				if d := p.blocks[cells[at]].read().Delta; d != nil {
					text = inline(tidy(*d, false), true)
				}
			}
			p.WriteString(" " + text + " |")
		}
		p.WriteByte('\n')
		if row == 0 {
			p.WriteString("|" + strings.Repeat(" --- |", columns) + "\n")
		}
	}
}

// destination writes an address within parentheses.
func destination(to string) string {
	var b strings.Builder
	for i := range len(to) {
		if c := to[i]; c == '&' && entity.MatchString(to[i:]) {
			b.WriteByte('\\')
		}
		b.WriteByte(to[i])
	}
	return b.String()
}

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
	if s := w.String(); strings.HasSuffix(s, "*") || strings.HasSuffix(s, "~") || strings.HasSuffix(s, "_") {
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
