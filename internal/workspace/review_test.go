package workspace_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// talkFor begins an interview with a person as the user who is at the machine and hands it in.
func talkFor(t *testing.T, m *machine, caseID, person uuid.UUID) uuid.UUID {
	t.Helper()
	id, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	mustStep(t, m, id, domain.ReadyForReview, "")
	return id
}

func mustStep(t *testing.T, m *machine, id uuid.UUID, to domain.InterviewStatus, reason string) *workspace.Record {
	t.Helper()
	r, err := m.ws.StepInterview(t.Context(), id, to, reason)
	if err != nil {
		t.Fatalf("step to %s: %v", to, err)
	}
	return r
}

func problemsOf(t *testing.T, m *machine, caseID uuid.UUID, parts ...workspace.Part) *workspace.Review {
	t.Helper()
	review, err := m.ws.ReviewCase(t.Context(), caseID, parts...)
	if err != nil {
		t.Fatal(err)
	}
	return review
}

// TestStepInterview walks the way of a review: handed in, sent back with a reason, handed in again, reviewed, locked, amended.
func TestStepInterview(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotINT)
	caseID, person := mustCase(t, m)
	id := talkFor(t, m, caseID, person)
	_, err := m.ws.StepInterview(t.Context(), id, domain.Reviewed, "")
	wantCode(t, "the interviewer reviews the own interview", err, "D-ROLE")

	m.as(t, slotINT2)
	_, err = m.ws.StepInterview(t.Context(), id, domain.Draft, "mine")
	wantCode(t, "another interviewer takes it back", err, "E-ROLE")

	m.as(t, slotMLD)
	_, err = m.ws.StepInterview(t.Context(), id, domain.Draft, " ")
	wantCode(t, "sent back without a reason", err, "E-VALUE")
	r := mustStep(t, m, id, domain.Draft, "Yrket mangler.")
	if !workspace.Returned(r) {
		t.Error("not marked as sent back")
	}
	if threads := problemsOf(t, m, caseID).Threads; len(threads) != 1 || threads[0].First.Text("text") != "Yrket mangler." || threads[0].First.Text("concerns") != id.String() {
		t.Errorf("the reason is no remark on the interview: %v", threads)
	}

	m.as(t, slotINT)
	if r = mustStep(t, m, id, domain.ReadyForReview, ""); workspace.Returned(r) || r.Answer("returned").Bool() {
		t.Error("handed in again, and still called sent back")
	}

	m.as(t, slotMLD)
	_, err = m.ws.StepInterview(t.Context(), id, domain.Reviewed, "")
	wantCode(t, "reviewed with errors", err, "E-OPEN")
	settleCase(t, m, caseID, person)
	mustStep(t, m, id, domain.Reviewed, "")
	mustStep(t, m, id, domain.Locked, "")
	_, err = m.ws.StepInterview(t.Context(), id, domain.Amended, "")
	wantCode(t, "amended without a reason", err, "E-VALUE")
	_, err = m.ws.Set(t.Context(), workspace.Target{Type: "interview", ID: id, Case: caseID}, map[string]domain.Answer{"status": text("amended")})
	wantCode(t, "amended past the step", err, "E-AMEND")

	for name, target := range map[string]workspace.Target{
		"a row of the person":       {Type: "work", Case: caseID, Subject: person},
		"what there is one of":      {Type: "wish", Case: caseID, Subject: person},
		"health":                    {Type: "health", Case: caseID, Subject: person},
		"an interpreter":            {Type: "interpreter_use", Case: caseID, Subject: id},
		"the interview's own words": {Type: "interview", ID: id, Case: caseID},
	} {
		field := map[domain.Type]string{"work": "employer", "wish": "work_wish", "health": "note", "interpreter_use": "interpreter_ref", "interview": "mood_breaks"}[target.Type]
		_, err := m.ws.Set(t.Context(), target, map[string]domain.Answer{field: text("prøve")})
		wantCode(t, name+" of a locked interview", err, "E-LOCKED")
	}
	r = mustStep(t, m, id, domain.Amended, "Hørte feil: tolv år på skole.")
	rows := r.Answer("amendments").Rows()
	if len(rows) != 1 || rows[0]["why"] != "Hørte feil: tolv år på skole." || rows[0]["by"] != m.ws.Me().User.String() {
		t.Errorf("the amendment says %v", rows)
	}
	mustSet(t, m, workspace.Target{Type: "wish", Case: caseID, Subject: person}, map[string]domain.Answer{"work_wish": text("snekker")})
	mustStep(t, m, id, domain.Locked, "")
	if r = mustStep(t, m, id, domain.Amended, "Enda en feil."); len(r.Answer("amendments").Rows()) != 2 {
		t.Error("the second amendment is not beside the first")
	}
	if !takesAnswers(t, m, id) {
		t.Error("an amended interview takes no answers")
	}
}

