// Package work holds what an account is made of (users, teams, workspaces,
// boards, tokens) and the rules by which it may be read and changed.
//
// The one idea is decide, commit, apply. An account's directory lives in
// memory as an immutable Image. A reader takes the current image and never
// waits. A writer is a function that looks at the image and decides on a list
// of Changes; the Store makes them durable in one transaction; only then are
// they applied, and a new image takes the place of the old one. What fails to
// commit has not happened.
//
// Every exported method of Service takes the Caller it acts for. What a caller
// may not see is not found; what it may see but not do is denied. Both are
// decided here, by package perm, and nowhere else.
package work

import (
	"strconv"
	"time"
)

// Ids are unique within their kind and account: a user and a team may bear the same number.
type (
	AccountID   int64
	UserID      int64
	TeamID      int64
	WorkspaceID int64
	BoardID     int64
	FolderID    int64
	ProductID   int64
	TokenID     int64
)

// Everyone is the team that stands for all users of the account as a subscriber of a board.
const Everyone TeamID = -1

// Seq numbers an account's committed transactions from 1.
type Seq int64

// Role is what a user is in the account.
type Role string

const (
	Admin  Role = "admin"
	Member Role = "member"
	Viewer Role = "view_only"
	Guest  Role = "guest"
)

// Status tells whether a user may come in.
type Status string

const (
	Active   Status = "active"
	Pending  Status = "pending"  // invited, has not accepted yet
	Inactive Status = "inactive" // deactivated
)

// State is where a workspace or board is in its life.
type State string

const (
	StateActive   State = "active"
	StateArchived State = "archived"
	StateDeleted  State = "deleted"
)

// WorkspaceKind is who may find a workspace.
type WorkspaceKind string

const (
	Open     WorkspaceKind = "open"
	Closed   WorkspaceKind = "closed"
	Template WorkspaceKind = "template"
)

// BoardKind is who may find a board.
type BoardKind string

const (
	Public  BoardKind = "public"  // "Main": everybody but guests
	Private BoardKind = "private" // its subscribers, never guests
	Share   BoardKind = "share"   // its subscribers, guests among them
)

// BoardPermission is who may edit what is on a board.
type BoardPermission string

const (
	PermEveryone      BoardPermission = "everyone"
	PermCollaborators BoardPermission = "collaborators"
	PermAssignee      BoardPermission = "assignee"
	PermOwners        BoardPermission = "owners"
)

// Date is a calendar day as YYYY-MM-DD, or "".
type Date string

// Account is an organisation. Everything else belongs to exactly one.
type Account struct {
	ID                      AccountID   `json:"id"`
	Name                    string      `json:"name"`
	Slug                    string      `json:"slug"`
	Tier                    string      `json:"tier,omitempty"`
	Plan                    *Plan       `json:"plan,omitempty"` // nil on a trial
	Products                []Product   `json:"products,omitempty"`
	CountryCode             string      `json:"country_code,omitempty"`
	FirstDay                string      `json:"first_day_of_the_week"` // monday or sunday
	Logo                    string      `json:"logo,omitempty"`
	TimelineWeekends        bool        `json:"show_timeline_weekends,omitempty"`
	SignUpProduct           string      `json:"sign_up_product_kind,omitempty"`
	Trial                   bool        `json:"is_during_trial,omitempty"`
	TrialExpired            bool        `json:"is_trial_expired,omitempty"`
	CreatedAt               time.Time   `json:"created_at"`
	MainWorkspace           WorkspaceID `json:"main_workspace"`
	MainWorkspaceIsNumbered bool        `json:"main_workspace_is_numbered,omitempty"` // its id is shown, as in migrated accounts; otherwise null
	LastID                  int64       `json:"last_id"`                              // the highest id given out, whatever its kind
}

// Plan is what the account pays for.
type Plan struct {
	MaxUsers int    `json:"max_users"`
	Period   string `json:"period"`
	Tier     string `json:"tier"`
	Version  int    `json:"version"`
}

// Product is one of the account's products.
type Product struct {
	ID               ProductID   `json:"id"`
	Kind             string      `json:"kind"`
	Tier             string      `json:"tier,omitempty"`
	DefaultWorkspace WorkspaceID `json:"default_workspace_id,omitempty"`
}

