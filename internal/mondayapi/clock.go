package mondayapi

import "time"

// Clock is what the clock of the service showed at a moment of ours.
func (c *Client) Clock(at time.Time) time.Time { return at }
