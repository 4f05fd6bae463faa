package mondayapi

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ruling is what an error means: its kind, and whether another try can help.
type ruling struct {
	kind      Kind
	again     again
	everybody bool // other calls would run into it too
	weight    int  // of several errors in one answer the heaviest decides
}

// The rulings, the heaviest first. A limit that passes has no kind of its own, since it is never returned.
var (
	daily        = ruling{kind: DailyLimit, weight: 9}
	limited      = ruling{kind: Transient, again: afterLimit, everybody: true, weight: 8} // of the account
	limitedHere  = ruling{kind: Transient, again: afterLimit, weight: 7}                  // of this call
	unauthorized = ruling{kind: Unauthorized, weight: 6}
	expired      = ruling{kind: CursorExpired, weight: 5}
	tooComplex   = ruling{kind: TooComplex, weight: 4}
	transient    = ruling{kind: Transient, again: afterWhile, weight: 3}
	forbidden    = ruling{kind: Forbidden, weight: 2}
	invalid      = ruling{kind: Invalid, weight: 1}
)

// codes are the API's codes as fold writes them, since every one of them has been spelt in several ways.
var codes = map[string]ruling{
	"dailylimit":     daily,
	"dailycalllimit": daily,

	"complexity":                 limited, // ComplexityException
	"complexitybudget":           limited, // COMPLEXITY_BUDGET_EXHAUSTED
	"minuterate":                 limited,
	"minuteratelimit":            limited,
	"ratelimit":                  limited,
	"ipratelimit":                limited,
	"calllimit":                  limitedHere,
	"maxconcurrency":             limitedHere,
	"concurrencylimit":           limitedHere,
	"fieldlimit":                 limitedHere,
	"toomanyrequests":            limitedHere,
	"fieldminuteratelimit":       limitedHere,
	"userminutelimit":            limitedHere,
	"maxcomplexity":              tooComplex,
	"querytoocomplex":            tooComplex,
	"cursor":                     expired, // CursorException
	"cursorexpired":              expired, // CursorExpiredError
	"invalidcursor":              expired,
	"notauthenticated":           unauthorized,
	"unauthenticated":            unauthorized,
	"useraccessdenied":           unauthorized,
	"userunauthorized":           forbidden,
	"userunauthroized":           forbidden, // so until 2023-10
	"unauthorizedfieldortype":    forbidden,
	"missingrequiredpermissions": forbidden,
	"forbidden":                  forbidden,
	"internalserver":             transient,
	"timeout":                    transient,
	"gatewaytimeout":             transient,
	"badgateway":                 transient,
	"serviceunavailable":         transient,
	"subrequesthttp":             transient, // SUBREQUEST_HTTP_ERROR, of the router
	"apitemporarilyblocked":      transient,
	"resourcelocked":             transient,
	"idempotencyconflict":        transient,
	"graphqlvalidationfailed":    invalid,
	"graphqlparsefailed":         invalid,
	"undefinedfield":             invalid,
	"jsonparse":                  invalid,
	"badrequest":                 invalid,
	"invalidversion":             invalid,
	"invalidargument":            invalid,
	"resourcenotfound":           invalid,
}

// fold writes a code in the one form that codes is in: DAILY_LIMIT_EXCEEDED, dailyLimitExceeded and
// DailyLimitException are the same.
func fold(code string) string {
	s := strings.ToLower(strings.NewReplacer("_", "", " ", "", "-", "").Replace(code))
	for _, end := range []string{"exception", "error", "exceeded", "exhausted"} {
		s = strings.TrimSuffix(s, end)
	}
	return s
}

