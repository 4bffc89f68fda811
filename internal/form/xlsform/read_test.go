package xlsform_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
	"feltbok/internal/form/xlsform"
)

// catalogue knows the real object types and three small lists.
type catalogue struct{}

var codes = map[string]string{"yes_no": "yes no", "language": "swh kin ara nob", "cefr": "none a1 a2 b1"}

func (catalogue) Known(list string) bool { return codes[list] != "" }
func (catalogue) Has(list, code string) bool {
	return strings.Contains(" "+codes[list]+" ", " "+code+" ")
}
func (catalogue) Info(t domain.Type) (domain.TypeInfo, bool) { return domain.Info(t) }

const (
	settings = "form_id,version,form_title::nb,form_title::nn,form_title::en,object,subject,block,order\n" +
		"set,1,Sett,Sett,Set,person,person,B,10\n"
	head = "type,name,label::nb,label::nn,label::en,required,relevant,constraint,calculation,choice_filter,default,appearance\n"
)

func folder(survey, choices, settings string) fs.FS {
	files := fstest.MapFS{
		"set/survey.csv":   {Data: []byte(survey)},
		"set/settings.csv": {Data: []byte(settings)},
	}
	if choices != "" {
		files["set/choices.csv"] = &fstest.MapFile{Data: []byte(choices)}
	}
	return files
}

func faults(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	set, err := xlsform.Read(fsys, "set", catalogue{})
	if err == nil {
		t.Fatalf("no fault found; warnings %v", set.Warnings)
	}
	var all *xlsform.Errors
	if !errors.As(err, &all) {
		t.Fatalf("got %T", err)
	}
	lines := make([]string, len(all.Problems))
	for i, p := range all.Problems {
		lines[i] = p.String()
	}
	return lines
}

