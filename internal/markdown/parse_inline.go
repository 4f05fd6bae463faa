package markdown

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// piece is an op while it is read.
type piece struct {
	op
	picture bool // Insert says what it shows, Link where it is
}

// plain makes links of the pictures.
func plain(pieces []piece) []op {
	out := make([]op, 0, len(pieces))
	for _, p := range pieces {
		if p.picture && p.Insert == "" {
			p.Insert = p.Attributes.Link
		}
		out = append(out, p.op)
	}
	return out
}

// inline reads the text in a node. HTML tags that stand for formatting may be left open.
func (r *reader) inline(n ast.Node) []piece {
	w := &inliner{r: r}
	w.walk(n, attributes{}, 0)
	return w.out
}

type inliner struct {
	r    *reader
	out  []piece
	open [5]int // tags; see tags
}

// tags are the HTML that is understood, by what it does.
var tags = map[string]int{"b": 0, "strong": 0, "i": 1, "em": 1, "u": 2, "ins": 2, "s": 3, "del": 3, "strike": 3, "code": 4}

func (w *inliner) walk(parent ast.Node, look attributes, depth int) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		inner := look
		switch n := n.(type) {
		case *ast.Text:
			w.text(n, look)
			continue
		case *ast.String:
			w.put(string(n.Value), look)
			continue
		case *ast.CodeSpan:
			inner.Code = true
			w.put(w.codeText(n), inner)
			continue
		case *ast.Emphasis:
			if n.Level == 2 {
				inner.Bold = true
			} else {
				inner.Italic = true
			}
		case *extast.Strikethrough:
			inner.Strike = true
		case *ast.Link:
			inner.Link = cleanURL(resolve(string(n.Destination)))
		case *ast.AutoLink:
			inner.Link = cleanURL(string(n.URL(w.r.source)))
			if n.AutoLinkType == ast.AutoLinkEmail && inner.Link != "" && !strings.HasPrefix(strings.ToLower(inner.Link), "mailto:") {
				inner.Link = "mailto:" + inner.Link
			}
			w.put(string(n.Label(w.r.source)), inner)
			continue
		case *ast.Image:
			w.image(n, look)
			continue
		case *ast.RawHTML:
			w.html(n, look)
			continue
		case *extast.TaskCheckBox:
			continue
		}
		if depth < maxDepth {
			w.walk(n, inner, depth+1)
		}
	}
}

// put adds text, with what open tags add to its looks.
func (w *inliner) put(s string, look attributes) {
	for i, at := range []*bool{&look.Bold, &look.Italic, &look.Underline, &look.Strike, &look.Code} {
		*at = *at || w.open[i] > 0
	}
	w.out = append(w.out, piece{op: op{s, look}})
}

func (w *inliner) text(n *ast.Text, look attributes) {
	s := string(n.Segment.Value(w.r.source))
	if !n.IsRaw() {
		s = resolve(s)
	}
	w.put(s, look)
	switch {
	case n.HardLineBreak():
		w.put("\n", look)
	case n.SoftLineBreak(): // a paragraph may be written in many lines
		w.put(" ", look)
	}
}

func (w *inliner) codeText(n *ast.CodeSpan) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(w.r.source))
		case *ast.String:
			b.Write(c.Value)
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

func (w *inliner) image(n *ast.Image, look attributes) {
	inner := &inliner{r: w.r}
	inner.walk(n, attributes{}, 0)
	var alt strings.Builder
	for _, o := range tidy(plain(inner.out), true) {
		alt.WriteString(o.Insert)
	}
	to := cleanURL(resolve(string(n.Destination)))
	if to == "" {
		w.put(alt.String(), look)
		return
	}
	w.out = append(w.out, piece{op: op{alt.String(), attributes{Link: to}}, picture: true})
}

var tag = regexp.MustCompile(`^<(/?)([A-Za-z]+)[ \t\n]*/?>$`)

// html reads a tag that stands for formatting; anything else is text.
func (w *inliner) html(n *ast.RawHTML, look attributes) {
	var b strings.Builder
	for i := range n.Segments.Len() {
		at := n.Segments.At(i)
		b.Write(at.Value(w.r.source))
	}
	s := b.String()
	if strings.HasPrefix(s, "<!--") {
		return
	}
	m := tag.FindStringSubmatch(s)
	if m == nil {
		w.put(s, look)
		return
	}
	name := strings.ToLower(m[2])
	which, known := tags[name]
	switch {
	case name == "br":
		w.put("\n", look)
	case !known:
		w.put(s, look)
	case m[1] == "":
		w.open[which]++
	case w.open[which] > 0:
		w.open[which]--
	}
}

var entity = regexp.MustCompile(`^&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);`)

// resolve reads backslashes and entities, which the parser leaves as they are.
func resolve(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && isPunct(s[i+1]):
			b.WriteByte(s[i+1])
			i += 2
			continue
		case c == '&':
			if m := entity.FindString(s[i:]); m != "" {
				b.WriteString(html.UnescapeString(m))
				i += len(m)
				continue
			}
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		b.WriteString(s[i : i+n])
		i += n
	}
	return b.String()
}

func isPunct(c byte) bool {
	return c >= '!' && c <= '/' || c >= ':' && c <= '@' || c >= '[' && c <= '`' || c >= '{' && c <= '~'
}
