package work

import "time"

// ActivityFilter selects lines of the log.
type ActivityFilter struct {
	Users    []UserID
	Items    []ItemID
	Groups   []string
	Columns  []string
	From, To time.Time
	Page     Page
}

// ActivityMax is how many lines one query answers with.
const ActivityMax = 10_000

// BoardActivity lists what happened on a board, the newest first. Permission activity.read.
func (v *View) BoardActivity(b *Board, f ActivityFilter) ([]*Activity, error) { return nil, errTodo }

// UserActivity lists what a user did on boards the caller may see, the newest first. Permission activity.user.
func (v *View) UserActivity(u *User, f ActivityFilter) ([]*Activity, error) { return nil, errTodo }
