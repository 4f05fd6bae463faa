package api

import (
	"compress/gzip"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// Header values that are the same for every answer, made once. They are shared and never written to.
var (
	typeJSON      = []string{"application/json"}
	typeJSONUTF8  = []string{"application/json; charset=utf-8"}
	typeText      = []string{"text/plain; charset=utf-8"}
	anyOrigin     = []string{"*"}
	varyOn        = []string{"accept-encoding, origin"}
	exposed       = []string{"Api-Version, X-Request-Id, Retry-After, RateLimit, RateLimit-Policy"}
	encodedGzip   = []string{"gzip"}
	versionHeader = func() map[string][]string {
		m := map[string][]string{}
		for _, v := range served {
			m[v.name] = []string{v.name}
		}
		return m
	}()
)

// ServeHTTP answers on /v2, /v2/get_schema and /v2/file, and where files are read.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["Vary"] = varyOn
	header["Access-Control-Expose-Headers"] = exposed
	id := header.Get("X-Request-Id")
	if id == "" {
		id = h.cfg.NewID()
		header["X-Request-Id"] = []string{id}
	}
	if r.Method == http.MethodOptions {
		h.preflight(w, r)
		return
	}
	switch r.URL.Path {
	case "/v2", "/v2/":
		if r.Method != http.MethodPost {
			h.wrongMethod(w, r, id)
			return
		}
		h.post(w, r, &call{h: h, id: id})
	case "/v2/get_schema", "/v2/get_schema/":
		h.schema(w, r, id)
	case "/v2/file", "/v2/file/":
		if r.Method != http.MethodPost {
			h.wrongMethod(w, r, id)
			return
		}
		h.post(w, r, &call{h: h, id: id, toFile: true})
	default:
		if strings.HasPrefix(r.URL.Path, publicPath) || strings.HasPrefix(r.URL.Path, protectedPath) {
			h.download(w, r, id)
			return
		}
		h.refuse(w, r, refuse(http.StatusNotFound, "NOT_FOUND", "There is nothing at this address; the API is at /v2"), id)
	}
}

// preflight lets browsers send anything: who may do what is the token's matter.
func (h *Handler) preflight(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	asked := r.Header.Get("Access-Control-Request-Headers")
	if asked == "" || len(asked) > 1024 {
		asked = "Authorization, Content-Type, API-Version, Idempotency-Key"
	}
	header.Set("Access-Control-Allow-Headers", asked)
	header.Set("Access-Control-Max-Age", "86400")
	header.Set("Allow", "GET, POST, OPTIONS")
	w.WriteHeader(http.StatusNoContent)
}

