package domain_test

import (
	"maps"
	"testing"

	"feltbok/internal/domain"
)

func init() {
	maps.Copy(severities, map[string]domain.Severity{
		"AGE_18_UNCLEAR": domain.Warning, "BIRTH_JANUARY": domain.Information, "CARER_MINOR": domain.Warning, "CHILD_CONSENT": domain.Warning,
		"CIVIL_STATUS": domain.Warning, "GRANDPARENT_AGE": domain.Warning, "HOUSEHOLD_NONE": domain.Warning, "LEFT_DATE": domain.Warning,
		"PARENTS_ALIKE": domain.Warning, "PARENTS_MANY": domain.Warning, "RELATION_CIRCLE": domain.Error, "RELATION_CONTRADICTS": domain.Warning,
		"RELATION_GONE": domain.Warning, "RELATION_TWICE": domain.Warning, "SEX_ROLE": domain.Warning, "TOGETHER_APART": domain.Warning,
		"TOGETHER_NOT": domain.Warning, "MINOR_ADULT": domain.Warning, "MINOR_AGE": domain.Warning, "MINOR_BEST_INTEREST": domain.Warning,
		"MINOR_DATE": domain.Error, "MINOR_ESCORT_APART": domain.Warning, "MINOR_ESCORT_CHILD": domain.Warning, "MINOR_ESCORT_PARENT": domain.Error,
		"MINOR_ESCORT_SELF": domain.Error, "MINOR_GUARDIAN": domain.Warning, "MINOR_SOON_15": domain.Information, "MINOR_SOON_18": domain.Information,
		"MINOR_STATUS": domain.Error,
	})
}

// person puts somebody into the case who brings no problem by being there.
func (f *file) person(name, role, birth, sex string) *file {
	size, _ := f.names["case"].Answer("case_size_rrf").Int()
	f.put("case", "", "case_size_rrf", size+1)
	return f.put(name, "person", "given_names", "Test", "relation_to_pa", role, "birth", birth, "sex", sex, "household", "@home",
		"present_at_interview", "no_ill", "nationalities", []string{"SYR"}, "stateless", "no", "interpreter_language_1", "apc")
}

func relation(f *file, name, a, kind, b string, more ...any) *file {
	return f.put(name, "relation", append([]any{"person_a", "@" + a, "person_b", "@" + b, "type", kind}, more...)...)
}

