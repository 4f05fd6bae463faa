// Package perm says who may do what. It is one table: a row for each action,
// a column for each role, and in the cell the condition under which that role
// may. It does no I/O and knows no account: callers describe the target by the
// few facts the conditions speak of.
//
// docs/permissions.md is this table printed; a test keeps the two the same.
package perm

// Role is what the subject is in the account.
type Role int

const (
	Admin Role = iota
	Member
	Viewer
	Guest
	roles
)

// Roles are the columns of the table, in order.
var Roles = [roles]string{"admin", "member", "viewer", "guest"}

// Facts are what a decision needs to know of the subject and the target together.
type Facts uint16

const (
	Self     Facts = 1 << iota // the target is the subject itself, or belongs to it
	Joined                     // the subject is in the team, workspace or board, itself or through a team
	Owner                      // the subject owns it, itself or through a team
	Open                       // an open workspace, or a Main board in a workspace the subject may see
	Shared                     // the subject and the target user meet in a team, a workspace other than the main one, or on a board
	Sharable                   // a board that guests may be on
	Editable                   // the board's permission lets those who are not owners change its structure
	Fillable                   // the board's permission lets those who are not owners change its items
	Assigned                   // the board's permission lets those change an item who are assigned to it, as the subject is
)

// Cond is the content of a cell.
type Cond int

const (
	Never Cond = iota
	Always
	IfSelf
	IfShared         // Self or Shared
	IfJoined         // Joined or Owner
	IfOwner          // Owner
	IfOpenOrJoined   // Open, Joined or Owner
	IfSelfOrOwner    // Self or Owner
	IfJoinedSharable // Joined, and the board is of a kind that guests may be on
	IfEditor         // Owner; or Open or Joined where the board's permission lets others edit
	IfFiller         // Owner; or Open or Joined where the board's permission lets others change this item
)

// Conds are the conditions in words, for the printed table and for refusals.
var Conds = map[Cond]string{
	Never:            "no",
	Always:           "yes",
	IfSelf:           "oneself",
	IfShared:         "oneself, and those met in a team, workspace or board",
	IfJoined:         "where one is in",
	IfOwner:          "as owner",
	IfOpenOrJoined:   "open ones, and where one is in",
	IfSelfOrOwner:    "oneself, or as owner",
	IfJoinedSharable: "shareable ones one is on",
	IfEditor:         "as owner; others where the board's permission lets them",
	IfFiller:         "as owner; others where the board's permission lets them change items, or those assigned to them",
}

func (c Cond) holds(f Facts) bool {
	switch c {
	case Always:
		return true
	case IfSelf:
		return f&Self != 0
	case IfShared:
		return f&(Self|Shared) != 0
	case IfJoined:
		return f&(Joined|Owner) != 0
	case IfOwner:
		return f&Owner != 0
	case IfOpenOrJoined:
		return f&(Open|Joined|Owner) != 0
	case IfSelfOrOwner:
		return f&(Self|Owner) != 0
	case IfJoinedSharable:
		return f&(Joined|Owner) != 0 && f&Sharable != 0
	case IfEditor:
		return f&Owner != 0 || f&Editable != 0 && f&(Open|Joined) != 0
	case IfFiller:
		return f&Owner != 0 || f&(Fillable|Assigned) != 0 && f&(Open|Joined) != 0
	default:
		return false
	}
}

// Action is something a subject may want to do.
type Action int

const (
	APIUse Action = iota
	AccountRead
	AccountEdit
	RolesRead
	UserRead
	UserSecret
	UserInvite

	UserEdit
	UserRole
	UserActivate
	UserDeactivate
	UserEmailDomain
	TokenOwn
	TokenRevoke
	TeamRead
	TeamCreate
	TeamMembers
	TeamOwners
	TeamDelete
	WorkspaceRead
	WorkspaceCreate
	WorkspaceEdit
	WorkspaceDelete
	WorkspaceInvite
	WorkspaceOwners
	WorkspaceRemove
	BoardRead
	BoardCreate
	BoardEdit
	BoardState
	BoardInvite
	BoardOwners
	BoardRemove
	BoardPermission
	BoardStructure
	ColumnRestrict
	ItemRead
	ItemCreate
	ItemEdit
	ItemState
	UpdateCreate
	UpdateEdit
	UpdateDelete
	UpdatePin
	ActivityRead
	ActivityUser
	WebhookEdit
	FolderEdit
	TagCreate
	DocEdit
	NotificationSend
	AuditRead
	BackupTake
	DataSourceRead
	DataSourceEdit
	actions
)

