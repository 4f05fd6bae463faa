package markdown

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

var parser = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList)).Parser()

// ToBlocks reads Markdown. Every text is some Markdown; errors are ErrTooLong, ErrTooManyBlocks and ErrTooDense.
func ToBlocks(md string) ([]Block, error) {
	if len(md) > MaxBytes {
		return nil, ErrTooLong
	}
	md = strings.ReplaceAll(strings.ReplaceAll(md, "\r\n", "\n"), "\r", "\n")
	md = strings.ToValidUTF8(strings.ReplaceAll(md, "\x00", "\uFFFD"), "\uFFFD")
	if dense(md) {
		return nil, ErrTooDense
	}
	r := &reader{source: []byte(md)}
	r.blocks(parser.Parse(text.NewReader(r.source)), 0, 0, false)
	if r.tooMany {
		return nil, ErrTooManyBlocks
	}
	return r.out, nil
}

// dense reports whether a text is made to keep the parser busy.
func dense(md string) bool {
	effort, signs := 0, 0
	for line := range strings.SplitSeq(md, "\n") {
		if strings.Trim(line, " \t>") == "" { // a paragraph ends
			effort, signs = effort+signs*signs, 0
		}
		signs += strings.Count(line, "[") + strings.Count(line, "*") + strings.Count(line, "_") + strings.Count(line, "~")
		if nested(line) > maxDepth {
			return true
		}
	}
	return effort+signs*signs > maxEffort
}

// nested counts the quotes and lists that a line begins with.
func nested(line string) (depth int) {
	for i := range len(line) {
		switch c := line[i]; {
		case c == '>':
			depth++
		case strings.IndexByte("-+*.)", c) >= 0:
			if i+1 < len(line) && (line[i+1] == ' ' || line[i+1] == '\t') {
				depth++
			}
		case c != ' ' && c != '\t' && (c < '0' || c > '9'):
			return depth
		}
	}
	return depth
}

// reader gathers the blocks of a parsed text.
type reader struct {
	source  []byte
	out     []Block
	tooMany bool
}

func (r *reader) add(typ string, parent int, c content) int {
	if len(r.out) >= MaxBlocks {
		r.tooMany = true
		return 0
	}
	c.Alignment, c.Direction = "left", "ltr"
	b, err := marshal(c)
	if err != nil {
		panic(err) // strings and numbers
	}
	r.out = append(r.out, Block{Type: typ, Content: string(b), Parent: parent})
	return len(r.out) - 1
}

// addText adds a block of text, if there is any.
func (r *reader) addText(typ string, ops []op) {
	if ops = tidy(ops, titles[typ] != ""); len(ops) > 0 {
		r.add(typ, -1, content{Delta: &ops})
	}
}

// titles are the blocks that stand on one line, and the sign before them.
var titles = map[string]string{largeTitle: "#", mediumTitle: "##", smallTitle: "###"}

// blocks adds what is in a node. A doc is flat, so what stands in quotes and lists besides text comes
// after it on its own.
func (r *reader) blocks(parent ast.Node, depth, indent int, quoted bool) {
	for n := parent.FirstChild(); n != nil && !r.tooMany; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			r.addText([]string{largeTitle, mediumTitle, smallTitle}[min(n.Level, 3)-1], plain(r.inline(n)))
		case *ast.Blockquote:
			if depth < maxDepth {
				r.blocks(n, depth+1, 0, true)
			}
		case *ast.List:
			if depth < maxDepth {
				r.list(n, depth+1, indent)
			}
		case *ast.FencedCodeBlock:
			r.code(n, language(n.Language(r.source)))
		case *ast.CodeBlock:
			r.code(n, "")
		case *ast.ThematicBreak:
			r.add(divider, -1, content{})
		case *ast.HTMLBlock:
			r.html(n)
		case *extast.Table:
			r.table(n)
		default:
			r.paragraph(n, quoted)
		}
	}
}

// paragraph adds a text. Pictures in it are blocks of their own.
func (r *reader) paragraph(n ast.Node, quoted bool) {
	typ := normalText
	if quoted {
		typ = quote
	}
	pieces := r.inline(n)
	start := 0
	for i, p := range pieces {
		if p.picture {
			r.addText(typ, plain(pieces[start:i]))
			start = i + 1
			r.add(image, -1, content{URL: p.Attributes.Link, Alt: p.Insert})
		}
	}
	r.addText(typ, plain(pieces[start:]))
}

func (r *reader) list(n *ast.List, depth, indent int) {
	typ := bulletedList
	if n.IsOrdered() {
		typ = numberedList
	}
	for item := n.FirstChild(); item != nil && !r.tooMany; item = item.NextSibling() {
		r.item(item, typ, depth, indent)
	}
}

// item adds a list item, which is its first paragraph, and then what else is in it. There are no items
// without text, except to be checked.
func (r *reader) item(item ast.Node, typ string, depth, indent int) {
	level := indent
	c := content{Indentation: &level}
	ops := []op{}
	first := item.FirstChild()
	switch first.(type) {
	case *ast.TextBlock, *ast.Paragraph:
		if box, ok := first.FirstChild().(*extast.TaskCheckBox); ok {
			typ, c.Checked = checkList, &box.IsChecked
		}
		if ops = tidy(plain(r.inline(first)), false); ops == nil {
			ops = []op{}
		}
		item.RemoveChild(item, first)
	}
	if len(ops) > 0 || typ == checkList {
		c.Delta = &ops
		r.add(typ, -1, c)
		indent = min(indent+1, maxIndent)
	}
	r.blocks(item, depth, indent, false)
}

func (r *reader) code(n ast.Node, language string) {
	text := strings.TrimSuffix(r.lines(n), "\n")
	ops := []op{}
	if text = cleanCode(text); text != "" {
		ops = append(ops, op{Insert: text})
	}
	r.add(code, -1, content{Delta: &ops, Language: language})
}

// html adds HTML as the text it is; comments are nobody's.
func (r *reader) html(n *ast.HTMLBlock) {
	text := r.lines(n)
	if n.HasClosure() {
		text += string(n.ClosureLine.Value(r.source))
	}
	if t := strings.TrimSpace(text); strings.HasPrefix(t, "<!--") && strings.Index(t, "-->") == len(t)-3 {
		return
	}
	r.addText(normalText, []op{{Insert: text}})
}

func (r *reader) lines(n ast.Node) string {
	var b strings.Builder
	lines := n.Lines()
	for i := range lines.Len() {
		at := lines.At(i)
		b.Write(at.Value(r.source))
	}
	return b.String()
}

func (r *reader) table(n *extast.Table) {
	columns := len(n.Alignments)
	if columns == 0 {
		return
	}
	at := r.add(table, -1, content{Columns: columns, Rows: n.ChildCount()})
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		cell := row.FirstChild()
		for range columns {
			ops := []op{}
			if cell != nil {
				ops = append(ops, tidy(plain(r.inline(cell)), false)...)
				cell = cell.NextSibling()
			}
			r.add(normalText, at, content{Delta: &ops})
		}
	}
}

// cleanCode keeps spaces and tabs, which are all that is odd in code.
func cleanCode(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\u2028' || r == '\u2029':
			return '\n'
		case r == 0:
			return '\uFFFD'
		case odd(r):
			return ' '
		}
		return r
	}, s)
}

var languages = regexp.MustCompile(`^[A-Za-z0-9_+#.-]{1,50}$`)

func language(b []byte) string {
	if languages.Match(b) {
		return string(b)
	}
	return ""
}
