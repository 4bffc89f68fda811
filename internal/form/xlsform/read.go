package xlsform

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/form/expr"
)

// CodeLists tells which codes the code lists have. A list that choices.csv does not hold is asked for here.
type CodeLists interface {
	// Known reports whether there is a list of the name.
	Known(list string) bool
	// Has reports whether the list has the code.
	Has(list, code string) bool
}

// Catalogue is what a set is checked against: the code lists and the table of object types.
type Catalogue interface {
	CodeLists
	// Info finds an object type, as domain.Info does.
	Info(domain.Type) (domain.TypeInfo, bool)
}

type reader struct {
	dir      string
	codes    Catalogue
	set      *Set
	problems []Problem
	headings map[place]string // sheet and column as this package names it → the heading in the file; nil: the same

	lost    map[string]bool // names of rows that were refused: what refers to them is no fault of its own
	options *Options        // of a set that others made
	missing map[place]*gap  // texts that a foreign set has not in all its languages
}

type place struct {
	sheet string
	row   int
	col   string
}

func (p place) column(name string) place { p.col = name; return p }

func (r *reader) fail(at place, format string, args ...any) {
	r.failAs(reasonOf(at), at, format, args...)
}

// failAs reports a fault under a reason of its own.
func (r *reader) failAs(code string, at place, format string, args ...any) {
	column := at.col
	if heading, ok := r.headings[place{sheet: at.sheet, col: at.col}]; ok {
		column = heading
	}
	r.problems = append(r.problems, Problem{Code: code, Sheet: at.sheet, Row: at.row, Column: column, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) warn(at place, format string, args ...any) {
	r.fail(at, format, args...)
	r.problems[len(r.problems)-1].Warning = true
}

// failExpression reports a fault of an expression with the character inside the cell.
func (r *reader) failExpression(at place, char int, format string, args ...any) {
	r.fail(at, format, args...)
	r.problems[len(r.problems)-1].Char = char
}

// Read reads the set in a folder. The error is *[Errors] and holds every fault that was found; the set is then nil.
func Read(fsys fs.FS, dir string, codes Catalogue) (*Set, error) {
	r := &reader{dir: dir, codes: codes, set: &Set{Lists: make(map[string][]Choice)}}
	settings := r.readTable(fsys, "settings")
	choices := r.readTable(fsys, "choices")
	survey := r.readTable(fsys, "survey")
	r.set.Foreign = foreign(settings)
	return r.read(settings, choices, survey)
}

// ReadTables is Read for tables that are in memory.
func ReadTables(t Tables, codes Catalogue) (*Set, error) {
	r := &reader{codes: codes, set: &Set{Lists: make(map[string][]Choice)}}
	settings, choices, survey := r.parseTable("settings", t.Settings), table{sheet: "choices"}, r.parseTable(surveySheet, t.Survey)
	if len(bytes.TrimSpace(t.Choices)) > 0 {
		choices = r.parseTable("choices", t.Choices)
	}
	r.set.Foreign = foreign(settings)
	return r.read(settings, choices, survey)
}

// foreign reports whether the settings are those of a set that others made: they name no object, or a type of responses.
func foreign(settings table) bool {
	object := domain.Type(settings.cell("object"))
	return settings.header != nil && (!slices.Contains(settings.header, "object") || slices.Contains(domain.ResponseTypes(), object))
}

// read makes the set out of its tables.
func (r *reader) read(settings, choices, survey table) (*Set, error) {
	if r.set.Foreign {
		r.prepare(&settings, &choices, &survey)
	}
	r.readSettings(settings)
	r.readChoices(choices)
	r.readSurvey(survey)
	if r.set.Items != nil {
		r.check()
	}
	r.reportGaps()
	sortProblems(r.problems)
	faults := &Errors{Set: path.Base(r.dir)}
	for _, p := range r.problems {
		if p.Warning {
			r.set.Warnings = append(r.set.Warnings, p)
		} else {
			faults.Problems = append(faults.Problems, p)
		}
	}
	if len(faults.Problems) > 0 {
		return nil, faults
	}
	return r.set, nil
}

// sortProblems puts faults in the order in which a person goes through the sheets.
func sortProblems(problems []Problem) {
	sheets := []string{"settings", surveySheet, "choices"}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		if a.Sheet != b.Sheet {
			return slices.Index(sheets, a.Sheet) - slices.Index(sheets, b.Sheet)
		}
		return a.Row - b.Row
	})
}

var (
	setID   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	version = regexp.MustCompile(`^[0-9A-Za-z.]{1,20}$`)
	code    = regexp.MustCompile(`^[0-9A-Za-z_.+-]{1,64}$`)

	foreignList = regexp.MustCompile(`^[^\s"'\x60/]{1,64}$`)
	foreignCode = regexp.MustCompile(`^[^\s]{1,64}$`)
)

var (
	settingsColumns = []string{"form_id", "version", "default_language", "object", "subject", "block", "order", "applies"}
	subjects        = []domain.Type{"person", "household", "case", "interview", "mission"}
)

