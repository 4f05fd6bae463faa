package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	account := connector.Account{ID: "1", Name: "Fernweh Bikes", Slug: "fernweh", Tier: "pro", UserName: "Marta", UserEmail: "marta@fernweh.example", Admin: true,
		DailyLimit: 10000, Boards: 24, Version: "2026-04", Lost: []connector.Problem{{Kind: "forbidden", Message: "teams cannot be read", Remedy: "Give the token the scope teams:read."}}}
	member := account
	member.Admin, member.UserName, member.Lost = false, "Tomasz", nil
	refused := &connector.Refused{Field: "auth_token", Code: "not_admin", Msg: "auth_token: Tomasz is no admin"}
	for _, c := range []struct {
		name    string
		account *connector.Account
		err     error
		args    []string
		code    int
		stdout  string
		stderr  string
	}{
		{"admin", &account, nil, nil, 0, `Account      Fernweh Bikes (id 1, slug fernweh, plan pro)
Token of     Marta, marta@fernweh.example
Admin        yes
Boards       24 within reach
Calls a day  10,000 by the plan, of which sync makes at most 8,000
API version  2026-04

Needs attention:
  - teams cannot be read
    Give the token the scope teams:read.
`, ""},
		{"with the calls of the day", &account, nil, []string{"--into", "sqlite:a", "--call-cap", "500"}, 0, "Today        42 made by sync, 458 left\n", ""},
		{"no admin", &member, refused, nil, 1, "Admin        no\n", "Tomasz is no admin"},
		{"not valid", nil, &connector.Refused{Field: "auth_token", Code: "unauthorized", Msg: "auth_token: not valid"}, nil, 1, "", "auth_token: not valid"},
		{"a wrong stream", nil, nil, []string{"--stream", "x"}, 2, "", "--stream"},
	} {
		a := trying(t)
		a.env["LUNEDI_AUTH_TOKEN"] = "t"
		a.links.check = func(context.Context, connector.Config) (*connector.Account, error) { return c.account, c.err }
		a.links.status = func(context.Context, connector.Sink) (*connector.Status, error) {
			return &connector.Status{CallsToday: 42}, nil
		}
		code := a.do(append([]string{"check"}, c.args...)...)
		if code != c.code || !strings.Contains(a.stdout.String(), c.stdout) || !strings.Contains(a.stderr.String(), c.stderr) {
			t.Errorf("%s: exit code %d: %s%s", c.name, code, &a.stdout, &a.stderr)
		}
	}
}

func TestPrintStatus(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	printStatus(&b, &connector.Status{
		AccountID: "1", AccountName: "Fernweh Bikes", StartDate: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), CallsToday: 42,
		ReadTo: syncNow, CompleteTo: syncNow, Rows: map[string]connector.Rows{"items": {Live: 1200, Deleted: 7}, "users": {Live: 20}},
		Runs: []connector.Report{*report(), *report()},
	}, 1)
	want := `Fernweh Bikes (1), what was updated since 2024-01-01 00:00:00 UTC
Complete up to 2026-03-04 12:00:00 UTC.
42 calls today.

table   rows  deleted
users     20        0
items  1,200        7
total  1,220        7

run (UTC)            mode  outcome  took     new  changed  deleted  calls     points
2026-03-04 12:00:00  sync  partial  1:23  16,042        7        1  1,042  3,400,000

Needs attention:
  - the calls of the day are used up
    The next run goes on after midnight UTC.
  - board Salaries [2J (123): it cannot be read
    Give the token's user access.
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	if printStatus(&b, &connector.Status{}, 10); b.String() != "Nothing has been synchronised yet.\n" {
		t.Error(b.String())
	}
	a := trying(t)
	if code := a.do("status"); code != exitUsage || !strings.Contains(a.stderr.String(), "--into") {
		t.Errorf("exit code %d: %s", code, &a.stderr)
	}
	a.links.status = func(context.Context, connector.Sink) (*connector.Status, error) {
		return &connector.Status{AccountID: "1"}, nil
	}
	if code := a.do("status", "--into", "sqlite:a"); code != exitOK || a.closed != 1 {
		t.Errorf("exit code %d, closed %d times: %s", code, a.closed, &a.stderr)
	}
}
