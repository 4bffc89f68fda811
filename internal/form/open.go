package form

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/sheet"
)

// Open reads a form that others made from where its makers left it: an XLSX workbook, a folder with survey.csv, or a set as one document,
// which [Encode] wrote and to which the options do not apply. The CSV files that it names are looked for beside it, unless the options say
// where. One of the program's own sets is read as well. Faults: E-FILE, L-SIZE, and those of [Import]; an *Errors when the form has faults.
func Open(name string, o ImportOptions) (*Set, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(name), err)
	}
	if o.Files == nil {
		o.Files = os.DirFS(filepath.Dir(name))
		if info.IsDir() {
			o.Files = os.DirFS(name)
		}
	}
	if info.IsDir() {
		whole, err := filepath.Abs(name)
		if err != nil {
			return nil, fault.New("E-FILE", filepath.Base(name), err)
		}
		return ImportFolder(os.DirFS(filepath.Dir(whole)), filepath.Base(whole), o)
	}
	if info.Size() > sheet.MaxFile {
		return nil, fault.Newf("L-SIZE", filepath.Base(name), "%d bytes", info.Size())
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(name), err)
	}
	if strings.EqualFold(filepath.Ext(name), ".json") {
		return Decode(content)
	}
	return Import(filepath.Base(name), content, o)
}

// IsOwn reports whether a folder holds tables of the program's own dialect: its settings name an object that is no response to a form.
func IsOwn(fsys fs.FS, dir string) bool {
	file, err := fsys.Open(path.Join(dir, "settings.csv"))
	if err != nil {
		return false
	}
	defer file.Close()
	lines := csv.NewReader(file)
	lines.FieldsPerRecord = -1
	header, err := lines.Read()
	if err != nil {
		return false
	}
	at := slices.IndexFunc(header, func(cell string) bool { return strings.Trim(cell, " \ufeff") == "object" })
	row, err := lines.Read()
	return at >= 0 && (err != nil || at >= len(row) || !slices.Contains(domain.ResponseTypes(), domain.Type(strings.TrimSpace(row[at]))))
}

// Addressed is a set that others made with a type for its responses and with whom it is about: what its publisher says of it. The error is
// that of reading a set.
func Addressed(set *Set, object, subject domain.Type) (*Set, error) {
	if !set.Foreign {
		return nil, errors.New("a set of the program's own has its object")
	}
	return rewritten(set, map[string]string{"object": string(object), "subject": string(subject)})
}

// Numbered is a set that others made under another version.
func Numbered(set *Set, version string) (*Set, error) {
	return rewritten(set, map[string]string{"version": version})
}

func rewritten(set *Set, settings map[string]string) (*Set, error) {
	tables, err := TablesOf(set)
	if err != nil {
		return nil, err
	}
	for column, cell := range settings {
		tables.Settings[0][column] = cell
	}
	made, err := tables.Load(nil)
	if err != nil {
		return nil, err
	}
	made.Unnumbered = set.Unnumbered && settings["version"] == ""
	made.Warnings = set.Warnings
	return made, nil
}
