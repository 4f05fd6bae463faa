package mondayapi

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultTries   = 8
	defaultTimeout = 5 * time.Minute // the service gives up after one
	maxAnswer      = 256 << 20
	maxPooled      = 16 << 20 // larger buffers are not kept from one call to the next
)

// Client is safe for use by several goroutines.
type Client struct {
	cfg     Config
	http    *http.Client
	secret  secret
	limits  limits
	largest int64        // bytes of an answer; maxAnswer but in tests
	reached atomic.Bool  // the service answered at least once
	skew    atomic.Int64 // by how many nanoseconds the service's clock is ahead of ours
}

// New makes a client. It does not call the service; what is wrong with cfg is an error of kind Invalid that
// names the field.
func New(cfg Config) (*Client, error) {
	cfg.Endpoint = cmp.Or(cfg.Endpoint, Endpoint)
	cfg.Version = cmp.Or(cfg.Version, Version)
	cfg.UserAgent = cmp.Or(cfg.UserAgent, "lunedi")
	cfg.Tries = cmp.Or(max(cfg.Tries, 0), defaultTries)
	cfg.Token = strings.TrimSpace(cfg.Token)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Sleep == nil {
		cfg.Sleep = sleep
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := checkToken(cfg.Token); err != nil {
		return nil, err
	}
	if err := checkEndpoint(cfg.Endpoint, cfg.Insecure); err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, http: noRedirects(cfg.HTTP), secret: newSecret(cfg.Token), largest: maxAnswer}
	c.limits.init(cfg.Now)
	return c, nil
}

// Close gives up the connections that the client keeps open between calls, unless they are those of a
// Config.HTTP. Every client has its own: who makes one for each of many runs would pile them up.
func (c *Client) Close() {
	if c.cfg.HTTP == nil {
		c.http.CloseIdleConnections()
	}
}

func checkToken(token string) error {
	if token == "" {
		return &Error{Kind: Invalid, Code: "token", Message: "auth_token is empty: a personal API token is needed"}
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return &Error{Kind: Invalid, Code: "token", Message: "auth_token has spaces or characters that no API token has: copy it anew"}
	}
	return nil
}

