package console

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Request is one request to the API, as the API observed it.
type Request struct {
	RequestID string
	Kind      string
	Name      string
	Account   work.AccountID
	User      work.UserID
	Version   string
	Cost      int
	Status    int
	Codes     []string
	Start     time.Time
	Duration  time.Duration
	Token     work.TokenID
	From      string
	Path      string
	Query     string
	Variables string
	Errors    []string
}

// own reports whether a page asked for what it shows. The explorer's requests are its user's.
func (r *Request) own() bool { return r.Path == "/console/v2" }

func (r *Request) failed() bool { return r.Status >= 400 || len(r.Codes) > 0 }

// size is about how much memory the texts take.
func (r *Request) size() int {
	n := len(r.Query) + len(r.Variables)
	for _, e := range r.Errors {
		n += len(e)
	}
	return n
}

// How much is kept of an account's requests: those of its programs and those of pages each.
const (
	keptRequests = 500
	keptText     = 8 << 20
	countedNames = 500 // operations; all others are counted together
	countedDays  = 31
)

// Requests are the latest requests to the API, for the inspector, and counts of all since the start.
// They are in memory only. It is safe for concurrent use.
type Requests struct {
	texts bool
	since time.Time

	mu       sync.Mutex
	last     int64
	accounts map[work.AccountID]*accountRequests
}

// NewRequests makes a Requests. texts says whether it is given what was asked, or only who asked when.
func NewRequests(texts bool, now time.Time) *Requests {
	return &Requests{texts: texts, since: now, accounts: map[work.AccountID]*accountRequests{}}
}

type accountRequests struct {
	programs, pages keptList
	versions        map[string]int
	operations      map[operation]*operationCount
	days            map[string]*dayCount
}

type operation struct{ kind, name string }

type operationCount struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Count  int    `json:"count"`
	Failed int    `json:"failed"`
	Cost   int    `json:"complexity"`
	took   time.Duration
	Took   float64 `json:"ms"` // on average
}

type dayCount struct {
	Day    string `json:"day"`
	Count  int    `json:"count"`
	Failed int    `json:"failed"`
}

// keptRequest is a request with its number: the later, the higher.
type keptRequest struct {
	Request
	number int64
}

// A keptList is the latest requests, the oldest first.
type keptList struct {
	list []*keptRequest
	text int
}

func (k *keptList) add(r *keptRequest) {
	k.list = append(k.list, r)
	k.text += r.size()
	for len(k.list) > keptRequests || k.text > keptText && len(k.list) > 1 {
		k.text -= k.list[0].size()
		k.list[0] = nil
		k.list = k.list[1:]
	}
}

// Add notes a request. Those that nobody is known to have made are not kept: they are of no account.
func (q *Requests) Add(r Request) {
	if r.Account == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.accounts[r.Account]
	if a == nil {
		a = &accountRequests{versions: map[string]int{}, operations: map[operation]*operationCount{}, days: map[string]*dayCount{}}
		q.accounts[r.Account] = a
	}
	q.last++
	kept := &keptRequest{r, q.last}
	if r.own() {
		a.pages.add(kept)
		return
	}
	a.programs.add(kept)
	a.count(&r)
}

func (a *accountRequests) count(r *Request) {
	failed := 0
	if r.failed() {
		failed = 1
	}
	a.versions[r.Version]++
	key := operation{r.Kind, r.Name}
	if len(a.operations) >= countedNames && a.operations[key] == nil {
		key = operation{name: "all others"}
	}
	op := a.operations[key]
	if op == nil {
		op = &operationCount{Kind: key.kind, Name: key.name}
		a.operations[key] = op
	}
	op.Count++
	op.Failed += failed
	op.Cost += r.Cost
	op.took += r.Duration
	name := r.Start.UTC().Format(time.DateOnly)
	day := a.days[name]
	if day == nil {
		if len(a.days) >= countedDays {
			delete(a.days, slices.Min(slices.Collect(maps.Keys(a.days))))
		}
		day = &dayCount{Day: name}
		a.days[name] = day
	}
	day.Count++
	day.Failed += failed
}

// after lists the requests with higher numbers, the latest first: of a user, or with 0 of everybody.
func (q *Requests) after(id work.AccountID, user work.UserID, number int64) (list []*keptRequest) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.accounts[id]
	if a == nil {
		return nil
	}
	for _, kept := range [][]*keptRequest{a.programs.list, a.pages.list} {
		for _, r := range slices.Backward(kept) {
			if r.number <= number {
				break
			}
			if user == 0 || r.User == user {
				list = append(list, r)
			}
		}
	}
	slices.SortFunc(list, func(a, b *keptRequest) int { return cmp.Compare(b.number, a.number) })
	return list
}

