// Package route finds the ways a data package can take, and carries it along them: folders and removable drives here, an
// object store in the courier program, all behind [Route].
//
// [List] names the drives that are plugged in right now, after the folders that the user chose, and [Bundles] the data
// packages in a folder. Nothing is opened or judged here; that is done by the exchange once a person chose a file.
package route

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"feltbok/internal/fsx"
)

// Extension ends the name of a data package, and PartSuffix that of one that is still being written.
const (
	Extension  = ".feltbok"
	PartSuffix = fsx.PartSuffix
)

// Most is the number of data packages that [Bundles] lists at most, the newest first: a folder with more than that
// holds something else.
const Most = 500

// Drive is a folder or a removable drive that a file can be put on or taken from.
type Drive struct {
	// Path is where the drive is mounted, or the folder.
	Path string
	// Label is what people call it: the name of the drive, the last part of the path.
	Label string
	// Free is the number of bytes that can still be written; -1 when the system does not say.
	Free int64
	// ReadOnly drives can be read and not written.
	ReadOnly bool
	// Removable tells a drive that can be pulled out from a folder of this machine.
	Removable bool
}

// mount is one line of the system's table of what is plugged in.
type mount struct {
	path     string
	label    string
	readOnly bool
}

// List returns the chosen folders that are there, in the order given, and then the removable drives by path. A drive that
// is also among the chosen folders is named once.
func List(chosen ...string) []Drive { return list(mounts(), chosen, fsx.FreeBytes) }

func list(found []mount, chosen []string, free func(path string) (int64, error)) []Drive {
	var drives []Drive
	known := map[string]bool{}
	put := func(d Drive) {
		if known[d.Path] {
			return
		}
		known[d.Path] = true
		d.Free = -1
		if bytes, err := free(d.Path); err == nil {
			d.Free = bytes
		}
		drives = append(drives, d)
	}
	byPath := map[string]mount{}
	for _, m := range found {
		byPath[m.path] = m
	}
	for _, path := range chosen {
		path = filepath.Clean(path)
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			continue
		}
		if m, ok := byPath[path]; ok {
			put(Drive{Path: path, Label: m.label, ReadOnly: m.readOnly, Removable: true})
			continue
		}
		put(Drive{Path: path, Label: filepath.Base(path), ReadOnly: inside(found, path)})
	}
	slices.SortFunc(found, func(a, b mount) int { return strings.Compare(a.path, b.path) })
	for _, m := range found {
		put(Drive{Path: m.path, Label: m.label, ReadOnly: m.readOnly, Removable: true})
	}
	return drives
}

// inside reports whether a folder lies on a drive that cannot be written.
func inside(found []mount, path string) bool {
	return slices.ContainsFunc(found, func(m mount) bool {
		return m.readOnly && strings.HasPrefix(path, m.path+string(filepath.Separator))
	})
}

// Found is a file that looks like a data package.
type Found struct {
	Name     string
	Path     string
	Size     int64 // bytes
	Modified time.Time
}

// Bundles lists the data packages that lie in a folder, the newest first; folders below it are not entered. Files still
// being written are left out. E-PULLED when the drive is gone, else as [Explain] says.
func Bundles(dir string) ([]Found, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, Explain(dir, err)
	}
	var found []Found
	for _, entry := range entries {
		if CheckName(entry.Name()) != nil || !regular(entry) { // a Mac leaves "._x.feltbok" beside each file on a stick
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // removed between listing and looking
		}
		found = append(found, Found{Name: entry.Name(), Path: filepath.Join(dir, entry.Name()), Size: info.Size(), Modified: info.ModTime()})
	}
	slices.SortFunc(found, func(a, b Found) int {
		return cmp.Or(b.Modified.Compare(a.Modified), strings.Compare(a.Name, b.Name))
	})
	return found[:min(len(found), Most)], nil
}

// Settled returns the packages that two looks at a place found alike: what another program is still copying is left out.
func Settled(before, now []Found) []Found {
	return slices.DeleteFunc(slices.Clone(now), func(f Found) bool { return !slices.Contains(before, f) })
}

// regular refuses links: a data package that is only pointed to may be gone with the next drive.
func regular(entry fs.DirEntry) bool { return entry.Type().IsRegular() }

// Writable reports whether a file can be made in a folder, by making and removing one; when it cannot, as [Explain] says.
func Writable(dir string) error {
	file, err := os.CreateTemp(dir, ".feltbok-*"+PartSuffix)
	if err != nil {
		return Explain(dir, err)
	}
	return Explain(dir, errors.Join(file.Close(), os.Remove(file.Name())))
}

// SizeText writes a number of bytes for people: "640 kB", "1,2 MB", in English with a point.
func SizeText(bytes int64, lang string) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	value, unit := float64(max(bytes, 0)), 0
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1000
		unit++
	}
	decimals := 0
	if unit > 1 && value < 9.95 {
		decimals = 1
	}
	text := strconv.FormatFloat(value, 'f', decimals, 64)
	if lang != "en" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text + "\u00a0" + units[unit] // the two stay on one line
}