// checkEndpoint keeps the token from being sent where others can read it on the way.
func checkEndpoint(endpoint string, insecure bool) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return &Error{Kind: Invalid, Code: "endpoint", Message: fmt.Sprintf("endpoint: %q is not an address like %s", endpoint, Endpoint)}
	}
	if u.Scheme == "http" && !insecure && !loopback(u.Hostname()) {
		return &Error{Kind: Invalid, Code: "endpoint",
			Message: fmt.Sprintf("endpoint: the token would go to %s unencrypted; use https://", u.Host)}
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// noRedirects copies a client and keeps it from taking the token to another address, and from making a
// GET of the POST. What is left is to follow a 307 or 308 on the same host.
func noRedirects(from *http.Client) *http.Client {
	c := http.Client{Timeout: defaultTimeout}
	if from != nil {
		c = *from
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxIdleConnsPerHost = maxSlots // two by default: the others would connect anew for every call
		c.Transport = t
	}
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		first := via[0]
		if req.Method != first.Method || req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme || len(via) > 3 {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &c
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Query sends a document and reads `data` into data. An answer with data and errors is an answer: the
// errors are in it. An answer without data, or whose fields are all null, is an *Error if it has errors,
// whatever its HTTP status. Rate limits of every kind but the daily one are waited for, and so are parts
// of an answer that the service left out because of one; if they are left out at every try, the answer is
// returned as it is.
//
// The document must be one that can be sent twice. When ctx ends, its error is returned, not an *Error.
func (c *Client) Query(ctx context.Context, document string, variables map[string]any, data any) (*Answer, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables,omitempty"`
	}{document, variables})
	if err != nil {
		return nil, &Error{Kind: Invalid, Message: "the variables cannot be written as JSON", Err: err}
	}
	for failed, limited := 0, 0; ; {
		answer, f, err := c.once(ctx, document, body.Bytes(), data, failed+1 >= c.cfg.Tries)
		if err != nil {
			return nil, err
		}
		if f == nil {
			if c.cfg.Answered != nil {
				c.cfg.Answered(answer)
			}
			return answer, nil
		}
		n := 0
		switch f.again {
		case never:
			return nil, f.err
		case afterLimit:
			limited++
			n = limited
		case afterWhile:
			failed++
			if n = failed; failed >= c.cfg.Tries || c.hopeless(f.err) {
				return nil, f.err
			}
		}
		d := f.wait
		if d <= 0 {
			d = backoff(n)
		} else {
			d += min(time.Duration(rand.Int64N(int64(d)/10+1)), time.Second) // so that callers do not all come back at once
		}
		if f.everybody {
			c.limits.close(c.cfg.Now().Add(d), f.err) // the next try waits there, with all others
			continue
		}
		if err := c.pause(ctx, c.cfg.Now().Add(d), f.err); err != nil {
			return nil, err
		}
	}
}

// backoff is how long to wait before the try after the nth: 1 to 2 seconds, 2 to 4, up to 30 to 60.
func backoff(n int) time.Duration {
	d := min(time.Second<<min(n, 6), time.Minute)
	return d/2 + time.Duration(rand.Int64N(int64(d)/2+1))
}

// hopeless says that an address never worked and is not going to: most often it is mistyped.
func (c *Client) hopeless(e *Error) bool {
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return !c.reached.Load() && (errors.As(e.Err, &dns) && dns.IsNotFound ||
		errors.As(e.Err, &unknown) || errors.As(e.Err, &host) || errors.As(e.Err, &invalid))
}

// pause waits until a time and tells of it.
func (c *Client) pause(ctx context.Context, until time.Time, why *Error) error {
	d := until.Sub(c.cfg.Now())
	if d <= 0 {
		return ctx.Err()
	}
	if c.cfg.Waiting != nil {
		c.cfg.Waiting(until, why)
	}
	c.cfg.Log.Info("waiting before the next call to the API", "for", d.Round(time.Millisecond), "why", why.Error())
	if err := c.cfg.Sleep(ctx, d); err != nil {
		return fmt.Errorf("waiting because of %q: %w", why.Error(), err)
	}
	return nil
}

// again says whether and when a call is made once more.
type again uint8

const (
	never      again = iota
	afterWhile       // as often as Config.Tries says
	afterLimit       // whenever the limit is over
)

// failure is a call that did not bring an answer.
type failure struct {
	err       *Error
	again     again
	wait      time.Duration // as the service says; 0 when it does not
	everybody bool          // the limit holds for all calls, not for this one alone
}

// once makes one call. last says that there will be no other: then an answer with parts left out is taken.
// An error is one of ctx or Spend.
func (c *Client) once(ctx context.Context, document string, body []byte, data any, last bool) (*Answer, *failure, error) {
	slot, err := c.enter(ctx, document)
	if err != nil {
		return nil, nil, err
	}
	if c.cfg.Spend != nil {
		if err := c.cfg.Spend(); err != nil {
			slot.leave(nil)
			return nil, nil, err
		}
	}
	reply, err := c.send(ctx, body)
	if reply != nil {
		defer reply.free()
		c.reached.Store(true)
		c.setClock(reply.header)
	}
	if ctx.Err() != nil && err != nil {
		slot.leave(nil)
		return nil, nil, fmt.Errorf("calling the API: %w", ctx.Err())
	}
	if err != nil {
		slot.leave(reply)
		return nil, c.broken(reply, err), nil
	}
	answer, f := c.judge(reply, data, last)
	slot.leave(reply)
	return answer, f, nil
}

// reply is what came over the wire.
type reply struct {
	status     int
	header     http.Header
	body       *bytes.Buffer
	complexity Complexity // filled in by judge
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (r *reply) free() {
	if r.body != nil && r.body.Cap() <= maxPooled {
		r.body.Reset()
		buffers.Put(r.body)
	}
	r.body = nil
}

var errTooLarge = errors.New("the answer is too large")

// send makes the HTTP request and reads its answer. When only the body failed, there are a reply and an
// error.
func (c *Client) send(ctx context.Context, body []byte) (*reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", c.cfg.Token)
	req.Header.Set("API-Version", c.cfg.Version)
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	r := &reply{status: res.StatusCode, header: res.Header, body: buffers.Get().(*bytes.Buffer)}
	from := io.Reader(res.Body)
	if strings.EqualFold(res.Header.Get("Content-Encoding"), "gzip") { // a transport of one's own may leave it
		if from, err = gzip.NewReader(res.Body); err != nil {
			return r, err
		}
	}
	if res.ContentLength > c.largest {
		return r, errTooLarge
	}
	if n := res.ContentLength; n > 0 && n <= maxPooled {
		r.body.Grow(int(n) + bytes.MinRead) // MinRead more: ReadFrom wants room to see the end
	}
	n, err := r.body.ReadFrom(io.LimitReader(from, c.largest+1))
	if n > c.largest {
		return r, errTooLarge
	}
	return r, err
}

// broken tells of a call whose answer did not come, or not whole.
func (c *Client) broken(r *reply, err error) *failure {
	e := &Error{Kind: Transient, Err: c.secret.hideIn(err)}
	if r != nil {
		e.Status, e.RequestID = r.status, c.secret.hide(r.header.Get("X-Request-Id"))
	}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errTooLarge):
		e.Kind, e.Message = TooComplex, fmt.Sprintf("the answer is larger than %d MB", c.largest>>20)
		return &failure{err: e}
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Message = "the service did not answer in time"
	case r != nil:
		e.Message = "the answer broke off"
	}
	f := &failure{err: e, again: afterWhile}
	if r != nil {
		f.wait = retryAfter(r.header, c.cfg.Now())
	}
	return f
}
