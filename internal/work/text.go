package work

import (
	"net/mail"
	"strings"
	"unicode/utf8"
)

func validEmail(s string) bool {
	a, err := mail.ParseAddress(strings.TrimSpace(s))
	return err == nil && a.Address == strings.TrimSpace(s) && len(s) <= 254
}

// Documented or sensible maxima of texts, in characters.
const (
	nameMax        = 255
	descriptionMax = 5000
)

// checkName refuses names that are empty or longer than 255 characters.
func checkName(field, name string) error {
	if name = strings.TrimSpace(name); name == "" {
		return invalid(field, "%s is empty; give 1 to %d characters", field, nameMax)
	}
	return checkText(field, name, nameMax)
}

// checkText refuses what is too long, and what a database or a JSON feed would refuse or alter: the
// character NUL and bytes that are not UTF-8.
func checkText(field, s string, most int) error {
	if n := utf8.RuneCountInString(s); n > most {
		return invalid(field, "%s has %d characters; at most %d are allowed", field, n, most)
	}
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return invalid(field, "%s contains the character NUL or is not UTF-8", field)
	}
	return nil
}