func (h *Handler) wrongMethod(w http.ResponseWriter, r *http.Request, id string) {
	if r.Method == http.MethodGet && r.URL.Query().Has("query") {
		h.refuse(w, r, refuse(400, codeBadRequest, "The query must be in the body of a POST request, not in the address"), id)
		return
	}
	w.Header().Set("Allow", "POST, OPTIONS")
	h.refuse(w, r, refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", `Send a POST request with a JSON body like {"query":"{ me { id } }"}`), id)
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, bad *refusal, id string) {
	h.write(w, r, bad.status, typeJSON, bad.append(nil, id))
}

// schema tells a version's schema, to anybody.
func (h *Handler) schema(w http.ResponseWriter, r *http.Request, id string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		h.refuse(w, r, refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Send a GET request; for an introspection query, POST it to /v2"), id)
		return
	}
	q := r.URL.Query()
	v, _ := negotiate(q.Get("version"))
	w.Header()["Api-Version"] = versionHeader[v.name]
	switch format := q.Get("format"); format {
	case "sdl":
		h.write(w, r, 200, typeText, []byte(h.exec.SDL(v.name)))
	case "", "json":
		h.write(w, r, 200, typeJSON, append(append([]byte(`{"data":`), h.exec.Introspection(v.name)...), '}'))
	default:
		h.refuse(w, r, refuse(400, codeBadRequest, "format is json or sdl"), id)
	}
}

// authenticate finds who asks. Nothing else of a request is looked at before.
func (h *Handler) authenticate(ctx context.Context, r *http.Request) (work.Caller, *refusal) {
	token := ""
	if v := r.Header["Authorization"]; len(v) > 0 {
		token = strings.TrimSpace(v[0])
	}
	if len(token) > 7 && strings.EqualFold(token[:7], "bearer ") {
		token = strings.TrimSpace(token[7:])
	}
	by, err := h.service.Authenticate(ctx, token)
	if err == nil {
		from, _, _ := net.SplitHostPort(r.RemoteAddr) // what has no port is no address of the network
		return by.At(from), nil
	}
	e := work.ErrorOf(err)
	switch e.Code {
	case work.CodeUnauthenticated:
		return by, refuse(http.StatusUnauthorized, "NOT_AUTHENTICATED", "Not authenticated")
	case work.CodeNoAccess:
		return by, refuse(http.StatusForbidden, "USER_ACCESS_DENIED", e.Msg)
	case work.CodeUnavailable:
		return by, refuse(http.StatusServiceUnavailable, "INTERNAL_SERVER_ERROR", e.Msg)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return by, refuse(statusGone, "", "")
	case errors.Is(err, context.DeadlineExceeded):
		return by, timedOut
	}
	h.cfg.Log.Error("authenticating", "err", err)
	return by, refuse(http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", "Internal server error")
}

// unauthorized answers those who do not come in. The body has no request id, and no version answers.
func (h *Handler) unauthorized(w http.ResponseWriter, r *http.Request, bad *refusal) {
	if bad.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	if bad.status != statusGone {
		h.write(w, r, bad.status, typeJSONUTF8, bad.append(nil, ""))
	}
}

// statusGone is what is observed of a client that went away before it was answered.
const statusGone = 499

// job is what one POST needs, kept from one to the next.
type job struct {
	buf []byte // the body, then the answer
	// c is made anew for each request: whom it was handed to may look at it after the answer.
	c   *graphql.Context
	k   call
	req graphql.Request
}

var jobs = sync.Pool{New: func() any { return &job{buf: make([]byte, 0, 8<<10)} }}

// maxPooled keeps the pool from holding on to the buffers of exceptional answers.
const maxPooled = 1 << 20

// ServeAs runs the operation of a POST for a caller who has been authenticated by other means. With
// readOnly mutations are refused.
func (h *Handler) ServeAs(w http.ResponseWriter, r *http.Request, by work.Caller, readOnly bool) {
	id := w.Header().Get("X-Request-Id")
	if id == "" {
		id = h.cfg.NewID()
	}
	h.post(w, r, &call{h: h, id: id, by: by, known: true, readOnly: readOnly})
}

// post runs an operation.
func (h *Handler) post(w http.ResponseWriter, r *http.Request, k *call) {
	start := h.cfg.Now()
	j := jobs.Get().(*job)
	j.c, j.k = &graphql.Context{Context: &polled{r.Context(), time.Now().Add(h.cfg.RequestTimeout)}, State: &j.k, Now: start}, *k
	o := Observation{RequestID: k.id, Start: start, From: r.RemoteAddr, Path: r.URL.Path}
	a := h.answer(w, r, j, &o)
	if j.k.toFile {
		h.fileAnswer(j, &a)
	}
	if o.Status = a.status; o.Status != statusGone {
		header := w.Header()
		if a.version != nil {
			header["Api-Version"] = versionHeader[a.version.name]
		}
		if a.status == http.StatusServiceUnavailable {
			a.retry = 1
		}
		if a.retry > 0 {
			header.Set("Retry-After", strconv.Itoa(a.retry))
		}
		if o.Account != 0 { // who asks is known
			h.budgets.tell(header, j.k.by, h.cfg.Now())
		}
		h.write(w, r, a.status, a.typ, j.buf)
	}
	if j.k.entered {
		h.budgets.leave(j.k.by, h.cfg.Now())
	}
	if h.cfg.Observe != nil {
		o.Duration = h.cfg.Now().Sub(start)
		if h.cfg.Inspect {
			j.inspect(&o)
		}
		h.cfg.Observe(o)
	}
	j.c, j.k, j.req = nil, call{}, graphql.Request{}
	if cap(j.buf) <= maxPooled {
		jobs.Put(j)
	}
}

// polled is a context whose time is up when somebody looks, without a timer for every request: reads
// are made of many short steps, with a look in between. Done does not know of it, so whatever waits
// for something sets a timer of its own.
type polled struct {
	context.Context
	end time.Time
}

func (p *polled) Deadline() (time.Time, bool) { return p.end, true }

func (p *polled) Err() error {
	if err := p.Context.Err(); err != nil {
		return err
	}
	if time.Now().After(p.end) {
		return context.DeadlineExceeded
	}
	return nil
}

// answer is how the body in a job's buffer is to be sent.
type answer struct {
	status  int
	typ     []string
	version *apiVersion // nil where none is told
	retry   int         // seconds after which to ask again; 0 when that is not told
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, j *job, o *Observation) answer {
	by, bad := j.k.by, (*refusal)(nil)
	if !j.k.known {
		by, bad = h.authenticate(j.c.Context, r)
	}
	if bad != nil {
		j.buf, o.Codes = bad.append(j.buf[:0], ""), []string{bad.code}
		return answer{status: bad.status, typ: typeJSONUTF8}
	}
	j.k.by = by
	o.Account, o.User, o.Token = by.Account(), by.User(), by.Token()
	refused := func(bad *refusal) answer { return j.refused(bad, o) }
	if bad := h.budgets.enter(by, j.c.Now); bad != nil {
		return refused(bad)
	}
	j.k.entered = true
	asked := ""
	if v := r.Header["Api-Version"]; len(v) > 0 {
		asked = strings.TrimSpace(v[0])
	}
	version, ok := negotiate(asked)
	if !ok {
		return refused(refuse(200, "InvalidVersionException", "API-Version "+strconv.Quote(asked)+" is not a version; versions are written like "+currentVersion))
	}
	j.k.version, o.Version = version, version.name
	if boundary, ok := isForm(r.Header); ok {
		return h.uploaded(w, r, boundary, j, func(req request) answer { return h.prepared(j, req, o) }, refused)
	}
	if j.buf, bad = readBody(j.buf[:0], r, h.cfg.MaxBody); bad != nil {
		return refused(bad)
	}
	req, bad := decode(j.buf, r.Header["Content-Type"])
	if bad != nil {
		return refused(bad)
	}
	return h.prepared(j, req, o)
}

// refused answers a request that is not run.
func (j *job) refused(bad *refusal, o *Observation) answer {
	j.buf, o.Codes = bad.append(j.buf[:0], j.k.id), []string{bad.code}
	return answer{status: bad.status, typ: typeJSON, retry: bad.retry}
}

// prepared runs an operation if it is valid.
func (h *Handler) prepared(j *job, req request, o *Observation) answer {
	j.req = graphql.Request{Version: j.k.version.name, Query: req.query, OperationName: req.name, Variables: req.variables}
	op, errs := h.exec.Prepare(&j.req)
	if errs != nil {
		h.hint(req.query, errs)
		j.buf = append(j.buf[:0], `{"errors":`...)
		j.buf, o.Codes = h.appendErrors(j.buf, errs)
		j.end(h, nil)
		return answer{status: 200, typ: typeJSON}
	}
	return h.run(j, op, o)
}

// run runs an operation that was found valid.
func (h *Handler) run(j *job, op *graphql.Operation, o *Observation) answer {
	c, k := j.c, &j.k
	o.Kind, o.Name, o.Cost = op.Kind, op.Name, op.Cost
	if err := k.look(c.Context, c); err != nil {
		w := h.wire(err)
		return j.refused(refuse(w.status, w.code, w.message), o)
	}
	if scopes := k.by.Scopes(); scopes != nil {
		c.Allow = func(scope string) error {
			if slices.Contains(scopes, scope) {
				return nil
			}
			return missingScope(scope)
		}
	}
	var over *refusal
	if k.complexity, over = h.budgets.charge(k.by, op.Cost, c.Now); over != nil {
		return j.refused(over, o)
	}
	if op.Kind == "mutation" && k.readOnly {
		return j.refused(refuse(200, "USER_UNAUTHORIZED", "You look at the account as somebody else. Go back to yourself to change something."), o)
	}
	if op.Kind == "mutation" { // it waits for others
		end, _ := c.Deadline()
		timed, cancel := context.WithDeadline(c.Context, end)
		defer cancel()
		c.Context = timed
	}
	const head = `{"data":`
	j.buf = append(j.buf[:0], head...)
	var errs []graphql.Error
	j.buf, errs = h.exec.Append(c, op, j.buf)
	if errs != nil {
		if err := c.Err(); err != nil && cutShort(errs) {
			return h.ended(j, err, o)
		}
		if h.broken(k, op, errs) && (h.cfg.Strict || op.Kind == "query") {
			// The whole part of the answer that a broken service was asked for is gone. Where something
			// was changed, what became of the other fields is more use than that likeness.
			j.buf = append(j.buf[:len(head)], null...)
			for i := range errs {
				if errs[i].Err != nil && h.wire(errs[i].Err).internal {
					errs[i].Path, errs[i].Locations = nil, nil
				}
			}
		}
		j.buf = append(j.buf, `,"errors":`...)
		j.buf, o.Codes = h.appendErrors(j.buf, errs)
	}
	j.end(h, c.Warnings())
	return answer{status: 200, typ: typeJSON, version: k.version}
}

// cutShort reports whether the end of the request's time is among the errors. Where it is not, what
// was done was done in time and is told, late as it may be by now.
func cutShort(errs []graphql.Error) bool {
	return slices.ContainsFunc(errs, func(e graphql.Error) bool {
		return errors.Is(e.Err, context.DeadlineExceeded) || errors.Is(e.Err, context.Canceled)
	})
}

var timedOut = refuse(http.StatusServiceUnavailable, "TIMEOUT_EXCEEDED", "Request processing timeout exceeded")

// ended answers when the time is up; a client that went away gets nothing.
func (h *Handler) ended(j *job, err error, o *Observation) answer {
	if errors.Is(err, context.Canceled) {
		return answer{status: statusGone}
	}
	j.buf, o.Codes = timedOut.append(j.buf[:0], ""), []string{timedOut.code}
	return answer{status: timedOut.status, typ: typeJSON}
}

// end appends the answer's extensions and closes it.
func (j *job) end(h *Handler, warnings []graphql.Error) {
	if j.k.toFile {
		b := append(j.buf, `,"account_id":`...)
		j.buf = append(strconv.AppendInt(b, int64(j.k.by.Account()), 10), '}')
		return
	}
	b := append(j.buf, `,"extensions":{"request_id":`...)
	b = graphql.AppendString(b, j.k.id)
	if len(warnings) > 0 && !h.cfg.Strict {
		b = append(b, `,"warnings":[`...)
		for i := range warnings {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"message":`...)
			b = graphql.AppendString(b, warnings[i].Message)
			b = append(appendPlace(b, &warnings[i], true, warnings[i].Path != nil), '}')
		}
		b = append(b, ']')
	}
	j.buf = append(b, "}}"...)
}

// minGzip is the size from which an answer is compressed for those who ask: what is smaller fits into
// one packet anyway.
const minGzip = 1400

var gzips = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	return z
}}

func (h *Handler) write(w http.ResponseWriter, r *http.Request, status int, typ []string, body []byte) {
	header := w.Header()
	header["Content-Type"] = typ
	if len(body) >= minGzip && acceptsGzip(r.Header["Accept-Encoding"]) {
		header["Content-Encoding"] = encodedGzip
		w.WriteHeader(status)
		if r.Method == http.MethodHead {
			return
		}
		z := gzips.Get().(*gzip.Writer)
		z.Reset(w)
		_, _ = z.Write(body) // the client has gone away; there is nobody to tell
		_ = z.Close()
		z.Reset(nil)
		gzips.Put(z)
		return
	}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func acceptsGzip(accepted []string) bool {
	for _, line := range accepted {
		for part := range strings.SplitSeq(line, ",") {
			name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				q = strings.ReplaceAll(q, " ", "")
				return q != "q=0" && !strings.HasPrefix(q, "q=0.000")
			}
		}
	}
	return false
}
