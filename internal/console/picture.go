package console

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/webp"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// photoSizes are the sides of the squares that the API has addresses for, in pixels. The original keeps its size.
var photoSizes = map[string]int{"original": 0, "small": 150, "thumb": 100, "thumb_small": 50, "tiny": 30}

const (
	pictureBytes  = 10 << 20   // of an uploaded picture
	picturePixels = 24_000_000 // in it: what is unpacked takes four bytes of memory for each
	smoothSide    = 300        // small sizes are made of one this large, so that the whole is looked through once
)

func badPicture(format string, args ...any) error {
	return &work.Error{Code: work.CodeInvalid, Field: "photo", Msg: fmt.Sprintf(format, args...)}
}

// coders read the kinds of pictures that are taken. Of several pictures in one file the first counts.
var coders = map[string]struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/png":  {png.DecodeConfig, png.Decode},
	"image/gif":  {gif.DecodeConfig, gif.Decode},
	"image/webp": {webp.DecodeConfig, webp.Decode},
}

// makePhoto makes a photo in all sizes of a picture that somebody has uploaded, and tells the ending of its
// files: .jpg, or .png where one can see through it. Each is drawn anew, so that nothing is kept but what can
// be seen: no place where it was taken, and nothing that a browser could take for something else.
func makePhoto(src []byte) (ending string, sizes map[string][]byte, err error) {
	coder, ok := coders[http.DetectContentType(src)]
	if !ok {
		return "", nil, badPicture("This is no picture of a kind that is known here, whatever the file is called. Choose a JPEG, PNG, WebP or GIF file.")
	}
	switch size, err := coder.config(bytes.NewReader(src)); {
	case err != nil || size.Width <= 0 || size.Height <= 0:
		return "", nil, badPicture("The picture cannot be read: %v. Open it in another program and save it as JPEG or PNG.", err)
	case size.Width > picturePixels/size.Height:
		return "", nil, badPicture("The picture is %d by %d pixels large; %d million in all are the most. Make it smaller.", size.Width, size.Height, picturePixels/1_000_000)
	}
	picture, err := coder.decode(bytes.NewReader(src))
	if err != nil {
		return "", nil, badPicture("The picture cannot be read: %v. Open it in another program and save it as JPEG or PNG.", err)
	}
	picture = upright(picture, orientation(src))
	ending, encode := ".png", png.Encode
	if o, ok := picture.(interface{ Opaque() bool }); ok && o.Opaque() {
		ending, encode = ".jpg", func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 90}) }
	}
	sizes = make(map[string][]byte, len(photoSizes))
	smooth := square(picture, smoothSide)
	for name, side := range photoSizes {
		one := picture
		if side > 0 {
			one = square(smooth, side)
		}
		var out bytes.Buffer
		if err := encode(&out, one); err != nil {
			return "", nil, fmt.Errorf("encode a photo: %w", err)
		}
		sizes[name] = out.Bytes()
	}
	return ending, sizes, nil
}

// square is the middle of a picture, scaled down to a side; a smaller one is left as it is.
func square(m image.Image, side int) image.Image {
	b := m.Bounds()
	n := min(b.Dx(), b.Dy())
	x, y := b.Min.X+(b.Dx()-n)/2, b.Min.Y+(b.Dy()-n)/2
	out := image.NewRGBA(image.Rect(0, 0, min(n, side), min(n, side)))
	draw.CatmullRom.Scale(out, out.Bounds(), m, image.Rect(x, y, x+n, y+n), draw.Src, nil)
	return out
}

// upright turns a picture as its file says that it was held.
func upright(m image.Image, orientation int) image.Image {
	b := m.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	turns := map[int]f64.Aff3{
		2: {-1, 0, w, 0, 1, 0}, 3: {-1, 0, w, 0, -1, h}, 4: {1, 0, 0, 0, -1, h},
		5: {0, 1, 0, 1, 0, 0}, 6: {0, -1, h, 1, 0, 0}, 7: {0, -1, h, -1, 0, w}, 8: {0, 1, 0, -1, 0, w}, // these lie on their side
	}
	turn, ok := turns[orientation]
	if !ok {
		return m
	}
	size := image.Rect(0, 0, b.Dx(), b.Dy())
	if orientation >= 5 {
		size = image.Rect(0, 0, b.Dy(), b.Dx())
	}
	out := image.NewRGBA(size) // cameras write JPEG, whose pictures begin at 0, 0
	draw.NearestNeighbor.Transform(out, turn, m, b, draw.Src, nil)
	return out
}

// orientation is what a JPEG file says of how the camera was held, from 1 (upright) to 8; 0 where it says
// nothing. It is in the first Exif segment, which is a TIFF file (Exif 2.32, 4.5 and 4.6.4).
func orientation(src []byte) int {
	for at := 2; at+4 <= len(src) && src[at] == 0xff && src[at+1] != 0xda; { // 0xda: the picture itself begins
		n := int(binary.BigEndian.Uint16(src[at+2:]))
		end := at + 2 + n
		if n < 2 || end > len(src) {
			return 0
		}
		if tiff, ok := bytes.CutPrefix(src[at+4:end], []byte("Exif\x00\x00")); ok && src[at+1] == 0xe1 {
			return tiffOrientation(tiff)
		}
		at = end
	}
	return 0
}

func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	const tag, entry = 0x112, 12
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 0
	}
	list := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(list) < entry {
			return 0
		}
		if order.Uint16(list) == tag {
			return int(order.Uint16(list[8:]))
		}
		list = list[entry:]
	}
	return 0
}
