package column

import (
	"errors"
	"reflect"
	"testing"
)

func TestNewStatusColumn(t *testing.T) {
	c := column(t, Status, "")
	const want = `{"done_colors":[1],"labels":{"0":"Working on it","1":"Done","2":"Stuck"},"labels_colors":{"0":{"border":"#e99729","color":"#fdab3d","var_name":"orange"},"1":{"border":"#00b461","color":"#00c875","var_name":"green-shadow"},"2":{"border":"#ce3048","color":"#df2f4a","var_name":"red-shadow"}},"labels_positions_v2":{"0":0,"1":2,"2":1,"5":3}}`
	if got := c.Kind.SettingsStr(c.Settings); got != want {
		t.Errorf("settings_str %s", got)
	}
	const typed = `{"labels":[{"color":"working_orange","id":0,"index":0,"is_deactivated":false,"is_done":false,"label":"Working on it"},{"color":"stuck_red","id":2,"index":1,"is_deactivated":false,"is_done":false,"label":"Stuck"},{"color":"done_green","id":1,"index":2,"is_deactivated":false,"is_done":true,"label":"Done"}],"type":"status"}`
	if got := c.Kind.SettingsJSON(c.Settings); got != typed {
		t.Errorf("settings %s", got)
	}
}

func TestSettingsForms(t *testing.T) {
	for _, tt := range []struct {
		typ  Type
		in   string
		str  string // settings_str
		json string
	}{
		{Status, `{"labels":{"1":"Domain","0":"Other"},"labels_positions_v2":{"1":0,"0":1}}`,
			`{"done_colors":[1],"labels":{"0":"Other","1":"Domain"},"labels_colors":{"0":{"border":"#e99729","color":"#fdab3d","var_name":"orange"},"1":{"border":"#00b461","color":"#00c875","var_name":"green-shadow"}},"labels_positions_v2":{"0":1,"1":0,"5":2}}`,
			`{"labels":[{"color":"done_green","id":1,"index":0,"is_deactivated":false,"is_done":true,"label":"Domain"},{"color":"working_orange","id":0,"index":1,"is_deactivated":false,"is_done":false,"label":"Other"}],"type":"status"}`},
		{Status, `{"settings":{"labels":[{"label":"Won","color":"done_green","index":1,"is_done":true,"description":"sold"},{"label":"Lead","color":108,"index":0}]}}`,
			`{"done_colors":[1],"labels":{"1":"Won","108":"Lead"},"labels_colors":{"1":{"border":"#00b461","color":"#00c875","var_name":"green-shadow"},"108":{"border":"#4eccc6","color":"#4eccc6","var_name":"australia"}},"labels_positions_v2":{"1":1,"108":0,"5":2}}`,
			`{"labels":[{"color":"aquamarine","id":108,"index":0,"is_deactivated":false,"is_done":false,"label":"Lead"},{"color":"done_green","description":"sold","id":1,"index":1,"is_deactivated":false,"is_done":true,"label":"Won"}],"type":"status"}`},
		{Status, `{"color_mapping":{"1":106},"labels":{"1":"Sold","5":""},"labels_colors":{},"done_colors":[]}`,
			`{"done_colors":[],"labels":{"1":"Sold"},"labels_colors":{"1":{"border":"#68a1bd","color":"#68a1bd","var_name":"river"}},"labels_positions_v2":{"1":0,"5":1}}`,
			`{"labels":[{"color":"river","id":1,"index":0,"is_deactivated":false,"is_done":false,"label":"Sold"}],"type":"status"}`},
		{Dropdown, `"{\"settings\":{\"labels\":[{\"id\":1,\"name\":\"Technology\"},{\"id\":4,\"name\":\"Sales\"}]}}"`,
			`{"labels":[{"id":1,"name":"Technology"},{"id":4,"name":"Sales"}]}`,
			`{"labels":[{"id":1,"is_deactivated":false,"label":"Technology"},{"id":4,"is_deactivated":false,"label":"Sales"}],"type":"dropdown"}`},
		{Dropdown, `{"labels":[{"label":"a"},{"label":"b","is_deactivated":true}],"limit_select":true,"label_limit_count":2}`,
			`{"deactivated_labels":[2],"label_limit_count":2,"labels":[{"id":1,"name":"a"},{"id":2,"name":"b"}],"limit_select":true}`,
			`{"label_limit_count":2,"labels":[{"id":1,"is_deactivated":false,"label":"a"},{"id":2,"is_deactivated":true,"label":"b"}],"limit_select":true,"type":"dropdown"}`},
		{Numbers, `{"unit":{"symbol":"$","direction":"left","precision":2}}`, `{"unit":{"direction":"left","precision":2,"symbol":"$"}}`, `{"unit":{"direction":"left","precision":2,"symbol":"$"}}`},
		{Date, ``, `{}`, `{}`},
		{Timeline, `{"settings":{"show_weekends":false}}`, `{"show_weekends":false}`, `{"show_weekends":false}`},
		{Formula, `{"formula":"{numbers} & \"<x>\""}`, `{"formula":"{numbers} & \"<x>\""}`, `{"formula":"{numbers} & \"<x>\""}`},
		{BoardRelation, `{"boardIds":[98],"allowMultipleItems":true}`, `{"allowMultipleItems":true,"boardIds":[98]}`, `{"allowMultipleItems":true,"boardIds":[98]}`},
	} {
		k, _ := ByName(string(tt.typ))
		s, err := k.ParseSettings(tt.in)
		if err != nil {
			t.Errorf("%s %s: %v", tt.typ, tt.in, err)
			continue
		}
		if got := k.SettingsStr(s); got != tt.str {
			t.Errorf("%s settings_str\n got %s\nwant %s", tt.typ, got, tt.str)
		}
		if got := k.SettingsJSON(s); got != tt.json {
			t.Errorf("%s settings\n got %s\nwant %s", tt.typ, got, tt.json)
		}
		for _, again := range []string{k.SettingsJSON(s), k.SettingsStr(s)} {
			s2, err := k.ParseSettings(again)
			if err != nil || k.SettingsStr(s2) != tt.str {
				t.Errorf("%s: %s does not come back: %s, %v", tt.typ, again, k.SettingsStr(s2), err)
			}
		}
		if s2, _ := k.ParseSettings(k.SettingsJSON(s)); !reflect.DeepEqual(s2.Labels, s.Labels) {
			t.Errorf("%s: labels %+v came back as %+v", tt.typ, s.Labels, s2.Labels)
		}
	}
}

