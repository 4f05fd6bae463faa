package connector

type folderData struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Color     string `json:"color"`
	Icon      string `json:"custom_icon"`
	Weight    string `json:"font_weight"`
	Owner     string `json:"owner_id"`
	CreatedAt string `json:"created_at"`
	Workspace *ref   `json:"workspace"`
	Parent    *ref   `json:"parent"`
}

func (f *folderData) row() Row {
	return Row{txt(f.ID), txt(f.Name), txt(f.Workspace.id()), txt(f.Parent.id()), txt(f.Owner), txt(f.Color), txt(f.Icon), txt(f.Weight), when(f.CreatedAt)}
}
