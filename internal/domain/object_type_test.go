package domain_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/i18n"
)

var update = flag.Bool("update", false, "rewrite testdata/types.golden")

func TestTypes_Golden(t *testing.T) {
	var out strings.Builder
	for _, info := range domain.Types() {
		fmt.Fprintf(&out, "%d %s %s subject=%s by=%s rows=%t\n", info.Number, info.Type, info.Compartment, info.Subject, info.SubjectField(), info.Rows)
		for _, f := range info.Fields {
			fmt.Fprintf(&out, "\t%s: %s%s%s %s\n", f.Name, f.Kind, f.List, f.Of, f.Class)
		}
	}
	const path = "testdata/types.golden"
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("the table of types is stored for ever; if the change only adds, run the test with -update:\n%s", diff)
	}
}

// security.md 2.2 lists the types to start with; each is in exactly that compartment.
func TestTypes_Complete(t *testing.T) {
	want := map[domain.Compartment]string{
		domain.Open:        "mission slot code_list form course lesson quota_year sub_quota municipality aggregate situation_description seminar staff_card rehearsal backup_record open_import",
		domain.Case:        "mission_team slot_case case household person relation interview interpreter_use consent language literacy education work competence wish dwelling_need daily_life_need network child minor advice decision request arrival staff case_attachment same_as roster_link case_import interpreter_card disqualification sitting remark warning_answer form_response form_row",
		domain.Special:     "person_special health unhcr_need interpreter_special child_special minor_special sensitive special_attachment special_import special_remark special_warning_answer special_form_response special_form_row",
		domain.Sealed:      "sealed_note protected_address keep_apart sensitive_sealed guardian_sealed sealed_import sealed_remark",
		domain.Orientation: "roster_person enrolment attendance alternative_measure feedback orientation_import",
		domain.Audit:       "event",
	}
	got := make(map[domain.Compartment][]string)
	for _, info := range domain.Types() {
		got[info.Compartment] = append(got[info.Compartment], string(info.Type))
	}
	for c, names := range want {
		wanted := strings.Fields(names)
		slices.Sort(wanted)
		slices.Sort(got[c])
		if diff := cmp.Diff(wanted, got[c]); diff != "" {
			t.Errorf("types of %s (-want +got):\n%s", c, diff)
		}
	}
}

func TestTypes_ClassWithinCompartment(t *testing.T) {
	for _, info := range domain.Types() {
		for _, f := range info.Fields {
			if f.Class > info.Compartment.HighestClass() {
				t.Errorf("%s.%s is %s, but %s holds at most %s: it belongs in a facet", info.Type, f.Name, f.Class, info.Compartment, info.Compartment.HighestClass())
			}
		}
	}
}

func TestTypes_ReferencesPointDownwards(t *testing.T) {
	for _, info := range domain.Types() {
		targets := []domain.Type{info.Subject}
		for _, f := range info.Fields {
			if (f.Kind == domain.Reference || f.Kind == domain.MultiReference) != (f.Of != "") {
				t.Errorf("%s.%s: a reference, and only a reference, names a type", info.Type, f.Name)
			}
			targets = append(targets, f.Of)
		}
		for _, target := range targets {
			if target == "" {
				continue
			}
			other, ok := domain.Info(target)
			if !ok {
				t.Errorf("%s points to %q, which is no type", info.Type, target)
			} else if !info.Compartment.MayName(other.Compartment) {
				t.Errorf("%s in %s points upwards to %s in %s", info.Type, info.Compartment, target, other.Compartment)
			}
		}
	}
}

func TestTypes_Sound(t *testing.T) {
	numbers := make(map[uint16]bool)
	for _, info := range domain.Types() {
		if info.Number == 0 || numbers[info.Number] {
			t.Errorf("%s: the number %d is zero or stands twice", info.Type, info.Number)
		}
		numbers[info.Number] = true
		if back, ok := domain.InfoByNumber(info.Number); !ok || back.Type != info.Type {
			t.Errorf("InfoByNumber(%d) = %q, want %q", info.Number, back.Type, info.Type)
		}
		names := make(map[string]bool)
		for _, f := range info.Fields {
			if names[f.Name] {
				t.Errorf("%s.%s stands twice", info.Type, f.Name)
			}
			names[f.Name] = true
			if coded := f.Kind == domain.Code || f.Kind == domain.MultiCode; coded != (f.List != "") {
				t.Errorf("%s.%s: a code, and only a code, has a list", info.Type, f.Name)
			}
			if len(f.Why) == 0 {
				t.Errorf("%s.%s has no legal basis", info.Type, f.Name)
			}
			if f.Name != strings.ToLower(f.Name) || strings.ContainsAny(f.Name, " -") || f.Name == "parent" || f.Name == "about" || f.Name == "rank" {
				t.Errorf("%s.%s is no name for a field", info.Type, f.Name)
			}
		}
	}
}

