package form

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"feltbok/internal/form/xlsform"
	"feltbok/internal/sheet"
)

// ImportOptions say how a form that others made is taken in, see feltbok/internal/form/xlsform.
type ImportOptions = xlsform.Options

// Errors are all faults of a set, with sheet, row, column and reason; see feltbok/internal/form/xlsform.
type Errors = xlsform.Errors

// formSheets are the sheets of a form that are read.
func formSheet(name string) bool {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "survey", "choices", "settings", "external_choices":
		return true
	}
	return false
}

// Import reads an XLSForm workbook that others made. name is that of the file; content is XLSX. The set is [Set].Foreign and has a
// version in any case. The error is an *Errors with every fault, or a fault L-SIZE, L-FORMAT or L-EMPTY when the file is no workbook.
func Import(name string, content []byte, o ImportOptions) (*Set, error) {
	grids, err := sheet.Grids(name, content, formSheet)
	if err != nil {
		return nil, err
	}
	set, err := xlsform.ReadForeign(name, grids, catalogue{}, o)
	if err != nil {
		return nil, fmt.Errorf("import question set: %w", err)
	}
	return set, nil
}

// ImportFolder is Import for a folder with survey.csv, choices.csv and settings.csv, the last two of which may be missing. Other CSV files
// of the folder are what the form names. A folder with a set of the program's own is read by [Load].
func ImportFolder(fsys fs.FS, dir string, o ImportOptions) (*Set, error) {
	var grids []sheet.Grid
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("import question set: %w", err)
	}
	for _, entry := range entries {
		name, isTable := strings.CutSuffix(strings.ToLower(entry.Name()), ".csv")
		if !isTable || !formSheet(name) {
			continue
		}
		content, err := fs.ReadFile(fsys, path.Join(dir, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("import question set: %w", err)
		}
		grid, err := gridOf(name, content)
		if err != nil {
			return nil, fmt.Errorf("import question set: %w", err)
		}
		grids = append(grids, grid)
	}
	if o.Files == nil {
		if o.Files, err = fs.Sub(fsys, dir); err != nil {
			return nil, fmt.Errorf("import question set: %w", err)
		}
	}
	set, err := xlsform.ReadForeign(path.Base(dir), grids, catalogue{}, o)
	if err != nil {
		return nil, fmt.Errorf("import question set: %w", err)
	}
	return set, nil
}

// gridOf reads a sheet out of CSV. A row keeps the number of the line on which it begins.
func gridOf(name string, content []byte) (sheet.Grid, error) {
	refuse := func(format string, args ...any) error {
		return &Errors{Set: name, Problems: []xlsform.Problem{{Code: "Q-SHEET", Sheet: name, Message: fmt.Sprintf(format, args...)}}}
	}
	content = bytes.TrimPrefix(content, []byte("\uFEFF"))
	switch {
	case len(content) > sheet.MaxFile:
		return sheet.Grid{}, refuse("larger than %d MiB", sheet.MaxFile>>20)
	case !utf8.Valid(content):
		return sheet.Grid{}, refuse("not UTF-8: save as \"CSV UTF-8\"")
	}
	grid := sheet.Grid{Name: name}
	lines := csv.NewReader(bytes.NewReader(content))
	lines.FieldsPerRecord = -1
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return grid, nil
		}
		if err != nil {
			return sheet.Grid{}, refuse("%v", err)
		}
		line, _ := lines.FieldPos(0)
		grid.Rows = append(grid.Rows, sheet.Row{Number: line, Cells: record})
	}
}

// Files gives a set as the files of its folder, by name: survey.csv, settings.csv, and choices.csv when it has lists of its own.
func Files(set *Set) (map[string][]byte, error) {
	tables, err := xlsform.Write(set)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"survey.csv": tables.Survey, "settings.csv": tables.Settings}
	if len(set.Lists) > 0 {
		files["choices.csv"] = tables.Choices
	}
	return files, nil
}

// Workbook gives a set as an XLSX workbook with the sheets survey, choices and settings.
func Workbook(set *Set) ([]byte, error) {
	tables, err := xlsform.Write(set)
	if err != nil {
		return nil, err
	}
	var grids []sheet.Grid
	for _, part := range []struct {
		name    string
		content []byte
	}{{"survey", tables.Survey}, {"choices", tables.Choices}, {"settings", tables.Settings}} {
		lines, err := csv.NewReader(bytes.NewReader(part.content)).ReadAll()
		if err != nil {
			return nil, fmt.Errorf("write workbook of %s: %w", set.ID, err)
		}
		grid := sheet.Grid{Name: part.name}
		for i, line := range lines {
			grid.Rows = append(grid.Rows, sheet.Row{Number: i + 1, Cells: line})
		}
		grids = append(grids, grid)
	}
	return sheet.Write(grids)
}
