package console

import (
	"context"
	"errors"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// datasourceCalls are what the pages about data sources ask for. An auth_token comes in by them and never
// goes out.
func (c *Console) datasourceCalls() {
	call(c, "datasources", c.datasources)
	call(c, "datasource", c.datasource)
	change(c, "datasource/check", c.checkDatasource)
	change(c, "datasource/add", c.addDatasource)
	change(c, "datasource/edit", c.editDatasource)
	change(c, "datasource/pause", c.pauseDatasource)
	change(c, "datasource/sync", c.syncDatasource)
	change(c, "datasource/rotate", c.rotateDatasource)
	change(c, "datasource/remove", c.removeDatasource)
}

// datasourceRow is a data source as pages show it.
type datasourceRow struct {
	ID        work.DataSourceID     `json:"id,string"`
	Name      string                `json:"name"`
	Endpoint  string                `json:"endpoint"`
	StartDate string                `json:"start_date"`
	Every     int64                 `json:"every"` // seconds
	CallShare float64               `json:"call_share"`
	CallCap   int                   `json:"call_cap"`
	Boards    []string              `json:"boards"`
	Paused    bool                  `json:"paused"`
	Waiting   bool                  `json:"waiting"` // somebody has asked for a run, and it has not been done
	Status    work.SourceStatus     `json:"status"`
	Since     *time.Time            `json:"since"`
	Problems  []work.SourceProblem  `json:"problems"`
	NextRun   *time.Time            `json:"next_run"`
	Limited   *time.Time            `json:"limited_until"`
	Progress  []work.SourceProgress `json:"progress"`
	Account   string                `json:"account"` // that it reads
	Checked   *work.SourceAccount   `json:"checked"`
	CheckedAt *time.Time            `json:"checked_at"`
	Creator   string                `json:"creator"`
	Created   time.Time             `json:"created_at"`
}

// given is a moment, and nil where there is none.
func given(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// startDate is a start_date as it is written: as a day where it is one.
func startDate(at time.Time) string {
	if at = at.UTC(); at.Equal(at.Truncate(24 * time.Hour)) {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339)
}

func datasourceRowOf(v *work.View, i *work.DataSourceInfo) datasourceRow {
	st := &i.State
	r := datasourceRow{ID: i.ID, Name: i.Name, Endpoint: i.Endpoint, StartDate: startDate(i.StartDate), Every: int64(i.Every / time.Second), CallShare: i.CallShare,
		CallCap: i.CallCap, Boards: append([]string{}, i.Boards...), Paused: i.Paused, Waiting: i.Asked > st.Served && !i.Paused, Status: i.Status(),
		Since: given(st.Since), Problems: append([]work.SourceProblem{}, st.Problems...), NextRun: given(st.NextRun), Limited: given(st.Limited),
		Progress: append([]work.SourceProgress{}, st.Progress...), Account: i.SourceAccountName, Checked: st.Checked, CheckedAt: given(st.CheckedAt),
		Creator: nameOf(v, "user", i.Creator.String()), Created: i.CreatedAt}
	if r.Account == "" && st.Checked != nil {
		r.Account = st.Checked.Name
	}
	return r
}

type adminRow struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// datasourcesOut is what there is; for who may not see it, whom to ask.
type datasourcesOut struct {
	Allowed   bool            `json:"allowed"`
	Why       string          `json:"why,omitempty"` // not
	Exist     bool            `json:"exist"`         // there are some, as far as one may know
	Admins    []adminRow      `json:"admins"`
	NoKey     string          `json:"no_key,omitempty"` // why none can be added
	Endpoints []string        `json:"endpoints"`        // besides the real service's
	List      []datasourceRow `json:"list"`
}

func (c *Console) datasources(ctx context.Context, s *session, _ none) (out datasourcesOut, err error) {
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return out, err
	}
	for _, u := range v.NetworkAdmins() {
		out.Admins = append(out.Admins, adminRow{u.ID.String(), u.Name, u.Email})
	}
	list, err := v.DataSources()
	if e := work.ErrorOf(err); err != nil && e.Code == work.CodeDenied {
		out.Why = e.Msg
		n, err := v.CountDataSources()
		out.Exist = err == nil && n > 0
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Allowed, out.Exist, out.Endpoints, out.List = true, len(list) > 0, append([]string{}, c.cfg.Service.SourceEndpoints()...), []datasourceRow{}
	if err := c.cfg.Service.CanKeepSources(); err != nil {
		out.NoKey = work.ErrorOf(err).Msg
	}
	for _, i := range list {
		out.List = append(out.List, datasourceRowOf(v, i))
	}
	return out, nil
}

// datasourceOut is one, with its latest runs; null where it is gone.
type datasourceOut struct {
	Source *datasourceRow      `json:"source"`
	Runs   []work.SourceReport `json:"runs"`
}

func (c *Console) datasource(ctx context.Context, s *session, in byID) (out datasourceOut, err error) {
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return out, err
	}
	i, runs, err := v.DataSource(work.DataSourceID(in.ID), work.SourceRunsKept)
	if e := work.ErrorOf(err); err != nil && e.Code == work.CodeNotFound {
		return out, nil // somebody has removed it: no fault of who looks
	}
	if err != nil {
		return out, err
	}
	row := datasourceRowOf(v, i)
	out = datasourceOut{&row, []work.SourceReport{}}
	for _, r := range runs {
		out.Runs = append(out.Runs, r.Report)
	}
	return out, nil
}

// datasourceIn is a data source as forms describe it. What is missing stays as it is.
type datasourceIn struct {
	ID        int64     `json:"id,string"`
	Name      *string   `json:"name"`
	Endpoint  string    `json:"endpoint"`
	AuthToken string    `json:"auth_token"`
	StartDate *string   `json:"start_date"`
	Every     *int64    `json:"every"` // seconds
	CallShare *float64  `json:"call_share"`
	CallCap   *int      `json:"call_cap"`
	Boards    *[]string `json:"boards"`
	Paused    bool      `json:"paused"`
	Full      bool      `json:"full"`
	Drop      bool      `json:"drop"`
}

func (in *datasourceIn) every() *time.Duration {
	if in.Every == nil {
		return nil
	}
	most := int64(work.SourceEveryMax/time.Second) + 1
	d := time.Duration(min(max(*in.Every, 0), most)) * time.Second
	return &d
}

// input describes a new data source.
func (in *datasourceIn) input() work.DataSourceInput {
	out := work.DataSourceInput{Name: value(in.Name), Endpoint: in.Endpoint, AuthToken: in.AuthToken, StartDate: value(in.StartDate), CallShare: value(in.CallShare),
		CallCap: value(in.CallCap), Boards: value(in.Boards)}
	if d := in.every(); d != nil {
		if out.Every = *d; out.Every == 0 {
			out.Every = time.Nanosecond // 0 would be the usual
		}
	}
	return out
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// checkDatasource tries the token of one that is there, or of one that is described.
func (c *Console) checkDatasource(ctx context.Context, s *session, in datasourceIn) (*work.SourceAccount, error) {
	if in.ID != 0 {
		return c.cfg.Service.CheckDataSourceAgain(ctx, s.self, work.DataSourceID(in.ID))
	}
	return c.cfg.Service.CheckDataSource(ctx, s.self, in.input())
}

type madeDatasource struct {
	ID work.DataSourceID `json:"id,string"`
}

func madeOf(d *work.DataSource, err error) (madeDatasource, error) {
	if err != nil {
		return madeDatasource{}, err
	}
	if d == nil {
		return madeDatasource{}, errors.New("no data source")
	}
	return madeDatasource{d.ID}, nil
}

func (c *Console) addDatasource(ctx context.Context, s *session, in datasourceIn) (madeDatasource, error) {
	return madeOf(c.cfg.Service.AddDataSource(ctx, s.self, in.input()))
}

func (c *Console) editDatasource(ctx context.Context, s *session, in datasourceIn) (madeDatasource, error) {
	return madeOf(c.cfg.Service.EditDataSource(ctx, s.self, work.DataSourceID(in.ID), work.DataSourceEdit{Name: in.Name, StartDate: in.StartDate, Every: in.every(),
		CallShare: in.CallShare, CallCap: in.CallCap, Boards: in.Boards}))
}

func (c *Console) pauseDatasource(ctx context.Context, s *session, in datasourceIn) (madeDatasource, error) {
	return madeOf(c.cfg.Service.PauseDataSource(ctx, s.self, work.DataSourceID(in.ID), in.Paused))
}

func (c *Console) syncDatasource(ctx context.Context, s *session, in datasourceIn) (madeDatasource, error) {
	return madeOf(c.cfg.Service.SyncDataSource(ctx, s.self, work.DataSourceID(in.ID), in.Full))
}

func (c *Console) rotateDatasource(ctx context.Context, s *session, in datasourceIn) (madeDatasource, error) {
	return madeOf(c.cfg.Service.RotateSourceToken(ctx, s.self, work.DataSourceID(in.ID), in.AuthToken))
}

func (c *Console) removeDatasource(ctx context.Context, s *session, in datasourceIn) (none, error) {
	return none{}, c.cfg.Service.RemoveDataSource(ctx, s.self, work.DataSourceID(in.ID), value(in.Name), in.Drop)
}
