package connector

type tagData struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color string `json:"color"`
}

func (t *tagData) row() Row { return Row{txt(t.ID), txt(t.Name), txt(t.Color)} }