func TestCheckCase_Families(t *testing.T) {
	checkCases(t, []caseTest{
		{"a relation to somebody who was removed", func(f *file) {
			relation(f, "odd", "girl", "sibling", "boy")
			f.put("odd", "", "person_b", "01930000-0000-7000-8000-000000000001")
		}, []string{"RELATION_GONE@odd"}},
		{"a parent on record from both ends", func(f *file) { relation(f, "again", "mother", "child", "girl") }, []string{"RELATION_TWICE@again"}},
		{"a marriage on record from both ends", func(f *file) { relation(f, "again", "father", "spouse", "mother") }, []string{"RELATION_TWICE@again"}},
		{"an engagement before the marriage", func(f *file) { relation(f, "before", "father", "fiance", "mother", "until", "2006") }, nil},
		{"engaged and married", func(f *file) { relation(f, "too", "father", "fiance", "mother") }, nil},
		{
			"spouse and parent of one person", func(f *file) {
				relation(f, "odd", "mother", "parent", "father", "until", "").put("odd", "", "type", "grandparent")
			},
			[]string{"RELATION_CONTRADICTS@odd", "GRANDPARENT_AGE@odd"},
		},
		{"married cousins", func(f *file) { relation(f, "too", "mother", "cousin", "father") }, nil},
		{"a child who is her mother's mother", func(f *file) {
			relation(f, "odd", "mother", "parent", "girl")
		}, []string{"PARENT_AGE@mother", "RELATION_CIRCLE@mother"}},
		{"two mothers", func(f *file) {
			f.person("aunt", "no_family", "1990", "female")
			relation(f, "too", "girl", "parent", "aunt")
		}, []string{"PARENTS_ALIKE@girl"}},
		{"a mother and a stepmother", func(f *file) {
			f.person("aunt", "no_family", "1990", "female")
			relation(f, "too", "girl", "step_parent", "aunt")
		}, nil},
		{"mother and father, the mother named twice", func(f *file) { relation(f, "too", "girl", "parent", "father") }, nil},
		{"three parents", func(f *file) {
			f.person("aunt", "no_family", "1990", "female")
			relation(relation(f, "too", "girl", "parent", "aunt"), "three", "girl", "parent", "father")
		}, []string{"PARENTS_MANY@girl"}},
		{"a grandmother of thirty", func(f *file) {
			f.person("old", "no_family", "1997", "female")
			relation(f, "odd", "girl", "grandparent", "old")
		}, []string{"GRANDPARENT_AGE@odd"}},
		{"a grandmother who may be old enough", func(f *file) {
			f.person("old", "no_family", "1994", "female")
			relation(f, "odd", "girl", "grandparent", "old")
		}, nil},
		{"a son recorded as female", func(f *file) { f.put("boy", "", "sex", "female") }, []string{"SEX_ROLE@boy"}},
		{"a son whose sex is unspecified", func(f *file) { f.put("boy", "", "sex", "other") }, nil},
		{"an unmarried wife", func(f *file) { f.put("mother", "", "civil_status", "single") }, []string{"CIVIL_STATUS@mother"}},
		{"a widow whose husband is dead", func(f *file) {
			f.put("mother", "", "civil_status", "widowed").put("father", "", "left_case", "dead", "left_case_date", "2026-10-02", "present_at_interview", "no_other")
		}, nil},
		{"a sister of 16 who has the care", func(f *file) { relation(f, "care", "girl", "sibling", "boy", "care_responsibility", "yes") }, []string{"CARER_MINOR@care"}},
		{"a mother of 16 who has the care", func(f *file) { relation(f, "care", "girl", "caregiver", "boy") }, []string{"CARER_MINOR@care"}},
		{"a father who has the care", func(f *file) { relation(f, "care", "girl", "caregiver", "father") }, nil},
		{"nobody's household", func(f *file) { f.put("girl", "", "household", nil) }, []string{"HOUSEHOLD_NONE@girl"}},
		{"nobody's household, but dead", func(f *file) { f.put("girl", "", "household", nil, "left_case", "dead", "left_case_date", "2026-08") }, nil},
		{"to live together, in two households", func(f *file) {
			f.put("second", "household", "absence_reason", "Test").put("father", "", "household", "@second").put("marriage", "", "living_together_in_norway", "yes")
		}, []string{"TOGETHER_APART@marriage"}},
		{"not to live together, in one household", func(f *file) { f.put("marriage", "", "living_together_in_norway", "no") }, []string{"TOGETHER_NOT@marriage"}},
		{"undecided, in one household", func(f *file) { f.put("marriage", "", "living_together_in_norway", "undecided") }, nil},
		{"dead without a day", func(f *file) { f.put("father", "", "left_case", "dead") }, []string{"LEFT_DATE@father"}},
		{"dead on an unknown day", func(f *file) {
			f.put("father", "", "left_case", "dead", "left_case_date", domain.MissingAnswer(domain.Unknown, "family does not know"))
		}, nil},
		{"perhaps 18", func(f *file) { f.put("boy", "", "birth", "2008") }, []string{"AGE_18_UNCLEAR@boy"}},
		{"18 today", func(f *file) { f.put("boy", "", "birth", "2008-11-20") }, nil},
		{"born on 1 January, for certain", func(f *file) { f.put("boy", "", "birth", "2010-01-01", "birth_certainty", "exact") }, []string{"BIRTH_JANUARY@boy"}},
		{"born on 1 January, estimated", func(f *file) { f.put("boy", "", "birth", "2010-01-01", "birth_certainty", "estimated") }, nil},
		{"a child with one parent whose other one was not asked", func(f *file) { f.put("life", "child", "about", "@girl", "lives_with", "mother") }, []string{"CHILD_CONSENT@life"}},
		{"a child with one parent, the other one dead", func(f *file) {
			f.put("life", "child", "about", "@girl", "lives_with", "mother", "absent_parent_consents", domain.MissingAnswer(domain.NotApplicable, ""))
		}, nil},
		{"a child with both parents", func(f *file) { f.put("life", "child", "about", "@girl", "lives_with", "both_parents") }, nil},
	})
}

// minor records the girl of eight as unaccompanied, with her mother gone from her relations, and without a problem.
func minor(f *file, pairs ...any) *file {
	f.drop("motherhood").put("girl", "", "relation_to_pa", "niece_nephew")
	f.put("alone", "minor", "about", "@girl", "confirmed_unaccompanied", "yes", "status_date", "2026-11-20", "guardian_abroad_name", "Test Verge",
		"best_interest_document", "BIA")
	return f.put("alone", "", pairs...)
}

