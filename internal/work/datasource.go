package work

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// DataSourceID is the number of a data source.
type DataSourceID int64

func (id DataSourceID) String() string { return strconv.FormatInt(int64(id), 10) }

// MondaySource is the kind of data source that there is: a monday.com account, or one that speaks its API.
const MondaySource = "monday"

// DataSource is another account whose records are kept in tables, as the admins have set it up. What
// becomes of it, and who works on it, is in its DataSourceState: that changes all the time, and is no part
// of the account.
type DataSource struct {
	ID        DataSourceID  `json:"id"`
	Name      string        `json:"name"`
	Kind      string        `json:"kind"`
	Endpoint  string        `json:"endpoint,omitempty"` // of its API; "" is the real service
	StartDate time.Time     `json:"start_date"`
	Every     time.Duration `json:"every"`
	CallShare float64       `json:"call_share,omitempty"` // of the plan's calls a day; 0 is the usual share
	CallCap   int           `json:"call_cap,omitempty"`   // calls a day, in place of CallShare
	Boards    []string      `json:"boards,omitempty"`     // ids of the boards to keep; none: all
	Sealed    []byte        `json:"sealed,omitempty"`     // the auth_token
	KeyID     string        `json:"key_id,omitempty"`     // of the key that opens it
	Paused    bool          `json:"paused,omitempty"`

	// Asked counts how often somebody wanted it to run at once, and AskedFull is what Asked was when
	// everything was to be read anew. A run serves what was asked for before it began.
	Asked     int64 `json:"asked,omitempty"`
	AskedFull int64 `json:"asked_full,omitempty"`

	// Removed: it is gone for everybody, but its data is still to be dropped.
	Removed bool `json:"removed,omitempty"`

	// The account that it reads, once that is known; tokens of another are refused from then on.
	SourceAccountID   string `json:"source_account_id,omitempty"`
	SourceAccountName string `json:"source_account_name,omitempty"`

	Creator   UserID    `json:"creator_id"`
	CreatedAt time.Time `json:"created_at"`
}

// bare is the data source without its secret.
func (d *DataSource) bare() *DataSource {
	c := *d
	c.Sealed = nil
	return &c
}

// bind names what the secret of a data source belongs to.
func (d *DataSource) bind(id AccountID) string {
	return fmt.Sprintf("auth_token of data source %d/%d", id, d.ID)
}

// Bounds of what can be asked of a data source.
const (
	SourceEveryMin = 5 * time.Minute
	SourceEveryMax = 31 * 24 * time.Hour
	SourceEvery    = time.Hour // unless something else is said

	authTokenMax    = 4096
	sourceBoardsMax = 10_000
)

// SourceJob is all that it takes to reach a source.
type SourceJob struct {
	Account AccountID
	Source  DataSource
	Token   string
}

// Redact keeps the token out of words that come from elsewhere: what goes into the log or is kept.
func (j *SourceJob) Redact(words string) string { return redact(words, j.Token) }

// SourceAccount is what trying a token has told of the account behind it.
type SourceAccount struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Slug       string          `json:"slug,omitempty"`
	Tier       string          `json:"tier,omitempty"`
	UserID     string          `json:"user_id"` // whose token it is
	UserName   string          `json:"user_name"`
	UserEmail  string          `json:"user_email,omitempty"`
	Admin      bool            `json:"admin"`
	DailyLimit int             `json:"daily_limit,omitempty"` // calls a day; 0 when not known
	Boards     int             `json:"boards"`                // that the token can see
	Lost       []SourceProblem `json:"lost,omitempty"`        // what is out of its reach
	Version    string          `json:"version,omitempty"`     // of the API that answered
}

