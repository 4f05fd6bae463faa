package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"
)

const plenty = 1 << 20

func open(t *testing.T) (*Dir, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new", "files")
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, dir
}

// stored lists the files in a folder.
func stored(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func picture(encode func(io.Writer, image.Image) error) []byte {
	var b bytes.Buffer
	if err := encode(&b, image.NewRGBA(image.Rect(0, 0, 80, 60))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestPut(t *testing.T) {
	t.Parallel()
	d, dir := open(t)
	png := picture(png.Encode)
	for _, c := range []struct {
		name, typ, geometry string
		content             []byte
	}{
		{"text", "text/plain; charset=utf-8", "", []byte("hello")},
		{"empty", "text/plain; charset=utf-8", "", nil},
		{"png", "image/png", "80x60", png},
		{"jpeg", "image/jpeg", "80x60", picture(func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) })},
		{"gif", "image/gif", "80x60", picture(func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) })},
		{"broken picture", "image/png", "", png[:20]},
		{"pdf", "application/pdf", "", []byte("%PDF-1.7 ")},
		{"html", "text/html; charset=utf-8", "", []byte("<script>alert(1)</script>")},
		{"binary", "application/octet-stream", "", []byte{0, 1, 2, 3}},
		{"large", "text/plain; charset=utf-8", "", bytes.Repeat([]byte("x"), plenty)},
	} {
		f, err := d.Put(t.Context(), iotest.OneByteReader(bytes.NewReader(c.content[:min(len(c.content), 600)])), plenty)
		if len(c.content) > 600 {
			f, err = d.Put(t.Context(), bytes.NewReader(c.content), plenty)
		}
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if f.Type != c.typ || f.Geometry != c.geometry || f.Size != int64(len(c.content)) {
			t.Errorf("%s: %+v", c.name, f)
		}
		if _, err := os.Stat(filepath.Join(dir, f.Key[:2], f.Key)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		got, err := d.Get(f.Key)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		back, err := io.ReadAll(got)
		if err != nil || !bytes.Equal(back, c.content) {
			t.Errorf("%s: read back %d bytes: %v", c.name, len(back), err)
		}
		_ = got.Close()
	}
}

