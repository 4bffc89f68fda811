package domain_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// object is one invented record of a case.
type object struct {
	id     uuid.UUID
	t      domain.Type
	fields map[string]any
}

func (o *object) ID() uuid.UUID     { return o.id }
func (o *object) Type() domain.Type { return o.t }
func (o *object) Answer(field string) domain.Answer {
	if a, ok := o.fields[field].(domain.Answer); ok {
		return a
	}
	return domain.Answer{Value: o.fields[field]}
}

// file is one invented case, whose objects have names for the test's use.
type file struct {
	objects []*object
	names   map[string]*object
}

func (f *file) Objects(t domain.Type) []domain.ObjectView {
	var found []domain.ObjectView
	for _, o := range f.objects {
		if o.t == t {
			found = append(found, o)
		}
	}
	return found
}

// put adds an object, or changes the one of that name. pairs alternate field and value; "@name" stands for an id.
func (f *file) put(name string, t domain.Type, pairs ...any) *file {
	o := f.names[name]
	if o == nil {
		o = &object{id: uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)), t: t, fields: make(map[string]any)}
		f.objects, f.names[name] = append(f.objects, o), o
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		value := pairs[i+1]
		if text, ok := value.(string); ok && text != "" && text[0] == '@' {
			value = f.names[text[1:]].id.String()
		}
		o.fields[pairs[i].(string)] = value
	}
	return f
}

func (f *file) drop(name string) *file {
	for i, o := range f.objects {
		if o == f.names[name] {
			f.objects = append(f.objects[:i:i], f.objects[i+1:]...)
			return f
		}
	}
	panic(fmt.Sprintf("no object %q", name))
}

func (f *file) id(name string) string { return f.names[name].id.String() }

// family is a whole case without a problem: mother, father, a boy of 16 and a girl of 8, all interviewed and mapped.
func family() *file {
	f := &file{names: make(map[string]*object)}
	f.put("case", "case", "case_size_rrf", int64(4), "channel", "mission", "submission_cat_primary", "LPN", "submission_cat_secondary", "AWR")
	f.put("home", "household")
	for _, p := range []struct{ name, role, birth, sex string }{
		{"mother", "principal_applicant", "1988-04-02", "female"},
		{"father", "spouse", "1985", "male"},
		{"boy", "son", "2010-05-01", "male"},
		{"girl", "daughter", "2018-02", "female"},
	} {
		f.put(p.name, "person", "given_names", "Test", "relation_to_pa", p.role, "birth", p.birth, "sex", p.sex, "household", "@home",
			"present_at_interview", "yes", "nationalities", []string{"SYR"}, "stateless", "no", "interpreter_language_1", "apc")
	}
	f.put("marriage", "relation", "person_a", "@mother", "person_b", "@father", "type", "spouse")
	f.put("motherhood", "relation", "person_a", "@girl", "person_b", "@mother", "type", "parent")
	f.put("use", "interpreter_use", "tie", "none")
	f.put("together", "interview", "type", "household", "start", "2026-11-20T09:00:00+03:00", "end", "2026-11-20T09:30:00+03:00",
		"persons_present", []string{f.id("mother"), f.id("father"), f.id("boy"), f.id("girl")}, "interpreter_use", "@use")
	for i, name := range []string{"mother", "father", "boy"} {
		f.put("alone-"+name, "interview", "type", "individual_adult", "about", "@"+name,
			"start", fmt.Sprintf("2026-11-20T1%d:00:00+03:00", i), "end", fmt.Sprintf("2026-11-20T1%d:40:00+03:00", i))
		f.put("language-"+name, "language", "parent", "@"+name, "language", "apc")
		f.put("school-"+name, "education", "parent", "@"+name, "level", "2")
		f.put("skills-"+name, "competence", "about", "@"+name, "ever_worked", "no", "driving_licence", "none")
	}
	return f
}

// settle gives the household an agreement of 1 February 2027 and the named members a day of settlement.
func settle(f *file, on string, members ...string) *file {
	f.put("request", "request", "household", "@home", "answer", "accepted", "agreed_date", "2027-02-01", "municipality", "5501")
	for _, name := range members {
		f.put("arrival-"+name, "arrival", "about", "@"+name, "settled_date", on)
	}
	return f
}

