package demo_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/codelist"
	"feltbok/internal/demo"
	"feltbok/internal/domain"
)

// groups returns the groups of a plan in the order in which they are written.
func groups(p demo.Plan) [][]demo.Record {
	return [][]demo.Record{p.Setup, p.Caseload, p.InterviewsA, p.InterviewsB, p.Orientation, p.Settlement}
}

// forms gives every answer of a plan in its stored form, so that two plans can be compared.
func forms(t testing.TB, p demo.Plan) []string {
	t.Helper()
	var out []string
	for _, group := range groups(p) {
		for _, r := range group {
			for _, name := range slices.Sorted(keys(r.Set)) {
				raw, err := r.Set[name].Encode()
				if err != nil {
					t.Fatalf("%s %s: %v", r.Type, name, err)
				}
				out = append(out, fmt.Sprintf("%s %s %s %s %s=%s", r.Type, r.ID, r.Case, r.Subject, name, raw))
			}
		}
	}
	return out
}

func keys(set map[string]domain.Answer) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range set {
			if !yield(name) {
				return
			}
		}
	}
}

func TestMission_SameSeedSamePlan(t *testing.T) {
	if diff := cmp.Diff(demo.Mission(7, 30), demo.Mission(7, 30)); diff != "" {
		t.Error(diff)
	}
	a, b := forms(t, demo.Mission(7, 30)), forms(t, demo.Mission(8, 30))
	if slices.Equal(a, b) {
		t.Error("two seeds give the same plan")
	}
}