// User is a person in the account. Empty strings are values not given.
type User struct {
	ID       UserID `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"` // unique in the account, whatever its case
	Role     Role   `json:"role"`
	Status   Status `json:"status"`
	Verified bool   `json:"verified,omitempty"` // confirmed the e-mail address
	// EmailUnproven: the user has set the address himself and nobody has confirmed that it is his. He may be
	// waiting for its owner, so no OpenID provider lets anybody in as him by that address.
	EmailUnproven bool      `json:"email_unproven,omitempty"`
	Title         string    `json:"title,omitempty"`
	Phone         string    `json:"phone,omitempty"`
	MobilePhone   string    `json:"mobile_phone,omitempty"`
	Location      string    `json:"location,omitempty"`
	CountryCode   string    `json:"country_code,omitempty"`
	Language      string    `json:"language,omitempty"`
	TimeZone      string    `json:"time_zone,omitempty"` // IANA name
	Birthday      Date      `json:"birthday,omitempty"`
	JoinDate      Date      `json:"join_date,omitempty"`
	LastActivity  Date      `json:"last_activity,omitempty"`
	Photo         string    `json:"photo,omitempty"` // file name under /photos, without size
	SignUpProduct string    `json:"sign_up_product_kind,omitempty"`
	Away          *Away     `json:"out_of_office,omitempty"`
	InvitedBy     UserID    `json:"invited_by,omitempty"`
	CreatedAt     time.Time `json:"created_at"`

	Teams []TeamID `json:"-"` // ascending; kept by the image
}

// Away is a user's absence.
type Away struct {
	Kind                 string `json:"type"`
	Start                Date   `json:"start_date"`
	End                  Date   `json:"end_date"`
	DisableNotifications bool   `json:"disable_notifications,omitempty"`
}

// Team is a group of users.
type Team struct {
	ID        TeamID    `json:"id"`
	Name      string    `json:"name"`
	Guest     bool      `json:"is_guest,omitempty"` // made of guests
	Parent    TeamID    `json:"parent_team_id,omitempty"`
	Picture   string    `json:"picture_url,omitempty"`
	CreatedAt time.Time `json:"created_at"`

	Members []Subscriber `json:"-"` // ascending by user; kept by the image
}

// Subscriber is a user in a team, a workspace or on a board.
type Subscriber struct {
	User  UserID
	Owner bool
}

// TeamSubscriber is a team in a workspace or on a board.
type TeamSubscriber struct {
	Team  TeamID
	Owner bool
}

// Workspace is where boards are kept together.
type Workspace struct {
	ID          WorkspaceID   `json:"id"`
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Kind        WorkspaceKind `json:"kind"`
	State       State         `json:"state"`
	Product     ProductID     `json:"account_product_id,omitempty"`
	IconColor   string        `json:"icon_color,omitempty"`
	IconImage   string        `json:"icon_image,omitempty"`
	CreatedBy   UserID        `json:"created_by,omitempty"`
	CreatedAt   time.Time     `json:"created_at"`

	Users []Subscriber     `json:"-"` // ascending; the Main Workspace keeps none: it holds everybody
	Teams []TeamSubscriber `json:"-"`
}

// Board is the container of items. What is on it is loaded into the image when it is first needed.
type Board struct {
	ID            BoardID         `json:"id"`
	Name          string          `json:"name"`
	Description   string          `json:"description,omitempty"`
	Kind          BoardKind       `json:"kind"`
	State         State           `json:"state"`
	Workspace     WorkspaceID     `json:"workspace_id"`
	Folder        FolderID        `json:"folder_id,omitempty"`
	Creator       UserID          `json:"creator_id"`
	Permission    BoardPermission `json:"permission"`
	Communication string          `json:"communication,omitempty"` // JSON
	ItemName      string          `json:"item_name,omitempty"`     // what items are called, in the singular
	ItemNames     string          `json:"item_names,omitempty"`    // and in the plural
	CreatedFrom   BoardID         `json:"created_from_board_id,omitempty"`
	Type          BoardType       `json:"type,omitempty"`
	Parent        BoardID         `json:"parent_board_id,omitempty"` // of a board of subitems: the board of their items
	OnlyAssigned  bool            `json:"only_assigned,omitempty"`   // others than owners see only the items assigned to them
	CreatedAt     time.Time       `json:"created_at"`
	UpdatedAt     time.Time       `json:"updated_at"`

	Users []Subscriber     `json:"-"` // ascending; kept by the image
	Teams []TeamSubscriber `json:"-"`
}