// TestPutFails holds that what fails leaves nothing behind.
func TestPutFails(t *testing.T) {
	t.Parallel()
	d, dir := open(t)
	broken := errors.New("connection reset")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name    string
		ctx     context.Context
		r       io.Reader
		through func(io.Writer) io.Writer
		want    error
	}{
		{"too large", t.Context(), strings.NewReader(strings.Repeat("x", 101)), nil, ErrTooLarge},
		{"endless", t.Context(), endless{}, nil, ErrTooLarge},
		{"fails midway", t.Context(), io.MultiReader(strings.NewReader("some"), iotest.ErrReader(broken)), nil, broken},
		{"ends midway", t.Context(), io.MultiReader(strings.NewReader("some"), iotest.ErrReader(io.ErrUnexpectedEOF)), nil, io.ErrUnexpectedEOF},
		{"nobody waits", gone, strings.NewReader("x"), nil, context.Canceled},
		{"disk full", t.Context(), strings.NewReader("0123456789"), func(w io.Writer) io.Writer { return &fullDisk{w, 5} }, syscall.ENOSPC},
	} {
		d := &Dir{root: d.root, through: d.through}
		if c.through != nil {
			d.through = c.through
		}
		if f, err := d.Put(c.ctx, c.r, 100); !errors.Is(err, c.want) || f != (File{}) {
			t.Errorf("%s: %+v, %v", c.name, f, err)
		}
		if left := stored(t, dir); len(left) > 0 {
			t.Errorf("%s: left behind: %v", c.name, left)
		}
	}
	if f, err := d.Put(t.Context(), strings.NewReader(strings.Repeat("x", 100)), 100); err != nil || f.Size != 100 {
		t.Errorf("just as large as allowed: %+v, %v", f, err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// fullDisk takes so many bytes and then no more.
type fullDisk struct {
	w    io.Writer
	left int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n, err := d.w.Write(p[:min(d.left, len(p))])
	if d.left -= n; err == nil && n < len(p) {
		err = &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	return n, err
}

// TestKeys refuses whatever is no key.
func TestKeys(t *testing.T) {
	t.Parallel()
	d, dir := open(t)
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := d.Put(t.Context(), strings.NewReader("x"), plenty)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"", ".", "..", "../secret", "/etc/passwd", f.Key[:2] + "/" + f.Key, strings.ToUpper(f.Key[:31]) + "A", f.Key + "\x00", f.Key[:31],
		"../../../../../../../../../secret", strings.Repeat("0", 32), `..\..\..\..\..\..\..\..\..\..\secr`, "incoming", f.Key + "/../" + f.Key} {
		if got, err := d.Get(key); !errors.Is(err, ErrNoFile) {
			t.Errorf("Get(%q): %v, %v", key, got, err)
		}
		if err := d.Remove(key); !errors.Is(err, ErrNoFile) {
			t.Errorf("Remove(%q): %v", key, err)
		}
	}
	if err := d.Remove(f.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Get(f.Key); !errors.Is(err, ErrNoFile) {
		t.Errorf("Get after Remove: %v", err)
	}
}

// TestLinks does not follow a link out of the folder.
func TestLinks(t *testing.T) {
	t.Parallel()
	d, dir := open(t)
	outside := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(outside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("ab", 16)
	if err := os.Mkdir(filepath.Join(dir, "ab"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "ab", key)); err != nil {
		if runtime.GOOS == "windows" { // where only some may
			t.Skip(err)
		}
		t.Fatal(err)
	}
	if _, err := d.Get(key); err == nil {
		t.Error("the link was followed")
	}
}

func TestConcurrently(t *testing.T) {
	t.Parallel()
	d, dir := open(t)
	other, err := Open(dir) // as a second server on the same folder
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var wg sync.WaitGroup
	keys := sync.Map{}
	for i := range 40 {
		wg.Go(func() {
			from, to := d, other
			if i%2 == 0 {
				from, to = other, d
			}
			content := strings.Repeat(fmt.Sprint(i), 10_000)
			f, err := from.Put(t.Context(), iotest.HalfReader(strings.NewReader(content)), plenty)
			if err != nil {
				t.Error(err)
				return
			}
			if _, twice := keys.LoadOrStore(f.Key, i); twice {
				t.Errorf("%s was given twice", f.Key)
			}
			got, err := to.Get(f.Key)
			if err != nil {
				t.Error(err)
				return
			}
			defer got.Close()
			if back, err := io.ReadAll(got); err != nil || string(back) != content {
				t.Errorf("file %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if n := len(stored(t, dir)); n != 40 {
		t.Errorf("%d files, want 40", n)
	}
}

// TestSweep removes what was left unfinished long ago, and nothing else.
func TestSweep(t *testing.T) {
	t.Parallel()
	d, dir := open(t)
	f, err := d.Put(t.Context(), strings.NewReader("x"), plenty)
	if err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-48 * time.Hour)
	for _, name := range []string{"old", "young"} {
		if err := os.WriteFile(filepath.Join(dir, incoming, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{filepath.Join(incoming, "old"), filepath.Join(f.Key[:2], f.Key)} {
		if err := os.Chtimes(filepath.Join(dir, name), long, long); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got := len(stored(t, dir)); got != 2 {
		t.Errorf("%v", stored(t, dir))
	}
	if _, err := os.Stat(filepath.Join(dir, incoming, "old")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old one: %v", err)
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil {
		t.Error("a file was opened as a folder")
	}
}

// TestMoved: files can be taken from one folder to another.
func TestMoved(t *testing.T) {
	t.Parallel()
	from, _ := open(t)
	to, _ := open(t)
	want := map[string]string{}
	for _, text := range []string{"", "one", strings.Repeat("two", 100_000)} {
		f, err := from.Put(t.Context(), strings.NewReader(text), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		want[f.Key] = text
	}
	for round, made := range []bool{true, false} { // what is there stays
		err := from.Each(t.Context(), func(key string, size int64, r io.Reader) error {
			if size != int64(len(want[key])) {
				t.Errorf("%d bytes, not %d", size, len(want[key]))
			}
			if got, err := to.Import(t.Context(), key, r); err != nil || got != made {
				t.Errorf("round %d: made %v, %v", round, got, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]string{}
	err := to.Each(t.Context(), func(key string, _ int64, r io.Reader) error {
		b, err := io.ReadAll(r)
		got[key] = string(b)
		return err
	})
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %d files, %v", len(got), err)
	}
	if _, err := to.Import(t.Context(), "../../etc/passwd", strings.NewReader("x")); err == nil {
		t.Error("imported to somewhere else")
	}
}
