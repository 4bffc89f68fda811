// Package fields_test holds the table of fields against the program: where each is entered, what checks it, and which test takes it
// from the keyboard of one machine to the register of another.
package fields_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"feltbok/app/record"
	"feltbok/internal/domain"
	"feltbok/internal/form"
)

var update = flag.Bool("update", false, "write README.md anew")

// today is the day by which ranges that move with the calendar are told.
var today = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// entered are the types that people fill in (domain.md 7.1–7.19, 7.21), and what is said of them in the review.
func entered() []domain.TypeInfo {
	var types []domain.TypeInfo
	for _, info := range domain.Types() {
		n := info.Number
		if n <= 2 || n >= 101 && n <= 109 || n >= 115 && n <= 116 || n >= 121 && n <= 126 || n >= 141 && n <= 146 || n >= 161 && n <= 162 ||
			n >= 201 && n <= 207 || n >= 221 && n <= 222 || n >= 301 && n <= 305 {
			types = append(types, info)
		}
	}
	return types
}

// made tells, for fields that the program writes itself, where it does; by file and the name that must stand there.
var made = map[string]struct{ what, file string }{
	"mission.status":                               {"headquarters' command `record set`; nothing in the field changes it", "cmd/feltbokctl/record.go"},
	"case.status":                                  {"a step of the review, `workspace.StepCase`", "internal/workspace/step.go"},
	"case.status_reason":                           {"with the step, `workspace.StepCase`", "internal/workspace/step.go"},
	"case.status_date":                             {"with the step, `workspace.StepCase`", "internal/workspace/step.go"},
	"case.household_count":                         {"counted from the households", "internal/domain/types_case.go"},
	"household.case":                               {"when the household is made: from the list, or in the case file", "internal/intake/compare.go"},
	"person.target_groups":                         {"worked out from birth and day, `domain.AgeGroup`", "internal/domain/types_case.go"},
	"interview.case":                               {"when the interview begins, `workspace.StartInterview`", "internal/workspace/interview.go"},
	"interview.interviewer":                        {"when the interview begins, `workspace.StartInterview`", "internal/workspace/interview.go"},
	"interview.status":                             {"a step of the review, `workspace.StepInterview`", "internal/workspace/step.go"},
	"interview.returned":                           {"when the lead sends it back, `workspace.StepInterview`", "internal/workspace/step.go"},
	"interview.amendments":                         {"with the step to amended, `workspace.StepInterview`", "internal/workspace/step.go"},
	"interview.come_back":                          {"the mark “come back to this” in the interview", "internal/workspace/interview_answers.go"},
	"interview.interpreter_use":                    {"older records; newer ones hold interpreters as rows of the interview", "internal/domain/check_record.go"},
	"interview.completeness":                       {"counted, `form.Progress`", "internal/domain/types_case.go"},
	"interview.time_spent_blocks":                  {"measured by the interview: the sum of the sittings, `workspace.TimeSpent`", "internal/workspace/sitting.go"},
	"competence.highest_level":                     {"the highest of the education rows", "internal/domain/types_competence.go"},
	"competence.digital_level":                     {"from the five digital questions", "internal/domain/types_competence.go"},
	"daily_life_need.need_known_before_settlement": {"from the health record", "internal/domain/types_settlement.go"},
	"minor.responsible_agency":                     {"from the age", "internal/domain/types_settlement.go"},
	"advice.case":                                  {"with the first word of the advice, place Record", "app/record/record.go"},
	"advice.written_by":                            {"with the first word of the advice, place Record", "app/record/record.go"},
	"advice.approved_by":                           {"the button of a second person in the review, `workspace.ApproveAdvice`", "internal/workspace/advice.go"},
	"advice.approved_digest":                       {"with the approval, `workspace.ApproveAdvice`", "internal/workspace/advice.go"},
	"advice.sent_at":                               {"the button of headquarters in the review, `workspace.SendAdvice`", "internal/workspace/advice.go"},
}

// reviewed are the types that the review writes, all fields of them.
var reviewed = []domain.Type{"remark", "warning_answer", "special_remark", "special_warning_answer"}

// asked lists the question sets that ask for a field.
func asked(t *testing.T) map[string][]string {
	t.Helper()
	sets, err := form.All()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, set := range sets {
		for _, item := range set.Flat() {
			if !item.Kind.Asked() {
				continue
			}
			kind := string(set.Object)
			if item.Repeat != "" {
				kind = item.Repeat
			}
			key := kind + "." + item.Name
			if name := "`" + set.ID + "`"; !slices.Contains(found[key], name) {
				found[key] = append(found[key], name)
			}
		}
	}
	return found
}

