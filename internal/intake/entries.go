package intake

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"feltbok/internal/codelist"
	"feltbok/internal/fault"
	"feltbok/internal/sheet"
)

// OpenEntries reads a code list from a file as an office keeps it, CSV, XLSX or JSON, and says which list the file is named
// after, "municipality" for "municipality.csv" or "Municipality 2027.xlsx". Faults: E-FILE, those of [sheet.Read], C-COLUMNS,
// C-ROW with the number of the row in the file.
func OpenEntries(path string) (entries []codelist.Entry, name string, err error) {
	content, err := content(path)
	if err != nil {
		return nil, "", err
	}
	file := filepath.Base(path)
	t, err := sheet.Read(file, content, sheet.Options{Known: func(heading string) bool {
		return slices.Contains(codelist.Columns(), strings.ToLower(strings.TrimSpace(heading)))
	}})
	if err != nil {
		return nil, "", err
	}
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		if len(row.Flaws) > 0 {
			return nil, "", fault.Newf("C-ROW", strconv.Itoa(row.Number), "a cell that cannot be taken")
		}
		rows[i] = row.Cells
	}
	entries, err = codelist.FromTable(t.Columns, rows)
	var bad *codelist.RowError
	switch {
	case errors.As(err, &bad):
		return nil, "", fault.New("C-ROW", strconv.Itoa(t.Rows[bad.Row-1].Number), bad.Err)
	case err != nil:
		return nil, "", fault.New("C-COLUMNS", file, err)
	}
	name = strings.ToLower(strings.TrimSuffix(file, filepath.Ext(file)))
	if end := strings.IndexFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }); end > 0 {
		name = name[:end]
	}
	return entries, name, nil
}
