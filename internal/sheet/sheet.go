// Package sheet reads a list that an office sends, as CSV, XLSX or JSON, into one table of texts with the row numbers that a
// person sees in the file. It knows nothing about cases, persons or questions: which column means what is decided by
// [feltbok/internal/intake].
//
// A list comes from outside and is not trusted. Everything happens in memory, for an unpacked list on a disk would be names
// in the clear; what a file may unpack to is limited before it is unpacked; a formula is never worked out, only the value
// that the spreadsheet program stored beside it is taken.
package sheet

import (
	"bytes"
	"path"
	"strings"

	"feltbok/internal/fault"
)

// Limits of a list. A mission has some hundred persons; the yearly quota some thousand.
const (
	MaxFile    = 16 << 20 // bytes of the file
	MaxRows    = 20_000
	MaxColumns = 200
	MaxCell    = 4_000 // characters
	// maxUnpacked is what one part of a workbook, and what all parts read together, may unpack to, in bytes.
	maxUnpacked = 64 << 20
)

// Format is the kind of file.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
	JSON Format = "json"
)

// Flaw says why a cell cannot be taken as it stands.
type Flaw string

// The flaws.
const (
	Formula  Flaw = "FORMULA"   // a text that a spreadsheet program would carry out
	NoValue  Flaw = "NO_VALUE"  // a formula without the value it had
	Erring   Flaw = "ERRING"    // an error of the spreadsheet program, such as #N/A
	TooLong  Flaw = "TOO_LONG"  // more than MaxCell characters
	Binary   Flaw = "BINARY"    // control characters
	NotAText Flaw = "NOT_TEXT"  // a list or object in JSON where a text is expected
	NoHead   Flaw = "NO_HEADER" // stands to the right of the last heading
)

// Table is what a list says, before anybody asked what its columns mean.
type Table struct {
	Format Format
	// Encoding is "UTF-8", "UTF-16LE", "UTF-16BE" or "Windows-1252"; empty for XLSX.
	Encoding string
	// Separator of a CSV, else 0.
	Separator rune
	// Sheet is the one that was read, Sheets are all that a person can see in the workbook; empty for other formats.
	Sheet  string
	Sheets []string
	// Header is the row number of the headings, 0 in JSON.
	Header  int
	Columns []string
	Rows    []Row
	// Hidden counts the rows that the spreadsheet program does not show. They are read like the others.
	Hidden int
}

// Row is one line under the headings.
type Row struct {
	// Number is the row in the spreadsheet, the line in the CSV on which it begins, or the place in the JSON array, from 1.
	Number int
	Hidden bool
	// Cells has one text for each column, in Unicode as it stands, white space around it cut. Dates of a workbook are
	// YYYY-MM-DD, or less when the format of the cell shows less.
	Cells []string
	// Flaws, by column; nil when there are none. A cell with a flaw is not to be taken.
	Flaws map[int]Flaw
}

// Options steer [Read].
type Options struct {
	// Sheet of a workbook; empty means the first visible one that has headings.
	Sheet string
	// Known reports whether a heading is one that the reader of the table recognises. The row with the most of them, among the
	// first twenty, has the headings. Nil recognises none; then the first row with two texts has them.
	Known func(heading string) bool
}

// Read reads a list. name decides nothing but is named in faults: what a file is, is seen from its first bytes.
// Faults: L-SIZE, L-FORMAT, L-ENCODING, L-EMPTY.
func Read(name string, content []byte, o Options) (*Table, error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if len(content) > MaxFile {
		return nil, fault.Newf("L-SIZE", name, "%d bytes", len(content))
	}
	if o.Known == nil {
		o.Known = func(string) bool { return false }
	}
	r := &reading{name: name, o: o}
	var t *Table
	var err error
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		return nil, fault.Newf("L-EMPTY", name, "no bytes")
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		t, err = r.readWorkbook(content)
	case bytes.HasPrefix(content, []byte("\xD0\xCF\x11\xE0")):
		return nil, fault.Newf("L-FORMAT", name, "an old or locked workbook")
	default:
		t, err = r.readText(content)
	}
	if err != nil {
		return nil, err
	}
	if len(t.Rows) == 0 || len(t.Columns) == 0 {
		return nil, fault.Newf("L-EMPTY", name, "no rows under the headings")
	}
	for i := range t.Rows {
		t.Rows[i].judge(len(t.Columns))
		if t.Rows[i].Hidden {
			t.Hidden++
		}
	}
	return t, nil
}

// reading is one call of Read.
type reading struct {
	name string
	o    Options
}

// readText reads what is no workbook: JSON when it begins like it, else CSV.
func (r *reading) readText(content []byte) (*Table, error) {
	text, encoding, err := decode(content)
	if err != nil {
		return nil, fault.New("L-ENCODING", r.name, err)
	}
	read := r.readCSV
	if begin := strings.TrimLeft(text, " \t\r\n"); strings.HasPrefix(begin, "[") || strings.HasPrefix(begin, "{") {
		read = r.readJSON
	}
	t, err := read(text)
	if err != nil {
		return nil, err
	}
	t.Encoding = encoding
	return t, nil
}

// judge finds the flaws of the cells, and makes the row as long as there are columns.
func (r *Row) judge(columns int) {
	for i, cell := range r.Cells {
		if _, known := r.Flaws[i]; known {
			continue
		}
		if flaw := flawOf(cell); flaw != "" {
			r.flaw(i, flaw)
		}
	}
	for i := columns; i < len(r.Cells); i++ {
		if r.Cells[i] != "" {
			r.flaw(columns, NoHead)
			break
		}
	}
	cells := make([]string, columns)
	copy(cells, r.Cells)
	r.Cells = cells
}

func (r *Row) flaw(column int, flaw Flaw) {
	if r.Flaws == nil {
		r.Flaws = map[int]Flaw{}
	}
	r.Flaws[column] = flaw
}

// empty reports whether there is nothing in the row.
func (r *Row) empty() bool {
	for _, cell := range r.Cells {
		if cell != "" {
			return false
		}
	}
	return len(r.Flaws) == 0
}

// flawOf judges a text. A sign at its beginning makes it a formula, unless what follows can only be a number or a telephone
// number, or nothing at all: a lone dash is how people leave a cell empty.
func flawOf(cell string) Flaw {
	if cell == "" {
		return ""
	}
	length := 0
	for _, c := range cell {
		length++
		if c < 0x20 && c != '\n' && c != '\t' && c != '\r' || c == 0x7f {
			return Binary
		}
	}
	if length > MaxCell {
		return TooLong
	}
	switch cell[0] {
	case '=', '@':
		return Formula
	case '+', '-':
		if strings.Trim(cell[1:], "0123456789 ()./-") != "" {
			return Formula
		}
	}
	return ""
}
