package xlsform

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxTable is the largest table that is read, in bytes.
const maxTable = 4 << 20

// table is one sheet.
type table struct {
	sheet  string
	header []string
	rows   []row
}

type row struct {
	number int
	cells  map[string]string // only those that are not empty, white space around cut
}

// readTable reads one sheet; faults go to the reader's list.
func (r *reader) readTable(fsys fs.FS, sheet string) table {
	t := table{sheet: sheet}
	at := func(row int) place { return place{sheet: sheet, row: row} }
	content, err := fs.ReadFile(fsys, path.Join(r.dir, sheet+".csv"))
	if err != nil {
		if sheet != "choices" || !errors.Is(err, fs.ErrNotExist) {
			r.fail(at(0), "cannot be read: %v", err)
		}
		return t
	}
	return r.parseTable(sheet, content)
}

// parseTable reads one sheet out of CSV.
func (r *reader) parseTable(sheet string, content []byte) table {
	t := table{sheet: sheet}
	at := func(row int) place { return place{sheet: sheet, row: row} }
	content = bytes.TrimPrefix(content, []byte("\uFEFF"))
	switch {
	case len(content) > maxTable:
		r.fail(at(0), "larger than %d MiB", maxTable>>20)
		return t
	case !utf8.Valid(content):
		r.fail(at(0), "not UTF-8: save as \"CSV UTF-8\"")
		return t
	}
	lines := csv.NewReader(bytes.NewReader(content))
	lines.FieldsPerRecord = -1
	number := 0
	for {
		number += blankLines(content[lines.InputOffset():]) + 1
		record, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			r.fail(at(number), "%s", csvFault(err))
			break
		}
		if t.header == nil {
			t.header = r.readHeader(at(number), record, canonicalColumn)
			continue
		}
		t.rows = append(t.rows, r.readRow(t.header, at(number), record))
	}
	if t.header == nil {
		r.fail(at(0), "has no row of headings")
	}
	return t
}

// blankLines counts the empty lines that the CSV reader will skip, so that rows keep the numbers of the file.
func blankLines(rest []byte) int {
	n := 0
	for {
		switch {
		case bytes.HasPrefix(rest, []byte("\n")):
			rest = rest[1:]
		case bytes.HasPrefix(rest, []byte("\r\n")):
			rest = rest[2:]
		default:
			return n
		}
		n++
	}
}

func csvFault(err error) string {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Sprintf("not a CSV row: %v (line %d, byte %d)", parse.Err, parse.Line, parse.Column)
	}
	return err.Error()
}

func (r *reader) readHeader(at place, record []string, canonical func(string) string) []string {
	header := make([]string, len(record))
	for i, cell := range record {
		name := canonical(strings.TrimSpace(cell))
		if name != "" && slices.Contains(header[:i], name) {
			r.fail(at.column(name), "the column stands there twice")
			name = ""
		}
		header[i] = name
	}
	return header
}

func (r *reader) readRow(header []string, at place, record []string) row {
	cells := make(map[string]string)
	for i, cell := range record {
		cell = strings.TrimSpace(cell)
		switch {
		case cell == "":
		case i >= len(header) || header[i] == "":
			r.fail(at, "a cell stands in a column without a heading: %q", shorten(cell))
		default:
			cells[header[i]] = cell
		}
	}
	return row{number: at.row, cells: cells}
}

func shorten(s string) string {
	runes := []rune(s)
	if len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return s
}

// canonicalColumn gives the heading as this package writes it: label::Bokmål (nb) becomes label::nb.
func canonicalColumn(name string) string {
	switch name {
	case "readonly":
		return "read_only"
	case "relevance":
		return "relevant"
	case "list name":
		return "list_name"
	}
	base, lang, ok := strings.Cut(name, "::")
	if !ok || !slices.Contains(textColumns, strings.TrimSpace(base)) {
		return name
	}
	lang = strings.TrimSpace(lang)
	if open := strings.LastIndexByte(lang, '('); open >= 0 && strings.HasSuffix(lang, ")") {
		lang = strings.TrimSpace(lang[open+1 : len(lang)-1])
	}
	return strings.TrimSpace(base) + "::" + lang
}

// textColumns are the columns that exist once for each language.
var textColumns = []string{"label", "hint", "guidance_hint", "required_message", "constraint_message", "form_title"}

// plainColumns are the survey's other columns that have an effect.
var plainColumns = []string{
	"type", "name", "required", "relevant", "constraint", "calculation", "choice_filter", "appearance", "default", "read_only",
	"parameters", countColumn, severityColumn, minimumColumn, classColumn,
}

const (
	countColumn    = "repeat_count"
	severityColumn = "bind::feltbok:severity"
	minimumColumn  = "bind::feltbok:minimum"
	classColumn    = "bind::feltbok:class"
)

// labels collects one text in all languages and asks for those that every set must have.
func (r *reader) labels(t table, row row, base string, must bool) Labels {
	found := make(Labels)
	for _, column := range t.header {
		if lang, ok := strings.CutPrefix(column, base+"::"); ok && row.cells[column] != "" {
			found[lang] = row.cells[column]
		}
	}
	if r.set.Foreign {
		return r.foreignLabels(t, row, base, must, found)
	}
	if text := row.cells[base]; text != "" {
		r.fail(place{t.sheet, row.number, base}, "needs a language, as in %s::nb", base)
	}
	if len(found) == 0 && !must {
		return nil
	}
	for _, lang := range Languages {
		if found[lang] == "" {
			r.fail(place{t.sheet, row.number, base + "::" + lang}, "the text is missing")
		}
	}
	return found
}
