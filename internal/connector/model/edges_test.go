package model

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// settle reads everything anew, until nothing is left to do.
func (w *world) settle(dest, token string) {
	w.t.Helper()
	cfg := w.config(w.srv.Endpoint, time.Time{})
	cfg.AuthToken = token
	w.pass(time.Hour)
	for _, mode := range []connector.Mode{connector.Sync, connector.Full} {
		report, err := w.run(dest, cfg, mode, 0)
		if err != nil || report.Outcome != "complete" {
			w.t.Fatalf("%v: %v %+v", mode, err, report)
		}
		w.pass(time.Hour)
	}
}

// count counts the live rows of a table of a SQLite destination.
func (w *world) count(dest, table, where string) (n int) {
	w.t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(dest, "sqlite:"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRow("SELECT count(*) FROM " + table + " WHERE _deleted_at IS NULL AND " + where).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// refused holds an error to be a refusal.
func refused(t *testing.T, err error, field, code, says string) {
	t.Helper()
	var r *connector.Refused
	if !errors.As(err, &r) || r.Field != field || r.Code != code || !strings.Contains(r.Msg, says) {
		t.Errorf("%v, want a refusal of %s (%s) that tells of %s", err, field, code, says)
	}
}
