package connector

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
)

// The types of values are read out of their JSON, which is asked for anyway: a fragment for each type would
// cost the points and bytes of its fields again and say no more. Fragments are left where the JSON is null
// on the real service (links, dependencies, subitems), or where what is shown is worked out (mirrors,
// formulas), and for the sessions of time tracking.

// valueData is what an item holds in a column.
type valueData struct {
	ID        string      `json:"id"`
	Type      string      `json:"type"`
	Text      string      `json:"text"`
	Value     jsonText    `json:"value"`
	Display   string      `json:"display_value"`
	Linked    []string    `json:"linked_item_ids"`
	Subitems  []string    `json:"subitems_ids"`
	UpdatedAt string      `json:"updated_at"`
	History   []*clocking `json:"history"`
}

// clocking is a session of time tracking.
type clocking struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Started   string `json:"started_at"`
	Ended     string `json:"ended_at"`
	Starter   string `json:"started_user_id"`
	Ender     string `json:"ended_user_id"`
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
	HandSD    bool   `json:"manually_entered_start_date"`
	HandST    bool   `json:"manually_entered_start_time"`
	HandED    bool   `json:"manually_entered_end_date"`
	HandET    bool   `json:"manually_entered_end_time"`
}

// The places of the fields in a row of column_values.
const (
	atItem = iota
	atBoard
	atColumn
	atType
	atText
	atDisplay
	atValue
	atNumber
	atDate
	atDateEnd
	atTime
	atAt
	atBool
	atLabel
	atLabelIndex
	atLabelIDs
	atPeople
	atTeams
	atLinked
	atTags
	atAssets
	atURL
	atUpdatedAt
	valueFields
)

// cell is a value while it is being read: its row, and its JSON, which is empty or valid.
type cell struct {
	row  Row
	js   string
	data *valueData
}

// typed are what the types of columns have besides text. A type that is not here has text and JSON.
var typed = map[string]func(*cell){
	"status":         (*cell).status,
	"dropdown":       (*cell).dropdown,
	"numbers":        (*cell).number,
	"rating":         (*cell).rating,
	"progress":       (*cell).shownNumber,
	"auto_number":    (*cell).shownNumber,
	"item_id":        (*cell).shownNumber,
	"formula":        (*cell).shownNumber,
	"vote":           (*cell).vote,
	"date":           (*cell).date,
	"timeline":       (*cell).timeline,
	"week":           (*cell).week,
	"hour":           (*cell).hour,
	"creation_log":   (*cell).log,
	"last_updated":   (*cell).log,
	"checkbox":       (*cell).checkbox,
	"people":         (*cell).people,
	"person":         (*cell).people,
	"item_assignees": (*cell).people,
	"team":           (*cell).people,
	"tags":           (*cell).tags,
	"file":           (*cell).files,
	"link":           (*cell).link,
	"board_relation": (*cell).linked,
	"dependency":     (*cell).linked,
	"subtasks":       (*cell).linked,
	"time_tracking":  (*cell).clock,
}

// untyped are the types that the service has and this program has no name for, since text and JSON say it all.
var untyped = []string{"name", "text", "long_text", "button", "color_picker", "country", "direct_doc", "doc", "email", "group", "integration",
	"location", "mirror", "phone", "unsupported", "world_clock"}

// read fills in a row. keep makes a value of a text that comes often.
func (v *valueData) read(row Row, keep func(string) any) {
	row[atColumn], row[atType] = keep(v.ID), keep(v.Type)
	text := v.Text
	if text == "" {
		text = v.Display
	}
	row[atText] = txt(valid(text))
	if v.Display != "" {
		row[atDisplay] = row[atText]
		if v.Display != text {
			row[atDisplay] = valid(v.Display)
		}
	}
	if v.UpdatedAt != "" {
		row[atUpdatedAt] = when(v.UpdatedAt)
	}
	c := cell{row: row, data: v}
	if v.Value != "" && v.Value != "null" {
		if js := []byte(v.Value); json.Valid(js) {
			c.js = string(v.Value)
			row[atValue] = json.RawMessage(js)
			if row[atUpdatedAt] == nil && c.js[0] == '{' {
				if at := member(c.js, "changed_at"); at != "" {
					row[atUpdatedAt] = when(plain(at))
				}
			}
		} else {
			row[atValue] = raw(v.Value)
		}
	}
	if f := typed[v.Type]; f != nil {
		f(&c)
	}
}

func (c *cell) status() {
	c.row[atLabel] = c.row[atText]
	if n, ok := numberOf(member(c.js, "index")); ok {
		c.row[atLabelIndex] = int64(n)
	}
}

func (c *cell) dropdown() {
	var ids []byte
	elements(member(c.js, "ids"), func(e string) {
		if id := plain(e); id != "" {
			if _, err := strconv.ParseInt(id, 10, 64); err == nil {
				ids = append(append(ids, ','), id...)
			}
		}
	})
	if len(ids) > 0 {
		ids[0] = '['
		c.row[atLabelIDs] = json.RawMessage(append(ids, ']'))
	}
}

