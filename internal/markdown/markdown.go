// Package markdown turns Markdown into the blocks of a doc and back.
//
// The one idea: there is one way to write a doc down. Whatever the text, ToBlocks and then FromBlocks
// give its canonical form, and doing it again changes nothing. What Markdown has no sign for (underline,
// formatting that begins with a space) is written as <u>, <b>, <i>, <s> and <code>, which are understood
// on the way in as well; all other HTML is taken for text.
package markdown

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// Block is a part of a doc, before it has an id.
type Block struct {
	Type    string // as DocBlockContentType spells it
	Content string // JSON, as DocumentBlock.content has it
	Parent  int    // index in the list, or -1. The cells of a table are its children, row by row.
}

// The types of blocks, those that Markdown has.
const (
	normalText   = "normal_text"
	largeTitle   = "large_title"
	mediumTitle  = "medium_title"
	smallTitle   = "small_title"
	bulletedList = "bulleted_list"
	numberedList = "numbered_list"
	checkList    = "check_list"
	quote        = "quote"
	code         = "code"
	divider      = "divider"
	image        = "image"
	table        = "table"
)

// Limits of one text. Docs are written by people; what is longer comes from elsewhere.
const (
	MaxBytes  = 256 << 10
	MaxBlocks = 10_000
	maxDepth  = 100 // of blocks in blocks; what is deeper is taken for text of the last
	maxIndent = 20  // of lists in lists
	// maxEffort bounds what the parser does with unclosed brackets and stars, which grows with the square
	// of their number in a paragraph. It is some tenths of a second.
	maxEffort = 30_000_000
)

// Errors of ToBlocks.
var (
	ErrTooLong       = errors.New("the Markdown is longer than 256 KB; send it in parts")
	ErrTooManyBlocks = errors.New("the Markdown makes more than 10,000 blocks; send it in parts")
	ErrTooDense      = errors.New("the Markdown has thousands of signs in one paragraph, or a hundred quotes and lists in each other; take some out")
)

// content is what blocks hold, all types together.
type content struct {
	Alignment   string `json:"alignment,omitempty"`
	Direction   string `json:"direction,omitempty"`
	Delta       *[]op  `json:"deltaFormat,omitempty"`
	Indentation *int   `json:"indentation,omitempty"` // of list items
	Checked     *bool  `json:"checked,omitempty"`
	Language    string `json:"language,omitempty"` // of code
	Columns     int    `json:"column_count,omitempty"`
	Rows        int    `json:"row_count,omitempty"`
	URL         string `json:"publicUrl,omitempty"` // of images
	Alt         string `json:"alt,omitempty"`
}

// op is a piece of text with the same formatting.
type op struct {
	Insert     string
	Attributes attributes
}

// attributes are what text can be besides plain.
type attributes struct {
	Bold      bool   `json:"bold,omitempty"`
	Italic    bool   `json:"italic,omitempty"`
	Underline bool   `json:"underline,omitempty"`
	Strike    bool   `json:"strike,omitempty"`
	Code      bool   `json:"code,omitempty"`
	Link      string `json:"link,omitempty"`
}

func (o op) MarshalJSON() ([]byte, error) {
	var out struct {
		Insert     string      `json:"insert"`
		Attributes *attributes `json:"attributes,omitempty"`
	}
	if out.Insert = o.Insert; o.Attributes != (attributes{}) {
		out.Attributes = &o.Attributes
	}
	return marshal(out)
}

// UnmarshalJSON takes what clients have put there: attributes of other kinds than ours, and inserts that
// are objects (mentions, embedded values), are passed over.
func (o *op) UnmarshalJSON(b []byte) error {
	var in struct {
		Insert     any            `json:"insert"`
		Attributes map[string]any `json:"attributes"`
	}
	*o = op{}
	if json.Unmarshal(b, &in) != nil {
		return nil
	}
	o.Insert, _ = in.Insert.(string)
	a := &o.Attributes
	for name, at := range map[string]*bool{"bold": &a.Bold, "italic": &a.Italic, "underline": &a.Underline, "strike": &a.Strike, "code": &a.Code} {
		*at, _ = in.Attributes[name].(bool)
	}
	a.Link, _ = in.Attributes["link"].(string)
	return nil
}

