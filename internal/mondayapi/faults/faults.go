// Package faults stands between a client of the monday.com platform API and a server that speaks it, and
// makes everything go wrong that was seen to go wrong with the real service. What it does to answers it
// does by their documents alone; it knows nothing of the server.
package faults

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kind is a way to fail.
type Kind string

// What happens in place of a call, or around it.
const (
	MinuteLimit    Kind = "minute limit"    // 429, JSON with the seconds
	Concurrency    Kind = "concurrency"     // 429, JSON
	IPLimit        Kind = "IP limit"        // 429, JSON without seconds, Retry-After
	Complexity429  Kind = "complexity 429"  //
	Complexity200  Kind = "complexity 200"  // errors, with HTTP 200
	ComplexityFlat Kind = "complexity flat" // as before 2025: seconds in the text
	FieldLimit     Kind = "field limit"     // flat, seconds in error_data
	LimitEmpty     Kind = "limit empty"     // 429 without a body
	LimitHTML      Kind = "limit HTML"      // 429, a page, Retry-After
	LimitDate      Kind = "limit date"      // 429 without a body, Retry-After with a date
	DailyLimit     Kind = "daily limit"     // by Plan.DailyCalls, too
	Error500       Kind = "500"             // JSON
	Error200       Kind = "500 in 200"      // INTERNAL_SERVER_ERROR, data null
	Error502       Kind = "502"             // a page
	Error503       Kind = "503"             // TIMEOUT_EXCEEDED
	Error504       Kind = "504"             // empty
	Locked         Kind = "locked"          // 423
	Slow           Kind = "slow"            // answered after Plan.Slow
	CutBefore      Kind = "cut before"      // the connection ends; the server was not asked
	CutAfter       Kind = "cut after"       // it ends when the server has done its work
	CutBody        Kind = "cut body"        // it ends within the body
	HalfJSON       Kind = "half JSON"       // a whole body of half an answer
	CursorExpired  Kind = "cursor expired"  // where a document has a cursor
	TooComplex     Kind = "too complex"     // by Plan.Most alone
	Throttled      Kind = "throttled"       // a field is null for tooManyRequests
	Reordered      Kind = "reordered"       // rows of a page are in another order
	Shifted        Kind = "shifted"         // rows come again on the next page, in the place of others
	Duplicated     Kind = "duplicated"      // rows come again on the next page, beside the others
	LogTruncated   Kind = "log truncated"   // an activity log ends early
	LogForgotten   Kind = "log forgotten"   // by Plan.LogKeeps alone
	Late           Kind = "late"            // items are as they were, new ones are not there
	BoardForbidden Kind = "board forbidden" // a board is out of reach for Plan.ForbiddenFor calls
)

// Plan says what goes wrong, and how badly.
type Plan struct {
	Odds map[Kind]float64 // 0 to 1, of a call for which it can happen

	RetryIn      int           // seconds that limits ask to wait; 1 when zero
	Slow         time.Duration // 50 ms when zero
	DailyCalls   int           // calls from which on a UTC day is over; no end when zero
	LogKeeps     int           // rows of a board's log, the newest, that there are; all when zero
	Late         time.Duration // how long ago what is told may have been
	ForbiddenFor int           // calls; 5 when zero

	// Most is the largest limit argument by field, such as items_page: what asks for more is too complex.
	Most map[string]int

	Now func() time.Time // time.Now when nil
}

// Everything is a plan in which everything happens, each with the same odds.
func Everything(odds float64) Plan {
	p := Plan{Odds: map[Kind]float64{}, Late: 5 * time.Second}
	for _, k := range Kinds() {
		p.Odds[k] = odds
	}
	delete(p.Odds, DailyLimit) // it would end a run, and wants a test of its own
	return p
}

// Some is a plan in which everything happens, to about so many of 100 queries in all.
func Some(percent float64) Plan { return Everything(percent / 100 / float64(len(Kinds()))) }

// Kinds lists the kinds that Plan.Odds can have.
func Kinds() []Kind {
	all := []Kind{Slow, CutBefore, CutAfter, CutBody, HalfJSON, CursorExpired, Throttled, Reordered, Shifted, Duplicated, LogTruncated, Late, BoardForbidden}
	for _, c := range canned {
		all = append(all, c.kind)
	}
	return all
}

// Handler is safe for use by several goroutines. It must be served by an http.Server, since that is what
// can cut connections.
type Handler struct {
	upstream http.Handler

	mu     sync.Mutex
	plan   Plan
	random *rand.Rand
	calls  int
	counts map[Kind]int
	day    string // of today's calls
	today  int
	seen   memory
}

