package graphql

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// lower puts the literals back into a key.
func (l *lifted) lower(src string) string {
	var b strings.Builder
	next := 0
	for _, c := range l.key {
		switch {
		case c == '.':
			b.WriteString("...")
		case kind(c) >= kInt && kind(c) <= kBlock:
			b.WriteByte(' ')
			lit := l.literals[next]
			if lit.flags&flagZeros != 0 {
				b.WriteString(integerText(lit.text(src)))
			} else {
				b.WriteString(lit.text(src))
			}
			b.WriteByte(' ')
			next++
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func printed(doc *ast.QueryDocument) string {
	var b strings.Builder
	formatter.NewFormatter(&b).FormatQueryDocument(doc)
	return b.String()
}

// FuzzLift: the key with its literals put back means the same document.
func FuzzLift(f *testing.F) {
	for _, seed := range []string{
		"{ a }", `query q($a: Int = 5) { b(c: [1, 2.5e3, "x\"y", """z"""]) @skip(if: true) { ...f ... on T { d } } } fragment f on T { e }`,
		"{a(b:{c:$d,e:-1})#comment\n,f}", "\ufeff{ a: b }", `{ a(b: "\u{1F600}") }`, "{a(b:007)}", `{a(b:"""a\"""b""")}`, "{a...b}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		var l lifted
		l.lift(src, &Limits{Tokens: 2000, LenientInts: true})
		if l.err != nil {
			return
		}
		again := l.lower(src)
		text := strings.TrimSuffix(string(appendTokens(nil, src, l.tokens, true)), "\n")
		var second lifted
		second.lift(again, &Limits{})
		if second.err != nil || string(second.key) != string(l.key) {
			t.Fatalf("%q lowers to %q, with another key: %v", src, again, second.err)
		}
		for i, lit := range l.literals {
			if a, b := lit.value(src), second.literals[i].value(again); a != b {
				t.Fatalf("literal %d of %q is %q, then %q", i, src, a, b)
			}
		}
		one, err1 := parser.ParseQuery(&ast.Source{Input: text})
		two, err2 := parser.ParseQuery(&ast.Source{Input: string(appendTokens(nil, again, second.tokens, false))})
		if (err1 == nil) != (err2 == nil) {
			t.Fatalf("%q: %v, but lowered %q: %v", src, err1, again, err2)
		}
		if err1 == nil && printed(one) != printed(two) {
			t.Fatalf("%q and %q mean different documents", src, again)
		}
	})
}

// TestTokensAsGqlparserReadsThem: a document without what we treat specially parses to the same, whole
// or with its tokens on lines of their own.
func TestTokensAsGqlparserReadsThem(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"{ a(b: \"x\\u00e9\\n\", c: [1, -2, 3.5e-7]) @d { ...e ... on F { g: h } } }",
		"query Q($a: [Int!]! = [1], $b: T = {x: \"y\"}) @d { a }\nfragment e on F { i }",
	} {
		var l lifted
		l.lift(src, &Limits{})
		a, err := parser.ParseQuery(&ast.Source{Input: src})
		if err != nil {
			t.Fatal(err)
		}
		b, err := parser.ParseQuery(&ast.Source{Input: string(appendTokens(nil, src, l.tokens, false))})
		if err != nil {
			t.Fatal(err)
		}
		if printed(a) != printed(b) {
			t.Errorf("%s: differs", src)
		}
	}
}

func TestControlCharacters(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"{ a(b: \"\x07\") }":       "Syntax Error: Invalid character within String: U+0007.",
		"{ a(b: \"\"\"\x00\"\"\")": "Syntax Error: Invalid character within String: U+0000.",
		"{ \x01 }":                 "Syntax Error: Unexpected character: U+0001.",
		"{ é }":                    "Syntax Error: Unexpected character: U+00E9.",
	} {
		var l lifted
		l.lift(src, &Limits{})
		if l.err == nil || l.err.Message != want {
			t.Errorf("%q: got %v, want %s", src, l.err, want)
		}
	}
}
