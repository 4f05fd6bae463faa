package work

import (
	"context"
	"errors"
	"time"
)

// Change is one row put or deleted; exactly one of the pointers is set. Applying it twice is as
// applying it once. With Delete only the row's key counts.
type Change struct {
	Delete        bool           `json:"delete,omitempty"`
	Account       *Account       `json:"account,omitempty"` // never deleted
	User          *User          `json:"user,omitempty"`    // never deleted: deactivated
	Team          *Team          `json:"team,omitempty"`    // deleting it deletes its memberships and subscriptions
	Workspace     *Workspace     `json:"workspace,omitempty"`
	Board         *Board         `json:"board,omitempty"`
	Token         *Token         `json:"token,omitempty"`
	Membership    *Membership    `json:"membership,omitempty"`
	WorkspaceUser *WorkspaceUser `json:"workspace_user,omitempty"`
	WorkspaceTeam *WorkspaceTeam `json:"workspace_team,omitempty"`
	BoardUser     *BoardUser     `json:"board_user,omitempty"`
	BoardTeam     *BoardTeam     `json:"board_team,omitempty"`
	Credential    *Credential    `json:"credential,omitempty"`
	Identity      *Identity      `json:"identity,omitempty"`
	Folder        *Folder        `json:"folder,omitempty"`
	Tag           *Tag           `json:"tag,omitempty"`
	Webhook       *Webhook       `json:"webhook,omitempty"`
	Doc           *Doc           `json:"doc,omitempty"`
	DataSource    *DataSource    `json:"data_source,omitempty"` // deleting it deletes its state and its runs

	// What is on a board. None of it is deleted but by its State, except views.
	Group  *Group     `json:"group,omitempty"`
	Column *Column    `json:"column,omitempty"`
	View   *BoardView `json:"view,omitempty"`
	Item   *Item      `json:"item,omitempty"`
	// From is the board that Item was on before, when it has moved to another. Its updates and assets go
	// with it.
	From BoardID `json:"from,omitempty"`
	// Active is by how many Item changes the number of active items on its board: -1, 0 or 1. (That of
	// From falls by one when the item was active there.)
	Active int `json:"active,omitempty"`

	// Records: rows that no image holds. They are in the transaction but not in the change feed.
	Update       *Update       `json:"-"`
	Asset        *Asset        `json:"-"`
	Block        *Block        `json:"-"`
	Activity     *Activity     `json:"-"` // never deleted
	Audit        *Audit        `json:"-"` // never deleted
	Notification *Notification `json:"-"`
	Delivery     *Delivery     `json:"-"`
}

// Recorded reports whether the change is of a row that no image holds.
func (c *Change) Recorded() bool {
	return c.Update != nil || c.Asset != nil || c.Block != nil || c.Activity != nil || c.Audit != nil || c.Notification != nil || c.Delivery != nil
}

// Batch is one committed transaction of an account: what several callers decided, made durable at once.
type Batch struct {
	Seq     Seq       // its number: the account's head before it plus one
	ID      string    // unique; tells whether a commit whose answer was lost has happened
	At      time.Time // when it was decided
	Changes []Change
}

// Snapshot is the whole directory of one account as of Seq. Rows are in no particular order; the
// derived fields of rows (Teams, Members, Users) are empty.
type Snapshot struct {
	Seq            Seq
	Account        Account
	Users          []*User
	Teams          []*Team
	Workspaces     []*Workspace
	Boards         []*Board
	Tokens         []*Token
	Memberships    []Membership
	WorkspaceUsers []WorkspaceUser
	WorkspaceTeams []WorkspaceTeam
	BoardUsers     []BoardUser
	BoardTeams     []BoardTeam
	Credentials    []*Credential
	Identities     []*Identity
	Folders        []*Folder
	Tags           []*Tag
	Webhooks       []*Webhook
	Docs           []*Doc
	DataSources    []*DataSource

	Content // only for Create; Load leaves it empty
}

