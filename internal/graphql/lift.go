package graphql

import "fmt"

// literal is a number or string of the document, lifted out of it.
type literal struct {
	kind       kind
	flags      uint8
	start, end int32
	token      int32
}

func (l literal) text(src string) string { return src[l.start:l.end] }

// value is the literal's text without leading zeros, or the string it stands for.
func (l literal) value(src string) string {
	text := l.text(src)
	switch {
	case l.kind >= kString:
		return stringValue(l.kind, text, l.flags&flagEscaped != 0)
	case l.flags&flagZeros != 0:
		return integerText(text)
	}
	return text
}

// lifted is what one pass over a document finds out: the key its plan is kept under, the literals in
// source order, and what the limits are about. Two documents have the same key if and only if they are
// the same sequence of tokens but for the values of numbers and strings.
type lifted struct {
	key      []byte
	literals []literal
	zeros    int // integers with leading zeros
	tokens   int
	aliases  int
	err      *Error
	// badToken is the number of good tokens before the one that cannot be read; -1 if all can.
	badToken int
}

// maxNesting bounds brackets of all kinds within each other, whatever Limits say: parsers recurse.
const maxNesting = 500

// lift reads the document. The limits that can be told from the tokens are checked on the way, so that
// nothing that exceeds them is ever parsed.
func (l *lifted) lift(src string, limits *Limits) {
	lex := lexer{src: src, lenient: limits.LenientInts}
	parens, depth, nested := 0, 0, 0
	lastName := false
	l.badToken = -1
	key := l.key
	for {
		t := lex.next()
		switch t.kind {
		case kEOF:
			l.key = key
			return
		case kBad:
			l.key, l.badToken = key, l.tokens
			l.err = &Error{Message: "Syntax Error: " + lex.err, Locations: []Location{{lex.errPos, -1}}}
			return
		case kName:
			if lastName {
				key = append(key, ' ')
			}
			key = append(key, src[t.start:t.end]...)
		case kPunct:
			c := src[t.start]
			key = append(key, c)
			switch c {
			case '(':
				parens++
				nested++
			case ')':
				parens--
				nested--
			case '[':
				nested++
			case ']':
				nested--
			case '{':
				nested++
				if parens == 0 {
					depth++
				}
			case '}':
				nested--
				if parens == 0 {
					depth--
				}
			case ':':
				if parens == 0 {
					l.aliases++
				}
			}
		case kSpread:
			key = append(key, '.')
		default:
			key = append(key, byte(t.kind))
			l.literals = append(l.literals, literal{t.kind, t.flags, t.start, t.end, int32(l.tokens)})
			if t.flags&flagZeros != 0 {
				l.zeros++
			}
		}
		lastName = t.kind == kName
		l.tokens++
		if message := exceeded(limits, l, depth, nested); message != "" {
			l.key = key
			l.err = &Error{Message: message, Locations: []Location{{int(t.start), -1}}}
			return
		}
	}
}

func exceeded(limits *Limits, l *lifted, depth, nested int) string {
	switch {
	case limits.Tokens > 0 && l.tokens > limits.Tokens:
		return fmt.Sprintf("The document has more than %d tokens, which is the limit.", limits.Tokens)
	case limits.Depth > 0 && depth > limits.Depth:
		return fmt.Sprintf("The document nests selections more than %d levels deep, which is the limit.", limits.Depth)
	case nested > maxNesting:
		return fmt.Sprintf("The document nests brackets more than %d levels deep, which is the limit.", maxNesting)
	case limits.Aliases > 0 && l.aliases > limits.Aliases:
		return fmt.Sprintf("The document has more than %d aliases, which is the limit.", limits.Aliases)
	}
	return ""
}

// appendTokens appends the first n tokens of the document, each on a line of its own: the line of
// whatever is parsed from that, less one, is the index of its token in the document. Block strings,
// which have lines of their own, are left empty; their values come from the literals.
func appendTokens(dst []byte, src string, n int, lenient bool) []byte {
	lex := lexer{src: src, lenient: lenient}
	for range n {
		t := lex.next()
		text := src[t.start:t.end]
		switch {
		case t.kind == kBlock:
			text = `""`
		case t.flags&flagZeros != 0:
			text = integerText(text)
		}
		dst = append(dst, text...)
		dst = append(dst, '\n')
	}
	return dst
}

// zeroWarnings says for each number with leading zeros how it was read.
func (l *lifted) zeroWarnings(src string, at *locator) []Error {
	var out []Error
	for _, lit := range l.literals {
		if lit.flags&flagZeros == 0 {
			continue
		}
		text := lit.text(src)
		out = append(out, Error{
			Message: "The number " + text + " has a leading zero; read as " + integerText(text) +
				". GraphQL does not allow it, and --strict refuses it.",
			Locations: []Location{at.offset(int(lit.start))},
		})
	}
	return out
}