// takesAnswers tells whether the interview takes answers.
func takesAnswers(t *testing.T, m *machine, id uuid.UUID) bool {
	t.Helper()
	s, err := m.ws.Interview(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return s.Open()
}

// settleCase writes what the rules miss about the invented person and its case, and answers every warning.
func settleCase(t *testing.T, m *machine, caseID, person uuid.UUID) {
	t.Helper()
	mustSet(t, m, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{
		"relation_to_pa": text("principal_applicant"), "nationalities": {Value: []string{"SYR"}}, "stateless": text("no"), "interpreter_language_1": text("apc"),
		"present_at_interview": text("yes"),
	})
	for _, w := range []workspace.Write{
		{Target: workspace.Target{Type: "language", Case: caseID, Subject: person}, Answers: map[string]domain.Answer{"language": text("apc")}},
		{Target: workspace.Target{Type: "education", Case: caseID, Subject: person}, Answers: map[string]domain.Answer{"level": text("2")}},
		{Target: workspace.Target{Type: "competence", Case: caseID, Subject: person}, Answers: map[string]domain.Answer{"ever_worked": text("no"), "driving_licence": text("none")}},
	} {
		mustSet(t, m, w.Target, w.Answers)
	}
	for _, p := range problemsOf(t, m, caseID, workspace.Part{Compartment: domain.Special}).Problems {
		switch {
		case p.Severity == domain.Error:
			t.Fatalf("the invented case still breaks %s", p.Rule)
		case p.Open():
			if _, err := m.ws.AnswerWarning(t.Context(), caseID, p.Problem, "sett"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestAnswerWarning: the reason is stored and shown, holds for the warning as it was told, and can be taken back.
func TestAnswerWarning(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotINT)
	caseID, person := mustCase(t, m)
	mustSet(t, m, workspace.Target{Type: "case", ID: caseID}, map[string]domain.Answer{"case_size_rrf": {Value: int64(4)}})
	find := func(rule string, parts ...workspace.Part) *workspace.ReviewedProblem {
		t.Helper()
		problems := problemsOf(t, m, caseID, parts...).Problems
		i := slices.IndexFunc(problems, func(p workspace.ReviewedProblem) bool { return p.Rule == rule })
		if i < 0 {
			return nil
		}
		return &problems[i]
	}
	warning := find("X3")
	if warning == nil || !warning.Open() {
		t.Fatalf("the warning is %v, want one that waits", warning)
	}
	answer, err := m.ws.AnswerWarning(t.Context(), caseID, warning.Problem, "  To ble igjen.  ")
	if err != nil {
		t.Fatal(err)
	}
	if warning = find("X3"); warning.Open() || warning.Reason() != "To ble igjen." {
		t.Errorf("answered: open %t, reason %q", warning.Open(), warning.Reason())
	}
	again, err := m.ws.AnswerWarning(t.Context(), caseID, warning.Problem, "En ble igjen.")
	if err != nil || again.ID() != answer.ID() {
		t.Errorf("a second answer is another object: %v, %v", again, err)
	}
	mustSet(t, m, workspace.Target{Type: "case", ID: caseID}, map[string]domain.Answer{"case_size_rrf": {Value: int64(6)}})
	if warning = find("X3"); !warning.Open() {
		t.Error("the answer holds although the warning says something else now")
	}
	mustSet(t, m, workspace.Target{Type: "case", ID: caseID}, map[string]domain.Answer{"case_size_rrf": {Value: int64(4)}})
	if _, err := m.ws.AnswerWarning(t.Context(), caseID, find("X3").Problem, ""); err != nil || !find("X3").Open() {
		t.Errorf("the answer cannot be taken back: %v", err)
	}
	_, err = m.ws.AnswerWarning(t.Context(), caseID, domain.Problem{Rule: "X1", Severity: domain.Error}, "nei")
	wantCode(t, "an error answered away", err, "E-VALUE")

	// A spouse under 18 is a matter of protection: neither told nor answered where a family looks on.
	mustSet(t, m, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth": text("2011"), "civil_status": text("married")})
	special := workspace.Part{Compartment: domain.Special}
	if find("X6") != nil || find("X6", special) == nil {
		t.Fatal("X6 is told on the open page, or not at all")
	}
	answer, err = m.ws.AnswerWarning(t.Context(), caseID, find("X6", special).Problem, "meldt til kommisjonslederen")
	if err != nil || answer.Compartment() != domain.Special {
		t.Errorf("the answer lies in %v, %v", answer, err)
	}
	if find("X6", special).Open() {
		t.Error("not answered")
	}
}

// TestRemark: a thread on a field, answered and settled; what concerns health lies where health lies.
func TestRemark(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotMLD)
	caseID, person := mustCase(t, m)
	first, err := m.ws.Remark(t.Context(), caseID, "person", person, "birth", "Er dette riktig?")
	if err != nil {
		t.Fatal(err)
	}
	health := domain.SingletonID(person, "health")
	hidden, err := m.ws.Remark(t.Context(), caseID, "health", health, "note", "Hva må til?")
	if err != nil || hidden.Compartment() != domain.Special {
		t.Fatalf("a remark on health: %v, %v", hidden, err)
	}
	for name, err := range map[string]error{
		"E-VALUE": func() error { _, err := m.ws.Remark(t.Context(), caseID, "person", person, "", " \n"); return err }(),
		"E-FORM":  func() error { _, err := m.ws.Remark(t.Context(), caseID, "person", person, "shoe", "x"); return err }(),
	} {
		wantCode(t, name, err, name)
	}
	_, err = m.ws.Remark(t.Context(), caseID, "sealed_note", uuid.New(), "", "x")
	wantCode(t, "a sealed entry", err, "E-FORM")

	m.as(t, slotINT)
	answer, err := m.ws.Reply(t.Context(), first, "Ja, sett i passet.")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.ws.Reply(t.Context(), answer, "Og i RRF."); err != nil {
		t.Fatal(err)
	}
	threads := problemsOf(t, m, caseID).Threads
	if len(threads) != 1 || len(threads[0].Answers) != 2 || threads[0].Answers[1].Text("text") != "Og i RRF." || threads[0].Settled {
		t.Fatalf("threads: %+v", threads)
	}
	if err := m.ws.SettleThread(t.Context(), first, true); err != nil || !problemsOf(t, m, caseID).Threads[0].Settled {
		t.Errorf("not settled: %v", err)
	}
	if threads := problemsOf(t, m, caseID, workspace.Part{Compartment: domain.Special}).Threads; len(threads) != 2 || threads[0].First.ID() != hidden.ID() {
		t.Errorf("with health: %+v, want the open one first", threads)
	}
	m.as(t, slotHQC)
	if threads := problemsOf(t, m, caseID, workspace.Part{Compartment: domain.Special}).Threads; len(threads) != 1 {
		t.Error("headquarters without the ring reads a remark on health")
	}
}

// TestStepCase: the conditions of domain.md 4 that the case itself shows.
func TestStepCase(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotINT)
	caseID, person := mustCase(t, m)
	mustSet(t, m, workspace.Target{Type: "case", ID: caseID}, map[string]domain.Answer{"status": text("in_interview")})
	step := func(to domain.Status, reason string) error {
		t.Helper()
		_, err := m.ws.StepCase(t.Context(), caseID, to, reason)
		return err
	}
	wantCode(t, "mapped without an interview", step(domain.Mapped, ""), "E-STEP")
	wantCode(t, "granted from the field", step(domain.Granted, ""), "D-STATUS")
	wantCode(t, "postponed by an interviewer", step(domain.Postponed, ""), "D-ROLE")
	talkFor(t, m, caseID, person)
	wantCode(t, "mapped without reading back", step(domain.Mapped, ""), "E-STEP")

	m.as(t, slotHQC)
	wantCode(t, "closed without a reason", step(domain.Henlagt, ""), "E-VALUE")
	if err := step(domain.Henlagt, "Familien trakk seg."); err != nil {
		t.Fatal(err)
	}
	r, err := m.ws.Get(t.Context(), "case", caseID)
	if err != nil || r.Text("status") != "henlagt" || r.Text("status_reason") != "Familien trakk seg." || r.Text("status_date") == "" {
		t.Errorf("closed: %v, %v", r, err)
	}
}

// TestOpenCase_LogsWhatWasOpened: the log names the records that were read, not those that lay beside them.
func TestOpenCase_LogsWhatWasOpened(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQS)
	caseID, person := mustCase(t, m)
	other := mustSet(t, m, workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{"given_names": text("Annen")}).ID()
	for _, p := range []uuid.UUID{person, other} {
		mustSet(t, m, workspace.Target{Type: "health", Case: caseID, Subject: p}, map[string]domain.Answer{"note": text("prøve")})
	}
	m.as(t, slotHQS)
	read := func(parts ...workspace.Part) (got []uuid.UUID) {
		t.Helper()
		file, err := m.ws.OpenCase(t.Context(), caseID, parts...)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range file.Records("health") {
			got = append(got, r.Subject())
		}
		return got
	}
	logged := func() int { return m.ws.ReadsOnRecord() }
	if got := read(); len(got) != 0 || logged() != 0 {
		t.Errorf("a plain look read %v, %d on record", got, logged())
	}
	if got := read(workspace.Part{Compartment: domain.Special, About: person}); len(got) != 1 || got[0] != person || logged() != 1 {
		t.Errorf("one person's part read %v, %d on record", got, logged())
	}
	if got := read(workspace.Everything...); len(got) != 2 || logged() != 2 {
		t.Errorf("the whole part read %v, %d on record", got, logged())
	}
}