// SourceProblem is something that needs attention, and what to do about it.
type SourceProblem struct {
	Kind    string `json:"kind"`
	Board   string `json:"board,omitempty"`
	Name    string `json:"name,omitempty"` // of the board
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

// SourceRefused says that a source cannot be used as it is set up, whatever is tried, and what to do.
type SourceRefused struct {
	Field string // auth_token, start_date, boards
	Code  string // unauthorized, not_admin, forbidden, invalid, other_account, key
	Msg   string
}

func (e *SourceRefused) Error() string { return e.Msg }

// Sources is what a Service needs to have data sources. The zero value has none: they can be looked at
// and not be added.
type Sources struct {
	Keys *Keyring // nil: what is secret cannot be kept, and no source be added
	// NoKey says what whoever runs the server is to do where Keys is nil.
	NoKey string
	// Check tries a token. A *SourceRefused says that it is of no use; other errors may pass.
	Check func(ctx context.Context, job SourceJob) (*SourceAccount, error)
	// StartDate reads a start_date as whoever reads the sources does: what one of them takes the other does
	// too. A *SourceRefused says what is wrong with it.
	StartDate func(text string, now time.Time) (time.Time, error)
	// Endpoints are the addresses that a source may have besides the real service's: an admin of an account
	// is not to make the server call whatever it can reach.
	Endpoints []string
}

// DataSourceInput describes a new data source.
type DataSourceInput struct {
	Name      string // "": that of the account, once it is known
	Endpoint  string // "": the real service
	AuthToken string
	StartDate string // ISO 8601
	Every     time.Duration
	CallShare float64
	CallCap   int
	Boards    []string
}

// DataSourceEdit is what is to be changed of a data source; nil stays as it is.
type DataSourceEdit struct {
	Name      *string
	StartDate *string
	Every     *time.Duration
	CallShare *float64
	CallCap   *int
	Boards    *[]string
}

// applySource makes the changes, as far as they are allowed.
func (s *Service) applySource(e *DataSourceEdit, d *DataSource) error {
	if e.Name != nil {
		if err := checkName("name", *e.Name); err != nil {
			return err
		}
		d.Name = strings.TrimSpace(*e.Name)
	}
	if e.StartDate != nil {
		at, err := s.startDate(*e.StartDate)
		if err != nil {
			return err
		}
		d.StartDate = at
	}
	if e.Every != nil {
		if *e.Every < SourceEveryMin || *e.Every > SourceEveryMax {
			return invalid("every", "every %s: give 5 minutes to 31 days", *e.Every)
		}
		d.Every = e.Every.Truncate(time.Second)
	}
	if e.CallShare != nil {
		if !(*e.CallShare >= 0 && *e.CallShare <= 1) { // a NaN is neither
			return invalid("call_share", "call_share is a part of the plan's calls a day, above 0 and at most 1; 0 is the usual share")
		}
		d.CallShare = *e.CallShare
	}
	if e.CallCap != nil {
		if *e.CallCap < 0 {
			return invalid("call_cap", "call_cap is a number of calls a day, not %d; 0 is no number of its own", *e.CallCap)
		}
		d.CallCap = *e.CallCap
	}
	if e.Boards != nil {
		list := slices.Compact(slices.Sorted(slices.Values(*e.Boards)))
		if len(list) > sourceBoardsMax {
			return tooMany("boards", "%d boards are too many to name, at most %d are; name none to keep all", len(list), sourceBoardsMax)
		}
		for _, id := range list {
			if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 {
				return invalid("boards", "%.40q is no board's id; ids are numbers, as in a board's address", id)
			}
		}
		d.Boards = list
	}
	return nil
}

// startDate reads a start_date. CodeInvalid with what is wrong.
func (s *Service) startDate(text string) (time.Time, error) {
	if s.sources.StartDate == nil {
		return time.Time{}, &Error{Code: CodeUnavailable, Msg: "This server runs no data sources"}
	}
	at, err := s.sources.StartDate(text, s.now())
	var no *SourceRefused
	if errors.As(err, &no) {
		return at, &Error{Code: CodeInvalid, Field: "start_date", Msg: no.Msg}
	}
	return at.UTC().Truncate(time.Microsecond), err
}

// checkAuthToken refuses what can be no token, and never repeats it.
func checkAuthToken(token string) (string, error) {
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return "", invalid("auth_token", "auth_token is empty; paste the API token of an admin of the source account")
	case len(token) > authTokenMax:
		return "", invalid("auth_token", "auth_token has %d characters; no API token has more than %d", len(token), authTokenMax)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", invalid("auth_token", "auth_token has characters that no API token has, such as spaces; copy it once more, without anything around it")
	}
	return token, nil
}

// endpoint refuses addresses that the operator has not allowed.
func (s *Service) endpoint(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || slices.Contains(s.sources.Endpoints, text) {
		return text, nil
	}
	if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", invalid("endpoint", "endpoint %.200q is no address like https://example.com/v2; left empty it is the real service", text)
	}
	return "", invalid("endpoint", "this server may not ask %.200s. Leave endpoint empty for the real service, or have whoever runs the server allow it with --source-endpoint", text)
}

