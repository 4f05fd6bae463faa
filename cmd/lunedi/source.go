package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/store"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/spf13/pflag"
)

// sourcesConfig is what the server's data sources need of whoever runs it.
type sourcesConfig struct {
	KeyFile   string   // keys that encrypt auth_tokens; "": lunedi-secret.key beside an SQLite file
	Into      string   // where the tables go; "": beside an SQLite file, or into the same PostgreSQL
	Endpoints []string // addresses that may be asked besides the real service's
}

func (c *sourcesConfig) flags(f *pflag.FlagSet) {
	c.keyFlags(f)
	f.StringVar(&c.Into, "sources-into", "", "where data sources keep their tables, each in a place of its own: sqlite:FOLDER, parquet:FOLDER, jsonl:FOLDER or postgres://… (default: lunedi-sources beside an SQLite database, else a schema in the same PostgreSQL)")
	f.StringSliceVar(&c.Endpoints, "source-endpoint", nil, "address of an API that data sources may read besides the real service, like http://127.0.0.1:8080/v2; can be given several times")
}

func (c *sourcesConfig) keyFlags(f *pflag.FlagSet) {
	f.StringVar(&c.KeyFile, "secret-key-file", "", "file with the keys that encrypt the auth_tokens of data sources, the newest first (default: lunedi-secret.key beside an SQLite database)")
}

// complete says what depends on the database.
func (c *sourcesConfig) complete(database string) {
	if c.KeyFile == "" && !isPostgres(database) {
		c.KeyFile = besideDatabase(database, secretKeyName)
	}
}

func (c *sourcesConfig) validate(database string) error {
	var errs []error
	for i, e := range c.Endpoints {
		c.Endpoints[i] = strings.TrimSpace(e)
		if u, err := url.Parse(c.Endpoints[i]); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			errs = append(errs, fmt.Errorf("--source-endpoint: %q is not like https://example.com/v2", e))
		}
	}
	if _, err := destination(c.Into, database, 1, 1); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// sourceName is what the place of a data source's tables is called: a file, a folder or a schema. Ids are
// unique within an account only.
func sourceName(account work.AccountID, source work.DataSourceID) string {
	return fmt.Sprintf("source_%d_%d", account, source)
}

// folderKinds are the destinations that are folders: how a source's place in one ends, and what it is.
var folderKinds = map[string]struct{ end, words string }{
	"sqlite:":  {".db", "the SQLite file"},
	"parquet:": {"", "Parquet files in the folder"},
	"jsonl:":   {"", "JSON Lines files in the folder"},
}

// placeOf says where a destination is without saying more of the server than people need to find it.
func placeOf(dest, name string) string {
	for kind, folder := range folderKinds {
		if place, ok := strings.CutPrefix(dest, kind); ok {
			return folder.words + " " + filepath.Base(place)
		}
	}
	return "the PostgreSQL schema " + name
}

