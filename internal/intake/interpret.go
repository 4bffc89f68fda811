package intake

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/sheet"
)

// personRow is one row of a list in the words of the register.
type personRow struct {
	number int
	hidden bool
	caseNo string // as it is stored
	answer map[string]domain.Answer
	// column says under which heading each field stood, for what is to be said about it later.
	column map[string]string
	// ofCase are the answers of the row that concern its case.
	ofCase map[string]domain.Answer
	home   string
	issues []Issue
	key    string // of the case
}

func (r *personRow) failed() bool {
	return slices.ContainsFunc(r.issues, func(i Issue) bool { return i.Severity == domain.Error })
}

func (r *personRow) say(i Issue) {
	i.Row = r.number
	if i.Column == "" {
		i.Column = r.column[i.Field]
	}
	r.issues = append(r.issues, i)
}

// interpreter turns the rows of a table into answers.
type interpreter struct {
	mapping Mapping
	today   time.Time
	words   *dictionary
	columns []Field // by column; the zero Field where a column is not read
	names   []string
}

func newInterpreter(t *sheet.Table, m Mapping, lists *codelist.Lists, today time.Time) *interpreter {
	in := &interpreter{mapping: m, today: today, words: newDictionary(lists), columns: make([]Field, len(t.Columns)), names: t.Columns}
	for i, heading := range t.Columns {
		in.columns[i], _ = FieldOf(m.Columns[heading])
	}
	return in
}

// row reads one row. Nothing is guessed: what cannot be read becomes an issue, and its field stays out.
func (in *interpreter) row(source *sheet.Row) *personRow {
	r := &personRow{number: source.Number, hidden: source.Hidden, answer: map[string]domain.Answer{}, ofCase: map[string]domain.Answer{}, column: map[string]string{}}
	for column, flaw := range source.Flaws {
		if column < len(in.columns) && in.columns[column].Key == "" {
			continue // a column that is not read
		}
		i := issue(string(flaw), domain.Error)
		if column < len(in.columns) {
			i.Column, i.Field, i.Value = in.names[column], in.columns[column].Key, shorten(source.Cells[column])
		}
		r.say(i)
	}
	slices.SortFunc(r.issues, func(a, b Issue) int { return strings.Compare(a.Column, b.Column) })
	for column, f := range in.columns {
		if _, flawed := source.Flaws[column]; f.Key == "" || flawed {
			continue
		}
		r.column[f.Key] = in.names[column]
		if text := source.Cells[column]; !in.words.blank(text, f.info()) {
			in.cell(r, f, text)
		}
	}
	in.relation(r, source)
	in.complete(r)
	return r
}

// cell reads one cell into the row.
func (in *interpreter) cell(r *personRow, f Field, text string) {
	text = domain.NormaliseText(text)
	fail := func(code string) {
		i := issue(code, domain.Error)
		i.Field, i.Value = f.Key, shorten(text)
		i.Other = f.info().List
		r.say(i)
	}
	switch f.Key {
	case fullName:
		in.wholeName(r, text)
		return
	case homeLabel:
		r.home = oneLine(text)
		return
	case "person.relation_to_pa":
		return // after the sex is known
	case "person.mother_tongue":
		codes, problem := in.words.codesOf("language", text)
		if problem != "" {
			fail(problem)
			return
		}
		in.put(r, f, domain.TextAnswer(codes[0]))
		if len(codes) > 1 {
			others, _ := domain.Info("person")
			other, _ := others.Field("mother_tongue_other")
			in.put(r, Field{Key: f.Key, Type: f.Type, Name: other.Name}, domain.Answer{Value: codes[1:]})
		}
		return
	case "person.nationalities":
		in.nationalities(r, f, text, fail)
		return
	}
	info := f.info()
	answer := domain.Answer{}
	switch info.Kind {
	case domain.Code:
		code, problem := in.words.codeOf(info.List, text)
		if problem != "" {
			fail(problem)
			return
		}
		answer.Value = code
	case domain.Int:
		n, err := strconv.ParseInt(strings.ReplaceAll(latinDigits(text), " ", ""), 10, 64)
		if err != nil {
			fail(notANumber)
			return
		}
		answer.Value = n
	case domain.PartialDateKind:
		d, about, err := readDate(text, in.mapping.Dates, in.today)
		if err != nil {
			fail(notADate)
			return
		}
		answer.Value = d.String()
		if _, said := r.answer["birth_certainty"]; f.Name == "birth" && estimated(d, about) && !said {
			in.put(r, Field{Key: f.Key, Type: "person", Name: "birth_certainty"}, domain.TextAnswer("estimated"))
		}
	case domain.MultiText:
		answer.Value = parts(text)
	default:
		answer.Value = in.text(f, text)
	}
	in.put(r, f, answer)
}