// messages are parts of messages, in lower case, for errors whose code says nothing. The first counts.
var messages = []struct {
	part string
	ruling
}{
	{"daily limit exceeded", daily},
	{"exceeds max complexity", tooComplex},
	{"complexity budget exhausted", limited},
	{"cursorexpirederror", expired},
	{"cursor provided for pagination has expired", expired},
	{"rate limit already blocked", limitedHere},
	{"too many concurrent requests", limitedHere},
	{"concurrency limit exceeded", limitedHere},
	{"call limit exceeded", limitedHere},
	{"rate limit exceeded", limited},
	{"not authenticated", unauthorized},
	{"your ip is restricted", unauthorized},
	{"unauthorized field or type", forbidden},
	{"user unauthorized to perform action", forbidden},
	{"resource is currently locked", transient},
	{"internal server error", transient},
	{"processing timeout exceeded", transient},
}

// statuses are what a status means, of HTTP or of an error within, when there is nothing better to go by.
var statuses = map[int]ruling{
	401: unauthorized,
	403: forbidden,
	408: transient,
	409: transient,
	423: transient,
	425: transient,
	429: limited,
}

func byStatus(status int) (ruling, bool) {
	r, ok := statuses[status]
	switch {
	case ok:
		return r, true
	case status >= 500:
		return transient, true
	case status >= 300:
		return invalid, true
	}
	return ruling{}, false
}

// rule says what an error of an answer with an HTTP status means.
func (f *fault) rule(status int) ruling {
	if r, ok := codes[fold(f.code)]; ok {
		return r
	}
	message := strings.ToLower(f.message)
	for _, m := range messages {
		if strings.Contains(message, m.part) {
			return m.ruling
		}
	}
	if status == http.StatusOK && f.code == "" && f.located {
		return invalid
	}
	if status == http.StatusTooManyRequests {
		return limited
	}
	if r, ok := byStatus(f.status); ok {
		return r
	}
	if r, ok := byStatus(status); ok {
		return r
	}
	return invalid
}

// judge makes an answer or a failure of what came. The data is decoded only for an answer.
func (c *Client) judge(r *reply, data any, last bool) (*Answer, *failure) {
	env, err := open(r.body.Bytes())
	faults := env.faults()
	if err != nil || env.data == nil && len(faults) == 0 {
		return nil, c.bare(r, err)
	}
	if env.complexity != nil {
		_ = decode(env.complexity, &r.complexity) // null on some errors
	}
	f := c.heaviest(r, &env, faults)
	partial := len(faults) > 0 && !env.empty()
	if f != nil {
		leftOut := partial && f.again == afterLimit // a part is missing for a limit that passes
		if leftOut {
			f.again = afterWhile // so that one part that never comes does not keep the rest forever
		}
		if !partial || leftOut && !last {
			f.err.Fields = c.fieldErrors(faults)
			return nil, f
		}
	}
	if err := decode(env.data, data); err != nil {
		return nil, c.undecodable(r, &env, err)
	}
	a := &Answer{
		Complexity: r.complexity, RequestID: c.requestID(r, &env), Version: c.secret.hide(r.header.Get("Api-Version")), Bytes: r.body.Len(),
	}
	a.Errors = c.fieldErrors(faults)
	return a, nil
}

func (c *Client) fieldErrors(faults []fault) (list []FieldError) {
	for _, f := range faults {
		list = append(list, FieldError{Code: c.secret.hide(f.code), Message: c.clip(f.message), Path: f.path})
	}
	return list
}

// heaviest makes a failure of the error that decides; nil when there is none.
func (c *Client) heaviest(r *reply, env *envelope, faults []fault) *failure {
	var found *fault
	var ruled ruling
	for i := range faults {
		if rule := faults[i].rule(r.status); found == nil || rule.weight > ruled.weight {
			found, ruled = &faults[i], rule
		}
	}
	if found == nil {
		return nil
	}
	f := &failure{again: ruled.again, everybody: ruled.everybody, err: &Error{
		Kind: ruled.kind, Code: c.secret.hide(found.code), Message: c.clip(found.message), Status: r.status, RequestID: c.requestID(r, env),
	}}
	f.wait = c.waitOf(r, found)
	f.err.RetryIn = f.wait
	if ruled.kind == DailyLimit && f.wait <= 0 {
		f.err.RetryIn = untilMidnight(c.cfg.Now())
	}
	return f
}

