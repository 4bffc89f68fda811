package attachment

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
)

var (
	pageObject   = regexp.MustCompile(`/Type\s*/Page[\s/<>\[(%]`)
	packedObject = regexp.MustCompile(`/Type\s*/ObjStm\b`)
)

const (
	packedHead  = 1 << 10  // how far before its stream the word ObjStm is looked for, in bytes
	maxUnpacked = 4 << 20  // of one packed stream, in bytes
	maxPacked   = 64 << 20 // of all together
)

// Pages counts the pages of a PDF file; 0 when it does not tell, as when it has a password.
func Pages(content []byte) int {
	n := len(pageObject.FindAllIndex(content, -1))
	left := int64(maxPacked)
	for rest := content; left > 0; {
		at := bytes.Index(rest, []byte("stream"))
		if at < 0 {
			return n
		}
		head := rest[max(at-packedHead, 0):at]
		if begin := bytes.LastIndex(head, []byte("obj")); begin >= 0 {
			head = head[begin:]
		}
		rest = rest[at+len("stream"):]
		if !packedObject.Match(head) {
			continue
		}
		unpacked, err := unpack(rest)
		if err != nil && len(unpacked) == 0 {
			continue
		}
		n += len(pageObject.FindAllIndex(unpacked, -1))
		left -= int64(len(unpacked)) + 1
		clear(unpacked)
	}
	return n
}

// unpack inflates a stream; before it stands the end of a line.
func unpack(stream []byte) ([]byte, error) {
	stream = bytes.TrimPrefix(bytes.TrimPrefix(stream, []byte("\r")), []byte("\n"))
	r, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxUnpacked))
}
