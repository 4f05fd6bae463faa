package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/files"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// Where files are read. The name at the end is for people; nothing is found by it.
const (
	protectedPath = "/protected_static/" // {account}/resources/{id}/{name}, with a token
	publicPath    = "/files/"            // {account}/{id}/{name}?expires=…&signature=…
)

// publicLife is how long an address of a file can be used by whoever has it.
const publicLife = time.Hour

// assetURL is where those who may see a file can read it.
func (h *Handler) assetURL(c *graphql.Context, a *work.Asset) string {
	return fmt.Sprintf("%s%s%d/resources/%d/%s", h.cfg.PublicURL, protectedPath, callOf(c).by.Account(), a.ID, url.PathEscape(a.Name))
}

// assetThumbnail is the address for a small form of a picture; "" for other files. The server does not
// make pictures smaller: it gives the picture as it is.
func (h *Handler) assetThumbnail(c *graphql.Context, a *work.Asset) string {
	if !shown[a.Type] || !strings.HasPrefix(a.Type, "image/") {
		return ""
	}
	return h.assetURL(c, a) + "?size=thumbnail"
}

// assetPublicURL is where anybody can read a file for an hour.
func (h *Handler) assetPublicURL(c *graphql.Context, a *work.Asset) string {
	account, expires := callOf(c).by.Account(), h.cfg.Now().Add(publicLife).Unix()
	return fmt.Sprintf("%s%s%d/%d/%s?expires=%d&signature=%s", h.cfg.PublicURL, publicPath, account, a.ID, url.PathEscape(a.Name),
		expires, h.signature(account, a.ID, expires))
}

// signature is of a file's public address.
func (h *Handler) signature(account work.AccountID, id work.AssetID, expires int64) string {
	m := hmac.New(sha256.New, h.cfg.SigningKey)
	fmt.Fprintf(m, "file %d %d %d", account, id, expires)
	return hex.EncodeToString(m.Sum(nil))
}

// download gives a file to those who may read it.
func (h *Handler) download(w http.ResponseWriter, r *http.Request, id string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		h.refuse(w, r, refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Files are read with GET"), id)
		return
	}
	find := h.protectedAsset
	if strings.HasPrefix(r.URL.Path, publicPath) {
		find = h.publicAsset
	}
	a, bad := find(r)
	switch {
	case bad == nil:
	case bad.status == http.StatusUnauthorized:
		h.unauthorized(w, r, bad)
		return
	default:
		h.refuse(w, r, bad, id)
		return
	}
	if h.cfg.Files == nil {
		h.refuse(w, r, noFile, id)
		return
	}
	f, err := h.cfg.Files.Get(a.Key)
	if err != nil {
		if !errors.Is(err, files.ErrNoFile) || a.Key != "" {
			h.cfg.Log.Error("a file cannot be read", "request_id", id, "asset", a.ID, "err", err)
		}
		h.refuse(w, r, noFile, id)
		return
	}
	defer func() { _ = f.Close() }()
	fileHeader(w.Header(), a)
	http.ServeContent(&patientWriter{w, http.NewResponseController(w)}, r, "", a.CreatedAt, f)
}

var noFile = refuse(http.StatusNotFound, "NOT_FOUND", "There is no such file")

// protectedAsset finds the file of an address that needs a token.
func (h *Handler) protectedAsset(r *http.Request) (*work.Asset, *refusal) {
	by, bad := h.authenticate(r.Context(), r)
	if bad != nil {
		return nil, bad
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, protectedPath), "/")
	if len(parts) != 4 || parts[1] != "resources" {
		return nil, noFile
	}
	account, id, ok := fileIDs(parts[0], parts[2])
	if !ok || account != by.Account() {
		return nil, noFile
	}
	v, err := h.service.View(r.Context(), by)
	if err != nil {
		return nil, h.fileFault(err)
	}
	rows, err := v.Assets([]work.AssetID{id})
	switch {
	case err != nil:
		return nil, h.fileFault(err)
	case len(rows) == 0:
		return nil, noFile
	}
	return rows[0], nil
}

// publicAsset finds the file of a signed address.
func (h *Handler) publicAsset(r *http.Request) (*work.Asset, *refusal) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, publicPath), "/")
	if len(parts) != 3 {
		return nil, noFile
	}
	account, id, ok := fileIDs(parts[0], parts[1])
	if !ok {
		return nil, noFile
	}
	q := r.URL.Query()
	expires, err := strconv.ParseInt(q.Get("expires"), 10, 64)
	if err != nil || !hmac.Equal([]byte(q.Get("signature")), []byte(h.signature(account, id, expires))) {
		return nil, refuse(http.StatusForbidden, "FORBIDDEN", "The address is not as it was given out; ask for public_url again")
	}
	if h.cfg.Now().Unix() >= expires {
		return nil, refuse(http.StatusForbidden, "FORBIDDEN", "The address was good for an hour, which is over; ask for public_url again")
	}
	a, err := h.service.SignedAsset(r.Context(), account, id)
	if err != nil {
		return nil, h.fileFault(err)
	}
	return a, nil
}

func fileIDs(account, id string) (work.AccountID, work.AssetID, bool) {
	n, err := strconv.ParseInt(account, 10, 64)
	m, err2 := strconv.ParseInt(id, 10, 64)
	return work.AccountID(n), work.AssetID(m), err == nil && err2 == nil && n > 0 && m > 0
}

// fileFault is the answer where a file could not be looked for.
func (h *Handler) fileFault(err error) *refusal {
	switch e := work.ErrorOf(err); e.Code {
	case work.CodeNotFound:
		return noFile
	case work.CodeUnavailable:
		return refuse(http.StatusServiceUnavailable, "INTERNAL_SERVER_ERROR", e.Msg)
	}
	h.cfg.Log.Error("a file cannot be looked for", "err", err)
	return refuse(http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", "Internal server error")
}

// shown are the types that a browser may show by itself; everything else is saved. What can hold
// scripts (HTML, SVG, XML, PDF) is not among them.
var shown = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/bmp": true,
	"audio/mpeg": true, "audio/wave": true, "audio/basic": true, "audio/aiff": true, "video/mp4": true, "video/webm": true, "video/avi": true,
	"application/ogg": true, "text/plain; charset=utf-8": true,
}

// scripted are the types that are not even told, so that nobody takes them for pages of this server.
func scripted(typ string) bool {
	return strings.Contains(typ, "html") || strings.Contains(typ, "xml") && !strings.HasPrefix(typ, "application/vnd.") || strings.Contains(typ, "script") || typ == ""
}

// fileHeader says what a file is, so that a browser neither guesses nor runs it.
func fileHeader(header http.Header, a *work.Asset) {
	typ, how := a.Type, "attachment"
	if shown[typ] {
		how = "inline"
	}
	if scripted(typ) {
		typ = "application/octet-stream"
	}
	disposition := mime.FormatMediaType(how, map[string]string{"filename": a.Name})
	if disposition == "" {
		disposition = how
	}
	header.Set("Content-Type", typ)
	header.Set("Content-Disposition", disposition)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("Cache-Control", "private, max-age=3600")
	header.Set("ETag", strconv.Quote(strconv.FormatInt(int64(a.ID), 10)))
}

// patientWriter lets a download take as long as it needs, while bytes keep going.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (p *patientWriter) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(uploadPause)) // where there is none, there is none to move
	return p.ResponseWriter.Write(b)
}
