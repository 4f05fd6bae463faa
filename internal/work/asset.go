package work

import "context"

// Assets lists assets by id that the caller may see.
func (v *View) Assets(ids []AssetID) ([]*Asset, error) { return nil, errTodo }

// ItemAssets lists the assets of each of the items.
func (v *View) ItemAssets(items []*Item) ([][]*Asset, error) { return nil, errTodo }

// UpdateAssets lists the assets of each of the updates.
func (v *View) UpdateAssets(updates []*Update) ([][]*Asset, error) { return nil, errTodo }

// AssetInput describes a file that has been stored.
type AssetInput struct {
	Item     ItemID // and Column, or Update
	Column   string
	Update   UpdateID
	Name     string
	Type     string
	Size     int64
	Geometry string
	Key      string
}

// MayAttach reports whether AddAsset would be allowed, before the bytes are taken in.
func (s *Service) MayAttach(ctx context.Context, by Caller, in AssetInput) error { return errTodo }

// AddAsset puts a file into a file column (permission item.edit) or adds it to an update (its writer).
func (s *Service) AddAsset(ctx context.Context, by Caller, in AssetInput) (*Asset, error) {
	return nil, errTodo
}

// SignedAsset is an asset whose address was signed by SignAsset: whoever has the address may read it.
func (s *Service) SignedAsset(ctx context.Context, account AccountID, id AssetID) (*Asset, error) {
	return nil, errTodo
}
