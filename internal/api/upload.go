package api

import (
	"context"
	"encoding/json"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// Limits of uploads. The body of everything that is no file is bounded by Config.MaxBody.
const (
	maxFile     = 500 << 20 // the documented maximum
	maxParts    = 100
	uploadTime  = time.Hour        // for a request, as long as bytes keep coming
	uploadPause = 60 * time.Second // between them
	maxDrain    = 32 << 20         // of a refused upload is read, so that the client hears why
	fileNameMax = 255
)

func (h *Handler) upload() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Mutation": {
			"add_file_to_column": graphql.Root(h.addFileToColumn),
			"add_file_to_update": graphql.Root(h.addFileToUpdate),
		},
	}
}

func (h *Handler) addFileToColumn(c *graphql.Context, args graphql.Args) (any, error) {
	item, err := argID[work.ItemID](args, "item_id", 0)
	if err != nil {
		return nil, err
	}
	return h.attach(c, args, work.AssetInput{Item: item, Column: args.String("column_id")})
}

func (h *Handler) addFileToUpdate(c *graphql.Context, args graphql.Args) (any, error) {
	update, err := argID[work.UpdateID](args, "update_id", 0)
	if err != nil {
		return nil, err
	}
	return h.attach(c, args, work.AssetInput{Update: update})
}

// attach adds an uploaded file to what a names. Whether the caller may is asked before the file is
// taken in, where it has not been already.
func (h *Handler) attach(c *graphql.Context, args graphql.Args, a work.AssetInput) (any, error) {
	k := callOf(c)
	v, _ := args.Get("file")
	f, ok := v.(*upload)
	if !ok || k.uploads == nil {
		return nil, errNoUpload
	}
	a.Name = f.name
	if err := h.service.MayAttach(c, k.by, a); err != nil {
		return nil, err
	}
	if err := k.uploads.take(c, f); err != nil {
		return nil, err
	}
	a.Name, a.Type, a.Size, a.Geometry, a.Key = f.name, f.stored.Type, f.stored.Size, f.stored.Geometry, f.stored.Key
	if byName := types[strings.ToLower(path.Ext(a.Name))]; byName != "" && vague[a.Type] {
		a.Type = byName
	}
	// The client may be gone by now; its file is here.
	made, err := h.service.AddAsset(context.WithoutCancel(c), k.by, a)
	if err != nil {
		return nil, err
	}
	f.kept = true
	return made, k.after(c, nil)
}

// vague are the types that say little, so that the name counts.
var vague = map[string]bool{"application/octet-stream": true, "application/zip": true, "text/plain; charset=utf-8": true, "text/xml; charset=utf-8": true}

var types = map[string]string{
	".csv": "text/csv", ".json": "application/json", ".md": "text/markdown", ".svg": "image/svg+xml", ".xml": "application/xml",
	".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text", ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}

// fileAnswer makes an error of what went wrong at /v2/file, in the form that errors have there.
func (h *Handler) fileAnswer(j *job, a *answer) {
	switch {
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden, a.status == http.StatusServiceUnavailable, a.status == http.StatusTooManyRequests, a.status == statusGone,
		j.k.uploads != nil && j.k.uploads.kept():
		return
	}
	var told struct {
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(j.buf, &told) != nil || len(told.Errors) == 0 {
		return
	}
	message := "Internal server error"
	if !h.cfg.Strict {
		message = told.Errors[0].Message
	}
	a.status, a.typ = http.StatusInternalServerError, typeJSONUTF8
	b := append(j.buf[:0], `{"status_code":500,"error_message":`...)
	b = graphql.AppendString(b, message)
	b = append(b, `,"error_code":"INTERNAL_SERVER_ERROR","errors":[{"message":`...)
	b = graphql.AppendString(b, message)
	j.buf = append(b, `,"extensions":{"status_code":500,"error_code":"INTERNAL_SERVER_ERROR"}}]}`...)
}
