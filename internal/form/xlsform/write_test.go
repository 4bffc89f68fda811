package xlsform_test

import (
	"io/fs"
	"path"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"feltbok/assets"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form/expr"
	"feltbok/internal/form/xlsform"
)

// embeddedLists are the code lists that travel inside the program.
type embeddedLists struct{}

func (embeddedLists) Known(list string) bool                     { return codelist.Exists(list) }
func (embeddedLists) Has(list, code string) bool                 { return codelist.Has(list, code) }
func (embeddedLists) Info(t domain.Type) (domain.TypeInfo, bool) { return domain.Info(t) }

// compareSets compares everything but the rows in which things stood.
var compareSets = cmp.Options{
	cmp.AllowUnexported(xlsform.Set{}, xlsform.Question{}),
	cmpopts.IgnoreFields(xlsform.Set{}, "Warnings", "flat", "scope", "order"),
	cmpopts.IgnoreFields(xlsform.Question{}, "Row"),
	cmpopts.IgnoreFields(xlsform.Choice{}, "Row"),
	cmp.Comparer(func(a, b *expr.Program) bool { return a == b || a != nil && b != nil && a.Source() == b.Source() }),
	cmpopts.EquateEmpty(),
}

func rewrite(t *testing.T, set *xlsform.Set, lists xlsform.Catalogue) (*xlsform.Set, xlsform.Tables) {
	t.Helper()
	tables, err := xlsform.Write(set)
	if err != nil {
		t.Fatal(err)
	}
	again, err := xlsform.Read(fstest.MapFS{
		set.ID + "/survey.csv":   {Data: tables.Survey},
		set.ID + "/choices.csv":  {Data: tables.Choices},
		set.ID + "/settings.csv": {Data: tables.Settings},
	}, set.ID, lists)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, tables.Survey)
	}
	return again, tables
}

// TestWrite_RoundTrip: a set with every kind of cell comes back the same, and its tables are written the same a second time.
func TestWrite_RoundTrip(t *testing.T) {
	survey := "type,name,label::nb,label::nn,label::en,label::ar,hint::nb,hint::nn,hint::en,guidance_hint::nb,guidance_hint::nn,guidance_hint::en," +
		"required,required_message::nb,required_message::nn,required_message::en,relevant,constraint,constraint_message::nb,constraint_message::nn," +
		"constraint_message::en,calculation,choice_filter,appearance,default,readonly,parameters,bind::feltbok:severity,bind::feltbok:minimum," +
		"bind::feltbok:class,notes\n" +
		"hidden,age_years\n" +
		"begin group,who,Hvem,Kven,Who,من,,,,,,,,,,,${age_years} > 3\n" +
		"text,family_name,\"Navn, \"\"fullt\"\"\",Namn,Name,اسم,H,H,H,G,G,G,yes,M,M,M,,string-length(.) > 1,C,C,C,,,w1,,,,soft,yes,P1,why\n" +
		"date,status_date,Dato,Dato,Date,,,,,,,,${family_name} != '',,,,,. <= today(),,,,,,,today(),true()\n" +
		"end group\n" +
		"text,birth_place,R,R,R\n" +
		"begin_repeat,work,Arbeid,Arbeid,Work\n" +
		"integer,years,År,År,Years,,,,,,,,,,,,,,,,,,,,5,,start=0 end=60\n" +
		"calculate,row,,,,,,,,,,,,,,,,,,,,position(..)\n" +
		"end_repeat\n"
	choices := "list_name,name,label::nb,label::nn,label::en,region\nnord,a,A,A,A,x\nnord,b,B,B,B,\n"
	settings := "form_id,version,form_title::nb,form_title::nn,form_title::en,object,subject,block,order,applies,style\n" +
		"set,1.2,Sett,Sett,Set,person,person,B,10,${age_years} >= 15,pages\n"
	set, err := xlsform.Read(folder(survey, choices, settings), "set", catalogue{})
	if err != nil {
		t.Fatal(err)
	}
	again, first := rewrite(t, set, catalogue{})
	if diff := cmp.Diff(set, again, compareSets); diff != "" {
		t.Error(diff)
	}
	_, second := rewrite(t, again, catalogue{})
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	if set.FormRef() != "set@1.2" {
		t.Errorf("form reference %s", set.FormRef())
	}
}

// TestWrite_Embedded: the sets that travel inside the program survive reading and writing.
func TestWrite_Embedded(t *testing.T) {
	folders, err := fs.ReadDir(assets.Forms, "forms")
	if err != nil {
		t.Fatal(err)
	}
	sets := 0
	for _, entry := range folders {
		if !entry.IsDir() {
			continue
		}
		sets++
		t.Run(entry.Name(), func(t *testing.T) {
			set, err := xlsform.Read(assets.Forms, path.Join("forms", entry.Name()), embeddedLists{})
			if err != nil {
				t.Fatal(err)
			}
			again, _ := rewrite(t, set, embeddedLists{})
			if diff := cmp.Diff(set, again, compareSets); diff != "" {
				t.Error(diff)
			}
		})
	}
	if sets < 10 {
		t.Errorf("only %d sets", sets)
	}
}

// FuzzRead: whatever the tables, reading ends with a set or with named faults, and a set that was read survives writing.
func FuzzRead(f *testing.F) {
	f.Add(head+"text,family_name,S,S,S,yes,${given_names} = '',. != 'x'\ntext,given_names,S,S,S\n", "")
	f.Add(head+"begin_repeat,work,L,L,L\ninteger,years,S,S,S,,,. > 0,,,3\nend_repeat\ncalculate,total,,,,,,,sum(${years})\n", "list_name,name,label::nb\na,b,c\n")
	f.Add(head+"begin_group,g,,,\nbegin_repeat,language,L,L,L\nend_group\nend_repeat\n", "list_name\n")
	f.Add("\uFEFF"+head+"select_multiple own,nationalities,S,S,S,,,,,x = 'y'\n", "list_name,name,label::nb,label::nn,label::en,x\nown,a,A,A,A,y\n")
	f.Fuzz(func(t *testing.T, survey, choices string) {
		set, err := xlsform.Read(folder(survey, choices, settings), "set", catalogue{})
		if err != nil {
			return
		}
		again, _ := rewrite(t, set, catalogue{})
		if diff := cmp.Diff(set, again, compareSets); diff != "" {
			t.Error(diff)
		}
		if len(set.ValueOrder()) != len(set.Flat()) {
			t.Error("the order does not hold every item once")
		}
	})
}
