package xlsform

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"feltbok/internal/domain"
	"feltbok/internal/sheet"
)

// Options say how a form that others made is taken in.
type Options struct {
	// ID and Version stand for form_id and version of the settings; empty: what the form says, cut to the letters that are
	// allowed. Without any version the set gets the beginning of its content's hash.
	ID, Version string
	// Subject is what the set is asked about, see [Set]; empty: person.
	Subject domain.Type
	// Files holds the CSV files that the form names, in its root or in a folder "media"; nil: none.
	Files fs.FS
	// LeaveOut leaves out questions that have no place here (Q-MEDIA, Q-PLACE) instead of refusing the form. Each is a warning. What
	// refers to them is refused all the same.
	LeaveOut bool
}

// foreignOrder puts the sets of others behind the own ones.
const foreignOrder = 1000

// ReadForeign reads a form that others made out of its sheets: rows as they stand, the headings first. name is that of the file. The
// set's questions are its own, no fields of the record. The error is *[Errors] and holds every fault; nothing is taken in half.
func ReadForeign(name string, grids []sheet.Grid, codes Catalogue, o Options) (*Set, error) {
	r := &reader{dir: name, codes: codes, options: &o, set: &Set{Lists: make(map[string][]Choice), Foreign: true}, headings: map[place]string{}}
	tables := map[string]table{}
	for _, g := range grids {
		known := strings.ToLower(strings.TrimSpace(g.Name))
		if _, twice := tables[known]; twice {
			r.fail(place{sheet: known}, "the sheet stands there twice")
			continue
		}
		tables[known] = r.tableOf(known, g.Rows)
	}
	if _, ok := tables[surveySheet]; !ok {
		r.fail(place{sheet: surveySheet}, "there is no sheet of this name")
	}
	settings, choices, survey := tables["settings"], tables["choices"], tables[surveySheet]
	settings.sheet, choices.sheet, survey.sheet = "settings", "choices", surveySheet
	if r.set.Foreign = settings.header == nil || foreign(settings); !r.set.Foreign { // one of the program's own, as a workbook
		r.dir = ""
	}
	r.external(tables["external_choices"], &choices)
	set, err := r.read(settings, choices, survey)
	if err != nil {
		return nil, err
	}
	if set.Version == "" {
		sheets, err := SheetsOf(set)
		if err != nil {
			return nil, err
		}
		set.Version, set.Unnumbered = sheets.Digest()[:8], true
	}
	return set, nil
}

// tableOf makes a table of the rows of a sheet.
func (r *reader) tableOf(name string, rows []sheet.Row) table {
	t := table{sheet: name}
	for _, cells := range rows {
		at := place{sheet: name, row: cells.Number}
		if t.header == nil {
			t.header = r.foreignHeader(at, cells.Cells)
			continue
		}
		for column, flaw := range cells.Flaws {
			heading := ""
			if column < len(t.header) {
				heading = t.header[column]
			}
			r.failAs("Q-SHEET", at.column(heading), "the cell cannot be taken: %s", flaw)
		}
		t.rows = append(t.rows, r.foreignRow(t.header, at, cells.Cells))
	}
	return t
}

// foreignRow is readRow for sheets in which people keep notes beside the table: what has no heading is left.
func (r *reader) foreignRow(header []string, at place, record []string) row {
	cells := make(map[string]string)
	for i, cell := range record {
		if cell = strings.TrimSpace(cell); cell != "" && i < len(header) && header[i] != "" {
			cells[header[i]] = cell
		}
	}
	return row{number: at.row, cells: cells}
}

// prepare brings the tables of a foreign form into the shape that the reader knows: types, names, paths and lists. What is in this
// shape already stays as it is.
func (r *reader) prepare(settings, choices, survey *table) {
	if r.options == nil {
		r.options = &Options{}
	}
	r.prepareSettings(settings)
	lang := Unnamed
	if text := settings.cell("default_language"); text != "" {
		lang = languageCode(text)
		settings.rows[0].cells["default_language"] = lang
	}
	for _, t := range []*table{settings, choices, survey} {
		r.nameLanguage(t, lang)
	}
	r.prepareChoices(choices)
	if survey.header == nil {
		return
	}
	r.prepareTypes(survey, choices)
	r.loadNamed(survey, choices)
	r.prepareNames(survey)
}

