package connector

type teamData struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Picture string `json:"picture_url"`
	Guest   *bool  `json:"is_guest"`
	Owners  []*ref `json:"owners"`
	Users   []*ref `json:"users"`
}

func (t *teamData) rows(out rows) {
	out.add(teamsStream, Row{txt(t.ID), txt(t.Name), txt(t.Picture), flag(t.Guest)})
	for _, m := range members([]memberList{{"user", "owner", t.Owners}, {"user", "member", t.Users}}) {
		out.add(teamMembersStream, Row{t.ID, m.id, m.role})
	}
}

// memberList are those who are something somewhere.
type memberList struct {
	kind, role string
	who        []*ref
}

// member is one of them.
type oneMember struct{ kind, id, role string }

// members puts lists together. Who is on several is what the first of them says: owners are subscribers too.
func members(lists []memberList) (out []oneMember) {
	seen := map[[2]string]bool{}
	for _, l := range lists {
		for _, r := range l.who {
			if id := r.id(); id != "" && !seen[[2]string{l.kind, id}] {
				seen[[2]string{l.kind, id}] = true
				out = append(out, oneMember{l.kind, id, l.role})
			}
		}
	}
	return out
}