// severities of domain.md 8.5 and 7.5, for the rules that look at a case.
var severities = map[string]domain.Severity{
	"X1": domain.Error, "X2": domain.Error, "X3": domain.Warning, "X4": domain.Error, "X5": domain.Error, "X6": domain.Warning, "X7": domain.Error,
	"X8": domain.Error, "X9": domain.Warning, "X10": domain.Error, "X11": domain.Warning, "X13": domain.Warning, "X13_LONG": domain.Warning,
	"X14": domain.Error, "X15": domain.Warning, "X16": domain.Error, "X16_UNCLEAR": domain.Warning, "X17": domain.Error, "NAME_MISSING": domain.Error,
	"NATIONALITY": domain.Error, "STATELESS": domain.Error, "CATEGORIES": domain.Error, "END_BEFORE_START": domain.Error,
	"X18": domain.Error, "X19": domain.Error, "X20": domain.Information, "X23": domain.Warning, "X25": domain.Error, "X27": domain.Error,
	"RELATION_SELF": domain.Error, "PARENT_AGE": domain.Warning, "POLYGAMY": domain.Warning,
}

func TestCheckCase(t *testing.T) {
	id := func(f *file, names ...string) []string {
		var ids []string
		for _, name := range names {
			ids = append(ids, f.id(name))
		}
		return ids
	}
	tests := []caseTest{
		{"a whole case", func(f *file) {}, nil},
		{"an empty case", func(f *file) { *f = file{} }, nil},
		{"no principal applicant", func(f *file) { f.put("mother", "", "relation_to_pa", "sister") }, []string{"X1@case", "MINOR_STATUS@boy"}},
		{"two principal applicants", func(f *file) { f.put("father", "", "relation_to_pa", "principal_applicant") }, []string{"X1@case"}},
		{"a second one who has left", func(f *file) {
			f.put("father", "", "relation_to_pa", "principal_applicant", "left_case", "dead", "left_case_date", "2026-09-01")
		}, nil},
		{"nobody met, one unexplained", func(f *file) {
			for _, name := range []string{"mother", "father", "boy", "girl"} {
				f.put(name, "", "present_at_interview", "no_ill")
			}
			f.put("girl", "", "present_at_interview", nil)
		}, []string{"X2@home"}},
		{"nobody met, all explained", func(f *file) {
			for _, name := range []string{"mother", "father", "boy", "girl"} {
				f.put(name, "", "present_at_interview", "no_ill")
			}
		}, nil},
		{"another size than UNHCR says", func(f *file) { f.put("case", "", "case_size_rrf", int64(5)) }, []string{"X3@case"}},
		{"another size, with reason", func(f *file) { f.put("case", "", "case_size_rrf", int64(5), "case_size_reason", "one died") }, nil},
		{"unaccompanied beside a parent", func(f *file) {
			f.put("alone", "minor", "about", "@girl", "confirmed_unaccompanied", "yes", "status_date", "2026-11-20", "guardian_abroad_name", "Test Verge")
		}, []string{"X4@alone"}},
		{"unaccompanied, found by relation to the principal applicant", func(f *file) {
			f.drop("motherhood").put("alone", "minor", "about", "@boy", "confirmed_unaccompanied", "yes", "status_date", "2026-11-20", "guardian_abroad_name", "Test Verge")
		}, []string{"X4@alone"}},
		{"not unaccompanied after all", func(f *file) {
			f.put("alone", "minor", "about", "@girl", "confirmed_unaccompanied", "no", "status_date", "2026-11-20")
		}, nil},
		{"an accompanying person nobody named", func(f *file) { f.put("alone", "minor", "about", "@girl", "wish_to_live_with", "yes") }, []string{"X5@alone"}},
		{"an accompanying person by name only", func(f *file) { f.put("alone", "minor", "about", "@girl", "accompanying_named", "Test Tante") }, []string{"X5@alone"}},
		{"an accompanying person by name and relation", func(f *file) {
			f.put("alone", "minor", "about", "@girl", "accompanying_named", "Test Tante", "relation_to_accompanying", "aunt")
		}, nil},
		{"a married boy", func(f *file) { f.put("boy", "", "civil_status", "married") }, []string{"X6@boy"}},
		{"a wife who may be 17", func(f *file) { f.put("father", "", "birth", "2008") }, []string{"X6@father", "AGE_18_UNCLEAR@father"}},
		{"no interpreting language", func(f *file) { f.put("father", "", "interpreter_language_1", nil) }, []string{"X7@father"}},
		{"no interpreting language for a child", func(f *file) { f.put("girl", "", "interpreter_language_1", nil) }, nil},
		{"a shared language instead", func(f *file) {
			f.put("father", "", "interpreter_language_1", nil).put("alone-father", "", "interpreter_needed", "no", "shared_language", "eng")
		}, nil},
		{"no interpreter and no shared language", func(f *file) { f.put("alone-father", "", "interpreter_needed", "no") }, []string{"X7@alone-father"}},
		{"upper secondary without its details", func(f *file) { f.put("school-father", "", "level", "3") }, []string{"X8@school-father"}},
		{"upper secondary with a declined detail", func(f *file) {
			f.put("school-father", "", "level", "3", "field", "04", "completed", "no", "documents", domain.MissingAnswer(domain.Declined, "afraid"))
		}, nil},
		{"a level unstated", func(f *file) { f.put("school-father", "", "level", "9") }, nil},
		{"a regulated profession to go on in", func(f *file) {
			f.put("school-father", "", "regulated_profession", "yes").put("job", "work", "parent", "@father", "wants_to_continue", "yes")
		}, []string{"X9@school-father"}},
		{"a health need without documentation", func(f *file) { f.put("health", "health", "about", "@father", "mobility", "no_stairs") }, []string{"X10@health"}},
		{"a health need without a summary", func(f *file) {
			f.put("health", "health", "about", "@father", "mobility", "no_stairs", "documentation", []string{"MAF"})
		}, []string{"X10@health"}},
		{"no health need", func(f *file) {
			f.put("health", "health", "about", "@father", "mobility", "walks_freely", "care_need", "none")
		}, nil},
		{"a wheelchair without step-free access", func(f *file) {
			f.put("health", "health", "about", "@father", "mobility", "wheelchair_full", "documentation", []string{"MAF"})
			f.put("daily", "daily_life_need", "about", "@father", "daily_life_summary", "Rullestol.")
			f.put("dwelling", "dwelling_need", "about", "@father", "dwelling_needs", []string{"adapted_bathroom"})
		}, []string{"X11@health"}},
		{"an interview that ends before it starts", func(f *file) { f.put("together", "", "end", "2026-11-20T08:00:00+03:00") }, []string{"X13@together"}},
		{"offsets count", func(f *file) { f.put("together", "", "end", "2026-11-20T06:30:00Z") }, nil},
		{"180 minutes to the minute", func(f *file) { f.put("together", "", "start", "2026-11-20T08:30:00+03:00") }, nil},
		{"a minute more", func(f *file) { f.put("together", "", "start", "2026-11-20T08:29:00+03:00") }, []string{"X13_LONG@case"}},
		{"too long a day", func(f *file) { f.put("together", "", "start", "2026-11-20T08:00:00+03:00") }, []string{"X13_LONG@case"}},
		{"long, but with a pause", func(f *file) {
			f.put("together", "", "start", "2026-11-20T08:00:00+03:00", "pauses",
				[]map[string]string{{"start": "2026-11-20T08:20:00+03:00", "end": "2026-11-20T09:00:00+03:00"}})
		}, nil},
		{"a relative interprets", func(f *file) { f.put("use", "", "tie", "family_member") }, []string{"X14@use"}},
		{"a relative interprets in an emergency", func(f *file) { f.put("use", "", "tie", "family_member", "exception_reason", "birth began") }, nil},
		{"an interpreter from the country to avoid", func(f *file) {
			f.put("origin", "interpreter_special", "about", "@use", "origin_country", "SYR")
			f.put("wish", "person_special", "about", "@mother", "interpreter_wish_not_country", "SYR")
		}, []string{"X15@origin"}},
		{"an interpreter from the person's own country, which was not wished for", func(f *file) {
			f.put("origin", "interpreter_special", "about", "@use", "origin_country", "SYR")
			f.put("wish", "person_special", "about", "@mother", "interpreter_wish", []string{"not_same_country"})
		}, []string{"X15@origin"}},
		{"an interpreter from another country than the person's own", func(f *file) {
			f.put("origin", "interpreter_special", "about", "@use", "origin_country", "EGY")
			f.put("wish", "person_special", "about", "@mother", "interpreter_wish", []string{"not_same_country"})
		}, nil},
		{"an interpreter of a row of the interview, from the country to avoid", func(f *file) {
			f.put("own", "interpreter_use", "tie", "none", "parent", "@alone-mother")
			f.put("origin", "interpreter_special", "about", "@own", "origin_country", "SYR")
			f.put("wish", "person_special", "about", "@mother", "interpreter_wish_not_country", "SYR")
		}, []string{"X15@origin"}},
		{"an interpreter from that country with somebody else", func(f *file) {
			f.put("own", "interpreter_use", "tie", "none", "parent", "@alone-father")
			f.put("origin", "interpreter_special", "about", "@own", "origin_country", "SYR")
			f.put("wish", "person_special", "about", "@mother", "interpreter_wish_not_country", "SYR")
		}, nil},
		{"settled as agreed", func(f *file) { settle(f, "2027-03-02", "mother", "father", "boy", "girl") }, nil},
		{"settled before the agreement", func(f *file) { settle(f, "2027-01-31", "mother", "father", "boy", "girl") }, []string{
			"X18@arrival-mother", "X18@arrival-father", "X18@arrival-boy", "X18@arrival-girl",
		}},
		{"settled before an agreement that has only the day of its answer", func(f *file) {
			settle(f, "2027-01-30", "mother", "father", "boy", "girl").put("request", "", "agreed_date", nil, "answered_at", "2027-01-31T23:30:00+01:00")
		}, []string{"X18@arrival-mother", "X18@arrival-father", "X18@arrival-boy", "X18@arrival-girl"}},
		{"settled after an agreement that was withdrawn", func(f *file) {
			settle(f, "2027-01-31", "mother", "father", "boy", "girl").put("request", "", "withdrawn_at", "2027-02-02T10:00:00+01:00")
		}, nil},
		{"one member without a settlement date", func(f *file) { settle(f, "2027-03-02", "mother", "father", "boy") }, []string{"X19@home"}},
		{"one member who did not arrive", func(f *file) {
			settle(f, "2027-03-02", "mother", "father", "boy").put("arrival-girl", "arrival", "about", "@girl", "not_arrived_reason", "ill")
		}, nil},
		{"one member who withdrew", func(f *file) { settle(f, "2027-03-02", "mother", "father", "boy").put("girl", "", "status", "frafalt") }, nil},
		{"a household called settled without a date", func(f *file) { f.put("home", "", "status", "bosatt") }, []string{"X19@home"}},
		{"settled on the quota of the year before", func(f *file) {
			settle(f, "2027-03-02", "mother", "father", "boy", "girl").put("quota", "quota_year", "year", int64(2026)).put("mission", "mission", "quota_year", "@quota")
		}, []string{"X20@arrival-mother", "X20@arrival-father", "X20@arrival-boy", "X20@arrival-girl"}},
		{"settled on the quota of another mission", func(f *file) {
			settle(f, "2027-03-02", "mother", "father", "boy", "girl").put("quota", "quota_year", "year", int64(2026)).put("mission", "mission", "quota_year", "@home")
		}, nil},
		{"advice after the decision", func(f *file) {
			f.put("decision", "decision", "about", "@mother", "decision_date", "2026-12-10").put("advice", "advice", "sent_at", "2026-12-11T00:30:00+01:00")
		}, []string{"X23@advice"}},
		{"advice on the day of the decision", func(f *file) {
			f.put("decision", "decision", "about", "@mother", "decision_date", "2026-12-10").put("advice", "advice", "sent_at", "2026-12-10T23:30:00+01:00")
		}, nil},
		{"a permit that ends before the proposed week", func(f *file) {
			f.put("decision", "decision", "about", "@mother", "permit_valid_to", "2027-02-28").put("request", "request", "household", "@home", "proposed_week", "2027-W09")
		}, []string{"X25@decision"}},
		{"a permit that ends on the Monday of that week", func(f *file) {
			f.put("decision", "decision", "about", "@mother", "permit_valid_to", "2027-03-01").put("request", "request", "household", "@home", "proposed_week", "2027-W09")
		}, nil},
		{"a permit that was extended", func(f *file) {
			f.put("decision", "decision", "about", "@mother", "permit_valid_to", "2027-02-28", "extended_to", "2027-04-01")
			f.put("request", "request", "household", "@home", "proposed_week", "2027-W09")
		}, nil},
		{"a week of a request that was declined", func(f *file) {
			f.put("decision", "decision", "about", "@mother", "permit_valid_to", "2027-02-28")
			f.put("request", "request", "household", "@home", "proposed_week", "2027-W09", "answer", "declined")
		}, nil},
		{"kept from the family and shared", func(f *file) {
			f.put("matter", "sensitive", "about", "@mother", "known_to_family", "no", "may_be_shared_with", []string{"hqs"})
		}, []string{"X27@matter"}},
		{"kept from the family and shared with nobody", func(f *file) {
			f.put("matter", "sensitive", "about", "@mother", "known_to_family", "no", "may_be_shared_with", []string{"nobody"})
		}, nil},
		{"no individual interview", func(f *file) { f.drop("alone-boy") }, []string{"X16@boy"}},
		{"no individual interview of one who was ill", func(f *file) { f.drop("alone-boy").put("boy", "", "present_at_interview", "no_ill") }, nil},
		{"no individual interview of one who may be 15", func(f *file) { f.drop("alone-boy").put("boy", "", "birth", "2011") }, []string{"X16_UNCLEAR@boy"}},
		{"a remote interview about the boy", func(f *file) { f.put("alone-boy", "", "type", "remote") }, nil},
		{"a household interview is not individual", func(f *file) { f.put("alone-boy", "", "type", "household", "persons_present", id(f, "boy")) }, []string{"X16@boy"}},
		{"no languages mapped", func(f *file) { f.drop("language-father") }, []string{"X17@father"}},
		{"no school, but said so", func(f *file) { f.drop("school-father").put("skills-father", "", "school_years_total", int64(0)) }, nil},
		{"other competence not mapped", func(f *file) { f.put("skills-father", "", "driving_licence", nil) }, []string{"X17@father"}},
		{"a boy of 16 need not be mapped", func(f *file) { f.drop("language-boy") }, nil},
		{"a dossier case has no interviews to miss", func(f *file) {
			f.put("case", "", "channel", "dossier").drop("alone-boy").put("father", "", "interpreter_language_1", nil, "present_at_interview", nil)
		}, nil},
		{"no name", func(f *file) { f.put("girl", "", "given_names", "") }, []string{"NAME_MISSING@girl"}},
		{"no nationality", func(f *file) { f.put("girl", "", "nationalities", nil) }, []string{"NATIONALITY@girl"}},
		{"stateless", func(f *file) { f.put("girl", "", "nationalities", nil, "stateless", "yes") }, nil},
		{"stateless with a nationality", func(f *file) { f.put("girl", "", "stateless", "yes") }, []string{"STATELESS@girl"}},
		{"one category twice", func(f *file) { f.put("case", "", "submission_cat_secondary", "LPN") }, []string{"CATEGORIES@case"}},
		{"school that ends before it starts", func(f *file) { f.put("school-father", "", "start", "1999-03", "end", "1998") }, []string{"END_BEFORE_START@school-father"}},
		{"school within one year", func(f *file) { f.put("school-father", "", "start", "1999-03", "end", "1999") }, nil},
		{"related to oneself", func(f *file) { f.put("odd", "relation", "person_a", "@boy", "person_b", "@boy", "type", "sibling") }, []string{"RELATION_SELF@odd"}},
		{"a mother of eleven", func(f *file) { f.put("girl", "", "birth", "1999-12") }, []string{"X16@girl", "X17@girl", "PARENT_AGE@girl"}},
		{"a girl born in the year her mother turned twelve", func(f *file) { f.put("girl", "", "birth", "2000") }, []string{"X16@girl", "X17@girl"}},
		{"a mother who may have been twelve", func(f *file) { f.put("mother", "", "birth", "1998").put("girl", "", "birth", "2010") }, []string{"X16@girl"}},
		{"a second wife", func(f *file) {
			f.put("second", "person", "given_names", "Test", "relation_to_pa", "no_family", "birth", "2019", "household", "@home", "present_at_interview", "yes",
				"nationalities", []string{"SYR"}).put("case", "", "case_size_rrf", int64(5))
			f.put("second", "", "birth", "1960", "interpreter_language_1", "apc", "present_at_interview", "no_ill")
			f.put("marriage2", "relation", "person_a", "@father", "person_b", "@second", "type", "spouse")
		}, []string{"POLYGAMY@father"}},
		{"a wife after a divorce", func(f *file) {
			f.put("second", "person", "given_names", "Test", "relation_to_pa", "no_family", "birth", "1960", "household", "@home", "nationalities", []string{"SYR"},
				"interpreter_language_1", "apc", "present_at_interview", "no_ill").put("case", "", "case_size_rrf", int64(5))
			f.put("marriage2", "relation", "person_a", "@father", "person_b", "@second", "type", "spouse", "until", "2004")
		}, nil},
	}
	checkCases(t, tests)
}

// caseTest is a change of the whole case that family makes, and the problems that it brings: rule, and @ the name of the object.
type caseTest struct {
	name   string
	change func(f *file)
	want   []string
}

func checkCases(t *testing.T, tests []caseTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := family()
			tt.change(f)
			names := make(map[uuid.UUID]string)
			for name, o := range f.names {
				names[o.id] = name
			}
			var got []string
			for _, p := range domain.CheckCase(f, day(2026, 11, 22)) {
				got = append(got, p.Rule+"@"+names[p.Object])
				if p.Severity != severities[p.Rule] || p.Type == "" {
					t.Errorf("%+v: severity %s, want %s", p, p.Severity, severities[p.Rule])
				}
				if !slices.Contains(domain.Rules, p.Rule) {
					t.Errorf("%s is not among the rules that have a text", p.Rule)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
