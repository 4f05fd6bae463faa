package work

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

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

// changeSource puts a changed copy of a data source. CodeNotFound.
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