var resetIn = regexp.MustCompile(`(?i)\b(?:reset|retry|try again) in (\d+(?:\.\d+)?) ?(?:s\b|sec)`)

// waitOf is how long the service says to wait: in the body, in its text, in the header.
func (c *Client) waitOf(r *reply, f *fault) time.Duration {
	s := f.wait
	if s <= 0 {
		if m := resetIn.FindStringSubmatch(f.message); m != nil {
			s, _ = strconv.ParseFloat(m[1], 64)
		}
	}
	if s <= 0 {
		return retryAfter(r.header, c.cfg.Now())
	}
	return time.Duration(min(s, 2*86400) * float64(time.Second)) // no service means more than two days
}

// retryAfter reads the Retry-After header: seconds, or a date by the clock of the service.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(text, 64); err == nil && s > 0 {
		return time.Duration(min(s, 2*86400) * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		now = theirs
	}
	return min(max(at.Sub(now), 0), 48*time.Hour)
}

// untilMidnight is the time until the calls of a day are counted anew.
func untilMidnight(now time.Time) time.Duration {
	now = now.UTC()
	return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, time.UTC).Sub(now)
}

// bare judges an answer without anything of GraphQL in it: an empty one, or one that was written by
// something between here and the service.
func (c *Client) bare(r *reply, err error) *failure {
	rule, ok := byStatus(r.status)
	page := bytes.HasPrefix(bytes.TrimSpace(r.body.Bytes()), []byte("<"))
	switch {
	case !ok:
		rule = transient
	case r.status == http.StatusForbidden && !page:
		rule = unauthorized // of those who may not use the API it says no more than this
	case r.status == http.StatusForbidden:
		rule = transient // a page is of a firewall, which does not know the token
	}
	e := &Error{Kind: rule.kind, Status: r.status, RequestID: c.secret.hide(r.header.Get("X-Request-Id"))}
	if e.Message = c.said(r, page); err == nil && e.Message == "" {
		e.Message = "the answer has neither data nor errors"
	}
	if to := r.header.Get("Location"); r.status >= 300 && r.status < 400 && to != "" {
		e.Message = "endpoint: the address leads on to " + c.secret.hide(to) + ", where the token is not sent by itself; give that one if it is right"
	}
	f := &failure{err: e, again: rule.again, everybody: rule.everybody, wait: retryAfter(r.header, c.cfg.Now())}
	e.RetryIn = f.wait
	return f
}

var titles = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// said is what can be shown of a body that is not the API's.
func (c *Client) said(r *reply, page bool) string {
	body := bytes.TrimSpace(r.body.Bytes())
	switch {
	case len(body) == 0:
		return "the answer is empty"
	case page:
		if m := titles.FindSubmatch(body); m != nil {
			return "the answer is a web page: " + c.clip(strings.Join(strings.Fields(string(m[1])), " "))
		}
		return "the answer is a web page"
	case body[0] == '{' && r.status == http.StatusOK:
		return "the answer is not whole or has neither data nor errors"
	}
	return c.clip(string(body))
}

// undecodable tells of data that is broken or other than the caller's type.
func (c *Client) undecodable(r *reply, env *envelope, err error) *failure {
	e := &Error{Kind: Invalid, Message: "the answer is not what the document asks for", Status: r.status, RequestID: c.requestID(r, env), Err: c.secret.hideIn(err)}
	if !syntactic(err) {
		return &failure{err: e}
	}
	e.Kind, e.Message = Transient, errNotJSON.Error()
	return &failure{err: e, again: afterWhile}
}

func (c *Client) requestID(r *reply, env *envelope) string {
	id := env.requestID()
	if id == "" {
		id = r.header.Get("X-Request-Id")
	}
	return c.clip(id)
}

const maxMessage = 500

// clip makes a text of others fit to be shown. The token is taken out first, lest half of it stays.
func (c *Client) clip(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(c.secret.hide(text), "?"))
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + " …"
	}
	return text
}
