package work

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

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