func (r *reader) readSettings(t table) {
	if t.header == nil {
		return
	}
	if len(t.rows) != 1 {
		r.fail(place{sheet: t.sheet}, "needs one row under the headings, has %d", len(t.rows))
	}
	if len(t.rows) == 0 {
		return
	}
	first, s := t.rows[0], r.set
	at := func(column string) place { return place{t.sheet, first.number, column} }
	s.Title = r.labels(t, first, "form_title", true)
	s.ID, s.Version, s.DefaultLanguage, s.Block = first.cells["form_id"], first.cells["version"], first.cells["default_language"], first.cells["block"]
	s.Object, s.Subject = domain.Type(first.cells["object"]), domain.Type(first.cells["subject"])
	if !setID.MatchString(s.ID) {
		r.fail(at("form_id"), "%q is not an identifier of small letters, digits and \"_\"", s.ID)
	} else if !s.Foreign && r.dir != "" && s.ID != path.Base(r.dir) {
		r.fail(at("form_id"), "%q is not the name of the folder, %q", s.ID, path.Base(r.dir))
	}
	if !version.MatchString(s.Version) && !(s.Foreign && s.Version == "") {
		r.fail(at("version"), "%q is not a version of letters, digits and points", s.Version)
	}
	if s.DefaultLanguage == "" {
		s.DefaultLanguage = Languages[0]
	} else if !s.Foreign && !slices.Contains(Languages, s.DefaultLanguage) {
		r.fail(at("default_language"), "%q is not one of %s", s.DefaultLanguage, strings.Join(Languages, ", "))
	}
	if s.Foreign {
		if s.Object != "" && !slices.Contains(domain.ResponseTypes(), s.Object) {
			r.fail(at("object"), "%q is not a type of responses", s.Object)
		}
	} else if info, ok := r.codes.Info(s.Object); !ok {
		r.fail(at("object"), "%q is not a type of object", s.Object)
	} else if s.Object != s.Subject && info.Subject != s.Subject {
		r.warn(at("object"), "an object of type %s is about %q, not about %q", s.Object, info.Subject, s.Subject)
	}
	if !slices.Contains(subjects, s.Subject) {
		r.fail(at("subject"), "%q is not one of person, household, case, interview, mission", s.Subject)
	}
	if s.Block == "" {
		r.fail(at("block"), "is empty")
	}
	var err error
	if s.Order, err = strconv.Atoi(first.cells["order"]); err != nil {
		r.fail(at("order"), "%q is not a whole number", first.cells["order"])
	}
	s.Applies = r.compile(at("applies"), first.cells["applies"], expr.Compile)
	s.extra = r.extra(t, first, func(column string) bool {
		return slices.Contains(settingsColumns, column) || strings.HasPrefix(column, "form_title::")
	})
}

// compile compiles a cell; nil when it is empty or faulty.
func (r *reader) compile(at place, source string, compile func(string) (*expr.Program, error)) *expr.Program {
	if source == "" {
		return nil
	}
	program, err := compile(source)
	if err != nil {
		char, message := 0, err.Error()
		if detail, ok := err.(*expr.Error); ok {
			char, message = detail.Column, detail.Message
		}
		r.failExpression(at, char, "%s", message)
		if strings.HasPrefix(message, "unknown function ") {
			r.problems[len(r.problems)-1].Code = "Q-FUNCTION"
		}
		return nil
	}
	return program
}

// extra keeps the columns without effect and warns about each once a sheet.
func (r *reader) extra(t table, row row, known func(column string) bool) map[string]string {
	var kept map[string]string
	for _, column := range t.header {
		if column == "" || known(column) {
			continue
		}
		if row.number == t.rows[0].number {
			r.warn(place{sheet: t.sheet, col: column}, "the column has no effect")
		}
		if cell := row.cells[column]; cell != "" {
			if kept == nil {
				kept = make(map[string]string)
			}
			kept[column] = cell
		}
	}
	return kept
}

func (r *reader) readChoices(t table) {
	for _, row := range t.rows {
		if len(row.cells) == 0 {
			continue
		}
		list, name := row.cells["list_name"], row.cells["name"]
		at := func(column string) place { return place{t.sheet, row.number, column} }
		listOK, codeOK := setID, code
		if r.set.Foreign {
			listOK, codeOK = foreignList, foreignCode
		}
		if !listOK.MatchString(list) {
			r.fail(at("list_name"), "%q is not an identifier of small letters, digits and \"_\"", list)
			continue
		}
		if !codeOK.MatchString(name) {
			r.fail(at("name"), map[bool]string{
				false: "%q is not a code of letters, digits, \"_\", \"-\", \"+\" and \".\"",
				true:  "%q is not a code: it is empty, holds a space or has more than 64 letters",
			}[r.set.Foreign], name)
			continue
		}
		choice := Choice{Name: name, Label: r.labels(t, row, "label", true), Row: row.number, Columns: make(map[string]string)}
		for column, cell := range row.cells {
			if column != "list_name" && column != "name" && column != "label" && !strings.HasPrefix(column, "label::") {
				choice.Columns[column] = cell
			}
		}
		if _, ok := r.set.Lists[list]; !ok {
			r.set.lists = append(r.set.lists, list)
		}
		// In lists of others one code may stand for several places, which the columns of a choice_filter tell apart.
		twice := slices.IndexFunc(r.set.Lists[list], func(other Choice) bool {
			return other.Name == name && (!r.set.Foreign || maps.Equal(other.Columns, choice.Columns))
		})
		if twice >= 0 {
			r.failAs("Q-CODE", at("name"), "code %s stands in list %s already, in row %d", name, list, r.set.Lists[list][twice].Row)
		}
		r.set.Lists[list] = append(r.set.Lists[list], choice)
	}
}
