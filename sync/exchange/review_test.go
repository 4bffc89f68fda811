package exchange_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// TestReview_AcrossMachines: a comment travels, is answered and comes back as one thread; the same warning answered on two machines that
// had not met is one answer in conflict, and the review is not held up by it.
func TestReview_AcrossMachines(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	first, err := a.ws.Remark(t.Context(), caseID, "person", person, "birth", "Er dette riktig?")
	if err != nil {
		t.Fatal(err)
	}
	mustSet(t, a, workspace.Target{Type: "case", ID: caseID, Case: caseID}, map[string]domain.Answer{"case_size_rrf": {Value: int64(4)}})
	send(t, a, "hq", in.hq)
	send(t, in.hq, b.name, b)
	if _, err := b.ws.Reply(t.Context(), first, "Ja, sett i passet."); err != nil {
		t.Fatal(err)
	}
	answer := func(m *machine, reason string) {
		t.Helper()
		review, err := m.ws.ReviewCase(t.Context(), caseID)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(review.Problems, func(p workspace.ReviewedProblem) bool { return p.Rule == "X3" })
		if i < 0 {
			t.Fatal("the warning is not told")
		}
		if _, err := m.ws.AnswerWarning(t.Context(), caseID, review.Problems[i].Problem, reason); err != nil {
			t.Fatal(err)
		}
	}
	answer(a, "To reiser senere.")
	answer(b, "Tre reiser senere.")
	send(t, b, "hq", in.hq)
	send(t, a, "hq", in.hq)
	review, err := in.hq.ws.ReviewCase(t.Context(), caseID)
	if err != nil {
		t.Fatal(err)
	}
	if len(review.Threads) != 1 || len(review.Threads[0].Answers) != 1 || review.Threads[0].Answers[0].Text("text") != "Ja, sett i passet." {
		t.Errorf("threads at headquarters: %+v", review.Threads)
	}
	i := slices.IndexFunc(review.Problems, func(p workspace.ReviewedProblem) bool { return p.Rule == "X3" })
	if i < 0 || review.Problems[i].Open() || !review.Problems[i].Answer.Conflicted("reason") {
		t.Errorf("the warning at headquarters: %+v", review.Problems)
	}
	send(t, in.hq, a.name, a)
	if review, err = a.ws.ReviewCase(t.Context(), caseID); err != nil || len(review.Threads) != 1 || len(review.Threads[0].Answers) != 1 {
		t.Errorf("the answer did not come back: %+v, %v", review, err)
	}
}

// TestReview_LeadOnAnotherLaptop: an interviewer hands an interview in, the lead sends it back with a reason on a laptop of the lead's own,
// and the way back is by headquarters or straight from laptop to laptop. Handed in again, it waits for the lead.
func TestReview_LeadOnAnotherLaptop(t *testing.T) {
	for _, byHeadquarters := range []bool{true, false} {
		in, lead, target := mustMission(t, domain.MLD)
		a := in.laptops[0]
		carry := func(from, to *machine) {
			t.Helper()
			if byHeadquarters {
				send(t, from, "hq", in.hq)
				send(t, in.hq, to.name, to)
			} else {
				send(t, from, to.name, to)
			}
		}
		status := func(m *machine, id uuid.UUID, want domain.InterviewStatus) *workspace.Record {
			t.Helper()
			r, err := m.ws.Get(t.Context(), "interview", id)
			if err != nil || r == nil || workspace.InterviewStatus(r) != want {
				t.Fatalf("by headquarters %v: %s shows %v, %v; want %s", byHeadquarters, m.name, r, err, want)
			}
			return r
		}
		step := func(m *machine, id uuid.UUID, to domain.InterviewStatus, reason string) {
			t.Helper()
			if _, err := m.ws.StepInterview(t.Context(), id, to, reason); err != nil {
				t.Fatalf("%s steps to %s: %v", m.name, to, err)
			}
		}
		id, err := a.ws.StartInterview(t.Context(), target.Case, target.ID, "individual_adult")
		if err != nil {
			t.Fatal(err)
		}
		step(a, id, domain.ReadyForReview, "")
		carry(a, lead)
		status(lead, id, domain.ReadyForReview)
		step(lead, id, domain.Draft, "Yrket mangler.")
		carry(lead, a)
		if r := status(a, id, domain.Draft); !workspace.Returned(r) {
			t.Errorf("by headquarters %v: the interviewer does not see that it was sent back", byHeadquarters)
		}
		review, err := a.ws.ReviewCase(t.Context(), target.Case)
		if err != nil || len(review.Threads) != 1 || review.Threads[0].First.Text("text") != "Yrket mangler." {
			t.Errorf("by headquarters %v: the reason did not come: %+v, %v", byHeadquarters, review, err)
		}
		step(a, id, domain.ReadyForReview, "")
		carry(a, lead)
		if r := status(lead, id, domain.ReadyForReview); workspace.Returned(r) {
			t.Error("it still counts as sent back")
		}
	}
}