// usage is what was counted of an account's requests.
type usage struct {
	Since      time.Time         `json:"since"`
	Versions   map[string]int    `json:"versions"`
	Operations []*operationCount `json:"operations"` // the most frequent first
	Days       []*dayCount       `json:"days"`
	Memory     int64             `json:"memory"` // of boards, about
	Boards     int               `json:"boards_in_memory"`
}

func (q *Requests) usage(id work.AccountID) usage {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := usage{Since: q.since, Versions: map[string]int{}, Operations: []*operationCount{}, Days: []*dayCount{}}
	a := q.accounts[id]
	if a == nil {
		return u
	}
	u.Versions = maps.Clone(a.versions)
	for _, op := range a.operations {
		one := *op
		one.Took = float64((op.took / time.Duration(op.Count)).Microseconds()) / 1000
		u.Operations = append(u.Operations, &one)
	}
	slices.SortFunc(u.Operations, func(a, b *operationCount) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Name, b.Name)) })
	for _, day := range a.days {
		one := *day
		u.Days = append(u.Days, &one)
	}
	slices.SortFunc(u.Days, func(a, b *dayCount) int { return cmp.Compare(a.Day, b.Day) })
	return u
}

// requestRow is a request as the inspector lists it.
type requestRow struct {
	Number  int64       `json:"number"`
	ID      string      `json:"id"`
	At      time.Time   `json:"at"`
	Kind    string      `json:"kind"`
	Name    string      `json:"name"`
	User    work.UserID `json:"user_id,string"`
	Who     string      `json:"user"`
	Version string      `json:"version"`
	Cost    int         `json:"complexity"`
	Status  int         `json:"status"`
	Codes   []string    `json:"codes"`
	Took    float64     `json:"ms"`
	Own     bool        `json:"page"` // a page of the console asked
}

func (r *keptRequest) row(v *work.View) requestRow {
	row := requestRow{Number: r.number, ID: r.RequestID, At: r.Start, Kind: r.Kind, Name: r.Name, User: r.User, Version: r.Version, Cost: r.Cost,
		Status: r.Status, Codes: r.Codes, Took: float64(r.Duration.Microseconds()) / 1000, Own: r.own()}
	if u := v.User(r.User); u != nil {
		row.Who = u.Name
	}
	return row
}

type requestsIn struct {
	After int64 `json:"after"`
}

type requestsOut struct {
	Texts bool         `json:"texts"`    // operations and variables are kept
	All   bool         `json:"everyone"` // not only the caller's own
	Rows  []requestRow `json:"rows"`
}

// mine is whose requests a caller may see: with 0 everybody's.
func mine(v *work.View) work.UserID {
	if v.Me().Role == work.Admin {
		return 0
	}
	return v.Me().ID
}

func (c *Console) requests(ctx context.Context, s *session, in requestsIn) (out requestsOut, err error) {
	v, err := c.cfg.Service.View(ctx, s.by)
	if err != nil {
		return out, err
	}
	out = requestsOut{Texts: c.cfg.Requests.texts, All: mine(v) == 0, Rows: []requestRow{}}
	for _, r := range c.cfg.Requests.after(s.by.Account(), mine(v), in.After) {
		out.Rows = append(out.Rows, r.row(v))
	}
	return out, nil
}

// requestDetails are all there is to tell of a request.
type requestDetails struct {
	requestRow
	From      string   `json:"from"`
	Path      string   `json:"path"`
	Token     string   `json:"token"` // its name
	Query     string   `json:"query"`
	Variables string   `json:"variables"`
	Errors    []string `json:"errors"`
}

type byNumber struct {
	Number int64 `json:"number"`
}

func (c *Console) request(ctx context.Context, s *session, in byNumber) (out requestDetails, err error) {
	v, err := c.cfg.Service.View(ctx, s.by)
	if err != nil {
		return out, err
	}
	for _, r := range c.cfg.Requests.after(s.by.Account(), mine(v), in.Number-1) {
		if r.number != in.Number {
			continue
		}
		out = requestDetails{requestRow: r.row(v), From: host(r.From), Path: r.Path, Query: r.Query, Variables: r.Variables, Errors: r.Errors, Token: "none: a page of this server"}
		if r.Token == 0 || r.own() || r.Path == explorerPath {
			return out, nil
		}
		out.Token = "one that is gone"
		list, err := c.cfg.Service.Tokens(ctx, s.by)
		for _, t := range list {
			if t.ID == r.Token {
				out.Token = cmp.Or(t.Name, "the personal API token")
			}
		}
		return out, err
	}
	return out, &work.Error{Code: work.CodeNotFound, Kind: "request", Msg: "The request is not kept any more: only the latest are."}
}

func (c *Console) usage(ctx context.Context, s *session, _ none) (out usage, err error) {
	if err := c.administers(ctx, s); err != nil {
		return out, err
	}
	out = c.cfg.Requests.usage(s.self.Account())
	out.Memory, out.Boards = c.cfg.Service.ContentCache()
	return out, nil
}