// Content is what is on the boards of a new account.
type Content struct {
	Groups   []*Group
	Columns  []*Column
	Views    []*BoardView
	Items    []*Item
	Updates  []*Update
	Assets   []*Asset
	Blocks   []*Block
	Activity []*Activity
}

// BoardRows is what is on one board, as of Seq.
type BoardRows struct {
	Seq     Seq
	Groups  []*Group     // of every state, in no particular order
	Columns []*Column    // likewise
	Views   []*BoardView // likewise
	Items   []*Item      // the active ones, in no particular order; nil unless they were asked for
	Active  int          // how many active items there are
	Number  int64        // the highest Item.Number there is
	Bytes   int64        // about how much memory the active items take, of a board whose items were not asked for
}

// ItemPlace is where an item is within its group.
type ItemPlace struct {
	Pos int64
	ID  ItemID
}

// UpdateQuery selects updates, the newest first (by CreatedAt, then id). Replies are selected by
// Parents or IDs alone, and come the oldest first.
type UpdateQuery struct {
	IDs      []UpdateID // nil: any; updates and replies
	Items    []ItemID   // nil: any
	Boards   []BoardID  // nil: any
	Parents  []UpdateID // replies to these, instead of updates
	Replies  bool       // all replies (within Boards, From and To), instead of updates
	From, To time.Time  // of CreatedAt, both inclusive; zero: open
}

// ActivityQuery selects lines of the log, the newest first (by At, then id). nil lists select any.
type ActivityQuery struct {
	Board    BoardID // 0: every board, and what belongs to none
	Users    []UserID
	Items    []ItemID
	Groups   []string
	Columns  []string
	Events   []string
	From, To time.Time // both inclusive; zero: open
}

// AuditQuery selects lines of the audit, the newest first (by At, then id).
type AuditQuery struct {
	Users    []UserID // nil: any
	Actions  []string // nil: any
	Text     string   // that Changes contains, whatever its case; "": any
	From, To time.Time
}

// AssetQuery selects assets by one of its lists, ascending by id.
type AssetQuery struct {
	IDs     []AssetID
	Items   []ItemID
	Updates []UpdateID
}

// ClaimedDelivery is a delivery and whose it is.
type ClaimedDelivery struct {
	Account AccountID
	Delivery
}

// Errors of a Store that the service acts upon; every other error is a fault of the database.
var (
	// ErrBehind: the account's head is not the batch's Seq minus one; nothing was written.
	ErrBehind = errors.New("account has moved on")
	// ErrUnknown: the connection was lost while committing; the batch may or may not have happened.
	ErrUnknown = errors.New("outcome of the commit is unknown")
	// ErrGap: the change feed no longer reaches back that far.
	ErrGap = errors.New("change feed does not reach back that far")
	// ErrNoAccount: there is no such account.
	ErrNoAccount = errors.New("no such account")
)