// where says at which place a field is entered; empty for nowhere.
func where(info domain.TypeInfo, f domain.Field, sets map[string][]string) string {
	key := string(info.Type) + "." + f.Name
	var places []string
	if names := sets[key]; names != nil {
		places = append(places, "question set "+strings.Join(names, ", "))
	}
	switch {
	case info.Type == "sealed_remark":
		places = append(places, "place Case file, the page of sealed entries")
	case slices.Contains(reviewed, info.Type):
		places = append(places, "place Review")
	case made[key].what != "":
		places = append(places, made[key].what)
	case slices.ContainsFunc(record.Asked(info.Type), func(a domain.Field) bool { return a.Name == f.Name }):
		places = append(places, "place Record")
	}
	return strings.Join(places, "; ")
}

// rules says which rules look at which fields, besides those that judge a value by itself. Every rule of a case stands here.
var rules = map[string]string{
	"X1": "person.relation_to_pa", "X2": "household.absence_reason person.present_at_interview person.household", "X3": "case.case_size_rrf case.case_size_reason",
	"X4": "minor.confirmed_unaccompanied", "X5": "minor.accompanying_person minor.accompanying_named minor.relation_to_accompanying minor.relation_documented minor.care_by_accompanying_now minor.wish_to_live_with",
	"X6": "person.civil_status", "X7": "person.interpreter_language_1 interview.interpreter_needed interview.shared_language",
	"X8": "education.level education.field education.documents education.completed", "X9": "work.wants_to_continue education.regulated_profession education.recognition_wish",
	"X10": "health.documentation daily_life_need.daily_life_summary health.urgent_before_travel health.senses health.care_need health.needs_specialist_service health.mental_health_support health.torture_or_war_injury",
	"X11": "health.mobility dwelling_need.dwelling_needs", "X12": "person_special.pregnant_due", "X13": "interview.start interview.end interview.pauses",
	"X13_LONG": "interview.start interview.end interview.pauses", "X14": "interpreter_use.tie interpreter_use.exception_reason",
	"X15": "interpreter_special.origin_country person_special.interpreter_wish_not_country interview.persons_present", "X16": "interview.type person.birth", "X16_UNCLEAR": "person.birth",
	"X17": "language.language education.level competence.has_completed_upper_secondary competence.school_years_total competence.ever_worked competence.driving_licence competence.digital_phone competence.digital_message competence.digital_search competence.digital_form competence.digital_office competence.informal_skills competence.informal_skills_other competence.courses competence.volunteering",
	"X20": "mission.quota_year", "X23": "advice.sent_at", "X24": "person.duf_no", "X27": "sensitive.known_to_family sensitive.may_be_shared_with",
	"CATEGORIES":       "case.submission_cat_primary case.submission_cat_secondary",
	"END_BEFORE_START": "mission.start_date mission.end_date education.start education.end work.start work.end relation.since relation.until",
	"NAME_MISSING":     "person.family_name person.given_names", "NATIONALITY": "person.nationalities person.stateless", "STATELESS": "person.nationalities person.stateless",
	"PARENT_AGE": "person.birth", "POLYGAMY": "relation.type relation.until", "RELATION_SELF": "relation.person_a relation.person_b",
}

// elsewhere are rules about types that stand outside this table: settlement and courses.
var elsewhere = []string{"X18", "X19", "X21", "X21_HOURS", "X22", "X25", "X26"}

// judged are the rules of single values, by the field that they look at (domain.md 8.1–8.4).
var judged = map[string]string{
	"duf_no": "DUF, DUF_FORM, DUF_YEAR", "unhcr_individual_no": "UNHCR_INDIVIDUAL", "unhcr_case_no": "UNHCR_CASE", "mission_code": "MISSION_CODE",
	"birth": "BIRTH_FUTURE, BIRTH_OLD, AGE_105", "daily_life_summary": "TEXT_DIAGNOSIS", "family_name": "NAME_DIGITS, NAME_CHARACTERS",
	"given_names": "NAME_DIGITS, NAME_CHARACTERS", "name_native_script": "NAME_SCRIPT",
}