// destination is where the tables of a data source go, as the operator has said and nobody else can.
func destination(into, database string, account work.AccountID, source work.DataSourceID) (string, error) {
	switch {
	case into != "":
	case isPostgres(database):
		into = database
	default:
		into = "sqlite:" + besideDatabase(database, "lunedi-sources")
	}
	name := sourceName(account, source)
	for kind, of := range folderKinds {
		if folder, ok := strings.CutPrefix(into, kind); ok {
			if folder == "" {
				return "", fmt.Errorf("--sources-into: name a folder, as in %slunedi-sources", kind)
			}
			return kind + filepath.Join(folder, name+of.end), nil
		}
	}
	u, err := url.Parse(into)
	if err != nil || !isPostgres(into) {
		return "", errors.New("--sources-into: begin it with sqlite:, parquet:, jsonl: or postgres://")
	}
	q := u.Query()
	if into != database && q.Get("schema") != "" {
		return "", errors.New("--sources-into: leave schema out, each data source gets one of its own")
	}
	q.Set("schema", name)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// sourceRunner runs data sources by the connector.
type sourceRunner struct {
	into, database string
	open           func(ctx context.Context, dest string) (connector.Sink, error)
	log            *slog.Logger
}

func (r *sourceRunner) config(job *work.SourceJob) connector.Config {
	d := &job.Source
	return connector.Config{AuthToken: job.Token, StartDate: d.StartDate, Endpoint: d.Endpoint, Boards: d.Boards, CallShare: d.CallShare, CallCap: d.CallCap,
		Log: r.log.With("account", job.Account, "source", d.ID)}
}

// Check tries the token of a job.
func (r *sourceRunner) Check(ctx context.Context, job work.SourceJob) (*work.SourceAccount, error) {
	acc, err := connector.Check(ctx, r.config(&job))
	if err != nil {
		return nil, sourceError(err)
	}
	return &work.SourceAccount{ID: acc.ID, Name: acc.Name, Slug: acc.Slug, Tier: acc.Tier, UserID: acc.UserID, UserName: acc.UserName, UserEmail: acc.UserEmail,
		Admin: acc.Admin, DailyLimit: acc.DailyLimit, Boards: acc.Boards, Lost: sourceProblems(acc.Lost), Version: acc.Version}, nil
}

// startDate reads a start_date as the connector does: the commands, the two protocols and the data sources
// of a server take the same forms.
func startDate(text string, now time.Time) (time.Time, error) {
	at, err := connector.ParseStartDate(text, now)
	return at, sourceError(err)
}

// modes are how the connector calls the modes of runs.
var modes = map[work.SourceMode]connector.Mode{work.SourceSync: connector.Sync, work.SourceFull: connector.Full}

// Run brings the tables of a job up to date.
func (r *sourceRunner) Run(ctx context.Context, job work.SourceJob, mode work.SourceMode, progress func(work.SourceProgress)) (_ *work.SourceReport, err error) {
	dest, err := destination(r.into, r.database, job.Account, job.Source.ID)
	if err != nil {
		return nil, err
	}
	if err := makeRoom(dest); err != nil {
		return nil, err
	}
	sink, err := r.open(ctx, dest)
	if err != nil {
		return nil, fmt.Errorf("open where the tables go: %w", err)
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	cfg := r.config(&job)
	cfg.Progress = func(p connector.Progress) {
		progress(work.SourceProgress{Pass: p.Pass, Board: p.Board, Name: p.Name, Done: p.Done, Total: p.Total, Calls: p.Calls, Until: p.Until, End: p.End})
	}
	report, runErr := connector.Run(ctx, cfg, sink, modes[mode])
	out := sourceReport(report)
	out.Place = placeOf(dest, sourceName(job.Account, job.Source.ID))
	if rows, err := sink.Count(context.WithoutCancel(ctx)); err == nil {
		out.Rows = map[string]work.SourceRows{}
		for table, n := range rows {
			out.Rows[table] = work.SourceRows(n)
		}
	}
	return out, sourceError(runErr)
}

// Drop deletes the tables of a job.
func (r *sourceRunner) Drop(ctx context.Context, job work.SourceJob) error {
	dest, err := destination(r.into, r.database, job.Account, job.Source.ID)
	if err != nil {
		return err
	}
	for kind := range folderKinds {
		place, ok := strings.CutPrefix(dest, kind)
		if !ok {
			continue
		}
		errs := []error{os.RemoveAll(place)}
		beside, _ := filepath.Glob(place + "?*") // the pattern is well-formed: what SQLite and locks leave beside a file
		for _, more := range beside {
			if rest := strings.TrimPrefix(more, place); rest[0] == '-' || rest[0] == '.' {
				errs = append(errs, os.RemoveAll(more))
			}
		}
		return errors.Join(errs...)
	}
	server := r.into
	if server == "" {
		server = r.database
	}
	return store.DropSchema(ctx, server, sourceName(job.Account, job.Source.ID))
}

// makeRoom makes the folder that a destination is in: for its owner only, as the database is.
func makeRoom(dest string) error {
	for kind := range folderKinds {
		if place, ok := strings.CutPrefix(dest, kind); ok {
			if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
				return fmt.Errorf("--sources-into: %w", err)
			}
		}
	}
	return nil
}

// sourceError tells the service which errors are for good.
func sourceError(err error) error {
	var no *connector.Refused
	if errors.As(err, &no) {
		return &work.SourceRefused{Field: no.Field, Code: no.Code, Msg: no.Msg}
	}
	return err
}

func sourceProblems(list []connector.Problem) (out []work.SourceProblem) {
	for _, p := range list {
		out = append(out, work.SourceProblem(p))
	}
	return out
}

func sourceReport(r *connector.Report) *work.SourceReport {
	out := &work.SourceReport{Started: r.Started, Ended: r.Ended, Mode: r.Mode, Outcome: r.Outcome, Counts: map[string]work.SourceCount{}, Calls: r.Calls, Points: r.Points,
		ReadTo: r.ReadTo, CompleteTo: r.CompleteTo, Queued: r.Queued, Until: r.Until, Problems: sourceProblems(r.Problems), Version: r.Version}
	for table, n := range maps.All(r.Counts) {
		out.Counts[table] = work.SourceCount(n)
	}
	return out
}
