package sheet

import (
	"bytes"
	"path"
	"strings"

	"feltbok/internal/fault"
)

// Grid is one sheet of a workbook as it stands: no headings are looked for and merged cells are not filled.
type Grid struct {
	Name string
	// Rows are those with something in them, in order, with the numbers that a person sees. Cells are as in [Row]; a yes or no of the
	// spreadsheet program is "yes" or "no".
	Rows []Row
}

// Grids reads the sheets of a workbook whose names are wanted, hidden ones too. Faults: L-SIZE, L-FORMAT, L-EMPTY.
func Grids(name string, content []byte, wanted func(name string) bool) ([]Grid, error) {
	r := &reading{name: path.Base(strings.ReplaceAll(name, `\`, "/"))}
	switch {
	case len(content) > MaxFile:
		return nil, fault.Newf("L-SIZE", r.name, "%d bytes", len(content))
	case len(bytes.TrimSpace(content)) == 0:
		return nil, fault.Newf("L-EMPTY", r.name, "no bytes")
	case !bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return nil, fault.Newf("L-FORMAT", r.name, "no workbook of today's format")
	}
	b, err := openWorkbook(content)
	if err != nil {
		return nil, r.refused(err)
	}
	var grids []Grid
	for _, s := range b.sheets {
		if !wanted(s.name) {
			continue
		}
		rows, _, err := r.sheet(b, s)
		if err != nil {
			return nil, r.refused(err)
		}
		grids = append(grids, Grid{Name: s.name, Rows: rows})
	}
	return grids, nil
}
