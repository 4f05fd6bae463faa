package graphql

import (
	"errors"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// tokenOf is the index in the document of the token that a node parsed by parse begins at.
func tokenOf(p *ast.Position) int {
	if p == nil {
		return 0
	}
	return p.Line - 1
}

// parse parses a document that was lifted. Every position in what it returns has the token's index
// plus one for its line; see appendTokens.
func parse(src string, l *lifted, limits *Limits) (*ast.QueryDocument, *Error) {
	n := l.tokens
	text := appendTokens(make([]byte, 0, len(src)+n), src, n, limits.LenientInts)
	doc, err := parser.ParseQuery(&ast.Source{Input: string(text)})
	at := &locator{text: src, lenient: limits.LenientInts}
	fail := func(message string, token int) *Error {
		return &Error{Message: "Syntax Error: " + message, Locations: []Location{at.token(token)}}
	}
	if err != nil {
		token, message := n, err.Error()
		var g *gqlerror.Error
		if errors.As(err, &g) {
			message = g.Message
			if len(g.Locations) > 0 {
				token = min(g.Locations[0].Line-1, n)
			}
		}
		if at := fragmentVariables(src, token, limits.LenientInts); at >= 0 {
			return nil, fail(`Expected "on", found "(".`, at)
		}
		if token < n || l.badToken < 0 {
			return nil, fail(syntaxMessage(message, src, token, limits.LenientInts), token)
		}
	}
	if l.badToken >= 0 {
		return nil, &Error{Message: l.err.Message, Locations: []Location{at.offset(l.err.Locations[0].Line)}}
	}
	if len(doc.Operations) == 0 && len(doc.Fragments) == 0 {
		return nil, fail("Unexpected <EOF>.", n)
	}
	for _, f := range doc.Fragments {
		if len(f.VariableDefinition) > 0 {
			return nil, fail(`Expected "on", found "(".`, tokenOf(f.Position)+2)
		}
	}
	return doc, nil
}

// syntaxMessage says in graphql-js's words what the parser found wrong at a token.
func syntaxMessage(message, src string, token int, lenient bool) string {
	before, found := describeTokens(src, token, lenient)
	expected := ""
	switch {
	case strings.HasPrefix(message, "expected at least one"):
		expected = "Name"
		if found == `")"` && opensVariables(before) {
			expected = `"$"`
		}
	case strings.HasPrefix(message, "Expected "):
		expected, _, _ = strings.Cut(strings.TrimPrefix(message, "Expected "), ", found")
		if expected != "Name" && !strings.HasPrefix(expected, `"`) {
			expected = `"` + expected + `"`
		}
	case strings.HasPrefix(message, "exceeded"):
		return message + "."
	case found == `"$"` && unclosed(before, "(", ")") > 0:
		_, name := describeTokens(src, token+1, lenient)
		return "Unexpected variable \"$" + strings.Trim(strings.TrimPrefix(name, "Name "), `"`) + "\" in constant value."
	default:
		return "Unexpected " + found + "."
	}
	return "Expected " + expected + ", found " + found + "."
}

// opensVariables reports whether the parenthesis that ends the tokens belongs to an operation and not
// to a field or directive.
func opensVariables(before []string) bool {
	n := len(before)
	if n < 2 || before[n-1] != "(" {
		return false
	}
	isOperation := func(s string) bool { return s == "query" || s == "mutation" || s == "subscription" }
	return unclosed(before, "{", "}") == 0 && (isOperation(before[n-2]) || n > 2 && isOperation(before[n-3]))
}

// unclosed counts the brackets of a kind that are still open after the tokens.
func unclosed(tokens []string, open, closing string) int {
	depth := 0
	for _, t := range tokens {
		switch t {
		case open:
			depth++
		case closing:
			depth--
		}
	}
	return depth
}

// fragmentVariables finds the parenthesis after a fragment's name, which gqlparser allows and the
// specification does not; -1 when there is none among the first n tokens.
func fragmentVariables(src string, n int, lenient bool) int {
	before, _ := describeTokens(src, n, lenient)
	depth := 0
	for i, t := range before {
		switch {
		case t == "{":
			depth++
		case t == "}":
			depth--
		case t == "(" && depth == 0 && i >= 2 && before[i-2] == "fragment":
			return i
		}
	}
	return -1
}

// describeTokens returns the text of the tokens before the i-th, and how graphql-js describes that one.
func describeTokens(src string, i int, lenient bool) (before []string, found string) {
	lex := lexer{src: src, lenient: lenient}
	for {
		t := lex.next()
		text := src[t.start:t.end]
		if i--; i >= 0 && t.kind != kEOF && t.kind != kBad {
			before = append(before, text)
			continue
		}
		return before, describeToken(t, text)
	}
}

func describeToken(t token, text string) string {
	switch t.kind {
	case kEOF, kBad:
		return "<EOF>"
	case kName:
		return `Name "` + text + `"`
	case kInt:
		return `Int "` + text + `"`
	case kFloat:
		return `Float "` + text + `"`
	case kString:
		return `String "` + stringValue(t.kind, text, true) + `"`
	case kBlock:
		return `BlockString "` + stringValue(t.kind, text, true) + `"`
	}
	return `"` + text + `"`
}
