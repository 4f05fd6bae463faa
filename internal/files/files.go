// Package files keeps the bytes of uploaded files in a folder, which stands beside the database.
//
//	DIR/ab/abcdef…    a file under its key: 32 random hexadecimal digits, in a folder of the first two
//	DIR/incoming/*    files that are still being written
//
// What a file is called, whose it is and who may see it are the database's matter: nothing that somebody
// has typed becomes part of a path. A file is under its key only once all of it is on the disk.
package files

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // the kinds of pictures whose size is told
	_ "image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"
)

// Errors of Put, Get and Remove.
var (
	ErrTooLarge = errors.New("the file is too large")
	ErrNoFile   = errors.New("there is no such file")
)

const incoming = "incoming"

// staleAfter is how old an unfinished file is when nobody is writing it any more. Servers may share a
// folder, so that what is young is left alone.
const staleAfter = 24 * time.Hour

// Dir is a folder of files. It is safe for concurrent use, by several processes too.
type Dir struct {
	root *os.Root
	// through is what is written through; tests put a disk in that is full.
	through func(io.Writer) io.Writer
}

// File describes what was stored.
type File struct {
	Key      string
	Size     int64
	Type     string // MIME, as the content looks; application/octet-stream when it looks like nothing
	Geometry string // of PNG, JPEG and GIF: 800x600
}

// Open opens a folder, which is made if there is none, and removes what earlier processes left unfinished.
func Open(dir string) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	d := &Dir{root: root, through: func(w io.Writer) io.Writer { return w }}
	if err := d.sweep(time.Now().Add(-staleAfter)); err != nil {
		return nil, errors.Join(fmt.Errorf("files: %w", err), root.Close())
	}
	return d, nil
}

// Close lets go of the folder. Files that were got stay open.
func (d *Dir) Close() error { return d.root.Close() }

// sweep removes unfinished files from before a time.
func (d *Dir) sweep(before time.Time) error {
	if err := d.root.Mkdir(incoming, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	entries, err := fs.ReadDir(d.root.FS(), incoming)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.ModTime().After(before) {
			continue // gone by now, or young
		}
		if err := d.root.Remove(incoming + "/" + e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Put stores what r gives, no more than most bytes, and returns once it is on the disk. It fails with
// ErrTooLarge, with what r fails with, when ctx ends, or when the disk does; then nothing is left.
func (d *Dir) Put(ctx context.Context, r io.Reader, most int64) (_ File, err error) {
	f := File{Key: newKey()}
	name := incoming + "/" + f.Key
	to, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return File{}, fmt.Errorf("store a file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = to.Close() // it may be closed already
			_ = d.root.Remove(name)
		}
	}()
	var head firstBytes
	f.Size, err = io.Copy(io.MultiWriter(&head, d.through(to)), &steady{ctx, io.LimitReader(r, most+1)})
	if err != nil {
		return File{}, fmt.Errorf("store a file: %w", err)
	}
	if f.Size > most {
		return File{}, ErrTooLarge
	}
	f.Type, f.Geometry = http.DetectContentType(head), geometry(to)
	if err := errors.Join(to.Sync(), to.Close()); err != nil {
		return File{}, fmt.Errorf("store a file: %w", err)
	}
	if err := d.settle(name, f.Key); err != nil {
		return File{}, fmt.Errorf("store a file: %w", err)
	}
	return f, nil
}

// settle puts a finished file under its key.
func (d *Dir) settle(name, key string) error {
	folder := key[:2]
	if err := d.root.Mkdir(folder, 0o700); err == nil {
		if err := d.syncFolder("."); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := d.root.Rename(name, path(key)); err != nil {
		return err
	}
	if err := d.syncFolder(folder); err != nil {
		return errors.Join(err, d.root.Remove(path(key)))
	}
	return nil
}

// syncFolder makes the names in a folder last. Windows does so by itself.
func (d *Dir) syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get opens a file; ErrNoFile where there is none.
func (d *Dir) Get(key string) (*os.File, error) {
	if !isKey(key) {
		return nil, ErrNoFile
	}
	f, err := d.root.Open(path(key))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNoFile
	case err != nil:
		return nil, fmt.Errorf("open a file: %w", err)
	}
	return f, nil
}

// Remove removes a file; ErrNoFile where there is none.
func (d *Dir) Remove(key string) error {
	if !isKey(key) {
		return ErrNoFile
	}
	err := d.root.Remove(path(key))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNoFile
	case err != nil:
		return fmt.Errorf("remove a file: %w", err)
	}
	return nil
}

const keyLength = 32

func newKey() string {
	b := make([]byte, keyLength/2)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// isKey reports whether a text is a key, of which alone paths are made.
func isKey(s string) bool {
	return len(s) == keyLength && strings.Trim(s, "0123456789abcdef") == ""
}

func path(key string) string { return key[:2] + "/" + key }

// geometryBytes is how far into a picture its size is looked for: cameras put much before it.
const geometryBytes = 4 << 20

// geometry is how large a picture is; "" for what is none.
func geometry(f io.ReadSeeker) string {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return ""
	}
	c, _, err := image.DecodeConfig(io.LimitReader(f, geometryBytes))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return ""
	}
	return fmt.Sprintf("%dx%d", c.Width, c.Height)
}

// firstBytes keeps as much as tells what kind of file it is.
type firstBytes []byte

func (b *firstBytes) Write(p []byte) (int, error) {
	const enough = 512
	if n := enough - len(*b); n > 0 {
		*b = append(*b, p[:min(n, len(p))]...)
	}
	return len(p), nil
}

// steady is a reader that ends with a context.
type steady struct {
	ctx context.Context
	r   io.Reader
}

func (s *steady) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}