func TestMissionFrom_OnlyTimesFollowTheDay(t *testing.T) {
	moment := regexp.MustCompile(`"20[0-9]{2}-[0-9]{2}-[0-9]{2}(T[^"]*)?"|"20[0-9]{2}-UGA-99"|=20[0-9]{2}$`)
	plain := func(p demo.Plan) []string {
		lines := forms(t, p)
		for i, line := range lines {
			if !strings.HasPrefix(line, "person ") {
				lines[i] = moment.ReplaceAllString(line, "*")
			}
		}
		return lines
	}
	a := demo.MissionFrom(7, 25, time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	b := demo.MissionFrom(7, 25, time.Date(2027, 3, 3, 8, 0, 0, 0, time.UTC))
	if diff := cmp.Diff(plain(a), plain(b)); diff != "" {
		t.Error(diff)
	}
}

func TestMission_ValuesAreValid(t *testing.T) {
	today := demo.ReferenceDay.AddDate(0, 3, 0)
	for seed := range int64(5) {
		plan := demo.Mission(seed, 40)
		for _, group := range groups(plan) {
			for _, r := range group {
				info, ok := domain.Info(r.Type)
				if !ok {
					t.Fatalf("no type %s", r.Type)
				}
				if (r.Subject == uuid.Nil) != (info.Subject == "") {
					t.Errorf("%s tells about %s, want %q", r.Type, r.Subject, info.Subject)
				}
				personal := info.Compartment != domain.Open && info.Compartment != domain.Orientation && r.Type != "interpreter_card"
				if personal != (r.Case != uuid.Nil) {
					t.Errorf("%s in %s has case %s", r.Type, info.Compartment, r.Case)
				}
				if info.Singleton() && info.Subject == "person" && r.ID != domain.SingletonID(r.Subject, r.Type) {
					t.Errorf("%s of %s has not the id of a single object", r.Type, r.Subject)
				}
				for name, a := range r.Set {
					f, ok := info.Field(name)
					if !ok {
						t.Errorf("%s has no field %s", r.Type, name)
						continue
					}
					for _, problem := range codelist.Shipped().CheckValue(f, a, today) {
						if problem.Severity == domain.Error {
							t.Errorf("%s.%s = %v: %s", r.Type, name, a.Value, problem.Rule)
						}
					}
					if !r.By.MayWrite(r.Type, name) {
						t.Errorf("%s may not write %s.%s", r.By, r.Type, name)
					}
				}
			}
		}
	}
}

func TestMission_CodesExist(t *testing.T) {
	wrong := map[string]bool{}
	for seed := range int64(5) {
		for _, group := range groups(demo.Mission(seed, 60)) {
			for _, r := range group {
				info, _ := domain.Info(r.Type)
				for name, a := range r.Set {
					f, _ := info.Field(name)
					if f.List == "" {
						continue
					}
					for _, code := range a.List() {
						if !codelist.Has(f.List, code) {
							wrong[fmt.Sprintf("%s.%s: list %s has no code %q", r.Type, name, f.List, code)] = true
						}
					}
				}
			}
		}
	}
	for _, line := range slices.Sorted(func(yield func(string) bool) {
		for line := range wrong {
			if !yield(line) {
				return
			}
		}
	}) {
		t.Error(line)
	}
}

// TestMission_RefersOnlyToWhatIsThere: the writer applies the records in order, so a reference must be known by then.
func TestMission_RefersOnlyToWhatIsThere(t *testing.T) {
	plan := demo.Mission(3, 40)
	known := map[string]domain.Type{}
	// The two laptops and headquarters all hold the caseload; they do not hold each other's interviews.
	for _, group := range [][][]demo.Record{
		{plan.Setup, plan.Caseload, plan.InterviewsA},
		{plan.Setup, plan.Caseload, plan.InterviewsB},
		{plan.Setup, plan.Caseload, plan.Orientation, plan.Settlement},
	} {
		clear(known)
		for _, p := range plan.Roster {
			known[p.ID.String()] = "roster_person"
		}
		for _, r := range slices.Concat(group...) {
			info, _ := domain.Info(r.Type)
			known[r.ID.String()] = r.Type
			if r.Case != uuid.Nil && known[r.Case.String()] != "case" {
				t.Errorf("%s names a case that is not there yet", r.Type)
			}
			if r.Subject != uuid.Nil && known[r.Subject.String()] != info.Subject {
				t.Errorf("%s tells about %q, want %q", r.Type, known[r.Subject.String()], info.Subject)
			}
			for name, a := range r.Set {
				f, _ := info.Field(name)
				if f.Kind != domain.Reference && f.Kind != domain.MultiReference {
					continue
				}
				for _, id := range a.List() {
					if known[id] != f.Of {
						t.Errorf("%s.%s points to %q, want %q", r.Type, name, known[id], f.Of)
					}
				}
			}
		}
	}
}

func TestMission_NearlyHalfAreMinors(t *testing.T) {
	minors, all := 0, 0
	for seed := range int64(20) {
		for _, r := range demo.Mission(seed, 60).Caseload {
			if r.Type != "person" {
				continue
			}
			birth, err := domain.ParsePartialDate(r.Set["birth"].Text())
			if err != nil {
				t.Fatal(err)
			}
			if _, oldest := birth.AgeRange(demo.ReferenceDay); oldest < 18 {
				minors++
			}
			all++
		}
	}
	if share := 100 * minors / all; share < 42 || share > 55 {
		t.Errorf("%d %% of %d persons are minors, want nearly half (domain.md 1)", share, all)
	}
}

// TestMission_NobodyIsReal: every name carries the mark of a test, every number is of a form that is never issued.
func TestMission_NobodyIsReal(t *testing.T) {
	caseNumber := regexp.MustCompile(`^200-24(C|-)[0-9]{5}$`)
	native := map[string]bool{}
	for seed := range int64(5) {
		for _, r := range demo.Mission(seed, 60).Caseload {
			switch r.Type {
			case "case":
				if number := r.Set["unhcr_case_no"].Text(); !caseNumber.MatchString(number) || len(domain.CheckUNHCRCase(number)) > 0 {
					t.Errorf("case number %q", number)
				}
			case "person":
				name := r.Set["given_names"].Text() + " " + r.Set["family_name"].Text()
				if !strings.Contains(name, "Test") {
					t.Errorf("%q does not say that it is a test", name)
				}
				if number := r.Set["unhcr_individual_no"].Text(); !strings.HasPrefix(number, "200-0") || len(domain.CheckUNHCRIndividual(number)) > 0 {
					t.Errorf("individual number %q", number)
				}
				if duf := r.Set["duf_no"].Text(); duf != "" {
					if !strings.HasPrefix(duf, "2099") {
						t.Errorf("DUF %q could be real", duf)
					}
					for _, problem := range domain.CheckDUFForSettlement(duf, demo.ReferenceDay) {
						if problem.Severity == domain.Error {
							t.Errorf("DUF %q: %s", duf, problem.Rule)
						}
					}
				}
				for _, letter := range r.Set["name_native_script"].Text() {
					for name, table := range map[string]*unicode.RangeTable{
						"Arabic": unicode.Arabic, "Ethiopic": unicode.Ethiopic, "Myanmar": unicode.Myanmar, "Cyrillic": unicode.Cyrillic,
					} {
						if unicode.Is(table, letter) {
							native[name] = true
						}
					}
					if unicode.Is(unicode.Latin, letter) {
						t.Errorf("a name in native script has the Latin letter %q", letter)
					}
				}
			}
		}
	}
	if len(native) != 4 {
		t.Errorf("scripts met: %v, want four", native)
	}
}

func TestDUF_KnownNumbers(t *testing.T) {
	for running, want := range map[int]string{ // domain.md 17
		1: "209900000103", 2: "209900000208", 10: "209900001005", 123: "209900012307", 123456: "209912345608", 500000: "209950000007",
		999999: "209999999910", 7: "209900000700",
	} {
		if got := demo.DUF(running); got != want {
			t.Errorf("DUF(%d) = %s, want %s", running, got, want)
		}
	}
}

func TestMission_HoldsAllStories(t *testing.T) {
	plan := demo.Mission(1, 20)
	for _, story := range demo.Stories {
		if _, ok := plan.Find(story); !ok {
			t.Errorf("no case tells the story %s", story)
		}
	}
	if len(plan.Cases) != 20 {
		t.Errorf("%d cases, want 20", len(plan.Cases))
	}
	boy, _ := plan.Find("boy_turning_18")
	for _, r := range plan.Caseload {
		if r.Type == "person" && r.ID == boy.Persons[0] {
			birth, err := domain.ParsePartialDate(r.Set["birth"].Text())
			if err != nil {
				t.Fatal(err)
			}
			low, _ := birth.AgeRange(demo.ReferenceDay)
			later, _ := birth.AgeRange(demo.ReferenceDay.AddDate(0, 5, 0))
			if low != 17 || later != 18 {
				t.Errorf("the boy is %d and then %d, want 17 and 18", low, later)
			}
		}
	}
	dossier, _ := plan.Find("dossier_medical")
	for _, group := range [][]demo.Record{plan.InterviewsA, plan.InterviewsB} {
		for _, r := range group {
			if r.Case == dossier.ID {
				t.Errorf("the dossier case has a %s from an interview", r.Type)
			}
		}
	}
	present := 0
	learner, _ := plan.Find("course_60_percent")
	var pupil uuid.UUID
	for _, p := range plan.Roster {
		if p.Case == learner.ID {
			pupil = p.ID
		}
	}
	for _, r := range plan.Orientation {
		if r.Type == "attendance" && r.Subject == pupil && r.Set["state"].Text() == "present" {
			present++
		}
	}
	if present != 3 {
		t.Errorf("the participant who attends 60 %% is there on %d days of 5", present)
	}
}

// TestMission_PlantedConflicts: each planned conflict is the same field of one object written by both laptops with
// different answers, and there are no others; and both laptops write different fields of one person, which is none.
func TestMission_PlantedConflicts(t *testing.T) {
	for _, cases := range []int{1, 5, 12, 40} {
		t.Run(fmt.Sprint(cases, " cases"), func(t *testing.T) {
			plan := demo.Mission(11, cases)
			type place struct {
				object uuid.UUID
				field  string
			}
			last := func(group []demo.Record) map[place]domain.Answer {
				out := map[place]domain.Answer{}
				for _, r := range group {
					for name, a := range r.Set {
						out[place{r.ID, name}] = a
					}
				}
				return out
			}
			a, b := last(plan.InterviewsA), last(plan.InterviewsB)
			planned := map[place]demo.Conflict{}
			for _, c := range plan.Conflicts {
				planned[place{c.Object, c.Field}] = c
			}
			if len(planned) == 0 {
				t.Error("no conflict is planted")
			}
			shared := map[uuid.UUID]bool{}
			for p, own := range a {
				for q := range b {
					if q.object == p.object && q.field != p.field {
						shared[p.object] = true
					}
				}
				other, both := b[p]
				if c, ok := planned[p]; ok != (both && !cmp.Equal(own, other)) {
					t.Errorf("%s: planned %v, written by both %v", p.field, ok, both)
				} else if ok && (!cmp.Equal(c.A, own) || !cmp.Equal(c.B, other)) {
					t.Errorf("%s: plan says %v and %v, written are %v and %v", p.field, c.A, c.B, own, other)
				}
			}
			if len(shared) == 0 {
				t.Error("no object has different fields from both laptops")
			}
		})
	}
}

// TestMission_Timetable: nobody is in two sittings at once, and nobody works on a Sunday.
func TestMission_Timetable(t *testing.T) {
	taken := map[string]bool{}
	slots := 0
	for _, r := range demo.Mission(2, 50).Caseload {
		if r.Type != "slot" {
			continue
		}
		slots++
		begin, err := time.Parse(time.RFC3339, r.Set["start"].Text())
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range []string{"interviewer", "room"} {
			key := who + r.Set[who].Text() + begin.String()
			if taken[key] {
				t.Errorf("%s has two sittings at %s", who, begin)
			}
			taken[key] = true
		}
		if begin.Weekday() == time.Sunday {
			t.Errorf("a sitting on Sunday %s", begin)
		}
	}
	if slots != 49 { // all but the dossier case
		t.Errorf("%d sittings, want 49", slots)
	}
}

func TestMission_NoCases(t *testing.T) {
	plan := demo.Mission(1, 0)
	if len(plan.Cases) != 0 || len(plan.InterviewsA) != 0 || len(plan.Setup) == 0 {
		t.Errorf("a mission without cases has %d cases, %d interviews, %d staff records", len(plan.Cases), len(plan.InterviewsA), len(plan.Setup))
	}
}
