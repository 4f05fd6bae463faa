package api

import (
	"bytes"
	"unicode/utf8"
)

// quick decodes {"query":"…","variables":{…},"operationName":"…"} in any order, and nothing else. It is
// not ok where the body is anything else, be it right or wrong. variables are not checked yet.
func quick(b []byte) (r request, variables []byte, ok bool) {
	i := space(b, 0)
	if i >= len(b) || b[i] != '{' {
		return r, nil, false
	}
	i = space(b, i+1)
	query := false
	for {
		var key string
		if key, i, ok = quickString(b, i); !ok {
			return r, nil, false
		}
		if i = space(b, i); i >= len(b) || b[i] != ':' {
			return r, nil, false
		}
		i = space(b, i+1)
		switch key {
		case "query":
			r.query, i, ok = quickString(b, i)
			query = true
		case "operationName":
			if ok = bytes.HasPrefix(b[i:], []byte(null)); ok {
				r.name, i = "", i+4
			} else {
				r.name, i, ok = quickString(b, i)
			}
		case "variables":
			start := i
			if ok = bytes.HasPrefix(b[i:], []byte(null)); ok {
				variables, i = nil, i+4
			} else if i, ok = quickObject(b, i); ok {
				variables = b[start:i]
				if i == start+2 {
					variables = nil // {}
				}
			}
		default:
			ok = false
		}
		if !ok {
			return r, nil, false
		}
		if i = space(b, i); i >= len(b) {
			return r, nil, false
		}
		if b[i] == '}' {
			return r, variables, query && space(b, i+1) == len(b)
		}
		if b[i] != ',' {
			return r, nil, false
		}
		i = space(b, i+1)
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// quickObject finds the end of an object.
func quickObject(b []byte, i int) (end int, ok bool) {
	if i >= len(b) || b[i] != '{' {
		return i, false
	}
	depth, inString := 0, false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
	}
	return i, false
}

// quickString decodes a string. Escaped surrogates, which are rare and can be wrong, it leaves to others.
func quickString(b []byte, i int) (s string, end int, ok bool) {
	if i >= len(b) || b[i] != '"' {
		return "", i, false
	}
	i++
	start := i
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
		i++
	}
	if i < len(b) && b[i] == '"' {
		return string(b[start:i]), i + 1, true
	}
	out := make([]byte, 0, len(b)-start)
	for {
		out = append(out, b[start:i]...)
		if i+1 >= len(b) || b[i] != '\\' && b[i] != '"' {
			return "", i, false
		}
		if b[i] == '"' {
			return string(out), i + 1, true
		}
		switch c := b[i+1]; c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			r, ok := hex4(b[i+2:])
			if !ok || r >= 0xd800 && r < 0xe000 {
				return "", i, false
			}
			out = utf8.AppendRune(out, r)
			i += 4
		default:
			return "", i, false
		}
		i += 2
		start = i
		for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
			i++
		}
	}
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
