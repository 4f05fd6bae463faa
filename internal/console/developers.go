package console

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/docs"
	"github.com/lunedi-dev/lunedi/internal/perm"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// explorerPath is where the explorer asks, so that its requests are told from those of pages.
const explorerPath = "/console/v2/explorer"

// developerCalls are what the pages for developers and about the running of the server ask for.
func (c *Console) developerCalls() {
	c.mux.HandleFunc("POST "+explorerPath, c.called(func(w http.ResponseWriter, r *http.Request, s *session) { c.cfg.API(w, r, s.by, s.as != nil) }))
	call(c, "requests", c.requests)
	call(c, "requests/show", c.request)
	call(c, "coverage", c.coverage)
	call(c, "tokens/all", c.allTokens)
	call(c, "usage", c.usage)
	call(c, "audit", c.audit)
	call(c, "backup/about", c.aboutBackup)
	c.mux.HandleFunc("POST /console/audit/export", c.called(c.exportAudit))
	c.mux.HandleFunc("POST /console/backup", c.called(c.backup))
}

// host is an address without its port.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}

// administers refuses who is not an admin.
func (c *Console) administers(ctx context.Context, s *session) error {
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return err
	}
	if v.Me().Role != work.Admin {
		return &work.Error{Code: work.CodeDenied, Msg: "This is for admins"}
	}
	return nil
}

type markdown struct {
	Markdown string `json:"markdown"`
}

func (c *Console) coverage(context.Context, *session, none) (markdown, error) {
	return markdown{docs.Coverage}, nil
}

// ownedToken is a token with whose it is.
type ownedToken struct {
	tokenRow
	Owner string `json:"owner"`
	Role  string `json:"role"`
}

func (c *Console) allTokens(ctx context.Context, s *session, _ none) (out []ownedToken, err error) {
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return nil, err
	}
	list, err := c.cfg.Service.Tokens(ctx, s.self)
	for _, t := range list {
		row := ownedToken{tokenRow: rowOf(t, s)}
		if u := v.User(t.User); u != nil {
			row.Owner, row.Role = u.Name, string(u.Role)
		}
		out = append(out, row)
	}
	return out, err
}

// auditIn says which lines of the audit are wanted.
type auditIn struct {
	Users   []string `json:"users"`
	Actions []string `json:"actions"`
	Text    string   `json:"text"`
	From    string   `json:"from"` // YYYY-MM-DD or a moment in RFC 3339, or ""
	To      string   `json:"to"`   // a day is meant to its end
	Page    int      `json:"page"`
	Format  string   `json:"format"` // of an export: csv or json
}

// auditLine is a line of the audit in words.
type auditLine struct {
	ID      string      `json:"id"`
	At      time.Time   `json:"at"`
	User    work.UserID `json:"user_id,string"`
	Who     string      `json:"user"`
	Token   string      `json:"token"`
	From    string      `json:"from"`
	Action  string      `json:"action"`
	Meaning string      `json:"meaning"` // of the action
	Changes []string    `json:"changes"`
}

type auditOut struct {
	Lines   []auditLine `json:"lines"`
	More    bool        `json:"more"`
	Actions [][2]string `json:"actions"` // all there are: their names and meanings
}

// Sizes of pages of the audit and of exports.
const (
	auditPage   = 100
	auditExport = 10_000
)

func (c *Console) audit(ctx context.Context, s *session, in auditIn) (out auditOut, err error) {
	in.Page = max(in.Page, 1)
	// One line more tells whether there is another page; it is the first of that.
	lines, err := c.auditLines(ctx, s, in, in.Page*auditPage+1)
	if err != nil {
		return out, err
	}
	from := min((in.Page-1)*auditPage, len(lines))
	out.Lines = append([]auditLine{}, lines[from:min(from+auditPage, len(lines))]...)
	out.More = len(lines) > from+auditPage
	for _, rule := range perm.Table {
		out.Actions = append(out.Actions, [2]string{rule.Name, rule.What})
	}
	return out, nil
}