// TokenKind is what a token opens.
type TokenKind string

const (
	APIToken     TokenKind = ""        // the API
	SessionToken TokenKind = "session" // the console, for somebody who has signed in
	LinkToken    TokenKind = "link"    // the console once: to set a password
)

// Token is a secret that brings its user in. The secret itself is not here: Hash finds it, and Sealed shows
// it again where it may be shown.
type Token struct {
	ID        TokenID   `json:"id"`
	User      UserID    `json:"user_id"`
	Kind      TokenKind `json:"kind,omitempty"`
	Name      string    `json:"name"`             // of API tokens: "" is the personal one; of sessions: the browser
	From      string    `json:"from,omitempty"`   // of sessions: the address signed in from
	Scopes    []string  `json:"scopes,omitempty"` // of named API tokens: all it may be used for; nil is everything
	Hash      []byte    `json:"hash"`             // SHA-256 of the secret
	Sealed    []byte    `json:"sealed,omitempty"` // the secret, encrypted with the server's key
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	LastUsed  time.Time `json:"last_used,omitzero"`
}

// Credential is what a user signs in to the console with.
type Credential struct {
	User      UserID    `json:"user_id"`
	Hash      string    `json:"hash"` // of the password, with its parameters; opaque here
	ChangedAt time.Time `json:"changed_at"`
}

// Identity is a user as an OpenID provider knows it.
type Identity struct {
	Issuer    string    `json:"issuer"`
	Subject   string    `json:"subject"`
	User      UserID    `json:"user_id"`
	CreatedAt time.Time `json:"created_at"`
}

// Audit is a line of the record of who changed what in the account's directory.
type Audit struct {
	ID      string    `json:"id"` // a UUID
	At      time.Time `json:"at"`
	User    UserID    `json:"user_id"`            // 0: the server itself
	Token   TokenID   `json:"token_id,omitempty"` // the token or session used
	From    string    `json:"from,omitempty"`     // the network address
	Action  string    `json:"action"`             // as the permission table names it
	Changes string    `json:"changes"`            // JSON: a list of AuditChange
}

// AuditChange is one row that was changed.
type AuditChange struct {
	Kind   string `json:"kind"` // user, team, membership, …
	ID     string `json:"id"`   // of links: both ids
	Name   string `json:"name,omitempty"`
	Change string `json:"change"` // created, changed or deleted
	What   string `json:"what,omitempty"`
}

// Membership is one user in one team, as a row of the store.
type Membership struct {
	Team  TeamID `json:"team"`
	User  UserID `json:"user"`
	Owner bool   `json:"owner,omitempty"`
}

// WorkspaceUser is one user in one workspace, as a row of the store.
type WorkspaceUser struct {
	Workspace WorkspaceID `json:"workspace"`
	User      UserID      `json:"user"`
	Owner     bool        `json:"owner,omitempty"`
}

// WorkspaceTeam is one team in one workspace, as a row of the store.
type WorkspaceTeam struct {
	Workspace WorkspaceID `json:"workspace"`
	Team      TeamID      `json:"team"`
	Owner     bool        `json:"owner,omitempty"`
}

// BoardUser is one user on one board, as a row of the store.
type BoardUser struct {
	Board BoardID `json:"board"`
	User  UserID  `json:"user"`
	Owner bool    `json:"owner,omitempty"`
}

// BoardTeam is one team on one board, as a row of the store.
type BoardTeam struct {
	Board BoardID `json:"board"`
	Team  TeamID  `json:"team"`
	Owner bool    `json:"owner,omitempty"`
}

func (id AccountID) String() string   { return strconv.FormatInt(int64(id), 10) }
func (id UserID) String() string      { return strconv.FormatInt(int64(id), 10) }
func (id TeamID) String() string      { return strconv.FormatInt(int64(id), 10) }
func (id WorkspaceID) String() string { return strconv.FormatInt(int64(id), 10) }
func (id BoardID) String() string     { return strconv.FormatInt(int64(id), 10) }
