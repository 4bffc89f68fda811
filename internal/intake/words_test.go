package intake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/i18n"
	"feltbok/internal/intake"
)

// one takes a list with a single person in and gives a field of the person, or the codes of what is wrong.
func one(t *testing.T, r *run, headings, cells, field string) string {
	t.Helper()
	plan, _, _ := r.plan("Case No.;Given names;" + headings + "\n233-26-00001;Mappe;\"" + cells + "\"\n")
	if plan.Counts.Errors > 0 {
		return strings.Join(codes(plan.Issues), ", ")
	}
	return plan.Cases[0].Value(field)
}

func TestPrepare_DatesAsPeopleWriteThem(t *testing.T) {
	r := begin(t)
	for typed, want := range map[string]string{
		"1985-03-15": "1985-03-15", "15.03.1985": "1985-03-15", "15/3/1985": "1985-03-15", "15-Mar-1985": "1985-03-15", "15/MAR/1985": "1985-03-15", "15 mars 1985": "1985-03-15",
		"March 15, 1985": "1985-03-15", "1985": "1985", "1985-03": "1985-03", "03/1985": "1985-03", "00.03.1985": "1985-03", "00/00/1985": "1985", "1985-00-00": "1985", "~1985": "1985",
		"ca. 1985": "1985", "1985 (est.)": "1985", "1985/03/15": "1985-03-15", "15.3.85": "1985-03-15", "١٥/٠٣/١٩٨٥": "1985-03-15", "1985-03-15 00:00:00": "1985-03-15",
		"35": "2 Born NOT_A_DATE", "15.13.1985": "2 Born NOT_A_DATE", "15.00.1985": "2 Born NOT_A_DATE", "midsummer": "2 Born NOT_A_DATE", "00.00.00": "2 Born NOT_A_DATE",
	} {
		if got := one(t, r, "Born", typed, "person.birth"); got != want {
			t.Errorf("%q = %q, want %q", typed, got, want)
		}
	}
}

func TestPrepare_MonthFirstOnlyWhenTheListShowsIt(t *testing.T) {
	r := begin(t)
	rows := func(dates ...string) string {
		list := "Case No.;Given names;Born\n"
		for i, date := range dates {
			list += "233-26-0000" + string(rune('1'+i)) + ";Mappe;" + date + "\n"
		}
		return list
	}
	for name, c := range map[string]struct {
		list  string
		order intake.DateOrder
		first string
	}{
		"nothing shows": {rows("03/04/1985"), intake.DayFirst, "1985-04-03"},
		"month first":   {rows("03/04/1985", "03/25/1985"), intake.MonthFirst, "1985-03-04"},
		"day first":     {rows("03/04/1985", "25/03/1985"), intake.DayFirst, "1985-04-03"},
		"both":          {rows("03/04/1985", "25/03/1985", "03/25/1985"), intake.DayFirst, "1985-04-03"},
	} {
		plan, _, o := r.plan(c.list)
		if got := plan.Cases[0].Value("person.birth"); got != c.first || o.Mapping.Dates != c.order {
			t.Errorf("%s: %s %s, want %s %s", name, o.Mapping.Dates, got, c.order, c.first)
		}
	}
}

