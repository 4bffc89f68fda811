package attachment

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/fault"
)

// Open is [Read] of a file, of which it reads at most one byte more than an attachment may have. Faults besides: E-FILE.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	defer clear(raw)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	return Read(raw)
}

// CopyName is what a copy that is not sealed is called. It tells nobody whose it is: the kind of file, and a few digits to tell copies
// apart.
func CopyName(id uuid.UUID, mediaType string) string {
	ending := map[string]string{JPEG: ".jpg", PNG: ".png"}[mediaType]
	if ending == "" {
		ending = ".pdf"
	}
	return "feltbok-" + strings.ReplaceAll(id.String(), "-", "")[24:] + ending
}

// WriteCopy writes a copy that is not sealed, for its owner alone. What is there is not overwritten, and a copy that is not whole
// is removed. Fault E-FILE.
func WriteCopy(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.New("E-FILE", filepath.Base(path), err)
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(path)
		return fault.New("E-FILE", filepath.Base(path), err)
	}
	return nil
}
