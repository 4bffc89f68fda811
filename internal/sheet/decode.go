package sheet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// decode brings a text file into UTF-8, by these rules in this order:
//
//   - a byte order mark says it: UTF-8, UTF-16LE, UTF-16BE;
//   - every second byte of the beginning is zero, save few: UTF-16 without a mark, in the order that the zeros show;
//   - it is valid UTF-8: UTF-8;
//   - else Windows-1252, what the spreadsheet programs of Norwegian and most European offices save as "CSV".
//
// A zero byte in the last two, or a byte that Windows-1252 does not have, is an error: then it is something else altogether.
func decode(content []byte) (text, encoding string, err error) {
	switch {
	case bytes.HasPrefix(content, []byte("\xEF\xBB\xBF")):
		content = content[3:]
		if !utf8.Valid(content) {
			return "", "", errors.New("marked as UTF-8 and is not")
		}
		encoding = "UTF-8"
	case bytes.HasPrefix(content, []byte("\xFF\xFE")):
		return decodeUTF16(content[2:], binary.LittleEndian, "UTF-16LE")
	case bytes.HasPrefix(content, []byte("\xFE\xFF")):
		return decodeUTF16(content[2:], binary.BigEndian, "UTF-16BE")
	case zeros(content, 1):
		return decodeUTF16(content, binary.LittleEndian, "UTF-16LE")
	case zeros(content, 0):
		return decodeUTF16(content, binary.BigEndian, "UTF-16BE")
	case utf8.Valid(content):
		encoding = "UTF-8"
	default:
		for _, b := range []byte("\x81\x8D\x8F\x90\x9D") {
			if at := bytes.IndexByte(content, b); at >= 0 {
				return "", "", fmt.Errorf("byte %#x at %d is in no encoding that is read", b, at)
			}
		}
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(content)
		if err != nil {
			return "", "", err
		}
		content, encoding = decoded, "Windows-1252"
	}
	if bytes.IndexByte(content, 0) >= 0 {
		return "", "", errors.New("holds zero bytes, so it is no text")
	}
	return string(content), encoding, nil
}

// zeros reports whether at least two fifths of the bytes at places of one parity are zero, and next to none at the other.
func zeros(content []byte, parity int) bool {
	begin := content[:min(len(content), 4096)]
	if len(begin) < 4 {
		return false
	}
	var here, there int
	for i, b := range begin {
		if b == 0 && i%2 == parity {
			here++
		} else if b == 0 {
			there++
		}
	}
	return here*5 >= len(begin) && there*20 <= here
}

func decodeUTF16(content []byte, order binary.ByteOrder, name string) (text, encoding string, err error) {
	if len(content)%2 != 0 {
		return "", "", errors.New(name + " with half a character at the end")
	}
	units := make([]uint16, len(content)/2)
	for i := range units {
		units[i] = order.Uint16(content[2*i:])
	}
	text = string(utf16.Decode(units))
	if strings.ContainsRune(text, 0) || strings.ContainsRune(text, utf8.RuneError) {
		return "", "", errors.New("not valid " + name)
	}
	return text, name, nil
}