// check says what judges the answers to a field.
func check(info domain.TypeInfo, f domain.Field) string {
	var parts []string
	switch f.Kind {
	case domain.Text, domain.MultiText:
		parts = append(parts, fmt.Sprintf("at most %d characters, no picture", domain.TextLimit))
	case domain.LongText:
		parts = append(parts, fmt.Sprintf("at most %d characters, no picture; TEXT_NUMBER, TEXT_STORY", domain.LongTextLimit))
	case domain.Int:
		least, most := domain.IntRange(f.Name, today)
		if most > 1<<50 {
			parts = append(parts, fmt.Sprintf("from %d", least))
		} else {
			parts = append(parts, fmt.Sprintf("from %d to %d", least, most))
		}
	case domain.Code, domain.MultiCode:
		parts = append(parts, "list `"+f.List+"`")
	case domain.Reference, domain.MultiReference:
		parts = append(parts, "a "+strings.ReplaceAll(string(f.Of), "_", " "))
	case domain.Rows:
		parts = append(parts, "columns "+strings.Join(f.Columns, ", "))
	default:
		parts = append(parts, f.Kind.String())
	}
	if names := judged[f.Name]; names != "" {
		parts = append(parts, names)
	}
	for _, rule := range domain.Rules {
		if slices.Contains(strings.Fields(rules[rule]), string(info.Type)+"."+f.Name) {
			parts = append(parts, rule)
		}
	}
	return strings.Join(parts, "; ")
}

// need says whether a record can be finished without the field.
func need(f domain.Field) string {
	return map[domain.Need]string{domain.Optional: "may", domain.Conditional: "if", domain.Required: "must", domain.Derived: "worked out"}[f.Need]
}

func page(t *testing.T) string {
	t.Helper()
	sets := asked(t)
	var out strings.Builder
	out.WriteString("# Every field, where it is entered and what checks it\n\n" +
		"Written by `go test ./docs/fields -update`; `make test` fails when it says something else than the program. The case file shows and\n" +
		"edits some of these fields too. *May*, *if* and *must* say whether a record can be finished without the field (domain.md 7); the\n" +
		"rules are those of domain.md 8, and a value must fit its field in any case (rules KIND and LIST). Each field has a test of its own,\n" +
		"`TestField/<type>.<field>`: entered on one machine, read again after a lock, carried in a file and merged on another.\n")
	for _, info := range entered() {
		fmt.Fprintf(&out, "\n## %s, compartment %s\n\n| Field | Kind | Class | Need | Entered | Checked |\n|---|---|---|---|---|---|\n", info.Type, info.Compartment)
		for _, f := range info.Fields {
			fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n", f.Name, f.Kind, f.Class, need(f), where(info, f, sets), check(info, f))
		}
	}
	return out.String()
}

// TestTable_IsTrue: the page says what the program does.
func TestTable_IsTrue(t *testing.T) {
	got := page(t)
	if *update {
		if err := os.WriteFile("README.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(old) || old[i] != line {
			t.Fatalf("README.md differs from line %d on; the program says\n%s\n(go test ./docs/fields -update)", i+1, line)
		}
	}
	if len(got) != len(want) {
		t.Error("README.md says more than the program")
	}
}

// TestTable_NoEmptyCell: every field is entered somewhere and checked by something, and what is claimed of the source stands there.
func TestTable_NoEmptyCell(t *testing.T) {
	sets := asked(t)
	known := map[string]bool{}
	for _, info := range entered() {
		for _, f := range info.Fields {
			key := string(info.Type) + "." + f.Name
			known[key] = true
			if where(info, f, sets) == "" {
				t.Errorf("%s is entered nowhere", key)
			}
			if check(info, f) == "" {
				t.Errorf("%s is checked by nothing", key)
			}
		}
	}
	for key, claim := range made {
		source, err := os.ReadFile("../../" + claim.file)
		if err != nil {
			t.Fatal(err)
		}
		name := key[strings.Index(key, ".")+1:]
		if !known[key] || !strings.Contains(string(source), `"`+name+`"`) && claim.file != "cmd/feltbokctl/record.go" {
			t.Errorf("%s does not write %s", claim.file, key)
		}
	}
	for rule, fields := range rules {
		if !slices.Contains(domain.Rules, rule) {
			t.Errorf("no rule is called %s", rule)
		}
		for _, key := range strings.Fields(fields) {
			if !known[key] {
				t.Errorf("rule %s looks at %s, which is no field", rule, key)
			}
		}
	}
	for _, rule := range domain.Rules {
		if strings.HasPrefix(rule, "X") && rules[rule] == "" && !slices.Contains(elsewhere, rule) {
			t.Errorf("rule %s stands at no field", rule)
		}
	}
}
