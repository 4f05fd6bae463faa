package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// tokenLife is how long a receiver can take the token of a posting for a new one.
const tokenLife = 5 * time.Minute

// claims are what a token says, as the real service's do.
type claims struct {
	Account  work.AccountID `json:"accountId"`
	User     work.UserID    `json:"userId,omitempty"` // who did it, where it was a user
	Audience string         `json:"aud"`
	Expires  int64          `json:"exp"`
	Issued   int64          `json:"iat"`
}

// signed is the header of a posting. Authorization holds a JWT, which tells that it comes from here;
// X-Lunedi-Signature is of the body, which the token says nothing of. Without a secret neither is there.
func signed(p *work.Posting, now time.Time) http.Header {
	h := http.Header{"X-Lunedi-Delivery": {p.ID}}
	if p.Secret == nil {
		return h
	}
	h.Set("Authorization", token(p.Secret, claims{p.Account, userOf(p.Body), p.URL, now.Add(tokenLife).Unix(), now.Unix()}))
	h.Set("X-Lunedi-Signature", "sha256="+hex.EncodeToString(sum(p.Secret, p.Body)))
	return h
}

// userOf is who did what a body tells of.
func userOf(body string) work.UserID {
	var told struct {
		Event struct {
			User work.UserID `json:"userId"`
		} `json:"event"`
	}
	_ = json.Unmarshal([]byte(body), &told) // a body without a user is one without a user
	return told.Event.User
}

// token is a JSON Web Token signed with HMAC SHA-256 (RFC 7519, HS256).
func token(secret []byte, c claims) string {
	payload, err := json.Marshal(c)
	if err != nil {
		panic(err) // numbers and a string
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(payload)
	return text + "." + encode(sum(secret, text))
}

func sum(secret []byte, text string) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(text))
	return m.Sum(nil)
}