// auditLines are the latest lines that in selects.
func (c *Console) auditLines(ctx context.Context, s *session, in auditIn, limit int) (out []auditLine, err error) {
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return nil, err
	}
	f := work.AuditFilter{Actions: in.Actions, Text: strings.TrimSpace(in.Text), Page: work.Page{Limit: limit, Number: 1}}
	if f.From, err = moment("from", in.From, 0); err != nil {
		return nil, err
	}
	if f.To, err = moment("to", in.To, 24*time.Hour-time.Microsecond); err != nil {
		return nil, err
	}
	for _, id := range in.Users {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, &work.Error{Code: work.CodeInvalid, Field: "users", Msg: fmt.Sprintf("%q is no user's number", id)}
		}
		f.Users = append(f.Users, work.UserID(n))
	}
	list, err := v.Audit(f)
	if err != nil {
		return nil, err
	}
	tokens, err := c.tokenNames(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		line := auditLine{ID: a.ID, At: a.At, User: a.User, Who: "the server", Token: tokens[a.Token], From: a.From, Action: a.Action, Changes: []string{}}
		if a.User != 0 {
			line.Who = nameOf(v, "user", a.User.String())
		}
		if a.Token != 0 && line.Token == "" {
			line.Token = "one that is gone"
		}
		for _, rule := range perm.Table {
			if rule.Name == a.Action {
				line.Meaning = rule.What
			}
		}
		var changes []work.AuditChange
		if err := json.Unmarshal([]byte(a.Changes), &changes); err != nil {
			line.Changes = append(line.Changes, a.Changes)
		}
		for _, change := range changes {
			line.Changes = append(line.Changes, inWords(v, change))
		}
		out = append(out, line)
	}
	return out, nil
}

// moment reads a time; a day alone is meant to be so much later.
func moment(field, text string, later time.Duration) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.Add(later), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, &work.Error{Code: work.CodeInvalid, Field: field, Msg: "Write the day as YYYY-MM-DD."}
	}
	return at, nil
}

// tokenNames say through what something was done.
func (c *Console) tokenNames(ctx context.Context, s *session) (map[work.TokenID]string, error) {
	names := map[work.TokenID]string{}
	tokens, err := c.cfg.Service.Tokens(ctx, s.self)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		if names[t.ID] = "personal API token"; t.Name != "" {
			names[t.ID] = "token " + t.Name
		}
	}
	sessions, err := c.cfg.Service.Sessions(ctx, s.self)
	for _, t := range sessions {
		names[t.ID] = "console"
	}
	return names, err
}

// nameOf is what somebody or something is called, with the number; only that where it is gone.
func nameOf(v *work.View, kind, id string) string {
	n, _ := strconv.ParseInt(id, 10, 64)
	name := ""
	switch kind {
	case "user":
		if u := v.User(work.UserID(n)); u != nil {
			name = u.Name
		}
	case "team":
		if work.TeamID(n) == work.Everyone {
			return "everyone"
		}
		if t := v.Team(work.TeamID(n)); t != nil {
			name = t.Name
		}
	case "workspace":
		if w := v.Workspace(work.WorkspaceID(n)); w != nil {
			name = w.Name
		}
	case "board":
		if b := v.Board(work.BoardID(n)); b != nil {
			name = b.Name
		}
	}
	if name == "" {
		return kind + " " + id
	}
	return name
}

// links are the kinds of changes that are between two things: what is in what.
var links = map[string][2]string{"membership": {"user", "team"}, "workspace user": {"user", "workspace"}, "workspace team": {"team", "workspace"},
	"board user": {"user", "board"}, "board team": {"team", "board"}}

