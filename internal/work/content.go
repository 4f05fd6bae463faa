package work

import (
	"strconv"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// Ids of what is on boards. Groups and columns are named by texts, unique on their board.
type (
	ItemID         int64
	UpdateID       int64
	AssetID        int64
	TagID          int64
	WebhookID      int64
	DocID          int64
	ViewID         int64
	NotificationID int64
)

// BoardType is what a board is made of.
type BoardType string

const (
	ItemsBoard    BoardType = ""                // items; the API says board
	SubitemsBoard BoardType = "sub_items_board" // the subitems of the items of another board
	DocBoard      BoardType = "document"        // a doc: the board says who may see it and where it is
)

// Group is a part of a board's items.
type Group struct {
	Board BoardID `json:"board_id"`
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Color string  `json:"color"` // #rrggbb
	Pos   int64   `json:"position"`
	State State   `json:"state"`
}

// Column is a column of a board. Deleted columns stay, so that their ids are not used again.
type Column struct {
	Board       BoardID     `json:"board_id"`
	ID          string      `json:"id"`
	Title       string      `json:"title"`
	Description string      `json:"description,omitempty"`
	Type        column.Type `json:"type"`
	Settings    string      `json:"settings,omitempty"` // JSON in the typed form, as column.Kind prints it
	Width       int         `json:"width,omitempty"`    // 0: not set
	Pos         int64       `json:"position"`
	State       State       `json:"state"`
	Revision    int64       `json:"revision"`
	Hidden      bool        `json:"hidden,omitempty"`  // only Readers and owners see it
	Locked      bool        `json:"locked,omitempty"`  // only Writers and owners change its values
	Readers     []Principal `json:"readers,omitempty"` // of a hidden column
	Writers     []Principal `json:"writers,omitempty"` // of a locked column

	Def *column.Column `json:"-"` // Type and Settings made ready; kept by the image
}

// Principal is a user or a team; exactly one of the two is set.
type Principal struct {
	User UserID `json:"user,omitempty"`
	Team TeamID `json:"team,omitempty"`
}

// BoardView is a way to look at a board. What it holds besides its name and type is the client's own.
type BoardView struct {
	ID       ViewID   `json:"id"`
	Board    BoardID  `json:"board_id"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Settings string   `json:"settings,omitempty"` // JSON
	Filter   string   `json:"filter,omitempty"`   // JSON
	Sort     string   `json:"sort,omitempty"`     // JSON
	Tags     []string `json:"tags,omitempty"`
	User     UserID   `json:"filter_user_id,omitempty"`
	Team     TeamID   `json:"filter_team_id,omitempty"`
	Source   ViewID   `json:"source_view_id,omitempty"`
	Pos      int64    `json:"position"`
}

// Item is a row of a board, with all that is in its cells.
type Item struct {
	ID          ItemID    `json:"id"`
	Board       BoardID   `json:"board_id"`
	Group       string    `json:"group_id"`
	Name        string    `json:"name"`
	State       State     `json:"state"`
	Pos         int64     `json:"position"` // within the group; the id decides between equal ones
	Number      int64     `json:"number"`   // counts the items of a board as they are made, from 1
	Parent      ItemID    `json:"parent_item_id,omitempty"`
	Creator     UserID    `json:"creator_id"`
	UpdatedBy   UserID    `json:"updated_by"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	Subscribers []UserID  `json:"subscribers,omitempty"`
	Description DocID     `json:"description,omitempty"` // the doc that describes it; 0: none yet
	Cells       Cells     `json:"cells,omitempty"`       // of the columns that hold something
}

// Cells are what an item holds, in no particular order, one a column at most.
type Cells []Cell

// Cell is a value in a column, and when it was put there.
type Cell struct {
	Column string
	Value  column.Value
	At     int64 // microseconds since 1970; 0: not known
}

// PosStep is the distance at which positions are given out: positions are multiples of it where
// nothing was put between.
const PosStep = 1 << 20

// Folder holds boards of a workspace.
type Folder struct {
	ID         FolderID    `json:"id"`
	Name       string      `json:"name"`
	Workspace  WorkspaceID `json:"workspace_id"`
	Parent     FolderID    `json:"parent_id,omitempty"`
	Color      string      `json:"color,omitempty"` // as FolderColor spells it
	FontWeight string      `json:"font_weight,omitempty"`
	Icon       string      `json:"custom_icon,omitempty"`
	Owner      UserID      `json:"owner_id"`
	CreatedAt  time.Time   `json:"created_at"`
}

// Tag is a word that items can be tagged with: everywhere, or on one private or shareable board.
type Tag struct {
	ID    TagID   `json:"id"`
	Name  string  `json:"name"`
	Color string  `json:"color"`
	Board BoardID `json:"board_id,omitempty"` // 0: public
}

// Webhook asks for a board's events to be posted somewhere.
type Webhook struct {
	ID        WebhookID `json:"id"`
	Board     BoardID   `json:"board_id"`
	Event     string    `json:"event"` // as WebhookEventType spells it
	URL       string    `json:"url"`
	Config    string    `json:"config,omitempty"` // JSON
	Secret    []byte    `json:"secret,omitempty"` // signs what is posted; encrypted with the server's key
	Creator   UserID    `json:"creator_id"`
	CreatedAt time.Time `json:"created_at"`
}

// Doc is a text made of blocks. Who sees it, its name, kind, workspace and folder are its board's.
// A doc without a board describes an item, and is seen by whoever sees that.
type Doc struct {
	ID        DocID     `json:"id"`
	Board     BoardID   `json:"object_id,omitempty"`
	Item      ItemID    `json:"item_id,omitempty"`
	Column    string    `json:"column_id,omitempty"` // the doc column of Item that shows it
	Settings  string    `json:"settings,omitempty"`  // JSON
	Creator   UserID    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Block is a part of a doc.
type Block struct {
	ID        string    `json:"id"` // a UUID
	Doc       DocID     `json:"doc_id"`
	Parent    string    `json:"parent_block_id,omitempty"`
	Type      string    `json:"type"`    // as DocBlockContentType spells it
	Content   string    `json:"content"` // JSON
	Pos       float64   `json:"position"`
	Creator   UserID    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Update is something written about an item, or a reply to it.
type Update struct {
	ID           UpdateID  `json:"id"`
	Parent       UpdateID  `json:"parent_id,omitempty"` // the update it replies to
	Item         ItemID    `json:"item_id"`
	Board        BoardID   `json:"board_id"` // the item's, when it was written
	Creator      UserID    `json:"creator_id"`
	Body         string    `json:"body"` // HTML, made safe
	OriginalDate string    `json:"original_creation_date,omitempty"`
	CreatedAt    time.Time `json:"created_at"`
	EditedAt     time.Time `json:"edited_at"`
	UpdatedAt    time.Time `json:"updated_at"` // the last edit or reply
	Pinned       bool      `json:"pinned,omitempty"`
	Likes        []Like    `json:"likes,omitempty"`
}

// Like is one user's reaction to an update.
type Like struct {
	ID        int64     `json:"id"`
	User      UserID    `json:"user_id"`
	Reaction  string    `json:"reaction,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// Asset is a file on an item: in a file column, or with an update. Its bytes are kept under Key.
type Asset struct {
	ID        AssetID   `json:"id"`
	Name      string    `json:"name"`               // with extension
	Size      int64     `json:"size"`               // bytes
	Geometry  string    `json:"geometry,omitempty"` // of pictures: 800x600
	Type      string    `json:"type"`               // MIME
	Key       string    `json:"key"`
	Item      ItemID    `json:"item_id"`
	Board     BoardID   `json:"board_id"` // the item's, when it was uploaded
	Column    string    `json:"column_id,omitempty"`
	Update    UpdateID  `json:"update_id,omitempty"`
	Uploader  UserID    `json:"uploaded_by"`
	CreatedAt time.Time `json:"created_at"`
}

// Activity is a line of the log of what happened, on a board or in the account.
type Activity struct {
	ID     string  `json:"id"` // a UUID
	Board  BoardID `json:"board_id,omitempty"`
	Item   ItemID  `json:"item_id,omitempty"`
	Group  string  `json:"group_id,omitempty"`
	Column string  `json:"column_id,omitempty"`
	User   UserID  `json:"user_id"` // 0: the server itself
	Event  string  `json:"event"`   // create_pulse, update_column_value, …
	Entity string  `json:"entity"`  // board or pulse
	Data   string  `json:"data"`    // JSON
	At     int64   `json:"at"`      // 10⁻⁷ s since 1970, as the API tells it
}

// Notification is a message to a user's bell.
type Notification struct {
	ID         NotificationID `json:"id"`
	User       UserID         `json:"user_id"`
	From       UserID         `json:"from_id"`
	Text       string         `json:"text"`
	TargetID   int64          `json:"target_id"`
	TargetType string         `json:"target_type"` // Post or Project
	CreatedAt  time.Time      `json:"created_at"`
	ReadAt     time.Time      `json:"read_at,omitzero"`
}

// Delivery is an event on its way to a webhook, until it has arrived or is given up.
type Delivery struct {
	ID      string    `json:"id"` // a UUID
	Webhook WebhookID `json:"webhook_id"`
	Board   BoardID   `json:"board_id"`
	URL     string    `json:"url"`
	Secret  []byte    `json:"secret,omitempty"` // as the webhook's
	Body    string    `json:"body"`             // JSON
	First   time.Time `json:"first"`            // when it happened
	Next    time.Time `json:"next"`             // when to try (again)
	Tries   int       `json:"tries"`
}

func (id ItemID) String() string   { return strconv.FormatInt(int64(id), 10) }
func (id UpdateID) String() string { return strconv.FormatInt(int64(id), 10) }
func (id AssetID) String() string  { return strconv.FormatInt(int64(id), 10) }
func (id TagID) String() string    { return strconv.FormatInt(int64(id), 10) }
func (id DocID) String() string    { return strconv.FormatInt(int64(id), 10) }
func (id FolderID) String() string { return strconv.FormatInt(int64(id), 10) }
func (id ViewID) String() string   { return strconv.FormatInt(int64(id), 10) }
func (id WebhookID) String() string {
	return strconv.FormatInt(int64(id), 10)
}

// Get is the item's cell in a column; the zero Cell where it holds nothing.
func (cells Cells) Get(column string) Cell {
	for i := range cells {
		if cells[i].Column == column {
			return cells[i]
		}
	}
	return Cell{}
}

// With returns a copy with the cell put, or taken out when its value is empty and it has no time.
func (cells Cells) With(c Cell) Cells {
	out := make(Cells, 0, len(cells)+1)
	found := false
	for _, old := range cells {
		if old.Column != c.Column {
			out = append(out, old)
			continue
		}
		if found = true; !c.Value.Empty() || c.At != 0 {
			out = append(out, c)
		}
	}
	if !found && (!c.Value.Empty() || c.At != 0) {
		out = append(out, c)
	}
	return out
}
