package work

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// markup is what of HTML updates are written in: the elements, and of their attributes those that are
// kept. Everything else is taken out; what stands between unknown tags stays.
var markup = map[string][]string{
	"p": blocks, "div": blocks, "h1": blocks, "h2": blocks, "h3": blocks, "h4": blocks, "h5": blocks, "h6": blocks,
	"ul": nil, "ol": {"start"}, "li": nil, "blockquote": nil, "pre": nil, "hr": nil, "br": nil,
	"strong": nil, "b": nil, "em": nil, "i": nil, "u": nil, "s": nil, "strike": nil, "del": nil, "code": nil, "sub": nil, "sup": nil,
	"span":  {"style", "class", "data-mention-id", "data-mention-type"},
	"a":     {"href", "target", "class", "data-mention-id", "data-mention-type"},
	"img":   {"src", "alt", "width", "height", "data-asset_id"},
	"table": nil, "thead": nil, "tbody": nil, "tfoot": nil, "tr": nil, "th": cells, "td": cells,
}

var (
	blocks = []string{"style"}
	cells  = []string{"style", "colspan", "rowspan"}
)

// silent elements go with all that is in them.
var silent = []string{"script", "style", "iframe", "noscript", "textarea", "title", "template", "svg", "math", "object", "noembed", "noframes", "xmp"}

// empty elements have no end tag.
var empty = []string{"br", "hr", "img"}

// breaks are the elements whose end is the end of a line.
var breaks = []string{"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "tr"}

// Bounds of what is kept: how deep elements are within one another, and what still is a tag.
const (
	depthMax      = 64
	tagMax        = 8 << 10
	attributesMax = 32
)

// safeHTML keeps of a text in HTML what cannot harm whoever it is shown to, well-formed. A text without
// tags comes back as it is. Every < of the result begins a tag written here, so that it does not matter
// what a browser would have made of the input.
func safeHTML(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	var open []string
	for s != "" {
		at := strings.IndexByte(s, '<')
		if at < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:at])
		s = s[at:]
		tag, n := readTag(s)
		if n == 0 {
			b.WriteString("&lt;")
			s = s[1:]
			continue
		}
		s = s[n:]
		attributes, known := markup[tag.name]
		switch {
		case slices.Contains(silent, tag.name):
			if !tag.end {
				s = afterElement(s, tag.name)
			}
		case !known:
		case tag.end:
			open = closeTag(&b, open, tag.name)
		case slices.Contains(empty, tag.name):
			writeTag(&b, tag, attributes)
		case len(open) < depthMax:
			writeTag(&b, tag, attributes)
			open = append(open, tag.name)
		}
	}
	for _, name := range slices.Backward(open) {
		b.WriteString("</" + name + ">")
	}
	return b.String()
}

// closeTag ends an element with all that are open in it; a tag that ends nothing is left out.
func closeTag(b *strings.Builder, open []string, name string) []string {
	at := len(open) - 1
	for at >= 0 && open[at] != name {
		at--
	}
	if at < 0 {
		return open
	}
	for _, inner := range slices.Backward(open[at:]) {
		b.WriteString("</" + inner + ">")
	}
	return open[:at]
}

// tag is a start or end tag, or with no name a comment or the like.
type tag struct {
	name       string // in lower case
	end        bool
	attributes [][2]string // names in lower case, values with their entities resolved
}

// readTag reads the tag at the beginning of s, which is a <, and how long it is; 0 where it is none.
func readTag(s string) (t tag, n int) {
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s[4:], "-->"); end >= 0 {
			return t, 4 + end + 3
		}
		return t, 0
	}
	rest := s[1:]
	if rest != "" && (rest[0] == '!' || rest[0] == '?') {
		return t, strings.IndexByte(s, '>') + 1
	}
	s = s[:min(len(s), tagMax)]
	rest = s[1:]
	if t.end = strings.HasPrefix(rest, "/"); t.end {
		rest = rest[1:]
	}
	name := len(rest) - len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:"))
	if name == 0 || rest[0] < 'A' {
		return t, 0
	}
	t.name = strings.ToLower(rest[:name])
	for rest = rest[name:]; ; {
		rest = strings.TrimLeft(rest, " \t\r\n\f/")
		if rest == "" || rest[0] == '<' || len(t.attributes) == attributesMax {
			return t, 0
		}
		if rest[0] == '>' {
			return t, len(s) - len(rest) + 1
		}
		var value string
		key := rest[:1+nameEnd(rest[1:])]
		rest = strings.TrimLeft(rest[len(key):], " \t\r\n\f")
		if strings.HasPrefix(rest, "=") {
			var ok bool
			if value, rest, ok = readValue(strings.TrimLeft(rest[1:], " \t\r\n\f")); !ok {
				return t, 0
			}
		}
		t.attributes = append(t.attributes, [2]string{strings.ToLower(key), html.UnescapeString(value)})
	}
}