// inWords tells a change: who or what, and what became of it.
func inWords(v *work.View, a work.AuditChange) string {
	if l, ok := links[a.Kind]; ok {
		in, who, _ := strings.Cut(a.ID, "/")
		subject, place := nameOf(v, l[0], who), l[1]+" "+strconv.Quote(nameOf(v, l[1], in))
		switch {
		case a.Change == "deleted":
			return subject + " is no longer in " + place
		case a.What == "owner":
			return subject + " is an owner of " + place
		case a.Change == "changed":
			return subject + " is in " + place + ", no longer as an owner"
		}
		return subject + " is in " + place
	}
	if a.Kind == "" { // that there are more
		return a.What
	}
	name := a.Name
	switch a.Kind {
	case "backup":
		return "backup " + a.Change + ": " + a.What
	case "password", "identity":
		name = "of " + nameOf(v, "user", a.ID)
	default:
		if name != "" {
			name = strconv.Quote(name)
		}
		name = strings.TrimSpace(name + " (" + a.ID + ")")
	}
	words := a.Kind + " " + name + " " + a.Change
	if a.What != "" {
		words += ": " + a.What
	}
	return words
}

// exportAudit answers with the lines that are wanted, up to auditExport of them.
func (c *Console) exportAudit(w http.ResponseWriter, r *http.Request, s *session) {
	var in auditIn
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall)).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, &work.Error{Code: work.CodeInvalid, Msg: "The request is not the JSON that is expected here."})
		return
	}
	lines, err := c.auditLines(r.Context(), s, in, auditExport)
	if err != nil {
		e := work.ErrorOf(err)
		refuse(w, statuses[e.Code], e)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if in.Format == "json" {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(append([]auditLine{}, lines...)) // whoever asked has gone away
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	out := csv.NewWriter(w)
	_ = out.Write([]string{"when", "who", "user id", "action", "changes", "through", "from", "id"})
	for _, l := range lines {
		row := []string{l.At.Format(time.RFC3339), l.Who, l.User.String(), l.Action, strings.Join(l.Changes, "; "), l.Token, l.From, l.ID}
		for i := range row {
			row[i] = noFormula(row[i])
		}
		_ = out.Write(row)
	}
	out.Flush()
}

// noFormula keeps spreadsheets from computing what somebody has typed as a name.
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// backupAbout says whether a backup can be had here.
type backupAbout struct {
	Here    bool   `json:"here"`
	Why     string `json:"why,omitempty"` // not
	Protect bool   `json:"needs_password"`
	Version string `json:"version"`
}

func (c *Console) aboutBackup(ctx context.Context, s *session, _ none) (out backupAbout, err error) {
	if err := c.administers(ctx, s); err != nil {
		return out, err
	}
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return out, err
	}
	accounts, err := c.cfg.Service.Accounts(ctx)
	out = backupAbout{Here: true, Protect: v.HasPassword(), Version: c.cfg.Version}
	switch {
	case c.cfg.Backup == nil:
		out.Here, out.Why = false, "This server makes no backups by itself; use the command below."
	case len(accounts) > 1: // a backup has all of them
		out.Here, out.Why = false, "There are several accounts on this server and a backup holds them all, so only who runs the server can make one: use the command below."
	}
	return out, err
}

// backup answers with a backup of the whole server.
func (c *Console) backup(w http.ResponseWriter, r *http.Request, s *session) {
	var in withPassword
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall)).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, &work.Error{Code: work.CodeInvalid, Msg: "The request is not the JSON that is expected here."})
		return
	}
	about, err := c.aboutBackup(r.Context(), s, none{})
	if err == nil && !about.Here {
		err = &work.Error{Code: work.CodeDenied, Msg: about.Why}
	}
	if err == nil {
		err = c.again(r.Context(), s, in.Password)
	}
	if err == nil { // who has everything is noted before it is given away
		err = c.cfg.Service.NoteBackup(r.Context(), s.self)
	}
	if err != nil {
		e := work.ErrorOf(err)
		refuse(w, statuses[e.Code], e)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // it takes as long as it takes
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Cache-Control", "no-store")
	c.cfg.Log.Info("an admin downloads a backup", "user", s.me.ID, "account", s.self.Account(), "from", address(r))
	if err := c.cfg.Backup(w, r); err != nil {
		c.cfg.Log.Error("making a backup", "err", err)
		panic(http.ErrAbortHandler) // so that nobody takes what came for all of it
	}
}
