package report

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/i18n"
)

// byteOrderMark lets a spreadsheet read the file as UTF-8.
const byteOrderMark = "\ufeff"

// Marks of hidden counts; see [Cell].
const (
	markSmall  = "<5"
	markHidden = "–"
)

// WriteFile writes figures with labels in a language; the ending of the name chooses the form, see [Endings]. An existing
// file is replaced, as a whole or not at all. Fault E-FILE when the form is unknown or the file cannot be written.
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
	switch {
	case !c.Hidden:
		return strconv.Itoa(c.Count)
	case c.Count < smallest:
		return markSmall
	}
	return markHidden
}

func (f *Figures) label(c Cell, t *i18n.Texts) string {
	if c.List == "" {
		return t.T("report.row." + c.Row)
	}
	if label := f.lists.Label(c.List, c.Row, t.Lang()); label != "" {
		return label
	}
	return c.Row
}

// cellJSON and figuresJSON are the document of docs/schema/report.schema.json.
type cellJSON struct {
	Table      string `json:"table"`
	Title      string `json:"title"`
	Definition string `json:"definition"`
	List       string `json:"code_list"`
	Row        string `json:"row"`
	Label      string `json:"label"`
	// Count is the number, or null when it is hidden; Shown is what to print: the number, "<5" or "–".
	Count *int   `json:"count"`
	Shown string `json:"shown"`
}

type figuresJSON struct {
	Format      string            `json:"format"`
	Report      string            `json:"report"`
	Title       string            `json:"title"`
	Purpose     string            `json:"purpose"`
	Mission     string            `json:"mission"`
	MissionCode string            `json:"mission_code"`
	Training    bool              `json:"training"`
	MadeAt      string            `json:"made_at"`
	MadeBy      string            `json:"made_by"`
	NewestWrite string            `json:"newest_write"`
	Language    string            `json:"language"`
	CodeLists   map[string]string `json:"code_lists"`
	Cells       []cellJSON        `json:"cells"`
}

const format = "feltbok-report/1"

func (f *Figures) writeJSON(w io.Writer, lang string) error {
	t := i18n.For(lang)
	out := figuresJSON{
		Format: format, Report: f.Kind, Title: t.T("report.kind." + f.Kind), Purpose: t.T("report.purpose." + f.Kind), Mission: f.Mission.String(),
		MissionCode: f.Code, Training: f.Training, MadeAt: moment(f.MadeAt), MadeBy: f.MadeBy, NewestWrite: moment(f.NewestWrite), Language: t.Lang(),
		CodeLists: f.CodeLists, Cells: []cellJSON{},
	}
	if out.CodeLists == nil {
		out.CodeLists = map[string]string{}
	}
	for _, c := range f.Cells {
		cell := cellJSON{
			Table: c.Table, Title: t.T("report.table." + c.Table), Definition: t.T("report.definition." + c.Table), List: c.List, Row: c.Row, Label: f.label(c, t),
			Shown: c.shown(),
		}
		if !c.Hidden {
			cell.Count = &c.Count
		}
		out.Cells = append(out.Cells, cell)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

// moment is a time in UTC as RFC 3339, "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (f *Figures) writeCSV(w io.Writer, lang string) error {
	t := i18n.For(lang)
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma = ';' // what a Norwegian spreadsheet expects
	var head []string
	for _, column := range []string{"table", "row", "count", "definition", "mission", "data", "made", "by", "world"} {
		head = append(head, t.T("report.column."+column))
	}
	world := t.T("report.world.real")
	if f.Training {
		world = t.T("report.world.training")
	}
	rows := [][]string{head}
	for _, c := range f.Cells {
		rows = append(rows, []string{
			t.T("report.table." + c.Table), f.label(c, t), c.shown(), t.T("report.definition." + c.Table), f.Code, moment(f.NewestWrite), moment(f.MadeAt), f.MadeBy, world,
		})
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

// formulaSafe keeps a spreadsheet from reading a text as a formula: an apostrophe goes before what could begin one. "<5" and
// a number begin none.
func formulaSafe(text string) string {
	if strings.ContainsAny(text[:min(1, len(text))], "=+-@\t\r\n") || strings.HasPrefix(text, "＝") || strings.HasPrefix(text, "＋") || strings.HasPrefix(text, "＠") {
		return "'" + text
	}
	return text
}
