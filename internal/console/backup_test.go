package console

import (
	"net/http"
	"testing"
)

// TestBackupIsNoted: who takes everything away is in the audit, from where, before it is given out; who may not
// take it is not.
func TestBackupIsNoted(t *testing.T) {
	t.Parallel()
	given := 0
	s := newSite(t, func(c *Config) { c.Backup = func(http.ResponseWriter, *http.Request) error { given++; return nil } })
	s.withPassword(adm)
	if status, _, _ := s.as(mem).call("backup", withPassword{}, nil); status != http.StatusForbidden {
		t.Errorf("a member: %d", status)
	}
	b := s.as(adm)
	if status, _, field := b.call("backup", withPassword{"wrong"}, nil); status != http.StatusBadRequest || field != "password" {
		t.Errorf("with a wrong password: %d", status)
	}
	var log auditOut
	if b.must("audit", auditIn{Actions: []string{"backup.take"}}, &log); len(log.Lines) != 0 || given != 0 {
		t.Errorf("before: %+v", log.Lines)
	}
	b.must("backup", withPassword{words}, nil)
	b.must("audit", auditIn{Actions: []string{"backup.take"}}, &log)
	if len(log.Lines) != 1 || given != 1 || log.Lines[0].User != adm || log.Lines[0].From != "192.0.2.1" || log.Lines[0].Token != "console" ||
		len(log.Lines[0].Changes) != 1 || log.Lines[0].Changes[0] != "backup begun: a download of the whole server" {
		t.Errorf("afterwards: %+v, given %d times", log.Lines, given)
	}
}