// nameEnd is where the name of an attribute ends.
func nameEnd(s string) int {
	if n := strings.IndexAny(s, "= \t\r\n\f/<>"); n >= 0 {
		return n
	}
	return len(s)
}

// readValue reads the value of an attribute, in quotes or not.
func readValue(s string) (value, rest string, ok bool) {
	if s == "" {
		return "", "", false
	}
	if quote := s[0]; quote == '"' || quote == '\'' {
		end := strings.IndexByte(s[1:], quote)
		if end < 0 {
			return "", "", false
		}
		return s[1 : 1+end], s[end+2:], true
	}
	n := strings.IndexAny(s, " \t\r\n\f<>")
	if n < 0 {
		return "", "", false
	}
	return s[:n], s[n:], true
}

// afterElement is what follows the end tag of an element; nothing where it has none.
func afterElement(s, name string) string {
	for {
		at := strings.Index(s, "</")
		if at < 0 {
			return ""
		}
		s = s[at:]
		if t, n := readTag(s); n > 0 && t.name == name {
			return s[n:]
		}
		s = s[2:]
	}
}

func writeTag(b *strings.Builder, t tag, kept []string) {
	b.WriteString("<" + t.name)
	written := make([]string, 0, 8)
	for _, a := range t.attributes {
		if !slices.Contains(kept, a[0]) || slices.Contains(written, a[0]) {
			continue
		}
		if value, ok := safeAttribute(a[0], a[1]); ok {
			written = append(written, a[0])
			b.WriteString(" " + a[0] + `="` + html.EscapeString(value) + `"`)
		}
	}
	if slices.Contains(written, "target") {
		b.WriteString(` rel="noopener noreferrer"`)
	}
	b.WriteByte('>')
}

var (
	classes = regexp.MustCompile(`^[A-Za-z0-9_ -]{1,100}$`)
	numbers = regexp.MustCompile(`^[0-9]{1,18}(%|px)?$`)
	styles  = regexp.MustCompile(`^(#[0-9a-fA-F]{3,8}|[a-zA-Z-]+|rgba?\([0-9., %]+\)|[0-9.]+(px|em|rem|%|pt)?)$`)
)

// styled are the properties that a style attribute may set.
var styled = []string{"color", "background-color", "text-align", "font-weight", "font-style", "text-decoration", "direction"}

func safeAttribute(name, value string) (string, bool) {
	switch name {
	case "href":
		return value, safeAddress(value, "http", "https", "mailto")
	case "src":
		return value, safeAddress(value, "http", "https")
	case "alt", "data-mention-type":
		return value, true
	case "class":
		return value, classes.MatchString(value)
	case "target":
		return "_blank", true
	case "style":
		value = safeStyle(value)
		return value, value != ""
	default: // numbers: sizes, spans, ids
		return value, numbers.MatchString(value)
	}
}

// safeAddress reports whether an address has one of the schemes, or none.
func safeAddress(s string, schemes ...string) bool {
	for _, c := range s {
		if c <= ' ' || c == utf8.RuneError || c == '\\' || c == 0x7f {
			return false // browsers pass over some of them, and would find another scheme
		}
	}
	scheme, _, found := strings.Cut(s, ":")
	return s != "" && (!found || strings.ContainsAny(scheme, "/?#") || slices.Contains(schemes, strings.ToLower(scheme)))
}

func safeStyle(s string) string {
	var out []string
	for _, rule := range strings.Split(s, ";") {
		name, value, _ := strings.Cut(rule, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if slices.Contains(styled, name) && styles.MatchString(value) {
			out = append(out, name+":"+value)
		}
	}
	return strings.Join(out, ";")
}

// plainText is what a safe HTML text says, a line for each paragraph.
func plainText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var b strings.Builder
	tagged := false
	for s != "" {
		at := strings.IndexByte(s, '<')
		if at < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:at])
		tag, n := readTag(s[at:])
		if n == 0 {
			b.WriteByte('<')
			n = 1
		}
		tagged = tagged || n > 1
		if tag.name == "br" || tag.end && slices.Contains(breaks, tag.name) {
			b.WriteByte('\n')
		}
		s = s[at+n:]
	}
	text := html.UnescapeString(b.String())
	if tagged {
		text = strings.TrimSpace(text)
	}
	return text
}