// text brings a text into the form that its field is stored in.
func (in *interpreter) text(f Field, text string) string {
	switch f.Name {
	case "unhcr_case_no", "unhcr_individual_no":
		return domain.NormaliseUNHCR(text)
	case "duf_no":
		return domain.NormaliseDUF(text)
	}
	return oneLine(text)
}

// oneLine joins the lines of a text: the fields of a list are of one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func parts(text string) []string {
	var list []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' || r == '|' }) {
		if part = oneLine(part); part != "" && !slices.Contains(list, part) {
			list = append(list, part)
		}
	}
	return list
}

// put takes an answer, with where it comes from, when it may be stored at all.
func (in *interpreter) put(r *personRow, f Field, answer domain.Answer) {
	answer.Source, answer.Verification = in.mapping.Source, domain.Unverified
	t, _ := domain.Info(f.Type)
	info, _ := t.Field(f.Name)
	for _, problem := range in.words.lists.CheckValue(info, answer, in.today) {
		i := issue(problem.Rule, problem.Severity)
		i.Field, i.Value, i.rule = f.Key, shorten(answer.Text()), &problem
		r.say(i)
		if problem.Severity == domain.Error {
			return
		}
	}
	if f.Type == "case" {
		r.ofCase[f.Name] = answer
		return
	}
	r.answer[f.Name] = answer
}

// wholeName reads a name that stands in one column. "FAMILY, Given" says which is which; without a comma nothing does, so the whole
// is kept as given names, and that is said.
func (in *interpreter) wholeName(r *personRow, text string) {
	if family, given, ok := strings.Cut(text, ","); ok && !strings.Contains(given, ",") {
		in.put(r, Field{Key: fullName, Type: "person", Name: "family_name"}, domain.TextAnswer(oneLine(family)))
		in.put(r, Field{Key: fullName, Type: "person", Name: "given_names"}, domain.TextAnswer(oneLine(given)))
		return
	}
	in.put(r, Field{Key: fullName, Type: "person", Name: "given_names"}, domain.TextAnswer(oneLine(text)))
	i := issue(wholeName, domain.Information)
	i.Field = fullName
	r.say(i)
}

// nationalities reads codes; "stateless" is an answer of its own (domain.md 7.4).
func (in *interpreter) nationalities(r *personRow, f Field, text string, fail func(string)) {
	codes, problem := in.words.codesOf("country", text)
	if problem != "" {
		fail(problem)
		return
	}
	stateless := slices.Contains(codes, "XXA")
	switch {
	case stateless && len(codes) > 1:
		fail(manyValues)
	case stateless:
		in.put(r, Field{Key: f.Key, Type: "person", Name: "stateless"}, domain.TextAnswer("yes"))
	default:
		in.put(r, f, domain.Answer{Value: codes})
	}
}

// relation reads the relation to the principal applicant, once the sex is known.
func (in *interpreter) relation(r *personRow, source *sheet.Row) {
	for column, f := range in.columns {
		if _, flawed := source.Flaws[column]; f.Key != "person.relation_to_pa" || flawed || in.words.blank(source.Cells[column], f.info()) {
			continue
		}
		code, problem := in.words.relationOf(source.Cells[column], r.answer["sex"].Text())
		if problem != "" {
			i := issue(problem, domain.Error)
			i.Field, i.Value, i.Other = f.Key, shorten(source.Cells[column]), "relation_to_pa"
			r.say(i)
			continue
		}
		in.put(r, f, domain.TextAnswer(code))
	}
}

// complete looks at the row as a whole.
func (in *interpreter) complete(r *personRow) {
	if r.caseNo = r.ofCase["unhcr_case_no"].Text(); r.caseNo == "" && !slices.ContainsFunc(r.issues, func(i Issue) bool { return i.Field == caseNumber }) {
		r.say(Issue{Code: noCaseNumber, Severity: domain.Error, Level: domain.Error.String(), Field: caseNumber})
	}
	r.key = domain.UNHCRCaseKey(r.caseNo)
	if script := r.answer["given_names"].Text(); nonLatin.MatchString(script) && r.answer["name_native_script"].Text() == "" && r.answer["family_name"].Text() == "" {
		// A name that the list has in its own script only is kept there: names in Latin letters are nobody's guess.
		r.answer["name_native_script"] = r.answer["given_names"]
		delete(r.answer, "given_names")
	}
	if domain.DisplayName(func(field string) domain.Answer { return r.answer[field] }) == "" {
		r.say(Issue{Code: noName, Severity: domain.Error, Level: domain.Error.String()})
	}
}

// nonLatin finds a text without any Latin letter.
var nonLatin = regexp.MustCompile(`^[^\p{Latin}]*\pL[^\p{Latin}]*$`)

// shorten keeps what is shown of a cell on one line.
func shorten(text string) string {
	runes := []rune(oneLine(text))
	if len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return string(runes)
}
