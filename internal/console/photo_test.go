package console

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/files"
	"github.com/lunedi-dev/lunedi/internal/work"
)

var red, blue = color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}

// flag is a picture that is red at the left and blue at the right.
func flag(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, red)
			if x >= w/2 {
				m.Set(x, y, blue)
			}
		}
	}
	return m
}

func encoded(t testing.TB, encode func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	return encoded(t, func(w io.Writer) error { return png.Encode(w, m) })
}

func asJPEG(t testing.TB, m image.Image) []byte {
	return encoded(t, func(w io.Writer) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 100}) })
}

// held is a JPEG file that says how the camera was held, and where.
func held(t testing.TB, m image.Image, orientation byte) []byte {
	src := asJPEG(t, m)
	exif := append([]byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"), orientation)
	exif = append(exif, "\x00\x00\x00\x00\x00\x00GPS: at home"...)
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return bytes.Join([][]byte{src[:2], segment, src[2:]}, nil)
}

// tinyWebP is one pixel, without loss; the standard library writes no WebP.
const tinyWebP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="

func withFiles(t testing.TB) func(*Config) {
	dir, err := files.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	return func(c *Config) { c.Files = dir }
}

// upload sends a picture as somebody's photo, and tells where the small form of it is, or why not.
func (b *browser) upload(user work.UserID, src []byte) (status int, photo, words string) {
	b.t.Helper()
	a := b.send(httptest.NewRequest(http.MethodPost, "/console/photo?user="+user.String(), bytes.NewReader(src)))
	var out struct{ Photo, Message string }
	if err := json.Unmarshal([]byte(a.text), &out); err != nil {
		b.t.Fatalf("%v in %s", err, a.text)
	}
	return a.StatusCode, out.Photo, out.Message
}

func (s *site) photoOf(user work.UserID) string {
	s.t.Helper()
	by, err := s.service.As(s.t.Context(), 7, adm)
	if err != nil {
		s.t.Fatal(err)
	}
	v, err := s.service.View(s.t.Context(), by)
	if err != nil {
		s.t.Fatal(err)
	}
	return v.User(user).Photo
}

func count(t testing.TB, d *files.Dir) (n int) {
	t.Helper()
	if err := d.Each(context.Background(), func(string, int64, io.Reader) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPhoto(t *testing.T) {
	t.Parallel()
	var dir *files.Dir
	s := newSite(t, withFiles(t), func(c *Config) { dir = c.Files })
	b := s.as(mem)
	status, photo, words := b.upload(mem, asPNG(t, flag(400, 300)))
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, words)
	}
	name := s.photoOf(mem)
	if photo != "/photos/thumb/"+name || !strings.HasSuffix(name, ".jpg") {
		t.Errorf("the photo is told as %q and stored as %q", photo, name)
	}
	b.get("/profile").want(t, "one's own page", http.StatusOK, `<img src="`+photo+`"`)
	stranger := s.browser()
	stranger.header = http.Header{"Sec-Fetch-Site": {"cross-site"}}
	for size, side := range photoSizes {
		a := stranger.get("/photos/" + size + "/" + name)
		a.want(t, size, http.StatusOK)
		m, err := jpeg.Decode(strings.NewReader(a.text))
		if err != nil {
			t.Fatal(size, err)
		}
		want := image.Pt(side, side)
		if side == 0 {
			want = image.Pt(400, 300)
		}
		if m.Bounds().Size() != want {
			t.Errorf("%s is %v, want %v", size, m.Bounds().Size(), want)
		}
		for header, value := range map[string]string{"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
			"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "private, max-age=86400, immutable"} {
			if got := a.Header.Get(header); got != value {
				t.Errorf("%s: %s is %q", size, header, got)
			}
		}
	}

	// Another takes its place, the first one's files go, and the audit tells of it.
	if status, _, words := b.upload(mem, asPNG(t, flag(20, 20))); status != http.StatusOK {
		t.Fatal(words)
	}
	stranger.get(photo).want(t, "the photo before", http.StatusNotFound)
	if n := count(t, dir); n != len(photoSizes) {
		t.Errorf("%d files are kept of one photo", n)
	}
	var log auditOut
	s.as(adm).must("audit", auditIn{Actions: []string{"user.edit"}}, &log)
	if len(log.Lines) != 2 || len(log.Lines[0].Changes) != 1 || log.Lines[0].Changes[0] != `user "Mem" (2) changed: photo` {
		t.Errorf("the audit tells %+v", log.Lines)
	}

	b.must("photo/remove", map[string]string{"id": mem.String()}, nil)
	if n := count(t, dir); n != 0 || s.photoOf(mem) != "" {
		t.Errorf("removed, %d files are left of %q", n, s.photoOf(mem))
	}
	if page := b.get("/profile"); strings.Contains(page.text, "<img") {
		t.Error("the frame shows a photo that is gone")
	}
}

func TestPhotoKinds(t *testing.T) {
	t.Parallel()
	webp, err := base64.StdEncoding.DecodeString(tinyWebP)
	if err != nil {
		t.Fatal(err)
	}
	glass := flag(60, 60)
	glass.Set(0, 0, color.RGBA{})
	for name, c := range map[string]struct {
		src    []byte
		ending string
	}{
		"PNG": {asPNG(t, flag(60, 60)), ".jpg"}, "PNG with a hole": {asPNG(t, glass), ".png"}, "JPEG": {asJPEG(t, flag(60, 60)), ".jpg"},
		"GIF": {encoded(t, func(w io.Writer) error { return gif.Encode(w, flag(60, 60), nil) }), ".jpg"}, "WebP": {webp, ".png"},
		"one pixel": {asPNG(t, flag(1, 1)), ".jpg"}, "a line": {asPNG(t, flag(500, 1)), ".jpg"},
	} {
		ending, sizes, err := makePhoto(c.src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name != "WebP" && ending != c.ending { // whether that one has a hole is its own matter
			t.Errorf("%s becomes %s", name, ending)
		}
		for size, b := range sizes {
			if _, kind, err := image.Decode(bytes.NewReader(b)); err != nil || photoEndings[ending] != "image/"+kind {
				t.Errorf("%s, %s: a %s called %s, %v", name, size, kind, ending, err)
			}
		}
	}
	for name, c := range map[string]struct {
		src   []byte
		words string
	}{
		"a page":             {[]byte("<!doctype html><script>alert(1)</script>"), "JPEG, PNG, WebP or GIF"},
		"SVG":                {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "JPEG, PNG, WebP or GIF"},
		"nothing":            {nil, "JPEG, PNG, WebP or GIF"},
		"half of one":        {asPNG(t, flag(60, 60))[:80], "cannot be read"},
		"only its head":      {[]byte("\xff\xd8\xff\xe0"), "cannot be read"},
		"a bomb":             {huge(t), "by 50000 pixels"},
		"a GIF that is none": {[]byte("GIF89a<script>alert(1)</script>"), "pixels large"},
	} {
		_, _, err := makePhoto(c.src)
		if e := work.ErrorOf(err); err == nil || e.Code != work.CodeInvalid || e.Field != "photo" || !strings.Contains(e.Msg, c.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// huge is a small file that says it has 2,500 million pixels.
func huge(t testing.TB) []byte {
	b := asPNG(t, flag(1, 1))
	b[18], b[19], b[22], b[23] = 0xc3, 0x50, 0xc3, 0x50 // 50,000 each; the checksum comes next
	copy(b[29:], crcOf(b[12:29]))
	return b
}

func crcOf(b []byte) []byte {
	sum := ^uint32(0)
	for _, c := range b {
		sum ^= uint32(c)
		for range 8 {
			sum = sum>>1 ^ 0xedb88320&-(sum&1)
		}
	}
	sum = ^sum
	return []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}
}

// TestPhotoUpright: what was held askew stands upright, and nothing is left of what else the file told.
func TestPhotoUpright(t *testing.T) {
	t.Parallel()
	at := func(m image.Image, x, y int) string {
		if r, _, b, _ := m.At(x, y).RGBA(); r > b {
			return "red"
		}
		return "blue"
	}
	for orientation, where := range map[byte]image.Point{1: {5, 50}, 2: {95, 50}, 3: {95, 50}, 4: {5, 50}, 5: {50, 5}, 6: {50, 5}, 7: {50, 95}, 8: {50, 95}, 9: {5, 50}} {
		_, sizes, err := makePhoto(held(t, flag(200, 100), orientation))
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := image.Decode(bytes.NewReader(sizes["original"]))
		if err != nil {
			t.Fatal(err)
		}
		want := image.Pt(200, 100)
		if orientation >= 5 && orientation <= 8 {
			want = image.Pt(100, 200)
		}
		if m.Bounds().Size() != want {
			t.Errorf("orientation %d: %v", orientation, m.Bounds())
		}
		small, _, _ := image.Decode(bytes.NewReader(sizes["thumb"]))
		if got := at(small, where.X, where.Y); got != "red" {
			t.Errorf("orientation %d: %s at %v", orientation, got, where)
		}
		for size, b := range sizes {
			if bytes.Contains(b, []byte("GPS")) || bytes.Contains(b, []byte("Exif")) {
				t.Errorf("orientation %d: %s tells where it was taken", orientation, size)
			}
		}
	}
	for n := range 40 { // cut short anywhere, it says nothing rather than anything
		_ = orientation(held(t, flag(8, 8), 6)[:n])
	}
	_ = tiffOrientation([]byte("II*\x00\xff\xff\xff\xff"))
}

func TestPhotoRights(t *testing.T) {
	t.Parallel()
	var dir *files.Dir
	s := newSite(t, withFiles(t), func(c *Config) { dir = c.Files })
	src := asPNG(t, flag(10, 10))
	for _, c := range []struct {
		who, whose work.UserID
		status     int
	}{
		{adm, adm, 200}, {adm, mem, 200}, {adm, gue, 200}, {adm, off, 200}, {adm, 99, 404},
		{mem, mem, 200}, {mem, adm, 403}, {mem, 99, 403}, {vie, vie, 200}, {vie, mem, 403}, {gue, gue, 200}, {gue, adm, 403}, {gue, 99, 403},
	} {
		b := s.as(c.who)
		before := s.photoOf(adm)
		if status, _, words := b.upload(c.whose, src); status != c.status {
			t.Errorf("%d sets the photo of %d: %d %s", c.who, c.whose, status, words)
		}
		if status, words, _ := b.call("photo/remove", map[string]string{"id": c.whose.String()}, nil); status != c.status {
			t.Errorf("%d removes the photo of %d: %d %s", c.who, c.whose, status, words)
		}
		if c.status != 200 && s.photoOf(adm) != before {
			t.Errorf("%d has changed what it may not", c.who)
		}
	}
	if n := count(t, dir); n != 0 {
		t.Errorf("%d files are left over", n)
	}

	admin := s.as(adm)
	admin.post("/console/as", "user", mem.String())
	for _, whose := range []work.UserID{adm, mem} {
		if status, _, words := admin.upload(whose, src); status != http.StatusForbidden || !strings.Contains(words, "go back to yourself") {
			t.Errorf("looking as somebody else: %d %s", status, words)
		}
	}
	foreign := s.as(mem)
	foreign.header = http.Header{"Sec-Fetch-Site": {"cross-site"}}
	foreign.send(httptest.NewRequest(http.MethodPost, "/console/photo?user=2", bytes.NewReader(src))).want(t, "from another site", http.StatusForbidden)
	s.browser().send(httptest.NewRequest(http.MethodPost, "/console/photo?user=2", bytes.NewReader(src))).want(t, "signed out", http.StatusUnauthorized)

	b := s.as(mem)
	if status, _, words := b.upload(mem, append(src, make([]byte, pictureBytes)...)); status != http.StatusBadRequest || !strings.Contains(words, "larger than 10 MB") {
		t.Errorf("too large: %d %s", status, words)
	}
	b.send(httptest.NewRequest(http.MethodPost, "/console/photo?user=me", bytes.NewReader(src))).want(t, "nobody", http.StatusBadRequest, "user is a user's number")
	if status, _, words := newSite(t).as(mem).upload(mem, src); status != http.StatusForbidden || !strings.Contains(words, "no folder for files") {
		t.Errorf("without a folder: %d %s", status, words)
	}
}

// TestPhotoNames: nothing but a photo is found by a name, whatever the name.
func TestPhotoNames(t *testing.T) {
	t.Parallel()
	var dir *files.Dir
	s := newSite(t, withFiles(t), func(c *Config) { dir = c.Files })
	b := s.as(mem)
	if status, _, words := b.upload(mem, asPNG(t, flag(10, 10))); status != http.StatusOK {
		t.Fatal(words)
	}
	name := s.photoOf(mem)
	secret, err := dir.Put(t.Context(), strings.NewReader("what is on a private board"), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{
		"thumb/" + secret.Key + ".jpg", "original/" + secret.Key + ".png", "original/" + secret.Key, "original/" + photoKey("original", name) + ".jpg",
		"huge/" + name, "thumb/" + strings.TrimSuffix(name, path.Ext(name)), "thumb/" + strings.TrimSuffix(name, path.Ext(name)) + ".svg", "thumb/" + strings.ToUpper(name),
		"thumb/..%2f..%2flunedi.db", "thumb/%2e%2e%2f" + secret.Key, "thumb/" + name + "%00.png", "thumb/" + strings.Repeat("a", 5000), "thumb/%3Cscript%3E.png", "thumb/x" + name[1:],
		"..%2fincoming/" + name, "thumb/" + secret.Key[:2] + "%2f" + secret.Key,
	} {
		if a := b.get("/photos/" + p); a.StatusCode != http.StatusNotFound || strings.Contains(a.text, "private board") {
			t.Errorf("/photos/%s: %d %.100s", p, a.StatusCode, a.text)
		}
	}
	b.get("/photos/thumb/"+name).want(t, "the photo itself", http.StatusOK)
	if got := personOf(&work.User{Photo: "https://elsewhere.example.com/a.png"}).Photo + personOf(&work.User{Photo: fmt.Sprint("../../", name)}).Photo; got != "" {
		t.Errorf("a page asks elsewhere: %s", got)
	}
}