func TestPrepare_CodesAsPeopleWriteThem(t *testing.T) {
	r := begin(t)
	for _, c := range []struct{ heading, typed, field, want string }{
		{"Sex", "M", "person.sex", "male"},
		{"Sex", "Mann", "person.sex", "male"},
		{"Sex", "female", "person.sex", "female"},
		{"Kjønn", "K", "person.sex", "female"},
		{"Nationality", "SY", "person.nationalities", "SYR"},
		{"Nationality", "Syrian Arab Republic (the)", "person.nationalities", "SYR"},
		{"Nationality", "Eritrea; ET", "person.nationalities", "ERI; ETH"},
		{"Nationality", "SYR/Atlantis", "person.nationalities", "2 Nationality UNKNOWN_CODE"},
		{"Nationality", "سوريا", "person.nationalities", "SYR"},
		{"Nationality", "stateless", "person.stateless", "yes"},
		{"Nationality", "stateless; SYR", "", "2 Nationality MANY_VALUES"},
		{"Mother tongue", "Arabic", "person.mother_tongue", "ara"},
		{"Mother tongue", "Kiswahili", "person.mother_tongue", "swa"},
		{"Mother tongue", "ትግርኛ", "person.mother_tongue", "tir"},
		{"Mother tongue", "Arabic, Kurdish", "person.mother_tongue", "ara"},
		{"Mother tongue", "Arabic, Kurdish", "person.mother_tongue_other", "kur"},
		{"Relationship", "HR1", "person.relation_to_pa", "principal_applicant"},
		{"Relasjon til hovedsøker", "hustru", "person.relation_to_pa", "spouse"},
		{"Marital status", "Widow", "person.civil_status", "widowed"},
		{"Marital status", "unknown", "person.civil_status", "unknown"},
		{"Priority", "Regular", "case.submission_priority", "normal"},
		{"Case size", "4", "case.case_size_rrf", "4"},
		{"Case size", "four", "", "2 Case size NOT_A_NUMBER"},
		{"Aliases", "Ett; To", "person.other_spellings", "Ett; To"},
		{"DUF", "2099 0000 0103", "person.duf_no", "209900000103"},
	} {
		if got := one(t, r, c.heading, c.typed, c.field); got != c.want {
			t.Errorf("%s %q = %q, want %q", c.heading, c.typed, got, c.want)
		}
	}
}

func TestPrepare_SensitiveColumnsAreNeverRead(t *testing.T) {
	r := begin(t)
	plan, _, _ := r.plan("Case No.;Given names;Religion;Specific needs;Shoe size\n233-26-00001;Mappe;a;SV-VF;42\n")
	if diff := cmp.Diff([]string{"Religion", "Specific needs"}, plan.Sensitive); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Religion", "Specific needs", "Shoe size"}, plan.Unread); diff != "" {
		t.Error(diff)
	}
}

func TestPrepare_NameInItsOwnScriptOnly(t *testing.T) {
	r := begin(t)
	for _, name := range []string{"تجربة مجلد", "ሙከራ ፋይል", "စမ်း ဖိုင်", "Проба Тека"} {
		plan, _, _ := r.plan("Case No.;Given names\n233-26-00001;" + name + "\n")
		c := plan.Cases[0]
		if c.Value("person.name_native_script") != name || c.Value("person.given_names") != "" || plan.Counts.Errors > 0 {
			t.Errorf("%q: %q %q %v", name, c.Value("person.name_native_script"), c.Value("person.given_names"), codes(plan.Issues))
		}
	}
}

func TestTemplate_IsReadBack(t *testing.T) {
	for _, lang := range i18n.Languages {
		empty, err := intake.Template(i18n.For(lang))
		if err != nil {
			t.Fatal(err)
		}
		columns := strings.Count(strings.Split(string(empty), "\n")[1], ";") + 1
		row := "233-26-00001" + strings.Repeat(";", columns-1) + "\r\n"
		list, err := intake.Read("liste.csv", append(empty, row...), "")
		if err != nil {
			t.Fatal(err)
		}
		m := intake.Suggest(list.Table)
		for _, f := range intake.Fields() {
			if f.Key == "person.full_name" {
				continue
			}
			found := false
			for _, key := range m.Columns {
				found = found || key == f.Key
			}
			if !found {
				t.Errorf("%s: the column for %s is not recognised", lang, f.Key)
			}
		}
		if list.Header != 2 || len(list.Columns) != len(intake.Fields())-1 {
			t.Errorf("%s: headings in row %d, %d columns", lang, list.Header, len(list.Columns))
		}
	}
}

func TestIssues_HaveASentenceInEveryLanguage(t *testing.T) {
	r := begin(t)
	r.apply(family)
	plan, _, _ := r.plan(head + "233-26-1;;PA;=A;B;;X1;1990;Atlantis;Klingon;1\n;;PA;;;;M;35;;;\n233-26-1;233-00000101;PA;A;B;;M;1990;;;2\n")
	for _, i := range plan.Issues {
		for _, lang := range i18n.Languages {
			key, pairs := i.Text()
			if text := i18n.For(lang).T(key, pairs...); strings.Contains(text, "⟦") || strings.Contains(text, "<no value>") {
				t.Errorf("%s in %s: %s", i.Code, lang, text)
			}
		}
	}
}