// cell returns a cell of the only row of the settings.
func (t *table) cell(column string) string {
	if len(t.rows) == 0 {
		return ""
	}
	return t.rows[0].cells[column]
}

// put writes a cell and makes its column.
func (t *table) put(at row, column, text string) {
	if !slices.Contains(t.header, column) {
		t.header = append(t.header, column)
	}
	at.cells[column] = text
}

// nameLanguage gives texts without a language one.
func (r *reader) nameLanguage(t *table, lang string) {
	for i, column := range t.header {
		if !slices.Contains(textColumns, column) {
			continue
		}
		named := column + "::" + lang
		if slices.Contains(t.header, named) { // both label and label::en
			named = column + "::" + Unnamed
		}
		t.header[i] = named
		if heading, ok := r.headings[place{sheet: t.sheet, col: column}]; ok {
			r.headings[place{sheet: t.sheet, col: named}] = heading
		} else if r.headings != nil {
			r.headings[place{sheet: t.sheet, col: named}] = column
		}
		for _, row := range t.rows {
			if text, ok := row.cells[column]; ok {
				row.cells[named] = text
				delete(row.cells, column)
			}
		}
	}
}

// prepareSettings fills what a set must say of itself.
func (r *reader) prepareSettings(t *table) {
	if len(t.rows) == 0 {
		t.header, t.rows = append(t.header, "form_id"), []row{{number: 2, cells: map[string]string{}}}
	}
	t.rows = t.rows[:1] // people keep notes below
	first := t.rows[0]
	o := r.options
	stem := strings.TrimSuffix(path.Base(r.dir), path.Ext(r.dir))
	set := func(column string, texts ...string) {
		for _, text := range texts {
			if text != "" {
				t.put(first, column, text)
				return
			}
		}
		delete(first.cells, column)
	}
	title := first.cells["form_title"]
	set("form_id", slug(o.ID), slug(first.cells["form_id"]), slug(title), slug(stem), "form")
	set("version", o.Version, versionOf(first.cells["version"]))
	set("subject", string(o.Subject), first.cells["subject"], "person")
	set("block", first.cells["block"], "F")
	set("order", first.cells["order"], strconv.Itoa(foreignOrder))
	titled := slices.ContainsFunc(t.header, func(column string) bool {
		return strings.HasPrefix(column, "form_title") && first.cells[column] != ""
	})
	if !titled {
		set("form_title", stem)
	}
}

// slug makes an identifier of a text: small letters, digits and "_".
func slug(text string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(strings.TrimSpace(text)) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9' && b.Len() > 0:
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
		if b.Len() == 40 {
			break
		}
	}
	return strings.Trim(b.String(), "_")
}

// versionOf keeps of a version what may stand in an operation.
func versionOf(text string) string {
	text = strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' {
			return c
		}
		return -1
	}, text)
	return text[:min(len(text), 20)]
}

// gap counts the texts that are missing in a language.
type gap struct{ count, row int }

// foreignLabels is labels for a set of others: what is missing is counted, and a question without any text shows its name.
func (r *reader) foreignLabels(t table, row row, base string, must bool, found Labels) Labels {
	for lang, text := range found {
		if !utf8.ValidString(text) {
			delete(found, lang)
		}
	}
	if len(found) == 0 {
		if !must {
			return nil
		}
		name := row.cells["name"]
		if base == "form_title" || name == "" {
			return found
		}
		r.countGap(place{sheet: t.sheet, col: base}, row.number)
		return Labels{Unnamed: name}
	}
	if _, named := found[Unnamed]; named && len(found) == 1 {
		return found
	}
	for _, column := range t.header {
		if lang, ok := strings.CutPrefix(column, base+"::"); ok && found[lang] == "" && lang != Unnamed {
			r.countGap(place{sheet: t.sheet, col: column}, row.number)
		}
	}
	return found
}

func (r *reader) countGap(at place, row int) {
	if r.missing == nil {
		r.missing = map[place]*gap{}
	}
	if r.missing[at] == nil {
		r.missing[at] = &gap{row: row}
	}
	r.missing[at].count++
}

// reportGaps warns once for each column in which texts are missing.
func (r *reader) reportGaps() {
	for at, found := range r.missing {
		what := "texts are missing; another language is shown"
		if !strings.Contains(at.col, "::") {
			what = "rows have no text; the name is shown"
		}
		at.row = found.row
		r.warn(at, "%s", fmt.Sprintf("%d %s", found.count, what))
	}
}
