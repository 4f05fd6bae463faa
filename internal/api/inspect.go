package api

import (
	"encoding/json"
	"unicode/utf8"
)

// maxInspected is up to which size an answer is read again for the messages of its errors.
const maxInspected = 1 << 20

// inspect tells what was asked and what was answered to it. The request and the answer are still there.
func (j *job) inspect(o *Observation) {
	o.Query = cutOff(j.req.Query)
	if len(j.req.Variables) > 0 {
		if b, err := json.Marshal(j.req.Variables); err == nil {
			o.Variables = cutOff(string(b))
		}
	}
	if len(o.Codes) == 0 || len(j.buf) > maxInspected {
		return
	}
	var a struct {
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(j.buf, &a) != nil {
		return
	}
	for _, e := range a.Errors {
		o.Errors = append(o.Errors, cutOff(e.Message))
	}
}

// cutOff is a text, or its beginning where it is long. It does not hold on to what it was part of.
func cutOff(s string) string {
	if len(s) <= InspectMax {
		return s
	}
	n := InspectMax
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return string(append([]byte(s[:n]), "…"...))
}
