package api

import (
	"path"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) asset() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {"assets": graphql.Root(listAssets)},
		"Item":  {"assets": batch(itemAssets)},
		"FileAssetValue": {"asset": graphql.Resolve(func(_ *graphql.Context, f *file, _ graphql.Args) (any, error) {
			return orNull(f.asset), nil
		})},
		"Asset": {
			"created_at":        momentLeaf(func(a *work.Asset) time.Time { return a.CreatedAt }),
			"file_extension":    nameLeaf(func(a *work.Asset) string { return path.Ext(a.Name) }),
			"file_size":         intLeaf(func(a *work.Asset) int { return int(a.Size) }),
			"id":                idLeaf(func(a *work.Asset) work.AssetID { return a.ID }),
			"name":              nameLeaf(func(a *work.Asset) string { return a.Name }),
			"original_geometry": textLeaf(func(a *work.Asset) string { return a.Geometry }),
			"public_url": graphql.Resolve(func(c *graphql.Context, a *work.Asset, _ graphql.Args) (any, error) {
				return h.assetPublicURL(c, a), nil
			}),
			"uploaded_by": graphql.Resolve(func(c *graphql.Context, a *work.Asset, _ graphql.Args) (any, error) {
				return orNull(callOf(c).view.Actor(a.Uploader)), nil
			}),
			"url": graphql.Resolve(func(c *graphql.Context, a *work.Asset, _ graphql.Args) (any, error) {
				return h.assetURL(c, a), nil
			}),
			"url_thumbnail": graphql.Resolve(func(c *graphql.Context, a *work.Asset, _ graphql.Args) (any, error) {
				if to := h.assetThumbnail(c, a); to != "" {
					return to, nil
				}
				return nil, nil
			}),
		},
	}
}

func listAssets(c *graphql.Context, args graphql.Args) (any, error) {
	ids, err := argIDs[work.AssetID](args, "ids")
	if err != nil {
		return nil, err
	}
	rows, err := callOf(c).view.Assets(ids)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Asset](rows), nil
}

func itemAssets(c *graphql.Context, items []*work.Item, args graphql.Args) ([][]*work.Asset, error) {
	lists, err := callOf(c).view.ItemAssets(items)
	if err != nil {
		return nil, err
	}
	source, columns := args.String("assets_source"), argTexts(args, "column_ids")
	for i := range lists {
		lists[i] = slices.DeleteFunc(lists[i], func(a *work.Asset) bool {
			return source == "columns" && a.Column == "" || source == "gallery" && a.Update == 0 ||
				columns != nil && !slices.Contains(columns, a.Column)
		})
	}
	return lists, nil
}