// Rule is a row of the table.
type Rule struct {
	Name string
	What string // in words, for people
	By   [roles]Cond
}

// Table is the whole of who may do what.
var Table = [actions]Rule{
	APIUse:          {"api.use", "use the API with a token", [roles]Cond{Always, Always, Never, Always}},
	AccountRead:     {"account.read", "read the account, its plan and products", [roles]Cond{Always, Always, Always, Always}},
	AccountEdit:     {"account.edit", "change the account's settings", [roles]Cond{Always, Never, Never, Never}},
	RolesRead:       {"account.roles", "list the account's roles", [roles]Cond{Always, Always, Always, Never}},
	UserRead:        {"user.read", "see a user", [roles]Cond{Always, Always, Always, IfShared}},
	UserSecret:      {"user.secret", "read a user's own API token through the API", [roles]Cond{IfSelf, IfSelf, Never, Never}},
	UserInvite:      {"user.invite", "invite members, viewers and guests", [roles]Cond{Always, Always, Never, Never}},
	UserEdit:        {"user.edit", "change a user's profile", [roles]Cond{Always, IfSelf, IfSelf, IfSelf}},
	UserRole:        {"user.role", "change a user's role", [roles]Cond{Always, Never, Never, Never}},
	UserActivate:    {"user.activate", "activate a user", [roles]Cond{Always, Never, Never, Never}},
	UserDeactivate:  {"user.deactivate", "deactivate a user", [roles]Cond{Always, Never, Never, Never}},
	UserEmailDomain: {"user.email_domain", "change the domain of users' e-mail addresses", [roles]Cond{Always, Never, Never, Never}},
	TokenOwn:        {"token.own", "have personal API tokens: generate, show, name, revoke one's own", [roles]Cond{IfSelf, IfSelf, Never, Never}},
	TokenRevoke:     {"token.revoke", "see that a token exists, and revoke it", [roles]Cond{Always, IfSelf, IfSelf, IfSelf}},
	TeamRead:        {"team.read", "see a team", [roles]Cond{Always, Always, Always, IfJoined}},
	TeamCreate:      {"team.create", "create a team", [roles]Cond{Always, Always, Never, Never}},
	TeamMembers:     {"team.members", "add users to a team and remove them", [roles]Cond{Always, IfOwner, Never, Never}},
	TeamOwners:      {"team.owners", "assign and remove a team's owners", [roles]Cond{Always, IfOwner, Never, Never}},
	TeamDelete:      {"team.delete", "delete a team", [roles]Cond{Always, IfOwner, Never, Never}},
	WorkspaceRead:   {"workspace.read", "see a workspace", [roles]Cond{Always, IfOpenOrJoined, IfOpenOrJoined, IfJoined}},
	WorkspaceCreate: {"workspace.create", "create a workspace", [roles]Cond{Always, Always, Never, Never}},
	WorkspaceEdit:   {"workspace.edit", "rename, describe, open or close a workspace", [roles]Cond{Always, IfOwner, Never, Never}},
	WorkspaceDelete: {"workspace.delete", "delete a workspace", [roles]Cond{Always, IfOwner, Never, Never}},
	WorkspaceInvite: {"workspace.invite", "add users and teams to a workspace as subscribers", [roles]Cond{Always, IfOpenOrJoined, Never, Never}},
	WorkspaceOwners: {"workspace.owners", "add owners to a workspace", [roles]Cond{Always, IfOwner, Never, Never}},
	WorkspaceRemove: {"workspace.remove", "remove users and teams from a workspace", [roles]Cond{Always, IfSelfOrOwner, IfSelf, IfSelf}},
	BoardRead:       {"board.read", "see a board", [roles]Cond{IfOpenOrJoined, IfOpenOrJoined, IfOpenOrJoined, IfJoinedSharable}},
	BoardCreate:     {"board.create", "create a board in a workspace", [roles]Cond{Always, IfOpenOrJoined, Never, Never}},
	BoardEdit:       {"board.edit", "rename or describe a board", [roles]Cond{IfEditor, IfEditor, Never, Never}},
	BoardState:      {"board.state", "archive or delete a board", [roles]Cond{Always, IfOwner, Never, Never}},
	BoardInvite:     {"board.invite", "add users and teams to a board as subscribers", [roles]Cond{Always, IfOpenOrJoined, Never, Never}},
	BoardOwners:     {"board.owners", "add owners to a board", [roles]Cond{Always, IfOwner, Never, Never}},
	BoardRemove:     {"board.remove", "remove users and teams from a board", [roles]Cond{Always, IfSelfOrOwner, IfSelf, IfSelf}},
	BoardPermission: {"board.permission", "set who may edit a board", [roles]Cond{IfOwner, IfOwner, Never, Never}},

	BoardStructure: {"board.structure", "add, change and remove a board's groups, columns and views", [roles]Cond{IfEditor, IfEditor, Never, Never}},
	ColumnRestrict: {"column.restrict", "set who may see a column and who may change its values", [roles]Cond{IfOwner, IfOwner, Never, Never}},
	ItemRead:       {"item.read", "see an item, its updates and files", [roles]Cond{IfOpenOrJoined, IfOpenOrJoined, IfOpenOrJoined, IfJoinedSharable}},
	ItemCreate:     {"item.create", "create items", [roles]Cond{IfFiller, IfFiller, Never, IfFiller}},
	ItemEdit:       {"item.edit", "change an item's values, and its files", [roles]Cond{IfFiller, IfFiller, Never, IfFiller}},
	ItemState:      {"item.state", "move, archive or delete an item", [roles]Cond{IfFiller, IfFiller, Never, IfFiller}},
	UpdateCreate:   {"update.create", "write and like updates", [roles]Cond{IfOpenOrJoined, IfOpenOrJoined, Never, IfJoinedSharable}},
	UpdateEdit:     {"update.edit", "change an update", [roles]Cond{IfSelf, IfSelf, Never, IfSelf}},
	UpdateDelete:   {"update.delete", "delete an update", [roles]Cond{Always, IfSelfOrOwner, Never, IfSelf}},
	UpdatePin:      {"update.pin", "pin an update", [roles]Cond{IfFiller, IfFiller, Never, IfFiller}},
	ActivityRead:   {"activity.read", "read a board's activity log", [roles]Cond{IfOpenOrJoined, IfOpenOrJoined, IfOpenOrJoined, IfJoinedSharable}},
	ActivityUser:   {"activity.user", "read what a user did", [roles]Cond{Always, IfSelf, IfSelf, IfSelf}},
	WebhookEdit:    {"webhook.edit", "see, create and delete a board's webhooks", [roles]Cond{IfOpenOrJoined, IfOpenOrJoined, Never, Never}},
	FolderEdit:     {"folder.edit", "create, change and delete a workspace's folders", [roles]Cond{Always, IfOpenOrJoined, Never, Never}},
	TagCreate:      {"tag.create", "create tags", [roles]Cond{Always, Always, Never, IfJoinedSharable}},
	DocEdit:        {"doc.edit", "change a doc", [roles]Cond{IfFiller, IfFiller, Never, IfFiller}},

	AuditRead:        {"audit.read", "read who changed what in the account", [roles]Cond{Always, Never, Never, Never}},
	BackupTake:       {"backup.take", "download a backup of the server", [roles]Cond{Always, Never, Never, Never}},
	DataSourceRead:   {"datasource.read", "know that there are data sources, and whom to ask", [roles]Cond{Always, Always, Never, Never}},
	DataSourceEdit:   {"datasource.edit", "add, see, change, run and remove data sources", [roles]Cond{Always, Never, Never, Never}},
	NotificationSend: {"notification.send", "send a user a notification", [roles]Cond{Always, Always, Never, IfShared}},
}

// Allow decides. An action or role that is not in the table is refused.
func Allow(r Role, a Action, f Facts) bool {
	if a < 0 || a >= actions || r < 0 || r >= roles {
		return false
	}
	return Table[a].By[r].holds(f)
}

// Count is the number of actions.
const Count = int(actions)