// A roster must carry exactly the few fields that IOM may see (domain.md 7.20, security.md 2.2.5).
func TestTypes_RosterPersonIsMinimal(t *testing.T) {
	info, _ := domain.Info("roster_person")
	var got []string
	for _, f := range info.Fields {
		got = append(got, f.Name)
	}
	want := []string{"given_name", "family_initial", "birth_year", "sex", "language", "reads", "accessibility", "case_number", "contact"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTypeInfo_Field(t *testing.T) {
	language, _ := domain.Info("language")
	if f, ok := language.Field("parent"); !ok || f.Of != "person" {
		t.Errorf("the parent of a language is %q, want person", f.Of)
	}
	if f, ok := language.Field("_deleted"); !ok || f.Kind != domain.Bool {
		t.Error("every object may be deleted")
	}
	if _, ok := language.Field("religion"); ok {
		t.Error("a language has no religion")
	}
	literacy, _ := domain.Info("literacy")
	if !literacy.Singleton() || literacy.SubjectField() != "about" {
		t.Error("literacy is one object about a person")
	}
	person, _ := domain.Info("person")
	if person.Singleton() || person.SubjectField() != "" {
		t.Error("a person stands alone")
	}
}

// Two devices that never met must give one person's literacy the same id; the value is fixed for ever.
func TestSingletonID(t *testing.T) {
	person := uuid.MustParse("01930000-0000-7000-8000-000000000001")
	got := domain.SingletonID(person, "literacy")
	if want := uuid.MustParse("3622a246-26ea-5f4b-bbe9-d9559e44187b"); got != want {
		t.Errorf("SingletonID = %s, want %s", got, want)
	}
	if got == domain.SingletonID(person, "competence") {
		t.Error("two types share an id")
	}
	if got.Version() != 5 {
		t.Errorf("version %d, want 5", got.Version())
	}
}

func TestTexts_Complete(t *testing.T) {
	for _, lang := range i18n.Languages {
		texts := i18n.For(lang)
		var keys []string
		for _, rule := range domain.Rules {
			keys = append(keys, domain.Problem{Rule: rule}.Text())
		}
		for _, info := range domain.Types() {
			keys = append(keys, "domain.type."+string(info.Type))
		}
		for _, from := range domain.Statuses {
			for _, to := range domain.Statuses {
				if condition := domain.ConditionOf(from, to); condition != domain.Unconditional {
					keys = append(keys, "domain.condition."+string(condition))
				}
			}
		}
		for _, key := range keys {
			if !texts.Has(key) {
				t.Errorf("%s: no text %q", lang, key)
			}
		}
	}
}

func TestCompartment_Names(t *testing.T) {
	for _, c := range domain.AllCompartments {
		back, err := domain.ParseCompartment(c.String())
		if err != nil || back != c {
			t.Errorf("ParseCompartment(%q) = %v, %v", c.String(), back, err)
		}
	}
	for _, wrong := range []string{"", "Open", "compartment 0", "sealed-read"} {
		if c, err := domain.ParseCompartment(wrong); err == nil {
			t.Errorf("ParseCompartment(%q) = %v, want an error", wrong, c)
		}
	}
	for r := domain.RingOpen; r <= domain.AuditRead; r++ {
		if back, err := domain.ParseRing(r.String()); err != nil || back != r {
			t.Errorf("ParseRing(%q) = %v, %v", r.String(), back, err)
		}
	}
	for _, pair := range [][2]domain.Compartment{
		{domain.Case, domain.Special},
		{domain.Case, domain.Sealed},
		{domain.Special, domain.Sealed},
		{domain.Orientation, domain.Case},
		{domain.Open, domain.Case},
		{domain.Open, domain.Orientation},
	} {
		if pair[0].MayName(pair[1]) || !pair[1].MayName(pair[0]) {
			t.Errorf("%s must not name %s, only the reverse", pair[0], pair[1])
		}
	}
	if domain.Case.Boxed() || !domain.Sealed.Boxed() || !domain.Audit.Boxed() {
		t.Error("sealed and audit, and only they, are boxed")
	}
}
