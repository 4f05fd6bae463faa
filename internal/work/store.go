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
	// Since returns the batches after seq in order. ErrGap.
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
