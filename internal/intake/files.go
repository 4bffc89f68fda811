package intake

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/sheet"
)

// Found is a file in a folder that may be a list.
type Found struct {
	Path, Name string
	Size       int64
	Modified   time.Time
}

// suffixes are those of files that may be lists.
var suffixes = []string{".csv", ".xlsx", ".json", ".txt", ".tsv"}

// Lists finds the files in a folder that may be lists, the newest first. Faults: E-FILE.
func Lists(folder string) ([]Found, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(folder), err)
	}
	found := []Found{}
	for _, entry := range entries {
		if entry.IsDir() || !slices.Contains(suffixes, strings.ToLower(filepath.Ext(entry.Name()))) {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // gone since
		}
		found = append(found, Found{Path: filepath.Join(folder, entry.Name()), Name: entry.Name(), Size: info.Size(), Modified: info.ModTime()})
	}
	slices.SortStableFunc(found, func(a, b Found) int { return cmp.Or(b.Modified.Compare(a.Modified), strings.Compare(a.Name, b.Name)) })
	return found, nil
}

// Open is [Read] of a file. The file is not opened when it is larger than a list can be. Faults besides: E-FILE.
func Open(path, sheetName string) (*List, error) {
	content, err := content(path)
	if err != nil {
		return nil, err
	}
	return Read(path, content, sheetName)
}

// content reads a file that is not larger than a list can be. Faults: E-FILE, L-SIZE.
func content(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	if info.Size() > sheet.MaxFile {
		return nil, fault.Newf("L-SIZE", filepath.Base(path), "%d bytes", info.Size())
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	return content, nil
}
