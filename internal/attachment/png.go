package attachment

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// keptPNG are the chunks that a picture is drawn from: header, palette, transparency, how its colours are stored, data, end (PNG
// specification, 3rd edition, 11.2 and 11.3).
var keptPNG = []string{"IHDR", "PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "pHYs", "IDAT", "IEND"}

// stripPNG keeps what a picture is drawn from. What follows the end goes too.
func stripPNG(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	out = append(out, signaturePNG...)
	for rest := bytes.TrimPrefix(raw, signaturePNG); ; {
		if len(rest) < 12 {
			return out, badPicture("PNG: cut short")
		}
		length := int64(binary.BigEndian.Uint32(rest))
		if length > int64(len(rest)-12) {
			return out, badPicture("PNG: a chunk is cut short")
		}
		chunk, name := rest[:12+length], string(rest[4:8])
		rest = rest[12+length:]
		if slices.Contains(keptPNG, name) {
			out = append(out, chunk...)
		}
		if name == "IEND" {
			return out, nil
		}
	}
}
