package connector

import "context"

// presence asks which items are there, and which boards can be read, in one answer: an item's absence says
// something only beside its board.
func (r *reader) presence(ctx context.Context, items, boards []string) (*presenceRead, error) {
	var data struct {
		Items []*struct {
			ID    string `json:"id"`
			State string `json:"state"`
		} `json:"items"`
		Readable []*ref `json:"readable"`
	}
	a, err := r.ask(ctx, "presence", map[string]any{"ids": items, "limit": len(items), "boards": boards, "boardLimit": len(boards)}, &data)
	if err != nil {
		return nil, err
	}
	out := &presenceRead{Items: map[string]bool{}, Boards: map[string]bool{}, Failed: len(a.Errors) > 0}
	for _, it := range data.Items {
		if it != nil && it.State != "deleted" {
			out.Items[it.ID] = true
		}
	}
	for _, b := range data.Readable {
		if b != nil {
			out.Boards[b.ID] = true
		}
	}
	return out, nil
}
