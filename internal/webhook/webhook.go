// Package webhook posts the events of boards to the addresses that asked for them.
//
// The one idea: an address is somebody else's machine, of which nothing is believed. It is asked once
// whether it wants events (Challenge). What it is sent is signed; it has ten seconds; what it answers is
// a status and nothing more. Wherever its name leads, the connection itself is refused unless it goes to
// a public address. And however slow it is, the others do not wait for it.
//
// Which events are due, and when to try again, is package work's to say.
package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Config is what a Sender needs. The zero value is for a server that anybody may use.
type Config struct {
	// AllowPrivate lets webhooks lead to addresses that are not public, such as the server's own.
	AllowPrivate bool
	// Timeout is how long an address has to answer; 10 seconds when zero.
	Timeout time.Duration
	// Poll is how often it is looked for what is due without having been told; 5 seconds when zero.
	Poll time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
}

// Sender posts to webhooks. It is safe for concurrent use.
type Sender struct {
	cfg    Config
	client *http.Client
	grace  time.Duration // how long postings may go on when the sender is to stop
}

// New makes a Sender.
func New(cfg Config) *Sender {
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Poll <= 0 {
		cfg.Poll = 5 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	dialer := &net.Dialer{Timeout: cfg.Timeout}
	if !cfg.AllowPrivate {
		dialer.Control = onlyPublic
	}
	return &Sender{cfg: cfg, grace: stopGrace, client: &http.Client{
		// There is no proxy: it would make the connection in our place, and know no such rule.
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true, MaxIdleConns: 64,
			MaxIdleConnsPerHost: perHost, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		},
		// A redirect is an answer like any other that is not 2xx.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answerBytes is as much of an answer as is read.
const answerBytes = 64 << 10

// Challenge asks an address whether it wants events: it is posted {"challenge": "…"} and has to answer
// with the same. The error is a work.Error that says what it did instead.
func (s *Sender) Challenge(ctx context.Context, url string) error {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	challenge := base64.RawURLEncoding.EncodeToString(random)
	body, err := json.Marshal(map[string]string{"challenge": challenge})
	if err != nil {
		return err
	}
	status, answer, err := s.post(ctx, url, body, nil)
	if err != nil {
		if ctx.Err() != nil { // nobody waits any more
			return ctx.Err()
		}
		return refused("url did not answer the challenge: %s", s.why(err))
	}
	var told struct {
		Challenge string `json:"challenge"`
	}
	switch {
	case status != http.StatusOK:
		return refused("url answered the challenge with HTTP status %d; it must answer with status 200 and the JSON body it was sent", status)
	case json.Unmarshal(answer, &told) != nil:
		return refused(`url did not answer the challenge with JSON; it must answer with the body it was sent, like {"challenge":"…"}`)
	case told.Challenge != challenge:
		return refused(`url answered with another challenge; it must answer with the body it was sent, like {"challenge":"…"}`)
	}
	return nil
}

func refused(format string, args ...any) error {
	return &work.Error{Code: work.CodeInvalid, Field: "url", Msg: fmt.Sprintf(format, args...)}
}

// why says what kept an address from answering, to the one who named it. Where names lead inside of our
// network is not told.
func (s *Sender) why(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, errPrivate):
		return "it does not lead to a public address, which is where this server posts to"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no host of that name"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("nothing came within %s", s.cfg.Timeout)
	}
	return "no connection could be made"
}

// post sends a body and returns the answer's status and beginning.
func (s *Sender) post(ctx context.Context, url string, body []byte, header http.Header) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Lunedi-Webhook")
	res, err := s.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(res.Body, answerBytes))
	return res.StatusCode, answer, err
}
