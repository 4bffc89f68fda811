package intake_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/intake"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

var ctx = context.Background()

const head = "Case No.;Individual Number;Relationship to PA;Family Name;Given Names;Name in own script;Sex;Date of Birth;Nationality;Mother tongue;Phone\n"

// family is a case of invented people whose names stand in four scripts.
const family = head +
	"233-26-00001;233-00000101;PA;Prøve;Mappe;تجربة مجلد;M;15-Mar-1985;SYR;Arabic;+256 700 000 001\n" +
	"233-26-00001;233-00000102;Wife;Prøve;Perm;ሙከራ ፐርም;F;00/03/1990;Eritrea;Tigrinya;+256 700 000 001\n" +
	"233-26-00001;233-00000103;Child;Prøve;Hefte;စမ်း စာအုပ်;F;2015;Myanmar;Burmese;\n" +
	"233-26-00001;233-00000104;Mother;Prøve;Skuff;Проба Шухляда;F;01.01.1950;statsløs;Ukrainsk;\n"

// run is a headquarters with a caseworker at work.
type run struct {
	t  *testing.T
	in *exchangetest.Installation
	ws *workspace.Workspace
}

func begin(t *testing.T, open ...string) *run {
	t.Helper()
	in := exchangetest.Caseload.Copy(t, append(open, "hq")...)
	return &run{t: t, in: in, ws: in.HQ.WS}
}

func (r *run) list(content string) *intake.List {
	r.t.Helper()
	list, err := intake.Read("liste.csv", []byte(content), "")
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *run) options(list *intake.List) intake.Options {
	r.t.Helper()
	m, _, err := intake.MappingFor(r.ws, list.Table)
	if err != nil {
		r.t.Fatal(err)
	}
	return intake.Options{Mapping: m, Mission: exchangetest.Mission}
}

