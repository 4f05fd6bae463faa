package mondayapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	t.Parallel()
	ahead := time.Duration(0)
	hs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		_, _ = w.Write([]byte(`{"data":{"me":{"id":"1"}}}`))
	}))
	defer hs.Close()
	answers := 0
	c, err := New(Config{Endpoint: hs.URL, Token: "t", Answered: func(*Answer) { answers++ }})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for _, ahead = range []time.Duration{0, time.Second, -10 * time.Minute, time.Hour} {
		var data struct{ Me struct{ ID string } }
		if _, err := c.Query(t.Context(), "{ me { id } }", nil, &data); err != nil {
			t.Fatal(err)
		}
		got := c.Clock(at).Sub(at)
		if want := ahead; ahead.Abs() > closeEnough && (got-want).Abs() > closeEnough || ahead.Abs() <= closeEnough && got != 0 {
			t.Errorf("the service is %v ahead: %v", ahead, got)
		}
	}
	if answers != 4 {
		t.Errorf("%d answers were told", answers)
	}
}
