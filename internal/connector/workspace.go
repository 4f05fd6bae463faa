package connector

import "slices"

// workspaceMembersPage is how many of each kind of member come with a workspace, as the document says.
const workspaceMembersPage = 50

type workspaceData struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Kind        string `json:"kind"`
	Description string `json:"description"`
	State       string `json:"state"`
	Main        *bool  `json:"is_default_workspace"`
	CreatedAt   string `json:"created_at"`
	Product     *struct {
		ID   string `json:"id"`
		Kind string `json:"kind"`
	} `json:"account_product"`
	Settings *struct {
		Icon *struct {
			Color string `json:"color"`
			Image string `json:"image"`
		} `json:"icon"`
	} `json:"settings"`
	Owners     []*ref `json:"owners_subscribers"`
	Users      []*ref `json:"users_subscribers"`
	TeamOwners []*ref `json:"team_owners_subscribers"`
	Teams      []*ref `json:"teams_subscribers"`
}

// full says that a list of members may have more than came.
func (w *workspaceData) full() bool {
	return max(len(w.Owners), len(w.Users), len(w.TeamOwners), len(w.Teams)) >= workspaceMembersPage
}

// more adds members.
func (w *workspaceData) more(m *workspaceData) {
	w.Owners, w.Users = slices.Concat(w.Owners, m.Owners), slices.Concat(w.Users, m.Users)
	w.TeamOwners, w.Teams = slices.Concat(w.TeamOwners, m.TeamOwners), slices.Concat(w.Teams, m.Teams)
}

func (w *workspaceData) rows(out rows) {
	var productID, productKind, color, image string
	if w.Product != nil {
		productID, productKind = w.Product.ID, w.Product.Kind
	}
	if w.Settings != nil && w.Settings.Icon != nil {
		color, image = w.Settings.Icon.Color, w.Settings.Icon.Image
	}
	out.add(workspacesStream, Row{txt(w.ID), txt(w.Name), txt(w.Kind), txt(w.Description), txt(w.State), flag(w.Main),
		txt(productID), txt(productKind), txt(color), txt(image), when(w.CreatedAt)})
	for _, m := range members([]memberList{{"user", "owner", w.Owners}, {"user", "subscriber", w.Users},
		{"team", "owner", w.TeamOwners}, {"team", "subscriber", w.Teams}}) {
		out.add(workspaceMembersStream, Row{w.ID, m.kind, m.id, m.role})
	}
}