// SourceEndpoints are the addresses that a source may have besides the real service.
func (s *Service) SourceEndpoints() []string { return slices.Clone(s.sources.Endpoints) }

// CanKeepSources reports whether the server has what it takes to add data sources, and if not, why.
func (s *Service) CanKeepSources() error {
	if s.sources.Keys != nil {
		return nil
	}
	why := s.sources.NoKey
	if why == "" {
		why = "whoever runs it gives it one"
	}
	return &Error{Code: CodeInvalid, Field: "auth_token", Msg: "This server has no key to keep an auth_token with: " + why}
}

// sourcesBy refuses who may not do something to data sources, and says whom to ask.
func (v *View) sourcesBy(do string) error {
	return sourcesDenied(v.me, do, v.NetworkAdmins())
}

func sourcesDenied(by *User, do string, admins []*User) error {
	if perm.Allow(by.role(), perm.DataSourceEdit, 0) {
		return nil
	}
	ask := ""
	for i, u := range admins {
		switch {
		case i == 3:
			ask += fmt.Sprintf(" or %d more", len(admins)-i)
		case i > 0 && i < 3:
			ask += ", " + u.Name
		case i == 0:
			ask = ": " + u.Name
		}
	}
	return &Error{Code: CodeDenied, Field: perm.Table[perm.DataSourceEdit].Name,
		Msg: "Only Network Admins can " + do + " data sources. Contact your network admin for assistance" + ask}
}

// NetworkAdmins are the active admins of the account, as far as the caller sees them: whom to ask.
func (v *View) NetworkAdmins() (list []*User) {
	for u := range v.img.users.all() {
		if u.Role == Admin && u.Status == Active && v.seesUser(u) {
			list = append(list, u)
		}
	}
	return list
}

// CountDataSources counts the data sources. Permission datasource.read.
func (v *View) CountDataSources() (n int, err error) {
	if err := v.May(perm.DataSourceRead); err != nil {
		return 0, err
	}
	for d := range v.img.sources.all() {
		if !d.Removed {
			n++
		}
	}
	return n, nil
}

// sourceTx is a decision about data sources; do is what is to be done to them, in a word.
func (s *Service) sourceTx(ctx context.Context, by Caller, do string, decide func(*tx) error) error {
	v, err := s.View(ctx, by)
	if err != nil {
		return err
	}
	if err := v.sourcesBy(do); err != nil { // in words that name whom to ask
		return err
	}
	return s.commit(ctx, by, func(t *tx) error {
		if err := t.check(perm.DataSourceEdit, 0); err != nil {
			return sourcesDenied(t.by, do, nil)
		}
		return decide(t)
	})
}

// change puts a changed copy of a data source. CodeNotFound.
func (t *tx) changeSource(id DataSourceID, change func(*DataSource) error) (*DataSource, error) {
	old, ok := t.sources.get(id)
	if !ok || old.Removed {
		return nil, notFound("data source", id)
	}
	d := *old
	if err := change(&d); err != nil {
		return nil, err
	}
	t.put(Change{DataSource: &d})
	return &d, nil
}

// CheckDataSource tries the token of a data source that is not there yet. Permission datasource.edit;
// CodeInvalid with what to do when the token is of no use.
func (s *Service) CheckDataSource(ctx context.Context, by Caller, in DataSourceInput) (*SourceAccount, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	if err := v.sourcesBy("test"); err != nil {
		return nil, err
	}
	job, err := s.sourceJob(by, in)
	if err != nil {
		return nil, err
	}
	acc, err := s.checkSource(ctx, job)
	s.noteCheck(ctx, by, &job.Source, acc)
	return acc, err
}

// sourceJob is the job of a data source that is described, as far as it can be.
func (s *Service) sourceJob(by Caller, in DataSourceInput) (job SourceJob, err error) {
	job = SourceJob{Account: by.Account(), Source: DataSource{Kind: MondaySource}}
	d := &job.Source
	if job.Token, err = checkAuthToken(in.AuthToken); err != nil {
		return job, err
	}
	if d.Endpoint, err = s.endpoint(in.Endpoint); err != nil {
		return job, err
	}
	if in.Every == 0 {
		in.Every = SourceEvery
	}
	e := DataSourceEdit{StartDate: &in.StartDate, Every: &in.Every, CallShare: &in.CallShare, CallCap: &in.CallCap, Boards: &in.Boards}
	if in.Name = strings.TrimSpace(in.Name); in.Name != "" {
		e.Name = &in.Name
	}
	return job, s.applySource(&e, d)
}

