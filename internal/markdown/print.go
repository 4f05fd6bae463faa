package markdown

import (
	"strconv"
	"strings"
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
