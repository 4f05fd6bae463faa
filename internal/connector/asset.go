package connector

type assetData struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Extension string   `json:"file_extension"`
	Size      *float64 `json:"file_size"`
	Geometry  string   `json:"original_geometry"`
	URL       string   `json:"url"`
	Thumbnail string   `json:"url_thumbnail"`
	CreatedAt string   `json:"created_at"`
	By        *ref     `json:"uploaded_by"`
}

// row is a file at a place. Its public_url is not kept: the service makes another at every call, good for an
// hour.
func (a *assetData) row(place, item, column, update, reply string, board any) Row {
	return Row{txt(a.ID), place, txt(item), txt(column), txt(update), txt(reply), board, txt(valid(a.Name)), txt(a.Extension), whole(a.Size),
		txt(a.Geometry), txt(a.By.id()), txt(a.URL), txt(a.Thumbnail), when(a.CreatedAt)}
}
