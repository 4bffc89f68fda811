package report

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"feltbok/internal/codelist"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/i18n"
)

// byteOrderMark lets a spreadsheet read the file as UTF-8.
const byteOrderMark = "\ufeff"

// WriteFile writes figures with labels in a language; the ending of the name chooses the form: .json or .csv. Fault
// E-FILE when the form is unknown or the file cannot be written.
func WriteFile(path string, f *Figures, lang string) error {
	var write func(io.Writer) error
	switch filepath.Ext(path) {
	case ".json":
		write = func(w io.Writer) error { return f.writeJSON(w, lang) }
	case ".csv":
		write = func(w io.Writer) error { return f.writeCSV(w, lang) }
	default:
		return fault.Newf("E-FILE", filepath.Base(path), "no report in this form")
	}
	if err := fsx.WriteAtomic(path, write); err != nil {
		return fault.New("E-FILE", filepath.Base(path), err)
	}
	return nil
}

// shown is the count as it may leave the register.
func (c Cell) shown() string {
	if c.Hidden {
		if c.Count < smallest {
			return "<" + strconv.Itoa(smallest)
		}
		return "–"
	}
	return strconv.Itoa(c.Count)
}

func (c Cell) label(t *i18n.Texts) string {
	if c.List != "" {
		if label := codelist.Label(c.List, c.Row, t.Lang()); label != "" {
			return label
		}
		return c.Row
	}
	return t.T("report.row." + c.Row)
}

func (f *Figures) writeJSON(w io.Writer, lang string) error {
	t := i18n.For(lang)
	type cell struct {
		Table      string `json:"table"`
		Title      string `json:"title"`
		Definition string `json:"definition"`
		Row        string `json:"row"`
		Label      string `json:"label"`
		Count      string `json:"count"`
	}
	out := struct {
		Report   string `json:"report"`
		Mission  string `json:"mission"`
		MadeAt   string `json:"made_at"`
		MadeBy   string `json:"made_by"`
		Language string `json:"language"`
		Cells    []cell `json:"cells"`
	}{f.Kind, f.Code, f.MadeAt.UTC().Format(time.RFC3339), f.MadeBy, t.Lang(), []cell{}}
	for _, c := range f.Cells {
		out.Cells = append(out.Cells, cell{c.Table, t.T("report.table." + c.Table), t.T("report.definition." + c.Table), c.Row, c.label(t), c.shown()})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

func (f *Figures) writeCSV(w io.Writer, lang string) error {
	t := i18n.For(lang)
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma = ';' // what a Norwegian spreadsheet expects
	rows := [][]string{{t.T("report.column.table"), t.T("report.column.row"), t.T("report.column.count"), t.T("report.column.definition")}}
	for _, c := range f.Cells {
		rows = append(rows, []string{t.T("report.table." + c.Table), c.label(t), c.shown(), t.T("report.definition." + c.Table)})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = formulaSafe(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// formulaSafe keeps a spreadsheet from reading a text as a formula. "<5" is none.
func formulaSafe(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
