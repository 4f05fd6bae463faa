package model

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// settle reads everything anew, until nothing is left to do.
func (w *world) settle(dest destination, token string) {
	w.t.Helper()
	cfg := w.config(w.srv.Endpoint, time.Time{})
	cfg.AuthToken = token
	w.pass(time.Hour)
	for _, mode := range []connector.Mode{connector.Sync, connector.Full} {
		report, err := dest.run(w, cfg, mode, 0)
		if err != nil || report.Outcome != "complete" {
			w.t.Fatalf("%v: %v %+v", mode, err, report)
		}
		w.pass(time.Hour)
	}
}

// count counts the live rows of a table.
func (w *world) count(dest destination, table string) (n int) {
	w.t.Helper()
	dest.each(w, table, func(row map[string]any) {
		if row["_deleted_at"] == nil {
			n++
		}
	})
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
