package exchange_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// mustActs says what can be taken back: types, fields and values, the newest first.
func mustActs(t testing.TB, m *machine, caseID uuid.UUID) (acts []exchange.Act, said []string) {
	t.Helper()
	acts, err := exchange.Acts(t.Context(), m.ws, caseID)
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range acts {
		said = append(said, string(act.Type)+"."+act.Field+"="+act.Value)
	}
	return acts, said
}

func mustTakeBack(t testing.TB, m *machine, act exchange.Act) {
	t.Helper()
	if err := exchange.TakeBack(t.Context(), m.ws, act); err != nil {
		t.Fatal(err)
	}
}

// handedIn gives an interview that its interviewer has handed in, on the lead's laptop.
func handedIn(t testing.TB) (in *installation, lead *machine, caseID, id uuid.UUID) {
	t.Helper()
	in, lead, target := mustMission(t, domain.MLD)
	a := in.laptops[0]
	id, err := a.ws.StartInterview(t.Context(), target.Case, target.ID, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	mustStep(t, a, id, domain.ReadyForReview, "")
	send(t, a, "hq", in.hq)
	send(t, in.hq, lead.name, lead)
	return in, lead, target.Case, id
}

func mustStep(t testing.TB, m *machine, id uuid.UUID, to domain.InterviewStatus, reason string) {
	t.Helper()
	if _, err := m.ws.StepInterview(t.Context(), id, to, reason); err != nil {
		t.Fatalf("%s steps to %s: %v", m.name, to, err)
	}
}

func mustBe(t testing.TB, m *machine, id uuid.UUID, want domain.InterviewStatus) *workspace.Record {
	t.Helper()
	r, err := m.ws.Get(t.Context(), "interview", id)
	if err != nil || r == nil || workspace.InterviewStatus(r) != want || r.Conflicted("status") {
		t.Fatalf("%s shows %+v, %v; want %s", m.name, r, err, want)
	}
	return r
}

// TestTakeBack_SentBackAndLocked: the lead takes back that an interview was sent back, its reason with it, and a lock; what was before
// stands again, there and at headquarters. What is in a file cannot be taken back, nor what somebody else did.
func TestTakeBack_SentBackAndLocked(t *testing.T) {
	in, lead, caseID, id := handedIn(t)
	if _, said := mustActs(t, lead, caseID); said != nil {
		t.Fatalf("the lead may take back what the interviewer did: %v", said)
	}
	if _, said := mustActs(t, in.laptops[0], caseID); said != nil {
		t.Fatalf("what is in a file can be taken back: %v", said)
	}
	mustStep(t, lead, id, domain.Draft, "Yrket mangler.")
	acts, said := mustActs(t, lead, caseID)
	if diff := cmp.Diff([]string{"interview.status=draft"}, said); diff != "" || !acts[0].Returned {
		t.Fatalf("after sending it back: %s", diff)
	}
	mustTakeBack(t, lead, acts[0])
	if r := mustBe(t, lead, id, domain.ReadyForReview); r.Answer("returned").Bool() {
		t.Error("it still counts as sent back")
	}
	review, err := lead.ws.ReviewCase(t.Context(), caseID)
	if err != nil || len(review.Threads) != 0 {
		t.Errorf("the reason stays: %+v, %v", review.Threads, err)
	}
	if err := exchange.TakeBack(t.Context(), lead.ws, acts[0]); fault.Code(err) != "E-UNDO" {
		t.Errorf("taken back twice: %v", err)
	}
	answerWarnings(t, lead, caseID, mustBe(t, lead, id, domain.ReadyForReview).Reference("about"))
	mustStep(t, lead, id, domain.Reviewed, "")
	mustStep(t, lead, id, domain.Locked, "")
	acts, said = mustActs(t, lead, caseID)
	if diff := cmp.Diff([]string{"interview.status=locked"}, said); diff != "" {
		t.Fatal(diff)
	}
	mustTakeBack(t, lead, acts[0])
	mustBe(t, lead, id, domain.Reviewed)
	if _, said = mustActs(t, lead, caseID); said != nil {
		t.Errorf("what was taken back can be taken back: %v", said)
	}
	mustStep(t, lead, id, domain.Locked, "")
	if acts, said = mustActs(t, lead, caseID); len(said) != 1 {
		t.Fatalf("the second lock: %v", said)
	}
	send(t, lead, "hq", in.hq)
	mustBe(t, in.hq, id, domain.Locked)
	if _, said = mustActs(t, lead, caseID); said != nil {
		t.Errorf("a lock that headquarters has can be taken back: %v", said)
	}
	if err := exchange.TakeBack(t.Context(), lead.ws, acts[0]); fault.Code(err) != "E-UNDO" {
		t.Errorf("a lock in a file is taken back: %v", err)
	}
	mustStep(t, lead, id, domain.Amended, "Feil fødselsår.")
	mustStep(t, lead, id, domain.Locked, "")
	if _, said = mustActs(t, lead, caseID); said != nil {
		t.Errorf("the lock after an amendment can be taken back: %v", said)
	}
	send(t, lead, "hq", in.hq)
	mustBe(t, in.hq, id, domain.Locked)
	if status := mustStatus(t, in.hq); status.Quarantined != 0 {
		t.Errorf("headquarters does not accept %d lines", status.Quarantined)
	}
}

// answerWarnings writes what the rules miss about the invented person, and says of each warning why it may stand.
func answerWarnings(t testing.TB, m *machine, caseID, person uuid.UUID) {
	t.Helper()
	mustSet(t, m, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{
		"relation_to_pa": text("principal_applicant"), "nationalities": {Value: []string{"SYR"}}, "stateless": text("no"), "interpreter_language_1": text("apc"),
		"present_at_interview": text("yes"),
	})
	for kind, answers := range map[domain.Type]map[string]domain.Answer{
		"language":   {"language": text("apc")},
		"competence": {"school_years_total": {Value: int64(9)}, "ever_worked": text("no"), "driving_licence": text("none")},
	} {
		mustSet(t, m, workspace.Target{Type: kind, Case: caseID, Subject: person}, answers)
	}
	review, err := m.ws.ReviewCase(t.Context(), caseID, workspace.Part{Compartment: domain.Special})
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range review.Problems {
		if problem.Severity == domain.Warning {
			if _, err := m.ws.AnswerWarning(t.Context(), caseID, problem.Problem, "Slik er det."); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestTakeBack_ReasonThatWasAnswered: once somebody has answered the reason, the interview stays sent back.
func TestTakeBack_ReasonThatWasAnswered(t *testing.T) {
	_, lead, caseID, id := handedIn(t)
	mustStep(t, lead, id, domain.Draft, "Yrket mangler.")
	review, err := lead.ws.ReviewCase(t.Context(), caseID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lead.ws.Reply(t.Context(), review.Threads[0].First, "Spør henne i kveld."); err != nil {
		t.Fatal(err)
	}
	if _, said := mustActs(t, lead, caseID); said != nil {
		t.Errorf("it can be taken back with a comment on it: %v", said)
	}
}

// TestTakeBack_StatusOfACase: a step of the case goes back with its date and reason, and what was made with the case does not.
func TestTakeBack_StatusOfACase(t *testing.T) {
	in := mustInstall(t)
	caseID, _ := in.mustCaseload(t)
	hq := in.hq
	if _, said := mustActs(t, hq, caseID); said != nil {
		t.Fatalf("something can be taken back before anything was done: %v", said)
	}
	mustSet(t, hq, workspace.Target{Type: "case", ID: caseID, Case: caseID}, map[string]domain.Answer{"case_size_rrf": {Value: int64(4)}})
	if _, err := hq.ws.StepCase(t.Context(), caseID, domain.Frafalt, "Vil ikke reise."); err != nil {
		t.Fatal(err)
	}
	acts, said := mustActs(t, hq, caseID)
	if diff := cmp.Diff([]string{"case.status=frafalt"}, said); diff != "" {
		t.Fatal(diff)
	}
	mustTakeBack(t, hq, acts[0])
	r, err := hq.ws.Get(t.Context(), "case", caseID)
	if err != nil || r.Text("status") != "scheduled" || r.Text("status_reason") != "" {
		t.Errorf("the case stands at %q, %q, %v", r.Text("status"), r.Text("status_reason"), err)
	}
	if n, _ := r.Answer("case_size_rrf").Int(); n != 4 {
		t.Error("something else was taken back too")
	}
}

// TestTakeBack_Approval: whoever approved an advice takes it back; the words stay.
func TestTakeBack_Approval(t *testing.T) {
	in, lead, caseID, _ := handedIn(t)
	advice := mustSet(t, in.laptops[0], workspace.Target{Type: "advice", Case: caseID, Subject: caseID}, map[string]domain.Answer{
		"advice": {Value: "no_objection"}, "text": {Value: "Ingen merknad."}, "written_by": {Value: in.laptops[0].ws.Me().User.String()}, "basis": {Value: "interview"}, "visible_to": {Value: "imdi_udi"},
		"grounds": {Value: []string{"family_profile"}},
	})
	send(t, in.laptops[0], "hq", in.hq)
	send(t, in.hq, lead.name, lead)
	if _, err := lead.ws.ApproveAdvice(t.Context(), advice.ID()); err != nil {
		t.Fatal(err)
	}
	acts, said := mustActs(t, lead, caseID)
	if len(said) != 1 || acts[0].Field != "approved_by" {
		t.Fatalf("can be taken back: %v", said)
	}
	mustTakeBack(t, lead, acts[0])
	r, err := lead.ws.Get(t.Context(), "advice", advice.ID())
	if err != nil || workspace.StageOfAdvice(r) != domain.AdviceDraft || r.Text("text") != "Ingen merknad." {
		t.Errorf("the advice is %s, %q, %v", workspace.StageOfAdvice(r), r.Text("text"), err)
	}
}
