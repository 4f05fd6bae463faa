package seed

import (
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// The form of what is in workspaces and on boards.

type folderSeed struct {
	row
	ID         id           `yaml:"id"`
	Name       string       `yaml:"name"`
	Workspace  ref          `yaml:"workspace"`
	Parent     ref          `yaml:"parent"`
	Color      folderColor  `yaml:"color"`
	FontWeight folderWeight `yaml:"font_weight"`
	Icon       folderIcon   `yaml:"custom_icon"`
	Owner      ref          `yaml:"owner"`
	CreatedAt  time.Time    `yaml:"created_at"`
}

// How a folder can look, as the API spells it.
type (
	folderColor  string
	folderWeight string
	folderIcon   string
)

type tagSeed struct {
	row
	ID    id     `yaml:"id"`
	Name  string `yaml:"name"`
	Color string `yaml:"color"`
	Board ref    `yaml:"board"`
}

type groupSeed struct {
	row
	ID    string     `yaml:"id"`
	Title string     `yaml:"title"`
	Color string     `yaml:"color"`
	State work.State `yaml:"state"`
}

type columnSeed struct {
	row
	ID          string      `yaml:"id"`
	Title       string      `yaml:"title"`
	Type        column.Type `yaml:"type"`
	Description string      `yaml:"description"`
	Settings    value       `yaml:"settings"`
	Width       int         `yaml:"width"`
	State       work.State  `yaml:"state"`
	Hidden      bool        `yaml:"hidden"`
	Readers     []ref       `yaml:"readers"`
	ReaderTeams []ref       `yaml:"reader_teams"`
	Locked      bool        `yaml:"locked"`
	Writers     []ref       `yaml:"writers"`
	WriterTeams []ref       `yaml:"writer_teams"`
}

// subitemsSeed is the board that the subitems of a board's items are on.
type subitemsSeed struct {
	row
	ID      id           `yaml:"id"`
	Columns []columnSeed `yaml:"columns"`
}

type viewSeed struct {
	row
	ID       id     `yaml:"id"`
	Name     string `yaml:"name"`
	Type     string `yaml:"type"`
	Settings value  `yaml:"settings"`
	Filter   value  `yaml:"filter"`
	Sort     value  `yaml:"sort"`
}

type webhookSeed struct {
	row
	ID        id        `yaml:"id"`
	Event     string    `yaml:"event"`
	URL       string    `yaml:"url"`
	Config    value     `yaml:"config"`
	Creator   ref       `yaml:"creator"`
	CreatedAt time.Time `yaml:"created_at"`
}

type itemSeed struct {
	row
	ID          id           `yaml:"id"`
	Name        string       `yaml:"name"`
	Group       ref          `yaml:"group"`
	State       work.State   `yaml:"state"`
	Creator     ref          `yaml:"creator"`
	CreatedAt   time.Time    `yaml:"created_at"`
	UpdatedAt   time.Time    `yaml:"updated_at"`
	Subscribers []ref        `yaml:"subscribers"`
	Values      pairs        `yaml:"values"`
	Changes     []changeSeed `yaml:"changes"`
	Description []blockSeed  `yaml:"description"`
	description id           // of the doc that Description makes
	Subitems    []itemSeed   `yaml:"subitems"`
	Updates     []updateSeed `yaml:"updates"`
}

// changeSeed is what somebody did to an item at some time.
type changeSeed struct {
	row
	At     time.Time  `yaml:"at"`
	By     ref        `yaml:"by"`
	Name   string     `yaml:"name"`
	Group  ref        `yaml:"group"`
	State  work.State `yaml:"state"`
	Values pairs      `yaml:"values"`
}

type updateSeed struct {
	row
	ID      id          `yaml:"id"`
	By      ref         `yaml:"by"`
	At      time.Time   `yaml:"at"`
	Body    string      `yaml:"body"`
	Pinned  bool        `yaml:"pinned"`
	Likes   []likeSeed  `yaml:"likes"`
	Replies []replySeed `yaml:"replies"`
}

type replySeed struct {
	row
	ID    id         `yaml:"id"`
	By    ref        `yaml:"by"`
	At    time.Time  `yaml:"at"`
	Body  string     `yaml:"body"`
	Likes []likeSeed `yaml:"likes"`
}

type likeSeed struct {
	row
	By       ref       `yaml:"by"`
	At       time.Time `yaml:"at"`
	Reaction string    `yaml:"reaction"`
}

// docSeed is a doc: of its own, or in a doc column of an item.
type docSeed struct {
	row
	ID        id             `yaml:"id"`
	Object    id             `yaml:"object_id"`
	Name      string         `yaml:"name"`
	Kind      work.BoardKind `yaml:"kind"`
	Workspace ref            `yaml:"workspace"`
	Folder    ref            `yaml:"folder"`
	Item      ref            `yaml:"item"`
	Column    ref            `yaml:"column"`
	Creator   ref            `yaml:"creator"`
	CreatedAt time.Time      `yaml:"created_at"`
	UpdatedAt time.Time      `yaml:"updated_at"`
	Users     []ref          `yaml:"subscribers"`
	Owners    []ref          `yaml:"owners"`
	Blocks    []blockSeed    `yaml:"blocks"`
}

type blockSeed struct {
	row
	Type    string `yaml:"type"`
	Text    string `yaml:"text"`
	Checked bool   `yaml:"checked"` // of a check_list
	Content value  `yaml:"content"`
}

// activitySeed is a line of a board's log that follows from nothing else in the file.
type activitySeed struct {
	row
	At     time.Time `yaml:"at"`
	By     ref       `yaml:"by"`
	Event  string    `yaml:"event"`
	Entity string    `yaml:"entity"`
	Item   ref       `yaml:"item"`
	Group  ref       `yaml:"group"`
	Column ref       `yaml:"column"`
	Data   value     `yaml:"data"`
}

// value is anything that YAML can say, as JSON. The zero value was left out, or is null.
type value struct {
	json   string
	text   string // what a single value reads as
	scalar bool
	at     place
}

func (v value) given() bool { return v.json != "" }

// pairs are fields of any name in the order of the file.
type pairs []pair

type pair struct {
	name  string
	at    place
	value value
}
