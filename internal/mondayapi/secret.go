package mondayapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// secret takes the token out of texts that others wrote. Services and proxies have been seen to repeat
// headers in their error pages.
type secret struct{ r *strings.Replacer }

func newSecret(token string) secret {
	quoted, _ := json.Marshal(token)
	var pairs []string
	for _, form := range []string{
		token, url.QueryEscape(token), url.PathEscape(token), strings.Trim(string(quoted), `"`),
		base64.StdEncoding.EncodeToString([]byte(token)),
	} {
		pairs = append(pairs, form, "[token]")
	}
	return secret{strings.NewReplacer(pairs...)}
}

func (s secret) hide(text string) string { return s.r.Replace(text) }

// hideIn keeps an error as it is unless the token is in its text.
func (s secret) hideIn(err error) error {
	text := err.Error()
	if clean := s.hide(text); clean != text {
		for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
			if errors.Is(err, known) {
				return known
			}
		}
		return errors.New(clean)
	}
	return err
}
