// Package attachment knows which files may lie in a case as attachments: it tells their type by content, takes out of photos what
// says where and with what they were made, draws pictures at a size for the screen, and reads what a line says of an attachment
// ([Claim]).
//
// Of a photo stay the picture, byte for byte, its size, how its colours are stored, and which side is up. Everything else goes:
// place, time, camera, author, comments, embedded previews, colour profiles, and whatever follows the end of the picture. PDF files
// stay as they are: who made one, and with what, may stand in it.
//
// The package keeps nothing and writes nothing. Content given out belongs to the caller, who clears it.
package attachment

import (
	"bytes"
	"crypto/sha256"

	"feltbok/internal/fault"
)

// The types of files that are taken.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	PDF  = "application/pdf"
)

const (
	// MaxSize is how large an attachment may be, in bytes.
	MaxSize = 20 << 20
	// MaxPixels is how many points a picture may have: drawing it needs up to 4 bytes for each.
	MaxPixels = 60_000_000
	// Piece is how much of an attachment one entry of a bundle holds, in bytes (security.md 6.2).
	Piece = 8 << 20
)

// File is an attachment before it is sealed.
type File struct {
	// MediaType is [JPEG], [PNG] or [PDF].
	MediaType string
	Content   []byte
}

// SHA256 is the hash of the content.
func (f *File) SHA256() [32]byte { return sha256.Sum256(f.Content) }

// Clear overwrites the content.
func (f *File) Clear() { clear(f.Content) }

// Read makes an attachment of the bytes of a file, which it does not change: photos without what the package takes out, in memory of
// their own. Faults: A-LARGE over [MaxSize] or [MaxPixels], A-TYPE when it is neither JPEG, PNG nor PDF, A-PICTURE when a picture is
// damaged or stored in a way that this program cannot draw.
func Read(raw []byte) (*File, error) {
	if len(raw) > MaxSize {
		return nil, fault.Newf("A-LARGE", "", "%d bytes", len(raw))
	}
	f := &File{MediaType: typeOf(raw)}
	var err error
	switch f.MediaType {
	case JPEG:
		f.Content, err = stripJPEG(raw)
	case PNG:
		f.Content, err = stripPNG(raw)
	case PDF:
		f.Content = bytes.Clone(raw)
	default:
		return nil, fault.Newf("A-TYPE", "", "neither JPEG, PNG nor PDF")
	}
	if err == nil && f.MediaType != PDF {
		err = f.drawable()
	}
	if err != nil {
		f.Clear()
		return nil, err
	}
	return f, nil
}

// drawable makes sure that the picture can be shown later.
func (f *File) drawable() error {
	small, err := Picture(f.MediaType, f.Content, 16)
	if err == nil {
		clear(small.Pix)
	}
	return err
}

var signaturePNG = []byte("\x89PNG\r\n\x1a\n")

// typeOf tells the type by the first bytes; "" for all others.
func typeOf(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(raw, signaturePNG):
		return PNG
	case bytes.HasPrefix(raw, []byte("%PDF-")) && bytes.Contains(raw, []byte("%%EOF")):
		return PDF
	}
	return ""
}

func badPicture(format string, args ...any) error {
	return fault.Newf("A-PICTURE", "", format, args...)
}