func TestCheckCase_Minors(t *testing.T) {
	checkCases(t, []caseTest{
		{"as it should be", func(f *file) { minor(f) }, nil},
		{"a niece whose status nobody asked for", func(f *file) { minor(f).drop("alone") }, []string{"MINOR_STATUS@girl"}},
		{"a niece with her uncle as guardian by law", func(f *file) { minor(f, "confirmed_unaccompanied", "no", "guardian_abroad_name", "") }, nil},
		{"a daughter whose mother died", func(f *file) {
			f.put("mother", "", "left_case", "dead", "left_case_date", "2026-11-01").put("father", "", "relation_to_pa", "principal_applicant")
			relation(f, "fatherhood", "boy", "parent", "father").put("girl", "", "relation_to_pa", "no_family")
			f.put("marriage", "", "until", "2026-11-01")
		}, []string{"MINOR_STATUS@girl"}},
		{"a status without a date", func(f *file) { minor(f, "status_date", "") }, []string{"MINOR_DATE@alone"}},
		{"grown up", func(f *file) { minor(f).put("girl", "", "birth", "2001", "present_at_interview", "no_ill") }, []string{"MINOR_ADULT@alone"}},
		{"perhaps grown up", func(f *file) { minor(f).put("girl", "", "birth", "2008", "present_at_interview", "no_ill") }, []string{"AGE_18_UNCLEAR@girl", "MINOR_AGE@alone"}},
		{"turns 18 before travel", func(f *file) { minor(f).put("girl", "", "birth", "2009-03-02", "present_at_interview", "no_ill") }, []string{"MINOR_SOON_18@alone"}},
		{"turns 18 within the year after", func(f *file) { minor(f).put("girl", "", "birth", "2009-08-02", "present_at_interview", "no_ill") }, nil},
		{"turns 15 before travel", func(f *file) { minor(f).put("girl", "", "birth", "2012-03-02") }, []string{"MINOR_SOON_15@alone"}},
		{"no guardian", func(f *file) { minor(f, "guardian_abroad_name", "") }, []string{"MINOR_GUARDIAN@alone"}},
		{"no guardian, and why", func(f *file) {
			minor(f, "guardian_abroad_name", domain.MissingAnswer(domain.Unknown, "none was appointed"))
		}, nil},
		{"no best interests document", func(f *file) { minor(f, "best_interest_document", "none") }, []string{"MINOR_BEST_INTEREST@alone"}},
		{"a best interests document asked for", func(f *file) { minor(f, "best_interest_document", "requested") }, nil},
		{"accompanied by herself", func(f *file) { minor(f, "accompanying_person", f.id("girl")) }, []string{"MINOR_ESCORT_SELF@alone"}},
		{"accompanied by an aunt", func(f *file) { minor(f, "accompanying_person", f.id("mother"), "wish_to_live_with", "yes") }, nil},
		{"accompanied by a boy of 16", func(f *file) { minor(f, "accompanying_person", f.id("boy")) }, []string{"MINOR_ESCORT_CHILD@alone"}},
		{"accompanied by her mother in another household", func(f *file) {
			minor(f, "accompanying_person", f.id("mother"))
			f.put("second", "household", "absence_reason", "Test").put("girl", "", "household", "@second")
			relation(f, "motherhood2", "girl", "parent", "mother")
		}, []string{"MINOR_ESCORT_PARENT@alone"}},
		{"accompanied by her mother in the same household", func(f *file) {
			minor(f, "accompanying_person", f.id("mother"))
			relation(f, "motherhood2", "girl", "parent", "mother")
		}, []string{"X4@alone"}},
		{"wants to live with an aunt in another household", func(f *file) {
			minor(f, "accompanying_person", f.id("mother"), "wish_to_live_with", "yes")
			f.put("second", "household", "absence_reason", "Test").put("girl", "", "household", "@second")
		}, []string{"MINOR_ESCORT_APART@alone"}},
	})
}

func TestChildMayBeAlone(t *testing.T) {
	at := day(2026, 11, 22)
	for _, tt := range []struct {
		name   string
		change func(f *file)
		who    string
		want   bool
	}{
		{"the principal applicant's daughter", func(*file) {}, "girl", false},
		{"a daughter recorded before", func(f *file) { minor(f).put("girl", "", "relation_to_pa", "daughter") }, "girl", true},
		{"a niece", func(f *file) { minor(f).drop("alone") }, "girl", true},
		{"a stepchild whose parent is not here", func(f *file) { minor(f).drop("alone").put("girl", "", "relation_to_pa", "stepchild") }, "girl", true},
		{"a daughter whose parent is dead", func(f *file) { f.put("mother", "", "left_case", "dead") }, "girl", true},
		{"a grown woman", func(*file) {}, "mother", false},
		{"perhaps a child", func(f *file) { f.put("father", "", "birth", "2008") }, "father", true},
	} {
		f := family()
		tt.change(f)
		if got := domain.ChildMayBeAlone(f, f.names[tt.who], at); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
