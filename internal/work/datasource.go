package work

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// DataSourceID is the number of a data source.
type DataSourceID int64

func (id DataSourceID) String() string { return strconv.FormatInt(int64(id), 10) }

// MondaySource is the kind of data source that there is: a monday.com account, or one that speaks its API.
const MondaySource = "monday"

// DataSource is another account whose records are kept in tables, as the admins have set it up. What
// becomes of it, and who works on it, is in its DataSourceState: that changes all the time, and is no part
// of the account.
type DataSource struct {
	ID        DataSourceID  `json:"id"`
	Name      string        `json:"name"`
	Kind      string        `json:"kind"`
	Endpoint  string        `json:"endpoint,omitempty"` // of its API; "" is the real service
	StartDate time.Time     `json:"start_date"`
	Every     time.Duration `json:"every"`
	CallShare float64       `json:"call_share,omitempty"` // of the plan's calls a day; 0 is the usual share
	CallCap   int           `json:"call_cap,omitempty"`   // calls a day, in place of CallShare
	Boards    []string      `json:"boards,omitempty"`     // ids of the boards to keep; none: all
	Sealed    []byte        `json:"sealed,omitempty"`     // the auth_token
	KeyID     string        `json:"key_id,omitempty"`     // of the key that opens it
	Paused    bool          `json:"paused,omitempty"`

	// Asked counts how often somebody wanted it to run at once, and AskedFull is what Asked was when
	// everything was to be read anew. A run serves what was asked for before it began.
	Asked     int64 `json:"asked,omitempty"`
	AskedFull int64 `json:"asked_full,omitempty"`

	// Removed: it is gone for everybody, but its data is still to be dropped.
	Removed bool `json:"removed,omitempty"`

	// The account that it reads, once that is known; tokens of another are refused from then on.
	SourceAccountID   string `json:"source_account_id,omitempty"`
	SourceAccountName string `json:"source_account_name,omitempty"`

	Creator   UserID    `json:"creator_id"`
	CreatedAt time.Time `json:"created_at"`
}

// bare is the data source without its secret.
func (d *DataSource) bare() *DataSource {
	c := *d
	c.Sealed = nil
	return &c
}

// bind names what the secret of a data source belongs to.
func (d *DataSource) bind(id AccountID) string {
	return fmt.Sprintf("auth_token of data source %d/%d", id, d.ID)
}

// Bounds of what can be asked of a data source.
const (
	SourceEveryMin = 5 * time.Minute
	SourceEveryMax = 31 * 24 * time.Hour
	SourceEvery    = time.Hour // unless something else is said

	authTokenMax    = 4096
	sourceBoardsMax = 10_000
)

// SourceJob is all that it takes to reach a source.
type SourceJob struct {
	Account AccountID
	Source  DataSource
	Token   string
}

// Redact keeps the token out of words that come from elsewhere: what goes into the log or is kept.
func (j *SourceJob) Redact(words string) string { return redact(words, j.Token) }

// SourceAccount is what trying a token has told of the account behind it.
type SourceAccount struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Slug       string          `json:"slug,omitempty"`
	Tier       string          `json:"tier,omitempty"`
	UserID     string          `json:"user_id"` // whose token it is
	UserName   string          `json:"user_name"`
	UserEmail  string          `json:"user_email,omitempty"`
	Admin      bool            `json:"admin"`
	DailyLimit int             `json:"daily_limit,omitempty"` // calls a day; 0 when not known
	Boards     int             `json:"boards"`                // that the token can see
	Lost       []SourceProblem `json:"lost,omitempty"`        // what is out of its reach
	Version    string          `json:"version,omitempty"`     // of the API that answered
}

