package workspace_test

import (
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// draftAdvice writes a whole advice in the name of the user at the machine.
func draftAdvice(t *testing.T, m *machine, caseID uuid.UUID) uuid.UUID {
	t.Helper()
	return mustSet(t, m, workspace.Target{Type: "advice", Case: caseID, Subject: caseID}, map[string]domain.Answer{
		"case": text(caseID.String()), "advice": text("recommends"), "grounds": {Value: []string{"family_profile"}}, "text": text("Prøvetekst."),
		"basis": text("interview"), "visible_to": text("imdi_udi"), "written_by": text(m.ws.Me().User.String()),
	}).ID()
}

func TestAdvice_SecondPerson(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotMLD)
	caseID, _ := mustCase(t, m)
	id := draftAdvice(t, m, caseID)
	stage := func() domain.AdviceStage {
		t.Helper()
		r, err := m.ws.Get(t.Context(), "advice", id)
		if err != nil || r == nil {
			t.Fatalf("the advice is %v, %v", r, err)
		}
		return workspace.StageOfAdvice(r)
	}
	target := workspace.Target{Type: "advice", ID: id, Case: caseID}
	_, err := m.ws.ApproveAdvice(t.Context(), id)
	wantCode(t, "by the author", err, "E-APPROVAL")
	_, err = m.ws.Set(t.Context(), target, map[string]domain.Answer{"written_by": text(uuid.NewString())})
	wantCode(t, "in another author's name", err, "E-APPROVAL")

	m.as(t, slotHQC)
	_, err = m.ws.Set(t.Context(), target, map[string]domain.Answer{"approved_by": text(uuid.NewString()), "approved_digest": text("x")})
	wantCode(t, "in another person's name", err, "E-APPROVAL")
	_, err = m.ws.SendAdvice(t.Context(), id)
	wantCode(t, "sent without approval", err, "E-APPROVAL")
	if _, err := m.ws.ApproveAdvice(t.Context(), id); err != nil || stage() != domain.AdviceApproved {
		t.Fatalf("by a second person: %v, %s", err, stage())
	}

	m.as(t, slotMLD)
	mustSet(t, m, target, map[string]domain.Answer{"text": text("Andre ord.")})
	if stage() != domain.AdviceStale {
		t.Errorf("changed after approval: %s", stage())
	}
	m.as(t, slotHQC)
	_, err = m.ws.SendAdvice(t.Context(), id)
	wantCode(t, "sent with words nobody approved", err, "E-APPROVAL")
	if _, err := m.ws.ApproveAdvice(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := m.ws.SendAdvice(t.Context(), id); err != nil || stage() != domain.AdviceSent {
		t.Errorf("sent: %v, %s", err, stage())
	}
}

func TestAdvice_ForIMDiOnlyIsNotSent(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotMLD)
	caseID, _ := mustCase(t, m)
	id := draftAdvice(t, m, caseID)
	mustSet(t, m, workspace.Target{Type: "advice", ID: id, Case: caseID}, map[string]domain.Answer{"visible_to": text("imdi")})
	m.as(t, slotHQC)
	if _, err := m.ws.ApproveAdvice(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	_, err := m.ws.SendAdvice(t.Context(), id)
	wantCode(t, "for IMDi only", err, "E-ADVICE")
}

// TestAdvice_ReadByTheRightRoles: interviewers read their own drafts; a draft of an interviewer is read by those who approve.
func TestAdvice_ReadByTheRightRoles(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotINT)
	caseID, _ := mustCase(t, m)
	id := draftAdvice(t, m, caseID)
	for slot, want := range map[int]bool{slotINT: true, slotINT2: false, slotMLD: true, slotHQC: true, slotHQS: true} {
		m.as(t, slot)
		role := m.ws.Me().Role
		r, err := m.ws.Get(t.Context(), "advice", id)
		if err != nil || (r != nil) != want {
			t.Errorf("%s gets %v, %v", role, r, err)
		}
		list, err := m.ws.Objects(t.Context(), "advice", caseID)
		if err != nil || (len(list) == 1) != want {
			t.Errorf("%s lists %v, %v", role, list, err)
		}
		file, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
		if err != nil || (file.Get(id) != nil) != want {
			t.Errorf("%s finds it in the case: %t, %v", role, !want, err)
		}
		if past, err := m.ws.History(t.Context(), "advice", id, "text"); err != nil || (len(past) == 1) != want {
			t.Errorf("%s reads its history: %v, %v", role, past, err)
		}
	}
	m.as(t, slotINT)
	if r, _ := m.ws.Get(t.Context(), "advice", id); m.ws.MayApprove(r) {
		t.Error("an interviewer may approve")
	}
	m.as(t, slotMLD)
	if r, _ := m.ws.Get(t.Context(), "advice", id); !m.ws.MayApprove(r) {
		t.Error("the lead may not approve an interviewer's draft")
	}
}
