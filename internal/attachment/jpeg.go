package attachment

import (
	"bytes"
	"encoding/binary"
)

// Markers of a JPEG stream (ITU-T T.81, table B.1).
const (
	markerSOI = 0xd8
	markerEOI = 0xd9
	markerSOS = 0xda
	markerDQT = 0xdb
	markerDRI = 0xdd
	markerDHT = 0xc4
	markerAPP = 0xe0
	markerCOM = 0xfe
)

var (
	headJFIF  = []byte("JFIF\x00")
	headAdobe = []byte("Adobe")
	headExif  = []byte("Exif\x00\x00")
)

// segment is one marker with its content, and for a scan what follows up to the next marker.
type segment struct {
	marker  byte
	content []byte
	scan    []byte
}

// eachSegment walks a JPEG stream from its first marker to its end; what follows is not looked at.
func eachSegment(raw []byte, each func(segment) error) error {
	at := 2
	for {
		if at+2 > len(raw) || raw[at] != 0xff {
			return badPicture("JPEG: no marker at byte %d", at)
		}
		marker := raw[at+1]
		at++
		if marker == 0xff { // filling
			continue
		}
		at++
		if marker == markerEOI {
			return nil
		}
		if at+2 > len(raw) {
			return badPicture("JPEG: cut short")
		}
		length := int(binary.BigEndian.Uint16(raw[at:]))
		if length < 2 || at+length > len(raw) {
			return badPicture("JPEG: a segment is cut short")
		}
		s := segment{marker: marker, content: raw[at+2 : at+length]}
		at += length
		if marker == markerSOS {
			end := at + scanLength(raw[at:])
			s.scan = raw[at:end]
			at = end
		}
		if err := each(s); err != nil {
			return err
		}
	}
}

// scanLength is how long the data of a scan is: up to a marker that is no restart.
func scanLength(raw []byte) int {
	for i := 0; i+1 < len(raw); i++ {
		if next := raw[i+1]; raw[i] == 0xff && next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7) {
			return i
		}
	}
	return len(raw)
}

// stripJPEG keeps what a picture is drawn from, and writes anew which side is up.
func stripJPEG(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	var kept []segment
	up := upright
	err := eachSegment(raw, func(s segment) error {
		switch m := s.marker; {
		case m == markerSOS, m == markerDQT, m == markerDRI, m == markerDHT, m >= 0xc0 && m <= 0xc2:
			kept = append(kept, s)
		case m == markerAPP && bytes.HasPrefix(s.content, headJFIF): // says how colours are stored; the preview inside goes
			kept = append(kept, segment{marker: m, content: []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")})
		case m == markerAPP+14 && bytes.HasPrefix(s.content, headAdobe) && len(s.content) >= 12:
			kept = append(kept, segment{marker: m, content: s.content[:12]})
		case m == markerAPP+1 && bytes.HasPrefix(s.content, headExif):
			up = exifOrientation(s.content[len(headExif):])
		case m >= markerAPP && m <= markerAPP+15, m == markerCOM:
		default:
			return badPicture("JPEG: marker %02x", m)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out = append(out, 0xff, markerSOI)
	if up != upright {
		out = appendSegment(out, segment{marker: markerAPP + 1, content: append(bytes.Clone(headExif), orientationOnly(up)...)})
	}
	for _, s := range kept {
		out = appendSegment(out, s)
	}
	return append(out, 0xff, markerEOI), nil
}

func appendSegment(out []byte, s segment) []byte {
	out = append(out, 0xff, s.marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(s.content)+2))
	return append(append(out, s.content...), s.scan...)
}

// orientation is the EXIF tag 0x0112: 1 to 8, how the stored picture is turned and mirrored.
type orientation int

const upright orientation = 1

// exifOrientation reads the orientation from the TIFF structure of an EXIF segment; upright when there is none.
func exifOrientation(tiff []byte) orientation {
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(tiff, []byte("II*\x00")) {
		order = binary.LittleEndian
	} else if !bytes.HasPrefix(tiff, []byte("MM\x00*")) {
		return upright
	}
	if len(tiff) < 8 {
		return upright
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return upright
	}
	entries := int64(order.Uint16(tiff[at:]))
	for i := range entries {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(tiff)) {
			return upright
		}
		e := tiff[entry:]
		if order.Uint16(e) != 0x0112 {
			continue
		}
		if up := orientation(order.Uint16(e[8:])); order.Uint16(e[2:]) == 3 && up >= 1 && up <= 8 {
			return up
		}
		return upright
	}
	return upright
}

// orientationOnly is a TIFF structure that says which side is up and nothing else.
func orientationOnly(up orientation) []byte {
	return []byte{'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(up), 0, 0, 0, 0, 0, 0}
}

// orientationOf reads the orientation of a stored picture.
func orientationOf(mediaType string, content []byte) orientation {
	up := upright
	if mediaType == JPEG {
		_ = eachSegment(content, func(s segment) error {
			if s.marker == markerAPP+1 && bytes.HasPrefix(s.content, headExif) {
				up = exifOrientation(s.content[len(headExif):])
			}
			return nil
		})
	}
	return up
}