// checkSource tries a token and puts what comes of it into words for callers.
func (s *Service) checkSource(ctx context.Context, job SourceJob) (*SourceAccount, error) {
	if s.sources.Check == nil {
		return nil, &Error{Code: CodeUnavailable, Msg: "This server runs no data sources"}
	}
	acc, err := s.sources.Check(ctx, job)
	var no *SourceRefused
	switch {
	case errors.As(err, &no):
		field := no.Field
		if field == "" {
			field = "auth_token"
		}
		return nil, &Error{Code: CodeInvalid, Field: field, Msg: redact(no.Msg, job.Token)}
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, &Error{Code: CodeUnavailable, Msg: "The source account could not be asked: " + redact(err.Error(), job.Token) + ". Try again in a moment"}
	case acc == nil:
		return nil, errors.New("the check of a source told nothing")
	}
	if known := job.Source.SourceAccountID; known != "" && known != acc.ID {
		return nil, &Error{Code: CodeInvalid, Field: "auth_token",
			Msg: fmt.Sprintf("The token is of the account %q, and this data source keeps %q. Use a token of that account, or add another data source", acc.Name, job.Source.SourceAccountName)}
	}
	clean := *acc
	clean.Lost = redactAll(acc.Lost, job.Token)
	return &clean, nil
}

// redact keeps a secret out of words that come from elsewhere.
func redact(words, secret string) string {
	if secret == "" {
		return words
	}
	return strings.ReplaceAll(words, secret, "…")
}

func redactAll(list []SourceProblem, secret string) []SourceProblem {
	list = slices.Clone(list)
	for i := range list {
		p := &list[i]
		p.Message, p.Remedy, p.Name = redact(p.Message, secret), redact(p.Remedy, secret), redact(p.Name, secret)
	}
	return list
}

// noteCheck puts into the audit that a token was tried. It changes nothing, and fails nothing.
func (s *Service) noteCheck(ctx context.Context, by Caller, d *DataSource, acc *SourceAccount) {
	what := "the token was tried: refused, or not to be asked"
	if acc != nil {
		what = fmt.Sprintf("the token was tried: it is of %s in the account %s", acc.UserName, acc.Name)
	}
	a := AuditChange{Kind: "data source", ID: d.ID.String(), Name: d.Name, Change: "tested", What: what}
	err := s.commit(context.WithoutCancel(ctx), by, func(t *tx) error {
		t.action = perm.DataSourceEdit
		t.note(by.token, by.from, a)
		return nil
	})
	if err != nil {
		s.log.Warn("a test of a data source is not in the audit", "account", by.Account(), "err", err)
	}
}

