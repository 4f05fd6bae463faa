package column

import "strings"

// labelled is how an address with a display text reads.
func labelled(address, text string) string {
	if text == "" || text == address {
		return address
	}
	if address == "" {
		return text
	}
	return text + " - " + address
}

// partsLabelled is what boards show of an e-mail or link: its display text
// where it has one. Filters look at that and at nothing else.
func partsLabelled(c *Column, v Value, _ Env) []string {
	if t := str(field(v.JSON, "text")); t != "" {
		return []string{t}
	}
	key := "email"
	if c.Kind.Name == Link {
		key = "url"
	}
	return []string{str(field(v.JSON, key))}
}

func parseEmail(w *write, in any) (Value, error) {
	m, ok := object(in, "email", "text")
	if !ok {
		return Value{}, w.bad()
	}
	email, ok1 := toText(m["email"])
	text, ok2 := toText(m["text"])
	if !ok1 || !ok2 {
		return Value{}, w.bad()
	}
	return w.email(email, text)
}

func simpleEmail(w *write, s string) (Value, error) {
	email, text, _ := strings.Cut(strings.TrimSpace(s), " ")
	return w.email(email, strings.TrimSpace(text))
}

func (w *write) email(email, text string) (Value, error) {
	email = strings.TrimSpace(email)
	if email == "" && text == "" {
		return Value{}, nil
	}
	name, host, ok := strings.Cut(email, "@")
	if !ok || name == "" || host == "" || strings.ContainsAny(email, " \t\n,;<>") || strings.Contains(host, "@") {
		return Value{}, w.bad()
	}
	if text == "" {
		text = email
	}
	return w.Kind.Restore(`{"email":` + quote(email) + `,"text":` + quote(text) + `}`), nil
}

// EmailOf is the address and the display text of an e-mail cell.
func EmailOf(v Value) (email, text string) {
	return str(field(v.JSON, "email")), str(field(v.JSON, "text"))
}

func parseLink(w *write, in any) (Value, error) {
	m, ok := object(in, "url", "text")
	if !ok {
		return Value{}, w.bad()
	}
	url, ok1 := toText(m["url"])
	text, ok2 := toText(m["text"])
	if !ok1 || !ok2 {
		return Value{}, w.bad()
	}
	return w.link(url, text)
}

func simpleLink(w *write, s string) (Value, error) {
	url, text, _ := strings.Cut(strings.TrimSpace(s), " ")
	return w.link(url, strings.TrimSpace(text))
}

// link takes addresses of schemes that are safe to show as links.
func (w *write) link(url, text string) (Value, error) {
	url = strings.TrimSpace(url)
	if url == "" && text == "" {
		return Value{}, nil
	}
	if !safeURL(url) {
		return Value{}, w.bad()
	}
	return w.Kind.Restore(`{"url":` + quote(url) + `,"text":` + quote(text) + `}`), nil
}

func safeURL(url string) bool {
	scheme, rest, ok := strings.Cut(url, ":")
	if !ok || rest == "" || strings.ContainsAny(url, " \t\n\r") {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ftp", "file":
		return strings.HasPrefix(rest, "//") && len(rest) > 2
	case "mailto", "tel", "sms", "callto":
		return true
	}
	return false
}

// LinkOf is the address and the display text of a link cell.
func LinkOf(v Value) (url, text string) {
	return str(field(v.JSON, "url")), str(field(v.JSON, "text"))
}

func parsePhone(w *write, in any) (Value, error) {
	m, ok := object(in, "phone", "countryShortName")
	if !ok {
		return Value{}, w.bad()
	}
	phone, ok1 := toText(m["phone"])
	country, ok2 := toText(m["countryShortName"])
	if !ok1 || !ok2 {
		return Value{}, w.bad()
	}
	return w.phone(phone, country)
}

// simplePhone reads a number and, behind the last space, the country.
func simplePhone(w *write, s string) (Value, error) {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, ' '); i > 0 && countryCode(s[i+1:]) {
		return w.phone(strings.TrimSpace(s[:i]), s[i+1:])
	}
	return w.phone(s, "")
}

func (w *write) phone(phone, country string) (Value, error) {
	phone = strings.TrimSpace(phone)
	if phone == "" {
		return Value{}, nil
	}
	n := 0
	for _, r := range phone {
		switch {
		case r >= '0' && r <= '9':
			n++
		case !strings.ContainsRune("+-() ./x#*", r):
			return Value{}, w.bad()
		}
	}
	if n < 2 || n > 20 || country != "" && !countryCode(country) {
		return Value{}, w.bad()
	}
	return w.Kind.Restore(`{"phone":` + quote(phone) + `,"countryShortName":"` + country + `"}`), nil
}

// countryCode tells whether s has the form of an ISO country code, in capitals.
func countryCode(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// PhoneOf is the number and the country code of a phone cell.
func PhoneOf(v Value) (phone, country string) {
	return str(field(v.JSON, "phone")), str(field(v.JSON, "countryShortName"))
}
