package mondayapi

import (
	"net/http"
	"time"
)

// closeEnough is by how much clocks may differ without it being known: the Date header counts whole seconds,
// and was written on the way.
const closeEnough = 3 * time.Second

// Clock is what the clock of the service showed at a moment of ours, going by its latest answer. Marks in
// time have to be set by it: ours may be minutes ahead.
func (c *Client) Clock(at time.Time) time.Time { return at.Add(time.Duration(c.skew.Load())) }

// setClock learns how far the service's clock is from ours. It is not the clock of Config.Now, which only
// tests move.
func (c *Client) setClock(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	skew := time.Until(date)
	if skew.Abs() <= closeEnough {
		skew = 0
	}
	c.skew.Store(int64(skew))
}
