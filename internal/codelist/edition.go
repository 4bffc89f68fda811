package codelist

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fixed reports whether the program itself gives a list its meaning: its codes are Go constants, and an edition of it would
// offer what no program understands.
func Fixed(name string) bool { return slices.Contains(fixed, name) }

var fixed = []string{
	"interview_status", "missing", "role", "source", "status", "target_groups", "verification", "want_to_live_near", "yes_no",
}

// Columns are the headings of a list in a file, in their usual order. All but the last three must be there.
func Columns() []string { return slices.Clone(columns) }

// ErrColumns is wrapped by what [FromTable] says of headings that are missing.
var ErrColumns = errors.New("a list has the headings code, nb, nn and en, and may have valid_from, valid_to and also")

// FromTable reads the entries of an edition from a table whose headings stand in any order; headings that a list does not have
// are not read. The errors name the row, counted from the first under the headings; see also [ErrColumns].
func FromTable(headings []string, rows [][]string) ([]Entry, error) {
	at := make([]int, len(columns))
	for i, column := range columns {
		at[i] = slices.IndexFunc(headings, func(heading string) bool { return strings.EqualFold(strings.TrimSpace(heading), column) })
		if at[i] < 0 && i < 4 {
			return nil, fmt.Errorf("no heading %q: %w", column, ErrColumns)
		}
	}
	entries := make([]Entry, 0, len(rows))
	seen := map[string]int{}
	for i, row := range rows {
		cells := make([]string, len(columns))
		for c := range columns {
			if at[c] >= 0 && at[c] < len(row) {
				cells[c] = strings.TrimSpace(row[at[c]])
			}
		}
		if strings.Join(cells, "") == "" {
			continue
		}
		e, err := entryOf(cells)
		switch {
		case err != nil:
			return nil, &RowError{Row: i + 1, Err: err}
		case len(e.Code) > longestCode || strings.ContainsFunc(e.Code, func(r rune) bool { return r <= ' ' || strings.ContainsRune(",;/", r) }):
			return nil, &RowError{Row: i + 1, Err: errors.New("a code has no space, comma, semicolon or stroke")}
		case seen[e.Code] > 0:
			return nil, &RowError{Row: i + 1, Err: fmt.Errorf("the code stands in row %d already", seen[e.Code])}
		}
		seen[e.Code] = i + 1
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, errors.New("no codes")
	}
	return entries, nil
}

// longestCode in bytes.
const longestCode = 64

// RowError says which row of a table is no entry.
type RowError struct {
	Row int // from 1, the first under the headings
	Err error
}

// Error gives the row and the cause.
func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

// Unwrap returns the cause.
func (e *RowError) Unwrap() error { return e.Err }

// Rows gives entries as the rows of the field code_list.entries; empty cells are left out.
func Rows(entries []Entry) []map[string]string {
	rows := make([]map[string]string, len(entries))
	for i, e := range entries {
		rows[i] = map[string]string{}
		for c, cell := range []string{e.Code, e.labels[0], e.labels[1], e.labels[2], e.ValidFrom, e.ValidTo, strings.Join(e.Also, ";")} {
			if cell != "" {
				rows[i][columns[c]] = cell
			}
		}
	}
	return rows
}

// FromRows reads what [Rows] wrote.
func FromRows(rows []map[string]string) ([]Entry, error) {
	table := make([][]string, len(rows))
	for i, row := range rows {
		table[i] = make([]string, len(columns))
		for c, column := range columns {
			table[i][c] = row[column]
		}
	}
	return FromTable(columns, table)
}

// Difference is what an edition changes of the list in use.
type Difference struct {
	// Added, Renamed and Ended are codes in the order of the edition: new ones, those with another label, those that get an
	// end or another one.
	Added, Renamed, Ended []string
	// Lost are codes in use that the edition does not have. A code once known stays: it is ended by valid_to.
	Lost []string
}

// Empty reports whether nothing is different.
func (d Difference) Empty() bool { return len(d.Added)+len(d.Renamed)+len(d.Ended)+len(d.Lost) == 0 }

// Compare says what entries would change of a list.
func (x *Lists) Compare(name string, entries []Entry) (d Difference) {
	kept := map[string]bool{}
	for _, e := range entries {
		kept[e.Code] = true
		old, known := x.Find(name, e.Code)
		switch {
		case !known:
			d.Added = append(d.Added, e.Code)
			continue
		case old.labels != e.labels:
			d.Renamed = append(d.Renamed, e.Code)
		}
		if old.ValidTo != e.ValidTo {
			d.Ended = append(d.Ended, e.Code)
		}
	}
	for _, old := range x.Entries(name) {
		if !kept[old.Code] {
			d.Lost = append(d.Lost, old.Code)
		}
	}
	return d
}