// SourceProblem is something that needs attention, and what to do about it.
type SourceProblem struct {
	Kind    string `json:"kind"`
	Board   string `json:"board,omitempty"`
	Name    string `json:"name,omitempty"` // of the board
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

// SourceRefused says that a source cannot be used as it is set up, whatever is tried, and what to do.
type SourceRefused struct {
	Field string // auth_token, start_date, boards
	Code  string // unauthorized, not_admin, forbidden, invalid, other_account, key
	Msg   string
}

func (e *SourceRefused) Error() string { return e.Msg }

// Sources is what a Service needs to have data sources. The zero value has none: they can be looked at
// and not be added.
type Sources struct {
	Keys *Keyring // nil: what is secret cannot be kept, and no source be added
	// NoKey says what whoever runs the server is to do where Keys is nil.
	NoKey string
	// Check tries a token. A *SourceRefused says that it is of no use; other errors may pass.
	Check func(ctx context.Context, job SourceJob) (*SourceAccount, error)
	// StartDate reads a start_date as whoever reads the sources does: what one of them takes the other does
	// too. A *SourceRefused says what is wrong with it.
	StartDate func(text string, now time.Time) (time.Time, error)
	// Endpoints are the addresses that a source may have besides the real service's: an admin of an account
	// is not to make the server call whatever it can reach.
	Endpoints []string
}

// SourceEndpoints are the addresses that a source may have besides the real service.
func (s *Service) SourceEndpoints() []string { return slices.Clone(s.sources.Endpoints) }

// CanKeepSources reports whether the server has what it takes to add data sources, and if not, why.
func (s *Service) CanKeepSources() error {
	if s.sources.Keys != nil {
		return nil
	}
	why := s.sources.NoKey
	if why == "" {
		why = "whoever runs it gives it one"
	}
	return &Error{Code: CodeInvalid, Field: "auth_token", Msg: "This server has no key to keep an auth_token with: " + why}
}

// sourcesBy refuses who may not do something to data sources, and says whom to ask.
func (v *View) sourcesBy(do string) error {
	return sourcesDenied(v.me, do, v.NetworkAdmins())
}

func sourcesDenied(by *User, do string, admins []*User) error {
	if perm.Allow(by.role(), perm.DataSourceEdit, 0) {
		return nil
	}
	ask := ""
	for i, u := range admins {
		switch {
		case i == 3:
			ask += fmt.Sprintf(" or %d more", len(admins)-i)
		case i > 0 && i < 3:
			ask += ", " + u.Name
		case i == 0:
			ask = ": " + u.Name
		}
	}
	return &Error{Code: CodeDenied, Field: perm.Table[perm.DataSourceEdit].Name,
		Msg: "Only Network Admins can " + do + " data sources. Contact your network admin for assistance" + ask}
}

// NetworkAdmins are the active admins of the account, as far as the caller sees them: whom to ask.
func (v *View) NetworkAdmins() (list []*User) {
	for u := range v.img.users.all() {
		if u.Role == Admin && u.Status == Active && v.seesUser(u) {
			list = append(list, u)
		}
	}
	return list
}

// CountDataSources counts the data sources. Permission datasource.read.
func (v *View) CountDataSources() (n int, err error) {
	if err := v.May(perm.DataSourceRead); err != nil {
		return 0, err
	}
	for d := range v.img.sources.all() {
		if !d.Removed {
			n++
		}
	}
	return n, nil
}

// dataSource finds a data source with its secret. CodeNotFound.
func (v *View) dataSource(id DataSourceID) (*DataSource, error) {
	d, ok := v.img.sources.get(id)
	if !ok || d.Removed {
		return nil, notFound("data source", id)
	}
	return d, nil
}

// sourceDiff says what differs between two states of a data source.
func sourceDiff(old, d *DataSource) (what []string) {
	day := func(at time.Time) string { return strings.TrimSuffix(at.Format(time.RFC3339), "T00:00:00Z") }
	for _, one := range []struct {
		is  bool
		say string
	}{
		{old.Name != d.Name, fmt.Sprintf("name: %s → %s", old.Name, d.Name)},
		{!old.StartDate.Equal(d.StartDate), fmt.Sprintf("start_date: %s → %s", day(old.StartDate), day(d.StartDate))},
		{old.Every != d.Every, fmt.Sprintf("every: %s → %s", old.Every, d.Every)},
		{old.CallShare != d.CallShare, fmt.Sprintf("call_share: %v → %v", old.CallShare, d.CallShare)},
		{old.CallCap != d.CallCap, fmt.Sprintf("call_cap: %v → %v", old.CallCap, d.CallCap)},
		{!slices.Equal(old.Boards, d.Boards), fmt.Sprintf("boards: %d → %d named", len(old.Boards), len(d.Boards))},
		{old.Paused != d.Paused && d.Paused, "paused"},
		{old.Paused != d.Paused && !d.Paused, "resumed"},
		{d.AskedFull > old.AskedFull, "full re-sync asked for"},
		{d.Asked > old.Asked && d.AskedFull == old.AskedFull, "sync asked for"},
		{d.KeyID == old.KeyID && !slices.Equal(old.Sealed, d.Sealed) && d.Asked > old.Asked, "auth_token rotated"},
		{d.KeyID != old.KeyID && d.Asked > old.Asked, "auth_token rotated"},
		{d.KeyID != old.KeyID && d.Asked == old.Asked, "sealed with another key"},
	} {
		if one.is {
			what = append(what, one.say)
		}
	}
	return what
}
