package column

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxLongText is how many characters a long text holds.
const MaxLongText = 2000

// maxNumber is how long a number may be written, exponents worked out.
const maxNumber = 64

func parseText(w *write, in any) (Value, error) {
	s, ok := toText(in)
	if !ok {
		return Value{}, w.bad()
	}
	return simpleText(w, s)
}

func simpleText(w *write, s string) (Value, error) {
	if s == "" {
		return Value{}, nil
	}
	return Value{JSON: quote(s), Text: s}, nil
}

func parseLongText(w *write, in any) (Value, error) {
	m, ok := object(in, "text")
	if !ok {
		return Value{}, w.bad()
	}
	s, ok := toText(m["text"])
	if !ok {
		return Value{}, w.bad()
	}
	return simpleLongText(w, s)
}

func simpleLongText(w *write, s string) (Value, error) {
	if s == "" {
		return Value{}, nil
	}
	if utf8.RuneCountInString(s) > MaxLongText {
		return Value{}, w.refuse("the text is longer than 2,000 characters")
	}
	return Value{JSON: `{"text":` + quote(s) + `}`, Text: s}, nil
}

func parseNumber(w *write, in any) (Value, error) {
	if _, isBool := in.(bool); isBool {
		return Value{}, w.bad()
	}
	s, ok := toText(in)
	if !ok {
		return Value{}, w.bad()
	}
	return simpleNumber(w, s)
}

// simpleNumber keeps the number as it was written, trailing zeros and all:
// "4.50" reads 4.50. An empty string in JSON is nought, not nothing.
func simpleNumber(w *write, s string) (Value, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		s = "0"
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f-f != 0 {
		return Value{}, w.bad()
	}
	if strings.Trim(s, "0123456789.-") != "" || s[0] == '.' || strings.HasPrefix(s, "-.") || strings.HasSuffix(s, ".") {
		s = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if len(s) > maxNumber {
		return Value{}, w.bad()
	}
	return Value{JSON: `"` + s + `"`, Text: s}, nil
}

// Number is the number in a numbers cell.
func Number(v Value) (float64, bool) { return float(v.JSON) }

// NumberShown is the number with its unit and decimals, as boards show it.
func (c *Column) NumberShown(v Value) string {
	f, ok := Number(v)
	if !ok {
		return ""
	}
	u := c.Settings.Unit
	s := v.Text
	if u.Precision >= 0 {
		s = strconv.FormatFloat(f, 'f', u.Precision, 64)
	}
	if u.Left {
		return u.Symbol + s
	}
	return s + u.Symbol
}
