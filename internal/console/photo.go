package console

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/files"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// A photo is /photos/SIZE/NAME, where NAME is 32 random digits with an ending and what the user's row holds.
// Whoever has been told the name may see it, without signing in: programs show it to people who have no
// token. The files of a photo are stored under keys that are made of its name and not the other way round,
// so that no name leads to a file of anything else.

func (c *Console) photoRoutes() {
	c.mux.HandleFunc("GET /photos/{size}/{name}", c.servePhoto)
	c.mux.HandleFunc("POST /console/photo", c.called(c.takePhoto))
	change(c, "photo/remove", c.removePhoto)
}

// photoEndings are those that photos have, with their types.
var photoEndings = map[string]string{".jpg": "image/jpeg", ".png": "image/png"}

const photoDigits = 32

// photoType is the type of the photo of a name; "" where no photo can be called so.
func photoType(name string) string {
	if len(name) < photoDigits || strings.Trim(name[:photoDigits], "0123456789abcdef") != "" {
		return ""
	}
	return photoEndings[name[photoDigits:]]
}

// photoKey is where one size of a photo is stored.
func photoKey(size, name string) string {
	sum := sha256.Sum256([]byte("photo " + size + " " + name))
	return hex.EncodeToString(sum[:16])
}

func (c *Console) servePhoto(w http.ResponseWriter, r *http.Request) {
	size, name := r.PathValue("size"), r.PathValue("name")
	typ := photoType(name)
	if _, ok := photoSizes[size]; !ok || typ == "" || c.cfg.Files == nil {
		http.NotFound(w, r)
		return
	}
	f, err := c.cfg.Files.Get(photoKey(size, name))
	if err != nil {
		if !errors.Is(err, files.ErrNoFile) {
			c.cfg.Log.Error("a photo cannot be read", "photo", name, "err", err)
		}
		http.NotFound(w, r)
		return
	}
	defer func() { _ = f.Close() }()
	h := w.Header()
	h.Set("Content-Type", typ)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // programs show it on pages of their own
	h.Set("Cache-Control", "private, max-age=86400, immutable")
	h.Set("ETag", strconv.Quote(size+"/"+name))
	http.ServeContent(w, r, "", time.Time{}, f)
}

// drawing lets one picture be unpacked at a time: each can take a hundred megabytes of memory.
var drawing = make(chan struct{}, 1)

type photoOut struct {
	Photo string `json:"photo"`
}

// takePhoto makes the body, which is the picture itself, the photo of the user that the query names.
func (c *Console) takePhoto(w http.ResponseWriter, r *http.Request, s *session) {
	name, err := c.newPhoto(w, r, s)
	if err == nil {
		answer(w, http.StatusOK, photoOut{"/photos/thumb/" + name})
		return
	}
	e := work.ErrorOf(err)
	if e.Code == work.CodeInternal || e.Code == work.CodeUnavailable {
		c.cfg.Log.Error("taking a photo", "err", err)
	}
	refuse(w, statuses[e.Code], e)
}

func (c *Console) newPhoto(w http.ResponseWriter, r *http.Request, s *session) (name string, err error) {
	id, err := strconv.ParseInt(r.URL.Query().Get("user"), 10, 64)
	if err != nil {
		return "", &work.Error{Code: work.CodeInvalid, Field: "user", Msg: "Say whose photo it is: user is a user's number."}
	}
	user := work.UserID(id)
	if err := c.mayChangePhoto(r.Context(), s, user); err != nil {
		return "", err
	}
	src, err := io.ReadAll(http.MaxBytesReader(w, r.Body, pictureBytes))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return "", badPicture("The file is larger than %d MB. Make the picture smaller.", pictureBytes>>20)
		}
		return "", badPicture("The picture did not come in whole. Try again.")
	}
	ending, sizes, err := drawPhoto(r.Context(), src)
	if err != nil {
		return "", err
	}
	ctx := context.WithoutCancel(r.Context()) // its files and the user's row belong together
	var digits [photoDigits / 2]byte
	_, _ = rand.Read(digits[:]) // never fails
	name = hex.EncodeToString(digits[:]) + ending
	for size, b := range sizes {
		if _, err := c.cfg.Files.Import(ctx, photoKey(size, name), bytes.NewReader(b)); err != nil {
			c.dropPhoto(name)
			return "", err
		}
	}
	before, err := c.cfg.Service.SetPhoto(ctx, s.self, user, name)
	if err != nil {
		c.dropPhoto(name)
		return "", err
	}
	c.dropPhoto(before)
	return name, nil
}

func drawPhoto(ctx context.Context, src []byte) (ending string, sizes map[string][]byte, err error) {
	select {
	case drawing <- struct{}{}:
	case <-ctx.Done():
		return "", nil, ctx.Err()
	}
	defer func() { <-drawing }()
	return makePhoto(src)
}

// mayChangePhoto is asked before anything is taken in.
func (c *Console) mayChangePhoto(ctx context.Context, s *session, user work.UserID) error {
	if err := s.changes(); err != nil {
		return err
	}
	v, err := c.cfg.Service.View(ctx, s.self)
	if err != nil {
		return err
	}
	if err := v.MaySetPhoto(user); err != nil {
		return err
	}
	if c.cfg.Files == nil {
		return &work.Error{Code: work.CodeDenied, Field: "photo", Msg: "This server has no folder for files, so it keeps no photos."}
	}
	return nil
}

func (c *Console) removePhoto(ctx context.Context, s *session, in byID) (none, error) {
	before, err := c.cfg.Service.SetPhoto(ctx, s.self, work.UserID(in.ID), "")
	if err == nil {
		c.dropPhoto(before)
	}
	return none{}, err
}

// dropPhoto removes the files of a photo that is nobody's any more.
func (c *Console) dropPhoto(name string) {
	if photoType(name) == "" || c.cfg.Files == nil {
		return // there was none, or one that is kept elsewhere
	}
	for size := range photoSizes {
		if err := c.cfg.Files.Remove(photoKey(size, name)); err != nil && !errors.Is(err, files.ErrNoFile) {
			c.cfg.Log.Warn("a photo that nobody has any more cannot be removed", "photo", name, "size", size, "err", err)
		}
	}
}
