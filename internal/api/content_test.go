package api

import (
	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// full puts things on boards: on 31 columns of all types, an item that fills them, one that fills none
// and some to page through; on 33 what others link to; on 36 what only its owners may change.
func full(s *work.Snapshot) {
	s.Tags = append(s.Tags, &work.Tag{ID: 801, Name: "urgent", Color: "#ff0000"}, &work.Tag{ID: 802, Name: "later", Color: "#00ff00"})
	pos := int64(0)
	next := func() int64 { pos += work.PosStep; return pos }
	group := func(board work.BoardID, id, title, color string, state work.State) {
		s.Groups = append(s.Groups, &work.Group{Board: board, ID: id, Title: title, Color: color, Pos: next(), State: state})
	}
	col := func(board work.BoardID, typ column.Type, settings string) *work.Column {
		k, _ := column.ByName(string(typ))
		parsed, err := k.ParseSettings(settings)
		if err != nil {
			panic(err)
		}
		c := &work.Column{
			Board: board, ID: string(typ), Title: k.Title, Type: typ, Settings: k.SettingsJSON(parsed), Pos: next(), State: work.StateActive, Revision: 1,
		}
		s.Columns = append(s.Columns, c)
		return c
	}
	item := func(id work.ItemID, board work.BoardID, group, name string, by work.UserID, values map[string]string) *work.Item {
		n := len(s.Items)
		it := &work.Item{
			ID: id, Board: board, Group: group, Name: name, State: work.StateActive, Pos: next(), Number: int64(n + 1), Creator: by, UpdatedBy: 2,
			CreatedAt: day(n + 1), UpdatedAt: day(n + 2), Subscribers: []work.UserID{by},
		}
		for c, js := range values {
			it.Cells = append(it.Cells, work.Cell{Column: c, Value: column.Value{JSON: js}, At: day(12).UnixMicro() + 345_000})
		}
		s.Items = append(s.Items, it)
		return it
	}

	group(31, "topics", "Planning", "#037f4c", work.StateActive)
	group(31, "group_doing", "Doing", "#579bfc", work.StateActive)
	group(31, "group_old", "Old", "#c4c4c4", work.StateArchived)
	col(31, column.Name, "")
	settings := map[column.Type]string{
		column.Dropdown: `{"labels":[{"id":1,"name":"Marketing"},{"id":2,"name":"Sales"}]}`, column.BoardRelation: `{"boardIds":[33]}`,
		column.Dependency: `{"boardIds":[31]}`, column.Mirror: `{"relation_column":{"board_relation":true},"displayed_linked_columns":{"33":["text"]}}`,
		column.Formula: `{"formula":"{numbers}*2"}`, column.Numbers: `{"unit":{"symbol":"€","direction":"left"}}`,
		column.Button: `{"label":"Go","color":"#00c875"}`,
	}
	for _, t := range column.Types() {
		if t != column.Name {
			col(31, t, settings[t]).Description = "All about " + string(t)
		}
	}
	s.Columns[len(s.Columns)-1].Width = 150
	at := day(10)
	item(3101, 31, "topics", "Launch", 1, map[string]string{
		"board_relation": column.LinkTo([]int64{3301, 3302}).JSON,
		"checkbox":       `{"checked":"true"}`,
		"color_picker":   `{"color":{"hex":"#0086c0"}}`,
		"country":        `{"countryCode":"IT","countryName":"Italy"}`,
		"date":           `{"date":"2026-06-15","time":"22:30:00","icon":"plane"}`,
		"dependency":     column.LinkTo([]int64{3102}).JSON,
		"doc":            `{"files":[{"name":"Plan","fileType":"MONDAY_DOC","objectId":38,"fileId":9,"createdAt":1767950000000,"createdBy":"1"}]}`,
		"dropdown":       `{"ids":[2,1]}`,
		"email":          `{"email":"ada@acme.example","text":"Ada"}`,
		"file": `{"files":[{"name":"photo.png","assetId":701,"isImage":"true","fileType":"ASSET","createdAt":1767950000000,"createdBy":"1"},` +
			`{"name":"gone.pdf","assetId":799,"isImage":"false","fileType":"ASSET","createdAt":1767950000000,"createdBy":"2"},` +
			`{"name":"Plan","fileType":"LINK","linkToFile":"https://example.com/plan.pdf","fileId":7,"createdAt":1767950000000}]}`,
		"hour":          `{"hour":16,"minute":42}`,
		"integration":   `{"entity_id":"jira","issue_id":"LUN-1","issue_api_url":"https://jira.example/LUN-1"}`,
		"link":          `{"url":"https://example.com","text":"Example"}`,
		"location":      `{"lat":"29.9772962","lng":"31.1324955","address":"Giza","placeId":"p1","city":{"long_name":"Cairo","short_name":"CAI"},"country":{"long_name":"Egypt","short_name":"EG"},"street":{"long_name":"Al Haram","short_name":"Haram"},"streetNumber":{"long_name":"12a","short_name":"12"}}`,
		"long_text":     `{"text":"One\nTwo \"quoted\""}`,
		"numbers":       `"42.50"`,
		"people":        `{"personsAndTeams":[{"id":2,"kind":"person"},{"id":21,"kind":"team"}]}`,
		"person":        `{"personsAndTeams":[{"id":1,"kind":"person"}]}`,
		"phone":         `{"phone":"+39061","countryShortName":"IT"}`,
		"rating":        `{"rating":4}`,
		"status":        `{"index":1,"post_id":"5"}`,
		"tags":          `{"tag_ids":[801,802]}`,
		"team":          `{"team_id":21}`,
		"text":          `"<b>&"`,
		"time_tracking": column.TimerValue(column.Timer{Running: true, Duration: 90, StartedAt: at, Sessions: `[{"id":"s1","status":"active","started_at":"2026-01-10T09:00:00Z","ended_at":"2026-01-10T09:01:30Z","started_user_id":1,"ended_user_id":2,"manually_entered_end_time":true,"created_at":"2026-01-10T09:00:00Z","updated_at":"2026-01-10T09:01:30Z"}]`}).JSON,
		"timeline":      `{"from":"2026-03-01","to":"2026-03-15","visualization_type":"milestone"}`,
		"vote":          `{"votersIds":[1,2]}`,
		"week":          `{"week":{"startDate":"2026-06-15","endDate":"2026-06-21"}}`,
		"world_clock":   `{"timezone":"Europe/London"}`,
	})
	item(3102, 31, "topics", "Empty", 2, nil)
	item(3103, 31, "group_doing", "Review", 2, map[string]string{
		"status": `{"index":0,"post_id":null}`, "numbers": `"7"`, "date": `{"date":"2026-11-03"}`, "text": `"beta"`,
		"people": `{"personsAndTeams":[{"id":1,"kind":"person"}]}`, "checkbox": `{"checked":"true"}`,
	})
	item(3104, 31, "group_doing", "Ship", 2, map[string]string{
		"status": `{"index":2,"post_id":null}`, "numbers": `"-1.5"`, "date": `{"date":"2026-10-30"}`, "text": `"alpha beta"`, "dropdown": `{"ids":[1]}`,
	})
	item(3105, 31, "group_doing", "Archived", 2, nil).State = work.StateArchived
	item(3106, 31, "topics", "Deleted", 2, nil).State = work.StateDeleted
	s.Assets = append(s.Assets, &work.Asset{
		ID: 701, Name: "photo.png", Size: 2048, Geometry: "800x600", Type: "image/png", Key: "k701", Item: 3101, Board: 31, Column: "file", Uploader: 1, CreatedAt: at,
	})
	s.Views = append(s.Views,
		&work.BoardView{ID: 901, Board: 31, Name: "Main Table", Type: "TableBoardView", Pos: 1},
		&work.BoardView{
			ID: 902, Board: 31, Name: "Mine", Type: "FormBoardView", Settings: `{"a":1}`, Filter: `{"rules":[]}`, Sort: `[{"column_id":"name"}]`,
			Tags: []string{"x", "y"}, User: 2, Team: 21, Source: 901, Pos: 2,
		})

	group(33, "topics", "Group Title", "#037f4c", work.StateActive)
	col(33, column.Name, "")
	col(33, column.Text, "")
	hidden := col(33, column.Numbers, "")
	hidden.Hidden, hidden.Readers = true, []work.Principal{{User: 7}}
	locked := col(33, column.Status, "")
	locked.Locked, locked.Writers = true, []work.Principal{{User: 7}}
	item(3301, 33, "topics", "Vienna", 2, map[string]string{"text": `"sausage"`, "numbers": `"1"`})
	item(3302, 33, "topics", "Lyon", 4, map[string]string{"text": `"tripe"`, "numbers": `"2"`})
	item(3303, 33, "topics", "Oslo", 4, nil)

	group(36, "topics", "Group Title", "#037f4c", work.StateActive)
	col(36, column.Name, "")
	item(3601, 36, "topics", "Keep", 2, nil)

	group(34, "topics", "Group Title", "#037f4c", work.StateActive)
	col(34, column.Name, "")
	item(3401, 34, "topics", "Ledger page", 8, nil)
}
