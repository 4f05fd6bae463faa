package graphql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// kind is the kind of a lexical token.
type kind uint8

const (
	kEOF kind = iota
	kPunct
	kSpread
	kName
	kInt
	kFloat
	kString
	kBlock
	kBad // what cannot be read; the lexer's err says why
)

// token is a piece of the text, quotes included. Comments, commas and white space are none.
type token struct {
	kind       kind
	flags      uint8
	start, end int32
}

const (
	flagEscaped = 1 << iota // the string holds escape sequences
	flagZeros               // the integer has leading zeros (only with lenient)
)

// lexer reads the tokens of a text one after the other. It checks everything the grammar asks of a
// token, so that a text with the same tokens as a valid one is as valid.
type lexer struct {
	src     string
	pos     int
	lenient bool
	err     string // of the kBad token, in graphql-js's words
	errPos  int
}

const (
	classNone = iota
	classSpace
	className
	classDigit
	classPunct
)

var byteClass = func() (t [256]uint8) {
	for _, c := range []byte(" \t\n\r,") {
		t[c] = classSpace
	}
	for _, c := range []byte("!$&():=@[]{}|") {
		t[c] = classPunct
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = className, className
	}
	t['_'] = className
	for c := '0'; c <= '9'; c++ {
		t[c] = classDigit
	}
	return t
}()

// next returns the next token; after kEOF and kBad it must not be called again.
func (l *lexer) next() token {
	src, i := l.src, l.pos
	for i < len(src) {
		c := src[i]
		switch byteClass[c] {
		case classSpace:
			i++
			continue
		case className:
			start := i
			for i++; i < len(src) && (byteClass[src[i]] == className || byteClass[src[i]] == classDigit); i++ {
			}
			l.pos = i
			return token{kName, 0, int32(start), int32(i)}
		case classPunct:
			l.pos = i + 1
			return token{kPunct, 0, int32(i), int32(i + 1)}
		case classDigit:
			return l.number(i)
		}
		switch {
		case c == '#':
			for i++; i < len(src) && src[i] != '\n' && src[i] != '\r'; i++ {
			}
		case c == '"':
			if strings.HasPrefix(src[i:], `"""`) {
				return l.block(i)
			}
			return l.str(i)
		case c == '-':
			return l.number(i)
		case c == '.' && strings.HasPrefix(src[i:], "..."):
			l.pos = i + 3
			return token{kSpread, 0, int32(i), int32(i + 3)}
		case c == 0xEF && strings.HasPrefix(src[i:], "\ufeff"):
			i += 3
		case c == '\'':
			return l.bad(i, `Unexpected single quote character ('), did you mean to use a double quote (")?`)
		default:
			return l.bad(i, "Unexpected character: "+l.describe(i)+".")
		}
	}
	l.pos = i
	return token{kEOF, 0, int32(i), int32(i)}
}

func (l *lexer) bad(at int, message string) token {
	l.err, l.errPos, l.pos = message, at, len(l.src)
	return token{kBad, 0, int32(at), int32(at)}
}

// describe names the character at i as graphql-js does.
func (l *lexer) describe(i int) string {
	if i >= len(l.src) {
		return "<EOF>"
	}
	r, _ := utf8.DecodeRuneInString(l.src[i:])
	if r == '"' {
		return `'"'`
	}
	if r >= 0x20 && r <= 0x7E {
		return `"` + string(r) + `"`
	}
	return fmt.Sprintf("U+%04X", r)
}

func (l *lexer) number(start int) token {
	src, i := l.src, start
	t := token{kind: kInt, start: int32(start)}
	if src[i] == '-' {
		i++
	}
	switch {
	case i < len(src) && src[i] == '0':
		i++
		if i < len(src) && byteClass[src[i]] == classDigit {
			if !l.lenient {
				return l.bad(i, "Invalid number, unexpected digit after 0: "+l.describe(i)+".")
			}
			t.flags |= flagZeros
			i = l.digits(i)
			if i < len(src) && (src[i] == '.' || src[i] == 'e' || src[i] == 'E') {
				return l.bad(start+1, "Invalid number, unexpected digit after 0: "+l.describe(start+1)+".")
			}
		}
	case i < len(src) && byteClass[src[i]] == classDigit:
		i = l.digits(i)
	default:
		return l.badDigit(i)
	}
	if i < len(src) && src[i] == '.' {
		t.kind = kFloat
		n := l.digits(i + 1)
		if n == i+1 {
			return l.badDigit(n)
		}
		i = n
	}
	if i < len(src) && (src[i] == 'e' || src[i] == 'E') {
		t.kind = kFloat
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		n := l.digits(i)
		if n == i {
			return l.badDigit(n)
		}
		i = n
	}
	if i < len(src) && (src[i] == '.' || byteClass[src[i]] == className) {
		return l.badDigit(i)
	}
	l.pos = i
	t.end = int32(i)
	return t
}

func (l *lexer) badDigit(i int) token {
	return l.bad(i, "Invalid number, expected digit but got: "+l.describe(i)+".")
}

func (l *lexer) digits(i int) int {
	for i < len(l.src) && byteClass[l.src[i]] == classDigit {
		i++
	}
	return i
}

func (l *lexer) str(start int) token {
	src := l.src
	t := token{kind: kString, start: int32(start)}
	for i := start + 1; i < len(src); {
		c := src[i]
		switch {
		case c == '"':
			l.pos = i + 1
			t.end = int32(i + 1)
			return t
		case c == '\\':
			t.flags |= flagEscaped
			_, n, message := unescape(src[i:])
			if message != "" {
				return l.bad(i, message)
			}
			i += n
		case c == '\n' || c == '\r':
			return l.bad(i, "Unterminated string.")
		case c < 0x20 && c != '\t':
			return l.bad(i, "Invalid character within String: "+l.describe(i)+".")
		default:
			i++
		}
	}
	return l.bad(len(src), "Unterminated string.")
}

func (l *lexer) block(start int) token {
	src := l.src
	for i := start + 3; i < len(src); i++ {
		switch c := src[i]; {
		case c == '"' && strings.HasPrefix(src[i:], `"""`):
			l.pos = i + 3
			return token{kBlock, flagEscaped, int32(start), int32(i + 3)}
		case c == '\\' && strings.HasPrefix(src[i:], `\"""`):
			i += 3
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r':
			return l.bad(i, "Invalid character within String: "+l.describe(i)+".")
		}
	}
	return l.bad(len(src), "Unterminated string.")
}