// AddDataSource adds a data source, once its token has been tried. One that is of no use is refused; where
// the account cannot be asked just now, the source is added and looked at later. Permission datasource.edit.
func (s *Service) AddDataSource(ctx context.Context, by Caller, in DataSourceInput) (*DataSource, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	if err := v.sourcesBy("add"); err != nil {
		return nil, err
	}
	if err := s.CanKeepSources(); err != nil {
		return nil, err
	}
	job, err := s.sourceJob(by, in)
	if err != nil {
		return nil, err
	}
	d := &job.Source
	acc, err := s.checkSource(ctx, job)
	if e := ErrorOf(err); err != nil && e.Code != CodeUnavailable {
		return nil, err
	}
	if acc != nil {
		d.SourceAccountID, d.SourceAccountName = acc.ID, acc.Name
	}
	if d.Name == "" {
		if d.Name = d.SourceAccountName; checkName("name", d.Name) != nil {
			d.Name = "monday.com"
		}
	}
	var made *DataSource
	err = s.sourceTx(ctx, by, "add", func(t *tx) error {
		row := *d
		row.ID, row.Creator, row.CreatedAt = DataSourceID(t.newID()), t.by.ID, t.now
		row.KeyID, row.Sealed = s.sources.Keys.seal(job.Token, row.bind(t.acct.id))
		t.put(Change{DataSource: &row})
		made = row.bare()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// EditDataSource changes how a data source is kept. What that asks for is read at once. Permission
// datasource.edit.
func (s *Service) EditDataSource(ctx context.Context, by Caller, id DataSourceID, e DataSourceEdit) (*DataSource, error) {
	return s.changeSource(ctx, by, "change", id, func(_ *tx, d *DataSource) error {
		before := *d
		if err := s.applySource(&e, d); err != nil {
			return err
		}
		if !d.StartDate.Equal(before.StartDate) || !slices.Equal(d.Boards, before.Boards) {
			d.Asked++
		}
		return nil
	})
}

func (s *Service) changeSource(ctx context.Context, by Caller, do string, id DataSourceID, change func(*tx, *DataSource) error) (now *DataSource, err error) {
	err = s.sourceTx(ctx, by, do, func(t *tx) error {
		d, err := t.changeSource(id, func(d *DataSource) error { return change(t, d) })
		if err == nil {
			now = d.bare()
		}
		return err
	})
	return now, err
}

// PauseDataSource stops a data source, a run of it included, or lets it go on. Permission datasource.edit.
func (s *Service) PauseDataSource(ctx context.Context, by Caller, id DataSourceID, paused bool) (*DataSource, error) {
	return s.changeSource(ctx, by, "pause", id, func(_ *tx, d *DataSource) error {
		d.Paused = paused
		return nil
	})
}

// SyncDataSource asks for a run at once; with full one that reads everything anew. Permission
// datasource.edit; CodeInvalid while it is paused.
func (s *Service) SyncDataSource(ctx context.Context, by Caller, id DataSourceID, full bool) (*DataSource, error) {
	return s.changeSource(ctx, by, "run", id, func(_ *tx, d *DataSource) error {
		if d.Paused {
			return invalid("paused", "%s is paused; resume it first", d.Name)
		}
		d.Asked++
		if full {
			d.AskedFull = d.Asked
		}
		return nil
	})
}

// RotateSourceToken puts another auth_token in the place of the one there is, once it has been tried. It
// must be of the same account. Permission datasource.edit.
func (s *Service) RotateSourceToken(ctx context.Context, by Caller, id DataSourceID, token string) (*DataSource, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	if err := v.sourcesBy("change"); err != nil {
		return nil, err
	}
	if err := s.CanKeepSources(); err != nil {
		return nil, err
	}
	d, err := v.dataSource(id)
	if err != nil {
		return nil, err
	}
	if token, err = checkAuthToken(token); err != nil {
		return nil, err
	}
	acc, err := s.checkSource(ctx, SourceJob{Account: by.Account(), Source: *d.bare(), Token: token})
	if err != nil && ErrorOf(err).Code != CodeUnavailable {
		return nil, err
	}
	return s.changeSource(ctx, by, "change", id, func(t *tx, d *DataSource) error {
		if acc != nil {
			if d.SourceAccountID != "" && d.SourceAccountID != acc.ID {
				return invalid("auth_token", "The data source has become one of another account meanwhile; look again")
			}
			d.SourceAccountID, d.SourceAccountName = acc.ID, acc.Name
		}
		d.KeyID, d.Sealed = s.sources.Keys.seal(token, d.bind(t.acct.id))
		d.Asked++
		return nil
	})
}

// CheckDataSourceAgain tries the token that a data source has. Permission datasource.edit.
func (s *Service) CheckDataSourceAgain(ctx context.Context, by Caller, id DataSourceID) (*SourceAccount, error) {
	v, err := s.View(ctx, by)
	if err != nil {
		return nil, err
	}
	if err := v.sourcesBy("test"); err != nil {
		return nil, err
	}
	d, err := v.dataSource(id)
	if err != nil {
		return nil, err
	}
	token, err := s.sources.Keys.open(d.KeyID, d.Sealed, d.bind(by.Account()))
	if err != nil {
		return nil, &Error{Code: CodeInvalid, Field: "auth_token", Msg: keyLost.Msg, Err: err}
	}
	acc, err := s.checkSource(ctx, SourceJob{Account: by.Account(), Source: *d.bare(), Token: token})
	s.noteCheck(ctx, by, d, acc)
	return acc, err
}

var keyLost = &SourceRefused{Field: "auth_token", Code: "key",
	Msg: "The server's key has changed and no longer opens the auth_token. Enter the token again"}

// RemoveDataSource disconnects a data source; a run of it ends. name is its name once more, so that nobody
// removes another than they mean. With drop its data goes too, as soon as nobody works on it; else it
// stays where it is. The auth_token is forgotten at once. Permission datasource.edit.
func (s *Service) RemoveDataSource(ctx context.Context, by Caller, id DataSourceID, name string, drop bool) error {
	return s.sourceTx(ctx, by, "remove", func(t *tx) error {
		old, ok := t.sources.get(id)
		if !ok || old.Removed {
			return notFound("data source", id)
		}
		if strings.TrimSpace(name) != old.Name {
			return invalid("name", "type the data source's name, %s, to remove it", old.Name)
		}
		if !drop {
			t.put(Change{DataSource: &DataSource{ID: id}, Delete: true})
			return nil
		}
		d := *old
		d.Removed, d.Sealed, d.KeyID = true, nil, ""
		t.put(Change{DataSource: &d})
		return nil
	})
}

// ResealDataSources seals every auth_token with the newest key, and counts those that were and those that
// no key opens: their tokens have to be entered again. Permission datasource.edit.
func (s *Service) ResealDataSources(ctx context.Context, by Caller) (sealed, lost int, err error) {
	if err := s.CanKeepSources(); err != nil {
		return 0, 0, err
	}
	err = s.sourceTx(ctx, by, "change", func(t *tx) error {
		sealed, lost = 0, 0
		var todo []*DataSource
		for d := range t.sources.all() {
			if !d.Removed && d.KeyID != s.sources.Keys.Newest() {
				todo = append(todo, d)
			}
		}
		for _, old := range todo {
			token, err := s.sources.Keys.open(old.KeyID, old.Sealed, old.bind(t.acct.id))
			if err != nil {
				lost++
				continue
			}
			d := *old
			d.KeyID, d.Sealed = s.sources.Keys.seal(token, d.bind(t.acct.id))
			t.put(Change{DataSource: &d})
			sealed++
		}
		return nil
	})
	return sealed, lost, err
}

// dataSource finds a data source with its secret. CodeNotFound.
func (v *View) dataSource(id DataSourceID) (*DataSource, error) {
	d, ok := v.img.sources.get(id)
	if !ok || d.Removed {
		return nil, notFound("data source", id)
	}
	return d, nil
}

// sourceDiff says what differs between two states of a data source.
func sourceDiff(old, d *DataSource) (what []string) {
	day := func(at time.Time) string { return strings.TrimSuffix(at.Format(time.RFC3339), "T00:00:00Z") }
	for _, one := range []struct {
		is  bool
		say string
	}{
		{old.Name != d.Name, fmt.Sprintf("name: %s → %s", old.Name, d.Name)},
		{!old.StartDate.Equal(d.StartDate), fmt.Sprintf("start_date: %s → %s", day(old.StartDate), day(d.StartDate))},
		{old.Every != d.Every, fmt.Sprintf("every: %s → %s", old.Every, d.Every)},
		{old.CallShare != d.CallShare, fmt.Sprintf("call_share: %v → %v", old.CallShare, d.CallShare)},
		{old.CallCap != d.CallCap, fmt.Sprintf("call_cap: %v → %v", old.CallCap, d.CallCap)},
		{!slices.Equal(old.Boards, d.Boards), fmt.Sprintf("boards: %d → %d named", len(old.Boards), len(d.Boards))},
		{old.Paused != d.Paused && d.Paused, "paused"},
		{old.Paused != d.Paused && !d.Paused, "resumed"},
		{d.AskedFull > old.AskedFull, "full re-sync asked for"},
		{d.Asked > old.Asked && d.AskedFull == old.AskedFull, "sync asked for"},
		{d.KeyID == old.KeyID && !slices.Equal(old.Sealed, d.Sealed) && d.Asked > old.Asked, "auth_token rotated"},
		{d.KeyID != old.KeyID && d.Asked > old.Asked, "auth_token rotated"},
		{d.KeyID != old.KeyID && d.Asked == old.Asked, "sealed with another key"},
	} {
		if one.is {
			what = append(what, one.say)
		}
	}
	return what
}
