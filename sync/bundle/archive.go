package bundle

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// tarHeader returns the one header block that an entry of this name and size may have: POSIX ustar, regular file, mode
// 0600, everything else zero or empty (security.md 6.2).
func tarHeader(name string, size int64) ([]byte, error) {
	var block bytes.Buffer
	err := tar.NewWriter(&block).WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, Format: tar.FormatUSTAR,
	})
	if err != nil {
		return nil, err
	}
	if block.Len() != tarBlock {
		return nil, fmt.Errorf("entry header of %d bytes", block.Len())
	}
	return block.Bytes(), nil
}

// tarSize returns how many bytes an entry takes in the tar.
func tarSize(size int64) int64 { return tarBlock + (size+tarBlock-1)/tarBlock*tarBlock }

// sizeClass returns the whole length that a tar is padded to: roundup512(Padmé(max(len, 16384))). From 16384 on Padmé
// gives multiples of 1024, so the rounding to blocks changes nothing.
func sizeClass(length int64) int64 {
	n := int64(oplog.Padme(int(max(length, smallestTar))))
	return (n + tarBlock - 1) / tarBlock * tarBlock
}

var zeros [32 << 10]byte

// zeroReader gives n zero bytes.
func zeroReader(n int64) io.Reader { return io.LimitReader(endlessZeros{}, n) }

type endlessZeros struct{}

func (endlessZeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// writeEntry writes header, content and the filling to the next block.
func writeEntry(w io.Writer, name string, size int64, content io.Reader) error {
	header, err := tarHeader(name, size)
	if err != nil {
		return fmt.Errorf("entry %s: %w", name, err)
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(content, size+1))
	if err != nil {
		return err
	}
	if n != size {
		return fmt.Errorf("entry %s: %d bytes instead of %d", name, n, size)
	}
	_, err = w.Write(zeros[:(tarBlock-size%tarBlock)%tarBlock])
	return err
}

// walker reads a tar entry by entry. Only headers that [tarHeader] would write are accepted, so that no path trick, link,
// extension or time has a place to stand.
type walker struct {
	r       io.Reader
	offset  int64 // in the tar, of the next byte
	left    int64 // of the current entry
	filling int64
	entries int
}

// tarFault gives a read error its code: the layer below has marked its own.
func tarFault(where string, err error) error {
	if _, ok := fault.Of(err); ok {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.Newf("E-TAR", where, "the archive ends too early")
	}
	return fault.New("E-TAR", where, err)
}

func (w *walker) full(block []byte) error {
	n, err := io.ReadFull(w.r, block)
	w.offset += int64(n)
	return err
}

// next skips the rest of the current entry and returns name and size of the following one, io.EOF after the last. The end
// is read to the last byte, so that age has proven its final chunk.
func (w *walker) next() (string, int64, error) {
	if err := w.finish(); err != nil {
		return "", 0, err
	}
	var block [tarBlock]byte
	if err := w.full(block[:]); err != nil {
		return "", 0, tarFault("", err)
	}
	if block == [tarBlock]byte{} {
		return "", 0, w.end()
	}
	if w.entries++; w.entries > MaxEntries {
		return "", 0, fault.Newf("E-LIMIT", "", "more than %d entries", MaxEntries)
	}
	rawName, _, _ := bytes.Cut(block[:100], []byte{0})
	name := string(rawName)
	if !entryName.MatchString(name) {
		return "", 0, fault.Newf("E-TAR", "", "entry %d has a name that is not allowed", w.entries)
	}
	size, err := strconv.ParseInt(string(block[124:135]), 8, 64)
	if err != nil || size < 0 {
		return "", 0, fault.Newf("E-TAR", name, "size is not written as it must be")
	}
	if size > entryLimit(name) {
		return "", 0, fault.Newf("E-LIMIT", name, "entry of %d bytes is over its limit", size)
	}
	if want, err := tarHeader(name, size); err != nil || !bytes.Equal(want, block[:]) {
		return "", 0, fault.Newf("E-TAR", name, "entry header is not the one expected")
	}
	w.left, w.filling = size, (tarBlock-size%tarBlock)%tarBlock
	return name, size, nil
}

// Read reads the current entry.
func (w *walker) Read(p []byte) (int, error) {
	if w.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > w.left {
		p = p[:w.left]
	}
	n, err := w.r.Read(p)
	w.offset += int64(n)
	w.left -= int64(n)
	if errors.Is(err, io.EOF) && w.left > 0 {
		err = io.ErrUnexpectedEOF
	} else if errors.Is(err, io.EOF) {
		err = nil // the next call, or next, meets it
	}
	if err != nil {
		return n, tarFault("", err)
	}
	return n, nil
}

// finish passes over what is left of the current entry and checks its filling.
func (w *walker) finish() error {
	if w.left > 0 {
		if _, err := io.Copy(io.Discard, w); err != nil {
			return err
		}
	}
	var filling [tarBlock]byte
	if err := w.full(filling[:w.filling]); err != nil {
		return tarFault("", err)
	}
	w.filling = 0
	if filling != [tarBlock]byte{} {
		return fault.Newf("E-TAR", "", "filling between entries is not empty")
	}
	return nil
}

// end has met the first zero block: a second must follow, and then nothing.
func (w *walker) end() error {
	var block [tarBlock]byte
	if err := w.full(block[:]); err != nil {
		return tarFault("", err)
	}
	if block != [tarBlock]byte{} {
		return fault.Newf("E-TAR", "", "entries after the end")
	}
	switch n, err := io.ReadFull(w.r, block[:1]); {
	case n > 0:
		return fault.Newf("E-TAR", "", "bytes after the end")
	case !errors.Is(err, io.EOF):
		return tarFault("", err)
	}
	if sizeClass(w.offset) != w.offset {
		return fault.Newf("E-TAR", namePad, "the archive is not padded as it must be")
	}
	return io.EOF
}