func TestSettingsRead(t *testing.T) {
	s := column(t, Mirror, `{"relation_column":{"connect":true,"no":false},"displayed_linked_columns":[{"board_id":"5","column_ids":["status"]}],"function":"sum"}`).Settings
	if !reflect.DeepEqual(s.Relations, []string{"connect"}) || !reflect.DeepEqual(s.Mirrored, []Mirrored{{5, []string{"status"}}}) || s.Function != "sum" {
		t.Errorf("mirror %+v", s)
	}
	s = column(t, Mirror, `{"relation_column":{"connect":true},"displayed_linked_columns":{"5":{"status":true}}}`).Settings
	if !reflect.DeepEqual(s.Mirrored, []Mirrored{{5, []string{"status"}}}) {
		t.Errorf("mirror of settings_str %+v", s)
	}
	c := column(t, Numbers, `{"unit":{"symbol":"custom","custom_unit":"kg","direction":"right","precision":1}}`)
	if got := c.NumberShown(c.Kind.Restore(`"4.56"`)); got != "4.6kg" {
		t.Errorf("number shown %s", got)
	}
	if s := column(t, Dependency, `{"boardIds":[1,2]}`).Settings; len(s.BoardIDs) != 2 || s.OneItem {
		t.Errorf("dependency %+v", s)
	}
	if s := column(t, People, `{"max_people_allowed":"0"}`).Settings; s.MaxPeople != 0 {
		t.Errorf("people %+v", s)
	}
}

func TestRefusedSettings(t *testing.T) {
	for _, tt := range []struct {
		typ Type
		in  string
	}{
		{Status, `[]`}, {Status, `{"labels":"Done"}`}, {Status, `{"labels":{"x":"Done"}}`}, {Status, `{"labels":[{"label":"A","color":"done_green"},{"label":"B","color":"done_green"}]}`},
		{Status, `{"labels":[{"label":"A","color":"mauve"}]}`}, {Status, `{"labels":[{"label":"A","color":"done_green","index":40}]}`}, {Status, `{"labels":[{"label":"0123456789012345678901234567890","color":1}]}`},
		{Dropdown, `{"labels":{"1":"x"}}`}, {Dropdown, `{"labels":[{"label":""}]}`}, {Dropdown, `{"labels":["a","a"]}`},
		{Numbers, `{"unit":{"direction":"up"}}`}, {Numbers, `{"unit":{"precision":9}}`}, {Rating, `{"limit":0}`}, {BoardRelation, `{"boardIds":["x"]}`}, {Text, `not json`},
	} {
		k, _ := ByName(string(tt.typ))
		_, err := k.ParseSettings(tt.in)
		var e *Error
		if !errors.As(err, &e) || e.Code != BadSetting || len(e.Shapes) == 0 {
			t.Errorf("%s %s: %v", tt.typ, tt.in, err)
		}
	}
}

func TestPalette(t *testing.T) {
	names := map[string]bool{}
	for i, c := range Palette {
		if names[c.Name] || i > 0 && c.ID <= Palette[i-1].ID || len(c.Hex) != 7 || len(c.Border) != 7 || c.Var == "" {
			t.Errorf("colour %+v", c)
		}
		names[c.Name] = true
		if got, ok := ColorByID(c.ID); !ok || got != c {
			t.Errorf("by id: %+v", got)
		}
	}
	if len(Palette) != MaxLabels {
		t.Errorf("%d colours", len(Palette))
	}
	if len(types) != len(kinds) {
		t.Errorf("%d types, %d kinds", len(types), len(kinds))
	}
	for _, typ := range types {
		if kinds[typ] == nil {
			t.Errorf("no kind %s", typ)
		}
	}
}
