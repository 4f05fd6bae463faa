package column

import (
	"strconv"
	"strings"
)

// Assignee is a person or a team in a people cell.
type Assignee struct {
	ID   int64
	Kind string // person, team or agent
}

func parsePeople(w *write, in any) (Value, error) {
	m, ok := object(in, "personsAndTeams", "id")
	if !ok {
		return Value{}, w.bad()
	}
	if one := m["id"]; one != nil { // how the old person column is written
		id, ok := toInt(one)
		if !ok || id <= 0 {
			return Value{}, w.bad()
		}
		return w.people([]Assignee{{id, "person"}})
	}
	list, ok := toList(m["personsAndTeams"])
	if !ok {
		return Value{}, w.bad()
	}
	out := make([]Assignee, 0, len(list))
	for _, e := range list {
		o, ok := object(e, "id", "kind")
		if !ok {
			return Value{}, w.bad()
		}
		id, ok := toInt(o["id"])
		kind, _ := toText(o["kind"])
		if kind == "" {
			kind = "person"
		}
		if !ok || id <= 0 || kind != "person" && kind != "team" && kind != "agent" {
			return Value{}, w.bad()
		}
		if a := (Assignee{id, kind}); !has(out, a) {
			out = append(out, a)
		}
	}
	return w.people(out)
}

// simplePeople reads user ids separated by commas.
func simplePeople(w *write, s string) (Value, error) {
	var out []Assignee
	for _, p := range strings.Split(s, ",") {
		id, ok := toInt(p)
		if !ok || id <= 0 {
			return Value{}, w.bad()
		}
		if a := (Assignee{id, "person"}); !has(out, a) {
			out = append(out, a)
		}
	}
	return w.people(out)
}

func (w *write) people(list []Assignee) (Value, error) {
	if len(list) == 0 {
		return Value{}, nil
	}
	if most := w.Column.Settings.MaxPeople; most > 0 && len(list) > most {
		return Value{}, w.refuse("the column takes at most " + strconv.Itoa(most) + " people")
	}
	b := []byte(`{"personsAndTeams":[`)
	for i, a := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendInt(append(b, `{"id":`...), a.ID, 10), `,"kind":"`...)
		b = append(append(b, a.Kind...), `"}`...)
	}
	return Value{JSON: string(append(b, `]}`...))}, nil
}

// PeopleOf are the people and teams in a cell.
func PeopleOf(v Value) []Assignee {
	var out []Assignee
	eachAssignee(v, func(id int64, kind string) bool {
		out = append(out, Assignee{id, kind})
		return true
	})
	return out
}

func eachAssignee(v Value, f func(id int64, kind string) bool) {
	if team, ok := num(field(v.JSON, "team_id")); ok {
		f(team, "team")
		return
	}
	each(field(v.JSON, "personsAndTeams"), func(raw string) bool {
		id, ok := num(field(raw, "id"))
		return !ok || f(id, str(field(raw, "kind")))
	})
}

func partsPeople(_ *Column, v Value, env Env) []string {
	var out []string
	if env.Names == nil {
		return nil
	}
	eachAssignee(v, func(id int64, kind string) bool {
		name, ok := "", false
		if kind == "team" {
			name, ok = env.Names.TeamName(id)
		} else {
			name, ok = env.Names.UserName(id)
		}
		if ok {
			out = append(out, name)
		}
		return true
	})
	return out
}

func textPeople(c *Column, v Value, env Env) string {
	return strings.Join(partsPeople(c, v, env), ", ")
}

func parseTeam(w *write, in any) (Value, error) {
	m, ok := object(in, "team_id")
	if !ok {
		return Value{}, w.bad()
	}
	id, ok := toText(m["team_id"])
	if !ok {
		return Value{}, w.bad()
	}
	return simpleTeam(w, id)
}

func simpleTeam(w *write, s string) (Value, error) {
	id, ok := toInt(s)
	if !ok || id <= 0 {
		return Value{}, w.bad()
	}
	return Value{JSON: `{"team_id":` + strconv.FormatInt(id, 10) + `}`}, nil
}

func textTeam(c *Column, v Value, env Env) string { return textPeople(c, v, env) }

func parseTags(w *write, in any) (Value, error) {
	m, ok := object(in, "tag_ids")
	if !ok {
		return Value{}, w.bad()
	}
	list, ok := toIDs(m["tag_ids"])
	if !ok {
		return Value{}, w.bad()
	}
	if len(list) == 0 {
		return Value{}, nil
	}
	return Value{JSON: string(append(appendIDs([]byte(`{"tag_ids":`), list), '}'))}, nil
}

// TagsOf are the ids of the tags in a cell.
func TagsOf(v Value) []int64 { return ids(field(v.JSON, "tag_ids")) }

func partsTags(_ *Column, v Value, env Env) []string {
	if env.Names == nil {
		return nil
	}
	return named(TagsOf(v), env.Names.TagName)
}

func textTags(c *Column, v Value, env Env) string { return strings.Join(partsTags(c, v, env), ", ") }

func named(ids []int64, name func(int64) (string, bool)) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if n, ok := name(id); ok {
			out = append(out, n)
		}
	}
	return out
}