// New stands before a server. The same seed makes the same choices, as long as the same calls come in the
// same order.
func New(upstream http.Handler, seed uint64, plan Plan) *Handler {
	h := &Handler{upstream: upstream, random: rand.New(rand.NewPCG(seed, 0x6c756e6564690a)), counts: map[Kind]int{}, seen: newMemory()}
	h.Set(plan)
	return h
}

// Set changes the plan from now on. The empty plan lets everything pass, and boards are no longer forbidden.
func (h *Handler) Set(plan Plan) {
	if plan.RetryIn == 0 {
		plan.RetryIn = 1
	}
	if plan.Slow == 0 {
		plan.Slow = 50 * time.Millisecond
	}
	if plan.ForbiddenFor == 0 {
		plan.ForbiddenFor = 5
	}
	if plan.Now == nil {
		plan.Now = time.Now
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.plan, h.seen.forbidden = plan, map[string]int{}
}

// Calls counts the documents that came.
func (h *Handler) Calls() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls
}

// Counts counts what went wrong.
func (h *Handler) Counts() map[Kind]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.counts)
}

// happens rolls the dice for a kind. The caller has the lock.
func (h *Handler) happens(k Kind) bool {
	odds := h.plan.Odds[k]
	return odds > 0 && h.random.Float64() < odds
}

func (h *Handler) count(k Kind) { h.counts[k]++ }

// ServeHTTP answers documents of queries as the plan says; all else passes.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		h.upstream.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	doc, err := parse(body)
	if err != nil || doc.operation != "query" {
		h.upstream.ServeHTTP(w, r)
		return
	}
	before, slow, after := h.before(doc)
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-r.Context().Done():
		}
	}
	if before != nil {
		before(w)
		return
	}
	r.Header.Del("Accept-Encoding") // the answer is to be read here
	got := &recorder{header: http.Header{}}
	h.upstream.ServeHTTP(got, r)
	answer := h.change(doc, got)
	maps.Copy(w.Header(), got.header)
	switch after {
	case CutAfter:
		panic(http.ErrAbortHandler)
	case CutBody:
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		w.WriteHeader(got.code())
		_, _ = w.Write(answer[:len(answer)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case HalfJSON:
		answer = answer[:len(answer)/2]
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.WriteHeader(got.code())
	_, _ = w.Write(answer)
}

// before decides on a call: what is done in place of it, after which delay, and how its answer is cut.
func (h *Handler) before(doc *document) (instead func(http.ResponseWriter), slow time.Duration, after Kind) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	if h.happens(Slow) {
		h.count(Slow)
		slow = h.plan.Slow
	}
	if h.dayIsOver() {
		h.count(DailyLimit)
		return h.canned(DailyLimit), slow, ""
	}
	if doc.over(h.plan.Most) {
		h.count(TooComplex)
		return send(200, tooComplex), slow, ""
	}
	// In another order each time, so that none is rare for those before it.
	kinds := []Kind{CutBefore, CutAfter, CutBody, HalfJSON}
	for _, c := range canned {
		kinds = append(kinds, c.kind)
	}
	cursor, onCursor := doc.cursor()
	if onCursor {
		kinds = append(kinds, CursorExpired)
	}
	h.random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	for _, k := range kinds {
		if !h.happens(k) {
			continue
		}
		h.count(k)
		switch k {
		case CutBefore:
			return func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, slow, ""
		case CutAfter, CutBody, HalfJSON:
			return nil, slow, k
		case CursorExpired:
			return send(200, expired(cursor.key)), slow, ""
		default:
			return h.canned(k), slow, ""
		}
	}
	if onCursor && h.seen.forbidden[h.seen.cursors[cursor.text("cursor")].board] > 0 {
		h.count(BoardForbidden)
		return send(200, forbidden(cursor.key)), slow, ""
	}
	return nil, slow, ""
}

// dayIsOver counts the calls of a day.
func (h *Handler) dayIsOver() bool {
	if day := h.plan.Now().UTC().Format(time.DateOnly); day != h.day {
		h.day, h.today = day, 0
	}
	h.today++
	return h.plan.DailyCalls > 0 && h.today > h.plan.DailyCalls
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// Forward hands requests on to a server at an address such as http://127.0.0.1:8080.
func Forward(to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := http.NewRequestWithContext(r.Context(), r.Method, strings.TrimSuffix(to, "/")+r.URL.RequestURI(), r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		out.Header = r.Header.Clone()
		out.Header.Del("Connection")
		res, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer res.Body.Close()
		maps.Copy(w.Header(), res.Header)
		w.WriteHeader(res.StatusCode)
		if _, err := io.Copy(w, res.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
	})
}

// encode writes an answer.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // it was decoded from JSON
	return b.Bytes()
}