// Store keeps accounts durably. It decides nothing. Its methods may be called concurrently; commits of
// one account are not, within one process.
type Store interface {
	// Accounts lists the accounts, ascending.
	Accounts(ctx context.Context) ([]AccountID, error)
	// Create makes a new account with all its rows at once; its head is snap.Seq, at least 1.
	Create(ctx context.Context, snap *Snapshot) error
	// Load reads one account, consistent as of one Seq. ErrNoAccount.
	Load(ctx context.Context, id AccountID) (*Snapshot, error)
	// Commit makes a batch durable, all or nothing, and appends it to the change feed. ErrBehind, ErrUnknown.
	Commit(ctx context.Context, id AccountID, b *Batch) error
	// LoadBoard reads what is on a board, consistent as of one Seq, with its active items or without. A
	// board there is not has no rows. ErrNoAccount.
	LoadBoard(ctx context.Context, id AccountID, board BoardID, items bool) (*BoardRows, error)
	// LoadItems reads items by id, of every state and on any board, as of one Seq. Ids there are not are
	// passed over. ErrNoAccount.
	LoadItems(ctx context.Context, id AccountID, ids []ItemID) (Seq, []*Item, error)
	// ScanItems reads the active items of a group that come after a place, in order, at most limit.
	ScanItems(ctx context.Context, id AccountID, board BoardID, group string, after ItemPlace, limit int) ([]*Item, error)
	// Updates calls each for every update that q selects until it returns false.
	Updates(ctx context.Context, id AccountID, q UpdateQuery, each func(*Update) bool) error
	// Activity calls each for every line that q selects until it returns false.
	Activity(ctx context.Context, id AccountID, q ActivityQuery, each func(*Activity) bool) error
	// Audit calls each for every line that q selects until it returns false.
	Audit(ctx context.Context, id AccountID, q AuditQuery, each func(*Audit) bool) error
	// Assets reads the assets that q selects.
	Assets(ctx context.Context, id AccountID, q AssetQuery) ([]*Asset, error)
	// Blocks reads the blocks of a doc, by position, then id; or those with the ids where doc is 0.
	Blocks(ctx context.Context, id AccountID, doc DocID, ids []string) ([]*Block, error)
	// Notifications reads a user's notifications, the newest first, at most limit.
	Notifications(ctx context.Context, id AccountID, user UserID, limit int) ([]*Notification, error)
	// ClaimDeliveries takes deliveries, of all accounts, that are due at now, and puts off their Next to
	// until, so that nobody else takes them meanwhile.
	ClaimDeliveries(ctx context.Context, now, until time.Time, limit int) ([]ClaimedDelivery, error)
	// SettleDelivery records a try: next and one try more, or, with a zero next, that it is done with.
	SettleDelivery(ctx context.Context, id AccountID, delivery string, next time.Time) error
	// ClaimDataSources gives holder the leases, until until, of data sources that are to be run, of all
	// accounts, and that nobody holds at now: those whose time has come, that somebody has asked for, or that
	// are removed. A lease that has ended may be taken over. Of several who claim at once, one gets it.
	ClaimDataSources(ctx context.Context, holder string, now, until time.Time, limit int) ([]DataSourceState, error)
	// RenewDataSource prolongs the lease of who holds it, and records how far it is; it reports whether it
	// still was the holder's.
	RenewDataSource(ctx context.Context, id AccountID, lease DataSourceState) (bool, error)
	// SettleDataSource ends the lease of st.Holder, records the state, and run unless it is nil, of which
	// the latest SourceRunsKept are kept. It reports whether the lease still was the holder's; nothing is
	// recorded when not.
	SettleDataSource(ctx context.Context, id AccountID, st DataSourceState, run *DataSourceRun) (bool, error)
	// DataSourceStates reads the states of an account's data sources; one that has never been run has none.
	DataSourceStates(ctx context.Context, id AccountID) ([]DataSourceState, error)
	// DataSourceRuns reads the runs of a data source, the newest first, at most limit.
	DataSourceRuns(ctx context.Context, id AccountID, source DataSourceID, limit int) ([]DataSourceRun, error)
	// Since returns the batches after seq in order, without records. ErrGap.
	Since(ctx context.Context, id AccountID, seq Seq) ([]Batch, error)
	// Head returns the account's latest Seq, read from the database now. ErrNoAccount.
	Head(ctx context.Context, id AccountID) (Seq, error)
	// TokenAccount finds the account that a token with this hash belongs to. ErrNoAccount.
	TokenAccount(ctx context.Context, hash []byte) (AccountID, error)
	// TouchTokens records when tokens were last used. It is no transaction of the account.
	TouchTokens(ctx context.Context, id AccountID, used map[TokenID]time.Time) error
	// Prune forgets all but the latest keep batches of an account's feed and returns how many went.
	Prune(ctx context.Context, id AccountID, keep int) (int64, error)
	// Shared reports whether other processes may write to the same accounts.
	Shared() bool
	// Watch calls moved, from its own goroutine, when another process has committed to an account, as
	// far as the database tells; it returns when ctx ends. Missing a call is no fault: Head decides.
	Watch(ctx context.Context, moved func(AccountID)) error
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	Close() error
}