func TestRead_Faults(t *testing.T) {
	for _, c := range []struct {
		name, rows string
		want       []string
	}{
		{"unknown type", "geopoint,place,P,P,P\n", []string{`survey, row 2, column type: unknown type "geopoint"`}},
		{"type without list", "select_one,sex,S,S,S\n", []string{"survey, row 2, column type: select_one needs the name of a list"}},
		{"or_other", "select_one sex or_other,sex,S,S,S\n", []string{`survey, row 2, column type: "or_other" after the list is not supported`}},
		{"unknown list", "select_one gender,mother_tongue,S,S,S\n", []string{
			"survey, row 2, column type: there is no list gender, neither in choices nor among the code lists",
		}},
		{"list of another field", "select_one cefr,mother_tongue,S,S,S\n", []string{
			"survey, row 2, column type: mother_tongue takes codes of list language, not cefr",
		}},
		{"bad name", "text,given names,S,S,S\n", []string{
			`survey, row 2, column name: "given names" is not a name of letters, digits and "_"`,
			"survey, row 2, column name: given names is not a field of person",
		}},
		{"no such field", "text,shoe_size,S,S,S\n", []string{"survey, row 2, column name: shoe_size is not a field of person"}},
		{"kind of field", "integer,family_name,S,S,S\n", []string{"survey, row 2, column type: does not fit: family_name of person is a text"}},
		{"duplicate", "text,family_name,S,S,S\ntext,family_name,S,S,S\n", []string{"survey, row 3, column name: family_name stands in row 2 already"}},
		{"missing language", "text,family_name,S,,S\n", []string{"survey, row 2, column label::nn: the text is missing"}},
		{"no label", "text,family_name,,,\n", []string{
			"survey, row 2, column label::nb: the text is missing", "survey, row 2, column label::nn: the text is missing",
			"survey, row 2, column label::en: the text is missing",
		}},
		{"expression", "text,family_name,S,S,S,,${given_names} = 'a\n", []string{
			"survey, row 2, column relevant (char 18): the text that begins here has no closing quote",
		}},
		{"unknown reference", "text,family_name,S,S,S,,${name} = ''\n", []string{"survey, row 2, column relevant (char 1): there is no ${name}"}},
		{"reference in a label", "text,family_name,Hei ${x},S,S\n", []string{"survey, row 2, column label::nb: there is no ${x}"}},
		{"reference to a group", "begin_group,g,,,\ntext,family_name,S,S,S,,${g} = ''\nend_group\n", []string{
			"survey, row 3, column relevant (char 1): ${g} has no answer: it is a group",
		}},
		{"circle", "text,family_name,S,S,S,,${given_names} = ''\ntext,given_names,S,S,S,,${family_name} = ''\n", []string{
			"survey, row 2, column relevant: goes in a circle: family_name → given_names → family_name",
		}},
		{"circle through a group", "begin_group,g,,,,,${family_name} = ''\ntext,family_name,S,S,S\nend_group\n", []string{
			"survey, row 2, column relevant: goes in a circle: g → family_name → g",
		}},
		{"own answer", "text,family_name,S,S,S,,. = ''\n", []string{"survey, row 2, column relevant: reads its own answer"}},
		{"group without end", "begin_group,g,,,\ntext,family_name,S,S,S\n", []string{"survey, row 2, column type: begin_group g has no end"}},
		{"end without begin", "text,family_name,S,S,S\nend_repeat\n", []string{"survey, row 3, column type: end_repeat without a begin_repeat"}},
		{"wrong end", "begin_group,g,,,\ntext,family_name,S,S,S\nend_repeat\n", []string{
			"survey, row 4, column type: end_repeat, but the begin_group of row 2 is still open",
		}},
		{"nested repeats", "begin_repeat,language,L,L,L\nbegin_repeat,work,L,L,L\ntext,title_own_words,L,L,L\nend_repeat\nend_repeat\n", []string{
			"survey, row 3, column type: a repeat inside the repeat language: repeats do not nest",
		}},
		{"repeat of no type", "begin_repeat,shoes,L,L,L\nnote,n,L,L,L\nend_repeat\n", []string{
			`survey, row 2, column name: "shoes" is not a type of object, which the rows of a repeat must be`,
		}},
		{"repeat of a single object", "begin_repeat,literacy,L,L,L\nnote,n,L,L,L\nend_repeat\n", []string{
			"survey, row 2, column name: there is only one object of type literacy, so it cannot be a repeat",
		}},
		{"field of the row", "begin_repeat,language,L,L,L\ntext,family_name,L,L,L\nend_repeat\n", []string{
			"survey, row 3, column name: family_name is not a field of language",
		}},
		{"calculation", "calculate,total,,,\n", []string{"survey, row 2, column calculation: is empty"}},
		{"position", "calculate,total,,,,,,,position(..)\n", []string{"survey, row 2, column calculation: position(..) stands outside of a repeat"}},
		{"default date", "date,status_date,S,S,S,,,,,,31.12.2025\n", []string{`survey, row 2, column default: "31.12.2025" is not a date as YYYY-MM-DD`}},
		{"default code", "select_one language,mother_tongue,S,S,S,,,,,,xxx\n", []string{`survey, row 2, column default: "xxx" is not a code of list language`}},
		{"default tick", "acknowledge,one_name,S,S,S,,,,,,yes\n", []string{"survey, row 2, column default: a tick has no default: it is the person's own act"}},
		{"filter column", "select_one language,mother_tongue,S,S,S,,,,,region = 'x'\n", []string{
			"survey, row 2, column choice_filter (char 1): list language has no column region; a question is ${region}",
		}},
		{"cell without heading", "text,family_name,S,S,S,,,,,,,,stray\n", []string{`survey, row 2: a cell stands in a column without a heading: "stray"`}},
		{"quote", "text,fam\"ily_name,S,S,S\n", []string{"survey, row 2: not a CSV row: bare \" in non-quoted-field (line 2, byte 9)"}},
		{"no rows", "", []string{"survey: has no question"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, faults(t, folder(head+c.rows, "", settings))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRead_AllFaults: one reading names the faults of all sheets, with the rows of the spreadsheet, blank lines and rows of
// several lines included.
func TestRead_AllFaults(t *testing.T) {
	survey := "\uFEFFtype,name,label::Bokmål (nb),label::nn,label::en,relevant,bind::feltbok:severity,bind::feltbok:minimum\n" +
		"\n" +
		"text,family_name,\"Navn\nto linjer\",Namn,Name,frobnicate(),,\n" +
		",,,,,,,\n" +
		"\r\n" +
		"audio,given_names,S,S,S,,,\n" +
		"text,father_name,S,S,S,,strict,perhaps\n"
	choices := "list_name,name,label::nb,label::nn,label::en\nown,a b,A,A,A\nown,a,A,A,A\nown,a,A,,A\nOwn,b,B,B,B\n"
	settings := "form_id,version,form_title::nb,form_title::nn,form_title::en,object,subject,block,order,applies,default_language\n" +
		"other,1 b,Sett,,Set,shoe,dog,,first,${family_name} = 1,de\n"
	want := []string{
		"settings, row 2, column form_title::nn: the text is missing",
		`settings, row 2, column form_id: "other" is not the name of the folder, "set"`,
		`settings, row 2, column version: "1 b" is not a version of letters, digits and points`,
		`settings, row 2, column default_language: "de" is not one of nb, nn, en`,
		`settings, row 2, column object: "shoe" is not a type of object`,
		`settings, row 2, column subject: "dog" is not one of person, household, case, interview, mission`,
		"settings, row 2, column block: is empty",
		`settings, row 2, column order: "first" is not a whole number`,
		"settings, row 2, column applies (char 1): ${family_name} is not a hidden value",
		"survey, row 3, column relevant (char 1): unknown function frobnicate()",
		`survey, row 6, column type: unknown type "audio"`,
		`survey, row 7, column bind::feltbok:severity: "strict" is neither hard nor soft`,
		`survey, row 7, column bind::feltbok:minimum: "perhaps" is neither yes nor no`,
		`choices, row 2, column name: "a b" is not a code of letters, digits, "_", "-", "+" and "."`,
		"choices, row 4, column label::nn: the text is missing",
		"choices, row 4, column name: code a stands in list own already, in row 3",
		`choices, row 5, column list_name: "Own" is not an identifier of small letters, digits and "_"`,
	}
	if diff := cmp.Diff(want, faults(t, folder(survey, choices, settings))); diff != "" {
		t.Error(diff)
	}
}

func TestRead_Files(t *testing.T) {
	if got := faults(t, fstest.MapFS{}); len(got) != 2 || !strings.HasPrefix(got[0], "settings: cannot be read: ") {
		t.Errorf("no files: %q", got)
	}
	if got := faults(t, folder("type;name\n", "", settings)); got[0] != "survey: has no column type" {
		t.Errorf("semicolons: %q", got)
	}
	if got := faults(t, folder(head+"text,family_name,\xe6,S,S\n", "", settings)); got[0] != `survey: not UTF-8: save as "CSV UTF-8"` {
		t.Errorf("Latin 1: %q", got)
	}
	if got := faults(t, folder("type,name,label::nb,label::nn,label::en,bind::feltbok:class\ntext,family_name,S,S,S,P3\n", "", settings)); got[0] !=
		`survey, row 2, column bind::feltbok:class: "P3", but family_name of person is of class P1` {
		t.Errorf("class: %q", got)
	}
	if got := faults(t, folder("type,name,type\ntext,family_name,x\n", "", settings)); got[0] != "survey, row 1, column type: the column stands there twice" {
		t.Errorf("column twice: %q", got)
	}
}

func TestRead_Warnings(t *testing.T) {
	survey := "type,name,label::nb,label::nn,label::en,required,relevant,constraint_message::nb,constraint_message::nn,constraint_message::en,media::image\n" +
		"text,family_name,S,S,S,yes,${given_names},M,M,M,face.png\n" +
		"text,given_names,S,S,S,,,,,,\n" +
		"note,n,S,S,S,yes,1 = 1,,,,\n" +
		"begin_group,g,,,,,,,,,\nend_group,,,,,,,,,,\n"
	choices := "list_name,name,label::nb,label::nn,label::en\nspare,a,A,A,A\n"
	set, err := xlsform.Read(folder(survey, choices, settings), "set", catalogue{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"survey, column media::image: the column has no effect",
		"survey, row 2, column constraint_message: has no effect here",
		"survey, row 2, column relevant: is not a condition: it is true whenever the answer is not empty, \"no\" included",
		"survey, row 4, column required: has no effect here",
		"survey, row 4, column relevant: is always true",
		"survey, row 5, column type: the group g is empty",
		"choices, row 2, column list_name: list spare is not used",
	}
	var got []string
	for _, w := range set.Warnings {
		got = append(got, w.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if set.Items[0].Extra["media::image"] != "face.png" {
		t.Error("a column without effect is not kept")
	}
}