// marshal writes JSON without escaping what is special in HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// read reads a block's content; what is no JSON, or of another form, is read as far as it goes.
func (b Block) read() (c content) {
	var raw map[string]json.RawMessage
	if json.Unmarshal([]byte(b.Content), &raw) != nil {
		return c
	}
	get := func(to any, names ...string) {
		for _, name := range names {
			if v, ok := raw[name]; ok && json.Unmarshal(v, to) == nil {
				return
			}
		}
	}
	get(&c.Delta, "deltaFormat", "delta_format")
	get(&c.Indentation, "indentation")
	get(&c.Checked, "checked")
	get(&c.Language, "language")
	get(&c.Columns, "column_count", "columnCount")
	get(&c.URL, "publicUrl", "public_url", "url", "rawUrl", "raw_url")
	get(&c.Alt, "alt")
	if c.Columns == 0 {
		var cells [][]json.RawMessage
		if get(&cells, "cells"); len(cells) > 0 {
			c.Columns = len(cells[0])
		}
	}
	return c
}

// tidy is text in the one form there is for it: no spaces around line breaks and at the ends, blank
// pieces plain, neighbours that look alike joined. With oneLine there are no line breaks either.
func tidy(ops []op, oneLine bool) []op {
	var in, out joiner
	for _, o := range ops {
		o.Attributes.Link = cleanURL(o.Attributes.Link)
		in.put(clean(o.Insert), o.Attributes)
	}
	atStart := true // of a line
	space := false  // one was seen and not written yet; it looks like spaceLook
	var spaceLook attributes
	for _, o := range in.end() {
		look, text, start := o.Attributes, o.Insert, 0
		if strings.Trim(text, " \t\n") == "" {
			look = attributes{}
		}
		flush := func(end int) {
			if start < end {
				if space {
					out.put(" ", spaceLook)
				}
				out.put(text[start:end], look)
				atStart, space = false, false
			}
		}
		for i := 0; i < len(text); i++ {
			switch c := text[i]; {
			case c == '\n' && !oneLine:
				flush(i)
				start, space = i+1, false
				if len(out.ops) > 0 { // not at the very beginning
					out.put("\n", look)
				}
				atStart = true
			case c == ' ' || c == '\t' || c == '\n':
				flush(i)
				if start = i + 1; !atStart && !space { // several are one
					space, spaceLook = true, look
				}
			}
		}
		flush(len(text))
	}
	return trimBreaks(out.end())
}

// joiner joins neighbours that look alike.
type joiner struct {
	ops  []op
	last strings.Builder // Insert of the last, while it grows
}

func (j *joiner) put(s string, a attributes) {
	if n := len(j.ops); n == 0 || j.ops[n-1].Attributes != a {
		j.ops = append(j.end(), op{Attributes: a})
	}
	j.last.WriteString(s)
}

// end finishes the last one.
func (j *joiner) end() []op {
	if n := len(j.ops); n > 0 && j.last.Len() > 0 {
		j.ops[n-1].Insert = j.last.String()
		j.last = strings.Builder{}
	}
	return j.ops
}

// trimBreaks cuts the line breaks at the end.
func trimBreaks(ops []op) []op {
	for len(ops) > 0 {
		last := &ops[len(ops)-1]
		if last.Insert = strings.TrimRight(last.Insert, "\n"); last.Insert != "" {
			break
		}
		ops = ops[:len(ops)-1]
	}
	return ops
}

// clean replaces what cannot stand in a text.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexFunc(s, odd) < 0 {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
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

func odd(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\ufeff'
}

// schemes are what a link may begin with; anything else could run as a script.
var schemes = map[string]bool{"http": true, "https": true, "mailto": true, "tel": true, "ftp": true}

// cleanURL is an address in the one form there is for it; "" for one that is not to be followed.
func cleanURL(s string) string {
	s = strings.TrimSpace(clean(s))
	if at := strings.IndexAny(s, ":/?#"); at >= 0 && s[at] == ':' && !schemes[strings.ToLower(s[:at])] {
		return ""
	}
	if strings.IndexFunc(s, escapedInURL) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if escapedInURL(r) {
			for _, c := range []byte(string(r)) {
				const hex = "0123456789ABCDEF"
				b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func escapedInURL(r rune) bool {
	return r <= ' ' || strings.ContainsRune("\"<>\\^`{|}*_~()", r) && r != '_' && r != '~' || r >= 0x7f && r < 0xa1
}
