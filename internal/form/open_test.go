package form_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/form/xlsform"
)

// today is the clock of every test.
var today = clock.Fixed(time.Date(2026, 3, 17, 14, 30, 0, 0, time.FixedZone("EAT", 3*60*60)))

// types is a catalogue with object types of the test's own: a person with fields q1 … q600 (whole numbers), t1 … t20
// (texts) and one of each other kind, and rows of type work with the same.
type types struct{}

func (types) Known(list string) bool { return codelist.Exists(list) }
func (types) Has(list, code string) bool {
	return codelist.Has(list, code)
}

func (types) Info(t domain.Type) (domain.TypeInfo, bool) {
	switch t {
	case "person":
		return domain.TypeInfo{Type: t, Fields: fields}, true
	case "work", "language":
		return domain.TypeInfo{Type: t, Rows: true, Subject: "person", Fields: fields}, true
	}
	return domain.TypeInfo{}, false
}

var fields = func() []domain.Field {
	var all []domain.Field
	for n := 1; n <= 600; n++ {
		all = append(all, domain.Field{Name: fmt.Sprintf("q%d", n), Kind: domain.Int})
	}
	for n := 1; n <= 20; n++ {
		all = append(all, domain.Field{Name: fmt.Sprintf("t%d", n), Kind: domain.Text})
	}
	for name, kind := range map[string]domain.FieldKind{
		"day": domain.Date, "birth": domain.PartialDateKind, "at": domain.DateTime, "tick": domain.Bool, "yes": domain.YesNo,
		"one": domain.Code, "many": domain.MultiCode, "texts": domain.MultiText, "ref": domain.Reference, "refs": domain.MultiReference,
		"table": domain.Rows, "sum": domain.Int, "other_yes": domain.YesNo,
	} {
		all = append(all, domain.Field{Name: name, Kind: kind})
	}
	return all
}()

const columns = "type,name,required,relevant,constraint,calculation,choice_filter,default,read_only,parameters,appearance," +
	"bind::feltbok:severity,bind::feltbok:minimum,label::nb,label::nn,label::en\n"

const ownChoices = "list_name,name,label::nb,label::nn,label::en,region\n" +
	"yes_no,yes,Ja,Ja,Yes,\nyes_no,no,Nei,Nei,No,\n" +
	"place,alta,Alta,Alta,Alta,north\nplace,bodo,Bodø,Bodø,Bodø,north\nplace,voss,Voss,Voss,Voss,west\n"

const ownSettings = "form_id,version,form_title::nb,form_title::nn,form_title::en,object,subject,block,order,applies\n" +
	"set,1,Sett,Sett,Set,person,person,B,10,${age_years} >= 15 and ${interview_type} != 'child_talk'\n"

// question writes one row: type, name, and cells by column; the label is the name.
func question(kind, name string, cells ...string) string {
	record := map[string]string{"type": kind, "name": name, "label::nb": name + "?", "label::nn": name + "?", "label::en": name + "?"}
	for at := 0; at < len(cells); at += 2 {
		record[cells[at]] = cells[at+1]
	}
	var line []string
	for _, column := range strings.Split(strings.TrimSpace(columns), ",") {
		line = append(line, `"`+strings.ReplaceAll(record[column], `"`, `""`)+`"`)
	}
	return strings.Join(line, ",") + "\n"
}

func read(t testing.TB, rows ...string) *form.Set {
	t.Helper()
	return readRapid(t, rows)
}

func readRapid(t interface{ Fatal(...any) }, rows []string) *form.Set {
	set, err := xlsform.Read(fstest.MapFS{
		"set/survey.csv":   {Data: []byte(columns + strings.Join(rows, ""))},
		"set/choices.csv":  {Data: []byte(ownChoices)},
		"set/settings.csv": {Data: []byte(ownSettings)},
	}, "set", types{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// open reads a set and opens it for an adult.
func open(t testing.TB, rows ...string) *form.Instance {
	t.Helper()
	i := form.New(read(t, rows...), form.Context{Values: map[string]string{"age_years": "34", "sex": "female"}, Clock: today})
	i.Evaluate()
	return i
}

func main(name string) form.Path { return form.Path{Name: name} }

func row(n int) uuid.UUID { return uuid.UUID{15: byte(n), 14: byte(n >> 8), 6: 0x70} }

func inRow(n int, name string) form.Path { return form.Path{Row: row(n), Repeat: "work", Name: name} }

func number(n int64) domain.Answer { return domain.Answer{Value: n} }

func text(s string) domain.Answer { return domain.Answer{Value: s} }

func missing(m domain.Missing, reason string) domain.Answer {
	return domain.Answer{Missing: m, Reason: reason}
}

// rules lists what is wrong with an answer as "hard required" and the like.
func rules(i *form.Instance, p form.Path) string {
	var found []string
	for _, problem := range i.Problems(p) {
		found = append(found, map[form.Severity]string{form.Hard: "hard ", form.Soft: "soft "}[problem.Severity]+problem.Rule)
	}
	return strings.Join(found, ", ")
}