func (c *cell) number() {
	n, ok := numberOf(c.js)
	if !ok {
		n, ok = numberOf(member(c.js, "value"))
	}
	if ok {
		c.row[atNumber] = n
		return
	}
	c.shownNumber()
}

func (c *cell) rating() {
	if n, ok := numberOf(member(c.js, "rating")); ok {
		c.row[atNumber] = n
	}
}

// shownNumber reads a number as it is shown, such as 40%.
func (c *cell) shownNumber() {
	s, _ := c.row[atText].(string)
	if len(s) == 0 || len(s) > 40 {
		return
	}
	if n, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64); err == nil && n-n == 0 {
		c.row[atNumber] = n
	}
}

func (c *cell) vote() {
	var ids []string
	elements(member(c.js, "votersIds"), func(e string) { ids = appendID(ids, e) })
	c.row[atPeople] = list(ids)
	if c.js != "" {
		c.row[atNumber] = float64(len(ids))
	}
}

func (c *cell) date() {
	d := plain(member(c.js, "date"))
	c.row[atDate] = day(d)
	if t := plain(member(c.js, "time")); t != "" && c.row[atDate] != nil {
		if len(t) == 5 {
			t += ":00"
		}
		if at, ok := parseTime(d + "T" + t + "Z"); ok {
			c.row[atTime], c.row[atAt] = t, at
		}
	}
}

func (c *cell) span(from, to string) {
	c.row[atDate], c.row[atDateEnd] = day(plain(from)), day(plain(to))
}

func (c *cell) timeline() { c.span(member(c.js, "from"), member(c.js, "to")) }

func (c *cell) week() {
	w := member(c.js, "week")
	c.span(member(w, "startDate"), member(w, "endDate"))
}

func (c *cell) hour() {
	h, ok1 := numberOf(member(c.js, "hour"))
	m, ok2 := numberOf(member(c.js, "minute"))
	if ok1 && (ok2 || member(c.js, "minute") == "") && h >= 0 && h < 24 && m >= 0 && m < 60 {
		t := time.Date(2000, 1, 1, int(h), int(m), 0, 0, time.UTC)
		c.row[atTime] = t.Format(time.TimeOnly)
	}
}

func (c *cell) log() {
	for _, key := range []string{"updated_at", "created_at"} {
		if at, ok := parseTime(plain(member(c.js, key))); ok {
			c.row[atAt] = at
			return
		}
	}
	s, _ := c.row[atText].(string)
	c.row[atAt] = when(s)
}

func (c *cell) checkbox() { c.row[atBool] = truth(member(c.js, "checked")) }

// people reads persons and teams, in the forms of all the columns that have them.
func (c *cell) people() {
	var persons, teams []string
	column.Members(c.js, func(key, value string) bool {
		switch key {
		case "personsAndTeams":
			elements(value, func(e string) {
				if plain(member(e, "kind")) == "team" {
					teams = appendID(teams, member(e, "id"))
				} else {
					persons = appendID(persons, member(e, "id"))
				}
			})
		case "team_id":
			teams = appendID(teams, value)
		case "id", "personId":
			persons = appendID(persons, value)
		}
		return true
	})
	c.row[atPeople], c.row[atTeams] = list(persons), list(teams)
}

func (c *cell) tags() {
	var ids []string
	elements(member(c.js, "tag_ids"), func(e string) { ids = appendID(ids, e) })
	c.row[atTags] = list(ids)
}

func (c *cell) files() { c.row[atAssets] = list(c.assetIDs()) }

// assetIDs are the files that were uploaded, not those that are links.
func (c *cell) assetIDs() (ids []string) {
	elements(member(c.js, "files"), func(e string) {
		if id := member(e, "assetId"); id != "" {
			ids = appendID(ids, id)
		}
	})
	return ids
}

func (c *cell) link() { c.row[atURL] = txt(valid(plain(member(c.js, "url")))) }

// linked reads the items that are linked to: the fragments tell, the JSON does in older answers.
func (c *cell) linked() {
	v := c.data
	if v.Type == "subtasks" {
		v.Linked = v.Subitems
	}
	if len(v.Linked) == 0 {
		elements(member(c.js, "linkedPulseIds"), func(e string) { v.Linked = appendID(v.Linked, member(e, "linkedPulseId")) })
	}
	c.row[atLinked] = list(v.Linked)
}

func (c *cell) clock() {
	if n, ok := numberOf(member(c.js, "duration")); ok {
		c.row[atNumber] = n
	}
	if c.js != "" {
		c.row[atBool] = truth(member(c.js, "running"))
	}
}

func appendID(ids []string, js string) []string {
	if id := idOf(js); id != "" {
		ids = append(ids, id)
	}
	return ids
}