func (r *run) plan(content string, change ...func(*intake.Options)) (*intake.Plan, *intake.List, intake.Options) {
	r.t.Helper()
	list := r.list(content)
	o := r.options(list)
	for _, f := range change {
		f(&o)
	}
	plan, err := intake.Prepare(ctx, r.ws, list, o, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return plan, list, o
}

func (r *run) apply(content string, change ...func(*intake.Options)) (*intake.Intake, *intake.Plan) {
	r.t.Helper()
	plan, list, o := r.plan(content, change...)
	done, err := intake.Apply(ctx, r.ws, list, o, plan, true, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return done, plan
}

func (r *run) records(t domain.Type, caseID uuid.UUID) []*workspace.Record {
	r.t.Helper()
	records, err := r.ws.Objects(ctx, t, caseID)
	if err != nil {
		r.t.Fatal(err)
	}
	return records
}

// person finds the person with an individual number.
func (r *run) person(number string) *workspace.Record {
	r.t.Helper()
	for _, p := range r.records("person", uuid.Nil) {
		if p.Text("unhcr_individual_no") == number {
			return p
		}
	}
	r.t.Fatalf("nobody has %s", number)
	return nil
}

func codes(issues []intake.Issue) (out []string) {
	for _, i := range issues {
		out = append(out, fmt.Sprintf("%d %s %s", i.Row, i.Column, i.Code))
	}
	return out
}

func TestApply_MakesCaseHouseholdPersonsAndRelations(t *testing.T) {
	r := begin(t)
	done, plan := r.apply(family)
	caseID := plan.Cases[0].Case
	one, err := r.ws.Get(ctx, "case", caseID)
	if err != nil || one == nil {
		t.Fatal(one, err)
	}
	for field, want := range map[string]string{
		"unhcr_case_no": "233-26-00001", "status": "scheduled", "mission": exchangetest.Mission.String(), "channel": "mission",
		"submitted_by": "unhcr", "contact_channel": "+256 700 000 001", "limited_information": "no",
	} {
		if got := one.Text(field); got != want {
			t.Errorf("case %s = %q, want %q", field, got, want)
		}
	}
	type fields map[string]string
	for number, want := range map[string]fields{
		"233-00000101": {"given_names": "Mappe", "family_name": "Prøve", "name_native_script": "تجربة مجلد", "sex": "male", "birth": "1985-03-15", "birth_certainty": "", "nationalities": "SYR", "mother_tongue": "ara", "relation_to_pa": "principal_applicant"},
		"233-00000102": {"name_native_script": "ሙከራ ፐርም", "sex": "female", "birth": "1990-03", "birth_certainty": "estimated", "nationalities": "ERI", "mother_tongue": "tir", "relation_to_pa": "spouse"},
		"233-00000103": {"name_native_script": "စမ်း စာအုပ်", "birth": "2015", "birth_certainty": "estimated", "nationalities": "MMR", "mother_tongue": "mya", "relation_to_pa": "daughter"},
		"233-00000104": {"name_native_script": "Проба Шухляда", "birth": "1950-01-01", "birth_certainty": "estimated", "nationalities": "", "stateless": "yes", "mother_tongue": "ukr", "relation_to_pa": "mother"},
	} {
		p := r.person(number)
		for field, text := range want {
			a := p.Answer(field)
			if a.Text() != text {
				t.Errorf("%s %s = %q, want %q", number, field, a.Text(), text)
			}
			if text != "" && (a.Source != domain.FromRRF || a.Verification != domain.Unverified) {
				t.Errorf("%s %s stands as %q %q", number, field, a.Source, a.Verification)
			}
		}
		if homes := r.records("household", caseID); len(homes) != 1 || p.Reference("household") != homes[0].ID() {
			t.Errorf("%s lives in %v", number, p.Reference("household"))
		}
	}
	var kin []string
	for _, rel := range r.records("relation", caseID) {
		name := func(id uuid.UUID) string { p, _ := r.ws.Get(ctx, "person", id); return p.Text("given_names") }
		kin = append(kin, name(rel.Reference("person_b"))+" is "+rel.Text("type")+" of "+name(rel.Reference("person_a")))
	}
	if diff := cmp.Diff(map[string]bool{"Perm is spouse of Mappe": true, "Mappe is parent of Hefte": true, "Skuff is parent of Mappe": true}, set(kin)); diff != "" {
		t.Error(diff)
	}
	if c := done.Counts; c.NewCases != 1 || c.NewPersons != 4 || c.Households != 1 || c.Relations != 3 || c.Errors != 0 {
		t.Errorf("%+v", c)
	}
}

func set(list []string) map[string]bool {
	out := map[string]bool{}
	for _, one := range list {
		out[one] = true
	}
	return out
}

func TestApply_TwiceChangesNothing(t *testing.T) {
	r := begin(t)
	r.apply(family)
	before := len(r.records("person", uuid.Nil)) + len(r.records("relation", uuid.Nil)) + len(r.records("household", uuid.Nil))
	done, plan := r.apply(family)
	if done.ID != uuid.Nil || plan.Changes() {
		t.Errorf("the second time writes: %+v", plan.Counts)
	}
	if plan.Counts.SameCases != 1 || plan.Counts.SamePersons != 4 || plan.Before.IsZero() {
		t.Errorf("%+v, before %v", plan.Counts, plan.Before)
	}
	if after := len(r.records("person", uuid.Nil)) + len(r.records("relation", uuid.Nil)) + len(r.records("household", uuid.Nil)); after != before {
		t.Errorf("%d records, %d before", after, before)
	}
	without := strings.ReplaceAll(strings.ReplaceAll(family, ";233-0000010", ";"), "233-26-00001", "233-26C00009")
	r.apply(numberless(without))
	if _, plan := r.apply(numberless(without)); plan.Changes() || plan.Counts.SamePersons != 4 {
		t.Errorf("without individual numbers: %+v", plan.Counts)
	}
}

// numberless empties the column of the individual numbers.
func numberless(list string) string {
	lines := strings.Split(list, "\n")
	for i := 1; i < len(lines); i++ {
		if cells := strings.Split(lines[i], ";"); len(cells) > 1 {
			cells[1] = ""
			lines[i] = strings.Join(cells, ";")
		}
	}
	return strings.Join(lines, "\n")
}

func TestApply_ChangedListNeverReplacesWhatIsVerified(t *testing.T) {
	r := begin(t)
	r.apply(family)
	mother := r.person("233-00000104")
	confirmed := mother.Answer("birth")
	confirmed.Verification = domain.ConfirmedByPerson
	exchangetest.Write(t, r.in.HQ, workspace.Target{Type: "person", ID: mother.ID(), Case: mother.Case()}, map[string]domain.Answer{"birth": confirmed})
	changed := strings.NewReplacer("01.01.1950", "12.05.1951", "00/03/1990", "07/03/1990").Replace(family)

	_, plan := r.apply(changed)
	if c := plan.Counts; c.Values != 1 || c.Held != 1 || c.ChangedPersons != 1 || c.Disputed != 0 {
		t.Errorf("%+v", c)
	}
	if got := r.person("233-00000102").Answer("birth"); got.Text() != "1990-03-07" || got.Verification != domain.Unverified {
		t.Errorf("unverified value %v", got)
	}
	if p := r.person("233-00000104"); p.Text("birth") != "1950-01-01" || p.Conflicted("birth") {
		t.Errorf("verified value %q", p.Text("birth"))
	}
	if diff := cmp.Diff([]string{"5 Date of Birth VERIFIED"}, codes(plan.Issues)); diff != "" {
		t.Error(diff)
	}

	_, plan = r.apply(changed, func(o *intake.Options) { o.Dispute = true })
	if plan.Counts.Disputed != 1 || plan.Counts.Held != 0 {
		t.Errorf("%+v", plan.Counts)
	}
	if p := r.person("233-00000104"); !p.Conflicted("birth") || len(p.Heads("birth")) != 2 {
		t.Errorf("asked for, and no conflict stands: %v", p.Heads("birth"))
	}
	if _, plan = r.apply(changed, func(o *intake.Options) { o.Dispute = true }); plan.Changes() {
		t.Errorf("the third time writes: %+v", plan.Counts)
	}
}

func TestApply_CaseWithAnErrorStaysOutWhole(t *testing.T) {
	r := begin(t)
	const list = head +
		"233-26-00001;233-00000101;PA;Prøve;Mappe;;M;15.03.1985;SYR;Arabic;\n" +
		"233-26-00001;233-00000102;Wife;Prøve;Perm;;F;31.02.1990;SYR;Arabic;\n" +
		"233-26-00002;233-00000103;PA;Test;Skuff;;F;1990;SYR;Arabic;\n"
	plan, l, o := r.plan(list)
	if _, err := intake.Apply(ctx, r.ws, l, o, plan, false, nil); fault.Code(err) != "L-ROWS" {
		t.Fatalf("%v, want L-ROWS", err)
	}
	if got := len(r.records("case", uuid.Nil)); got != 1 {
		t.Errorf("refused and yet %d cases", got)
	}
	r.apply(list)
	var numbers []string
	for _, c := range r.records("case", uuid.Nil) {
		numbers = append(numbers, c.Text("unhcr_case_no"))
	}
	if diff := cmp.Diff(map[string]bool{"200-24C00001": true, "233-26-00002": true}, set(numbers)); diff != "" {
		t.Error(diff)
	}
}

func TestPrepare_SaysWhatIsWrong(t *testing.T) {
	r := begin(t)
	r.apply(family)
	for name, c := range map[string]struct {
		rows string
		want []string
	}{
		"codes":               {"233-26-1;;PA;A;B;;X1;1990;Atlantis;Klingon;", []string{"2 Case No. UNHCR_CASE", "2 Sex UNKNOWN_CODE", "2 Nationality UNKNOWN_CODE", "2 Mother tongue UNKNOWN_CODE"}},
		"NA is Namibia":       {"233-26-00007;;PA;A;B;;M;1990;NA;;", []string{"2 Nationality AMBIGUOUS"}},
		"dates":               {"233-26-00007;;PA;A;B;;M;31.02.1990;;;", []string{"2 Date of Birth NOT_A_DATE"}},
		"age is no date":      {"233-26-00007;;PA;A;B;;M;35;;;", []string{"2 Date of Birth NOT_A_DATE"}},
		"born tomorrow":       {"233-26-00007;;PA;A;B;;M;2027;;;", []string{"2 Date of Birth BIRTH_FUTURE"}},
		"child without sex":   {"233-26-00007;;Child;A;B;;;1990;;;\n233-26-00007;;PA;A;C;;M;1980;;;", []string{"2 Relationship to PA NEEDS_SEX"}},
		"no case":             {";;PA;A;B;;M;1990;;;", []string{"2 Case No. NO_CASE_NUMBER"}},
		"no name":             {"233-26-00007;;PA;;;;M;1990;;;", []string{"2  NO_NAME"}},
		"twice the number":    {"233-26-00007;233-00000201;PA;A;B;;M;1990;;;\n233-26-00007;233-00000201;Wife;A;C;;F;1990;;;", []string{"3 Individual Number TWICE_PERSON"}},
		"twice the person":    {"233-26-00007;;PA;A;B;;M;1990;;;\n233-26-00007;;Brother;A;b;;M;1990;;;", []string{"3  TWICE_PERSON"}},
		"two principals":      {"233-26-00007;;PA;A;B;;M;1990;;;\n233-26-00007;;PA;A;C;;M;1991;;;", []string{"3 Relationship to PA TWICE_PRINCIPAL"}},
		"no principal":        {"233-26-00007;;Wife;A;B;;F;1990;;;", []string{"2 Relationship to PA NO_PRINCIPAL"}},
		"rows disagree":       {"233-26-00007;;PA;A;B;;M;1990;;;111\n233-26-00007;;Wife;A;C;;F;1990;;;222", []string{"3 Phone CASE_DIFFERS"}},
		"of another case":     {"233-26-00007;233-00000101;PA;A;B;;M;1990;;;", []string{"2 Individual Number OTHER_CASE"}},
		"formula":             {"233-26-00007;;PA;=1+1;B;;M;1990;;;", []string{"2 Family Name FORMULA"}},
		"much like elsewhere": {"233-26-00007;;PA;Prøve;Mape;;M;15.03.1985;;;", []string{"2  LIKELY_ELSEWHERE"}},
		"much like here":      {"233-26-00001;;PA;Prøve;Mape;;M;15.03.1985;;;", []string{"2  LIKELY_HERE"}},
		"unknown is empty":    {"233-26-00007;;PA;A;B;;M;ukjent;N/A;-;", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			plan, _, _ := r.plan(head + c.rows + "\n")
			if diff := cmp.Diff(c.want, codes(plan.Issues)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPrepare_LikelyPersonWaitsForAnAnswer(t *testing.T) {
	r := begin(t)
	r.apply(family)
	const row = head + "233-26-00001;;PA;Prøve;Mape;;M;15.03.1985;;;\n"
	plan, _, _ := r.plan(row)
	if plan.Counts.Asking != 1 || plan.Cases[0].State != intake.StateLeftOut || len(plan.Cases[0].Persons[0].Likely) != 1 {
		t.Fatalf("%+v", plan.Cases[0])
	}
	id := plan.Cases[0].Persons[0].Likely[0].Person
	plan, _, _ = r.plan(row, func(o *intake.Options) { o.Same = map[int]uuid.UUID{2: id} })
	if p := plan.Cases[0].Persons[0]; p.State != intake.StateChanged || p.Person != id || len(p.Differences) != 1 || p.Differences[0].Field != "given_names" {
		t.Errorf("the same: %+v", p)
	}
	plan, _, _ = r.plan(row, func(o *intake.Options) { o.Same = map[int]uuid.UUID{2: uuid.Nil} })
	if p := plan.Cases[0].Persons[0]; p.State != intake.StateNew || p.Person == id {
		t.Errorf("somebody new: %+v", p)
	}
}

func TestUndo_TakesTheWholeListBack(t *testing.T) {
	r := begin(t, "laptop-a")
	first, plan := r.apply(family)
	laptop := r.in.Laptops[0]
	exchangetest.Send(t, r.in.HQ, laptop.Name, laptop)
	if _, err := intake.Undo(ctx, r.ws, first.ID, " ", false); fault.Code(err) != "E-VALUE" {
		t.Errorf("without a reason: %v", err)
	}
	would, err := intake.Undo(ctx, r.ws, first.ID, "", true)
	if err != nil || would.Objects != 9 || len(r.records("person", uuid.Nil)) != 5 {
		t.Errorf("rehearsal: %+v %v", would, err)
	}
	done, err := intake.Undo(ctx, r.ws, first.ID, "feil uttak", false)
	if err != nil || !done.Changed || done.Objects != 9 {
		t.Fatalf("%+v %v", done, err)
	}
	for _, typ := range []domain.Type{"case", "person", "household", "relation"} {
		if got := r.records(typ, plan.Cases[0].Case); len(got) != 0 {
			t.Errorf("%d of type %s are left", len(got), typ)
		}
	}
	exchangetest.Send(t, r.in.HQ, laptop.Name, laptop)
	if left, err := laptop.WS.Objects(ctx, "person", plan.Cases[0].Case); err != nil || len(left) != 0 {
		t.Errorf("the laptop still has %d: %v", len(left), err)
	}
	if again, err := intake.Undo(ctx, r.ws, first.ID, "en gang til", false); err != nil || again.Changed {
		t.Errorf("again: %+v %v", again, err)
	}
	if _, plan := r.apply(family); plan.Counts.NewPersons != 4 || !plan.Before.IsZero() {
		t.Errorf("after the undo: %+v", plan.Counts)
	}
	list, err := intake.Intakes(r.ws)
	if err != nil || len(list) != 2 || list[0].Undone || !list[1].Undone || list[1].Reason != "feil uttak" {
		t.Errorf("%+v %v", list, err)
	}
}

func TestApply_PlanOfAnotherRegisterIsStale(t *testing.T) {
	r := begin(t)
	plan, list, o := r.plan(family)
	r.apply(family)
	if _, err := intake.Apply(ctx, r.ws, list, o, plan, true, nil); fault.Code(err) != "E-PLAN" {
		t.Errorf("%v, want E-PLAN", err)
	}
}

func TestApply_OneUnitOrNothing(t *testing.T) {
	r := begin(t)
	plan, list, o := r.plan(family)
	stop, cancel := context.WithCancel(ctx)
	_, err := intake.Apply(stop, r.ws, list, o, plan, true, func(done, _ int) {
		if done == 3 {
			cancel()
		}
	})
	if err == nil || len(r.records("case", uuid.Nil)) != 1 || len(r.records("person", uuid.Nil)) != 1 {
		t.Errorf("stopped with %v, and %d persons stand", err, len(r.records("person", uuid.Nil)))
	}
	if list, err := intake.Intakes(r.ws); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

func TestMappingFor_RemembersByHeadings(t *testing.T) {
	r := begin(t)
	const odd = "Sak;Hvem;Merknad;F. dato\n233-26-00001;Prøve, Mappe;rolig;03/25/1985\n"
	list := r.list(odd)
	m, found, err := intake.MappingFor(r.ws, list.Table)
	if err != nil || found {
		t.Fatal(found, err)
	}
	if diff := cmp.Diff(intake.Mapping{Columns: map[string]string{"Sak": "case.unhcr_case_no", "F. dato": "person.birth"}, Dates: intake.MonthFirst, Source: domain.FromRRF}, m); diff != "" {
		t.Fatal(diff)
	}
	if _, err := intake.Prepare(ctx, r.ws, list, intake.Options{Mapping: m}, nil); fault.Code(err) != "L-COLUMNS" {
		t.Errorf("%v, want L-COLUMNS", err)
	}
	r.apply(odd, func(o *intake.Options) {
		o.Mapping.Columns["Hvem"], o.Mapping.Source = "person.full_name", domain.FromUDIList
	})
	m, found, err = intake.MappingFor(r.ws, r.list("F. DATO;Merknad;Hvem;Sak\n1;2;3;4\n").Table)
	if err != nil || !found || m.Source != domain.FromUDIList || m.Dates != intake.MonthFirst {
		t.Errorf("%+v %v %v", m, found, err)
	}
	for _, p := range r.records("person", uuid.Nil) {
		if p.Text("family_name") == "Prøve" {
			if p.Text("given_names") != "Mappe" || p.Text("birth") != "1985-03-25" || p.Answer("birth").Source != domain.FromUDIList {
				t.Errorf("%q %q %q", p.Text("given_names"), p.Text("birth"), p.Answer("birth").Source)
			}
			return
		}
	}
	t.Error("the person is missing")
}

func TestPrepare_RolesThatMay(t *testing.T) {
	r := begin(t, "laptop-a")
	list := r.list(family)
	o := r.options(list)
	if _, err := intake.Prepare(ctx, r.in.Laptops[0].WS, list, o, nil); fault.Code(err) != "E-ROLE" {
		t.Errorf("an interviewer: %v, want E-ROLE", err)
	}
	if !intake.May(domain.MLD) || !intake.May(domain.HQC) || intake.May(domain.ADM) || intake.May(domain.NCO) {
		t.Error("the wrong roles may")
	}
}
